//! Reads what there is to schedule at a plant, and writes what comes of it.
//!
//! **Invariant:** units that were reported are not scheduled again.

use std::collections::{BTreeMap, HashMap};

use jiff::{SignedDuration, Timestamp};
use platform::ids::PlantId;
use platform::{Error, Result, Tx};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use uuid::Uuid;

use super::changeovers::{self, Setup};
use super::schedule::{After, Candidate, Floor, LineOf, Schedule, Work};
use super::{capable, capable::Capable};
use crate::jobs::model::{Status, open};
use crate::jobs::store::{self, Job};
use crate::people::working_time;

/// How far is looked ahead (days).
const AHEAD_D: i64 = 180;

/// What is to be scheduled, with the jobs that it is.
#[derive(Clone, Debug)]
pub struct Read {
    /// The plant.
    pub plant: PlantId,
    /// For the scheduler.
    pub floor: Floor,
    /// The jobs, by identifier.
    pub jobs: BTreeMap<Uuid, Job>,
}

/// The floor of a plant as it is now.
///
/// # Errors
/// 404 for a plant that is not there; what the database refused.
pub async fn read(tx: &mut Tx, plant: PlantId) -> Result<Read> {
    let now = tx.now();
    let lines = lines(tx, plant, now).await?;
    let at: HashMap<Uuid, usize> = lines.iter().enumerate().map(|(index, line)| (line.id, index)).collect();
    let jobs: BTreeMap<Uuid, Job> = store::open_of_plant(tx, plant).await?.into_iter().map(|job| (job.id, job)).collect();
    let capable = capable::of_plant(tx, plant).await?;
    let families = families(tx, plant).await?;
    let mut works: Vec<Work> = Vec::new();
    let mut of_job: HashMap<Uuid, usize> = HashMap::new();
    let mut of_batch: HashMap<Uuid, usize> = HashMap::new();
    for job in jobs.values() {
        let own = work(job, capable.get(&job.id).map_or(&[], Vec::as_slice), &at, families.get(&job.item.id).copied().flatten());
        let index = match job.batch_id.and_then(|batch| of_batch.get(&batch).copied()) {
            Some(index) => {
                join(&mut works[index], own);
                index
            }
            None => {
                works.push(own);
                works.len() - 1
            }
        };
        if let Some(batch) = job.batch_id {
            of_batch.insert(batch, index);
        }
        of_job.insert(job.id, index);
    }
    for (before, next, overlap) in links(tx, plant).await? {
        if let (Some(&work), Some(&index)) = (of_job.get(&before), of_job.get(&next))
            && work != index
        {
            works[index].after.push(After { work, overlap });
        }
    }
    let changeovers = changeovers::of_plant(tx, plant).await?;
    Ok(Read { plant, floor: Floor { now, lines, works, changeovers }, jobs })
}

/// A job by itself.
fn work(job: &Job, capable: &[Capable], at: &HashMap<Uuid, usize>, family: Option<Uuid>) -> Work {
    let units = open(job.quantity, job.counted());
    let candidate = |line: Uuid, cycle_time_s: f64| {
        let line = at.get(&line).copied()?;
        let millis = |units: Decimal| (units.to_f64().unwrap_or_default() * cycle_time_s * 1000.0).ceil() as i64;
        Some(Candidate { line, millis: millis(units), first_millis: millis(Decimal::ONE.min(units)) })
    };
    let has_begun = job.started_at.is_some() || job.setup_started_at.is_some();
    let is_fixed = job.line_fixed || has_begun || job.sequence.is_some() || capable.is_empty();
    let on = match job.line_id.filter(|_| is_fixed) {
        Some(line) => {
            let known = capable.iter().find(|capable| capable.line == line).map(|capable| capable.cycle_time_s);
            known.or(job.cycle_time_s).and_then(|cycle| candidate(line, cycle)).into_iter().collect()
        }
        None => capable.iter().filter_map(|capable| candidate(capable.line, capable.cycle_time_s)).collect(),
    };
    Work {
        jobs: vec![job.id],
        order: job.manufacturing_order_id,
        label: format!("{} {:06} {:04} {}", job.order_code, job.number, job.part, job.id),
        on,
        after: Vec::new(),
        setup: Setup { item: job.item.id, family },
        due: job.due_at,
        priority: job.priority,
        sequence: job.sequence,
        pinned: job.pinned_start,
        is_running: matches!(job.status, Status::Running | Status::Setup),
    }
}

/// A job that runs together with others: as long as the longest of them.
fn join(all: &mut Work, own: Work) {
    all.jobs.extend(own.jobs);
    all.due = all.due.min(own.due);
    all.priority = all.priority.min(own.priority);
    all.sequence = all.sequence.into_iter().chain(own.sequence).min();
    all.pinned = all.pinned.max(own.pinned);
    all.is_running |= own.is_running;
    for candidate in &mut all.on {
        if let Some(other) = own.on.iter().find(|other| other.line == candidate.line) {
            candidate.millis = candidate.millis.max(other.millis);
            candidate.first_millis = candidate.first_millis.max(other.first_millis);
        }
    }
}

