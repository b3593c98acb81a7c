//! The statements of webhooks.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio_postgres::Row;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::caller::Scope;
use crate::database::Tx;
use crate::error::{Error, FieldError, Result};
use crate::events::Catalogue;
use crate::http::{Cursor, IfMatch, Page, Paged};
use crate::secrets::Secrets;
use crate::webhooks::{SECRET, WEBHOOK_CREATE, WEBHOOK_READ, WEBHOOK_UPDATE, new_secret};

/// An address that is told of events.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Webhook {
    /// The webhook.
    pub id: Uuid,
    /// As people call it.
    #[schema(example = "Manufacturing execution")]
    pub name: String,
    /// Where to.
    #[schema(example = "https://mes.example.com/gemba")]
    pub url: String,
    /// Of which types; all where there are none.
    #[schema(example = json!(["gemba.line.*", "gemba.run.failed"]))]
    pub types: Vec<String>,
    /// Whether it rests; what happens meanwhile is told afterwards.
    pub paused: bool,
    /// When Gemba gave up on it, if so; enable it again once it answers.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub disabled_at: Option<Timestamp>,
    /// Why Gemba gave up on it.
    pub disabled_why: Option<String>,
    /// Failures in a row.
    pub failures: i32,
    /// When the first of them was.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub failing_since: Option<Timestamp>,
    /// When something was told last.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub delivered_at: Option<Timestamp>,
    /// Counts changes; the ETag.
    pub version: i64,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// Who made it.
    pub created_by: String,
    /// When it was last changed.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Timestamp,
    /// Who changed it last; what they may read, it learns.
    pub updated_by: String,
}

/// A webhook to be made.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "name": "Manufacturing execution", "url": "https://mes.example.com/gemba", "types": ["gemba.line.*", "gemba.run.failed"] }))]
pub struct NewWebhook {
    /// As people call it; unique in the organization.
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    /// Where to: https. Plain http, and addresses of private networks, only where the installation allows it.
    #[schema(max_length = 2000)]
    pub url: String,
    /// Of which types of events; `*` at the end stands for any rest. All where nothing is said.
    #[serde(default)]
    pub types: Vec<String>,
}

/// What is to change of a webhook.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "paused": true }))]
pub struct WebhookChange {
    /// As people call it.
    pub name: Option<String>,
    /// Where to.
    pub url: Option<String>,
    /// Of which types.
    pub types: Option<Vec<String>>,
    /// Whether it rests.
    pub paused: Option<bool>,
}

/// How telling one event went.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Delivery {
    /// The delivery.
    pub id: Uuid,
    /// The event; `webhook-id` of its messages.
    pub event_id: Uuid,
    /// Where the event stands among all.
    #[schema(example = "00000000000000001234")]
    pub sequence: String,
    /// The type of the event.
    #[schema(example = "gemba.line.updated")]
    pub r#type: String,
    /// What the event is about.
    pub subject: String,
    /// How it stands.
    pub state: DeliveryState,
    /// How often it was tried.
    pub attempts: i32,
    /// When it is tried next, while it is pending.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub next_at: Option<Timestamp>,
    /// The HTTP status of the last answer, if there was one.
    #[schema(example = 503)]
    pub status: Option<i32>,
    /// What went wrong last.
    pub error: Option<String>,
    /// How long the last attempt took (ms).
    pub took_ms: Option<i32>,
    /// When it was tried last.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub attempted_at: Option<Timestamp>,
}

/// How a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// It is yet to be told, or to be tried again.
    Pending,
    /// The receiver answered 2xx.
    Delivered,
    /// It failed for good; tell it again once the reason is gone.
    Failed,
}

impl DeliveryState {
    pub(super) fn name(self) -> &'static str {
        match self {
            DeliveryState::Pending => "pending",
            DeliveryState::Delivered => "delivered",
            DeliveryState::Failed => "failed",
        }
    }

    fn of(name: &str) -> DeliveryState {
        match name {
            "pending" => DeliveryState::Pending,
            "delivered" => DeliveryState::Delivered,
            _ => DeliveryState::Failed,
        }
    }
}

macro_rules! columns {
    () => {
        "id, name, url, types, paused, disabled_at, disabled_why, failures, failing_since, delivered_at, version, created_at, created_by, \
         updated_at, updated_by"
    };
}

