//! A problem as a shape A workbook, so that what was read, generated or edited can be handed on and read again.
//!
//! **Invariant:** what the shape cannot say is refused, never left out silently.

use std::collections::{BTreeMap, BTreeSet};

use line_plan::{ChangeoverKey, Problem, Window};
use rust_xlsxwriter::{Worksheet, XlsxError};

use super::formats::{Formats, print_setup};
use super::tables::{Column, Table, table};
use super::{Language, WriteError, cell_text, new_workbook};

/// A cell of a table to be written.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cell {
    Text(String),
    Number(f64),
    Blank,
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        if text.is_empty() { Cell::Blank } else { Cell::Text(text.to_owned()) }
    }
}

impl From<f64> for Cell {
    fn from(number: f64) -> Self {
        Cell::Number(number)
    }
}

/// The problem as a workbook of shape A: Areas, Lines, Models, Compatibilities, Volumes (one column per period), and
/// Changeover and Calendar where there is something to say. Optional columns that hold only defaults are left out.
///
/// # Errors
/// [`WriteError::Inexpressible`] for what shape A has no column for: several steps of a model in one area, maintenance
/// hours, windows without any period. [`WriteError::Format`] when a sheet would exceed Excel's rows or columns.
pub fn write_problem(problem: &Problem) -> Result<Vec<u8>, WriteError> {
    let passes = passes(problem)?;
    let formats = Formats::new();
    let mut workbook = new_workbook("Capacity plan")?;
    let mut put = |id: &str, rows: Vec<Vec<Cell>>| -> Result<(), WriteError> {
        match table(id) {
            Some(table) => Ok(write_table(workbook.add_worksheet(), &formats, table, &rows)?),
            None => Ok(()),
        }
    };
    put("areas", area_rows(problem, &passes))?;
    put("lines", line_rows(problem)?)?;
    put("models", model_rows(problem)?)?;
    put("compatibilities", capability_rows(problem)?)?;
    if !problem.changeovers.is_empty() {
        put("changeover", changeover_rows(problem))?;
    }
    put("calendar", calendar_rows(problem)?)?;
    volumes(workbook.add_worksheet(), &formats, problem)?;
    Ok(workbook.save_to_buffer()?)
}

/// Writes a table: headings in the first row, then the rows; a column without any value is left out unless it is required.
fn write_table(sheet: &mut Worksheet, formats: &Formats, table: &Table, rows: &[Vec<Cell>]) -> Result<(), XlsxError> {
    let used = |at: usize| rows.iter().any(|row| row[at] != Cell::Blank);
    let columns: Vec<(usize, &Column)> = table.columns.iter().enumerate().filter(|(at, column)| column.required || used(*at)).collect();
    sheet.set_name(Language::English.of(&table.name))?;
    for (place, (_, column)) in columns.iter().enumerate() {
        let heading = if column.required { &formats.heading } else { &formats.optional_heading };
        sheet.write_string_with_format(0, place as u16, Language::English.of(&column.heading), heading)?;
        sheet.set_column_width(place as u16, column.width)?;
    }
    for (row, cells) in rows.iter().enumerate() {
        for (place, (at, _)) in columns.iter().enumerate() {
            write_cell(sheet, row as u32 + 1, place as u16, &cells[*at])?;
        }
    }
    finish(sheet, rows.len(), columns.len(), 1)
}

pub(super) fn write_cell(sheet: &mut Worksheet, row: u32, column: u16, cell: &Cell) -> Result<(), XlsxError> {
    match cell {
        Cell::Text(text) => sheet.write_string(row, column, cell_text(text))?,
        Cell::Number(number) => sheet.write_number(row, column, *number)?,
        Cell::Blank => sheet,
    };
    Ok(())
}

fn finish(sheet: &mut Worksheet, rows: usize, columns: usize, frozen_columns: u16) -> Result<(), XlsxError> {
    sheet.set_freeze_panes(1, frozen_columns)?;
    sheet.autofilter(0, 0, rows.max(1) as u32, columns as u16 - 1)?;
    print_setup(sheet, Some((0, 0)))
}

