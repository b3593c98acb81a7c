//! Reporting on jobs: good, scrap, rework; each report an entry of a ledger.
//!
//! **Invariant:** a report is counted and written into the ledger together, or neither.
//! **Invariant:** what comes from a terminal is counted once, however often it arrives: its action has one identifier.

use jiff::Timestamp;
use platform::caller::Scope;
use platform::{Error, FieldError, Result, Tx};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::actions::{JOB_CORRECT, JOB_REPORT, Said, line_follows};
use super::machines::{self, Machine, Understood};
use super::material::{self, Told};
use super::model::{self, Counts, From, Rule, Ruling, Status};
use super::progress;
use super::store::{self, Job};

/// What somebody counted.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewJobReport, example = json!({ "good": "12", "scrap": "1" }))]
pub struct Report {
    /// Good units; less than none takes back what was reported too much.
    #[serde(default)]
    #[schema(value_type = String, example = "12")]
    pub good: Decimal,
    /// Units that cannot be used.
    #[serde(default)]
    #[schema(value_type = String, example = "1")]
    pub scrap: Decimal,
    /// Units that are made again.
    #[serde(default)]
    #[schema(value_type = String, example = "0")]
    pub rework: Decimal,
    /// Why units were not good.
    pub reason_id: Option<Uuid>,
    /// The lot that the good units become; the order's where none is said.
    #[schema(max_length = 100, example = "L-2026-47")]
    pub lot_code: Option<String>,
    /// The serials of good units; of units that are taken back, which pieces they are.
    #[serde(default)]
    #[schema(max_items = 1000)]
    pub serials: Vec<String>,
    /// Who counted.
    pub operator_id: Option<Uuid>,
    /// The machine the units were made on; the job's unless said.
    #[serde(default)]
    pub equipment_id: Option<Uuid>,
    /// The program it ran, with its revision; the order's unless said.
    #[serde(default)]
    #[schema(max_length = 200, example = "INV48-TOP C")]
    pub program: Option<String>,
    /// The entry that is corrected: it counts at that entry's time and line, and for its reason. Now, where none is named.
    #[serde(default)]
    pub corrects_id: Option<Uuid>,
    /// What else there is to say.
    #[schema(max_length = 1000)]
    pub note: Option<String>,
}

impl Report {
    /// The counts alone.
    pub fn counts(&self) -> Counts {
        Counts { good: self.good, scrapped: self.scrap, reworked: self.rework }
    }
}

/// What became of a report.
#[derive(Clone, Debug)]
pub struct Reported {
    /// The job as it is now.
    pub job: Job,
    /// As said, or not quite.
    pub ruling: Ruling,
    /// The entry; none where it was refused.
    pub id: Option<Uuid>,
    /// Material of which there was too little, for people.
    pub short: Vec<String>,
}

/// Reports on a job.
///
/// # Errors
/// 404, 403 (also for a correction without the right to); at a desk 422 for a reason, serials, a machine that do not fit, and 409 `units_gone` for units
/// that are taken back and are not there any more. What the rules refuse is in the answer.
pub async fn report(tx: &mut Tx, id: Uuid, report: &Report, said: Said) -> Result<Reported> {
    let job = store::lock(tx, id).await?;
    let counted = count(tx, &job, report, said).await?;
    Ok(Reported { job: store::find(tx, id).await?, ruling: counted.ruling, id: counted.id, short: counted.short })
}

/// What became of a report, without the job: for a terminal, which asks for all jobs at the end.
#[derive(Clone, Debug)]
pub(crate) struct Counted {
    /// As said, or not quite.
    pub ruling: Ruling,
    /// The entry; none where it was refused.
    pub id: Option<Uuid>,
    /// Material of which there was too little, for people.
    pub short: Vec<String>,
}

impl Counted {
    fn refused(rule: Rule) -> Counted {
        Counted { ruling: Ruling::Refused(rule), id: None, short: Vec::new() }
    }
}

