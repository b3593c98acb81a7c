//! What people call a record.

use uuid::Uuid;

use crate::database::{Sql, Tx};
use crate::error::Result;
use crate::resource::kind::Kind;

/// The text by which people tell this record from others, and its plant; nothing where it is not there or behind a wall.
pub(crate) async fn label(tx: &mut Tx, kind: &'static Kind, id: Uuid) -> Result<Option<(String, Option<Uuid>)>> {
    let plant = if kind.within.has_plant() { "t.plant_id" } else { "null::uuid" };
    let query = Sql::composed(format!(
        "select coalesce(t.{}::text, ''), {plant} from {} t where t.organization_id = $1 and t.id = $2",
        kind.label, kind.table
    ));
    let organization = tx.caller().organization;
    Ok(tx.query_opt(query, &[&organization, &id]).await?.map(|row| (row.get(0), row.get(1))))
}
