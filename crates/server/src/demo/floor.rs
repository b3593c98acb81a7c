//! What a plant's floor needs before a shift can be played: reasons, operators, orders.
//!
//! **Invariant:** what is there stays as it is; only what is missing is made.

use std::collections::BTreeMap;

use factory::time::Holiday;
use jiff::Timestamp;
use platform::ids::PlantId;
use platform::resource::{Kinds, Record as _};
use platform::{Result, Tx};
use production::jobs::reasons::Reason;
use production::orders::upsert::{ErpOrder, Plan, Upsert, plan, upsert};
use production::people::record::Operator;
use rust_decimal::Decimal;
use serde_json::{Value, json};
use uuid::Uuid;

use super::create;
use super::dice::{Dice, later};

/// Code, name, category, the reason above it, its place in the plan's time.
type ReasonOf = (&'static str, &'static str, &'static str, Option<&'static str>, Option<&'static str>);

const REASONS: &[ReasonOf] = &[
    ("MACHINE", "Machine", "stop", None, None),
    ("M-FEEDER", "Feeder jam", "stop", Some("MACHINE"), Some("delay")),
    ("M-NOZZLE", "Nozzle blocked", "stop", Some("MACHINE"), Some("delay")),
    ("M-CONVEYOR", "Conveyor jam", "stop", Some("MACHINE"), Some("delay")),
    ("M-DRIVE", "Drive fault", "stop", Some("MACHINE"), Some("failure")),
    ("M-SENSOR", "Sensor fault", "stop", Some("MACHINE"), Some("failure")),
    ("MATERIAL", "Material", "stop", None, None),
    ("L-MISSING", "Component missing", "stop", Some("MATERIAL"), Some("delay")),
    ("L-STEP", "Waiting for the step before", "stop", Some("MATERIAL"), Some("delay")),
    ("L-REEL", "Reel change", "stop", Some("MATERIAL"), Some("delay")),
    ("QUALITY", "Quality", "stop", None, None),
    ("Q-ADJUST", "Adjustment after inspection", "stop", Some("QUALITY"), Some("delay")),
    ("Q-HOLD", "Stopped by quality", "stop", Some("QUALITY"), Some("delay")),
    ("PLANNED", "Planned", "stop", None, None),
    ("P-CLEAN", "Cleaning", "stop", Some("PLANNED"), Some("planned_down")),
    ("P-MAINT", "Preventive maintenance", "stop", Some("PLANNED"), Some("preventive")),
    ("S-BRIDGE", "Solder bridge", "scrap", None, None),
    ("S-OFFSET", "Part out of place", "scrap", None, None),
    ("S-CRACK", "Cracked board", "scrap", None, None),
    ("S-COATING", "Coating with bubbles", "scrap", None, None),
    ("R-SOLDER", "Cold solder joint", "rework", None, None),
    ("R-LABEL", "Label askew", "rework", None, None),
];

const NAMES: &[&str] = &[
    "Paola Cruz",
    "Iván Robles",
    "Teresa Luna",
    "Mario Beltrán",
    "Xóchitl Ramos",
    "Óscar Noriega",
    "Lidia Fuentes",
    "Raúl Encinas",
    "Norma Vega",
    "Julio Córdova",
    "Alma Tapia",
    "Héctor Ruelas",
    "Silvia Moraga",
    "Efraín Duarte",
    "Claudia Yáñez",
    "Memo Quijada",
    "Rebeca Gastélum",
    "Andrés Valdez",
    "Karla Ibarra",
    "Tomás Figueroa",
    "Yolanda Burgos",
    "Ramiro Castro",
    "Elvia Montaño",
    "Gerardo Platt",
    "Dulce Arvizu",
    "Simón Grijalva",
    "Irma Peralta",
    "Noé Aguirre",
    "Marisol Corella",
    "Fausto Lizárraga",
    "Beatriz Othón",
    "Ulises Maldonado",
    "Adela Félix",
    "Rogelio Soto",
];

/// What a play needs to know of a plant.
#[derive(Clone, Debug, Default)]
pub(super) struct Floor {
    /// Reasons by code.
    pub reasons: BTreeMap<String, Uuid>,
    /// Operators by badge.
    pub operators: Vec<Uuid>,
}

/// Sees to reasons and operators, one operator for each line.
///
/// # Errors
/// What the database refused.
pub(super) async fn prepare(tx: &mut Tx, kinds: &Kinds, plant: PlantId, lines: usize) -> Result<Floor> {
    let organization = tx.caller().organization;
    let mut floor = Floor::default();
    let sql = "select code, id from reasons where organization_id = $1 and plant_id = $2";
    for row in tx.query(sql, &[&organization, &plant]).await? {
        floor.reasons.insert(row.get(0), row.get(1));
    }
    for (code, name, category, above, class) in REASONS {
        if floor.reasons.contains_key(*code) {
            continue;
        }
        let parent = above.and_then(|above| floor.reasons.get(above));
        let planned = matches!(*class, Some("planned_down" | "preventive"));
        let mut body = json!({ "plant_id": plant, "code": code, "name": name, "category": category, "planned": planned });
        if let Some(parent) = parent {
            body["parent_id"] = json!(parent);
        }
        if let Some(class) = class {
            body["time_class"] = json!(class);
        }
        let id = create(tx, kinds, Reason::kind(), body).await?;
        floor.reasons.insert((*code).to_owned(), id);
    }
    for number in 0..lines {
        let badge = format!("B-{}", 2001 + number);
        let there = "select id from operators where organization_id = $1 and plant_id = $2 and code = $3";
        let id = match tx.query_opt(there, &[&organization, &plant, &badge]).await? {
            Some(row) => row.get(0),
            None => {
                let body = json!({ "plant_id": plant, "code": badge, "name": NAMES[number % NAMES.len()] });
                create(tx, kinds, Operator::kind(), body).await?
            }
        };
        floor.operators.push(id);
    }
    Ok(floor)
}

/// Sees that the days of the play are worked: one that the calendar leaves out gets an extra shift, as plants with a backlog have on Saturdays. Else a
/// play at a weekend shows nothing.
///
/// # Errors
/// What the database refused.
pub(super) async fn open(tx: &mut Tx, kinds: &Kinds, plant: PlantId, start: Timestamp) -> Result<()> {
    let (organization, now) = (tx.caller().organization, tx.now());
    let sql = "select c.id, day::date::text from calendars c
        join plants p on p.organization_id = $1 and p.id = c.plant_id
        cross join generate_series(($3::timestamptz at time zone coalesce(p.time_zone, 'UTC'))::date,
            ($4::timestamptz at time zone coalesce(p.time_zone, 'UTC'))::date, interval '1 day') day
        where c.organization_id = $1 and c.plant_id = $2 and c.archived_at is null
            and position(extract(isodow from day)::text in c.weekdays) = 0
            and not exists (select from holidays h where h.organization_id = $1 and h.calendar_id = c.id and h.on_date = day::date)
        order by 2, 1";
    let days: Vec<(Uuid, String)> =
        tx.query(sql, &[&organization, &plant, &start, &now]).await?.iter().map(|row| (row.get(0), row.get(1))).collect();
    for (calendar, day) in days {
        let body = json!({ "calendar_id": calendar, "on_date": day, "name": "Extra shift", "works": true });
        create(tx, kinds, Holiday::kind(), body).await?;
    }
    Ok(())
}

/// Sees that there is work: where fewer jobs are open than lines have to do, production orders come in from the ERP and are released. Returns how many.
///
/// # Errors
/// What the actions refuse.
pub(super) async fn order(tx: &mut Tx, kinds: &Kinds, plant: PlantId, lines: usize, dice: &mut Dice) -> Result<usize> {
    let organization = tx.caller().organization;
    let sql = "select count(*) from jobs where organization_id = $1 and plant_id = $2 and status not in ('completed', 'cancelled')";
    let open: i64 = tx.query_one(sql, &[&organization, &plant]).await?.get(0);
    if open >= (lines * 3) as i64 {
        return Ok(0);
    }
    // What every line could make at most is what it takes longest for.
    let sql = "select i.id, i.code, max(c.cycle_time_s / c.pieces_per_panel)::float8 from capabilities c
        join items i on i.organization_id = $1 and i.id = c.item_id and i.active and i.archived_at is null
        where c.organization_id = $1 and c.plant_id = $2 and c.active and c.archived_at is null
            and not exists (select from bom_components p where p.organization_id = $1 and p.item_id = i.id and p.archived_at is null)
            and not exists (select from routings r join routing_steps s on s.organization_id = $1 and s.routing_id = r.id and s.archived_at is null
                where r.organization_id = $1 and r.plant_id = $2 and r.item_id = i.id and r.archived_at is null and not exists (
                    select from capabilities o join lines l on l.organization_id = $1 and l.id = o.line_id and l.area_id = s.area_id and l.active
                    where o.organization_id = $1 and o.item_id = i.id and o.active and o.archived_at is null
                        and (o.step is null or lower(o.step) = lower(s.name)) and coalesce(o.approved_from, '-infinity') <= current_date
                        and coalesce(o.approved_to, 'infinity') >= current_date))
        group by 1, 2 order by 2";
    let items: Vec<(Uuid, String, f64)> =
        tx.query(sql, &[&organization, &plant]).await?.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect();
    let known: i64 = tx
        .query_one(
            "select count(*) from production_orders where organization_id = $1 and plant_id = $2 and external_id like 'ERP-%'",
            &[&organization, &plant],
        )
        .await?
        .get(0);
    let wanted = (lines / 2).clamp(1, 16);
    let mut orders = Vec::new();
    for number in 0..wanted {
        let Some((item, _, cycle_s)) = dice.pick(&items) else { break };
        // Some are short, so that finished units come within the first hours.
        let hours = if number % 3 == 0 { dice.between(0.4, 1.2) } else { dice.between(2.0, 7.0) };
        let quantity = ((hours * 3600.0 / cycle_s / 10.0).round().max(1.0) * 10.0) as i64;
        let due_at = later(tx.now(), dice.between(20.0, 96.0) * 3600.0);
        let external = format!("ERP-{}", 450_001 + known + number as i64);
        let order: ErpOrder = serde_json::from_value(json!({
            "external_id": external, "item_id": item, "quantity": Decimal::from(quantity).to_string(), "due_at": due_at,
            "priority": 10 + (dice.share() * 80.0) as i64,
        }))
        .map_err(platform::Error::internal)?;
        orders.push(order);
    }
    upsert(tx, kinds, Upsert { plant_id: plant.0, orders }).await?;
    let sql = "select p.id from production_orders p where p.organization_id = $1 and p.plant_id = $2 and p.status = 'open' and p.archived_at is null
            and p.external_id like 'ERP-%'
            and not exists (select from manufacturing_orders m where m.organization_id = $1 and m.production_order_id = p.id) order by p.external_id";
    let new: Vec<Uuid> = tx.query(sql, &[&organization, &plant]).await?.iter().map(|row| row.get(0)).collect();
    for id in &new {
        release(tx, kinds, *id).await?;
    }
    Ok(new.len())
}

/// Makes the manufacturing orders of a production order, in which steps overlap, and releases them.
async fn release(tx: &mut Tx, kinds: &Kinds, production_order: Uuid) -> Result<()> {
    use platform::http::IfMatch;
    use platform::resource::{How, save_meant};
    use production::orders::record::ManufacturingOrder;
    for made in plan(tx, kinds, production_order, &Plan::default()).await? {
        let Value::Object(overlap) = json!({ "overlap": true, "lot_code": made.code }) else { continue };
        save_meant(tx, kinds, ManufacturingOrder::kind(), overlap, How::Merge(made.id), IfMatch::Any).await?;
        match production::orders::freeze::release(tx, made.id).await {
            Ok(_) => {}
            // An item that no line makes any more waits for somebody to look at it, as it would in a plant.
            Err(refused) if refused.code == "no_routing" => {}
            Err(refused) => return Err(refused),
        }
    }
    Ok(())
}
