//! All SQL of policies' versions.

use platform::{Error, Result, Tx};
use serde_json::Value;
use tokio_postgres::Row;
use uuid::Uuid;

use super::{NewPolicies, PolicyState, PolicyVersion};

fn read(row: &Row) -> PolicyVersion {
    let state = match row.get(3) {
        "active" => PolicyState::Active,
        "retired" => PolicyState::Retired,
        _ => PolicyState::Draft,
    };
    PolicyVersion {
        id: row.get(0),
        number: row.get(1),
        text: row.get(2),
        state,
        note: row.get(4),
        tried_at: row.get(5),
        activated_at: row.get(6),
        retired_at: row.get(7),
        created_at: row.get(8),
        created_by: row.get(9),
        version: row.get(10),
        tried_with: row.get(11),
    }
}

/// The versions with smaller numbers than `before`, the newest first.
pub async fn list(tx: &mut Tx, before: Option<i64>, most: i64) -> Result<Vec<PolicyVersion>> {
    let organization = tx.caller().organization;
    let rows = tx
        .query(
            "select id, number, text, state, note, tried_at, activated_at, retired_at, created_at, created_by, version, tried_with
             from policies where organization_id = $1 and ($2::bigint is null or number < $2) order by number desc limit $3",
            &[&organization, &before, &most],
        )
        .await?;
    Ok(rows.iter().map(read).collect())
}

pub async fn find(tx: &mut Tx, id: Uuid) -> Result<PolicyVersion> {
    let organization = tx.caller().organization;
    let row = tx
        .query_opt(
            "select id, number, text, state, note, tried_at, activated_at, retired_at, created_at, created_by, version, tried_with
             from policies where organization_id = $1 and id = $2",
            &[&organization, &id],
        )
        .await?;
    row.as_ref().map(read).ok_or_else(|| Error::not_found("policy"))
}

/// The version that counts.
pub async fn active(tx: &mut Tx) -> Result<Option<PolicyVersion>> {
    let organization = tx.caller().organization;
    let row = tx
        .query_opt(
            "select id, number, text, state, note, tried_at, activated_at, retired_at, created_at, created_by, version, tried_with
             from policies where organization_id = $1 and state = 'active'",
            &[&organization],
        )
        .await?;
    Ok(row.as_ref().map(read))
}

/// The text of a version, by its number.
pub async fn text(tx: &mut Tx, number: i64) -> Result<String> {
    let organization = tx.caller().organization;
    let row = tx.query_one("select text from policies where organization_id = $1 and number = $2", &[&organization, &number]).await?;
    Ok(row.get(0))
}

/// Keeps everybody else from changing which version counts, and from taking the next number.
pub async fn lock(tx: &mut Tx) -> Result<()> {
    let organization = tx.caller().organization;
    tx.query_one("select 1 from organizations where organization_id = $1 for no key update", &[&organization]).await?;
    Ok(())
}

pub async fn insert(tx: &mut Tx, new: &NewPolicies) -> Result<Uuid> {
    let (organization, id, now, by) = (tx.caller().organization, tx.new_id::<Uuid>(), tx.now(), tx.caller().principal.label());
    tx.execute(
        "insert into policies (organization_id, id, number, text, note, created_at, created_by, updated_at, updated_by)
         values ($1, $2, (select coalesce(max(number), 0) + 1 from policies where organization_id = $1), $3, $4, $5, $6, $5, $6)",
        &[&organization, &id, &new.text, &new.note, &now, &by],
    )
    .await?;
    Ok(id)
}

/// Notes that a version was tried, with which schema, and what was found.
pub async fn tried(tx: &mut Tx, id: Uuid, with: &str, found: &Value) -> Result<()> {
    let (organization, now, by) = (tx.caller().organization, tx.now(), tx.caller().principal.label());
    tx.execute(
        "update policies set tried_at = $3, tried_by = $4, tried_with = $5, tried = $6, version = version + 1, updated_at = $3, updated_by = $4
         where organization_id = $1 and id = $2",
        &[&organization, &id, &now, &by, &with, found],
    )
    .await?;
    Ok(())
}

/// Ends the version that counts, if one does.
pub async fn retire(tx: &mut Tx) -> Result<()> {
    let (organization, now, by) = (tx.caller().organization, tx.now(), tx.caller().principal.label());
    tx.execute(
        "update policies set state = 'retired', retired_at = $2, retired_by = $3, version = version + 1, updated_at = $2, updated_by = $3
         where organization_id = $1 and state = 'active'",
        &[&organization, &now, &by],
    )
    .await?;
    Ok(())
}

pub async fn activate(tx: &mut Tx, id: Uuid) -> Result<()> {
    let (organization, now, by) = (tx.caller().organization, tx.now(), tx.caller().principal.label());
    tx.execute(
        "update policies set state = 'active', activated_at = $3, activated_by = $4, version = version + 1, updated_at = $3, updated_by = $4
         where organization_id = $1 and id = $2",
        &[&organization, &id, &now, &by],
    )
    .await?;
    Ok(())
}

/// Lets a version count for every request from now on, or none.
pub async fn count_on(tx: &mut Tx, number: Option<i64>) -> Result<()> {
    let (organization, now, by) = (tx.caller().organization, tx.now(), tx.caller().principal.label());
    tx.execute(
        "update organizations set policies_number = $2, version = version + 1, updated_at = $3, updated_by = $4 where organization_id = $1",
        &[&organization, &number, &now, &by],
    )
    .await?;
    Ok(())
}
