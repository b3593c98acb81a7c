//! The rows of a file as they stand, for whoever keeps records: nothing is derived from them, and a file may hold a part only.
//!
//! A plan needs every kind of sheet and settles periods, days and routes over all of them ([`super::build`]); records take whatever a file
//! says and leave the rest as it is. So a file of volumes alone is read against the lines and models that are [`Known`].
//!
//! **Invariant:** a row is there only if nothing in it was an error. **Invariant:** every index points into the list it names.

use std::collections::BTreeSet;

use jiff::civil::Date;
use line_plan::{ChangeoverKey, Issue, Language, Severity};
use serde::Serialize;

use super::assemble;
use super::cells::{Book, Cell, Value};
use super::draft::{Draft, LineDraft, Origin, RouteTarget, Scope};
use super::findings::{Findings, letter};
use super::mapping::Wishes;
use super::models::bare_model;
use super::periods::{self, Grain, Written};
use super::recognise::Role;
use super::sheets::{Want, choose};
use super::table::Table;
use super::{Layout, Limits, ReadOptions, RecognisedSheet, archive, cells, delimited, language, project};

/// How the rows of a file are to be read.
#[derive(Debug, Clone, Default)]
pub struct RowOptions {
    /// What may be read at most.
    pub limits: Limits,
    /// The file's name, by which a file of one table is called.
    pub file_name: String,
    /// What is there already.
    pub known: Known,
    /// What a person said about the file.
    pub wishes: Wishes,
}

/// What is there already, so that rows may refer to it.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// Every name of the plant; the first is the one that rows without a plant belong to.
    pub plants: Vec<String>,
    /// Areas: name and short name.
    pub areas: Vec<(String, String)>,
    /// Lines: name, the name of its area, and its efficiency (share).
    pub lines: Vec<(String, String, f64)>,
    /// Models: name, short name, family.
    pub models: Vec<(String, String, String)>,
}

impl Known {
    pub(super) fn declare_plants(&self, options: &ReadOptions, draft: &mut Draft) {
        if let Some((_, others)) = self.plants.split_first() {
            let plant = draft.plants.declare(&options.default_plant);
            others.iter().for_each(|other| draft.plants.alias(other, plant));
        }
    }

    pub(super) fn declare_areas(&self, draft: &mut Draft) {
        for (name, _) in &self.areas {
            draft.declare_area(name);
        }
        for (name, code) in &self.areas {
            if let Some(area) = draft.area_names.find(name) {
                draft.area_names.alias(code, area);
            }
        }
    }

    pub(super) fn declare_lines(&self, draft: &mut Draft) {
        for (name, area, efficiency) in &self.lines {
            let area = draft.declare_area(area);
            let at = draft.line_names.declare(name);
            draft.lines_of_name.resize(draft.line_names.len(), Vec::new());
            // The plant that is written to was declared first.
            if draft.lines_of_name[at].iter().any(|line| draft.lines[*line].plant == 0) {
                continue;
            }
            draft.lines_of_name[at].push(draft.lines.len());
            draft.lines.push(LineDraft {
                name: name.clone(),
                plant: 0,
                area,
                hours_per_day: 0.0,
                overtime_hours_per_day: 0.0,
                maintenance_hours: 0.0,
                opening_cost: 0.0,
                patterns: Vec::new(),
                efficiency: Some(*efficiency),
                active: true,
                origin: None,
            });
        }
    }

    pub(super) fn declare_models(&self, draft: &mut Draft) {
        for (name, _, family) in &self.models {
            if draft.model_names.declare(name) == draft.models.len() {
                draft.models.push(super::draft::ModelDraft { family: family.clone(), ..bare_model(name) });
            }
        }
        for (name, code, _) in &self.models {
            if let Some(model) = draft.model_names.find(name) {
                draft.model_names.alias(code, model);
            }
        }
    }
}

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// An Excel workbook.
    Workbook,
    /// A table of text.
    Csv,
    /// The project file of the desktop tool.
    Project,
}

/// Where a row stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct At {
    /// Index of the sheet in [`Contents::recognised`].
    pub sheet: usize,
    /// The row as Excel counts.
    pub row: u32,
}

impl At {
    fn of(origin: Origin) -> At {
        At { sheet: origin.sheet, row: origin.row }
    }
}

/// An area of the file.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)]
pub struct AreaRow {
    pub name: String,
    pub code: Option<String>,
    pub order: Option<u32>,
    /// Absent where no sheet of areas lists it.
    pub at: Option<At>,
}

