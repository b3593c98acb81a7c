//! Sessions: how they end, who sees them, and how their tokens change.

use serde_json::json;

use crate::site::Site;

#[tokio::test]
async fn a_session_ends_without_requests_and_in_any_case() {
    let site = Site::with(|settings| {
        settings.sessions.idle_s = 600;
        settings.sessions.absolute_s = 3600;
    })
    .await;
    site.company("acme", false).await;
    let idle = site.signed_in("admin@acme.example").await;
    let busy = site.signed_in("admin@acme.example").await;
    for _ in 0..5 {
        site.clock.forward(590);
        assert_eq!(busy.get("/auth/me").await.status, 200);
    }
    assert_eq!(idle.get("/auth/me").await.code(), (401, "session_expired"));
    site.clock.forward(590);
    assert_eq!(busy.get("/auth/me").await.status, 200);
    site.clock.forward(61);
    assert_eq!(busy.get("/auth/me").await.code(), (401, "session_expired"), "an hour is an hour, however busy");
}

#[tokio::test]
async fn the_device_not_used_for_longest_gives_way() {
    let site = Site::with(|settings| settings.sessions.concurrent = 2).await;
    site.company("acme", false).await;
    let (one, two) = (site.signed_in("admin@acme.example").await, site.signed_in("admin@acme.example").await);
    site.clock.forward(120);
    assert_eq!(one.get("/auth/me").await.status, 200);
    let three = site.signed_in("admin@acme.example").await;
    assert_eq!(two.get("/auth/me").await.code(), (401, "session_ended"));
    assert_eq!((one.get("/auth/me").await.status, three.get("/auth/me").await.status), (http::StatusCode::OK, http::StatusCode::OK));
}

#[tokio::test]
async fn an_organization_sets_its_own_rules() {
    let site = Site::new().await;
    site.company("acme", false).await;
    let admin = site.signed_in("admin@acme.example").await;
    let own = admin.get("/organization").await;
    let rules = json!({ "sessions": { "idle_s": 120, "absolute_s": 600, "concurrent": 1 } });
    let without = admin.send(http::Method::PATCH, "/organization", &[], Some(rules.clone())).await;
    assert_eq!(without.code(), (428, "if_match_required"));
    let tag = own.etag();
    let changed = admin.send(http::Method::PATCH, "/organization", &[("if-match", &tag)], Some(rules.clone())).await;
    assert_eq!(changed.status, 200, "{changed:?}");
    let stale = admin.send(http::Method::PATCH, "/organization", &[("if-match", &tag)], Some(rules)).await;
    assert_eq!(stale.code(), (412, "stale"));
    let bad = json!({ "sessions": { "idle_s": 5, "absolute_s": 600, "concurrent": 0 } });
    let refused = admin.send(http::Method::PATCH, "/organization", &[("if-match", "*")], Some(bad)).await;
    assert_eq!(refused.body["errors"].as_array().unwrap().len(), 2);
    let next = site.signed_in("admin@acme.example").await;
    assert_eq!(admin.get("/auth/me").await.code(), (401, "session_ended"), "one device at a time now");
    site.clock.forward(121);
    assert_eq!(next.get("/auth/me").await.code(), (401, "session_expired"));
}

#[tokio::test]
async fn people_see_and_end_their_own_sessions() {
    let site = Site::new().await;
    let company = site.company("acme", false).await;
    site.person(&company, "ines", &[("viewer", None)]).await;
    let (here, there) = (site.signed_in("ines@acme.example").await, site.signed_in("ines@acme.example").await);
    let other = site.signed_in("admin@acme.example").await;
    let listed = here.get("/me/sessions").await;
    let sessions = listed.body.as_array().unwrap();
    assert_eq!(sessions.len(), 2);
    assert_eq!(sessions.iter().filter(|session| session["current"] == true).count(), 1);
    assert_eq!(sessions[0]["ip"], "192.0.2.7");
    let elsewhere = sessions.iter().find(|session| session["current"] == false).unwrap()["id"].as_str().unwrap();
    let foreign = other.get("/me/sessions").await.body[0]["id"].as_str().unwrap().to_string();
    assert_eq!(here.delete(&format!("/me/sessions/{foreign}")).await.code(), (404, "not_found"), "somebody else's does not exist");
    assert_eq!(here.delete(&format!("/me/sessions/{elsewhere}")).await.status, 204);
    assert_eq!(there.get("/auth/me").await.status, 401);
    let third = site.signed_in("ines@acme.example").await;
    assert_eq!(here.delete("/me/sessions").await.status, 204);
    assert_eq!(third.get("/auth/me").await.status, 401);
    assert_eq!(here.get("/auth/me").await.status, 200);
}

