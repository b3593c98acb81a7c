//! Policies as an administrator meets them: written, tried, activated, felt, explained, taken back; over HTTP, signed in, on a real database.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::body::Body;
use axum::extract::ConnectInfo;
use http::{Method, Request};
use http_body_util::BodyExt;
use identity::Identity;
use identity::admin::{self, First, Judge, NewGrant};
use identity::passwords::Hashing;
use jiff::Timestamp;
use platform::http::{App, Settings};
use platform::ids::{OrganizationId, UserId};
use platform::outbound::{Limits, Outbound};
use platform::secrets::Secrets;
use platform::{Clock, Context, Database};
use serde_json::{Value, json};
use testkit::{TestDatabase, new_id};
use tower::ServiceExt;

const PASSWORD: &str = "seven kettles in the fog";

/// A clock that only the test moves.
#[derive(Debug)]
struct Hands(AtomicI64);

impl Hands {
    fn at(&self, instant: &str) {
        self.0.store(instant.parse::<Timestamp>().unwrap().as_second(), Ordering::SeqCst);
    }
}

impl Clock for Hands {
    fn now(&self) -> Timestamp {
        Timestamp::from_second(self.0.load(Ordering::SeqCst)).unwrap()
    }
}

/// The whole server with two organizations, `Tavira` (an area and a line at a plant in Berlin's zone, and a second plant) and `Other`.
struct House {
    test: TestDatabase,
    identity: Identity,
    app: App,
    router: axum::Router,
    clock: Arc<Hands>,
    organization: OrganizationId,
    plant: String,
    line: String,
}

/// Somebody who is signed in, at an address.
struct Person {
    user: UserId,
    cookies: String,
    csrf: String,
    ip: IpAddr,
}

struct Answer {
    status: u16,
    etag: String,
    json: Value,
}

impl Answer {
    #[track_caller]
    fn ok(self) -> Value {
        assert!(self.status < 300, "{}: {}", self.status, self.json);
        self.json
    }

    #[track_caller]
    fn refused(self, status: u16, code: &str) -> Value {
        assert_eq!((self.status, self.json["code"].as_str()), (status, Some(code)), "{}", self.json);
        self.json
    }
}

impl House {
    async fn open() -> (House, Person) {
        let test = TestDatabase::new().await;
        let clock = Arc::new(Hands(AtomicI64::new(0)));
        // A Monday, 10:00 in Berlin.
        clock.at("2026-11-02T09:00:00Z");
        let database = Database::new(&test.urls.app, None, Default::default(), Context::new(clock.clone())).unwrap();
        let mut settings = identity::Settings::new([42; 32]);
        settings.hashing = Hashing { memory_kib: 64, passes: 1, at_once: 2, waiting: 64 };
        settings.plain_http = true;
        let identity = Identity::new(database.clone(), server::serve::catalogue(), settings).unwrap();
        let limits = Settings { requests_per_hour: u32::MAX, ..Settings::default() };
        let app = App::new(database, Arc::new(identity.clone()), limits).with(identity.clone());
        let app = app.with(Secrets::derived(&[42; 32]).unwrap()).with(Outbound::new(Limits::default()).unwrap());
        let app = server::serve::equip(app, Arc::new(identity.clone())).unwrap();
        let router = server::serve::router(app.clone());
        let organization = OrganizationId(new_id());
        let mut house = House { test, identity, app, router, clock, organization, plant: String::new(), line: String::new() };
        house.organization = house.company("tavira").await;
        house.company("other").await;
        let boss = house.sign_in("admin@tavira.example").await;
        let plant = json!({ "code": "TAV", "name": "Tavira", "time_zone": "Europe/Berlin" });
        house.plant = house.post(&boss, "/plants", plant).await.ok()["id"].as_str().unwrap().into();
        let area = json!({ "plant_id": house.plant, "code": "SMT", "name": "SMT" });
        let area = house.post(&boss, "/areas", area).await.ok()["id"].as_str().unwrap().to_string();
        house.line = house.post(&boss, "/lines", json!({ "area_id": area, "name": "SMT 1" })).await.ok()["id"].as_str().unwrap().into();
        (house, boss)
    }

