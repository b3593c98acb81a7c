//! Setting states and reasons: the only place where intervals are made, cut and explained.
//!
//! **Invariant:** rights are the business of whoever calls; every HTTP operation and every action of a terminal asks for its own first.

use jiff::{SignedDuration, Timestamp};
use kpi::{State, TimeClass};
use platform::ids::PlantId;
use platform::{Error, FieldError, Result, Tx};
use serde::{Deserialize, Serialize};
use tokio_postgres::Row;
use utoipa::ToSchema;
use uuid::Uuid;

/// How long ago something may have been that is told of a line (d): three years. A line that stood for a thousand
/// years by a slip of the finger would fill a row of sums for each quarter of an hour of them.
pub(super) const OLDEST_D: i64 = 1_100;
/// An unplanned stop shorter than this is a micro-stop, where nobody says otherwise (s).
const MICRO_STOP_S: i32 = 300;

/// How a state is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// Somebody said so.
    #[default]
    Manual,
    /// From readings of a counter.
    Counter,
    /// From a gateway.
    Edge,
    /// It follows from something else: a job that was started or finished.
    Derived,
}

impl Source {
    /// Its name, as JSON and the database have it.
    pub const fn name(self) -> &'static str {
        match self {
            Source::Manual => "manual",
            Source::Counter => "counter",
            Source::Edge => "edge",
            Source::Derived => "derived",
        }
    }
}

/// What a line does from an instant on.
#[derive(Clone, Copy, Debug)]
pub struct NewState {
    /// The line.
    pub line: Uuid,
    /// What it does.
    pub state: State,
    /// Since when; what is later than now counts from now on.
    pub at: Timestamp,
    /// Why it stands.
    pub reason: Option<Uuid>,
    /// The job it is busy with. Where none is said, one that runs, stands or is set up goes on with the job it had.
    pub job: Option<Uuid>,
    /// Who said so.
    pub operator: Option<Uuid>,
    /// How it is known.
    pub source: Source,
}

impl NewState {
    /// A line in a state from an instant on, as somebody says.
    pub fn new(line: Uuid, state: State, at: Timestamp) -> NewState {
        NewState { line, state, at, reason: None, job: None, operator: None, source: Source::Manual }
    }
}

/// An interval as it is.
#[derive(Clone, Copy, Debug)]
struct Interval {
    id: Uuid,
    started_at: Timestamp,
    ended_at: Option<Timestamp>,
    state: State,
    class: TimeClass,
    reason: Option<Uuid>,
    job: Option<Uuid>,
}

impl Interval {
    fn of(row: &Row) -> Result<Interval> {
        let unknown = || Error::internal("a state or class that the program does not know");
        Ok(Interval {
            id: row.get(0),
            started_at: row.get(1),
            ended_at: row.get(2),
            state: State::named(row.get(3)).ok_or_else(unknown)?,
            class: TimeClass::named(row.get(4)).ok_or_else(unknown)?,
            reason: row.get(5),
            job: row.get(6),
        })
    }

    fn holds(&self, at: Timestamp) -> bool {
        self.started_at <= at && self.ended_at.is_none_or(|end| at < end)
    }
}

/// Says what a line does from an instant on, until the next thing that is known of it; returns the interval. A state that the line is in already goes on:
/// told twice, it is the same interval.
///
/// # Errors
/// 404 for a line that is not there; 422 for a reason or job that does not fit, and for an instant longer ago than anybody looks.
pub async fn set_state(tx: &mut Tx, plant: PlantId, new: &NewState) -> Result<Uuid> {
    let micro_stop_s = locked(tx, plant, new.line).await?;
    // As exact as the database keeps it: else an interval would begin and end at one instant.
    let at = Timestamp::from_microsecond(new.at.min(tx.now()).as_microsecond()).map_err(Error::internal)?;
    if at < oldest(tx.now()) {
        let detail = format!("found {at}, expected at most {OLDEST_D} days ago");
        return Err(Error::invalid(vec![FieldError::new("/at", "too_old", detail)]));
    }
    let before = before(tx, plant, new.line, at).await?;
    let class = class_of(tx, plant, new.line, new.state, new.reason).await?;
    let goes_on = matches!(new.state, State::Running | State::Stopped | State::Setup);
    let had = before.as_ref().filter(|before| before.holds(at) && goes_on).and_then(|before| before.job);
    let wanted = Wanted { job: new.job.or(had), class, micro_stop_s, at };
    match before {
        Some(before) if before.holds(at) => {
            let same = before.state == new.state && before.job == wanted.job && (new.reason.is_none() || before.reason == new.reason);
            if same {
                return Ok(before.id);
            }
            // The same stop, and now somebody says why.
            let explained = before.state == new.state && before.job == wanted.job && before.reason.is_none();
            if before.started_at == at || explained {
                replace(tx, plant, &before, new, &wanted).await?;
                return Ok(before.id);
            }
            end(tx, plant, &before, at, micro_stop_s).await?;
            insert(tx, plant, new, &wanted, before.ended_at).await
        }
        _ => {
            let next = next_start(tx, plant, new.line, at).await?;
            insert(tx, plant, new, &wanted, next).await
        }
    }
}

