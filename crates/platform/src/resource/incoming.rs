//! Values as they come in, checked against the description of a kind: each with its JSON pointer, all mistakes at once.
//!
//! **Invariant:** what passes here fits its column: the database never refuses a value for its form.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use jiff::Timestamp;
use jiff::civil::Date;
use regex::Regex;
use rust_decimal::Decimal;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::error::FieldError;
use crate::resource::kind::{DECIMALS, Field, Kind, Type, WHOLE_DIGITS, Within};

/// Members every record has in answers; a client may send them back, and they change nothing.
pub(super) const META: [&str; 7] = ["id", "version", "created_at", "created_by", "updated_at", "updated_by", "archived_at"];

/// Reads the own members of a record: `body` into `record`, which holds the values before or nothing. Custom values are not read here.
pub(super) fn read(kind: &Kind, body: &Map<String, Value>, record: &mut Map<String, Value>, at: &str, errors: &mut Vec<FieldError>) {
    let before = !record.is_empty();
    for (name, value) in body {
        let pointer = format!("{at}/{}", escaped(name));
        match kind.field(name) {
            Some(field) => {
                if let Some(value) = value_of(field, value, &pointer, errors) {
                    let unchanged = record.get(name) == Some(&value);
                    if before && (field.immutable || name == "plant_id") && !unchanged {
                        errors.push(FieldError::new(pointer, "immutable", "it is set once and cannot be changed"));
                    } else if field.read_only && !unchanged {
                        errors.push(FieldError::new(
                            pointer,
                            "read_only",
                            "it follows from what is done with the record and cannot be written",
                        ));
                    } else {
                        record.insert(name.clone(), value);
                    }
                }
            }
            None if name == "fields" || META.contains(&name.as_str()) || (name == "plant_id" && follows(kind)) => {}
            None => errors.push(FieldError::new(pointer, "unknown", format!("{} has no such member", kind.a_noun()))),
        }
    }
}

/// Fills in defaults, and reports what is missing.
pub(super) fn fill(kind: &Kind, record: &mut Map<String, Value>, at: &str, errors: &mut Vec<FieldError>) {
    for field in kind.fields {
        let open = record.get(field.name).is_none_or(Value::is_null);
        if !open {
            continue;
        }
        let default = field.default.and_then(|text| serde_json::from_str(text).ok());
        match default {
            Some(value) if field.required || !record.contains_key(field.name) => {
                _ = record.insert(field.name.into(), decimal_text(&field.ty, value))
            }
            _ if matches!(field.ty, Type::List(_)) && field.required => _ = record.insert(field.name.into(), Value::Array(Vec::new())),
            _ => {
                let pointer = format!("{at}/{}", field.name);
                if field.required && !errors.iter().any(|error| error.pointer == pointer) {
                    errors.push(FieldError::new(pointer, "required", format!("{} is missing", field.title.to_lowercase())));
                }
                record.entry(field.name).or_insert(Value::Null);
            }
        }
    }
}

/// Whether the plant follows from something else, so that it is shown and never written.
fn follows(kind: &Kind) -> bool {
    matches!(kind.within, Within::Parent(_) | Within::Itself)
}

/// A default of a decimal may be written as a number.
fn decimal_text(ty: &Type, value: Value) -> Value {
    match (ty, value) {
        (Type::Decimal, Value::Number(number)) => Value::String(number.to_string()),
        (_, value) => value,
    }
}

/// A value in the form in which its field stores it, where it has that form.
pub(super) fn form(field: &Field, value: &Value) -> Option<Value> {
    value_of(field, value, "", &mut Vec::new()).filter(|value| !value.is_null())
}

/// The value of a field in the form in which it is stored; nothing where it is wrong.
fn value_of(field: &Field, value: &Value, at: &str, errors: &mut Vec<FieldError>) -> Option<Value> {
    if value.is_null() {
        return Some(Value::Null);
    }
    match &field.ty {
        Type::List(of) => list(field, of, value, at, errors),
        ty => one(field, ty, value, at, errors),
    }
}

fn list(field: &Field, of: &Type, value: &Value, at: &str, errors: &mut Vec<FieldError>) -> Option<Value> {
    let Value::Array(entries) = value else {
        errors.push(expected(at, "a list", value));
        return None;
    };
    if entries.len() > field.length() {
        errors.push(FieldError::new(at, "too_long", format!("found {} entries, expected at most {}", entries.len(), field.length())));
        return None;
    }
    let known = errors.len();
    let read = entries.iter().enumerate().filter_map(|(index, entry)| one(field, of, entry, &format!("{at}/{index}"), errors)).collect();
    (errors.len() == known).then_some(Value::Array(read))
}

