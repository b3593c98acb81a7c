//! Element strings: what a GS1 bar code says, as readers send it (with FNC1 between), and as people read it (with brackets).
//!
//! **Invariant:** what is parsed prints as it was, in both forms, and what is printed is parsed back to the same.

use std::fmt;

use crate::identifiers::Identifier;

/// FNC1 as readers send it behind a value of variable length: the ASCII group separator.
pub const FNC1: char = '\u{1d}';

/// What readers put before the data of GS1 symbols (ISO/IEC 15424): Code 128, DataMatrix, QR, DataBar and composite, DotCode.
const SYMBOLOGIES: &[&str] = &["]C1", "]d2", "]Q3", "]e0", "]J1"];

/// A value with what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Element {
    /// The digits of its application identifier: 01, 3103.
    pub identifier: String,
    /// The value.
    pub value: String,
}

impl Element {
    /// The title of its data: GTIN.
    pub fn title(&self) -> &'static str {
        Identifier::find(&self.identifier).map_or("", |(identifier, _)| identifier.title)
    }

    /// The value of a measure or amount as a decimal number: 3103 with 012500 is 12.500. Nothing of what says no decimal places.
    pub fn decimal(&self) -> Option<String> {
        let (identifier, places) = Identifier::find(&self.identifier)?;
        let places = usize::try_from(places?).ok()?;
        // The country or currency before an amount is none of its digits.
        let skipped: usize = identifier.parts.iter().rev().skip(1).map(|part| part.most).sum();
        let digits = self.value.get(skipped..)?;
        let digits = format!("{digits:0>width$}", width = places + 1);
        let (whole, part) = digits.split_at(digits.len() - places);
        let whole = whole.trim_start_matches('0');
        let whole = if whole.is_empty() { "0" } else { whole };
        Some(if part.is_empty() { whole.into() } else { format!("{whole}.{part}") })
    }

    /// The day of a date as year, month and day, read in the century nearest to `this_year` (General Specifications, 7.12); the last of the month
    /// where the day is left open.
    pub fn day(&self, this_year: i16) -> Option<(i16, i8, i8)> {
        let (identifier, _) = Identifier::find(&self.identifier)?;
        if !identifier.parts.iter().any(|part| part.check == crate::identifiers::Check::Day) {
            return None;
        }
        let number = |from: usize| self.value.get(from..from + 2).and_then(|digits| digits.parse::<i16>().ok());
        let (year, month, day) = (number(0)?, number(2)?, number(4)?);
        let century = this_year - this_year.rem_euclid(100);
        let year = match year - this_year.rem_euclid(100) {
            51..=99 => century - 100 + year,
            -99..=-50 => century + 100 + year,
            _ => century + year,
        };
        let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let last = match month {
            2 => 28 + i16::from(is_leap),
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        let day = if day == 0 { last } else { day };
        (day <= last).then_some((year, i8::try_from(month).ok()?, i8::try_from(day).ok()?))
    }
}

/// What a bar code says: elements in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ElementString(pub Vec<Element>);

/// Why a text is no element string.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It says nothing.
    Empty,
    /// No application identifier is at this place (counted in signs from 1).
    UnknownIdentifier {
        /// Where.
        at: usize,
        /// What is there.
        found: String,
    },
    /// A value is not as its application identifier has it.
    Value {
        /// The application identifier.
        identifier: String,
        /// What was found and what is expected.
        detail: String,
    },
    /// The brackets do not open and close.
    Brackets,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::Empty => f.write_str("it says nothing"),
            Fault::UnknownIdentifier { at, found } => write!(f, "sign {at}: {found} begins no application identifier"),
            Fault::Value { identifier, detail } => write!(f, "({identifier}): {detail}"),
            Fault::Brackets => f.write_str("expected application identifiers in brackets: (01)09506000134352(10)ABC"),
        }
    }
}

impl std::error::Error for Fault {}

