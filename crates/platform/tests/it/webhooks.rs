//! Webhooks, told to a real receiver on loopback.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode};
use jiff::{SignedDuration, Timestamp};
use platform::context::{Clock, Context};
use platform::database::PoolSettings;
use platform::events::{Catalogue, KINDS, publish};
use platform::http::App;
use platform::outbound::{Limits, Outbound};
use platform::resource::Kinds;
use platform::runs::{Settings, Worker, Works};
use platform::secrets::Secrets;
use platform::webhooks::{DELIVER, Deliverer, Signature, Verification, verify, wake};
use platform::{Caller, Database};
use serde_json::{Value, json};
use testkit::tokens::Tokens;
use testkit::{Tenant, TestDatabase};
use uuid::Uuid;

/// A clock that stands where it was put.
#[derive(Debug)]
struct Standstill(Mutex<Timestamp>);

impl Clock for Standstill {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

/// What a receiver got, and what it answers: the statuses to come, then 204.
#[derive(Default)]
struct Inbox {
    messages: Vec<(HeaderMap, Value, Vec<u8>)>,
    answers: Vec<u16>,
    always: Option<u16>,
}

type Shared = Arc<Mutex<Inbox>>;

/// Listens on loopback; the address of its only page.
async fn receiver() -> (String, Shared) {
    async fn take(State(inbox): State<Shared>, headers: HeaderMap, body: bytes::Bytes) -> Response {
        let mut inbox = inbox.lock().unwrap();
        inbox.messages.push((headers, serde_json::from_slice(&body).unwrap(), body.to_vec()));
        let next = if inbox.answers.is_empty() { None } else { Some(inbox.answers.remove(0)) };
        let status = inbox.always.or(next).unwrap_or(204);
        let location = [("location", "http://127.0.0.1:1/inside")];
        (StatusCode::from_u16(status).unwrap(), location).into_response()
    }
    let inbox = Shared::default();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/gemba", listener.local_addr().unwrap());
    let router = axum::Router::new().fallback(take).with_state(inbox.clone());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    (address, inbox)
}

struct House {
    test: TestDatabase,
    tenant: Tenant,
    database: Database,
    clock: Arc<Standstill>,
    worker: Worker,
    router: axum::Router,
}

const ALL: [&str; 6] = [
    "integration.webhook.read",
    "integration.webhook.create",
    "integration.webhook.update",
    "integration.event.read",
    "identity.region.read",
    "identity.plant.read",
];

impl House {
    async fn new() -> House {
        Self::with(&["127.0.0.0/8"], |tokens, _| tokens).await
    }

    async fn with(allow: &[&str], more: impl Fn(Tokens, &Tenant) -> Tokens) -> House {
        let test = TestDatabase::new().await;
        let tenant = test.organization("One", 1).await;
        let clock = Arc::new(Standstill(Mutex::new("2027-05-03T06:00:00Z".parse().unwrap())));
        let database = Database::new(&test.urls.app, None, PoolSettings::default(), Context::new(clock.clone())).unwrap();
        let tokens = more(Tokens::default().with("admin", tenant.person(&ALL)), &tenant);
        let limits = Limits { allow: allow.iter().map(|network| network.parse().unwrap()).collect(), ..Limits::default() };
        let outbound = Outbound::new(limits).unwrap();
        let secrets = Secrets::derived(&[7; 32]).unwrap();
        let kinds = Kinds::new(platform::resource::kinds().into_iter().chain(platform::places::kinds()));
        let catalogue = Catalogue::new(&kinds, KINDS.iter().copied());
        let deliverer = Deliverer::new(outbound.clone(), secrets.clone(), catalogue.clone(), Arc::new(tokens.clone()));
        let works = Works::default().with(DELIVER, deliverer);
        let settings = Settings { places: 4, look: Duration::ZERO, ..Settings::default() };
        let worker = Worker::new(database.clone(), works, Arc::new(tokens.clone()), settings);
        let app = App::new(database.clone(), Arc::new(tokens), platform::http::Settings::default());
        let app = app.with(outbound).with(secrets).with(catalogue);
        let (routes, _) = platform::webhooks::routes().split_for_parts();
        let router = platform::http::surround(&app, routes, axum::Router::new());
        House { test, tenant, database, clock, worker, router }
    }

