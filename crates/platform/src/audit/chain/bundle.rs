//! The signed bundle: a part of the trail in one file that proves itself, without a database and without Gemba.
//!
//! Lines of JSON: a header, the statements of removal, then each seal followed by its entries that lie in the bundle's period, and a last line
//! with the number of lines, their hash and a signature.
//!
//! **Invariant:** nothing is believed before its line is hashed; a bundle cut short, or with a line changed, added or moved, does not close.

use std::io::{self, BufRead, Write};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::digest::{Hash, Hex, PublicKey, Signature};
use super::sign::{Introduction, Signer, Trust, genuine};
use super::verify::{Found, Problem, Verified, Verifier};
use super::{Entry, Head, Ranges, Removal, Seal};

/// The first line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BundleHeader {
    /// `gemba audit bundle 1`.
    pub format: String,
    /// Whose trail.
    pub organization: Uuid,
    /// The first instant of the period; from the beginning where absent.
    pub from: Option<Timestamp>,
    /// The first instant behind the period.
    pub to: Option<Timestamp>,
    /// When it was written.
    pub exported_at: Timestamp,
    /// Who wrote it.
    pub exported_by: String,
    /// One key's word for the next.
    pub introductions: Vec<Introduction>,
}

/// A line between the first and the last.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    Removal(Removal),
    Seal {
        #[serde(flatten)]
        seal: Seal,
        /// Numbers of entries that lie outside the period and are left out.
        outside: Ranges,
    },
    Entry(Entry),
    End(BundleEnd),
}

/// The last line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BundleEnd {
    /// Lines before this.
    pub lines: u64,
    /// SHA-256 of those lines, line ends included.
    pub hash: Hash,
    /// The key that signed.
    pub key: PublicKey,
    /// The signature of the [`statement`](Self::statement).
    pub signature: Signature,
}

impl BundleEnd {
    /// What is signed.
    pub fn statement(&self) -> String {
        format!("gemba audit bundle 1\nlines {}\nhash {}\n", self.lines, self.hash)
    }
}

const FORMAT: &str = "gemba audit bundle 1";

/// Writes a bundle, line by line.
pub struct Bundle<W: Write> {
    out: W,
    hasher: Sha256,
    lines: u64,
}

impl<W: Write> Bundle<W> {
    /// Begins with the header.
    ///
    /// # Errors
    /// What `out` refuses.
    pub fn begin(out: W, mut header: BundleHeader) -> io::Result<Self> {
        header.format = FORMAT.into();
        let mut bundle = Bundle { out, hasher: Sha256::new(), lines: 0 };
        bundle.line(&header)?;
        Ok(bundle)
    }

    /// Adds a statement of removal.
    ///
    /// # Errors
    /// What `out` refuses.
    pub fn removal(&mut self, removal: Removal) -> io::Result<()> {
        self.line(&Line::Removal(removal))
    }

    /// Adds a seal; its entries within the period follow, those that do not are `outside`.
    ///
    /// # Errors
    /// What `out` refuses.
    pub fn seal(&mut self, seal: Seal, outside: Ranges) -> io::Result<()> {
        self.line(&Line::Seal { seal, outside })
    }

    /// Adds an entry.
    ///
    /// # Errors
    /// What `out` refuses.
    pub fn entry(&mut self, entry: Entry) -> io::Result<()> {
        self.line(&Line::Entry(entry))
    }

    /// Ends with the signature.
    ///
    /// # Errors
    /// What `out` refuses.
    pub fn end(mut self, signer: &Signer) -> io::Result<W> {
        let hash = Hex(self.hasher.clone().finalize().into());
        let mut end = BundleEnd { lines: self.lines, hash, key: signer.public_key(), signature: Signature::ZERO };
        end.signature = signer.sign(&end.statement());
        self.line(&Line::End(end))?;
        self.out.flush()?;
        Ok(self.out)
    }

    fn line(&mut self, line: &impl Serialize) -> io::Result<()> {
        let mut text = serde_json::to_vec(line)?;
        text.push(b'\n');
        self.hasher.update(&text);
        self.lines += 1;
        self.out.write_all(&text)
    }
}

/// A bundle that was read to its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Checked {
    /// What it says of itself.
    pub header: BundleHeader,
    /// The key that signed it.
    pub key: Option<PublicKey>,
    /// What verifying its chain came to.
    pub verified: Verified,
}

