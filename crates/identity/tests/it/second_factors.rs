//! Authenticator apps, passkeys, recovery codes: set up, shown, demanded, and attacked.

use http::Method;
use ring::hmac;
use serde_json::{Value, json};

use crate::authenticator::Authenticator;
use crate::site::{Answer, Browser, PASSWORD, Site};

/// The code an app shows at an instant, from the seed as it was typed.
fn code(seed: &str, second: i64) -> String {
    let mut bits = String::new();
    for letter in seed.bytes() {
        let value = if letter.is_ascii_digit() { letter - b'2' + 26 } else { letter - b'A' };
        bits.push_str(&format!("{value:05b}"));
    }
    let key: Vec<u8> = (0..bits.len() / 8).map(|at| u8::from_str_radix(&bits[8 * at..8 * at + 8], 2).unwrap()).collect();
    let mac = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &key), &(second / 30).to_be_bytes());
    let at = usize::from(mac.as_ref()[19] & 15);
    let number = u32::from_be_bytes(mac.as_ref()[at..at + 4].try_into().unwrap()) & 0x7fff_ffff;
    format!("{:06}", number % 1_000_000)
}

fn now(site: &Site) -> i64 {
    platform::Clock::now(&*site.clock).as_second()
}

/// Sets an app up; its seed, and the recovery codes.
async fn set_up_app(site: &Site, browser: &Browser<'_>) -> (String, Vec<Value>) {
    let begun = browser.post("/me/second-factors/totp", json!({ "name": "Phone" })).await;
    assert_eq!(begun.status, 201, "{begun:?}");
    assert!(begun.body["address"].as_str().unwrap().starts_with("otpauth://totp/Gemba%20acme%20Drives:"), "{begun:?}");
    let (id, seed) = (begun.body["id"].as_str().unwrap(), begun.body["secret"].as_str().unwrap().to_string());
    let confirmed = browser.post(&format!("/me/second-factors/totp/{id}/confirm"), json!({ "code": code(&seed, now(site)) })).await;
    assert_eq!(confirmed.status, 200, "{confirmed:?}");
    (seed, confirmed.body["recovery_codes"].as_array().unwrap().clone())
}

async fn set_up_passkey(browser: &Browser<'_>, authenticator: &mut Authenticator) -> Answer {
    let options = browser.post("/me/second-factors/passkeys/options", json!({})).await;
    assert_eq!(options.status, 200, "{options:?}");
    let credential = authenticator.make(&options.body);
    browser.post("/me/second-factors/passkeys", json!({ "name": "Laptop", "credential": credential })).await
}

async fn show_passkey(browser: &Browser<'_>, authenticator: &mut Authenticator) -> Answer {
    let options = browser.post("/auth/second-factor/passkey/options", json!({})).await;
    assert_eq!(options.status, 200, "{options:?}");
    browser.post("/auth/second-factor/passkey", authenticator.sign(&options.body)).await
}

#[tokio::test]
async fn after_the_password_comes_the_code_and_nothing_opens_before() {
    let site = Site::new().await;
    site.company("acme", false).await;
    let admin = site.signed_in("admin@acme.example").await;
    let (seed, recovery) = set_up_app(&site, &admin).await;
    assert_eq!(recovery.len(), 10);
    assert_eq!(admin.get("/me/permissions").await.status, 200, "where it was set up, it was shown");

    let browser = site.browser();
    let answer = browser.sign_in("admin@acme.example", PASSWORD).await;
    assert_eq!(answer.body["second_factor"], "show");
    let refused = browser.get("/me/permissions").await;
    assert_eq!(refused.code(), (401, "second_factor_required"));
    assert_eq!(refused.body["errors"][0]["code"], "totp");
    for (method, path) in [
        (Method::GET, "/me/second-factors"),
        (Method::POST, "/me/second-factors/totp"),
        (Method::POST, "/me/second-factors/recovery-codes"),
        (Method::POST, "/auth/password"),
        (Method::GET, "/me/sessions"),
        (Method::POST, "/api-keys"),
    ] {
        let refused = browser.send(method, path, &[], Some(json!({ "name": "Other" }))).await;
        assert_eq!(refused.code(), (401, "second_factor_required"), "{path}");
    }
    assert_eq!(browser.get("/auth/me").await.status, 200);

    site.clock.forward(30);
    let before = browser.cookie("gemba_session");
    assert_eq!(browser.post("/auth/second-factor", json!({ "code": "000000" })).await.code(), (403, "wrong_code"));
    assert_eq!(browser.post("/auth/second-factor", json!({ "code": code(&seed, now(&site)) })).await.status, 200);
    assert_ne!(browser.cookie("gemba_session"), before, "the token changed with the rights");
    assert_eq!(browser.get("/me/permissions").await.status, 200);
    let thief = site.browser();
    thief.cookies.lock().unwrap().push(("gemba_session".into(), before.unwrap()));
    assert_eq!(thief.get("/auth/me").await.code(), (401, "not_signed_in"), "the token from before is worth nothing");
}

