//! What planning offers over HTTP beside its declared records.

mod reports;
mod results;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use factory::places::Line;
use platform::caller::Scope;
use platform::http::{
    App, ETag, Fields, IfMatch, IfMatchHeader, OpenApiRouter, Page, PageQuery, Paged, Path, Query, Unread, created, routes,
};
use platform::ids::PlantId;
use platform::places::seen;
use platform::resource::{Kinds, On, Record as _};
use platform::runs::{self, Prefer};
use platform::{Caller, Permission, Result};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::SCENARIO_APPROVE;
use crate::plant::{self, PlantModel};
use crate::scenarios::actions::{self, Decision, NewClone, Standing};
use crate::scenarios::merge::{MergeAsked, Merged};
use crate::scenarios::record::{Scenario, ScenarioId};
use crate::scenarios::versions::{self, Version};
use crate::work;

/// The operations; `kinds` are all kinds of the program.
pub fn routes(kinds: &Kinds) -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_plant_scenarios, create_plant_scenario))
        .routes(routes!(list_plant_lines, create_plant_line))
        .routes(routes!(replace_plant_line))
        .routes(routes!(list_plant_models))
        .routes(routes!(delete_scenario))
        .routes(routes!(clone_scenario))
        .routes(routes!(list_scenario_versions))
        .routes(routes!(read_scenario_version))
        .routes(routes!(restore_scenario_version))
        .routes(routes!(merge_scenario))
        .routes(routes!(submit_scenario))
        .routes(routes!(approve_scenario))
        .routes(routes!(send_back_scenario))
        .routes(routes!(optimize_scenario))
        .merge(results::routes())
        .merge(reports::routes())
        .merge(crate::imports::routes())
        .merge(crate::subscriptions::http::routes())
        .layer(Extension(kinds.clone()))
}

/// Where a scenario stands.
#[derive(Debug, Serialize, ToSchema)]
struct ScenarioStanding {
    /// The scenario.
    id: Uuid,
    /// Its plant.
    plant_id: Uuid,
    /// Its name.
    #[schema(example = "Third shift on coating")]
    name: String,
    /// draft, submitted or approved.
    #[schema(example = "submitted")]
    status: String,
    /// Counts changes; the ETag.
    #[schema(example = 4)]
    version: i64,
}

fn standing(standing: Standing) -> Response {
    let version = standing.version;
    let shown = ScenarioStanding { id: standing.id.0, plant_id: standing.plant.0, name: standing.name, status: standing.status, version };
    (ETag(version), Json(shown)).into_response()
}

/// Scenarios of a plant.
#[utoipa::path(get, path = "/plants/{id}/scenarios", tag = "Scenarios", params(("id" = Uuid, Path, description = "The plant."), PageQuery),
    responses((status = 200, body = ref("#/components/schemas/ScenarioPage"))), extensions(("x-permission" = json!("planning.scenario.read"))))]
async fn list_plant_scenarios(
    State(app): State<App>,
    Extension(kinds): Extension<Kinds>,
    caller: Caller,
    Path(plant): Path<Uuid>,
    page: Page,
    fields: Fields,
    Query(said): Query<Vec<(String, String)>>,
) -> Result<Response> {
    On { kind: Scenario::kind(), kinds }.list_of_plant(app, caller, plant, page, fields, said).await
}

/// Make a scenario of a plant.
#[utoipa::path(post, path = "/plants/{id}/scenarios", tag = "Scenarios", params(("id" = Uuid, Path, description = "The plant.")),
    request_body = ref("#/components/schemas/ScenarioNew"), responses((status = 201, body = ref("#/components/schemas/Scenario"))),
    extensions(("x-permission" = json!("planning.scenario.create"))))]
async fn create_plant_scenario(
    State(app): State<App>,
    Extension(kinds): Extension<Kinds>,
    caller: Caller,
    Path(plant): Path<Uuid>,
    body: Unread<Map<String, Value>>,
) -> Result<Response> {
    On { kind: Scenario::kind(), kinds }.make_of_plant(app, caller, plant, body).await
}

