//! Lots and serials by what their labels say, made where material comes that nobody has seen yet.

use jiff::Timestamp;
use jiff::civil::Date;
use platform::ids::PlantId;
use platform::{Error, Result, Tx};
use uuid::Uuid;

use crate::ledger::Status;

/// What is known of a lot where its material comes.
#[derive(Clone, Debug, Default)]
pub struct NewLot {
    /// When it was made here.
    pub made_at: Option<Timestamp>,
    /// The day it was made elsewhere.
    pub produced_on: Option<Date>,
    /// Last day it may be used.
    pub expires_on: Option<Date>,
    /// Who delivered it.
    pub supplier: Option<Uuid>,
    /// What the supplier calls it.
    pub supplier_lot: Option<String>,
}

/// A lot.
#[derive(Clone, Copy, Debug)]
pub struct KnownLot {
    /// The lot.
    pub id: Uuid,
    /// Whether it may be used.
    pub status: Status,
}

/// Characters of a lot's or serial's code at most.
pub const CODE_LENGTH: usize = 50;

/// The lot of an item that is called so; made where there is none yet. What is known of it already stays. It is held as it is until the end of the
/// transaction: whoever blocks it meanwhile waits, and then finds what was put into it.
///
/// # Errors
/// 409 `bad_code` for what no label holds.
pub async fn lot(tx: &mut Tx, plant: PlantId, item: Uuid, code: &str, new: &NewLot) -> Result<KnownLot> {
    printable(code)?;
    let organization = tx.caller().organization;
    let found = "select id, status from lots where organization_id = $1 and plant_id = $2 and item_id = $3 and code = $4 for share";
    let known = |row: tokio_postgres::Row| KnownLot { id: row.get(0), status: Status::of(row.get(1)) };
    if let Some(row) = tx.query_opt(found, &[&organization, &plant, &item, &code]).await? {
        return Ok(known(row));
    }
    let id: Uuid = tx.new_id();
    let sql = "insert into lots (organization_id, plant_id, id, item_id, code, produced_on, expires_on, supplier_id, supplier_lot)
        values ($1, $2, $3, $4, $5, coalesce($6::date, (select ($7::timestamptz at time zone time_zone)::date from plants
            where organization_id = $1 and id = $2)), $8, $9, $10)
        on conflict (organization_id, plant_id, item_id, code) do nothing";
    let params: platform::database::Params<'_> =
        &[&organization, &plant, &id, &item, &code, &new.produced_on, &new.made_at, &new.expires_on, &new.supplier, &new.supplier_lot];
    tx.execute(sql, params).await?;
    // Somebody else may have made it at this moment.
    Ok(known(tx.query_one(found, &[&organization, &plant, &item, &code]).await?))
}

/// New pieces of an item with these serials, in their order. A serial that was given out before, but whose piece was neither made nor received yet,
/// is taken up; so is one that was reported by mistake.
///
/// # Errors
/// 409 `serial_exists` with those that were made or received before; 409 `serial_twice`; 409 `bad_code`.
pub async fn new_serials(tx: &mut Tx, plant: PlantId, item: Uuid, lot: Option<Uuid>, codes: &[String]) -> Result<Vec<Uuid>> {
    if codes.is_empty() {
        return Ok(Vec::new());
    }
    codes.iter().try_for_each(|code| printable(code))?;
    let mut sorted: Vec<&String> = codes.iter().collect();
    sorted.sort();
    if let Some(twice) = sorted.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(Error::conflict("serial_twice", format!("the serial {} is said twice", twice[0])));
    }
    let organization = tx.caller().organization;
    let ids: Vec<Uuid> = codes.iter().map(|_| tx.new_id()).collect();
    let insert = "insert into serials (organization_id, plant_id, id, item_id, lot_id, code)
        select $1, $2, n.id, $3, $4, n.code from unnest($5::uuid[], $6::text[]) as n (id, code)
        on conflict (organization_id, plant_id, item_id, code) do nothing";
    let made = tx.execute(insert, &[&organization, &plant, &item, &lot, &ids, &codes]).await?;
    if usize::try_from(made).is_ok_and(|made| made == codes.len()) {
        return Ok(ids);
    }
    let find = "select s.id, s.code, s.status, exists (select 1 from stock_movements m where m.organization_id = $1 and m.serial_id = s.id)
        from unnest($4::text[]) with ordinality as n (code, number)
        join serials s on s.organization_id = $1 and s.plant_id = $2 and s.item_id = $3 and s.code = n.code
        order by n.number";
    let rows = tx.query(find, &[&organization, &plant, &item, &codes]).await?;
    let is_free = |row: &&tokio_postgres::Row| match row.get::<_, &str>(2) {
        "withdrawn" => true,
        "available" => !row.get::<_, bool>(3),
        _ => false,
    };
    let used: Vec<&str> = rows.iter().filter(|row| !is_free(row)).map(|row| row.get(1)).collect();
    if !used.is_empty() {
        let named = used.iter().take(10).copied().collect::<Vec<_>>().join(", ");
        return Err(Error::conflict("serial_exists", format!("made or received before, or blocked: {named}")));
    }
    let found: Vec<Uuid> = rows.iter().map(|row| row.get(0)).collect();
    let adopt = "update serials set lot_id = $3, version = version + 1, updated_at = now(), updated_by = current_setting('gemba.actor')
        where organization_id = $1 and id = any ($2) and lot_id is null and $3::uuid is not null";
    tx.execute(adopt, &[&organization, &found, &lot]).await?;
    mark_serials(tx, &found, "available").await?;
    Ok(found)
}

/// Notes what became of pieces.
///
/// # Errors
/// What the database refused.
pub async fn mark_serials(tx: &mut Tx, serials: &[Uuid], status: &'static str) -> Result<()> {
    if serials.is_empty() {
        return Ok(());
    }
    let organization = tx.caller().organization;
    let sql = "update serials set status = $3, version = version + 1, updated_at = now(), updated_by = current_setting('gemba.actor')
        where organization_id = $1 and id = any ($2) and status <> $3";
    tx.execute(sql, &[&organization, &serials, &status]).await?;
    Ok(())
}

fn printable(code: &str) -> Result<()> {
    let fits = !code.is_empty() && code.chars().count() <= CODE_LENGTH && code.chars().all(|letter| (' '..='~').contains(&letter));
    if fits {
        return Ok(());
    }
    let shown: String = code.chars().take(60).filter(|letter| !letter.is_control()).collect();
    Err(Error::conflict("bad_code", format!("“{shown}”: expected 1 to {CODE_LENGTH} letters, digits and signs that bar codes hold")))
}
