//! From master data and changes to the optimizer's question.
//!
//! **Invariant:** pure: the same plant, changes and parameters give the same question; the order of rows does not matter.
//! **Invariant:** nothing is left out silently: what cannot be planned is a finding that names the record.

mod changes;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::civil::Date;
use line_plan::{
    Balance, Capability, ChangeoverCharging, ChangeoverKey, Demand, Line, Model, Options, Period, PlanModel, Problem, Step, Weight, Window,
};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::periods::{Length, Span};
use crate::plant::{self, Plant};
use crate::scenarios::content::Content;
use crate::scenarios::record::{Balancing, Changeovers, DemandModel, Parameters, WeightOf};

/// The optimizer's question, and whose records its entries are.
#[derive(Clone, Debug)]
pub struct Question {
    /// What is asked.
    pub problem: Problem,
    /// How.
    pub options: Options,
    /// What was noticed while asking.
    pub findings: Vec<Finding>,
    /// The record of each line; none for a new one.
    pub lines: Vec<Option<Uuid>>,
    /// The record of each model.
    pub items: Vec<Uuid>,
    /// The record of each area.
    pub areas: Vec<Uuid>,
}

/// Something about the data that a planner should know.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Finding {
    /// Whether the plan cannot be made because of it.
    pub blocks: bool,
    /// For programs: `no_demand`.
    #[schema(example = "capability_off_routing")]
    pub code: &'static str,
    /// A sentence.
    pub message: String,
    /// The kind of record it is about.
    pub kind: Option<&'static str>,
    /// The record.
    pub record_id: Option<Uuid>,
}

impl Finding {
    fn note(code: &'static str, message: impl Into<String>) -> Finding {
        Finding { blocks: false, code, message: message.into(), kind: None, record_id: None }
    }

    fn block(code: &'static str, message: impl Into<String>) -> Finding {
        Finding { blocks: true, ..Finding::note(code, message) }
    }

    fn about(mut self, kind: &'static str, id: Uuid) -> Finding {
        (self.kind, self.record_id) = (Some(kind), Some(id));
        self
    }
}

/// Asks what this plant can make with these changes, the first ones first.
///
/// # Errors
/// The findings, where one of them keeps the question from being asked.
pub fn ask(plant: &Plant, changes: &[Content], parameters: &Parameters) -> Result<Question, Vec<Finding>> {
    let mut asking = Asking::new(plant, parameters)?;
    for scenario in changes {
        asking.change(scenario);
    }
    asking.finish(parameters)
}

/// A line while it is being changed: what counts in each period.
struct Draft {
    id: Option<Uuid>,
    name: String,
    area: Uuid,
    days: Vec<f64>,
    hours_per_day: Vec<f64>,
    overtime_hours_per_day: f64,
    maintenance: Vec<f64>,
    opening_cost: f64,
    efficiency: f64,
    relative_efficiency: f64,
    relative_cycle_time: f64,
}

struct Asking<'a> {
    plant: &'a Plant,
    periods: Vec<Span>,
    lines: Vec<Draft>,
    capabilities: Vec<(usize, plant::Capability)>,
    demand: BTreeMap<(Uuid, usize), f64>,
    changeovers: Vec<plant::Changeover>,
    findings: Vec<Finding>,
}

const DAYS_WITHOUT_CALENDAR: f64 = 240.0;
const SECONDS_PER_HOUR: f64 = 3600.0;

