//! Material comes, goes, and is put elsewhere.

use jiff::Timestamp;
use jiff::civil::Date;
use platform::ids::PlantId;
use platform::{Error, FieldError, Result, Tx};
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::known::{self, NewLot};
use super::listing::{self, Done};
use super::said::{self, Place};
use super::{blocked, reserving};
use crate::ledger::{self, Key, Line, Movement, Posting, Status};
use crate::picking::{self, Pick, Wanted};
use crate::{STOCK_ISSUE, STOCK_MOVE, STOCK_RECEIVE, units};

/// Material that came.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "location_id": "0199d1a0-0000-7000-8000-000000000002", "item_id": "0199d1a0-0000-7000-8000-000000000003",
    "quantity": "5000", "lot_code": "L26-04711", "expires_on": "2027-10-31", "reference": "DN 80114" }))]
pub struct Receive {
    /// Where it is put.
    pub location_id: Uuid,
    /// What it is.
    pub item_id: Uuid,
    /// How much.
    #[schema(value_type = String, example = "5000")]
    pub quantity: Decimal,
    /// The unit; that of the item where nothing is said.
    pub unit_id: Option<Uuid>,
    /// Its lot, where that is known already.
    pub lot_id: Option<Uuid>,
    /// Its lot as its label says it; made where there is none yet.
    #[schema(max_length = 50)]
    pub lot_code: Option<String>,
    /// Last day a new lot may be used.
    #[schema(value_type = Option<String>, format = Date)]
    pub expires_on: Option<Date>,
    /// The day a new lot was made.
    #[schema(value_type = Option<String>, format = Date)]
    pub produced_on: Option<Date>,
    /// Who delivered a new lot.
    pub supplier_id: Option<Uuid>,
    /// What the supplier calls a new lot.
    #[schema(max_length = 50)]
    pub supplier_lot: Option<String>,
    /// The serials of its pieces, where pieces have some.
    #[serde(default)]
    #[schema(max_items = 1000)]
    pub serials: Vec<String>,
    /// The license plate it stands on.
    pub license_plate_id: Option<Uuid>,
    /// Whether it may be used; in a place of quarantine it may not where nothing is said.
    pub status: Option<Status>,
    /// Why.
    #[schema(max_length = 500)]
    pub reason: Option<String>,
    /// A paper beside it: the delivery note.
    #[schema(max_length = 200)]
    pub reference: Option<String>,
    /// When; now where nothing is said.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub at: Option<Timestamp>,
}

/// Serials of one receipt at most.
const SERIALS: usize = 1_000;

/// Takes material in.
///
/// # Errors
/// 403; 422; 409 `serial_exists`.
pub async fn receive(tx: &mut Tx, body: &Receive) -> Result<Done> {
    let place = said::place(tx, STOCK_RECEIVE, body.location_id, "/location_id").await?;
    place.open("/location_id")?;
    let item = units::item(tx, body.item_id, "/item_id").await?;
    let amount = said::amount(tx, &item, body.quantity, body.unit_id).await?;
    let at = said::instant(tx, body.at)?;
    said::belongs(tx, place.plant, item.id, body.lot_id, None, body.license_plate_id).await?;
    if let Some(plate) = body.license_plate_id {
        said::stands_at(tx, plate, &place, "/license_plate_id").await?;
    }
    let lot_code = said::short_text("/lot_code", body.lot_code.as_deref(), known::CODE_LENGTH)?;
    let wrong = tracked(&item.tracking, body.lot_id.is_some() || lot_code.is_some(), body.serials.len(), amount.quantity);
    if !wrong.is_empty() {
        return Err(Error::invalid(wrong));
    }
    let lot = match (body.lot_id, lot_code) {
        (Some(lot), _) => Some((lot, lot_status(tx, lot).await?)),
        (None, Some(code)) => {
            let new = NewLot {
                made_at: None,
                produced_on: body.produced_on,
                expires_on: body.expires_on,
                supplier: body.supplier_id,
                supplier_lot: body.supplier_lot.clone(),
            };
            let lot = known::lot(tx, place.plant, item.id, code, &new).await?;
            Some((lot.id, lot.status))
        }
        (None, None) => None,
    };
    // What comes of a blocked lot is blocked, whatever is said about this delivery.
    let said = body.status.unwrap_or_else(|| place.arriving());
    let status = lot.map_or(said, |(_, status)| if status == Status::Available { said } else { status });
    let serials = known::new_serials(tx, place.plant, item.id, lot.map(|(id, _)| id), &body.serials).await?;
    let key = |serial| Key {
        item: item.id,
        location: place.id,
        lot: lot.map(|(id, _)| id),
        serial,
        license_plate: body.license_plate_id,
        status,
    };
    let lines: Vec<Line> = if serials.is_empty() {
        vec![Line { key: key(None), quantity: amount.quantity, entered: amount.entered }]
    } else {
        serials.iter().map(|serial| Line { key: key(Some(*serial)), quantity: Decimal::ONE, entered: None }).collect()
    };
    let posting = Posting {
        at,
        reason: said::short_text("/reason", body.reason.as_deref(), 500)?,
        reference: said::short_text("/reference", body.reference.as_deref(), 200)?,
        ..Posting::new(tx, place.plant, Movement::Receipt)
    };
    let document = ledger::post(tx, &posting, &lines).await?;
    listing::done(tx, document).await
}

