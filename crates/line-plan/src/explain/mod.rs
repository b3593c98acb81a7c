//! Why a plan is as it is: reasons for unmet demand, the lines that are the constraint, and what one more approval or shift would bring.
//!
//! **Invariant:** nothing here changes what a plan makes.

mod constraints;
mod gains;
mod part;
mod reasons;
mod scene;
#[cfg(test)]
mod tests;
mod ways;

pub(crate) use constraints::{Terrain, constraints, constraints_in, rank_constraints};
pub(crate) use gains::{Remainder, gains};
pub(crate) use reasons::{Why, reason_at_stop, reason_of_model};
pub(crate) use scene::Scene;
use ways::Ways;
