//! What is done with scenarios beyond writing them: clone, restore a version, submit, approve, send back.

use jiff::Timestamp;
use platform::caller::Scope;
use platform::http::IfMatch;
use platform::ids::PlantId;
use platform::resource::{self, How, Kinds, Record as _, Saved};
use platform::{Error, FieldError, Permission, Result, Tx};
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::scenarios::content::Content;
use crate::scenarios::merge::{self, MergeAsked, Merged};
use crate::scenarios::record::{Scenario, ScenarioId};
use crate::scenarios::versions;
use crate::{SCENARIO_APPROVE, SCENARIO_SUBMIT};

/// Changes are what a version of a scenario says, and nothing else of it.
fn refuse_strange(changes: &Map<String, Value>, at: &str) -> Result<()> {
    let strange = merge::strange(changes);
    if strange.is_empty() {
        return Ok(());
    }
    let wrong =
        strange.iter().map(|member| FieldError::new(format!("{at}/{member}"), "unknown", "expected lists of changes and parameters"));
    Err(Error::invalid(wrong.collect()))
}

/// What is known of a scenario without reading all of it.
#[derive(Clone, Debug)]
pub struct Standing {
    /// The scenario.
    pub id: ScenarioId,
    /// Its plant.
    pub plant: PlantId,
    /// Its name.
    pub name: String,
    /// Where it stands: draft, submitted, approved.
    pub status: String,
    /// Its version.
    pub version: i64,
    /// Who submitted it.
    pub submitted_by: Option<Uuid>,
    /// When it was archived, if it is.
    pub archived_at: Option<Timestamp>,
}

/// A scenario that the caller may see; `locked` for whoever is about to change it.
///
/// # Errors
/// 404 where there is none or the caller may not see it.
pub async fn find(tx: &mut Tx, id: ScenarioId, locked: bool) -> Result<Standing> {
    const PLAIN: &str =
        "select plant_id, name, status, version, submitted_by, archived_at from scenarios where organization_id = $1 and id = $2";
    const LOCKED: &str = "select plant_id, name, status, version, submitted_by, archived_at from scenarios where organization_id = $1 and id = $2 for update";
    let organization = tx.caller().organization;
    let row = tx.query_opt(if locked { LOCKED } else { PLAIN }, &[&organization, &id]).await?;
    let row = row.ok_or_else(|| Error::not_found("scenario"))?;
    let standing = Standing {
        id,
        plant: row.get(0),
        name: row.get(1),
        status: row.get(2),
        version: row.get(3),
        submitted_by: row.get(4),
        archived_at: row.get(5),
    };
    if !tx.caller().may(Scenario::kind().verbs.read, Scope::Plant(standing.plant)) {
        return Err(Error::not_found("scenario"));
    }
    if tx.caller().policies_on(Scenario::kind().verbs.read).is_some() {
        let record = resource::find(tx, Scenario::kind(), id.0).await?;
        record.filter(|record| resource::visible(tx.caller(), Scenario::kind(), record)).ok_or_else(|| Error::not_found("scenario"))?;
    }
    Ok(standing)
}

/// A scenario to change, which its version and the organization's policies allow. `amount` is how much it is about, where that is known.
async fn changing(tx: &mut Tx, id: ScenarioId, permission: Permission, meant: IfMatch, amount: Option<Decimal>) -> Result<Standing> {
    let standing = find(tx, id, true).await?;
    if tx.caller().policies_on(permission).is_some()
        && let Some(record) = resource::find(tx, Scenario::kind(), id.0).await?
    {
        resource::require(tx.caller(), Scenario::kind(), permission, &record, amount)?;
    }
    tx.require(permission, Scope::Plant(standing.plant))?;
    meant.check(standing.version)?;
    if standing.archived_at.is_some() {
        return Err(Error::conflict("archived", "the scenario is archived: restore it first"));
    }
    Ok(standing)
}

/// What a clone is called.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewClone {
    /// As people call it; unique in the plant.
    #[schema(min_length = 1, max_length = 200, example = "Third shift on coating")]
    pub name: String,
    /// What it is for.
    #[schema(max_length = 4000)]
    pub description: Option<String>,
    /// The version to clone; the present one unless given.
    #[schema(minimum = 1, example = 1)]
    pub version: Option<i64>,
}

