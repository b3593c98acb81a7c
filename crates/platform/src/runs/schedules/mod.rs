//! Schedules: what is started again and again, by the clock of a place.
//!
//! **Invariant:** a time is answered by one run, however many workers look; times missed while nobody looked are answered by one run together.
//! **Invariant:** a schedule does not pile up: while its last run has not ended, a time passes without a new one.
//! **Invariant:** nobody schedules what they may not do; its runs act as who made it, with the rights they have then.
//! **Invariant:** a schedule that a record keeps changes with the record and in no other way: it is in no list of schedules.

mod cron;
mod http;
mod kept;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio_postgres::Row;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::caller::{Caller, Grants, Reach, Scope};
use crate::database::{Database, Tx};
use crate::error::{Error, FieldError, Result};
use crate::http::{Cursor, IfMatch, Page, Paged};
use crate::ids::{OrganizationId, PlantId, RequestId, RunId};
use crate::runs::{Order, SCHEDULE_CREATE, SCHEDULE_READ, SCHEDULE_UPDATE, WorkKind, Works, enqueue};

use cron::Times;
pub(super) use http::routes;
pub use kept::{Clock, Kept, ScheduleStanding, check, keep, rest, standing, start};

/// What is started again and again.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Schedule {
    /// The schedule.
    pub id: Uuid,
    /// As people call it; the title of its runs.
    #[schema(example = "Nightly plan")]
    pub name: String,
    /// What is done.
    #[schema(example = "work.probe")]
    pub kind: String,
    /// The plant it is about, if about one.
    #[schema(value_type = Option<Uuid>)]
    pub plant_id: Option<PlantId>,
    /// When: minute, hour, day of month, month, day of week.
    #[schema(example = "30 2 * * 1-5")]
    pub cron: String,
    /// By which clock: the IANA name of a zone.
    #[schema(example = "Europe/Madrid")]
    pub time_zone: String,
    /// What its runs work on.
    pub payload: Value,
    /// Whether it rests.
    pub paused: bool,
    /// When it starts a run next.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub next_at: Option<Timestamp>,
    /// When it started one last.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_at: Option<Timestamp>,
    /// The last run it started.
    #[schema(value_type = Option<Uuid>)]
    pub last_run_id: Option<RunId>,
    /// Counts changes; the ETag.
    pub version: i64,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// Who made it, and for whom its runs act.
    pub created_by: String,
    /// When it was last changed.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Timestamp,
    /// Who changed it last.
    pub updated_by: String,
}

/// A schedule to be made.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "name": "Nightly probe", "kind": "work.probe", "cron": "30 2 * * 1-5", "time_zone": "Europe/Madrid" }))]
pub struct NewSchedule {
    /// As people call it; unique in the organization.
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    /// What is done; one of the kinds that can be scheduled.
    pub kind: String,
    /// The plant it is about, if about one.
    #[schema(value_type = Option<Uuid>)]
    pub plant_id: Option<PlantId>,
    /// When: minute, hour, day of month, month, day of week. Fixed hours mean the clock on the wall, once a day also when it is changed.
    #[schema(max_length = 200)]
    pub cron: String,
    /// By which clock: the IANA name of a zone.
    pub time_zone: String,
    /// What its runs work on.
    #[serde(default)]
    pub payload: Option<Value>,
}

/// What is to change of a schedule.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "cron": "0 4 * * *", "paused": false }))]
pub struct ScheduleChange {
    /// As people call it.
    #[schema(min_length = 1, max_length = 200)]
    pub name: Option<String>,
    /// When.
    pub cron: Option<String>,
    /// By which clock.
    pub time_zone: Option<String>,
    /// What its runs work on.
    pub payload: Option<Value>,
    /// Whether it rests.
    pub paused: Option<bool>,
}

macro_rules! columns {
    () => {
        "id, name, kind, plant_id, cron, time_zone, payload, paused, next_at, last_at, last_run_id, version, created_at, created_by, \
         updated_at, updated_by"
    };
}

fn schedule(row: &Row) -> Schedule {
    Schedule {
        id: row.get(0),
        name: row.get(1),
        kind: row.get(2),
        plant_id: row.get(3),
        cron: row.get(4),
        time_zone: row.get(5),
        payload: row.get(6),
        paused: row.get(7),
        next_at: row.get(8),
        last_at: row.get(9),
        last_run_id: row.get(10),
        version: row.get(11),
        created_at: row.get(12),
        created_by: row.get(13),
        updated_at: row.get(14),
        updated_by: row.get(15),
    }
}

fn scope(plant: Option<PlantId>) -> Scope {
    plant.map_or(Scope::Organization, Scope::Plant)
}

