//! The server over HTTP, as its document describes it.

mod document;
mod events;
mod explorer;
mod guards;
mod installation;
mod sealed;
