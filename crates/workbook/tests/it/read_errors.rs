//! Every mistake a workbook can have, with its place; and all of them at once.

use line_plan::Severity;

use crate::sheets::{Cell, Sheets, row, small_plant};

/// One mistake in an otherwise good workbook is found, at its place, and is the only error.
#[track_caller]
fn check(sheets: Sheets, code: &str, sheet: &str, row: impl Into<Option<u32>>, column: &str, said: &str) {
    let reading = sheets.read();
    let errors: Vec<_> = reading.errors().collect();
    let [error] = errors.as_slice() else { panic!("one error wanted: {errors:#?}") };
    assert_eq!((error.code.as_str(), error.sheet.as_str(), error.row), (code, sheet, row.into()), "{error:#?}");
    assert_eq!(error.column.as_deref().unwrap_or(""), column, "{error:#?}");
    assert!(error.message.contains(said), "{error:#?}");
    assert!(reading.problem.is_none());
}

/// A warning or note does not stop the plan.
#[track_caller]
fn check_mild(sheets: Sheets, severity: Severity, code: &str, sheet: &str) {
    let reading = sheets.read();
    let errors: Vec<_> = reading.errors().collect();
    assert!(errors.is_empty(), "{errors:#?}");
    let found = reading.issues.iter().any(|issue| issue.severity == severity && issue.code == code && issue.sheet == sheet);
    assert!(found, "{:#?}", reading.issues);
    assert!(reading.problem.is_some());
}

const CAPABILITIES: &str = "Compatibilities";

#[test]
fn unknown_names_come_with_a_suggestion() {
    let line = small_plant().set(CAPABILITIES, 2, 0, "SMT-l2");
    check(line, "unknown_line", CAPABILITIES, 3, "A (Line)", "did you mean 'SMT-L2'?");
    let model = small_plant().and("Volumes", row!["ECU-100", 2028, 5, 240]);
    check(model, "unknown_model", "Volumes", 6, "A (Model)", "did you mean 'ECU 100'?");
    let area = small_plant().with("Areas", vec![row!["Area", "Order"], row!["SMT", 1], row!["Final Asembly", 2]]);
    check(area, "unknown_area", "Lines", 4, "B (Area)", "did you mean 'Final Asembly'?");
}

#[test]
fn duplicates_name_the_first_row() {
    check(small_plant().and("Lines", row!["FA-1", "SMT", 3600]), "duplicate", "Lines", 5, "A (Line)", "row 4");
    check(small_plant().and("Models", row!["ABS 7", "ABS"]), "duplicate", "Models", 4, "A (Model)", "row 3");
    check(small_plant().and(CAPABILITIES, row!["FA-1", "ABS 7", 50, 85, 1]), "duplicate", CAPABILITIES, 7, "A (Line)", "row 6");
    check(small_plant().and("Volumes", row!["ABS 7", 2027, 1, 240]), "duplicate", "Volumes", 6, "A (Model)", "row 5");
    let calendar = small_plant().with("Calendar", vec![row!["Year", "Operating days"], row![2026, 240], row![2026, 250], row![2027, 240]]);
    check(calendar, "duplicate", "Calendar", 3, "A (Year)", "row 2");
    let changeover = vec![row!["From", "To", "Minutes"], row!["ECU", "ABS", 20], row!["ECU", "ABS", 30]];
    check(small_plant().with("Changeover", changeover), "duplicate", "Changeover", 3, "A (From)", "row 2");
}

#[test]
fn numbers_obey_their_rules() {
    let cell = |column, value: Cell| {
        let mut sheets = small_plant();
        sheets = sheets.set(CAPABILITIES, 1, column, "");
        match value {
            Cell::Text(text) => sheets.set(CAPABILITIES, 1, column, text.as_str()),
            Cell::Number(number) => sheets.set(CAPABILITIES, 1, column, number),
            other => panic!("{other:?}"),
        }
    };
    let cycle = "C (Cycle time (s))";
    for (column, value, code, heading) in [
        (2, Cell::from(0), "zero_cycle_time", cycle),
        (2, Cell::from(-3), "negative_number", cycle),
        (2, Cell::from("fast"), "not_a_number", cycle),
        (2, Cell::from(1e12), "number_too_large", cycle),
        (3, Cell::from(120), "efficiency_over_100", "D (Efficiency %)"),
        (3, Cell::from("120 %"), "efficiency_over_100", "D (Efficiency %)"),
        (3, Cell::from(0), "zero_number", "D (Efficiency %)"),
        (3, Cell::from(-85), "negative_number", "D (Efficiency %)"),
        (4, Cell::from(1.5), "not_a_whole_number", "E (Priority)"),
        (4, Cell::from(0), "zero_number", "E (Priority)"),
    ] {
        check(cell(column, value), code, CAPABILITIES, 2, heading, "");
    }
    check(small_plant().set("Volumes", 1, 2, -5), "negative_number", "Volumes", 2, "C (Volume)", "negative");
    let hours = small_plant().set("Lines", 1, 2, 90_000);
    check(hours, "over_24_hours", "Lines", 2, "C (Available seconds per day)", "25 h");
    check(small_plant().set("Volumes", 1, 3, 400), "too_many_days", "Volumes", 2, "C (Volume)", "400");
}

