//! What is done with a subscription beyond writing it: sending it now, and seeing how sending goes.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use platform::caller::Scope;
use platform::http::{App, OpenApiRouter, Path, routes};
use platform::ids::PlantId;
use platform::resource::{self, Record as _};
use platform::runs::schedules::{self, ScheduleStanding};
use platform::runs::{self, Prefer};
use platform::{Caller, Error, Result, Tx};
use uuid::Uuid;

use super::{ReportSubscription, SEND};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(send_report_subscription)).routes(routes!(read_report_subscription_sending))
}

/// Send a report now, to all on its list: for whoever asks, whatever the clock says, and while it rests too.
#[utoipa::path(post, path = "/report-subscriptions/{id}/send", tag = "Reports", params(("id" = Uuid, Path, description = "The subscription."),
        ("Prefer" = Option<String>, Header, description = "`wait=10`: answer when it has ended, or after 10 s (20 at most).")),
    responses((status = 202, body = ref("#/components/schemas/Run")), (status = 200, body = ref("#/components/schemas/Run"))),
    extensions(("x-permission" = json!("planning.report_subscription.update"))))]
async fn send_report_subscription(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>, prefer: Prefer) -> Result<Response> {
    let mut tx = app.begin(&caller).await?;
    let (plant, is_archived) = seen(&mut tx, id).await?;
    tx.require(ReportSubscription::kind().verbs.update, Scope::Plant(plant))?;
    if is_archived {
        return Err(Error::conflict("archived", "the subscription is archived: restore it first"));
    }
    let run = schedules::start(&mut tx, &SEND, id).await?;
    tx.commit().await?;
    runs::wait_for(&app, &caller, run, prefer).await
}

/// How sending a report goes: when it is sent next, and what came of the newest run.
#[utoipa::path(get, path = "/report-subscriptions/{id}/sending", tag = "Reports", params(("id" = Uuid, Path, description = "The subscription.")),
    responses((status = 200, body = ScheduleStanding)), extensions(("x-permission" = json!("planning.report_subscription.read"))))]
async fn read_report_subscription_sending(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>) -> Result<Json<ScheduleStanding>> {
    let mut tx = app.read(&caller).await?;
    seen(&mut tx, id).await?;
    let standing = schedules::standing(&mut tx, id).await?;
    tx.commit().await?;
    Ok(Json(standing))
}

/// The plant of a subscription that the caller may see, and whether it is archived.
async fn seen(tx: &mut Tx, id: Uuid) -> Result<(PlantId, bool)> {
    let kind = ReportSubscription::kind();
    let missing = || Error::not_found(&kind.noun());
    let record = resource::find(tx, kind, id).await?.ok_or_else(missing)?;
    let plant = record.get("plant_id").and_then(|plant| plant.as_str()?.parse::<Uuid>().ok()).map(PlantId).ok_or_else(missing)?;
    if !tx.caller().may(kind.verbs.read, Scope::Plant(plant)) || !resource::visible(tx.caller(), kind, &record) {
        return Err(missing());
    }
    Ok((plant, record.get("archived_at").is_some_and(|at| !at.is_null())))
}
