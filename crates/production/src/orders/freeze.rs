//! Releasing an order: its bill of material and its routing become its own components and jobs, and material is promised to it.
//!
//! Without a routing the steps are the areas whose lines can make the item, in the order of the flow, as planning takes them. Rework and scrap without a
//! routing are one step in the last of these areas, and what goes in is the item itself.
//!
//! **Invariant:** an order is released once; doing it again changes nothing.

use inventory::actions::{Available, reserve_for_order};
use inventory::units;
use jiff::civil::Date;
use platform::{Error, FieldError, Result, Tx};
use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::actions::{self, ORDER_RELEASE, Order, OrderStanding};
use super::model::{Known, Next, Verb, next};
use super::record::{Output, OutputKind};
use crate::dispatch::capable;
use crate::jobs::progress;
use crate::jobs::store::{self, Job};
use crate::people::working_time::day_at;

/// What came of releasing an order.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = OrderReleased)]
pub struct Released {
    /// The order.
    pub order: OrderStanding,
    /// Its jobs.
    pub jobs: Vec<Job>,
    /// Material of which there is too little.
    pub short: Vec<Available>,
}

/// A step that an order goes through.
#[derive(Clone, Debug)]
struct Step {
    number: i32,
    name: String,
    area: Uuid,
    passes: i32,
}

/// Releases an order.
///
/// # Errors
/// 404, 403; 409 `no_routing`, `order_cancelled`; 422 `no_conversion` for a component counted in a unit nobody converts.
pub async fn release(tx: &mut Tx, id: Uuid) -> Result<Released> {
    let order = actions::changing(tx, id, ORDER_RELEASE).await?;
    match next(order.status, Verb::Release, Known::default()) {
        Next::Refused(code, says) => return Err(Error::conflict(code, says)),
        Next::Stays => {
            let jobs = store::of_order(tx, id).await?;
            return Ok(Released { order: order.into(), jobs, short: Vec::new() });
        }
        Next::Becomes(_) => {}
    }
    let now = tx.now();
    let today = day_at(tx, order.plant, now).await?;
    let routing = routing(tx, &order, today).await?;
    let steps = steps(tx, &order, routing).await?;
    if steps.is_empty() {
        let detail = "the item has no released routing, and no line can make it: make a routing, or capabilities of lines";
        return Err(Error::conflict("no_routing", detail));
    }
    let bom = bom(tx, &order, today).await?;
    let needs = components(tx, &order, bom).await?;
    jobs(tx, &order, &steps).await?;
    programs(tx, &order).await?;
    links(tx, &order, routing, &steps).await?;
    lines(tx, &order).await?;
    let organization = tx.caller().organization;
    let sql = "update manufacturing_orders set status = 'released', released_at = $3, bom_id = $4, routing_id = $5, status_note = null,
            version = version + 1, updated_at = $3, updated_by = current_setting('gemba.actor')
        where organization_id = $1 and id = $2";
    tx.execute(sql, &[&organization, &id, &now, &bom, &routing]).await?;
    progress::open_next(tx, id).await?;
    let promised = reserve_for_order(tx, order.plant, id, &needs).await?;
    let short: Vec<Available> = promised.into_iter().filter(|one| one.short > Decimal::ZERO).collect();
    let detail = json!({ "bom_id": bom, "routing_id": routing, "steps": steps.len(), "short": short.len() });
    actions::noted(tx, &order, "manufacturing_order.released", detail).await?;
    let order = actions::find(tx, id, false).await?;
    Ok(Released { order: order.into(), jobs: store::of_order(tx, id).await?, short })
}

/// The routing wanted, else the newest released one that holds today.
async fn routing(tx: &mut Tx, order: &Order, today: Date) -> Result<Option<Uuid>> {
    if order.routing.is_some() || order.kind != "make" {
        return Ok(order.routing);
    }
    let organization = tx.caller().organization;
    let sql = "select id from routings where organization_id = $1 and plant_id = $2 and item_id = $3 and status = 'released' and archived_at is null
            and (effective_from is null or effective_from <= $4) and (effective_to is null or effective_to >= $4)
        order by effective_from desc nulls last, revision desc limit 1";
    Ok(tx.query_opt(sql, &[&organization, &order.plant, &order.item, &today]).await?.map(|row| row.get(0)))
}