#[test]
fn cells_that_hold_the_wrong_thing() {
    check(small_plant().set(CAPABILITIES, 1, 2, Cell::Blank), "missing_value", CAPABILITIES, 2, "C (Cycle time (s))", "row 2");
    check(small_plant().set(CAPABILITIES, 1, 3, Cell::Blank), "missing_value", CAPABILITIES, 2, "D (Efficiency %)", "efficiency");
    check(small_plant().set("Volumes", 1, 1, "someday"), "not_a_period", "Volumes", 2, "B (Period)", "");
    check(small_plant().set("Volumes", 1, 1, "2026-03"), "mixed_periods", "Volumes", 2, "C (Volume)", "years");
    let active = small_plant().set("Lines", 0, 3, "Active").set("Lines", 1, 3, "perhaps");
    check(active, "not_a_flag", "Lines", 2, "D (Active)", "perhaps");
    let from = small_plant().set(CAPABILITIES, 0, 5, "Approved from").set(CAPABILITIES, 1, 5, "soon");
    check(from, "not_a_date", CAPABILITIES, 2, "F (Approved from)", "");
    let reversed = small_plant().set(CAPABILITIES, 0, 5, "Approved from").set(CAPABILITIES, 0, 6, "Approved to");
    let reversed = reversed.set(CAPABILITIES, 1, 5, 2027).set(CAPABILITIES, 1, 6, 2026);
    check(reversed, "window_reversed", CAPABILITIES, 2, "G (Approved to)", "ends before");
    let fault = small_plant().set("Volumes", 1, 2, Cell::Formula("=NA()", "#N/A"));
    let codes: Vec<String> = fault.read().errors().map(|error| error.code.clone()).collect();
    assert!(codes == ["cell_error"] || codes == ["not_a_number"], "{codes:?}");
}

#[test]
fn volume_without_operating_days() {
    let code = "volume_without_operating_days";
    check(small_plant().set("Volumes", 2, 3, Cell::Blank), code, "Volumes", 3, "C (Volume)", "ECU 100");
    check(small_plant().set("Volumes", 2, 3, 0), code, "Volumes", 3, "C (Volume)", "ECU 100");
    let calendar = vec![row!["Year", "Operating days"], row![2026, 240], row![2027, 240]];
    let with_calendar = small_plant().set("Volumes", 2, 3, Cell::Blank).with("Calendar", calendar);
    assert!(with_calendar.read().problem.is_some());
}

#[test]
fn missing_sheets_columns_and_headings() {
    for (sheet, said) in [("Lines", "lines"), ("Models", "models"), (CAPABILITIES, "compatibilities"), ("Volumes", "volumes")] {
        check(small_plant().without(sheet), "missing_sheet", "", None, "", said);
    }
    let column = small_plant().set(CAPABILITIES, 0, 2, "Speed");
    check(column, "missing_column", CAPABILITIES, 1, "", "cycle time");
    let header = small_plant().with("Lines", vec![row!["to be done"]]);
    check(header, "missing_header", "Lines", None, "", "lines");
    let codes: Vec<String> = Sheets::new().with("Sheet1", vec![row!["hello"]]).read().errors().map(|error| error.code.clone()).collect();
    assert_eq!(codes, ["missing_sheet"; 4]);
    let nothing = small_plant().with("Volumes", vec![row!["Model", "Period", "Volume"]]);
    check(nothing, "no_volumes", "", None, "", "wants nothing");
}

