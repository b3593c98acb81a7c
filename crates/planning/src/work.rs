//! Optimizing as a run: reads the scenario as whoever asked for it, solves, keeps the result.

use platform::caller::Scope;
use platform::ids::RunId;
use platform::runs::{self, Order, Running, WorkKind};
use platform::{Error, Result, Tx};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::RUN_CREATE;
use crate::results::{self, Packed};
use crate::scenarios::actions::{self, Standing};
use crate::scenarios::record::ScenarioId;

/// Optimizing a scenario.
pub const OPTIMIZE: WorkKind = WorkKind { scheduled_by: Some(RUN_CREATE), ..WorkKind::new("planning.optimize", "optimizer") };

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Payload {
    scenario_id: ScenarioId,
    /// The version; the present one when the run starts unless given, as schedules want it.
    version: Option<i64>,
}

/// Asks for a run that optimizes the present version of a scenario. What keeps it from being planned is better told here than by a run that
/// fails.
///
/// # Errors
/// 404, 403; 409 `archived`; 422 `cannot_be_planned`.
pub async fn ask(tx: &mut Tx, id: ScenarioId) -> Result<RunId> {
    let scenario = actions::find(tx, id, false).await?;
    tx.require(RUN_CREATE, Scope::Plant(scenario.plant))?;
    not_archived(&scenario)?;
    results::ask(tx, id, None, None).await?;
    let order = Order {
        title: format!("Optimize “{}”", scenario.name),
        payload: json!({ "scenario_id": id, "version": scenario.version }),
        plant: Some(scenario.plant),
        concurrency_key: Some(format!("scenario {id}")),
        ..Order::default()
    };
    runs::enqueue(tx, &OPTIMIZE, order).await
}

fn not_archived(scenario: &Standing) -> Result<()> {
    match scenario.archived_at {
        Some(_) => Err(Error::conflict("archived", "the scenario is archived: restore it first")),
        None => Ok(()),
    }
}

/// Carries out a run of [`OPTIMIZE`]. Its result names the scenario, the version and the result, and has the figures.
///
/// # Errors
/// 404 where the scenario is gone; 409 `archived` where it was archived since; 422 `cannot_be_planned`; 409 `run_cancelled`.
pub async fn optimize(run: Running) -> Result<Value> {
    let Payload { scenario_id, version } = run.payload()?;
    run.progress(0.05, "reading the plant");
    let mut tx = run.read().await?;
    let scenario = actions::find(&mut tx, scenario_id, false).await?;
    // A schedule asks with what is granted when it is due.
    tx.require(RUN_CREATE, Scope::Plant(scenario.plant))?;
    not_archived(&scenario)?;
    let asked = results::ask(&mut tx, scenario_id, version, None).await?;
    let known = results::known(&mut tx, &asked).await?;
    tx.commit().await?;
    for finding in &asked.question.findings {
        run.warn(finding.message.clone());
    }
    let problem = &asked.question.problem;
    run.say(format!(
        "{} lines, {} models, {} capabilities, {} periods",
        problem.lines.len(),
        problem.models.len(),
        problem.capabilities.len(),
        problem.periods.len()
    ));
    let answered = match known {
        Some(_) => None,
        None => {
            run.progress(0.2, "optimizing");
            let (question, stop) = (asked.question.clone(), run.stop_flag());
            let solved = tokio::task::spawn_blocking(move || Packed::new(&question, &results::solve(&question, &stop)?));
            Some(solved.await.map_err(Error::internal)??)
        }
    };
    if run.is_cancelled() {
        return Err(run.cancelled());
    }
    run.progress(0.9, "keeping the result");
    let mut tx = run.begin().await?;
    let result = match (known, &answered) {
        (Some(answer), _) => results::attach(&mut tx, &asked, answer, Some(run.id().0)).await?,
        (None, Some(answered)) => results::keep(&mut tx, &asked, answered, Some(run.id().0)).await?,
        (None, None) => return Err(Error::internal("neither known nor solved")),
    };
    let summary = results::summary(&mut tx, result).await?;
    let done = json!({
        "scenario_id": scenario_id, "scenario_version": asked.version, "result_id": result, "from_cache": known.is_some(), "summary": summary,
        "results": format!("/api/v1/scenarios/{scenario_id}/results?version={}", asked.version),
    });
    run.finish(tx, done).await
}
