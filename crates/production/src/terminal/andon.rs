//! Calls for help: somebody at a line calls, somebody acknowledges and comes, somebody clears. What nobody acknowledges goes up ([`super::escalation`]).
//!
//! **Invariant:** a call is open until it is cleared; acknowledged or cleared again, it stays as it was.

use jiff::{SignedDuration, Timestamp};
use platform::caller::{Reach, Scope};
use platform::ids::PlantId;
use platform::resource::Choice;
use platform::{Error, FieldError, Permission, Result, Tx};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio_postgres::Row;
use utoipa::ToSchema;
use uuid::Uuid;

use super::escalation;

/// See calls for help.
pub const ANDON_READ: Permission = Permission("production.andon.read");
/// Call for help, and clear calls.
pub const ANDON_REPORT: Permission = Permission("production.andon.report");
/// Acknowledge calls for help; whoever may is told of them.
pub const ANDON_ACKNOWLEDGE: Permission = Permission("production.andon.acknowledge");
/// Be told of calls that nobody acknowledges.
pub const ANDON_ESCALATED: Permission = Permission("production.andon.escalated");

/// Who or what is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Choice, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AndonKind {
    /// Somebody who leads.
    Supervisor,
    /// Material.
    Material,
    /// Quality.
    Quality,
    /// Maintenance.
    Maintenance,
    /// Somebody is in danger.
    Safety,
}

impl AndonKind {
    /// As tables and the API spell it.
    pub const fn text(self) -> &'static str {
        match self {
            AndonKind::Supervisor => "supervisor",
            AndonKind::Material => "material",
            AndonKind::Quality => "quality",
            AndonKind::Maintenance => "maintenance",
            AndonKind::Safety => "safety",
        }
    }
}

/// A call for help.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AndonCall {
    /// The call.
    pub id: Uuid,
    /// Its plant.
    #[schema(value_type = Uuid)]
    pub plant_id: PlantId,
    /// The line.
    pub line_id: Uuid,
    /// The line's name.
    #[schema(example = "SMT-01")]
    pub line: String,
    /// The job, if it is about one.
    pub job_id: Option<Uuid>,
    /// Who or what is needed.
    #[schema(example = "material")]
    pub kind: String,
    /// What there is to say.
    pub text: Option<String>,
    /// The operator who called.
    pub operator_id: Option<Uuid>,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub called_at: Timestamp,
    /// When somebody said that they come.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub acknowledged_at: Option<Timestamp>,
    /// Who.
    pub acknowledged_by: Option<String>,
    /// When it was over.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub cleared_at: Option<Timestamp>,
    /// Who said so.
    pub cleared_by: Option<String>,
    /// How many steps it has gone up.
    #[schema(example = 0)]
    pub level: i16,
}

/// A call to be made.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewAndonCall, example = json!({ "line_id": "0199d1a0-4242-7000-8000-0000000000b1", "kind": "material", "text": "Reel 4 runs out in ten minutes" }))]
pub struct NewCall {
    /// The line.
    pub line_id: Uuid,
    /// The job, if it is about one.
    pub job_id: Option<Uuid>,
    /// Who or what is needed.
    pub kind: AndonKind,
    /// What there is to say.
    #[schema(max_length = 1000)]
    pub text: Option<String>,
    /// The operator who calls.
    pub operator_id: Option<Uuid>,
}

/// Where a call comes from.
#[derive(Clone, Copy, Debug)]
pub struct CalledFrom {
    /// When.
    pub at: Timestamp,
    /// The terminal.
    pub terminal: Option<Uuid>,
    /// The terminal's action, whose identifier the call gets: the device knows it by that.
    pub action: Option<Uuid>,
}

macro_rules! selected {
    ($rest:literal) => {
        concat!(
            "select c.id, c.plant_id, c.line_id, l.name, c.job_id, c.kind, c.text, c.operator_id, c.called_at, c.acknowledged_at, c.acknowledged_by,
                c.cleared_at, c.cleared_by, c.level
            from andon_calls c join lines l on l.organization_id = $1 and l.id = c.line_id
            where c.organization_id = $1 and ",
            $rest
        )
    };
}