/// A line of the file.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)]
pub struct LineRow {
    pub name: String,
    /// Index into [`Contents::plants`].
    pub plant: usize,
    /// Index into [`Contents::areas`].
    pub area: usize,
    pub hours_per_day: f64,
    pub overtime_hours_per_day: f64,
    pub maintenance_hours: f64,
    pub opening_cost: f64,
    /// Shift patterns on offer: name and hours a day.
    pub patterns: Vec<(String, f64)>,
    /// Share.
    pub efficiency: Option<f64>,
    pub active: bool,
    /// Absent for one that was known before the file.
    pub at: Option<At>,
}

/// A model of the file.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)]
pub struct ModelRow {
    pub name: String,
    pub customer: String,
    pub program: String,
    pub family: String,
    pub weight: f64,
    pub tier: u32,
    pub unit_value: Option<f64>,
    pub currency: String,
    pub starts_on: Option<Date>,
    pub ends_on: Option<Date>,
    pub active: bool,
    /// Units a year beside the model, with nothing to say which year.
    pub annual_volume: Option<f64>,
    pub operating_days: Option<f64>,
    /// Absent for one that was known before the file.
    pub at: Option<At>,
}

/// A step of a model in an area.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)]
pub struct StepRow {
    pub model: usize,
    pub area: usize,
    /// Empty where there is one only.
    pub name: String,
    pub passes: f64,
}

/// That a line can make a step of a model.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)]
pub struct CapabilityRow {
    pub step: usize,
    pub line: usize,
    pub cycle_time_s: f64,
    /// Share; none for the line's.
    pub efficiency: Option<f64>,
    /// Share.
    pub first_pass_yield: f64,
    pub pieces_per_panel: f64,
    pub priority: u32,
    pub minimum_lot: f64,
    pub approved_from: Option<Date>,
    pub approved_to: Option<Date>,
    pub approved: bool,
    pub active: bool,
    pub at: At,
}

/// Units wanted of a model in a period.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)]
pub struct VolumeRow {
    pub model: usize,
    /// `2027`, `2027-03`, `2027-W14`, `2027-03-31`; absent where the file does not say which year.
    pub period: Option<String>,
    pub units: f64,
    pub days: Option<f64>,
    pub at: At,
}

/// Whose operating days a row gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RowScope {
    /// Everybody's.
    All,
    /// A plant's.
    Plant(usize),
    /// An area's.
    Area(usize),
    /// A line's.
    Line(usize),
}

/// Operating days of a period.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)]
pub struct CalendarRow {
    pub period: String,
    pub scope: RowScope,
    pub days: f64,
    pub at: At,
}

/// That models pass an area.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)]
pub struct RouteRow {
    /// The models that the row speaks of.
    pub models: Vec<usize>,
    pub area: usize,
    pub passes: Option<f64>,
    /// The sheet lists every area that its models pass.
    pub is_complete: bool,
    pub at: At,
}

/// From or to what a changeover leads.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum ChangeoverKeyRow {
    /// Anything.
    Any,
    /// A family.
    Family(String),
    /// A model.
    Model(usize),
}

/// A changeover time.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)]
pub struct ChangeoverRow {
    pub from: ChangeoverKeyRow,
    pub to: ChangeoverKeyRow,
    pub line: Option<usize>,
    pub minutes: f64,
    pub at: At,
}

/// What stands in a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Contents {
    /// What the file is; nothing where it is none of these.
    pub source: Option<Source>,
    /// The layout, when it could be told.
    pub layout: Option<Layout>,
    /// The language that most of the headings are written in.
    pub language: Language,
    /// Every sheet in order, with what it was taken for.
    pub recognised: Vec<RecognisedSheet>,
    /// Errors first, then warnings, then notes, each by sheet, row and column.
    pub issues: Vec<Issue>,
    /// Names of plants; the first is the one that is written to.
    pub plants: Vec<String>,
    /// Areas, known ones too.
    pub areas: Vec<AreaRow>,
    /// Lines, known ones too.
    pub lines: Vec<LineRow>,
    /// Models, known ones too.
    pub models: Vec<ModelRow>,
    /// Steps of models.
    pub steps: Vec<StepRow>,
    /// Capabilities.
    pub capabilities: Vec<CapabilityRow>,
    /// Volumes.
    pub volumes: Vec<VolumeRow>,
    /// Operating days.
    pub calendar: Vec<CalendarRow>,
    /// Routings.
    pub routes: Vec<RouteRow>,
    /// Changeovers.
    pub changeovers: Vec<ChangeoverRow>,
    said: Vec<BTreeSet<&'static str>>,
}

impl Contents {
    /// Whether the sheet of a row has a column of this meaning, such as `yield`: what has none is not said.
    pub fn says(&self, at: At, meaning: &str) -> bool {
        self.said.get(at.sheet).is_some_and(|said| said.contains(meaning))
    }

