//! A recall: everything that a lot went into, with where it is now, in one call.
//!
//! **Invariant:** the list is whole, however long it is; it comes in pages or as one file of comma-separated values.

use std::collections::BTreeMap;

use platform::http::{Cursor, Page};
use platform::{Error, Result, Tx};
use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::Start;
use super::trace::{TraceNode, describe};
use super::walk::{Bounds, Direction, Walk, walk};

/// Everything that a lot went into.
#[derive(Debug, Serialize, ToSchema)]
pub struct Recall {
    /// How much that is.
    pub totals: RecallTotals,
    /// A page of it, the nearest first; the first of all is the lot itself.
    pub items: Vec<Recalled>,
    /// Give it as `cursor` to get the next page; null on the last.
    pub next_cursor: Option<String>,
}

/// How much is recalled.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct RecallTotals {
    /// Lots, the one asked for included.
    #[schema(example = 4)]
    pub lots: usize,
    /// Pieces with serials.
    #[schema(example = 50000)]
    pub serials: usize,
    /// The greatest distance.
    #[schema(example = 3)]
    pub levels: u32,
}

/// Something that is recalled, and where it is.
#[derive(Debug, Serialize, ToSchema)]
pub struct Recalled {
    /// What it is.
    #[serde(flatten)]
    pub node: TraceNode,
    /// What of it is in stock.
    #[schema(value_type = String, example = "1")]
    pub in_stock: Decimal,
    /// Where: the codes of the places.
    #[schema(example = json!(["FG-01"]))]
    pub locations: Vec<String>,
}

/// No recall ends before its end: the walk itself is bounded by what the plant has.
const WHOLE: Bounds = Bounds { depth: u32::MAX, nodes: usize::MAX };

const SORT: &str = "level,id";

/// A page of everything that a lot or serial went into.
///
/// # Errors
/// 400 for a cursor of another list.
pub async fn page(tx: &mut Tx, start: Start, page: &Page) -> Result<Recall> {
    let walked = walk(tx, start, Direction::Forward, WHOLE).await?;
    let from = match &page.after {
        None => 0,
        Some(cursor) => {
            cursor.of_sort(SORT)?;
            let level = cursor.values.first().and_then(serde_json::Value::as_u64).unwrap_or_default();
            walked.nodes.partition_point(|node| (u64::from(node.level), node.id) <= (level, cursor.id))
        }
    };
    let limit = page.limit as usize;
    let part = &walked.nodes[from..walked.nodes.len().min(from + limit)];
    let is_more = from + part.len() < walked.nodes.len();
    let next_cursor =
        part.last().filter(|_| is_more).map(|last| Cursor { sort: SORT.into(), values: vec![json!(last.level)], id: last.id }.text());
    let described = describe(tx, part).await?;
    Ok(Recall { totals: totals(&walked), items: located(tx, described).await?, next_cursor })
}

fn totals(walked: &Walk) -> RecallTotals {
    let lots = walked.nodes.iter().filter(|node| node.is_lot).count();
    let levels = walked.nodes.last().map_or(0, |node| node.level);
    RecallTotals { lots, serials: walked.nodes.len() - lots, levels }
}

/// Nodes with where they are.
async fn located(tx: &mut Tx, nodes: Vec<TraceNode>) -> Result<Vec<Recalled>> {
    let organization = tx.caller().organization;
    let ids: Vec<Uuid> = nodes.iter().map(|node| node.id).collect();
    // A piece is its own stock; a lot is what of it has no serials.
    let sql = "select coalesce(s.serial_id, s.lot_id), sum(s.quantity), array_agg(distinct p.code order by p.code)
        from stock s join locations p on p.organization_id = $1 and p.id = s.location_id
        where s.organization_id = $1 and s.quantity > 0 and (s.serial_id = any ($2) or (s.serial_id is null and s.lot_id = any ($2)))
        group by 1";
    let rows = tx.query(sql, &[&organization, &ids]).await?;
    let mut there: BTreeMap<Uuid, (Decimal, Vec<String>)> = rows.iter().map(|row| (row.get(0), (row.get(1), row.get(2)))).collect();
    let placed = nodes.into_iter().map(|node| {
        let (in_stock, locations) = there.remove(&node.id).unwrap_or_default();
        Recalled { node, in_stock: in_stock.normalize(), locations }
    });
    Ok(placed.collect())
}

/// The whole list as comma-separated values (RFC 4180), UTF-8 with its mark, so that Excel reads it rightly.
///
/// # Errors
/// What the database refused.
pub async fn csv(tx: &mut Tx, start: Start) -> Result<String> {
    let walked = walk(tx, start, Direction::Forward, WHOLE).await?;
    let mut text = String::from("\u{feff}level,kind,code,item,item name,lot,status,in stock,locations\r\n");
    for part in walked.nodes.chunks(10_000) {
        let described = describe(tx, part).await?;
        for one in located(tx, described).await? {
            let node = &one.node;
            let lot = node.lot.as_ref().map(|lot| lot.code.as_str()).unwrap_or_default();
            let (level, in_stock, places) = (node.level.to_string(), one.in_stock.to_string(), one.locations.join(" "));
            let cells = [&level, node.kind, &node.code, &node.item.code, &node.item_name, lot, &node.status, &in_stock, &places];
            let cells: Vec<String> = cells.into_iter().map(cell).collect();
            text.push_str(&cells.join(","));
            text.push_str("\r\n");
        }
    }
    if text.len() > MOST_BYTES {
        return Err(Error::conflict("too_long", "the list is longer than one file may be: read it in pages"));
    }
    Ok(text)
}

/// A file at most (bytes): some four million rows.
const MOST_BYTES: usize = 512 << 20;

/// A cell: quoted where it has to be, and never a formula for whoever opens it.
fn cell(text: &str) -> String {
    let text = if text.starts_with(['=', '+', '-', '@', '\t']) { format!("'{text}") } else { text.to_owned() };
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::cell;

    #[test]
    fn a_cell_is_quoted_where_it_has_to_be_and_never_a_formula() {
        for (text, wanted) in [("plain", "plain"), ("a,b", "\"a,b\""), ("say \"x\"", "\"say \"\"x\"\"\""), ("=1+1", "'=1+1"), ("", "")] {
            assert_eq!(cell(text), wanted);
        }
    }
}
