//! What retention removes, what holds keep, and that the chain closes over the gaps.

use std::sync::Arc;

use platform::audit::keeping::{self, Class, NewHold};
use platform::audit::retention::{self, Removed};
use platform::database::PoolSettings;
use platform::error::Kind;
use platform::http::{IfMatch, Page};
use platform::{Clock, Context, Database};

use super::*;

struct Fixed(Timestamp);

impl Clock for Fixed {
    fn now(&self) -> Timestamp {
        self.0
    }
}

/// The server with a clock that stands still.
fn at(test: &TestDatabase, now: &str) -> Database {
    let context = Context::new(Arc::new(Fixed(instant(now))));
    Database::new(&test.urls.app, None, PoolSettings { size: 2, ..PoolSettings::default() }, context).unwrap()
}

/// An organization with events of other years, sealed.
async fn aged() -> (TestDatabase, Tenant, Vec<Uuid>) {
    let test = TestDatabase::new().await;
    let tenant = test.organization("One", 0).await;
    let admin = test.admin().await;
    let mut records = Vec::new();
    for (when, action, kind) in [
        ("2017-03-01T00:00:00Z", "line.created", "line"),
        ("2018-03-01T00:00:00Z", "line.updated", "line"),
        ("2018-06-01T00:00:00Z", "session.opened", "session"),
        ("2019-06-01T00:00:00Z", "line.updated", "line"),
        ("2025-01-01T00:00:00Z", "session.opened", "session"),
    ] {
        let record = testkit::new_id();
        let after = (kind == "line").then(|| serde_json::json!({ "name": "SMT 1" }));
        let insert = "insert into audit_events (organization_id, occurred_at, actor, action, kind, record_id, after) \
             values ($1, $2, 'user:test', $3, $4, $5, $6)";
        admin.execute(insert, &[&tenant.organization, &instant(when), &action, &kind, &record, &after]).await.unwrap();
        records.push(record);
    }
    seal(&test).await;
    (test, tenant, records)
}

async fn years(test: &TestDatabase) -> Vec<String> {
    let rows =
        "select extract(year from occurred_at)::text || ' ' || action from audit_events where actor = 'user:test' order by occurred_at";
    test.admin().await.query(rows, &[]).await.unwrap().iter().map(|row| row.get(0)).collect()
}

async fn apply(test: &TestDatabase, now: &str) -> Removed {
    others_have_ended(test).await;
    let removed = retention::apply(&at(test, now), &signer()).await.unwrap();
    seal(test).await;
    removed
}

#[tokio::test]
async fn seven_years_stay_and_the_chain_closes_over_what_went() {
    let (test, tenant, _) = aged().await;
    assert_eq!(apply(&test, "2026-01-01T00:00:00Z").await.entries, 3);
    assert_eq!(years(&test).await, ["2019 line.updated", "2025 session.opened"]);
    let verified = verify(&test, &tenant, &[]).await;
    assert_eq!((verified.removed, verified.sound()), (3, true), "{verified:?}");
    assert_eq!(apply(&test, "2026-01-01T00:00:00Z").await.entries, 0, "nothing goes twice");
    let said = "select detail ->> 'entries' || ' ' || (detail ->> 'reason') from audit_events where action = 'audit.removed' order by 1";
    let said: Vec<String> = test.admin().await.query(said, &[]).await.unwrap().iter().map(|row| row.get(0)).collect();
    assert_eq!(said, ["2-3 retention change 2557 d", "4 retention access 2557 d"]);
}

#[tokio::test]
async fn a_class_may_stay_shorter_than_the_others() {
    let (test, tenant, _) = aged().await;
    let mut tx = test.database.begin(&tenant.system()).await.unwrap();
    keeping::set_rule(&mut tx, Class::Access, 90, IfMatch::Version(0)).await.unwrap();
    tx.commit().await.unwrap();
    apply(&test, "2026-01-01T00:00:00Z").await;
    assert_eq!(years(&test).await, ["2019 line.updated"]);
    assert!(verify(&test, &tenant, &[]).await.sound());
}

#[tokio::test]
async fn what_is_held_stays_until_it_is_released() {
    let (test, tenant, records) = aged().await;
    let hold = async |kind: Option<&str>, record_id: Option<Uuid>, from: Option<&str>, to: Option<&str>| {
        let new = NewHold { reason: "Case 7".into(), kind: kind.map(Into::into), record_id, from: from.map(instant), to: to.map(instant) };
        let mut tx = test.database.begin(&tenant.system()).await.unwrap();
        let placed = keeping::place_hold(&mut tx, new).await.unwrap();
        tx.commit().await.unwrap();
        placed.id
    };
    let release = async |id: Uuid| {
        let mut tx = test.database.begin(&tenant.system()).await.unwrap();
        assert!(keeping::release_hold(&mut tx, id).await.unwrap().released_at.is_some());
        tx.commit().await.unwrap();
    };
    let held = [
        hold(Some("line"), Some(records[1]), None, None).await,
        hold(None, None, Some("2018-05-01T00:00:00Z"), Some("2018-07-01T00:00:00Z")).await,
    ];
    apply(&test, "2026-01-01T00:00:00Z").await;
    assert_eq!(years(&test).await, ["2018 line.updated", "2018 session.opened", "2019 line.updated", "2025 session.opened"]);
    let all = hold(None, None, None, None).await;
    for id in held {
        release(id).await;
    }
    assert_eq!(apply(&test, "2026-01-01T00:00:00Z").await.entries, 0, "the whole organization is held");
    release(all).await;
    assert_eq!(apply(&test, "2026-01-01T00:00:00Z").await.entries, 2);
    assert!(verify(&test, &tenant, &[]).await.sound());
}

