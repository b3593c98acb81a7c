//! Reading in bulk by programs for business intelligence: the views of the schema `bi` as an OData 4 feed, for Excel, Power BI and whatever else
//! speaks it. The same views are read over SQL by accounts of their own ([`accounts`]).
//!
//! A context declares which views it offers ([`Set`]); columns, types and what they mean come from the database, where the migration that makes a
//! view says so. `docs/bi.md` is made from both.
//!
//! **Invariant:** a row is shown only where its reader may export in bulk *and* read the records it is about, policies included; the database's walls
//! hold beneath that.
//! **Invariant:** nothing of an address is put into a statement: names come from the schema, values are parameters.
//! **Invariant:** a filter is bounded in length, depth and number of values before it is understood, and a statement in time.

pub mod accounts;
mod address;
mod apply;
mod filter;
mod http;
mod metadata;
mod options;
mod rows;
mod schema;

use std::sync::Arc;

use tokio::sync::OnceCell;

use crate::database::Tx;
use crate::error::Result;
use crate::permission::{Permission, PermissionInfo};
use crate::places::{Plant, Region};
use crate::resource::{Kind, Record as _};

pub use http::routes;
pub use schema::{Column, Schema, Table};

/// Read everything within reach in bulk.
pub const FEED_EXPORT: Permission = Permission("insight.feed.export");

/// What roles can grant here.
pub const PERMISSIONS: &[PermissionInfo] =
    &[PermissionInfo::plant("insight.feed.export", "Read in bulk with Excel, Power BI and other programs (OData)").sensitive()];

/// A view of the schema `bi` that is offered.
#[derive(Clone, Copy)]
pub struct Set {
    /// The view, and the entity set.
    pub name: &'static str,
    /// Columns that together name a row; never null.
    pub key: &'static [&'static str],
    /// Whose right to read it takes.
    pub of: Of,
}

/// What the rows of a set are about.
#[derive(Clone, Copy)]
pub enum Of {
    /// Nothing that anybody is kept from.
    Anybody,
    /// Something with a right of its own.
    Right(Permission),
    /// A record of this kind, which the column names: its rows show where the record shows.
    Record(fn() -> &'static Kind, &'static str),
}

/// Sets of what no context owns.
pub const SETS: &[Set] = &[
    Set { name: "about", key: &["organization_id"], of: Of::Anybody },
    Set { name: "days", key: &["day"], of: Of::Anybody },
    Set { name: "plants", key: &["plant_id"], of: Of::Record(Plant::kind, "plant_id") },
    Set { name: "regions", key: &["region_id"], of: Of::Record(Region::kind, "region_id") },
];

/// Everything that is offered. Cheap to clone.
#[derive(Clone)]
pub struct Feed {
    sets: Arc<Vec<Set>>,
    schema: Arc<OnceCell<Arc<Schema>>>,
}

impl Feed {
    /// A feed of these sets, in the order of their names.
    pub fn new(sets: impl IntoIterator<Item = Set>) -> Feed {
        let mut sets: Vec<Set> = sets.into_iter().collect();
        sets.sort_by_key(|set| set.name);
        Feed { sets: Arc::new(sets), schema: Arc::default() }
    }

    /// What the database says of them; asked once, as a migration changes it together with the program.
    ///
    /// # Errors
    /// What the database refused; `internal` for a set without a view.
    pub async fn schema(&self, tx: &mut Tx) -> Result<Arc<Schema>> {
        self.schema.get_or_try_init(|| async { Ok(Arc::new(Schema::read(tx, &self.sets).await?)) }).await.cloned()
    }
}