impl<'a> Asking<'a> {
    fn new(plant: &'a Plant, parameters: &Parameters) -> Result<Self, Vec<Finding>> {
        let wanted: Vec<&plant::Demand> = plant
            .demand
            .iter()
            .filter(|demand| parameters.demand_source.as_ref().is_none_or(|source| demand.source.eq_ignore_ascii_case(source)))
            .collect();
        let periods = periods(&wanted, parameters)?;
        let at: HashMap<&str, usize> = periods.iter().enumerate().map(|(index, period)| (period.name.as_str(), index)).collect();
        let mut demand = BTreeMap::new();
        for wanted in wanted {
            if let Some(period) = at.get(wanted.period.as_str()) {
                *demand.entry((wanted.item, *period)).or_insert(0.0) += wanted.units;
            }
        }
        let mut asking = Asking {
            plant,
            lines: Vec::new(),
            capabilities: Vec::new(),
            demand,
            changeovers: plant.changeovers.clone(),
            findings: Vec::new(),
            periods,
        };
        for line in &plant.lines {
            let draft = asking.draft(line);
            asking.lines.push(draft);
        }
        let line_at: HashMap<Uuid, usize> = plant.lines.iter().enumerate().map(|(index, line)| (line.id, index)).collect();
        let planned = plant.capabilities.iter().filter_map(|capability| Some((*line_at.get(&capability.line)?, capability.clone())));
        asking.capabilities = planned.collect();
        Ok(asking)
    }

    fn draft(&mut self, line: &plant::Line) -> Draft {
        let calendar = self.plant.calendar_of(line);
        let days = |period: &Span| match calendar {
            Some(calendar) => period.operating_days(calendar),
            None => DAYS_WITHOUT_CALENDAR * period.share_of_year(),
        };
        let days: Vec<f64> = self.periods.iter().map(days).collect();
        if calendar.is_none() {
            let message =
                format!("line {} has no calendar, nor has its area or its plant: {DAYS_WITHOUT_CALENDAR} days a year are taken", line.name);
            self.findings.push(Finding::note("no_calendar", message).about("line", line.id));
        }
        let pattern = line.pattern.or_else(|| calendar.and_then(|calendar| calendar.pattern));
        let by_shifts = pattern.and_then(|pattern| self.plant.pattern_hours.get(&pattern)).copied();
        // What the line states counts; its shifts are for lines that state nothing.
        let hours = if line.hours_per_day > 0.0 { line.hours_per_day } else { by_shifts.unwrap_or(0.0) };
        if hours <= 0.0 {
            let message = format!("line {} has neither available time nor shifts, so it makes nothing", line.name);
            self.findings.push(Finding::note("no_hours", message).about("line", line.id));
        }
        Draft {
            id: Some(line.id),
            name: line.name.clone(),
            area: line.area,
            hours_per_day: vec![hours; days.len()],
            overtime_hours_per_day: line.overtime_hours_per_day,
            maintenance: vec![0.0; days.len()],
            opening_cost: line.opening_cost,
            efficiency: line.efficiency,
            relative_efficiency: 1.0,
            relative_cycle_time: 1.0,
            days,
        }
    }

    fn finish(mut self, parameters: &Parameters) -> Result<Question, Vec<Finding>> {
        let plant = self.plant;
        let area_at: HashMap<Uuid, usize> = plant.areas.iter().enumerate().map(|(index, area)| (area.id, index)).collect();
        self.lines.retain(|line| area_at.contains_key(&line.area) || line.id.is_none());
        let item_at: HashMap<Uuid, usize> = plant.items.iter().enumerate().map(|(index, item)| (item.id, index)).collect();
        let (steps, capabilities) = self.steps_and_capabilities(&area_at, &item_at);
        let areas = areas(plant, &area_at);
        let mut named_so: HashMap<&str, usize> = HashMap::new();
        for item in &plant.items {
            *named_so.entry(item.name.as_str()).or_default() += 1;
        }
        let models = plant.items.iter().map(|item| self.model(item, &named_so)).collect::<Vec<_>>();
        let lines = self.lines.iter().map(|line| self.line(line, &area_at)).collect();
        let demand = self
            .demand
            .iter()
            .filter(|(_, wanted)| **wanted > 0.0)
            .filter_map(|((item, period), wanted)| Some(Demand { model: *item_at.get(item)?, period: *period, units: *wanted }))
            .collect();
        let days = |period: &Span| {
            let calendar = plant.areas.iter().find_map(|area| plant.calendars.get(&area.calendar.or(plant.calendar)?));
            calendar.map_or(DAYS_WITHOUT_CALENDAR * period.share_of_year(), |calendar| period.operating_days(calendar))
        };
        let problem = Problem {
            areas,
            lines,
            models,
            periods: self.periods.iter().map(|period| Period { name: period.name.clone(), operating_days: days(period) }).collect(),
            steps,
            capabilities,
            demand,
            changeovers: self.changeovers_of(&item_at),
            shift_patterns: Vec::new(),
            released: Vec::new(),
        };
        if self.findings.iter().any(|finding| finding.blocks) {
            return Err(self.findings);
        }
        Ok(Question {
            problem,
            options: options(parameters),
            lines: self.lines.iter().map(|line| line.id).collect(),
            items: plant.items.iter().map(|item| item.id).collect(),
            areas: plant.areas.iter().map(|area| area.id).collect(),
            findings: self.findings,
        })
    }