#[tokio::test]
async fn an_administrator_signs_somebody_out_at_once() {
    let site = Site::new().await;
    let company = site.company("acme", false).await;
    let user = site.person(&company, "ines", &[("viewer", None)]).await;
    let ines = site.signed_in("ines@acme.example").await;
    let admin = site.signed_in("admin@acme.example").await;
    assert_eq!(ines.delete(&format!("/users/{user}/sessions")).await.code(), (403, "permission_missing"));
    assert_eq!(admin.get(&format!("/users/{user}/sessions")).await.body.as_array().unwrap().len(), 1);
    assert_eq!(admin.delete(&format!("/users/{user}/sessions")).await.status, 204);
    assert_eq!(ines.get("/auth/me").await.code(), (401, "session_ended"));
    let again = site.signed_in("ines@acme.example").await;
    let one = again.get("/me/sessions").await.body[0]["id"].as_str().unwrap().to_string();
    assert_eq!(admin.delete(&format!("/users/{user}/sessions/{one}")).await.status, 204);
    assert_eq!(admin.delete(&format!("/users/{user}/sessions/{one}")).await.code(), (404, "not_found"));
    assert_eq!(again.get("/auth/me").await.code(), (401, "session_ended"));
}

#[tokio::test]
async fn the_token_changes_when_rights_are_added_and_requests_on_their_way_arrive() {
    let site = Site::new().await;
    let company = site.company("acme", false).await;
    let user = site.person(&company, "ines", &[("viewer", Some(company.plants[0]))]).await;
    let ines = site.signed_in("ines@acme.example").await;
    let late = site.browser();
    *late.cookies.lock().unwrap() = ines.cookies.lock().unwrap().clone();
    let before = ines.cookie("gemba_session").unwrap();
    let csrf = ines.csrf.lock().unwrap().clone();
    let admin = site.signed_in("admin@acme.example").await;
    let grant = json!({ "user_id": user, "role": "planner", "plant_id": company.plants[0] });
    assert_eq!(admin.post("/grants", grant).await.status, 201);
    assert_eq!(ines.get("/auth/me").await.status, 200);
    let after = ines.cookie("gemba_session").unwrap();
    assert_ne!(before, after);
    assert_eq!(late.get("/auth/me").await.status, 200, "what was on its way still arrives");
    site.clock.forward(31);
    assert_eq!(late.get("/auth/me").await.code(), (401, "not_signed_in"));
    assert_eq!(ines.get("/auth/me").await.body["csrf_token"].as_str(), csrf.as_deref());
    assert_eq!(ines.cookie("gemba_session").unwrap(), after, "once is enough");
}

#[tokio::test]
async fn a_deactivated_person_and_a_closed_organization_are_out_at_once() {
    let site = Site::new().await;
    site.company("home", true).await;
    let company = site.company("acme", false).await;
    let user = site.person(&company, "ines", &[]).await;
    let ines = site.signed_in("ines@acme.example").await;
    let admin = site.signed_in("admin@acme.example").await;
    assert_eq!(admin.post(&format!("/users/{user}/deactivate"), json!({})).await.status, 200);
    assert_eq!(ines.get("/auth/me").await.status, 401);
    let operator = site.signed_in("admin@home.example").await;
    assert_eq!(operator.post(&format!("/organizations/{}/close", company.id), json!({})).await.status, 200);
    assert_eq!(admin.get("/auth/me").await.status, 401);
    assert_eq!(site.browser().sign_in("admin@acme.example", crate::site::PASSWORD).await.code(), (401, "sign_in_failed"));
    assert_eq!(operator.post(&format!("/organizations/{}/reopen", company.id), json!({})).await.status, 200);
    site.signed_in("admin@acme.example").await;
}
