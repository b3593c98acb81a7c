//! Carries out runs: looks for them, starts them, tells how far they are, and notes how they end.
//!
//! **Invariant:** a worker says every few seconds that it lives; one that cannot is believed dead, its runs are started by others, and what it
//! says late does not count.
//! **Invariant:** looking costs a worker no more than a small part of its time, however much waits: after a slow look it pauses.

use std::collections::{BTreeMap, VecDeque};
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tracing::field::{Empty, display};
use tracing::{Instrument, Span};
use uuid::Uuid;

use crate::caller::{Caller, Grants, Principal};
use crate::database::Database;
use crate::error::{Error, Kind, Result};
use crate::http::Problem;
use crate::ids::{RequestId, RunId};
use crate::runs::lanes::Lanes;
use crate::runs::running::{Inner, Running};
use crate::runs::store::{self, Claimed, Ending};
use crate::runs::{WorkKind, Works, enqueue, schedules};
use crate::standing::Standing;
use crate::telemetry::{self, metrics};

/// How a worker works.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The queues it serves; none for all.
    pub queues: Vec<String>,
    /// Runs at the same time.
    pub places: usize,
    /// How often it looks for new runs: half of it is what a run waits on average.
    pub look: Duration,
    /// How long it is believed to live without a word.
    pub lease: Duration,
    /// How long runs may go on once the server stops.
    pub grace: Duration,
    /// How long runs are kept after they ended (days).
    pub keep_days: i32,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            queues: Vec::new(),
            places: 8,
            look: Duration::from_millis(50),
            lease: Duration::from_secs(30),
            grace: Duration::from_secs(20),
            keep_days: 90,
        }
    }
}

/// How often runs at work are told of: progress seen, and a stop obeyed, after this time at the latest.
const BEAT: Duration = Duration::from_millis(500);
/// How often runs are looked for whose time has come.
const DUE: Duration = Duration::from_millis(250);
/// How often dead workers are looked for.
const DEAD: Duration = Duration::from_secs(2);
/// How often what ended long ago is forgotten.
const FORGET: Duration = Duration::from_secs(60);
/// How far back due runs are looked for at most turns; further back once in a while.
const RECENT: SignedDuration = SignedDuration::from_secs(60);
/// After a look that took so long it pauses for so many times as long.
const PAUSE: u32 = 9;
/// But no longer than this.
const LONGEST_PAUSE: Duration = Duration::from_millis(500);
/// How often everything that waits is looked through, also what lies below the last look.
const THOROUGH: Duration = Duration::from_secs(10);
/// After such a look it pauses for so many times as long.
const THOROUGH_PAUSE: u32 = 50;
/// Back-offs grow to this.
const LONGEST_BACK_OFF: Duration = Duration::from_secs(3600);

/// Carries out runs of all organizations.
pub struct Worker {
    shared: Arc<Shared>,
    me: Uuid,
    lanes: Lanes,
    tasks: JoinSet<()>,
    horizon: Horizon,
    last: Turns,
    failing: bool,
}

struct Shared {
    database: Database,
    works: Works,
    standing: Arc<dyn Standing>,
    settings: Settings,
    running: Mutex<BTreeMap<(RunId, i32), Running>>,
    freed: Notify,
    stopping: AtomicBool,
}

/// When each thing was done last.
#[derive(Default)]
struct Turns {
    lease: Option<Instant>,
    beat: Option<Instant>,
    due: Option<Instant>,
    dead: Option<Instant>,
    forget: Option<Instant>,
    look: Option<Instant>,
    look_took: Duration,
    thorough: Option<Instant>,
    thorough_took: Duration,
    due_thorough: Option<Instant>,
    due_seen: Option<Timestamp>,
}

/// Up to which position nothing new can come any more.
///
/// Whoever draws a position has a transaction number before. So what was the highest position at some look is safe once every transaction has
/// ended that had begun then.
#[derive(Default)]
struct Horizon {
    safe: i64,
    /// At earlier looks: the number of the next transaction, and the highest position seen.
    looks: VecDeque<(i64, i64)>,
}

impl Horizon {
    fn looked(&mut self, ended: i64, next: i64, highest: i64) {
        while self.looks.front().is_some_and(|(begun, _)| *begun <= ended) {
            if let Some((_, safe)) = self.looks.pop_front() {
                self.safe = self.safe.max(safe);
            }
        }
        let known = self.looks.back().map_or(self.safe, |(_, highest)| *highest);
        if highest > known {
            self.looks.push_back((next, highest));
        }
    }
}

