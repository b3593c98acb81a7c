//! The desktop tool's rule, kept so that a planner can compare: area by area, priority level by priority level, models in the
//! order in which the lines list them, lines in sheet order; each line is filled until the demand or its hours end.
//!
//! Several steps of a model in an area are filled one by one, each up to the whole demand. A model that several
//! plants can make gets from the later plant what the earlier left over.
//!
//! **Invariant:** overtime is not used and changeovers take no time, as in the desktop tool.
//! **Invariant:** the answer depends on the order of rows; nothing is claimed about its quality.

use std::collections::HashMap;

use crate::Clock;
use crate::assemble::{Answer, Made, assemble};
use crate::explain::{Scene, constraints};
use crate::options::Options;
use crate::order::{Grouped, Order, spread};
use crate::plan::{Plan, Status};
use crate::problem::{Capability, Problem};
use crate::verify::verify;

/// Applies the rule.
pub(crate) fn solve(problem: &Problem, options: &Options, clock: &dyn Clock) -> Plan {
    let start = clock.seconds();
    let sheet = Sheet::of(problem);
    let prepared = clock.seconds();
    let made = sheet.fill(problem);
    let filled = clock.seconds();
    let order = Order::of(problem);
    let answer = Answer { made, ..Answer::new(Status::Heuristic) };
    let mut plan = assemble(problem, options, &order, answer);
    plan.constraints = constraints(&Scene::of(problem, &order, &plan), &plan);
    plan.timing.prepare_s = prepared - start;
    plan.timing.solve_s = filled - prepared;
    let explained = clock.seconds();
    plan.verification = verify(problem, &plan);
    plan.timing.explain_s = explained - filled;
    plan.timing.verify_s = clock.seconds() - explained;
    plan
}

/// One line that may be tried for a row.
#[derive(Debug, Clone, Copy, Default)]
struct Visit {
    line: u32,
    capability: u32,
    first_period: u32,
    last_period: u32,
    hours_per_unit: f64,
}

/// A step at one priority level, and the lines to try for it.
struct Row {
    step: u32,
    first: u32,
    last: u32,
}

/// All visits in the order of the rule.
struct Sheet {
    rows: Vec<Row>,
    visits: Vec<Visit>,
}

impl Sheet {
    fn of(problem: &Problem) -> Sheet {
        let columns = Columns::of(problem);
        let rank = columns.ranked(problem);

        // Inside one block and level, steps follow in the order of their first line.
        let mut rows: Vec<Row> = Vec::new();
        let mut row_of = vec![0u32; columns.line.len()];
        let mut latest = vec![(u32::MAX, 0u32); problem.steps.len()];
        for &c in rank.items() {
            let (step, group) = (columns.step[c as usize], columns.group[c as usize]);
            let seen = &mut latest[step as usize];
            if seen.0 != group {
                *seen = (group, rows.len() as u32);
                rows.push(Row { step, first: 0, last: 0 });
            }
            row_of[c as usize] = seen.1;
            rows[seen.1 as usize].last += 1;
        }
        let mut end = 0;
        for row in &mut rows {
            let visits = row.last;
            (row.first, row.last) = (end, end);
            end += visits;
        }
        let mut place = row_of;
        for &c in rank.items() {
            let row = &mut rows[place[c as usize] as usize];
            place[c as usize] = row.last;
            row.last += 1;
        }
        let mut visits = vec![Visit::default(); place.len()];
        for (c, place) in place.into_iter().enumerate() {
            visits[place as usize] = visit(problem, c);
        }
        Sheet { rows, visits }
    }

    /// Fills the lines, period by period.
    fn fill(&self, problem: &Problem) -> Vec<Made> {
        let models = problem.models.len();
        let mut wanted = vec![0.0; models * problem.periods.len()];
        for d in &problem.demand {
            if problem.models[d.model].life.contains(d.period) {
                wanted[d.period * models + d.model] += d.units;
            }
        }
        let mut made = Vec::with_capacity(problem.demand.len() + problem.capabilities.len());
        let mut open = vec![0.0; problem.steps.len()];
        let mut free = vec![0.0; problem.lines.len()];
        for period in 0..problem.periods.len() {
            let wanted = &wanted[period * models..][..models];
            for (open, step) in open.iter_mut().zip(&problem.steps) {
                *open = wanted[step.model];
            }
            for (free, line) in free.iter_mut().zip(&problem.lines) {
                *free = line.hours(period);
            }
            self.fill_period(period as u32, &mut open, &mut free, &mut made);
        }
        made
    }

