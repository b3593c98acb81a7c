//! Clients that hang up: nothing is left half-done, nothing of one organization reaches another, no connection keeps a transaction.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use futures_util::future::join_all;
use platform::http::{App, Settings, listen};
use platform::{Caller, Result};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use uuid::Uuid;

use super::{Server, request};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/api/v1/pairs", get(read).post(write)).route("/api/v1/slow", get(slow))
}

/// The organizations of the first rows that the caller sees, and what the connection was told. Without walls the first rows are of both; all
/// rows would be more with every request, and in the end nothing but that is soaked.
async fn read(State(app): State<App>, caller: Caller) -> Result<Json<Value>> {
    let mut tx = app.begin(&caller).await?;
    let rows = tx.query("select distinct organization_id::text from (select organization_id from regions limit 200) r", &[]).await?;
    let told = tx.query_one("select current_setting('gemba.organization'), count(*) from plants", &[]).await?;
    tx.commit().await?;
    let seen: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    Ok(Json(json!({ "seen": seen, "told": told.get::<_, String>(0) })))
}

/// Two rows that belong together, in two statements.
async fn write(State(app): State<App>, caller: Caller) -> Result<Json<Value>> {
    let mut tx = app.begin(&caller).await?;
    let pair: Uuid = tx.new_id();
    for half in ["left", "right"] {
        let id: Uuid = tx.new_id();
        let (name, kind) = (format!("{pair} {half}"), caller.organization.to_string());
        let insert = "insert into regions (organization_id, id, name, description) values ($1, $2, $3, $4)";
        tx.execute(insert, &[&caller.organization, &id, &name, &kind]).await?;
    }
    tx.commit().await?;
    Ok(Json(json!({ "seen": [caller.organization], "told": caller.organization })))
}

/// Where [`slow`] stands, and what lets it go on.
#[derive(Clone, Default)]
struct Gate {
    reached: Arc<Notify>,
    open: Arc<Notify>,
    done: Arc<Notify>,
}

async fn slow(State(app): State<App>, caller: Caller) -> Result<()> {
    let gate: Gate = app.part()?;
    let mut tx = app.begin(&caller).await?;
    let id: Uuid = tx.new_id();
    tx.execute("insert into regions (organization_id, id, name) values ($1, $2, 'Slow')", &[&caller.organization, &id]).await?;
    gate.reached.notify_one();
    gate.open.notified().await;
    tx.commit().await?;
    gate.done.notify_one();
    Ok(())
}

#[tokio::test]
async fn a_client_that_hangs_up_does_not_stop_what_it_began() {
    let mut server = Server::new(Settings::default()).await;
    let gate = Gate::default();
    let app = server.app.clone().with(gate.clone());
    server.router = platform::http::surround(&app, super::routes(), Router::new());
    let asking = server.send(request(http::Method::GET, "/api/v1/slow", "one").body(axum::body::Body::empty()).unwrap());
    // The client waits until the handler is in the middle of its transaction, and goes.
    tokio::select! {
        _ = asking => unreachable!("the gate is closed"),
        () = gate.reached.notified() => {}
    }
    gate.open.notify_one();
    gate.done.notified().await;
    assert_eq!(server.count("Slow").await, 1);
}

#[tokio::test]
async fn a_thousand_aborted_requests_leave_nothing_behind() {
    soak(1_000, 32).await;
}

/// `scripts/soak cancel` runs it; `GEMBA_SOAK_REQUESTS` says how many.
#[tokio::test]
#[ignore = "minutes; scripts/soak cancel runs it"]
async fn cancel_soak() {
    let requests = std::env::var("GEMBA_SOAK_REQUESTS").ok().and_then(|number| number.parse().ok()).unwrap_or(100_000);
    soak(requests, 64).await;
}

