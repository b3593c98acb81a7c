//! What does not fit into a body or an address, in words for whoever sent it: those who read formats name types of their own.
//!
//! **Invariant:** what was sent comes back shortened: a refusal is no larger for a larger mistake.
//! **Invariant:** what is not known here is passed on as it was said.

/// What of it is shown at most (letters).
const SHOWN: usize = 300;

/// What is wrong with one value.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unfit {
    /// The member that is missing, within what was read.
    pub missing: Option<String>,
    /// Stable, for programs.
    pub code: &'static str,
    /// What was found and what is expected.
    pub detail: String,
}

impl Unfit {
    /// From what serde, or a type that it reads, said.
    pub fn of(said: &str) -> Unfit {
        let unfit = |code, detail| Unfit { missing: None, code, detail };
        if let Some((name, _)) = quoted(said, "missing field `") {
            return Unfit { missing: Some(name.to_owned()), code: "required", detail: format!("{} is missing", short(name)) };
        }
        if let Some((name, others)) = quoted(said, "duplicate field `") {
            return unfit("repeated", format!("{} twice{others}", short(name)));
        }
        if let Some((name, others)) = quoted(said, "unknown field `") {
            return unfit("unknown", format!("found {}{}", short(name), plain(others)));
        }
        if let Some((found, expected)) = quoted(said, "unknown variant `") {
            return unfit("unreadable", format!("found {}{}", short(found), plain(expected)));
        }
        let typed = said.strip_prefix("invalid type: ").or_else(|| said.strip_prefix("invalid value: "));
        if let Some((found, expected)) = typed.and_then(|said| said.rsplit_once(", expected ")) {
            return unfit("unreadable", format!("found {}, expected {}", self::found(found), self::expected(expected)));
        }
        unfit("unreadable", of_a_type(said))
    }
}

/// The name behind `before`, which ends with a backtick, and what follows its own.
fn quoted<'a>(said: &'a str, before: &str) -> Option<(&'a str, &'a str)> {
    let rest = said.strip_prefix(before)?;
    let end = rest.find("`, expected ").or_else(|| rest.rfind('`'))?;
    Some((&rest[..end], &rest[end + 1..]))
}

fn plain(text: &str) -> String {
    short(&text.replace('`', "").replace("there are no fields", "expected none"))
}

/// What was sent, in the words of JSON.
fn found(said: &str) -> String {
    let kinds = ["string ", "integer ", "floating point ", "boolean ", "character "];
    let value = kinds.iter().find_map(|kind| said.strip_prefix(kind)).unwrap_or(said);
    match value {
        "map" => "an object".into(),
        "sequence" => "a list".into(),
        "unit value" | "Option value" => "null".into(),
        value => short(value.trim_matches('`')),
    }
}

/// What is wanted, as well.
fn expected(said: &str) -> String {
    match said {
        "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number".into(),
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number from 0".into(),
        "f32" | "f64" => "a number".into(),
        "a Decimal type representing a fixed-point number" => "a number such as 12.5".into(),
        "a sequence" => "a list".into(),
        "a map" => "an object".into(),
        "a borrowed string" => "a string".into(),
        said if said.starts_with("struct ") || said.contains("tagged enum ") => "an object".into(),
        said if said.contains("UUID") => IDENTIFIER.into(),
        said => plain(said),
    }
}

const IDENTIFIER: &str = "an identifier such as 0199d1a0-0000-7000-8000-000000000001";

