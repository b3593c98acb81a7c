//! What is read of results: plans, what-if, comparison, the pages of a plant.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use http::{HeaderMap, StatusCode, header};
use line_plan::Language;
use platform::caller::Scope;
use platform::http::{App, OpenApiRouter, Path, Problem, Query, Unread, routes};
use platform::ids::PlantId;
use platform::places::seen;
use platform::resource::{Kinds, Record as _};
use platform::{Caller, Error, Result};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::compare::{self, Cause, Inputs, Outputs};
use crate::question::Finding;
use crate::results::{self, Found, Wanted};
use crate::scenarios::actions::{self, Standing};
use crate::scenarios::record::{Scenario, ScenarioId};
use crate::{RUN_CREATE, dashboard};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(ask_what_if))
        .routes(routes!(read_scenario_results))
        .routes(routes!(compare_scenarios))
        .routes(routes!(read_plant_utilization))
        .routes(routes!(read_plant_dashboard))
}

/// A question on top of a scenario, which is not kept.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct WhatIf {
    /// What would differ: the lists and parameters of a scenario.
    #[schema(value_type = Object, example = json!({ "operating_days": [{ "days_per_year": 288 }] }))]
    changes: Map<String, Value>,
}

/// What would differ, and what of it.
#[derive(Serialize, ToSchema)]
struct Comparison {
    /// What differs in the questions.
    inputs: Inputs,
    /// What differs in the answers.
    outputs: Outputs,
    /// What each difference does by itself.
    causes: Vec<Cause>,
}

/// The answer to a question that is not kept.
#[derive(Serialize, ToSchema)]
struct WhatIfAnswer {
    /// What was noticed about the data.
    findings: Vec<Finding>,
    /// The scenario as it is, against it with the changes.
    comparison: Comparison,
    /// The plan with the changes: summary, areas, constraints, unmet demand, gains.
    #[schema(value_type = Object)]
    plan: Value,
}

/// Ask what would be if something differed from a scenario; nothing is kept.
#[utoipa::path(post, path = "/scenarios/{id}/what-if", tag = "Scenarios", params(("id" = Uuid, Path, description = "The scenario."), InLanguage),
    request_body = WhatIf, responses((status = 200, body = WhatIfAnswer)), extensions(("x-permission" = json!("planning.run.create"))))]
async fn ask_what_if(
    State(app): State<App>,
    Extension(kinds): Extension<Kinds>,
    caller: Caller,
    Path(id): Path<ScenarioId>,
    Query(asked): Query<InLanguage>,
    headers: HeaderMap,
    body: Unread<WhatIf>,
) -> Result<Json<WhatIfAnswer>> {
    super::allowed(&app, &caller, id, RUN_CREATE).await?;
    let question = body.read().await?;
    let language = asked.language(&headers)?;
    let mut tx = app.begin(&caller).await?;
    let scenario = actions::find(&mut tx, id, false).await?;
    tx.require(RUN_CREATE, Scope::Plant(scenario.plant))?;
    let more = actions::try_changes(&mut tx, &kinds, &scenario, question.changes).await?;
    let before = results::ask(&mut tx, id, None, None).await?;
    let after = results::ask(&mut tx, id, None, Some(more)).await?;
    tx.rollback().await?;
    let answer = computed(move |stop| {
        let (was, is) = (results::solve(&before.question, stop)?, results::solve(&after.question, stop)?);
        let (before, after) = (before.question, after.question);
        let document = results::document(&after.problem, &is.plan, language);
        let old = results::document(&before.problem, &was.plan, language);
        let (from, to) = ((&before.problem, &before.options), (&after.problem, &after.options));
        let inputs = compare::inputs(from, to);
        let causes = compare::causes(from, to, &inputs);
        let comparison = Comparison { outputs: compare::outputs(&old, &document), inputs, causes };
        let sections = ["summary", "area_loads", "unmet", "constraints", "gains", "explanations"].map(str::to_owned).to_vec();
        let plan = Wanted { sections, only: Vec::new() }.of(&document)?;
        Ok(WhatIfAnswer { findings: after.findings, comparison, plan })
    });
    Ok(Json(answer.await?))
}

