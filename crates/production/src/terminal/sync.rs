//! Taking what a terminal did without a connection: each action in its order, by itself, once, with what became of it.
//!
//! **Invariant:** an action's identifier is the device's own; the ledger `terminal_actions` has it once.
//! **Invariant:** what is refused leaves no trace but its entry; the others of the same request are carried out all the same.
//! **Invariant:** two requests of one device take turns.
//! **Invariant:** a request is answered in time: what there was no time for is named, and is simply sent again.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use jiff::Timestamp;
use platform::caller::Scope;
use platform::error::Kind;
use platform::ids::PlantId;
use platform::resource::Record as _;
use platform::{Error, FieldError, Permission, Result, Tx};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::time::Instant;
use utoipa::ToSchema;
use uuid::Uuid;

use super::apply::{self, Outcome};
use super::clock::DeviceClock;
use super::record::Terminal;
use crate::jobs::store;
use crate::people::pins::{self, Sessions};

/// Send what was done at terminals.
pub const TERMINAL_REPORT: Permission = Permission("production.terminal.report");
/// Decide about what terminals sent and was refused.
pub const TERMINAL_RESOLVE: Permission = Permission("production.terminal.resolve");

/// Actions at once at most.
const MOST: usize = 1_000;

/// What a device did, in its order.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TerminalSent, example = json!({ "device_id": "tablet-7", "device_now": "2026-11-21T14:00:00Z", "actions": [
    { "id": "0199d1a0-4242-7000-8000-0000000000e1", "sequence": 1, "at": "2026-11-21T13:58:12Z", "kind": "labour.off",
      "operator_id": "0199d1a0-4242-7000-8000-0000000000f1" }] }))]
pub struct Sent {
    /// The device, as it names itself.
    #[schema(min_length = 1, max_length = 100)]
    pub device_id: String,
    /// What its clock says at this moment.
    #[schema(value_type = String, format = DateTime)]
    pub device_now: Timestamp,
    /// What it did: `id`, `sequence`, `at`, `kind`, and what the kind needs. Each is read by itself: one that cannot be understood is refused and keeps no
    /// other from being taken.
    #[schema(max_items = 1000)]
    pub actions: Vec<Value>,
}

/// What became of it.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = TerminalTaken)]
pub struct Taken {
    /// The server's clock.
    #[schema(value_type = String, format = DateTime)]
    pub server_now: Timestamp,
    /// By how much the device's clock is behind (ms).
    #[schema(example = 1200)]
    pub clock_offset_ms: i64,
    /// Each action that was looked at, in the order in which they came.
    pub results: Vec<ActionResult>,
    /// Actions for which there was no time in this request: the last ones by their sequence. Nothing became of them yet; send them again.
    pub not_yet: Vec<Uuid>,
}

/// What became of an action.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ActionResult {
    /// The action; null where it has no identifier that can be understood.
    pub id: Option<Uuid>,
    /// applied; duplicate: it came before; adjusted: it counts, not quite as said; refused: a supervisor sees it.
    #[schema(value_type = String, example = "applied")]
    pub outcome: &'static str,
    /// Of a duplicate, what it was the first time: applied, adjusted or refused. Where that answer was lost, the operator learns of it now.
    #[schema(example = "refused")]
    pub was: Option<String>,
    /// What the operator is told.
    pub says: Option<String>,
    /// The rule that decided, for programs.
    #[schema(example = "late_report")]
    pub rule: Option<String>,
}

/// What every action says.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Head {
    pub id: Uuid,
    #[serde(default)]
    pub sequence: i64,
    pub at: Timestamp,
    pub kind: String,
    pub operator_id: Option<Uuid>,
    pub token: Option<String>,
    pub job_id: Option<Uuid>,
    pub line_id: Option<Uuid>,
}

/// A terminal, as actions see it.
#[derive(Clone, Debug)]
pub struct Place {
    /// The terminal.
    pub id: Uuid,
    /// Its plant.
    pub plant: PlantId,
    /// Its short name.
    pub code: String,
    /// Its name.
    pub name: String,
    /// The lines it stands at.
    pub lines: Vec<Uuid>,
    /// Whether it was archived.
    pub retired: bool,
    /// Operators of the plant who were looked up already.
    pub(super) operators: HashSet<Uuid>,
}

