//! Verifies the trail where it lies, as the auditor's role, which reads and nothing more.
//!
//! **Invariant:** what is verified is one state of the database: everything is read in one snapshot.
//! **Invariant:** the trail of any length is read in pieces.

use std::collections::BTreeSet;
use std::pin::pin;

use futures_util::TryStreamExt;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Row, RowStream};
use uuid::Uuid;

use crate::audit::chain::{End, Found, Head, Introduction, PublicKey, Ranges, Removal, Seal, Trust, Verified, Verifier};
use crate::audit::rows::{self, Transaction, entry_columns, seal_columns};
use crate::error::Result;

/// Seals read at a time.
const SEALS: i64 = 64;

/// What is verified, and against what.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// Only this organization's chain; all of them where absent.
    pub organization: Option<Uuid>,
    /// The public keys to trust, from outside the database. With none, whatever key signed is accepted and the caller compares it by hand.
    pub keys: Vec<PublicKey>,
    /// Heads that were kept outside the database.
    pub witness: Vec<Head>,
}

/// Verifies chains; one answer per organization, in the order of their identifiers.
///
/// # Errors
/// What the database refused; a row of a form that no program of ours writes.
pub async fn verify(auditor: &Client, request: &Request) -> Result<Vec<Verified>> {
    auditor.batch_execute("begin isolation level repeatable read read only").await?;
    let introductions =
        auditor.query("select key, introduced_by, signature from gemba.audit_keys where introduced_by is not null", &[]).await?;
    let introductions = introductions.iter().map(rows::introduction).collect::<Result<Vec<_>>>()?;
    let trust = if request.keys.is_empty() { Trust::anybody() } else { Trust::of(request.keys.iter().copied(), &introductions) };
    let organizations = match request.organization {
        Some(organization) => [organization].into(),
        None => organizations(auditor, &request.witness).await?,
    };
    let mut verified = Vec::new();
    for organization in organizations {
        verified.push(verify_one(auditor, organization, &trust, &request.witness).await?);
    }
    auditor.batch_execute("commit").await?;
    Ok(verified)
}

/// A connection as the auditor's role.
pub type Auditor = Client;

/// The organization with this short name.
///
/// # Errors
/// What the database refused.
pub async fn organization(auditor: &Client, slug: &str) -> Result<Option<Uuid>> {
    let found = auditor.query_opt("select organization_id from organizations where slug = $1", &[&slug]).await?;
    Ok(found.map(|row| row.get(0)))
}

/// Connects as the auditor's role.
///
/// # Errors
/// `database_gone` when nothing answers there.
pub async fn connect(url: &str) -> Result<Client> {
    crate::database::migrate::connect(url).await
}

/// The signed ends of all chains, or of one organization's.
///
/// # Errors
/// What the database refused.
pub async fn heads(auditor: &Client, organization: Option<Uuid>) -> Result<Vec<Head>> {
    let last = concat!(
        "select distinct on (organization_id) ",
        seal_columns!(),
        " from audit_seals where $1::uuid is null or organization_id = $1 order by organization_id, number desc"
    );
    auditor.query(last, &[&organization]).await?.iter().map(|row| Ok(rows::seal(row)?.head())).collect()
}

/// All organizations that have, or by the witness should have, a chain or entries.
async fn organizations(auditor: &Client, witness: &[Head]) -> Result<BTreeSet<Uuid>> {
    let known = "select organization_id from audit_seals union select organization_id from audit_events";
    let mut all: BTreeSet<Uuid> = auditor.query(known, &[]).await?.iter().map(|row| row.get(0)).collect();
    all.extend(witness.iter().map(|head| head.organization));
    Ok(all)
}

async fn verify_one(auditor: &Client, organization: Uuid, trust: &Trust, witness: &[Head]) -> Result<Verified> {
    let removals = removals(auditor, organization).await?;
    let mut verifier = Verifier::new(organization, trust, &removals, witness);
    let mut sealed = End::BEGINNING;
    loop {
        let seals = seals(auditor, organization, sealed.number).await?;
        let Some(last) = seals.last() else { break };
        let before = sealed.transaction;
        sealed = last.end();
        batch(auditor, organization, &seals, before, &mut verifier).await?;
    }
    let unsealed = "select count(*) from audit_events where organization_id = $1 and transaction >= $2::text::xid8";
    let unsealed = auditor.query_one(unsealed, &[&organization, &sealed.transaction.to_string()]).await?;
    Ok(verifier.finish(rows::unsigned(&unsealed, 0)?))
}

/// Holds some seals, one behind the other, against the entries of their transactions.
async fn batch(auditor: &Client, organization: Uuid, seals: &[Seal], before: u64, verifier: &mut Verifier<'_>) -> Result<()> {
    let to = seals.iter().map(|seal| seal.to_transaction).max().unwrap_or(before);
    let entries = concat!(
        "select ",
        entry_columns!(),
        ", transaction from audit_events where organization_id = $1 and transaction >= $2::text::xid8 and transaction < $3::text::xid8 \
         order by transaction, position"
    );
    let mut entries = pin!(stream(auditor, entries, &[&organization, &before.to_string(), &to.to_string()]).await?);
    let mut next = next(&mut entries).await?;
    for seal in seals {
        let mut found = Vec::with_capacity(seal.leaves.len());
        while let Some((entry, _)) = next.take_if(|(_, transaction)| *transaction < seal.to_transaction) {
            found.push(entry);
            next = self::next(&mut entries).await?;
        }
        verifier.seal(seal, &found, &Ranges::default());
    }
    while let Some((entry, _)) = next {
        verifier.stray(entry);
        next = self::next(&mut entries).await?;
    }
    Ok(())
}

async fn next(entries: &mut std::pin::Pin<&mut RowStream>) -> Result<Option<(Found, u64)>> {
    let Some(row) = entries.try_next().await? else { return Ok(None) };
    let Transaction(transaction) = row.try_get(14)?;
    Ok(Some((Found::from(&rows::entry(&row)?), transaction)))
}

pub(super) async fn stream(client: &Client, sql: &str, params: &[&(dyn ToSql + Sync)]) -> Result<RowStream> {
    Ok(client.query_raw(sql, params.iter().copied()).await?)
}

/// The seals behind number `after`, some of them.
pub(super) async fn seals(auditor: &Client, organization: Uuid, after: u64) -> Result<Vec<Seal>> {
    let page = concat!("select ", seal_columns!(), " from audit_seals where organization_id = $1 and number > $2 order by number limit $3");
    let after = i64::try_from(after).unwrap_or(i64::MAX);
    auditor.query(page, &[&organization, &after, &SEALS]).await?.iter().map(rows::seal).collect()
}

pub(super) async fn removals(auditor: &Client, organization: Uuid) -> Result<Vec<Removal>> {
    let all = "select organization_id, entries, reason, removed_at, key, signature from audit_removals where organization_id = $1 order by removed_at";
    auditor.query(all, &[&organization]).await?.iter().map(|row: &Row| rows::removal(row)).collect()
}

/// What keys said for the next.
pub(super) async fn introductions(auditor: &Client) -> Result<Vec<Introduction>> {
    let all = "select key, introduced_by, signature from gemba.audit_keys where introduced_by is not null order by created_at";
    auditor.query(all, &[]).await?.iter().map(rows::introduction).collect()
}
