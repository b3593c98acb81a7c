//! Versions of a record, as `ETag` and `If-Match` carry them, so that nobody overwrites what somebody else changed meanwhile.

use axum::Json;
use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, IntoResponseParts, Response, ResponseParts};
use http::header::{ETAG, IF_MATCH, IF_NONE_MATCH, LOCATION};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, StatusCode};
use serde::Serialize;
use utoipa::IntoParams;

use crate::error::{Error, Kind, Result};

/// The version of the record in an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ETag(pub i64);

impl ETag {
    fn value(self) -> Option<HeaderValue> {
        HeaderValue::from_str(&format!("\"{}\"", self.0)).ok()
    }
}

impl IntoResponseParts for ETag {
    type Error = std::convert::Infallible;

    fn into_response_parts(self, mut parts: ResponseParts) -> Result<ResponseParts, Self::Error> {
        if let Some(value) = self.value() {
            parts.headers_mut().insert(ETAG, value);
        }
        Ok(parts)
    }
}

/// The version that a change is meant for; a change without one is refused with 428.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IfMatch {
    /// `*`: whatever it is now.
    Any,
    /// This one.
    Version(i64),
    /// Something that is no version of ours: matches nothing.
    Foreign,
}

/// The header of [`IfMatch`] for OpenAPI: `params(IfMatchHeader)`.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[allow(dead_code, reason = "only its description is used")]
pub struct IfMatchHeader {
    /// The ETag of the version that the change is meant for, or `*`.
    #[param(rename = "If-Match", example = "\"3\"")]
    if_match: String,
}

impl IfMatch {
    /// Refuses unless the record's version is the one meant.
    ///
    /// # Errors
    /// 412 `stale`.
    pub fn check(self, current: i64) -> Result<()> {
        match self {
            IfMatch::Any => Ok(()),
            IfMatch::Version(meant) if meant == current => Ok(()),
            IfMatch::Version(_) | IfMatch::Foreign => Err(Error::new(
                Kind::Precondition,
                "stale",
                format!("somebody changed it meanwhile: its version is \"{current}\" now; read it again, then change it"),
            )),
        }
    }
}

impl<S: Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self> {
        let Some(value) = parts.headers.get(IF_MATCH) else {
            return Err(Error::new(
                Kind::PreconditionRequired,
                "if_match_required",
                "a change needs the header If-Match with the ETag of the version it is meant for",
            ));
        };
        let text = value.to_str().unwrap_or_default().trim();
        Ok(if text == "*" { IfMatch::Any } else { version(text).map_or(IfMatch::Foreign, IfMatch::Version) })
    }
}

/// `"7"`, and also `W/"7"`: proxies that compress weaken the tag, and the version means the same.
fn version(tag: &str) -> Option<i64> {
    tag.strip_prefix("W/").unwrap_or(tag).strip_prefix('"')?.strip_suffix('"')?.parse().ok()
}

/// A record with its version: 304 where the client has it already (`If-None-Match`).
pub fn versioned<T: Serialize>(headers: &HeaderMap, current: i64, record: &T) -> Response {
    let known = headers.get(IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    if known.is_some_and(|known| known.split(',').any(|tag| tag.trim() == "*" || version(tag.trim()) == Some(current))) {
        return (StatusCode::NOT_MODIFIED, ETag(current), ()).into_response();
    }
    (ETag(current), Json(record)).into_response()
}

/// 201 with the new record, its version and its address.
pub fn created<T: Serialize>(address: &str, current: i64, record: &T) -> Response {
    let mut response = (StatusCode::CREATED, ETag(current), Json(record)).into_response();
    if let Ok(value) = HeaderValue::from_str(address) {
        response.headers_mut().insert(LOCATION, value);
    }
    response
}
