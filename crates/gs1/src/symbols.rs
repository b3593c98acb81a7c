//! Bar codes as dark and light modules: Code 128, DataMatrix ECC 200, QR; each plain or as GS1 has it, with FNC1 before its data.
//!
//! The encoders of DataMatrix and QR are libraries; they are named in this file only. Code 128 is a table (ISO/IEC 15417).
//!
//! **Invariant:** of equal data comes an equal symbol.

use std::fmt;

use qrcode::bits::Bits;
use qrcode::{Color, EcLevel, QrCode, Version};

use crate::element_string::FNC1;

/// A kind of bar code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Symbology {
    /// Lines side by side, for long readers and few signs.
    Code128,
    /// A small square.
    Datamatrix,
    /// A square that every telephone reads.
    Qr,
}

/// Whether the data is an element string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// Any text.
    Plain,
    /// An element string, FNC1 as the group separator.
    Gs1,
}

/// A bar code: rows of modules from the top, each from the left; dark ones are true. Code 128 has one row, which is drawn as high as one likes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Symbol {
    /// Modules in a row.
    pub width: usize,
    /// The modules, row by row.
    pub modules: Vec<bool>,
    /// Light modules that must surround it: beside it, and of a square above and below it too.
    pub quiet: usize,
}

impl Symbol {
    /// Rows.
    pub fn height(&self) -> usize {
        self.modules.len() / self.width.max(1)
    }

    /// Whether it is of one row.
    pub fn is_linear(&self) -> bool {
        self.modules.len() == self.width
    }

    /// Dark stretches of a row: where each begins, and how long it is.
    pub fn runs(&self, row: usize) -> impl Iterator<Item = (usize, usize)> + '_ {
        let row = &self.modules[row * self.width..(row + 1) * self.width];
        let mut at = 0;
        std::iter::from_fn(move || {
            let begin = at + row[at..].iter().position(|dark| *dark)?;
            let length = row[begin..].iter().position(|dark| !*dark).unwrap_or(row.len() - begin);
            at = begin + length;
            Some((begin, length))
        })
    }
}

/// Why data cannot be a bar code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// There is none.
    Empty,
    /// It holds a sign that the symbol does not.
    Sign(char),
    /// It is longer than the symbol holds.
    TooLong,
}

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unfit::Empty => f.write_str("there is nothing to encode"),
            Unfit::Sign(sign) => write!(f, "{sign:?} is no sign that this bar code holds"),
            Unfit::TooLong => f.write_str("it is longer than this bar code holds"),
        }
    }
}

impl std::error::Error for Unfit {}

/// The bar code of some data.
///
/// # Errors
/// What of the data it does not hold.
pub fn encode(symbology: Symbology, data: &str, content: Content) -> Result<Symbol, Unfit> {
    if data.is_empty() {
        return Err(Unfit::Empty);
    }
    match symbology {
        Symbology::Code128 => code_128(data, content),
        Symbology::Datamatrix => datamatrix(data, content),
        Symbology::Qr => qr(data, content),
    }
}

fn datamatrix(data: &str, content: Content) -> Result<Symbol, Unfit> {
    use datamatrix::{DataMatrixBuilder, SymbolList};
    // Squares: every printer and reader of a plant knows them.
    let builder = DataMatrixBuilder::new().with_symbol_list(SymbolList::default().enforce_square()).with_macros(false);
    let code = match content {
        Content::Gs1 => builder.with_fnc1_start(true).encode(data.as_bytes()),
        Content::Plain => builder.encode_str(data),
    };
    let code = code.map_err(|_| Unfit::TooLong)?;
    let bitmap = code.bitmap();
    Ok(Symbol { width: bitmap.width(), modules: bitmap.bits().to_vec(), quiet: 1 })
}

/// Restores 15 % of a damaged symbol: what GS1 recommends for QR.
const QR_LEVEL: EcLevel = EcLevel::M;

fn qr(data: &str, content: Content) -> Result<Symbol, Unfit> {
    let code = match content {
        Content::Plain => QrCode::with_error_correction_level(data, QR_LEVEL).map_err(|_| Unfit::TooLong)?,
        Content::Gs1 => (1..=40).find_map(|version| gs1_qr(data, version)).ok_or(Unfit::TooLong)?,
    };
    let modules = code.to_colors().into_iter().map(|color| color == Color::Dark).collect();
    Ok(Symbol { width: code.width(), modules, quiet: 4 })
}

