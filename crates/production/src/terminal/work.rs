//! Everything a terminal needs to work a shift without a connection, in one answer.
//!
//! **Invariant:** nothing in it opens anything: no PIN, no token, no address.

use jiff::Timestamp;
use jiff::civil::Date;
use platform::{Result, Tx};
use rust_decimal::Decimal;
use serde::Serialize;
use tokio_postgres::Row;
use utoipa::ToSchema;
use uuid::Uuid;

use super::andon::{self, AndonCall};
use super::sync::Place;
use crate::dispatch::lists;
use crate::jobs::store::{Job, JobItem};
use crate::people::pins::badge_hash;
use crate::people::working_time::day_at;

/// Jobs of a line that a terminal gets at most.
const MOST_JOBS: usize = 200;

/// What a terminal needs.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = TerminalWork)]
pub struct Work {
    /// The server's clock.
    #[schema(value_type = String, format = DateTime)]
    pub server_time: Timestamp,
    /// The terminal.
    pub terminal: WorkTerminal,
    /// Its lines.
    pub lines: Vec<WorkLine>,
    /// Who may sign in at it.
    pub operators: Vec<WorkOperator>,
    /// Open jobs of its lines, in the order in which they are to be done.
    pub jobs: Vec<WorkJob>,
    /// Reasons for scrap, rework and stops.
    pub reasons: Vec<WorkReason>,
    /// Instructions for its jobs.
    pub instructions: Vec<WorkInstructionOf>,
    /// What goes into its jobs.
    pub components: Vec<WorkComponent>,
    /// Machines of its lines.
    pub machines: Vec<WorkMachine>,
    /// Programs that were released with the orders of its jobs; of each job the one that fits best before the others.
    pub programs: Vec<WorkProgram>,
    /// Open calls for help at its lines.
    pub andon: Vec<AndonCall>,
    /// Steps that are done.
    pub steps_done: Vec<StepDone>,
    /// Who works on what.
    pub labour: Vec<WorkLabour>,
}

/// A terminal.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct WorkTerminal {
    /// The terminal.
    pub id: Uuid,
    /// Its plant.
    pub plant_id: Uuid,
    /// Its short name.
    #[schema(example = "T-SMT-1")]
    pub code: String,
    /// Its name.
    #[schema(example = "Terminal at SMT 1")]
    pub name: String,
}

/// A line of a terminal.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct WorkLine {
    /// The line.
    pub id: Uuid,
    /// Its name.
    #[schema(example = "SMT-01")]
    pub name: String,
    /// What it does; null where nothing is known.
    #[schema(example = "running")]
    pub state: Option<String>,
    /// Since when.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub state_since: Option<Timestamp>,
    /// Stops of the last twelve hours without a reason, the newest first.
    pub open_stops: Vec<OpenStop>,
}

/// A stop without a reason.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct OpenStop {
    /// The stop.
    pub id: Uuid,
    /// From then.
    #[schema(value_type = String, format = DateTime)]
    pub started_at: Timestamp,
    /// Until then; null while it goes on.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub ended_at: Option<Timestamp>,
}

/// Somebody who may sign in.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct WorkOperator {
    /// Who.
    pub id: Uuid,
    /// Their name.
    #[schema(example = "Inês Duarte")]
    pub name: String,
    /// SHA-256 of their badge, in small hexadecimal letters.
    pub badge_hash: String,
    /// Whether they type a PIN.
    pub has_pin: bool,
    /// Skills that count today.
    pub skills: Vec<Uuid>,
}

/// A job of a terminal.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct WorkJob {
    /// The job.
    #[serde(flatten)]
    pub job: Job,
    /// Skills that it needs.
    pub skills: Vec<Uuid>,
    /// What keeps it from beginning, for people.
    pub waits_for: Option<String>,
    /// Whether no step comes after it: its good units are those of the order, which get their lot and serials here.
    pub is_last: bool,
}

/// A reason.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct WorkReason {
    /// The reason.
    pub id: Uuid,
    /// The more general one.
    pub parent_id: Option<Uuid>,
    /// scrap, rework or stop.
    #[schema(example = "scrap")]
    pub category: String,
    /// Its short name.
    #[schema(example = "S-BRIDGE")]
    pub code: String,
    /// Its name.
    #[schema(example = "Solder bridge")]
    pub name: String,
    /// Only at this line.
    pub line_id: Option<Uuid>,
}

