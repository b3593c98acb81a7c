//! What the audit trail says about signing in and rights.

use serde_json::{Value, json};

use crate::site::{PASSWORD, Site};

async fn actions(site: &Site, filter: &str) -> Vec<Value> {
    site.look(&format!("select action, outcome, actor, host(ip) as ip, detail, after from audit_events where {filter} order by position"))
        .await
}

#[tokio::test]
async fn sign_ins_failures_and_delays_are_in_the_trail_without_addresses_in_the_clear() {
    let site = Site::new().await;
    site.company("home", true).await;
    site.company("acme", false).await;
    let browser = site.browser();
    for _ in 0..6 {
        browser.sign_in("admin@acme.example", "wrong wrong wrong").await;
    }
    browser.sign_in("admin@acme.example", PASSWORD).await;
    site.clock.forward(5);
    browser.sign_in("admin@acme.example", PASSWORD).await;
    browser.sign_in("nobody@nowhere.example", PASSWORD).await;
    let of = async |slug: &str| {
        actions(&site, &format!("kind = 'session' and organization_id = (select organization_id from organizations where slug = '{slug}')"))
            .await
    };
    let acme = of("acme").await;
    let said: Vec<(&str, &str)> =
        acme.iter().map(|event| (event["action"].as_str().unwrap(), event["outcome"].as_str().unwrap())).collect();
    let mut expected = vec![("session.refused", "failed"); 6];
    expected.extend([("session.delayed", "refused"), ("session.created", "success")]);
    assert_eq!(said, expected);
    assert_eq!((acme[0]["actor"].as_str(), acme[0]["ip"].as_str()), (Some("nobody"), None));
    // Of an account's attempt the address is there, and goes when the person is erased; of nobody's there is a keyed hash.
    assert!(acme[0]["detail"]["ip"]["$personal"].is_string(), "{}", acme[0]);
    assert_eq!(acme[0]["detail"]["from_hash"], acme[1]["detail"]["from_hash"]);
    let nobody = of("home").await;
    assert!(nobody[0]["ip"].is_null() && nobody[0]["detail"]["ip"].is_null() && nobody[0]["detail"]["from_hash"].is_string(), "{nobody:?}");
    assert!(acme[7]["actor"].as_str().unwrap().starts_with("user:"));
    // Who cannot be assigned goes to the operating organization.
    assert_eq!(of("home").await.len(), 1);
    let everything = site.look("select * from audit_events").await;
    let text = serde_json::to_string(&everything).unwrap();
    for secret in ["admin@acme.example", "nobody@nowhere", "Ada Brandt", PASSWORD, "$argon2id", "token_hash", "password_hash"] {
        assert!(!text.contains(secret), "the trail holds {secret}");
    }
}

#[tokio::test]
async fn rights_given_taken_and_refused_are_in_the_trail() {
    let site = Site::new().await;
    let company = site.company("acme", false).await;
    let user = site.person(&company, "ines", &[("viewer", None)]).await;
    let admin = site.signed_in("admin@acme.example").await;
    let ines = site.signed_in("ines@acme.example").await;
    let given = admin.post("/grants", json!({ "user_id": user, "role": "planner" })).await;
    let grant = given.body["id"].as_str().unwrap();
    admin.delete(&format!("/grants/{grant}")).await;
    let events = actions(&site, &format!("record_id = '{grant}'")).await;
    let said: Vec<&str> = events.iter().map(|event| event["action"].as_str().unwrap()).collect();
    assert_eq!(said, ["grant.created", "grant.deleted"]);
    ines.get("/users").await;
    ines.post("/grants", json!({ "user_id": user, "role": "tenant_admin" })).await;
    // Not sensitive: no trail.
    ines.get("/roles").await;
    let refused = actions(&site, "action = 'permission.refused'").await;
    let missing: Vec<&str> = refused.iter().map(|event| event["detail"]["permission"].as_str().unwrap()).collect();
    assert_eq!(missing, ["identity.user.read", "identity.grant.create"]);
    assert!(refused.iter().all(|event| event["outcome"] == "refused" && event["actor"] == format!("user:{user}")));
}

#[tokio::test]
async fn passwords_keys_and_ends_of_sessions_are_in_the_trail() {
    let site = Site::new().await;
    site.company("acme", false).await;
    let admin = site.signed_in("admin@acme.example").await;
    admin.post("/auth/password", json!({ "current_password": "wrong", "new_password": "three owls at noon" })).await;
    admin.post("/auth/password", json!({ "current_password": PASSWORD, "new_password": "three owls at noon" })).await;
    let made = admin.post("/api-keys", json!({ "name": "k", "scopes": ["*"] })).await;
    let key = made.body["api_key"]["id"].as_str().unwrap();
    admin.post(&format!("/api-keys/{key}/rotate"), json!({})).await;
    admin.post(&format!("/api-keys/{key}/revoke"), json!({})).await;
    let names: Vec<String> =
        actions(&site, "actor like 'user:%'").await.iter().map(|event| event["action"].as_str().unwrap().to_string()).collect();
    for expected in [
        "user.password_refused",
        "user.password_changed",
        "session.updated",
        "api_key.created",
        "api_key_secret.created",
        "api_key_secret.updated",
        "api_key.updated",
    ] {
        assert!(names.iter().any(|name| name == expected), "{expected} is missing in {names:?}");
    }
}