/// What is missing of what material of this item is told apart by.
fn tracked(tracking: &str, has_lot: bool, serials: usize, quantity: Decimal) -> Vec<FieldError> {
    let mut wrong = Vec::new();
    if tracking == "lot" && !has_lot {
        wrong.push(FieldError::new("/lot_code", "required", "material of this item is kept by lots: say which it is"));
    }
    if serials > SERIALS {
        wrong.push(FieldError::new("/serials", "bad_length", format!("found {serials}, expected at most {SERIALS}")));
    }
    let is_whole = Decimal::from(serials) == quantity;
    if (tracking == "serial" || serials > 0) && !is_whole {
        let detail = format!("found {serials} serials for a quantity of {}, expected one for each piece", quantity.normalize());
        wrong.push(FieldError::new("/serials", "bad_length", detail));
    }
    wrong
}

/// The status of a lot, held until the end of the transaction: see [`known::lot`].
async fn lot_status(tx: &mut Tx, lot: Uuid) -> Result<Status> {
    let organization = tx.caller().organization;
    let row = tx.query_one("select status from lots where organization_id = $1 and id = $2 for share", &[&organization, &lot]).await?;
    Ok(Status::of(row.get(0)))
}

/// Material that goes.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "location_id": "0199d1a0-0000-7000-8000-000000000002", "item_id": "0199d1a0-0000-7000-8000-000000000003",
    "quantity": "250", "reason": "Samples for the customer" }))]
pub struct Issue {
    /// Where it is taken from.
    pub location_id: Uuid,
    /// What it is.
    pub item_id: Uuid,
    /// How much.
    #[schema(value_type = String, example = "250")]
    pub quantity: Decimal,
    /// The unit; that of the item where nothing is said.
    pub unit_id: Option<Uuid>,
    /// Of this lot; what expires first where nothing is said.
    pub lot_id: Option<Uuid>,
    /// This piece.
    pub serial_id: Option<Uuid>,
    /// From this license plate.
    pub license_plate_id: Option<Uuid>,
    /// Only scrap takes what is blocked or in quarantine: say so.
    pub status: Option<Status>,
    /// Whether it is thrown away.
    #[serde(default)]
    pub scrap: bool,
    /// Why.
    #[schema(max_length = 500)]
    pub reason: Option<String>,
    /// A paper beside it.
    #[schema(max_length = 200)]
    pub reference: Option<String>,
    /// The line that uses it.
    pub line_id: Option<Uuid>,
    /// The job that uses it.
    pub job_id: Option<Uuid>,
    /// The manufacturing order that uses it, which may take what is reserved for it.
    pub manufacturing_order_id: Option<Uuid>,
    /// When; now where nothing is said.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub at: Option<Timestamp>,
}

