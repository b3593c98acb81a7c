//! The check digit of GS1 keys (GS1 General Specifications, 7.9.1): weights 3 and 1 from the right, up to the next ten.

/// The check digit that belongs behind these digits; nothing where something else than digits is among them, or there are none.
pub fn of(digits: &str) -> Option<char> {
    let sum = sum(digits)?;
    char::from_digit((10 - sum % 10) % 10, 10)
}

/// Whether the last digit of a key is its check digit.
pub fn is_right(key: &str) -> bool {
    key.char_indices().last().is_some_and(|(at, last)| of(&key[..at]) == Some(last))
}

/// The key with its check digit; nothing as in [`of`].
pub fn append(digits: &str) -> Option<String> {
    Some(format!("{digits}{}", of(digits)?))
}

fn sum(digits: &str) -> Option<u32> {
    if digits.is_empty() {
        return None;
    }
    let weights = [3, 1].into_iter().cycle();
    digits.chars().rev().zip(weights).map(|(digit, weight)| digit.to_digit(10).map(|digit| digit * weight)).sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn keys_of_the_specification_are_right() {
        // GTIN-13, SSCC, GTIN-12 and GTIN-8 of GS1's page on check digits and of the General Specifications.
        for key in ["6291041500213", "376104250021234569", "614141000036", "95012346", "09506000134352"] {
            assert!(is_right(key), "{key}");
        }
        for key in ["6291041500214", "", "5", "12a4", "٣٣٣"] {
            assert!(!is_right(key), "{key}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_appended_is_right_and_one_wrong_digit_is_noticed(digits in "[0-9]{1,17}", at in 0usize..18, by in 1u8..10) {
            let key = append(&digits).unwrap();
            prop_assert!(is_right(&key));
            let at = at % key.len();
            let mut other = key.into_bytes();
            other[at] = b'0' + (other[at] - b'0' + by) % 10;
            prop_assert!(!is_right(&String::from_utf8(other).unwrap()));
        }
    }
}
