//! The server of Gemba, as the program `gemba` starts it and tests drive it.

pub mod demo;
pub mod serve;
