//! What is done with jobs: begin, interrupt, end, change over; and what follows for people, lines and orders.
//!
//! **Invariant:** every verb asks for its right at the job's plant first, whoever calls it.
//! **Invariant:** jobs that run together begin, rest and end together.

use jiff::Timestamp;
use platform::caller::Scope;
use platform::{Error, FieldError, Permission, Result, Tx};
use serde_json::json;
use uuid::Uuid;

use super::model::{self, From, Next, Rule, Ruling, Status, Verb};
use super::store::{self, Job};
use super::{machines, material, progress};
use crate::people::labour::{self, Activity, Begun};
use crate::people::qualified::{self, Place};
use crate::states::{NewState, Source, State, set_state};

/// Begin, interrupt and end jobs, and report on them.
pub const JOB_REPORT: Permission = Permission("production.job.report");
/// Give jobs to lines, move, split and batch them.
pub const JOB_ASSIGN: Permission = Permission("production.job.assign");
/// Take back what was reported.
pub const JOB_CORRECT: Permission = Permission("production.job.correct");

/// Who says something, when and where.
#[derive(Clone, Copy, Debug)]
pub struct Said {
    /// When it was.
    pub at: Timestamp,
    /// When the device said it was, where one did.
    pub client_at: Option<Timestamp>,
    /// The operator.
    pub operator: Option<Uuid>,
    /// The terminal.
    pub terminal: Option<Uuid>,
    /// The terminal's action.
    pub action: Option<Uuid>,
    /// At a desk, or on the floor.
    pub from: From,
}

impl Said {
    /// By somebody at a desk, now.
    pub fn now(tx: &Tx, operator: Option<Uuid>) -> Said {
        Said { at: tx.now(), client_at: None, operator, terminal: None, action: None, from: From::Desk }
    }
}

/// What became of a verb.
#[derive(Clone, Debug)]
pub struct Done {
    /// The job as it is now.
    pub job: Job,
    /// As said, or not quite.
    pub ruling: Ruling,
}

impl Done {
    /// For a desk: what is refused is a conflict.
    ///
    /// # Errors
    /// 409 with the rule's code.
    pub fn or_conflict(self) -> Result<Job> {
        match self.ruling {
            Ruling::Refused(rule) => Err(Error::conflict(rule.code, rule.says)),
            Ruling::Applied | Ruling::Adjusted(_) => Ok(self.job),
        }
    }
}

/// Does this with a job, and with those that run together with it. `reason` is why it is paused, if somebody says why.
///
/// # Errors
/// 404, 403; 422 for a reason that does not fit. What the rules refuse is in the answer.
pub async fn act(tx: &mut Tx, id: Uuid, verb: Verb, said: Said, reason: Option<Uuid>) -> Result<Done> {
    let found = store::find(tx, id).await?;
    tx.require(JOB_REPORT, Scope::Plant(found.plant_id))?;
    known_operator(tx, &found, said).await?;
    if found.batch_id.is_none() {
        return act_one(tx, id, verb, said, reason).await;
    }
    store::lock_orders(tx, &[id]).await?;
    let organization = tx.caller().organization;
    tx.query("select id from lines where organization_id = $1 and id = $2 for no key update", &[&organization, &found.line_id]).await?;
    let together = "select id from jobs where organization_id = $1 and id <> $2
            and batch_id = (select batch_id from jobs where organization_id = $1 and id = $2)
        order by manufacturing_order_id, id";
    let others: Vec<Uuid> = tx.query(together, &[&organization, &id]).await?.iter().map(|row| row.get(0)).collect();
    let done = act_one(tx, id, verb, said, reason).await?;
    if !matches!(done.ruling, Ruling::Refused(_)) {
        for other in others {
            // What one of them cannot do (it was finished by itself) keeps the others from nothing.
            act_one(tx, other, verb, said, reason).await?;
        }
    }
    Ok(done)
}

/// An operator is named who is of the plant.
pub(super) async fn known_operator(tx: &mut Tx, job: &Job, said: Said) -> Result<()> {
    let (Some(operator), From::Desk) = (said.operator, said.from) else { return Ok(()) };
    let organization = tx.caller().organization;
    let sql = "select 1 from operators where organization_id = $1 and plant_id = $2 and id = $3 and active and archived_at is null";
    match tx.query_opt(sql, &[&organization, &job.plant_id, &operator]).await? {
        Some(_) => Ok(()),
        None => Err(Error::invalid(vec![FieldError::new("/operator_id", "unknown_reference", "there is no such operator in this plant")])),
    }
}

