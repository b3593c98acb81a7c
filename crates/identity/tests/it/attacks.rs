//! What attackers send.

use http::Method;
use http::header::SET_COOKIE;
use serde_json::json;

use crate::site::{PASSWORD, Site};

#[tokio::test]
async fn a_changing_request_without_the_csrf_token_is_refused() {
    let site = Site::new().await;
    site.company("acme", false).await;
    let browser = site.signed_in("admin@acme.example").await;
    let other = site.signed_in("admin@acme.example").await;
    let foreign = other.csrf.lock().unwrap().clone().unwrap();
    for token in ["", "wrong", foreign.as_str()] {
        let answer = browser.send(Method::DELETE, "/me/sessions", &[("x-csrf-token", token)], None).await;
        assert_eq!(answer.code(), (403, "csrf"), "{token}");
    }
    let own = browser.csrf.lock().unwrap().clone().unwrap();
    let twice = browser.send(Method::DELETE, "/me/sessions", &[("x-csrf-token", &own), ("x-csrf-token", "other")], None).await;
    assert_eq!(twice.code(), (403, "csrf"));
    *browser.csrf.lock().unwrap() = None;
    for (method, path) in [
        (Method::POST, "/auth/logout"),
        (Method::DELETE, "/me/sessions"),
        (Method::PATCH, "/organization"),
        (Method::PUT, "/roles/0199d1a0-0000-7000-8000-000000000001"),
    ] {
        let answer = browser.send(method.clone(), path, &[("if-match", "*")], Some(json!({}))).await;
        assert_eq!(answer.code(), (403, "csrf"), "{method} {path}");
    }
    assert_eq!(other.get("/auth/me").await.status, 200, "nothing happened");
}

#[tokio::test]
async fn a_token_planted_before_signing_in_is_not_taken_over() {
    let site = Site::new().await;
    let company = site.company("acme", false).await;
    site.person(&company, "mallory", &[]).await;
    // The attacker's own session, planted in the victim's browser.
    let attacker = site.signed_in("mallory@acme.example").await;
    let victim = site.browser();
    *victim.cookies.lock().unwrap() = attacker.cookies.lock().unwrap().clone();
    let planted = victim.cookie("gemba_session").unwrap();
    assert_eq!(victim.sign_in("admin@acme.example", PASSWORD).await.status, 200);
    assert_ne!(victim.cookie("gemba_session").unwrap(), planted);
    assert_eq!(attacker.get("/auth/me").await.code(), (401, "session_ended"), "the planted one is ended");
    // A token of the attacker's own making.
    let victim = site.browser();
    let made_up = "A".repeat(43);
    *victim.cookies.lock().unwrap() = vec![("gemba_session".into(), made_up.clone())];
    assert_eq!(victim.sign_in("admin@acme.example", PASSWORD).await.status, 200);
    assert_ne!(victim.cookie("gemba_session").unwrap(), made_up);
}

#[tokio::test]
async fn another_sites_page_cannot_sign_somebody_in() {
    let site = Site::new().await;
    site.company("acme", false).await;
    let body = json!({ "email": "admin@acme.example", "password": PASSWORD });
    let answer = site.browser().send(Method::POST, "/auth/login", &[("sec-fetch-site", "cross-site")], Some(body)).await;
    assert_eq!(answer.code(), (403, "csrf"));
    assert!(answer.headers.get(SET_COOKIE).is_none());
    let form = site.browser().send(Method::POST, "/auth/login", &[("content-type", "text/plain")], None).await;
    assert_eq!(form.status, 415, "a form of another site cannot send JSON");
}

#[tokio::test]
async fn cookies_are_locked_down_over_https_and_unprefixed_ones_ignored() {
    let site = Site::with(|settings| settings.https = true).await;
    site.company("acme", false).await;
    let browser = site.browser();
    let answer = browser.sign_in("admin@acme.example", PASSWORD).await;
    let cookies: Vec<&str> = answer.headers.get_all(SET_COOKIE).iter().map(|cookie| cookie.to_str().unwrap()).collect();
    assert_eq!(cookies.len(), 2);
    for cookie in cookies {
        assert!(cookie.starts_with("__Host-gemba_"), "{cookie}");
        for attribute in ["; Path=/", "; HttpOnly", "; SameSite=Strict", "; Secure"] {
            assert!(cookie.contains(attribute), "{cookie}");
        }
    }
    let token = browser.cookie("__Host-gemba_session").unwrap();
    *browser.cookies.lock().unwrap() = vec![("gemba_session".into(), token)];
    assert_eq!(browser.get("/auth/me").await.code(), (401, "not_signed_in"));
}

