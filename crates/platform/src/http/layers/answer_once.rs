//! `Idempotency-Key`: a POST that is repeated with the same key is carried out once and answered as the first time.
//!
//! The key is noted by the transaction that does what was asked (`database::once`); the answer is added right behind it. Only requests that
//! changed something are noted: one that was refused is simply tried again.
//!
//! **Invariant:** a key belongs to its organization and principal; nobody gets another's answer.
//! **Invariant:** an answer that holds a secret ([`Secret`], or `Cache-Control: no-store` from its handler) or a cookie is not kept.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::{FromRequestParts, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, LOCATION, SET_COOKIE};
use http::request::Parts;
use http::{HeaderName, HeaderValue, Method, StatusCode};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::caller::Caller;
use crate::database::once::Once;
use crate::error::{Error, Kind, Result};
use crate::http::{App, BODY_ARRIVES, Secret};

const KEY: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
/// How long a repetition is recognised.
const KEPT: SignedDuration = SignedDuration::from_hours(24);
/// The largest answer that is kept (bytes).
const KEPT_BODY: usize = 1 << 20;

pub(super) async fn answer_once(State(app): State<App>, request: Request, next: Next) -> Response {
    if request.method() != Method::POST || !request.headers().contains_key(KEY) {
        return next.run(request).await;
    }
    once(app, request, next).await.unwrap_or_else(IntoResponse::into_response)
}

async fn once(app: App, request: Request, next: Next) -> Result<Response> {
    let key = key(&request)?;
    let (mut parts, body) = request.into_parts();
    let caller = match <Caller as FromRequestParts<App>>::from_request_parts(&mut parts, &app).await {
        Ok(caller) => caller,
        // Nobody is there to remember it for; the handler decides whether that matters.
        Err(error) if error.kind == Kind::Unauthenticated => return Ok(next.run(Request::from_parts(parts, body)).await),
        Err(error) => return Err(error),
    };
    // A file is told from another by what its sender says of it: it never lies in memory whole.
    let (request_hash, body) = match is_file(parts.uri.path()) {
        true => (hash(&parts, said_of(&parts).as_bytes()), body),
        false => {
            let bytes = collect(body, app.settings.upload_limit).await?;
            (hash(&parts, &bytes), Body::from(bytes))
        }
    };
    let once = Once::new(caller.organization, caller.principal.label(), key, request_hash, app.context().now() + KEPT);
    if let Some(answer) = remembered(&app, &caller, &once).await? {
        return Ok(answer);
    }
    let once = Arc::new(once);
    let response = once.clone().scope(next.run(Request::from_parts(parts, body))).await;
    if once.was_noted() { keep(&app, &caller, &once, response).await } else { Ok(response) }
}

/// Whether a POST there sends a file.
fn is_file(path: &str) -> bool {
    path == "/api/v1/files" || path.ends_with("/attachments")
}

/// What the sender of a file says of it: type, length, checksum.
fn said_of(parts: &Parts) -> String {
    let said = |name| parts.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    ["content-type", "content-length", "repr-digest", "content-digest"].map(said).join("\n")
}

fn key(request: &Request) -> Result<String> {
    let text = request.headers().get(KEY).and_then(|value| value.to_str().ok()).unwrap_or_default().trim();
    if text.is_empty() || text.len() > 255 || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        let detail = "Idempotency-Key: expected 1 to 255 printable ASCII characters without blanks, best a UUID";
        return Err(Error::new(Kind::Malformed, "bad_idempotency_key", detail));
    }
    Ok(text.to_string())
}

async fn collect(body: Body, limit: usize) -> Result<Bytes> {
    match tokio::time::timeout(BODY_ARRIVES, to_bytes(body, limit)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(broken)) => {
            Err(Error::new(Kind::TooLarge, "body_too_large", "the body did not arrive whole or is too large").because(broken))
        }
        Err(_) => Err(Error::new(Kind::Timeout, "body_too_slow", "the request took too long to arrive")),
    }
}

