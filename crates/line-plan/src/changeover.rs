//! Minutes between models, and the hours that a line loses to them.
//!
//! *Look-up.* Three levels: an entry for the line counts before one for all lines; within a scope a named model counts before its
//! family, and a family before the default. A model changed to itself takes no time; a pair that no entry speaks of takes none
//! either. Several entries with the same line, from and to count as the longest.
//!
//! *Mix estimate.* A line that spends shares `s_i` of its making hours on models `i` runs as if it had `N = 1 ÷ Σ s_i²` models of equal
//! share: the effective number of Laakso and Taagepera (Comparative Political Studies 12, 1979), the inverse of the Herfindahl–Hirschman
//! index. Two runs in a row are of models `i ≠ j` with probability `s_i s_j ÷ (1 − Σ s²)`, so that a changeover takes
//! `Σ_{i≠j} s_i s_j min_ij ÷ (1 − Σ s²)` minutes on average. A campaign that runs each model once, beginning with the one the last
//! campaign ended with, has `N − 1` changeovers; `c` campaigns have `c (N − 1)`.
//!
//! *Campaign hours.* A model assigned to a line costs, for each campaign, the mean minutes to it from the other models that the line can make.
//!
//! **Invariant:** pure functions; sums run in the order of names.

use std::collections::HashMap;

use crate::assemble::{Made, OnLine};
use crate::order::{Order, spread};
use crate::problem::{ChangeoverKey, Problem};

/// Models that no entry tells apart; changeovers are looked up between classes.
type Class = u32;

/// What an entry names, by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Key {
    Any,
    Family(u32),
    Model(u32),
}

/// The look-up over a problem's changeovers.
#[derive(Debug)]
pub(crate) struct Changeovers {
    minutes: HashMap<(Option<u32>, Key, Key), f64>,
    /// Lines that have entries of their own.
    own: Vec<bool>,
    class_of: Vec<Class>,
    /// The keys under which a class is found, most specific first.
    keys_of: Vec<Vec<Key>>,
    /// Minutes between classes on lines without entries of their own: `[from * classes + to]`; empty where that would be large.
    table: Vec<f64>,
}

/// Most classes for which all pairs are laid out (8 MB).
const TABLE_CLASSES: usize = 1000;

/// What the mix of a line costs.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Mix {
    /// Effective number of models, 1 ÷ HHI; 0 for an idle line.
    pub effective_models: f64,
    /// Expected minutes of one changeover (min).
    pub minutes: f64,
    /// Expected hours of all changeovers (h).
    pub hours: f64,
}

impl Changeovers {
    /// Prepares the look-up.
    pub fn of(problem: &Problem) -> Changeovers {
        let mut families = HashMap::new();
        for model in problem.models.iter().filter(|m| !m.family.is_empty()) {
            let next = families.len() as u32;
            families.entry(model.family.as_str()).or_insert(next);
        }
        let mut named = vec![false; problem.models.len()];
        let mut own = vec![false; problem.lines.len()];
        let mut minutes = HashMap::with_capacity(problem.changeovers.len());
        for entry in &problem.changeovers {
            for key in [&entry.from, &entry.to] {
                if let ChangeoverKey::Model(m) = key {
                    named[*m] = true;
                }
            }
            let (Some(from), Some(to)) = (number(&entry.from, &families), number(&entry.to, &families)) else {
                continue; // a family that no model belongs to
            };
            if let Some(line) = entry.line {
                own[line] = true;
            }
            let known = minutes.entry((entry.line.map(|l| l as u32), from, to)).or_insert(0.0_f64);
            *known = known.max(entry.minutes);
        }
        let (class_of, keys_of) = classes(problem, &families, &named);
        let mut changeovers = Changeovers { minutes, own, class_of, keys_of, table: Vec::new() };
        let classes = changeovers.keys_of.len();
        if classes <= TABLE_CLASSES {
            let pairs = (0..classes).flat_map(|from| (0..classes).map(move |to| (from as Class, to as Class)));
            changeovers.table = pairs.map(|(from, to)| changeovers.look_up(&[None], from, to)).collect();
        }
        changeovers
    }

