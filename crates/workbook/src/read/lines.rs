//! Rows of the sheet of lines.
//!
//! The time a line can run on a day is given in seconds, minutes or hours; the heading says which, and where it is silent or
//! contradicts its numbers, the size of the numbers does.
//!
//! **Invariant:** every line that is named is declared, also when its row has mistakes, so that nothing that mentions it is
//! called unknown.

use std::collections::HashMap;

use super::ReadOptions;
use super::cells::Value;
use super::draft::{Draft, LineDraft};
use super::findings::Findings;
use super::fold::words;
use super::numbers::{Nature, Separators, parse};
use super::shifts::read_patterns;
use super::table::{Rule, Table};
use super::vocabulary::Field;

/// Declares the lines.
pub(super) fn read_lines(table: &Table<'_>, options: &ReadOptions, draft: &mut Draft, findings: &mut Findings) {
    let unit = TimeUnit::of_column(table, Field::AvailableTime, findings);
    let efficiency_reading = table.share_reading(Field::Efficiency);
    if table.has(Field::Efficiency) {
        table.note_share_reading(Field::Efficiency, efficiency_reading, findings);
    }
    let mut first_rows: HashMap<(String, usize), u32> = HashMap::new();
    let mut inactive = Vec::new();
    for row in table.rows(Field::Name, findings) {
        let name = table.required_text(row, Field::Name, findings);
        let plant = read_plant(table, row, options, draft, findings);
        let area = table
            .required_text(row, Field::Area, findings)
            .and_then(|area| draft.area(&area, table, row, Field::Area, findings))
            .unwrap_or_else(|_| draft.areas.len().saturating_sub(1));
        let hours_per_day = read_hours_per_day(table, row, unit, findings);
        let overtime = table.number(row, Field::Overtime, Rule::MEASURE, findings).ok().flatten().unwrap_or(0.0);
        if hours_per_day + overtime > 24.0 + 1e-9 && hours_per_day <= 24.0 {
            let message = format_args!("{hours_per_day} h and {overtime} h of overtime make a day of over 24 h");
            findings.error("over_24_hours", table.place(row, Field::Overtime), overtime, "at most 24 h a day in all", message);
        }
        let maintenance_hours = table.number(row, Field::Maintenance, Rule::MEASURE, findings).ok().flatten().unwrap_or(0.0);
        let opening_cost = table.number(row, Field::OpeningCost, Rule::MEASURE, findings).ok().flatten().unwrap_or(0.0);
        let patterns = read_patterns(table, row, findings);
        let efficiency = table.share(row, Field::Efficiency, efficiency_reading, findings).ok().flatten();
        let active = table.flag(row, Field::Active, findings).ok().flatten().unwrap_or(true);
        let Ok(name) = name else { continue };
        if draft.areas.is_empty() {
            draft.declare_area("");
        }
        if let Some(first) = first_rows.get(&(name.clone().into_owned(), plant)) {
            let message = format_args!("the line '{name}' stands already in row {first}");
            findings.error("duplicate", table.place(row, Field::Name), &name, "each line once in a plant", message);
            continue;
        }
        first_rows.insert((name.clone().into_owned(), plant), table.number_of(row));
        if !active {
            inactive.push(name.clone().into_owned());
        }
        let at = draft.line_names.declare(&name);
        draft.lines_of_name.resize(draft.line_names.len(), Vec::new());
        draft.lines_of_name[at].push(draft.lines.len());
        draft.lines.push(LineDraft {
            name: name.into_owned(),
            plant,
            area: area.min(draft.areas.len() - 1),
            hours_per_day,
            overtime_hours_per_day: overtime,
            maintenance_hours,
            opening_cost,
            patterns,
            efficiency,
            active,
            origin: Some(table.origin(row)),
        });
    }
    if !inactive.is_empty() {
        let message =
            format_args!("{} lines are not active and are left out: {}", inactive.len(), super::findings::clip(&inactive.join(", ")));
        findings.note("inactive", table.column_place(Field::Active), inactive.len(), "", message);
    }
}