async fn bom(tx: &mut Tx, order: &Order, today: Date) -> Result<Option<Uuid>> {
    if order.bom.is_some() || order.kind != "make" {
        return Ok(order.bom);
    }
    let organization = tx.caller().organization;
    let sql = "select id from boms where organization_id = $1 and item_id = $2 and status = 'released' and archived_at is null
            and (effective_from is null or effective_from <= $3) and (effective_to is null or effective_to >= $3)
        order by effective_from desc nulls last, revision desc limit 1";
    Ok(tx.query_opt(sql, &[&organization, &order.item, &today]).await?.map(|row| row.get(0)))
}

async fn steps(tx: &mut Tx, order: &Order, routing: Option<Uuid>) -> Result<Vec<Step>> {
    let organization = tx.caller().organization;
    let step = |row: &tokio_postgres::Row| Step { number: row.get(0), name: row.get(1), area: row.get(2), passes: row.get(3) };
    if let Some(routing) = routing {
        let sql = "select number, name, area_id, passes from routing_steps
            where organization_id = $1 and routing_id = $2 and archived_at is null order by number";
        let steps: Vec<Step> = tx.query(sql, &[&organization, &routing]).await?.iter().map(step).collect();
        if !steps.is_empty() {
            return Ok(steps);
        }
    }
    let sql = "select (10 * row_number() over (order by sequence, code, step))::int, coalesce(nullif(step, ''), name), id, 1 from (
            select distinct a.sequence, a.code, a.name, a.id, coalesce(c.step, '') as step
            from capabilities c
            join lines l on l.organization_id = $1 and l.id = c.line_id and l.active and l.archived_at is null
            join areas a on a.organization_id = $1 and a.id = l.area_id
            where c.organization_id = $1 and c.plant_id = $2 and c.item_id = $3 and c.active and c.archived_at is null
        ) flow order by 1";
    let mut steps: Vec<Step> = tx.query(sql, &[&organization, &order.plant, &order.item]).await?.iter().map(step).collect();
    if order.kind != "make" {
        let name = if order.kind == "scrap" { "Scrap" } else { "Rework" };
        steps = steps.pop().map(|last| Step { number: 10, name: name.into(), area: last.area, passes: 1 }).into_iter().collect();
    }
    Ok(steps)
}

/// Copies the bill of material and what comes out beside the item; returns what is needed.
async fn components(tx: &mut Tx, order: &Order, bom: Option<Uuid>) -> Result<Vec<(Uuid, Decimal)>> {
    let organization = tx.caller().organization;
    let mut parts: Vec<(Uuid, Decimal, &str, Option<String>)> = Vec::new();
    if order.kind != "make" {
        parts.push((order.item, Decimal::ONE, "input", None));
    }
    if let Some(bom) = bom {
        let sql = "select c.item_id, c.quantity, b.yield_quantity, c.scrap_pct, c.unit_id, c.reference_designators
            from bom_components c join boms b on b.organization_id = $1 and b.id = c.bom_id
            where c.organization_id = $1 and c.bom_id = $2 and c.archived_at is null order by c.position";
        for row in tx.query(sql, &[&organization, &bom]).await? {
            let (item, quantity, yields, scrap_pct): (Uuid, Decimal, Decimal, Decimal) = (row.get(0), row.get(1), row.get(2), row.get(3));
            let known = units::item(tx, item, "/bom_id").await?;
            let one = units::to_item_unit(tx, &known, Decimal::ONE, Some(row.get(4))).await?;
            // What is lost on the way comes on top: to have 95 left of a hundred.
            let per = quantity.checked_mul(one).and_then(|all| all.checked_div(yields));
            let per = per.and_then(|per| per.checked_div(Decimal::ONE - scrap_pct / Decimal::ONE_HUNDRED)).map(|per| per.round_dp(12));
            let too_large = || {
                let detail = format!("so much of {} cannot be counted", known.code);
                Error::invalid(vec![FieldError::new("/bom_id", "too_large", detail)])
            };
            parts.push((item, per.filter(|per| *per > Decimal::ZERO).ok_or_else(too_large)?, "input", row.get(5)));
        }
    }
    let outputs: Vec<Output> = serde_json::from_value(order.outputs.clone()).map_err(Error::internal)?;
    parts.extend(outputs.into_iter().map(|output| {
        let kind = if output.kind == OutputKind::CoProduct { "co_product" } else { "by_product" };
        (output.item_id.0, output.quantity_per, kind, None)
    }));
    let mut needs = Vec::new();
    for (position, (item, per, kind, designators)) in (1_i32..).zip(parts) {
        let (id, quantity) = (tx.new_id::<Uuid>(), (per * order.quantity).round_dp(12));
        let sql = "insert into order_components (organization_id, plant_id, id, manufacturing_order_id, position, kind, item_id, quantity_per, quantity,
                reference_designators)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
        let params: platform::database::Params<'_> =
            &[&organization, &order.plant, &id, &order.id, &(position * 10), &kind, &item, &per, &quantity, &designators];
        tx.execute(sql, params).await?;
        if kind == "input" {
            needs.push((item, quantity));
        }
    }
    Ok(needs)
}

