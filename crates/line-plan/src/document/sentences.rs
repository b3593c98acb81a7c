//! The sentences of the document: what an engineer says to a manager, with the numbers.
//!
//! **Invariant:** a sentence names at most a handful of lines or models and counts the rest; the lists of the document are complete.

use super::*;
use crate::figures::{counted, hours, list, percent, quantity, units, whole};
use crate::plan::Reason;

/// Lines or models named in one sentence.
const NAMED: usize = 4;
/// Sentences of one kind among the explanations.
const TOP: usize = 3;

/// Why a model is not met.
pub(super) fn unmet(entry: &UnmetEntry) -> String {
    let UnmetEntry { area, model, period, .. } = entry;
    let lost = format!("{} of {model} in {period}", unit_count(entry.units));
    match entry.reason {
        Reason::Capacity if entry.limiting_lines.is_empty() => format!("{lost} cannot be made: every line of {area} that could is full."),
        Reason::Capacity => {
            let (noun, verb) = if entry.limiting_lines.len() == 1 { ("line", "is") } else { ("lines", "are") };
            format!("{lost} cannot be made: in {area} {noun} {} {verb} full.", list(&entry.limiting_lines, NAMED))
        }
        Reason::NoCapability => format!("{lost} cannot be made: no line of {area} can make it."),
        Reason::NotApproved => format!("{lost} cannot be made: lines of {area} could, but none is approved then."),
        Reason::OutsideProgramLife => format!("{lost} cannot be made: the program does not run then."),
        Reason::NoHours => format!("{lost} cannot be made: the lines of {area} that could have no hours then."),
        Reason::OtherArea => format!("{lost} cannot be finished: another area of its routing limits it."),
        Reason::IntegerRules => {
            format!("{lost} cannot be made: {area} has hours, but minimum lots, split limits or closed lines forbid their use.")
        }
        Reason::Frozen => format!("{lost} cannot be made: {area} has hours, but the period is frozen as released."),
    }
}

/// Fills in the sentence of every constraint; what is lost there comes from the unmet demand.
pub(super) fn explain_constraints(constraints: &mut [ConstraintEntry], unmet: &[UnmetEntry]) {
    let mut by_place: std::collections::BTreeMap<(&str, &str), Vec<&UnmetEntry>> = std::collections::BTreeMap::new();
    for entry in unmet.iter().filter(|entry| entry.reason == Reason::Capacity) {
        by_place.entry((&entry.area, &entry.period)).or_default().push(entry);
    }
    for constraint in constraints {
        let there = by_place.get(&(constraint.area.as_str(), constraint.period.as_str())).map_or(&[][..], Vec::as_slice);
        let lost: Vec<&&UnmetEntry> = there
            .iter()
            .filter(|entry| {
                entry.plant == constraint.plant && entry.limiting_lines.iter().any(|line| constraint.lines.contains(line))
                    || constraint.models.contains(&entry.model)
            })
            .collect();
        let models: std::collections::BTreeSet<&str> = lost.iter().map(|entry| entry.model.as_str()).collect();
        constraint.explanation = self::constraint(constraint, lost.iter().map(|entry| entry.units).sum(), models.len());
    }
}

fn constraint(entry: &ConstraintEntry, lost_units: f64, lost_models: usize) -> String {
    let several = entry.lines.len() > 1;
    let noun = if several { "lines" } else { "line" };
    let lines = list(&entry.lines, NAMED);
    let start = format!("{} in {}: {noun} {lines}", entry.area, entry.period);
    let load = format!("{} h and {} {} h", hours(entry.hours_needed), if several { "have" } else { "has" }, hours(entry.hours_available));
    let missing = entry.hours_needed - entry.hours_available;
    let need = if several { "together need" } else { "needs" };
    if entry.short && lost_units > 0.0 {
        let lost = format!(
            "{} of {} {} lost",
            unit_count(lost_units),
            counted(lost_models, "model"),
            if lost_units == 1.0 { "is" } else { "are" }
        );
        if missing > 0.05 {
            return format!("{start} {need} {load}, {} h too few; {lost}.", hours(missing));
        }
        // What must run here alone fits; what also could run elsewhere found no room there either.
        let full = format!(
            "{} {} h and {} full",
            if several { "have" } else { "has" },
            hours(entry.hours_available),
            if several { "are" } else { "is" }
        );
        return format!(
            "{start} {full}; models that no other line can make need at least {} h of them; {lost}.",
            hours(entry.hours_needed)
        );
    }
    if missing > 0.05 {
        return format!("{start} {need} {load}; overtime covers the {} h that are missing.", hours(missing));
    }
    let have = if several { "together have" } else { "has" };
    let needed = format!("{} h of them ({} %)", hours(entry.hours_needed), percent(entry.utilization_pct));
    let bound = match entry.models.len() {
        0 => format!("at least {needed} are needed"),
        1 => format!("the model that no other line can make needs at least {needed}"),
        count => format!("{} models that no other line can make need at least {needed}", whole(count as f64)),
    };
    format!("{start} {have} {} h; {bound}.", hours(entry.hours_available))
}

