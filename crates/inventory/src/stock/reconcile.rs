//! Whether stock is what the ledger adds up to: the two are compared whole, from nothing.
//!
//! **Invariant:** nothing is mended here; a difference is a defect, or somebody at the database, and both want to be looked at.

use platform::caller::Scope;
use platform::ids::PlantId;
use platform::{Result, Tx};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::listing;
use crate::STOCK_READ;

/// Which stock is compared.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ReconcileFilter {
    /// Of this plant; of all within reach where nothing is said.
    pub plant_id: Option<Uuid>,
    /// Only of this item.
    pub item_id: Option<Uuid>,
}

/// What the comparison found.
#[derive(Debug, Serialize, ToSchema)]
pub struct Reconciled {
    /// Lines of the ledger that were added up.
    #[schema(example = 18204)]
    pub movements: i64,
    /// Stocks they come to.
    #[schema(example = 731)]
    pub stocks: i64,
    /// Stocks that are not what the ledger says; at most 1,000 of them.
    pub differences: Vec<Mismatch>,
}

/// Stock that is not what the ledger says.
#[derive(Debug, Serialize, ToSchema)]
pub struct Mismatch {
    /// The item.
    pub item_id: Uuid,
    /// Where it lies.
    pub location_id: Uuid,
    /// Its lot.
    pub lot_id: Option<Uuid>,
    /// The piece.
    pub serial_id: Option<Uuid>,
    /// The license plate.
    pub license_plate_id: Option<Uuid>,
    /// Its status.
    #[schema(example = "available")]
    pub status: String,
    /// What the ledger adds up to, or the promises do.
    #[schema(value_type = String, example = "500")]
    pub ledger: Decimal,
    /// What stock says.
    #[schema(value_type = String, example = "480")]
    pub stock: Decimal,
    /// quantity or reserved.
    #[schema(example = "quantity")]
    pub of: String,
}

/// Compares stock with the ledger, and what is promised with the reservations.
///
/// # Errors
/// 403.
pub async fn reconcile(tx: &mut Tx, filter: &ReconcileFilter) -> Result<Reconciled> {
    tx.caller().require_somewhere(STOCK_READ)?;
    let plants = match filter.plant_id {
        Some(plant) => {
            tx.require(STOCK_READ, Scope::Plant(PlantId(plant)))?;
            Some(vec![plant])
        }
        None => listing::seen(tx),
    };
    let organization = tx.caller().organization;
    let sql = "with ledger as (
            select item_id, location_id, lot_id, serial_id, license_plate_id, status, sum(quantity) as quantity, count(*) as movements
            from stock_movements where organization_id = $1 and ($2::uuid[] is null or plant_id = any ($2)) and ($3::uuid is null or item_id = $3)
            group by 1, 2, 3, 4, 5, 6
        ), own as (
            select s.*, coalesce((select sum(r.quantity) from reservations r where r.organization_id = $1 and r.stock_id = s.id), 0) as promised
            from stock s where s.organization_id = $1 and ($2::uuid[] is null or s.plant_id = any ($2)) and ($3::uuid is null or s.item_id = $3)
        ), compared as (
            select coalesce(l.item_id, s.item_id) as item_id, coalesce(l.location_id, s.location_id) as location_id,
                coalesce(l.lot_id, s.lot_id) as lot_id, coalesce(l.serial_id, s.serial_id) as serial_id,
                coalesce(l.license_plate_id, s.license_plate_id) as license_plate_id, coalesce(l.status, s.status) as status,
                coalesce(l.quantity, 0) as ledger, coalesce(s.quantity, 0) as stock, coalesce(s.promised, 0) as promised,
                coalesce(s.reserved, 0) as reserved
            from ledger l full join own s
                on l.item_id = s.item_id and l.location_id = s.location_id and l.status = s.status
                and coalesce(l.lot_id, '00000000-0000-0000-0000-000000000000') = coalesce(s.lot_id, '00000000-0000-0000-0000-000000000000')
                and coalesce(l.serial_id, '00000000-0000-0000-0000-000000000000') = coalesce(s.serial_id, '00000000-0000-0000-0000-000000000000')
                and coalesce(l.license_plate_id, '00000000-0000-0000-0000-000000000000')
                    = coalesce(s.license_plate_id, '00000000-0000-0000-0000-000000000000')
        )
        (select item_id, location_id, lot_id, serial_id, license_plate_id, status, ledger, stock, 'quantity', null::bigint, null::bigint
            from compared where ledger <> stock limit 1000)
        union all
        (select item_id, location_id, lot_id, serial_id, license_plate_id, status, promised, reserved, 'reserved', null, null
            from compared where promised <> reserved limit 1000)
        union all
        select null, null, null, null, null, '', 0, 0, 'totals', (select coalesce(sum(movements), 0)::bigint from ledger),
            (select count(*) from own where quantity > 0)";
    let rows = tx.query(sql, &[&organization, &plants, &filter.item_id]).await?;
    let mut found = Reconciled { movements: 0, stocks: 0, differences: Vec::new() };
    for row in &rows {
        let of: String = row.get(8);
        if of == "totals" {
            (found.movements, found.stocks) = (row.get(9), row.get(10));
            continue;
        }
        found.differences.push(Mismatch {
            item_id: row.get(0),
            location_id: row.get(1),
            lot_id: row.get(2),
            serial_id: row.get(3),
            license_plate_id: row.get(4),
            status: row.get(5),
            ledger: row.get::<_, Decimal>(6).normalize(),
            stock: row.get::<_, Decimal>(7).normalize(),
            of,
        });
    }
    Ok(found)
}
