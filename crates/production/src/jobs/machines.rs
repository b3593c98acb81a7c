//! On which machine and with which program units are made: declared per item, fixed at release, told by whoever reports.
//!
//! A job's machine and program follow its line (`gemba.job_machine` in the database): the machine that the line has only one of, or that its program
//! names, or that somebody chose; the program that was released when the order was.
//!
//! **Invariant:** a program that is changed or released later reaches no order that was released before.
//! **Invariant:** what a machine truly ran is kept with the units, also where it is not what the order asks for; that it is another one is told.

use factory::items::ItemId;
use factory::places::{EquipmentId, LineId};
use platform::ids::PlantId;
use platform::resource::{Choice, Record, Rules, Sight};
use platform::{Error, FieldError, Result, Tx};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::model::{self, Rule};
use super::report::Report;
use super::store::Job;

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

/// Characters of a program's name with its revision at most.
const PROGRAM_LENGTH: usize = 200;

/// On what the units of a report were made: what was said, else what the job runs on. On the floor a machine that cannot be is left out; another program
/// than the order's counts, and is told.
///
/// # Errors
/// 422 at a desk for a machine that is not at the line, and for a program that is no name.
pub(super) async fn told(tx: &mut Tx, job: &Job, report: &Report, from: model::From) -> Result<(Machine, Vec<Rule>)> {
    let mut rules = Vec::new();
    let mut machine = Machine { equipment: job.equipment_id, program: job.program.clone() };
    if let Some(said) = report.equipment_id.filter(|said| Some(*said) != job.equipment_id) {
        match (stands_at(tx, job, said).await?, from) {
            (true, _) => {
                machine = Machine { equipment: Some(said), program: fixed(tx, job, said).await?.or(machine.program) };
            }
            (false, model::From::Desk) => {
                let wrong = FieldError::new("/equipment_id", "unknown_reference", "there is no such machine at the job's line");
                return Err(Error::invalid(vec![wrong]));
            }
            (false, model::From::Floor) => {
                rules.push(Rule::new("machine_left_out", "there is no such machine at the line: the units count without it"));
            }
        }
    }
    let said = report.program.as_deref().map(str::trim).filter(|said| !said.is_empty());
    let Some(said) = said else { return Ok((machine, rules)) };
    let is_name = said.chars().count() <= PROGRAM_LENGTH && !said.contains(char::is_control);
    match (is_name, from) {
        (false, model::From::Desk) => {
            let wrong = FieldError::new("/program", "bad_name", format!("expected at most {PROGRAM_LENGTH} characters on one line"));
            return Err(Error::invalid(vec![wrong]));
        }
        (false, model::From::Floor) => {
            rules.push(Rule::new("program_left_out", "the program has no readable name: the units count without it"))
        }
        (true, _) => {
            if let Some(asked) = machine.program.as_deref().filter(|asked| *asked != said) {
                rules.push(Rule::new("other_program", format!("made with {said}, the order asks for {asked}")));
            }
            machine.program = Some(said.to_owned());
        }
    }
    Ok((machine, rules))
}

/// Whether a machine may have made a job's units: it stands at the job's line, or at none.
pub(super) async fn stands_at(tx: &mut Tx, job: &Job, equipment: Uuid) -> Result<bool> {
    let organization = tx.caller().organization;
    let sql = "select 1 from equipment where organization_id = $1 and plant_id = $2 and id = $3 and archived_at is null
        and (line_id is null or line_id = $4)";
    Ok(tx.query_opt(sql, &[&organization, &job.plant_id, &equipment, &job.line_id]).await?.is_some())
}

/// The program that was fixed for a machine at release.
async fn fixed(tx: &mut Tx, job: &Job, equipment: Uuid) -> Result<Option<String>> {
    let organization = tx.caller().organization;
    let sql = "select name || ' ' || revision from order_programs
        where organization_id = $1 and plant_id = $2 and manufacturing_order_id = $3 and equipment_id = $4
            and (step is null or lower(step) = lower($5)) and (line_id is null or line_id = $6)
        order by line_id is null, step is null, name, revision desc limit 1";
    let params: platform::database::Params<'_> =
        &[&organization, &job.plant_id, &job.manufacturing_order_id, &equipment, &job.name, &job.line_id];
    Ok(tx.query_opt(sql, params).await?.map(|row| row.get(0)))
}