/// Gives material out.
///
/// # Errors
/// 403; 422; 409 `stock_short`, `stock_reserved`, `material_blocked`, `material_expired`.
pub async fn issue(tx: &mut Tx, body: &Issue) -> Result<Done> {
    let place = said::place(tx, STOCK_ISSUE, body.location_id, "/location_id").await?;
    let item = units::item(tx, body.item_id, "/item_id").await?;
    let amount = said::amount(tx, &item, body.quantity, body.unit_id).await?;
    let at = said::instant(tx, body.at)?;
    said::belongs(tx, place.plant, item.id, body.lot_id, body.serial_id, body.license_plate_id).await?;
    let status = body.status.unwrap_or_default();
    if status != Status::Available && !body.scrap {
        let detail = "what may not be used is only thrown away: say scrap, or release it first";
        return Err(Error::invalid(vec![FieldError::new("/status", "blocked", detail)]));
    }
    if status == Status::Available && !body.scrap {
        blocked::refuse(tx, place.plant, body.lot_id, body.serial_id, at).await?;
    }
    // What has expired may be thrown away.
    let used_at = (!body.scrap).then_some(at);
    let from = From { lot: body.lot_id, serial: body.serial_id, license_plate: body.license_plate_id, status };
    let (picks, _) = from.take(tx, &place, item.id, amount.quantity, body.manufacturing_order_id, used_at).await?;
    let lines: Vec<Line> = picks.iter().map(|pick| Line { key: pick.key, quantity: -pick.quantity, entered: None }).collect();
    let lines = with_entered(lines, amount.entered);
    let posting = Posting {
        at,
        reason: said::short_text("/reason", body.reason.as_deref(), 500)?,
        reference: said::short_text("/reference", body.reference.as_deref(), 200)?,
        line: body.line_id,
        job: body.job_id,
        manufacturing_order: body.manufacturing_order_id,
        ..Posting::new(tx, place.plant, if body.scrap { Movement::Scrap } else { Movement::Issue })
    };
    let document = ledger::post(tx, &posting, &lines).await?;
    let serials: Vec<Uuid> = picks.iter().filter_map(|pick| pick.key.serial).collect();
    known::mark_serials(tx, &serials, if body.scrap { "scrapped" } else { "consumed" }).await?;
    listing::done(tx, document).await
}

/// What was said belongs to the line it was said of, where there is one; FEFO over several lines says it of none.
fn with_entered(mut lines: Vec<Line>, entered: Option<(Decimal, Uuid)>) -> Vec<Line> {
    if let [only] = lines.as_mut_slice() {
        only.entered = entered;
    }
    lines
}

/// What is taken from a place.
#[derive(Clone, Copy)]
struct From {
    lot: Option<Uuid>,
    serial: Option<Uuid>,
    license_plate: Option<Uuid>,
    status: Status,
}

impl From {
    /// Finds and locks it; what is reserved for the order is freed to be taken. Answers also how much that was.
    async fn take(
        self,
        tx: &mut Tx,
        place: &Place,
        item: Uuid,
        quantity: Decimal,
        order: Option<Uuid>,
        at: Option<Timestamp>,
    ) -> Result<(Vec<Pick>, Decimal)> {
        if self.status != Status::Available {
            return Ok((self.blocked(tx, place, item, quantity).await?, Decimal::ZERO));
        }
        let wanted = Wanted {
            plant: place.plant,
            item,
            quantity,
            location: Some(place.id),
            line: None,
            lot: self.lot,
            serial: self.serial,
            license_plate: self.license_plate,
            order,
            at,
        };
        let picked = picking::pick(tx, &wanted).await?;
        if !picked.short.is_zero() {
            let there = quantity - picked.short;
            let detail = format!("{} are wanted and {} are free at {}", quantity.normalize(), there.normalize(), place.code);
            return Err(Error::conflict("stock_short", detail));
        }
        if let Some(order) = order.filter(|_| picked.promised > Decimal::ZERO) {
            picking::use_up_promises(tx, order, item, quantity, &picked.picks).await?;
        }
        let freed = order.map_or(Decimal::ZERO, |_| picked.promised.min(quantity));
        Ok((picked.picks, freed))
    }

