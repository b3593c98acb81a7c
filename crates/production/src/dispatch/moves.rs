//! Scheduling a plant by a rule, and moving a job by hand: checked first, shown with what it does to all others, then done.
//!
//! **Invariant:** what was shown is what is done: both are the same schedule, made from the same floor.
//! **Invariant:** a line that cannot make something never gets it; a tool that is elsewhere or a skill that nobody has is told, and whoever knows better
//! says so.

use std::collections::BTreeMap;

use jiff::Timestamp;
use platform::caller::Scope;
use platform::ids::PlantId;
use platform::{Error, FieldError, Result, Tx};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::capable;
use super::floor::{self, Read};
use super::schedule::{ByRule, Candidate, Rule, Schedule, Scheduler, Why};
use crate::jobs::actions::{JOB_ASSIGN, alone, movable};
use crate::jobs::store::{self, Job};
use crate::people::qualified::{self, Place};

/// How a plant is scheduled.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DispatchAsked, example = json!({ "rule": "due", "dry_run": true }))]
pub struct Dispatch {
    /// By which rule a line takes its next job.
    #[serde(default)]
    pub rule: Rule,
    /// Only say what would come of it.
    #[serde(default)]
    pub dry_run: bool,
}

/// What comes of scheduling.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Dispatched {
    /// By which rule.
    pub rule: Rule,
    /// Whether it was kept.
    pub kept: bool,
    /// Jobs, in the order in which they begin.
    pub jobs: Vec<PlannedJob>,
    /// Jobs that could not be scheduled.
    pub left_out: Vec<LeftOut>,
    /// Orders that would be ready too late.
    pub late: Vec<LateOrder>,
}

/// When a job is done by a schedule.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PlannedJob {
    /// The job.
    pub job_id: Uuid,
    /// Its order and step.
    #[schema(example = "MO-2026-1180 / 10")]
    pub job: String,
    /// The line.
    pub line_id: Uuid,
    /// When it begins, changeover first.
    #[schema(value_type = String, format = DateTime)]
    pub start: Timestamp,
    /// When it ends.
    #[schema(value_type = String, format = DateTime)]
    pub end: Timestamp,
    /// Changeover before it (min).
    #[schema(example = 25.0)]
    pub setup_min: f64,
}

/// A job that could not be scheduled.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = JobLeftOut)]
pub struct LeftOut {
    /// The job.
    pub job_id: Uuid,
    /// Its order and step.
    #[schema(example = "MO-2026-1180 / 30")]
    pub job: String,
    /// `no_line`, `no_hours` or `waits`.
    #[schema(value_type = String, example = "no_line")]
    pub code: &'static str,
    /// Why, for people.
    #[schema(example = "no line can make it")]
    pub says: String,
}

/// An order that would be ready too late.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct LateOrder {
    /// The order.
    pub manufacturing_order_id: Uuid,
    /// Its number.
    #[schema(example = "MO-2026-1180")]
    pub order_code: String,
    /// When it has to be ready.
    #[schema(value_type = String, format = DateTime)]
    pub due_at: Timestamp,
    /// When it would be.
    #[schema(value_type = String, format = DateTime)]
    pub ready_at: Timestamp,
    /// By how much (h).
    #[schema(example = 6.5)]
    pub late_h: f64,
}

/// Schedules a plant by a rule.
///
/// # Errors
/// 403; what the database refused.
pub async fn dispatch(tx: &mut Tx, plant: PlantId, asked: &Dispatch) -> Result<Dispatched> {
    tx.require(JOB_ASSIGN, Scope::Plant(plant))?;
    if !asked.dry_run {
        locked(tx, plant).await?;
    }
    let read = floor::read(tx, plant).await?;
    let schedule = ByRule(asked.rule).schedule(&read.floor);
    if !asked.dry_run {
        floor::keep(tx, &read, &schedule).await?;
        let detail = json!({ "rule": asked.rule, "jobs": schedule.planned.len(), "left_out": schedule.left_out.len() });
        tx.query("select gemba.audit('schedule.kept', 'schedule', $1, $1, 'success', $2)", &[&plant, &detail]).await?;
    }
    Ok(Dispatched {
        rule: asked.rule,
        kept: !asked.dry_run,
        jobs: planned(&read, &schedule),
        left_out: left_out(&read, &schedule),
        late: late(&read, &schedule),
    })
}

/// Two that schedule one plant at once do it one after the other.
async fn locked(tx: &mut Tx, plant: PlantId) -> Result<()> {
    let sql = "select pg_advisory_xact_lock(hashtextextended('schedule', hashtextextended($1::uuid::text, 0)))";
    tx.query(sql, &[&plant]).await?;
    Ok(())
}

