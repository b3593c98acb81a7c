//! What lines did in cuts of time, added up: from sums by quarter of an hour, from intervals where a cut splits one, and from what still goes on.

use std::collections::BTreeMap;

use jiff::Timestamp;
use kpi::{Blocks, TimeClass};
use platform::database::Params;
use platform::ids::PlantId;
use platform::{Error, Result, Tx};
use rust_decimal::Decimal;
use tokio_postgres::Row;
use uuid::Uuid;

use super::cuts::{Cut, How, length_us};

/// A quarter of an hour (µs).
const QUARTER_US: i64 = 900_000_000;

/// Where figures come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Sums by quarter of an hour; intervals where they have to be split.
    Sums,
    /// Intervals, reports and counts, all of them.
    Intervals,
}

/// What a line did on a job in a part of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fact {
    /// Times, events and quantities.
    pub blocks: Blocks,
    /// Pieces that counters saw.
    pub counted: Decimal,
}

/// Of what a fact is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Of {
    /// The line.
    pub line: Uuid,
    /// The part of time.
    pub part: usize,
    /// The job; none where there was none.
    pub job: Option<Uuid>,
}

/// What lines did. `cuts` may be of several lines; none may lie in the future.
///
/// # Errors
/// What the database refused.
pub async fn facts(tx: &mut Tx, plant: PlantId, cuts: &[Cut], origin: Origin) -> Result<BTreeMap<Of, Fact>> {
    let mut groups: Vec<(Uuid, usize, How)> = cuts.iter().map(|cut| (cut.line, cut.part, cut.how)).collect();
    groups.sort();
    groups.dedup();
    let group = |cut: &Cut| groups.binary_search(&(cut.line, cut.part, cut.how)).unwrap_or_default();
    let (mut whole, mut split) = (Stretches::default(), Stretches::default());
    for cut in cuts {
        let number = group(cut);
        let (from, to) = (cut.from.as_microsecond(), cut.to.as_microsecond());
        let (first, last) = (-(-from).div_euclid(QUARTER_US) * QUARTER_US, to.div_euclid(QUARTER_US) * QUARTER_US);
        if origin == Origin::Intervals || first >= last {
            split.push(number, cut.line, from, to)?;
            continue;
        }
        whole.push(number, cut.line, first, last)?;
        split.push(number, cut.line, from, first)?;
        split.push(number, cut.line, last, to)?;
    }
    let mut sums: BTreeMap<(usize, Option<Uuid>), Fact> = BTreeMap::new();
    for (statement, stretches) in [(QUARTERS, &whole), (STATES, &split), (REPORTS, &split), (COUNTS, &split)] {
        if stretches.is_empty() {
            continue;
        }
        for row in stretches.read(tx, plant, statement).await? {
            let (number, job): (i32, Uuid) = (row.get(0), row.get(1));
            let fact = sums.entry((number as usize, (!job.is_nil()).then_some(job))).or_default();
            fact.blocks += blocks(&row)?;
            fact.counted += row.get::<_, Decimal>(20);
        }
    }
    going_on(tx, plant, cuts, &group, &mut sums).await?;
    let mut lengths = vec![0; groups.len()];
    cuts.iter().for_each(|cut| lengths[group(cut)] += length_us(cut));
    let mut covered = vec![0; groups.len()];
    sums.iter().for_each(|((number, _), fact)| covered[*number] += fact.blocks.covered_us());
    for (number, (length, covered)) in lengths.into_iter().zip(covered).enumerate() {
        let unknown_us = length - covered;
        if unknown_us > 0 {
            let unknown = Blocks { unreported_us: unknown_us, ..Blocks::of_time(TimeClass::Down, unknown_us) };
            sums.entry((number, None)).or_default().blocks += unknown;
        }
    }
    let mut facts: BTreeMap<Of, Fact> = BTreeMap::new();
    for ((number, job), fact) in sums {
        let (line, part, how) = groups[number];
        let blocks = match how {
            How::Worked => fact.blocks,
            How::Rest => fact.blocks.at_rest(),
            How::Outside => fact.blocks.outside(),
        };
        let sum = facts.entry(Of { line, part, job }).or_default();
        sum.blocks += blocks;
        sum.counted += fact.counted;
    }
    Ok(facts)
}

/// Stretches of time at lines, as columns, each for the group that it is added to.
#[derive(Default)]
struct Stretches {
    groups: Vec<i32>,
    lines: Vec<Uuid>,
    starts: Vec<Timestamp>,
    ends: Vec<Timestamp>,
}

