//! The roles and the database of the private cluster, seen to at every start: what is there is left, what is missing is made.

use std::path::Path;

use tokio_postgres::{Client, NoTls};

use super::folder::Passwords;
use crate::error::{Error, Result};

/// The role that made the cluster. Used here and nowhere else.
pub(super) const ADMIN: &str = "gemba_admin";

/// Makes the roles with their passwords, and the database `gemba`.
pub(super) async fn ensure(socket: &Path, passwords: &Passwords) -> Result<()> {
    let url = url(socket, ADMIN, &passwords.admin, "postgres");
    let client = connect(&url).await?;
    // A refused statement is logged with its text, and these texts hold passwords.
    client.batch_execute("set log_min_error_statement = panic; set log_statement = 'none'; set log_min_duration_statement = -1").await?;
    crate::database::migrate::ensure_roles(&url).await?;
    for (role, password) in [("gemba_owner", &passwords.owner), ("gemba_app", &passwords.app), ("gemba_auditor", &passwords.auditor)] {
        // Letters and digits only, as they were made; anything else did not come from here.
        if !password.chars().all(|letter| letter.is_ascii_alphanumeric()) {
            return Err(Error::conflict(
                "data_folder_damaged",
                "the passwords in secrets/postgres.json were changed: put the file back from a backup",
            ));
        }
        client.batch_execute(&format!("alter role {role} login password '{password}'")).await?;
    }
    if client.query_opt("select 1 from pg_database where datname = 'gemba'", &[]).await?.is_none() {
        client.batch_execute("create database gemba owner gemba_owner").await?;
        client.batch_execute("revoke connect, temporary on database gemba from public").await?;
        client.batch_execute("grant connect on database gemba to gemba_app, gemba_auditor").await?;
    }
    Ok(())
}

/// The address of a database behind the socket in `folder`, in key words and values.
pub(super) fn url(folder: &Path, role: &str, password: &str, database: &str) -> String {
    let folder = folder.display().to_string().replace('\\', "\\\\").replace('\'', "\\'");
    format!("host='{folder}' port=5432 user={role} password={password} dbname={database}")
}

/// Connects, or says why not.
pub(super) async fn connect(url: &str) -> Result<Client, tokio_postgres::Error> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}
