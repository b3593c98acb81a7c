//! The devices somebody is signed in on: seen, and signed out, by themselves and by administrators.

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use platform::http::{App, OpenApiRouter, Path, routes};
use platform::ids::{SessionId, UserId};
use platform::{Caller, Error, Principal, Result, Scope};

use super::{Session, store};
use crate::permissions;

/// The devices you are signed in on.
#[utoipa::path(get, path = "/me/sessions", tag = "Sign-in", responses((status = 200, body = Vec<Session>)), extensions(("x-permission" = json!("signed-in"))))]
async fn list_my_sessions(State(app): State<App>, caller: Caller) -> Result<Json<Vec<Session>>> {
    let (user, current) = person(&caller)?;
    let mut sessions = store::list(&mut app.read(&caller).await?, user).await?;
    for session in &mut sessions {
        session.current = session.id == current.0;
    }
    Ok(Json(sessions))
}

/// Sign out on all other devices.
#[utoipa::path(delete, path = "/me/sessions", tag = "Sign-in", responses((status = 204)), extensions(("x-permission" = json!("signed-in"))))]
async fn end_my_other_sessions(State(app): State<App>, caller: Caller) -> Result<StatusCode> {
    let (user, current) = person(&caller)?;
    let mut tx = app.begin(&caller).await?;
    store::end(&mut tx, user, None, Some(current), "revoked").await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Sign out on one device.
#[utoipa::path(delete, path = "/me/sessions/{id}", tag = "Sign-in", params(("id" = Uuid, Path, description = "The session.")),
    responses((status = 204)), extensions(("x-permission" = json!("signed-in"))))]
async fn end_my_session(State(app): State<App>, caller: Caller, Path(id): Path<SessionId>) -> Result<StatusCode> {
    let (user, _) = person(&caller)?;
    let mut tx = app.begin(&caller).await?;
    if store::end(&mut tx, user, Some(id), None, "revoked").await? == 0 {
        return Err(Error::not_found("session"));
    }
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The devices somebody is signed in on.
#[utoipa::path(get, path = "/users/{id}/sessions", tag = "Users", params(("id" = Uuid, Path, description = "The user.")),
    responses((status = 200, body = Vec<Session>)), extensions(("x-permission" = json!("identity.session.read"))))]
async fn list_user_sessions(State(app): State<App>, caller: Caller, Path(id): Path<UserId>) -> Result<Json<Vec<Session>>> {
    caller.require(permissions::SESSION_READ, Scope::Organization)?;
    let mut tx = app.read(&caller).await?;
    crate::users::store::find(&mut tx, id).await?;
    Ok(Json(store::list(&mut tx, id).await?))
}

/// Sign somebody out everywhere, at once.
#[utoipa::path(delete, path = "/users/{id}/sessions", tag = "Users", params(("id" = Uuid, Path, description = "The user.")),
    responses((status = 204)), extensions(("x-permission" = json!("identity.session.revoke"))))]
async fn revoke_user_sessions(State(app): State<App>, caller: Caller, Path(id): Path<UserId>) -> Result<StatusCode> {
    caller.require(permissions::SESSION_REVOKE, Scope::Organization)?;
    let mut tx = app.begin(&caller).await?;
    crate::users::store::find(&mut tx, id).await?;
    store::end(&mut tx, id, None, None, "revoked").await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Sign somebody out on one device, at once.
#[utoipa::path(delete, path = "/users/{id}/sessions/{session}", tag = "Users",
    params(("id" = Uuid, Path, description = "The user."), ("session" = Uuid, Path, description = "The session.")),
    responses((status = 204)), extensions(("x-permission" = json!("identity.session.revoke"))))]
async fn revoke_user_session(State(app): State<App>, caller: Caller, Path((id, session)): Path<(UserId, SessionId)>) -> Result<StatusCode> {
    caller.require(permissions::SESSION_REVOKE, Scope::Organization)?;
    let mut tx = app.begin(&caller).await?;
    if store::end(&mut tx, id, Some(session), None, "revoked").await? == 0 {
        return Err(Error::not_found("session"));
    }
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The person behind the call, and the session, where it is one.
pub(crate) fn person(caller: &Caller) -> Result<(UserId, SessionId)> {
    match caller.principal {
        Principal::User { id, session } => Ok((id, session)),
        _ => Err(Error::new(platform::error::Kind::Forbidden, "people_only", "only a person who is signed in can do this, not a key")),
    }
}

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_my_sessions, end_my_other_sessions))
        .routes(routes!(end_my_session))
        .routes(routes!(list_user_sessions, revoke_user_sessions))
        .routes(routes!(revoke_user_session))
}
