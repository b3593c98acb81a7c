//! Why a lot or a piece that somebody named may not be used.

use jiff::Timestamp;
use platform::ids::PlantId;
use platform::{Error, Result, Tx};
use uuid::Uuid;

/// Refuses a lot or piece that may not be used.
///
/// # Errors
/// 409 `material_blocked`, `material_expired`; 404 for a lot or serial that is not there.
pub async fn refuse(tx: &mut Tx, plant: PlantId, lot: Option<Uuid>, serial: Option<Uuid>, at: Timestamp) -> Result<()> {
    let organization = tx.caller().organization;
    if let Some(serial) = serial {
        let sql = "select s.code, s.status, s.lot_id from serials s where s.organization_id = $1 and s.plant_id = $2 and s.id = $3";
        let row = tx.query_opt(sql, &[&organization, &plant, &serial]).await?.ok_or_else(|| Error::not_found("serial"))?;
        let (code, status): (&str, &str) = (row.get(0), row.get(1));
        if status != "available" {
            return Err(Error::conflict("material_blocked", format!("the piece {code} is {status}")));
        }
        if let Some(lot) = row.get::<_, Option<Uuid>>(2) {
            return refuse_lot(tx, plant, lot, at).await;
        }
    }
    match lot {
        Some(lot) => refuse_lot(tx, plant, lot, at).await,
        None => Ok(()),
    }
}

async fn refuse_lot(tx: &mut Tx, plant: PlantId, lot: Uuid, at: Timestamp) -> Result<()> {
    let organization = tx.caller().organization;
    let sql = "select l.code, l.status, l.expires_on::text, l.expires_on < ($4::timestamptz at time zone p.time_zone)::date
        from lots l join plants p on p.organization_id = $1 and p.id = l.plant_id
        where l.organization_id = $1 and l.plant_id = $2 and l.id = $3";
    let row = tx.query_opt(sql, &[&organization, &plant, &lot, &at]).await?.ok_or_else(|| Error::not_found("lot"))?;
    let (code, status): (&str, &str) = (row.get(0), row.get(1));
    if status != "available" {
        let how = if status == "blocked" { "blocked" } else { "in quarantine" };
        return Err(Error::conflict("material_blocked", format!("the lot {code} is {how}")));
    }
    if row.get::<_, Option<bool>>(3) == Some(true) {
        let day: Option<&str> = row.get(2);
        return Err(Error::conflict("material_expired", format!("the lot {code} expired on {}", day.unwrap_or_default())));
    }
    Ok(())
}
