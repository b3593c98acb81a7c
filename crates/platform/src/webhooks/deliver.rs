//! Telling one webhook what is new: a run that notes events for it, sends them, and notes how each went.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use http::Request;
use http::header::CONTENT_TYPE;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::Instant;
use tracing::field::Empty;
use tracing::{Instrument, Span};
use uuid::Uuid;

use crate::caller::Caller;
use crate::error::{Error, Kind, Result};
use crate::events::{self, Catalogue, CloudEvent, EventFilter};
use crate::outbound::{Failure, Outbound};
use crate::runs::{Running, Work};
use crate::secrets::Secrets;
use crate::standing::Standing;
use crate::telemetry::{self, TRACE, metrics};
use crate::webhooks::{DELIVER, sign, store};

/// How long after each failed attempt it is tried again (s), give or take a fifth; together three days.
const RETRIES_S: [i64; 9] = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 72_000];
/// Events noted and sent at a time.
const BATCH: i64 = 100;
/// Subjects told at the same time.
const AT_ONCE: usize = 8;
/// After so many failures in a row the address rests.
const RESTS_AFTER: i32 = 8;
/// The first rest (s); twice as long each time, an hour at most.
const REST_S: i64 = 30;
/// An address that answered nothing for so long is given up.
const GIVEN_UP_AFTER: SignedDuration = SignedDuration::from_hours(72);

/// Tells webhooks: the work of [`DELIVER`].
#[derive(Clone)]
pub struct Deliverer(Arc<Parts>);

struct Parts {
    outbound: Outbound,
    secrets: Secrets,
    catalogue: Catalogue,
    standing: Arc<dyn Standing>,
}

#[derive(Deserialize)]
struct Payload {
    webhook: Uuid,
}

/// A webhook as it is told.
struct Hook {
    id: Uuid,
    url: String,
    types: Vec<String>,
    behind: i64,
    failures: i32,
    failing_since: Option<Timestamp>,
    owner: Caller,
    secrets: Vec<String>,
}

/// One event on its way.
struct Message {
    number: i64,
    attempts: i32,
    event: CloudEvent,
}

/// How one attempt went.
pub(super) struct Attempt {
    /// The status, if there was an answer.
    pub status: Option<u16>,
    /// What went wrong; nothing for 2xx.
    pub error: Option<String>,
    /// How long it took.
    pub took: Duration,
}

impl Deliverer {
    /// Sends through `outbound`, signs with what `secrets` opens, and asks `standing` what whoever made a webhook may read.
    pub fn new(outbound: Outbound, secrets: Secrets, catalogue: Catalogue, standing: Arc<dyn Standing>) -> Deliverer {
        Deliverer(Arc::new(Parts { outbound, secrets, catalogue, standing }))
    }

    async fn tell(&self, run: Running) -> Result<Value> {
        let Payload { webhook } = run.payload()?;
        let mut told = 0;
        while !run.is_cancelled() {
            let Some(hook) = self.open(&run, webhook).await? else { break };
            let Some(messages) = self.gather(&run, &hook).await? else {
                let mut tx = run.begin().await?;
                note_when_to_wake(&mut tx, hook.id).await?;
                run.commit(tx).await?;
                break;
            };
            if messages.is_empty() {
                continue;
            }
            let attempts = self.send(&hook, messages).await;
            told += attempts.iter().filter(|(_, attempt)| attempt.error.is_none()).count();
            if self.note(&run, &hook, attempts).await? {
                break;
            }
        }
        if run.is_cancelled() { Err(run.cancelled()) } else { Ok(json!({ "delivered": told })) }
    }

