//! `/identity-providers` and `/mail-domains`.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use platform::http::{
    App, Body, Cursor, ETag, IfMatch, IfMatchHeader, OpenApiRouter, Page, PageQuery, Paged, Path, Problem, created, routes,
};
use platform::{Caller, Result, Scope};
use uuid::Uuid;

use super::domains::{self, MailDomain, NewMailDomain};
use super::providers::{self, GroupGrant, NewGroupGrant, NewProvider, Provider, ProviderChange, Tested};
use super::store;
use crate::permissions;

/// Identity providers of the organization.
#[utoipa::path(get, path = "/identity-providers", tag = "Identity providers", params(PageQuery), responses((status = 200, body = Paged<Provider>)),
    extensions(("x-permission" = json!("identity.provider.read"))))]
async fn list_identity_providers(State(app): State<App>, caller: Caller, page: Page) -> Result<Json<Paged<Provider>>> {
    caller.require(permissions::PROVIDER_READ, Scope::Organization)?;
    if let Some(after) = &page.after {
        after.of_sort("id")?;
    }
    let rows = store::list(&mut app.read(&caller).await?, &page).await?;
    Ok(Json(Paged::of(rows, &page, |last: &Provider| Cursor { sort: "id".into(), values: Vec::new(), id: last.id })))
}

/// One identity provider.
#[utoipa::path(get, path = "/identity-providers/{id}", tag = "Identity providers", params(("id" = Uuid, Path, description = "The provider.")),
    responses((status = 200, body = Provider)), extensions(("x-permission" = json!("identity.provider.read"))))]
async fn read_identity_provider(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>) -> Result<Response> {
    caller.require(permissions::PROVIDER_READ, Scope::Organization)?;
    Ok(answer(store::find(&mut app.read(&caller).await?, id).await?.provider))
}

/// Connect an identity provider (OpenID Connect). Its client secret is sealed and never shown again.
#[utoipa::path(post, path = "/identity-providers", tag = "Identity providers", request_body = NewProvider, responses((status = 201, body = Provider)),
    extensions(("x-permission" = json!("identity.provider.create"))))]
async fn create_identity_provider(State(app): State<App>, caller: Caller, Body(new): Body<NewProvider>) -> Result<Response> {
    let mut tx = app.begin(&caller).await?;
    let made = providers::create_provider(&mut tx, &app.part()?, &new).await?;
    tx.commit().await?;
    Ok(created(&format!("/api/v1/identity-providers/{}", made.id), made.version, &made))
}

/// Change an identity provider. Another issuer is another provider.
#[utoipa::path(patch, path = "/identity-providers/{id}", tag = "Identity providers", params(("id" = Uuid, Path, description = "The provider."), IfMatchHeader),
    request_body = ProviderChange, responses((status = 200, body = Provider)), extensions(("x-permission" = json!("identity.provider.update"))))]
async fn update_identity_provider(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    version: IfMatch,
    Body(change): Body<ProviderChange>,
) -> Result<Response> {
    let mut tx = app.begin(&caller).await?;
    let provider = providers::update_provider(&mut tx, &app.part()?, id, version, &change).await?;
    tx.commit().await?;
    Ok(answer(provider))
}

/// Archive an identity provider: nobody signs in there any more.
#[utoipa::path(post, path = "/identity-providers/{id}/archive", tag = "Identity providers", params(("id" = Uuid, Path, description = "The provider.")),
    responses((status = 200, body = Provider)), extensions(("x-permission" = json!("identity.provider.archive"))))]
async fn archive_identity_provider(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>) -> Result<Response> {
    let mut tx = app.begin(&caller).await?;
    let provider = providers::set_archived(&mut tx, id, true).await?;
    tx.commit().await?;
    Ok(answer(provider))
}

/// Take an archived identity provider back into use.
#[utoipa::path(post, path = "/identity-providers/{id}/restore", tag = "Identity providers", params(("id" = Uuid, Path, description = "The provider.")),
    responses((status = 200, body = Provider)), extensions(("x-permission" = json!("identity.provider.archive"))))]
async fn restore_identity_provider(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>) -> Result<Response> {
    let mut tx = app.begin(&caller).await?;
    let provider = providers::set_archived(&mut tx, id, false).await?;
    tx.commit().await?;
    Ok(answer(provider))
}

/// Test an identity provider from here: whether it answers, what it says of itself, and which addresses it has to allow.
#[utoipa::path(post, path = "/identity-providers/{id}/test", tag = "Identity providers", params(("id" = Uuid, Path, description = "The provider.")),
    responses((status = 200, body = Tested)), extensions(("x-permission" = json!("identity.provider.test"))))]
