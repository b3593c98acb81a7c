//! `/users` and `/me`.

use http::Method;
use serde_json::json;

use crate::site::Site;

#[tokio::test]
async fn people_are_listed_page_by_page_and_found_by_part_of_their_name() {
    let site = Site::new().await;
    let company = site.company("acme", false).await;
    for name in ["bea", "carl", "dora", "e_mil"] {
        site.person(&company, name, &[]).await;
    }
    let admin = site.signed_in("admin@acme.example").await;
    let mut seen = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = admin.get(&format!("/users?limit=2{cursor}")).await;
        seen.extend(page.body["items"].as_array().unwrap().iter().map(|user| user["name"].as_str().unwrap().to_string()));
        match page.body["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(seen, ["Ada Brandt", "bea", "carl", "dora", "e_mil"]);
    let found = admin.get("/users?q=CAR").await;
    assert_eq!(found.body["items"].as_array().unwrap().len(), 1);
    assert_eq!(admin.get("/users?q=e_").await.body["items"].as_array().unwrap().len(), 1, "signs stand for themselves");
    assert_eq!(admin.get("/users?q=%25").await.body["items"].as_array().unwrap().len(), 0);
}

#[tokio::test]
async fn an_account_is_changed_under_its_version_and_an_address_is_unique() {
    let site = Site::new().await;
    let company = site.company("acme", false).await;
    let user = site.person(&company, "ines", &[("viewer", None)]).await;
    let (admin, ines) = (site.signed_in("admin@acme.example").await, site.signed_in("ines@acme.example").await);
    let path = format!("/users/{user}");
    let read = admin.get(&path).await;
    let patch = async |browser: &crate::site::Browser<'_>, tag: &str, body| {
        browser.send(Method::PATCH, &path, &[("if-match", tag)], Some(body)).await
    };
    let changed = patch(&admin, &read.etag(), json!({ "name": "Ines K.", "email": "INES.K@acme.example" })).await;
    assert_eq!((changed.body["name"].as_str(), changed.body["email"].as_str()), (Some("Ines K."), Some("ines.k@acme.example")));
    assert_eq!(patch(&admin, &read.etag(), json!({ "name": "Other" })).await.code(), (412, "stale"));
    assert_eq!(patch(&admin, "*", json!({ "email": "admin@acme.example" })).await.code(), (409, "email_taken"));
    let wrong = patch(&admin, "*", json!({ "email": "x", "name": "", "locale": "english" })).await;
    assert_eq!(wrong.body["errors"].as_array().unwrap().len(), 3);
    assert_eq!(patch(&ines, "*", json!({ "name": "Ines", "locale": "de" })).await.body["locale"], "de", "one's own name is one's own");
    assert_eq!(patch(&ines, "*", json!({ "email": "other@acme.example" })).await.code(), (403, "permission_missing"));
    assert_eq!(ines.get(&path).await.status, 200);
    let admin_id = admin.get("/auth/me").await.body["id"].as_str().unwrap().to_string();
    assert_eq!(ines.get(&format!("/users/{admin_id}")).await.code(), (403, "permission_missing"));
}

#[tokio::test]
async fn nobody_gets_at_the_account_of_somebody_with_more_rights() {
    let site = Site::new().await;
    let company = site.company("acme", false).await;
    let planner = site.person(&company, "ines", &[("planner", None)]).await;
    site.person(&company, "it", &[("it_admin", None)]).await;
    let (admin, it) = (site.signed_in("admin@acme.example").await, site.signed_in("it@acme.example").await);
    let boss = admin.get("/auth/me").await.body["id"].as_str().unwrap().to_string();
    for (method, path, body) in [
        (Method::POST, format!("/users/{boss}/reset-password"), json!({})),
        (Method::POST, format!("/users/{boss}/deactivate"), json!({})),
        (Method::PATCH, format!("/users/{boss}"), json!({ "email": "it2@acme.example" })),
    ] {
        let answer = it.send(method, &path, &[("if-match", "*")], Some(body)).await;
        assert_eq!(answer.code(), (403, "more_rights"), "{path}");
    }
    assert_eq!(it.post(&format!("/users/{planner}/reset-password"), json!({})).await.status, 201);
}

#[tokio::test]
async fn a_plant_admin_invites_for_the_own_plant_only() {
    let site = Site::new().await;
    let company = site.company("acme", false).await;
    site.person(&company, "boss", &[("plant_admin", Some(company.plants[0]))]).await;
    let boss = site.signed_in("boss@acme.example").await;
    let invite = async |email: &str, grants| boss.post("/users", json!({ "email": email, "name": "New", "grants": grants })).await;
    assert_eq!(invite("one@acme.example", json!([{ "role": "operator", "plant_id": company.plants[0] }])).await.status, 201);
    assert_eq!(invite("two@acme.example", json!([{ "role": "operator", "plant_id": company.plants[1] }])).await.code(), (404, "not_found"));
    assert_eq!(invite("two@acme.example", json!([{ "role": "operator" }])).await.code(), (403, "permission_missing"));
    assert_eq!(invite("one@acme.example", json!([])).await.code(), (409, "email_taken"));
    let found = boss.get("/users?q=two@").await;
    assert_eq!(found.body["items"], json!([]), "what is refused is undone as a whole");
}

#[tokio::test]
async fn whoever_is_signed_in_learns_what_colleagues_are_called_and_nothing_else() {
    let site = Site::new().await;
    let company = site.company("acme", false).await;
    let stranger = site.company("apex", false).await;
    let ines = site.person(&company, "ines", &[("viewer", Some(company.plants[0]))]).await;
    let carl = site.person(&company, "carl", &[]).await;
    let zoe = site.person(&stranger, "zoe", &[]).await;
    let (admin, viewer) = (site.signed_in("admin@acme.example").await, site.signed_in("ines@acme.example").await);
    let made = admin.post("/api-keys", json!({ "name": "MES", "scopes": ["*.read"] })).await;
    let key = made.body["api_key"]["id"].as_str().unwrap().to_string();
    assert_eq!(viewer.get(&format!("/users/{carl}")).await.code(), (403, "permission_missing"));
    // Another organization's people are not there, nor who never was.
    let asked = format!("/people/names?of=user:{carl},%20user:{ines},key:{key},user:{zoe},user:{}", testkit::new_id());
    let mut expected = vec![json!({ "who": format!("key:{key}"), "name": "MES" })];
    let mut people = [(carl.to_string(), "carl"), (ines.to_string(), "ines")];
    people.sort();
    expected.extend(people.iter().map(|(id, name)| json!({ "who": format!("user:{id}"), "name": name })));
    assert_eq!(viewer.get(&asked).await.body, json!(expected));
    // Who left keeps their name beside what they did.
    assert_eq!(admin.post(&format!("/users/{carl}/deactivate"), json!({})).await.status, 200);
    assert_eq!(viewer.get(&asked).await.body, json!(expected));
    assert_eq!(site.signed_in("zoe@apex.example").await.get(&format!("/people/names?of=user:{carl}")).await.body, json!([]));
    for wrong in ["carl", "user:carl", "group:0199d1a0-0000-7000-8000-000000000001"] {
        assert_eq!(viewer.get(&format!("/people/names?of={wrong}")).await.code(), (400, "bad_parameter"), "{wrong}");
    }
    let many = vec![format!("user:{carl}"); 201].join(",");
    assert_eq!(viewer.get(&format!("/people/names?of={many}")).await.code(), (400, "bad_parameter"));
    assert_eq!(site.browser().get(&asked).await.status, 401);
}
