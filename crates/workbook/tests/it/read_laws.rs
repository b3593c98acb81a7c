//! Laws of reading: nothing panics, the same bytes give the same reading, the order of rows means nothing.

use line_plan::Problem;
use proptest::prelude::*;
use workbook::{Limits, ReadOptions, read};

use crate::sheets::{Cell, Sheets, row, small_plant};

/// Small limits keep a hostile case cheap; the fuzz target uses the same entry.
fn options() -> ReadOptions {
    ReadOptions { limits: Limits { unpacked_bytes: 64 << 20, cells: 100_000, ..Limits::default() }, ..ReadOptions::default() }
}

/// There is a problem exactly when there is no error, and it keeps its invariants.
fn obeys(bytes: &[u8]) {
    let reading = read(bytes, &options());
    assert_eq!(reading.problem.is_some(), reading.errors().count() == 0);
    if let Some(problem) = &reading.problem {
        assert!(problem.defects().is_empty(), "{:?}", problem.defects());
    }
    assert_eq!(reading, read(bytes, &options()));
}

/// A plant with something in most kinds of cells.
fn full_plant() -> Sheets {
    small_plant()
        .with("Areas", vec![row!["Area", "Order", "Predecessors"], row!["SMT", 1], row!["Final Assembly", 2, "SMT"]])
        .with("Calendar", vec![row!["Period", "Operating days"], row![2026, 240], row![2027, 250]])
        .with("Changeover", vec![row!["From", "To", "Minutes"], row!["ECU", "ABS", 20], row!["ABS", "ECU", 30], row!["", "", 45]])
}

/// The problem by names, in the order of the names.
fn by_names(problem: &Problem) -> Vec<String> {
    let step = |at: usize| {
        let step = &problem.steps[at];
        format!("{} {} {} {}", problem.models[step.model].name, problem.areas[step.area].name, step.name, step.passes)
    };
    let mut said: Vec<String> = Vec::new();
    said.extend(problem.areas.iter().map(|area| {
        let mut before: Vec<_> = area.predecessors.iter().map(|at| problem.areas[*at].name.as_str()).collect();
        before.sort();
        format!("area {} {} {before:?}", area.name, area.order)
    }));
    said.extend(
        problem.lines.iter().map(|line| format!("line {line:?}").replace(&format!("area: {}", line.area), &problem.areas[line.area].name)),
    );
    said.extend(problem.models.iter().map(|model| format!("{model:?}")));
    said.extend((0..problem.steps.len()).map(|at| format!("step {}", step(at))));
    said.extend(problem.capabilities.iter().map(|c| {
        let line = &problem.lines[c.line];
        format!("{} {} {} {} {} {} {:?}", step(c.step), line.plant, line.name, c.cycle_time_s, c.efficiency, c.priority, c.approved)
    }));
    said.extend(problem.demand.iter().map(|d| format!("{} {} {}", problem.models[d.model].name, problem.periods[d.period].name, d.units)));
    said.extend(problem.changeovers.iter().map(|changeover| format!("{changeover:?}")));
    said.sort();
    said.push(format!("{:?}", problem.periods));
    said
}

/// A reordering drawn from a seed.
fn shuffle(rows: &mut [Vec<Cell>], seed: &mut u64) {
    for at in (1..rows.len()).rev() {
        *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        rows.swap(at, (*seed >> 33) as usize % (at + 1));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..2_000), dress in 0..3_usize) {
        let head: &[u8] = [b"".as_slice(), b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"][dress];
        obeys(&[head, &bytes].concat());
    }

    #[test]
    fn mutated_workbooks_never_panic(changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12), cut in any::<Option<prop::sample::Index>>()) {
        let mut bytes = full_plant().bytes();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        obeys(&bytes);
    }

    #[test]
    fn mutated_cells_never_panic(changes in proptest::collection::vec((0..6_usize, 0..8_usize, 0..6_usize, cell()), 1..10)) {
        let sheets = ["Lines", "Models", "Compatibilities", "Volumes", "Calendar", "Changeover"];
        let mut plant = full_plant();
        for (sheet, at, column, cell) in changes {
            plant = plant.map_rows(|name, rows| {
                if name == sheets[sheet] && at < rows.len() {
                    rows[at].resize(rows[at].len().max(column + 1), Cell::Blank);
                    rows[at][column] = cell.clone();
                }
            });
        }
        obeys(&plant.bytes());
    }

    #[test]
    fn the_order_of_rows_means_nothing(seed in any::<u64>()) {
        let mut seed = seed;
        let shuffled = full_plant().map_rows(|_, rows| shuffle(rows, &mut seed));
        prop_assert_eq!(by_names(&shuffled.problem()), by_names(&full_plant().problem()));
    }
}

/// Whatever may stand in a cell.
fn cell() -> impl Strategy<Value = Cell> {
    prop_oneof![
        Just(Cell::Blank),
        any::<bool>().prop_map(Cell::Flag),
        (-1e6..1e6_f64).prop_map(Cell::Number),
        Just(Cell::Number(1e300)),
        "[ -~äñß％]{0,12}".prop_map(|text| Cell::from(text.as_str())),
        "[0-9.,' %-]{1,9}".prop_map(|text| Cell::from(text.as_str())),
        (2020_u16..2030, 1_u8..12, 1_u8..28).prop_map(|(year, month, day)| Cell::Date(year, month, day)),
        prop::sample::select(vec!["SMT", "ECU", "ECU 100", "SMT-L1", "2026", "2026-03", "2026-W14", "Total", "-", "true"])
            .prop_map(Cell::from),
    ]
}
