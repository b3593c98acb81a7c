//! Readings of counters: pieces into the ledger, times of running and standing into the states.
//!
//! **Invariant:** a reading that was taken in already, or is older than one that was, changes nothing: batches may be sent again.
//! **Invariant:** a counter says only whether a line runs or stands. What somebody said it was (setup, nothing to do, a reason) stays until a piece comes.

use jiff::Timestamp;
use kpi::State;
use kpi::counter::{Change, Known, Reading, Said, read};
use platform::ids::PlantId;
use platform::{Error, FieldError, Result, Tx};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::setting::{NewState, OLDEST_D, Source, oldest, set_state};

/// Readings in one batch at most.
const MOST: usize = 5_000;
/// What a counter shows at most, and pieces between two of its readings: more is no counter of a line.
const MOST_VALUE: i64 = 100_000_000_000;
/// How long a counter may be silent before its line has stopped, where nobody says otherwise (s).
const PATIENCE_S: i32 = 120;

/// Readings of a counter.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "counter": "out", "readings": [{ "at": "2026-11-23T06:00:00Z", "value": 10420 }, { "at": "2026-11-23T06:01:00Z", "value": 10428 }] }))]
pub struct ReportedCounts {
    /// What the line calls the counter.
    #[serde(default = "out")]
    #[schema(min_length = 1, max_length = 60, default = "out", example = "out")]
    pub counter: String,
    /// The readings, in any order.
    #[schema(min_items = 1, max_items = 5000)]
    pub readings: Vec<ReportedReading>,
    /// counter, or edge where a gateway reads it.
    #[serde(default = "counted")]
    #[schema(value_type = Option<Source>, example = "counter")]
    pub source: Source,
}

fn out() -> String {
    "out".into()
}

fn counted() -> Source {
    Source::Counter
}

/// What a counter showed.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "at": "2026-11-23T06:00:00Z", "value": 10420 }))]
pub struct ReportedReading {
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// The sum it showed; lower than before where it began anew.
    #[schema(minimum = 0)]
    pub value: i64,
}

/// What became of readings.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TakenCounts {
    /// Readings that said something new.
    pub taken: usize,
    /// Readings that were known, or older than what is known.
    pub known: usize,
    /// Pieces since the last reading.
    #[schema(value_type = f64)]
    pub pieces: Decimal,
    /// How often the line began to run or to stand.
    pub changes: usize,
}

/// Takes readings in.
///
/// # Errors
/// 422 for readings that cannot be.
pub async fn take(tx: &mut Tx, plant: PlantId, line: Uuid, said: &ReportedCounts) -> Result<TakenCounts> {
    check(said, tx.now())?;
    let organization = tx.caller().organization;
    // Whoever comes meanwhile waits, and reads on where this leaves off.
    let sql = "select coalesce(w.patience_s, $4), coalesce(w.pieces_per_count, 1) from lines l
        left join line_monitors w on w.organization_id = $1 and w.line_id = l.id and w.archived_at is null
        where l.organization_id = $1 and l.plant_id = $2 and l.id = $3 for no key update of l";
    let row = tx.query_opt(sql, &[&organization, &plant, &line, &PATIENCE_S]).await?.ok_or_else(|| Error::not_found("line"))?;
    let (patience_s, pieces_per_count): (i32, Decimal) = (row.get(0), row.get(1));
    let known = known(tx, line, &said.counter).await?;
    let mut readings: Vec<Reading> = said.readings.iter().map(|one| Reading { at: one.at, value: one.value }).collect();
    readings.sort_by_key(|reading| reading.at);
    readings.dedup_by_key(|reading| reading.at);
    readings.retain(|reading| known.is_none_or(|known| reading.at > known.last.at));
    let told = read(known, &readings, i64::from(patience_s) * 1_000_000);
    if told.pieces.iter().any(|(_, pieces)| Decimal::from(*pieces) * pieces_per_count > Decimal::from(MOST_VALUE)) {
        let detail = format!("more than {MOST_VALUE} pieces between two readings: look at the pieces for one count of the line's monitor");
        return Err(Error::invalid(vec![FieldError::new("/readings", "too_many", detail)]));
    }
    for change in &told.changes {
        apply(tx, plant, line, change, said.source).await?;
    }
    let pieces = keep(tx, plant, line, &said.counter, &told, pieces_per_count).await?;
    let taken = TakenCounts { taken: readings.len(), known: said.readings.len() - readings.len(), pieces, changes: told.changes.len() };
    if taken.taken > 0 {
        let detail = json!({ "counter": said.counter, "readings": taken.taken, "pieces": pieces, "changes": taken.changes });
        tx.query("select gemba.audit('line_count.taken', 'line_count', $1, $2, 'success', $3)", &[&line, &plant, &detail]).await?;
    }
    Ok(taken)
}

