//! How far runs are, on the streams of those who may see them: told while it happens, never kept, so without an `id` to resume behind.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use serde_json::json;
use tokio::time::Instant;

use crate::caller::{Caller, Scope};
use crate::database::Database;
use crate::error::Result;
use crate::ids::{OrganizationId, PlantId, RunId};
use crate::runs::RUN_READ;

/// The type of these events; not in the catalogue, because nobody can read them later.
pub(super) const TYPE: &str = "gemba.run.progressed";
/// How often is looked at most.
const LOOK: Duration = Duration::from_millis(500);
/// After a look that took so long it pauses for so many times as long.
const PAUSE: u32 = 9;

/// How far runs were when they were looked at last.
#[derive(Default)]
pub(super) struct Progress {
    seen: BTreeMap<RunId, (f32, String)>,
    looked: Option<Instant>,
    took: Duration,
}

/// A run that has come further.
pub(super) struct Step {
    pub organization: OrganizationId,
    run: RunId,
    plant: Option<PlantId>,
    created_by: String,
    pub text: Bytes,
}

impl Step {
    /// Whether a caller may know: whoever may see runs there, and whoever asked for it.
    pub fn may_know(&self, caller: &Caller) -> bool {
        let in_reach = self.plant.is_none_or(|plant| caller.reach().holds(plant));
        in_reach
            && (caller.may(RUN_READ, self.plant.map_or(Scope::Organization, Scope::Plant)) || caller.principal.label() == self.created_by)
    }
}

impl Progress {
    /// The runs that have come further since the last look; nothing where it is not yet time for another.
    pub async fn look(&mut self, database: &Database) -> Result<Vec<Step>> {
        if self.looked.is_some_and(|last| last.elapsed() < LOOK.max(self.took * PAUSE)) {
            return Ok(Vec::new());
        }
        let began = Instant::now();
        let rows = database.before_sign_in().await?.query_once("select * from gemba.runs_progressing()", &[]).await?;
        (self.looked, self.took) = (Some(Instant::now()), began.elapsed());
        let (mut seen, mut steps) = (BTreeMap::new(), Vec::new());
        for row in &rows {
            let (organization, run): (OrganizationId, RunId) = (row.get(0), row.get(1));
            let now: (f32, String) = (row.get(4), row.get(5));
            if self.seen.get(&run) != Some(&now) {
                // As a person would write it, without the digits that a 32-bit number has no say in.
                let progress = (f64::from(now.0) * 1_000.0).round() / 1_000.0;
                let (title, plant): (String, Option<PlantId>) = (row.get(3), row.get(2));
                let event = json!({ "specversion": "1.0", "id": format!("{run}/{}/{}", now.0, now.1), "source": format!("/organizations/{organization}"),
                    "type": TYPE, "subject": format!("run/{run}"), "time": database.context().now(), "datacontenttype": "application/json",
                    "plantid": plant, "data": { "id": run, "title": title, "progress": progress, "progress_text": now.1 } });
                let text = Bytes::from(format!("data: {event}\n\n"));
                steps.push(Step { organization, run, plant, created_by: row.get(6), text });
            }
            seen.insert(run, now);
        }
        self.seen = seen;
        steps.sort_by_key(|step| step.run);
        Ok(steps)
    }
}
