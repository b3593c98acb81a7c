//! What the server does beside answering: it tells the other servers what was asked here, and forgets what has expired.

use std::time::Duration;

use crate::error::Result;
use crate::http::App;

/// How often servers tell each other what was asked: what a client may ask beyond its limit is what it asks in this time.
const RECONCILE: Duration = Duration::from_secs(5);
/// Of those, one in so many also forgets.
const FORGET: u32 = 120;

/// Goes on until it is dropped.
pub(super) async fn keep_up(app: App) {
    let mut beat = tokio::time::interval(RECONCILE);
    beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    for round in 0_u32.. {
        beat.tick().await;
        if let Err(error) = app.limits.reconcile(&app.database).await {
            tracing::warn!(%error, "what clients asked could not be told to the other servers; it is told later");
        }
        if round % FORGET == 0
            && let Err(error) = forget(&app).await
        {
            tracing::warn!(%error, "expired answers and counts could not be forgotten; they are later");
        }
    }
}

/// Forgets answers kept for repetitions, and counts of hours long gone.
async fn forget(app: &App) -> Result<()> {
    let mut tx = app.database.before_sign_in().await?;
    tx.query("select gemba.forget_requests()", &[]).await?;
    tx.commit().await
}
