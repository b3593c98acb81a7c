//! The application identifiers: what each names, how long its value is, of which signs, and what must be right about it (GS1 General
//! Specifications, section 3; GS1 Barcode Syntax Dictionary).

use crate::check_digit;

/// An application identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identifier {
    /// Its digits; of a measure those before the one that says how many decimal places there are.
    pub digits: &'static str,
    /// The title of its data, as printed beside it.
    pub title: &'static str,
    /// The parts of its value.
    pub parts: &'static [Part],
    /// Whether a last digit says how many decimal places the value has.
    pub has_places: bool,
}

/// A part of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// Of which signs.
    pub signs: Signs,
    /// Least signs.
    pub least: usize,
    /// Most signs.
    pub most: usize,
    /// What must be right about it.
    pub check: Check,
}

/// Of which signs a part is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signs {
    /// Digits.
    Digits,
    /// The 82 signs of ISO/IEC 646 that GS1 allows.
    Text,
    /// The 39 signs of component and part identifiers.
    Part,
}

/// What must be right about a part beyond its signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    /// Nothing.
    None,
    /// Its last digit is a check digit.
    CheckDigit,
    /// It is a day: YYMMDD, where DD may be 00 for the last of the month.
    Day,
    /// It begins with a day and an hour: YYMMDDhh, minutes may follow.
    Time,
    /// It is a zero followed by a key with its check digit.
    ZeroAndCheckDigit,
}

impl Identifier {
    /// The identifier of these digits, with how many decimal places it says, where it says so.
    pub fn find(digits: &str) -> Option<(&'static Identifier, Option<u32>)> {
        let exact = TABLE.iter().find(|one| !one.has_places && one.digits == digits);
        if let Some(exact) = exact {
            return Some((exact, None));
        }
        let (stem, last) = digits.split_at_checked(3)?;
        let places = last.parse::<u32>().ok().filter(|_| last.len() == 1)?;
        TABLE.iter().find(|one| one.has_places && one.digits == stem).map(|one| (one, Some(places)))
    }

    /// The identifier at the beginning of an element string, and how many digits it has.
    pub(crate) fn at(text: &str) -> Option<(&'static Identifier, usize)> {
        (2..=4).find_map(|length| {
            let (found, _) = Identifier::find(text.get(..length)?)?;
            Some((found, length))
        })
    }

    /// Whether a value is so long as this and nothing separates it from the next: the identifiers of predefined length (figure 7.8.5-2).
    pub fn is_predefined(digits: &str) -> bool {
        const PREDEFINED: &[&str] = &[
            "00", "01", "02", "03", "04", "11", "12", "13", "14", "15", "16", "17", "18", "19", "20", "31", "32", "33", "34", "35", "36",
            "41",
        ];
        digits.get(..2).is_some_and(|first| PREDEFINED.contains(&first))
    }

    /// Most signs of its value.
    pub fn most(&self) -> usize {
        self.parts.iter().map(|part| part.most).sum()
    }

    /// What is wrong with a value, if something is.
    pub fn fault(&self, value: &str) -> Option<String> {
        let mut rest = value;
        for (number, part) in self.parts.iter().enumerate() {
            let is_last = number + 1 == self.parts.len();
            let length = rest.len().min(part.most);
            if !rest.is_ascii() || length < part.least {
                let wanted = if part.least == part.most { part.most.to_string() } else { format!("{} to {}", part.least, part.most) };
                return Some(format!("found {} signs, expected {wanted}", rest.chars().count()));
            }
            let (own, behind) = rest.split_at(length);
            if let Some(bad) = own.chars().find(|sign| !part.signs.hold(*sign)) {
                return Some(format!("found {bad:?}, expected {}", part.signs.said()));
            }
            if let Some(fault) = part.check.fault(own) {
                return Some(fault);
            }
            if is_last && !behind.is_empty() {
                return Some(format!("found {} signs, expected at most {}", value.len(), self.most()));
            }
            rest = behind;
        }
        None
    }
}

impl Signs {
    fn hold(self, sign: char) -> bool {
        match self {
            Signs::Digits => sign.is_ascii_digit(),
            Signs::Text => sign.is_ascii_alphanumeric() || "!\"%&'()*+,-./_:;<=>?".contains(sign),
            Signs::Part => sign.is_ascii_digit() || sign.is_ascii_uppercase() || "#-/".contains(sign),
        }
    }

    const fn said(self) -> &'static str {
        match self {
            Signs::Digits => "digits",
            Signs::Text => "letters, digits and the signs that GS1 allows",
            Signs::Part => "capital letters, digits, #, - and /",
        }
    }
}

