//! What was made before a played shift begins: a programmed circuit, a module it goes into, a control unit that takes the module. So whoever opens the
//! genealogy finds pieces with several levels below them, made by somebody, at a machine, with a program; and a supervisor finds something to decide.
//!
//! **Invariant:** it happens by the same actions as everything else, before the play, once in a plant.
//! **Invariant:** a plant without the demo's terminals and bills is left as it is.

use factory::boms::{Bom, BomComponent};
use factory::capabilities::Capability;
use factory::items::Item;
use factory::places::Equipment;
use inventory::stock::moving::{Receive, receive};
use jiff::Timestamp;
use platform::ids::PlantId;
use platform::resource::{self, How, Kinds, Record as _};
use platform::{Error, Result, Tx};
use production::jobs::actions::{Said, act};
use production::jobs::machines::MachineProgram;
use production::jobs::model::{From, Verb};
use production::jobs::report::{Report, report};
use production::jobs::store::Job;
use production::orders::freeze::release;
use production::orders::record::ManufacturingOrder;
use production::terminal::sync;
use rust_decimal::Decimal;
use serde_json::{Value, json};
use uuid::Uuid;

use super::create;
use super::dice::later;

/// The item whose pieces are made of all this, each with a serial from then on.
const UNIT: &str = "Seat Control";
/// What one unit takes.
const UNIT_PARTS: &[(&str, u32)] = &[("MOD-POS", 1), ("PCB-4L-160", 1), ("MCU-32-LQFP", 1), ("CAP-100N-0603", 18), ("CON-12P", 2)];

/// A part that is made here.
struct Part {
    code: &'static str,
    name: &'static str,
    line: &'static str,
    machine: (&'static str, &'static str),
    program: (&'static str, &'static str),
    of: &'static [(&'static str, u32)],
}

const PARTS: &[Part] = &[
    Part {
        code: "ASIC-POS-P",
        name: "Position circuit, programmed",
        line: "SMT-01",
        machine: ("PRG-1", "Programmer 1"),
        program: ("ASIC-POS-FW", "2.4"),
        of: &[("ASIC-POS", 1)],
    },
    Part {
        code: "MOD-POS",
        name: "Position module",
        line: "SMT-02",
        machine: ("NXT-2", "Placer of SMT-02"),
        program: ("MOD-POS-TOP", "C"),
        of: &[("ASIC-POS-P", 1), ("PCB-4L-160", 1), ("CAP-100N-0603", 6)],
    },
];

/// An order of before.
struct Before {
    code: &'static str,
    /// What is made; none for the unit.
    part: Option<&'static str>,
    quantity: u32,
    /// Whether its last step is left for the play.
    is_open: bool,
    /// When it began, before the play (h).
    hours: f64,
}

const ORDERS: &[Before] = &[
    Before { code: "MO-ASIC-0812", part: Some("ASIC-POS-P"), quantity: 600, is_open: false, hours: 30.0 },
    Before { code: "MO-POS-0447", part: Some("MOD-POS"), quantity: 400, is_open: false, hours: 24.0 },
    Before { code: "MO-SEAT-1024", part: None, quantity: 60, is_open: false, hours: 18.0 },
    Before { code: "MO-SEAT-1031", part: None, quantity: 120, is_open: true, hours: 7.0 },
];

/// Makes what was made before `start`, in a plant that has the demo's floor and in which it was not made yet.
///
/// # Errors
/// What the actions refuse.
pub(super) async fn make(tx: &mut Tx, kinds: &Kinds, plant: PlantId, operators: &[Uuid], start: Timestamp) -> Result<()> {
    let organization = tx.caller().organization;
    let unit = "select i.id from items i join boms b on b.organization_id = $1 and b.item_id = i.id
        where i.organization_id = $1 and i.name = $3 and exists (select from terminals t where t.organization_id = $1 and t.plant_id = $2)
            and not exists (select from items n where n.organization_id = $1 and n.code = 'MOD-POS') limit 1";
    let Some(unit) = tx.query_opt(unit, &[&organization, &plant, &UNIT]).await?.map(|row| row.get::<_, Uuid>(0)) else { return Ok(()) };
    let Some(piece) = found(tx, "select unit_id from items where organization_id = $1 and code = $2", "CON-12P").await? else {
        return Ok(());
    };
    let shop = Shop { plant, unit, piece, operators };
    shop.furnish(tx, kinds).await?;
    let mut settled = None;
    for before in ORDERS {
        let item = match before.part {
            Some(code) => item_of(tx, code).await?,
            None => Some(unit),
        };
        let Some(item) = item else { continue };
        let last = shop.order(tx, kinds, before, item, later(start, -before.hours * 3600.0)).await?;
        settled = if before.part.is_none() && !before.is_open { last } else { settled };
    }
    match settled {
        Some(job) => shop.left_to_decide(tx, &job, start).await,
        None => Ok(()),
    }
}

