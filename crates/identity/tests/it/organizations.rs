//! `/organizations`, for the operating organization.

use http::Method;
use serde_json::json;

use crate::site::{PASSWORD, Site};

fn apex() -> serde_json::Value {
    json!({ "name": "Apex Motors", "slug": "apex", "admin_email": "eva@apex.example", "admin_name": "Eva Lind" })
}

#[tokio::test]
async fn the_operating_organization_makes_others_and_sees_only_their_names() {
    let site = Site::new().await;
    let home = site.company("home", true).await;
    let operator = site.signed_in("admin@home.example").await;
    let made = operator.post("/organizations", apex()).await;
    assert_eq!(made.status, 201, "{made:?}");
    let id = made.body["organization"]["id"].as_str().unwrap();
    let token = made.body["invitation"]["token"].as_str().unwrap();
    assert_eq!(operator.post("/organizations", apex()).await.code(), (409, "slug_taken"));
    assert_eq!(site.browser().post("/auth/password-link", json!({ "token": token, "password": PASSWORD })).await.status, 204);
    let eva = site.signed_in("eva@apex.example").await;
    assert_eq!(eva.get("/auth/me").await.body["organization"]["slug"], "apex");
    assert_eq!(eva.get("/users").await.body["items"].as_array().unwrap().len(), 1);
    let listed = operator.get("/organizations").await;
    assert_eq!(listed.body.as_array().unwrap().iter().map(|o| o["slug"].as_str().unwrap()).collect::<Vec<_>>(), ["apex", "home"]);
    let in_home = site
        .look(&format!(
            "select 1 from audit_events where organization_id = '{}' and action = 'organization.created' and record_id = '{id}'",
            home.id
        ))
        .await;
    let in_apex =
        site.look(&format!("select actor from audit_events where organization_id = '{id}' and action = 'organization.created'")).await;
    assert_eq!((in_home.len(), in_apex.len()), (1, 1));
    assert!(in_apex[0]["actor"].as_str().unwrap().starts_with("user:"));
}

#[tokio::test]
async fn nobody_else_makes_closes_or_sees_organizations() {
    let site = Site::new().await;
    let home = site.company("home", true).await;
    let acme = site.company("acme", false).await;
    site.person(&acme, "global", &[("global_admin", None)]).await;
    site.person(&home, "tenant", &[("tenant_admin", None)]).await;
    for (email, code) in [
        ("admin@acme.example", "permission_missing"),
        ("global@acme.example", "not_operating"),
        ("tenant@home.example", "permission_missing"),
    ] {
        let browser = site.signed_in(email).await;
        assert_eq!(browser.post("/organizations", apex()).await.code(), (403, code), "{email}");
        assert_eq!(browser.get("/organizations").await.code(), (403, code), "{email}");
        assert_eq!(browser.post(&format!("/organizations/{}/close", home.id), json!({})).await.code(), (403, code), "{email}");
    }
    let operator = site.signed_in("admin@home.example").await;
    assert_eq!(operator.post(&format!("/organizations/{}/close", home.id), json!({})).await.code(), (409, "own_organization"));
    assert_eq!(operator.post(&format!("/organizations/{}/close", testkit::new_id()), json!({})).await.code(), (404, "not_found"));
}

#[tokio::test]
async fn an_organization_decides_how_much_is_asked_and_how_plans_are_approved() {
    let site = Site::new().await;
    let acme = site.company("acme", false).await;
    site.person(&acme, "vera", &[("viewer", None)]).await;
    let admin = site.signed_in("admin@acme.example").await;
    let own = admin.get("/organization").await;
    assert_eq!(own.body["planning"], json!({ "four_eyes": false }));
    let rules = json!({ "rate_limits": { "requests_per_hour": 500, "roles": { "viewer": 70 } }, "planning": { "four_eyes": true } });
    let changed = admin.send(Method::PATCH, "/organization", &[("if-match", &own.etag())], Some(rules.clone())).await;
    assert_eq!((&changed.body["rate_limits"], &changed.body["planning"]), (&rules["rate_limits"], &rules["planning"]));
    // What the door reads of it.
    let allowed = |role| platform::http::requests_per_hour(&changed.body, [role]);
    assert_eq!((allowed("viewer"), allowed("planner")), (Some(70), Some(500)));

    let wrong = json!({ "rate_limits": { "requests_per_hour": 0, "roles": { "emperor": 5 } } });
    let refused = admin.send(Method::PATCH, "/organization", &[("if-match", &changed.etag())], Some(wrong)).await;
    assert_eq!(refused.code(), (422, "invalid"));
    let codes: Vec<&str> = refused.body["errors"].as_array().unwrap().iter().filter_map(|error| error["code"].as_str()).collect();
    assert_eq!(codes, ["out_of_range", "unknown_role"]);
    let unchanged =
        admin.send(Method::PATCH, "/organization", &[("if-match", &changed.etag())], Some(json!({ "name": "Acme Works" }))).await;
    assert_eq!(unchanged.body["planning"], rules["planning"]);
}

#[tokio::test]
async fn an_organization_shows_itself_in_its_colour_and_with_its_logo() {
    let site = Site::new().await;
    site.company("acme", false).await;
    let admin = site.signed_in("admin@acme.example").await;
    let change = async |branding: serde_json::Value| {
        let body = json!({ "branding": branding });
        admin.send(Method::PATCH, "/organization", &[("if-match", "*")], Some(body)).await
    };
    let shown = json!({ "colour": "#aa1122", "logo": "iVBORw0KGgo=" });
    let changed = change(shown.clone()).await;
    assert_eq!(changed.body["branding"], shown, "{}", changed.body);
    // A colour is six digits, and a picture is known by its bytes.
    for wrong in [json!({ "colour": "red" }), json!({ "colour": "#aa11" }), json!({ "logo": "bm8gcGljdHVyZQ==" }), json!({ "logo": "?" })] {
        assert_eq!(change(wrong.clone()).await.code(), (422, "invalid"), "{wrong}");
    }
    assert_eq!(change(json!({})).await.body["branding"], json!({ "colour": null, "logo": null }));
}
