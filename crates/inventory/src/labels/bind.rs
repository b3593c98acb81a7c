//! What a label says, put into how it looks.
//!
//! **Invariant:** pure: template and values in, label out.

use std::collections::BTreeMap;

use gs1::element_string::ElementString;
use gs1::label::{Area, Code, Label, Mark, Text};
use gs1::letters::Weight;
use gs1::symbols::{self, Content, Symbology};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::template::{CodeKind, ElementKind, LabelElement, LabelSubject, LabelTemplate};

/// What a label says, field by field.
pub type Values = BTreeMap<&'static str, String>;

/// Why a label cannot be printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Which element of the template.
    pub element: usize,
    /// What is wrong with it.
    pub says: String,
}

/// Fields with an example each.
type Fields = &'static [(&'static str, &'static str)];

const EVERYWHERE: Fields = &[("plant", "ULM"), ("printed_on", "2026-11-21")];
const OF_ITEM: Fields =
    &[("item", "SP-305-T4"), ("item_name", "Solder paste SAC305 type 4"), ("revision", "B"), ("gtin", "09506000134352"), ("unit", "g")];
const OF_LOT: Fields = &[
    ("lot", "L26-04711"),
    ("quantity", "500"),
    ("count", "500"),
    ("expires_on", "2027-10-31"),
    ("expires_yymmdd", "271031"),
    ("produced_on", "2026-10-31"),
    ("produced_yymmdd", "261031"),
    ("supplier", "Alpine Solder"),
    ("supplier_lot", "AS-88213"),
    ("status", "available"),
];
const OF_SERIAL: Fields = &[("serial", "ULM26100042"), ("lot", "L26-04711"), ("status", "available")];
const OF_PLATE: Fields =
    &[("plate", "376104250021234569"), ("sscc", "376104250021234569"), ("packaging", "Pallet"), ("location", "FG-01"), ("items", "4")];
const OF_PLACE: Fields = &[("location", "WH1-A-03-2"), ("location_name", "Rack A, bay 3, level 2"), ("location_type", "bin")];
const OF_ORDER: Fields = &[("order", "MO-1042"), ("quantity", "240"), ("due_on", "2026-12-04"), ("lot", "L26-04711"), ("line", "SMT-01")];

fn fields(subject: LabelSubject) -> Vec<Fields> {
    match subject {
        LabelSubject::Lot => vec![EVERYWHERE, OF_ITEM, OF_LOT],
        LabelSubject::Serial => vec![EVERYWHERE, OF_ITEM, OF_SERIAL],
        LabelSubject::LicensePlate => vec![EVERYWHERE, OF_PLATE],
        LabelSubject::Location => vec![EVERYWHERE, OF_PLACE],
        LabelSubject::Traveller => vec![EVERYWHERE, OF_ITEM, OF_ORDER],
    }
}

/// The fields that a label of this kind may name.
pub fn known_fields(subject: LabelSubject) -> Vec<&'static str> {
    fields(subject).into_iter().flatten().map(|(name, _)| *name).collect()
}

/// An example of everything that a label of this kind may say, for previews.
pub fn examples(subject: LabelSubject) -> Values {
    fields(subject).into_iter().flatten().map(|(name, example)| (*name, (*example).to_owned())).collect()
}

/// The fields in a text that a label of this kind does not have.
pub fn unknown_fields(subject: LabelSubject, says: &str) -> Vec<String> {
    let known = known_fields(subject);
    parts(says)
        .filter_map(|part| if let Part::Field(name) = part { Some(name) } else { None })
        .filter(|name| !known.contains(name))
        .map(str::to_owned)
        .collect()
}

enum Part<'a> {
    Words(&'a str),
    Field(&'a str),
}

/// Words and fields of a text, in their order. A brace that does not close is a word.
fn parts(says: &str) -> impl Iterator<Item = Part<'_>> {
    let mut rest = says;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        if let Some(inner) = rest.strip_prefix('{')
            && let Some((name, behind)) = inner.split_once('}')
        {
            rest = behind;
            return Some(Part::Field(name.trim()));
        }
        let end = rest.char_indices().skip(1).find(|(_, letter)| *letter == '{').map_or(rest.len(), |(at, _)| at);
        let (words, behind) = rest.split_at(end);
        rest = behind;
        Some(Part::Words(words))
    })
}

/// The text with values in place of its fields.
fn bound(says: &str, values: &Values) -> String {
    let value = |part: Part<'_>| match part {
        Part::Words(words) => words.to_owned(),
        Part::Field(name) => values.get(name).cloned().unwrap_or_default(),
    };
    parts(says).map(value).collect()
}

/// The element string that a template spells, with values; elements without one are left out.
fn element_string(says: &str, values: &Values) -> Result<ElementString, String> {
    let mut spelled = String::new();
    let mut rest = says.trim();
    while !rest.is_empty() {
        let Some((identifier, behind)) = rest.strip_prefix('(').and_then(|rest| rest.split_once(')')) else {
            return Err("expected application identifiers in brackets: (01){gtin}(10){lot}".into());
        };
        let end = behind.find('(').unwrap_or(behind.len());
        let value = bound(&behind[..end], values);
        if !value.is_empty() {
            spelled.push_str(&format!("({identifier}){}", value.replace('(', "\\(")));
        }
        rest = &behind[end..];
    }
    ElementString::bracketed(&spelled).map(ElementString::shortest).map_err(|fault| fault.to_string())
}

