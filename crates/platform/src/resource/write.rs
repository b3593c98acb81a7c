//! Making and changing records: one way for one record, for a thousand in bulk, and for a file.
//!
//! Everything that is wrong with every record is found before anything is written; what passes is written by one statement.
//!
//! **Invariant:** a record is written only after its form, references, custom values, rules and the caller's rights were checked.
//! **Invariant:** what is changed was locked first, so that a check holds until it is stored.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::caller::Scope;
use crate::database::Tx;
use crate::error::{Error, FieldError, Kind as Family, Result};
use crate::files::{self, Belongs, Claim};
use crate::http::IfMatch;
use crate::ids::PlantId;
use crate::permission::Permission;
use crate::policy::Refused;
use crate::resource::custom::Definitions;
use crate::resource::incoming;
use crate::resource::kind::{Field, Kind, Kinds, Type, Within};
use crate::resource::narrowing::{refused as refused_by_policy, visible};
use crate::resource::rules::Sight;
use crate::resource::statements::Statements;

/// A record that somebody wants written.
#[derive(Debug)]
pub struct Asked {
    /// Where it is in the body, as a JSON pointer: `/rows/3`, or nothing.
    pub at: String,
    /// Its members.
    pub body: Map<String, Value>,
    /// What to do with them.
    pub how: How,
    /// The version that a change is meant for.
    pub meant: IfMatch,
}

/// What to do with the members of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// A new record.
    Create,
    /// A new record with an identifier that was given out before.
    CreateAs(Uuid),
    /// Change what is said (RFC 7396) of this one.
    Merge(Uuid),
    /// Make this one exactly so.
    Replace(Uuid),
}

/// A record as it is now stored.
#[derive(Clone, Debug)]
pub struct Saved {
    /// The record.
    pub id: Uuid,
    /// Its members, without custom values that the caller may not see.
    pub record: Map<String, Value>,
    /// What happened to it.
    pub change: Change,
}

/// What happened to a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// It is new.
    Created,
    /// Some value differs.
    Updated,
    /// It was so already.
    Unchanged,
}

impl Saved {
    /// Its version.
    pub fn version(&self) -> i64 {
        version(&self.record)
    }
}

/// The version of a record.
pub(super) fn version(record: &Map<String, Value>) -> i64 {
    record.get("version").and_then(Value::as_i64).unwrap_or_default()
}

/// A record on its way.
struct Draft {
    at: String,
    id: Uuid,
    before: Option<Map<String, Value>>,
    after: Map<String, Value>,
    errors: Vec<FieldError>,
}

impl Draft {
    fn wrong(&mut self, member: &str, code: &'static str, detail: impl Into<String>) {
        let pointer = if member.is_empty() { self.at.clone() } else { format!("{}/{member}", self.at) };
        self.errors.push(FieldError::new(pointer, code, detail));
    }

    fn plant(&self) -> Option<Uuid> {
        id_of(self.after.get("plant_id"))
    }

    fn is_changed(&self) -> bool {
        self.before.as_ref().is_none_or(|before| *before != self.after)
    }
}

fn id_of(value: Option<&Value>) -> Option<Uuid> {
    value?.as_str()?.parse().ok()
}

