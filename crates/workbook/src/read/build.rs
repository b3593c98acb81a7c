//! From the draft to the problem: settles the periods, windows and days, completes the routings, and leaves out what is not active.
//!
//! **Invariant:** the problem that comes out keeps the order of the sheets, and every index in it is valid.

use std::collections::{BTreeSet, HashMap};

use line_plan::{Area, Capability, Changeover, ChangeoverKey, Demand, Line, Model, Problem, ShiftPattern, Step, Window};

use super::calendar::{self, Days, HeadingOf, Placed};
use super::draft::{Draft, LineDraft, Origin, RouteTarget, VolumeDraft};
use super::findings::{Findings, Place};
use super::fold::fold;
use super::periods::{self, Grain, Period, Written};

/// Builds the problem; with errors among the findings it may be nothing or incomplete and is not used.
pub(super) fn build(mut draft: Draft, heading_of: HeadingOf<'_>, findings: &mut Findings) -> Option<Problem> {
    let periods = settle_periods(&draft, heading_of, findings)?;
    add_annual_volumes(&mut draft, &periods, findings);
    route(&mut draft, findings);
    check_makeable(&mut draft, findings);
    let placed: Vec<Placed<'_>> =
        draft.volumes.iter().filter_map(|volume| periods.of(volume.period).map(|period| Placed { volume, period })).collect();
    let days = calendar::decide(&draft, periods.grain, &periods.list, &periods.index, &placed, heading_of, findings);
    if findings.any_error() {
        return None;
    }
    Some(problem(&draft, &periods, &days, &placed, findings))
}

/// The periods of the plan in time order; nothing stands for the one year of annual volumes without a year.
struct Periods {
    grain: Grain,
    list: Vec<Option<Period>>,
    index: HashMap<Option<Period>, usize>,
}

impl Periods {
    fn of(&self, written: Option<Written>) -> Option<usize> {
        match written {
            None => self.index.get(&None).copied(),
            Some(written) => self.index.get(&Some(written.at(self.grain)?)).copied(),
        }
    }

    /// The periods between two moments; a period that is covered in part counts if at least half of it is.
    fn window(&self, from: Option<Written>, to: Option<Written>) -> (Window, bool) {
        if from.is_none() && to.is_none() {
            return (Window::ALWAYS, false);
        }
        let (from, to) = (from.map(Written::first), to.map(Written::last));
        let (mut first, mut last, mut is_partial) = (None, None, false);
        for (at, period) in self.list.iter().enumerate() {
            let share = period.map_or(1.0, |period| period.share_within(from, to));
            is_partial |= share > 0.0 && share < 1.0;
            if share >= 0.5 {
                first = first.or(Some(at));
                last = Some(at);
            }
        }
        let window = match (first, last) {
            (Some(first), Some(last)) if last + 1 == self.list.len() => Window { first, last: usize::MAX },
            (Some(first), Some(last)) => Window { first, last },
            _ => Window::NEVER,
        };
        (window, is_partial)
    }
}

fn settle_periods(draft: &Draft, heading_of: HeadingOf<'_>, findings: &mut Findings) -> Option<Periods> {
    let in_calendar = draft.calendar.iter().map(|row| row.period);
    let in_volumes = draft.volumes.iter().filter_map(|volume| volume.period);
    if draft.volumes.is_empty() {
        if !findings.any_error() {
            findings.error(
                "no_volumes",
                Place::file(),
                "no volume",
                "at least one volume",
                "the workbook wants nothing: no row has a volume",
            );
        }
        return None;
    }
    // The volumes decide; the calendar only where they name no period.
    let grain = periods::settle(in_volumes.clone()).or_else(|| periods::settle(in_calendar));
    let grain = grain.unwrap_or(Grain::Year);
    let mut list = BTreeSet::new();
    for volume in &draft.volumes {
        match volume.period.map(|written| written.at(grain)) {
            Some(Some(period)) => drop(list.insert(Some(period))),
            Some(None) => {
                let origin = volume.origin;
                let place = Place {
                    column: Some((volume.column, heading_of(origin.sheet, volume.column))),
                    ..Place::row(origin.sheet, origin.row)
                };
                mixed(place, volume.period, grain, findings);
            }
            None => drop(list.insert(single_calendar_period(draft, grain))),
        }
    }
    for row in draft.calendar.iter().filter(|row| row.period.at(grain).is_none()) {
        mixed(Place::row(row.origin.sheet, row.origin.row), Some(row.period), grain, findings);
    }
    let list: Vec<Option<Period>> = list.into_iter().collect();
    let mut index: HashMap<Option<Period>, usize> = list.iter().enumerate().map(|(at, period)| (*period, at)).collect();
    if let ([Some(_)], Some(at)) = (list.as_slice(), index.values().next().copied()) {
        index.entry(None).or_insert(at);
    }
    Some(Periods { grain, list, index })
}

