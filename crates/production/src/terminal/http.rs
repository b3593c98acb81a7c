//! Terminals and calls for help over HTTP.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, header};
use jiff::Timestamp;
use platform::caller::Scope;
use platform::error::Kind;
use platform::http::{App, OpenApiRouter, Path, Problem, Query, Secret, Unread, routes};
use platform::places::seen;
use platform::{Caller, Error, FieldError, Permission, Result};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::andon::{self, ANDON_ACKNOWLEDGE, ANDON_REPORT, AndonCall, CalledFrom, NewCall};
use super::conflicts::{self, RefusedAction, Resolve};
use super::escalation;
use super::sync::{self, Sent, TERMINAL_REPORT, TERMINAL_RESOLVE, Taken};
use super::work::{self, Work};
use crate::jobs::store::JOB_READ;
use crate::people::pins::{self, Who};

/// The operations.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(sign_in_at_terminal))
        .routes(routes!(read_terminal_work))
        .routes(routes!(send_terminal_actions))
        .routes(routes!(list_terminal_conflicts))
        .routes(routes!(resolve_terminal_conflict))
        .routes(routes!(list_andon_calls, call_andon))
        .routes(routes!(list_plant_andon))
        .routes(routes!(acknowledge_andon))
        .routes(routes!(clear_andon))
        .routes(routes!(escalate_andon))
}

/// Who signs in: a badge, or somebody from the list, and their PIN if they have one.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TerminalSignIn, example = json!({ "badge": "B-1047", "pin": "4711" }))]
struct SignIn {
    /// The badge.
    #[schema(max_length = 100)]
    badge: Option<String>,
    /// Or the operator.
    operator_id: Option<Uuid>,
    /// The PIN.
    #[schema(max_length = 20)]
    pin: Option<String>,
}

/// Somebody who signed in.
#[derive(Debug, Serialize, ToSchema)]
struct SignedInOperator {
    /// Who.
    operator: SignedInAs,
    /// Send it as `token` with what they do: it shows the server that it was they.
    token: String,
    /// Until when it counts.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
}

/// An operator.
#[derive(Debug, Serialize, ToSchema)]
struct SignedInAs {
    /// Who.
    id: Uuid,
    /// Their name.
    #[schema(example = "Inês Duarte")]
    name: String,
}

/// Sign an operator in at a terminal. Whoever has a PIN types it; whoever has none shows the badge. After five wrong PINs one waits five minutes.
#[utoipa::path(post, path = "/terminals/{id}/sign-in", tag = "Terminals", params(("id" = Uuid, Path, description = "The terminal.")),
    request_body = SignIn, responses((status = 200, body = SignedInOperator),
        (status = 410, description = "The terminal is archived.", body = Problem, content_type = "application/problem+json")), extensions(("x-permission" = json!("production.terminal.report"))))]
async fn sign_in_at_terminal(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>, body: Unread<SignIn>) -> Result<Response> {
    let mut tx = app.begin(&caller).await?;
    let place = sync::find(&mut tx, id).await?;
    tx.require(TERMINAL_REPORT, Scope::Plant(place.plant))?;
    place.in_use()?;
    let asked = body.read().await?;
    let who = match (asked.badge.as_deref(), asked.operator_id) {
        (Some(badge), None) => Who::Badge(badge),
        (None, Some(operator)) => Who::Id(operator),
        _ => return Err(Error::invalid(vec![FieldError::new("/badge", "ambiguous", "name a badge or an operator, one of them")])),
    };
    let signed_in = pins::sign_in(&mut tx, place.plant, id, who, asked.pin.as_deref()).await?;
    // A wrong try counts, so it is committed as well.
    tx.commit().await?;
    let signed_in = signed_in
        .ok_or_else(|| Error::new(Kind::Forbidden, "wrong_badge_or_pin", "badge and PIN do not go together, or are not known here"))?;
    let operator = SignedInAs { id: signed_in.operator, name: signed_in.name };
    let mut answer = Json(SignedInOperator { operator, token: signed_in.token, expires_at: signed_in.expires_at }).into_response();
    answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer.extensions_mut().insert(Secret);
    Ok(answer)
}

