//! What labels say of a lot, a serial, a license plate, a place; and which template they are printed with.

use jiff::civil::Date;
use platform::caller::Scope;
use platform::ids::PlantId;
use platform::language::Language;
use platform::resource::{self, Kind, Record as _};
use platform::{Error, Result, Tx};
use rust_decimal::Decimal;
use serde_json::Value;
use uuid::Uuid;

use super::bind::Values;
use super::standard;
use super::template::{LabelSubject, LabelTemplate};

/// A template, as what it is printed for wants it: the one asked for, else the newest active one of the plant, else of the organization, else the
/// standard one in this language.
///
/// # Errors
/// 404 for a template that is not there, or is for something else.
pub async fn template(
    tx: &mut Tx,
    subject: LabelSubject,
    plant: PlantId,
    asked: Option<Uuid>,
    language: Language,
) -> Result<LabelTemplate> {
    let organization = tx.caller().organization;
    let word = word(subject);
    let sql = "select id from label_templates
        where organization_id = $1 and subject = $2 and (plant_id = $3 or plant_id is null)
            and (id = $4 or ($4::uuid is null and active and archived_at is null))
        order by plant_id is null, created_at desc, id desc limit 1";
    let found = tx.query_opt(sql, &[&organization, &word, &plant, &asked]).await?.map(|row| row.get::<_, Uuid>(0));
    match (found, asked) {
        (Some(id), _) => {
            let record = resource::find(tx, LabelTemplate::kind(), id).await?.ok_or_else(|| Error::not_found("label template"))?;
            serde_json::from_value(Value::Object(record)).map_err(Error::internal)
        }
        (None, Some(_)) => Err(Error::not_found("label template")),
        (None, None) => Ok(standard::template(subject, language)),
    }
}

const fn word(subject: LabelSubject) -> &'static str {
    match subject {
        LabelSubject::Lot => "lot",
        LabelSubject::Serial => "serial",
        LabelSubject::LicensePlate => "license_plate",
        LabelSubject::Location => "location",
        LabelSubject::Traveller => "traveller",
    }
}

/// What a label of this thing says, and in which plant it is.
pub struct Bound {
    /// The plant.
    pub plant: PlantId,
    /// What it says.
    pub values: Values,
}

/// Refuses what the caller may not see, as if it were not there.
async fn seen(tx: &mut Tx, kind: &'static Kind, id: Uuid, plant: PlantId) -> Result<()> {
    let hidden = || Error::not_found(&kind.noun());
    if !tx.caller().may(kind.verbs.read, Scope::Plant(plant)) {
        return Err(hidden());
    }
    if tx.caller().policies_on(kind.verbs.read).is_some() {
        let record = resource::find(tx, kind, id).await?.ok_or_else(hidden)?;
        if !resource::visible(tx.caller(), kind, &record) {
            return Err(hidden());
        }
    }
    Ok(())
}

fn yymmdd(day: Option<Date>) -> String {
    day.map(|day| day.strftime("%y%m%d").to_string()).unwrap_or_default()
}

fn written(day: Option<Date>) -> String {
    day.map(|day| day.to_string()).unwrap_or_default()
}

