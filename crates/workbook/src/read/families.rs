//! Rows of the sheets of process steps (shape B): a board or side of a family, its quantity per product and its lines.
//!
//! Such workbooks keep one sheet for all areas, one for each area, or both. Where a family's steps in an area stand in a
//! sheet read earlier, the later sheet's rows are left out and that is said.
//!
//! **Invariant:** each capability's line stands in the area of its step.

use std::collections::{HashMap, HashSet};

use super::capabilities::{Rates, Readings, efficiency_of, lines_of_cell};
use super::draft::{Draft, Origin};
use super::findings::Findings;
use super::fold::words;
use super::models::bare_model;
use super::table::{Noted, Rule, Table};
use super::vocabulary::{FILLER_WORDS, Field, Kind, sheet_names, stems};

/// What earlier sheets and rows of the same kind said.
#[derive(Default)]
pub(super) struct Seen {
    /// The sheet that describes a family in an area.
    sheets: HashMap<(usize, usize), (usize, String)>,
    pairs: HashMap<(usize, usize), Origin>,
    quantities: HashMap<usize, (f64, Origin)>,
}

/// Adds the families, steps and capabilities of a sheet.
pub(super) fn read_families(table: &Table<'_>, seen: &mut Seen, draft: &mut Draft, findings: &mut Findings) {
    let readings = Readings::of(table, findings);
    let product = if table.has(Field::Family) { Field::Family } else { Field::Model };
    let sheet_area = area_of_sheet(table.sheet_name(), draft);
    for row in table.rows(product, findings) {
        let family = table.required_text(row, product, findings);
        let plant = draft.plant_of_row(table, row, findings);
        let lines = plant.and_then(|plant| lines_of_cell(table, row, Field::LineList, plant, draft, findings));
        let area = area_of_row(table, row, sheet_area, lines.as_deref().unwrap_or_default(), draft, findings);
        let quantity = table.number(row, Field::Quantity, Rule::MEASURE.not_zero("zero_number"), findings);
        let rates = Rates::read(table, row, &readings, findings);
        let active = table.flag(row, Field::Active, findings).ok().flatten().unwrap_or(true);
        let model = family.as_deref().map(|family| declare_family(family, table, row, draft));
        let (Ok(model), Ok(lines), Ok(area), Ok(quantity), Ok(rates)) = (model, lines, area, quantity, rates) else { continue };
        if !active {
            let message = "steps that are not active are left out";
            findings.tally(line_plan::Severity::Note, "inactive", table.place(row, Field::Active), "no", "", message);
            continue;
        }
        if is_described_elsewhere(table, row, model, area, seen, draft, findings) {
            continue;
        }
        let lines = lines_in_area(table, row, area, &lines, draft, findings);
        let origin = table.origin(row);
        let step = draft.step(model, area, &step_name(table, row), Some(origin));
        set_quantity(table, row, step, quantity.unwrap_or(1.0), seen, draft, findings);
        for line in lines {
            if let Some(first) = seen.pairs.insert((step, line), origin) {
                let line = &draft.lines[line].name;
                let message =
                    format_args!("line '{line}' does this step already in row {}; give each board its own name or side", first.row);
                findings.error("duplicate", table.place(row, Field::LineList), line, "each line once for a board and side", message);
            } else if let Ok(efficiency) = efficiency_of(&rates, line, table, row, draft, findings) {
                draft.capabilities.push(rates.capability(step, line, efficiency, origin));
            }
        }
    }
}

fn declare_family(name: &str, table: &Table<'_>, row: usize, draft: &mut Draft) -> usize {
    let index = draft.model_names.declare(name);
    if index == draft.models.len() {
        let family = draft.model_names.name(index).to_owned();
        draft.models.push(super::draft::ModelDraft { family, origin: Some(table.origin(row)), ..bare_model(name) });
    }
    let model = &mut draft.models[index];
    if model.customer.is_empty() {
        model.customer = table.remark(row, Field::Customer);
    }
    if model.family.is_empty() {
        model.family = model.name.clone();
    }
    index
}

