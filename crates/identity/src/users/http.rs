//! `/users` and `/me`.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use platform::error::Kind;
use platform::http::{
    App, Body, Cursor, ETag, IfMatch, IfMatchHeader, OpenApiRouter, Page, PageQuery, Paged, Path, Query, created, routes,
};
use platform::ids::UserId;
use platform::{Caller, Error, Result, Scope};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::actions::{self, Invitation, UserChange};
use super::{User, store};
use crate::letters;
use crate::permissions;
use crate::sign_in::links::{PasswordLink, Purpose};

/// What is looked for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct UserQuery {
    /// Part of a name or an address.
    #[param(max_length = 100, example = "kowal")]
    q: Option<String>,
}

/// People of the organization, by address.
#[utoipa::path(get, path = "/users", tag = "Users", params(PageQuery, UserQuery), responses((status = 200, body = Paged<User>)),
    extensions(("x-permission" = json!("identity.user.read"))))]
async fn list_users(State(app): State<App>, caller: Caller, page: Page, Query(asked): Query<UserQuery>) -> Result<Json<Paged<User>>> {
    require_somewhere(&caller)?;
    if asked.q.as_ref().is_some_and(|text| text.chars().count() > 100) {
        return Err(Error::new(Kind::Malformed, "bad_parameter", "q: expected at most 100 characters"));
    }
    if let Some(after) = &page.after {
        after.of_sort("email")?;
    }
    let rows = store::list(&mut app.read(&caller).await?, &page, asked.q.as_deref()).await?;
    let end = |last: &User| Cursor { sort: "email".into(), values: vec![Value::String(last.email.clone())], id: last.id };
    Ok(Json(Paged::of(rows, &page, end)))
}

/// One person.
#[utoipa::path(get, path = "/users/{id}", tag = "Users", params(("id" = Uuid, Path, description = "The user.")),
    responses((status = 200, body = User)), extensions(("x-permission" = json!("identity.user.read"))))]
async fn read_user(State(app): State<App>, caller: Caller, Path(id): Path<UserId>) -> Result<Response> {
    if caller.principal.user() != Some(id) {
        require_somewhere(&caller)?;
    }
    Ok(answer(store::find(&mut app.read(&caller).await?, id).await?))
}

/// How somebody gets their link.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[schema(as = LinkDelivery)]
#[serde(rename_all = "snake_case")]
enum Delivery {
    /// It is in the answer, once; you hand it over.
    #[default]
    HandOver,
    /// By mail; it is in no answer.
    Mail,
}

/// How somebody gets their link.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct DeliveryQuery {
    /// In the answer, for you to hand over, or by mail.
    #[serde(default)]
    #[param(inline)]
    delivery: Delivery,
}

/// A new account and the link for its first password.
#[derive(Serialize, ToSchema)]
struct Invited {
    /// The account.
    user: User,
    /// The link, shown this once; null where it is sent by mail.
    invitation: Option<PasswordLink>,
    /// The mail it is sent with, if it is.
    mail_id: Option<Uuid>,
}

/// Invite somebody.
///
/// The answer holds a link, once, with which they set their password; with `delivery=mail` it is sent to them instead. You can only give roles whose
/// permissions you hold yourself.
#[utoipa::path(post, path = "/users", tag = "Users", params(DeliveryQuery), request_body = Invitation, responses((status = 201, body = Invited)),
    extensions(("x-permission" = json!("identity.user.invite"))))]
async fn invite_user(
    State(app): State<App>,
    caller: Caller,
    Query(how): Query<DeliveryQuery>,
    Body(invitation): Body<Invitation>,
) -> Result<Response> {
    let mut tx = app.begin(&caller).await?;
    let (user, link) = actions::invite(&mut tx, &app.part()?, &invitation).await?;
    let mail_id = match how.delivery {
        Delivery::HandOver => None,
        Delivery::Mail => Some(letters::send_link(&mut tx, &app.part()?, UserId(user.id), Purpose::Invitation, &link).await?),
    };
    tx.commit().await?;
    let (address, version) = (format!("/api/v1/users/{}", user.id), user.version);
    let invitation = mail_id.is_none().then_some(link);
    Ok(crate::shown_once(created(&address, version, &Invited { user, invitation, mail_id })))
}

/// Change somebody's name, address or language; your own name and language without further rights.
#[utoipa::path(patch, path = "/users/{id}", tag = "Users", params(("id" = Uuid, Path, description = "The user."), IfMatchHeader), request_body = UserChange,
    responses((status = 200, body = User)), extensions(("x-permission" = json!("identity.user.update"))))]
async fn update_user(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<UserId>,
    version: IfMatch,
    Body(change): Body<UserChange>,
) -> Result<Response> {
    let mut tx = app.begin(&caller).await?;
    let user = actions::update_user(&mut tx, &app.part()?, id, version, &change).await?;
    tx.commit().await?;
    Ok(answer(user))
}

