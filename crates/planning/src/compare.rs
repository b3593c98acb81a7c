//! Two scenarios side by side: what differs in the questions, what differs in the answers, and what caused what.
//!
//! **Invariant:** pure; entries are matched by names and listed in name order.

use std::collections::{BTreeMap, BTreeSet};

use line_plan::{Balance, Capability, Line, NoClock, Options, Plan, PlanDocument, Problem, Session, Step};
use serde::Serialize;
use utoipa::ToSchema;

/// Causes that are looked at one by one; of kinds with more, all of the kind are one cause.
const MOST_CAUSES: usize = 40;
/// Below this, relative to the size of a number, nothing differs.
const SAME: f64 = 1e-9;

/// What differs from one question to another.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct Inputs {
    /// Lines whose hours differ, with those that only one of them has.
    pub lines: Vec<LineDifference>,
    /// What lines can make, and how fast.
    pub capabilities: Vec<CapabilityDifference>,
    /// Units wanted.
    pub demand: Vec<DemandDifference>,
    /// Options of the optimizer.
    pub options: Vec<OptionDifference>,
    /// Whether changeover times differ.
    pub changeovers: bool,
}

/// Hours of a line in a period.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[allow(missing_docs)]
pub struct LineDifference {
    #[schema(example = "CC-01")]
    pub line: String,
    #[schema(example = "2028")]
    pub period: String,
    /// Hours available; none where there is no such line.
    pub hours_before: Option<f64>,
    /// Hours available; none where there is no such line.
    pub hours_after: Option<f64>,
}

/// A capability.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[allow(missing_docs)]
pub struct CapabilityDifference {
    pub line: String,
    pub model: String,
    pub step: String,
    /// Hours for a finished unit; none where the line cannot make it.
    pub hours_per_unit_before: Option<f64>,
    /// Hours for a finished unit; none where the line cannot make it.
    pub hours_per_unit_after: Option<f64>,
    /// Whether it is the approval's periods, the priority or the minimum lot that differ.
    pub terms_differ: bool,
}

/// Units wanted of a model in a period.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[allow(missing_docs)]
pub struct DemandDifference {
    pub model: String,
    pub period: String,
    pub units_before: f64,
    pub units_after: f64,
}

/// An option of the optimizer.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[allow(missing_docs)]
pub struct OptionDifference {
    #[schema(example = "weight")]
    pub option: String,
    #[schema(value_type = Value)]
    pub before: serde_json::Value,
    #[schema(value_type = Value)]
    pub after: serde_json::Value,
}

/// What differs from one answer to another.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct Outputs {
    /// Totals: name, before, after.
    pub summary: Vec<Figure>,
    /// Utilisation and unmet units of areas.
    pub areas: Vec<AreaDifference>,
    /// Utilisation of lines.
    pub lines: Vec<LoadDifference>,
    /// Units not met.
    pub unmet: Vec<DemandDifference>,
    /// Constraints that are there no more.
    pub constraints_resolved: Vec<String>,
    /// Constraints that are new.
    pub constraints_new: Vec<String>,
}

/// A figure before and after.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[allow(missing_docs)]
pub struct Figure {
    #[schema(example = "unmet_units")]
    pub name: String,
    pub before: f64,
    pub after: f64,
}

/// An area in a period.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[allow(missing_docs)]
pub struct AreaDifference {
    pub area: String,
    pub period: String,
    pub utilization_pct_before: f64,
    pub utilization_pct_after: f64,
    pub unmet_units_before: f64,
    pub unmet_units_after: f64,
}

/// A line in a period.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[allow(missing_docs)]
pub struct LoadDifference {
    pub area: String,
    pub line: String,
    pub period: String,
    pub utilization_pct_before: f64,
    pub utilization_pct_after: f64,
}

/// What one difference of the questions does by itself.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Cause {
    /// What it is about: `line_hours`, `new_line`, `line_removed`, `capabilities`, `demand`, `changeovers`, `options`.
    #[schema(example = "line_hours")]
    pub kind: String,
    /// The line or model; empty where the cause is all of its kind together.
    #[schema(example = "CC-01")]
    pub name: String,
    /// How many differences it stands for: 1, or those of its kind.
    #[schema(example = 1)]
    pub differences: usize,
    /// Finished units more (or fewer) with only this one changed.
    pub finished_units: f64,
    /// Units unmet more (or fewer) with only this one changed.
    pub unmet_units: f64,
}

