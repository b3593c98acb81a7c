//! What people see of stock: what lies where, what the ledger says, what is promised.
//!
//! **Invariant:** only what lies in plants where the caller may see stock.

use jiff::Timestamp;
use platform::caller::Reach;
use platform::http::{Cursor, Page, Paged};
use platform::ids::PlantId;
use platform::{Error, Result, Tx};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio_postgres::Row;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::STOCK_READ;
use crate::ledger::{Key, Status};

/// Something by its identifier and what people call it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Named {
    /// Which.
    pub id: Uuid,
    /// As its label says.
    #[schema(example = "L26-04711")]
    pub code: String,
}

impl Named {
    pub(crate) fn of(id: Option<Uuid>, code: Option<String>) -> Option<Named> {
        Some(Named { id: id?, code: code.unwrap_or_default() })
    }
}

/// Stock: how much of what lies where.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Stock {
    /// This stock, as long as there is some.
    pub id: Uuid,
    /// The plant.
    pub plant_id: Uuid,
    /// The item.
    pub item: Named,
    /// What the item is called.
    #[schema(example = "Solder paste SAC305")]
    pub item_name: String,
    /// The unit of all quantities.
    #[schema(example = "kg")]
    pub unit: String,
    /// Where it lies.
    pub location: Named,
    /// What the place is called.
    #[schema(example = "Rack A, bay 3, level 2")]
    pub location_name: String,
    /// What kind of place that is.
    #[schema(example = "bin")]
    pub location_type: String,
    /// Its lot.
    pub lot: Option<Named>,
    /// Last day the lot may be used.
    #[schema(value_type = Option<String>, format = Date)]
    pub expires_on: Option<jiff::civil::Date>,
    /// The piece.
    pub serial: Option<Named>,
    /// The license plate it is on.
    pub license_plate: Option<Named>,
    /// Whether it may be used.
    pub status: Status,
    /// How much there is.
    #[schema(value_type = String, example = "4870")]
    pub quantity: Decimal,
    /// How much of it is promised to orders.
    #[schema(value_type = String, example = "1200")]
    pub reserved: Decimal,
    /// When it last changed.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Timestamp,
}

/// Which stock.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct StockFilter {
    /// Of this plant.
    pub plant_id: Option<Uuid>,
    /// Of this item.
    pub item_id: Option<Uuid>,
    /// At this place.
    pub location_id: Option<Uuid>,
    /// At this place or in a part of it.
    pub within: Option<Uuid>,
    /// Of this lot.
    pub lot_id: Option<Uuid>,
    /// This piece.
    pub serial_id: Option<Uuid>,
    /// On this license plate.
    pub license_plate_id: Option<Uuid>,
    /// In this status.
    #[param(inline)]
    pub status: Option<Status>,
    /// Of lots that expire on this day or before.
    #[param(value_type = Option<String>, format = Date)]
    pub expires_by: Option<jiff::civil::Date>,
}

const SORT: &str = "item,location,id";

/// The plants where the caller may see stock; nothing for all of them.
pub(crate) fn seen(tx: &Tx) -> Option<Vec<Uuid>> {
    match tx.caller().reach_of(STOCK_READ) {
        Reach::Everywhere => None,
        Reach::Plants(plants) => Some(plants.into_iter().map(|plant| plant.0).collect()),
    }
}