/// The label with these values, laid out.
///
/// # Errors
/// The element that cannot be printed, and why: a lot too long for its element string, a sign that a bar code does not hold.
pub fn lay_out(template: &LabelTemplate, values: &Values) -> Result<Label, Fault> {
    let (width_mm, height_mm) = (mm(template.width_mm), mm(template.height_mm));
    let mut label = Label { width_mm, height_mm, marks: Vec::new() };
    for (number, element) in template.elements.iter().enumerate() {
        let (x_mm, y_mm) = (mm(element.x_mm), mm(element.y_mm));
        let room = element.width_mm.map_or(width_mm - x_mm - 1.0, mm);
        let says = element.says.as_deref().unwrap_or_default();
        match element.kind {
            ElementKind::Line => {
                let height_mm = element.height_mm.map_or(0.3, mm);
                label.marks.push(Mark::Bar(Area { x_mm, y_mm, width_mm: room, height_mm }));
            }
            ElementKind::Text => {
                let weight = if element.bold { Weight::Bold } else { Weight::Regular };
                let says = bound(says, values);
                if !says.trim().is_empty() {
                    label.marks.push(Mark::Text(Text::fitted(x_mm, y_mm, element.height_mm.map_or(3.0, mm), weight, says.trim(), room)));
                }
            }
            ElementKind::Code => {
                let fault = |says: String| Fault { element: number, says };
                if let Some(code) = code(element, values).map_err(fault)? {
                    label.marks.push(Mark::Code(Code { x_mm, y_mm, ..code }));
                }
            }
        }
    }
    Ok(label)
}

/// The bar code of an element; none where it would say nothing.
fn code(element: &LabelElement, values: &Values) -> Result<Option<Code>, String> {
    let says = element.says.as_deref().unwrap_or_default();
    let (data, content) = if element.gs1 {
        let elements = element_string(says, values);
        match elements {
            Ok(elements) => (elements.print_raw(), Content::Gs1),
            Err(_) if bound(says, values).chars().all(|letter| "()0123456789 ".contains(letter)) && !has_value(says, values) => {
                return Ok(None);
            }
            Err(fault) => return Err(fault),
        }
    } else {
        (bound(says, values).trim().to_owned(), Content::Plain)
    };
    if data.is_empty() {
        return Ok(None);
    }
    let (symbology, usual) = match element.symbology.unwrap_or(CodeKind::Datamatrix) {
        CodeKind::Code128 => (Symbology::Code128, 0.25),
        CodeKind::Datamatrix => (Symbology::Datamatrix, 0.5),
        CodeKind::Qr => (Symbology::Qr, 0.5),
    };
    let symbol = symbols::encode(symbology, &data, content).map_err(|unfit| unfit.to_string())?;
    let (module_mm, height_mm) = (element.module_mm.map_or(usual, mm), element.height_mm.map_or(12.0, mm));
    Ok(Some(Code { x_mm: 0.0, y_mm: 0.0, module_mm, height_mm, symbol }))
}

/// Whether some field of a text has a value.
fn has_value(says: &str, values: &Values) -> bool {
    parts(says).any(|part| matches!(part, Part::Field(name) if values.get(name).is_some_and(|value| !value.is_empty())))
}

fn mm(value: Decimal) -> f64 {
    value.to_f64().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::labels::standard;

    const SUBJECTS: [LabelSubject; 5] =
        [LabelSubject::Lot, LabelSubject::Serial, LabelSubject::LicensePlate, LabelSubject::Location, LabelSubject::Traveller];

    #[test]
    fn standard_labels_name_known_fields_and_fit() {
        for subject in SUBJECTS {
            let template = standard::template(subject);
            for element in &template.elements {
                assert_eq!(unknown_fields(subject, element.says.as_deref().unwrap_or_default()), Vec::<String>::new(), "{subject:?}");
            }
            let label = lay_out(&template, &examples(subject)).unwrap();
            assert_eq!(label.faults(), Vec::<String>::new(), "{subject:?}");
            assert!(label.marks.iter().any(|mark| matches!(mark, Mark::Code(_))), "{subject:?}");
        }
    }

    #[test]
    fn elements_without_a_value_are_left_out() {
        let mut values = examples(LabelSubject::Lot);
        let says = "(01){gtin}(10){lot}(17){expires_yymmdd}";
        assert_eq!(element_string(says, &values).unwrap().print_bracketed(), "(01)09506000134352(17)271031(10)L26-04711");
        values.insert("expires_yymmdd", String::new());
        values.insert("gtin", String::new());
        assert_eq!(element_string(says, &values).unwrap().print_bracketed(), "(10)L26-04711");
        values.insert("lot", "A lot whose name is far too long".into());
        assert!(element_string(says, &values).unwrap_err().starts_with("(10): "));
    }

    #[test]
    fn a_label_without_its_values_has_no_empty_code() {
        let label = lay_out(&standard::template(LabelSubject::Lot), &Values::new()).unwrap();
        assert!(!label.marks.iter().any(|mark| matches!(mark, Mark::Code(_))));
    }

    #[test]
    fn braces_are_fields_only_where_they_close() {
        let values = Values::from([("lot", "L1".to_owned())]);
        for (says, wanted) in [("Lot {lot}!", "Lot L1!"), ("{lot}{lot}", "L1L1"), ("{lot", "{lot"), ("{nothing}", ""), ("", "")] {
            assert_eq!(bound(says, &values), wanted);
        }
    }
}
