//! Laws of reading: nothing panics, the same bytes give the same reading, the order of rows means nothing.
//!
//! The first is the law of the fuzz target, tried here with random bytes and with mutated workbooks, the examples among them.

use std::io::{Cursor, Read, Write};

use line_plan::Problem;
use proptest::prelude::*;

use crate::law::reading_holds;
use crate::sheets::{Cell, Sheets, row, small_plant};

/// A plant with something in most kinds of cells.
fn full_plant() -> Sheets {
    small_plant()
        .with("Areas", vec![row!["Area", "Order", "Predecessors"], row!["SMT", 1], row!["Final Assembly", 2, "SMT"]])
        .with("Calendar", vec![row!["Period", "Operating days"], row![2026, 240], row![2027, 250]])
        .with("Changeover", vec![row!["From", "To", "Minutes"], row!["ECU", "ABS", 20], row!["ABS", "ECU", 30], row!["", "", 45]])
}

/// An example workbook of the checkout.
fn example(name: &str) -> Vec<u8> {
    // Asked when the test runs: a shared target folder may hold a program compiled in another checkout.
    let here = std::env::var_os("CARGO_MANIFEST_DIR").map(std::path::PathBuf::from).expect("cargo says where the crate lies");
    std::fs::read(here.join("../../examples").join(name)).expect("an example workbook")
}

/// The parts of a workbook, so that a change reaches the contents instead of failing their checksum.
fn unpacked(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).expect("a workbook");
    let indices = 0..zip.len();
    let part = |at| {
        let mut part = zip.by_index(at).expect("a part");
        let mut content = Vec::new();
        part.read_to_end(&mut content).expect("its content");
        (part.name().expect("its name").into_owned(), content)
    };
    indices.map(part).filter(|(_, content)| !content.is_empty()).collect()
}

fn packed(parts: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in parts {
        zip.start_file(name.as_str(), zip::write::SimpleFileOptions::default()).expect("a part");
        zip.write_all(content).expect("its content");
    }
    zip.finish().expect("a zip").into_inner()
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
        reading_holds(&[head, &bytes].concat());
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
        reading_holds(&bytes);
    }

    #[test]
    fn mutated_examples_never_panic(which in 0..2_usize, changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)) {
        let mut bytes = example(["plant.xlsx", "planta.xlsx"][which]);
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        reading_holds(&bytes);
    }

    #[test]
    fn mutated_contents_never_panic(part in any::<prop::sample::Index>(), changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..30)) {
        let mut parts = unpacked(&full_plant().bytes());
        let at = part.index(parts.len());
        let content = &mut parts[at].1;
        for (at, byte) in changes {
            let at = at.index(content.len());
            content[at] = byte;
        }
        reading_holds(&packed(&parts));
    }

    #[test]
    fn mutated_digits_never_panic(part in any::<prop::sample::Index>(), changes in proptest::collection::vec((any::<prop::sample::Index>(), 0..6_usize), 1..8)) {
        let mut parts = unpacked(&full_plant().bytes());
        let at = part.index(parts.len());
        for (at_digit, with) in changes {
            let content = &mut parts[at].1;
            let digits: Vec<usize> = (0..content.len()).filter(|at| content[*at].is_ascii_digit()).collect();
            if !digits.is_empty() {
                let digit = at_digit.index(digits.len());
                let replacement: &[u8] = [b"".as_slice(), b"0", b"-1", b"4294967296", b"99999999999999999999999", b"1e309"][with];
                content.splice(digits[digit]..=digits[digit], replacement.iter().copied());
            }
        }
        reading_holds(&packed(&parts));
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
        reading_holds(&plant.bytes());
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
