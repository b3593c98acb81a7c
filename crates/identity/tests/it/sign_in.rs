//! `/auth`: signing in and out, passwords, links.

use http::header::SET_COOKIE;
use serde_json::json;

use crate::site::{PASSWORD, Site};

#[tokio::test]
async fn somebody_signs_in_and_out() {
    let site = Site::new().await;
    site.company("acme", false).await;
    let browser = site.browser();
    let answer = browser.sign_in(" Admin@ACME.example ", PASSWORD).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.body["password_change_required"], false);
    assert_eq!(answer.headers["cache-control"], "no-store");
    let csrf = answer.body["csrf_token"].as_str().unwrap().to_string();
    let me = browser.get("/auth/me").await;
    assert_eq!((me.body["email"].as_str(), me.body["csrf_token"].as_str()), (Some("admin@acme.example"), Some(csrf.as_str())));
    assert_eq!(me.body["organization"]["slug"], "acme");

    assert_eq!(browser.post("/auth/logout", json!({})).await.status, 204);
    assert_eq!(browser.get("/auth/me").await.code(), (401, "not_signed_in"));
}

#[tokio::test]
async fn a_signed_out_token_opens_nothing() {
    let site = Site::new().await;
    site.company("acme", false).await;
    let browser = site.signed_in("admin@acme.example").await;
    let stolen = browser.cookies.lock().unwrap().clone();
    browser.post("/auth/logout", json!({})).await;
    let thief = site.browser();
    *thief.cookies.lock().unwrap() = stolen;
    assert_eq!(thief.get("/auth/me").await.code(), (401, "session_ended"));
}

#[tokio::test]
async fn every_failure_costs_one_hash_and_gets_one_answer() {
    let site = Site::new().await;
    let company = site.company("acme", false).await;
    site.person(&company, "gone", &[]).await;
    let admin = site.signed_in("admin@acme.example").await;
    let invited = admin.post("/users", json!({ "email": "new@acme.example", "name": "New" })).await;
    assert_eq!(invited.status, 201, "{invited:?}");
    let users = admin.get("/users?q=gone").await;
    let gone = users.body["items"][0]["id"].as_str().unwrap();
    assert_eq!(admin.post(&format!("/users/{gone}/deactivate"), json!({})).await.status, 200);
    let mut answers = Vec::new();
    for (email, organization) in [
        ("admin@acme.example", None),
        ("nobody@acme.example", None),
        ("new@acme.example", None),
        ("gone@acme.example", None),
        ("admin@acme.example", Some("acme")),
        ("admin@acme.example", Some("elsewhere")),
        ("not an address", None),
    ] {
        let before = site.identity.hasher().computed();
        let answer = site
            .browser()
            .post("/auth/login", json!({ "email": email, "password": "wrong wrong wrong", "organization": organization }))
            .await;
        assert_eq!(site.identity.hasher().computed() - before, 1, "{email} {organization:?}");
        assert!(answer.headers.get(SET_COOKIE).is_none());
        answers.push((answer.status, answer.body));
    }
    assert_eq!(answers[0].1["code"], "sign_in_failed");
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
}

#[tokio::test]
async fn an_address_in_two_organizations_needs_the_organization() {
    let site = Site::new().await;
    let (acme, apex) = (site.company("acme", false).await, site.company("apex", false).await);
    for company in [&acme, &apex] {
        let caller = identity::admin::caller(&site.identity, company.id);
        let database = site.database();
        let mut tx = database.begin(&caller).await.unwrap();
        let made = identity::admin::create_user(&mut tx, &site.identity, "eva@both.example", "Eva", vec![]).await.unwrap();
        identity::admin::set_password(&mut tx, &site.identity, made.user, PASSWORD, identity::admin::Judge::AsUsual).await.unwrap();
        tx.commit().await.unwrap();
    }
    assert_eq!(site.browser().sign_in("eva@both.example", PASSWORD).await.code(), (401, "sign_in_failed"));
    let browser = site.browser();
    let answer = browser.post("/auth/login", json!({ "email": "eva@both.example", "password": PASSWORD, "organization": "apex" })).await;
    assert_eq!(answer.status, 200);
    assert_eq!(browser.get("/auth/me").await.body["organization"]["slug"], "apex");
}

#[tokio::test]
async fn guessing_is_delayed_longer_and_longer_for_known_and_unknown_accounts_alike() {
    let site = Site::new().await;
    site.company("acme", false).await;
    for email in ["admin@acme.example", "nobody@acme.example"] {
        let browser = site.browser().at(if email.starts_with('a') { "192.0.2.10" } else { "192.0.2.11" });
        for _ in 0..6 {
            assert_eq!(browser.sign_in(email, "wrong wrong wrong").await.code(), (401, "sign_in_failed"));
        }
        let mut waits = Vec::new();
        for _ in 0..4 {
            let before = site.identity.hasher().computed();
            let delayed = browser.sign_in(email, PASSWORD).await;
            assert_eq!(delayed.code(), (429, "sign_in_delayed"), "even with the right password");
            assert_eq!(site.identity.hasher().computed(), before, "a delayed attempt costs no hash");
            let wait: i64 = delayed.headers["retry-after"].to_str().unwrap().parse().unwrap();
            waits.push(wait);
            site.clock.forward(wait);
            assert_eq!(browser.sign_in(email, "wrong wrong wrong").await.code(), (401, "sign_in_failed"));
        }
        assert_eq!(waits, [1, 2, 4, 8], "{email}");
    }
}

