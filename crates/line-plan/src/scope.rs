//! What-if questions that only change the problem: fewer plants or periods, other operating days.
//!
//! Each returns a new [`Problem`]; the caller keeps the old one. **Invariant:** restricting to everything changes nothing.
//! **Invariant:** names are matched without regard to case; a name that matches nothing is an error that lists what exists.

use crate::problem::{Period, Problem, Window};

/// A name that is not in the problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownName {
    /// `plant`, `area` or `period`.
    pub kind: &'static str,
    /// What was asked for.
    pub name: String,
    /// What there is.
    pub known: Vec<String>,
}

impl std::fmt::Display for UnknownName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "there is no {} `{}`; there is: {}", self.kind, self.name, self.known.join(", "))
    }
}

impl std::error::Error for UnknownName {}

impl Problem {
    /// Names of the plants, in name order.
    pub fn plants(&self) -> Vec<String> {
        let names: std::collections::BTreeSet<&str> = self.lines.iter().map(|line| line.plant.as_str()).collect();
        names.into_iter().map(str::to_owned).collect()
    }

    /// Indices of the areas with these names.
    ///
    /// # Errors
    /// The first name that is no area.
    pub fn find_areas(&self, names: &[String]) -> Result<Vec<usize>, UnknownName> {
        let find = |name: &String| {
            self.areas.iter().position(|area| same(&area.name, name)).ok_or_else(|| UnknownName {
                kind: "area",
                name: name.clone(),
                known: self.areas.iter().map(|area| area.name.clone()).collect(),
            })
        };
        names.iter().map(find).collect()
    }

    /// Indices of the periods that a selection names: `2026`, `2026..2030`, `2026-03..`, `..2027`, several with commas. A
    /// year or month also stands for the shorter periods in it, so `2026` selects `2026-01` to `2026-12`.
    ///
    /// # Errors
    /// The first name that fits no period.
    pub fn find_periods(&self, selection: &str) -> Result<Vec<usize>, UnknownName> {
        let mut chosen = vec![false; self.periods.len()];
        for part in selection.split(',').map(str::trim) {
            let (first, last) = match part.split_once("..") {
                None => (self.find_period(part)?.0, self.find_period(part)?.1),
                Some((from, to)) => {
                    let first = if from.trim().is_empty() { 0 } else { self.find_period(from.trim())?.0 };
                    let end = to.trim_start_matches('=').trim();
                    let last = if end.is_empty() { self.periods.len().saturating_sub(1) } else { self.find_period(end)?.1 };
                    (first, last)
                }
            };
            if first > last {
                return Err(self.unknown_period(part));
            }
            chosen[first..=last].fill(true);
        }
        Ok((0..chosen.len()).filter(|period| chosen[*period]).collect())
    }

    fn find_period(&self, name: &str) -> Result<(usize, usize), UnknownName> {
        let inside = |period: &Period| same(&period.name, name) || covers(name, &period.name);
        let first = self.periods.iter().position(inside).ok_or_else(|| self.unknown_period(name))?;
        let last = self.periods.iter().rposition(inside).unwrap_or(first);
        Ok((first, last))
    }

    fn unknown_period(&self, name: &str) -> UnknownName {
        UnknownName { kind: "period", name: name.to_owned(), known: self.periods.iter().map(|period| period.name.clone()).collect() }
    }

    /// The problem with only these periods (indices, ascending). Windows shrink with them.
    pub fn restrict_periods(&self, periods: &[usize]) -> Problem {
        let mut place = vec![None; self.periods.len()];
        for (new, old) in periods.iter().enumerate() {
            place[*old] = Some(new);
        }
        let shrink = |window: Window| {
            if window == Window::ALWAYS {
                return window;
            }
            let inside = || (0..periods.len()).filter(|new| window.contains(periods[*new]));
            inside().next().zip(inside().next_back()).map_or(Window::NEVER, |(first, last)| Window { first, last })
        };
        let keep = |values: &[f64]| if values.is_empty() { Vec::new() } else { periods.iter().map(|old| values[*old]).collect() };
        let mut problem = self.clone();
        problem.periods = periods.iter().map(|old| self.periods[*old].clone()).collect();
        for line in &mut problem.lines {
            line.operating_days = keep(&line.operating_days);
            line.maintenance_hours = keep(&line.maintenance_hours);
        }
        for model in &mut problem.models {
            model.life = shrink(model.life);
        }
        for capability in &mut problem.capabilities {
            capability.approved = shrink(capability.approved);
        }
        problem.demand.retain_mut(|demand| place[demand.period].map(|new| demand.period = new).is_some());
        problem.released.retain_mut(|released| place[released.period].map(|new| released.period = new).is_some());
        problem
    }