    async fn company(&self, slug: &str) -> OrganizationId {
        let (name, admin_email) = (slug.to_uppercase(), format!("admin@{slug}.example"));
        let first = First { name: &name, slug, operates: false, admin_email: &admin_email, admin_name: "Ada Brandt" };
        let made = admin::create_organization(&self.identity, &first).await.unwrap();
        let mut tx = self.app.begin(&admin::caller(&self.identity, made.organization)).await.unwrap();
        admin::set_password(&mut tx, &self.identity, made.user, PASSWORD, Judge::NotAtAll).await.unwrap();
        tx.commit().await.unwrap();
        made.organization
    }

    /// Somebody with these roles for the whole of Tavira, signed in.
    async fn person(&self, name: &str, roles: &[&str]) -> Person {
        let mut tx = self.app.begin(&admin::caller(&self.identity, self.organization)).await.unwrap();
        let grants = roles.iter().map(|role| NewGrant { role: (*role).into(), ..NewGrant::default() }).collect();
        let email = format!("{name}@tavira.example");
        let made = admin::create_user(&mut tx, &self.identity, &email, name, grants).await.unwrap();
        admin::set_password(&mut tx, &self.identity, made.user, PASSWORD, Judge::NotAtAll).await.unwrap();
        tx.commit().await.unwrap();
        self.sign_in(&email).await
    }

    async fn sign_in(&self, email: &str) -> Person {
        let nobody = Person { user: UserId(new_id()), cookies: String::new(), csrf: String::new(), ip: [192, 0, 2, 7].into() };
        let login = request(&nobody, Method::POST, "/auth/login", "*", Some(json!({ "email": email, "password": PASSWORD })));
        let answer = self.router.clone().oneshot(login).await.unwrap();
        let (head, body) = answer.into_parts();
        let said: Value = serde_json::from_slice(&body.collect().await.unwrap().to_bytes()).unwrap();
        assert_eq!(head.status, 200, "{said}");
        let cookies = head.headers.get_all("set-cookie").iter().filter_map(|cookie| cookie.to_str().ok()?.split(';').next());
        let cookies = cookies.collect::<Vec<_>>().join("; ");
        let mut person = Person { cookies, csrf: said["csrf_token"].as_str().unwrap().into(), ..nobody };
        let me = self.get(&person, "/auth/me").await.ok();
        person.user = me["user"]["id"].as_str().or(me["id"].as_str()).unwrap_or_default().parse().unwrap_or(person.user);
        person
    }

    async fn send(&self, who: &Person, method: Method, path: &str, meant: &str, body: Option<Value>) -> Answer {
        let response = self.router.clone().oneshot(request(who, method, path, meant, body)).await.unwrap();
        let (head, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let etag = head.headers.get("etag").map(|etag| etag.to_str().unwrap().to_owned()).unwrap_or_default();
        let json = serde_json::from_slice(&body).unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&body).into_owned()));
        Answer { status: head.status.as_u16(), etag, json }
    }

    async fn get(&self, who: &Person, path: &str) -> Answer {
        self.send(who, Method::GET, path, "*", None).await
    }

    async fn post(&self, who: &Person, path: &str, body: Value) -> Answer {
        self.send(who, Method::POST, path, "*", Some(body)).await
    }

    async fn change_line(&self, who: &Person, name: &str) -> Answer {
        self.send(who, Method::PATCH, &format!("/lines/{}", self.line), "*", Some(json!({ "name": name }))).await
    }

    /// Keeps a text, tries it and lets it count; returns the trial.
    async fn rule(&self, boss: &Person, text: &str) -> (String, Value) {
        let made = self.post(boss, "/policies", json!({ "text": text, "note": "a test" })).await;
        let id = made.ok()["id"].as_str().unwrap().to_string();
        let trial = self.send(boss, Method::POST, &format!("/policies/{id}/try"), "*", None).await.ok();
        let active = self.send(boss, Method::POST, &format!("/policies/{id}/activate"), "*", None).await.ok();
        assert_eq!(active["state"], "active");
        (id, trial)
    }

    async fn trail(&self, action: &str) -> Vec<Value> {
        let sql = "select to_jsonb(e) from audit_events e where organization_id = $1 and action = $2 order by occurred_at, position";
        let rows = self.test.admin().await.query(sql, &[&self.organization.0, &action]).await.unwrap();
        rows.iter().map(|row| row.get(0)).collect()
    }
}

