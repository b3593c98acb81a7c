//! Declared records over HTTP, on a real database.

mod lifecycle;
mod reading;
mod server;