/// What types said that read texts.
fn of_a_type(said: &str) -> String {
    // Days and instants are read piece by piece, and it is told of which there was none.
    let is_of_time = ["failed to ", "parsed value ", "parsing "].iter().any(|begin| said.starts_with(begin));
    match said {
        said if said.starts_with("UUID parsing failed") => format!("expected {IDENTIFIER}"),
        said if said.starts_with("invalid IP address") => "expected an address such as 192.0.2.7".into(),
        _ if is_of_time => "expected a day such as 2027-03-02, or an instant such as 2027-03-02T09:30:00Z".into(),
        said if said.contains("true` or `false") => "expected true or false".into(),
        "invalid digit found in string" | "cannot parse integer from empty string" => "expected a whole number".into(),
        "invalid float literal" | "cannot parse float from empty string" => "expected a number".into(),
        "number too large to fit in target type" | "number too small to fit in target type" => {
            "the number is too large or too small".into()
        }
        said => short(said),
    }
}

fn short(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only read")]
    struct New {
        name: String,
        plant: uuid::Uuid,
        at: Option<jiff::Timestamp>,
        on: Option<jiff::civil::Date>,
        count: Option<u32>,
        share: Option<rust_decimal::Decimal>,
        ip: Option<std::net::IpAddr>,
        way: Option<Way>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Way {
        Here,
        There,
    }

    #[track_caller]
    fn check(more: &str, code: &str, detail: &str) {
        let body = format!("{{\"plant\": \"0199d1a0-0000-7000-8000-000000000001\", {more}}}");
        let said = serde_json::from_str::<New>(&body).expect_err("it does not fit").to_string();
        let unfit = Unfit::of(said.split(" at line ").next().unwrap_or_default());
        assert_eq!((unfit.code, unfit.detail.as_str()), (code, detail), "{said}");
    }

    #[test]
    fn what_does_not_fit_is_said_in_the_words_of_whoever_sent_it() {
        check("\"count\": 1", "required", "name is missing");
        check("\"name\": \"a\", \"name\": \"b\"", "repeated", "name twice");
        check("\"name\": \"a\", \"nam\": 1", "unknown", "found nam, expected one of name, plant, at, on, count, share, ip, way");
        check("\"name\": 7", "unreadable", "found 7, expected a string");
        check("\"name\": null", "unreadable", "found null, expected a string");
        check("\"name\": [1]", "unreadable", "found a list, expected a string");
        check("\"count\": \"many\"", "unreadable", "found \"many\", expected a whole number from 0");
        check("\"count\": -1", "unreadable", "found -1, expected a whole number from 0");
        check("\"way\": \"up\"", "unreadable", "found up, expected here or there");
        check("\"share\": \"much\"", "unreadable", "found \"much\", expected a number such as 12.5");
        check("\"ip\": \"1.2.3\"", "unreadable", "expected an address such as 192.0.2.7");
        for time in ["\"at\": \"yesterday\"", "\"at\": \"2027-03-02\"", "\"on\": \"soon\"", "\"on\": \"2027-3-2\""] {
            check(time, "unreadable", "expected a day such as 2027-03-02, or an instant such as 2027-03-02T09:30:00Z");
        }
        let said = serde_json::from_str::<New>("{\"plant\": \"x\"}").expect_err("no identifier").to_string();
        assert!(Unfit::of(&said).detail.ends_with("0199d1a0-0000-7000-8000-000000000001"), "{said}");
    }

    #[test]
    fn a_large_mistake_makes_no_large_refusal() {
        let long = "x, expected `".repeat(100_000);
        for body in [format!("{{\"count\": \"{long}\"}}"), format!("{{\"way\": \"{long}\"}}"), format!("{{\"{long}\": 1}}")] {
            let said = serde_json::from_str::<New>(&body).expect_err("it does not fit").to_string();
            assert!(Unfit::of(&said).detail.len() < 1_000);
        }
        assert_eq!(Unfit::of("something else").detail, "something else");
    }

    #[test]
    fn parameters_of_an_address_are_texts_that_do_not_fit() {
        for (said, detail) in [
            ("invalid digit found in string", "expected a whole number"),
            ("provided string was not `true` or `false`", "expected true or false"),
            ("missing field `action`", "action is missing"),
        ] {
            assert_eq!(Unfit::of(said).detail, detail);
        }
    }
}