fn request(who: &Person, method: Method, path: &str, meant: &str, body: Option<Value>) -> Request<Body> {
    let mut request = Request::builder().method(method).uri(format!("/api/v1{path}")).header("if-match", meant);
    if !who.cookies.is_empty() {
        request = request.header("cookie", &who.cookies).header("x-csrf-token", &who.csrf);
    }
    let body = match body {
        Some(body) => {
            request = request.header("content-type", "application/json");
            Body::from(body.to_string())
        }
        None => Body::empty(),
    };
    let mut request = request.body(body).unwrap();
    request.extensions_mut().insert(ConnectInfo(SocketAddr::from((who.ip, 50_000))));
    request
}

const CERTIFIED: &str = r#"
@id("certified-approval")
@refusal("plans of more than 10,000 units are approved by people certified for capacity approval")
forbid (principal, action == Action::"planning.scenario.approve", resource)
when { context has amount && context.amount.greaterThan(decimal("10000.0")) }
unless { principal.certifications.contains("capacity approval") };
"#;

/// A submitted scenario whose newest plan is about so many units.
async fn submitted(house: &House, planner: &Person, name: &str, units: i64) -> String {
    let made = house.post(planner, "/scenarios", json!({ "plant_id": house.plant, "name": name })).await.ok();
    let id = made["id"].as_str().unwrap().to_string();
    let admin = house.test.admin().await;
    let (organization, plant) = (house.organization.0, house.plant.parse::<uuid::Uuid>().unwrap());
    let (answer, scenario) = (new_id(), id.parse::<uuid::Uuid>().unwrap());
    let summary = json!({ "demand_units": units });
    let kept = "insert into plan_answers (organization_id, plant_id, id, question_hash, engine, status, summary, question, answer, solve_ms, created_by)
        values ($1, $2, $3, sha256($4), 'line-plan', 'optimal', $5, '', '', 1, 'system:test')";
    admin.execute(kept, &[&organization, &plant, &answer, &answer.as_bytes().as_slice(), &summary]).await.unwrap();
    let result =
        "insert into scenario_results (organization_id, plant_id, id, scenario_id, scenario_version, answer_id, records, created_by)
        values ($1, $2, $3, $4, 1, $5, '{}', 'system:test')";
    admin.execute(result, &[&organization, &plant, &new_id(), &scenario, &answer]).await.unwrap();
    house.send(planner, Method::POST, &format!("/scenarios/{id}/submit"), "*", None).await.ok();
    id
}

async fn approve(house: &House, who: &Person, id: &str) -> Answer {
    house.post(who, &format!("/scenarios/{id}/approve"), json!({})).await
}

