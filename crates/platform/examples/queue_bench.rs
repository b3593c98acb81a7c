//! Measures runs and webhooks on a database of its own: runs carried out a second with and without an old snapshot, how soon a run is picked up,
//! and events told to a receiver a second.
//!
//! **Invariant:** runs go the way contexts ask for them and workers carry them out; only the backlog is laid in bulk.

#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a benchmark prints, and stops at the first surprise")]

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use platform::events::{Catalogue, KINDS, Publisher};
use platform::ids::RunId;
use platform::outbound::{Limits, Outbound};
use platform::resource::Kinds;
use platform::runs::{Order, Running, Settings, WorkKind, Worker, Works, enqueue};
use platform::secrets::Secrets;
use platform::webhooks::{DELIVER, Deliverer};
use serde_json::{Value, json};
use testkit::tokens::Tokens;
use testkit::{Tenant, TestDatabase, new_id};
use tokio::sync::oneshot;
use tokio::time::Instant;
use tokio_postgres::Client;

const KIND: WorkKind = WorkKind { audited: false, ..WorkKind::new("bench.nothing", "default") };
const ORGANIZATIONS: usize = 10;

struct Asked {
    seconds: u64,
    events: i32,
    runs: usize,
}

#[tokio::main]
async fn main() {
    let mut asked = Asked { seconds: 20, events: 5_000, runs: 300 };
    let words: Vec<String> = std::env::args().skip(1).collect();
    for pair in words.chunks(2) {
        let value = pair.get(1).and_then(|value| value.parse::<u32>().ok());
        match (pair[0].as_str(), value) {
            ("--seconds", Some(value)) => asked.seconds = value.into(),
            ("--events", Some(value)) => asked.events = value as i32,
            ("--runs", Some(value)) => asked.runs = value as usize,
            _ => panic!("expected --seconds N, --events N or --runs N, found {}", pair.join(" ")),
        }
    }
    println!("| what | measured | goal |\n|---|---:|---:|");
    throughput(&asked).await;
    pickup(&asked).await;
    webhooks(&asked).await;
}

/// A worker that goes on until the sender is dropped.
fn worker(test: &TestDatabase, works: Works, places: usize) -> (oneshot::Sender<()>, tokio::task::JoinHandle<()>) {
    let (goes_on, ended) = oneshot::channel::<()>();
    let settings = Settings { places, grace: Duration::from_secs(5), ..Settings::default() };
    let worker = Worker::new(test.database.clone(), works, Arc::new(Tokens::default()), settings);
    (goes_on, tokio::spawn(worker.keep(async move { ended.await.unwrap_or(()) })))
}

/// Lays runs in bulk, for all organizations alike.
async fn lay(admin: &Client, tenants: &[Tenant], each: i32) {
    for tenant in tenants {
        let insert =
            "select count(gemba.enqueue_run($1, gen_random_uuid(), null, 'bench.nothing', 'Nothing', 'default', 0::smallint, null, null, 5,
            '{}', '{}', false, null, null, null, now())) from generate_series(1, $2)";
        admin.query(insert, &[&tenant.organization, &each]).await.unwrap();
    }
}

/// Keeps a backlog and cleans up as autovacuum would, until told to stop.
async fn keep_busy(test: &TestDatabase, tenants: Vec<Tenant>, mut stop: oneshot::Receiver<()>) {
    let admin = test.admin().await;
    for round in 0.. {
        let waiting: i64 = admin.query_one("select count(*) from runs where position is not null", &[]).await.unwrap().get(0);
        if waiting < 20_000 {
            lay(&admin, &tenants, 500).await;
        }
        if round % 20 == 19 {
            admin.batch_execute("vacuum runs").await.unwrap();
        }
        tokio::select! {
            _ = &mut stop => return,
            () = tokio::time::sleep(Duration::from_millis(100)) => {}
        }
    }
}

async fn throughput(asked: &Asked) {
    let test = Arc::new(TestDatabase::with_pool(24).await);
    let mut tenants = Vec::new();
    for number in 0..ORGANIZATIONS {
        tenants.push(test.organization(&format!("Bench {number}"), 0).await);
    }
    let done = Arc::new(AtomicU64::new(0));
    let counted = done.clone();
    let works = Works::default().with(KIND, move |_: Running| {
        counted.fetch_add(1, Ordering::Relaxed);
        async { Ok(Value::Null) }
    });
    lay(&test.admin().await, &tenants, 2_000).await;
    let (busy, stop) = oneshot::channel();
    let laying = tokio::spawn({
        let (test, tenants) = (test.clone(), tenants.clone());
        async move { keep_busy(&test, tenants, stop).await }
    });
    let (working, task) = worker(&test, works, 16);
    tokio::time::sleep(Duration::from_secs(2)).await;
    let mut rates = Vec::new();
    let pinned = test.admin().await;
    for pin in [false, true] {
        if pin {
            pinned.batch_execute("begin isolation level repeatable read; select count(*) from runs").await.unwrap();
        }
        // The second half of the time counts: what an old snapshot costs grows.
        tokio::time::sleep(Duration::from_secs(asked.seconds / 2)).await;
        let (before, began) = (done.load(Ordering::Relaxed), Instant::now());
        tokio::time::sleep(Duration::from_secs(asked.seconds.div_ceil(2))).await;
        rates.push((done.load(Ordering::Relaxed) - before) as f64 / began.elapsed().as_secs_f64());
    }
    println!("| runs carried out a second, {ORGANIZATIONS} organizations, 16 places | {:.0} | |", rates[0]);
    let drop = (1.0 - rates[1] / rates[0]) * 100.0;
    println!("| the same while a snapshot {} s old is held | {:.0} ({:+.0} %) | at most −20 % |", asked.seconds, rates[1], -drop);
    pinned.batch_execute("rollback").await.unwrap();
    drop_all(busy, working);
    let _ = (laying.await, task.await);
}