impl Place {
    /// That there is work at it. What was entered at a terminal before it was archived is still taken: nothing of it may be lost.
    ///
    /// # Errors
    /// 410 `terminal_retired`.
    pub fn in_use(&self) -> Result<()> {
        match self.retired {
            true => {
                let why = "this terminal is archived: what was entered at it is taken, but it has no work any more";
                Err(Error::new(Kind::Gone, "terminal_retired", why))
            }
            false => Ok(()),
        }
    }
}

/// A terminal that the caller may see.
///
/// # Errors
/// 404.
pub async fn find(tx: &mut Tx, id: Uuid) -> Result<Place> {
    let organization = tx.caller().organization;
    let sql = "select plant_id, code, name, array(select l.line_id from terminal_lines l
            where l.organization_id = $1 and l.terminal_id = $2 and (l.archived_at is null or terminals.archived_at is not null) order by l.created_at, l.line_id), archived_at is not null
        from terminals where organization_id = $1 and id = $2";
    let missing = || Error::not_found("terminal");
    let row = tx.query_opt(sql, &[&organization, &id]).await?.ok_or_else(missing)?;
    let place = Place {
        id,
        plant: row.get(0),
        code: row.get(1),
        name: row.get(2),
        lines: row.get(3),
        retired: row.get(4),
        operators: HashSet::new(),
    };
    match tx.caller().may(Terminal::kind().verbs.read, Scope::Plant(place.plant)) {
        true => Ok(place),
        false => Err(missing()),
    }
}

/// Takes what a device did, as much as there is time for and one action at least.
///
/// # Errors
/// 404, 403; 422 for a device without a name or more than 1,000 actions; 503 where somebody changed the same at the same moment, and nothing was taken.
pub async fn take(tx: &mut Tx, terminal: Uuid, sent: &Sent, time: Duration) -> Result<Taken> {
    let began = Instant::now();
    let mut place = find(tx, terminal).await?;
    tx.require(TERMINAL_REPORT, Scope::Plant(place.plant))?;
    let mut wrong = Vec::new();
    if sent.device_id.is_empty() || sent.device_id.len() > 100 || sent.device_id.contains('\0') {
        wrong.push(FieldError::new("/device_id", "required", "expected a name of 1 to 100 signs"));
    }
    if sent.actions.len() > MOST {
        wrong.push(FieldError::new("/actions", "too_many", format!("found {}, expected at most {MOST}", sent.actions.len())));
    }
    if !wrong.is_empty() {
        return Err(Error::invalid(wrong));
    }
    let turn = "select pg_advisory_xact_lock(hashtextextended($2, hashtextextended($1::uuid::text, 0)))";
    tx.query(turn, &[&terminal, &sent.device_id]).await?;
    locked(tx, &place, &sent.actions).await?;
    let heads: Vec<(usize, std::result::Result<Head, serde_json::Error>)> =
        sent.actions.iter().enumerate().map(|(index, action)| (index, Head::deserialize(action))).collect();
    let known = known(tx, &sent.actions).await?;
    let read = || heads.iter().filter_map(|(_, head)| head.as_ref().ok());
    place.operators = operators(tx, &place, read().filter_map(|head| head.operator_id).collect()).await?;
    let sessions = pins::sessions(tx, place.id, read().filter_map(|head| head.token.as_deref())).await?;
    let now = tx.now();
    let mut clock = DeviceClock::new(now, sent.device_now, last_of(tx, &place, &sent.device_id).await?);
    let offset_ms = clock.offset_ms();
    let mut results: Vec<Option<ActionResult>> = vec![None; sent.actions.len()];
    let mut done: HashMap<Uuid, ActionResult> = known;
    let mut order = heads;
    order.sort_by_key(|(index, head)| (head.as_ref().map_or(i64::MIN, |head| head.sequence), *index));
    let (mut carried_out, mut not_yet) = (0_usize, Vec::new());
    tx.savepoint().await?;
    for (index, head) in order {
        let body = &sent.actions[index];
        let id = head.as_ref().map(|head| head.id).ok().or_else(|| id_of(body));
        if let Some(before) = id.and_then(|id| done.get(&id)) {
            let was = before.was.clone().or_else(|| Some(before.outcome.to_owned()));
            results[index] = Some(ActionResult { outcome: "duplicate", was, ..before.clone() });
            continue;
        }
        // In their order: none overtakes one that has to wait.
        if carried_out > 0 && began.elapsed() >= time {
            not_yet.extend(id);
            continue;
        }
        carried_out += 1;
        let device_at = head.as_ref().map_or(sent.device_now, |head| head.at);
        let placed = clock.place(device_at);
        let entry = Entry { device: &sent.device_id, body, client_at: device_at, offset_ms, at: placed.at, now };
        let result = one(tx, &place, &sessions, head, id, &entry, placed.bounded).await?;
        if let Some(id) = id {
            done.insert(id, result.clone());
        }
        results[index] = Some(result);
    }
    tx.release_savepoint().await?;
    Ok(Taken { server_now: now, clock_offset_ms: offset_ms, results: results.into_iter().flatten().collect(), not_yet })
}