#[tokio::test]
async fn only_certified_people_approve_above_ten_thousand() {
    let (house, boss) = House::open().await;
    let (planner, mia) = (house.person("paul", &["planner"]).await, house.person("mia", &["planner"]).await);
    let (large, small) = (submitted(&house, &planner, "Large", 12_000).await, submitted(&house, &planner, "Small", 9_000).await);
    let before = submitted(&house, &planner, "Before", 20_000).await;
    approve(&house, &mia, &before).await.ok();

    // Written, and not yet counting: what is wrong is told, and what was not tried is not activated.
    let wrong = house
        .post(&boss, "/policies", json!({ "text": CERTIFIED.replace("context.amount", "context.amont") }))
        .await
        .refused(422, "invalid");
    assert!(wrong["errors"][0]["detail"].as_str().unwrap().starts_with("line 5, column "), "{wrong}");
    let checked = house.post(&boss, "/policies/check", json!({ "text": CERTIFIED })).await.ok();
    assert_eq!(
        (checked["policies"][0]["id"].as_str(), checked["narrows_lists"].as_array().map(Vec::len)),
        (Some("certified-approval"), Some(0))
    );
    let draft = house.post(&boss, "/policies", json!({ "text": CERTIFIED })).await.ok();
    let at = format!("/policies/{}", draft["id"].as_str().unwrap());
    assert_eq!((draft["number"].as_i64(), draft["state"].as_str()), (Some(1), Some("draft")));
    house.send(&boss, Method::POST, &format!("{at}/activate"), "*", None).await.refused(409, "policy_not_tried");

    // Tried: what Mia did would have been refused, and why.
    let trial = house.send(&boss, Method::POST, &format!("{at}/try"), "*", None).await.ok();
    assert_eq!((trial["would_refuse"].as_i64(), trial["would_allow"].as_i64()), (Some(1), Some(0)), "{trial}");
    assert_eq!(trial["changes"][0]["who"], format!("user:{}", mia.user));
    assert_eq!(
        (trial["changes"][0]["name"].as_str(), trial["changes"][0]["policies"][0]["policy"].as_str()),
        (Some("mia"), Some("certified-approval"))
    );
    assert_eq!(
        (trial["people"][0]["permission"].as_str(), trial["people"][0]["would_refuse"].as_i64()),
        (Some("planning.scenario.approve"), Some(1))
    );
    // A day later the trial speaks of the past.
    house.clock.at("2026-11-03T09:30:00Z");
    let (boss, planner, mia) = (
        house.sign_in("admin@tavira.example").await,
        house.sign_in("paul@tavira.example").await,
        Person { user: mia.user, ..house.sign_in("mia@tavira.example").await },
    );
    house.send(&boss, Method::POST, &format!("{at}/activate"), "*", None).await.refused(409, "policy_not_tried");
    house.send(&boss, Method::POST, &format!("{at}/try"), "*", None).await.ok();
    let stale = house.send(&boss, Method::POST, &format!("{at}/activate"), "\"1\"", None).await;
    stale.refused(412, "stale");
    house.send(&boss, Method::POST, &format!("{at}/activate"), "*", None).await.ok();

    // Felt, in a sentence, and told in the trail.
    let refused = approve(&house, &mia, &large).await.refused(403, "policy_forbids");
    let sentence = "plans of more than 10,000 units are approved by people certified for capacity approval (policy certified-approval)";
    assert_eq!(refused["detail"], sentence);
    approve(&house, &mia, &small).await.ok();
    let told = house.trail("policy.refused").await;
    assert_eq!((told.len(), told[0]["record_id"].as_str()), (1, Some(large.as_str())), "{told:?}");
    assert_eq!(told[0]["detail"]["policies"], json!(["certified-approval"]));

    // Explained: to Mia herself, and to the administrator with the words.
    let asked = format!("/authz/explain?action=planning.scenario.approve&kind=scenario&id={large}&amount=12000");
    let own = house.get(&mia, &asked).await.ok();
    assert_eq!((own["allowed"].as_bool(), own["granted"].as_bool()), (Some(false), Some(true)), "{own}");
    assert!(own["because"].as_str().unwrap().contains("certified for capacity approval") && own["policies"][0]["text"].is_null());
    house.get(&mia, &format!("{asked}&user_id={}", boss.user)).await.refused(403, "permission_missing");
    let explained = house.get(&boss, &format!("{asked}&user_id={}", mia.user)).await.ok();
    assert!(explained["policies"][0]["text"].as_str().unwrap().contains("capacity approval"));
    assert_eq!((explained["roles"][0]["role"].as_str(), explained["roles"][0]["holds"].as_bool()), (Some("planner"), Some(true)));

    // Certified until yesterday is not certified; until tomorrow is.
    let certificate = json!({ "user_id": mia.user, "name": "capacity approval", "valid_from": "2026-01-01", "valid_until": "2026-11-02" });
    let made = house.post(&boss, "/certifications", certificate).await;
    let (etag, made) = (made.etag.clone(), made.ok());
    approve(&house, &mia, &large).await.refused(403, "policy_forbids");
    let path = format!("/certifications/{}", made["id"].as_str().unwrap());
    house.send(&boss, Method::PATCH, &path, &etag, Some(json!({ "valid_until": "2026-11-04" }))).await.ok();
    assert_eq!(house.get(&mia, &asked).await.ok()["allowed"], true);
    approve(&house, &mia, &large).await.ok();
    house
        .post(&planner, "/certifications", json!({ "user_id": mia.user, "name": "x", "valid_from": "2026-01-01" }))
        .await
        .refused(403, "permission_missing");

    // Taken back: only roles count.
    let last = submitted(&house, &planner, "Last", 50_000).await;
    approve(&house, &planner, &last).await.refused(403, "policy_forbids");
    house.send(&boss, Method::POST, &format!("{at}/retire"), "*", None).await.ok();
    approve(&house, &planner, &last).await.ok();
}

