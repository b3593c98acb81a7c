//! The statements of runs: what readers see, and the doors through which workers reach all organizations.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio_postgres::Row;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::caller::{Caller, Reach, Scope};
use crate::database::{Database, Tx};
use crate::error::{Error, Result};
use crate::http::{Cursor, Page, Paged};
use crate::ids::{OrganizationId, PlantId, RequestId, RunId};
use crate::runs::lanes::Ask;
use crate::runs::running::Running;
use crate::runs::{RUN_CANCEL, RUN_READ, RUN_REDRIVE};

/// Work that takes time.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Run {
    /// The run.
    #[schema(value_type = Uuid)]
    pub id: RunId,
    /// What is done: `planning.optimize`.
    #[schema(example = "planning.optimize")]
    pub kind: String,
    /// What is done, for people.
    #[schema(example = "Optimize Autumn 2027")]
    pub title: String,
    /// How it stands.
    pub state: RunState,
    /// The plant it is about, if about one.
    #[schema(value_type = Option<Uuid>)]
    pub plant_id: Option<PlantId>,
    /// Among the runs of the organization: higher first.
    pub priority: i16,
    /// How much is done, 0 to 1.
    #[schema(example = 0.4)]
    pub progress: f32,
    /// What is being done.
    #[schema(example = "period 3 of 8")]
    pub progress_text: Option<String>,
    /// What it works on.
    pub payload: Value,
    /// What came of it.
    pub result: Option<Value>,
    /// Why it failed, or the last attempt did: a problem (RFC 9457).
    pub error: Option<Value>,
    /// How often it was started.
    pub attempt: i32,
    /// How often it may be started.
    pub attempts_max: i32,
    /// Of the runs of one key, one at a time is carried out.
    pub concurrency_key: Option<String>,
    /// Not before this.
    #[schema(value_type = String, format = DateTime)]
    pub due_at: Timestamp,
    /// When somebody asked to stop it, if so.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub cancel_requested_at: Option<Timestamp>,
    /// The schedule that asked for it, if one did.
    pub schedule_id: Option<Uuid>,
    /// When it was asked for.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// Who asked: `user:…`, `key:…`, `system:…`.
    #[schema(example = "user:0199d1a0-0000-7000-8000-000000000001")]
    pub created_by: String,
    /// When it was started last.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub started_at: Option<Timestamp>,
    /// When it ended.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub finished_at: Option<Timestamp>,
}

/// How a run stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RunState {
    /// It waits: for a place, for its time, or for another run of its key.
    Queued,
    /// A worker has it.
    Running,
    /// It is done.
    Succeeded,
    /// It failed for good: a dead letter, until it is driven again.
    Failed,
    /// It was stopped.
    Cancelled,
}

impl RunState {
    /// Whether nothing more happens by itself.
    pub fn is_final(self) -> bool {
        !matches!(self, RunState::Queued | RunState::Running)
    }

    /// As the database spells it.
    pub(super) fn name(self) -> &'static str {
        match self {
            RunState::Queued => "queued",
            RunState::Running => "running",
            RunState::Succeeded => "succeeded",
            RunState::Failed => "failed",
            RunState::Cancelled => "cancelled",
        }
    }

    /// The state that the database spells so.
    pub(super) fn of(name: &str) -> RunState {
        match name {
            "queued" => RunState::Queued,
            "running" => RunState::Running,
            "succeeded" => RunState::Succeeded,
            "cancelled" => RunState::Cancelled,
            _ => RunState::Failed,
        }
    }
}

/// A line of a run's log.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LogLine {
    /// Its order.
    pub number: i64,
    /// When it was said.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// `info`, `warning` or `error`.
    #[schema(example = "info")]
    pub level: String,
    /// What was said.
    #[schema(example = "8 periods, 214 lines, 1,120 models")]
    pub text: String,
}

