//! An area's result in the layout that planners keep by hand: lines below each other, and for each period side by side the time
//! used, the utilisation and two columns for every model, with the check of each model's volume under it.

use line_plan::{Language, LineEntry, PlanModel};
use rust_xlsxwriter::XlsxError;
use rust_xlsxwriter::utility::row_col_to_cell;

use super::super::formats::{colour_utilization, print_setup};
use super::figures::{AreaFigures, Figures, LineKey, part_name};
use super::page::Page;

const BAND_ROW: u32 = 3;
const HEADING_ROW: u32 = 4;
const FIRST_ROW: u32 = 5;
/// Columns of a period before the models: available, used, utilisation, changeovers.
const LEADING: u16 = 4;
/// Columns of a period after the models: total pieces, total hours.
const TRAILING: u16 = 2;

/// Letters of a heading, which is bold, across a column.
const HEADING_LETTERS: usize = 11;

/// Characters that a landscape page takes across and people can still read.
const READABLE: usize = 210;

/// Columns that the layout takes.
pub(super) fn columns(figures: &Figures<'_>, area: &AreaFigures<'_>) -> usize {
    2 + figures.periods.len() * (usize::from(LEADING + TRAILING) + 2 * area.parts.len())
}

/// Where an area's columns and rows lie.
struct Grid {
    /// Columns before the first period: plant (where there are several) and line.
    left: u16,
    parts: u16,
    lines: u32,
}

impl Grid {
    fn block(&self, period: usize) -> u16 {
        self.left + period as u16 * self.width()
    }

    fn width(&self) -> u16 {
        LEADING + 2 * self.parts + TRAILING
    }

    fn pieces(&self, period: usize, part: usize) -> u16 {
        self.block(period) + LEADING + 2 * part as u16
    }

    fn totals(&self, period: usize) -> u16 {
        self.block(period) + LEADING + 2 * self.parts
    }

    fn last_line(&self) -> u32 {
        FIRST_ROW + self.lines.max(1) - 1
    }
}

/// Writes the sheet and says in which cell each line's utilisation stands, by line and period.
pub(super) fn write<'a>(
    page: &mut Page<'_>,
    figures: &Figures<'a>,
    area: &AreaFigures<'a>,
    model: PlanModel,
) -> Result<Vec<(LineKey<'a>, Vec<String>)>, XlsxError> {
    let grid = Grid { left: 1 + u16::from(figures.several_plants), parts: area.parts.len() as u16, lines: area.lines.len() as u32 };
    headings(page, figures, area, &grid)?;
    let mut utilization = Vec::new();
    for (row, (line, entries)) in area.lines.iter().enumerate() {
        let row = FIRST_ROW + row as u32;
        line_name(page, figures, row, *line)?;
        for (period, entry) in entries.iter().enumerate() {
            line_period(page, area, &grid, row, *line, period, *entry)?;
        }
        utilization.push((*line, (0..figures.periods.len()).map(|period| row_col_to_cell(row, grid.block(period) + 2)).collect()));
    }
    for period in 0..figures.periods.len() {
        let column = grid.block(period) + 2;
        // Not the empty row between lines and sums: it would have the colour of 0 %.
        colour_utilization(page.sheet, (FIRST_ROW, column), (grid.last_line(), column))?;
        colour_utilization(page.sheet, (grid.last_line() + 2, column), (grid.last_line() + 2, column))?;
    }
    checks(page, figures, area, &grid, model)?;
    page.sheet.set_freeze_panes(FIRST_ROW, grid.left)?;
    page.sheet.autofilter(HEADING_ROW, 0, grid.last_line(), grid.left - 1)?;
    page.sheet.set_repeat_columns(0, grid.left - 1)?;
    print_setup(page.sheet, Some((BAND_ROW, HEADING_ROW)))?;
    // As many pages across as keep the figures readable.
    let characters = grid.left as usize * 18 + figures.periods.len() * usize::from(grid.width()) * 12;
    page.sheet.set_print_fit_to_pages(characters.div_ceil(READABLE).clamp(1, 1_000) as u16, 0);
    Ok(utilization)
}