async fn soak(requests: usize, clients: usize) {
    // Nobody is turned away at the door: what was given up goes on to its end, and whoever comes behind it waits for the pool of two.
    let settings = Settings { requests_per_hour: u32::MAX, in_flight: 1 << 20, ..Settings::default() };
    let server = Server::with_pool(settings, 2).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let stop = Arc::new(Notify::new());
    let (app, router, stopped) = (server.app.clone(), server.router.clone(), stop.clone());
    let serving = tokio::spawn(async move { listen(listener, &app, router, stopped.notified()).await });

    let expected = [("one", server.one.organization.to_string()), ("two", server.two.organization.to_string())];
    let (left, answered) = (AtomicUsize::new(requests), AtomicUsize::new(0));
    let client = async |number: usize| {
        let mut chance = Chance(0x9e37_79b9_7f4a_7c15 ^ (number as u64) << 17);
        while left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok() {
            let (token, organization) = &expected[chance.below(2)];
            if let Some(body) = converse(address, token, &mut chance).await {
                answered.fetch_add(1, Ordering::Relaxed);
                assert_eq!(body["told"], **organization);
                for seen in body["seen"].as_array().unwrap() {
                    assert_eq!(seen, organization, "a row of the other organization");
                }
            }
        }
    };
    join_all((0..clients).map(client)).await;
    stop.notify_one();
    serving.await.unwrap();
    let answered = answered.load(Ordering::Relaxed);
    assert!(answered > requests / 20, "{answered} whole answers are too few to mean anything");
    check_database(&server).await;
}

/// One request, left at some point; its answer where it was waited for and was no refusal.
async fn converse(address: SocketAddr, token: &str, chance: &mut Chance) -> Option<Value> {
    let method = if chance.below(3) == 0 { "POST" } else { "GET" };
    let text = format!("{method} /api/v1/pairs HTTP/1.1\r\nhost: gemba\r\nauthorization: Bearer {token}\r\ncontent-length: 0\r\n\r\n");
    let mut stream = TcpStream::connect(address).await.ok()?;
    // No lingering: leaving sends a reset at once, as a killed browser's machine would.
    if chance.below(2) == 0 {
        stream.set_zero_linger().ok()?;
    }
    let whole = chance.below(8) == 0;
    let sent = if chance.below(16) == 0 { chance.below(text.len()) } else { text.len() };
    stream.write_all(&text.as_bytes()[..sent]).await.ok()?;
    if !whole || sent < text.len() {
        for _ in 0..chance.below(200) {
            tokio::task::yield_now().await;
        }
        return None;
    }
    let mut answer = Vec::new();
    let mut part = [0; 4096];
    loop {
        let read = stream.read(&mut part).await.ok()?;
        answer.extend_from_slice(&part[..read]);
        let text = String::from_utf8_lossy(&answer);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            // Too busy is an honest answer with a pool of two.
            if head.starts_with("HTTP/1.1 503") {
                return None;
            }
            assert!(head.starts_with("HTTP/1.1 200"), "{text}");
            if let Ok(body) = serde_json::from_str(body) {
                return Some(body);
            }
        }
        if read == 0 {
            return None;
        }
    }
}

async fn check_database(server: &Server) {
    let admin = server.test.admin().await;
    let number = async |sql: &str| admin.query_one(sql, &[]).await.unwrap().get::<_, i64>(0);
    let open = number(
        "select count(*) from pg_stat_activity where datname = current_database() and usename = 'gemba_app' \
         and (state like 'idle in transaction%' or xact_start is not null)",
    );
    assert_eq!(open.await, 0, "a connection kept its transaction");
    assert_eq!(number("select count(*) from regions where description <> organization_id::text").await, 0, "a row went to the other side");
    let halves = number("select count(*) from (select from regions group by split_part(name, ' ', 1) having count(*) <> 2) as halves");
    assert_eq!(halves.await, 0, "a pair was written by half");
    assert!(number("select count(*) from regions").await > 0);
    let trail =
        number("select count(*) from audit_events e join regions r on r.id = e.record_id where r.organization_id <> e.organization_id");
    assert_eq!(trail.await, 0);
    // Both connections are in the pool again, and remember nobody.
    for _ in 0..2 {
        let mut tx = server.app.database.before_sign_in().await.unwrap();
        let told = tx.query_one("select coalesce(current_setting('gemba.organization', true), '')", &[]).await.unwrap();
        assert_eq!(told.get::<_, String>(0), "");
    }
}

/// The same turns every time (xorshift).
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound as u64) as usize
    }
}
