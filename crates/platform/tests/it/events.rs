//! Events on a real database: told once their cause is committed, in order, to whoever may know.

use std::time::Duration;

use platform::events::{Beginning, Catalogue, EventFilter, EventPage, KINDS, publish, read};
use platform::http::{App, OpenApiRouter};
use platform::resource::Kinds;
use platform::{Caller, Database};
use serde_json::json;
use testkit::{Tenant, TestDatabase};
use uuid::Uuid;

fn catalogue() -> Catalogue {
    let kinds = Kinds::new(platform::resource::kinds().into_iter().chain(platform::places::kinds()));
    Catalogue::new(&kinds, KINDS.iter().copied())
}

async fn region(database: &Database, caller: &Caller, name: &str) -> Uuid {
    let mut tx = database.begin(caller).await.unwrap();
    let id: Uuid = tx.new_id();
    let organization = caller.organization;
    tx.execute("insert into regions (organization_id, id, name) values ($1, $2, $3)", &[&organization, &id, &name]).await.unwrap();
    tx.commit().await.unwrap();
    id
}

async fn rename(tx: &mut platform::Tx, tenant: &Tenant, id: Uuid, name: &str) {
    let change = "update regions set name = $3, version = version + 1 where organization_id = $1 and id = $2";
    assert_eq!(tx.execute(change, &[&tenant.organization, &id, &name]).await.unwrap(), 1);
}

async fn page(database: &Database, caller: &Caller, filter: &EventFilter) -> EventPage {
    let mut tx = database.read(caller).await.unwrap();
    let page = read(&mut tx, &catalogue(), filter).await.unwrap();
    tx.commit().await.unwrap();
    page
}

