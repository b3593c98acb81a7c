//! One trace, received by OTLP on loopback and decoded.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::extract::State;
use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::trace::v1::Span;
use platform::settings::TracesSettings;
use platform::telemetry::{self, Out};
use prost::Message;
use serde_json::json;

use super::{Plant, quiet, scenario, until};

/// What a collector received: headers and spans.
#[derive(Clone, Default)]
struct Collector(Arc<Mutex<(Vec<HeaderMap>, Vec<Span>, BTreeMap<String, String>)>>);

async fn collector() -> (String, Collector) {
    async fn take(State(collector): State<Collector>, headers: HeaderMap, body: Bytes) -> StatusCode {
        let request = ExportTraceServiceRequest::decode(body).expect("OTLP");
        let mut received = collector.0.lock().unwrap();
        received.0.push(headers);
        for resource in request.resource_spans {
            let attributes = resource.resource.map(|resource| resource.attributes).unwrap_or_default();
            for attribute in attributes {
                if let Some(Any::StringValue(text)) = attribute.value.and_then(|value| value.value) {
                    received.2.insert(attribute.key, text);
                }
            }
            received.1.extend(resource.scope_spans.into_iter().flat_map(|scope| scope.spans));
        }
        StatusCode::OK
    }
    let collector = Collector::default();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let router = axum::Router::new().route("/v1/traces", axum::routing::post(take)).with_state(collector.clone());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    (address, collector)
}

