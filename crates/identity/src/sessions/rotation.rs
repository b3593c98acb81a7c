//! A new token for an old session, handed out with the answer, after somebody was given more rights: a token that leaked before is worth
//! nothing then.

use std::sync::{Arc, OnceLock};

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::request::Parts;
use platform::http::{App, Client};
use platform::{Caller, Principal, Result};

use super::{cookies, store};
use crate::Identity;
use crate::tokens::Token;

/// How long the old token is still taken, for requests that were on their way (s).
const GRACE_S: f64 = 30.0;

/// Where authentication notes that the session's token is to be changed.
#[derive(Clone, Default)]
struct Wanted(Arc<OnceLock<Caller>>);

/// Notes that this request's session needs a new token.
pub(crate) fn ask(parts: &Parts, caller: &Caller) {
    if let Some(wanted) = parts.extensions.get::<Wanted>() {
        // A second request for the same is the same.
        let _ = wanted.0.set(caller.clone());
    }
}

/// The layer: changes the token where the session asks for it. The server puts it around all routes.
pub async fn rotate(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let wanted = Wanted::default();
    request.extensions_mut().insert(wanted.clone());
    let client = request.extensions().get::<Client>().copied();
    let mut response = next.run(request).await;
    if let Some(caller) = wanted.0.get() {
        match new_token(&app, caller).await {
            Ok(Some((token, https))) => {
                let https = client.is_some_and(|client| client.https) || https;
                cookies::set_session(response.headers_mut(), https, &token);
            }
            Ok(None) => {}
            // The answer itself is right; the next request tries again.
            Err(error) => tracing::warn!(%error, "a session's token could not be changed"),
        }
    }
    response
}

async fn new_token(app: &App, caller: &Caller) -> Result<Option<(Token, bool)>> {
    let Principal::User { session, .. } = caller.principal else { return Ok(None) };
    let identity: Identity = app.part()?;
    let token = Token::new()?;
    let mut tx = app.begin(caller).await?;
    let changed = store::rotate(&mut tx, session, &token.hash(), GRACE_S).await?;
    tx.commit().await?;
    Ok(changed.then_some((token, identity.settings().https)))
}
