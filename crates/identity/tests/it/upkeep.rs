//! What is forgotten, what is forbidden, and over which way people sign in.

use identity::passwords::Forbidden;
use serde_json::json;

use crate::site::{PASSWORD, Site};

#[tokio::test]
async fn ended_sessions_and_used_links_go_after_a_month() {
    let site = Site::new().await;
    site.company("acme", false).await;
    let old = site.signed_in("admin@acme.example").await;
    old.post("/auth/logout", json!({})).await;
    site.signed_in("admin@acme.example").await;
    let rows = async || {
        site.look("select count(*) as n from (select 1 from sessions union all select 1 from password_links) x").await[0]["n"].clone()
    };
    assert_eq!(rows().await, 3, "two sessions and the link of the invitation");
    assert_eq!(site.identity.forget().await.unwrap(), 0);
    site.clock.forward(32 * 86_400);
    let fresh = site.signed_in("admin@acme.example").await;
    assert_eq!(site.identity.forget().await.unwrap(), 3);
    assert_eq!(fresh.get("/auth/me").await.status, 200, "what is open stays");
    let trail = site.look("select distinct actor from audit_events where action = 'session.deleted'").await;
    assert_eq!(trail, [json!({ "actor": "system:upkeep" })]);
}

#[tokio::test]
async fn an_administrator_has_somebody_choose_another_password() {
    let site = Site::new().await;
    let company = site.company("acme", false).await;
    let ines = site.person(&company, "ines", &[("tenant_admin", None)]).await;
    site.person(&company, "ivo", &[("it_admin", None)]).await;
    let browser = site.signed_in("ines@acme.example").await;
    let path = format!("/users/{ines}/require-password-change");
    assert_eq!(site.signed_in("ivo@acme.example").await.post(&path, json!({})).await.code(), (403, "more_rights"));
    assert_eq!(site.signed_in("admin@acme.example").await.post(&path, json!({})).await.status, 204);
    assert_eq!(browser.get("/users").await.code(), (403, "password_change_required"), "at once");
    let again = site.browser();
    assert_eq!(again.sign_in("ines@acme.example", PASSWORD).await.body["password_change_required"], true);
    let change = json!({ "current_password": PASSWORD, "new_password": "nine owls on the pier" });
    assert_eq!(again.post("/auth/password", change).await.body["password_change_required"], false);
    assert_eq!(again.get("/users").await.status, 200);
}

#[tokio::test]
async fn the_installations_own_list_of_passwords_is_refused() {
    let site = Site::with(|settings| settings.forbidden = Forbidden::read("blue press number seven\n")).await;
    site.company("acme", false).await;
    let admin = site.signed_in("admin@acme.example").await;
    let change = json!({ "current_password": PASSWORD, "new_password": "Blue-Press-Number-Seven!" });
    assert_eq!(admin.post("/auth/password", change).await.body["errors"][0]["code"], "forbidden_password");
}

#[tokio::test]
async fn over_plain_http_only_this_machine_signs_in() {
    let site = Site::with(|settings| settings.plain_http = false).await;
    site.company("acme", false).await;
    let remote = site.browser();
    let refused = remote.sign_in("admin@acme.example", PASSWORD).await;
    assert_eq!(refused.code(), (403, "https_required"));
    assert!(refused.headers.get("set-cookie").is_none());
    let local = site.browser().at("127.0.0.1");
    assert_eq!(local.sign_in("admin@acme.example", PASSWORD).await.status, 200);
    assert_eq!(local.get("/auth/me").await.status, 200);
    *remote.cookies.lock().unwrap() = local.cookies.lock().unwrap().clone();
    assert_eq!(remote.get("/auth/me").await.code(), (401, "not_signed_in"), "the same cookie from elsewhere counts for nothing");
}