/// Writes records of a kind. Each is checked whole; with [`Whole::All`] one that is wrong keeps all from being written, with
/// [`Whole::Each`] only itself. `also` is a right needed beside those of making and changing. Whoever asks for all commits only if none is wrong.
///
/// # Errors
/// When the database fails. What is wrong with a record is in its place in the answer.
pub async fn save(
    tx: &mut Tx,
    kinds: &Kinds,
    kind: &'static Kind,
    asked: Vec<Asked>,
    whole: Whole,
    also: Option<Permission>,
) -> Result<Vec<Result<Saved, Vec<FieldError>>>> {
    let definitions = Definitions::load(tx, kind).await?;
    let mut drafts = drafts(tx, kind, &definitions, asked).await?;
    references(tx, kinds, kind, &definitions, &mut drafts).await?;
    claims(tx, kind, &definitions, &mut drafts).await?;
    rights(tx, kind, also, &mut drafts);
    taken(tx, kind, &mut drafts).await?;
    rules(tx, kinds, kind, &mut drafts).await?;
    forbidden(tx, kind, also, &mut drafts);
    let wrong = |drafts: &[Draft]| drafts.iter().filter(|draft| !draft.errors.is_empty()).count();
    if whole == Whole::All && wrong(&drafts) > 0 {
        return Ok(drafts.into_iter().map(|draft| Err(draft.errors)).collect());
    }
    let several = drafts.len() > 1 || whole == Whole::Each;
    let stored = loop {
        let before = wrong(&drafts);
        if several {
            tx.savepoint().await?;
        }
        let stored = store_all(tx, kind, &mut drafts).await?;
        confirm(tx, kinds, kind, &mut drafts).await?;
        if whole == Whole::All || wrong(&drafts) == before {
            break stored;
        }
        // Those that are right go in again, without those that turned out wrong together with them.
        tx.back_to_savepoint().await?;
    };
    for draft in drafts.iter().filter(|draft| draft.errors.is_empty()) {
        hand_over(tx, kind, &definitions, draft).await?;
    }
    Ok(answer(tx, &definitions, drafts, stored))
}

type Stored = HashMap<Uuid, Map<String, Value>>;

fn answer(tx: &Tx, definitions: &Definitions, drafts: Vec<Draft>, mut stored: Stored) -> Vec<Result<Saved, Vec<FieldError>>> {
    let answer = drafts.into_iter().map(|draft| {
        if !draft.errors.is_empty() {
            return Err(draft.errors);
        }
        let change = match &draft.before {
            None => Change::Created,
            Some(_) if stored.contains_key(&draft.id) => Change::Updated,
            Some(_) => Change::Unchanged,
        };
        let mut record = stored.remove(&draft.id).unwrap_or(draft.after);
        definitions.hide(tx.caller(), &mut record);
        Ok(Saved { id: draft.id, record, change })
    });
    answer.collect()
}

/// What one wrong record means for the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whole {
    /// All or none.
    All,
    /// Those that are right.
    Each,
}

/// Writes one record, whatever its version is.
///
/// # Errors
/// 404 where it is not there or not visible; 403 without the right; 409 `taken`; 422 with everything that is wrong.
pub async fn save_one(tx: &mut Tx, kinds: &Kinds, kind: &'static Kind, body: Map<String, Value>, how: How) -> Result<Saved> {
    save_meant(tx, kinds, kind, body, how, IfMatch::Any).await
}

/// Writes one record, if its version is the one meant.
///
/// # Errors
/// As [`save_one`]; 412 `stale`.
pub async fn save_meant(
    tx: &mut Tx,
    kinds: &Kinds,
    kind: &'static Kind,
    body: Map<String, Value>,
    how: How,
    meant: IfMatch,
) -> Result<Saved> {
    let asked = vec![Asked { at: String::new(), body, how, meant }];
    let saved = save(tx, kinds, kind, asked, Whole::All, None).await?.pop().ok_or_else(|| Error::internal("no answer for a record"))?;
    let by_policy = tx.refused();
    saved.map_err(|errors| refusal(kind, errors, by_policy))
}

/// One refusal for everything that is wrong with one record: what may not be seen comes first, then what may not be done.
fn refusal(kind: &Kind, errors: Vec<FieldError>, by_policy: Option<Refused>) -> Error {
    let first = |code: &str| errors.iter().find(|error| error.code == code);
    if first("not_found").is_some() {
        return Error::not_found(&kind.noun());
    }
    if let Some(missing) = first("permission_missing") {
        return Error::new(Family::Forbidden, "permission_missing", missing.detail.clone());
    }
    if let Some(refused) = by_policy.filter(|_| first("policy_forbids").is_some()) {
        return refused.into_error();
    }
    if let Some(stale) = first("stale") {
        return Error::new(Family::Precondition, "stale", stale.detail.clone());
    }
    if errors.iter().all(|error| error.code == "taken") {
        let detail = errors.iter().map(|error| error.detail.as_str()).collect::<Vec<_>>().join("; ");
        let mut error = Error::conflict("taken", detail);
        error.fields = errors;
        return error;
    }
    Error::invalid(errors)
}

