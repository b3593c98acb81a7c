//! How an organization shows itself.

/// Name, colour and logo of an organization.
#[derive(Clone, Debug, PartialEq)]
pub struct Brand {
    /// Its name, as people call it.
    pub name: String,
    /// Its colour: `#0b5c8a`.
    colour: String,
    /// Its logo, if it gave one.
    pub logo: Option<Logo>,
}

/// A logo.
#[derive(Clone, Debug, PartialEq)]
pub struct Logo {
    /// The picture.
    pub bytes: Vec<u8>,
    /// `png`, `jpg` or `svg`.
    pub format: &'static str,
    /// Width by height.
    pub aspect: f64,
}

/// The colour of whoever chose none.
const COLOUR: &str = "#0b5c8a";

impl Brand {
    /// An organization's brand. A colour that is none, or too light to be read on white, gives way to ours.
    pub fn new(name: impl Into<String>, colour: Option<&str>, logo: Option<Logo>) -> Brand {
        let colour = colour.filter(|colour| is_readable(colour)).unwrap_or(COLOUR).to_ascii_lowercase();
        Brand { name: name.into(), colour, logo }
    }

    /// The colour, as `#rrggbb`.
    pub fn colour(&self) -> &str {
        &self.colour
    }
}

/// A logo may be so wide and so high (px): a small file may unfold to a picture that fills the machine's memory.
const MOST_PIXELS: u32 = 4_096;

/// What a drawing may not have: each makes a short text draw forever, or asks for something from elsewhere.
const NOT_DRAWN: [&str; 5] = ["<!ENTITY", "<!DOCTYPE", "<use", "<image", "<filter"];

impl Logo {
    /// A picture, by what its first bytes say it is; nothing where it is none of the kinds that can be shown, or too much to show.
    pub fn read(bytes: Vec<u8>) -> Option<Logo> {
        let (format, size) = match bytes.as_slice() {
            [0x89, b'P', b'N', b'G', ..] => ("png", Some(png_size(&bytes)?)),
            [0xff, 0xd8, 0xff, ..] => ("jpg", Some(jpeg_size(&bytes)?)),
            text => {
                let text = std::str::from_utf8(text).ok().filter(|text| text.len() < 256 << 10 && text.contains("<svg"))?;
                ("svg", NOT_DRAWN.iter().all(|forbidden| !text.contains(forbidden)).then_some((1, 1)))
            }
        };
        let (wide, high) = size?;
        let is_shown = (1..=MOST_PIXELS).contains(&wide) && (1..=MOST_PIXELS).contains(&high);
        is_shown.then(|| Logo { bytes, format, aspect: f64::from(wide) / f64::from(high) })
    }
}

/// Width and height of a PNG, from its header (ISO/IEC 15948, 11.2.2).
fn png_size(bytes: &[u8]) -> Option<(u32, u32)> {
    let number = |at: usize| Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
    (bytes.get(12..16)? == b"IHDR").then_some((number(16)?, number(20)?))
}

/// Width and height of a JPEG, from the first frame (ITU-T T.81, B.2.2).
fn jpeg_size(bytes: &[u8]) -> Option<(u32, u32)> {
    let mut at = 2;
    loop {
        let (mark, kind) = (*bytes.get(at)?, *bytes.get(at + 1)?);
        if mark != 0xff {
            return None;
        }
        let number = |at: usize| Some(u32::from(u16::from_be_bytes(bytes.get(at..at + 2)?.try_into().ok()?)));
        match kind {
            0xff => at += 1,
            0xc0..=0xcf if ![0xc4, 0xc8, 0xcc].contains(&kind) => return Some((number(at + 7)?, number(at + 5)?)),
            _ => at += 2 + number(at + 2)? as usize,
        }
    }
}

/// Whether a colour is one, and has a contrast of 3 or more on white (WCAG 2.2, 1.4.11).
fn is_readable(colour: &str) -> bool {
    let Some(digits) = colour.strip_prefix('#').filter(|digits| digits.len() == 6 && digits.is_ascii()) else { return false };
    let channel = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).ok().map(|value| f64::from(value) / 255.0);
    let linear = |value: f64| if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) };
    match (channel(0), channel(2), channel(4)) {
        (Some(red), Some(green), Some(blue)) => {
            let luminance = 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
            1.05 / (luminance + 0.05) >= 3.0
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_that_cannot_be_read_gives_way() {
        let colour = |colour: &str| Brand::new("Acme", Some(colour), None).colour().to_owned();
        assert_eq!(colour("#AA1122"), "#aa1122");
        for wrong in ["#ffff00", "#ffffff", "red", "#12345", "#1234567", "#12345g", "\u{20ac}#1234", ""] {
            assert_eq!(colour(wrong), COLOUR, "{wrong}");
        }
    }

    #[test]
    fn a_logo_is_known_by_its_bytes() {
        assert_eq!(
            Logo::read(b"<?xml version=\"1.0\"?><svg xmlns=\"http://www.w3.org/2000/svg\"/>".to_vec()).map(|logo| logo.format),
            Some("svg")
        );
        let png = |wide: u32, high: u32| {
            let head = [&b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"[..], &wide.to_be_bytes(), &high.to_be_bytes(), b"\x08\x06\0\0\0"].concat();
            Logo::read(head).map(|logo| logo.format)
        };
        assert_eq!((png(64, 64), png(60_000, 60_000), png(0, 5)), (Some("png"), None, None));
        let jpeg = |wide: u8| [&b"\xff\xd8\xff\xe0\0\x04ab\xff\xc0\0\x0b\x08\x00\x10"[..], &[wide, 0x10], b"\x01\x01\x11\0"].concat();
        assert_eq!(Logo::read(jpeg(0)).map(|logo| logo.format), Some("jpg"));
        assert_eq!(Logo::read(jpeg(0xf0)), None);
        assert_eq!(Logo::read(jpeg(0)).map(|logo| logo.aspect), Some(1.0));
        for hostile in
            ["<svg><use href=\"#a\"/></svg>", "<!DOCTYPE svg [<!ENTITY a \"a\">]><svg/>", "<svg><image href=\"file:///etc/passwd\"/></svg>"]
        {
            assert_eq!(Logo::read(hostile.as_bytes().to_vec()), None, "{hostile}");
        }
        for none in [&b"GIF89a"[..], b"", b"\x89PNG", b"\xff\xd8\xff", b"\xff\xd8\xff\xe0\0\0", b"no <s v g>"] {
            assert_eq!(Logo::read(none.to_vec()), None);
        }
    }
}
