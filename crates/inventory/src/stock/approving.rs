//! Counts that differ more than their place lets pass: they wait, and somebody else decides.
//!
//! **Invariant:** nobody approves what they have counted themselves; the database refuses it too.
//! **Invariant:** what is approved is the difference that was found; what has moved since is not undone by it.

use jiff::Timestamp;
use platform::caller::{Reach, Scope};
use platform::database::Params;
use platform::http::{Cursor, Page, Paged};
use platform::ids::PlantId;
use platform::{Error, Result, Tx};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio_postgres::Row;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::counting::found_again;
use super::listing::{self, Named};
use super::{reserving, said};
use crate::ledger::{self, Key, Line, Movement, Posting, Status};
use crate::{STOCK_ADJUST, STOCK_READ};

/// A line of a count that waits, as it is kept.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Kept {
    item_id: Uuid,
    lot_id: Option<Uuid>,
    serial_id: Option<Uuid>,
    license_plate_id: Option<Uuid>,
    status: Status,
    before: Decimal,
    counted: Decimal,
}

impl Kept {
    pub(super) fn of(key: &Key, before: Decimal, counted: Decimal) -> Kept {
        let Key { item, lot, serial, license_plate, status, .. } = *key;
        Kept { item_id: item, lot_id: lot, serial_id: serial, license_plate_id: license_plate, status, before, counted }
    }

    fn key(&self, location: Uuid) -> Key {
        Key {
            item: self.item_id,
            location,
            lot: self.lot_id,
            serial: self.serial_id,
            license_plate: self.license_plate_id,
            status: self.status,
        }
    }

    /// Whether it differs more than this share of what was there (%). Where nothing was, everything is more.
    pub(super) fn is_beyond(&self, tolerance_pct: Decimal) -> bool {
        let difference = (self.counted - self.before).abs();
        // Both sides as products: nothing is divided by what was not there. What overflows is beyond everything.
        let allowed = self.before.abs().checked_mul(tolerance_pct);
        difference.checked_mul(Decimal::ONE_HUNDRED).zip(allowed).is_none_or(|(found, allowed)| found > allowed)
    }
}

/// The tolerance of a place: its own, else that of the nearest place it is part of; none where nobody set one.
pub(super) async fn tolerance(tx: &mut Tx, location: Uuid) -> Result<Option<Decimal>> {
    let organization = tx.caller().organization;
    let sql = "with recursive above (id, parent_id, pct, far) as (
            select id, parent_id, count_tolerance_pct, 0 from locations where organization_id = $1 and id = $2
            union all
            select l.id, l.parent_id, l.count_tolerance_pct, a.far + 1 from above a join locations l on l.organization_id = $1 and l.id = a.parent_id
            where a.pct is null and a.far < 50
        ) select pct from above where pct is not null order by far limit 1";
    Ok(tx.query_opt(sql, &[&organization, &location]).await?.map(|row| row.get(0)))
}

/// Keeps a count until somebody decides.
pub(super) async fn hold(tx: &mut Tx, posting: &Posting<'_>, location: Uuid, tolerance: Decimal, lines: &[Kept]) -> Result<Uuid> {
    let (organization, person) = (tx.caller().organization, tx.caller().user());
    let id: Uuid = tx.new_id();
    let kept = serde_json::to_value(lines).map_err(Error::internal)?;
    let sql =
        "insert into stock_counts (organization_id, plant_id, id, location_id, tolerance_pct, lines, at, reason, reference, counted_person)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    let params: Params<'_> =
        &[&organization, &posting.plant, &id, &location, &tolerance, &kept, &posting.at, &posting.reason, &posting.reference, &person];
    tx.execute(sql, params).await?;
    told(tx, "stock_count.waiting", id, posting.plant, location, person).await?;
    Ok(id)
}

/// Writes into the trail what becomes of a count, with what people are told by.
async fn told(tx: &mut Tx, event: &str, id: Uuid, plant: PlantId, location: Uuid, counted_person: Option<Uuid>) -> Result<()> {
    let organization = tx.caller().organization;
    let sql = "select gemba.audit($1, 'stock_count', $2, $3, 'success', jsonb_build_object('place', p.code, 'counted_person', $5::uuid))
        from locations p where p.organization_id = $4 and p.id = $6";
    tx.query(sql, &[&event, &id, &plant, &organization, &counted_person, &location]).await?;
    Ok(())
}

