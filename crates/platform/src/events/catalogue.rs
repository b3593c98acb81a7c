//! Which entries of the trail are events, what each means, and who may see it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::sync::Arc;

use crate::caller::{Caller, Reach};
use crate::ids::PlantId;
use crate::permission::Permission;
use crate::resource::{Kind, Kinds};

/// What happens to things of a kind that is no declared record.
#[derive(Clone, Copy, Debug)]
pub struct EventKind {
    /// The kind, as the trail names it: `run`.
    pub kind: &'static str,
    /// Several of them, as people call them.
    pub title: &'static str,
    /// The right to see them, and with it their events.
    pub read: Permission,
    /// What happens: the verb, and what it means.
    pub verbs: &'static [(&'static str, &'static str)],
}

/// Every event there is. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Catalogue(Arc<BTreeMap<&'static str, Entry>>);

#[derive(Clone, Debug)]
pub(crate) struct Entry {
    title: &'static str,
    read: Permission,
    verbs: Vec<(&'static str, String)>,
    /// The declaration, where it is a declared record.
    pub declared: Option<&'static Kind>,
}

impl Catalogue {
    /// The events of declared records, and those that contexts write themselves.
    pub fn new(kinds: &Kinds, written: impl IntoIterator<Item = EventKind>) -> Catalogue {
        let mut all = BTreeMap::new();
        for kind in kinds.iter() {
            let one = kind.a_noun();
            let verbs = [("created", "was made"), ("updated", "was changed"), ("archived", "was archived"), ("restored", "was taken back")];
            let mut verbs = verbs.map(|(verb, what)| (verb, format!("{}{} {what}.", one[..1].to_uppercase(), &one[1..]))).to_vec();
            let files = [
                ("file_attached", "A file was attached, or became the value of a custom field"),
                ("file_detached", "A file was taken away"),
                ("file_quarantined", "Something was found in a file, which nobody gets now"),
            ];
            verbs.extend(files.map(|(verb, what)| (verb, format!("{what}: of {one}; `data.file` says which."))));
            let entry = Entry { title: kind.plural, read: kind.verbs.read, verbs, declared: Some(kind) };
            all.insert(kind.name, entry);
        }
        for kind in written {
            let verbs = kind.verbs.iter().map(|(verb, what)| (*verb, (*what).to_owned()));
            // What is done with declared records beyond what all of them have comes on top.
            let entry = all.entry(kind.kind).or_insert(Entry { title: kind.title, read: kind.read, verbs: Vec::new(), declared: None });
            entry.verbs.extend(verbs);
        }
        Catalogue(Arc::new(all))
    }

    /// The kinds, as the trail names them, in alphabetical order.
    pub fn kinds(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.0.keys().copied()
    }

    /// The types of all events, as CloudEvents name them: `gemba.line.updated`.
    pub fn types(&self) -> impl Iterator<Item = String> + '_ {
        self.0.iter().flat_map(|(kind, entry)| entry.verbs.iter().map(move |(verb, _)| format!("gemba.{kind}.{verb}")))
    }

    /// The right to read things of a kind, and with it their events.
    pub(crate) fn reading(&self, kind: &str) -> Option<Permission> {
        self.0.get(kind).map(|entry| entry.read)
    }

    pub(crate) fn find(&self, kind: &str, action: &str) -> Option<&Entry> {
        let verb = action.strip_prefix(kind)?.strip_prefix('.')?;
        self.0.get(kind).filter(|entry| entry.verbs.iter().any(|(known, _)| *known == verb))
    }

    /// The actions of all events, as the trail names them.
    pub(super) fn actions(&self) -> Vec<String> {
        self.0.iter().flat_map(|(kind, entry)| entry.verbs.iter().map(move |(verb, _)| format!("{kind}.{verb}"))).collect()
    }

    /// What a caller may learn of, and where.
    pub fn sight(&self, caller: &Caller) -> Sight {
        let mut sight = Sight { plants: caller.reach(), ..Sight::default() };
        for (kind, entry) in self.0.iter() {
            match caller.reach_of(entry.read) {
                Reach::Everywhere => {
                    sight.everywhere.insert(kind);
                }
                Reach::Plants(plants) => sight.at.extend(plants.into_iter().map(|plant| (*kind, plant))),
            }
        }
        sight
    }

    /// The page docs/events.md: every type of event, what it means, and the right it takes.
    pub fn page(&self) -> String {
        let mut text = String::from(include_str!("page.txt"));
        for (kind, entry) in self.0.iter() {
            let _ = write!(text, "\n### {} (`{kind}`)\n\nSeen with `{}`.\n\n| type | happened |\n|---|---|\n", entry.title, entry.read);
            for (verb, what) in &entry.verbs {
                let _ = writeln!(text, "| `gemba.{kind}.{verb}` | {what} |");
            }
            if let Some(kind) = entry.declared {
                let fields: Vec<String> = kind.fields.iter().map(|field| format!("`{}`", field.name)).collect();
                let _ = writeln!(text, "\n`data.record` holds `id`, `version`, `archived_at`, {}.", fields.join(", "));
            }
        }
        text
    }
}

/// What somebody may learn of, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sight {
    /// The plants within reach at all.
    plants: Reach,
    pub(super) everywhere: BTreeSet<&'static str>,
    pub(super) at: BTreeSet<(&'static str, PlantId)>,
}

impl Default for Sight {
    fn default() -> Self {
        Sight { plants: Reach::Plants(Vec::new()), everywhere: BTreeSet::new(), at: BTreeSet::new() }
    }
}

impl Sight {
    /// Whether an event about a thing of `kind`, of this plant or of none, is told.
    pub fn tells(&self, kind: &str, plant: Option<PlantId>) -> bool {
        match plant {
            None => self.everywhere.contains(kind),
            Some(plant) => {
                self.plants.holds(plant) && (self.everywhere.contains(kind) || self.at.iter().any(|(of, at)| *of == kind && *at == plant))
            }
        }
    }

    /// Whether nothing is.
    pub fn is_empty(&self) -> bool {
        self.everywhere.is_empty() && self.at.is_empty()
    }
}
