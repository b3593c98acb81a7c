//! Who asks, from where, when, and what policies say to it.
//!
//! **Invariant:** the same circumstances decide single records and lists, so that both say the same.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use cedar_policy::{
    Authorizer, Context, Entities, Entity, EntityId, EntityTypeName, EntityUid, EvalResult, Expression, PolicySet, Request,
    RestrictedExpression, eval_expression,
};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::caller::{Caller, Principal, Scope};
use crate::error::{Error, FieldError, Kind as Family};
use crate::ids::PlantId;
use crate::permission::Permission;
use crate::policy::compile::{Compiled, Concerning, GRANTED};
use crate::policy::language::{PLACE, SERVICE, USER, entity_type, groups};
use crate::policy::listing::{Asking, Here, Parameter, Term};
use crate::policy::values;
use crate::resource::{Kind, Within};

/// What policies can know of whoever asks, beside the request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// The domain of their address; empty for services.
    #[serde(default)]
    pub email_domain: String,
    /// What they are certified for today.
    #[serde(default)]
    pub certifications: Vec<String>,
    /// The second factor they showed in this session: `totp`, `passkey`, `recovery_code`; empty where none.
    #[serde(default)]
    pub factor: String,
}

/// What policies can know of a plant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlantFacts {
    /// The plant.
    pub id: PlantId,
    /// Its short name.
    pub code: String,
    /// The IANA name of its time zone.
    pub zone: String,
}

/// An organization's policies, and under which circumstances they are asked.
pub struct Circumstances {
    compiled: Arc<Compiled>,
    facts: Facts,
    plants: BTreeMap<PlantId, Here>,
    nowhere: Here,
    at: Timestamp,
    /// What was decided about places in this request already.
    decided: Mutex<Decided>,
}

type Decided = HashMap<(&'static str, Option<PlantId>, Option<IpAddr>), Arc<Vec<Forbidden>>>;

/// A policy that forbids something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Forbidden {
    /// Its name.
    pub policy: String,
    /// What it says to whom it refuses something.
    pub sentence: Option<String>,
    /// Why it could not be evaluated, where that is why it forbids.
    pub error: Option<String>,
}

/// What is to be done with which record.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The right it takes.
    pub permission: Permission,
    /// The record, as the API or the trail writes it.
    pub record: &'a Map<String, Value>,
    /// How much it is about, where the verb says so.
    pub amount: Option<Decimal>,
}

/// A refusal by policies: the cause behind `policy_forbids`, for the trail and the log.
#[derive(Clone, Debug)]
pub struct Refused {
    /// What was refused.
    pub permission: Permission,
    /// Where.
    pub scope: Scope,
    /// The record, where one was at hand: its kind and identifier.
    pub record: Option<(&'static str, uuid::Uuid)>,
    /// How much it was about.
    pub amount: Option<Decimal>,
    /// The policies that forbid it.
    pub policies: Vec<Forbidden>,
    /// To whom.
    pub caller: Box<Caller>,
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<&str> = self.policies.iter().map(|forbidden| forbidden.policy.as_str()).collect();
        write!(f, "{} may not {}: {}", self.caller.principal.label(), self.permission, names.join(", "))
    }
}

impl std::error::Error for Refused {}

impl Refused {
    /// The refusal as it is told: 403 `policy_forbids`, with the sentence of the first policy that has one, and the name of each.
    pub fn into_error(self) -> Error {
        let names: Vec<&str> = self.policies.iter().map(|forbidden| forbidden.policy.as_str()).collect();
        let sentence = self.policies.iter().find_map(|forbidden| forbidden.sentence.clone());
        let detail = match sentence {
            Some(sentence) => format!("{sentence} (policy {})", names.join(", ")),
            None => format!("a policy of your organization forbids this: {}", names.join(", ")),
        };
        let mut error = Error::new(Family::Forbidden, "policy_forbids", detail);
        error.fields = self
            .policies
            .iter()
            .map(|forbidden| match &forbidden.error {
                Some(why) => {
                    FieldError::new("", "policy_failed", format!("{}: it could not be evaluated ({why}), so it forbids", forbidden.policy))
                }
                None => FieldError::new("", "policy_forbids", forbidden.policy.clone()),
            })
            .collect();
        error.because(self)
    }
}

impl std::fmt::Debug for Circumstances {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Circumstances({:?}, {:?})", self.compiled, self.facts)
    }
}

impl PartialEq for Circumstances {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.compiled, &other.compiled) && self.facts == other.facts && self.plants == other.plants && self.at == other.at
    }
}

impl Eq for Circumstances {}