/// Reports on a job that is locked, as [`report`].
///
/// # Errors
/// As [`report`].
pub(crate) async fn count(tx: &mut Tx, job: &Job, report: &Report, said: Said) -> Result<Counted> {
    tx.require(JOB_REPORT, Scope::Plant(job.plant_id))?;
    let counts = report.counts();
    // What is added to an entry of the past changes figures that others have seen, as what is taken from it does.
    let is_correction = report.corrects_id.is_some();
    if is_correction || [counts.good, counts.scrapped, counts.reworked].into_iter().any(|count| count < Decimal::ZERO) {
        match said.from {
            From::Desk => tx.require(JOB_CORRECT, Scope::Plant(job.plant_id))?,
            From::Floor => return Ok(Counted::refused(Rule::new("less_than_none", "only a supervisor takes back what was reported"))),
        }
    }
    bounds(report, counts)?;
    let mut rules = Vec::new();
    match model::report(job.status, job.order_status, job.counted(), counts) {
        Ruling::Refused(rule) => return Ok(Counted::refused(rule)),
        Ruling::Adjusted(rule) => rules.push(rule),
        Ruling::Applied => {}
    }
    let corrected = match report.corrects_id {
        Some(id) => Some(corrected(tx, job, id, counts).await?),
        None => None,
    };
    let (reason, rule) = reason(tx, job, report, said).await?;
    let reason = reason.or(corrected.as_ref().and_then(|entry| entry.reason));
    rules.extend(rule);
    let on = machines::Told { equipment: report.equipment_id, program: report.program.as_deref() };
    let Understood { machine, rules: of_machine, .. } = machines::told(tx, job, on, said.from).await?;
    rules.extend(of_machine);
    let terms = material::terms(tx, job).await?;
    add(tx, job, counts).await?;
    if matches!(job.status, Status::Waiting | Status::Ready | Status::Setup) {
        store::put(tx, job.id, Status::Running, said.at).await?;
        progress::begun(tx, job.manufacturing_order_id, job.order_status, said.at).await?;
        line_follows(tx, job, Status::Running, said, None).await?;
    }
    let made = progress::count(tx, job.manufacturing_order_id).await? - terms.good;
    if terms.overlap && counts.good > Decimal::ZERO {
        progress::open_next(tx, job.manufacturing_order_id).await?;
    }
    let moved = material::moves(tx, &terms, &Told { job, report, made, machine: &machine, said }).await?;
    rules.extend(moved.rule);
    let entry =
        Entry { counts, reason, lot: moved.lot, late: job.status.is_over(), note: report.note.as_deref(), machine: &machine, corrected };
    let written = write(tx, job, entry, &moved.short, said).await?;
    let ruling = match rules.len() {
        0 => Ruling::Applied,
        _ => {
            let code = rules[0].code;
            Ruling::Adjusted(Rule::new(code, rules.into_iter().map(|rule| rule.says).collect::<Vec<_>>().join("; ")))
        }
    };
    Ok(Counted { ruling, id: Some(written), short: moved.short })
}

/// An entry that is corrected.
struct Corrected {
    id: Uuid,
    at: Timestamp,
    line: Option<Uuid>,
    reason: Option<Uuid>,
}

/// The entry that a correction names, of which so much is left.
async fn corrected(tx: &mut Tx, job: &Job, id: Uuid, counts: Counts) -> Result<Corrected> {
    let organization = tx.caller().organization;
    let sql = "select r.at, r.line_id, r.reason_id, r.good + coalesce(c.good, 0), r.scrapped + coalesce(c.scrapped, 0), r.reworked + coalesce(c.reworked, 0)
        from job_reports r
        left join lateral (select sum(good) as good, sum(scrapped) as scrapped, sum(reworked) as reworked from job_reports c
            where c.organization_id = $1 and c.corrects_id = r.id) c on true
        where r.organization_id = $1 and r.plant_id = $2 and r.job_id = $3 and r.id = $4 and r.corrects_id is null";
    let row = tx.query_opt(sql, &[&organization, &job.plant_id, &job.id, &id]).await?;
    let unknown = || Error::invalid(vec![FieldError::new("/corrects_id", "unknown_reference", "the job has no such entry")]);
    let row = row.ok_or_else(unknown)?;
    let left = Counts { good: row.get(3), scrapped: row.get(4), reworked: row.get(5) }.and(counts);
    if [left.good, left.scrapped, left.reworked].into_iter().any(|count| count < Decimal::ZERO) {
        return Err(Error::conflict("more_than_reported", "more is taken back than that entry reported"));
    }
    Ok(Corrected { id, at: row.get(0), line: row.get(1), reason: row.get(2) })
}

