//! `gemba work`: carries out runs beside the servers of an installation, and answers no requests.

use std::sync::Arc;

use platform::Error;
use platform::database::migrate;
use platform::error::Kind;
use platform::events::Publisher;
use platform::http::App;
use platform::outbound::Outbound;
use platform::settings::Settings;

use crate::arguments::installation::WorkRequest;
use crate::commands::watched::Watched;
use crate::commands::{running, serve};
use crate::outcome::{Failure, Outcome};

/// Works until it is told to stop; what is at work then gets some time, and the rest begins anew elsewhere.
///
/// # Errors
/// Wrong settings, a database that is not there or not migrated.
pub fn run(request: &WorkRequest) -> Result<Outcome, Failure> {
    let mut arguments = Vec::new();
    arguments.extend(request.queue.iter().map(|queues| ("work.queues", "--queue", queues.clone())));
    arguments.extend(request.places.iter().map(|places| ("work.places", "--places", places.clone())));
    let settings = running::settings(request.from.config.as_deref(), arguments)?;
    running::block_on(work(settings))
}

async fn work(settings: Settings) -> Result<Outcome, Error> {
    let watched = Watched::begin(&settings, "work").await?;
    let stop = running::stop_requested()?;
    let missing = |what: &str| Error::new(Kind::Invalid, "setting_missing", what);
    let Some(url) = &settings.database.url else {
        return Err(missing("name the database in GEMBA_DATABASE_URL (or database.url); `gemba up` carries out its own runs"));
    };
    let Some(key) = settings.key else {
        return Err(missing("set GEMBA_KEY (or security.key) to the installation's key, the same as its servers have"));
    };
    migrate::check(url).await?;
    let database = serve::database(&settings.database, url)?;
    let identity = serve::identity(&database, &settings, key)?;
    let app = App::new(database.clone(), Arc::new(identity.clone()), settings.http.limits.clone());
    let app = app.with(settings.secrets.open(&key).await?).with(Outbound::new(settings.outbound.clone())?).with(settings.files.open(&key)?);
    let app = serve::with_mail(app.with(identity.clone()), &settings, &key)?;
    let app = server::serve::equip(app, Arc::new(identity.clone()))?;
    let Some(worker) = serve::worker(&app, &identity, &settings.work)? else {
        return Err(missing("GEMBA_WORK_PLACES is 0, so there is nothing for `gemba work` to do: give it --places"));
    };
    let queues = if settings.work.queues.is_empty() { "every queue".into() } else { settings.work.queues.join(", ") };
    serve::say(&format!("Gemba carries out runs of {queues}, {} at a time\n", settings.work.places))?;
    let stop = std::pin::pin!(stop);
    let watched = watched.answer(server::serve::gatherer(&app));
    let publisher = tokio::spawn(Publisher::new(database.clone()).telling(server::serve::notices()).keep(std::future::pending()));
    worker.keep(stop).await;
    publisher.abort();
    watched.end().await;
    database.close();
    Ok(Outcome::Done)
}