/// The symbol of this version, where the data fits in.
fn gs1_qr(data: &str, version: i16) -> Option<QrCode> {
    let mut bits = Bits::new(Version::Normal(version));
    bits.push_fnc1_first_position().ok()?;
    // Behind FNC1 the per cent sign of alphanumeric mode means the separator, so text that has one goes as bytes.
    if data.contains('%') { bits.push_byte_data(data.as_bytes()) } else { bits.push_optimal_data(data.as_bytes()) }.ok()?;
    bits.push_terminator(QR_LEVEL).ok()?;
    QrCode::with_bits(bits, QR_LEVEL).ok()
}

/// Widths of bars and spaces of each symbol character, beginning with a bar (ISO/IEC 15417, table 1); the last is the stop character.
const WIDTHS: [&str; 107] = [
    "212222", "222122", "222221", "121223", "121322", "131222", "122213", "122312", "132212", "221213", "221312", "231212", "112232",
    "122132", "122231", "113222", "123122", "123221", "223211", "221132", "221231", "213212", "223112", "312131", "311222", "321122",
    "321221", "312212", "322112", "322211", "212123", "212321", "232121", "111323", "131123", "131321", "112313", "132113", "132311",
    "211313", "231113", "231311", "112133", "112331", "132131", "113123", "113321", "133121", "313121", "211331", "231131", "213113",
    "213311", "213131", "311123", "311321", "331121", "312113", "312311", "332111", "314111", "221411", "431111", "111224", "111422",
    "121124", "121421", "141122", "141221", "112214", "112412", "122114", "122411", "142112", "142211", "241211", "221114", "413111",
    "241112", "134111", "111242", "121142", "121241", "114212", "124112", "124211", "411212", "421112", "421211", "212141", "214121",
    "412121", "111143", "111341", "131141", "114113", "114311", "411113", "411311", "113141", "114131", "311141", "411131", "211412",
    "211214", "211232", "2331112",
];

const CODE_C: u8 = 99;
const CODE_B: u8 = 100;
const FNC1_128: u8 = 102;
const START_B: u8 = 104;
const START_C: u8 = 105;
const STOP: u8 = 106;

/// More than that no reader reads in one go (GS1 allows 48).
const CODE_128_MOST: usize = 80;

fn code_128(data: &str, content: Content) -> Result<Symbol, Unfit> {
    let values = code_128_values(data, content)?;
    let mut modules = Vec::new();
    for value in values {
        for (number, width) in WIDTHS[usize::from(value)].bytes().enumerate() {
            modules.extend(std::iter::repeat_n(number % 2 == 0, usize::from(width - b'0')));
        }
    }
    Ok(Symbol { width: modules.len(), modules, quiet: 10 })
}

