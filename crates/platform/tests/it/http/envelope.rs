//! Request ids, security headers, other origins, compression.

use http::{Method, Request};
use platform::http::Settings;

use super::{Server, request};

#[tokio::test]
async fn a_request_keeps_the_id_its_client_gave_it_if_that_is_one() {
    let server = Server::new(Settings::default()).await;
    let with = |id: &'static str| {
        let request = request(Method::GET, "/api/v1/public", "").header("x-request-id", id);
        server.send(request.body(axum::body::Body::empty()).unwrap())
    };
    assert_eq!(with("0199d1a0-4242-7000-8000-0000000000ff").await.header("x-request-id"), "0199d1a0-4242-7000-8000-0000000000ff");
    let made = with("<script>").await;
    assert!(uuid::Uuid::try_parse(made.header("x-request-id")).is_ok());
}

#[tokio::test]
async fn browsers_are_told_to_be_careful() {
    let server = Server::new(Settings { https: true, ..Settings::default() }).await;
    for path in ["/api/v1/public", "/api/v1/nowhere", "/livez"] {
        let answer = server.get(path, "").await;
        assert!(answer.header("content-security-policy").contains("frame-ancestors 'none'"), "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
        assert_eq!(answer.header("cache-control"), "no-store");
        assert!(answer.header("permissions-policy").contains("microphone=()"));
        assert_eq!(answer.header("strict-transport-security"), "max-age=31536000");
    }
    let plain = Server::new(Settings::default()).await;
    assert_eq!(plain.get("/livez", "").await.header("strict-transport-security"), "");
}

#[tokio::test]
async fn other_origins_may_call_only_where_they_are_listed() {
    let listed = Settings { cors_origins: vec!["https://mes.example".into()], ..Settings::default() };
    let server = Server::new(listed).await;
    let ask = |origin: &'static str| {
        let preflight = Request::builder().method(Method::OPTIONS).uri("/api/v1/regions").header("origin", origin);
        let preflight = preflight.header("access-control-request-method", "POST").header("access-control-request-headers", "if-match");
        server.send(preflight.body(axum::body::Body::empty()).unwrap())
    };
    let allowed = ask("https://mes.example").await;
    assert_eq!(allowed.header("access-control-allow-origin"), "https://mes.example");
    assert_eq!(allowed.header("access-control-allow-credentials"), "true");
    assert_eq!(ask("https://evil.example").await.header("access-control-allow-origin"), "");
}

#[tokio::test]
async fn long_answers_are_compressed_as_the_client_likes() {
    let server = Server::new(Settings::default()).await;
    for (accepted, encoding) in [("gzip", "gzip"), ("br", "br"), ("identity", "")] {
        let request = request(Method::GET, "/api/v1/long", "").header("accept-encoding", accepted);
        let answer = server.send(request.body(axum::body::Body::empty()).unwrap()).await;
        assert_eq!(answer.header("content-encoding"), encoding);
        assert_eq!(answer.body.len() < 1_000, !encoding.is_empty());
    }
}

#[tokio::test]
async fn a_proxy_is_believed_only_where_it_is_trusted() {
    use std::net::SocketAddr;
    for (trusted, ip) in [(vec![], "127.0.0.1"), (vec!["127.0.0.1".parse().unwrap()], "203.0.113.9")] {
        let server = Server::new(Settings { trusted_proxies: trusted, requests_per_hour: 1, ..Settings::default() }).await;
        let from = |forwarded: &'static str| {
            let request = request(Method::GET, "/api/v1/public", "").header("x-forwarded-for", forwarded);
            let mut request = request.body(axum::body::Body::empty()).unwrap();
            request.extensions_mut().insert(axum::extract::ConnectInfo::<SocketAddr>("127.0.0.1:4000".parse().unwrap()));
            server.send(request)
        };
        // The limit of one shows which address was counted; what stands further left anybody can have written.
        assert_eq!(from("198.51.100.1, 203.0.113.9").await.status, 200);
        assert_eq!(from("198.51.100.2, 203.0.113.9").await.status, 429);
        assert_eq!(from("198.51.100.1, 203.0.113.10").await.status == 429, ip == "127.0.0.1");
    }
}
