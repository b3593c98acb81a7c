//! What production does with materials: take components for a job, put what it made into stock and into the genealogy, look whether there is
//! enough, promise stock to orders.
//!
//! These are parts of production's own actions, which ask for production's permissions before: whoever may report a job may use up what it
//! needs. What people do with stock by hand is in [`crate::stock`], with permissions of its own.
//!
//! **Invariant:** whatever is taken and made is a line of the ledger; what it was made of is a link of the genealogy, in the same transaction.
//! **Invariant:** nothing here waits for somebody or is half done: the caller's transaction decides.

use std::collections::BTreeMap;

use jiff::Timestamp;
use platform::ids::PlantId;
use platform::{Error, Result, Tx};
use rust_decimal::Decimal;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::genealogy::links::{self, Made, Used};
use crate::ledger::{self, Key, Line, Movement, Posting, Status};
use crate::picking::{self, Pick, Wanted};
use crate::stock::known::{self, NewLot};
use crate::stock::{blocked, reserving};

/// Material that was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    /// The item.
    pub item: Uuid,
    /// The lot it was of.
    pub lot: Option<Uuid>,
    /// The piece it was.
    pub serial: Option<Uuid>,
    /// Where it lay.
    pub location: Uuid,
    /// How much, in the unit of the item.
    pub quantity: Decimal,
}

/// Material that a job uses up.
#[derive(Clone, Copy, Debug)]
pub struct Consume {
    /// The item.
    pub item: Uuid,
    /// How much, in the unit of the item.
    pub quantity: Decimal,
    /// The line of the job: what lies beside it is taken first.
    pub line: Option<Uuid>,
    /// The job.
    pub job: Uuid,
    /// Its manufacturing order, whose reservations are used up.
    pub manufacturing_order: Uuid,
    /// Who says so.
    pub operator: Option<Uuid>,
    /// This lot, where it was scanned; else what expires first.
    pub lot: Option<Uuid>,
    /// This piece, where it was scanned.
    pub serial: Option<Uuid>,
    /// When.
    pub at: Timestamp,
    /// Whether less than that is enough: what is there is taken, and the rest is for a count to find.
    pub allow_short: bool,
}

/// Takes material for a job out of stock, what expires first before what lasts, and answers what was taken from where.
///
/// # Errors
/// 409 `stock_short` where there is not enough and less is not; 409 `material_blocked`, `material_expired` for a lot or piece that was named and may
/// not be used.
pub async fn consume(tx: &mut Tx, plant: PlantId, want: &Consume) -> Result<Vec<Taken>> {
    let picks = look(tx, plant, want).await?;
    take(tx, plant, want, &picks).await
}

/// The same for all materials of one job at once, which are one document of the ledger. Each item is named once.
///
/// # Errors
/// As [`consume`].
pub async fn consume_all(tx: &mut Tx, plant: PlantId, wants: &[Consume]) -> Result<Vec<Taken>> {
    let mut picks = Vec::new();
    for want in wants {
        picks.extend(look(tx, plant, want).await?);
    }
    match wants.first() {
        Some(first) => take(tx, plant, first, &picks).await,
        None => Ok(Vec::new()),
    }
}

/// Finds and locks what a job is to take, and uses up what was promised to its order of it.
async fn look(tx: &mut Tx, plant: PlantId, want: &Consume) -> Result<Vec<Pick>> {
    if want.quantity <= Decimal::ZERO {
        return Ok(Vec::new());
    }
    if want.lot.is_some() || want.serial.is_some() {
        blocked::refuse(tx, plant, want.lot, want.serial, want.at).await?;
    }
    let wanted = Wanted {
        plant,
        item: want.item,
        quantity: want.quantity.round_dp(crate::units::DECIMALS),
        location: None,
        line: want.line,
        lot: want.lot,
        serial: want.serial,
        license_plate: None,
        order: Some(want.manufacturing_order),
        at: Some(want.at),
    };
    let picked = picking::pick(tx, &wanted).await?;
    if !picked.short.is_zero() && !want.allow_short {
        let there = wanted.quantity - picked.short;
        let detail = format!("{} are wanted and {} are there that may be used", wanted.quantity.normalize(), there.normalize());
        return Err(Error::conflict("stock_short", detail));
    }
    let total: Decimal = picked.picks.iter().map(|pick| pick.quantity).sum();
    if picked.promised > Decimal::ZERO && total > Decimal::ZERO {
        picking::use_up_promises(tx, want.manufacturing_order, want.item, total, &picked.picks).await?;
    }
    Ok(picked.picks)
}

/// Takes what was found; `want` says for which job, and when.
async fn take(tx: &mut Tx, plant: PlantId, want: &Consume, picks: &[Pick]) -> Result<Vec<Taken>> {
    let lines: Vec<Line> = picks.iter().map(|pick| Line { key: pick.key, quantity: -pick.quantity, entered: None }).collect();
    let posting = Posting {
        plant,
        movement: Movement::Issue,
        at: want.at,
        reason: None,
        reference: None,
        line: want.line,
        job: Some(want.job),
        manufacturing_order: Some(want.manufacturing_order),
        operator: want.operator,
    };
    ledger::post(tx, &posting, &lines).await?;
    let serials: Vec<Uuid> = picks.iter().filter_map(|pick| pick.key.serial).collect();
    known::mark_serials(tx, &serials, "consumed").await?;
    let taken = picks.iter().map(|pick| Taken {
        item: pick.key.item,
        lot: pick.key.lot,
        serial: pick.key.serial,
        location: pick.key.location,
        quantity: pick.quantity,
    });
    Ok(taken.collect())
}