/// Work for a thread of its own. A client that hangs up stops what can be stopped.
pub(crate) async fn computed<T: Send + 'static>(work: impl FnOnce(&AtomicBool) -> Result<T> + Send + 'static) -> Result<T> {
    struct Stop(Arc<AtomicBool>);
    impl Drop for Stop {
        fn drop(&mut self) {
            self.0.store(true, std::sync::atomic::Ordering::Relaxed);
        }
    }
    let stop = Stop(Arc::new(AtomicBool::new(false)));
    let flag = stop.0.clone();
    tokio::task::spawn_blocking(move || work(&flag)).await.map_err(Error::internal)?
}

/// The language of sentences.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct InLanguage {
    /// en, es or de; as `Accept-Language` says, else English.
    #[param(example = "en")]
    language: Option<String>,
}

impl InLanguage {
    fn language(&self, headers: &HeaderMap) -> Result<Language> {
        language(self.language.as_deref(), headers)
    }
}

pub(crate) fn language(asked: Option<&str>, headers: &HeaderMap) -> Result<Language> {
    let known = |tag: &str| {
        let short = tag.trim().get(..2)?.to_ascii_lowercase();
        Language::ALL.into_iter().find(|language| language.tag() == short)
    };
    if let Some(asked) = asked {
        return known(asked).ok_or_else(|| bad_parameter(format!("language: found {asked}, expected en, es or de")));
    }
    let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    Ok(accepted.split(',').find_map(known).unwrap_or_default())
}

pub(crate) fn bad_parameter(detail: String) -> Error {
    Error::new(platform::error::Kind::Malformed, "bad_parameter", detail)
}

/// Which part of a result is wanted.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ResultQuery {
    /// The scenario's version; the newest that was optimized unless given.
    #[param(minimum = 1, example = 1)]
    version: Option<i64>,
    /// Sections, with commas between: summary, area_loads, allocations, unmet, finished, lines, constraints, gains, stages, explanations.
    #[param(example = "summary,unmet")]
    sections: Option<String>,
    /// Only this area.
    area: Option<String>,
    /// Only this line.
    line: Option<String>,
    /// Only this model.
    model: Option<String>,
    /// Only models of this customer.
    customer: Option<String>,
    /// Only this period.
    #[param(example = "2028")]
    period: Option<String>,
    /// en, es or de; as `Accept-Language` says, else English.
    #[param(example = "en")]
    language: Option<String>,
    /// Whether it is no mistake that nothing was optimized yet: 204 instead of 404 `no_result`.
    #[serde(default)]
    #[param(example = true)]
    if_any: bool,
}

/// The answer; nothing (204) where there is no result and whoever asks reckoned with that.
fn if_any<T>(answer: Result<T>, reckoned: bool) -> Result<Option<T>> {
    match answer {
        Err(error) if reckoned && error.code == "no_result" => Ok(None),
        answer => answer.map(Some),
    }
}

impl ResultQuery {
    fn wanted(&self) -> Result<Wanted> {
        let sections: Vec<String> = self
            .sections
            .iter()
            .flat_map(|said| said.split(','))
            .map(|name| name.trim().to_owned())
            .filter(|name| !name.is_empty())
            .collect();
        if let Some(unknown) = sections.iter().find(|name| !results::SECTIONS.contains(&name.as_str())) {
            return Err(bad_parameter(format!("sections: there is no {unknown}; there is {}", results::SECTIONS.join(", "))));
        }
        let only =
            [("area", &self.area), ("line", &self.line), ("model", &self.model), ("customer", &self.customer), ("period", &self.period)];
        Ok(Wanted { sections, only: only.into_iter().filter_map(|(name, value)| Some((name, value.clone()?))).collect() })
    }
}

/// The newest result of a scenario: the plan with names, sentences in the reader's language, and whose records the names are.
#[utoipa::path(get, path = "/scenarios/{id}/results", tag = "Scenarios", params(("id" = Uuid, Path, description = "The scenario."), ResultQuery),
    responses((status = 200, body = Object, description = "The result; `plan` is a gemba.plan-result/1."),
        (status = 204, description = "Nothing was optimized yet, and `if_any` was said.")),
    extensions(("x-permission" = json!("planning.scenario.read"))))]