macro_rules! columns {
    () => {
        "id, kind, title, state, plant_id, priority, progress, progress_text, payload, result, error, attempt, attempts_max, concurrency_key, \
         due_at, cancel_requested_at, schedule_id, created_at, created_by, started_at, finished_at"
    };
}

fn run(row: &Row) -> Run {
    Run {
        id: row.get(0),
        kind: row.get(1),
        title: row.get(2),
        state: RunState::of(row.get(3)),
        plant_id: row.get(4),
        priority: row.get(5),
        progress: row.get(6),
        progress_text: row.get(7),
        payload: row.get(8),
        result: row.get(9),
        error: row.get(10),
        attempt: row.get(11),
        attempts_max: row.get(12),
        concurrency_key: row.get(13),
        due_at: row.get(14),
        cancel_requested_at: row.get(15),
        schedule_id: row.get(16),
        created_at: row.get(17),
        created_by: row.get(18),
        started_at: row.get(19),
        finished_at: row.get(20),
    }
}

/// Which runs are wanted; all within reach where nothing is said.
#[derive(Clone, Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RunFilter {
    /// In this state: `failed` lists the dead letters.
    pub state: Option<RunState>,
    /// Of this kind. Housekeeping, such as telling webhooks, is listed only where its kind is asked for.
    #[param(example = "planning.optimize")]
    pub kind: Option<String>,
    /// About this plant.
    pub plant: Option<Uuid>,
    /// Asked for by: `user:…`, `key:…`, `system:…`.
    #[param(example = "system:demo")]
    pub by: Option<String>,
}

/// Runs, the newest first.
pub(super) async fn list(tx: &mut Tx, filter: &RunFilter, page: &Page) -> Result<Paged<Run>> {
    let caller = tx.caller();
    let (organization, plants) = match caller.reach_of(RUN_READ) {
        Reach::Everywhere => (caller.organization, None),
        Reach::Plants(plants) if plants.is_empty() => return Err(caller.refusal(RUN_READ, Scope::Organization)),
        Reach::Plants(plants) => (caller.organization, Some(plants)),
    };
    if let Some(cursor) = &page.after {
        cursor.of_sort("-id")?;
    }
    let after = page.after.as_ref().map(|cursor| cursor.id);
    let rows = tx
        .query(
            concat!(
                "select ",
                columns!(),
                " from runs where organization_id = $1 and ($2::uuid[] is null or plant_id = any ($2)) and ($3::text is null or state = $3) \
                 and (kind = $4 or $4::text is null and audited) and ($5::uuid is null or plant_id = $5) and ($6::text is null or created_by = $6) \
                 and ($7::uuid is null or id < $7) order by id desc limit $8"
            ),
            &[
                &organization,
                &plants,
                &filter.state.map(RunState::name),
                &filter.kind,
                &filter.plant,
                &filter.by,
                &after,
                &(i64::from(page.limit) + 1),
            ],
        )
        .await?;
    let runs = rows.iter().map(run).collect();
    Ok(Paged::of(runs, page, |last: &Run| Cursor { sort: "-id".into(), values: Vec::new(), id: last.id.0 }))
}

/// One run, for whoever may read runs where it belongs, and for whoever asked for it.
pub(super) async fn get(tx: &mut Tx, id: RunId) -> Result<Run> {
    let organization = tx.caller().organization;
    let query = concat!("select ", columns!(), " from runs where organization_id = $1 and id = $2");
    let found = tx.query_opt(query, &[&organization, &id]).await?.map(|row| run(&row));
    let found = found.ok_or_else(|| Error::not_found("run"))?;
    let may_read = is_own(tx.caller(), &found) || tx.caller().may(RUN_READ, scope(&found));
    if may_read { Ok(found) } else { Err(Error::not_found("run")) }
}

pub(super) fn scope(run: &Run) -> Scope {
    run.plant_id.map_or(Scope::Organization, Scope::Plant)
}

fn is_own(caller: &Caller, run: &Run) -> bool {
    run.created_by == caller.principal.label()
}

