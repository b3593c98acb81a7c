//! Material of jobs: what goes in as units are reported (backflush) or when somebody says so, and what comes out.
//!
//! What is scrapped or sent to rework has used up its material as well. What a correction takes back gives back in proportion: finished units leave the
//! stock again, material that was taken for them comes back, co- and by-products too.
//!
//! **Invariant:** a shortage keeps nobody from reporting: what is there is taken, and that it was too little is told.
//! **Invariant:** after a correction stock is as if the units had never been reported.

use std::collections::BTreeMap;

use inventory::actions::{Consume, Produce, Taken, consume, consume_all, produce};
use inventory::genealogy::links::Made;
use inventory::taking_back::{self, About, Unused};
use platform::{Error, FieldError, Result, Tx};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::actions::{JOB_REPORT, Said};
use super::machines::Machine;
use super::model::{From, Rule};
use super::report::Report;
use super::store::{self, Job};
use platform::caller::Scope;
use serde_json::json;

/// What an order says of its material.
#[derive(Clone, Debug)]
pub(super) struct Terms {
    /// Whether material is taken as units are reported.
    pub backflush: bool,
    /// make, rework or scrap.
    pub kind: String,
    /// The first step, where what has no step goes in.
    pub first: i32,
    /// Good units of the order until now.
    pub good: Decimal,
    /// Whether steps may begin before those before them are done.
    pub overlap: bool,
    /// What goes in and comes out, by item.
    components: Vec<Component>,
}

/// A component of an order.
#[derive(Clone, Debug)]
struct Component {
    id: Uuid,
    kind: String,
    item: Uuid,
    code: String,
    number: Option<i32>,
    quantity_per: Decimal,
    moved: Decimal,
}

impl Terms {
    /// What goes in at a step as units are reported.
    fn inputs(&self, number: i32) -> impl Iterator<Item = &Component> {
        let here = move |part: &&Component| part.kind == "input" && part.number.unwrap_or(self.first) == number;
        self.components.iter().filter(move |_| self.backflush).filter(here)
    }

    /// What comes out beside the item.
    fn outputs(&self) -> impl Iterator<Item = &Component> {
        self.components.iter().filter(|part| part.kind != "input")
    }
}

/// The terms of a job's order.
pub(super) async fn terms(tx: &mut Tx, job: &Job) -> Result<Terms> {
    let organization = tx.caller().organization;
    let sql = "select o.issue_mode = 'backflush', o.type, (select min(j.number) from jobs j where j.organization_id = $1 and j.manufacturing_order_id = o.id),
            o.good, o.overlap, c.id, c.kind, c.item_id, i.code, c.number, c.quantity_per, c.moved
        from manufacturing_orders o
        left join order_components c on c.organization_id = $1 and c.plant_id = o.plant_id and c.manufacturing_order_id = o.id
        left join items i on i.organization_id = $1 and i.id = c.item_id
        where o.organization_id = $1 and o.id = $2 order by c.item_id, c.position";
    let rows = tx.query(sql, &[&organization, &job.manufacturing_order_id]).await?;
    let order = rows.first().ok_or_else(|| Error::internal("a job without its order"))?;
    let component = |row: &tokio_postgres::Row| {
        Some(Component {
            id: row.get::<_, Option<Uuid>>(5)?,
            kind: row.get(6),
            item: row.get(7),
            code: row.get(8),
            number: row.get(9),
            quantity_per: row.get(10),
            moved: row.get(11),
        })
    };
    Ok(Terms {
        backflush: order.get(0),
        kind: order.get(1),
        first: order.get(2),
        good: order.get(3),
        overlap: order.get(4),
        components: rows.iter().filter_map(component).collect(),
    })
}

/// What became of the material of a report.
#[derive(Clone, Debug, Default)]
pub(super) struct Moved {
    /// The lot that the good units became.
    pub lot: Option<Uuid>,
    /// What was too little, for people.
    pub short: Vec<String>,
    /// Why serials were not taken as said.
    pub rule: Option<Rule>,
}

/// Somebody's report on a job, as its material sees it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told<'a> {
    /// The job as it was before.
    pub job: &'a Job,
    /// What was reported.
    pub report: &'a Report,
    /// By how much the order's good units grew.
    pub made: Decimal,
    /// What it was made with.
    pub machine: &'a Machine,
    /// Who said so, and when.
    pub said: Said,
}

