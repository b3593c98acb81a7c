//! All SQL of users.

use platform::http::Page;
use platform::ids::UserId;
use platform::{Error, Result, Tx};
use tokio_postgres::Row;
use uuid::Uuid;

use super::User;

/// An account, or 404.
pub async fn find(tx: &mut Tx, id: UserId) -> Result<User> {
    let organization = tx.caller().organization;
    let row = tx
        .query_opt(
            "select u.id, u.email, u.name, u.locale, u.archived_at is not null, c.has_password, c.signed_in_at, u.created_at, u.version
             from users u
             left join lateral (
                 select password_changed_at is not null as has_password, signed_in_at from credentials
                 where organization_id = u.organization_id and user_id = u.id
             ) c on true
             where u.organization_id = $1 and u.id = $2",
            &[&organization, &id],
        )
        .await?;
    row.as_ref().map(read).ok_or_else(|| Error::not_found("user"))
}

/// Accounts by address, from behind the cursor, those whose name or address holds `search`.
pub async fn list(tx: &mut Tx, page: &Page, search: Option<&str>) -> Result<Vec<User>> {
    let organization = tx.caller().organization;
    let after = page.after.as_ref().and_then(|cursor| cursor.values.first()?.as_str().map(String::from));
    let limit = i64::from(page.limit) + 1;
    // What a person types is looked for as it is: signs that stand for others in a pattern stand for themselves.
    let pattern = search.map(|text| format!("%{}%", text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")));
    let rows = tx
        .query(
            "select u.id, u.email, u.name, u.locale, u.archived_at is not null, c.password_changed_at is not null, c.signed_in_at,
                 u.created_at, u.version
             from users u
             left join credentials c on c.organization_id = u.organization_id and c.user_id = u.id
             where u.organization_id = $1 and ($2::text is null or u.email > $2) and ($3::text is null or u.email like lower($3) or u.name ilike $3)
             order by u.email limit $4",
            &[&organization, &after, &pattern, &limit],
        )
        .await?;
    Ok(rows.iter().map(read).collect())
}

fn read(row: &Row) -> User {
    let (deactivated, has_password): (bool, Option<bool>) = (row.get(4), row.get(5));
    let status = if deactivated {
        "deactivated"
    } else if has_password == Some(true) {
        "active"
    } else {
        "invited"
    };
    User {
        id: row.get(0),
        email: row.get(1),
        name: row.get(2),
        locale: row.get(3),
        status: status.into(),
        signed_in_at: row.get(6),
        created_at: row.get(7),
        version: row.get(8),
    }
}

/// A new account, without a password.
pub async fn insert(tx: &mut Tx, email: &str, name: &str, locale: &str) -> Result<UserId> {
    let (organization, id, now, by) = (tx.caller().organization, tx.new_id::<UserId>(), tx.now(), tx.caller().principal.label());
    tx.execute(
        "insert into users (organization_id, id, email, name, locale, created_at, created_by, updated_at, updated_by)
         values ($1, $2, $3, $4, $5, $6, $7, $6, $7)",
        &[&organization, &id, &email, &name, &locale, &now, &by],
    )
    .await
    .map_err(|error| error.on_constraint("users_email_key", taken))?;
    tx.execute("insert into credentials (organization_id, user_id) values ($1, $2)", &[&organization, &id]).await?;
    Ok(id)
}

/// Stores what changed of an account, whose version the caller has checked.
pub async fn save(tx: &mut Tx, user: &User) -> Result<()> {
    let (organization, now, by) = (tx.caller().organization, tx.now(), tx.caller().principal.label());
    tx.execute(
        "update users set email = $3, name = $4, locale = $5, version = version + 1, updated_at = $6, updated_by = $7
         where organization_id = $1 and id = $2",
        &[&organization, &user.id, &user.email, &user.name, &user.locale, &now, &by],
    )
    .await
    .map_err(|error| error.on_constraint("users_email_key", taken))?;
    Ok(())
}

/// Whether somebody may give every role of the organization.
pub async fn administers(tx: &mut Tx, id: UserId) -> Result<bool> {
    let organization = tx.caller().organization;
    let sql = "select 1 from grants where organization_id = $1 and user_id = $2 and built_in in ('global_admin', 'tenant_admin')
                   and region_id is null and plant_id is null limit 1";
    Ok(tx.query_opt(sql, &[&organization, &id]).await?.is_some())
}

/// Locks an account's row until the transaction ends.
pub async fn lock(tx: &mut Tx, id: UserId) -> Result<User> {
    let organization = tx.caller().organization;
    tx.query_opt("select 1 from users where organization_id = $1 and id = $2 for update", &[&organization, &id]).await?;
    find(tx, id).await
}

/// Deactivates an account, or activates it again.
pub async fn set_active(tx: &mut Tx, id: Uuid, active: bool) -> Result<()> {
    let (organization, now, by) = (tx.caller().organization, tx.now(), tx.caller().principal.label());
    tx.execute(
        "update users set archived_at = case when $3 then null else coalesce(archived_at, $4) end, version = version + 1, updated_at = $4,
             updated_by = $5
         where organization_id = $1 and id = $2 and (archived_at is null) is distinct from $3",
        &[&organization, &id, &active, &now, &by],
    )
    .await?;
    Ok(())
}

fn taken() -> Error {
    Error::conflict("email_taken", "somebody in this organization has this address already")
}