    /// What may not be used, in the order in which it expires; nothing of it is promised to anybody.
    async fn blocked(self, tx: &mut Tx, place: &Place, item: Uuid, quantity: Decimal) -> Result<Vec<Pick>> {
        let organization = tx.caller().organization;
        let status = self.status.text();
        let sql = "select s.id, s.lot_id, s.serial_id, s.license_plate_id, s.quantity
            from stock s left join lots l on l.organization_id = $1 and l.id = s.lot_id
            where s.organization_id = $1 and s.plant_id = $2 and s.item_id = $3 and s.location_id = $4 and s.status = $5
                and ($6::uuid is null or s.lot_id = $6) and ($7::uuid is null or s.serial_id = $7) and ($8::uuid is null or s.license_plate_id = $8)
            order by l.expires_on nulls last, s.id limit 2000 for update of s";
        let rows =
            tx.query(sql, &[&organization, &place.plant, &item, &place.id, &status, &self.lot, &self.serial, &self.license_plate]).await?;
        let (mut picks, mut missing) = (Vec::new(), quantity);
        for row in &rows {
            let quantity = row.get::<_, Decimal>(4).min(missing);
            if quantity > Decimal::ZERO {
                let key =
                    Key { item, location: place.id, lot: row.get(1), serial: row.get(2), license_plate: row.get(3), status: self.status };
                picks.push(Pick { stock: row.get(0), key, quantity });
                missing -= quantity;
            }
        }
        if missing > Decimal::ZERO {
            let detail = format!("{} are wanted and {} are there", quantity.normalize(), (quantity - missing).normalize());
            return Err(Error::conflict("stock_short", detail));
        }
        Ok(picks)
    }
}

/// Material that is put elsewhere: some of it, or a license plate with all that is on it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "location_id": "0199d1a0-0000-7000-8000-000000000002", "to_location_id": "0199d1a0-0000-7000-8000-000000000009",
    "item_id": "0199d1a0-0000-7000-8000-000000000003", "quantity": "2000" }))]
pub struct StockMove {
    /// Where it is put.
    pub to_location_id: Uuid,
    /// Where it lies; not said of a whole license plate.
    pub location_id: Option<Uuid>,
    /// What it is; not said of a whole license plate.
    pub item_id: Option<Uuid>,
    /// How much; not said of a whole license plate.
    #[schema(value_type = Option<String>, example = "2000")]
    pub quantity: Option<Decimal>,
    /// The unit; that of the item where nothing is said.
    pub unit_id: Option<Uuid>,
    /// Of this lot; what expires first where nothing is said.
    pub lot_id: Option<Uuid>,
    /// This piece.
    pub serial_id: Option<Uuid>,
    /// From this license plate; without an item, the whole of it.
    pub license_plate_id: Option<Uuid>,
    /// The license plate it is put on.
    pub to_license_plate_id: Option<Uuid>,
    /// The status of what is moved; available where nothing is said.
    pub status: Option<Status>,
    /// The order it is moved for: what is reserved for it goes along.
    pub order_id: Option<Uuid>,
    /// Why.
    #[schema(max_length = 500)]
    pub reason: Option<String>,
    /// A paper beside it.
    #[schema(max_length = 200)]
    pub reference: Option<String>,
    /// When; now where nothing is said.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub at: Option<Timestamp>,
}

/// Puts material elsewhere within its plant. What is put into a place of quarantine waits there for somebody to decide, and is promised to nobody.
///
/// # Errors
/// 403; 422; 409 `stock_short`, `stock_reserved`.
pub async fn move_stock(tx: &mut Tx, body: &StockMove) -> Result<Done> {
    let to = said::place(tx, STOCK_MOVE, body.to_location_id, "/to_location_id").await?;
    to.open("/to_location_id")?;
    let at = said::instant(tx, body.at)?;
    let posting = Posting {
        at,
        reason: said::short_text("/reason", body.reason.as_deref(), 500)?,
        reference: said::short_text("/reference", body.reference.as_deref(), 200)?,
        ..Posting::new(tx, to.plant, Movement::Move)
    };
    let document = match (body.item_id, body.quantity, body.location_id, body.license_plate_id) {
        (None, None, _, Some(plate)) => plates(tx, &posting, plate, &to).await?,
        (Some(item), Some(quantity), Some(from), _) => part(tx, body, &posting, item, quantity, from, &to).await?,
        _ => {
            let wanted = [
                ("/item_id", body.item_id.is_none()),
                ("/quantity", body.quantity.is_none()),
                ("/location_id", body.location_id.is_none()),
            ];
            let missing = wanted.into_iter().filter(|(_, is_missing)| *is_missing);
            let wrong =
                missing.map(|(pointer, _)| FieldError::new(pointer, "required", "say item, quantity and place; or only a license plate"));
            return Err(Error::invalid(wrong.collect()));
        }
    };
    listing::done(tx, document).await
}