/// Takes in and gives out what a report means.
pub(super) async fn moves(tx: &mut Tx, terms: &Terms, told: &Told<'_>) -> Result<Moved> {
    let (job, processed) = (told.job, told.report.counts().total());
    let mut moved = Moved::default();
    let taken = if processed > Decimal::ZERO { use_up(tx, terms, told, processed, &mut moved).await? } else { Vec::new() };
    let withdrawn = if told.made < Decimal::ZERO { withdraw(tx, terms, told).await? } else { Vec::new() };
    if processed < Decimal::ZERO {
        give_back(tx, terms, told, -processed, &withdrawn).await?;
    }
    if terms.kind == "scrap" || told.made <= Decimal::ZERO {
        return Ok(moved);
    }
    (moved.lot, moved.rule) = finished(tx, told, &taken).await?;
    let mut outputs = Vec::new();
    for part in terms.outputs() {
        let quantity = (part.quantity_per * told.made).round_dp(inventory::units::DECIMALS);
        let lot_code = job.lot_code.clone().or_else(|| Some(job.order_code.clone()));
        let out = Produce { item: part.item, quantity, lot_code, serials: Vec::new(), ..production(told, &taken) };
        produce(tx, job.plant_id, &out).await?;
        outputs.push((part.id, quantity));
    }
    note_moved(tx, &outputs).await?;
    Ok(moved)
}

/// Takes the material of a step for so many units, and tells what was too little.
async fn use_up(tx: &mut Tx, terms: &Terms, told: &Told<'_>, processed: Decimal, moved: &mut Moved) -> Result<Vec<Taken>> {
    let job = told.job;
    let wanted = |part: &Component| (part.quantity_per * processed).round_dp(inventory::units::DECIMALS);
    let mut by_item: BTreeMap<Uuid, Decimal> = BTreeMap::new();
    for part in terms.inputs(job.number) {
        *by_item.entry(part.item).or_default() += wanted(part);
    }
    let wants: Vec<Consume> = by_item.iter().map(|(item, quantity)| consumption(job, *item, *quantity, told.said)).collect();
    let taken = consume_all(tx, job.plant_id, &wants).await?;
    let mut got: BTreeMap<Uuid, Decimal> = BTreeMap::new();
    for one in &taken {
        *got.entry(one.item).or_default() += one.quantity;
    }
    // An item that stands in the bill twice gets what there is in the bill's order.
    let mut parts = Vec::new();
    for part in terms.inputs(job.number) {
        let there = got.entry(part.item).or_default();
        let sum = wanted(part).min(*there);
        *there -= sum;
        if sum < wanted(part) {
            moved.short.push(format!("{}: {} of {}", part.code, sum.normalize(), wanted(part).normalize()));
        }
        parts.push((part.id, sum));
    }
    note_moved(tx, &parts).await?;
    Ok(taken)
}

/// Takes finished units that were not made out of stock again, and what came out beside them; returns the pieces and lots they were.
async fn withdraw(tx: &mut Tx, terms: &Terms, told: &Told<'_>) -> Result<Vec<Made>> {
    let (job, about) = (told.job, about(told));
    let withdrawn = taking_back::withdraw(tx, &about, job.item.id, -told.made, &told.report.serials).await?;
    let mut outputs = Vec::new();
    for part in terms.outputs() {
        let quantity = (part.quantity_per * -told.made).round_dp(inventory::units::DECIMALS).min(part.moved);
        let gone = taking_back::withdraw(tx, &about, part.item, quantity, &[]).await?;
        outputs.push((part.id, -gone.quantity));
    }
    note_moved(tx, &outputs).await?;
    Ok(withdrawn.made)
}

