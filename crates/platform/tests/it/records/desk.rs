//! History, comments, saved views, descriptions and the document of the API.

use http::Method;
use platform::resource::Kinds;
use serde_json::json;

use super::server::Server;

const ALL: [&str; 4] = ["identity.plant.read", "identity.plant.create", "identity.plant.update", "identity.plant.comment"];

#[tokio::test]
async fn history_says_who_changed_what() {
    let server = Server::new().await;
    let tenant = server.test.organization("One", 0).await;
    let ann = tenant.person(&ALL);
    server.knows("ann", ann.clone());
    let plant = server.post("ann", "/plants", json!({"code": "ULM", "name": "Ulm"})).await.expect(201);
    let at = format!("/plants/{}", plant.id());
    server.patch("ann", &at, "*", json!({"name": "Neu-Ulm"})).await.expect(200);
    let newest = server.get("ann", &format!("{at}/history?limit=1")).await.expect(200);
    let entry = &newest.json["items"][0];
    assert_eq!((entry["action"].as_str(), entry["by"].as_str()), (Some("plant.updated"), Some(ann.principal.label().as_str())));
    assert_eq!(entry["changes"], json!([{"member": "name", "before": "Ulm", "after": "Neu-Ulm"}]));
    let next = newest.json["next_cursor"].as_str().unwrap();
    let older = server.get("ann", &format!("{at}/history?limit=1&cursor={next}")).await.expect(200);
    assert_eq!((older.each("action"), older.json["next_cursor"].is_null()), (vec!["plant.created".to_string()], true));
    server.get("ann", &format!("/plants/{}/history", testkit::new_id())).await.expect(404);
}

#[tokio::test]
async fn comments_are_answered_edited_and_withdrawn_by_who_wrote_them() {
    let server = Server::new().await;
    let tenant = server.test.organization("One", 2).await;
    server.knows("ann", tenant.person(&ALL));
    server.knows("bob", tenant.person(&ALL));
    server.knows("far", tenant.person_at(tenant.plants[1], &ALL));
    let at = format!("/plants/{}/comments", tenant.plants[0]);
    let said = server.post("ann", &at, json!({"body": "the roof leaks"})).await.expect(201);
    let answer = server.post("bob", &at, json!({"body": "since when?", "parent_id": said.id()})).await.expect(201);
    assert_eq!(answer.json["parent_id"], said.json["id"]);
    server.post("bob", &at, json!({"body": "x", "parent_id": testkit::new_id()})).await.expect(422);
    server.post("ann", &at, json!({"body": "  "})).await.expect(422);
    server.get("far", &at).await.expect(404);
    server.post("far", &at, json!({"body": "hello"})).await.expect(404);
    let one = format!("{at}/{}", said.id());
    server.patch("bob", &one, "*", json!({"body": "no"})).await.expect(403);
    let edited = server.patch("ann", &one, "\"1\"", json!({"body": "the roof leaked"})).await.expect(200);
    assert!(edited.json["edited_at"].is_string());
    server.patch("ann", &one, "\"1\"", json!({"body": "again"})).await.expect(412);
    server.change(Method::DELETE, "ann", &one, "\"2\"", json!({})).await.expect(200);
    let left = server.get("bob", &at).await.expect(200);
    assert_eq!(
        (left.each("id").len(), left.json["items"][0]["body"].is_null(), left.json["items"][0]["deleted_at"].is_string()),
        (2, true, true)
    );
    let kept = server
        .test
        .admin()
        .await
        .query("select before ->> 'body' from audit_events where kind = 'comment' and before is not null", &[])
        .await
        .unwrap();
    assert_eq!(kept.iter().map(|row| row.get::<_, String>(0)).collect::<Vec<_>>(), ["the roof leaks", "the roof leaked"]);
}