fn here(code: &str, zone: &str, at: Timestamp) -> Here {
    // Plants are kept with zones that exist; one that a newer program knew counts as UTC.
    let there = at.to_zoned(TimeZone::get(zone).unwrap_or(TimeZone::UTC));
    Here {
        code: code.to_owned(),
        zone: zone.to_owned(),
        minute_of_day: i64::from(there.hour()) * 60 + i64::from(there.minute()),
        weekday: i64::from(there.weekday().to_monday_one_offset()),
    }
}

impl Circumstances {
    /// Policies asked at `at` by whom `facts` describe, in an organization with these plants.
    pub fn new(compiled: Arc<Compiled>, facts: Facts, plants: &[PlantFacts], at: Timestamp) -> Self {
        let plants = plants.iter().map(|plant| (plant.id, here(&plant.code, &plant.zone, at))).collect();
        Circumstances { compiled, facts, plants, nowhere: here("", "UTC", at), at, decided: Mutex::default() }
    }

    /// The same at another instant.
    pub fn at_instant(&self, at: Timestamp) -> Self {
        let plants = self.plants.iter().map(|(plant, then)| (*plant, here(&then.code, &then.zone, at))).collect();
        let (compiled, facts) = (self.compiled.clone(), self.facts.clone());
        Circumstances { compiled, facts, plants, nowhere: here("", "UTC", at), at, decided: Mutex::default() }
    }

    /// The policies.
    pub fn compiled(&self) -> &Arc<Compiled> {
        &self.compiled
    }

    /// What they know of who asks.
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// When is asked.
    pub fn at(&self) -> Timestamp {
        self.at
    }