/// A count that waits for somebody to decide, or did.
#[derive(Debug, Serialize, ToSchema)]
pub struct HeldCount {
    /// The count.
    pub id: Uuid,
    /// The plant.
    pub plant_id: Uuid,
    /// Where was counted.
    pub location: Named,
    /// waiting, approved or rejected.
    #[schema(example = "waiting")]
    pub status: String,
    /// What would have been booked at once (%).
    #[schema(value_type = String, example = "2")]
    pub tolerance_pct: Decimal,
    /// What was counted, and what stock said then.
    pub lines: Vec<HeldLine>,
    /// When it was counted.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// Why, or which list.
    pub reason: Option<String>,
    /// A paper beside it.
    pub reference: Option<String>,
    /// What was written into the ledger for it.
    pub document_id: Option<Uuid>,
    /// Who counted.
    #[schema(example = "user:0199d1a0-0000-7000-8000-000000000005")]
    pub counted_by: String,
    /// When that was written down.
    #[schema(value_type = String, format = DateTime)]
    pub counted_at: Timestamp,
    /// Who decided.
    pub decided_by: Option<String>,
    /// When.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub decided_at: Option<Timestamp>,
    /// Why.
    pub decision_note: Option<String>,
}

/// A line of a count that waits.
#[derive(Debug, Serialize, ToSchema)]
pub struct HeldLine {
    /// The item.
    pub item: Named,
    /// What it is.
    #[schema(example = "Screw M3 × 8")]
    pub item_name: String,
    /// The unit of the quantities, which is that of the item.
    #[schema(example = "pc")]
    pub unit: String,
    /// The lot.
    pub lot_id: Option<Uuid>,
    /// The lot's number.
    pub lot_code: Option<String>,
    /// The piece.
    pub serial_id: Option<Uuid>,
    /// The piece's number.
    pub serial_code: Option<String>,
    /// What it lies on.
    pub license_plate_code: Option<String>,
    /// Whether what was counted may be used.
    pub status: Status,
    /// What stock said, in the unit of the item.
    #[schema(value_type = String, example = "4900")]
    pub before: Decimal,
    /// What was counted.
    #[schema(value_type = String, example = "4200")]
    pub counted: Decimal,
    /// Counted less before.
    #[schema(value_type = String, example = "-700")]
    pub difference: Decimal,
}

/// Which counts.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CountFilter {
    /// Of this plant.
    pub plant_id: Option<Uuid>,
    /// waiting, approved or rejected.
    #[param(example = "waiting")]
    pub status: Option<String>,
}

/// The columns of [`HeldCount`], of the counts that the rest of the statement picks.
macro_rules! held_counts {
    ($rest:literal) => {
        concat!(
            "select c.id, c.plant_id, p.id, p.code, c.status, c.tolerance_pct, c.lines, c.at, c.reason, c.reference, c.document_id, c.counted_by,
            c.counted_at, c.decided_by, c.decided_at, c.decision_note,
            (select jsonb_object_agg(i.id, jsonb_build_object('code', i.code, 'name', i.name, 'unit', u.symbol))
                from items i join units u on u.organization_id = $1 and u.id = i.unit_id
                where i.organization_id = $1 and i.id in (select (l ->> 'item_id')::uuid from jsonb_array_elements(c.lines) l)),
            (select jsonb_object_agg(o.id, o.code) from lots o where o.organization_id = $1 and o.id in (
                select (l ->> 'lot_id')::uuid from jsonb_array_elements(c.lines) l)),
            (select jsonb_object_agg(n.id, n.code) from serials n where n.organization_id = $1 and n.id in (
                select (l ->> 'serial_id')::uuid from jsonb_array_elements(c.lines) l)),
            (select jsonb_object_agg(g.id, g.code) from license_plates g where g.organization_id = $1 and g.id in (
                select (l ->> 'license_plate_id')::uuid from jsonb_array_elements(c.lines) l))
        from stock_counts c join locations p on p.organization_id = $1 and p.id = c.location_id ",
            $rest
        )
    };
}

