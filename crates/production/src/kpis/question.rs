//! What is asked of key figures, and the answer.

use std::collections::BTreeMap;

use jiff::Timestamp;
use kpi::Blocks;
use kpi::delivery::{Order, Orders};
use platform::ids::PlantId;
use platform::{Error, Result, Tx};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::cuts::{self, Cut, Grain, Parts};
use super::facts::{self, Fact, Of, Origin};
use super::plan;
use super::shown::{KpiRow, OrderFigures, PlanActual, PlanActualRow};
use crate::people::calendar::Calendar;
use crate::people::working_time;

/// Longest time that is asked for at once (d).
const MOST_DAYS: i64 = 400;
/// Hours in one answer at most (d).
const MOST_DAYS_OF_HOURS: i64 = 35;

/// By what figures are told apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// Line by line.
    #[default]
    Line,
    /// Area by area.
    Area,
    /// Shift by shift.
    Shift,
    /// Item by item.
    Item,
    /// Manufacturing order by manufacturing order.
    Order,
    /// Hour by hour.
    Hour,
    /// Day by day.
    Day,
}

/// Of what key figures are wanted.
#[derive(Clone, Debug)]
pub struct Question {
    /// The plant.
    pub plant: PlantId,
    /// Only these lines; all where none is named.
    pub lines: Vec<Uuid>,
    /// Only lines of this area.
    pub area: Option<Uuid>,
    /// From then.
    pub from: Timestamp,
    /// Until then, or now where that is earlier.
    pub to: Timestamp,
    /// By what they are told apart.
    pub by: By,
}

/// Key figures of a plant or a line.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Kpis {
    /// The plant.
    pub plant_id: Uuid,
    /// From then.
    #[schema(value_type = String, format = DateTime)]
    pub from: Timestamp,
    /// Until then: never later than now.
    #[schema(value_type = String, format = DateTime)]
    pub to: Timestamp,
    /// By what rows are told apart.
    pub by: By,
    /// All of it.
    pub total: KpiRow,
    /// Row by row, in the order of their names, or in time order.
    pub rows: Vec<KpiRow>,
    /// Orders.
    pub orders: OrderFigures,
    /// Beside the approved plan; none where none is approved and optimized.
    pub plan: Option<PlanActual>,
}

/// A line, as figures speak of it.
#[derive(Clone, Debug)]
pub(crate) struct LineOf {
    pub name: String,
    pub area: Uuid,
    pub area_name: String,
}

/// Answers.
///
/// # Errors
/// 404 for a plant that is not there; 422 for a time that cannot be.
pub async fn answer(tx: &mut Tx, asked: &Question) -> Result<Kpis> {
    let to = cuts::whole_us(asked.to.min(tx.now()));
    let from = cuts::whole_us(asked.from);
    check(asked, from, to)?;
    let lines = lines(tx, asked.plant, &asked.lines, asked.area).await?;
    let mut calendars = working_time::of_plant(tx, asked.plant).await?;
    calendars.retain(|line, _| lines.contains_key(line));
    let grain = match asked.by {
        By::Shift => Grain::Shift,
        By::Hour => Grain::Hour,
        By::Day => Grain::Day,
        By::Line | By::Area | By::Item | By::Order => Grain::Whole,
    };
    let mut parts = Parts::default();
    let mut all: Vec<Cut> = Vec::new();
    for (line, calendar) in &calendars {
        all.extend(cuts::cut(*line, calendar, from, to, grain, &mut parts));
    }
    let facts = facts::facts(tx, asked.plant, &all, Origin::Sums).await?;
    let labour = labour(tx, asked.plant, &lines, from, to).await?;
    let jobs = jobs(tx, asked.plant, facts.keys().filter_map(|of| of.job)).await?;
    let mut total = Fact::default();
    facts.values().for_each(|fact| add(&mut total, fact));
    let mut total_labour = Blocks::default();
    labour.values().for_each(|blocks| total_labour += *blocks);
    total.blocks += total_labour;
    let rows = rows(asked.by, &facts, &parts, &lines, &jobs, &labour);
    let orders = orders(tx, asked, from, to, &lines).await?;
    let done: Blocks = facts.iter().filter(|(of, _)| of.job.is_some()).map(|(_, fact)| fact.blocks).sum();
    let is_last = |of: &Of| of.job.and_then(|job| jobs.get(&job)).is_some_and(|job| job.is_last);
    let produced: Decimal = facts.iter().filter(|(of, _)| is_last(of)).map(|(_, fact)| fact.blocks.produced()).sum();
    let plan = plan::planned(tx, asked.plant, &calendars, from, to).await?;
    let plan = plan.map(|plan| beside(&plan, asked.by, &facts, &lines, &jobs, &calendars));
    Ok(Kpis {
        plant_id: asked.plant.0,
        from,
        to,
        by: asked.by,
        total: KpiRow { from: Some(from), to: Some(to), ..KpiRow::of(None, "", &total) },
        rows,
        orders: OrderFigures::of(&orders, &done, produced),
        plan,
    })
}