fn label(read: &Read, job: Uuid) -> String {
    read.jobs.get(&job).map(Job::label).unwrap_or_default()
}

fn planned(read: &Read, schedule: &Schedule) -> Vec<PlannedJob> {
    let of = |planned: &super::schedule::Planned| {
        let line_id = read.floor.lines[planned.line].id;
        let (start, end, setup_min) = (planned.start, planned.end, planned.setup_millis as f64 / 60_000.0);
        let jobs = &read.floor.works[planned.work].jobs;
        jobs.iter().map(move |job| PlannedJob { job_id: *job, job: label(read, *job), line_id, start, end, setup_min }).collect::<Vec<_>>()
    };
    schedule.planned.iter().flat_map(of).collect()
}

fn left_out(read: &Read, schedule: &Schedule) -> Vec<LeftOut> {
    let of = |(work, why): &(usize, Why)| {
        let (code, says) = match why {
            Why::NoLine => ("no_line", "no line can make it: there is no capability for this item and step that is approved today"),
            Why::NoHours => ("no_hours", "the lines that can make it do not work long enough in the next months"),
            Why::Waits => ("waits", "a step before it could not be scheduled"),
        };
        let jobs = &read.floor.works[*work].jobs;
        jobs.iter().map(move |job| LeftOut { job_id: *job, job: label(read, *job), code, says: says.into() }).collect::<Vec<_>>()
    };
    schedule.left_out.iter().flat_map(of).collect()
}

/// When each order is ready by a schedule, and which are late.
fn late(read: &Read, schedule: &Schedule) -> Vec<LateOrder> {
    let mut ready: BTreeMap<Uuid, LateOrder> = BTreeMap::new();
    for planned in &schedule.planned {
        for job in read.floor.works[planned.work].jobs.iter().filter_map(|job| read.jobs.get(job)) {
            let order = ready.entry(job.manufacturing_order_id).or_insert_with(|| LateOrder {
                manufacturing_order_id: job.manufacturing_order_id,
                order_code: job.order_code.clone(),
                due_at: job.due_at,
                ready_at: planned.end,
                late_h: 0.0,
            });
            order.ready_at = order.ready_at.max(planned.end);
        }
    }
    let mut late: Vec<LateOrder> = ready.into_values().filter(|order| order.ready_at > order.due_at).collect();
    for order in &mut late {
        let millis = order.ready_at.as_millisecond() - order.due_at.as_millisecond();
        order.late_h = (millis as f64 / 36_000.0).round() / 100.0;
    }
    late.sort_by(|a, b| (a.due_at, &a.order_code).cmp(&(b.due_at, &b.order_code)));
    late
}

/// Where a job is to go.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = JobMove, example = json!({ "line_id": "0199d1a0-4242-7000-8000-0000000000b1", "dry_run": true }))]
pub struct Move {
    /// To this line; where it is unless said.
    pub line_id: Option<Uuid>,
    /// Before this job; behind all others of the line where neither this nor a time is said.
    pub before_job_id: Option<Uuid>,
    /// Not before then.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub planned_start: Option<Timestamp>,
    /// Only say what would come of it.
    #[serde(default)]
    pub dry_run: bool,
    /// Do it although something speaks against it.
    #[serde(default)]
    pub anyway: bool,
}

/// What comes of a move.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = JobMoved)]
pub struct Moved {
    /// Whether it was done.
    pub done: bool,
    /// What was looked at.
    pub checks: Vec<Check>,
    /// When the job is done then.
    pub planned: Option<PlannedJob>,
    /// Other jobs whose times change.
    pub others: Vec<Shifted>,
    /// Orders that would be late and were not, or later than before.
    pub later: Vec<LateOrder>,
    /// Orders that would be in time and were not.
    pub in_time: Vec<String>,
    /// It in a sentence.
    #[schema(example = "it ends at 2026-11-24T13:10Z; 2 other jobs move; MO-2026-1180 would be 6.5 h late")]
    pub says: String,
}

/// Something that a move was checked against.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = MoveCheck)]
pub struct Check {
    /// `capability`, `tool` or `skill`.
    #[schema(value_type = String, example = "capability")]
    pub of: &'static str,
    /// Whether nothing speaks against it.
    pub ok: bool,
    /// What was found.
    #[schema(example = "42.5 s for a unit")]
    pub says: String,
}