const NEWEST_FIRST: &str = "-counted_at,-id";

/// Counts that wait or waited, the newest first.
///
/// # Errors
/// 403 where the caller may see stock nowhere; 400 for a cursor of another list.
pub async fn list(tx: &mut Tx, filter: &CountFilter, page: &Page) -> Result<Paged<HeldCount>> {
    tx.caller().require_somewhere(STOCK_READ)?;
    let plants: Option<Vec<Uuid>> = match tx.caller().reach_of(STOCK_READ) {
        Reach::Everywhere => None,
        Reach::Plants(plants) => Some(plants.into_iter().map(|plant| plant.0).collect()),
    };
    let (mut at, mut after) = (None, None);
    if let Some(cursor) = &page.after {
        cursor.of_sort(NEWEST_FIRST)?;
        let instant = cursor.values.first().and_then(Value::as_str).and_then(|text| text.parse::<Timestamp>().ok());
        let bad = || Error::new(platform::error::Kind::Malformed, "bad_cursor", "cursor: not one of this list");
        (at, after) = (Some(instant.ok_or_else(bad)?), Some(cursor.id));
    }
    let organization = tx.caller().organization;
    let limit = i64::from(page.limit) + 1;
    let sql = held_counts!(
        "where c.organization_id = $1 and ($2::uuid[] is null or c.plant_id = any ($2)) and ($3::uuid is null or c.plant_id = $3)
            and ($4::text is null or c.status = $4) and ($5::uuid is null or (c.counted_at, c.id) < ($6::timestamptz, $5))
        order by c.counted_at desc, c.id desc limit $7"
    );
    let rows = tx.query(sql, &[&organization, &plants, &filter.plant_id, &filter.status, &after, &at, &limit]).await?;
    let found: Result<Vec<HeldCount>> = rows.iter().map(held).collect();
    let end = |last: &HeldCount| Cursor { sort: NEWEST_FIRST.into(), values: vec![json!(last.counted_at)], id: last.id };
    Ok(Paged::of(found?, page, end))
}

fn held(row: &Row) -> Result<HeldCount> {
    let kept: Vec<Kept> = serde_json::from_value(row.get(6)).map_err(Error::internal)?;
    let [items, lots, serials, plates] = [16, 17, 18, 19].map(|at| row.get::<_, Option<Value>>(at).unwrap_or_default());
    let of_item =
        |item: Uuid, member: &str| items.get(item.to_string()).and_then(|of| of.get(member)?.as_str()).unwrap_or_default().to_owned();
    let code = |codes: &Value, id: Option<Uuid>| codes.get(id?.to_string())?.as_str().map(str::to_owned);
    let line = |kept: &Kept| HeldLine {
        item: Named { id: kept.item_id, code: of_item(kept.item_id, "code") },
        item_name: of_item(kept.item_id, "name"),
        unit: of_item(kept.item_id, "unit"),
        lot_id: kept.lot_id,
        lot_code: code(&lots, kept.lot_id),
        serial_id: kept.serial_id,
        serial_code: code(&serials, kept.serial_id),
        license_plate_code: code(&plates, kept.license_plate_id),
        status: kept.status,
        before: kept.before.normalize(),
        counted: kept.counted.normalize(),
        difference: (kept.counted - kept.before).normalize(),
    };
    Ok(HeldCount {
        id: row.get(0),
        plant_id: row.get(1),
        location: Named { id: row.get(2), code: row.get(3) },
        status: row.get(4),
        tolerance_pct: row.get::<_, Decimal>(5).normalize(),
        lines: kept.iter().map(line).collect(),
        at: row.get(7),
        reason: row.get(8),
        reference: row.get(9),
        document_id: row.get(10),
        counted_by: row.get(11),
        counted_at: row.get(12),
        decided_by: row.get(13),
        decided_at: row.get(14),
        decision_note: row.get(15),
    })
}

/// What is decided about a count.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "approve": true, "note": "Counted again, it is right" }))]
pub struct Decide {
    /// Whether its differences are booked; else it is as if nobody had counted.
    pub approve: bool,
    /// Why.
    #[schema(max_length = 500)]
    pub note: Option<String>,
}

