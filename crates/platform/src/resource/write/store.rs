//! Writing what is right: many records by one statement, and the blame where the database refuses one of them.

use std::collections::HashMap;

use serde_json::Value;

use super::Stored;
use super::draft::{Draft, members};
use crate::database::Tx;
use crate::error::{Error, FieldError, Kind as Family, Result};
use crate::resource::kind::Kind;
use crate::resource::statements::Statements;

/// Writes the drafts that are right, at once; where the database refuses one of several, one by one, so that it gets the blame.
pub(super) async fn store_all(tx: &mut Tx, kind: &'static Kind, drafts: &mut [Draft]) -> Result<Stored> {
    let refused = match store(tx, kind, drafts).await {
        Err(error) if drafts.len() > 1 && matches!(error.kind, Family::Conflict | Family::Invalid) => error,
        done => return done,
    };
    tracing::debug!(%refused, kind = kind.name, "the database refused one of several records");
    tx.back_to_savepoint().await?;
    let mut stored = HashMap::new();
    for draft in drafts.iter_mut() {
        tx.savepoint().await?;
        match store(tx, kind, std::slice::from_ref(draft)).await {
            Ok(one) => stored.extend(one),
            Err(error) if matches!(error.kind, Family::Conflict | Family::Invalid) => {
                tx.back_to_savepoint().await?;
                draft.wrong("", error.code, error.detail);
            }
            Err(error) => return Err(error),
        }
        // The point before all rows is the one to return to.
        tx.release_savepoint().await?;
    }
    Ok(stored)
}

/// Writes the drafts that are right and differ from what is stored.
async fn store(tx: &mut Tx, kind: &'static Kind, drafts: &[Draft]) -> Result<Stored> {
    let mut stored = HashMap::new();
    let right = || drafts.iter().filter(|draft| draft.errors.is_empty());
    let rows = |drafts: Vec<&Draft>| Value::Array(drafts.into_iter().map(|draft| Value::Object(draft.after.clone())).collect());
    let fresh = rows(right().filter(|draft| draft.before.is_none()).collect());
    let changed = rows(right().filter(|draft| draft.before.is_some() && draft.is_changed()).collect());
    let statements = Statements::of(kind);
    let (organization, now) = (tx.caller().organization, tx.now());
    for (statement, rows) in [(&statements.insert, fresh), (&statements.update, changed)] {
        if rows.as_array().is_some_and(Vec::is_empty) {
            continue;
        }
        let written = tx.query(statement.clone(), &[&organization, &rows, &now]).await.map_err(|error| refused(kind, error))?;
        stored.extend(written.iter().filter_map(|row| Some((row.get(0), members(row.get(1))?))));
    }
    Ok(stored)
}

/// What only the database noticed: another request was faster, or values contradict each other in a way that no rule of the kind names.
pub(in crate::resource) fn refused(kind: &Kind, error: Error) -> Error {
    use tokio_postgres::error::SqlState;
    let constraint = error.constraint().unwrap_or_default().to_string();
    let what = constraint.strip_prefix(kind.table).unwrap_or(&constraint).trim_matches('_').replace('_', " ");
    match error.sql_state() {
        Some(&SqlState::UNIQUE_VIOLATION) => {
            Error::conflict("taken", format!("there is already {} like it ({what})", kind.a_noun())).because(error)
        }
        Some(&SqlState::CHECK_VIOLATION) => {
            Error::invalid(vec![FieldError::new("", "contradiction", format!("the values do not fit together ({what})"))]).because(error)
        }
        Some(&SqlState::NUMERIC_VALUE_OUT_OF_RANGE) => {
            Error::invalid(vec![FieldError::new("", "too_large", "a number is larger than can be stored")]).because(error)
        }
        _ => error,
    }
}
