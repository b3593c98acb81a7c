//! Accounts of the database that read the schema `bi` of one organization, for tools that speak SQL.
//!
//! The server may not make roles: an account is a row here, which says whose rows it sees, and SQL that a superuser runs once, which makes the role
//! that logs in. Its password is made here, shown once, and kept by the database as a SCRAM verifier only.
//!
//! **Invariant:** which organization a reader sees follows from the role that logged in and from nothing that a session can set.
//! **Invariant:** names of roles are made from identifiers: every role of a cluster sees them all, and they tell nobody's name.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::{Timestamp, ToSpan};
use ring::rand::SecureRandom;
use ring::{digest, hmac, pbkdf2};
use uuid::Uuid;

use crate::database::Tx;
use crate::error::{Error, FieldError, Result};
use crate::ids::PlantId;
use crate::postgres::password;

/// What is wanted of an account.
#[derive(Clone, Debug)]
pub struct NewAccount<'a> {
    /// What reads with it.
    pub name: &'a str,
    /// The plants whose rows it sees; none for all.
    pub plants: Vec<PlantId>,
    /// Days until it sees nothing any more, if ever.
    pub days: Option<u32>,
    /// Connections at the same time.
    pub connections: u32,
}

/// An account that was made.
#[derive(Clone, Debug)]
pub struct Made {
    /// The role that logs in.
    pub role: String,
    /// Its password, which nothing else knows.
    pub password: String,
    /// What a superuser runs in the database; it holds the password as a verifier only.
    pub sql: String,
}

