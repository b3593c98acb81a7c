//! What a line does next: its open jobs in the order in which they are to be done.

use platform::caller::Scope;
use platform::{Error, Result, Tx};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::schedule::Rule;
use crate::jobs::model::Status;
use crate::jobs::store::{self, JOB_READ, Job};
use crate::people::http::plant_of_line;

/// A job on the list of a line.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = DispatchListed)]
pub struct Listed {
    /// Its place, from 1.
    #[schema(example = 1)]
    pub position: usize,
    /// The job.
    #[serde(flatten)]
    pub job: Job,
    /// What keeps it from beginning, for people.
    pub waits_for: Vec<String>,
}

/// The open jobs of a line: what is at work first, then by the rule; without one, by hand, then as they are scheduled.
///
/// # Errors
/// 404, 403.
pub async fn of_line(tx: &mut Tx, line: Uuid, rule: Option<Rule>) -> Result<Vec<Listed>> {
    let plant = plant_of_line(tx, line).await?;
    tx.require(JOB_READ, Scope::Plant(plant))?;
    let mut jobs = store::open_at(tx, &[line]).await?;
    let current = jobs.iter().find(|job| job.status == Status::Running).and_then(|job| job.family.clone());
    jobs.sort_by_cached_key(|job| (at_work(job), key(job, rule, current.as_deref()), job.due_at, job.priority, job.label()));
    let waits = waits_for(tx, &jobs).await?;
    let listed = (1..).zip(jobs).map(|(position, job)| {
        let waits_for = waits.iter().filter(|(id, _)| *id == job.id).map(|(_, says)| says.clone()).collect();
        Listed { position, job, waits_for }
    });
    Ok(listed.collect())
}

fn at_work(job: &Job) -> u8 {
    match job.status {
        Status::Running => 0,
        Status::Setup => 1,
        Status::Paused => 2,
        _ => 3,
    }
}

fn key(job: &Job, rule: Option<Rule>, current: Option<&str>) -> (i64, i64) {
    let by_hand = job.sequence.map_or(i64::MAX, i64::from);
    match rule {
        Some(Rule::Due) => (job.due_at.as_millisecond(), 0),
        Some(Rule::Priority) => (i64::from(job.priority), 0),
        Some(Rule::Family) => (i64::from(job.family.as_deref() != current), 0),
        Some(Rule::Hand) => (by_hand, 0),
        None => (by_hand, job.planned_start.map_or(i64::MAX, |start| start.as_millisecond())),
    }
}

/// What keeps jobs from beginning: steps before them, held orders.
///
/// # Errors
/// What the database refused.
pub async fn waits_for(tx: &mut Tx, jobs: &[Job]) -> Result<Vec<(Uuid, String)>> {
    let organization = tx.caller().organization;
    let ids: Vec<Uuid> = jobs.iter().filter(|job| job.status == Status::Waiting).map(|job| job.id).collect();
    let mut waits: Vec<(Uuid, String)> = Vec::new();
    if !ids.is_empty() {
        let sql = "select j.id, p.number || ' ' || p.name || coalesce(' (' || n.name || ')', '')
            from jobs j
            join job_links l on l.organization_id = $1 and l.manufacturing_order_id = j.manufacturing_order_id and l.to_number = j.number
            join jobs p on p.organization_id = $1 and p.manufacturing_order_id = j.manufacturing_order_id and p.number = l.from_number
            left join lines n on n.organization_id = $1 and n.id = p.line_id
            where j.organization_id = $1 and j.id = any ($2) and p.status not in ('completed', 'cancelled')
            order by j.id, p.number, p.part";
        waits.extend(tx.query(sql, &[&organization, &ids]).await?.iter().map(|row| (row.get(0), row.get(1))));
    }
    let held = jobs.iter().filter(|job| job.order_status == crate::orders::model::Status::Paused);
    waits.extend(held.map(|job| (job.id, format!("{} is held", job.order_code))));
    Ok(waits)
}

/// The rule of a name.
///
/// # Errors
/// 400 for another one.
pub fn rule(name: Option<&str>) -> Result<Option<Rule>> {
    match name {
        None => Ok(None),
        Some("due") => Ok(Some(Rule::Due)),
        Some("priority") => Ok(Some(Rule::Priority)),
        Some("family") => Ok(Some(Rule::Family)),
        Some("hand") => Ok(Some(Rule::Hand)),
        Some(other) => {
            let detail = format!("rule: found {other}, expected due, priority, family or hand");
            Err(Error::new(platform::error::Kind::Malformed, "bad_parameter", detail))
        }
    }
}
