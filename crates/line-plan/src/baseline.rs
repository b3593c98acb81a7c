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
use crate::order::{Order, spread};
use crate::plan::{Plan, Status};
use crate::problem::Problem;
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
        let capabilities = &problem.capabilities;
        let unordered: Vec<u32> = (0..capabilities.len() as u32).collect();
        let by_line = spread(&unordered, problem.lines.len(), |c| capabilities[c].line);
        let levels = levels(problem);
        let level_of = |c: usize| levels.partition_point(|level| *level < capabilities[c].priority);
        let by_level = spread(by_line.items(), levels.len(), level_of);
        let (blocks, block_of_line) = blocks(problem, by_line.items());
        let by_block = spread(by_level.items(), blocks, |c| block_of_line[capabilities[c].line] as usize);

        // Inside one block and level, steps follow in the order of their first line.
        let mut rows: Vec<Row> = Vec::new();
        let mut row_of = vec![0u32; capabilities.len()];
        let mut latest = vec![(u32::MAX, u32::MAX, 0u32); problem.steps.len()];
        for &c in by_block.items() {
            let capability = &capabilities[c as usize];
            let seen = &mut latest[capability.step];
            let (block, level) = (block_of_line[capability.line], capability.priority);
            if (seen.0, seen.1) != (block, level) || rows.is_empty() {
                *seen = (block, level, rows.len() as u32);
                rows.push(Row { step: capability.step as u32, first: 0, last: 0 });
            }
            row_of[c as usize] = seen.2;
        }
        let by_row = spread(by_block.items(), rows.len(), |c| row_of[c] as usize);
        let mut end = 0;
        for (r, row) in rows.iter_mut().enumerate() {
            row.first = end;
            end += by_row.group(r).len() as u32;
            row.last = end;
        }
        Sheet { rows, visits: by_row.items().iter().map(|c| visit(problem, *c)).collect() }
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

fn visit(problem: &Problem, capability: u32) -> Visit {
    let c = &problem.capabilities[capability as usize];
    Visit {
        line: c.line as u32,
        capability,
        first_period: c.approved.first.min(u32::MAX as usize) as u32,
        last_period: c.approved.last.min(u32::MAX as usize) as u32,
        hours_per_unit: problem.hours_per_unit(capability as usize),
    }
}

/// The priority levels that occur, ascending.
fn levels(problem: &Problem) -> Vec<u32> {
    let mut levels: Vec<u32> = problem.capabilities.iter().map(|c| c.priority).collect();
    levels.sort_unstable();
    levels.dedup();
    levels
}

/// Numbers the pairs of plant and area as the lines that can make something mention them first.
fn blocks(problem: &Problem, by_line: &[u32]) -> (usize, Vec<u32>) {
    let mut numbers = HashMap::new();
    let mut block_of_line = vec![u32::MAX; problem.lines.len()];
    for &c in by_line {
        let l = problem.capabilities[c as usize].line;
        if block_of_line[l] == u32::MAX {
            let line = &problem.lines[l];
            let next = numbers.len() as u32;
            block_of_line[l] = *numbers.entry((line.plant.as_str(), line.area)).or_insert(next);
        }
    }
    (numbers.len(), block_of_line)
}