/// What one more approval or shift brings; `operating_days` of the line in the period.
pub(super) fn gain(entry: &GainEntry, operating_days: f64) -> String {
    let GainEntry { area, line, period, .. } = entry;
    let gain = format!("{} more", unit_count(entry.units));
    match (&entry.model, entry.hours) {
        (Some(model), _) => format!("Approving {model} on {line} ({area}) would deliver {gain} in {period}."),
        (None, Some(added)) if operating_days > 0.0 => format!(
            "{} more hours a day on {line} ({area}), {} h in {period}, would deliver {gain}.",
            hours(added / operating_days),
            hours(added)
        ),
        (None, added) => format!("{} more hours on {line} ({area}) in {period} would deliver {gain}.", hours(added.unwrap_or(0.0))),
    }
}

/// This plan beside the baseline rule.
pub(super) fn comparison(plan: &Summary, rule: &Summary) -> String {
    let difference = plan.finished_units - rule.finished_units;
    let rule_share = format!("{} units ({} %)", whole(rule.finished_units), percent(share(rule.finished_units, rule.demand_units)));
    if difference > 0.5 {
        return format!(
            "Filled line by line in sheet order, the same lines would finish {rule_share}; this plan finishes {} more with the same hours.",
            unit_count(difference)
        );
    }
    if difference < -0.5 {
        return format!(
            "Filled line by line in sheet order, the same lines would finish {rule_share}, {} more than this plan, which serves demand by weight.",
            unit_count(-difference)
        );
    }
    let loads = format!("{} % instead of {} %", percent(plan.max_utilization_pct), percent(rule.max_utilization_pct));
    format!("Filled line by line in sheet order, the same lines would finish as many units; the fullest line is at {loads}.")
}

/// This plan beside the released one.
pub(super) fn changes(changes: &Changes) -> String {
    let frozen = changes.frozen.as_ref().map_or(String::new(), |frozen| match frozen.tolerance_pct {
        0.0 => format!(" {} stays as released.", list(&frozen.periods, NAMED)),
        tolerance => format!(" In {} every amount stays within {} % of it.", list(&frozen.periods, NAMED), percent(tolerance)),
    });
    let Some(largest) = changes.moves.first() else { return format!("Nothing changes against the released plan.{frozen}") };
    let how = if largest.hours > 0.0 { "more" } else { "fewer" };
    format!(
        "Against the released plan {} h of {} h change ({} %), in {}; the largest: {} ({}) makes {} {how} of {} in {}.{frozen}",
        hours(changes.hours_changed),
        hours(changes.hours_released),
        percent(changes.changed_pct),
        counted(changes.moves.len(), "place"),
        largest.line,
        largest.area,
        unit_count((largest.units - largest.released_units).abs()),
        largest.model,
        largest.period
    )
}

/// The sentences of the whole plan, most important first.
pub(super) fn explanations(document: &PlanDocument) -> Vec<String> {
    let mut sentences = vec![headline(document)];
    sentences.extend(limiting(document));
    sentences.extend(other_reasons(document));
    sentences.extend(best_hour(document));
    sentences.extend(document.gains.iter().take(TOP).map(|gain| gain.explanation.clone()));
    let Summary { overtime_hours, changeover_hours, hours_available, .. } = document.summary;
    if overtime_hours > 0.05 {
        sentences.push(format!("The plan works {} h of overtime.", hours(overtime_hours)));
    }
    sentences.extend(longer_shifts(document));
    if changeover_hours > 0.05 {
        let part = percent(share(changeover_hours, hours_available));
        sentences.push(format!("Changeovers take {} h, {part} % of the available hours.", hours(changeover_hours)));
    }
    sentences.extend(document.released.as_ref().map(|changes| changes.explanation.clone()));
    sentences.extend(document.comparison.as_ref().map(|comparison| comparison.explanation.clone()));
    if let ("limit_reached", Some(gap)) = (document.status.as_str(), document.gap) {
        sentences
            .push(format!("The time limit was reached: a better plan may exist, but none better by more than {} %.", percent(gap * 100.0)));
    }
    sentences
}

/// Which lines run longer shifts than usual, and when.
fn longer_shifts(document: &PlanDocument) -> Option<String> {
    let longer: Vec<String> = document
        .lines
        .iter()
        .filter_map(|line| line.shift_pattern.as_ref().map(|pattern| format!("{} {pattern} in {}", line.line, line.period)))
        .collect();
    let named = list(&longer, NAMED);
    (!longer.is_empty()).then(|| format!("Longer shifts than usual are run {}: {named}.", times(longer.len())))
}

fn times(count: usize) -> String {
    if count == 1 { "once".to_owned() } else { format!("{} times", whole(count as f64)) }
}