/// Publishes until `count` events are there.
async fn told(database: &Database, caller: &Caller, filter: &EventFilter, count: usize) -> EventPage {
    for _ in 0..20_000 {
        publish(database).await.unwrap();
        let page = page(database, caller, filter).await;
        if page.items.len() >= count {
            return page;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("the events do not come");
}

fn of_type(types: &str) -> EventFilter {
    EventFilter { r#type: Some(types.into()), ..EventFilter::default() }
}

fn reader(tenant: &Tenant) -> Caller {
    tenant.person(&["integration.event.read", "identity.region.read", "identity.plant.read"])
}

#[tokio::test]
async fn what_is_committed_is_told_and_what_is_undone_is_not() {
    let test = TestDatabase::new().await;
    let tenant = test.organization("One", 0).await;
    let mut undone = test.database.begin(&tenant.system()).await.unwrap();
    let lost: Uuid = undone.new_id();
    undone.execute("insert into regions (organization_id, id, name) values ($1, $2, 'no')", &[&tenant.organization, &lost]).await.unwrap();
    undone.rollback().await.unwrap();
    let id = region(&test.database, &tenant.system(), "North").await;
    let page = told(&test.database, &reader(&tenant), &of_type("gemba.region.*"), 1).await;
    let event = serde_json::to_value(&page.items[0]).unwrap();
    assert_eq!(page.items.len(), 1, "{page:?}");
    assert_eq!((&event["specversion"], &event["type"]), (&json!("1.0"), &json!("gemba.region.created")));
    assert_eq!(event["subject"], format!("region/{id}"));
    assert_eq!(event["source"], format!("/organizations/{}", tenant.organization));
    assert_eq!(event["data"]["record"]["name"], "North");
    assert!(event["data"]["record"].get("organization_id").is_none() && event["data"]["record"].get("fields").is_none());
    let again = EventFilter { cursor: Some(page.cursor), ..of_type("gemba.region.*") };
    assert!(self::page(&test.database, &reader(&tenant), &again).await.items.is_empty());
}

#[tokio::test]
async fn a_transaction_that_ends_late_is_not_passed_over() {
    let test = TestDatabase::new().await;
    let tenant = test.organization("One", 0).await;
    let mut early = test.database.begin(&tenant.system()).await.unwrap();
    let id: Uuid = early.new_id();
    early.execute("insert into regions (organization_id, id, name) values ($1, $2, 'early')", &[&tenant.organization, &id]).await.unwrap();
    region(&test.database, &tenant.system(), "late").await;
    let filter = of_type("gemba.region.created");
    let before = told(&test.database, &reader(&tenant), &filter, 1).await;
    assert_eq!(before.items[0].data["record"]["name"], "late", "an open transaction holds nobody back");
    early.commit().await.unwrap();
    let on = EventFilter { cursor: Some(before.cursor), ..filter };
    let page = told(&test.database, &reader(&tenant), &on, 1).await;
    assert_eq!((page.items.len(), &page.items[0].data["record"]["name"]), (1, &json!("early")));
}

#[tokio::test]
async fn events_of_a_record_come_in_the_order_in_which_it_changed() {
    let test = TestDatabase::new().await;
    let tenant = test.organization("One", 0).await;
    let (one, other) = (region(&test.database, &tenant.system(), "one").await, region(&test.database, &tenant.system(), "other").await);
    // Begins first, and changes `other` last: its number as a transaction is lower than that of the one in between.
    let mut first = test.database.begin(&tenant.system()).await.unwrap();
    rename(&mut first, &tenant, one, "one, again").await;
    let mut between = test.database.begin(&tenant.system()).await.unwrap();
    rename(&mut between, &tenant, other, "second").await;
    between.commit().await.unwrap();
    rename(&mut first, &tenant, other, "third").await;
    first.commit().await.unwrap();
    let filter = EventFilter { subject: Some(format!("region/{other}")), ..EventFilter::default() };
    let page = told(&test.database, &reader(&tenant), &filter, 3).await;
    let versions: Vec<i64> = page.items.iter().map(|event| event.data["version"].as_i64().unwrap()).collect();
    assert_eq!(versions, [1, 2, 3]);
    assert_eq!(page.items[2].data["before"], json!({ "name": "second" }));
}

#[tokio::test]
async fn everybody_learns_what_they_may_read_and_nothing_else() {
    let test = TestDatabase::new().await;
    let (one, two) = (test.organization("One", 2).await, test.organization("Two", 1).await);
    region(&test.database, &one.system(), "North").await;
    let mut tx = test.database.begin(&one.system()).await.unwrap();
    for plant in &one.plants {
        let change = "update plants set description = 'new', version = version + 1 where organization_id = $1 and id = $2";
        tx.execute(change, &[&one.organization, &plant]).await.unwrap();
    }
    tx.query("select gemba.audit('permission.refused', 'region', null, null, 'refused', null)", &[]).await.unwrap();
    tx.query("select gemba.audit('region.whispered', 'region', null, null, 'success', null)", &[]).await.unwrap();
    tx.commit().await.unwrap();
    let all = told(&test.database, &reader(&one), &EventFilter::default(), 5).await;
    let types: Vec<&str> = all.items.iter().map(|event| event.r#type.as_str()).collect();
    let expected = ["gemba.plant.created", "gemba.plant.created", "gemba.region.created", "gemba.plant.updated", "gemba.plant.updated"];
    assert_eq!(types, expected, "what is not in the catalogue is told to nobody");

    let check = async |caller: &Caller, expected: &[&str], what: &str| {
        let page = page(&test.database, caller, &EventFilter::default()).await;
        let types: Vec<&str> = page.items.iter().map(|event| event.r#type.as_str()).collect();
        assert_eq!(types, expected, "{what}");
    };
    check(&one.person(&["integration.event.read", "identity.region.read"]), &["gemba.region.created"], "no right to read plants").await;
    check(&one.person(&["integration.event.read"]), &[], "no right to read anything").await;
    let at = one.person_at(one.plants[1], &["integration.event.read", "identity.plant.read"]);
    check(&at, &["gemba.plant.created", "gemba.plant.updated"], "one plant").await;
    check(&reader(&two), &["gemba.plant.created"], "another organization").await;
    let refused =
        read(&mut test.database.read(&one.person(&["identity.region.read"])).await.unwrap(), &catalogue(), &EventFilter::default()).await;
    assert_eq!(refused.unwrap_err().code, "permission_missing");
}

#[tokio::test]
async fn reading_goes_on_page_by_page_from_wherever_it_stopped() {
    let test = TestDatabase::new().await;
    let tenant = test.organization("One", 0).await;
    let reader = reader(&tenant);
    let end = page(&test.database, &reader, &EventFilter { from: Some(Beginning::End), ..EventFilter::default() }).await;
    for number in 0..7 {
        region(&test.database, &tenant.system(), &format!("{number}")).await;
    }
    let filter = EventFilter { cursor: Some(end.cursor), ..of_type("gemba.region.*") };
    told(&test.database, &reader, &filter, 7).await;
    let (mut cursor, mut names) = (filter.cursor.clone(), Vec::new());
    loop {
        let some = EventFilter { cursor, limit: Some(3), ..filter.clone() };
        let page = page(&test.database, &reader, &some).await;
        names.extend(page.items.iter().map(|event| event.data["record"]["name"].as_str().unwrap().to_owned()));
        cursor = Some(page.cursor);
        if !page.more {
            break;
        }
    }
    assert_eq!(names, ["0", "1", "2", "3", "4", "5", "6"]);
    let mut tx = test.database.read(&reader).await.unwrap();
    for wrong in ["x", "-1", "99999999999999999999"] {
        let filter = EventFilter { cursor: Some(wrong.into()), ..EventFilter::default() };
        assert_eq!(read(&mut tx, &catalogue(), &filter).await.unwrap_err().code, "bad_cursor", "{wrong}");
    }
}

#[tokio::test]
async fn old_partitions_go_and_their_cursors_say_so() {
    let test = TestDatabase::new().await;
    let tenant = test.organization("One", 0).await;
    region(&test.database, &tenant.system(), "old").await;
    told(&test.database, &reader(&tenant), &of_type("gemba.region.*"), 1).await;
    let admin = test.admin().await;
    admin.batch_execute("update gemba.publishing set number = 2000000; select gemba.event_partitions(2000000)").await.unwrap();
    let at = jiff::Timestamp::from_second(4_000_000_000).unwrap();
    let forgotten = admin.query_one("select gemba.forget_events($1, 90)", &[&at]).await.unwrap();
    assert_eq!(forgotten.get::<_, i32>(0), 1);
    let mut tx = test.database.read(&reader(&tenant)).await.unwrap();
    let filter = EventFilter { cursor: Some("00000000000000000001".into()), ..EventFilter::default() };
    assert_eq!(read(&mut tx, &catalogue(), &filter).await.unwrap_err().code, "cursor_expired");
    drop(tx);
    region(&test.database, &tenant.system(), "new").await;
    let page = told(&test.database, &reader(&tenant), &of_type("gemba.region.*"), 1).await;
    assert_eq!(page.items[0].sequence, "00000000000002000001");
}

#[test]
fn the_route_is_there() {
    let (_, document) = OpenApiRouter::<App>::new().merge(platform::events::routes()).split_for_parts();
    assert!(document.paths.paths.contains_key("/events"));
}