/// A job whose times change.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = ShiftedJob)]
pub struct Shifted {
    /// The job.
    pub job_id: Uuid,
    /// Its order and step.
    #[schema(example = "MO-2026-1181 / 10")]
    pub job: String,
    /// When it would have begun.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub from: Option<Timestamp>,
    /// When it begins now.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub to: Option<Timestamp>,
}

/// Moves a job to a line, before another one or not before a time; or says what that would do.
///
/// # Errors
/// 404, 403; 409 `job_running`, `job_over`, `move_refused` where something speaks against it; 422 for a line or job that does not fit.
pub async fn move_job(tx: &mut Tx, id: Uuid, asked: &Move) -> Result<Moved> {
    let found = store::find(tx, id).await?;
    tx.require(JOB_ASSIGN, Scope::Plant(found.plant_id))?;
    locked(tx, found.plant_id).await?;
    let job = store::lock(tx, id).await?;
    movable(&job)?;
    let line = asked
        .line_id
        .or(job.line_id)
        .ok_or_else(|| Error::invalid(vec![FieldError::new("/line_id", "required", "the job has no line yet: say which")]))?;
    if Some(line) != job.line_id {
        alone(&job)?;
    }
    let mut read = floor::read(tx, job.plant_id).await?;
    let wrong = |pointer: &str, detail: &str| Error::invalid(vec![FieldError::new(pointer, "unknown_reference", detail)]);
    let at = read.floor.lines.iter().position(|own| own.id == line);
    let at = at.ok_or_else(|| wrong("/line_id", "the plant has no such line, or it is not in use"))?;
    let index = read.floor.works.iter().position(|work| work.jobs.contains(&id)).ok_or_else(|| Error::not_found("job"))?;
    let before = ByRule(Rule::Hand).schedule(&read.floor);
    let (mut checks, rivals) = checks(tx, &job, line, asked).await?;
    let cycle = capable::cycle_time(tx, &job, line).await?;
    if let Some(cycle_s) = cycle {
        let first = (cycle_s * 1000.0).ceil() as i64;
        let units = crate::jobs::model::open(job.quantity, job.counted());
        let millis = (rust_decimal::prelude::ToPrimitive::to_f64(&units).unwrap_or_default() * cycle_s * 1000.0).ceil() as i64;
        read.floor.works[index].on = vec![Candidate { line: at, millis, first_millis: first }];
    }
    let sequences =
        reorder(&mut read, index, at, asked, &before).ok_or_else(|| wrong("/before_job_id", "it is not an open job at that line"))?;
    read.floor.works[index].pinned = asked.planned_start;
    let after = ByRule(Rule::Hand).schedule(&read.floor);
    at_once(&read, &after, id, &rivals, &mut checks);
    let can = cycle.is_some();
    let may = can && (asked.anyway || checks.iter().all(|check| check.ok));
    if !asked.dry_run {
        if !may {
            let against: Vec<&str> = checks.iter().filter(|check| !check.ok).map(|check| check.says.as_str()).collect();
            return Err(Error::conflict("move_refused", against.join("; ")));
        }
        write(tx, &job, line, cycle, asked.planned_start, &sequences).await?;
        floor::keep(tx, &read, &after).await?;
        let detail = json!({ "from_line_id": job.line_id, "to_line_id": line, "before_job_id": asked.before_job_id,
            "planned_start": asked.planned_start, "anyway": asked.anyway });
        store::noted(tx, &job, "job.moved", detail).await?;
    }
    Ok(effect(&read, id, checks, (&before, &after), !asked.dry_run))
}

/// Gives every work of a line its place by hand, the moved one before the other that is named; returns jobs with their places.
fn reorder(read: &mut Read, index: usize, line: usize, asked: &Move, before: &Schedule) -> Option<Vec<(Uuid, i32)>> {
    let mut here: Vec<usize> = before.planned.iter().filter(|planned| planned.line == line).map(|planned| planned.work).collect();
    let strangers = before.left_out.iter().map(|(work, _)| *work);
    here.extend(strangers.filter(|work| read.floor.works[*work].on.iter().any(|candidate| candidate.line == line)));
    let old = here.iter().position(|work| *work == index);
    here.retain(|work| *work != index);
    let place = match (asked.before_job_id, asked.planned_start) {
        (Some(other), _) => here.iter().position(|work| read.floor.works[*work].jobs.contains(&other))?,
        // By its time: before the first that would begin later.
        (None, Some(start)) => {
            let begins = |work: &usize| before.planned.iter().find(|planned| planned.work == *work).map(|planned| planned.start);
            here.iter().position(|work| begins(work).is_some_and(|begins| begins >= start)).unwrap_or(here.len())
        }
        (None, None) => old.filter(|_| asked.line_id.is_none()).unwrap_or(here.len()),
    };
    here.insert(place, index);
    let mut places = Vec::new();
    for (place, work) in (1_i32..).zip(&here) {
        let work = &mut read.floor.works[*work];
        work.sequence = Some(place.saturating_mul(10));
        places.extend(work.jobs.iter().map(|job| (*job, place.saturating_mul(10))));
    }
    Some(places)
}

