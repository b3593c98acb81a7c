//! The answer as a workbook: a summary with charts, a heat map of utilisation, one sheet per area in the layout that planners
//! know, and lists of what is unmet, what limits, what would help and why.
//!
//! Totals, utilisation and coverage are formulas with their values beside them, so that a planner can trace them.
//!
//! **Invariant:** the document alone decides the bytes; times spent are not written.

mod charts;
mod compact;
mod figures;
mod lists;
mod page;
mod summary;
mod utilization;
mod wide;

use line_plan::PlanDocument;
use rust_xlsxwriter::{Workbook, Worksheet};

use super::formats::Formats;
use super::sheet_names::{SheetNames, quoted};
use super::{WriteError, new_workbook};
use figures::Figures;
use page::Page;
use utilization::Sources;

/// An area with more columns than this gets the compact layout. Excel ends at 16,384, but nobody reads that far.
const WIDEST: usize = 4_000;

/// The result workbook as xlsx bytes.
///
/// Sheets: Summary, Utilization, one per area (named `Result <area>`), Lines, Unmet, Constraint, Gains, Explanations, Issues; Changes where a plan
/// was released.
///
/// # Errors
/// [`WriteError::Format`] when a sheet would exceed Excel's rows or columns: more than a million models or lines in one area.
pub fn write_result(document: &PlanDocument) -> Result<Vec<u8>, WriteError> {
    let figures = Figures::of(document);
    let formats = Formats::new();
    let mut names = SheetNames::default();
    let mut workbook = new_workbook("Capacity plan result")?;
    let fixed = ["Summary", "Utilization", "Lines", "Unmet", "Constraint", "Gains", "Explanations", "Issues"].map(|name| names.take(name));
    let area_names: Vec<String> = figures.areas.iter().map(|area| names.take(&format!("Result {}", area.name))).collect();

    let mut sources = Sources::new();
    let mut area_sheets = Vec::new();
    for (area, name) in figures.areas.iter().zip(&area_names) {
        let mut sheet = Worksheet::new();
        sheet.set_name(name)?;
        let mut page = Page { sheet: &mut sheet, formats: &formats };
        if wide::columns(&figures, area) > WIDEST {
            compact::write(&mut page, &figures, area)?;
        } else {
            for ((plant, line), cells) in wide::write(&mut page, &figures, area, document.model)? {
                let cells = cells.into_iter().map(|cell| format!("{}!{cell}", quoted(name))).collect();
                sources.insert((area.name, plant, line), cells);
            }
        }
        area_sheets.push(sheet);
    }

    summary::write(&mut page_of(&mut workbook, &fixed[0], &formats)?, document, &figures, &fixed[0])?;
    utilization::write(&mut page_of(&mut workbook, &fixed[1], &formats)?, document, &figures, &sources)?;
    for sheet in area_sheets {
        workbook.push_worksheet(sheet);
    }
    for (name, write) in
        fixed[2..].iter().zip([lists::lines, lists::unmet, lists::constraints, lists::gains, lists::explanations, lists::issues])
    {
        write(&mut page_of(&mut workbook, name, &formats)?, document)?;
    }
    if document.released.is_some() {
        lists::changes(&mut page_of(&mut workbook, &names.take("Changes"), &formats)?, document)?;
    }
    Ok(workbook.save_to_buffer()?)
}

fn page_of<'a>(workbook: &'a mut Workbook, name: &str, formats: &'a Formats) -> Result<Page<'a>, WriteError> {
    let sheet = workbook.add_worksheet();
    sheet.set_name(name)?;
    Ok(Page { sheet, formats })
}
