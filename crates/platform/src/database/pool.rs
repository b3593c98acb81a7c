//! The connections, and who waits for one.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, QueueMode, RecyclingMethod, Runtime, Timeouts};
use tokio::time::Instant;
use tracing::{Instrument, Span};

use crate::caller::Caller;
use crate::context::Context;
use crate::database::tls::Target;
use crate::database::turns::{Turn, Turns, Who};
use crate::database::tx::{Access, Tx};
use crate::error::{Error, Result};
use crate::telemetry::{Sample, TRACE, metrics};

/// The database, as the server's restricted role. Cheap to clone.
#[derive(Clone)]
pub struct Database {
    primary: Lane,
    replica: Option<Lane>,
    context: Context,
}

/// The connections to one server, and whose turn it is to have one.
#[derive(Clone)]
struct Lane {
    // What numbers call it.
    name: &'static str,
    pool: Pool,
    turns: Arc<Turns>,
    wait: Duration,
}

/// How many connections, and how long a request waits for one.
#[derive(Clone, Copy, Debug)]
pub struct PoolSettings {
    /// Connections at most.
    pub size: usize,
    /// How long a request waits for a connection before it is told to come back later.
    pub wait: Duration,
}

impl Default for PoolSettings {
    fn default() -> Self {
        PoolSettings { size: 16, wait: Duration::from_secs(2) }
    }
}

impl Database {
    /// A pool that connects on demand as the role in `url` (`postgres://…`, or key words and values).
    ///
    /// # Errors
    /// `database_url` when it cannot be understood.
    pub fn new(url: &str, replica: Option<&str>, settings: PoolSettings, context: Context) -> Result<Self> {
        let replica = replica.map(|url| Lane::new(REPLICA, url, settings)).transpose()?;
        Ok(Database { primary: Lane::new(PRIMARY, url, settings)?, replica, context })
    }

    /// Opens a transaction for `caller`; its first statement carries the opening.
    ///
    /// # Errors
    /// 503 when no connection becomes free in time, or the database is not there.
    pub async fn begin(&self, caller: &Caller) -> Result<Tx> {
        let span = span("write");
        let (connection, turn) = self.primary.next(Who::Organization(caller.organization)).instrument(span.clone()).await?;
        Ok(Tx::new(connection, turn, Some(Arc::new(caller.clone())), self.context.clone(), Access::Write, span))
    }

    /// Opens a read-only transaction for `caller`, on the replica where there is one.
    ///
    /// # Errors
    /// As [`begin`](Self::begin).
    pub async fn read(&self, caller: &Caller) -> Result<Tx> {
        let span = span("read");
        let lane = self.replica.as_ref().unwrap_or(&self.primary);
        let (connection, turn) = lane.next(Who::Organization(caller.organization)).instrument(span.clone()).await?;
        Ok(Tx::new(connection, turn, Some(Arc::new(caller.clone())), self.context.clone(), Access::Read, span))
    }

    /// Opens a transaction that belongs to nobody yet, for what must happen before somebody is known: finding a session, a key, an account.
    /// The walls hide every tenant's rows from it; only the functions made for that moment answer.
    ///
    /// # Errors
    /// As [`begin`](Self::begin).
    pub async fn before_sign_in(&self) -> Result<Tx> {
        self.nobody(Who::Nobody(None)).await
    }

    /// The same for finding out who calls from `address`: addresses take turns, so that whoever knocks often waits for themselves.
    ///
    /// # Errors
    /// As [`begin`](Self::begin).
    pub async fn knocked_at(&self, address: Option<IpAddr>) -> Result<Tx> {
        self.nobody(Who::Nobody(address)).await
    }

    /// The same for signing in from `address`, which takes turns of its own: however many try, finding out who calls does not wait for them.
    ///
    /// # Errors
    /// As [`begin`](Self::begin).
    pub async fn signing_in(&self, address: Option<IpAddr>) -> Result<Tx> {
        self.nobody(Who::SigningIn(address)).await
    }

    async fn nobody(&self, who: Who) -> Result<Tx> {
        let span = span("nobody");
        let (connection, turn) = self.primary.next(who).instrument(span.clone()).await?;
        Ok(Tx::new(connection, turn, None, self.context.clone(), Access::Write, span))
    }

    /// Time and identifiers.
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// 503 when it does not.
    pub async fn ping(&self) -> Result<()> {
        self.primary.connection().await?.simple_query("select 1").await?;
        Ok(())
    }

    /// Connections, and who waits for one.
    pub(crate) fn pool_samples(&self) -> Vec<Sample> {
        let lanes = [Some(&self.primary), self.replica.as_ref()];
        let samples = lanes.into_iter().flatten().flat_map(|lane| {
            let status = lane.pool.status();
            [
                ("gemba_database_connections", status.size),
                ("gemba_database_connections_idle", status.available),
                ("gemba_database_connections_limit", status.max_size),
                ("gemba_database_waiting", lane.turns.waiting() + status.waiting),
            ]
            .map(|(measured, number)| Sample::of(measured, lane.name, number as f64))
        });
        samples.collect()
    }

    /// Closes all connections; what waits is refused.
    pub fn close(&self) {
        self.primary.pool.close();
        if let Some(replica) = &self.replica {
            replica.pool.close();
        }
    }
}

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Database")
    }
}

impl Lane {
    fn new(name: &'static str, url: &str, settings: PoolSettings) -> Result<Lane> {
        Ok(Lane { name, pool: pool(url, settings)?, turns: Turns::new(settings.size), wait: settings.wait })
    }

    /// A connection for `who`, once it is their turn.
    async fn next(&self, who: Who) -> Result<(Object, Turn)> {
        let began = Instant::now();
        let Some(turn) = self.turns.next(who, self.wait).await else {
            metrics().no_database("busy");
            return Err(busy());
        };
        let connection = self.connection().await?;
        metrics().waited_for_database(self.name, began.elapsed());
        Ok((connection, turn))
    }

    async fn connection(&self) -> Result<Object> {
        use deadpool_postgres::{PoolError, TimeoutType};
        self.pool.get().await.map_err(|cause| match cause {
            PoolError::Timeout(TimeoutType::Wait) => {
                metrics().no_database("busy");
                busy().because(cause)
            }
            cause => {
                metrics().no_database("gone");
                Error::unavailable("database_gone", "the database is not reachable at the moment", 2).because(cause)
            }
        })
    }
}

fn busy() -> Error {
    Error::unavailable("busy", "too many requests at once; try again in a moment", 1)
}

fn pool(url: &str, settings: PoolSettings) -> Result<Pool> {
    let target = Target::parse(url)?;
    let manager = Manager::from_config(target.config.clone(), target.tls()?, ManagerConfig { recycling_method: RecyclingMethod::Fast });
    Pool::builder(manager)
        .max_size(settings.size)
        // The one that came back last has its plans, catalog and pages in the processor's caches; taking turns costs half as much again.
        .queue_mode(QueueMode::Lifo)
        .runtime(Runtime::Tokio1)
        .timeouts(Timeouts { wait: Some(settings.wait), create: Some(Duration::from_secs(10)), recycle: Some(Duration::from_secs(5)) })
        .build()
        .map_err(Error::internal)
}

/// Housekeeping asks several times a second: only what belongs to a trace is worth a place in one.
fn span(access: &'static str) -> Span {
    if Span::current().is_none() {
        return Span::none();
    }
    tracing::info_span!(target: TRACE, "transaction", otel.kind = "client", db.system.name = "postgresql", access)
}

/// What numbers call the lanes.
const PRIMARY: &str = "primary";
const REPLICA: &str = "replica";
