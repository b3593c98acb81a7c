//! Operating days: rows of the calendar, and what they and the volumes' own days say together.
//!
//! A calendar rules; without one the most common days of the models that have a volume do. A model whose own days differ is
//! named: its volume is still wanted whole, only its daily rate differs.
//!
//! **Invariant:** no period has more operating days than days.

use std::collections::{BTreeMap, HashMap};

use super::draft::{CalendarDraft, Draft, Scope, VolumeDraft};
use super::findings::{Findings, Place};
use super::fold::fold;
use super::periods::{Grain, Period};
use super::table::{Noted, Rule, Table};
use super::vocabulary::Field;

/// Adds the rows of a calendar.
pub(super) fn read_calendar(table: &Table<'_>, draft: &mut Draft, findings: &mut Findings) {
    let mut first_rows = HashMap::new();
    for row in table.rows(Field::Period, findings) {
        let period = table.period(row, Field::Period, findings);
        let days = table.required_number(row, Field::OperatingDays, Rule::MEASURE, findings);
        let scope = read_scope(table, row, draft, findings);
        let (Ok(period), Ok(days), Ok(scope)) = (period, days, scope) else { continue };
        if let Some(first) = first_rows.insert((period, scope), table.number_of(row)) {
            let message = format_args!("row {first} gives days for the same already");
            let found = table.remark(row, Field::Period);
            findings.error("duplicate", table.place(row, Field::Period), found, "each period once for a line, area or plant", message);
            continue;
        }
        draft.calendar.push(CalendarDraft { period, scope, days, origin: table.origin(row) });
    }
}

fn read_scope(table: &Table<'_>, row: usize, draft: &mut Draft, findings: &mut Findings) -> Result<Scope, Noted> {
    let is_all = |name: &str| matches!(fold(name).as_str(), "*" | "all" | "todas" | "todos" | "alle");
    let plant = draft.plant_of_row(table, row, findings)?;
    if let Some(name) = table.text(row, Field::Line, findings)?.filter(|name| !is_all(name)) {
        // One column may name lines and areas; a line's name goes first.
        if draft.line_names.find(&name).is_none()
            && let Some(area) = draft.area_names.find(&name)
        {
            return Ok(Scope::Area(area));
        }
        return draft.line(&name, plant, table, row, Field::Line, findings).map(Scope::Line);
    }
    if let Some(name) = table.text(row, Field::Area, findings)?.filter(|name| !is_all(name)) {
        return match draft.area_names.find(&name) {
            Some(area) => Ok(Scope::Area(area)),
            None => {
                let suggestion = draft.area_names.suggestion(&name);
                let message = format_args!("unknown area '{name}'{suggestion}");
                findings.error("unknown_area", table.place(row, Field::Area), &name, "an area", message);
                Err(Noted)
            }
        };
    }
    Ok(plant.map_or(Scope::All, Scope::Plant))
}

/// The operating days of every period, for all and for those that differ (d).
pub(super) struct Days {
    base: Vec<f64>,
    special: HashMap<(usize, Scope), f64>,
}

impl Days {
    pub(super) fn of_period(&self, period: usize) -> f64 {
        self.base[period]
    }

    /// A line's own days, else its area's, else its plant's, else all.
    pub(super) fn of_line(&self, period: usize, line: usize, area: usize, plant: usize) -> f64 {
        [Scope::Line(line), Scope::Area(area), Scope::Plant(plant)]
            .into_iter()
            .find_map(|scope| self.special.get(&(period, scope)).copied())
            .unwrap_or(self.base[period])
    }
}

/// A volume with its period, ready for the check of days.
pub(super) struct Placed<'a> {
    pub volume: &'a VolumeDraft,
    pub period: usize,
}

/// The heading of a column of a sheet, for places.
pub(super) type HeadingOf<'a> = &'a dyn Fn(usize, u32) -> String;

/// The days that a volume's row gives.
#[derive(Clone, Copy)]
struct OwnDays {
    days: f64,
    /// They are a year's, spread over shorter periods, so they differ from any calendar.
    is_spread: bool,
}

