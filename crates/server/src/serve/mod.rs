//! The server put together: the routes of every context under `/api/v1`, the document of them all, the explorer, the web app, and the probes.
//!
//! **Invariant:** this is the one list of what the server answers; a context that is not in [`contexts`] is not reachable.

mod document;
mod explorer;
mod printer;
mod probes;
mod web;

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use identity::{Catalogue, Identity};
use inventory::genealogy::names::Naming;
use inventory::scan::Finders;
use planning::subscriptions::Reporter;
use platform::files::{self, Files, Inspector};
use platform::http::{App, OpenApiRouter, Problem, openapi, surround};
use platform::mail::{self, Mailer, Sender, Signer, Templates};
use platform::notifications::{self, Declared, Digester, Teller, Whom};
use platform::policy::RecordVerb;
use platform::resource::{self, Kind, Kinds};
use platform::runs::{self, Works};
use platform::secrets::SealedColumn;
use platform::streams::{self, Hub};
use platform::telemetry::{Gatherer, Sample};
use platform::webhooks::{self, Deliverer};
use platform::{Result, Standing, audit, environments, events, feed};
use production::boards::ShiftReporter;
use serde_json::Value;
use utoipa::OpenApi;

/// What the API is, before its operations.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Gemba",
        description = "Master data, plans and their trail. Times are UTC instants (RFC 3339). Lists come in pages: give `next_cursor` as `cursor`. \
            A change needs `If-Match` with the `ETag` it is meant for. A refusal is a problem (RFC 9457) with a stable `code`.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    components(schemas(Problem))
)]
struct Description;

/// Every kind of record, in an order in which each refers only to earlier ones.
pub fn kinds() -> Kinds {
    let own = platform::resource::kinds().into_iter().chain(platform::places::kinds());
    Kinds::new(
        own.chain(identity::kinds()).chain(factory::kinds()).chain(inventory::kinds()).chain(planning::kinds()).chain(production::kinds()),
    )
}

/// Every permission there is.
pub fn catalogue() -> Catalogue {
    let written = identity::PERMISSIONS
        .iter()
        .chain(audit::PERMISSIONS)
        .chain(runs::PERMISSIONS)
        .chain(events::PERMISSIONS)
        .chain(feed::PERMISSIONS)
        .chain(webhooks::PERMISSIONS)
        .chain(mail::PERMISSIONS)
        .chain(inventory::PERMISSIONS)
        .chain(planning::PERMISSIONS)
        .chain(production::PERMISSIONS)
        .chain(environments::PERMISSIONS)
        .copied();
    written.chain(kinds().iter().flat_map(Kind::permissions)).collect()
}

/// What is done with records in hand beyond what every kind has, for policies to speak of.
pub fn record_verbs() -> Vec<RecordVerb> {
    planning::RECORD_VERBS.to_vec()
}

/// Everything that takes time, and what carries it out.
///
/// # Errors
/// When the server was put together without what they need.
pub fn works(app: &App, standing: Arc<dyn Standing>) -> Result<Works> {
    let deliverer = Deliverer::new(app.part()?, app.part()?, events(), standing);
    // Without files (a tool that answers no requests) there is nothing to look at.
    let looking = app.part::<Files>().ok().map(|files| Inspector::new(files, app.database.clone(), kinds()));
    let works = looking.map_or_else(Works::default, |inspector| Works::default().with(files::INSPECT, inspector));
    let works = works
        .with(runs::PROBE, runs::probe)
        .with(webhooks::DELIVER, deliverer)
        .with(notifications::DIGEST, Digester)
        .with(planning::work::OPTIMIZE, planning::work::optimize)
        .with(planning::risk::work::STUDY, planning::risk::work::study)
        .with(production::terminal::escalation::ESCALATE, production::terminal::escalation::carry_out);
    let works = environments::works(planning::imports::work::works(works, &kinds()), &kinds());
    // Reports go to people, so a server that knows none sends none.
    let works = match app.part::<Whom>() {
        Ok(whom) => works
            .with(planning::subscriptions::SEND, Reporter::new(Some(printer::printer()), whom.clone()))
            .with(production::boards::SEND, ShiftReporter::new(whom)),
        Err(_) => works,
    };
    // A server that knows no people tells them nothing, and one without a way for mail leaves it to others.
    let works = match app.part::<Whom>() {
        Ok(whom) => works.with(notifications::TELL, Teller::new(notices(), events(), kinds(), whom.0)),
        Err(_) => works,
    };
    Ok(match app.part::<Sender>() {
        Ok(sender) => works.with(mail::SEND, sender),
        Err(_) => works,
    })
}

/// Everything that somebody is told of.
pub fn notices() -> Declared {
    let notices = notifications::NOTICES
        .iter()
        .chain(identity::NOTICES)
        .chain(planning::NOTICES)
        .chain(production::NOTICES)
        .chain(inventory::NOTICES);
    Declared::new(notifications::TOPICS.iter().chain(production::TOPICS).chain(inventory::TOPICS).copied(), notices.copied())
}

