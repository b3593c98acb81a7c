//! `/api-keys`.

use http::Method;
use jiff::{SignedDuration, Timestamp};
use platform::Clock;
use serde_json::{Value, json};

use crate::site::{Browser, Site};

async fn make(browser: &Browser<'_>, body: Value) -> (String, String) {
    let made = browser.post("/api-keys", body).await;
    assert_eq!(made.status, 201, "{made:?}");
    (made.body["api_key"]["id"].as_str().unwrap().into(), made.body["secret"].as_str().unwrap().into())
}

#[tokio::test]
async fn a_personal_key_has_its_owners_rights_within_its_scopes() {
    let site = Site::new().await;
    let company = site.company("acme", false).await;
    let user = site.person(&company, "ines", &[("engineer", Some(company.plants[0]))]).await;
    let ines = site.signed_in("ines@acme.example").await;
    let (_, key) = make(&ines, json!({ "name": "MES", "scopes": ["*.read"] })).await;
    let program = site.browser();
    let rights =
        async || program.with_key(Method::GET, "/me/permissions", &key, None).await.body["plants"][company.plants[0].to_string()].clone();
    assert_eq!(rights().await, json!(["factory.line.read"]));
    let me = program.with_key(Method::GET, "/auth/me", &key, None).await;
    assert_eq!((me.body["kind"].as_str(), me.body["name"].as_str(), me.body["csrf_token"].is_null()), (Some("api_key"), Some("MES"), true));
    // With the owner's rights the key's go.
    let admin = site.signed_in("admin@acme.example").await;
    let grants = admin.get(&format!("/grants?user_id={user}")).await;
    let grant = grants.body["items"][0]["id"].as_str().unwrap();
    assert_eq!(admin.delete(&format!("/grants/{grant}")).await.status, 204);
    assert_eq!(rights().await, Value::Null);
    assert_eq!(admin.post(&format!("/users/{user}/deactivate"), json!({})).await.status, 200);
    assert_eq!(program.with_key(Method::GET, "/auth/me", &key, None).await.code(), (401, "account_deactivated"));
}

#[tokio::test]
async fn a_services_key_has_roles_of_its_own() {
    let site = Site::new().await;
    let company = site.company("acme", false).await;
    let admin = site.signed_in("admin@acme.example").await;
    let body = json!({ "name": "Gateway", "scopes": ["factory.*"], "grants": [{ "role": "engineer", "plant_id": company.plants[1] }] });
    let (id, key) = make(&admin, body).await;
    let program = site.browser();
    let rights = program.with_key(Method::GET, "/me/permissions", &key, None).await;
    let expected = json!(["factory.line.create", "factory.line.export", "factory.line.read", "factory.line.update"]);
    assert_eq!(rights.body["plants"], json!({ company.plants[1].to_string(): expected }));
    assert_eq!(rights.body["organization"], json!(["factory.item.read"]));
    let more = json!({ "api_key_id": id, "role": "viewer", "plant_id": company.plants[0] });
    assert_eq!(admin.post("/grants", more).await.status, 201);
    let rights = program.with_key(Method::GET, "/me/permissions", &key, None).await;
    assert_eq!(rights.body["plants"].as_object().unwrap().len(), 2);
}

#[tokio::test]
async fn a_rotated_key_overlaps_and_then_ends() {
    let site = Site::new().await;
    site.company("acme", false).await;
    let admin = site.signed_in("admin@acme.example").await;
    let (id, old) = make(&admin, json!({ "name": "MES", "scopes": ["*"] })).await;
    let rotated = admin.post(&format!("/api-keys/{id}/rotate"), json!({ "overlap_s": 600 })).await;
    let new = rotated.body["secret"].as_str().unwrap();
    assert_eq!(rotated.body["api_key"]["secrets"], 2);
    let program = site.browser();
    let ask = async |key: &str| program.with_key(Method::GET, "/auth/me", key, None).await;
    assert_eq!((ask(&old).await.status, ask(new).await.status), (http::StatusCode::OK, http::StatusCode::OK));
    site.clock.forward(601);
    assert_eq!(ask(&old).await.code(), (401, "key_expired"));
    assert_eq!(ask(new).await.status, 200);
    let read = admin.get(&format!("/api-keys/{id}")).await;
    assert_eq!((read.body["secrets"].as_i64(), read.body["last_used_ip"].as_str()), (Some(1), Some("192.0.2.7")));
    assert!(read.body["last_used_at"].is_string());
    assert_eq!(admin.post(&format!("/api-keys/{id}/revoke"), json!({})).await.status, 200);
    assert_eq!(ask(new).await.code(), (401, "key_revoked"));
    assert_eq!(admin.post(&format!("/api-keys/{id}/rotate"), json!({})).await.code(), (409, "key_revoked"));
}