async fn act_one(tx: &mut Tx, id: Uuid, verb: Verb, said: Said, reason: Option<Uuid>) -> Result<Done> {
    let job = store::lock(tx, id).await?;
    if verb.begins()
        && job.status != Status::Running
        && let Some(rule) = unqualified(tx, &job, said).await?
    {
        return Ok(Done { job, ruling: Ruling::Refused(rule) });
    }
    let (status, rule) = match model::next(job.status, job.order_status, verb, said.from) {
        Next::Refused(rule) => return Ok(Done { job, ruling: Ruling::Refused(rule) }),
        Next::Stays(rule) => {
            // Whoever begins what runs joins it.
            if verb.begins() && job.status == Status::Running {
                book(tx, &job, verb, said).await?;
            }
            return Ok(Done { job, ruling: ruling(rule) });
        }
        Next::Becomes(status, rule) => (status, rule),
    };
    let missing = if status == Status::Completed { material::steps_missing(tx, &job).await? } else { Vec::new() };
    let rule = match (missing.as_slice(), said.from) {
        ([], _) => rule,
        (missing, From::Desk) => {
            let says = format!("steps of the instruction are not done: {}", missing.join(", "));
            return Ok(Done { job, ruling: Ruling::Refused(Rule::new("steps_missing", says)) });
        }
        (missing, From::Floor) => {
            Some(Rule::new("steps_missing", format!("finished without these steps of the instruction: {}", missing.join(", "))))
        }
    };
    store::put(tx, id, status, said.at).await?;
    // The line before the people, as terminals lock them: two who do the same to both wait for each other.
    line_follows(tx, &job, status, said, reason).await?;
    match verb {
        Verb::Start | Verb::Resume | Verb::SetupStart => {
            book(tx, &job, verb, said).await?;
            progress::begun(tx, job.manufacturing_order_id, job.order_status, said.at).await?;
        }
        Verb::Pause | Verb::Finish | Verb::SetupEnd => labour::all_off(tx, id, said.at).await?,
    }
    if status == Status::Completed {
        progress::open_next(tx, job.manufacturing_order_id).await?;
        progress::ended(tx, job.manufacturing_order_id, said.at).await?;
    }
    let detail = json!({ "at": said.at, "operator_id": said.operator, "terminal_id": said.terminal, "reason_id": reason,
        "rule": rule.as_ref().map(|rule| rule.code) });
    store::noted(tx, &job, verb.event(), detail).await?;
    Ok(Done { job: store::find(tx, id).await?, ruling: ruling(rule) })
}

fn ruling(rule: Option<Rule>) -> Ruling {
    rule.map_or(Ruling::Applied, Ruling::Adjusted)
}

/// What an operator would need for the job and has not got, as a refusal.
async fn unqualified(tx: &mut Tx, job: &Job, said: Said) -> Result<Option<Rule>> {
    let Some(operator) = said.operator else { return Ok(None) };
    let place = Place { line: job.line_id, area: job.area_id, item: job.item.id };
    let missing = qualified::missing(tx, job.plant_id, operator, place, said.at).await?;
    let says = || format!("this job needs a qualification that counts today: {}", missing.join(", "));
    Ok((!missing.is_empty()).then(|| Rule::new("not_qualified", says())))
}

async fn book(tx: &mut Tx, job: &Job, verb: Verb, said: Said) -> Result<()> {
    let Some(operator) = said.operator else { return Ok(()) };
    let activity = if verb == Verb::SetupStart { Activity::Setup } else { Activity::Direct };
    let begun = Begun { operator, line: job.line_id, job: Some(job.id), activity, terminal: said.terminal, action: said.action };
    labour::on(tx, job.plant_id, begun, said.at).await
}

/// A line runs while one of its jobs runs, is set up while one is, and stands idle when the last has ended or rests.
///
/// # Errors
/// 422 for a reason that does not fit.
pub(super) async fn line_follows(tx: &mut Tx, job: &Job, status: Status, said: Said, reason: Option<Uuid>) -> Result<()> {
    let Some(line) = job.line_id else { return Ok(()) };
    let organization = tx.caller().organization;
    let sql = "select id, status from jobs where organization_id = $1 and plant_id = $2 and line_id = $3 and status in ('running', 'setup') and id <> $4
        order by status, started_at, id limit 1";
    let other = tx.query_opt(sql, &[&organization, &job.plant_id, &line, &job.id]).await?;
    let other = other.map(|row| (row.get::<_, Uuid>(0), Status::read(row.get(1))));
    let (state, of) = match (status, other) {
        (Status::Running, _) => (State::Running, Some(job.id)),
        (_, Some((other, Status::Running))) => (State::Running, Some(other)),
        (Status::Setup, _) => (State::Setup, Some(job.id)),
        (_, Some((other, _))) => (State::Setup, Some(other)),
        (Status::Paused, None) if reason.is_some() => (State::Stopped, Some(job.id)),
        (_, None) => (State::Idle, None),
    };
    let reason = reason.filter(|_| state == State::Stopped);
    let new = NewState { reason, job: of, operator: said.operator, source: Source::Derived, ..NewState::new(line, state, said.at) };
    set_state(tx, job.plant_id, &new).await?;
    Ok(())
}