async fn lines(tx: &mut Tx, plant: PlantId, now: Timestamp) -> Result<Vec<LineOf>> {
    let organization = tx.caller().organization;
    let calendars = working_time::of_plant(tx, plant).await?;
    let until = now.checked_add(SignedDuration::from_hours(24 * AHEAD_D)).map_err(Error::internal)?;
    let sql = "select l.id, l.area_id, l.name, i.id, i.family_id
        from lines l
        left join lateral (select o.item_id from jobs j join manufacturing_orders o on o.organization_id = $1 and o.id = j.manufacturing_order_id
            where j.organization_id = $1 and j.plant_id = $2 and j.line_id = l.id and j.started_at is not null order by j.started_at desc, j.id limit 1) last on true
        left join items i on i.organization_id = $1 and i.id = last.item_id
        where l.organization_id = $1 and l.plant_id = $2 and l.active and l.archived_at is null order by l.name, l.id";
    let rows = tx.query(sql, &[&organization, &plant]).await?;
    let line = |row: &tokio_postgres::Row| {
        let id: Uuid = row.get(0);
        LineOf {
            id,
            area: row.get(1),
            name: row.get(2),
            hours: calendars.get(&id).map(|calendar| calendar.working(now, until)).unwrap_or_default(),
            setup: row.get::<_, Option<Uuid>>(3).map(|item| Setup { item, family: row.get(4) }),
        }
    };
    Ok(rows.iter().map(line).collect())
}

async fn families(tx: &mut Tx, plant: PlantId) -> Result<HashMap<Uuid, Option<Uuid>>> {
    let organization = tx.caller().organization;
    let sql = "select distinct i.id, i.family_id from jobs j
        join manufacturing_orders o on o.organization_id = $1 and o.id = j.manufacturing_order_id
        join items i on i.organization_id = $1 and i.id = o.item_id
        where j.organization_id = $1 and j.plant_id = $2 and j.status not in ('completed', 'cancelled')";
    Ok(tx.query(sql, &[&organization, &plant]).await?.iter().map(|row| (row.get(0), row.get(1))).collect())
}

/// Which open job comes before which, and whether its first unit is enough.
async fn links(tx: &mut Tx, plant: PlantId) -> Result<Vec<(Uuid, Uuid, bool)>> {
    let organization = tx.caller().organization;
    let sql = "select p.id, j.id, o.overlap from jobs j
        join manufacturing_orders o on o.organization_id = $1 and o.id = j.manufacturing_order_id
        join job_links l on l.organization_id = $1 and l.manufacturing_order_id = j.manufacturing_order_id and l.to_number = j.number
        join jobs p on p.organization_id = $1 and p.manufacturing_order_id = j.manufacturing_order_id and p.number = l.from_number
        where j.organization_id = $1 and j.plant_id = $2 and j.status not in ('completed', 'cancelled') and p.status not in ('completed', 'cancelled')
        order by 1, 2";
    Ok(tx.query(sql, &[&organization, &plant]).await?.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect())
}

/// Keeps a schedule. Jobs without a line get the one they were scheduled at; what is left out is planned no more.
///
/// # Errors
/// What the database refused.
pub async fn keep(tx: &mut Tx, read: &Read, schedule: &Schedule) -> Result<()> {
    let (mut ids, mut lines, mut starts, mut ends, mut setups, mut cycles) = (vec![], vec![], vec![], vec![], vec![], vec![]);
    for planned in &schedule.planned {
        let work = &read.floor.works[planned.work];
        for job in &work.jobs {
            ids.push(*job);
            lines.push(read.floor.lines[planned.line].id);
            starts.push(planned.start);
            ends.push(planned.end);
            setups.push(planned.setup_millis as f64 / 60_000.0);
            let first = work.on.iter().find(|candidate| candidate.line == planned.line).map(|candidate| candidate.first_millis);
            cycles.push(first.filter(|_| work.jobs.len() == 1).map(|millis| millis as f64 / 1000.0));
        }
    }
    let (organization, now) = (tx.caller().organization, tx.now());
    let sql = "update jobs j set planned_start = s.starts, planned_end = s.ends, setup_min = s.setup::numeric, line_id = s.line,
            cycle_time_s = case when j.line_id is distinct from s.line then coalesce(nullif(s.cycle, 0)::numeric, j.cycle_time_s)
                else coalesce(j.cycle_time_s, nullif(s.cycle, 0)::numeric) end, version = j.version + (j.line_id is distinct from s.line)::int,
            updated_at = $8, updated_by = current_setting('gemba.actor')
        from unnest($2::uuid[], $3::uuid[], $4::timestamptz[], $5::timestamptz[], $6::float8[], $7::float8[]) as s (id, line, starts, ends, setup, cycle)
        where j.organization_id = $1 and j.id = s.id
            and (j.planned_start, j.planned_end, j.line_id, j.setup_min) is distinct from (s.starts, s.ends, s.line, round(s.setup::numeric, 2))";
    tx.execute(sql, &[&organization, &ids, &lines, &starts, &ends, &setups, &cycles, &now]).await?;
    let out: Vec<Uuid> = schedule.left_out.iter().flat_map(|(work, _)| read.floor.works[*work].jobs.iter().copied()).collect();
    let sql = "update jobs set planned_start = null, planned_end = null, updated_at = $3, updated_by = current_setting('gemba.actor')
        where organization_id = $1 and id = any ($2) and planned_start is not null";
    tx.execute(sql, &[&organization, &out, &now]).await?;
    Ok(())
}