    /// The problem with only the lines of these plants. Models that only other plants can make leave with their demand; a step that
    /// only other plants can do leaves the routing; the whole demand of a model that several plants can make stays.
    ///
    /// # Errors
    /// The first name that is no plant.
    pub fn restrict_plants(&self, names: &[String]) -> Result<Problem, UnknownName> {
        let plants = self.plants();
        if let Some(name) = names.iter().find(|name| !plants.iter().any(|plant| same(plant, name))) {
            return Err(UnknownName { kind: "plant", name: name.clone(), known: plants });
        }
        let line_stays: Vec<bool> = self.lines.iter().map(|line| names.iter().any(|name| same(&line.plant, name))).collect();
        // What nobody anywhere can make stays: it is a finding about the plan, not another plant's work.
        let mut step_stays = vec![true; self.steps.len()];
        let mut model_stays = vec![true; self.models.len()];
        for capability in &self.capabilities {
            step_stays[capability.step] = false;
            model_stays[self.steps[capability.step].model] = false;
        }
        for capability in self.capabilities.iter().filter(|capability| line_stays[capability.line]) {
            step_stays[capability.step] = true;
            model_stays[self.steps[capability.step].model] = true;
        }
        for (step, stays) in self.steps.iter().zip(&mut step_stays) {
            *stays &= model_stays[step.model];
        }
        let line_place = places(&line_stays);
        let step_place = places(&step_stays);
        let capability_stays: Vec<bool> =
            self.capabilities.iter().map(|c| line_place[c.line].is_some() && step_place[c.step].is_some()).collect();
        let capability_place = places(&capability_stays);
        let mut problem = self.clone();
        retain(&mut problem.lines, &line_stays);
        retain(&mut problem.steps, &step_stays);
        problem.demand.retain(|demand| model_stays[demand.model]);
        problem.capabilities.retain_mut(|capability| match (line_place[capability.line], step_place[capability.step]) {
            (Some(line), Some(step)) => {
                (capability.line, capability.step) = (line, step);
                true
            }
            _ => false,
        });
        problem.shift_patterns.retain_mut(|pattern| match line_place[pattern.line] {
            Some(line) => {
                pattern.line = line;
                true
            }
            None => false,
        });
        problem.released.retain_mut(|released| match capability_place[released.capability] {
            Some(capability) => {
                released.capability = capability;
                true
            }
            None => false,
        });
        problem.changeovers.retain_mut(|changeover| match changeover.line {
            None => true,
            Some(line) => {
                changeover.line = line_place[line];
                changeover.line.is_some()
            }
        });
        Ok(problem)
    }

    /// The problem with `days` operating days in every period for the lines of these areas (indices), of all areas when none is named.
    /// More days than a period can have are days of a year, of which each period gets its part (288 are 24 in a month).
    /// Demand stays as it is.
    pub fn with_operating_days(&self, days: f64, areas: &[usize]) -> Problem {
        let mut problem = self.clone();
        let yearly = self.periods.iter().any(|period| period.calendar_days().is_some_and(|most| days > most));
        let days: Vec<f64> = self.periods.iter().map(|period| if yearly { days * period.share_of_year() } else { days }).collect();
        for line in problem.lines.iter_mut().filter(|line| areas.is_empty() || areas.contains(&line.area)) {
            line.operating_days.clone_from(&days);
        }
        if areas.is_empty() {
            problem.periods.iter_mut().zip(&days).for_each(|(period, days)| period.operating_days = *days);
        }
        problem
    }
}

impl Period {
    /// Most days a period with such a name can have: a year 366, a month 31, a week 7, a day 1; none where the name tells nothing.
    pub fn calendar_days(&self) -> Option<f64> {
        let bytes = self.name.as_bytes();
        let digits = |range: std::ops::Range<usize>| bytes.get(range).is_some_and(|part| part.iter().all(u8::is_ascii_digit));
        let dash = |at: usize| bytes.get(at) == Some(&b'-');
        match bytes.len() {
            4 if digits(0..4) => Some(366.0),
            7 if digits(0..4) && dash(4) && digits(5..7) => Some(31.0),
            8 if digits(0..4) && dash(4) && bytes[5].eq_ignore_ascii_case(&b'w') => Some(7.0),
            10 if digits(0..4) && dash(4) && dash(7) => Some(1.0),
            _ => None,
        }
    }
}

impl Period {
    /// Part of a year that a period with such a name is: a month a twelfth, a week a 52nd, a day a 365th; otherwise the whole.
    fn share_of_year(&self) -> f64 {
        match self.calendar_days() {
            Some(31.0) => 1.0 / 12.0,
            Some(7.0) => 1.0 / 52.0,
            Some(1.0) => 1.0 / 365.0,
            _ => 1.0,
        }
    }
}

fn same(left: &str, right: &str) -> bool {
    left.trim().to_lowercase() == right.trim().to_lowercase()
}

fn covers(longer: &str, shorter: &str) -> bool {
    !longer.is_empty() && shorter.strip_prefix(longer).is_some_and(|rest| rest.starts_with('-'))
}

fn places(stays: &[bool]) -> Vec<Option<usize>> {
    let mut next = 0;
    let number = |stays: &bool| {
        stays.then(|| {
            next += 1;
            next - 1
        })
    };
    stays.iter().map(number).collect()
}

fn retain<T>(values: &mut Vec<T>, stays: &[bool]) {
    let mut flags = stays.iter();
    values.retain(|_| flags.next().copied().unwrap_or(false));
}

#[cfg(test)]
mod tests;