/// Says why a line stood, or stands.
///
/// # Errors
/// 404 for an interval that is not there; 409 `not_a_stop`; 422 for a reason that does not fit.
pub async fn set_reason(tx: &mut Tx, plant: PlantId, stop: Uuid, reason: Uuid, operator: Option<Uuid>) -> Result<()> {
    let organization = tx.caller().organization;
    let sql = "select id, started_at, ended_at, state, time_class, reason_id, job_id, line_id from line_states
        where organization_id = $1 and plant_id = $2 and id = $3 for update";
    let row = tx.query_opt(sql, &[&organization, &plant, &stop]).await?.ok_or_else(|| Error::not_found("stop"))?;
    let line: Uuid = row.get(7);
    let interval = Interval::of(&row)?;
    if matches!(interval.state, State::Running | State::Setup) {
        let detail = format!("the line was {} then: only time in which it stood has a reason", interval.state.name());
        return Err(Error::conflict("not_a_stop", detail));
    }
    if interval.reason == Some(reason) {
        return Ok(());
    }
    let micro_stop_s = micro_stop_s(tx, plant, line).await?;
    let class = class_of(tx, plant, line, interval.state, Some(reason)).await?;
    let micro = interval.ended_at.is_some_and(|end| is_micro(class, interval.started_at, end, micro_stop_s));
    let sql = "update line_states set reason_id = $4, time_class = $5, micro = $6, operator_id = coalesce($7, operator_id)
        where organization_id = $1 and plant_id = $2 and id = $3";
    tx.execute(sql, &[&organization, &plant, &stop, &reason, &class.name(), &micro, &operator]).await?;
    Ok(())
}

/// The oldest instant that is told of a line.
pub(super) fn oldest(now: Timestamp) -> Timestamp {
    now.checked_sub(SignedDuration::from_hours(24 * OLDEST_D)).unwrap_or(Timestamp::MIN)
}

struct Wanted {
    job: Option<Uuid>,
    class: TimeClass,
    micro_stop_s: i32,
    at: Timestamp,
}

fn is_micro(class: TimeClass, from: Timestamp, to: Timestamp, micro_stop_s: i32) -> bool {
    let unplanned = matches!(class, TimeClass::Delay | TimeClass::Failure);
    unplanned && to.as_microsecond() - from.as_microsecond() < i64::from(micro_stop_s) * 1_000_000
}

/// Makes sure of the line, lets nobody else set its states meanwhile, and returns what a micro-stop is there (s).
async fn locked(tx: &mut Tx, plant: PlantId, line: Uuid) -> Result<i32> {
    let organization = tx.caller().organization;
    let sql =
        "select coalesce((select micro_stop_s from line_monitors where organization_id = $1 and line_id = $3 and archived_at is null), $4)
        from lines where organization_id = $1 and plant_id = $2 and id = $3 for no key update";
    let row = tx.query_opt(sql, &[&organization, &plant, &line, &MICRO_STOP_S]).await?;
    row.map(|row| row.get(0)).ok_or_else(|| Error::not_found("line"))
}

async fn micro_stop_s(tx: &mut Tx, plant: PlantId, line: Uuid) -> Result<i32> {
    let organization = tx.caller().organization;
    let sql =
        "select micro_stop_s from line_monitors where organization_id = $1 and plant_id = $2 and line_id = $3 and archived_at is null";
    Ok(tx.query_opt(sql, &[&organization, &plant, &line]).await?.map_or(MICRO_STOP_S, |row| row.get(0)))
}

/// The last interval that began at or before an instant.
async fn before(tx: &mut Tx, plant: PlantId, line: Uuid, at: Timestamp) -> Result<Option<Interval>> {
    let organization = tx.caller().organization;
    let sql = "select id, started_at, ended_at, state, time_class, reason_id, job_id from line_states
        where organization_id = $1 and plant_id = $2 and line_id = $3 and started_at <= $4 order by started_at desc limit 1";
    tx.query_opt(sql, &[&organization, &plant, &line, &at]).await?.map(|row| Interval::of(&row)).transpose()
}

async fn next_start(tx: &mut Tx, plant: PlantId, line: Uuid, at: Timestamp) -> Result<Option<Timestamp>> {
    let organization = tx.caller().organization;
    let sql = "select min(started_at) from line_states where organization_id = $1 and plant_id = $2 and line_id = $3 and started_at > $4";
    Ok(tx.query_one(sql, &[&organization, &plant, &line, &at]).await?.get(0))
}

async fn end(tx: &mut Tx, plant: PlantId, interval: &Interval, at: Timestamp, micro_stop_s: i32) -> Result<()> {
    let organization = tx.caller().organization;
    let micro = is_micro(interval.class, interval.started_at, at, micro_stop_s);
    let sql = "update line_states set ended_at = $4, micro = $5 where organization_id = $1 and plant_id = $2 and id = $3";
    tx.execute(sql, &[&organization, &plant, &interval.id, &at, &micro]).await?;
    Ok(())
}

