//! Results as files, for whoever works on with a spreadsheet or a program.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue};
use line_plan::PlanDocument;
use platform::caller::Scope;
use platform::http::{App, OpenApiRouter, Problem, Query, routes};
use platform::resource::{Record as _, Sheet};
use platform::{Caller, Error, Result};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::results::{bad_parameter, computed, language};
use crate::results;
use crate::scenarios::actions;
use crate::scenarios::record::{Scenario, ScenarioId};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(export_report))
}

/// What a report looks like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum ReportFormat {
    /// The result workbook, with charts and one sheet for each area.
    #[default]
    Xlsx,
    /// What is made where, one row for each line, model and period.
    Csv,
    /// The whole result, gemba.plan-result/1.
    Json,
}

impl ReportFormat {
    fn media(self) -> &'static str {
        match self {
            ReportFormat::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            ReportFormat::Csv => "text/csv; charset=utf-8",
            ReportFormat::Json => "application/json",
        }
    }

    fn extension(self) -> &'static str {
        match self {
            ReportFormat::Xlsx => "xlsx",
            ReportFormat::Csv => "csv",
            ReportFormat::Json => "json",
        }
    }
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
    /// xlsx, csv or json.
    #[serde(default)]
    #[param(inline)]
    format: ReportFormat,
    /// en, es or de; as `Accept-Language` says, else English.
    #[param(example = "en")]
    language: Option<String>,
}

/// A result as a file. The trail tells who took it.
#[utoipa::path(get, path = "/reports/export", tag = "Reports", params(ReportQuery),
    responses((status = 200, description = "The file.", content(
        (String = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"), (String = "text/csv"), (Object = "application/json"))),
        (status = 404, description = "No such scenario or version, or not optimized yet.", body = Problem, content_type = "application/problem+json")),
    extensions(("x-permission" = json!("planning.scenario.export"))))]
async fn export_report(State(app): State<App>, caller: Caller, query: Result<Query<ReportQuery>>, headers: HeaderMap) -> Result<Response> {
    let export = Scenario::kind().verbs.export;
    if !caller.may_somewhere(export) {
        return Err(caller.refusal(export, Scope::Organization));
    }
    let Query(asked) = query?;
    let language = language(asked.language.as_deref(), &headers)?;
    let id = asked.scenario.ok_or_else(|| bad_parameter("scenario: name the scenario whose result is wanted".into()))?;
    // The trail is written in the same transaction, so it is no reading one.
    let mut tx = app.begin(&caller).await?;
    let scenario = actions::find(&mut tx, ScenarioId(id), false).await?;
    tx.require(export, Scope::Plant(scenario.plant))?;
    let found = results::newest(&mut tx, &scenario, asked.version).await?;
    let detail = json!({ "format": asked.format, "version": found.version, "name": scenario.name });
    let noted = "select gemba.audit('scenario.exported', 'scenario', $1, $2, 'success', $3)";
    tx.query(noted, &[&scenario.id, &scenario.plant, &detail]).await?;
    tx.commit().await?;
    let (format, version) = (asked.format, found.version);
    let bytes = computed(move |_| file(&found.document(language), format)).await?;
    let name = format!("attachment; filename=\"plan-{id}-v{version}.{}\"", format.extension());
    let name = HeaderValue::from_str(&name).map_err(Error::internal)?;
    Ok(([(CONTENT_TYPE, HeaderValue::from_static(format.media())), (CONTENT_DISPOSITION, name)], bytes).into_response())
}

fn file(document: &PlanDocument, format: ReportFormat) -> Result<Vec<u8>> {
    match format {
        ReportFormat::Xlsx => workbook::write_result(document).map_err(|error| Error::internal(error.to_string())),
        ReportFormat::Json => serde_json::to_vec(document).map_err(Error::internal),
        ReportFormat::Csv => allocations(document).to_csv().map_err(Error::internal),
    }
}

fn allocations(document: &PlanDocument) -> Sheet {
    let columns = ["plant", "area", "line", "model", "step", "period", "units", "hours"].map(str::to_owned).to_vec();
    let row = |entry: &line_plan::AllocationEntry| {
        let names = [&entry.plant, &entry.area, &entry.line, &entry.model, &entry.step, &entry.period].map(Clone::clone);
        names.into_iter().chain([entry.units.to_string(), entry.hours.to_string()]).collect()
    };
    Sheet { columns, rows: document.allocations.iter().map(row).collect() }
}