impl ElementString {
    /// Of application identifiers and their values, none of which is looked through for further ones.
    ///
    /// # Errors
    /// What is wrong with it first.
    pub fn of<'a>(elements: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<ElementString, Fault> {
        let elements: Result<Vec<Element>, Fault> = elements.into_iter().map(|(identifier, value)| checked(identifier, value)).collect();
        not_empty(elements?)
    }

    /// Reads what a reader sends, or a person writes: with brackets where the text begins with one.
    ///
    /// # Errors
    /// What is wrong with it first.
    pub fn read(text: &str) -> Result<ElementString, Fault> {
        if text.starts_with('(') { ElementString::bracketed(text) } else { ElementString::raw(text) }
    }

    /// Reads what a reader sends: FNC1 (the group separator) behind each value of variable length that is not the last; a symbology identifier or
    /// FNC1 may stand before all.
    ///
    /// # Errors
    /// What is wrong with it first.
    pub fn raw(text: &str) -> Result<ElementString, Fault> {
        let stripped = SYMBOLOGIES.iter().find_map(|symbology| text.strip_prefix(symbology)).unwrap_or(text);
        let mut rest = stripped.strip_prefix(FNC1).unwrap_or(stripped);
        let mut elements = Vec::new();
        while !rest.is_empty() {
            let at = text.chars().count() - rest.chars().count() + 1;
            let unknown = || Fault::UnknownIdentifier { at, found: rest.chars().take(4).collect() };
            let (identifier, length) = Identifier::at(rest).ok_or_else(unknown)?;
            let (digits, behind) = rest.split_at(length);
            let end = match Identifier::is_predefined(digits) {
                true => identifier.most().min(behind.find(FNC1).unwrap_or(behind.len())),
                false => behind.find(FNC1).unwrap_or(behind.len()),
            };
            let value = behind.get(..end).unwrap_or(behind);
            elements.push(checked(digits, value)?);
            rest = behind.get(end..).unwrap_or_default();
            rest = rest.strip_prefix(FNC1).unwrap_or(rest);
        }
        not_empty(elements)
    }

    /// Reads what a person writes: application identifiers in brackets; a bracket that opens within a value has a backslash before it.
    ///
    /// # Errors
    /// What is wrong with it first.
    pub fn bracketed(text: &str) -> Result<ElementString, Fault> {
        let mut elements = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            let (digits, behind) = rest.strip_prefix('(').and_then(|rest| rest.split_once(')')).ok_or(Fault::Brackets)?;
            let mut value = String::new();
            let mut signs = behind.char_indices().peekable();
            let mut end = behind.len();
            while let Some((at, sign)) = signs.next() {
                match sign {
                    '(' => {
                        end = at;
                        break;
                    }
                    '\\' if signs.peek().is_some_and(|(_, next)| *next == '(') => {
                        value.push('(');
                        signs.next();
                    }
                    _ => value.push(sign),
                }
            }
            elements.push(checked(digits, &value)?);
            rest = &behind[end..];
        }
        not_empty(elements)
    }

    /// The value of an application identifier, if it is there.
    pub fn get(&self, identifier: &str) -> Option<&str> {
        self.0.iter().find(|element| element.identifier == identifier).map(|element| element.value.as_str())
    }

    /// As symbols carry it: FNC1 behind each value of variable length that is not the last, none before all.
    pub fn print_raw(&self) -> String {
        let mut text = String::new();
        for (number, element) in self.0.iter().enumerate() {
            text.push_str(&element.identifier);
            text.push_str(&element.value);
            if number + 1 < self.0.len() && !Identifier::is_predefined(&element.identifier) {
                text.push(FNC1);
            }
        }
        text
    }

    /// As people read it below a bar code, and write it: with brackets.
    pub fn print_bracketed(&self) -> String {
        self.0.iter().map(|element| format!("({}){}", element.identifier, element.value.replace('(', "\\("))).collect()
    }

    /// The same elements in the order that makes the shortest symbol: those of predefined length first, so that fewer separators are needed.
    pub fn shortest(mut self) -> ElementString {
        self.0.sort_by_key(|element| !Identifier::is_predefined(&element.identifier));
        self
    }
}

fn not_empty(elements: Vec<Element>) -> Result<ElementString, Fault> {
    if elements.is_empty() { Err(Fault::Empty) } else { Ok(ElementString(elements)) }
}