/// A page of what a run said, in order.
pub(super) async fn log(tx: &mut Tx, id: RunId, page: &Page) -> Result<Paged<LogLine>> {
    get(tx, id).await?;
    if let Some(cursor) = &page.after {
        cursor.of_sort("number")?;
    }
    let after = page.after.as_ref().and_then(|cursor| cursor.values.first().and_then(Value::as_i64)).unwrap_or(-1);
    let (organization, limit) = (tx.caller().organization, i64::from(page.limit) + 1);
    let query =
        "select number, at, level, text from run_lines where organization_id = $1 and run_id = $2 and number > $3 order by number limit $4";
    let rows = tx.query(query, &[&organization, &id, &after, &limit]).await?;
    let lines = rows.iter().map(|row| LogLine { number: row.get(0), at: row.get(1), level: row.get(2), text: row.get(3) }).collect();
    Ok(Paged::of(lines, page, |last: &LogLine| Cursor { sort: "number".into(), values: vec![last.number.into()], id: id.0 }))
}

/// Stops a run: whoever asked for it may, and whoever may stop others'.
pub(super) async fn cancel(tx: &mut Tx, id: RunId) -> Result<Run> {
    let found = get(tx, id).await?;
    if !is_own(tx.caller(), &found) {
        tx.require(RUN_CANCEL, scope(&found))?;
    }
    let (organization, now) = (tx.caller().organization, tx.now());
    let stopped = tx.query_one("select gemba.cancel_run($1, $2, $3)", &[&organization, &id, &now]).await?;
    match stopped.get::<_, Option<String>>(0) {
        Some(_) => get(tx, id).await,
        None => Err(Error::conflict("run_ended", "the run has already ended")),
    }
}

/// Drives a dead letter again.
pub(super) async fn redrive(tx: &mut Tx, id: RunId) -> Result<Run> {
    let found = get(tx, id).await?;
    tx.require(RUN_REDRIVE, scope(&found))?;
    let (organization, now) = (tx.caller().organization, tx.now());
    let driven = tx.query_one("select gemba.redrive_run($1, $2, $3)", &[&organization, &id, &now]).await?;
    if driven.get(0) {
        get(tx, id).await
    } else {
        Err(Error::conflict("run_not_ended", "only a run that failed or was stopped can be driven again"))
    }
}

/// Notes the success of a run in the transaction that has its effects.
pub(super) async fn succeed(tx: &mut Tx, running: &Running, result: &Value) -> Result<()> {
    let inner = &running.0;
    let now = tx.now();
    let ended = tx
        .query_one(
            "select gemba.end_run($1, $2, $3, $4, 'succeeded', $5, null, null, $6)",
            &[&inner.caller.organization, &inner.id, &inner.worker, &inner.attempt, result, &now],
        )
        .await?;
    if ended.get(0) { Ok(()) } else { Err(running.lost()) }
}

/// How an attempt ended.
#[derive(Debug)]
pub(super) enum Ending {
    Succeeded(Value),
    Failed(Value),
    Again(Value, Timestamp),
    Cancelled,
    /// The worker stops; another one begins anew.
    Returned,
}

impl Ending {
    /// As numbers and traces call it.
    pub fn name(&self) -> &'static str {
        match self {
            Ending::Succeeded(_) => "succeeded",
            Ending::Failed(_) => "failed",
            Ending::Again(..) => "again",
            Ending::Cancelled => "cancelled",
            Ending::Returned => "returned",
        }
    }
}

/// Notes how an attempt ended, if the run is still the worker's.
pub(super) async fn end(database: &Database, caller: &Caller, run: (RunId, Uuid, i32), ending: &Ending) -> Result<bool> {
    let (name, result, error, again) = match ending {
        Ending::Succeeded(result) => ("succeeded", Some(result), None, None),
        Ending::Failed(error) => ("failed", None, Some(error), None),
        Ending::Again(error, at) => ("failed", None, Some(error), Some(*at)),
        Ending::Cancelled => ("cancelled", None, None, None),
        Ending::Returned => ("returned", None, None, None),
    };
    let tx = database.begin(caller).await?;
    let now = tx.now();
    let (id, worker, attempt) = run;
    let rows = tx
        .query_once(
            "select gemba.end_run($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            &[&caller.organization, &id, &worker, &attempt, &name, &result, &error, &again, &now],
        )
        .await?;
    Ok(rows.first().is_some_and(|row| row.get(0)))
}

