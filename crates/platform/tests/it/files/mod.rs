//! Files over HTTP, on a real database and a real store.

mod arriving;
mod belonging;
mod clamd;
mod keeping;
mod looking;
mod stores;
mod values;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt;
use platform::context::Context;
use platform::database::PoolSettings;
use platform::files::{self, Files, Inspector, Limits, LinkKey, Place, Scanner, Store};
use platform::http::{App, Settings, surround};
use platform::resource::Kinds;
use platform::runs::{Worker, Works};
use platform::{Caller, Database, Principal, Standing};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use testkit::tokens::Tokens;
use testkit::{Tenant, TestDatabase};
use tower::ServiceExt;

pub const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0";

/// Every right to regions, plants, and custom fields.
const ALL: &[&str] = &[
    "identity.region.read",
    "identity.region.create",
    "identity.region.update",
    "identity.region.archive",
    "identity.region.import",
    "identity.plant.read",
    "identity.plant.create",
    "identity.plant.update",
    "identity.plant.archive",
    "records.field_definition.read",
    "records.field_definition.create",
    "records.field_definition.update",
];

/// A server with regions and plants, and people: `ann` with every right in organization One, `ben` who reads there, `cleo` at its first plant only,
/// `zoe` with every right in organization Two.
pub struct Desk {
    pub test: TestDatabase,
    pub database: Database,
    pub one: Tenant,
    pub two: Tenant,
    pub files: Files,
    pub region: String,
    folder: tempfile::TempDir,
    tokens: Tokens,
    router: Router,
}

/// What a desk is to be like, where it is not like all others.
#[derive(Default)]
pub struct Special {
    pub limits: Option<Limits>,
    pub scanner: Option<Scanner>,
    pub place: Option<Place>,
    pub context: Option<Context>,
}

pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub bytes: Vec<u8>,
    pub json: Value,
}

impl Answer {
    pub fn expect(self, status: u16) -> Answer {
        assert_eq!(self.status.as_u16(), status, "{}", String::from_utf8_lossy(&self.bytes));
        self
    }

    /// Status and code of a refusal.
    pub fn verdict(&self) -> (u16, &str) {
        (self.status.as_u16(), self.json["code"].as_str().unwrap_or_default())
    }