fn headings(page: &mut Page<'_>, figures: &Figures<'_>, area: &AreaFigures<'_>, grid: &Grid) -> Result<(), XlsxError> {
    let formats = page.formats;
    let l = page.language;
    let subtitle = l.of(&[
        "Hours and good pieces of every line; under the lines, what was distributed of each model against its volume.",
        "Horas y piezas buenas de cada línea; bajo las líneas, lo distribuido de cada modelo contra su volumen.",
        "Stunden und gute Stück jeder Linie; unter den Linien, was von jedem Modell verteilt wurde, gegen seine Menge.",
    ]);
    page.title(area.name, subtitle)?;
    if figures.several_plants {
        page.text(HEADING_ROW, 0, l.of(&["Plant", "Planta", "Werk"]), &formats.heading)?;
        page.sheet.set_column_width(0, 14)?;
    }
    page.text(HEADING_ROW, grid.left - 1, l.of(&["Line", "Línea", "Linie"]), &formats.heading)?;
    page.sheet.set_column_width(grid.left - 1, 18)?;
    let names = area.parts.iter().map(|part| lines_of(&format!("{} {}", part_name(*part), hours(l))));
    page.sheet.set_row_height(HEADING_ROW, 15 * names.max().unwrap_or(1).clamp(3, 8))?;
    for (period, name) in figures.periods.iter().enumerate() {
        let first = grid.block(period);
        page.sheet.merge_range(BAND_ROW, first, BAND_ROW, first + grid.width() - 1, name, &formats.band)?;
        let leading = [
            l.of(&["Available (h)", "Disponible (h)", "Verfügbar (h)"]),
            l.of(&["Time used (h)", "Tiempo utilizado (h)", "Genutzte Zeit (h)"]),
            l.of(&["Utilization (%)", "Utilización (%)", "Auslastung (%)"]),
            l.of(&["Changeovers (h)", "Cambios (h)", "Rüsten (h)"]),
        ];
        for (at, heading) in leading.into_iter().enumerate() {
            page.text(HEADING_ROW, first + at as u16, heading, &formats.heading)?;
        }
        for (at, part) in area.parts.iter().enumerate() {
            let column = grid.pieces(period, at);
            page.text(HEADING_ROW, column, &format!("{} {}", part_name(*part), pieces(l)), &formats.optional_heading)?;
            page.text(HEADING_ROW, column + 1, &format!("{} {}", part_name(*part), hours(l)), &formats.optional_heading)?;
        }
        page.text(HEADING_ROW, grid.totals(period), l.of(&["Total pieces", "Total de piezas", "Stück gesamt"]), &formats.heading)?;
        page.text(HEADING_ROW, grid.totals(period) + 1, l.of(&["Total hours", "Total de horas", "Stunden gesamt"]), &formats.heading)?;
        page.sheet.set_column_range_width(first, first + grid.width() - 1, 12)?;
    }
    Ok(())
}

/// Lines that a heading takes in its column.
fn lines_of(heading: &str) -> u32 {
    let mut lines = (1, 0);
    for word in heading.split_whitespace().map(|word| word.chars().count()) {
        lines = match lines {
            (count, used) if used == 0 || used + 1 + word <= HEADING_LETTERS => (count, used + 1 + word),
            (count, _) => (count + 1, word),
        };
    }
    lines.0
}

fn line_name(page: &mut Page<'_>, figures: &Figures<'_>, row: u32, (plant, line): LineKey<'_>) -> Result<(), XlsxError> {
    let formats = page.formats;
    if figures.several_plants {
        page.text(row, 0, plant, &formats.text)?;
    }
    page.text(row, u16::from(figures.several_plants), line, &formats.strong)
}

