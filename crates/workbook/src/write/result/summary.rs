//! The first sheet: the figures on one page, what they say, and the tables behind the charts.

use std::collections::BTreeMap;

use line_plan::{LineEntry, PlanDocument, PlanModel, Summary, say};
use rust_xlsxwriter::XlsxError;
use rust_xlsxwriter::utility::row_col_to_cell;

use super::super::cell_text;
use super::super::formats::{colour_utilization, print_setup};
use super::charts;
use super::figures::{Figures, Wanted};
use super::page::Page;

/// Most sentences, lines and models shown; the other sheets have all.
const SHOWN: usize = 10;
const SENTENCES: usize = 6;
/// Columns of the tables on the left; charts stand to the right of them.
const TABLE_COLUMNS: u16 = 6;

/// Where a table lies: its heading row, first and last row of data.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Place {
    pub heading: u32,
    pub first: u32,
    pub last: u32,
}

impl Place {
    fn below(heading: u32, rows: usize) -> Option<Place> {
        (rows > 0).then(|| Place { heading, first: heading + 1, last: heading + rows as u32 })
    }
}

/// Writes the sheet of that name.
pub(super) fn write(page: &mut Page<'_>, document: &PlanDocument, figures: &Figures<'_>, name: &str) -> Result<(), XlsxError> {
    let source = document.source.as_deref().map(|source| format!("{source}: ")).unwrap_or_default();
    page.title(page.language.of(&["Capacity plan", "Plan de capacidad", "Kapazitätsplan"]), &format!("{source}{}", headline(document)))?;
    page.sheet.set_column_width(0, 34)?.set_column_range_width(1, TABLE_COLUMNS - 1, 15)?.set_column_width(TABLE_COLUMNS, 3)?;
    page.sheet.set_screen_gridlines(false);
    let row = key_figures(page, document, 3)?;
    let row = sentences(page, document, row + 1)?;
    let (periods, row) = demand_by_period(page, figures, row + 1)?;
    let (lines, row) = worst_lines(page, document, row + 1)?;
    let (unmet, row) = unmet_by_model(page, document, row + 1)?;
    let (areas, _) = areas_by_period(page, document, figures, row + 1)?;
    charts::insert(page, name, figures.periods.len(), charts::Tables { areas, periods, lines, unmet })?;
    print_setup(page.sheet, None)
}

fn headline(document: &PlanDocument) -> String {
    let l = document.language;
    let model = l.of(match document.model {
        PlanModel::Area => &["each area on its own", "cada área por separado", "jeder Bereich für sich"],
        PlanModel::Finished => &["finished units", "unidades terminadas", "fertige Stück"],
        PlanModel::Prebuild => &[
            "finished units, which may be made ahead",
            "unidades terminadas, que se pueden hacer antes",
            "fertige Stück, die vorgefertigt werden dürfen",
        ],
        PlanModel::Baseline => &["the baseline rule", "la regla base", "die Grundregel"],
    });
    let proof = match (document.status.as_str(), document.gap_in_words()) {
        ("optimal", _) => l.of(&["proven optimal", "óptimo probado", "bewiesen optimal"]).to_owned(),
        ("limit_reached", Some(gap)) => say!(
            l,
            "limit reached, within {gap} of the proven bound",
            "límite alcanzado, a {gap} de la cota probada",
            "Grenze erreicht, höchstens {gap} von der bewiesenen Schranke"
        ),
        ("limit_reached", None) => l.of(&["limit reached", "límite alcanzado", "Grenze erreicht"]).to_owned(),
        _ => l.of(&["nothing proven", "nada probado", "nichts bewiesen"]).to_owned(),
    };
    let unit = l.weight_unit(&document.weight_unit);
    say!(l, "{model}, weighed in {unit}; {proof}", "{model}, con peso en {unit}; {proof}", "{model}, gewichtet nach {unit}; {proof}")
}

