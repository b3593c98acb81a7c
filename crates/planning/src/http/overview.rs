//! All plants on one page, and runs over several of them, over HTTP.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use factory::plants::{self, Effective, PlantSetting};
use platform::caller::Scope;
use platform::http::{App, OpenApiRouter, Path, Problem, Query, Unread, routes};
use platform::ids::{PlantId, RegionId};
use platform::places::seen;
use platform::resource::{Kinds, Record as _};
use platform::{Caller, Error, FieldError, Result};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::RUN_CREATE;
use crate::moves::{self, Move, NewMove};
use crate::overview::{self, Overview, Wanted};
use crate::periods::Span;
use crate::scenarios::record::{Scenario, ScenarioId};

/// Scenarios in one request at most.
const MOST: usize = 200;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(read_overview))
        .routes(routes!(optimize_scenarios))
        .routes(routes!(read_plant_settings))
        .routes(routes!(list_moves, create_move))
}

/// Which plants, by which plans, over which periods.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct OverviewQuery {
    /// Only plants of this region.
    #[param(value_type = Option<Uuid>)]
    region: Option<RegionId>,
    /// The first period.
    #[param(example = "2027")]
    from: Option<String>,
    /// The last period.
    #[param(example = "2030")]
    to: Option<String>,
    /// Scenarios to show plants by, with commas between, at most one of a plant; each other plant by the one approved last, else optimized last.
    scenarios: Option<String>,
}

impl OverviewQuery {
    fn read(self) -> Result<Wanted> {
        let bad = |name: &str, why: String| Error::new(platform::error::Kind::Malformed, "bad_parameter", format!("{name}: {why}"));
        let span = |name: &str, text: Option<String>| {
            let Some(text) = text else { return Ok(None) };
            Span::named(&text)
                .map(Some)
                .ok_or_else(|| bad(name, "expected a year, month, ISO week or day: 2027, 2027-03, 2027-W14, 2027-03-31".into()))
        };
        let scenarios = self.scenarios.unwrap_or_default();
        let scenarios = scenarios.split(',').map(str::trim).filter(|id| !id.is_empty());
        let scenarios: Vec<ScenarioId> = scenarios
            .map(|id| id.parse().map_err(|_| bad("scenarios", "expected identifiers with commas between".into())))
            .collect::<Result<_>>()?;
        if scenarios.len() > MOST {
            return Err(bad("scenarios", format!("expected at most {MOST}")));
        }
        Ok(Wanted { region: self.region, from: span("from", self.from)?, to: span("to", self.to)?, scenarios })
    }
}

/// All plants within reach on one page: how much demand is met, how full they are, what limits each, by region and in all.
#[utoipa::path(get, path = "/overview", tag = "Plants", params(OverviewQuery), responses((status = 200, body = Overview)),
    extensions(("x-permission" = json!("planning.scenario.read"))))]
async fn read_overview(State(app): State<App>, caller: Caller, Query(asked): Query<OverviewQuery>) -> Result<Json<Overview>> {
    let wanted = asked.read()?;
    let mut tx = app.read(&caller).await?;
    let overview = overview::overview(&mut tx, &wanted).await?;
    tx.commit().await?;
    Ok(Json(overview))
}

/// What counts at a plant: its own settings, else the organization's, else what is built in. They are kept as records: `/api/v1/plant-settings`.
#[utoipa::path(get, path = "/plants/{id}/settings", tag = "Plants", params(("id" = Uuid, Path, description = "The plant.")),
    responses((status = 200, body = Effective)), extensions(("x-permission" = json!("factory.plant_setting.read"))))]
async fn read_plant_settings(State(app): State<App>, caller: Caller, Path(plant): Path<Uuid>) -> Result<Json<Effective>> {
    seen(&app, &caller, plant).await?;
    let mut tx = app.read(&caller).await?;
    tx.require(PlantSetting::kind().verbs.read, Scope::Plant(PlantId(plant)))?;
    let found = plants::effective(&mut tx, &[PlantId(plant)]).await?.pop().ok_or_else(|| Error::not_found("plant"))?;
    tx.commit().await?;
    Ok(Json(found))
}