#[tokio::test]
async fn saved_views_are_private_until_they_are_shared() {
    let server = Server::new().await;
    let tenant = server.test.organization("One", 3).await;
    server.knows("ann", tenant.person(&ALL));
    server.knows("bob", tenant.person(&ALL));
    let view = json!({"kind": "plant", "name": "Second", "query": {"code[in]": "P2,P3", "sort": "-code"}});
    let made = server.post("ann", "/saved-views", view.clone()).await.expect(201);
    let at = format!("/saved-views/{}", made.id());
    assert_eq!(server.get("ann", &format!("/plants?view={}", made.id())).await.expect(200).each("code"), ["P3", "P2"]);
    assert_eq!(server.get("ann", &format!("/plants?view={}&sort=code", made.id())).await.expect(200).each("code"), ["P2", "P3"]);
    assert_eq!(server.get("bob", "/saved-views").await.expect(200).each("id").len(), 0);
    server.get("bob", &format!("/plants?view={}", made.id())).await.expect(400);
    server.change(Method::PUT, "bob", &at, "*", view.clone()).await.expect(404);
    server.post("ann", "/saved-views", view).await.expect(409);
    let shared = json!({"kind": "plant", "name": "Second", "shared": true, "query": {"code": "P2"}});
    server.change(Method::PUT, "ann", &at, "\"1\"", shared.clone()).await.expect(200);
    assert_eq!(server.get("bob", &format!("/plants?view={}", made.id())).await.expect(200).each("code"), ["P2"]);
    server.change(Method::PUT, "bob", &at, "*", shared).await.expect(403);
    let wrong = json!({"kind": "plant", "name": "X", "query": {"nmae": "x", "view": "y"}});
    assert_eq!(server.post("ann", "/saved-views", wrong).await.expect(422).wrong().len(), 2);
    server.change(Method::DELETE, "ann", &at, "*", json!({})).await.expect(204);
    assert_eq!(server.get("ann", "/saved-views").await.each("id").len(), 0);
}

#[tokio::test]
async fn kinds_say_what_lists_forms_and_details_need() {
    let server = Server::new().await;
    let tenant = server.test.organization("One", 0).await;
    server.knows("ann", tenant.person(&ALL));
    let kinds = server.get("ann", "/kinds").await.expect(200);
    assert_eq!(kinds.each("name"), ["plant"], "kinds that the caller sees nowhere are left out");
    let plant = &kinds.json["items"][0];
    assert_eq!((plant["path"].as_str(), plant["label"].as_str(), plant["within"].as_str()), (Some("plants"), Some("name"), Some("itself")));
    let region = &plant["fields"][0];
    assert_eq!(
        (region["type"].as_str(), region["reference"].as_str(), region["required"].as_bool()),
        (Some("reference"), Some("region"), Some(false))
    );
    let held: Vec<_> =
        plant["verbs"].as_array().unwrap().iter().filter(|verb| verb["held"] == true).map(|verb| verb["name"].clone()).collect();
    assert_eq!(held, ["read", "create", "update", "comment"]);
    server.get("ann", "/kinds/region").await.expect(404);
}

#[tokio::test]
async fn every_route_of_every_kind_is_in_the_document_with_its_permission() {
    let kinds = Kinds::new(platform::resource::kinds().into_iter().chain(platform::places::kinds()));
    let (_, document) = platform::resource::routes(&kinds).split_for_parts();
    let document = serde_json::to_value(document).unwrap();
    for path in [
        "",
        "/{id}",
        "/{id}/archive",
        "/{id}/restore",
        "/{id}/history",
        "/{id}/comments",
        "/{id}/comments/{comment}",
        "/bulk",
        "/export",
        "/import",
    ] {
        let item = document["paths"][format!("/plants{path}")].as_object().unwrap_or_else(|| panic!("/plants{path} is missing"));
        for (method, operation) in item {
            assert!(operation["x-permission"].as_str().unwrap().starts_with("identity.plant."), "{method} {path}");
        }
    }
    let text = document.to_string();
    let mut at = 0;
    while let Some(found) = text[at..].find("#/components/schemas/") {
        let start = at + found + "#/components/schemas/".len();
        let name = text[start..].split('"').next().unwrap();
        assert!(document["components"]["schemas"][name].is_object(), "the schema {name} is named and missing");
        at = start;
    }
    let new = &document["components"]["schemas"]["PlantNew"];
    assert_eq!((new["required"].clone(), new["example"]["code"].clone()), (json!(["code", "name"]), json!("ULM")));
    assert_eq!(new["properties"]["region_id"]["type"], json!(["string", "null"]));
}
