//! Makes notifications from events: a run per organization that has something to tell, from where the last one left off.
//!
//! **Invariant:** what was told and how far is committed together, so an event is told once, whatever dies when.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures_util::future::BoxFuture;
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use tokio_postgres::Row;
use uuid::Uuid;

use crate::caller::Scope;
use crate::database::Tx;
use crate::error::{Error, Result};
use crate::events::Catalogue;
use crate::ids::{OrganizationId, PlantId, UserId};
use crate::mail::{plain, post_many};
use crate::notifications::preferences::{self, Ways};
use crate::notifications::{Audience, Declared, MailWhen, Notice, People, Person, Topic, days, mentions};
use crate::permission::Permission;
use crate::resource::{Kind, Kinds, Labelled, labelled};
use crate::runs::{Running, Work};

/// Entries looked at in one transaction.
const BATCH: i64 = 100;
/// The topic of what happens to watched records; several of it about one record are one notification while it is unread.
pub(super) const WATCHING: &str = "watching";

/// Tells people what is new: the work of [`TELL`](crate::notifications::TELL). Cheap to clone.
#[derive(Clone)]
pub struct Teller(Arc<Parts>);

struct Parts {
    declared: Declared,
    catalogue: Catalogue,
    kinds: Kinds,
    people: Arc<dyn People>,
}

/// An entry of the trail.
struct Entry {
    event: Uuid,
    number: i64,
    occurred_at: Timestamp,
    plant: Option<PlantId>,
    kind: Option<String>,
    action: String,
    record: Option<Uuid>,
    actor: String,
    request: Option<Uuid>,
    after: Value,
    detail: Value,
    /// What wrote it, as text: watches that are younger do not count.
    transaction: String,
}

/// What an entry is about: of a comment, the record that it is said about.
struct Subject {
    kind: Option<String>,
    record: Option<Uuid>,
    /// The right to see it.
    read: Option<Permission>,
    /// The record itself, where it is a declared one and is there.
    declared: Option<(&'static Kind, Option<Labelled>)>,
}

/// Those who were looked up in this run.
#[derive(Default)]
struct Known {
    some: BTreeMap<UserId, Option<Person>>,
    all: Option<Vec<UserId>>,
}

/// Why somebody is told.
#[derive(Clone, Copy)]
struct Reason {
    topic: &'static str,
    /// Which of the notices declared of the entry; none for what is told because it is watched.
    nth: Option<usize>,
    /// Whether it is about what is their own, so that no right is needed.
    is_own: bool,
}

impl Teller {
    /// Tells `people` what is `declared`, as far as they may see it by `catalogue`; `kinds` know what records are called.
    pub fn new(declared: Declared, catalogue: Catalogue, kinds: Kinds, people: Arc<dyn People>) -> Teller {
        Teller(Arc::new(Parts { declared, catalogue, kinds, people }))
    }

    async fn tell(&self, run: Running) -> Result<Value> {
        let (mut told, mut known) = (0, Known::default());
        while !run.is_cancelled() {
            let organization = run.caller().organization;
            let mut tx = run.begin().await?;
            // Not held while people are told: whoever notes what is new for all organizations would wait for this one. One run of an organization is at
            // work at a time, and the place moves only from where it was read.
            let place = "select behind, upto from notification_places where organization_id = $1";
            let Some(row) = tx.query_opt(place, &[&organization]).await? else { break };
            let (behind, upto): (i64, i64) = (row.get(0), row.get(1));
            if behind >= upto {
                break;
            }
            let entries = self.entries(&mut tx, behind, upto).await?;
            let last = if entries.len() as i64 == BATCH { entries.last().map_or(upto, |entry| entry.number) } else { upto };
            let declared = |entry: &Entry| !self.0.declared.of(&entry.action).is_empty();
            let said: BTreeSet<(Uuid, Uuid)> =
                entries.iter().filter(|entry| declared(entry)).filter_map(|entry| Some((entry.request?, entry.record?))).collect();
            for entry in &entries {
                // A verb changes the record's row too; whoever is told of the verb need not hear of the row.
                let is_told_better = !declared(entry) && entry.request.zip(entry.record).is_some_and(|pair| said.contains(&pair));
                told += self.tell_of(&mut tx, entry, &mut known, is_told_better).await?;
            }
            let moved = "update notification_places set behind = $2 where organization_id = $1 and behind = $3";
            if tx.execute(moved, &[&organization, &last, &behind]).await? == 0 {
                return Err(Error::unavailable("notifications_moved", "somebody else told people meanwhile", 1));
            }
            run.commit(tx).await?;
        }
        if run.is_cancelled() { Err(run.cancelled()) } else { Ok(json!({ "told": told })) }
    }

