//! One-time codes of authenticator apps: TOTP (RFC 6238) as all apps understand it, with HMAC-SHA-1, six digits and steps of 30 seconds.
//!
//! **Invariant:** a step is taken once: a code that was seen by somebody, or an earlier one, is worth nothing (RFC 6238, section 5.2).
//! **Invariant:** codes are compared in constant time, and every step within reach is looked at whatever the earlier ones said.

use jiff::Timestamp;
use ring::hmac::{HMAC_SHA1_FOR_LEGACY_USE_ONLY, Key, sign};
use ring::rand::{SecureRandom, SystemRandom};

use platform::{Error, Result};

use crate::tokens::same;

/// Seconds in a step.
pub(crate) const STEP_S: i64 = 30;
/// Digits of a code.
pub(crate) const DIGITS: usize = 6;
/// Bytes of a seed: as many as the hash has (RFC 4226, section 4).
const SEED: usize = 20;
/// Steps before and after now whose codes are taken, for clocks that are off.
const SKEW: i64 = 1;

/// A new seed.
///
/// # Errors
/// `internal` without randomness.
pub(crate) fn new_seed() -> Result<Vec<u8>> {
    let mut seed = vec![0; SEED];
    SystemRandom::new().fill(&mut seed).map_err(|_| Error::internal("no randomness"))?;
    Ok(seed)
}

/// The step whose code this is, around `now` and after the last one taken.
pub(crate) fn step_of(seed: &[u8], code: &str, now: Timestamp, last: Option<i64>) -> Option<i64> {
    let code: String = code.chars().filter(|letter| !letter.is_whitespace()).collect();
    let now = now.as_second().div_euclid(STEP_S);
    let mut found = None;
    for step in now - SKEW..=now + SKEW {
        if same(&code_at(seed, step, DIGITS), &code) && last.is_none_or(|last| step > last) {
            found = Some(step);
        }
    }
    found
}

/// The code of a step: dynamic truncation of RFC 4226, section 5.3.
pub(crate) fn code_at(seed: &[u8], step: i64, digits: usize) -> String {
    let mac = sign(&Key::new(HMAC_SHA1_FOR_LEGACY_USE_ONLY, seed), &step.to_be_bytes());
    let mac = mac.as_ref();
    let at = usize::from(mac[mac.len() - 1] & 0xf);
    let number = mac[at..at + 4].iter().fold(0_u32, |number, byte| (number << 8) | u32::from(*byte)) & 0x7fff_ffff;
    let code = format!("{number:010}");
    code[code.len() - digits..].to_owned()
}

/// RFC 4648 base 32 without padding, as apps take seeds that are typed.
pub(crate) fn base32(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut text = String::new();
    for chunk in bytes.chunks(5) {
        let mut block = [0; 8];
        block[3..3 + chunk.len()].copy_from_slice(chunk);
        let bits = u64::from_be_bytes(block);
        let letters = (chunk.len() * 8).div_ceil(5);
        text.extend((0..letters).map(|at| char::from(LETTERS[(bits >> (35 - 5 * at)) as usize & 31])));
    }
    text
}

/// The address that an app reads from a QR code (Key URI format).
pub(crate) fn address(seed: &[u8], account: &str, organization: &str) -> String {
    let encoded = |text: &str| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~@".contains(&byte);
        text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect::<String>()
    };
    let issuer = encoded(&format!("Gemba {organization}"));
    format!(
        "otpauth://totp/{issuer}:{}?secret={}&issuer={issuer}&algorithm=SHA1&digits={DIGITS}&period={STEP_S}",
        encoded(account),
        base32(seed)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B, the rows for SHA-1.
    #[test]
    fn the_vectors_of_rfc_6238() {
        let seed = b"12345678901234567890";
        for (time, code) in [
            (59, "94287082"),
            (1_111_111_109, "07081804"),
            (1_111_111_111, "14050471"),
            (1_234_567_890, "89005924"),
            (2_000_000_000, "69279037"),
            (20_000_000_000, "65353130"),
        ] {
            assert_eq!(code_at(seed, time / STEP_S, 8), code, "at {time}");
        }
    }

    /// RFC 4648, section 10, without its padding.
    #[test]
    fn the_vectors_of_rfc_4648() {
        for (bytes, text) in
            [("", ""), ("f", "MY"), ("fo", "MZXQ"), ("foo", "MZXW6"), ("foob", "MZXW6YQ"), ("fooba", "MZXW6YTB"), ("foobar", "MZXW6YTBOI")]
        {
            assert_eq!(base32(bytes.as_bytes()), text);
        }
    }

    #[test]
    fn a_code_counts_around_its_step_and_once() {
        let (seed, now) = (b"12345678901234567890".as_slice(), Timestamp::from_second(1_793_599_200).unwrap());
        let step = 1_793_599_200 / STEP_S;
        for (of, taken) in [(-2, false), (-1, true), (0, true), (1, true), (2, false)] {
            let code = code_at(seed, step + of, DIGITS);
            assert_eq!(step_of(seed, &code, now, None), taken.then_some(step + of), "{of}");
        }
        let code = code_at(seed, step, DIGITS);
        assert_eq!(step_of(seed, &format!("{} {}", &code[..3], &code[3..]), now, None), Some(step), "as people type it");
        assert_eq!(step_of(seed, &code, now, Some(step)), None, "the same step again");
        assert_eq!(step_of(seed, &code_at(seed, step - 1, DIGITS), now, Some(step)), None, "an earlier one");
        assert_eq!(step_of(seed, "", now, None), None);
        assert_eq!(step_of(seed, &code[..5], now, None), None);
    }
}
