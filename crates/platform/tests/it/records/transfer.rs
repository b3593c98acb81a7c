//! Many records at once: in bulk, and through files.

use axum::body::Body;
use http::Request;
use serde_json::json;

use super::server::{Answer, Server};

const ALL: [&str; 12] = [
    "identity.region.read",
    "identity.region.create",
    "identity.plant.read",
    "identity.plant.create",
    "identity.plant.update",
    "identity.plant.import",
    "identity.plant.export",
    "records.field_definition.read",
    "records.field_definition.create",
    "records.type_list.read",
    "records.type_list.create",
    "audit.event.read",
];

async fn server() -> Server {
    let server = Server::new().await;
    let tenant = server.test.organization("One", 0).await;
    server.knows("ann", tenant.person(&ALL));
    server
}

async fn import(server: &Server, query: &str, bytes: &[u8]) -> Answer {
    let request = Request::post(format!("/plants/import?{query}")).header("authorization", "ann");
    server.send(request.body(Body::from(bytes.to_vec())).unwrap()).await
}

#[tokio::test]
async fn bulk_makes_changes_and_leaves_and_twice_is_once() {
    let server = server().await;
    let rows = json!({"rows": [{"code": "A", "name": "Aalen"}, {"code": "B", "name": "Bonn"}]});
    let first = server.post("ann", "/plants/bulk", rows.clone()).await.expect(200);
    assert_eq!((first.json["created"].as_u64(), first.json["unchanged"].as_u64()), (Some(2), Some(0)));
    let again = server.post("ann", "/plants/bulk", rows).await.expect(200);
    assert_eq!((again.json["created"].as_u64(), again.json["unchanged"].as_u64()), (Some(0), Some(2)));
    let id = first.json["rows"][0]["id"].clone();
    let rows =
        json!({"rows": [{"id": id, "name": "Aalen East", "version": 1}, {"code": "B", "country": "DE"}, {"code": "C", "name": "Celle"}]});
    let mixed = server.post("ann", "/plants/bulk", rows.clone()).await.expect(200);
    let counts = ["created", "updated", "unchanged", "failed"].map(|name| mixed.json[name].as_u64().unwrap());
    assert_eq!(counts, [1, 2, 0, 0]);
    let stale = server.post("ann", "/plants/bulk", rows).await.expect(422);
    assert_eq!(stale.wrong(), [("/rows/0".into(), "stale".into())]);
}

#[tokio::test]
async fn all_rows_errors_come_at_once_and_partial_writes_the_rest() {
    let server = server().await;
    server.post("ann", "/plants", json!({"code": "A", "name": "Aalen"})).await.expect(201);
    let rows = json!([
        {"code": "X", "name": "Xanten"},
        {"code": "Y", "name": 7, "country": "Q"},
        {"id": testkit::new_id(), "name": "Nowhere"},
        {"code": "Z", "name": "Zell", "region_id": testkit::new_id()},
        {"code": "X", "name": "Again"},
        {"code": "W", "name": "Worms", "strange": 1},
        {"code": "V", "name": "Vechta"},
    ]);
    let expected = [
        ("/rows/1/country", "wrong_form"),
        ("/rows/1/name", "wrong_type"),
        ("/rows/2", "not_found"),
        ("/rows/3/region_id", "unknown_reference"),
        ("/rows/4/code", "taken"),
        ("/rows/5/strange", "unknown"),
    ]
    .map(|(pointer, code)| (pointer.to_string(), code.to_string()));
    let refused = server.post("ann", "/plants/bulk", json!({"rows": rows})).await.expect(422);
    assert_eq!(sorted(refused.wrong()), expected);
    assert_eq!(server.get("ann", "/plants").await.each("code"), ["A"], "all or nothing");
    let partly = server.post("ann", "/plants/bulk", json!({"mode": "partial", "rows": rows})).await.expect(200);
    assert_eq!((partly.json["created"].as_u64(), partly.json["failed"].as_u64()), (Some(2), Some(5)));
    assert_eq!(sorted(partly.wrong()), expected);
    assert_eq!(server.get("ann", "/plants?sort=code").await.each("code"), ["A", "V", "X"]);
}

/// What is wrong with a row is told in the order in which its members were sent.
fn sorted(mut wrong: Vec<(String, String)>) -> Vec<(String, String)> {
    wrong.sort();
    wrong
}

