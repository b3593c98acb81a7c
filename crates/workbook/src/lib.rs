//! The planner's workbook, in and out.
//!
//! `read` turns an xlsx of either shape in the field into a [`line_plan::Problem`], or into every mistake at once.
//! `write` makes the template, believable generated workbooks and the result workbook.
//!
//! **Invariant:** no file, however broken, makes this crate panic or use memory out of proportion to its stated limits.

pub mod read;
mod write;

pub use read::{
    AreaRow, At, CalendarRow, CapabilityRow, ChangeoverKeyRow, ChangeoverRow, ColumnMeaning, Contents, Corrected, Corrections, Known,
    Layout, Limits, LineRow, Mapping, Meaning, ModelRow, ReadOptions, Reading, RecognisedColumn, RecognisedSheet, Remembered, RouteRow,
    RowOptions, RowScope, SheetMapping, Source, StepRow, VolumeRow, Wishes, cells_of, column_of_letter, folded, meanings, mistakes, read,
    read_rows, signature,
};
pub use write::*;
