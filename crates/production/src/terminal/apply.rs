//! Carrying out one action of a terminal.
//!
//! What happened on the floor has happened: where a desk would be asked to correct something, an action counts as near to what was said as can be, and says
//! how. Only what cannot count is refused: a settled order, a missing qualification, material that is blocked or not there.
//!
//! **Invariant:** actions use the same verbs as everybody else, so rights, trail and events are the same.

use inventory::scan::{Finders, scan};
use jiff::Timestamp;
use platform::caller::Scope;
use platform::{Error, FieldError, Result, Tx};
use rust_decimal::Decimal;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use uuid::Uuid;

use super::andon::{self, AndonKind, CalledFrom, NewCall};
use super::sync::{Head, Place};
use crate::jobs::actions::{self, Said};
use crate::jobs::machines::{self, Chosen};
use crate::jobs::material::{self, Issue};
use crate::jobs::model::{From, Ruling, Verb};
use crate::jobs::report::{self, Report};
use crate::jobs::store::{self, Job};
use crate::people::http::LABOUR_REPORT;
use crate::people::labour::{self, Activity, Begun};
use crate::states::{NewState, STATE_REPORT, Source, State, set_reason, set_state};

/// What became of an action.
#[derive(Clone, Debug, Default)]
pub(super) struct Outcome {
    is_refused: bool,
    rules: Vec<(&'static str, String)>,
    /// What the operator is told although everything is as said.
    notes: Vec<String>,
}

impl Outcome {
    pub fn refused(code: &'static str, says: impl Into<String>) -> Outcome {
        Outcome { is_refused: true, rules: vec![(code, says.into())], notes: Vec::new() }
    }

    /// It counts, not quite as said.
    pub fn adjust(&mut self, code: &'static str, says: impl Into<String>) {
        if !self.is_refused {
            self.rules.push((code, says.into()));
        }
    }

    fn rule_by(&mut self, ruling: Ruling) {
        match ruling {
            Ruling::Applied => {}
            Ruling::Adjusted(rule) => self.adjust(rule.code, rule.says),
            Ruling::Refused(rule) => *self = Outcome::refused(rule.code, rule.says),
        }
    }

    pub fn name(&self) -> &'static str {
        match (self.is_refused, self.rules.is_empty()) {
            (true, _) => "refused",
            (false, false) => "adjusted",
            (false, true) => "applied",
        }
    }

    pub fn rule(&self) -> Option<String> {
        self.rules.first().map(|(code, _)| (*code).to_owned())
    }

    pub fn says(&self) -> Option<String> {
        let all: Vec<&str> = self.rules.iter().map(|(_, says)| says.as_str()).chain(self.notes.iter().map(String::as_str)).collect();
        (!all.is_empty()).then(|| all.join("; "))
    }
}

/// Carries out an action that was done at `at`.
///
/// # Errors
/// What the verbs refuse; what was begun is undone by the caller.
pub(super) async fn apply(tx: &mut Tx, place: &Place, head: &Head, body: &Value, at: Timestamp) -> Result<Outcome> {
    let mut outcome = Outcome::default();
    let operator = operator(tx, place, head, &mut outcome).await?;
    let said = Said { at, client_at: Some(head.at), operator, terminal: Some(place.id), action: Some(head.id), from: From::Floor };
    match head.kind.as_str() {
        "job.start" => verb(tx, place, head, body, Verb::Start, said, &mut outcome).await?,
        "job.pause" => verb(tx, place, head, body, Verb::Pause, said, &mut outcome).await?,
        "job.resume" => verb(tx, place, head, body, Verb::Resume, said, &mut outcome).await?,
        "job.finish" => verb(tx, place, head, body, Verb::Finish, said, &mut outcome).await?,
        "job.setup_start" => verb(tx, place, head, body, Verb::SetupStart, said, &mut outcome).await?,
        "job.setup_end" => verb(tx, place, head, body, Verb::SetupEnd, said, &mut outcome).await?,
        "job.machine" => chosen(tx, place, head, body, said, &mut outcome).await?,
        "job.report" => reported(tx, place, head, body, said, &mut outcome).await?,
        "material.issue" => issued(tx, place, head, body, said, &mut outcome).await?,
        "line.stop" => line(tx, place, head, body, State::Stopped, said).await?,
        "line.run" => line(tx, place, head, body, State::Running, said).await?,
        "line.reason" => explained(tx, place, head, body, said).await?,
        "andon.call" => called(tx, place, head, body, said, &mut outcome).await?,
        "andon.clear" => cleared(tx, place, head, body, at).await?,
        "step.done" => stepped(tx, place, head, body, said, &mut outcome).await?,
        "labour.on" => worked(tx, place, head, body, said).await?,
        "labour.off" => {
            tx.require(LABOUR_REPORT, Scope::Plant(place.plant))?;
            labour::off(tx, named(said.operator, "/operator_id")?, at).await?;
        }
        other => return Ok(Outcome::refused("unknown_kind", format!("there is no action {other}"))),
    }
    Ok(outcome)
}

