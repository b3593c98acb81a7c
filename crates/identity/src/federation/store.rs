//! All SQL of federation.

use jiff::Timestamp;
use platform::http::Page;
use platform::ids::{OrganizationId, SessionId, UserId};
use platform::{Error, Result, Tx};
use tokio_postgres::Row;
use uuid::Uuid;

use super::providers::{GroupGrant, Provider, Wanted};

const PROVIDER: &str =
    "select id, name, issuer, client_id, client_secret_sealed, scopes, groups_claim, just_in_time, factor_methods, archived_at,
    created_at, version from oidc_providers where organization_id = $1 and id = $2";

/// A provider with its sealed secret.
pub(super) struct Stored {
    pub provider: Provider,
    pub secret: Option<Vec<u8>>,
}

/// A provider, or 404.
pub(super) async fn find(tx: &mut Tx, id: Uuid) -> Result<Stored> {
    let organization = tx.caller().organization;
    let row = tx.query_opt(PROVIDER, &[&organization, &id]).await?;
    row.as_ref().map(read).ok_or_else(|| Error::not_found("identity provider"))
}

/// Locks a provider until the transaction ends.
pub(super) async fn lock(tx: &mut Tx, id: Uuid) -> Result<Stored> {
    let organization = tx.caller().organization;
    tx.query_opt("select 1 from oidc_providers where organization_id = $1 and id = $2 for update", &[&organization, &id]).await?;
    find(tx, id).await
}

fn read(row: &Row) -> Stored {
    let secret: Option<Vec<u8>> = row.get(4);
    let provider = Provider {
        id: row.get(0),
        name: row.get(1),
        issuer: row.get(2),
        client_id: row.get(3),
        has_client_secret: secret.is_some(),
        scopes: row.get(5),
        groups_claim: row.get(6),
        just_in_time: row.get(7),
        factor_methods: row.get(8),
        archived_at: row.get(9),
        created_at: row.get(10),
        version: row.get(11),
    };
    Stored { provider, secret }
}

pub(super) async fn list(tx: &mut Tx, page: &Page) -> Result<Vec<Provider>> {
    let organization = tx.caller().organization;
    let after = page.after.as_ref().map(|cursor| cursor.id);
    let limit = i64::from(page.limit) + 1;
    let rows = tx
        .query(
            "select id, name, issuer, client_id, client_secret_sealed, scopes, groups_claim, just_in_time, factor_methods, archived_at,
                 created_at, version
             from oidc_providers where organization_id = $1 and ($2::uuid is null or id > $2) order by id limit $3",
            &[&organization, &after, &limit],
        )
        .await?;
    Ok(rows.iter().map(|row| read(row).provider).collect())
}

pub(super) async fn insert(tx: &mut Tx, id: Uuid, wanted: &Wanted, secret: Option<&[u8]>) -> Result<()> {
    let (organization, now, by) = (tx.caller().organization, tx.now(), tx.caller().principal.label());
    tx.execute(
        "insert into oidc_providers (organization_id, id, name, issuer, client_id, client_secret_sealed, scopes, groups_claim, just_in_time,
             factor_methods, created_at, created_by, updated_at, updated_by)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $11, $12)",
        &[
            &organization,
            &id,
            &wanted.name,
            &wanted.issuer,
            &wanted.client_id,
            &secret,
            &wanted.scopes,
            &wanted.groups_claim,
            &wanted.just_in_time,
            &wanted.factor_methods,
            &now,
            &by,
        ],
    )
    .await
    .map_err(name_taken)?;
    Ok(())
}

pub(super) async fn save(tx: &mut Tx, id: Uuid, wanted: &Wanted, secret: Option<&[u8]>) -> Result<()> {
    let (organization, now, by) = (tx.caller().organization, tx.now(), tx.caller().principal.label());
    tx.execute(
        "update oidc_providers set name = $3, issuer = $4, client_id = $5, client_secret_sealed = $6, scopes = $7, groups_claim = $8,
             just_in_time = $9, factor_methods = $10, version = version + 1, updated_at = $11, updated_by = $12
         where organization_id = $1 and id = $2",
        &[
            &organization,
            &id,
            &wanted.name,
            &wanted.issuer,
            &wanted.client_id,
            &secret,
            &wanted.scopes,
            &wanted.groups_claim,
            &wanted.just_in_time,
            &wanted.factor_methods,
            &now,
            &by,
        ],
    )
    .await
    .map_err(name_taken)?;
    Ok(())
}