#[tokio::test]
async fn the_night_shift_changes_no_lines_by_the_clock_of_its_plant() {
    let (house, boss) = House::open().await;
    let eve = house.person("eve", &["engineer"]).await;
    let text = r#"@id("night-shift-lines") @refusal("lines stay as they are between 22:00 and 06:00")
        forbid (principal, action in Action::"factory.line.*", resource)
        when { action != Action::"factory.line.read" && (context.minute_of_day >= 1320 || context.minute_of_day < 360) };"#;
    let wrong = house.post(&boss, "/policies", json!({ "text": text })).await;
    // `factory.line.*` holds export, which narrows lists: there is nothing of a row in it that could not be asked of them.
    let id = wrong.ok()["id"].as_str().unwrap().to_string();
    house.send(&boss, Method::POST, &format!("/policies/{id}/try"), "*", None).await.ok();
    house.send(&boss, Method::POST, &format!("/policies/{id}/activate"), "*", None).await.ok();
    house.change_line(&eve, "by day").await.ok();
    for (at, allowed) in
        [("2026-11-02T20:59:00Z", true), ("2026-11-02T21:00:00Z", false), ("2026-11-03T04:59:00Z", false), ("2026-11-03T05:00:00Z", true)]
    {
        house.clock.at(at);
        let eve = house.sign_in("eve@tavira.example").await;
        let answer = house.change_line(&eve, at).await;
        match allowed {
            true => _ = answer.ok(),
            false => assert!(answer.refused(403, "policy_forbids")["detail"].as_str().unwrap().starts_with("lines stay as they are")),
        }
        house.get(&eve, &format!("/lines/{}", house.line)).await.ok();
        assert_eq!(house.get(&eve, "/lines").await.ok()["items"].as_array().map(Vec::len), Some(1));
        let bulk = json!({ "rows": [{ "id": house.line, "name": format!("bulk {at}") }], "mode": "partial" });
        let bulk = house.post(&eve, "/lines/bulk", bulk).await;
        assert_eq!(bulk.status == 200 && bulk.json["updated"] == 1, allowed, "{}", bulk.json);
        let export = house.get(&eve, "/lines/export?format=json").await;
        assert_eq!(export.status == 200, allowed, "{}", export.json);
    }
}

