//! What the attributes of a declaration cannot say.

use std::future::Future;

use futures_util::future::BoxFuture;
use serde_json::{Map, Value};

use crate::database::Tx;
use crate::error::{Error, FieldError, Result};
use crate::resource::kind::{Kinds, Record, Type};

/// What rules may look things up in.
pub struct Sight<'a> {
    /// The transaction of the change; it sees what the caller may see.
    pub tx: &'a mut Tx,
    /// All kinds of the program.
    pub kinds: &'a Kinds,
}

/// The rules of a kind of record beyond its attributes. Every one may be left as it is.
pub trait Rules: Sized {
    /// Fills in what was left open and follows from the rest. Runs before everything is checked.
    fn complete(&mut self) {}

    /// Whether the values fit together, and what is stored already. `before` is the record as it is, for a change. Errors carry pointers from
    /// the record: `/shifts/2/starts_at`.
    ///
    /// # Errors
    /// When looking something up failed; what is wrong with the record is in the list.
    fn check(&self, before: Option<&Self>, sight: &mut Sight<'_>) -> impl Future<Output = Result<Vec<FieldError>>> + Send {
        let _ = (before, sight);
        async { Ok(Vec::new()) }
    }

    /// Whether the records of a request fit together once all are stored: loops, totals over several records. What it refuses is undone.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    fn confirm(&self, sight: &mut Sight<'_>) -> impl Future<Output = Result<Vec<FieldError>>> + Send {
        let _ = sight;
        async { Ok(Vec::new()) }
    }

    /// Whether it may be archived; that nothing refers to it any more was checked before.
    ///
    /// # Errors
    /// What speaks against it, 409.
    fn archive(&self, sight: &mut Sight<'_>) -> impl Future<Output = Result<()>> + Send {
        let _ = sight;
        async { Ok(()) }
    }

    /// What goes with its being taken back into use; what is refused here is undone.
    ///
    /// # Errors
    /// What speaks against it, 409.
    fn restore(&self, sight: &mut Sight<'_>) -> impl Future<Output = Result<()>> + Send {
        let _ = sight;
        async { Ok(()) }
    }
}

type Checking<'a> = BoxFuture<'a, Result<Vec<FieldError>>>;

/// The rules of a kind, for records as JSON.
#[derive(Clone, Copy, Debug)]
pub struct Hooks {
    pub(super) complete: fn(&mut Map<String, Value>) -> Result<()>,
    pub(super) check: for<'a> fn(&'a Map<String, Value>, Option<&'a Map<String, Value>>, Sight<'a>) -> Checking<'a>,
    pub(super) confirm: for<'a> fn(&'a Map<String, Value>, Sight<'a>) -> Checking<'a>,
    pub(super) archive: for<'a> fn(&'a Map<String, Value>, Sight<'a>) -> BoxFuture<'a, Result<()>>,
    pub(super) restore: for<'a> fn(&'a Map<String, Value>, Sight<'a>) -> BoxFuture<'a, Result<()>>,
}

impl Hooks {
    /// Those of `T`.
    pub const fn of<T: Record>() -> Hooks {
        Hooks { complete: complete::<T>, check: check::<T>, confirm: confirm::<T>, archive: archive::<T>, restore: restore::<T> }
    }
}

fn typed<T: Record>(record: &Map<String, Value>) -> Result<T> {
    T::deserialize(Value::Object(record.clone())).map_err(Error::internal)
}

fn complete<T: Record>(record: &mut Map<String, Value>) -> Result<()> {
    let mut typed = typed::<T>(record)?;
    let before = serde_json::to_value(&typed).map_err(Error::internal)?;
    typed.complete();
    let Value::Object(completed) = serde_json::to_value(typed).map_err(Error::internal)? else { return Ok(()) };
    for field in T::kind().fields {
        // An instant that nothing filled in stays as the database writes it, so that it does not count as changed.
        let is_same = |value: &&Value| matches!(field.ty, Type::Instant) && before.get(field.name) == Some(value);
        if let Some(value) = completed.get(field.name).filter(|value| !is_same(value)) {
            record.insert(field.name.into(), value.clone());
        }
    }
    Ok(())
}

fn check<'a, T: Record>(record: &'a Map<String, Value>, before: Option<&'a Map<String, Value>>, mut sight: Sight<'a>) -> Checking<'a> {
    Box::pin(async move {
        let before = before.map(typed::<T>).transpose()?;
        typed::<T>(record)?.check(before.as_ref(), &mut sight).await
    })
}

fn confirm<'a, T: Record>(record: &'a Map<String, Value>, mut sight: Sight<'a>) -> Checking<'a> {
    Box::pin(async move { typed::<T>(record)?.confirm(&mut sight).await })
}

fn archive<'a, T: Record>(record: &'a Map<String, Value>, mut sight: Sight<'a>) -> BoxFuture<'a, Result<()>> {
    Box::pin(async move { typed::<T>(record)?.archive(&mut sight).await })
}

fn restore<'a, T: Record>(record: &'a Map<String, Value>, mut sight: Sight<'a>) -> BoxFuture<'a, Result<()>> {
    Box::pin(async move { typed::<T>(record)?.restore(&mut sight).await })
}
