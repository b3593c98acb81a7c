//! Brings a database to the shape this program expects: one linear, forward-only history of SQL files in `migrations/`.
//!
//! **Invariant:** migrations run as the role `gemba_owner`, which the server never logs in as.
//! **Invariant:** a database that a newer program has migrated is left alone, with a sentence.

use tokio_postgres::Client;

use crate::database::tls::Target;
use crate::error::{Error, Result};

mod embedded {
    refinery::embed_migrations!("../../migrations");
}

/// What [`migrate`] found and did.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Migrated {
    /// The names of the migrations applied now, in order; empty when there was nothing to do.
    pub applied: Vec<String>,
    /// The version the database has now.
    pub version: i32,
}

/// The newest version this program knows.
pub fn newest() -> i32 {
    embedded::migrations::runner().get_migrations().iter().map(|migration| migration.version()).max().unwrap_or(0)
}

/// Applies what is missing, as the owner. Two that start at once wait for each other.
///
/// # Errors
/// `database_gone` when nothing answers at `owner_url`; `database_newer` when a newer program has been here; `internal` when a migration fails:
/// what it began is undone then.
pub async fn migrate(owner_url: &str) -> Result<Migrated> {
    let mut client = connect(owner_url).await?;
    client.batch_execute("select pg_advisory_lock(7401385021)").await?;
    let version = version(&client).await?;
    let newest = newest();
    if version > newest {
        return Err(Error::conflict(
            "database_newer",
            format!(
                "this database was migrated to version {version} by a newer program; this one knows version {newest}: install the newer one"
            ),
        ));
    }
    let roles = "select (select count(*) from pg_roles where rolname in ('gemba_bi', 'gemba_bi_views')) = 2
        and exists (select from pg_auth_members m join pg_roles r on r.oid = m.roleid join pg_roles o on o.oid = m.member
            where r.rolname = 'gemba_bi_views' and o.rolname = 'gemba_owner')";
    if !client.query_one(roles, &[]).await?.get::<_, Option<bool>>(0).unwrap_or(false) {
        return Err(Error::conflict(
            "roles_missing",
            "the database server lacks roles that this version needs: run what `gemba migrate --print-roles` prints as a superuser there (what is \
             there already stays as it is)",
        ));
    }
    let report = embedded::migrations::runner().set_abort_divergent(true).set_abort_missing(true).run_async(&mut client).await;
    let report = report.map_err(|failed| match failed.kind() {
        refinery::error::Kind::DivergentVersion(migration, _) | refinery::error::Kind::MissingVersion(migration) => Error::conflict(
            "database_diverged",
            format!(
                "this database was made by another build of Gemba, which had a different migration {migration}: use that build, or another \
                 database"
            ),
        )
        .because(failed),
        _ => Error::internal(failed),
    })?;
    let applied = report.applied_migrations().iter().map(|migration| format!("{migration}")).collect();
    Ok(Migrated { applied, version: newest })
}

/// Checks, before anything is served, that the database behind `app_url` is one to serve: not too old a PostgreSQL, migrated, and a role
/// that its walls hold.
///
/// # Errors
/// `postgresql_too_old`, `database_older`, `role_unwalled`, each with what to do; those of connecting.
pub async fn check(app_url: &str) -> Result<()> {
    let client = connect(app_url).await?;
    let row = client
        .query_one(
            "select current_setting('server_version_num')::int, current_user::text, \
             (select rolsuper or rolbypassrls from pg_roles where rolname = current_user), \
             exists (select from pg_roles where rolname = 'gemba_owner' and pg_has_role(current_user, oid, 'member')), \
             to_regproc('gemba.schema_version') is not null",
            &[],
        )
        .await?;
    let (server, role): (i32, String) = (row.get(0), row.get(1));
    if server / 10_000 < crate::postgres::OLDEST_MAJOR as i32 {
        return Err(Error::conflict(
            "postgresql_too_old",
            format!("the database server is PostgreSQL {}, and Gemba needs {} or newer", server / 10_000, crate::postgres::OLDEST_MAJOR),
        ));
    }
    if row.get::<_, bool>(2) || row.get::<_, bool>(3) {
        return Err(Error::conflict(
            "role_unwalled",
            format!(
                "the role '{role}' of GEMBA_DATABASE_URL could walk through the walls between organizations: name the role gemba_app there, \
                 which `gemba migrate --print-roles` makes"
            ),
        ));
    }
    let version: i32 = if row.get(4) { client.query_one("select gemba.schema_version()", &[]).await?.get(0) } else { 0 };
    if version < newest() {
        return Err(Error::conflict(
            "database_older",
            format!(
                "the database is at version {version} and this program needs {}: run `gemba migrate` with GEMBA_DATABASE_OWNER_URL set",
                newest()
            ),
        ));
    }
    if version > newest() {
        // A newer program's migrations leave this one working, so that servers can be replaced one after the other.
        tracing::warn!(version, own = newest(), "a newer gemba has migrated this database; replace this one soon");
    }
    Ok(())
}

/// The version of the database behind `client`; 0 for an empty one.
///
/// # Errors
/// What the database refused.
pub async fn version(client: &Client) -> Result<i32> {
    let known = client.query_one("select to_regclass('public.refinery_schema_history') is not null", &[]).await?;
    if !known.get::<_, bool>(0) {
        return Ok(0);
    }
    let row = client.query_one("select coalesce(max(version), 0)::int4 from public.refinery_schema_history", &[]).await?;
    Ok(row.get(0))
}

/// The cluster's roles, made if they are missing; needs a superuser or a role that may create roles. Passwords are set where given.
///
/// # Errors
/// What the database refused.
pub async fn ensure_roles(admin_url: &str) -> Result<()> {
    let client = connect(admin_url).await?;
    let roles = [
        ("gemba_owner", "login"),
        ("gemba_app", "login"),
        ("gemba_auditor", "login"),
        ("gemba_bi", "nologin"),
        ("gemba_bi_views", "nologin"),
    ];
    for (role, login) in roles {
        let there = client.query_opt("select 1 from pg_roles where rolname = $1", &[&role]).await?;
        if there.is_none() {
            // Two that start at once may both find it missing; the second one's error is no harm.
            let made = client.batch_execute(&format!("create role {role} {login} nosuperuser nobypassrls nocreatedb nocreaterole")).await;
            if let Err(refused) = made {
                let code = refused.code().cloned();
                if code != Some(tokio_postgres::error::SqlState::DUPLICATE_OBJECT)
                    && code != Some(tokio_postgres::error::SqlState::UNIQUE_VIOLATION)
                {
                    return Err(refused.into());
                }
            }
        }
    }
    // The owner hands views over to the role that they read as. Of two that start at once, one may find the other's grant in its way, which is the
    // same.
    let member = "select exists (select from pg_auth_members where roleid = 'gemba_bi_views'::regrole and member = 'gemba_owner'::regrole)";
    if !client.query_one(member, &[]).await?.get::<_, bool>(0) {
        let granted = client.batch_execute("grant gemba_bi_views to gemba_owner").await;
        if let Err(refused) = granted
            && !client.query_one(member, &[]).await?.get::<_, bool>(0)
        {
            return Err(refused.into());
        }
    }
    Ok(())
}

pub(crate) async fn connect(url: &str) -> Result<Client> {
    Target::parse(url)?.connect().await
}

/// Changes with every change of a migration; for caches of migrated databases.
pub fn fingerprint() -> u64 {
    embedded::migrations::runner().get_migrations().iter().fold(0, |all, migration| all.rotate_left(7) ^ migration.checksum())
}
