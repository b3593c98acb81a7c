//! A kind of work that does nothing but prove that work is done: for schedules to be tried with, and for whoever watches an installation.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::error::Result;
use crate::runs::{Running, SCHEDULE_CREATE, WorkKind};

/// Goes through some steps, says each in the log, and succeeds with how many they were.
pub const PROBE: WorkKind = WorkKind { scheduled_by: Some(SCHEDULE_CREATE), ..WorkKind::new("work.probe", "default") };

#[derive(Deserialize)]
struct Payload {
    #[serde(default = "one")]
    steps: u32,
}

fn one() -> u32 {
    1
}

/// Carries out a probe.
///
/// # Errors
/// For a payload that is not `{"steps": number}`, and when it was stopped.
pub async fn probe(run: Running) -> Result<Value> {
    let Payload { steps } = run.payload()?;
    let steps = steps.clamp(1, 1_000);
    for step in 1..=steps {
        if run.is_cancelled() {
            return Err(run.cancelled());
        }
        run.progress(f64::from(step) / f64::from(steps), format!("step {step} of {steps}"));
        run.say(format!("step {step}: the database answers"));
        run.read().await?.query_once("select 1", &[]).await?;
    }
    Ok(json!({ "steps": steps }))
}
