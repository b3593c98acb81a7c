//! What one unit of unmet demand costs under the chosen [`Weight`].
//!
//! **Invariant:** sums run in the canonical order, so that the last bit does not depend on the order of rows.

use crate::options::Weight;
use crate::order::{Order, Stop};
use crate::problem::Problem;

/// Weights of units, by model and by stop.
#[derive(Debug)]
pub(crate) struct Worth {
    weight: Weight,
    /// Standard hours of each step (h): the mean over its capabilities, approved or not; 0 where there is none.
    step_hours: Vec<f64>,
    /// Model weight, times the unit value where money counts.
    factor: Vec<f64>,
}

impl Worth {
    /// Works out the weights.
    pub fn of(problem: &Problem, weight: Weight, order: &Order) -> Worth {
        let step_hours = match weight {
            Weight::Hours => standard_hours(problem, order),
            Weight::Units | Weight::Money => Vec::new(),
        };
        let value = |m: &crate::problem::Model| match weight {
            Weight::Hours | Weight::Units => m.weight,
            Weight::Money => m.weight * m.unit_value.unwrap_or(0.0),
        };
        Worth { weight, step_hours, factor: problem.models.iter().map(value).collect() }
    }

    /// What a unit is worth that is missing at a stop (area reading).
    pub fn at_stop(&self, order: &Order, stop: Stop) -> f64 {
        self.factor[stop.model as usize] * self.hours_at(order, stop)
    }

    /// What a finished unit is worth.
    pub fn finished(&self, order: &Order, model: usize) -> f64 {
        match self.weight {
            Weight::Hours => self.factor[model] * order.stops_of(model).iter().map(|s| self.hours_at(order, *s)).sum::<f64>(),
            Weight::Units | Weight::Money => self.factor[model],
        }
    }

    fn hours_at(&self, order: &Order, stop: Stop) -> f64 {
        match self.weight {
            Weight::Hours => order.steps_at(stop).iter().map(|s| self.step_hours[*s as usize]).sum(),
            Weight::Units | Weight::Money => 1.0,
        }
    }
}

/// Standard hours of each step (h): the mean hours per unit over its capabilities.
pub(crate) fn standard_hours(problem: &Problem, order: &Order) -> Vec<f64> {
    (0..problem.steps.len())
        .map(|s| {
            let capabilities = order.capabilities_of(s);
            let total: f64 = capabilities.iter().map(|c| order.hours_of[*c as usize]).sum();
            total / capabilities.len().max(1) as f64
        })
        .collect()
}