#[test]
fn routings_need_capabilities() {
    let routing =
        |rows: Vec<Vec<Cell>>| small_plant().without("Nothing").with("Routing", [vec![row!["Model", "Area", "Passes"]], rows].concat());
    let extra = routing(vec![row!["ECU 100", "SMT", 2], row!["ECU 100", "Final Assembly", 1]]);
    assert_eq!(extra.problem().steps[0].passes, 2.0);
    let coating = small_plant()
        .and("Lines", row!["COAT-1", "Coating", 50_000])
        .with("Routing", vec![row!["Model", "Area", "Passes"], row!["ABS 7", "Coating", 1]]);
    let reading = coating.read();
    let error = reading.errors().next().expect("an error");
    assert_eq!((error.code.as_str(), error.row), ("routing_without_capability", Some(2)), "{error:#?}");
    assert!(error.message.contains("'ABS 7' through 'Coating'"));
    let circle = vec![row!["Area", "Predecessors"], row!["SMT", "Final Assembly"], row!["Final Assembly", "SMT"]];
    check(small_plant().with("Areas", circle), "routing_circle", "Areas", None, "B (Predecessors)", "before themselves");
}

#[test]
fn a_model_that_nothing_can_make_stays_wanted() {
    let sheets = small_plant().and("Models", row!["NEW 1", "ECU"]).and("Volumes", row!["NEW 1", 2026, 10, 240]);
    check_mild(sheets.clone(), Severity::Warning, "model_without_capability", "Volumes");
    let problem = sheets.problem();
    let step = problem.steps.last().unwrap();
    assert_eq!((problem.models[step.model].name.as_str(), problem.areas[step.area].name.as_str()), ("NEW 1", "Final Assembly"));
    assert!(problem.capabilities.iter().all(|capability| capability.step != problem.steps.len() - 1));
}

#[test]
fn what_deserves_a_look() {
    let warning = Severity::Warning;
    check_mild(small_plant().set("Volumes", 1, 3, 288), warning, "operating_days_differ", "Volumes");
    check_mild(small_plant().set(CAPABILITIES, 1, 3, 0.85), warning, "mixed_percent", CAPABILITIES);
    check_mild(small_plant().set(CAPABILITIES, 1, 2, 4000), warning, "implausible_cycle_time", CAPABILITIES);
    check_mild(small_plant().set(CAPABILITIES, 1, 3, 5), warning, "implausible_efficiency", CAPABILITIES);
    check_mild(small_plant().set("Lines", 2, 2, 0), warning, "line_without_time", "Lines");
    check_mild(
        small_plant().with("Lines old", vec![row!["Line", "Area", "Hours per day"], row!["X", "Y", 3]]),
        warning,
        "variant_sheet",
        "Lines old",
    );
    check_mild(small_plant().set("Lines", 0, 3, "Line"), warning, "duplicate_column", "Lines");
    check_mild(small_plant().with("Results", vec![row!["Line", "Model"]]), Severity::Note, "result_sheet", "Results");
    check_mild(small_plant().with("Scribbles", vec![row!["call Ana", 3]]), Severity::Note, "ignored_sheet", "Scribbles");
    check_mild(small_plant().and("Volumes", row!["Total", "", 360_000]), Severity::Note, "not_data", "Volumes");
    check_mild(small_plant().set("Lines", 0, 3, "Favourite song"), Severity::Note, "ignored_columns", "Lines");
    let changeover = vec![row!["From family", "To family", "Minutes"], row!["ECU", "EC", 20]];
    check_mild(small_plant().with("Changeover", changeover), warning, "unknown_family", "Changeover");
}

#[test]
fn all_mistakes_come_at_once_and_a_million_stay_readable() {
    let several =
        small_plant().set(CAPABILITIES, 1, 2, 0).set(CAPABILITIES, 2, 0, "??").set("Lines", 1, 2, "x").set("Volumes", 1, 0, "none");
    let codes: Vec<String> = several.read().errors().map(|error| error.code.clone()).collect();
    assert_eq!(codes, ["not_a_number", "zero_cycle_time", "unknown_line", "unknown_model"]);
    let mut many = small_plant();
    for _ in 0..1500 {
        many = many.and(CAPABILITIES, row!["nowhere", "ECU 100", 3, 85, 1]);
    }
    let reading = many.read();
    assert_eq!(reading.errors().count(), 1001);
    assert_eq!(reading.errors().last().map(|error| error.found.clone()).as_deref(), Some("500 more"));
}