fn one(field: &Field, ty: &Type, value: &Value, at: &str, errors: &mut Vec<FieldError>) -> Option<Value> {
    let read = match ty {
        Type::Text => text(value, field.length(), at).and_then(|text| of_pattern(field, text, at)),
        Type::Integer(least, most) => integer(field, value, *least, *most, at),
        Type::Decimal => decimal(field, value, at),
        Type::Boolean => value.as_bool().map(Value::Bool).ok_or_else(|| expected(at, "true or false", value)),
        Type::Date => date(value, at),
        Type::Instant => instant(value, at),
        Type::Choice(choices) => match value.as_str() {
            Some(text) if choices.iter().any(|choice| choice.value == text) => Ok(value.clone()),
            _ => {
                let known = choices.iter().map(|choice| choice.value).collect::<Vec<_>>().join(", ");
                Err(FieldError::new(at, "unknown_choice", format!("found {}, expected one of {known}", brief(value))))
            }
        },
        Type::Reference(_) => reference(value, at),
        Type::Object(fields) => return object(fields, value, at, errors),
        Type::List(of) => return list(field, of, value, at, errors),
    };
    read.map_err(|error| errors.push(error)).ok()
}

fn object(fields: &[Field], value: &Value, at: &str, errors: &mut Vec<FieldError>) -> Option<Value> {
    let Value::Object(body) = value else {
        errors.push(expected(at, "an object", value));
        return None;
    };
    let known = errors.len();
    let mut record = Map::new();
    for name in body.keys().filter(|name| !fields.iter().any(|field| field.name == name.as_str())) {
        errors.push(FieldError::new(format!("{at}/{}", escaped(name)), "unknown", "there is no such member"));
    }
    for field in fields {
        let pointer = format!("{at}/{}", field.name);
        let given = body.get(field.name).and_then(|value| value_of(field, value, &pointer, errors)).filter(|value| !value.is_null());
        let given = given.or_else(|| Some(decimal_text(&field.ty, serde_json::from_str(field.default?).ok()?)));
        if given.is_none() && field.required && !errors.iter().any(|error| error.pointer.starts_with(&pointer)) {
            errors.push(FieldError::new(pointer, "required", format!("{} is missing", field.title.to_lowercase())));
        }
        record.insert(field.name.into(), given.unwrap_or(Value::Null));
    }
    (errors.len() == known).then_some(Value::Object(record))
}

/// A text without control characters that no screen shows and no cell holds; blank ones are none.
pub(super) fn text(value: &Value, longest: usize, at: &str) -> Result<Value, FieldError> {
    let Value::String(text) = value else { return Err(expected(at, "a text", value)) };
    if text.chars().any(|letter| letter.is_control() && !matches!(letter, '\n' | '\t' | '\r')) {
        return Err(FieldError::new(at, "bad_characters", "it holds a control character, which cannot be stored"));
    }
    let text = text.trim();
    let length = text.chars().count();
    if length > longest {
        return Err(FieldError::new(at, "too_long", format!("found {length} characters, expected at most {longest}")));
    }
    Ok(if text.is_empty() { Value::Null } else { Value::String(text.into()) })
}

/// The text, if it has the form that its field says.
fn of_pattern(field: &Field, text: Value, at: &str) -> Result<Value, FieldError> {
    static COMPILED: LazyLock<Mutex<HashMap<&'static str, Option<Regex>>>> = LazyLock::new(Mutex::default);
    let (Some(pattern), Some(found)) = (field.pattern, text.as_str()) else { return Ok(text) };
    let mut compiled = COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
    let form = compiled.entry(pattern).or_insert_with(|| Regex::new(pattern).ok());
    match form {
        Some(form) if !form.is_match(found) => {
            let like = field.example.map(|example| format!(", such as {example}")).unwrap_or_default();
            Err(FieldError::new(at, "wrong_form", format!("found {}, expected the form {pattern}{like}", brief(&text))))
        }
        _ => Ok(text),
    }
}

fn integer(field: &Field, value: &Value, least: i64, most: i64, at: &str) -> Result<Value, FieldError> {
    let number =
        value.as_i64().or_else(|| value.as_f64().filter(|number| number.fract() == 0.0 && number.abs() < 9e15).map(|number| number as i64));
    let Some(number) = number else {
        let found = if value.is_u64() {
            FieldError::new(at, "too_large", format!("found {value}, expected at most {most}"))
        } else {
            expected(at, "a whole number", value)
        };
        return Err(found);
    };
    bounded(field, Decimal::from(number), Some(Decimal::from(least)), Some(Decimal::from(most)), at)?;
    Ok(Value::from(number))
}

