//! What was done, read from the trail, so that it can be asked what policies would have said to it.
//!
//! The trail is the record of decisions: it holds who did what, when, from where and to which state of a record, since before there were
//! policies, and costs no request anything more. What nobody wrote down, reading, is looked at as it is now ([`super::trial`]).

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use platform::ids::{ApiKeyId, OrganizationId, PlantId, RequestId, SessionId, UserId};
use platform::policy::{Asked, Circumstances, Compiled, Facts, Forbidden, Language, PlantFacts};
use platform::resource::Kind;
use platform::{Caller, Permission, Principal, Result, Tx, caller::Grants};
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Map, Value};
use uuid::Uuid;

/// Decisions looked at.
pub(super) const LOOKED_AT: i64 = 1_000;
/// Entries of the trail looked through for them at most.
const LOOKED_THROUGH: i64 = 20_000;

/// Something that was done, or that a policy refused.
#[derive(Clone, Debug)]
pub(super) struct Past {
    pub event: Uuid,
    pub at: Timestamp,
    pub actor: String,
    pub ip: Option<IpAddr>,
    pub permission: Permission,
    pub kind: &'static Kind,
    pub record: Option<Uuid>,
    pub plant: Option<Uuid>,
    /// The states of the record that are asked about: as it was, as it became.
    states: Vec<Map<String, Value>>,
    amount: Option<Decimal>,
    pub was_refused: bool,
}

/// What was done lately, the newest first, and how many entries could not be judged.
pub(super) async fn read(tx: &mut Tx, language: &Language) -> Result<(Vec<Past>, usize)> {
    let mut known: BTreeMap<String, (&'static Kind, Permission)> = BTreeMap::new();
    for kind in language.kinds().iter() {
        let verbs = kind.verbs;
        let done = [("created", verbs.create), ("updated", verbs.update), ("archived", verbs.archive), ("restored", verbs.archive)];
        known.extend(done.into_iter().map(|(verb, permission)| (format!("{}.{verb}", kind.name), (kind, permission))));
    }
    for verb in language.verbs() {
        if let Some(kind) = language.kinds().find(verb.kind) {
            known.insert(verb.told.into(), (kind, verb.permission));
        }
    }
    let actions: Vec<&str> = known.keys().map(String::as_str).chain(["policy.refused"]).collect();
    let organization = tx.caller().organization;
    let rows = tx
        .query(
            "with looked as materialized (
                select * from audit_events where organization_id = $1 order by occurred_at desc, position desc limit $3)
             select e.id, e.occurred_at, e.actor, host(e.ip), e.action, e.kind, e.record_id, e.plant_id, e.before, e.after, e.detail,
                case when e.before is null and e.after is null then coalesce(
                    (select coalesce(x.before, x.after) from audit_events x where x.organization_id = $1 and x.kind = e.kind
                        and x.record_id = e.record_id and x.occurred_at = e.occurred_at and x.after is not null order by x.position limit 1),
                    (select x.after from audit_events x where x.organization_id = $1 and x.kind = e.kind and x.record_id = e.record_id
                        and x.occurred_at < e.occurred_at and x.after is not null order by x.occurred_at desc, x.position desc limit 1)) end
             from looked e
             where e.action = any ($2) and (e.actor like 'user:%' or e.actor like 'key:%')
             order by e.occurred_at desc, e.position desc limit $4",
            &[&organization, &actions, &LOOKED_THROUGH, &LOOKED_AT],
        )
        .await?;
    // A verb changes its record: the change is not a decision of its own.
    let verbs: BTreeSet<&str> = language.verbs().iter().map(|verb| verb.told).collect();
    let by_verb: BTreeSet<(Option<Uuid>, Timestamp)> =
        rows.iter().filter(|row| verbs.contains(row.get::<_, &str>(4))).map(|row| (row.get(6), row.get(1))).collect();
    let (mut past, mut unclear) = (Vec::new(), 0);
    for row in &rows {
        let action: &str = row.get(4);
        if action.ends_with(".updated") && by_verb.contains(&(row.get(6), row.get(1))) {
            continue;
        }
        match one(row, action, &known, language) {
            Some(one) => past.push(one),
            None => unclear += 1,
        }
    }
    Ok((past, unclear))
}

