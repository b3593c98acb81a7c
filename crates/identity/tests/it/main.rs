//! Identity over HTTP, on a real database, as the server's restricted role.

#![allow(clippy::unwrap_used, reason = "a test says what went wrong by panicking")]

mod api_keys;
mod attacks;
mod authenticator;
mod federation;
mod grants;
mod hostile_provider;
mod matrix;
mod openapi;
mod organizations;
mod roles;
mod second_factors;
mod sessions;
mod sign_in;
mod site;
mod trail;
mod upkeep;
mod users;
