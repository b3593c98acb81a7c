//! Rows of the sheet of compatibilities (shape A): which line can make which model, and how fast.
//!
//! **Invariant:** a capability that gets through has a cycle time above 0 and shares in (0, 1].

use std::collections::HashMap;

use super::draft::{CapabilityDraft, Draft};
use super::findings::Findings;
use super::lines::TimeUnit;
use super::periods::Written;
use super::table::{Cell, Noted, Rule, ShareReading, Table};
use super::vocabulary::Field;

/// How the shared columns of a sheet of capabilities read, decided once per sheet.
pub(super) struct Readings {
    cycle_unit: TimeUnit,
    efficiency: ShareReading,
    first_pass_yield: ShareReading,
}

impl Readings {
    pub(super) fn of(table: &Table<'_>, findings: &mut Findings) -> Readings {
        let heading = table.column(Field::CycleTime).map_or("", |column| table.heading(column));
        let cycle_unit = TimeUnit::of_heading(heading).unwrap_or(TimeUnit::Seconds);
        if cycle_unit != TimeUnit::Seconds {
            let message = format_args!("the cycle times are read in {}", cycle_unit.name());
            findings.note("time_unit", table.column_place(Field::CycleTime), heading, "", message);
        }
        let readings = Readings {
            cycle_unit,
            efficiency: table.share_reading(Field::Efficiency),
            first_pass_yield: table.share_reading(Field::Yield),
        };
        for (field, reading) in [(Field::Efficiency, readings.efficiency), (Field::Yield, readings.first_pass_yield)] {
            if table.has(field) {
                table.note_share_reading(field, reading, findings);
            }
        }
        readings
    }
}

/// What a row says of every pair it names.
pub(super) struct Rates {
    pub cycle_time_s: f64,
    pub efficiency: Option<f64>,
    pub first_pass_yield: f64,
    pub pieces_per_panel: f64,
    pub priority: u32,
    pub minimum_lot: f64,
    pub from: Option<Written>,
    pub to: Option<Written>,
    pub approved: bool,
}

impl Rates {
    /// Reads all the columns before giving up, so that every mistake of the row is noted.
    pub(super) fn read(table: &Table<'_>, row: usize, readings: &Readings, findings: &mut Findings) -> Result<Rates, Noted> {
        let cycle_rule = Rule::MEASURE.not_zero("zero_cycle_time");
        let cycle = table.required_number(row, Field::CycleTime, cycle_rule, findings);
        let efficiency = table.share(row, Field::Efficiency, readings.efficiency, findings);
        let first_pass_yield = table.share(row, Field::Yield, readings.first_pass_yield, findings);
        let panel = table.number(row, Field::PiecesPerPanel, Rule::MEASURE.not_zero("zero_number"), findings);
        let priority = table.number(row, Field::Priority, Rule::RANK, findings);
        let lot = table.number(row, Field::MinimumLot, Rule::COUNT, findings);
        let window = read_window(table, row, findings);
        let approved = table.flag(row, Field::Approved, findings);
        let cycle_time_s = cycle? * readings.cycle_unit.seconds();
        if cycle_time_s > 3600.0 {
            let message = format_args!("a cycle time of {cycle_time_s} s is over an hour");
            findings.warning("implausible_cycle_time", table.place(row, Field::CycleTime), cycle_time_s, "seconds", message);
        }
        let efficiency = efficiency?;
        if let Some(low) = efficiency.filter(|efficiency| *efficiency < 0.1) {
            let message = "the efficiency is under 10 %";
            findings.warning("implausible_efficiency", table.place(row, Field::Efficiency), low, "10 % to 100 %", message);
        }
        let (from, to) = window?;
        Ok(Rates {
            cycle_time_s,
            efficiency,
            first_pass_yield: first_pass_yield?.unwrap_or(1.0),
            pieces_per_panel: panel?.unwrap_or(1.0),
            priority: priority?.map_or(1, |priority| priority as u32),
            minimum_lot: lot?.unwrap_or(0.0),
            from,
            to,
            approved: approved?.unwrap_or(true),
        })
    }

    pub(super) fn capability(&self, step: usize, line: usize, efficiency: f64, origin: super::draft::Origin) -> CapabilityDraft {
        CapabilityDraft {
            step,
            line,
            cycle_time_s: self.cycle_time_s,
            efficiency,
            own_efficiency: self.efficiency,
            first_pass_yield: self.first_pass_yield,
            pieces_per_panel: self.pieces_per_panel,
            priority: self.priority,
            minimum_lot: self.minimum_lot,
            from: self.from,
            to: self.to,
            approved: self.approved,
            active: true,
            origin,
        }
    }
}

type Window = (Option<Written>, Option<Written>);

fn read_window(table: &Table<'_>, row: usize, findings: &mut Findings) -> Result<Window, Noted> {
    let from: Cell<Written> = table.moment(row, Field::ApprovedFrom, findings);
    let to: Cell<Written> = table.moment(row, Field::ApprovedTo, findings);
    let (from, to) = (from?, to?);
    if let (Some(from), Some(to)) = (from, to)
        && from.first() > to.last()
    {
        let message = "the approval ends before it begins";
        let found = table.remark(row, Field::ApprovedTo);
        findings.error("window_reversed", table.place(row, Field::ApprovedTo), found, "an end after the beginning", message);
        return Err(Noted);
    }
    Ok((from, to))
}

