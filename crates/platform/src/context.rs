//! Where time and identifiers come from, so that a test can fix both.

use std::sync::Arc;

use jiff::Timestamp;
use uuid::Uuid;

/// Tells the time.
pub trait Clock: Send + Sync {
    /// The present instant.
    fn now(&self) -> Timestamp;
}

/// The machine's clock.
#[derive(Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place where the machine's clock is read")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// Time and identifiers for everything that happens in a request or a job. Cheap to clone.
#[derive(Clone)]
pub struct Context {
    clock: Arc<dyn Clock>,
}

impl Context {
    /// A context that reads `clock`.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Context { clock }
    }

    /// A context that reads the machine's clock.
    pub fn system() -> Self {
        Self::new(Arc::new(SystemClock))
    }

    /// The present instant.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A new identifier: UUID version 7, so that later ones sort behind earlier ones.
    pub fn new_id<Id: From<Uuid>>(&self) -> Id {
        let now = self.now();
        let at = uuid::Timestamp::from_unix_time(now.as_second().max(0) as u64, now.subsec_nanosecond().max(0) as u32, 0, 0);
        Uuid::new_v7(at).into()
    }
}

impl std::fmt::Debug for Context {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Context")
    }
}
