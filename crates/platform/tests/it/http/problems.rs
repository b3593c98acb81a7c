//! Every refusal is a problem: a stable code, a sentence, the request's id, and nothing from inside.

use http::Method;
use platform::http::Settings;
use serde_json::json;

use super::{Server, problem, request};

#[tokio::test]
async fn a_body_that_does_not_fit_is_refused_with_its_place() {
    let server = Server::new(Settings::default()).await;
    let post = |body: &'static str| server.send(request(Method::POST, "/api/v1/regions", "one").body(body.into()).unwrap());

    let broken = post("{\"name\": ").await;
    assert_eq!(broken.problem(), problem(400, "malformed_json"));

    let number = post("{\"name\": 7}").await;
    assert_eq!(number.problem(), problem(422, "invalid"));
    assert_eq!(number.json()["errors"], json!([{ "pointer": "/name", "code": "unreadable", "detail": "found 7, expected a string" }]));
    let missing = post("{}").await;
    assert_eq!(missing.json()["errors"], json!([{ "pointer": "/name", "code": "required", "detail": "name is missing" }]));

    let behind = post("{\"name\": \"North\"} and more").await;
    assert_eq!(behind.problem(), problem(400, "malformed_json"));
    assert_eq!(server.count("North").await, 0);
}

#[tokio::test]
async fn what_never_reaches_a_handler_is_a_problem_too() {
    let server = Server::new(Settings { body_limit: 100, ..Settings::default() }).await;

    assert_eq!(server.get("/api/v1/nowhere", "one").await.problem(), problem(404, "unknown_address"));
    assert_eq!(server.get("/", "").await.problem(), problem(404, "unknown_address"));

    let method = server.send(request(Method::PUT, "/api/v1/regions", "one").body("{}".into()).unwrap()).await;
    assert_eq!(method.problem(), problem(405, "method_not_allowed"));
    assert_eq!(method.header("allow"), "GET,HEAD,POST");

    let plain = request(Method::POST, "/api/v1/regions", "one");
    let mut plain = plain.body("name=North".into()).unwrap();
    plain.headers_mut().insert("content-type", "text/plain".parse().unwrap());
    assert_eq!(server.send(plain).await.problem(), problem(415, "unsupported_media_type"));

    let large = server.post("/api/v1/regions", "one", &json!({ "name": "N".repeat(200) })).await;
    assert_eq!(large.problem(), problem(413, "body_too_large"));
}

#[tokio::test]
async fn what_is_our_fault_says_nothing_of_the_inside() {
    let server = Server::new(Settings::default()).await;
    for path in ["/api/v1/panic", "/api/v1/broken"] {
        let answer = server.get(path, "one").await;
        assert_eq!(answer.problem(), problem(500, "internal"));
        let text = String::from_utf8(answer.body.to_vec()).unwrap();
        for inside in ["shelf", "/etc", "division", "select"] {
            assert!(!text.contains(inside), "{path} tells: {text}");
        }
    }
}

#[tokio::test]
async fn a_refusal_keeps_what_its_handler_said_beside_it() {
    let server = Server::new(Settings::default()).await;
    let answer = server.get("/api/v1/cookies", "one").await;
    assert_eq!(answer.problem(), problem(404, "not_found"));
    assert_eq!(answer.headers.get_all("set-cookie").iter().count(), 2);
}

#[tokio::test]
async fn an_answer_that_takes_too_long_is_not_waited_for() {
    let server = Server::new(Settings { time_limit: std::time::Duration::ZERO, ..Settings::default() }).await;
    let answer = server.get("/api/v1/forever", "one").await;
    assert_eq!(answer.problem(), problem(503, "took_too_long"));
    assert_eq!(answer.header("retry-after"), "2");
}

#[tokio::test]
async fn beyond_what_can_be_answered_in_time_nobody_is_let_in_and_probes_still_answer() {
    let server = Server::new(Settings { in_flight: 1, time_limit: std::time::Duration::ZERO, ..Settings::default() }).await;
    // Nobody waits for it any more, and it still occupies the one place.
    server.get("/api/v1/forever", "one").await;
    let answer = server.get("/api/v1/regions", "one").await;
    assert_eq!(answer.problem(), problem(503, "busy"));
    assert_eq!(answer.header("retry-after"), "1");
    assert_eq!(server.get("/livez", "").await.status, 200);
}

#[tokio::test]
async fn nobody_and_a_wrong_key_are_told_to_sign_in() {
    let server = Server::new(Settings::default()).await;
    let nobody = server.get("/api/v1/regions", "").await;
    assert_eq!(nobody.problem(), problem(401, "sign_in"));
    assert_eq!(nobody.header("www-authenticate"), "Bearer realm=\"gemba\"");
    assert_eq!(server.get("/api/v1/regions", "wrong").await.problem(), problem(401, "bad_key"));
}