/// An instruction, and the jobs it is for.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct WorkInstructionOf {
    /// The instruction.
    pub id: Uuid,
    /// Its name.
    #[schema(example = "Fit the heat sink")]
    pub name: String,
    /// The jobs.
    pub job_ids: Vec<Uuid>,
    /// Its steps, in their order.
    pub steps: Vec<WorkStep>,
}

/// A step of an instruction.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct WorkStep {
    /// The step.
    pub id: Uuid,
    /// Its place.
    #[schema(example = 10)]
    pub position: i32,
    /// What is to be done.
    #[schema(example = "Tighten the four screws crosswise")]
    pub text: String,
    /// text, value, photo or signoff.
    #[schema(example = "value")]
    pub kind: String,
    /// Whether the job is not finished without it.
    pub required: bool,
    /// The least value that is right.
    #[schema(value_type = Option<String>, example = "1.2")]
    pub min: Option<Decimal>,
    /// The greatest value that is right.
    #[schema(value_type = Option<String>, example = "1.5")]
    pub max: Option<Decimal>,
    /// The value's unit.
    #[schema(example = "N·m")]
    pub unit: Option<String>,
    /// A picture: a file.
    pub file_id: Option<String>,
}

/// What goes into a job.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct WorkComponent {
    /// The job.
    pub job_id: Uuid,
    /// What goes in.
    pub item: JobItem,
    /// How much for the whole job.
    #[schema(value_type = String, example = "960")]
    pub needed: Decimal,
    /// How much is in already.
    #[schema(value_type = String, example = "240")]
    pub issued: Decimal,
    /// backflush: it is taken as units are reported; explicit: somebody says so.
    #[schema(value_type = String, example = "explicit")]
    pub mode: String,
    /// Lots at the line, what expires first before what lasts.
    pub lots: Vec<WorkLot>,
}

/// A lot at a line.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct WorkLot {
    /// The lot.
    pub id: Uuid,
    /// Its number.
    #[schema(example = "L26-04711")]
    pub code: String,
    /// How much of it lies there.
    #[schema(value_type = String, example = "5000")]
    pub quantity: Decimal,
    /// Its last day of use.
    #[schema(value_type = Option<String>, format = Date)]
    pub expires_on: Option<Date>,
}

/// A machine of a line.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct WorkMachine {
    /// The machine.
    pub id: Uuid,
    /// The line.
    pub line_id: Uuid,
    /// Its asset number.
    #[schema(example = "NXT-3-1")]
    pub code: String,
    /// Its name.
    #[schema(example = "Placer 1")]
    pub name: String,
}

/// A program that a job may run with.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct WorkProgram {
    /// The job.
    pub job_id: Uuid,
    /// Only on this machine.
    pub equipment_id: Option<Uuid>,
    /// The program, with its revision.
    #[schema(example = "INV48-TOP C")]
    pub program: String,
}

/// A step that is done.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct StepDone {
    /// The job.
    pub job_id: Uuid,
    /// The step.
    pub step_id: Uuid,
}

/// Who works on what.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct WorkLabour {
    /// Who.
    pub operator_id: Uuid,
    /// On which job.
    pub job_id: Option<Uuid>,
    /// Since when.
    #[schema(value_type = String, format = DateTime)]
    pub since: Timestamp,
}

/// What a terminal needs; the caller has found that they may see it, and asked for the right to see jobs.
///
/// # Errors
/// What the database refused.
pub async fn of(tx: &mut Tx, place: &Place) -> Result<Work> {
    let now = tx.now();
    let mut jobs = Vec::new();
    for line in &place.lines {
        for listed in lists::of_line(tx, *line, None).await?.into_iter().take(MOST_JOBS) {
            let waits_for = (!listed.waits_for.is_empty()).then(|| listed.waits_for.join(", "));
            jobs.push(WorkJob { job: listed.job, skills: Vec::new(), waits_for, is_last: true });
        }
    }
    let ids: Vec<Uuid> = jobs.iter().map(|job| job.job.id).collect();
    skills(tx, place, &ids, &mut jobs).await?;
    last_steps(tx, &ids, &mut jobs).await?;
    Ok(Work {
        server_time: now,
        terminal: WorkTerminal { id: place.id, plant_id: place.plant.0, code: place.code.clone(), name: place.name.clone() },
        lines: lines(tx, place).await?,
        operators: operators(tx, place).await?,
        reasons: reasons(tx, place).await?,
        instructions: instructions(tx, place, &ids).await?,
        components: components(tx, place, &ids).await?,
        machines: machines(tx, place).await?,
        programs: programs(tx, &ids).await?,
        andon: andon::open_at(tx, &place.lines).await?,
        steps_done: steps_done(tx, place, &ids).await?,
        labour: labour(tx, place).await?,
        jobs,
    })
}

