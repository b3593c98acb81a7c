//! The background task that keeps the trail: seals, anchors heads with the witness, makes partitions ahead, applies retention.
//!
//! **Invariant:** what fails is tried again and logged once, not at every turn; nothing here ends the server.

use std::future::Future;
use std::path::PathBuf;
use std::pin::pin;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::MissedTickBehavior;

use crate::audit::chain::Signer;
use crate::audit::retention;
use crate::audit::sealer::{self, Look};
use crate::audit::witness::Witness;
use crate::database::Database;
use crate::error::{Error, Result};

/// How often there is a look for something to seal.
const TURN: Duration = Duration::from_millis(500);
/// Turns until the whole trail is looked through, old partitions included.
const THOROUGH: u32 = 120;
/// How often partitions are made and retention is applied.
const DAILY: SignedDuration = SignedDuration::from_hours(24);
/// Months of partitions that are there ahead of time.
const AHEAD: i32 = 3;

/// What keeping the trail needs.
#[derive(Clone, Debug)]
pub struct Custody {
    /// Signs seals and removals.
    pub signer: Signer,
    /// The file that heads are anchored in; `None` anchors nowhere.
    pub witness: Option<PathBuf>,
}

impl Custody {
    /// Keeps the trail of `database` until `stop`; what was committed by then is sealed before it returns.
    pub async fn keep(self, database: Database, stop: impl Future<Output = ()>) {
        let mut state =
            State { witness: self.witness.as_deref().map(Witness::at), signer: self.signer, database, daily: None, failing: false };
        let mut turns = tokio::time::interval(TURN);
        turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut stop = pin!(stop);
        for turn in 0u32.. {
            tokio::select! {
                () = &mut stop => break,
                _ = turns.tick() => state.turn(turn).await,
            }
        }
        state.turn(0).await;
        state.close();
    }
}

struct State {
    database: Database,
    signer: Signer,
    witness: Option<Witness>,
    daily: Option<Timestamp>,
    failing: bool,
}

impl State {
    async fn turn(&mut self, turn: u32) {
        let look = if turn.is_multiple_of(THOROUGH) { Look::Everywhere } else { Look::Recent };
        match self.work(look).await {
            Ok(()) if self.failing => {
                tracing::info!("the audit trail is sealed again");
                self.failing = false;
            }
            Ok(()) => {}
            Err(error) if !self.failing => {
                tracing::error!(error = %error, cause = ?std::error::Error::source(&error), "the audit trail cannot be sealed at the moment");
                self.failing = true;
            }
            Err(_) => {}
        }
    }

    async fn work(&mut self, look: Look) -> Result<()> {
        let now = self.database.context().now();
        let due = self.daily.is_none_or(|last| now.duration_since(last) >= DAILY);
        if due {
            sealer::announce(&self.database, &self.signer).await?;
            self.database.before_sign_in().await?.query_once("select gemba.audit_partitions($1, $2)", &[&now, &AHEAD]).await?;
        }
        let heads = sealer::seal(&self.database, &self.signer, look).await?;
        if let Some(witness) = &mut self.witness {
            witness.note(heads);
            witness.anchor(now).map_err(Error::internal)?;
        }
        if due {
            let removed = retention::apply(&self.database, &self.signer).await?;
            if removed != retention::Removed::default() {
                tracing::info!(entries = removed.entries, partitions = removed.partitions, "retention removed audit entries");
            }
            self.daily = Some(now);
        }
        Ok(())
    }

    fn close(&mut self) {
        let now = self.database.context().now();
        if let Some(Err(refused)) = self.witness.as_mut().map(|witness| witness.finish(now)) {
            tracing::error!(%refused, "the last heads of the audit trail are not anchored");
        }
    }
}
