//! Webhooks over HTTP.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::caller::{Caller, Scope};
use crate::error::{Error, FieldError, Result};
use crate::events::Catalogue;
use crate::http::{App, Body, ETag, IfMatch, IfMatchHeader, OpenApiRouter, Page, PageQuery, Paged, Path, Query, Secret, created, routes};
use crate::outbound::Outbound;
use crate::secrets::Secrets;
use crate::webhooks::store::{self, Again};
use crate::webhooks::{Delivery, DeliveryState, NewWebhook, WEBHOOK_UPDATE, Webhook, WebhookChange, deliver};

/// The routes of webhooks.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_webhooks, create_webhook))
        .routes(routes!(get_webhook, update_webhook, delete_webhook))
        .routes(routes!(enable_webhook))
        .routes(routes!(rotate_webhook_secret))
        .routes(routes!(ping_webhook))
        .routes(routes!(list_webhook_deliveries))
        .routes(routes!(redeliver_webhook))
}

/// A webhook, and the secret that signs for it.
#[derive(Debug, Serialize, ToSchema)]
pub struct WebhookWithSecret {
    /// The webhook.
    #[serde(flatten)]
    pub webhook: Webhook,
    /// What signs its messages; not shown again.
    #[schema(example = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwexample0000=")]
    pub secret: String,
}

/// Webhooks.
#[utoipa::path(get, path = "/webhooks", tag = "Events", params(PageQuery),
    responses((status = 200, body = Paged<Webhook>)), extensions(("x-permission" = json!("integration.webhook.read"))))]
async fn list_webhooks(State(app): State<App>, caller: Caller, page: Page) -> Result<Json<Paged<Webhook>>> {
    let mut tx = app.read(&caller).await?;
    let found = store::list(&mut tx, &page).await?;
    tx.commit().await?;
    Ok(Json(found))
}

/// Makes a webhook. It is told what happens from now on, as far as whoever makes it may read it. The secret is shown this once.
#[utoipa::path(post, path = "/webhooks", tag = "Events", request_body = NewWebhook,
    responses((status = 201, body = WebhookWithSecret)), extensions(("x-permission" = json!("integration.webhook.create"))))]
async fn create_webhook(State(app): State<App>, caller: Caller, Body(new): Body<NewWebhook>) -> Result<Response> {
    let mut tx = app.begin(&caller).await?;
    let (webhook, secret) = store::create(&mut tx, &app.part::<Secrets>()?, &app.part::<Catalogue>()?, new).await?;
    tx.commit().await?;
    let address = format!("/api/v1/webhooks/{}", webhook.id);
    Ok(shown_once(created(&address, webhook.version, &WebhookWithSecret { webhook, secret })))
}

/// A webhook.
#[utoipa::path(get, path = "/webhooks/{id}", tag = "Events", params(("id" = Uuid, Path, description = "The webhook.")),
    responses((status = 200, body = Webhook)), extensions(("x-permission" = json!("integration.webhook.read"))))]
async fn get_webhook(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>) -> Result<(ETag, Json<Webhook>)> {
    let mut tx = app.read(&caller).await?;
    let found = store::get(&mut tx, id).await?;
    tx.commit().await?;
    Ok((ETag(found.version), Json(found)))
}

/// Changes a webhook, or lets it rest. It learns what whoever changed it last may read.
#[utoipa::path(patch, path = "/webhooks/{id}", tag = "Events", params(("id" = Uuid, Path, description = "The webhook."), IfMatchHeader),
    request_body = WebhookChange, responses((status = 200, body = Webhook)), extensions(("x-permission" = json!("integration.webhook.update"))))]
async fn update_webhook(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    meant: IfMatch,
    Body(change): Body<WebhookChange>,
) -> Result<(ETag, Json<Webhook>)> {
    let mut tx = app.begin(&caller).await?;
    let changed = store::change(&mut tx, &app.part::<Catalogue>()?, id, meant, change).await?;
    tx.commit().await?;
    Ok((ETag(changed.version), Json(changed)))
}

/// Ends a webhook, with the log of what was told to it.
#[utoipa::path(delete, path = "/webhooks/{id}", tag = "Events", params(("id" = Uuid, Path, description = "The webhook."), IfMatchHeader),
    responses((status = 204)), extensions(("x-permission" = json!("integration.webhook.update"))))]
async fn delete_webhook(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>, meant: IfMatch) -> Result<StatusCode> {
    let mut tx = app.begin(&caller).await?;
    store::delete(&mut tx, id, meant).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes up a webhook again that Gemba gave up on; what it missed is told from where it was left.
#[utoipa::path(post, path = "/webhooks/{id}/enable", tag = "Events", params(("id" = Uuid, Path, description = "The webhook.")),
    responses((status = 200, body = Webhook)), extensions(("x-permission" = json!("integration.webhook.update"))))]
async fn enable_webhook(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>) -> Result<(ETag, Json<Webhook>)> {
    let mut tx = app.begin(&caller).await?;
    let enabled = store::enable(&mut tx, id).await?;
    tx.commit().await?;
    Ok((ETag(enabled.version), Json(enabled)))
}

/// How a secret is rotated.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "overlap_s": 86400 }))]
pub struct Rotation {
    /// How long the old secret signs beside the new one (s): 0 to 2,592,000, a day where nothing is said.
    #[schema(minimum = 0, maximum = 2592000, default = 86400)]
    pub overlap_s: Option<i64>,
}