pub(super) async fn set_archived(tx: &mut Tx, id: Uuid, archived: bool) -> Result<()> {
    let (organization, now, by) = (tx.caller().organization, tx.now(), tx.caller().principal.label());
    tx.execute(
        "update oidc_providers set archived_at = case when $3 then $4::timestamptz end, version = version + 1, updated_at = $4, updated_by = $5
         where organization_id = $1 and id = $2 and (archived_at is not null) is distinct from $3",
        &[&organization, &id, &archived, &now, &by],
    )
    .await?;
    Ok(())
}

fn name_taken(error: Error) -> Error {
    error.on_constraint("oidc_providers_name_key", || Error::conflict("name_taken", "there is already an identity provider of this name"))
}

pub(super) async fn mappings(tx: &mut Tx, provider: Uuid) -> Result<Vec<GroupGrant>> {
    let organization = tx.caller().organization;
    let sql = "select id, group_name, coalesce(built_in, role_id::text), region_id, plant_id, created_at from group_grants
               where organization_id = $1 and provider_id = $2 order by group_name, id limit 1000";
    let rows = tx.query(sql, &[&organization, &provider]).await?;
    let read = |row: &Row| GroupGrant {
        id: row.get(0),
        group: row.get(1),
        role: row.get(2),
        region_id: row.get(3),
        plant_id: row.get(4),
        created_at: row.get(5),
    };
    Ok(rows.iter().map(read).collect())
}

pub(super) async fn insert_mapping(
    tx: &mut Tx,
    id: Uuid,
    provider: Uuid,
    group: &str,
    role: (Option<&str>, Option<Uuid>),
    place: (Option<Uuid>, Option<Uuid>),
) -> Result<()> {
    let (organization, now, by) = (tx.caller().organization, tx.now(), tx.caller().principal.label());
    tx.execute(
        "insert into group_grants (organization_id, id, provider_id, group_name, built_in, role_id, region_id, plant_id, created_at, created_by)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        &[&organization, &id, &provider, &group, &role.0, &role.1, &place.0, &place.1, &now, &by],
    )
    .await
    .map_err(|error| {
        error
            .on_constraint("group_grants_once_key", || Error::conflict("mapped_already", "this group has this role there already"))
            .on_constraint("group_grants_region_id_fkey", || Error::not_found("region"))
            .on_constraint("group_grants_plant_id_fkey", || Error::not_found("plant"))
    })?;
    Ok(())
}

/// Removes a mapping and the grants that came from it.
pub(super) async fn delete_mapping(tx: &mut Tx, id: Uuid) -> Result<()> {
    let organization = tx.caller().organization;
    tx.execute("delete from grants where organization_id = $1 and group_grant_id = $2", &[&organization, &id]).await?;
    tx.execute("delete from group_grants where organization_id = $1 and id = $2", &[&organization, &id]).await?;
    Ok(())
}

/// Gives somebody the roles of these groups and takes those of others that came from the same provider; returns whether rights to give roles were
/// among those taken.
pub(super) async fn follow_groups(tx: &mut Tx, provider: Uuid, user: UserId, groups: &[String]) -> Result<bool> {
    let (organization, now, by) = (tx.caller().organization, tx.now(), tx.caller().principal.label());
    let taken = tx
        .query(
            "delete from grants g using group_grants m
             where g.organization_id = $1 and g.user_id = $3 and m.organization_id = $1 and m.id = g.group_grant_id and m.provider_id = $2
                 and m.group_name <> all ($4)
             returning g.built_in in ('global_admin', 'tenant_admin') and g.region_id is null and g.plant_id is null",
            &[&organization, &provider, &user, &groups],
        )
        .await?;
    let wanted = tx
        .query(
            "select m.id, m.built_in, m.role_id, m.region_id, m.plant_id from group_grants m
             where m.organization_id = $1 and m.provider_id = $2 and m.group_name = any ($3) and not exists (
                 select from grants g where g.organization_id = $1 and g.user_id = $4 and g.built_in is not distinct from m.built_in
                     and g.role_id is not distinct from m.role_id and g.region_id is not distinct from m.region_id
                     and g.plant_id is not distinct from m.plant_id)
             order by m.id",
            &[&organization, &provider, &groups, &user],
        )
        .await?;
    for row in wanted {
        let id = tx.new_id::<Uuid>();
        tx.execute(
            "insert into grants (organization_id, id, user_id, built_in, role_id, region_id, plant_id, group_grant_id, created_at, created_by)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict on constraint grants_once_key do nothing",
            &[
                &organization,
                &id,
                &user,
                &row.get::<_, Option<String>>(1),
                &row.get::<_, Option<Uuid>>(2),
                &row.get::<_, Option<Uuid>>(3),
                &row.get::<_, Option<Uuid>>(4),
                &row.get::<_, Uuid>(0),
                &now,
                &by,
            ],
        )
        .await?;
    }
    Ok(taken.iter().any(|row| row.get::<_, Option<bool>>(0) == Some(true)))
}

