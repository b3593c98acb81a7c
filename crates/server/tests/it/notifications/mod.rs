//! What people are told, in the inbox and by mail, over HTTP on a real database.

mod floor;
pub(crate) mod house;
mod inbox;
mod mail;
mod sign_in;
mod stock;