    /// The steps of each item: of its routing, or where it has none, wherever some line can make it.
    fn steps_and_capabilities(&mut self, area_at: &HashMap<Uuid, usize>, item_at: &HashMap<Uuid, usize>) -> (Vec<Step>, Vec<Capability>) {
        let plant = self.plant;
        let mut steps: Vec<Step> = Vec::new();
        let mut at: HashMap<(usize, usize), Vec<usize>> = HashMap::new();
        let mut names: Vec<String> = Vec::new();
        let mut routed = BTreeSet::new();
        for step in &plant.steps {
            let (Some(&model), Some(&area)) = (item_at.get(&step.item), area_at.get(&step.area)) else { continue };
            routed.insert(model);
            at.entry((model, area)).or_default().push(steps.len());
            names.push(step.name.clone());
            steps.push(Step { model, area, name: String::new(), passes: step.passes });
        }
        let mut capabilities = Vec::new();
        let mut off_routing: BTreeSet<(usize, usize)> = BTreeSet::new();
        for (line, capability) in &self.capabilities {
            let (Some(&model), Some(&area)) = (item_at.get(&capability.item), area_at.get(&self.lines[*line].area)) else { continue };
            let here = at.entry((model, area)).or_default();
            let found = match here.as_slice() {
                [only] if capability.step.is_empty() || routed.contains(&model) && same(&names[*only], &capability.step) => Some(*only),
                several => several.iter().copied().find(|step| same(&names[*step], &capability.step)),
            };
            let step = match found {
                Some(step) => step,
                None if routed.contains(&model) => {
                    off_routing.insert((model, area));
                    continue;
                }
                None => {
                    here.push(steps.len());
                    names.push(capability.step.clone());
                    steps.push(Step { model, area, name: String::new(), passes: 1.0 });
                    steps.len() - 1
                }
            };
            let draft = &self.lines[*line];
            capabilities.push(Capability {
                step,
                line: *line,
                cycle_time_s: capability.cycle_time_s * draft.relative_cycle_time,
                efficiency: (capability.efficiency.unwrap_or(draft.efficiency) * draft.relative_efficiency).min(1.0),
                first_pass_yield: capability.first_pass_yield,
                pieces_per_panel: capability.pieces_per_panel,
                priority: capability.priority,
                minimum_lot: capability.minimum_lot,
                approved: self.window(capability.approved_from, capability.approved_to),
            });
        }
        // A step is named only where its area has several for the model.
        for same_place in at.values().filter(|steps| steps.len() > 1) {
            for step in same_place {
                steps[*step].name.clone_from(&names[*step]);
            }
        }
        for (model, area) in off_routing {
            let (item, area) = (&plant.items[model], &plant.areas[area].name);
            let message = format!("lines of {area} can make {}, but its routing has no such step there: they are left out", item.name);
            self.findings.push(Finding::note("capability_off_routing", message).about("item", item.id));
        }
        (steps, capabilities)
    }

    /// `named_so`: how many items have each name.
    fn model(&self, item: &plant::Item, named_so: &HashMap<&str, usize>) -> Model {
        let twice = named_so.get(item.name.as_str()).is_some_and(|count| *count > 1);
        let named = |names: &HashMap<Uuid, String>, id: Option<Uuid>| id.and_then(|id| names.get(&id).cloned()).unwrap_or_default();
        Model {
            name: if twice { format!("{} ({})", item.name, item.code) } else { item.name.clone() },
            customer: named(&self.plant.customers, item.customer),
            program: item.program.clone(),
            family: named(&self.plant.families, item.family),
            weight: item.weight,
            tier: item.tier.max(1),
            unit_value: item.unit_value,
            currency: item.currency.clone(),
            life: self.window(item.program_starts, item.program_ends),
        }
    }

