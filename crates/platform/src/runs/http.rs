//! Runs over HTTP.

use axum::Json;
use axum::extract::State;
use axum::response::Response;

use crate::caller::Caller;
use crate::error::Result;
use crate::http::{App, OpenApiRouter, Page, PageQuery, Paged, Path, Query, routes};
use crate::ids::RunId;
use crate::runs::store::{self, LogLine, Run, RunFilter};
use crate::runs::waiting::{Prefer, ended_within};
use crate::runs::{accepted, schedules};

/// The routes of runs and schedules.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_runs))
        .routes(routes!(get_run))
        .routes(routes!(list_run_log))
        .routes(routes!(cancel_run))
        .routes(routes!(redrive_run))
        .merge(schedules::routes())
}

/// Runs, the newest first: of the organization, or of the plants where the caller may see them. `state=failed` lists the dead letters.
#[utoipa::path(get, path = "/runs", tag = "Runs", params(RunFilter, PageQuery),
    responses((status = 200, body = Paged<Run>)), extensions(("x-permission" = json!("work.run.read"))))]
async fn list_runs(State(app): State<App>, caller: Caller, Query(filter): Query<RunFilter>, page: Page) -> Result<Json<Paged<Run>>> {
    let mut tx = app.read(&caller).await?;
    let found = store::list(&mut tx, &filter, &page).await?;
    tx.commit().await?;
    Ok(Json(found))
}

/// A run: how far it is, and what came of it. `Prefer: wait=10` answers when it has ended, or after 10 s. Whoever asked for a run may
/// always see it.
#[utoipa::path(get, path = "/runs/{id}", tag = "Runs",
    params(("id" = uuid::Uuid, Path, description = "The run."),
        ("Prefer" = Option<String>, Header, description = "`wait=10`: answer when it has ended, or after 10 s (20 at most).")),
    responses((status = 200, body = Run)), extensions(("x-permission" = json!("work.run.read"))))]
async fn get_run(State(app): State<App>, caller: Caller, Path(id): Path<RunId>, prefer: Prefer) -> Result<Json<Run>> {
    Ok(Json(ended_within(&app, &caller, id, prefer.wait).await?))
}

/// What a run said, line by line, in order.
#[utoipa::path(get, path = "/runs/{id}/log", tag = "Runs", params(("id" = uuid::Uuid, Path, description = "The run."), PageQuery),
    responses((status = 200, body = Paged<LogLine>)), extensions(("x-permission" = json!("work.run.read"))))]
async fn list_run_log(State(app): State<App>, caller: Caller, Path(id): Path<RunId>, page: Page) -> Result<Json<Paged<LogLine>>> {
    let mut tx = app.read(&caller).await?;
    let found = store::log(&mut tx, id, &page).await?;
    tx.commit().await?;
    Ok(Json(found))
}

/// Stops a run: one that waits at once, one at work as soon as it notices, within a second or so. Whoever asked for a run may always stop it.
#[utoipa::path(post, path = "/runs/{id}/cancel", tag = "Runs", params(("id" = uuid::Uuid, Path, description = "The run.")),
    responses((status = 200, body = Run)), extensions(("x-permission" = json!("work.run.cancel"))))]
async fn cancel_run(State(app): State<App>, caller: Caller, Path(id): Path<RunId>) -> Result<Json<Run>> {
    let mut tx = app.begin(&caller).await?;
    let stopped = store::cancel(&mut tx, id).await?;
    tx.commit().await?;
    Ok(Json(stopped))
}

/// Drives a run again that failed for good or was stopped: with the rights of whoever asked for it, five more attempts.
#[utoipa::path(post, path = "/runs/{id}/redrive", tag = "Runs", params(("id" = uuid::Uuid, Path, description = "The run.")),
    responses((status = 202, body = Run)), extensions(("x-permission" = json!("work.run.redrive"))))]
async fn redrive_run(State(app): State<App>, caller: Caller, Path(id): Path<RunId>) -> Result<Response> {
    let mut tx = app.begin(&caller).await?;
    let driven = store::redrive(&mut tx, id).await?;
    tx.commit().await?;
    Ok(accepted(&driven))
}
