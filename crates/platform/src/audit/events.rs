//! Reading the trail: pages of events, newest first, by who, what, where and when.
//!
//! **Invariant:** a reader sees the plants where they may read the trail, and nothing of the organization itself unless they may everywhere.
//! **Invariant:** personal values are readable only for whoever may reveal them; erased ones for nobody.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Value, json};
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::audit::{EVENT_READ, EVENT_REVEAL};
use crate::caller::{Reach, Scope};
use crate::database::{Sql, Tx};
use crate::error::{Error, Kind, Result};
use crate::http::{Cursor, Page, Paged};

/// One event of the trail, as readers get it.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Event {
    /// The event.
    pub id: Uuid,
    /// When its transaction began.
    #[schema(value_type = String, format = DateTime, example = "2026-03-02T09:30:00Z")]
    pub occurred_at: Timestamp,
    /// The plant it belongs to, if to one.
    pub plant_id: Option<Uuid>,
    /// Who: `user:…`, `key:…`, `system:…`, `nobody`.
    #[schema(example = "user:0195a3f2-7c1e-7d41-9b58-6f2f0e5a9c11")]
    pub actor: String,
    /// The address the request came from.
    #[schema(example = "192.0.2.7")]
    pub ip: Option<String>,
    /// The request, as its client was told it.
    pub request_id: Option<Uuid>,
    /// What.
    #[schema(example = "line.updated")]
    pub action: String,
    /// The kind of record, where it is about one.
    #[schema(example = "line")]
    pub kind: Option<String>,
    /// The record, where it is about one.
    pub record_id: Option<Uuid>,
    /// Whether it happened, was refused, or failed.
    pub outcome: Outcome,
    /// The record before, where it existed; personal values as "(personal)" for whoever may not reveal them.
    pub before: Option<Value>,
    /// The record after, where it still exists; personal values likewise.
    pub after: Option<Value>,
    /// What else there is to say.
    pub detail: Option<Value>,
}

/// Whether something happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It happened.
    Success,
    /// It was not allowed.
    Refused,
    /// It went wrong.
    Failed,
}

impl Outcome {
    fn name(self) -> &'static str {
        match self {
            Outcome::Success => "success",
            Outcome::Refused => "refused",
            Outcome::Failed => "failed",
        }
    }

    fn of(name: &str) -> Outcome {
        match name {
            "refused" => Outcome::Refused,
            "failed" => Outcome::Failed,
            _ => Outcome::Success,
        }
    }
}

/// Which events are wanted; all of them where nothing is said.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct Filter {
    /// From this instant, or from the beginning of this day in UTC.
    #[param(value_type = Option<String>, format = DateTime, example = "2026-03-01T00:00:00Z")]
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "instant_or_day")]
    pub from: Option<Timestamp>,
    /// Before this instant, or before the beginning of this day in UTC.
    #[param(value_type = Option<String>, format = DateTime, example = "2026-04-01T00:00:00Z")]
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "instant_or_day")]
    pub to: Option<Timestamp>,
    /// By whom: `user:…`, `key:…`, `system:…`.
    #[param(example = "system:demo")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// What: `line.updated`, or `line.*` for everything that begins so.
    #[param(example = "line.*")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// About this kind of record.
    #[param(example = "line")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// About this record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub record: Option<Uuid>,
    /// Of this plant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plant: Option<Uuid>,
    /// With this outcome.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// In this request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request: Option<Uuid>,
}

impl Filter {
    /// What can be asked for, by name.
    pub const NAMES: [&str; 9] = ["from", "to", "actor", "action", "kind", "record", "plant", "outcome", "request"];
}

/// `2026-03-01T00:00:00Z`, or `2026-03-01`.
fn instant_or_day<'de, D: Deserializer<'de>>(said: D) -> std::result::Result<Option<Timestamp>, D::Error> {
    let Some(text) = Option::<String>::deserialize(said)? else { return Ok(None) };
    let day = || text.parse::<Date>().ok()?.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp());
    let wrong = || D::Error::custom("expected an instant or a day: 2026-03-01T00:00:00Z, 2026-03-01");
    text.parse().ok().or_else(day).ok_or_else(wrong).map(Some)
}

/// A page of the trail, newest first. That it was read is written into the trail.
///
/// # Errors
/// 403 for whoever may read the trail nowhere; 400 for a cursor of another list.
pub async fn list_events(tx: &mut Tx, filter: &Filter, page: &Page) -> Result<Paged<Event>> {
    let reach = tx.caller().reach_of(EVENT_READ);
    if reach == Reach::Plants(Vec::new()) {
        return Err(tx.caller().refusal(EVENT_READ, Scope::Organization));
    }
    let found = select(tx, filter, &reach, page).await?;
    let detail = json!({ "filter": filter, "events": found.items.len() });
    super::record(tx, "audit.read", detail).await?;
    Ok(found)
}

/// The history of one record, newest first. Whether the caller may read the record is for the caller of this to have checked.
///
/// # Errors
/// 400 for a cursor of another list.
pub async fn history(tx: &mut Tx, kind: &str, record: Uuid, page: &Page) -> Result<Paged<Event>> {
    let filter = Filter { kind: Some(kind.into()), record: Some(record), ..Filter::default() };
    select(tx, &filter, &Reach::Everywhere, page).await
}

