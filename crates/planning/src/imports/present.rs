//! What a plant has already, found by the names that files use.
//!
//! **Invariant:** archived records are found too: their names are taken, and a file that names one takes it back into use.

use std::collections::HashMap;

use factory::capabilities::{Capability, Changeover};
use factory::demand::Demand;
use factory::items::{Family, Item, Unit};
use factory::partners::Customer;
use factory::places::{Area, Line};
use factory::routings::{Routing, RoutingStep};
use factory::time::Calendar;
use platform::ids::PlantId;
use platform::resource::{Kind, Record as _, batch};
use platform::{Error, Result, Tx};
use serde_json::{Map, Value};
use uuid::Uuid;
use workbook::{Known, folded};

/// A record as it is stored.
pub type Stored = Map<String, Value>;

/// The kinds that a file can speak of, in an order in which each refers only to earlier ones.
pub fn kinds() -> [&'static Kind; 12] {
    [
        Unit::kind(),
        Family::kind(),
        Customer::kind(),
        Item::kind(),
        Calendar::kind(),
        Area::kind(),
        Line::kind(),
        Routing::kind(),
        RoutingStep::kind(),
        Capability::kind(),
        Changeover::kind(),
        Demand::kind(),
    ]
}

/// What a plant has.
pub struct Present {
    /// The plant.
    pub plant: Uuid,
    /// Its short name and its name.
    pub names: [String; 2],
    records: HashMap<&'static str, Vec<Stored>>,
}

/// Words of a record: a member that is a text.
pub fn text<'a>(record: &'a Stored, member: &str) -> &'a str {
    record.get(member).and_then(Value::as_str).unwrap_or_default()
}

/// The identifier in a member.
pub fn id(record: &Stored, member: &str) -> Option<Uuid> {
    record.get(member)?.as_str()?.parse().ok()
}

/// Whether a record is in use.
pub fn in_use(record: &Stored) -> bool {
    record.get("archived_at").is_none_or(Value::is_null)
}

impl Present {
    /// Reads what the caller sees of a plant.
    ///
    /// # Errors
    /// 404 where there is no such plant.
    pub async fn read(tx: &mut Tx, plant: PlantId) -> Result<Present> {
        let organization = tx.caller().organization;
        let found = tx.query_opt("select code, name from plants where organization_id = $1 and id = $2", &[&organization, &plant]).await?;
        let found = found.ok_or_else(|| Error::not_found("plant"))?;
        let mut records = HashMap::new();
        for kind in kinds() {
            records.insert(kind.name, batch::all(tx, kind, Some(plant)).await?);
        }
        Ok(Present { plant: plant.0, names: [found.get(0), found.get(1)], records })
    }

    /// The records of a kind.
    pub fn of(&self, kind: &str) -> &[Stored] {
        self.records.get(kind).map_or(&[], Vec::as_slice)
    }

    /// The record of a kind with this identifier, by all of them.
    pub fn by_id(&self) -> HashMap<Uuid, &Stored> {
        self.records.values().flatten().filter_map(|record| Some((id(record, "id")?, record))).collect()
    }

    /// What rows of a file may refer to.
    pub fn known(&self) -> Known {
        let named = |kind: &str| -> HashMap<Uuid, &Stored> {
            self.of(kind).iter().filter_map(|record| Some((id(record, "id")?, record))).collect()
        };
        let (areas, families) = (named("area"), named("family"));
        let name_of = |of: &HashMap<Uuid, &Stored>, record: &Stored, member: &str| {
            id(record, member).and_then(|id| of.get(&id)).map_or_else(String::new, |record| text(record, "name").to_owned())
        };
        Known {
            plants: self.names.to_vec(),
            areas: self.in_use("area").map(|area| (text(area, "name").to_owned(), text(area, "code").to_owned())).collect(),
            lines: self
                .in_use("line")
                .map(|line| {
                    let efficiency = text(line, "efficiency_pct").parse::<f64>().unwrap_or(100.0) / 100.0;
                    (text(line, "name").to_owned(), name_of(&areas, line, "area_id"), efficiency)
                })
                .collect(),
            models: self
                .in_use("item")
                .map(|item| (text(item, "name").to_owned(), text(item, "code").to_owned(), name_of(&families, item, "family_id")))
                .collect(),
        }
    }

    /// The records of a kind that are in use.
    pub fn in_use(&self, kind: &str) -> impl Iterator<Item = &Stored> {
        self.of(kind).iter().filter(|record| in_use(record))
    }

    /// An index of a kind by folded names and short names; records in use come before archived ones, names before short names.
    pub fn by_name(&self, kind: &str) -> HashMap<String, &Stored> {
        let mut index = HashMap::new();
        for wanted in [true, false] {
            for member in ["name", "code"] {
                for record in self.of(kind).iter().filter(|record| in_use(record) == wanted) {
                    let name = folded(text(record, member));
                    if !name.is_empty() {
                        index.entry(name).or_insert(record);
                    }
                }
            }
        }
        index
    }
}
