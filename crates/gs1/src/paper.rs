//! Sheets of paper (A4): a title with a bar code, facts, tables that go on over pages, places to sign. Travellers, as-built records and
//! whatever else goes with an order are made of these.
//!
//! **Invariant:** nothing is left out for want of room: a row that does not fit goes on to the next page, whose head is repeated.

use crate::label::{Area, Code, Mark, Text};
use crate::letters::{self, Weight};
use crate::pdf::{self, Page};
use crate::symbols::{Content, Symbol, Symbology, encode};

/// A document.
#[derive(Clone, Debug, Default)]
pub struct Document {
    /// What it is: Traveller MO-1042.
    pub title: String,
    /// Beneath it: the item.
    pub subtitle: String,
    /// At the foot of every page: who printed it and when.
    pub foot: String,
    /// The bar code at its head.
    pub code: Option<Barcode>,
    /// What it says.
    pub blocks: Vec<Block>,
}

/// A bar code on paper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Barcode {
    /// Its kind.
    pub symbology: Symbology,
    /// Its data.
    pub data: String,
    /// Whether the data is an element string.
    pub is_gs1: bool,
}

/// A part of a document.
#[derive(Clone, Debug)]
pub enum Block {
    /// A heading.
    Heading(String),
    /// A paragraph.
    Paragraph(String),
    /// Names with their values, in two columns.
    Facts(Vec<(String, String)>),
    /// A table.
    Table(Table),
    /// Lines to sign on, each with what is signed for.
    Signatures(Vec<String>),
}

/// A table.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// Its columns.
    pub columns: Vec<Column>,
    /// Its rows, each with a cell for every column.
    pub rows: Vec<Vec<Cell>>,
}

/// A column of a table.
#[derive(Clone, Debug)]
pub struct Column {
    /// What it is called.
    pub title: String,
    /// How wide it is, beside the others.
    pub share: f64,
    /// Whether it holds numbers, which end at the right edge.
    pub is_number: bool,
}

impl Column {
    /// A column of text.
    pub fn text(title: impl Into<String>, share: f64) -> Column {
        Column { title: title.into(), share, is_number: false }
    }

    /// A column of numbers.
    pub fn number(title: impl Into<String>, share: f64) -> Column {
        Column { title: title.into(), share, is_number: true }
    }
}

/// A cell of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// Words.
    Text(String),
    /// A bar code.
    Code(Barcode),
    /// A box to tick.
    Box,
}

impl From<&str> for Cell {
    fn from(text: &str) -> Cell {
        Cell::Text(text.to_owned())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Cell {
        Cell::Text(text)
    }
}

const WIDTH_MM: f64 = 210.0;
const HEIGHT_MM: f64 = 297.0;
const MARGIN_MM: f64 = 15.0;
const INNER_MM: f64 = WIDTH_MM - 2.0 * MARGIN_MM;
const BOTTOM_MM: f64 = HEIGHT_MM - 18.0;
const TEXT_MM: f64 = 3.3;
const LINE_MM: f64 = 4.4;
const PAD_MM: f64 = 1.2;
const RULE_MM: f64 = 0.2;
/// A module of a square code: readers of telephones and terminals read it from an arm's length.
const MODULE_MM: f64 = 0.42;
/// A module of Code 128, where there is room for it.
const NARROW_MM: f64 = 0.25;

impl Document {
    /// The document as PDF.
    pub fn pdf(&self) -> Vec<u8> {
        pdf::write(&self.title, &self.pages())
    }

    /// Its pages.
    pub fn pages(&self) -> Vec<Page> {
        let mut sheet = Sheet { document: self, pages: Vec::new(), y_mm: 0.0 };
        sheet.turn();
        for block in &self.blocks {
            sheet.block(block);
        }
        sheet.finish()
    }
}

struct Sheet<'a> {
    document: &'a Document,
    pages: Vec<Page>,
    y_mm: f64,
}