/// Stock, by item and place.
///
/// # Errors
/// 403 where the caller may see stock nowhere; 400 for a cursor of another list.
pub async fn list(tx: &mut Tx, filter: &StockFilter, page: &Page) -> Result<Paged<Stock>> {
    tx.caller().require_somewhere(STOCK_READ)?;
    let plants = seen(tx);
    let (mut item, mut place, mut after) = (None, None, None);
    if let Some(cursor) = &page.after {
        cursor.of_sort(SORT)?;
        let text = |index: usize| cursor.values.get(index).and_then(|value| value.as_str()).map(str::to_owned);
        (item, place, after) = (text(0), text(1), Some(cursor.id));
    }
    let organization = tx.caller().organization;
    let status = filter.status.map(Status::text);
    let limit = i64::from(page.limit) + 1;
    let sql = "with recursive inside (id) as (
            select $7::uuid where $7::uuid is not null
            union select p.id from inside i join locations p on p.organization_id = $1 and p.parent_id = i.id
        )
        select s.id, s.plant_id, i.id, i.code, i.name, u.symbol, p.id, p.code, p.name, p.type, l.id, l.code, l.expires_on, n.id, n.code, c.id, c.code,
            s.status, s.quantity, s.reserved, s.updated_at
        from stock s
        join items i on i.organization_id = $1 and i.id = s.item_id
        join units u on u.organization_id = $1 and u.id = i.unit_id
        join locations p on p.organization_id = $1 and p.id = s.location_id
        left join lots l on l.organization_id = $1 and l.id = s.lot_id
        left join serials n on n.organization_id = $1 and n.id = s.serial_id
        left join license_plates c on c.organization_id = $1 and c.id = s.license_plate_id
        where s.organization_id = $1 and s.quantity > 0
            and ($2::uuid[] is null or s.plant_id = any ($2))
            and ($3::uuid is null or s.plant_id = $3)
            and ($4::uuid is null or s.item_id = $4)
            and ($5::uuid is null or s.location_id = $5)
            and ($6::uuid is null or s.lot_id = $6)
            and ($7::uuid is null or s.location_id in (select id from inside))
            and ($8::uuid is null or s.serial_id = $8)
            and ($9::uuid is null or s.license_plate_id = $9)
            and ($10::text is null or s.status = $10)
            and ($11::date is null or l.expires_on <= $11)
            and ($12::uuid is null or (i.code, p.code, s.id) > ($13, $14, $12))
        order by i.code, p.code, s.id limit $15";
    let rows = tx
        .query(
            sql,
            &[
                &organization,
                &plants,
                &filter.plant_id,
                &filter.item_id,
                &filter.location_id,
                &filter.lot_id,
                &filter.within,
                &filter.serial_id,
                &filter.license_plate_id,
                &status,
                &filter.expires_by,
                &after,
                &item,
                &place,
                &limit,
            ],
        )
        .await?;
    let end = |last: &Stock| Cursor { sort: SORT.into(), values: vec![json!(last.item.code), json!(last.location.code)], id: last.id };
    Ok(Paged::of(rows.iter().map(stock).collect(), page, end))
}

fn stock(row: &Row) -> Stock {
    Stock {
        id: row.get(0),
        plant_id: row.get(1),
        item: Named { id: row.get(2), code: row.get(3) },
        item_name: row.get(4),
        unit: row.get(5),
        location: Named { id: row.get(6), code: row.get(7) },
        location_name: row.get(8),
        location_type: row.get(9),
        lot: Named::of(row.get(10), row.get(11)),
        expires_on: row.get(12),
        serial: Named::of(row.get(13), row.get(14)),
        license_plate: Named::of(row.get(15), row.get(16)),
        status: Status::of(row.get(17)),
        quantity: row.get::<_, Decimal>(18).normalize(),
        reserved: row.get::<_, Decimal>(19).normalize(),
        updated_at: row.get(20),
    }
}

/// Stock as verbs meet it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Held {
    pub id: Uuid,
    pub quantity: Decimal,
    pub reserved: Decimal,
}

/// The stock of this key, locked.
pub(super) async fn stock_of(tx: &mut Tx, plant: PlantId, key: &Key) -> Result<Option<Held>> {
    let organization = tx.caller().organization;
    let (nothing, status) = (Uuid::nil(), key.status.text());
    let (lot, serial, plate) = (key.lot.unwrap_or(nothing), key.serial.unwrap_or(nothing), key.license_plate.unwrap_or(nothing));
    // Spelled as the index is.
    let sql = "select id, quantity, reserved from stock
        where organization_id = $1 and plant_id = $2 and item_id = $3 and location_id = $4
            and coalesce(lot_id, '00000000-0000-0000-0000-000000000000') = $5
            and coalesce(serial_id, '00000000-0000-0000-0000-000000000000') = $6
            and coalesce(license_plate_id, '00000000-0000-0000-0000-000000000000') = $7
            and status = $8 for update";
    let row = tx.query_opt(sql, &[&organization, &plant, &key.item, &key.location, &lot, &serial, &plate, &status]).await?;
    Ok(row.map(|row| Held { id: row.get(0), quantity: row.get(1), reserved: row.get(2) }))
}