    /// The webhook, where it is to be told; one whose owner is gone is given up.
    async fn open(&self, run: &Running, id: Uuid) -> Result<Option<Hook>> {
        let organization = run.caller().organization;
        let mut tx = run.begin().await?;
        let now = tx.now();
        let query = "select url, types, behind, failures, failing_since, acting from webhooks \
            where organization_id = $1 and id = $2 and not paused and disabled_at is null and (held_until is null or held_until <= $3)";
        let Some(row) = tx.query_opt(query, &[&organization, &id, &now]).await? else { return Ok(None) };
        let principal = crate::runs::principal(&row.get::<_, Value>(5), DELIVER.name);
        let owner = match self.0.standing.caller(organization, &principal, run.caller().request).await {
            Ok(owner) => owner,
            Err(gone) if gone.kind == Kind::Unauthenticated => {
                let why = format!("whoever made it has no access any more: {}; change it to take it over", gone.detail);
                give_up(&mut tx, id, &why).await?;
                tx.commit().await?;
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        let secrets = store::signing(&mut tx, &self.0.secrets, id).await?;
        tx.commit().await?;
        Ok(Some(Hook {
            id,
            url: row.get(0),
            types: row.get(1),
            behind: row.get(2),
            failures: row.get(3),
            failing_since: row.get(4),
            owner,
            secrets,
        }))
    }

    /// What is to be sent now: what is to be tried again, then what is new, which is noted first. Nothing at all where nothing is left; an empty
    /// list where there was something, none of it to be sent now, so that the looking goes on.
    async fn gather(&self, run: &Running, hook: &Hook) -> Result<Option<Vec<Message>>> {
        let due = self.due(run, hook).await?;
        if due.is_empty() {
            return self.fresh(run, hook).await;
        }
        let numbers: Vec<i64> = due.keys().copied().collect();
        let known = self.known(run, hook, &numbers).await?;
        let gone: Vec<i64> = numbers.into_iter().filter(|number| !known.iter().any(|event| event.number == *number)).collect();
        if !gone.is_empty() {
            let organization = run.caller().organization;
            let mut tx = run.begin().await?;
            let fail = "update webhook_deliveries set state = 'failed', next_at = null, error = $4 \
                where organization_id = $1 and webhook_id = $2 and number = any ($3)";
            let why = "the event is not kept any more, or whoever made the webhook may not read it any more";
            tx.execute(fail, &[&organization, &hook.id, &gone, &why]).await?;
            run.commit(tx).await?;
        }
        let attempts = |number: i64| due.get(&number).copied().unwrap_or_default();
        Ok(Some(known.into_iter().map(|event| Message { number: event.number, attempts: attempts(event.number), event }).collect()))
    }

    /// The numbers of what is to be tried now, with how often each was; of a subject the first that is pending.
    async fn due(&self, run: &Running, hook: &Hook) -> Result<BTreeMap<i64, i32>> {
        let organization = run.caller().organization;
        let tx = run.begin().await?;
        let now = tx.now();
        let rows = tx
            .query_once(
                "select d.number, d.attempts from webhook_deliveries d
                 where d.organization_id = $1 and d.webhook_id = $2 and d.state = 'pending' and d.next_at <= $3 and not exists (
                    select from webhook_deliveries b where b.organization_id = $1 and b.webhook_id = $2 and b.state = 'pending'
                        and b.subject = d.subject and b.number < d.number)
                 order by d.next_at, d.number limit $4",
                &[&organization, &hook.id, &now, &BATCH],
            )
            .await?;
        Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
    }

    /// Events of these numbers, as far as whoever made the webhook may read them.
    async fn known(&self, run: &Running, hook: &Hook, numbers: &[i64]) -> Result<Vec<CloudEvent>> {
        let mut tx = run.database().begin(&hook.owner).await?;
        let known = events::numbered(&mut tx, &self.0.catalogue, numbers).await?;
        tx.commit().await?;
        Ok(known)
    }

    /// Notes what is new; returns what of it can be sent now, or nothing where there is nothing new.
    async fn fresh(&self, run: &Running, hook: &Hook) -> Result<Option<Vec<Message>>> {
        let mut reading = run.database().begin(&hook.owner).await?;
        let filter = EventFilter { r#type: Some(hook.types.join(",")), ..EventFilter::default() };
        let (events, cursor, _) = events::behind_number(&mut reading, &self.0.catalogue, &filter, hook.behind, BATCH, false).await?;
        reading.commit().await?;
        if cursor == hook.behind {
            return Ok(None);
        }
        let mut tx = run.begin().await?;
        let organization = run.caller().organization;
        let now = tx.now();
        let ids: Vec<Uuid> = events.iter().map(|_| tx.new_id()).collect();
        tx.execute(
            "insert into webhook_deliveries (organization_id, webhook_id, number, id, event_id, type, subject, state, next_at, created_at) \
             select $1, $2, e.number, e.id, e.event, e.type, e.subject, 'pending', $8, $8 \
             from unnest($3::bigint[], $4::uuid[], $5::uuid[], $6::text[], $7::text[]) as e (number, id, event, type, subject) \
             on conflict do nothing",
            &[
                &organization,
                &hook.id,
                &events.iter().map(|event| event.number).collect::<Vec<_>>(),
                &ids,
                &events.iter().map(|event| event.id).collect::<Vec<_>>(),
                &events.iter().map(|event| event.r#type.as_str()).collect::<Vec<_>>(),
                &events.iter().map(|event| event.subject.as_str()).collect::<Vec<_>>(),
                &now,
            ],
        )
        .await?;
        let moved = "update webhooks set behind = $3 where organization_id = $1 and id = $2 and behind = $4";
        if tx.execute(moved, &[&organization, &hook.id, &cursor, &hook.behind]).await? == 0 {
            return Err(Error::conflict("webhook_moved", "somebody else told the webhook meanwhile").retry_after(1));
        }
        // An earlier event of the same subject that is yet to be tried again goes first.
        let waiting = "select distinct subject from webhook_deliveries where organization_id = $1 and webhook_id = $2 and state = 'pending' \
            and subject = any ($3) and number <= $4";
        let subjects: Vec<&str> = events.iter().map(|event| event.subject.as_str()).collect();
        let rows = tx.query(waiting, &[&organization, &hook.id, &subjects, &hook.behind]).await?;
        let waiting: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
        run.commit(tx).await?;
        let free = events.into_iter().filter(|event| !waiting.contains(&event.subject));
        Ok(Some(free.map(|event| Message { number: event.number, attempts: 0, event }).collect()))
    }

    /// Sends messages: those of one subject one after the other, up to the first that fails.
    async fn send(&self, hook: &Hook, messages: Vec<Message>) -> Vec<(Message, Attempt)> {
        let mut by_subject: BTreeMap<String, Vec<Message>> = BTreeMap::new();
        for message in messages {
            by_subject.entry(message.event.subject.clone()).or_default().push(message);
        }
        let failures = AtomicU32::new(hook.failures.max(0) as u32);
        let one_subject = async |messages: Vec<Message>| {
            let mut attempts = Vec::new();
            for message in messages {
                // An address that answers nobody is not asked by everybody.
                if failures.load(Ordering::Relaxed) > RESTS_AFTER as u32 {
                    break;
                }
                let body = serde_json::to_vec(&message.event).unwrap_or_default();
                let span = span(hook, &message);
                let id = message.event.id.to_string();
                let attempt = self.attempt(&hook.url, &hook.secrets, &id, body).instrument(span.clone()).await;
                let has_failed = attempt.error.is_some();
                if has_failed {
                    span.record("otel.status_code", "ERROR");
                }
                let behind_s = (message.attempts == 0).then(|| now_ms() as f64 / 1e3 - message.event.time.as_millisecond() as f64 / 1e3);
                metrics().delivery(!has_failed, attempt.took, behind_s);
                if has_failed {
                    failures.fetch_add(1, Ordering::Relaxed)
                } else {
                    failures.swap(0, Ordering::Relaxed)
                };
                attempts.push((message, attempt));
                if has_failed {
                    break;
                }
            }
            attempts
        };
        let sent = futures_util::stream::iter(by_subject.into_values().map(one_subject)).buffer_unordered(AT_ONCE);
        sent.collect::<Vec<_>>().await.into_iter().flatten().collect()
    }

    /// Sends one message once.
    pub(super) async fn attempt(&self, url: &str, secrets: &[String], id: &str, body: Vec<u8>) -> Attempt {
        attempt(&self.0.outbound, url, secrets, id, body).await
    }

    /// Notes how attempts went; whether the run is to end, because the address rests or was given up.
    async fn note(&self, run: &Running, hook: &Hook, attempts: Vec<(Message, Attempt)>) -> Result<bool> {
        let organization = run.caller().organization;
        let mut tx = run.begin().await?;
        let now = tx.now();
        let (mut numbers, mut states, mut nexts, mut statuses, mut errors, mut took) = (vec![], vec![], vec![], vec![], vec![], vec![]);
        let (mut failures, mut since, mut is_gone, mut has_delivered) = (hook.failures, hook.failing_since, false, false);
        for (message, attempt) in &attempts {
            let retry_s = RETRIES_S.get(message.attempts.max(0) as usize).copied();
            let (state, next) = match (&attempt.error, retry_s) {
                (None, _) => ("delivered", None),
                (Some(_), Some(wait_s)) => ("pending", Some(after(now, wait_s))),
                (Some(_), None) => ("failed", None),
            };
            match attempt.error {
                None => (failures, since, has_delivered) = (0, None, true),
                Some(_) => (failures, since) = (failures + 1, since.or(Some(now))),
            }
            is_gone |= attempt.status == Some(410);
            numbers.push(message.number);
            states.push(state);
            nexts.push(next);
            statuses.push(attempt.status.map(i32::from));
            errors.push(attempt.error.as_deref());
            took.push(i32::try_from(attempt.took.as_millis()).unwrap_or(i32::MAX));
        }
        tx.execute(
            "update webhook_deliveries d set state = a.state, next_at = a.next_at, status = a.status, error = a.error, took_ms = a.took_ms, \
             attempts = d.attempts + 1, attempted_at = $9 \
             from unnest($3::bigint[], $4::text[], $5::timestamptz[], $6::int[], $7::text[], $8::int[]) \
                as a (number, state, next_at, status, error, took_ms) \
             where d.organization_id = $1 and d.webhook_id = $2 and d.number = a.number",
            &[&organization, &hook.id, &numbers, &states, &nexts, &statuses, &errors, &took, &now],
        )
        .await?;
        let rests = failures >= RESTS_AFTER;
        let doublings = u32::try_from((failures - RESTS_AFTER) / RESTS_AFTER).unwrap_or(0).min(7);
        let held = rests.then(|| after(now, (REST_S << doublings).min(3_600)));
        tx.execute(
            "update webhooks set failures = $3, failing_since = $4, delivered_at = case when $5 then $6 else delivered_at end, held_until = $7 \
             where organization_id = $1 and id = $2",
            &[&organization, &hook.id, &failures, &since, &has_delivered, &now, &held],
        )
        .await?;
        note_when_to_wake(&mut tx, hook.id).await?;
        let is_hopeless = since.is_some_and(|since| now.duration_since(since) >= GIVEN_UP_AFTER);
        if is_gone || is_hopeless {
            let why = if is_gone { "the receiver answered 410 Gone" } else { "nothing could be delivered for three days" };
            give_up(&mut tx, hook.id, why).await?;
        }
        run.commit(tx).await?;
        Ok(rests || is_gone || is_hopeless)
    }
}

/// Notes when the next attempt is due: of each subject only the first that is pending counts, because the others wait for it.
async fn note_when_to_wake(tx: &mut crate::database::Tx, id: Uuid) -> Result<()> {
    let organization = tx.caller().organization;
    let note = "update webhooks set wake_at = (
            select min(first.next_at) from (
                select distinct on (d.subject) d.next_at from webhook_deliveries d
                where d.organization_id = $1 and d.webhook_id = $2 and d.state = 'pending' order by d.subject, d.number) first)
        where organization_id = $1 and id = $2";
    tx.execute(note, &[&organization, &id]).await?;
    Ok(())
}

/// Sends one message once.
pub(super) async fn attempt(outbound: &Outbound, url: &str, secrets: &[String], id: &str, body: Vec<u8>) -> Attempt {
    let began = Instant::now();
    let signed = sign(secrets, id, now_s(), &body);
    let request = Request::post(url)
        .header(CONTENT_TYPE, "application/cloudevents+json; charset=utf-8")
        .header("webhook-id", &signed.id)
        .header("webhook-timestamp", signed.timestamp)
        .header("webhook-signature", &signed.signatures)
        .body(Bytes::from(body));
    let answer = match request {
        Ok(request) => outbound.send(request).await,
        Err(_) => Err(Failure::Refused("it is not an address".into())),
    };
    let took = began.elapsed();
    match answer {
        Ok(answer) if answer.status().is_success() => Attempt { status: Some(answer.status().as_u16()), error: None, took },
        Ok(answer) if answer.status().is_redirection() => {
            let error = format!("answered {}: redirects are not followed; give the webhook the new address", answer.status().as_u16());
            Attempt { status: Some(answer.status().as_u16()), error: Some(error), took }
        }
        Ok(answer) => {
            Attempt { status: Some(answer.status().as_u16()), error: Some(format!("answered {}", answer.status().as_u16())), took }
        }
        Err(failure) => Attempt { status: None, error: Some(failure.to_string().chars().take(500).collect()), took },
    }
}

/// A delivery belongs to the trace of what it tells; the run that carries it out is linked.
fn span(hook: &Hook, message: &Message) -> Span {
    let span = tracing::info_span!(
        target: TRACE,
        parent: None,
        "deliver",
        otel.kind = "producer",
        webhook = %hook.id,
        event = %message.event.id,
        event_type = message.event.r#type,
        organization = %message.event.organization,
        attempt = message.attempts + 1,
        otel.status_code = Empty,
    );
    if let Some(trace) = &message.event.traceparent {
        telemetry::continues(&span, trace);
    }
    span.follows_from(Span::current());
    span
}

/// The receiver's clock is the world's, not a test's.
fn now_s() -> i64 {
    now_ms() / 1_000
}

fn now_ms() -> i64 {
    use crate::context::{Clock, SystemClock};
    SystemClock.now().as_millisecond()
}

/// So many seconds later, give or take a fifth, so that those that failed together do not come together again.
fn after(now: Timestamp, wait_s: i64) -> Timestamp {
    let wait_ms = (wait_s as f64 * 1_000.0 * rand::random_range(0.8..1.2)) as i64;
    now.checked_add(SignedDuration::from_millis(wait_ms)).unwrap_or(now)
}

/// Gives a webhook up, and says so in the trail, from where events and inboxes learn it.
async fn give_up(tx: &mut crate::database::Tx, id: Uuid, why: &str) -> Result<()> {
    let (organization, now) = (tx.caller().organization, tx.now());
    let disable = "update webhooks set disabled_at = $3, disabled_why = $4, version = version + 1, updated_at = $3 \
        where organization_id = $1 and id = $2 and disabled_at is null returning name, acting ->> 'user'";
    if let Some(row) = tx.query_opt(disable, &[&organization, &id, &now, &why]).await? {
        let name: String = row.get(0);
        tracing::warn!(webhook = %id, why, "a webhook was given up");
        let owner: Option<String> = row.get(1);
        let detail = json!({ "name": name, "why": why, "owner": owner });
        tx.query("select gemba.audit('webhook.disabled', 'webhook', $1, null, 'success', $2)", &[&id, &detail]).await?;
    }
    Ok(())
}

impl Work for Deliverer {
    fn carry_out(&self, run: Running) -> BoxFuture<'static, Result<Value>> {
        let own = self.clone();
        Box::pin(async move { own.tell(run).await })
    }
}
