//! Puts every secret under the key that seals now, a batch at a time, while servers go on.
//!
//! **Invariant:** a row is changed only if its secret is still the one that was read; what a person changed meanwhile is under the new key anyway.
//! **Invariant:** stopped half-way and run again, it goes on where there is something left to do.

use uuid::Uuid;

use super::{SealedColumn, Secrets};
use crate::caller::Caller;
use crate::database::{Database, Sql};
use crate::error::Result;
use crate::ids::{OrganizationId, RequestId};

/// Rows in one transaction.
const BATCH: i64 = 200;

/// What a rotation did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rotated {
    /// Secrets now under the key that seals.
    pub sealed_anew: u64,
    /// Secrets whose key is not there; they stay as they are.
    pub unreadable: u64,
}

/// What a trial found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tried {
    /// Secrets that open.
    pub opened: u64,
    /// Secrets whose key is not there.
    pub unreadable: u64,
}

/// Tries to open secrets of `columns`, up to `most` of each column and organization, and tells nothing of them but whether they open.
///
/// # Errors
/// What the database refused.
pub async fn attempt(database: &Database, secrets: &Secrets, columns: &[SealedColumn], most: i64) -> Result<Tried> {
    let mut tried = Tried::default();
    let rows = database.before_sign_in().await?.query_once("select gemba.sealed_organizations()", &[]).await?;
    for row in &rows {
        let caller = Caller::system("doctor", row.get(0), RequestId(database.context().new_id::<Uuid>()));
        let mut tx = database.read(&caller).await?;
        for at in columns {
            let SealedColumn { table, key, column } = at;
            let find =
                format!("select {key}, {column} from {table} where organization_id = $1 and {column} is not null order by {key} limit $2");
            for row in tx.query(Sql::composed(find), &[&caller.organization, &most]).await? {
                let (id, sealed): (Uuid, Vec<u8>) = (row.get(0), row.get(1));
                match secrets.open(&at.of(caller.organization, id), &sealed).await {
                    Ok(_) => tried.opened += 1,
                    Err(_) => tried.unreadable += 1,
                }
            }
        }
        tx.commit().await?;
    }
    Ok(tried)
}

/// Seals every secret of `columns` anew that is not under the first key.
///
/// # Errors
/// What the database refused; what was done before stays done.
pub async fn rotate(database: &Database, secrets: &Secrets, columns: &[SealedColumn]) -> Result<Rotated> {
    let mut done = Rotated::default();
    let rows = database.before_sign_in().await?.query_once("select gemba.sealed_organizations()", &[]).await?;
    let organizations: Vec<OrganizationId> = rows.iter().map(|row| row.get(0)).collect();
    for organization in organizations {
        let caller = Caller::system("rotate-key", organization, RequestId(database.context().new_id::<Uuid>()));
        for column in columns {
            rotate_column(database, secrets, &caller, *column, &mut done).await?;
        }
    }
    Ok(done)
}

async fn rotate_column(database: &Database, secrets: &Secrets, caller: &Caller, at: SealedColumn, done: &mut Rotated) -> Result<()> {
    let SealedColumn { table, key, column } = at;
    let find = Sql::composed(format!(
        "select {key}, {column} from {table} where organization_id = $1 and {column} is not null and {key} > $2
             and substr({column}, 1, length($3::bytea)) <> $3
         order by {key} limit {BATCH}"
    ));
    let replace = Sql::composed(format!("update {table} set {column} = $4 where organization_id = $1 and {key} = $2 and {column} = $3"));
    let header = secrets.keys().first().header();
    let mut after = Uuid::nil();
    loop {
        let mut tx = database.begin(caller).await?;
        let rows = tx.query(find.clone(), &[&caller.organization, &after, &header]).await?;
        let Some(last) = rows.last() else { return tx.commit().await };
        after = last.get(0);
        for row in &rows {
            let (id, sealed): (Uuid, Vec<u8>) = (row.get(0), row.get(1));
            let place = at.of(caller.organization, id);
            match secrets.open(&place, &sealed).await {
                Ok(clear) => {
                    let newer = secrets.seal(&place, clear.expose())?;
                    done.sealed_anew += tx.execute(replace.clone(), &[&caller.organization, &id, &sealed, &newer]).await?;
                }
                Err(error) => {
                    tracing::error!(%error, table, column, row = %id, "a secret could not be sealed anew");
                    done.unreadable += 1;
                }
            }
        }
        tx.commit().await?;
    }
}
