//! The ledger of movements: every change of stock is appended here, and the database keeps stock its sum.
//!
//! **Invariant:** nothing else in the program changes a quantity in stock; not even the database's role of the server may.
//! **Invariant:** what belongs together is one document, written by one statement with its entry in the trail.

use jiff::Timestamp;
use platform::ids::PlantId;
use platform::resource::Choice;
use platform::{Error, Result, Tx};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

/// Whether material may be used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Choice, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// May be used.
    #[default]
    Available,
    /// May not be used.
    Blocked,
    /// Waits for somebody to decide.
    Quarantine,
}

impl Status {
    /// As the database writes it.
    pub const fn text(self) -> &'static str {
        match self {
            Status::Available => "available",
            Status::Blocked => "blocked",
            Status::Quarantine => "quarantine",
        }
    }

    /// As the database writes it, read back.
    pub fn of(text: &str) -> Status {
        match text {
            "blocked" => Status::Blocked,
            "quarantine" => Status::Quarantine,
            _ => Status::Available,
        }
    }
}

/// What a movement is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Movement {
    /// Came in.
    Receipt,
    /// Was given out or used up.
    Issue,
    /// Was put elsewhere: one line leaves, one arrives.
    Move,
    /// The difference that a count found.
    Count,
    /// Was corrected.
    Adjustment,
    /// Was made.
    Production,
    /// Was thrown away.
    Scrap,
    /// Became something that may or may not be used: one line leaves, one arrives.
    Status,
}

impl Movement {
    /// As the database writes it.
    pub const fn text(self) -> &'static str {
        match self {
            Movement::Receipt => "receipt",
            Movement::Issue => "issue",
            Movement::Move => "move",
            Movement::Count => "count",
            Movement::Adjustment => "adjustment",
            Movement::Production => "production",
            Movement::Scrap => "scrap",
            Movement::Status => "status",
        }
    }

    /// The event that tells of it.
    const fn event(self) -> &'static str {
        match self {
            Movement::Receipt => "stock.received",
            Movement::Issue => "stock.issued",
            Movement::Move => "stock.moved",
            Movement::Count => "stock.counted",
            Movement::Adjustment => "stock.adjusted",
            Movement::Production => "stock.produced",
            Movement::Scrap => "stock.scrapped",
            Movement::Status => "stock.status_set",
        }
    }
}

/// Which stock: what it is, where it lies, and what it is told apart by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// The item.
    pub item: Uuid,
    /// Where it lies.
    pub location: Uuid,
    /// Its lot.
    pub lot: Option<Uuid>,
    /// Its serial.
    pub serial: Option<Uuid>,
    /// The license plate it is on.
    pub license_plate: Option<Uuid>,
    /// Whether it may be used.
    pub status: Status,
}

/// A line of the ledger.
#[derive(Clone, Copy, Debug)]
pub struct Line {
    /// Which stock changes.
    pub key: Key,
    /// By how much, in the unit of the item; negative where it leaves.
    pub quantity: Decimal,
    /// What was said, in the unit it was said in.
    pub entered: Option<(Decimal, Uuid)>,
}

/// What lines of the ledger have in common.
#[derive(Clone, Copy, Debug)]
pub struct Posting<'a> {
    /// The plant.
    pub plant: PlantId,
    /// What happened.
    pub movement: Movement,
    /// When it happened.
    pub at: Timestamp,
    /// Why.
    pub reason: Option<&'a str>,
    /// A paper beside it.
    pub reference: Option<&'a str>,
    /// The line it happened at.
    pub line: Option<Uuid>,
    /// The job it was for.
    pub job: Option<Uuid>,
    /// The manufacturing order it was for.
    pub manufacturing_order: Option<Uuid>,
    /// The operator who said so.
    pub operator: Option<Uuid>,
}

impl<'a> Posting<'a> {
    /// Of something that happened now and has nothing to do with production.
    pub fn new(tx: &Tx, plant: PlantId, movement: Movement) -> Posting<'a> {
        let at = tx.now();
        Posting { plant, movement, at, reason: None, reference: None, line: None, job: None, manufacturing_order: None, operator: None }
    }
}

/// How many lines the trail spells out; the ledger has them all.
const SPELLED_OUT: usize = 100;