fn hash(parts: &Parts, body: &[u8]) -> Vec<u8> {
    let address = parts.uri.path_and_query().map_or("", |address| address.as_str());
    let mut hasher = Sha256::new();
    hasher.update(address.as_bytes());
    hasher.update([0]);
    hasher.update(body);
    hasher.finalize().to_vec()
}

const FIND: &str = "select request_hash, status, headers, body, expires_at from idempotency_keys \
     where organization_id = $1 and principal = $2 and key = $3";
const FORGET: &str = "delete from idempotency_keys where organization_id = $1 and principal = $2 and key = $3 and expires_at <= $4";
const KEEP: &str = "update idempotency_keys set status = $4, headers = $5, body = $6 \
     where organization_id = $1 and principal = $2 and key = $3";

/// The answer to the first such request, if there was one.
async fn remembered(app: &App, caller: &Caller, once: &Once) -> Result<Option<Response>> {
    let mut tx = app.begin(caller).await?;
    let Some(row) = tx.query_opt(FIND, &[&once.organization, &once.principal, &once.key]).await? else {
        tx.rollback().await?;
        return Ok(None);
    };
    if row.get::<_, Timestamp>("expires_at") <= tx.now() {
        let now = tx.now();
        tx.execute(FORGET, &[&once.organization, &once.principal, &once.key, &now]).await?;
        tx.commit().await?;
        return Ok(None);
    }
    tx.rollback().await?;
    if row.get::<_, Vec<u8>>("request_hash") != once.request_hash {
        let detail = "this Idempotency-Key was used for another request; a new request needs a new key";
        return Err(Error::new(Kind::Invalid, "idempotency_key_reused", detail));
    }
    let Some(status) = row.get::<_, Option<i32>>("status").and_then(|status| StatusCode::from_u16(status as u16).ok()) else {
        let detail = "this request was carried out, and its answer was not kept; read what it made instead of repeating it";
        return Err(Error::conflict("idempotency_answer_lost", detail));
    };
    let body = row.get::<_, Option<Vec<u8>>>("body").unwrap_or_default();
    let mut response = (status, body).into_response();
    response.headers_mut().remove(CONTENT_TYPE);
    if let Some(Value::Object(headers)) = row.get("headers") {
        for (name, value) in headers {
            if let (Ok(name), Some(Ok(value))) = (HeaderName::try_from(name), value.as_str().map(HeaderValue::from_str)) {
                response.headers_mut().insert(name, value);
            }
        }
    }
    response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    Ok(Some(response))
}

/// Adds the answer to the note.
async fn keep(app: &App, caller: &Caller, once: &Once, response: Response) -> Result<Response> {
    let headers = response.headers();
    let unkept = headers.get(CACHE_CONTROL).is_some_and(|value| value.as_bytes().windows(8).any(|word| word == b"no-store"));
    let secret = unkept || response.extensions().get::<Secret>().is_some() || headers.contains_key(SET_COOKIE);
    let length = response.headers().get(http::header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    let size = http_body::Body::size_hint(response.body()).upper().or(length).unwrap_or(u64::MAX);
    if secret || size > KEPT_BODY as u64 {
        return Ok(response);
    }
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, KEPT_BODY).await.map_err(Error::internal)?;
    let headers: serde_json::Map<String, Value> = [CONTENT_TYPE, ETAG, LOCATION]
        .iter()
        .filter_map(|name| Some((name.to_string(), parts.headers.get(name)?.to_str().ok()?.into())))
        .collect();
    let status = i32::from(parts.status.as_u16());
    let kept = async {
        let mut tx = app.begin(caller).await?;
        let params: crate::database::Params<'_> =
            &[&once.organization, &once.principal, &once.key, &status, &Value::Object(headers), &bytes.as_ref()];
        tx.execute(KEEP, params).await?;
        tx.commit().await
    };
    // The request was carried out; a repetition that learns no more than that is better than an error now.
    if let Err(error) = kept.await {
        tracing::warn!(%error, "the answer to a request with an Idempotency-Key could not be kept");
    }
    Ok(Response::from_parts(parts, Body::from(bytes)))
}