/// Those of these operators whom the plant knows.
async fn operators(tx: &mut Tx, place: &Place, named: HashSet<Uuid>) -> Result<HashSet<Uuid>> {
    let (organization, named): (_, Vec<Uuid>) = (tx.caller().organization, named.into_iter().collect());
    let sql = "select id from operators where organization_id = $1 and plant_id = $2 and id = any ($3) and archived_at is null";
    Ok(tx.query(sql, &[&organization, &place.plant, &named]).await?.iter().map(|row| row.get(0)).collect())
}

/// Locks what the actions are about, orders before lines as every verb does, and each in its order: two terminals wait for each other instead of one being
/// sent away.
async fn locked(tx: &mut Tx, place: &Place, actions: &[Value]) -> Result<()> {
    let organization = tx.caller().organization;
    let of = |action: &Value| action.get("job_id")?.as_str()?.parse::<Uuid>().ok();
    let jobs: Vec<Uuid> = actions.iter().filter_map(of).collect();
    store::lock_orders(tx, &jobs).await?;
    let lines = "select id from lines where organization_id = $1
            and (id = any ($2) or id in (select line_id from jobs where organization_id = $1 and id = any ($3)))
        order by id for no key update";
    tx.query(lines, &[&organization, &place.lines, &jobs]).await?;
    Ok(())
}

fn id_of(body: &Value) -> Option<Uuid> {
    body.get("id")?.as_str()?.parse().ok()
}

/// What came before, by identifier.
async fn known(tx: &mut Tx, actions: &[Value]) -> Result<HashMap<Uuid, ActionResult>> {
    let organization = tx.caller().organization;
    let ids: Vec<Uuid> = actions.iter().filter_map(id_of).collect();
    let sql = "select id, says, rule, outcome from terminal_actions where organization_id = $1 and id = any ($2)";
    let rows = tx.query(sql, &[&organization, &ids]).await?;
    let before = |row: &tokio_postgres::Row| {
        let id: Uuid = row.get(0);
        (id, ActionResult { id: Some(id), outcome: "duplicate", was: row.get(3), says: row.get(1), rule: row.get(2) })
    };
    Ok(rows.iter().map(before).collect())
}

async fn last_of(tx: &mut Tx, place: &Place, device: &str) -> Result<Option<Timestamp>> {
    let organization = tx.caller().organization;
    let sql = "select max(at) from terminal_actions where organization_id = $1 and plant_id = $2 and terminal_id = $3 and device_id = $4";
    Ok(tx.query_one(sql, &[&organization, &place.plant, &place.id, &device]).await?.get(0))
}

/// What the ledger keeps of an action beside what became of it.
struct Entry<'a> {
    device: &'a str,
    body: &'a Value,
    client_at: Timestamp,
    offset_ms: i64,
    at: Timestamp,
    now: Timestamp,
}

