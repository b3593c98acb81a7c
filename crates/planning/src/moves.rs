//! Moving an item from one plant to another, as a scenario of each: the first is wanted of less, the second of as much more.
//!
//! The two stay scenarios like any other: each is changed, optimized, compared and approved in its plant. `POST /scenarios/optimize` optimizes both
//! at the same time, `GET /overview?scenarios=…` shows what it does to both plants and to the whole.
//!
//! **Invariant:** what the second plant is wanted of more is what the first is wanted of less, period by period.

use std::collections::BTreeMap;

use platform::caller::Scope;
use platform::ids::PlantId;
use platform::resource::{self, How, Kinds, Record as _};
use platform::{Error, FieldError, Result, Tx};
use rust_decimal::Decimal;
use rust_decimal::prelude::{FromPrimitive, ToPrimitive};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::periods::Span;
use crate::plant::Plant;
use crate::question::{self, Question};
use crate::scenarios::actions;
use crate::scenarios::content::Chain;
use crate::scenarios::record::{Scenario, ScenarioId};
use crate::scenarios::versions;

/// What is moved from where to where.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMove {
    /// What both scenarios are called; unique in each plant.
    #[schema(min_length = 1, max_length = 200, example = "Inverter 48V to Ulm")]
    pub name: String,
    /// What is moved.
    pub item_id: Uuid,
    /// How much of its demand (%); all of it unless given.
    #[serde(default)]
    #[schema(value_type = Option<f64>, example = 50)]
    pub share_pct: Option<Decimal>,
    /// First period; the first of all unless given.
    #[schema(example = "2028")]
    pub from_period: Option<String>,
    /// Last period; the last of all unless given.
    pub to_period: Option<String>,
    /// The plant that makes it today.
    pub from: MovePlace,
    /// The plant that would make it.
    pub to: MovePlace,
    /// What lines of the second plant could make it, as `new_capabilities` of scenarios without their item; needed where none can yet.
    #[serde(default)]
    #[schema(value_type = Vec<Object>, max_items = 500)]
    pub capabilities: Vec<Map<String, Value>>,
}

/// A plant, and what its scenario starts from.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MovePlace {
    /// The plant.
    pub plant_id: Uuid,
    /// The scenario it starts from; the plant as it is unless given.
    pub scenario_id: Option<Uuid>,
}

/// An item that is moved.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[allow(missing_docs)]
pub struct Move {
    pub id: Uuid,
    pub item_id: Uuid,
    /// How much of its demand (%).
    #[schema(example = 50.0)]
    pub share_pct: f64,
    pub from_period: Option<String>,
    pub to_period: Option<String>,
    pub from_plant_id: Uuid,
    /// The scenario of the plant that makes less of it.
    pub from_scenario_id: Uuid,
    pub to_plant_id: Uuid,
    /// The scenario of the plant that makes more of it.
    pub to_scenario_id: Uuid,
    /// Units moved, period by period; only told when it is made.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub moved: Vec<MovedUnits>,
}

/// Units that are moved in a period.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[allow(missing_docs)]
pub struct MovedUnits {
    #[schema(example = "2028")]
    pub period: String,
    pub units: f64,
}

/// A plant's question before the move.
struct Place {
    plant: PlantId,
    base: Option<(ScenarioId, i64)>,
    question: Question,
}

impl Place {
    async fn read(tx: &mut Tx, place: MovePlace, item: Uuid, pointer: &str) -> Result<Place> {
        let plant = PlantId(place.plant_id);
        let mut contents = Vec::new();
        let mut base = None;
        if let Some(id) = place.scenario_id.map(ScenarioId) {
            let scenario = actions::find(tx, id, false).await?;
            if scenario.plant != plant {
                let detail = "the scenario is another plant's";
                return Err(Error::invalid(vec![FieldError::new(format!("{pointer}/scenario_id"), "other_plant", detail)]));
            }
            contents = versions::chain(tx, id, scenario.version).await?.0;
            base = Some((id, scenario.version));
        }
        let master = Plant::read_with(tx, plant, &[item]).await?;
        let parameters = Chain(contents.clone()).parameters()?;
        let question = question::ask(&master, &contents, &parameters).map_err(|findings| {
            let blocking = findings.into_iter().filter(|finding| finding.blocks);
            let mut error = Error::invalid(blocking.map(|finding| FieldError::new(pointer, finding.code, finding.message)).collect());
            error.code = "cannot_be_planned";
            error
        })?;
        Ok(Place { plant, base, question })
    }

