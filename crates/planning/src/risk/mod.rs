//! Risk: how likely a scenario's lines, areas, customers and items are short, when its inputs may turn out differently.
//!
//! [`work::ask`] asks for a study as a run; [`work::study`] carries it out with [`line_plan::risk`] and keeps it ([`store`]), once for equal
//! questions. [`shown`] is what readers see.
//!
//! **Invariant:** a study belongs to a version of a scenario and can be repeated: question, uncertain inputs, seed and engine are kept.
//! **Invariant:** nothing is written before the study is whole: a run that is stopped or lost leaves nothing behind.

pub mod asked;
mod http;
pub mod shown;
pub mod store;
pub mod work;

pub(crate) use http::routes;
