//! GS1 keys put together: an SSCC of a company prefix and a serial reference, a GTIN in its fourteen digits.

use crate::check_digit;

/// An SSCC: extension digit, company prefix, serial reference with leading zeros, check digit; 18 digits. Nothing where the reference has more
/// digits than the prefix leaves, or prefix and extension are not digits.
pub fn sscc(extension: u8, company_prefix: &str, reference: u64) -> Option<String> {
    let room = 16usize.checked_sub(company_prefix.len()).filter(|room| *room > 0)?;
    let reference = format!("{reference:0room$}");
    let is_right = extension <= 9 && company_prefix.bytes().all(|digit| digit.is_ascii_digit()) && reference.len() == room;
    is_right.then(|| check_digit::append(&format!("{extension}{company_prefix}{reference}")))?
}

/// A GTIN of 8, 12, 13 or 14 digits as 14, as element strings want it; nothing where its check digit does not fit.
pub fn gtin_14(gtin: &str) -> Option<String> {
    let is_right = matches!(gtin.len(), 8 | 12 | 13 | 14) && check_digit::is_right(gtin);
    is_right.then(|| format!("{gtin:0>14}"))
}

/// Whether these are 18 digits with their check digit.
pub fn is_sscc(key: &str) -> bool {
    key.len() == 18 && check_digit::is_right(key)
}

/// Whether these are 13 digits with their check digit.
pub fn is_gln(key: &str) -> bool {
    key.len() == 13 && check_digit::is_right(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_sscc_is_that_of_the_specification() {
        assert_eq!(sscc(3, "7610425", 2_123_456).as_deref(), Some("376104250021234569"));
        assert!(is_sscc("376104250021234569") && !is_sscc("376104250021234568") && !is_sscc("7610425"));
        assert_eq!(sscc(0, "7610425", 1_000_000_000), None);
        assert_eq!(sscc(10, "7610425", 1), None);
        assert_eq!(sscc(1, "76104x5", 1), None);
        assert_eq!(sscc(1, "1234567890123456", 1), None);
    }

    #[test]
    fn a_gtin_of_any_length_has_fourteen_digits() {
        for (gtin, long) in [
            ("95012346", Some("00000095012346")),
            ("614141000036", Some("00614141000036")),
            ("9506000134352", Some("09506000134352")),
            ("9506000134353", None),
            ("123", None),
        ] {
            assert_eq!(gtin_14(gtin).as_deref(), long, "{gtin}");
        }
        assert!(is_gln("9506000134352") && !is_gln("09506000134352"));
    }
}