fn decimal(field: &Field, value: &Value, at: &str) -> Result<Value, FieldError> {
    let number = decimal_of(value, field.decimals.unwrap_or(DECIMALS), at)?;
    bounded(field, number, None, None, at)?;
    Ok(Value::String(number.normalize().to_string()))
}

/// A decimal number written as text: `"12.50"`.
pub(super) fn decimal_of(value: &Value, decimals: u32, at: &str) -> Result<Decimal, FieldError> {
    let Value::String(text) = value else { return Err(expected(at, "a decimal number written as text, \"12.50\"", value)) };
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let plain = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !plain(whole) || !plain(fraction) {
        return Err(expected(at, "a decimal number written as text, \"12.50\"", value));
    }
    if whole.trim_start_matches('0').len() > WHOLE_DIGITS as usize {
        return Err(FieldError::new(at, "too_large", format!("found more than {WHOLE_DIGITS} digits before the point")));
    }
    if fraction.trim_end_matches('0').len() > decimals as usize {
        return Err(FieldError::new(at, "too_precise", format!("found {text}, expected at most {decimals} decimal places")));
    }
    let shortened =
        format!("{}{whole}.{}", if text.starts_with('-') { "-" } else { "" }, &fraction[..fraction.len().min(decimals as usize)]);
    let number: Decimal = shortened.trim_end_matches('.').parse().map_err(|_| expected(at, "a decimal number", value))?;
    Ok(number.normalize())
}

fn bounded(field: &Field, number: Decimal, least: Option<Decimal>, most: Option<Decimal>, at: &str) -> Result<(), FieldError> {
    let (min, max) = field.bounds();
    let unit = field.unit.map(|unit| format!(" {unit}")).unwrap_or_default();
    if let Some(least) = min.max(least).filter(|least| number < *least) {
        return Err(FieldError::new(at, "too_small", format!("found {number}{unit}, expected at least {least}{unit}")));
    }
    let most = match (max, most) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    };
    match most.filter(|most| number > *most) {
        Some(most) => Err(FieldError::new(at, "too_large", format!("found {number}{unit}, expected at most {most}{unit}"))),
        None => Ok(()),
    }
}

/// A day of the years 0001 to 9999.
pub(super) fn date(value: &Value, at: &str) -> Result<Value, FieldError> {
    let day = value.as_str().filter(|text| text.len() == 10).and_then(|text| text.parse::<Date>().ok()).filter(|day| day.year() >= 1);
    day.map(|day| Value::String(day.to_string())).ok_or_else(|| expected(at, "a day, \"2027-03-31\"", value))
}

/// An instant of the years 0001 to 9999.
pub(super) fn instant(value: &Value, at: &str) -> Result<Value, FieldError> {
    let instant = value.as_str().and_then(|text| text.parse::<Timestamp>().ok());
    let instant = instant.filter(|instant| (-62_135_596_800..253_402_300_800).contains(&instant.as_second()));
    let instant = instant.ok_or_else(|| expected(at, "an instant, \"2027-03-31T06:00:00Z\"", value))?;
    Ok(Value::String(instant_text(instant)))
}

/// As the database writes instants into JSON: microseconds, UTC.
pub(super) fn instant_text(instant: Timestamp) -> String {
    instant.strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string()
}

/// The identifier of a record.
pub(super) fn reference(value: &Value, at: &str) -> Result<Value, FieldError> {
    let id = value.as_str().and_then(|text| text.parse::<Uuid>().ok());
    id.map(|id| Value::String(id.to_string())).ok_or_else(|| expected(at, "the identifier of a record", value))
}

/// What was found and what is expected.
pub(super) fn expected(at: &str, what: &str, found: &Value) -> FieldError {
    FieldError::new(at, "wrong_type", format!("found {}, expected {what}", brief(found)))
}

/// A value short enough for a sentence.
fn brief(value: &Value) -> String {
    match value {
        Value::Array(_) => "a list".into(),
        Value::Object(_) => "an object".into(),
        value => {
            let text = value.to_string();
            if text.chars().count() > 60 { format!("{}…", text.chars().take(60).collect::<String>()) } else { text }
        }
    }
}

/// A member's name within a JSON pointer (RFC 6901).
pub(super) fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}