impl Sheet<'_> {
    /// A new page, with its head.
    fn turn(&mut self) {
        self.pages.push(Page { width_mm: WIDTH_MM, height_mm: HEIGHT_MM, marks: Vec::new() });
        self.y_mm = MARGIN_MM;
        let document = self.document;
        let mut right = INNER_MM;
        let mut below = self.y_mm + 14.0;
        if let Some(code) = document.code.as_ref().and_then(|code| placed(code, 60.0)) {
            let x_mm = WIDTH_MM - MARGIN_MM - code.width_mm();
            right -= code.width_mm() + 6.0;
            below = below.max(self.y_mm + code.tall_mm() + 3.0);
            let at = Code { x_mm, y_mm: self.y_mm, ..code };
            self.mark(Mark::Code(at));
        }
        self.text(MARGIN_MM, self.y_mm, 6.0, Weight::Bold, &document.title, right);
        self.text(MARGIN_MM, self.y_mm + 7.5, 4.0, Weight::Regular, &document.subtitle, right);
        self.rule(below);
        self.y_mm = below + 3.0;
    }

    fn mark(&mut self, mark: Mark) {
        if let Some(page) = self.pages.last_mut() {
            page.marks.push(mark);
        }
    }

    fn text(&mut self, x_mm: f64, y_mm: f64, size_mm: f64, weight: Weight, says: &str, most_mm: f64) {
        if !says.is_empty() {
            self.mark(Mark::Text(Text::fitted(x_mm, y_mm, size_mm, weight, says, most_mm)));
        }
    }

    fn rule(&mut self, y_mm: f64) {
        self.mark(Mark::Bar(Area { x_mm: MARGIN_MM, y_mm, width_mm: INNER_MM, height_mm: RULE_MM }));
    }

    /// Sees to so much room on this page, or begins the next.
    fn room(&mut self, mm: f64) -> bool {
        let turns = self.y_mm + mm > BOTTOM_MM;
        if turns {
            self.turn();
        }
        turns
    }

    fn block(&mut self, block: &Block) {
        match block {
            Block::Heading(text) => {
                // A heading alone at the foot of a page leads nowhere.
                self.room(20.0);
                self.y_mm += 3.0;
                self.text(MARGIN_MM, self.y_mm, 4.4, Weight::Bold, text, INNER_MM);
                self.y_mm += 7.0;
            }
            Block::Paragraph(text) => {
                for line in letters::wrapped(text, Weight::Regular, TEXT_MM, INNER_MM) {
                    self.room(LINE_MM);
                    self.text(MARGIN_MM, self.y_mm, TEXT_MM, Weight::Regular, &line, INNER_MM);
                    self.y_mm += LINE_MM;
                }
                self.y_mm += 2.0;
            }
            Block::Facts(facts) => self.facts(facts),
            Block::Table(table) => self.table(table),
            Block::Signatures(lines) => {
                for line in lines {
                    self.room(16.0);
                    self.y_mm += 11.0;
                    self.mark(Mark::Bar(Area { x_mm: MARGIN_MM, y_mm: self.y_mm, width_mm: 80.0, height_mm: RULE_MM }));
                    self.text(MARGIN_MM, self.y_mm + 1.0, 2.8, Weight::Regular, line, 80.0);
                    self.y_mm += 5.0;
                }
            }
        }
    }

    fn facts(&mut self, facts: &[(String, String)]) {
        let half = INNER_MM / 2.0;
        let label = half * 0.36;
        for pair in facts.chunks(2) {
            let lines: Vec<Vec<String>> =
                pair.iter().map(|(_, value)| letters::wrapped(value, Weight::Regular, TEXT_MM, half - label - 4.0)).collect();
            let tall = lines.iter().map(Vec::len).max().unwrap_or(1) as f64 * LINE_MM;
            self.room(tall);
            for (column, ((name, _), lines)) in pair.iter().zip(&lines).enumerate() {
                let x_mm = MARGIN_MM + column as f64 * half;
                self.text(x_mm, self.y_mm, TEXT_MM, Weight::Bold, name, label - 2.0);
                for (number, line) in lines.iter().enumerate() {
                    self.text(x_mm + label, self.y_mm + number as f64 * LINE_MM, TEXT_MM, Weight::Regular, line, half - label - 4.0);
                }
            }
            self.y_mm += tall;
        }
        self.y_mm += 2.0;
    }

    fn table(&mut self, table: &Table) {
        let shares: f64 = table.columns.iter().map(|column| column.share).sum::<f64>().max(f64::EPSILON);
        let widths: Vec<f64> = table.columns.iter().map(|column| INNER_MM * column.share / shares).collect();
        self.room(3.0 * LINE_MM);
        self.head(table, &widths);
        for row in &table.rows {
            self.row(table, &widths, row);
        }
        self.y_mm += 3.0;
    }

    fn head(&mut self, table: &Table, widths: &[f64]) {
        let mut x_mm = MARGIN_MM;
        for (column, width) in table.columns.iter().zip(widths) {
            let most = width - 2.0 * PAD_MM;
            let mut title = Text::fitted(x_mm + PAD_MM, self.y_mm, TEXT_MM, Weight::Bold, &column.title, most);
            if column.is_number {
                title.x_mm += (most - letters::width(&title.says, title.weight) * title.size_mm).max(0.0);
            }
            // One that was made smaller stands on the same line as the others.
            title.y_mm += (TEXT_MM - title.size_mm) * crate::label::ASCENT;
            if !title.says.is_empty() {
                self.mark(Mark::Text(title));
            }
            x_mm += width;
        }
        self.y_mm += LINE_MM + 0.6;
        self.rule(self.y_mm);
        self.y_mm += PAD_MM;
    }

    /// A row; its lines go on over the page where it is taller than what is left.
    fn row(&mut self, table: &Table, widths: &[f64], row: &[Cell]) {
        let wide = |column: usize| widths[column] - 2.0 * PAD_MM;
        let cells: Vec<Laid> = (0..table.columns.len()).map(|column| Laid::of(row.get(column), wide(column))).collect();
        let lines = cells.iter().map(|cell| cell.lines.len()).max().unwrap_or(1).max(1);
        let codes = cells.iter().filter_map(|cell| cell.code.as_ref()).map(Code::tall_mm).fold(0.0, f64::max);
        let whole = (lines as f64 * LINE_MM).max(codes + 1.0);
        if whole < BOTTOM_MM - 60.0 && self.room(whole) || self.room(LINE_MM) {
            self.head(table, widths);
        }
        let mut x_mm = MARGIN_MM;
        for (cell, width) in cells.iter().zip(widths) {
            if let Some(code) = &cell.code {
                self.mark(Mark::Code(Code { x_mm: x_mm + PAD_MM, y_mm: self.y_mm, ..code.clone() }));
            }
            if cell.is_box {
                let (x, y, side) = (x_mm + PAD_MM, self.y_mm, TEXT_MM);
                for area in [
                    Area { x_mm: x, y_mm: y, width_mm: side, height_mm: RULE_MM },
                    Area { x_mm: x, y_mm: y + side, width_mm: side + RULE_MM, height_mm: RULE_MM },
                    Area { x_mm: x, y_mm: y, width_mm: RULE_MM, height_mm: side },
                    Area { x_mm: x + side, y_mm: y, width_mm: RULE_MM, height_mm: side },
                ] {
                    self.mark(Mark::Bar(area));
                }
            }
            x_mm += width;
        }
        let from = self.y_mm;
        for line in 0..lines {
            if self.y_mm + LINE_MM > BOTTOM_MM {
                self.turn();
                self.head(table, widths);
            }
            let mut x_mm = MARGIN_MM;
            for (number, (cell, width)) in cells.iter().zip(widths).enumerate() {
                if let Some(text) = cell.lines.get(line) {
                    let most = width - 2.0 * PAD_MM;
                    let indent = if table.columns[number].is_number { most - letters::width(text, Weight::Regular) * TEXT_MM } else { 0.0 };
                    self.text(x_mm + PAD_MM + indent.max(0.0), self.y_mm, TEXT_MM, Weight::Regular, text, most);
                }
                x_mm += width;
            }
            self.y_mm += LINE_MM;
        }
        self.y_mm = self.y_mm.max(if self.y_mm > from { from + codes + 1.0 } else { self.y_mm });
        self.rule(self.y_mm);
        self.y_mm += PAD_MM;
    }

    fn finish(mut self) -> Vec<Page> {
        let count = self.pages.len();
        for (index, page) in self.pages.iter_mut().enumerate() {
            let number = format!("{} / {count}", index + 1);
            let wide = letters::width(&number, Weight::Regular) * 2.8;
            let right = Text::fitted(WIDTH_MM - MARGIN_MM - wide, HEIGHT_MM - 12.0, 2.8, Weight::Regular, &number, wide + 1.0);
            let left = Text::fitted(MARGIN_MM, HEIGHT_MM - 12.0, 2.8, Weight::Regular, &self.document.foot, INNER_MM - wide - 5.0);
            page.marks.push(Mark::Text(left));
            page.marks.push(Mark::Text(right));
        }
        self.pages
    }
}