    /// Whether no changeover takes any time.
    pub fn are_free(&self) -> bool {
        self.minutes.values().all(|minutes| *minutes == 0.0)
    }

    /// Minutes to change a line from one model to another (min): what the tests look up one by one.
    #[cfg(test)]
    pub fn minutes(&self, line: usize, from: usize, to: usize) -> f64 {
        if from == to { 0.0 } else { self.between(line, self.class_of[from], self.class_of[to]) }
    }

    /// Minutes between different models of two classes (min).
    fn between(&self, line: usize, from: Class, to: Class) -> f64 {
        if self.own[line] {
            return self.look_up(&[Some(line as u32), None], from, to);
        }
        match self.table.get(from as usize * self.keys_of.len() + to as usize) {
            Some(minutes) => *minutes,
            None => self.look_up(&[None], from, to),
        }
    }

    fn look_up(&self, scopes: &[Option<u32>], from: Class, to: Class) -> f64 {
        let (from, to) = (&self.keys_of[from as usize], &self.keys_of[to as usize]);
        scopes.iter().find_map(|scope| self.most_specific(*scope, from, to)).unwrap_or(0.0)
    }

    /// The entry of a scope that names the pair most closely; at equal closeness the one that names what ran before.
    fn most_specific(&self, scope: Option<u32>, from: &[Key], to: &[Key]) -> Option<f64> {
        let rank = |key: Key| match key {
            Key::Model(_) => 0,
            Key::Family(_) => 1,
            Key::Any => 2,
        };
        let mut best: Option<((u32, u32, u32), f64)> = None;
        for &f in from {
            for &t in to {
                // The closer of the two names counts first: a named model beats two families.
                let closeness = (rank(f).min(rank(t)), rank(f).max(rank(t)), rank(f));
                if best.is_some_and(|(known, _)| known < closeness) {
                    continue;
                }
                if let Some(minutes) = self.minutes.get(&(scope, f, t)) {
                    best = Some((closeness, *minutes));
                }
            }
        }
        best.map(|(_, minutes)| minutes)
    }

    /// Estimates the changeovers of a line that spends these hours on these models (index, h), each given once, in the order of names.
    pub fn mix(&self, line: usize, hours: &[(usize, f64)], campaigns: f64) -> Mix {
        let total: f64 = hours.iter().map(|(_, h)| h).sum();
        if total <= 0.0 {
            return Mix::default();
        }
        let concentration: f64 = hours.iter().map(|(_, h)| (h / total) * (h / total)).sum();
        let effective_models = 1.0 / concentration;
        let different = 1.0 - concentration;
        if hours.len() < 2 || different <= 0.0 {
            return Mix { effective_models: 1.0, ..Mix::default() };
        }
        let minutes = self.expected_minutes(line, hours, total) / different;
        Mix { effective_models, minutes, hours: campaigns * (effective_models - 1.0) * minutes / 60.0 }
    }

    /// Σ s_i s_j min_ij over models i ≠ j: classes are added up first, and pairs of one model are taken out again.
    fn expected_minutes(&self, line: usize, hours: &[(usize, f64)], total: f64) -> f64 {
        let mut shares: Vec<(Class, f64, f64)> = Vec::new();
        let mut place = HashMap::new();
        for &(model, h) in hours {
            let (class, share) = (self.class_of[model], h / total);
            let at = *place.entry(class).or_insert_with(|| {
                shares.push((class, 0.0, 0.0));
                shares.len() - 1
            });
            shares[at].1 += share;
            shares[at].2 += share * share;
        }
        let mut expected = 0.0;
        for (i, &(from, share, squares)) in shares.iter().enumerate() {
            for (j, &(to, other, _)) in shares.iter().enumerate() {
                let pairs = if i == j { (share * share - squares).max(0.0) } else { share * other };
                if pairs > 0.0 {
                    expected += pairs * self.between(line, from, to);
                }
            }
        }
        expected
    }

