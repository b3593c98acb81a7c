//! Signing in with a password, signing out, and setting passwords.
//!
//! **Invariant:** an attempt costs one password hash whatever the reason of its failure, and gets one answer: who guesses learns nothing about
//! which accounts exist.
//! **Invariant:** guessing is slowed down by growing delays, per account and address, never by locking an account for good; whoever signed in on
//! a device before is not delayed by strangers who guess elsewhere.
//! **Invariant:** a link works once.

mod actions;
mod delays;
mod http;
pub(crate) mod links;

pub(crate) use actions::set_password;
pub(crate) use http::routes;
