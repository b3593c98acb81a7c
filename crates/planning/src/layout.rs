//! A planning problem, as a workbook has it, laid out as rows of records, and their saving.
//!
//! **Invariant:** laying out is pure: a problem and identifiers in, rows out.

use std::collections::{BTreeMap, HashMap};

use line_plan::{ChangeoverKey, Problem, Window};
use platform::http::IfMatch;
use platform::resource::{self, Asked, How, Kinds, Whole};
use platform::{Error, Result, Tx};
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// Saves laid-out rows. They refer to each other by the identifiers they were laid out with; saving gives them their own.
///
/// # Errors
/// 422 with everything that is wrong with a kind of rows, at `/line/3/name`.
pub async fn save(tx: &mut Tx, kinds: &Kinds, all: impl IntoIterator<Item = Rows>) -> Result<()> {
    let mut own: HashMap<String, String> = HashMap::new();
    for rows in all {
        let kind = kinds.find(rows.kind).ok_or_else(|| Error::internal(format!("there is no kind {}", rows.kind)))?;
        let mut laid_out = Vec::new();
        let mut asked = Vec::new();
        for (number, mut body) in rows.rows.into_iter().enumerate() {
            laid_out.push(body.remove("id"));
            for value in body.values_mut() {
                if let Some(id) = value.as_str().and_then(|text| own.get(text)) {
                    *value = Value::String(id.clone());
                }
            }
            asked.push(Asked { at: format!("/{}/{number}", rows.kind), body, how: How::Create, meant: IfMatch::Any });
        }
        let saved = resource::save(tx, kinds, kind, asked, Whole::All, None).await?;
        if saved.iter().any(Result::is_err) {
            return Err(Error::invalid(saved.into_iter().filter_map(Result::err).flatten().collect()));
        }
        for (laid_out, saved) in laid_out.into_iter().zip(saved.into_iter().flatten()) {
            if let Some(Value::String(id)) = laid_out {
                own.insert(id, saved.id.to_string());
            }
        }
    }
    Ok(())
}

/// Rows of one kind of record.
pub struct Rows {
    /// The kind: `line`.
    pub kind: &'static str,
    /// The records, each with its identifier.
    pub rows: Vec<Map<String, Value>>,
}

/// What belongs to the whole organization: the unit, families, customers and items; and where the plants' rows find them.
pub struct Master {
    /// In an order in which each refers only to earlier ones.
    pub rows: Vec<Rows>,
    items: Vec<Uuid>,
    families: BTreeMap<String, Uuid>,
}

/// A plant made of a part of the example.
pub struct PlantOf<'a> {
    /// The plant.
    pub id: Uuid,
    /// Every nth line of the example stands there.
    pub nth: usize,
    /// What its lines' names begin with; the example's own names where empty.
    pub prefix: &'a str,
    /// Its share of the example's demand for what it can make.
    pub share: f64,
}

/// The organization's rows.
pub fn master(problem: &Problem, new_id: &mut dyn FnMut() -> Uuid) -> Master {
    let piece = new_id();
    let units = vec![row(json!({ "id": piece, "code": "C62", "name": "Piece", "symbol": "pc", "dimension": "count", "decimals": 0 }))];
    let named = |names: Vec<&String>, new_id: &mut dyn FnMut() -> Uuid| -> BTreeMap<String, Uuid> {
        let mut ids = BTreeMap::new();
        for name in names.into_iter().filter(|name| !name.is_empty()) {
            ids.entry(name.clone()).or_insert_with(&mut *new_id);
        }
        ids
    };
    let families = named(problem.models.iter().map(|model| &model.family).collect(), new_id);
    let customers = named(problem.models.iter().map(|model| &model.customer).collect(), new_id);
    let called = |ids: &BTreeMap<String, Uuid>| {
        ids.iter().map(|(name, id)| row(json!({ "id": id, "code": code(name), "name": name }))).collect::<Vec<_>>()
    };
    let items: Vec<Uuid> = problem.models.iter().map(|_| new_id()).collect();
    let models = problem.models.iter().zip(&items).map(|(model, id)| {
        row(json!({
            "id": id, "code": code(&model.name), "name": model.name, "category": "product", "unit_id": piece,
            "family_id": families.get(&model.family), "customer_id": customers.get(&model.customer),
            "program": some(&model.program), "tier": model.tier, "tracking": "serial", "active": true,
            "weight": (model.weight != 1.0).then(|| decimal(model.weight, 4)),
            "unit_value": model.unit_value.map(|value| decimal(value, 6)),
            "currency": model.unit_value.and_then(|_| some(&model.currency)),
            "program_starts_on": first_day(problem, model.life), "program_ends_on": last_day(problem, model.life),
        }))
    });
    let rows = vec![
        Rows { kind: "unit", rows: units },
        Rows { kind: "family", rows: called(&families) },
        Rows { kind: "customer", rows: called(&customers) },
        Rows { kind: "item", rows: models.collect() },
    ];
    Master { rows, items, families }
}

