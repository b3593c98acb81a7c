//! Orders from an approved plan: what it finishes of each item in each period becomes production orders, and these manufacturing orders.
//!
//! A period that lies only partly within the days asked for gives its share by days. A year's units are many: one asks for the weeks that are next.
//!
//! **Invariant:** asking again for the same days makes nothing twice: an order is known by its plan, item, period and days.

use std::collections::BTreeMap;

use jiff::ToSpan;
use jiff::civil::{Date, ISOWeekDate, Weekday};
use platform::caller::Scope;
use platform::http::IfMatch;
use platform::ids::PlantId;
use platform::resource::{self, Asked, Change, How, Kinds, Record as _, Whole};
use platform::{Error, FieldError, Permission, Result, Tx};
use rust_decimal::Decimal;
use rust_decimal::prelude::FromPrimitive;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::actions::OrderStanding;
use super::record::ProductionOrder;
use super::upsert::{ORDER_PLAN, Plan, plan};
use crate::people::working_time::zone_of;

const SCENARIO_READ: Permission = Permission("planning.scenario.read");
/// Orders at once at most.
const MOST: usize = 500;

/// What of a plan is released.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "from": "2026-11-23", "to": "2026-12-06", "release": true }))]
pub struct PlanRelease {
    /// First day.
    #[schema(value_type = String, format = Date, example = "2026-11-23")]
    pub from: Date,
    /// Last day.
    #[schema(value_type = String, format = Date, example = "2026-12-06")]
    pub to: Date,
    /// Units of one manufacturing order at most.
    #[schema(value_type = Option<String>, example = "500")]
    pub lot_size: Option<Decimal>,
    /// Whether manufacturing orders are released at once; else they are planned.
    #[serde(default)]
    pub release: bool,
}

/// What came of it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PlanReleased {
    /// The plan.
    pub scenario_id: Uuid,
    /// The version of it that was optimized.
    #[schema(example = 3)]
    pub scenario_version: i64,
    /// Production orders that are new.
    #[schema(example = 12)]
    pub created: usize,
    /// Production orders that were there already.
    #[schema(example = 0)]
    pub unchanged: usize,
    /// Manufacturing orders that were made.
    pub orders: Vec<OrderStanding>,
}

/// The days of a period: year, month, ISO week or day.
fn days(period: &str) -> Option<(Date, Date)> {
    if let Some((year, week)) = period.split_once("-W") {
        let monday = ISOWeekDate::new(year.parse().ok()?, week.parse().ok()?, Weekday::Monday).ok()?.date();
        return Some((monday, monday.checked_add(6.days()).ok()?));
    }
    match period.len() {
        4 => {
            let year = period.parse().ok()?;
            Some((Date::new(year, 1, 1).ok()?, Date::new(year, 12, 31).ok()?))
        }
        7 => {
            let first: Date = format!("{period}-01").parse().ok()?;
            Some((first, first.last_of_month()))
        }
        _ => {
            let day = period.parse().ok()?;
            Some((day, day))
        }
    }
}

fn day_number(date: Date) -> i64 {
    i64::from(date.since(Date::ZERO).map_or(0, |span| span.get_days()))
}

/// Units of a period that fall on these days, whole ones: what is counted up to the last day less what was counted before the first, so that the weeks of a
/// year add up to the year.
fn share(units: f64, period: (Date, Date), from: Date, to: Date) -> Option<(i64, Date)> {
    let (first, last) = (period.0.max(from), period.1.min(to));
    if last < first || units <= 0.0 {
        return None;
    }
    let length = (day_number(period.1) - day_number(period.0) + 1) as f64;
    let until = |date: Date| (units * (day_number(date) - day_number(period.0)) as f64 / length).round() as i64;
    let whole = until(last.checked_add(1.days()).ok()?) - until(first);
    (whole > 0).then_some((whole, last))
}