fn check(asked: &Question, from: Timestamp, to: Timestamp) -> Result<()> {
    let malformed = |detail: String| Err(Error::new(platform::error::Kind::Malformed, "bad_parameter", detail));
    if asked.from >= asked.to {
        return malformed(format!("from: found {}, expected before to, {}", asked.from, asked.to));
    }
    let most = if asked.by == By::Hour { MOST_DAYS_OF_HOURS } else { MOST_DAYS };
    if to.as_second() - from.as_second() > most * 86_400 {
        return malformed(format!("from: expected at most {most} days before to"));
    }
    Ok(())
}

fn add(sum: &mut Fact, fact: &Fact) {
    sum.blocks += fact.blocks;
    sum.counted += fact.counted;
}

/// What a job makes, and for which order.
#[derive(Clone, Debug)]
pub(crate) struct JobOf {
    pub item: Uuid,
    pub item_name: String,
    pub order: Uuid,
    pub order_code: String,
    /// Whether no step comes after it.
    pub is_last: bool,
}

/// Lines of a plant, those that are wanted.
pub(crate) async fn lines(tx: &mut Tx, plant: PlantId, only: &[Uuid], area: Option<Uuid>) -> Result<BTreeMap<Uuid, LineOf>> {
    let organization = tx.caller().organization;
    let sql = "select l.id, l.name, a.id, a.name from lines l join areas a on a.organization_id = $1 and a.id = l.area_id
        where l.organization_id = $1 and l.plant_id = $2 and l.archived_at is null and (cardinality($3::uuid[]) = 0 or l.id = any ($3))
            and ($4::uuid is null or l.area_id = $4)";
    let rows = tx.query(sql, &[&organization, &plant, &only, &area]).await?;
    let line = |row: &tokio_postgres::Row| (row.get(0), LineOf { name: row.get(1), area: row.get(2), area_name: row.get(3) });
    Ok(rows.iter().map(line).collect())
}

async fn jobs(tx: &mut Tx, plant: PlantId, wanted: impl Iterator<Item = Uuid>) -> Result<BTreeMap<Uuid, JobOf>> {
    let mut wanted: Vec<Uuid> = wanted.collect();
    wanted.sort();
    wanted.dedup();
    if wanted.is_empty() {
        return Ok(BTreeMap::new());
    }
    let organization = tx.caller().organization;
    let sql = "select j.id, m.item_id, i.name, m.id, m.code, not exists (select from job_links l where l.organization_id = $1
            and l.manufacturing_order_id = j.manufacturing_order_id and l.from_number = j.number)
        from jobs j
        join manufacturing_orders m on m.organization_id = $1 and m.id = j.manufacturing_order_id
        join items i on i.organization_id = $1 and i.id = m.item_id
        where j.organization_id = $1 and j.plant_id = $2 and j.id = any ($3)";
    let rows = tx.query(sql, &[&organization, &plant, &wanted]).await?;
    let job = |row: &tokio_postgres::Row| {
        (row.get(0), JobOf { item: row.get(1), item_name: row.get(2), order: row.get(3), order_code: row.get(4), is_last: row.get(5) })
    };
    Ok(rows.iter().map(job).collect())
}

