//! Versions: a change needs the one it is meant for.

use axum::Router;
use axum::response::Response;
use axum::routing::get;
use http::{HeaderMap, Method};
use platform::Result;
use platform::http::{App, ETag, IfMatch, Settings, versioned};
use serde_json::json;

use super::{Server, problem, request};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/api/v1/seventh", get(read).patch(change))
}

async fn read(headers: HeaderMap) -> Response {
    versioned(&headers, 7, &json!({ "name": "North" }))
}

async fn change(meant: IfMatch) -> Result<(ETag, &'static str)> {
    meant.check(7)?;
    Ok((ETag(8), "changed"))
}

#[tokio::test]
async fn a_change_needs_the_version_it_is_meant_for() {
    let server = Server::new(Settings::default()).await;
    let change = |tag: &'static str| {
        let request = request(Method::PATCH, "/api/v1/seventh", "one");
        let request = if tag.is_empty() { request } else { request.header("if-match", tag) };
        server.send(request.body(axum::body::Body::empty()).unwrap())
    };
    assert_eq!(change("").await.problem(), problem(428, "if_match_required"));
    assert_eq!(change("\"6\"").await.problem(), problem(412, "stale"));
    assert_eq!(change("seven").await.problem(), problem(412, "stale"));
    for meant in ["\"7\"", "W/\"7\"", "*"] {
        assert_eq!(change(meant).await.header("etag"), "\"8\"");
    }
}

#[tokio::test]
async fn what_the_client_has_is_not_sent_again() {
    let server = Server::new(Settings::default()).await;
    let read = |tag: &'static str| {
        let request = request(Method::GET, "/api/v1/seventh", "").header("if-none-match", tag);
        server.send(request.body(axum::body::Body::empty()).unwrap())
    };
    let known = read("\"3\", \"7\"").await;
    assert_eq!((known.status.as_u16(), known.body.len(), known.header("etag")), (304, 0, "\"7\""));
    assert_eq!(read("\"6\"").await.json(), json!({ "name": "North" }));
}
