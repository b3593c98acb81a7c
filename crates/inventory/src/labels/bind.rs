//! What a label says, put into how it looks.
//!
//! **Invariant:** pure: template and values in, label out.

use std::collections::BTreeMap;

use gs1::element_string::ElementString;
use gs1::label::{Area, Code, Label, Mark, Text};
use gs1::letters::Weight;
use gs1::symbols::{self, Content, Symbology};
use platform::language::Language;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::template::{CodeKind, ElementKind, LabelElement, LabelSubject, LabelTemplate};
use crate::words;

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

/// The same for people: what is kept as a code or a number of programs is said in their language. Bar codes hold what programs read.
fn said(says: &str, values: &Values, language: Language) -> String {
    let value = |part: Part<'_>| match part {
        Part::Words(words) => words.to_owned(),
        Part::Field(name) => match (name, values.get(name).map(String::as_str).unwrap_or_default()) {
            ("status", status) => words::status(status, language).to_owned(),
            ("location_type", place) => words::place(place, language).to_owned(),
            ("quantity", quantity) => language.number(quantity),
            (_, value) => value.to_owned(),
        },
    };
    parts(says).map(value).collect()
}

/// The text with values in place of its fields.
fn bound(says: &str, values: &Values) -> String {
    let value = |part: Part<'_>| match part {
        Part::Words(words) => words.to_owned(),
        Part::Field(name) => values.get(name).cloned().unwrap_or_default(),
    };
    parts(says).map(value).collect()
}

/// The element string that a template spells, with values; elements without one are left out. What a value says never becomes an identifier: the
/// elements are made one by one, not read out of a text in which values stand.
fn element_string(says: &str, values: &Values) -> Result<ElementString, String> {
    let mut elements = Vec::new();
    let mut rest = says.trim();
    while !rest.is_empty() {
        let Some((identifier, behind)) = rest.strip_prefix('(').and_then(|rest| rest.split_once(')')) else {
            return Err("expected application identifiers in brackets: (01){gtin}(10){lot}".into());
        };
        let end = behind.find('(').unwrap_or(behind.len());
        let value = bound(behind[..end].trim(), values);
        if !value.is_empty() {
            elements.push((identifier, value));
        }
        rest = &behind[end..];
    }
    let elements = elements.iter().map(|(identifier, value)| (*identifier, value.as_str()));
    ElementString::of(elements).map(ElementString::shortest).map_err(|fault| fault.to_string())
}

/// The label with these values, laid out to be printed: a bar code of a long value is made as fine as it has to be. Words and numbers that are filled
/// into its texts are of the language.
///
/// # Errors
/// The element that cannot be printed, and why: a lot too long for its element string, a sign that a bar code does not hold.
pub fn lay_out(template: &LabelTemplate, values: &Values, language: Language) -> Result<Label, Fault> {
    let mut label = as_designed(template, values, language)?;
    let (width_mm, height_mm, dots_per_mm) = (label.width_mm, label.height_mm, f64::from(template.dpi) / 25.4);
    for (code, element) in
        label.marks.iter_mut().filter_map(|mark| if let Mark::Code(code) = mark { Some(code) } else { None }).zip(coded(template, values))
    {
        let fault = |says: &str| Fault { element, says: says.to_owned() };
        squeeze(code, width_mm, height_mm, dots_per_mm).map_err(|()| fault("the bar code of this value is larger than the label"))?;
    }
    Ok(label)
}

/// The elements whose bar codes are on the label, in their order.
fn coded<'a>(template: &'a LabelTemplate, values: &'a Values) -> impl Iterator<Item = usize> + 'a {
    let codes = template.elements.iter().enumerate().filter(|(_, element)| element.kind == ElementKind::Code);
    codes.filter(|(_, element)| matches!(code(element, values), Ok(Some(_)))).map(|(number, _)| number)
}

/// The finest module that printers of a plant print and its readers read (mm).
const FINEST_MM: f64 = 0.16;

/// Makes the modules of a code that reaches beyond the label smaller, by whole dots of the printer, until it and its light margin fit.
fn squeeze(code: &mut Code, width_mm: f64, height_mm: f64, dots_per_mm: f64) -> Result<(), ()> {
    let quiet = code.symbol.quiet as f64;
    let mut most_mm = (width_mm - code.x_mm) / (code.symbol.width as f64 + quiet);
    if !code.symbol.is_linear() {
        most_mm = most_mm.min((height_mm - code.y_mm) / (code.symbol.height() as f64 + quiet));
    }
    if code.module_mm <= most_mm + 1e-9 {
        return Ok(());
    }
    code.module_mm = (most_mm * dots_per_mm).floor() / dots_per_mm;
    if code.module_mm >= FINEST_MM { Ok(()) } else { Err(()) }
}