async fn part(
    tx: &mut Tx,
    body: &StockMove,
    posting: &Posting<'_>,
    item: Uuid,
    quantity: Decimal,
    from: Uuid,
    to: &Place,
) -> Result<Option<Uuid>> {
    let from = said::place(tx, STOCK_MOVE, from, "/location_id").await?;
    if from.plant != to.plant {
        let detail = "material goes to another plant by a shipment: issue it here and receive it there";
        return Err(Error::invalid(vec![FieldError::new("/to_location_id", "other_plant", detail)]));
    }
    let item = units::item(tx, item, "/item_id").await?;
    let amount = said::amount(tx, &item, quantity, body.unit_id).await?;
    said::belongs(tx, to.plant, item.id, body.lot_id, body.serial_id, body.license_plate_id).await?;
    said::belongs(tx, to.plant, item.id, None, None, body.to_license_plate_id).await?;
    if let Some(plate) = body.to_license_plate_id {
        said::stands_at(tx, plate, to, "/to_license_plate_id").await?;
    }
    let what =
        From { lot: body.lot_id, serial: body.serial_id, license_plate: body.license_plate_id, status: body.status.unwrap_or_default() };
    // Moving is no use: what has expired may be moved too.
    let (picks, freed) = what.take(tx, &from, item.id, amount.quantity, body.order_id, None).await?;
    let moved = |pick: &Pick| Key { license_plate: body.to_license_plate_id, ..to.arrived(pick.key) };
    if picks.iter().any(|pick| moved(pick) == pick.key) {
        return Err(Error::invalid(vec![FieldError::new("/to_location_id", "same", "it lies there already")]));
    }
    let mut lines = Vec::new();
    for pick in &picks {
        let entered = amount.entered.filter(|_| picks.len() == 1);
        lines.push(Line { key: pick.key, quantity: -pick.quantity, entered: None });
        lines.push(Line { key: moved(pick), quantity: pick.quantity, entered });
    }
    let document = ledger::post(tx, posting, &lines).await?;
    waits(tx, picks.iter().map(|pick| (pick.key, moved(pick)))).await?;
    if let Some(order) = body.order_id.filter(|_| what.status == Status::Available && !to.is_quarantine()) {
        // What was promised goes along; moving for an order promises it nothing more.
        let mut left = freed;
        let mut arrived = Vec::new();
        for pick in &picks {
            let quantity = pick.quantity.min(left);
            left -= quantity;
            arrived.extend((quantity > Decimal::ZERO).then(|| (moved(pick), quantity)));
        }
        promise_there(tx, to.plant, order, &arrived).await?;
    }
    Ok(document)
}

/// Notes of pieces that their status changed on the way.
async fn waits(tx: &mut Tx, moved: impl Iterator<Item = (Key, Key)>) -> Result<()> {
    let waiting = moved.filter(|(before, after)| before.status != after.status).filter_map(|(_, after)| after.serial);
    known::mark_serials(tx, &waiting.collect::<Vec<Uuid>>(), Status::Quarantine.text()).await
}

/// Promises to the order what has arrived for it.
async fn promise_there(tx: &mut Tx, plant: PlantId, order: Uuid, arrived: &[(Key, Decimal)]) -> Result<()> {
    let mut picks = Vec::new();
    for (key, quantity) in arrived {
        if let Some(stock) = listing::stock_of(tx, plant, key).await? {
            picks.push(Pick { stock: stock.id, key: *key, quantity: *quantity });
        }
    }
    reserving::promise(tx, plant, order, &picks).await
}

