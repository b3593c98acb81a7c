//! Gives events their numbers, and forgets old ones: one task in each server and worker, of which one works at a time.
//!
//! **Invariant:** nothing in the request path waits for it; what fails is tried again and logged once.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior};

use crate::database::Database;
use crate::error::Result;
use crate::notifications::{self, Declared};
use crate::webhooks;

/// How often there is a look for what to publish.
const TURN: Duration = Duration::from_millis(100);
/// How often is looked for webhooks that have something to try again; those that have something new are looked for at once.
const WAKE: Duration = Duration::from_secs(1);
/// How often old events are forgotten.
const FORGET: Duration = Duration::from_secs(3600);
/// How long events are kept (days).
pub(super) const KEEP_DAYS: i32 = 90;

/// Gives numbers to what ended transactions wrote; returns the last number given.
///
/// # Errors
/// What the database refused.
pub async fn publish(database: &Database) -> Result<i64> {
    let rows = database.before_sign_in().await?.query_once("select gemba.publish_events()", &[]).await?;
    Ok(rows.first().map_or(0, |row| row.get(0)))
}

/// Up to where webhooks were woken, and when.
#[derive(Default)]
struct Told {
    number: i64,
    woken: Option<Instant>,
}

/// Publishes events, and wakes the webhooks that have something to tell, until it is told to stop.
#[derive(Clone, Debug)]
pub struct Publisher {
    database: Database,
    declared: Option<Declared>,
}

impl Publisher {
    /// A publisher on `database`.
    pub fn new(database: Database) -> Publisher {
        Publisher { database, declared: None }
    }

    /// The same, also waking what tells people: of what is declared.
    pub fn telling(self, declared: Declared) -> Publisher {
        Publisher { declared: Some(declared), ..self }
    }

    /// Goes on until `stop`.
    pub async fn keep(self, stop: impl Future<Output = ()>) {
        let mut turns = tokio::time::interval(TURN);
        turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut stop, mut failing, mut forgot) = (pin!(stop), false, None::<Instant>);
        let mut told = Told::default();
        loop {
            tokio::select! {
                () = &mut stop => return,
                _ = turns.tick() => {}
            }
            let forget = forgot.is_none_or(|last| last.elapsed() >= FORGET);
            match self.turn(forget, &mut told).await {
                Ok(()) => {
                    if forget {
                        forgot = Some(Instant::now());
                    }
                    failing = false;
                }
                Err(error) if !failing => {
                    tracing::error!(%error, cause = ?std::error::Error::source(&error), "events cannot be published at the moment");
                    failing = true;
                }
                Err(_) => {}
            }
        }
    }

    async fn turn(&self, forget: bool, told: &mut Told) -> Result<()> {
        let number = publish(&self.database).await?;
        if number != told.number || told.woken.is_none_or(|last| last.elapsed() >= WAKE) {
            webhooks::wake(&self.database).await?;
            if let Some(declared) = &self.declared {
                notifications::wake(&self.database, declared).await?;
            }
            *told = Told { number, woken: Some(Instant::now()) };
        }
        if forget {
            let tx = self.database.before_sign_in().await?;
            let now = tx.now();
            tx.query_once("select gemba.forget_events($1, $2)", &[&now, &KEEP_DAYS]).await?;
            webhooks::forget(&self.database).await?;
            notifications::forget(&self.database).await?;
        }
        Ok(())
    }
}
