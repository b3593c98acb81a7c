//! The result workbook: every figure is the document's, totals are formulas that add up, and user text stays text.

use std::io::{Cursor, Read};

use calamine::{Data, Range, Reader, Xlsx, open_workbook_from_rs};
use line_plan::*;
use workbook::write_result;

/// Two plants' worth of nothing special: area SMT with two lines, two models (one in two sides), two years, one of them short.
fn document() -> PlanDocument {
    let allocation = |line: &str, model: &str, step: &str, period: &str, units: f64, hours: f64| AllocationEntry {
        plant: "North".to_owned(),
        area: "SMT".to_owned(),
        line: line.to_owned(),
        model: model.to_owned(),
        step: step.to_owned(),
        period: period.to_owned(),
        units,
        hours,
    };
    let line = |line: &str, period: &str, used: f64, changeover: f64, constraint: bool| LineEntry {
        shift_pattern: None,
        plant: "North".to_owned(),
        area: "SMT".to_owned(),
        line: line.to_owned(),
        period: period.to_owned(),
        hours_available: 1_000.0,
        hours_used: used,
        changeover_hours: changeover,
        overtime_hours: 0.0,
        utilization_pct: used / 10.0,
        hour_price: if constraint { 1.5 } else { 0.0 },
        constraint,
    };
    let finished = |model: &str, period: &str, demand: f64, made: f64| FinishedEntry {
        model: model.to_owned(),
        customer: String::new(),
        family: String::new(),
        period: period.to_owned(),
        demand_units: demand,
        finished_units: made,
        delivered_units: made,
        stock_units: 0.0,
    };
    let load = |period: &str, used: f64| AreaLoad {
        plant: "North".to_owned(),
        area: "SMT".to_owned(),
        period: period.to_owned(),
        hours_available: 2_000.0,
        hours_used: used,
        utilization_pct: used / 20.0,
        max_utilization_pct: used / 10.0,
        demand_units: 0.0,
        made_units: 0.0,
        unmet_units: 0.0,
    };
    PlanDocument {
        engine: "line-plan".to_owned(),
        weight_unit: "standard hours".to_owned(),
        language: Language::English,
        changeovers: line_plan::ChangeoverCharging::None,
        schema: SCHEMA.to_owned(),
        status: "optimal".to_owned(),
        gap: Some(0.0),
        model: PlanModel::Finished,
        weight: Weight::Hours,
        balance: Balance::Leximin,
        priority_reading: PriorityReading::Preference,
        source: Some("plan & more.xlsx".to_owned()),
        plants: vec!["North".to_owned()],
        areas: vec!["SMT".to_owned(), "Final/Assembly: [A]".to_owned()],
        periods: ["2026", "2027"].map(|name| PeriodEntry { name: name.to_owned(), operating_days: 240.0 }).to_vec(),
        summary: Summary { demand_units: 5_000.0, finished_units: 4_500.0, unmet_units: 500.0, ..Summary::default() },
        area_loads: vec![load("2026", 1_210.0), load("2027", 1_890.0)],
        allocations: vec![
            allocation("L1", "=HYPERLINK(\"x\")", "", "2026", 1_000.0, 500.0),
            allocation("L2", "=HYPERLINK(\"x\")", "", "2026", 500.0, 300.0),
            allocation("L2", "Gate", "Top", "2026", 1_000.0, 400.0),
            allocation("L2", "Gate", "Bottom", "2026", 1_000.0, 0.0),
            allocation("L1", "=HYPERLINK(\"x\")", "", "2027", 2_000.0, 1_000.0),
            allocation("L2", "Gate", "Top", "2027", 500.0, 450.0),
            allocation("L2", "Gate", "Bottom", "2027", 500.0, 440.0),
        ],
        unmet: vec![UnmetEntry {
            plant: "North".to_owned(),
            area: "SMT".to_owned(),
            model: "Gate".to_owned(),
            customer: "Brisa".to_owned(),
            family: String::new(),
            period: "2027".to_owned(),
            units: 500.0,
            weight: 250.0,
            reason: Reason::Capacity,
            explanation: "L2 is full: 500 units of Gate are missing in 2027.".to_owned(),
            limiting_lines: vec!["L2".to_owned()],
        }],
        finished: vec![
            finished("=HYPERLINK(\"x\")", "2026", 1_500.0, 1_500.0),
            finished("=HYPERLINK(\"x\")", "2027", 2_000.0, 2_000.0),
            finished("Gate", "2026", 1_000.0, 1_000.0),
            finished("Gate", "2027", 1_000.0, 500.0),
        ],
        lines: vec![
            line("L1", "2026", 500.0, 0.0, false),
            line("L1", "2027", 1_000.0, 0.0, false),
            line("L2", "2026", 710.0, 10.0, false),
            line("L2", "2027", 890.0, 0.0, true),
        ],
        constraints: vec![ConstraintEntry {
            plant: "North".to_owned(),
            area: "SMT".to_owned(),
            period: "2027".to_owned(),
            lines: vec!["L2".to_owned()],
            models: vec!["Gate".to_owned()],
            hours_needed: 1_780.0,
            hours_available: 1_000.0,
            utilization_pct: 178.0,
            short: true,
            explanation: "L2 alone can make Gate.".to_owned(),
        }],
        gains: vec![GainEntry {
            kind: "approval".to_owned(),
            plant: "North".to_owned(),
            area: "SMT".to_owned(),
            line: "L1".to_owned(),
            model: Some("Gate".to_owned()),
            period: "2027".to_owned(),
            hours: None,
            units: 120.0,
            weight: 60.0,
            explanation: "Approving Gate on L1 would deliver 120 more.".to_owned(),
        }],
        stages: vec![StageEntry { name: "unmet".to_owned(), value: 250.0, bound: 250.0 }],
        explanations: vec!["In 2027 500 units of Gate cannot be made.".to_owned()],
        comparison: None,
        released: None,
        issues: vec![Issue {
            severity: Severity::Warning,
            code: "duplicate".to_owned(),
            sheet: "Lines".to_owned(),
            row: Some(7),
            column: Some("C (Area)".to_owned()),
            found: "+1".to_owned(),
            expected: "an area".to_owned(),
            message: "look at row 7".to_owned(),
        }],
        verification: VerificationEntry { holds: true, demand_error: 0.0, capacity_error: 0.0, route_error: 0.0, objective_error: 0.0 },
        timing_ms: TimingMs::default(),
    }
}