async fn skills(tx: &mut Tx, place: &Place, ids: &[Uuid], jobs: &mut [WorkJob]) -> Result<()> {
    let organization = tx.caller().organization;
    let sql = "select distinct j.id, r.skill_id from jobs j
        join manufacturing_orders o on o.organization_id = $1 and o.id = j.manufacturing_order_id
        join skill_requirements r on r.organization_id = $1 and r.plant_id = $2 and r.archived_at is null
            and (r.line_id is null or r.line_id = j.line_id) and (r.area_id is null or r.area_id = j.area_id) and (r.item_id is null or r.item_id = o.item_id)
        where j.organization_id = $1 and j.id = any ($3) order by 1, 2";
    for row in tx.query(sql, &[&organization, &place.plant, &ids]).await? {
        let job: Uuid = row.get(0);
        if let Some(job) = jobs.iter_mut().find(|own| own.job.id == job) {
            job.skills.push(row.get(1));
        }
    }
    Ok(())
}

async fn lines(tx: &mut Tx, place: &Place) -> Result<Vec<WorkLine>> {
    let organization = tx.caller().organization;
    let sql = "select l.id, l.name, s.state, s.started_at from lines l
        left join lateral (select state, started_at from line_states s where s.organization_id = $1 and s.plant_id = $2 and s.line_id = l.id
            order by s.started_at desc limit 1) s on true
        where l.organization_id = $1 and l.id = any ($3) and l.archived_at is null order by l.name, l.id";
    let rows = tx.query(sql, &[&organization, &place.plant, &place.lines]).await?;
    let stops = "select line_id, id, started_at, ended_at from line_states
        where organization_id = $1 and plant_id = $2 and line_id = any ($3) and state = 'stopped' and reason_id is null
            and started_at > $4::timestamptz - interval '12 hours'
        order by started_at desc limit 100";
    let now = tx.now();
    let stops = tx.query(stops, &[&organization, &place.plant, &place.lines, &now]).await?;
    let line = |row: &Row| {
        let id: Uuid = row.get(0);
        let own = stops.iter().filter(|stop| stop.get::<_, Uuid>(0) == id);
        let open_stops = own.map(|stop| OpenStop { id: stop.get(1), started_at: stop.get(2), ended_at: stop.get(3) }).collect();
        WorkLine { id, name: row.get(1), state: row.get(2), state_since: row.get(3), open_stops }
    };
    Ok(rows.iter().map(line).collect())
}

async fn operators(tx: &mut Tx, place: &Place) -> Result<Vec<WorkOperator>> {
    let now = tx.now();
    let (organization, today) = (tx.caller().organization, day_at(tx, place.plant, now).await?);
    let sql = "select o.id, o.name, o.code, coalesce(p.pin_hash, '') <> '', array(select q.skill_id from qualifications q
            where q.organization_id = $1 and q.operator_id = o.id and q.archived_at is null and q.valid_from <= $3
                and (q.valid_until is null or q.valid_until >= $3) order by q.skill_id)
        from operators o left join operator_pins p on p.organization_id = $1 and p.id = o.id
        where o.organization_id = $1 and o.plant_id = $2 and o.active and o.archived_at is null order by o.name, o.id limit 2000";
    let rows = tx.query(sql, &[&organization, &place.plant, &today]).await?;
    let one = |row: &Row| WorkOperator {
        id: row.get(0),
        name: row.get(1),
        badge_hash: badge_hash(row.get(2)),
        has_pin: row.get(3),
        skills: row.get(4),
    };
    Ok(rows.iter().map(one).collect())
}

