//! `gemba up`: everything on this machine, with nothing configured.

use platform::database::migrate;
use platform::error::Kind;
use platform::postgres::{DataFolder, Managed};
use platform::settings::Settings;
use platform::{Database, Error};
use tokio::net::TcpListener;

use crate::arguments::installation::UpRequest;
use crate::commands::{running, serve};
use crate::outcome::{Failure, Outcome};

/// Starts what is needed, serves until it is told to stop, and stops what it started.
///
/// # Errors
/// Wrong settings, a taken port, a data folder or database that cannot be used: each a sentence that says what to do.
pub fn run(request: &UpRequest) -> Result<Outcome, Failure> {
    let mut arguments = Vec::new();
    arguments.extend(request.port.iter().map(|port| ("http.port", "--port", port.clone())));
    arguments.extend(request.data_dir.iter().map(|folder| ("data_dir", "--data-dir", folder.clone())));
    let settings = running::settings(request.from.config.as_deref(), arguments)?;
    crate::logging::start(&settings.log);
    running::block_on(up(settings))
}

async fn up(settings: Settings) -> Result<Outcome, Error> {
    let stop = running::stop_requested()?;
    let listener = running::bind(&settings.http).await?;
    let mut stop = Box::pin(stop);
    let prepared = tokio::select! {
        () = &mut stop => return Ok(Outcome::Done),
        prepared = Installation::prepare(&settings) => prepared?,
    };
    let address = running::shown_address(&listener, &settings.http);
    prepared.run(&address, &settings, listener, stop).await
}

/// A database with the shape this program expects, and what was started for it.
struct Installation {
    database: Database,
    managed: Option<(DataFolder, Managed)>,
}

impl Installation {
    async fn prepare(settings: &Settings) -> Result<Installation, Error> {
        match &settings.database.url {
            Some(url) => {
                match &settings.database.owner_url {
                    Some(owner) => drop(migrate::migrate(owner).await?),
                    None => tracing::info!("GEMBA_DATABASE_OWNER_URL is not set, so the database is not migrated"),
                }
                migrate::check(url).await?;
                Ok(Installation { database: serve::database(&settings.database, url)?, managed: None })
            }
            None if settings.database.read_url.is_some() || settings.database.owner_url.is_some() => Err(Error::new(
                Kind::Invalid,
                "database_url_missing",
                "GEMBA_DATABASE_URL is not set, but an address for reading or for the owner is: set it too, or none of them for a private \
                 database",
            )),
            None => Self::prepare_private(settings).await,
        }
    }

    async fn prepare_private(settings: &Settings) -> Result<Installation, Error> {
        let folder = DataFolder::open(&settings.data_folder)?;
        let managed = Managed::start(&folder, &settings.postgres).await?;
        let prepared = async {
            migrate::migrate(&managed.urls().owner).await?;
            migrate::check(&managed.urls().app).await?;
            serve::database(&settings.database, &managed.urls().app)
        };
        match prepared.await {
            Ok(database) => Ok(Installation { database, managed: Some((folder, managed)) }),
            Err(refused) => {
                managed.stop().await;
                Err(refused)
            }
        }
    }

    async fn run(
        self,
        address: &str,
        settings: &Settings,
        listener: TcpListener,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> Result<Outcome, Error> {
        let mut text = format!("Gemba is ready at {address}\n");
        if let Some((folder, managed)) = &self.managed {
            folder.announce(address);
            text.push_str(&format!("  data      {} (PostgreSQL {})\n", folder.path().display(), managed.version()));
        }
        text.push_str("  stop      Ctrl-C\n");
        let said = serve::say(&text);
        if said.is_ok() {
            serve::until(stop, listener, &serve::app(self.database, settings)).await;
        }
        if let Some((folder, managed)) = self.managed {
            managed.stop().await;
            drop(folder);
        }
        said.map(|()| Outcome::Done)
    }
}