fn open(bytes: &[u8]) -> Xlsx<Cursor<&[u8]>> {
    open_workbook_from_rs(Cursor::new(bytes)).expect("the result opens")
}

fn range(bytes: &[u8], sheet: &str) -> Range<Data> {
    open(bytes).worksheet_range(sheet).expect("the sheet exists")
}

fn part(bytes: &[u8], name: &str) -> String {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).expect("xlsx is a zip");
    let mut text = String::new();
    archive.by_name(name).expect("the part exists").read_to_string(&mut text).expect("utf-8");
    text
}

/// The column of a heading, within the block of the given period.
fn column(range: &Range<Data>, heading: &str, block: usize) -> u32 {
    let headings = range.rows().nth(4).expect("headings");
    headings.iter().enumerate().filter(|(_, cell)| **cell == heading).nth(block).expect("the heading").0 as u32
}

fn number(range: &Range<Data>, row: u32, column: u32) -> f64 {
    match range.get_value((row, column)) {
        Some(Data::Float(number)) => *number,
        other => panic!("expected a number at {row},{column}, found {other:?}"),
    }
}

fn row_of(range: &Range<Data>, label: &str) -> u32 {
    range.rows().position(|row| row.iter().any(|cell| *cell == label)).expect("the label") as u32
}

#[test]
fn sheets_are_named_legally_and_in_order() {
    let bytes = write_result(&document()).expect("a result");
    assert_eq!(
        open(&bytes).sheet_names(),
        [
            "Summary",
            "Utilization",
            "Result SMT",
            "Result Final-Assembly- (A)",
            "Lines",
            "Unmet",
            "Constraint",
            "Gains",
            "Explanations",
            "Issues"
        ]
    );
}

