//! Studies of risk over HTTP.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, StatusCode};
use platform::caller::Scope;
use platform::http::{App, Cursor, OpenApiRouter, Page, PageQuery, Paged, Path, Problem, Query, Unread, routes};
use platform::resource::Record as _;
use platform::runs::{self, Prefer};
use platform::{Caller, Error, Result};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::asked::RiskAsked;
use super::shown::{RiskOf, RiskRow, RiskStudy, Rows, table};
use super::store::{self, StudyEntry};
use super::work;
use crate::RUN_CREATE;
use crate::http::allowed;
use crate::http::results::{computed, language};
use crate::scenarios::actions;
use crate::scenarios::record::{Scenario, ScenarioId};

/// The operations.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(study_scenario_risk, read_scenario_risk))
        .routes(routes!(list_scenario_risk_studies))
        .routes(routes!(list_scenario_risk_rows))
        .routes(routes!(export_scenario_risk))
}

/// Study the risk of a scenario: 202 with the run, or with `Prefer: wait=10` the run once it has ended. What is wrong with what is asked is told at
/// once; an equal question is answered from what is known.
#[utoipa::path(post, path = "/scenarios/{id}/risk", tag = "Scenarios", params(("id" = Uuid, Path, description = "The scenario.")),
    request_body = RiskAsked,
    responses((status = 202, body = ref("#/components/schemas/Run")), (status = 200, body = ref("#/components/schemas/Run"))),
    extensions(("x-permission" = json!("planning.run.create"))))]
async fn study_scenario_risk(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ScenarioId>,
    prefer: Prefer,
    body: Unread<RiskAsked>,
) -> Result<Response> {
    allowed(&app, &caller, id, RUN_CREATE).await?;
    let said = body.read().await?;
    let mut tx = app.begin(&caller).await?;
    let run = work::ask(&mut tx, id, said).await?;
    tx.commit().await?;
    runs::wait_for(&app, &caller, run, prefer).await
}

/// Which study is wanted.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct StudyQuery {
    /// The scenario's version; the newest that was studied unless given.
    #[param(minimum = 1, example = 1)]
    version: Option<i64>,
    /// The study; the newest unless given.
    study: Option<Uuid>,
    /// en, es or de; as `Accept-Language` says, else English.
    #[param(example = "en")]
    language: Option<String>,
    /// Whether it is no mistake that nothing was studied yet: 204 instead of 404 `no_risk_study`.
    #[serde(default)]
    #[param(example = true)]
    if_any: bool,
}

/// The newest study of a scenario's risk: how likely demand is short, how much is missing, what moves it, how sure that is. The lines, areas,
/// customers and items are in `…/risk/rows`.
#[utoipa::path(get, path = "/scenarios/{id}/risk", tag = "Scenarios", params(("id" = Uuid, Path, description = "The scenario."), StudyQuery),
    responses((status = 200, body = RiskStudy), (status = 204, description = "Nothing was studied yet, and `if_any` was said."),
        (status = 404, description = "No such scenario, version or study, or not studied yet.", body = Problem, content_type = "application/problem+json")),
    extensions(("x-permission" = json!("planning.scenario.read"))))]
async fn read_scenario_risk(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ScenarioId>,
    Query(asked): Query<StudyQuery>,
    headers: HeaderMap,
) -> Result<Response> {
    let language = language(asked.language.as_deref(), &headers)?;
    let mut tx = app.read(&caller).await?;
    let scenario = actions::find(&mut tx, id, false).await?;
    let found = match store::newest(&mut tx, &scenario, asked.version, asked.study).await {
        Err(error) if asked.if_any && error.code == "no_risk_study" => None,
        found => Some(found?),
    };
    tx.commit().await?;
    let Some(found) = found else { return Ok(StatusCode::NO_CONTENT.into_response()) };
    Ok(Json(computed(move |_| Ok(RiskStudy::new(&found, language))).await?).into_response())
}

/// Studies of a scenario's risk, the newest first.
#[utoipa::path(get, path = "/scenarios/{id}/risk/studies", tag = "Scenarios",
    params(("id" = Uuid, Path, description = "The scenario."), PageQuery),
    responses((status = 200, body = Paged<StudyEntry>)), extensions(("x-permission" = json!("planning.scenario.read"))))]
async fn list_scenario_risk_studies(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ScenarioId>,
    page: Page,
) -> Result<Json<Paged<StudyEntry>>> {
    let mut tx = app.read(&caller).await?;
    let scenario = actions::find(&mut tx, id, false).await?;
    let found = store::list(&mut tx, &scenario, &page).await?;
    tx.commit().await?;
    Ok(Json(found))
}

/// Which rows of a study are wanted.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct RowQuery {
    /// The scenario's version; the newest that was studied unless given.
    #[param(minimum = 1, example = 1)]
    version: Option<i64>,
    /// The study; the newest unless given.
    study: Option<Uuid>,
    /// Only lines, areas, customers or models.
    #[param(inline)]
    of: Option<RiskOf>,
    /// Only what is called so.
    #[param(example = "CC-01")]
    name: Option<String>,
    /// Only this area and its lines.
    #[param(example = "Conformal")]
    area: Option<String>,
    /// Only this period; `all` for what is over all periods.
    #[param(example = "2030")]
    period: Option<String>,
    /// Only what is at least so likely short or over its target.
    #[param(minimum = 0, maximum = 100, example = 5)]
    at_least_pct: Option<f64>,
    /// en, es or de; as `Accept-Language` says, else English.
    #[param(example = "en")]
    language: Option<String>,
    /// Rows in a page at most.
    #[param(minimum = 1, maximum = 500, default = 50, example = 50)]
    #[expect(dead_code, reason = "read by Page; here so that it is known")]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    #[expect(dead_code, reason = "read by Page; here so that it is known")]
    cursor: Option<String>,
}