impl Worker {
    /// A worker on `database` that knows how to carry out `works`, each run with the rights that `standing` tells.
    pub fn new(database: Database, works: Works, standing: Arc<dyn Standing>, settings: Settings) -> Worker {
        let shared = Shared {
            database,
            works,
            standing,
            settings,
            running: Mutex::default(),
            freed: Notify::new(),
            stopping: AtomicBool::new(false),
        };
        let me = shared.database.context().new_id();
        Worker {
            shared: Arc::new(shared),
            me,
            lanes: Lanes::default(),
            tasks: JoinSet::new(),
            horizon: Horizon::default(),
            last: Turns::default(),
            failing: false,
        }
    }

    /// Works until `stop`; then takes nothing new, gives what is at work some time, and hands the rest back.
    pub async fn keep(mut self, stop: impl Future<Output = ()>) {
        let mut stop = pin!(stop);
        loop {
            let worked = self.turn().await;
            self.note(worked);
            let shared = self.shared.clone();
            tokio::select! {
                () = &mut stop => break,
                () = tokio::time::sleep(self.shared.settings.look) => {}
                () = shared.freed.notified() => {}
            }
        }
        self.end().await;
    }

    /// Does once everything that is due now, and starts what there are places for; the runs go on by themselves.
    ///
    /// # Errors
    /// 503 when the database is gone.
    pub async fn turn(&mut self) -> Result<()> {
        while self.tasks.try_join_next().is_some() {}
        self.live().await?;
        if due(&mut self.last.beat, BEAT) {
            self.beat().await?;
        }
        if due(&mut self.last.due, DUE) {
            self.due().await?;
        }
        if due(&mut self.last.dead, DEAD) {
            let lost = store::take_back(&self.shared.database).await?;
            if lost > 0 {
                tracing::warn!(lost, "a worker died; what it had is started again");
            }
        }
        if due(&mut self.last.forget, FORGET) {
            store::forget(&self.shared.database, self.shared.settings.keep_days).await?;
        }
        self.look().await?;
        self.start().await
    }

    /// Waits until what is at work has ended, for tests and benchmarks.
    pub async fn settle(&mut self) {
        while self.tasks.join_next().await.is_some() {}
    }

    /// Says that this worker lives; after it was believed dead it begins anew.
    async fn live(&mut self) -> Result<()> {
        let settings = &self.shared.settings;
        if self.last.lease.is_some_and(|last| last.elapsed() < settings.lease / 6) {
            return Ok(());
        }
        let (first, lease_s) = (self.last.lease.is_none(), settings.lease.as_secs_f64());
        if !store::lives(&self.shared.database, self.me, &settings.queues, lease_s, first).await? {
            return self.begin_anew().await;
        }
        self.last.lease = Some(Instant::now());
        Ok(())
    }

    /// After it was believed dead: what it had is others' now.
    async fn begin_anew(&mut self) -> Result<()> {
        let settings = &self.shared.settings;
        tracing::warn!(worker = %self.me, "this worker was believed dead, and its runs were given to others; it begins anew");
        for run in self.shared.running().values() {
            run.lost();
        }
        self.me = self.shared.database.context().new_id();
        store::lives(&self.shared.database, self.me, &settings.queues, settings.lease.as_secs_f64(), true).await?;
        self.last.lease = Some(Instant::now());
        Ok(())
    }

    /// Writes what runs said, and stops those that are to stop.
    async fn beat(&mut self) -> Result<()> {
        let running: Vec<Running> = self.shared.running().values().cloned().collect();
        if running.is_empty() {
            return Ok(());
        }
        let still = store::report(&self.shared.database, self.me, &running).await?;
        for run in running.iter().filter(|run| !run.0.finished.load(Ordering::Acquire)) {
            match still.iter().find(|(id, attempt, _)| *id == run.0.id && *attempt == run.0.attempt) {
                Some((.., true)) => {
                    run.0.cancel.store(true, Ordering::Release);
                    run.0.stop.store(true, Ordering::Release);
                }
                Some((.., false)) => {}
                // Ended at this moment by its own task, or taken by another worker: either way there is nothing more to do.
                None => run.0.stop.store(true, Ordering::Release),
            }
        }
        Ok(())
    }