/// Time booked by people, line by line: working (direct, setup) and attendance (that and the rest).
async fn labour(
    tx: &mut Tx,
    plant: PlantId,
    lines: &BTreeMap<Uuid, LineOf>,
    from: Timestamp,
    to: Timestamp,
) -> Result<BTreeMap<Uuid, Blocks>> {
    let organization = tx.caller().organization;
    let sql = "select line_id, round(sum(us) filter (where activity <> 'indirect'))::bigint, round(sum(us))::bigint from (
            select line_id, activity, date_part('epoch', least(coalesce(ended_at, $4), $4) - greatest(started_at, $3)) * 1000000 as us
            from labour_bookings where organization_id = $1 and plant_id = $2 and line_id is not null and started_at < $4
                and coalesce(ended_at, $4) > $3) booked
        group by 1";
    let rows = tx.query(sql, &[&organization, &plant, &from, &to]).await?;
    let one = |row: &tokio_postgres::Row| {
        let worked_us = row.get::<_, Option<i64>>(1).unwrap_or_default();
        (row.get(0), Blocks { worked_us, attended_us: row.get(2), ..Blocks::default() })
    };
    Ok(rows.iter().map(one).filter(|(line, _)| lines.contains_key(line)).collect())
}

/// What rows are told apart by, in the order they are shown in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Part(Timestamp, usize),
    Named(String, Option<Uuid>),
    /// Time without a job; last.
    Rest,
}

fn rows(
    by: By,
    facts: &BTreeMap<Of, Fact>,
    parts: &Parts,
    lines: &BTreeMap<Uuid, LineOf>,
    jobs: &BTreeMap<Uuid, JobOf>,
    labour: &BTreeMap<Uuid, Blocks>,
) -> Vec<KpiRow> {
    let mut sums: BTreeMap<Key, Fact> = BTreeMap::new();
    let place = |line: &Uuid| match (by, lines.get(line)) {
        (By::Line, Some(of)) => Some(Key::Named(of.name.clone(), Some(*line))),
        (By::Area, Some(of)) => Some(Key::Named(of.area_name.clone(), Some(of.area))),
        _ => None,
    };
    for (of, fact) in facts {
        let job = of.job.and_then(|job| jobs.get(&job));
        let key = match by {
            By::Line | By::Area => place(&of.line).unwrap_or(Key::Rest),
            By::Item => job.map_or(Key::Rest, |job| Key::Named(job.item_name.clone(), Some(job.item))),
            By::Order => job.map_or(Key::Rest, |job| Key::Named(job.order_code.clone(), Some(job.order))),
            By::Hour | By::Day | By::Shift => Key::Part(parts.all()[of.part].from, of.part),
        };
        add(sums.entry(key).or_default(), fact);
    }
    for (line, blocks) in labour {
        if let Some(key) = place(line) {
            sums.entry(key).or_default().blocks += *blocks;
        }
    }
    let shown = |(key, fact): (Key, Fact)| match key {
        Key::Named(name, id) => KpiRow::of(id, name, &fact),
        Key::Rest => KpiRow::of(None, "", &fact),
        Key::Part(_, part) => {
            let part = &parts.all()[part];
            let shift = part.shift.as_ref();
            let row = KpiRow::of(shift.and_then(|shift| shift.id), shift.map_or("", |shift| &shift.name), &fact);
            let whole = by == By::Shift && shift.is_none();
            let (from, to) = (Some(part.from).filter(|_| !whole), Some(part.to).filter(|_| !whole));
            KpiRow { day: shift.map(|shift| shift.on), from, to, ..row }
        }
    };
    sums.into_iter().map(shown).collect()
}