/// What the database answers to a worker that is believed dead (SQLSTATE).
pub(super) const BELIEVED_DEAD: &str = "GMW01";

/// A run that was started for this worker.
#[derive(Debug)]
pub(super) struct Claimed {
    pub organization: OrganizationId,
    pub id: RunId,
    pub plant: Option<PlantId>,
    pub kind: String,
    pub payload: Value,
    pub acting: Value,
    pub attempt: i32,
    pub attempts_max: i32,
    pub ip: Option<String>,
    pub request: Option<RequestId>,
    /// The trace it was asked for in.
    pub trace: Option<String>,
    /// How long ago it could have been started (s).
    pub waited_s: f64,
    pub queue: String,
}

/// Starts runs of `kinds` as `asks` says. With each comes which of the asks it answers, and its position.
pub(super) async fn claim(database: &Database, me: Uuid, kinds: &[&str], asks: &[Ask]) -> Result<Vec<(usize, i64, Claimed)>> {
    let tx = database.before_sign_in().await?;
    let now = tx.now();
    let rows = tx
        .query_once(
            "select * from gemba.claim_traced_runs($1, $2, $3, $4, $5, $6, $7, $8)",
            &[
                &me,
                &kinds,
                &asks.iter().map(|ask| ask.queue.as_str()).collect::<Vec<_>>(),
                &asks.iter().map(|ask| ask.organization).collect::<Vec<_>>(),
                &asks.iter().map(|ask| ask.priority).collect::<Vec<_>>(),
                &asks.iter().map(|ask| ask.above).collect::<Vec<_>>(),
                &asks.iter().map(|ask| ask.take).collect::<Vec<_>>(),
                &now,
            ],
        )
        .await?;
    let claimed = |row: &Row| {
        let run = Claimed {
            organization: row.get(2),
            id: row.get(3),
            plant: row.get(4),
            kind: row.get(5),
            payload: row.get(6),
            acting: row.get(7),
            attempt: row.get(8),
            attempts_max: row.get(9),
            ip: row.get(10),
            request: row.get(11),
            trace: row.get(12),
            waited_s: row.get(13),
            queue: row.get(14),
        };
        (row.get::<_, i32>(0) as usize - 1, row.get(1), run)
    };
    Ok(rows.iter().map(claimed).collect())
}

/// What came into a lane.
pub(super) struct Arrival {
    pub queue: String,
    pub organization: OrganizationId,
    pub priority: i16,
    pub lowest: i64,
    pub highest: i64,
}

/// What came into the queues above a position; before which transaction all have ended; and which is the next to begin.
pub(super) async fn arriving(database: &Database, queues: &[String], above: i64) -> Result<(Vec<Arrival>, i64, i64)> {
    let rows = database
        .before_sign_in()
        .await?
        .query_once(
            // The next transaction's number, which age() tells of the low half; a snapshot's xmax is only one past the highest that has ended,
            // and transactions beyond it may have drawn a position already.
            "select s.ended, s.beyond + (s.next_low - s.beyond % 4294967296 + 4294967296) % 4294967296, a.queue, a.organization_id, a.priority, \
             a.lowest, a.highest
             from (select pg_snapshot_xmin(s)::text::bigint as ended, pg_snapshot_xmax(s)::text::bigint as beyond,
                       (age('3'::xid)::bigint + 3 + 4294967296) % 4294967296 as next_low from pg_current_snapshot() s) s
             left join gemba.runs_arriving($1, $2) a on true",
            &[&queues, &above],
        )
        .await?;
    let (ended, next) = rows.first().map_or((0, 0), |row| (row.get(0), row.get(1)));
    let arrivals = rows.iter().filter(|row| row.get::<_, Option<&str>>(2).is_some()).map(|row| Arrival {
        queue: row.get(2),
        organization: row.get(3),
        priority: row.get(4),
        lowest: row.get(5),
        highest: row.get(6),
    });
    Ok((arrivals.collect(), ended, next))
}

