//! Rows for records: parts of a plan against what is known, CSV, the desktop tool's project, mappings and corrections.

use std::collections::BTreeMap;

use line_plan::Severity;
use proptest::prelude::*;
use workbook::{
    Contents, Corrected, Known, Mapping, Remembered, RowOptions, SheetMapping, Source, Wishes, cells_of, folded, read_rows, signature,
};

use crate::sheets::small_plant;

/// A project as `data/project.sql` says it.
const PROJECT: &[u8] = include_bytes!("../data/project.db");

fn errors(contents: &Contents) -> Vec<(&str, &str, Option<u32>)> {
    let errors = contents.issues.iter().filter(|issue| issue.severity == Severity::Error);
    errors.map(|issue| (issue.code.as_str(), issue.sheet.as_str(), issue.row)).collect()
}

/// A plant with two lines and two models.
fn known() -> Known {
    Known {
        plants: vec!["HMO".into(), "Hermosillo".into()],
        areas: vec![("Surface Mount".into(), "SMT".into())],
        lines: vec![("SMT-1".into(), "Surface Mount".into(), 0.9), ("SMT-2".into(), "Surface Mount".into(), 1.0)],
        models: vec![("Pump Drive".into(), "PD-1".into(), "Drives".into()), ("Valve Unit".into(), "VU-1".into(), "Valves".into())],
    }
}

fn of_csv(text: &str, name: &str, wishes: Wishes) -> Contents {
    read_rows(text.as_bytes(), &RowOptions { file_name: name.into(), known: known(), wishes, ..RowOptions::default() })
}

#[test]
fn a_project_is_discovered_table_by_table() {
    let contents = read_rows(PROJECT, &RowOptions::default());
    assert_eq!((contents.source, errors(&contents)), (Some(Source::Project), vec![]), "{:#?}", contents.issues);
    let meaning = |sheet: &str| contents.recognised.iter().find(|of| of.sheet == sheet).and_then(|of| of.meaning.as_deref());
    for (table, expected) in [
        ("plant_areas", Some("areas")),
        ("production_lines", Some("lines")),
        ("product models", Some("models")),
        ("line_model_compatibilities", Some("compatibilities")),
        ("product_volumes", Some("volumes")),
        ("changeover_times", Some("changeovers")),
        ("analysis_results", None),
    ] {
        assert_eq!(meaning(table), expected, "{table}: {:#?}", contents.recognised);
    }
    assert!(contents.issues.iter().any(|issue| issue.code == "table_left" && issue.found == "settings"), "{:#?}", contents.issues);
    let lines: Vec<_> = contents.lines.iter().map(|line| (line.name.as_str(), line.hours_per_day, line.active)).collect();
    assert_eq!(lines, [("SMT-1", 20.0, true), ("SMT-2", 19.0, true), ("FA-1", 21.0, true), ("FA-9", 21.0, false)]);
    let areas: Vec<_> = contents.areas.iter().map(|area| (area.name.as_str(), area.code.as_deref(), area.order)).collect();
    assert_eq!(areas, [("Surface Mount", Some("SMT"), Some(1)), ("Final Assembly", Some("FA"), Some(2))]);
    let made: Vec<_> = contents
        .capabilities
        .iter()
        .map(|capability| {
            let model = contents.steps[capability.step].model;
            (
                contents.lines[capability.line].name.as_str(),
                contents.models[model].name.as_str(),
                capability.cycle_time_s,
                capability.efficiency,
            )
        })
        .collect();
    assert_eq!(made.len(), 7);
    assert_eq!(made[1], ("SMT-2", "Pump Drive", 33.0, Some(0.825)));
    assert_eq!(made[3], ("SMT-2", "Fan Módulo", 22.25, Some(0.8)));
    let volumes: Vec<_> = contents
        .volumes
        .iter()
        .map(|volume| {
            (contents.models[volume.model].name.as_str(), volume.period.as_deref().unwrap_or_default(), volume.units, volume.days)
        })
        .collect();
    assert_eq!(volumes.len(), 6);
    assert_eq!(volumes[5], ("Fan Módulo", "2028", 66_000.0, Some(288.0)));
    let changeovers: Vec<f64> = contents.changeovers.iter().map(|changeover| changeover.minutes).collect();
    assert_eq!(changeovers, [25.0, 32.5]);
}

#[test]
fn a_record_longer_than_a_page_is_put_together() {
    let rows = cells_of(PROJECT, &RowOptions::default(), "production_lines", 3, 1).unwrap();
    let (number, cells) = &rows[0];
    assert_eq!(*number, 3);
    let note = cells.iter().map(|(_, text)| text).find(|text| text.starts_with("Longer than a page: ")).unwrap();
    assert_eq!(note.len(), "Longer than a page: ".len() + 3_000);
    // A column that was added later has its default in older records.
    assert!(cells.iter().any(|(_, text)| text == "two shifts"));
}

