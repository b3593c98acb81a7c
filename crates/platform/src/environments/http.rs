//! Archives over HTTP.

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use http::{HeaderName, HeaderValue};
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::caller::{Caller, Scope};
use crate::environments::work::{EXPORT, IMPORT};
use crate::environments::{EXPORT_ENVIRONMENT, IMPORT_ENVIRONMENT, archive, store};
use crate::error::{Error, Kind, Result};
use crate::http::{App, OpenApiRouter, Path, Unread, routes};
use crate::ids::PlantId;
use crate::places;
use crate::runs::{self, Order, Prefer};

/// The operations.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(export_environment)).routes(routes!(get_environment_archive)).routes(routes!(import_environment))
}

/// What is taken away.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = EnvironmentExport, example = json!({}))]
struct Wanted {
    /// Only what this plant needs; the whole organization where none is named.
    #[serde(default)]
    plant_id: Option<Uuid>,
}

/// Make an archive of the organization, or of one plant with all that it needs: 202 with the run, whose result names the archive.
#[utoipa::path(post, path = "/environments/exports", tag = "Environments", request_body = Wanted,
    responses((status = 202, body = ref("#/components/schemas/Run")), (status = 200, body = ref("#/components/schemas/Run"))),
    extensions(("x-permission" = json!("records.environment.export"))))]
async fn export_environment(State(app): State<App>, caller: Caller, prefer: Prefer, body: Unread<Wanted>) -> Result<Response> {
    caller.require(EXPORT_ENVIRONMENT, Scope::Organization)?;
    let Wanted { plant_id } = body.read().await?;
    if let Some(plant) = plant_id {
        places::seen(&app, &caller, plant).await?;
    }
    let mut tx = app.begin(&caller).await?;
    let order = Order {
        title: "Take the data away as an archive".into(),
        payload: json!({ "plant_id": plant_id }),
        plant: plant_id.map(PlantId),
        ..Order::default()
    };
    let run = runs::enqueue(&mut tx, &EXPORT, order).await?;
    tx.commit().await?;
    runs::wait_for(&app, &caller, run, prefer).await
}

/// An archive that was made, for a week.
#[utoipa::path(get, path = "/environments/archives/{id}", tag = "Environments", params(("id" = Uuid, Path, description = "The archive.")),
    responses((status = 200, content_type = "application/zip", body = Vec<u8>)), extensions(("x-permission" = json!("records.environment.export"))))]
async fn get_environment_archive(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>) -> Result<Response> {
    caller.require(EXPORT_ENVIRONMENT, Scope::Organization)?;
    let mut tx = app.read(&caller).await?;
    let content = store::get(&mut tx, "export", id).await?;
    tx.commit().await?;
    let name = HeaderValue::from_str(&format!("attachment; filename=\"environment-{id}.zip\"")).map_err(Error::internal)?;
    let headers: [(HeaderName, HeaderValue); 2] =
        [(CONTENT_TYPE, HeaderValue::from_static("application/zip")), (CONTENT_DISPOSITION, name)];
    Ok((headers, content).into_response())
}

/// Bring an archive in: records that are there become as it says, others are made; the same archive once more changes nothing. 202 with the run.
#[utoipa::path(post, path = "/environments/imports", tag = "Environments", request_body(content = Vec<u8>, content_type = "application/zip"),
    responses((status = 202, body = ref("#/components/schemas/Run")), (status = 200, body = ref("#/components/schemas/Run"))),
    extensions(("x-permission" = json!("records.environment.import"))))]
async fn import_environment(State(app): State<App>, caller: Caller, prefer: Prefer, request: Request) -> Result<Response> {
    caller.require(IMPORT_ENVIRONMENT, Scope::Organization)?;
    let limit = app.settings.upload_limit;
    let content = axum::body::to_bytes(request.into_body(), limit).await;
    let content = content.map_err(|broken| {
        let detail = format!("the archive did not arrive whole, or is larger than {} MiB", limit >> 20);
        Error::new(Kind::TooLarge, "body_too_large", detail).because(broken)
    })?;
    // What cannot be used is better told here than by a run that fails.
    archive::open(&content)?;
    let mut tx = app.begin(&caller).await?;
    let id = store::keep(&mut tx, "import", &content, None).await?;
    let order = Order { title: "Bring an archive in".into(), payload: json!({ "archive_id": id }), ..Order::default() };
    let run = runs::enqueue(&mut tx, &IMPORT, order).await?;
    tx.commit().await?;
    runs::wait_for(&app, &caller, run, prefer).await
}
