//! Removing what nobody wants any more: uploads that broke off, files that belong to nothing, and those that were taken away long enough ago.
//!
//! **Invariant:** what a legal hold covers stays, with its content, until the hold is released.
//! **Invariant:** the object goes before its row: whatever ends in between, the row is still there to try again by.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use jiff::SignedDuration;
use tokio::time::MissedTickBehavior;
use uuid::Uuid;

use crate::caller::Caller;
use crate::database::{Database, Tx};
use crate::error::Result;
use crate::files::store::Key;
use crate::files::{Files, rows};
use crate::ids::OrganizationId;

/// How often there is a look.
const TURN: Duration = Duration::from_secs(900);
/// How long an upload may be on its way, whatever its size.
const ON_ITS_WAY: SignedDuration = SignedDuration::from_hours(24);
/// How long a file may wait for its look until another run is asked for.
const UNSEEN: SignedDuration = SignedDuration::from_mins(30);
/// Files removed in one transaction.
const BATCH: i64 = 50;

/// What a sweep did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// Uploads that broke off, removed.
    pub uploads: u64,
    /// Files that belonged to nothing for too long, taken away.
    pub orphans: u64,
    /// Files that were taken away, removed with their content.
    pub files: u64,
    /// Files for which another look was asked.
    pub asked: u64,
}

/// Sweeps now and then until `stop`.
pub async fn keep(files: Files, database: Database, stop: impl Future<Output = ()>) {
    let mut turns = tokio::time::interval(TURN);
    turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut stop = pin!(stop);
    loop {
        tokio::select! {
            () = &mut stop => return,
            _ = turns.tick() => match sweep(&files, &database).await {
                Ok(done) if done != Kept::default() => {
                    tracing::info!(uploads = done.uploads, orphans = done.orphans, files = done.files, asked = done.asked, "files were swept");
                }
                Ok(_) => {}
                Err(error) => tracing::warn!(%error, cause = ?std::error::Error::source(&error), "files nobody wants could not be removed; they are later"),
            },
        }
    }
}

/// Removes everything that nobody wants now, of all organizations.
///
/// # Errors
/// What the database or the store refused; what was done until then is done.
pub async fn sweep(files: &Files, database: &Database) -> Result<Kept> {
    let organizations = database.before_sign_in().await?.query_once("select gemba.audit_organizations()", &[]).await?;
    let mut kept = Kept::default();
    for row in organizations {
        let organization: OrganizationId = row.get(0);
        let own = Sweep { files, database, organization };
        kept.uploads += own.uploads().await?;
        kept.orphans += own.orphans().await?;
        kept.files += own.deleted().await?;
        kept.asked += own.unseen().await?;
    }
    Ok(kept)
}

struct Sweep<'a> {
    files: &'a Files,
    database: &'a Database,
    organization: OrganizationId,
}

impl Sweep<'_> {
    async fn begin(&self) -> Result<Tx> {
        self.database.begin(&Caller::system("files", self.organization, self.database.context().new_id())).await
    }

    async fn uploads(&self) -> Result<u64> {
        let mut removed = 0;
        loop {
            let mut tx = self.begin().await?;
            let before = tx.now() - ON_ITS_WAY;
            let query = "select id from file_uploads where organization_id = $1 and started_at < $2 order by started_at limit $3 for update skip locked";
            let rows = tx.query(query, &[&self.organization, &before, &BATCH]).await?;
            for row in &rows {
                let id: Uuid = row.get(0);
                self.files.store().remove(Key::content(self.organization, id)).await?;
                tx.execute("delete from file_uploads where organization_id = $1 and id = $2", &[&self.organization, &id]).await?;
            }
            tx.commit().await?;
            removed += rows.len() as u64;
            if (rows.len() as i64) < BATCH {
                return Ok(removed);
            }
        }
    }

    /// They go the way of all that is taken away, so that a hold finds them too.
    async fn orphans(&self) -> Result<u64> {
        let mut tx = self.begin().await?;
        let (now, by) = (tx.now(), tx.caller().principal.label());
        let before = now - self.files.limits().keep_unattached;
        let update = "update files set deleted_at = $3, deleted_by = $4, version = version + 1
             where organization_id = $1 and kind is null and deleted_at is null and created_at < $2";
        let taken = tx.execute(update, &[&self.organization, &before, &now, &by]).await?;
        tx.commit().await?;
        Ok(taken)
    }

    async fn deleted(&self) -> Result<u64> {
        let (mut removed, mut behind) = (0, Uuid::nil());
        loop {
            let mut tx = self.begin().await?;
            let now = tx.now();
            let (before, unattached) = (now - self.files.limits().keep_deleted, now - self.files.limits().keep_unattached);
            // What never belonged to anything was missed by nobody.
            let query = "select id, gemba.file_is_held(organization_id, id, kind, record_id, created_at) from files
                 where organization_id = $1 and deleted_at is not null and id > $5
                     and (deleted_at < $2 or (kind is null and created_at < $3))
                 order by id limit $4 for update skip locked";
            let rows = tx.query(query, &[&self.organization, &before, &unattached, &BATCH, &behind]).await?;
            for row in &rows {
                behind = row.get(0);
                if row.get(1) {
                    continue;
                }
                let key = Key::content(self.organization, behind);
                self.files.store().remove(key.thumbnail()).await?;
                self.files.store().remove(key).await?;
                tx.execute("delete from files where organization_id = $1 and id = $2", &[&self.organization, &behind]).await?;
                removed += 1;
            }
            tx.commit().await?;
            if (rows.len() as i64) < BATCH {
                return Ok(removed);
            }
        }
    }

    /// A file whose run was lost, or gave up while the scanner was away, is looked at again.
    async fn unseen(&self) -> Result<u64> {
        let mut tx = self.begin().await?;
        let before = tx.now() - UNSEEN;
        let query =
            "select f.id from files f where f.organization_id = $1 and f.state = 'scanning' and f.deleted_at is null and f.created_at < $2
                 and not exists (select 1 from runs r where r.organization_id = $1 and r.concurrency_key = 'file ' || f.id::text
                     and r.state in ('queued', 'running'))
             order by f.id limit $3";
        let rows = tx.query(query, &[&self.organization, &before, &BATCH]).await?;
        for row in &rows {
            rows::inspect(&mut tx, row.get(0)).await?;
        }
        tx.commit().await?;
        Ok(rows.len() as u64)
    }
}