    /// Hours charged when a capability is used in a period (h), by capability: campaigns × the mean minutes to its model from the other models
    /// that its line can make ÷ 60.
    pub fn campaign_hours(&self, problem: &Problem, order: &Order, campaigns: f64) -> Vec<f64> {
        let mut classes_of = vec![Vec::new(); problem.lines.len()];
        let mut latest = vec![usize::MAX; problem.lines.len()];
        for stop in &order.stops {
            for &c in order.steps_at(*stop).iter().flat_map(|step| order.capabilities_of(*step as usize)) {
                let (line, model) = (problem.capabilities[c as usize].line, stop.model as usize);
                if std::mem::replace(&mut latest[line], model) != model {
                    count(&mut classes_of[line], self.class_of[model]);
                }
            }
        }
        let mut mean = HashMap::new();
        let hours = problem.capabilities.iter().map(|c| {
            let (line, class) = (c.line, self.class_of[problem.steps[c.step].model]);
            let minutes = *mean.entry((line, class)).or_insert_with(|| self.mean_minutes_to(line, class, &classes_of[line]));
            campaigns * minutes / 60.0
        });
        hours.collect()
    }

    /// Mean minutes to one model of a class from all the others (min), given how many models of each class there are.
    fn mean_minutes_to(&self, line: usize, to: Class, classes: &[(Class, usize)]) -> f64 {
        let (mut total, mut others) = (0.0, 0);
        for &(from, models) in classes {
            let models = if from == to { models - 1 } else { models };
            if models > 0 {
                total += models as f64 * self.between(line, from, to);
                others += models;
            }
        }
        total / others.max(1) as f64
    }
}

/// Estimates the changeover hours of every line in every period from what is made there; entries without any are left out.
pub(crate) fn mix_charges(problem: &Problem, order: &Order, made: &[Made], campaigns: f64) -> Vec<OnLine> {
    let changeovers = Changeovers::of(problem);
    if changeovers.are_free() {
        return Vec::new();
    }
    let periods = problem.periods.len();
    let entries: Vec<u32> = (0..made.len() as u32).filter(|i| made[*i as usize].units > 0.0).collect();
    let model = |i: usize| problem.steps[problem.capabilities[made[i].capability as usize].step].model;
    let place = |i: usize| problem.capabilities[made[i].capability as usize].line * periods + made[i].period as usize;
    let by_name = spread(&entries, order.capability_rank.len(), |i| order.capability_rank[made[i].capability as usize] as usize);
    let by_model = spread(by_name.items(), problem.models.len(), |i| order.model_rank[model(i)] as usize);
    let by_place = spread(by_model.items(), problem.lines.len() * periods, place);
    let mut charges = Vec::new();
    let mut hours: Vec<(usize, f64)> = Vec::new();
    for line in 0..problem.lines.len() {
        for period in 0..periods {
            hours.clear();
            for &i in by_place.group(line * periods + period) {
                let (model, entry) = (model(i as usize), made[i as usize]);
                let h = entry.units * problem.hours_per_unit(entry.capability as usize);
                match hours.last_mut() {
                    Some((known, sum)) if *known == model => *sum += h,
                    _ => hours.push((model, h)),
                }
            }
            let value = changeovers.mix(line, &hours, campaigns).hours;
            if value > 0.0 {
                charges.push(OnLine { line: line as u32, period: period as u32, value });
            }
        }
    }
    charges
}

fn count(classes: &mut Vec<(Class, usize)>, class: Class) {
    match classes.iter_mut().find(|(known, _)| *known == class) {
        Some((_, models)) => *models += 1,
        None => classes.push((class, 1)),
    }
}

fn number(key: &ChangeoverKey, families: &HashMap<&str, u32>) -> Option<Key> {
    match key {
        ChangeoverKey::Any => Some(Key::Any),
        ChangeoverKey::Family(name) => families.get(name.as_str()).map(|f| Key::Family(*f)),
        ChangeoverKey::Model(model) => Some(Key::Model(*model as u32)),
    }
}

