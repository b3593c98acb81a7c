//! The inbox of a person.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};
use tokio_postgres::Row;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::database::Tx;
use crate::error::{Error, Kind, Result};
use crate::http::{Cursor, Page, Paged};
use crate::ids::UserId;
use crate::language::Language;
use crate::notifications::Declared;
use crate::notifications::preferences::person;

/// Something a person was told.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Notification {
    /// The notification.
    pub id: Uuid,
    /// Which preference it obeys.
    #[schema(example = "approvals")]
    pub topic: String,
    /// What happened, as the trail names it.
    #[schema(example = "scenario.submitted")]
    pub said: String,
    /// The same as a sentence, in your language.
    #[schema(example = "Ines Kowalski asks you to decide on Autumn 2027")]
    pub text: String,
    /// What it is about: the kind and the identifier.
    #[schema(example = "scenario/0199d1a0-0000-7000-8000-000000000042")]
    pub subject: Option<String>,
    /// Where that is read in the API.
    #[schema(example = "/api/v1/scenarios/0199d1a0-0000-7000-8000-000000000042")]
    pub address: Option<String>,
    /// The plant it happened at, if at one.
    pub plant_id: Option<Uuid>,
    /// Who did it: `user:…`, `key:…`, `system:…`.
    #[schema(example = "user:0199d1a0-0000-7000-8000-000000000001")]
    pub actor: String,
    /// How often it happened since you read it last.
    pub count: i32,
    /// When it happened last.
    #[schema(value_type = String, format = DateTime)]
    pub occurred_at: Timestamp,
    /// When you read it.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub read_at: Option<Timestamp>,
}

/// A notification as it is stored.
pub(super) struct Stored {
    pub id: Uuid,
    pub topic: String,
    pub said: String,
    pub plant_id: Option<Uuid>,
    pub kind: Option<String>,
    pub record_id: Option<Uuid>,
    pub actor: String,
    pub data: Value,
    pub count: i32,
    pub occurred_at: Timestamp,
    pub updated_at: Timestamp,
    pub read_at: Option<Timestamp>,
}

macro_rules! columns {
    () => {
        "id, topic, said, plant_id, kind, record_id, actor, data, count, occurred_at, updated_at, read_at"
    };
}

fn stored(row: &Row) -> Stored {
    Stored {
        id: row.get(0),
        topic: row.get(1),
        said: row.get(2),
        plant_id: row.get(3),
        kind: row.get(4),
        record_id: row.get(5),
        actor: row.get(6),
        data: row.get(7),
        count: row.get(8),
        occurred_at: row.get(9),
        updated_at: row.get(10),
        read_at: row.get(11),
    }
}

impl Stored {
    /// As a sentence. `actors` are the names of people by label; what no longer declares a sentence is told by its name.
    pub(super) fn text(&self, declared: &Declared, actors: &BTreeMap<String, String>, language: Language) -> String {
        let notices = declared.of(&self.said);
        // A comment is told in other words to whoever is named in it than to whoever watches: the place in the declaration says which.
        let nth = self.data["nth"].as_u64().and_then(|nth| usize::try_from(nth).ok()).unwrap_or(usize::MAX);
        let words = match notices.get(nth) {
            Some(notice) => notice.says,
            None => {
                let verb = self.said.rsplit('.').next().unwrap_or_default();
                let known = super::declared::WATCHED.iter().find(|(known, _)| *known == verb);
                known.or(super::declared::WATCHED.last()).map_or(crate::language::Words::new("", "", ""), |(_, words)| *words)
            }
        };
        let actor = match self.actor.split_once(':') {
            Some(("user" | "key", _)) => actors.get(&self.actor).cloned().unwrap_or_else(|| somebody(language).into()),
            _ => "Gemba".into(),
        };
        let said = self.data.as_object().into_iter().flatten();
        let said = said.filter_map(|(name, value)| value.as_str().map(|value| (name.as_str(), value)));
        let nameless = self.kind.clone().unwrap_or_default().replace('_', " ");
        let with: Vec<(&str, &str)> = said.chain([("actor", actor.as_str()), ("record", nameless.as_str())]).collect();
        words.fill(language, &with)
    }

    /// What it is about.
    pub(super) fn subject(&self) -> Option<String> {
        Some(match (self.kind.as_deref()?, self.record_id) {
            (kind, Some(id)) => format!("{kind}/{id}"),
            (kind, None) => kind.to_owned(),
        })
    }
}

fn somebody(language: Language) -> &'static str {
    crate::language::Words::new("Somebody", "Alguien", "Jemand").text(language)
}

/// The names of who did what these notifications tell of, by label.
pub(super) async fn actors(tx: &mut Tx, all: &[Stored]) -> Result<BTreeMap<String, String>> {
    let ids: Vec<UserId> = all.iter().filter_map(|one| one.actor.strip_prefix("user:")?.parse().ok()).collect();
    let keys: Vec<Uuid> = all.iter().filter_map(|one| one.actor.strip_prefix("key:")?.parse().ok()).collect();
    let mut names = BTreeMap::new();
    if !ids.is_empty() || !keys.is_empty() {
        let organization = tx.caller().organization;
        let query = "select 'user:' || id, name from users where organization_id = $1 and id = any ($2) \
            union all select 'key:' || id, name from api_keys where organization_id = $1 and id = any ($3)";
        for row in tx.query(query, &[&organization, &ids, &keys]).await? {
            names.insert(row.get(0), crate::mail::plain(row.get(1)));
        }
    }
    Ok(names)
}

