//! What Prometheus is told.

use std::collections::{BTreeMap, BTreeSet};

use axum::body::Body;
use http::{Method, Request};
use http_body_util::BodyExt;
use platform::telemetry::{self, METRICS, Shape, metrics};
use serde_json::json;
use server::serve::gatherer;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tower::ServiceExt;

use super::{Plant, scenario, until};

/// A line of numbers: its name, its labels, its value.
type Series = (String, BTreeMap<String, String>, f64);

/// Reads the text as Prometheus does: help and kind of a family before its numbers, each family once, an end.
fn read(text: &str) -> Vec<Series> {
    let mut families = BTreeSet::new();
    let (mut family, mut series) = (String::new(), Vec::new());
    assert!(text.ends_with("# EOF\n"), "it has no end");
    for line in text.lines().filter(|line| *line != "# EOF") {
        if let Some(rest) = line.strip_prefix("# ") {
            let mut words = rest.splitn(3, ' ');
            let (what, name, said) = (words.next().unwrap(), words.next().unwrap(), words.next().unwrap_or_default());
            assert!(["HELP", "TYPE"].contains(&what) && !said.is_empty(), "{line}");
            if what == "HELP" {
                assert!(families.insert(name.to_owned()), "{name} comes twice");
                family = name.to_owned();
            }
            assert_eq!(name, family, "{line}");
            continue;
        }
        let (id, value) = line.rsplit_once(' ').unwrap();
        let (name, labels) = match id.split_once('{') {
            Some((name, labels)) => (name, labels.strip_suffix('}').unwrap()),
            None => (id, ""),
        };
        assert!(name.starts_with(&family), "{line} stands under {family}");
        let labels = labels.split("\",").filter(|label| !label.is_empty()).map(|label| {
            let (name, value) = label.split_once("=\"").unwrap_or_else(|| panic!("{line}"));
            (name.to_owned(), value.trim_end_matches('"').to_owned())
        });
        series.push((name.to_owned(), labels.collect(), value.parse().unwrap_or_else(|_| panic!("{line}"))));
    }
    series
}

