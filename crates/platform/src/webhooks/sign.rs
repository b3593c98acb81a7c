//! Signatures of messages: Standard Webhooks, symmetric (`v1`).
//!
//! What is signed is `id.timestamp.body`, by HMAC-SHA-256 with the secret's bytes. The timestamp is of the attempt, so that a message that
//! somebody recorded is refused some minutes later; the id is the event's and stays over all attempts, so that a receiver can tell repetitions.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;
use ring::rand::{SecureRandom, SystemRandom};

use crate::error::{Error, Result};

/// What begins every secret as it is shown.
const PREFIX: &str = "whsec_";
/// How far a receiver lets the timestamp be from its own clock (s).
const TOLERANCE_S: i64 = 300;

/// The headers of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// `webhook-id`.
    pub id: String,
    /// `webhook-timestamp`: seconds since 1970.
    pub timestamp: i64,
    /// `webhook-signature`: one for each secret, with spaces between.
    pub signatures: String,
}

/// Why a message is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verification {
    /// Signed with this secret, at this time.
    Good,
    /// Signed at another time: recorded and sent again, or a clock is wrong.
    Stale,
    /// Not signed with this secret.
    Foreign,
}

/// A new secret: 256 random bits, as it is shown.
///
/// # Errors
/// `internal` without randomness.
pub fn new_secret() -> Result<String> {
    let mut bytes = [0; 32];
    SystemRandom::new().fill(&mut bytes).map_err(|_| Error::internal("no randomness"))?;
    Ok(format!("{PREFIX}{}", STANDARD.encode(bytes)))
}

fn key(secret: &str) -> Option<hmac::Key> {
    let bytes = STANDARD.decode(secret.strip_prefix(PREFIX).unwrap_or(secret)).ok()?;
    Some(hmac::Key::new(hmac::HMAC_SHA256, &bytes))
}

fn signed(id: &str, timestamp: i64, body: &[u8]) -> Vec<u8> {
    [format!("{id}.{timestamp}.").as_bytes(), body].concat()
}

/// Signs a message with every secret.
pub fn sign(secrets: &[String], id: &str, timestamp: i64, body: &[u8]) -> Signature {
    let content = signed(id, timestamp, body);
    let one = |secret: &String| key(secret).map(|key| format!("v1,{}", STANDARD.encode(hmac::sign(&key, &content))));
    let signatures = secrets.iter().filter_map(one).collect::<Vec<_>>().join(" ");
    Signature { id: id.to_owned(), timestamp, signatures }
}

/// Checks a message as a receiver does at `now` (s since 1970).
pub fn verify(secret: &str, signature: &Signature, body: &[u8], now: i64) -> Verification {
    let Some(key) = key(secret) else { return Verification::Foreign };
    let content = signed(&signature.id, signature.timestamp, body);
    let offered = signature.signatures.split(' ').filter_map(|one| one.strip_prefix("v1,")).filter_map(|one| STANDARD.decode(one).ok());
    let is_good = offered.fold(false, |good, one| good | hmac::verify(&key, &content, &one).is_ok());
    match (is_good, signature.timestamp.abs_diff(now) <= TOLERANCE_S.unsigned_abs()) {
        (false, _) => Verification::Foreign,
        (true, false) => Verification::Stale,
        (true, true) => Verification::Good,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The published vector of Standard Webhooks.
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const BODY: &[u8] = br#"{"test": 2432232314}"#;

    fn vector() -> Signature {
        Signature {
            id: "msg_p5jXN8AQM9LWM0D4loKWxJek".into(),
            timestamp: 1_614_265_330,
            signatures: "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=".into(),
        }
    }

    #[test]
    fn the_published_vector_is_signed_and_verified() {
        assert_eq!(sign(&[SECRET.into()], &vector().id, vector().timestamp, BODY), vector());
        assert_eq!(verify(SECRET, &vector(), BODY, 1_614_265_330 + 299), Verification::Good);
    }

    #[test]
    fn what_was_changed_recorded_or_signed_by_another_is_not_believed() {
        assert_eq!(verify(SECRET, &vector(), BODY, 1_614_265_330 + 301), Verification::Stale);
        assert_eq!(verify(SECRET, &vector(), b"{}", 1_614_265_330), Verification::Foreign);
        assert_eq!(verify(SECRET, &Signature { timestamp: 1_614_265_331, ..vector() }, BODY, 1_614_265_330), Verification::Foreign);
        assert_eq!(verify(SECRET, &Signature { id: "msg_2".into(), ..vector() }, BODY, 1_614_265_330), Verification::Foreign);
        assert_eq!(verify(&new_secret().unwrap(), &vector(), BODY, 1_614_265_330), Verification::Foreign);
        let asymmetric = Signature { signatures: vector().signatures.replace("v1,", "v1a,"), ..vector() };
        assert_eq!(verify(SECRET, &asymmetric, BODY, 1_614_265_330), Verification::Foreign);
    }

    #[test]
    fn while_a_secret_is_rotated_both_verify() {
        let newer = new_secret().unwrap();
        let both = sign(&[newer.clone(), SECRET.into()], "msg_1", 7, BODY);
        assert_eq!(both.signatures.split(' ').count(), 2);
        assert_eq!(verify(SECRET, &both, BODY, 7), Verification::Good);
        assert_eq!(verify(&newer, &both, BODY, 7), Verification::Good);
    }
}
