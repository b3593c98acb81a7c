//! Figures and lists of names as people read them: thousands separated, no more digits than mean something.
//!
//! **Invariant:** English conventions everywhere (`1,234.5`); the same number always reads the same.

/// Units: whole from 10 on, one decimal below unless whole, `under 0.1` for what is nearly nothing.
pub fn units(value: f64) -> String {
    match value.abs() {
        v if v < 1e-6 => "0".to_owned(),
        v if v < 0.1 => "under 0.1".to_owned(),
        v if v < 10.0 && (v - v.round()).abs() > 1e-6 => format!("{value:.1}"),
        _ => whole(value),
    }
}

/// Hours: whole from 100 on, one decimal below.
pub fn hours(value: f64) -> String {
    if value.abs() >= 99.95 { whole(value) } else { trim(format!("{value:.1}")) }
}

/// A percentage with one decimal, without the sign: `94.2`. What is below 100 never reads as `100.0`.
pub fn percent(value: f64) -> String {
    if (99.95..100.0 - 1e-7).contains(&value) { "99.9".to_owned() } else { trim_negative_zero(format!("{value:.1}")) }
}

/// A quantity of any size with three meaningful digits: prices, weights.
pub fn quantity(value: f64) -> String {
    match value.abs() {
        v if v < 1e-9 => "0".to_owned(),
        v if v >= 99.95 => whole(value),
        v if v >= 9.995 => trim(format!("{value:.1}")),
        v if v >= 0.01 => trim(format!("{value:.2}")),
        _ => format!("{value:.1e}"),
    }
}

/// A whole number with thousands separated.
pub fn whole(value: f64) -> String {
    let digits = format!("{:.0}", value.abs());
    let mut text = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if value < 0.0 && digits != "0" {
        text.push('-');
    }
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 unit`, `2 units`: the count with its noun, which takes an `s` in the plural.
pub fn counted(count: usize, noun: &str) -> String {
    format!("{} {noun}{}", whole(count as f64), if count == 1 { "" } else { "s" })
}

/// `A, B and C`; from more than `most` names on, the rest as a number: `A, B and 5 others`.
pub fn list<S: AsRef<str>>(names: &[S], most: usize) -> String {
    let (shown, hidden) = if names.len() > most { names.split_at(most.saturating_sub(1).max(1)) } else { (names, &names[..0]) };
    let mut parts: Vec<String> = shown.iter().map(|name| name.as_ref().to_owned()).collect();
    match hidden.len() {
        0 => {}
        count => parts.push(format!("{} others", whole(count as f64))),
    }
    match parts.split_last() {
        None => String::new(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
}

fn trim(text: String) -> String {
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text };
    trim_negative_zero(text)
}

fn trim_negative_zero(text: String) -> String {
    if text.starts_with('-') && text.chars().all(|c| matches!(c, '-' | '0' | '.')) { text[1..].to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_read_as_people_write_them() {
        let cases = [
            (units(0.0), "0"),
            (units(1e-9), "0"),
            (units(0.04), "under 0.1"),
            (units(2.5), "2.5"),
            (units(3.0), "3"),
            (units(41_200.4), "41,200"),
            (units(1e9), "1,000,000,000"),
            (hours(9_420.0), "9,420"),
            (hours(99.96), "100"),
            (hours(12.04), "12"),
            (hours(-0.01), "0"),
            (percent(99.999), "99.9"),
            (percent(100.0), "100.0"),
            (percent(128.87), "128.9"),
            (quantity(1.8), "1.8"),
            (quantity(1234.5), "1,234"),
            (quantity(0.000_12), "1.2e-4"),
            (whole(-1234.0), "-1,234"),
            (whole(-0.2), "0"),
            (counted(1, "model"), "1 model"),
            (counted(1200, "unit"), "1,200 units"),
        ];
        for (found, expected) in cases {
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn lists_end_with_the_number_of_those_left_out() {
        assert_eq!(list::<&str>(&[], 3), "");
        assert_eq!(list(&["A"], 3), "A");
        assert_eq!(list(&["A", "B", "C"], 3), "A, B and C");
        assert_eq!(list(&["A", "B", "C", "D"], 3), "A, B and 2 others");
    }
}
