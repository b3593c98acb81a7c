//! The template: an empty shape A workbook that explains itself, with a small example to write over.
//!
//! Every sheet has its purpose in the first row, whether a column is required in the second, headings in the third and
//! data below. Cells refuse what the reader would refuse: names that no other sheet has, numbers that are none.

use rust_xlsxwriter::{DataValidation, DataValidationErrorStyle, DataValidationRule, Format, Formula, Note, Worksheet, XlsxError};

use super::formats::{Formats, print_setup};
use super::sheet_names::quoted;
use super::tables::{Check, Column, TABLES, Table, table};
use super::{Language, WriteError, new_workbook};

/// Rows that carry validation; more may be filled, they are checked when the workbook is read.
const CHECKED_ROWS: u32 = 5_000;
const FLAG_ROW: u32 = 1;
const HEADING_ROW: u32 = 2;
const FIRST_ROW: u32 = 3;

/// A fillable workbook with every sheet and column that is understood, in the given language, as xlsx bytes.
///
/// It holds a small valid example, so that `template | optimize` answers something before anything is filled in.
///
/// # Errors
/// Only if the xlsx writer refuses, which no language provokes.
pub fn template(language: Language) -> Result<Vec<u8>, WriteError> {
    let formats = Formats::new();
    let mut workbook = new_workbook(language.of(&["Capacity plan template", "Plantilla del plan de capacidad", "Vorlage Kapazitätsplan"]))?;
    read_me(workbook.add_worksheet(), &formats, language)?;
    for table in &TABLES {
        let sheet = workbook.add_worksheet();
        headings(sheet, &formats, table, language)?;
        for (row, values) in example_rows(table.id).iter().enumerate() {
            write_example_row(sheet, FIRST_ROW + row as u32, values)?;
        }
        validations(sheet, table, language)?;
    }
    Ok(workbook.save_to_buffer()?)
}

fn read_me(sheet: &mut Worksheet, formats: &Formats, language: Language) -> Result<(), XlsxError> {
    sheet.set_name(language.of(&["Read me", "Léame", "Lies mich"]))?;
    sheet.set_screen_gridlines(false);
    sheet.set_column_width(0, 24)?.set_column_width(1, 96)?;
    sheet.write_string_with_format(0, 0, language.of(&["Capacity plan", "Plan de capacidad", "Kapazitätsplan"]), &formats.title)?;
    let mut row = 2;
    for paragraph in &READ_ME {
        sheet.write_string_with_format(row, 0, language.of(&paragraph.0), &formats.strong)?;
        sheet.write_string_with_format(row, 1, language.of(&paragraph.1), &formats.paragraph)?;
        row += 1;
    }
    row += 1;
    let flag = |needed: bool| if needed { language.of(&REQUIRED) } else { language.of(&OPTIONAL) };
    for table in &TABLES {
        let heading = if table.required { &formats.heading } else { &formats.optional_heading };
        sheet.write_string_with_format(row, 0, language.of(&table.name), heading)?;
        let purpose = format!("{} ({})", language.of(&table.purpose), flag(table.required));
        sheet.write_string_with_format(row, 1, purpose, heading)?;
        row += 1;
        for column in table.columns {
            let text = if column.required { &formats.strong } else { &formats.text };
            sheet.write_string_with_format(row, 0, language.of(&column.heading), text)?;
            let note = format!("{}: {}", flag(column.required), language.of(&column.note));
            sheet.write_string_with_format(row, 1, note.trim_end_matches([':', ' ']), &formats.paragraph)?;
            row += 1;
        }
        row += 1;
    }
    print_setup(sheet, None)
}