/// The label as its template has it, also where a bar code of these values reaches beyond it.
///
/// # Errors
/// As [`lay_out`].
pub fn as_designed(template: &LabelTemplate, values: &Values, language: Language) -> Result<Label, Fault> {
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
                // A caption without its value says nothing that is true.
                let is_caption = parts(says).any(|part| matches!(part, Part::Field(_))) && !has_value(says, values);
                let says = said(says, values, language);
                if !is_caption && !says.trim().is_empty() {
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

    fn texts(label: &Label) -> Vec<&str> {
        label.marks.iter().filter_map(|mark| if let Mark::Text(text) = mark { Some(text.says.as_str()) } else { None }).collect()
    }

    #[test]
    fn standard_labels_name_known_fields_and_fit_in_every_language() {
        for (subject, language) in SUBJECTS.into_iter().flat_map(|subject| Language::ALL.map(|language| (subject, language))) {
            let template = standard::template(subject, language);
            for element in &template.elements {
                assert_eq!(unknown_fields(subject, element.says.as_deref().unwrap_or_default()), Vec::<String>::new(), "{subject:?}");
            }
            let label = lay_out(&template, &examples(subject), language).unwrap();
            assert_eq!(label.faults(), Vec::<String>::new(), "{subject:?} {language:?}");
            assert!(label.marks.iter().any(|mark| matches!(mark, Mark::Code(_))), "{subject:?}");
            // Nothing is cut off, no letter is one that the printed fonts do not have.
            for text in texts(&label) {
                assert!(!text.ends_with('…') && !gs1::letters::win_ansi(text).contains(&b'?'), "{subject:?} {language:?}: {text}");
            }
        }
    }

    #[test]
    fn a_caption_goes_with_its_value() {
        let mut values = examples(LabelSubject::Lot);
        let template = standard::template(LabelSubject::Lot, Language::De);
        let label = lay_out(&template, &values, Language::De).unwrap();
        assert!(texts(&label).contains(&"Haltbar bis 2027-10-31") && texts(&label).contains(&"verfügbar"));
        values.remove("expires_on");
        let label = lay_out(&template, &values, Language::De).unwrap();
        assert!(!texts(&label).iter().any(|text| text.starts_with("Haltbar")), "{:?}", texts(&label));
        assert!(texts(&label).contains(&"Hergestellt 2026-10-31"));
    }

    #[test]
    fn people_read_their_signs_and_programs_theirs() {
        let mut values = examples(LabelSubject::Lot);
        values.insert("quantity", "12.5".into());
        let mut template = standard::template(LabelSubject::Lot, Language::De);
        template.elements.retain(|element| element.kind != ElementKind::Code);
        let code = LabelElement { says: Some("{quantity} {status}".into()), symbology: Some(CodeKind::Qr), ..template.elements[0].clone() };
        template.elements.push(LabelElement { kind: ElementKind::Code, ..code });
        let label = lay_out(&template, &values, Language::De).unwrap();
        assert!(texts(&label).contains(&"12,5 g"), "{:?}", texts(&label));
        let code = label.marks.iter().find_map(|mark| if let Mark::Code(code) = mark { Some(&code.symbol) } else { None });
        assert_eq!(code, Some(&symbols::encode(Symbology::Qr, "12.5 available", Content::Plain).unwrap()));
    }

    #[test]
    fn no_value_becomes_an_element_of_its_own() {
        // A lot whose number ends as an escaped bracket begins, one that spells an element, one with the sign that ends values.
        for lot in ["AB\\", "A(17)301231", "A)B", "A\u{1d}17301231", "(21)X", "\\(10)"] {
            let values = Values::from([("lot", lot.to_owned()), ("expires_yymmdd", "271031".to_owned())]);
            match element_string("(10){lot}(17){expires_yymmdd}", &values) {
                Ok(elements) => {
                    assert_eq!((elements.get("10"), elements.get("17"), elements.0.len()), (Some(lot), Some("271031"), 2), "{lot}");
                    assert_eq!(ElementString::raw(&elements.print_raw()).unwrap(), elements, "{lot}");
                }
                Err(fault) => assert!(fault.starts_with("(10): "), "{lot}: {fault}"),
            }
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
        let label = lay_out(&standard::template(LabelSubject::Lot, Language::En), &Values::new(), Language::En).unwrap();
        assert!(!label.marks.iter().any(|mark| matches!(mark, Mark::Code(_))));
    }

    #[test]
    fn a_bar_code_of_a_long_value_is_as_fine_as_it_has_to_be_or_refuses_the_label() {
        for subject in SUBJECTS {
            for length in [1, 10, 20, 30, 40, 50] {
                let long = "W".repeat(length);
                let mut values = examples(subject);
                for field in ["lot", "serial", "plate", "location", "order"] {
                    values.entry(field).and_modify(|value| value.clone_from(&long));
                }
                match lay_out(&standard::template(subject, Language::De), &values, Language::De) {
                    Ok(label) => assert_eq!(label.faults(), Vec::<String>::new(), "{subject:?} {length}"),
                    // GS1 lets 20 signs into lots and serials; Code 128 of 40 signs is longer than a label.
                    Err(fault) => assert!(length > 20, "{subject:?} {length}: {fault:?}"),
                }
            }
        }
    }

    #[test]
    fn braces_are_fields_only_where_they_close() {
        let values = Values::from([("lot", "L1".to_owned())]);
        for (says, wanted) in [("Lot {lot}!", "Lot L1!"), ("{lot}{lot}", "L1L1"), ("{lot", "{lot"), ("{nothing}", ""), ("", "")] {
            assert_eq!(bound(says, &values), wanted);
        }
    }
}