/// Passes of each (model, area) that has a step.
fn passes(problem: &Problem) -> Result<BTreeMap<(usize, usize), f64>, WriteError> {
    let mut passes = BTreeMap::new();
    for step in &problem.steps {
        if passes.insert((step.model, step.area), step.passes).is_some() {
            let (model, area) = (&problem.models[step.model].name, &problem.areas[step.area].name);
            return Err(WriteError::Inexpressible { what: format!("several steps of {model} in {area}") });
        }
    }
    Ok(passes)
}

fn area_rows(problem: &Problem, passes: &BTreeMap<(usize, usize), f64>) -> Vec<Vec<Cell>> {
    let mut rows = Vec::new();
    for (index, area) in problem.areas.iter().enumerate() {
        let before: Vec<&str> = area.predecessors.iter().map(|p| problem.areas[*p].name.as_str()).collect();
        let name = Cell::from(area.name.as_str());
        let order = Cell::from(f64::from(area.order));
        rows.push(vec![name.clone(), order.clone(), Cell::Blank, Cell::Blank, before.join(", ").as_str().into()]);
        for ((model, _), count) in passes.iter().filter(|((_, at), count)| *at == index && **count != 1.0) {
            let model = Cell::from(problem.models[*model].name.as_str());
            rows.push(vec![name.clone(), order.clone(), model, (*count).into(), Cell::Blank]);
        }
    }
    rows
}

fn line_rows(problem: &Problem) -> Result<Vec<Vec<Cell>>, WriteError> {
    let several_plants = problem.lines.iter().any(|line| line.plant != problem.lines[0].plant);
    let mut rows = Vec::new();
    for (index, line) in problem.lines.iter().enumerate() {
        if line.maintenance_hours.iter().any(|hours| *hours != 0.0) {
            return Err(WriteError::Inexpressible { what: format!("maintenance hours of {}", line.name) });
        }
        let plant = if several_plants || !line.plant.is_empty() { line.plant.as_str().into() } else { Cell::Blank };
        rows.push(vec![
            line.name.as_str().into(),
            problem.areas[line.area].name.as_str().into(),
            line.hours_per_day.into(),
            plant,
            unless(line.overtime_hours_per_day, 0.0),
            Cell::Blank,
            patterns_cell(problem, index),
            unless(line.opening_cost, 0.0),
        ]);
    }
    Ok(rows)
}

/// The patterns on offer as the reader understands them.
fn patterns_cell(problem: &Problem, line: usize) -> Cell {
    let one = |p: &line_plan::ShiftPattern| {
        let cost = p.cost.map_or(String::new(), |cost| format!(" @ {cost}"));
        format!("{} = {}{cost}", p.name, p.hours_per_day)
    };
    let offered: Vec<String> = problem.shift_patterns.iter().filter(|p| p.line == line).map(one).collect();
    if offered.is_empty() { Cell::Blank } else { offered.join("; ").as_str().into() }
}

fn model_rows(problem: &Problem) -> Result<Vec<Vec<Cell>>, WriteError> {
    let mut rows = Vec::new();
    for model in &problem.models {
        let (start, end) = window(problem, model.life, &model.name)?;
        rows.push(vec![
            model.name.as_str().into(),
            model.customer.as_str().into(),
            model.program.as_str().into(),
            model.family.as_str().into(),
            Cell::Blank,
            Cell::Blank,
            Cell::Blank,
            unless(model.weight, 1.0),
            unless(f64::from(model.tier), 1.0),
            model.unit_value.map_or(Cell::Blank, Cell::Number),
            model.currency.as_str().into(),
            start,
            end,
        ]);
    }
    Ok(rows)
}

