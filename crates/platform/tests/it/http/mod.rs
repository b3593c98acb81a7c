//! What surrounds every handler, tried on a few small ones over a real database.

mod attack;
mod cancel;
mod conditional;
mod envelope;
mod http_2;
mod idempotency;
mod problems;
mod rates;

use std::sync::Arc;

use axum::extract::State;
use axum::response::AppendHeaders;
use axum::routing::{get, post};
use axum::{Json, Router};
use http::{Method, Request, Response, StatusCode};
use http_body_util::BodyExt;
use platform::http::{App, Body, Secret, Settings, created, surround};
use platform::{Caller, Database, Result};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use testkit::tokens::Tokens;
use testkit::{Tenant, TestDatabase};
use tower::ServiceExt;
use uuid::Uuid;

/// A server with a few routes, and callers of two organizations: `one`, `other` (a second person of the first), `two`.
struct Server {
    test: TestDatabase,
    one: Tenant,
    two: Tenant,
    app: App,
    router: Router,
}

#[derive(Debug, Serialize, Deserialize)]
struct Region {
    #[serde(default)]
    id: Uuid,
    name: String,
}

impl Server {
    async fn new(settings: Settings) -> Self {
        Self::with_pool(settings, 4).await
    }

    async fn with_pool(settings: Settings, size: usize) -> Self {
        let test = TestDatabase::with_pool(size).await;
        let (one, two) = (test.organization("One", 1).await, test.organization("Two", 1).await);
        let tokens = Tokens::default().with("one", one.person(&[])).with("other", one.person(&[])).with("two", two.person(&[]));
        let app = App::new(test.database.clone(), Arc::new(tokens), settings);
        let router = surround(&app, routes(), Router::new().route("/livez", get(|| async { "alive" })));
        Server { test, one, two, app, router }
    }

    async fn send(&self, request: Request<axum::body::Body>) -> Answer {
        Answer::of(self.router.clone().oneshot(request).await.unwrap()).await
    }

    async fn get(&self, path: &str, token: &str) -> Answer {
        self.send(request(Method::GET, path, token).body(axum::body::Body::empty()).unwrap()).await
    }

    async fn post(&self, path: &str, token: &str, body: &Value) -> Answer {
        self.send(request(Method::POST, path, token).body(body.to_string().into()).unwrap()).await
    }

    async fn count(&self, name: &str) -> i64 {
        self.test.admin().await.query_one("select count(*) from regions where name = $1", &[&name]).await.unwrap().get(0)
    }
}

/// A request with JSON, from `token`, or from nobody where that is empty.
fn request(method: Method, path: &str, token: &str) -> http::request::Builder {
    let request = Request::builder().method(method).uri(path).header("content-type", "application/json");
    if token.is_empty() { request } else { request.header("authorization", format!("Bearer {token}")) }
}

struct Answer {
    status: StatusCode,
    headers: http::HeaderMap,
    body: bytes::Bytes,
}

impl Answer {
    async fn of(response: Response<axum::body::Body>) -> Self {
        let (parts, body) = response.into_parts();
        Answer { status: parts.status, headers: parts.headers, body: body.collect().await.unwrap().to_bytes() }
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The problem's status and code, once its form is what it has to be.
    fn problem(&self) -> (u16, String) {
        assert_eq!(self.header("content-type"), "application/problem+json");
        let problem = self.json();
        assert_eq!(problem["status"], self.status.as_u16());
        assert_eq!(problem["instance"], format!("urn:uuid:{}", self.header("x-request-id")));
        assert!(problem["detail"].as_str().is_some_and(|detail| !detail.is_empty()));
        (self.status.as_u16(), problem["code"].as_str().unwrap().to_string())
    }
}

fn problem(status: u16, code: &str) -> (u16, String) {
    (status, code.to_string())
}

fn routes() -> Router<App> {
    Router::new()
        .route("/api/v1/regions", get(list).post(create))
        .route("/api/v1/secrets", post(secret))
        .route("/api/v1/public", get(|| async { "open to all" }))
        .route("/api/v1/panic", get(panicking))
        .route("/api/v1/broken", get(broken))
        .route("/api/v1/cookies", get(cookies))
        .route("/api/v1/long", get(|| async { "a line of text\n".repeat(1_000) }))
        .route("/api/v1/forever", get(std::future::pending::<()>))
        .merge(conditional::routes())
        .merge(cancel::routes())
}

async fn list(State(app): State<App>, caller: Caller) -> Result<Json<Value>> {
    let rows = app.read(&caller).await?.query_once("select name from regions order by name", &[]).await?;
    Ok(Json(rows.iter().map(|row| row.get::<_, String>("name")).collect()))
}

async fn create(State(app): State<App>, caller: Caller, Body(mut region): Body<Region>) -> Result<axum::response::Response> {
    region.id = insert(&app.database, &caller, &region.name).await?;
    Ok(created(&format!("/api/v1/regions/{}", region.id), 1, &region))
}

async fn secret(State(app): State<App>, caller: Caller, Body(region): Body<Region>) -> Result<axum::response::Response> {
    insert(&app.database, &caller, &region.name).await?;
    let mut response = created("/api/v1/secrets/1", 1, &json!({ "secret": "shown once" }));
    response.extensions_mut().insert(Secret);
    Ok(response)
}

async fn insert(database: &Database, caller: &Caller, name: &str) -> Result<Uuid> {
    let mut tx = database.begin(caller).await?;
    let id: Uuid = tx.new_id();
    tx.execute("insert into regions (organization_id, id, name) values ($1, $2, $3)", &[&caller.organization, &id, &name]).await?;
    tx.commit().await?;
    Ok(id)
}

async fn cookies() -> (AppendHeaders<[(http::HeaderName, &'static str); 2]>, platform::Error) {
    let set = http::header::SET_COOKIE;
    (AppendHeaders([(set.clone(), "one=; max-age=0"), (set, "two=; max-age=0")]), platform::Error::not_found("session"))
}

async fn panicking() -> &'static str {
    panic!("the shelf is empty: /etc/gemba")
}

async fn broken(State(app): State<App>, caller: Caller) -> Result<String> {
    app.begin(&caller).await?.query("select 1 / 0", &[]).await?;
    Ok(String::new())
}
