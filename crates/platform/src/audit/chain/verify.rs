//! Goes along a chain, link by link, and tells everything that does not fit.
//!
//! **Invariant:** a verifier asks nobody: seals, entries, keys and witnessed heads are given to it, and it believes only what follows from
//! the trusted keys.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::fmt;

use serde::Serialize;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::digest::{Hash, Hex, PublicKey};
use super::sign::Trust;
use super::{End, Entry, Head, Ranges, Removal, Seal, root};

/// Findings kept; more are counted.
const KEPT: usize = 200;

/// Verifies the chain of one organization.
pub struct Verifier<'a> {
    trust: &'a Trust,
    removed: Ranges,
    witness: BTreeMap<u64, Vec<&'a Head>>,
    /// What the next seal must follow; nothing before the first seal of an extract.
    end: Option<End>,
    verified: Verified,
}

/// An entry that was found, as far as the chain is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// Which.
    pub id: Uuid,
    /// Its hash, computed from what was found.
    pub leaf: Hash,
}

impl From<&Entry> for Found {
    fn from(entry: &Entry) -> Found {
        Found { id: entry.id, leaf: entry.leaf() }
    }
}

/// What verifying a chain came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verified {
    /// Whose chain.
    pub organization: Uuid,
    /// Seals gone through.
    pub seals: u64,
    /// Entries found and compared with their seals.
    pub entries: u64,
    /// Entries that a signed statement of retention says were removed.
    pub removed: u64,
    /// Entries not sealed yet.
    pub unsealed: u64,
    /// Heads of outside witnesses that the chain was held against.
    pub witnessed: u64,
    /// Where the chain ends.
    pub head: Option<Head>,
    /// The keys that signed.
    pub keys: BTreeSet<PublicKey>,
    /// What does not fit; nothing where all is well.
    pub findings: Vec<Finding>,
    /// Findings beyond those listed.
    pub further: u64,
}

impl Verified {
    /// Whether nothing was found.
    pub fn sound(&self) -> bool {
        self.findings.is_empty()
    }

    /// Adds a finding, or counts it when there are many already.
    pub fn find(&mut self, seal: Option<u64>, problem: Problem) {
        if self.findings.len() < KEPT {
            self.findings.push(Finding { organization: self.organization, seal, problem });
        } else {
            self.further += 1;
        }
    }
}

/// One thing that does not fit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// In whose chain.
    pub organization: Uuid,
    /// At which seal.
    pub seal: Option<u64>,
    /// What.
    #[serde(flatten)]
    pub problem: Problem,
}

