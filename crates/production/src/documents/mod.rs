//! Paper of the shop floor: the traveller of a manufacturing order, its label, and the as-built record of a piece; and what scanned codes of
//! production are.
//!
//! **Invariant:** paper says what the system knew when it was printed, and says when that was; it is no record of its own.

mod as_built;
mod found;
pub mod http;
mod named;
mod traveller;
mod words;

pub use found::find_scanned;
pub use named::name;

use inventory::documents::Cell;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use platform::language::{Language, Words};
use platform::{Result, Tx};
use rust_decimal::Decimal;

/// A plant as papers name it, its clock, and the language of whoever prints them.
struct Letterhead {
    code: String,
    name: String,
    zone: TimeZone,
    language: Language,
}

impl Letterhead {
    async fn of(tx: &mut Tx, plant: platform::ids::PlantId, wanted: Option<Language>) -> Result<Letterhead> {
        let language = factory::plants::language(tx, plant, wanted).await?;
        let organization = tx.caller().organization;
        let sql = "select code, name, time_zone from plants where organization_id = $1 and id = $2";
        let row = tx.query_one(sql, &[&organization, &plant]).await?;
        let zone = TimeZone::get(row.get(2)).unwrap_or(TimeZone::UTC);
        Ok(Letterhead { code: row.get(0), name: row.get(1), zone, language })
    }

    /// In the language of the paper.
    fn say(&self, words: Words) -> &'static str {
        words.text(self.language)
    }

    /// A quantity with the signs of the language.
    fn amount(&self, quantity: Decimal) -> String {
        self.language.number(&amount(quantity))
    }

    /// An instant by the plant's clock: 2026-11-21 14:05.
    fn clock(&self, at: Timestamp) -> String {
        at.to_zoned(self.zone.clone()).strftime("%Y-%m-%d %H:%M").to_string()
    }

    fn maybe(&self, at: Option<Timestamp>) -> String {
        at.map(|at| self.clock(at)).unwrap_or_default()
    }

    fn foot(&self, now: Timestamp) -> String {
        format!("{} {} · {} {}", self.code, self.name, self.say(words::PRINTED), self.clock(now))
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
