//! On which machine and with which program units are made: declared per item, fixed at release, chosen for a job, told by whoever reports.
//!
//! A job's machine and program follow its line (`gemba.job_machine` in the database): the machine that the line has only one of, or that its program
//! names, or that somebody chose; the program that was released when the order was, or that somebody chose. A job runs on one machine: whoever uses two
//! divides it.
//!
//! **Invariant:** a program that is changed or released later reaches no order that was released before.
//! **Invariant:** what a machine truly ran is kept with the units, also where it is not what the order asks for; that it is another one is told.

use factory::items::ItemId;
use factory::places::{EquipmentId, LineId};
use platform::caller::Scope;
use platform::ids::PlantId;
use platform::resource::{Choice, Record, Rules, Sight};
use platform::{Error, FieldError, Result, Tx};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::actions::{self, Done, JOB_REPORT, Said};
use super::model::{self, Rule, Ruling, Status};
use super::store::{self, Job};

platform::id_type! {
    /// The program that a machine runs to make an item.
    MachineProgramId,
}

/// The program that a machine runs to make an item: a placement program, a test sequence, a recipe. Every place named must fit.
#[derive(Clone, Debug, Serialize, Deserialize, Record)]
#[record(table = "machine_programs", within = Plant, permission = "production.machine_program", unique(plant_id, name, revision))]
pub struct MachineProgram {
    /// The record.
    pub id: MachineProgramId,
    /// The plant it belongs to.
    #[record(immutable)]
    pub plant_id: PlantId,
    /// What is made with it.
    pub item_id: ItemId,
    /// What the machine calls it.
    #[record(search, max_length = 100, example = "INV48-TOP")]
    pub name: String,
    /// Which state of it; unique with its name in the plant.
    #[record(search, max_length = 50, example = "C")]
    pub revision: String,
    /// Only for steps of this name.
    #[record(max_length = 200, example = "Top")]
    pub step: Option<String>,
    /// Only at this line.
    pub line_id: Option<LineId>,
    /// Only on this machine.
    pub equipment_id: Option<EquipmentId>,
    /// Where it stands.
    #[record(default = "draft")]
    pub status: ProgramStatus,
}

/// Where a program stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Choice)]
#[serde(rename_all = "snake_case")]
pub enum ProgramStatus {
    /// Being written.
    Draft,
    /// Orders that are released from now on are made with it.
    Released,
    /// Not for new orders any more.
    Obsolete,
}

impl Rules for MachineProgram {
    async fn check(&self, _before: Option<&Self>, sight: &mut Sight<'_>) -> Result<Vec<FieldError>> {
        let (Some(line), Some(equipment)) = (self.line_id, self.equipment_id) else { return Ok(Vec::new()) };
        let organization = sight.tx.caller().organization;
        let sql = "select 1 from equipment where organization_id = $1 and id = $2 and line_id is not null and line_id <> $3";
        let elsewhere = sight.tx.query_opt(sql, &[&organization, &equipment, &line]).await?.is_some();
        let wrong = || FieldError::new("/equipment_id", "other_line", "the machine stands at another line");
        Ok(elsewhere.then(wrong).into_iter().collect())
    }
}

/// On what units were made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Machine {
    /// The machine.
    pub equipment: Option<Uuid>,
    /// The program it ran, with its revision.
    pub program: Option<String>,
}

/// What somebody says of the machine.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Told<'a> {
    /// Which one; the job's unless said.
    pub equipment: Option<Uuid>,
    /// The program it runs, with its revision; the order's unless said.
    pub program: Option<&'a str>,
}

/// What that comes to.
#[derive(Clone, Debug)]
pub(super) struct Understood {
    /// The machine, and what it runs.
    pub machine: Machine,
    /// What is not as the order asks, or could not be understood.
    pub rules: Vec<Rule>,
    /// Whether something of it was left out.
    pub is_partial: bool,
}

/// Characters of a program's name with its revision at most.
const PROGRAM_LENGTH: usize = 200;

/// On what units are made: what is said, else what the job runs on. On the floor a machine that cannot be is left out, and so is what it would have run:
/// that the units were made on the job's machine instead is nothing that anybody said. Another program than the order's counts, and is told.
///
/// # Errors
/// 422 at a desk for a machine that is not at the line, and for a program that is no name.
pub(super) async fn told(tx: &mut Tx, job: &Job, told: Told<'_>, from: model::From) -> Result<Understood> {
    let machine = Machine { equipment: job.equipment_id, program: job.program.clone() };
    let mut found = Understood { machine, rules: Vec::new(), is_partial: false };
    if let Some(said) = told.equipment.filter(|said| Some(*said) != job.equipment_id) {
        match (stands_at(tx, job, said).await?, from) {
            (true, _) => found.machine = Machine { equipment: Some(said), program: released_for(tx, job, said).await? },
            (false, model::From::Desk) => {
                let wrong = FieldError::new("/equipment_id", "unknown_reference", "there is no such machine at the job's line");
                return Err(Error::invalid(vec![wrong]));
            }
            (false, model::From::Floor) => {
                found.machine = Machine::default();
                found.rules.push(Rule::new("machine_left_out", "there is no such machine at the line: the units count without it"));
                found.is_partial = true;
            }
        }
    }
    let Some(said) = told.program.map(str::trim).filter(|said| !said.is_empty()) else { return Ok(found) };
    let is_name = said.chars().count() <= PROGRAM_LENGTH && !said.contains(char::is_control);
    match (is_name, from) {
        (false, model::From::Desk) => {
            let wrong = FieldError::new("/program", "bad_name", format!("expected at most {PROGRAM_LENGTH} characters on one line"));
            return Err(Error::invalid(vec![wrong]));
        }
        (false, model::From::Floor) => {
            found.rules.push(Rule::new("program_left_out", "the program has no readable name: the units count without it"));
            found.is_partial = true;
        }
        (true, _) => {
            if let Some(asked) = found.machine.program.as_deref().filter(|asked| *asked != said) {
                found.rules.push(Rule::new("other_program", format!("made with {said}, the order asks for {asked}")));
            }
            found.machine.program = Some(said.to_owned());
        }
    }
    Ok(found)
}