proptest! {
    #[test]
    fn a_damaged_project_is_read_or_refused(at in 0..PROJECT.len(), byte in any::<u8>(), cut in 0..PROJECT.len()) {
        let mut bytes = PROJECT.to_vec();
        bytes[at] = byte;
        read_rows(&bytes, &RowOptions::default());
        bytes.truncate(cut);
        read_rows(&bytes, &RowOptions::default());
    }
}

#[test]
fn a_project_of_pages_in_circles_or_beyond_its_end_is_refused() {
    let page_of = |number: usize| (number - 1) * 1024;
    // An interior page whose first child is the page itself.
    let root = (2..PROJECT.len() / 1024).find(|page| PROJECT[page_of(*page)] == 0x05).unwrap();
    let mut bytes = PROJECT.to_vec();
    let cell = usize::from(u16::from_be_bytes([bytes[page_of(root) + 12], bytes[page_of(root) + 13]]));
    bytes[page_of(root) + cell..page_of(root) + cell + 4].copy_from_slice(&(root as u32).to_be_bytes());
    let contents = read_rows(&bytes, &RowOptions::default());
    assert!(errors(&contents).contains(&("damaged_file", "", None)), "{:#?}", contents.issues);
    let limits = workbook::Limits { cells: 20, ..workbook::Limits::default() };
    let contents = read_rows(PROJECT, &RowOptions { limits, ..RowOptions::default() });
    assert_eq!(errors(&contents), [("too_many_cells", "", None)]);
}

#[test]
fn volumes_alone_are_read_against_what_is_known() {
    let contents = of_csv("Modelo;2027;2028\nPump Drive;240.000;250.000\nVU-1;1200;\nPump Drift;5;5\n", "Volúmenes.csv", Wishes::default());
    assert_eq!(contents.source, Some(Source::Csv));
    assert_eq!(errors(&contents), [("unknown_model", "Volúmenes", Some(4))]);
    assert!(contents.issues[0].message.contains("did you mean 'Pump Drive'?"), "{}", contents.issues[0].message);
    let volumes: Vec<_> = contents
        .volumes
        .iter()
        .map(|volume| (contents.models[volume.model].name.as_str(), volume.period.as_deref(), volume.units))
        .collect();
    assert_eq!(
        volumes,
        [("Pump Drive", Some("2027"), 240_000.0), ("Pump Drive", Some("2028"), 250_000.0), ("Valve Unit", Some("2027"), 1_200.0)]
    );
    assert!(contents.lines.iter().all(|line| line.at.is_none()) && contents.lines.len() == 2);
}

#[test]
fn capabilities_alone_say_only_what_they_have_columns_for() {
    let contents = of_csv(
        "Line,Model,Cycle Time (s),Efficiency %\nSMT-2,Valve Unit,12.5,\nSMT-1,PD-1,20,85\n",
        "Compatibilities.csv",
        Wishes::default(),
    );
    assert_eq!(errors(&contents), []);
    let rows: Vec<_> = contents.capabilities.iter().map(|row| (row.line, row.cycle_time_s, row.efficiency)).collect();
    assert_eq!(rows, [(1, 12.5, None), (0, 20.0, Some(0.85))]);
    let at = contents.capabilities[0].at;
    assert!(contents.says(at, "efficiency") && !contents.says(at, "yield") && !contents.says(at, "priority"));
}

#[test]
fn a_file_of_nothing_known_says_what_is_wanted() {
    let contents = of_csv("Wetter;Ort\nRegen;Ulm\n", "Wetter.csv", Wishes::default());
    assert_eq!(errors(&contents), [("nothing_recognised", "", None)]);
    for (bytes, code) in [(b"".as_slice(), "empty_file"), (b"just words", "text_file"), (b"\x89PNG\0\x01\x02", "not_a_workbook")] {
        let contents = read_rows(bytes, &RowOptions::default());
        assert_eq!((errors(&contents), contents.source), (vec![(code, "", None)], None));
    }
}