    /// Whether any issue is an error.
    pub fn has_errors(&self) -> bool {
        self.issues.iter().any(|issue| issue.severity == Severity::Error)
    }
}

/// Reads the rows of a workbook, a CSV file or a project of the desktop tool.
pub fn read_rows(bytes: &[u8], options: &RowOptions) -> Contents {
    let mut findings = Findings::new(options.limits.issues_per_code);
    let mut contents = Contents {
        source: None,
        layout: None,
        language: Language::English,
        recognised: Vec::new(),
        issues: Vec::new(),
        plants: Vec::new(),
        areas: Vec::new(),
        lines: Vec::new(),
        models: Vec::new(),
        steps: Vec::new(),
        capabilities: Vec::new(),
        volumes: Vec::new(),
        calendar: Vec::new(),
        routes: Vec::new(),
        changeovers: Vec::new(),
        said: Vec::new(),
    };
    if let Some((source, book)) = open(bytes, options, &mut findings) {
        contents.source = Some(source);
        findings.name_sheets(book.sheets.iter().map(|sheet| sheet.name.clone()).collect());
        fill(&book, options, &mut contents, &mut findings);
    }
    contents.language = language::language(&contents.recognised);
    contents.issues = findings.into_issues();
    contents
}

fn open(bytes: &[u8], options: &RowOptions, findings: &mut Findings) -> Option<(Source, Book)> {
    if project::is_project(bytes) {
        return project::read(bytes, &options.limits, &options.wishes, findings).map(|book| (Source::Project, book));
    }
    if delimited::is_delimited(bytes) {
        let book = delimited::read(bytes, &options.file_name, &options.limits, &options.wishes, findings);
        return book.map(|book| (Source::Csv, book));
    }
    archive::admit(bytes, &options.limits, findings)?;
    cells::stream(bytes, &options.limits, &options.wishes, findings).map(|book| (Source::Workbook, book))
}

fn fill(book: &Book, options: &RowOptions, contents: &mut Contents, findings: &mut Findings) {
    let choice = choose(book, Want::Anything, findings);
    contents.layout = choice.shape;
    contents.recognised = assemble::recognised(book, &choice);
    let tables = assemble::tables(book, &choice, findings);
    contents.said = said(book, &tables);
    let default_plant = options.known.plants.first().cloned().unwrap_or_else(|| ReadOptions::default().default_plant);
    let reading = ReadOptions { limits: options.limits.clone(), default_plant };
    let mut draft = Draft { is_partial: true, ..Draft::new() };
    assemble::read_rows(&tables, choice.shape, &reading, &options.known, &mut draft, findings);
    take(draft, contents);
}

