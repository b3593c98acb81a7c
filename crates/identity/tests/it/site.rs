//! A server for a test: its own database, a clock that the test moves, and browsers that keep cookies.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use http::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, ETAG, SET_COOKIE};
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt;
use identity::admin::{self, First, Judge, NewGrant};
use identity::passwords::Hashing;
use identity::{Catalogue, Identity, PERMISSIONS, Settings};
use jiff::Timestamp;
use platform::http::{App, Client as From};
use platform::ids::{OrganizationId, PlantId, RegionId, RequestId, UserId};
use platform::outbound::{Limits, Outbound};
use platform::secrets::Secrets;
use platform::{Clock, Context, Database, PermissionInfo};
use serde_json::{Value, json};
use testkit::{TestDatabase, new_id};
use tower::ServiceExt;

/// What the catalogue of these tests holds beside identity's own: something of plants and something that all plants share.
pub const FACTORY: &[PermissionInfo] = &[
    PermissionInfo::plant("factory.line.read", "See lines"),
    PermissionInfo::plant("factory.line.create", "Make lines"),
    PermissionInfo::plant("factory.line.update", "Change lines"),
    PermissionInfo::plant("factory.line.export", "Export lines"),
    PermissionInfo::organization("factory.item.read", "See items"),
    PermissionInfo::organization("factory.item.update", "Change items"),
    PermissionInfo::plant("planning.scenario.approve", "Approve scenarios"),
    PermissionInfo::organization("audit.event.read", "See the audit trail").sensitive(),
];

pub const PASSWORD: &str = "seven kettles in the fog";

/// A clock that only the test moves.
#[derive(Debug)]
pub struct Hands(AtomicI64);

impl Hands {
    pub fn forward(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }
}

impl Clock for Hands {
    fn now(&self) -> Timestamp {
        Timestamp::from_second(self.0.load(Ordering::SeqCst)).unwrap()
    }
}

pub struct Site {
    pub test: TestDatabase,
    pub identity: Identity,
    pub clock: Arc<Hands>,
    pub https: bool,
    router: Router,
}

/// An organization with a Tenant Admin and two plants in one region, and one outside.
pub struct Company {
    pub id: OrganizationId,
    pub slug: String,
    pub region: RegionId,
    pub plants: [PlantId; 3],
}

impl Site {
    pub async fn new() -> Site {
        Site::with(|_| {}).await
    }

    pub async fn with(change: impl FnOnce(&mut Settings)) -> Site {
        let test = TestDatabase::new().await;
        // 2026-11-02 06:00 UTC, a Monday.
        let clock = Arc::new(Hands(AtomicI64::new(1_793_599_200)));
        let database = Database::new(&test.urls.app, None, Default::default(), Context::new(clock.clone())).unwrap();
        let mut settings = Settings::new([42; 32]);
        settings.hashing = Hashing { memory_kib: 64, passes: 1, at_once: 2, waiting: 64 };
        // The browsers of these tests are no neighbours.
        settings.plain_http = true;
        change(&mut settings);
        let https = settings.https;
        let catalogue: Catalogue = PERMISSIONS.iter().chain(FACTORY).copied().collect();
        let identity = Identity::new(database.clone(), catalogue, settings).unwrap();
        let app = App::new(database, Arc::new(identity.clone()), Default::default()).with(identity.clone());
        let loopback = Limits { allow: vec!["127.0.0.0/8".parse().unwrap()], ..Limits::default() };
        let app = app.with(Secrets::derived(&[42; 32]).unwrap()).with(Outbound::new(loopback).unwrap());
        let (router, _) = identity::routes().split_for_parts();
        let router = router
            .layer(axum::middleware::from_fn_with_state(app.clone(), identity::sessions::rotate))
            .layer(axum::middleware::from_fn_with_state(app.clone(), identity::audit_refusals))
            .with_state(app);
        Site { test, identity, clock, https, router }
    }

    /// An organization with `admin@<slug>.example` as its administrator.
    pub async fn company(&self, slug: &str, operates: bool) -> Company {
        let first = First {
            name: &format!("{slug} Drives"),
            slug,
            operates,
            admin_email: &format!("admin@{slug}.example"),
            admin_name: "Ada Brandt",
        };
        let made = admin::create_organization(&self.identity, &first).await.unwrap();
        let caller = admin::caller(&self.identity, made.organization);
        let database = self.database();
        let mut tx = database.begin(&caller).await.unwrap();
        admin::set_password(&mut tx, &self.identity, made.user, PASSWORD, Judge::AsUsual).await.unwrap();
        let region = RegionId(new_id());
        tx.execute("insert into regions (organization_id, id, name) values ($1, $2, 'North')", &[&made.organization, &region])
            .await
            .unwrap();
        let plants = [PlantId(new_id()), PlantId(new_id()), PlantId(new_id())];
        for (at, plant) in plants.iter().enumerate() {
            tx.execute(
                "insert into plants (organization_id, id, region_id, code, name) values ($1, $2, $3, $4, $4)",
                &[&made.organization, plant, &(at < 2).then_some(region), &format!("P{at}")],
            )
            .await
            .unwrap();
        }
        tx.commit().await.unwrap();
        Company { id: made.organization, slug: slug.into(), region, plants }
    }