/// The key in a row: item, place, lot, serial, license plate, status, from this column on.
pub(super) fn key(row: &Row, at: usize) -> Key {
    Key {
        item: row.get(at),
        location: row.get(at + 1),
        lot: row.get(at + 2),
        serial: row.get(at + 3),
        license_plate: row.get(at + 4),
        status: Status::of(row.get(at + 5)),
    }
}

/// A line of the ledger.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MovementLine {
    /// The line.
    pub id: Uuid,
    /// What belongs together: both sides of a move, all lines of a count.
    pub document_id: Uuid,
    /// The plant.
    pub plant_id: Uuid,
    /// receipt, issue, move, count, adjustment, production, scrap or status.
    #[schema(example = "receipt")]
    pub kind: String,
    /// When it happened.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// The item.
    pub item: Named,
    /// The unit of the quantity.
    #[schema(example = "kg")]
    pub unit: String,
    /// Where it arrived or left.
    pub location: Named,
    /// Its lot.
    pub lot: Option<Named>,
    /// The piece.
    pub serial: Option<Named>,
    /// The license plate it was on.
    pub license_plate: Option<Named>,
    /// The status of the stock that changed.
    pub status: Status,
    /// How much more lies there since; negative where it left.
    #[schema(value_type = String, example = "5000")]
    pub quantity: Decimal,
    /// How much was said, where that was in another unit.
    #[schema(value_type = Option<String>, example = "5")]
    pub entered_quantity: Option<Decimal>,
    /// The unit it was said in.
    #[schema(example = "reel")]
    pub entered_unit: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// A paper beside it.
    pub reference: Option<String>,
    /// The line it happened at.
    pub line_id: Option<Uuid>,
    /// The job it was for.
    pub job_id: Option<Uuid>,
    /// The manufacturing order it was for.
    pub manufacturing_order_id: Option<Uuid>,
    /// The operator who said so.
    pub operator_id: Option<Uuid>,
    /// Who wrote it down.
    #[schema(example = "user:0199d1a0-0000-7000-8000-000000000005")]
    pub actor: String,
    /// When it was written down.
    #[schema(value_type = String, format = DateTime)]
    pub recorded_at: Timestamp,
}

/// Which lines of the ledger.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct MovementFilter {
    /// Of this plant.
    pub plant_id: Option<Uuid>,
    /// Of this item.
    pub item_id: Option<Uuid>,
    /// At this place.
    pub location_id: Option<Uuid>,
    /// Of this lot.
    pub lot_id: Option<Uuid>,
    /// Of this piece.
    pub serial_id: Option<Uuid>,
    /// Of this document.
    pub document_id: Option<Uuid>,
    /// For this manufacturing order.
    pub manufacturing_order_id: Option<Uuid>,
    /// Of this kind: receipt, issue, move, count, adjustment, production, scrap, status.
    pub kind: Option<String>,
    /// From this instant on.
    #[param(value_type = Option<String>, format = DateTime)]
    pub from: Option<Timestamp>,
    /// Before this instant.
    #[param(value_type = Option<String>, format = DateTime)]
    pub to: Option<Timestamp>,
}

