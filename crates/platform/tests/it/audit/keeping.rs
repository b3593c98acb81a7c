//! What retention removes, what holds keep, and that the chain closes over the gaps.

use std::sync::Arc;

use platform::audit::retention::{self, Removed};
use platform::database::PoolSettings;
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
    let rule = "insert into audit_retention (organization_id, id, class, keep_days, updated_by) values ($1, $2, 'access', 90, 'user:test')";
    let id: Uuid = tx.new_id();
    tx.execute(rule, &[&tenant.organization, &id]).await.unwrap();
    tx.commit().await.unwrap();
    apply(&test, "2026-01-01T00:00:00Z").await;
    assert_eq!(years(&test).await, ["2019 line.updated"]);
    assert!(verify(&test, &tenant, &[]).await.sound());
}

#[tokio::test]
async fn what_is_held_stays_until_it_is_released() {
    let (test, tenant, records) = aged().await;
    let hold = async |kind: Option<&str>, record: Option<Uuid>, from: Option<&str>, to: Option<&str>| {
        let mut tx = test.database.begin(&tenant.system()).await.unwrap();
        let hold = "insert into audit_holds (organization_id, id, reason, kind, record_id, from_at, to_at, placed_at, placed_by) \
             values ($1, $2, 'Case 7', $3, $4, $5, $6, now(), 'user:test')";
        let id: Uuid = tx.new_id();
        let (from, to) = (from.map(instant), to.map(instant));
        tx.execute(hold, &[&tenant.organization, &id, &kind, &record, &from, &to]).await.unwrap();
        tx.commit().await.unwrap();
    };
    hold(Some("line"), Some(records[1]), None, None).await;
    hold(None, None, Some("2018-05-01T00:00:00Z"), Some("2018-07-01T00:00:00Z")).await;
    apply(&test, "2026-01-01T00:00:00Z").await;
    assert_eq!(years(&test).await, ["2018 line.updated", "2018 session.opened", "2019 line.updated", "2025 session.opened"]);
    hold(None, None, None, None).await;
    let mut tx = test.database.begin(&tenant.system()).await.unwrap();
    let release = "update audit_holds set released_at = now(), released_by = 'user:test' where kind is not null or from_at is not null";
    tx.execute(release, &[]).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(apply(&test, "2026-01-01T00:00:00Z").await.entries, 0, "the whole organization is held");
    let mut tx = test.database.begin(&tenant.system()).await.unwrap();
    tx.execute("update audit_holds set released_at = now(), released_by = 'user:test' where released_at is null", &[]).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(apply(&test, "2026-01-01T00:00:00Z").await.entries, 2);
    assert!(verify(&test, &tenant, &[]).await.sound());
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
