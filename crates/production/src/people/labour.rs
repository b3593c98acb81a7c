//! Who worked on what, and how long.
//!
//! **Invariant:** nobody works on two things at once: who begins something has ended what they did before.

use jiff::Timestamp;
use platform::ids::PlantId;
use platform::{Result, Tx};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// What somebody works on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = LabourActivity)]
pub enum Activity {
    /// Making.
    Direct,
    /// Changing over.
    Setup,
    /// Anything else.
    Indirect,
}

impl Activity {
    fn text(self) -> &'static str {
        match self {
            Activity::Direct => "direct",
            Activity::Setup => "setup",
            Activity::Indirect => "indirect",
        }
    }
}

/// Something that somebody begins.
#[derive(Clone, Copy, Debug)]
pub struct Begun {
    /// Who.
    pub operator: Uuid,
    /// At which line.
    pub line: Option<Uuid>,
    /// On which job.
    pub job: Option<Uuid>,
    /// What.
    pub activity: Activity,
    /// At which terminal.
    pub terminal: Option<Uuid>,
    /// The terminal's action.
    pub action: Option<Uuid>,
}

/// Somebody begins something; what they did before ends. What they do already goes on.
///
/// # Errors
/// What the database refused.
pub async fn on(tx: &mut Tx, plant: PlantId, begun: Begun, at: Timestamp) -> Result<()> {
    let organization = tx.caller().organization;
    // Somebody who is said to begin two things at two tablets at once begins one after the other.
    let turn = "select id from operators where organization_id = $1 and id = $2 for no key update";
    tx.query(turn, &[&organization, &begun.operator]).await?;
    let same = "select 1 from labour_bookings where organization_id = $1 and operator_id = $2 and ended_at is null
        and job_id is not distinct from $3 and line_id is not distinct from $4 and activity = $5";
    let activity = begun.activity.text();
    if tx.query_opt(same, &[&organization, &begun.operator, &begun.job, &begun.line, &activity]).await?.is_some() {
        return Ok(());
    }
    off(tx, begun.operator, at).await?;
    let id = tx.new_id::<Uuid>();
    let sql = "insert into labour_bookings (organization_id, plant_id, id, operator_id, line_id, job_id, activity, started_at, terminal_id, client_action_id)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    tx.execute(
        sql,
        &[&organization, &plant, &id, &begun.operator, &begun.line, &begun.job, &activity, &at, &begun.terminal, &begun.action],
    )
    .await?;
    Ok(())
}

/// Somebody stops; returns whether they were doing something.
///
/// # Errors
/// What the database refused.
pub async fn off(tx: &mut Tx, operator: Uuid, at: Timestamp) -> Result<bool> {
    let organization = tx.caller().organization;
    let sql = "update labour_bookings set ended_at = greatest(started_at, $3) where organization_id = $1 and operator_id = $2 and ended_at is null";
    Ok(tx.execute(sql, &[&organization, &operator, &at]).await? > 0)
}

/// Everybody on a job stops: it is paused, or done.
///
/// # Errors
/// What the database refused.
pub async fn all_off(tx: &mut Tx, job: Uuid, at: Timestamp) -> Result<()> {
    let organization = tx.caller().organization;
    let sql =
        "update labour_bookings set ended_at = greatest(started_at, $3) where organization_id = $1 and job_id = $2 and ended_at is null";
    tx.execute(sql, &[&organization, &job, &at]).await?;
    Ok(())
}

/// When somebody worked on what.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LabourBooking {
    /// The booking.
    pub id: Uuid,
    /// Who.
    pub operator_id: Uuid,
    /// Their name.
    #[schema(example = "Inês Duarte")]
    pub operator: String,
    /// At which line.
    pub line_id: Option<Uuid>,
    /// On which job; none for what is not a job's.
    pub job_id: Option<Uuid>,
    /// direct, setup or indirect.
    #[schema(example = "direct")]
    pub activity: String,
    /// From then.
    #[schema(value_type = String, format = DateTime)]
    pub started_at: Timestamp,
    /// Until then; none while it goes on.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub ended_at: Option<Timestamp>,
    /// Hours so far (h).
    #[schema(example = 1.25)]
    pub hours: f64,
}

/// Bookings of a plant that lie at least partly between two instants, at most 5,000, the oldest first.
///
/// # Errors
/// What the database refused.
pub async fn between(tx: &mut Tx, plant: PlantId, from: Timestamp, to: Timestamp) -> Result<Vec<LabourBooking>> {
    let (organization, now) = (tx.caller().organization, tx.now());
    let sql = "select b.id, b.operator_id, o.name, b.line_id, b.job_id, b.activity, b.started_at, b.ended_at,
            (extract(epoch from greatest(coalesce(b.ended_at, $5), b.started_at) - b.started_at) / 3600)::float8
        from labour_bookings b join operators o on o.organization_id = $1 and o.id = b.operator_id
        where b.organization_id = $1 and b.plant_id = $2 and b.started_at < $4 and (b.ended_at is null or b.ended_at > $3)
        order by b.started_at, b.id limit 5000";
    let rows = tx.query(sql, &[&organization, &plant, &from, &to, &now]).await?;
    let one = |row: &tokio_postgres::Row| LabourBooking {
        id: row.get(0),
        operator_id: row.get(1),
        operator: row.get(2),
        line_id: row.get(3),
        job_id: row.get(4),
        activity: row.get(5),
        started_at: row.get(6),
        ended_at: row.get(7),
        hours: row.get(8),
    };
    Ok(rows.iter().map(one).collect())
}