/// Appends lines to the ledger, with their entry in the trail, and returns the document they make. What leaves is written before what arrives,
/// so that a piece may go from place to place. Lines of nothing are left out; where nothing is left, there is no document.
///
/// # Errors
/// 409 `stock_short` where more leaves than is there; 409 `stock_reserved` where it is promised to others; 409 `serial_elsewhere` for a piece that
/// is there already; 409 `reference_violated` for what is not there.
pub async fn post(tx: &mut Tx, posting: &Posting<'_>, lines: &[Line]) -> Result<Option<Uuid>> {
    let mut lines: Vec<&Line> = lines.iter().filter(|line| !line.quantity.is_zero()).collect();
    if lines.is_empty() {
        return Ok(None);
    }
    // By key within each direction: two transactions that take from the same places take their locks in the same order.
    lines.sort_by_key(|line| (line.quantity > Decimal::ZERO, line.key));
    let document: Uuid = tx.new_id();
    let ids: Vec<Uuid> = lines.iter().map(|_| tx.new_id()).collect();
    let items: Vec<Uuid> = lines.iter().map(|line| line.key.item).collect();
    let locations: Vec<Uuid> = lines.iter().map(|line| line.key.location).collect();
    let lots: Vec<Option<Uuid>> = lines.iter().map(|line| line.key.lot).collect();
    let serials: Vec<Option<Uuid>> = lines.iter().map(|line| line.key.serial).collect();
    let plates: Vec<Option<Uuid>> = lines.iter().map(|line| line.key.license_plate).collect();
    let statuses: Vec<&str> = lines.iter().map(|line| line.key.status.text()).collect();
    let quantities: Vec<Decimal> = lines.iter().map(|line| line.quantity).collect();
    let entered: Vec<Option<Decimal>> = lines.iter().map(|line| line.entered.map(|(quantity, _)| quantity)).collect();
    let units: Vec<Option<Uuid>> = lines.iter().map(|line| line.entered.map(|(_, unit)| unit)).collect();
    let detail = json!({
        "document_id": document, "at": posting.at, "lines": lines.iter().take(SPELLED_OUT).map(|line| spelled_out(line)).collect::<Vec<_>>(),
        "line_count": lines.len(), "reason": posting.reason, "reference": posting.reference, "line_id": posting.line, "job_id": posting.job,
        "manufacturing_order_id": posting.manufacturing_order, "operator_id": posting.operator,
    });
    let organization = tx.caller().organization;
    let sql = "with written as (
            insert into stock_movements (organization_id, plant_id, document_id, kind, at, reason, reference, line_id, job_id,
                manufacturing_order_id, operator_id, id, item_id, location_id, lot_id, serial_id, license_plate_id, status, quantity,
                entered_quantity, entered_unit_id)
            select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, l.id, l.item_id, l.location_id, l.lot_id, l.serial_id, l.license_plate_id, l.status,
                l.quantity, l.entered_quantity, l.entered_unit_id
            from unnest($12::uuid[], $13::uuid[], $14::uuid[], $15::uuid[], $16::uuid[], $17::uuid[], $18::text[], $19::numeric[], $20::numeric[],
                $21::uuid[]) with ordinality
                as l (id, item_id, location_id, lot_id, serial_id, license_plate_id, status, quantity, entered_quantity, entered_unit_id, number)
            order by l.number
        )
        select gemba.audit($22, 'stock', $3, $2, 'success', $23)";
    let kind = posting.movement.text();
    let event = posting.movement.event();
    let written = tx
        .query(
            sql,
            &[
                &organization,
                &posting.plant,
                &document,
                &kind,
                &posting.at,
                &posting.reason,
                &posting.reference,
                &posting.line,
                &posting.job,
                &posting.manufacturing_order,
                &posting.operator,
                &ids,
                &items,
                &locations,
                &lots,
                &serials,
                &plates,
                &statuses,
                &quantities,
                &entered,
                &units,
                &event,
                &detail,
            ],
        )
        .await;
    written.map_err(refused)?;
    Ok(Some(document))
}

fn spelled_out(line: &Line) -> Value {
    let key = &line.key;
    json!({
        "item_id": key.item, "location_id": key.location, "lot_id": key.lot, "serial_id": key.serial, "license_plate_id": key.license_plate,
        "status": key.status, "quantity": line.quantity.normalize().to_string(),
    })
}

/// What the database's constraints on stock mean for the caller.
pub(crate) fn refused(error: Error) -> Error {
    let short = || Error::conflict("stock_short", "there is less of it than that; count what is there, or take it from elsewhere");
    let promised =
        || Error::conflict("stock_reserved", "the rest of it is promised to other orders; free a reservation, or take it from elsewhere");
    let elsewhere = || Error::conflict("serial_elsewhere", "a piece with this serial is in stock already; a piece is in one place");
    error
        .on_constraint("stock_quantity", short)
        .on_constraint("stock_reserved", promised)
        .on_constraint("stock_serial_key", elsewhere)
        .on_constraint("stock_serial", elsewhere)
}