fn line_period<'a>(
    page: &mut Page<'_>,
    area: &AreaFigures<'a>,
    grid: &Grid,
    row: u32,
    line: LineKey<'a>,
    period: usize,
    entry: Option<&LineEntry>,
) -> Result<(), XlsxError> {
    let formats = page.formats;
    let (first, totals) = (grid.block(period), grid.totals(period));
    let mut sums = (0.0, 0.0);
    for (at, part) in area.parts.iter().enumerate() {
        let (units, hours) = area.made(*part, line, period);
        if units > 0.0 || hours > 0.0 {
            page.number(row, grid.pieces(period, at), units, &formats.units)?;
            page.number(row, grid.pieces(period, at) + 1, hours, &formats.hours)?;
        }
        sums = (sums.0 + units, sums.1 + hours);
    }
    sum_of_models(page, grid, row, period, sums, false)?;
    let Some(entry) = entry else { return Ok(()) };
    page.number(row, first, entry.hours_available, &formats.hours)?;
    page.number(row, first + 3, entry.changeover_hours, &formats.hours)?;
    let used = format!("={}+{}", row_col_to_cell(row, totals + 1), row_col_to_cell(row, first + 3));
    page.formula(row, first + 1, &used, entry.hours_used, &formats.hours)?;
    page.formula(row, first + 2, &share(row, first), entry.utilization_pct / 100.0, &formats.percent)
}

/// Pieces and hours of all models of a row in a period.
fn sum_of_models(page: &mut Page<'_>, grid: &Grid, row: u32, period: usize, sums: (f64, f64), total: bool) -> Result<(), XlsxError> {
    let formats = page.formats;
    let totals = grid.totals(period);
    let (of_pieces, of_hours) = if total { (&formats.total_units, &formats.total_hours) } else { (&formats.units, &formats.hours) };
    if grid.parts == 0 {
        page.number(row, totals, 0.0, of_pieces)?;
        return page.number(row, totals + 1, 0.0, of_hours);
    }
    let (first, last) = (grid.pieces(period, 0), totals - 1);
    let cell = |row, column| row_col_to_cell(row, column);
    for (offset, word, value, format) in [(0, pieces(page.language), sums.0, of_pieces), (1, hours(page.language), sums.1, of_hours)] {
        // Headings end in the word, and hold the model's name before it.
        let headings = format!("{}:{}", absolute_row(HEADING_ROW, first), absolute_row(HEADING_ROW, last));
        let formula = format!("=SUMIF({headings},\"* {word}\",{}:{})", cell(row, first), cell(row, last));
        page.formula(row, totals + offset, &formula, value, format)?;
    }
    Ok(())
}

/// The word that headings of pieces end in.
fn pieces(l: Language) -> &'static str {
    l.of(&["pieces", "piezas", "Stück"])
}

/// The word that headings of hours end in.
fn hours(l: Language) -> &'static str {
    l.of(&["hours", "horas", "Stunden"])
}

/// Used over available, in the block that starts at this column.
fn share(row: u32, first: u16) -> String {
    let (available, used) = (row_col_to_cell(row, first), row_col_to_cell(row, first + 1));
    format!("=IF({available}>0,{used}/{available},0)")
}

fn absolute_row(row: u32, column: u16) -> String {
    let cell = row_col_to_cell(row, column);
    let letters = cell.trim_end_matches(|c: char| c.is_ascii_digit());
    format!("{letters}${}", row + 1)
}

/// The rows under the lines: sums over the lines, and each model's volume, coverage and status.
fn checks<'a>(page: &mut Page<'_>, figures: &Figures<'a>, area: &AreaFigures<'a>, grid: &Grid, model: PlanModel) -> Result<(), XlsxError> {
    let formats = page.formats;
    let first_check = grid.last_line() + 2;
    let prebuild = model == PlanModel::Prebuild;
    let l = page.language;
    let second = if prebuild {
        l.of(&["Delivered, from stock too", "Entregado, también de inventario", "Geliefert, auch aus Bestand"])
    } else {
        l.of(&["Missing", "Faltante", "Fehlend"])
    };
    let labels = [
        l.of(&["Σ distributed", "Σ distribuido", "Σ verteilt"]),
        l.of(&["Volume", "Volumen", "Menge"]),
        second,
        l.of(&["Coverage (%)", "Cobertura (%)", "Deckung (%)"]),
        l.of(&["Status", "Estado", "Status"]),
    ];
    for (at, label) in labels.into_iter().enumerate() {
        page.text(first_check + at as u32, grid.left - 1, label, &formats.strong)?;
    }
    for period in 0..figures.periods.len() {
        sums_of_lines(page, area, grid, period, first_check)?;
        for (at, part) in area.parts.iter().enumerate() {
            let wanted = figures.wanted.get(part.0).map(|periods| periods[period]).unwrap_or_default();
            let made: f64 = area.lines.keys().map(|line| area.made(*part, *line, period).0).sum();
            let hours: f64 = area.lines.keys().map(|line| area.made(*part, *line, period).1).sum();
            let column = grid.pieces(period, at);
            let sum = |column| format!("=SUM({}:{})", row_col_to_cell(FIRST_ROW, column), row_col_to_cell(grid.last_line(), column));
            page.formula(first_check, column, &sum(column), made, &formats.total_units)?;
            page.formula(first_check, column + 1, &sum(column + 1), hours, &formats.total_hours)?;
            let given = if prebuild { wanted.delivered } else { made };
            model_check(page, first_check, column, wanted.demand, given, prebuild)?;
        }
    }
    Ok(())
}

