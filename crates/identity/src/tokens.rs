//! Secrets that Gemba makes itself: tokens of sessions and links, keys for programs, and keyed hashes.
//!
//! **Invariant:** the database holds a secret's SHA-256 only. 256 random bits cannot be guessed, so nothing slower is needed; passwords, which
//! people choose, are another matter (see [`crate::passwords`]).
//! **Invariant:** two secrets are compared in constant time.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use rand::TryRng;
use rand::rngs::SysRng;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use platform::{Error, Result};

/// 256 random bits that prove something to whoever knows their hash.
#[derive(Clone, PartialEq, Eq)]
pub struct Token([u8; 32]);

impl Token {
    /// A new one, from the operating system's generator.
    ///
    /// # Errors
    /// `internal` when the operating system gives no randomness.
    pub fn new() -> Result<Self> {
        let mut bytes = [0; 32];
        SysRng.try_fill_bytes(&mut bytes).map_err(|cause| Error::internal(format!("no randomness: {cause}")))?;
        Ok(Token(bytes))
    }

    /// As cookies and links carry it: 43 characters of base64url.
    pub fn text(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// Reads it back; `None` for what cannot be one.
    pub fn read(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        bytes.try_into().ok().map(Token)
    }

    /// What the database knows of it.
    pub fn hash(&self) -> Vec<u8> {
        Sha256::digest(self.0).to_vec()
    }

    /// As a program sends it: `gemba_`, the token, and six characters by which a mistyped key and a scanner for leaked secrets are told
    /// without asking the database.
    pub fn key_text(&self) -> String {
        let body = self.text();
        let sum = checksum(&body);
        format!("{KEY_PREFIX}{body}{sum}")
    }

    /// Reads a program's key; `None` for what cannot be one.
    pub fn read_key(text: &str) -> Option<Self> {
        let (body, sum) = text.strip_prefix(KEY_PREFIX)?.split_at_checked(43)?;
        (checksum(body) == sum).then(|| Token::read(body)).flatten()
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(…)")
    }
}

/// What every key begins with.
pub const KEY_PREFIX: &str = "gemba_";

fn checksum(body: &str) -> String {
    let digest = Sha256::new().chain_update("gemba api key ").chain_update(body).finalize();
    URL_SAFE_NO_PAD.encode(&digest[..4])
}

/// The installation's key, under which identifiers of people are hashed and tokens are bound to sessions. Each purpose has its own.
#[derive(Clone)]
pub struct Key([u8; 32]);

impl Key {
    /// The key of these 32 random bytes.
    pub fn new(bytes: [u8; 32]) -> Self {
        Key(bytes)
    }

    /// HMAC-SHA-256 (RFC 2104) of `parts` for `purpose`; each part with its length, so that no two lists of parts are one text.
    pub fn hash(&self, purpose: &str, parts: &[&[u8]]) -> Vec<u8> {
        // HMAC takes keys of every length.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.0) else { return Vec::new() };
        for part in std::iter::once(&purpose.as_bytes()).chain(parts) {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        mac.finalize().into_bytes().to_vec()
    }

    /// The same as text.
    pub fn hash_text(&self, purpose: &str, parts: &[&[u8]]) -> String {
        URL_SAFE_NO_PAD.encode(self.hash(purpose, parts))
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key(…)")
    }
}

/// Whether two texts are the same, in a time that tells nothing of where they differ.
pub fn same(one: &str, other: &str) -> bool {
    one.as_bytes().ct_eq(other.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_survives_the_way_and_a_changed_one_does_not() {
        let token = Token::new().unwrap();
        let text = token.key_text();
        assert_eq!(text.len(), 6 + 43 + 6);
        assert_eq!(Token::read_key(&text), Some(token));
        for at in 0..text.len() {
            let mut changed = text.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            assert_eq!(Token::read_key(&changed), None, "{changed}");
        }
        assert_eq!(Token::read_key("gemba_"), None);
        assert_eq!(Token::read_key("gemba_ü"), None);
    }

    #[test]
    fn a_keyed_hash_depends_on_key_purpose_and_each_part() {
        let key = Key::new([1; 32]);
        let base = key.hash("csrf", &[b"ab", b"c"]);
        assert_eq!(base, key.hash("csrf", &[b"ab", b"c"]));
        assert_ne!(base, key.hash("csrf", &[b"a", b"bc"]));
        assert_ne!(base, key.hash("device", &[b"ab", b"c"]));
        assert_ne!(base, Key::new([2; 32]).hash("csrf", &[b"ab", b"c"]));
    }
}