/// What the columns of each sheet mean.
fn said(book: &Book, tables: &[Table<'_>]) -> Vec<BTreeSet<&'static str>> {
    let mut said = vec![BTreeSet::new(); book.sheets.len()];
    for table in tables {
        said[table.index] = table
            .candidate
            .columns
            .iter()
            .filter_map(|column| match column.role? {
                Role::Field(field) => Some(field.name()),
                Role::VolumeOf(_) | Role::DaysOf(_) => None,
            })
            .collect();
    }
    said
}

fn take(draft: Draft, contents: &mut Contents) {
    let grain = periods::settle(draft.volumes.iter().filter_map(|volume| volume.period)).unwrap_or(Grain::Year);
    let label = |written: Written| match written {
        Written::Period(period) => period.label(),
        Written::Date(date) => written.at(grain).map_or_else(|| date.to_string(), |period| period.label()),
    };
    contents.plants = (0..draft.plants.len()).map(|plant| draft.plants.name(plant).to_owned()).collect();
    let area = |(index, area): (usize, super::draft::AreaDraft)| AreaRow {
        name: draft.area_names.name(index).to_owned(),
        code: area.code,
        order: area.order,
        at: area.origin.map(At::of),
    };
    let area_passes: Vec<Option<f64>> = draft.areas.iter().map(|area| area.passes).collect();
    contents.areas = draft.areas.into_iter().enumerate().map(area).collect();
    contents.steps = draft
        .steps
        .into_iter()
        .map(|step| {
            // As in a plan: an area's passes hold for every step to which its own row gives none.
            let passes = if step.passes == 1.0 { area_passes[step.area].unwrap_or(1.0) } else { step.passes };
            StepRow { model: step.model, area: step.area, name: step.name, passes }
        })
        .collect();
    let models_of = |target: &RouteTarget| match target {
        RouteTarget::Model(model) => vec![*model],
        RouteTarget::Family(family) => {
            let family = super::fold::fold(family);
            (0..draft.models.len()).filter(|model| super::fold::fold(&draft.models[*model].family) == family).collect()
        }
    };
    contents.routes = draft
        .routes
        .iter()
        .map(|route| RouteRow {
            models: models_of(&route.target),
            area: route.area,
            passes: route.passes,
            is_complete: route.is_complete,
            at: At::of(route.origin),
        })
        .collect();
    contents.lines = draft
        .lines
        .into_iter()
        .map(|line| LineRow {
            name: line.name,
            plant: line.plant,
            area: line.area,
            hours_per_day: line.hours_per_day,
            overtime_hours_per_day: line.overtime_hours_per_day,
            maintenance_hours: line.maintenance_hours,
            opening_cost: line.opening_cost,
            patterns: line.patterns.into_iter().map(|pattern| (pattern.name, pattern.hours_per_day)).collect(),
            efficiency: line.efficiency,
            active: line.active,
            at: line.origin.map(At::of),
        })
        .collect();
    contents.models = draft
        .models
        .into_iter()
        .map(|model| ModelRow {
            name: model.name,
            customer: model.customer,
            program: model.program,
            family: model.family,
            weight: model.weight,
            tier: model.tier,
            unit_value: model.unit_value,
            currency: model.currency,
            starts_on: model.start.map(Written::first),
            ends_on: model.end.map(Written::last),
            active: model.active,
            annual_volume: model.annual_volume,
            operating_days: model.operating_days,
            at: model.origin.map(At::of),
        })
        .collect();
    contents.capabilities = draft
        .capabilities
        .into_iter()
        .map(|row| CapabilityRow {
            step: row.step,
            line: row.line,
            cycle_time_s: row.cycle_time_s,
            efficiency: row.own_efficiency,
            first_pass_yield: row.first_pass_yield,
            pieces_per_panel: row.pieces_per_panel,
            priority: row.priority,
            minimum_lot: row.minimum_lot,
            approved_from: row.from.map(Written::first),
            approved_to: row.to.map(Written::last),
            approved: row.approved,
            active: row.active,
            at: At::of(row.origin),
        })
        .collect();
    contents.volumes = draft
        .volumes
        .into_iter()
        .map(|row| VolumeRow { model: row.model, period: row.period.map(label), units: row.units, days: row.days, at: At::of(row.origin) })
        .collect();
    let scope = |scope: Scope| match scope {
        Scope::All => RowScope::All,
        Scope::Plant(plant) => RowScope::Plant(plant),
        Scope::Area(area) => RowScope::Area(area),
        Scope::Line(line) => RowScope::Line(line),
    };
    contents.calendar = draft
        .calendar
        .into_iter()
        .map(|row| CalendarRow { period: label(row.period), scope: scope(row.scope), days: row.days, at: At::of(row.origin) })
        .collect();
    let key = |key: ChangeoverKey| match key {
        ChangeoverKey::Any => ChangeoverKeyRow::Any,
        ChangeoverKey::Family(family) => ChangeoverKeyRow::Family(family),
        ChangeoverKey::Model(model) => ChangeoverKeyRow::Model(model),
    };
    contents.changeovers = draft
        .changeovers
        .into_iter()
        .zip(draft.changeover_origins)
        .map(|(row, origin)| ChangeoverRow {
            from: key(row.from),
            to: key(row.to),
            line: row.line,
            minutes: row.minutes,
            at: At::of(origin),
        })
        .collect();
}

/// Cells of a sheet from a row on (as Excel counts): the row's number, and its filled cells by letter as a person reads them. At most
/// `most` rows; nothing where there is no such sheet.
pub fn cells_of(bytes: &[u8], options: &RowOptions, sheet: &str, from: u32, most: usize) -> Option<Vec<(u32, Vec<(String, String)>)>> {
    let mut findings = Findings::new(options.limits.issues_per_code);
    let mut options = options.clone();
    // A sheet that somebody looks at is read whole, whether it was recognised or not.
    options.wishes.corrections.entry(sheet.to_owned()).or_default();
    let (_, book) = open(bytes, &options, &mut findings)?;
    let sheet = book.sheets.iter().find(|of| of.name == sheet)?;
    let mut rows: Vec<(u32, Vec<(String, String)>)> = Vec::new();
    for Cell { row, column, value } in sheet.cells().iter().filter(|cell| cell.row + 1 >= from && cell.value != Value::Empty) {
        if rows.last().is_none_or(|(last, _)| *last != row + 1) {
            if rows.len() == most {
                break;
            }
            rows.push((row + 1, Vec::new()));
        }
        if let Some((_, cells)) = rows.last_mut() {
            cells.push((letter(*column), book.texts.show(*value)));
        }
    }
    Some(rows)
}
