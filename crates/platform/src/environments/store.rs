//! Archives that wait to be fetched, or to be brought in.

use jiff::SignedDuration;
use uuid::Uuid;

use crate::database::Tx;
use crate::error::{Error, Result};
use crate::ids::RunId;

/// How long an archive is kept.
const KEPT: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Keeps an archive, and forgets those whose time is over.
pub(super) async fn keep(tx: &mut Tx, direction: &str, content: &[u8], run: Option<RunId>) -> Result<Uuid> {
    let (organization, now) = (tx.caller().organization, tx.now());
    tx.execute("delete from environment_archives where organization_id = $1 and expires_at < $2", &[&organization, &now]).await?;
    let id: Uuid = tx.new_id();
    let sql = "insert into environment_archives (organization_id, id, direction, content, run_id, created_at, expires_at)
        values ($1, $2, $3, $4, $5, $6, $7)";
    tx.execute(sql, &[&organization, &id, &direction, &content, &run, &now, &(now + KEPT)]).await?;
    Ok(id)
}

/// An archive of this direction.
pub(super) async fn get(tx: &mut Tx, direction: &str, id: Uuid) -> Result<Vec<u8>> {
    let (organization, now) = (tx.caller().organization, tx.now());
    let sql = "select content from environment_archives where organization_id = $1 and id = $2 and direction = $3 and expires_at >= $4";
    let row = tx.query_opt(sql, &[&organization, &id, &direction, &now]).await?;
    row.map(|row| row.get(0)).ok_or_else(|| Error::not_found("archive"))
}