/// What can be wrong. Entries are named by their number in the chain and, where one was found, by their identifier.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "problem", rename_all = "snake_case")]
#[expect(missing_docs, reason = "the fields are what the sentences below say of them")]
pub enum Problem {
    /// An entry is not what was sealed: some member of it was changed, or another put in its place.
    EntryChanged { number: u64, id: Uuid },
    /// A sealed entry is gone, and no statement of retention says so.
    EntryMissing { number: u64 },
    /// An entry was put in after the seal.
    EntryAdded { id: Uuid },
    /// A sealed entry is there more than once.
    EntryRepeated { id: Uuid },
    /// The entries are there in another order.
    EntriesReordered { number: u64 },
    /// Seals are gone.
    SealsMissing { first: u64, last: u64 },
    /// A seal is there twice, or at the wrong place.
    SealRepeated,
    /// The seal belongs to another organization.
    SealForeign,
    /// The seal does not say what its hash and tree say.
    SealChanged,
    /// The seal does not follow the one before.
    ChainBroken,
    /// The signature is not the named key's.
    SignatureWrong,
    /// The key that signed is not among the trusted.
    KeyUnknown { key: PublicKey },
    /// The chain ends before a head that a witness holds: something older was put in its place.
    RolledBack { witnessed: u64, found: u64 },
    /// A witness holds another head of this number: the chain was written anew.
    HeadDiffers,
    /// A head of the witness is not signed by a trusted key.
    WitnessForged { number: u64 },
    /// A statement of removal is not signed by a trusted key.
    RemovalForged { entries: String },
    /// A document that should be complete is not: lines are missing, or were changed.
    DocumentChanged { detail: String },
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "organization {}", self.organization)?;
        if let Some(seal) = self.seal {
            write!(f, ", seal {seal}")?;
        }
        write!(f, ": {}", self.problem)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Problem::EntryChanged { number, id } => write!(f, "entry {number} ({id}) is not what was sealed: it was changed or replaced"),
            Problem::EntryMissing { number } => write!(f, "entry {number} is missing, and no statement of retention says why"),
            Problem::EntryAdded { id } => write!(f, "entry {id} was put in after the seal"),
            Problem::EntryRepeated { id } => write!(f, "entry {id} is there more than once"),
            Problem::EntriesReordered { number } => {
                write!(f, "the entries are not in the order in which they were sealed, from entry {number} on")
            }
            Problem::SealsMissing { first, last } if first == last => write!(f, "seal {first} is missing"),
            Problem::SealsMissing { first, last } => write!(f, "seals {first} to {last} are missing"),
            Problem::SealRepeated => f.write_str("the seal is there twice, or at the wrong place"),
            Problem::SealForeign => f.write_str("the seal belongs to another organization"),
            Problem::SealChanged => f.write_str("the seal was changed: its hash does not fit what it says"),
            Problem::ChainBroken => f.write_str("the seal does not follow the one before it"),
            Problem::SignatureWrong => f.write_str("the signature is forged: it is not that of the key it names"),
            Problem::KeyUnknown { key } => write!(f, "signed with key {key}, which is not trusted"),
            Problem::RolledBack { witnessed, found } => {
                write!(
                    f,
                    "a witness holds the head of seal {witnessed}, the chain ends at seal {found}: an older state was restored, or its end cut off"
                )
            }
            Problem::HeadDiffers => f.write_str("a witness holds another head of this seal: the chain was written anew"),
            Problem::WitnessForged { number } => write!(f, "the witness's head of seal {number} is not signed by a trusted key"),
            Problem::RemovalForged { entries } => {
                write!(f, "the statement that entries {entries} were removed is not signed by a trusted key")
            }
            Problem::DocumentChanged { detail } => write!(f, "the document is not as it was written: {detail}"),
        }
    }
}

impl<'a> Verifier<'a> {
    /// Verifies the whole chain of `organization`, from its first seal. Removals and heads of other organizations are passed over.
    pub fn new(organization: Uuid, trust: &'a Trust, removals: &[Removal], witness: &'a [Head]) -> Self {
        let mut verifier = Self::extract(organization, trust, removals, witness);
        verifier.end = Some(End::BEGINNING);
        verifier
    }

    /// Verifies a part of the chain, which may begin at any seal.
    pub fn extract(organization: Uuid, trust: &'a Trust, removals: &[Removal], witness: &'a [Head]) -> Self {
        let verified = Verified {
            organization,
            seals: 0,
            entries: 0,
            removed: 0,
            unsealed: 0,
            witnessed: 0,
            head: None,
            keys: BTreeSet::new(),
            findings: Vec::new(),
            further: 0,
        };
        let mut verifier = Verifier { trust, removed: Ranges::default(), witness: BTreeMap::new(), end: None, verified };
        for removal in removals.iter().filter(|removal| removal.organization == organization) {
            if removal.genuine() && trust.holds(&removal.key) {
                verifier.removed = verifier.removed.and(&removal.entries);
            } else {
                verifier.verified.find(None, Problem::RemovalForged { entries: removal.entries.to_string() });
            }
        }
        for head in witness.iter().filter(|head| head.organization == organization) {
            if head.genuine() && trust.holds(&head.key) {
                verifier.witness.entry(head.number).or_default().push(head);
            } else {
                verifier.verified.find(None, Problem::WitnessForged { number: head.number });
            }
        }
        verifier
    }

    /// Goes on to the next seal, with the entries found in its place. `outside` names entries that are left out on purpose.
    pub fn seal(&mut self, seal: &Seal, found: &[Found], outside: &Ranges) {
        self.link(seal);
        self.statement(seal);
        self.heads(seal);
        self.entries(seal, found, outside);
        self.verified.seals += 1;
        self.verified.keys.insert(seal.key);
        self.verified.head = Some(seal.head());
        self.end = Some(seal.end());
    }