fn read<T: DeserializeOwned>(body: &Value) -> Result<T> {
    serde_json::from_value(body.clone())
        .map_err(|unreadable| Error::invalid(vec![FieldError::new("", "unreadable", unreadable.to_string())]))
}

fn named(id: Option<Uuid>, pointer: &str) -> Result<Uuid> {
    id.ok_or_else(|| Error::invalid(vec![FieldError::new(pointer, "required", "it has to be said")]))
}

/// Who did it. Somebody whom the plant does not know any more is left out: what they did counts.
async fn operator(tx: &mut Tx, place: &Place, head: &Head, outcome: &mut Outcome) -> Result<Option<Uuid>> {
    let Some(operator) = head.operator_id else { return Ok(None) };
    if place.operators.contains(&operator) {
        return Ok(Some(operator));
    }
    let organization = tx.caller().organization;
    let sql = "select 1 from operators where organization_id = $1 and plant_id = $2 and id = $3 and archived_at is null";
    if tx.query_opt(sql, &[&organization, &place.plant, &operator]).await?.is_some() {
        return Ok(Some(operator));
    }
    outcome.adjust("unknown_operator", "the plant does not know this operator: it counts without them");
    Ok(None)
}

/// The job, locked, which is of the terminal's plant; that it is at another line meanwhile is told.
async fn job(tx: &mut Tx, place: &Place, head: &Head, outcome: &mut Outcome) -> Result<Job> {
    let job = store::lock(tx, named(head.job_id, "/job_id")?).await?;
    if job.plant_id != place.plant {
        return Err(Error::not_found("job"));
    }
    if !job.line_id.is_some_and(|line| place.lines.contains(&line)) {
        outcome.adjust("other_line", "the job is at another line meanwhile; it counts there");
    }
    Ok(job)
}

#[derive(Deserialize)]
struct Reason {
    reason_id: Option<Uuid>,
}

async fn verb(tx: &mut Tx, place: &Place, head: &Head, body: &Value, verb: Verb, said: Said, outcome: &mut Outcome) -> Result<()> {
    let job = job(tx, place, head, outcome).await?;
    let Reason { reason_id } = read(body)?;
    let done = actions::act(tx, job.id, verb, said, reason_id).await?;
    outcome.rule_by(done.ruling);
    Ok(())
}

async fn chosen(tx: &mut Tx, place: &Place, head: &Head, body: &Value, said: Said, outcome: &mut Outcome) -> Result<()> {
    #[derive(Deserialize)]
    struct Machine {
        equipment_id: Option<Uuid>,
        program: Option<String>,
    }
    let job = job(tx, place, head, outcome).await?;
    let Machine { equipment_id, program } = read(body)?;
    let chosen = Chosen { equipment_id, program, operator_id: said.operator };
    let done = machines::choose(tx, job.id, &chosen, said).await?;
    outcome.rule_by(done.ruling);
    Ok(())
}

async fn reported(tx: &mut Tx, place: &Place, head: &Head, body: &Value, said: Said, outcome: &mut Outcome) -> Result<()> {
    #[derive(Deserialize)]
    struct Counted {
        #[serde(default)]
        good: Decimal,
        #[serde(default)]
        scrap: Decimal,
        #[serde(default)]
        rework: Decimal,
        reason_id: Option<Uuid>,
        lot_code: Option<String>,
        #[serde(default)]
        serials: Vec<String>,
        equipment_id: Option<Uuid>,
        program: Option<String>,
        note: Option<String>,
    }
    let job = job(tx, place, head, outcome).await?;
    let counted: Counted = read(body)?;
    let filled = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
    let report = Report {
        good: counted.good,
        scrap: counted.scrap,
        rework: counted.rework,
        reason_id: counted.reason_id,
        lot_code: filled(counted.lot_code),
        serials: counted.serials,
        operator_id: said.operator,
        equipment_id: counted.equipment_id,
        program: filled(counted.program),
        corrects_id: None,
        note: filled(counted.note).map(|note| note.chars().take(1000).collect()),
    };
    let done = report::count(tx, &job, &report, said).await?;
    outcome.rule_by(done.ruling);
    if !done.short.is_empty() {
        outcome.notes.push(format!("less material than needed: {}", done.short.join(", ")));
    }
    Ok(())
}

