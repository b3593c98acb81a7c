//! Which driver carries Gemba's transactions: sqlx or tokio-postgres, on the same walled and audited tables, through pools of the same size.
//!
//! A read is begin, settings, one row by key, commit. A write changes one audited row in between. Both drivers run in turns in one process;
//! the ratio is what counts.

use std::time::{Duration, Instant};

use platform::{Caller, Database};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use testkit::{Tenant, TestDatabase};
use uuid::Uuid;

const TASKS: usize = 16;
const CONNECTIONS: usize = 8;
const ROUNDS: usize = 3;
const READ: &str = "select name, version from plants where organization_id = $1 and id = $2";
const WRITE: &str = "update regions set description = $3, version = version + 1 where organization_id = $1 and id = $2";
const SETTINGS: &str = "select set_config('gemba.organization', $1, true), set_config('gemba.plants', $2, true), \
     set_config('gemba.actor', $3, true), set_config('gemba.ip', $4, true), set_config('gemba.request', $5, true)";

#[derive(Clone)]
struct Bench {
    ours: Database,
    theirs: sqlx::PgPool,
    tenant: Tenant,
    regions: Vec<Uuid>,
}

#[derive(Clone, Copy, Debug)]
enum Path {
    Read,
    Write,
}

#[tokio::main]
async fn main() {
    let seconds: u64 = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(3);
    let test = TestDatabase::with_pool(CONNECTIONS).await;
    let tenant = test.organization("Bench", 100).await;
    let admin = test.admin().await;
    let mut regions = Vec::new();
    for number in 0..TASKS {
        let id = testkit::new_id();
        admin
            .execute("insert into regions (organization_id, id, name) values ($1, $2, $3)", &[&tenant.organization, &id, &format!("Region {number}")])
            .await
            .expect("a region");
        regions.push(id);
    }
    let theirs = PgPoolOptions::new().max_connections(CONNECTIONS as u32).connect_with(options(&test.urls.app)).await.expect("sqlx connects");
    let bench = Bench { ours: test.database.clone(), theirs, tenant, regions };

    println!("{TASKS} tasks, {CONNECTIONS} connections, {ROUNDS} rounds of {seconds} s; transactions per second");
    for path in [Path::Read, Path::Write] {
        let mut ratios = Vec::new();
        for round in 1..=ROUNDS {
            let tokio_postgres = rate(&bench, path, true, seconds).await;
            let sqlx = rate(&bench, path, false, seconds).await;
            println!("{path:?} round {round}: tokio-postgres {tokio_postgres:.0}, sqlx {sqlx:.0}, ratio {:.2}", tokio_postgres / sqlx);
            ratios.push(tokio_postgres / sqlx);
        }
        ratios.sort_by(f64::total_cmp);
        println!("{path:?}: tokio-postgres carries {:.2} times as many (median of {ROUNDS})", ratios[ROUNDS / 2]);
    }
}

async fn rate(bench: &Bench, path: Path, ours: bool, seconds: u64) -> f64 {
    let end = Instant::now() + Duration::from_secs(seconds);
    let tasks: Vec<_> = (0..TASKS)
        .map(|task| {
            let bench = bench.clone();
            tokio::spawn(async move {
                let caller = bench.tenant.system();
                let mut done = 0u64;
                while Instant::now() < end {
                    match ours {
                        true => with_tokio_postgres(&bench, &caller, path, task, done).await,
                        false => with_sqlx(&bench, &caller, path, task, done).await,
                    }
                    done += 1;
                }
                done
            })
        })
        .collect();
    let mut total = 0;
    for task in tasks {
        total += task.await.expect("the task ends");
    }
    total as f64 / seconds as f64
}

async fn with_tokio_postgres(bench: &Bench, caller: &Caller, path: Path, task: usize, turn: u64) {
    let organization = bench.tenant.organization;
    match path {
        Path::Read => {
            let plant = bench.tenant.plants[turn as usize % bench.tenant.plants.len()];
            let tx = bench.ours.read(caller).await.expect("a connection");
            assert_eq!(tx.query_once(READ, &[&organization, &plant]).await.expect("a row").len(), 1);
        }
        Path::Write => {
            let mut tx = bench.ours.begin(caller).await.expect("a connection");
            let text = format!("turn {turn}");
            assert_eq!(tx.execute(WRITE, &[&organization, &bench.regions[task], &text]).await.expect("a change"), 1);
            tx.commit().await.expect("committed");
        }
    }
}

async fn with_sqlx(bench: &Bench, caller: &Caller, path: Path, task: usize, turn: u64) {
    let organization = bench.tenant.organization.0;
    let mut tx = bench.theirs.begin().await.expect("a connection");
    sqlx::query(SETTINGS)
        .bind(caller.organization.to_string())
        .bind("*")
        .bind(caller.principal.label())
        .bind("")
        .bind(caller.request.to_string())
        .execute(&mut *tx)
        .await
        .expect("settings");
    match path {
        Path::Read => {
            let plant = bench.tenant.plants[turn as usize % bench.tenant.plants.len()].0;
            let rows = sqlx::query(READ).bind(organization).bind(plant).fetch_all(&mut *tx).await.expect("a row");
            assert_eq!(rows.len(), 1);
        }
        Path::Write => {
            let changed = sqlx::query(WRITE).bind(organization).bind(bench.regions[task]).bind(format!("turn {turn}")).execute(&mut *tx).await;
            assert_eq!(changed.expect("a change").rows_affected(), 1);
        }
    }
    tx.commit().await.expect("committed");
}

/// `host=… port=… user=… dbname=…`, as sqlx wants it.
fn options(text: &str) -> PgConnectOptions {
    let mut options = PgConnectOptions::new();
    for (key, value) in text.split(' ').filter_map(|pair| pair.split_once('=')) {
        options = match key {
            "host" => options.host(value),
            "port" => options.port(value.parse().expect("a port")),
            "user" => options.username(value),
            _ => options.database(value),
        };
    }
    options
}
