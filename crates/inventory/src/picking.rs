//! Which stock is taken first: beside the line before elsewhere, what is promised to the order before what is free, and what expires first
//! before what lasts (FEFO). What lies in quarantine, and what is of a lot that may not be used, is nowhere found.
//!
//! **Invariant:** what is found here is locked, so that it is still there when it is taken.

use jiff::Timestamp;
use platform::ids::PlantId;
use platform::{Result, Tx};
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::ledger::{Key, Status};

/// What is looked for.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    /// The plant.
    pub plant: PlantId,
    /// The item.
    pub item: Uuid,
    /// How much, in the unit of the item.
    pub quantity: Decimal,
    /// Only from here.
    pub location: Option<Uuid>,
    /// For this line: beside it first, and never from beside another one.
    pub line: Option<Uuid>,
    /// Only of this lot.
    pub lot: Option<Uuid>,
    /// Only this piece.
    pub serial: Option<Uuid>,
    /// Only from this license plate.
    pub license_plate: Option<Uuid>,
    /// For this order, which may take what is promised to it.
    pub order: Option<Uuid>,
    /// When it is used: what expires on that day in the plant may still be used. Nothing where it is not used but put elsewhere.
    pub at: Option<Timestamp>,
}

/// Stock that may be taken, and how much of it is.
#[derive(Clone, Copy, Debug)]
pub struct Pick {
    /// The stock.
    pub stock: Uuid,
    /// Which it is.
    pub key: Key,
    /// How much is taken, in the unit of the item.
    pub quantity: Decimal,
}

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct Picked {
    /// In the order in which it is to be taken.
    pub picks: Vec<Pick>,
    /// How much is missing, in the unit of the item.
    pub short: Decimal,
    /// How much of the item is promised to the order, wherever it lies.
    pub promised: Decimal,
}

/// Rows looked at first; ten times as many each time it was not enough.
const FIRST_LOOK: i64 = 200;

/// Finds and locks stock, as much as is wanted or there is.
///
/// # Errors
/// What the database refused.
pub async fn pick(tx: &mut Tx, wanted: &Wanted) -> Result<Picked> {
    let organization = tx.caller().organization;
    // First what might be taken is locked, in an order that is the same for everybody; then it is read. In one statement the amounts would be those
    // from before somebody else's taking that was waited for.
    let lock = "select s.id from stock s where s.organization_id = $1 and s.id in (
            select s.id
            from stock s
            join locations p on p.organization_id = $1 and p.id = s.location_id
            left join lots l on l.organization_id = $1 and l.id = s.lot_id
            left join reservations r on r.organization_id = $1 and r.stock_id = s.id and r.order_id = $9
            where s.organization_id = $1 and s.plant_id = $2 and s.item_id = $3 and s.status = 'available' and s.quantity > 0
                and ($4::uuid is null or s.location_id = $4)
                and ($5::uuid is null or s.lot_id = $5)
                and ($6::uuid is null or s.serial_id = $6)
                and ($7::uuid is null or s.license_plate_id = $7)
                and ($4 is not null or $5 is not null or $6 is not null or $8::uuid is null or p.line_id is null or p.line_id = $8)
                and ($4 is not null or p.type <> 'quarantine')
                and coalesce(l.status, 'available') = 'available'
                and ($10::timestamptz is null or l.expires_on is null or l.expires_on >= (
                    select ($10::timestamptz at time zone time_zone)::date from plants where organization_id = $1 and id = $2))
                and s.quantity - s.reserved + coalesce(r.quantity, 0) > 0
            order by coalesce(p.line_id = $8, false) desc, r.id is null, l.expires_on nulls last, l.produced_on nulls last, l.created_at, s.updated_at, s.id
            limit $11)
        order by s.id for update";
    let read = "select s.id, s.location_id, s.lot_id, s.serial_id, s.license_plate_id, s.quantity - s.reserved + coalesce(r.quantity, 0),
            (select sum(p.quantity) from reservations p where p.organization_id = $1 and p.order_id = $3 and p.item_id = $4)
        from stock s
        join locations p on p.organization_id = $1 and p.id = s.location_id
        left join lots l on l.organization_id = $1 and l.id = s.lot_id
        left join reservations r on r.organization_id = $1 and r.stock_id = s.id and r.order_id = $3
        where s.organization_id = $1 and s.id = any ($2) and s.status = 'available'
        order by coalesce(p.line_id = $5, false) desc, r.id is null, l.expires_on nulls last, l.produced_on nulls last, l.created_at, s.updated_at, s.id";
    let mut look = FIRST_LOOK;
    loop {
        let locked = tx
            .query(
                lock,
                &[
                    &organization,
                    &wanted.plant,
                    &wanted.item,
                    &wanted.location,
                    &wanted.lot,
                    &wanted.serial,
                    &wanted.license_plate,
                    &wanted.line,
                    &wanted.order,
                    &wanted.at,
                    &look,
                ],
            )
            .await?;
        let ids: Vec<Uuid> = locked.iter().map(|row| row.get(0)).collect();
        let rows = match ids.is_empty() {
            true => Vec::new(),
            false => tx.query(read, &[&organization, &ids, &wanted.order, &wanted.item, &wanted.line]).await?,
        };
        let mut picked = Picked { short: wanted.quantity, ..Picked::default() };
        for row in &rows {
            picked.promised = row.get::<_, Option<Decimal>>(6).unwrap_or_default();
            let quantity = row.get::<_, Decimal>(5).min(picked.short);
            if quantity <= Decimal::ZERO {
                continue;
            }
            let key = Key {
                item: wanted.item,
                location: row.get(1),
                lot: row.get(2),
                serial: row.get(3),
                license_plate: row.get(4),
                status: Status::Available,
            };
            picked.picks.push(Pick { stock: row.get(0), key, quantity });
            picked.short -= quantity;
            if picked.short.is_zero() {
                break;
            }
        }
        let saw_all = locked.len() < usize::try_from(look).unwrap_or(usize::MAX);
        if picked.short.is_zero() || saw_all {
            return Ok(picked);
        }
        look *= 10;
    }
}

/// Frees what is promised to an order of an item, up to `quantity`: from the stock that is taken first, then from anywhere, because what was
/// taken elsewhere is not needed any more.
///
/// # Errors
/// What the database refused.
pub async fn use_up_promises(tx: &mut Tx, order: Uuid, item: Uuid, quantity: Decimal, taken: &[Pick]) -> Result<()> {
    let organization = tx.caller().organization;
    let first: Vec<Uuid> = taken.iter().map(|pick| pick.stock).collect();
    // Each promise gives what is still needed behind those before it; what is left of none is removed.
    let sql = "with promises as (
            select id, quantity, sum(quantity) over (order by array_position($5::uuid[], stock_id) nulls last, id) - quantity as before
            from reservations where organization_id = $1 and order_id = $2 and item_id = $3
        ), freed as (
            select id, quantity, least(quantity, $4::numeric - before) as freed from promises where before < $4
        ), gone as (
            delete from reservations r using freed f where r.organization_id = $1 and r.id = f.id and f.freed >= f.quantity
        )
        update reservations r set quantity = r.quantity - f.freed from freed f where r.organization_id = $1 and r.id = f.id and f.freed < f.quantity";
    tx.execute(sql, &[&organization, &order, &item, &quantity, &first]).await?;
    Ok(())
}
