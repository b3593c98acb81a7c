//! Boards over HTTP.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::HeaderMap;
use http::header::{CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use jiff::civil::Date;
use platform::caller::Scope;
use platform::http::{App, OpenApiRouter, Path, Query, routes};
use platform::ids::PlantId;
use platform::language::Language;
use platform::places::seen;
use platform::{Caller, Error, Result};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::line::{self, LineBoard};
use super::plant::{self, PlantBoard};
use super::progress::{self, OrderProgress};
use super::report::{self, ShiftReport, Which};
use super::{html, letter, paper};
use crate::kpis::KPI_READ;
use crate::states::store::plant_of_line;

/// The operations.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(read_plant_board))
        .routes(routes!(read_line_board))
        .routes(routes!(list_order_progress))
        .routes(routes!(read_shift_report))
}

/// All lines of a plant at once: what each does, on what, how well, and who calls for help.
#[utoipa::path(get, path = "/plants/{id}/board", tag = "Boards", params(("id" = Uuid, Path, description = "The plant.")),
    responses((status = 200, body = PlantBoard)), extensions(("x-permission" = json!("production.kpi.read"))))]
async fn read_plant_board(State(app): State<App>, caller: Caller, Path(plant): Path<Uuid>) -> Result<Json<PlantBoard>> {
    seen(&app, &caller, plant).await?;
    let mut tx = app.read(&caller).await?;
    tx.require(KPI_READ, Scope::Plant(PlantId(plant)))?;
    let board = plant::board(&mut tx, PlantId(plant), &[]).await?;
    tx.commit().await?;
    Ok(Json(board))
}

/// One line: what it does, what its shift was like hour by hour, where time was lost, what comes next.
#[utoipa::path(get, path = "/lines/{id}/board", tag = "Boards", params(("id" = Uuid, Path, description = "The line.")),
    responses((status = 200, body = LineBoard)), extensions(("x-permission" = json!("production.kpi.read"))))]
async fn read_line_board(State(app): State<App>, caller: Caller, Path(line): Path<Uuid>) -> Result<Json<LineBoard>> {
    let mut tx = app.read(&caller).await?;
    let plant = plant_of_line(&mut tx, line, KPI_READ).await?;
    let board = line::board(&mut tx, plant, line).await?;
    tx.commit().await?;
    Ok(Json(board))
}

/// Which orders.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ProgressQuery {
    /// Only those of this plant.
    #[param(value_type = Option<Uuid>)]
    plant_id: Option<Uuid>,
    /// So many at most.
    #[param(minimum = 1, maximum = 500, default = 100)]
    limit: Option<i64>,
}

/// How far orders are.
#[derive(Debug, Serialize, ToSchema)]
struct OrderProgressList {
    /// The orders, the most pressing first.
    items: Vec<OrderProgress>,
}

/// How far orders on the floor are, step by step.
#[utoipa::path(get, path = "/orders/progress", tag = "Boards", params(ProgressQuery), responses((status = 200, body = OrderProgressList)),
    extensions(("x-permission" = json!("production.kpi.read"))))]
async fn list_order_progress(
    State(app): State<App>,
    caller: Caller,
    Query(asked): Query<ProgressQuery>,
) -> Result<Json<OrderProgressList>> {
    let limit = asked.limit.unwrap_or(100);
    if !(1..=progress::MOST).contains(&limit) {
        let detail = format!("limit: found {limit}, expected 1 to {}", progress::MOST);
        return Err(Error::new(platform::error::Kind::Malformed, "bad_parameter", detail));
    }
    let mut tx = app.read(&caller).await?;
    let items = progress::progress(&mut tx, asked.plant_id.map(PlantId), limit).await?;
    tx.commit().await?;
    Ok(Json(OrderProgressList { items }))
}

/// Which shift, and as what.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ReportQuery {
    /// The day of the shift; that of the shift that ended last unless said.
    #[param(value_type = Option<String>, format = Date, example = "2026-11-23")]
    date: Option<Date>,
    /// The shift's name or its record; the one that ended last unless said.
    #[param(example = "Early")]
    shift: Option<String>,
    /// json; html, a page to read; pdf, to print and to send.
    #[param(inline)]
    format: Option<ShiftReportFormat>,
    /// The language of the page: as `Accept-Language` says, else as the plant has decided.
    #[param(inline)]
    language: Option<Language>,
}

/// What a shift's report looks like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum ShiftReportFormat {
    /// Data.
    #[default]
    Json,
    /// A page.
    Html,
    /// A sheet of paper.
    Pdf,
}

/// What a shift was like: figures, losses, scrap, orders, calls for help, what it tells the next.
#[utoipa::path(get, path = "/plants/{id}/shift-report", tag = "Boards", params(("id" = Uuid, Path, description = "The plant."), ReportQuery),
    responses((status = 200, body = ShiftReport)), extensions(("x-permission" = json!("production.kpi.read"))))]
async fn read_shift_report(
    State(app): State<App>,
    caller: Caller,
    Path(plant): Path<Uuid>,
    Query(asked): Query<ReportQuery>,
    headers: HeaderMap,
) -> Result<Response> {
    seen(&app, &caller, plant).await?;
    let mut tx = app.read(&caller).await?;
    tx.require(KPI_READ, Scope::Plant(PlantId(plant)))?;
    let report = report::report(&mut tx, PlantId(plant), &Which { day: asked.date, shift: asked.shift }).await?;
    let language = factory::plants::language(&mut tx, PlantId(plant), Language::of_request(asked.language, &headers)).await?;
    tx.commit().await?;
    Ok(match asked.format.unwrap_or_default() {
        ShiftReportFormat::Json => Json(report).into_response(),
        ShiftReportFormat::Pdf => {
            let name = format!("inline; filename=\"{}\"", letter::file_name(&report));
            ([(CONTENT_TYPE, "application/pdf".to_owned()), (CONTENT_DISPOSITION, name)], paper::pdf(&report, language)).into_response()
        }
        ShiftReportFormat::Html => {
            let page = html::page(&report, language);
            let only_itself = "default-src 'none'; style-src 'unsafe-inline'";
            ([(CONTENT_TYPE, "text/html; charset=utf-8"), (CONTENT_SECURITY_POLICY, only_itself)], page).into_response()
        }
    })
}
