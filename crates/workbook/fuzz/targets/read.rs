//! Any bytes as a workbook.
//!
//! **Invariant:** a panic that reading itself catches (the xlsx library overflows on absurd cell references in checked builds) is
//! no finding: the hook that would abort at once is taken away, and what unwinds out of reading still ends the run.

#![no_main]

#[path = "../law.rs"]
mod law;

libfuzzer_sys::fuzz_target!(
    init: {
        let _ = std::panic::take_hook();
    },
    |bytes: &[u8]| law::reading_holds(bytes)
);
