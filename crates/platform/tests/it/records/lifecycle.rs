//! A record from its making to its archiving.

use http::Method;
use serde_json::json;

use super::server::Server;

const ALL: [&str; 14] = [
    "identity.region.read",
    "identity.region.create",
    "identity.region.update",
    "identity.region.archive",
    "identity.plant.read",
    "identity.plant.create",
    "identity.plant.update",
    "identity.plant.archive",
    "records.type_list.read",
    "records.type_list.create",
    "records.type_list.update",
    "records.field_definition.read",
    "records.field_definition.create",
    "records.field_definition.update",
];

async fn server() -> Server {
    let server = Server::new().await;
    let tenant = server.test.organization("One", 0).await;
    server.knows("ann", tenant.person(&ALL));
    server
}

#[tokio::test]
async fn a_record_is_made_read_changed_and_archived() {
    let server = server().await;
    let made = server.post("ann", "/plants", json!({"code": "ULM", "name": " Ulm "})).await.expect(201);
    assert_eq!((made.json["name"].as_str(), made.json["time_zone"].as_str(), made.etag()), (Some("Ulm"), Some("UTC"), "\"1\""));
    assert_eq!(made.json["plant_id"], made.json["id"]);
    let at = format!("/plants/{}", made.id());
    assert_eq!(made.headers["location"].to_str().unwrap(), format!("/api/v1{at}"));
    assert_eq!(server.get("ann", &at).await.expect(200).json, made.json);
    server.change(Method::PATCH, "ann", &at, "\"7\"", json!({"name": "Neu-Ulm"})).await.expect(412);
    let changed = server.patch("ann", &at, "\"1\"", json!({"name": "Neu-Ulm", "country": "DE"})).await.expect(200);
    assert_eq!((changed.json["name"].as_str(), changed.json["country"].as_str(), changed.etag()), (Some("Neu-Ulm"), Some("DE"), "\"2\""));
    let same = server.patch("ann", &at, "\"2\"", json!({"name": "Neu-Ulm"})).await.expect(200);
    assert_eq!(same.etag(), "\"2\"", "what changes nothing is no change");
    let replaced = server.change(Method::PUT, "ann", &at, "\"2\"", json!({"code": "ULM", "name": "Ulm"})).await.expect(200);
    assert_eq!((replaced.json["country"].is_null(), replaced.json["time_zone"].as_str()), (true, Some("UTC")));
    server.post("ann", &format!("{at}/archive"), json!({})).await.expect(200);
    assert_eq!(server.get("ann", "/plants").await.expect(200).each("id").len(), 0);
    assert_eq!(server.get("ann", "/plants?archived=only").await.expect(200).each("name"), ["Ulm"]);
    server.patch("ann", &at, "*", json!({"name": "X"})).await.expect(422);
    server.post("ann", &format!("{at}/restore"), json!({})).await.expect(200);
    assert_eq!(server.get("ann", "/plants").await.expect(200).each("name"), ["Ulm"]);
}

#[tokio::test]
async fn everything_that_is_wrong_is_said_at_once() {
    let server = server().await;
    let body = json!({"code": 7, "time_zone": "Mars/Olympus", "country": "DEU", "nmae": "Ulm", "region_id": "north"});
    let refused = server.post("ann", "/plants", body).await.expect(422);
    let wrong =
        [("/code", "wrong_type"), ("/country", "too_long"), ("/name", "required"), ("/nmae", "unknown"), ("/region_id", "wrong_type")];
    let mut found = refused.wrong();
    found.sort();
    assert_eq!(found, wrong.map(|(pointer, code)| (pointer.to_string(), code.to_string())));
    let refused = server.post("ann", "/plants", json!({"code": "A", "name": "a\u{0}b"})).await.expect(422);
    assert_eq!(refused.wrong(), [("/name".into(), "bad_characters".into())]);
    let refused = server.post("ann", "/plants", json!({"code": "A", "name": "A", "time_zone": "Mars/Olympus"})).await.expect(422);
    assert_eq!(refused.wrong(), [("/time_zone".into(), "unknown_time_zone".into())]);
}

#[tokio::test]
async fn a_key_that_is_taken_is_a_conflict_and_references_keep_what_they_point_to() {
    let server = server().await;
    let region = server.post("ann", "/regions", json!({"name": "South"})).await.expect(201);
    let refused = server.post("ann", "/regions", json!({"name": "South"})).await.expect(409);
    assert_eq!((refused.json["code"].as_str(), refused.wrong()), (Some("taken"), vec![("/name".into(), "taken".into())]));
    let plant = server.post("ann", "/plants", json!({"code": "ULM", "name": "Ulm", "region_id": region.id()})).await.expect(201);
    let refused = server.post("ann", &format!("/regions/{}/archive", region.id()), json!({})).await.expect(409);
    assert!(refused.json["detail"].as_str().unwrap().contains("plant “Ulm”"), "{}", refused.json["detail"]);
    server.patch("ann", &format!("/plants/{}", plant.id()), "*", json!({"region_id": null})).await.expect(200);
    server.post("ann", &format!("/regions/{}/archive", region.id()), json!({})).await.expect(200);
    let refused = server.patch("ann", &format!("/plants/{}", plant.id()), "*", json!({"region_id": region.id()})).await.expect(422);
    assert_eq!(refused.wrong(), [("/region_id".into(), "archived_reference".into())]);
    let refused = server.patch("ann", &format!("/plants/{}", plant.id()), "*", json!({"region_id": testkit::new_id()})).await.expect(422);
    assert_eq!(refused.wrong(), [("/region_id".into(), "unknown_reference".into())]);
}
