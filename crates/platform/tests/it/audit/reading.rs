//! Who reads what of the trail, page by page, and that reading is itself an event.

use platform::Caller;
use platform::audit::events::{Event, Filter, Outcome, list_events};
use platform::audit::{self, history};
use platform::error::Kind;
use platform::http::{Cursor, Page};

use super::*;

fn page(limit: u32) -> Page {
    Page { limit, after: None }
}

async fn list(test: &TestDatabase, caller: &Caller, filter: &Filter, page: &Page) -> platform::Result<platform::http::Paged<Event>> {
    let mut tx = test.database.begin(caller).await.unwrap();
    let found = list_events(&mut tx, filter, page).await?;
    tx.commit().await.unwrap();
    Ok(found)
}

fn actions(events: &[Event]) -> Vec<&str> {
    events.iter().map(|event| event.action.as_str()).collect()
}

#[tokio::test]
async fn a_reader_sees_the_plants_where_they_may_read_and_nothing_beyond() {
    let test = TestDatabase::new().await;
    let (one, two) = (test.organization("One", 2).await, test.organization("Two", 1).await);
    let all = list(&test, &one.person(&["audit.event.read"]), &Filter::default(), &page(50)).await.unwrap();
    assert_eq!(actions(&all.items), ["plant.created", "plant.created", "organization.created"]);
    let own = list(&test, &one.person_at(one.plants[1], &["audit.event.read"]), &Filter::default(), &page(50)).await.unwrap();
    assert_eq!(own.items.iter().map(|event| event.plant_id).collect::<Vec<_>>(), [Some(one.plants[1].0)]);
    let strangers = Filter { plant: Some(one.plants[0].0), ..Filter::default() };
    assert_eq!(list(&test, &two.person(&["audit.event.read"]), &strangers, &page(50)).await.unwrap().items, []);
    let refused = list(&test, &one.person(&["factory.line.read"]), &Filter::default(), &page(50)).await.unwrap_err();
    assert_eq!((refused.kind, refused.code), (Kind::Forbidden, "permission_missing"));
}

#[tokio::test]
async fn reading_is_itself_an_event() {
    let test = TestDatabase::new().await;
    let tenant = test.organization("One", 1).await;
    let auditor = tenant.person(&["audit.event.read"]);
    let filter = Filter { kind: Some("plant".into()), ..Filter::default() };
    list(&test, &auditor, &filter, &page(50)).await.unwrap();
    let again = list(&test, &auditor, &Filter::default(), &page(1)).await.unwrap();
    assert_eq!(again.items[0].action, "audit.read");
    assert_eq!(again.items[0].actor, auditor.principal.label());
    assert_eq!(again.items[0].detail, Some(serde_json::json!({ "filter": { "kind": "plant" }, "events": 1 })));
}

#[tokio::test]
async fn every_filter_finds_what_it_says() {
    let test = TestDatabase::new().await;
    let tenant = test.organization("One", 2).await;
    let caller = tenant.person(&["audit.event.read"]);
    let mut tx = test.database.begin(&caller).await.unwrap();
    let id = insert_region(&mut tx, &tenant, "North").await;
    tx.execute("update regions set name = 'South' where id = $1", &[&id]).await.unwrap();
    tx.query("select gemba.audit('region.merged', 'region', $1, null, 'refused', null)", &[&id]).await.unwrap();
    tx.commit().await.unwrap();
    let all = Filter::default;
    let check = async |filter: Filter, expected: &[&str]| {
        let found = list(&test, &caller, &filter, &page(50)).await.unwrap();
        let found: Vec<_> = found.items.into_iter().filter(|event| event.action != "audit.read").collect();
        assert_eq!(actions(&found), expected, "{filter:?}");
    };
    check(Filter { action: Some("region.updated".into()), ..all() }, &["region.updated"]).await;
    check(Filter { action: Some("region.*".into()), ..all() }, &["region.merged", "region.updated", "region.created"]).await;
    check(Filter { kind: Some("region".into()), outcome: Some(Outcome::Refused), ..all() }, &["region.merged"]).await;
    check(Filter { record: Some(id), ..all() }, &["region.merged", "region.updated", "region.created"]).await;
    check(Filter { actor: Some(caller.principal.label()), ..all() }, &["region.merged", "region.updated", "region.created"]).await;
    check(Filter { request: Some(caller.request.0), ..all() }, &["region.merged", "region.updated", "region.created"]).await;
    check(Filter { plant: Some(tenant.plants[0].0), ..all() }, &["plant.created"]).await;
    check(Filter { to: Some(instant("2020-01-01T00:00:00Z")), ..all() }, &[]).await;
    check(Filter { from: Some(instant("2999-01-01T00:00:00Z")), ..all() }, &[]).await;
}

