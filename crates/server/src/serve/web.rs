//! The web app, from this program: its files, and its page for every address that is not the API's.
//!
//! **Invariant:** under `/api` nothing is ever answered with a page; the pages' policy allows no inline script or style and nothing from elsewhere.
//! Its files are kept compressed, as the build of the web app left them, and unpacked for the rare client that takes neither form.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Read;
use std::sync::LazyLock;

use axum::Router;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use flate2::read::GzDecoder;
use http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH, REFERRER_POLICY, VARY,
};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use platform::error::Kind;
use platform::http::App;
use platform::{Error, Result};

struct File {
    address: &'static str,
    brotli: &'static [u8],
    gzip: &'static [u8],
}

static FILES: &[File] = include!(concat!(env!("OUT_DIR"), "/web.rs"));

/// By address: the file, and the mark of its content.
static BY_ADDRESS: LazyLock<HashMap<&'static str, (&'static File, HeaderValue)>> =
    LazyLock::new(|| FILES.iter().map(|file| (file.address, (file, mark(file)))).collect());

/// What keeps the app for when there is no connection.
const WORKER: &str = "sw.js";

/// What reads codes in pictures of the camera, beside the page: WebAssembly, which the pages' own policy does not allow.
const READER: &str = "assets/reader.worker-";

/// `blob:` for files that the app itself makes (exports, previews, workers of charts).
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; \
    manifest-src 'self'; worker-src 'self' blob:; frame-src 'self' blob:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// Names of files under `assets/` change with their content.
const FOR_EVER: &str = "public, max-age=31536000, immutable";

const ABSENT: &str = "This build of Gemba has no web app. Build it with 'npm ci && npm run build' in the folder web, then build the server again.\n\
    The API is here all the same: /api/docs explains it.\n";

pub(super) fn routes() -> Router<App> {
    Router::new().route("/", any(answer)).route("/{*address}", any(answer))
}

async fn answer(request: Request) -> Result<Response> {
    let path = request.uri().path().trim_start_matches('/');
    let is_of_the_api = path == "api" || path.starts_with("api/");
    if is_of_the_api || !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Err(nothing_here());
    }
    if let Some((file, mark)) = BY_ADDRESS.get(path) {
        return send(file, mark, request.headers());
    }
    // What has the form of a file and is none is an old version's, and no page.
    if path.starts_with("assets/") || path.rsplit('/').next().is_some_and(|name| name.contains('.')) {
        return Err(nothing_here());
    }
    let page = if matches!(path, "sign-in" | "set-password") { "sign-in.html" } else { "index.html" };
    match BY_ADDRESS.get(page) {
        Some((file, mark)) => send(file, mark, request.headers()),
        None => Ok((StatusCode::NOT_FOUND, [(CONTENT_TYPE, "text/plain; charset=utf-8")], ABSENT).into_response()),
    }
}

fn nothing_here() -> Error {
    Error::new(Kind::NotFound, "unknown_address", "there is nothing at this address; /api/docs lists what there is")
}

fn send(file: &'static File, mark: &HeaderValue, asked: &HeaderMap) -> Result<Response> {
    let mut headers = HeaderMap::new();
    let is_page = file.address.ends_with(".html");
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media(file.address)));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(if file.address.starts_with("assets/") { FOR_EVER } else { "no-cache" }));
    headers.insert(ETAG, mark.clone());
    headers.insert(VARY, HeaderValue::from_static("Accept-Encoding"));
    if is_page {
        headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
        headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    }
    // A worker has the policy that it came with, not its page's: this one fetches the app's files.
    if file.address == WORKER {
        headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; connect-src 'self'"));
    }
    if file.address.starts_with(READER) {
        let policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'";
        headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    }
    if asked.get(IF_NONE_MATCH).is_some_and(|known| known == mark) {
        return Ok((StatusCode::NOT_MODIFIED, headers).into_response());
    }
    if takes(asked, "br") {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("br"));
        return Ok((headers, file.brotli).into_response());
    }
    if takes(asked, "gzip") {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        return Ok((headers, file.gzip).into_response());
    }
    let mut plain = Vec::new();
    GzDecoder::new(file.gzip).read_to_end(&mut plain).map_err(Error::internal)?;
    Ok((headers, plain).into_response())
}

/// Whether the client says that it takes this form, and not `q=0`.
fn takes(asked: &HeaderMap, form: &str) -> bool {
    let lists = asked.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    lists.flat_map(|list| list.split(',')).any(|one| {
        let mut parts = one.split(';').map(str::trim);
        parts.next() == Some(form) && !parts.any(|weight| matches!(weight, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
    })
}

fn mark(file: &File) -> HeaderValue {
    let mut hasher = DefaultHasher::new();
    file.gzip.hash(&mut hasher);
    HeaderValue::from_str(&format!("\"{:016x}\"", hasher.finish())).unwrap_or(HeaderValue::from_static("\"\""))
}

fn media(address: &str) -> &'static str {
    match address.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript",
        Some("css") => "text/css",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("woff2") => "font/woff2",
        Some("wasm") => "application/wasm",
        Some("json") => "application/json",
        Some("webmanifest") => "application/manifest+json",
        _ => "application/octet-stream",
    }
}
