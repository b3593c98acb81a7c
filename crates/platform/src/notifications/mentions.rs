//! People named in comments.
//!
//! What is stored is `@{0199…}`, the identifier, so that a mention survives a change of name and is nobody else's. It is written so by programs that know
//! the identifier (the web app, from its suggestions); `@ines.kowalski` is understood too, as the part of an address before its `@` or a name with dots for blanks,
//! where it means exactly one person who may see the record. What means nobody stays as it was written.
//!
//! **Invariant:** only who may see the record is mentioned; who may not and who does not exist get the same answer.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::database::Tx;
use crate::error::{Error, FieldError, Result};
use crate::ids::UserId;
use crate::notifications::{People, Person};
use crate::resource::{Kind, labelled};

/// People named in one comment at most.
const MOST: usize = 50;
/// People looked through for one name.
const CANDIDATES: i64 = 200;

/// Somebody named in a comment: `@{id}` in its body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Mention {
    /// The person.
    pub id: Uuid,
    /// As colleagues call them now.
    #[schema(example = "Ines Kowalski")]
    pub name: String,
}

/// A comment as it is stored, and who is named in it.
pub(crate) struct Resolved {
    pub body: String,
    pub people: Vec<UserId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part<'a> {
    Text(&'a str),
    Person(Uuid),
    Name(&'a str),
}

/// Takes a body apart.
fn parts(body: &str) -> Vec<Part<'_>> {
    let (mut parts, mut text_from, mut at) = (Vec::new(), 0, 0);
    while let Some(found) = body[at..].find('@').map(|ahead| at + ahead) {
        let behind = &body[found + 1..];
        let follows_word = body[..found].chars().next_back().is_some_and(|letter| letter.is_alphanumeric() || "._-+@".contains(letter));
        let id =
            behind.strip_prefix('{').and_then(|rest| rest.split_once('}')).and_then(|(id, _)| (id.len() == 36).then(|| id.parse().ok())?);
        let name = behind.split(|letter: char| !letter.is_alphanumeric() && !"._-".contains(letter)).next().unwrap_or_default();
        let name = name.trim_end_matches(['.', '_', '-']);
        let (part, length) = match id {
            _ if follows_word => (None, 0),
            Some(id) => (Some(Part::Person(id)), 38),
            // Somebody's address, not their name.
            None if name.is_empty() || behind[name.len()..].starts_with('@') => (None, 0),
            None => (Some(Part::Name(name)), name.len()),
        };
        if let Some(part) = part {
            if text_from < found {
                parts.push(Part::Text(&body[text_from..found]));
            }
            parts.push(part);
            text_from = found + 1 + length;
        }
        at = found + 1 + length;
    }
    if text_from < body.len() {
        parts.push(Part::Text(&body[text_from..]));
    }
    parts
}

/// Finds out who is named in a comment on a record; `before` were named in it already.
///
/// # Errors
/// 422 `unknown_person` for identifiers of nobody who may see the record, `too_many_mentions`.
pub(crate) async fn resolve(
    people: &dyn People,
    tx: &mut Tx,
    (kind, record): (&'static Kind, Uuid),
    body: &str,
    (before, longest): (&[UserId], usize),
) -> Result<Resolved> {
    let organization = tx.caller().organization;
    let parts = parts(body);
    let ids: BTreeSet<UserId> =
        parts.iter().filter_map(|part| if let Part::Person(id) = part { Some(UserId(*id)) } else { None }).collect();
    let names: BTreeSet<String> =
        parts.iter().filter_map(|part| if let Part::Name(name) = part { Some(name.to_lowercase()) } else { None }).collect();
    if ids.len() + names.len() > MOST {
        let detail = format!("found {} people, expected at most {MOST}", ids.len() + names.len());
        return Err(Error::invalid(vec![FieldError::new("/body", "too_many_mentions", detail)]));
    }
    if ids.is_empty() && names.is_empty() {
        return Ok(Resolved { body: body.to_owned(), people: Vec::new() });
    }
    let record = labelled(tx, kind, record).await?.ok_or_else(|| Error::not_found(&kind.noun()))?;
    let new: Vec<UserId> = ids.iter().copied().filter(|id| !before.contains(id)).collect();
    let known = if new.is_empty() { Vec::new() } else { people.of(organization, &new).await? };
    let unknown: Vec<String> = new
        .iter()
        .filter(|id| !known.iter().any(|person| person.id == **id && person.may_see_record(kind, &record)))
        .map(|id| format!("nobody who may see this record has the identifier {id}"))
        .collect();
    if !unknown.is_empty() {
        return Err(Error::invalid(unknown.into_iter().map(|detail| FieldError::new("/body", "unknown_person", detail)).collect()));
    }
    let mut meant: BTreeMap<String, UserId> = BTreeMap::new();
    for name in names {
        let first = name.split(['.', '_', '-']).next().unwrap_or(&name);
        let candidates = people.search(organization, Some(first), CANDIDATES).await?;
        let mut fitting = candidates.iter().filter(|person| is_called(person, &name) && person.may_see_record(kind, &record));
        if let (Some(person), None) = (fitting.next(), fitting.next()) {
            meant.insert(name, person.id);
        }
    }
    let mut resolved = String::with_capacity(body.len());
    let mut named = ids;
    for part in &parts {
        match part {
            Part::Text(text) => resolved.push_str(text),
            Part::Person(id) => resolved.push_str(&format!("@{{{id}}}")),
            Part::Name(name) => match meant.get(&name.to_lowercase()) {
                Some(id) => {
                    resolved.push_str(&format!("@{{{id}}}"));
                    named.insert(*id);
                }
                None => resolved.extend(["@", name]),
            },
        }
    }
    if resolved.chars().count() > longest {
        let detail = format!("found {} characters with the people named in it, expected at most {longest}", resolved.chars().count());
        return Err(Error::invalid(vec![FieldError::new("/body", "too_long", detail)]));
    }
    Ok(Resolved { body: resolved, people: named.into_iter().collect() })
}

fn is_called(person: &Person, name: &str) -> bool {
    let local = person.email.split('@').next().unwrap_or_default();
    local.to_lowercase() == name || person.name.to_lowercase().split_whitespace().collect::<Vec<_>>().join(".") == name
}

/// Notes who is named in a comment in its version `version`; who was named before stays noted with the version it was in.
pub(crate) async fn noted(tx: &mut Tx, comment: Uuid, version: i64, people: &[UserId]) -> Result<()> {
    let organization = tx.caller().organization;
    let gone = "delete from comment_mentions where organization_id = $1 and comment_id = $2 and user_id <> all ($3)";
    tx.execute(gone, &[&organization, &comment, &people]).await?;
    if !people.is_empty() {
        let add = "insert into comment_mentions (organization_id, comment_id, user_id, version) select $1, $2, p, $4 from unnest($3::uuid[]) p \
            on conflict (organization_id, comment_id, user_id) do nothing";
        tx.execute(add, &[&organization, &comment, &people, &version]).await?;
    }
    Ok(())
}

/// Who is named in these comments.
pub(crate) async fn mentioned(tx: &mut Tx, comments: &[Uuid]) -> Result<BTreeMap<Uuid, Vec<Mention>>> {
    let organization = tx.caller().organization;
    let mut found: BTreeMap<Uuid, Vec<Mention>> = BTreeMap::new();
    if comments.is_empty() {
        return Ok(found);
    }
    let query = "select m.comment_id, m.user_id, u.name from comment_mentions m \
        join users u on u.organization_id = m.organization_id and u.id = m.user_id \
        where m.organization_id = $1 and m.comment_id = any ($2) order by u.name, m.user_id";
    for row in tx.query(query, &[&organization, &comments]).await? {
        found.entry(row.get(0)).or_default().push(Mention { id: row.get(1), name: row.get(2) });
    }
    Ok(found)
}

/// The beginning of a comment in one line, with names for identifiers.
pub(super) fn excerpt(body: &str, names: &BTreeMap<UserId, String>) -> String {
    let mut text = String::new();
    for part in parts(body) {
        match part {
            Part::Text(part) => text.push_str(part),
            Part::Name(name) => text.extend(["@", name]),
            Part::Person(id) => text.extend(["@", names.get(&UserId(id)).map_or("…", String::as_str)]),
        }
    }
    let text = crate::mail::plain(&text);
    match text.char_indices().nth(140) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_found_in_what_is_written_and_addresses_are_not_people() {
        let id = Uuid::from_u128(7);
        let body = format!("Hi @{{{id}}}, ask @ines.kowalski. Not ana@plant.example, @ or @{{x}}; (@Jörg-Müller)@bo@x.example @@cy");
        let found: Vec<Part> = parts(&body).into_iter().filter(|part| !matches!(part, Part::Text(_))).collect();
        assert_eq!(found, [Part::Person(id), Part::Name("ines.kowalski"), Part::Name("Jörg-Müller")]);
        let whole: String = parts(&body)
            .into_iter()
            .map(|part| match part {
                Part::Text(text) => text.to_owned(),
                Part::Person(id) => format!("@{{{id}}}"),
                Part::Name(name) => format!("@{name}"),
            })
            .collect();
        assert_eq!(whole, body, "nothing is lost");
    }

    proptest::proptest! {
        #[test]
        fn nothing_is_lost_of_any_text(body in "[@a.{}0\\-é 日]{0,60}") {
            let whole: String = parts(&body).into_iter().map(|part| match part {
                Part::Text(text) => text.to_owned(),
                Part::Person(id) => format!("@{{{id}}}"),
                Part::Name(name) => format!("@{name}"),
            }).collect();
            proptest::prop_assert_eq!(whole, body);
        }
    }

    #[test]
    fn an_excerpt_is_one_line_with_names() {
        let (ana, names) = (UserId(Uuid::from_u128(7)), BTreeMap::from([(UserId(Uuid::from_u128(7)), "Ana Gil".to_owned())]));
        assert_eq!(excerpt(&format!("@{{{ana}}}\nsee\r\nBcc: x"), &names), "@Ana Gil see Bcc: x");
        assert_eq!(excerpt(&"x".repeat(500), &names).chars().count(), 141);
    }
}
