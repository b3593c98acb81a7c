//! How an organization shows itself.

/// Name, colour and logo of an organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Brand {
    /// Its name, as people call it.
    pub name: String,
    /// Its colour: `#0b5c8a`.
    colour: String,
    /// Its logo, if it gave one.
    pub logo: Option<Logo>,
}

/// A logo.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logo {
    /// The picture.
    pub bytes: Vec<u8>,
    /// `png`, `jpg` or `svg`.
    pub format: &'static str,
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

impl Logo {
    /// A picture, by what its first bytes say it is; nothing where it is none of the kinds that can be shown.
    pub fn read(bytes: Vec<u8>) -> Option<Logo> {
        let format = match bytes.as_slice() {
            [0x89, b'P', b'N', b'G', ..] => "png",
            [0xff, 0xd8, 0xff, ..] => "jpg",
            text if text.len() < 256 << 10 && std::str::from_utf8(text).is_ok_and(|text| text.contains("<svg")) => "svg",
            _ => return None,
        };
        Some(Logo { bytes, format })
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
        assert_eq!(Logo::read(b"GIF89a".to_vec()), None);
        assert_eq!(Logo::read(Vec::new()), None);
    }
}