#[test]
fn an_area_shows_lines_models_and_periods_side_by_side() {
    let bytes = write_result(&document()).expect("a result");
    let smt = range(&bytes, "Result SMT");
    assert_eq!(smt.get_value((3, 1)), Some(&Data::String("2026".to_owned())));
    let (first, second) = (5, 6);
    assert_eq!(smt.get_value((second, 0)), Some(&Data::String("L2".to_owned())));
    assert_eq!(number(&smt, first, column(&smt, "=HYPERLINK(\"x\") pieces", 0)), 1_000.0);
    assert_eq!(number(&smt, second, column(&smt, "Gate Top pieces", 1)), 500.0);
    assert_eq!(number(&smt, second, column(&smt, "Gate Top hours", 0)), 400.0);
    assert_eq!(number(&smt, second, column(&smt, "Time used (h)", 0)), 710.0);
    assert_eq!(number(&smt, second, column(&smt, "Utilization (%)", 1)), 0.89);
    assert_eq!(number(&smt, second, column(&smt, "Total hours", 0)), 700.0);
    assert_eq!(number(&smt, second, column(&smt, "Total pieces", 0)), 2_500.0);
}

#[test]
fn checks_under_the_lines_equal_the_document() {
    let document = document();
    let bytes = write_result(&document).expect("a result");
    let smt = range(&bytes, "Result SMT");
    let (sum, volume, missing, coverage, status) = (
        row_of(&smt, "Σ distributed"),
        row_of(&smt, "Volume"),
        row_of(&smt, "Missing"),
        row_of(&smt, "Coverage (%)"),
        row_of(&smt, "Status"),
    );
    for (block, period) in document.periods.iter().enumerate() {
        for (heading, model, step) in [
            ("=HYPERLINK(\"x\") pieces", "=HYPERLINK(\"x\")", ""),
            ("Gate Top pieces", "Gate", "Top"),
            ("Gate Bottom pieces", "Gate", "Bottom"),
        ] {
            let at = column(&smt, heading, block);
            let made: f64 = document
                .allocations
                .iter()
                .filter(|entry| entry.model == model && entry.step == step && entry.period == period.name)
                .map(|entry| entry.units)
                .sum();
            let wanted = document.finished.iter().find(|entry| entry.model == model && entry.period == period.name).expect("demand");
            assert_eq!(number(&smt, sum, at), made);
            assert_eq!(number(&smt, volume, at), wanted.demand_units);
            assert_eq!(number(&smt, missing, at), wanted.demand_units - made);
            assert_eq!(number(&smt, coverage, at), made / wanted.demand_units);
            let word = if made < wanted.demand_units { "short" } else { "complete" };
            assert_eq!(smt.get_value((status, at)), Some(&Data::String(word.to_owned())));
        }
    }
}

#[test]
fn totals_and_coverage_are_formulas_over_the_right_cells() {
    let bytes = write_result(&document()).expect("a result");
    let smt = range(&bytes, "Result SMT");
    let formulas = open(&bytes).worksheet_formula("Result SMT").expect("formulas");
    let at = |row, column| formulas.get_value((row, column)).cloned().unwrap_or_default();
    let sum = row_of(&smt, "Σ distributed");
    // Column F is the first model's pieces of 2026; lines stand in rows 6 and 7.
    assert_eq!(column(&smt, "=HYPERLINK(\"x\") pieces", 0), 5);
    assert_eq!(at(sum, 5), "SUM(F6:F7)");
    assert_eq!(at(sum + 3, 5), "IF(F10>0,F9/F10,1)");
    assert_eq!(at(5, 3), "IF(B6>0,C6/B6,0)");
    assert_eq!(at(5, 2), "M6+E6");
    let heat = open(&bytes).worksheet_formula("Utilization").expect("formulas");
    assert_eq!(heat.get_value((4, 3)).map(String::as_str), Some("'Result SMT'!D6"));
}