/// Which moves.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct MovesQuery {
    /// Only those of this scenario.
    #[param(value_type = Option<Uuid>)]
    scenario: Option<ScenarioId>,
}

/// Items that scenarios move from plant to plant, the newest first.
#[utoipa::path(get, path = "/moves", tag = "Scenarios", params(MovesQuery), responses((status = 200, body = Vec<Move>)),
    extensions(("x-permission" = json!("planning.scenario.read"))))]
async fn list_moves(State(app): State<App>, caller: Caller, Query(asked): Query<MovesQuery>) -> Result<Json<Vec<Move>>> {
    let mut tx = app.read(&caller).await?;
    let found = moves::list(&mut tx, asked.scenario).await?;
    tx.commit().await?;
    Ok(Json(found))
}

/// Move an item to another plant: makes a scenario of each, of which the first is wanted of less and the second of as much more. Optimize both with
/// `POST /scenarios/optimize`, see both with `GET /overview?scenarios=…`.
#[utoipa::path(post, path = "/moves", tag = "Scenarios", request_body = NewMove,
    responses((status = 201, body = Move),
        (status = 404, description = "No such plant or scenario, or none that you may see.", body = Problem, content_type = "application/problem+json")),
    extensions(("x-permission" = json!("planning.scenario.create"))))]
async fn create_move(
    State(app): State<App>,
    Extension(kinds): Extension<Kinds>,
    caller: Caller,
    body: Unread<NewMove>,
) -> Result<Response> {
    caller.require_somewhere(Scenario::kind().verbs.create)?;
    let new = body.read().await?;
    for place in [&new.from, &new.to] {
        seen(&app, &caller, place.plant_id).await?;
    }
    let mut tx = app.begin(&caller).await?;
    let made = moves::make(&mut tx, &kinds, new).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(made)).into_response())
}

/// What to optimize.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "scenarios": [], "plants": [] }))]
struct OptimizeMany {
    /// Scenarios, of any plants.
    #[serde(default)]
    #[schema(value_type = Vec<Uuid>, max_items = 200)]
    scenarios: Vec<ScenarioId>,
    /// Plants, each by the scenario that stands for it: approved last, else changed last.
    #[serde(default)]
    #[schema(value_type = Vec<Uuid>, max_items = 200)]
    plants: Vec<PlantId>,
}

/// The runs that were asked for.
#[derive(Debug, Serialize, ToSchema)]
struct OptimizedMany {
    /// In the order of the scenarios, then of the plants.
    runs: Vec<StartedRun>,
}

/// A run that was asked for.
#[derive(Debug, Serialize, ToSchema)]
struct StartedRun {
    /// The run: GET /api/v1/runs/{id}.
    run_id: Uuid,
    /// The scenario it optimizes.
    scenario_id: Uuid,
}

/// Optimize scenarios of several plants at the same time, each as a run of its own. All of them are asked for, or none.
#[utoipa::path(post, path = "/scenarios/optimize", tag = "Scenarios", request_body = OptimizeMany, responses((status = 202, body = OptimizedMany)),
    extensions(("x-permission" = json!("planning.run.create"))))]
async fn optimize_scenarios(State(app): State<App>, caller: Caller, body: Unread<OptimizeMany>) -> Result<Response> {
    caller.require_somewhere(RUN_CREATE)?;
    let asked = body.read().await?;
    if asked.scenarios.len() + asked.plants.len() > MOST {
        return Err(Error::invalid(vec![FieldError::new("", "too_many", format!("expected at most {MOST} scenarios and plants"))]));
    }
    let mut tx = app.begin(&caller).await?;
    let mut scenarios = asked.scenarios;
    for scenario in overview::standing_for(&mut tx, &asked.plants).await? {
        if !scenarios.contains(&scenario) {
            scenarios.push(scenario);
        }
    }
    let runs = overview::optimize(&mut tx, &scenarios).await?;
    tx.commit().await?;
    let runs = runs.iter().zip(&scenarios).map(|(run, scenario)| StartedRun { run_id: run.0, scenario_id: scenario.0 }).collect();
    Ok((StatusCode::ACCEPTED, Json(OptimizedMany { runs })).into_response())
}