/// Locks what is changed, and reads what is said.
async fn drafts(tx: &mut Tx, kind: &'static Kind, definitions: &Definitions, asked: Vec<Asked>) -> Result<Vec<Draft>> {
    let ids: Vec<Uuid> = asked
        .iter()
        .filter_map(|asked| match asked.how {
            How::Create | How::CreateAs(_) => None,
            How::Merge(id) | How::Replace(id) => Some(id),
        })
        .collect();
    let mut before = lock(tx, kind, &ids).await?;
    Ok(asked.into_iter().map(|asked| draft(tx, kind, definitions, asked, &mut before)).collect())
}

/// Records by identifier, locked.
pub(super) async fn lock(tx: &mut Tx, kind: &Kind, ids: &[Uuid]) -> Result<Stored> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let organization = tx.caller().organization;
    let rows = tx.query(Statements::of(kind).lock.clone(), &[&organization, &ids]).await?;
    Ok(rows.iter().filter_map(|row| Some((row.get(0), members(row.get(1))?))).collect())
}

fn members(value: Value) -> Option<Map<String, Value>> {
    match value {
        Value::Object(members) => Some(members),
        _ => None,
    }
}

fn draft(tx: &Tx, kind: &'static Kind, definitions: &Definitions, asked: Asked, before: &mut HashMap<Uuid, Map<String, Value>>) -> Draft {
    let Asked { at, mut body, how, meant } = asked;
    let mut draft = match how {
        How::Create => Draft { at, id: tx.new_id(), before: None, after: Map::new(), errors: Vec::new() },
        How::CreateAs(id) => Draft { at, id, before: None, after: Map::new(), errors: Vec::new() },
        How::Merge(id) | How::Replace(id) => match before.remove(&id) {
            Some(record) => Draft { at, id, after: record.clone(), before: Some(record), errors: Vec::new() },
            None => {
                let mut draft = Draft { at, id, before: None, after: Map::new(), errors: Vec::new() };
                draft.wrong(
                    "",
                    "not_found",
                    format!("there is no such {}, or it is not visible to you, or it is there twice", kind.noun()),
                );
                return draft;
            }
        },
    };
    if let Some(before) = &draft.before
        && let Err(stale) = meant.check(version(before))
    {
        draft.wrong("", "stale", stale.detail);
    }
    if draft.after.get("archived_at").is_some_and(|at| !at.is_null()) {
        draft.wrong("", "archived", format!("the {} is archived; restore it, then change it", kind.noun()));
    }
    match how {
        How::Replace(_) => {
            for field in kind.fields.iter().filter(|field| !field.immutable && !field.read_only) {
                body.entry(field.name).or_insert(Value::Null);
            }
            definitions.complete_replacement(tx.caller(), &draft.after, &mut body);
        }
        How::Merge(_) => merge_groups(kind, &draft.after, &mut body),
        How::Create | How::CreateAs(_) => {}
    }
    incoming::read(kind, &body, &mut draft.after, &draft.at, &mut draft.errors);
    incoming::fill(kind, &mut draft.after, &draft.at, &mut draft.errors);
    definitions.read(tx.caller(), &body, draft.before.is_none(), &mut draft.after, &draft.at, &mut draft.errors);
    draft.after.insert("id".into(), Value::String(draft.id.to_string()));
    draft
}

/// RFC 7396 goes into groups of values, and replaces lists.
fn merge_groups(kind: &Kind, before: &Map<String, Value>, body: &mut Map<String, Value>) {
    for field in kind.fields.iter().filter(|field| matches!(field.ty, Type::Object(_))) {
        if let (Some(Value::Object(was)), Some(Value::Object(now))) = (before.get(field.name), body.get_mut(field.name)) {
            for (name, value) in was {
                now.entry(name.clone()).or_insert_with(|| value.clone());
            }
        }
    }
}

/// A reference within a record.
struct Refers {
    draft: usize,
    member: String,
    id: Uuid,
    /// It was so before, so that it may point to something archived meanwhile.
    old: bool,
}

/// A record that is referred to.
struct Target {
    plant: Option<Uuid>,
    archived: bool,
}

