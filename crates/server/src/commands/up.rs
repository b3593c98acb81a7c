//! `gemba up`: everything on this machine, with nothing configured.

use std::future::Future;

use platform::Error;
use platform::database::migrate;
use platform::error::Kind;
use platform::postgres::{self, DataFolder, Managed};
use platform::settings::{Settings, key_bytes};
use server::demo::{self, Existing};
use tokio::net::TcpListener;

use crate::arguments::installation::UpRequest;
use crate::commands::running;
use crate::commands::serve::{self, Server};
use crate::commands::watched::Watched;
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
    running::block_on(up(settings, if request.no_demo { Demo::Off } else { Demo::On }))
}

/// Whether the demo organization is loaded.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Demo {
    On,
    Off,
}

async fn up(settings: Settings, demo: Demo) -> Result<Outcome, Error> {
    let watched = Watched::begin(&settings, "up").await?;
    let mut stop = Box::pin(running::stop_requested()?);
    let listener = running::bind(&settings.http).await?;
    let prepared = tokio::select! {
        () = &mut stop => return Ok(Outcome::Done),
        prepared = Installation::prepare(&settings, demo) => prepared?,
    };
    prepared.run(&settings, listener, stop, watched).await
}

/// A server ready to answer, and what was started for it.
struct Installation {
    server: Server,
    managed: Option<(DataFolder, Managed)>,
    /// How to sign in to the demo organization.
    password: Option<String>,
}

impl Installation {
    async fn prepare(settings: &Settings, demo: Demo) -> Result<Installation, Error> {
        match &settings.database.url {
            Some(url) => Self::prepare_on(url, settings, demo).await,
            None if settings.database.read_url.is_some() || settings.database.owner_url.is_some() => Err(Error::new(
                Kind::Invalid,
                "database_url_missing",
                "GEMBA_DATABASE_URL is not set, but an address for reading or for the owner is: set it too, or none of them for a private \
                 database",
            )),
            None => Self::prepare_private(settings, demo).await,
        }
    }

    /// On a database that somebody else runs; nothing is created beside it.
    async fn prepare_on(url: &str, settings: &Settings, demo: Demo) -> Result<Installation, Error> {
        match &settings.database.owner_url {
            Some(owner) => drop(migrate::migrate(owner).await?),
            None => tracing::info!("GEMBA_DATABASE_OWNER_URL is not set, so the database is not migrated"),
        }
        migrate::check(url).await?;
        let key = settings.key.unwrap_or_else(|| {
            tracing::warn!("GEMBA_KEY is not set, so a key is made up for this run: what rests on it ends with it");
            rand::random()
        });
        let server = Server::new(serve::database(&settings.database, url)?, settings, key, settings.audit.key.as_deref()).await?;
        let password = match demo {
            Demo::Off => None,
            Demo::On => Some(load_demo(&server, settings.demo_password.clone()).await?),
        };
        Ok(Installation { server, managed: None, password })
    }

    async fn prepare_private(settings: &Settings, demo: Demo) -> Result<Installation, Error> {
        let folder = DataFolder::open(&settings.data_folder)?;
        let managed = Managed::start(&folder, &settings.postgres).await?;
        match Self::prepare_in(&folder, &managed, settings, demo).await {
            Ok((server, password)) => Ok(Installation { server, managed: Some((folder, managed)), password }),
            Err(refused) => {
                let explained = managed.explained(&folder, refused);
                managed.stop().await;
                Err(explained)
            }
        }
    }

    async fn prepare_in(
        folder: &DataFolder,
        managed: &Managed,
        settings: &Settings,
        demo: Demo,
    ) -> Result<(Server, Option<String>), Error> {
        migrate::migrate(&managed.urls().owner).await?;
        migrate::check(&managed.urls().app).await?;
        let key = kept_key(folder, settings.key)?;
        let audit_key = settings.audit.key.clone().unwrap_or_else(|| folder.secret_path("audit.key"));
        let database = serve::database(&settings.database, &managed.urls().app)?;
        let server = Server::new(database, settings, key, Some(&audit_key)).await?;
        let password = match demo {
            Demo::Off => None,
            Demo::On => Some(load_demo_once(&server, folder, settings).await?),
        };
        Ok((server, password))
    }