async fn one(
    tx: &mut Tx,
    place: &Place,
    sessions: &Sessions,
    head: std::result::Result<Head, serde_json::Error>,
    id: Option<Uuid>,
    entry: &Entry<'_>,
    bounded: bool,
) -> Result<ActionResult> {
    let (outcome, verified) = match &head {
        Err(unreadable) => (Outcome::refused("unreadable", format!("the action cannot be understood: {unreadable}")), false),
        Ok(head) => {
            let verified = verified(sessions, head, entry.at);
            match apply::apply(tx, place, head, entry.body, entry.at).await {
                Ok(mut outcome) => {
                    if bounded {
                        let says = format!("the device's clock said {}; it counts at {}", entry.client_at, entry.at);
                        outcome.adjust("time_bounded", says);
                    }
                    (outcome, verified)
                }
                Err(error) if is_final(&error) => {
                    tx.back_to_savepoint().await?;
                    (Outcome::refused(error.code, error.detail), verified)
                }
                Err(error) => return Err(error),
            }
        }
    };
    let result = ActionResult { id, outcome: outcome.name(), was: None, says: outcome.says(), rule: outcome.rule() };
    let Some(id) = id else { return Ok(result) };
    match keep(tx, place, id, head.as_ref().ok(), entry, &result, verified).await {
        Ok(()) => {
            tx.renew_savepoint().await?;
            Ok(result)
        }
        // Somebody else's action, at a plant out of sight, has this identifier.
        Err(error) if error.kind == Kind::Conflict => {
            tx.back_to_savepoint().await?;
            let says = "another action has the same identifier".to_string();
            Ok(ActionResult { id: Some(id), outcome: "refused", was: None, says: Some(says), rule: Some("id_taken".into()) })
        }
        Err(error) => Err(error),
    }
}

/// Whether trying again would change nothing: what was said is wrong, and not that the server was busy.
fn is_final(error: &Error) -> bool {
    let status = error.kind.status();
    (400..500).contains(&status) && !matches!(error.kind, Kind::Timeout | Kind::RateLimited)
}

/// Whether who did it has shown that to the server.
fn verified(sessions: &Sessions, head: &Head, at: Timestamp) -> bool {
    match (&head.token, head.operator_id) {
        (Some(token), Some(operator)) => sessions.behind(token, at) == Some(operator),
        _ => false,
    }
}

async fn keep(
    tx: &mut Tx,
    place: &Place,
    id: Uuid,
    head: Option<&Head>,
    entry: &Entry<'_>,
    result: &ActionResult,
    verified: bool,
) -> Result<()> {
    let organization = tx.caller().organization;
    // What proves somebody is not kept.
    let mut body = entry.body.clone();
    if let Some(members) = body.as_object_mut() {
        members.remove("token");
    }
    let body = without_nul(body);
    let (sequence, kind) = head.map_or((0, "unreadable"), |head| (head.sequence, head.kind.as_str()));
    let kind: String = kind.chars().filter(|letter| *letter != '\0').take(100).collect();
    let (operator, job, line) = head.map_or((None, None, None), |head| (head.operator_id, head.job_id, head.line_id));
    let sql = "insert into terminal_actions (organization_id, plant_id, id, terminal_id, device_id, sequence, kind, operator_id, verified, job_id, line_id, body,
            client_at, clock_offset_ms, at, received_at, outcome, rule, says)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)";
    let params: platform::database::Params<'_> = &[
        &organization,
        &place.plant,
        &id,
        &place.id,
        &entry.device,
        &sequence,
        &kind,
        &operator,
        &verified,
        &job,
        &line,
        &body,
        &entry.client_at,
        &entry.offset_ms,
        &entry.at,
        &entry.now,
        &result.outcome,
        &result.rule,
        &result.says,
    ];
    tx.execute(sql, params).await?;
    if result.outcome == "refused" {
        let detail =
            json!({ "name": place.name, "kind": kind, "rule": result.rule, "says": result.says, "action_id": id, "operator_id": operator });
        tx.query("select gemba.audit('terminal.action_refused', 'terminal', $1, $2, 'refused', $3)", &[&place.id, &place.plant, &detail])
            .await?;
    }
    Ok(())
}

/// The database keeps no U+0000, and an action that has one is kept all the same.
fn without_nul(value: Value) -> Value {
    let clean = |text: String| text.replace('\0', "\u{fffd}");
    match value {
        Value::String(text) => Value::String(clean(text)),
        Value::Array(all) => Value::Array(all.into_iter().map(without_nul).collect()),
        Value::Object(all) => Value::Object(all.into_iter().map(|(name, value)| (clean(name), without_nul(value))).collect()),
        other => other,
    }
}
