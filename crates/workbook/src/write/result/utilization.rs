//! The heat map: every line below each other, every period side by side, in the product's colours.

use std::collections::BTreeMap;

use line_plan::PlanDocument;
use rust_xlsxwriter::XlsxError;

use super::super::formats::{colour_utilization, print_setup};
use super::figures::{AreaFigures, Figures};
use super::page::Page;

const HEADING_ROW: u32 = 3;
const FIRST_ROW: u32 = 4;
const LEFT: u16 = 3;

/// For each (area, plant, line) the cells of its utilisation by period, with the sheet's name, where a sheet has them.
pub(super) type Sources<'a> = BTreeMap<(&'a str, &'a str, &'a str), Vec<String>>;

/// Writes the sheet; a value that another sheet computes is taken from there, so that it can be traced.
pub(super) fn write(page: &mut Page<'_>, document: &PlanDocument, figures: &Figures<'_>, sources: &Sources<'_>) -> Result<(), XlsxError> {
    let formats = page.formats;
    let l = page.language;
    page.title(
        l.of(&["Utilization", "Utilización", "Auslastung"]),
        l.of(&[
            "Hours used over hours available: below 70 % blue, to 85 % green, to 95 % yellow, to 100 % orange, above red.",
            "Horas usadas entre horas disponibles: menos de 70 % azul, hasta 85 % verde, hasta 95 % amarillo, hasta 100 % naranja, más rojo.",
            "Genutzte durch verfügbare Stunden: unter 70 % blau, bis 85 % grün, bis 95 % gelb, bis 100 % orange, darüber rot.",
        ]),
    )?;
    let periods = figures.periods.len() as u16;
    let left = [l.of(&["Plant", "Planta", "Werk"]), l.of(&["Area", "Área", "Bereich"]), l.of(&["Line", "Línea", "Linie"])];
    let right = [l.of(&["Highest", "Máxima", "Höchste"]), l.of(&["Constraint in", "Restricción en", "Engpass in"])];
    let headings = left.iter().chain(&figures.periods).chain(&right);
    for (at, heading) in headings.enumerate() {
        page.text(HEADING_ROW, at as u16, heading, &formats.heading)?;
    }
    let mut row = FIRST_ROW;
    for area in &figures.areas {
        for (plant, line) in area.lines.keys() {
            for (at, text) in [*plant, area.name, *line].into_iter().enumerate() {
                page.text(row, at as u16, text, &formats.text)?;
            }
            line_row(page, row, area, (plant, line), periods, sources.get(&(area.name, *plant, *line)))?;
            row += 1;
        }
    }
    let last = row.max(FIRST_ROW + 1) - 1;
    if periods > 0 {
        colour_utilization(page.sheet, (FIRST_ROW, LEFT), (last, LEFT + periods))?;
    }
    page.sheet.autofilter(HEADING_ROW, 0, last, LEFT + periods + 1)?;
    page.sheet.set_column_width(0, 14)?.set_column_width(1, 16)?.set_column_width(2, 18)?;
    page.sheet.set_column_range_width(LEFT, LEFT + periods, 10)?.set_column_width(LEFT + periods + 1, 40)?;
    page.sheet.set_freeze_panes(FIRST_ROW, LEFT)?;
    if document.lines.is_empty() {
        page.text(
            FIRST_ROW,
            0,
            l.of(&["No line is in scope.", "Ninguna línea está incluida.", "Keine Linie ist im Umfang."]),
            &formats.text,
        )?;
    }
    print_setup(page.sheet, Some((HEADING_ROW, HEADING_ROW)))
}

fn line_row<'a>(
    page: &mut Page<'_>,
    row: u32,
    area: &AreaFigures<'a>,
    line: (&'a str, &'a str),
    periods: u16,
    sources: Option<&Vec<String>>,
) -> Result<(), XlsxError> {
    let formats = page.formats;
    let mut highest: f64 = 0.0;
    let mut tight = Vec::new();
    for (period, entry) in area.lines[&line].iter().enumerate() {
        let Some(entry) = entry else { continue };
        let utilization = entry.utilization_pct / 100.0;
        highest = highest.max(utilization);
        if entry.constraint {
            tight.push(entry.period.as_str());
        }
        let column = LEFT + period as u16;
        match sources {
            Some(cells) => page.formula(row, column, &format!("={}", cells[period]), utilization, &formats.percent)?,
            None => page.number(row, column, utilization, &formats.percent)?,
        }
    }
    if periods > 0 {
        let cell = rust_xlsxwriter::utility::row_col_to_cell;
        let formula = format!("=MAX({}:{})", cell(row, LEFT), cell(row, LEFT + periods - 1));
        page.formula(row, LEFT + periods, &formula, highest, &formats.total_percent)?;
    }
    if !tight.is_empty() {
        page.text(row, LEFT + periods + 1, &tight.join(", "), &formats.text)?;
    }
    Ok(())
}