    /// Lets runs start whose time has come, by schedule or by themselves.
    async fn due(&mut self) -> Result<()> {
        let now = self.shared.database.context().now();
        let thorough = due(&mut self.last.due_thorough, Duration::from_secs(30));
        let since = match self.last.due_seen {
            Some(seen) if !thorough => seen.checked_sub(RECENT).unwrap_or(Timestamp::MIN),
            _ => Timestamp::UNIX_EPOCH,
        };
        schedules::fire(&self.shared.database, &self.shared.works).await?;
        store::due(&self.shared.database, since).await?;
        self.last.due_seen = Some(now);
        Ok(())
    }

    /// Looks what has come into the queues.
    async fn look(&mut self) -> Result<()> {
        let settings = &self.shared.settings;
        // One slow look, on a busy machine, must not make everybody wait.
        let pause = settings.look.max((self.last.look_took * PAUSE).min(LONGEST_PAUSE));
        if self.last.look.is_some_and(|last| last.elapsed() < pause) {
            return Ok(());
        }
        // What another worker had taken and gave back by dying half-way lies below: once in a while everything is looked through.
        let is_thorough = self.last.thorough.is_none_or(|last| last.elapsed() >= THOROUGH.max(self.last.thorough_took * THOROUGH_PAUSE));
        let above = if is_thorough { 0 } else { self.horizon.safe };
        let began = Instant::now();
        let (arrivals, ended, next) = store::arriving(&self.shared.database, &settings.queues, above).await?;
        if is_thorough {
            (self.last.thorough, self.last.thorough_took) = (Some(Instant::now()), began.elapsed());
        }
        self.horizon.looked(ended, next, arrivals.iter().map(|arrival| arrival.highest).max().unwrap_or(0));
        for arrival in arrivals {
            self.lanes.learn(arrival.organization, arrival.priority, arrival.queue, arrival.lowest);
        }
        let took = if is_thorough { Duration::ZERO } else { began.elapsed() };
        (self.last.look, self.last.look_took) = (Some(Instant::now()), took);
        Ok(())
    }

    /// Starts as many runs as there are places for. A few places are gathered first: starting costs a round trip, however many.
    async fn start(&mut self) -> Result<()> {
        let places = self.shared.settings.places;
        loop {
            let free = places.saturating_sub(self.tasks.len());
            if free == 0 || (free < places.div_ceil(4) && self.tasks.len() > free) || self.lanes.is_empty() {
                return Ok(());
            }
            let asks = self.lanes.choose(free);
            let kinds: Vec<&str> = self.shared.works.kinds().map(|kind| kind.name).collect();
            let claimed = match store::claim(&self.shared.database, self.me, &kinds, &asks).await {
                Err(refused) if refused.sql_state().is_some_and(|state| state.code() == store::BELIEVED_DEAD) => {
                    return self.begin_anew().await;
                }
                claimed => claimed?,
            };
            let mut got: Vec<(usize, Option<i64>)> = vec![(0, None); asks.len()];
            for (ask, position, run) in claimed {
                if let Some((count, highest)) = got.get_mut(ask) {
                    (*count, *highest) = (*count + 1, (*highest).max(Some(position)));
                }
                metrics().run_started(&run.queue, run.waited_s);
                let span = span(&run);
                self.tasks.spawn(carry_out(self.shared.clone(), self.me, run).instrument(span));
            }
            for (ask, (count, highest)) in asks.iter().zip(got) {
                self.lanes.got(ask, count, highest);
            }
        }
    }

