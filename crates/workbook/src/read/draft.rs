//! The problem while it is being read: names resolved to indices, places kept so that later checks can say where.
//!
//! Lines and models that are not active stay in until the end, so that nothing that mentions them is called unknown.
//!
//! **Invariant:** every index points into the vector it names.

use std::collections::HashMap;

use super::findings::Findings;
use super::fold::fold;
use super::names::{Comparison, Names};
use super::periods::Written;
use super::shifts::PatternDraft;
use super::table::{Noted, Table};
use super::vocabulary::Field;

/// A row of a sheet, small enough to be kept for every row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Origin {
    pub sheet: usize,
    pub row: u32,
    /// Its row among the filled ones, for asking the table again.
    pub index: usize,
}

#[derive(Debug, Clone, Default)]
pub(super) struct AreaDraft {
    pub order: Option<u32>,
    pub predecessors: Vec<usize>,
    /// Passes of every model through it, where the sheet gives one number for all.
    pub passes: Option<f64>,
    pub code: Option<String>,
    /// Where it was declared.
    pub origin: Option<Origin>,
}

#[derive(Debug, Clone)]
pub(super) struct LineDraft {
    pub name: String,
    pub plant: usize,
    pub area: usize,
    pub hours_per_day: f64,
    pub overtime_hours_per_day: f64,
    pub maintenance_hours: f64,
    pub opening_cost: f64,
    /// Shift patterns on offer.
    pub patterns: Vec<PatternDraft>,
    /// Efficiency of its pairs where they give none.
    pub efficiency: Option<f64>,
    pub active: bool,
    /// Where it was declared; nothing for one that was known before the file.
    pub origin: Option<Origin>,
}

#[derive(Debug, Clone)]
pub(super) struct ModelDraft {
    pub name: String,
    pub customer: String,
    pub program: String,
    pub family: String,
    pub weight: f64,
    pub tier: u32,
    pub unit_value: Option<f64>,
    pub currency: String,
    pub start: Option<Written>,
    pub end: Option<Written>,
    pub active: bool,
    /// Where it was declared.
    pub origin: Option<Origin>,
    /// Units a year that its row gives, for where no volume is named.
    pub annual_volume: Option<f64>,
    /// Operating days that its row gives for every period.
    pub operating_days: Option<f64>,
}

#[derive(Debug, Clone)]
pub(super) struct StepDraft {
    pub model: usize,
    pub area: usize,
    pub name: String,
    pub passes: f64,
    pub origin: Option<Origin>,
}

#[derive(Debug, Clone)]
pub(super) struct CapabilityDraft {
    pub step: usize,
    pub line: usize,
    pub cycle_time_s: f64,
    pub efficiency: f64,
    /// What its row says, where that says one.
    pub own_efficiency: Option<f64>,
    pub first_pass_yield: f64,
    pub pieces_per_panel: f64,
    pub priority: u32,
    pub minimum_lot: f64,
    pub from: Option<Written>,
    pub to: Option<Written>,
    pub approved: bool,
    pub active: bool,
    pub origin: Origin,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct VolumeDraft {
    pub model: usize,
    /// Nothing for the one period of annual volumes without a year.
    pub period: Option<Written>,
    pub units: f64,
    /// The model's own operating days in the period.
    pub days: Option<f64>,
    pub origin: Origin,
    /// The column of the volume.
    pub column: u32,
}

/// Whose days a calendar row gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Scope {
    All,
    Plant(usize),
    Area(usize),
    Line(usize),
}

#[derive(Debug, Clone, Copy)]
pub(super) struct CalendarDraft {
    pub period: Written,
    pub scope: Scope,
    pub days: f64,
    pub origin: Origin,
}

/// Whom a routing row names.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum RouteTarget {
    Model(usize),
    Family(String),
}

#[derive(Debug, Clone)]
pub(super) struct RouteDraft {
    pub target: RouteTarget,
    pub area: usize,
    pub passes: Option<f64>,
    /// It belongs to a sheet of routings, which lists every area of the models it names.
    pub is_complete: bool,
    pub origin: Origin,
}

/// Everything read so far.
#[derive(Debug)]
pub(super) struct Draft {
    pub plants: Names,
    pub area_names: Names,
    pub areas: Vec<AreaDraft>,
    /// Whether a sheet of areas lists them, so that any other is a mistake.
    pub areas_are_listed: bool,
    pub line_names: Names,
    /// The lines of each line name, one for each plant that has it.
    pub lines_of_name: Vec<Vec<usize>>,
    pub lines: Vec<LineDraft>,
    pub model_names: Names,
    pub models: Vec<ModelDraft>,
    pub steps: Vec<StepDraft>,
    pub step_of: HashMap<(usize, usize, String), usize>,
    pub capabilities: Vec<CapabilityDraft>,
    pub volumes: Vec<VolumeDraft>,
    pub calendar: Vec<CalendarDraft>,
    pub routes: Vec<RouteDraft>,
    /// The row of each routed target and area.
    pub route_rows: HashMap<(RouteTarget, usize), u32>,
    pub changeovers: Vec<line_plan::Changeover>,
    /// The row of each of them.
    pub changeover_origins: Vec<Origin>,
    /// The workbook's answer goes to records, which know more than the workbook does.
    pub is_partial: bool,
}

