//! What a person said about a file beside the file: which sheet and column means what, and cells that are to be read otherwise.
//!
//! A mapping names sheets by their names and columns by their letters, as the person sees them. [`Remembered`] is the same by headings, so
//! that the next file with the same headings needs no mapping.
//!
//! **Invariant:** what is not said stays as it is recognised.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::fold::fold;
use super::recognise::Role;
use super::vocabulary::{Kind, headings};

/// What sheets and columns mean, as far as a person said.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// By the sheet's name.
    #[serde(default)]
    pub sheets: BTreeMap<String, SheetMapping>,
}

/// What a sheet and its columns mean.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SheetMapping {
    /// What it holds, such as `lines`; empty for nothing that is wanted; absent as recognised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meaning: Option<String>,
    /// The row of its headings as Excel counts; absent as recognised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header_row: Option<u32>,
    /// What columns hold, by their letters, such as `cycle time` or `volume of 2027`; null for one that is not wanted.
    #[serde(default)]
    pub columns: BTreeMap<String, Option<String>>,
}

/// A mapping by headings instead of letters.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remembered {
    /// What such a sheet holds; empty for nothing that is wanted.
    pub meaning: String,
    /// What columns hold, by their folded headings.
    pub columns: BTreeMap<String, Option<String>>,
}

/// By what headings are known again: the folded headings of a row, in any order.
pub fn signature<'a>(headings: impl Iterator<Item = &'a str>) -> String {
    let mut folded: Vec<String> = headings.map(fold).filter(|heading| !heading.is_empty()).collect();
    folded.sort();
    folded.dedup();
    folded.join("\u{1f}")
}

/// A heading as [`Remembered`] knows it.
pub fn folded(heading: &str) -> String {
    fold(heading)
}

/// What a corrected cell is to hold.
#[derive(Debug, Clone, PartialEq)]
pub enum Corrected {
    /// Nothing.
    Empty,
    /// A text.
    Text(String),
    /// A number.
    Number(f64),
    /// Yes or no.
    Flag(bool),
}

/// Cells that are to be read otherwise: by sheet, then by row as Excel counts and column from 0.
pub type Corrections = BTreeMap<String, BTreeMap<(u32, u32), Corrected>>;

/// Everything that a person said about a file.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Wishes {
    /// What sheets and columns mean.
    pub mapping: Mapping,
    /// What was said of such headings before, by [`signature`].
    pub remembered: BTreeMap<String, Remembered>,
    /// Cells to read otherwise.
    pub corrections: Corrections,
}

/// The index of a column by its letter: A is 0, AA is 26.
pub fn column_of_letter(letter: &str) -> Option<u32> {
    const LAST: u32 = 16_384;
    let mut column = 0_u32;
    for each in letter.bytes() {
        let digit = each.to_ascii_uppercase().checked_sub(b'A').filter(|digit| *digit < 26)?;
        column = column.checked_mul(26)?.checked_add(u32::from(digit) + 1)?;
        if column > LAST {
            return None;
        }
    }
    column.checked_sub(1)
}

/// A kind of sheet that can be chosen, and what its columns can mean.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Meaning {
    /// The kind, such as `lines`.
    pub meaning: &'static str,
    /// What its columns can hold; volumes and days of a period are written `volume of 2027` and `operating days of 2027`.
    pub columns: Vec<ColumnMeaning>,
}

/// What a column can mean.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ColumnMeaning {
    /// Its name, such as `cycle time`.
    pub meaning: &'static str,
    /// Whether such a sheet cannot be read without.
    pub required: bool,
}

/// Everything that can be chosen.
pub fn meanings() -> Vec<Meaning> {
    let column = |heading: &super::vocabulary::Heading| ColumnMeaning { meaning: heading.field.name(), required: heading.required };
    Kind::ALL.into_iter().map(|kind| Meaning { meaning: kind.name(), columns: headings(kind).iter().map(column).collect() }).collect()
}

/// What is wrong with a mapping, as (sheet, column letter, found), each with nothing where it is about the whole.
pub fn mistakes(mapping: &Mapping) -> Vec<(String, Option<String>, String)> {
    let mut mistakes = Vec::new();
    for (sheet, of) in &mapping.sheets {
        if let Some(meaning) = of.meaning.as_deref().filter(|meaning| !meaning.is_empty())
            && Kind::of_name(meaning).is_none()
        {
            mistakes.push((sheet.clone(), None, meaning.to_owned()));
        }
        for (letter, meaning) in &of.columns {
            let understood = meaning.as_deref().is_none_or(|meaning| Role::of_name(meaning).is_some());
            if column_of_letter(letter).is_none() || !understood {
                mistakes.push((sheet.clone(), Some(letter.clone()), meaning.clone().unwrap_or_default()));
            }
        }
    }
    mistakes
}

#[cfg(test)]
mod tests {
    use super::super::findings::letter;
    use super::*;

    #[test]
    fn letters_are_read_as_they_are_written() {
        for column in [0, 25, 26, 701, 702, 16_383] {
            assert_eq!(column_of_letter(&letter(column)), Some(column));
        }
        for wrong in ["", "1", "A1", "ZZZZZZZZZZ", "é", "XFE"] {
            assert_eq!(column_of_letter(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn every_meaning_that_is_offered_is_understood() {
        for meaning in meanings() {
            assert!(Kind::of_name(meaning.meaning).is_some(), "{}", meaning.meaning);
            for column in meaning.columns {
                assert!(Role::of_name(column.meaning).is_some(), "{}", column.meaning);
            }
        }
        assert!(Role::of_name("volume of 2027-W14").is_some());
        assert!(Role::of_name("operating days of 2027").is_some());
        assert!(Role::of_name("weather").is_none());
    }
}
