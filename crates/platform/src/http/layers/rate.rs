//! Counts each request for its client and tells the client what is left.
//!
//! Who asks is known once a handler asks for its caller; that is where the caller's count goes up. A request that nobody signed, or signed
//! wrongly, counts for its address.

use std::sync::{Arc, OnceLock};

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::HeaderMap;
use http::header::{AUTHORIZATION, COOKIE};

use crate::caller::Caller;
use crate::error::Error;
use crate::http::rates::{Asker, Quota};
use crate::http::{App, Client};

/// Where the count of a request's caller is left for the layer outside.
#[derive(Clone, Default)]
pub(in crate::http) struct Asked(Arc<OnceLock<Quota>>);

impl Asked {
    /// Counts a request of `caller`.
    ///
    /// # Errors
    /// 429 where nothing is left.
    pub(in crate::http) fn count(&self, app: &App, caller: &Caller) -> Result<(), Error> {
        let Some(asker) = Asker::of(caller) else { return Ok(()) };
        let limit = caller.grants.requests_per_hour.unwrap_or(app.settings.requests_per_hour);
        let quota = app.limits.ask(asker, limit, app.context().now());
        let _ = self.0.set(quota);
        quota.refusal().map_or(Ok(()), Err)
    }
}

pub(super) async fn limit(State(app): State<App>, mut request: Request, next: Next) -> Response {
    if !is_counted(request.uri().path()) {
        return next.run(request).await;
    }
    let ip = request.extensions().get::<Client>().and_then(|client| client.ip);
    let (asker, limit) = (Asker::address(ip), app.settings.requests_per_hour);
    if !is_signed(request.headers()) {
        let quota = app.limits.look(&asker, limit, app.context().now());
        if let Some(error) = quota.refusal() {
            return told(error.into_response(), quota);
        }
    }
    let asked = Asked::default();
    request.extensions_mut().insert(asked.clone());
    let response = next.run(request).await;
    let quota = asked.0.get().copied().unwrap_or_else(|| app.limits.ask(asker, limit, app.context().now()));
    told(response, quota)
}

fn told(mut response: Response, quota: Quota) -> Response {
    quota.tell(response.headers_mut());
    response
}

/// The pages and what they load are no questions to the API.
fn is_counted(path: &str) -> bool {
    path.starts_with("/api/v1/") && path != "/api/v1/openapi.json"
}

fn is_signed(headers: &HeaderMap) -> bool {
    headers.contains_key(AUTHORIZATION) || headers.contains_key(COOKIE)
}
