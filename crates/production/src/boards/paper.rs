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

fn table(part: Part) -> Table {
    let column = |(index, head): (usize, &&'static str)| {
        if index < part.words { Column::text(*head, WORDS) } else { Column::number(*head, 1.0) }
    };
    let columns = part.heads.iter().enumerate().map(column).collect();
    Table { columns, rows: part.rows.into_iter().map(|row| row.into_iter().map(Into::into).collect()).collect() }
}
