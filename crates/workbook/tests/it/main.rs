//! The workbook crate from outside: what is written, and what is read.

#[path = "../../fuzz/law.rs"]
mod law;
mod read;
mod read_errors;
mod read_families;
mod read_hostile;
mod read_laws;
mod read_quirks;
mod read_shifts;
mod rows;
mod sheets;
mod write_example;
mod write_generate;
mod write_result;
mod write_template;