/// What a job made.
#[derive(Clone, Debug)]
pub struct Produce<'a> {
    /// The item.
    pub item: Uuid,
    /// How much, in the unit of the item.
    pub quantity: Decimal,
    /// The lot it is put into, made where there is none yet.
    pub lot_code: Option<String>,
    /// The serials of its pieces, as far as they have some.
    pub serials: Vec<String>,
    /// The line of the job.
    pub line: Option<Uuid>,
    /// The job.
    pub job: Uuid,
    /// Its manufacturing order.
    pub manufacturing_order: Uuid,
    /// Who says so.
    pub operator: Option<Uuid>,
    /// The machine it was made at.
    pub equipment: Option<Uuid>,
    /// The program the machine ran.
    pub program: Option<String>,
    /// When.
    pub at: Timestamp,
    /// What was used up for it.
    pub consumed: &'a [Taken],
}

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Produced {
    /// Where it lies; none in a plant that keeps no places and so no stock.
    pub location: Option<Uuid>,
    /// Its lot.
    pub lot: Option<Uuid>,
    /// Its serials, in the order in which they were given.
    pub serials: Vec<Uuid>,
    /// Links that were written into the genealogy.
    pub links: u64,
}

/// Puts what a job made into stock, beside its line or in the plant's first warehouse, and writes what it was made of.
///
/// Beside what is said to be consumed, it is made of what was issued to the manufacturing order by other means before (a scanned reel, an earlier
/// operation) and is not in the genealogy of a piece yet: a recall rather finds one unit too many than one too few.
///
/// # Errors
/// 409 `serial_exists` for a serial that was made or received before; 409 `too_many_serials` for more of them than pieces.
pub async fn produce(tx: &mut Tx, plant: PlantId, made: &Produce<'_>) -> Result<Produced> {
    let quantity = made.quantity.round_dp(crate::units::DECIMALS);
    if quantity <= Decimal::ZERO {
        return Ok(Produced::default());
    }
    let pieces = Decimal::from(made.serials.len());
    if pieces > quantity {
        let detail = format!("{} serials for a quantity of {}", made.serials.len(), quantity.normalize());
        return Err(Error::conflict("too_many_serials", detail));
    }
    let lot = match made.lot_code.as_deref().map(str::trim).filter(|code| !code.is_empty()) {
        Some(code) => Some(known::lot(tx, plant, made.item, code, &NewLot { made_at: Some(made.at), ..NewLot::default() }).await?),
        None => None,
    };
    let (lot, status) = (lot.as_ref().map(|lot| lot.id), lot.as_ref().map_or(Status::Available, |lot| lot.status));
    let serials = known::new_serials(tx, plant, made.item, lot, &made.serials).await?;
    let location = output_place(tx, plant, made.line).await?;
    if let Some(location) = location {
        let key = |serial| Key { item: made.item, location, lot, serial, license_plate: None, status };
        let mut lines: Vec<Line> =
            serials.iter().map(|serial| Line { key: key(Some(*serial)), quantity: Decimal::ONE, entered: None }).collect();
        lines.push(Line { key: key(None), quantity: quantity - pieces, entered: None });
        let posting = Posting {
            plant,
            movement: Movement::Production,
            at: made.at,
            reason: None,
            reference: None,
            line: made.line,
            job: Some(made.job),
            manufacturing_order: Some(made.manufacturing_order),
            operator: made.operator,
        };
        ledger::post(tx, &posting, &lines).await?;
    }
    let used: Vec<Used> = made.consumed.iter().filter_map(Used::of).collect();
    let children: Vec<Made> = match (serials.is_empty(), lot) {
        // What of the lot has no serial of its own is the lot itself.
        (true, Some(lot)) => vec![Made::Lot(lot)],
        (false, Some(lot)) if quantity > pieces => serials.iter().map(|serial| Made::Serial(*serial)).chain([Made::Lot(lot)]).collect(),
        _ => serials.iter().map(|serial| Made::Serial(*serial)).collect(),
    };
    let links = links::write(tx, plant, &children, &used, made).await?;
    Ok(Produced { location, lot, serials, links })
}

/// Where what a line makes is put: beside it, else in the plant's first warehouse, else in its first place.
async fn output_place(tx: &mut Tx, plant: PlantId, line: Option<Uuid>) -> Result<Option<Uuid>> {
    let organization = tx.caller().organization;
    let sql = "select id from locations
        where organization_id = $1 and plant_id = $2 and archived_at is null and active and type <> 'quarantine' and (line_id is null or line_id = $3)
        order by coalesce(line_id = $3, false) desc, type = 'line_side' desc, type = 'warehouse' desc, code limit 1";
    Ok(tx.query_opt(sql, &[&organization, &plant, &line]).await?.map(|row| row.get(0)))
}

