//! Work that takes time: runs, the queue they wait in, the workers that carry them out, and schedules.
//!
//! A context declares a [`WorkKind`], asks for a run of it with [`enqueue()`] in the transaction that causes it, and gives the server what
//! carries it out ([`Works::with`]). A [`Worker`], in the server's process or in one of its own, starts runs fairly between organizations,
//! tells how far they are, and notes what came of them.
//!
//! ```text
//! pub const OPTIMIZE: WorkKind = WorkKind::new("planning.optimize", "optimizer");
//!
//! let run = runs::enqueue(&mut tx, &OPTIMIZE, Order { title: "Optimize Autumn".into(), payload: json!({ "scenario_id": id }), ..Order::default() }).await?;
//! tx.commit().await?;                                   // 202 with Location: runs::accepted(run)
//!
//! works.with(OPTIMIZE, |run: Running| async move {
//!     let order: Payload = run.payload()?;              // with the caller's own rights, as they are now: run.begin() opens a Tx
//!     run.progress(0.2, "reading the scenario");
//!     if run.is_cancelled() { return Err(run.cancelled()); }
//!     let mut tx = run.begin().await?;
//!     …
//!     run.commit(tx).await?;                            // refused where another worker has taken the run over
//!     Ok(json!({ "plan_id": plan }))
//! })
//! ```
//!
//! **Invariant:** a run that was committed is carried out at least once: one whose worker dies is started again by another.
//! **Invariant:** what a worker says about a run counts only while the run is still its own: worker and attempt are the fence, checked in the
//! transaction that writes.
//! **Invariant:** a run acts as who asked for it, with the rights they have when it starts; walls apply.
//! **Invariant:** an organization with many runs never keeps another one's waiting: places are given in turns.
//! **Invariant:** nothing here notifies from inside a transaction that writes: that would make every commit wait for one lock. Workers look.

mod enqueue;
mod http;
mod lanes;
mod probe;
mod running;
pub mod schedules;
mod store;
mod waiting;
mod worker;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use serde_json::Value;

use crate::error::Result;
use crate::permission::{Permission, PermissionInfo};

pub use enqueue::{Order, enqueue, enqueue_own};
pub(crate) use enqueue::{acting, principal};
pub use http::routes;
pub use probe::{PROBE, probe};
pub use running::Running;
pub use store::{LogLine, Run, RunState};
pub use waiting::{Prefer, accepted, wait_for};
pub use worker::{Settings, Worker};

/// See runs, their log and their results.
pub const RUN_READ: Permission = Permission("work.run.read");
/// Stop runs of others.
pub const RUN_CANCEL: Permission = Permission("work.run.cancel");
/// Drive failed runs again.
pub const RUN_REDRIVE: Permission = Permission("work.run.redrive");
/// See schedules.
pub const SCHEDULE_READ: Permission = Permission("work.schedule.read");
/// Make schedules.
pub const SCHEDULE_CREATE: Permission = Permission("work.schedule.create");
/// Change, pause and end schedules.
pub const SCHEDULE_UPDATE: Permission = Permission("work.schedule.update");

/// What roles can grant here.
pub const PERMISSIONS: &[PermissionInfo] = &[
    PermissionInfo::plant("work.run.read", "See runs, their log and their results"),
    PermissionInfo::plant("work.run.cancel", "Stop other people's runs"),
    PermissionInfo::plant("work.run.redrive", "Drive failed runs again"),
    PermissionInfo::plant("work.schedule.read", "See schedules"),
    PermissionInfo::plant("work.schedule.create", "Make schedules"),
    PermissionInfo::plant("work.schedule.update", "Change, pause and end schedules"),
];

/// A kind of work.
#[derive(Clone, Copy, Debug)]
pub struct WorkKind {
    /// Its stable name: `planning.optimize`. Also who acts where Gemba itself asked for it.
    pub name: &'static str,
    /// The queue its runs wait in.
    pub queue: &'static str,
    /// How often a run is started at most, the first time included.
    pub attempts: u16,
    /// How long after a failure it is tried again; twice as long each time, give or take a fifth.
    pub back_off: Duration,
    /// How long one attempt may take.
    pub limit: Duration,
    /// Whether its beginning and end belong into the trail; not for housekeeping.
    pub audited: bool,
    /// The right that whoever schedules it needs; none where people cannot schedule it.
    pub scheduled_by: Option<Permission>,
}

impl WorkKind {
    /// A kind with the usual limits: 5 attempts, the second after 10 s, an hour each.
    pub const fn new(name: &'static str, queue: &'static str) -> Self {
        WorkKind {
            name,
            queue,
            attempts: 5,
            back_off: Duration::from_secs(10),
            limit: Duration::from_secs(3600),
            audited: true,
            scheduled_by: None,
        }
    }
}

/// Carries out runs of a kind. An async function of [`Running`] is one.
///
/// It may be called twice for one run (after a crash), so its effects are keyed by the run, or committed with [`Running::finish`].
pub trait Work: Send + Sync + 'static {
    /// Does it; the answer becomes the run's `result`.
    ///
    /// # Errors
    /// What went wrong. 4xx kinds are final; the others are tried again.
    fn carry_out(&self, run: Running) -> BoxFuture<'static, Result<Value>>;
}

impl<F, Doing> Work for F
where
    F: Fn(Running) -> Doing + Send + Sync + 'static,
    Doing: Future<Output = Result<Value>> + Send + 'static,
{
    fn carry_out(&self, run: Running) -> BoxFuture<'static, Result<Value>> {
        Box::pin(self(run))
    }
}

/// What carries out runs, by kind. Cheap to clone.
#[derive(Clone, Default)]
pub struct Works(Arc<BTreeMap<&'static str, (WorkKind, Arc<dyn Work>)>>);

impl Works {
    /// Also `kind`, carried out by `work`.
    pub fn with(self, kind: WorkKind, work: impl Work) -> Self {
        let mut all = Arc::unwrap_or_clone(self.0);
        all.insert(kind.name, (kind, Arc::new(work)));
        Works(Arc::new(all))
    }

    /// The kinds, by name.
    pub fn kinds(&self) -> impl Iterator<Item = &WorkKind> {
        self.0.values().map(|(kind, _)| kind)
    }

    /// The kind of this name.
    pub fn kind(&self, name: &str) -> Option<&WorkKind> {
        self.0.get(name).map(|(kind, _)| kind)
    }

    fn find(&self, name: &str) -> Option<(WorkKind, Arc<dyn Work>)> {
        self.0.get(name).map(|(kind, work)| (*kind, work.clone()))
    }
}

impl std::fmt::Debug for Works {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.keys()).finish()
    }
}
