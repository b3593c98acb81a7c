//! Hands what was published to the streams that may have it.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::time::{Instant, MissedTickBehavior};

use crate::caller::{Caller, Principal, Scope};
use crate::database::Database;
use crate::error::{Error, Kind, Result};
use crate::events::{Catalogue, CloudEvent, EVENT_READ, Wanted};
use crate::ids::{OrganizationId, RequestId};
use crate::notifications::Inboxes;
use crate::standing::Standing;
use crate::streams::progress::{self, Progress};
use crate::telemetry::metrics;

/// How often is looked for what was published.
const LOOK: Duration = Duration::from_millis(100);
/// How often all who have a stream are asked after.
const STAND: Duration = Duration::from_secs(2);
/// How old the rights of a stream get at most, without an event that tells of a change.
const FRESH: Duration = Duration::from_secs(300);
/// Events handed on at a time.
const BATCH: i32 = 500;
/// Events that wait for a reader at most; one that has more waiting reads the rest from the database.
const WAITING: usize = 64;
/// Events after which whoever they are about, or everybody in the organization, is asked after.
const ABOUT_RIGHTS: [&str; 8] = ["grant", "role", "user", "api_key", "organization", "plant", "policy", "certification"];

/// The streams of this process. Cheap to clone; a part of the server's [`App`](crate::http::App).
#[derive(Clone)]
pub struct Hub(Arc<Inner>);

struct Inner {
    database: Database,
    catalogue: Catalogue,
    standing: Arc<dyn Standing>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    is_kept: bool,
    next: u64,
    /// Up to this number what is published was handed on.
    behind: i64,
    streams: BTreeMap<OrganizationId, BTreeMap<u64, Stream>>,
}

struct Stream {
    caller: Arc<Caller>,
    wanted: Arc<Wanted>,
    sender: Sender<Bytes>,
    turn: Arc<Turn>,
    /// When the caller's rights were asked for; none where something tells that they have changed.
    asked: Option<Instant>,
}

impl Stream {
    fn is_live(&self) -> bool {
        self.turn.is(Turn::LIVE)
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.turn.set(Turn::ENDED);
    }
}

/// What a stream and its place tell each other.
#[derive(Default)]
struct Turn(AtomicU8);

impl Turn {
    /// The stream reads by itself what it missed.
    const READS: u8 = 0;
    /// It is handed what happens.
    const LIVE: u8 = 1;
    /// It is over, whatever is still waiting for it.
    const ENDED: u8 = 2;

    fn is(&self, turn: u8) -> bool {
        self.0.load(Ordering::Acquire) == turn
    }

    fn set(&self, turn: u8) {
        self.0.store(turn, Ordering::Release);
    }
}

/// A place among the streams; given back when it is dropped.
pub(super) struct Place {
    hub: Hub,
    organization: OrganizationId,
    number: u64,
    turn: Arc<Turn>,
    pub receiver: Receiver<Bytes>,
}

impl Place {
    /// Whether what happens is handed on: not before [`go_live`](Self::go_live), and not any more once more was waiting than there is room for.
    pub fn is_live(&self) -> bool {
        self.turn.is(Turn::LIVE)
    }

    /// Whether the stream is over: its caller has lost what it takes, or the server stops.
    pub fn is_ended(&self) -> bool {
        self.turn.is(Turn::ENDED)
    }

    /// From now on what is published comes by itself.
    pub fn go_live(&self) {
        let _ = self.turn.0.compare_exchange(Turn::READS, Turn::LIVE, Ordering::AcqRel, Ordering::Acquire);
    }

    /// Whose stream it is, with the rights of now; nobody once it is ended.
    pub fn caller(&self) -> Option<Arc<Caller>> {
        Some(self.hub.state().streams.get(&self.organization)?.get(&self.number)?.caller.clone())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.hub.leave(self.organization, self.number);
    }
}

impl Hub {
    /// For streams of the events in `catalogue`, whose callers `standing` knows.
    pub fn new(database: Database, catalogue: Catalogue, standing: Arc<dyn Standing>) -> Hub {
        Hub(Arc::new(Inner { database, catalogue, standing, state: Mutex::default() }))
    }