/// What no report may say, wherever it comes from.
fn bounds(report: &Report, counts: Counts) -> Result<()> {
    let mut wrong = Vec::new();
    if counts.any_beyond(Decimal::from(MOST)) {
        wrong.push(FieldError::new("/good", "too_large", format!("expected at most {MOST} at once")));
    }
    let too_fine = [("/good", counts.good), ("/scrap", counts.scrapped), ("/rework", counts.reworked)];
    for (pointer, count) in too_fine.into_iter().filter(|(_, count)| count.normalize().scale() > inventory::units::DECIMALS) {
        let detail = format!("found {count}, expected at most {} decimals", inventory::units::DECIMALS);
        wrong.push(FieldError::new(pointer, "too_fine", detail));
    }
    if report.serials.len() > MOST_SERIALS {
        wrong.push(FieldError::new("/serials", "too_many", format!("expected at most {MOST_SERIALS} at once")));
    }
    if report.note.as_ref().is_some_and(|note| note.chars().count() > 1000 || note.contains('\0')) {
        wrong.push(FieldError::new("/note", "too_long", "expected at most 1,000 characters of text"));
    }
    if wrong.is_empty() { Ok(()) } else { Err(Error::invalid(wrong)) }
}

/// The most units of one report: more is a slip of the finger.
const MOST: u32 = 10_000_000;
/// The most serials of one report.
const MOST_SERIALS: usize = 1_000;

impl Counts {
    fn any_beyond(self, most: Decimal) -> bool {
        [self.good, self.scrapped, self.reworked].into_iter().any(|count| count.abs() > most)
    }
}

/// The reason that counts. On the floor a reason that does not fit is left out: the units were what they were.
async fn reason(tx: &mut Tx, job: &Job, report: &Report, said: Said) -> Result<(Option<Uuid>, Option<Rule>)> {
    let Some(id) = report.reason_id else { return Ok((None, None)) };
    let organization = tx.caller().organization;
    let sql = "select category from reasons where organization_id = $1 and plant_id = $2 and id = $3 and archived_at is null
        and (line_id is null or line_id is not distinct from $4)";
    let category = tx.query_opt(sql, &[&organization, &job.plant_id, &id, &job.line_id]).await?.map(|row| row.get::<_, String>(0));
    let fits = match category.as_deref() {
        Some("scrap") => !report.scrap.is_zero(),
        Some("rework") => !report.rework.is_zero(),
        _ => false,
    };
    let says = "the reason is none of scrap or rework here";
    match (fits, said.from) {
        (true, _) => Ok((Some(id), None)),
        (false, From::Desk) => Err(Error::invalid(vec![FieldError::new("/reason_id", "unknown_reference", says)])),
        (false, From::Floor) => Ok((None, Some(Rule::new("reason_left_out", format!("{says}: the units count without it"))))),
    }
}

async fn add(tx: &mut Tx, job: &Job, counts: Counts) -> Result<()> {
    let (organization, now) = (tx.caller().organization, tx.now());
    let sql = "update jobs set good = good + $3, scrapped = scrapped + $4, reworked = reworked + $5, updated_at = $6,
            updated_by = current_setting('gemba.actor')
        where organization_id = $1 and id = $2";
    tx.execute(sql, &[&organization, &job.id, &counts.good, &counts.scrapped, &counts.reworked, &now]).await?;
    Ok(())
}

struct Entry<'a> {
    counts: Counts,
    reason: Option<Uuid>,
    lot: Option<Uuid>,
    late: bool,
    note: Option<&'a str>,
    machine: &'a Machine,
    corrected: Option<Corrected>,
}