#[tokio::test]
async fn rules_and_holds_need_their_permissions_a_version_and_sense() {
    let test = TestDatabase::new().await;
    let (tenant, other) = (test.organization("One", 0).await, test.organization("Two", 0).await);
    let officer =
        tenant.person(&["audit.retention.read", "audit.retention.update", "audit.hold.read", "audit.hold.place", "audit.hold.release"]);
    let mut tx = test.database.begin(&officer).await.unwrap();
    assert!(keeping::list_rules(&mut tx).await.unwrap().iter().all(|rule| (rule.keep_days, rule.version) == (2_557, 0)));
    let few = keeping::set_rule(&mut tx, Class::Access, 29, IfMatch::Any).await.unwrap_err();
    assert_eq!((few.kind, few.fields[0].pointer.as_str()), (Kind::Invalid, "/keep_days"));
    assert_eq!(keeping::set_rule(&mut tx, Class::Access, 365, IfMatch::Version(0)).await.unwrap().version, 1);
    assert_eq!(keeping::set_rule(&mut tx, Class::Access, 400, IfMatch::Version(0)).await.unwrap_err().code, "stale");
    assert_eq!(keeping::set_rule(&mut tx, Class::Access, 400, IfMatch::Version(1)).await.unwrap().version, 2);
    let wrong = NewHold { record_id: Some(officer.request.0), ..NewHold::default() };
    let wrong = keeping::place_hold(&mut tx, wrong).await.unwrap_err();
    assert_eq!(wrong.fields.iter().map(|field| field.pointer.as_str()).collect::<Vec<_>>(), ["/reason", "/kind"]);
    let placed = keeping::place_hold(&mut tx, NewHold { reason: "Case 7".into(), ..NewHold::default() }).await.unwrap();
    tx.commit().await.unwrap();
    let mut stranger = test.database.begin(&other.system()).await.unwrap();
    assert_eq!(keeping::release_hold(&mut stranger, placed.id).await.unwrap_err().kind, Kind::NotFound);
    let mut tx = test.database.begin(&tenant.person(&["audit.event.read"])).await.unwrap();
    assert_eq!(keeping::list_rules(&mut tx).await.unwrap_err().kind, Kind::Forbidden);
    assert_eq!(keeping::release_hold(&mut tx, placed.id).await.unwrap_err().kind, Kind::Forbidden);
    assert_eq!(keeping::place_hold(&mut tx, NewHold::default()).await.unwrap_err().kind, Kind::Forbidden);
    let mut tx = test.database.begin(&officer).await.unwrap();
    let listed = keeping::list_holds(&mut tx, &Page { limit: 50, after: None }).await.unwrap();
    assert_eq!(listed.items, [placed]);
    let trail = "select action from audit_events where kind in ('audit_hold', 'audit_retention') order by position";
    let trail = tx.query(trail, &[]).await.unwrap();
    let trail: Vec<String> = trail.iter().map(|row| row.get(0)).collect();
    assert_eq!(trail, ["audit_retention.created", "audit_retention.updated", "audit_hold.created"]);
}

#[tokio::test]
async fn another_clock_ages_nothing() {
    let (test, _, _) = aged().await;
    apply(&test, "2400-01-01T00:00:00Z").await;
    assert_eq!(years(&test).await, ["2025 session.opened"], "the database's own clock bounds it: only what is seven years old went");
}

#[tokio::test]
async fn empty_partitions_of_the_past_are_dropped_and_others_not() {
    let (test, tenant, _) = aged().await;
    let mut tx = test.database.begin(&tenant.system()).await.unwrap();
    for month in ["2018-03-15T00:00:00Z", "2019-06-15T00:00:00Z"] {
        tx.query("select gemba.audit_partitions($1, 0)", &[&instant(month)]).await.unwrap();
    }
    tx.commit().await.unwrap();
    let removed = apply(&test, "2026-01-01T00:00:00Z").await;
    assert_eq!((removed.entries, removed.partitions), (3, 1));
    let left = "select relname::text from pg_class where relname ~ '^audit_events_20(18|19)_..$'";
    let left: Vec<String> = test.admin().await.query(left, &[]).await.unwrap().iter().map(|row| row.get(0)).collect();
    assert_eq!(left, ["audit_events_2019_06"]);
    assert!(verify(&test, &tenant, &[]).await.sound());
}