/// Lines of a plant.
#[utoipa::path(get, path = "/plants/{id}/lines", tag = "Lines", params(("id" = Uuid, Path, description = "The plant."), PageQuery),
    responses((status = 200, body = ref("#/components/schemas/LinePage"))), extensions(("x-permission" = json!("factory.line.read"))))]
async fn list_plant_lines(
    State(app): State<App>,
    Extension(kinds): Extension<Kinds>,
    caller: Caller,
    Path(plant): Path<Uuid>,
    page: Page,
    fields: Fields,
    Query(said): Query<Vec<(String, String)>>,
) -> Result<Response> {
    On { kind: Line::kind(), kinds }.list_of_plant(app, caller, plant, page, fields, said).await
}

/// Make a line of a plant.
#[utoipa::path(post, path = "/plants/{id}/lines", tag = "Lines", params(("id" = Uuid, Path, description = "The plant.")),
    request_body = ref("#/components/schemas/LineNew"), responses((status = 201, body = ref("#/components/schemas/Line"))),
    extensions(("x-permission" = json!("factory.line.create"))))]
async fn create_plant_line(
    State(app): State<App>,
    Extension(kinds): Extension<Kinds>,
    caller: Caller,
    Path(plant): Path<Uuid>,
    body: Unread<Map<String, Value>>,
) -> Result<Response> {
    On { kind: Line::kind(), kinds }.make_of_plant(app, caller, plant, body).await
}

/// Make a line of a plant exactly so.
#[utoipa::path(put, path = "/plants/{id}/lines/{line}", tag = "Lines",
    params(("id" = Uuid, Path, description = "The plant."), ("line" = Uuid, Path, description = "The line."), IfMatchHeader),
    request_body = ref("#/components/schemas/LineNew"), responses((status = 200, body = ref("#/components/schemas/Line"))),
    extensions(("x-permission" = json!("factory.line.update"))))]
async fn replace_plant_line(
    State(app): State<App>,
    Extension(kinds): Extension<Kinds>,
    caller: Caller,
    Path(line): Path<(Uuid, Uuid)>,
    meant: IfMatch,
    body: Unread<Map<String, Value>>,
) -> Result<Response> {
    On { kind: Line::kind(), kinds }.replace_of_plant(app, caller, line, meant, body).await
}

/// What a plant makes: the items that its lines can make or that are wanted of it.
#[utoipa::path(get, path = "/plants/{id}/models", tag = "Items", params(("id" = Uuid, Path, description = "The plant.")),
    responses((status = 200, body = Vec<PlantModel>)), extensions(("x-permission" = json!("factory.item.read"))))]
async fn list_plant_models(State(app): State<App>, caller: Caller, Path(plant): Path<Uuid>) -> Result<Json<Vec<PlantModel>>> {
    seen(&app, &caller, plant).await?;
    let mut tx = app.read(&caller).await?;
    let models = plant::models(&mut tx, PlantId(plant)).await?;
    tx.commit().await?;
    Ok(Json(models))
}

/// Archive a scenario; it can be restored.
#[utoipa::path(delete, path = "/scenarios/{id}", tag = "Scenarios", params(("id" = Uuid, Path, description = "The scenario."), IfMatchHeader),
    responses((status = 200, body = ref("#/components/schemas/Scenario"))), extensions(("x-permission" = json!("planning.scenario.archive"))))]
async fn delete_scenario(
    State(app): State<App>,
    Extension(kinds): Extension<Kinds>,
    caller: Caller,
    id: Path<Uuid>,
    meant: IfMatch,
) -> Result<Response> {
    On { kind: Scenario::kind(), kinds }.archive(app, caller, id, meant, true).await
}

