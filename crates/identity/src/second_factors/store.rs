//! All SQL of second factors.

use platform::ids::{SessionId, UserId};
use platform::{Error, Result, Tx};
use uuid::Uuid;

use super::SecondFactor;

/// An app's seed as stored, with what was taken of it.
pub(super) struct App {
    pub id: Uuid,
    pub sealed: Vec<u8>,
    pub last_step: Option<i64>,
}

/// A passkey as stored.
pub(super) struct Passkey {
    pub id: Uuid,
    pub credential_id: Vec<u8>,
    pub public_key: Vec<u8>,
    pub sign_count: i64,
    pub transports: Vec<String>,
}

pub(super) async fn list(tx: &mut Tx, user: UserId) -> Result<Vec<SecondFactor>> {
    let organization = tx.caller().organization;
    let sql = "select id, kind, name, created_at, last_used_at from second_factors
               where organization_id = $1 and user_id = $2 and confirmed_at is not null order by created_at, id";
    let rows = tx.query(sql, &[&organization, &user]).await?;
    let read = |row: &tokio_postgres::Row| SecondFactor {
        id: row.get(0),
        kind: row.get(1),
        name: row.get(2),
        created_at: row.get(3),
        last_used_at: row.get(4),
    };
    Ok(rows.iter().map(read).collect())
}

/// Locks the person's proofs until the transaction ends, so that of two codes at once each counts once. Tells what kinds are set up.
pub(super) async fn lock(tx: &mut Tx, user: UserId) -> Result<Vec<String>> {
    let organization = tx.caller().organization;
    let sql = "select factors from credentials where organization_id = $1 and user_id = $2 for update";
    let row = tx.query_opt(sql, &[&organization, &user]).await?;
    Ok(row.map(|row| row.get(0)).unwrap_or_default())
}

pub(super) async fn insert_app(tx: &mut Tx, user: UserId, id: Uuid, name: &str, sealed: &[u8]) -> Result<()> {
    let (organization, now, by) = (tx.caller().organization, tx.now(), tx.caller().principal.label());
    // One that was begun and never confirmed gives way.
    let sql = "delete from second_factors where organization_id = $1 and user_id = $2 and confirmed_at is null";
    tx.execute(sql, &[&organization, &user]).await?;
    tx.execute(
        "insert into second_factors (organization_id, id, user_id, kind, name, seed_sealed, created_at, created_by)
         values ($1, $2, $3, 'totp', $4, $5, $6, $7)",
        &[&organization, &id, &user, &name, &sealed, &now, &by],
    )
    .await?;
    Ok(())
}

/// The apps of a person: those confirmed, or the one of this identifier that is not yet.
pub(super) async fn apps(tx: &mut Tx, user: UserId, unconfirmed: Option<Uuid>) -> Result<Vec<App>> {
    let organization = tx.caller().organization;
    let sql = "select id, seed_sealed, last_step from second_factors where organization_id = $1 and user_id = $2 and kind = 'totp'
               and case when $3::uuid is null then confirmed_at is not null else id = $3 and confirmed_at is null end";
    let rows = tx.query(sql, &[&organization, &user, &unconfirmed]).await?;
    Ok(rows.iter().map(|row| App { id: row.get(0), sealed: row.get(1), last_step: row.get(2) }).collect())
}

/// Notes that a code of this step was taken.
pub(super) async fn took_step(tx: &mut Tx, id: Uuid, step: i64) -> Result<()> {
    let (organization, now) = (tx.caller().organization, tx.now());
    let sql = "update second_factors set last_step = $3, last_used_at = $4, confirmed_at = coalesce(confirmed_at, $4)
               where organization_id = $1 and id = $2";
    tx.execute(sql, &[&organization, &id, &step, &now]).await?;
    Ok(())
}

pub(super) async fn insert_passkey(
    tx: &mut Tx,
    user: UserId,
    id: Uuid,
    name: &str,
    key: &super::webauthn::Made,
    transports: &[String],
) -> Result<()> {
    let (organization, now, by) = (tx.caller().organization, tx.now(), tx.caller().principal.label());
    tx.execute(
        "insert into second_factors (organization_id, id, user_id, kind, name, credential_id, public_key, sign_count, transports,
             confirmed_at, created_at, created_by)
         values ($1, $2, $3, 'passkey', $4, $5, $6, $7, $8, $9, $9, $10)",
        &[&organization, &id, &user, &name, &key.credential_id, &key.public_key, &i64::from(key.sign_count), &transports, &now, &by],
    )
    .await
    .map_err(|error| {
        error.on_constraint("second_factors_credential_key", || Error::conflict("passkey_known", "this passkey is set up already"))
    })?;
    Ok(())
}

