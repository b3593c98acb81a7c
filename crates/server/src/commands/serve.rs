//! `gemba serve`: the server on a database that somebody else runs.

use std::future::Future;
use std::path::Path;
use std::sync::Arc;

use identity::Identity;
use platform::audit::{Custody, keys};
use platform::database::{PoolSettings, migrate};
use platform::error::Kind;
use platform::http::{App, listen};
use platform::outbound::Outbound;
use platform::runs::Worker;
use platform::settings::{DatabaseSettings, Settings, WorkSettings};
use platform::{Context, Database, Error};
use tokio::net::TcpListener;

use crate::arguments::installation::ServeRequest;
use crate::commands::running;
use crate::files;
use crate::outcome::{Failure, Outcome};

/// Serves until it is told to stop.
///
/// # Errors
/// Wrong settings, a taken port, a database that is not there or not migrated.
pub fn run(request: &ServeRequest) -> Result<Outcome, Failure> {
    let port = request.port.iter().map(|port| ("http.port", "--port", port.clone())).collect();
    let settings = running::settings(request.from.config.as_deref(), port)?;
    crate::logging::start(&settings.log);
    running::block_on(serve(settings))
}

async fn serve(settings: Settings) -> Result<Outcome, Error> {
    let stop = running::stop_requested()?;
    let missing = |what: &str| Error::new(Kind::Invalid, "setting_missing", what);
    let Some(url) = &settings.database.url else {
        return Err(missing("name the database in GEMBA_DATABASE_URL (or database.url); `gemba up` runs a private one instead"));
    };
    let Some(key) = settings.key else {
        return Err(missing(
            "set GEMBA_KEY (or security.key) to the installation's key, the same on all its servers; `openssl rand -hex 32` makes one",
        ));
    };
    let listener = running::bind(&settings.http).await?;
    migrate::check(url).await?;
    let server = Server::new(database(&settings.database, url)?, &settings, key, settings.audit.key.as_deref()).await?;
    say(&format!("Gemba is ready at {}\n", running::shown_address(&listener, &settings.http)))?;
    server.until(stop, listener).await;
    Ok(Outcome::Done)
}

/// The pool of the server's role.
///
/// # Errors
/// When an address cannot be understood, or the certificates it names cannot be read.
pub fn database(settings: &DatabaseSettings, url: &str) -> Result<Database, Error> {
    let pool = PoolSettings { size: settings.connections, wait: settings.wait };
    Database::new(url, settings.read_url.as_deref(), pool, Context::system())
}

/// The server, put together.
pub struct Server {
    app: App,
    /// Who is who.
    pub identity: Identity,
    custody: Option<Custody>,
    worker: Option<Worker>,
}

impl Server {
    /// The server on `database`, with the installation's key and the file with the key that seals the trail.
    ///
    /// # Errors
    /// When the sealing key cannot be read or made, or the keys of secrets cannot be read.
    pub async fn new(database: Database, settings: &Settings, key: [u8; 32], audit_key: Option<&Path>) -> Result<Server, Error> {
        let limits = settings.http.limits.clone();
        let identity = identity(&database, settings, key)?;
        let secrets = settings.secrets.open(&key).await?;
        let app = App::new(database, Arc::new(identity.clone()), limits).with(identity.clone()).with(secrets);
        let app = server::serve::equip(app.with(Outbound::new(settings.outbound.clone())?));
        let worker = worker(&app, &identity, &settings.work);
        let custody = match audit_key {
            Some(path) => Some(Custody { signer: keys::open_or_create(path)?, witness: settings.audit.witness.clone() }),
            None => {
                tracing::info!("GEMBA_AUDIT_KEY is not set: sealing the audit trail is left to another server");
                None
            }
        };
        Ok(Server { app, identity, custody, worker })
    }

    /// The database, as the server uses it.
    pub fn database(&self) -> &Database {
        &self.app.database
    }

    /// Answers requests and carries out runs until `stop`, then finishes those in flight within the limit, seals what they left in the trail,
    /// and closes the database's connections.
    pub async fn until(self, stop: impl Future<Output = ()>, listener: TcpListener) {
        let (answered, ended) = tokio::sync::oneshot::channel::<()>();
        let custody = self.custody.map(|custody| {
            let database = self.app.database.clone();
            tokio::spawn(custody.keep(database, async move { ended.await.unwrap_or(()) }))
        });
        let (working, done) = tokio::sync::oneshot::channel::<()>();
        let worker = self.worker.map(|worker| tokio::spawn(worker.keep(async move { done.await.unwrap_or(()) })));
        listen(listener, &self.app, server::serve::router(self.app.clone()), stop).await;
        drop(working);
        if let Some(worker) = worker
            && worker.await.is_err()
        {
            tracing::error!("the task that carries out runs broke");
        }
        drop(answered);
        if let Some(custody) = custody
            && custody.await.is_err()
        {
            tracing::error!("the task that seals the audit trail broke");
        }
        self.app.database.close();
    }
}

/// What carries out runs in this process; nothing where that is left to others.
pub fn worker(app: &App, identity: &Identity, settings: &WorkSettings) -> Option<Worker> {
    if settings.places == 0 {
        tracing::info!("GEMBA_WORK_PLACES is 0: runs are left to `gemba work`");
        return None;
    }
    let work = platform::runs::Settings { queues: settings.queues.clone(), places: settings.places, ..Default::default() };
    Some(Worker::new(app.database.clone(), server::serve::works(), Arc::new(identity.clone()), work))
}

/// Who is who on `database`, with every permission there is.
///
/// # Errors
/// None with the usual cost of hashing.
pub fn identity(database: &Database, settings: &Settings, key: [u8; 32]) -> Result<Identity, Error> {
    let rules = identity::Settings { https: settings.http.limits.https, ..identity::Settings::new(key) };
    Identity::new(database.clone(), server::serve::catalogue(), rules)
}

/// Prints what the person at the keyboard, or a program that waits, wants to know.
///
/// # Errors
/// When standard output cannot be written.
pub fn say(text: &str) -> Result<(), Error> {
    files::print(text).map(|_| ()).map_err(|failure| Error::internal(failure.message))
}