fn drop_all(one: oneshot::Sender<()>, other: oneshot::Sender<()>) {
    drop((one, other));
}

async fn pickup(asked: &Asked) {
    let test = TestDatabase::with_pool(16).await;
    let tenant = test.organization("Bench", 0).await;
    let committed: Arc<Mutex<BTreeMap<RunId, Instant>>> = Arc::default();
    let waits: Arc<Mutex<Vec<(RunId, Instant)>>> = Arc::default();
    let begun = waits.clone();
    let works = Works::default().with(KIND, move |run: Running| {
        begun.lock().unwrap().push((run.id(), Instant::now()));
        async { Ok(Value::Null) }
    });
    let (working, task) = worker(&test, works, 4);
    for number in 0..asked.runs {
        let mut tx = test.database.begin(&tenant.system()).await.unwrap();
        let id = enqueue(&mut tx, &KIND, Order::default()).await.unwrap();
        tx.commit().await.unwrap();
        committed.lock().unwrap().insert(id, Instant::now());
        tokio::time::sleep(Duration::from_millis(20 + (number as u64 * 7919) % 60)).await;
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    drop(working);
    let _ = task.await;
    let committed = committed.lock().unwrap();
    let mut ms: Vec<f64> = waits
        .lock()
        .unwrap()
        .iter()
        .filter_map(|(id, begun)| Some(begun.saturating_duration_since(*committed.get(id)?).as_secs_f64() * 1e3))
        .collect();
    ms.sort_by(f64::total_cmp);
    let at = |part: f64| ms[((ms.len() - 1) as f64 * part) as usize];
    println!(
        "| from commit to start, {} single runs: p50 / p95 / p99 | {:.0} / {:.0} / {:.0} ms | p95 at most 200 ms |",
        ms.len(),
        at(0.5),
        at(0.95),
        at(0.99)
    );
}

async fn webhooks(asked: &Asked) {
    let test = TestDatabase::with_pool(16).await;
    let tenant = test.organization("Bench", 0).await;
    let received = Arc::new(AtomicUsize::new(0));
    let counted = received.clone();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let router = axum::Router::new().fallback(move || {
        counted.fetch_add(1, Ordering::Relaxed);
        async { http::StatusCode::NO_CONTENT }
    });
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });

    let person = tenant.person(&["integration.event.read", "identity.region.read"]);
    let tokens = Tokens::default().with("owner", person.clone());
    let outbound = Outbound::new(Limits { allow: vec!["127.0.0.0/8".parse().unwrap()], ..Limits::default() }).unwrap();
    let secrets = Secrets::derived(&[7; 32]).unwrap();
    let kinds = Kinds::new(platform::places::kinds());
    let catalogue = Catalogue::new(&kinds, KINDS.iter().copied());
    let deliverer = Deliverer::new(outbound, secrets, catalogue, Arc::new(tokens.clone()));
    let works = Works::default().with(DELIVER, deliverer);
    let admin = test.admin().await;
    let (id, user) = match person.principal {
        platform::Principal::User { id, session } => (new_id(), json!({ "user": id, "session": session })),
        _ => unreachable!("a person is a user"),
    };
    let insert = "insert into webhooks (organization_id, id, name, url, acting, behind, created_at, created_by, updated_at, updated_by)
        values ($1, $2, 'Bench', $3, $4, 0, now(), 'bench', now(), 'bench')";
    admin.execute(insert, &[&tenant.organization, &id, &url, &user]).await.unwrap();
    let made = "insert into regions (organization_id, id, name) select $1, gen_random_uuid(), 'Region ' || n from generate_series(1, $2) n";
    admin.execute(made, &[&tenant.organization, &asked.events]).await.unwrap();
    let (publishing, published) = oneshot::channel::<()>();
    let publisher = tokio::spawn(Publisher::new(test.database.clone()).keep(async move { published.await.unwrap_or(()) }));
    let settings = Settings { places: 4, ..Settings::default() };
    let (working, ended) = oneshot::channel::<()>();
    let worker = Worker::new(test.database.clone(), works, Arc::new(tokens), settings);
    let began = Instant::now();
    let task = tokio::spawn(worker.keep(async move { ended.await.unwrap_or(()) }));
    while received.load(Ordering::Relaxed) < asked.events as usize && began.elapsed() < Duration::from_secs(120) {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let (count, seconds) = (received.load(Ordering::Relaxed), began.elapsed().as_secs_f64());
    println!("| events told to one webhook a second, signed and logged ({count}) | {:.0} | |", count as f64 / seconds);
    drop((publishing, working));
    let _ = (publisher.await, task.await);
}
