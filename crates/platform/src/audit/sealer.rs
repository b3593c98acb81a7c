//! Seals what has been committed: one chain per organization, a link whenever something new is there.
//!
//! Entries are taken in the order of (transaction, position) below the snapshot horizon: a transaction that is still open holds the seal back
//! at its own number, so that what it commits late is sealed in its place and never passed over.
//!
//! **Invariant:** one sealer at a time works on a chain, however many servers run: an advisory lock lets one in, and the key of the table
//! refuses a second link of the same number.
//! **Invariant:** all entries of a transaction lie in one seal.

use jiff::{SignedDuration, Timestamp};
use tokio_postgres::types::ToSql;

use crate::audit::chain::{End, Hash, Head, Seal, Signer};
use crate::audit::rows::{self, Transaction, entry_columns};
use crate::caller::Caller;
use crate::database::{Database, Tx};
use crate::error::{Error, Result};
use crate::ids::OrganizationId;

/// Entries read at a time, and after which a seal is closed at the end of a transaction.
const BATCH: i64 = 4_096;

/// How far a look for waiting entries goes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// At transactions that began in the last two days: touches the newest partitions only.
    Recent,
    /// At everything.
    Everywhere,
}

/// Seals everything that waits, of all organizations; returns the new heads, the newest of each organization last.
///
/// # Errors
/// What the database refused; `audit_ahead` when a chain is ahead of its database.
pub async fn seal(database: &Database, signer: &Signer, look: Look) -> Result<Vec<Head>> {
    let mut heads = Vec::new();
    for organization in waiting(database, look).await? {
        while let Some((head, more)) = seal_one(database, signer, organization).await? {
            heads.push(head);
            if !more {
                break;
            }
        }
    }
    Ok(heads)
}

async fn waiting(database: &Database, look: Look) -> Result<Vec<OrganizationId>> {
    let now = database.context().now();
    let since = match look {
        Look::Recent => now.checked_sub(SignedDuration::from_hours(48)).unwrap_or(Timestamp::UNIX_EPOCH),
        Look::Everywhere => Timestamp::UNIX_EPOCH,
    };
    let tx = database.before_sign_in().await?;
    let rows = tx.query_once("select gemba.audit_waiting($1)", &[&since]).await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

/// Adds one seal to the chain of `organization`, and tells whether more waits; nothing when nothing waits, or another sealer is at it.
async fn seal_one(database: &Database, signer: &Signer, organization: OrganizationId) -> Result<Option<(Head, bool)>> {
    let mut tx = database.begin(&Caller::system("sealer", organization, database.context().new_id())).await?;
    let lock = "select pg_try_advisory_xact_lock(hashtextextended('gemba audit seal ' || $1::text, 0))";
    if !tx.query_one(lock, &[&organization.to_string()]).await?.get::<_, bool>(0) {
        return Ok(None);
    }
    let end = end(&mut tx, organization).await?;
    let Some((to, more)) = boundary(&mut tx, organization, end).await? else { return Ok(None) };
    let leaves = leaves(&mut tx, organization, end.transaction, to).await?;
    if leaves.is_empty() {
        return Ok(None);
    }
    let seal = Seal::over(organization.0, end, leaves, to, microseconds(tx.now()), signer);
    insert(&mut tx, &seal).await?;
    tx.commit().await?;
    Ok(Some((seal.head(), more)))
}

/// Where the chain of `organization` ends.
async fn end(tx: &mut Tx, organization: OrganizationId) -> Result<End> {
    let last = "select number, first_entry - 1 + length(leaves) / 32, to_transaction, hash from audit_seals \
         where organization_id = $1 order by number desc limit 1";
    match tx.query_opt(last, &[&organization]).await? {
        None => Ok(End::BEGINNING),
        Some(row) => Ok(End {
            number: rows::unsigned(&row, 0)?,
            entries: rows::unsigned(&row, 1)?,
            transaction: rows::unsigned(&row, 2)?,
            hash: rows::bytes(&row, 3)?,
        }),
    }
}

/// The transaction before which the next seal ends, and whether more waits behind it: the horizon, or the end of the transaction that fills
/// the seal.
async fn boundary(tx: &mut Tx, organization: OrganizationId, end: End) -> Result<Option<(u64, bool)>> {
    let next = "with horizon as (select pg_snapshot_xmin(pg_current_snapshot()) as is), next as (
            select transaction from audit_events
            where organization_id = $1 and transaction >= $2::text::xid8 and transaction < (select horizon.is from horizon)
            order by transaction, position limit $3)
        select (select horizon.is from horizon), (select max(transaction) from next), (select count(*) from next)";
    let row = tx.query_one(next, &[&organization, &end.transaction.to_string(), &BATCH]).await?;
    let Transaction(horizon) = row.get(0);
    if horizon < end.transaction {
        return Err(Error::conflict(
            "audit_ahead",
            "the audit chain is ahead of the database's transactions: the database was restored from a dump into another cluster; \
             move its transaction counter on with pg_resetwal before anything is written",
        ));
    }
    let Some(Transaction(last)) = row.get::<_, Option<Transaction>>(1) else { return Ok(None) };
    Ok(Some(if row.get::<_, i64>(2) < BATCH { (horizon, false) } else { (last + 1, true) }))
}