fn call(row: &Row) -> AndonCall {
    AndonCall {
        id: row.get(0),
        plant_id: row.get(1),
        line_id: row.get(2),
        line: row.get(3),
        job_id: row.get(4),
        kind: row.get(5),
        text: row.get(6),
        operator_id: row.get(7),
        called_at: row.get(8),
        acknowledged_at: row.get(9),
        acknowledged_by: row.get(10),
        cleared_at: row.get(11),
        cleared_by: row.get(12),
        level: row.get(13),
    }
}

/// A call that the caller may see.
///
/// # Errors
/// 404.
pub async fn find(tx: &mut Tx, id: Uuid) -> Result<AndonCall> {
    let organization = tx.caller().organization;
    let found = tx.query_opt(selected!("c.id = $2"), &[&organization, &id]).await?.map(|row| call(&row));
    found.filter(|call| tx.caller().may(ANDON_READ, Scope::Plant(call.plant_id))).ok_or_else(|| Error::not_found("call for help"))
}

/// Open calls, and those cleared within the last day where `all`; the oldest first.
///
/// # Errors
/// 403 where the caller may see calls nowhere.
pub async fn list(tx: &mut Tx, plant: Option<Uuid>, all: bool) -> Result<Vec<AndonCall>> {
    tx.caller().require_somewhere(ANDON_READ)?;
    let organization = tx.caller().organization;
    let plants: Option<Vec<Uuid>> = match tx.caller().reach_of(ANDON_READ) {
        Reach::Everywhere => None,
        Reach::Plants(plants) => Some(plants.into_iter().map(|plant| plant.0).collect()),
    };
    let since = tx.now().checked_sub(SignedDuration::from_hours(24)).map_err(Error::internal)?;
    let sql = selected!(
        "($2::uuid is null or c.plant_id = $2) and ($3::uuid[] is null or c.plant_id = any ($3))
            and (c.cleared_at is null or ($4 and c.cleared_at > $5)) order by c.called_at, c.id limit 1000"
    );
    Ok(tx.query(sql, &[&organization, &plant, &plants, &all, &since]).await?.iter().map(call).collect())
}

/// Open calls at these lines, the oldest first.
///
/// # Errors
/// What the database refused.
pub async fn open_at(tx: &mut Tx, lines: &[Uuid]) -> Result<Vec<AndonCall>> {
    let organization = tx.caller().organization;
    let sql = selected!("c.line_id = any ($2) and c.cleared_at is null order by c.called_at, c.id limit 200");
    Ok(tx.query(sql, &[&organization, &lines]).await?.iter().map(call).collect())
}

/// Calls for help at a line.
///
/// # Errors
/// 404 for a line that is not there, 403; 422 for a job that is not there.
pub async fn raise(tx: &mut Tx, new: &NewCall, from: CalledFrom) -> Result<AndonCall> {
    let organization = tx.caller().organization;
    let plant = crate::people::http::plant_of_line(tx, new.line_id).await?;
    tx.require(ANDON_REPORT, Scope::Plant(plant))?;
    if new.text.as_ref().is_some_and(|text| text.chars().count() > 1000 || text.contains('\0')) {
        return Err(Error::invalid(vec![FieldError::new("/text", "too_long", "expected at most 1,000 characters of text")]));
    }
    let id = from.action.unwrap_or_else(|| tx.new_id());
    let sql = "insert into andon_calls (organization_id, plant_id, id, line_id, job_id, kind, text, operator_id, terminal_id, client_action_id, called_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    let kind = new.kind.text();
    let params: platform::database::Params<'_> = &[
        &organization,
        &plant,
        &id,
        &new.line_id,
        &new.job_id,
        &kind,
        &new.text,
        &new.operator_id,
        &from.terminal,
        &from.action,
        &from.at,
    ];
    tx.execute(sql, params).await.map_err(|refused| {
        refused.on_constraint("andon_calls_job_fkey", || {
            Error::invalid(vec![FieldError::new("/job_id", "unknown_reference", "there is no such job in this plant")])
        })
    })?;
    let made = find_made(tx, id).await?;
    let detail = json!({ "name": made.line, "line": made.line, "kind": kind, "text": new.text, "at": from.at });
    noted(tx, &made, "andon_call.called", detail).await?;
    escalation::watch(tx, &made).await?;
    Ok(made)
}