fn headline(document: &PlanDocument) -> String {
    let Summary { demand_units, finished_units, .. } = document.summary;
    let span = span(document);
    if demand_units <= 0.0 {
        return format!("No demand in {span}: there is nothing to plan.");
    }
    let lost = demand_units - finished_units;
    if lost <= 1e-6 * demand_units.max(1.0) {
        let fullest =
            document.lines.iter().max_by(|a, b| a.utilization_pct.total_cmp(&b.utilization_pct).then_with(|| b.line.cmp(&a.line)));
        let load = fullest.map_or(String::new(), |line| {
            format!(" The fullest line is {} ({}) in {} at {} %.", line.line, line.area, line.period, percent(line.utilization_pct))
        });
        return format!("All {} demanded in {span} can be made.{load}", unit_count(demand_units));
    }
    format!(
        "{} of {} demanded in {span} can be finished ({} %); {} cannot.",
        whole(finished_units),
        unit_count(demand_units),
        percent(share(finished_units, demand_units)),
        unit_count(lost)
    )
}

fn limiting(document: &PlanDocument) -> Vec<String> {
    let short: Vec<&ConstraintEntry> = document.constraints.iter().filter(|constraint| constraint.short).collect();
    if short.is_empty() {
        return document.constraints.first().map(|constraint| constraint.explanation.clone()).into_iter().collect();
    }
    let mut sentences: Vec<String> = short.iter().take(TOP).map(|constraint| constraint.explanation.clone()).collect();
    if short.len() > TOP {
        let rest = &short[TOP..];
        let areas: std::collections::BTreeSet<&str> = rest.iter().map(|constraint| constraint.area.as_str()).collect();
        let areas: Vec<&str> = areas.into_iter().collect();
        sentences.push(format!(
            "Demand is lost in {}: {}.",
            if rest.len() == 1 { "one more place".to_owned() } else { counted(rest.len(), "more place") },
            list(&areas, NAMED)
        ));
    }
    sentences
}

fn other_reasons(document: &PlanDocument) -> Vec<String> {
    let mut by_reason: std::collections::BTreeMap<Reason, Vec<&UnmetEntry>> = std::collections::BTreeMap::new();
    for entry in document.unmet.iter().filter(|entry| entry.reason != Reason::Capacity) {
        by_reason.entry(entry.reason).or_default().push(entry);
    }
    let sentence = |(reason, entries): (Reason, Vec<&UnmetEntry>)| {
        if let [only] = entries[..] {
            return only.explanation.clone();
        }
        let models: Vec<&str> =
            entries.iter().map(|entry| entry.model.as_str()).collect::<std::collections::BTreeSet<_>>().into_iter().collect();
        let areas: Vec<&str> =
            entries.iter().map(|entry| entry.area.as_str()).collect::<std::collections::BTreeSet<_>>().into_iter().collect();
        let total = entries.iter().map(|entry| entry.units).sum();
        format!("{} of {} cannot be made in {} because {}.", unit_count(total), list(&models, NAMED), list(&areas, NAMED), because(reason))
    };
    by_reason.into_iter().map(sentence).collect()
}

fn because(reason: Reason) -> &'static str {
    match reason {
        Reason::Capacity => "every line that could is full",
        Reason::NoCapability => "no line there can make them",
        Reason::NotApproved => "no line that could is approved then",
        Reason::OutsideProgramLife => "their programs do not run then",
        Reason::NoHours => "the lines that could have no hours then",
        Reason::OtherArea => "another area of their routing limits them",
        Reason::IntegerRules => "minimum lots, split limits or closed lines forbid it",
        Reason::Frozen => "the period is frozen as released",
    }
}

fn best_hour(document: &PlanDocument) -> Option<String> {
    let first = |a: &LineEntry, b: &LineEntry| (&b.area, &b.line, &b.period).cmp(&(&a.area, &a.line, &a.period));
    let line = document
        .lines
        .iter()
        .filter(|line| line.hour_price > 1e-9)
        .max_by(|a, b| a.hour_price.total_cmp(&b.hour_price).then_with(|| first(a, b)))?;
    Some(format!(
        "The most valuable hour is on {} ({}) in {}: one more saves demand worth {} {}.",
        line.line,
        line.area,
        line.period,
        quantity(line.hour_price),
        document.weight_unit
    ))
}

/// `2026`, `2026 to 2030`.
fn span(document: &PlanDocument) -> String {
    match document.periods.as_slice() {
        [] => "no period".to_owned(),
        [only] => only.name.clone(),
        [first, .., last] => format!("{} to {}", first.name, last.name),
    }
}

fn unit_count(value: f64) -> String {
    format!("{} unit{}", units(value), if (value - 1.0).abs() < 1e-6 { "" } else { "s" })
}

fn share(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { 100.0 * part / whole } else { 100.0 }
}
