//! Removes what nothing keeps any more: seven years where an organization says nothing, and never what a hold covers.
//!
//! **Invariant:** an entry goes only together with a signed statement that it went, in one transaction; the chain closes over the gap.
//! **Invariant:** an entry that does not fit its seal is evidence, and stays.

use std::collections::BTreeMap;

use jiff::Timestamp;
use uuid::Uuid;

use crate::audit::chain::{Ranges, Removal, Seal, Signer};
use crate::audit::rows::{self, Transaction, entry_columns, seal_columns};
use crate::audit::sealer::microseconds;
use crate::caller::Caller;
use crate::database::{Database, Tx};
use crate::error::Result;
use crate::ids::OrganizationId;

/// Entries removed in one transaction.
const BATCH: i32 = 5_000;

/// Days an entry stays where its organization says nothing: seven years.
pub const KEEP_DAYS: i32 = 2_557;

/// What a run removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Removed {
    /// Entries.
    pub entries: u64,
    /// Partitions that were empty then.
    pub partitions: u64,
}

/// Removes everything that nothing keeps now, of all organizations.
///
/// # Errors
/// What the database refused.
pub async fn apply(database: &Database, signer: &Signer) -> Result<Removed> {
    let organizations = database.before_sign_in().await?.query_once("select gemba.audit_organizations()", &[]).await?;
    let mut removed = Removed::default();
    for row in organizations {
        let organization: OrganizationId = row.get(0);
        loop {
            let entries = remove_some(database, signer, organization).await?;
            removed.entries += entries;
            if entries < BATCH as u64 {
                break;
            }
        }
    }
    let now = database.context().now();
    let dropped = database.before_sign_in().await?.query_once("select gemba.audit_drop_partitions($1)", &[&now]).await?;
    removed.partitions = dropped.first().map_or(0, |row| row.get::<_, i32>(0) as u64);
    Ok(removed)
}

/// Removes up to [`BATCH`] entries of one organization and says so; returns how many.
async fn remove_some(database: &Database, signer: &Signer, organization: OrganizationId) -> Result<u64> {
    let mut tx = database.begin(&Caller::system("retention", organization, database.context().new_id())).await?;
    // One at a time, and never while the sealer is at it.
    let lock = "select pg_try_advisory_xact_lock(hashtextextended('gemba audit seal ' || $1::text, 0))";
    if !tx.query_one(lock, &[&organization.to_string()]).await?.get::<_, bool>(0) {
        return Ok(0);
    }
    let now = microseconds(tx.now());
    let Some(expired) = expired(&mut tx, organization, now).await? else { return Ok(0) };
    let mut stated = 0;
    for (reason, entries) in expired.by_reason {
        let removal = Removal::of(organization.0, entries, reason, now, signer);
        stated += removal.entries.count();
        insert(&mut tx, &removal).await?;
    }
    let removed = tx.query_one("select gemba.audit_remove($1, $2, $3)", &[&now, &expired.instants, &expired.positions]).await?;
    let removed = rows::unsigned(&removed, 0)?;
    if removed != stated {
        tx.rollback().await?;
        tracing::warn!(%organization, stated, removed, "retention waits: something else changed what is to be kept meanwhile");
        return Ok(0);
    }
    tx.commit().await?;
    Ok(removed)
}

/// Entries that nothing keeps.
#[derive(Default)]
struct Expired {
    /// Their numbers in the chain, by the reason.
    by_reason: BTreeMap<String, Ranges>,
    /// When they occurred, and at which positions: how the database finds them.
    instants: Vec<Timestamp>,
    positions: Vec<i64>,
}

/// Some entries that expired and fit their seals; nothing when there are none.
async fn expired(tx: &mut Tx, organization: OrganizationId, now: Timestamp) -> Result<Option<Expired>> {
    let found = concat!(
        "select ",
        entry_columns!(),
        ", transaction, position, x.class, x.keep_days from gemba.audit_expired($2, $3) x \
         join audit_events e using (transaction, position, occurred_at) where e.organization_id = $1 order by transaction, position"
    );
    let (mut expired, mut seal, mut behind) = (Expired::default(), None::<Seal>, 0);
    for row in tx.query(found, &[&organization, &now, &BATCH]).await? {
        let (entry, Transaction(transaction)) = (rows::entry(&row)?, row.get(14));
        if seal.as_ref().is_none_or(|seal| transaction >= seal.to_transaction) {
            (seal, behind) = (covering(tx, organization, transaction).await?, 0);
        }
        let Some(seal) = &seal else { continue };
        let leaf = entry.leaf();
        // Entries come in the order of their leaves: each is sought behind the one before.
        let Some(place) = seal.leaves[behind..].iter().position(|known| *known == leaf).map(|place| place + behind) else {
            tracing::error!(%organization, entry = %entry.id, "an audit entry does not fit its seal; run gemba audit verify");
            continue;
        };
        behind = place + 1;
        let reason = format!("retention {} {} d", row.get::<_, &str>(16), row.get::<_, i32>(17));
        expired.by_reason.entry(reason).or_default().push(seal.first + place as u64);
        expired.instants.push(entry.occurred_at);
        expired.positions.push(row.get(15));
    }
    Ok((!expired.instants.is_empty()).then_some(expired))
}

/// The seal that holds what `transaction` wrote.
async fn covering(tx: &mut Tx, organization: OrganizationId, transaction: u64) -> Result<Option<Seal>> {
    let covering = concat!(
        "select ",
        seal_columns!(),
        " from audit_seals where organization_id = $1 and from_transaction <= $2 and to_transaction > $2 order by number limit 1"
    );
    let transaction = i64::try_from(transaction).unwrap_or(i64::MAX);
    tx.query_opt(covering, &[&organization, &transaction]).await?.as_ref().map(rows::seal).transpose()
}

async fn insert(tx: &mut Tx, removal: &Removal) -> Result<()> {
    let id: Uuid = tx.new_id();
    let insert =
        "insert into audit_removals (organization_id, id, entries, reason, removed_at, key, signature) values ($1, $2, $3, $4, $5, $6, $7)";
    let (key, signature) = (&removal.key.0[..], &removal.signature.0[..]);
    let entries = removal.entries.to_string();
    tx.execute(insert, &[&removal.organization, &id, &entries, &removal.reason, &removal.removed_at, &key, &signature]).await?;
    let detail = serde_json::json!({ "entries": entries, "count": removal.entries.count(), "reason": removal.reason });
    super::record(tx, "audit.removed", detail).await
}
