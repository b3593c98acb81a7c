//! Why a plan is as it is: reasons for unmet demand, the lines that are the constraint, and what one more approval or shift would bring.
//!
//! **Invariant:** nothing here changes what a plan makes.

mod reasons;
mod scene;

pub(crate) use reasons::{Why, reason_at_stop, reason_of_model};
pub(crate) use scene::Scene;