impl RowQuery {
    fn rows(&self) -> Rows {
        Rows { of: self.of, name: self.name.clone(), area: self.area.clone(), period: self.period.clone(), at_least_pct: self.at_least_pct }
    }
}

/// How likely each line, area, customer and item is short or over its target, by period and over all of them.
#[utoipa::path(get, path = "/scenarios/{id}/risk/rows", tag = "Scenarios", params(("id" = Uuid, Path, description = "The scenario."), RowQuery),
    responses((status = 200, body = Paged<RiskRow>),
        (status = 404, description = "No such scenario, version or study, or not studied yet.", body = Problem, content_type = "application/problem+json")),
    extensions(("x-permission" = json!("planning.scenario.read"))))]
async fn list_scenario_risk_rows(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ScenarioId>,
    page: Page,
    Query(asked): Query<RowQuery>,
    headers: HeaderMap,
) -> Result<Json<Paged<RiskRow>>> {
    let language = language(asked.language.as_deref(), &headers)?;
    let mut tx = app.read(&caller).await?;
    let scenario = actions::find(&mut tx, id, false).await?;
    // A later page is of the study that the first one was of.
    let (study, first) = match &page.after {
        None => (asked.study, 0),
        Some(cursor) => {
            cursor.of_sort(ROWS)?;
            (Some(cursor.id), cursor.values.first().and_then(serde_json::Value::as_u64).unwrap_or_default())
        }
    };
    let found = store::newest(&mut tx, &scenario, asked.version, study).await?;
    tx.commit().await?;
    let (rows, limit) = (asked.rows(), page.limit as usize);
    let id = found.entry.id;
    let some = computed(move |_| Ok(rows.of(&found, language).into_iter().skip(first as usize).take(limit + 1).collect::<Vec<RiskRow>>()));
    let end = |_: &RiskRow| Cursor { sort: ROWS.into(), values: vec![json!(first + u64::from(page.limit))], id };
    Ok(Json(Paged::of(some.await?, &page, end)))
}

/// The order of rows.
const ROWS: &str = "place";

/// What of a study is exported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum RiskPart {
    /// Lines, areas, customers and items.
    #[default]
    Rows,
    /// What one driver does by itself.
    Tornado,
    /// How the estimates settled.
    Convergence,
}

/// What is exported.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ExportQuery {
    /// The scenario's version; the newest that was studied unless given.
    #[param(minimum = 1, example = 1)]
    version: Option<i64>,
    /// The study; the newest unless given.
    study: Option<Uuid>,
    /// rows, tornado or convergence.
    #[serde(default)]
    #[param(inline)]
    part: RiskPart,
    /// en, es or de; as `Accept-Language` says, else English.
    #[param(example = "en")]
    language: Option<String>,
}

/// A study as CSV. The trail tells who took it.
#[utoipa::path(get, path = "/scenarios/{id}/risk/export", tag = "Scenarios",
    params(("id" = Uuid, Path, description = "The scenario."), ExportQuery),
    responses((status = 200, description = "The table, its columns those of the rows.", content((String = "text/csv"))),
        (status = 404, description = "No such scenario, version or study, or not studied yet.", body = Problem, content_type = "application/problem+json")),
    extensions(("x-permission" = json!("planning.scenario.export"))))]
async fn export_scenario_risk(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ScenarioId>,
    query: Result<Query<ExportQuery>>,
    headers: HeaderMap,
) -> Result<Response> {
    let export = Scenario::kind().verbs.export;
    allowed(&app, &caller, id, export).await?;
    let Query(asked) = query?;
    let language = language(asked.language.as_deref(), &headers)?;
    // The trail is written in the same transaction, so it is no reading one.
    let mut tx = app.begin(&caller).await?;
    let scenario = actions::find(&mut tx, id, false).await?;
    tx.require(export, Scope::Plant(scenario.plant))?;
    let found = store::newest(&mut tx, &scenario, asked.version, asked.study).await?;
    let detail = json!({ "format": "csv", "risk": asked.part, "study": found.entry.id, "version": found.entry.scenario_version, "name": scenario.name });
    let noted = "select gemba.audit('scenario.exported', 'scenario', $1, $2, 'success', $3)";
    tx.query(noted, &[&scenario.id, &scenario.plant, &detail]).await?;
    tx.commit().await?;
    let (part, version) = (asked.part, found.entry.scenario_version);
    let csv = computed(move |_| {
        let sheet = match part {
            RiskPart::Rows => table(&Rows::default().of(&found, language))?,
            RiskPart::Tornado => table(&RiskStudy::new(&found, language).tornado)?,
            RiskPart::Convergence => table(&RiskStudy::new(&found, language).convergence)?,
        };
        sheet.to_csv().map_err(Error::internal)
    });
    let csv = csv.await?;
    let part = match part {
        RiskPart::Rows => "risk",
        RiskPart::Tornado => "tornado",
        RiskPart::Convergence => "convergence",
    };
    let name = HeaderValue::from_str(&format!("attachment; filename=\"{part}-{id}-v{version}.csv\"")).map_err(Error::internal)?;
    Ok(([(CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8")), (CONTENT_DISPOSITION, name)], csv).into_response())
}
