//! Files that are no workbooks, are broken, or were made to hurt: a clear error, no panic, nothing held beyond the limits.

use std::io::{Cursor, Write};

use workbook::{Limits, ReadOptions, Reading, read};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::sheets::{Sheets, row, small_plant};

#[track_caller]
fn check(bytes: &[u8], code: &str) -> Reading {
    check_within(bytes, code, Limits::default())
}

#[track_caller]
fn check_within(bytes: &[u8], code: &str, limits: Limits) -> Reading {
    let reading = read(bytes, &ReadOptions { limits, ..ReadOptions::default() });
    let errors: Vec<_> = reading.errors().collect();
    assert!(errors.iter().any(|error| error.code == code), "{code}: {errors:#?}");
    assert!(errors.iter().all(|error| !error.message.is_empty()));
    assert!(reading.problem.is_none());
    reading
}

#[test]
fn what_is_no_workbook() {
    check(b"", "empty_file");
    check(b"Line;Area;Hours\nL1;SMT;20\n", "text_file");
    check(b"just words", "text_file");
    check(&[0x89, b'P', b'N', b'G', 0, 1, 2, 3], "not_a_workbook");
    let mut ole = vec![0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1];
    ole.resize(4096, 0);
    check(&ole, "old_format");
    ole.extend("EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes));
    check(&ole, "encrypted_file");
    check(&packed(&[("letter.xml", b"<a/>")]), "not_a_workbook");
}

#[test]
fn truncated_and_damaged_files() {
    let bytes = small_plant().bytes();
    for length in [4, 30, bytes.len() / 2, bytes.len() - 30] {
        check(&bytes[..length], "damaged_file");
    }
    check(&with_sheet(b"<worksheet><sheetData><row r=\"1\"><c r=\"A1\"><v>1"), "damaged_file");
    check(&with_sheet(b"no xml at all"), "damaged_file");
}

#[test]
fn cell_references_beyond_all_numbers() {
    let sheet = b"<worksheet><sheetData><row r=\"1\"><c r=\"ZZZZZZZZZZZZ99999999999999999999\"><v>1</v></c></row></sheetData></worksheet>";
    let reading = read(&with_sheet(sheet), &ReadOptions::default());
    assert!(reading.problem.is_none());
    assert!(reading.errors().count() > 0);
}

#[test]
fn one_cell_in_the_last_corner_costs_one_cell() {
    let sheet = b"<worksheet><dimension ref=\"A1:XFD1048576\"/><sheetData><row r=\"1\"><c r=\"A1\"><v>1</v></c></row>\
        <row r=\"1048576\"><c r=\"XFD1048576\"><v>1</v></c></row></sheetData></worksheet>";
    check(&with_sheet(sheet), "missing_sheet");
}

#[test]
fn a_bomb_is_recognised_while_it_unpacks() {
    let zeros = vec![b' '; 40 << 20];
    let bomb = with_part("xl/worksheets/sheet1.xml", &zeros);
    assert!(bomb.len() < 1 << 20);
    check(&bomb, "zip_bomb");
    check_within(&bomb, "too_large", Limits { unpacked_bytes: 1 << 20, ..Limits::default() });
    let texts = with_part("xl/sharedStrings.xml", &zeros);
    check_within(&texts, "too_large", Limits { held_bytes: 1 << 20, ..Limits::default() });
}

#[test]
fn a_size_that_the_directory_lies_about_is_measured() {
    let zeros = vec![b' '; 40 << 20];
    let mut bomb = with_part("xl/worksheets/sheet1.xml", &zeros);
    // The unpacked size stands in the local header and in the directory; both are made to say 16 bytes.
    let said = (zeros.len() as u32).to_le_bytes();
    let at: Vec<usize> = bomb.windows(4).enumerate().filter(|(_, window)| *window == said).map(|(at, _)| at).collect();
    assert!(!at.is_empty());
    at.into_iter().for_each(|at| bomb[at..at + 4].copy_from_slice(&16_u32.to_le_bytes()));
    let reading = read(&bomb, &ReadOptions::default());
    assert!(reading.errors().any(|error| matches!(error.code.as_str(), "zip_bomb" | "damaged_file")), "{:#?}", reading.issues);
}

#[test]
fn announced_texts_are_not_believed() {
    for count in ["18446744073709551615", "99999999999"] {
        let texts = format!("<sst uniqueCount=\"{count}\"><si><t>a</t></si></sst>");
        check(&with_part("xl/sharedStrings.xml", texts.as_bytes()), "damaged_file");
    }
}

#[test]
fn limits_of_size_and_cells() {
    let bytes = small_plant().bytes();
    check_within(&bytes, "too_large", Limits { file_bytes: 100, ..Limits::default() });
    check_within(&bytes, "too_many_cells", Limits { cells: 30, ..Limits::default() });
}

#[test]
fn a_long_sheet_that_is_no_table_is_not_read_to_its_end() {
    let mut rows = Vec::new();
    for at in 0..20_000 {
        rows.push(row!["scratch", at]);
    }
    let sheets: Sheets = small_plant().with("Scratch", rows);
    let reading = read(&sheets.bytes(), &ReadOptions { limits: Limits { cells: 1_000, ..Limits::default() }, ..ReadOptions::default() });
    assert!(reading.problem.is_some(), "{:#?}", reading.errors().collect::<Vec<_>>());
}

/// A zip of the given parts.
fn packed(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in parts {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn with_sheet(sheet: &[u8]) -> Vec<u8> {
    with_part("xl/worksheets/sheet1.xml", sheet)
}

/// The least workbook that opens, with one part replaced or added.
fn with_part(name: &str, content: &[u8]) -> Vec<u8> {
    let office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let package = "http://schemas.openxmlformats.org/package/2006/relationships";
    let root = format!(
        "<Relationships xmlns=\"{package}\"><Relationship Id=\"r1\" Type=\"{office}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
    );
    let book = format!("<workbook xmlns:r=\"{office}\"><sheets><sheet name=\"Lines\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>");
    let links = format!(
        "<Relationships xmlns=\"{package}\"><Relationship Id=\"r1\" Type=\"{office}/worksheet\" Target=\"worksheets/sheet1.xml\"/></Relationships>"
    );
    let mut parts: Vec<(&str, &[u8])> = vec![
        ("_rels/.rels", root.as_bytes()),
        ("xl/workbook.xml", book.as_bytes()),
        ("xl/_rels/workbook.xml.rels", links.as_bytes()),
        ("xl/worksheets/sheet1.xml", b"<worksheet><sheetData/></worksheet>"),
    ];
    parts.retain(|(known, _)| *known != name);
    parts.push((name, content));
    packed(&parts)
}