#[test]
fn text_of_users_stays_text() {
    let bytes = write_result(&document()).expect("a result");
    let formulas = open(&bytes).worksheet_formula("Unmet").expect("formulas");
    assert!(formulas.rows().flatten().all(String::is_empty));
    let heading = range(&bytes, "Result SMT");
    assert_eq!(heading.get_value((4, 5)), Some(&Data::String("=HYPERLINK(\"x\") pieces".to_owned())));
    assert_eq!(range(&bytes, "Issues").get_value((4, 4)), Some(&Data::String("+1".to_owned())));
    let mut archive = zip::ZipArchive::new(Cursor::new(&bytes)).expect("a zip");
    let names: Vec<String> = archive.file_names().map(|name| name.expect("a name").into_owned()).collect();
    for name in names.iter().filter(|name| name.starts_with("xl/worksheets/") && name.ends_with(".xml")) {
        let mut text = String::new();
        archive.by_name(name).expect("the part").read_to_string(&mut text).expect("utf-8");
        assert!(!text.contains("<hyperlink") && !text.contains("HYPERLINK"), "{name}");
    }
}

#[test]
fn lists_carry_reasons_constraints_gains_and_issues() {
    let bytes = write_result(&document()).expect("a result");
    let text =
        |sheet: &str, row: u32, column: u32| range(&bytes, sheet).get_value((row, column)).map(ToString::to_string).unwrap_or_default();
    assert_eq!([text("Unmet", 4, 0), text("Unmet", 4, 3), text("Unmet", 4, 6)], ["Gate", "lines are full", "L2"]);
    assert_eq!(text("Unmet", 4, 7), "L2 is full: 500 units of Gate are missing in 2027.");
    assert_eq!([text("Constraint", 4, 2), text("Constraint", 4, 6)], ["L2", "demand is lost"]);
    assert_eq!([text("Gains", 4, 0), text("Gains", 4, 3), text("Gains", 4, 6)], ["approval", "Gate", "120"]);
    assert_eq!([text("Issues", 4, 0), text("Issues", 4, 2)], ["warning", "7"]);
    assert_eq!(text("Explanations", 4, 1), "In 2027 500 units of Gate cannot be made.");
    assert_eq!([text("Lines", 7, 3), text("Lines", 7, 10)], ["2027", "constraint"]);
    assert_eq!(text("Utilization", 5, 6), "2027", "the constraint is said in words");
}

#[test]
fn the_summary_has_its_charts_and_colours() {
    let bytes = write_result(&document()).expect("a result");
    let archive = zip::ZipArchive::new(Cursor::new(&bytes)).expect("a zip");
    assert_eq!(archive.file_names().flatten().filter(|name| name.starts_with("xl/charts/chart")).count(), 4);
    assert!(part(&bytes, "xl/charts/chart1.xml").contains("Utilization by area and period"));
    assert!(part(&bytes, "xl/charts/chart4.xml").contains("Unmet units by model"));
    assert!(part(&bytes, "xl/worksheets/sheet2.xml").matches("<cfRule").count() >= 5, "five bands of utilisation");
    let summary = range(&bytes, "Summary");
    let demand = row_of(&summary, "Total");
    assert_eq!([number(&summary, demand, 1), number(&summary, demand, 2), number(&summary, demand, 4)], [5_500.0, 5_000.0, 500.0]);
    assert_eq!(number(&summary, row_of(&summary, "Finished of demand (%)"), 1), 0.9);
}