#[tokio::test]
async fn a_code_counts_once_and_guessing_is_delayed() {
    let site = Site::new().await;
    site.company("acme", false).await;
    let (seed, _) = set_up_app(&site, &site.signed_in("admin@acme.example").await).await;
    let (one, other) = (site.signed_in("admin@acme.example").await, site.signed_in("admin@acme.example").await);
    assert_eq!(
        one.post("/auth/second-factor", json!({ "code": code(&seed, now(&site)) })).await.code(),
        (403, "wrong_code"),
        "the one that confirmed"
    );
    site.clock.forward(30);
    let shown = json!({ "code": code(&seed, now(&site)) });
    assert_eq!(one.post("/auth/second-factor", shown.clone()).await.status, 200);
    assert_eq!(other.post("/auth/second-factor", shown).await.code(), (403, "wrong_code"));
    for _ in 0..4 {
        assert_eq!(other.post("/auth/second-factor", json!({ "code": "000000" })).await.code(), (403, "wrong_code"));
    }
    other.post("/auth/second-factor", json!({ "code": "000000" })).await;
    assert_eq!(other.post("/auth/second-factor", json!({ "code": "000000" })).await.code(), (429, "sign_in_delayed"));
    // A second browser does not give new tries.
    let third = site.signed_in("admin@acme.example").await;
    assert_eq!(third.post("/auth/second-factor", json!({ "code": "000000" })).await.code(), (429, "sign_in_delayed"));
}

#[tokio::test]
async fn a_recovery_code_works_once_and_new_ones_end_the_old() {
    let site = Site::new().await;
    site.company("acme", false).await;
    let admin = site.signed_in("admin@acme.example").await;
    let (_, codes) = set_up_app(&site, &admin).await;
    let (one, other) = (site.signed_in("admin@acme.example").await, site.signed_in("admin@acme.example").await);
    let typed = codes[0].as_str().unwrap().to_lowercase().replace('-', " ");
    let answer = one.post("/auth/second-factor", json!({ "recovery_code": typed })).await;
    assert_eq!(answer.status, 200);
    assert_eq!((&answer.body["second_factor"], answer.body["csrf_token"].is_string()), (&json!("nothing"), true));
    assert_eq!(other.post("/auth/second-factor", json!({ "recovery_code": codes[0] })).await.code(), (403, "wrong_code"));
    assert_eq!(one.get("/me/second-factors").await.body["recovery_codes_left"], 9);
    let renewed = one.post("/me/second-factors/recovery-codes", json!({})).await;
    assert_eq!(renewed.body["recovery_codes"].as_array().unwrap().len(), 10);
    assert_eq!(other.post("/auth/second-factor", json!({ "recovery_code": codes[1] })).await.code(), (403, "wrong_code"));
    let rows = site.look("select code_hash from recovery_codes").await;
    let stored = serde_json::to_string(&rows).unwrap();
    assert!(codes.iter().all(|code| !stored.contains(code.as_str().unwrap())));
}

#[tokio::test]
async fn neither_seed_nor_codes_lie_in_the_clear_anywhere() {
    let site = Site::new().await;
    site.company("acme", false).await;
    let (seed, codes) = set_up_app(&site, &site.signed_in("admin@acme.example").await).await;
    let everything = site.look("select e::text as row from audit_events e union all select f::text from second_factors f").await;
    let text = serde_json::to_string(&everything).unwrap();
    assert!(text.contains("user.second_factor_added") && text.contains("second_factor.created"));
    assert!(!text.contains(&seed) && !text.contains("seed_sealed\\\": \\\""), "{text}");
    assert!(codes.iter().all(|code| !text.contains(code.as_str().unwrap())));
}