    async fn send(&self, method: &str, path: &str, token: &str, body: Option<Value>) -> (u16, Value) {
        use http_body_util::BodyExt;
        use tower::ServiceExt;
        let request =
            http::Request::builder().method(method).uri(path).header("authorization", format!("Bearer {token}")).header("if-match", "*");
        let request = match body {
            Some(body) => request.header("content-type", "application/json").body(axum::body::Body::from(body.to_string())),
            None => request.body(axum::body::Body::empty()),
        };
        let response = self.router.clone().oneshot(request.unwrap()).await.unwrap();
        let status = response.status().as_u16();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    }

    /// Makes a webhook; its identifier and its secret.
    async fn hook(&self, url: &str, types: &[&str]) -> (String, String) {
        publish(&self.database).await.unwrap();
        let new = json!({ "name": format!("Hook {url}"), "url": url, "types": types });
        let (status, made) = self.send("POST", "/webhooks", "admin", Some(new)).await;
        assert_eq!(status, 201, "{made}");
        (made["id"].as_str().unwrap().into(), made["secret"].as_str().unwrap().into())
    }

    async fn region(&self, name: &str) -> Uuid {
        let mut tx = self.database.begin(&self.tenant.system()).await.unwrap();
        let id: Uuid = tx.new_id();
        let organization = self.tenant.organization;
        tx.execute("insert into regions (organization_id, id, name) values ($1, $2, $3)", &[&organization, &id, &name]).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    async fn rename(&self, id: Uuid, name: &str) {
        let mut tx = self.database.begin(&self.tenant.system()).await.unwrap();
        let change = "update regions set name = $2, version = version + 1 where id = $1";
        tx.execute(change, &[&id, &name]).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Goes on as servers and workers do, until `done`.
    async fn until(&mut self, mut done: impl AsyncFnMut(&House) -> bool) {
        for _ in 0..20_000 {
            publish(&self.database).await.unwrap();
            wake(&self.database).await.unwrap();
            self.worker.turn().await.unwrap();
            if done(self).await {
                return;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        panic!("it does not come");
    }

    /// Until nothing is waiting and nothing is at work.
    async fn settle(&mut self) {
        self.until(async |house| {
            let open = "select count(*) from runs where state = 'running' or position is not null";
            let admin = house.test.admin().await;
            let idle = admin.query_one(open, &[]).await.unwrap().get::<_, i64>(0) == 0;
            idle && wake(&house.database).await.unwrap() == 0
        })
        .await;
    }

    fn advance(&self, by: SignedDuration) {
        let mut now = self.clock.0.lock().unwrap();
        *now = now.checked_add(by).unwrap();
    }
}

fn signature(headers: &HeaderMap) -> Signature {
    let get = |name: &str| headers[name].to_str().unwrap().to_owned();
    Signature { id: get("webhook-id"), timestamp: get("webhook-timestamp").parse().unwrap(), signatures: get("webhook-signature") }
}

fn names(inbox: &Shared) -> Vec<String> {
    let inbox = inbox.lock().unwrap();
    inbox.messages.iter().map(|(_, event, _)| event["data"]["record"]["name"].as_str().unwrap_or_default().to_owned()).collect()
}

#[tokio::test]
async fn an_event_is_told_once_signed_and_logged() {
    let mut house = House::new().await;
    let (url, inbox) = receiver().await;
    house.region("before the webhook").await;
    let (hook, secret) = house.hook(&url, &["gemba.region.created"]).await;
    let id = house.region("North").await;
    house.rename(id, "not of the types").await;
    house.until(async |_| !inbox.lock().unwrap().messages.is_empty()).await;
    house.settle().await;
    let (headers, event, body) = {
        let inbox = inbox.lock().unwrap();
        assert_eq!(inbox.messages.len(), 1, "{:?}", inbox.messages);
        inbox.messages[0].clone()
    };
    let signature = signature(&headers);
    assert_eq!(verify(&secret, &signature, &body, signature.timestamp), Verification::Good);
    assert_eq!(signature.id, event["id"].as_str().unwrap());
    assert_eq!((&event["type"], &event["data"]["record"]["name"]), (&json!("gemba.region.created"), &json!("North")));
    assert_eq!(headers["content-type"], "application/cloudevents+json; charset=utf-8");
    let log = house.send("GET", &format!("/webhooks/{hook}/deliveries"), "admin", None).await.1;
    assert_eq!((&log["items"][0]["state"], &log["items"][0]["status"]), (&json!("delivered"), &json!(204)), "{log}");

    // The secret is nowhere to be read again.
    let admin = house.test.admin().await;
    let kept = admin
        .query_one("select count(*) from webhook_secrets where position(convert_to($1, 'UTF8') in secret_sealed) > 0", &[&secret])
        .await
        .unwrap();
    let told = admin.query_one("select count(*) from audit_events e where position($1 in e::text) > 0", &[&secret]).await.unwrap();
    assert_eq!((kept.get::<_, i64>(0), told.get::<_, i64>(0)), (0, 0));
    let shown = house.send("GET", &format!("/webhooks/{hook}"), "admin", None).await.1;
    assert!(shown.get("secret").is_none(), "{shown}");
}

#[tokio::test]
async fn what_fails_is_tried_again_later_and_what_came_after_it_waits() {
    let mut house = House::new().await;
    let (url, inbox) = receiver().await;
    let (hook, _) = house.hook(&url, &["gemba.region.*"]).await;
    inbox.lock().unwrap().answers = vec![503];
    let first = house.region("first").await;
    house.until(async |_| inbox.lock().unwrap().messages.len() == 1).await;
    house.settle().await;
    house.rename(first, "first, changed").await;
    house.region("second").await;
    house.until(async |_| inbox.lock().unwrap().messages.len() == 2).await;
    house.settle().await;
    assert_eq!(names(&inbox), ["first", "second"], "the change of the first waits, the second does not");
    house.advance(SignedDuration::from_secs(3));
    house.settle().await;
    assert_eq!(inbox.lock().unwrap().messages.len(), 2, "five seconds, give or take one, are not over");
    house.advance(SignedDuration::from_secs(4));
    house.until(async |_| inbox.lock().unwrap().messages.len() == 4).await;
    house.settle().await;
    assert_eq!(names(&inbox), ["first", "second", "first", "first, changed"]);
    let ids: Vec<String> = inbox.lock().unwrap().messages.iter().map(|(headers, ..)| signature(headers).id).collect();
    assert_eq!(ids[0], ids[2], "the same event is the same message");
    let log = house.send("GET", &format!("/webhooks/{hook}/deliveries?state=delivered"), "admin", None).await.1;
    assert_eq!(log["items"].as_array().unwrap().len(), 3);
    assert_eq!(log["items"][2]["attempts"], 2);
}

#[tokio::test]
async fn an_address_that_does_not_answer_rests_and_is_given_up_with_a_notice() {
    let mut house = House::new().await;
    let (url, inbox) = receiver().await;
    let (hook, _) = house.hook(&url, &[]).await;
    inbox.lock().unwrap().always = Some(500);
    for number in 0..30 {
        house.region(&format!("{number}")).await;
    }
    house
        .until(async |house| {
            let hook = house.send("GET", &format!("/webhooks/{hook}"), "admin", None).await.1;
            hook["failures"].as_i64() >= Some(8)
        })
        .await;
    house.settle().await;
    let asked = inbox.lock().unwrap().messages.len();
    assert!((8..30).contains(&asked), "it rests after some failures: {asked}");
    for _ in 0..80 {
        house.advance(SignedDuration::from_hours(1));
        house.settle().await;
    }
    let given_up = house.send("GET", &format!("/webhooks/{hook}"), "admin", None).await.1;
    assert_eq!(given_up["disabled_why"], "nothing could be delivered for three days", "{given_up}");
    let admin = house.test.admin().await;
    let noted = admin.query_one("select detail from audit_events where action = 'webhook.disabled'", &[]).await.unwrap();
    assert_eq!(noted.get::<_, Value>(0)["why"], "nothing could be delivered for three days");
    let asked = inbox.lock().unwrap().messages.len();
    house.region("into silence").await;
    house.advance(SignedDuration::from_hours(1));
    house.settle().await;
    assert_eq!(inbox.lock().unwrap().messages.len(), asked, "given up is given up");

    inbox.lock().unwrap().always = None;
    assert_eq!(house.send("POST", &format!("/webhooks/{hook}/enable"), "admin", None).await.0, 200);
    house.until(async |_| names(&inbox).contains(&"into silence".into())).await;
}

#[tokio::test]
async fn whoever_answers_gone_is_not_asked_again() {
    let mut house = House::new().await;
    let (url, inbox) = receiver().await;
    let (hook, _) = house.hook(&url, &["gemba.region.*"]).await;
    inbox.lock().unwrap().always = Some(410);
    house.region("one").await;
    house.until(async |house| !house.send("GET", &format!("/webhooks/{hook}"), "admin", None).await.1["disabled_at"].is_null()).await;
    assert_eq!(inbox.lock().unwrap().messages.len(), 1);
}

#[tokio::test]
async fn nobodys_own_network_is_called_by_name_number_or_redirect() {
    let mut house = House::with(&["127.0.0.1"], |tokens, _| tokens).await;
    let (url, inbox) = receiver().await;
    let (redirecting, _) = house.hook(&url, &["gemba.region.*"]).await;
    inbox.lock().unwrap().always = Some(302);
    let port = url.split(':').nth(2).unwrap().split('/').next().unwrap();
    let inside = [
        format!("http://127.0.0.2:{port}/"),
        "http://169.254.169.254/latest/meta-data".into(),
        "https://10.0.0.1/".into(),
        "http://[::1]/".into(),
        "http://[::ffff:10.0.0.1]/".into(),
        "http://0x7f000002/".into(),
    ];
    let mut hooks = Vec::new();
    for url in &inside {
        hooks.push(house.hook(url, &["gemba.region.*"]).await.0);
    }
    house.region("North").await;
    house.until(async |_| !inbox.lock().unwrap().messages.is_empty()).await;
    house.settle().await;
    for (hook, url) in hooks.iter().zip(&inside) {
        let log = house.send("GET", &format!("/webhooks/{hook}/deliveries"), "admin", None).await.1;
        let delivery = &log["items"][0];
        assert_eq!((&delivery["state"], &delivery["status"]), (&json!("pending"), &Value::Null), "{url} {log}");
        let ping = house.send("POST", &format!("/webhooks/{hook}/ping"), "admin", None).await.1;
        assert!(
            ping["error"].as_str().is_some_and(|error| error.contains("may not be called") || error.contains("cannot be reached")),
            "{url} {ping}"
        );
    }
    let log = house.send("GET", &format!("/webhooks/{redirecting}/deliveries"), "admin", None).await.1;
    assert!(log["items"][0]["error"].as_str().unwrap().contains("redirects are not followed"), "{log}");
    assert_eq!(inbox.lock().unwrap().messages.len(), 1);
}

#[tokio::test]
async fn a_webhook_learns_what_its_owner_may_read_while_they_may() {
    let weak = Mutex::new(None::<Caller>);
    let mut house = House::with(&["127.0.0.0/8"], |tokens, tenant| {
        let person =
            tenant.person(&["integration.webhook.read", "integration.webhook.create", "integration.event.read", "identity.plant.read"]);
        *weak.lock().unwrap() = Some(person.clone());
        tokens.with("weak", person)
    })
    .await;
    let (url, inbox) = receiver().await;
    publish(&house.database).await.unwrap();
    let new = json!({ "name": "Weak", "url": url });
    assert_eq!(house.send("POST", "/webhooks", "weak", Some(new)).await.0, 201);
    house.region("not for them").await;
    let plant = house.tenant.plants[0];
    let mut tx = house.database.begin(&house.tenant.system()).await.unwrap();
    tx.execute("update plants set description = 'new', version = version + 1 where id = $1", &[&plant]).await.unwrap();
    tx.commit().await.unwrap();
    house.until(async |_| inbox.lock().unwrap().messages.len() == 2).await;
    house.settle().await;
    let told: Vec<Value> = inbox.lock().unwrap().messages.iter().map(|(_, event, _)| event["type"].clone()).collect();
    assert!(told.contains(&json!("gemba.webhook.created")) && told.contains(&json!("gemba.plant.updated")), "{told:?}");

    // Somebody who is not known any more.
    let admin = house.test.admin().await;
    admin
        .execute("update webhooks set acting = jsonb_build_object('user', gen_random_uuid(), 'session', gen_random_uuid())", &[])
        .await
        .unwrap();
    house.region("after they left").await;
    house
        .until(async |house| {
            let admin = house.test.admin().await;
            admin.query_one("select disabled_why is not null from webhooks", &[]).await.unwrap().get(0)
        })
        .await;
    assert_eq!(inbox.lock().unwrap().messages.len(), 2);
}

#[tokio::test]
async fn while_a_secret_is_rotated_both_sign_and_then_the_new_one_alone() {
    let mut house = House::new().await;
    let (url, inbox) = receiver().await;
    let (hook, old) = house.hook(&url, &["gemba.region.*"]).await;
    let rotated = house.send("POST", &format!("/webhooks/{hook}/rotate-secret"), "admin", Some(json!({ "overlap_s": 3600 }))).await.1;
    let new = rotated["secret"].as_str().unwrap().to_owned();
    house.region("while both sign").await;
    house.until(async |_| inbox.lock().unwrap().messages.len() == 1).await;
    house.advance(SignedDuration::from_secs(3_601));
    house.region("after").await;
    house.until(async |_| inbox.lock().unwrap().messages.len() == 2).await;
    let inbox = inbox.lock().unwrap();
    let verified = |at: usize, secret: &str| {
        let (headers, _, body) = &inbox.messages[at];
        let signature = signature(headers);
        verify(secret, &signature, body, signature.timestamp)
    };
    assert_eq!((verified(0, &old), verified(0, &new)), (Verification::Good, Verification::Good));
    assert_eq!((verified(1, &old), verified(1, &new)), (Verification::Foreign, Verification::Good));
}

#[tokio::test]
async fn one_or_a_range_is_told_again() {
    let mut house = House::new().await;
    let (url, inbox) = receiver().await;
    let (hook, _) = house.hook(&url, &["gemba.region.*"]).await;
    for name in ["a", "b", "c"] {
        house.region(name).await;
    }
    house.until(async |_| inbox.lock().unwrap().messages.len() == 3).await;
    house.settle().await;
    let log = house.send("GET", &format!("/webhooks/{hook}/deliveries"), "admin", None).await.1;
    let one = json!({ "delivery": log["items"][1]["id"] });
    assert_eq!(house.send("POST", &format!("/webhooks/{hook}/redeliver"), "admin", Some(one)).await, (202, json!({ "deliveries": 1 })));
    house.until(async |_| inbox.lock().unwrap().messages.len() == 4).await;
    house.settle().await;
    assert_eq!(names(&inbox)[3], "b");
    let range = json!({ "state": "delivered", "from": "2027-05-03T00:00:00Z" });
    assert_eq!(house.send("POST", &format!("/webhooks/{hook}/redeliver"), "admin", Some(range)).await.1, json!({ "deliveries": 3 }));
    house.until(async |_| inbox.lock().unwrap().messages.len() == 7).await;
    let nobody = json!({ "delivery": Uuid::nil() });
    assert_eq!(house.send("POST", &format!("/webhooks/{hook}/redeliver"), "admin", Some(nobody)).await.0, 404);
}

#[tokio::test]
async fn what_is_wrong_with_a_webhook_is_said_at_once() {
    let house = House::new().await;
    let wrong = json!({ "name": " ", "url": "ftp://somewhere", "types": ["gemba.line.*", "gemba.weather.changed", "gemba.region.*"] });
    let (status, refused) = house.send("POST", "/webhooks", "admin", Some(wrong)).await;
    let pointers: Vec<&str> = refused["errors"].as_array().unwrap().iter().map(|error| error["pointer"].as_str().unwrap()).collect();
    assert_eq!((status, pointers), (422, vec!["/name", "/url", "/types/0", "/types/1"]), "{refused}");
    for url in ["https://user:secret@mes.example.com/", "https://", "//mes.example.com", "https://mes.example.com/#part"] {
        let (status, _) = house.send("POST", "/webhooks", "admin", Some(json!({ "name": "A", "url": url }))).await;
        assert_eq!(status, 422, "{url}");
    }
}