/// The name in the table behind a name in the text.
fn base(name: &str) -> &str {
    let ending = ["_bucket", "_sum", "_count"].into_iter().find(|ending| name.ends_with(ending));
    ending.and_then(|ending| name.strip_suffix(ending)).filter(|base| METRICS.iter().any(|m| m.name == *base)).unwrap_or(name)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_number_that_is_named_is_told_and_no_other() {
    let plant = Plant::with_plan().await;
    let made = plant.post(&format!("/api/v1/plants/{}/scenarios", plant.tenant.plants[0].0), &[], scenario()).await;
    let id = made["id"].as_str().unwrap().to_owned();
    let run = plant.post(&format!("/api/v1/scenarios/{id}/optimize"), &[], json!({})).await;
    let run = run["run_id"].as_str().or(run["id"].as_str()).unwrap_or_else(|| panic!("{run}")).to_owned();
    until("the run", async || {
        let (_, found) = plant.send(Method::GET, &format!("/api/v1/runs/{run}"), &[], None).await;
        (found["state"] == "succeeded").then_some(())
    })
    .await;
    // A webhook whose receiver is not there, a run that waits for its time, one that waits for another, one at work, one dead.
    plant.post("/api/v1/webhooks", &[], json!({ "name": "Nobody", "url": "http://127.0.0.1:1/x", "types": ["gemba.region.*"] })).await;
    plant.post("/api/v1/regions", &[], json!({ "name": "South" })).await;
    metrics().stream_cut();
    let arrange = "insert into runs (organization_id, id, kind, title, queue, state, position, blocked, worker, due_at, attempts_max, acting, audited, created_at, created_by)
        select o.organization_id, gen_random_uuid(), 'unknown', 'x', 'night', s.state, s.position, s.blocked, s.worker::uuid, now() + s.due::interval, 5, '{}', true, now() - interval '1 hour', 'system:test'
        from organizations o, (values ('queued', 1::bigint, false, null, '-30 minutes'), ('queued', null, false, null, '1 hour'), ('queued', null, true, null, '0'),
            ('running', null, false, '0199d1a0-0000-7000-8000-0000000000aa', '0'), ('failed', null, false, null, '0')) as s (state, position, blocked, worker, due)";
    plant._test.admin().await.batch_execute(arrange).await.unwrap();
    let text = until("every number", async || {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        let text = gatherer(&plant.app).text().await.unwrap();
        let told: BTreeSet<String> = read(&text).iter().map(|(name, ..)| base(name).to_owned()).collect();
        METRICS.iter().all(|measured| told.contains(measured.name) || !cfg!(target_os = "linux")).then_some(text)
    })
    .await;
    let series = read(&text);
    for (name, labels, value) in &series {
        let measured = METRICS.iter().find(|measured| measured.name == base(name)).unwrap_or_else(|| panic!("{name} is in no table"));
        let names: Vec<&str> = labels.keys().map(String::as_str).filter(|name| *name != "le").collect();
        let mut declared = measured.labels.to_vec();
        declared.sort_unstable();
        assert_eq!(names, declared, "{name}");
        assert_eq!(measured.shape == Shape::Histogram, base(name) != name, "{name}");
        assert!(value.is_finite() && *value >= 0.0, "{name} {labels:?} {value}");
    }
    let value = |name: &str, label: (&str, &str)| {
        let found = series.iter().find(|(found, labels, _)| found == name && labels.get(label.0).is_some_and(|value| value == label.1));
        found.unwrap_or_else(|| panic!("{name} {label:?} in {text}")).2
    };
    assert_eq!(value("gemba_runs_ready", ("queue", "night")), 1.0);
    assert_eq!(value("gemba_runs_waiting", ("queue", "night")), 1.0);
    assert_eq!(value("gemba_runs_blocked", ("queue", "night")), 1.0);
    assert_eq!(value("gemba_runs_running", ("queue", "night")), 1.0);
    assert_eq!(value("gemba_runs_dead", ("queue", "night")), 1.0);
    let age = value("gemba_runs_oldest_ready_seconds", ("queue", "night"));
    assert!((1_800.0..2_000.0).contains(&age), "{age}");
    assert!(value("gemba_runs_ended_total", ("kind", "planning.optimize")) >= 1.0);
    assert!(value("gemba_http_requests_total", ("route", "/api/v1/scenarios/{id}/optimize")) >= 1.0);
    // The example's organization is in no number: they are of the installation.
    assert!(!text.contains(&plant.tenant.organization.to_string()) && !text.contains("Tavira"), "{text}");
}

#[tokio::test]
async fn what_clients_send_makes_no_new_series() {
    let plant = Plant::open().await;
    let ask = async |method: &str, path: String| plant.send(method.parse().unwrap(), &path, &[], None).await;
    let count =
        async || read(&gatherer(&plant.app).text().await.unwrap()).iter().filter(|(name, ..)| name.starts_with("gemba_http")).count();
    for (method, path) in [("GET", "/nowhere"), ("BREW", "/nowhere"), ("GET", "/api/v1/regions/x"), ("BREW", "/api/v1/regions/x")] {
        ask(method, path.into()).await;
    }
    let before = count().await;
    for number in 0..50 {
        ask("GET", format!("/nowhere/{number}/%3Cscript%3E")).await;
        ask(&format!("BREW{number}"), format!("/nowhere/{number}")).await;
        ask("GET", format!("/api/v1/regions/{number}")).await;
        ask(&format!("BREW{number}"), format!("/api/v1/regions/{number}")).await;
    }
    assert_eq!(count().await, before);
}

#[tokio::test]
async fn numbers_are_told_apart_from_what_people_use_and_only_to_who_proves_itself() {
    let plant = Plant::open().await;
    let request = Request::builder().uri("/metrics").body(Body::empty()).unwrap();
    let response = plant.router.clone().oneshot(request).await.unwrap();
    let page = response.into_body().collect().await.unwrap().to_bytes();
    assert!(!String::from_utf8_lossy(&page).contains("gemba_"), "not where people are");

    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let token = "0123456789abcdef-token".to_owned();
    tokio::spawn(telemetry::listen(listener, gatherer(&plant.app), Some(token.clone()), std::future::pending()));
    let ask = async |first: &str, header: &str| {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = format!("{first} HTTP/1.1\r\nHost: localhost\r\n{header}Connection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let status: u16 = answer.split(' ').nth(1).unwrap().parse().unwrap();
        (status, answer)
    };
    let known = format!("Authorization: Bearer {token}\r\n");
    assert_eq!(ask("GET /metrics", "").await.0, 401);
    assert_eq!(ask("GET /metrics", "Authorization: Bearer 0123456789abcdef-tokeN\r\n").await.0, 401);
    assert_eq!(ask("GET /api/v1/regions", &known).await.0, 404);
    assert_eq!(ask("POST /metrics", &known).await.0, 405);
    let (status, answer) = ask("GET /metrics", &known).await;
    assert_eq!(status, 200);
    assert!(answer.contains("application/openmetrics-text; version=1.0.0") && answer.contains("gemba_build_info{"), "{answer}");
}

#[tokio::test]
async fn numbers_of_the_process_are_told_while_the_database_is_gone() {
    let context = platform::Context::system();
    let database = platform::Database::new("postgres://gemba_app@127.0.0.1:1/gemba", None, Default::default(), context).unwrap();
    let text = platform::telemetry::Gatherer::new(database).text().await.unwrap();
    let series = read(&text);
    let value = |name: &str| series.iter().find(|(found, ..)| found == name).map(|(.., value)| *value);
    assert_eq!(value("gemba_database_up"), Some(0.0));
    assert_eq!(value("gemba_runs_ready"), None, "nothing is told that is not known");
    assert!(value("process_resident_memory_bytes").is_some_and(|bytes| bytes > 0.0) || !cfg!(target_os = "linux"));
    let refused = series.iter().find(|(name, labels, _)| name == "gemba_database_refused_total" && labels["reason"] == "gone");
    assert!(refused.is_some_and(|(.., count)| *count >= 1.0), "{text}");
}