/// A cell laid out in its column.
#[derive(Default)]
struct Laid {
    lines: Vec<String>,
    code: Option<Code>,
    is_box: bool,
}

impl Laid {
    fn of(cell: Option<&Cell>, wide: f64) -> Laid {
        match cell {
            None => Laid::default(),
            Some(Cell::Text(text)) => Laid { lines: letters::wrapped(text, Weight::Regular, TEXT_MM, wide), ..Laid::default() },
            Some(Cell::Box) => Laid { is_box: true, ..Laid::default() },
            Some(Cell::Code(code)) => match placed(code, wide) {
                Some(code) => Laid { code: Some(code), ..Laid::default() },
                // What is too long for a bar code here is read by people.
                None => Laid { lines: letters::wrapped(&code.data, Weight::Regular, TEXT_MM, wide), ..Laid::default() },
            },
        }
    }
}

/// A bar code where it is to fit into this width; nothing where it cannot.
fn placed(code: &Barcode, wide: f64) -> Option<Code> {
    let content = if code.is_gs1 { Content::Gs1 } else { Content::Plain };
    let symbol: Symbol = encode(code.symbology, &code.data, content).ok()?;
    let usual = if symbol.is_linear() { NARROW_MM } else { MODULE_MM };
    let module_mm = usual.min(wide / symbol.width as f64);
    // Finer than this no usual printer prints and no usual reader reads.
    (module_mm >= 0.17).then_some(Code { x_mm: 0.0, y_mm: 0.0, module_mm, height_mm: 9.0, symbol })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(pages: &[Page]) -> Vec<&str> {
        let marks = pages.iter().flat_map(|page| &page.marks);
        marks.filter_map(|mark| if let Mark::Text(text) = mark { Some(text.says.as_str()) } else { None }).collect()
    }

    #[test]
    fn every_row_is_there_and_heads_are_repeated() {
        let rows = (0..200).map(|number| vec![Cell::from(format!("row {number}")), Cell::from("1")]).collect();
        let table = Table { columns: vec![Column::text("What", 3.0), Column::number("Quantity", 1.0)], rows };
        let code = Barcode { symbology: Symbology::Qr, data: "MO-1042".into(), is_gs1: false };
        let document = Document {
            title: "Traveller MO-1042".into(),
            subtitle: "Control unit".into(),
            foot: "Ulm".into(),
            code: Some(code),
            blocks: vec![Block::Heading("Operations".into()), Block::Table(table), Block::Signatures(vec!["Released by".into()])],
        };
        let pages = document.pages();
        assert!(pages.len() > 3);
        let said = texts(&pages);
        assert!((0..200).all(|number| said.contains(&format!("row {number}").as_str())));
        assert_eq!(said.iter().filter(|text| **text == "Quantity").count(), pages.len());
        assert!(said.contains(&format!("1 / {}", pages.len()).as_str()));
        for page in &pages {
            let label = crate::label::Label { width_mm: page.width_mm, height_mm: page.height_mm, marks: page.marks.clone() };
            assert_eq!(label.faults(), Vec::<String>::new());
        }
        assert!(document.pdf().starts_with(b"%PDF-1.7"));
    }

    #[test]
    fn a_cell_of_many_lines_goes_on_over_pages() {
        let long = "word ".repeat(6000);
        let table = Table { columns: vec![Column::text("Text", 1.0)], rows: vec![vec![Cell::from(long)], vec![Cell::Box]] };
        let document = Document { blocks: vec![Block::Table(table)], ..Document::default() };
        let pages = document.pages();
        let words: usize = texts(&pages).iter().map(|text| text.matches("word").count()).sum();
        assert_eq!(words, 6000);
    }
}
