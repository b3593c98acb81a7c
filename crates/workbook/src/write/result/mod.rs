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

use line_plan::{Language, PlanDocument};
use rust_xlsxwriter::{Workbook, Worksheet};

use super::formats::Formats;
use super::sheet_names::{SheetNames, quoted};
use super::{WriteError, new_workbook};
use figures::Figures;
use page::Page;
use utilization::Sources;

/// An area with more columns than this gets the compact layout. Excel ends at 16,384, but nobody reads that far.
const WIDEST: usize = 4_000;

/// The sheets that every result has beside those of the areas.
const SHEETS: [[&str; 3]; 8] = [
    ["Summary", "Resumen", "Übersicht"],
    ["Utilization", "Utilización", "Auslastung"],
    ["Lines", "Líneas", "Linien"],
    ["Unmet", "No atendido", "Fehlend"],
    ["Constraint", "Restricción", "Engpass"],
    ["Gains", "Ganancias", "Gewinne"],
    ["Explanations", "Explicaciones", "Erklärungen"],
    ["Issues", "Hallazgos", "Befunde"],
];

/// The result workbook as xlsx bytes, in the document's language.
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
    let l = document.language;
    let mut workbook = new_workbook(l.of(&["Capacity plan result", "Resultado del plan de capacidad", "Ergebnis des Kapazitätsplans"]))?;
    let fixed = SHEETS.map(|name| names.take(l.of(&name)));
    let result = l.of(&["Result", "Resultado", "Ergebnis"]);
    let area_names: Vec<String> = figures.areas.iter().map(|area| names.take(&format!("{result} {}", area.name))).collect();

    let mut sources = Sources::new();
    let mut area_sheets = Vec::new();
    for (area, name) in figures.areas.iter().zip(&area_names) {
        let mut sheet = Worksheet::new();
        sheet.set_name(name)?;
        let mut page = Page { sheet: &mut sheet, formats: &formats, language: l };
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

    summary::write(&mut page_of(&mut workbook, &fixed[0], &formats, l)?, document, &figures, &fixed[0])?;
    utilization::write(&mut page_of(&mut workbook, &fixed[1], &formats, l)?, document, &figures, &sources)?;
    for sheet in area_sheets {
        workbook.push_worksheet(sheet);
    }
    for (name, write) in
        fixed[2..].iter().zip([lists::lines, lists::unmet, lists::constraints, lists::gains, lists::explanations, lists::issues])
    {
        write(&mut page_of(&mut workbook, name, &formats, l)?, document)?;
    }
    if document.released.is_some() {
        lists::changes(&mut page_of(&mut workbook, &names.take(l.of(&["Changes", "Cambios", "Änderungen"])), &formats, l)?, document)?;
    }
    Ok(workbook.save_to_buffer()?)
}

fn page_of<'a>(workbook: &'a mut Workbook, name: &str, formats: &'a Formats, language: Language) -> Result<Page<'a>, WriteError> {
    let sheet = workbook.add_worksheet();
    sheet.set_name(name)?;
    Ok(Page { sheet, formats, language })
}
