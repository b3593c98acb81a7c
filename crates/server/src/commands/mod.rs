//! The commands, one module each: they turn words into the engines' arguments, run them, and hand the answer to whoever shows it.

pub mod admin;
pub mod config;
pub mod demo;
pub mod doctor;
pub mod export;
pub mod import;
pub mod manual;
pub mod migrate;
pub mod optimize;
mod released;
pub mod running;
pub mod serve;
pub mod up;
pub mod watched;
pub mod work;
pub mod workbook;