/// A model that no volume names but that has an annual volume is wanted in every period, a year's share in each.
fn add_annual_volumes(draft: &mut Draft, periods: &Periods, findings: &mut Findings) {
    let mut is_named = vec![false; draft.models.len()];
    draft.volumes.iter().for_each(|volume| is_named[volume.model] = true);
    for model in (0..draft.models.len()).filter(|model| !is_named[*model]) {
        let (Some(annual), Some(origin)) = (draft.models[model].annual_volume.filter(|annual| *annual > 0.0), draft.models[model].origin)
        else {
            continue;
        };
        let units = annual / periods.grain.per_year();
        let message =
            format_args!("no volume names '{}'; its annual volume is used, {units} units in each period", draft.models[model].name);
        findings.warning("annual_volume_used", Place::row(origin.sheet, origin.row), annual, "a volume for each period", message);
        for period in &periods.list {
            draft.volumes.push(VolumeDraft { model, period: period.map(Written::Period), units, days: None, origin, column: 0 });
        }
    }
}

/// Annual volumes without a year belong to the calendar's year, if it has one only.
fn single_calendar_period(draft: &Draft, grain: Grain) -> Option<Period> {
    let years: BTreeSet<Period> = draft.calendar.iter().filter_map(|row| row.period.at(grain)).collect();
    if years.len() == 1 && grain == Grain::Year { years.first().copied() } else { None }
}

fn mixed(place: Place, written: Option<Written>, grain: Grain, findings: &mut Findings) {
    let found = written.map(super::recognise::show_written).unwrap_or_default();
    let message = format_args!("the other periods of this workbook are {}; '{found}' is none", grain.name());
    findings.error("mixed_periods", place, &found, format_args!("{} only", grain.name()), message);
}

/// Adds what the routings say to the steps that the capabilities make.
fn route(draft: &mut Draft, findings: &mut Findings) {
    for step in &mut draft.steps {
        // Shape B keeps its quantities: there a step has a name or the quantity of its row.
        if let (Some(passes), 1.0) = (draft.areas[step.area].passes, step.passes) {
            step.passes = passes;
        }
    }
    let mut steps_of: HashMap<(usize, usize), Vec<usize>> = HashMap::new();
    for (at, step) in draft.steps.iter().enumerate() {
        steps_of.entry((step.model, step.area)).or_default().push(at);
    }
    let mut models_of: HashMap<String, Vec<usize>> = HashMap::new();
    for (at, model) in draft.models.iter().enumerate() {
        models_of.entry(fold(&model.family)).or_default().push(at);
    }
    let mut skipped = BTreeSet::new();
    let mut listed: HashMap<usize, BTreeSet<usize>> = HashMap::new();
    // A family's rows first, so that a model's own row overrules them.
    let mut routes = draft.routes.clone();
    routes.sort_by_key(|route| matches!(route.target, RouteTarget::Model(_)));
    for route in &routes {
        let is_model = matches!(route.target, RouteTarget::Model(_));
        let models: Vec<usize> = match &route.target {
            RouteTarget::Model(model) => vec![*model],
            RouteTarget::Family(family) => models_of.get(&fold(family)).cloned().unwrap_or_default(),
        };
        for model in models {
            if route.is_complete {
                listed.entry(model).or_default().insert(route.area);
            }
            if route.passes == Some(0.0) {
                skipped.insert((model, route.area));
                continue;
            }
            skipped.remove(&(model, route.area));
            let steps = steps_of.get(&(model, route.area)).map_or(&[][..], Vec::as_slice);
            if steps.is_empty() && draft.models[model].active {
                note_unmakeable(draft, model, route.area, route.origin, is_model || route.is_complete, findings);
            }
            for step in steps {
                draft.steps[*step].passes = route.passes.unwrap_or(draft.steps[*step].passes);
            }
        }
    }
    leave_out_steps(draft, &skipped, &listed, findings);
}