async fn replace(tx: &mut Tx, plant: PlantId, interval: &Interval, new: &NewState, wanted: &Wanted) -> Result<()> {
    let organization = tx.caller().organization;
    let micro = interval.ended_at.is_some_and(|end| is_micro(wanted.class, interval.started_at, end, wanted.micro_stop_s));
    let sql = "update line_states set state = $4, time_class = $5, reason_id = $6, job_id = $7, source = $8, micro = $9,
            operator_id = coalesce($10, operator_id)
        where organization_id = $1 and plant_id = $2 and id = $3";
    let (state, class, source) = (new.state.name(), wanted.class.name(), new.source.name());
    let params: platform::database::Params<'_> =
        &[&organization, &plant, &interval.id, &state, &class, &new.reason, &wanted.job, &source, &micro, &new.operator];
    tx.execute(sql, params).await.map(drop).map_err(no_such_job)
}

async fn insert(tx: &mut Tx, plant: PlantId, new: &NewState, wanted: &Wanted, until: Option<Timestamp>) -> Result<Uuid> {
    let (id, organization) = (tx.new_id::<Uuid>(), tx.caller().organization);
    let micro = until.is_some_and(|until| is_micro(wanted.class, wanted.at, until, wanted.micro_stop_s));
    let sql = "insert into line_states (organization_id, plant_id, id, line_id, started_at, ended_at, state, time_class, reason_id, job_id, operator_id,
            source, micro)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
    let (state, class, source) = (new.state.name(), wanted.class.name(), new.source.name());
    let params: platform::database::Params<'_> = &[
        &organization,
        &plant,
        &id,
        &new.line,
        &wanted.at,
        &until,
        &state,
        &class,
        &new.reason,
        &wanted.job,
        &new.operator,
        &source,
        &micro,
    ];
    tx.execute(sql, params).await.map_err(no_such_job)?;
    Ok(id)
}

fn no_such_job(error: Error) -> Error {
    error.on_constraint("line_states_job_id_fkey", || {
        Error::invalid(vec![FieldError::new("/job_id", "not_found", "there is no such job in this plant")])
    })
}

/// As what a state with this reason counts.
async fn class_of(tx: &mut Tx, plant: PlantId, line: Uuid, state: State, reason: Option<Uuid>) -> Result<TimeClass> {
    let Some(reason) = reason else { return Ok(state.class(None)) };
    let wrong = |code: &'static str, detail: &str| Err(Error::invalid(vec![FieldError::new("/reason_id", code, detail)]));
    let organization = tx.caller().organization;
    let sql = "select category, planned, time_class, line_id from reasons where organization_id = $1 and plant_id = $2 and id = $3 and archived_at is null";
    let Some(row) = tx.query_opt(sql, &[&organization, &plant, &reason]).await? else {
        return wrong("not_found", "there is no such reason in this plant");
    };
    let (category, planned): (String, bool) = (row.get(0), row.get(1));
    if category != "stop" {
        return wrong("not_a_stop", &format!("it is a reason for {category}, not for a stop"));
    }
    if row.get::<_, Option<Uuid>>(3).is_some_and(|only| only != line) {
        return wrong("other_line", "it is a reason at another line only");
    }
    Ok(state.class(Some(class_of_reason(planned, row.get(2)))))
}

/// The class of a stop by what its reason says; a planned one is planned whatever else is said, but for maintenance that prevents.
fn class_of_reason(planned: bool, said: Option<&str>) -> TimeClass {
    match (said, planned) {
        (Some("preventive"), _) => TimeClass::Preventive,
        (Some("planned_down"), _) | (_, true) => TimeClass::Planned,
        (Some("setup"), _) => TimeClass::Setup,
        (Some("failure"), _) => TimeClass::Failure,
        (Some("down"), _) => TimeClass::Down,
        _ => TimeClass::Delay,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_reason_says_decides() {
        let expected = [
            (false, Some("delay"), TimeClass::Delay),
            (false, Some("failure"), TimeClass::Failure),
            (false, Some("setup"), TimeClass::Setup),
            (false, Some("planned_down"), TimeClass::Planned),
            (true, None, TimeClass::Planned),
            (true, Some("preventive"), TimeClass::Preventive),
            (false, None, TimeClass::Delay),
        ];
        for (planned, said, class) in expected {
            assert_eq!(class_of_reason(planned, said), class, "{said:?}");
        }
    }

    #[test]
    fn only_short_unplanned_stops_are_micro() {
        let at = |second: i64| Timestamp::from_second(1_900_000_000 + second).expect("an instant");
        assert!(is_micro(TimeClass::Delay, at(0), at(299), 300));
        assert!(!is_micro(TimeClass::Delay, at(0), at(300), 300));
        assert!(!is_micro(TimeClass::Planned, at(0), at(10), 300));
        assert!(!is_micro(TimeClass::Production, at(0), at(10), 300));
    }
}