    /// The plants there are.
    pub fn plants(&self) -> impl Iterator<Item = PlantId> + '_ {
        self.plants.keys().copied()
    }

    /// Whether some policy is about this at all.
    pub fn concern(&self, permission: Permission) -> bool {
        self.compiled.concerns(permission)
    }

    /// Whether this is done with records that always belong to a plant, so that without one there is nothing to do.
    pub fn is_only_at_plants(&self, permission: Permission) -> bool {
        self.compiled.concerning(permission).is_some_and(|concerning| concerning.action.kind.is_some_and(always_at_plant))
    }

    /// Whether this is done with records of `kind` in hand, and some policy is about it.
    pub fn is_about(&self, permission: Permission, kind: &Kind) -> bool {
        self.compiled.concerning(permission).is_some_and(|concerning| concerning.action.kind.is_some_and(|own| own.name == kind.name))
    }

    /// Whether some policy about this speaks of the record, so that without one nothing can be said.
    pub fn speak_of_record(&self, permission: Permission) -> bool {
        self.compiled.concerning(permission).is_none_or(|concerning| concerning.of_record)
    }

    /// What forbids this at a place, whatever the record is.
    pub fn forbidden_at(&self, caller: &Caller, permission: Permission, scope: Scope) -> Arc<Vec<Forbidden>> {
        if !self.concern(permission) {
            return Arc::default();
        }
        let plant = match scope {
            Scope::Organization => None,
            Scope::Plant(plant) => Some(plant),
        };
        let key = (permission.0, plant, caller.ip);
        if let Some(decided) = self.decided.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return decided.clone();
        }
        let found = Arc::new(match self.compiled.concerning(permission) {
            None => self.unreadable(permission),
            Some(Concerning { at_place: None, .. }) => Vec::new(),
            // Records that always have a plant are decided at theirs.
            Some(Concerning { action, .. }) if plant.is_none() && action.kind.is_some_and(always_at_plant) => Vec::new(),
            Some(Concerning { at_place: Some(policies), action, .. }) => {
                let attributes = self.plant_of(plant, None).map(|plant| ("plant".to_string(), plant)).into_iter().collect();
                let ty = action.kind.map_or_else(|| PLACE.to_owned(), entity_type);
                self.ask(caller, permission, policies, entity(&ty, "", attributes), self.here(plant), None)
            }
        });
        self.decided.lock().unwrap_or_else(PoisonError::into_inner).insert(key, found.clone());
        found
    }

    /// What forbids this with a record.
    pub fn forbidden_with(&self, caller: &Caller, kind: &'static Kind, asked: Asked<'_>) -> Vec<Forbidden> {
        let Some(concerning) = self.compiled.concerning(asked.permission) else { return self.unreadable(asked.permission) };
        let plant = plant_id(kind, asked.record);
        let id = asked.record.get("id").and_then(Value::as_str).unwrap_or_default();
        let record = entity(&entity_type(kind), id, self.attributes(caller, kind, asked.record));
        self.ask(caller, asked.permission, &concerning.all, record, self.here(plant), asked.amount)
    }

    /// Narrows a statement over the rows `t` of `kind` to those where no policy forbids this; adds nothing where none can. `give` binds a parameter
    /// and returns its place.
    pub fn narrow(
        &self,
        caller: &Caller,
        kind: &'static Kind,
        permission: Permission,
        text: &mut String,
        give: &mut dyn FnMut(Parameter) -> String,
    ) {
        if !self.concern(permission) {
            return;
        }
        let Some(concerning) = self.compiled.concerning(permission) else {
            text.push_str(" and false");
            return;
        };
        let stub = entity(&entity_type(kind), "", HashMap::new());
        let Some((request, entities)) = self.request(caller, permission, stub, &self.nowhere, None) else {
            text.push_str(" and false");
            return;
        };
        let mut rows = Rows { circumstances: self, request, entities, kind, give };
        for (_, node) in &concerning.listed {
            // What cannot be asked of rows, because this program is another one than that which kept the policies, hides them.
            match node.as_ref().map_or(Term::Fails, |node| node.term(&mut rows)) {
                Term::False => {}
                Term::True | Term::Fails => text.push_str(" and false"),
                Term::Row { sql, .. } => text.push_str(&format!(" and {sql} is false")),
            }
        }
    }

    fn unreadable(&self, permission: Permission) -> Vec<Forbidden> {
        let forbidden = self.compiled.unreadable(permission).map(|policy| Forbidden {
            policy: policy.into(),
            sentence: Some("your organization's policies cannot be understood; an administrator has to put them right".into()),
            error: self.compiled.broken().map(String::from),
        });
        forbidden.into_iter().collect()
    }

    fn here(&self, plant: Option<PlantId>) -> &Here {
        plant.and_then(|plant| self.plants.get(&plant)).unwrap_or(&self.nowhere)
    }

    fn plant_of(&self, plant: Option<PlantId>, record: Option<&Map<String, Value>>) -> Option<RestrictedExpression> {
        let plant = plant?;
        let said = |name: &str| record.and_then(|record| record.get(name)).and_then(Value::as_str).map(String::from);
        let known = self.plants.get(&plant);
        let code = known.map(|here| here.code.clone()).or_else(|| said("code")).unwrap_or_default();
        let zone = known.map(|here| here.zone.clone()).or_else(|| said("time_zone")).unwrap_or_default();
        let attributes = [("id", plant.to_string()), ("code", code), ("zone", zone)];
        RestrictedExpression::new_record(attributes.map(|(name, value)| (name.to_string(), values::text(&value)))).ok()
    }

    fn attributes(&self, caller: &Caller, kind: &'static Kind, record: &Map<String, Value>) -> HashMap<String, RestrictedExpression> {
        let fields = kind.fields.iter().filter(|field| field.name != "plant_id");
        let mut attributes: HashMap<_, _> = fields
            .filter_map(|field| {
                Some((field.name.to_string(), values::of_field(&field.ty, record.get(field.name).filter(|value| !value.is_null())?)?))
            })
            .collect();
        let said = |name: &str| record.get(name).and_then(Value::as_str);
        attributes.insert("id".into(), values::text(said("id").unwrap_or_default()));
        // What is only being made is being made by whoever asks.
        let maker = said("created_by").map_or_else(|| caller.principal.label(), String::from);
        attributes.insert("created_by".into(), values::text(&maker));
        attributes.insert("is_archived".into(), RestrictedExpression::new_bool(said("archived_at").is_some()));
        let own = (kind.within == Within::Itself).then_some(record);
        if let Some(plant) = self.plant_of(plant_id(kind, record), own) {
            attributes.insert("plant".into(), plant);
        }
        attributes
    }

    fn ask(
        &self,
        caller: &Caller,
        permission: Permission,
        policies: &PolicySet,
        resource: Option<Entity>,
        here: &Here,
        amount: Option<Decimal>,
    ) -> Vec<Forbidden> {
        let Some((request, entities)) = self.request(caller, permission, resource, here, amount) else {
            return vec![Forbidden { policy: "policies".into(), sentence: None, error: Some("the question could not be put".into()) }];
        };
        let answer = Authorizer::new().is_authorized(&request, policies, &entities);
        let named = |id: &str, error: Option<String>| {
            let sentence = self.compiled.rule(id).and_then(|rule| rule.sentence.clone());
            Forbidden { policy: id.to_owned(), sentence, error }
        };
        let reasons = answer.diagnostics().reason().map(AsRef::<str>::as_ref).filter(|id| *id != GRANTED);
        let mut forbidden: Vec<Forbidden> = reasons.map(|id| named(id, None)).collect();
        for error in answer.diagnostics().errors() {
            let cedar_policy::AuthorizationError::PolicyEvaluationError(error) = error;
            forbidden.push(named(error.policy_id().as_ref(), Some(error.inner().to_string())));
        }
        forbidden.sort_by(|one, other| one.policy.cmp(&other.policy));
        forbidden
    }

    fn request(
        &self,
        caller: &Caller,
        permission: Permission,
        resource: Option<Entity>,
        here: &Here,
        amount: Option<Decimal>,
    ) -> Option<(Request, Entities)> {
        let (principal, resource) = (self.principal(caller)?, resource?);
        // What groups an action is in, Cedar reads from the action as it does from records.
        let within = groups(permission.0).iter().filter_map(|group| uid("Action", group)).collect();
        let action = Entity::new_no_attrs(uid("Action", permission.0)?, within);
        let mut context = vec![
            ("at".to_string(), values::instant(self.at)),
            ("minute_of_day".to_string(), RestrictedExpression::new_long(here.minute_of_day)),
            ("weekday".to_string(), RestrictedExpression::new_long(here.weekday)),
        ];
        context.extend(caller.ip.map(|ip| ("ip".to_string(), RestrictedExpression::new_ip(ip.to_canonical().to_string()))));
        context.extend(amount.map(|amount| ("amount".to_string(), values::decimal(amount))));
        let context = Context::from_pairs(context).ok()?;
        let request = Request::new(principal.uid(), action.uid(), resource.uid(), context, None).ok()?;
        let entities = Entities::from_entities([principal, action, resource], None).ok()?;
        Some((request, entities))
    }

    fn principal(&self, caller: &Caller) -> Option<Entity> {
        let (ty, id, by_key) = match &caller.principal {
            Principal::User { id, .. } => (USER, id.to_string(), false),
            Principal::ApiKey { owner: Some(owner), .. } => (USER, owner.to_string(), true),
            Principal::ApiKey { id, owner: None } => (SERVICE, id.to_string(), true),
            Principal::System(part) => (SERVICE, (*part).to_string(), false),
        };
        let set = |texts: &mut dyn Iterator<Item = &String>| RestrictedExpression::new_set(texts.map(|text| values::text(text)));
        let attributes = [
            ("label", values::text(&caller.principal.label())),
            ("email_domain", values::text(&self.facts.email_domain)),
            ("roles", set(&mut caller.grants.roles.iter())),
            ("certifications", set(&mut self.facts.certifications.iter())),
            ("factor", values::text(&self.facts.factor)),
            ("by_key", RestrictedExpression::new_bool(by_key)),
        ];
        entity(ty, &id, attributes.map(|(name, value)| (name.to_string(), value)).into())
    }
}

