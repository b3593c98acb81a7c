//! The workbook crate from outside: what is written, and what is read.

mod read;
mod sheets;
mod write_example;
mod write_generate;
mod write_result;
mod write_template;