    /// Stops: what is at work gets some time, the rest goes back.
    async fn end(mut self) {
        self.shared.stopping.store(true, Ordering::Release);
        for run in self.shared.running().values() {
            run.0.stop.store(true, Ordering::Release);
        }
        let finished = async { while self.tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(self.shared.settings.grace, finished).await.is_err() {
            self.tasks.abort_all();
            let left: Vec<Running> = self.shared.running().values().cloned().collect();
            tracing::warn!(runs = left.len(), "runs were still at work when the server stopped; they begin anew elsewhere");
            for run in left {
                self.shared.end(&run.0.caller, (run.0.id, run.0.worker, run.0.attempt), &Ending::Returned).await;
            }
        }
        // What could not be handed back is taken back: this worker is dead from here.
        let gone = store::lives(&self.shared.database, self.me, &[], -1.0, false).await;
        if let Err(error) = gone {
            tracing::debug!(%error, "the end of the worker could not be told; its lease tells it");
        }
    }

    fn note(&mut self, worked: Result<()>) {
        match worked {
            Ok(()) if self.failing => {
                tracing::info!("runs are carried out again");
                self.failing = false;
            }
            Err(error) if !self.failing => {
                tracing::error!(%error, cause = ?std::error::Error::source(&error), "runs cannot be carried out at the moment");
                self.failing = true;
            }
            _ => {}
        }
    }
}

/// Whether it is time again; then it is noted as done.
fn due(last: &mut Option<Instant>, every: Duration) -> bool {
    let is_due = last.is_none_or(|last| last.elapsed() >= every);
    if is_due {
        *last = Some(Instant::now());
    }
    is_due
}

impl Shared {
    fn running(&self) -> std::sync::MutexGuard<'_, BTreeMap<(RunId, i32), Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes how an attempt ended; tries a while, because nobody else knows.
    async fn end(&self, caller: &Caller, run: (RunId, Uuid, i32), ending: &Ending) {
        // Bookkeeping, under the name of whoever asked: it succeeds also where they have lost the plant meanwhile.
        let grants = Grants { everywhere: true, ..Grants::default() };
        let keeper = Caller { grants: grants.into(), ..caller.clone() };
        for wait_ms in [100, 400, 1_600, 6_400, 0] {
            match store::end(&self.database, &keeper, run, ending).await {
                Ok(true) => return,
                Ok(false) => {
                    tracing::info!(run = %run.0, "another worker has taken this run over; what this one did late does not count");
                    return;
                }
                Err(error) if wait_ms == 0 => {
                    tracing::error!(run = %run.0, %error, "the end of a run could not be noted; it is started again")
                }
                Err(_) => tokio::time::sleep(Duration::from_millis(wait_ms)).await,
            }
        }
    }

    /// Who the run acts as, with their rights of now.
    async fn caller(&self, claimed: &Claimed, part: &'static str) -> Result<Caller> {
        let request = claimed.request.unwrap_or(RequestId(claimed.id.0));
        let caller = match enqueue::principal(&claimed.acting, part) {
            Principal::System(part) => Caller::system(part, claimed.organization, request),
            principal => self.standing.caller(claimed.organization, &principal, request).await?,
        };
        match claimed.plant {
            Some(plant) if !caller.reach().holds(plant) => Err(Error::not_found("plant")),
            _ => Ok(Caller { ip: claimed.ip.as_deref().and_then(|ip| ip.parse().ok()), ..caller }),
        }
    }
}

/// What lines and traces say of a run at work.
fn span(claimed: &Claimed) -> Span {
    let span = tracing::error_span!(
        "run",
        run = %claimed.id,
        kind = claimed.kind,
        queue = claimed.queue,
        attempt = claimed.attempt,
        waited_s = claimed.waited_s,
        organization = %claimed.organization,
        request = Empty,
        actor = Empty,
        outcome = Empty,
        otel.name = Empty,
        otel.kind = "consumer",
        otel.status_code = Empty,
    );
    if let Some(request) = claimed.request {
        span.record("request", display(request));
    }
    if telemetry::is_on() {
        span.record("otel.name", format!("run {}", claimed.kind));
        if let Some(trace) = &claimed.trace {
            telemetry::continues(&span, trace);
        }
    }
    span
}

/// Carries out one run, from its start to the note of its end.
async fn carry_out(shared: Arc<Shared>, me: Uuid, claimed: Claimed) {
    let key = (claimed.id, claimed.attempt);
    let run = (claimed.id, me, claimed.attempt);
    let system = Caller::system("queue", claimed.organization, claimed.request.unwrap_or(RequestId(claimed.id.0)));
    let Some((kind, work)) = shared.works.find(&claimed.kind) else { return };
    let mut attempt = Attempt { kind: kind.name, began: Instant::now(), outcome: "returned" };
    let caller = match shared.caller(&claimed, kind.name).await {
        Ok(caller) => caller,
        Err(error) => {
            let ending = after_failure(&shared, &kind, &claimed, &error);
            attempt.outcome = ending.name();
            return shared.end(&system, run, &ending).await;
        }
    };
    let running = Running(Arc::new(Inner {
        id: claimed.id,
        plant: claimed.plant,
        kind: claimed.kind.clone(),
        payload: claimed.payload.clone(),
        attempt: claimed.attempt,
        worker: me,
        caller: caller.clone(),
        database: shared.database.clone(),
        stop: Arc::default(),
        cancel: AtomicBool::new(false),
        lost: AtomicBool::new(false),
        finished: AtomicBool::new(false),
        said: Mutex::default(),
    }));
    Span::current().record("actor", caller.principal.label());
    shared.running().insert(key, running.clone());
    let _leaves = Leaving { shared: &shared, key };
    let working = AssertUnwindSafe(work.carry_out(running.clone())).catch_unwind();
    let done = match tokio::time::timeout(kind.limit, working).await {
        Ok(Ok(done)) => done,
        Ok(Err(_)) => Err(Error::internal("the work panicked")),
        Err(_) => {
            running.0.stop.store(true, Ordering::Release);
            let text = format!("it took longer than {} s", kind.limit.as_secs());
            Err(Error::new(Kind::Timeout, "run_too_slow", text))
        }
    };
    let inner = &running.0;
    if inner.lost.load(Ordering::Acquire) || inner.finished.load(Ordering::Acquire) {
        attempt.outcome = if inner.finished.load(Ordering::Acquire) { "succeeded" } else { "lost" };
        return last_words(&shared, me, &running).await;
    }
    let ending = match done {
        Ok(result) => Ending::Succeeded(result),
        Err(_) if inner.cancel.load(Ordering::Acquire) => Ending::Cancelled,
        Err(_) if shared.stopping.load(Ordering::Acquire) && running.is_cancelled() => Ending::Returned,
        Err(error) => {
            if error.kind == Kind::Internal {
                tracing::error!(run = %claimed.id, kind = kind.name, %error, cause = ?std::error::Error::source(&error), "a run failed");
            }
            running.line("error", error.detail.clone());
            after_failure(&shared, &kind, &claimed, &error)
        }
    };
    attempt.outcome = ending.name();
    last_words(&shared, me, &running).await;
    shared.end(&caller, run, &ending).await;
}

/// Counts an attempt, however its task ends: one that is dropped was handed back.
struct Attempt {
    kind: &'static str,
    began: Instant,
    outcome: &'static str,
}

impl Drop for Attempt {
    fn drop(&mut self) {
        metrics().run_ended(self.kind, self.outcome, self.began.elapsed());
        let span = Span::current();
        span.record("outcome", self.outcome);
        if ["failed", "again"].contains(&self.outcome) {
            span.record("otel.status_code", "ERROR");
        }
    }
}

/// Writes what a run said since the last beat; not having it does not undo the run.
async fn last_words(shared: &Shared, me: Uuid, running: &Running) {
    let is_silent = {
        let said = running.said();
        said.progress.is_none() && said.lines.is_empty()
    };
    if !is_silent && let Err(error) = store::report(&shared.database, me, std::slice::from_ref(running)).await {
        tracing::warn!(run = %running.0.id, %error, "the last lines of a run could not be kept");
    }
}

/// Takes a run off the list of those at work, however its task ends.
struct Leaving<'a> {
    shared: &'a Shared,
    key: (RunId, i32),
}