/// The language Gemba speaks to somebody.
pub(super) async fn language(tx: &mut Tx, person: UserId) -> Result<Language> {
    let organization = tx.caller().organization;
    let row = tx.query_opt("select locale from users where organization_id = $1 and id = $2", &[&organization, &person]).await?;
    Ok(row.map(|row| Language::of(row.get(0))).unwrap_or_default())
}

/// What is wanted of an inbox.
#[derive(Clone, Debug, Default)]
pub(super) struct Wanted {
    pub unread: bool,
    pub topic: Option<String>,
}

/// A page of the caller's inbox, the newest first. `address` tells where a thing is read.
pub(super) async fn list(
    tx: &mut Tx,
    declared: &Declared,
    address: impl Fn(&str, Uuid) -> Option<String>,
    wanted: &Wanted,
    page: &Page,
) -> Result<Paged<Notification>> {
    let person = person(tx.caller())?;
    let organization = tx.caller().organization;
    let behind = match &page.after {
        None => None,
        Some(cursor) => {
            cursor.of_sort("-updated_at")?;
            let at = cursor.values.first().and_then(Value::as_str).and_then(|text| text.parse::<Timestamp>().ok());
            let wrong = || Error::new(Kind::Malformed, "bad_cursor", "cursor: not one that this list gave out; begin again without it");
            Some((at.ok_or_else(wrong)?, cursor.id))
        }
    };
    let (at, id) = behind.unzip();
    let query = concat!(
        "select ",
        columns!(),
        " from notifications where organization_id = $1 and user_id = $2 and shown and (not $3 or read_at is null) \
         and ($4::text is null or topic = $4) and ($5::timestamptz is null or (updated_at, id) < ($5, $6::uuid)) \
         order by updated_at desc, id desc limit $7"
    );
    let limit = i64::from(page.limit) + 1;
    let rows = tx.query(query, &[&organization, &person, &wanted.unread, &wanted.topic, &at, &id, &limit]).await?;
    let all: Vec<Stored> = rows.iter().map(stored).collect();
    let (actors, language) = (actors(tx, &all).await?, language(tx, person).await?);
    let end = |last: &Stored| Cursor { sort: "-updated_at".into(), values: vec![json!(last.updated_at)], id: last.id };
    Ok(Paged::of(all, page, end).map(|one| Notification {
        text: one.text(declared, &actors, language),
        subject: one.subject(),
        address: one.kind.as_deref().zip(one.record_id).and_then(|(kind, id)| address(kind, id)),
        id: one.id,
        topic: one.topic,
        said: one.said,
        plant_id: one.plant_id,
        actor: one.actor,
        count: one.count,
        occurred_at: one.occurred_at,
        read_at: one.read_at,
    }))
}

/// How much of the caller's inbox is unread.
pub(super) async fn unread(tx: &mut Tx) -> Result<i64> {
    let person = person(tx.caller())?;
    let organization = tx.caller().organization;
    let query = "select count(*) from notifications where organization_id = $1 and user_id = $2 and shown and read_at is null";
    Ok(tx.query_one(query, &[&organization, &person]).await?.get(0))
}

/// Marks one of the caller's notifications as read, or as unread.
///
/// # Errors
/// 404 for what is not in their inbox.
pub(super) async fn mark(tx: &mut Tx, id: Uuid, is_read: bool) -> Result<()> {
    let person = person(tx.caller())?;
    let (organization, now) = (tx.caller().organization, tx.now());
    // One that was read starts anew when more of its kind comes; unread again, it must not collide with that.
    let sql = "update notifications set read_at = case when $4 then coalesce(read_at, $5) end, coalesces = coalesces and read_at is null, \
            transaction = pg_current_xact_id() \
        where organization_id = $1 and user_id = $2 and id = $3 and shown";
    match tx.execute(sql, &[&organization, &person, &id, &is_read, &now]).await? {
        0 => Err(Error::not_found("notification")),
        _ => Ok(()),
    }
}

/// Marks all of the caller's notifications as read that tell of what happened until then; returns how many were unread.
pub(super) async fn mark_all(tx: &mut Tx, until: Option<Timestamp>) -> Result<u64> {
    let person = person(tx.caller())?;
    let (organization, now) = (tx.caller().organization, tx.now());
    let sql = "update notifications set read_at = $4, transaction = pg_current_xact_id() \
        where organization_id = $1 and user_id = $2 and shown and read_at is null and ($3::timestamptz is null or occurred_at <= $3)";
    tx.execute(sql, &[&organization, &person, &until, &now]).await
}

/// Notifications of a person, whole, the oldest first: those with these identifiers, or those that wait for the daily mail.
pub(super) async fn of_person(tx: &mut Tx, person: UserId, ids: Option<&[Uuid]>) -> Result<Vec<Stored>> {
    let organization = tx.caller().organization;
    let query = concat!(
        "select ",
        columns!(),
        " from notifications where organization_id = $1 and user_id = $2 and (id = any ($3) or $3::uuid[] is null and digest) \
         order by updated_at, id limit 1000"
    );
    Ok(tx.query(query, &[&organization, &person, &ids]).await?.iter().map(stored).collect())
}