/// What differs between two questions.
pub fn inputs(before: (&Problem, &Options), after: (&Problem, &Options)) -> Inputs {
    Inputs {
        lines: lines(before.0, after.0),
        capabilities: capabilities(before.0, after.0),
        demand: demand(before.0, after.0),
        options: options(before.1, after.1),
        changeovers: changeovers(before.0) != changeovers(after.0),
    }
}

fn differ(before: f64, after: f64) -> bool {
    (before - after).abs() > SAME * before.abs().max(after.abs()).max(1.0)
}

fn lines(before: &Problem, after: &Problem) -> Vec<LineDifference> {
    let hours = |problem: &Problem| {
        let of = |line: &Line| {
            let period = |(index, period): (usize, &line_plan::Period)| {
                ((line.name.clone(), period.name.clone()), line.hours(index) + line.overtime_hours(index))
            };
            problem.periods.iter().enumerate().map(period).collect::<Vec<_>>()
        };
        problem.lines.iter().flat_map(of).collect::<BTreeMap<_, _>>()
    };
    let (before, after) = (hours(before), hours(after));
    let keys: BTreeSet<_> = before.keys().chain(after.keys()).cloned().collect();
    let difference = |(line, period): (String, String)| {
        let key = (line, period);
        let (was, is) = (before.get(&key).copied(), after.get(&key).copied());
        let same = matches!((was, is), (Some(was), Some(is)) if !differ(was, is));
        (!same).then_some(LineDifference { line: key.0, period: key.1, hours_before: was, hours_after: is })
    };
    keys.into_iter().filter_map(difference).collect()
}

type CapabilityKey = (String, String, String);

fn capability_key(problem: &Problem, capability: &Capability) -> CapabilityKey {
    let step = &problem.steps[capability.step];
    (problem.lines[capability.line].name.clone(), problem.models[step.model].name.clone(), step.name.clone())
}

fn capabilities(before: &Problem, after: &Problem) -> Vec<CapabilityDifference> {
    let known = |problem: &Problem| -> BTreeMap<CapabilityKey, (f64, (usize, usize, u32, u64))> {
        let of = |(index, one): (usize, &Capability)| {
            let terms = (one.approved.first, one.approved.last, one.priority, one.minimum_lot.to_bits());
            (capability_key(problem, one), (problem.hours_per_unit(index), terms))
        };
        problem.capabilities.iter().enumerate().map(of).collect()
    };
    let (before, after) = (known(before), known(after));
    let keys: BTreeSet<_> = before.keys().chain(after.keys()).cloned().collect();
    let difference = |key: CapabilityKey| {
        let (was, is) = (before.get(&key), after.get(&key));
        let terms_differ = matches!((was, is), (Some(was), Some(is)) if was.1 != is.1);
        let same = matches!((was, is), (Some(was), Some(is)) if !differ(was.0, is.0)) && !terms_differ;
        let (line, model, step) = key;
        let (hours_per_unit_before, hours_per_unit_after) = (was.map(|one| one.0), is.map(|one| one.0));
        (!same).then_some(CapabilityDifference { line, model, step, hours_per_unit_before, hours_per_unit_after, terms_differ })
    };
    keys.into_iter().filter_map(difference).collect()
}

fn demanded(problem: &Problem) -> BTreeMap<(String, String), f64> {
    let mut units = BTreeMap::new();
    for demand in &problem.demand {
        *units.entry((problem.models[demand.model].name.clone(), problem.periods[demand.period].name.clone())).or_insert(0.0) +=
            demand.units;
    }
    units
}

fn demand(before: &Problem, after: &Problem) -> Vec<DemandDifference> {
    differences(&demanded(before), &demanded(after))
}