/// A receiver of webhooks, and the traces that its messages said they belong to.
async fn receiver() -> (String, Arc<Mutex<Vec<(String, serde_json::Value)>>>) {
    type Inbox = Arc<Mutex<Vec<(String, serde_json::Value)>>>;
    async fn take(State(inbox): State<Inbox>, headers: HeaderMap, body: Bytes) -> StatusCode {
        let trace = headers.get("traceparent").map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default();
        inbox.lock().unwrap().push((trace, serde_json::from_slice(&body).unwrap()));
        StatusCode::NO_CONTENT
    }
    let inbox = Inbox::default();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/gemba", listener.local_addr().unwrap());
    let router = axum::Router::new().fallback(take).with_state(inbox.clone());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    (address, inbox)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn attribute(span: &Span, name: &str) -> String {
    let found = span.attributes.iter().find(|attribute| attribute.key == name).and_then(|attribute| attribute.value.clone()?.value);
    match found {
        Some(Any::StringValue(text)) => text,
        Some(Any::IntValue(number)) => number.to_string(),
        other => format!("{other:?}"),
    }
}

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_trace_goes_from_a_request_through_trail_and_run_to_a_webhook() {
    let (address, collector) = collector().await;
    let settings = TracesSettings { collector: Some(address), authorization: Some("Bearer otlp".into()), share: 1.0 };
    let tracing = telemetry::start_to(&quiet(), &settings, "test", Out::to(|_| {})).unwrap();
    let plant = Plant::with_plan().await;
    let (hook, inbox) = receiver().await;
    plant.post("/api/v1/webhooks", &[], json!({ "name": "Line board", "url": hook, "types": ["gemba.run.*"] })).await;
    let made = plant.post(&format!("/api/v1/plants/{}/scenarios", plant.tenant.plants[0].0), &[], scenario()).await;
    let id = made["id"].as_str().unwrap();

    // A program that traces asks for a plan.
    let parent = format!("00-{TRACE}-b7ad6b7169203331-01");
    let request = "0199d1a0-0000-7000-8000-0000000000aa";
    let headers = [("traceparent", parent.as_str()), ("x-request-id", request)];
    let run = plant.post(&format!("/api/v1/scenarios/{id}/optimize"), &headers, json!({})).await;
    let run = run["run_id"].as_str().or(run["id"].as_str()).unwrap_or_else(|| panic!("{run}")).to_owned();
    until("both messages", async || {
        let inbox = inbox.lock().unwrap();
        let told = |what: &str| inbox.iter().any(|(_, event)| event["type"] == what);
        (told("gemba.run.queued") && told("gemba.run.succeeded")).then_some(())
    })
    .await;

    // The receiver can go on with the trace, and the event says where it began.
    for (trace, event) in inbox.lock().unwrap().iter() {
        assert!(trace.starts_with(&format!("00-{TRACE}-")) && trace.ends_with("-01"), "{trace}");
        assert!(event["traceparent"].as_str().unwrap().starts_with(&format!("00-{TRACE}-")), "{event}");
    }
    let (_, events) = plant.send(Method::GET, &format!("/api/v1/events?subject=run/{run}"), &[], None).await;
    assert!(events["items"][0]["traceparent"].as_str().unwrap().contains(TRACE), "{events}");

    let spans = until("the whole trace", async || {
        tracing.flush().await;
        let spans: Vec<Span> = collector.0.lock().unwrap().1.iter().filter(|span| hex(&span.trace_id) == TRACE).cloned().collect();
        let named = |name: &str| spans.iter().any(|span| span.name == name);
        (named("deliver") && named("run planning.optimize") && spans.iter().filter(|span| span.name == "call").count() >= 2)
            .then_some(spans)
    })
    .await;
    let of = |name: &str| spans.iter().filter(|span| span.name == name).collect::<Vec<_>>();
    let root = of("POST /api/v1/scenarios/{id}/optimize")[0];
    assert_eq!(hex(&root.parent_span_id), "b7ad6b7169203331", "the caller's span is its parent");
    assert_eq!((attribute(root, "request"), attribute(root, "http.response.status_code")), (request.into(), "202".into()));
    assert_eq!(attribute(root, "organization"), plant.tenant.organization.to_string());

    // Every span hangs, over spans of the same trace, on the caller's.
    let parents: BTreeMap<String, String> = spans.iter().map(|span| (hex(&span.span_id), hex(&span.parent_span_id))).collect();
    for span in &spans {
        let mut at = hex(&span.span_id);
        while let Some(parent) = parents.get(&at) {
            at.clone_from(parent);
        }
        assert_eq!(at, "b7ad6b7169203331", "{} hangs nowhere", span.name);
    }
    let under = |span: &Span, above: &Span| {
        let mut at = hex(&span.span_id);
        while at != hex(&above.span_id) {
            match parents.get(&at) {
                Some(parent) => at.clone_from(parent),
                None => return false,
            }
        }
        true
    };
    let run_span = of("run planning.optimize")[0];
    assert!(under(run_span, root), "the run is the request's");
    assert_eq!(attribute(run_span, "run"), run);
    assert_eq!((attribute(run_span, "request"), attribute(run_span, "outcome")), (request.into(), "succeeded".into()));
    let deliveries = of("deliver");
    let delivery =
        |kind: &str| *deliveries.iter().find(|span| attribute(span, "event_type") == kind).unwrap_or_else(|| panic!("no {kind}"));
    assert!(under(delivery("gemba.run.queued"), root) && !under(delivery("gemba.run.queued"), run_span), "what the request did");
    assert!(under(delivery("gemba.run.succeeded"), run_span), "what the run did");
    assert!(!delivery("gemba.run.succeeded").links.is_empty(), "linked to the run that carried it out");
    assert!(of("call").iter().all(|call| attribute(call, "http.response.status_code") == "204"));
    assert!(of("transaction").iter().any(|span| under(span, run_span)), "what the run asked of the database");

    // Nothing of what is said in clear about people or rows is in it.
    let all = format!("{spans:?}");
    for secret in ["ada@tavira.example", "Ada", "Tavira", "Plan", "Bearer", "planner"] {
        assert!(!all.contains(secret), "{secret} is in the trace");
    }
    {
        let received = collector.0.lock().unwrap();
        assert!(
            received
                .0
                .iter()
                .all(|headers| headers["authorization"] == "Bearer otlp" && headers["content-type"] == "application/x-protobuf")
        );
        assert_eq!(received.2.get("service.name").map(String::as_str), Some("gemba"));
        let names: Vec<&str> = received.1.iter().filter(|span| span.parent_span_id.is_empty()).map(|span| span.name.as_str()).collect();
        assert!(!names.contains(&"transaction") && !names.contains(&"call"), "what nobody asked for has a trace of its own: {names:?}");
    }
    tracing.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_collector_nothing_is_recorded_stored_or_sent_on() {
    let tracing = telemetry::start_to(&quiet(), &TracesSettings::default(), "test", Out::to(|_| {})).unwrap();
    let plant = Plant::open().await;
    let (hook, inbox) = receiver().await;
    plant.post("/api/v1/webhooks", &[], json!({ "name": "Line board", "url": hook, "types": ["gemba.region.*"] })).await;
    let parent = format!("00-{TRACE}-b7ad6b7169203331-01");
    plant.post("/api/v1/regions", &[("traceparent", &parent)], json!({ "name": "South" })).await;
    until("the message", async || (!inbox.lock().unwrap().is_empty()).then_some(())).await;
    let (trace, event) = inbox.lock().unwrap()[0].clone();
    assert_eq!((trace.as_str(), event.get("traceparent")), ("", None));
    assert_eq!(telemetry::current(), None);
    let kept = "select (select count(trace) from audit_events) + (select count(trace) from runs)";
    let kept: i64 = plant._test.admin().await.query_one(kept, &[]).await.unwrap().get(0);
    assert_eq!(kept, 0);
    tracing.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_collector_that_is_gone_keeps_nobody_waiting() {
    let settings = TracesSettings { collector: Some("http://127.0.0.1:1".into()), authorization: None, share: 1.0 };
    let tracing = telemetry::start_to(&quiet(), &settings, "test", Out::to(|_| {})).unwrap();
    let plant = Plant::open().await;
    for _ in 0..20 {
        let (status, _) = plant.send(Method::GET, "/api/v1/regions", &[], None).await;
        assert_eq!(status, 200);
    }
    tracing.flush().await;
    tracing.end().await;
}