fn webhook(row: &Row) -> Webhook {
    Webhook {
        id: row.get(0),
        name: row.get(1),
        url: row.get(2),
        types: row.get(3),
        paused: row.get(4),
        disabled_at: row.get(5),
        disabled_why: row.get(6),
        failures: row.get(7),
        failing_since: row.get(8),
        delivered_at: row.get(9),
        version: row.get(10),
        created_at: row.get(11),
        created_by: row.get(12),
        updated_at: row.get(13),
        updated_by: row.get(14),
    }
}

pub(super) async fn list(tx: &mut Tx, page: &Page) -> Result<Paged<Webhook>> {
    tx.require(WEBHOOK_READ, Scope::Organization)?;
    if let Some(cursor) = &page.after {
        cursor.of_sort("id")?;
    }
    let (organization, after) = (tx.caller().organization, page.after.as_ref().map(|cursor| cursor.id));
    let query =
        concat!("select ", columns!(), " from webhooks where organization_id = $1 and ($2::uuid is null or id > $2) order by id limit $3");
    let rows = tx.query(query, &[&organization, &after, &(i64::from(page.limit) + 1)]).await?;
    let found = rows.iter().map(webhook).collect();
    Ok(Paged::of(found, page, |last: &Webhook| Cursor { sort: "id".into(), values: Vec::new(), id: last.id }))
}

pub(super) async fn get(tx: &mut Tx, id: Uuid) -> Result<Webhook> {
    tx.require(WEBHOOK_READ, Scope::Organization)?;
    let organization = tx.caller().organization;
    let query = concat!("select ", columns!(), " from webhooks where organization_id = $1 and id = $2");
    let found = tx.query_opt(query, &[&organization, &id]).await?;
    found.map(|row| webhook(&row)).ok_or_else(|| Error::not_found("webhook"))
}

/// Makes a webhook; it is told what happens from now on. Returns it with its secret, which is not shown again.
pub(super) async fn create(tx: &mut Tx, secrets: &Secrets, catalogue: &Catalogue, new: NewWebhook) -> Result<(Webhook, String)> {
    tx.require(WEBHOOK_CREATE, Scope::Organization)?;
    check(catalogue, Some(&new.name), Some(&new.url), Some(&new.types))?;
    let (id, now, caller) = (tx.new_id::<Uuid>(), tx.now(), tx.caller().clone());
    let acting = crate::runs::acting(&caller.principal);
    tx.query(
        "insert into webhooks (organization_id, id, name, url, types, acting, behind, created_at, created_by, updated_at, updated_by) \
         values ($1, $2, $3, $4, $5, $6, gemba.events_end(), $7, $8, $7, $8)",
        &[&caller.organization, &id, &new.name.trim(), &new.url, &new.types, &acting, &now, &caller.principal.label()],
    )
    .await
    .map_err(taken)?;
    let secret = add_secret(tx, secrets, id).await?;
    // Not through the right to read: whoever may make one is told what was made.
    let query = concat!("select ", columns!(), " from webhooks where organization_id = $1 and id = $2");
    let made = webhook(&tx.query_one(query, &[&caller.organization, &id]).await?);
    Ok((made, secret))
}

async fn add_secret(tx: &mut Tx, secrets: &Secrets, webhook: Uuid) -> Result<String> {
    let (secret, id, now, organization) = (new_secret()?, tx.new_id::<Uuid>(), tx.now(), tx.caller().organization);
    let sealed = secrets.seal(&SECRET.of(organization, id), secret.as_bytes())?;
    let insert = "insert into webhook_secrets (organization_id, id, webhook_id, secret_sealed, created_at) values ($1, $2, $3, $4, $5)";
    tx.execute(insert, &[&organization, &id, &webhook, &sealed, &now]).await?;
    Ok(secret)
}

/// Puts a new secret beside the old ones, which sign for `overlap_s` more seconds.
pub(super) async fn rotate_secret(tx: &mut Tx, secrets: &Secrets, id: Uuid, overlap_s: i64) -> Result<String> {
    get(tx, id).await?;
    tx.require(WEBHOOK_UPDATE, Scope::Organization)?;
    let (organization, now) = (tx.caller().organization, tx.now());
    let until = now.checked_add(SignedDuration::from_secs(overlap_s)).unwrap_or(now);
    let forget = "delete from webhook_secrets where organization_id = $1 and webhook_id = $2 and expires_at <= $3";
    tx.execute(forget, &[&organization, &id, &now]).await?;
    let expire = "update webhook_secrets set expires_at = least(expires_at, $3) where organization_id = $1 and webhook_id = $2";
    tx.execute(expire, &[&organization, &id, &until]).await?;
    add_secret(tx, secrets, id).await
}

