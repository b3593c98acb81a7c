//! Signing statements, and whose signatures count.
//!
//! **Invariant:** the secret half of a key is never printed, stored or sent by anything here.

use std::collections::BTreeSet;

use ed25519_dalek::{Signer as _, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};

use super::digest::{Hex, PublicKey, Signature};

/// Signs statements with a secret key.
#[derive(Clone)]
pub struct Signer(SigningKey);

impl Signer {
    /// The signer with this secret key (RFC 8032, 5.1.5).
    pub fn new(secret: &[u8; 32]) -> Self {
        Signer(SigningKey::from_bytes(secret))
    }

    /// What others check its signatures with.
    pub fn public_key(&self) -> PublicKey {
        Hex(self.0.verifying_key().to_bytes())
    }

    /// Signs a statement.
    pub fn sign(&self, statement: &str) -> Signature {
        Hex(self.0.sign(statement.as_bytes()).to_bytes())
    }

    /// Says that `next` will sign from now on, so that whoever trusts this key can trust that one.
    pub fn introduce(&self, next: PublicKey) -> Introduction {
        let mut introduction = Introduction { key: next, by: self.public_key(), signature: Signature::ZERO };
        introduction.signature = self.sign(&introduction.statement());
        introduction
    }
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Signer({})", self.public_key())
    }
}

/// Whether `key` signed `statement`.
pub fn genuine(key: &PublicKey, statement: &str, signature: &Signature) -> bool {
    let signature = ed25519_dalek::Signature::from_bytes(&signature.0);
    VerifyingKey::from_bytes(&key.0).is_ok_and(|key| key.verify_strict(statement.as_bytes(), &signature).is_ok())
}

/// One key's word for the next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Introduction {
    /// The new key.
    pub key: PublicKey,
    /// The key that vouches for it.
    pub by: PublicKey,
    /// That key's signature of the [`statement`](Self::statement).
    pub signature: Signature,
}

impl Introduction {
    /// What is signed.
    pub fn statement(&self) -> String {
        format!("gemba audit key 1\nkey {}\nby {}\n", self.key, self.by)
    }
}

/// The keys whose signatures count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trust {
    keys: BTreeSet<PublicKey>,
    anybody: bool,
}

impl Trust {
    /// These keys, and those they introduce, directly or through others.
    pub fn of(keys: impl IntoIterator<Item = PublicKey>, introductions: &[Introduction]) -> Self {
        let mut keys: BTreeSet<PublicKey> = keys.into_iter().collect();
        // A key may introduce one that introduces another, in whatever order they are listed.
        for _ in introductions {
            for introduction in introductions {
                let vouched =
                    keys.contains(&introduction.by) && genuine(&introduction.by, &introduction.statement(), &introduction.signature);
                if vouched {
                    keys.insert(introduction.key);
                }
            }
        }
        Trust { keys, anybody: false }
    }

    /// Whatever key is named: proves that a chain hangs together, not who made it. Whoever uses it must compare the keys by hand.
    pub fn anybody() -> Self {
        Trust { keys: BTreeSet::new(), anybody: true }
    }

    /// Whether signatures of `key` count.
    pub fn holds(&self, key: &PublicKey) -> bool {
        self.anybody || self.keys.contains(key)
    }

    /// Whether no key was named.
    pub fn is_anybody(&self) -> bool {
        self.anybody
    }
}
