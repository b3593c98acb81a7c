//! What happened, laid out for quick look-up: the load of each line and the units of each step, by period.

use crate::options::{Options, PlanModel};
use crate::order::Order;
use crate::plan::{LineLoad, Plan};
use crate::problem::Problem;

/// Share of its hours that a line may have left and still count as full.
const FULL: f64 = 1e-7;

/// Loads and amounts over the whole problem.
#[derive(Debug, Clone)]
pub(crate) struct Scene<'a> {
    pub problem: &'a Problem,
    pub options: &'a Options,
    pub order: &'a Order,
    /// Loads: `[line * periods + period]`.
    pub loads: Vec<LineLoad>,
    /// Units made: `[step * periods + period]`.
    pub made: Vec<f64>,
}

impl<'a> Scene<'a> {
    /// Every line idle.
    pub fn idle(problem: &'a Problem, options: &'a Options, order: &'a Order) -> Scene<'a> {
        let periods = problem.periods.len();
        let idle = |line: usize, period: usize| LineLoad {
            shift_pattern: None,
            line,
            period,
            hours_available: problem.lines[line].hours(period),
            hours_used: 0.0,
            changeover_hours: 0.0,
            overtime_hours: 0.0,
            hour_price: 0.0,
            open: true,
        };
        let loads = (0..problem.lines.len()).flat_map(|line| (0..periods).map(move |period| idle(line, period))).collect();
        Scene { problem, options, order, loads, made: vec![0.0; problem.steps.len() * periods] }
    }

    /// As a plan has it.
    pub fn of(problem: &'a Problem, order: &'a Order, plan: &'a Plan) -> Scene<'a> {
        let mut scene = Scene::idle(problem, &plan.options, order);
        let periods = scene.periods();
        for load in &plan.lines {
            scene.loads[load.line * periods + load.period] = *load;
        }
        for a in &plan.allocations {
            scene.made[order.step_of[a.capability] as usize * periods + a.period] += a.units;
        }
        scene
    }

    /// How many periods there are.
    pub fn periods(&self) -> usize {
        self.problem.periods.len()
    }

    /// The load of a line in a period.
    pub fn load(&self, line: usize, period: usize) -> &LineLoad {
        &self.loads[line * self.periods() + period]
    }

    /// Hours that may be used in all (h), overtime included where the rule uses it.
    pub fn limit(&self, line: usize, period: usize) -> f64 {
        let load = self.load(line, period);
        let overtime = match self.options.model {
            PlanModel::Baseline => 0.0,
            PlanModel::Area | PlanModel::Finished | PlanModel::Prebuild => self.problem.lines[line].overtime_hours(period),
        };
        load.hours_available + overtime
    }

    /// Hours left (h).
    pub fn slack(&self, line: usize, period: usize) -> f64 {
        (self.limit(line, period) - self.load(line, period).hours_used).max(0.0)
    }

    /// Whether nothing more fits on the line.
    pub fn full(&self, line: usize, period: usize) -> bool {
        self.slack(line, period) <= FULL * self.limit(line, period)
    }

    /// Whether the released plan holds in the period.
    pub fn is_frozen(&self, period: usize) -> bool {
        self.options.model != PlanModel::Baseline && self.options.frozen.is_some_and(|frozen| period < frozen.periods)
    }

    /// Whether the capability may be used in the period: approved, and its program alive.
    pub fn allowed(&self, capability: usize, period: usize) -> bool {
        let c = &self.problem.capabilities[capability];
        c.approved.contains(period) && self.problem.models[self.problem.steps[c.step].model].life.contains(period)
    }

    /// The loads by plant, area, line and period.
    pub fn loads_by_name(&self) -> Vec<LineLoad> {
        let periods = self.periods();
        self.order.lines.iter().flat_map(|l| self.loads[*l as usize * periods..][..periods].iter().copied()).collect()
    }
}
