//! What breaks the invariants of a [`Problem`], one sentence each.
//!
//! **Invariant:** never panics, whatever the problem holds; time and memory are proportional to it.

use std::collections::HashSet;

use super::{Capability, ChangeoverKey, Line, Problem};

impl Problem {
    /// Every break of the invariants as a sentence, in the order of the entries; empty when the problem is well formed.
    pub fn defects(&self) -> Vec<String> {
        let mut found = Vec::new();
        if self.is_surely_sound() {
            return found;
        }
        self.search_defects(&mut found);
        found
    }

    /// The thorough search: names what is wrong, and decides what [`Problem::is_surely_sound`] leaves open.
    pub(super) fn search_defects(&self, found: &mut Vec<String>) {
        self.area_defects(found);
        self.period_defects(found);
        self.line_defects(found);
        self.model_defects(found);
        self.step_defects(found);
        self.capability_defects(found);
        self.demand_defects(found);
        self.changeover_defects(found);
        self.released_defects(found);
        self.shift_pattern_defects(found);
    }

    fn area_defects(&self, found: &mut Vec<String>) {
        twice("area", self.areas.iter().map(|a| a.name.as_str()), found);
        let mut sound = true;
        for area in &self.areas {
            for &p in &area.predecessors {
                if p >= self.areas.len() {
                    found.push(format!("area {:?} names predecessor {p}, but there are {} areas", area.name, self.areas.len()));
                    sound = false;
                }
            }
        }
        if sound {
            let circle: Vec<&str> = self.areas_in_a_circle().into_iter().map(|a| self.areas[a].name.as_str()).collect();
            if !circle.is_empty() {
                found.push(format!("the areas {} precede each other in a circle", circle.join(", ")));
            }
        }
    }

    /// Areas that lie on, or only behind, a circle of predecessors.
    pub(super) fn areas_in_a_circle(&self) -> Vec<usize> {
        let mut waits: Vec<usize> = self.areas.iter().map(|a| a.predecessors.len()).collect();
        let mut successors = vec![Vec::new(); self.areas.len()];
        for (a, area) in self.areas.iter().enumerate() {
            for &p in &area.predecessors {
                successors[p].push(a);
            }
        }
        let mut ready: Vec<usize> = (0..self.areas.len()).filter(|a| waits[*a] == 0).collect();
        while let Some(a) = ready.pop() {
            for &next in &successors[a] {
                waits[next] -= 1;
                if waits[next] == 0 {
                    ready.push(next);
                }
            }
        }
        (0..self.areas.len()).filter(|a| waits[*a] > 0).collect()
    }

    fn period_defects(&self, found: &mut Vec<String>) {
        twice("period", self.periods.iter().map(|p| p.name.as_str()), found);
        for period in &self.periods {
            amount(period.operating_days, found, || format!("operating days of period {:?}", period.name));
        }
    }

    fn line_defects(&self, found: &mut Vec<String>) {
        let mut names = HashSet::new();
        for line in &self.lines {
            if !names.insert((line.plant.as_str(), line.name.as_str())) {
                found.push(format!("line {:?} of plant {:?} is named twice", line.name, line.plant));
            }
            if line.area >= self.areas.len() {
                found.push(format!("line {:?} stands in area {}, but there are {} areas", line.name, line.area, self.areas.len()));
            }
            self.line_time_defects(line, found);
        }
    }

    fn line_time_defects(&self, line: &Line, found: &mut Vec<String>) {
        let name = &line.name;
        amount(line.hours_per_day, found, || format!("hours per day of line {name:?}"));
        amount(line.overtime_hours_per_day, found, || format!("overtime hours per day of line {name:?}"));
        amount(line.opening_cost, found, || format!("opening cost of line {name:?}"));
        let periods = self.periods.len();
        if line.operating_days.len() != periods {
            found.push(format!("line {name:?} has operating days for {} periods, expected {periods}", line.operating_days.len()));
        }
        if !line.maintenance_hours.is_empty() && line.maintenance_hours.len() != periods {
            found.push(format!(
                "line {name:?} has maintenance hours for {} periods, expected {periods} or none",
                line.maintenance_hours.len()
            ));
        }
        for (period, &days) in line.operating_days.iter().enumerate() {
            amount(days, found, || format!("operating days of line {name:?} in period {period}"));
        }
        for (period, &hours) in line.maintenance_hours.iter().enumerate() {
            amount(hours, found, || format!("maintenance hours of line {name:?} in period {period}"));
        }
    }

