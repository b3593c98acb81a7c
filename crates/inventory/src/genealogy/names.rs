//! What other contexts call the orders, jobs and operators that the genealogy names by identifiers. The server joins their [`Namer`].
//!
//! **Invariant:** whoever names something names only what the caller may see; what is not named keeps its identifier.

use std::collections::BTreeMap;

use futures_util::future::BoxFuture;
use platform::ids::PlantId;
use platform::{Result, Tx};
use uuid::Uuid;

/// What is to be named.
#[derive(Clone, Debug, Default)]
pub struct Unnamed {
    /// Manufacturing orders.
    pub orders: Vec<Uuid>,
    /// Jobs.
    pub jobs: Vec<Uuid>,
    /// Operators.
    pub operators: Vec<Uuid>,
}

/// An order by its names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrderNames {
    /// Its number.
    pub code: String,
    /// For whom it was made, if for one.
    pub customer: Option<String>,
}

/// What could be named.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// Manufacturing orders.
    pub orders: BTreeMap<Uuid, OrderNames>,
    /// Jobs, as their travellers have them.
    pub jobs: BTreeMap<Uuid, String>,
    /// Operators, as people call them.
    pub operators: BTreeMap<Uuid, String>,
}

/// Names things of a plant, as far as the caller may see them.
pub type Namer = for<'a> fn(&'a mut Tx, PlantId, &'a Unnamed) -> BoxFuture<'a, Result<Names>>;

/// The one who names, as a part of the server; nothing is named where there is none.
#[derive(Clone, Copy, Default)]
pub struct Naming(pub Option<Namer>);

impl Naming {
    /// The names of all of it.
    ///
    /// # Errors
    /// What the database refused.
    pub async fn of(self, tx: &mut Tx, plant: PlantId, mut unnamed: Unnamed) -> Result<Names> {
        for ids in [&mut unnamed.orders, &mut unnamed.jobs, &mut unnamed.operators] {
            ids.sort_unstable();
            ids.dedup();
        }
        let is_nothing = unnamed.orders.is_empty() && unnamed.jobs.is_empty() && unnamed.operators.is_empty();
        match self.0.filter(|_| !is_nothing) {
            Some(namer) => namer(tx, plant, &unnamed).await,
            None => Ok(Names::default()),
        }
    }
}
