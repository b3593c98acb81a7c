//! The connections, and who waits for one.

use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, QueueMode, RecyclingMethod, Runtime, Timeouts};

use crate::caller::Caller;
use crate::context::Context;
use crate::database::tls::Target;
use crate::database::tx::{Access, Tx};
use crate::error::{Error, Result};

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
        Ok(Tx::new(connection(&self.primary).await?, Arc::new(caller.clone()), self.context.clone(), Access::Write))
    }

    /// Opens a read-only transaction for `caller`, on the replica where there is one.
    ///
    /// # Errors
    /// As [`begin`](Self::begin).
    pub async fn read(&self, caller: &Caller) -> Result<Tx> {
        let pool = self.replica.as_ref().unwrap_or(&self.primary);
        Ok(Tx::new(connection(pool).await?, Arc::new(caller.clone()), self.context.clone(), Access::Read))
    }

    /// Opens a transaction that belongs to nobody yet, for what must happen before somebody is known: finding a session, a key, an account.
    /// The walls hide every tenant's rows from it; only the functions made for that moment answer.
    ///
    /// # Errors
    /// As [`begin`](Self::begin).
    pub async fn before_sign_in(&self) -> Result<Tx> {
        Ok(Tx::anonymous(connection(&self.primary).await?, self.context.clone()))
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
        connection(&self.primary).await?.simple_query("select 1").await?;
        Ok(())
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

async fn connection(pool: &Pool) -> Result<Object> {
    use deadpool_postgres::{PoolError, TimeoutType};
    pool.get().await.map_err(|cause| match cause {
        PoolError::Timeout(TimeoutType::Wait) => {
            Error::unavailable("busy", "too many requests at once; try again in a moment", 1).because(cause)
        }
        cause => Error::unavailable("database_gone", "the database is not reachable at the moment", 2).because(cause),
    })
}
