//! Material of jobs: what goes in as units are reported (backflush) or when somebody says so, and what comes out.
//!
//! What is scrapped or sent to rework has used up its material as well. Units that are taken back are taken out of stock again; the material they were
//! made of was used.
//!
//! **Invariant:** a shortage keeps nobody from reporting: what is there is taken, and that it was too little is told.

use inventory::actions::{Consume, Produce, Taken, consume, produce};
use platform::{Error, FieldError, Result, Tx};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::actions::{JOB_REPORT, Said};
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
}

/// The terms of a job's order.
pub(super) async fn terms(tx: &mut Tx, job: &Job) -> Result<Terms> {
    let organization = tx.caller().organization;
    let sql = "select o.issue_mode = 'backflush', o.type, (select min(j.number) from jobs j where j.organization_id = $1 and j.manufacturing_order_id = o.id),
            o.good, o.overlap
        from manufacturing_orders o where o.organization_id = $1 and o.id = $2";
    let row = tx.query_one(sql, &[&organization, &job.manufacturing_order_id]).await?;
    Ok(Terms { backflush: row.get(0), kind: row.get(1), first: row.get(2), good: row.get(3), overlap: row.get(4) })
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
}

async fn components(tx: &mut Tx, order: Uuid) -> Result<Vec<Component>> {
    let organization = tx.caller().organization;
    let sql = "select c.id, c.kind, c.item_id, i.code, c.number, c.quantity_per from order_components c
        join items i on i.organization_id = $1 and i.id = c.item_id
        where c.organization_id = $1 and c.manufacturing_order_id = $2 order by c.item_id, c.position";
    let rows = tx.query(sql, &[&organization, &order]).await?;
    let one = |row: &tokio_postgres::Row| Component {
        id: row.get(0),
        kind: row.get(1),
        item: row.get(2),
        code: row.get(3),
        number: row.get(4),
        quantity_per: row.get(5),
    };
    Ok(rows.iter().map(one).collect())
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

/// Takes in and gives out what a report means. `made` is by how much the order's good units grew.
pub(super) async fn moves(tx: &mut Tx, job: &Job, terms: &Terms, report: &Report, made: Decimal, said: Said) -> Result<Moved> {
    let mut moved = Moved::default();
    let components = components(tx, job.manufacturing_order_id).await?;
    let processed = report.counts().total();
    let mut taken = Vec::new();
    if terms.backflush && processed > Decimal::ZERO {
        let here = components.iter().filter(|part| part.kind == "input" && part.number.unwrap_or(terms.first) == job.number);
        for part in here {
            let wanted = (part.quantity_per * processed).round_dp(inventory::units::DECIMALS);
            let got = consume(tx, job.plant_id, &consumption(job, part.item, wanted, said)).await?;
            let sum: Decimal = got.iter().map(|taken| taken.quantity).sum();
            if sum < wanted {
                moved.short.push(format!("{}: {} of {}", part.code, sum.normalize(), wanted.normalize()));
            }
            note_moved(tx, part.id, sum).await?;
            taken.extend(got);
        }
    }
    if terms.kind == "scrap" || made.is_zero() {
        return Ok(moved);
    }
    if made < Decimal::ZERO {
        consume(tx, job.plant_id, &consumption(job, job.item.id, -made, said)).await?;
        return Ok(moved);
    }
    let (lot, rule) = finished(tx, job, report, made, &taken, said).await?;
    (moved.lot, moved.rule) = (lot, rule);
    for part in components.iter().filter(|part| part.kind != "input") {
        let quantity = (part.quantity_per * made).round_dp(inventory::units::DECIMALS);
        let lot_code = job.lot_code.clone().or_else(|| Some(job.order_code.clone()));
        let out = Produce { item: part.item, quantity, lot_code, serials: Vec::new(), ..production(job, &taken, said) };
        produce(tx, job.plant_id, &out).await?;
        note_moved(tx, part.id, quantity).await?;
    }
    Ok(moved)
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

fn production<'a>(job: &Job, consumed: &'a [Taken], said: Said) -> Produce<'a> {
    Produce {
        item: job.item.id,
        quantity: Decimal::ZERO,
        lot_code: None,
        serials: Vec::new(),
        line: job.line_id,
        job: job.id,
        manufacturing_order: job.manufacturing_order_id,
        operator: said.operator,
        equipment: None,
        program: None,
        at: said.at,
        consumed,
    }
}

/// Puts finished units into stock. On the floor, serials that cannot be so are left out: the units were made all the same.
async fn finished(
    tx: &mut Tx,
    job: &Job,
    report: &Report,
    made: Decimal,
    taken: &[Taken],
    said: Said,
) -> Result<(Option<Uuid>, Option<Rule>)> {
    let lot_code = match job.item.tracking.as_str() {
        "none" => report.lot_code.clone(),
        _ => report.lot_code.clone().or_else(|| job.lot_code.clone()),
    };
    let mut out = Produce { quantity: made, lot_code, serials: report.serials.clone(), ..production(job, taken, said) };
    if said.from == From::Desk || out.serials.is_empty() {
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

async fn note_moved(tx: &mut Tx, component: Uuid, quantity: Decimal) -> Result<()> {
    let organization = tx.caller().organization;
    let sql = "update order_components set moved = moved + $3 where organization_id = $1 and id = $2";
    tx.execute(sql, &[&organization, &component, &quantity]).await?;
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
    let parts = components(tx, job.manufacturing_order_id).await?;
    let Some(part) = parts.iter().find(|part| part.kind == "input" && part.item == wanted.item_id) else {
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
    note_moved(tx, part.id, sum).await?;
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
