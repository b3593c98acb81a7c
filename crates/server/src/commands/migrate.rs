//! `gemba migrate`: the database's shape, as its owner.

use platform::Error;
use platform::database::migrate;
use platform::error::Kind;

use crate::arguments::installation::MigrateRequest;
use crate::commands::running;
use crate::files;
use crate::outcome::{Failure, Outcome};

/// What a superuser runs once. `psql` asks for the passwords, so that they stand in no history.
const ROLES: &str = r"-- Run once as a superuser of the database server, with psql: it asks for the passwords of the three roles.
create role gemba_owner login nosuperuser nobypassrls nocreatedb nocreaterole;
create role gemba_app login nosuperuser nobypassrls nocreatedb nocreaterole;
create role gemba_auditor login nosuperuser nobypassrls nocreatedb nocreaterole;
-- Who reads the schema bi, and whose its views are: the owner hands them over.
create role gemba_bi nologin nosuperuser nobypassrls nocreatedb nocreaterole;
create role gemba_bi_views nologin nosuperuser nobypassrls nocreatedb nocreaterole;
grant gemba_bi_views to gemba_owner;
\password gemba_owner
\password gemba_app
\password gemba_auditor
create database gemba owner gemba_owner encoding 'UTF8' template template0;
revoke connect, temporary on database gemba from public;
grant connect on database gemba to gemba_app, gemba_auditor;
";

/// Migrates, or prints the SQL for the roles.
///
/// # Errors
/// When no owner's address is set, nothing answers there, a newer version has been here, or a migration fails.
pub fn run(request: &MigrateRequest) -> Result<Outcome, Failure> {
    if request.print_roles {
        return files::print(ROLES);
    }
    let settings = running::settings(request.from.config.as_deref(), Vec::new())?;
    platform::telemetry::start_log(&settings.log);
    running::block_on(async {
        let Some(owner) = &settings.database.owner_url else {
            return Err(Error::new(
                Kind::Invalid,
                "owner_url_missing",
                "name the database as its owner in GEMBA_DATABASE_OWNER_URL (or database.owner_url); `gemba migrate --print-roles` prints the \
                 SQL that makes owner and database, and `gemba up` needs neither",
            ));
        };
        let migrated = migrate::migrate(owner).await?;
        let mut text = String::new();
        for name in &migrated.applied {
            text.push_str(&format!("applied {name}\n"));
        }
        text.push_str(&format!("the database is at version {}\n", migrated.version));
        files::print(&text).map_err(|failure| Error::internal(failure.message))
    })
}
