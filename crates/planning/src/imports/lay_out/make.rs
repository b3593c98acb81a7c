//! What lines make, how, and how much is wanted: routings, capabilities, changeovers, demand.

use std::collections::{BTreeMap, HashMap, HashSet};

use line_plan::Severity;
use serde_json::{Value, json};
use uuid::Uuid;
use workbook::{At, CapabilityRow, ChangeoverKeyRow, folded};

use super::{Table, decimal, members, percent, some};
use crate::imports::present::{Stored, id, in_use, text};

impl Table<'_> {
    /// Routings are laid out where the file says more than which lines can make a model: passes, named steps, or a sheet of routings. A
    /// routing that is released is changed; where there is none, one is made.
    pub(super) fn routings(&mut self) {
        let contents = self.contents;
        let passes = self.passes();
        let steps_of = steps_in_use(self.present.of("routing_step"));
        let mut numbers: Vec<i64> = Vec::new();
        for (model, steps) in passes {
            let Some(item) = self.items[model] else { continue };
            let name = contents.models[model].name.clone();
            let at = steps.iter().find_map(|step| step.at);
            let released = self.released(item);
            let routing = match released.and_then(|routing| id(routing, "id")) {
                Some(routing) => routing,
                None => {
                    let body = members(json!({
                        "plant_id": self.present.plant, "item_id": item, "revision": self.revision(item), "status": "released",
                    }));
                    self.say("routing", None, &name, at, body)
                }
            };
            let known = steps_of.get(&routing).map_or(&[][..], Vec::as_slice);
            numbers.clear();
            numbers.extend(known.iter().filter_map(|step| step.get("number")?.as_i64()));
            let mut next = numbers.iter().max().copied().unwrap_or(0) / 10 * 10;
            for step in steps {
                let Some(area) = self.areas[step.area] else { continue };
                let there = known
                    .iter()
                    .copied()
                    .find(|known| id(known, "area_id") == Some(area) && (step.name.is_empty() || text(known, "name") == step.name));
                let label = some(&step.name).map_or_else(|| contents.areas[step.area].name.clone(), str::to_owned);
                let passes = step.passes.map(|passes| passes.round() as i64);
                if let Some(fractional) = step.passes.filter(|passes| passes.fract() != 0.0) {
                    let message = format!("{fractional} passes of '{name}' are rounded: a routing counts whole ones");
                    self.issue(Severity::Warning, "rounded", step.at, fractional, "a whole number", message);
                }
                let mut body = members(json!({ "passes": passes }));
                if there.is_none() {
                    next += 10;
                    body.extend(members(json!({ "routing_id": routing, "number": next, "name": label, "area_id": area })));
                }
                self.say("routing_step", there, &format!("{name}, {label}"), step.at, body);
            }
        }
    }

    /// The steps of each model that a routing has to say something about, in the order of areas.
    fn passes(&self) -> BTreeMap<usize, Vec<Passed>> {
        let contents = self.contents;
        let mut steps: BTreeMap<usize, Vec<Passed>> = BTreeMap::new();
        let mut origins: HashMap<usize, At> = HashMap::new();
        for capability in &contents.capabilities {
            origins.entry(capability.step).or_insert(capability.at);
        }
        for (number, step) in contents.steps.iter().enumerate() {
            let passed = Passed {
                area: step.area,
                name: step.name.clone(),
                passes: Some(step.passes),
                at: origins.get(&number).copied(),
                routed: false,
            };
            steps.entry(step.model).or_default().push(passed);
        }
        let mut skipped: HashSet<(usize, usize)> = HashSet::new();
        let mut complete: HashSet<usize> = HashSet::new();
        for route in &contents.routes {
            for model in &route.models {
                if route.is_complete {
                    complete.insert(*model);
                }
                if route.passes == Some(0.0) {
                    skipped.insert((*model, route.area));
                    continue;
                }
                let steps = steps.entry(*model).or_default();
                let mut found = false;
                for step in steps.iter_mut().filter(|step| step.area == route.area) {
                    (step.passes, step.at, step.routed, found) = (route.passes.or(step.passes), Some(route.at), true, true);
                }
                if !found {
                    let passes = route.passes.or(Some(1.0));
                    steps.push(Passed { area: route.area, name: String::new(), passes, at: Some(route.at), routed: true });
                }
            }
        }
        let order = |area: usize| (contents.areas[area].order.unwrap_or(u32::MAX), area);
        steps.retain(|model, steps| {
            let is_told = complete.contains(model)
                || steps.iter().any(|step| step.routed || !step.name.is_empty() || step.passes.is_some_and(|passes| passes != 1.0));
            steps.retain(|step| !skipped.contains(&(*model, step.area)) && (step.routed || !complete.contains(model)));
            steps.sort_by(|a, b| (order(a.area), &a.name).cmp(&(order(b.area), &b.name)));
            is_told && !steps.is_empty()
        });
        steps
    }

    /// The routing of an item that is in force, as the optimizer chooses it.
    fn released(&self, item: Uuid) -> Option<&Stored> {
        let of_item = self.present.in_use("routing").filter(|routing| id(routing, "item_id") == Some(item));
        let released = of_item.filter(|routing| text(routing, "status") == "released");
        released.max_by_key(|routing| (text(routing, "effective_from"), text(routing, "revision")))
    }

    /// A revision that no routing of the item has.
    fn revision(&self, item: Uuid) -> String {
        let taken: HashSet<&str> = self
            .present
            .of("routing")
            .iter()
            .filter(|routing| id(routing, "item_id") == Some(item))
            .map(|routing| text(routing, "revision"))
            .collect();
        let letters = (b'A'..=b'Z').map(|letter| char::from(letter).to_string());
        let numbers = (1..).map(|number: u32| number.to_string());
        letters.chain(numbers).find(|revision| !taken.contains(revision.as_str())).unwrap_or_default()
    }

    pub(super) fn capabilities(&mut self) {
        let (contents, present) = (self.contents, self.present);
        let index: HashMap<(Uuid, Uuid, &str), &Stored> = present
            .of("capability")
            .iter()
            .filter_map(|capability| Some(((id(capability, "line_id")?, id(capability, "item_id")?, text(capability, "step")), capability)))
            .collect();
        for row in &contents.capabilities {
            let step = &contents.steps[row.step];
            let (Some(line), Some(item)) = (self.lines[row.line], self.items[step.model]) else { continue };
            let there = index.get(&(line, item, step.name.as_str())).copied();
            let mut body = self.rates(row, there.is_none());
            if there.is_none() {
                body.extend(members(json!({ "line_id": line, "item_id": item, "step": some(&step.name) })));
            }
            let label = format!("{} on {}", contents.models[step.model].name, contents.lines[row.line].name);
            let label = if step.name.is_empty() { label } else { format!("{label} ({})", step.name) };
            self.say("capability", there, &label, Some(row.at), body);
        }
    }

    fn rates(&mut self, row: &CapabilityRow, is_new: bool) -> serde_json::Map<String, Value> {
        let said = |table: &Self, meaning: &str| table.says(Some(row.at), meaning);
        let any = |table: &Self, meaning: &str| is_new || said(table, meaning);
        let panel = row.pieces_per_panel.round();
        if panel != row.pieces_per_panel {
            let message = format!("{} pieces per panel are rounded: a panel holds whole ones", row.pieces_per_panel);
            self.issue(Severity::Warning, "rounded", Some(row.at), row.pieces_per_panel, "a whole number", message);
        }
        members(json!({
            "cycle_time_s": decimal(row.cycle_time_s, 6),
            "efficiency_pct": row.efficiency.map(percent),
            "first_pass_yield_pct": any(self, "yield").then(|| percent(row.first_pass_yield)),
            "pieces_per_panel": any(self, "pieces per panel").then_some(panel as i64),
            "priority": any(self, "priority").then_some(row.priority),
            "minimum_lot": any(self, "minimum lot").then(|| decimal(row.minimum_lot, 6)),
            "approved_from": row.approved_from.map(|day| day.to_string()),
            "approved_to": row.approved_to.map(|day| day.to_string()),
            // What the customer does not approve is known and not planned.
            "active": (is_new || said(self, "active") || said(self, "approved")).then_some(row.active && row.approved),
        }))
    }

    pub(super) fn changeovers(&mut self) {
        let (contents, present) = (self.contents, self.present);
        const KEY: [&str; 6] = ["line_id", "area_id", "from_family_id", "to_family_id", "from_item_id", "to_item_id"];
        let key_of = |record: &Stored| KEY.map(|member| id(record, member));
        let mut index: HashMap<[Option<Uuid>; 6], &Stored> = HashMap::new();
        for changeover in present.of("changeover") {
            let slot = index.entry(key_of(changeover)).or_insert(changeover);
            if !in_use(slot) {
                *slot = changeover;
            }
        }
        for row in &contents.changeovers {
            let line = match row.line {
                Some(line) => match self.lines[line] {
                    Some(line) => Some(line),
                    None => continue,
                },
                None => None,
            };
            let mut body = members(json!({ "line_id": line }));
            let mut names = Vec::new();
            for (side, key) in [("from", &row.from), ("to", &row.to)] {
                let named = match key {
                    ChangeoverKeyRow::Any => {
                        names.push("anything".to_owned());
                        continue;
                    }
                    ChangeoverKeyRow::Family(family) => {
                        names.push(family.clone());
                        (format!("{side}_family_id"), self.families.get(&folded(family)).copied())
                    }
                    ChangeoverKeyRow::Model(model) => {
                        names.push(contents.models[*model].name.clone());
                        (format!("{side}_item_id"), self.items[*model])
                    }
                };
                if let (member, Some(id)) = named {
                    body.insert(member, json!(id));
                }
            }
            let there = index.get(&key_of(&body)).copied();
            if there.is_none() {
                body.insert("plant_id".into(), json!(present.plant));
            } else {
                body.clear();
            }
            body.insert("minutes".into(), json!(decimal(row.minutes, 2)));
            let at_line = row.line.map_or_else(String::new, |line| format!(", {}", contents.lines[line].name));
            self.say("changeover", there, &format!("{}{at_line}", names.join(" to ")), Some(row.at), body);
        }
    }

    pub(super) fn demand(&mut self) {
        let (contents, present) = (self.contents, self.present);
        let mut index: HashMap<(Uuid, &str), &Stored> = HashMap::new();
        let mut of_others: HashSet<(Uuid, &str)> = HashSet::new();
        for demand in present.of("demand") {
            let Some(item) = id(demand, "item_id") else { continue };
            let key = (item, text(demand, "period"));
            if text(demand, "source") == "workbook" {
                index.insert(key, demand);
            } else if in_use(demand) {
                of_others.insert(key);
            }
        }
        let (mut wanted, mut order): (HashMap<(usize, &str), Wanted>, Vec<(usize, &str)>) = (HashMap::new(), Vec::new());
        let (mut open, mut also, mut told): (Vec<At>, Vec<At>, HashSet<usize>) = (Vec::new(), Vec::new(), HashSet::new());
        for row in &contents.volumes {
            told.insert(row.model);
            let Some(period) = row.period.as_deref() else {
                open.push(row.at);
                continue;
            };
            let key = (row.model, period);
            let wanted = wanted.entry(key).or_insert_with(|| {
                order.push(key);
                Wanted { units: 0.0, days: None, at: row.at }
            });
            wanted.units += row.units;
            wanted.days = wanted.days.or(row.days);
        }
        let beside =
            |(number, model): &(usize, &workbook::ModelRow)| model.annual_volume.is_some_and(|units| units > 0.0) && !told.contains(number);
        open.extend(contents.models.iter().enumerate().filter(beside).filter_map(|(_, model)| model.at));
        for (model, period) in order {
            let (Some(item), Some(row)) = (self.items[model], wanted.get(&(model, period))) else { continue };
            let there = index.get(&(item, period)).copied();
            if of_others.contains(&(item, period)) {
                also.push(row.at);
            }
            if there.is_none() && row.units == 0.0 {
                continue;
            }
            let days = row.days.map(|days| days.round() as i64).filter(|days| *days > 0);
            let mut body = members(json!({ "units": decimal(row.units, 6), "operating_days": days }));
            if there.is_none() {
                body.extend(members(json!({ "plant_id": present.plant, "item_id": item, "period": period, "source": "workbook" })));
            }
            let label = format!("{}, {period}", contents.models[model].name);
            self.say("demand", there, &label, Some(row.at), body);
        }
        if let Some(first) = open.first() {
            let message = format!("{} volumes are left: nothing says of which year they are", open.len());
            self.noticed(Severity::Warning, "no_period", *first, open.len(), message);
        }
        if let Some(first) = also.first() {
            let message = format!(
                "{} volumes stand beside demand of another source for the same item and period; the optimizer adds them up unless a scenario \
                 names one source",
                also.len()
            );
            self.noticed(Severity::Warning, "demand_of_another_source", *first, also.len(), message);
        }
    }
}

/// A step of a model, as the file gives it.
struct Passed {
    area: usize,
    name: String,
    passes: Option<f64>,
    at: Option<At>,
    routed: bool,
}

/// Units wanted of a model in a period.
struct Wanted {
    units: f64,
    days: Option<f64>,
    at: At,
}

fn steps_in_use(steps: &[Stored]) -> HashMap<Uuid, Vec<&Stored>> {
    let mut of: HashMap<Uuid, Vec<&Stored>> = HashMap::new();
    for step in steps.iter().filter(|step| in_use(step)) {
        if let Some(routing) = id(step, "routing_id") {
            of.entry(routing).or_default().push(step);
        }
    }
    of
}