/// Orders that were worked on at these lines, completed or due within the time.
async fn orders(tx: &mut Tx, asked: &Question, from: Timestamp, to: Timestamp, lines: &BTreeMap<Uuid, LineOf>) -> Result<Orders> {
    let organization = tx.caller().organization;
    let only: Vec<Uuid> = if asked.lines.is_empty() && asked.area.is_none() { Vec::new() } else { lines.keys().copied().collect() };
    let sql = "select m.released_at, m.started_at, m.completed_at, m.due_at from manufacturing_orders m
        where m.organization_id = $1 and m.plant_id = $2 and m.archived_at is null and m.type <> 'scrap' and m.status not in ('planned', 'cancelled')
            and (m.completed_at >= $3 and m.completed_at < $4 or m.completed_at is null and (m.started_at < $4 or m.due_at < $4))
            and (cardinality($5::uuid[]) = 0 or exists (select from jobs j
                where j.organization_id = $1 and j.plant_id = $2 and j.manufacturing_order_id = m.id and j.line_id = any ($5)))";
    let rows = tx.query(sql, &[&organization, &asked.plant, &from, &to, &only]).await?;
    let one = |row: &tokio_postgres::Row| {
        let order = Order { released_at: row.get(0), started_at: row.get(1), completed_at: row.get(2), due_at: row.get(3) };
        Orders::of(&order, from, to)
    };
    Ok(rows.iter().map(one).fold(Orders::default(), Orders::and))
}

fn beside(
    plan: &plan::Planned,
    by: By,
    facts: &BTreeMap<Of, Fact>,
    lines: &BTreeMap<Uuid, LineOf>,
    jobs: &BTreeMap<Uuid, JobOf>,
    calendars: &BTreeMap<Uuid, Calendar>,
) -> PlanActual {
    let by_item = by == By::Item;
    let mut rows: BTreeMap<(String, Uuid), (f64, f64)> = BTreeMap::new();
    let mut names: BTreeMap<Uuid, String> = jobs.values().map(|job| (job.item, job.item_name.clone())).collect();
    let mut sum = (0.0, 0.0);
    for ((line, item), pieces) in plan.pieces.iter().filter(|((line, _), _)| calendars.contains_key(line)) {
        sum.0 += pieces;
        let id = if by_item { *item } else { *line };
        let name = if by_item { names.entry(id).or_default().clone() } else { lines.get(line).map_or(String::new(), |of| of.name.clone()) };
        rows.entry((name, id)).or_default().0 += pieces;
    }
    let (mut actual_us, mut actual) = (0, BTreeMap::<(String, Uuid), f64>::new());
    for (of, fact) in facts {
        actual_us += fact.blocks.aupt_us();
        let good = super::shown::number(fact.blocks.good);
        sum.1 += good;
        let job = of.job.and_then(|job| jobs.get(&job));
        let key = match (by_item, job, lines.get(&of.line)) {
            (true, Some(job), _) => (job.item_name.clone(), job.item),
            (false, _, Some(line)) => (line.name.clone(), of.line),
            _ => continue,
        };
        *actual.entry(key).or_default() += good;
    }
    for (key, good) in actual {
        rows.entry(key).or_default().1 += good;
    }
    let attainment = |planned: f64, actual: f64| kpi::figures::ratio(actual, planned).map(|share| share * 100.0);
    PlanActual {
        scenario_id: plan.scenario,
        scenario: plan.name.clone(),
        planned: sum.0,
        actual: sum.1,
        attainment_pct: attainment(sum.0, sum.1),
        planned_hours: plan.hours.iter().filter(|(line, _)| calendars.contains_key(line)).map(|(_, hours)| hours).sum(),
        actual_hours: actual_us as f64 / 3.6e9,
        rows: rows
            .into_iter()
            .filter(|(_, (planned, actual))| *planned > 0.0 || *actual > 0.0)
            .map(|((name, id), (planned, actual))| PlanActualRow { id, name, planned, actual, attainment_pct: attainment(planned, actual) })
            .collect(),
    }
}
