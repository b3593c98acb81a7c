//! States of lines over HTTP.

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use platform::http::{App, OpenApiRouter, Path, Query, Unread, routes};
use platform::{Caller, Error, Result};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::actions::{self, ReportedReason, ReportedState};
use super::counts::{ReportedCounts, TakenCounts};
use super::store::{self, LineState, Wanted};
use super::{COUNT_REPORT, STATE_READ, STATE_REPORT};

/// The operations.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_line_states))
        .routes(routes!(read_line_states, report_line_state))
        .routes(routes!(explain_line_state))
        .routes(routes!(report_line_counts))
}

/// Which intervals.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct LatestQuery {
    /// Only those of this plant.
    #[param(value_type = Option<Uuid>)]
    plant_id: Option<Uuid>,
    /// So many at most.
    #[param(minimum = 1, maximum = 500, default = 50)]
    limit: Option<i64>,
}

/// Intervals of lines, in time order or the newest first.
#[derive(Debug, Serialize, ToSchema)]
struct LineStates {
    /// The intervals.
    items: Vec<LineState>,
    /// Whether there are more: read on from the last one's end.
    more: bool,
}

/// What lines did last: the newest intervals within reach.
#[utoipa::path(get, path = "/line-states", tag = "Lines", params(LatestQuery), responses((status = 200, body = LineStates)),
    extensions(("x-permission" = json!("production.line_state.read"))))]
async fn list_line_states(State(app): State<App>, caller: Caller, Query(asked): Query<LatestQuery>) -> Result<Json<LineStates>> {
    let limit = limit(asked.limit, 50, 500)?;
    let mut tx = app.read(&caller).await?;
    let mut items = store::latest(&mut tx, asked.plant_id, STATE_READ, limit + 1).await?;
    tx.commit().await?;
    let more = items.len() as i64 > limit;
    items.truncate(limit as usize);
    Ok(Json(LineStates { items, more }))
}

/// Which time.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct StatesQuery {
    /// From then; eight hours before the end unless said.
    #[param(value_type = Option<String>, format = DateTime, example = "2026-11-23T06:00:00Z")]
    from: Option<Timestamp>,
    /// Until then; now unless said.
    #[param(value_type = Option<String>, format = DateTime, example = "2026-11-23T14:00:00Z")]
    to: Option<Timestamp>,
    /// Only stops that nobody has explained, without micro-stops.
    unexplained: Option<bool>,
    /// Intervals at most.
    #[param(minimum = 1, maximum = 5000, default = 1000)]
    limit: Option<i64>,
}

/// What a line did from when to when.
#[utoipa::path(get, path = "/lines/{id}/states", tag = "Lines", params(("id" = Uuid, Path, description = "The line."), StatesQuery),
    responses((status = 200, body = LineStates)), extensions(("x-permission" = json!("production.line_state.read"))))]
async fn read_line_states(
    State(app): State<App>,
    caller: Caller,
    Path(line): Path<Uuid>,
    Query(asked): Query<StatesQuery>,
) -> Result<Json<LineStates>> {
    let limit = limit(asked.limit, 1_000, 5_000)?;
    let mut tx = app.read(&caller).await?;
    let plant = store::plant_of_line(&mut tx, line, STATE_READ).await?;
    let to = asked.to.unwrap_or(tx.now());
    let from = asked.from.or_else(|| to.checked_sub(SignedDuration::from_hours(8)).ok()).unwrap_or(to);
    let wanted = Wanted { from, to, limit: limit + 1, unexplained: asked.unexplained.unwrap_or(false) };
    let mut items = store::of_line(&mut tx, plant, line, &wanted).await?;
    tx.commit().await?;
    let more = items.len() as i64 > limit;
    items.truncate(limit as usize);
    Ok(Json(LineStates { items, more }))
}

/// Say what a line does. It goes on until the next thing that is known of the line; told twice, it is the same interval.
#[utoipa::path(post, path = "/lines/{id}/states", tag = "Lines", params(("id" = Uuid, Path, description = "The line.")),
    request_body = ReportedState, responses((status = 201, body = LineState)),
    extensions(("x-permission" = json!("production.line_state.report"))))]
async fn report_line_state(
    State(app): State<App>,
    caller: Caller,
    Path(line): Path<Uuid>,
    body: Unread<ReportedState>,
) -> Result<(StatusCode, Json<LineState>)> {
    let mut tx = app.begin(&caller).await?;
    store::plant_of_line(&mut tx, line, STATE_REPORT).await?;
    let said = body.read().await?;
    let state = actions::report_state(&mut tx, line, &said).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(state)))
}

/// Say why a line stood, or stands.
#[utoipa::path(post, path = "/line-states/{id}/reason", tag = "Lines", params(("id" = Uuid, Path, description = "The interval.")),
    request_body = ReportedReason, responses((status = 200, body = LineState)),
    extensions(("x-permission" = json!("production.line_state.report"))))]
async fn explain_line_state(
    State(app): State<App>,
    caller: Caller,
    Path(stop): Path<Uuid>,
    body: Unread<ReportedReason>,
) -> Result<Json<LineState>> {
    let mut tx = app.begin(&caller).await?;
    store::plant_of_state(&mut tx, stop, STATE_REPORT).await?;
    let said = body.read().await?;
    let state = actions::report_reason(&mut tx, stop, &said).await?;
    tx.commit().await?;
    Ok(Json(state))
}

/// Send readings of a counter: pieces are counted, and the line is set running and stopped by them. Readings that are known change nothing.
#[utoipa::path(post, path = "/lines/{id}/counts", tag = "Lines", params(("id" = Uuid, Path, description = "The line.")),
    request_body = ReportedCounts, responses((status = 200, body = TakenCounts)),
    extensions(("x-permission" = json!("production.line_count.report"))))]
async fn report_line_counts(
    State(app): State<App>,
    caller: Caller,
    Path(line): Path<Uuid>,
    body: Unread<ReportedCounts>,
) -> Result<Json<TakenCounts>> {
    let mut tx = app.begin(&caller).await?;
    store::plant_of_line(&mut tx, line, COUNT_REPORT).await?;
    let said = body.read().await?;
    let taken = actions::report_counts(&mut tx, line, &said).await?;
    tx.commit().await?;
    Ok(Json(taken))
}

fn limit(said: Option<i64>, usual: i64, most: i64) -> Result<i64> {
    let limit = said.unwrap_or(usual);
    if (1..=most).contains(&limit) {
        return Ok(limit);
    }
    Err(Error::new(platform::error::Kind::Malformed, "bad_parameter", format!("limit: found {limit}, expected 1 to {most}")))
}
