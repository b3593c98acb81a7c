//! New license plates with an SSCC each, from a range of numbers.
//!
//! **Invariant:** a number is given out once: the range is locked while it is.

use axum::Json;
use axum::extract::State;
use gs1::keys;
use http::StatusCode;
use platform::caller::Scope;
use platform::http::{App, OpenApiRouter, Path, Unread, routes};
use platform::ids::PlantId;
use platform::resource::Record as _;
use platform::{Caller, Error, FieldError, Result, Tx};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::materials::{LicensePlate, SsccRange, SsccRangeId};
use crate::stock::Named;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(take_sscc_range))
}

/// License plates that are wanted.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "location_id": "0199d1a0-0000-7000-8000-000000000002", "count": 4, "packaging": "Pallet" }))]
pub struct TakePlates {
    /// Where they stand.
    pub location_id: Uuid,
    /// How many; one where nothing is said.
    #[schema(minimum = 1, maximum = 500, example = 4)]
    pub count: Option<u16>,
    /// What they are.
    #[schema(max_length = 50, example = "Pallet")]
    pub packaging: Option<String>,
}

/// License plates that were made.
#[derive(Debug, Serialize, ToSchema)]
pub struct Plates {
    /// Each with its SSCC.
    pub license_plates: Vec<Named>,
}

/// License plates at once at most.
const MOST: u16 = 500;

/// New license plates, each with the next SSCC of a range.
#[utoipa::path(post, path = "/sscc-ranges/{id}/take", tag = "License plates", params(("id" = Uuid, Path, description = "The range.")),
    request_body = TakePlates, responses((status = 201, body = Plates)), extensions(("x-permission" = json!("inventory.license_plate.create"))))]
async fn take_sscc_range(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<SsccRangeId>,
    body: Unread<TakePlates>,
) -> Result<(StatusCode, Json<Plates>)> {
    let mut tx = app.begin(&caller).await?;
    let range = locked(&mut tx, id).await?;
    let body = body.read().await?;
    let plates = take(&mut tx, id, &range, &body).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(plates)))
}

struct Range {
    plant: PlantId,
    prefix: String,
    extension: u8,
    next: u64,
}

/// The range, locked, where the caller may make license plates.
async fn locked(tx: &mut Tx, id: SsccRangeId) -> Result<Range> {
    let organization = tx.caller().organization;
    let sql = "select plant_id, company_prefix, extension, next_reference from sscc_ranges
        where organization_id = $1 and id = $2 and archived_at is null for update";
    let row = tx.query_opt(sql, &[&organization, &id]).await?.ok_or_else(|| Error::not_found("sscc range"))?;
    let plant: PlantId = row.get(0);
    if !tx.caller().may(SsccRange::kind().verbs.read, Scope::Plant(plant)) {
        return Err(Error::not_found("sscc range"));
    }
    tx.require(LicensePlate::kind().verbs.create, Scope::Plant(plant))?;
    let (extension, next): (i16, i64) = (row.get(2), row.get(3));
    Ok(Range {
        plant,
        prefix: row.get(1),
        extension: u8::try_from(extension).unwrap_or_default(),
        next: u64::try_from(next).unwrap_or_default(),
    })
}

async fn take(tx: &mut Tx, id: SsccRangeId, range: &Range, body: &TakePlates) -> Result<Plates> {
    let count = body.count.unwrap_or(1);
    if !(1..=MOST).contains(&count) {
        let detail = format!("found {count}, expected 1 to {MOST}");
        return Err(Error::invalid(vec![FieldError::new("/count", "out_of_bounds", detail)]));
    }
    if body.packaging.as_ref().is_some_and(|packaging| packaging.chars().count() > 50 || packaging.contains('\0')) {
        return Err(Error::invalid(vec![FieldError::new("/packaging", "too_long", "expected at most 50 characters of text")]));
    }
    let organization = tx.caller().organization;
    let here = "select 1 from locations where organization_id = $1 and plant_id = $2 and id = $3 and active and archived_at is null";
    if tx.query_opt(here, &[&organization, &range.plant, &body.location_id]).await?.is_none() {
        return Err(Error::invalid(vec![FieldError::new(
            "/location_id",
            "unknown_reference",
            "there is no such place in the plant of the range",
        )]));
    }
    let codes: Option<Vec<String>> =
        (0..u64::from(count)).map(|more| keys::sscc(range.extension, &range.prefix, range.next + more)).collect();
    let codes = codes
        .ok_or_else(|| Error::conflict("range_used_up", "the range has no more numbers: make another one, with another extension digit"))?;
    let ids: Vec<Uuid> = codes.iter().map(|_| tx.new_id()).collect();
    let next = i64::try_from(range.next + u64::from(count)).unwrap_or(i64::MAX);
    let onward =
        "update sscc_ranges set next_reference = $3, version = version + 1, updated_at = now(), updated_by = current_setting('gemba.actor')
        where organization_id = $1 and id = $2";
    tx.execute(onward, &[&organization, &id, &next]).await?;
    let make = "insert into license_plates (organization_id, plant_id, id, code, location_id, packaging)
        select $1, $2, n.id, n.code, $3, $4 from unnest($5::uuid[], $6::text[]) as n (id, code)";
    let made = tx.execute(make, &[&organization, &range.plant, &body.location_id, &body.packaging, &ids, &codes]).await;
    made.map_err(|error| {
        error.on_constraint("license_plates_code_key", || {
            Error::conflict("taken", "a license plate has one of these numbers already: the range overlaps with another one")
        })
    })?;
    let license_plates = ids.into_iter().zip(codes).map(|(id, code)| Named { id, code }).collect();
    Ok(Plates { license_plates })
}
