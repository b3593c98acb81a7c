//! Making and changing records: one way for one record, for a thousand in bulk, and for a file.
//!
//! Everything that is wrong with every record is found before anything is written; what passes is written by one statement.
//!
//! **Invariant:** a record is written only after its form, references, custom values, rules and the caller's rights were checked.
//! **Invariant:** what is changed was locked first, so that a check holds until it is stored.

mod claims;
mod draft;
mod keys;
mod references;
mod rights;
mod store;

use std::collections::HashMap;

use serde_json::{Map, Value};
use uuid::Uuid;

use crate::database::Tx;
use crate::error::{Error, FieldError, Kind as Family, Result};
use crate::http::IfMatch;
use crate::permission::Permission;
use crate::policy::Refused;
use crate::resource::custom::Definitions;
use crate::resource::kind::{Kind, Kinds};
use crate::resource::rules::Sight;

pub(super) use draft::lock;
pub(super) use references::plants_of;
pub(super) use rights::scope;
pub(super) use store::refused;

use claims::{claims, hand_over};
use draft::{Draft, drafts};
use keys::taken;
use references::references;
use rights::{forbidden, rights};
use store::store_all;

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
