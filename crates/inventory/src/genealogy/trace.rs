//! A trace as people look at it: the graph around a lot or serial, with who, when and where at every link.

use std::collections::{BTreeMap, HashSet};

use jiff::Timestamp;
use platform::{Result, Tx};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::Start;
use super::names::{Naming, Unnamed};
use super::walk::{Bounds, Direction, Node, walk};
use crate::stock::Named;

/// Steps of a trace where nothing is said, and at most.
const DEPTH: u32 = 10;
const DEEPEST: u32 = 100;
/// Nodes of a trace where nothing is said, and at most.
const NODES: usize = 1_000;
const MOST_NODES: usize = 10_000;

/// How a trace is wanted.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct TraceQuery {
    /// backward (what it was made of) or forward (what was made of it).
    #[param(inline)]
    pub direction: Option<Direction>,
    /// Steps at most.
    #[param(minimum = 1, maximum = 100, default = 10)]
    pub depth: Option<u32>,
    /// Nodes at most.
    #[param(minimum = 1, maximum = 10000, default = 1000)]
    pub limit: Option<usize>,
}

/// The graph around a lot or serial.
#[derive(Debug, Serialize, ToSchema)]
pub struct Trace {
    /// Which way.
    pub direction: Direction,
    /// The nodes, the nearest first; the first is what was asked for.
    pub nodes: Vec<TraceNode>,
    /// The links between them.
    pub links: Vec<TraceLink>,
    /// Whether there is more than was asked for: give a greater depth or limit.
    pub is_cut: bool,
}

/// A lot or serial.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TraceNode {
    /// Which.
    pub id: Uuid,
    /// lot or serial.
    #[schema(example = "serial")]
    pub kind: &'static str,
    /// As its label says.
    #[schema(example = "ULM26100042")]
    pub code: String,
    /// What it is.
    pub item: Named,
    /// What the item is called.
    #[schema(example = "Control unit")]
    pub item_name: String,
    /// Whether it may be used, or what became of it.
    #[schema(example = "available")]
    pub status: String,
    /// The lot of a serial.
    pub lot: Option<Named>,
    /// Last day it may be used.
    #[schema(value_type = Option<String>, format = Date)]
    pub expires_on: Option<jiff::civil::Date>,
    /// Who delivered it.
    pub supplier: Option<String>,
    /// What the supplier calls it.
    pub supplier_lot: Option<String>,
    /// How many steps from what was asked for.
    #[schema(example = 1)]
    pub level: u32,
}

/// That one went into the other.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TraceLink {
    /// What was made.
    pub child_id: Uuid,
    /// What it was made of.
    pub parent_id: Uuid,
    /// How much of it, in the unit of its item; none where only that is known, and for a serial that is part of a lot.
    #[schema(value_type = Option<String>, example = "2")]
    pub quantity: Option<Decimal>,
    /// When; none for a serial that is part of a lot.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub at: Option<Timestamp>,
    /// At which job.
    pub job_id: Option<Uuid>,
    /// The job's number, for whoever may see jobs.
    #[schema(example = "MO-1042/20")]
    pub job: Option<String>,
    /// For which manufacturing order.
    pub manufacturing_order_id: Option<Uuid>,
    /// The order's number, for whoever may see orders.
    #[schema(example = "MO-1042")]
    pub manufacturing_order: Option<String>,
    /// At which line.
    pub line: Option<Named>,
    /// At which machine.
    pub equipment: Option<Named>,
    /// By which operator.
    pub operator_id: Option<Uuid>,
    /// The operator's name, for whoever may see operators.
    #[schema(example = "Ana Ruiz")]
    pub operator: Option<String>,
    /// With which program.
    pub program: Option<String>,
}

/// The graph around a beginning, with orders, jobs and operators by the names that `naming` knows.
///
/// # Errors
/// What the database refused.
pub async fn trace(tx: &mut Tx, start: Start, query: &TraceQuery, naming: Naming) -> Result<Trace> {
    let direction = query.direction.unwrap_or_default();
    let bounds = Bounds { depth: query.depth.unwrap_or(DEPTH).clamp(1, DEEPEST), nodes: query.limit.unwrap_or(NODES).clamp(1, MOST_NODES) };
    let walked = walk(tx, start, direction, bounds).await?;
    let nodes = describe(tx, &walked.nodes).await?;
    let mut links = links(tx, &walked.nodes, direction).await?;
    let unnamed = Unnamed {
        orders: links.iter().filter_map(|link| link.manufacturing_order_id).collect(),
        jobs: links.iter().filter_map(|link| link.job_id).collect(),
        operators: links.iter().filter_map(|link| link.operator_id).collect(),
    };
    let names = naming.of(tx, start.plant, unnamed).await?;
    for link in &mut links {
        link.manufacturing_order = link.manufacturing_order_id.and_then(|id| names.orders.get(&id)).map(|order| order.code.clone());
        link.job = link.job_id.and_then(|id| names.jobs.get(&id)).cloned();
        link.operator = link.operator_id.and_then(|id| names.operators.get(&id)).cloned();
    }
    Ok(Trace { direction, nodes, links, is_cut: walked.is_cut })
}

