//! Secrets that must be read back: a provider's client secret, a seed of one-time codes, a webhook's signing secret. Each lies in a column
//! as AES-256-GCM ciphertext (NIST SP 800-38D) under a key that the database never sees.
//!
//! A ciphertext begins with the identifier of its key, so that two keys are readable while one takes the other's place, and is bound to
//! organization, table, column and row: copied elsewhere, it opens nothing. Where the keys come from is a [`KeySource`]: a file, the
//! environment, or a key management service that somebody writes one for.
//!
//! **Invariant:** no secret and no key is in a log, a dump, the audit trail or an export: columns hold ciphertext, [`Clear`] and [`Key`] have no
//! text, and a wall's `secret` keeps the column out of the trail.
//! **Invariant:** every column named `…_sealed` is in the program's list of [`SealedColumn`]s, so that rotation reaches it (a test walks the catalog).

mod keyring;
mod rotation;
mod source;

use std::sync::{Arc, RwLock};

use ring::aead::{Aad, NONCE_LEN, Nonce};
use ring::rand::{SecureRandom, SystemRandom};
use uuid::Uuid;

use crate::error::{Error, Result};
use crate::ids::OrganizationId;

pub use keyring::{Key, Keyring};
pub use rotation::{Rotated, Tried, attempt, rotate};
pub use source::{Derived, FromFile, FromText, KeySource};

/// The first byte of every ciphertext: how the rest is to be read.
const FORMAT: u8 = 1;

/// A column of ciphertext. Contexts list theirs as `pub const SEALED: &[SealedColumn]`; the server joins them for rotation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SealedColumn {
    /// The table.
    pub table: &'static str,
    /// The column that identifies its rows, beside `organization_id`: `id`.
    pub key: &'static str,
    /// The column itself, a `bytea` named `…_sealed`.
    pub column: &'static str,
}

impl SealedColumn {
    /// The place of one row's secret.
    pub fn of(self, organization: OrganizationId, row: impl Into<Uuid>) -> Place {
        Place { column: self, organization, row: row.into() }
    }
}

/// Where one secret lies. A ciphertext opens only there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    column: SealedColumn,
    organization: OrganizationId,
    row: Uuid,
}

impl Place {
    /// The associated data: each part with its length, so that no two places are one text.
    fn bound(&self) -> Vec<u8> {
        let mut bound = Vec::with_capacity(96);
        let organization = self.organization.0;
        for part in [self.column.table.as_bytes(), self.column.column.as_bytes(), organization.as_bytes(), self.row.as_bytes()] {
            bound.extend((part.len() as u64).to_be_bytes());
            bound.extend(part);
        }
        bound
    }
}

/// A secret that was opened. Overwritten when it is dropped; it has no text of its own, so no log can hold it by accident.
pub struct Clear(Vec<u8>);

impl Clear {
    /// The secret itself.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// The secret as text.
    ///
    /// # Errors
    /// `internal` when it is none.
    pub fn expose_text(&self) -> Result<&str> {
        std::str::from_utf8(&self.0).map_err(|_| Error::internal("a secret that should be text is not"))
    }
}

impl Drop for Clear {
    fn drop(&mut self) {
        keyring::wipe(&mut self.0);
    }
}

impl std::fmt::Debug for Clear {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Clear(…)")
    }
}

/// Seals and opens secrets. Cheap to clone; a part of the server's [`App`](crate::http::App).
#[derive(Clone)]
pub struct Secrets(Arc<Inner>);

struct Inner {
    source: Box<dyn KeySource>,
    keys: RwLock<Arc<Keyring>>,
    random: SystemRandom,
}

impl Secrets {
    /// Secrets under the keys of `source`.
    ///
    /// # Errors
    /// When the keys cannot be had.
    pub async fn new(source: impl KeySource + 'static) -> Result<Self> {
        let keys = source.load().await?;
        Ok(Secrets(Arc::new(Inner { source: Box::new(source), keys: RwLock::new(Arc::new(keys)), random: SystemRandom::new() })))
    }