fn note_unmakeable(draft: &Draft, model: usize, area: usize, origin: Origin, is_certain: bool, findings: &mut Findings) {
    let (model, area) = (&draft.models[model].name, draft.area_names.name(area));
    let message = format_args!("the routing sends '{model}' through '{area}', where no line can make it");
    let place = Place::row(origin.sheet, origin.row);
    let expected = format!("a compatibility of '{model}' with a line of '{area}'");
    if is_certain {
        findings.error("routing_without_capability", place, "no compatibility", expected, message);
    } else {
        findings.warning("routing_without_capability", place, "no compatibility", expected, message);
    }
}

/// Takes away the steps that a routing leaves out, with their capabilities.
fn leave_out_steps(
    draft: &mut Draft,
    skipped: &BTreeSet<(usize, usize)>,
    listed: &HashMap<usize, BTreeSet<usize>>,
    findings: &mut Findings,
) {
    let is_left_out =
        |model: usize, area: usize| skipped.contains(&(model, area)) || listed.get(&model).is_some_and(|areas| !areas.contains(&area));
    let mut kept = vec![None; draft.steps.len()];
    let mut steps = Vec::new();
    for (at, step) in draft.steps.iter().enumerate() {
        if is_left_out(step.model, step.area) {
            let (model, area) = (&draft.models[step.model].name, draft.area_names.name(step.area));
            let message = format_args!("the routing of '{model}' does not pass '{area}'; its compatibilities there are not used");
            let place = step.origin.map_or_else(Place::file, |origin| Place::row(origin.sheet, origin.row));
            findings.warning("outside_routing", place, area, "", message);
        } else {
            kept[at] = Some(steps.len());
            steps.push(step.clone());
        }
    }
    draft.steps = steps;
    draft.capabilities.retain_mut(|capability| match kept[capability.step] {
        Some(step) => {
            capability.step = step;
            true
        }
        None => false,
    });
}

/// A model that is wanted but that nothing can make stays wanted: it gets a step in the last area, without lines.
fn check_makeable(draft: &mut Draft, findings: &mut Findings) {
    let mut has_step = vec![false; draft.models.len()];
    draft.steps.iter().for_each(|step| has_step[step.model] = true);
    let mut wanted: HashMap<usize, (f64, Origin)> = HashMap::new();
    for volume in draft.volumes.iter().filter(|volume| volume.units > 0.0) {
        wanted.entry(volume.model).or_insert((0.0, volume.origin)).0 += volume.units;
    }
    let orders = area_orders(draft);
    let last_area = (0..orders.len()).max_by_key(|area| (orders[*area], *area));
    for model in 0..draft.models.len() {
        let Some((units, origin)) = wanted.get(&model).copied().filter(|_| draft.models[model].active && !has_step[model]) else {
            continue;
        };
        let name = draft.models[model].name.clone();
        let message = format_args!("'{name}' has a volume but no line can make it; it will stay unmet");
        let place = Place::row(origin.sheet, origin.row);
        findings.warning("model_without_capability", place, format_args!("{units} units"), "a compatibility with a line", message);
        if let Some(area) = last_area {
            draft.step(model, area, "", None);
        }
    }
}

