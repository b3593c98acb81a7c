//! People and their time over HTTP, beside their declared records.

use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json};
use factory::places::Line;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use platform::caller::Scope;
use platform::http::{App, OpenApiRouter, Path, Query, Unread, routes};
use platform::ids::PlantId;
use platform::places::seen;
use platform::resource::{Kinds, Record as _};
use platform::{Caller, Error, FieldError, Permission, Result, Tx};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::labour::{self, Activity, Begun, LabourBooking};
use super::{pins, working_time};

/// See who worked on what.
pub const LABOUR_READ: Permission = Permission("production.labour.read");
/// Say what people work on.
pub const LABOUR_REPORT: Permission = Permission("production.labour.report");

/// The longest that is looked at in one answer (days).
const LONGEST_D: i64 = 93;

/// The operations.
pub(crate) fn routes(kinds: &Kinds) -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(set_operator_pin))
        .routes(routes!(book_labour))
        .routes(routes!(list_labour))
        .routes(routes!(read_working_time))
        .layer(Extension(kinds.clone()))
}

/// A PIN.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "pin": "4711" }))]
struct NewPin {
    /// Four to eight digits; null takes it away.
    #[schema(min_length = 4, max_length = 8, example = "4711")]
    pin: Option<String>,
}

/// Set the PIN that an operator types at terminals, or take it away.
#[utoipa::path(post, path = "/operators/{id}/pin", tag = "People", params(("id" = Uuid, Path, description = "The operator.")),
    request_body = NewPin, responses((status = 204, description = "It counts from now on.")),
    extensions(("x-permission" = json!("production.operator.set_pin"))))]
async fn set_operator_pin(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>, body: Unread<NewPin>) -> Result<StatusCode> {
    let mut tx = app.begin(&caller).await?;
    pins::may_set(&mut tx, id).await?;
    let new = body.read().await?;
    pins::set(&mut tx, id, new.pin.as_deref()).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What somebody works on.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "activity": "indirect" }))]
struct NewLabour {
    /// At which line.
    line_id: Option<Uuid>,
    /// On which job.
    job_id: Option<Uuid>,
    /// What; none ends what they do.
    activity: Option<Activity>,
}

/// Say what an operator works on from now on; what they did before ends.
#[utoipa::path(post, path = "/operators/{id}/labour", tag = "People", params(("id" = Uuid, Path, description = "The operator.")),
    request_body = NewLabour, responses((status = 204, description = "It is noted.")),
    extensions(("x-permission" = json!("production.labour.report"))))]
async fn book_labour(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>, body: Unread<NewLabour>) -> Result<StatusCode> {
    let mut tx = app.begin(&caller).await?;
    let plant = pins::plant_of(&mut tx, id).await?;
    tx.require(LABOUR_REPORT, Scope::Plant(plant))?;
    let new = body.read().await?;
    let now = tx.now();
    match new.activity {
        None => {
            labour::off(&mut tx, id, now).await?;
        }
        Some(activity) => {
            let begun = Begun { operator: id, line: new.line_id, job: new.job_id, activity, terminal: None, action: None };
            labour::on(&mut tx, plant, begun, now).await?;
        }
    }
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// From when until when.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Between {
    /// From then; a week ago unless said.
    #[param(value_type = Option<String>, format = DateTime, example = "2026-11-16T00:00:00Z")]
    from: Option<Timestamp>,
    /// Until then; a week after that unless said.
    #[param(value_type = Option<String>, format = DateTime, example = "2026-11-23T00:00:00Z")]
    to: Option<Timestamp>,
}

impl Between {
    /// Both ends, where the beginning is `usual_from` from now unless said.
    pub(crate) fn ends(&self, now: Timestamp, usual_from: SignedDuration) -> Result<(Timestamp, Timestamp)> {
        let shifted = |at: Timestamp, by: SignedDuration| at.checked_add(by).map_err(Error::internal);
        let from = match self.from {
            Some(from) => from,
            None => shifted(now, usual_from)?,
        };
        let to = match self.to {
            Some(to) => to,
            None => shifted(from, SignedDuration::from_hours(7 * 24))?,
        };
        let wrong = |detail: String| Err(Error::invalid(vec![FieldError::new("/to", "out_of_bounds", detail)]));
        if to <= from {
            return wrong(format!("expected a time after {from}"));
        }
        if to.as_second() - from.as_second() > LONGEST_D * 86_400 {
            return wrong(format!("expected at most {LONGEST_D} days"));
        }
        Ok((from, to))
    }
}

