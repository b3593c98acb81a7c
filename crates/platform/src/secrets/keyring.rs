//! The keys themselves: which one seals, and which others still open.

use ring::aead::{AES_256_GCM, LessSafeKey, UnboundKey};

use super::FORMAT;
use crate::error::{Error, Kind, Result};
use crate::settings::key_bytes;

/// One key: 256 random bits and the name that ciphertexts know it by.
#[derive(Clone)]
pub struct Key {
    id: String,
    bytes: [u8; 32],
}

impl Key {
    /// A key of these bytes.
    ///
    /// # Errors
    /// `secret_keys_wrong` for a name that is not 1 to 32 small letters, digits and hyphens.
    pub fn new(id: impl Into<String>, bytes: [u8; 32]) -> Result<Self> {
        let id = id.into();
        let fits = (1..=32).contains(&id.len())
            && id.bytes().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == b'-');
        if fits { Ok(Key { id, bytes }) } else { Err(wrong("a key's name has 1 to 32 small letters, digits and hyphens")) }
    }

    /// Its name.
    pub fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn cipher(&self) -> Result<LessSafeKey> {
        UnboundKey::new(&AES_256_GCM, &self.bytes).map(LessSafeKey::new).map_err(|_| Error::internal("a key of the wrong length"))
    }

    /// What every ciphertext of this key begins with.
    pub(super) fn header(&self) -> Vec<u8> {
        let length = u8::try_from(self.id.len()).unwrap_or_default();
        [&[FORMAT, length], self.id.as_bytes()].concat()
    }

    /// As a file of keys spells it.
    pub(super) fn line(&self) -> String {
        let digits = self.bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        format!("{} {digits}\n", self.id)
    }
}

impl Drop for Key {
    fn drop(&mut self) {
        wipe(&mut self.bytes);
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Key({})", self.id)
    }
}

/// The key that seals, and those that still open.
#[derive(Clone, Debug)]
pub struct Keyring {
    first: Key,
    others: Vec<Key>,
}

impl Keyring {
    /// `first` seals; `others` open what they once sealed.
    pub fn new(first: Key, others: Vec<Key>) -> Self {
        Keyring { first, others }
    }

    /// Reads keys, one a line or between commas: a name, a space or colon, and 64 hexadecimal digits. The first one seals. Lines that begin
    /// with `#` are remarks.
    ///
    /// # Errors
    /// `secret_keys_wrong`, which says the line and never what it holds.
    pub fn read(text: &str) -> Result<Self> {
        let mut keys: Vec<Key> = Vec::new();
        let lines = text.split(['\n', ',']).map(str::trim).enumerate();
        for (at, line) in lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#')) {
            let key = line.split_once([' ', ':']).and_then(|(id, digits)| Some((id, key_bytes(digits.trim())?)));
            let (id, bytes) = key.ok_or_else(|| wrong(&format!("entry {}: expected a name and 64 hexadecimal digits", at + 1)))?;
            if keys.iter().any(|known| known.id == id) {
                return Err(wrong(&format!("entry {}: there is a key named {id} already", at + 1)));
            }
            keys.push(Key::new(id, bytes)?);
        }
        let mut keys = keys.into_iter();
        let first = keys.next().ok_or_else(|| wrong("there is no key"))?;
        Ok(Keyring { first, others: keys.collect() })
    }

    /// The same, which also opens what `key` once sealed.
    pub fn and(mut self, key: Key) -> Self {
        if self.find(key.id()).is_none() {
            self.others.push(key);
        }
        self
    }

    /// The key that seals.
    pub fn first(&self) -> &Key {
        &self.first
    }

    /// The key of this name.
    pub fn find(&self, id: &str) -> Option<&Key> {
        std::iter::once(&self.first).chain(&self.others).find(|key| key.id == id)
    }

    /// All of them, the one that seals first.
    pub fn all(&self) -> impl Iterator<Item = &Key> {
        std::iter::once(&self.first).chain(&self.others)
    }
}

/// Overwrites what was secret. The barrier keeps the compiler from leaving out a write that nobody reads.
pub(super) fn wipe(bytes: &mut [u8]) {
    bytes.fill(0);
    std::hint::black_box(bytes);
}

fn wrong(what: &str) -> Error {
    Error::new(Kind::Invalid, "secret_keys_wrong", format!("the keys for secrets cannot be read: {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_and_mistakes_are_told_without_showing_them() {
        let digits = "ab".repeat(32);
        let keys = Keyring::read(&format!("# ours\nnew {digits}\n\nold:{digits}\n")).unwrap();
        assert_eq!(keys.all().map(Key::id).collect::<Vec<_>>(), ["new", "old"]);
        assert_eq!(Keyring::read(&format!("a {digits},b {digits}")).unwrap().first().id(), "a");
        for bad in ["", "# nothing", "new", "new abab", &format!("New {digits}"), &format!("a {digits}\na {digits}"), &digits] {
            let error = Keyring::read(bad).unwrap_err();
            assert_eq!(error.code, "secret_keys_wrong");
            assert!(!error.detail.contains("abab"), "{error}");
        }
    }
}
