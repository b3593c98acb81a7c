//! The commands, one module each: they turn words into the engines' arguments, run them, and hand the answer to whoever shows it.

pub mod manual;
pub mod optimize;
mod released;
pub mod workbook;
