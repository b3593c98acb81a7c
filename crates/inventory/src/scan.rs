//! What a code is that somebody scanned: an element string of GS1, or the number of a lot, a serial, a license plate, a place, an item. What other
//! contexts put on labels (orders, jobs, badges) they find themselves: the server joins their [`Finders`].
//!
//! **Invariant:** a scan changes nothing, and finds only what the caller may see where it is.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use futures_util::future::BoxFuture;
use gs1::element_string::{Element, ElementString};
use jiff::civil::Date;
use platform::caller::Reach;
use platform::http::{App, OpenApiRouter, Query, routes};
use platform::ids::PlantId;
use platform::resource::{self, Kind, Record as _};
use platform::{Caller, Error, Result, Tx};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use tokio_postgres::Row;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::materials::{LicensePlate, Lot, Serial};
use crate::places::Location;
use crate::stock::Named;

/// Something that a code may be.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Found {
    /// lot, serial, license_plate, location, item; of other contexts manufacturing_order, production_order, job, operator.
    #[schema(example = "lot")]
    pub kind: String,
    /// Which.
    pub id: Uuid,
    /// The plant it belongs to, if to one.
    pub plant_id: Option<Uuid>,
    /// As its label says.
    #[schema(example = "L26-04711")]
    pub code: String,
    /// What people call it.
    #[schema(example = "Solder paste SAC305 type 4")]
    pub name: String,
    /// The item it is of, if of one.
    pub item: Option<Named>,
    /// Whether it may be used, where it has such a status.
    #[schema(example = "available")]
    pub status: Option<String>,
}

/// Finds what another context's labels say, of one plant where it is named.
pub type Finder = for<'a> fn(&'a mut Tx, Option<PlantId>, &'a str) -> BoxFuture<'a, Result<Vec<Found>>>;

/// The finders of other contexts, as a part of the server.
#[derive(Clone, Default)]
pub struct Finders(pub Arc<Vec<Finder>>);

/// What was scanned.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ScanQuery {
    /// What the reader sent, or somebody typed: with or without symbology identifier, brackets or separators (percent-encoded).
    #[param(example = "(01)09506000134352(10)L26-04711")]
    pub code: String,
    /// The plant it was scanned in; all within reach where nothing is said.
    pub plant_id: Option<Uuid>,
}

/// What a code is.
#[derive(Debug, Serialize, ToSchema)]
pub struct Scanned {
    /// The elements of an element string; none where it is none.
    pub elements: Vec<ScannedElement>,
    /// The quantity it says (application identifiers 30 and 37), in the unit of the item.
    #[schema(value_type = Option<String>, example = "500")]
    pub quantity: Option<Decimal>,
    /// The last day of use it says (application identifiers 17 and 15).
    #[schema(value_type = Option<String>, format = Date)]
    pub expires_on: Option<Date>,
    /// What it may be, the most particular first.
    pub found: Vec<Found>,
}

/// An element of an element string.
#[derive(Debug, Serialize, ToSchema)]
pub struct ScannedElement {
    /// The application identifier.
    #[schema(example = "10")]
    pub identifier: String,
    /// The title of its data.
    #[schema(example = "BATCH/LOT")]
    pub title: &'static str,
    /// Its value.
    #[schema(example = "L26-04711")]
    pub value: String,
    /// The value of a measure as a number.
    #[schema(example = "12.500")]
    pub decimal: Option<String>,
}

/// The longest code that any label here has.
const LONGEST: usize = 500;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(scan_code))
}

/// What a code is that was scanned or typed: an element string of GS1, a lot, a serial, a license plate, a place, an item, an order, a job, a badge.
#[utoipa::path(get, path = "/scan", tag = "Stock", params(ScanQuery), responses((status = 200, body = Scanned)),
    extensions(("x-permission" = json!("signed-in"))))]
async fn scan_code(State(app): State<App>, caller: Caller, Query(query): Query<ScanQuery>) -> Result<Json<Scanned>> {
    let finders = app.part::<Finders>().unwrap_or_default();
    let mut tx = app.read(&caller).await?;
    let scanned = scan(&mut tx, query.plant_id.map(PlantId), &query.code, &finders).await?;
    tx.commit().await?;
    Ok(Json(scanned))
}

