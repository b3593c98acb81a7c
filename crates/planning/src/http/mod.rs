//! What planning offers over HTTP beside its declared records.

mod reports;
mod results;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use factory::items::Item;
use factory::places::Line;
use platform::caller::Scope;
use platform::http::{
    App, ETag, Fields, IfMatch, IfMatchHeader, OpenApiRouter, Page, PageQuery, Paged, Path, Query, Unread, created, routes,
};
use platform::ids::PlantId;
use platform::resource::{How, Kinds, On, Record as _};
use platform::runs::{self, Order, Prefer};
use platform::{Caller, Error, FieldError, Permission, Result};
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::scenarios::actions::{self, Decision, NewClone, Standing};
use crate::scenarios::record::{Scenario, ScenarioId};
use crate::scenarios::versions::{self, Version};
use crate::work::{self, OPTIMIZE};
use crate::{RUN_CREATE, SCENARIO_APPROVE};

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
        .routes(routes!(submit_scenario))
        .routes(routes!(approve_scenario))
        .routes(routes!(send_back_scenario))
        .routes(routes!(optimize_scenario))
        .merge(results::routes())
        .merge(reports::routes())
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

fn of_plant(plant: Uuid, mut said: Vec<(String, String)>) -> Vec<(String, String)> {
    said.retain(|(name, _)| name != "plant_id");
    said.push(("plant_id".into(), plant.to_string()));
    said
}

fn in_plant(plant: Uuid, mut body: Map<String, Value>) -> Map<String, Value> {
    body.insert("plant_id".into(), json!(plant));
    body
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
    seen(&app, &caller, plant).await?;
    On { kind: Scenario::kind(), kinds }.list(app, caller, page, fields, Query(of_plant(plant, said))).await
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
    seen(&app, &caller, plant).await?;
    caller.require(Scenario::kind().verbs.create, Scope::Plant(PlantId(plant)))?;
    let body = body.read().await?;
    On { kind: Scenario::kind(), kinds }.make(app, caller, in_plant(plant, body)).await
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
    seen(&app, &caller, plant).await?;
    On { kind: Line::kind(), kinds }.list(app, caller, page, fields, Query(of_plant(plant, said))).await
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
    seen(&app, &caller, plant).await?;
    caller.require(Line::kind().verbs.create, Scope::Plant(PlantId(plant)))?;
    let body = body.read().await?;
    let area: Option<Uuid> = body.get("area_id").and_then(Value::as_str).and_then(|id| id.parse().ok());
    let mut tx = app.read(&caller).await?;
    let sql = "select 1 from areas where organization_id = $1 and plant_id <> $2 and id = $3";
    let elsewhere = tx.query_opt(sql, &[&caller.organization, &plant, &area]).await?.is_some();
    tx.commit().await?;
    if elsewhere {
        return Err(Error::invalid(vec![FieldError::new("/area_id", "other_plant", "the area belongs to another plant")]));
    }
    On { kind: Line::kind(), kinds }.make(app, caller, body).await
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
    Path((plant, line)): Path<(Uuid, Uuid)>,
    meant: IfMatch,
    body: Unread<Map<String, Value>>,
) -> Result<Response> {
    seen(&app, &caller, plant).await?;
    let mut tx = app.read(&caller).await?;
    let sql = "select 1 from lines where organization_id = $1 and plant_id = $2 and id = $3";
    let there = tx.query_opt(sql, &[&caller.organization, &plant, &line]).await?.is_some();
    tx.commit().await?;
    if !there || !caller.may(Line::kind().verbs.read, Scope::Plant(PlantId(plant))) {
        return Err(Error::not_found("line of the plant"));
    }
    On { kind: Line::kind(), kinds }.write(app, caller, Path(line), meant, body, How::Replace).await
}

/// What a plant makes: the items that its lines can make or that are wanted of it.
#[utoipa::path(get, path = "/plants/{id}/models", tag = "Items", params(("id" = Uuid, Path, description = "The plant.")),
    responses((status = 200, body = Vec<PlantModel>)), extensions(("x-permission" = json!("factory.item.read"))))]