/// A new scenario that starts where another one stands, and stores nothing of it.
///
/// # Errors
/// 404, 403, 409 `taken`.
pub async fn clone(tx: &mut Tx, kinds: &Kinds, id: ScenarioId, new: NewClone) -> Result<Saved> {
    let base = find(tx, id, false).await?;
    let version = new.version.unwrap_or(base.version);
    let body = json!({
        "plant_id": base.plant, "name": new.name, "description": new.description, "base_id": id, "base_version": version,
        "message": format!("Cloned from “{}”, version {version}", base.name).chars().take(1000).collect::<String>(),
    });
    resource::save_one(tx, kinds, Scenario::kind(), members(body), How::Create).await
}

/// Changes as a scenario would have them, checked by making one, which is undone.
///
/// # Errors
/// 422 with everything that is wrong with them.
pub async fn try_changes(tx: &mut Tx, kinds: &Kinds, scenario: &Standing, changes: Map<String, Value>) -> Result<Content> {
    refuse_strange(&changes, "/changes")?;
    let mut body = changes;
    body.insert("plant_id".into(), json!(scenario.plant));
    body.insert("name".into(), json!(format!("what if {}", tx.new_id::<Uuid>())));
    tx.savepoint().await?;
    let saved = resource::save_one(tx, kinds, Scenario::kind(), body, How::Create).await?;
    tx.back_to_savepoint().await?;
    serde_json::from_value(Value::Object(saved.record)).map_err(Error::internal)
}

/// Makes a former version the present one: a new version that says the same.
///
/// # Errors
/// 404, 403, 409 `scenario_not_draft`, 412 `stale`.
pub async fn restore(tx: &mut Tx, kinds: &Kinds, id: ScenarioId, number: i64, meant: IfMatch) -> Result<Saved> {
    find(tx, id, true).await?;
    let version = versions::get(tx, id, number).await?;
    let mut body = members(version.content.unwrap_or_default());
    body.insert("message".into(), Value::String(format!("Version {} restored", version.number)));
    resource::save_meant(tx, kinds, Scenario::kind(), body, How::Merge(id.0), meant).await
}

/// What somebody wants of a scenario who read it at an earlier version, beside what others made of it meanwhile. Nothing is written.
///
/// # Errors
/// 404 where there is no such version; 422 `unknown` for members that are no changes.
pub async fn merge(tx: &mut Tx, id: ScenarioId, asked: MergeAsked) -> Result<Merged> {
    let standing = find(tx, id, false).await?;
    refuse_strange(&asked.mine, "/mine")?;
    let base = merge::members(versions::get(tx, id, asked.base).await?.content);
    let theirs = merge::members(versions::get(tx, id, standing.version).await?.content);
    let (differences, merged) = merge::merge(&base, &theirs, &asked.mine);
    let conflicts = differences.iter().filter(|one| one.from == merge::From::Conflict).count();
    Ok(Merged { base: asked.base, theirs: standing.version, differences, conflicts, merged })
}

/// Why a scenario is approved or sent back.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// What there is to say.
    #[schema(max_length = 4000, example = "Agreed in the capacity review of week 12")]
    pub note: Option<String>,
}

/// Hands a draft in for a decision; nobody changes it meanwhile.
///
/// # Errors
/// 404, 403, 409 `scenario_not_draft`, 412 `stale`.
pub async fn submit(tx: &mut Tx, id: ScenarioId, meant: IfMatch) -> Result<Standing> {
    let standing = changing(tx, id, SCENARIO_SUBMIT, meant, None).await?;
    if standing.status != "draft" {
        return Err(Error::conflict("scenario_not_draft", format!("the scenario is {} already", standing.status)));
    }
    let (by, now) = (tx.caller().user(), tx.now());
    let organization = tx.caller().organization;
    let sql = "update scenarios set status = 'submitted', submitted_by = $3, submitted_at = $4, decided_by = null, decided_at = null,
            decision = null, version = version + 1, updated_at = $4, updated_by = current_setting('gemba.actor')
        where organization_id = $1 and id = $2";
    tx.execute(sql, &[&organization, &id, &by, &now]).await?;
    noted(tx, &standing, "scenario.submitted", None, None).await?;
    find(tx, id, false).await
}

