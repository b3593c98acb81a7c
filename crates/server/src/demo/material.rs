//! What stands and lies on the demo plant's floor before anybody made anything: terminals, places, material in lots, bills, an instruction. So the
//! first look at a terminal, at the stock and at where things came from shows something.
//!
//! **Invariant:** a plant that has a terminal is left as it is.

use factory::boms::{Bom, BomComponent};
use factory::items::Item;
use inventory::places::Location;
use inventory::stock::moving::{Receive, receive};
use platform::ids::PlantId;
use platform::resource::{self, How, Kinds, Record as _};
use platform::{Error, Result, Tx};
use production::people::pins;
use production::terminal::record::{InstructionStep, Terminal, TerminalLine, WorkInstruction};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{create, floor};

/// The PIN of the demo plant's operators.
pub const PIN: &str = "2468";

/// Code, name, lines.
const TERMINALS: &[(&str, &str, &[&str])] = &[
    ("T-SMT-1", "Terminal at SMT 1 to 3", &["SMT-01", "SMT-02", "SMT-03"]),
    ("T-CC", "Terminal at coating", &["CC-01", "CC-02"]),
    ("T-FA-1", "Terminal at final assembly 1", &["FA-01", "FA-02"]),
];

/// Code, name, kind, the place above it, the line beside it.
const PLACES: &[(&str, &str, &str, Option<&str>, Option<&str>)] = &[
    ("WH1", "Warehouse 1", "warehouse", None, None),
    ("WH1-A-01", "Rack A, bay 1", "bin", Some("WH1"), None),
    ("WH1-A-02", "Rack A, bay 2", "bin", Some("WH1"), None),
    ("WH1-Q", "Quarantine", "quarantine", Some("WH1"), None),
    ("LS-SMT-01", "Beside SMT-01", "line_side", None, Some("SMT-01")),
    ("LS-SMT-02", "Beside SMT-02", "line_side", None, Some("SMT-02")),
    ("LS-FA-01", "Beside FA-01", "line_side", None, Some("FA-01")),
    ("DOCK-1", "Dock 1", "dock", None, None),
];

