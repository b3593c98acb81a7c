//! Paper of the shop floor: the traveller of a manufacturing order, its label, and the as-built record of a piece; and what scanned codes of
//! production are.
//!
//! **Invariant:** paper says what the system knew when it was printed, and says when that was; it is no record of its own.

mod as_built;
mod found;
pub mod http;
mod traveller;

pub use found::find_scanned;

use inventory::documents::Cell;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use platform::{Result, Tx};
use rust_decimal::Decimal;

/// A plant as papers name it, and its clock.
struct Letterhead {
    code: String,
    name: String,
    zone: TimeZone,
}

impl Letterhead {
    async fn of(tx: &mut Tx, plant: platform::ids::PlantId) -> Result<Letterhead> {
        let organization = tx.caller().organization;
        let sql = "select code, name, time_zone from plants where organization_id = $1 and id = $2";
        let row = tx.query_one(sql, &[&organization, &plant]).await?;
        let zone = TimeZone::get(row.get(2)).unwrap_or(TimeZone::UTC);
        Ok(Letterhead { code: row.get(0), name: row.get(1), zone })
    }

    /// An instant by the plant's clock: 2026-11-21 14:05.
    fn clock(&self, at: Timestamp) -> String {
        at.to_zoned(self.zone.clone()).strftime("%Y-%m-%d %H:%M").to_string()
    }

    fn maybe(&self, at: Option<Timestamp>) -> String {
        at.map(|at| self.clock(at)).unwrap_or_default()
    }

    fn foot(&self, now: Timestamp) -> String {
        format!("{} {} · printed {}", self.code, self.name, self.clock(now))
    }
}

fn cell(text: impl Into<String>) -> Cell {
    Cell::Text(text.into())
}

fn amount(quantity: Decimal) -> String {
    quantity.normalize().to_string()
}

/// The number of a job as its traveller has it and terminals scan it: MO-1042/20, of a split step MO-1042/20.2.
fn job_code(order: &str, number: i32, part: i32) -> String {
    if part > 1 { format!("{order}/{number}.{part}") } else { format!("{order}/{number}") }
}
