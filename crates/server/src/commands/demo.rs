//! `gemba demo run`: plays a shift in the demo factory.
//!
//! **Invariant:** it works as the server's restricted role, through the actions that everybody uses, and leaves its trail as `system:demo`.

use platform::Error;
use platform::postgres::Visit;
use server::demo::play::{self, Play, Then};

use crate::arguments::demo::DemoRequest;
use crate::commands::import::find_plant;
use crate::commands::{running, serve};
use crate::outcome::{Failure, Outcome};
use crate::terminal;

/// Plays until it is stopped.
///
/// # Errors
/// Missing settings, an unknown organization or plant, what the actions refuse.
pub fn run(request: &DemoRequest) -> Result<Outcome, Failure> {
    let data_dir = request.data_dir.iter().map(|folder| ("data_dir", "--data-dir", folder.clone())).collect();
    let settings = running::settings(request.from.config.as_deref(), data_dir)?;
    platform::telemetry::start_log(&settings.log);
    running::block_on(async {
        let stop = running::stop_requested()?;
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
            let (organization, plant) = find_plant(&database, &request.plant, Some(&request.organization)).await?;
            let wanted = Play {
                organization,
                plant,
                back_h: i64::from(request.hours),
                speed: f64::from(request.speed),
                seed: request.seed,
                then: if request.once { Then::End } else { Then::GoOn },
            };
            let played = play::play(&database, &wanted, stop, |at, played| {
                terminal::note(&format!("{at:.0}  {} reports, {} stops, {} jobs finished", played.reports, played.stops, played.finished));
            })
            .await?;
            database.close();
            serve::say(&format!(
                "{} reports, {} stops, {} jobs finished, {} production orders\n",
                played.reports, played.stops, played.finished, played.orders
            ))?;
            Ok::<Outcome, Error>(Outcome::Done)
        };
        let done = done.await;
        if let Some(visit) = visit {
            visit.end().await;
        }
        done
    })
}
