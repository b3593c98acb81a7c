//! Schedules that records keep: whoever changes the record changes when its work is done, and for whom.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::Times;
use crate::database::Tx;
use crate::error::{Error, FieldError, Result};
use crate::ids::{PlantId, RunId};
use crate::runs::{Order, RunState, WorkKind, enqueue};

/// When something is done.
#[derive(Clone, Copy, Debug)]
pub struct Clock<'a> {
    /// Minute, hour, day of month, month, day of week.
    pub cron: &'a str,
    /// By which clock: the IANA name of a zone.
    pub time_zone: &'a str,
}

/// A schedule as its record wants it.
#[derive(Clone, Debug)]
pub struct Kept<'a> {
    /// The record, whose identifier the schedule has.
    pub record: Uuid,
    /// The record's kind.
    pub kept_by: &'static str,
    /// The plant it is about.
    pub plant: PlantId,
    /// The title of its runs.
    pub name: &'a str,
    /// When.
    pub clock: Clock<'a>,
    /// What its runs work on.
    pub payload: Value,
    /// Whether it rests.
    pub paused: bool,
}

/// What a schedule did last, and does next.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct ScheduleStanding {
    /// When it is done next; nothing while it rests.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub next_at: Option<Timestamp>,
    /// When its time came last.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_at: Option<Timestamp>,
    /// The newest run.
    #[schema(value_type = Option<Uuid>)]
    pub run_id: Option<RunId>,
    /// How it stands.
    pub run_state: Option<RunState>,
    /// What came of it.
    pub result: Option<Value>,
    /// Why it failed: a problem.
    pub error: Option<Value>,
}

/// What is wrong with a clock, at `/cron` and `/time_zone`.
pub fn check(clock: Clock<'_>) -> Vec<FieldError> {
    let wrong = Times::read(clock.cron, clock.time_zone).err();
    wrong.into_iter().map(|(what, said)| FieldError::new(format!("/{what}"), "not_understood", said)).collect()
}

/// Has work of `kind` done as a record says, from now on for whoever calls.
///
/// # Errors
/// 422 where the clock is not understood.
pub async fn keep(tx: &mut Tx, kind: &WorkKind, kept: Kept<'_>) -> Result<()> {
    let times = Times::read(kept.clock.cron, kept.clock.time_zone).map_err(|_| Error::invalid(check(kept.clock)))?;
    let (organization, now, caller) = (tx.caller().organization, tx.now(), tx.caller().clone());
    let next = if kept.paused { None } else { times.next(now) };
    let (acting, label) = (crate::runs::acting(&caller.principal), caller.principal.label());
    let sql = "insert into schedules (organization_id, id, plant_id, name, kind, cron, time_zone, payload, paused, acting, next_at, kept_by, created_at, created_by, \
         updated_at, updated_by) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $13, $14) \
         on conflict (organization_id, id) do update set name = excluded.name, cron = excluded.cron, time_zone = excluded.time_zone, \
         payload = excluded.payload, paused = excluded.paused, acting = excluded.acting, next_at = excluded.next_at, \
         version = schedules.version + 1, updated_at = excluded.updated_at, updated_by = excluded.updated_by";
    tx.execute(
        sql,
        &[
            &organization,
            &kept.record,
            &kept.plant,
            &kept.name,
            &kind.name,
            &kept.clock.cron,
            &kept.clock.time_zone,
            &kept.payload,
            &kept.paused,
            &acting,
            &next,
            &kept.kept_by,
            &now,
            &label,
        ],
    )
    .await?;
    Ok(())
}

/// Has a record's work rest.
///
/// # Errors
/// What the database refused.
pub async fn rest(tx: &mut Tx, record: Uuid) -> Result<()> {
    let organization = tx.caller().organization;
    let sql = "update schedules set paused = true, next_at = null, version = version + 1 where organization_id = $1 and id = $2 and kept_by is not null";
    tx.execute(sql, &[&organization, &record]).await?;
    Ok(())
}

/// Has a record's work done now, for whoever calls; the verb that calls this has checked the permission.
///
/// # Errors
/// 404 where the record keeps no schedule.
pub async fn start(tx: &mut Tx, kind: &WorkKind, record: Uuid) -> Result<RunId> {
    let organization = tx.caller().organization;
    let sql = "select name, plant_id, payload from schedules where organization_id = $1 and id = $2 and kept_by is not null for update";
    let row = tx.query_opt(sql, &[&organization, &record]).await?.ok_or_else(|| Error::not_found("schedule"))?;
    let order = Order { title: row.get(0), plant: row.get(1), payload: row.get(2), schedule: Some(record), ..Order::default() };
    let run = enqueue(tx, kind, order).await?;
    tx.execute("update schedules set last_run_id = $3 where organization_id = $1 and id = $2", &[&organization, &record, &run]).await?;
    Ok(run)
}

/// How a record's work stands; the caller has found that they may see the record.
///
/// # Errors
/// What the database refused.
pub async fn standing(tx: &mut Tx, record: Uuid) -> Result<ScheduleStanding> {
    let organization = tx.caller().organization;
    let sql = "select s.next_at, s.last_at, r.id, r.state, r.result, r.error from schedules s \
         left join runs r on r.organization_id = s.organization_id and r.id = s.last_run_id \
         where s.organization_id = $1 and s.id = $2 and s.kept_by is not null";
    let Some(row) = tx.query_opt(sql, &[&organization, &record]).await? else { return Ok(ScheduleStanding::default()) };
    Ok(ScheduleStanding {
        next_at: row.get(0),
        last_at: row.get(1),
        run_id: row.get(2),
        run_state: row.get::<_, Option<&str>>(3).map(RunState::of),
        result: row.get(4),
        error: row.get(5),
    })
}