#[tokio::test]
async fn several_passkeys_are_set_up_and_each_signs_in() {
    let site = Site::new().await;
    site.company("acme", false).await;
    let admin = site.signed_in("admin@acme.example").await;
    let (mut phone, mut laptop) = (Authenticator::p256(1), Authenticator::ed25519(2));
    let first = set_up_passkey(&admin, &mut phone).await;
    assert_eq!((first.status.as_u16(), first.body["recovery_codes"].as_array().unwrap().len()), (201, 10), "{first:?}");
    let second = set_up_passkey(&admin, &mut laptop).await;
    assert_eq!((second.status.as_u16(), second.body["recovery_codes"].as_array().unwrap().len()), (201, 0), "{second:?}");
    assert_eq!(set_up_passkey(&admin, &mut laptop).await.code(), (409, "passkey_known"));

    for authenticator in [&mut phone, &mut laptop] {
        let browser = site.signed_in("admin@acme.example").await;
        assert_eq!(browser.get("/me/permissions").await.code(), (401, "second_factor_required"));
        assert_eq!(show_passkey(&browser, authenticator).await.status, 200);
        assert_eq!(browser.get("/me/permissions").await.status, 200);
    }

    // Alone, without address or password.
    let browser = site.browser();
    let options = browser.post("/auth/passkey/options", json!({})).await;
    let answer = browser.post("/auth/passkey", phone.sign(&options.body)).await;
    assert_eq!((answer.status.as_u16(), answer.body["second_factor"].as_str()), (200, Some("nothing")), "{answer:?}");
    assert_eq!(browser.get("/auth/me").await.body["email"], "admin@acme.example");

    let id = second.body["id"].as_str().unwrap();
    assert_eq!(admin.delete(&format!("/me/second-factors/{id}")).await.status, 204);
    let browser = site.signed_in("admin@acme.example").await;
    assert_eq!(show_passkey(&browser, &mut laptop).await.code(), (403, "wrong_passkey"));
}

#[tokio::test]
async fn a_passkey_made_or_used_elsewhere_does_not_count() {
    let site = Site::new().await;
    let company = site.company("acme", false).await;
    site.person(&company, "eve", &[]).await;
    let admin = site.signed_in("admin@acme.example").await;
    let eve = site.signed_in("eve@acme.example").await;

    let mut phished = Authenticator::p256(1);
    phished.origin = "https://gemba.evil.example".into();
    assert_eq!(set_up_passkey(&admin, &mut phished).await.body["errors"][0]["code"], "bad_passkey");
    let mut other_party = Authenticator::p256(1);
    other_party.party = "evil.example".into();
    assert_eq!(set_up_passkey(&admin, &mut other_party).await.body["errors"][0]["code"], "bad_passkey");
    let mut unlocked = Authenticator::p256(1);
    unlocked.flags = 0b1;
    assert_eq!(set_up_passkey(&admin, &mut unlocked).await.body["errors"][0]["code"], "bad_passkey");

    let (mut own, mut hers) = (Authenticator::p256(1), Authenticator::p256(2));
    assert_eq!(set_up_passkey(&admin, &mut own).await.status, 201);
    assert_eq!(set_up_passkey(&eve, &mut hers).await.status, 201);

    let browser = site.signed_in("admin@acme.example").await;
    assert_eq!(show_passkey(&browser, &mut hers).await.code(), (403, "wrong_passkey"), "somebody else's");
    let options = browser.post("/auth/second-factor/passkey/options", json!({})).await;
    let signed = own.sign(&options.body);
    let mut forged = signed.clone();
    forged["response"]["signature"] = hers.sign(&options.body)["response"]["signature"].clone();
    assert_eq!(browser.post("/auth/second-factor/passkey", forged).await.code(), (403, "wrong_passkey"));
    assert_eq!(browser.post("/auth/second-factor/passkey", signed.clone()).await.code(), (410, "challenge_gone"), "a question is put once");

    // Another session's question, and one that was answered.
    let stranger = site.signed_in("admin@acme.example").await;
    let options = browser.post("/auth/second-factor/passkey/options", json!({})).await;
    let signed = own.sign(&options.body);
    assert_eq!(stranger.post("/auth/second-factor/passkey", signed).await.code(), (410, "challenge_gone"));
    let options = browser.post("/auth/second-factor/passkey/options", json!({})).await;
    let signed = own.sign(&options.body);
    assert_eq!(browser.post("/auth/second-factor/passkey", signed.clone()).await.status, 200);
    assert_eq!(browser.post("/auth/second-factor/passkey", signed).await.code(), (410, "challenge_gone"));

    // A copy of the key, whose counter stayed behind.
    own.count = 1;
    assert_eq!(show_passkey(&browser, &mut own).await.code(), (403, "wrong_passkey"));

    // A question that expired.
    own.count = 100;
    let options = browser.post("/auth/second-factor/passkey/options", json!({})).await;
    site.clock.forward(301);
    assert_eq!(browser.post("/auth/second-factor/passkey", own.sign(&options.body)).await.code(), (410, "challenge_gone"));
}