/// The secrets that sign at this moment, the newest first.
pub(super) async fn signing(tx: &mut Tx, secrets: &Secrets, webhook: Uuid) -> Result<Vec<String>> {
    let (organization, now) = (tx.caller().organization, tx.now());
    let query = "select id, secret_sealed from webhook_secrets where organization_id = $1 and webhook_id = $2 \
        and (expires_at is null or expires_at > $3) order by created_at desc, id desc";
    let mut found = Vec::new();
    for row in tx.query(query, &[&organization, &webhook, &now]).await? {
        let clear = secrets.open(&SECRET.of(organization, row.get::<_, Uuid>(0)), row.get(1)).await?;
        found.push(String::from_utf8_lossy(clear.expose()).into_owned());
    }
    Ok(found)
}

pub(super) async fn change(tx: &mut Tx, catalogue: &Catalogue, id: Uuid, meant: IfMatch, change: WebhookChange) -> Result<Webhook> {
    let found = get(tx, id).await?;
    tx.require(WEBHOOK_UPDATE, Scope::Organization)?;
    meant.check(found.version)?;
    check(catalogue, change.name.as_deref(), change.url.as_deref(), change.types.as_deref())?;
    let caller = tx.caller().clone();
    let (now, acting) = (tx.now(), crate::runs::acting(&caller.principal));
    tx.query(
        "update webhooks set name = coalesce($3, name), url = coalesce($4, url), types = coalesce($5, types), paused = coalesce($6, paused), \
         acting = $7, held_until = null, version = version + 1, updated_at = $8, updated_by = $9 where organization_id = $1 and id = $2",
        &[
            &caller.organization,
            &id,
            &change.name.as_deref().map(str::trim),
            &change.url,
            &change.types,
            &change.paused,
            &acting,
            &now,
            &caller.principal.label(),
        ],
    )
    .await
    .map_err(taken)?;
    get(tx, id).await
}

/// Takes up a webhook again that Gemba gave up on; what it missed is told from where it was left.
pub(super) async fn enable(tx: &mut Tx, id: Uuid) -> Result<Webhook> {
    get(tx, id).await?;
    tx.require(WEBHOOK_UPDATE, Scope::Organization)?;
    let (organization, now, label) = (tx.caller().organization, tx.now(), tx.caller().principal.label());
    tx.execute(
        "update webhooks set disabled_at = null, disabled_why = null, failures = 0, failing_since = null, held_until = null, wake_at = $3, \
         paused = false, version = version + 1, updated_at = $3, updated_by = $4 where organization_id = $1 and id = $2",
        &[&organization, &id, &now, &label],
    )
    .await?;
    get(tx, id).await
}

pub(super) async fn delete(tx: &mut Tx, id: Uuid, meant: IfMatch) -> Result<()> {
    let found = get(tx, id).await?;
    tx.require(WEBHOOK_UPDATE, Scope::Organization)?;
    meant.check(found.version)?;
    let organization = tx.caller().organization;
    tx.execute("delete from webhook_deliveries where organization_id = $1 and webhook_id = $2", &[&organization, &id]).await?;
    tx.execute("delete from webhook_secrets where organization_id = $1 and webhook_id = $2", &[&organization, &id]).await?;
    tx.execute("delete from webhooks where organization_id = $1 and id = $2", &[&organization, &id]).await?;
    Ok(())
}

/// What was told to a webhook and how that went, the newest first.
pub(super) async fn deliveries(tx: &mut Tx, id: Uuid, state: Option<DeliveryState>, page: &Page) -> Result<Paged<Delivery>> {
    get(tx, id).await?;
    if let Some(cursor) = &page.after {
        cursor.of_sort("-sequence")?;
    }
    let before = page.after.as_ref().and_then(|cursor| cursor.values.first().and_then(Value::as_i64));
    let organization = tx.caller().organization;
    let rows = tx
        .query(
            "select id, event_id, number, type, subject, state, attempts, next_at, status, error, took_ms, attempted_at \
             from webhook_deliveries where organization_id = $1 and webhook_id = $2 and ($3::text is null or state = $3) \
             and ($4::bigint is null or number < $4) order by number desc limit $5",
            &[&organization, &id, &state.map(DeliveryState::name), &before, &(i64::from(page.limit) + 1)],
        )
        .await?;
    let found = rows.iter().map(|row| (row.get::<_, i64>(2), delivery(row))).collect();
    let paged = Paged::of(found, page, |(number, last): &(i64, Delivery)| Cursor {
        sort: "-sequence".into(),
        values: vec![(*number).into()],
        id: last.id,
    });
    Ok(paged.map(|(_, delivery)| delivery))
}

