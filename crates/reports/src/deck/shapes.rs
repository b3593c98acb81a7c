//! What stands on a slide: texts, bars, tables, pictures. Lengths are in EMU (914,400 to an inch).

use std::fmt::Write;

/// Of a slide, 13.333 × 7.5 inches.
pub const WIDE: i64 = 12_192_000;
/// Its height.
pub const HIGH: i64 = 6_858_000;
/// Room at the sides.
pub const SIDE: i64 = 609_600;

pub const INK: &str = "1C2430";
pub const SOFT: &str = "5B6675";
pub const HAIR: &str = "D5DAE1";
pub const WASH: &str = "F4F6F8";
pub const ALARM: &str = "C2362B";

/// A place on a slide.
#[derive(Clone, Copy, Debug)]
pub struct At {
    pub x: i64,
    pub y: i64,
    pub w: i64,
    pub h: i64,
}

pub fn at(x: i64, y: i64, w: i64, h: i64) -> At {
    At { x, y, w, h }
}

/// A run of letters: size in hundredths of a point.
#[derive(Clone, Copy, Debug)]
pub struct Type<'a> {
    pub size: u32,
    pub bold: bool,
    pub colour: &'a str,
    pub align: &'a str,
}

pub fn plain(size: u32, colour: &str) -> Type<'_> {
    Type { size, bold: false, colour, align: "l" }
}

pub fn bold(size: u32, colour: &str) -> Type<'_> {
    Type { size, bold: true, colour, align: "l" }
}

impl Type<'_> {
    pub fn centred(self) -> Self {
        Type { align: "ctr", ..self }
    }

    pub fn to_the_right(self) -> Self {
        Type { align: "r", ..self }
    }

    fn paragraph(&self, text: &str) -> String {
        let (size, weight) = (self.size, i32::from(self.bold));
        format!(
            r#"<a:p><a:pPr algn="{}"/><a:r><a:rPr sz="{size}" b="{weight}" dirty="0"><a:solidFill><a:srgbClr val="{}"/></a:solidFill></a:rPr><a:t>{}</a:t></a:r></a:p>"#,
            self.align,
            self.colour,
            escaped(text)
        )
    }
}

/// Letters as XML holds them; what it cannot hold is left out.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\u{0}'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {}
            other => out.push(other),
        }
    }
    out
}

/// A slide on which shapes are put, one after the other.
pub struct Slide {
    body: String,
    next: u32,
}

impl Slide {
    pub fn new() -> Slide {
        Slide { body: String::new(), next: 2 }
    }

    fn id(&mut self) -> u32 {
        self.next += 1;
        self.next - 1
    }

