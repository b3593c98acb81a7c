//! `/roles` and `/permissions`.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use platform::http::{App, Body, ETag, IfMatch, IfMatchHeader, OpenApiRouter, Path, created, routes};
use platform::{Caller, PermissionScope, Result, Scope};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::built_in::{BUILT_IN, BuiltIn};
use super::{Role, RoleBody, store};
use crate::{Identity, permissions};

/// A permission that roles and keys may hold.
#[derive(Serialize, ToSchema)]
struct PermissionEntry {
    /// Its stable name.
    #[schema(example = "factory.line.update")]
    permission: &'static str,
    /// What it allows.
    #[schema(example = "Change lines")]
    title: &'static str,
    /// Whether it is checked for the organization as a whole or plant by plant.
    scope: PermissionScope,
    /// Whether refusals are written into the audit trail.
    sensitive: bool,
}

/// Every permission there is.
#[utoipa::path(get, path = "/permissions", tag = "Roles", responses((status = 200, body = Vec<PermissionEntry>)),
    extensions(("x-permission" = json!("identity.role.read"))))]
async fn list_permissions(State(app): State<App>, caller: Caller) -> Result<Json<Vec<PermissionEntry>>> {
    caller.require(permissions::ROLE_READ, Scope::Organization)?;
    let identity: Identity = app.part()?;
    let entry = |info: &platform::PermissionInfo| PermissionEntry {
        permission: info.permission.0,
        title: info.title,
        scope: info.scope,
        sensitive: info.sensitive,
    };
    Ok(Json(identity.catalogue().all().map(entry).collect()))
}

/// All roles: the built-in ones, then the organization's own by name.
#[utoipa::path(get, path = "/roles", tag = "Roles", responses((status = 200, body = Vec<Role>)), extensions(("x-permission" = json!("identity.role.read"))))]
async fn list_roles(State(app): State<App>, caller: Caller) -> Result<Json<Vec<Role>>> {
    caller.require(permissions::ROLE_READ, Scope::Organization)?;
    let identity: Identity = app.part()?;
    let mut roles: Vec<Role> = BUILT_IN.iter().map(|role| shown(&identity, role)).collect();
    roles.extend(store::list(&mut app.read(&caller).await?).await?);
    Ok(Json(roles))
}

/// One role.
#[utoipa::path(get, path = "/roles/{id}", tag = "Roles", params(("id" = String, Path, description = "The key of a built-in role, or the identifier of an own one.")),
    responses((status = 200, body = Role)), extensions(("x-permission" = json!("identity.role.read"))))]
async fn read_role(State(app): State<App>, caller: Caller, Path(id): Path<String>) -> Result<Response> {
    caller.require(permissions::ROLE_READ, Scope::Organization)?;
    if let Some(role) = BuiltIn::find(&id) {
        return Ok(answer(shown(&app.part()?, role)));
    }
    let id: Uuid = id.parse().map_err(|_| platform::Error::not_found("role"))?;
    Ok(answer(store::find(&mut app.read(&caller).await?, id).await?))
}

/// Make a role of single permissions, none of which you lack yourself.
#[utoipa::path(post, path = "/roles", tag = "Roles", request_body = RoleBody, responses((status = 201, body = Role)),
    extensions(("x-permission" = json!("identity.role.create"))))]
async fn create_role(State(app): State<App>, caller: Caller, Body(body): Body<RoleBody>) -> Result<Response> {
    let mut tx = app.begin(&caller).await?;
    let role = super::create_role(&mut tx, &app.part()?, &body).await?;
    tx.commit().await?;
    Ok(created(&format!("/api/v1/roles/{}", role.id), role.version, &role))
}

/// Change an own role as a whole; it counts with the next request of everybody who has it.
#[utoipa::path(put, path = "/roles/{id}", tag = "Roles", params(("id" = Uuid, Path, description = "The role."), IfMatchHeader), request_body = RoleBody,
    responses((status = 200, body = Role)), extensions(("x-permission" = json!("identity.role.update"))))]
async fn update_role(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    version: IfMatch,
    Body(body): Body<RoleBody>,
) -> Result<Response> {
    let mut tx = app.begin(&caller).await?;
    let role = super::update_role(&mut tx, &app.part()?, id, version, &body).await?;
    tx.commit().await?;
    Ok(answer(role))
}

/// Archive an own role: it allows nothing any more.
#[utoipa::path(post, path = "/roles/{id}/archive", tag = "Roles", params(("id" = Uuid, Path, description = "The role.")),
    responses((status = 200, body = Role)), extensions(("x-permission" = json!("identity.role.archive"))))]
async fn archive_role(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>) -> Result<Response> {
    let mut tx = app.begin(&caller).await?;
    let role = super::set_archived(&mut tx, &app.part()?, id, true).await?;
    tx.commit().await?;
    Ok(answer(role))
}

/// Restore an archived role, for everybody who still has it.
#[utoipa::path(post, path = "/roles/{id}/restore", tag = "Roles", params(("id" = Uuid, Path, description = "The role.")),
    responses((status = 200, body = Role)), extensions(("x-permission" = json!("identity.role.archive"))))]
async fn restore_role(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>) -> Result<Response> {
    let mut tx = app.begin(&caller).await?;
    let role = super::set_archived(&mut tx, &app.part()?, id, false).await?;
    tx.commit().await?;
    Ok(answer(role))
}

fn shown(identity: &Identity, role: &BuiltIn) -> Role {
    Role {
        id: role.key.into(),
        name: role.name.into(),
        description: Some(role.description.into()),
        built_in: true,
        permissions: role.permissions(identity.catalogue()).into_iter().map(String::from).collect(),
        archived: false,
        version: 0,
    }
}

fn answer(role: Role) -> Response {
    (ETag(role.version), Json(role)).into_response()
}

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_permissions))
        .routes(routes!(list_roles, create_role))
        .routes(routes!(read_role, update_role))
        .routes(routes!(archive_role))
        .routes(routes!(restore_role))
}