/// Gives back what the job took for so many units. What was too little then is not given back: the units that are left would have used it up.
async fn give_back(tx: &mut Tx, terms: &Terms, told: &Told<'_>, units: Decimal, withdrawn: &[Made]) -> Result<()> {
    let (job, about) = (told.job, about(told));
    let left: Decimal = job.counted().and(told.report.counts()).total();
    let per = |quantity: Decimal, units: Decimal| (quantity * units).round_dp(inventory::units::DECIMALS);
    let mut by_item: BTreeMap<Uuid, Unused> = BTreeMap::new();
    for part in terms.inputs(job.number) {
        let unused = by_item.entry(part.item).or_insert(Unused { item: part.item, quantity: Decimal::ZERO, used: Decimal::ZERO });
        unused.quantity += per(part.quantity_per, units);
        unused.used += per(part.quantity_per, left);
    }
    let unused: Vec<Unused> = by_item.into_values().collect();
    if unused.is_empty() {
        return Ok(());
    }
    let of = taking_back::made_of(tx, &about, withdrawn).await?;
    let back = taking_back::give_back(tx, &about, &unused, &of).await?;
    taking_back::unlink(tx, &about, withdrawn, &back).await?;
    let mut got: BTreeMap<Uuid, Decimal> = BTreeMap::new();
    for one in &back {
        *got.entry(one.item).or_default() += one.quantity;
    }
    let mut parts = Vec::new();
    for part in terms.inputs(job.number) {
        let there = got.entry(part.item).or_default();
        let sum = part.moved.min(*there);
        *there -= sum;
        parts.push((part.id, -sum));
    }
    note_moved(tx, &parts).await
}

fn about(told: &Told<'_>) -> About {
    About {
        plant: told.job.plant_id,
        line: told.job.line_id,
        job: told.job.id,
        manufacturing_order: told.job.manufacturing_order_id,
        operator: told.said.operator,
        at: told.said.at,
    }
}

fn consumption(job: &Job, item: Uuid, quantity: Decimal, said: Said) -> Consume {
    Consume {
        item,
        quantity,
        line: job.line_id,
        job: job.id,
        manufacturing_order: job.manufacturing_order_id,
        operator: said.operator,
        lot: None,
        serial: None,
        at: said.at,
        allow_short: true,
    }
}

fn production<'a>(told: &Told<'_>, consumed: &'a [Taken]) -> Produce<'a> {
    let job = told.job;
    Produce {
        item: job.item.id,
        quantity: Decimal::ZERO,
        lot_code: None,
        serials: Vec::new(),
        line: job.line_id,
        job: job.id,
        manufacturing_order: job.manufacturing_order_id,
        operator: told.said.operator,
        equipment: told.machine.equipment,
        program: told.machine.program.clone(),
        at: told.said.at,
        consumed,
    }
}

/// Puts finished units into stock. On the floor, serials that cannot be so are left out: the units were made all the same.
async fn finished(tx: &mut Tx, told: &Told<'_>, taken: &[Taken]) -> Result<(Option<Uuid>, Option<Rule>)> {
    let (job, report) = (told.job, told.report);
    let lot_code = match job.item.tracking.as_str() {
        "none" => report.lot_code.clone(),
        _ => report.lot_code.clone().or_else(|| job.lot_code.clone()),
    };
    let mut out = Produce { quantity: told.made, lot_code, serials: report.serials.clone(), ..production(told, taken) };
    if told.said.from == From::Desk || out.serials.is_empty() {
        return Ok((produce(tx, job.plant_id, &out).await?.lot, None));
    }
    tx.savepoint().await?;
    let refused = match produce(tx, job.plant_id, &out).await {
        Ok(produced) => {
            tx.release_savepoint().await?;
            return Ok((produced.lot, None));
        }
        Err(refused) if refused.kind.status() < 500 => refused,
        Err(failed) => return Err(failed),
    };
    tx.back_to_savepoint().await?;
    tx.release_savepoint().await?;
    out.serials.clear();
    let lot = produce(tx, job.plant_id, &out).await?.lot;
    let says = format!("the units count, their serials do not: {}", refused.detail);
    Ok((lot, Some(Rule::new("serials_not_taken", says))))
}

/// Notes how much more of components was taken or made; less than none where it came back.
async fn note_moved(tx: &mut Tx, parts: &[(Uuid, Decimal)]) -> Result<()> {
    let (ids, quantities): (Vec<Uuid>, Vec<Decimal>) = parts.iter().filter(|(_, quantity)| !quantity.is_zero()).copied().unzip();
    if ids.is_empty() {
        return Ok(());
    }
    let organization = tx.caller().organization;
    let sql =
        "update order_components c set moved = greatest(c.moved + n.quantity, 0) from unnest($2::uuid[], $3::numeric[]) as n (id, quantity)
        where c.organization_id = $1 and c.id = n.id";
    tx.execute(sql, &[&organization, &ids, &quantities]).await?;
    Ok(())
}

