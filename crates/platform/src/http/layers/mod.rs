//! What surrounds every handler, from the outside in: request id and security headers, other origins, compression, problems, admission and
//! the task that a disconnect cannot stop, rate limits, idempotency.
//!
//! **Invariant:** whatever goes wrong inside, also a panic or an unknown address, leaves as a problem with the request's id.

mod answer_once;
mod detach;
mod envelope;
mod places;
mod rate;
mod refusals;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use http::header::{AUTHORIZATION, CONTENT_TYPE, ETAG, IF_MATCH, IF_NONE_MATCH, LOCATION, RETRY_AFTER};
use http::{HeaderName, HeaderValue, Method};
use std::time::Duration;
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, Predicate, SizeAbove};
use tower_http::cors::CorsLayer;

use crate::error::{Error, Kind};
use crate::http::App;

pub(super) use envelope::RequestSpan;
pub(in crate::http) use places::Places;
pub(crate) use places::Unhurried;
pub(super) use rate::Asked;

/// Smaller answers cost more to compress than to send (bytes).
const WORTH_COMPRESSING: u64 = 860;

/// The whole server: `routes` with everything around them, and `probes`, which answer however busy the server is.
pub fn surround(app: &App, routes: Router<App>, probes: Router<App>) -> Router {
    let inside = routes
        .fallback(nothing_here)
        .layer(from_fn_with_state(app.clone(), answer_once::answer_once))
        .layer(from_fn_with_state(app.clone(), rate::limit))
        .layer(from_fn_with_state(app.clone(), detach::detach))
        .layer(DefaultBodyLimit::max(app.settings.body_limit))
        .merge(probes)
        .layer(from_fn(refusals::refusals))
        .layer(
            CompressionLayer::new()
                .quality(CompressionLevel::Fastest)
                .compress_when(DefaultPredicate::new().and(SizeAbove::new(WORTH_COMPRESSING)).and(as_it_is)),
        );
    let inside = match cors(&app.settings.cors_origins) {
        Some(layer) => inside.layer(layer),
        None => inside,
    };
    inside.layer(from_fn_with_state(app.clone(), envelope::envelope)).with_state(app.clone())
}

/// What an answer carries that is large and open to everybody: compressed anew for each who asks, it would cost the server far more than them.
#[derive(Clone, Copy, Debug)]
pub struct AsItIs;

/// What carries a checksum of itself, or says so, stays as it is.
fn as_it_is(_: http::StatusCode, _: http::Version, headers: &http::HeaderMap, parts: &http::Extensions) -> bool {
    !headers.contains_key("repr-digest") && parts.get::<AsItIs>().is_none()
}

async fn nothing_here() -> Error {
    Error::new(Kind::NotFound, "unknown_address", "there is nothing at this address; /api/docs lists what there is")
}

fn cors(origins: &[String]) -> Option<CorsLayer> {
    let origins: Vec<HeaderValue> = origins.iter().filter_map(|origin| origin.trim_end_matches('/').parse().ok()).collect();
    if origins.is_empty() {
        return None;
    }
    const NAMES: [&str; 3] = ["idempotency-key", "x-csrf-token", "x-request-id"];
    const TOLD: [&str; 4] = ["x-request-id", "ratelimit", "ratelimit-policy", "idempotent-replayed"];
    let sent = NAMES.map(HeaderName::from_static).into_iter().chain([AUTHORIZATION, CONTENT_TYPE, IF_MATCH, IF_NONE_MATCH]);
    let told = TOLD.map(HeaderName::from_static).into_iter().chain([ETAG, LOCATION, RETRY_AFTER]);
    Some(
        CorsLayer::new()
            .allow_origin(origins)
            .allow_credentials(true)
            .allow_methods([Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
            .allow_headers(sent.collect::<Vec<_>>())
            .expose_headers(told.collect::<Vec<_>>())
            .max_age(Duration::from_secs(3_600)),
    )
}