#[tokio::test]
async fn only_from_the_plants_network() {
    let (house, boss) = House::open().await;
    let eve = house.person("eve", &["engineer"]).await;
    let text = r#"@id("plant-network") @refusal("lines are seen and changed from the plant's network only")
        forbid (principal, action in Action::"factory.line.*", resource)
        unless { context has ip && context.ip.isInRange(ip("10.20.0.0/16")) };"#;
    let (_, trial) = house.rule(&boss, text).await;
    // The boss made the line from elsewhere; Eve did nothing yet.
    assert!(trial["would_refuse"].as_i64() >= Some(1), "{trial}");
    house.change_line(&eve, "outside").await.refused(403, "policy_forbids");
    house.get(&eve, "/lines").await.refused(403, "policy_forbids");
    assert_eq!(house.get(&eve, &format!("/lines/{}", house.line)).await.status, 403);
    let eve = Person { ip: [10, 20, 3, 4].into(), ..eve };
    house.change_line(&eve, "inside").await.ok();
    house.get(&eve, &format!("/lines/{}", house.line)).await.ok();
    assert_eq!(house.get(&eve, "/lines").await.ok()["items"][0]["name"], "inside");
}

#[tokio::test]
async fn what_a_read_policy_hides_is_in_no_list_no_event_and_no_trial_secret() {
    let (house, boss) = House::open().await;
    let eve = house.person("eve", &["engineer"]).await;
    house.change_line(&eve, "seen before").await.ok();
    let text = r#"@id("own-lines") forbid (principal, action == Action::"factory.line.read", resource)
        unless { resource.created_by == principal.label };"#;
    let (_, trial) = house.rule(&boss, text).await;
    let reading: Vec<_> = trial["reading"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["name"].as_str(), one["sees"].as_i64(), one["would_see"].as_i64()))
        .collect();
    assert_eq!(reading, [(Some("eve"), Some(1), Some(0))], "{trial}");
    for path in ["", "/history", "/comments"] {
        house.get(&eve, &format!("/lines/{}{path}", house.line)).await.refused(404, "not_found");
    }
    house.change_line(&eve, "unseen").await.refused(404, "not_found");
    for path in ["/lines", "/lines?q=seen", "/lines?name[contains]=seen"] {
        assert_eq!(house.get(&eve, path).await.ok()["items"], json!([]), "{path}");
    }
    assert_eq!(house.get(&eve, "/lines/export?format=json").await.ok(), json!([]));
    // The boss made it.
    assert_eq!(house.get(&boss, "/lines").await.ok()["items"].as_array().map(Vec::len), Some(1));
    // What a hidden line is, is told to nobody it is hidden from; whether it is, neither.
    house.get(&eve, &format!("/authz/explain?action=factory.line.update&kind=line&id={}", house.line)).await.refused(404, "not_found");
    assert_eq!(
        house.get(&boss, &format!("/authz/explain?action=factory.line.read&kind=line&id={}&user_id={}", house.line, eve.user)).await.ok()["allowed"],
        false
    );
    let eves = platform::Principal::User { id: eve.user, session: platform::ids::SessionId(new_id()) };
    let caller = platform::Standing::caller(&house.identity, house.organization, &eves, platform::ids::RequestId(new_id()));
    assert!(caller.await.unwrap().grants.policies.is_some(), "what goes on without a request is narrowed too");
    platform::events::publish(&house.app.database).await.unwrap();
    let about = format!("/events?subject=line/{}", house.line);
    let told = house.get(&boss, &about).await.ok();
    assert!(told["items"].as_array().unwrap().len() >= 2, "{told}");
    let eve_reads = house.get(&eve, &about).await;
    assert!(eve_reads.status == 403 || eve_reads.json["items"] == json!([]), "{}", eve_reads.json);
}

