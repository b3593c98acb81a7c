//! Writes daily mail: a run per organization in which somebody's is due.

use futures_util::future::BoxFuture;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::error::Result;
use crate::ids::UserId;
use crate::mail::post_many;
use crate::runs::{Running, Work, WorkKind};

/// Writes daily mail. Nobody's deed, so not in the trail.
pub const DIGEST: WorkKind = WorkKind {
    attempts: 5,
    audited: false,
    limit: std::time::Duration::from_secs(600),
    ..WorkKind::new("notifications.digest", "notifications")
};

/// People whose mail is written in one transaction.
const BATCH: i64 = 100;
/// Notifications in one mail at most; the rest is counted.
const LONGEST: usize = 100;

/// Writes daily mail: the work of [`DIGEST`].
#[derive(Clone, Copy, Debug, Default)]
pub struct Digester;

impl Digester {
    async fn write(self, run: Running) -> Result<Value> {
        let mut written = 0;
        while !run.is_cancelled() {
            let organization = run.caller().organization;
            let mut tx = run.begin().await?;
            let now = tx.now();
            let due =
                "select user_id from notification_days where organization_id = $1 and next_at <= $2 order by next_at limit $3 for update";
            let people: Vec<UserId> = tx.query(due, &[&organization, &now, &BATCH]).await?.iter().map(|row| row.get(0)).collect();
            if people.is_empty() {
                return Ok(json!({ "written": written }));
            }
            // What was read in the inbox meanwhile is no news.
            let waiting = "select user_id, array_agg(id order by updated_at desc, id desc) from notifications \
                where organization_id = $1 and user_id = any ($2) and digest and read_at is null group by user_id";
            let rows = tx.query(waiting, &[&organization, &people]).await?;
            let letters: Vec<(UserId, Value)> = rows
                .iter()
                .map(|row| {
                    let mut ids: Vec<Uuid> = row.get(1);
                    let more = ids.len().saturating_sub(LONGEST);
                    ids.truncate(LONGEST);
                    (row.get(0), json!({ "notifications": ids, "more": more }))
                })
                .collect();
            post_many(&mut tx, "digest", Some("daily"), &letters).await?;
            let told = "update notifications set digest = false where organization_id = $1 and user_id = any ($2) and digest";
            tx.execute(told, &[&organization, &people]).await?;
            let next = "update notification_days set next_at = null where organization_id = $1 and user_id = any ($2)";
            tx.execute(next, &[&organization, &people]).await?;
            run.commit(tx).await?;
            written += letters.len();
        }
        Err(run.cancelled())
    }
}

impl Work for Digester {
    fn carry_out(&self, run: Running) -> BoxFuture<'static, Result<Value>> {
        let own = *self;
        Box::pin(own.write(run))
    }
}
