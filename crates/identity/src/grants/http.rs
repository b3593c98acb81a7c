//! `/grants`.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use jiff::Timestamp;
use platform::http::{App, Cursor, OpenApiRouter, Page, PageQuery, Paged, Path, Problem, Query, Unread, routes};
use platform::ids::PlantId;
use platform::{Caller, Result, Scope};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{Grant, NewGrant, actions, store};
use crate::permissions;

/// Whose grants.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct GrantQuery {
    /// Of this person.
    user_id: Option<Uuid>,
    /// Of this service's key.
    api_key_id: Option<Uuid>,
}

/// Who has which role, within your reach.
#[utoipa::path(get, path = "/grants", tag = "Roles", params(PageQuery, GrantQuery), responses((status = 200, body = Paged<Grant>)),
    extensions(("x-permission" = json!("identity.grant.read"))))]
async fn list_grants(State(app): State<App>, caller: Caller, page: Page, Query(asked): Query<GrantQuery>) -> Result<Json<Paged<Grant>>> {
    if !caller.may_somewhere(permissions::GRANT_READ) {
        return Err(caller.refusal(permissions::GRANT_READ, Scope::Organization));
    }
    if let Some(after) = &page.after {
        after.of_sort("id")?;
    }
    let rows = store::list(&mut app.read(&caller).await?, &page, asked.user_id, asked.api_key_id).await?;
    Ok(Json(Paged::of(rows, &page, |last: &Grant| Cursor { sort: "id".into(), values: Vec::new(), id: last.id })))
}

/// A role for somebody.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct GrantTo {
    /// The person; either this or `api_key_id`.
    user_id: Option<Uuid>,
    /// A service's key.
    api_key_id: Option<Uuid>,
    /// A built-in role (`planner`) or the identifier of an own one.
    #[schema(example = "planner")]
    role: String,
    /// For all plants of this region; not together with `plant_id`.
    region_id: Option<Uuid>,
    /// For this plant; with neither, for the whole organization.
    plant_id: Option<Uuid>,
    /// When it ends by itself.
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
}

/// Give a role.
///
/// You can only give roles whose permissions you hold yourself, at the place where you give them.
#[utoipa::path(post, path = "/grants", tag = "Roles", request_body = GrantTo,
    responses((status = 201, body = Grant), (status = 404, description = "No such person, key, role or place.", body = Problem, content_type = "application/problem+json")),
    extensions(("x-permission" = json!("identity.grant.create"))))]
async fn create_grant(State(app): State<App>, caller: Caller, wanted: Unread<GrantTo>) -> Result<Response> {
    let may = caller.may_somewhere(permissions::GRANT_CREATE);
    let wanted = match wanted.read().await {
        Ok(wanted) if may => wanted,
        Err(wrong) if may => return Err(wrong),
        // What is wrong with the body is for those who may send one; where it was to be is said if it can be read.
        read => {
            let plant = read.ok().and_then(|wanted: GrantTo| wanted.plant_id);
            return Err(caller.refusal(permissions::GRANT_CREATE, plant.map_or(Scope::Organization, |plant| Scope::Plant(PlantId(plant)))));
        }
    };
    let holder = actions::holder(wanted.user_id, wanted.api_key_id)?;
    let GrantTo { role, region_id, plant_id, expires_at, .. } = wanted;
    let mut tx = app.begin(&caller).await?;
    if let super::Holder::ApiKey(key) = holder {
        crate::api_keys::require_service(&mut tx, key).await?;
    }
    let grant = actions::give(&mut tx, &app.part()?, holder, &NewGrant { role, region_id, plant_id, expires_at }, "").await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(grant)).into_response())
}

/// Take a role away, at once.
#[utoipa::path(delete, path = "/grants/{id}", tag = "Roles", params(("id" = Uuid, Path, description = "The grant.")), responses((status = 204)),
    extensions(("x-permission" = json!("identity.grant.revoke"))))]
async fn revoke_grant(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>) -> Result<StatusCode> {
    let mut tx = app.begin(&caller).await?;
    actions::revoke(&mut tx, &app.part()?, id).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_grants, create_grant)).routes(routes!(revoke_grant))
}
