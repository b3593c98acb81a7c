//! Asking for a run, in the transaction that causes it.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::caller::Principal;
use crate::database::Tx;
use crate::error::Result;
use crate::ids::{PlantId, RunId};
use crate::runs::WorkKind;

/// What is asked for.
#[derive(Clone, Debug, Default)]
pub struct Order {
    /// What is done, for people: `Optimize Autumn 2027`; the kind's name where nothing is said.
    pub title: String,
    /// What it works on; never secrets.
    pub payload: Value,
    /// The plant it is about, if about one: who may read runs of the plant may read this one.
    pub plant: Option<PlantId>,
    /// Among the runs of its organization, −9 to 9: higher first.
    pub priority: i16,
    /// Of the runs of one key, one at a time is carried out; in the order asked for, within a priority.
    pub concurrency_key: Option<String>,
    /// Not before this.
    pub not_before: Option<Timestamp>,
    /// The schedule that asks, if one does.
    pub schedule: Option<uuid::Uuid>,
}

/// Asks for a run of `kind` on behalf of the caller of `tx`: it is there when `tx` is committed, and is carried out with the rights that the
/// caller has then. The verb that calls this has checked the permission.
///
/// # Errors
/// What the database refused.
pub async fn enqueue(tx: &mut Tx, kind: &WorkKind, order: Order) -> Result<RunId> {
    let acting = acting(&tx.caller().principal);
    enqueue_for(tx, kind, order, acting).await
}

/// Asks for a run of `kind` that Gemba itself carries out, with every right in the organization: what follows from what the caller did, whoever they are
/// and whatever they may do by then. That the caller caused it is kept with the run.
///
/// # Errors
/// As [`enqueue`].
pub async fn enqueue_own(tx: &mut Tx, kind: &WorkKind, order: Order) -> Result<RunId> {
    enqueue_for(tx, kind, order, acting(&Principal::System(kind.name))).await
}

async fn enqueue_for(tx: &mut Tx, kind: &WorkKind, order: Order, acting: Value) -> Result<RunId> {
    let id: RunId = tx.new_id();
    let now = tx.now();
    let caller = tx.caller().clone();
    let title = if order.title.is_empty() { kind.name.to_owned() } else { order.title.chars().take(300).collect() };
    let payload = if order.payload.is_null() { json!({}) } else { order.payload };
    let due = order.not_before.filter(|at| *at > now);
    let attempts = i32::from(kind.attempts);
    let ip = caller.ip.map(|ip| ip.to_string());
    let insert = "select gemba.enqueue_run($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)";
    tx.query(
        insert,
        &[
            &caller.organization,
            &id,
            &order.plant,
            &kind.name,
            &title,
            &kind.queue,
            &order.priority,
            &due,
            &order.concurrency_key,
            &attempts,
            &payload,
            &acting,
            &kind.audited,
            &ip,
            &caller.request,
            &order.schedule,
            &now,
        ],
    )
    .await?;
    if kind.audited {
        let detail = json!({ "kind": kind.name, "title": title });
        tx.query("select gemba.audit('run.queued', 'run', $1, $2, 'success', $3)", &[&id, &order.plant, &detail]).await?;
    }
    Ok(id)
}

/// For whom a run acts, as it is stored.
pub(crate) fn acting(principal: &Principal) -> Value {
    match principal {
        Principal::User { id, session } => json!({ "user": id, "session": session }),
        Principal::ApiKey { id, owner } => json!({ "key": id, "owner": owner }),
        Principal::System(_) => json!({}),
    }
}

/// For whom a stored run acts; `part` where it is Gemba itself.
pub(crate) fn principal(acting: &Value, part: &'static str) -> Principal {
    let id = |name: &str| acting[name].as_str().and_then(|text| text.parse::<uuid::Uuid>().ok());
    match (id("user"), id("session"), id("key")) {
        (Some(user), Some(session), None) => Principal::User { id: user.into(), session: session.into() },
        (None, None, Some(key)) => Principal::ApiKey { id: key.into(), owner: id("owner").map(Into::into) },
        _ => Principal::System(part),
    }
}
