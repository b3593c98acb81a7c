//! An area's result where lines × models × periods side by side would be thousands of columns: one row for each model and line
//! that makes it, one column per period, and the check of each model under it.

use rust_xlsxwriter::XlsxError;
use rust_xlsxwriter::utility::row_col_to_cell;

use super::super::formats::print_setup;
use super::figures::{AreaFigures, Figures, PartKey, part_name};
use super::page::Page;

const HEADING_ROW: u32 = 3;
const FIRST_ROW: u32 = 4;
/// Columns before the first period: plant, line, model.
const LEFT: u16 = 3;

/// Writes the sheet. The lines' hours are on the sheet of utilisation.
pub(super) fn write(page: &mut Page<'_>, figures: &Figures<'_>, area: &AreaFigures<'_>) -> Result<(), XlsxError> {
    let formats = page.formats;
    let l = page.language;
    let subtitle = l.of(&[
        "Good pieces of each model by line and period; under them, each model's sum against its volume.",
        "Piezas buenas de cada modelo por línea y periodo; debajo, la suma de cada modelo contra su volumen.",
        "Gute Stück jedes Modells nach Linie und Periode; darunter die Summe jedes Modells gegen seine Menge.",
    ]);
    page.title(area.name, subtitle)?;
    let periods = figures.periods.len() as u16;
    let after = LEFT + periods;
    let model = l.of(&["Model", "Modelo", "Modell"]);
    let left = [l.of(&["Plant", "Planta", "Werk"]), l.of(&["Line", "Línea", "Linie"]), model];
    let right = [l.of(&["Total pieces", "Total de piezas", "Stück gesamt"]), l.of(&["Total hours", "Total de horas", "Stunden gesamt"])];
    headings(page, figures, HEADING_ROW, left, &right)?;
    let mut row = FIRST_ROW;
    let mut ranges: Vec<(PartKey<'_>, u32, u32)> = Vec::new();
    for part in &area.parts {
        let first = row;
        for (line, made) in area.made.get(part).into_iter().flatten() {
            page.text(row, 0, line.0, &formats.text)?;
            page.text(row, 1, line.1, &formats.text)?;
            page.text(row, 2, &part_name(*part), &formats.text)?;
            for (period, (units, _)) in made.iter().enumerate().filter(|(_, made)| made.0 > 0.0) {
                page.number(row, LEFT + period as u16, *units, &formats.units)?;
            }
            let (units, hours) = made.iter().fold((0.0, 0.0), |sum, made| (sum.0 + made.0, sum.1 + made.1));
            page.formula(row, after, &sum_of_row(row, periods), units, &formats.total_units)?;
            page.number(row, after + 1, hours, &formats.hours)?;
            row += 1;
        }
        ranges.push((*part, first, row));
    }
    page.sheet.autofilter(HEADING_ROW, 0, row.max(FIRST_ROW + 1) - 1, after + 1)?;
    checks(page, figures, area, &ranges, row + 1)?;
    page.sheet.set_column_width(0, 14)?.set_column_width(1, 18)?.set_column_width(2, 26)?;
    page.sheet.set_column_range_width(LEFT, after + 3, 12)?;
    page.sheet.set_freeze_panes(FIRST_ROW, LEFT)?;
    print_setup(page.sheet, Some((HEADING_ROW, HEADING_ROW)))
}

fn headings(page: &mut Page<'_>, figures: &Figures<'_>, row: u32, left: [&str; 3], right: &[&str]) -> Result<(), XlsxError> {
    let formats = page.formats;
    let texts = left.iter().chain(&figures.periods).chain(right);
    for (at, text) in texts.enumerate() {
        page.text(row, at as u16, text, &formats.heading)?;
    }
    Ok(())
}

fn sum_of_row(row: u32, periods: u16) -> String {
    format!("=SUM({}:{})", row_col_to_cell(row, LEFT), row_col_to_cell(row, LEFT + periods.max(1) - 1))
}

/// One row per model: what was distributed in each period, and over all periods its volume, coverage and status.
fn checks(
    page: &mut Page<'_>,
    figures: &Figures<'_>,
    area: &AreaFigures<'_>,
    ranges: &[(PartKey<'_>, u32, u32)],
    heading_row: u32,
) -> Result<(), XlsxError> {
    let formats = page.formats;
    let periods = figures.periods.len() as u16;
    let after = LEFT + periods;
    let l = page.language;
    let distributed = l.of(&["Σ distributed", "Σ distribuido", "Σ verteilt"]);
    let left = [l.of(&["Check", "Comprobación", "Prüfung"]), "", l.of(&["Model", "Modelo", "Modell"])];
    let right = [
        distributed,
        l.of(&["Volume", "Volumen", "Menge"]),
        l.of(&["Coverage (%)", "Cobertura (%)", "Deckung (%)"]),
        l.of(&["Status", "Estado", "Status"]),
    ];
    headings(page, figures, heading_row, left, &right)?;
    for (at, (part, first, end)) in ranges.iter().enumerate() {
        let row = heading_row + 1 + at as u32;
        page.text(row, 0, distributed, &formats.subtitle)?;
        page.text(row, 2, &part_name(*part), &formats.strong)?;
        let mut total = 0.0;
        for period in 0..figures.periods.len() {
            let column = LEFT + period as u16;
            let made: f64 = area.made.get(part).into_iter().flatten().map(|(_, made)| made[period].0).sum();
            total += made;
            if made > 0.0 {
                let formula = format!("=SUM({}:{})", row_col_to_cell(*first, column), row_col_to_cell(end - 1, column));
                page.formula(row, column, &formula, made, &formats.units)?;
            }
        }
        let volume: f64 = figures.wanted.get(part.0).into_iter().flatten().map(|wanted| wanted.demand).sum();
        page.formula(row, after, &sum_of_row(row, periods), total, &formats.total_units)?;
        page.number(row, after + 1, volume, &formats.units)?;
        let (sum, wanted) = (row_col_to_cell(row, after), row_col_to_cell(row, after + 1));
        let coverage = if volume > 0.0 { total / volume } else { 1.0 };
        page.formula(row, after + 2, &format!("=IF({wanted}>0,{sum}/{wanted},1)"), coverage, &formats.percent)?;
        let (complete, short) = (l.of(&["complete", "completo", "vollständig"]), l.of(&["short", "falta", "fehlt"]));
        let status = format!("=IF({}>=0.999999,\"{complete}\",\"{short}\")", row_col_to_cell(row, after + 2));
        let word = if coverage >= 0.999_999 { complete } else { short };
        page.word_formula(row, after + 3, &status, word, &formats.text)?;
    }
    Ok(())
}