fn sums_of_lines(page: &mut Page<'_>, area: &AreaFigures<'_>, grid: &Grid, period: usize, row: u32) -> Result<(), XlsxError> {
    let formats = page.formats;
    let first = grid.block(period);
    let entries = || area.lines.values().filter_map(|periods| periods[period]);
    let sums: [(u16, f64); 3] = [
        (0, entries().map(|entry| entry.hours_available).sum()),
        (1, entries().map(|entry| entry.hours_used).sum()),
        (3, entries().map(|entry| entry.changeover_hours).sum()),
    ];
    for (offset, value) in sums {
        let column = first + offset;
        let formula = format!("=SUM({}:{})", row_col_to_cell(FIRST_ROW, column), row_col_to_cell(grid.last_line(), column));
        page.formula(row, column, &formula, value, &formats.total_hours)?;
    }
    let utilization = if sums[0].1 > 0.0 { sums[1].1 / sums[0].1 } else { 0.0 };
    page.formula(row, first + 2, &share(row, first), utilization, &formats.total_percent)?;
    let made = area.made.values().flat_map(|lines| lines.values()).map(|periods| periods[period]);
    let total = made.fold((0.0, 0.0), |sum, made| (sum.0 + made.0, sum.1 + made.1));
    sum_of_models(page, grid, row, period, total, true)
}

/// Volume, what is missing or was delivered, coverage and status of a model, under the cell of what was distributed.
fn model_check(page: &mut Page<'_>, row: u32, column: u16, volume: f64, given: f64, prebuild: bool) -> Result<(), XlsxError> {
    let formats = page.formats;
    let cell = |offset: u32| row_col_to_cell(row + offset, column);
    page.number(row + 1, column, volume, &formats.units)?;
    let given_cell = if prebuild {
        page.number(row + 2, column, given, &formats.units)?;
        cell(2)
    } else {
        let missing = format!("=MAX(0,{}-{})", cell(1), cell(0));
        page.formula(row + 2, column, &missing, (volume - given).max(0.0), &formats.units)?;
        cell(0)
    };
    let coverage = if volume > 0.0 { given / volume } else { 1.0 };
    page.formula(row + 3, column, &format!("=IF({0}>0,{given_cell}/{0},1)", cell(1)), coverage, &formats.percent)?;
    let l = page.language;
    let none = l.of(&["no demand", "sin demanda", "kein Bedarf"]);
    let (complete, short) = (l.of(&["complete", "completo", "vollständig"]), l.of(&["short", "falta", "fehlt"]));
    let status = format!("=IF({}=0,\"{none}\",IF({}>=0.999999,\"{complete}\",\"{short}\"))", cell(1), cell(3));
    let word = match (volume, coverage) {
        (0.0, _) => none,
        (_, coverage) if coverage >= 0.999_999 => complete,
        _ => short,
    };
    page.word_formula(row + 4, column, &status, word, &formats.text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_follow_each_other_without_gap() {
        let grid = Grid { left: 1, parts: 3, lines: 4 };
        assert_eq!(grid.width(), 12);
        assert_eq!(grid.totals(0) + TRAILING, grid.block(1));
        assert_eq!(grid.pieces(1, 2), grid.totals(1) - 2);
        assert_eq!(absolute_row(4, 27), "AB$5");
    }
}