/// A plant's rows.
pub fn plant(problem: &Problem, master: &Master, plant: &PlantOf<'_>, new_id: &mut dyn FnMut() -> Uuid) -> Vec<Rows> {
    let lines: BTreeMap<usize, Uuid> =
        (0..problem.lines.len()).filter(|line| line.is_multiple_of(plant.nth)).map(|line| (line, new_id())).collect();
    let areas: BTreeMap<usize, Uuid> = (0..problem.areas.len())
        .filter(|area| lines.keys().any(|line| problem.lines[*line].area == *area))
        .map(|area| (area, new_id()))
        .collect();
    let (pattern, calendar) = (new_id(), new_id());
    let days = problem.periods.first().map_or(240.0, |period| period.operating_days);
    let working_time = [
        Rows {
            kind: "shift_pattern",
            rows: vec![row(json!({ "id": pattern, "plant_id": plant.id, "code": "3S", "name": "Three shifts" }))],
        },
        Rows {
            kind: "shift",
            rows: [("Early", "06:00"), ("Late", "14:00"), ("Night", "22:00")]
                .into_iter()
                .map(|(name, starts_at)| {
                    row(json!({
                        "id": new_id(), "shift_pattern_id": pattern, "name": name, "starts_at": starts_at,
                        "duration_min": 480, "break_min": 30, "weekdays": "12345",
                    }))
                })
                .collect(),
        },
        Rows {
            kind: "calendar",
            rows: vec![row(json!({
                "id": calendar, "plant_id": plant.id, "code": "STD", "name": "Five-day week", "shift_pattern_id": pattern,
                "operating_days_per_year": days.round() as i64, "weekdays": "12345",
            }))],
        },
        Rows {
            kind: "holiday",
            rows: vec![
                row(json!({ "id": new_id(), "calendar_id": calendar, "on_date": "2027-01-01", "name": "New Year's Day", "works": false })),
                row(json!({ "id": new_id(), "calendar_id": calendar, "on_date": "2027-05-01", "name": "Labour Day", "works": false })),
            ],
        },
    ];
    let area_rows = areas.iter().map(|(area, id)| {
        let named = &problem.areas[*area];
        row(json!({
            "id": id, "plant_id": plant.id, "code": code(&named.name), "name": named.name, "sequence": named.order, "calendar_id": calendar,
        }))
    });
    let line_rows = lines.iter().map(|(line, id)| {
        let named = &problem.lines[*line];
        row(json!({
            "id": id, "area_id": areas[&named.area], "name": format!("{}{}", plant.prefix, named.name),
            "available_s_per_day": seconds(named.hours_per_day), "overtime_s_per_day": seconds(named.overtime_hours_per_day),
            "efficiency_pct": "100", "active": true,
        }))
    });
    let mut made = Vec::new();
    let capabilities: Vec<_> = problem
        .capabilities
        .iter()
        .filter_map(|capability| {
            let step = &problem.steps[capability.step];
            let line = lines.get(&capability.line)?;
            made.push((step.model, step.area));
            Some(row(json!({
                "id": new_id(), "line_id": line, "item_id": master.items[step.model], "step": some(&step.name),
                "cycle_time_s": decimal(capability.cycle_time_s, 6), "efficiency_pct": decimal(capability.efficiency * 100.0, 3),
                "first_pass_yield_pct": decimal(capability.first_pass_yield * 100.0, 3),
                "pieces_per_panel": capability.pieces_per_panel.round() as i64, "priority": capability.priority,
                "minimum_lot": decimal(capability.minimum_lot, 6), "active": true,
                "approved_from": first_day(problem, capability.approved), "approved_to": last_day(problem, capability.approved),
            })))
        })
        .collect();
    // A plant is asked for what it can make from the first area to the last.
    let whole = |model: usize| problem.steps.iter().filter(|step| step.model == model).all(|step| made.contains(&(model, step.area)));
    let [routings, routing_steps] = routings(problem, master, plant.id, &areas, &whole, new_id);
    let demand = problem.demand.iter().filter(|demand| whole(demand.model) && demand.units > 0.0).map(|demand| {
        row(json!({
            "id": new_id(), "plant_id": plant.id, "item_id": master.items[demand.model], "period": problem.periods[demand.period].name,
            "units": decimal((demand.units * plant.share).round(), 0), "source": "workbook",
        }))
    });
    let demand = Rows { kind: "demand", rows: demand.collect() };
    let changeovers = problem.changeovers.iter().filter_map(|changeover| {
        let line = changeover.line.map(|line| lines.get(&line)).unwrap_or(None);
        if changeover.line.is_some() && line.is_none() {
            return None;
        }
        let mut fields = row(json!({ "id": new_id(), "plant_id": plant.id, "line_id": line, "minutes": decimal(changeover.minutes, 2) }));
        key("from", &changeover.from, master, &mut fields);
        key("to", &changeover.to, master, &mut fields);
        Some(fields)
    });
    let changeovers = Rows { kind: "changeover", rows: changeovers.collect() };
    working_time
        .into_iter()
        .chain([
            Rows { kind: "area", rows: area_rows.collect() },
            Rows { kind: "line", rows: line_rows.collect() },
            routings,
            routing_steps,
            Rows { kind: "capability", rows: capabilities },
            changeovers,
            demand,
        ])
        .filter(|rows| !rows.rows.is_empty())
        .collect()
}