fn key_figures(page: &mut Page<'_>, document: &PlanDocument, row: u32) -> Result<u32, XlsxError> {
    let formats = page.formats;
    let l = page.language;
    page.text(row, 0, l.of(&["Key figures", "Cifras clave", "Kennzahlen"]), &formats.heading)?;
    page.text(row, 1, l.of(&["This plan", "Este plan", "Dieser Plan"]), &formats.heading)?;
    let baseline = document.comparison.as_ref().map(|comparison| &comparison.baseline);
    if baseline.is_some() {
        page.text(row, 2, l.of(&["Baseline rule", "Regla base", "Grundregel"]), &formats.heading)?;
    }
    let plans = [(1, Some(&document.summary)), (2, baseline)];
    type Figure = fn(&Summary) -> f64;
    let rows: [(&str, Figure, _); 9] = [
        (l.of(&["Demand (units)", "Demanda (unidades)", "Bedarf (Stück)"]), |summary| summary.demand_units, &formats.units),
        (l.of(&["Finished (units)", "Terminadas (unidades)", "Fertig (Stück)"]), |summary| summary.finished_units, &formats.units),
        (l.of(&["Unmet (units)", "No atendidas (unidades)", "Fehlend (Stück)"]), |summary| summary.unmet_units, &formats.units),
        (l.of(&["Unmet (weight)", "No atendido (peso)", "Fehlend (Gewicht)"]), |summary| summary.unmet_weight, &formats.decimal),
        (
            l.of(&["Highest line utilization (%)", "Utilización máxima de línea (%)", "Höchste Linienauslastung (%)"]),
            |summary| summary.max_utilization_pct / 100.0,
            &formats.percent,
        ),
        (
            l.of(&["Hours available (h)", "Horas disponibles (h)", "Verfügbare Stunden (h)"]),
            |summary| summary.hours_available,
            &formats.hours,
        ),
        (l.of(&["Hours used (h)", "Horas usadas (h)", "Genutzte Stunden (h)"]), |summary| summary.hours_used, &formats.hours),
        (
            l.of(&["of these changeovers (h)", "de ellas cambios (h)", "davon Rüsten (h)"]),
            |summary| summary.changeover_hours,
            &formats.hours,
        ),
        (l.of(&["Overtime (h)", "Horas extra (h)", "Überstunden (h)"]), |summary| summary.overtime_hours, &formats.hours),
    ];
    for (at, (label, figure, format)) in rows.iter().enumerate() {
        let at = row + 1 + at as u32;
        page.text(at, 0, label, &formats.text)?;
        for (column, summary) in plans {
            if let Some(summary) = summary {
                page.number(at, column, figure(summary), format)?;
            }
        }
    }
    let coverage_row = row + 1 + rows.len() as u32;
    page.text(coverage_row, 0, l.of(&["Finished of demand (%)", "Terminado de la demanda (%)", "Fertig vom Bedarf (%)"]), &formats.strong)?;
    for (column, summary) in plans {
        if let Some(summary) = summary {
            let (finished, demand) = (row_col_to_cell(row + 2, column), row_col_to_cell(row + 1, column));
            let value = if summary.demand_units > 0.0 { summary.finished_units / summary.demand_units } else { 1.0 };
            page.formula(coverage_row, column, &format!("=IF({demand}>0,{finished}/{demand},1)"), value, &formats.total_percent)?;
        }
    }
    Ok(coverage_row + 1)
}

fn sentences(page: &mut Page<'_>, document: &PlanDocument, row: u32) -> Result<u32, XlsxError> {
    const LETTERS_PER_LINE: usize = 118;
    let mut row = row;
    let title = page.language.of(&["What the plan says", "Lo que dice el plan", "Was der Plan sagt"]);
    page.text(row, 0, title, &page.formats.heading)?;
    for sentence in document.explanations.iter().take(SENTENCES) {
        row += 1;
        page.sheet.merge_range(row, 0, row, TABLE_COLUMNS - 1, &cell_text(sentence), &page.formats.paragraph)?;
        let lines = sentence.chars().count().div_ceil(LETTERS_PER_LINE).clamp(1, 8);
        page.sheet.set_row_height(row, 15 * lines as u32)?;
    }
    Ok(row + 1)
}

fn table_headings(page: &mut Page<'_>, row: u32, headings: &[&str]) -> Result<(), XlsxError> {
    for (column, heading) in headings.iter().enumerate() {
        page.text(row, column as u16, heading, &page.formats.heading)?;
    }
    Ok(())
}

