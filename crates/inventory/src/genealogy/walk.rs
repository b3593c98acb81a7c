//! The walk itself: from a lot or serial, level by level, everything it leads to.
//!
//! **Invariant:** each node is visited once, at its smallest distance; a loop in the data ends the walk like any other known node.

use std::collections::HashSet;

use platform::{Result, Tx};
use uuid::Uuid;

use super::Start;

/// Which way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// To what it was made of.
    #[default]
    Backward,
    /// To what was made of it.
    Forward,
}

/// A lot or serial that was met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Node {
    /// Which.
    pub id: Uuid,
    /// Whether it is a lot; else it is a serial.
    pub is_lot: bool,
    /// How many steps from the beginning, which has 0.
    pub level: u32,
}

/// Everything that was met.
#[derive(Clone, Debug)]
pub struct Walk {
    /// The nodes, level by level, within a level by identifier; the first is the beginning.
    pub nodes: Vec<Node>,
    /// Whether a bound ended it before its end.
    pub is_cut: bool,
}

/// What bounds a walk.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Steps at most.
    pub depth: u32,
    /// Nodes at most.
    pub nodes: usize,
}

/// Walks as far as it goes or its bounds let it.
///
/// # Errors
/// What the database refused.
pub async fn walk(tx: &mut Tx, start: Start, direction: Direction, bounds: Bounds) -> Result<Walk> {
    let first = Node { id: start.id, is_lot: start.is_lot, level: 0 };
    let mut found = Walk { nodes: vec![first], is_cut: false };
    let mut known = HashSet::from([start.id]);
    let mut frontier = vec![start.id];
    let mut level = 0;
    while !frontier.is_empty() {
        let reached = step(tx, start, direction, &frontier).await?;
        let mut next: Vec<(Uuid, bool)> = reached.into_iter().filter(|(id, _)| known.insert(*id)).collect();
        if next.is_empty() {
            break;
        }
        if level == bounds.depth {
            found.is_cut = true;
            break;
        }
        level += 1;
        next.sort_unstable();
        let room = bounds.nodes.saturating_sub(found.nodes.len());
        if next.len() > room {
            found.is_cut = true;
            next.truncate(room);
        }
        found.nodes.extend(next.iter().map(|(id, is_lot)| Node { id: *id, is_lot: *is_lot, level }));
        frontier = next.into_iter().map(|(id, _)| id).collect();
    }
    Ok(found)
}

/// What one step leads to, each once. Both statements read nothing but indexes of the genealogy; the plant of the beginning narrows the part of
/// lots and serials, which no other plant has of its own.
async fn step(tx: &mut Tx, start: Start, direction: Direction, frontier: &[Uuid]) -> Result<Vec<(Uuid, bool)>> {
    const BACKWARD: &str =
        "select parent_id, parent_kind = 'lot' from genealogy where organization_id = $1 and child_id = any ($3) and plant_id = $2
        union
        select lot_id, true from serials where organization_id = $1 and id = any ($3) and plant_id = $2 and lot_id is not null";
    const FORWARD: &str =
        "select child_id, child_kind = 'lot' from genealogy where organization_id = $1 and parent_id = any ($3) and plant_id = $2
        union
        select id, false from serials where organization_id = $1 and plant_id = $2 and lot_id = any ($3)";
    let organization = tx.caller().organization;
    let sql = match direction {
        Direction::Backward => BACKWARD,
        Direction::Forward => FORWARD,
    };
    let rows = tx.query(sql, &[&organization, &start.plant, &frontier]).await?;
    Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
}