/// What a code is.
///
/// # Errors
/// 400 `bad_parameter` for an empty or far too long one.
pub async fn scan(tx: &mut Tx, plant: Option<PlantId>, code: &str, finders: &Finders) -> Result<Scanned> {
    let code = code.trim();
    if code.is_empty() || code.len() > LONGEST || code.contains('\0') {
        let detail = format!("code: expected 1 to {LONGEST} signs");
        return Err(Error::new(platform::error::Kind::Malformed, "bad_parameter", detail));
    }
    // Digits alone may also be a number of ours: what is found decides.
    let elements = ElementString::read(code).ok();
    let mut found = match &elements {
        Some(elements) => of_elements(tx, plant, elements).await?,
        None => Vec::new(),
    };
    if found.is_empty() {
        found = of_code(tx, plant, code).await?;
        for finder in finders.0.iter() {
            found.extend(finder(tx, plant, code).await?);
        }
    }
    let said = |identifiers: &[&str]| -> Option<&Element> {
        let elements = elements.as_ref()?;
        identifiers.iter().find_map(|wanted| elements.0.iter().find(|element| element.identifier == *wanted))
    };
    let year = tx.now().to_zoned(jiff::tz::TimeZone::UTC).year();
    let expires_on =
        said(&["17", "15"]).and_then(|element| element.day(year)).and_then(|(year, month, day)| Date::new(year, month, day).ok());
    let quantity = said(&["37", "30"]).and_then(|element| element.value.parse().ok());
    let shown = elements.iter().flat_map(|elements| &elements.0).map(|element| ScannedElement {
        identifier: element.identifier.clone(),
        title: element.title(),
        value: element.value.clone(),
        decimal: element.decimal(),
    });
    Ok(Scanned { elements: shown.collect(), quantity, expires_on, found })
}

/// What an element string names: a license plate by its SSCC; a piece or lot by its number and, where it is said, its GTIN; an item by its GTIN.
async fn of_elements(tx: &mut Tx, plant: Option<PlantId>, elements: &ElementString) -> Result<Vec<Found>> {
    let mut found = Vec::new();
    if let Some(sscc) = elements.get("00") {
        found.extend(look(tx, plant, &PLATES, sscc, None).await?);
    }
    let gtin = elements.get("01").or_else(|| elements.get("02"));
    if let Some(serial) = elements.get("21") {
        found.extend(look(tx, plant, &SERIALS, serial, gtin).await?);
    }
    if let Some(lot) = elements.get("10") {
        found.extend(look(tx, plant, &LOTS, lot, gtin).await?);
    }
    if let Some(gtin) = gtin {
        let organization = tx.caller().organization;
        let sql =
            "select id, code, name from items where organization_id = $1 and gtin = $2 and archived_at is null order by code limit 20";
        let rows = tx.query(sql, &[&organization, &gtin]).await?;
        found.extend(items(tx, rows).await?);
    }
    Ok(found)
}

/// What a number of ours names.
async fn of_code(tx: &mut Tx, plant: Option<PlantId>, code: &str) -> Result<Vec<Found>> {
    let mut found = Vec::new();
    for place in [&PLATES, &SERIALS, &LOTS, &PLACES] {
        found.extend(look(tx, plant, place, code, None).await?);
    }
    let organization = tx.caller().organization;
    let sql =
        "select id, code, name from items where organization_id = $1 and (code = $2 or gtin = lpad($2, 14, '0')) and archived_at is null
        order by code limit 20";
    let rows = tx.query(sql, &[&organization, &code]).await?;
    found.extend(items(tx, rows).await?);
    Ok(found)
}