    /// How many streams are open.
    pub fn len(&self) -> usize {
        self.state().streams.values().map(BTreeMap::len).sum()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(super) fn catalogue(&self) -> &Catalogue {
        &self.0.catalogue
    }

    /// Takes a place, and says up to which number what is published was handed on by now.
    pub(super) fn join(&self, caller: Arc<Caller>, wanted: Arc<Wanted>) -> Result<(Place, i64)> {
        let (sender, receiver) = channel(WAITING);
        let (organization, turn) = (caller.organization, Arc::<Turn>::default());
        let mut state = self.state();
        if !state.is_kept {
            return Err(Error::unavailable("stream_not_ready", "this server sends no live events at the moment", 2));
        }
        state.next += 1;
        let number = state.next;
        let stream = Stream { caller, wanted, sender, turn: turn.clone(), asked: Some(Instant::now()) };
        state.streams.entry(organization).or_default().insert(number, stream);
        Ok((Place { hub: self.clone(), organization, number, turn, receiver }, state.behind))
    }

    fn leave(&self, organization: OrganizationId, number: u64) {
        let mut state = self.state();
        if let Some(streams) = state.streams.get_mut(&organization) {
            streams.remove(&number);
            if streams.is_empty() {
                state.streams.remove(&organization);
            }
        }
    }

    /// Ends all streams and takes no new one: the server stops.
    pub fn close(&self) {
        let mut state = self.state();
        state.is_kept = false;
        // Dropping the senders ends the streams; their places find themselves gone.
        state.streams.clear();
    }

    /// Hands on what is published until `stop`.
    pub async fn keep(self, stop: impl Future<Output = ()>) {
        let mut stop = pin!(stop);
        let mut looks = tokio::time::interval(LOOK);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut behind, mut asked, mut failing) = (None, Instant::now(), false);
        let (mut progress, mut inboxes) = (Progress::default(), Inboxes::default());
        loop {
            tokio::select! {
                () = &mut stop => break,
                _ = looks.tick() => {}
            }
            let worked = self.turn(&mut behind, &mut asked, &mut progress, &mut inboxes).await;
            match worked {
                Ok(()) => failing = false,
                Err(error) if !failing => {
                    tracing::error!(%error, cause = ?std::error::Error::source(&error), "events cannot be streamed at the moment");
                    failing = true;
                }
                Err(_) => {}
            }
        }
        self.close();
    }

    async fn turn(&self, behind: &mut Option<i64>, asked: &mut Instant, progress: &mut Progress, inboxes: &mut Inboxes) -> Result<()> {
        let Some(mut number) = *behind else {
            let rows = self.0.database.before_sign_in().await?.query_once("select gemba.events_end()", &[]).await?;
            *behind = rows.first().map(|row| row.get(0));
            let mut state = self.state();
            (state.is_kept, state.behind) = (true, behind.unwrap_or_default());
            return Ok(());
        };
        // Asked before it is looked whether there are streams: whoever joins in between is handed what comes behind it.
        let rows = self.0.database.before_sign_in().await?.query_once("select gemba.events_end()", &[]).await?;
        let end = rows.first().map_or(number, |row| row.get(0));
        if self.is_empty() {
            *behind = Some(end);
            self.state().behind = end;
            inboxes.rest();
            return Ok(());
        }
        while number < end {
            let count = self.hand_on(&mut number).await?;
            *behind = Some(number);
            self.state().behind = number;
            if count < BATCH as usize {
                break;
            }
        }
        for step in progress.look(&self.0.database).await? {
            if let Some(streams) = self.state().streams.get_mut(&step.organization) {
                for stream in streams.values().filter(|stream| stream.is_live()) {
                    if stream.wanted.wants(progress::TYPE) && may_read_events(&stream.caller) && step.may_know(&stream.caller) {
                        // Where there is no room for it, the next one says the same and more.
                        let _ = stream.sender.try_send(step.text.clone());
                    }
                }
            }
        }
        for changed in inboxes.look(&self.0.database).await? {
            if let Some(streams) = self.state().streams.get_mut(&changed.organization) {
                streams.retain(|_, stream| {
                    let has_it = stream.wanted.wants(Inboxes::TYPE) && changed.is_of(&stream.caller);
                    // It has no number by which it could be read later: whoever has no room for it begins again.
                    !has_it || stream.sender.try_send(changed.text.clone()).is_ok()
                });
            }
        }
        if asked.elapsed() >= STAND {
            self.ask_all().await?;
            *asked = Instant::now();
        }
        self.refresh().await
    }

    /// Hands on what is behind a number, and moves the number; returns how many events there were.
    async fn hand_on(&self, behind: &mut i64) -> Result<usize> {
        let tx = self.0.database.before_sign_in().await?;
        let rows = tx.query_once("select * from gemba.traced_events_behind($1, $2)", &[&*behind, &BATCH]).await?;
        for row in &rows {
            *behind = (*behind).max(row.get(1));
            let Some(event) = CloudEvent::of(&self.0.catalogue, row) else { continue };
            let mut state = self.state();
            let Some(streams) = state.streams.get_mut(&event.organization) else { continue };
            if ABOUT_RIGHTS.contains(&event.kind.as_str()) {
                mark(streams, &event);
            }
            let mut text = None;
            streams.retain(|_, stream| {
                if !stream.is_live() || !stream.wanted.wants(&event.r#type) || !may_have(&self.0.catalogue, &stream.caller, &event) {
                    return true;
                }
                let text = text.get_or_insert_with(|| rendered(&event)).clone();
                match stream.sender.try_send(text) {
                    Ok(()) => true,
                    // More happens at once than there is room for, or the reader does not keep up.
                    Err(TrySendError::Full(_)) => {
                        stream.turn.set(Turn::READS);
                        metrics().stream_cut();
                        true
                    }
                    Err(TrySendError::Closed(_)) => false,
                }
            });
        }
        Ok(rows.len())
    }