fn headings(sheet: &mut Worksheet, formats: &Formats, table: &Table, language: Language) -> Result<(), XlsxError> {
    sheet.set_name(language.of(&table.name))?;
    sheet.set_default_note_author("Gemba");
    sheet.write_string_with_format(0, 0, language.of(&table.purpose), &formats.subtitle)?;
    sheet.set_row_height(HEADING_ROW, 32)?;
    for (at, column) in table.columns.iter().enumerate() {
        let at = at as u16;
        let (flag, heading) = if column.required { (&REQUIRED, &formats.heading) } else { (&OPTIONAL, &formats.optional_heading) };
        sheet.write_string_with_format(FLAG_ROW, at, language.of(flag), &formats.subtitle)?;
        sheet.write_string_with_format(HEADING_ROW, at, language.of(&column.heading), heading)?;
        sheet.set_column_width(at, column.width)?;
        if column.check == Check::Period {
            sheet.set_column_format(at, &Format::new().set_num_format("@"))?;
        }
        let note = format!("{}. {}", language.of(flag), language.of(&column.note));
        sheet.insert_note(HEADING_ROW, at, &Note::new(note).add_author_prefix(false).set_width(260).set_height(90))?;
    }
    let last = table.columns.len() as u16 - 1;
    sheet.autofilter(HEADING_ROW, 0, FIRST_ROW + CHECKED_ROWS - 1, last)?;
    sheet.set_freeze_panes(FIRST_ROW, 1)?;
    print_setup(sheet, Some((HEADING_ROW, HEADING_ROW)))
}

fn validations(sheet: &mut Worksheet, table: &Table, language: Language) -> Result<(), XlsxError> {
    for (at, column) in table.columns.iter().enumerate() {
        if let Some(validation) = validation(column, language)? {
            let at = at as u16;
            sheet.add_data_validation(FIRST_ROW, at, FIRST_ROW + CHECKED_ROWS - 1, at, &validation)?;
        }
    }
    Ok(())
}

fn validation(column: &Column, language: Language) -> Result<Option<DataValidation>, XlsxError> {
    let new = DataValidation::new();
    let (validation, expected) = match column.check {
        Check::Text | Check::Period => return Ok(None),
        Check::ListedIn(table_id, column_id) => {
            let Some((source, range)) = list_range(table_id, column_id, language) else { return Ok(None) };
            let expected = [
                format!("a name from the sheet {source}"),
                format!("un nombre de la hoja {source}"),
                format!("ein Name aus dem Blatt {source}"),
            ];
            (new.allow_list_formula(Formula::new(range)), expected[language as usize].clone())
        }
        Check::YesNo => {
            let words = YES_NO[language as usize];
            (new.allow_list_strings(&words)?, words.join(" / "))
        }
        Check::Positive => (
            new.allow_decimal_number(DataValidationRule::GreaterThan(0.0)),
            language.of(&["a number above 0", "un número mayor que 0", "eine Zahl über 0"]).to_owned(),
        ),
        Check::NotNegative => (
            new.allow_decimal_number(DataValidationRule::GreaterThanOrEqualTo(0.0)),
            language.of(&["a number, 0 or more", "un número, 0 o más", "eine Zahl ab 0"]).to_owned(),
        ),
        Check::Percent => (
            new.allow_custom(Formula::new(format!("=AND(ISNUMBER({0}),{0}>0,{0}<=100)", first_cell(column)))),
            language.of(&["a share above 0, up to 100", "un porcentaje mayor que 0, hasta 100", "ein Anteil über 0 bis 100"]).to_owned(),
        ),
        Check::Rank => (
            new.allow_whole_number(DataValidationRule::GreaterThanOrEqualTo(1)),
            language.of(&["a whole number from 1", "un número entero desde 1", "eine ganze Zahl ab 1"]).to_owned(),
        ),
        Check::HoursOfDay => (
            new.allow_decimal_number(DataValidationRule::Between(0.0, 24.0)),
            language.of(&["hours from 0 to 24", "horas de 0 a 24", "Stunden von 0 bis 24"]).to_owned(),
        ),
    };
    let message = format!("{}: {expected}", language.of(&["Expected", "Se espera", "Erwartet"]));
    let title = language.of(&column.heading);
    Ok(Some(
        validation.ignore_blank(true).set_error_style(DataValidationErrorStyle::Stop).set_error_title(title)?.set_error_message(message)?,
    ))
}

