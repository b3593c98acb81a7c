//! `gemba serve`: the server on a database that somebody else runs.

use std::future::Future;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use http::request::Parts;
use platform::database::{PoolSettings, migrate};
use platform::error::Kind;
use platform::http::{App, Authenticate, listen};
use platform::settings::{DatabaseSettings, Settings};
use platform::{Caller, Context, Database, Error};
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
    let Some(url) = &settings.database.url else {
        return Err(Error::new(
            Kind::Invalid,
            "database_url_missing",
            "name the database in GEMBA_DATABASE_URL (or database.url); `gemba up` runs a private one instead",
        ));
    };
    let listener = running::bind(&settings.http).await?;
    migrate::check(url).await?;
    let database = database(&settings.database, url)?;
    say(&format!("Gemba is ready at {}\n", running::shown_address(&listener, &settings.http)))?;
    until(stop, listener, &app(database, &settings)).await;
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

/// Answers requests until `stop`, then finishes those in flight within the limit, and closes the database's connections.
pub async fn until(stop: impl Future<Output = ()>, listener: TcpListener, app: &App) {
    listen(listener, app, server::serve::router(app.clone()), stop).await;
    app.database.close();
}

/// The server on `database`.
pub fn app(database: Database, settings: &Settings) -> App {
    App::new(database, Arc::new(Nobody), settings.http.limits.clone())
}

/// Knows nobody: every call is anonymous.
struct Nobody;

impl Authenticate for Nobody {
    fn caller<'a>(&'a self, _: &'a Parts) -> BoxFuture<'a, Result<Caller, Error>> {
        Box::pin(async { Err(Error::new(Kind::Unauthenticated, "not_signed_in", "sign in first")) })
    }
}

/// Prints what the person at the keyboard, or a program that waits, wants to know.
///
/// # Errors
/// When standard output cannot be written.
pub fn say(text: &str) -> Result<(), Error> {
    files::print(text).map(|_| ()).map_err(|failure| Error::internal(failure.message))
}