/// Decides about a count that waits: its differences are booked, or not.
///
/// # Errors
/// 404; 403; 409 `decided` where somebody has; 409 `own_count` for whoever counted; 409 `stock_short` where less is left than is missing.
pub async fn decide(tx: &mut Tx, id: Uuid, body: &Decide) -> Result<HeldCount> {
    let organization = tx.caller().organization;
    let person = tx.caller().user();
    let find = "select plant_id, location_id, status, counted_by = current_setting('gemba.actor') or coalesce(counted_person = $3, false), lines, at, reason,
            reference, counted_person
        from stock_counts where organization_id = $1 and id = $2 for update";
    let row = tx.query_opt(find, &[&organization, &id, &person]).await?.ok_or_else(|| Error::not_found("stock count"))?;
    let plant: PlantId = row.get(0);
    if !tx.caller().may(STOCK_READ, Scope::Plant(plant)) {
        return Err(Error::not_found("stock count"));
    }
    tx.require(STOCK_ADJUST, Scope::Plant(plant))?;
    let note = said::short_text("/note", body.note.as_deref(), 500)?;
    let (location, status, is_own): (Uuid, &str, bool) = (row.get(1), row.get(2), row.get(3));
    if status != "waiting" {
        return Err(Error::conflict("decided", format!("the count is {status} already")));
    }
    if body.approve && is_own {
        return Err(Error::conflict("own_count", "somebody else approves what one has counted"));
    }
    let mut document: Option<Uuid> = None;
    if body.approve {
        let kept: Vec<Kept> = serde_json::from_value(row.get(4)).map_err(Error::internal)?;
        let (reason, reference): (Option<&str>, Option<&str>) = (row.get(6), row.get(7));
        let posting = Posting { at: row.get(5), reason, reference, ..Posting::new(tx, plant, Movement::Count) };
        document = book(tx, &posting, location, &kept).await?;
    }
    let decided = if body.approve { "approved" } else { "rejected" };
    let change = "update stock_counts set status = $3, decided_by = current_setting('gemba.actor'), decided_at = now(), decision_note = $4, document_id = $5,
            decided_person = $6
        where organization_id = $1 and id = $2";
    tx.execute(change, &[&organization, &id, &decided, &note, &document, &person]).await?;
    let event = if body.approve { "stock_count.approved" } else { "stock_count.rejected" };
    told(tx, event, id, plant, location, row.get(8)).await?;
    held(&tx.query_one(held_counts!("where c.organization_id = $1 and c.id = $2"), &[&organization, &id]).await?)
}

/// Writes the differences that were found into the ledger. What was promised of what is not there is freed.
async fn book(tx: &mut Tx, posting: &Posting<'_>, location: Uuid, kept: &[Kept]) -> Result<Option<Uuid>> {
    let mut lines = Vec::new();
    for one in kept {
        let key = one.key(location);
        let difference = one.counted - one.before;
        if difference < Decimal::ZERO
            && let Some(there) = listing::stock_of(tx, posting.plant, &key).await?
            && there.reserved > there.quantity + difference
        {
            reserving::shrink(tx, there.id, (there.quantity + difference).max(Decimal::ZERO)).await?;
        }
        lines.push(Line { key, quantity: difference, entered: None });
    }
    let document = ledger::post(tx, posting, &lines).await?;
    found_again(tx, &lines).await?;
    Ok(document)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_is_beyond_the_tolerance_by_its_share_of_what_was_there() {
        let kept = |before: i64, counted: i64| Kept {
            item_id: Uuid::nil(),
            lot_id: None,
            serial_id: None,
            license_plate_id: None,
            status: Status::Available,
            before: before.into(),
            counted: counted.into(),
        };
        for (before, counted, pct, beyond) in [
            (100, 98, 2, false),
            (100, 97, 2, true),
            (100, 102, 2, false),
            (0, 1, 50, true),
            (0, 0, 0, false),
            (10, 10, 0, false),
            (10, 9, 0, true),
        ] {
            assert_eq!(kept(before, counted).is_beyond(pct.into()), beyond, "{before} {counted} {pct}");
        }
    }
}
