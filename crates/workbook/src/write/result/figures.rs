//! The document's figures, arranged as the sheets need them.
//!
//! **Invariant:** every order is that of the document or of names; nothing depends on hashing.

use std::collections::BTreeMap;

use line_plan::{LineEntry, PlanDocument};

/// A line: plant and name.
pub(super) type LineKey<'a> = (&'a str, &'a str);
/// What is made of a product in an area: model, and board or side where there are several.
pub(super) type PartKey<'a> = (&'a str, &'a str);

/// An area with everything that happens in it.
pub(super) struct AreaFigures<'a> {
    pub name: &'a str,
    /// Its lines, with one entry per period where there is one.
    pub lines: BTreeMap<LineKey<'a>, Vec<Option<&'a LineEntry>>>,
    /// What is made, or was wanted and could not be made, in it.
    pub parts: Vec<PartKey<'a>>,
    /// Units and hours by part, line and period.
    pub made: BTreeMap<PartKey<'a>, BTreeMap<LineKey<'a>, Vec<(f64, f64)>>>,
}

/// Demand and deliveries of a model and period.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Wanted {
    pub demand: f64,
    pub finished: f64,
    pub delivered: f64,
}

/// All figures.
pub(super) struct Figures<'a> {
    pub periods: Vec<&'a str>,
    pub several_plants: bool,
    pub areas: Vec<AreaFigures<'a>>,
    /// By model, one entry per period.
    pub wanted: BTreeMap<&'a str, Vec<Wanted>>,
}

impl<'a> Figures<'a> {
    pub(super) fn of(document: &'a PlanDocument) -> Figures<'a> {
        let periods: Vec<&str> = document.periods.iter().map(|period| period.name.as_str()).collect();
        let at: BTreeMap<&str, usize> = periods.iter().enumerate().map(|(at, name)| (*name, at)).collect();
        let mut wanted: BTreeMap<&str, Vec<Wanted>> = BTreeMap::new();
        for entry in &document.finished {
            let Some(period) = at.get(entry.period.as_str()) else { continue };
            let cell = &mut wanted.entry(&entry.model).or_insert_with(|| vec![Wanted::default(); periods.len()])[*period];
            cell.demand += entry.demand_units;
            cell.finished += entry.finished_units;
            cell.delivered += entry.delivered_units;
        }
        let areas = document.areas.iter().map(|area| AreaFigures::of(document, area, &at)).collect();
        let several_plants = document.lines.iter().any(|line| line.plant != document.lines[0].plant);
        Figures { periods, several_plants, areas, wanted }
    }
}

impl<'a> AreaFigures<'a> {
    fn of(document: &'a PlanDocument, name: &'a str, periods: &BTreeMap<&str, usize>) -> AreaFigures<'a> {
        let mut lines: BTreeMap<LineKey<'a>, Vec<Option<&LineEntry>>> = BTreeMap::new();
        for entry in document.lines.iter().filter(|entry| entry.area == name) {
            let Some(period) = periods.get(entry.period.as_str()) else { continue };
            lines.entry((&entry.plant, &entry.line)).or_insert_with(|| vec![None; periods.len()])[*period] = Some(entry);
        }
        let mut made: BTreeMap<PartKey<'a>, BTreeMap<LineKey<'a>, Vec<(f64, f64)>>> = BTreeMap::new();
        for entry in document.allocations.iter().filter(|entry| entry.area == name) {
            let Some(period) = periods.get(entry.period.as_str()) else { continue };
            let line = (entry.plant.as_str(), entry.line.as_str());
            let part = made.entry((&entry.model, &entry.step)).or_default();
            let cell = &mut part.entry(line).or_insert_with(|| vec![(0.0, 0.0); periods.len()])[*period];
            cell.0 += entry.units;
            cell.1 += entry.hours;
        }
        for entry in document.unmet.iter().filter(|entry| entry.area == name) {
            let model = entry.model.as_str();
            if made.range((model, "")..).next().is_none_or(|((next, _), _)| *next != model) {
                made.insert((model, ""), BTreeMap::new());
            }
        }
        AreaFigures { name, lines, parts: made.keys().copied().collect(), made }
    }

    /// Units and hours of a part on a line in a period.
    pub(super) fn made(&self, part: PartKey<'a>, line: LineKey<'a>, period: usize) -> (f64, f64) {
        self.made.get(&part).and_then(|lines| lines.get(&line)).map_or((0.0, 0.0), |periods| periods[period])
    }
}

/// A part as people call it.
pub(super) fn part_name((model, step): PartKey<'_>) -> String {
    if step.is_empty() { model.to_owned() } else { format!("{model} {step}") }
}