#[tokio::test]
async fn a_key_expires() {
    let site = Site::new().await;
    site.company("acme", false).await;
    let admin = site.signed_in("admin@acme.example").await;
    let at: Timestamp = site.clock.now() + SignedDuration::from_secs(3600);
    let (_, key) = make(&admin, json!({ "name": "MES", "scopes": ["*"], "expires_at": at })).await;
    let program = site.browser();
    assert_eq!(program.with_key(Method::GET, "/auth/me", &key, None).await.status, 200);
    site.clock.forward(3600);
    assert_eq!(program.with_key(Method::GET, "/auth/me", &key, None).await.code(), (401, "key_expired"));
    let past = admin.post("/api-keys", json!({ "name": " ", "scopes": ["nothing.like.this"], "expires_at": at })).await;
    assert_eq!(past.body["errors"].as_array().unwrap().len(), 3, "{past:?}");
}

#[tokio::test]
async fn a_key_makes_no_keys_and_nobody_sees_or_takes_over_others() {
    let site = Site::new().await;
    let company = site.company("acme", false).await;
    site.person(&company, "ines", &[("engineer", None)]).await;
    let (ines, admin) = (site.signed_in("ines@acme.example").await, site.signed_in("admin@acme.example").await);
    let (own, key) = make(&ines, json!({ "name": "own", "scopes": ["*"] })).await;
    let (foreign, _) = make(&admin, json!({ "name": "admin's", "scopes": ["*"] })).await;
    let program = site.browser();
    let made = program.with_key(Method::POST, "/api-keys", &key, Some(json!({ "name": "more", "scopes": ["*"] }))).await;
    assert_eq!(made.code(), (403, "people_only"));
    let password = json!({ "current_password": crate::site::PASSWORD, "new_password": "three owls at noon" });
    assert_eq!(program.with_key(Method::POST, "/auth/password", &key, Some(password)).await.code(), (403, "people_only"));
    let listed = ines.get("/api-keys").await;
    assert_eq!(listed.body["items"].as_array().unwrap().iter().map(|key| key["id"].as_str().unwrap()).collect::<Vec<_>>(), [own.as_str()]);
    assert_eq!(ines.get(&format!("/api-keys/{foreign}")).await.code(), (404, "not_found"));
    assert_eq!(ines.post(&format!("/api-keys/{foreign}/revoke"), json!({})).await.code(), (404, "not_found"));
    assert_eq!(admin.post(&format!("/api-keys/{own}/rotate"), json!({})).await.code(), (403, "not_your_key"));
    assert_eq!(admin.post(&format!("/api-keys/{own}/revoke"), json!({})).await.status, 200);
    let service = json!({ "name": "s", "scopes": ["*"], "grants": [{ "role": "viewer" }] });
    assert_eq!(ines.post("/api-keys", service).await.code(), (403, "permission_missing"));
    let personal = json!({ "api_key_id": foreign, "role": "viewer" });
    assert_eq!(admin.post("/grants", personal).await.body["errors"][0]["code"], "personal_key");
}

#[tokio::test]
async fn a_key_does_not_get_beyond_its_scopes_by_way_of_its_owner() {
    let site = Site::new().await;
    let company = site.company("acme", false).await;
    let admin = site.signed_in("admin@acme.example").await;
    let me = admin.get("/auth/me").await.body["id"].as_str().unwrap().to_string();
    let other = site.person(&company, "ines", &[]).await;
    let (_, key) = make(&admin, json!({ "name": "desk", "scopes": ["identity.user.*", "identity.grant.create"] })).await;
    let program = site.browser();
    let ask = async |method: Method, path: String, body: Value| {
        let authorization = format!("Bearer {key}");
        program.send(method, &path, &[("authorization", &authorization), ("if-match", "*")], Some(body)).await
    };
    assert_eq!(ask(Method::POST, format!("/users/{me}/reset-password"), json!({})).await.code(), (403, "more_rights"));
    assert_eq!(ask(Method::PATCH, format!("/users/{me}"), json!({ "email": "x@acme.example" })).await.code(), (403, "more_rights"));
    assert_eq!(
        ask(Method::POST, "/grants".into(), json!({ "user_id": other, "role": "planner" })).await.code(),
        (403, "beyond_own_rights")
    );
    assert_eq!(ask(Method::POST, format!("/users/{other}/reset-password"), json!({})).await.status, 201);
    let (_, reader) = make(&admin, json!({ "name": "reader", "scopes": ["*.read"] })).await;
    let authorization = format!("Bearer {reader}");
    let headers = [("authorization", authorization.as_str()), ("if-match", "*")];
    let renamed = program.send(Method::PATCH, &format!("/users/{me}"), &headers, Some(json!({ "name": "Z" }))).await;
    assert_eq!(renamed.code(), (403, "permission_missing"), "a key that only reads changes not even its owner's name");
}
