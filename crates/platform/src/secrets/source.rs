//! Where keys come from.
//!
//! **Invariant:** whatever the source, what the installation's own key once sealed stays readable: an installation begins without a file of keys
//! and may get one later.

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

use futures_util::future::BoxFuture;
use ring::hkdf::{HKDF_SHA256, KeyType, Salt};
use ring::rand::{SecureRandom, SystemRandom};

use super::keyring::{Key, Keyring};
use crate::error::{Error, Kind, Result};

/// Where keys come from: a file, the environment, or a key management service. A service's implementation asks it to unwrap the data keys it keeps
/// wrapped, and gives them here; it is asked at the start, when a ciphertext names a key that is not known, and before a rotation.
pub trait KeySource: Send + Sync {
    /// The keys as they are now.
    ///
    /// # Errors
    /// When they cannot be had; the caller goes on with those it has.
    fn load(&self) -> BoxFuture<'_, Result<Keyring>>;

    /// Puts a new key before the others, where this source can; `None` where keys are made elsewhere.
    ///
    /// # Errors
    /// When it cannot be kept.
    fn renew(&self, _id: &str) -> Result<Option<Keyring>> {
        Ok(None)
    }
}

/// One key, derived from the installation's own: what there is with nothing configured.
#[derive(Clone, Debug)]
pub struct Derived(Key);

impl Derived {
    /// From the installation's key, by HKDF-SHA-256 (RFC 5869).
    ///
    /// # Errors
    /// None with a key of 32 bytes.
    pub fn from(installation: &[u8; 32]) -> Result<Self> {
        struct Length;
        impl KeyType for Length {
            fn len(&self) -> usize {
                32
            }
        }
        let mut bytes = [0; 32];
        Salt::new(HKDF_SHA256, b"gemba")
            .extract(installation)
            .expand(&[b"secrets 1"], Length)
            .and_then(|okm| okm.fill(&mut bytes))
            .map_err(|_| Error::internal("a key could not be derived"))?;
        Ok(Derived(Key::new("installation", bytes)?))
    }

    /// The key.
    pub fn key(&self) -> Key {
        self.0.clone()
    }
}

impl KeySource for Derived {
    fn load(&self) -> BoxFuture<'_, Result<Keyring>> {
        Box::pin(std::future::ready(Ok(Keyring::new(self.key(), Vec::new()))))
    }
}

/// Keys given as text: the variable `GEMBA_SECRETS_KEYS`.
pub struct FromText {
    text: String,
    also: Option<Key>,
}

impl FromText {
    /// Of this text; see [`Keyring::read`].
    pub fn new(text: impl Into<String>) -> Self {
        FromText { text: text.into(), also: None }
    }

    /// Also opens what `key` once sealed.
    pub fn and(self, key: Key) -> Self {
        FromText { also: Some(key), ..self }
    }
}

impl KeySource for FromText {
    fn load(&self) -> BoxFuture<'_, Result<Keyring>> {
        let keys = Keyring::read(&self.text).map(|keys| with(keys, self.also.as_ref()));
        Box::pin(std::future::ready(keys))
    }
}

/// A file of keys, read again whenever a key is missing.
#[derive(Debug)]
pub struct FromFile {
    path: PathBuf,
    also: Option<Key>,
}

impl FromFile {
    /// The file at `path`; also opens what `also` once sealed.
    pub fn new(path: PathBuf, also: Option<Key>) -> Self {
        FromFile { path, also }
    }

    fn text(&self) -> Result<String> {
        std::fs::read_to_string(&self.path).map_err(|cause| {
            let path = self.path.display();
            Error::new(Kind::Invalid, "secret_keys_unreadable", format!("the file with keys for secrets, {path}, cannot be read: {cause}"))
        })
    }
}

impl KeySource for FromFile {
    fn load(&self) -> BoxFuture<'_, Result<Keyring>> {
        let keys = self.text().and_then(|text| Keyring::read(&text)).map(|keys| with(keys, self.also.as_ref()));
        Box::pin(std::future::ready(keys))
    }

    fn renew(&self, id: &str) -> Result<Option<Keyring>> {
        let mut bytes = [0; 32];
        SystemRandom::new().fill(&mut bytes).map_err(|_| Error::internal("no randomness"))?;
        let text = format!("{}{}", Key::new(id, bytes)?.line(), self.text()?);
        let keys = Keyring::read(&text)?;
        // Written beside and moved into place: whoever reads meanwhile finds the old file or the new one, never half of one.
        let unwritable = |cause: std::io::Error| {
            Error::new(Kind::Invalid, "secret_keys_unwritable", format!("{} cannot be written: {cause}", self.path.display()))
        };
        let beside = self.path.with_extension("new");
        let mut file = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside).map_err(unwritable)?;
        file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(unwritable)?;
        std::fs::rename(&beside, &self.path).map_err(unwritable)?;
        Ok(Some(with(keys, self.also.as_ref())))
    }
}

fn with(keys: Keyring, also: Option<&Key>) -> Keyring {
    match also {
        Some(key) => keys.and(key.clone()),
        None => keys,
    }
}
