//! Notifications: who is told of what happened, where, and in which words.
//!
//! What people are told is made from events ([`Teller`]): a context declares a [`Notice`] for an entry of the trail (whom it concerns, and one sentence in
//! every language), and that is all there is to do. What happens to a record that somebody watches needs no declaration.
//!
//! A notification lies in the inbox of one person. Their preferences by [`Topic`] say whether also as mail, at once or once a day.
//!
//! **Invariant:** nobody is told of what they may not see: rights are asked for when the notification is made, and again when mail is sent.
//! **Invariant:** nobody sees another person's notifications, watches or preferences: a wall of the database beside that of the organization.
//! **Invariant:** nobody is told of what they did themselves, but for what is about their own account or was asked for by them.
//! **Invariant:** an event is told to a person once, however many reasons there are: the first that is declared counts.
//! **Invariant:** what is about the safety of an account cannot be turned off.

mod days;
mod declared;
mod digest;
mod http;
mod inbox;
mod letters;
mod live;
mod mentions;
mod people;
mod preferences;
mod tell;
mod unsubscribe;
mod wake;
mod watches;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::language::Words;
use crate::permission::Permission;
use crate::runs::WorkKind;

pub use declared::{NOTICES, TOPICS};
pub use digest::{DIGEST, Digester};
pub use http::routes;
pub use inbox::Notification;
pub use letters::{digest_letter, notification_letter};
pub(crate) use live::Inboxes;
pub(crate) use mentions::{Mention, mentioned, noted, resolve};
pub use people::{People, Person, Whom};
pub use preferences::{MailWhen, Preference};
pub use tell::Teller;
pub use wake::{forget, wake};
pub(crate) use watches::{Watch, is_watched, unwatch, watch};

/// Tells people what is new. Nobody's deed, so not in the trail.
pub const TELL: WorkKind = WorkKind {
    attempts: 5,
    audited: false,
    limit: std::time::Duration::from_secs(600),
    ..WorkKind::new("notifications.tell", "notifications")
};

/// What is declared of an entry of the trail that somebody is told of.
#[derive(Clone, Copy, Debug)]
pub struct Notice {
    /// The entry, as the trail names it: `scenario.submitted`.
    pub on: &'static str,
    /// Which preference it obeys.
    pub topic: &'static str,
    /// Whom it concerns.
    pub to: &'static [Audience],
    /// The sentence. `{actor}` and `{record}` are always there, others are members of the entry's detail.
    pub says: Words,
}

/// Whom an entry concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Whoever is named in the comment.
    Mentioned,
    /// Whoever wrote the comment that is answered.
    Answered,
    /// Whoever watches the record.
    Watchers,
    /// Whoever may do this where it happened.
    Holders(Permission),
    /// The person whose identifier this member of the entry holds: `submitted_by`. They need the right to see what it is about.
    Named(&'static str),
    /// The people whose identifiers this member of the entry lists. They need the right to see what it is about.
    NamedAll(&'static str),
    /// Whoever may do this where it happened, where this member of the entry is true.
    HoldersIf(Permission, &'static str),
    /// The person whose own account it is about, named by this member of the entry. Told whoever did it, also of what they did themselves.
    Owner(&'static str),
    /// Whoever asked for the run. Told also of what they did themselves.
    Asker,
}

/// Something about which people decide how they are told.
#[derive(Clone, Copy, Debug)]
pub struct Topic {
    /// Its stable name: `approvals`.
    pub name: &'static str,
    /// As people call it.
    pub title: Words,
    /// Whether it is in the inbox where nobody says otherwise.
    pub in_app: bool,
    /// Whether it comes as mail where nobody says otherwise.
    pub mail: MailWhen,
    /// Whether it cannot be turned off.
    pub is_fixed: bool,
}

/// Every topic and notice there is. Cheap to clone; a part of the server's [`App`](crate::http::App).
#[derive(Clone, Debug)]
pub struct Declared(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    topics: Vec<Topic>,
    notices: BTreeMap<&'static str, Vec<Notice>>,
}

impl Declared {
    /// These topics and notices; those of one entry in their order.
    pub fn new(topics: impl IntoIterator<Item = Topic>, notices: impl IntoIterator<Item = Notice>) -> Declared {
        let mut by_entry: BTreeMap<&'static str, Vec<Notice>> = BTreeMap::new();
        for notice in notices {
            by_entry.entry(notice.on).or_default().push(notice);
        }
        Declared(Arc::new(Inner { topics: topics.into_iter().collect(), notices: by_entry }))
    }

    /// The topics, in the order in which people see them.
    pub fn topics(&self) -> &[Topic] {
        &self.0.topics
    }

    /// The topic of this name.
    pub fn topic(&self, name: &str) -> Option<&Topic> {
        self.0.topics.iter().find(|topic| topic.name == name)
    }

    /// All notices, by entry.
    pub fn notices(&self) -> impl Iterator<Item = &Notice> {
        self.0.notices.values().flatten()
    }

    /// What is declared of an entry.
    fn of(&self, action: &str) -> &[Notice] {
        self.0.notices.get(action).map(Vec::as_slice).unwrap_or_default()
    }

    /// The entries somebody may be told of, whatever is watched.
    fn actions(&self) -> Vec<&'static str> {
        self.0.notices.keys().copied().collect()
    }

    /// What contradicts itself in the declarations, for a test: a notice of no topic, words with other places in one language than in another.
    pub fn contradictions(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        for notice in self.notices() {
            if self.topic(notice.topic).is_none() {
                wrong.push(format!("{}: there is no topic {}", notice.on, notice.topic));
            }
            let [en, es, de] = notice.says.places();
            if en != es || en != de {
                wrong.push(format!("{}: the languages fill in different things: {en:?}, {es:?}, {de:?}", notice.on));
            }
            if notice.to.is_empty() {
                wrong.push(format!("{}: nobody is told", notice.on));
            }
        }
        wrong
    }
}
