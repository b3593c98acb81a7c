//! `/grants`: who may give what to whom, and where.

use jiff::{SignedDuration, Timestamp};
use platform::Clock;
use serde_json::json;

use crate::site::Site;

#[tokio::test]
async fn nobody_gives_what_they_do_not_have() {
    let site = Site::new().await;
    let company = site.company("acme", false).await;
    let user = site.person(&company, "ines", &[]).await;
    site.person(&company, "boss", &[("plant_admin", Some(company.plants[0]))]).await;
    site.person(&company, "it", &[("it_admin", None)]).await;
    let boss = site.signed_in("boss@acme.example").await;
    let grant = |role: &str, place: serde_json::Value| {
        let mut body = json!({ "user_id": user, "role": role });
        body.as_object_mut().unwrap().extend(place.as_object().unwrap().clone());
        body
    };
    let own = json!({ "plant_id": company.plants[0] });
    assert_eq!(boss.post("/grants", grant("planner", own.clone())).await.status, 201);
    assert_eq!(boss.post("/grants", grant("planner", own.clone())).await.code(), (409, "granted_already"));
    assert_eq!(boss.post("/grants", grant("plant_admin", own.clone())).await.status, 201);
    // A Tenant Admin's role at a plant is more than a Plant Admin has there.
    assert_eq!(boss.post("/grants", grant("planner", json!({ "plant_id": company.plants[1] }))).await.code(), (404, "not_found"));
    assert_eq!(boss.post("/grants", grant("planner", json!({}))).await.code(), (403, "permission_missing"));
    assert_eq!(boss.post("/grants", grant("planner", json!({ "region_id": company.region }))).await.code(), (403, "permission_missing"));
    let it = site.signed_in("it@acme.example").await;
    let refused = it.post("/grants", grant("planner", own)).await;
    assert_eq!(refused.code(), (403, "beyond_own_rights"));
    assert!(
        refused.body["detail"].as_str().unwrap().contains("planning.scenario.approve")
            || refused.body["detail"].as_str().unwrap().contains("factory.")
    );
    assert_eq!(it.post("/grants", grant("it_admin", json!({}))).await.status, 201);
    assert_eq!(it.post("/grants", grant("tenant_admin", json!({}))).await.code(), (403, "beyond_own_rights"));
}

#[tokio::test]
async fn a_refusal_says_what_is_missing_and_who_gives_it() {
    let site = Site::new().await;
    let company = site.company("acme", false).await;
    let user = site.person(&company, "ines", &[("viewer", None)]).await;
    let ines = site.signed_in("ines@acme.example").await;
    let answer = ines.post("/grants", json!({ "user_id": user, "role": "viewer", "plant_id": company.plants[0] })).await;
    assert_eq!(answer.code(), (403, "permission_missing"));
    let detail = answer.body["detail"].as_str().unwrap();
    assert!(detail.contains("identity.grant.create") && detail.contains("Plant Admin"), "{detail}");
}

#[tokio::test]
async fn a_regions_grant_follows_its_plants_and_a_grant_ends_by_itself() {
    let site = Site::new().await;
    let company = site.company("acme", false).await;
    let user = site.person(&company, "ines", &[]).await;
    let (admin, ines) = (site.signed_in("admin@acme.example").await, site.signed_in("ines@acme.example").await);
    let until: Timestamp = site.clock.now() + SignedDuration::from_secs(3600);
    let grant = json!({ "user_id": user, "role": "viewer", "region_id": company.region, "expires_at": until });
    assert_eq!(admin.post("/grants", grant).await.status, 201);
    let plants = async || {
        let mut plants: Vec<String> = ines.get("/me/permissions").await.body["plants"].as_object().unwrap().keys().cloned().collect();
        plants.sort();
        plants
    };
    let named = |at: &[usize]| {
        let mut plants: Vec<String> = at.iter().map(|at| company.plants[*at].to_string()).collect();
        plants.sort();
        plants
    };
    assert_eq!(plants().await, named(&[0, 1]));
    let sql = format!("update plants set region_id = '{}' where id = '{}'", company.region, company.plants[2]);
    site.test.admin().await.batch_execute(&sql).await.unwrap();
    assert_eq!(plants().await, named(&[0, 1, 2]), "a plant that joins the region comes with it");
    site.clock.forward(3600);
    assert_eq!(plants().await, named(&[]));
    let past = json!({ "user_id": user, "role": "viewer", "expires_at": until });
    assert_eq!(admin.post("/grants", past).await.body["errors"][0]["code"], "past");
    let both = json!({ "user_id": user, "role": "viewer", "region_id": company.region, "plant_id": company.plants[0] });
    assert_eq!(admin.post("/grants", both).await.body["errors"][0]["code"], "one_place");
    assert_eq!(admin.post("/grants", json!({ "user_id": user, "role": "king" })).await.body["errors"][0]["code"], "unknown_role");
    assert_eq!(admin.post("/grants", json!({ "role": "viewer" })).await.body["errors"][0]["code"], "one_holder");
}

#[tokio::test]
async fn taking_a_role_away_counts_at_once_and_the_last_administrator_stays() {
    let site = Site::new().await;
    let company = site.company("acme", false).await;
    let user = site.person(&company, "ines", &[("viewer", None)]).await;
    let (admin, ines) = (site.signed_in("admin@acme.example").await, site.signed_in("ines@acme.example").await);
    assert_eq!(ines.get("/roles").await.status, 200);
    let grant = admin.get(&format!("/grants?user_id={user}")).await.body["items"][0]["id"].as_str().unwrap().to_string();
    assert_eq!(ines.delete(&format!("/grants/{grant}")).await.code(), (403, "permission_missing"));
    assert_eq!(admin.delete(&format!("/grants/{grant}")).await.status, 204);
    assert_eq!(ines.get("/roles").await.code(), (403, "permission_missing"));
    let me = admin.get("/auth/me").await.body["id"].as_str().unwrap().to_string();
    let own = admin.get(&format!("/grants?user_id={me}")).await.body["items"][0]["id"].as_str().unwrap().to_string();
    assert_eq!(admin.delete(&format!("/grants/{own}")).await.code(), (409, "last_admin"));
    assert_eq!(admin.post(&format!("/users/{me}/deactivate"), json!({})).await.code(), (409, "last_admin"));
    assert_eq!(admin.post("/grants", json!({ "user_id": user, "role": "tenant_admin" })).await.status, 201);
    assert_eq!(admin.delete(&format!("/grants/{own}")).await.status, 204);
    assert_eq!(admin.get("/users").await.status, 403, "with the role went the rights");
}

#[tokio::test]
async fn grants_of_other_plants_are_out_of_sight() {
    let site = Site::new().await;
    let company = site.company("acme", false).await;
    site.person(&company, "far", &[("planner", Some(company.plants[1]))]).await;
    site.person(&company, "boss", &[("plant_admin", Some(company.plants[0]))]).await;
    let boss = site.signed_in("boss@acme.example").await;
    let seen = boss.get("/grants").await;
    assert!(seen.body["items"].as_array().unwrap().iter().all(|grant| grant["plant_id"] != company.plants[1].to_string()));
}