async fn test_identity_provider(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>) -> Result<Json<Tested>> {
    Ok(Json(providers::test_provider(&app.part()?, &app.part()?, &caller, id).await?))
}

/// Which groups have which roles.
#[utoipa::path(get, path = "/identity-providers/{id}/groups", tag = "Identity providers", params(("id" = Uuid, Path, description = "The provider.")),
    responses((status = 200, body = Vec<GroupGrant>)), extensions(("x-permission" = json!("identity.provider.read"))))]
async fn list_group_roles(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>) -> Result<Json<Vec<GroupGrant>>> {
    caller.require(permissions::PROVIDER_READ, Scope::Organization)?;
    let mut tx = app.read(&caller).await?;
    store::find(&mut tx, id).await?;
    Ok(Json(store::mappings(&mut tx, id).await?))
}

/// Give the members of a group a role, for the organization, a region or a plant, from their next sign-in on.
///
/// You can only give roles whose permissions you hold yourself, at the place where you give them.
#[utoipa::path(post, path = "/identity-providers/{id}/groups", tag = "Identity providers", params(("id" = Uuid, Path, description = "The provider.")),
    request_body = NewGroupGrant, responses((status = 201, body = GroupGrant)), extensions(("x-permission" = json!("identity.provider.update"))))]
async fn map_group(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>, Body(new): Body<NewGroupGrant>) -> Result<Response> {
    let mut tx = app.begin(&caller).await?;
    let made = providers::map_group(&mut tx, &app.part()?, id, &new).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(made)).into_response())
}

/// End a mapping; the roles that came from it go at once.
#[utoipa::path(delete, path = "/identity-providers/{id}/groups/{mapping}", tag = "Identity providers",
    params(("id" = Uuid, Path, description = "The provider."), ("mapping" = Uuid, Path, description = "The mapping.")),
    responses((status = 204)), extensions(("x-permission" = json!("identity.provider.update"))))]
async fn unmap_group(State(app): State<App>, caller: Caller, Path((id, mapping)): Path<(Uuid, Uuid)>) -> Result<StatusCode> {
    let mut tx = app.begin(&caller).await?;
    providers::unmap_group(&mut tx, id, mapping).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Mail domains that the organization names as its own.
#[utoipa::path(get, path = "/mail-domains", tag = "Identity providers", responses((status = 200, body = Vec<MailDomain>)),
    extensions(("x-permission" = json!("identity.mail_domain.read"))))]
async fn list_mail_domains(State(app): State<App>, caller: Caller) -> Result<Json<Vec<MailDomain>>> {
    caller.require(permissions::MAIL_DOMAIN_READ, Scope::Organization)?;
    Ok(Json(domains::list(&mut app.read(&caller).await?).await?))
}

/// Name a mail domain. It leads people to your provider once whoever runs the installation has confirmed it.
#[utoipa::path(post, path = "/mail-domains", tag = "Identity providers", request_body = NewMailDomain,
    responses((status = 201, body = MailDomain),
        (status = 404, description = "No such identity provider.", body = Problem, content_type = "application/problem+json")),
    extensions(("x-permission" = json!("identity.mail_domain.create"))))]
async fn create_mail_domain(State(app): State<App>, caller: Caller, Body(new): Body<NewMailDomain>) -> Result<Response> {
    let mut tx = app.begin(&caller).await?;
    let made = domains::create_mail_domain(&mut tx, &new).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(made)).into_response())
}

/// Give a mail domain up.
#[utoipa::path(delete, path = "/mail-domains/{id}", tag = "Identity providers", params(("id" = Uuid, Path, description = "The domain.")),
    responses((status = 204)), extensions(("x-permission" = json!("identity.mail_domain.delete"))))]
async fn delete_mail_domain(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>) -> Result<StatusCode> {
    let mut tx = app.begin(&caller).await?;
    domains::delete_mail_domain(&mut tx, id).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

fn answer(provider: Provider) -> Response {
    (ETag(provider.version), Json(provider)).into_response()
}

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_identity_providers, create_identity_provider))
        .routes(routes!(read_identity_provider, update_identity_provider))
        .routes(routes!(archive_identity_provider))
        .routes(routes!(restore_identity_provider))
        .routes(routes!(test_identity_provider))
        .routes(routes!(list_group_roles, map_group))
        .routes(routes!(unmap_group))
        .routes(routes!(list_mail_domains, create_mail_domain))
        .routes(routes!(delete_mail_domain))
}