    fn fill_period(&self, period: u32, open: &mut [f64], free: &mut [f64], made: &mut Vec<Made>) {
        for row in &self.rows {
            let mut rest = open[row.step as usize];
            if rest <= 0.0 {
                continue;
            }
            for visit in &self.visits[row.first as usize..row.last as usize] {
                let hours = free[visit.line as usize];
                if hours <= 0.0 || period < visit.first_period || period > visit.last_period {
                    continue;
                }
                let needed = rest * visit.hours_per_unit;
                if needed <= hours {
                    made.push(Made { capability: visit.capability, period, units: rest });
                    free[visit.line as usize] = hours - needed;
                    rest = 0.0;
                    break;
                }
                let units = hours / visit.hours_per_unit;
                made.push(Made { capability: visit.capability, period, units });
                free[visit.line as usize] = 0.0;
                rest -= units;
            }
            open[row.step as usize] = rest;
        }
    }
}

fn visit(problem: &Problem, capability: usize) -> Visit {
    let c = &problem.capabilities[capability];
    Visit {
        line: c.line as u32,
        capability: capability as u32,
        first_period: c.approved.first.min(u32::MAX as usize) as u32,
        last_period: c.approved.last.min(u32::MAX as usize) as u32,
        hours_per_unit: problem.hours_per_unit(capability),
    }
}

/// What is looked up often of the capabilities, laid side by side.
struct Columns {
    line: Vec<u32>,
    step: Vec<u32>,
    /// Block and level as one number, in the order of the rule.
    group: Vec<u32>,
    groups: usize,
}

impl Columns {
    fn of(problem: &Problem) -> Columns {
        let capabilities = &problem.capabilities;
        let levels = levels(problem);
        let (line, step): (Vec<u32>, Vec<u32>) = capabilities.iter().map(|c| (c.line as u32, c.step as u32)).unzip();
        let (blocks, block_of_line) = blocks(problem, &line);
        let number = |c: &Capability| block_of_line[c.line] * levels.len() + levels.partition_point(|level| *level < c.priority);
        let numbers: Vec<usize> = capabilities.iter().map(number).collect();
        let groups = blocks * levels.len();
        if groups <= capabilities.len() {
            return Columns { line, step, group: numbers.into_iter().map(|g| g as u32).collect(), groups };
        }
        // So many groups that most are empty: only the others are numbered.
        let mut used = numbers.clone();
        used.sort_unstable();
        used.dedup();
        let group = numbers.iter().map(|number| used.partition_point(|u| u < number) as u32).collect();
        Columns { line, step, group, groups: used.len() }
    }

    /// The capabilities by block and level, then by line, then as the sheet has them.
    fn ranked(&self, problem: &Problem) -> Grouped {
        let unordered: Vec<u32> = (0..self.line.len() as u32).collect();
        let group = |c: usize| self.group[c] as usize;
        if self.line.is_sorted() {
            return spread(&unordered, self.groups, group);
        }
        let by_line = spread(&unordered, problem.lines.len(), |c| self.line[c] as usize);
        spread(by_line.items(), self.groups, group)
    }
}

/// The priority levels that occur, ascending.
fn levels(problem: &Problem) -> Vec<u32> {
    let mut small = 0u64;
    let mut levels = Vec::new();
    for c in &problem.capabilities {
        match c.priority {
            level @ ..64 => small |= 1 << level,
            level => levels.push(level),
        }
    }
    levels.extend((0..64).filter(|level| small >> level & 1 == 1));
    levels.sort_unstable();
    levels.dedup();
    levels
}

/// Numbers the pairs of plant and area in the order of their lines that can make something.
fn blocks(problem: &Problem, line_of: &[u32]) -> (usize, Vec<usize>) {
    let mut able = vec![false; problem.lines.len()];
    line_of.iter().for_each(|l| able[*l as usize] = true);
    let mut numbers = HashMap::new();
    let mut block_of_line = vec![0; able.len()];
    for (l, line) in problem.lines.iter().enumerate().filter(|(l, _)| able[*l]) {
        let next = numbers.len();
        block_of_line[l] = *numbers.entry((line.plant.as_str(), line.area)).or_insert(next);
    }
    (numbers.len(), block_of_line)
}
