//! HTTP/2 as a proxy in front speaks it, and as somebody who means harm does: whatever they send, it is their connection that ends.

use std::time::Duration;

use bytes::Bytes;
use futures_util::future::join_all;
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http2::SendRequest;
use hyper_util::rt::{TokioExecutor, TokioIo};
use platform::http::Settings;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::attack::Listening;

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// Kinds of frames (RFC 9113, section 6).
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
const CONTINUATION: u8 = 9;
/// Reasons (section 7).
const REFUSED_STREAM: u32 = 7;
const ENHANCE_YOUR_CALM: u32 = 11;

type Client = SendRequest<Full<Bytes>>;

async fn client(listening: &Listening) -> Client {
    let stream = TcpStream::connect(listening.address).await.unwrap();
    let (client, connection) = hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    client
}

fn asking(method: Method, path: &str, token: &str, body: &Value) -> Request<Full<Bytes>> {
    let request =
        Request::builder().method(method).uri(format!("http://gemba.example{path}")).header("authorization", format!("Bearer {token}"));
    let (request, body) = if body.is_null() {
        (request, Bytes::new())
    } else {
        (request.header("content-type", "application/json"), body.to_string().into())
    };
    request.body(Full::new(body)).unwrap()
}

async fn ask(client: &mut Client, request: Request<Full<Bytes>>) -> (StatusCode, HeaderMap, Bytes) {
    client.ready().await.unwrap();
    let (parts, body) = client.send_request(request).await.unwrap().into_parts();
    (parts.status, parts.headers, body.collect().await.unwrap().to_bytes())
}

#[tokio::test]
async fn what_is_asked_over_http_2_is_answered_as_over_http_1() {
    let listening = Listening::new(Settings::default()).await;
    let mut client = client(&listening).await;
    let (status, headers, _) = ask(&mut client, asking(Method::POST, "/api/v1/regions", "one", &json!({ "name": "North" }))).await;
    assert_eq!(status, 201);
    assert!(headers.contains_key("location") && headers.contains_key("x-request-id") && headers["x-content-type-options"] == "nosniff");
    let (status, headers, body) = ask(&mut client, asking(Method::GET, "/api/v1/regions", "one", &Value::Null)).await;
    assert_eq!((status, serde_json::from_slice::<Value>(&body).unwrap()), (StatusCode::OK, json!(["North"])));
    assert_eq!(headers["content-length"], body.len().to_string());
    let (status, headers, _) = ask(&mut client, asking(Method::GET, "/api/v1/regions", "nobody", &Value::Null)).await;
    assert_eq!((status, &headers["content-type"]), (StatusCode::UNAUTHORIZED, &"application/problem+json".parse().unwrap()));
    // Many at once on the one connection, and a long answer in pieces.
    let (_, _, long) = ask(&mut client, asking(Method::GET, "/api/v1/long", "one", &Value::Null)).await;
    assert_eq!(long, "a line of text\n".repeat(1_000));
    let at_once = (0..40).map(|_| {
        let mut client = client.clone();
        async move { ask(&mut client, asking(Method::GET, "/api/v1/regions", "two", &Value::Null)).await }
    });
    for (status, _, body) in join_all(at_once).await {
        assert_eq!((status, &body[..]), (StatusCode::OK, &b"[]"[..]));
    }
    let (status, _, body) = ask(&mut client, asking(Method::POST, "/api/v1/regions", "one", &json!({ "name": "x".repeat(2 << 20) }))).await;
    assert_eq!(
        (status, &serde_json::from_slice::<Value>(&body).unwrap()["code"]),
        (StatusCode::PAYLOAD_TOO_LARGE, &"body_too_large".into())
    );
}