/// Writes the entry, and its event: one statement.
async fn write(tx: &mut Tx, job: &Job, entry: Entry<'_>, short: &[String], said: Said) -> Result<Uuid> {
    let (id, organization, now) = (tx.new_id::<Uuid>(), tx.caller().organization, tx.now());
    let counts = entry.counts;
    let (at, line) = entry.corrected.as_ref().map_or((said.at, job.line_id), |corrected| (corrected.at, corrected.line));
    let corrects = entry.corrected.as_ref().map(|corrected| corrected.id);
    let detail = json!({ "name": job.label(), "line_id": line, "manufacturing_order_id": job.manufacturing_order_id, "good": counts.good,
        "scrapped": counts.scrapped, "reworked": counts.reworked, "reason_id": entry.reason, "at": at, "corrects_id": corrects, "operator_id": said.operator,
        "terminal_id": said.terminal, "equipment_id": entry.machine.equipment, "program": entry.machine.program, "late": entry.late, "short": short });
    let sql = "with written as (
            insert into job_reports (organization_id, plant_id, id, job_id, manufacturing_order_id, line_id, at, client_at, received_at, good, scrapped,
                reworked, reason_id, operator_id, terminal_id, client_action_id, lot_id, late, note, equipment_id, program, corrects_id)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)
        )
        select gemba.audit('job.reported', 'job', $4, $2, 'success', $23)";
    let params: platform::database::Params<'_> = &[
        &organization,
        &job.plant_id,
        &id,
        &job.id,
        &job.manufacturing_order_id,
        &line,
        &at,
        &said.client_at,
        &now,
        &counts.good,
        &counts.scrapped,
        &counts.reworked,
        &entry.reason,
        &said.operator,
        &said.terminal,
        &said.action,
        &entry.lot,
        &entry.late,
        &entry.note,
        &entry.machine.equipment,
        &entry.machine.program,
        &corrects,
        &detail,
    ];
    tx.query(sql, params).await?;
    Ok(id)
}

/// An entry of the ledger.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct JobReport {
    /// The entry.
    pub id: Uuid,
    /// When the units were made.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// When the device said it was.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub client_at: Option<Timestamp>,
    /// Good units.
    #[schema(value_type = String, example = "12")]
    pub good: Decimal,
    /// Scrapped units.
    #[schema(value_type = String, example = "1")]
    pub scrapped: Decimal,
    /// Units to be made again.
    #[schema(value_type = String, example = "0")]
    pub reworked: Decimal,
    /// Why units were not good.
    pub reason_id: Option<Uuid>,
    /// Who reported.
    pub operator_id: Option<Uuid>,
    /// At which terminal.
    pub terminal_id: Option<Uuid>,
    /// The lot that the good units became.
    pub lot_id: Option<Uuid>,
    /// The machine the units were made on.
    pub equipment_id: Option<Uuid>,
    /// The program it ran, with its revision.
    #[schema(example = "INV48-TOP C")]
    pub program: Option<String>,
    /// The entry it corrects.
    pub corrects_id: Option<Uuid>,
    /// Whether the job had ended already when it arrived.
    pub late: bool,
    /// What else there is to say.
    pub note: Option<String>,
}

/// What was reported on a job, the newest first, at most 500.
///
/// # Errors
/// 404.
pub async fn of_job(tx: &mut Tx, id: Uuid) -> Result<Vec<JobReport>> {
    let job = store::find(tx, id).await?;
    let organization = tx.caller().organization;
    let sql = "select id, at, client_at, good, scrapped, reworked, reason_id, operator_id, terminal_id, lot_id, late, note, equipment_id, program, corrects_id from job_reports
        where organization_id = $1 and plant_id = $2 and job_id = $3 order by at desc, id desc limit 500";
    let rows = tx.query(sql, &[&organization, &job.plant_id, &id]).await?;
    let one = |row: &tokio_postgres::Row| JobReport {
        id: row.get(0),
        at: row.get(1),
        client_at: row.get(2),
        good: row.get(3),
        scrapped: row.get(4),
        reworked: row.get(5),
        reason_id: row.get(6),
        operator_id: row.get(7),
        terminal_id: row.get(8),
        lot_id: row.get(9),
        late: row.get(10),
        note: row.get(11),
        equipment_id: row.get(12),
        program: row.get(13),
        corrects_id: row.get(14),
    };
    Ok(rows.iter().map(one).collect())
}