async fn write(tx: &mut Tx, job: &Job, line: Uuid, cycle: Option<f64>, start: Option<Timestamp>, sequences: &[(Uuid, i32)]) -> Result<()> {
    let (organization, now) = (tx.caller().organization, tx.now());
    let sql = "update jobs set line_id = $3, line_fixed = true, cycle_time_s = coalesce($4::float8::numeric, cycle_time_s), pinned_start = $5, version = version + 1,
            updated_at = $6, updated_by = current_setting('gemba.actor')
        where organization_id = $1 and id = $2";
    tx.execute(sql, &[&organization, &job.id, &line, &cycle, &start, &now]).await?;
    let (ids, places): (Vec<Uuid>, Vec<i32>) = sequences.iter().copied().unzip();
    let sql = "update jobs j set sequence = s.place, updated_at = $4, updated_by = current_setting('gemba.actor')
        from unnest($2::uuid[], $3::int[]) as s (id, place)
        where j.organization_id = $1 and j.id = s.id and j.sequence is distinct from s.place";
    tx.execute(sql, &[&organization, &ids, &places, &now]).await?;
    Ok(())
}

/// A tool that a job needs, and the open jobs that need it as well.
struct Rivals {
    tool: String,
    jobs: Vec<Uuid>,
}

/// Whether a tool would be needed at two lines at once by the schedule that comes of the move: there is one of each.
fn at_once(read: &Read, after: &Schedule, id: Uuid, rivals: &[Rivals], checks: &mut [Check]) {
    let of = |job: Uuid| after.planned.iter().find(|planned| read.floor.works[planned.work].jobs.contains(&job));
    let Some(own) = of(id) else { return };
    let mut against = Vec::new();
    for rival in rivals {
        let clash = rival.jobs.iter().filter_map(|job| Some((job, of(*job)?)));
        let clash = clash.filter(|(_, other)| other.line != own.line && other.start < own.end && own.start < other.end);
        if let Some((job, other)) = clash.min_by_key(|(_, other)| other.start) {
            let line = &read.floor.lines[other.line].name;
            against.push(format!("{} is needed by {} at {line} from {} to {}", rival.tool, label(read, *job), other.start, other.end));
        }
    }
    if let Some(check) = checks.iter_mut().find(|check| check.of == "tool").filter(|_| !against.is_empty()) {
        let known = std::mem::take(&mut check.says);
        check.says = if check.ok { against.join("; ") } else { format!("{known}; {}", against.join("; ")) };
        check.ok = false;
    }
}

async fn checks(tx: &mut Tx, job: &Job, line: Uuid, asked: &Move) -> Result<(Vec<Check>, Vec<Rivals>)> {
    let capability = match capable::cycle_time(tx, job, line).await? {
        Some(cycle_s) => Check { of: "capability", ok: true, says: format!("{} s for a unit", (cycle_s * 100.0).round() / 100.0) },
        None => Check {
            of: "capability",
            ok: false,
            says: "the line cannot make it: no capability for this item and step that is approved today".into(),
        },
    };
    let at = asked.planned_start.unwrap_or_else(|| tx.now());
    let able = qualified::able(tx, job.plant_id, Place { line: Some(line), area: job.area_id, item: job.item.id }, at).await?;
    let skill = match (able.skills.as_slice(), able.operators) {
        ([], _) => Check { of: "skill", ok: true, says: "no qualification is needed".into() },
        (skills, 0) => {
            Check { of: "skill", ok: false, says: format!("nobody who is there that day is qualified for {}", skills.join(", ")) }
        }
        (skills, operators) => Check { of: "skill", ok: true, says: format!("{operators} qualified for {}", skills.join(", ")) },
    };
    let (tool, rivals) = tool(tx, job, line).await?;
    Ok((vec![capability, tool, skill], rivals))
}

