//! From recognised sheets to a problem: chooses the sheets, reads them in the order of their references, and joins the rows.
//!
//! **Invariant:** a sheet that is not used is named with the reason. **Invariant:** what is left out of the problem (lines and
//! models that are not active, volumes of them) is only ever left out at the end, after every reference was checked.

use super::cells::Book;
use super::draft::Draft;
use super::families::Seen;
use super::findings::{Findings, Place, clip};
use super::recognise::{self, Candidate};
use super::rows::Known;
use super::sheets::{Choice, Want, choose};
use super::table::Table;
use super::vocabulary::{Field, Kind};
use super::{Layout, ReadOptions, Reading, areas, build, calendar, capabilities, changeovers, families, lines, models, volumes};

/// Reads the whole book.
pub(super) fn assemble(book: &Book, options: &ReadOptions, reading: &mut Reading, findings: &mut Findings) {
    let choice = choose(book, Want::Plan, findings);
    reading.layout = choice.shape;
    reading.recognised = recognised(book, &choice);
    let tables = tables(book, &choice, findings);
    let mut draft = Draft::new();
    read_rows(&tables, choice.shape, options, &Known::default(), &mut draft, findings);
    let heading_of = |sheet: usize, column: u32| {
        tables.iter().find(|table| table.index == sheet).map_or_else(String::new, |table| table.heading(column).to_owned())
    };
    reading.problem = build::build(draft, &heading_of, findings);
}

/// Every sheet with what it was taken for.
pub(super) fn recognised(book: &Book, choice: &Choice<'_>) -> Vec<super::RecognisedSheet> {
    (0..book.sheets.len()).map(|sheet| describe(book, sheet, choice)).collect()
}

fn describe(book: &Book, sheet: usize, choice: &Choice<'_>) -> super::RecognisedSheet {
    let used = choice.used.iter().find(|(of, _)| *of == sheet).map(|(_, candidate)| *candidate);
    let ignored = choice.ignored.iter().find(|(of, _)| *of == sheet).map(|(_, reason)| reason.clone());
    recognise::describe(&book.sheets[sheet], used, ignored)
}

/// The sheets that are used, with what is to be said of their columns.
pub(super) fn tables<'a>(book: &'a Book, choice: &Choice<'a>, findings: &mut Findings) -> Vec<Table<'a>> {
    let headed = choice.used.iter().filter(|(_, candidate)| candidate.header.is_some());
    let tables: Vec<Table<'_>> = headed.map(|(sheet, candidate)| Table::new(book, *sheet, candidate)).collect();
    for table in &tables {
        note_columns(table, findings);
    }
    tables
}

/// Says which headed columns are not used, and which come twice.
fn note_columns(table: &Table<'_>, findings: &mut Findings) {
    let candidate: &Candidate = table.candidate;
    for column in &candidate.columns {
        if let (None, Some(field)) = (column.role, column.repeats) {
            let taken = candidate.column(field).map_or("", |column| column.heading.as_str());
            let message = format_args!("'{}' could be the {} too; the column '{taken}' is used for it", column.heading, field.name());
            let place = Place { column: Some((column.index, column.heading.clone())), ..Place::sheet(table.index) };
            findings.warning("duplicate_column", place, &column.heading, "one column for each meaning", message);
        }
    }
    let unused: Vec<&str> = candidate
        .columns
        .iter()
        .filter(|column| column.role.is_none() && column.repeats.is_none())
        .map(|column| column.heading.as_str())
        .collect();
    if !unused.is_empty() {
        let names = clip(&unused.join(", "));
        findings.note("ignored_columns", Place::sheet(table.index), &names, "", format_args!("columns that are not used: {names}"));
    }
}

/// Reads the rows of all sheets in the order of their references. What was known before the file is referred to as if the file had it.
pub(super) fn read_rows(
    tables: &[Table<'_>],
    shape: Option<Layout>,
    options: &ReadOptions,
    known: &Known,
    draft: &mut Draft,
    findings: &mut Findings,
) {
    let of = |kind: Kind| tables.iter().filter(move |table| table.kind() == kind);
    let is_by_family = shape == Some(Layout::B);
    known.declare_plants(options, draft);
    of(Kind::Areas).for_each(|table| areas::read_areas(table, draft, findings));
    known.declare_areas(draft);
    of(Kind::Lines).for_each(|table| lines::read_lines(table, options, draft, findings));
    known.declare_lines(draft);
    of(Kind::Models).for_each(|table| models::read_models(table, draft, findings));
    known.declare_models(draft);
    // Without lines or models everything that names one would be called unknown: their absence was noted already.
    if !draft.lines.is_empty() || draft.is_partial {
        let mut seen = Seen::default();
        of(Kind::Families).for_each(|table| families::read_families(table, &mut seen, draft, findings));
        if !draft.models.is_empty() || draft.is_partial {
            let mut first_rows = capabilities::FirstRows::default();
            of(Kind::Capabilities).for_each(|table| capabilities::read_capabilities(table, &mut first_rows, draft, findings));
        }
    }
    if draft.models.is_empty() && !draft.is_partial {
        return;
    }
    of(Kind::Areas).for_each(|table| areas::read_area_routes(table, draft, findings));
    of(Kind::Routings).for_each(|table| areas::read_routings(table, draft, findings));
    of(Kind::Volumes).for_each(|table| volumes::read_volumes(table, is_by_family, draft, findings));
    if draft.volumes.is_empty() && !tables.iter().any(|table| table.kind() == Kind::Volumes) {
        let beside = of(Kind::Models).filter(|table| table.candidate.has_volumes() || table.has(Field::AnnualVolume));
        beside.for_each(|table| volumes::read_volumes(table, is_by_family, draft, findings));
    }
    of(Kind::Calendar).for_each(|table| calendar::read_calendar(table, draft, findings));
    of(Kind::Changeovers).for_each(|table| changeovers::read_changeovers(table, draft, findings));
}
