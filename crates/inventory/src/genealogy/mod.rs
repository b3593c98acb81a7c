//! Genealogy: which lots and serials went into which, and what became of them, over any depth.
//!
//! Links are appended when something is made ([`links`]). A walk ([`walk`]) goes level by level: one statement finds everything that the level
//! before leads to, so that a node is visited once however many ways lead to it, and loops end. A serial that is part of a lot is a step from one
//! to the other: who asks for a lot means its pieces too.
//!
//! **Invariant:** nothing here knows how deep or wide a product is; what bounds a walk is said in its answer.
//! **Invariant:** a recall has no bound: it names everything or fails.

pub(crate) mod http;
pub mod links;
pub mod names;
pub mod recall;
pub mod trace;
pub mod walk;

use platform::caller::Scope;
use platform::ids::PlantId;
use platform::resource::{Kind, Record as _};
use platform::{Error, Result, Tx};
use uuid::Uuid;

use crate::GENEALOGY_READ;
use crate::materials::{Lot, Serial};

/// Where a walk begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Start {
    /// The lot or serial.
    pub id: Uuid,
    /// The plant it lies in.
    pub plant: PlantId,
    /// Which of the two it is.
    pub is_lot: bool,
}

/// A lot from which the caller may trace.
///
/// # Errors
/// 404 where there is none or the caller may not see it; 403.
pub async fn from_lot(tx: &mut Tx, id: Uuid) -> Result<Start> {
    let sql = "select plant_id from lots where organization_id = $1 and id = $2";
    from(tx, sql, Lot::kind(), id, true).await
}

/// A serial from which the caller may trace.
///
/// # Errors
/// As [`from_lot`].
pub async fn from_serial(tx: &mut Tx, id: Uuid) -> Result<Start> {
    let sql = "select plant_id from serials where organization_id = $1 and id = $2";
    from(tx, sql, Serial::kind(), id, false).await
}

async fn from(tx: &mut Tx, sql: &'static str, kind: &'static Kind, id: Uuid, is_lot: bool) -> Result<Start> {
    let organization = tx.caller().organization;
    let row = tx.query_opt(sql, &[&organization, &id]).await?.ok_or_else(|| Error::not_found(&kind.noun()))?;
    let plant: PlantId = row.get(0);
    if !tx.caller().may(kind.verbs.read, Scope::Plant(plant)) {
        return Err(Error::not_found(&kind.noun()));
    }
    if tx.caller().policies_on(kind.verbs.read).is_some() {
        let record = platform::resource::find(tx, kind, id).await?;
        let seen = record.filter(|record| platform::resource::visible(tx.caller(), kind, record));
        seen.ok_or_else(|| Error::not_found(&kind.noun()))?;
    }
    tx.require(GENEALOGY_READ, Scope::Plant(plant))?;
    Ok(Start { id, plant, is_lot })
}
