//! What people call a record, and the record as policies are asked of it.

use serde_json::Value;
use uuid::Uuid;

use crate::database::{Sql, Tx};
use crate::error::Result;
use crate::ids::PlantId;
use crate::resource::kind::Kind;

/// A record as far as telling somebody of it needs it.
pub(crate) struct Labelled {
    /// The text by which people tell it from others.
    pub label: String,
    /// The plant it belongs to, if to one.
    pub plant: Option<PlantId>,
    /// The record, as the trail writes it.
    pub state: Value,
}

/// A record; nothing where it is not there or behind a wall. Whether the caller may see it is asked elsewhere.
pub(crate) async fn labelled(tx: &mut Tx, kind: &'static Kind, id: Uuid) -> Result<Option<Labelled>> {
    let plant = if kind.within.has_plant() { "t.plant_id" } else { "null::uuid" };
    let query = Sql::composed(format!(
        "select coalesce(t.{}::text, ''), {plant}, to_jsonb(t) from {} t where t.organization_id = $1 and t.id = $2",
        kind.label, kind.table
    ));
    let organization = tx.caller().organization;
    let row = tx.query_opt(query, &[&organization, &id]).await?;
    Ok(row.map(|row| Labelled { label: row.get(0), plant: row.get(1), state: row.get(2) }))
}
