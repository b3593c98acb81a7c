//! The platform on a real database.

#![allow(clippy::unwrap_used, reason = "a test says what went wrong by panicking")]

mod audit;
mod catalog;
mod events;
mod files;
mod http;
mod managed;
mod migrations;
mod outbound;
mod policies;
mod records;
mod runs;
mod secrets;
mod streams;
mod walls;
mod webhooks;