/// The order of pages; a cursor belongs to it.
const ORDER: &str = "-occurred_at";

async fn select(tx: &mut Tx, filter: &Filter, reach: &Reach, page: &Page) -> Result<Paged<Event>> {
    let reveals = tx.caller().may(EVENT_REVEAL, Scope::Organization);
    let organization = tx.caller().organization;
    let limit = i64::from(page.limit) + 1;
    let (prefix, exact) = match filter.action.as_deref().map(|action| (action, action.strip_suffix('*'))) {
        Some((_, Some(prefix))) => (Some(prefix), None),
        Some((action, None)) => (None, Some(action)),
        None => (None, None),
    };
    let outcome = filter.outcome.map(Outcome::name);
    let plants = match reach {
        Reach::Everywhere => None,
        Reach::Plants(plants) => Some(plants.clone()),
    };
    let after = page.after.as_ref().map(behind).transpose()?;
    let (after_at, after_id) = after.unzip();
    let mut wanted = Wanted { text: String::new(), params: vec![&organization, &limit] };
    wanted.when("occurred_at >= ", &filter.from, "");
    wanted.when("occurred_at < ", &filter.to, "");
    wanted.when("actor = ", &filter.actor, "");
    wanted.when("action = ", &exact, "");
    wanted.when("starts_with(action, ", &prefix, ")");
    wanted.when("kind = ", &filter.kind, "");
    wanted.when("record_id = ", &filter.record, "");
    wanted.when("plant_id = ", &filter.plant, "");
    wanted.when("outcome = ", &outcome, "");
    wanted.when("request_id = ", &filter.request, "");
    wanted.when("plant_id = any (", &plants, ")");
    if let (Some(at), Some(id)) = (&after_at, &after_id) {
        let (at_number, id_number) = (wanted.add(at), wanted.add(id));
        // The position decides within a transaction, and stays here: the cursor names the event instead.
        wanted.text.push_str(&format!(
            " and (occurred_at, position) < (${at_number}, coalesce((select position from audit_events \
             where organization_id = $1 and occurred_at = ${at_number} and id = ${id_number}), 0))"
        ));
    }
    let rows = tx.query(Sql::composed(wanted.select(reveals)), &wanted.params).await?;
    let events = rows.iter().map(event).collect::<Result<Vec<_>>>()?;
    Ok(Paged::of(events, page, |last| Cursor { sort: ORDER.into(), values: vec![last.occurred_at.to_string().into()], id: last.id }))
}

/// Where the page before ended.
fn behind(cursor: &Cursor) -> Result<(Timestamp, Uuid)> {
    cursor.of_sort(ORDER)?;
    let at = cursor.values.first().and_then(Value::as_str).and_then(|at| at.parse().ok());
    let at =
        at.ok_or_else(|| Error::new(Kind::Malformed, "bad_cursor", "cursor: not one that this list gave out; begin again without it"))?;
    Ok((at, cursor.id))
}

/// The conditions of a select, in constant text with numbered parameters.
struct Wanted<'a> {
    text: String,
    params: Vec<&'a (dyn ToSql + Sync)>,
}

impl<'a> Wanted<'a> {
    fn when<T: ToSql + Sync>(&mut self, before: &'static str, value: &'a Option<T>, behind: &'static str) {
        if let Some(value) = value {
            let number = self.add(value);
            self.text.push_str(&format!(" and {before}${number}{behind}"));
        }
    }

    fn add<T: ToSql + Sync>(&mut self, value: &'a T) -> usize {
        self.params.push(value);
        self.params.len()
    }

    fn select(&self, reveals: bool) -> String {
        let documents = match reveals {
            true => "gemba.reveal(before), gemba.reveal(after), gemba.reveal(detail)",
            false => "before, after, detail",
        };
        format!(
            "select id, occurred_at, plant_id, actor, host(ip), request_id, action, kind, record_id, outcome, {documents} from audit_events \
             where organization_id = $1{} order by occurred_at desc, position desc limit $2",
            self.text
        )
    }
}

fn event(row: &Row) -> Result<Event> {
    Ok(Event {
        id: row.try_get(0)?,
        occurred_at: row.try_get(1)?,
        plant_id: row.try_get(2)?,
        actor: row.try_get(3)?,
        ip: row.try_get(4)?,
        request_id: row.try_get(5)?,
        action: row.try_get(6)?,
        kind: row.try_get(7)?,
        record_id: row.try_get(8)?,
        outcome: Outcome::of(row.try_get(9)?),
        before: row.try_get::<_, Option<Value>>(10)?.map(discreet),
        after: row.try_get::<_, Option<Value>>(11)?.map(discreet),
        detail: row.try_get::<_, Option<Value>>(12)?.map(discreet),
    })
}

/// A document of the trail with "(personal)" for the values that are still concealed.
pub(super) fn discreet(mut document: Value) -> Value {
    if let Value::Object(members) = &mut document {
        for value in members.values_mut().filter(|value| value.get("$personal").is_some()) {
            *value = "(personal)".into();
        }
    }
    document
}
