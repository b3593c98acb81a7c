//! The workbook crate from outside: what is written, and what is read.

mod read;
mod sheets;