async fn read_scenario_results(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<ScenarioId>,
    Query(query): Query<ResultQuery>,
    headers: HeaderMap,
) -> Result<Response> {
    let (wanted, language) = (query.wanted()?, language(query.language.as_deref(), &headers)?);
    let mut tx = app.read(&caller).await?;
    let scenario = actions::find(&mut tx, id, false).await?;
    let found = if_any(results::newest(&mut tx, &scenario, query.version).await, query.if_any)?;
    tx.commit().await?;
    let Some(found) = found else { return Ok(StatusCode::NO_CONTENT.into_response()) };
    let shown = computed(move |_| Ok(results::shown(&found, wanted.of(&found.document(language))?)));
    Ok(Json(shown.await?).into_response())
}

/// Which scenarios are compared.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Compared {
    /// Two or more scenarios with commas between; `@3` after one names its version. The first is what the others are compared with.
    #[param(example = "0199d1a0-4242-7000-8000-0000000000b1,0199d1a0-4242-7000-8000-0000000000b2@3")]
    ids: Option<String>,
    /// en, es or de; as `Accept-Language` says, else English.
    #[param(example = "en")]
    language: Option<String>,
}

/// A scenario beside the first one.
#[derive(Serialize, ToSchema)]
struct Beside {
    /// The scenario.
    scenario_id: Uuid,
    /// Its version whose result this is.
    scenario_version: i64,
    /// Its name.
    name: String,
    /// Its figures.
    #[schema(value_type = Object)]
    summary: Value,
    /// Against the first one; absent for the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    comparison: Option<Comparison>,
}

/// Most scenarios that are compared at once.
const MOST_COMPARED: usize = 6;

/// Compare results of scenarios or versions of one plant: what differs in the questions, in the answers, and what caused what.
#[utoipa::path(get, path = "/scenarios/compare", tag = "Scenarios", params(Compared), responses((status = 200, body = Vec<Beside>),
        (status = 404, description = "No such scenario or version, or not optimized yet.", body = Problem, content_type = "application/problem+json")),
    extensions(("x-permission" = json!("planning.scenario.read"))))]
async fn compare_scenarios(
    State(app): State<App>,
    caller: Caller,
    Query(asked): Query<Compared>,
    headers: HeaderMap,
) -> Result<Json<Vec<Beside>>> {
    if !caller.may_somewhere(Scenario::kind().verbs.read) {
        return Err(caller.refusal(Scenario::kind().verbs.read, Scope::Organization));
    }
    let language = language(asked.language.as_deref(), &headers)?;
    let named = named_versions(asked.ids.as_deref().unwrap_or_default())?;
    let mut tx = app.read(&caller).await?;
    let mut found = Vec::new();
    for (id, version) in named {
        let scenario = actions::find(&mut tx, id, false).await?;
        let result = results::newest(&mut tx, &scenario, version).await?;
        found.push((scenario.name, result));
    }
    tx.commit().await?;
    if found.iter().any(|(_, result)| result.plant != found[0].1.plant) {
        return Err(bad_parameter(
            "ids: scenarios of one plant are compared; look at several plants with GET /plants/{id}/dashboard".into(),
        ));
    }
    Ok(Json(computed(move |_| beside(&found, language)).await?))
}

fn named_versions(ids: &str) -> Result<Vec<(ScenarioId, Option<i64>)>> {
    let one = |said: &str| {
        let (id, version) = said.split_once('@').map_or((said, None), |(id, version)| (id, Some(version)));
        let wrong = || bad_parameter(format!("ids: found {said}, expected a scenario's identifier, with @ and a version where wanted"));
        let version = version.map(|version| version.parse().map_err(|_| wrong())).transpose()?;
        Ok((id.trim().parse().map_err(|_| wrong())?, version))
    };
    let named = ids.split(',').filter(|said| !said.trim().is_empty()).map(one).collect::<Result<Vec<_>>>()?;
    if !(2..=MOST_COMPARED).contains(&named.len()) {
        return Err(bad_parameter(format!("ids: found {}, expected 2 to {MOST_COMPARED}", named.len())));
    }
    Ok(named)
}