impl Check {
    fn fault(self, value: &str) -> Option<String> {
        match self {
            Check::None => None,
            Check::CheckDigit => (!check_digit::is_right(value)).then(|| "the check digit does not fit".into()),
            Check::ZeroAndCheckDigit => {
                let is_right = value.strip_prefix('0').is_some_and(check_digit::is_right);
                (!is_right).then(|| "expected a 0 and a key whose check digit fits".into())
            }
            Check::Day => (!is_day(value)).then(|| format!("found {value}, expected a day as YYMMDD")),
            Check::Time => {
                let is_right = value.get(..6).is_some_and(is_day)
                    && value.get(6..8).and_then(|hour| hour.parse::<u8>().ok()).is_some_and(|hour| hour < 24)
                    && value.get(8..10).is_none_or(|minute| minute.parse::<u8>().is_ok_and(|minute| minute < 60));
                (!is_right).then(|| format!("found {value}, expected an instant as YYMMDDhhmm"))
            }
        }
    }
}

fn is_day(value: &str) -> bool {
    let number = |from: usize| value.get(from..from + 2).and_then(|digits| digits.parse::<u8>().ok());
    match (value.len(), number(2), number(4)) {
        (6, Some(month @ 1..=12), Some(day)) => day <= days(month),
        _ => false,
    }
}

