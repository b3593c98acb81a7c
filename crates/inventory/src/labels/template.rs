//! What a label looks like, as a declared record.

use platform::ids::PlantId;
use platform::language::Language;
use platform::resource::{Choice, Part, Record, Rules, Sight};
use platform::{FieldError, Result};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::bind;

platform::id_type! {
    /// What a label looks like.
    LabelTemplateId,
}

/// What a label looks like: texts, bar codes and lines, with what they say between braces.
#[derive(Clone, Debug, Serialize, Deserialize, Record)]
#[record(table = "label_templates", within = Plant, permission = "inventory.label_template", unique(plant_id, name))]
pub struct LabelTemplate {
    /// The record.
    pub id: LabelTemplateId,
    /// The plant that prints it; none for all plants.
    #[record(immutable)]
    pub plant_id: Option<PlantId>,
    /// As people call it; unique in the plant.
    #[record(search, max_length = 100, example = "Reel 50 × 25")]
    pub name: String,
    /// What it is stuck on.
    #[record(example = "lot")]
    pub subject: LabelSubject,
    /// From left to right (mm).
    #[record(unit = "mm", min = 10, max = 300, decimals = 2, example = "100")]
    pub width_mm: Decimal,
    /// From top to bottom (mm).
    #[record(unit = "mm", min = 5, max = 400, decimals = 2, example = "50")]
    pub height_mm: Decimal,
    /// Dots by the inch of the printer: 203, 300 or 600.
    #[record(unit = "dpi", min = 203, max = 600, default = 203)]
    pub dpi: i16,
    /// What is on it, in the order in which it is drawn.
    #[record(max_length = 100)]
    pub elements: Vec<LabelElement>,
    /// Whether it is printed where no other is asked for.
    #[record(default = true)]
    pub active: bool,
}

/// What a label is stuck on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Choice)]
#[serde(rename_all = "snake_case")]
pub enum LabelSubject {
    /// Material of a lot: a reel, a bag, a box.
    Lot,
    /// A piece.
    Serial,
    /// A license plate.
    LicensePlate,
    /// A place.
    Location,
    /// What travels with an order.
    Traveller,
}

/// Something on a label.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Part)]
pub struct LabelElement {
    /// What it is.
    pub kind: ElementKind,
    /// Left edge (mm).
    #[record(unit = "mm", min = 0, max = 300, decimals = 2)]
    pub x_mm: Decimal,
    /// Upper edge (mm).
    #[record(unit = "mm", min = 0, max = 400, decimals = 2)]
    pub y_mm: Decimal,
    /// Room for a text, or the length of a line (mm); up to the edge where nothing is said.
    #[record(unit = "mm", min = 0, max = 300, decimals = 2)]
    pub width_mm: Option<Decimal>,
    /// Size of a text, height of Code 128, thickness of a line (mm).
    #[record(unit = "mm", min = 0, max = 400, decimals = 2)]
    pub height_mm: Option<Decimal>,
    /// Whether a text is bold.
    #[record(default = false)]
    #[serde(default)]
    pub bold: bool,
    /// The kind of bar code.
    pub symbology: Option<CodeKind>,
    /// One module of a bar code (mm).
    #[record(unit = "mm", min = 0.1, max = 3, decimals = 3)]
    pub module_mm: Option<Decimal>,
    /// Whether a bar code holds a GS1 element string, which `says` spells with brackets: (01){gtin}(10){lot}. Elements without a value are left out.
    #[record(default = false)]
    #[serde(default)]
    pub gs1: bool,
    /// What it says: words, and fields between braces.
    #[record(max_length = 500, example = "Lot {lot}")]
    pub says: Option<String>,
}

/// What an element of a label is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Choice)]
#[serde(rename_all = "snake_case")]
pub enum ElementKind {
    /// A line of text, made smaller where it does not fit.
    Text,
    /// A bar code.
    Code,
    /// A line, or a dark rectangle.
    Line,
}

/// A kind of bar code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Choice)]
#[serde(rename_all = "snake_case")]
pub enum CodeKind {
    /// Code 128; with an element string, GS1-128.
    Code128,
    /// DataMatrix ECC 200; with an element string, GS1 DataMatrix.
    Datamatrix,
    /// QR code; with an element string, GS1 QR code.
    Qr,
}

impl Rules for LabelTemplate {
    async fn check(&self, _before: Option<&Self>, _sight: &mut Sight<'_>) -> Result<Vec<FieldError>> {
        let mut wrong = Vec::new();
        if !matches!(self.dpi, 203 | 300 | 600) {
            wrong.push(FieldError::new("/dpi", "bad_dpi", format!("found {}, expected 203, 300 or 600", self.dpi)));
        }
        for (number, element) in self.elements.iter().enumerate() {
            let says = element.says.as_deref().unwrap_or_default();
            if element.kind != ElementKind::Line && says.is_empty() {
                wrong.push(FieldError::new(format!("/elements/{number}/says"), "required", "say what it says"));
            }
            if element.kind == ElementKind::Code && element.symbology.is_none() {
                wrong.push(FieldError::new(
                    format!("/elements/{number}/symbology"),
                    "required",
                    "say which bar code: code128, datamatrix or qr",
                ));
            }
            for unknown in bind::unknown_fields(self.subject, says) {
                let known = bind::known_fields(self.subject).join(", ");
                wrong.push(FieldError::new(
                    format!("/elements/{number}/says"),
                    "unknown_field",
                    format!("there is no {{{unknown}}}; there are {known}"),
                ));
            }
        }
        // With nothing wrong so far it is laid out as it would be printed, with examples for its fields.
        if wrong.is_empty() {
            match bind::as_designed(self, &bind::examples(self.subject), Language::default()) {
                Ok(label) => wrong.extend(label.faults().into_iter().map(|fault| FieldError::new("/elements", "does_not_fit", fault))),
                Err(fault) => wrong.push(FieldError::new(format!("/elements/{}/says", fault.element), "does_not_fit", fault.says)),
            }
        }
        Ok(wrong)
    }
}