fn beside(found: &[(String, Found)], language: Language) -> Result<Vec<Beside>> {
    let documents: Vec<_> = found.iter().map(|(_, result)| result.document(language)).collect();
    let all = found.iter().zip(&documents).enumerate().map(|(index, ((name, result), document))| {
        let first = &found[0].1;
        let comparison = (index > 0).then(|| {
            let (from, to) = ((&first.problem, &first.plan.options), (&result.problem, &result.plan.options));
            let inputs = compare::inputs(from, to);
            let causes = compare::causes(from, to, &inputs);
            Comparison { outputs: compare::outputs(&documents[0], document), inputs, causes }
        });
        Ok(Beside {
            scenario_id: result.scenario,
            scenario_version: result.version,
            name: name.clone(),
            summary: serde_json::to_value(document.summary).map_err(Error::internal)?,
            comparison,
        })
    });
    all.collect()
}

/// Which result of a plant is shown.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct OfScenario {
    /// The scenario; the one approved last unless given, else the one optimized last.
    scenario: Option<Uuid>,
    /// en, es or de; as `Accept-Language` says, else English.
    #[param(example = "en")]
    language: Option<String>,
    /// Whether it is no mistake that nothing was optimized yet: 204 instead of 404 `no_result`.
    #[serde(default)]
    #[param(example = true)]
    if_any: bool,
}

async fn result_of_plant(app: &App, caller: &Caller, plant: Uuid, asked: &OfScenario) -> Result<(Standing, Found)> {
    seen(app, caller, plant).await?;
    let mut tx = app.read(caller).await?;
    let id = match asked.scenario {
        Some(id) => ScenarioId(id),
        None => results::shown_of_plant(&mut tx, PlantId(plant)).await?,
    };
    let scenario = actions::find(&mut tx, id, false).await?;
    if scenario.plant.0 != plant {
        return Err(Error::not_found("scenario of the plant"));
    }
    let found = results::newest(&mut tx, &scenario, None).await?;
    tx.commit().await?;
    Ok((scenario, found))
}

/// How full each line is in each period: lines by area, periods side by side.
#[utoipa::path(get, path = "/plants/{id}/utilization", tag = "Plants", params(("id" = Uuid, Path, description = "The plant."), OfScenario),
    responses((status = 200, body = dashboard::Utilization), (status = 204, description = "Nothing was optimized yet, and `if_any` was said.")),
    extensions(("x-permission" = json!("planning.scenario.read"))))]
async fn read_plant_utilization(
    State(app): State<App>,
    caller: Caller,
    Path(plant): Path<Uuid>,
    Query(asked): Query<OfScenario>,
) -> Result<Response> {
    let Some((scenario, found)) = if_any(result_of_plant(&app, &caller, plant, &asked).await, asked.if_any)? else {
        return Ok(StatusCode::NO_CONTENT.into_response());
    };
    Ok(Json(computed(move |_| Ok(dashboard::utilization(&scenario, &found))).await?).into_response())
}

/// A plant on one page: totals, constraints, unmet demand, what would help most.
#[utoipa::path(get, path = "/plants/{id}/dashboard", tag = "Plants", params(("id" = Uuid, Path, description = "The plant."), OfScenario),
    responses((status = 200, body = dashboard::Dashboard), (status = 204, description = "Nothing was optimized yet, and `if_any` was said.")),
    extensions(("x-permission" = json!("planning.scenario.read"))))]
async fn read_plant_dashboard(
    State(app): State<App>,
    caller: Caller,
    Path(plant): Path<Uuid>,
    Query(asked): Query<OfScenario>,
    headers: HeaderMap,
) -> Result<Response> {
    let language = language(asked.language.as_deref(), &headers)?;
    let Some((scenario, found)) = if_any(result_of_plant(&app, &caller, plant, &asked).await, asked.if_any)? else {
        return Ok(StatusCode::NO_CONTENT.into_response());
    };
    Ok(Json(computed(move |_| dashboard::dashboard(&scenario, &found, language)).await?).into_response())
}