fn differences(before: &BTreeMap<(String, String), f64>, after: &BTreeMap<(String, String), f64>) -> Vec<DemandDifference> {
    let keys: BTreeSet<_> = before.keys().chain(after.keys()).cloned().collect();
    let difference = |(model, period): (String, String)| {
        let key = (model, period);
        let of = |known: &BTreeMap<_, f64>| known.get(&key).copied().unwrap_or(0.0);
        let (units_before, units_after) = (of(before), of(after));
        differ(units_before, units_after).then(|| DemandDifference {
            model: key.0.clone(),
            period: key.1.clone(),
            units_before,
            units_after,
        })
    };
    keys.into_iter().filter_map(difference).collect()
}

fn options(before: &Options, after: &Options) -> Vec<OptionDifference> {
    let members = |options: &Options| match serde_json::to_value(options) {
        Ok(serde_json::Value::Object(members)) => members,
        _ => serde_json::Map::new(),
    };
    let (before, after) = (members(before), members(after));
    let difference = |(option, after): (&String, &serde_json::Value)| {
        let before = before.get(option).cloned().unwrap_or_default();
        (before != *after).then(|| OptionDifference { option: option.clone(), before, after: after.clone() })
    };
    after.iter().filter_map(difference).collect()
}

fn changeovers(problem: &Problem) -> BTreeSet<String> {
    let line = |line: Option<usize>| line.map(|line| problem.lines[line].name.as_str());
    let key = |key: &line_plan::ChangeoverKey| match key {
        line_plan::ChangeoverKey::Model(model) => problem.models[*model].name.clone(),
        other => format!("{other:?}"),
    };
    problem.changeovers.iter().map(|one| format!("{:?} {} {} {}", line(one.line), key(&one.from), key(&one.to), one.minutes)).collect()
}

/// What differs between two answers.
pub fn outputs(before: &PlanDocument, after: &PlanDocument) -> Outputs {
    let unmet = |document: &PlanDocument| {
        let mut units = BTreeMap::new();
        for entry in &document.unmet {
            *units.entry((entry.model.clone(), entry.period.clone())).or_insert(0.0) += entry.units;
        }
        units
    };
    let constraints = |document: &PlanDocument| -> BTreeSet<String> {
        let named = |entry: &line_plan::ConstraintEntry| format!("{}, {}: {}", entry.area, entry.period, entry.lines.join(", "));
        document.constraints.iter().filter(|entry| entry.short).map(named).collect()
    };
    let (was, is) = (constraints(before), constraints(after));
    Outputs {
        summary: figures(before, after),
        areas: areas(before, after),
        lines: loads(before, after),
        unmet: differences(&unmet(before), &unmet(after)),
        constraints_resolved: was.difference(&is).cloned().collect(),
        constraints_new: is.difference(&was).cloned().collect(),
    }
}

fn figures(before: &PlanDocument, after: &PlanDocument) -> Vec<Figure> {
    let members = |document: &PlanDocument| match serde_json::to_value(document.summary) {
        Ok(serde_json::Value::Object(members)) => members,
        _ => serde_json::Map::new(),
    };
    let (before, after) = (members(before), members(after));
    let number = |members: &serde_json::Map<String, serde_json::Value>, name: &str| members.get(name).and_then(|value| value.as_f64());
    let figure = |name: &String| Some(Figure { name: name.clone(), before: number(&before, name)?, after: number(&after, name)? });
    after.keys().filter_map(figure).collect()
}

fn areas(before: &PlanDocument, after: &PlanDocument) -> Vec<AreaDifference> {
    let loads = |document: &PlanDocument| -> BTreeMap<(String, String), (f64, f64)> {
        let of = |load: &line_plan::AreaLoad| ((load.area.clone(), load.period.clone()), (load.utilization_pct, load.unmet_units));
        document.area_loads.iter().map(of).collect()
    };
    let (before, after) = (loads(before), loads(after));
    let keys: BTreeSet<_> = before.keys().chain(after.keys()).cloned().collect();
    let difference = |key: (String, String)| {
        let (was, is) = (before.get(&key).copied().unwrap_or_default(), after.get(&key).copied().unwrap_or_default());
        (differ(was.0, is.0) || differ(was.1, is.1)).then_some(AreaDifference {
            area: key.0,
            period: key.1,
            utilization_pct_before: was.0,
            utilization_pct_after: is.0,
            unmet_units_before: was.1,
            unmet_units_after: is.1,
        })
    };
    keys.into_iter().filter_map(difference).collect()
}

