//! A plant's lines and jobs over time: as they went, and as they are scheduled.

use jiff::Timestamp;
use platform::ids::PlantId;
use platform::{Result, Tx};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::jobs::store::{self, Job};
use crate::people::working_time;

/// Lines and jobs over time.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Gantt {
    /// From then.
    #[schema(value_type = String, format = DateTime)]
    pub from: Timestamp,
    /// Until then.
    #[schema(value_type = String, format = DateTime)]
    pub to: Timestamp,
    /// Now.
    #[schema(value_type = String, format = DateTime)]
    pub now: Timestamp,
    /// Lines in use, along the flow.
    pub lines: Vec<GanttLine>,
    /// Open jobs without a place: no line, or not scheduled.
    pub unplanned: Vec<Job>,
}

/// A line over time.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct GanttLine {
    /// The line.
    pub id: Uuid,
    /// Its name.
    #[schema(example = "SMT-01")]
    pub name: String,
    /// Its area.
    pub area_id: Uuid,
    /// The area's name.
    #[schema(example = "SMT")]
    pub area: String,
    /// When it works.
    pub working: Vec<GanttSpan>,
    /// Its jobs, the earliest first.
    pub jobs: Vec<Job>,
}

/// From one instant until another.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct GanttSpan {
    /// From then.
    #[schema(value_type = String, format = DateTime)]
    pub start: Timestamp,
    /// Until then.
    #[schema(value_type = String, format = DateTime)]
    pub end: Timestamp,
}

/// The Gantt chart of a plant; the caller has asked for the right to see its jobs.
///
/// # Errors
/// 404 for a plant that is not there.
pub async fn of_plant(tx: &mut Tx, plant: PlantId, from: Timestamp, to: Timestamp) -> Result<Gantt> {
    let (organization, now) = (tx.caller().organization, tx.now());
    let calendars = working_time::of_plant(tx, plant).await?;
    let jobs = store::between(tx, plant, from, to).await?;
    let sql = "select l.id, l.name, a.id, a.name from lines l join areas a on a.organization_id = $1 and a.id = l.area_id
        where l.organization_id = $1 and l.plant_id = $2 and l.active and l.archived_at is null order by a.sequence, a.name, l.name, l.id";
    let rows = tx.query(sql, &[&organization, &plant]).await?;
    let line = |row: &tokio_postgres::Row| {
        let id: Uuid = row.get(0);
        let hours = calendars.get(&id).map(|calendar| calendar.working(from, to)).unwrap_or_default();
        GanttLine {
            id,
            name: row.get(1),
            area_id: row.get(2),
            area: row.get(3),
            working: hours.spans().iter().map(|span| GanttSpan { start: span.start, end: span.end }).collect(),
            jobs: jobs.iter().filter(|job| job.line_id == Some(id)).cloned().collect(),
        }
    };
    let lines = rows.iter().map(line).collect();
    let open = store::open_of_plant(tx, plant).await?;
    let is_unplanned = |job: &Job| job.line_id.is_none() || (job.planned_start.is_none() && job.started_at.is_none());
    Ok(Gantt { from, to, now, lines, unplanned: open.into_iter().filter(is_unplanned).take(500).collect() })
}
