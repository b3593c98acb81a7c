//! Studying risk as a run: reads the scenario as whoever asked for it, samples, keeps the study.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use line_plan::PlanError;
use line_plan::risk::{self, Control, RiskError, Study};
use platform::caller::Scope;
use platform::ids::RunId;
use platform::runs::{self, Order, Running, WorkKind};
use platform::{Error, Result, Tx};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::asked::RiskAsked;
use super::store::{self, Asked, Packed};
use crate::RUN_CREATE;
use crate::results;
use crate::scenarios::actions;
use crate::scenarios::record::ScenarioId;

/// Studying the risk of a scenario.
pub const STUDY: WorkKind = WorkKind { scheduled_by: Some(RUN_CREATE), ..WorkKind::new("planning.risk", "optimizer") };

/// How often a run says how far it is.
const SAID_EVERY: Duration = Duration::from_millis(100);
/// Threads of a study at most, so that a server of many cores keeps some for its readers.
const MOST_THREADS: usize = 8;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Payload {
    scenario_id: ScenarioId,
    /// The version; the present one when the run starts unless given, as schedules want it.
    version: Option<i64>,
    /// What is asked.
    #[serde(default)]
    risk: RiskAsked,
}

/// Asks for a run that studies the risk of the present version of a scenario. What is wrong is better told here than by a run that fails.
///
/// # Errors
/// 404, 403; 409 `archived`; 422 `cannot_be_planned`, or what is wrong with what is asked.
pub async fn ask(tx: &mut Tx, id: ScenarioId, said: RiskAsked) -> Result<RunId> {
    let scenario = actions::find(tx, id, false).await?;
    tx.require(RUN_CREATE, Scope::Plant(scenario.plant))?;
    if scenario.archived_at.is_some() {
        return Err(Error::conflict("archived", "the scenario is archived: restore it first"));
    }
    let asked = Asked::new(results::ask(tx, id, None, None).await?, said)?;
    let order = Order {
        title: format!("Study the risk of “{}”", scenario.name),
        payload: json!({ "scenario_id": id, "version": scenario.version, "risk": asked.said }),
        plant: Some(scenario.plant),
        concurrency_key: Some(format!("risk {id}")),
        ..Order::default()
    };
    runs::enqueue(tx, &STUDY, order).await
}

/// Carries out a run of [`STUDY`]. Its result names the scenario, the version and the study, and has the figures.
///
/// # Errors
/// 404 where the scenario is gone; 422 `cannot_be_planned`; 409 `run_cancelled`.
pub async fn study(run: Running) -> Result<Value> {
    let Payload { scenario_id, version, risk } = run.payload()?;
    run.progress(0.01, "reading the plant");
    let mut tx = run.read().await?;
    let scenario = actions::find(&mut tx, scenario_id, false).await?;
    // A schedule asks with what is granted when it is due.
    tx.require(RUN_CREATE, Scope::Plant(scenario.plant))?;
    let asked = Asked::new(results::ask(&mut tx, scenario_id, version, None).await?, risk)?;
    let known = store::known(&mut tx, &asked).await?;
    tx.commit().await?;
    for finding in &asked.plan.question.findings {
        run.warn(finding.message.clone());
    }
    let packed = match known {
        Some(_) => None,
        None => {
            run.say(format!(
                "{} uncertain inputs, {} samples, seed {}",
                asked.question.inputs.len(),
                asked.question.samples,
                asked.question.seed
            ));
            let (asked, run) = (asked.clone(), run.clone());
            let studied = tokio::task::spawn_blocking(move || {
                let began = Instant::now();
                let study = sample(
                    &asked,
                    &Teller { run: &run, stop: &run.stop_flag(), said: Mutex::new(began), samples: asked.question.samples },
                )?;
                Packed::new(&asked, &study, began.elapsed().as_secs_f64() * 1000.0)
            });
            Some(studied.await.map_err(Error::internal)??)
        }
    };
    if run.is_cancelled() {
        return Err(run.cancelled());
    }
    run.progress(0.98, "keeping the study");
    let mut tx = run.begin().await?;
    let study = match (known, &packed) {
        (Some(answer), _) => store::attach(&mut tx, &asked, answer, Some(run.id().0)).await?,
        (None, Some(packed)) => store::keep(&mut tx, &asked, packed, Some(run.id().0)).await?,
        (None, None) => return Err(Error::internal("neither known nor studied")),
    };
    let summary = store::summary(&mut tx, study).await?;
    let done = json!({
        "scenario_id": scenario_id, "scenario_version": asked.plan.version, "study_id": study, "from_cache": known.is_some(), "summary": summary,
        "risk": format!("/api/v1/scenarios/{scenario_id}/risk?study={study}"),
    });
    run.finish(tx, done).await
}

/// Tells a run how far its study is.
struct Teller<'r> {
    run: &'r Running,
    stop: &'r AtomicBool,
    said: Mutex<Instant>,
    samples: u32,
}

impl Control for Teller<'_> {
    fn progress(&self, done: f64, samples: usize, short: usize) {
        // Whoever finds another thread telling has nothing to add.
        let Ok(mut said) = self.said.try_lock() else { return };
        if said.elapsed() < SAID_EVERY {
            return;
        }
        *said = Instant::now();
        let share = 100.0 * short as f64 / samples.max(1) as f64;
        self.run.progress(0.02 + 0.95 * done, format!("{samples} of {} samples, demand short in {share:.1} %", self.samples));
    }

    fn stop(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

fn sample(asked: &Asked, control: &dyn Control) -> Result<Study> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(MOST_THREADS);
    let plan = &asked.plan.question;
    let study = risk::study(&plan.problem, &plan.options, &asked.question, threads, control).map_err(|error| match error {
        RiskError::Stopped => Error::conflict("run_cancelled", "the run was stopped"),
        RiskError::Plan(PlanError::Infeasible { conflicts }) => results::infeasible(conflicts),
        other => Error::internal(format!("the study failed: {other:?}")),
    })?;
    if study.checked.worst_error > 1e-6 {
        return Err(Error::internal("the verifier does not confirm a sample"));
    }
    Ok(study)
}
