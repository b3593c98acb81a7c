//! Where Prometheus asks: an address of its own, apart from the one that people use.
//!
//! **Invariant:** where other machines can reach it, it answers only whoever has the token.

use std::convert::Infallible;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use axum::response::{IntoResponse, Response};
use http::header::{AUTHORIZATION, CONTENT_TYPE, WWW_AUTHENTICATE};
use http::{HeaderMap, Method, Request, StatusCode};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use sha2::{Digest, Sha256};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use crate::telemetry::gather::Gatherer;

/// Connections at most; Prometheus needs one.
const CONNECTIONS: usize = 16;
/// How long headers may take to arrive, and an idle connection is kept.
const HEADERS_ARRIVE: Duration = Duration::from_secs(90);

/// Answers `GET /metrics` until `stop`.
pub async fn listen(listener: TcpListener, gatherer: Gatherer, token: Option<String>, stop: impl Future<Output = ()>) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let token: Option<Arc<[u8; 32]>> = token.map(|token| Arc::new(Sha256::digest(token.as_bytes()).into()));
    let mut stop = std::pin::pin!(stop);
    loop {
        let accepted = tokio::select! {
            () = &mut stop => return,
            accepted = listener.accept() => accepted,
        };
        let Ok((stream, _)) = accepted else {
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        // Whoever comes when all places are taken is not waited for.
        let Ok(place) = places.clone().try_acquire_owned() else { continue };
        let (gatherer, token) = (gatherer.clone(), token.clone());
        tokio::spawn(async move {
            let service = service_fn(move |request: Request<Incoming>| {
                let (gatherer, token) = (gatherer.clone(), token.clone());
                async move { Ok::<_, Infallible>(answer(&gatherer, token.as_deref(), &request).await) }
            });
            let _ = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEADERS_ARRIVE)
                .serve_connection(TokioIo::new(stream), service)
                .await;
            drop(place);
        });
    }
}

async fn answer(gatherer: &Gatherer, token: Option<&[u8; 32]>, request: &Request<Incoming>) -> Response {
    if request.uri().path() != "/metrics" {
        return StatusCode::NOT_FOUND.into_response();
    }
    if ![Method::GET, Method::HEAD].contains(request.method()) {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    if !token.is_none_or(|token| proves(request.headers(), token)) {
        return (StatusCode::UNAUTHORIZED, [(WWW_AUTHENTICATE, "Bearer")]).into_response();
    }
    match gatherer.text().await {
        Ok(text) => ([(CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")], text).into_response(),
        Err(error) => {
            tracing::error!(%error, "numbers cannot be gathered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// Digests are compared, so that the time it takes says nothing of the token.
fn proves(headers: &HeaderMap, token: &[u8; 32]) -> bool {
    let told = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()).and_then(|value| value.split_once(' '));
    told.is_some_and(|(scheme, told)| {
        let told: [u8; 32] = Sha256::digest(told.trim().as_bytes()).into();
        scheme.eq_ignore_ascii_case("bearer") && told == *token
    })
}
