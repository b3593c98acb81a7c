//! How single people want to be told, topic by topic.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::database::Tx;
use crate::error::{Error, FieldError, Result};
use crate::ids::UserId;
use crate::language::Language;
use crate::notifications::{Declared, Topic};

/// Whether something comes as mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MailWhen {
    /// A mail each time.
    AtOnce,
    /// In one mail a day.
    Daily,
    /// Not as mail.
    Off,
}

impl MailWhen {
    pub(super) fn name(self) -> &'static str {
        match self {
            MailWhen::AtOnce => "at_once",
            MailWhen::Daily => "daily",
            MailWhen::Off => "off",
        }
    }

    fn of(name: &str) -> MailWhen {
        match name {
            "at_once" => MailWhen::AtOnce,
            "daily" => MailWhen::Daily,
            _ => MailWhen::Off,
        }
    }
}

/// How somebody is told of one topic.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Preference {
    /// The topic.
    #[schema(example = "approvals")]
    pub topic: String,
    /// As people call it, in your language.
    #[schema(example = "Decisions you are asked for, or wait for")]
    pub title: String,
    /// Whether in the inbox.
    pub in_app: bool,
    /// Whether as mail.
    pub mail: MailWhen,
    /// Whether it cannot be turned off: what is about the safety of your account.
    pub fixed: bool,
}

/// What somebody wants otherwise.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PreferenceChange {
    /// The topic.
    #[schema(example = "watching")]
    pub topic: String,
    /// Whether in the inbox.
    pub in_app: Option<bool>,
    /// Whether as mail.
    pub mail: Option<MailWhen>,
}

/// Where something goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ways {
    pub in_app: bool,
    pub mail: MailWhen,
}

impl Ways {
    fn usual(topic: &Topic) -> Ways {
        Ways { in_app: topic.in_app, mail: topic.mail }
    }
}

/// How these people want to be told of one topic.
pub(super) async fn of(tx: &mut Tx, topic: &Topic, people: &[UserId]) -> Result<BTreeMap<UserId, Ways>> {
    let mut ways: BTreeMap<UserId, Ways> = people.iter().map(|person| (*person, Ways::usual(topic))).collect();
    if topic.is_fixed {
        return Ok(ways);
    }
    let organization = tx.caller().organization;
    let query =
        "select user_id, in_app, mail from notification_preferences where organization_id = $1 and user_id = any ($2) and topic = $3";
    for row in tx.query(query, &[&organization, &people, &topic.name]).await? {
        ways.insert(row.get(0), Ways { in_app: row.get(1), mail: MailWhen::of(row.get(2)) });
    }
    Ok(ways)
}

/// How one person wants to be told of everything.
pub(super) async fn list(tx: &mut Tx, declared: &Declared, person: UserId, language: Language) -> Result<Vec<Preference>> {
    let organization = tx.caller().organization;
    let query = "select topic, in_app, mail from notification_preferences where organization_id = $1 and user_id = $2";
    let said: BTreeMap<String, Ways> = tx
        .query(query, &[&organization, &person])
        .await?
        .iter()
        .map(|row| (row.get(0), Ways { in_app: row.get(1), mail: MailWhen::of(row.get(2)) }))
        .collect();
    let of = |topic: &Topic| {
        let ways = said.get(topic.name).copied().filter(|_| !topic.is_fixed).unwrap_or(Ways::usual(topic));
        let (topic_name, title) = (topic.name.to_owned(), topic.title.text(language).to_owned());
        Preference { topic: topic_name, title, in_app: ways.in_app, mail: ways.mail, fixed: topic.is_fixed }
    };
    Ok(declared.topics().iter().map(of).collect())
}

/// Notes what somebody wants otherwise.
///
/// # Errors
/// 422 for topics that there are not, that cannot be turned off, or that are said twice.
pub(super) async fn change(tx: &mut Tx, declared: &Declared, person: UserId, changes: &[PreferenceChange]) -> Result<()> {
    let mut wrong = Vec::new();
    for (at, change) in changes.iter().enumerate() {
        let pointer = format!("/topics/{at}/topic");
        match declared.topic(&change.topic) {
            None => {
                let names: Vec<&str> = declared.topics().iter().map(|topic| topic.name).collect();
                wrong.push(FieldError::new(pointer, "unknown", format!("expected one of {}", names.join(", "))));
            }
            Some(topic) if topic.is_fixed && (change.in_app == Some(false) || change.mail.is_some_and(|mail| mail != topic.mail)) => {
                wrong.push(FieldError::new(pointer, "fixed", "what is about the safety of your account cannot be turned off"));
            }
            Some(_) if changes[..at].iter().any(|before| before.topic == change.topic) => {
                wrong.push(FieldError::new(pointer, "repeated", "said twice"));
            }
            Some(_) => {}
        }
    }
    if !wrong.is_empty() {
        return Err(Error::invalid(wrong));
    }
    for change in changes {
        if let Some(topic) = declared.topic(&change.topic) {
            set(tx, topic, person, change.in_app, change.mail).await?;
        }
    }
    Ok(())
}

/// Notes how somebody wants to be told of one topic; what is not said stays.
pub(super) async fn set(tx: &mut Tx, topic: &Topic, person: UserId, in_app: Option<bool>, mail: Option<MailWhen>) -> Result<()> {
    let (organization, now) = (tx.caller().organization, tx.now());
    let mail = mail.map(MailWhen::name);
    tx.execute(
        "insert into notification_preferences as p (organization_id, user_id, topic, in_app, mail, changed_at) \
         values ($1, $2, $3, coalesce($4::bool, $5::bool), coalesce($6::text, $7::text), $8) \
         on conflict (organization_id, user_id, topic) do update \
         set in_app = coalesce($4::bool, p.in_app), mail = coalesce($6::text, p.mail), changed_at = excluded.changed_at",
        &[&organization, &person, &topic.name, &in_app, &topic.in_app, &mail, &topic.mail.name(), &now],
    )
    .await?;
    // What waited for the next daily mail waits no more where none is wanted.
    if mail.is_some_and(|mail| mail != MailWhen::Daily.name()) {
        let forget = "update notifications set digest = false where organization_id = $1 and user_id = $2 and topic = $3 and digest";
        tx.execute(forget, &[&organization, &person, &topic.name]).await?;
    }
    Ok(())
}

/// The identifier of the person who asks.
///
/// # Errors
/// 403 `people_only` for programs: what somebody is told is theirs, whatever a key of theirs may do.
pub(super) fn person(caller: &crate::caller::Caller) -> Result<UserId> {
    match caller.principal {
        crate::caller::Principal::User { id, .. } => Ok(id),
        _ => Err(Error::new(crate::error::Kind::Forbidden, "people_only", "this belongs to a person: sign in, a key does not open it")),
    }
}