    /// The title of the slide, which outlines and readers know as such.
    pub fn title(&mut self, at: At, text: &str, kind: Type<'_>) {
        self.text_of(at, &[(text, kind)], "Title", r#"<p:ph type="title"/>"#, "b");
    }

    /// Paragraphs.
    pub fn text(&mut self, at: At, paragraphs: &[(&str, Type<'_>)]) {
        self.text_of(at, paragraphs, "Text", "", "t");
    }

    /// Paragraphs in the middle of their height.
    pub fn text_in_the_middle(&mut self, at: At, paragraphs: &[(&str, Type<'_>)]) {
        self.text_of(at, paragraphs, "Text", "", "ctr");
    }

    fn text_of(&mut self, at: At, paragraphs: &[(&str, Type<'_>)], name: &str, placeholder: &str, anchor: &str) {
        let id = self.id();
        let lock = if placeholder.is_empty() { r#"<p:cNvSpPr txBox="1"/>"# } else { "<p:cNvSpPr/>" };
        let text: String = paragraphs.iter().map(|(text, kind)| kind.paragraph(text)).collect();
        let _ = write!(
            self.body,
            r#"<p:sp><p:nvSpPr><p:cNvPr id="{id}" name="{name} {id}"/>{lock}<p:nvPr>{placeholder}</p:nvPr></p:nvSpPr><p:spPr>{}<a:prstGeom prst="rect"><a:avLst/></a:prstGeom><a:noFill/></p:spPr><p:txBody><a:bodyPr wrap="square" lIns="0" tIns="0" rIns="0" bIns="0" anchor="{anchor}"><a:normAutofit/></a:bodyPr><a:lstStyle/>{text}</p:txBody></p:sp>"#,
            frame(at, "a")
        );
    }

    /// A filled rectangle.
    pub fn bar(&mut self, at: At, colour: &str) {
        let id = self.id();
        let _ = write!(
            self.body,
            r#"<p:sp><p:nvSpPr><p:cNvPr id="{id}" name="Bar {id}"/><p:cNvSpPr/><p:nvPr/></p:nvSpPr><p:spPr>{}<a:prstGeom prst="rect"><a:avLst/></a:prstGeom><a:solidFill><a:srgbClr val="{colour}"/></a:solidFill><a:ln><a:noFill/></a:ln></p:spPr><p:txBody><a:bodyPr/><a:lstStyle/><a:p><a:endParaRPr/></a:p></p:txBody></p:sp>"#,
            frame(at, "a")
        );
    }

    /// The logo, as high as the place, no wider.
    pub fn logo(&mut self, at: At, name: &str) {
        let id = self.id();
        let _ = write!(
            self.body,
            r#"<p:pic><p:nvPicPr><p:cNvPr id="{id}" name="Logo" descr="{}"/><p:cNvPicPr><a:picLocks noChangeAspect="1"/></p:cNvPicPr><p:nvPr/></p:nvPicPr><p:blipFill><a:blip r:embed="rId2"/><a:stretch><a:fillRect/></a:stretch></p:blipFill><p:spPr>{}<a:prstGeom prst="rect"><a:avLst/></a:prstGeom></p:spPr></p:pic>"#,
            escaped(name),
            frame(at, "a")
        );
    }

    /// A table: widths of columns, and rows of cells with letters and a fill.
    pub fn table(&mut self, at: At, widths: &[i64], rows: &[Vec<TableCell<'_>>], high: i64) {
        let id = self.id();
        let grid: String = widths.iter().map(|width| format!(r#"<a:gridCol w="{width}"/>"#)).collect();
        let mut body = String::new();
        for row in rows {
            let _ = write!(body, r#"<a:tr h="{high}">"#);
            for cell in row {
                let fill = match cell.fill {
                    Some(colour) => format!(r#"<a:solidFill><a:srgbClr val="{colour}"/></a:solidFill>"#),
                    None => "<a:noFill/>".to_owned(),
                };
                let rule = format!(r#"<a:lnB w="6350"><a:solidFill><a:srgbClr val="{HAIR}"/></a:solidFill></a:lnB>"#);
                let none = |side: &str| format!(r#"<a:{side} w="0"><a:noFill/></a:{side}>"#);
                let lines = format!("{}{}{}{rule}", none("lnL"), none("lnR"), none("lnT"));
                let _ = write!(
                    body,
                    r#"<a:tc><a:txBody><a:bodyPr/><a:lstStyle/>{}</a:txBody><a:tcPr marL="60000" marR="60000" marT="30000" marB="30000" anchor="ctr">{lines}{fill}</a:tcPr></a:tc>"#,
                    cell.kind.paragraph(&cell.text)
                );
            }
            body.push_str("</a:tr>");
        }
        let _ = write!(
            self.body,
            r#"<p:graphicFrame><p:nvGraphicFramePr><p:cNvPr id="{id}" name="Table {id}"/><p:cNvGraphicFramePr><a:graphicFrameLocks noGrp="1"/></p:cNvGraphicFramePr><p:nvPr/></p:nvGraphicFramePr>{}<a:graphic><a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/table"><a:tbl><a:tblPr firstRow="1"/><a:tblGrid>{grid}</a:tblGrid>{body}</a:tbl></a:graphicData></a:graphic></p:graphicFrame>"#,
            frame(at, "p")
        );
    }

    pub fn finish(self) -> String {
        format!(
            r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<p:sld xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"><p:cSld><p:spTree><p:nvGrpSpPr><p:cNvPr id="1" name=""/><p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr><p:grpSpPr/>{}</p:spTree></p:cSld><p:clrMapOvr><a:masterClrMapping/></p:clrMapOvr></p:sld>"#,
            self.body
        )
    }
}

/// A cell of a table.
pub struct TableCell<'a> {
    pub text: String,
    pub kind: Type<'a>,
    pub fill: Option<&'a str>,
}

fn frame(at: At, space: &str) -> String {
    let At { x, y, w, h } = at;
    format!(r#"<{space}:xfrm><a:off x="{x}" y="{y}"/><a:ext cx="{w}" cy="{h}"/></{space}:xfrm>"#)
}