async fn reasons(tx: &mut Tx, place: &Place) -> Result<Vec<WorkReason>> {
    let organization = tx.caller().organization;
    let sql = "select id, parent_id, category, code, name, line_id from reasons
        where organization_id = $1 and plant_id = $2 and archived_at is null and (line_id is null or line_id = any ($3)) order by category, code, id";
    let rows = tx.query(sql, &[&organization, &place.plant, &place.lines]).await?;
    let one = |row: &Row| WorkReason {
        id: row.get(0),
        parent_id: row.get(1),
        category: row.get(2),
        code: row.get(3),
        name: row.get(4),
        line_id: row.get(5),
    };
    Ok(rows.iter().map(one).collect())
}

async fn instructions(tx: &mut Tx, place: &Place, ids: &[Uuid]) -> Result<Vec<WorkInstructionOf>> {
    let organization = tx.caller().organization;
    let sql = "select w.id, w.name, array_agg(j.id order by j.id) from work_instructions w
        join jobs j on j.organization_id = $1 and j.id = any ($3)
        join manufacturing_orders o on o.organization_id = $1 and o.id = j.manufacturing_order_id
        where w.organization_id = $1 and w.plant_id = $2 and w.active and w.archived_at is null
            and (w.item_id is null or w.item_id = o.item_id) and (w.area_id is null or w.area_id = j.area_id) and (w.line_id is null or w.line_id = j.line_id)
        group by w.id, w.name, w.code order by w.code, w.id";
    let rows = tx.query(sql, &[&organization, &place.plant, &ids]).await?;
    let own: Vec<Uuid> = rows.iter().map(|row| row.get(0)).collect();
    let sql = "select work_instruction_id, id, position, text, kind, required, min, max, unit, file_id from instruction_steps
        where organization_id = $1 and work_instruction_id = any ($2) and archived_at is null order by work_instruction_id, position";
    let steps = tx.query(sql, &[&organization, &own]).await?;
    let step = |row: &Row| WorkStep {
        id: row.get(1),
        position: row.get(2),
        text: row.get(3),
        kind: row.get(4),
        required: row.get(5),
        min: row.get(6),
        max: row.get(7),
        unit: row.get(8),
        file_id: row.get(9),
    };
    let one = |row: &Row| {
        let id: Uuid = row.get(0);
        let steps = steps.iter().filter(|step| step.get::<_, Uuid>(0) == id).map(step).collect();
        WorkInstructionOf { id, name: row.get(1), job_ids: row.get(2), steps }
    };
    Ok(rows.iter().map(one).collect())
}

async fn components(tx: &mut Tx, place: &Place, ids: &[Uuid]) -> Result<Vec<WorkComponent>> {
    let organization = tx.caller().organization;
    let sql = "select j.id, i.id, i.code, i.name, u.symbol, i.tracking, c.quantity_per * j.quantity, c.moved, o.issue_mode, j.line_id
        from jobs j
        join manufacturing_orders o on o.organization_id = $1 and o.id = j.manufacturing_order_id
        join order_components c on c.organization_id = $1 and c.manufacturing_order_id = o.id and c.kind = 'input'
            and coalesce(c.number, (select min(f.number) from jobs f where f.organization_id = $1 and f.manufacturing_order_id = o.id)) = j.number
        join items i on i.organization_id = $1 and i.id = c.item_id
        join units u on u.organization_id = $1 and u.id = i.unit_id
        where j.organization_id = $1 and j.id = any ($2) order by j.id, c.position";
    let rows = tx.query(sql, &[&organization, &ids]).await?;
    let items: Vec<Uuid> = rows.iter().map(|row| row.get(1)).collect();
    let sql = "select s.item_id, p.line_id, l.id, l.code, sum(s.quantity - s.reserved), l.expires_on
        from stock s
        join locations p on p.organization_id = $1 and p.id = s.location_id and p.line_id = any ($3)
        join lots l on l.organization_id = $1 and l.id = s.lot_id
        where s.organization_id = $1 and s.plant_id = $2 and s.item_id = any ($4) and s.status = 'available' and s.quantity > 0
        group by 1, 2, 3, 4, 6 order by l.expires_on nulls last, l.code, l.id";
    let lots = tx.query(sql, &[&organization, &place.plant, &place.lines, &items]).await?;
    let one = |row: &Row| {
        let (item, line): (Uuid, Option<Uuid>) = (row.get(1), row.get(9));
        let here = lots.iter().filter(|lot| lot.get::<_, Uuid>(0) == item && lot.get::<_, Option<Uuid>>(1) == line);
        let lot = |lot: &Row| WorkLot { id: lot.get(2), code: lot.get(3), quantity: lot.get(4), expires_on: lot.get(5) };
        WorkComponent {
            job_id: row.get(0),
            item: JobItem { id: item, code: row.get(2), name: row.get(3), unit: row.get(4), tracking: row.get(5) },
            needed: row.get::<_, Decimal>(6).round_dp(6).normalize(),
            issued: row.get::<_, Decimal>(7).normalize(),
            mode: row.get(8),
            lots: here.map(lot).collect(),
        }
    };
    Ok(rows.iter().map(one).collect())
}