    /// Asks after all who have a stream, in one question; cuts those who do not stand any more.
    async fn ask_all(&self) -> Result<()> {
        let who: BTreeMap<(OrganizationId, String), Principal> = {
            let state = self.state();
            let all = state.streams.iter().flat_map(|(organization, streams)| streams.values().map(move |stream| (*organization, stream)));
            all.map(|(organization, stream)| ((organization, device(&stream.caller.principal)), stream.caller.principal.clone())).collect()
        };
        if who.is_empty() {
            return Ok(());
        }
        let asked: Vec<(OrganizationId, Principal)> =
            who.iter().map(|((organization, _), principal)| (*organization, principal.clone())).collect();
        let stand = self.0.standing.stand(&asked).await?;
        let gone: BTreeSet<(OrganizationId, String)> =
            who.into_keys().zip(stand).filter(|(_, stands)| !stands).map(|(who, _)| who).collect();
        if !gone.is_empty() {
            for (organization, streams) in &mut self.state().streams {
                streams.retain(|_, stream| !gone.contains(&(*organization, device(&stream.caller.principal))));
            }
        }
        Ok(())
    }

    /// Asks for the rights of those of whom something tells that they have changed, or that are old.
    async fn refresh(&self) -> Result<()> {
        let stale: BTreeMap<(OrganizationId, String), Principal> = {
            let state = self.state();
            let all = state.streams.iter().flat_map(|(organization, streams)| streams.values().map(move |stream| (*organization, stream)));
            let old = all.filter(|(_, stream)| stream.asked.is_none_or(|asked| asked.elapsed() >= FRESH));
            // Those that are merely old take turns.
            let (told, old): (Vec<_>, Vec<_>) = old.partition(|(_, stream)| stream.asked.is_none());
            let some = told.into_iter().chain(old.into_iter().take(20));
            some.map(|(organization, stream)| ((organization, device(&stream.caller.principal)), stream.caller.principal.clone())).collect()
        };
        for ((organization, device_of), principal) in stale {
            let request = self.0.database.context().new_id::<RequestId>();
            let caller = match self.0.standing.caller(organization, &principal, request).await {
                Ok(caller) => Some(Arc::new(caller)),
                Err(gone) if gone.kind == Kind::Unauthenticated => None,
                Err(error) => return Err(error),
            };
            let mut state = self.state();
            let Some(streams) = state.streams.get_mut(&organization) else { continue };
            streams.retain(|_, stream| {
                if device(&stream.caller.principal) != device_of {
                    return true;
                }
                let Some(caller) = &caller else { return false };
                // The rights of now, from where the stream was opened.
                let caller = Arc::new(Caller { ip: stream.caller.ip, ..Caller::clone(caller) });
                (stream.caller, stream.asked) = (caller.clone(), Some(Instant::now()));
                // Whoever may not read events anywhere any more has nothing to wait for.
                caller.may_somewhere(EVENT_READ)
            });
        }
        Ok(())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Notes whose rights an event may have changed.
fn mark(streams: &mut BTreeMap<u64, Stream>, event: &CloudEvent) {
    let about = |name: &str| event.data["record"][name].as_str().map(str::to_owned);
    let whom: Option<Vec<String>> = match event.kind.as_str() {
        "grant" => Some([about("user_id"), about("api_key_id")].into_iter().flatten().collect()),
        "user" | "api_key" => Some(about("id").into_iter().collect()),
        _ => None,
    };
    for stream in streams.values_mut() {
        let own = match &stream.caller.principal {
            Principal::User { id, .. } => vec![id.to_string()],
            Principal::ApiKey { id, owner } => std::iter::once(id.to_string()).chain(owner.map(|owner| owner.to_string())).collect(),
            Principal::System(_) => Vec::new(),
        };
        if whom.as_ref().is_none_or(|whom| own.iter().any(|one| whom.contains(one))) {
            stream.asked = None;
        }
    }
}

/// One session or key; two devices of a person are two.
fn device(principal: &Principal) -> String {
    match principal {
        Principal::User { session, .. } => session.to_string(),
        other => other.label(),
    }
}

fn may_read_events(caller: &Caller) -> bool {
    caller.may_somewhere(EVENT_READ)
}

/// Whether a caller may have an event: reading events, and what it is about, where it happened.
fn may_have(catalogue: &Catalogue, caller: &Caller, event: &CloudEvent) -> bool {
    let scope = event.plantid.map_or(Scope::Organization, Scope::Plant);
    let in_reach = event.plantid.is_none_or(|plant| caller.reach().holds(plant));
    in_reach
        && caller.may(EVENT_READ, scope)
        && catalogue.reading(&event.kind).is_some_and(|read| caller.may(read, scope))
        && event.is_open_to(caller)
}

/// An event as the stream writes it.
pub(super) fn rendered(event: &CloudEvent) -> Bytes {
    let data = serde_json::to_string(event).unwrap_or_default();
    Bytes::from(format!("id: {}\ndata: {data}\n\n", event.sequence))
}