#[tokio::test]
async fn nobody_changes_to_http_2_in_the_middle() {
    let listening = Listening::new(Settings::default()).await;
    let upgrade = b"GET /api/v1/regions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer two\r\nconnection: upgrade, http2-settings, close\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABkAAQAAP__\r\n\r\n";
    assert!(listening.exchange(upgrade).await.starts_with("HTTP/1.1 200"));
    let late = [b"GET /api/v1/regions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer two\r\n\r\n", PREFACE].concat();
    let answer = listening.exchange(&late).await;
    assert!(answer.starts_with("HTTP/1.1 200") && answer.matches(" 200 ").count() == 1 && answer.ends_with("[]"), "{answer}");
}

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = payload.len() as u32;
    [&length.to_be_bytes()[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// A field that no table has (RFC 7541, section 6.2.2).
fn field(name: &str, value: &str) -> Vec<u8> {
    assert!(name.len() < 127 && value.len() < 127);
    [&[0, name.len() as u8], name.as_bytes(), &[value.len() as u8], value.as_bytes()].concat()
}

/// `GET path`, signed by the second organization.
fn get(path: &str) -> Vec<u8> {
    [vec![0x82, 0x86], field(":path", path), field(":authority", "x"), field("authorization", "Bearer two")].concat()
}

fn headers(stream: u32, block: &[u8]) -> Vec<u8> {
    frame(HEADERS, 5, stream, block)
}

fn reset(stream: u32) -> Vec<u8> {
    frame(RST_STREAM, 0, stream, &8_u32.to_be_bytes())
}

/// What a server said: kind, stream, payload of each frame.
fn frames(mut heard: &[u8]) -> Vec<(u8, u32, Vec<u8>)> {
    let mut frames = Vec::new();
    while heard.len() >= 9 {
        let length = u32::from_be_bytes([0, heard[0], heard[1], heard[2]]) as usize;
        let Some(payload) = heard.get(9..9 + length) else { break };
        frames.push((heard[3], u32::from_be_bytes([heard[5], heard[6], heard[7], heard[8]]), payload.to_vec()));
        heard = &heard[9 + length..];
    }
    frames
}

/// What is answered to these frames until the server hangs up, which it does at the latest when nothing more comes.
async fn flood(listening: &Listening, flood: &[u8]) -> Vec<(u8, u32, Vec<u8>)> {
    let mut stream = TcpStream::connect(listening.address).await.unwrap();
    let (mut read, mut write) = stream.split();
    let sent = async {
        let begin = [PREFACE, &frame(SETTINGS, 0, 0, &[])].concat();
        if write.write_all(&begin).await.is_ok() && write.write_all(flood).await.is_ok() {
            let _ = write.shutdown().await;
        }
    };
    let mut heard = Vec::new();
    let hears = async {
        let _ = read.read_to_end(&mut heard).await;
    };
    futures_util::future::join(sent, hears).await;
    frames(&heard)
}

/// Why a server hung up, as it said itself.
fn reason(frames: &[(u8, u32, Vec<u8>)]) -> Option<u32> {
    let (_, _, payload) = frames.iter().rfind(|(kind, _, _)| *kind == GOAWAY)?;
    Some(u32::from_be_bytes(payload.get(4..8)?.try_into().ok()?))
}

fn answers(frames: &[(u8, u32, Vec<u8>)]) -> usize {
    frames.iter().filter(|(kind, _, _)| *kind == HEADERS).count()
}

#[tokio::test]
async fn floods_end_with_the_connection_and_disturb_nobody() {
    let listening = Listening::new(Settings::default()).await;
    let streams = |count: u32| (0..count).map(|number| number * 2 + 1);
    // Requests that are taken back at once (CVE-2023-44487).
    let rapid: Vec<u8> = streams(2_000).flat_map(|stream| [headers(stream, &get("/api/v1/regions")), reset(stream)].concat()).collect();
    let heard = flood(&listening, &rapid).await;
    assert_eq!((reason(&heard), answers(&heard)), (Some(ENHANCE_YOUR_CALM), 0));
    // Headers without an end (CVE-2024-27316): many frames, with something in them and with nothing.
    for piece in [&[0; 64][..], &[]] {
        let endless: Vec<u8> = [frame(HEADERS, 1, 1, &get("/api/v1/regions"))]
            .into_iter()
            .chain((0..20_000).map(|_| frame(CONTINUATION, 0, 1, piece)))
            .flatten()
            .collect();
        let heard = flood(&listening, &endless).await;
        assert_eq!(answers(&heard), 0);
        assert!(reason(&heard).is_some_and(|reason| reason != 0), "{heard:?}");
    }
    // A little that unpacks to a lot: one long field that is said again and again.
    let long = [&[0x40, 1, b'x', 0x7f, 0xa1, 0x1e][..], &[b'y'; 4_000]].concat();
    let bomb = [get("/api/v1/regions"), long, vec![0xbe; 8_000]].concat();
    assert!(bomb.len() < 16_384);
    let heard = flood(&listening, &headers(1, &bomb)).await;
    assert!(heard.iter().all(|(kind, _, payload)| *kind != HEADERS || !payload.starts_with(&[0x88])), "{heard:?}");
    // More fields than anybody needs.
    let many = [get("/api/v1/regions"), field("x", "y").repeat(500)].concat();
    let heard = flood(&listening, &headers(1, &many)).await;
    assert!(heard.iter().all(|(kind, _, payload)| *kind != HEADERS || !payload.starts_with(&[0x88])), "{heard:?}");
    // Settings and signs of life that want to be confirmed.
    for asking in [frame(SETTINGS, 0, 0, &[0, 4, 0, 0, 0xff, 0xff]), frame(PING, 0, 0, &[0; 8])] {
        let heard = flood(&listening, &asking.repeat(5_000)).await;
        assert!(heard.len() <= 5_010 && answers(&heard) == 0);
    }
    // What is no frame at all, a frame that is too long, streams in the wrong order.
    let wrong = [
        vec![0xff; 5_000],
        frame(0, 0, 1, &[0; 20_000]),
        [headers(3, &get("/api/v1/regions")), headers(1, &get("/api/v1/regions"))].concat(),
    ];
    for wrong in wrong {
        let heard = flood(&listening, &wrong).await;
        assert!(reason(&heard).is_none_or(|reason| reason != 0) && answers(&heard) <= 1, "{heard:?}");
    }
    assert_eq!(listening.status().await, 200);
}

#[tokio::test]
async fn requests_that_are_taken_back_one_by_one_end_the_connection_too() {
    let listening = Listening::new(Settings { requests_per_hour: u32::MAX, ..Settings::default() }).await;
    let mut client = client(&listening).await;
    let mut asked = 0;
    while client.ready().await.is_ok() {
        let answer = client.send_request(asking(Method::GET, "/api/v1/regions", "one", &Value::Null));
        // Long enough for it to arrive, not for its answer.
        let _ = futures_util::future::select(Box::pin(answer), Box::pin(yields(20))).await;
        asked += 1;
        assert!(asked < 50_000, "it goes on and on");
    }
    assert!(asked > 50, "some is usual");
    assert_eq!(listening.status().await, 200);
    while listening.server.app.in_flight() > 0 {
        tokio::task::yield_now().await;
    }
}

async fn yields(times: usize) {
    for _ in 0..times {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn one_connection_has_so_many_streams_and_no_more() {
    let listening = Listening::new(Settings { in_flight: 1_000, ..Settings::default() }).await;
    let asked: Vec<u8> = (0..200).flat_map(|number| headers(number * 2 + 1, &get("/api/v1/forever"))).collect();
    let mut stream = listening.begin(&[PREFACE, &frame(SETTINGS, 0, 0, &[]), &asked].concat()).await;
    let mut heard = Vec::new();
    let refused = loop {
        let mut buffer = [0; 4_096];
        let read = tokio::time::timeout(Duration::from_secs(60), stream.read(&mut buffer)).await.expect("something is said").unwrap();
        assert!(read > 0, "the connection stays");
        heard.extend_from_slice(&buffer[..read]);
        let refused = |(kind, _, payload): &&(u8, u32, Vec<u8>)| *kind == RST_STREAM && payload[..] == REFUSED_STREAM.to_be_bytes();
        let count = frames(&heard).iter().filter(refused).count();
        if count > 0 {
            break count;
        }
    };
    assert!(refused <= 72, "{refused}");
    assert_eq!(listening.status().await, 200);
}

#[tokio::test]
async fn whoever_takes_nothing_of_an_answer_gets_nothing_more_than_fits() {
    let listening = Listening::new(Settings::default()).await;
    // No room for any byte of an answer's body.
    let nothing = frame(SETTINGS, 0, 0, &[0, 4, 0, 0, 0, 0]);
    let asked: Vec<u8> = (0..50).flat_map(|number| headers(number * 2 + 1, &get("/api/v1/long"))).collect();
    let mut stream = listening.begin(&[PREFACE, &nothing, &asked].concat()).await;
    let mut heard = Vec::new();
    while answers(&frames(&heard)) < 50 {
        let mut buffer = [0; 4_096];
        let read = tokio::time::timeout(Duration::from_secs(60), stream.read(&mut buffer)).await.expect("something is said").unwrap();
        assert!(read > 0, "the connection stays");
        heard.extend_from_slice(&buffer[..read]);
    }
    assert!(frames(&heard).iter().all(|(kind, _, payload)| *kind != 0 || payload.is_empty()), "no data");
    assert_eq!(listening.status().await, 200);
    // Room for all, and all comes.
    stream.write_all(&frame(SETTINGS, 0, 0, &[0, 4, 0, 1, 0, 0])).await.unwrap();
    stream.write_all(&frame(8, 0, 0, &(1_u32 << 20).to_be_bytes())).await.unwrap();
    let whole = |heard: &[u8]| frames(heard).iter().filter(|(kind, _, _)| *kind == 0).map(|(_, _, payload)| payload.len()).sum::<usize>();
    while whole(&heard) < 50 * 15_000 {
        let mut buffer = vec![0; 65_536];
        let read = tokio::time::timeout(Duration::from_secs(60), stream.read(&mut buffer)).await.expect("something comes").unwrap();
        assert!(read > 0, "the connection stays");
        heard.extend_from_slice(&buffer[..read]);
    }
}