/// Whether what records refer to is there, in use, and in their plant; and which plant they belong to.
async fn references(tx: &mut Tx, kinds: &Kinds, kind: &'static Kind, definitions: &Definitions, drafts: &mut [Draft]) -> Result<()> {
    let mut wanted: BTreeMap<String, Vec<Refers>> = BTreeMap::new();
    for (index, draft) in drafts.iter().enumerate() {
        let mut note = |target: &str, member: String, id| {
            let old = draft.before.as_ref().is_some_and(|before| {
                Value::Object(before.clone()).pointer(&format!("/{member}")).and_then(|value| id_of(Some(value))) == Some(id)
            });
            wanted.entry(target.into()).or_default().push(Refers { draft: index, member, id, old });
        };
        for field in kind.fields {
            if let Some(value) = draft.after.get(field.name) {
                referred(&field.ty, value, field.name, &mut note);
            }
        }
        for (target, key, id) in definitions.references(&draft.after) {
            note(target, format!("fields/{key}"), id);
        }
    }
    // By kind and then by identifier: everybody locks in the same order.
    for (name, refers) in wanted {
        let Some(target) = kinds.find(&name) else { continue };
        let targets = refer(tx, target, refers.iter().map(|refers| refers.id).collect()).await?;
        for refers in refers {
            let draft = &mut drafts[refers.draft];
            match targets.get(&refers.id) {
                None => draft.wrong(
                    &refers.member,
                    "unknown_reference",
                    format!("there is no such {}, or it is not visible to you", target.noun()),
                ),
                Some(found) if found.archived && !refers.old => {
                    draft.wrong(&refers.member, "archived_reference", format!("the {} is archived", target.noun()));
                }
                Some(found) => placed(kind, target, draft, &refers.member, found),
            }
        }
    }
    Ok(())
}

/// The plant of a record that refers to `found`.
fn placed(kind: &Kind, target: &Kind, draft: &mut Draft, member: &str, found: &Target) {
    if target.within == Within::Itself || !kind.within.has_plant() {
        return;
    }
    let own = match kind.within {
        Within::Parent(field) if field == member => {
            let before = draft.before.as_ref().and_then(|before| id_of(before.get("plant_id")));
            draft.after.insert("plant_id".into(), found.plant.map_or(Value::Null, |plant| Value::String(plant.to_string())));
            before
        }
        _ => draft.plant(),
    };
    if let (Some(own), Some(other)) = (own, found.plant)
        && own != other
    {
        draft.wrong(member, "other_plant", format!("the {} belongs to another plant", target.noun()));
    }
}

/// Files that are to become values of a draft, and those that no longer are: key, file.
fn files_of<'a>(definitions: &'a Definitions, draft: &Draft) -> (Vec<(&'a str, Uuid)>, Vec<(&'a str, Uuid)>) {
    let after = definitions.files(&draft.after);
    let before = draft.before.as_ref().map(|before| definitions.files(before)).unwrap_or_default();
    let only = |these: &[(&'a str, Uuid)], those: &[(&'a str, Uuid)]| these.iter().filter(|one| !those.contains(one)).copied().collect();
    (only(&after, &before), only(&before, &after))
}

fn belongs(kind: &'static Kind, draft: &Draft) -> Belongs {
    let plant = match scope(kind, &draft.after) {
        Scope::Plant(plant) => Some(plant.0),
        Scope::Organization => None,
    };
    Belongs { kind: kind.name, record: draft.id, plant }
}

/// Whether files may become values of custom fields: each of one field of one record, and of nothing else.
async fn claims(tx: &mut Tx, kind: &'static Kind, definitions: &Definitions, drafts: &mut [Draft]) -> Result<()> {
    let mut taken = BTreeMap::new();
    for draft in drafts.iter_mut() {
        let to = belongs(kind, draft);
        let (new, _) = files_of(definitions, draft);
        for (field, file) in new {
            let member = format!("fields/{field}");
            if taken.insert(file, member.clone()).is_some() {
                draft.wrong(&member, "taken", "the same file is a value twice; send it once for each");
            } else if let Err(wrong) = files::claim(tx, Claim { file, to, field }).await? {
                draft.wrong(&member, wrong.code, wrong.detail);
            }
        }
    }
    Ok(())
}