fn demand_by_period(page: &mut Page<'_>, figures: &Figures<'_>, row: u32) -> Result<(Option<Place>, u32), XlsxError> {
    let formats = page.formats;
    let l = page.language;
    let headings = [
        l.of(&["Demand by period", "Demanda por periodo", "Bedarf je Periode"]),
        l.of(&["Demand (units)", "Demanda (unidades)", "Bedarf (Stück)"]),
        l.of(&["Finished (units)", "Terminadas (unidades)", "Fertig (Stück)"]),
        l.of(&["Delivered (units)", "Entregadas (unidades)", "Geliefert (Stück)"]),
        l.of(&["Unmet (units)", "No atendidas (unidades)", "Fehlend (Stück)"]),
        l.of(&["Delivered (%)", "Entregado (%)", "Geliefert (%)"]),
    ];
    table_headings(page, row, &headings)?;
    let mut total = Wanted::default();
    for (period, name) in figures.periods.iter().enumerate() {
        let at = row + 1 + period as u32;
        let mut sum = Wanted::default();
        for wanted in figures.wanted.values().map(|periods| periods[period]) {
            add(&mut sum, wanted);
        }
        add(&mut total, sum);
        page.text(at, 0, name, &formats.text)?;
        page.number(at, 1, sum.demand, &formats.units)?;
        page.number(at, 2, sum.finished, &formats.units)?;
        page.number(at, 3, sum.delivered, &formats.units)?;
        missing_and_share(page, at, sum, false)?;
    }
    let place = Place::below(row, figures.periods.len());
    let Some(Place { first, last, .. }) = place else { return Ok((None, row + 1)) };
    let at = last + 1;
    page.text(at, 0, l.of(&["Total", "Total", "Gesamt"]), &formats.total_text)?;
    for (column, value) in [(1, total.demand), (2, total.finished), (3, total.delivered)] {
        let formula = format!("=SUM({}:{})", row_col_to_cell(first, column), row_col_to_cell(last, column));
        page.formula(at, column, &formula, value, &formats.total_units)?;
    }
    missing_and_share(page, at, total, true)?;
    Ok((place, at + 1))
}

fn add(sum: &mut Wanted, wanted: Wanted) {
    sum.demand += wanted.demand;
    sum.finished += wanted.finished;
    sum.delivered += wanted.delivered;
}

fn missing_and_share(page: &mut Page<'_>, row: u32, sum: Wanted, total: bool) -> Result<(), XlsxError> {
    let formats = page.formats;
    let (units, percent) = if total { (&formats.total_units, &formats.total_percent) } else { (&formats.units, &formats.percent) };
    let (demand, delivered) = (row_col_to_cell(row, 1), row_col_to_cell(row, 3));
    page.formula(row, 4, &format!("={demand}-{delivered}"), sum.demand - sum.delivered, units)?;
    let share = if sum.demand > 0.0 { sum.delivered / sum.demand } else { 1.0 };
    page.formula(row, 5, &format!("=IF({demand}>0,{delivered}/{demand},1)"), share, percent)
}

/// The lines with the highest utilisation, each with its worst period.
fn worst_lines(page: &mut Page<'_>, document: &PlanDocument, row: u32) -> Result<(Option<Place>, u32), XlsxError> {
    let formats = page.formats;
    let l = page.language;
    let headings = [
        l.of(&["Worst lines", "Peores líneas", "Vollste Linien"]),
        l.of(&["Utilization (%)", "Utilización (%)", "Auslastung (%)"]),
        l.of(&["Period", "Periodo", "Periode"]),
        l.of(&["Area", "Área", "Bereich"]),
        l.of(&["Plant", "Planta", "Werk"]),
        l.of(&["Constraint", "Restricción", "Engpass"]),
    ];
    table_headings(page, row, &headings)?;
    let mut worst: BTreeMap<(&str, &str, &str), &LineEntry> = BTreeMap::new();
    for entry in &document.lines {
        let seen = worst.entry((&entry.area, &entry.plant, &entry.line)).or_insert(entry);
        if seen.utilization_pct < entry.utilization_pct {
            *seen = entry;
        }
    }
    let mut worst: Vec<&LineEntry> = worst.into_values().collect();
    worst.sort_by(|a, b| b.utilization_pct.total_cmp(&a.utilization_pct));
    worst.truncate(SHOWN);
    for (at, entry) in worst.iter().enumerate() {
        let at = row + 1 + at as u32;
        page.text(at, 0, &entry.line, &formats.text)?;
        page.number(at, 1, entry.utilization_pct / 100.0, &formats.percent)?;
        for (column, text) in [(2, &entry.period), (3, &entry.area), (4, &entry.plant)] {
            page.text(at, column, text, &formats.text)?;
        }
        page.text(at, 5, if entry.constraint { l.of(&["constraint", "restricción", "Engpass"]) } else { "" }, &formats.text)?;
    }
    let place = Place::below(row, worst.len());
    if let Some(place) = place {
        colour_utilization(page.sheet, (place.first, 1), (place.last, 1))?;
    }
    Ok((place, row + worst.len() as u32 + 1))
}

