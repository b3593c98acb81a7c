//! A label as marks on a piece of paper, in millimetres from its upper left corner; the same for screen, label printer and PDF.
//!
//! **Invariant:** a label is laid out once, here; the forms only draw.

use crate::letters::{self, Weight};
use crate::symbols::Symbol;

/// A label, ready to be drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Label {
    /// From left to right (mm).
    pub width_mm: f64,
    /// From top to bottom (mm).
    pub height_mm: f64,
    /// What is on it, in the order in which it is drawn.
    pub marks: Vec<Mark>,
}

/// Something on a label.
#[derive(Clone, Debug, PartialEq)]
pub enum Mark {
    /// A line of text.
    Text(Text),
    /// A bar code.
    Code(Code),
    /// A dark rectangle: a line, where it is thin.
    Bar(Area),
}

/// A line of text.
#[derive(Clone, Debug, PartialEq)]
pub struct Text {
    /// Left edge (mm).
    pub x_mm: f64,
    /// Upper edge (mm).
    pub y_mm: f64,
    /// From the top of the highest to the bottom of the lowest letter (mm).
    pub size_mm: f64,
    /// Regular or bold.
    pub weight: Weight,
    /// What it says.
    pub says: String,
}

/// A bar code.
#[derive(Clone, Debug, PartialEq)]
pub struct Code {
    /// Left edge of the first module (mm).
    pub x_mm: f64,
    /// Upper edge of the first module (mm).
    pub y_mm: f64,
    /// One module (mm): the X dimension.
    pub module_mm: f64,
    /// Height of a code of one row (mm); others are as high as their rows.
    pub height_mm: f64,
    /// Its modules.
    pub symbol: Symbol,
}

/// A rectangle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Area {
    /// Left edge (mm).
    pub x_mm: f64,
    /// Upper edge (mm).
    pub y_mm: f64,
    /// From left to right (mm).
    pub width_mm: f64,
    /// From top to bottom (mm).
    pub height_mm: f64,
}

/// How high capital letters stand above the baseline, of a size of 1.
pub(crate) const ASCENT: f64 = 0.75;

impl Text {
    /// A text that is no wider than this (mm): made smaller, down to two thirds, then shortened.
    pub fn fitted(x_mm: f64, y_mm: f64, size_mm: f64, weight: Weight, says: &str, most_mm: f64) -> Text {
        let width = letters::width(says, weight) * size_mm;
        // A hair smaller than exactly as wide: rounding must not cost a text its last letters.
        let smaller = if width > most_mm { (size_mm * most_mm / width * 0.999).max(size_mm * 2.0 / 3.0) } else { size_mm };
        let says = letters::shortened(says, weight, smaller, most_mm);
        Text { x_mm, y_mm, size_mm: smaller, weight, says }
    }
}

impl Code {
    /// From the first to the last module (mm), without what must stay light around it.
    pub fn width_mm(&self) -> f64 {
        self.symbol.width as f64 * self.module_mm
    }

    /// From top to bottom (mm).
    pub fn tall_mm(&self) -> f64 {
        if self.symbol.is_linear() { self.height_mm } else { self.symbol.height() as f64 * self.module_mm }
    }

    /// Every dark rectangle of it (mm): a run of modules in a row.
    pub fn bars(&self) -> impl Iterator<Item = Area> + '_ {
        let rows = if self.symbol.is_linear() { 1 } else { self.symbol.height() };
        let tall = if self.symbol.is_linear() { self.height_mm } else { self.module_mm };
        (0..rows).flat_map(move |row| {
            self.symbol.runs(row).map(move |(at, length)| Area {
                x_mm: self.x_mm + at as f64 * self.module_mm,
                y_mm: self.y_mm + row as f64 * self.module_mm,
                width_mm: length as f64 * self.module_mm,
                height_mm: tall,
            })
        })
    }
}

impl Label {
    /// What of it lies outside, or where a bar code has no light margin: sentences for whoever designs it.
    pub fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        for mark in &self.marks {
            match mark {
                Mark::Code(code) => {
                    let quiet = code.symbol.quiet as f64 * code.module_mm;
                    let below = if code.symbol.is_linear() { 0.0 } else { quiet };
                    let fits = code.x_mm - quiet >= -EPSILON_MM
                        && code.x_mm + code.width_mm() + quiet <= self.width_mm + EPSILON_MM
                        && code.y_mm - below >= -EPSILON_MM
                        && code.y_mm + code.tall_mm() + below <= self.height_mm + EPSILON_MM;
                    if !fits {
                        let (width, tall) = (code.width_mm() + 2.0 * quiet, code.tall_mm() + 2.0 * below);
                        faults.push(format!(
                            "the bar code at {:.1}, {:.1} mm needs {width:.1} × {tall:.1} mm with its light margin",
                            code.x_mm, code.y_mm
                        ));
                    }
                }
                Mark::Text(text) => {
                    let width = letters::width(&text.says, text.weight) * text.size_mm;
                    let fits = text.x_mm >= -EPSILON_MM
                        && text.y_mm >= -EPSILON_MM
                        && text.x_mm + width <= self.width_mm + EPSILON_MM
                        && text.y_mm + text.size_mm <= self.height_mm + EPSILON_MM;
                    if !fits {
                        faults.push(format!("“{}” at {:.1}, {:.1} mm reaches beyond the label", text.says, text.x_mm, text.y_mm));
                    }
                }
                Mark::Bar(area) => {
                    if area.x_mm + area.width_mm > self.width_mm + EPSILON_MM || area.y_mm + area.height_mm > self.height_mm + EPSILON_MM {
                        faults.push(format!("the line at {:.1}, {:.1} mm reaches beyond the label", area.x_mm, area.y_mm));
                    }
                }
            }
        }
        faults
    }
}

/// Less than a printer can place (mm).
const EPSILON_MM: f64 = 0.05;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_made_smaller_before_it_is_cut() {
        for says in ["Produktionsauftrag", "Número de serie", "Máquina, programa", "A name", "WWWWWWWW", "1.234.567,89"] {
            let width = letters::width(says, Weight::Bold) * 3.3;
            for share in [0.67, 0.7, 0.8, 0.9, 0.95, 0.999, 1.0, 1.5] {
                let text = Text::fitted(0.0, 0.0, 3.3, Weight::Bold, says, width * share);
                assert_eq!(text.says, says, "{share}");
                assert!(letters::width(&text.says, Weight::Bold) * text.size_mm <= width * share + 1e-9, "{says} {share}");
            }
            let cut = Text::fitted(0.0, 0.0, 3.3, Weight::Bold, says, width * 0.5);
            assert!(cut.says.ends_with('…') && cut.size_mm >= 3.3 * 0.666, "{says}");
        }
    }
}