fn loads(before: &PlanDocument, after: &PlanDocument) -> Vec<LoadDifference> {
    let loads = |document: &PlanDocument| -> BTreeMap<(String, String, String), f64> {
        let of = |load: &line_plan::LineEntry| ((load.area.clone(), load.line.clone(), load.period.clone()), load.utilization_pct);
        document.lines.iter().map(of).collect()
    };
    let (before, after) = (loads(before), loads(after));
    let keys: BTreeSet<_> = before.keys().chain(after.keys()).cloned().collect();
    let difference = |key: (String, String, String)| {
        let (was, is) = (before.get(&key).copied().unwrap_or_default(), after.get(&key).copied().unwrap_or_default());
        let (area, line, period) = key;
        differ(was, is).then_some(LoadDifference { area, line, period, utilization_pct_before: was, utilization_pct_after: is })
    };
    keys.into_iter().filter_map(difference).collect()
}

/// What each difference does by itself: the question before with only that one changed, the most important first. What the list does not
/// explain is their working together. Where there are too many to ask one by one, those of a kind are asked together, the largest kinds first.
pub fn causes(before: (&Problem, &Options), after: (&Problem, &Options), inputs: &Inputs) -> Vec<Cause> {
    let quick =
        |options: &Options| Options { balance: Balance::Off, preference: false, gains: 0, time_limit_s: Some(5.0), ..options.clone() };
    let Some(was) = met(before.0.clone(), &quick(before.1)) else { return Vec::new() };
    let mut groups: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    let mut differs = |kind, name| groups.entry(kind).or_default().insert(name);
    let has = |problem: &Problem, name: &str| problem.lines.iter().any(|line| line.name == name);
    for line in &inputs.lines {
        let kind = match (has(before.0, &line.line), has(after.0, &line.line)) {
            (true, true) => "line_hours",
            (false, _) => "new_line",
            (true, false) => "line_removed",
        };
        differs(kind, line.line.clone());
    }
    for capability in inputs.capabilities.iter().filter(|one| has(before.0, &one.line) && has(after.0, &one.line)) {
        differs("capabilities", capability.line.clone());
    }
    for demand in &inputs.demand {
        differs("demand", demand.model.clone());
    }
    if inputs.changeovers {
        differs("changeovers", String::new());
    }
    if !inputs.options.is_empty() {
        differs("options", String::new());
    }
    let cause = |kind: &str, names: &[String]| {
        let options = if kind == "options" { after.1 } else { before.1 };
        let mut problem = before.0.clone();
        let patched = names.iter().filter(|name| patch(&mut problem, before.0, after.0, kind, name).is_some()).count();
        let is = if patched > 0 { met(problem, &quick(options)) } else { None }?;
        let name = if let [only] = names { only.clone() } else { String::new() };
        Some(Cause { kind: kind.to_owned(), name, differences: names.len(), finished_units: is.0 - was.0, unmet_units: is.1 - was.1 })
    };
    let groups: Vec<(&str, Vec<String>)> = groups.into_iter().map(|(kind, names)| (kind, names.into_iter().collect())).collect();
    let mut together: BTreeSet<&str> = BTreeSet::new();
    let mut asked: usize = groups.iter().map(|(_, names)| names.len()).sum();
    let mut largest: Vec<(usize, &str)> = groups.iter().map(|(kind, names)| (names.len(), *kind)).collect();
    largest.sort_unstable();
    while asked > MOST_CAUSES
        && let Some((count, kind)) = largest.pop()
    {
        together.insert(kind);
        asked -= count - 1;
    }
    let of_kind = |(kind, names): &(&str, Vec<String>)| -> Vec<Cause> {
        let at_once = if together.contains(kind) { names.len() } else { 1 };
        names.chunks(at_once).filter_map(|names| cause(kind, names)).collect()
    };
    let mut causes: Vec<Cause> = groups.iter().flat_map(of_kind).collect();
    causes.sort_by(|a, b| b.unmet_units.abs().total_cmp(&a.unmet_units.abs()).then_with(|| (&a.kind, &a.name).cmp(&(&b.kind, &b.name))));
    causes
}

