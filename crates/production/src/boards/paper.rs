//! The report of a shift on paper.

use gs1::paper::{Block, Column, Document, Table};
use platform::language::{Language, Words};

use super::html::{self, Part};
use super::report::ShiftReport;

const FOOT: Words = Words::new("Key figures by ISO 22400-2", "Indicadores según ISO 22400-2", "Kennzahlen nach ISO 22400-2");

/// How much wider a column of words is than one of numbers.
const WORDS: f64 = 2.2;

/// The report as PDF.
pub(super) fn pdf(report: &ShiftReport, language: Language) -> Vec<u8> {
    let mut blocks = Vec::new();
    for part in html::parts(report, language) {
        blocks.extend(part.heading.map(|heading| Block::Heading(heading.into())));
        blocks.push(Block::Table(table(part)));
    }
    let document = Document {
        title: html::title(report, language),
        subtitle: html::when(report, language),
        foot: FOOT.text(language).into(),
        code: None,
        blocks,
    };
    document.pdf()
}

/// Letters of a number's column that one share has room for, in bold.
const LETTERS: f64 = 9.0;

fn table(part: Part) -> Table {
    // As wide as the longest that stands in it: neither a head is made small nor an instant broken in two.
    let longest = |index: usize, head: &str| part.rows.iter().map(|row| row[index].chars().count()).fold(head.chars().count(), usize::max);
    let column = |(index, head): (usize, &&'static str)| match index < part.words {
        true => Column::text(*head, WORDS),
        false => Column::number(*head, (longest(index, head) as f64 / LETTERS).max(0.8)),
    };
    let columns = part.heads.iter().enumerate().map(column).collect::<Vec<_>>();
    Table { columns, rows: part.rows.into_iter().map(|row| row.into_iter().map(Into::into).collect()).collect() }
}