/// An account that there is.
#[derive(Clone, Debug)]
pub struct Account {
    /// What reads with it.
    pub name: String,
    /// The role that logs in.
    pub role: String,
    /// How many plants it sees; none for all.
    pub plants: Option<usize>,
    /// When it ends by itself, if ever.
    pub expires_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// Makes an account. It sees nothing before its role is made.
///
/// # Errors
/// 409 `already_exists` where an open account has the name; 422 for a name that is none.
pub async fn open(tx: &mut Tx, new: &NewAccount<'_>) -> Result<Made> {
    let name = new.name.trim();
    if name.is_empty() || name.chars().count() > 100 || name.chars().any(char::is_control) {
        return Err(Error::invalid(vec![FieldError::new("/name", "bad_name", "expected a name of at most 100 characters")]));
    }
    if find(tx, name).await?.is_some() {
        return Err(Error::conflict("already_exists", format!("there is an account “{name}” already; close it first")));
    }
    let (organization, id, now) = (tx.caller().organization, tx.new_id::<Uuid>(), tx.now());
    let plants: Option<Vec<Uuid>> = (!new.plants.is_empty()).then(|| new.plants.iter().map(|plant| plant.0).collect());
    let expires_at = match new.days {
        Some(days) => Some(now.checked_add((i64::from(days) * 24).hours()).map_err(Error::internal)?),
        None => None,
    };
    let insert = "insert into bi_accounts (organization_id, id, name, plants, expires_at, created_at) values ($1, $2, $3, $4, $5, $6)
        returning role_name, current_database()::text";
    let row = tx.query_one(insert, &[&organization, &id, &name, &plants, &expires_at, &now]).await?;
    let (role, database): (String, String) = (row.get(0), row.get(1));
    let password = password(32);
    let sql = statements(&role, &database, &verifier(&password)?, new.connections, expires_at);
    Ok(Made { role, password, sql })
}

/// Closes the account of this name: it sees nothing any more at once. Returns what a superuser runs to be rid of its role.
///
/// # Errors
/// 404 where no open account has the name.
pub async fn close(tx: &mut Tx, name: &str) -> Result<String> {
    let id = find(tx, name.trim()).await?.ok_or_else(|| Error::not_found("account"))?;
    let (organization, now) = (tx.caller().organization, tx.now());
    let update =
        "update bi_accounts set closed_at = $3 where organization_id = $1 and id = $2 returning role_name, current_database()::text";
    let row = tx.query_one(update, &[&organization, &id, &now]).await?;
    let (role, database): (String, String) = (row.get(0), row.get(1));
    Ok(format!(
        "-- Run as a superuser of the database server; until then the role logs in and sees nothing.\n\
         select pg_terminate_backend(pid) from pg_stat_activity where usename = '{role}';\n\
         revoke connect on database {} from {role};\ndrop role {role};\n",
        quoted(&database)
    ))
}

/// The open accounts, by name.
///
/// # Errors
/// What the database refused.
pub async fn list(tx: &mut Tx) -> Result<Vec<Account>> {
    let organization = tx.caller().organization;
    let sql = "select name, role_name, cardinality(plants), expires_at, created_at from bi_accounts
        where organization_id = $1 and closed_at is null order by name";
    let rows = tx.query(sql, &[&organization]).await?;
    let account = |row: &tokio_postgres::Row| Account {
        name: row.get(0),
        role: row.get(1),
        plants: row.get::<_, Option<i32>>(2).and_then(|plants| usize::try_from(plants).ok()),
        expires_at: row.get(3),
        created_at: row.get(4),
    };
    Ok(rows.iter().map(account).collect())
}

async fn find(tx: &mut Tx, name: &str) -> Result<Option<Uuid>> {
    let organization = tx.caller().organization;
    let sql = "select id from bi_accounts where organization_id = $1 and name = $2 and closed_at is null";
    Ok(tx.query_opt(sql, &[&organization, &name]).await?.map(|row| row.get(0)))
}

/// What a superuser runs. The role's name is made of letters and digits, the verifier of Base64.
fn statements(role: &str, database: &str, verifier: &str, connections: u32, expires_at: Option<Timestamp>) -> String {
    let database = quoted(database);
    let until = expires_at.map_or_else(String::new, |at| format!(" valid until '{at}'"));
    format!(
        "-- Run as a superuser of the database server, in the database of Gemba; it can be run again.
-- What everybody may do in a fresh database and readers must not: temporary tables, locks and objects that outlive a transaction.
grant connect on database {database} to gemba_owner, gemba_app, gemba_auditor;
revoke connect, temporary on database {database} from public;
do $$
declare
    open regprocedure;
begin
    for open in select oid from pg_proc where pronamespace = 'pg_catalog'::regnamespace
        and (proname ~ '^pg_(try_)?advisory_' or proname in ('lo_create', 'lo_creat', 'lo_from_bytea', 'pg_notify'))
    loop
        execute format('revoke execute on function %s from public', open);
        execute format('grant execute on function %s to gemba_owner, gemba_app, gemba_auditor', open);
    end loop;
    if not exists (select from pg_roles where rolname = '{role}') then
        create role {role} login nosuperuser nobypassrls nocreatedb nocreaterole noreplication connection limit {connections}
            password '{verifier}'{until} in role gemba_bi;
    end if;
end $$;
alter role {role} set search_path = bi;
alter role {role} set default_transaction_read_only = on;
alter role {role} set statement_timeout = '60s';
alter role {role} set idle_in_transaction_session_timeout = '60s';
alter role {role} set temp_file_limit = '2GB';
grant connect on database {database} to {role};
"
    )
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// What the database keeps of a password (RFC 5802, RFC 7677), so that the password itself is in no statement and no log.
fn verifier(password: &str) -> Result<String> {
    let mut salt = [0; 16];
    ring::rand::SystemRandom::new().fill(&mut salt).map_err(|_| Error::internal("no randomness"))?;
    Ok(verifier_with(password, &salt))
}

const ROUNDS: std::num::NonZeroU32 = std::num::NonZeroU32::new(4096).expect("not zero");

fn verifier_with(password: &str, salt: &[u8]) -> String {
    let mut salted = [0; 32];
    pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, ROUNDS, salt, password.as_bytes(), &mut salted);
    let key = hmac::Key::new(hmac::HMAC_SHA256, &salted);
    let client = hmac::sign(&key, b"Client Key");
    let stored = digest::digest(&digest::SHA256, client.as_ref());
    let server = hmac::sign(&key, b"Server Key");
    format!("SCRAM-SHA-256${ROUNDS}:{}${}:{}", STANDARD.encode(salt), STANDARD.encode(stored), STANDARD.encode(server))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verifier_is_that_of_rfc_7677() {
        // The example exchange of section 3: its server signature and client proof follow from these keys.
        let salt = STANDARD.decode("W22ZaJ0SNY7soEsUEjb6gQ==").unwrap();
        let verifier = verifier_with("pencil", &salt);
        assert_eq!(
            verifier,
            "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="
        );
    }
}