/// Whether a tool that the job needs is in use at another line, or not in use at all; and which open jobs need it too.
async fn tool(tx: &mut Tx, job: &Job, line: Uuid) -> Result<(Check, Vec<Rivals>)> {
    let organization = tx.caller().organization;
    let sql = "select e.name, e.active and e.archived_at is null,
            (select l.name from jobs o
             join manufacturing_orders m on m.organization_id = $1 and m.id = o.manufacturing_order_id
             join lines l on l.organization_id = $1 and l.id = o.line_id
             where o.organization_id = $1 and o.plant_id = $2 and o.status in ('running', 'setup') and o.id <> $5 and o.line_id <> $6
                 and (t.item_id is null or t.item_id = m.item_id) and (t.area_id is null or t.area_id = o.area_id) order by l.name limit 1),
            array(select o.id from tool_requirements r
             join manufacturing_orders m on m.organization_id = $1 and m.plant_id = $2 and (r.item_id is null or r.item_id = m.item_id)
             join jobs o on o.organization_id = $1 and o.manufacturing_order_id = m.id and (r.area_id is null or r.area_id = o.area_id)
             where r.organization_id = $1 and r.plant_id = $2 and r.equipment_id = t.equipment_id and r.archived_at is null
                 and (o.line_fixed and o.status not in ('completed', 'cancelled') or o.status in ('running', 'setup')) and o.id <> $5)
        from tool_requirements t join equipment e on e.organization_id = $1 and e.id = t.equipment_id
        where t.organization_id = $1 and t.plant_id = $2 and t.archived_at is null
            and (t.item_id is null or t.item_id = $3) and (t.area_id is null or t.area_id = $4) order by e.name";
    let rows = tx.query(sql, &[&organization, &job.plant_id, &job.item.id, &job.area_id, &job.id, &line]).await?;
    let (mut needed, mut against, mut rivals) = (Vec::new(), Vec::new(), Vec::new());
    for row in &rows {
        let name: String = row.get(0);
        rivals.push(Rivals { tool: name.clone(), jobs: row.get(3) });
        match (row.get(1), row.get::<_, Option<String>>(2)) {
            (false, _) => against.push(format!("{name} is out of use")),
            (true, Some(line)) => against.push(format!("{name} is at {line} now")),
            (true, None) => {}
        }
        needed.push(name);
    }
    let check = match (against.is_empty(), needed.is_empty()) {
        (false, _) => Check { of: "tool", ok: false, says: against.join("; ") },
        (true, true) => Check { of: "tool", ok: true, says: "no tool is needed".into() },
        (true, false) => Check { of: "tool", ok: true, says: format!("{} free", needed.join(", ")) },
    };
    Ok((check, rivals))
}

/// What differs between two schedules.
fn effect(read: &Read, id: Uuid, checks: Vec<Check>, (before, after): (&Schedule, &Schedule), done: bool) -> Moved {
    let starts =
        |schedule: &Schedule| planned(read, schedule).into_iter().map(|planned| (planned.job_id, planned)).collect::<BTreeMap<_, _>>();
    let (was, is) = (starts(before), starts(after));
    let mut others = Vec::new();
    for job in read.jobs.keys().filter(|job| **job != id) {
        let (from, to) = (was.get(job).map(|planned| planned.start), is.get(job).map(|planned| planned.start));
        if from != to {
            others.push(Shifted { job_id: *job, job: label(read, *job), from, to });
        }
    }
    others.sort_by(|a, b| (a.to, &a.job).cmp(&(b.to, &b.job)));
    let (late_before, late_after) = (late(read, before), late(read, after));
    let worse = |order: &&LateOrder| {
        let known = late_before.iter().find(|known| known.manufacturing_order_id == order.manufacturing_order_id);
        known.is_none_or(|known| order.ready_at > known.ready_at)
    };
    let later: Vec<LateOrder> = late_after.iter().filter(worse).cloned().collect();
    let is_late = |order: &LateOrder| late_after.iter().any(|other| other.manufacturing_order_id == order.manufacturing_order_id);
    let in_time: Vec<String> = late_before.iter().filter(|order| !is_late(order)).map(|order| order.order_code.clone()).collect();
    let mut says = vec![match is.get(&id) {
        Some(planned) => format!("it begins at {} and ends at {}", planned.start, planned.end),
        None => "it cannot be scheduled there".into(),
    }];
    says.push(match others.len() {
        0 => "no other job moves".into(),
        1 => "1 other job moves".into(),
        many => format!("{many} other jobs move"),
    });
    says.extend(later.iter().take(3).map(|order| format!("{} would be {} h late", order.order_code, order.late_h)));
    Moved { done, checks, planned: is.get(&id).cloned(), others, later, in_time, says: says.join("; ") }
}