    /// Adds an entry that was found where no seal is and should be one.
    pub fn stray(&mut self, found: Found) {
        self.verified.find(None, Problem::EntryAdded { id: found.id });
    }

    /// Ends with what waits to be sealed.
    pub fn finish(mut self, unsealed: u64) -> Verified {
        let found = self.verified.head.as_ref().map_or(0, |head| head.number);
        if let Some((last, _)) = self.witness.last_key_value().filter(|(last, _)| **last > found) {
            let problem = Problem::RolledBack { witnessed: *last, found };
            self.verified.find(None, problem);
        }
        self.verified.unsealed = unsealed;
        self.verified
    }

    /// Ends a part of the chain, behind which there may be more.
    pub fn finish_part(self) -> Verified {
        self.verified
    }

    fn find(&mut self, seal: &Seal, problem: Problem) {
        self.verified.find(Some(seal.number), problem);
    }

    /// Whether it follows the seal before.
    fn link(&mut self, seal: &Seal) {
        if seal.organization != self.verified.organization {
            self.find(seal, Problem::SealForeign);
        }
        let Some(end) = self.end else { return };
        if seal.number > end.number + 1 {
            self.find(seal, Problem::SealsMissing { first: end.number + 1, last: seal.number - 1 });
        } else if seal.number <= end.number {
            self.find(seal, Problem::SealRepeated);
        } else if (seal.previous, seal.first, seal.from_transaction) != (end.hash, end.entries + 1, end.transaction) {
            self.find(seal, Problem::ChainBroken);
        }
    }

    /// Whether it says what its hash, its tree and its signature say.
    fn statement(&mut self, seal: &Seal) {
        if root(&seal.leaves) != seal.root || Hex(Sha256::digest(seal.statement()).into()) != seal.hash {
            self.find(seal, Problem::SealChanged);
        }
        if !seal.head().genuine() {
            self.find(seal, Problem::SignatureWrong);
        }
        if !self.trust.holds(&seal.key) {
            self.find(seal, Problem::KeyUnknown { key: seal.key });
        }
    }

    /// Whether the witnesses hold the same.
    fn heads(&mut self, seal: &Seal) {
        let Some(heads) = self.witness.get(&seal.number) else { return };
        self.verified.witnessed += heads.len() as u64;
        if heads.iter().any(|head| head.hash != seal.hash) {
            self.find(seal, Problem::HeadDiffers);
        }
    }

    /// Whether the entries are those that were sealed, each once, in their order.
    fn entries(&mut self, seal: &Seal, found: &[Found], outside: &Ranges) {
        self.verified.entries += found.len() as u64;
        if found.len() == seal.leaves.len() && found.iter().zip(&seal.leaves).all(|(found, leaf)| found.leaf == *leaf) {
            return;
        }
        let mut places: HashMap<Hash, VecDeque<usize>> = HashMap::new();
        for (place, leaf) in seal.leaves.iter().enumerate() {
            places.entry(*leaf).or_default().push_back(place);
        }
        let mut there = vec![false; seal.leaves.len()];
        let (mut last, mut moved, mut strangers) = (None, None, VecDeque::new());
        for entry in found {
            match places.get_mut(&entry.leaf) {
                None => strangers.push_back(entry.id),
                Some(left) => match left.pop_front() {
                    None => self.find(seal, Problem::EntryRepeated { id: entry.id }),
                    Some(place) => {
                        there[place] = true;
                        if last.is_some_and(|last| place < last) {
                            moved.get_or_insert(place);
                        }
                        last = Some(place);
                    }
                },
            }
        }
        for (place, _) in there.iter().enumerate().filter(|(_, there)| !**there) {
            let number = seal.first + place as u64;
            if self.removed.holds(number) {
                self.verified.removed += 1;
            } else if outside.holds(number) {
                continue;
            } else if let Some(id) = strangers.pop_front() {
                self.find(seal, Problem::EntryChanged { number, id });
            } else {
                self.find(seal, Problem::EntryMissing { number });
            }
        }
        if let Some(place) = moved {
            self.find(seal, Problem::EntriesReordered { number: seal.first + place as u64 });
        }
        for id in strangers {
            self.find(seal, Problem::EntryAdded { id });
        }
    }
}