async fn issued(tx: &mut Tx, place: &Place, head: &Head, body: &Value, said: Said, outcome: &mut Outcome) -> Result<()> {
    #[derive(Deserialize)]
    struct Scanned {
        code: Option<String>,
        lot_id: Option<Uuid>,
        serial_id: Option<Uuid>,
        item_id: Option<Uuid>,
        quantity: Option<Decimal>,
    }
    let job = job(tx, place, head, outcome).await?;
    let mut wanted: Scanned = read(body)?;
    if let Some(code) = wanted.code.as_deref().filter(|code| !code.trim().is_empty()) {
        let found = scan(tx, Some(place.plant), code, &Finders::default()).await?;
        let of = |kind: &str| found.found.iter().find(|found| found.kind == kind);
        wanted.quantity = wanted.quantity.or(found.quantity);
        if let Some(serial) = of("serial") {
            wanted.serial_id = Some(serial.id);
            wanted.item_id = serial.item.as_ref().map(|item| item.id);
            wanted.quantity = wanted.quantity.or(Some(Decimal::ONE));
        } else if let Some(lot) = of("lot") {
            wanted.lot_id = Some(lot.id);
            wanted.item_id = lot.item.as_ref().map(|item| item.id);
        } else if let Some(item) = of("item") {
            wanted.item_id = Some(item.id);
        } else {
            *outcome = Outcome::refused("unknown_code", format!("nothing that goes into a job is called {code}"));
            return Ok(());
        }
    }
    let quantity = wanted.quantity.ok_or_else(|| Error::invalid(vec![FieldError::new("/quantity", "required", "say how much")]))?;
    let issue = Issue {
        item_id: named(wanted.item_id, "/item_id")?,
        quantity,
        lot_id: wanted.lot_id,
        serial_id: wanted.serial_id,
        operator_id: said.operator,
    };
    material::issue(tx, job.id, &issue, said).await?;
    Ok(())
}

/// A line of the terminal.
fn own_line(place: &Place, head: &Head) -> Result<Uuid> {
    let line = named(head.line_id, "/line_id")?;
    match place.lines.contains(&line) {
        true => Ok(line),
        false => Err(Error::conflict("other_line", "the terminal does not stand at this line any more")),
    }
}

async fn line(tx: &mut Tx, place: &Place, head: &Head, body: &Value, state: State, said: Said) -> Result<()> {
    tx.require(STATE_REPORT, Scope::Plant(place.plant))?;
    let line = own_line(place, head)?;
    let Reason { reason_id } = read(body)?;
    let reason = reason_id.filter(|_| state == State::Stopped);
    let new = NewState { reason, job: head.job_id, operator: said.operator, source: Source::Manual, ..NewState::new(line, state, said.at) };
    set_state(tx, place.plant, &new).await?;
    Ok(())
}

async fn explained(tx: &mut Tx, place: &Place, head: &Head, body: &Value, said: Said) -> Result<()> {
    #[derive(Deserialize)]
    struct Why {
        stop_id: Option<Uuid>,
        reason_id: Uuid,
    }
    tx.require(STATE_REPORT, Scope::Plant(place.plant))?;
    let line = own_line(place, head)?;
    let why: Why = read(body)?;
    // A stop that was made without a connection has no identifier that the device could know: the newest without a reason is meant, and not that the line
    // has had nothing to do since. As long as terminals show stops, they are meant first.
    let stop = match why.stop_id {
        Some(stop) => Some(stop),
        None => {
            let organization = tx.caller().organization;
            let sql =
                "select id from line_states where organization_id = $1 and plant_id = $2 and line_id = $3 and state in ('stopped', 'idle')
                    and reason_id is null and started_at <= $4
                order by state = 'stopped' and started_at > $4::timestamptz - interval '12 hours' desc, started_at desc limit 1";
            tx.query_opt(sql, &[&organization, &place.plant, &line, &said.at]).await?.map(|row| row.get(0))
        }
    };
    let stop = stop.ok_or_else(|| Error::conflict("no_stop", "the line has no stop without a reason"))?;
    set_reason(tx, place.plant, stop, why.reason_id, said.operator).await
}

