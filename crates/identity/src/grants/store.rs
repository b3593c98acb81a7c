//! All SQL of grants.

use jiff::Timestamp;
use platform::http::Page;
use platform::{Error, Result, Tx};
use tokio_postgres::Row;
use uuid::Uuid;

use super::{Grant, Holder};

/// A grant to insert: places and role as they were checked.
pub struct Place {
    pub region: Option<Uuid>,
    pub plant: Option<Uuid>,
}

/// A role as stored: built in, or own.
pub enum Role<'a> {
    BuiltIn(&'a str),
    Own(Uuid),
}

pub async fn insert(tx: &mut Tx, holder: Holder, role: Role<'_>, place: Place, expires_at: Option<Timestamp>) -> Result<Uuid> {
    let (organization, id, now, by) = (tx.caller().organization, tx.new_id::<Uuid>(), tx.now(), tx.caller().principal.label());
    let (user, key) = match holder {
        Holder::User(id) => (Some(id), None),
        Holder::ApiKey(id) => (None, Some(id)),
    };
    let (built_in, own) = match role {
        Role::BuiltIn(key) => (Some(key), None),
        Role::Own(id) => (None, Some(id)),
    };
    tx.execute(
        "insert into grants (organization_id, id, user_id, api_key_id, built_in, role_id, region_id, plant_id, expires_at, created_at, created_by)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        &[&organization, &id, &user, &key, &built_in, &own, &place.region, &place.plant, &expires_at, &now, &by],
    )
    .await
    .map_err(|error| {
        error
            .on_constraint("grants_once_key", || Error::conflict("granted_already", "they have this role there already; take it away first to change its end"))
            .on_constraint("grants_user_id_fkey", || Error::not_found("user"))
            .on_constraint("grants_api_key_id_fkey", || Error::not_found("key"))
            .on_constraint("grants_role_id_fkey", || Error::not_found("role"))
            .on_constraint("grants_region_id_fkey", || Error::not_found("region"))
            .on_constraint("grants_plant_id_fkey", || Error::not_found("plant"))
    })?;
    Ok(id)
}

/// A grant, or 404.
pub async fn find(tx: &mut Tx, id: Uuid) -> Result<Grant> {
    let organization = tx.caller().organization;
    let row = tx
        .query_opt(
            "select id, user_id, api_key_id, coalesce(built_in, role_id::text), region_id, plant_id, expires_at, created_at, created_by
             from grants where organization_id = $1 and id = $2",
            &[&organization, &id],
        )
        .await?;
    row.as_ref().map(read).ok_or_else(|| Error::not_found("grant"))
}

/// Grants in the order they were given, of one holder or of all.
pub async fn list(tx: &mut Tx, page: &Page, user: Option<Uuid>, key: Option<Uuid>) -> Result<Vec<Grant>> {
    let organization = tx.caller().organization;
    let after = page.after.as_ref().map(|cursor| cursor.id);
    let limit = i64::from(page.limit) + 1;
    let rows = tx
        .query(
            "select id, user_id, api_key_id, coalesce(built_in, role_id::text), region_id, plant_id, expires_at, created_at, created_by
             from grants
             where organization_id = $1 and ($2::uuid is null or id > $2) and ($3::uuid is null or user_id = $3)
                 and ($4::uuid is null or api_key_id = $4)
             order by id limit $5",
            &[&organization, &after, &user, &key, &limit],
        )
        .await?;
    Ok(rows.iter().map(read).collect())
}

pub async fn delete(tx: &mut Tx, id: Uuid) -> Result<()> {
    let organization = tx.caller().organization;
    tx.execute("delete from grants where organization_id = $1 and id = $2", &[&organization, &id]).await?;
    Ok(())
}

fn read(row: &Row) -> Grant {
    Grant {
        id: row.get(0),
        user_id: row.get(1),
        api_key_id: row.get(2),
        role: row.get(3),
        region_id: row.get(4),
        plant_id: row.get(5),
        expires_at: row.get(6),
        created_at: row.get(7),
        created_by: row.get(8),
    }
}