#[test]
fn a_mapping_is_followed_and_known_again_by_headings() {
    let text = "Was;Wo;Wie lang\nPump Drive;SMT-1;20\nValve Unit;SMT-2;30\n";
    let unknown = of_csv(text, "Liste.csv", Wishes::default());
    assert_eq!(errors(&unknown), [("nothing_recognised", "", None)]);
    let columns = [("A", "model"), ("B", "line"), ("C", "cycle time")];
    let said = SheetMapping {
        meaning: Some("compatibilities".into()),
        columns: columns.iter().map(|(letter, meaning)| ((*letter).to_owned(), Some((*meaning).to_owned()))).collect(),
        ..SheetMapping::default()
    };
    let mapping = Mapping { sheets: BTreeMap::from([("Liste".to_owned(), said)]) };
    // Efficiency is missing as a column, but the lines have one.
    let mapped = of_csv(text, "Liste.csv", Wishes { mapping, ..Wishes::default() });
    assert_eq!(errors(&mapped), [], "{:#?}", mapped.issues);
    let confidence: Vec<Option<f64>> = mapped.recognised[0].columns.iter().map(|column| column.confidence).collect();
    assert_eq!((mapped.recognised[0].confidence, confidence), (Some(1.0), vec![Some(1.0); 3]));
    assert_eq!(mapped.capabilities.len(), 2);

    let headings = ["Was", "Wo", "Wie lang"];
    let remembered = Remembered {
        meaning: "compatibilities".into(),
        columns: headings.iter().zip(columns).map(|(heading, (_, meaning))| (folded(heading), Some(meaning.to_owned()))).collect(),
    };
    let remembered = BTreeMap::from([(signature(headings.into_iter()), remembered)]);
    let again = of_csv("Wie lang;WAS;Wo\n20;Pump Drive;SMT-1\n", "Andere.csv", Wishes { remembered, ..Wishes::default() });
    let row = &again.capabilities[0];
    assert_eq!((again.lines[row.line].name.as_str(), row.cycle_time_s), ("SMT-1", 20.0));
}

#[test]
fn a_sheet_that_is_not_wanted_is_left() {
    let said = SheetMapping { meaning: Some(String::new()), ..SheetMapping::default() };
    let mapping = Mapping { sheets: BTreeMap::from([("Volumes".to_owned(), said)]) };
    let wishes = Wishes { mapping, ..Wishes::default() };
    let contents = read_rows(&small_plant().bytes(), &RowOptions { wishes, ..RowOptions::default() });
    assert_eq!((contents.volumes.len(), contents.lines.is_empty()), (0, false));
}

#[test]
fn a_corrected_cell_is_read_instead_of_the_files() {
    let text = "Line,Area,Hours per day\nSMT-7,Surface Mount,twenty\nSMT-8,Surface Mount,19\n";
    let broken = of_csv(text, "Lines.csv", Wishes::default());
    assert_eq!(errors(&broken), [("not_a_number", "Lines", Some(2))]);
    let cells = BTreeMap::from([((2, 2), Corrected::Number(20.0)), ((3, 0), Corrected::Text("SMT-9".into())), ((4, 0), Corrected::Empty)]);
    let wishes = Wishes { corrections: BTreeMap::from([("Lines".to_owned(), cells)]), ..Wishes::default() };
    let mended = of_csv(text, "Lines.csv", wishes.clone());
    assert_eq!(errors(&mended), []);
    let lines: Vec<_> = mended.lines.iter().filter(|line| line.at.is_some()).map(|line| (line.name.as_str(), line.hours_per_day)).collect();
    assert_eq!(lines, [("SMT-7", 20.0), ("SMT-9", 19.0)]);
    let options = RowOptions { file_name: "Lines.csv".into(), wishes, ..RowOptions::default() };
    let shown = cells_of(text.as_bytes(), &options, "Lines", 2, 1).unwrap();
    assert_eq!(shown, [(2, vec![("A".into(), "SMT-7".into()), ("B".into(), "Surface Mount".into()), ("C".into(), "20".into())])]);
}

#[test]
fn confidence_tells_a_guess_from_a_match() {
    let text = "Line name,Department of the line,Available seconds\nL1,SMT,72000\n";
    let contents = of_csv(text, "Lines.csv", Wishes::default());
    let confidence: Vec<f64> = contents.recognised[0].columns.iter().filter_map(|column| column.confidence).collect();
    assert_eq!(confidence[0], 1.0);
    assert!(confidence[1] < 0.8 && confidence[1] > 0.2, "{confidence:?}");
}

#[test]
fn a_whole_workbook_gives_the_same_rows_whatever_is_known() {
    let [(_, bytes), _] = workbook::example_workbooks().expect("the examples");
    let empty = read_rows(&bytes, &RowOptions::default());
    assert_eq!(errors(&empty), [], "{:#?}", empty.issues);
    let again = Known {
        plants: empty.plants.clone(),
        areas: empty.areas.iter().map(|area| (area.name.clone(), String::new())).collect(),
        lines: empty.lines.iter().map(|line| (line.name.clone(), empty.areas[line.area].name.clone(), 1.0)).collect(),
        models: empty.models.iter().map(|model| (model.name.clone(), String::new(), model.family.clone())).collect(),
    };
    let full = read_rows(&bytes, &RowOptions { known: again, ..RowOptions::default() });
    assert_eq!((errors(&full), &full.capabilities, &full.volumes), (vec![], &empty.capabilities, &empty.volumes));
    assert_eq!(full.lines, empty.lines);
}