/// What sends mail to `whom`, where the server has a way for it.
fn sender(app: &App, whom: &Whom) -> Option<Sender> {
    let (mailer, signer, secrets) = (app.part::<Mailer>().ok()?, app.part::<Signer>().ok()?, app.part().ok()?);
    let templates = identity::templates(Templates::default())
        .with("notification", notifications::notification_letter(notices(), events(), kinds()))
        .with("digest", notifications::digest_letter(notices(), events(), kinds()))
        .with("report", planning::subscriptions::report_letter())
        .with("shift_report", production::boards::shift_letter());
    Some(Sender::new(mailer, signer, secrets, templates, whom.0.clone()))
}

/// Every event there is.
pub fn events() -> events::Catalogue {
    events::Catalogue::new(
        &kinds(),
        events::KINDS
            .iter()
            .chain(identity::EVENTS)
            .chain(inventory::EVENTS)
            .chain(planning::EVENTS)
            .chain(production::EVENTS)
            .chain(environments::EVENTS)
            .copied(),
    )
}

/// What programs read in bulk.
pub fn feed() -> feed::Feed {
    feed::Feed::new(feed::SETS.iter().chain(factory::SETS).chain(inventory::SETS).chain(planning::SETS).chain(production::SETS).copied())
}

/// What scanned codes are, of every context that puts some on labels.
fn finders() -> Finders {
    Finders(Arc::new(vec![production::documents::find_scanned]))
}

/// With what contexts need beside the database and identity.
///
/// # Errors
/// Without [`Outbound`](platform::outbound::Outbound) and [`Secrets`](platform::secrets::Secrets).
pub fn equip(app: App, standing: Arc<dyn Standing>) -> Result<App> {
    if let Ok(identity) = app.part::<identity::Identity>() {
        identity.speak_of(&kinds(), &record_verbs())?;
    }
    let hub = Hub::new(app.database.clone(), events(), standing.clone());
    let app = app.with(notices()).with(kinds()).with(feed()).with(finders()).with(Naming(Some(production::documents::name)));
    let app = match app.part::<Identity>() {
        Ok(identity) => {
            let whom = Whom(Arc::new(identity));
            let sender = sender(&app, &whom);
            let app = app.with(whom);
            sender.into_iter().fold(app, App::with)
        }
        Err(_) => app,
    };
    let works = works(&app, standing.clone())?;
    Ok(app.with(standing).with(works).with(events()).with(hub).with(printer::printer()))
}

/// The numbers of this process and of its installation.
pub fn gatherer(app: &App) -> Gatherer {
    let (here, hub) = (app.clone(), app.part::<Hub>().ok());
    Gatherer::new(app.database.clone()).with(move || {
        let mut samples = vec![
            Sample::new("gemba_http_requests_in_flight", here.in_flight() as f64),
            Sample::new("gemba_http_requests_in_flight_limit", here.settings.in_flight as f64),
        ];
        samples.extend(hub.as_ref().map(|hub| Sample::new("gemba_streams", hub.len() as f64)));
        samples
    })
}

/// Every column of secrets there is, for the rotation of their key.
pub fn sealed() -> Vec<SealedColumn> {
    [identity::SEALED, webhooks::SEALED, mail::SEALED].concat()
}

/// Every context's routes.
fn contexts() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(identity::routes())
        .merge(audit::routes())
        .merge(runs::routes())
        .merge(events::routes())
        .merge(feed::routes())
        .merge(webhooks::routes())
        .merge(mail::routes())
        .merge(notifications::routes())
        .merge(streams::routes())
        .merge(environments::routes())
        .merge(files::routes(&kinds()))
        .merge(resource::routes(&kinds()))
        .merge(inventory::routes(&kinds()))
        .merge(planning::routes(&kinds()))
        .merge(production::routes(&kinds()))
}

fn api() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(Description::openapi()).nest("/api/v1", contexts())
}

/// The server of `app`.
pub fn router(app: App) -> Router {
    let (routes, _) = api().split_for_parts();
    let routes = routes.route("/api/v1/openapi.json", get(document::document)).merge(explorer::routes());
    let routes = routes.layer(from_fn_with_state(app.clone(), identity::sessions::rotate));
    let routes = routes.layer(from_fn_with_state(app.clone(), identity::audit_refusals));
    // The web app is files: they cost nothing that a limit would have to spare.
    surround(&app, routes, probes::routes().merge(web::routes()))
}

/// The document of the whole API: OpenAPI 3.1, as JSON for people to read.
pub fn openapi_document() -> String {
    let mut text = serde_json::to_string_pretty(&described()).unwrap_or_default();
    text.push('\n');
    text
}

fn described() -> Value {
    let (_, document) = api().split_for_parts();
    openapi::complete(document)
}