/// Material that somebody says goes into a job.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = JobIssue, example = json!({ "item_id": "0199d1a0-4242-7000-8000-0000000000a1", "quantity": "500" }))]
pub struct Issue {
    /// The item.
    pub item_id: Uuid,
    /// How much, in its unit.
    #[schema(value_type = String, example = "500")]
    pub quantity: Decimal,
    /// Of this lot; else what expires first.
    pub lot_id: Option<Uuid>,
    /// This piece.
    pub serial_id: Option<Uuid>,
    /// Who says so.
    pub operator_id: Option<Uuid>,
}

/// Material that went into a job.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = JobIssued)]
pub struct Issued {
    /// The item.
    pub item_id: Uuid,
    /// Its lot.
    pub lot_id: Option<Uuid>,
    /// The piece.
    pub serial_id: Option<Uuid>,
    /// Where it lay.
    pub location_id: Uuid,
    /// How much, in the unit of the item.
    #[schema(value_type = String, example = "500")]
    pub quantity: Decimal,
}

/// Takes material for a job.
///
/// # Errors
/// 404, 403; 409 `order_closed`, `not_wanted` for what does not belong into the order, and what stock refuses: `stock_short`, `material_blocked`,
/// `material_expired`; 422 for no quantity.
pub async fn issue(tx: &mut Tx, id: Uuid, wanted: &Issue, said: Said) -> Result<Vec<Issued>> {
    let job = store::lock(tx, id).await?;
    tx.require(JOB_REPORT, Scope::Plant(job.plant_id))?;
    if job.order_status.is_over() {
        return Err(Error::conflict("order_closed", format!("the order is {}", job.order_status.text())));
    }
    if wanted.quantity <= Decimal::ZERO {
        return Err(Error::invalid(vec![FieldError::new("/quantity", "too_small", "expected more than 0")]));
    }
    let terms = terms(tx, &job).await?;
    let Some(part) = terms.components.iter().find(|part| part.kind == "input" && part.item == wanted.item_id) else {
        return Err(Error::conflict("not_wanted", "it does not belong into this order"));
    };
    let want = Consume {
        lot: wanted.lot_id,
        serial: wanted.serial_id,
        allow_short: false,
        ..consumption(&job, wanted.item_id, wanted.quantity, said)
    };
    let taken = consume(tx, job.plant_id, &want).await?;
    let sum: Decimal = taken.iter().map(|taken| taken.quantity).sum();
    note_moved(tx, &[(part.id, sum)]).await?;
    let detail = json!({ "item": part.code, "item_id": wanted.item_id, "quantity": sum, "lot_id": wanted.lot_id, "serial_id": wanted.serial_id,
        "operator_id": said.operator, "at": said.at });
    store::noted(tx, &job, "job.material_issued", detail).await?;
    let shown = |taken: &Taken| Issued {
        item_id: taken.item,
        lot_id: taken.lot,
        serial_id: taken.serial,
        location_id: taken.location,
        quantity: taken.quantity,
    };
    Ok(taken.iter().map(shown).collect())
}

/// Steps of a job's instructions that are asked for and not done, as people call them.
pub(super) async fn steps_missing(tx: &mut Tx, job: &Job) -> Result<Vec<String>> {
    let organization = tx.caller().organization;
    let sql = "select w.name || ' ' || s.position from work_instructions w
        join instruction_steps s on s.organization_id = $1 and s.work_instruction_id = w.id and s.required and s.archived_at is null
        where w.organization_id = $1 and w.plant_id = $2 and w.active and w.archived_at is null
            and (w.item_id is null or w.item_id = $3) and (w.area_id is null or w.area_id = $4) and (w.line_id is null or w.line_id = $5)
            and not exists (select from step_results r where r.organization_id = $1 and r.job_id = $6 and r.instruction_step_id = s.id)
        order by w.code, s.position";
    let rows = tx.query(sql, &[&organization, &job.plant_id, &job.item.id, &job.area_id, &job.line_id, &job.id]).await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}
