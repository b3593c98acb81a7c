//! What reading promises for any bytes at all, as one function: the fuzz target and the tests call the same.
//!
//! **Invariant:** the limits here are small enough for thousands of hostile inputs and otherwise those of every user.

use workbook::{Limits, ReadOptions, read};

/// Reads the bytes and panics if reading breaks a promise: there is a problem exactly when there is no error, the problem keeps
/// its invariants, and reading again gives the same.
pub fn reading_holds(bytes: &[u8]) {
    let limits = Limits { unpacked_bytes: 64 << 20, cells: 100_000, ..Limits::default() };
    let options = ReadOptions { limits, ..ReadOptions::default() };
    let reading = read(bytes, &options);
    assert_eq!(reading.problem.is_some(), reading.errors().count() == 0);
    if let Some(problem) = &reading.problem {
        let defects = problem.defects();
        assert!(defects.is_empty(), "{defects:?}");
    }
    assert_eq!(reading, read(bytes, &options));
}