fn delivery(row: &Row) -> Delivery {
    Delivery {
        id: row.get(0),
        event_id: row.get(1),
        sequence: crate::events::sequence(row.get(2)),
        r#type: row.get(3),
        subject: row.get(4),
        state: DeliveryState::of(row.get(5)),
        attempts: row.get(6),
        next_at: row.get(7),
        status: row.get(8),
        error: row.get(9),
        took_ms: row.get(10),
        attempted_at: row.get(11),
    }
}

/// What is to be told again.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "state": "failed", "from": "2027-03-02T00:00:00Z" }))]
pub struct Again {
    /// Only this delivery.
    pub delivery: Option<Uuid>,
    /// Only those in this state; without it those that failed and those that were delivered.
    pub state: Option<DeliveryState>,
    /// Only of events noted from this instant.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub from: Option<Timestamp>,
    /// Only of events noted before this instant.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub to: Option<Timestamp>,
}

/// Tells a range again; returns how many deliveries.
pub(super) async fn again(tx: &mut Tx, id: Uuid, again: &Again) -> Result<u64> {
    get(tx, id).await?;
    tx.require(WEBHOOK_UPDATE, Scope::Organization)?;
    let (organization, now) = (tx.caller().organization, tx.now());
    let count = tx
        .execute(
            "update webhook_deliveries set state = 'pending', attempts = 0, next_at = $7 \
             where organization_id = $1 and webhook_id = $2 and ($3::uuid is null or id = $3) and ($4::text is null or state = $4) \
             and ($5::timestamptz is null or created_at >= $5) and ($6::timestamptz is null or created_at < $6)",
            &[&organization, &id, &again.delivery, &again.state.map(DeliveryState::name), &again.from, &again.to, &now],
        )
        .await?;
    if count == 0 && again.delivery.is_some() {
        return Err(Error::not_found("delivery"));
    }
    let wake = "update webhooks set wake_at = $3, held_until = null where organization_id = $1 and id = $2";
    tx.execute(wake, &[&organization, &id, &now]).await?;
    let detail = json!({ "deliveries": count, "state": again.state, "from": again.from, "to": again.to });
    tx.query("select gemba.audit('webhook.redelivered', 'webhook', $1, null, 'success', $2)", &[&id, &detail]).await?;
    Ok(count)
}

/// Everything that is wrong with what was given.
fn check(catalogue: &Catalogue, name: Option<&str>, url: Option<&str>, types: Option<&[String]>) -> Result<()> {
    let mut wrong = Vec::new();
    if name.is_some_and(|name| name.trim().is_empty() || name.chars().count() > 200) {
        wrong.push(FieldError::new("/name", "length", "expected 1 to 200 characters"));
    }
    if url.is_some_and(|url| !is_address(url)) {
        let detail =
            "expected an address such as https://mes.example.com/gemba, without user name and fragment, of 2,000 characters at most";
        wrong.push(FieldError::new("/url", "not_understood", detail));
    }
    let known: Vec<String> = catalogue.types().collect();
    for (at, one) in types.unwrap_or_default().iter().enumerate() {
        let fits = match one.strip_suffix('*') {
            Some(beginning) => known.iter().any(|known| known.starts_with(beginning)),
            None => known.contains(one),
        };
        if !fits {
            wrong.push(FieldError::new(format!("/types/{at}"), "unknown", format!("no event is {one}; docs/events.md lists all")));
        }
    }
    if types.is_some_and(|types| types.len() > 200) {
        wrong.push(FieldError::new("/types", "too_many", "expected 200 types at most; * at the end stands for many"));
    }
    if wrong.is_empty() { Ok(()) } else { Err(Error::invalid(wrong)) }
}

fn is_address(url: &str) -> bool {
    let Ok(uri) = url.parse::<::http::Uri>() else { return false };
    let is_web = matches!(uri.scheme_str(), Some("https" | "http"));
    is_web
        && url.len() <= 2_000
        && !url.contains('#')
        && uri.authority().is_some_and(|host| !host.host().is_empty() && !host.as_str().contains('@'))
}

fn taken(error: Error) -> Error {
    error.on_constraint("webhooks_name_key", || Error::conflict("webhook_name_taken", "there is already a webhook with this name"))
}
