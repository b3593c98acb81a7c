//! The planner's workbook, in and out.
//!
//! `read` turns an xlsx of either shape in the field into a [`line_plan::Problem`], or into every mistake at once.
//! `write` makes the template, believable generated workbooks and the result workbook.
//!
//! **Invariant:** no file, however broken, makes this crate panic or use memory out of proportion to its stated limits.

pub mod read;
mod write;

pub use read::{Layout, Limits, ReadOptions, Reading, RecognisedColumn, RecognisedSheet, read};
pub use write::*;