#[tokio::test]
async fn pages_hold_every_event_once_while_others_come_in() {
    let test = TestDatabase::new().await;
    let tenant = test.organization("One", 0).await;
    let caller = tenant.person(&["audit.event.read"]);
    let mut tx = test.database.begin(&caller).await.unwrap();
    for name in ["A", "B", "C", "D", "E", "F", "G"] {
        insert_region(&mut tx, &tenant, name).await;
    }
    tx.commit().await.unwrap();
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let part =
            list(&test, &caller, &Filter { kind: Some("region".into()), ..Filter::default() }, &Page { limit: 3, after }).await.unwrap();
        seen.extend(part.items.iter().map(|event| event.after.as_ref().unwrap()["name"].as_str().unwrap().to_string()));
        region(&test, &tenant, &format!("later {}", seen.len())).await;
        let Some(next) = part.next_cursor else { break };
        after = Some(Cursor::read(&next).unwrap());
    }
    assert_eq!(seen, ["G", "F", "E", "D", "C", "B", "A"]);
}

#[tokio::test]
async fn a_record_has_its_history() {
    let test = TestDatabase::new().await;
    let tenant = test.organization("One", 0).await;
    let (north, _) = (region(&test, &tenant, "North").await, region(&test, &tenant, "South").await);
    let mut tx = test.database.begin(&tenant.system()).await.unwrap();
    tx.execute("update regions set archived_at = now() where id = $1", &[&north]).await.unwrap();
    let found = history(&mut tx, "region", north, &page(50)).await.unwrap();
    assert_eq!(actions(&found.items), ["region.archived", "region.created"]);
}

/// A table with a person's data, as `identity` has them.
async fn people(test: &TestDatabase) {
    let owner = test.admin().await;
    let table = "set role gemba_owner;
        create table people (organization_id uuid not null, id uuid not null, email text, secret text, seen_at timestamptz, primary key (organization_id, id));
        call gemba.wall('people', 'person', personal => '{email}', secret => '{secret}', quiet => '{seen_at}')";
    owner.batch_execute(table).await.unwrap();
}

#[tokio::test]
async fn personal_data_is_concealed_and_erasing_the_key_erases_the_person_and_leaves_the_chain() {
    let test = TestDatabase::new().await;
    people(&test).await;
    let tenant = test.organization("One", 0).await;
    let caller = tenant.person(&["audit.event.read", "audit.event.reveal", "audit.subject.erase"]);
    let mut tx = test.database.begin(&caller).await.unwrap();
    let person = tx.new_id::<Uuid>();
    let insert = "insert into people values ($1, $2, 'ann@example.org', 'hunter2', now())";
    tx.execute(insert, &[&tenant.organization, &person]).await.unwrap();
    tx.execute("update people set seen_at = now() + interval '1 hour'", &[]).await.unwrap();
    tx.execute("update people set email = 'ann.new@example.org'", &[]).await.unwrap();
    tx.commit().await.unwrap();
    let heads = seal(&test).await;

    let stored =
        test.admin().await.query("select concat(before, after, detail) from audit_events where kind = 'person'", &[]).await.unwrap();
    assert_eq!(stored.len(), 2, "the quiet column alone leaves no trail");
    let stored: Vec<String> = stored.iter().map(|row| row.get(0)).collect();
    assert!(stored.iter().all(|text| !text.contains("example.org") && !text.contains("hunter2") && !text.contains("secret")), "{stored:?}");

    let filter = Filter { kind: Some("person".into()), ..Filter::default() };
    let email = async |caller: &Caller| {
        let found = list(&test, caller, &filter, &page(1)).await.unwrap();
        let event = found.items.into_iter().next().unwrap();
        [event.before, event.after].map(|document| document.unwrap()["email"].clone())
    };
    assert_eq!(email(&caller).await, ["ann@example.org", "ann.new@example.org"]);
    assert_eq!(email(&tenant.person(&["audit.event.read"])).await, ["(personal)", "(personal)"]);

    let mut tx = test.database.begin(&tenant.person(&[])).await.unwrap();
    assert_eq!(audit::erase_subject(&mut tx, person).await.unwrap_err().kind, Kind::Forbidden);
    let mut tx = test.database.begin(&caller).await.unwrap();
    assert!(audit::erase_subject(&mut tx, person).await.unwrap());
    assert!(!audit::erase_subject(&mut tx, person).await.unwrap(), "there is nothing left to erase");
    tx.commit().await.unwrap();
    assert_eq!(email(&caller).await, ["(erased)", "(erased)"]);

    // What happens to an erased person leaves a trail without their data, and no new key.
    let mut tx = test.database.begin(&caller).await.unwrap();
    tx.execute("update people set email = 'again@example.org'", &[]).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(email(&caller).await, ["(erased)", "(erased)"]);
    seal(&test).await;
    let verified = verify(&test, &tenant, &heads).await;
    assert!(verified.sound() && verified.unsealed == 0, "{verified:?}");
}

#[tokio::test]
async fn nobody_reads_keys_of_persons() {
    let test = TestDatabase::new().await;
    for url in [&test.urls.app, &test.urls.auditor] {
        let refused = connect(url).await.query("select key from subject_keys", &[]).await.unwrap_err();
        assert_eq!(refused.code().unwrap().code(), "42501");
    }
}