/// The hashes of the entries that transactions from `from` to before `to` wrote, in order.
async fn leaves(tx: &mut Tx, organization: OrganizationId, from: u64, to: u64) -> Result<Vec<Hash>> {
    let page = concat!(
        "select ",
        entry_columns!(),
        ", transaction, position from audit_events where organization_id = $1 and transaction < $2::text::xid8 \
         and (transaction, position) > ($3::text::xid8, $4) order by transaction, position limit $5"
    );
    let (mut leaves, mut behind) = (Vec::new(), (from.saturating_sub(1), i64::MAX));
    loop {
        let rows = tx.query(page, &[&organization, &to.to_string(), &behind.0.to_string(), &behind.1, &BATCH]).await?;
        for row in &rows {
            leaves.push(rows::entry(row)?.leaf());
        }
        match rows.last() {
            Some(last) if rows.len() as i64 == BATCH => behind = (last.get::<_, Transaction>(14).0, last.get(15)),
            _ => return Ok(leaves),
        }
    }
}

async fn insert(tx: &mut Tx, seal: &Seal) -> Result<()> {
    let leaves: Vec<u8> = seal.leaves.iter().flat_map(|leaf| leaf.0).collect();
    let number = |value: u64| i64::try_from(value).map_err(Error::internal);
    let params: [&(dyn ToSql + Sync); 12] = [
        &seal.organization,
        &number(seal.number)?,
        &number(seal.first)?,
        &number(seal.from_transaction)?,
        &number(seal.to_transaction)?,
        &seal.sealed_at,
        &&seal.previous.0[..],
        &leaves,
        &&seal.root.0[..],
        &&seal.hash.0[..],
        &&seal.key.0[..],
        &&seal.signature.0[..],
    ];
    let insert =
        concat!("insert into audit_seals (", rows::seal_columns!(), ") values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)");
    tx.execute(insert, &params).await?;
    Ok(())
}

/// An instant as the database will give it back.
pub(super) fn microseconds(at: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(at.as_microsecond()).unwrap_or(at)
}

/// Makes the key of `signer` known to readers of the database.
///
/// # Errors
/// What the database refused.
pub async fn announce(database: &Database, signer: &Signer) -> Result<()> {
    let mut tx = database.before_sign_in().await?;
    tx.execute("insert into gemba.audit_keys (key) values ($1) on conflict do nothing", &[&&signer.public_key().0[..]]).await?;
    tx.commit().await
}

/// The heads of all chains that `organization` has now: one, or none before the first seal.
///
/// # Errors
/// What the database refused.
pub async fn head(tx: &mut Tx, organization: OrganizationId) -> Result<Option<Head>> {
    let last = concat!("select ", rows::seal_columns!(), " from audit_seals where organization_id = $1 order by number desc limit 1");
    tx.query_opt(last, &[&organization]).await?.map(|row| Ok(rows::seal(&row)?.head())).transpose()
}
