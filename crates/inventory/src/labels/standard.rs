//! The labels that are printed where an organization has none of its own: 100 × 50 mm for material and pieces, A6 upright for license plates as the
//! GS1 logistic label has it, 100 × 30 mm for places. They speak the language of whoever prints them.
//!
//! **Invariant:** a caption stands in one text with the value it belongs to, so that it goes where there is no value.

use platform::language::{Language, Words};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::template::{CodeKind, ElementKind, LabelElement, LabelSubject, LabelTemplate, LabelTemplateId};

const LOT: Words = Words::new("Lot", "Lote", "Charge");
const OF_LOT: Words = Words::new("Lot {lot}", "Lote {lot}", "Charge {lot}");
const SERIAL: Words = Words::new("Serial number", "Número de serie", "Seriennummer");
const PLATE: Words = Words::new("License plate", "Matrícula", "Ladungsträger");
const PLACE: Words = Words::new("Place", "Lugar", "Lagerort");
const ORDER: Words = Words::new("Order", "Orden", "Auftrag");
const EXPIRES: Words = Words::new("Use by {expires_on}", "Caduca {expires_on}", "Haltbar bis {expires_on}");
const MADE: Words = Words::new("Made {produced_on}", "Fabricado {produced_on}", "Hergestellt {produced_on}");
const REVISION: Words = Words::new("Rev. {revision}", "Rev. {revision}", "Rev. {revision}");
const ITEMS: Words = Words::new("Items: {items}", "Artículos: {items}", "Artikel: {items}");
const STANDS: Words = Words::new("At {location}", "En {location}", "Auf {location}");
const DUE: Words = Words::new("Due {due_on}", "Entrega {due_on}", "Fällig {due_on}");
const PRINTED: Words = Words::new("printed {printed_on}", "impreso {printed_on}", "gedruckt {printed_on}");

/// The standard label of a kind, in a language.
pub fn template(subject: LabelSubject, language: Language) -> LabelTemplate {
    let say = |words: Words| words.text(language);
    let (name, width, height, elements) = match subject {
        LabelSubject::Lot => (LOT, 100, 50, lot(say)),
        LabelSubject::Serial => (SERIAL, 60, 25, serial(say)),
        LabelSubject::LicensePlate => (PLATE, 105, 148, license_plate(say)),
        LabelSubject::Location => (PLACE, 100, 30, location()),
        LabelSubject::Traveller => (ORDER, 100, 50, traveller(say)),
    };
    LabelTemplate {
        id: LabelTemplateId(Uuid::nil()),
        plant_id: None,
        name: say(name).into(),
        subject,
        width_mm: Decimal::from(width),
        height_mm: Decimal::from(height),
        dpi: 203,
        elements,
        active: true,
    }
}

const GS1: bool = true;
const PLAIN: bool = false;
const BOLD: bool = true;
const REGULAR: bool = false;

/// Tenths of a millimetre as millimetres: places are whole ones of these.
fn tenths(number: i64) -> Decimal {
    Decimal::new(number, 1)
}

fn text(x: i64, y: i64, width: i64, size: i64, bold: bool, says: &str) -> LabelElement {
    LabelElement {
        kind: ElementKind::Text,
        x_mm: tenths(x),
        y_mm: tenths(y),
        width_mm: Some(tenths(width)),
        height_mm: Some(tenths(size)),
        bold,
        symbology: None,
        module_mm: None,
        gs1: false,
        says: Some(says.into()),
    }
}

/// A module of so many thousandths of a millimetre.
fn code(x: i64, y: i64, symbology: CodeKind, module: i64, height: i64, gs1: bool, says: &str) -> LabelElement {
    LabelElement {
        kind: ElementKind::Code,
        x_mm: tenths(x),
        y_mm: tenths(y),
        width_mm: None,
        height_mm: Some(tenths(height)),
        bold: false,
        symbology: Some(symbology),
        module_mm: Some(Decimal::new(module, 3)),
        gs1,
        says: Some(says.into()),
    }
}

fn line(y: i64, width: i64) -> LabelElement {
    LabelElement { kind: ElementKind::Line, height_mm: Some(tenths(3)), says: None, ..text(20, y, width, 3, REGULAR, "") }
}