/// Areas without an order come after those with one, as they appear.
fn area_orders(draft: &Draft) -> Vec<u32> {
    let largest = draft.areas.iter().filter_map(|area| area.order).max().unwrap_or(0);
    draft.areas.iter().enumerate().map(|(at, area)| area.order.unwrap_or(largest.saturating_add(at as u32 + 1))).collect()
}

fn problem(draft: &Draft, periods: &Periods, days: &Days, placed: &[Placed<'_>], findings: &mut Findings) -> Problem {
    let lines = Kept::of(draft.lines.iter().map(|line| line.active));
    let models = Kept::of(draft.models.iter().map(|model| model.active));
    let steps = Kept::of(draft.steps.iter().map(|step| draft.models[step.model].active));
    note_left_out(draft, &lines, &steps, findings);
    let orders = area_orders(draft);
    Problem {
        areas: (0..draft.areas.len())
            .map(|area| Area {
                name: draft.area_names.name(area).to_owned(),
                order: orders[area],
                predecessors: draft.areas[area].predecessors.clone(),
            })
            .collect(),
        lines: lines.list.iter().map(|line| public_line(draft, *line, days, periods.list.len())).collect(),
        models: models.list.iter().map(|model| public_model(draft, *model, periods, findings)).collect(),
        periods: public_periods(periods, days),
        steps: steps
            .list
            .iter()
            .map(|step| &draft.steps[*step])
            .map(|step| Step { model: models.index[step.model], area: step.area, name: step.name.clone(), passes: step.passes })
            .collect(),
        capabilities: public_capabilities(draft, periods, &lines, &steps, findings),
        demand: placed
            .iter()
            .filter(|placed| draft.models[placed.volume.model].active && placed.volume.units > 0.0)
            .map(|placed| Demand { model: models.index[placed.volume.model], period: placed.period, units: placed.volume.units })
            .collect(),
        released: Vec::new(),
        shift_patterns: lines.list.iter().enumerate().flat_map(|(index, line)| public_patterns(&draft.lines[*line], index)).collect(),
        changeovers: draft.changeovers.iter().filter_map(|changeover| public_changeover(changeover, draft, &lines, &models)).collect(),
    }
}

/// What stays, and its new index.
struct Kept {
    list: Vec<usize>,
    index: Vec<usize>,
    stays: Vec<bool>,
}

impl Kept {
    fn of(stays: impl Iterator<Item = bool>) -> Kept {
        let stays: Vec<bool> = stays.collect();
        let list: Vec<usize> = (0..stays.len()).filter(|at| stays[*at]).collect();
        let mut index = vec![usize::MAX; stays.len()];
        list.iter().enumerate().for_each(|(new, old)| index[*old] = new);
        Kept { list, index, stays }
    }
}

fn note_left_out(draft: &Draft, lines: &Kept, steps: &Kept, findings: &mut Findings) {
    let left_out = draft.capabilities.iter().filter(|c| !(lines.stays[c.line] && steps.stays[c.step])).count();
    if left_out > 0 {
        let message = format_args!("{left_out} compatibilities of lines or models that are not active are left out");
        findings.note("inactive", Place::file(), left_out, "", message);
    }
    let mut can_be_done = vec![false; draft.steps.len()];
    let mut had_line = vec![false; draft.steps.len()];
    for capability in &draft.capabilities {
        had_line[capability.step] = true;
        can_be_done[capability.step] |= lines.stays[capability.line];
    }
    for step in (0..draft.steps.len()).filter(|step| steps.stays[*step] && had_line[*step] && !can_be_done[*step]) {
        let step = &draft.steps[step];
        let (model, area) = (&draft.models[step.model].name, draft.area_names.name(step.area));
        let message = format_args!("all lines that can make '{model}' in '{area}' are not active; it will stay unmet");
        let place = step.origin.map_or_else(Place::file, |origin| Place::row(origin.sheet, origin.row));
        findings.warning("only_inactive_lines", place, model, "an active line", message);
    }
}

fn public_line(draft: &Draft, line: usize, days: &Days, periods: usize) -> Line {
    let of = &draft.lines[line];
    Line {
        name: of.name.clone(),
        plant: draft.plants.name(of.plant).to_owned(),
        area: of.area,
        hours_per_day: of.hours_per_day,
        overtime_hours_per_day: of.overtime_hours_per_day,
        operating_days: (0..periods).map(|period| days.of_line(period, line, of.area, of.plant)).collect(),
        maintenance_hours: if of.maintenance_hours > 0.0 { vec![of.maintenance_hours; periods] } else { Vec::new() },
        opening_cost: of.opening_cost,
    }
}

fn public_patterns(of: &LineDraft, line: usize) -> impl Iterator<Item = ShiftPattern> {
    of.patterns.iter().map(move |p| ShiftPattern { line, name: p.name.clone(), hours_per_day: p.hours_per_day, cost: p.cost })
}

fn public_model(draft: &Draft, model: usize, periods: &Periods, findings: &mut Findings) -> Model {
    let of = &draft.models[model];
    let (life, is_partial) = periods.window(of.start, of.end);
    if let (true, Some(origin)) = (is_partial, of.origin) {
        note_partial(origin, "program", findings);
    }
    Model {
        name: of.name.clone(),
        customer: of.customer.clone(),
        program: of.program.clone(),
        family: of.family.clone(),
        weight: of.weight,
        tier: of.tier,
        unit_value: of.unit_value,
        currency: of.currency.clone(),
        life,
    }
}

fn note_partial(origin: Origin, what: &str, findings: &mut Findings) {
    let message = format_args!("the {what} covers a part of a period; a period counts where at least half of it is covered");
    findings.tally(line_plan::Severity::Warning, "partial_period", Place::row(origin.sheet, origin.row), what, "whole periods", message);
}

/// The label of the one period of annual volumes without a year.
const UNNAMED_YEAR: &str = "Year";

fn public_periods(periods: &Periods, days: &Days) -> Vec<line_plan::Period> {
    let name = |period: &Option<Period>| period.map_or_else(|| UNNAMED_YEAR.to_owned(), Period::label);
    let all = periods.list.iter().enumerate();
    all.map(|(at, period)| line_plan::Period { name: name(period), operating_days: days.of_period(at) }).collect()
}

fn public_capabilities(draft: &Draft, periods: &Periods, lines: &Kept, steps: &Kept, findings: &mut Findings) -> Vec<Capability> {
    let mut windows: HashMap<(Option<Written>, Option<Written>), (Window, bool)> = HashMap::new();
    let mut capabilities = Vec::with_capacity(draft.capabilities.len());
    for of in draft.capabilities.iter().filter(|of| lines.stays[of.line] && steps.stays[of.step]) {
        let (window, is_partial) = *windows.entry((of.from, of.to)).or_insert_with(|| periods.window(of.from, of.to));
        if is_partial {
            note_partial(of.origin, "approval", findings);
        }
        capabilities.push(Capability {
            step: steps.index[of.step],
            line: lines.index[of.line],
            cycle_time_s: of.cycle_time_s,
            efficiency: of.efficiency,
            first_pass_yield: of.first_pass_yield,
            pieces_per_panel: of.pieces_per_panel,
            priority: of.priority,
            minimum_lot: of.minimum_lot,
            approved: if of.approved { window } else { Window::NEVER },
        });
    }
    capabilities
}

fn public_changeover(changeover: &Changeover, draft: &Draft, lines: &Kept, models: &Kept) -> Option<Changeover> {
    let key = |key: &ChangeoverKey| match key {
        ChangeoverKey::Model(model) if !draft.models[*model].active => None,
        ChangeoverKey::Model(model) => Some(ChangeoverKey::Model(models.index[*model])),
        other => Some(other.clone()),
    };
    let line = match changeover.line {
        Some(line) if !lines.stays[line] => return None,
        Some(line) => Some(lines.index[line]),
        None => None,
    };
    Some(Changeover { from: key(&changeover.from)?, to: key(&changeover.to)?, minutes: changeover.minutes, line })
}
