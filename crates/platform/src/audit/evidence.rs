//! What it takes to verify the trail somewhere else: seals with their entries as they were sealed, page by page, for whoever does not want to
//! take the server's word, a browser for example.
//!
//! **Invariant:** nothing is judged here: what does not fit its seal is given as it was found.
//! **Invariant:** that the trail is taken away is itself in the trail, written before the first page leaves.
//! **Invariant:** personal values leave concealed; the proof needs them so.

use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

use crate::audit::chain::{Entry, Introduction, Removal, Seal};
use crate::audit::rows::{self, Transaction, entry_columns, seal_columns};
use crate::audit::{EVENT_EXPORT, record};
use crate::caller::Scope;
use crate::database::Tx;
use crate::error::Result;

/// Seals on a page at most.
const SEALS: i64 = 64;
/// Entries after which a page ends behind its seal.
const ENTRIES: usize = 2_000;

/// Which page.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct Behind {
    /// The seals behind this number; from the first one where absent.
    #[param(minimum = 0, example = 0)]
    pub after: u64,
}

/// Some seals, one behind the other, and what is said about the chain. Its members are those of a bundle's lines (docs/audit-trail.md).
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Evidence {
    /// Seals, each with the entries found in its place.
    pub seals: Vec<Sealed>,
    /// Signed statements of what retention removed; on the first page.
    #[schema(value_type = Vec<Object>)]
    pub removals: Vec<Removal>,
    /// What keys said for the next; on the first page.
    #[schema(value_type = Vec<Object>)]
    pub introductions: Vec<Introduction>,
    /// Entries behind the last seal, which are not sealed yet; on the last page.
    #[schema(example = 3)]
    pub unsealed: Option<u64>,
    /// The `after` of the next page; null on the last.
    #[schema(example = 64)]
    pub next: Option<u64>,
}

/// A seal and what was found in its place.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Sealed {
    /// The seal.
    #[schema(value_type = Object)]
    pub seal: Seal,
    /// The entries of its transactions, in their order.
    #[schema(value_type = Vec<Object>)]
    pub entries: Vec<Entry>,
}

/// The page behind a seal.
///
/// # Errors
/// 403 `permission_missing`.
pub async fn page(tx: &mut Tx, behind: Behind) -> Result<Evidence> {
    tx.require(EVENT_EXPORT, Scope::Organization)?;
    if behind.after == 0 {
        record(tx, "audit.exported", json!({ "format": "evidence", "from": null, "to": null })).await?;
    }
    let own = tx.caller().organization;
    let list = concat!("select ", seal_columns!(), " from audit_seals where organization_id = $1 and number > $2 order by number limit $3");
    let after = i64::try_from(behind.after).unwrap_or(i64::MAX);
    let found = tx.query(list, &[&own, &after, &(SEALS + 1)]).await?;
    let mut all = found.iter().map(rows::seal).collect::<Result<Vec<_>>>()?;
    let mut entries = 0;
    let fit = all.iter().take(SEALS as usize).take_while(|seal| {
        let fits = entries < ENTRIES;
        entries += seal.leaves.len();
        fits
    });
    let fit = fit.count();
    let more = all.len() > fit;
    all.truncate(fit);
    let next = all.last().map(|seal| seal.number).filter(|_| more);
    let seals = sealed(tx, all).await?;
    let (mut removals, mut introductions, mut unsealed) = (Vec::new(), Vec::new(), None);
    if behind.after == 0 {
        removals = removed(tx).await?;
        introductions = introduced(tx).await?;
    }
    if next.is_none() {
        let rest = "select count(*) from audit_events where organization_id = $1 and transaction >= coalesce(
            (select to_transaction::text::xid8 from audit_seals where organization_id = $1 order by number desc limit 1), '0'::xid8)";
        unsealed = Some(rows::unsigned(&tx.query_one(rest, &[&own]).await?, 0)?);
    }
    Ok(Evidence { seals, removals, introductions, unsealed, next })
}

/// Seals with the entries of their transactions.
async fn sealed(tx: &mut Tx, seals: Vec<Seal>) -> Result<Vec<Sealed>> {
    let own = tx.caller().organization;
    let span = seals.first().zip(seals.last()).map_or((0, 0), |(first, last)| (first.from_transaction, last.to_transaction));
    let list = concat!(
        "select ",
        entry_columns!(),
        ", transaction from audit_events where organization_id = $1 and transaction >= $2::text::xid8 and transaction < $3::text::xid8 \
         order by transaction, position"
    );
    let found = tx.query(list, &[&own, &span.0.to_string(), &span.1.to_string()]).await?;
    let mut entries = found
        .iter()
        .map(|row| Ok((rows::entry(row)?, row.get::<_, Transaction>(14).0)))
        .collect::<Result<Vec<_>>>()?
        .into_iter()
        .peekable();
    let mut all = Vec::with_capacity(seals.len());
    for seal in seals {
        let mut own = Vec::with_capacity(seal.leaves.len());
        while let Some((entry, _)) = entries.next_if(|(_, transaction)| *transaction < seal.to_transaction) {
            own.push(entry);
        }
        all.push(Sealed { seal, entries: own });
    }
    Ok(all)
}

async fn removed(tx: &mut Tx) -> Result<Vec<Removal>> {
    let own = tx.caller().organization;
    let all = "select organization_id, entries, reason, removed_at, key, signature from audit_removals where organization_id = $1 order by removed_at";
    tx.query(all, &[&own]).await?.iter().map(rows::removal).collect()
}

async fn introduced(tx: &mut Tx) -> Result<Vec<Introduction>> {
    let all = "select key, introduced_by, signature from gemba.audit_keys where introduced_by is not null order by created_at";
    tx.query(all, &[]).await?.iter().map(rows::introduction).collect()
}