#[tokio::test]
async fn what_was_exported_changes_nothing_when_it_is_brought_in_again() {
    let server = server().await;
    let list = json!({"key": "grade", "name": "Grade", "entries": [{"value": "a", "label": "A"}]});
    let list = server.post("ann", "/type-lists", list).await.expect(201);
    for definition in [
        json!({"kind": "plant", "key": "floor_area", "label": "Floor area", "value_type": "number", "unit": "m2"}),
        json!({"kind": "plant", "key": "own", "label": "Own", "value_type": "boolean"}),
        json!({"kind": "plant", "key": "since", "label": "Since", "value_type": "date"}),
        json!({"kind": "plant", "key": "grade", "label": "Grade", "value_type": "choice", "type_list_id": list.id()}),
    ] {
        server.post("ann", "/field-definitions", definition).await.expect(201);
    }
    let fields = json!({"floor_area": "12500.5", "own": true, "since": "1998-05-04", "grade": "a"});
    server
        .post("ann", "/plants", json!({"code": "=1+1", "name": "+Quote \"s\", comma; \nline", "country": "DE", "fields": fields}))
        .await
        .expect(201);
    server.post("ann", "/plants", json!({"code": "007", "name": "'Apostrophe"})).await.expect(201);
    for format in ["csv", "xlsx", "json"] {
        let file = server.get("ann", &format!("/plants/export?format={format}")).await.expect(200);
        let outcome = import(&server, &format!("format={format}"), &file.bytes).await.expect(200);
        assert_eq!(
            (outcome.json["unchanged"].as_u64(), outcome.json["updated"].as_u64()),
            (Some(2), Some(0)),
            "{format}: {}",
            outcome.json
        );
    }
    let trail = server.test.admin().await.query("select detail from audit_events where action = 'plant.exported'", &[]).await.unwrap();
    assert_eq!(trail.len(), 3, "every export is in the trail");
    // What the trail cannot keep hinders nobody.
    server.get("ann", "/plants/export?q=%00Quo%00te").await.expect(200);
}

#[tokio::test]
async fn a_file_says_rows_and_columns_as_people_see_them() {
    let server = server().await;
    server.post("ann", "/regions", json!({"name": "South"})).await.expect(201);
    let file = "code;name;country;region_id\r\nA;Aalen;DE;South\r\nB;;DEU;South\r\nC;Celle;;North\r\n";
    let refused = import(&server, "format=csv", file.as_bytes()).await.expect(422);
    let details: Vec<_> =
        refused.json["errors"].as_array().unwrap().iter().map(|error| error["detail"].as_str().unwrap().to_string()).collect();
    assert_eq!(details.len(), 3, "{details:?}");
    assert!(details[0].starts_with("row 3, column C (country): found 3 characters"), "{details:?}");
    assert!(details[1].starts_with("row 3, column B (name): name is missing"), "{details:?}");
    assert!(details[2].starts_with("row 4, column D (region_id): found \"North\""), "{details:?}");
    let tried = import(&server, "format=csv&mode=partial&dry_run=true", file.as_bytes()).await.expect(200);
    assert_eq!((tried.json["created"].as_u64(), server.get("ann", "/plants").await.each("id").len()), (Some(1), 0));
    let done = import(&server, "format=csv&mode=partial", file.as_bytes()).await.expect(200);
    assert_eq!((done.json["created"].as_u64(), done.json["failed"].as_u64()), (Some(1), Some(2)));
    assert!(!server.get("ann", "/plants?code=A").await.json["items"][0]["region_id"].is_null(), "a region is found by its name");
    import(&server, "format=csv", b"code,colour\nA,red\n").await.expect(422);
    import(&server, "format=xlsx", b"no workbook").await.expect(400);
    import(&server, "format=json", b"{}").await.expect(400);
    import(&server, "format=csv", b"").await.expect(422);
}

#[tokio::test]
async fn without_the_right_nothing_leaves_and_nothing_comes_in() {
    let server = Server::new().await;
    let tenant = server.test.organization("One", 2).await;
    server.knows("ann", tenant.person(&["identity.plant.read", "identity.plant.create"]));
    let refused = server.get("ann", "/plants/export").await.expect(403);
    assert!(refused.json["detail"].as_str().unwrap().contains("identity.plant.export"));
    server.post("ann", "/plants/bulk", json!({"rows": []})).await.expect(403);
    server.knows("bob", tenant.person_at(tenant.plants[1], &["identity.plant.read", "identity.plant.export"]));
    let file = server.get("bob", "/plants/export").await.expect(200);
    let text = String::from_utf8(file.bytes).unwrap();
    assert!(text.contains("P2") && !text.contains("P1"), "{text}");
}
