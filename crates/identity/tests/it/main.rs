//! Identity over HTTP, on a real database, as the server's restricted role.

#![allow(clippy::unwrap_used, reason = "a test says what went wrong by panicking")]

mod sign_in;
mod site;
