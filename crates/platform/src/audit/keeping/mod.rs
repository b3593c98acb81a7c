//! What decides how long entries stay: an organization's rules by class, and legal holds.
//!
//! **Invariant:** whoever changes a rule or a hold leaves that in the trail, through the trigger of the tables, like any other change.
//! **Invariant:** a hold is never deleted; it is released, and says by whom.

mod http;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio_postgres::Row;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::audit::retention::KEEP_DAYS;
use crate::audit::{HOLD_PLACE, HOLD_READ, HOLD_RELEASE, RETENTION_READ, RETENTION_UPDATE};
use crate::caller::Scope;
use crate::database::Tx;
use crate::error::{Error, FieldError, Kind, Result};
use crate::http::{Cursor, IfMatch, Page, Paged};

pub(super) use http::routes;

/// What decides how long an entry stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Changes of records.
    Change,
    /// Sign-ins and sessions.
    Access,
    /// Reads of sensitive data, and exports.
    Reading,
    /// Everything else.
    Action,
}

impl Class {
    const ALL: [Class; 4] = [Class::Change, Class::Access, Class::Reading, Class::Action];

    fn name(self) -> &'static str {
        match self {
            Class::Change => "change",
            Class::Access => "access",
            Class::Reading => "reading",
            Class::Action => "action",
        }
    }
}

/// How long entries of a class stay.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Rule {
    /// Of which entries.
    pub class: Class,
    /// Days that they stay; 2557, seven years, where nobody said otherwise.
    #[schema(minimum = 30, maximum = 36525, example = 2557)]
    pub keep_days: i32,
    /// Counts changes; 0 where nobody said anything. The ETag.
    pub version: i64,
}

/// The rule of every class.
///
/// # Errors
/// 403 `permission_missing`.
pub async fn list_rules(tx: &mut Tx) -> Result<Vec<Rule>> {
    tx.require(RETENTION_READ, Scope::Organization)?;
    let own = tx.caller().organization;
    let rows = tx.query("select class, keep_days, version from audit_retention where organization_id = $1", &[&own]).await?;
    let said = |class: Class| rows.iter().find(|row| row.get::<_, &str>(0) == class.name());
    Ok(Class::ALL
        .into_iter()
        .map(|class| match said(class) {
            Some(row) => Rule { class, keep_days: row.get(1), version: row.get(2) },
            None => Rule { class, keep_days: KEEP_DAYS, version: 0 },
        })
        .collect())
}

/// Sets how long entries of a class stay.
///
/// # Errors
/// 403 `permission_missing`; 412 when somebody changed the rule meanwhile; 422 for days that are too few or too many.
pub async fn set_rule(tx: &mut Tx, class: Class, keep_days: i32, meant: IfMatch) -> Result<Rule> {
    tx.require(RETENTION_UPDATE, Scope::Organization)?;
    if !(30..=36_525).contains(&keep_days) {
        let wrong = format!("found {keep_days}, expected 30 to 36525 days");
        return Err(Error::invalid(vec![FieldError::new("/keep_days", "out_of_range", wrong)]));
    }
    let (own, by, now, id) = (tx.caller().organization, tx.caller().principal.label(), tx.now(), tx.new_id::<Uuid>());
    let locked = "select version from audit_retention where organization_id = $1 and class = $2 for update";
    let current = tx.query_opt(locked, &[&own, &class.name()]).await?.map_or(0, |row| row.get(0));
    meant.check(current)?;
    let set = "insert into audit_retention (organization_id, id, class, keep_days, updated_at, updated_by) values ($1, $2, $3, $4, $5, $6)
        on conflict (organization_id, class) do update
        set keep_days = excluded.keep_days, updated_at = excluded.updated_at, updated_by = excluded.updated_by, version = audit_retention.version + 1
        returning version";
    let version = tx.query_one(set, &[&own, &id, &class.name(), &keep_days, &now, &by]).await?.get(0);
    Ok(Rule { class, keep_days, version })
}

/// Entries that retention must not remove.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Hold {
    /// The hold.
    pub id: Uuid,
    /// Why, as a court or an auditor names it.
    pub reason: String,
    /// Only entries about this kind of record.
    pub kind: Option<String>,
    /// Only entries about this record.
    pub record_id: Option<Uuid>,
    /// Only entries from this instant.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub from: Option<Timestamp>,
    /// Only entries before this instant.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub to: Option<Timestamp>,
    /// When it was placed.
    #[schema(value_type = String, format = DateTime)]
    pub placed_at: Timestamp,
    /// Who placed it.
    pub placed_by: String,
    /// When it was released, if it was.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub released_at: Option<Timestamp>,
    /// Who released it.
    pub released_by: Option<String>,
}