/// A license plate goes elsewhere, with what stands on it, on plates upon it, and what of that is promised to whom.
async fn plates(tx: &mut Tx, posting: &Posting<'_>, plate: Uuid, to: &Place) -> Result<Option<Uuid>> {
    let organization = tx.caller().organization;
    let own = "select plant_id, location_id, parent_id from license_plates where organization_id = $1 and id = $2 and archived_at is null for update";
    let unknown = || Error::invalid(vec![FieldError::new("/license_plate_id", "unknown_reference", "there is no such license plate")]);
    let row = tx.query_opt(own, &[&organization, &plate]).await?.ok_or_else(unknown)?;
    let (plant, from, parent): (PlantId, Uuid, Option<Uuid>) = (row.get(0), row.get(1), row.get(2));
    if plant != to.plant {
        let detail = "a license plate goes to another plant by a shipment";
        return Err(Error::invalid(vec![FieldError::new("/to_location_id", "other_plant", detail)]));
    }
    if from == to.id {
        return Err(Error::invalid(vec![FieldError::new("/to_location_id", "same", "it stands there already")]));
    }
    let all = "with recursive upon (id) as (
            select $2::uuid union select p.id from upon u join license_plates p on p.organization_id = $1 and p.plant_id = $3 and p.parent_id = u.id
        ) select id from upon";
    let plates: Vec<Uuid> = tx.query(all, &[&organization, &plate, &plant]).await?.iter().map(|row| row.get(0)).collect();
    // Whoever is just putting something on one of them is waited for, and what they put goes along.
    let hold = "select id from license_plates where organization_id = $1 and id = any ($2) order by id for update";
    tx.query(hold, &[&organization, &plates]).await?;
    let on_them = "select id, item_id, location_id, lot_id, serial_id, license_plate_id, status, quantity from stock
        where organization_id = $1 and plant_id = $2 and license_plate_id = any ($3) and quantity > 0 order by id for update";
    let rows = tx.query(on_them, &[&organization, &plant, &plates]).await?;
    let held: Vec<(Uuid, Key, Decimal)> = rows.iter().map(|row| (row.get(0), listing::key(row, 1), row.get(7))).collect();
    let stocks: Vec<Uuid> = held.iter().map(|(stock, _, _)| *stock).collect();
    let free = "delete from reservations where organization_id = $1 and stock_id = any ($2) returning stock_id, order_id, quantity";
    let promised = tx.query(free, &[&organization, &stocks]).await?;
    let there = |key: &Key| to.arrived(*key);
    let leaving = held.iter().map(|(_, key, quantity)| Line { key: *key, quantity: -*quantity, entered: None });
    let arriving = held.iter().map(|(_, key, quantity)| Line { key: there(key), quantity: *quantity, entered: None });
    let lines: Vec<Line> = leaving.chain(arriving).collect();
    let document = ledger::post(tx, posting, &lines).await?;
    waits(tx, held.iter().map(|(_, key, _)| (*key, there(key)))).await?;
    // What it stood on stays, unless that goes too; what stands on it comes along.
    let put =
        "update license_plates set location_id = $3, parent_id = case when id = $4 then null else parent_id end, version = version + 1,
            updated_at = now(), updated_by = current_setting('gemba.actor')
        where organization_id = $1 and id = any ($2)";
    tx.execute(put, &[&organization, &plates, &to.id, &plate]).await?;
    for row in promised.iter().filter(|_| !to.is_quarantine()) {
        let (stock, order, quantity): (Uuid, Uuid, Decimal) = (row.get(0), row.get(1), row.get(2));
        if let Some((_, key, _)) = held.iter().find(|(id, _, _)| *id == stock) {
            promise_there(tx, plant, order, &[(there(key), quantity)]).await?;
        }
    }
    let detail = json!({ "from_location_id": from, "to_location_id": to.id, "from_parent_id": parent, "document_id": document, "license_plates": plates });
    tx.query("select gemba.audit('license_plate.moved', 'license_plate', $1, $2, 'success', $3)", &[&plate, &plant, &detail]).await?;
    Ok(document)
}