async fn items(tx: &mut Tx, rows: Vec<Row>) -> Result<Vec<Found>> {
    let kind = factory::items::Item::kind();
    if !tx.caller().may_somewhere(kind.verbs.read) {
        return Ok(Vec::new());
    }
    let rows = seen(tx, kind, rows).await?;
    let item = |row: &Row| Found {
        kind: "item".into(),
        id: row.get(0),
        plant_id: None,
        code: row.get(1),
        name: row.get(2),
        item: Some(Named { id: row.get(0), code: row.get(1) }),
        status: None,
    };
    Ok(rows.iter().map(item).collect())
}

/// A kind of things with numbers on them.
struct Place {
    kind: fn() -> &'static Kind,
    sql: &'static str,
}

const LOTS: Place = Place {
    kind: Lot::kind,
    sql: "select t.id, t.plant_id, t.code, i.name, i.id, i.code, t.status from lots t join items i on i.organization_id = $1 and i.id = t.item_id
        where t.organization_id = $1 and t.code = $2 and ($3::uuid is null or t.plant_id = $3) and ($4::uuid[] is null or t.plant_id = any ($4))
            and ($5::text is null or i.gtin = $5) and t.archived_at is null order by t.created_at desc limit 20",
};
const SERIALS: Place = Place {
    kind: Serial::kind,
    sql: "select t.id, t.plant_id, t.code, i.name, i.id, i.code, t.status from serials t join items i on i.organization_id = $1 and i.id = t.item_id
        where t.organization_id = $1 and t.code = $2 and ($3::uuid is null or t.plant_id = $3) and ($4::uuid[] is null or t.plant_id = any ($4))
            and ($5::text is null or i.gtin = $5) and t.archived_at is null order by t.created_at desc limit 20",
};
const PLATES: Place = Place {
    kind: LicensePlate::kind,
    sql: "select t.id, t.plant_id, t.code, coalesce(t.packaging, ''), null::uuid, null::text, null::text from license_plates t
        where t.organization_id = $1 and t.code = $2 and ($3::uuid is null or t.plant_id = $3) and ($4::uuid[] is null or t.plant_id = any ($4))
            and $5::text is null and t.archived_at is null order by t.created_at desc limit 20",
};
const PLACES: Place = Place {
    kind: Location::kind,
    sql: "select t.id, t.plant_id, t.code, t.name, null::uuid, null::text, null::text from locations t
        where t.organization_id = $1 and t.code = $2 and ($3::uuid is null or t.plant_id = $3) and ($4::uuid[] is null or t.plant_id = any ($4))
            and $5::text is null and t.archived_at is null order by t.created_at desc limit 20",
};

async fn look(tx: &mut Tx, plant: Option<PlantId>, place: &Place, code: &str, gtin: Option<&str>) -> Result<Vec<Found>> {
    let kind = (place.kind)();
    let plants: Option<Vec<Uuid>> = match tx.caller().reach_of(kind.verbs.read) {
        Reach::Everywhere => None,
        Reach::Plants(plants) => Some(plants.into_iter().map(|plant| plant.0).collect()),
    };
    let organization = tx.caller().organization;
    let rows = tx.query(place.sql, &[&organization, &code, &plant, &plants, &gtin]).await?;
    let rows = seen(tx, kind, rows).await?;
    let found = rows.iter().map(|row| Found {
        kind: kind.name.into(),
        id: row.get(0),
        plant_id: row.get(1),
        code: row.get(2),
        name: row.get(3),
        item: Named::of(row.get(4), row.get(5)),
        status: row.get(6),
    });
    Ok(found.collect())
}

/// Those rows whose records, named by the first column, no policy keeps from the caller.
///
/// # Errors
/// What the database refused.
pub async fn seen(tx: &mut Tx, kind: &'static Kind, rows: Vec<Row>) -> Result<Vec<Row>> {
    if tx.caller().policies_on(kind.verbs.read).is_none() {
        return Ok(rows);
    }
    let mut seen = Vec::with_capacity(rows.len());
    for row in rows {
        let record = resource::find(tx, kind, row.get(0)).await?;
        if record.is_some_and(|record| resource::visible(tx.caller(), kind, &record)) {
            seen.push(row);
        }
    }
    Ok(seen)
}