fn capability_rows(problem: &Problem) -> Result<Vec<Vec<Cell>>, WriteError> {
    let mut names = BTreeSet::new();
    let repeated = problem.lines.iter().any(|line| !names.insert(line.name.as_str()));
    let mut rows = Vec::with_capacity(problem.capabilities.len());
    for capability in &problem.capabilities {
        let line = &problem.lines[capability.line];
        let model = &problem.models[problem.steps[capability.step].model].name;
        let (from, to) = window(problem, capability.approved, model)?;
        rows.push(vec![
            line.name.as_str().into(),
            model.as_str().into(),
            capability.cycle_time_s.into(),
            per_cent(capability.efficiency).into(),
            f64::from(capability.priority).into(),
            unless(per_cent(capability.first_pass_yield), 100.0),
            unless(capability.pieces_per_panel, 1.0),
            unless(capability.minimum_lot, 0.0),
            from,
            to,
            if repeated { line.plant.as_str().into() } else { Cell::Blank },
        ]);
    }
    Ok(rows)
}

fn changeover_rows(problem: &Problem) -> Vec<Vec<Cell>> {
    let key = |key: &ChangeoverKey| match key {
        ChangeoverKey::Any => Cell::Blank,
        ChangeoverKey::Family(family) => family.as_str().into(),
        ChangeoverKey::Model(model) => problem.models[*model].name.as_str().into(),
    };
    let line = |line: Option<usize>| line.map_or(Cell::Blank, |line| problem.lines[line].name.as_str().into());
    problem.changeovers.iter().map(|entry| vec![key(&entry.from), key(&entry.to), entry.minutes.into(), line(entry.line)]).collect()
}

fn calendar_rows(problem: &Problem) -> Result<Vec<Vec<Cell>>, WriteError> {
    let mut rows: Vec<Vec<Cell>> =
        problem.periods.iter().map(|period| vec![period.name.as_str().into(), period.operating_days.into(), Cell::Blank]).collect();
    for line in &problem.lines {
        for (period, days) in problem.periods.iter().zip(&line.operating_days) {
            if *days != period.operating_days {
                rows.push(vec![period.name.as_str().into(), (*days).into(), line.name.as_str().into()]);
            }
        }
    }
    Ok(rows)
}

fn volumes(sheet: &mut Worksheet, formats: &Formats, problem: &Problem) -> Result<(), XlsxError> {
    let mut units: BTreeMap<(usize, usize), f64> = BTreeMap::new();
    for demand in &problem.demand {
        *units.entry((demand.model, demand.period)).or_default() += demand.units;
    }
    sheet.set_name("Volumes")?;
    sheet.write_string_with_format(0, 0, "Model", &formats.heading)?;
    sheet.set_column_width(0, 26)?;
    for (at, period) in problem.periods.iter().enumerate() {
        let column = at as u16 + 1;
        match period.name.parse::<u16>() {
            Ok(year) => sheet.write_number_with_format(0, column, year, &formats.heading)?,
            Err(_) => sheet.write_string_with_format(0, column, cell_text(&period.name), &formats.heading)?,
        };
        sheet.set_column_width(column, 11)?;
    }
    for (row, model) in problem.models.iter().enumerate() {
        sheet.write_string(row as u32 + 1, 0, cell_text(&model.name))?;
    }
    for ((model, period), units) in units {
        sheet.write_number_with_format(model as u32 + 1, period as u16 + 1, units, &formats.units)?;
    }
    finish(sheet, problem.models.len(), problem.periods.len() + 1, 1)
}

/// The first and last period of a window, blank where it is open.
fn window(problem: &Problem, window: Window, of: &str) -> Result<(Cell, Cell), WriteError> {
    let last = problem.periods.len().saturating_sub(1);
    let name = |period: usize| Cell::from(problem.periods[period].name.as_str());
    if window.first > window.last || window.first > last {
        return Err(WriteError::Inexpressible { what: format!("a window of {of} without any period") });
    }
    let start = if window.first == 0 { Cell::Blank } else { name(window.first) };
    let end = if window.last >= last { Cell::Blank } else { name(window.last) };
    Ok((start, end))
}

fn unless(value: f64, default: f64) -> Cell {
    if value == default { Cell::Blank } else { Cell::Number(value) }
}

/// A fraction in per cent, without the tail that multiplying by 100 leaves.
fn per_cent(fraction: f64) -> f64 {
    (fraction * 1e11).round() / 1e9
}