async fn called(tx: &mut Tx, place: &Place, head: &Head, body: &Value, said: Said, outcome: &mut Outcome) -> Result<()> {
    #[derive(Deserialize)]
    struct Call {
        call: AndonKind,
        text: Option<String>,
    }
    let line = own_line(place, head)?;
    let call: Call = read(body)?;
    if let Some(job) = head.job_id {
        store::find(tx, job).await?;
    }
    let new = NewCall {
        line_id: line,
        job_id: head.job_id,
        kind: call.call,
        text: call.text.filter(|text| !text.trim().is_empty()).map(|text| text.chars().take(1000).collect()),
        operator_id: said.operator,
    };
    let made = andon::raise(tx, &new, CalledFrom { at: said.at, terminal: Some(place.id), action: Some(head.id) }).await?;
    let waited_min = (tx.now().as_second() - made.called_at.as_second()) / 60;
    if waited_min >= 5 {
        outcome.notes.push(format!("nobody heard it for {waited_min} min, until now"));
    }
    Ok(())
}

async fn cleared(tx: &mut Tx, place: &Place, head: &Head, body: &Value, at: Timestamp) -> Result<()> {
    #[derive(Deserialize)]
    struct Clear {
        call_id: Option<Uuid>,
    }
    let clear: Clear = read(body)?;
    let organization = tx.caller().organization;
    // Without a name it is all that is open at the line.
    let calls: Vec<Uuid> = match clear.call_id {
        Some(call) => vec![call],
        None => {
            let line = own_line(place, head)?;
            let sql = "select id from andon_calls where organization_id = $1 and plant_id = $2 and line_id = $3 and cleared_at is null order by id";
            tx.query(sql, &[&organization, &place.plant, &line]).await?.iter().map(|row| row.get(0)).collect()
        }
    };
    for call in calls {
        andon::clear(tx, call, at).await?;
    }
    Ok(())
}

async fn stepped(tx: &mut Tx, place: &Place, head: &Head, body: &Value, said: Said, outcome: &mut Outcome) -> Result<()> {
    #[derive(Deserialize)]
    struct Step {
        step_id: Uuid,
        value: Option<Decimal>,
        file_id: Option<Uuid>,
        #[serde(default)]
        signoff: Option<Value>,
    }
    let job = job(tx, place, head, outcome).await?;
    tx.require(actions::JOB_REPORT, Scope::Plant(place.plant))?;
    let done: Step = read(body)?;
    if job.order_status.is_over() {
        *outcome = Outcome::refused("order_closed", format!("the order is {}", job.order_status.text()));
        return Ok(());
    }
    let organization = tx.caller().organization;
    let sql = "select kind, min, max, coalesce(unit, '') from instruction_steps where organization_id = $1 and plant_id = $2 and id = $3";
    let row = tx.query_opt(sql, &[&organization, &place.plant, &done.step_id]).await?.ok_or_else(|| Error::not_found("step"))?;
    let (kind, min, max, unit): (String, Option<Decimal>, Option<Decimal>, String) = (row.get(0), row.get(1), row.get(2), row.get(3));
    let signed = done.signoff.as_ref().is_some_and(|sign| !matches!(sign, Value::Null | Value::Bool(false)));
    let missing = match kind.as_str() {
        "value" => done.value.is_none(),
        "photo" => done.file_id.is_none(),
        "signoff" => !signed,
        _ => false,
    };
    if missing {
        *outcome = Outcome::refused("nothing_entered", format!("the step asks for a {kind}"));
        return Ok(());
    }
    let is_within = done.value.filter(|_| kind == "value").map(|value| within(value, min, max));
    if is_within == Some(false) {
        let limit = |limit: Option<Decimal>| limit.map_or("…".to_string(), |limit| limit.normalize().to_string());
        let value = done.value.unwrap_or_default().normalize();
        outcome.adjust("out_of_limits", format!("{value} {unit} is not within {} to {} {unit}", limit(min), limit(max)));
    }
    let (id, file) = (tx.new_id::<Uuid>(), done.file_id.map(|file| file.to_string()));
    let sql = "insert into step_results (organization_id, plant_id, id, job_id, instruction_step_id, operator_id, value, is_within, file_id, signed, at, terminal_id,
            client_action_id)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
    let params: platform::database::Params<'_> = &[
        &organization,
        &place.plant,
        &id,
        &job.id,
        &done.step_id,
        &said.operator,
        &done.value,
        &is_within,
        &file,
        &signed,
        &said.at,
        &place.id,
        &said.action,
    ];
    tx.execute(sql, params).await?;
    let detail = json!({ "step_id": done.step_id, "value": done.value, "is_within": is_within, "file_id": file, "signed": signed, "at": said.at,
        "operator_id": said.operator });
    store::noted(tx, &job, "job.step_done", detail).await
}