    fn line(&self, line: &Draft, area_at: &HashMap<Uuid, usize>) -> Line {
        let most = line.hours_per_day.iter().zip(&line.days).filter(|(_, days)| **days > 0.0).map(|(hours, _)| *hours).fold(0.0, f64::max);
        // The engine knows one number of hours per day: a period with fewer has the rest as maintenance.
        let missing = line.hours_per_day.iter().zip(&line.days).zip(&line.maintenance);
        Line {
            name: line.name.clone(),
            plant: self.plant.code.clone(),
            area: area_at.get(&line.area).copied().unwrap_or_default(),
            hours_per_day: most,
            overtime_hours_per_day: line.overtime_hours_per_day.min(24.0 - most).max(0.0),
            operating_days: line.days.clone(),
            maintenance_hours: missing.map(|((hours, days), maintenance)| maintenance + (most - hours) * days).collect(),
            opening_cost: line.opening_cost,
        }
    }

    /// The periods that lie in a window of days, at least in part.
    fn window(&self, from: Option<Date>, to: Option<Date>) -> Window {
        if from.is_none() && to.is_none() {
            return Window::ALWAYS;
        }
        let inside = |period: &Span| from.is_none_or(|from| period.last >= from) && to.is_none_or(|to| period.first <= to);
        let mut covered = self.periods.iter().enumerate().filter(|(_, period)| inside(period)).map(|(index, _)| index);
        let Some(first) = covered.next() else { return Window::NEVER };
        Window { first, last: covered.next_back().unwrap_or(first) }
    }

    fn changeovers_of(&self, item_at: &HashMap<Uuid, usize>) -> Vec<line_plan::Changeover> {
        let line_at: HashMap<Uuid, usize> = self.lines.iter().enumerate().filter_map(|(index, line)| Some((line.id?, index))).collect();
        let mut all = Vec::new();
        for changeover in &self.changeovers {
            let key = |family: Option<Uuid>, item: Option<Uuid>| match (item, family) {
                (Some(item), _) => item_at.get(&item).map(|model| ChangeoverKey::Model(*model)),
                (None, Some(family)) => self.plant.families.get(&family).map(|name| ChangeoverKey::Family(name.clone())),
                (None, None) => Some(ChangeoverKey::Any),
            };
            let ends = (key(changeover.from_family, changeover.from_item), key(changeover.to_family, changeover.to_item));
            let (Some(from), Some(to)) = ends else { continue };
            let lines: Vec<Option<usize>> = match (changeover.line, changeover.area) {
                (Some(line), _) => line_at.get(&line).map(|line| Some(*line)).into_iter().collect(),
                (None, Some(area)) => (0..self.lines.len()).filter(|line| self.lines[*line].area == area).map(Some).collect(),
                (None, None) => vec![None],
            };
            let one = |line| line_plan::Changeover { from: from.clone(), to: to.clone(), minutes: changeover.minutes, line };
            all.extend(lines.into_iter().map(one));
        }
        all
    }
}

/// The periods of the demand, in time order and of one length.
fn periods(wanted: &[&plant::Demand], parameters: &Parameters) -> Result<Vec<Span>, Vec<Finding>> {
    let mut names = BTreeSet::new();
    let mut lengths: BTreeMap<Length, String> = BTreeMap::new();
    let mut spans = Vec::new();
    let first = parameters.from_period.as_ref().and_then(|name| Span::named(name)).map(|span| span.first);
    let last = parameters.to_period.as_ref().and_then(|name| Span::named(name)).map(|span| span.last);
    for demand in wanted {
        let Some(span) = Span::named(&demand.period) else { continue };
        let outside = first.is_some_and(|first| span.first < first) || last.is_some_and(|last| span.last > last);
        if outside || !names.insert(demand.period.clone()) {
            continue;
        }
        lengths.entry(span.length).or_insert_with(|| span.name.clone());
        spans.push(span);
    }
    if lengths.len() > 1 {
        let examples = lengths.values().cloned().collect::<Vec<_>>().join(", ");
        let message = format!("the demand has periods of different length ({examples}): choose one kind with demand_source or the periods");
        return Err(vec![Finding::block("mixed_periods", message)]);
    }
    if spans.is_empty() {
        return Err(vec![Finding::block("no_demand", "there is no demand to plan: enter it, or look at the chosen periods and source")]);
    }
    spans.sort_by_key(|span| span.first);
    Ok(spans)
}

