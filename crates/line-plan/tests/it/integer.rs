//! Integer plans: blocks against every combination tried out, and whole plans against the rules and the pencil.

mod blocks;
mod choices;
mod conflicts;
mod plans;
mod stock;
