//! What an identity token has to say to count (OpenID Connect Core 1.0, section 3.1.3.7), and what is taken from it.

use jiff::Timestamp;
use platform::error::Kind;
use platform::{Error, Result};
use serde_json::{Map, Value};

/// How far clocks may be apart (s).
pub(super) const SKEW_S: i64 = 60;

/// What was asked for, which the statement has to answer.
pub(super) struct Asked<'a> {
    pub issuer: &'a str,
    pub client_id: &'a str,
    pub nonce: &'a str,
    pub now: Timestamp,
}

/// Checks what a statement of a right signature says.
///
/// # Errors
/// 401 `statement_refused`, which says what does not fit.
pub(super) fn check(claims: &Map<String, Value>, asked: &Asked<'_>) -> Result<()> {
    common(claims, asked.issuer, asked.client_id, asked.now)?;
    if number(claims, "exp").is_none_or(|exp| asked.now.as_second() >= exp.saturating_add(SKEW_S)) {
        return Err(refused("it has expired"));
    }
    if !text(claims, "nonce").is_some_and(|nonce| crate::tokens::same(nonce, asked.nonce)) {
        return Err(refused("it was made for another sign-in (nonce)"));
    }
    match text(claims, "sub") {
        Some(subject) if !subject.is_empty() && subject.len() <= 255 => Ok(()),
        _ => Err(refused("it does not say who it is about")),
    }
}

/// What identity tokens and logout tokens have in common: who says it, to whom, and when.
pub(super) fn common(claims: &Map<String, Value>, issuer: &str, client_id: &str, now: Timestamp) -> Result<()> {
    if text(claims, "iss") != Some(issuer) {
        return Err(refused("it was made by another provider"));
    }
    let audience = texts(claims.get("aud"));
    if !audience.contains(&client_id) {
        return Err(refused("it was made for another client"));
    }
    let party = text(claims, "azp");
    if party.is_some_and(|party| party != client_id) || (audience.len() > 1 && party.is_none()) {
        return Err(refused("it was made for several clients and not for this one"));
    }
    let now = now.as_second();
    let issued = number(claims, "iat").ok_or_else(|| refused("it does not say when it was made"))?;
    if issued > now + SKEW_S || number(claims, "nbf").is_some_and(|from| from > now + SKEW_S) {
        return Err(refused("it lies in the future; the clocks of both servers are too far apart"));
    }
    Ok(())
}

/// Whether the access token beside the statement is the one it names, where it names one.
pub(super) fn check_access_token(claims: &Map<String, Value>, algorithm: &str, access_token: Option<&str>) -> Result<()> {
    use base64::Engine;
    let (Some(named), Some(token)) = (text(claims, "at_hash"), access_token) else { return Ok(()) };
    let hash = if algorithm.ends_with("256") {
        ring::digest::digest(&ring::digest::SHA256, token.as_bytes())
    } else if algorithm.ends_with("384") {
        ring::digest::digest(&ring::digest::SHA384, token.as_bytes())
    } else {
        ring::digest::digest(&ring::digest::SHA512, token.as_bytes())
    };
    let half = &hash.as_ref()[..hash.as_ref().len() / 2];
    if crate::tokens::same(named, &base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(half)) {
        Ok(())
    } else {
        Err(refused("another access token came with it"))
    }
}

/// A claim that is text.
pub(super) fn text<'a>(claims: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    claims.get(name).and_then(Value::as_str)
}

/// A claim that is a time or another number.
pub(super) fn number(claims: &Map<String, Value>, name: &str) -> Option<i64> {
    let value = claims.get(name)?;
    value.as_i64().or_else(|| value.as_f64().filter(|number| number.abs() < 1e15).map(|number| number as i64))
}

/// A claim that is one text or a list of them.
pub(super) fn texts(value: Option<&Value>) -> Vec<&str> {
    match value {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

pub(super) fn refused(why: &str) -> Error {
    Error::new(Kind::Unauthenticated, "statement_refused", format!("the provider's statement was refused: {why}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn verdict(change: &Value) -> bool {
        let mut claims = json!({
            "iss": "https://idp.example", "aud": "gemba", "sub": "u1", "nonce": "n1", "iat": 1000, "exp": 1300,
        });
        for (name, value) in change.as_object().unwrap() {
            match value {
                Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
                value => claims[name] = value.clone(),
            }
        }
        let now = Timestamp::from_second(1100).unwrap();
        check(claims.as_object().unwrap(), &Asked { issuer: "https://idp.example", client_id: "gemba", nonce: "n1", now }).is_ok()
    }

    #[test]
    fn a_statement_counts_for_what_was_asked_only() {
        for (change, fine) in [
            (json!({}), true),
            (json!({ "aud": ["gemba"] }), true),
            (json!({ "aud": ["gemba", "other"], "azp": "gemba" }), true),
            (json!({ "aud": ["gemba", "other"] }), false),
            (json!({ "aud": ["gemba", "other"], "azp": "other" }), false),
            (json!({ "azp": "other" }), false),
            (json!({ "aud": "other" }), false),
            (json!({ "aud": [] }), false),
            (json!({ "aud": null }), false),
            (json!({ "iss": "https://idp.example/" }), false),
            (json!({ "iss": null }), false),
            (json!({ "nonce": "n2" }), false),
            (json!({ "nonce": null }), false),
            (json!({ "exp": 1041 }), true),
            (json!({ "exp": 1040 }), false),
            (json!({ "exp": null }), false),
            (json!({ "exp": "9999" }), false),
            (json!({ "exp": 9.3e18 }), false),
            (json!({ "iat": 1160 }), true),
            (json!({ "iat": 1161 }), false),
            (json!({ "iat": null }), false),
            (json!({ "nbf": 1161 }), false),
            (json!({ "sub": "" }), false),
            (json!({ "sub": 7 }), false),
            (json!({ "sub": "x".repeat(256) }), false),
        ] {
            assert_eq!(verdict(&change), fine, "{change}");
        }
    }
}
