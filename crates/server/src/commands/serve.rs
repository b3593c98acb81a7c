//! `gemba serve`: the server on a database that somebody else runs.

use std::future::Future;
use std::path::Path;
use std::sync::Arc;

use identity::Identity;
use identity::passwords::Forbidden;
use platform::audit::{Custody, keys};
use platform::database::{PoolSettings, migrate};
use platform::error::Kind;
use platform::events::Publisher;
use platform::files::Files;
use platform::http::{App, listen};
use platform::mail::Signer;
use platform::outbound::Outbound;
use platform::runs::Worker;
use platform::settings::{DatabaseSettings, Settings, WorkSettings};
use platform::streams::Hub;
use platform::{Context, Database, Error};
use tokio::net::TcpListener;

use crate::arguments::installation::ServeRequest;
use crate::commands::running;
use crate::commands::watched::Watched;
use crate::files;
use crate::outcome::{Failure, Outcome};

/// Serves until it is told to stop.
///
/// # Errors
/// Wrong settings, a taken port, a database that is not there or not migrated.
pub fn run(request: &ServeRequest) -> Result<Outcome, Failure> {
    let port = request.port.iter().map(|port| ("http.port", "--port", port.clone())).collect();
    let settings = running::settings(request.from.config.as_deref(), port)?;
    running::block_on(serve(settings))
}

async fn serve(settings: Settings) -> Result<Outcome, Error> {
    let watched = Watched::begin(&settings, "serve").await?;
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
    server.until(stop, listener, watched).await;
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
        let app = app.with(Outbound::new(settings.outbound.clone())?).with(settings.files.open(&key)?);
        let app = with_mail(app, settings, &key)?;
        let app = server::serve::equip(app, Arc::new(identity.clone()))?;
        let worker = worker(&app, &identity, &settings.work)?;
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
    pub async fn until(self, stop: impl Future<Output = ()>, listener: TcpListener, watched: Watched) {
        let watched = watched.answer(server::serve::gatherer(&self.app));
        let database = &self.app.database;
        let custody = self.custody.map(|custody| Beside::begin("seals the audit trail", |ended| custody.keep(database.clone(), ended)));
        let publisher = Publisher::new(database.clone()).telling(server::serve::notices());
        let publisher = Beside::begin("publishes events", |ended| publisher.keep(ended));
        let hub = self.app.part::<Hub>().ok();
        let streams = hub.clone().map(|hub| Beside::begin("streams events", |ended| hub.keep(ended)));
        let files = self.app.part::<Files>().ok();
        let files = files.map(|files| Beside::begin("sweeps files", |ended| platform::files::keep(files, database.clone(), ended)));
        let worker = self.worker.map(|worker| Beside::begin("carries out runs", |ended| worker.keep(ended)));
        // Streams go on for ever: they end first, so that what is waited for is answers.
        let stop = async {
            stop.await;
            if let Some(hub) = &hub {
                hub.close();
            }
        };
        let forgetting = tokio::spawn(forget(self.identity));
        listen(listener, &self.app, server::serve::router(self.app.clone()), stop).await;
        forgetting.abort();
        // What runs did is published, and what was published is sealed.
        for task in [streams, worker, files, Some(publisher), custody].into_iter().flatten() {
            task.end().await;
        }
        watched.end().await;
        self.app.database.close();
    }
}

/// A task that goes on beside the answering of requests.
struct Beside {
    what: &'static str,
    goes_on: tokio::sync::oneshot::Sender<()>,
    task: tokio::task::JoinHandle<()>,
}

impl Beside {
    fn begin<F>(what: &'static str, work: impl FnOnce(Ended) -> F) -> Beside
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let (goes_on, ended) = tokio::sync::oneshot::channel();
        let ended: Ended = Box::pin(async move { ended.await.unwrap_or(()) });
        Beside { what, goes_on, task: tokio::spawn(work(ended)) }
    }

    async fn end(self) {
        drop(self.goes_on);
        if self.task.await.is_err() {
            tracing::error!(what = self.what, "a task of the server broke");
        }
    }
}

type Ended = std::pin::Pin<Box<dyn Future<Output = ()> + Send>>;

/// Every hour, removes what nobody needs any more of sessions and links.
async fn forget(identity: Identity) {
    let mut beat = tokio::time::interval(std::time::Duration::from_secs(3600));
    loop {
        beat.tick().await;
        if let Err(error) = identity.forget().await {
            tracing::warn!(%error, "ended sessions and used links could not be removed; they are later");
        }
    }
}

/// With what takes mail away, and what signs links in it.
///
/// # Errors
/// When the settings of mail are wrong.
pub fn with_mail(app: App, settings: &Settings, key: &[u8; 32]) -> Result<App, Error> {
    let mailer = settings.mail.open(&address(settings))?;
    Ok(app.with(mailer).with(Signer::new(key)))
}

/// The address that people use.
fn address(settings: &Settings) -> String {
    settings.http.public_url.clone().unwrap_or_else(|| format!("http://localhost:{}", settings.http.port))
}

/// What carries out runs in this process; nothing where that is left to others.
///
/// # Errors
/// When the server was put together without what runs need.
pub fn worker(app: &App, identity: &Identity, settings: &WorkSettings) -> Result<Option<Worker>, Error> {
    if settings.places == 0 {
        tracing::info!("GEMBA_WORK_PLACES is 0: runs are left to `gemba work`");
        return Ok(None);
    }
    let work = platform::runs::Settings { queues: settings.queues.clone(), places: settings.places, ..Default::default() };
    Ok(Some(Worker::new(app.database.clone(), app.part()?, Arc::new(identity.clone()), work)))
}

/// Who is who on `database`, with every permission there is.
///
/// # Errors
/// None with the usual cost of hashing.
pub fn identity(database: &Database, settings: &Settings, key: [u8; 32]) -> Result<Identity, Error> {
    let forbidden = settings.forbidden_passwords.as_deref().map(Forbidden::of_file).transpose()?.unwrap_or_default();
    let rules = identity::Settings {
        https: settings.http.limits.https,
        public_url: address(settings),
        plain_http: settings.http.plain,
        forbidden,
        ..identity::Settings::new(key)
    };
    Identity::new(database.clone(), server::serve::catalogue(), rules)
}

/// Prints what the person at the keyboard, or a program that waits, wants to know.
///
/// # Errors
/// When standard output cannot be written.
pub fn say(text: &str) -> Result<(), Error> {
    files::print(text).map(|_| ()).map_err(|failure| Error::internal(failure.message))
}