impl Draft {
    pub(super) fn new() -> Draft {
        Draft {
            plants: Names::new(Comparison::Folded),
            area_names: Names::new(Comparison::Folded),
            areas: Vec::new(),
            areas_are_listed: false,
            line_names: Names::new(Comparison::Exact),
            lines_of_name: Vec::new(),
            lines: Vec::new(),
            model_names: Names::new(Comparison::Exact),
            models: Vec::new(),
            steps: Vec::new(),
            step_of: HashMap::new(),
            capabilities: Vec::new(),
            volumes: Vec::new(),
            calendar: Vec::new(),
            routes: Vec::new(),
            route_rows: HashMap::new(),
            changeovers: Vec::new(),
            changeover_origins: Vec::new(),
            is_partial: false,
        }
    }

    /// The area of a name, declared if areas are not listed.
    pub(super) fn area(
        &mut self,
        name: &str,
        table: &Table<'_>,
        row: usize,
        field: Field,
        findings: &mut Findings,
    ) -> Result<usize, Noted> {
        if let Some(area) = self.area_names.find(name) {
            self.note_spelling(name, area, table, row, field, findings);
            return Ok(area);
        }
        if self.areas_are_listed {
            let suggestion = self.area_names.suggestion(name);
            let message = format_args!("unknown area '{name}'{suggestion}");
            findings.error("unknown_area", table.place(row, field), name, "an area of the sheet of areas", message);
            return Err(Noted);
        }
        Ok(self.declare_area(name))
    }

    pub(super) fn declare_area(&mut self, name: &str) -> usize {
        let area = self.area_names.declare(name);
        self.areas.resize(self.area_names.len().max(self.areas.len()), AreaDraft::default());
        area
    }

    /// Says once per column that an area is written in several ways.
    pub(super) fn note_spelling(&self, name: &str, area: usize, table: &Table<'_>, row: usize, field: Field, findings: &mut Findings) {
        let known = self.area_names.name(area);
        let raw = table.show(table.value(row, field));
        let differs = name != known && fold(name) == fold(known);
        // The comparison is of what stands in the cell: a stray line break is worth a word too.
        if differs || (fold(&raw) == fold(name) && raw != name && raw.contains(['\n', '\r'])) {
            let message = format_args!("'{}' is taken for the area '{known}'", raw.escape_debug());
            findings.tally(line_plan::Severity::Note, "area_spelling", table.place(row, field), raw.escape_debug(), known, message);
        }
    }

    /// The line of a name, by plant where several plants have one of that name.
    pub(super) fn line(
        &mut self,
        name: &str,
        plant: Option<usize>,
        table: &Table<'_>,
        row: usize,
        field: Field,
        findings: &mut Findings,
    ) -> Result<usize, Noted> {
        let lines = self.line_names.find(name).map_or(&[][..], |at| &self.lines_of_name[at]);
        let of_plant = |line: &&usize| plant.is_none_or(|plant| self.lines[**line].plant == plant);
        let mut fitting = lines.iter().filter(of_plant);
        match (fitting.next(), fitting.next()) {
            (Some(line), None) => Ok(*line),
            (Some(_), Some(_)) => {
                let message = format_args!("several plants have a line '{name}'; name the plant");
                findings.error("ambiguous_line", table.place(row, field), name, "a line and its plant", message);
                Err(Noted)
            }
            (None, _) if !lines.is_empty() => {
                let message = format_args!("the line '{name}' stands in another plant");
                findings.error("wrong_plant", table.place(row, field), name, "a line of the row's plant", message);
                Err(Noted)
            }
            (None, _) => {
                let suggestion = self.line_names.suggestion(name);
                let message = format_args!("unknown line '{name}'{suggestion}");
                findings.error("unknown_line", table.place(row, field), name, "a line of the sheet of lines", message);
                Err(Noted)
            }
        }
    }

    /// The plant that a row names, if it names one; an unknown one is a mistake.
    pub(super) fn plant_of_row(&mut self, table: &Table<'_>, row: usize, findings: &mut Findings) -> Result<Option<usize>, Noted> {
        let Some(name) = table.text(row, Field::Plant, findings)? else { return Ok(None) };
        match self.plants.find(&name) {
            Some(plant) => Ok(Some(plant)),
            None => {
                let suggestion = self.plants.suggestion(&name);
                let message = format_args!("unknown plant '{name}'{suggestion}");
                findings.error("unknown_plant", table.place(row, Field::Plant), &name, "a plant of the sheet of lines", message);
                Err(Noted)
            }
        }
    }

    pub(super) fn model(
        &mut self,
        name: &str,
        table: &Table<'_>,
        row: usize,
        field: Field,
        findings: &mut Findings,
    ) -> Result<usize, Noted> {
        match self.model_names.find(name) {
            Some(model) => Ok(model),
            None => {
                let suggestion = self.model_names.suggestion(name);
                let what = if field == Field::Family { "family" } else { "model" };
                let message = format_args!("unknown {what} '{name}'{suggestion}");
                findings.error(
                    "unknown_model",
                    table.place(row, field),
                    name,
                    format_args!("a {what} that the workbook declares"),
                    message,
                );
                Err(Noted)
            }
        }
    }

    /// The step of a model in an area, created if it is new.
    pub(super) fn step(&mut self, model: usize, area: usize, name: &str, origin: Option<Origin>) -> usize {
        if let Some(step) = self.step_of.get(&(model, area, name.to_owned())) {
            return *step;
        }
        self.steps.push(StepDraft { model, area, name: name.to_owned(), passes: 1.0, origin });
        self.step_of.insert((model, area, name.to_owned()), self.steps.len() - 1);
        self.steps.len() - 1
    }
}

impl Table<'_> {
    pub(super) fn origin(&self, row: usize) -> Origin {
        Origin { sheet: self.index, row: self.number_of(row), index: row }
    }
}