/// The lines that a cell names: one, or a list with commas, semicolons, bars or line breaks.
pub(super) fn lines_of_cell(
    table: &Table<'_>,
    row: usize,
    field: Field,
    plant: Option<usize>,
    draft: &mut Draft,
    findings: &mut Findings,
) -> Result<Vec<usize>, Noted> {
    let whole = table.required_text(row, field, findings)?;
    if draft.line_names.find(&whole).is_some() {
        return Ok(vec![draft.line(&whole, plant, table, row, field, findings)?]);
    }
    let raw = table.show(table.value(row, field));
    let parts = raw.split([',', ';', '|', '\n', '\r']).flat_map(|part| {
        let part = part.trim();
        // A slash or plus separates only where the name with it is not a line's.
        let is_known = draft.line_names.find(part).is_some();
        let pieces: Vec<String> =
            if is_known { vec![part.to_owned()] } else { part.split(['/', '+']).map(|piece| piece.trim().to_owned()).collect() };
        let all_known = pieces.iter().all(|piece| draft.line_names.find(piece).is_some());
        if all_known { pieces } else { vec![part.to_owned()] }
    });
    let mut names: Vec<String> = parts.map(|part| super::fold::collapse(&part).into_owned()).filter(|part| !part.is_empty()).collect();
    let mut seen = std::collections::HashSet::new();
    names.retain(|name| {
        let is_new = seen.insert(name.clone());
        if !is_new {
            let message = format_args!("the line '{name}' stands twice in the list; it counts once");
            findings.warning("repeated_in_list", table.place(row, field), name, "each line once", message);
        }
        is_new
    });
    let lines: Vec<Result<usize, Noted>> = names.iter().map(|name| draft.line(name, plant, table, row, field, findings)).collect();
    lines.into_iter().collect()
}

/// The efficiency of a pair: its own, else its line's; without either that is an error.
pub(super) fn efficiency_of(
    rates: &Rates,
    line: usize,
    table: &Table<'_>,
    row: usize,
    draft: &Draft,
    findings: &mut Findings,
) -> Result<f64, Noted> {
    match rates.efficiency.or(draft.lines[line].efficiency) {
        Some(efficiency) => Ok(efficiency),
        // A record may leave it open.
        None if draft.is_partial => Ok(1.0),
        None => Err(table.missing(row, Field::Efficiency, findings)),
    }
}

/// Adds the capabilities of a sheet.
pub(super) fn read_capabilities(table: &Table<'_>, first_rows: &mut FirstRows, draft: &mut Draft, findings: &mut Findings) {
    let readings = Readings::of(table, findings);
    for row in table.rows(Field::Line, findings) {
        let plant = draft.plant_of_row(table, row, findings);
        let lines = plant.and_then(|plant| lines_of_cell(table, row, Field::Line, plant, draft, findings));
        let name = table.required_text(row, Field::Model, findings);
        let model = name.and_then(|name| draft.model(&name, table, row, Field::Model, findings));
        let rates = Rates::read(table, row, &readings, findings);
        let active = table.flag(row, Field::Active, findings).ok().flatten().unwrap_or(true);
        let (Ok(lines), Ok(model), Ok(rates)) = (lines, model, rates) else { continue };
        // Records keep what is not active, so that it can be made active again.
        if !active && !draft.is_partial {
            let message = "compatibilities that are not active are left out";
            findings.tally(line_plan::Severity::Note, "inactive", table.place(row, Field::Active), "no", "", message);
            continue;
        }
        for line in lines {
            let area = draft.lines[line].area;
            check_area(table, row, area, draft, findings);
            let Ok(efficiency) = efficiency_of(&rates, line, table, row, draft, findings) else { continue };
            let origin = table.origin(row);
            if let Some(first) = first_rows.insert((model, line), origin) {
                let (line, model) = (&draft.lines[line].name, &draft.models[model].name);
                let found = format_args!("{line}, {model}");
                let message = format_args!("line '{line}' and model '{model}' stand already together in row {}", first.row);
                findings.error("duplicate", table.place(row, Field::Line), found, "each pair once", message);
                continue;
            }
            let step = draft.step(model, area, "", Some(origin));
            draft.capabilities.push(CapabilityDraft { active, ..rates.capability(step, line, efficiency, origin) });
        }
    }
}

/// Where each pair of model and line was first seen.
pub(super) type FirstRows = HashMap<(usize, usize), super::draft::Origin>;

/// An area that a row names beside its line must be the line's.
fn check_area(table: &Table<'_>, row: usize, area: usize, draft: &Draft, findings: &mut Findings) {
    let named = table.remark(row, Field::Area);
    if !named.is_empty() && draft.area_names.find(&named) != Some(area) {
        let known = draft.area_names.name(area);
        let message = format_args!("the line stands in the area '{known}', the row says '{named}'");
        findings.warning("area_differs", table.place(row, Field::Area), &named, known, message);
    }
}