/// Gives a record that is stored the files that it names now, and takes away those that it no longer does.
async fn hand_over(tx: &mut Tx, kind: &'static Kind, definitions: &Definitions, draft: &Draft) -> Result<()> {
    let to = belongs(kind, draft);
    let (new, gone) = files_of(definitions, draft);
    for (field, file) in gone {
        files::release(tx, Claim { file, to, field }).await?;
    }
    for (field, file) in new {
        files::give(tx, Claim { file, to, field }).await?;
    }
    Ok(())
}

/// Every reference within a value.
fn referred(ty: &Type, value: &Value, at: &str, note: &mut impl FnMut(&str, String, Uuid)) {
    match (ty, value) {
        (Type::Reference(kind), value) => {
            if let Some(id) = id_of(Some(value)) {
                note(kind, at.into(), id);
            }
        }
        (Type::List(of), Value::Array(entries)) => {
            for (index, entry) in entries.iter().enumerate() {
                referred(of, entry, &format!("{at}/{index}"), note);
            }
        }
        (Type::Object(fields), Value::Object(members)) => {
            for field in fields.iter() {
                if let Some(value) = members.get(field.name) {
                    referred(&field.ty, value, &format!("{at}/{}", field.name), note);
                }
            }
        }
        _ => {}
    }
}

async fn refer(tx: &mut Tx, target: &Kind, mut ids: Vec<Uuid>) -> Result<HashMap<Uuid, Target>> {
    ids.sort_unstable();
    ids.dedup();
    let organization = tx.caller().organization;
    let rows = tx.query(Statements::of(target).refer.clone(), &[&organization, &ids]).await?;
    Ok(rows.iter().map(|row| (row.get(0), Target { plant: row.get(1), archived: row.get(3) })).collect())
}

/// The plant of each of these records.
pub(super) async fn plants_of(tx: &mut Tx, kind: &Kind, ids: Vec<Uuid>) -> Result<HashMap<Uuid, Uuid>> {
    Ok(refer(tx, kind, ids).await?.into_iter().filter_map(|(id, target)| Some((id, target.plant?))).collect())
}

/// Whether the caller may do this where the record is.
fn rights(tx: &mut Tx, kind: &'static Kind, also: Option<Permission>, drafts: &mut [Draft]) {
    for draft in drafts.iter_mut().filter(|draft| !draft.errors.iter().any(|error| error.code == "not_found")) {
        let verb = if draft.before.is_some() { kind.verbs.update } else { kind.verbs.create };
        if let Some(before) = &draft.before
            && ((!tx.caller().may(kind.verbs.read, scope(kind, before)) && !readable_everywhere(tx, kind))
                || !visible(tx.caller(), kind, before))
        {
            draft.wrong("", "not_found", format!("there is no such {}, or it is not visible to you", kind.noun()));
            continue;
        }
        let place = match (kind.within, &draft.before) {
            // A new plant belongs to nobody's plant yet.
            (Within::Itself, None) => Scope::Organization,
            _ => scope(kind, draft.before.as_ref().unwrap_or(&draft.after)),
        };
        if kind.within.has_plant() && kind.within != Within::Either && place == Scope::Organization && kind.within != Within::Itself {
            // Its plant is unknown, which was reported as a wrong or missing reference.
            continue;
        }
        for verb in [Some(verb), also].into_iter().flatten() {
            if let Err(refused) = tx.caller().require(verb, place) {
                let by_policy = std::error::Error::source(&refused).and_then(|cause| cause.downcast_ref::<Refused>()).cloned();
                draft.wrong("", if by_policy.is_some() { "policy_forbids" } else { "permission_missing" }, refused.detail);
                let record = draft.before.as_ref().map(|_| (kind.name, draft.id));
                tx.refuse(by_policy.map(|refused| Refused { record, ..refused }));
            }
        }
    }
}