/// Gives a job to a line and one of its machines, or to none; without looking at what it does to the schedule.
///
/// # Errors
/// 404, 403; 409 `job_running`, `job_over`, `job_batched`; 422 where the line cannot make it, or the machine is not there.
pub async fn assign(tx: &mut Tx, id: Uuid, line: Option<Uuid>, equipment: Option<Uuid>) -> Result<Job> {
    let job = store::lock(tx, id).await?;
    tx.require(JOB_ASSIGN, Scope::Plant(job.plant_id))?;
    movable(&job)?;
    let equipment_stays = equipment.is_none() || equipment == job.equipment_id;
    if job.line_id == line && equipment_stays {
        return Ok(job);
    }
    if let Some(equipment) = equipment {
        let there = Job { line_id: line, ..job.clone() };
        if line.is_none() || !machines::stands_at(tx, &there, equipment).await? {
            let wrong = FieldError::new("/equipment_id", "unknown_reference", "there is no such machine at this line");
            return Err(Error::invalid(vec![wrong]));
        }
    }
    if job.line_id == line {
        return on_machine(tx, &job, equipment).await;
    }
    alone(&job)?;
    let cycle = match line {
        None => None,
        Some(line) => Some(crate::dispatch::capable::cycle_time(tx, &job, line).await?.ok_or_else(|| {
            let detail = "the line cannot make it: there is no capability for this item and step that is approved today";
            Error::invalid(vec![FieldError::new("/line_id", "not_capable", detail)])
        })?),
    };
    let (organization, now) = (tx.caller().organization, tx.now());
    let sql = "update jobs set line_id = $3, equipment_id = $6, line_fixed = $3::uuid is not null,
            cycle_time_s = coalesce($4::float8::numeric, cycle_time_s), sequence = null, planned_start = null, planned_end = null,
            version = version + 1, updated_at = $5, updated_by = current_setting('gemba.actor')
        where organization_id = $1 and id = $2";
    // Where none is named, the database finds the machine and the program of the line.
    tx.execute(sql, &[&organization, &id, &line, &cycle, &now, &equipment]).await?;
    let moved = store::find(tx, id).await?;
    store::noted(tx, &moved, "job.assigned", json!({ "from_line_id": job.line_id })).await?;
    Ok(moved)
}

/// Gives a job another machine of its line.
async fn on_machine(tx: &mut Tx, job: &Job, equipment: Option<Uuid>) -> Result<Job> {
    let (organization, now) = (tx.caller().organization, tx.now());
    let sql = "update jobs set equipment_id = $3, version = version + 1, updated_at = $4, updated_by = current_setting('gemba.actor')
        where organization_id = $1 and id = $2";
    tx.execute(sql, &[&organization, &job.id, &equipment, &now]).await?;
    let moved = store::find(tx, job.id).await?;
    store::noted(tx, &moved, "job.assigned", json!({ "from_line_id": job.line_id, "from_equipment_id": job.equipment_id })).await?;
    Ok(moved)
}

/// Whether a job goes elsewhere by itself: those that run together are at one line.
///
/// # Errors
/// 409 `job_batched`.
pub fn alone(job: &Job) -> Result<()> {
    match job.batch_id {
        Some(_) => Err(Error::conflict("job_batched", "the job runs together with others: take it out of the batch first")),
        None => Ok(()),
    }
}

/// Whether a job may still be moved.
///
/// # Errors
/// 409 `job_running`, `job_over`.
pub fn movable(job: &Job) -> Result<()> {
    match job.status {
        Status::Completed | Status::Cancelled => Err(Error::conflict("job_over", format!("the job is {}", job.status.text()))),
        Status::Running | Status::Setup => Err(Error::conflict("job_running", "the job is at work: pause it first")),
        Status::Waiting | Status::Ready | Status::Paused => Ok(()),
    }
}
