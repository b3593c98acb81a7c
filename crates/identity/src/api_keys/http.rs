//! `/api-keys`.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use platform::http::{App, Body, Cursor, ETag, OpenApiRouter, Page, PageQuery, Paged, Path, created, routes};
use platform::ids::ApiKeyId;
use platform::{Caller, Result, Scope};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{ApiKey, NewApiKey, SecretKey, actions, store};
use crate::permissions;

/// API keys: your own, or with the right to, everybody's and those of services.
#[utoipa::path(get, path = "/api-keys", tag = "API keys", params(PageQuery), responses((status = 200, body = Paged<ApiKey>)), extensions(("x-permission" = json!("signed-in"))))]
async fn list_api_keys(State(app): State<App>, caller: Caller, page: Page) -> Result<Json<Paged<ApiKey>>> {
    if let Some(after) = &page.after {
        after.of_sort("id")?;
    }
    let owner = if caller.may(permissions::API_KEY_READ, Scope::Organization) {
        None
    } else {
        Some(caller.principal.user().ok_or_else(|| caller.refusal(permissions::API_KEY_READ, Scope::Organization))?)
    };
    let rows = store::list(&mut app.read(&caller).await?, &page, owner).await?;
    Ok(Json(Paged::of(rows, &page, |last: &ApiKey| Cursor { sort: "id".into(), values: Vec::new(), id: last.id })))
}

/// One API key.
#[utoipa::path(get, path = "/api-keys/{id}", tag = "API keys", params(("id" = Uuid, Path, description = "The key.")),
    responses((status = 200, body = ApiKey)), extensions(("x-permission" = json!("signed-in"))))]
async fn read_api_key(State(app): State<App>, caller: Caller, Path(id): Path<ApiKeyId>) -> Result<Response> {
    let key = store::find(&mut app.read(&caller).await?, id).await?;
    actions::allowed(&caller, &key, permissions::API_KEY_READ)?;
    Ok((ETag(key.version), Json(key)).into_response())
}

/// Make an API key: one that acts for you, or, with roles of its own, a service's.
#[utoipa::path(post, path = "/api-keys", tag = "API keys", request_body = NewApiKey, responses((status = 201, body = SecretKey)), extensions(("x-permission" = json!("signed-in"))))]
async fn create_api_key(State(app): State<App>, caller: Caller, Body(wanted): Body<NewApiKey>) -> Result<Response> {
    let mut tx = app.begin(&caller).await?;
    let key = actions::create_key(&mut tx, &app.part()?, &wanted).await?;
    tx.commit().await?;
    Ok(crate::shown_once(created(&format!("/api/v1/api-keys/{}", key.api_key.id), key.api_key.version, &key)))
}

/// How long the old secret still opens.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct KeyRotation {
    /// Seconds for which the old secret still opens, at most 30 days; one day where nothing is said.
    #[schema(minimum = 0, maximum = 2_592_000, default = 86_400, example = 86_400)]
    overlap_s: Option<i64>,
}

/// Rotate a key: a new secret now, while the old one still opens for a while.
#[utoipa::path(post, path = "/api-keys/{id}/rotate", tag = "API keys", params(("id" = Uuid, Path, description = "The key.")),
    request_body = KeyRotation, responses((status = 200, body = SecretKey)), extensions(("x-permission" = json!("signed-in"))))]
async fn rotate_api_key(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ApiKeyId>,
    Body(body): Body<KeyRotation>,
) -> Result<Response> {
    let mut tx = app.begin(&caller).await?;
    let key = actions::rotate_key(&mut tx, &app.part()?, id, body.overlap_s.unwrap_or(86_400)).await?;
    tx.commit().await?;
    Ok(crate::shown_once((StatusCode::OK, Json(key)).into_response()))
}

/// Revoke a key: it opens nothing from now on.
#[utoipa::path(post, path = "/api-keys/{id}/revoke", tag = "API keys", params(("id" = Uuid, Path, description = "The key.")),
    responses((status = 200, body = ApiKey)), extensions(("x-permission" = json!("signed-in"))))]
async fn revoke_api_key(State(app): State<App>, caller: Caller, Path(id): Path<ApiKeyId>) -> Result<Response> {
    let mut tx = app.begin(&caller).await?;
    let key = actions::revoke_key(&mut tx, id).await?;
    tx.commit().await?;
    Ok((ETag(key.version), Json(key)).into_response())
}

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_api_keys, create_api_key))
        .routes(routes!(read_api_key))
        .routes(routes!(rotate_api_key))
        .routes(routes!(revoke_api_key))
}