    async fn entries(&self, tx: &mut Tx, behind: i64, upto: i64) -> Result<Vec<Entry>> {
        let (organization, actions) = (tx.caller().organization, self.0.declared.actions());
        let rows = tx
            .query(
                "select e.number, a.id, e.occurred_at, e.plant_id, e.kind, e.action, e.record_id, a.actor, a.request_id, a.after,
                     gemba.reveal(a.detail), a.transaction::text
                 from events e
                 join audit_events a on a.organization_id = e.organization_id and a.occurred_at = e.occurred_at and a.position = e.entry
                 where e.organization_id = $1 and e.number > $2 and e.number <= $3 and (e.action = any ($4) or exists (
                     select from watches w where w.organization_id = $1 and w.kind = e.kind and w.record_id = e.record_id))
                 order by e.number limit $5",
                &[&organization, &behind, &upto, &actions, &BATCH],
            )
            .await?;
        Ok(rows.iter().map(entry).collect())
    }

    /// Tells everybody whom an entry concerns; returns how many.
    async fn tell_of(&self, tx: &mut Tx, entry: &Entry, known: &mut Known, is_told_better: bool) -> Result<usize> {
        let mut subject = self.subject(entry);
        let mut reasons: BTreeMap<UserId, Reason> = BTreeMap::new();
        let notices = self.0.declared.of(&entry.action);
        for (nth, notice) in notices.iter().enumerate() {
            for audience in notice.to {
                let is_own = matches!(audience, Audience::Owner(_) | Audience::Asker);
                for person in self.audience(tx, entry, &subject, *audience, known).await? {
                    if is_own || !entry.is_by(person) {
                        reasons.entry(person).or_insert(Reason { topic: notice.topic, nth: Some(nth), is_own });
                    }
                }
            }
        }
        let is_told_to_watchers = notices.iter().any(|notice: &Notice| notice.to.contains(&Audience::Watchers));
        if !is_told_to_watchers && !is_told_better && entry.is_event(&self.0.catalogue) {
            for person in self.audience(tx, entry, &subject, Audience::Watchers, known).await? {
                if !entry.is_by(person) {
                    reasons.entry(person).or_insert(Reason { topic: WATCHING, nth: None, is_own: false });
                }
            }
        }
        if reasons.is_empty() {
            return Ok(0);
        }
        if let Some(kind) = subject.kind.as_deref().and_then(|kind| self.0.kinds.find(kind)) {
            let record = match subject.record {
                Some(record) => labelled(tx, kind, record).await?,
                None => None,
            };
            subject.declared = Some((kind, record));
        }
        let people = self.allowed(tx.caller().organization, &reasons, &subject, entry.plant, known).await?;
        let mut told = 0;
        let mut by_reason: BTreeMap<(&'static str, Option<usize>, bool), Vec<&Person>> = BTreeMap::new();
        for person in &people {
            let reason = &reasons[&person.id];
            by_reason.entry((reason.topic, reason.nth, reason.is_own)).or_default().push(person);
        }
        for ((topic, nth, is_own), people) in by_reason {
            let Some(topic) = self.0.declared.topic(topic) else { continue };
            let data = data(entry, &subject, nth, is_own, known);
            told += people.len();
            note(tx, entry, &subject, topic, &data, &people).await?;
        }
        Ok(told)
    }

    fn subject(&self, entry: &Entry) -> Subject {
        let (kind, record) = match entry.kind.as_deref() {
            Some("comment") => (entry.after["kind"].as_str().map(str::to_owned), uuid_at(&entry.after, "record_id")),
            _ => (entry.kind.clone(), entry.record),
        };
        let read = kind.as_deref().and_then(|kind| self.0.catalogue.reading(kind));
        Subject { kind, record, read, declared: None }
    }

    /// Whom an audience means, whether they may see it or not.
    async fn audience(&self, tx: &mut Tx, entry: &Entry, subject: &Subject, audience: Audience, known: &mut Known) -> Result<Vec<UserId>> {
        let organization = tx.caller().organization;
        let rows = match audience {
            Audience::Mentioned => {
                let version = entry.after["version"].as_i64().unwrap_or(1);
                let query = "select user_id from comment_mentions where organization_id = $1 and comment_id = $2 and version = $3";
                tx.query(query, &[&organization, &entry.record, &version]).await?
            }
            Audience::Answered => {
                let parent = uuid_at(&entry.after, "parent_id");
                let query = "select substring(created_by from 6)::uuid from comments \
                    where organization_id = $1 and id = $2 and created_by like 'user:%' and deleted_at is null";
                tx.query(query, &[&organization, &parent]).await?
            }
            Audience::Watchers => {
                let query = "select user_id from watches where organization_id = $1 and kind = $2 and record_id = $3 and transaction < $4::text::xid8";
                tx.query(query, &[&organization, &subject.kind, &subject.record, &entry.transaction]).await?
            }
            Audience::Asker => {
                let query = "select substring(created_by from 6)::uuid from runs where organization_id = $1 and id = $2 and created_by like 'user:%'";
                tx.query(query, &[&organization, &entry.record]).await?
            }
            Audience::Named(member) | Audience::Owner(member) => {
                let named = uuid_at(&entry.detail, member).or_else(|| uuid_at(&entry.after, member));
                // Of an account, the record is the person.
                return Ok(named.or(entry.record.filter(|_| member == "id")).map(UserId).into_iter().collect());
            }
            Audience::NamedAll(member) => {
                let listed = entry.detail[member].as_array().into_iter().flatten();
                return Ok(listed.filter_map(|id| id.as_str()?.parse::<Uuid>().ok()).map(UserId).collect());
            }
            Audience::HoldersIf(_, member) if entry.detail[member] != Value::Bool(true) => return Ok(Vec::new()),
            Audience::Holders(permission) | Audience::HoldersIf(permission, _) => {
                let scope = entry.plant.map_or(Scope::Organization, Scope::Plant);
                let everybody = self.everybody(organization, known).await?;
                let holds =
                    |id: &UserId| known.some.get(id).and_then(Option::as_ref).is_some_and(|person| person.caller.may(permission, scope));
                return Ok(everybody.into_iter().filter(holds).collect());
            }
        };
        Ok(rows.iter().filter_map(|row: &Row| row.get::<_, Option<UserId>>(0)).collect())
    }

    async fn everybody(&self, organization: OrganizationId, known: &mut Known) -> Result<Vec<UserId>> {
        if let Some(all) = &known.all {
            return Ok(all.clone());
        }
        let people = self.0.people.search(organization, None, i64::from(i32::MAX)).await?;
        let ids: Vec<UserId> = people.iter().map(|person| person.id).collect();
        known.some.extend(people.into_iter().map(|person| (person.id, Some(person))));
        known.all = Some(ids.clone());
        Ok(ids)
    }

    /// Those of them whose accounts are active and who may see what it is about.
    async fn allowed(
        &self,
        organization: OrganizationId,
        reasons: &BTreeMap<UserId, Reason>,
        subject: &Subject,
        plant: Option<PlantId>,
        known: &mut Known,
    ) -> Result<Vec<Person>> {
        let new: Vec<UserId> = reasons.keys().copied().filter(|id| !known.some.contains_key(id)).collect();
        for part in new.chunks(1_000) {
            let found = self.0.people.of(organization, part).await?;
            known.some.extend(part.iter().map(|id| (*id, None)));
            known.some.extend(found.into_iter().map(|person| (person.id, Some(person))));
        }
        let sees = |person: &Person, reason: &Reason| reason.is_own || subject.is_seen_by(person, plant);
        let people = reasons.iter().filter_map(|(id, reason)| Some((known.some.get(id)?.as_ref()?, reason)));
        Ok(people.filter(|(person, reason)| sees(person, reason)).map(|(person, _)| person.clone()).collect())
    }
}

/// What the sentence names: the record, and every text that the entry's detail has.
fn data(entry: &Entry, subject: &Subject, nth: Option<usize>, is_own: bool, known: &Known) -> Value {
    let said = entry.detail.as_object().into_iter().flatten();
    let texts = said.filter_map(|(name, value)| Some((name.clone(), Value::String(plain(value.as_str()?)))));
    let mut data: Map<String, Value> = texts.collect();
    let called = subject.declared.as_ref().and_then(|(_, record)| Some(record.as_ref()?.label.clone()));
    let called = called.or_else(|| ["title", "name"].iter().find_map(|name| Some(entry.detail.get(name)?.as_str()?.to_owned())));
    if let Some(called) = called.or_else(|| Some(entry.after.get("name")?.as_str()?.to_owned())).filter(|called| !called.is_empty()) {
        data.insert("record".into(), plain(&called).into());
    }
    if entry.kind.as_deref() == Some("comment") {
        let body = entry.after["body"].as_str().unwrap_or_default();
        data.insert("excerpt".into(), mentions::excerpt(body, &names_of(known)).into());
    }
    if let Some(nth) = nth {
        data.insert("nth".into(), nth.into());
    }
    if is_own {
        data.insert("own".into(), true.into());
    }
    Value::Object(data)
}

impl Subject {
    /// Whether somebody may see it: by their roles where it is, and by policies as the record is. Of one that is not there policies cannot be asked.
    fn is_seen_by(&self, person: &Person, plant: Option<PlantId>) -> bool {
        match &self.declared {
            Some((kind, Some(record))) => person.may_see_record(kind, record),
            Some((kind, None)) => {
                let read = kind.verbs.read;
                person.may_see(read, plant) && person.caller.policies_on(read).is_none_or(|policies| !policies.speak_of_record(read))
            }
            None => self.read.is_some_and(|read| person.may_see(read, plant)),
        }
    }
}

fn names_of(known: &Known) -> BTreeMap<UserId, String> {
    known.some.iter().filter_map(|(id, person)| Some((*id, person.as_ref()?.name.clone()))).collect()
}

fn entry(row: &Row) -> Entry {
    Entry {
        number: row.get(0),
        event: row.get(1),
        occurred_at: row.get(2),
        plant: row.get(3),
        kind: row.get(4),
        action: row.get(5),
        record: row.get(6),
        actor: row.get(7),
        request: row.get(8),
        after: row.get::<_, Option<Value>>(9).unwrap_or_default(),
        detail: row.get::<_, Option<Value>>(10).unwrap_or_default(),
        transaction: row.get(11),
    }
}

impl Entry {
    fn is_by(&self, person: UserId) -> bool {
        self.actor.strip_prefix("user:").is_some_and(|id| id == person.to_string())
    }