/// Days of a month at most; whether a year with two digits is a leap year is not always known.
const fn days(month: u8) -> u8 {
    match month {
        2 => 29,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

const fn digits(least: usize, most: usize, check: Check) -> Part {
    Part { signs: Signs::Digits, least, most, check }
}

const fn text(most: usize) -> Part {
    Part { signs: Signs::Text, least: 1, most, check: Check::None }
}

/// A text that may be left out, behind a key.
const fn more_text(most: usize) -> Part {
    Part { signs: Signs::Text, least: 0, most, check: Check::None }
}

const KEY_18: &[Part] = &[digits(18, 18, Check::CheckDigit)];
const KEY_17: &[Part] = &[digits(17, 17, Check::CheckDigit)];
const KEY_14: &[Part] = &[digits(14, 14, Check::CheckDigit)];
const KEY_13: &[Part] = &[digits(13, 13, Check::CheckDigit)];
const DAY: &[Part] = &[digits(6, 6, Check::Day)];
const MEASURE: &[Part] = &[digits(6, 6, Check::None)];
const COUNT: &[Part] = &[digits(1, 8, Check::None)];
const AMOUNT: &[Part] = &[digits(1, 15, Check::None)];
const COUNTRY: &[Part] = &[digits(3, 3, Check::None)];
const COUNTRIES: &[Part] = &[digits(3, 15, Check::None)];
const MONEY_IN: &[Part] = &[digits(3, 3, Check::None), digits(1, 15, Check::None)];
const UP_TO_20: &[Part] = &[text(20)];
const UP_TO_30: &[Part] = &[text(30)];
const UP_TO_70: &[Part] = &[text(70)];
const UP_TO_90: &[Part] = &[text(90)];

const fn one(digits: &'static str, title: &'static str, parts: &'static [Part]) -> Identifier {
    Identifier { digits, title, parts, has_places: false }
}

const fn measured(digits: &'static str, title: &'static str, parts: &'static [Part]) -> Identifier {
    Identifier { digits, title, parts, has_places: true }
}

/// All that are known here, in their order.
pub const TABLE: &[Identifier] = &[
    one("00", "SSCC", KEY_18),
    one("01", "GTIN", KEY_14),
    one("02", "CONTENT", KEY_14),
    one("03", "MTO GTIN", KEY_14),
    one("10", "BATCH/LOT", UP_TO_20),
    one("11", "PROD DATE", DAY),
    one("12", "DUE DATE", DAY),
    one("13", "PACK DATE", DAY),
    one("15", "BEST BEFORE or BEST BY", DAY),
    one("16", "SELL BY", DAY),
    one("17", "USE BY or EXPIRY", DAY),
    one("20", "VARIANT", &[digits(2, 2, Check::None)]),
    one("21", "SERIAL", UP_TO_20),
    one("22", "CPV", UP_TO_20),
    one("235", "TPX", &[text(28)]),
    one("240", "ADDITIONAL ID", UP_TO_30),
    one("241", "CUST. PART No.", UP_TO_30),
    one("242", "MTO VARIANT", &[digits(1, 6, Check::None)]),
    one("243", "PCN", UP_TO_20),
    one("250", "SECONDARY SERIAL", UP_TO_30),
    one("251", "REF. TO SOURCE", UP_TO_30),
    one("253", "GDTI", &[digits(13, 13, Check::CheckDigit), more_text(17)]),
    one("254", "GLN EXTENSION COMPONENT", UP_TO_20),
    one("255", "GCN", &[digits(13, 13, Check::CheckDigit), digits(0, 12, Check::None)]),
    one("30", "VAR. COUNT", COUNT),
    measured("310", "NET WEIGHT (kg)", MEASURE),
    measured("311", "LENGTH (m)", MEASURE),
    measured("312", "WIDTH (m)", MEASURE),
    measured("313", "HEIGHT (m)", MEASURE),
    measured("314", "AREA (m²)", MEASURE),
    measured("315", "NET VOLUME (l)", MEASURE),
    measured("316", "NET VOLUME (m³)", MEASURE),
    measured("320", "NET WEIGHT (lb)", MEASURE),
    measured("321", "LENGTH (in)", MEASURE),
    measured("322", "LENGTH (ft)", MEASURE),
    measured("323", "LENGTH (yd)", MEASURE),
    measured("324", "WIDTH (in)", MEASURE),
    measured("325", "WIDTH (ft)", MEASURE),
    measured("326", "WIDTH (yd)", MEASURE),
    measured("327", "HEIGHT (in)", MEASURE),
    measured("328", "HEIGHT (ft)", MEASURE),
    measured("329", "HEIGHT (yd)", MEASURE),
    measured("330", "GROSS WEIGHT (kg)", MEASURE),
    measured("331", "LENGTH (m), log", MEASURE),
    measured("332", "WIDTH (m), log", MEASURE),
    measured("333", "HEIGHT (m), log", MEASURE),
    measured("334", "AREA (m²), log", MEASURE),
    measured("335", "VOLUME (l), log", MEASURE),
    measured("336", "VOLUME (m³), log", MEASURE),
    measured("337", "KG PER m²", MEASURE),
    measured("340", "GROSS WEIGHT (lb)", MEASURE),
    measured("341", "LENGTH (in), log", MEASURE),
    measured("342", "LENGTH (ft), log", MEASURE),
    measured("343", "LENGTH (yd), log", MEASURE),
    measured("344", "WIDTH (in), log", MEASURE),
    measured("345", "WIDTH (ft), log", MEASURE),
    measured("346", "WIDTH (yd), log", MEASURE),
    measured("347", "HEIGHT (in), log", MEASURE),
    measured("348", "HEIGHT (ft), log", MEASURE),
    measured("349", "HEIGHT (yd), log", MEASURE),
    measured("350", "AREA (in²)", MEASURE),
    measured("351", "AREA (ft²)", MEASURE),
    measured("352", "AREA (yd²)", MEASURE),
    measured("353", "AREA (in²), log", MEASURE),
    measured("354", "AREA (ft²), log", MEASURE),
    measured("355", "AREA (yd²), log", MEASURE),
    measured("356", "NET WEIGHT (troy oz)", MEASURE),
    measured("357", "NET VOLUME (oz)", MEASURE),
    measured("360", "NET VOLUME (qt)", MEASURE),
    measured("361", "NET VOLUME (gal.)", MEASURE),
    measured("362", "VOLUME (qt), log", MEASURE),
    measured("363", "VOLUME (gal.), log", MEASURE),
    measured("364", "VOLUME (in³)", MEASURE),
    measured("365", "VOLUME (ft³)", MEASURE),
    measured("366", "VOLUME (yd³)", MEASURE),
    measured("367", "VOLUME (in³), log", MEASURE),
    measured("368", "VOLUME (ft³), log", MEASURE),
    measured("369", "VOLUME (yd³), log", MEASURE),
    one("37", "COUNT", COUNT),
    measured("390", "AMOUNT", AMOUNT),
    measured("391", "AMOUNT", MONEY_IN),
    measured("392", "PRICE", AMOUNT),
    measured("393", "PRICE", MONEY_IN),
    measured("394", "PRCNT OFF", &[digits(4, 4, Check::None)]),
    measured("395", "PRICE/UoM", MEASURE),
    one("400", "ORDER NUMBER", UP_TO_30),
    one("401", "GINC", UP_TO_30),
    one("402", "GSIN", KEY_17),
    one("403", "ROUTE", UP_TO_30),
    one("410", "SHIP TO LOC", KEY_13),
    one("411", "BILL TO", KEY_13),
    one("412", "PURCHASE FROM", KEY_13),
    one("413", "SHIP FOR LOC", KEY_13),
    one("414", "LOC No.", KEY_13),
    one("415", "PAY TO", KEY_13),
    one("416", "PROD/SERV LOC", KEY_13),
    one("417", "PARTY", KEY_13),
    one("420", "SHIP TO POST", UP_TO_20),
    one("421", "SHIP TO POST", &[digits(3, 3, Check::None), text(9)]),
    one("422", "ORIGIN", COUNTRY),
    one("423", "COUNTRY - INITIAL PROCESS", COUNTRIES),
    one("424", "COUNTRY - PROCESS", COUNTRY),
    one("425", "COUNTRY - DISASSEMBLY", COUNTRIES),
    one("426", "COUNTRY - FULL PROCESS", COUNTRY),
    one("427", "ORIGIN SUBDIVISION", &[text(3)]),
    one("7001", "NSN", &[digits(13, 13, Check::None)]),
    one("7002", "MEAT CUT", UP_TO_30),
    one("7003", "EXPIRY TIME", &[digits(10, 10, Check::Time)]),
    one("7004", "ACTIVE POTENCY", &[digits(1, 4, Check::None)]),
    one("7005", "CATCH AREA", &[text(12)]),
    one("7006", "FIRST FREEZE DATE", DAY),
    one("7007", "HARVEST DATE", &[digits(6, 12, Check::None)]),
    one("7008", "AQUATIC SPECIES", &[text(3)]),
    one("7009", "FISHING GEAR TYPE", &[text(10)]),
    one("7010", "PROD METHOD", &[text(2)]),
    one("7020", "REFURB LOT", UP_TO_20),
    one("7021", "FUNC STAT", UP_TO_20),
    one("7022", "REV STAT", UP_TO_20),
    one("7023", "GIAI - ASSEMBLY", UP_TO_30),
    one("710", "NHRN PZN", UP_TO_20),
    one("711", "NHRN CIP", UP_TO_20),
    one("712", "NHRN CN", UP_TO_20),
    one("713", "NHRN DRN", UP_TO_20),
    one("714", "NHRN AIM", UP_TO_20),
    one("715", "NHRN NDC", UP_TO_20),
    one("7240", "PROTOCOL", UP_TO_20),
    one("8001", "DIMENSIONS", &[digits(14, 14, Check::None)]),
    one("8002", "CMT No.", UP_TO_20),
    one("8003", "GRAI", &[digits(14, 14, Check::ZeroAndCheckDigit), more_text(16)]),
    one("8004", "GIAI", UP_TO_30),
    one("8005", "PRICE PER UNIT", MEASURE),
    one("8006", "ITIP", &[digits(14, 14, Check::CheckDigit), digits(4, 4, Check::None)]),
    one("8007", "IBAN", &[text(34)]),
    one("8008", "PROD TIME", &[digits(8, 12, Check::Time)]),
    one("8009", "OPTSEN", &[text(50)]),
    one("8010", "CPID", &[Part { signs: Signs::Part, least: 1, most: 30, check: Check::None }]),
    one("8011", "CPID SERIAL", &[digits(1, 12, Check::None)]),
    one("8012", "VERSION", UP_TO_20),
    one("8013", "GMN", &[text(25)]),
    one("8017", "GSRN - PROVIDER", KEY_18),
    one("8018", "GSRN - RECIPIENT", KEY_18),
    one("8019", "SRIN", &[digits(1, 10, Check::None)]),
    one("8020", "REF No.", &[text(25)]),
    one("8026", "ITIP CONTENT", &[digits(14, 14, Check::CheckDigit), digits(4, 4, Check::None)]),
    one("8110", "COUPON", UP_TO_70),
    one("8111", "POINTS", &[digits(4, 4, Check::None)]),
    one("8112", "PAPERLESS COUPON", UP_TO_70),
    one("8200", "PRODUCT URL", UP_TO_70),
    one("90", "INTERNAL", UP_TO_30),
    one("91", "INTERNAL", UP_TO_90),
    one("92", "INTERNAL", UP_TO_90),
    one("93", "INTERNAL", UP_TO_90),
    one("94", "INTERNAL", UP_TO_90),
    one("95", "INTERNAL", UP_TO_90),
    one("96", "INTERNAL", UP_TO_90),
    one("97", "INTERNAL", UP_TO_90),
    one("98", "INTERNAL", UP_TO_90),
    one("99", "INTERNAL", UP_TO_90),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_identifier_begins_as_another_one_does() {
        for one in TABLE {
            for other in TABLE.iter().filter(|other| other.digits != one.digits) {
                assert!(!other.digits.starts_with(one.digits), "{} and {}", one.digits, other.digits);
            }
        }
    }

    #[test]
    fn predefined_lengths_are_fixed_lengths() {
        for one in TABLE.iter().filter(|one| Identifier::is_predefined(one.digits)) {
            assert!(one.parts.iter().all(|part| part.least == part.most), "{}", one.digits);
        }
    }

    #[test]
    fn days_may_leave_the_day_open() {
        for (day, right) in [("261031", true), ("260200", true), ("260230", false), ("261301", false), ("26103", false), ("2610a1", false)]
        {
            assert_eq!(is_day(day), right, "{day}");
        }
    }
}