/// Decides the days of every period.
pub(super) fn decide(
    draft: &Draft,
    grain: Grain,
    periods: &[Option<Period>],
    index: &HashMap<Option<Period>, usize>,
    placed: &[Placed<'_>],
    heading_of: HeadingOf<'_>,
    findings: &mut Findings,
) -> Days {
    let mut days = Days { base: vec![0.0; periods.len()], special: HashMap::new() };
    let mut ruled = vec![false; periods.len()];
    for row in &draft.calendar {
        let place = || Place::row(row.origin.sheet, row.origin.row);
        if row.days > grain.most_days() {
            too_many(row.days, grain, place(), findings);
            continue;
        }
        // Periods without volumes need no days.
        let Some(period) = row.period.at(grain).and_then(|period| index.get(&Some(period)).copied()) else { continue };
        if row.scope == Scope::All {
            days.base[period] = row.days;
            ruled[period] = true;
        } else {
            days.special.insert((period, row.scope), row.days);
        }
    }
    let own = own_days(draft, grain, placed, heading_of, findings);
    for period in 0..periods.len() {
        if !ruled[period] {
            days.base[period] = most_common(
                placed.iter().zip(&own).filter(|(placed, _)| placed.period == period).filter_map(|(_, own)| own.map(|own| own.days)),
            );
        }
    }
    check_volumes(draft, &days, &ruled, placed, &own, heading_of, findings);
    days
}

/// Each volume's own days; yearly days of a shorter period are spread evenly.
fn own_days(
    draft: &Draft,
    grain: Grain,
    placed: &[Placed<'_>],
    heading_of: HeadingOf<'_>,
    findings: &mut Findings,
) -> Vec<Option<OwnDays>> {
    let mut own = Vec::with_capacity(placed.len());
    for placed in placed {
        let given = placed.volume.days.or(draft.models[placed.volume.model].operating_days);
        own.push(match given {
            Some(given) if given > grain.most_days() && grain != Grain::Year && given <= Grain::Year.most_days() => {
                let spread = given / grain.per_year();
                let message =
                    format_args!("{given} operating days are a year's; {spread:.2} of them are counted in each of the {}", grain.name());
                let place = Place { column: None, ..place_of(placed, heading_of) };
                findings.tally(line_plan::Severity::Warning, "annual_days_spread", place, given, "the days of the period", message);
                Some(OwnDays { days: spread, is_spread: true })
            }
            Some(given) if given > grain.most_days() => {
                too_many(given, grain, place_of(placed, heading_of), findings);
                // Refused once; taken as given, so that it is not also called missing.
                Some(OwnDays { days: grain.most_days(), is_spread: true })
            }
            given => given.filter(|given| *given > 0.0).map(|days| OwnDays { days, is_spread: false }),
        });
    }
    own
}

fn too_many(days: f64, grain: Grain, place: Place, findings: &mut Findings) {
    let message = format_args!("{days} operating days are more than such a period has");
    findings.error("too_many_days", place, days, format_args!("at most {} days in {}", grain.most_days(), grain.name()), message);
}

fn place_of(placed: &Placed<'_>, heading_of: HeadingOf<'_>) -> Place {
    let origin = placed.volume.origin;
    Place { column: Some((placed.volume.column, heading_of(origin.sheet, placed.volume.column))), ..Place::row(origin.sheet, origin.row) }
}

/// The most common number; of equally common ones the largest; 0 if there is none.
fn most_common(days: impl Iterator<Item = f64>) -> f64 {
    let mut counts: BTreeMap<u64, usize> = BTreeMap::new();
    for days in days {
        // Positive floats order like their bits.
        *counts.entry(days.to_bits()).or_default() += 1;
    }
    counts.into_iter().max_by_key(|(bits, count)| (*count, *bits)).map_or(0.0, |(bits, _)| f64::from_bits(bits))
}

fn check_volumes(
    draft: &Draft,
    days: &Days,
    ruled: &[bool],
    placed: &[Placed<'_>],
    own: &[Option<OwnDays>],
    heading_of: HeadingOf<'_>,
    findings: &mut Findings,
) {
    for (placed, own) in placed.iter().zip(own) {
        if placed.volume.units <= 0.0 || !draft.models[placed.volume.model].active {
            continue;
        }
        let base = days.base[placed.period];
        let name = &draft.models[placed.volume.model].name;
        match own {
            None if !ruled[placed.period] => {
                let message = format_args!("'{name}' has a volume but no operating days, and no calendar gives them");
                findings.error(
                    "volume_without_operating_days",
                    place_of(placed, heading_of),
                    placed.volume.units,
                    "operating days above 0",
                    message,
                );
            }
            Some(OwnDays { days: own, is_spread: false }) if (own - base).abs() > 1e-9 => {
                let message = format_args!(
                    "'{name}' counts on {own} operating days, the period has {base}; its volume is wanted whole, over the days of the period"
                );
                findings.warning("operating_days_differ", place_of(placed, heading_of), own, base, message);
            }
            _ => {}
        }
    }
}