/// Schedules within reach, by name.
async fn list(tx: &mut Tx, page: &Page) -> Result<Paged<Schedule>> {
    let caller = tx.caller();
    let (organization, plants) = match caller.reach_of(SCHEDULE_READ) {
        Reach::Everywhere => (caller.organization, None),
        Reach::Plants(plants) if plants.is_empty() => return Err(caller.refusal(SCHEDULE_READ, Scope::Organization)),
        Reach::Plants(plants) => (caller.organization, Some(plants)),
    };
    if let Some(cursor) = &page.after {
        cursor.of_sort("id")?;
    }
    let after = page.after.as_ref().map(|cursor| cursor.id);
    let query = concat!(
        "select ",
        columns!(),
        " from schedules where organization_id = $1 and kept_by is null and ($2::uuid[] is null or plant_id = any ($2)) and ($3::uuid is null or id > $3) \
         order by id limit $4"
    );
    let rows = tx.query(query, &[&organization, &plants, &after, &(i64::from(page.limit) + 1)]).await?;
    let found = rows.iter().map(schedule).collect();
    Ok(Paged::of(found, page, |last: &Schedule| Cursor { sort: "id".into(), values: Vec::new(), id: last.id }))
}

async fn get(tx: &mut Tx, id: Uuid) -> Result<Schedule> {
    let organization = tx.caller().organization;
    let query = concat!("select ", columns!(), " from schedules where organization_id = $1 and id = $2 and kept_by is null");
    let found = tx.query_opt(query, &[&organization, &id]).await?.map(|row| schedule(&row));
    found.filter(|found| tx.caller().may(SCHEDULE_READ, scope(found.plant_id))).ok_or_else(|| Error::not_found("schedule"))
}

/// Makes a schedule.
async fn create(tx: &mut Tx, works: &Works, new: NewSchedule) -> Result<Schedule> {
    tx.require(SCHEDULE_CREATE, scope(new.plant_id))?;
    let (kind, times) = understood(works, &new.kind, &new.cron, &new.time_zone, &new.name)?;
    may_schedule(tx.caller(), kind, new.plant_id)?;
    let (id, now, caller) = (tx.new_id::<Uuid>(), tx.now(), tx.caller().clone());
    let payload = new.payload.unwrap_or_else(|| json!({}));
    let acting = super::enqueue::acting(&caller.principal);
    let label = caller.principal.label();
    tx.query(
        "insert into schedules (organization_id, id, plant_id, name, kind, cron, time_zone, payload, acting, next_at, created_at, created_by, \
         updated_at, updated_by) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $11, $12)",
        &[
            &caller.organization,
            &id,
            &new.plant_id,
            &new.name.trim(),
            &kind.name,
            &new.cron,
            &new.time_zone,
            &payload,
            &acting,
            &times.next(now),
            &now,
            &label,
        ],
    )
    .await
    .map_err(refused)?;
    get(tx, id).await
}

/// Changes a schedule. Its runs go on acting as who made it.
async fn change(tx: &mut Tx, works: &Works, id: Uuid, meant: IfMatch, change: ScheduleChange) -> Result<Schedule> {
    let found = get(tx, id).await?;
    tx.require(SCHEDULE_UPDATE, scope(found.plant_id))?;
    meant.check(found.version)?;
    let name = change.name.unwrap_or(found.name);
    let (cron, time_zone) = (change.cron.unwrap_or(found.cron), change.time_zone.unwrap_or(found.time_zone));
    let (kind, times) = understood(works, &found.kind, &cron, &time_zone, &name)?;
    may_schedule(tx.caller(), kind, found.plant_id)?;
    let (payload, paused) = (change.payload.unwrap_or(found.payload), change.paused.unwrap_or(found.paused));
    let (organization, now, label) = (tx.caller().organization, tx.now(), tx.caller().principal.label());
    // Whoever changes what is done answers for it from then on.
    let acting = super::enqueue::acting(&tx.caller().principal);
    let next = if paused { None } else { times.next(now) };
    tx.query(
        "update schedules set name = $3, cron = $4, time_zone = $5, payload = $6, paused = $7, next_at = $8, acting = $9, version = version + 1, \
         updated_at = $10, updated_by = $11 where organization_id = $1 and id = $2",
        &[&organization, &id, &name.trim(), &cron, &time_zone, &payload, &paused, &next, &acting, &now, &label],
    )
    .await
    .map_err(refused)?;
    get(tx, id).await
}

/// Ends a schedule; its runs remain.
async fn delete(tx: &mut Tx, id: Uuid, meant: IfMatch) -> Result<()> {
    let found = get(tx, id).await?;
    tx.require(SCHEDULE_UPDATE, scope(found.plant_id))?;
    meant.check(found.version)?;
    let organization = tx.caller().organization;
    tx.execute("delete from schedules where organization_id = $1 and id = $2", &[&organization, &id]).await?;
    Ok(())
}