fn values<const N: usize>(of: [(&'static str, Option<String>); N]) -> Values {
    of.into_iter().map(|(name, value)| (name, value.unwrap_or_default())).collect()
}

/// What the label of a lot says; `quantity` is what is in the package it is stuck on, else all that is in stock.
///
/// # Errors
/// 404.
pub async fn of_lot(tx: &mut Tx, id: Uuid, quantity: Option<Decimal>) -> Result<Bound> {
    let organization = tx.caller().organization;
    let sql = "select l.plant_id, p.code, i.code, i.name, i.revision, i.gtin, u.symbol, l.code, l.expires_on, l.produced_on, s.name, l.supplier_lot,
            l.status, (select sum(k.quantity) from stock k where k.organization_id = $1 and k.plant_id = l.plant_id and k.lot_id = l.id),
            (now() at time zone p.time_zone)::date
        from lots l
        join plants p on p.organization_id = $1 and p.id = l.plant_id
        join items i on i.organization_id = $1 and i.id = l.item_id
        join units u on u.organization_id = $1 and u.id = i.unit_id
        left join suppliers s on s.organization_id = $1 and s.id = l.supplier_id
        where l.organization_id = $1 and l.id = $2";
    let row = tx.query_opt(sql, &[&organization, &id]).await?.ok_or_else(|| Error::not_found("lot"))?;
    let plant: PlantId = row.get(0);
    seen(tx, crate::materials::Lot::kind(), id, plant).await?;
    let amount = quantity.or(row.get::<_, Option<Decimal>>(13)).map(|amount| amount.normalize());
    let whole = amount.filter(|amount| amount.is_integer() && *amount > Decimal::ZERO && *amount < Decimal::from(100_000_000));
    let (expires, produced): (Option<Date>, Option<Date>) = (row.get(8), row.get(9));
    let values = values([
        ("plant", row.get(1)),
        ("item", row.get(2)),
        ("item_name", row.get(3)),
        ("revision", row.get(4)),
        ("gtin", row.get(5)),
        ("unit", row.get(6)),
        ("lot", row.get(7)),
        ("quantity", amount.map(|amount| amount.to_string())),
        ("count", whole.map(|amount| amount.to_string())),
        ("expires_on", Some(written(expires))),
        ("expires_yymmdd", Some(yymmdd(expires))),
        ("produced_on", Some(written(produced))),
        ("produced_yymmdd", Some(yymmdd(produced))),
        ("supplier", row.get(10)),
        ("supplier_lot", row.get(11)),
        ("status", row.get(12)),
        ("printed_on", Some(written(row.get(14)))),
    ]);
    Ok(Bound { plant, values })
}

/// What the label of a piece says.
///
/// # Errors
/// 404.
pub async fn of_serial(tx: &mut Tx, id: Uuid) -> Result<Bound> {
    let organization = tx.caller().organization;
    let sql = "select n.plant_id, p.code, i.code, i.name, i.revision, i.gtin, u.symbol, n.code, l.code, n.status, (now() at time zone p.time_zone)::date
        from serials n
        join plants p on p.organization_id = $1 and p.id = n.plant_id
        join items i on i.organization_id = $1 and i.id = n.item_id
        join units u on u.organization_id = $1 and u.id = i.unit_id
        left join lots l on l.organization_id = $1 and l.id = n.lot_id
        where n.organization_id = $1 and n.id = $2";
    let row = tx.query_opt(sql, &[&organization, &id]).await?.ok_or_else(|| Error::not_found("serial"))?;
    let plant: PlantId = row.get(0);
    seen(tx, crate::materials::Serial::kind(), id, plant).await?;
    let values = values([
        ("plant", row.get(1)),
        ("item", row.get(2)),
        ("item_name", row.get(3)),
        ("revision", row.get(4)),
        ("gtin", row.get(5)),
        ("unit", row.get(6)),
        ("serial", row.get(7)),
        ("lot", row.get(8)),
        ("status", row.get(9)),
        ("printed_on", Some(written(row.get(10)))),
    ]);
    Ok(Bound { plant, values })
}

/// What the label of a license plate says.
///
/// # Errors
/// 404.
pub async fn of_license_plate(tx: &mut Tx, id: Uuid) -> Result<Bound> {
    let organization = tx.caller().organization;
    let sql = "select c.plant_id, p.code, c.code, c.packaging, o.code,
            (select count(distinct s.item_id) from stock s where s.organization_id = $1 and s.plant_id = c.plant_id and s.license_plate_id = c.id),
            (now() at time zone p.time_zone)::date
        from license_plates c
        join plants p on p.organization_id = $1 and p.id = c.plant_id
        join locations o on o.organization_id = $1 and o.id = c.location_id
        where c.organization_id = $1 and c.id = $2";
    let row = tx.query_opt(sql, &[&organization, &id]).await?.ok_or_else(|| Error::not_found("license plate"))?;
    let plant: PlantId = row.get(0);
    seen(tx, crate::materials::LicensePlate::kind(), id, plant).await?;
    let code: String = row.get(2);
    let sscc = gs1::keys::is_sscc(&code).then(|| code.clone());
    let values = values([
        ("plant", row.get(1)),
        ("plate", Some(code)),
        ("sscc", sscc),
        ("packaging", row.get(3)),
        ("location", row.get(4)),
        ("items", Some(row.get::<_, i64>(5).to_string())),
        ("printed_on", Some(written(row.get(6)))),
    ]);
    Ok(Bound { plant, values })
}

/// What the label of a place says.
///
/// # Errors
/// 404.
pub async fn of_location(tx: &mut Tx, id: Uuid) -> Result<Bound> {
    let organization = tx.caller().organization;
    let sql = "select o.plant_id, p.code, o.code, o.name, o.type, (now() at time zone p.time_zone)::date
        from locations o join plants p on p.organization_id = $1 and p.id = o.plant_id where o.organization_id = $1 and o.id = $2";
    let row = tx.query_opt(sql, &[&organization, &id]).await?.ok_or_else(|| Error::not_found("location"))?;
    let plant: PlantId = row.get(0);
    seen(tx, crate::places::Location::kind(), id, plant).await?;
    let values = values([
        ("plant", row.get(1)),
        ("location", row.get(2)),
        ("location_name", row.get(3)),
        ("location_type", row.get(4)),
        ("printed_on", Some(written(row.get(5)))),
    ]);
    Ok(Bound { plant, values })
}
