//! The letters of notifications: one at once, and the daily one.

use std::collections::BTreeMap;

use futures_util::future::BoxFuture;
use serde_json::Value;
use uuid::Uuid;

use crate::database::Tx;
use crate::error::Result;
use crate::events::Catalogue;
use crate::ids::PlantId;
use crate::language::{Language, Words};
use crate::mail::{Button, Letter, Occasion, Section, Template, plain};
use crate::notifications::inbox::{self, Stored};
use crate::notifications::{Declared, Person, unsubscribe};
use crate::resource::{Kinds, labelled};

const OPEN: Words = Words::new("Open it", "Abrirlo", "Ansehen");
const WHY: Words = Words::new(
    "You get this because of your preferences: {topic}. Change them in Gemba: {address}",
    "Recibes esto por tus preferencias: {topic}. Cámbialas en Gemba: {address}",
    "Du bekommst das wegen deiner Einstellungen: {topic}. Ändern kannst du sie in Gemba: {address}",
);
const ALWAYS: Words = Words::new(
    "This is about the safety of your account, so it is always sent. If it was not you, change your password and tell whoever runs Gemba.",
    "Se trata de la seguridad de tu cuenta, por eso se envía siempre. Si no has sido tú, cambia tu contraseña y avisa a quien administra Gemba.",
    "Es geht um die Sicherheit deines Kontos, darum kommt es immer. Warst du es nicht, ändere dein Passwort und sag denen Bescheid, die Gemba betreiben.",
);
const DAY: Words = Words::new("Your day in {organization}", "Tu día en {organization}", "Dein Tag bei {organization}");
const NEWS: Words = Words::new("This is what is new and unread:", "Esto es lo nuevo que no has leído:", "Das ist neu und ungelesen:");
const MORE: Words = Words::new("And {count} more in your inbox.", "Y {count} más en tu bandeja.", "Und {count} weitere in deinem Eingang.");
const DAILY: Words = Words::new("one mail a day", "un correo al día", "eine Nachricht am Tag");

/// The longest daily mail (notifications).
const LONGEST: usize = 100;

struct Notifications {
    declared: Declared,
    catalogue: Catalogue,
    kinds: Kinds,
}

struct AtOnce(Notifications);
struct Daily(Notifications);

/// Writes the mail that comes with a notification.
pub fn notification_letter(declared: Declared, catalogue: Catalogue, kinds: Kinds) -> impl Template {
    AtOnce(Notifications { declared, catalogue, kinds })
}

/// Writes the daily mail.
pub fn digest_letter(declared: Declared, catalogue: Catalogue, kinds: Kinds) -> impl Template {
    Daily(Notifications { declared, catalogue, kinds })
}

impl Notifications {
    /// Whether somebody may still see what they were told of.
    async fn may_see(&self, tx: &mut Tx, person: &Person, one: &Stored) -> Result<bool> {
        if one.data["own"] == Value::Bool(true) {
            return Ok(true);
        }
        let Some(kind) = one.kind.as_deref() else { return Ok(false) };
        if let (Some(kind), Some(id)) = (self.kinds.find(kind), one.record_id) {
            return Ok(labelled(tx, kind, id).await?.is_some_and(|record| person.may_see_record(kind, &record)));
        }
        Ok(self.catalogue.reading(kind).is_some_and(|read| person.may_see(read, one.plant_id.map(PlantId))))
    }

    /// Where a thing is seen in the web app.
    fn place(&self, address: &str, one: &Stored) -> Option<String> {
        let (kind, id) = (self.kinds.find(one.kind.as_deref()?)?, one.record_id?);
        Some(format!("{address}/data/{}/{id}", kind.path))
    }