fn key(side: &str, of: &ChangeoverKey, master: &Master, fields: &mut Map<String, Value>) {
    match of {
        ChangeoverKey::Any => {}
        ChangeoverKey::Family(family) => {
            fields.insert(format!("{side}_family_id"), json!(master.families.get(family)));
        }
        ChangeoverKey::Model(model) => {
            fields.insert(format!("{side}_item_id"), json!(master.items[*model]));
        }
    }
}

/// The first day of a window that does not begin with the plan; the example's periods are years.
fn first_day(problem: &Problem, window: Window) -> Option<String> {
    (window.first > 0).then(|| problem.periods.get(window.first).map(|period| format!("{}-01-01", period.name))).flatten()
}

/// The last day of a window that does not end with the plan.
fn last_day(problem: &Problem, window: Window) -> Option<String> {
    let last = window.last.saturating_add(1) < problem.periods.len();
    last.then(|| format!("{}-12-31", problem.periods[window.last].name))
}

/// How each model passes the plant's areas: one routing for each model that the plant can make from the first area to the last.
fn routings(
    problem: &Problem,
    master: &Master,
    plant: Uuid,
    areas: &BTreeMap<usize, Uuid>,
    made: &dyn Fn(usize) -> bool,
    new_id: &mut dyn FnMut() -> Uuid,
) -> [Rows; 2] {
    let mut routings = Vec::new();
    let mut steps = Vec::new();
    for model in (0..problem.models.len()).filter(|model| made(*model)) {
        let id = new_id();
        routings.push(row(json!({ "id": id, "plant_id": plant, "item_id": master.items[model], "revision": "A", "status": "released" })));
        let mut passed: Vec<_> = problem.steps.iter().filter(|step| step.model == model).collect();
        passed.sort_by_key(|step| (problem.areas[step.area].order, &problem.areas[step.area].name, &step.name));
        steps.extend(passed.into_iter().enumerate().map(|(number, step)| {
            let name = some(&step.name).unwrap_or(&problem.areas[step.area].name);
            row(json!({
                "id": new_id(), "routing_id": id, "number": 10 * (number + 1), "name": name, "area_id": areas[&step.area],
                "passes": step.passes.round() as i64,
            }))
        }));
    }
    [Rows { kind: "routing", rows: routings }, Rows { kind: "routing_step", rows: steps }]
}

fn row(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(mut fields) => {
            fields.retain(|_, value| !value.is_null());
            fields
        }
        _ => Map::new(),
    }
}

fn some(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

fn seconds(hours: f64) -> i64 {
    (hours * 3600.0).round() as i64
}

/// A number as the API writes decimals: text, without superfluous zeros.
fn decimal(value: f64, places: usize) -> String {
    let text = format!("{value:.places$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// A short name: `Cooling Valve Drive` → `COOLING-VALVE-DRIVE`.
fn code(name: &str) -> String {
    let letters: String = name.chars().map(|letter| if letter.is_alphanumeric() { letter.to_ascii_uppercase() } else { '-' }).collect();
    letters.split('-').filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-")
}
