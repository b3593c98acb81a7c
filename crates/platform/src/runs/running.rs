//! A run as whoever carries it out sees it.
//!
//! **Invariant:** what is said about a run (progress, lines) costs the work nothing: it is kept here and written now and then by the worker.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde_json::Value;
use uuid::Uuid;

use crate::caller::Caller;
use crate::database::{Database, Tx};
use crate::error::{Error, Result};
use crate::ids::{PlantId, RunId};

/// A run at work. Cheap to clone.
#[derive(Clone)]
pub struct Running(pub(super) Arc<Inner>);

pub(super) struct Inner {
    pub id: RunId,
    pub plant: Option<PlantId>,
    pub kind: String,
    pub payload: Value,
    pub attempt: i32,
    pub worker: Uuid,
    pub caller: Caller,
    pub database: Database,
    pub stop: Arc<AtomicBool>,
    /// Somebody asked to stop it.
    pub cancel: AtomicBool,
    /// Another worker has it: nothing it does counts any more.
    pub lost: AtomicBool,
    pub finished: AtomicBool,
    pub said: Mutex<Said>,
}

/// What a run said since it was written last.
#[derive(Default)]
pub(super) struct Said {
    pub progress: Option<(f32, String)>,
    pub lines: Vec<(Timestamp, &'static str, String)>,
    pub dropped: usize,
}

/// Lines kept between two beats of the worker; what is beyond is counted.
const LINES: usize = 500;

impl Running {
    /// The run.
    pub fn id(&self) -> RunId {
        self.0.id
    }

    /// The plant it is about, if about one.
    pub fn plant(&self) -> Option<PlantId> {
        self.0.plant
    }

    /// For whom it runs, with their rights as they are now.
    pub fn caller(&self) -> &Caller {
        &self.0.caller
    }

    /// Which attempt this is, from 1.
    pub fn attempt(&self) -> i32 {
        self.0.attempt
    }

    /// What it works on.
    ///
    /// # Errors
    /// `bad_payload` when it is not what the kind takes: an older program asked for it, or a newer one.
    pub fn payload<T: DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_value(self.0.payload.clone()).map_err(|wrong| {
            Error::new(crate::error::Kind::Invalid, "bad_payload", format!("the run's payload is not understood: {wrong}"))
        })
    }

    /// How much is done, 0 to 1, and what is being done.
    pub fn progress(&self, done: f64, doing: impl Into<String>) {
        let done = if done.is_finite() { done.clamp(0.0, 1.0) } else { 0.0 };
        self.said().progress = Some((done as f32, doing.into()));
    }

    /// Says something for the run's log.
    pub fn say(&self, text: impl Into<String>) {
        self.line("info", text.into());
    }

    /// Says for the run's log what somebody should look at.
    pub fn warn(&self, text: impl Into<String>) {
        self.line("warning", text.into());
    }

    pub(super) fn line(&self, level: &'static str, text: String) {
        let at = self.0.database.context().now();
        let mut said = self.said();
        if said.lines.len() < LINES {
            said.lines.push((at, level, text.chars().take(4_000).collect()));
        } else {
            said.dropped += 1;
        }
    }

    /// Whether to stop: somebody asked for it, the time is over, the server stops, or another worker has the run. Look often.
    pub fn is_cancelled(&self) -> bool {
        self.0.stop.load(Ordering::Relaxed)
    }

    /// The same as a flag, for engines that know no runs.
    pub fn stop_flag(&self) -> Arc<AtomicBool> {
        self.0.stop.clone()
    }

    /// What to return once stopped.
    pub fn cancelled(&self) -> Error {
        Error::conflict("run_cancelled", "the run was stopped")
    }

    /// The database, for transactions of others than whom the run acts for.
    pub(crate) fn database(&self) -> &Database {
        &self.0.database
    }

    /// Opens a transaction for whom the run acts. End it with [`commit`](Self::commit) or [`finish`](Self::finish).
    ///
    /// # Errors
    /// As [`Database::begin`].
    pub async fn begin(&self) -> Result<Tx> {
        self.0.database.begin(&self.0.caller).await
    }

    /// Opens a reading transaction for whom the run acts.
    ///
    /// # Errors
    /// As [`Database::read`].
    pub async fn read(&self) -> Result<Tx> {
        self.0.database.read(&self.0.caller).await
    }

    /// Opens a reading transaction for somebody else of the organization: whether they would see what the run is about.
    ///
    /// # Errors
    /// As [`Database::read`].
    pub async fn read_as(&self, caller: &Caller) -> Result<Tx> {
        self.0.database.read(caller).await
    }

    /// Commits what the run did so far, if the run is still this worker's.
    ///
    /// # Errors
    /// 409 `run_lost` when another worker has taken it over: nothing was changed.
    pub async fn commit(&self, mut tx: Tx) -> Result<()> {
        self.fence(&mut tx).await?;
        tx.commit().await
    }

    /// Commits what the run did together with its success: it is done exactly once, whatever dies when.
    ///
    /// # Errors
    /// 409 `run_lost` when another worker has taken it over: nothing was changed.
    pub async fn finish(&self, mut tx: Tx, result: Value) -> Result<Value> {
        super::store::succeed(&mut tx, self, &result).await?;
        tx.commit().await?;
        self.0.finished.store(true, Ordering::Release);
        Ok(result)
    }

    /// Holds the run for this transaction: whoever would take it over waits until the transaction ends.
    async fn fence(&self, tx: &mut Tx) -> Result<()> {
        let mine = "select from runs where organization_id = $1 and id = $2 and worker = $3 and attempt = $4 for share";
        match tx.query_opt(mine, &[&self.0.caller.organization, &self.0.id, &self.0.worker, &self.0.attempt]).await? {
            Some(_) => Ok(()),
            None => Err(self.lost()),
        }
    }

    pub(super) fn lost(&self) -> Error {
        self.0.lost.store(true, Ordering::Release);
        self.0.stop.store(true, Ordering::Release);
        Error::conflict("run_lost", "another worker has taken this run over; what this one did late does not count")
    }

    pub(super) fn said(&self) -> std::sync::MutexGuard<'_, Said> {
        self.0.said.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Running {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "run {} ({}), attempt {}", self.0.id, self.0.kind, self.0.attempt)
    }
}