#[tokio::test]
async fn a_role_demands_a_passkey() {
    let site = Site::new().await;
    let company = site.company("acme", false).await;
    site.person(&company, "ines", &[("planner", Some(company.plants[0]))]).await;
    let admin = site.signed_in("admin@acme.example").await;
    let own = admin.get("/organization").await;
    let demanded = json!({ "second_factor": { "passkey_roles": ["planner"] } });
    let changed = admin.send(Method::PATCH, "/organization", &[("if-match", &own.etag())], Some(demanded)).await;
    assert_eq!(changed.status, 200, "{changed:?}");
    let unknown = json!({ "second_factor": { "roles": ["plannner"], "step_up_s": 1 } });
    let refused = admin.send(Method::PATCH, "/organization", &[("if-match", &changed.etag())], Some(unknown)).await;
    assert_eq!(refused.body["errors"].as_array().unwrap().len(), 2, "{refused:?}");

    let ines = site.browser();
    assert_eq!(ines.sign_in("ines@acme.example", PASSWORD).await.body["second_factor"], "set_up");
    assert_eq!(ines.get("/me/permissions").await.code(), (403, "second_factor_setup_required"));
    set_up_app(&site, &ines).await;
    assert_eq!(ines.get("/me/permissions").await.code(), (403, "second_factor_setup_required"), "an app is none");
    let mut phone = Authenticator::p256(1);
    assert_eq!(set_up_passkey(&ines, &mut phone).await.status, 201);
    assert_eq!(ines.get("/me/permissions").await.status, 200);
}

#[tokio::test]
async fn what_is_sensitive_wants_a_fresh_factor() {
    let site = Site::new().await;
    let company = site.company("acme", false).await;
    let user = site.person(&company, "ines", &[]).await;
    let admin = site.signed_in("admin@acme.example").await;
    let (seed, _) = set_up_app(&site, &admin).await;
    let grant = json!({ "user_id": user, "role": "viewer" });
    assert_eq!(admin.post("/grants", grant.clone()).await.status, 201, "shown a moment ago");
    site.clock.forward(901);
    let refused = admin.post("/grants", grant.clone()).await;
    assert_eq!(refused.code(), (401, "step_up_required"));
    assert_eq!(refused.body["errors"][0]["code"], "totp", "{refused:?}");
    assert_eq!(admin.get("/users").await.status, 200, "looking is not doing");
    for (method, path, body) in [
        (Method::POST, "/users", json!({ "email": "new@acme.example", "name": "New" })),
        (Method::POST, "/api-keys", json!({ "name": "Own", "scopes": ["*"] })),
        (Method::POST, "/me/second-factors/totp", json!({ "name": "Thief" })),
        (Method::POST, "/me/second-factors/recovery-codes", json!({})),
        (Method::POST, "/auth/password", json!({ "current_password": PASSWORD, "new_password": "nine owls on the pier" })),
    ] {
        assert_eq!(admin.send(method, path, &[], Some(body)).await.code(), (401, "step_up_required"), "{path}");
    }
    assert_eq!(admin.post("/auth/second-factor", json!({ "code": code(&seed, now(&site)) })).await.status, 200);
    assert_eq!(admin.post("/grants", json!({ "user_id": user, "role": "planner" })).await.status, 201);

    // Who has no second factor, and needs none, is not asked.
    let site = Site::new().await;
    let company = site.company("acme", false).await;
    let user = site.person(&company, "ines", &[]).await;
    let admin = site.signed_in("admin@acme.example").await;
    site.clock.forward(3600);
    assert_eq!(admin.post("/grants", json!({ "user_id": user, "role": "viewer" })).await.status, 201);
}

#[tokio::test]
async fn who_lost_everything_is_helped_by_somebody_with_at_least_their_rights() {
    let site = Site::new().await;
    let company = site.company("acme", false).await;
    let ines = site.person(&company, "ines", &[("planner", None)]).await;
    site.person(&company, "ivo", &[("it_admin", None)]).await;
    let browser = site.signed_in("ines@acme.example").await;
    set_up_app(&site, &browser).await;
    let ivo = site.signed_in("ivo@acme.example").await;
    let admin_id = site.signed_in("admin@acme.example").await.get("/auth/me").await.body["id"].clone();
    let above = ivo.post(&format!("/users/{}/reset-second-factors", admin_id.as_str().unwrap()), json!({})).await;
    assert_eq!(above.code(), (403, "more_rights"));
    assert_eq!(ivo.post(&format!("/users/{ines}/reset-second-factors"), json!({})).await.status, 204);
    assert_eq!(browser.get("/auth/me").await.code(), (401, "session_ended"));
    let again = site.browser();
    assert_eq!(again.sign_in("ines@acme.example", PASSWORD).await.body["second_factor"], "nothing");
    assert_eq!(again.get("/me/second-factors").await.body, json!({ "items": [], "recovery_codes_left": 0 }));
}
