//! What a request carries, as handlers take it: a JSON body, the path's identifiers, the query's parameters.
//!
//! **Invariant:** what cannot be understood is refused with its place: a JSON pointer in the body, the parameter's name elsewhere.

use std::convert::Infallible;
use std::marker::PhantomData;

use axum::extract::rejection::{BytesRejection, PathRejection};
use axum::extract::{FromRequest, FromRequestParts, Request};
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use serde::de::DeserializeOwned;

use crate::error::{Error, FieldError, Kind};
use crate::http::BODY_ARRIVES;
use crate::http::unfit::Unfit;

/// The longest name of a member that a pointer shows whole (letters).
const LONGEST_MEMBER: usize = 300;

/// A JSON body.
#[derive(Clone, Copy, Debug)]
pub struct Body<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Self, Error> {
        if !is_json(request.headers()) {
            return Err(Error::new(
                Kind::UnsupportedMedia,
                "unsupported_media_type",
                "the body has to be JSON, with the header Content-Type: application/json",
            ));
        }
        let arriving = tokio::time::timeout(BODY_ARRIVES, Bytes::from_request(request, state));
        let bytes = arriving
            .await
            .map_err(|_| Error::new(Kind::Timeout, "body_too_slow", "the request took too long to arrive"))?
            .map_err(unreadable)?;
        parse(&bytes).map(Body)
    }
}

/// A JSON body that nobody has looked at: for actions that decide by the caller alone whether they look at all.
#[derive(Debug)]
pub struct Unread<T> {
    request: Request,
    reads: PhantomData<fn() -> T>,
}

impl<T: DeserializeOwned> Unread<T> {
    /// The body.
    ///
    /// # Errors
    /// As [`Body`].
    pub async fn read(self) -> Result<T, Error> {
        let Body(value) = Body::from_request(self.request, &()).await?;
        Ok(value)
    }
}

impl<T, S: Send + Sync> FromRequest<S> for Unread<T> {
    type Rejection = Infallible;

    async fn from_request(request: Request, _: &S) -> Result<Self, Infallible> {
        Ok(Unread { request, reads: PhantomData })
    }
}

/// Reads JSON; where it does not fit, the error has the pointer.
pub(super) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    let mut source = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut source).map_err(|wrong| {
        let pointer = pointer(wrong.path());
        refusal(wrong.into_inner(), pointer)
    })?;
    source.end().map_err(|wrong| refusal(wrong, String::new()))?;
    Ok(value)
}

fn refusal(wrong: serde_json::Error, pointer: String) -> Error {
    use serde_json::error::Category;
    match wrong.classify() {
        Category::Data => {
            let unfit = Unfit::of(&without_place(&wrong));
            let pointer = unfit.missing.iter().fold(pointer, |within, name| format!("{within}/{}", escaped(name)));
            Error::invalid(vec![FieldError::new(pointer, unfit.code, unfit.detail)])
        }
        Category::Syntax | Category::Eof | Category::Io => {
            Error::new(Kind::Malformed, "malformed_json", format!("the body is not JSON: {wrong}"))
        }
    }
}

/// serde_json ends its message with line and column, which the pointer says better.
fn without_place(wrong: &serde_json::Error) -> String {
    let text = wrong.to_string();
    match text.rfind(" at line ") {
        Some(end) => text[..end].to_string(),
        None => text,
    }
}

/// RFC 6901, from the path to the value.
fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    let mut pointer = String::new();
    for segment in path {
        match segment {
            Segment::Seq { index } => pointer.push_str(&format!("/{index}")),
            Segment::Map { key } => pointer.push_str(&format!("/{}", escaped(key))),
            Segment::Enum { .. } | Segment::Unknown => {}
        }
    }
    pointer
}

/// A member within a pointer; one that is longer than any there is, up to there.
fn escaped(member: &str) -> String {
    let member: String = member.chars().take(LONGEST_MEMBER).collect();
    member.replace('~', "~0").replace('/', "~1")
}

fn is_json(headers: &http::HeaderMap) -> bool {
    let Some(value) = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()) else { return false };
    let media = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    media == "application/json" || (media.starts_with("application/") && media.ends_with("+json"))
}

/// Why the bytes of a body could not be had.
pub(super) fn unreadable(rejection: BytesRejection) -> Error {
    if rejection.status() == http::StatusCode::PAYLOAD_TOO_LARGE {
        Error::new(Kind::TooLarge, "body_too_large", "the body is larger than this operation takes")
    } else {
        Error::new(Kind::Malformed, "body_unreadable", "the body did not arrive whole").because(rejection)
    }
}

/// The identifiers in the path. One that cannot be one is no such record: 404.
#[derive(Clone, Copy, Debug)]
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        match axum::extract::Path::<T>::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(value)) => Ok(Path(value)),
            Err(PathRejection::FailedToDeserializePathParams(wrong)) => {
                Err(Error::new(Kind::NotFound, "not_found", "there is nothing at this address").because(wrong))
            }
            Err(wrong) => Err(Error::internal(wrong)),
        }
    }
}

/// The query's parameters.
#[derive(Clone, Copy, Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        match axum::extract::Query::<T>::from_request_parts(parts, state).await {
            Ok(axum::extract::Query(value)) => Ok(Query(value)),
            Err(wrong) => {
                let said = wrong.body_text();
                let said = said.strip_prefix("Failed to deserialize query string: ").unwrap_or(&said);
                let (name, said) = said.split_once(": ").filter(|(name, _)| !name.contains(' ')).unwrap_or(("", said));
                let unfit = Unfit::of(said);
                let detail = match unfit.code {
                    "unreadable" if !name.is_empty() => format!("{name}: {}", unfit.detail),
                    _ => unfit.detail,
                };
                Err(Error::new(Kind::Malformed, "bad_parameter", detail))
            }
        }
    }
}