/// A link with which somebody sets a new password.
///
/// For people with sensitive rights, only somebody with at least the same can do this. With `delivery=mail` the link is sent to them, and is in no
/// answer.
#[utoipa::path(post, path = "/users/{id}/reset-password", tag = "Users", params(("id" = Uuid, Path, description = "The user."), DeliveryQuery),
    responses((status = 201, body = PasswordLink), (status = 202, body = Sent, description = "It is sent by mail.")), extensions(("x-permission" = json!("identity.user.reset_password"))))]
async fn reset_user_password(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<UserId>,
    Query(how): Query<DeliveryQuery>,
) -> Result<Response> {
    let mut tx = app.begin(&caller).await?;
    let (link, purpose) = actions::reset_password(&mut tx, &app.part()?, id).await?;
    if how.delivery == Delivery::Mail {
        let mail_id = letters::send_link(&mut tx, &app.part()?, id, purpose, &link).await?;
        tx.commit().await?;
        return Ok((StatusCode::ACCEPTED, Json(Sent { mail_id })).into_response());
    }
    tx.commit().await?;
    Ok(crate::shown_once((StatusCode::CREATED, Json(link)).into_response()))
}

/// A link on its way.
#[derive(Serialize, ToSchema)]
struct Sent {
    /// The mail it is sent with.
    mail_id: Uuid,
}

/// Have somebody choose another password before anything else.
///
/// It counts at once, also where they are signed in: only `/auth` answers until they have.
#[utoipa::path(post, path = "/users/{id}/require-password-change", tag = "Users", params(("id" = Uuid, Path, description = "The user.")),
    responses((status = 204)), extensions(("x-permission" = json!("identity.user.reset_password"))))]
async fn require_password_change(State(app): State<App>, caller: Caller, Path(id): Path<UserId>) -> Result<StatusCode> {
    let mut tx = app.begin(&caller).await?;
    actions::require_password_change(&mut tx, &app.part()?, id).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Deactivate an account: its sessions end at once, its keys open nothing.
#[utoipa::path(post, path = "/users/{id}/deactivate", tag = "Users", params(("id" = Uuid, Path, description = "The user.")),
    responses((status = 200, body = User)), extensions(("x-permission" = json!("identity.user.deactivate"))))]
async fn deactivate_user(State(app): State<App>, caller: Caller, Path(id): Path<UserId>) -> Result<Response> {
    let mut tx = app.begin(&caller).await?;
    let user = actions::deactivate(&mut tx, &app.part()?, id).await?;
    tx.commit().await?;
    Ok(answer(user))
}

/// Activate a deactivated account again.
#[utoipa::path(post, path = "/users/{id}/activate", tag = "Users", params(("id" = Uuid, Path, description = "The user.")),
    responses((status = 200, body = User)), extensions(("x-permission" = json!("identity.user.deactivate"))))]
async fn activate_user(State(app): State<App>, caller: Caller, Path(id): Path<UserId>) -> Result<Response> {
    let mut tx = app.begin(&caller).await?;
    let user = actions::activate(&mut tx, &app.part()?, id).await?;
    tx.commit().await?;
    Ok(answer(user))
}

/// What you may do, for the organization and plant by plant.
#[derive(Serialize, ToSchema)]
struct MyPermissions {
    /// Whether all plants are within reach, those of tomorrow included.
    all_plants: bool,
    /// Allowed for the organization and, where they are about plants, for every plant.
    #[schema(example = json!(["factory.line.read"]))]
    organization: Vec<String>,
    /// Allowed at single plants, beyond that.
    #[schema(example = json!({"0199d1a0-0000-7000-8000-000000000001": ["factory.line.update"]}))]
    plants: BTreeMap<String, Vec<String>>,
}

/// What you may do and where.
#[utoipa::path(get, path = "/me/permissions", tag = "Sign-in", responses((status = 200, body = MyPermissions)), extensions(("x-permission" = json!("signed-in"))))]
async fn list_my_permissions(caller: Caller) -> Json<MyPermissions> {
    let names = |permissions: &platform::Permissions| permissions.names().map(String::from).collect::<Vec<_>>();
    Json(MyPermissions {
        all_plants: caller.grants.everywhere,
        organization: names(&caller.grants.organization),
        plants: caller.grants.plants.iter().map(|(plant, granted)| (plant.to_string(), names(granted))).collect(),
    })
}

fn require_somewhere(caller: &Caller) -> Result<()> {
    if caller.may_somewhere(permissions::USER_READ) { Ok(()) } else { Err(caller.refusal(permissions::USER_READ, Scope::Organization)) }
}

fn answer(user: User) -> Response {
    (ETag(user.version), Json(user)).into_response()
}

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_my_permissions))
        .routes(routes!(list_users, invite_user))
        .routes(routes!(read_user, update_user))
        .routes(routes!(reset_user_password))
        .routes(routes!(require_password_change))
        .routes(routes!(deactivate_user))
        .routes(routes!(activate_user))
        .merge(super::names::routes())
}