/// A class for each model that an entry names, for each family, and for models without one.
fn classes(problem: &Problem, families: &HashMap<&str, u32>, named: &[bool]) -> (Vec<Class>, Vec<Vec<Key>>) {
    let mut keys_of: Vec<Vec<Key>> = (0..families.len() as u32).map(|f| vec![Key::Family(f), Key::Any]).collect();
    keys_of.push(vec![Key::Any]);
    let without_family = families.len() as Class;
    let class_of = problem.models.iter().enumerate().map(|(m, model)| {
        let family = families.get(model.family.as_str()).copied();
        if named[m] {
            let family = family.map(Key::Family);
            keys_of.push([Some(Key::Model(m as u32)), family, Some(Key::Any)].into_iter().flatten().collect());
            keys_of.len() as Class - 1
        } else {
            family.unwrap_or(without_family)
        }
    });
    (class_of.collect(), keys_of)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::{Changeover, Line, Model, Window};

    /// Radios R1, R2 of family "radio", gauge G of family "gauge", cable C of none; lines 0 and 1.
    fn plant(entries: &[(ChangeoverKey, ChangeoverKey, f64, Option<usize>)]) -> Problem {
        let model = |name: &str, family: &str| Model {
            name: name.to_owned(),
            customer: String::new(),
            program: String::new(),
            family: family.to_owned(),
            weight: 1.0,
            tier: 1,
            unit_value: None,
            currency: String::new(),
            life: Window::ALWAYS,
        };
        let line = |name: &str| Line {
            name: name.to_owned(),
            plant: String::new(),
            area: 0,
            hours_per_day: 20.0,
            overtime_hours_per_day: 0.0,
            operating_days: vec![],
            maintenance_hours: vec![],
            opening_cost: 0.0,
        };
        Problem {
            released: Vec::new(),
            shift_patterns: Vec::new(),
            models: vec![model("R1", "radio"), model("R2", "radio"), model("G", "gauge"), model("C", "")],
            lines: vec![line("S1"), line("S2")],
            changeovers: entries
                .iter()
                .map(|(from, to, minutes, line)| Changeover { from: from.clone(), to: to.clone(), minutes: *minutes, line: *line })
                .collect(),
            ..Problem::default()
        }
    }

    fn family(name: &str) -> ChangeoverKey {
        ChangeoverKey::Family(name.to_owned())
    }

    #[test]
    fn the_most_specific_entry_counts() {
        use ChangeoverKey::{Any, Model};
        let problem = plant(&[
            (Any, Any, 30.0, None),
            (family("radio"), family("gauge"), 45.0, None),
            (family("radio"), family("radio"), 10.0, None),
            (Model(0), Any, 50.0, None),
            (Model(0), Model(2), 60.0, None),
            (Any, Any, 20.0, Some(1)),
        ]);
        let changeovers = Changeovers::of(&problem);
        let minutes = |line, from, to| changeovers.minutes(line, from, to);
        assert_eq!(minutes(0, 0, 0), 0.0, "a model to itself");
        assert_eq!(minutes(0, 2, 3), 30.0, "the default");
        assert_eq!(minutes(0, 1, 2), 45.0, "family to family");
        assert_eq!(minutes(0, 2, 1), 30.0, "the other direction is another matter");
        assert_eq!(minutes(0, 0, 1), 50.0, "a named model beats two families");
        assert_eq!(minutes(0, 1, 0), 10.0, "inside a family");
        assert_eq!(minutes(0, 0, 2), 60.0, "model to model");
        assert_eq!(minutes(1, 0, 2), 20.0, "the line's own default beats every entry for all lines");
    }

    #[test]
    fn no_entry_takes_no_time_and_the_longest_of_equal_ones_counts() {
        assert!(Changeovers::of(&plant(&[])).are_free());
        let problem = plant(&[(family("radio"), family("gauge"), 15.0, None), (family("radio"), family("gauge"), 25.0, None)]);
        let changeovers = Changeovers::of(&problem);
        assert_eq!(changeovers.minutes(0, 0, 2), 25.0);
        assert_eq!(changeovers.minutes(0, 2, 0), 0.0);
    }

    #[test]
    fn equal_shares_make_as_many_changeovers_as_there_are_models_less_one() {
        let changeovers = Changeovers::of(&plant(&[(ChangeoverKey::Any, ChangeoverKey::Any, 30.0, None)]));
        let mix = changeovers.mix(0, &[(0, 50.0), (2, 50.0), (3, 50.0)], 1.0);
        assert!((mix.effective_models - 3.0).abs() < 1e-12);
        assert!((mix.minutes - 30.0).abs() < 1e-12);
        assert!((mix.hours - 1.0).abs() < 1e-12, "2 changeovers of half an hour");
        let four_campaigns = changeovers.mix(0, &[(0, 50.0), (2, 50.0), (3, 50.0)], 4.0);
        assert!((four_campaigns.hours - 4.0).abs() < 1e-12);
    }

    #[test]
    fn a_mix_weighs_each_changeover_by_its_probability() {
        let problem = plant(&[(family("radio"), family("radio"), 6.0, None), (family("radio"), family("gauge"), 60.0, None)]);
        let changeovers = Changeovers::of(&problem);
        // Shares 0.5, 0.3, 0.2: HHI 0.38. Minutes: R1↔R2 6 both ways, radio → gauge 60, back 0.
        let mix = changeovers.mix(0, &[(0, 5.0), (1, 3.0), (2, 2.0)], 1.0);
        let minutes = (2.0 * 0.5 * 0.3 * 6.0 + (0.5 + 0.3) * 0.2 * 60.0) / 0.62;
        assert!((mix.effective_models - 1.0 / 0.38).abs() < 1e-12);
        assert!((mix.minutes - minutes).abs() < 1e-12);
        assert!((mix.hours - (1.0 / 0.38 - 1.0) * minutes / 60.0).abs() < 1e-12);
    }

    /// Radios and gauge are made in SMT on the first line, an hour each.
    fn with_capabilities(mut problem: Problem) -> Problem {
        use crate::problem::{Area, Capability, Period, Step};
        problem.periods.push(Period { name: "2027".to_owned(), operating_days: 10.0 });
        problem.areas.push(Area { name: "SMT".to_owned(), order: 0, predecessors: vec![] });
        for model in 0..3 {
            problem.steps.push(Step { model, area: 0, name: String::new(), passes: 1.0 });
            problem.capabilities.push(Capability {
                step: model,
                line: 0,
                cycle_time_s: 3600.0,
                efficiency: 1.0,
                first_pass_yield: 1.0,
                pieces_per_panel: 1.0,
                priority: 1,
                minimum_lot: 0.0,
                approved: Window::ALWAYS,
            });
        }
        problem
    }

    #[test]
    fn charges_follow_from_what_is_made() {
        let problem = with_capabilities(plant(&[(ChangeoverKey::Any, ChangeoverKey::Any, 30.0, None)]));
        let made = [0, 1, 2].map(|capability| Made { capability, period: 0, units: 40.0 });
        let order = Order::of(&problem);
        let [charge] = mix_charges(&problem, &order, &made, 1.0)[..] else { panic!("one line is charged") };
        assert!(charge.line == 0 && (charge.value - 1.0).abs() < 1e-12, "{charge:?}");
        assert!(mix_charges(&problem, &order, &made[..1], 1.0).is_empty());
    }

    #[test]
    fn a_campaign_is_charged_the_mean_way_to_its_model() {
        let entries = [(family("radio"), family("radio"), 6.0, None), (family("radio"), family("gauge"), 60.0, None)];
        let problem = with_capabilities(plant(&entries));
        let hours = Changeovers::of(&problem).campaign_hours(&problem, &Order::of(&problem), 2.0);
        // To a radio: 6 min from the other radio, 0 from the gauge; to the gauge: 60 min from either radio.
        assert_eq!(hours, [2.0 * 3.0 / 60.0, 2.0 * 3.0 / 60.0, 2.0]);
    }

    #[test]
    fn one_model_or_none_needs_no_changeover() {
        let changeovers = Changeovers::of(&plant(&[(ChangeoverKey::Any, ChangeoverKey::Any, 30.0, None)]));
        assert_eq!(changeovers.mix(0, &[], 3.0), Mix::default());
        assert_eq!(changeovers.mix(0, &[(1, 80.0)], 3.0).hours, 0.0);
        assert_eq!(changeovers.mix(0, &[(1, 80.0), (2, 0.0)], 3.0).hours, 0.0);
    }
}
