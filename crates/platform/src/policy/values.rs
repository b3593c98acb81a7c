//! Values of records as Cedar's: from the JSON of the API and from that of the trail, which write numbers and instants differently.
//!
//! **Invariant:** a decimal counts with four places, rounded half away from zero, and an instant with its milliseconds: as lists compare them.

use cedar_policy::RestrictedExpression;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::Value;

use crate::resource::Type;

/// Decimal places that Cedar knows.
pub(super) const PLACES: u32 = 4;

/// A value of a field; nothing where it has none, or none that its type knows.
pub(super) fn of_field(ty: &Type, value: &Value) -> Option<RestrictedExpression> {
    Some(match ty {
        Type::Text | Type::Choice(_) | Type::Reference(_) => text(value.as_str()?),
        Type::Integer(..) => RestrictedExpression::new_long(value.as_i64()?),
        Type::Boolean => RestrictedExpression::new_bool(value.as_bool()?),
        Type::Decimal => decimal(number(value)?),
        Type::Date => instant(value.as_str()?.parse::<Date>().ok()?.to_zoned(TimeZone::UTC).ok()?.timestamp()),
        Type::Instant => instant(value.as_str()?.parse().ok()?),
        Type::List(of) if of.is_plain() => {
            let entries = value.as_array()?.iter().map(|entry| of_field(of, entry)).collect::<Option<Vec<_>>>()?;
            RestrictedExpression::new_set(entries)
        }
        Type::List(_) | Type::Object(_) => return None,
    })
}

fn number(value: &Value) -> Option<Decimal> {
    match value {
        Value::String(text) => text.parse().ok(),
        Value::Number(number) => number.to_string().parse().ok().or_else(|| Decimal::from_scientific(&number.to_string()).ok()),
        _ => None,
    }
}

pub(super) fn text(text: &str) -> RestrictedExpression {
    RestrictedExpression::new_string(text.to_owned())
}

/// As Cedar reads it: at least one place, at most four.
pub(super) fn decimal(number: Decimal) -> RestrictedExpression {
    RestrictedExpression::new_decimal(decimal_text(number))
}

pub(super) fn decimal_text(number: Decimal) -> String {
    let mut number = number.round_dp_with_strategy(PLACES, RoundingStrategy::MidpointAwayFromZero);
    number.rescale(PLACES);
    number.to_string()
}

pub(super) fn instant(at: Timestamp) -> RestrictedExpression {
    RestrictedExpression::new_datetime(instant_text(at))
}

/// Cedar knows milliseconds.
fn instant_text(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_have_four_places_and_instants_three() {
        for (number, expected) in [("1", "1.0000"), ("-0.00005", "-0.0001"), ("2.123449", "2.1234"), ("0.99995", "1.0000")] {
            assert_eq!(decimal_text(number.parse().unwrap()), expected);
        }
        let at: Timestamp = "2027-03-31T06:00:00.123999Z".parse().unwrap();
        assert_eq!(instant_text(at), "2027-03-31T06:00:00.123Z");
    }
}