fn plant_id(kind: &Kind, record: &Map<String, Value>) -> Option<PlantId> {
    let member = match kind.within {
        Within::Organization => return None,
        Within::Itself => "id",
        Within::Plant | Within::Either | Within::Parent(_) => "plant_id",
    };
    record.get(member)?.as_str()?.parse().ok().map(PlantId)
}

fn always_at_plant(kind: &Kind) -> bool {
    matches!(kind.within, Within::Plant | Within::Parent(_) | Within::Itself)
}

fn uid(ty: &str, id: &str) -> Option<EntityUid> {
    let ty: EntityTypeName = ty.parse().ok()?;
    Some(EntityUid::from_type_name_and_id(ty, EntityId::new(id)))
}

fn entity(ty: &str, id: &str, attributes: HashMap<String, RestrictedExpression>) -> Option<Entity> {
    Entity::new(uid(ty, id)?, attributes, Default::default()).ok()
}

/// A list that is being narrowed.
struct Rows<'a> {
    circumstances: &'a Circumstances,
    request: Request,
    entities: Entities,
    kind: &'static Kind,
    give: &'a mut dyn FnMut(Parameter) -> String,
}

impl Asking for Rows<'_> {
    fn known(&self, expression: &Expression) -> Option<EvalResult> {
        eval_expression(&self.request, &self.entities, expression).ok()
    }

    fn give(&mut self, parameter: Parameter) -> String {
        (self.give)(parameter)
    }

    fn kind(&self) -> &'static Kind {
        self.kind
    }

    fn places(&self) -> (Vec<(PlantId, Here)>, Here) {
        let plants = self.circumstances.plants.iter().map(|(plant, here)| (*plant, here.clone()));
        (plants.collect(), self.circumstances.nowhere.clone())
    }
}
