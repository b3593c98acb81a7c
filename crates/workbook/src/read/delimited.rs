//! Tables of text: CSV with commas, semicolons or tabs, in UTF-8, UTF-16 or the Windows code page of Western Europe.
//!
//! **Invariant:** a number that is written in one way only (`12.5`) is a number; whatever could be read otherwise (`1,234`, `007`) stays a text,
//! for which the rules of workbooks hold.

use super::Limits;
use super::cells::{Book, Cell, Sheet, Texts, Value, text_value, too_many_cells};
use super::findings::{Findings, Place};
use super::mapping::Wishes;

const BINARY_HEADS: [&[u8]; 4] = [b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"SQLite format 3\0", b"%PDF"];

/// Whether the bytes look like text with separators.
pub(super) fn is_delimited(bytes: &[u8]) -> bool {
    if bytes.is_empty() || BINARY_HEADS.iter().any(|head| bytes.starts_with(head)) {
        return false;
    }
    let head = decode(&bytes[..bytes.len().min(8192)]);
    let is_text = head.chars().all(|letter| !letter.is_control() || matches!(letter, '\t' | '\r' | '\n'));
    is_text && head.contains([',', ';', '\t'])
}

/// Reads the one table of the file.
pub(super) fn read(bytes: &[u8], file_name: &str, limits: &Limits, wishes: &Wishes, findings: &mut Findings) -> Option<Book> {
    if bytes.len() as u64 > limits.file_bytes {
        let (found, expected) = (format!("{} bytes", bytes.len()), format!("at most {} bytes", limits.file_bytes));
        findings.error("too_large", Place::file(), found, expected, "the file is larger than the limit");
        return None;
    }
    let name = sheet_name(file_name);
    let text = decode(bytes);
    let separator = separator(&text);
    let mut texts = Texts::default();
    let mut cells = Vec::new();
    for (row, fields) in (0_u32..).zip(Records::of(&text, separator)) {
        for (column, field) in (0_u32..).zip(&fields) {
            let value = value(field, &mut texts);
            if value == Value::Empty {
                continue;
            }
            if cells.len() >= limits.cells {
                too_many_cells(&name, limits, findings);
                return None;
            }
            cells.push(Cell { row, column, value });
        }
    }
    let sheet = Sheet::of_cells(name, cells, &mut texts, wishes);
    Some(Book { sheets: vec![sheet], texts })
}

/// `C:\plans\Volumes 2027.csv` → `Volumes 2027`.
fn sheet_name(file_name: &str) -> String {
    let name = file_name.rsplit(['/', '\\']).next().unwrap_or_default();
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem).trim();
    if stem.is_empty() { "Table".to_owned() } else { stem.chars().take(100).collect() }
}

fn decode(bytes: &[u8]) -> String {
    match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        bytes => match std::str::from_utf8(bytes) {
            Ok(text) => text.to_owned(),
            // The head of a longer text may end within a letter.
            Err(error) if error.error_len().is_none() => String::from_utf8_lossy(&bytes[..error.valid_up_to()]).into_owned(),
            Err(_) => bytes.iter().map(|byte| windows_1252(*byte)).collect(),
        },
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]])).collect();
    String::from_utf16_lossy(&units)
}

/// Latin 1, with the signs that Windows put into its second block of control characters.
fn windows_1252(byte: u8) -> char {
    const SIGNS: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}', '‘', '’', '“', '”', '•',
        '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
    ];
    if (0x80..0xa0).contains(&byte) { SIGNS[usize::from(byte - 0x80)] } else { char::from(byte) }
}

/// The separator that most of the first lines agree on; outside quotation marks.
fn separator(text: &str) -> char {
    let mut counts = [(0_usize, ';'), (0, '\t'), (0, ',')];
    let mut quoted = false;
    for letter in text.lines().take(20).flat_map(str::chars) {
        quoted ^= letter == '"';
        if let Some(count) = counts.iter_mut().find(|(_, separator)| !quoted && *separator == letter) {
            count.0 += 1;
        }
    }
    // Decimal commas stand beside semicolons and tabs, never the other way round: the comma needs more than both.
    let [semicolons, tabs, commas] = counts;
    if semicolons.0 > 0 && semicolons.0 * 3 >= commas.0 && semicolons.0 >= tabs.0 {
        semicolons.1
    } else if tabs.0 > 0 && tabs.0 * 3 >= commas.0 {
        tabs.1
    } else {
        commas.1
    }
}