#[test]
fn many_models_take_the_compact_layout_and_still_add_up() {
    let mut document = document();
    for index in 0..900 {
        let model = format!("M{index:04}");
        for (line, units) in [("L1", 10.0), ("L2", 20.0)] {
            let mut entry = document.allocations[0].clone();
            (entry.model, entry.line, entry.period, entry.units, entry.hours) =
                (model.clone(), line.to_owned(), "2027".to_owned(), units, 1.0);
            document.allocations.push(entry);
        }
        let mut wanted = document.finished[0].clone();
        (wanted.model, wanted.period, wanted.demand_units) = (model, "2027".to_owned(), if index == 5 { 40.0 } else { 30.0 });
        document.finished.push(wanted);
    }
    for period in 0..10 {
        document.periods.push(PeriodEntry { name: format!("20{}", 40 + period), operating_days: 1.0 });
    }
    let bytes = write_result(&document).expect("a result");
    let smt = range(&bytes, "Result SMT");
    assert!(smt.width() < 30, "one column per period");
    let check = row_of(&smt, "Check");
    let row = |model: &str| {
        let rows = smt.rows().enumerate().skip(check as usize);
        rows.filter(|(_, row)| row[2] == model).map(|(at, _)| at as u32).next().expect("a check of the model")
    };
    let (after, short) = (3 + 12, row("M0005"));
    assert_eq!([number(&smt, short, 4), number(&smt, short, after), number(&smt, short, after + 1)], [30.0, 30.0, 40.0]);
    assert_eq!(smt.get_value((short, after + 3)), Some(&Data::String("short".to_owned())));
    assert_eq!(smt.get_value((row("M0006"), after + 3)), Some(&Data::String("complete".to_owned())));
}

#[test]
fn an_empty_plan_and_a_long_text_are_written() {
    let mut document = document();
    document.explanations = vec!["x".repeat(40_000)];
    write_result(&document).expect("long text is cut");
    document.lines.clear();
    document.allocations.clear();
    document.finished.clear();
    document.unmet.clear();
    document.area_loads.clear();
    document.periods.clear();
    document.areas.clear();
    document.constraints.clear();
    document.gains.clear();
    document.issues.clear();
    let bytes = write_result(&document).expect("an empty result");
    assert_eq!(range(&bytes, "Unmet").get_value((4, 0)), Some(&Data::String("All demand is met.".to_owned())));
}

#[test]
fn the_same_document_gives_the_same_bytes() {
    let first = write_result(&document()).expect("a result");
    let mut later = document();
    later.timing_ms.solve = 7.0;
    assert!(first == write_result(&later).expect("a result"), "time spent is not written");
}

/// Every text of the sheets, the results of formulas included.
fn texts(bytes: &[u8]) -> std::collections::BTreeSet<String> {
    let mut book = open(bytes);
    let names = book.sheet_names();
    let ranges: Vec<Range<Data>> = names.iter().map(|name| book.worksheet_range(name).expect("a sheet")).collect();
    let cells = ranges.iter().flat_map(|range| range.rows().flatten());
    let texts = cells.filter_map(|cell| if let Data::String(text) = cell { Some(text.clone()) } else { None });
    texts.chain(names).collect()
}

#[test]
fn no_text_of_ours_is_left_in_english() {
    const SHARED: [&str; 4] = ["Total", "error", "Plan", "Status"];
    let mut prebuild = document();
    prebuild.model = PlanModel::Prebuild;
    for document in [document(), prebuild] {
        let english = texts(&write_result(&document).expect("a result"));
        // What stands in the document as it is: names, sentences, the workbook's own words.
        let json = serde_json::to_string(&document).expect("json");
        for language in [Language::Spanish, Language::German] {
            let bytes = write_result(&line_plan::PlanDocument { language, ..document.clone() }).expect("a result");
            for text in texts(&bytes).intersection(&english) {
                let given = json.contains(&serde_json::to_string(text).expect("json")) || text == "Code";
                let joined = text.split(", ").all(|part| json.contains(part));
                let word = text.chars().any(char::is_alphabetic);
                assert!(!word || given || joined || SHARED.contains(&text.as_str()), "{language:?}: {text:?}");
            }
        }
    }
}