    fn model(&self, item: Uuid) -> Option<usize> {
        self.question.items.iter().position(|own| *own == item)
    }

    /// Units wanted of the item, by period.
    fn wanted(&self, item: Uuid) -> BTreeMap<String, f64> {
        let problem = &self.question.problem;
        let mut wanted = BTreeMap::new();
        for demand in problem.demand.iter().filter(|demand| Some(demand.model) == self.model(item)) {
            *wanted.entry(problem.periods[demand.period].name.clone()).or_insert(0.0) += demand.units;
        }
        wanted
    }

    fn can_make(&self, item: Uuid) -> bool {
        let problem = &self.question.problem;
        let model = self.model(item);
        problem.capabilities.iter().any(|capability| Some(problem.steps[capability.step].model) == model)
    }

    /// A scenario of the plant that starts where this stands.
    async fn make(&self, tx: &mut Tx, kinds: &Kinds, name: &str, message: &str, changes: Value) -> Result<ScenarioId> {
        let mut body = Map::from_iter([
            ("plant_id".to_string(), json!(self.plant)),
            ("name".to_string(), json!(name)),
            ("message".to_string(), json!(message.chars().take(1000).collect::<String>())),
        ]);
        if let Some((base, version)) = self.base {
            body.extend([("base_id".to_string(), json!(base)), ("base_version".to_string(), json!(version))]);
        }
        if let Value::Object(changes) = changes {
            body.extend(changes);
        }
        Ok(ScenarioId(resource::save_one(tx, kinds, Scenario::kind(), body, How::Create).await?.id))
    }
}