/// The row's plant; an empty cell means the default.
fn read_plant(table: &Table<'_>, row: usize, options: &ReadOptions, draft: &mut Draft, findings: &mut Findings) -> usize {
    match table.text(row, Field::Plant, findings) {
        Ok(Some(plant)) => draft.plants.declare(&plant),
        Ok(None) if table.has(Field::Plant) => {
            let message = format_args!("the line names no plant; '{}' is assumed", options.default_plant);
            findings.tally(
                line_plan::Severity::Warning,
                "missing_plant",
                table.place(row, Field::Plant),
                "an empty cell",
                "the plant",
                message,
            );
            draft.plants.declare(&options.default_plant)
        }
        _ => draft.plants.declare(&options.default_plant),
    }
}

fn read_hours_per_day(table: &Table<'_>, row: usize, unit: TimeUnit, findings: &mut Findings) -> f64 {
    let Ok(time) = table.required_number(row, Field::AvailableTime, Rule::MEASURE, findings) else { return 0.0 };
    let hours = time / unit.per_hour();
    if hours > 24.0 + 1e-9 {
        let message = match unit {
            TimeUnit::Hours => format!("{hours} h are more than a day has"),
            _ => format!("{time} {} a day are {hours} h, more than a day has", unit.name()),
        };
        findings.error("over_24_hours", table.place(row, Field::AvailableTime), time, "at most 24 h a day", message);
        return 24.0;
    }
    if time == 0.0 {
        let message = "the line has no time; it can make nothing";
        findings.warning("line_without_time", table.place(row, Field::AvailableTime), time, "more than 0", message);
    }
    hours
}

/// What a time is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TimeUnit {
    Seconds,
    Minutes,
    Hours,
}

impl TimeUnit {
    pub(super) fn name(self) -> &'static str {
        match self {
            TimeUnit::Seconds => "seconds",
            TimeUnit::Minutes => "minutes",
            TimeUnit::Hours => "hours",
        }
    }

    fn per_hour(self) -> f64 {
        match self {
            TimeUnit::Seconds => 3600.0,
            TimeUnit::Minutes => 60.0,
            TimeUnit::Hours => 1.0,
        }
    }

    /// Seconds in one of it (s).
    pub(super) fn seconds(self) -> f64 {
        3600.0 / self.per_hour()
    }

    /// The unit that a heading names.
    pub(super) fn of_heading(heading: &str) -> Option<TimeUnit> {
        words(heading).iter().find_map(|word| match word.stem.as_str() {
            "s" | "sec" | "seg" | "sek" | "second" | "segundo" | "sekunde" | "sekunden" => Some(TimeUnit::Seconds),
            "min" | "minute" | "minuto" | "minuten" => Some(TimeUnit::Minutes),
            "h" | "hr" | "hour" | "hora" | "stunde" | "stunden" | "std" => Some(TimeUnit::Hours),
            _ => None,
        })
    }

    /// The unit of a column of times per day.
    fn of_column(table: &Table<'_>, field: Field, findings: &mut Findings) -> TimeUnit {
        let numbers = table.values(field).filter_map(|value| match value {
            Value::Number(number) => Some(number),
            Value::Text(_) => parse(&table.show(value), Separators::default(), Nature::Measure).map(|read| read.value),
            _ => None,
        });
        let (least, most) =
            numbers.filter(|number| *number > 0.0).fold((f64::MAX, 0.0_f64), |(least, most), n| (least.min(n), most.max(n)));
        let by_size = match most {
            most if most <= 24.0 => TimeUnit::Hours,
            most if most <= 1440.0 => TimeUnit::Minutes,
            _ => TimeUnit::Seconds,
        };
        let heading = table.column(field).map_or("", |column| table.heading(column));
        let by_heading = TimeUnit::of_heading(heading);
        let place = table.column_place(field);
        match by_heading {
            None => {
                let message = format_args!("the heading names no unit; by their size the times are {} per day", by_size.name());
                findings.note("time_unit", place, heading, "a unit in the heading", message);
                by_size
            }
            // All the numbers contradict the heading: nobody runs a line for 20 seconds a day, or for 70,000 hours.
            Some(unit) if most > 0.0 && (least / unit.per_hour() > 24.0 || most / unit.per_hour() < 0.02) && by_size != unit => {
                let message = format_args!("the heading says {}, but by their size the times are {} per day", unit.name(), by_size.name());
                findings.warning("unit_contradicts_heading", place, format_args!("{least} to {most}"), unit.name(), message);
                by_size
            }
            Some(unit) => unit,
        }
    }
}