/// Everything a terminal needs to work a shift without a connection.
#[utoipa::path(get, path = "/terminals/{id}/work", tag = "Terminals", params(("id" = Uuid, Path, description = "The terminal.")),
    responses((status = 200, body = Work),
        (status = 410, description = "The terminal is archived.", body = Problem, content_type = "application/problem+json")), extensions(("x-permission" = json!("production.job.read"))))]
async fn read_terminal_work(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>) -> Result<Json<Work>> {
    let mut tx = app.read(&caller).await?;
    let place = sync::find(&mut tx, id).await?;
    tx.require(JOB_READ, Scope::Plant(place.plant))?;
    place.in_use()?;
    let found = work::of(&mut tx, &place).await?;
    tx.commit().await?;
    Ok(Json(found))
}

/// Send what was done at a terminal, also without a connection, at most 1,000 actions: each is carried out in its order, by itself, once. What is refused is
/// kept for a supervisor; what there was no time for is named in `not_yet`, to be sent again.
#[utoipa::path(post, path = "/terminals/{id}/actions", tag = "Terminals", params(("id" = Uuid, Path, description = "The terminal.")),
    request_body = Sent, responses((status = 200, body = Taken)), extensions(("x-permission" = json!("production.terminal.report"))))]
async fn send_terminal_actions(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>, body: Unread<Sent>) -> Result<Json<Taken>> {
    allowed(&app, &caller, id, TERMINAL_REPORT).await?;
    let sent = body.read().await?;
    let mut tx = app.begin(&caller).await?;
    // A third of the time a request has: what follows, and a slow last action, have the rest.
    let taken = sync::take(&mut tx, id, &sent, app.settings.time_limit / 3).await?;
    tx.commit().await?;
    Ok(Json(taken))
}

/// Which refused actions are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct AllQuery {
    /// Also what is over.
    #[param(example = false)]
    all: Option<bool>,
}

/// Actions of a terminal that were refused and nobody has decided about, the newest first.
#[utoipa::path(get, path = "/terminals/{id}/conflicts", tag = "Terminals", params(("id" = Uuid, Path, description = "The terminal."), AllQuery),
    responses((status = 200, body = Vec<RefusedAction>)), extensions(("x-permission" = json!("production.terminal.resolve"))))]
async fn list_terminal_conflicts(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Query(asked): Query<AllQuery>,
) -> Result<Json<Vec<RefusedAction>>> {
    let mut tx = app.read(&caller).await?;
    let found = conflicts::list(&mut tx, id, asked.all.unwrap_or_default()).await?;
    tx.commit().await?;
    Ok(Json(found))
}

/// Decide about a refused action: carry it out after all, as it was said and when it was, or dismiss it.
#[utoipa::path(post, path = "/terminals/{id}/conflicts/resolve", tag = "Terminals", params(("id" = Uuid, Path, description = "The terminal.")),
    request_body = Resolve, responses((status = 200, body = RefusedAction)), extensions(("x-permission" = json!("production.terminal.resolve"))))]
async fn resolve_terminal_conflict(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    body: Unread<Resolve>,
) -> Result<Json<RefusedAction>> {
    allowed(&app, &caller, id, TERMINAL_RESOLVE).await?;
    let asked = body.read().await?;
    let mut tx = app.begin(&caller).await?;
    let resolved = conflicts::resolve(&mut tx, id, &asked).await?;
    tx.commit().await?;
    Ok(Json(resolved))
}

/// Open calls for help at the plants within reach, the oldest first.
#[utoipa::path(get, path = "/andon", tag = "Andon", params(AllQuery), responses((status = 200, body = Vec<AndonCall>)),
    extensions(("x-permission" = json!("production.andon.read"))))]
async fn list_andon_calls(State(app): State<App>, caller: Caller, Query(asked): Query<AllQuery>) -> Result<Json<Vec<AndonCall>>> {
    let mut tx = app.read(&caller).await?;
    let found = andon::list(&mut tx, None, asked.all.unwrap_or_default()).await?;
    tx.commit().await?;
    Ok(Json(found))
}