#[tokio::test]
async fn whoever_locks_everybody_out_finds_the_way_back() {
    let (house, boss) = House::open().await;
    let text = r#"@id("nobody") @refusal("nothing at all") forbid (principal, action, resource);"#;
    let (id, _) = house.rule(&boss, text).await;
    for path in ["/lines", "/plants", "/users", "/organization"] {
        let refused = house.get(&boss, path).await.refused(403, "policy_forbids");
        assert_eq!(refused["detail"], "nothing at all (policy nobody)");
    }
    // What keeps policies is not subject to them.
    assert_eq!(house.get(&boss, "/policies").await.ok()["items"][0]["state"], "active");
    house.get(&boss, "/authz/explain?action=factory.line.read").await.ok();
    house.send(&boss, Method::POST, &format!("/policies/{id}/retire"), "*", None).await.ok();
    house.get(&boss, "/lines").await.ok();
    // And from the machine's command line, without anybody's rights.
    house.send(&boss, Method::POST, &format!("/policies/{id}/try"), "*", None).await.ok();
    house.send(&boss, Method::POST, &format!("/policies/{id}/activate"), "*", None).await.ok();
    house.get(&boss, "/lines").await.refused(403, "policy_forbids");
    let mut tx = house.app.begin(&admin::caller(&house.identity, house.organization)).await.unwrap();
    assert_eq!(admin::retire_policies(&mut tx).await.unwrap(), Some(1));
    tx.commit().await.unwrap();
    house.get(&boss, "/lines").await.ok();
    assert_eq!(house.trail("policy.retired").await.len(), 2);
}

#[tokio::test]
async fn another_organizations_policies_are_neither_seen_nor_felt() {
    let (house, boss) = House::open().await;
    let stranger = house.sign_in("admin@other.example").await;
    let (id, _) = house.rule(&boss, r#"@id("nobody") forbid (principal, action, resource);"#).await;
    for (method, path) in [(Method::GET, ""), (Method::POST, "/try"), (Method::POST, "/activate"), (Method::POST, "/retire")] {
        house.send(&stranger, method, &format!("/policies/{id}{path}"), "*", None).await.refused(404, "not_found");
    }
    assert_eq!(house.get(&stranger, "/policies").await.ok()["items"], json!([]));
    house.get(&stranger, "/plants").await.ok();
    house.get(&boss, "/plants").await.refused(403, "policy_forbids");
    // Each counts its own versions.
    assert_eq!(house.post(&stranger, "/policies", json!({ "text": "" })).await.ok()["number"], 1);
}

#[tokio::test]
async fn versions_are_kept_and_an_older_one_is_restored_by_activating_it() {
    let (house, boss) = House::open().await;
    let eve = house.person("eve", &["engineer"]).await;
    let (first, _) = house.rule(&boss, r#"@id("no-changes") forbid (principal, action == Action::"factory.line.update", resource);"#).await;
    house.change_line(&eve, "A").await.refused(403, "policy_forbids");
    let (second, trial) = house.rule(&boss, "// nothing is forbidden").await;
    assert_eq!((trial["would_allow"].as_i64(), trial["changes"][0]["effect"].as_str()), (Some(1), Some("allowed")), "{trial}");
    house.change_line(&eve, "A").await.ok();
    let state = async |id: &str| house.get(&boss, &format!("/policies/{id}")).await.ok()["state"].as_str().unwrap().to_string();
    assert_eq!((state(&first).await, state(&second).await), ("retired".into(), "active".into()));
    house.send(&boss, Method::POST, &format!("/policies/{first}/try"), "*", None).await.ok();
    house.send(&boss, Method::POST, &format!("/policies/{first}/activate"), "*", None).await.ok();
    house.change_line(&eve, "B").await.refused(403, "policy_forbids");
    assert_eq!((state(&first).await, state(&second).await), ("active".into(), "retired".into()));
    assert_eq!(house.get(&boss, "/policies?limit=1").await.ok()["items"][0]["number"], 2);
    // An engineer sees none of it.
    house.get(&eve, "/policies").await.refused(403, "permission_missing");
}