fn checked(digits: &str, value: &str) -> Result<Element, Fault> {
    let unknown = || Fault::UnknownIdentifier { at: 1, found: digits.chars().take(10).collect() };
    let (identifier, _) = Identifier::find(digits).ok_or_else(unknown)?;
    match identifier.fault(value) {
        None => Ok(Element { identifier: digits.into(), value: value.into() }),
        Some(detail) => Err(Fault::Value { identifier: digits.into(), detail }),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::check_digit;

    #[track_caller]
    fn check(raw: &str, bracketed: &str) {
        let from_raw = ElementString::raw(raw).unwrap();
        assert_eq!(from_raw, ElementString::bracketed(bracketed).unwrap());
        assert_eq!(from_raw.print_bracketed(), bracketed);
        let bare = SYMBOLOGIES.iter().find_map(|symbology| raw.strip_prefix(symbology)).unwrap_or(raw);
        assert_eq!(from_raw.print_raw(), bare.trim_start_matches(FNC1));
    }

    #[test]
    fn element_strings_are_read_and_printed_both_ways() {
        check("]C1010950600013435210ABC123", "(01)09506000134352(10)ABC123");
        check("\u{1d}010950600013435210ABC123\u{1d}2112345", "(01)09506000134352(10)ABC123(21)12345");
        check("]d201095060001343521726103110ABC", "(01)09506000134352(17)261031(10)ABC");
        check("00376104250021234569", "(00)376104250021234569");
        check("0109506000134352310301250037100", "(01)09506000134352(3103)012500(37)100");
        check("800309506000134352ABC", "(8003)09506000134352ABC");
        check("10A(B\u{1d}21C", "(10)A\\(B(21)C");
    }

    #[test]
    fn what_is_wrong_is_told() {
        let fault = |text: &str| ElementString::read(text).unwrap_err().to_string();
        assert_eq!(fault("0109506000134353"), "(01): the check digit does not fit");
        assert_eq!(fault("(17)261345"), "(17): found 261345, expected a day as YYMMDD");
        assert_eq!(fault("(10)"), "(10): found 0 signs, expected 1 to 20");
        assert_eq!(fault("(10)123456789012345678901"), "(10): found 21 signs, expected at most 20");
        assert_eq!(fault("(10)ab£"), "(10): found 3 signs, expected 1 to 20");
        assert_eq!(fault("10ABC\u{1d}05XX"), "sign 7: 05XX begins no application identifier");
        assert_eq!(fault("(01"), "expected application identifiers in brackets: (01)09506000134352(10)ABC");
        assert_eq!(fault(""), "it says nothing");
    }

    #[test]
    fn measures_and_days_are_understood() {
        let element = |identifier: &str, value: &str| Element { identifier: identifier.into(), value: value.into() };
        for (identifier, value, decimal) in [
            ("3103", "012500", Some("12.500")),
            ("3100", "000000", Some("0")),
            ("3106", "000001", Some("0.000001")),
            ("3912", "97812345", Some("123.45")),
            ("10", "7", None),
        ] {
            assert_eq!(element(identifier, value).decimal().as_deref(), decimal, "{identifier}");
        }
        for (value, this_year, day) in [
            ("261031", 2026, Some((2026, 10, 31))),
            ("280200", 2026, Some((2028, 2, 29))),
            ("270200", 2026, Some((2027, 2, 28))),
            ("270229", 2026, None),
            ("760101", 2026, Some((2076, 1, 1))),
            ("770101", 2026, Some((1977, 1, 1))),
            ("010101", 2099, Some((2101, 1, 1))),
        ] {
            assert_eq!(element("17", value).day(this_year), day, "{value} in {this_year}");
        }
        assert_eq!(element("10", "261031").day(2026), None);
    }

    proptest! {
        #[test]
        fn whatever_is_printed_is_read_back(gtin in "[0-9]{13}", lot in "[A-Z0-9()/%._-]{1,20}", serial in "[!-%'-?A-Z_a-z]{1,20}", count in 0u32..99_999_999) {
            let gtin = check_digit::append(&gtin).unwrap();
            let said = [("01", gtin), ("10", lot), ("21", serial.replace(['$', '#'], "-")), ("37", count.to_string())];
            let elements = ElementString(said.into_iter().map(|(identifier, value)| Element { identifier: identifier.into(), value }).collect());
            prop_assert_eq!(&ElementString::raw(&elements.print_raw()).unwrap(), &elements);
            prop_assert_eq!(&ElementString::read(&elements.print_bracketed()).unwrap(), &elements);
            let shortest = elements.clone().shortest();
            prop_assert!(shortest.print_raw().len() <= elements.print_raw().len());
        }

        #[test]
        fn nothing_that_is_read_brings_the_reader_down(text in "\\PC{0,60}") {
            let _ = ElementString::read(&text);
            let _ = ElementString::raw(&text);
        }
    }
}