    /// What answers, to be served on a port.
    pub fn router(&self) -> Router {
        self.router.clone()
    }

    pub fn database(&self) -> Database {
        Database::new(&self.test.urls.app, None, Default::default(), Context::new(self.clock.clone())).unwrap()
    }

    /// Somebody with a password and these roles: `<name>@<slug>.example`.
    pub async fn person(&self, company: &Company, name: &str, roles: &[(&str, Option<PlantId>)]) -> UserId {
        let caller = admin::caller(&self.identity, company.id);
        let database = self.database();
        let mut tx = database.begin(&caller).await.unwrap();
        let grants = roles
            .iter()
            .map(|(role, plant)| NewGrant { role: (*role).into(), plant_id: plant.map(|plant| plant.0), ..NewGrant::default() })
            .collect();
        let email = format!("{name}@{}.example", company.slug);
        let made = admin::create_user(&mut tx, &self.identity, &email, name, grants).await.unwrap();
        admin::set_password(&mut tx, &self.identity, made.user, PASSWORD, Judge::AsUsual).await.unwrap();
        tx.commit().await.unwrap();
        made.user
    }

    /// A browser somewhere, with nobody signed in.
    pub fn browser(&self) -> Browser<'_> {
        Browser { site: self, cookies: Mutex::default(), csrf: Mutex::default(), ip: "192.0.2.7".parse().unwrap() }
    }

    /// A browser in which this address is signed in.
    pub async fn signed_in(&self, email: &str) -> Browser<'_> {
        let browser = self.browser();
        let answer = browser.sign_in(email, PASSWORD).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        browser
    }

    /// Rows of a query that the walls do not hold, as JSON.
    pub async fn look(&self, sql: &str) -> Vec<Value> {
        let rows = self.test.admin().await.query(&format!("select to_jsonb(q) from ({sql}) q"), &[]).await.unwrap();
        rows.iter().map(|row| row.get(0)).collect()
    }
}

pub struct Browser<'a> {
    site: &'a Site,
    pub cookies: Mutex<Vec<(String, String)>>,
    pub csrf: Mutex<Option<String>>,
    pub ip: std::net::IpAddr,
}

#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Value,
}

impl Answer {
    pub fn code(&self) -> (u16, &str) {
        (self.status.as_u16(), self.body["code"].as_str().unwrap_or_default())
    }

    pub fn etag(&self) -> String {
        self.headers[ETAG].to_str().unwrap().into()
    }
}

impl Browser<'_> {
    pub fn at(mut self, ip: &str) -> Self {
        self.ip = ip.parse().unwrap();
        self
    }

    pub async fn sign_in(&self, email: &str, password: &str) -> Answer {
        self.post("/auth/login", json!({ "email": email, "password": password })).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, &[], None).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, &[], Some(body)).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, &[], None).await
    }

    /// The value of a cookie that the browser keeps.
    pub fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.lock().unwrap().iter().find(|(each, _)| each == name).map(|(_, value)| value.clone())
    }

    /// Sends a request as a browser does: its cookies, and the CSRF token it was given.
    pub async fn send(&self, method: Method, path: &str, headers: &[(&str, &str)], body: Option<Value>) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        let cookies = self.cookies.lock().unwrap().iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ");
        let has_key = headers.iter().any(|(name, _)| *name == AUTHORIZATION.as_str());
        if !cookies.is_empty() && !has_key {
            request = request.header(COOKIE, cookies);
        }
        if let Some(csrf) =
            self.csrf.lock().unwrap().as_ref().filter(|_| !has_key && !headers.iter().any(|(name, _)| *name == "x-csrf-token"))
        {
            request = request.header("x-csrf-token", csrf);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = match body {
            Some(body) => request.header(CONTENT_TYPE, "application/json").body(Body::from(body.to_string())),
            None => request.body(Body::empty()),
        };
        let mut request = request.unwrap();
        request.extensions_mut().insert(From { ip: Some(self.ip), request: RequestId(new_id()), https: self.site.https });
        let response = self.site.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        self.keep(&parts.headers);
        let body: Value = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        if let Some(token) = body["csrf_token"].as_str() {
            *self.csrf.lock().unwrap() = Some(token.into());
        }
        Answer { status: parts.status, headers: parts.headers, body }
    }

    /// As a program with a key.
    pub async fn with_key(&self, method: Method, path: &str, key: &str, body: Option<Value>) -> Answer {
        self.send(method, path, &[("authorization", &format!("Bearer {key}"))], body).await
    }

    fn keep(&self, headers: &HeaderMap) {
        let mut cookies = self.cookies.lock().unwrap();
        for cookie in headers.get_all(SET_COOKIE) {
            let (pair, _) = cookie.to_str().unwrap().split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            cookies.retain(|(each, _)| each != name);
            if !value.is_empty() {
                cookies.push((name.into(), value.into()));
            }
        }
    }
}