/// The symbol characters: start, data, check character, stop. Digits go two by two (code set C) where that makes the symbol shorter.
fn code_128_values(data: &str, content: Content) -> Result<Vec<u8>, Unfit> {
    let is_separator = |sign: char| content == Content::Gs1 && sign == FNC1;
    if let Some(bad) = data.chars().find(|sign| !(' '..='~').contains(sign) && !is_separator(*sign)) {
        return Err(Unfit::Sign(bad));
    }
    if data.len() > CODE_128_MOST {
        return Err(Unfit::TooLong);
    }
    let signs = data.as_bytes();
    let digits_from = |at: usize| signs[at..].iter().take_while(|sign| sign.is_ascii_digit()).count();
    let starts_with_digits = digits_from(0) >= 4 || (digits_from(0) == signs.len() && signs.len() == 2);
    let mut is_c = starts_with_digits;
    let mut values = vec![if is_c { START_C } else { START_B }];
    if content == Content::Gs1 {
        values.push(FNC1_128);
    }
    let mut at = 0;
    while at < signs.len() {
        if signs[at] == FNC1 as u8 {
            values.push(FNC1_128);
            at += 1;
            continue;
        }
        let digits = digits_from(at);
        if is_c && digits >= 2 {
            values.push((signs[at] - b'0') * 10 + signs[at + 1] - b'0');
            at += 2;
        } else if is_c {
            values.push(CODE_B);
            is_c = false;
        // An odd digit goes first, so that the rest are pairs.
        } else if digits >= 4 && digits % 2 == 0 {
            values.push(CODE_C);
            is_c = true;
        } else {
            values.push(signs[at] - b' ');
            at += 1;
        }
    }
    let weighted: usize = values.iter().enumerate().map(|(position, value)| usize::from(*value) * position.max(1)).sum();
    values.push(u8::try_from(weighted % 103).unwrap_or_default());
    values.push(STOP);
    Ok(values)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn code_128_is_that_of_the_standard() {
        // Every character is 11 modules of three bars and three spaces, the stop 13, and no two are alike.
        let mut seen = std::collections::BTreeSet::new();
        for (value, widths) in WIDTHS.iter().enumerate() {
            let total: u32 = widths.bytes().map(|width| u32::from(width - b'0')).sum();
            assert_eq!(total, if value == 106 { 13 } else { 11 }, "{value}");
            assert!(seen.insert(widths), "{value}");
        }
        // Bars together are even in each character (but the stop).
        assert!(WIDTHS[..106].iter().all(|widths| widths.bytes().step_by(2).map(|width| width - b'0').sum::<u8>() % 2 == 0));
        // “AIM” in code set B, by hand: 104 + 33·1 + 41·2 + 45·3 = 354, and 354 mod 103 = 45.
        assert_eq!(code_128_values("AIM", Content::Plain).unwrap(), [104, 33, 41, 45, 45, 106]);
        // An SSCC is all pairs: start C, FNC1, ten pairs.
        let sscc = code_128_values("00376104250021234569", Content::Gs1).unwrap();
        assert_eq!(&sscc[..4], [105, 102, 0, 37]);
        assert_eq!(sscc.len(), 1 + 1 + 10 + 2);
    }

    /// Reads the symbol characters back.
    fn read(symbol: &Symbol) -> (String, bool) {
        let mut widths = Vec::new();
        let (mut dark, mut length) = (true, 0u8);
        for module in &symbol.modules {
            if *module != dark {
                widths.push(length);
                (dark, length) = (*module, 0);
            }
            length += 1;
        }
        widths.push(length);
        let (body, stop) = widths.split_at(widths.len() - 7);
        let value = |part: &[u8]| {
            let text: String = part.iter().map(|width| char::from(b'0' + width)).collect();
            WIDTHS.iter().position(|known| *known == text).unwrap()
        };
        assert_eq!(value(stop), 106);
        let values: Vec<usize> = body.chunks(6).map(value).collect();
        let (check, data) = values.split_last().unwrap();
        assert_eq!(data.iter().enumerate().map(|(at, value)| at.max(1) * value).sum::<usize>() % 103, *check);
        let mut is_c = data[0] == 105;
        let mut text = String::new();
        for value in &data[1..] {
            match (value, is_c) {
                (102, _) => text.push(FNC1),
                (99, false) => is_c = true,
                (100, true) => is_c = false,
                (value, true) => text.push_str(&format!("{value:02}")),
                (value, false) => text.push(char::from(b' ' + u8::try_from(*value).unwrap())),
            }
        }
        let is_gs1 = data[1] == 102;
        (text.strip_prefix(FNC1).filter(|_| is_gs1).unwrap_or(&text).to_owned(), is_gs1)
    }

    proptest! {
        #[test]
        fn code_128_is_read_back(data in "[ -~]{1,40}", digits in "[0-9]{0,18}") {
            let data = format!("{data}{digits}");
            let symbol = encode(Symbology::Code128, &data, Content::Plain).unwrap();
            prop_assert_eq!(read(&symbol), (data.clone(), false));
            let parts = format!("{data}{FNC1}{digits}x");
            let symbol = encode(Symbology::Code128, &parts, Content::Gs1).unwrap();
            prop_assert_eq!(read(&symbol), (parts, true));
        }

        #[test]
        fn datamatrix_is_read_back(data in "[ -~]{1,80}") {
            let symbol = encode(Symbology::Datamatrix, &data, Content::Plain).unwrap();
            prop_assert_eq!(datamatrix::DataMatrix::decode(&symbol.modules, symbol.width).unwrap(), data.as_bytes());
        }
    }

    #[test]
    fn datamatrix_is_that_of_the_standard() {
        // ISO/IEC 16022, annex O: “123456” is the codewords 142 164 186 with the check words 114 25 5 88 102.
        let code = datamatrix::DataMatrix::encode(b"123456", datamatrix::SymbolList::default()).unwrap();
        assert_eq!(code.codewords(), [142, 164, 186, 114, 25, 5, 88, 102]);
        let symbol = encode(Symbology::Datamatrix, "123456", Content::Plain).unwrap();
        assert_eq!((symbol.width, symbol.height()), (10, 10));
        // Two solid sides, and two of alternating modules.
        assert!((0..10).all(|row| symbol.modules[row * 10]) && symbol.modules[90..].iter().all(|dark| *dark));
        assert!((0..10).all(|column| symbol.modules[column] == (column % 2 == 0)));
    }

    #[test]
    fn gs1_datamatrix_begins_with_fnc1() {
        // The first codeword of GS1 DataMatrix is FNC1, 232.
        let builder = datamatrix::DataMatrixBuilder::new().with_fnc1_start(true);
        assert_eq!(builder.encode(b"0109506000134352").unwrap().codewords()[0], 232);
        let plain = encode(Symbology::Datamatrix, "0109506000134352", Content::Plain).unwrap();
        let gs1 = encode(Symbology::Datamatrix, "0109506000134352", Content::Gs1).unwrap();
        assert_ne!(plain, gs1);
    }

    #[test]
    fn qr_has_its_three_eyes_and_another_form_with_fnc1() {
        let plain = encode(Symbology::Qr, "010950600013435210ABC", Content::Plain).unwrap();
        let gs1 = encode(Symbology::Qr, "010950600013435210ABC", Content::Gs1).unwrap();
        assert_ne!(plain, gs1);
        for symbol in [plain, gs1] {
            let dark = |x: usize, y: usize| symbol.modules[y * symbol.width + x];
            let far = symbol.width - 7;
            for (x, y) in [(0, 0), (far, 0), (0, far)] {
                assert!((0..7).all(|step| dark(x + step, y) && dark(x + step, y + 6) && dark(x, y + step) && dark(x + 6, y + step)));
                assert!(dark(x + 3, y + 3) && !dark(x + 1, y + 1));
            }
        }
    }

    /// Symbols that ZXing reads as `]d2` and `]Q3` with the bytes 010950600013435210ABC, FNC1, 2112345: what an independent reader agreed to stays.
    #[test]
    fn gs1_symbols_are_those_that_an_independent_reader_read() {
        const DATAMATRIX: [&str; 18] = [
            "aaaa8", "cf394", "8a0b8", "bec3c", "ec2d0", "82e24", "90238", "b2c74", "e7cd8", "d0694", "e3b80", "e87d4", "f46f0", "e96b4",
            "e74e0", "9707c", "c6ae0", "ffffc",
        ];
        const QR: [&str; 25] = [
            "feda3f8", "8275208", "ba972e8", "ba6b2e8", "ba3d2e8", "82c0a08", "feaabf8", "0011000", "a37f128", "3805c68", "c7b1fa0",
            "b524428", "b39ded0", "6ce88c0", "e2cfbb8", "013ad20", "ffa7ff0", "00a7880", "feb0ae8", "8245880", "ba1df98", "ba481d0",
            "baee7b8", "823a3b0", "fe87b88",
        ];
        for (symbology, known) in [(Symbology::Datamatrix, &DATAMATRIX[..]), (Symbology::Qr, &QR[..])] {
            let symbol = encode(symbology, "010950600013435210ABC\u{1d}2112345", Content::Gs1).unwrap();
            let digits = |row: &[bool]| -> String {
                let digit = |four: &[bool]| four.iter().enumerate().map(|(at, dark)| u32::from(*dark) << (3 - at)).sum();
                row.chunks(4).filter_map(|four| char::from_digit(digit(four), 16)).collect()
            };
            let rows: Vec<String> = symbol.modules.chunks(symbol.width).map(digits).collect();
            assert_eq!(rows, known);
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        assert_eq!(encode(Symbology::Code128, "", Content::Plain), Err(Unfit::Empty));
        assert_eq!(encode(Symbology::Code128, "ä", Content::Plain), Err(Unfit::Sign('ä')));
        assert_eq!(encode(Symbology::Code128, "\u{1d}", Content::Plain), Err(Unfit::Sign('\u{1d}')));
        for symbology in [Symbology::Code128, Symbology::Datamatrix, Symbology::Qr] {
            assert_eq!(encode(symbology, &"x".repeat(8000), Content::Plain), Err(Unfit::TooLong));
        }
        assert_eq!(encode(Symbology::Qr, &"x".repeat(8000), Content::Gs1), Err(Unfit::TooLong));
    }
}
