//! Which records single people want to be told of.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::database::Tx;
use crate::error::{Error, Result};
use crate::notifications::preferences::person;

/// Records that one person watches at most.
const MOST: i64 = 5_000;

/// Whether you watch a record.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub(crate) struct Watch {
    /// Whether you do.
    pub watching: bool,
}

/// Whether the caller watches a record.
pub(crate) async fn is_watched(tx: &mut Tx, kind: &str, record: Uuid) -> Result<Watch> {
    let person = person(tx.caller())?;
    let organization = tx.caller().organization;
    let query = "select exists (select from watches where organization_id = $1 and kind = $2 and record_id = $3 and user_id = $4)";
    Ok(Watch { watching: tx.query_one(query, &[&organization, &kind, &record, &person]).await?.get(0) })
}

/// Watches a record of `plant`, which the caller may see.
///
/// # Errors
/// 403 `people_only`; 409 `too_many_watches`.
pub(crate) async fn watch(tx: &mut Tx, kind: &str, record: Uuid, plant: Option<Uuid>) -> Result<Watch> {
    let person = person(tx.caller())?;
    let (organization, now) = (tx.caller().organization, tx.now());
    let count = "select count(*) from watches where organization_id = $1 and user_id = $2";
    if tx.query_one(count, &[&organization, &person]).await?.get::<_, i64>(0) >= MOST {
        return Err(Error::conflict("too_many_watches", format!("you watch {MOST} records already: stop watching some first")));
    }
    tx.execute(
        "insert into watches (organization_id, kind, record_id, user_id, plant_id, created_at) values ($1, $2, $3, $4, $5, $6) \
         on conflict (organization_id, kind, record_id, user_id) do nothing",
        &[&organization, &kind, &record, &person, &plant, &now],
    )
    .await?;
    Ok(Watch { watching: true })
}

/// Watches a record no more, also one that the caller may see no more.
pub(crate) async fn unwatch(tx: &mut Tx, kind: &str, record: Uuid) -> Result<Watch> {
    let person = person(tx.caller())?;
    let organization = tx.caller().organization;
    let delete = "delete from watches where organization_id = $1 and kind = $2 and record_id = $3 and user_id = $4";
    tx.execute(delete, &[&organization, &kind, &record, &person]).await?;
    Ok(Watch { watching: false })
}
