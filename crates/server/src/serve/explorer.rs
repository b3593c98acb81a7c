//! The explorer of the API at `/api/docs`: a page of ours around Scalar, everything from this program.
//!
//! **Invariant:** nothing is loaded from anywhere else, which the page's policy enforces too.

use std::io::Read;

use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use axum::{Extension, Router};
use flate2::read::GzDecoder;
use http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, VARY};
use http::{HeaderMap, HeaderName};
use platform::http::{App, AsItIs};
use platform::{Error, Result};

use super::document::takes_gzip;

/// Scalar sets styles from its script, hence `unsafe-inline` for styles; scripts come from files only.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; \
    connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

const SCALAR: &[u8] = include_bytes!("../../assets/explorer/scalar.js.gz");

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/api/docs", get(page))
        .route("/api/docs/", get(|| async { Redirect::permanent("/api/docs") }))
        .route("/api/docs/explorer.css", get(|| async { text("text/css", include_str!("../../assets/explorer/explorer.css")) }))
        .route("/api/docs/explorer.js", get(|| async { text("text/javascript", include_str!("../../assets/explorer/explorer.js")) }))
        .route("/api/docs/scalar.js", get(scalar))
}

async fn page() -> Response {
    let mut response = text("text/html; charset=utf-8", include_str!("../../assets/explorer/index.html"));
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, http::HeaderValue::from_static(POLICY));
    response
}

fn text(media: &'static str, body: &'static str) -> Response {
    ([(CONTENT_TYPE, media), (CACHE_CONTROL, "no-cache")], body).into_response()
}

/// Kept compressed; unpacked for the rare client that does not take it so.
async fn scalar(headers: HeaderMap) -> Result<Response> {
    const MEDIA: (HeaderName, &str) = (CONTENT_TYPE, "text/javascript");
    const CACHED: (HeaderName, &str) = (CACHE_CONTROL, "public, max-age=86400");
    const VARIES: (HeaderName, &str) = (VARY, "Accept-Encoding");
    if takes_gzip(&headers) {
        return Ok(([MEDIA, CACHED, VARIES, (CONTENT_ENCODING, "gzip")], SCALAR).into_response());
    }
    let mut script = Vec::new();
    GzDecoder::new(SCALAR).read_to_end(&mut script).map_err(Error::internal)?;
    Ok(([MEDIA, CACHED, VARIES], Extension(AsItIs), script).into_response())
}