impl Stretches {
    fn push(&mut self, group: usize, line: Uuid, from_us: i64, to_us: i64) -> Result<()> {
        if from_us >= to_us {
            return Ok(());
        }
        self.groups.push(i32::try_from(group).map_err(Error::internal)?);
        self.lines.push(line);
        self.starts.push(Timestamp::from_microsecond(from_us).map_err(Error::internal)?);
        self.ends.push(Timestamp::from_microsecond(to_us).map_err(Error::internal)?);
        Ok(())
    }

    fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    async fn read(&self, tx: &mut Tx, plant: PlantId, statement: &'static str) -> Result<Vec<Row>> {
        let organization = tx.caller().organization;
        let params: Params<'_> = &[&organization, &plant, &self.groups, &self.lines, &self.starts, &self.ends];
        tx.query(statement, params).await
    }
}

// Each stretch is looked up by itself (`offset 0` keeps the planner from joining all stretches with all rows of a line).
const QUARTERS: &str = "select c.number, q.job_id, sum(q.production_us)::bigint, sum(q.setup_us)::bigint, sum(q.delay_us)::bigint,
        sum(q.failure_us)::bigint, sum(q.down_us)::bigint, sum(q.planned_us)::bigint, sum(q.preventive_us)::bigint, sum(q.off_us)::bigint,
        sum(q.micro_us)::bigint, sum(q.stops)::bigint, sum(q.micro_stops)::bigint, sum(q.failures)::bigint, sum(q.good), sum(q.scrapped), sum(q.reworked),
        sum(q.first_pass), sum(q.ideal_s), sum(q.planned_scrap), sum(q.counted)
    from unnest($3::int[], $4::uuid[], $5::timestamptz[], $6::timestamptz[]) as c (number, line_id, starts, ends)
    cross join lateral (
        select * from line_quarters q where q.organization_id = $1 and q.plant_id = $2 and q.line_id = c.line_id
            and q.quarter >= c.starts and q.quarter < c.ends offset 0) q
    group by 1, 2";

const STATES: &str = "with classes as (
        select c.number, coalesce(s.job_id, '00000000-0000-0000-0000-000000000000') as job_id, s.time_class, s.micro,
            -- Whole microseconds: an interval adds them up exactly, and a double holds all of a century.
            round(date_part('epoch', sum(least(s.ended_at, c.ends) - greatest(s.started_at, c.starts))) * 1000000)::bigint as us,
            count(*) filter (where s.started_at >= c.starts) as began
        from unnest($3::int[], $4::uuid[], $5::timestamptz[], $6::timestamptz[]) as c (number, line_id, starts, ends)
        -- Where to begin is a column and not a sub-select in the condition: behind the walls only plain comparisons lead an index.
        cross join lateral (
            select coalesce((select b.started_at from line_states b
                where b.organization_id = $1 and b.plant_id = $2 and b.line_id = c.line_id and b.started_at <= c.starts
                order by b.started_at desc limit 1), c.starts) as first
            offset 0) f
        cross join lateral (
            select s.job_id, s.time_class, s.micro, s.started_at, s.ended_at from line_states s
            where s.organization_id = $1 and s.plant_id = $2 and s.line_id = c.line_id and s.started_at >= f.first and s.started_at < c.ends
                and s.ended_at > c.starts
            offset 0) s
        group by 1, 2, 3, 4)
    select x.number, x.job_id, coalesce(sum(x.us) filter (where x.time_class = 'production'), 0)::bigint,
        coalesce(sum(x.us) filter (where x.time_class = 'setup'), 0)::bigint, coalesce(sum(x.us) filter (where x.time_class = 'delay'), 0)::bigint,
        coalesce(sum(x.us) filter (where x.time_class = 'failure'), 0)::bigint, coalesce(sum(x.us) filter (where x.time_class = 'down'), 0)::bigint,
        coalesce(sum(x.us) filter (where x.time_class = 'planned'), 0)::bigint, coalesce(sum(x.us) filter (where x.time_class = 'preventive'), 0)::bigint,
        coalesce(sum(x.us) filter (where x.time_class = 'off'), 0)::bigint, coalesce(sum(x.us) filter (where x.micro), 0)::bigint,
        coalesce(sum(x.began) filter (where x.time_class in ('delay', 'failure')), 0)::bigint, coalesce(sum(x.began) filter (where x.micro), 0)::bigint,
        coalesce(sum(x.began) filter (where x.time_class = 'failure'), 0)::bigint,
        0::numeric, 0::numeric, 0::numeric, 0::numeric, 0::numeric, 0::numeric, 0::numeric
    from classes x group by 1, 2";

