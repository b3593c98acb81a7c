//! What people see on the terminal: tables that fit its width, colour only where it can be seen, progress on standard error.
//!
//! **Invariant:** everything here returns text or writes to standard error; nothing decides what the answer is.

mod checkup;
mod findings;
mod import;
mod progress;
mod summary;

pub use checkup::checkup;
pub use findings::{findings, issues};
pub use import::{Shares, import_outcome};
pub use progress::Progress;
pub use summary::summary;

use std::io::Write;

use comfy_table::{Attribute, Cell, CellAlignment, Color, ContentArrangement, Table, presets};

/// What a stream can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// Whether colour is wanted there.
    pub colour: bool,
    /// Characters in a line.
    pub width: u16,
}

/// Where the width cannot be known: files and pipes.
const PLAIN_WIDTH: u16 = 110;

impl Look {
    /// Of standard output: colour on a terminal unless `NO_COLOR` is set, or where `CLICOLOR_FORCE` asks for it.
    pub fn of_stdout() -> Look {
        Look::of(&std::io::stdout())
    }

    /// Of standard error.
    pub fn of_stderr() -> Look {
        Look::of(&std::io::stderr())
    }

    fn of(stream: &impl anstream::stream::RawStream) -> Look {
        let colour = anstream::AutoStream::choice(stream) != anstream::ColorChoice::Never;
        let columns = || std::env::var("COLUMNS").ok().and_then(|text| text.parse().ok());
        let width = if stream.is_terminal() { Table::new().width().or_else(columns) } else { columns() };
        Look { colour, width: width.unwrap_or(PLAIN_WIDTH).max(40) }
    }

    /// An empty table that fits.
    fn table(self, header: Vec<Cell>) -> Table {
        let mut table = Table::new();
        table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic).set_width(self.width).set_header(header);
        if self.colour {
            table.enforce_styling()
        } else {
            table.force_no_tty()
        };
        table
    }

    fn bold(self, text: &str) -> String {
        if self.colour { format!("\u{1b}[1m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    fn dim(self, text: &str) -> String {
        if self.colour { format!("\u{1b}[2m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    fn title(self, text: &str) -> String {
        format!("\n{}\n", self.bold(text))
    }

    /// A paragraph folded at the width, its lines after the first indented.
    fn paragraph(self, text: &str, first: &str, indent: &str) -> String {
        let mut lines = String::new();
        let mut line = first.to_owned();
        let mut empty = true;
        for word in text.split_whitespace() {
            if !empty && line.chars().count() + 1 + word.chars().count() > usize::from(self.width) {
                lines.push_str(&line);
                lines.push('\n');
                line = indent.to_owned();
                empty = true;
            }
            if !empty {
                line.push(' ');
            }
            line.push_str(word);
            empty = false;
        }
        lines.push_str(&line);
        lines.push('\n');
        lines
    }
}

fn heading(text: &str) -> Cell {
    Cell::new(text).add_attribute(Attribute::Dim)
}

fn number_heading(text: &str) -> Cell {
    heading(text).set_alignment(CellAlignment::Right)
}

fn number(text: impl ToString) -> Cell {
    Cell::new(text).set_alignment(CellAlignment::Right)
}

/// The product's colours of utilisation.
fn band(utilization_pct: f64) -> Color {
    match utilization_pct {
        u if u < 70.0 => Color::Blue,
        u if u < 85.0 => Color::Green,
        u if u < 95.0 => Color::Yellow,
        u if u <= 100.0 + 1e-6 => Color::AnsiValue(208),
        _ => Color::Red,
    }
}

/// Says on standard error why a command gave up.
pub fn complain(message: &str) {
    if !message.is_empty() {
        // Where not even standard error can be written there is nobody left to tell.
        let _ = writeln!(std::io::stderr().lock(), "gemba: {message}");
    }
}

/// Says on standard error how far a command is.
pub fn note(message: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{message}");
}

/// Text from a workbook as a terminal may show it: no control characters, which could move its cursor.
fn tame(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
