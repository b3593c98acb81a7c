//! `/roles` and `/permissions`.

use http::Method;
use serde_json::{Value, json};

use crate::site::Site;

#[tokio::test]
async fn an_own_role_counts_with_the_next_request_and_so_does_its_change() {
    let site = Site::new().await;
    let company = site.company("acme", false).await;
    let user = site.person(&company, "ines", &[]).await;
    let (admin, ines) = (site.signed_in("admin@acme.example").await, site.signed_in("ines@acme.example").await);
    let body = |permissions: Value| json!({ "name": "Line Lead", "description": "Leads lines.", "permissions": permissions });
    let made = admin.post("/roles", body(json!(["factory.line.read", "factory.line.update"]))).await;
    assert_eq!(made.status, 201, "{made:?}");
    let role = made.body["id"].as_str().unwrap().to_string();
    let plant = company.plants[0].to_string();
    assert_eq!(admin.post("/grants", json!({ "user_id": user, "role": role, "plant_id": plant })).await.status, 201);
    let rights = async || ines.get("/me/permissions").await.body["plants"][&plant].clone();
    assert_eq!(rights().await, json!(["factory.line.read", "factory.line.update"]));
    let changed =
        admin.send(Method::PUT, &format!("/roles/{role}"), &[("if-match", &made.etag())], Some(body(json!(["factory.line.read"])))).await;
    assert_eq!(changed.status, 200, "{changed:?}");
    assert_eq!(rights().await, json!(["factory.line.read"]));
    assert_eq!(admin.post(&format!("/roles/{role}/archive"), json!({})).await.body["archived"], true);
    assert_eq!(rights().await, Value::Null);
    let again = json!({ "user_id": user, "role": role });
    assert_eq!(admin.post("/grants", again).await.body["errors"][0]["code"], "unknown_role");
    assert_eq!(admin.post(&format!("/roles/{role}/restore"), json!({})).await.status, 200);
    assert_eq!(rights().await, json!(["factory.line.read"]));
}

#[tokio::test]
async fn a_role_is_refused_with_everything_wrong_at_once() {
    let site = Site::new().await;
    site.company("acme", false).await;
    let admin = site.signed_in("admin@acme.example").await;
    let bad = admin.post("/roles", json!({ "name": "Planner", "permissions": ["factory.line.read", "no.such.thing", "nor.this"] })).await;
    let codes: Vec<&str> = bad.body["errors"].as_array().unwrap().iter().map(|error| error["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["built_in", "unknown_permission", "unknown_permission"]);
    let good = json!({ "name": "Line Lead", "permissions": ["factory.line.read"] });
    assert_eq!(admin.post("/roles", good.clone()).await.status, 201);
    assert_eq!(admin.post("/roles", good).await.code(), (409, "role_name_taken"));
    assert_eq!(
        admin.send(Method::PUT, "/roles/planner", &[("if-match", "*")], Some(json!({ "name": "x", "permissions": [] }))).await.status,
        404
    );
}

#[tokio::test]
async fn nobody_puts_into_a_role_what_they_do_not_have() {
    let site = Site::new().await;
    let company = site.company("acme", false).await;
    site.person(&company, "it", &[("it_admin", None)]).await;
    let it = site.signed_in("it@acme.example").await;
    let answer = it.post("/roles", json!({ "name": "Mine", "permissions": ["factory.line.update"] })).await;
    assert_eq!(answer.code(), (403, "beyond_own_rights"));
    assert!(answer.body["detail"].as_str().unwrap().contains("factory.line.update"));
    assert_eq!(it.post("/roles", json!({ "name": "Desk", "permissions": ["identity.user.read"] })).await.status, 201);
}

#[tokio::test]
async fn the_catalogue_and_all_roles_are_listed() {
    let site = Site::new().await;
    site.company("acme", false).await;
    let admin = site.signed_in("admin@acme.example").await;
    let permissions = admin.get("/permissions").await;
    let line = permissions.body.as_array().unwrap().iter().find(|entry| entry["permission"] == "factory.line.update").unwrap();
    assert_eq!(*line, json!({ "permission": "factory.line.update", "title": "Change lines", "scope": "plant", "sensitive": false }));
    let roles = admin.get("/roles").await;
    assert_eq!(roles.body.as_array().unwrap().len(), 13);
    let viewer = admin.get("/roles/viewer").await;
    assert!(
        viewer.body["permissions"].as_array().unwrap().iter().all(|name| name.as_str().unwrap().ends_with(".read")),
        "a viewer only looks"
    );
}