    /// Secrets under the key derived from the installation's own.
    ///
    /// # Errors
    /// None with a key of 32 bytes.
    pub fn derived(installation: &[u8; 32]) -> Result<Self> {
        let source = Derived::from(installation)?;
        let keys = Keyring::new(source.key(), Vec::new());
        Ok(Secrets(Arc::new(Inner { source: Box::new(source), keys: RwLock::new(Arc::new(keys)), random: SystemRandom::new() })))
    }

    /// Seals a secret for its place under the first key.
    ///
    /// # Errors
    /// `internal` without randomness.
    pub fn seal(&self, place: &Place, clear: &[u8]) -> Result<Vec<u8>> {
        let keys = self.keys();
        let key = keys.first();
        let mut nonce = [0; NONCE_LEN];
        self.0.random.fill(&mut nonce).map_err(|_| Error::internal("no randomness"))?;
        let mut sealed = key.header();
        sealed.extend(nonce);
        let mut body = clear.to_vec();
        let cipher = key.cipher()?;
        cipher
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(place.bound()), &mut body)
            .map_err(|_| Error::internal("a secret could not be sealed"))?;
        sealed.extend(body);
        Ok(sealed)
    }

    /// Opens what was sealed for this place. A key that is not known yet is looked for at the source once more: another server may have
    /// begun to use it.
    ///
    /// # Errors
    /// 503 `secret_key_missing` when the key is not there; `internal` for what was changed, or belongs elsewhere.
    pub async fn open(&self, place: &Place, sealed: &[u8]) -> Result<Clear> {
        let (id, rest) = split(sealed)?;
        let known = self.keys();
        let keys = if known.find(id).is_some() { known } else { self.reload().await? };
        let key = keys.find(id).ok_or_else(|| {
            Error::unavailable("secret_key_missing", "a secret was sealed with a key that this server does not have", 60)
                .because(format!("the key '{id}' for {}.{} is not at the source", place.column.table, place.column.column))
        })?;
        let (nonce, body) = rest.split_at_checked(NONCE_LEN).ok_or_else(unreadable)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| unreadable())?;
        let mut body = body.to_vec();
        let clear = key.cipher()?.open_in_place(nonce, Aad::from(place.bound()), &mut body).map(|clear| clear.len());
        let length = clear.map_err(|_| unreadable())?;
        body.truncate(length);
        Ok(Clear(body))
    }

    /// Asks the source for its keys again.
    ///
    /// # Errors
    /// When the keys cannot be had; those known before remain.
    pub async fn reload(&self) -> Result<Arc<Keyring>> {
        let keys = Arc::new(self.0.source.load().await?);
        *self.0.keys.write().unwrap_or_else(std::sync::PoisonError::into_inner) = keys.clone();
        Ok(keys)
    }

    /// Puts a new key before the others, where the source can make one; tells whether it did.
    ///
    /// # Errors
    /// When it cannot be kept.
    pub async fn renew(&self, id: &str) -> Result<bool> {
        if self.0.source.renew(id)?.is_none() {
            return Ok(false);
        }
        self.reload().await?;
        Ok(true)
    }

    /// The keys as they are known now.
    pub fn keys(&self) -> Arc<Keyring> {
        self.0.keys.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Secrets").field(&self.keys()).finish()
    }
}

/// The identifier of a ciphertext's key, and what follows it.
fn split(sealed: &[u8]) -> Result<(&str, &[u8])> {
    let (&[format, length], rest) = sealed.split_first_chunk::<2>().ok_or_else(unreadable)?;
    let (id, rest) = rest.split_at_checked(length.into()).ok_or_else(unreadable)?;
    match std::str::from_utf8(id) {
        Ok(id) if format == FORMAT => Ok((id, rest)),
        _ => Err(unreadable()),
    }
}