/// A call that was just made, whoever may see it: a terminal may call without seeing all calls.
async fn find_made(tx: &mut Tx, id: Uuid) -> Result<AndonCall> {
    let organization = tx.caller().organization;
    let row = tx.query_one(selected!("c.id = $2"), &[&organization, &id]).await?;
    Ok(call(&row))
}

/// Says that somebody comes, since then. Acknowledged again, it stays as it was.
///
/// # Errors
/// 404, 403; 409 `andon_cleared`.
pub async fn acknowledge(tx: &mut Tx, id: Uuid, at: Timestamp) -> Result<AndonCall> {
    let found = locked(tx, id).await?;
    tx.require(ANDON_ACKNOWLEDGE, Scope::Plant(found.plant_id))?;
    if found.cleared_at.is_some() {
        return Err(Error::conflict("andon_cleared", "the call is over"));
    }
    if found.acknowledged_at.is_some() {
        return Ok(found);
    }
    let (organization, at) = (tx.caller().organization, at.min(tx.now()));
    let sql = "update andon_calls set acknowledged_at = greatest(called_at, $3), acknowledged_by = current_setting('gemba.actor') where organization_id = $1 and id = $2";
    tx.execute(sql, &[&organization, &id, &at]).await?;
    noted(tx, &found, "andon_call.acknowledged", json!({ "name": found.line, "kind": found.kind })).await?;
    find_made(tx, id).await
}

/// Says that it is over. Cleared again, it stays as it was.
///
/// # Errors
/// 404, 403.
pub async fn clear(tx: &mut Tx, id: Uuid, at: Timestamp) -> Result<AndonCall> {
    let found = locked(tx, id).await?;
    tx.require(ANDON_REPORT, Scope::Plant(found.plant_id))?;
    if found.cleared_at.is_some() {
        return Ok(found);
    }
    let organization = tx.caller().organization;
    let sql = "update andon_calls set cleared_at = greatest(called_at, $3), cleared_by = current_setting('gemba.actor') where organization_id = $1 and id = $2";
    tx.execute(sql, &[&organization, &id, &at]).await?;
    noted(tx, &found, "andon_call.cleared", json!({ "name": found.line, "kind": found.kind, "at": at })).await?;
    find_made(tx, id).await
}

async fn locked(tx: &mut Tx, id: Uuid) -> Result<AndonCall> {
    let organization = tx.caller().organization;
    tx.query("select id from andon_calls where organization_id = $1 and id = $2 for update", &[&organization, &id]).await?;
    find(tx, id).await
}

/// What was done about a call, in the trail.
pub(super) async fn noted(tx: &mut Tx, call: &AndonCall, event: &str, mut detail: Value) -> Result<()> {
    if let Some(detail) = detail.as_object_mut() {
        detail.insert("line_id".into(), json!(call.line_id));
    }
    tx.query("select gemba.audit($1, 'andon_call', $2, $3, 'success', $4)", &[&event, &call.id, &call.plant_id, &detail]).await?;
    Ok(())
}

/// Calls that nobody has acknowledged, locked, the oldest first; one of them where it is named.
pub(super) async fn unanswered(tx: &mut Tx, id: Option<Uuid>) -> Result<Vec<AndonCall>> {
    let organization = tx.caller().organization;
    let sql = selected!(
        "($2::uuid is null or c.id = $2) and c.cleared_at is null and c.acknowledged_at is null order by c.called_at, c.id limit 1000 for update of c"
    );
    Ok(tx.query(sql, &[&organization, &id]).await?.iter().map(call).collect())
}

/// Writes how far a call has gone up.
pub(super) async fn put_level(tx: &mut Tx, call: &AndonCall, level: i16, now: Timestamp) -> Result<()> {
    let organization = tx.caller().organization;
    let sql = "update andon_calls set level = $3, escalated_at = $4 where organization_id = $1 and id = $2";
    tx.execute(sql, &[&organization, &call.id, &level, &now]).await?;
    Ok(())
}
