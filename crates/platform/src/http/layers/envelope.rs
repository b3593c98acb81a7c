//! The outermost layer: who is at the other end, the request's id, what numbers, lines and traces say of it, and the headers that keep browsers
//! from mischief.
//!
//! **Invariant:** of an address only the route that was declared is told, never what a client wrote: it may hold anything.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use tokio::time::Instant;
use tracing::field::Empty;
use tracing::{Instrument, Span};
use uuid::Uuid;

use crate::http::{App, Client, Settings};
use crate::ids::RequestId;
use crate::telemetry::{self, Route, metrics, verb};

/// What numbers say where the client hung up before there was an answer.
const CLIENT_GONE: u16 = 499;
/// Asked every few seconds by whoever watches, and files of the web app; not worth a line each.
const QUIET: [&str; 4] = ["/livez", "/readyz", "/", "/{*address}"];
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Headers of every answer, unless the handler says otherwise. Pages that show something have a policy of their own.
const GUARDS: [(HeaderName, &str); 8] = [
    (CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (X_FRAME_OPTIONS, "DENY"),
    (REFERRER_POLICY, "no-referrer"),
    (CACHE_CONTROL, "no-store"),
    (HeaderName::from_static("permissions-policy"), "camera=(self), microphone=(), geolocation=(), payment=(), usb=()"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

pub(super) async fn envelope(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let client = client(&app, &request);
    request.extensions_mut().insert(client);
    let asked = Answering::begin(&client, &mut request);
    let mut response = next.run(request).instrument(asked.span.clone()).await;
    asked.end(response.status());
    let headers = response.headers_mut();
    for (name, value) in GUARDS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    if app.settings.https {
        headers.entry(STRICT_TRANSPORT_SECURITY).or_insert(HeaderValue::from_static("max-age=31536000"));
    }
    if let Ok(id) = HeaderValue::from_str(&client.request.to_string()) {
        headers.insert(REQUEST_ID, id);
    }
    response
}

/// What lines and traces say of a request, for whoever learns more of it.
#[derive(Clone)]
pub(crate) struct RequestSpan(pub Span);

/// A request on its way to an answer: counted, timed and told of when it has one, or when its client has gone.
struct Answering {
    span: Span,
    method: Method,
    route: Route,
    began: Instant,
    status: u16,
}

impl Answering {
    fn begin(client: &Client, request: &mut Request) -> Answering {
        let route = Route(request.extensions().get::<MatchedPath>().cloned());
        let method = request.method().clone();
        let span = tracing::error_span!(
            "request",
            request = %client.request,
            http.request.method = verb(&method),
            http.route = route.template(),
            http.response.status_code = Empty,
            organization = Empty,
            actor = Empty,
            otel.name = Empty,
            otel.kind = "server",
            otel.status_code = Empty,
        );
        if telemetry::is_on() {
            span.record("otel.name", format!("{} {}", verb(&method), route.template()));
            if let Some(trace) = request.headers().get("traceparent").and_then(|value| value.to_str().ok()) {
                telemetry::continues(&span, trace);
            }
        }
        request.extensions_mut().insert(RequestSpan(span.clone()));
        Answering { span, method, route, began: Instant::now(), status: CLIENT_GONE }
    }

    fn end(mut self, status: StatusCode) {
        self.status = status.as_u16();
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        let took = self.began.elapsed();
        metrics().answered(&self.method, self.route.clone(), self.status, took);
        self.span.record("http.response.status_code", self.status);
        if self.status >= 500 {
            self.span.record("otel.status_code", "ERROR");
        }
        let duration_ms = took.as_micros() as f64 / 1e3;
        let is_quiet = self.status < 500 && QUIET.contains(&self.route.template());
        self.span.in_scope(|| match is_quiet {
            true => tracing::debug!(target: telemetry::ACCESS, duration_ms, "answered"),
            false => tracing::info!(target: telemetry::ACCESS, duration_ms, "answered"),
        });
    }
}

fn client(app: &App, request: &Request) -> Client {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip().to_canonical());
    let behind_proxy = peer.is_some_and(|peer| app.settings.trusted_proxies.contains(&peer));
    let told = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    Client {
        ip: if behind_proxy { forwarded(request.headers(), &app.settings).or(peer) } else { peer },
        request: told("x-request-id").and_then(|id| Uuid::try_parse(id).ok()).map_or_else(|| app.context().new_id(), RequestId),
        https: app.settings.https || (behind_proxy && told("x-forwarded-proto") == Some("https")),
    }
}

/// The nearest address that is no proxy of ours: what stands further left anybody can have written.
fn forwarded(headers: &HeaderMap, settings: &Settings) -> Option<IpAddr> {
    let lines = headers.get_all("x-forwarded-for").iter().filter_map(|line| line.to_str().ok()).collect::<Vec<_>>();
    lines
        .iter()
        .rev()
        .flat_map(|line| line.rsplit(','))
        .map(|address| address.trim().parse::<IpAddr>().ok().map(|ip| ip.to_canonical()))
        .find(|address| address.is_none_or(|ip| !settings.trusted_proxies.contains(&ip)))
        .flatten()
}