/// Who worked on what at a plant, at most 5,000 bookings, the oldest first.
#[utoipa::path(get, path = "/plants/{id}/labour", tag = "People", params(("id" = Uuid, Path, description = "The plant."), Between),
    responses((status = 200, body = Vec<LabourBooking>)), extensions(("x-permission" = json!("production.labour.read"))))]
async fn list_labour(
    State(app): State<App>,
    caller: Caller,
    Path(plant): Path<Uuid>,
    Query(between): Query<Between>,
) -> Result<Json<Vec<LabourBooking>>> {
    seen(&app, &caller, plant).await?;
    caller.require(LABOUR_READ, Scope::Plant(PlantId(plant)))?;
    let mut tx = app.read(&caller).await?;
    let (from, to) = between.ends(tx.now(), SignedDuration::from_hours(-7 * 24))?;
    let found = labour::between(&mut tx, PlantId(plant), from, to).await?;
    tx.commit().await?;
    Ok(Json(found))
}

/// When a line works.
#[derive(Debug, Serialize, ToSchema)]
struct WorkingTime {
    /// The line.
    line_id: Uuid,
    /// The plant's zone.
    #[schema(example = "Europe/Lisbon")]
    time_zone: String,
    /// Hours in all (h).
    #[schema(example = 75.0)]
    hours: f64,
    /// What is worked: without breaks, holidays and exceptions.
    spans: Vec<WorkedSpan>,
    /// The shifts, breaks included.
    shifts: Vec<ShiftOnDay>,
}

/// From one instant until another.
#[derive(Debug, Serialize, ToSchema)]
struct WorkedSpan {
    /// From then.
    #[schema(value_type = String, format = DateTime)]
    start: Timestamp,
    /// Until then.
    #[schema(value_type = String, format = DateTime)]
    end: Timestamp,
}

/// A shift on its day.
#[derive(Debug, Serialize, ToSchema)]
struct ShiftOnDay {
    /// The shift; none for a line that has hours and no shifts.
    shift_id: Option<Uuid>,
    /// As people call it.
    #[schema(example = "Early")]
    name: String,
    /// The day on which it starts.
    #[schema(value_type = String, format = Date)]
    on: Date,
    /// From then.
    #[schema(value_type = String, format = DateTime)]
    start: Timestamp,
    /// Until then.
    #[schema(value_type = String, format = DateTime)]
    end: Timestamp,
}

/// When a line works: shifts without breaks, with holidays and exceptions.
#[utoipa::path(get, path = "/lines/{id}/working-time", tag = "People", params(("id" = Uuid, Path, description = "The line."), Between),
    responses((status = 200, body = WorkingTime)), extensions(("x-permission" = json!("factory.line.read"))))]
async fn read_working_time(
    State(app): State<App>,
    caller: Caller,
    Path(line): Path<Uuid>,
    Query(between): Query<Between>,
) -> Result<Json<WorkingTime>> {
    let mut tx = app.read(&caller).await?;
    let plant = plant_of_line(&mut tx, line).await?;
    let (from, to) = between.ends(tx.now(), SignedDuration::ZERO)?;
    let mut calendars = working_time::of_plant(&mut tx, plant).await?;
    tx.commit().await?;
    let calendar = calendars.remove(&line).ok_or_else(|| Error::not_found("line"))?;
    let hours = calendar.working(from, to);
    let all = super::calendar::Span { start: from, end: to };
    Ok(Json(WorkingTime {
        line_id: line,
        time_zone: calendar.zone.iana_name().unwrap_or("UTC").to_owned(),
        hours: hours.millis_within(all) as f64 / 3_600_000.0,
        spans: hours.spans().iter().map(|span| WorkedSpan { start: span.start, end: span.end }).collect(),
        shifts: calendar
            .occurrences(from, to)
            .into_iter()
            .map(|shift| ShiftOnDay { shift_id: shift.id, name: shift.name, on: shift.on, start: shift.span.start, end: shift.span.end })
            .collect(),
    }))
}

/// The plant of a line that the caller may see.
///
/// # Errors
/// 404.
pub(crate) async fn plant_of_line(tx: &mut Tx, line: Uuid) -> Result<PlantId> {
    let organization = tx.caller().organization;
    let row = tx.query_opt("select plant_id from lines where organization_id = $1 and id = $2", &[&organization, &line]).await?;
    let plant = row.map(|row| row.get::<_, PlantId>(0)).filter(|plant| tx.caller().may(Line::kind().verbs.read, Scope::Plant(*plant)));
    plant.ok_or_else(|| Error::not_found("line"))
}