/// Whether a value is within its limits; the limits themselves are.
fn within(value: Decimal, min: Option<Decimal>, max: Option<Decimal>) -> bool {
    min.is_none_or(|min| value >= min) && max.is_none_or(|max| value <= max)
}

async fn worked(tx: &mut Tx, place: &Place, head: &Head, body: &Value, said: Said) -> Result<()> {
    #[derive(Deserialize)]
    struct Work {
        activity: Option<Activity>,
    }
    tx.require(LABOUR_REPORT, Scope::Plant(place.plant))?;
    let work: Work = read(body)?;
    let activity = work.activity.unwrap_or(if head.job_id.is_some() { Activity::Direct } else { Activity::Indirect });
    let begun = Begun {
        operator: named(said.operator, "/operator_id")?,
        line: head.line_id,
        job: head.job_id,
        activity,
        terminal: Some(place.id),
        action: Some(head.id),
    };
    labour::on(tx, place.plant, begun, said.at).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_belong_to_what_is_right() {
        let number = |text: &str| text.parse::<Decimal>().unwrap();
        let limits = (Some(number("1.2")), Some(number("1.5")));
        for (value, expected) in [("1.2", true), ("1.5", true), ("1.19", false), ("1.5001", false)] {
            assert_eq!(within(number(value), limits.0, limits.1), expected, "{value}");
        }
        assert!(within(number("-7"), None, Some(Decimal::ZERO)) && within(number("7"), Some(Decimal::ZERO), None));
    }

    #[test]
    fn the_first_rule_is_told_to_programs_and_all_to_people() {
        let mut outcome = Outcome::default();
        assert_eq!((outcome.name(), outcome.rule(), outcome.says()), ("applied", None, None));
        outcome.notes.push("less material".into());
        assert_eq!(outcome.name(), "applied", "a note changes nothing of what was said");
        outcome.adjust("late_report", "late");
        outcome.adjust("time_bounded", "bounded");
        assert_eq!((outcome.name(), outcome.rule().as_deref()), ("adjusted", Some("late_report")));
        assert_eq!(outcome.says().as_deref(), Some("late; bounded; less material"));
        let mut refused = Outcome::refused("order_closed", "closed");
        refused.adjust("time_bounded", "bounded");
        assert_eq!((refused.name(), refused.says().as_deref()), ("refused", Some("closed")));
    }

    #[test]
    fn every_rule_stands_in_the_documentation() {
        const SOURCES: [&str; 7] = [
            include_str!("../jobs/actions.rs"),
            include_str!("../jobs/machines.rs"),
            include_str!("../jobs/material.rs"),
            include_str!("../jobs/model.rs"),
            include_str!("../jobs/report.rs"),
            include_str!("apply.rs"),
            include_str!("sync.rs"),
        ];
        // What only a desk is told: a step before is not done, a part of a job is too small or too large.
        const AT_A_DESK: [&str; 3] = ["not_ready", "too_small", "too_large"];
        let page = include_str!("../../../../docs/shop-floor.md");
        let mut known = 0;
        for source in SOURCES {
            let program = source.split("#[cfg(test)]").next().unwrap_or_default();
            for told in ["Rule::new(", "adjust(", "refused("] {
                let codes = program.split(told).skip(1).filter_map(|rest| rest.trim_start().strip_prefix('"')?.split('"').next());
                for code in codes.filter(|code| !AT_A_DESK.contains(code)) {
                    known += 1;
                    assert!(page.contains(&format!("`{code}`")), "docs/shop-floor.md does not say what {code} is");
                }
            }
        }
        assert!(known > 25, "rules are written otherwise now: {known}");
    }
}
