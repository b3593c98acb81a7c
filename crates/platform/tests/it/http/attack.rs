//! Clients that mean harm: they cost themselves something, and others nothing. `scripts/soak attack` does the same to a whole server for a while, and
//! measures what others notice.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::ConnectInfo;
use futures_util::future::join_all;
use http::Method;
use platform::http::{Settings, listen};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tower::ServiceExt;

use super::{Answer, Server, problem, request};

/// A server that listens on loopback until it is dropped.
pub(super) struct Listening {
    pub(super) server: Server,
    pub(super) address: SocketAddr,
    serving: JoinHandle<()>,
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Listening {
    pub(super) async fn new(settings: Settings) -> Listening {
        let server = Server::new(settings).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (app, router, never) = (server.app.clone(), server.router.clone(), Arc::new(Notify::new()));
        let serving = tokio::spawn(async move { listen(listener, &app, router, never.notified()).await });
        Listening { server, address, serving }
    }

    /// A connection on which these bytes were sent, and which stays open.
    pub(super) async fn begin(&self, bytes: &[u8]) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        stream
    }

    /// What is answered until the server hangs up; sending may break off before.
    pub(super) async fn exchange(&self, bytes: &[u8]) -> String {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let (mut read, mut write) = stream.split();
        let mut answer = Vec::new();
        let sent = async {
            let _ = write.write_all(bytes).await;
        };
        let heard = async {
            let _ = read.read_to_end(&mut answer).await;
        };
        futures_util::future::join(sent, heard).await;
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// The status of an ordinary request.
    pub(super) async fn status(&self) -> u16 {
        let answer =
            self.exchange(b"GET /api/v1/regions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer two\r\nconnection: close\r\n\r\n").await;
        answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0)
    }
}

#[tokio::test]
async fn bodies_that_do_not_come_keep_nobody_out() {
    let listening = Listening::new(Settings { in_flight: 4, ..Settings::default() }).await;
    let half = b"POST /api/v1/regions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer one\r\ncontent-type: application/json\r\ncontent-length: 60\r\n\r\n{\"name\": \"S";
    let mut slow = Vec::new();
    for _ in 0..40 {
        slow.push(listening.begin(half).await);
        // The next one comes when this one is outside: four places would be taken otherwise.
        while listening.status().await != 200 {
            tokio::task::yield_now().await;
        }
    }
    assert_eq!(listening.status().await, 200);
    // One that comes to its end after all is carried out.
    let mut last = slow.pop().unwrap();
    last.write_all(b"low but whole\"}                                  ").await.unwrap();
    let mut answer = vec![0; 12];
    last.read_exact(&mut answer).await.unwrap();
    assert_eq!(answer, b"HTTP/1.1 201");
    assert_eq!(listening.server.count("Slow but whole").await, 1);
}

#[tokio::test]
async fn one_address_cannot_take_every_place() {
    let server = Server::new(Settings { in_flight: 4, ..Settings::default() }).await;
    let from = |host: u8| {
        let mut asking = request(Method::GET, "/api/v1/forever", "one").body(axum::body::Body::empty()).unwrap();
        asking.extensions_mut().insert(ConnectInfo(SocketAddr::from(([192, 0, 2, host], 7_000))));
        let router = server.router.clone();
        async move { Answer::of(router.oneshot(asking).await.unwrap()).await }
    };
    let held: Vec<_> = (0..2).map(|_| tokio::spawn(from(1))).collect();
    let refused = loop {
        let third = tokio::spawn(from(1));
        tokio::task::yield_now().await;
        if held.iter().any(JoinHandle::is_finished) {
            panic!("what goes on for ever has ended");
        }
        match futures_util::future::select(Box::pin(third), Box::pin(yields(200))).await {
            futures_util::future::Either::Left((answer, _)) => break answer.unwrap(),
            futures_util::future::Either::Right(((), third)) => third.abort(),
        }
    };
    assert_eq!((refused.problem(), refused.header("retry-after")), (problem(503, "busy"), "1"));
    let mut elsewhere = request(Method::GET, "/api/v1/regions", "two").body(axum::body::Body::empty()).unwrap();
    elsewhere.extensions_mut().insert(ConnectInfo(SocketAddr::from(([192, 0, 2, 2], 7_000))));
    assert_eq!(Answer::of(server.router.clone().oneshot(elsewhere).await.unwrap()).await.status, 200);
    held.iter().for_each(JoinHandle::abort);
}