/// Makes orders of what an approved plan finishes on these days.
///
/// # Errors
/// 404, 403; 409 `scenario_not_approved`, `not_optimized`; 422 for days that are none, or that make too many orders; as [`plan`].
pub async fn release(tx: &mut Tx, kinds: &Kinds, scenario: Uuid, asked: &PlanRelease) -> Result<PlanReleased> {
    let plant = may(tx, scenario).await?;
    let organization = tx.caller().organization;
    let status = "select status from scenarios where organization_id = $1 and id = $2";
    if tx.query_one(status, &[&organization, &scenario]).await?.get::<_, String>(0) != "approved" {
        return Err(Error::conflict("scenario_not_approved", "only an approved plan is released: submit it and have it approved"));
    }
    if asked.to < asked.from {
        return Err(Error::invalid(vec![FieldError::new("/to", "too_early", format!("expected {} or later", asked.from))]));
    }
    let newest = "select answer_id, scenario_version from scenario_results
        where organization_id = $1 and plant_id = $2 and scenario_id = $3 order by created_at desc, id desc limit 1";
    let row = tx.query_opt(newest, &[&organization, &plant, &scenario]).await?;
    let row = row.ok_or_else(|| Error::conflict("not_optimized", "the plan was never optimized: optimize the scenario"))?;
    let (answer, scenario_version): (Uuid, i64) = (row.get(0), row.get(1));
    let figures = "select u.item_id, i.code, u.period, u.finished
        from plan_figures f
        cross join lateral unnest(f.item_id, f.item_period, f.item_finished_units) as u (item_id, period, finished)
        join items i on i.organization_id = $1 and i.id = u.item_id
        where f.organization_id = $1 and f.plant_id = $2 and f.answer_id = $3 and u.finished > 0 order by u.period, i.code";
    let rows = tx.query(figures, &[&organization, &plant, &answer]).await?;
    let zone = zone_of(tx, plant).await?;
    let mut wanted = Vec::new();
    for row in &rows {
        let (item, code, period, finished): (Uuid, String, String, f64) = (row.get(0), row.get(1), row.get(2), row.get(3));
        let Some((units, last)) = days(&period).and_then(|days| share(finished, days, asked.from, asked.to)) else { continue };
        let due = last.at(23, 59, 0, 0).to_zoned(zone.clone()).map_err(Error::internal)?.timestamp();
        let first = days(&period).map_or(asked.from, |days| days.0.max(asked.from));
        let plan_mark = scenario.simple().to_string().split_off(28);
        let name = format!("{code} {first} {last} {plan_mark}");
        let external = format!("plan/{scenario}/{period}/{}/{last}/{item}", asked.from);
        let body = json!({ "plant_id": plant, "code": name.chars().take(100).collect::<String>(), "external_id": external, "source": "plan",
            "item_id": item, "quantity": Decimal::from_i64(units), "due_at": due, "scenario_id": scenario });
        wanted.push((external, body.as_object().cloned().unwrap_or_default()));
    }
    if wanted.len() > MOST {
        let detail = format!("these days make {} orders, expected at most {MOST}: ask for fewer days", wanted.len());
        return Err(Error::invalid(vec![FieldError::new("/to", "too_many", detail)]));
    }
    let (created, unchanged) = make(tx, kinds, plant, wanted).await?;
    let mut orders = Vec::new();
    let how = Plan { lot_size: asked.lot_size, release: asked.release };
    for id in created.iter().chain(&unchanged) {
        orders.extend(plan(tx, kinds, *id, &how).await?);
    }
    let detail = json!({ "from": asked.from, "to": asked.to, "production_orders": created.len(), "manufacturing_orders": orders.len() });
    tx.query("select gemba.audit('scenario.orders_released', 'scenario', $1, $2, 'success', $3)", &[&scenario, &plant, &detail]).await?;
    Ok(PlanReleased { scenario_id: scenario, scenario_version, created: created.len(), unchanged: unchanged.len(), orders })
}

