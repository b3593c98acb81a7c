//! Events over HTTP.

use axum::Json;
use axum::extract::State;

use crate::caller::Caller;
use crate::error::Result;
use crate::events::{Catalogue, EventFilter, EventPage, read};
use crate::http::{App, OpenApiRouter, Query, routes};

/// The routes of events.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_events))
}

/// Events in order, behind a cursor: CloudEvents 1.0 of everything that happened and that the caller may read. Every answer has a cursor to
/// go on from; keep it and ask again. docs/events.md lists the types.
#[utoipa::path(get, path = "/events", tag = "Events", params(EventFilter),
    responses((status = 200, body = EventPage), (status = 410, description = "The events behind this cursor are not kept any more.")),
    extensions(("x-permission" = json!("integration.event.read"))))]
async fn list_events(State(app): State<App>, caller: Caller, Query(filter): Query<EventFilter>) -> Result<Json<EventPage>> {
    let mut tx = app.read(&caller).await?;
    let found = read(&mut tx, &app.part::<Catalogue>()?, &filter).await?;
    tx.commit().await?;
    Ok(Json(found))
}
