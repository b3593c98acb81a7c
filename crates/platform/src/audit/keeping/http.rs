//! Retention and holds over HTTP.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::audit::keeping::{self, Class, Hold, NewHold, Rule};
use crate::caller::Caller;
use crate::error::Result;
use crate::http::{App, Body, ETag, IfMatch, IfMatchHeader, OpenApiRouter, Page, PageQuery, Paged, Path, created, routes};

/// The routes of retention and holds.
pub(in crate::audit) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_audit_retention))
        .routes(routes!(update_audit_retention))
        .routes(routes!(list_audit_holds, place_audit_hold))
        .routes(routes!(release_audit_hold))
}

/// The rule of every class.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Rules {
    /// One of each class.
    pub items: Vec<Rule>,
}

/// How long entries of a class are to stay.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRule {
    /// Days that they stay.
    #[schema(minimum = 30, maximum = 36525, example = 2557)]
    pub keep_days: i32,
}

/// How long entries of the audit trail stay, class by class.
#[utoipa::path(get, path = "/audit/retention", tag = "Audit",
    responses((status = 200, body = Rules)), extensions(("x-permission" = json!("audit.retention.read"))))]
async fn list_audit_retention(State(app): State<App>, caller: Caller) -> Result<Json<Rules>> {
    let mut tx = app.read(&caller).await?;
    let items = keeping::list_rules(&mut tx).await?;
    tx.commit().await?;
    Ok(Json(Rules { items }))
}

/// Sets how long entries of a class stay; what is older goes with the next daily run, unless it is held.
#[utoipa::path(put, path = "/audit/retention/{class}", tag = "Audit", params(("class" = Class, Path, description = "Of which entries."), IfMatchHeader),
    request_body = NewRule, responses((status = 200, body = Rule)), extensions(("x-permission" = json!("audit.retention.update"))))]
async fn update_audit_retention(
    State(app): State<App>,
    caller: Caller,
    Path(class): Path<Class>,
    meant: IfMatch,
    Body(new): Body<NewRule>,
) -> Result<(ETag, Json<Rule>)> {
    let mut tx = app.begin(&caller).await?;
    let rule = keeping::set_rule(&mut tx, class, new.keep_days, meant).await?;
    tx.commit().await?;
    Ok((ETag(rule.version), Json(rule)))
}

/// Legal holds on the audit trail, the newest first; released ones, too.
#[utoipa::path(get, path = "/audit/holds", tag = "Audit", params(PageQuery),
    responses((status = 200, body = Paged<Hold>)), extensions(("x-permission" = json!("audit.hold.read"))))]
async fn list_audit_holds(State(app): State<App>, caller: Caller, page: Page) -> Result<Json<Paged<Hold>>> {
    let mut tx = app.read(&caller).await?;
    let holds = keeping::list_holds(&mut tx, &page).await?;
    tx.commit().await?;
    Ok(Json(holds))
}

/// Places a legal hold: what it covers stays, whatever retention says, until it is released.
#[utoipa::path(post, path = "/audit/holds", tag = "Audit", request_body = NewHold,
    responses((status = 201, body = Hold)), extensions(("x-permission" = json!("audit.hold.place"))))]
async fn place_audit_hold(State(app): State<App>, caller: Caller, Body(new): Body<NewHold>) -> Result<Response> {
    let mut tx = app.begin(&caller).await?;
    let hold = keeping::place_hold(&mut tx, new).await?;
    tx.commit().await?;
    Ok(created(&format!("/api/v1/audit/holds/{}", hold.id), 1, &hold))
}

/// Releases a legal hold.
#[utoipa::path(post, path = "/audit/holds/{id}/release", tag = "Audit", params(("id" = Uuid, Path, description = "The hold.")),
    responses((status = 200, body = Hold)), extensions(("x-permission" = json!("audit.hold.release"))))]
async fn release_audit_hold(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>) -> Result<Json<Hold>> {
    let mut tx = app.begin(&caller).await?;
    let hold = keeping::release_hold(&mut tx, id).await?;
    tx.commit().await?;
    Ok(Json(hold))
}
