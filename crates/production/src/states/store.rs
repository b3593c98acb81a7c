//! What is read of states, and of the lines they are of.

use jiff::Timestamp;
use platform::caller::Scope;
use platform::ids::PlantId;
use platform::permission::Permission;
use platform::{Error, Result, Tx};
use serde::Serialize;
use tokio_postgres::Row;
use utoipa::ToSchema;
use uuid::Uuid;

/// What a line did from when to when.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LineState {
    /// The interval.
    pub id: Uuid,
    /// The plant of the line.
    pub plant_id: Uuid,
    /// The line.
    pub line_id: Uuid,
    /// Its name.
    #[schema(example = "SMT-03")]
    pub line: String,
    /// When it began.
    #[schema(value_type = String, format = DateTime)]
    pub started_at: Timestamp,
    /// When it ended; none while it goes on.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub ended_at: Option<Timestamp>,
    /// How long it was, or has been (s).
    #[schema(example = 742.5)]
    pub duration_s: f64,
    /// running, stopped, setup, idle or offline.
    #[schema(example = "stopped")]
    pub state: String,
    /// Element of the time model of ISO 22400-2 it counts as: production, setup, delay, failure, down, planned, preventive, off.
    #[schema(example = "failure")]
    pub time_class: String,
    /// Why it stood.
    pub reason_id: Option<Uuid>,
    /// As people call that.
    #[schema(example = "Feeder jam")]
    pub reason: Option<String>,
    /// The job it was busy with.
    pub job_id: Option<Uuid>,
    /// The order of that job.
    #[schema(example = "MO-1042")]
    pub order_code: Option<String>,
    /// The operator who said so.
    pub operator_id: Option<Uuid>,
    /// How it is known: manual, counter, edge, derived.
    #[schema(example = "manual")]
    pub source: String,
    /// Whether it was a micro-stop.
    pub micro: bool,
}

macro_rules! states {
    ($rest:literal) => {
        concat!(
            "select s.id, s.plant_id, s.line_id, l.name, s.started_at, s.ended_at, s.state, s.time_class, s.reason_id, r.name, s.job_id, m.code,
                s.operator_id, s.source, s.micro
             from line_states s
             join lines l on l.organization_id = $1 and l.id = s.line_id
             left join reasons r on r.organization_id = $1 and r.id = s.reason_id
             left join jobs j on j.organization_id = $1 and j.id = s.job_id
             left join manufacturing_orders m on m.organization_id = $1 and m.id = j.manufacturing_order_id ",
            $rest
        )
    };
}

impl LineState {
    fn of(row: &Row, now: Timestamp) -> LineState {
        let (started_at, ended_at): (Timestamp, Option<Timestamp>) = (row.get(4), row.get(5));
        LineState {
            id: row.get(0),
            plant_id: row.get(1),
            line_id: row.get(2),
            line: row.get(3),
            started_at,
            ended_at,
            duration_s: (ended_at.unwrap_or(now).as_microsecond() - started_at.as_microsecond()).max(0) as f64 / 1e6,
            state: row.get(6),
            time_class: row.get(7),
            reason_id: row.get(8),
            reason: row.get(9),
            job_id: row.get(10),
            order_code: row.get(11),
            operator_id: row.get(12),
            source: row.get(13),
            micro: row.get(14),
        }
    }
}

/// The plant of a line that the caller may do this at.
///
/// # Errors
/// 404 for a line that is not there or out of reach; 403.
pub async fn plant_of_line(tx: &mut Tx, line: Uuid, permission: Permission) -> Result<PlantId> {
    let organization = tx.caller().organization;
    let row = tx.query_opt("select plant_id from lines where organization_id = $1 and id = $2", &[&organization, &line]).await?;
    let plant: PlantId = row.ok_or_else(|| Error::not_found("line"))?.get(0);
    tx.require(permission, Scope::Plant(plant))?;
    Ok(plant)
}

/// The plant of an interval that the caller may do this at.
///
/// # Errors
/// As [`plant_of_line`].
pub async fn plant_of_state(tx: &mut Tx, state: Uuid, permission: Permission) -> Result<PlantId> {
    let organization = tx.caller().organization;
    let row = tx.query_opt("select plant_id from line_states where organization_id = $1 and id = $2", &[&organization, &state]).await?;
    let plant: PlantId = row.ok_or_else(|| Error::not_found("line state"))?.get(0);
    tx.require(permission, Scope::Plant(plant))?;
    Ok(plant)
}

/// One interval.
///
/// # Errors
/// 404.
pub async fn find(tx: &mut Tx, id: Uuid) -> Result<LineState> {
    let organization = tx.caller().organization;
    let now = tx.now();
    let row = tx.query_opt(states!("where s.organization_id = $1 and s.id = $2"), &[&organization, &id]).await?;
    Ok(LineState::of(&row.ok_or_else(|| Error::not_found("line state"))?, now))
}

/// Which intervals of a line are wanted.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    /// Those that end after this.
    pub from: Timestamp,
    /// Those that begin before this.
    pub to: Timestamp,
    /// So many at most.
    pub limit: i64,
    /// Only time in which the line stood without a reason.
    pub unexplained: bool,
}

/// Intervals of a line, in time order.
///
/// # Errors
/// What the database refused.
pub async fn of_line(tx: &mut Tx, plant: PlantId, line: Uuid, wanted: &Wanted) -> Result<Vec<LineState>> {
    let (organization, now) = (tx.caller().organization, tx.now());
    // The interval that goes on at the beginning is the last one that began before it.
    let sql = states!(
        "where s.organization_id = $1 and s.plant_id = $2 and s.line_id = $3 and s.started_at < $5
            and s.started_at >= coalesce((select max(b.started_at) from line_states b
                where b.organization_id = $1 and b.plant_id = $2 and b.line_id = $3 and b.started_at <= $4), '-infinity')
            and coalesce(s.ended_at, 'infinity') > $4
            and (not $7 or s.state = 'stopped' and s.reason_id is null and not s.micro)
         order by s.started_at limit $6"
    );
    let params: platform::database::Params<'_> =
        &[&organization, &plant, &line, &wanted.from, &wanted.to, &wanted.limit, &wanted.unexplained];
    let rows = tx.query(sql, params).await?;
    Ok(rows.iter().map(|row| LineState::of(row, now)).collect())
}

/// The latest intervals within reach where the caller may read them, the newest first.
///
/// # Errors
/// 403 where the caller may read them nowhere.
pub async fn latest(tx: &mut Tx, plant: Option<Uuid>, permission: Permission, limit: i64) -> Result<Vec<LineState>> {
    tx.caller().require_somewhere(permission)?;
    let plants: Option<Vec<Uuid>> = match tx.caller().reach_of(permission) {
        platform::Reach::Everywhere => None,
        platform::Reach::Plants(plants) => Some(plants.into_iter().map(|plant| plant.0).collect()),
    };
    let (organization, now) = (tx.caller().organization, tx.now());
    let sql = states!(
        "where s.organization_id = $1 and ($2::uuid is null or s.plant_id = $2) and ($3::uuid[] is null or s.plant_id = any ($3))
         order by s.started_at desc, s.id limit $4"
    );
    let rows = tx.query(sql, &[&organization, &plant, &plants, &limit]).await?;
    Ok(rows.iter().map(|row| LineState::of(row, now)).collect())
}