    async fn run(
        self,
        settings: &Settings,
        listener: TcpListener,
        stop: impl Future<Output = ()>,
        watched: Watched,
    ) -> Result<Outcome, Error> {
        let address = running::shown_address(&listener, &settings.http);
        let said = serve::say(&self.greeting(&address));
        if said.is_ok() {
            self.server.until(stop, listener, watched).await;
        }
        if let Some((folder, managed)) = self.managed {
            managed.stop().await;
            drop(folder);
        }
        said.map(|()| Outcome::Done)
    }

    fn greeting(&self, address: &str) -> String {
        let mut text = format!("Gemba is ready at {address}\n  explorer  {address}/api/docs\n");
        if let Some((folder, managed)) = &self.managed {
            folder.announce(address);
            text.push_str(&format!("  data      {} (PostgreSQL {})\n", folder.path().display(), managed.version()));
        }
        if let Some(password) = &self.password {
            text.push_str(&format!("  password  {password}\n  accounts\n"));
            for (email, role, place) in demo::accounts() {
                text.push_str(&format!("    {email:<30} {role:<13} {place}\n"));
            }
        }
        text.push_str("  stop      Ctrl-C\n");
        text
    }
}

/// Loads the demo organization unless the folder says that it is loaded, and tells how to sign in.
async fn load_demo_once(server: &Server, folder: &DataFolder, settings: &Settings) -> Result<String, Error> {
    let kept = folder.secret("demo-password")?;
    let loaded = folder.secret("demo-version")?.is_some_and(|version| version == demo::VERSION.to_string());
    let where_kept = format!("in {}", folder.secret_path("demo-password").display());
    match (&settings.demo_password, &kept) {
        (Some(wanted), Some(kept)) if wanted == kept && loaded => return Ok("the one in GEMBA_DEMO_PASSWORD".into()),
        (None, Some(_)) if loaded => return Ok(where_kept),
        _ => {}
    }
    let password = settings.demo_password.clone().or_else(|| kept.clone()).unwrap_or_else(|| postgres::password(16));
    // Until both marks are written, an interrupted load is taken up again.
    demo::load(server.database(), &server.identity, &password, Existing::Set).await?;
    folder.keep_secret("demo-password", &password)?;
    folder.keep_secret("demo-version", &demo::VERSION.to_string())?;
    Ok(match &settings.demo_password {
        Some(_) => "the one in GEMBA_DEMO_PASSWORD".into(),
        None => format!("{password} (also {where_kept})"),
    })
}

/// The same on a database that somebody else runs, where nothing but the database remembers.
async fn load_demo(server: &Server, wanted: Option<String>) -> Result<String, Error> {
    let there = demo::is_there(&server.identity).await?;
    let existing = if there && wanted.is_none() { Existing::Keep } else { Existing::Set };
    let password = wanted.clone().unwrap_or_else(|| postgres::password(16));
    demo::load(server.database(), &server.identity, &password, existing).await?;
    Ok(match (wanted, there) {
        (Some(_), _) => "the one in GEMBA_DEMO_PASSWORD".into(),
        (None, true) => "the one printed when the demo organization was made; GEMBA_DEMO_PASSWORD sets another".into(),
        (None, false) => format!("{password} (keep it: it is printed this once)"),
    })
}

/// The installation's key: the one given, else the one in the folder, made once.
///
/// # Errors
/// `data_folder_damaged` when the kept one is none; when a new one cannot be kept.
pub fn kept_key(folder: &DataFolder, given: Option<[u8; 32]>) -> Result<[u8; 32], Error> {
    if let Some(key) = given {
        return Ok(key);
    }
    let text = match folder.secret("installation.key")? {
        Some(text) => text,
        None => {
            let text = rand::random::<[u8; 32]>().iter().map(|byte| format!("{byte:02x}")).collect::<String>();
            folder.keep_secret("installation.key", &text)?;
            text
        }
    };
    key_bytes(&text).ok_or_else(|| {
        Error::conflict(
            "data_folder_damaged",
            format!("{} is not 64 hexadecimal digits: put it back from a backup", folder.secret_path("installation.key").display()),
        )
    })
}