/// The area that a sheet such as `SMT Settings` speaks of.
fn area_of_sheet(sheet: &str, draft: &Draft) -> Option<usize> {
    let kind_stems: HashSet<String> = sheet_names(Kind::Families).iter().flat_map(|name| stems(name)).collect();
    let is_kind = |stem: &str| kind_stems.contains(stem) || FILLER_WORDS.contains(&stem);
    let rest: Vec<String> = words(sheet).into_iter().map(|word| word.stem).filter(|stem| !is_kind(stem)).collect();
    (0..draft.areas.len()).find(|area| stems(draft.area_names.name(*area)) == rest)
}

/// The area of a row: its own, else its sheet's, else its first line's.
fn area_of_row(
    table: &Table<'_>,
    row: usize,
    sheet_area: Option<usize>,
    lines: &[usize],
    draft: &mut Draft,
    findings: &mut Findings,
) -> Result<usize, Noted> {
    if let Some(name) = table.text(row, Field::Area, findings)? {
        if let Some(area) = draft.area_names.find(&name) {
            draft.note_spelling(&name, area, table, row, Field::Area, findings);
            return Ok(area);
        }
        let suggestion = draft.area_names.suggestion(&name);
        let message = format_args!("unknown area '{name}': no line stands in it{suggestion}");
        findings.error("unknown_area", table.place(row, Field::Area), &name, "an area that has lines", message);
        return Err(Noted);
    }
    sheet_area.or_else(|| lines.first().map(|line| draft.lines[*line].area)).ok_or(Noted)
}

fn is_described_elsewhere(
    table: &Table<'_>,
    row: usize,
    model: usize,
    area: usize,
    seen: &mut Seen,
    draft: &Draft,
    findings: &mut Findings,
) -> bool {
    let (sheet, name) = seen.sheets.entry((model, area)).or_insert_with(|| (table.index, table.sheet_name().to_owned()));
    if *sheet == table.index {
        return false;
    }
    let (model, area) = (&draft.models[model].name, draft.area_names.name(area));
    let message = format_args!("the steps of '{model}' in '{area}' stand already in the sheet '{name}'; those are used");
    findings.tally(line_plan::Severity::Warning, "described_twice", table.row_place(row), model, "each family once in an area", message);
    true
}

fn lines_in_area(table: &Table<'_>, row: usize, area: usize, lines: &[usize], draft: &Draft, findings: &mut Findings) -> Vec<usize> {
    let (inside, outside): (Vec<usize>, Vec<usize>) = lines.iter().partition(|line| draft.lines[**line].area == area);
    for line in outside {
        let (line, known) = (&draft.lines[line].name, draft.area_names.name(draft.lines[line].area));
        let area = draft.area_names.name(area);
        let message = format_args!("line '{line}' stands in the area '{known}', the step is done in '{area}'");
        findings.error("area_differs", table.place(row, Field::LineList), line, format_args!("lines of the area '{area}'"), message);
    }
    inside
}

/// The board and its side.
fn step_name(table: &Table<'_>, row: usize) -> String {
    let (name, side) = (table.remark(row, Field::Name), table.remark(row, Field::Side));
    format!("{name} {side}").trim().to_owned()
}

fn set_quantity(table: &Table<'_>, row: usize, step: usize, quantity: f64, seen: &mut Seen, draft: &mut Draft, findings: &mut Findings) {
    let (known, first) = *seen.quantities.entry(step).or_insert((quantity, table.origin(row)));
    draft.steps[step].passes = known;
    if known != quantity {
        let message = format_args!("row {} gives the same board and side the quantity {known}", first.row);
        findings.error("conflicting_quantity", table.place(row, Field::Quantity), quantity, known, message);
    }
}