/// Areas with what comes directly before them, as the routings' links say.
fn areas(plant: &Plant, area_at: &HashMap<Uuid, usize>) -> Vec<line_plan::Area> {
    let area_of: HashMap<Uuid, Uuid> = plant.steps.iter().map(|step| (step.id, step.area)).collect();
    let mut before: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    for (from, to) in &plant.links {
        let ends = (area_of.get(from).and_then(|area| area_at.get(area)), area_of.get(to).and_then(|area| area_at.get(area)));
        if let (Some(from), Some(to)) = ends
            && from != to
        {
            before.entry(*to).or_default().insert(*from);
        }
    }
    let area = |(index, area): (usize, &plant::Area)| line_plan::Area {
        name: area.name.clone(),
        order: area.sequence,
        predecessors: before.get(&index).into_iter().flatten().copied().collect(),
    };
    let areas: Vec<line_plan::Area> = plant.areas.iter().enumerate().map(area).collect();
    // Routings of different items may disagree; then areas have no common order, and each routing's own is all there is.
    let circle = Problem { areas: areas.clone(), ..Problem::default() }.defects();
    if circle.is_empty() { areas } else { areas.into_iter().map(|area| line_plan::Area { predecessors: Vec::new(), ..area }).collect() }
}

fn options(parameters: &Parameters) -> Options {
    let usual = Options::default();
    let mut integers = usual.integers;
    integers.minimum_lots = parameters.minimum_lots.unwrap_or(false);
    integers.max_lines_per_step = parameters.max_lines_per_step.map(i32::unsigned_abs);
    integers.openings = parameters.openings.unwrap_or(false);
    integers.relative_gap = parameters.gap_pct.map_or(usual.integers.relative_gap, |percent| number(percent) / 100.0);
    Options {
        model: match parameters.model {
            Some(DemandModel::Area) => PlanModel::Area,
            Some(DemandModel::Prebuild) => PlanModel::Prebuild,
            Some(DemandModel::Baseline) => PlanModel::Baseline,
            Some(DemandModel::Finished) | None => PlanModel::Finished,
        },
        weight: match parameters.weight {
            Some(WeightOf::Units) => Weight::Units,
            Some(WeightOf::Money) => Weight::Money,
            Some(WeightOf::Hours) | None => Weight::Hours,
        },
        balance: match parameters.balance {
            Some(Balancing::Max) => Balance::Max,
            Some(Balancing::Off) => Balance::Off,
            Some(Balancing::Leximin) | None => Balance::Leximin,
        },
        preference: parameters.preference.unwrap_or(usual.preference),
        changeovers: match parameters.changeovers {
            Some(Changeovers::Mix) => ChangeoverCharging::Mix,
            Some(Changeovers::Campaign) => ChangeoverCharging::Campaign,
            Some(Changeovers::None) | None => ChangeoverCharging::None,
        },
        campaigns_per_period: parameters.campaigns_per_period.map_or(usual.campaigns_per_period, number),
        prebuild_cover: parameters.prebuild_cover_pct.map_or(usual.prebuild_cover, |percent| number(percent) / 100.0),
        integers,
        gains: parameters.gains.map_or(usual.gains, |gains| gains.unsigned_abs() as usize),
        time_limit_s: parameters.time_limit_s.map(number),
        ..usual
    }
}

fn same(a: &str, b: &str) -> bool {
    a.trim().to_lowercase() == b.trim().to_lowercase()
}

/// Decimals of records are far within what floating point holds.
fn number(decimal: Decimal) -> f64 {
    decimal.to_f64().unwrap_or(0.0)
}