/// What policies forbid with the records that are right: neither as a record was nor as it would be may somebody change it against them.
fn forbidden(tx: &mut Tx, kind: &'static Kind, also: Option<Permission>, drafts: &mut [Draft]) {
    let of = |draft: &Draft| if draft.before.is_some() { kind.verbs.update } else { kind.verbs.create };
    let is_asked = |permission| tx.caller().policies_on(permission).is_some();
    if ![Some(kind.verbs.update), Some(kind.verbs.create), also].into_iter().flatten().any(is_asked) {
        return;
    }
    for draft in drafts.iter_mut().filter(|draft| draft.errors.is_empty() && draft.is_changed()) {
        let states = draft.before.iter().chain([&draft.after]);
        let found = states
            .flat_map(|state| [Some(of(draft)), also].into_iter().flatten().map(move |verb| (verb, state)))
            .find_map(|(verb, state)| refused_by_policy(tx.caller(), kind, verb, state, None));
        if let Some(refused) = found {
            draft.wrong("", "policy_forbids", refused.clone().into_error().detail);
            tx.refuse(Some(refused));
        }
    }
}

/// Records of the whole organization may be read by whoever may read them somewhere.
fn readable_everywhere(tx: &Tx, kind: &Kind) -> bool {
    matches!(kind.within, Within::Organization) && tx.caller().may_somewhere(kind.verbs.read)
}

/// Where a record is, for the question of rights.
pub(super) fn scope(kind: &Kind, record: &Map<String, Value>) -> Scope {
    let plant = match kind.within {
        Within::Organization => None,
        Within::Itself => id_of(record.get("id")),
        Within::Plant | Within::Either | Within::Parent(_) => id_of(record.get("plant_id")),
    };
    plant.map_or(Scope::Organization, |plant| Scope::Plant(PlantId(plant)))
}

/// Whether a unique key is another record's already, stored or in the same request.
async fn taken(tx: &mut Tx, kind: &'static Kind, drafts: &mut [Draft]) -> Result<()> {
    let organization = tx.caller().organization;
    for (key, statement) in kind.unique.iter().zip(&Statements::of(kind).by_key) {
        let Some(last) = key.last() else { continue };
        let title = kind.field(last).map_or_else(|| (*last).into(), |field: &Field| field.title.to_lowercase());
        let asked = keys(key, drafts);
        let mut seen: HashMap<String, usize> = HashMap::new();
        for entry in &asked {
            let position = entry.get("at_row").and_then(Value::as_u64).unwrap_or_default() as usize;
            let mut values = entry.clone();
            values.as_object_mut().map(|values| values.remove("at_row"));
            if let Some(first) = seen.insert(values.to_string(), position) {
                let at = drafts[first].at.clone();
                drafts[position].wrong(last, "taken", format!("{at} has the same {title}"));
            }
        }
        if asked.is_empty() {
            continue;
        }
        for row in tx.query(statement.clone(), &[&organization, &Value::Array(asked)]).await? {
            let draft = &mut drafts[row.get::<_, i64>(0) as usize];
            if draft.id != row.get::<_, Uuid>(1) {
                let value = draft.after.get(*last).map(plain).unwrap_or_default();
                draft.wrong(last, "taken", format!("there is already {} with {title} {value}; it may be archived", kind.a_noun()));
            }
        }
    }
    Ok(())
}

/// The values of a key of each draft that is right so far, with its position.
fn keys(key: &[&str], drafts: &[Draft]) -> Vec<Value> {
    let right = drafts.iter().enumerate().filter(|(_, draft)| draft.errors.is_empty());
    right
        .filter_map(|(position, draft)| {
            let mut entry = Map::from_iter([("at_row".to_string(), json!(position))]);
            let same = |name: &&str| draft.before.as_ref().is_some_and(|before| before.get(*name) == draft.after.get(*name));
            if key.iter().all(same) {
                return None;
            }
            for name in key {
                let value = draft.after.get(*name).filter(|value| !value.is_null())?;
                entry.insert((*name).into(), value.clone());
            }
            entry.insert("plant_id".into(), draft.after.get("plant_id").cloned().unwrap_or(Value::Null));
            Some(Value::Object(entry))
        })
        .collect()
}

/// A value as a sentence quotes it.
pub(super) fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => format!("“{text}”"),
        value => value.to_string(),
    }
}

/// The kind's own rules, for drafts that are right so far.
async fn rules(tx: &mut Tx, kinds: &Kinds, kind: &'static Kind, drafts: &mut [Draft]) -> Result<()> {
    for draft in drafts.iter_mut().filter(|draft| draft.errors.is_empty()) {
        (kind.hooks.complete)(&mut draft.after)?;
        let found = (kind.hooks.check)(&draft.after, draft.before.as_ref(), Sight { tx, kinds }).await?;
        draft.errors.extend(found.into_iter().map(|error| FieldError { pointer: format!("{}{}", draft.at, error.pointer), ..error }));
    }
    Ok(())
}

