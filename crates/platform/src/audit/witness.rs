//! Heads kept outside the database, as lines of JSON: whoever holds them can tell later that nothing was cut off, put back or written anew.
//!
//! **Invariant:** lines are only appended; a line that a crash left unfinished is passed over, never mended.

use std::collections::HashMap;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::audit::chain::Head;

/// How often a chain's head is anchored.
const EVERY: SignedDuration = SignedDuration::from_mins(1);

/// Appends heads to a file, one of each chain a minute at most.
#[derive(Debug)]
pub struct Witness {
    path: PathBuf,
    anchored: HashMap<Uuid, Timestamp>,
    waiting: HashMap<Uuid, Head>,
}

impl Witness {
    /// Appends to the file at `path`, which is made with the first head.
    pub fn at(path: &Path) -> Self {
        Witness { path: path.to_owned(), anchored: HashMap::new(), waiting: HashMap::new() }
    }

    /// Takes note of new heads, later ones of a chain after earlier.
    pub fn note(&mut self, heads: Vec<Head>) {
        self.waiting.extend(heads.into_iter().map(|head| (head.organization, head)));
    }

    /// Appends the heads whose turn has come at `now`.
    ///
    /// # Errors
    /// What the file system refused; the heads wait on then.
    pub fn anchor(&mut self, now: Timestamp) -> std::io::Result<()> {
        let due = |organization: &Uuid| self.anchored.get(organization).is_none_or(|last| now.duration_since(*last) >= EVERY);
        let due: Vec<Head> = self.waiting.values().filter(|head| due(&head.organization)).cloned().collect();
        self.append(due, now)
    }

    /// Appends all heads noted, whether their turn has come or not: before the end.
    ///
    /// # Errors
    /// As [`anchor`](Self::anchor).
    pub fn finish(&mut self, now: Timestamp) -> std::io::Result<()> {
        let all = self.waiting.values().cloned().collect();
        self.append(all, now)
    }

    fn append(&mut self, mut heads: Vec<Head>, now: Timestamp) -> std::io::Result<()> {
        if heads.is_empty() {
            return Ok(());
        }
        heads.sort_by_key(|head| head.organization);
        let mut text = String::new();
        for head in &heads {
            text.push_str(&serde_json::to_string(head)?);
            text.push('\n');
        }
        let mut file = OpenOptions::new().create(true).append(true).open(&self.path)?;
        file.write_all(text.as_bytes())?;
        file.sync_data()?;
        for head in heads {
            self.waiting.remove(&head.organization);
            self.anchored.insert(head.organization, now);
        }
        Ok(())
    }
}

/// Reads the heads of a witness.
///
/// # Errors
/// A sentence that names the line which is no head; an unfinished last line is passed over.
pub fn read(text: &str) -> Result<Vec<Head>, String> {
    let mut heads = Vec::new();
    let finished = text.rfind('\n').map_or("", |end| &text[..end]);
    for (at, line) in finished.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        heads.push(serde_json::from_str(line).map_err(|wrong| format!("line {} is no head of a chain: {wrong}", at + 1))?);
    }
    Ok(heads)
}