/// Finished and unmet units.
fn met(problem: Problem, options: &Options) -> Option<(f64, f64)> {
    let plan: Plan = Session::new(problem).solve(options, &NoClock).ok()?;
    let unmet = plan.unmet.iter().map(|entry| entry.units).sum();
    let finished = plan.finished.iter().map(|entry| entry.finished).sum();
    Some((finished, unmet))
}

/// Gives `problem`, which came from the question before, one difference of the question after; `None` where it does not fit there.
fn patch(problem: &mut Problem, before: &Problem, after: &Problem, kind: &str, name: &str) -> Option<()> {
    let same_periods = before.periods == after.periods;
    let at = |problem: &Problem| problem.lines.iter().position(|line| line.name == name);
    match kind {
        "line_hours" if same_periods => {
            let (to, from) = (at(before)?, &after.lines[at(after)?]);
            let area = problem.lines[to].area;
            problem.lines[to] = Line { area, ..from.clone() };
        }
        "line_removed" => {
            let gone = at(before)?;
            problem.lines[gone].operating_days.fill(0.0);
            problem.lines[gone].maintenance_hours.clear();
        }
        "new_line" if same_periods => {
            let from = at(after)?;
            let area = area_in(before, &after.areas[after.lines[from].area].name)?;
            problem.lines.push(Line { area, ..after.lines[from].clone() });
            let to = problem.lines.len() - 1;
            copy_capabilities(problem, after, from, to);
        }
        "capabilities" => {
            let (to, from) = (at(before)?, at(after)?);
            problem.capabilities.retain(|capability| capability.line != to);
            copy_capabilities(problem, after, from, to);
        }
        "demand" if same_periods => {
            let model = before.models.iter().position(|model| model.name == name)?;
            problem.demand.retain(|demand| demand.model != model);
            let wanted = after.demand.iter().filter(|demand| after.models[demand.model].name == name);
            problem.demand.extend(wanted.map(|demand| line_plan::Demand { model, ..demand.clone() }));
        }
        "changeovers" => problem.changeovers = renumbered_changeovers(before, after)?,
        "options" => {}
        _ => return None,
    }
    Some(())
}

fn area_in(problem: &Problem, name: &str) -> Option<usize> {
    problem.areas.iter().position(|area| area.name == name)
}

fn copy_capabilities(problem: &mut Problem, after: &Problem, from: usize, to: usize) {
    for capability in after.capabilities.iter().filter(|capability| capability.line == from) {
        let wanted = &after.steps[capability.step];
        let model = problem.models.iter().position(|model| model.name == after.models[wanted.model].name);
        let (Some(model), Some(area)) = (model, area_in(problem, &after.areas[wanted.area].name)) else { continue };
        let known = problem.steps.iter().position(|step| step.model == model && step.area == area && step.name == wanted.name);
        let step = known.unwrap_or_else(|| {
            problem.steps.push(Step { model, area, ..wanted.clone() });
            problem.steps.len() - 1
        });
        problem.capabilities.push(Capability { step, line: to, ..capability.clone() });
    }
}

fn renumbered_changeovers(before: &Problem, after: &Problem) -> Option<Vec<line_plan::Changeover>> {
    use line_plan::ChangeoverKey::Model;
    let model = |key: &line_plan::ChangeoverKey| match key {
        Model(model) => before.models.iter().position(|known| known.name == after.models[*model].name).map(Model),
        other => Some(other.clone()),
    };
    let one = |changeover: &line_plan::Changeover| {
        let line = match changeover.line {
            Some(line) => Some(before.lines.iter().position(|known| known.name == after.lines[line].name)?),
            None => None,
        };
        Some(line_plan::Changeover { from: model(&changeover.from)?, to: model(&changeover.to)?, line, ..changeover.clone() })
    };
    Some(after.changeovers.iter().filter_map(one).collect())
}
