//! The last look at what is said before it is written: what must not be in a log is masked, whoever put it there.
//!
//! Nobody writes addresses of people or secrets into the log on purpose. But causes of errors come from elsewhere, and PostgreSQL names the values
//! of a row that it refuses.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::{Captures, Regex};
use serde_json::Value;

/// What stands in the place of what was masked.
const MASK: &str = "…";
/// Letters of a token (see `identity::tokens`) and of a program's key behind its beginning.
const TOKEN_LETTERS: usize = 43;

fn regex(text: &str) -> Regex {
    #[expect(clippy::unwrap_used, reason = "each of them is made by a test")]
    Regex::new(text).unwrap()
}

/// User and password in an address.
static CREDENTIALS: LazyLock<Regex> = LazyLock::new(|| regex(r#"://[^/\s@"]+@"#));
/// An e-mail address.
static EMAIL: LazyLock<Regex> = LazyLock::new(|| regex(r"[A-Za-z0-9._%+\-]+@[A-Za-z0-9\-]+(\.[A-Za-z0-9\-]+)*"));
/// The values of a row that PostgreSQL refuses: `Key (email)=(ada@acme.example) already exists`, `Failing row contains (1, Ada, …).`
static ROW: LazyLock<Regex> = LazyLock::new(|| regex(r"(\)=|[Rr]ow contains )\([^\n]*?\)( |\.|$)"));
/// A name that says that what follows is a secret.
static NAMED: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r#"(?i)(password|passwd|secret|token|cookie|authorization|api[_-]?key)(\\?["']?\s*[=:]\s*\\?["']?)((?:bearer|basic)\s+)?([^\s"'\\,;&)}\]]+)"#,
    )
});
/// How a program proves itself.
static SCHEME: LazyLock<Regex> = LazyLock::new(|| regex(r#"(?i)\b(bearer|basic)\s+([^\s"'\\,;]+)"#));

const NAMES: [&str; 9] = ["password", "passwd", "secret", "token", "cookie", "authorization", "key", "bearer", "basic"];

/// A value of this name, as it may be written.
pub(super) fn masked_value(name: &str, value: Value) -> Value {
    match value {
        Value::String(_) if NAMES[..6].iter().any(|secret| name.contains(secret)) => Value::from(MASK),
        Value::String(text) => match masked(&text) {
            Cow::Owned(masked) => Value::String(masked),
            Cow::Borrowed(_) => Value::String(text),
        },
        other => other,
    }
}

/// The line without e-mail addresses, tokens, passwords and values of rows.
pub fn masked(line: &str) -> Cow<'_, str> {
    let mut line = Cow::Borrowed(line);
    // Each look costs more than asking whether there is anything to see.
    if line.contains('@') {
        replace(&mut line, &CREDENTIALS, |_| format!("://{MASK}@"));
        replace(&mut line, &EMAIL, |_| MASK.to_owned());
    }
    if line.contains(")=(") || line.contains("ow contains (") {
        replace(&mut line, &ROW, |found| format!("{}({MASK}){}", &found[1], &found[2]));
    }
    if names_a_secret(&line) {
        replace(&mut line, &NAMED, |found| format!("{}{}{MASK}", &found[1], &found[2]));
        replace(&mut line, &SCHEME, |found| format!("{} {MASK}", &found[1]));
    }
    if let Some(without) = without_tokens(&line) {
        line = Cow::Owned(without);
    }
    line
}

fn replace(line: &mut Cow<'_, str>, what: &Regex, with: impl Fn(&Captures<'_>) -> String) {
    if let Cow::Owned(replaced) = what.replace_all(line, |found: &Captures<'_>| with(found)) {
        *line = Cow::Owned(replaced);
    }
}

fn names_a_secret(line: &str) -> bool {
    let holds = |name: &str| line.as_bytes().windows(name.len()).any(|window| window.eq_ignore_ascii_case(name.as_bytes()));
    NAMES.iter().any(|name| holds(name))
}

/// The line without words that can be tokens; nothing where there are none.
fn without_tokens(line: &str) -> Option<String> {
    let bytes = line.as_bytes();
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    let (mut kept, mut copied, mut start) = (None::<String>, 0, 0);
    while start < bytes.len() {
        let length = bytes[start..].iter().take_while(|byte| is_letter(**byte)).count();
        if length >= TOKEN_LETTERS && is_token(&line[start..start + length]) {
            let text = kept.get_or_insert_default();
            text.push_str(&line[copied..start]);
            text.push_str(MASK);
            copied = start + length;
        }
        start += length.max(1);
    }
    kept.map(|text| text + &line[copied..])
}

/// Random letters are of all sorts; names of things are not.
fn is_token(word: &str) -> bool {
    let has = |sort: fn(&u8) -> bool| word.as_bytes().iter().any(sort);
    let is_mixed = has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase) && has(u8::is_ascii_digit);
    let is_key = word.len() >= 64 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    word.starts_with("gemba_") || is_mixed || is_key
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{masked, masked_value};

    #[test]
    fn a_value_is_masked_by_its_name_or_by_what_it_is() {
        assert_eq!(masked_value("password", json!("hunter2")), json!("…"));
        assert_eq!(masked_value("authorization", json!("Basic x")), json!("…"));
        assert_eq!(masked_value("cause", json!("a\nada@acme.example\" b")), json!("a\n…\" b"));
        assert_eq!(masked_value("tokens", json!(3)), json!(3));
        assert_eq!(masked_value("route", json!("/api/v1/api-keys/{id}")), json!("/api/v1/api-keys/{id}"));
    }

    #[test]
    fn what_must_not_be_in_a_log_is_masked_and_the_rest_stays() {
        let check = |line: &str, expected: &str| assert_eq!(masked(line), expected, "{line}");
        check("events cannot be published at the moment", "events cannot be published at the moment");
        check("sent to ada.brandt+x@acme.example, twice", "sent to …, twice");
        check(
            r#"{"cause":"db error: Key (organization_id, email)=(0199, ada@acme.example) already exists."}"#,
            r#"{"cause":"db error: Key (organization_id, email)=(…) already exists."}"#,
        );
        check("Key (name)=(Ada (the first) Brandt) already exists", "Key (name)=(…) Brandt) already exists");
        check("DETAIL: Failing row contains (1, Ada Brandt, null).", "DETAIL: Failing row contains (…).");
        check("postgres://gemba_app:hunter2@db.example.com/gemba", "postgres://…@db.example.com/gemba");
        check(r#"{"token":"abc","b":1}"#, r#"{"token":"…","b":1}"#);
        check("Authorization: Bearer abc.def", "Authorization: …");
        check("with bearer abc.def in it", "with bearer … in it");
        check("password=hunter2&x=1", "password=…&x=1");
        check("key gemba_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGabcdef end", "key … end");
        check("link #kJ8_-abcDEFghiJKLmnoPQRstuVWXyz0123456789abc", "link #…");
        check("0199d1a0-0000-7000-8000-000000000001 stays", "0199d1a0-0000-7000-8000-000000000001 stays");
        check("a_constraint_of_many_words_that_is_longer_than_a_token", "a_constraint_of_many_words_that_is_longer_than_a_token");
        check(&format!("key {} end", "0f".repeat(32)), "key … end");
    }
}