/// Open calls for help of a plant, the oldest first.
#[utoipa::path(get, path = "/plants/{id}/andon", tag = "Andon", params(("id" = Uuid, Path, description = "The plant."), AllQuery),
    responses((status = 200, body = Vec<AndonCall>)), extensions(("x-permission" = json!("production.andon.read"))))]
async fn list_plant_andon(
    State(app): State<App>,
    caller: Caller,
    Path(plant): Path<Uuid>,
    Query(asked): Query<AllQuery>,
) -> Result<Json<Vec<AndonCall>>> {
    seen(&app, &caller, plant).await?;
    let mut tx = app.read(&caller).await?;
    let found = andon::list(&mut tx, Some(plant), asked.all.unwrap_or_default()).await?;
    tx.commit().await?;
    Ok(Json(found))
}

/// Call for help at a line.
#[utoipa::path(post, path = "/andon", tag = "Andon", request_body = NewCall,
    responses((status = 201, body = AndonCall),
        (status = 404, description = "No such line, or none that you may see.", body = Problem, content_type = "application/problem+json")),
    extensions(("x-permission" = json!("production.andon.report"))))]
async fn call_andon(State(app): State<App>, caller: Caller, body: Unread<NewCall>) -> Result<Response> {
    caller.require_somewhere(ANDON_REPORT)?;
    let new = body.read().await?;
    let mut tx = app.begin(&caller).await?;
    let from = CalledFrom { at: tx.now(), terminal: None, action: None };
    let made = andon::raise(&mut tx, &new, from).await?;
    tx.commit().await?;
    Ok((http::StatusCode::CREATED, Json(made)).into_response())
}

/// Say that somebody comes.
#[utoipa::path(post, path = "/andon/{id}/acknowledge", tag = "Andon", params(("id" = Uuid, Path, description = "The call.")),
    responses((status = 200, body = AndonCall)), extensions(("x-permission" = json!("production.andon.acknowledge"))))]
async fn acknowledge_andon(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>) -> Result<Json<AndonCall>> {
    let mut tx = app.begin(&caller).await?;
    let now = tx.now();
    let call = andon::acknowledge(&mut tx, id, now).await?;
    tx.commit().await?;
    Ok(Json(call))
}

/// Say that it is over.
#[utoipa::path(post, path = "/andon/{id}/clear", tag = "Andon", params(("id" = Uuid, Path, description = "The call.")),
    responses((status = 200, body = AndonCall)), extensions(("x-permission" = json!("production.andon.report"))))]
async fn clear_andon(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>) -> Result<Json<AndonCall>> {
    let mut tx = app.begin(&caller).await?;
    let now = tx.now();
    let call = andon::clear(&mut tx, id, now).await?;
    tx.commit().await?;
    Ok(Json(call))
}

/// What went up.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AndonEscalated)]
struct Escalated {
    /// How many calls.
    #[schema(example = 1)]
    escalated: usize,
}

/// Let calls go up whose time has come and that nobody has acknowledged. They go up by themselves when it has; this looks at once, after the plant's steps
/// were changed.
#[utoipa::path(post, path = "/andon/escalate", tag = "Andon", responses((status = 200, body = Escalated)),
    extensions(("x-permission" = json!("production.andon.acknowledge"))))]
async fn escalate_andon(State(app): State<App>, caller: Caller) -> Result<Json<Escalated>> {
    caller.require_somewhere(ANDON_ACKNOWLEDGE)?;
    let mut tx = app.begin(&caller).await?;
    let escalated = escalation::escalate(&mut tx).await?;
    tx.commit().await?;
    Ok(Json(Escalated { escalated }))
}

/// Whether the caller may do this at a terminal: asked before anything that was sent is looked at.
async fn allowed(app: &App, caller: &Caller, id: Uuid, permission: Permission) -> Result<()> {
    let mut tx = app.read(caller).await?;
    let place = sync::find(&mut tx, id).await?;
    tx.commit().await?;
    caller.require(permission, Scope::Plant(place.plant))
}
