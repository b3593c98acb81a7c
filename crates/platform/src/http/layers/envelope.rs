//! The outermost layer: who is at the other end, the request's id, and the headers that keep browsers from mischief.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use http::{HeaderMap, HeaderName, HeaderValue};
use tracing::Instrument;
use uuid::Uuid;

use crate::http::{App, Client, Settings};
use crate::ids::RequestId;

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
    let span = tracing::info_span!("request", id = %client.request, method = %request.method(), path = request.uri().path());
    let mut response = next.run(request).instrument(span).await;
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
