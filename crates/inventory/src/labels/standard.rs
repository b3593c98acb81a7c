//! The labels that are printed where an organization has none of its own: 100 × 50 mm for material and pieces, A6 upright for license plates as the
//! GS1 logistic label has it, 100 × 30 mm for places.

use rust_decimal::Decimal;
use uuid::Uuid;

use super::template::{CodeKind, ElementKind, LabelElement, LabelSubject, LabelTemplate, LabelTemplateId};

/// The standard label of a kind.
pub fn template(subject: LabelSubject) -> LabelTemplate {
    let (name, width, height, elements) = match subject {
        LabelSubject::Lot => ("Lot", 100, 50, lot()),
        LabelSubject::Serial => ("Serial", 60, 25, serial()),
        LabelSubject::LicensePlate => ("License plate", 105, 148, license_plate()),
        LabelSubject::Location => ("Place", 100, 30, location()),
        LabelSubject::Traveller => ("Order", 100, 50, traveller()),
    };
    LabelTemplate {
        id: LabelTemplateId(Uuid::nil()),
        plant_id: None,
        name: name.into(),
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

fn lot() -> Vec<LabelElement> {
    vec![
        text(30, 25, 640, 55, BOLD, "{item}"),
        text(30, 90, 640, 34, REGULAR, "{item_name}"),
        line(135, 660),
        text(30, 155, 640, 28, REGULAR, "Lot"),
        text(30, 185, 640, 60, BOLD, "{lot}"),
        text(30, 265, 300, 34, REGULAR, "{quantity} {unit}"),
        text(340, 265, 330, 34, REGULAR, "{status}"),
        text(30, 310, 640, 30, REGULAR, "Expires {expires_on}   Made {produced_on}"),
        text(30, 350, 640, 30, REGULAR, "{supplier} {supplier_lot}"),
        code(715, 30, CodeKind::Datamatrix, 1000, 0, GS1, "(01){gtin}(10){lot}(17){expires_yymmdd}(37){count}"),
        code(60, 400, CodeKind::Code128, 250, 70, PLAIN, "{lot}"),
        text(715, 420, 270, 24, REGULAR, "{plant}  {printed_on}"),
    ]
}

fn serial() -> Vec<LabelElement> {
    vec![
        code(20, 30, CodeKind::Datamatrix, 625, 0, GS1, "(01){gtin}(21){serial}"),
        text(235, 25, 350, 34, BOLD, "{item}"),
        text(235, 65, 350, 24, REGULAR, "{item_name}"),
        text(235, 100, 350, 22, REGULAR, "SN"),
        text(235, 122, 350, 36, BOLD, "{serial}"),
        text(235, 170, 350, 24, REGULAR, "{lot}"),
        text(235, 205, 350, 22, REGULAR, "{plant}  Rev {revision}"),
    ]
}

fn license_plate() -> Vec<LabelElement> {
    vec![
        text(40, 40, 970, 60, BOLD, "{plant}"),
        text(40, 115, 970, 40, REGULAR, "{packaging}   {items} items"),
        line(175, 1010),
        text(40, 195, 970, 32, REGULAR, "SSCC"),
        text(40, 235, 970, 70, BOLD, "{plate}"),
        text(40, 330, 970, 40, REGULAR, "{location}"),
        line(400, 1010),
        code(100, 450, CodeKind::Code128, 500, 350, GS1, "(00){sscc}"),
        text(200, 815, 800, 40, REGULAR, "(00) {sscc}"),
        line(880, 1010),
        code(380, 930, CodeKind::Qr, 1000, 0, PLAIN, "{plate}"),
        text(40, 1420, 970, 28, REGULAR, "{printed_on}"),
    ]
}

fn location() -> Vec<LabelElement> {
    vec![
        code(30, 30, CodeKind::Datamatrix, 1250, 0, PLAIN, "{location}"),
        text(310, 40, 660, 110, BOLD, "{location}"),
        text(310, 175, 660, 40, REGULAR, "{location_name}"),
        text(310, 230, 660, 30, REGULAR, "{plant}"),
    ]
}

fn traveller() -> Vec<LabelElement> {
    vec![
        text(30, 25, 640, 70, BOLD, "{order}"),
        text(30, 105, 640, 45, BOLD, "{item}"),
        text(30, 160, 640, 34, REGULAR, "{item_name}"),
        line(205, 660),
        text(30, 225, 300, 45, BOLD, "{quantity} {unit}"),
        text(340, 230, 330, 36, REGULAR, "{line}"),
        text(30, 285, 640, 34, REGULAR, "Due {due_on}"),
        text(30, 325, 640, 34, REGULAR, "Lot {lot}"),
        code(720, 40, CodeKind::Qr, 1000, 0, PLAIN, "{order}"),
        code(60, 380, CodeKind::Code128, 333, 90, PLAIN, "{order}"),
        text(720, 430, 260, 24, REGULAR, "{plant}  {printed_on}"),
    ]
}
