//! What a client may ask in an hour.

use std::sync::Arc;

use axum::Router;
use platform::http::{App, Settings, requests_per_hour, surround};
use serde_json::json;
use testkit::tokens::Tokens;
use tower::ServiceExt;

use super::{Answer, Server, problem, request, routes};

#[tokio::test]
async fn each_client_has_its_own_hour() {
    let server = Server::new(Settings { requests_per_hour: 2, ..Settings::default() }).await;
    let first = server.get("/api/v1/regions", "one").await;
    assert_eq!(first.header("ratelimit-policy"), "\"hour\";q=2;w=3600");
    assert!(first.header("ratelimit").starts_with("\"hour\";r=1;t="));
    assert_eq!(server.get("/api/v1/regions", "one").await.status, 200);

    let refused = server.get("/api/v1/regions", "one").await;
    assert_eq!(refused.problem(), problem(429, "rate_limited"));
    assert!(refused.header("ratelimit").starts_with("\"hour\";r=0;t="));
    assert!(refused.header("retry-after").parse::<u64>().unwrap() >= 1);

    assert_eq!(server.get("/api/v1/regions", "other").await.status, 200);
    assert_eq!(server.get("/api/v1/public", "").await.status, 200);
}

#[tokio::test]
async fn whoever_is_not_signed_in_is_counted_by_address() {
    let server = Server::new(Settings { requests_per_hour: 2, ..Settings::default() }).await;
    assert_eq!(server.get("/api/v1/regions", "wrong").await.status, 401);
    assert_eq!(server.get("/api/v1/regions", "").await.status, 401);
    assert_eq!(server.get("/api/v1/public", "").await.problem(), problem(429, "rate_limited"));
    assert_eq!(server.get("/api/v1/regions", "one").await.status, 200);
}

#[tokio::test]
async fn an_organization_sets_the_limit_for_its_roles() {
    let settings = json!({ "rate_limits": { "requests_per_hour": 2_000, "roles": { "it_admin": 20_000, "viewer": 100 } } });
    assert_eq!(requests_per_hour(&settings, ["planner"]), Some(2_000));
    assert_eq!(requests_per_hour(&settings, ["viewer"]), Some(100));
    assert_eq!(requests_per_hour(&settings, ["viewer", "it_admin"]), Some(20_000));
    assert_eq!(requests_per_hour(&json!({}), ["viewer"]), None);

    let server = Server::new(Settings { requests_per_hour: 1_000, ..Settings::default() }).await;
    let mut caller = server.one.person(&[]);
    Arc::make_mut(&mut caller.grants).requests_per_hour = Some(5);
    let app = App::new(server.test.database.clone(), Arc::new(Tokens::default().with("five", caller)), Settings::default());
    let router = surround(&app, routes(), Router::new());
    let request = request(http::Method::GET, "/api/v1/regions", "five").body(axum::body::Body::empty()).unwrap();
    assert_eq!(Answer::of(router.oneshot(request).await.unwrap()).await.header("ratelimit-policy"), "\"hour\";q=5;w=3600");
}

#[tokio::test]
async fn servers_learn_of_each_other_what_was_asked() {
    let server = Server::new(Settings { requests_per_hour: 4, ..Settings::default() }).await;
    let caller = server.one.person(&[]);
    let servers = [(); 2].map(|()| {
        let tokens = Tokens::default().with("shared", caller.clone());
        let app = App::new(server.test.database.clone(), Arc::new(tokens), Settings { requests_per_hour: 4, ..Settings::default() });
        (app.clone(), surround(&app, routes(), Router::new()))
    });
    let ask = async |router: &Router| {
        let request = request(http::Method::GET, "/api/v1/regions", "shared").body(axum::body::Body::empty()).unwrap();
        Answer::of(router.clone().oneshot(request).await.unwrap()).await
    };
    for (_, router) in [&servers[0], &servers[0], &servers[1]] {
        assert_eq!(ask(router).await.status, 200);
    }
    for (app, _) in [&servers[0], &servers[1]] {
        app.limits.reconcile(&app.database).await.unwrap();
    }
    // The second now knows of all three, and lets one more through.
    assert!(ask(&servers[1].1).await.header("ratelimit").starts_with("\"hour\";r=0;"));
    assert_eq!(ask(&servers[1].1).await.status, 429);
}
