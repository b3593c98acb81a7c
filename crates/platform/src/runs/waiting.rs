//! Answering a request that started a run: at once with where to look, or with the result where the client would rather wait (RFC 7240).

use std::time::Duration;

use axum::Json;
use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{HeaderValue, StatusCode};

use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::http::App;
use crate::ids::RunId;
use crate::runs::store::{self, Run};

/// How long a client waits at most (s), whatever it says: an answer must come before the request's time is over.
const LONGEST_S: u64 = 20;
/// How often is looked whether the run has ended.
const LOOK: Duration = Duration::from_millis(50);

/// What the client would rather have: `Prefer: wait=10`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Prefer {
    /// How long it waits for the result.
    pub wait: Duration,
}

impl<S: Send + Sync> FromRequestParts<S> for Prefer {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self> {
        let said = parts.headers.get_all("prefer").iter().filter_map(|value| value.to_str().ok());
        let wait =
            said.flat_map(|value| value.split([',', ';'])).find_map(|one| one.trim().strip_prefix("wait=")?.trim().parse::<u64>().ok());
        Ok(Prefer { wait: Duration::from_secs(wait.unwrap_or(0).min(LONGEST_S)) })
    }
}

/// 202 with where to look.
pub fn accepted(run: &Run) -> Response {
    let location = format!("/api/v1/runs/{}", run.id);
    let mut response = (StatusCode::ACCEPTED, Json(run)).into_response();
    if let Ok(location) = HeaderValue::from_str(&location) {
        response.headers_mut().insert(http::header::LOCATION, location);
    }
    response
}

/// Answers a request that has started `run`, after its transaction was committed: 200 with the run where it ends within what the client
/// prefers to wait, else 202 with where to look.
///
/// # Errors
/// 404 where the caller may not see the run.
pub async fn wait_for(app: &App, caller: &Caller, run: RunId, prefer: Prefer) -> Result<Response> {
    let found = ended_within(app, caller, run, prefer.wait).await?;
    if !found.state.is_final() {
        return Ok(accepted(&found));
    }
    let mut response = Json(found).into_response();
    if !prefer.wait.is_zero() {
        let applied = HeaderValue::from_static("wait");
        response.headers_mut().insert("preference-applied", applied);
    }
    Ok(response)
}

/// The run, as it is when it has ended or the time is over.
pub(super) async fn ended_within(app: &App, caller: &Caller, run: RunId, time: Duration) -> Result<Run> {
    let until = tokio::time::Instant::now() + time;
    loop {
        let mut tx = app.read(caller).await?;
        let found = store::get(&mut tx, run).await?;
        tx.commit().await?;
        if found.state.is_final() || tokio::time::Instant::now() >= until {
            return Ok(found);
        }
        tokio::time::sleep(LOOK).await;
    }
}