/// Whether there is enough of an item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Available {
    /// The item.
    pub item_id: Uuid,
    /// How much is wanted, in the unit of the item.
    #[schema(value_type = String, example = "1200")]
    pub wanted: Decimal,
    /// How much there is, whatever its status.
    #[schema(value_type = String, example = "5000")]
    pub on_hand: Decimal,
    /// How much of it is promised to orders.
    #[schema(value_type = String, example = "0")]
    pub reserved: Decimal,
    /// How much the order may take: neither blocked, nor expired, nor promised to another one.
    #[schema(value_type = String, example = "4500")]
    pub available: Decimal,
    /// How much is missing.
    #[schema(value_type = String, example = "0")]
    pub short: Decimal,
}

/// Whether there is enough of these items in a plant for an order, in the order in which they are asked; what is promised to it is there for it.
///
/// # Errors
/// What the database refused.
pub async fn availability(tx: &mut Tx, plant: PlantId, order: Uuid, items: &[(Uuid, Decimal)]) -> Result<Vec<Available>> {
    let organization = tx.caller().organization;
    let ids: Vec<Uuid> = items.iter().map(|(item, _)| *item).collect();
    let now = tx.now();
    let sql = "select s.item_id, sum(s.quantity), sum(s.reserved),
            coalesce(sum(s.quantity - s.reserved + coalesce(r.quantity, 0))
                filter (where s.status = 'available' and (l.expires_on is null or l.expires_on >= d.today)), 0)
        from stock s left join lots l on l.organization_id = $1 and l.id = s.lot_id
        left join reservations r on r.organization_id = $1 and r.stock_id = s.id and r.order_id = $5
        cross join (select ($4::timestamptz at time zone time_zone)::date as today from plants where organization_id = $1 and id = $2) d
        where s.organization_id = $1 and s.plant_id = $2 and s.item_id = any ($3) group by s.item_id";
    let rows = tx.query(sql, &[&organization, &plant, &ids, &now, &order]).await?;
    let found: BTreeMap<Uuid, (Decimal, Decimal, Decimal)> =
        rows.iter().map(|row| (row.get(0), (row.get(1), row.get(2), row.get(3)))).collect();
    let answer = items.iter().map(|(item, wanted)| {
        let (on_hand, reserved, available) = found.get(item).copied().unwrap_or_default();
        let short = (*wanted - available).max(Decimal::ZERO);
        let [wanted, on_hand, reserved, available, short] =
            [*wanted, on_hand, reserved, available, short].map(|quantity| quantity.normalize());
        Available { item_id: *item, wanted, on_hand, reserved, available, short }
    });
    Ok(answer.collect())
}

/// Promises stock to an order, as much of each item as is wanted beyond what is promised to it already, or as there is. Answers how it stands: what is
/// `short` was not there.
///
/// # Errors
/// What the database refused.
pub async fn reserve_for_order(tx: &mut Tx, plant: PlantId, order: Uuid, needs: &[(Uuid, Decimal)]) -> Result<Vec<Available>> {
    let mut wanted: BTreeMap<Uuid, Decimal> = BTreeMap::new();
    for (item, quantity) in needs {
        *wanted.entry(*item).or_default() += quantity.round_dp(crate::units::DECIMALS);
    }
    let organization = tx.caller().organization;
    let promised = "select item_id, sum(quantity) from reservations where organization_id = $1 and order_id = $2 group by item_id";
    let rows = tx.query(promised, &[&organization, &order]).await?;
    let promised: BTreeMap<Uuid, Decimal> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
    let at = tx.now();
    let mut missing: BTreeMap<Uuid, Decimal> = BTreeMap::new();
    for (item, quantity) in &wanted {
        let more = *quantity - promised.get(item).copied().unwrap_or_default();
        if more <= Decimal::ZERO {
            continue;
        }
        // For no order: what is promised to this one already is not there a second time.
        let look = Wanted {
            plant,
            item: *item,
            quantity: more,
            location: None,
            line: None,
            lot: None,
            serial: None,
            license_plate: None,
            order: None,
            at: Some(at),
        };
        let picked = picking::pick(tx, &look).await?;
        reserving::promise(tx, plant, order, &picked.picks).await?;
        missing.insert(*item, picked.short);
    }
    let asked: Vec<(Uuid, Decimal)> = wanted.into_iter().collect();
    let mut standing = availability(tx, plant, order, &asked).await?;
    for one in &mut standing {
        one.short = missing.get(&one.item_id).copied().unwrap_or_default().normalize();
    }
    Ok(standing)
}

/// Frees everything that is promised to an order, and answers how many reservations that were.
///
/// # Errors
/// What the database refused.
pub async fn release_reservations(tx: &mut Tx, order: Uuid) -> Result<u64> {
    let organization = tx.caller().organization;
    tx.execute("delete from reservations where organization_id = $1 and order_id = $2", &[&organization, &order]).await
}
