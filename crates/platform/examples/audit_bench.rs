//! Measures the audit trail on a database of its own: writes with and without it, the lag of its seals under load, and verifying a long one.
//!
//! **Invariant:** writes go the way requests go, through [`platform::Tx`] as the server's role; only the long trail is laid by a superuser.

#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a benchmark prints, and stops at the first surprise")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use platform::audit::Custody;
use platform::audit::chain::Signer;
use platform::audit::sealer::{self, Look};
use platform::audit::verification::{self, Request};
use testkit::{Tenant, TestDatabase};
use tokio::sync::oneshot;
use tokio::time::Instant;
use tokio_postgres::{Client, NoTls};
use uuid::Uuid;

struct Asked {
    entries: i64,
    seconds: u64,
    rate: u64,
}

#[tokio::main]
async fn main() {
    let asked = asked();
    println!("| what | measured | goal |\n|---|---:|---:|");
    cost(&asked).await;
    lag(&asked).await;
    verifying(&asked).await;
}

fn asked() -> Asked {
    let mut asked = Asked { entries: 1_000_000, seconds: 20, rate: 1_000 };
    let words: Vec<String> = std::env::args().skip(1).collect();
    for pair in words.chunks(2) {
        let value = pair.get(1).and_then(|value| value.parse::<u32>().ok());
        match (pair[0].as_str(), value) {
            ("--entries", Some(value)) => asked.entries = value.into(),
            ("--seconds", Some(value)) => asked.seconds = value.into(),
            ("--rate", Some(value)) => asked.rate = value.into(),
            _ => panic!("expected --entries N, --seconds N or --rate N, found {}", pair.join(" ")),
        }
    }
    asked
}

fn signer() -> Signer {
    Signer::new(&[42; 32])
}

/// An organization with 1,000 regions to change.
async fn plant(test: &TestDatabase) -> (Tenant, Arc<Vec<Uuid>>) {
    let tenant = test.organization("Bench", 0).await;
    let admin = test.admin().await;
    let made = "insert into regions (organization_id, id, name) select $1, gen_random_uuid(), 'Region ' || n from generate_series(1, 1000) n returning id";
    let rows = admin.query(made, &[&tenant.organization]).await.unwrap();
    (tenant, Arc::new(rows.iter().map(|row| row.get(0)).collect()))
}

/// One change, as a request makes it; returns its transaction's number.
async fn change(test: &TestDatabase, tenant: &Tenant, region: Uuid, number: u64) -> i64 {
    let mut tx = test.database.begin(&tenant.system()).await.unwrap();
    let sql = "update regions set description = $3, version = version + 1, updated_at = now() where organization_id = $1 and id = $2 \
         returning pg_current_xact_id()::text::bigint";
    let row = tx.query_one(sql, &[&tenant.organization, &region, &format!("change {number}")]).await.unwrap();
    tx.commit().await.unwrap();
    row.get(0)
}

/// Changes a second, as many as four clients get done, with the trail and without.
async fn cost(asked: &Asked) {
    let test = Arc::new(TestDatabase::with_pool(4).await);
    let (tenant, regions) = plant(&test).await;
    let admin = test.admin().await;
    let window = Duration::from_secs(asked.seconds.clamp(2, 5));
    let mut best = [0u64; 2];
    // Turn and turn about, the better of three: what else the machine does meanwhile hits both.
    for _ in 0..3 {
        for (with, best) in best.iter_mut().enumerate() {
            let state = if with == 1 { "enable" } else { "disable" };
            admin.batch_execute(&format!("alter table regions {state} trigger audited")).await.unwrap();
            let done = Arc::new(AtomicU64::new(0));
            let end = Instant::now() + window;
            let clients = (0..4).map(|client| {
                let (test, tenant, regions, done) = (test.clone(), tenant.clone(), regions.clone(), done.clone());
                tokio::spawn(async move {
                    let mut number = client;
                    while Instant::now() < end {
                        change(&test, &tenant, regions[(number % 1_000) as usize], number).await;
                        number += 4;
                        done.fetch_add(1, Ordering::Relaxed);
                    }
                })
            });
            for client in clients.collect::<Vec<_>>() {
                client.await.unwrap();
            }
            *best = (*best).max(done.load(Ordering::Relaxed) / window.as_secs());
        }
    }
    println!("| changes without a trail, four clients | {}/s | |", best[0]);
    println!("| changes with their trail, four clients | {}/s ({} %) | ≥ 1,000/s |", best[1], best[1] * 100 / best[0].max(1));
}

