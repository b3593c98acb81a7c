//! A request repeated with its key is carried out once.

use futures_util::future::join_all;
use http::Method;
use platform::http::Settings;
use serde_json::{Value, json};

use super::{Answer, Server, problem, request};

async fn post(server: &Server, path: &str, token: &str, key: &str, body: &Value) -> Answer {
    let request = request(Method::POST, path, token).header("idempotency-key", key);
    server.send(request.body(body.to_string().into()).unwrap()).await
}

#[tokio::test]
async fn a_repetition_is_answered_as_the_first_time() {
    let server = Server::new(Settings::default()).await;
    let north = json!({ "name": "North" });
    let first = post(&server, "/api/v1/regions", "one", "k1", &north).await;
    let again = post(&server, "/api/v1/regions", "one", "k1", &north).await;
    assert_eq!((first.status.as_u16(), again.status.as_u16()), (201, 201));
    assert_eq!(first.json(), again.json());
    assert_eq!((first.header("idempotent-replayed"), again.header("idempotent-replayed")), ("", "true"));
    for name in ["etag", "location", "content-type"] {
        assert_eq!(first.header(name), again.header(name));
    }
    assert_eq!(server.count("North").await, 1);
}

#[tokio::test]
async fn a_key_stands_for_one_request_of_one_principal() {
    let server = Server::new(Settings::default()).await;
    let (north, south) = (json!({ "name": "North" }), json!({ "name": "South" }));
    assert_eq!(post(&server, "/api/v1/regions", "one", "k1", &north).await.status, 201);
    assert_eq!(post(&server, "/api/v1/regions", "one", "k1", &south).await.problem(), problem(422, "idempotency_key_reused"));
    assert_eq!(post(&server, "/api/v1/secrets", "one", "k1", &north).await.problem(), problem(422, "idempotency_key_reused"));
    assert_eq!(post(&server, "/api/v1/regions", "two", "k1", &north).await.status, 201);
    assert_eq!(post(&server, "/api/v1/regions", "other", "k1", &south).await.status, 201);
    assert_eq!(post(&server, "/api/v1/regions", "one", "", &south).await.problem(), problem(400, "bad_idempotency_key"));
}

#[tokio::test]
async fn of_many_at_once_one_is_carried_out() {
    let server = Server::with_pool(Settings::default(), 8).await;
    let north = json!({ "name": "North" });
    // Names are unique, so each tries a different one: only the key can hold them apart from each other.
    let answers = join_all((0..8).map(|_| post(&server, "/api/v1/regions", "one", "k1", &north))).await;
    assert!(answers.iter().all(|answer| [201, 409].contains(&answer.status.as_u16())));
    assert!(answers.iter().any(|answer| answer.status == 201));
    assert_eq!(server.count("North").await, 1);
}

#[tokio::test]
async fn what_was_refused_may_be_tried_again_with_the_same_key() {
    let server = Server::new(Settings::default()).await;
    let (wrong, right) = (json!({ "name": 7 }), json!({ "name": "North" }));
    assert_eq!(post(&server, "/api/v1/regions", "one", "k1", &wrong).await.status, 422);
    assert_eq!(post(&server, "/api/v1/regions", "one", "k1", &right).await.status, 201);
}

#[tokio::test]
async fn an_answer_with_a_secret_is_not_kept() {
    let server = Server::new(Settings::default()).await;
    let north = json!({ "name": "North" });
    assert_eq!(post(&server, "/api/v1/secrets", "one", "k1", &north).await.status, 201);
    assert_eq!(post(&server, "/api/v1/secrets", "one", "k1", &north).await.problem(), problem(409, "idempotency_answer_lost"));
    assert_eq!(server.count("North").await, 1);
    let kept = server.test.admin().await.query_one("select body is null from idempotency_keys", &[]).await.unwrap();
    assert!(kept.get::<_, bool>(0));
}

#[tokio::test]
async fn keys_are_forgotten_after_a_day() {
    let server = Server::new(Settings::default()).await;
    let north = json!({ "name": "North" });
    let admin = server.test.admin().await;
    assert_eq!(post(&server, "/api/v1/regions", "one", "k1", &north).await.status, 201);
    admin.execute("update idempotency_keys set expires_at = now() - interval '1 minute'", &[]).await.unwrap();
    // The first is forgotten, so this is a new request, and the name is taken.
    assert_eq!(post(&server, "/api/v1/regions", "one", "k1", &north).await.problem(), problem(409, "already_exists"));
    let left = admin.query_one("select count(*) from idempotency_keys", &[]).await.unwrap();
    assert_eq!(left.get::<_, i64>(0), 0);
}