/// Verifies a bundle: that it is whole and signed, that its chain closes, and that its entries are those that were sealed. Where `keys` is
/// empty, whatever key signed is accepted, and the caller has to compare it by hand.
///
/// # Errors
/// What the reader refuses, or `InvalidData` when the first line is no header of a bundle.
pub fn check(mut from: impl BufRead, keys: &[PublicKey], witness: &[Head]) -> io::Result<Checked> {
    let (mut text, mut hasher, mut lines) = (Vec::new(), Sha256::new(), 1u64);
    from.read_until(b'\n', &mut text)?;
    let header: BundleHeader =
        serde_json::from_slice(&text).map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "this is no bundle of an audit trail"))?;
    if header.format != FORMAT {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            format!("found a bundle of the format {:?}, expected {FORMAT:?}", header.format),
        ));
    }
    hasher.update(&text);
    let trust = if keys.is_empty() { Trust::anybody() } else { Trust::of(keys.iter().copied(), &header.introductions) };
    // A head that was made after the bundle was written, or may lie behind its period, says nothing about its end.
    let witness: Vec<Head> = witness.iter().filter(|head| head.sealed_at <= header.exported_at).cloned().collect();
    let mut reading = Reading { header: &header, trust: &trust, witness: &witness, removals: Vec::new(), verifier: None, open: None };
    let (mut key, mut closing) = (None, Vec::new());
    loop {
        text.clear();
        if from.read_until(b'\n', &mut text)? == 0 {
            closing.push("it has no end, or was cut short".to_string());
            break;
        }
        match serde_json::from_slice(&text) {
            Ok(Line::End(end)) => {
                key = Some(end.key);
                closing.extend(close(&end, lines, Hex(hasher.finalize().into()), &trust));
                if from.read(&mut [0])? > 0 {
                    closing.push("there is something behind its end".into());
                }
                break;
            }
            Ok(line) => reading.line(line),
            Err(cause) => closing.push(format!("line {} cannot be understood: {cause}", lines + 1)),
        }
        hasher.update(&text);
        lines += 1;
    }
    let mut verified = reading.finish();
    for detail in closing {
        verified.find(None, Problem::DocumentChanged { detail });
    }
    Ok(Checked { header, key, verified })
}

/// What is wrong with the last line.
fn close(end: &BundleEnd, lines: u64, hash: Hash, trust: &Trust) -> Option<String> {
    if end.lines != lines {
        return Some(format!("it has {lines} lines before the last, and was written with {}", end.lines));
    }
    if end.hash != hash {
        return Some("a line was changed, or lines were moved".into());
    }
    if !genuine(&end.key, &end.statement(), &end.signature) {
        return Some("its signature is forged".into());
    }
    (!trust.holds(&end.key)).then(|| format!("it is signed with key {}, which is not trusted", end.key))
}

/// A bundle on the way through: the seal whose entries are being read.
struct Reading<'a> {
    header: &'a BundleHeader,
    trust: &'a Trust,
    witness: &'a [Head],
    removals: Vec<Removal>,
    verifier: Option<Verifier<'a>>,
    open: Option<(Seal, Ranges, Vec<Found>)>,
}

impl<'a> Reading<'a> {
    fn line(&mut self, line: Line) {
        match line {
            Line::Removal(removal) => self.removals.push(removal),
            Line::Seal { seal, outside } => {
                self.close();
                self.open = Some((seal, outside, Vec::new()));
            }
            Line::Entry(entry) => match &mut self.open {
                Some((_, _, found)) => found.push(Found::from(&entry)),
                None => {
                    let found = Found::from(&entry);
                    self.verifier().stray(found);
                }
            },
            Line::End(_) => {}
        }
    }

    fn close(&mut self) {
        if let Some((seal, outside, found)) = self.open.take() {
            self.verifier().seal(&seal, &found, &outside);
        }
    }

    /// Removals stand before the first seal, so that all are known when it is made.
    fn verifier(&mut self) -> &mut Verifier<'a> {
        let (header, trust, removals, witness) = (self.header, self.trust, &self.removals, self.witness);
        self.verifier.get_or_insert_with(|| match header.from {
            None => Verifier::new(header.organization, trust, removals, witness),
            Some(_) => Verifier::extract(header.organization, trust, removals, witness),
        })
    }

    fn finish(mut self) -> Verified {
        self.close();
        self.verifier();
        let verifier = self.verifier.take().unwrap_or_else(|| Verifier::extract(self.header.organization, self.trust, &[], &[]));
        match self.header.to {
            Some(_) => verifier.finish_part(),
            None => verifier.finish(0),
        }
    }
}
