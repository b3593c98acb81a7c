//! Schedules over HTTP.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use uuid::Uuid;

use crate::caller::Caller;
use crate::error::Result;
use crate::http::{App, Body, ETag, IfMatch, IfMatchHeader, OpenApiRouter, Page, PageQuery, Paged, Path, created, routes};
use crate::runs::schedules::{self, NewSchedule, Schedule, ScheduleChange};
use crate::runs::{Prefer, Run, Works, wait_for};

/// The routes of schedules.
pub(in crate::runs) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_schedules, create_schedule))
        .routes(routes!(get_schedule, update_schedule, delete_schedule))
        .routes(routes!(run_schedule))
}

/// Schedules: of the organization, or of the plants where the caller may see them.
#[utoipa::path(get, path = "/schedules", tag = "Runs", params(PageQuery),
    responses((status = 200, body = Paged<Schedule>)), extensions(("x-permission" = json!("work.schedule.read"))))]
async fn list_schedules(State(app): State<App>, caller: Caller, page: Page) -> Result<Json<Paged<Schedule>>> {
    let mut tx = app.read(&caller).await?;
    let found = schedules::list(&mut tx, &page).await?;
    tx.commit().await?;
    Ok(Json(found))
}

/// Makes a schedule. Its runs act as whoever makes it, with the rights they have when each begins.
#[utoipa::path(post, path = "/schedules", tag = "Runs", request_body = NewSchedule,
    responses((status = 201, body = Schedule)), extensions(("x-permission" = json!("work.schedule.create"))))]
async fn create_schedule(State(app): State<App>, caller: Caller, Body(new): Body<NewSchedule>) -> Result<Response> {
    let mut tx = app.begin(&caller).await?;
    let made = schedules::create(&mut tx, &app.part::<Works>()?, new).await?;
    tx.commit().await?;
    Ok(created(&format!("/api/v1/schedules/{}", made.id), made.version, &made))
}

/// A schedule.
#[utoipa::path(get, path = "/schedules/{id}", tag = "Runs", params(("id" = Uuid, Path, description = "The schedule.")),
    responses((status = 200, body = Schedule)), extensions(("x-permission" = json!("work.schedule.read"))))]
async fn get_schedule(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>) -> Result<(ETag, Json<Schedule>)> {
    let mut tx = app.read(&caller).await?;
    let found = schedules::get(&mut tx, id).await?;
    tx.commit().await?;
    Ok((ETag(found.version), Json(found)))
}

/// Changes a schedule, or lets it rest (`"paused": true`). Its runs act as whoever changed it last.
#[utoipa::path(patch, path = "/schedules/{id}", tag = "Runs", params(("id" = Uuid, Path, description = "The schedule."), IfMatchHeader),
    request_body = ScheduleChange, responses((status = 200, body = Schedule)), extensions(("x-permission" = json!("work.schedule.update"))))]
async fn update_schedule(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    meant: IfMatch,
    Body(change): Body<ScheduleChange>,
) -> Result<(ETag, Json<Schedule>)> {
    let mut tx = app.begin(&caller).await?;
    let changed = schedules::change(&mut tx, &app.part::<Works>()?, id, meant, change).await?;
    tx.commit().await?;
    Ok((ETag(changed.version), Json(changed)))
}

/// Ends a schedule. Its runs remain.
#[utoipa::path(delete, path = "/schedules/{id}", tag = "Runs", params(("id" = Uuid, Path, description = "The schedule."), IfMatchHeader),
    responses((status = 204)), extensions(("x-permission" = json!("work.schedule.update"))))]
async fn delete_schedule(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>, meant: IfMatch) -> Result<StatusCode> {
    let mut tx = app.begin(&caller).await?;
    schedules::delete(&mut tx, id, meant).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Starts a run of a schedule now; for whoever asks, not for who made it. `Prefer: wait=10` answers with the run when it has ended.
#[utoipa::path(post, path = "/schedules/{id}/run", tag = "Runs",
    params(("id" = Uuid, Path, description = "The schedule."),
        ("Prefer" = Option<String>, Header, description = "`wait=10`: answer when it has ended, or after 10 s (20 at most).")),
    responses((status = 200, description = "It has ended.", body = Run), (status = 202, description = "It waits or is at work.", body = Run)),
    extensions(("x-permission" = json!("work.schedule.update"))))]
async fn run_schedule(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>, prefer: Prefer) -> Result<Response> {
    let mut tx = app.begin(&caller).await?;
    let run = schedules::run_now(&mut tx, &app.part::<Works>()?, id).await?;
    tx.commit().await?;
    wait_for(&app, &caller, run, prefer).await
}