pub(super) async fn passkeys(tx: &mut Tx, user: UserId) -> Result<Vec<Passkey>> {
    let organization = tx.caller().organization;
    let sql = "select id, credential_id, public_key, sign_count, transports from second_factors
               where organization_id = $1 and user_id = $2 and kind = 'passkey' and confirmed_at is not null order by id";
    let rows = tx.query(sql, &[&organization, &user]).await?;
    let read = |row: &tokio_postgres::Row| Passkey {
        id: row.get(0),
        credential_id: row.get(1),
        public_key: row.get(2),
        sign_count: row.get(3),
        transports: row.get(4),
    };
    Ok(rows.iter().map(read).collect())
}

pub(super) async fn used_passkey(tx: &mut Tx, id: Uuid, sign_count: u32) -> Result<()> {
    let (organization, now) = (tx.caller().organization, tx.now());
    let sql = "update second_factors set sign_count = $3, last_used_at = $4 where organization_id = $1 and id = $2";
    tx.execute(sql, &[&organization, &id, &i64::from(sign_count), &now]).await?;
    Ok(())
}

/// Removes one factor, or all of them with the recovery codes; returns how many factors went.
pub(super) async fn delete(tx: &mut Tx, user: UserId, one: Option<Uuid>) -> Result<u64> {
    let organization = tx.caller().organization;
    let sql = "delete from second_factors where organization_id = $1 and user_id = $2 and ($3::uuid is null or id = $3)";
    let gone = tx.execute(sql, &[&organization, &user, &one]).await?;
    if gone > 0 && count_kinds(tx, user).await? == 0 {
        tx.execute("delete from recovery_codes where organization_id = $1 and user_id = $2", &[&organization, &user]).await?;
    }
    Ok(gone)
}

/// Brings the kinds noted beside the password up to date; returns how many there are.
pub(super) async fn count_kinds(tx: &mut Tx, user: UserId) -> Result<usize> {
    let organization = tx.caller().organization;
    let row = tx
        .query_one(
            "update credentials set factors = coalesce((
                 select array_agg(distinct f.kind order by f.kind) from second_factors f
                 where f.organization_id = $1 and f.user_id = $2 and f.confirmed_at is not null), '{}')
             where organization_id = $1 and user_id = $2 returning factors",
            &[&organization, &user],
        )
        .await?;
    Ok(row.get::<_, Vec<String>>(0).len())
}

pub(super) async fn replace_codes(tx: &mut Tx, user: UserId, hashes: &[Vec<u8>]) -> Result<()> {
    let (organization, now) = (tx.caller().organization, tx.now());
    tx.execute("delete from recovery_codes where organization_id = $1 and user_id = $2", &[&organization, &user]).await?;
    for hash in hashes {
        let id = tx.new_id::<Uuid>();
        let sql = "insert into recovery_codes (organization_id, id, user_id, code_hash, created_at) values ($1, $2, $3, $4, $5)";
        tx.execute(sql, &[&organization, &id, &user, hash, &now]).await?;
    }
    Ok(())
}

/// Uses a recovery code up; false where there is none like it, or it was used.
pub(super) async fn use_code(tx: &mut Tx, user: UserId, hash: &[u8]) -> Result<bool> {
    let (organization, now) = (tx.caller().organization, tx.now());
    let sql = "update recovery_codes set used_at = $4 where organization_id = $1 and user_id = $2 and code_hash = $3 and used_at is null";
    Ok(tx.execute(sql, &[&organization, &user, &hash, &now]).await? == 1)
}

pub(super) async fn codes_left(tx: &mut Tx, user: UserId) -> Result<i64> {
    let organization = tx.caller().organization;
    let sql = "select count(*) from recovery_codes where organization_id = $1 and user_id = $2 and used_at is null";
    Ok(tx.query_one(sql, &[&organization, &user]).await?.get(0))
}

/// Notes in the session that a second factor was shown, and has its token changed.
pub(super) async fn shown(tx: &mut Tx, session: SessionId, factor: &str) -> Result<()> {
    let (organization, now) = (tx.caller().organization, tx.now());
    let sql = "update sessions set factor = $3, factor_at = $4, rotate = true where organization_id = $1 and id = $2";
    tx.execute(sql, &[&organization, &session, &factor, &now]).await?;
    Ok(())
}
