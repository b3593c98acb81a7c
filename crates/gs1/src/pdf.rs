//! Pages as PDF 1.7: texts in the fonts that every reader has, bar codes and lines as shapes. No font is embedded, nothing is compressed: a label is a
//! few kilobytes.
//!
//! **Invariant:** equal pages are equal bytes: no date, no identifier of the moment.

use pdf_writer::{Content, Finish, Name, Pdf, Rect, Ref, Str, TextStr};

use crate::label::{ASCENT, Area, Label, Mark};
use crate::letters::{self, Weight};

/// Points of a millimetre.
const POINTS: f64 = 72.0 / 25.4;

/// The labels, each on a page of its own size. `title` is what readers show above it.
pub fn labels(title: &str, labels: &[Label]) -> Vec<u8> {
    let pages = labels.iter().map(|label| Page { width_mm: label.width_mm, height_mm: label.height_mm, marks: label.marks.clone() });
    write(title, &pages.collect::<Vec<_>>())
}

/// A page: marks on paper, as on a label.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    /// From left to right (mm).
    pub width_mm: f64,
    /// From top to bottom (mm).
    pub height_mm: f64,
    /// What is on it.
    pub marks: Vec<Mark>,
}

/// The pages as a document.
pub fn write(title: &str, pages: &[Page]) -> Vec<u8> {
    let (catalog, tree, info) = (Ref::new(1), Ref::new(2), Ref::new(3));
    let fonts = [(Name(b"R"), Ref::new(4), "Helvetica"), (Name(b"B"), Ref::new(5), "Helvetica-Bold")];
    let page_ref = |index: usize| Ref::new(i32::try_from(6 + 2 * index).unwrap_or(i32::MAX - 1));
    let mut pdf = Pdf::new();
    pdf.catalog(catalog).pages(tree);
    pdf.pages(tree).kids((0..pages.len()).map(page_ref)).count(i32::try_from(pages.len()).unwrap_or(i32::MAX));
    pdf.document_info(info).title(TextStr(title)).creator(TextStr("Gemba"));
    for (_, font, base) in &fonts {
        pdf.type1_font(*font).base_font(Name(base.as_bytes())).encoding_predefined(Name(b"WinAnsiEncoding"));
    }
    for (index, page) in pages.iter().enumerate() {
        let (own, content) = (page_ref(index), Ref::new(page_ref(index).get() + 1));
        let mut written = pdf.page(own);
        written.media_box(Rect::new(0.0, 0.0, points(page.width_mm), points(page.height_mm)));
        written.parent(tree);
        written.contents(content);
        let mut resources = written.resources();
        let mut named = resources.fonts();
        for (name, font, _) in &fonts {
            named.pair(*name, *font);
        }
        named.finish();
        resources.finish();
        written.finish();
        pdf.stream(content, &drawn(page));
    }
    pdf.finish()
}

fn drawn(page: &Page) -> Vec<u8> {
    let mut content = Content::new();
    for mark in &page.marks {
        match mark {
            Mark::Text(text) => {
                let font = if text.weight == Weight::Bold { Name(b"B") } else { Name(b"R") };
                let baseline = page.height_mm - text.y_mm - text.size_mm * ASCENT;
                content.begin_text();
                content.set_font(font, points(text.size_mm));
                content.next_line(points(text.x_mm), points(baseline));
                content.show(Str(&letters::win_ansi(&text.says)));
                content.end_text();
            }
            Mark::Code(code) => {
                // One path for the whole symbol: modules that touch leave no hairline between them.
                code.bars().for_each(|bar| rectangle(&mut content, page, &bar));
                content.fill_nonzero();
            }
            Mark::Bar(area) => {
                rectangle(&mut content, page, area);
                content.fill_nonzero();
            }
        }
    }
    content.finish().to_vec()
}

fn rectangle(content: &mut Content, page: &Page, area: &Area) {
    let lower = page.height_mm - area.y_mm - area.height_mm;
    content.rect(points(area.x_mm), points(lower), points(area.width_mm), points(area.height_mm));
}

fn points(mm: f64) -> f32 {
    (mm * POINTS) as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::label::{Code, Text};
    use crate::symbols::{Content as Data, Symbology, encode};

    #[test]
    fn a_label_is_a_page_of_its_size_with_its_texts_and_bars() {
        let symbol = encode(Symbology::Datamatrix, "0109506000134352", Data::Gs1).unwrap();
        let bars: usize = (0..symbol.height()).map(|row| symbol.runs(row).count()).sum();
        let code = Code { x_mm: 5.0, y_mm: 10.0, module_mm: 0.5, height_mm: 0.0, symbol };
        let text = Text::fitted(5.0, 2.0, 4.0, Weight::Bold, "Lötpaste (bleifrei)", 80.0);
        let label = Label { width_mm: 100.0, height_mm: 50.0, marks: vec![Mark::Text(text), Mark::Code(code)] };
        let pdf = labels("Label", &[label.clone(), label.clone()]);
        let text: String = pdf.iter().map(|byte| char::from(*byte)).collect();
        assert!(text.starts_with("%PDF-1.7") && text.trim_end().ends_with("%%EOF"));
        assert_eq!(text.matches("/MediaBox [0 0 283.46457 141.73228]").count(), 2, "{text}");
        assert_eq!(text.matches(" re\n").count(), 2 * bars);
        // What is no ASCII is written in hexadecimal digits, in WinAnsi: ö is F6.
        assert!(text.to_uppercase().contains("<4CF67470617374652028626C6569667265692920".trim_end_matches("20")), "{text}");
        assert_eq!(pdf, labels("Label", &[label.clone(), label]));
    }
}
