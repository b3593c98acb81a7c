//! What belongs to the whole organization: the unit, families, customers, items.

use std::collections::{HashMap, HashSet};

use line_plan::Severity;
use serde_json::json;
use uuid::Uuid;
use workbook::{ModelRow, folded};

use super::{Table, decimal, members, some};
use crate::imports::present::{Stored, id, text};

impl Table<'_> {
    /// Families, customers and items that the file speaks of.
    pub(super) fn products(&mut self) {
        let contents = self.contents;
        let index = self.present.by_name("family");
        self.families = index.iter().filter_map(|(name, family)| Some((name.clone(), id(family, "id")?))).collect();
        self.named("family", &index, |model| &model.family);
        let index = self.present.by_name("customer");
        let customers = self.named("customer", &index, |model| &model.customer);
        let items = Items::of(self);
        let mut unit = None;
        for (number, model) in contents.models.iter().enumerate() {
            let there = items.find(&model.name);
            if items.is_ambiguous(&model.name) && model.at.is_some() {
                let message = format!("several items are called '{}'; write the number of the one that is meant", model.name);
                self.issue(Severity::Error, "ambiguous_item", model.at, &model.name, "the number of an item", message);
                continue;
            }
            self.items[number] = there.and_then(|item| id(item, "id"));
            if model.at.is_none() && there.is_some() {
                continue;
            }
            if there.is_none() && unit.is_none() {
                unit = Some(self.piece());
            }
            let item = self.item(model, there, unit, &customers);
            self.items[number] = Some(item);
        }
    }

    fn item(&mut self, model: &ModelRow, there: Option<&Stored>, unit: Option<Uuid>, customers: &HashMap<String, Uuid>) -> Uuid {
        let at = model.at;
        let is_new = there.is_none();
        let said = |table: &Self, meaning: &str| is_new || table.says(at, meaning);
        let family = self.families.get(&folded(&model.family)).copied();
        let customer = customers.get(&folded(&model.customer)).copied();
        let known_value = there.is_some_and(|item| !text(item, "unit_value").is_empty());
        let currency = some(&model.currency).map(str::to_uppercase);
        let value = model.unit_value.filter(|_| currency.is_some() || known_value);
        if model.unit_value.is_some() && value.is_none() {
            let message = format!("the value of '{}' is left: its currency is missing", model.name);
            self.left(at, model.unit_value.unwrap_or_default(), message);
        }
        let mut body = members(json!({
            "family_id": family,
            "customer_id": customer,
            "program": some(&model.program),
            "tier": said(self, "tier").then_some(model.tier),
            "weight": (self.says(at, "weight") && (model.weight != 1.0 || !is_new)).then(|| decimal(model.weight, 4)),
            "unit_value": value.map(|value| decimal(value, 6)),
            "currency": currency.filter(|_| value.is_some() || known_value),
            "program_starts_on": model.starts_on.map(|day| day.to_string()),
            "program_ends_on": model.ends_on.map(|day| day.to_string()),
            "active": said(self, "active").then_some(model.active),
        }));
        if is_new {
            let code = self.code("item", &model.name);
            body.extend(members(json!({ "code": code, "name": model.name, "category": "product", "tracking": "serial", "unit_id": unit })));
        }
        self.say("item", there, &model.name, at, body)
    }

    /// The unit in which items are counted.
    fn piece(&mut self) -> Uuid {
        let present = self.present;
        let there = present.in_use("unit").find(|unit| text(unit, "code") == "C62");
        match there.and_then(|unit| id(unit, "id")) {
            Some(unit) => unit,
            None => {
                let archived = present.of("unit").iter().find(|unit| text(unit, "code") == "C62");
                let body = members(json!({ "code": "C62", "name": "Piece", "symbol": "pc", "dimension": "count", "decimals": 0 }));
                self.say("unit", archived, "Piece", None, if archived.is_some() { members(json!({})) } else { body })
            }
        }
    }

    /// Records of the names that the file's own models give.
    fn named(&mut self, kind: &'static str, index: &HashMap<String, &Stored>, of: fn(&ModelRow) -> &String) -> HashMap<String, Uuid> {
        let contents = self.contents;
        let mut found: HashMap<String, Uuid> = HashMap::new();
        for model in contents.models.iter().filter(|model| model.at.is_some()) {
            let name = of(model);
            let key = folded(name);
            if key.is_empty() || found.contains_key(&key) {
                continue;
            }
            let there = index.get(&key).copied();
            let record = match there.filter(|record| crate::imports::present::in_use(record)).and_then(|record| id(record, "id")) {
                Some(record) => record,
                None => {
                    let body = match there {
                        Some(_) => members(json!({})),
                        None => {
                            let code = self.code(kind, name);
                            members(json!({ "code": code, "name": name }))
                        }
                    };
                    self.say(kind, there, name, model.at, body)
                }
            };
            found.insert(key.clone(), record);
            if kind == "family" {
                self.families.insert(key, record);
            }
        }
        found
    }
}

/// Items by the names that files use.
struct Items<'a> {
    by_name: HashMap<&'a str, Vec<&'a Stored>>,
    by_code: HashMap<&'a str, &'a Stored>,
}

impl<'a> Items<'a> {
    fn of(table: &Table<'a>) -> Items<'a> {
        let present = table.present;
        let mut by_name: HashMap<&str, Vec<&Stored>> = HashMap::new();
        for item in present.in_use("item") {
            by_name.entry(text(item, "name")).or_default().push(item);
        }
        // Of items with one name, those that the plant makes or is asked for are meant.
        let of_plant: HashSet<Uuid> =
            ["capability", "demand"].into_iter().flat_map(|kind| present.in_use(kind)).filter_map(|record| id(record, "item_id")).collect();
        for items in by_name.values_mut().filter(|items| items.len() > 1) {
            let own: Vec<&Stored> = items.iter().copied().filter(|item| id(item, "id").is_some_and(|id| of_plant.contains(&id))).collect();
            if !own.is_empty() {
                *items = own;
            }
        }
        for item in present.of("item").iter().filter(|item| !crate::imports::present::in_use(item)) {
            by_name.entry(text(item, "name")).or_insert_with(|| vec![item]);
        }
        let by_code = present.of("item").iter().map(|item| (text(item, "code"), item)).collect();
        Items { by_name, by_code }
    }

    fn find(&self, name: &str) -> Option<&'a Stored> {
        self.by_name.get(name).and_then(|items| items.first()).or_else(|| self.by_code.get(name)).copied()
    }

    fn is_ambiguous(&self, name: &str) -> bool {
        self.by_name.get(name).is_some_and(|items| items.len() > 1)
    }
}
