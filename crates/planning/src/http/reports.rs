//! Results as files.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue};
use platform::caller::Scope;
use platform::http::{App, OpenApiRouter, Problem, Query, routes};
use platform::{Caller, Error, Result};
use serde::Deserialize;
use serde_json::json;
use utoipa::IntoParams;
use uuid::Uuid;

use super::results::{bad_parameter, computed, language};
use crate::report::{self, Printer, ReportFormat, ReportKind};
use crate::scenarios::actions;
use crate::scenarios::record::ScenarioId;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(export_report))
}

/// Which report is wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ReportQuery {
    /// The scenario.
    #[param(required = true)]
    scenario: Option<Uuid>,
    /// Its version; the newest that was optimized unless given.
    #[param(minimum = 1, example = 1)]
    version: Option<i64>,
    /// xlsx, csv or json, which take the right to export; pdf or pptx, which take the right to read.
    #[serde(default)]
    #[param(inline)]
    format: ReportFormat,
    /// Of a PDF: executive or plant.
    #[serde(default)]
    #[param(inline)]
    report: ReportKind,
    /// en, es or de; as `Accept-Language` says, else English.
    #[param(example = "en")]
    language: Option<String>,
}

/// A result as a file. Data to work on with (xlsx, csv, json) takes the right to export; a document (pdf, pptx) the right to read. The trail tells who
/// took it.
#[utoipa::path(get, path = "/reports/export", tag = "Reports", params(ReportQuery),
    responses((status = 200, description = "The file.", content(
        (String = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"), (String = "text/csv"), (Object = "application/json"),
        (String = "application/pdf"), (String = "application/vnd.openxmlformats-officedocument.presentationml.presentation"))),
        (status = 404, description = "No such scenario or version, or not optimized yet.", body = Problem, content_type = "application/problem+json")),
    extensions(("x-permission" = json!("planning.scenario.export"))))]
async fn export_report(State(app): State<App>, caller: Caller, query: Result<Query<ReportQuery>>, headers: HeaderMap) -> Result<Response> {
    let right = query.as_ref().map_or(ReportFormat::Xlsx, |asked| asked.0.format).right();
    if !caller.may_somewhere(right) {
        return Err(caller.refusal(right, Scope::Organization));
    }
    let Query(asked) = query?;
    let language = language(asked.language.as_deref(), &headers)?;
    let id = asked.scenario.ok_or_else(|| bad_parameter("scenario: name the scenario whose result is wanted".into()))?;
    // The trail is written in the same transaction, so it is no reading one.
    let mut tx = app.begin(&caller).await?;
    let scenario = actions::find(&mut tx, ScenarioId(id), false).await?;
    tx.require(right, Scope::Plant(scenario.plant))?;
    let (scenario_id, plant, name) = (scenario.id, scenario.plant, scenario.name.clone());
    let material = report::gather(&mut tx, scenario, asked.version).await?;
    let detail = json!({ "format": asked.format, "version": material.found.version, "name": name });
    let noted = "select gemba.audit('scenario.exported', 'scenario', $1, $2, 'success', $3)";
    tx.query(noted, &[&scenario_id, &plant, &detail]).await?;
    tx.commit().await?;
    let (format, kind, printer) = (asked.format, asked.report, app.part::<Printer>().ok());
    let file = format!("attachment; filename=\"{}\"", material.file_name(format));
    let bytes = computed(move |_| material.write(format, kind, language, printer.as_ref())).await?;
    let file = HeaderValue::from_str(&file).map_err(Error::internal)?;
    Ok(([(CONTENT_TYPE, HeaderValue::from_static(format.media())), (CONTENT_DISPOSITION, file)], bytes).into_response())
}
