//! A refusal as the client gets it: RFC 9457, `application/problem+json`.
//!
//! **Invariant:** only `detail` and `fields` of an error are in it; its cause is for the log.

use std::sync::Arc;

use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, StatusCode};
use serde::Serialize;
use utoipa::ToSchema;

use crate::error::{Error, FieldError};
use crate::ids::RequestId;

/// The body of every refusal (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem {
    /// What kind of problem: `urn:gemba:problem:` and the code.
    #[schema(example = "urn:gemba:problem:not_found")]
    pub r#type: String,
    /// The family, for people.
    #[schema(example = "Not Found")]
    pub title: String,
    /// The HTTP status.
    #[schema(example = 404)]
    pub status: u16,
    /// Stable, for programs; never renamed.
    #[schema(example = "not_found")]
    pub code: String,
    /// What happened and what to do about it.
    #[schema(example = "there is no such line, or it is not visible to you")]
    pub detail: String,
    /// The request's identifier, as the header `X-Request-Id` and the log have it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "urn:uuid:0199d1a0-0000-7000-8000-000000000000")]
    pub instance: Option<String>,
    /// What is wrong in the body, value by value; all of it at once.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
}

impl Problem {
    /// The problem that `error` is to the client.
    pub fn of(error: &Error, request: Option<RequestId>) -> Problem {
        let status = error.kind.status();
        Problem {
            r#type: format!("urn:gemba:problem:{}", error.code),
            title: StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason()).unwrap_or("Error").into(),
            status,
            code: error.code.into(),
            detail: error.detail.clone(),
            instance: request.map(|request| format!("urn:uuid:{request}")),
            errors: error.fields.clone(),
        }
    }
}

/// Carries the error to the outermost layer, which knows the request's id and logs the cause.
#[derive(Clone)]
pub(super) struct Refusal(pub(super) Arc<Error>);

/// Says a refusal once more in the body, in the words of another protocol.
#[derive(Clone, Copy)]
pub(crate) struct Restated(pub fn(&mut serde_json::Value));

/// The error behind an answer of a handler, for layers between the handler and the outermost one.
pub fn refusal(response: &Response) -> Option<Arc<Error>> {
    response.extensions().get::<Refusal>().map(|refusal| refusal.0.clone())
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let mut response = render(&self, None);
        response.extensions_mut().insert(Refusal(Arc::new(self)));
        response
    }
}

/// The whole answer to a refused request.
pub(super) fn render(error: &Error, request: Option<RequestId>) -> Response {
    rendered(error, request, None)
}

/// The same, said once more where another protocol wants it.
pub(super) fn rendered(error: &Error, request: Option<RequestId>, restated: Option<Restated>) -> Response {
    let status = StatusCode::from_u16(error.kind.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let problem = Problem::of(error, request);
    let body = match restated {
        None => serde_json::to_vec(&problem),
        Some(Restated(restate)) => serde_json::to_value(&problem).and_then(|mut problem| {
            restate(&mut problem);
            serde_json::to_vec(&problem)
        }),
    };
    let body = body.unwrap_or_default();
    let mut response = (status, body).into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    if let Some(seconds) = error.retry_after_s {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    if status == StatusCode::UNAUTHORIZED {
        response.headers_mut().insert(http::header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"gemba\""));
    }
    response
}