fn one(
    row: &tokio_postgres::Row,
    action: &str,
    known: &BTreeMap<String, (&'static Kind, Permission)>,
    language: &Language,
) -> Option<Past> {
    let detail: Option<Value> = row.get(10);
    let said = |name: &str| detail.as_ref()?.get(name)?.as_str();
    let was_refused = action == "policy.refused";
    let (kind, permission) = if was_refused {
        let kind = language.kinds().find(row.get::<_, Option<&str>>(5)?)?;
        let permission = said("permission")?;
        let all = known.values().map(|(_, permission)| *permission);
        (kind, all.chain([kind.verbs.comment, kind.verbs.import]).find(|known| known.0 == permission)?)
    } else {
        *known.get(action)?
    };
    let states: Vec<Map<String, Value>> = [8, 9, 11]
        .into_iter()
        .filter_map(|at| match row.get::<_, Option<Value>>(at) {
            Some(Value::Object(state)) => Some(state),
            _ => None,
        })
        .collect();
    if states.is_empty() {
        return None;
    }
    Some(Past {
        event: row.get(0),
        at: row.get(1),
        actor: row.get(2),
        ip: row.get::<_, Option<&str>>(3).and_then(|ip| ip.parse().ok()),
        permission,
        kind,
        record: row.get(6),
        plant: row.get(7),
        states,
        amount: said("amount").and_then(|amount| amount.parse().ok()),
        was_refused,
    })
}

/// What is known of somebody who did something.
#[derive(Clone, Debug, Default)]
pub(super) struct Actor {
    /// As colleagues call them, or what the program is.
    pub name: String,
    pub user: Option<UserId>,
    principal: Option<Principal>,
    email_domain: String,
    roles: BTreeSet<String>,
    certifications: Vec<Certified>,
}

#[derive(Clone, Debug, Deserialize)]
struct Certified {
    name: String,
    from: Date,
    until: Option<Date>,
}

/// Everybody who did something, by the label the trail has of them.
pub(super) async fn actors(tx: &mut Tx, past: &[Past]) -> Result<BTreeMap<String, Actor>> {
    let labels: BTreeSet<&str> = past.iter().map(|past| past.actor.as_str()).collect();
    let of = |prefix: &str| labels.iter().filter_map(|label| label.strip_prefix(prefix)?.parse().ok()).collect::<Vec<Uuid>>();
    let (users, keys) = (of("user:"), of("key:"));
    let (organization, now) = (tx.caller().organization, tx.now());
    let rows = tx
        .query(
            "with asked as (
                select 'user:' || id as label, id as person, null::uuid as key from unnest($2::uuid[]) id
                union all select 'key:' || k.id, k.owner_id, k.id from api_keys k where k.organization_id = $1 and k.id = any ($3))
             select a.label, coalesce(u.name, k.name, ''), a.person, a.key, coalesce(split_part(u.email, '@', 2), ''),
                array(select distinct h.role from gemba.roles_held(a.person, case when a.person is null then a.key end, $4) h),
                coalesce((select jsonb_agg(jsonb_build_object('name', c.name, 'from', c.valid_from, 'until', c.valid_until)) from certifications c
                    where c.organization_id = $1 and c.user_id = a.person and c.archived_at is null), '[]')
             from asked a
             left join users u on u.organization_id = $1 and u.id = a.person
             left join api_keys k on k.organization_id = $1 and k.id = a.key",
            &[&organization, &users, &keys, &now],
        )
        .await?;
    let read = rows.iter().map(|row| {
        let (user, key): (Option<UserId>, Option<ApiKeyId>) = (row.get(2), row.get(3));
        let principal = match (user, key) {
            (owner, Some(id)) => Some(Principal::ApiKey { id, owner }),
            (Some(id), None) => Some(Principal::User { id, session: SessionId(Uuid::nil()) }),
            (None, None) => None,
        };
        let actor = Actor {
            name: row.get(1),
            user: user.filter(|_| key.is_none()),
            principal,
            email_domain: row.get(4),
            roles: row.get::<_, Vec<String>>(5).into_iter().collect(),
            certifications: serde_json::from_value(row.get(6)).unwrap_or_default(),
        };
        (row.get::<_, String>(0), actor)
    });
    Ok(read.collect())
}

impl Actor {
    /// What policies know of them at an instant. Which second factor they had shown then, nobody wrote down: none.
    pub fn facts(&self, at: Timestamp) -> Facts {
        let day = at.to_zoned(jiff::tz::TimeZone::UTC).date();
        let counts = |certified: &&Certified| certified.from <= day && certified.until.is_none_or(|until| until >= day);
        let certifications = self.certifications.iter().filter(counts).map(|certified| certified.name.clone()).collect();
        Facts { email_domain: self.email_domain.clone(), certifications, factor: String::new() }
    }

    fn caller(&self, organization: OrganizationId, past: &Past) -> Option<Caller> {
        let grants = Grants { roles: self.roles.clone(), everywhere: true, ..Grants::default() };
        Some(Caller {
            organization,
            principal: self.principal.clone()?,
            grants: grants.into(),
            ip: past.ip,
            request: RequestId(Uuid::nil()),
        })
    }
}

/// What some policies would have said.
pub(super) fn would_forbid(
    policies: &Arc<Compiled>,
    organization: OrganizationId,
    plants: &[PlantFacts],
    actor: &Actor,
    past: &Past,
) -> Option<Vec<Forbidden>> {
    if !policies.concerns(past.permission) {
        return Some(Vec::new());
    }
    let caller = actor.caller(organization, past)?;
    let circumstances = Circumstances::new(policies.clone(), actor.facts(past.at), plants, past.at);
    let asked = |record| Asked { permission: past.permission, record, amount: past.amount };
    let forbidden = past.states.iter().map(|state| circumstances.forbidden_with(&caller, past.kind, asked(state)));
    Some(forbidden.into_iter().find(|forbidden| !forbidden.is_empty()).unwrap_or_default())
}

/// The plants there are.
pub(super) async fn plants(tx: &mut Tx) -> Result<Vec<PlantFacts>> {
    let organization = tx.caller().organization;
    let rows = tx.query("select id, code, time_zone from plants where organization_id = $1", &[&organization]).await?;
    Ok(rows.iter().map(|row| PlantFacts { id: row.get::<_, PlantId>(0), code: row.get(1), zone: row.get(2) }).collect())
}