/// The account of a provider's subject, and whether it is open.
pub(super) async fn account_of(tx: &mut Tx, provider: Uuid, subject: &str) -> Result<Option<(UserId, bool)>> {
    let (organization, now) = (tx.caller().organization, tx.now());
    let row = tx
        .query_opt(
            "update federated_identities f set last_seen_at = $4 from users u
             where f.organization_id = $1 and f.provider_id = $2 and f.subject = $3 and u.organization_id = $1 and u.id = f.user_id
             returning u.id, u.archived_at is null",
            &[&organization, &provider, &subject, &now],
        )
        .await?;
    Ok(row.map(|row| (row.get(0), row.get(1))))
}

/// The account of an address, and whether it is open.
pub(super) async fn account_by_address(tx: &mut Tx, email: &str) -> Result<Option<(UserId, bool)>> {
    let organization = tx.caller().organization;
    let sql = "select id, archived_at is null from users where organization_id = $1 and email = $2";
    Ok(tx.query_opt(sql, &[&organization, &email]).await?.map(|row| (row.get(0), row.get(1))))
}

pub(super) async fn link(tx: &mut Tx, provider: Uuid, subject: &str, user: UserId) -> Result<()> {
    let (organization, id, now) = (tx.caller().organization, tx.new_id::<Uuid>(), tx.now());
    let sql = "insert into federated_identities (organization_id, id, provider_id, subject, user_id, created_at, last_seen_at)
               values ($1, $2, $3, $4, $5, $6, $6)";
    tx.execute(sql, &[&organization, &id, &provider, &subject, &user, &now]).await?;
    Ok(())
}

/// Whether a mail domain was confirmed as the organization's and leads to this provider.
pub(super) async fn owns_domain(tx: &mut Tx, domain: &str, provider: Uuid) -> Result<bool> {
    let organization = tx.caller().organization;
    let sql = "select 1 from mail_domains where organization_id = $1 and domain = $2 and confirmed_at is not null
               and (provider_id is null or provider_id = $3)";
    Ok(tx.query_opt(sql, &[&organization, &domain, &provider]).await?.is_some())
}

/// The organization of a provider that people may sign in with, or 404.
pub(super) async fn organization_of(tx: &mut Tx, provider: Uuid) -> Result<OrganizationId> {
    let row = tx.query_one("select gemba.organization_of_provider($1)", &[&provider]).await?;
    row.get::<_, Option<OrganizationId>>(0).ok_or_else(|| Error::not_found("identity provider"))
}

/// Where a session began.
pub(super) struct Origin {
    pub provider: Uuid,
    pub id_token: Option<Vec<u8>>,
}

pub(super) async fn note_origin(
    tx: &mut Tx,
    session: SessionId,
    provider: Uuid,
    subject: &str,
    sid: Option<&str>,
    id_token: &[u8],
) -> Result<()> {
    let organization = tx.caller().organization;
    let sql = "insert into session_origins (organization_id, session_id, provider_id, subject, sid, id_token_sealed) values ($1, $2, $3, $4, $5, $6)";
    tx.execute(sql, &[&organization, &session, &provider, &subject, &sid, &id_token]).await?;
    Ok(())
}

pub(super) async fn origin_of(tx: &mut Tx, session: SessionId) -> Result<Option<Origin>> {
    let organization = tx.caller().organization;
    let sql = "select provider_id, id_token_sealed from session_origins where organization_id = $1 and session_id = $2";
    let row = tx.query_opt(sql, &[&organization, &session]).await?;
    Ok(row.map(|row| Origin { provider: row.get(0), id_token: row.get(1) }))
}

/// Ends the sessions that began from a provider's session, or from any of a subject's.
pub(super) async fn end_from(tx: &mut Tx, provider: Uuid, subject: Option<&str>, sid: Option<&str>, at: Timestamp) -> Result<u64> {
    let organization = tx.caller().organization;
    tx.execute(
        "update sessions s set ended_at = $5, ended_why = 'provider_signed_out' from session_origins o
         where s.organization_id = $1 and o.organization_id = $1 and o.session_id = s.id and o.provider_id = $2 and s.ended_at is null
             and ($3::text is null or o.subject = $3) and ($4::text is null or o.sid = $4)",
        &[&organization, &provider, &subject, &sid, &at],
    )
    .await
}