async fn last_steps(tx: &mut Tx, ids: &[Uuid], jobs: &mut [WorkJob]) -> Result<()> {
    let organization = tx.caller().organization;
    let sql = "select j.id from jobs j where j.organization_id = $1 and j.id = any ($2) and exists (select from job_links n
        where n.organization_id = $1 and n.manufacturing_order_id = j.manufacturing_order_id and n.from_number = j.number)";
    let followed: Vec<Uuid> = tx.query(sql, &[&organization, &ids]).await?.iter().map(|row| row.get(0)).collect();
    for job in jobs {
        job.is_last = !followed.contains(&job.job.id);
    }
    Ok(())
}

async fn machines(tx: &mut Tx, place: &Place) -> Result<Vec<WorkMachine>> {
    let organization = tx.caller().organization;
    let sql = "select id, line_id, code, name from equipment
        where organization_id = $1 and plant_id = $2 and line_id = any ($3) and category = 'machine' and active and archived_at is null
        order by code, id limit 500";
    let rows = tx.query(sql, &[&organization, &place.plant, &place.lines]).await?;
    Ok(rows.iter().map(|row| WorkMachine { id: row.get(0), line_id: row.get(1), code: row.get(2), name: row.get(3) }).collect())
}

async fn programs(tx: &mut Tx, ids: &[Uuid]) -> Result<Vec<WorkProgram>> {
    let organization = tx.caller().organization;
    let sql = "select j.id, p.equipment_id, p.name || ' ' || p.revision from jobs j
        join order_programs p on p.organization_id = $1 and p.plant_id = j.plant_id and p.manufacturing_order_id = j.manufacturing_order_id
            and (p.step is null or lower(p.step) = lower(j.name)) and (p.line_id is null or p.line_id = j.line_id)
        where j.organization_id = $1 and j.id = any ($2)
        order by j.id, p.equipment_id is null, p.line_id is null, p.step is null, p.name, p.revision desc";
    let rows = tx.query(sql, &[&organization, &ids]).await?;
    Ok(rows.iter().map(|row| WorkProgram { job_id: row.get(0), equipment_id: row.get(1), program: row.get(2) }).collect())
}

async fn steps_done(tx: &mut Tx, place: &Place, ids: &[Uuid]) -> Result<Vec<StepDone>> {
    let organization = tx.caller().organization;
    let sql = "select distinct job_id, instruction_step_id from step_results where organization_id = $1 and plant_id = $2 and job_id = any ($3) order by 1, 2";
    let rows = tx.query(sql, &[&organization, &place.plant, &ids]).await?;
    Ok(rows.iter().map(|row| StepDone { job_id: row.get(0), step_id: row.get(1) }).collect())
}

async fn labour(tx: &mut Tx, place: &Place) -> Result<Vec<WorkLabour>> {
    let organization = tx.caller().organization;
    let sql = "select operator_id, job_id, started_at from labour_bookings
        where organization_id = $1 and plant_id = $2 and ended_at is null and (line_id = any ($3) or terminal_id = $4) order by started_at, id";
    let rows = tx.query(sql, &[&organization, &place.plant, &place.lines, &place.id]).await?;
    Ok(rows.iter().map(|row| WorkLabour { operator_id: row.get(0), job_id: row.get(1), since: row.get(2) }).collect())
}