async fn yields(times: usize) {
    for _ in 0..times {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn floods_of_headers_are_refused_before_anything_is_done() {
    let listening = Listening::new(Settings::default()).await;
    let start = "GET /api/v1/regions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer one\r\n";
    let many = format!("{start}{}\r\n", (0..500).map(|number| format!("x-{number}: y\r\n")).collect::<String>());
    let long = format!("{start}x-long: {}\r\n\r\n", "y".repeat(200_000));
    let path = format!("GET /api/v1/regions?q={} HTTP/1.1\r\nhost: x\r\n\r\n", "y".repeat(200_000));
    let endless = format!("{start}{}", "x-more: y\r\n".repeat(20_000));
    let folded = format!("{start}x-folded: y\r\n{}\r\n", " y\r\n".repeat(5_000));
    for flood in [many, long, path, endless, folded] {
        let answer = listening.exchange(flood.as_bytes()).await;
        let status = answer.split(' ').nth(1).unwrap_or_default();
        assert!(matches!(status, "" | "400" | "414" | "431"), "{}: {answer}", &flood[..60]);
    }
    assert_eq!(listening.status().await, 200);
}

#[tokio::test]
async fn giant_and_deep_json_is_refused_while_it_arrives() {
    let listening = Listening::new(Settings::default()).await;
    let post = |length: usize, body: &str| {
        let head =
            "POST /api/v1/regions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer one\r\nconnection: close\r\ncontent-type: application/json";
        format!("{head}\r\ncontent-length: {length}\r\n\r\n{body}")
    };
    let sent = async |body: &str| {
        let answer = listening.exchange(post(body.len(), body).as_bytes()).await;
        let (head, rest) = answer.split_once("\r\n\r\n").unwrap_or_default();
        let code = serde_json::from_str::<Value>(rest).ok().and_then(|problem| problem["code"].as_str().map(str::to_owned));
        (head.split(' ').nth(1).unwrap_or_default().to_owned(), code.unwrap_or_default())
    };
    let refused = |status: &str, code: &str| (status.to_owned(), code.to_owned());
    for deep in ["[".repeat(200_000), "{\"name\":".repeat(100_000), format!("{{\"name\": {}1{}}}", "[".repeat(500), "]".repeat(500))] {
        let (status, code) = sent(&deep).await;
        assert!(matches!(status.as_str(), "400" | "422"), "{status} {code}");
    }
    assert_eq!(sent(&format!("{{\"name\": \"{}\"}}", "x".repeat(2 << 20))).await, refused("413", "body_too_large"));
    // It says that it is small and goes on for ever: what is behind its length is the next request, and none.
    let endless = post(10, &"x".repeat(3 << 20));
    assert!(listening.exchange(endless.as_bytes()).await.starts_with("HTTP/1.1 400"));
    // It says that it is enormous and sends little: refused at once, whatever comes.
    let mut enormous = listening.begin(post(10 << 30, "{\"name\": \"x").as_bytes()).await;
    enormous.shutdown().await.unwrap();
    let mut answer = String::new();
    enormous.read_to_string(&mut answer).await.unwrap();
    assert!(!answer.starts_with("HTTP/1.1 2"), "{answer}");
    assert_eq!(listening.status().await, 200);
}

#[tokio::test]
async fn beyond_what_can_be_answered_others_are_told_to_come_back() {
    let server = Server::new(Settings { in_flight: 8, requests_per_hour: u32::MAX, ..Settings::default() }).await;
    let asking = (0..400).map(|number| {
        let mut asking = request(Method::GET, "/api/v1/regions", "one").body(axum::body::Body::empty()).unwrap();
        asking.extensions_mut().insert(ConnectInfo(SocketAddr::from(([192, 0, 2, (number % 5) as u8], 7_000))));
        let router = server.router.clone();
        tokio::spawn(async move { Answer::of(router.oneshot(asking).await.unwrap()).await })
    });
    let answers = join_all(asking.collect::<Vec<_>>()).await;
    for answer in answers {
        let answer = answer.unwrap();
        match answer.status.as_u16() {
            200 => {}
            _ => assert_eq!((answer.problem(), answer.header("retry-after")), (problem(503, "busy"), "1")),
        }
    }
    assert_eq!(server.get("/api/v1/regions", "two").await.status, 200);
}