#[tokio::test]
async fn strangers_who_guess_do_not_keep_out_who_signed_in_here_before() {
    let site = Site::new().await;
    site.company("acme", false).await;
    let own = site.signed_in("admin@acme.example").await;
    own.post("/auth/logout", json!({})).await;
    assert!(own.cookie("gemba_device").is_some());
    // From many addresses, until the account itself is delayed.
    for stranger in 0..26 {
        site.browser().at(&format!("198.51.100.{stranger}")).sign_in("admin@acme.example", "wrong wrong wrong").await;
    }
    assert_eq!(site.browser().at("203.0.113.9").sign_in("admin@acme.example", PASSWORD).await.code(), (429, "sign_in_delayed"));
    assert_eq!(own.sign_in("admin@acme.example", PASSWORD).await.status, 200);
}

#[tokio::test]
async fn success_forgets_failures_but_not_those_of_the_address() {
    let site = Site::new().await;
    let company = site.company("acme", false).await;
    site.person(&company, "mallory", &[]).await;
    let browser = site.browser().at("192.0.2.20");
    for _ in 0..5 {
        browser.sign_in("admin@acme.example", "wrong wrong wrong").await;
    }
    assert_eq!(browser.sign_in("admin@acme.example", PASSWORD).await.status, 200);
    // One's own account between guesses at others does not win an address its patience back.
    let mut refused = 0;
    for guess in 0..40 {
        let thief = site.browser().at("192.0.2.21");
        if thief.sign_in(&format!("victim{guess}@acme.example"), "wrong wrong wrong").await.status == 429 {
            refused += 1;
        }
        site.browser().at("192.0.2.21").sign_in("mallory@acme.example", PASSWORD).await;
    }
    assert!(refused > 0);
}

#[tokio::test]
async fn changing_the_password_ends_other_sessions_and_begins_a_new_one_here() {
    let site = Site::new().await;
    site.company("acme", false).await;
    let here = site.signed_in("admin@acme.example").await;
    let there = site.signed_in("admin@acme.example").await;
    let before = here.cookie("gemba_session").unwrap();
    let change = |current: &str, new: &str| json!({ "current_password": current, "new_password": new });
    assert_eq!(here.post("/auth/password", change("not this one", "three owls at noon")).await.code(), (403, "wrong_password"));
    let bad = here.post("/auth/password", change(PASSWORD, "Password1234")).await;
    assert_eq!(bad.code(), (422, "invalid"));
    assert_eq!(bad.body["errors"][0]["code"], "common_password");
    assert_eq!(here.post("/auth/password", change(PASSWORD, "three owls at noon")).await.status, 200);
    assert_ne!(here.cookie("gemba_session").unwrap(), before);
    assert_eq!(here.get("/auth/me").await.status, 200);
    assert_eq!(there.get("/auth/me").await.code(), (401, "session_ended"));
    assert_eq!(site.browser().sign_in("admin@acme.example", PASSWORD).await.status, 401);
    assert_eq!(site.browser().sign_in("admin@acme.example", "three owls at noon").await.status, 200);
}

#[tokio::test]
async fn an_invitation_works_once_and_leads_to_an_account() {
    let site = Site::new().await;
    let company = site.company("acme", false).await;
    let admin = site.signed_in("admin@acme.example").await;
    let invited = admin
        .post(
            "/users",
            json!({ "email": "Ines@acme.example", "name": "Ines", "grants": [{ "role": "planner", "plant_id": company.plants[0] }] }),
        )
        .await;
    assert_eq!(invited.status, 201, "{invited:?}");
    assert_eq!(invited.body["user"]["status"], "invited");
    let token = invited.body["invitation"]["token"].as_str().unwrap();
    assert_eq!(invited.body["invitation"]["link"], format!("/set-password#token={token}"));
    let browser = site.browser();
    let found = browser.post("/auth/password-link/check", json!({ "token": token })).await;
    assert_eq!(found.body, json!({ "email": "ines@acme.example", "organization": "acme Drives", "purpose": "invitation" }));
    let weak = browser.post("/auth/password-link", json!({ "token": token, "password": "short" })).await;
    assert_eq!(weak.body["errors"][0]["code"], "too_short");
    assert_eq!(browser.post("/auth/password-link", json!({ "token": token, "password": PASSWORD })).await.status, 204);
    let again = browser.post("/auth/password-link", json!({ "token": token, "password": "three owls at noon" })).await;
    assert_eq!(again.code(), (410, "link_gone"));
    assert_eq!(browser.sign_in("ines@acme.example", PASSWORD).await.status, 200);
    let rights = browser.get("/me/permissions").await;
    assert_eq!(rights.body["all_plants"], false);
    assert_eq!(rights.body["organization"], json!(["factory.item.read", "identity.organization.read", "identity.role.read"]));
    assert!(rights.body["plants"][company.plants[0].to_string()].as_array().unwrap().contains(&json!("factory.line.read")));
}