async fn list_plant_models(State(app): State<App>, caller: Caller, Path(plant): Path<Uuid>) -> Result<Json<Vec<PlantModel>>> {
    seen(&app, &caller, plant).await?;
    if !caller.may_somewhere(Item::kind().verbs.read) {
        return Err(caller.refusal(Item::kind().verbs.read, Scope::Organization));
    }
    let mut tx = app.read(&caller).await?;
    let rows = tx
        .query(
            "select i.id, i.code, i.name, f.name, c.name, i.program,
                (select count(*) from capabilities k where k.organization_id = $1 and k.plant_id = $2 and k.item_id = i.id and k.archived_at is null)
             from items i
             left join families f on f.organization_id = $1 and f.id = i.family_id
             left join customers c on c.organization_id = $1 and c.id = i.customer_id
             where i.organization_id = $1 and i.archived_at is null
                and (exists (select from capabilities k where k.organization_id = $1 and k.plant_id = $2 and k.item_id = i.id and k.archived_at is null)
                    or exists (select from demand d where d.organization_id = $1 and d.plant_id = $2 and d.item_id = i.id and d.archived_at is null))
             order by i.name, i.code",
            &[&caller.organization, &plant],
        )
        .await?;
    tx.commit().await?;
    let model = |row: &tokio_postgres::Row| PlantModel {
        id: row.get(0),
        code: row.get(1),
        name: row.get(2),
        family: row.get(3),
        customer: row.get(4),
        program: row.get(5),
        capabilities: row.get(6),
    };
    Ok(Json(rows.iter().map(model).collect()))
}

/// An item that a plant makes.
#[derive(Debug, Serialize, ToSchema)]
struct PlantModel {
    /// The item.
    id: Uuid,
    /// Its number.
    #[schema(example = "INVERTER-48V")]
    code: String,
    /// Its name.
    name: String,
    /// Its family.
    family: Option<String>,
    /// For whom it is made.
    customer: Option<String>,
    /// The customer's program.
    program: Option<String>,
    /// How many lines and steps of the plant can make it.
    capabilities: i64,
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
    let scenario = actions::find(&mut tx, id, false).await?;
    tx.require(RUN_CREATE, Scope::Plant(scenario.plant))?;
    if scenario.archived_at.is_some() {
        return Err(Error::conflict("archived", "the scenario is archived: restore it first"));
    }
    // What keeps it from being planned is better told here than by a run that fails.
    crate::results::ask(&mut tx, id, None, None).await?;
    let order = Order {
        title: format!("Optimize “{}”", scenario.name),
        payload: work::payload(id, scenario.version),
        plant: Some(scenario.plant),
        concurrency_key: Some(format!("scenario {id}")),
        ..Order::default()
    };
    let run = runs::enqueue(&mut tx, &OPTIMIZE, order).await?;
    tx.commit().await?;
    runs::wait_for(&app, &caller, run, prefer).await
}

/// Whether the caller may do this with a scenario: asked before anything else is looked at.
async fn allowed(app: &App, caller: &Caller, id: ScenarioId, permission: Permission) -> Result<()> {
    let mut tx = app.read(caller).await?;
    let scenario = actions::find(&mut tx, id, false).await?;
    tx.commit().await?;
    caller.require(permission, Scope::Plant(scenario.plant))
}

/// Whether there is such a plant, for this caller.
async fn seen(app: &App, caller: &Caller, plant: Uuid) -> Result<()> {
    let read = platform::places::Plant::kind().verbs.read;
    let mut tx = app.read(caller).await?;
    let there = tx.query_opt("select 1 from plants where organization_id = $1 and id = $2", &[&caller.organization, &plant]).await?;
    tx.commit().await?;
    match there {
        Some(_) if caller.may(read, Scope::Plant(PlantId(plant))) => Ok(()),
        _ => Err(Error::not_found("plant")),
    }
}
