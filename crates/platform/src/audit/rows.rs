//! How entries, seals and statements lie in the database.
//!
//! **Invariant:** the text of a `jsonb` value is passed on byte for byte: reading it as numbers and writing it again would change what was
//! sealed.

use std::net::IpAddr;

use jiff::Timestamp;
use tokio_postgres::Row;
use tokio_postgres::types::{FromSql, Type};
use uuid::Uuid;

use crate::audit::chain::{Entry, Hex, Introduction, Ranges, Removal, Seal};
use crate::error::{Error, Result};

/// The columns of [`entry`], for a select from `audit_events`.
macro_rules! entry_columns {
    () => {
        "organization_id, id, occurred_at, plant_id, actor, ip, request_id, action, kind, record_id, outcome, before, after, detail"
    };
}
pub(super) use entry_columns;

/// The columns of [`seal`], for a select from `audit_seals`.
macro_rules! seal_columns {
    () => {
        "organization_id, number, first_entry, from_transaction, to_transaction, sealed_at, previous, leaves, root, hash, key, signature"
    };
}
pub(super) use seal_columns;

/// An entry from a row that begins with the [`entry_columns`].
pub(super) fn entry(row: &Row) -> Result<Entry> {
    Ok(Entry {
        organization: row.try_get(0)?,
        id: row.try_get(1)?,
        occurred_at: row.try_get(2)?,
        plant: row.try_get(3)?,
        actor: row.try_get(4)?,
        ip: row.try_get::<_, Option<Address>>(5)?.map(|address| address.0),
        request: row.try_get(6)?,
        action: row.try_get(7)?,
        kind: row.try_get(8)?,
        record: row.try_get(9)?,
        outcome: row.try_get(10)?,
        before: row.try_get::<_, Option<Document>>(11)?.map(|document| document.0),
        after: row.try_get::<_, Option<Document>>(12)?.map(|document| document.0),
        detail: row.try_get::<_, Option<Document>>(13)?.map(|document| document.0),
    })
}

/// A seal from a row that begins with the [`seal_columns`].
pub(super) fn seal(row: &Row) -> Result<Seal> {
    Ok(Seal {
        organization: row.try_get(0)?,
        number: unsigned(row, 1)?,
        first: unsigned(row, 2)?,
        from_transaction: unsigned(row, 3)?,
        to_transaction: unsigned(row, 4)?,
        sealed_at: row.try_get(5)?,
        previous: bytes(row, 6)?,
        leaves: row.try_get::<_, &[u8]>(7)?.chunks(32).map(Hex::of).collect::<Option<_>>().ok_or_else(damaged)?,
        root: bytes(row, 8)?,
        hash: bytes(row, 9)?,
        key: bytes(row, 10)?,
        signature: bytes(row, 11)?,
    })
}

/// A statement of removal from organization, entries, reason, instant, key and signature.
pub(super) fn removal(row: &Row) -> Result<Removal> {
    let entries: &str = row.try_get(1)?;
    Ok(Removal {
        organization: row.try_get::<_, Uuid>(0)?,
        // Ranges that nobody of ours wrote close no gap; the signature will not fit them either.
        entries: entries.parse::<Ranges>().unwrap_or_default(),
        reason: row.try_get(2)?,
        removed_at: row.try_get::<_, Timestamp>(3)?,
        key: bytes(row, 4)?,
        signature: bytes(row, 5)?,
    })
}

/// An introduction from key, introducer and signature.
pub(super) fn introduction(row: &Row) -> Result<Introduction> {
    Ok(Introduction { key: bytes(row, 0)?, by: bytes(row, 1)?, signature: bytes(row, 2)? })
}

pub(super) fn bytes<const N: usize>(row: &Row, column: usize) -> Result<Hex<N>> {
    Hex::of(row.try_get::<_, &[u8]>(column)?).ok_or_else(damaged)
}

pub(super) fn unsigned(row: &Row, column: usize) -> Result<u64> {
    row.try_get::<_, i64>(column)?.try_into().map_err(|_| damaged())
}

fn damaged() -> Error {
    Error::internal("a row of the audit trail has a form that no program of ours writes")
}

/// A transaction's number as `xid8` has it.
pub(super) struct Transaction(pub u64);

impl<'a> FromSql<'a> for Transaction {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Transaction(u64::from_be_bytes(raw.try_into()?)))
    }

    fn accepts(ty: &Type) -> bool {
        *ty == Type::XID8
    }
}

/// The text of a `jsonb` value.
struct Document(String);

impl<'a> FromSql<'a> for Document {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        // The binary form is a version, 1, and the text.
        match raw.split_first() {
            Some((1, text)) => Ok(Document(std::str::from_utf8(text)?.to_owned())),
            _ => Err("an unknown version of jsonb".into()),
        }
    }

    fn accepts(ty: &Type) -> bool {
        *ty == Type::JSONB
    }
}

/// An address, with the length of its mask where it is not a single one: nothing of the column may go unsealed.
struct Address(String);

impl<'a> FromSql<'a> for Address {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        let [_, bits, _, _, address @ ..] = raw else { return Err("an address without bytes".into()) };
        let ip: IpAddr = match address.len() {
            4 => <[u8; 4]>::try_from(address)?.into(),
            16 => <[u8; 16]>::try_from(address)?.into(),
            other => return Err(format!("an address of {other} bytes").into()),
        };
        let whole = usize::from(*bits) == 8 * address.len();
        Ok(Address(if whole { ip.to_string() } else { format!("{ip}/{bits}") }))
    }

    fn accepts(ty: &Type) -> bool {
        *ty == Type::INET
    }
}