fn unmet_by_model(page: &mut Page<'_>, document: &PlanDocument, row: u32) -> Result<(Option<Place>, u32), XlsxError> {
    let formats = page.formats;
    let l = page.language;
    let headings = [
        l.of(&["Most unmet models", "Modelos menos atendidos", "Am meisten fehlende Modelle"]),
        l.of(&["Unmet (units)", "No atendidas (unidades)", "Fehlend (Stück)"]),
        l.of(&["Unmet (weight)", "No atendido (peso)", "Fehlend (Gewicht)"]),
    ];
    table_headings(page, row, &headings)?;
    let mut unmet: BTreeMap<&str, (f64, f64)> = BTreeMap::new();
    for entry in &document.unmet {
        let sum = unmet.entry(&entry.model).or_default();
        *sum = (sum.0 + entry.units, sum.1 + entry.weight);
    }
    let mut unmet: Vec<(&str, (f64, f64))> = unmet.into_iter().collect();
    unmet.sort_by(|a, b| b.1.1.total_cmp(&a.1.1));
    unmet.truncate(SHOWN);
    for (at, (model, (units, weight))) in unmet.iter().enumerate() {
        let at = row + 1 + at as u32;
        page.text(at, 0, model, &formats.text)?;
        page.number(at, 1, *units, &formats.units)?;
        page.number(at, 2, *weight, &formats.decimal)?;
    }
    if unmet.is_empty() {
        page.text(row + 1, 0, l.of(&["All demand is met.", "Toda la demanda se atiende.", "Aller Bedarf wird gedeckt."]), &formats.text)?;
    }
    Ok((Place::below(row, unmet.len()), row + unmet.len().max(1) as u32 + 1))
}

/// Hours used over hours available of each area over all plants, and of each plant where there are several.
fn areas_by_period(
    page: &mut Page<'_>,
    document: &PlanDocument,
    figures: &Figures<'_>,
    row: u32,
) -> Result<(Option<Place>, u32), XlsxError> {
    let title = page.language.of(&["Utilization by area", "Utilización por área", "Auslastung nach Bereich"]);
    let headings: Vec<&str> = [title].into_iter().chain(figures.periods.iter().copied()).collect();
    let mut sums: BTreeMap<(&str, &str, &str), (f64, f64)> = BTreeMap::new();
    for load in &document.area_loads {
        for plant in ["", load.plant.as_str()] {
            let sum = sums.entry((plant, &load.area, &load.period)).or_default();
            *sum = (sum.0 + load.hours_used, sum.1 + load.hours_available);
        }
    }
    table_headings(page, row, &headings)?;
    let mut plants = vec![""];
    if document.plants.len() > 1 {
        plants.extend(document.plants.iter().map(String::as_str));
    }
    let mut at = row + 1;
    for plant in plants {
        for area in &document.areas {
            let name = if plant.is_empty() { area.clone() } else { format!("{plant} · {area}") };
            page.text(at, 0, &name, &page.formats.text)?;
            for (period, name) in figures.periods.iter().enumerate() {
                let (used, available) = sums.get(&(plant, area, name)).copied().unwrap_or_default();
                let value = if available > 0.0 { used / available } else { 0.0 };
                page.number(at, 1 + period as u16, value, &page.formats.percent)?;
            }
            at += 1;
        }
    }
    if at > row + 1 && !figures.periods.is_empty() {
        colour_utilization(page.sheet, (row + 1, 1), (at - 1, figures.periods.len() as u16))?;
    }
    let place = if figures.periods.is_empty() { None } else { Place::below(row, document.areas.len()) };
    Ok((place, at))
}