impl Drop for Leaving<'_> {
    fn drop(&mut self) {
        self.shared.running().remove(&self.key);
        self.shared.freed.notify_one();
    }
}

/// What follows from a failure: another attempt where that may help and there is one left.
fn after_failure(shared: &Shared, kind: &WorkKind, claimed: &Claimed, error: &Error) -> Ending {
    let problem = serde_json::to_value(Problem::of(error, claimed.request)).unwrap_or(Value::Null);
    let may_help = match error.kind {
        Kind::Internal | Kind::Unavailable | Kind::Timeout | Kind::RateLimited => true,
        Kind::Conflict => error.retry_after_s.is_some(),
        _ => false,
    };
    if !may_help || claimed.attempt >= claimed.attempts_max {
        return Ending::Failed(problem);
    }
    let doublings = claimed.attempt.saturating_sub(1).clamp(0, 20) as u32;
    let wait = kind.back_off.saturating_mul(1 << doublings).min(LONGEST_BACK_OFF).mul_f64(rand::random_range(0.8..1.2));
    let wait = wait.max(Duration::from_secs(error.retry_after_s.unwrap_or(0)));
    let now = shared.database.context().now();
    let at = now.checked_add(SignedDuration::try_from(wait).unwrap_or(SignedDuration::from_hours(1))).unwrap_or(now);
    Ending::Again(problem, at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_is_safe_once_all_have_ended_that_had_begun_when_it_was_seen() {
        let mut horizon = Horizon::default();
        // Transaction 10 is open, 12 is the next; position 5 was seen.
        horizon.looked(10, 12, 5);
        assert_eq!(horizon.safe, 0);
        horizon.looked(11, 13, 6);
        assert_eq!(horizon.safe, 0, "11 may yet bring position 4");
        horizon.looked(12, 14, 6);
        assert_eq!(horizon.safe, 5);
        horizon.looked(14, 14, 6);
        assert_eq!(horizon.safe, 6);
    }
}
