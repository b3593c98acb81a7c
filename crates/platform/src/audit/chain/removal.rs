//! What retention let go: signed statements that close the gaps it leaves.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

use super::digest::{PublicKey, Signature};
use super::sign::{Signer, genuine};

/// A signed statement that entries were removed, and why. The seals keep their hashes, so the chain still closes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Removal {
    /// Whose entries.
    pub organization: Uuid,
    /// Their numbers in the chain.
    pub entries: Ranges,
    /// Why: `retention access 365 d`.
    pub reason: String,
    /// When.
    pub removed_at: Timestamp,
    /// The key that signed.
    pub key: PublicKey,
    /// The signature of the [`statement`](Self::statement).
    pub signature: Signature,
}

impl Removal {
    /// The signed statement.
    pub fn of(organization: Uuid, entries: Ranges, reason: String, removed_at: Timestamp, signer: &Signer) -> Removal {
        let mut removal = Removal { organization, entries, reason, removed_at, key: signer.public_key(), signature: Signature::ZERO };
        removal.signature = signer.sign(&removal.statement());
        removal
    }

    /// What is signed.
    pub fn statement(&self) -> String {
        format!(
            "gemba audit removal 1\norganization {}\nentries {}\nreason {}\nremoved_at {}\n",
            self.organization,
            self.entries,
            self.reason,
            super::instant(self.removed_at)
        )
    }

    /// Whether the signature is the named key's.
    pub fn genuine(&self) -> bool {
        genuine(&self.key, &self.statement(), &self.signature)
    }
}

/// Numbers of entries: `1-200,205,300-310`, ascending, touching ranges joined.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ranges(Vec<(u64, u64)>);

impl Ranges {
    /// Adds a number that is not smaller than all before.
    pub fn push(&mut self, number: u64) {
        match self.0.last_mut() {
            Some((_, last)) if *last + 1 >= number => *last = number.max(*last),
            _ => self.0.push((number, number)),
        }
    }

    /// Whether `number` is within.
    pub fn holds(&self, number: u64) -> bool {
        let behind = self.0.partition_point(|(first, _)| *first <= number);
        behind > 0 && number <= self.0[behind - 1].1
    }

    /// How many numbers there are.
    pub fn count(&self) -> u64 {
        self.0.iter().map(|(first, last)| last - first + 1).sum()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// These and `others`.
    pub fn and(&self, others: &Ranges) -> Ranges {
        let mut all: Vec<(u64, u64)> = self.0.iter().chain(&others.0).copied().collect();
        all.sort_unstable();
        let mut joined = Ranges::default();
        for (first, last) in all {
            match joined.0.last_mut() {
                Some((_, end)) if *end + 1 >= first => *end = last.max(*end),
                _ => joined.0.push((first, last)),
            }
        }
        joined
    }
}

impl fmt::Display for Ranges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (first, last)) in self.0.iter().enumerate() {
            let comma = if at == 0 { "" } else { "," };
            match first == last {
                true => write!(f, "{comma}{first}")?,
                false => write!(f, "{comma}{first}-{last}")?,
            }
        }
        Ok(())
    }
}

impl FromStr for Ranges {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut ranges: Vec<(u64, u64)> = Vec::new();
        for part in text.split(',').filter(|part| !part.is_empty()) {
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            let wrong = || format!("expected ascending ranges of numbers like 1-200,205, found {part}");
            let (first, last) = (first.parse().map_err(|_| wrong())?, last.parse().map_err(|_| wrong())?);
            if first > last || last == u64::MAX || ranges.last().is_some_and(|(_, before)| *before >= first) {
                return Err(wrong());
            }
            ranges.push((first, last));
        }
        Ok(Ranges(ranges))
    }
}

impl Serialize for Ranges {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Ranges {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}