fn lot(say: impl Fn(Words) -> &'static str) -> Vec<LabelElement> {
    vec![
        text(30, 25, 640, 55, BOLD, "{item}"),
        text(30, 90, 640, 34, REGULAR, "{item_name}"),
        line(135, 660),
        text(30, 155, 640, 28, REGULAR, say(LOT)),
        text(30, 185, 640, 60, BOLD, "{lot}"),
        text(30, 265, 300, 34, REGULAR, "{quantity} {unit}"),
        text(340, 265, 330, 34, REGULAR, "{status}"),
        text(30, 310, 335, 30, REGULAR, say(EXPIRES)),
        text(375, 310, 300, 30, REGULAR, say(MADE)),
        text(30, 350, 640, 30, REGULAR, "{supplier} {supplier_lot}"),
        code(715, 30, CodeKind::Datamatrix, 1000, 0, GS1, "(01){gtin}(10){lot}(17){expires_yymmdd}(37){count}"),
        code(60, 400, CodeKind::Code128, 250, 70, PLAIN, "{lot}"),
        text(715, 385, 270, 24, REGULAR, "{plant}"),
        text(715, 420, 270, 24, REGULAR, say(PRINTED)),
    ]
}

fn serial(say: impl Fn(Words) -> &'static str) -> Vec<LabelElement> {
    vec![
        code(20, 30, CodeKind::Datamatrix, 625, 0, GS1, "(01){gtin}(21){serial}"),
        text(235, 20, 350, 34, BOLD, "{item}"),
        text(235, 60, 350, 24, REGULAR, "{item_name}"),
        text(235, 95, 350, 22, REGULAR, say(SERIAL)),
        text(235, 118, 350, 36, BOLD, "{serial}"),
        text(235, 166, 350, 24, REGULAR, say(OF_LOT)),
        text(235, 205, 160, 22, REGULAR, "{plant}"),
        text(400, 205, 185, 22, REGULAR, say(REVISION)),
    ]
}

fn license_plate(say: impl Fn(Words) -> &'static str) -> Vec<LabelElement> {
    vec![
        text(40, 40, 970, 60, BOLD, "{plant}"),
        text(40, 115, 480, 40, REGULAR, "{packaging}"),
        text(530, 115, 480, 40, REGULAR, say(ITEMS)),
        line(175, 1010),
        text(40, 195, 970, 32, REGULAR, say(PLATE)),
        text(40, 235, 970, 70, BOLD, "{plate}"),
        text(40, 330, 970, 40, REGULAR, say(STANDS)),
        line(400, 1010),
        code(100, 450, CodeKind::Code128, 500, 350, GS1, "(00){sscc}"),
        text(200, 815, 800, 40, REGULAR, "(00) {sscc}"),
        line(880, 1010),
        code(380, 930, CodeKind::Qr, 1000, 0, PLAIN, "{plate}"),
        text(40, 1420, 970, 28, REGULAR, say(PRINTED)),
    ]
}

fn location() -> Vec<LabelElement> {
    vec![
        code(30, 30, CodeKind::Datamatrix, 1250, 0, PLAIN, "{location}"),
        text(310, 40, 660, 110, BOLD, "{location}"),
        text(310, 175, 660, 40, REGULAR, "{location_name}"),
        text(310, 230, 330, 30, REGULAR, "{plant}"),
        text(650, 230, 320, 30, REGULAR, "{location_type}"),
    ]
}

fn traveller(say: impl Fn(Words) -> &'static str) -> Vec<LabelElement> {
    vec![
        text(30, 25, 640, 70, BOLD, "{order}"),
        text(30, 105, 640, 45, BOLD, "{item}"),
        text(30, 160, 640, 34, REGULAR, "{item_name}"),
        line(205, 660),
        text(30, 225, 300, 45, BOLD, "{quantity} {unit}"),
        text(340, 230, 330, 36, REGULAR, "{line}"),
        text(30, 285, 640, 34, REGULAR, say(DUE)),
        text(30, 325, 640, 34, REGULAR, say(OF_LOT)),
        code(720, 40, CodeKind::Qr, 1000, 0, PLAIN, "{order}"),
        code(60, 380, CodeKind::Code128, 333, 90, PLAIN, "{order}"),
        text(720, 395, 260, 24, REGULAR, "{plant}"),
        text(720, 430, 260, 24, REGULAR, say(PRINTED)),
    ]
}
