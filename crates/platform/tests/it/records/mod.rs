//! Declared records over HTTP, on a real database.

mod abuse;
mod custom;
mod desk;
mod example;
mod lifecycle;
mod reading;
pub mod server;
mod tool;
mod transfer;
