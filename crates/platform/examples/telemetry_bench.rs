//! What watching costs a request: the same small request through the server's layers with nothing watched, with a line each, and with a trace each
//! whose collector takes everything; and how long it takes to gather all numbers.
#![allow(clippy::print_stdout, missing_docs)]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::body::Body;
use axum::routing::get;
use platform::http::{App, Settings, surround};
use platform::settings::{LogFormat, LogSettings, TracesSettings};
use platform::telemetry::{self, Gatherer, Out};
use testkit::TestDatabase;
use testkit::tokens::Tokens;
use tokio::time::Instant;
use tower::ServiceExt;

const REQUESTS: u32 = 100_000;

fn main() {
    let what = std::env::args().nth(1).unwrap_or_else(|| "all".into());
    if what == "all" {
        // The log and the traces are chosen once in a process.
        for what in ["nothing", "lines", "traces", "gather"] {
            let me = std::env::current_exe().expect("this program");
            assert!(std::process::Command::new(me).arg(what).status().expect("it runs").success());
        }
        return;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("threads");
    runtime.block_on(measure(&what));
}

async fn measure(what: &str) {
    let bytes = Arc::new(AtomicU64::new(0));
    let counted = bytes.clone();
    let out = Out::to(move |line| _ = counted.fetch_add(line.len() as u64, Ordering::Relaxed));
    let level = if what == "nothing" { "off" } else { "info" };
    let log = LogSettings { format: LogFormat::Json, level: level.into() };
    let traces = TracesSettings { collector: (what == "traces").then(|| "http://127.0.0.1:9".into()), authorization: None, share: 1.0 };
    let tracing = telemetry::start_to(&log, &traces, "bench", out).expect("telemetry");
    let test = TestDatabase::new().await;
    if what == "gather" {
        let gatherer = Gatherer::new(test.database.clone());
        let began = Instant::now();
        let text = gatherer.text().await.expect("numbers");
        println!("numbers gathered with the database's: {:.1} ms, {} bytes", began.elapsed().as_secs_f64() * 1e3, text.len());
        let began = Instant::now();
        for _ in 0..100 {
            gatherer.text().await.expect("numbers");
        }
        println!("numbers gathered again within 5 s:    {:.2} ms", began.elapsed().as_secs_f64() * 1e3 / 100.0);
        return;
    }
    let app = App::new(test.database.clone(), Arc::new(Tokens::default()), Settings { requests_per_hour: u32::MAX, ..Settings::default() });
    let router = surround(&app, axum::Router::new().route("/api/v1/things/{id}", get(async || "a thing")), axum::Router::new());
    let began = Instant::now();
    for _ in 0..REQUESTS {
        let request = http::Request::builder().uri("/api/v1/things/7").body(Body::empty()).expect("a request");
        let response = router.clone().oneshot(request).await.expect("an answer");
        assert_eq!(response.status(), 200);
    }
    let each = began.elapsed().as_secs_f64() * 1e6 / f64::from(REQUESTS);
    println!("a request, {what:<8} {each:.1} µs, {} bytes of log each", bytes.load(Ordering::Relaxed) / u64::from(REQUESTS));
    tracing.end().await;
}