/// Records of RFC 4180; a quotation mark that is never closed ends with the file.
struct Records<'a> {
    rest: std::iter::Peekable<std::str::Chars<'a>>,
    separator: char,
}

impl<'a> Records<'a> {
    fn of(text: &'a str, separator: char) -> Self {
        Records { rest: text.chars().peekable(), separator }
    }
}

impl Iterator for Records<'_> {
    type Item = Vec<String>;

    fn next(&mut self) -> Option<Vec<String>> {
        self.rest.peek()?;
        let mut fields = Vec::new();
        let mut field = String::new();
        let mut quoted = false;
        while let Some(letter) = self.rest.next() {
            match letter {
                '"' if quoted && self.rest.peek() == Some(&'"') => {
                    self.rest.next();
                    field.push('"');
                }
                '"' if quoted => quoted = false,
                '"' if field.trim().is_empty() => {
                    field.clear();
                    quoted = true;
                }
                '\r' if !quoted && self.rest.peek() == Some(&'\n') => {}
                '\n' | '\r' if !quoted => break,
                letter if !quoted && letter == self.separator => fields.push(std::mem::take(&mut field)),
                letter => field.push(letter),
            }
        }
        fields.push(field);
        Some(fields)
    }
}

fn value(field: &str, texts: &mut Texts) -> Value {
    let text = field.trim();
    if is_plain_number(text)
        && let Ok(number) = text.parse::<f64>()
    {
        return Value::Number(number);
    }
    // Our own exports keep what a spreadsheet would take for a formula with an apostrophe.
    let text = match field.strip_prefix('\'') {
        Some(rest) if rest.starts_with(['=', '+', '-', '@']) => rest,
        _ => field,
    };
    text_value(text, texts)
}

/// `0`, `-12`, `12.5`: no separators of thousands, no leading zeros, at most 15 digits, and not three decimals, which may be thousands.
fn is_plain_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').map_or((digits, None), |(whole, fraction)| (whole, Some(fraction)));
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    all_digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(|fraction| all_digits(fraction) && (fraction.len() != 3 || whole == "0" || whole.len() > 3))
        && digits.len() <= 16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_those_of_rfc_4180() {
        let rows: Vec<Vec<String>> = Records::of("a;\"b;\"\"c\"\"\nd\";e\r\n\r\nf;;\"g", ';').collect();
        assert_eq!(rows, [vec!["a", "b;\"c\"\nd", "e"], vec![""], vec!["f", "", "g"]]);
    }

    #[test]
    fn separators_are_told_from_decimal_commas() {
        for (text, expected) in
            [("a,b\n1,2", ','), ("a;b\n1,5;2,5\n3,5;4,5", ';'), ("a\tb\n1,5\t2", '\t'), ("\"a;b\",c\n\"d;e\",f", ','), ("a;b", ';')]
        {
            assert_eq!(separator(text), expected, "{text:?}");
        }
    }

    #[test]
    fn only_what_can_be_read_in_one_way_is_a_number() {
        for number in ["0", "-12", "12.5", "0.125", "1234.567"] {
            assert!(is_plain_number(number), "{number}");
        }
        for text in ["", "-", "007", "1,5", "1.234", "12.", ".5", "1e5", "12345678901234567"] {
            assert!(!is_plain_number(text), "{text}");
        }
    }

    #[test]
    fn every_encoding_of_the_field_is_read() {
        assert_eq!(decode("Línea".as_bytes()), "Línea");
        assert_eq!(decode(b"\xef\xbb\xbfL\xc3\xadnea"), "Línea");
        assert_eq!(decode(b"L\xednea \x80"), "Línea €");
        assert_eq!(decode(b"\xff\xfeL\0\xed\0"), "Lí");
        assert_eq!(decode(b"\xfe\xff\0L\0\xed"), "Lí");
    }
}