/// How long after its commit a change is sealed, while changes come in at a steady rate.
async fn lag(asked: &Asked) {
    let test = Arc::new(TestDatabase::with_pool(12).await);
    let (tenant, regions) = plant(&test).await;
    let (stop, stopped) = oneshot::channel::<()>();
    let custody = Custody { signer: signer(), witness: None };
    let keeping = tokio::spawn(custody.keep(test.database.clone(), async move { stopped.await.unwrap_or(()) }));
    let watching = watch(&test, Duration::from_secs(asked.seconds + 10));
    let start = Instant::now();
    let clients = 8u64;
    let writers = (0..clients).map(|client| {
        let (test, tenant, regions) = (test.clone(), tenant.clone(), regions.clone());
        let (rate, total) = (asked.rate, asked.rate * asked.seconds);
        tokio::spawn(async move {
            let mut committed = Vec::new();
            for number in (client..total).step_by(clients as usize) {
                tokio::time::sleep_until(start + Duration::from_micros(number * 1_000_000 / rate.max(1))).await;
                let transaction = change(&test, &tenant, regions[(number % 1_000) as usize], number).await;
                committed.push((transaction, Instant::now()));
            }
            committed
        })
    });
    let mut committed = Vec::new();
    for writer in writers.collect::<Vec<_>>() {
        committed.extend(writer.await.unwrap());
    }
    let wrote = start.elapsed();
    let sealed = watching.await.unwrap();
    stop.send(()).unwrap();
    keeping.await.unwrap();
    let mut lags: Vec<Duration> = committed
        .iter()
        .map(|(transaction, at)| {
            let seen = sealed.iter().find(|(to, _)| to > transaction).expect("everything is sealed in the end").1;
            seen.saturating_duration_since(*at)
        })
        .collect();
    lags.sort_unstable();
    let part = |share: usize| lags[(lags.len() - 1) * share / 100].as_secs_f64();
    println!("| changes a second meanwhile | {:.0}/s | {}/s |", committed.len() as f64 / wrote.as_secs_f64(), asked.rate);
    println!("| commit to seal, p50 / p99 / most | {:.2} / {:.2} / {:.2} s | p99 ≤ 5 s |", part(50), part(99), part(100));
}

/// Watches how far the chain is sealed, as a reader sees it.
fn watch(test: &Arc<TestDatabase>, window: Duration) -> tokio::task::JoinHandle<Vec<(i64, Instant)>> {
    let test = test.clone();
    tokio::spawn(async move {
        let admin = test.admin().await;
        let (mut seen, end) = (Vec::new(), Instant::now() + window);
        while Instant::now() < end {
            let row = admin.query_one("select coalesce(max(to_transaction), 0) from audit_seals", &[]).await.unwrap();
            let to: i64 = row.get(0);
            if seen.last().is_none_or(|(last, _)| *last < to) {
                seen.push((to, Instant::now()));
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        seen
    })
}

/// How long a trail of many entries takes to seal and to verify.
async fn verifying(asked: &Asked) {
    let test = TestDatabase::new().await;
    let (tenant, _) = plant(&test).await;
    lay(&test.admin().await, &tenant, asked.entries).await;
    let start = Instant::now();
    while sealer::seal(&test.database, &signer(), Look::Everywhere)
        .await
        .unwrap()
        .last()
        .is_none_or(|head| head.entries < asked.entries as u64)
    {}
    println!("| sealing {} entries | {:.1} s | |", asked.entries, start.elapsed().as_secs_f64());
    let (auditor, connection) = tokio_postgres::connect(&test.urls.auditor, NoTls).await.unwrap();
    tokio::spawn(connection);
    let request = Request { keys: vec![signer().public_key()], ..Request::default() };
    let start = Instant::now();
    let verified = verification::verify(&auditor, &request).await.unwrap();
    let took = start.elapsed().as_secs_f64();
    assert!(verified[0].sound() && verified[0].entries >= asked.entries as u64, "{:?}", verified[0].findings);
    println!("| verifying {} entries in {} seals | {took:.1} s | ≤ 60 s for 1,000,000 |", verified[0].entries, verified[0].seals);
}

/// Lays `entries` changes of a region, a thousand to a transaction.
async fn lay(admin: &Client, tenant: &Tenant, entries: i64) {
    let lay = "insert into audit_events (organization_id, actor, ip, request_id, action, kind, record_id, before, after)
        select e.organization_id, e.actor, '192.0.2.7', gen_random_uuid(), 'region.updated', 'region', e.record_id, e.after, e.after
        from (select * from audit_events where organization_id = $1 and kind = 'region' limit 1000) e";
    for _ in 0..entries.div_euclid(1_000) {
        admin.execute(lay, &[&tenant.organization]).await.unwrap();
    }
}
