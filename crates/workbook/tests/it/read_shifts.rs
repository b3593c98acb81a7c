//! Shift patterns that a line offers in its cell.

use line_plan::{Severity, ShiftPattern};

use crate::sheets::{Sheets, row, small_plant};

fn with_shifts(first: &str, second: &str) -> Sheets {
    small_plant().with(
        "Lines",
        vec![
            row!["Line", "Area", "Available hours per day", "Shift pattern"],
            row!["SMT-L1", "SMT", 8, first],
            row!["SMT-L2", "SMT", 10, second],
            row!["FA-1", "Final Assembly", 15, ""],
        ],
    )
}

#[test]
fn a_cell_offers_patterns_with_hours_and_cost() {
    let problem = with_shifts("2x8 = 15.5 ; 3x8=21,17 h @ 40", "two shifts").problem();
    let pattern = |name: &str, hours_per_day: f64, cost: Option<f64>| ShiftPattern { line: 0, name: name.to_owned(), hours_per_day, cost };
    assert_eq!(problem.shift_patterns, [pattern("2x8", 15.5, None), pattern("3x8", 21.17, Some(40.0))]);
    assert_eq!(problem.defects(), Vec::<String>::new());
}

#[test]
fn patterns_that_cannot_be_read_are_errors_with_their_place() {
    let reading = with_shifts("3x8 = many; 4x8 = 32; = 5; 2x8 = 12 @ -1", "a = 12; a = 13").read();
    let wrong: Vec<_> = reading.issues.iter().filter(|i| i.code == "shift_pattern").collect();
    assert_eq!(wrong.len(), 4, "{:?}", reading.issues);
    assert!(wrong.iter().all(|i| i.severity == Severity::Error && i.row == Some(2)));
    assert!(wrong.iter().any(|i| i.message.contains("3x8 = many")), "{wrong:?}");
    assert!(reading.issues.iter().any(|i| i.code == "duplicate" && i.row == Some(3)));
    assert!(reading.problem.is_none());
}

#[test]
fn patterns_come_back_from_a_written_workbook() {
    let problem = with_shifts("2x8 = 15.5; 3x8 = 21.17 @ 40", "2x9 = 17").problem();
    let bytes = workbook::write_problem(&problem).expect("written");
    let again = workbook::read(&bytes, &workbook::ReadOptions::default()).problem.expect("read");
    assert_eq!(again.shift_patterns, problem.shift_patterns);
}
