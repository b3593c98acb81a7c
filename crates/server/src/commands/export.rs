//! `gemba export`: the configuration and data of an organization or a plant as one archive.
//!
//! **Invariant:** it works as the server's restricted role, and leaves its trail as `system:export`.

use platform::environments::archive;
use platform::ids::RequestId;
use platform::postgres::Visit;
use platform::{Caller, Error};
use uuid::Uuid;

use crate::arguments::installation::ExportRequest;
use crate::commands::import::{find_organization, find_plant};
use crate::commands::{running, serve};
use crate::files;
use crate::outcome::{Failure, Outcome};

/// Writes the archive.
///
/// # Errors
/// Missing settings, an unknown organization or plant, a file that cannot be written.
pub fn run(request: &ExportRequest) -> Result<Outcome, Failure> {
    files::check_outputs(None, &[&request.output])?;
    let data_dir = request.data_dir.iter().map(|folder| ("data_dir", "--data-dir", folder.clone())).collect();
    let settings = running::settings(request.from.config.as_deref(), data_dir)?;
    platform::telemetry::start_log(&settings.log);
    running::block_on(async {
        let (url, visit) = match &settings.database.url {
            Some(url) => (url.clone(), None),
            None => {
                let visit = Visit::open(&settings.data_folder, &settings.postgres).await?;
                (visit.urls().app.clone(), Some(visit))
            }
        };
        let done = async {
            platform::database::migrate::check(&url).await?;
            let database = serve::database(&settings.database, &url)?;
            let (organization, plant) = match &request.plant {
                Some(code) => {
                    let (organization, plant) = find_plant(&database, code, request.organization.as_deref()).await?;
                    (organization, Some(plant))
                }
                None => (find_organization(&database, request.organization.as_deref()).await?, None),
            };
            let caller = Caller::system("export", organization, RequestId(database.context().new_id::<Uuid>()));
            let mut tx = database.begin(&caller).await?;
            let content = archive::export(&mut tx, &server::serve::kinds(), plant).await?;
            tx.commit().await?;
            database.close();
            files::write_output(&request.output, &content).map_err(|failure| Error::internal(failure.message))?;
            let (manifest, _) = archive::open(&content)?;
            let records: usize = manifest.parts.iter().map(|part| part.records).sum();
            serve::say(&format!("{}: {records} records of {} kinds\n", request.output.display(), manifest.parts.len()))?;
            Ok(Outcome::Done)
        };
        let done = done.await;
        if let Some(visit) = visit {
            visit.end().await;
        }
        done
    })
}
