//! Key figures over HTTP.

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use platform::caller::Scope;
use platform::http::{App, OpenApiRouter, Path, Query, routes};
use platform::ids::PlantId;
use platform::places::seen;
use platform::{Caller, Result};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use super::cuts::hours_before;
use super::downtime::{self, Downtime, LossBy};
use super::question::{self, By, Kpis, Question};
use super::{KPI_READ, downtime::Wanted};
use crate::states::STATE_READ;
use crate::states::store::plant_of_line;

/// The operations.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(read_plant_kpis)).routes(routes!(read_line_kpis)).routes(routes!(read_plant_downtime))
}

/// Which figures.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct KpiQuery {
    /// From then; 24 hours before the end unless said.
    #[param(value_type = Option<String>, format = DateTime, example = "2026-11-23T06:00:00Z")]
    from: Option<Timestamp>,
    /// Until then; now unless said, and never later.
    #[param(value_type = Option<String>, format = DateTime, example = "2026-11-23T14:00:00Z")]
    to: Option<Timestamp>,
    /// By what rows are told apart: line unless said.
    #[param(inline)]
    by: Option<By>,
    /// Only lines of this area.
    #[param(value_type = Option<Uuid>)]
    area_id: Option<Uuid>,
    /// Only this line.
    #[param(value_type = Option<Uuid>)]
    line_id: Option<Uuid>,
}

/// Key figures of a plant (ISO 22400-2), by line, area, shift, item, order, hour or day, beside its approved plan.
#[utoipa::path(get, path = "/plants/{id}/kpis", tag = "Key figures", params(("id" = Uuid, Path, description = "The plant."), KpiQuery),
    responses((status = 200, body = Kpis)), extensions(("x-permission" = json!("production.kpi.read"))))]
async fn read_plant_kpis(
    State(app): State<App>,
    caller: Caller,
    Path(plant): Path<Uuid>,
    Query(asked): Query<KpiQuery>,
) -> Result<Json<Kpis>> {
    seen(&app, &caller, plant).await?;
    let mut tx = app.read(&caller).await?;
    tx.require(KPI_READ, Scope::Plant(PlantId(plant)))?;
    let to = asked.to.unwrap_or(tx.now());
    let question = Question {
        plant: PlantId(plant),
        lines: asked.line_id.into_iter().collect(),
        area: asked.area_id,
        from: asked.from.unwrap_or(hours_before(to, 24)),
        to,
        by: asked.by.unwrap_or_default(),
    };
    let kpis = question::answer(&mut tx, &question).await?;
    tx.commit().await?;
    Ok(Json(kpis))
}

/// Which figures of a line.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct LineKpiQuery {
    /// From then; 24 hours before the end unless said.
    #[param(value_type = Option<String>, format = DateTime, example = "2026-11-23T06:00:00Z")]
    from: Option<Timestamp>,
    /// Until then; now unless said, and never later.
    #[param(value_type = Option<String>, format = DateTime, example = "2026-11-23T14:00:00Z")]
    to: Option<Timestamp>,
    /// By what rows are told apart: hour unless said.
    #[param(inline)]
    by: Option<By>,
}

/// Key figures of a line.
#[utoipa::path(get, path = "/lines/{id}/kpis", tag = "Key figures", params(("id" = Uuid, Path, description = "The line."), LineKpiQuery),
    responses((status = 200, body = Kpis)), extensions(("x-permission" = json!("production.kpi.read"))))]
async fn read_line_kpis(
    State(app): State<App>,
    caller: Caller,
    Path(line): Path<Uuid>,
    Query(asked): Query<LineKpiQuery>,
) -> Result<Json<Kpis>> {
    let mut tx = app.read(&caller).await?;
    let plant = plant_of_line(&mut tx, line, KPI_READ).await?;
    let to = asked.to.unwrap_or(tx.now());
    let from = asked.from.unwrap_or(hours_before(to, 24));
    let question = Question { plant, lines: vec![line], area: None, from, to, by: asked.by.unwrap_or(By::Hour) };
    let kpis = question::answer(&mut tx, &question).await?;
    tx.commit().await?;
    Ok(Json(kpis))
}

/// Which losses.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct DowntimeQuery {
    /// From then; 24 hours before the end unless said.
    #[param(value_type = Option<String>, format = DateTime, example = "2026-11-23T06:00:00Z")]
    from: Option<Timestamp>,
    /// Until then; now unless said, and never later.
    #[param(value_type = Option<String>, format = DateTime, example = "2026-11-23T14:00:00Z")]
    to: Option<Timestamp>,
    /// By what losses are told apart: reason unless said.
    #[param(inline)]
    by: Option<LossBy>,
    /// Only this line.
    #[param(value_type = Option<Uuid>)]
    line_id: Option<Uuid>,
    /// Only lines of this area.
    #[param(value_type = Option<Uuid>)]
    area_id: Option<Uuid>,
    /// With planned down time too.
    planned: Option<bool>,
}

/// Where time was lost, the greatest loss first (Pareto).
#[utoipa::path(get, path = "/plants/{id}/downtime", tag = "Key figures", params(("id" = Uuid, Path, description = "The plant."), DowntimeQuery),
    responses((status = 200, body = Downtime)), extensions(("x-permission" = json!("production.line_state.read"))))]
async fn read_plant_downtime(
    State(app): State<App>,
    caller: Caller,
    Path(plant): Path<Uuid>,
    Query(asked): Query<DowntimeQuery>,
) -> Result<Json<Downtime>> {
    seen(&app, &caller, plant).await?;
    let mut tx = app.read(&caller).await?;
    tx.require(STATE_READ, Scope::Plant(PlantId(plant)))?;
    let to = asked.to.unwrap_or(tx.now());
    let wanted = Wanted {
        plant: PlantId(plant),
        line: asked.line_id,
        area: asked.area_id,
        from: asked.from.unwrap_or(hours_before(to, 24)),
        to,
        by: asked.by.unwrap_or_default(),
        planned: asked.planned.unwrap_or(false),
    };
    let found = downtime::downtime(&mut tx, &wanted).await?;
    tx.commit().await?;
    Ok(Json(found))
}