const REPORTS: &str = "select x.number, x.job_id, 0::bigint, 0::bigint, 0::bigint, 0::bigint, 0::bigint, 0::bigint, 0::bigint, 0::bigint, 0::bigint,
        0::bigint, 0::bigint, 0::bigint, x.good, x.scrapped, x.reworked, case when m.type = 'rework' then 0 else x.good end,
        (x.good + x.scrapped + x.reworked) * coalesce(gemba.planned_run_time($1, x.job_id, x.line_id), 0),
        (x.good + x.scrapped + x.reworked) * coalesce(w.planned_scrap_pct, 0) / 100, 0::numeric
    from (
        select c.number, c.line_id, r.job_id, r.manufacturing_order_id, sum(r.good) as good, sum(r.scrapped) as scrapped, sum(r.reworked) as reworked
        from unnest($3::int[], $4::uuid[], $5::timestamptz[], $6::timestamptz[]) as c (number, line_id, starts, ends)
        cross join lateral (
            select * from job_reports r where r.organization_id = $1 and r.plant_id = $2 and r.line_id = c.line_id and r.at >= c.starts and r.at < c.ends
            offset 0) r
        group by 1, 2, 3, 4) x
    join manufacturing_orders m on m.organization_id = $1 and m.id = x.manufacturing_order_id
    left join line_monitors w on w.organization_id = $1 and w.line_id = x.line_id and w.archived_at is null";

const COUNTS: &str = "select c.number, coalesce(n.job_id, '00000000-0000-0000-0000-000000000000'), 0::bigint, 0::bigint, 0::bigint, 0::bigint, 0::bigint,
        0::bigint, 0::bigint, 0::bigint, 0::bigint, 0::bigint, 0::bigint, 0::bigint, 0::numeric, 0::numeric, 0::numeric, 0::numeric, 0::numeric,
        0::numeric, sum(n.pieces)
    from unnest($3::int[], $4::uuid[], $5::timestamptz[], $6::timestamptz[]) as c (number, line_id, starts, ends)
    cross join lateral (
        select * from line_counts n where n.organization_id = $1 and n.plant_id = $2 and n.line_id = c.line_id and n.at >= c.starts and n.at < c.ends
        offset 0) n
    group by 1, 2";

fn blocks(row: &Row) -> Result<Blocks> {
    let number = |index: usize| row.try_get::<_, i64>(index).map_err(Error::internal);
    let decimal = |index: usize| row.try_get::<_, Decimal>(index).map_err(Error::internal);
    Ok(Blocks {
        production_us: number(2)?,
        setup_us: number(3)?,
        delay_us: number(4)?,
        failure_us: number(5)?,
        down_us: number(6)?,
        planned_us: number(7)?,
        preventive_us: number(8)?,
        off_us: number(9)?,
        micro_us: number(10)?,
        stops: number(11)?,
        micro_stops: number(12)?,
        failures: number(13)?,
        good: decimal(14)?,
        scrapped: decimal(15)?,
        reworked: decimal(16)?,
        first_pass: decimal(17)?,
        ideal_s: decimal(18)?.normalize(),
        planned_scrap: decimal(19)?.normalize(),
        ..Blocks::default()
    })
}

/// Adds what still goes on, up to the end of the cuts.
async fn going_on(
    tx: &mut Tx,
    plant: PlantId,
    cuts: &[Cut],
    group: &impl Fn(&Cut) -> usize,
    sums: &mut BTreeMap<(usize, Option<Uuid>), Fact>,
) -> Result<()> {
    let mut lines: Vec<Uuid> = cuts.iter().map(|cut| cut.line).collect();
    lines.dedup();
    let organization = tx.caller().organization;
    let sql = "select line_id, started_at, time_class, job_id from line_states
        where organization_id = $1 and plant_id = $2 and line_id = any ($3) and ended_at is null";
    let rows = tx.query(sql, &[&organization, &plant, &lines]).await?;
    let open: BTreeMap<Uuid, &Row> = rows.iter().map(|row| (row.get(0), row)).collect();
    for cut in cuts {
        let Some(row) = open.get(&cut.line) else { continue };
        let started_at: Timestamp = row.get(1);
        if started_at >= cut.to {
            continue;
        }
        let class = TimeClass::named(row.get(2)).ok_or_else(|| Error::internal("a class that the program does not know"))?;
        let us = cut.to.as_microsecond() - started_at.max(cut.from).as_microsecond();
        let mut blocks = Blocks::of_time(class, us);
        if started_at >= cut.from {
            blocks.stops = i64::from(matches!(class, TimeClass::Delay | TimeClass::Failure));
            blocks.failures = i64::from(class == TimeClass::Failure);
        }
        sums.entry((group(cut), row.get(3))).or_default().blocks += blocks;
    }
    Ok(())
}