/// Approves what was submitted. Where the organization demands four eyes, whoever submitted it cannot.
///
/// # Errors
/// 404, 403, 409 `scenario_not_submitted`, 409 `four_eyes`, 412 `stale`.
pub async fn approve(tx: &mut Tx, id: ScenarioId, meant: IfMatch, decision: Decision) -> Result<Standing> {
    let amount = demand(tx, id).await?;
    let standing = submitted(tx, id, meant, amount).await?;
    if standing.submitted_by.is_some() && standing.submitted_by == tx.caller().user() && four_eyes(tx).await? {
        let detail = "whoever submits a scenario does not approve it: this organization demands four eyes";
        return Err(Error::conflict("four_eyes", detail));
    }
    decide(tx, &standing, "approved", decision, amount).await
}

/// Sends back what was submitted, with what is missing.
///
/// # Errors
/// 404, 403, 409 `scenario_not_submitted`, 412 `stale`, 422 where nothing is said.
pub async fn send_back(tx: &mut Tx, id: ScenarioId, meant: IfMatch, decision: Decision) -> Result<Standing> {
    let amount = demand(tx, id).await?;
    let standing = submitted(tx, id, meant, amount).await?;
    if decision.note.as_ref().is_none_or(|note| note.trim().is_empty()) {
        return Err(Error::invalid(vec![FieldError::new("/note", "required", "say what is missing, so that it can be mended")]));
    }
    decide(tx, &standing, "draft", decision, amount).await
}

/// Demand of the newest plan of a scenario (units), which is what a decision about it is about; nothing where it was not optimized yet.
async fn demand(tx: &mut Tx, id: ScenarioId) -> Result<Option<Decimal>> {
    let organization = tx.caller().organization;
    let sql = "select (a.summary ->> 'demand_units')::numeric from scenario_results r
        join plan_answers a on a.organization_id = $1 and a.id = r.answer_id
        where r.organization_id = $1 and r.scenario_id = $2 order by r.created_at desc, r.id desc limit 1";
    Ok(tx.query_opt(sql, &[&organization, &id]).await?.and_then(|row| row.get(0)))
}

async fn submitted(tx: &mut Tx, id: ScenarioId, meant: IfMatch, amount: Option<Decimal>) -> Result<Standing> {
    let standing = changing(tx, id, SCENARIO_APPROVE, meant, amount).await?;
    if standing.status != "submitted" {
        let detail = format!("the scenario is not submitted: it is {}", if standing.status == "draft" { "a draft" } else { "approved" });
        return Err(Error::conflict("scenario_not_submitted", detail));
    }
    Ok(standing)
}

async fn decide(tx: &mut Tx, standing: &Standing, status: &str, decision: Decision, amount: Option<Decimal>) -> Result<Standing> {
    if decision.note.as_ref().is_some_and(|note| note.chars().count() > 4000 || note.contains('\0')) {
        return Err(Error::invalid(vec![FieldError::new("/note", "too_long", "expected at most 4,000 characters of text")]));
    }
    let (by, now) = (tx.caller().user(), tx.now());
    let organization = tx.caller().organization;
    let sql = "update scenarios set status = $3, decided_by = $4, decided_at = $5, decision = $6, version = version + 1, updated_at = $5,
            updated_by = current_setting('gemba.actor')
        where organization_id = $1 and id = $2";
    tx.execute(sql, &[&organization, &standing.id, &status, &by, &now, &decision.note]).await?;
    let action = if status == "approved" { "scenario.approved" } else { "scenario.sent_back" };
    noted(tx, standing, action, decision.note.as_deref(), amount).await?;
    find(tx, standing.id, false).await
}

/// The verb in the trail, beside the change of the row.
async fn noted(tx: &mut Tx, standing: &Standing, action: &str, note: Option<&str>, amount: Option<Decimal>) -> Result<()> {
    let mut detail = json!({ "name": standing.name, "note": note, "submitted_by": standing.submitted_by });
    if let Some(amount) = amount {
        detail["amount"] = json!(amount.to_string());
    }
    tx.query("select gemba.audit($1, 'scenario', $2, $3, 'success', $4)", &[&action, &standing.id, &standing.plant, &detail]).await?;
    Ok(())
}

async fn four_eyes(tx: &mut Tx) -> Result<bool> {
    let organization = tx.caller().organization;
    let sql = "select coalesce((settings -> 'planning' ->> 'four_eyes')::boolean, false) from organizations where organization_id = $1";
    Ok(tx.query_one(sql, &[&organization]).await?.get(0))
}

fn members(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(mut members) => {
            members.retain(|name, value| !value.is_null() || name == "parameters");
            members
        }
        _ => Map::new(),
    }
}