/// The columns of [`MovementLine`], of the lines that the rest of the statement picks.
macro_rules! movement_lines {
    ($rest:literal) => {
        concat!(
            "select m.id, m.document_id, m.plant_id, m.kind, m.at, i.id, i.code, u.symbol, p.id, p.code, m.lot_id, l.code, m.serial_id, n.code,
            m.license_plate_id, c.code, m.status, m.quantity, m.entered_quantity, e.symbol, m.reason, m.reference, m.line_id, m.job_id,
            m.manufacturing_order_id, m.operator_id, m.actor, m.recorded_at
        from stock_movements m
        join items i on i.organization_id = $1 and i.id = m.item_id
        join units u on u.organization_id = $1 and u.id = i.unit_id
        join locations p on p.organization_id = $1 and p.id = m.location_id
        left join lots l on l.organization_id = $1 and l.id = m.lot_id
        left join serials n on n.organization_id = $1 and n.id = m.serial_id
        left join license_plates c on c.organization_id = $1 and c.id = m.license_plate_id
        left join units e on e.organization_id = $1 and e.id = m.entered_unit_id and e.id <> i.unit_id
        ",
            $rest
        )
    };
}

const NEWEST_FIRST: &str = "-at,-id";

/// Lines of the ledger, the newest first.
///
/// # Errors
/// As [`list`].
pub async fn movements(tx: &mut Tx, filter: &MovementFilter, page: &Page) -> Result<Paged<MovementLine>> {
    tx.caller().require_somewhere(STOCK_READ)?;
    let plants = seen(tx);
    let (mut at, mut after) = (None, None);
    if let Some(cursor) = &page.after {
        cursor.of_sort(NEWEST_FIRST)?;
        let instant = cursor.values.first().and_then(|value| value.as_str()).and_then(|text| text.parse::<Timestamp>().ok());
        (at, after) = (
            Some(instant.ok_or_else(|| Error::new(platform::error::Kind::Malformed, "bad_cursor", "cursor: not one of this list"))?),
            Some(cursor.id),
        );
    }
    let organization = tx.caller().organization;
    let limit = i64::from(page.limit) + 1;
    let sql = movement_lines!(
        "where m.organization_id = $1
            and ($2::uuid[] is null or m.plant_id = any ($2))
            and ($3::uuid is null or m.plant_id = $3)
            and ($4::uuid is null or m.item_id = $4)
            and ($5::uuid is null or m.location_id = $5)
            and ($6::uuid is null or m.lot_id = $6)
            and ($7::uuid is null or m.serial_id = $7)
            and ($8::uuid is null or m.document_id = $8)
            and ($9::uuid is null or m.manufacturing_order_id = $9)
            and ($10::text is null or m.kind = $10)
            and ($11::timestamptz is null or m.at >= $11)
            and ($12::timestamptz is null or m.at < $12)
            and ($13::uuid is null or (m.at, m.id) < ($14::timestamptz, $13))
        order by m.at desc, m.id desc limit $15"
    );
    let rows = tx
        .query(
            sql,
            &[
                &organization,
                &plants,
                &filter.plant_id,
                &filter.item_id,
                &filter.location_id,
                &filter.lot_id,
                &filter.serial_id,
                &filter.document_id,
                &filter.manufacturing_order_id,
                &filter.kind,
                &filter.from,
                &filter.to,
                &after,
                &at,
                &limit,
            ],
        )
        .await?;
    let end = |last: &MovementLine| Cursor { sort: NEWEST_FIRST.into(), values: vec![json!(last.at)], id: last.id };
    Ok(Paged::of(rows.iter().map(movement).collect(), page, end))
}

fn movement(row: &Row) -> MovementLine {
    let entered_unit: Option<String> = row.get(19);
    MovementLine {
        id: row.get(0),
        document_id: row.get(1),
        plant_id: row.get(2),
        kind: row.get(3),
        at: row.get(4),
        item: Named { id: row.get(5), code: row.get(6) },
        unit: row.get(7),
        location: Named { id: row.get(8), code: row.get(9) },
        lot: Named::of(row.get(10), row.get(11)),
        serial: Named::of(row.get(12), row.get(13)),
        license_plate: Named::of(row.get(14), row.get(15)),
        status: Status::of(row.get(16)),
        quantity: row.get::<_, Decimal>(17).normalize(),
        entered_quantity: row.get::<_, Option<Decimal>>(18).filter(|_| entered_unit.is_some()).map(|said| said.normalize()),
        entered_unit,
        reason: row.get(20),
        reference: row.get(21),
        line_id: row.get(22),
        job_id: row.get(23),
        manufacturing_order_id: row.get(24),
        operator_id: row.get(25),
        actor: row.get(26),
        recorded_at: row.get(27),
    }
}