fn unreadable() -> Error {
    Error::internal("a sealed secret does not open here: it was changed, or belongs to another row")
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMN: SealedColumn = SealedColumn { table: "providers", key: "id", column: "secret_sealed" };
    const OLD: &str = "old 0101010101010101010101010101010101010101010101010101010101010101";
    const NEW: &str = "new 0202020202020202020202020202020202020202020202020202020202020202";

    fn place(row: u128) -> Place {
        COLUMN.of(OrganizationId(Uuid::from_u128(7)), Uuid::from_u128(row))
    }

    async fn secrets(text: &str) -> Secrets {
        Secrets::new(FromText::new(text)).await.unwrap()
    }

    #[tokio::test]
    async fn a_secret_opens_in_its_own_place_only() {
        let secrets = secrets(NEW).await;
        let sealed = secrets.seal(&place(1), b"hunter2").unwrap();
        assert_eq!(secrets.open(&place(1), &sealed).await.unwrap().expose(), b"hunter2");
        let elsewhere = [
            place(2),
            COLUMN.of(OrganizationId(Uuid::from_u128(8)), Uuid::from_u128(1)),
            SealedColumn { table: "hooks", ..COLUMN }.of(OrganizationId(Uuid::from_u128(7)), Uuid::from_u128(1)),
            SealedColumn { column: "other_sealed", ..COLUMN }.of(OrganizationId(Uuid::from_u128(7)), Uuid::from_u128(1)),
        ];
        for place in elsewhere {
            assert_eq!(secrets.open(&place, &sealed).await.unwrap_err().code, "internal");
        }
    }

    #[tokio::test]
    async fn no_bit_of_a_ciphertext_can_be_changed_or_cut() {
        let secrets = secrets(NEW).await;
        let sealed = secrets.seal(&place(1), b"hunter2").unwrap();
        assert!(!sealed.windows(7).any(|window| window == b"hunter2"));
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(secrets.open(&place(1), &changed).await.is_err(), "byte {at}");
            assert!(secrets.open(&place(1), &sealed[..at]).await.is_err(), "cut at {at}");
        }
    }

    #[tokio::test]
    async fn both_keys_are_readable_while_one_takes_the_others_place() {
        let old = secrets(OLD).await.seal(&place(1), b"from before").unwrap();
        let both = secrets(&format!("{NEW}\n{OLD}")).await;
        assert_eq!(both.open(&place(1), &old).await.unwrap().expose(), b"from before");
        let newer = both.seal(&place(1), b"from now").unwrap();
        assert_eq!(split(&newer).unwrap().0, "new");
        let only_new = secrets(NEW).await;
        assert_eq!(only_new.open(&place(1), &newer).await.unwrap().expose(), b"from now");
        assert_eq!(only_new.open(&place(1), &old).await.unwrap_err().code, "secret_key_missing");
    }

    #[tokio::test]
    async fn the_same_secret_never_looks_the_same_and_nothing_shows_it() {
        let secrets = secrets(NEW).await;
        assert_ne!(secrets.seal(&place(1), b"hunter2").unwrap(), secrets.seal(&place(1), b"hunter2").unwrap());
        let sealed = secrets.seal(&place(1), b"hunter2").unwrap();
        let clear = secrets.open(&place(1), &sealed).await.unwrap();
        let shown = format!("{clear:?} {secrets:?} {:?}", secrets.keys());
        assert!(!shown.contains("hunter2") && !shown.contains("0202") && !shown.contains("[2, 2"), "{shown}");
    }

    #[tokio::test]
    async fn a_key_added_to_the_file_is_found_without_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secrets.keys");
        std::fs::write(&path, format!("{OLD}\n")).unwrap();
        let server = Secrets::new(FromFile::new(path.clone(), None)).await.unwrap();
        std::fs::write(&path, format!("{NEW}\n{OLD}\n")).unwrap();
        let another = Secrets::new(FromFile::new(path, None)).await.unwrap();
        let sealed = another.seal(&place(1), b"sealed elsewhere").unwrap();
        assert_eq!(server.open(&place(1), &sealed).await.unwrap().expose(), b"sealed elsewhere");
    }
}