/// A hold to be placed: on the whole organization where nothing but the reason is said.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewHold {
    /// Why, as a court or an auditor names it.
    #[schema(min_length = 1, max_length = 1000, example = "Recall 2026-114")]
    pub reason: String,
    /// Only entries about this kind of record.
    #[schema(example = "line")]
    pub kind: Option<String>,
    /// Only entries about this record, of the kind.
    pub record_id: Option<Uuid>,
    /// Only entries from this instant.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub from: Option<Timestamp>,
    /// Only entries before this instant.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub to: Option<Timestamp>,
}

impl NewHold {
    fn check(&self) -> Result<()> {
        let mut wrong = Vec::new();
        if !(1..=1_000).contains(&self.reason.chars().count()) || self.reason.contains('\0') {
            wrong.push(FieldError::new("/reason", "length", "expected 1 to 1000 characters"));
        }
        if self.record_id.is_some() && self.kind.is_none() {
            wrong.push(FieldError::new("/kind", "required", "a record is held by its kind and its identifier"));
        }
        if self.kind.as_ref().is_some_and(|kind| kind.contains('\0')) {
            wrong.push(FieldError::new("/kind", "unreadable", "no kind of record is called that"));
        }
        if self.from.zip(self.to).is_some_and(|(from, to)| from >= to) {
            wrong.push(FieldError::new("/to", "out_of_range", "the end has to be behind the beginning"));
        }
        if wrong.is_empty() { Ok(()) } else { Err(Error::invalid(wrong)) }
    }
}

const HOLDS: &str = "-placed_at";

/// Holds, the newest first; released ones, too.
///
/// # Errors
/// 403 `permission_missing`; 400 for a cursor of another list.
pub async fn list_holds(tx: &mut Tx, page: &Page) -> Result<Paged<Hold>> {
    tx.require(HOLD_READ, Scope::Organization)?;
    let own = tx.caller().organization;
    let after = page.after.as_ref().map(placed).transpose()?;
    let (at, id) = after.unzip();
    let list = "select id, reason, kind, record_id, from_at, to_at, placed_at, placed_by, released_at, released_by from audit_holds
        where organization_id = $1 and ($2::timestamptz is null or (placed_at, id) < ($2, $3)) order by placed_at desc, id desc limit $4";
    let rows = tx.query(list, &[&own, &at, &id, &(i64::from(page.limit) + 1)]).await?;
    Ok(Paged::of(rows.iter().map(hold).collect(), page, |last| Cursor {
        sort: HOLDS.into(),
        values: vec![last.placed_at.to_string().into()],
        id: last.id,
    }))
}

/// Places a hold.
///
/// # Errors
/// 403 `permission_missing`; 422 with everything that is wrong.
pub async fn place_hold(tx: &mut Tx, new: NewHold) -> Result<Hold> {
    tx.require(HOLD_PLACE, Scope::Organization)?;
    new.check()?;
    let (own, by, now, id) = (tx.caller().organization, tx.caller().principal.label(), tx.now(), tx.new_id::<Uuid>());
    let place = "insert into audit_holds (organization_id, id, reason, kind, record_id, from_at, to_at, placed_at, placed_by)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        returning id, reason, kind, record_id, from_at, to_at, placed_at, placed_by, released_at, released_by";
    let row = tx.query_one(place, &[&own, &id, &new.reason, &new.kind, &new.record_id, &new.from, &new.to, &now, &by]).await?;
    Ok(hold(&row))
}

/// Releases a hold; releasing it again changes nothing.
///
/// # Errors
/// 403 `permission_missing`; 404 for a hold that is not there.
pub async fn release_hold(tx: &mut Tx, id: Uuid) -> Result<Hold> {
    tx.require(HOLD_RELEASE, Scope::Organization)?;
    let (own, by, now) = (tx.caller().organization, tx.caller().principal.label(), tx.now());
    let release = "update audit_holds set released_at = coalesce(released_at, $3), released_by = coalesce(released_by, $4)
        where organization_id = $1 and id = $2
        returning id, reason, kind, record_id, from_at, to_at, placed_at, placed_by, released_at, released_by";
    tx.query_opt(release, &[&own, &id, &now, &by]).await?.as_ref().map(hold).ok_or_else(|| Error::not_found("hold"))
}

fn placed(cursor: &Cursor) -> Result<(Timestamp, Uuid)> {
    cursor.of_sort(HOLDS)?;
    let at = cursor.values.first().and_then(Value::as_str).and_then(|at| at.parse().ok());
    let at =
        at.ok_or_else(|| Error::new(Kind::Malformed, "bad_cursor", "cursor: not one that this list gave out; begin again without it"))?;
    Ok((at, cursor.id))
}

fn hold(row: &Row) -> Hold {
    Hold {
        id: row.get(0),
        reason: row.get(1),
        kind: row.get(2),
        record_id: row.get(3),
        from: row.get(4),
        to: row.get(5),
        placed_at: row.get(6),
        placed_by: row.get(7),
        released_at: row.get(8),
        released_by: row.get(9),
    }
}
