//! Scheduling over HTTP.

use axum::Json;
use axum::extract::State;
use jiff::SignedDuration;
use platform::caller::Scope;
use platform::http::{App, OpenApiRouter, Path, Query, Unread, routes};
use platform::ids::PlantId;
use platform::places::seen;
use platform::{Caller, Result};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use super::gantt::{self, Gantt};
use super::lists::{self, Listed};
use super::moves::{self, Dispatch, Dispatched, Move, Moved};
use crate::jobs::actions::JOB_ASSIGN;
use crate::jobs::store::{self, JOB_READ};
use crate::people::http::Between;

/// The operations.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(dispatch_plant))
        .routes(routes!(read_dispatch_list))
        .routes(routes!(read_gantt))
        .routes(routes!(move_job))
}

/// Schedule all open jobs of a plant by a rule: finite, forward from now, in the working time of the lines, with changeovers.
#[utoipa::path(post, path = "/plants/{id}/dispatch", tag = "Dispatch", params(("id" = Uuid, Path, description = "The plant.")),
    request_body = Dispatch, responses((status = 200, body = Dispatched)), extensions(("x-permission" = json!("production.job.assign"))))]
async fn dispatch_plant(
    State(app): State<App>,
    caller: Caller,
    Path(plant): Path<Uuid>,
    body: Unread<Dispatch>,
) -> Result<Json<Dispatched>> {
    seen(&app, &caller, plant).await?;
    caller.require(JOB_ASSIGN, Scope::Plant(PlantId(plant)))?;
    let asked = body.read().await?;
    let mut tx = app.begin(&caller).await?;
    let done = moves::dispatch(&mut tx, PlantId(plant), &asked).await?;
    tx.commit().await?;
    Ok(Json(done))
}

/// By which rule a list is ordered.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    /// due, priority, family or hand; by hand and then as scheduled unless said.
    #[param(example = "due")]
    rule: Option<String>,
}

/// What a line does next: its open jobs in the order in which they are to be done, and what they wait for.
#[utoipa::path(get, path = "/lines/{id}/dispatch-list", tag = "Dispatch", params(("id" = Uuid, Path, description = "The line."), ListQuery),
    responses((status = 200, body = Vec<Listed>)), extensions(("x-permission" = json!("production.job.read"))))]
async fn read_dispatch_list(
    State(app): State<App>,
    caller: Caller,
    Path(line): Path<Uuid>,
    Query(asked): Query<ListQuery>,
) -> Result<Json<Vec<Listed>>> {
    let mut tx = app.read(&caller).await?;
    let rule = lists::rule(asked.rule.as_deref())?;
    let found = lists::of_line(&mut tx, line, rule).await?;
    tx.commit().await?;
    Ok(Json(found))
}

/// Lines and jobs of a plant over time: as they went, and as they are scheduled.
#[utoipa::path(get, path = "/plants/{id}/gantt", tag = "Dispatch", params(("id" = Uuid, Path, description = "The plant."), Between),
    responses((status = 200, body = Gantt)), extensions(("x-permission" = json!("production.job.read"))))]
async fn read_gantt(
    State(app): State<App>,
    caller: Caller,
    Path(plant): Path<Uuid>,
    Query(between): Query<Between>,
) -> Result<Json<Gantt>> {
    seen(&app, &caller, plant).await?;
    caller.require(JOB_READ, Scope::Plant(PlantId(plant)))?;
    let mut tx = app.read(&caller).await?;
    let (from, to) = between.ends(tx.now(), SignedDuration::from_hours(-8))?;
    let found = gantt::of_plant(&mut tx, PlantId(plant), from, to).await?;
    tx.commit().await?;
    Ok(Json(found))
}

/// Move a job to a line, before another one or not before a time. With `dry_run` nothing is done: the answer says what would come of it.
#[utoipa::path(post, path = "/jobs/{id}/move", tag = "Dispatch", params(("id" = Uuid, Path, description = "The job.")),
    request_body = Move, responses((status = 200, body = Moved)), extensions(("x-permission" = json!("production.job.assign"))))]
async fn move_job(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>, body: Unread<Move>) -> Result<Json<Moved>> {
    let mut tx = app.begin(&caller).await?;
    let job = store::find(&mut tx, id).await?;
    tx.require(JOB_ASSIGN, Scope::Plant(job.plant_id))?;
    let asked = body.read().await?;
    let moved = moves::move_job(&mut tx, id, &asked).await?;
    match asked.dry_run {
        true => tx.rollback().await?,
        false => tx.commit().await?,
    }
    Ok(Json(moved))
}
