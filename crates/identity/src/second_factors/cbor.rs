//! The little of CBOR (RFC 8949) that authenticators send: definite lengths, whole numbers, bytes, text, lists, maps, true and false.
//!
//! **Invariant:** what is deeper, longer or other than that is refused; nothing here panics on any input.

use std::collections::BTreeMap;

/// A value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Value {
    Number(i64),
    Bytes(Vec<u8>),
    Text(String),
    List(Vec<Value>),
    Map(BTreeMap<Value, Value>),
    Simple(u8),
}

impl Value {
    /// The value that a map has for a text.
    pub(crate) fn of_text(&self, key: &str) -> Option<&Value> {
        match self {
            Value::Map(map) => map.get(&Value::Text(key.into())),
            _ => None,
        }
    }

    /// The value that a map has for a number.
    pub(crate) fn of_number(&self, key: i64) -> Option<&Value> {
        match self {
            Value::Map(map) => map.get(&Value::Number(key)),
            _ => None,
        }
    }

    pub(crate) fn bytes(&self) -> Option<&[u8]> {
        match self {
            Value::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    pub(crate) fn number(&self) -> Option<i64> {
        match self {
            Value::Number(number) => Some(*number),
            _ => None,
        }
    }
}

/// Reads one value and tells what follows it.
pub(crate) fn read(bytes: &[u8]) -> Option<(Value, &[u8])> {
    value(bytes, 0)
}

fn value(bytes: &[u8], depth: usize) -> Option<(Value, &[u8])> {
    if depth > 8 {
        return None;
    }
    let (&first, rest) = bytes.split_first()?;
    let (kind, short) = (first >> 5, first & 31);
    if kind == 7 {
        return matches!(short, 20..=22).then_some((Value::Simple(short), rest));
    }
    let (argument, mut rest) = argument(short, rest)?;
    let length = usize::try_from(argument).ok()?;
    let found = match kind {
        0 => Value::Number(i64::try_from(argument).ok()?),
        1 => Value::Number(-1 - i64::try_from(argument).ok()?),
        2 | 3 => {
            let (own, after) = rest.split_at_checked(length)?;
            rest = after;
            if kind == 2 { Value::Bytes(own.to_vec()) } else { Value::Text(String::from_utf8(own.to_vec()).ok()?) }
        }
        4 => {
            let mut list = Vec::new();
            for _ in 0..length {
                let (each, after) = value(rest, depth + 1)?;
                list.push(each);
                rest = after;
            }
            Value::List(list)
        }
        5 => {
            let mut map = BTreeMap::new();
            for _ in 0..length {
                let (key, after) = value(rest, depth + 1)?;
                let (each, after) = value(after, depth + 1)?;
                // A key said twice could mean one thing here and another elsewhere.
                if map.insert(key, each).is_some() {
                    return None;
                }
                rest = after;
            }
            Value::Map(map)
        }
        _ => return None,
    };
    Some((found, rest))
}

fn argument(short: u8, rest: &[u8]) -> Option<(u64, &[u8])> {
    let length = match short {
        0..=23 => return Some((short.into(), rest)),
        24..=27 => 1 << (short - 24),
        _ => return None,
    };
    let (own, rest) = rest.split_at_checked(length)?;
    Some((own.iter().fold(0, |number, byte| (number << 8) | u64::from(*byte)), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(text: &str) -> Vec<u8> {
        (0..text.len() / 2).map(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).unwrap()).collect()
    }

    /// RFC 8949, appendix A.
    #[test]
    fn the_examples_of_rfc_8949() {
        let text = |text: &str| Value::Text(text.into());
        for (bytes, expected) in [
            ("00", Value::Number(0)),
            ("1818", Value::Number(24)),
            ("1903e8", Value::Number(1000)),
            ("1a000f4240", Value::Number(1_000_000)),
            ("20", Value::Number(-1)),
            ("3903e7", Value::Number(-1000)),
            ("f5", Value::Simple(21)),
            ("4401020304", Value::Bytes(vec![1, 2, 3, 4])),
            ("6449455446", text("IETF")),
            ("83010203", Value::List(vec![Value::Number(1), Value::Number(2), Value::Number(3)])),
            ("a201020304", Value::Map([(Value::Number(1), Value::Number(2)), (Value::Number(3), Value::Number(4))].into())),
            ("a161616162", Value::Map([(text("a"), text("b"))].into())),
        ] {
            assert_eq!(read(&hex(bytes)), Some((expected, &[][..])), "{bytes}");
        }
    }

    #[test]
    fn what_is_cut_endless_or_twofold_is_refused() {
        for bytes in ["", "18", "44010203", "5f", "a101", "a201020103", "8201", "fb3ff199999999999a", "ff", "1bffffffffffffffff"] {
            assert_eq!(read(&hex(bytes)), None, "{bytes}");
        }
        assert_eq!(read(&[0x81; 40]), None, "too deep");
        assert_eq!(read(&hex("bb00ffffffffffffff")), None, "a length that nobody sends");
    }

    proptest::proptest! {
        #[test]
        fn no_input_panics(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
            let _ = read(&bytes);
        }
    }
}
