//! The caller of a request, and the client before anybody is known, as handlers take them.
//!
//! **Invariant:** a request is authenticated once, however many layers and extractors ask.

use std::convert::Infallible;

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use http::request::Parts;
use tracing::field::display;

use crate::caller::Caller;
use crate::error::{Error, Kind};
use crate::http::layers::{Asked, RequestSpan};
use crate::http::{App, Client};

impl FromRequestParts<App> for Caller {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Error> {
        if let Some(caller) = parts.extensions.get::<Caller>() {
            return Ok(caller.clone());
        }
        let caller = app.authenticate.caller(parts).await?;
        if let Some(RequestSpan(span)) = parts.extensions.get() {
            span.record("organization", display(caller.organization));
            span.record("actor", caller.principal.label());
        }
        if let Some(asked) = parts.extensions.get::<Asked>() {
            asked.count(app, &caller)?;
        }
        parts.extensions.insert(caller.clone());
        Ok(caller)
    }
}

/// `None` when nobody is signed in; every other refusal (a missing CSRF token, an unreachable database) stays one.
impl OptionalFromRequestParts<App> for Caller {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Option<Self>, Error> {
        match <Caller as FromRequestParts<App>>::from_request_parts(parts, app).await {
            Ok(caller) => Ok(Some(caller)),
            Err(error) if error.kind == Kind::Unauthenticated => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Client {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Client::of(parts))
    }
}
