//! Whether a problem is well formed, answered in one pass: what is asked before every solve, while [`Problem::defects`] tells what is wrong.
//!
//! Numbers are held against narrower limits than the invariants demand, and names against a small table of hashes. Whoever exceeds them is
//! not broken but unusual, and is left to the thorough search.
//!
//! **Invariant:** true only where [`Problem::defects`] finds nothing; false says nothing.
//! **Invariant:** time and memory are proportional to the problem, whatever its names are.

use super::{Capability, ChangeoverKey, Line, Problem, Step};

/// Numbers between these are usual; products and quotients of five of them are finite and more than nothing.
const USUAL: std::ops::RangeInclusive<f64> = 1e-30..=1e30;
/// Places of a table that are looked at for a name.
const MOST_PROBES: usize = 64;

impl Problem {
    /// Whether there is surely no defect.
    pub(crate) fn is_surely_sound(&self) -> bool {
        self.routing_is_sound()
            && self.lines.iter().all(|l| self.line_is_usual(l))
            && self.models.iter().all(|m| amount(m.weight) && m.unit_value.is_none_or(amount) && m.tier > 0)
            && self.periods.iter().all(|p| amount(p.operating_days))
            && self.steps.iter().all(|s| self.step_is_usual(s))
            && self.capabilities_are_usual()
            && self.demand_is_usual()
            && self.changeovers_are_usual()
            && self.released_is_usual()
            && self.shift_patterns.is_empty()
            && self.names_are_unique()
    }

    /// The same of the demand alone.
    pub(crate) fn demand_is_usual(&self) -> bool {
        self.demand.iter().all(|d| d.model < self.models.len() && d.period < self.periods.len() && amount(d.units))
            && (!self.areas.is_empty() || self.demand.is_empty())
    }

    fn routing_is_sound(&self) -> bool {
        let mut predecessors = self.areas.iter().flat_map(|a| &a.predecessors);
        predecessors.all(|p| *p < self.areas.len()) && self.areas_in_a_circle().is_empty()
    }

    fn line_is_usual(&self, line: &Line) -> bool {
        let periods = self.periods.len();
        line.area < self.areas.len()
            && amount(line.hours_per_day)
            && amount(line.overtime_hours_per_day)
            && amount(line.opening_cost)
            && line.operating_days.len() == periods
            && (line.maintenance_hours.is_empty() || line.maintenance_hours.len() == periods)
            && line.operating_days.iter().chain(&line.maintenance_hours).all(|days| amount(*days))
    }

    fn step_is_usual(&self, step: &Step) -> bool {
        step.model < self.models.len() && step.area < self.areas.len() && USUAL.contains(&step.passes)
    }

    fn capabilities_are_usual(&self) -> bool {
        let usual = |c: &Capability| {
            let share = |value: f64| value >= *USUAL.start() && value <= 1.0;
            let numbers = USUAL.contains(&c.cycle_time_s)
                & USUAL.contains(&c.pieces_per_panel)
                & share(c.efficiency)
                & share(c.first_pass_yield)
                & amount(c.minimum_lot);
            numbers && self.lines.get(c.line).zip(self.steps.get(c.step)).is_some_and(|(line, step)| line.area == step.area)
        };
        self.capabilities.iter().all(usual) && self.pairs_are_unique()
    }

    /// Whether no step has a line twice. References are sound.
    fn pairs_are_unique(&self) -> bool {
        self.neighbours_differ().unwrap_or_else(|| {
            let all: Vec<u32> = (0..self.capabilities.len() as u32).collect();
            let by_step = crate::order::spread(&all, self.steps.len(), |c| self.capabilities[c].step);
            let mut step_of = vec![usize::MAX; self.lines.len()];
            by_step
                .items()
                .iter()
                .map(|c| &self.capabilities[*c as usize])
                .all(|c| std::mem::replace(&mut step_of[c.line], c.step) != c.step)
        })
    }