async fn found(tx: &mut Tx, sql: &'static str, code: &str) -> Result<Option<Uuid>> {
    let organization = tx.caller().organization;
    Ok(tx.query_opt(sql, &[&organization, &code]).await?.map(|row| row.get(0)))
}

async fn item_of(tx: &mut Tx, code: &str) -> Result<Option<Uuid>> {
    found(tx, "select id from items where organization_id = $1 and code = $2", code).await
}

struct Shop<'a> {
    plant: PlantId,
    unit: Uuid,
    /// The unit in which pieces are counted.
    piece: Uuid,
    operators: &'a [Uuid],
}

impl Shop<'_> {
    /// The parts with their bills, machines and programs, and the circuits as they were delivered.
    async fn furnish(&self, tx: &mut Tx, kinds: &Kinds) -> Result<()> {
        let organization = tx.caller().organization;
        let item = |code: &str, name: &str| json!({ "code": code, "name": name, "category": "component", "unit_id": self.piece, "tracking": "lot" });
        let blank = create(tx, kinds, Item::kind(), item("ASIC-POS", "Position circuit, blank, SOIC-8")).await?;
        let place =
            "select id from locations where organization_id = $1 and plant_id = $2 and type in ('bin', 'warehouse') and archived_at is null
            order by type = 'bin' desc, code desc limit 1";
        if let Some(place) = tx.query_opt(place, &[&organization, &self.plant]).await?.map(|row| row.get::<_, Uuid>(0)) {
            for (lot, quantity) in [("A2644-17", "500"), ("A2645-03", "2000")] {
                let body: Receive =
                    serde_json::from_value(json!({ "location_id": place, "item_id": blank, "quantity": quantity, "lot_code": lot,
                    "expires_on": "2029-03-31", "reference": "Opening stock" }))
                    .map_err(Error::internal)?;
                receive(tx, &body).await?;
            }
        }
        for part in PARTS {
            let made = create(tx, kinds, Item::kind(), item(part.code, part.name)).await?;
            self.bill(tx, kinds, made, "A", part.of).await?;
            let line = "select id from lines where organization_id = $1 and plant_id = $2 and name = $3 and archived_at is null";
            let Some(row) = tx.query_opt(line, &[&organization, &self.plant, &part.line]).await? else { continue };
            let line: Uuid = row.get(0);
            create(tx, kinds, Capability::kind(), json!({ "line_id": line, "item_id": made, "cycle_time_s": "9" })).await?;
            self.machine(tx, kinds, made, line, part.machine, part.program).await?;
        }
        self.bill(tx, kinds, self.unit, "B", UNIT_PARTS).await?;
        let Value::Object(serials) = json!({ "tracking": "serial" }) else { return Ok(()) };
        resource::save_one(tx, kinds, Item::kind(), serials, How::Merge(self.unit)).await?;
        // The unit's last step has a tester with a program of its own.
        let line = "select c.line_id from capabilities c
            join lines l on l.organization_id = $1 and l.id = c.line_id and l.active and l.archived_at is null
            join areas a on a.organization_id = $1 and a.id = l.area_id
            where c.organization_id = $1 and c.plant_id = $2 and c.item_id = $3 and c.active and c.archived_at is null
            order by a.sequence desc, c.priority, c.cycle_time_s, l.id limit 1";
        let Some(row) = tx.query_opt(line, &[&organization, &self.plant, &self.unit]).await? else { return Ok(()) };
        self.machine(tx, kinds, self.unit, row.get(0), ("FCT-1", "Function tester 1"), ("SEAT-FCT", "D")).await
    }

    async fn bill(&self, tx: &mut Tx, kinds: &Kinds, item: Uuid, revision: &str, of: &[(&str, u32)]) -> Result<()> {
        let bom = create(tx, kinds, Bom::kind(), json!({ "item_id": item, "revision": revision })).await?;
        for (number, (code, pieces)) in of.iter().enumerate() {
            let Some(part) = item_of(tx, code).await? else { continue };
            let body = json!({ "bom_id": bom, "position": (number + 1) * 10, "item_id": part, "quantity": pieces.to_string(), "unit_id": self.piece });
            create(tx, kinds, BomComponent::kind(), body).await?;
        }
        let Value::Object(released) = json!({ "status": "released" }) else { return Ok(()) };
        resource::save_one(tx, kinds, Bom::kind(), released, How::Merge(bom)).await.map(drop)
    }

    async fn machine(
        &self,
        tx: &mut Tx,
        kinds: &Kinds,
        item: Uuid,
        line: Uuid,
        (code, name): (&str, &str),
        (program, revision): (&str, &str),
    ) -> Result<()> {
        let known = "select id from equipment where organization_id = $1 and code = $2";
        let machine = match found(tx, known, code).await? {
            Some(machine) => machine,
            None => {
                create(tx, kinds, Equipment::kind(), json!({ "plant_id": self.plant, "code": code, "name": name, "line_id": line })).await?
            }
        };
        let body = json!({ "plant_id": self.plant, "item_id": item, "name": program, "revision": revision, "line_id": line, "equipment_id": machine,
            "status": "released" });
        create(tx, kinds, MachineProgram::kind(), body).await.map(drop)
    }

    /// An order and its steps, one after the other; returns the job of its last step.
    async fn order(&self, tx: &mut Tx, kinds: &Kinds, before: &Before, item: Uuid, began: Timestamp) -> Result<Option<Job>> {
        let due_at = later(tx.now(), 24.0 * 3600.0);
        let body = json!({ "plant_id": self.plant, "code": before.code, "item_id": item, "quantity": before.quantity.to_string(), "due_at": due_at,
            "lot_code": before.code.trim_start_matches("MO-"), "priority": 5 });
        let order = create(tx, kinds, ManufacturingOrder::kind(), body).await?;
        let jobs = match release(tx, order).await {
            Ok(released) => released.jobs,
            // A plant whose lines make something else has no history of this.
            Err(refused) if refused.code == "no_routing" => return Ok(None),
            Err(refused) => return Err(refused),
        };
        let steps = jobs.len() - usize::from(before.is_open);
        for (number, job) in jobs.iter().take(steps).enumerate() {
            let is_last = number + 1 == jobs.len();
            self.step(tx, before, job, is_last, later(began, number as f64 * 4_200.0)).await?;
        }
        Ok(jobs.into_iter().next_back())
    }

    /// A step of an order: set up, run, three reports, done.
    async fn step(&self, tx: &mut Tx, before: &Before, job: &Job, is_last: bool, began: Timestamp) -> Result<()> {
        let operator = self.operators.get(job.number.unsigned_abs() as usize / 10 % self.operators.len().max(1)).copied();
        let at = |minutes: f64| later(began, minutes * 60.0);
        let said = |minutes: f64| Said { at: at(minutes), client_at: None, operator, terminal: None, action: None, from: From::Floor };
        act(tx, job.id, Verb::SetupStart, said(0.0), None).await?;
        act(tx, job.id, Verb::Start, said(9.0), None).await?;
        let part = before.quantity / 3;
        for (number, good) in [part, part, before.quantity - 2 * part].into_iter().enumerate() {
            let first = part * number as u32;
            let has_serials = is_last && before.part.is_none();
            let serials = (first..first + good)
                .filter(|_| has_serials)
                .map(|piece| format!("{}-{:04}", before.code.trim_start_matches("MO-"), piece + 1));
            let report_of = Report { good: Decimal::from(good), serials: serials.collect(), operator_id: operator, ..Report::default() };
            report(tx, job.id, &report_of, said(22.0 + 16.0 * number as f64)).await?;
        }
        act(tx, job.id, Verb::Finish, said(62.0), None).await.map(drop)
    }

    /// What a terminal sends after its order was settled, and a label that nobody knows: both are kept for a supervisor.
    async fn left_to_decide(&self, tx: &mut Tx, job: &Job, start: Timestamp) -> Result<()> {
        production::orders::actions::close(tx, job.manufacturing_order_id).await?;
        let organization = tx.caller().organization;
        let terminal = "select t.id, l.line_id from terminals t
            join terminal_lines l on l.organization_id = $1 and l.terminal_id = t.id and l.archived_at is null
            where t.organization_id = $1 and t.plant_id = $2 and t.archived_at is null order by l.line_id = $3 desc nulls last, t.code limit 1";
        let Some(row) = tx.query_opt(terminal, &[&organization, &self.plant, &job.line_id]).await? else { return Ok(()) };
        let (terminal, line): (Uuid, Uuid) = (row.get(0), row.get(1));
        let open = "select j.id from jobs j join manufacturing_orders o on o.organization_id = $1 and o.id = j.manufacturing_order_id
            where j.organization_id = $1 and j.plant_id = $2 and o.status = 'running' order by j.status = 'ready' desc, o.code, j.number limit 1";
        let running = tx.query_opt(open, &[&organization, &self.plant]).await?.map(|row| row.get::<_, Uuid>(0));
        let at = later(start, -600.0);
        let action = |id: Uuid, sequence: i64, more: Value| {
            let mut action = json!({ "id": id, "sequence": sequence, "at": at, "operator_id": self.operators.first(), "line_id": line });
            if let (Value::Object(all), Value::Object(more)) = (&mut action, more) {
                all.extend(more);
            }
            action
        };
        let mut actions = vec![action(tx.new_id(), 1, json!({ "kind": "job.report", "job_id": job.id, "good": 2 }))];
        if let Some(running) = running {
            let scanned = json!({ "kind": "material.issue", "job_id": running, "code": "REEL 7713-A", "quantity": 500 });
            actions.push(action(tx.new_id(), 2, scanned));
        }
        let sent = sync::Sent { device_id: "Tablet beside the tester".into(), device_now: tx.now(), actions };
        sync::take(tx, terminal, &sent, std::time::Duration::from_secs(60)).await.map(drop)
    }
}