/// Makes the two scenarios of a move.
///
/// # Errors
/// 404 for plants, scenarios and items that are not there; 403; 409 `taken`; 422 `cannot_be_planned`, and for a move of nothing, into a plant whose periods
/// are others, or that cannot make it.
pub async fn make(tx: &mut Tx, kinds: &Kinds, new: NewMove) -> Result<Move> {
    for place in [&new.from, &new.to] {
        tx.require(Scenario::kind().verbs.create, Scope::Plant(PlantId(place.plant_id)))?;
    }
    let wrong = |pointer: &str, code: &'static str, detail: String| Err(Error::invalid(vec![FieldError::new(pointer, code, detail)]));
    if new.from.plant_id == new.to.plant_id {
        return wrong("/to/plant_id", "same", "an item is moved to another plant; within one, change its capabilities".into());
    }
    let share = new.share_pct.unwrap_or(Decimal::ONE_HUNDRED);
    if share <= Decimal::ZERO || share > Decimal::ONE_HUNDRED {
        return wrong("/share_pct", "out_of_bounds", format!("found {share}, expected more than 0 and at most 100"));
    }
    let span = |pointer: &str, name: &Option<String>| match name.as_deref().map(Span::named) {
        None => Ok(None),
        Some(Some(span)) => Ok(Some(span)),
        Some(None) => Err(Error::invalid(vec![FieldError::new(pointer, "bad_period", "expected a year, month, ISO week or day")])),
    };
    let (first, last) = (span("/from_period", &new.from_period)?, span("/to_period", &new.to_period)?);
    let (from, to) = (Place::read(tx, new.from, new.item_id, "/from").await?, Place::read(tx, new.to, new.item_id, "/to").await?);
    let part = share.to_f64().unwrap_or_default() / 100.0;
    let inside = |name: &str| {
        let Some(span) = Span::named(name) else { return false };
        first.as_ref().is_none_or(|first| span.last >= first.first) && last.as_ref().is_none_or(|last| span.first <= last.last)
    };
    let moved: Vec<MovedUnits> = from
        .wanted(new.item_id)
        .into_iter()
        .filter(|(period, _)| inside(period))
        .map(|(period, units)| MovedUnits { period, units: units * part })
        .collect();
    if moved.is_empty() {
        return wrong("/item_id", "nothing_to_move", "the first plant is wanted of none of it in these periods".into());
    }
    let known: Vec<&str> = to.question.problem.periods.iter().map(|period| period.name.as_str()).collect();
    if let Some(strange) = moved.iter().find(|moved| !known.contains(&moved.period.as_str())) {
        let detail = format!("the second plant does not plan {}: it plans {}", strange.period, known.join(", "));
        return wrong("/to/plant_id", "other_periods", detail);
    }
    if new.capabilities.is_empty() && !to.can_make(new.item_id) {
        return wrong("/capabilities", "cannot_be_made", "no line of the second plant can make it: say which could, and how fast".into());
    }
    let (id, item) = (tx.new_id::<Uuid>(), new.item_id);
    let less = json!({ "demand_changes": [{ "item_id": item, "from_period": new.from_period, "to_period": new.to_period,
        "relative_pct": (Decimal::ONE_HUNDRED - share).to_string() }] });
    let present = to.wanted(item);
    let more = moved.iter().map(|moved| {
        let units = present.get(&moved.period).copied().unwrap_or_default() + moved.units;
        let units = Decimal::from_f64(units).unwrap_or_default().round_dp(6);
        json!({ "item_id": item, "from_period": moved.period, "to_period": moved.period, "units": units.to_string() })
    });
    let capabilities = new.capabilities.iter().map(|capability| {
        let mut capability = capability.clone();
        capability.insert("item_id".into(), json!(item));
        Value::Object(capability)
    });
    let more = json!({ "demand_changes": more.collect::<Vec<_>>(), "new_capabilities": capabilities.collect::<Vec<_>>() });
    let from_scenario = from.make(tx, kinds, &new.name, "An item moved to another plant", less).await?;
    let to_scenario = to.make(tx, kinds, &new.name, "An item moved here from another plant", more).await?;
    let (organization, now) = (tx.caller().organization, tx.now());
    let insert = "insert into scenario_moves (organization_id, id, item_id, share_pct, from_period, to_period, from_plant_id, from_scenario_id, to_plant_id,
            to_scenario_id, created_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    tx.execute(
        insert,
        &[&organization, &id, &item, &share, &new.from_period, &new.to_period, &from.plant, &from_scenario, &to.plant, &to_scenario, &now],
    )
    .await?;
    Ok(Move {
        id,
        item_id: item,
        share_pct: part * 100.0,
        from_period: new.from_period,
        to_period: new.to_period,
        from_plant_id: from.plant.0,
        from_scenario_id: from_scenario.0,
        to_plant_id: to.plant.0,
        to_scenario_id: to_scenario.0,
        moved,
    })
}

/// Moves between plants of both of which the caller may read scenarios, the newest first; of one scenario where it is named.
///
/// # Errors
/// 403 where the caller may read scenarios nowhere.
pub async fn list(tx: &mut Tx, scenario: Option<ScenarioId>) -> Result<Vec<Move>> {
    let read = Scenario::kind().verbs.read;
    tx.caller().require_somewhere(read)?;
    let organization = tx.caller().organization;
    let sql = "select id, item_id, share_pct::float8, from_period, to_period, from_plant_id, from_scenario_id, to_plant_id, to_scenario_id
        from scenario_moves where organization_id = $1 and ($2::uuid is null or $2 in (from_scenario_id, to_scenario_id))
        order by created_at desc, id desc limit 500";
    let rows = tx.query(sql, &[&organization, &scenario]).await?;
    let mut moves = Vec::new();
    for row in &rows {
        let found = Move {
            id: row.get(0),
            item_id: row.get(1),
            share_pct: row.get(2),
            from_period: row.get(3),
            to_period: row.get(4),
            from_plant_id: row.get(5),
            from_scenario_id: row.get(6),
            to_plant_id: row.get(7),
            to_scenario_id: row.get(8),
            moved: Vec::new(),
        };
        // Rights and policies decide of each scenario whether it is there.
        let mut is_seen = true;
        for scenario in [found.from_scenario_id, found.to_scenario_id] {
            is_seen = is_seen && actions::find(tx, ScenarioId(scenario), false).await.is_ok();
        }
        if is_seen {
            moves.push(found);
        }
    }
    Ok(moves)
}