/// Starts a run of a schedule now, for whoever asks.
async fn run_now(tx: &mut Tx, works: &Works, id: Uuid) -> Result<RunId> {
    let found = get(tx, id).await?;
    tx.require(SCHEDULE_UPDATE, scope(found.plant_id))?;
    let kind = works.kind(&found.kind).ok_or_else(|| unknown(works))?;
    may_schedule(tx.caller(), kind, found.plant_id)?;
    let order = Order { title: found.name, payload: found.payload, plant: found.plant_id, schedule: Some(id), ..Order::default() };
    enqueue(tx, kind, order).await
}

fn understood<'a>(works: &'a Works, kind: &str, cron: &str, zone: &str, name: &str) -> Result<(&'a WorkKind, Times)> {
    let mut wrong = Vec::new();
    if name.trim().is_empty() || name.chars().count() > 200 {
        wrong.push(FieldError::new("/name", "length", "expected 1 to 200 characters"));
    }
    let known = works.kind(kind).filter(|kind| kind.scheduled_by.is_some());
    if known.is_none() {
        wrong.extend(unknown(works).fields);
    }
    let times = Times::read(cron, zone);
    match (known, times) {
        (Some(kind), Ok(times)) if wrong.is_empty() => Ok((kind, times)),
        (_, times) => {
            if let Err((what, said)) = times {
                wrong.push(FieldError::new(format!("/{what}"), "not_understood", said));
            }
            Err(Error::invalid(wrong))
        }
    }
}

fn unknown(works: &Works) -> Error {
    let names: Vec<&str> = works.kinds().filter(|kind| kind.scheduled_by.is_some()).map(|kind| kind.name).collect();
    Error::invalid(vec![FieldError::new("/kind", "unknown", format!("what can be scheduled is {}", names.join(", ")))])
}

fn may_schedule(caller: &Caller, kind: &WorkKind, plant: Option<PlantId>) -> Result<()> {
    kind.scheduled_by.map_or(Ok(()), |permission| caller.require(permission, scope(plant)))
}

fn refused(error: Error) -> Error {
    error
        .on_constraint("schedules_name_key", || Error::conflict("schedule_name_taken", "there is already a schedule with this name"))
        .on_constraint("schedules_plant_fkey", || {
            Error::invalid(vec![FieldError::new("/plant_id", "unknown_reference", "there is no such plant, or it is not visible to you")])
        })
}

/// Starts a run for each schedule whose time has come.
pub(super) async fn fire(database: &Database, works: &Works) -> Result<()> {
    let now = database.context().now();
    let rows = database.before_sign_in().await?.query_once("select * from gemba.schedules_due($1, 100)", &[&now]).await?;
    for row in rows {
        // Another program may know a kind that this one does not.
        let Some(kind) = works.kind(row.get(3)) else { continue };
        let fired = fire_one(database, kind, row.get(0), row.get(1), row.get(2), row.get(4)).await;
        if let Err(error) = fired {
            tracing::error!(schedule = %row.get::<_, Uuid>(1), %error, "a schedule's run could not be started; it is tried again");
        }
    }
    Ok(())
}

async fn fire_one(
    database: &Database,
    kind: &WorkKind,
    organization: OrganizationId,
    id: Uuid,
    due: Timestamp,
    acting: Value,
) -> Result<()> {
    // Gemba starts the run under the name of who made the schedule; what they may do is asked when the run begins.
    let principal = super::enqueue::principal(&acting, kind.name);
    let grants = Grants { everywhere: true, ..Grants::default() };
    let caller = Caller { organization, principal, grants: grants.into(), ip: None, request: database.context().new_id::<RequestId>() };
    let mut tx = database.begin(&caller).await?;
    let taken =
        concat!("select ", columns!(), " from schedules where organization_id = $1 and id = $2 and next_at = $3 for update skip locked");
    let Some(found) = tx.query_opt(taken, &[&organization, &id, &due]).await?.map(|row| schedule(&row)) else { return Ok(()) };
    let now = tx.now();
    let next = Times::read(&found.cron, &found.time_zone).ok().and_then(|times| times.next(now));
    let busy = "select exists (select from runs where organization_id = $1 and id = $2 and state in ('queued', 'running'))";
    let is_busy = tx.query_one(busy, &[&organization, &found.last_run_id]).await?.get::<_, bool>(0);
    let run = if is_busy {
        found.last_run_id
    } else {
        let order = Order { title: found.name, payload: found.payload, plant: found.plant_id, schedule: Some(id), ..Order::default() };
        Some(enqueue(&mut tx, kind, order).await?)
    };
    let set = "update schedules set next_at = $3, last_at = case when $5 then last_at else $4 end, last_run_id = $6 \
        where organization_id = $1 and id = $2";
    tx.execute(set, &[&organization, &id, &next, &now, &is_busy, &run]).await?;
    tx.commit().await
}