    /// The same without sorting, known where capabilities stand together by line or by step, as sheets mostly have them.
    fn neighbours_differ(&self) -> Option<bool> {
        let (mut line_of, mut step_of) = (vec![usize::MAX; self.steps.len()], vec![usize::MAX; self.lines.len()]);
        let (mut by_line, mut by_step) = (true, true);
        let (mut line, mut step) = (usize::MAX, usize::MAX);
        for c in &self.capabilities {
            let last_line = std::mem::replace(&mut line_of[c.step], c.line);
            let last_step = std::mem::replace(&mut step_of[c.line], c.step);
            if last_line == c.line || last_step == c.step {
                return Some(false);
            }
            // Coming back to a line or step that was left before ends its standing together.
            by_line &= line == c.line || last_step == usize::MAX;
            by_step &= step == c.step || last_line == usize::MAX;
            if !by_line && !by_step {
                return None;
            }
            (line, step) = (c.line, c.step);
        }
        Some(true)
    }

    fn changeovers_are_usual(&self) -> bool {
        let known = |key: &ChangeoverKey| !matches!(key, ChangeoverKey::Model(m) if *m >= self.models.len());
        let usual =
            |c: &super::Changeover| amount(c.minutes) && c.line.is_none_or(|l| l < self.lines.len()) && known(&c.from) && known(&c.to);
        self.changeovers.iter().all(usual)
    }

    fn released_is_usual(&self) -> bool {
        let (capabilities, periods) = (self.capabilities.len(), self.periods.len());
        self.released.iter().all(|r| r.capability < capabilities && r.period < periods && amount(r.units))
    }

    fn names_are_unique(&self) -> bool {
        let (steps, models) = (&self.steps, &self.models);
        all_differ(self.areas.len(), |a| hash(&[0], &self.areas[a].name), |a, b| self.areas[a].name == self.areas[b].name)
            && all_differ(self.periods.len(), |p| hash(&[0], &self.periods[p].name), |a, b| self.periods[a].name == self.periods[b].name)
            && all_differ(models.len(), |m| hash(&[0], &models[m].name), |a, b| models[a].name == models[b].name)
            && all_differ(
                self.lines.len(),
                |l| hash(&[hash(&[0], &self.lines[l].plant)], &self.lines[l].name),
                |a, b| (&self.lines[a].plant, &self.lines[a].name) == (&self.lines[b].plant, &self.lines[b].name),
            )
            && all_differ(
                steps.len(),
                |s| hash(&[steps[s].model as u64, steps[s].area as u64], &steps[s].name),
                |a, b| (steps[a].model, steps[a].area, &steps[a].name) == (steps[b].model, steps[b].area, &steps[b].name),
            )
    }
}

fn amount(value: f64) -> bool {
    (0.0..=1e300).contains(&value)
}

/// Whether `count` things surely differ, by a table with open places. False also where too many hashes meet.
fn all_differ(count: usize, hash: impl Fn(usize) -> u64, same: impl Fn(usize, usize) -> bool) -> bool {
    let places = (2 * count).next_power_of_two();
    let mut table = vec![0u32; places];
    for item in 0..count {
        let first = hash(item) as usize;
        let mut placed = false;
        for probe in 0..MOST_PROBES {
            let place = &mut table[(first + probe) & (places - 1)];
            if *place == 0 {
                *place = item as u32 + 1;
                placed = true;
                break;
            }
            if same(*place as usize - 1, item) {
                return false;
            }
        }
        if !placed {
            return false;
        }
    }
    true
}

/// A quick hash; a bad one costs the thorough search and nothing else.
fn hash(numbers: &[u64], name: &str) -> u64 {
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    let mix = |h: u64, word: u64| (h.rotate_left(23) ^ word).wrapping_mul(FACTOR);
    let start = numbers.iter().fold(name.len() as u64, |h, word| mix(h, *word));
    let (words, rest) = name.as_bytes().as_chunks::<8>();
    let h = words.iter().fold(start, |h, word| mix(h, u64::from_le_bytes(*word)));
    let h = rest.iter().fold(h, |h, byte| mix(h, u64::from(*byte)));
    h ^ (h >> 32)
}

#[cfg(test)]
mod tests;
