//! A server with the kinds of this crate, and people who call it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use futures_util::future::BoxFuture;
use http::request::Parts;
use http::{Method, Request, StatusCode};
use platform::error::Kind;
use platform::http::{App, Authenticate, Settings};
use platform::resource::Kinds;
use platform::{Caller, Error, Result};
use serde_json::Value;
use testkit::TestDatabase;
use tower::ServiceExt;

/// Knows callers by the name they say.
#[derive(Default)]
struct People(Mutex<HashMap<String, Caller>>);

impl Authenticate for People {
    fn caller<'a>(&'a self, parts: &'a Parts) -> BoxFuture<'a, Result<Caller>> {
        Box::pin(async move {
            let name = parts.headers.get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
            let known = self.0.lock().unwrap().get(name).cloned();
            known.ok_or_else(|| Error::new(Kind::Unauthenticated, "nobody", "nobody of this name"))
        })
    }
}

/// A running server.
pub struct Server {
    pub test: TestDatabase,
    people: Arc<People>,
    router: Router,
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: http::HeaderMap,
    pub bytes: Vec<u8>,
    pub json: Value,
}

impl Answer {
    pub fn expect(self, status: u16) -> Answer {
        assert_eq!(self.status.as_u16(), status, "{}", String::from_utf8_lossy(&self.bytes));
        self
    }

    pub fn id(&self) -> String {
        self.json["id"].as_str().unwrap().into()
    }

    pub fn etag(&self) -> &str {
        self.headers["etag"].to_str().unwrap()
    }

    /// The pointers of a problem's errors with their codes.
    pub fn wrong(&self) -> Vec<(String, String)> {
        let errors = self.json["errors"].as_array().cloned().unwrap_or_default();
        errors.iter().map(|error| (error["pointer"].as_str().unwrap().into(), error["code"].as_str().unwrap().into())).collect()
    }

    /// One member of every item.
    pub fn each(&self, member: &str) -> Vec<String> {
        let items = self.json["items"].as_array().unwrap();
        items.iter().map(|item| item[member].as_str().map_or_else(|| item[member].to_string(), String::from)).collect()
    }
}

impl Server {
    pub async fn new() -> Server {
        Server::with(Kinds::new(platform::resource::kinds().into_iter().chain(platform::places::kinds()))).await
    }

    pub async fn with(kinds: Kinds) -> Server {
        let test = TestDatabase::new().await;
        let people = Arc::new(People::default());
        let app = App::new(test.database.clone(), people.clone(), Settings::default());
        let (router, _) = platform::resource::routes(&kinds).split_for_parts();
        Server { test, people, router: router.with_state(app) }
    }

    pub fn knows(&self, name: &str, caller: Caller) {
        self.people.0.lock().unwrap().insert(name.into(), caller);
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap().to_vec();
        Answer { status, headers, json: serde_json::from_slice(&bytes).unwrap_or(Value::Null), bytes }
    }

    pub async fn get(&self, who: &str, path: &str) -> Answer {
        self.send(Request::get(path).header("authorization", who).body(Body::empty()).unwrap()).await
    }

    pub async fn post(&self, who: &str, path: &str, body: Value) -> Answer {
        self.change(Method::POST, who, path, "*", body).await
    }

    pub async fn change(&self, method: Method, who: &str, path: &str, meant: &str, body: Value) -> Answer {
        let request = Request::builder().method(method).uri(path).header("authorization", who).header("content-type", "application/json");
        self.send(request.header("if-match", meant).body(Body::from(body.to_string())).unwrap()).await
    }

    pub async fn patch(&self, who: &str, path: &str, meant: &str, body: Value) -> Answer {
        self.change(Method::PATCH, who, path, meant, body).await
    }
}