/// The plant of a scenario that the caller may see and make orders of.
///
/// # Errors
/// 404, 403.
pub async fn may(tx: &mut Tx, scenario: Uuid) -> Result<PlantId> {
    let organization = tx.caller().organization;
    let missing = || Error::not_found("scenario");
    let row = tx.query_opt("select plant_id from scenarios where organization_id = $1 and id = $2", &[&organization, &scenario]).await?;
    let plant: PlantId = row.ok_or_else(missing)?.get(0);
    if !tx.caller().may(SCENARIO_READ, Scope::Plant(plant)) {
        return Err(missing());
    }
    tx.require(ORDER_PLAN, Scope::Plant(plant))?;
    Ok(plant)
}

type Body = serde_json::Map<String, serde_json::Value>;

/// Production orders that are new, and open ones that were there.
async fn make(tx: &mut Tx, kinds: &Kinds, plant: PlantId, wanted: Vec<(String, Body)>) -> Result<(Vec<Uuid>, Vec<Uuid>)> {
    let organization = tx.caller().organization;
    // Two that release the same days at once take turns; the second finds the orders of the first.
    let lock = "select pg_advisory_xact_lock(hashtextextended('production orders', hashtextextended($1::uuid::text, 0)))";
    tx.query(lock, &[&plant]).await?;
    let names: Vec<&str> = wanted.iter().map(|(external, _)| external.as_str()).collect();
    let sql =
        "select external_id, id, status from production_orders where organization_id = $1 and plant_id = $2 and external_id = any ($3)";
    let rows = tx.query(sql, &[&organization, &plant, &names]).await?;
    let known: BTreeMap<String, (Uuid, bool)> =
        rows.iter().map(|row| (row.get(0), (row.get(1), row.get::<_, String>(2) == "open"))).collect();
    let there = known.values().filter(|(_, open)| *open).map(|(id, _)| *id).collect();
    let asked: Vec<Asked> = (0..)
        .zip(wanted)
        .filter(|(_, (external, _))| !known.contains_key(external))
        .map(|(index, (_, body)): (usize, _)| Asked { at: format!("/orders/{index}"), body, how: How::Create, meant: IfMatch::Any })
        .collect();
    let saved = resource::save(tx, kinds, ProductionOrder::kind(), asked, Whole::All, None).await?;
    let mut created = Vec::new();
    for saved in saved {
        match saved {
            Ok(saved) if saved.change == Change::Created => created.push(saved.id),
            Ok(_) => {}
            Err(errors) => return Err(Error::invalid(errors)),
        }
    }
    Ok((created, there))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn periods_have_their_days() {
        assert_eq!(days("2027"), Some((date(2027, 1, 1), date(2027, 12, 31))));
        assert_eq!(days("2028-02"), Some((date(2028, 2, 1), date(2028, 2, 29))));
        assert_eq!(days("2026-W53"), Some((date(2026, 12, 28), date(2027, 1, 3))));
        assert_eq!(days("2027-03-31"), Some((date(2027, 3, 31), date(2027, 3, 31))));
        assert_eq!(days("soon"), None);
    }

    proptest! {
        #[test]
        fn weeks_of_a_period_add_up_to_it(units in 1_i64..100_000, cuts in prop::collection::btree_set(1_i32..364, 0..20)) {
            let (first, last) = (date(2027, 1, 1), date(2027, 12, 31));
            let day = |number: i32| first.checked_add(number.days()).unwrap();
            let starts: Vec<i32> = [0].into_iter().chain(cuts).collect();
            let ends = starts.iter().skip(1).map(|start| start - 1).chain([364]);
            let sum: i64 = starts.iter().zip(ends)
                .filter_map(|(start, end)| share(units as f64, (first, last), day(*start), day(end)))
                .map(|(units, _)| units).sum();
            prop_assert_eq!(sum, units);
        }
    }
}
