//! What an organization's policies leave of what roles grant over declared records: one by one, and in lists.
//!
//! **Invariant:** a record that a policy about reading hides is not there, whichever way somebody comes to it.

use rust_decimal::Decimal;
use serde_json::{Map, Value};
use tokio_postgres::types::{ToSql, Type as Pg};
use uuid::Uuid;

use crate::caller::{Caller, Reach};
use crate::database::{Sql, Tx};
use crate::error::{Error, Result};
use crate::permission::Permission;
use crate::policy::{Asked, Parameter, Refused};
use crate::resource::custom::roles;
use crate::resource::kind::{Kind, Within};
use crate::resource::statements::Statements;
use crate::resource::write::scope;

/// Whether no policy hides a record, as the API or the trail writes it, from the caller. Whether roles let it be seen is asked elsewhere.
pub fn visible(caller: &Caller, kind: &'static Kind, record: &Map<String, Value>) -> bool {
    let asked = Asked { permission: kind.verbs.read, record, amount: None };
    caller.policies_on(kind.verbs.read).is_none_or(|policies| policies.forbidden_with(caller, kind, asked).is_empty())
}

/// Refuses what a policy forbids with a record. That roles grant it is asked first.
///
/// # Errors
/// 403 `policy_forbids`.
pub fn permitted(
    caller: &Caller,
    kind: &'static Kind,
    permission: Permission,
    record: &Map<String, Value>,
    amount: Option<Decimal>,
) -> Result<()> {
    match refused(caller, kind, permission, record, amount) {
        Some(refused) => Err(refused.into_error()),
        None => Ok(()),
    }
}

/// Refuses what roles do not grant there, or policies forbid with this record. The refusal of a policy names the record.
///
/// # Errors
/// 403 `permission_missing`, `policy_forbids`; 401 `step_up_required`.
pub fn require(
    caller: &Caller,
    kind: &'static Kind,
    permission: Permission,
    record: &Map<String, Value>,
    amount: Option<Decimal>,
) -> Result<()> {
    let place = scope(kind, record);
    if caller.is_granted(permission, place) {
        permitted(caller, kind, permission, record, amount)?;
    }
    caller.require(permission, place)
}

pub(super) fn refused(
    caller: &Caller,
    kind: &'static Kind,
    permission: Permission,
    record: &Map<String, Value>,
    amount: Option<Decimal>,
) -> Option<Refused> {
    let policies = caller.policies_on(permission)?.forbidden_with(caller, kind, Asked { permission, record, amount });
    if policies.is_empty() {
        return None;
    }
    let named = record.get("id").and_then(Value::as_str).and_then(|id| id.parse().ok()).map(|id: Uuid| (kind.name, id));
    Some(Refused { permission, scope: scope(kind, record), record: named, amount, policies, caller: Box::new(caller.clone()) })
}

/// A value of a predicate as a statement binds it.
pub(crate) fn bound(parameter: Parameter) -> (Box<dyn ToSql + Sync + Send>, Pg) {
    match parameter {
        Parameter::Text(text) => (Box::new(text), Pg::TEXT),
        Parameter::Texts(texts) => (Box::new(texts), Pg::TEXT_ARRAY),
        Parameter::Long(number) => (Box::new(number), Pg::INT8),
        Parameter::Longs(numbers) => (Box::new(numbers), Pg::INT8_ARRAY),
        Parameter::Boolean(truth) => (Box::new(truth), Pg::BOOL),
        Parameter::Decimal(number) => (Box::new(number), Pg::NUMERIC),
        Parameter::Instant(at) => (Box::new(at), Pg::TIMESTAMPTZ),
        Parameter::Identifier(id) => (Box::new(id), Pg::UUID),
        Parameter::Identifiers(ids) => (Box::new(ids), Pg::UUID_ARRAY),
    }
}

/// A record as the API writes it, whatever rights and policies say: that is asked with it.
///
/// # Errors
/// What the database refused.
pub async fn find(tx: &mut Tx, kind: &'static Kind, id: Uuid) -> Result<Option<Map<String, Value>>> {
    let (organization, roles) = (tx.caller().organization, roles(tx.caller()));
    let row = tx.query_opt(Statements::of(kind).find.clone(), &[&organization, &id, &roles]).await?;
    Ok(row.and_then(|row| match row.get(2) {
        Value::Object(record) => Some(record),
        _ => None,
    }))
}

/// How many records of a kind roles let the caller read, and how many of them policies leave.
///
/// # Errors
/// What the database refused.
pub async fn count_visible(tx: &mut Tx, kind: &'static Kind) -> Result<(i64, i64)> {
    let caller = tx.caller().clone();
    let mut parameters: Vec<(Box<dyn ToSql + Sync + Send>, Pg)> = vec![(Box::new(caller.organization.0), Pg::UUID)];
    let mut left = String::new();
    if let Some(policies) = caller.policies_on(kind.verbs.read) {
        let mut give = |parameter| {
            parameters.push(bound(parameter));
            format!("${}", parameters.len())
        };
        policies.narrow(&caller, kind, kind.verbs.read, &mut left, &mut give);
    }
    let plants: Option<Vec<Uuid>> = match caller.granted_reach(kind.verbs.read) {
        Reach::Everywhere => None,
        Reach::Plants(plants) => Some(plants.into_iter().map(|plant| plant.0).collect()),
    };
    let within = match (&plants, kind.within) {
        (Some(_), Within::Plant | Within::Parent(_) | Within::Itself | Within::Either) => {
            let open = if kind.within == Within::Either { "t.plant_id is null or " } else { "" };
            parameters.push((Box::new(plants.clone().unwrap_or_default()), Pg::UUID_ARRAY));
            format!(" and ({open}t.plant_id = any (${}))", parameters.len())
        }
        _ => String::new(),
    };
    let text = format!(
        "select count(*), count(*) filter (where true{left}) from {} t where t.organization_id = $1 and t.archived_at is null{within}",
        kind.table
    );
    let parameters: Vec<_> = parameters.iter().map(|(value, ty)| (&**value as &(dyn ToSql + Sync), ty.clone())).collect();
    let rows = tx.query_typed(Sql::composed(text), &parameters).await?;
    rows.first().map(|row| (row.get(0), row.get(1))).ok_or_else(|| Error::internal("a count without a row"))
}
