//! The sealed chain of an organization's trail, as pure rules: what the bytes of an entry are, how entries become a seal, how seals hang
//! together, and what it takes to find that somebody laid hands on them. `docs/audit-trail.md` says the same for whoever writes a verifier
//! of their own.
//!
//! **Invariant:** nothing here knows a database, a clock or a file; the same entries give the same bytes for ever, and a change of them is a
//! new version beside the old one, never instead.
//! **Invariant:** an entry's bytes are unambiguous: every value carries its length, and absent differs from empty.

mod bundle;
mod digest;
mod merkle;
mod removal;
mod sign;
#[cfg(test)]
mod tests;
mod verify;

use std::fmt::Write;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

pub use bundle::{Bundle, BundleEnd, BundleHeader, Checked, check};
pub use digest::{Hash, Hex, PublicKey, Signature};
pub use merkle::root;
pub use removal::{Ranges, Removal};
pub use sign::{Introduction, Signer, Trust, genuine};
pub use verify::{Finding, Found, Problem, Verified, Verifier};

/// One event of the trail, as it is sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Whose event it is.
    pub organization: Uuid,
    /// The event.
    pub id: Uuid,
    /// When its transaction began, to the microsecond.
    pub occurred_at: Timestamp,
    /// The plant it belongs to, if to one.
    pub plant: Option<Uuid>,
    /// Who.
    pub actor: String,
    /// From where: an address, as RFC 5952 and everybody spells it.
    pub ip: Option<String>,
    /// In which request.
    pub request: Option<Uuid>,
    /// What.
    pub action: String,
    /// About which kind of record.
    pub kind: Option<String>,
    /// About which record.
    pub record: Option<Uuid>,
    /// `success`, `refused` or `failed`.
    pub outcome: String,
    /// The record before: the text of PostgreSQL's `jsonb`, byte for byte.
    pub before: Option<String>,
    /// The record after, likewise.
    pub after: Option<String>,
    /// What else there is to say, likewise.
    pub detail: Option<String>,
}

impl Entry {
    /// The bytes that are hashed: a line of each member, `name length:value` or `name -`, below a line that names the version.
    pub fn canonical(&self) -> String {
        let size = 640 + [&self.before, &self.after, &self.detail].into_iter().flatten().map(String::len).sum::<usize>();
        let mut text = String::with_capacity(size);
        text.push_str("gemba audit entry 1\n");
        let mut uuid = Uuid::encode_buffer();
        member(&mut text, "organization", Some(self.organization.hyphenated().encode_lower(&mut uuid)));
        member(&mut text, "id", Some(self.id.hyphenated().encode_lower(&mut uuid)));
        member(&mut text, "occurred_at", Some(&instant(self.occurred_at)));
        member(&mut text, "plant", self.plant.as_ref().map(|id| &*id.hyphenated().encode_lower(&mut uuid)));
        member(&mut text, "actor", Some(&self.actor));
        member(&mut text, "ip", self.ip.as_deref());
        member(&mut text, "request", self.request.as_ref().map(|id| &*id.hyphenated().encode_lower(&mut uuid)));
        member(&mut text, "action", Some(&self.action));
        member(&mut text, "kind", self.kind.as_deref());
        member(&mut text, "record", self.record.as_ref().map(|id| &*id.hyphenated().encode_lower(&mut uuid)));
        member(&mut text, "outcome", Some(&self.outcome));
        member(&mut text, "before", self.before.as_deref());
        member(&mut text, "after", self.after.as_deref());
        member(&mut text, "detail", self.detail.as_deref());
        text
    }

    /// The entry's hash: a leaf of its seal's tree (RFC 6962, 2.1: SHA-256 of a zero byte and the bytes).
    pub fn leaf(&self) -> Hash {
        merkle::leaf(self.canonical().as_bytes())
    }
}

/// Adds one member. Lengths are in bytes.
fn member(text: &mut String, name: &str, value: Option<&str>) {
    let written = match value {
        Some(value) => writeln!(text, "{name} {}:{value}", value.len()),
        None => writeln!(text, "{name} -"),
    };
    written.unwrap_or(());
}

/// An instant as every statement spells it: UTC, microseconds, `Z`.
pub fn instant(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string()
}