/// Whether a machine may have made a job's units: it stands at the job's line, or at none.
pub(super) async fn stands_at(tx: &mut Tx, job: &Job, equipment: Uuid) -> Result<bool> {
    let organization = tx.caller().organization;
    let sql = "select 1 from equipment where organization_id = $1 and plant_id = $2 and id = $3 and archived_at is null
        and (line_id is null or line_id = $4)";
    Ok(tx.query_opt(sql, &[&organization, &job.plant_id, &equipment, &job.line_id]).await?.is_some())
}

/// The program that was released with the order and fits this machine best: the order is that of `gemba.job_machine`.
async fn released_for(tx: &mut Tx, job: &Job, equipment: Uuid) -> Result<Option<String>> {
    let organization = tx.caller().organization;
    let sql = "select name || ' ' || revision from order_programs
        where organization_id = $1 and plant_id = $2 and manufacturing_order_id = $3 and (equipment_id is null or equipment_id = $4)
            and (step is null or lower(step) = lower($5)) and (line_id is null or line_id = $6)
        order by equipment_id is null, line_id is null, step is null, name, revision desc limit 1";
    let params: platform::database::Params<'_> =
        &[&organization, &job.plant_id, &job.manufacturing_order_id, &equipment, &job.name, &job.line_id];
    Ok(tx.query_opt(sql, params).await?.map(|row| row.get(0)))
}

/// The machine that a job runs on from now on, or its program.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = JobMachine, example = json!({ "program": "INV48-TOP C" }))]
pub struct Chosen {
    /// A machine of the job's line; as before unless said.
    pub equipment_id: Option<Uuid>,
    /// The program it runs, with its revision; unless said, as before, and on another machine the one that was released for it.
    #[schema(max_length = 200, example = "INV48-TOP C")]
    pub program: Option<String>,
    /// Who says so.
    pub operator_id: Option<Uuid>,
}

/// Says on which machine a job runs and with which program, also while it runs: units that are reported from now on were made so.
///
/// # Errors
/// 404, 403; 422 where nothing is said, and at a desk for a machine that is not at the line and a program that is no name. What the rules refuse is in
/// the answer.
pub async fn choose(tx: &mut Tx, id: Uuid, chosen: &Chosen, said: Said) -> Result<Done> {
    let job = store::lock(tx, id).await?;
    tx.require(JOB_REPORT, Scope::Plant(job.plant_id))?;
    actions::known_operator(tx, &job, said).await?;
    let wanted = Told { equipment: chosen.equipment_id, program: chosen.program.as_deref() };
    if wanted.equipment.is_none() && wanted.program.is_none_or(|program| program.trim().is_empty()) {
        return Err(Error::invalid(vec![FieldError::new("/equipment_id", "required", "say which machine, or which program")]));
    }
    if let Some(rule) = too_late(&job) {
        return Ok(Done { job, ruling: Ruling::Refused(rule) });
    }
    let mut found = told(tx, &job, wanted, said.from).await?;
    if found.is_partial {
        let rule = match found.machine.equipment == wanted.equipment.or(job.equipment_id) {
            true => found.rules.swap_remove(0),
            false => Rule::new("machine_not_here", "there is no such machine at the job's line"),
        };
        return Ok(Done { job, ruling: Ruling::Refused(rule) });
    }
    let Machine { equipment, program } = found.machine;
    let rule = found.rules.pop();
    let ruling = rule.clone().map_or(Ruling::Applied, Ruling::Adjusted);
    if (equipment, program.as_deref()) == (job.equipment_id, job.program.as_deref()) {
        return Ok(Done { job, ruling });
    }
    let (organization, now) = (tx.caller().organization, tx.now());
    // With another machine the database finds the program that was released for it; what is said otherwise is written after that.
    let sql = "update jobs set equipment_id = $3, version = version + 1, updated_at = $4, updated_by = current_setting('gemba.actor')
        where organization_id = $1 and id = $2";
    tx.execute(sql, &[&organization, &id, &equipment, &now]).await?;
    let sql = "update jobs set program = $3 where organization_id = $1 and id = $2 and program is distinct from $3";
    tx.execute(sql, &[&organization, &id, &program]).await?;
    let detail = json!({ "from_equipment_id": job.equipment_id, "from_program": job.program, "equipment_id": equipment, "program": program,
        "at": said.at, "operator_id": said.operator, "terminal_id": said.terminal, "rule": rule.map(|rule| rule.code) });
    store::noted(tx, &job, "job.machine_chosen", detail).await?;
    Ok(Done { job: store::find(tx, id).await?, ruling })
}

/// Why it is too late to say so: units that are still reported name their machine themselves.
fn too_late(job: &Job) -> Option<Rule> {
    match (job.order_status.is_over(), job.status) {
        (true, _) => Some(Rule::new("order_closed", format!("the order is {}", job.order_status.text()))),
        (false, Status::Completed) => Some(Rule::new("job_completed", "the job is finished")),
        (false, Status::Cancelled) => Some(Rule::new("job_cancelled", "the job is cancelled")),
        (false, _) => None,
    }
}
