//! The factory's master data on a real database.

#![allow(clippy::unwrap_used, reason = "a test says what went wrong by panicking")]

mod kinds;
mod policy_matrix;
mod rules;
mod workshop;