/// The column of another sheet as a list: its name, and its checked rows as a formula.
fn list_range(table_id: &str, column_id: &str, language: Language) -> Option<(&'static str, String)> {
    let source = table(table_id)?;
    let name = source.name[language as usize];
    let letter = letter(source.position(column_id)?);
    Some((name, format!("={}!${letter}${}:${letter}${}", quoted(name), FIRST_ROW + 1, FIRST_ROW + CHECKED_ROWS)))
}

fn first_cell(column: &Column) -> String {
    let at = TABLES.iter().find_map(|table| table.columns.iter().position(|other| std::ptr::eq(other, column)));
    format!("{}{}", letter(at.unwrap_or(0)), FIRST_ROW + 1)
}

/// The letter of a column; templates have fewer than 26.
fn letter(column: usize) -> char {
    char::from(b'A' + column as u8)
}

enum Value {
    Text(&'static str),
    Number(f64),
    Blank,
}

fn write_example_row(sheet: &mut Worksheet, row: u32, values: &[Value]) -> Result<(), XlsxError> {
    for (at, value) in values.iter().enumerate() {
        match value {
            Value::Text(text) => sheet.write_string(row, at as u16, *text)?,
            Value::Number(number) => sheet.write_number(row, at as u16, *number)?,
            Value::Blank => sheet,
        };
    }
    Ok(())
}

/// A plan of four lines and three models that shows the usual columns.
fn example_rows(table: &str) -> Vec<Vec<Value>> {
    use Value::{Blank, Number as N, Text as T};
    match table {
        "areas" => vec![
            vec![T("SMT"), N(1.0)],
            vec![T("ICT"), N(2.0)],
            vec![T("Assembly"), N(3.0)],
            vec![T("SMT"), N(1.0), T("Inverter 48V"), N(2.0)],
        ],
        "lines" => vec![
            vec![T("SMT-01"), T("SMT"), N(21.17), T("Plant 1"), N(1.5)],
            vec![T("SMT-02"), T("SMT"), N(14.0), T("Plant 1")],
            vec![T("ICT-01"), T("ICT"), N(14.0), T("Plant 1")],
            vec![T("ASM-01"), T("Assembly"), N(14.0), T("Plant 1")],
        ],
        "models" => vec![
            vec![T("Gateway G2"), T("Brisa Mobility"), T("Aurora"), T("Gateways")],
            vec![T("Gateway G3"), T("Brisa Mobility"), T("Aurora"), T("Gateways")],
            vec![T("Inverter 48V"), T("Kestrel Drives"), T("K48"), T("Power")],
        ],
        "compatibilities" => vec![
            vec![T("SMT-01"), T("Gateway G2"), N(38.0), N(85.0), N(1.0)],
            vec![T("SMT-02"), T("Gateway G2"), N(41.0), N(82.0), N(2.0)],
            vec![T("SMT-01"), T("Gateway G3"), N(36.0), N(85.0), N(1.0)],
            vec![T("SMT-02"), T("Inverter 48V"), N(52.0), N(85.0), N(1.0)],
            vec![T("ICT-01"), T("Gateway G2"), N(24.0), N(90.0), N(1.0)],
            vec![T("ICT-01"), T("Gateway G3"), N(24.0), N(90.0), N(1.0)],
            vec![T("ASM-01"), T("Gateway G2"), N(30.0), N(88.0), N(1.0)],
            vec![T("ASM-01"), T("Gateway G3"), N(30.0), N(88.0), N(1.0)],
            vec![T("ASM-01"), T("Inverter 48V"), N(45.0), N(88.0), N(1.0), N(98.5)],
        ],
        "volumes" => vec![
            vec![T("Gateway G2"), T("2026"), N(180_000.0)],
            vec![T("Gateway G2"), T("2027"), N(90_000.0)],
            vec![T("Gateway G3"), T("2026"), N(40_000.0)],
            vec![T("Gateway G3"), T("2027"), N(160_000.0)],
            vec![T("Inverter 48V"), T("2026"), N(60_000.0)],
            vec![T("Inverter 48V"), T("2027"), N(75_000.0)],
        ],
        "changeover" => vec![
            vec![Blank, Blank, N(45.0)],
            vec![T("Gateways"), T("Gateways"), N(15.0)],
            vec![T("Gateways"), T("Power"), N(50.0), T("SMT-02")],
        ],
        "calendar" => vec![vec![T("2026"), N(240.0)], vec![T("2027"), N(240.0)], vec![T("2027"), N(288.0), T("SMT")]],
        _ => Vec::new(),
    }
}

const REQUIRED: [&str; 3] = ["required", "obligatorio", "erforderlich"];
const OPTIONAL: [&str; 3] = ["optional", "opcional", "freiwillig"];
const YES_NO: [[&str; 2]; 3] = [["yes", "no"], ["sí", "no"], ["ja", "nein"]];

const READ_ME: [([&str; 3], [&str; 3]); 5] = [
    (
        ["What it is for", "Para qué sirve", "Wozu"],
        [
            "From this workbook Gemba computes which line makes how much of which model in which period, which lines overflow, and what cannot be delivered and why.",
            "Con este libro Gemba calcula qué línea hace cuánto de qué modelo en qué periodo, qué líneas se saturan, y qué no se puede entregar y por qué.",
            "Aus dieser Mappe berechnet Gemba, welche Linie in welcher Periode wie viel von welchem Modell fertigt, welche Linien überlaufen und was warum nicht geliefert werden kann.",
        ],
    ),
    (
        ["How to fill it", "Cómo llenarlo", "Ausfüllen"],
        [
            "Write over the example rows and add as many as you need. Dark headings are required, light ones may stay empty; rest the pointer on a heading for its meaning and unit.",
            "Escriba sobre las filas de ejemplo y agregue las que necesite. Los encabezados oscuros son obligatorios, los claros pueden quedar vacíos; ponga el cursor sobre un encabezado para ver su significado y unidad.",
            "Beispielzeilen überschreiben und beliebig viele ergänzen. Dunkle Überschriften sind erforderlich, helle dürfen leer bleiben; auf einer Überschrift zeigt die Notiz Bedeutung und Einheit.",
        ],
    ),
    (
        ["Your own headings", "Sus propios encabezados", "Eigene Überschriften"],
        [
            "Sheets and headings are recognised by meaning, in English, Spanish or German and in any order. Sheets that are not recognised are left alone and named in the report.",
            "Las hojas y los encabezados se reconocen por su significado, en español, inglés o alemán y en cualquier orden. Las hojas no reconocidas se dejan como están y se nombran en el informe.",
            "Blätter und Überschriften werden nach ihrer Bedeutung erkannt, deutsch, englisch oder spanisch und in beliebiger Reihenfolge. Nicht erkannte Blätter bleiben unberührt und werden im Bericht genannt.",
        ],
    ),
    (
        ["Check it", "Revisarlo", "Prüfen"],
        [
            "gemba workbook check FILE.xlsx lists every mistake at once, with sheet, row and column.",
            "gemba workbook check ARCHIVO.xlsx muestra todos los errores a la vez, con hoja, fila y columna.",
            "gemba workbook check DATEI.xlsx nennt alle Fehler auf einmal, mit Blatt, Zeile und Spalte.",
        ],
    ),
    (
        ["Plan it", "Planear", "Planen"],
        [
            "gemba optimize FILE.xlsx --xlsx RESULT.xlsx --html RESULT.html",
            "gemba optimize ARCHIVO.xlsx --xlsx RESULTADO.xlsx --html RESULTADO.html",
            "gemba optimize DATEI.xlsx --xlsx ERGEBNIS.xlsx --html ERGEBNIS.html",
        ],
    ),
];