/// A new scenario that starts where this one stands; it stores only what will differ.
#[utoipa::path(post, path = "/scenarios/{id}/clone", tag = "Scenarios", params(("id" = Uuid, Path, description = "The scenario.")),
    request_body = NewClone, responses((status = 201, body = ref("#/components/schemas/Scenario"))),
    extensions(("x-permission" = json!("planning.scenario.create"))))]
async fn clone_scenario(
    State(app): State<App>,
    Extension(kinds): Extension<Kinds>,
    caller: Caller,
    Path(id): Path<ScenarioId>,
    body: Unread<NewClone>,
) -> Result<Response> {
    allowed(&app, &caller, id, Scenario::kind().verbs.create).await?;
    let new = body.read().await?;
    let mut tx = app.begin(&caller).await?;
    let saved = actions::clone(&mut tx, &kinds, id, new).await?;
    tx.commit().await?;
    Ok(created(&format!("/api/v1/scenarios/{}", saved.id), saved.version(), &saved.record))
}

/// Versions of a scenario, the newest first: one for each time that its changes or parameters changed.
#[utoipa::path(get, path = "/scenarios/{id}/versions", tag = "Scenarios", params(("id" = Uuid, Path, description = "The scenario."), PageQuery),
    responses((status = 200, body = Paged<Version>)), extensions(("x-permission" = json!("planning.scenario.read"))))]
async fn list_scenario_versions(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ScenarioId>,
    page: Page,
) -> Result<Json<Paged<Version>>> {
    let mut tx = app.read(&caller).await?;
    actions::find(&mut tx, id, false).await?;
    let found = versions::list(&mut tx, id, &page).await?;
    tx.commit().await?;
    Ok(Json(found))
}

/// One version of a scenario, with what it changed.
#[utoipa::path(get, path = "/scenarios/{id}/versions/{number}", tag = "Scenarios",
    params(("id" = Uuid, Path, description = "The scenario."), ("number" = i64, Path, description = "Its version.", example = 1)),
    responses((status = 200, body = Version)), extensions(("x-permission" = json!("planning.scenario.read"))))]
async fn read_scenario_version(
    State(app): State<App>,
    caller: Caller,
    Path((id, number)): Path<(ScenarioId, i64)>,
) -> Result<Json<Version>> {
    let mut tx = app.read(&caller).await?;
    actions::find(&mut tx, id, false).await?;
    let found = versions::get(&mut tx, id, number).await?;
    tx.commit().await?;
    Ok(Json(found))
}

/// Make a former version of a draft the present one.
#[utoipa::path(post, path = "/scenarios/{id}/versions/{number}/restore", tag = "Scenarios",
    params(("id" = Uuid, Path, description = "The scenario."), ("number" = i64, Path, description = "Its version.", example = 1), IfMatchHeader),
    responses((status = 200, body = ref("#/components/schemas/Scenario"))), extensions(("x-permission" = json!("planning.scenario.update"))))]
async fn restore_scenario_version(
    State(app): State<App>,
    Extension(kinds): Extension<Kinds>,
    caller: Caller,
    Path((id, number)): Path<(ScenarioId, i64)>,
    meant: IfMatch,
) -> Result<Response> {
    let mut tx = app.begin(&caller).await?;
    let saved = actions::restore(&mut tx, &kinds, id, number, meant).await?;
    tx.commit().await?;
    Ok((ETag(saved.version()), Json(saved.record)).into_response())
}

/// Somebody else was quicker (412): what both changed, what goes together and what does not. Nothing is written; send `merged`, with what you decide
/// of the conflicts, with `PATCH` and the present version.
#[utoipa::path(post, path = "/scenarios/{id}/merge", tag = "Scenarios", params(("id" = Uuid, Path, description = "The scenario.")),
    request_body = MergeAsked, responses((status = 200, body = Merged)), extensions(("x-permission" = json!("planning.scenario.read"))))]
