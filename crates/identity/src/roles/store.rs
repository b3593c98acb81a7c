//! All SQL of own roles.

use platform::ids::UserId;
use platform::{Error, Result, Tx};
use tokio_postgres::Row;
use uuid::Uuid;

use super::{Role, RoleBody};

pub async fn list(tx: &mut Tx) -> Result<Vec<Role>> {
    let organization = tx.caller().organization;
    let sql =
        "select id, name, description, permissions, archived_at is not null, version from roles where organization_id = $1 order by name";
    Ok(tx.query(sql, &[&organization]).await?.iter().map(read).collect())
}

pub async fn find(tx: &mut Tx, id: Uuid) -> Result<Role> {
    let organization = tx.caller().organization;
    let sql =
        "select id, name, description, permissions, archived_at is not null, version from roles where organization_id = $1 and id = $2";
    tx.query_opt(sql, &[&organization, &id]).await?.as_ref().map(read).ok_or_else(|| Error::not_found("role"))
}

pub async fn lock(tx: &mut Tx, id: Uuid) -> Result<Role> {
    let organization = tx.caller().organization;
    tx.query_opt("select 1 from roles where organization_id = $1 and id = $2 for update", &[&organization, &id]).await?;
    find(tx, id).await
}

pub async fn insert(tx: &mut Tx, body: &RoleBody) -> Result<Uuid> {
    let (organization, id, now, by) = (tx.caller().organization, tx.new_id::<Uuid>(), tx.now(), tx.caller().principal.label());
    let names: Vec<&String> = body.permissions.iter().collect();
    tx.execute(
        "insert into roles (organization_id, id, name, description, permissions, created_at, created_by, updated_at, updated_by)
         values ($1, $2, $3, $4, $5, $6, $7, $6, $7)",
        &[&organization, &id, &body.name.trim(), &body.description, &names, &now, &by],
    )
    .await
    .map_err(|error| error.on_constraint("roles_name_key", taken))?;
    Ok(id)
}

pub async fn save(tx: &mut Tx, id: Uuid, body: &RoleBody) -> Result<()> {
    let (organization, now, by) = (tx.caller().organization, tx.now(), tx.caller().principal.label());
    let names: Vec<&String> = body.permissions.iter().collect();
    tx.execute(
        "update roles set name = $3, description = $4, permissions = $5, version = version + 1, updated_at = $6, updated_by = $7
         where organization_id = $1 and id = $2",
        &[&organization, &id, &body.name.trim(), &body.description, &names, &now, &by],
    )
    .await
    .map_err(|error| error.on_constraint("roles_name_key", taken))?;
    Ok(())
}

pub async fn set_archived(tx: &mut Tx, id: Uuid, archived: bool) -> Result<()> {
    let (organization, now, by) = (tx.caller().organization, tx.now(), tx.caller().principal.label());
    tx.execute(
        "update roles set archived_at = case when $3 then coalesce(archived_at, $4) end, version = version + 1, updated_at = $4, updated_by = $5
         where organization_id = $1 and id = $2 and (archived_at is not null) is distinct from $3",
        &[&organization, &id, &archived, &now, &by],
    )
    .await?;
    Ok(())
}

/// The people who have this role somewhere.
pub async fn holders(tx: &mut Tx, id: Uuid) -> Result<Vec<UserId>> {
    let organization = tx.caller().organization;
    let sql = "select distinct user_id from grants where organization_id = $1 and role_id = $2 and user_id is not null";
    Ok(tx.query(sql, &[&organization, &id]).await?.iter().map(|row| row.get(0)).collect())
}

fn read(row: &Row) -> Role {
    Role {
        id: row.get::<_, Uuid>(0).to_string(),
        name: row.get(1),
        description: row.get(2),
        built_in: false,
        permissions: row.get(3),
        archived: row.get(4),
        version: row.get(5),
    }
}

fn taken() -> Error {
    Error::conflict("role_name_taken", "there is already a role of this name")
}
