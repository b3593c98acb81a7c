//! A label as a picture for screens (SVG 1.1), in millimetres.
//!
//! **Invariant:** nothing of a text becomes markup.

use std::fmt::Write;

use crate::label::{ASCENT, Area, Label, Mark};
use crate::letters::Weight;
use crate::symbols::Symbol;

/// The picture of a label.
pub fn label(label: &Label) -> String {
    let (width, height) = (number(label.width_mm), number(label.height_mm));
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}mm\" height=\"{height}mm\" viewBox=\"0 0 {width} {height}\">\
         <rect width=\"{width}\" height=\"{height}\" fill=\"#fff\"/>"
    );
    for mark in &label.marks {
        match mark {
            Mark::Text(text) => {
                let weight = if text.weight == Weight::Bold { " font-weight=\"700\"" } else { "" };
                let baseline = number(text.y_mm + text.size_mm * ASCENT);
                let (x, size) = (number(text.x_mm), number(text.size_mm));
                let length = number(crate::letters::width(&text.says, text.weight) * text.size_mm);
                // The printed width, whatever font the screen has.
                let _ = write!(
                    svg,
                    "<text x=\"{x}\" y=\"{baseline}\" font-family=\"Helvetica, Arial, sans-serif\" font-size=\"{size}\"{weight} textLength=\"{length}\" \
                     lengthAdjust=\"spacingAndGlyphs\" xml:space=\"preserve\">{}</text>",
                    escaped(&text.says)
                );
            }
            Mark::Code(code) => {
                svg.push_str("<path shape-rendering=\"crispEdges\" d=\"");
                code.bars().for_each(|bar| outline(&mut svg, &bar));
                svg.push_str("\"/>");
            }
            Mark::Bar(area) => {
                svg.push_str("<path d=\"");
                outline(&mut svg, area);
                svg.push_str("\"/>");
            }
        }
    }
    svg.push_str("</svg>");
    svg
}

/// The picture of a bar code alone, with the light margin it needs; a module is one unit, a code of one row is as high as said (modules).
pub fn symbol(symbol: &Symbol, height: usize) -> String {
    let tall = if symbol.is_linear() { height.max(1) } else { symbol.height() };
    let below = if symbol.is_linear() { 0 } else { symbol.quiet };
    let (width, all) = (symbol.width + 2 * symbol.quiet, tall + 2 * below);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {all}\" shape-rendering=\"crispEdges\"><rect width=\"{width}\" \
         height=\"{all}\" fill=\"#fff\"/><path d=\""
    );
    for row in 0..symbol.height() {
        let high = if symbol.is_linear() { tall } else { 1 };
        for (at, length) in symbol.runs(row) {
            let _ = write!(svg, "M{} {}h{length}v{high}h-{length}z", at + symbol.quiet, row + below);
        }
    }
    svg.push_str("\"/></svg>");
    svg
}

fn outline(svg: &mut String, area: &Area) {
    let (x, y, width, height) = (number(area.x_mm), number(area.y_mm), number(area.width_mm), number(area.height_mm));
    let _ = write!(svg, "M{x} {y}h{width}v{height}h-{width}z");
}

/// A tenth of a micrometre is enough.
fn number(value: f64) -> String {
    let text = format!("{value:.4}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '&' => safe.push_str("&amp;"),
            '"' => safe.push_str("&quot;"),
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

    #[test]
    fn text_is_no_markup() {
        let text = Text::fitted(1.0, 1.0, 3.0, Weight::Regular, "<script>&\"", 100.0);
        let drawn = label(&Label { width_mm: 60.0, height_mm: 40.0, marks: vec![Mark::Text(text)] });
        assert!(drawn.contains("&lt;script&gt;&amp;&quot;") && !drawn.contains("<script"), "{drawn}");
    }

    #[test]
    fn a_symbol_has_a_rectangle_for_each_run() {
        let code = encode(Symbology::Code128, "AIM", Content::Plain).unwrap();
        let drawn = symbol(&code, 20);
        assert_eq!(drawn.matches('M').count(), code.runs(0).count());
        assert!(drawn.contains(&format!("viewBox=\"0 0 {} 20\"", code.width + 20)));
    }
}
