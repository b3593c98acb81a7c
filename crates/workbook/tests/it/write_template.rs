//! The template opens, says what is required, and its lists point at the cells they mean.

use std::io::{Cursor, Read};

use calamine::{Data, Reader, Xlsx, open_workbook_from_rs};
use workbook::{Language, template};

fn sheets(bytes: &[u8]) -> Xlsx<Cursor<&[u8]>> {
    open_workbook_from_rs(Cursor::new(bytes)).expect("the template opens")
}

fn part(bytes: &[u8], name: &str) -> String {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).expect("xlsx is a zip");
    let mut text = String::new();
    archive.by_name(name).expect("the part exists").read_to_string(&mut text).expect("utf-8");
    text
}

#[test]
fn every_language_has_its_own_sheets_and_headings() {
    for (language, sheet, row) in [
        (Language::English, "Compatibilities", ["Line", "Model", "Cycle time (s)", "Efficiency (%)"]),
        (Language::Spanish, "Compatibilidades", ["Línea", "Modelo", "Tiempo de ciclo (s)", "Eficiencia (%)"]),
        (Language::German, "Kompatibilitäten", ["Linie", "Modell", "Zykluszeit (s)", "Effizienz (%)"]),
    ] {
        let bytes = template(language).expect("a template");
        let mut book = sheets(&bytes);
        assert_eq!(book.sheet_names().len(), 8, "seven tables and the explanation");
        let range = book.worksheet_range(sheet).expect("the sheet");
        for (column, heading) in row.iter().enumerate() {
            assert_eq!(range.get_value((2, column as u32)), Some(&Data::String((*heading).to_owned())));
        }
        assert_eq!(range.get_value((3, 2)), Some(&Data::Float(38.0)), "the example has a cycle time");
    }
}

#[test]
fn required_and_optional_columns_are_marked_in_words() {
    let bytes = template(Language::English).expect("a template");
    let mut book = sheets(&bytes);
    let range = book.worksheet_range("Lines").expect("Lines");
    let flags: Vec<String> = (0..8).map(|column| range.get_value((1, column)).map(ToString::to_string).unwrap_or_default()).collect();
    assert_eq!(flags, ["required", "required", "required", "optional", "optional", "optional", "optional", "optional"]);
}

#[test]
fn lists_point_at_the_columns_of_the_other_sheets() {
    let bytes = template(Language::English).expect("a template");
    // Sheets are numbered in order: Read me, Areas, Lines, Models, Compatibilities, …
    let lines = part(&bytes, "xl/worksheets/sheet3.xml");
    assert!(lines.contains("<formula1>'Areas'!$A$4:$A$5003</formula1>"), "areas of lines");
    assert!(lines.contains("yes,no"), "active is yes or no");
    let compatibilities = part(&bytes, "xl/worksheets/sheet5.xml");
    assert!(compatibilities.contains("<formula1>'Lines'!$A$4:$A$5003</formula1>"), "lines");
    assert!(compatibilities.contains("<formula1>'Models'!$A$4:$A$5003</formula1>"), "models");
    assert!(compatibilities.contains("AND(ISNUMBER(D4),D4&gt;0,D4&lt;=100)"), "efficiency is a share");
    assert!(compatibilities.contains("operator=\"greaterThan\""), "cycle time is above zero");
    assert!(part(&bytes, "xl/comments4.xml").contains("Seconds for one panel"), "headings carry their meaning and unit");
}

#[test]
fn the_same_language_gives_the_same_bytes() {
    for language in [Language::English, Language::Spanish, Language::German] {
        assert_eq!(template(language).expect("a template"), template(language).expect("a template"));
    }
}
