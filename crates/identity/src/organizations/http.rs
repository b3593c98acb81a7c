//! `/organization` and `/organizations`.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use platform::http::{App, Body, ETag, IfMatch, IfMatchHeader, OpenApiRouter, Path, routes};
use platform::ids::OrganizationId;
use platform::{Caller, Result, Scope};
use serde::Serialize;
use utoipa::ToSchema;

use super::{NewOrganization, Organization, OrganizationChange, OwnOrganization, actions};
use crate::permissions;
use crate::sign_in::links::PasswordLink;

/// Your organization.
#[utoipa::path(get, path = "/organization", tag = "Organizations", responses((status = 200, body = OwnOrganization)),
    extensions(("x-permission" = json!("identity.organization.read"))))]
async fn read_organization(State(app): State<App>, caller: Caller) -> Result<Response> {
    caller.require(permissions::ORGANIZATION_READ, Scope::Organization)?;
    Ok(answer(actions::own(&mut app.read(&caller).await?, &app.part()?).await?))
}

/// Change your organization's name and rules; what is absent stays.
#[utoipa::path(patch, path = "/organization", tag = "Organizations", params(IfMatchHeader), request_body = OrganizationChange, responses((status = 200, body = OwnOrganization)),
    extensions(("x-permission" = json!("identity.organization.update"))))]
async fn update_organization(
    State(app): State<App>,
    caller: Caller,
    version: IfMatch,
    Body(change): Body<OrganizationChange>,
) -> Result<Response> {
    let mut tx = app.begin(&caller).await?;
    let own = actions::update_own(&mut tx, &app.part()?, version, &change).await?;
    tx.commit().await?;
    Ok(answer(own))
}

/// All organizations of this installation, for the one that operates it.
#[utoipa::path(get, path = "/organizations", tag = "Organizations", responses((status = 200, body = Vec<Organization>)),
    extensions(("x-permission" = json!("identity.organization.list"))))]
async fn list_organizations(State(app): State<App>, caller: Caller) -> Result<Json<Vec<Organization>>> {
    Ok(Json(actions::list(&app.part()?, &caller).await?))
}

/// A new organization, and the link for its first administrator.
#[derive(Serialize, ToSchema)]
struct OrganizationMade {
    /// The organization.
    organization: Organization,
    /// The first administrator's link, shown this once.
    invitation: PasswordLink,
}

/// Make an organization, for the one that operates the installation.
#[utoipa::path(post, path = "/organizations", tag = "Organizations", request_body = NewOrganization, responses((status = 201, body = OrganizationMade)),
    extensions(("x-permission" = json!("identity.organization.create"))))]
async fn create_organization(State(app): State<App>, caller: Caller, Body(wanted): Body<NewOrganization>) -> Result<Response> {
    let (organization, invitation) = actions::create_organization(&app.part()?, &caller, &wanted).await?;
    Ok(crate::shown_once((StatusCode::CREATED, Json(OrganizationMade { organization, invitation })).into_response()))
}

/// Close an organization: everybody in it is signed out, and nobody signs in.
#[utoipa::path(post, path = "/organizations/{id}/close", tag = "Organizations", params(("id" = Uuid, Path, description = "The organization.")),
    responses((status = 200, body = Organization)), extensions(("x-permission" = json!("identity.organization.close"))))]
async fn close_organization(State(app): State<App>, caller: Caller, Path(id): Path<OrganizationId>) -> Result<Json<Organization>> {
    Ok(Json(actions::set_closed(&app.part()?, &caller, id, true).await?))
}

/// Open a closed organization again.
#[utoipa::path(post, path = "/organizations/{id}/reopen", tag = "Organizations", params(("id" = Uuid, Path, description = "The organization.")),
    responses((status = 200, body = Organization)), extensions(("x-permission" = json!("identity.organization.close"))))]
async fn reopen_organization(State(app): State<App>, caller: Caller, Path(id): Path<OrganizationId>) -> Result<Json<Organization>> {
    Ok(Json(actions::set_closed(&app.part()?, &caller, id, false).await?))
}

fn answer(own: OwnOrganization) -> Response {
    (ETag(own.version), Json(own)).into_response()
}

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(read_organization, update_organization))
        .routes(routes!(list_organizations, create_organization))
        .routes(routes!(close_organization))
        .routes(routes!(reopen_organization))
}
