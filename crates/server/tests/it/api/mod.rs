//! The server over HTTP, as its document describes it.

mod document;
mod explorer;
mod guards;
mod installation;
mod sealed;