/// Code, name, role, pieces of it in a board, lots that came: code, quantity, place, last day.
type Component = (&'static str, &'static str, &'static str, u32, &'static [(&'static str, u32, &'static str, &'static str)]);

const COMPONENTS: &[Component] = &[
    (
        "PCB-4L-160",
        "Bare board, 4 layers, 160 × 100",
        "component",
        1,
        &[("PB26-1107", 6_000, "WH1-A-01", "2028-06-30"), ("PB26-1131", 8_000, "WH1-A-01", "2028-09-30")],
    ),
    (
        "MCU-32-LQFP",
        "Microcontroller, 32 bit, LQFP-100",
        "component",
        1,
        &[("M2645-08", 9_000, "WH1-A-02", "2028-11-30"), ("M2646-02", 9_000, "LS-SMT-01", "2028-12-31")],
    ),
    ("CAP-100N-0603", "Capacitor 100 nF, 0603", "component", 24, &[("C26-88120", 400_000, "WH1-A-02", "2029-01-31")]),
    ("CON-12P", "Connector, 12 pins", "component", 2, &[("K26-0419", 16_000, "LS-FA-01", "2031-12-31")]),
];

/// What is made of them, traced by lot.
const MADE: &[&str] = &["Seat Control", "Infusion Pump Board"];

/// Furnishes the floor of a plant that has the example's lines.
///
/// # Errors
/// What the database refused.
pub(super) async fn furnish(tx: &mut Tx, kinds: &Kinds, plant: PlantId) -> Result<()> {
    let organization = tx.caller().organization;
    let there =
        tx.query_opt("select 1 from terminals where organization_id = $1 and plant_id = $2 limit 1", &[&organization, &plant]).await?;
    if there.is_some() {
        return Ok(());
    }
    let lines = tx.query("select name, id from lines where organization_id = $1 and plant_id = $2", &[&organization, &plant]).await?;
    let lines: Vec<(String, Uuid)> = lines.iter().map(|row| (row.get(0), row.get(1))).collect();
    let line = |name: &str| lines.iter().find(|(known, _)| known == name).map(|(_, id)| *id);
    for (code, name, at) in TERMINALS {
        let terminal = create(tx, kinds, Terminal::kind(), json!({ "plant_id": plant, "code": code, "name": name })).await?;
        for line in at.iter().filter_map(|name| line(name)) {
            create(tx, kinds, TerminalLine::kind(), json!({ "terminal_id": terminal, "line_id": line })).await?;
        }
    }
    let floor = floor::prepare(tx, kinds, plant, lines.len()).await?;
    for operator in floor.operators.iter().take(6) {
        pins::set(tx, *operator, Some(PIN)).await?;
    }
    let mut places: Vec<(&str, Uuid)> = Vec::new();
    for (code, name, of, above, beside) in PLACES {
        let parent = above.and_then(|above| places.iter().find(|(known, _)| *known == above).map(|(_, id)| *id));
        let body =
            json!({ "plant_id": plant, "code": code, "name": name, "type": of, "parent_id": parent, "line_id": beside.and_then(line) });
        places.push((code, create(tx, kinds, Location::kind(), body).await?));
    }
    let components = bring(tx, kinds, &places).await?;
    for name in MADE {
        bill(tx, kinds, name, &components).await?;
    }
    instruct(tx, kinds, plant, MADE[0]).await
}

/// Components and their lots, taken in. Returns each with its unit and how many a board needs.
async fn bring(tx: &mut Tx, kinds: &Kinds, places: &[(&str, Uuid)]) -> Result<Vec<(Uuid, Uuid, u32)>> {
    let organization = tx.caller().organization;
    let unit = "select u.id from units u where u.organization_id = $1 order by u.code <> 'C62', u.code limit 1";
    let Some(unit) = tx.query_opt(unit, &[&organization]).await?.map(|row| row.get::<_, Uuid>(0)) else { return Ok(Vec::new()) };
    let mut made = Vec::new();
    for (code, name, category, pieces, lots) in COMPONENTS {
        let body = json!({ "code": code, "name": name, "category": category, "unit_id": unit, "tracking": "lot" });
        let item = create(tx, kinds, Item::kind(), body).await?;
        for (lot, quantity, place, expires_on) in *lots {
            let Some((_, location)) = places.iter().find(|(known, _)| known == place) else { continue };
            let body: Receive = serde_json::from_value(json!({
                "location_id": location, "item_id": item, "quantity": quantity.to_string(), "lot_code": lot, "expires_on": expires_on,
                "reference": "Opening stock",
            }))
            .map_err(Error::internal)?;
            receive(tx, &body).await?;
        }
        made.push((item, unit, *pieces));
    }
    Ok(made)
}

/// The bill of an item, released; its lots are traced from then on.
async fn bill(tx: &mut Tx, kinds: &Kinds, name: &str, components: &[(Uuid, Uuid, u32)]) -> Result<()> {
    let organization = tx.caller().organization;
    let item = "select id from items where organization_id = $1 and name = $2";
    let Some(item) = tx.query_opt(item, &[&organization, &name]).await?.map(|row| row.get::<_, Uuid>(0)) else { return Ok(()) };
    if let Value::Object(body) = json!({ "tracking": "lot" }) {
        resource::save_one(tx, kinds, Item::kind(), body, How::Merge(item)).await?;
    }
    let bom = create(tx, kinds, Bom::kind(), json!({ "item_id": item, "revision": "A" })).await?;
    for (number, (component, unit, pieces)) in components.iter().enumerate() {
        let body =
            json!({ "bom_id": bom, "position": (number + 1) * 10, "item_id": component, "quantity": pieces.to_string(), "unit_id": unit });
        create(tx, kinds, BomComponent::kind(), body).await?;
    }
    let Value::Object(body) = json!({ "status": "released" }) else { return Ok(()) };
    resource::save_one(tx, kinds, Bom::kind(), body, How::Merge(bom)).await.map(|_| ())
}

/// How the first item is assembled: a text, a value with limits, a sign-off.
async fn instruct(tx: &mut Tx, kinds: &Kinds, plant: PlantId, name: &str) -> Result<()> {
    let organization = tx.caller().organization;
    let found = "select i.id, a.id from items i join areas a on a.organization_id = $1 and a.plant_id = $2 and a.name = 'Final Assembly'
        where i.organization_id = $1 and i.name = $3";
    let Some(row) = tx.query_opt(found, &[&organization, &plant, &name]).await? else { return Ok(()) };
    let (item, area): (Uuid, Uuid) = (row.get(0), row.get(1));
    let body =
        json!({ "plant_id": plant, "code": "WI-SEAT-A", "name": "Fit the board into its housing", "item_id": item, "area_id": area });
    let instruction = create(tx, kinds, WorkInstruction::kind(), body).await?;
    for step in [
        json!({ "position": 10, "text": "Wear the wrist strap. Lay the board into the lower shell, connector to the left.", "kind": "text" }),
        json!({ "position": 20, "text": "Tighten the four screws crosswise.", "kind": "value", "required": true, "min": "0.9", "max": "1.1", "unit": "N·m" }),
        json!({ "position": 30, "text": "The seal lies in its groove all around.", "kind": "signoff", "required": true }),
    ] {
        let mut body = step;
        body["work_instruction_id"] = json!(instruction);
        create(tx, kinds, InstructionStep::kind(), body).await?;
    }
    Ok(())
}