    fn model_defects(&self, found: &mut Vec<String>) {
        twice("model", self.models.iter().map(|m| m.name.as_str()), found);
        for model in &self.models {
            let name = &model.name;
            amount(model.weight, found, || format!("weight of model {name:?}"));
            if let Some(value) = model.unit_value {
                amount(value, found, || format!("unit value of model {name:?}"));
            }
            if model.tier == 0 {
                found.push(format!("tier of model {name:?} is 0, expected 1 or more"));
            }
        }
    }

    fn step_defects(&self, found: &mut Vec<String>) {
        let mut seen = HashSet::with_capacity(self.steps.len());
        for (s, step) in self.steps.iter().enumerate() {
            if step.model >= self.models.len() {
                found.push(format!("step {s} belongs to model {}, but there are {} models", step.model, self.models.len()));
            }
            if step.area >= self.areas.len() {
                found.push(format!("step {s} is done in area {}, but there are {} areas", step.area, self.areas.len()));
            }
            positive(step.passes, found, || format!("passes of {}", self.step_name(s)));
            if !seen.insert((step.model, step.area, step.name.as_str())) {
                found.push(format!("{} is given twice", self.step_name(s)));
            }
        }
    }

    fn capability_defects(&self, found: &mut Vec<String>) {
        for (c, capability) in self.capabilities.iter().enumerate() {
            let line = self.lines.get(capability.line);
            let step = self.steps.get(capability.step);
            if line.is_none() {
                found.push(format!("capability {c} names line {}, but there are {} lines", capability.line, self.lines.len()));
            }
            if step.is_none() {
                found.push(format!("capability {c} names step {}, but there are {} steps", capability.step, self.steps.len()));
            }
            if let (Some(line), Some(step)) = (line, step)
                && line.area != step.area
            {
                found.push(format!("{} stands in another area than its step", self.capability_name(capability)));
            }
            let sound = self.capability_number_defects(capability, found);
            if sound && step.is_some_and(|s| s.passes > 0.0 && s.passes.is_finite()) && !self.hours_per_unit(c).is_normal() {
                found.push(format!("hours per unit of {} are out of range", self.capability_name(capability)));
            }
        }
        self.repeated_capabilities(found);
    }

    /// Checks each number of a capability; true when all are sound.
    fn capability_number_defects(&self, c: &Capability, found: &mut Vec<String>) -> bool {
        let before = found.len();
        positive(c.cycle_time_s, found, || format!("cycle time of {}", self.capability_name(c)));
        positive(c.pieces_per_panel, found, || format!("pieces per panel of {}", self.capability_name(c)));
        share(c.efficiency, found, || format!("efficiency of {}", self.capability_name(c)));
        share(c.first_pass_yield, found, || format!("first-pass yield of {}", self.capability_name(c)));
        amount(c.minimum_lot, found, || format!("minimum lot of {}", self.capability_name(c)));
        found.len() == before
    }

    /// Pairs of step and line that occur more than once, found by grouping the capabilities by step.
    fn repeated_capabilities(&self, found: &mut Vec<String>) {
        let (steps, lines) = (self.steps.len(), self.lines.len());
        let in_range: Vec<u32> = (0..self.capabilities.len() as u32)
            .filter(|c| self.capabilities[*c as usize].step < steps && self.capabilities[*c as usize].line < lines)
            .collect();
        let by_step = crate::order::spread(&in_range, steps, |c| self.capabilities[c].step);
        let mut last_step = vec![usize::MAX; lines];
        for &c in by_step.items() {
            let capability = &self.capabilities[c as usize];
            if std::mem::replace(&mut last_step[capability.line], capability.step) == capability.step {
                found.push(format!("{} is given twice", self.capability_name(capability)));
            }
        }
    }