fn check(said: &ReportedCounts, now: Timestamp) -> Result<()> {
    let mut wrong = Vec::new();
    if !(1..=60).contains(&said.counter.chars().count()) || said.counter.contains('\0') {
        wrong.push(FieldError::new("/counter", "bad_length", "expected 1 to 60 characters"));
    }
    if !(1..=MOST).contains(&said.readings.len()) {
        let detail = format!("found {} readings, expected 1 to {MOST}", said.readings.len());
        wrong.push(FieldError::new("/readings", "bad_length", detail));
    }
    if matches!(said.source, Source::Manual | Source::Derived) {
        wrong.push(FieldError::new("/source", "out_of_bounds", "expected counter or edge"));
    }
    for (index, reading) in said.readings.iter().enumerate() {
        if reading.value < 0 {
            let detail = format!("found {}, expected at least 0", reading.value);
            wrong.push(FieldError::new(format!("/readings/{index}/value"), "out_of_bounds", detail));
        }
        if reading.value > MOST_VALUE {
            let detail = format!("found {}, expected at most {MOST_VALUE}", reading.value);
            wrong.push(FieldError::new(format!("/readings/{index}/value"), "out_of_bounds", detail));
        }
        if reading.at < oldest(now) {
            let detail = format!("found {}, expected at most {OLDEST_D} days ago", reading.at);
            wrong.push(FieldError::new(format!("/readings/{index}/at"), "too_old", detail));
        }
        if reading.at > now {
            wrong.push(FieldError::new(format!("/readings/{index}/at"), "in_the_future", format!("found {}, it is {now}", reading.at)));
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(Error::invalid(wrong)) }
}

async fn known(tx: &mut Tx, line: Uuid, name: &str) -> Result<Option<Known>> {
    let organization = tx.caller().organization;
    let sql = "select read_at, value, moved_at, running from line_counters where organization_id = $1 and line_id = $2 and name = $3";
    let row = tx.query_opt(sql, &[&organization, &line, &name]).await?;
    Ok(row.map(|row| Known { last: Reading { at: row.get(0), value: row.get(1) }, moved_at: row.get(2), running: row.get(3) }))
}

/// A line that begins to run does, whatever somebody said; one that stands does so only where it was thought to run.
async fn apply(tx: &mut Tx, plant: PlantId, line: Uuid, change: &Change, source: Source) -> Result<()> {
    let organization = tx.caller().organization;
    let sql = "select state from line_states where organization_id = $1 and plant_id = $2 and line_id = $3 and started_at <= $4
        order by started_at desc limit 1";
    let state = tx.query_opt(sql, &[&organization, &plant, &line, &change.at]).await?.map(|row| row.get::<_, String>(0));
    let stands = state.as_deref().is_some_and(|state| state != State::Running.name());
    if !change.running && stands {
        return Ok(());
    }
    let state = if change.running { State::Running } else { State::Stopped };
    set_state(tx, plant, &NewState { source, ..NewState::new(line, state, change.at) }).await.map(drop)
}

/// Pieces into the ledger, each with the job that was on then; what the counter showed last.
async fn keep(tx: &mut Tx, plant: PlantId, line: Uuid, name: &str, told: &Said, pieces_per_count: Decimal) -> Result<Decimal> {
    let organization = tx.caller().organization;
    let (ats, pieces): (Vec<Timestamp>, Vec<Decimal>) =
        told.pieces.iter().map(|(at, pieces)| (*at, Decimal::from(*pieces) * pieces_per_count)).unzip();
    if !ats.is_empty() {
        let sql = "insert into line_counts (organization_id, plant_id, line_id, name, at, pieces, job_id)
            select $1, $2, $3, $4, r.at, r.pieces, (select s.job_id from line_states s
                where s.organization_id = $1 and s.plant_id = $2 and s.line_id = $3 and s.started_at <= r.at order by s.started_at desc limit 1)
            from unnest($5::timestamptz[], $6::numeric[]) as r (at, pieces)";
        tx.execute(sql, &[&organization, &plant, &line, &name, &ats, &pieces]).await?;
    }
    if let Some(known) = told.known {
        let sql = "insert into line_counters (organization_id, plant_id, line_id, name, read_at, value, moved_at, running)
            values ($1, $2, $3, $4, $5, $6, $7, $8)
            on conflict (organization_id, line_id, name) do update set read_at = excluded.read_at, value = excluded.value,
                moved_at = excluded.moved_at, running = excluded.running";
        let params: platform::database::Params<'_> =
            &[&organization, &plant, &line, &name, &known.last.at, &known.last.value, &known.moved_at, &known.running];
        tx.execute(sql, params).await?;
    }
    Ok(pieces.into_iter().sum())
}
