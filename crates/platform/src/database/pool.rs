//! The connections, and who waits for one.

use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, QueueMode, RecyclingMethod, Runtime, Timeouts};
use tokio::time::Instant;
use tracing::{Instrument, Span};

use crate::caller::Caller;
use crate::context::Context;
use crate::database::tls::Target;
use crate::database::tx::{Access, Tx};
use crate::error::{Error, Result};
use crate::telemetry::{Sample, TRACE, metrics};

/// The database, as the server's restricted role. Cheap to clone.
#[derive(Clone)]
pub struct Database {
    primary: Pool,
    replica: Option<Pool>,
    context: Context,
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
        Ok(Database { primary: pool(url, settings)?, replica: replica.map(|url| pool(url, settings)).transpose()?, context })
    }

    /// Opens a transaction for `caller`; its first statement carries the opening.
    ///
    /// # Errors
    /// 503 when no connection becomes free in time, or the database is not there.
    pub async fn begin(&self, caller: &Caller) -> Result<Tx> {
        let span = span("write");
        let connection = connection(&self.primary, PRIMARY).instrument(span.clone()).await?;
        Ok(Tx::new(connection, Some(Arc::new(caller.clone())), self.context.clone(), Access::Write, span))
    }

    /// Opens a read-only transaction for `caller`, on the replica where there is one.
    ///
    /// # Errors
    /// As [`begin`](Self::begin).
    pub async fn read(&self, caller: &Caller) -> Result<Tx> {
        let span = span("read");
        let (pool, name) = self.replica.as_ref().map_or((&self.primary, PRIMARY), |replica| (replica, REPLICA));
        let connection = connection(pool, name).instrument(span.clone()).await?;
        Ok(Tx::new(connection, Some(Arc::new(caller.clone())), self.context.clone(), Access::Read, span))
    }

    /// Opens a transaction that belongs to nobody yet, for what must happen before somebody is known: finding a session, a key, an account.
    /// The walls hide every tenant's rows from it; only the functions made for that moment answer.
    ///
    /// # Errors
    /// As [`begin`](Self::begin).
    pub async fn before_sign_in(&self) -> Result<Tx> {
        let span = span("nobody");
        let connection = connection(&self.primary, PRIMARY).instrument(span.clone()).await?;
        Ok(Tx::new(connection, None, self.context.clone(), Access::Write, span))
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
        connection(&self.primary, PRIMARY).await?.simple_query("select 1").await?;
        Ok(())
    }

    /// Connections, and who waits for one.
    pub(crate) fn pool_samples(&self) -> Vec<Sample> {
        let pools = [Some((&self.primary, PRIMARY)), self.replica.as_ref().map(|replica| (replica, REPLICA))];
        let samples = pools.into_iter().flatten().flat_map(|(pool, name)| {
            let status = pool.status();
            [
                ("gemba_database_connections", status.size),
                ("gemba_database_connections_idle", status.available),
                ("gemba_database_connections_limit", status.max_size),
                ("gemba_database_waiting", status.waiting),
            ]
            .map(|(measured, number)| Sample::of(measured, name, number as f64))
        });
        samples.collect()
    }

    /// Closes all connections; what waits is refused.
    pub fn close(&self) {
        self.primary.close();
        if let Some(replica) = &self.replica {
            replica.close();
        }
    }
}

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Database")
    }
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

/// What numbers call the pools.
const PRIMARY: &str = "primary";
const REPLICA: &str = "replica";

async fn connection(pool: &Pool, name: &'static str) -> Result<Object> {
    use deadpool_postgres::{PoolError, TimeoutType};
    let began = Instant::now();
    match pool.get().await {
        Ok(connection) => {
            metrics().waited_for_database(name, began.elapsed());
            Ok(connection)
        }
        Err(cause @ PoolError::Timeout(TimeoutType::Wait)) => {
            metrics().no_database("busy");
            Err(Error::unavailable("busy", "too many requests at once; try again in a moment", 1).because(cause))
        }
        Err(cause) => {
            metrics().no_database("gone");
            Err(Error::unavailable("database_gone", "the database is not reachable at the moment", 2).because(cause))
        }
    }
}