/// A new secret.
#[derive(Debug, Serialize, ToSchema)]
pub struct NewSecret {
    /// What signs from now on, beside the old one for a while; not shown again.
    #[schema(example = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwexample0000=")]
    pub secret: String,
}

/// Puts a new secret beside the old one: messages carry a signature of each until the overlap is over, so that receivers can change over in
/// their own time.
#[utoipa::path(post, path = "/webhooks/{id}/rotate-secret", tag = "Events", params(("id" = Uuid, Path, description = "The webhook.")),
    request_body = Rotation, responses((status = 200, body = NewSecret)), extensions(("x-permission" = json!("integration.webhook.update"))))]
async fn rotate_webhook_secret(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Body(rotation): Body<Rotation>,
) -> Result<Response> {
    caller.require(WEBHOOK_UPDATE, Scope::Organization)?;
    let overlap_s = rotation.overlap_s.unwrap_or(86_400);
    if !(0..=2_592_000).contains(&overlap_s) {
        return Err(Error::invalid(vec![FieldError::new("/overlap_s", "out_of_bounds", "expected 0 to 2,592,000 s (30 days)")]));
    }
    let mut tx = app.begin(&caller).await?;
    let secret = store::rotate_secret(&mut tx, &app.part::<Secrets>()?, id, overlap_s).await?;
    tx.commit().await?;
    Ok(shown_once(Json(NewSecret { secret }).into_response()))
}

/// How trying a webhook went.
#[derive(Debug, Serialize, ToSchema)]
pub struct Ping {
    /// The HTTP status of the answer, if there was one.
    #[schema(example = 204)]
    pub status: Option<u16>,
    /// What went wrong.
    pub error: Option<String>,
    /// How long it took (ms).
    pub took_ms: u64,
}

/// Tries a webhook: sends a signed `gemba.webhook.ping` now, and tells how it went. Nothing is tried again.
#[utoipa::path(post, path = "/webhooks/{id}/ping", tag = "Events", params(("id" = Uuid, Path, description = "The webhook.")),
    responses((status = 200, body = Ping)), extensions(("x-permission" = json!("integration.webhook.update"))))]
async fn ping_webhook(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>) -> Result<Json<Ping>> {
    let mut tx = app.read(&caller).await?;
    let webhook = store::get(&mut tx, id).await?;
    tx.require(WEBHOOK_UPDATE, Scope::Organization)?;
    let secrets = store::signing(&mut tx, &app.part::<Secrets>()?, id).await?;
    let message: Uuid = tx.new_id();
    let time = tx.now();
    tx.commit().await?;
    let body = json!({ "specversion": "1.0", "id": message, "source": format!("/organizations/{}", caller.organization),
        "type": "gemba.webhook.ping", "subject": format!("webhook/{id}"), "time": time, "datacontenttype": "application/json", "data": {} });
    let outbound: Outbound = app.part()?;
    let attempt = deliver::attempt(&outbound, &webhook.url, &secrets, &message.to_string(), body.to_string().into_bytes()).await;
    let took_ms = u64::try_from(attempt.took.as_millis()).unwrap_or(u64::MAX);
    Ok(Json(Ping { status: attempt.status, error: attempt.error, took_ms }))
}

/// Which deliveries are wanted.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DeliveryFilter {
    /// In this state.
    pub state: Option<DeliveryState>,
}

/// What was told to a webhook in the last 30 days and how that went, the newest first.
#[utoipa::path(get, path = "/webhooks/{id}/deliveries", tag = "Events",
    params(("id" = Uuid, Path, description = "The webhook."), DeliveryFilter, PageQuery),
    responses((status = 200, body = Paged<Delivery>)), extensions(("x-permission" = json!("integration.webhook.read"))))]
async fn list_webhook_deliveries(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Query(filter): Query<DeliveryFilter>,
    page: Page,
) -> Result<Json<Paged<Delivery>>> {
    let mut tx = app.read(&caller).await?;
    let found = store::deliveries(&mut tx, id, filter.state, &page).await?;
    tx.commit().await?;
    Ok(Json(found))
}

/// What is told again.
#[derive(Debug, Serialize, ToSchema)]
pub struct Redelivered {
    /// How many events.
    pub deliveries: u64,
}

/// Tells events again: one (`delivery`), or a range by state and time. They come under the same `webhook-id`, with a new timestamp.
#[utoipa::path(post, path = "/webhooks/{id}/redeliver", tag = "Events", params(("id" = Uuid, Path, description = "The webhook.")),
    request_body = Again, responses((status = 202, body = Redelivered)), extensions(("x-permission" = json!("integration.webhook.update"))))]
async fn redeliver_webhook(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>, Body(again): Body<Again>) -> Result<Response> {
    let mut tx = app.begin(&caller).await?;
    let deliveries = store::again(&mut tx, id, &again).await?;
    tx.commit().await?;
    Ok((StatusCode::ACCEPTED, Json(Redelivered { deliveries })).into_response())
}

/// Nobody on the way keeps an answer that holds what is shown once, nor is it kept for repetitions of the request.
fn shown_once(mut response: Response) -> Response {
    response.headers_mut().insert(http::header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response.extensions_mut().insert(Secret);
    response
}
