//! Calls to other servers, against servers on loopback.

use std::time::Duration;

use axum::Router;
use axum::response::Redirect;
use axum::routing::{get, post};
use bytes::Bytes;
use http::Request;
use platform::outbound::{Failure, Limits, Outbound};
use tokio::net::TcpListener;

async fn neighbour() -> String {
    let routes = Router::new()
        .route("/echo", post(|body: String| async move { format!("heard {body}") }))
        .route("/away", get(|| async { Redirect::to("http://169.254.169.254/latest/meta-data") }))
        .route("/much", get(|| async { "x".repeat(5000) }))
        .route("/never", get(std::future::pending::<()>));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, routes).await });
    format!("http://{address}")
}

fn outbound(allow: &[&str]) -> Outbound {
    waiting(Duration::from_secs(60), allow)
}

fn waiting(time: Duration, allow: &[&str]) -> Outbound {
    let allow = allow.iter().map(|network| network.parse().unwrap()).collect();
    Outbound::new(Limits { allow, time, size: 4096 }).unwrap()
}

fn get_of(address: &str) -> Request<Bytes> {
    Request::get(address).body(Bytes::new()).unwrap()
}

#[tokio::test]
async fn an_allowed_network_is_called() {
    let neighbour = neighbour().await;
    let request = Request::post(format!("{neighbour}/echo")).body(Bytes::from_static(b"you")).unwrap();
    let answer = outbound(&["127.0.0.0/8"]).send(request).await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.body().as_ref()), (200, b"heard you".as_slice()));
}

#[tokio::test]
async fn the_servers_own_neighbours_are_not_called() {
    let neighbour = neighbour().await;
    let port = neighbour.rsplit(':').next().unwrap();
    for address in [
        format!("{neighbour}/echo"),
        format!("http://localhost:{port}/echo"),
        format!("https://localhost:{port}/echo"),
        format!("http://[::ffff:127.0.0.1]:{port}/echo"),
        "http://169.254.169.254/latest/meta-data".into(),
        "https://10.0.0.1/".into(),
        "http://user@1.1.1.1/".into(),
        "http://1.1.1.1/".into(),
        "ftp://1.1.1.1/".into(),
    ] {
        let failure = outbound(&[]).send(get_of(&address)).await.unwrap_err();
        assert!(matches!(failure, Failure::Refused(_)), "{address}: {failure}");
    }
}

#[tokio::test]
async fn no_redirect_is_followed() {
    let answer = outbound(&["127.0.0.0/8"]).send(get_of(&format!("{}/away", neighbour().await))).await.unwrap();
    assert_eq!(answer.status(), 303);
}

#[tokio::test]
async fn what_is_too_large_or_too_slow_ends() {
    let neighbour = neighbour().await;
    let (patient, hasty) = (outbound(&["127.0.0.0/8"]), waiting(Duration::from_millis(500), &["127.0.0.0/8"]));
    assert_eq!(patient.send(get_of(&format!("{neighbour}/much"))).await.unwrap_err(), Failure::TooLarge);
    assert_eq!(hasty.send(get_of(&format!("{neighbour}/never"))).await.unwrap_err(), Failure::TooSlow);
}

#[tokio::test]
async fn nobody_there_is_told() {
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let failure = outbound(&["127.0.0.0/8"]).send(get_of(&format!("http://{free}/"))).await.unwrap_err();
    assert!(matches!(failure, Failure::Unreachable(_)), "{failure}");
}