async fn jobs(tx: &mut Tx, order: &Order, steps: &[Step]) -> Result<()> {
    let (organization, now) = (tx.caller().organization, tx.now());
    for step in steps {
        let id = tx.new_id::<Uuid>();
        let sql = "insert into jobs (organization_id, plant_id, id, manufacturing_order_id, number, name, area_id, passes, quantity, created_at, updated_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)";
        let params: platform::database::Params<'_> =
            &[&organization, &order.plant, &id, &order.id, &step.number, &step.name, &step.area, &step.passes, &order.quantity, &now];
        tx.execute(sql, params).await?;
    }
    Ok(())
}

/// Copies the programs that are released for the item: which of them a job runs with follows from its line.
async fn programs(tx: &mut Tx, order: &Order) -> Result<()> {
    let organization = tx.caller().organization;
    let sql =
        "insert into order_programs (organization_id, plant_id, id, manufacturing_order_id, step, line_id, equipment_id, name, revision)
        select organization_id, plant_id, gen_random_uuid(), $4, step, line_id, equipment_id, name, revision from machine_programs
        where organization_id = $1 and plant_id = $2 and item_id = $3 and status = 'released' and archived_at is null";
    tx.execute(sql, &[&organization, &order.plant, &order.item, &order.id]).await?;
    Ok(())
}

/// The routing's own order of its steps; one after the other where it says none.
async fn links(tx: &mut Tx, order: &Order, routing: Option<Uuid>, steps: &[Step]) -> Result<()> {
    let organization = tx.caller().organization;
    let said = "insert into job_links (organization_id, plant_id, manufacturing_order_id, from_number, to_number)
        select $1, $3, $4, f.number, t.number from routing_links l
        join routing_steps f on f.organization_id = $1 and f.id = l.from_step_id and f.archived_at is null
        join routing_steps t on t.organization_id = $1 and t.id = l.to_step_id and t.archived_at is null
        where l.organization_id = $1 and l.routing_id = $2 and l.archived_at is null";
    if let Some(routing) = routing
        && tx.execute(said, &[&organization, &routing, &order.plant, &order.id]).await? > 0
    {
        return Ok(());
    }
    for pair in steps.windows(2) {
        let sql =
            "insert into job_links (organization_id, plant_id, manufacturing_order_id, from_number, to_number) values ($1, $2, $3, $4, $5)";
        tx.execute(sql, &[&organization, &order.plant, &order.id, &pair[0].number, &pair[1].number]).await?;
    }
    Ok(())
}

/// Gives each job the line that is preferred for it; the schedule may choose another one.
async fn lines(tx: &mut Tx, order: &Order) -> Result<()> {
    let organization = tx.caller().organization;
    for (job, mut capable) in capable::of_order(tx, order.plant, order.id).await? {
        capable.sort_by(|a, b| a.priority.cmp(&b.priority).then(a.cycle_time_s.total_cmp(&b.cycle_time_s)).then(a.line.cmp(&b.line)));
        let Some(best) = capable.first() else { continue };
        let sql = "update jobs set line_id = $3, cycle_time_s = $4::float8::numeric where organization_id = $1 and id = $2";
        tx.execute(sql, &[&organization, &job, &best.line, &best.cycle_time_s]).await?;
    }
    // Rework and scrap need no capability: any line of the area will do.
    let sql = "update jobs j set line_id = (select l.id from lines l where l.organization_id = $1 and l.area_id = j.area_id and l.active and l.archived_at is null
            order by l.name limit 1)
        where j.organization_id = $1 and j.manufacturing_order_id = $2 and j.line_id is null and $3";
    tx.execute(sql, &[&organization, &order.id, &(order.kind != "make")]).await?;
    Ok(())
}