    fn is_event(&self, catalogue: &Catalogue) -> bool {
        self.kind.as_deref().is_some_and(|kind| catalogue.find(kind, &self.action).is_some())
    }
}

fn uuid_at(value: &Value, member: &str) -> Option<Uuid> {
    value.get(member)?.as_str()?.parse().ok()
}

/// Writes one notification for each of these people, and the mail that they want of it.
async fn note(tx: &mut Tx, entry: &Entry, subject: &Subject, topic: &Topic, data: &Value, people: &[&Person]) -> Result<()> {
    let organization = tx.caller().organization;
    let now = tx.now();
    let ids: Vec<UserId> = people.iter().map(|person| person.id).collect();
    let mut ways = preferences::of(tx, topic, &ids).await?;
    // That mail does not arrive is not told by mail: that would be one more that does not arrive.
    if subject.kind.as_deref() == Some("mail") {
        ways.values_mut().for_each(|ways| ways.mail = MailWhen::Off);
    }
    let wanted: Vec<(&Person, Ways)> = people
        .iter()
        .filter_map(|person| Some((*person, *ways.get(&person.id)?)))
        .filter(|(_, ways)| ways.in_app || ways.mail != MailWhen::Off)
        .collect();
    let coalesces = topic.name == WATCHING && subject.record.is_some();
    let mut fresh: BTreeMap<UserId, Uuid> = BTreeMap::new();
    for part in wanted.chunks(1_000) {
        let (mut to, mut new, mut shown, mut daily) = (vec![], vec![], vec![], vec![]);
        for (person, ways) in part {
            to.push(person.id);
            new.push(tx.new_id::<Uuid>());
            shown.push(ways.in_app);
            daily.push(ways.mail == MailWhen::Daily);
        }
        let rows = tx
            .query(
                "insert into notifications as n (organization_id, id, user_id, topic, said, event_id, actor, plant_id, kind, record_id, data,
                     coalesces, shown, digest, occurred_at, created_at, updated_at)
                 select $1, r.id, r.person, $2, $3, $4, $5, $6, $7, $8, $9, $10, r.shown, r.daily, $11, $12, $12
                 from unnest($13::uuid[], $14::uuid[], $15::bool[], $16::bool[]) as r (id, person, shown, daily)
                 on conflict (organization_id, user_id, topic, kind, record_id) where coalesces and read_at is null do update
                 set said = excluded.said, event_id = excluded.event_id, actor = excluded.actor, data = excluded.data, count = n.count + 1,
                     digest = n.digest or excluded.digest, occurred_at = excluded.occurred_at, updated_at = excluded.updated_at,
                     transaction = pg_current_xact_id()
                 returning n.user_id, n.id, n.count = 1",
                &[
                    &organization,
                    &topic.name,
                    &entry.action,
                    &entry.event,
                    &entry.actor,
                    &entry.plant,
                    &subject.kind,
                    &subject.record,
                    data,
                    &coalesces,
                    &entry.occurred_at,
                    &now,
                    &new,
                    &to,
                    &shown,
                    &daily,
                ],
            )
            .await?;
        fresh.extend(rows.iter().filter(|row| row.get(2)).map(|row| (row.get::<_, UserId>(0), row.get::<_, Uuid>(1))));
    }
    let at_once: Vec<(UserId, Value)> = wanted
        .iter()
        .filter(|(_, ways)| ways.mail == MailWhen::AtOnce)
        .filter_map(|(person, _)| Some((person.id, json!({ "notification": fresh.get(&person.id)? }))))
        .collect();
    post_many(tx, "notification", Some(topic.name), &at_once).await?;
    let daily: Vec<&Person> = wanted.iter().filter(|(_, ways)| ways.mail == MailWhen::Daily).map(|(person, _)| *person).collect();
    days::expect(tx, &daily).await
}

impl Work for Teller {
    fn carry_out(&self, run: Running) -> BoxFuture<'static, Result<Value>> {
        let own = self.clone();
        Box::pin(async move { own.tell(run).await.map_err(retried) })
    }
}

/// What the database refuses here is nobody's wrong request: it is tried again.
fn retried(error: Error) -> Error {
    match error.kind {
        crate::error::Kind::Conflict if error.code == "run_cancelled" || error.code == "run_lost" => error,
        kind if kind.status() < 500 => Error::internal(error),
        _ => error,
    }
}
