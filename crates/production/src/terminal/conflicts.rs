//! What terminals sent and was refused: a supervisor looks at it and decides.
//!
//! **Invariant:** the action itself is never changed; that it was carried out after all, or dismissed, is an entry of its own.

use jiff::Timestamp;
use platform::caller::Scope;
use platform::{Error, FieldError, Result, Tx};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

use super::apply;
use super::sync::{Head, Place, TERMINAL_RESOLVE, find};

/// An action that was refused.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RefusedAction {
    /// The action.
    pub id: Uuid,
    /// The device.
    #[schema(example = "tablet-7")]
    pub device_id: String,
    /// What was done.
    #[schema(example = "job.report")]
    pub kind: String,
    /// Who did it.
    pub operator_id: Option<Uuid>,
    /// Their name.
    pub operator: Option<String>,
    /// The job.
    pub job_id: Option<Uuid>,
    /// What was said, whole.
    #[schema(value_type = Object)]
    pub body: Value,
    /// When it was, by the server's clock.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// When the device said it was.
    #[schema(value_type = String, format = DateTime)]
    pub client_at: Timestamp,
    /// When it arrived.
    #[schema(value_type = String, format = DateTime)]
    pub received_at: Timestamp,
    /// The rule that refused it.
    #[schema(example = "order_closed")]
    pub rule: Option<String>,
    /// Why, for people.
    pub says: Option<String>,
    /// What was decided: applied, dismissed; null while nobody has.
    pub decision: Option<String>,
    /// When it was decided.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub decided_at: Option<Timestamp>,
}

/// What a supervisor decides.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TerminalResolve, example = json!({ "action_id": "0199d1a0-4242-7000-8000-0000000000e1", "apply": false, "note": "Counted by hand" }))]
pub struct Resolve {
    /// The action.
    pub action_id: Uuid,
    /// Whether it is carried out now, as it was said and when it was; else it is dismissed.
    pub apply: bool,
    /// Why.
    #[schema(max_length = 1000)]
    pub note: Option<String>,
}

/// Actions of a terminal that were refused, the newest first, at most 500; those decided only where `all`.
///
/// # Errors
/// 404, 403.
pub async fn list(tx: &mut Tx, terminal: Uuid, all: bool) -> Result<Vec<RefusedAction>> {
    let place = find(tx, terminal).await?;
    tx.require(TERMINAL_RESOLVE, Scope::Plant(place.plant))?;
    read(tx, &place, None, all).await
}

async fn read(tx: &mut Tx, place: &Place, action: Option<Uuid>, all: bool) -> Result<Vec<RefusedAction>> {
    let organization = tx.caller().organization;
    let sql = "select a.id, a.device_id, a.kind, a.operator_id, o.name, a.job_id, a.body, a.at, a.client_at, a.received_at, a.rule, a.says, r.decision, r.created_at
        from terminal_actions a
        left join terminal_resolutions r on r.organization_id = $1 and r.id = a.id
        left join operators o on o.organization_id = $1 and o.id = a.operator_id
        where a.organization_id = $1 and a.plant_id = $2 and a.terminal_id = $3 and a.outcome = 'refused'
            and ($4::uuid is null or a.id = $4) and ($5 or r.id is null)
        order by a.received_at desc, a.at desc, a.id limit 500";
    let rows = tx.query(sql, &[&organization, &place.plant, &place.id, &action, &all]).await?;
    let one = |row: &tokio_postgres::Row| RefusedAction {
        id: row.get(0),
        device_id: row.get(1),
        kind: row.get(2),
        operator_id: row.get(3),
        operator: row.get(4),
        job_id: row.get(5),
        body: row.get(6),
        at: row.get(7),
        client_at: row.get(8),
        received_at: row.get(9),
        rule: row.get(10),
        says: row.get(11),
        decision: row.get(12),
        decided_at: row.get(13),
    };
    Ok(rows.iter().map(one).collect())
}

/// Decides about a refused action. Decided the same way again, it stays as it was.
///
/// # Errors
/// 404, 403; 409 `already_resolved`, `still_refused` with the rule that refuses it again; 422 for an action that cannot be understood.
pub async fn resolve(tx: &mut Tx, terminal: Uuid, asked: &Resolve) -> Result<RefusedAction> {
    let place = find(tx, terminal).await?;
    tx.require(TERMINAL_RESOLVE, Scope::Plant(place.plant))?;
    let organization = tx.caller().organization;
    tx.query("select pg_advisory_xact_lock(hashtextextended('resolve', hashtextextended($1::uuid::text, 0)))", &[&asked.action_id]).await?;
    let action = read(tx, &place, Some(asked.action_id), true).await?.pop().ok_or_else(|| Error::not_found("refused action"))?;
    let decision = if asked.apply { "applied" } else { "dismissed" };
    match action.decision.as_deref() {
        Some(known) if known == decision => return Ok(action),
        Some(known) => return Err(Error::conflict("already_resolved", format!("it was {known} already"))),
        None => {}
    }
    if asked.note.as_ref().is_some_and(|note| note.chars().count() > 1000 || note.contains('\0')) {
        return Err(Error::invalid(vec![FieldError::new("/note", "too_long", "expected at most 1,000 characters of text")]));
    }
    if asked.apply {
        let unreadable = |wrong: serde_json::Error| Error::invalid(vec![FieldError::new("/action_id", "unreadable", wrong.to_string())]);
        let head = Head::deserialize(&action.body).map_err(unreadable)?;
        let outcome = apply::apply(tx, &place, &head, &action.body, action.at).await?;
        if outcome.name() == "refused" {
            let says = outcome.says().unwrap_or_default();
            return Err(Error::conflict("still_refused", format!("it is refused again: {says}")));
        }
    }
    let now = tx.now();
    let sql =
        "insert into terminal_resolutions (organization_id, plant_id, id, decision, note, created_at) values ($1, $2, $3, $4, $5, $6)";
    tx.execute(sql, &[&organization, &place.plant, &action.id, &decision, &asked.note, &now]).await?;
    let detail = json!({ "name": place.name, "action_id": action.id, "kind": action.kind, "decision": decision, "note": asked.note });
    tx.query("select gemba.audit('terminal.action_resolved', 'terminal', $1, $2, 'success', $3)", &[&place.id, &place.plant, &detail])
        .await?;
    read(tx, &place, Some(action.id), true).await?.pop().ok_or_else(|| Error::internal("a decided action is gone"))
}
