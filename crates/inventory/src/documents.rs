//! Sheets of paper that go with orders and pieces: what other contexts make theirs of. The layout is `gs1`'s; contexts fill it.
//!
//! **Invariant:** what is on paper was read in one transaction: it is of one moment.

use axum::response::Response;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use platform::{Error, Result};

pub use gs1::paper::{Barcode, Block, Cell, Column, Document, Table};
pub use gs1::symbols::Symbology;

/// The document as an answer: PDF, shown in the browser, with a name to keep it by.
///
/// # Errors
/// `internal` for a name that no header holds, which none made here is.
pub fn answer(document: &Document, name: &str) -> Result<Response> {
    let safe: String =
        name.chars().map(|letter| if letter.is_ascii_alphanumeric() || "-_.".contains(letter) { letter } else { '-' }).collect();
    let shown = format!("inline; filename=\"{safe}.pdf\"");
    Response::builder()
        .header(CONTENT_TYPE, "application/pdf")
        .header(CONTENT_DISPOSITION, shown)
        .body(document.pdf().into())
        .map_err(Error::internal)
}

/// A plain bar code of a number that terminals scan.
pub fn scannable(data: impl Into<String>) -> Barcode {
    Barcode { symbology: Symbology::Qr, data: data.into(), is_gs1: false }
}