/// What a verb wrote into the ledger.
#[derive(Debug, Serialize, ToSchema)]
pub struct Done {
    /// The document; none where nothing changed.
    pub document_id: Option<Uuid>,
    /// Its lines.
    pub lines: Vec<MovementLine>,
}

/// What a document is, for whoever just wrote it.
pub(super) async fn done(tx: &mut Tx, document: Option<Uuid>) -> Result<Done> {
    let Some(document) = document else { return Ok(Done { document_id: None, lines: Vec::new() }) };
    let organization = tx.caller().organization;
    let sql = movement_lines!("where m.organization_id = $1 and m.document_id = $2 order by m.quantity, m.id");
    let rows = tx.query(sql, &[&organization, &document]).await?;
    Ok(Done { document_id: Some(document), lines: rows.iter().map(movement).collect() })
}

/// Stock that is promised to an order.
#[derive(Debug, Serialize, ToSchema)]
pub struct Promise {
    /// The reservation.
    pub id: Uuid,
    /// The plant.
    pub plant_id: Uuid,
    /// The order.
    pub order_id: Uuid,
    /// The stock.
    pub stock_id: Uuid,
    /// The item.
    pub item: Named,
    /// Where it lies.
    pub location: Named,
    /// Its lot.
    pub lot: Option<Named>,
    /// How much of it, in the unit of the item.
    #[schema(value_type = String, example = "1200")]
    pub quantity: Decimal,
    /// When it was promised.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
}

/// Which reservations.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PromiseFilter {
    /// Of this plant.
    pub plant_id: Option<Uuid>,
    /// For this order.
    pub order_id: Option<Uuid>,
    /// Of this item.
    pub item_id: Option<Uuid>,
}

/// Reservations, the oldest first.
///
/// # Errors
/// As [`list`].
pub async fn promises(tx: &mut Tx, filter: &PromiseFilter, page: &Page) -> Result<Paged<Promise>> {
    tx.caller().require_somewhere(STOCK_READ)?;
    let plants = seen(tx);
    let after = match &page.after {
        Some(cursor) => {
            cursor.of_sort("id")?;
            Some(cursor.id)
        }
        None => None,
    };
    let organization = tx.caller().organization;
    let limit = i64::from(page.limit) + 1;
    let sql = "select r.id, r.plant_id, r.order_id, r.stock_id, i.id, i.code, p.id, p.code, s.lot_id, l.code, r.quantity, r.created_at
        from reservations r
        join stock s on s.organization_id = $1 and s.id = r.stock_id
        join items i on i.organization_id = $1 and i.id = r.item_id
        join locations p on p.organization_id = $1 and p.id = s.location_id
        left join lots l on l.organization_id = $1 and l.id = s.lot_id
        where r.organization_id = $1
            and ($2::uuid[] is null or r.plant_id = any ($2))
            and ($3::uuid is null or r.plant_id = $3)
            and ($4::uuid is null or r.order_id = $4)
            and ($5::uuid is null or r.item_id = $5)
            and ($6::uuid is null or r.id > $6)
        order by r.id limit $7";
    let rows = tx.query(sql, &[&organization, &plants, &filter.plant_id, &filter.order_id, &filter.item_id, &after, &limit]).await?;
    let promises = rows.iter().map(|row| Promise {
        id: row.get(0),
        plant_id: row.get(1),
        order_id: row.get(2),
        stock_id: row.get(3),
        item: Named { id: row.get(4), code: row.get(5) },
        location: Named { id: row.get(6), code: row.get(7) },
        lot: Named::of(row.get(8), row.get(9)),
        quantity: row.get::<_, Decimal>(10).normalize(),
        created_at: row.get(11),
    });
    Ok(Paged::of(promises.collect(), page, |last| Cursor { sort: "id".into(), values: Vec::new(), id: last.id }))
}