/// Entries sealed together, and the seal before them: a link of the chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seal {
    /// Whose chain.
    pub organization: Uuid,
    /// Which link, from 1.
    pub number: u64,
    /// The number of the first entry in the whole chain, from 1.
    pub first: u64,
    /// It holds what transactions from this one wrote …
    pub from_transaction: u64,
    /// … to the one before this.
    pub to_transaction: u64,
    /// When it was made.
    pub sealed_at: Timestamp,
    /// The hash of the seal before; zeros for the first.
    pub previous: Hash,
    /// The hashes of its entries, in order.
    pub leaves: Vec<Hash>,
    /// The root of the tree over the leaves (RFC 6962).
    pub root: Hash,
    /// SHA-256 of the [`statement`](Self::statement).
    pub hash: Hash,
    /// The key that signed its head.
    pub key: PublicKey,
    /// The signature of its [`head`](Self::head)'s statement.
    pub signature: Signature,
}

/// What a new seal follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct End {
    /// The number of the last seal; 0 before the first.
    pub number: u64,
    /// Entries sealed so far.
    pub entries: u64,
    /// Transactions sealed so far: all before this.
    pub transaction: u64,
    /// The hash of the last seal; zeros before the first.
    pub hash: Hash,
}

impl End {
    /// Before the first seal.
    pub const BEGINNING: End = End { number: 0, entries: 0, transaction: 0, hash: Hash::ZERO };
}

impl Seal {
    /// Seals `leaves`, which transactions before `to_transaction` wrote, behind `end`.
    pub fn over(organization: Uuid, end: End, leaves: Vec<Hash>, to_transaction: u64, sealed_at: Timestamp, signer: &Signer) -> Seal {
        let mut seal = Seal {
            organization,
            number: end.number + 1,
            first: end.entries + 1,
            from_transaction: end.transaction,
            to_transaction,
            sealed_at,
            previous: end.hash,
            root: root(&leaves),
            leaves,
            hash: Hash::ZERO,
            key: signer.public_key(),
            signature: Signature::ZERO,
        };
        seal.hash = Hex(Sha256::digest(seal.statement()).into());
        seal.signature = signer.sign(&seal.head().statement());
        seal
    }

    /// What the seal says, and what its hash is over.
    pub fn statement(&self) -> String {
        format!(
            "gemba audit seal 1\norganization {}\nnumber {}\nfirst {}\nentries {}\ntransactions {} {}\nsealed_at {}\nroot {}\nprevious {}\n",
            self.organization,
            self.number,
            self.first,
            self.leaves.len(),
            self.from_transaction,
            self.to_transaction,
            instant(self.sealed_at),
            self.root,
            self.previous
        )
    }

    /// What an outside witness keeps of it.
    pub fn head(&self) -> Head {
        Head {
            organization: self.organization,
            number: self.number,
            entries: self.end().entries,
            sealed_at: self.sealed_at,
            hash: self.hash,
            key: self.key,
            signature: self.signature,
        }
    }

    /// What the next seal follows.
    pub fn end(&self) -> End {
        End { number: self.number, entries: self.first - 1 + self.leaves.len() as u64, transaction: self.to_transaction, hash: self.hash }
    }
}

/// A signed head: whoever holds it outside can tell later whether the chain still contains everything up to it, unchanged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Whose chain.
    pub organization: Uuid,
    /// The seal it is the head of.
    pub number: u64,
    /// Entries sealed up to it.
    pub entries: u64,
    /// When it was sealed.
    pub sealed_at: Timestamp,
    /// The seal's hash.
    pub hash: Hash,
    /// The key that signed.
    pub key: PublicKey,
    /// The signature of the [`statement`](Self::statement).
    pub signature: Signature,
}

impl Head {
    /// What is signed.
    pub fn statement(&self) -> String {
        format!(
            "gemba audit head 1\norganization {}\nnumber {}\nentries {}\nsealed_at {}\nhash {}\n",
            self.organization,
            self.number,
            self.entries,
            instant(self.sealed_at),
            self.hash
        )
    }

    /// Whether the signature is the named key's. Whether that key is to be trusted is another question: [`Trust`].
    pub fn genuine(&self) -> bool {
        genuine(&self.key, &self.statement(), &self.signature)
    }
}