    pub fn id(&self) -> String {
        self.json["id"].as_str().unwrap().into()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

impl Desk {
    pub async fn new() -> Desk {
        Desk::with(Special::default()).await
    }

    pub async fn with(special: Special) -> Desk {
        let test = TestDatabase::new().await;
        let database = match special.context {
            Some(context) => Database::new(&test.urls.app, None, PoolSettings::default(), context).unwrap(),
            None => test.database.clone(),
        };
        let (one, two) = (test.organization("One", 2).await, test.organization("Two", 1).await);
        let reads = ["identity.region.read", "identity.plant.read", "records.field_definition.read"];
        let tokens = Tokens::default()
            .with("ann", one.person(ALL))
            .with("ben", one.person(&reads))
            .with("cleo", one.person_at(one.plants[0], ALL))
            .with("zoe", two.person(ALL));
        let folder = tempfile::tempdir().unwrap();
        let place = special.place.unwrap_or_else(|| Place::Folder(folder.path().join("files")));
        let limits = special.limits.unwrap_or_default();
        let files = Files::new(Store::new(place), special.scanner, limits, LinkKey::derived(&[7; 32]).unwrap());
        let settings = Settings { requests_per_hour: u32::MAX, ..Settings::default() };
        let standing: Arc<dyn Standing> = Arc::new(tokens.clone());
        let app = App::new(database.clone(), Arc::new(tokens.clone()), settings).with(files.clone()).with(standing);
        let kinds = kinds();
        let (routes, _) = platform::resource::routes(&kinds).merge(files::routes(&kinds)).split_for_parts();
        let router = surround(&app, Router::new().nest("/api/v1", routes), Router::new());
        let mut desk = Desk { test, database, one, two, files, region: String::new(), folder, tokens, router };
        desk.region = desk.post("ann", "/regions", json!({ "name": "North" })).await.expect(201).id();
        desk
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes =
            body.collect().await.map(|whole| whole.to_bytes().to_vec()).unwrap_or_else(|broken| format!("broken: {broken}").into_bytes());
        Answer { status: parts.status, headers: parts.headers, json: serde_json::from_slice(&bytes).unwrap_or(Value::Null), bytes }
    }

    /// A request of somebody; of nobody where that is empty.
    pub fn request(&self, method: Method, who: &str, path: &str) -> http::request::Builder {
        let request = Request::builder().method(method).uri(format!("/api/v1{path}")).header("if-match", "*");
        if who.is_empty() { request } else { request.header("authorization", format!("Bearer {who}")) }
    }

    pub async fn get(&self, who: &str, path: &str) -> Answer {
        self.send(self.request(Method::GET, who, path).body(Body::empty()).unwrap()).await
    }

    pub async fn delete(&self, who: &str, path: &str) -> Answer {
        self.send(self.request(Method::DELETE, who, path).body(Body::empty()).unwrap()).await
    }

    pub async fn post(&self, who: &str, path: &str, body: Value) -> Answer {
        self.change(Method::POST, who, path, body).await
    }

    pub async fn change(&self, method: Method, who: &str, path: &str, body: Value) -> Answer {
        let request = self.request(method, who, path).header("content-type", "application/json");
        self.send(request.body(body.to_string().into()).unwrap()).await
    }

    /// Sends a file to the region.
    pub async fn attach(&self, who: &str, name: &str, media_type: &str, bytes: impl Into<Body>) -> Answer {
        let path = format!("/regions/{}/attachments?name={}", self.region, escaped(name));
        self.upload(who, &path, media_type, bytes).await
    }

    pub async fn upload(&self, who: &str, path: &str, media_type: &str, bytes: impl Into<Body>) -> Answer {
        self.send(self.request(Method::POST, who, path).header("content-type", media_type).body(bytes.into()).unwrap()).await
    }

    /// Everything in the folder of files, thumbnails and what is on its way included.
    pub fn stored(&self) -> Vec<PathBuf> {
        let mut found = Vec::new();
        let mut folders = vec![self.folder.path().to_path_buf()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() { folders.push(path) } else { found.push(path) }
            }
        }
        found.sort();
        found
    }

    pub async fn count(&self, query: &str) -> i64 {
        self.test.admin().await.query_one(query, &[]).await.unwrap().get(0)
    }

    /// Carries out everything that waits, until `done`.
    pub async fn work_until(&self, mut done: impl AsyncFnMut() -> bool) {
        let works = Works::default().with(files::INSPECT, Inspector::new(self.files.clone(), self.database.clone(), kinds()));
        let settings = platform::runs::Settings { places: 2, look: Duration::ZERO, ..Default::default() };
        let mut worker = Worker::new(self.database.clone(), works, Arc::new(self.tokens.clone()), settings);
        for _ in 0..20_000 {
            worker.turn().await.unwrap();
            if done().await {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("it does not come");
    }

    /// The account behind a token.
    pub fn person(&self, token: &str) -> Principal {
        self.tokens.known(token).principal
    }

    pub fn system(&self) -> Caller {
        self.one.system()
    }
}

fn kinds() -> Kinds {
    Kinds::new(platform::resource::kinds().into_iter().chain(platform::places::kinds()))
}

fn escaped(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// `Repr-Digest` of these bytes.
pub fn digest(bytes: &[u8]) -> String {
    format!("sha-256=:{}:", STANDARD.encode(Sha256::digest(bytes)))
}

/// A text of so many bytes that repeats nothing soon.
pub fn text(size: usize) -> Vec<u8> {
    (0..).flat_map(|number: u32| format!("{:08x}\n", number.wrapping_mul(2_654_435_761)).into_bytes()).take(size).collect()
}