    fn demand_defects(&self, found: &mut Vec<String>) {
        let mut wanted = 0.0;
        for (d, demand) in self.demand.iter().enumerate() {
            if demand.model >= self.models.len() {
                found.push(format!("demand {d} is for model {}, but there are {} models", demand.model, self.models.len()));
            }
            if demand.period >= self.periods.len() {
                found.push(format!("demand {d} is in period {}, but there are {} periods", demand.period, self.periods.len()));
            }
            amount(demand.units, found, || format!("units of demand {d}"));
            wanted += demand.units;
        }
        if self.areas.is_empty() && wanted > 0.0 {
            found.push("there is demand, but no area to meet it in".to_owned());
        }
    }

    fn changeover_defects(&self, found: &mut Vec<String>) {
        for (c, changeover) in self.changeovers.iter().enumerate() {
            amount(changeover.minutes, found, || format!("minutes of changeover {c}"));
            if changeover.line.is_some_and(|l| l >= self.lines.len()) {
                found.push(format!("changeover {c} names a line that does not exist"));
            }
            for key in [&changeover.from, &changeover.to] {
                if matches!(key, ChangeoverKey::Model(m) if *m >= self.models.len()) {
                    found.push(format!("changeover {c} names a model that does not exist"));
                }
            }
        }
    }

    fn shift_pattern_defects(&self, found: &mut Vec<String>) {
        let mut names = HashSet::new();
        for (p, pattern) in self.shift_patterns.iter().enumerate() {
            let name = &pattern.name;
            match self.lines.get(pattern.line) {
                None => {
                    let count = self.lines.len();
                    found.push(format!("shift pattern {name:?} is offered to line {}, but there are {count} lines", pattern.line));
                }
                Some(line) if !names.insert((pattern.line, name.as_str())) => {
                    found.push(format!("shift pattern {name:?} is offered twice to line {:?}", line.name));
                }
                Some(_) => {}
            }
            amount(pattern.hours_per_day, found, || format!("hours per day of shift pattern {name:?} ({p})"));
            if let Some(cost) = pattern.cost {
                amount(cost, found, || format!("cost of shift pattern {name:?} ({p})"));
            }
        }
    }

    fn released_defects(&self, found: &mut Vec<String>) {
        for (r, released) in self.released.iter().enumerate() {
            if released.capability >= self.capabilities.len() {
                let count = self.capabilities.len();
                found.push(format!("released entry {r} names capability {}, but there are {count} capabilities", released.capability));
            }
            if released.period >= self.periods.len() {
                found.push(format!("released entry {r} is in period {}, but there are {} periods", released.period, self.periods.len()));
            }
            amount(released.units, found, || format!("units of released entry {r}"));
        }
    }

    fn step_name(&self, s: usize) -> String {
        let step = &self.steps[s];
        let model = self.models.get(step.model).map_or("?", |m| m.name.as_str());
        let area = self.areas.get(step.area).map_or("?", |a| a.name.as_str());
        match step.name.as_str() {
            "" => format!("the step of model {model:?} in area {area:?}"),
            name => format!("step {name:?} of model {model:?} in area {area:?}"),
        }
    }

    fn capability_name(&self, c: &Capability) -> String {
        let line = self.lines.get(c.line).map_or("?", |l| l.name.as_str());
        let step = if c.step < self.steps.len() { self.step_name(c.step) } else { "an unknown step".to_owned() };
        format!("line {line:?} for {step}")
    }
}

fn twice<'a>(kind: &str, names: impl Iterator<Item = &'a str>, found: &mut Vec<String>) {
    let mut seen = HashSet::new();
    found.extend(names.filter(|name| !seen.insert(*name)).map(|name| format!("{kind} {name:?} is named twice")));
}

fn amount(value: f64, found: &mut Vec<String>, what: impl Fn() -> String) {
    if !value.is_finite() || value < 0.0 {
        found.push(format!("{} is {value}, expected 0 or more", what()));
    }
}

fn positive(value: f64, found: &mut Vec<String>, what: impl Fn() -> String) {
    if !value.is_finite() || value <= 0.0 {
        found.push(format!("{} is {value}, expected more than 0", what()));
    }
}

fn share(value: f64, found: &mut Vec<String>, what: impl Fn() -> String) {
    if !(value > 0.0 && value <= 1.0) {
        found.push(format!("{} is {value}, expected more than 0 and at most 1", what()));
    }
}
