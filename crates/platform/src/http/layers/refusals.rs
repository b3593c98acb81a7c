//! Gives every refusal its final form, logs what is our fault, and makes problems of refusals that came from below the handlers.

use std::error::Error as _;
use std::fmt::Write;

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING, WWW_AUTHENTICATE};
use http::{HeaderMap, StatusCode};

use crate::error::{Error, Kind};
use crate::http::Client;
use crate::http::problem::{Refusal, Restated, rendered};

pub(super) async fn refusals(request: Request, next: Next) -> Response {
    let id = request.extensions().get::<Client>().map(|client| client.request);
    let mut response = next.run(request).await;
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return response;
    }
    let restated = response.extensions_mut().remove::<Restated>();
    match response.extensions_mut().remove::<Refusal>() {
        Some(Refusal(error)) => {
            log(&error);
            with_headers_of(rendered(&error, id, restated), response.headers())
        }
        None if is_problem(response.headers()) => response,
        None => with_headers_of(rendered(&from_below(status), id, restated), response.headers()),
    }
}

/// Keeps what other layers and the handler said beside the body: cookies, `Allow`, quotas.
fn with_headers_of(mut problem: Response, headers: &HeaderMap) -> Response {
    let mut own = problem.headers().clone();
    // Who offers further ways to sign in says which.
    if headers.contains_key(WWW_AUTHENTICATE) {
        own.remove(WWW_AUTHENTICATE);
        problem.headers_mut().remove(WWW_AUTHENTICATE);
    }
    for (name, value) in headers {
        if ![CONTENT_TYPE, CONTENT_LENGTH, CONTENT_ENCODING, TRANSFER_ENCODING].contains(name) && !own.contains_key(name) {
            problem.headers_mut().append(name, value.clone());
        }
    }
    problem
}

fn is_problem(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_TYPE).is_some_and(|value| value.as_bytes().starts_with(b"application/problem+json"))
}

/// What axum refuses by itself, before a handler or an extractor of ours is asked.
fn from_below(status: StatusCode) -> Error {
    match status.as_u16() {
        400 => Error::new(Kind::Malformed, "malformed", "the request cannot be understood"),
        401 => Error::new(Kind::Unauthenticated, "sign_in", "sign in first"),
        403 => Error::new(Kind::Forbidden, "forbidden", "this is not allowed"),
        404 => Error::new(Kind::NotFound, "not_found", "there is nothing at this address"),
        405 => Error::new(
            Kind::MethodNotAllowed,
            "method_not_allowed",
            "this address does not know that method; the header Allow lists those it does",
        ),
        406 => Error::new(Kind::NotAcceptable, "not_acceptable", "there is no answer in any of the forms asked for"),
        408 => Error::new(Kind::Timeout, "body_too_slow", "the request took too long to arrive"),
        413 => Error::new(Kind::TooLarge, "body_too_large", "the body is larger than this operation takes"),
        415 => Error::new(Kind::UnsupportedMedia, "unsupported_media_type", "the body's media type is not understood"),
        422 => Error::new(Kind::Invalid, "invalid", "the request was understood, and is wrong"),
        503 => Error::unavailable("busy", "too many requests at once; try again in a moment", 1),
        other => Error::internal(format!("a layer below answered {other}")),
    }
}

fn log(error: &Error) {
    match error.kind {
        Kind::Internal => tracing::error!(code = error.code, cause = chain(error), "a request failed"),
        Kind::Unavailable | Kind::StorageFull => tracing::warn!(code = error.code, cause = chain(error), "a request was turned away"),
        _ => tracing::debug!(code = error.code, detail = error.detail, cause = chain(error), "a request was refused"),
    }
}

/// The causes, outermost first.
fn chain(error: &Error) -> String {
    let mut text = String::new();
    let mut cause = error.source();
    while let Some(this) = cause {
        let _ = write!(text, "{}{this}", if text.is_empty() { "" } else { ": " });
        cause = this.source();
    }
    text
}
