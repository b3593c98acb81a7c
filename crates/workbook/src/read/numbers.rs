//! Numbers and yes/no as people type them into text cells: decimal commas, thousands separators, percent signs, units.
//!
//! One separator followed by three digits (`1.234`) can be read both ways; what the other texts of the same column show
//! decides, and where they show nothing the reading is reported as a guess.
//!
//! **Invariant:** a number read here is finite.

/// What a column's texts show about separators.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Separators {
    comma_decimals: usize,
    point_decimals: usize,
}

impl Separators {
    /// Learns from one text.
    pub(super) fn see(&mut self, text: &str) {
        match decimal_mark(&bare_number(text).0) {
            Mark::Comma => self.comma_decimals += 1,
            Mark::Point => self.point_decimals += 1,
            Mark::None | Mark::Unclear(_) => {}
        }
    }
}

/// What a column counts: things, where `1.234` without other evidence is 1234, or a measure, where it is 1.234.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Nature {
    Count,
    Measure,
}

/// A number found in a text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct TextNumber {
    pub value: f64,
    /// It had a percent sign; `value` is what stood before it.
    pub percent: bool,
    /// Its separator can be read both ways and nothing in the column helped.
    pub guessed: bool,
}

/// Reads a number from a text, or nothing if it is none.
pub(super) fn parse(text: &str, separators: Separators, nature: Nature) -> Option<TextNumber> {
    let (bare, percent) = bare_number(text);
    if bare.is_empty() || !bare.bytes().any(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let mut guessed = false;
    let decimal = match decimal_mark(&bare) {
        Mark::Comma => Some(','),
        Mark::Point => Some('.'),
        Mark::None => None,
        Mark::Unclear(mark) => {
            let (same, other) = match mark {
                ',' => (separators.comma_decimals, separators.point_decimals),
                _ => (separators.point_decimals, separators.comma_decimals),
            };
            guessed = same == other;
            let is_decimal = if guessed { nature == Nature::Measure } else { same > other };
            is_decimal.then_some(mark)
        }
    };
    let plain: String =
        bare.chars().filter_map(|c| if Some(c) == decimal { Some('.') } else { (!matches!(c, ',' | '.' | '\'')).then_some(c) }).collect();
    let value: f64 = plain.parse().ok()?;
    value.is_finite().then_some(TextNumber { value, percent, guessed })
}

/// The text without spaces, percent sign and a unit behind the number; empty if something else is in it.
fn bare_number(text: &str) -> (String, bool) {
    const UNITS: [&str; 26] = [
        "s", "sec", "secs", "seg", "sek", "seconds", "segundos", "sekunden", "h", "hr", "hrs", "hours", "horas", "std", "min", "mins",
        "minutes", "d", "days", "dias", "tage", "pcs", "pzas", "uds", "stk", "u",
    ];
    let mut bare: String = text.chars().filter(|c| !c.is_whitespace() && *c != '\u{202f}').collect();
    let percent = bare.ends_with('%');
    if percent {
        bare.pop();
    }
    let digits_end = bare.rfind(|c: char| c.is_ascii_digit()).map_or(0, |at| at + 1);
    let unit = bare[digits_end..].trim_end_matches('.').to_lowercase();
    if unit.is_empty() || UNITS.contains(&super::fold::fold(&unit).as_str()) {
        bare.truncate(digits_end);
    }
    let is_number = bare.char_indices().all(|(at, c)| {
        c.is_ascii_digit() || matches!(c, ',' | '.' | '\'' | 'e' | 'E') || (matches!(c, '-' | '+') && sign_may_stand(&bare, at))
    });
    if is_number { (bare.replace('’', "'"), percent) } else { (String::new(), percent) }
}

fn sign_may_stand(text: &str, at: usize) -> bool {
    at == 0 || matches!(text.as_bytes()[at - 1], b'e' | b'E')
}

enum Mark {
    /// No separator, or only thousands separators.
    None,
    Comma,
    Point,
    /// One separator that may be either.
    Unclear(char),
}

fn decimal_mark(bare: &str) -> Mark {
    let commas = bare.matches(',').count();
    let points = bare.matches('.').count();
    match (commas, points) {
        (0, 0) => Mark::None,
        (0, 1) => single(bare, '.'),
        (1, 0) => single(bare, ','),
        (_, 0) | (0, _) => Mark::None,
        _ if bare.rfind(',') > bare.rfind('.') => Mark::Comma,
        _ => Mark::Point,
    }
}

fn single(bare: &str, mark: char) -> Mark {
    let sure = if mark == ',' { Mark::Comma } else { Mark::Point };
    let unsigned = bare.trim_start_matches(['-', '+']);
    let Some((before, after)) = unsigned.split_once(mark) else { return sure };
    let could_group = after.len() == 3 && (1..=3).contains(&before.len()) && before != "0" && !after.contains(['e', 'E']);
    if could_group { Mark::Unclear(mark) } else { sure }
}

/// Yes or no, in the three languages.
pub(super) fn parse_flag(text: &str) -> Option<bool> {
    match super::fold::fold(text).as_str() {
        "true" | "yes" | "y" | "1" | "x" | "si" | "s" | "verdadero" | "activo" | "activa" | "ja" | "j" | "wahr" | "aktiv" | "active"
        | "on" | "ok" | "approved" | "aprobado" | "aprobada" | "freigegeben" | "✓" | "✔" => Some(true),
        "false" | "no" | "n" | "0" | "falso" | "inactivo" | "inactiva" | "baja" | "nein" | "falsch" | "inaktiv" | "inactive" | "off"
        | "not approved" | "no aprobado" | "no aprobada" | "nicht freigegeben" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, nature: Nature, expected: Option<(f64, bool, bool)>) {
        let read = parse(text, Separators::default(), nature).map(|n| (n.value, n.percent, n.guessed));
        assert_eq!(read, expected, "{text}");
    }

    #[test]
    fn texts_become_numbers() {
        use Nature::*;
        for (text, nature, expected) in [
            ("12", Count, Some((12.0, false, false))),
            ("-3", Count, Some((-3.0, false, false))),
            ("12,5", Measure, Some((12.5, false, false))),
            ("12.5", Measure, Some((12.5, false, false))),
            ("1.234,5", Count, Some((1234.5, false, false))),
            ("1,234.5", Count, Some((1234.5, false, false))),
            ("1,234,567", Count, Some((1_234_567.0, false, false))),
            ("1.234.567", Count, Some((1_234_567.0, false, false))),
            ("1 234 567", Count, Some((1_234_567.0, false, false))),
            ("1'234", Count, Some((1234.0, false, false))),
            ("1.234", Count, Some((1234.0, false, true))),
            ("1.234", Measure, Some((1.234, false, true))),
            ("0.234", Count, Some((0.234, false, false))),
            ("85 %", Measure, Some((85.0, true, false))),
            ("85,5%", Measure, Some((85.5, true, false))),
            ("45 s", Measure, Some((45.0, false, false))),
            ("45 seg.", Measure, Some((45.0, false, false))),
            ("1e3", Measure, Some((1000.0, false, false))),
            ("1e999", Measure, None),
            ("abc", Measure, None),
            ("12 apples", Measure, None),
            ("-", Measure, None),
            ("", Measure, None),
            ("1-2", Measure, None),
            ("%", Measure, None),
        ] {
            check(text, nature, expected);
        }
    }

    #[test]
    fn the_column_decides_what_a_separator_means() {
        let mut separators = Separators::default();
        separators.see("12,5");
        let read = |text| parse(text, separators, Nature::Count).map(|n| (n.value, n.guessed));
        assert_eq!(read("1.234"), Some((1234.0, false)));
        assert_eq!(read("1,234"), Some((1.234, false)));
    }

    #[test]
    fn flags_in_three_languages() {
        for (text, expected) in
            [("TRUE", Some(true)), ("Sí", Some(true)), ("nein", Some(false)), (" Inactivo ", Some(false)), ("maybe", None)]
        {
            assert_eq!(parse_flag(text), expected, "{text}");
        }
    }
}
