//! All SQL of API keys.

use jiff::Timestamp;
use platform::http::Page;
use platform::ids::{ApiKeyId, UserId};
use platform::{Error, Result, Tx};
use tokio_postgres::Row;
use uuid::Uuid;

use super::ApiKey;

pub async fn insert(tx: &mut Tx, name: &str, owner: Option<UserId>, scopes: &[String], expires_at: Option<Timestamp>) -> Result<ApiKeyId> {
    let (organization, id, now, by) = (tx.caller().organization, tx.new_id::<ApiKeyId>(), tx.now(), tx.caller().principal.label());
    tx.execute(
        "insert into api_keys (organization_id, id, name, owner_id, scopes, expires_at, created_at, created_by, updated_at, updated_by)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $7, $8)",
        &[&organization, &id, &name, &owner, &scopes, &expires_at, &now, &by],
    )
    .await?;
    Ok(id)
}

pub async fn insert_secret(tx: &mut Tx, key: ApiKeyId, hash: &[u8]) -> Result<()> {
    let (organization, id, now) = (tx.caller().organization, tx.new_id::<Uuid>(), tx.now());
    let sql = "insert into api_key_secrets (organization_id, id, api_key_id, secret_hash, created_at) values ($1, $2, $3, $4, $5)";
    tx.execute(sql, &[&organization, &id, &key, &hash, &now]).await?;
    Ok(())
}

/// Has the secrets that open a key now stop at `at`, those that stop earlier as they were to.
pub async fn end_secrets(tx: &mut Tx, key: ApiKeyId, at: Timestamp) -> Result<()> {
    let organization = tx.caller().organization;
    let sql = "update api_key_secrets set expires_at = $3 where organization_id = $1 and api_key_id = $2 and (expires_at is null or expires_at > $3)";
    tx.execute(sql, &[&organization, &key, &at]).await?;
    Ok(())
}

pub async fn revoke(tx: &mut Tx, key: ApiKeyId) -> Result<()> {
    let (organization, now, by) = (tx.caller().organization, tx.now(), tx.caller().principal.label());
    tx.execute(
        "update api_keys set revoked_at = $3, version = version + 1, updated_at = $3, updated_by = $4
         where organization_id = $1 and id = $2 and revoked_at is null",
        &[&organization, &key, &now, &by],
    )
    .await?;
    Ok(())
}

pub async fn find(tx: &mut Tx, id: ApiKeyId) -> Result<ApiKey> {
    let rows = select(tx, Some(id), None, None, 1).await?;
    rows.into_iter().next().ok_or_else(|| Error::not_found("key"))
}

/// Locks a key's row until the transaction ends.
pub async fn lock(tx: &mut Tx, id: ApiKeyId) -> Result<ApiKey> {
    let organization = tx.caller().organization;
    tx.query_opt("select 1 from api_keys where organization_id = $1 and id = $2 for update", &[&organization, &id]).await?;
    find(tx, id).await
}

/// Keys in the order they were made, those of one owner or all.
pub async fn list(tx: &mut Tx, page: &Page, owner: Option<UserId>) -> Result<Vec<ApiKey>> {
    select(tx, None, owner, page.after.as_ref().map(|cursor| cursor.id), i64::from(page.limit) + 1).await
}

async fn select(tx: &mut Tx, id: Option<ApiKeyId>, owner: Option<UserId>, after: Option<Uuid>, limit: i64) -> Result<Vec<ApiKey>> {
    let (organization, now) = (tx.caller().organization, tx.now());
    let rows = tx
        .query(
            "select k.id, k.name, k.owner_id, k.scopes, k.expires_at, k.revoked_at, used.last_used_at, host(used.last_used_ip), used.open, k.created_at,
                 k.version
             from api_keys k
             cross join lateral (
                 select max(s.last_used_at) as last_used_at, (array_agg(s.last_used_ip order by s.last_used_at desc nulls last))[1] as last_used_ip,
                     count(*) filter (where s.expires_at is null or s.expires_at > $6) as open
                 from api_key_secrets s where s.organization_id = k.organization_id and s.api_key_id = k.id
             ) used
             where k.organization_id = $1 and ($2::uuid is null or k.id = $2) and ($3::uuid is null or k.owner_id = $3)
                 and ($4::uuid is null or k.id > $4)
             order by k.id limit $5",
            &[&organization, &id, &owner, &after, &limit, &now],
        )
        .await?;
    Ok(rows.iter().map(read).collect())
}

fn read(row: &Row) -> ApiKey {
    ApiKey {
        id: row.get(0),
        name: row.get(1),
        owner_id: row.get(2),
        scopes: row.get(3),
        expires_at: row.get(4),
        revoked_at: row.get(5),
        last_used_at: row.get(6),
        last_used_ip: row.get(7),
        secrets: row.get(8),
        created_at: row.get(9),
        version: row.get(10),
    }
}
