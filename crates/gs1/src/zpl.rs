//! A label for label printers (ZPL II).
//!
//! Bar codes go as graphics (`^GF`) whose dots are whole modules: the printer prints the very modules that the preview shows, whatever its firmware
//! knows of GS1. Codes of one row are boxes (`^GB`).
//!
//! **Invariant:** nothing of a text becomes a command.
//! **Invariant:** a module is a whole number of dots: bars keep their proportions.

use std::fmt::Write;

use crate::label::{Code, Label, Mark};
use crate::letters::Weight;

/// Dots of a print head by the millimetre: 203, 300, 600 dpi.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Density {
    /// 203 dpi.
    #[serde(rename = "203")]
    Dpi203,
    /// 300 dpi.
    #[serde(rename = "300")]
    Dpi300,
    /// 600 dpi.
    #[serde(rename = "600")]
    Dpi600,
}

impl Density {
    /// The density of so many dots by the inch, where printers have it.
    pub fn of_dpi(dpi: i16) -> Option<Density> {
        match dpi {
            203 => Some(Density::Dpi203),
            300 => Some(Density::Dpi300),
            600 => Some(Density::Dpi600),
            _ => None,
        }
    }

    /// Dots by the millimetre.
    pub const fn dots_per_mm(self) -> f64 {
        match self {
            Density::Dpi203 => 8.0,
            Density::Dpi300 => 12.0,
            Density::Dpi600 => 24.0,
        }
    }
}

/// The label as commands for a printer of this density, so many copies of it.
pub fn label(label: &Label, density: Density, copies: u32) -> String {
    let dots = |mm: f64| (mm * density.dots_per_mm()).round().max(0.0) as i64;
    // ^CI28: texts are UTF-8.
    let mut zpl = format!("^XA\n^CI28\n^PW{}\n^LL{}\n^LH0,0\n", dots(label.width_mm), dots(label.height_mm));
    for mark in &label.marks {
        match mark {
            Mark::Text(text) => {
                let height = dots(text.size_mm);
                // The scalable font is about as wide as Helvetica; bold is not among what every printer has, so it is a little wider.
                let width = if text.weight == Weight::Bold { height * 11 / 10 } else { height };
                let _ = writeln!(zpl, "^FO{},{}^A0N,{height},{width}^FH_^FD{}^FS", dots(text.x_mm), dots(text.y_mm), field(&text.says));
            }
            Mark::Bar(area) => {
                let (width, height) = (dots(area.width_mm).max(1), dots(area.height_mm).max(1));
                let _ = writeln!(zpl, "^FO{},{}^GB{width},{height},{}^FS", dots(area.x_mm), dots(area.y_mm), width.min(height));
            }
            Mark::Code(code) => {
                let module = dots(code.module_mm).max(1);
                if code.symbol.is_linear() {
                    for (at, length) in code.symbol.runs(0) {
                        let (x, width) = (dots(code.x_mm) + at as i64 * module, length as i64 * module);
                        let height = dots(code.height_mm).max(1);
                        let _ = writeln!(zpl, "^FO{x},{}^GB{width},{height},{}^FS", dots(code.y_mm), width.min(height));
                    }
                } else {
                    let _ = writeln!(zpl, "^FO{},{}{}^FS", dots(code.x_mm), dots(code.y_mm), graphic(code, module as usize));
                }
            }
        }
    }
    let _ = write!(zpl, "^PQ{}\n^XZ\n", copies.clamp(1, 10_000));
    zpl
}

/// The modules as dots, eight to a byte, in hexadecimal digits.
fn graphic(code: &Code, module: usize) -> String {
    let symbol = &code.symbol;
    let bytes_of_row = (symbol.width * module).div_ceil(8);
    let total = bytes_of_row * symbol.height() * module;
    let mut text = format!("^GFA,{total},{total},{bytes_of_row},");
    for row in symbol.modules.chunks(symbol.width.max(1)) {
        let mut bytes = vec![0u8; bytes_of_row];
        for (at, _) in row.iter().enumerate().filter(|(_, dark)| **dark) {
            for dot in at * module..(at + 1) * module {
                bytes[dot / 8] |= 0x80 >> (dot % 8);
            }
        }
        let line: String = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
        (0..module).for_each(|_| text.push_str(&line));
    }
    text
}

/// A text as a field: what begins commands, and the sign that says so, as hexadecimal digits.
fn field(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '^' | '~' | '_' | '\\' => {
                let _ = write!(safe, "_{:02X}", u32::from(letter));
            }
            letter if letter.is_control() => safe.push(' '),
            letter => safe.push(letter),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::label::Text;
    use crate::symbols::{Content, Symbology, encode};

    fn code(symbology: Symbology) -> Code {
        let symbol = encode(symbology, "0109506000134352", Content::Gs1).unwrap();
        Code { x_mm: 5.0, y_mm: 5.0, module_mm: 0.5, height_mm: 10.0, symbol }
    }

    #[test]
    fn a_text_is_no_command() {
        let text = Text::fitted(1.0, 1.0, 3.0, Weight::Regular, "A^XZ~JA_\u{1b}ä", 100.0);
        let zpl = label(&Label { width_mm: 60.0, height_mm: 40.0, marks: vec![Mark::Text(text)] }, Density::Dpi203, 1);
        assert_eq!(zpl.matches("^XZ").count(), 1);
        assert!(zpl.contains("^FDA_5EXZ_7EJA_5F ä^FS"), "{zpl}");
        assert!(zpl.starts_with("^XA\n^CI28\n^PW480\n^LL320\n"));
    }

    #[test]
    fn a_square_code_prints_module_by_module() {
        let code = code(Symbology::Datamatrix);
        let symbol = code.symbol.clone();
        let zpl = label(&Label { width_mm: 60.0, height_mm: 40.0, marks: vec![Mark::Code(code)] }, Density::Dpi203, 1);
        let (_, graphic) = zpl.split_once("^GFA,").unwrap();
        let (graphic, _) = graphic.split_once("^FS").unwrap();
        let parts: Vec<&str> = graphic.splitn(4, ',').collect();
        let bytes_of_row: usize = parts[2].parse().unwrap();
        let bytes: Vec<u8> = (0..parts[3].len()).step_by(2).map(|at| u8::from_str_radix(&parts[3][at..at + 2], 16).unwrap()).collect();
        assert_eq!(parts[0].parse::<usize>().unwrap(), bytes.len());
        let module = 4;
        for y in 0..symbol.height() * module {
            for x in 0..symbol.width * module {
                let dark = bytes[y * bytes_of_row + x / 8] & (0x80 >> (x % 8)) != 0;
                assert_eq!(dark, symbol.modules[y / module * symbol.width + x / module], "{x},{y}");
            }
        }
    }

    #[test]
    fn a_code_of_one_row_is_its_bars() {
        let code = code(Symbology::Code128);
        let bars = code.symbol.runs(0).count();
        let zpl = label(&Label { width_mm: 90.0, height_mm: 40.0, marks: vec![Mark::Code(code)] }, Density::Dpi300, 3);
        assert_eq!(zpl.matches("^GB").count(), bars);
        assert!(zpl.contains("^PQ3\n"));
    }
}