/// Nodes as people know them, in their order. One that the caller may not see is left out.
///
/// # Errors
/// What the database refused.
pub async fn describe(tx: &mut Tx, nodes: &[Node]) -> Result<Vec<TraceNode>> {
    let organization = tx.caller().organization;
    let of = |is_lot: bool| -> Vec<Uuid> { nodes.iter().filter(|node| node.is_lot == is_lot).map(|node| node.id).collect() };
    let (lots, serials) = (of(true), of(false));
    let mut known: BTreeMap<Uuid, TraceNode> = BTreeMap::new();
    if !lots.is_empty() {
        let sql = "select l.id, l.code, i.id, i.code, i.name, l.status, null::uuid, null::text, l.expires_on, s.name, l.supplier_lot
            from lots l join items i on i.organization_id = $1 and i.id = l.item_id
            left join suppliers s on s.organization_id = $1 and s.id = l.supplier_id
            where l.organization_id = $1 and l.id = any ($2)";
        let rows = tx.query(sql, &[&organization, &lots]).await?;
        known.extend(rows.iter().map(|row| (row.get(0), node(row, "lot"))));
    }
    if !serials.is_empty() {
        let sql = "select n.id, n.code, i.id, i.code, i.name, n.status, l.id, l.code, l.expires_on, s.name, l.supplier_lot
            from serials n join items i on i.organization_id = $1 and i.id = n.item_id
            left join lots l on l.organization_id = $1 and l.id = n.lot_id
            left join suppliers s on s.organization_id = $1 and s.id = l.supplier_id
            where n.organization_id = $1 and n.id = any ($2)";
        let rows = tx.query(sql, &[&organization, &serials]).await?;
        known.extend(rows.iter().map(|row| (row.get(0), node(row, "serial"))));
    }
    let described = nodes.iter().filter_map(|node| known.remove(&node.id).map(|known| TraceNode { level: node.level, ..known }));
    Ok(described.collect())
}

fn node(row: &tokio_postgres::Row, kind: &'static str) -> TraceNode {
    TraceNode {
        id: row.get(0),
        kind,
        code: row.get(1),
        item: Named { id: row.get(2), code: row.get(3) },
        item_name: row.get(4),
        status: row.get(5),
        lot: Named::of(row.get(6), row.get(7)),
        expires_on: row.get(8),
        supplier: row.get(9),
        supplier_lot: row.get(10),
        level: 0,
    }
}

/// Links between nodes of a walk, in the order of time. Found by one end and compared by the other here: asked for both, the database would try every
/// pair.
async fn links(tx: &mut Tx, nodes: &[Node], direction: Direction) -> Result<Vec<TraceLink>> {
    let organization = tx.caller().organization;
    let ids: Vec<Uuid> = nodes.iter().map(|node| node.id).collect();
    const COLUMNS: [&str; 2] = [
        "select g.child_id, g.parent_id, g.quantity, g.at, g.job_id, g.manufacturing_order_id, n.id, n.name, e.id, e.code, g.operator_id, g.program
            from genealogy g
            left join lines n on n.organization_id = $1 and n.id = g.line_id
            left join equipment e on e.organization_id = $1 and e.id = g.equipment_id
            where g.organization_id = $1 and g.child_id = any ($2)
            order by g.at, g.child_id, g.parent_id limit 50000",
        "select g.child_id, g.parent_id, g.quantity, g.at, g.job_id, g.manufacturing_order_id, n.id, n.name, e.id, e.code, g.operator_id, g.program
            from genealogy g
            left join lines n on n.organization_id = $1 and n.id = g.line_id
            left join equipment e on e.organization_id = $1 and e.id = g.equipment_id
            where g.organization_id = $1 and g.parent_id = any ($2)
            order by g.at, g.child_id, g.parent_id limit 50000",
    ];
    let sql = match direction {
        Direction::Backward => COLUMNS[0],
        Direction::Forward => COLUMNS[1],
    };
    let known: HashSet<Uuid> = ids.iter().copied().collect();
    let rows = tx.query(sql, &[&organization, &ids]).await?;
    let mut links: Vec<TraceLink> = rows
        .iter()
        .filter(|row| known.contains(&row.get(0)) && known.contains(&row.get(1)))
        .map(|row| TraceLink {
            child_id: row.get(0),
            parent_id: row.get(1),
            quantity: row.get::<_, Option<Decimal>>(2).map(|quantity| quantity.normalize()),
            at: row.get(3),
            job_id: row.get(4),
            job: None,
            manufacturing_order_id: row.get(5),
            manufacturing_order: None,
            line: Named::of(row.get(6), row.get(7)),
            equipment: Named::of(row.get(8), row.get(9)),
            operator_id: row.get(10),
            operator: None,
            program: row.get(11),
        })
        .collect();
    let part = "select id, lot_id from serials where organization_id = $1 and id = any ($2) and lot_id is not null order by id";
    let rows = tx.query(part, &[&organization, &ids]).await?;
    links.extend(rows.iter().filter(|row| known.contains(&row.get(1))).map(|row| {
        let (serial, lot): (Uuid, Uuid) = (row.get(0), row.get(1));
        let (child_id, parent_id) = (serial, lot);
        TraceLink {
            child_id,
            parent_id,
            quantity: None,
            at: None,
            job_id: None,
            job: None,
            manufacturing_order_id: None,
            manufacturing_order: None,
            line: None,
            equipment: None,
            operator_id: None,
            operator: None,
            program: None,
        }
    }));
    Ok(links)
}