    async fn at_once(&self, tx: &mut Tx, occasion: &Occasion<'_>) -> Result<Option<Letter>> {
        let Some(id) = occasion.data["notification"].as_str().and_then(|id| id.parse::<Uuid>().ok()) else { return Ok(None) };
        let person = occasion.person;
        let all = inbox::of_person(tx, person.id, Some(&[id])).await?;
        let Some(one) = all.first().filter(|one| one.read_at.is_none()) else { return Ok(None) };
        if !self.may_see(tx, person, one).await? {
            return Ok(None);
        }
        let actors = inbox::actors(tx, &all).await?;
        let text = one.text(&self.declared, &actors, person.language);
        let note = one.data["note"].as_str().filter(|note| !note.is_empty()).map(str::to_owned);
        let is_fixed = self.declared.topic(&one.topic).is_some_and(|topic| topic.is_fixed);
        Ok(Some(Letter {
            subject: text.clone(),
            paragraphs: std::iter::once(text).chain(note).collect(),
            button: Some(Button {
                label: OPEN.text(person.language).into(),
                address: self.place(occasion.address, one).unwrap_or_else(|| occasion.address.to_owned()),
            }),
            footer: vec![if is_fixed { ALWAYS.text(person.language).into() } else { self.why(occasion, &one.topic) }],
            unsubscribe: (!is_fixed).then(|| unsubscribe::address(occasion, &one.topic, tx.now())),
            thread: one.subject(),
            ..Letter::default()
        }))
    }

    fn why(&self, occasion: &Occasion<'_>, topic: &str) -> String {
        let language = occasion.person.language;
        let title = self.declared.topic(topic).map_or(topic, |topic| topic.title.text(language));
        WHY.fill(language, &[("topic", title), ("address", occasion.address)])
    }

    async fn daily(&self, tx: &mut Tx, occasion: &Occasion<'_>) -> Result<Option<Letter>> {
        let (person, language) = (occasion.person, occasion.person.language);
        let ids = occasion.data["notifications"].as_array().into_iter().flatten();
        let ids: Vec<Uuid> = ids.filter_map(|id| id.as_str()?.parse().ok()).collect();
        let all = inbox::of_person(tx, person.id, Some(&ids)).await?;
        let actors = inbox::actors(tx, &all).await?;
        let mut unread: Vec<&Stored> = Vec::new();
        for one in all.iter().filter(|one| one.read_at.is_none()) {
            if self.may_see(tx, person, one).await? {
                unread.push(one);
            }
        }
        if unread.is_empty() {
            return Ok(None);
        }
        let mut by_topic: BTreeMap<usize, Vec<&Stored>> = BTreeMap::new();
        for one in unread.iter().rev().take(LONGEST) {
            let place = self.declared.topics().iter().position(|topic| topic.name == one.topic).unwrap_or(usize::MAX);
            by_topic.entry(place).or_default().push(one);
        }
        let heading =
            |place: usize| self.declared.topics().get(place).map(|topic| topic.title.text(language).to_owned()).unwrap_or_default();
        let item = |one: &Stored| {
            let text = one.text(&self.declared, &actors, language);
            let text = if one.count > 1 { format!("{text} (×{})", one.count) } else { text };
            (text, self.place(occasion.address, one))
        };
        let sections =
            by_topic.into_iter().map(|(place, all)| Section { heading: heading(place), items: all.into_iter().map(item).collect() });
        let more = occasion.data["more"].as_u64().unwrap_or_default() as usize + unread.len().saturating_sub(LONGEST);
        let more = (more > 0).then(|| MORE.fill(language, &[("count", &more.to_string())]));
        Ok(Some(Letter {
            subject: DAY.fill(language, &[("organization", &plain(occasion.organization))]),
            paragraphs: std::iter::once(NEWS.text(language).to_owned()).chain(more).collect(),
            sections: sections.collect(),
            footer: vec![WHY.fill(language, &[("topic", DAILY.text(language)), ("address", occasion.address)])],
            unsubscribe: Some(unsubscribe::address(occasion, unsubscribe::DAILY, tx.now())),
            ..Letter::default()
        }))
    }
}

impl Template for AtOnce {
    fn write<'a>(&'a self, tx: &'a mut Tx, occasion: &'a Occasion<'a>) -> BoxFuture<'a, Result<Option<Letter>>> {
        Box::pin(self.0.at_once(tx, occasion))
    }
}

impl Template for Daily {
    fn write<'a>(&'a self, tx: &'a mut Tx, occasion: &'a Occasion<'a>) -> BoxFuture<'a, Result<Option<Letter>>> {
        Box::pin(self.0.daily(tx, occasion))
    }
}

/// What a link to unsubscribe is about, in words.
pub(super) fn topic_title(declared: &Declared, topic: &str, language: Language) -> String {
    match declared.topic(topic) {
        Some(topic) => topic.title.text(language).to_owned(),
        None => DAILY.text(language).to_owned(),
    }
}