/// Says that the worker lives; false when it is believed dead.
pub(super) async fn lives(database: &Database, me: Uuid, queues: &[String], lease_s: f64, beginning: bool) -> Result<bool> {
    let params: crate::database::Params<'_> = &[&me, &queues, &lease_s, &beginning];
    let rows = database.before_sign_in().await?.query_once("select gemba.worker_lives($1, $2, $3, $4)", params).await?;
    Ok(rows.first().is_some_and(|row| row.get(0)))
}

/// Notes how far runs are and what they said; answers which of them are still the worker's, and whether they are to stop.
pub(super) async fn report(database: &Database, me: Uuid, running: &[Running]) -> Result<Vec<(RunId, i32, bool)>> {
    let (mut organizations, mut ids, mut attempts, mut progresses, mut texts) = (vec![], vec![], vec![], vec![], vec![]);
    let (mut line_of, mut line_ids, mut line_ats, mut line_levels, mut lines) = (vec![], vec![], vec![], vec![], vec![]);
    for run in running {
        let mut said = std::mem::take(&mut *run.said());
        if said.dropped > 0 {
            let text = format!("{} more lines came faster than they could be kept", said.dropped);
            said.lines.push((database.context().now(), "warning", text));
        }
        let (progress, text) = said.progress.unzip();
        organizations.push(run.0.caller.organization);
        ids.push(run.0.id);
        attempts.push(run.0.attempt);
        progresses.push(progress);
        texts.push(text);
        for (at, level, text) in said.lines {
            line_of.push(run.0.caller.organization);
            line_ids.push(run.0.id);
            line_ats.push(at);
            line_levels.push(level);
            lines.push(text);
        }
    }
    let mut tx = database.before_sign_in().await?;
    let rows = tx
        .query(
            "select id, attempt, stop from gemba.report_runs($1, $2, $3, $4, $5, $6)",
            &[&me, &organizations, &ids, &attempts, &progresses, &texts],
        )
        .await?;
    if !lines.is_empty() {
        let write = "select gemba.write_run_lines($1, $2, $3, $4, $5)";
        tx.query(write, &[&line_of, &line_ids, &line_ats, &line_levels, &lines]).await?;
    }
    tx.commit().await?;
    Ok(rows.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect())
}

/// Lets runs start whose time has come since `since`; returns how many.
pub(super) async fn due(database: &Database, since: Timestamp) -> Result<i32> {
    let tx = database.before_sign_in().await?;
    let now = tx.now();
    let rows = tx.query_once("select gemba.runs_due($1, $2, 1000)", &[&since, &now]).await?;
    Ok(rows.first().map_or(0, |row| row.get(0)))
}

/// Takes back what dead workers had, and lets runs start whose key nobody holds; returns how many runs were lost.
pub(super) async fn take_back(database: &Database) -> Result<i32> {
    let mut tx = database.before_sign_in().await?;
    let now = tx.now();
    let lost = tx.query_one("select gemba.runs_of_the_dead($1)", &[&now]).await?.get(0);
    tx.query("select gemba.runs_unblocked()", &[]).await?;
    tx.commit().await?;
    Ok(lost)
}

/// Forgets what ended long ago.
pub(super) async fn forget(database: &Database, keep_days: i32) -> Result<()> {
    let tx = database.before_sign_in().await?;
    let now = tx.now();
    tx.query_once("select gemba.forget_runs($1, $2, 20000)", &[&now, &keep_days]).await?;
    Ok(())
}