async fn merge_scenario(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ScenarioId>,
    body: Unread<MergeAsked>,
) -> Result<Json<Merged>> {
    let mut tx = app.read(&caller).await?;
    actions::find(&mut tx, id, false).await?;
    let asked = body.read().await?;
    let merged = actions::merge(&mut tx, id, asked).await?;
    tx.commit().await?;
    Ok(Json(merged))
}

/// Hand a draft in for a decision.
#[utoipa::path(post, path = "/scenarios/{id}/submit", tag = "Scenarios", params(("id" = Uuid, Path, description = "The scenario."), IfMatchHeader),
    responses((status = 200, body = ScenarioStanding)), extensions(("x-permission" = json!("planning.scenario.submit"))))]
async fn submit_scenario(State(app): State<App>, caller: Caller, Path(id): Path<ScenarioId>, meant: IfMatch) -> Result<Response> {
    let mut tx = app.begin(&caller).await?;
    let submitted = actions::submit(&mut tx, id, meant).await?;
    tx.commit().await?;
    Ok(standing(submitted))
}

/// Approve what was submitted.
#[utoipa::path(post, path = "/scenarios/{id}/approve", tag = "Scenarios", params(("id" = Uuid, Path, description = "The scenario."), IfMatchHeader),
    request_body = Decision, responses((status = 200, body = ScenarioStanding)), extensions(("x-permission" = json!("planning.scenario.approve"))))]
async fn approve_scenario(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ScenarioId>,
    meant: IfMatch,
    body: Unread<Decision>,
) -> Result<Response> {
    allowed(&app, &caller, id, SCENARIO_APPROVE).await?;
    let decision = body.read().await?;
    let mut tx = app.begin(&caller).await?;
    let approved = actions::approve(&mut tx, id, meant, decision).await?;
    tx.commit().await?;
    Ok(standing(approved))
}

/// Send back what was submitted, and say what is missing.
#[utoipa::path(post, path = "/scenarios/{id}/send-back", tag = "Scenarios", params(("id" = Uuid, Path, description = "The scenario."), IfMatchHeader),
    request_body = Decision, responses((status = 200, body = ScenarioStanding)), extensions(("x-permission" = json!("planning.scenario.approve"))))]
async fn send_back_scenario(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ScenarioId>,
    meant: IfMatch,
    body: Unread<Decision>,
) -> Result<Response> {
    allowed(&app, &caller, id, SCENARIO_APPROVE).await?;
    let decision = body.read().await?;
    let mut tx = app.begin(&caller).await?;
    let sent_back = actions::send_back(&mut tx, id, meant, decision).await?;
    tx.commit().await?;
    Ok(standing(sent_back))
}

/// Optimize a scenario: 202 with the run, or with `Prefer: wait=10` the run once it has ended. What keeps it from being planned is told at once.
#[utoipa::path(post, path = "/scenarios/{id}/optimize", tag = "Scenarios", params(("id" = Uuid, Path, description = "The scenario.")),
    responses((status = 202, body = ref("#/components/schemas/Run")), (status = 200, body = ref("#/components/schemas/Run"))),
    extensions(("x-permission" = json!("planning.run.create"))))]
async fn optimize_scenario(State(app): State<App>, caller: Caller, Path(id): Path<ScenarioId>, prefer: Prefer) -> Result<Response> {
    let mut tx = app.begin(&caller).await?;
    let run = work::ask(&mut tx, id).await?;
    tx.commit().await?;
    runs::wait_for(&app, &caller, run, prefer).await
}

/// Whether roles let the caller do this with a scenario: asked before anything else is looked at. Policies are asked with the scenario in hand.
async fn allowed(app: &App, caller: &Caller, id: ScenarioId, permission: Permission) -> Result<()> {
    let mut tx = app.read(caller).await?;
    let scenario = actions::find(&mut tx, id, false).await?;
    tx.commit().await?;
    let place = Scope::Plant(scenario.plant);
    if caller.is_granted(permission, place) { caller.stepped_up(permission) } else { Err(caller.refusal(permission, place)) }
}