#[tokio::test]
async fn no_header_host_or_parameter_leads_into_another_organization() {
    let site = Site::new().await;
    site.company("acme", false).await;
    let apex = site.company("apex", false).await;
    let stranger = site.person(&apex, "eva", &[("viewer", None)]).await;
    let admin = site.signed_in("admin@acme.example").await;
    let id = apex.id.to_string();
    let smuggled = [
        ("x-organization", "apex"),
        ("x-organization-id", id.as_str()),
        ("x-tenant-id", id.as_str()),
        ("host", "apex.gemba.example"),
        ("x-forwarded-host", "apex.gemba.example"),
        ("x-original-url", "/organizations"),
        ("x-user-id", "admin@apex.example"),
    ];
    let me = admin.send(Method::GET, &format!("/auth/me?organization=apex&organization_id={id}"), &smuggled, None).await;
    assert_eq!(me.body["organization"]["slug"], "acme");
    let users = admin.send(Method::GET, &format!("/users?organization_id={id}"), &smuggled, None).await;
    assert!(users.body["items"].as_array().unwrap().iter().all(|user| user["email"].as_str().unwrap().ends_with("@acme.example")));
    // What another organization has does not exist, whatever is done to it.
    for (method, path, body) in [
        (Method::GET, format!("/users/{stranger}"), None),
        (Method::GET, format!("/users/{stranger}/sessions"), None),
        (Method::DELETE, format!("/users/{stranger}/sessions"), None),
        (Method::POST, format!("/users/{stranger}/reset-password"), Some(json!({}))),
        (Method::POST, format!("/users/{stranger}/deactivate"), Some(json!({}))),
        (Method::PATCH, format!("/users/{stranger}"), Some(json!({ "name": "X" }))),
        (Method::POST, "/grants".into(), Some(json!({ "user_id": stranger, "role": "viewer" }))),
    ] {
        let answer = admin.send(method.clone(), &path, &[("if-match", "*")], body).await;
        assert_eq!(answer.code(), (404, "not_found"), "{method} {path}");
    }
    let plant = json!({ "email": "x@acme.example", "name": "X", "grants": [{ "role": "viewer", "plant_id": apex.plants[0] }] });
    assert_eq!(admin.post("/users", plant).await.code(), (404, "not_found"));
}

#[tokio::test]
async fn what_is_no_proof_is_no_proof() {
    let site = Site::new().await;
    site.company("acme", false).await;
    let browser = site.signed_in("admin@acme.example").await;
    let made = browser.post("/api-keys", json!({ "name": "k", "scopes": ["*"] })).await;
    let key = made.body["secret"].as_str().unwrap().to_string();
    let program = site.browser();
    let mut tampered = key.clone();
    let last = tampered.pop().unwrap();
    tampered.push(if last == 'A' { 'B' } else { 'A' });
    for authorization in [
        format!("Bearer {tampered}"),
        format!("Bearer {}", &key[..54]),
        format!("Bearer {}", key.to_uppercase()),
        format!("Basic {key}"),
        key.clone(),
        "Bearer ".into(),
        format!("Bearer {key} {key}"),
    ] {
        let answer = program.send(Method::GET, "/auth/me", &[("authorization", &authorization)], None).await;
        assert_eq!(answer.code(), (401, "wrong_key"), "{authorization}");
    }
    let bearer = format!("Bearer {key}");
    let twice = program.send(Method::GET, "/auth/me", &[("authorization", &bearer), ("authorization", &bearer)], None).await;
    assert_eq!(twice.code(), (401, "wrong_key"));
    // A key in a cookie, and a session's token as a key.
    let token = browser.cookie("gemba_session").unwrap();
    *program.cookies.lock().unwrap() = vec![("gemba_session".into(), key)];
    assert_eq!(program.get("/auth/me").await.code(), (401, "not_signed_in"));
    let as_key = program.with_key(Method::GET, "/auth/me", &token, None).await;
    assert_eq!(as_key.code(), (401, "wrong_key"));
}

#[tokio::test]
async fn a_wrong_key_is_not_made_good_by_a_cookie() {
    let site = Site::new().await;
    site.company("acme", false).await;
    let browser = site.signed_in("admin@acme.example").await;
    let cookie = format!("gemba_session={}", browser.cookie("gemba_session").unwrap());
    let answer = site.browser().send(Method::GET, "/auth/me", &[("authorization", "Bearer nonsense"), ("cookie", &cookie)], None).await;
    assert_eq!(answer.code(), (401, "wrong_key"));
}

#[tokio::test]
async fn unknown_fields_and_giants_are_refused() {
    let site = Site::new().await;
    let company = site.company("acme", false).await;
    let admin = site.signed_in("admin@acme.example").await;
    let extra = admin.post("/users", json!({ "email": "x@acme.example", "name": "X", "organization_id": company.id })).await;
    assert_eq!(extra.status, 422);
    let giant = site.browser().sign_in("admin@acme.example", &"x".repeat(5000)).await;
    assert_eq!(giant.code(), (422, "invalid"));
    for (email, name) in [("no-at.example", "X"), ("a@b", "X"), ("a b@c.example", "X"), ("x@acme.example", " "), ("\u{0}@c.example", "X")] {
        let answer = admin.post("/users", json!({ "email": email, "name": name })).await;
        assert_eq!(answer.code(), (422, "invalid"), "{email} {name}");
    }
    let zero = admin.post("/users", json!({ "email": "z@acme.example", "name": "a\u{0}b" })).await;
    assert_eq!(zero.status, 422, "{zero:?}");
}
