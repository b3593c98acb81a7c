//! Rows of volumes: long (a row for each model and period), wide (a column for each period), or beside the models.
//!
//! **Invariant:** units are finite and not negative; a model has one entry for a period, or one for each plant of it.

use std::collections::HashMap;

use line_plan::Severity;

use super::draft::{Draft, VolumeDraft};
use super::findings::Findings;
use super::fold::fold;
use super::periods::Written;
use super::recognise::{Role, show_written};
use super::table::{Rule, Table};
use super::vocabulary::{Field, Kind};

/// Adds the volumes of a sheet.
pub(super) fn read_volumes(table: &Table<'_>, is_by_family: bool, draft: &mut Draft, findings: &mut Findings) {
    let product = product(table, is_by_family);
    let wide = WideColumns::of(table);
    let mut first_rows = FirstRows::default();
    for row in table.rows(product, findings) {
        let name = table.required_text(row, product, findings);
        let plant = if table.has(Field::Plant) { fold(&table.remark(row, Field::Plant)) } else { String::new() };
        let days = table.number(row, Field::OperatingDays, Rule::MEASURE, findings).ok().flatten();
        let entries = match &wide {
            Some(wide) => wide.entries(table, row, days, findings),
            None => long_entries(table, row, days, findings),
        };
        let Ok(name) = name else { continue };
        // Rows of a model that only repeat nothing wanted need not name a known model.
        let Ok(model) = draft.model(&name, table, row, product, findings) else { continue };
        for entry in entries {
            if !first_rows.admit(table, row, product, model, &plant, &entry, draft, findings) {
                continue;
            }
            let Entry { period, units, days, column } = entry;
            draft.volumes.push(VolumeDraft { model, period, units, days, origin: table.origin(row), column });
        }
    }
    first_rows.note_pooled(table, findings);
}

/// The column that says whose volume it is.
fn product(table: &Table<'_>, is_by_family: bool) -> Field {
    let order = match (table.kind(), is_by_family) {
        (Kind::Models, _) => [Field::Name, Field::Model, Field::Family],
        (_, true) => [Field::Family, Field::Model, Field::Name],
        (_, false) => [Field::Model, Field::Name, Field::Family],
    };
    order.into_iter().find(|field| table.has(*field)).unwrap_or(Field::Model)
}

struct Entry {
    period: Option<Written>,
    units: f64,
    days: Option<f64>,
    column: u32,
}

/// The period columns of a wide sheet: the column of the volume and, where there is one, of the days.
struct WideColumns {
    volumes: Vec<(Written, u32, Option<u32>)>,
}

impl WideColumns {
    fn of(table: &Table<'_>) -> Option<WideColumns> {
        let is_long = table.has(Field::Period) && table.has(Field::Volume);
        let days = |wanted: Written| {
            table.candidate.columns.iter().find(|column| column.role == Some(Role::DaysOf(wanted))).map(|column| column.index)
        };
        let volumes: Vec<_> = table
            .candidate
            .columns
            .iter()
            .filter_map(|column| match column.role {
                Some(Role::VolumeOf(written)) => Some((written, column.index, days(written))),
                _ => None,
            })
            .collect();
        (!volumes.is_empty() && !is_long).then_some(WideColumns { volumes })
    }

    fn entries(&self, table: &Table<'_>, row: usize, row_days: Option<f64>, findings: &mut Findings) -> Vec<Entry> {
        let mut entries = Vec::with_capacity(self.volumes.len());
        for (written, column, days_column) in &self.volumes {
            let units = table.number_at(row, *column, "volume", Rule::COUNT, findings);
            let days = days_column.map_or(Ok(None), |days| table.number_at(row, days, "number of operating days", Rule::MEASURE, findings));
            let (Ok(units), Ok(days)) = (units, days) else { continue };
            if units.is_some() || days.is_some() {
                let units = units.unwrap_or(0.0);
                entries.push(Entry { period: Some(*written), units, days: days.or(row_days), column: *column });
            }
        }
        entries
    }
}

fn long_entries(table: &Table<'_>, row: usize, days: Option<f64>, findings: &mut Findings) -> Vec<Entry> {
    let volume = if table.has(Field::Volume) { Field::Volume } else { Field::AnnualVolume };
    let period = if table.has(Field::Period) { table.period(row, Field::Period, findings).map(Some) } else { Ok(None) };
    let units = table.number(row, volume, Rule::COUNT, findings);
    let (Ok(period), Ok(units)) = (period, units) else { return Vec::new() };
    if units.is_none() {
        let message = "an empty volume counts as 0";
        findings.tally(Severity::Note, "empty_volume", table.place(row, volume), "an empty cell", "a number", message);
    }
    let column = table.column(volume).unwrap_or_default();
    vec![Entry { period, units: units.unwrap_or(0.0), days, column }]
}

/// Where each model's volume of a period was first seen.
#[derive(Default)]
struct FirstRows {
    rows: HashMap<(usize, Option<Written>, String), u32>,
    /// The plant that a model's volumes name, and whether another one does too.
    plants: HashMap<usize, String>,
    pooled: usize,
}

impl FirstRows {
    #[allow(clippy::too_many_arguments)] // all of it goes into one message
    fn admit(
        &mut self,
        table: &Table<'_>,
        row: usize,
        product: Field,
        model: usize,
        plant: &str,
        entry: &Entry,
        draft: &Draft,
        findings: &mut Findings,
    ) -> bool {
        if self.plants.entry(model).or_insert_with(|| plant.to_owned()) != plant {
            self.pooled += 1;
        }
        let Some(first) = self.rows.insert((model, entry.period, plant.to_owned()), table.number_of(row)) else { return true };
        let name = &draft.models[model].name;
        let period = entry.period.map_or_else(|| "the year".to_owned(), show_written);
        let place = if first == table.number_of(row) { table.cell_place(row, entry.column) } else { table.place(row, product) };
        let message = format_args!("'{name}' has a volume for {period} already in row {first}");
        findings.error("duplicate", place, format_args!("{name}, {period}"), "one volume for a model and period", message);
        false
    }

    fn note_pooled(&self, table: &Table<'_>, findings: &mut Findings) {
        if self.pooled > 0 {
            let message = "models have volumes in several plants; they are added up and may be made wherever a line can make them";
            findings.warning("volumes_pooled", table.column_place(Field::Plant), format_args!("{} volumes", self.pooled), "", message);
        }
    }
}