/// Rules over several records, once all are stored.
async fn confirm(tx: &mut Tx, kinds: &Kinds, kind: &'static Kind, drafts: &mut [Draft]) -> Result<()> {
    for draft in drafts.iter_mut().filter(|draft| draft.errors.is_empty() && draft.is_changed()) {
        let found = (kind.hooks.confirm)(&draft.after, Sight { tx, kinds }).await?;
        draft.errors.extend(found.into_iter().map(|error| FieldError { pointer: format!("{}{}", draft.at, error.pointer), ..error }));
    }
    Ok(())
}

/// Writes the drafts that are right, at once; where the database refuses one of several, one by one, so that it gets the blame.
async fn store_all(tx: &mut Tx, kind: &'static Kind, drafts: &mut [Draft]) -> Result<Stored> {
    let refused = match store(tx, kind, drafts).await {
        Err(error) if drafts.len() > 1 && matches!(error.kind, Family::Conflict | Family::Invalid) => error,
        done => return done,
    };
    tracing::debug!(%refused, kind = kind.name, "the database refused one of several records");
    tx.back_to_savepoint().await?;
    let mut stored = HashMap::new();
    for draft in drafts.iter_mut() {
        tx.savepoint().await?;
        match store(tx, kind, std::slice::from_ref(draft)).await {
            Ok(one) => stored.extend(one),
            Err(error) if matches!(error.kind, Family::Conflict | Family::Invalid) => {
                tx.back_to_savepoint().await?;
                draft.wrong("", error.code, error.detail);
            }
            Err(error) => return Err(error),
        }
        // The point before all rows is the one to return to.
        tx.release_savepoint().await?;
    }
    Ok(stored)
}

/// Writes the drafts that are right and differ from what is stored.
async fn store(tx: &mut Tx, kind: &'static Kind, drafts: &[Draft]) -> Result<Stored> {
    let mut stored = HashMap::new();
    let right = || drafts.iter().filter(|draft| draft.errors.is_empty());
    let rows = |drafts: Vec<&Draft>| Value::Array(drafts.into_iter().map(|draft| Value::Object(draft.after.clone())).collect());
    let fresh = rows(right().filter(|draft| draft.before.is_none()).collect());
    let changed = rows(right().filter(|draft| draft.before.is_some() && draft.is_changed()).collect());
    let statements = Statements::of(kind);
    let (organization, now) = (tx.caller().organization, tx.now());
    for (statement, rows) in [(&statements.insert, fresh), (&statements.update, changed)] {
        if rows.as_array().is_some_and(Vec::is_empty) {
            continue;
        }
        let written = tx.query(statement.clone(), &[&organization, &rows, &now]).await.map_err(|error| refused(kind, error))?;
        stored.extend(written.iter().filter_map(|row| Some((row.get(0), members(row.get(1))?))));
    }
    Ok(stored)
}

/// What only the database noticed: another request was faster, or values contradict each other in a way that no rule of the kind names.
pub(super) fn refused(kind: &Kind, error: Error) -> Error {
    use tokio_postgres::error::SqlState;
    let constraint = error.constraint().unwrap_or_default().to_string();
    let what = constraint.strip_prefix(kind.table).unwrap_or(&constraint).trim_matches('_').replace('_', " ");
    match error.sql_state() {
        Some(&SqlState::UNIQUE_VIOLATION) => {
            Error::conflict("taken", format!("there is already {} like it ({what})", kind.a_noun())).because(error)
        }
        Some(&SqlState::CHECK_VIOLATION) => {
            Error::invalid(vec![FieldError::new("", "contradiction", format!("the values do not fit together ({what})"))]).because(error)
        }
        Some(&SqlState::NUMERIC_VALUE_OUT_OF_RANGE) => {
            Error::invalid(vec![FieldError::new("", "too_large", "a number is larger than can be stored")]).because(error)
        }
        _ => error,
    }
}