#[tokio::test]
async fn links_expire_and_a_newer_one_takes_the_place_of_an_older() {
    let site = Site::new().await;
    let company = site.company("acme", false).await;
    let user = site.person(&company, "ines", &[]).await;
    let admin = site.signed_in("admin@acme.example").await;
    let reset = async || admin.post(&format!("/users/{user}/reset-password"), json!({})).await.body["token"].as_str().unwrap().to_string();
    let (first, second) = (reset().await, reset().await);
    let use_link =
        async |token: &str| site.browser().post("/auth/password-link", json!({ "token": token, "password": "three owls at noon" })).await;
    assert_eq!(use_link(&first).await.code(), (410, "link_gone"));
    site.clock.forward(3601);
    assert_eq!(use_link(&second).await.code(), (410, "link_gone"));
    let third = admin.post(&format!("/users/{user}/reset-password"), json!({})).await;
    let person = site.signed_in("ines@acme.example").await;
    assert_eq!(use_link(third.body["token"].as_str().unwrap()).await.status, 204);
    assert_eq!(person.get("/auth/me").await.code(), (401, "session_ended"), "a reset signs out everywhere");
}

#[tokio::test]
async fn who_got_a_password_from_somebody_else_chooses_their_own_first() {
    let site = Site::new().await;
    let company = site.company("acme", false).await;
    let user = site.person(&company, "ines", &[("viewer", None)]).await;
    let sql = format!("update credentials set password_must_change = true where user_id = '{user}'");
    site.test.admin().await.batch_execute(&sql).await.unwrap();
    let browser = site.browser();
    assert_eq!(browser.sign_in("ines@acme.example", PASSWORD).await.body["password_change_required"], true);
    assert_eq!(browser.get("/me/permissions").await.code(), (403, "password_change_required"));
    let change = json!({ "current_password": PASSWORD, "new_password": "three owls at noon" });
    assert_eq!(browser.post("/auth/password", change).await.status, 200);
    assert_eq!(browser.get("/me/permissions").await.status, 200);
}

#[tokio::test]
async fn guesses_at_the_same_moment_are_counted_before_they_are_made() {
    let site = Site::new().await;
    site.company("acme", false).await;
    let browser = site.browser();
    let before = site.identity.hasher().computed();
    let guesses = (0..20).map(|guess| {
        let browser = &browser;
        async move { browser.sign_in("admin@acme.example", &format!("guess number {guess}")).await.status.as_u16() }
    });
    let answers = futures_util::future::join_all(guesses).await;
    assert!(answers.iter().filter(|status| **status == 401).count() <= 6, "{answers:?}");
    assert!(site.identity.hasher().computed() - before <= 6);
}

#[tokio::test]
async fn of_two_who_use_a_link_at_once_one_succeeds() {
    let site = Site::new().await;
    let company = site.company("acme", false).await;
    let user = site.person(&company, "ines", &[]).await;
    let admin = site.signed_in("admin@acme.example").await;
    let token = admin.post(&format!("/users/{user}/reset-password"), json!({})).await.body["token"].clone();
    let browser = site.browser();
    let uses = ["three owls at noon", "nine lamps by the sea"]
        .map(|password| browser.post("/auth/password-link", json!({ "token": token, "password": password })));
    let answers = futures_util::future::join_all(uses).await;
    let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status.as_u16()).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [204, 410]);
}

#[tokio::test]
async fn a_hash_of_yesterdays_costs_is_renewed_at_the_next_sign_in() {
    let site = Site::new().await;
    let company = site.company("acme", false).await;
    let user = site.person(&company, "ines", &[]).await;
    let old = identity::passwords::Hasher::new(identity::passwords::Hashing { memory_kib: 32, passes: 1, at_once: 1, waiting: 1 }).unwrap();
    let hash = old.hash(PASSWORD).await.unwrap();
    let admin = site.test.admin().await;
    admin.execute("update credentials set password_hash = $1 where user_id = $2", &[&hash, &user]).await.unwrap();
    site.signed_in("ines@acme.example").await;
    let now: String = admin.query_one("select password_hash from credentials where user_id = $1", &[&user]).await.unwrap().get(0);
    assert!(now.starts_with("$argon2id$v=19$m=64,"), "{now}");
    site.signed_in("ines@acme.example").await;
}

#[tokio::test]
async fn the_servers_role_reads_no_secret_back() {
    let site = Site::new().await;
    let company = site.company("acme", false).await;
    let caller = identity::admin::caller(&site.identity, company.id);
    for sql in [
        "select password_hash from credentials",
        "select token_hash from sessions",
        "select secret_hash from api_key_secrets",
        "select token_hash from password_links",
        "select key::text from gemba.sign_in_failures",
    ] {
        let refused = site.database().begin(&caller).await.unwrap().query_once(sql, &[]).await.unwrap_err();
        assert_eq!(refused.sql_state().map(tokio_postgres::error::SqlState::code), Some("42501"), "{sql}");
    }
}
