//! One line's board: what it does, what its shift was like, what comes next.

use jiff::Timestamp;
use platform::ids::PlantId;
use platform::{Error, Result, Tx};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::plant::{self, BoardJob, LineCard};
use crate::kpis::cuts;
use crate::kpis::downtime::{self, Loss, LossBy};
use crate::kpis::question::{self, By, Question};
use crate::kpis::shown::{KpiRow, PlanActual};
use crate::people::working_time;
use crate::states::store::{self, LineState, Wanted};

/// Intervals on a board at most.
const MOST_STATES: i64 = 500;
/// Jobs that come next, on a board.
const NEXT: i64 = 5;
/// Losses on a board.
const LOSSES: usize = 5;

/// A line's board.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LineBoard {
    /// When this was so.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// The line at a glance.
    pub card: LineCard,
    /// From when the rest counts: the beginning of its shift, or eight hours ago.
    #[schema(value_type = String, format = DateTime)]
    pub from: Timestamp,
    /// What it did since, in time order.
    pub states: Vec<LineState>,
    /// Hour by hour.
    pub hours: Vec<KpiRow>,
    /// Where time was lost, the greatest loss first.
    pub losses: Vec<Loss>,
    /// What comes next.
    pub next: Vec<BoardJob>,
    /// Beside the approved plan.
    pub plan: Option<PlanActual>,
}

/// The board of a line.
///
/// # Errors
/// 404 for a line that is archived.
pub async fn board(tx: &mut Tx, plant: PlantId, line: Uuid) -> Result<LineBoard> {
    let whole = plant::board(tx, plant, &[line]).await?;
    let card = whole.lines.into_iter().next().ok_or_else(|| Error::not_found("line"))?;
    let calendars = working_time::of_plant(tx, plant).await?;
    let (at, from) = match calendars.get(&line) {
        Some(calendar) => (whole.at, plant::since(calendar, whole.at).1),
        None => (whole.at, cuts::hours_before(whole.at, 8)),
    };
    // A shift that begins at this very instant has nothing to tell yet.
    let from = from.min(Timestamp::from_microsecond(at.as_microsecond() - 1).unwrap_or(at));
    let wanted = Wanted { from, to: at, limit: MOST_STATES, unexplained: false };
    let states = store::of_line(tx, plant, line, &wanted).await?;
    let asked = Question { plant, lines: vec![line], area: None, from, to: at, by: By::Hour };
    let kpis = question::answer(tx, &asked).await?;
    let lost = downtime::Wanted { plant, line: Some(line), area: None, from, to: at, by: LossBy::Reason, planned: false };
    let mut losses = downtime::downtime(tx, &lost).await?.items;
    losses.truncate(LOSSES);
    let next = next(tx, plant, line, at).await?;
    Ok(LineBoard { at, card, from, states, hours: kpis.rows, losses, next, plan: kpis.plan })
}

async fn next(tx: &mut Tx, plant: PlantId, line: Uuid, now: Timestamp) -> Result<Vec<BoardJob>> {
    let organization = tx.caller().organization;
    let sql = "select j.id, m.id, m.code, i.code, i.name, j.name, j.status, j.quantity, j.good, j.scrapped, j.reworked, j.started_at, j.planned_end, m.due_at
        from jobs j
        join manufacturing_orders m on m.organization_id = $1 and m.id = j.manufacturing_order_id
        join items i on i.organization_id = $1 and i.id = m.item_id
        where j.organization_id = $1 and j.plant_id = $2 and j.line_id = $3 and j.status in ('waiting', 'ready')
        order by j.planned_start nulls last, j.sequence nulls last, m.due_at, m.priority, j.id limit $4";
    let rows = tx.query(sql, &[&organization, &plant, &line, &NEXT]).await?;
    Ok(rows.iter().filter_map(|row| BoardJob::of(row, 0, now)).collect())
}
