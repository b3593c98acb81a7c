//! A recall: everything that a lot went into, with where it is now, in one call.
//!
//! **Invariant:** the list is whole, however long it is; it comes in pages, as comma-separated values that are sent as they are read, or as a workbook.
//! **Invariant:** whoever takes it as a file is in the trail; a workbook that could not be made was not taken.

use std::collections::BTreeMap;

use factory::partners::Customer;
use futures_util::stream::{self, Stream};
use jiff::Timestamp;
use platform::caller::Scope;
use platform::http::{App, Cursor, Page};
use platform::ids::PlantId;
use platform::resource::{Record as _, Sheet};
use platform::{Caller, Error, Result, Tx};
use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::json;
use tokio_postgres::Row;
use utoipa::ToSchema;
use uuid::Uuid;

use super::Start;
use super::names::{Naming, Unnamed};
use super::trace::{TraceNode, describe};
use super::walk::{Bounds, Direction, Node, Walk, walk};
use crate::GENEALOGY_READ;

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

/// Something that is recalled: where it was made, for whom, where it is, and how much of it has gone.
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
    /// Which manufacturing order made it last, if one did.
    pub manufacturing_order_id: Option<Uuid>,
    /// The order's number, for whoever may see orders.
    #[schema(example = "MO-1042")]
    pub manufacturing_order: Option<String>,
    /// For whom that was made, for whoever may see customers; else for whom the item is.
    #[schema(example = "Nordwind Drives")]
    pub customer: Option<String>,
    /// When it was made.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub made_at: Option<Timestamp>,
    /// At which line.
    #[schema(example = "SMT-01")]
    pub line: Option<String>,
    /// What of it was given out and used by no order: shipped, as far as the ledger knows.
    #[schema(value_type = String, example = "0")]
    pub gone_out: Decimal,
    /// When that was last.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub gone_out_at: Option<Timestamp>,
    /// The paper beside it: delivery note, customer order.
    #[schema(example = "DN 80114")]
    pub gone_out_reference: Option<String>,
    /// What of it was thrown away.
    #[schema(value_type = String, example = "0")]
    pub scrapped: Decimal,
}

/// No recall ends before its end: the walk itself is bounded by what the plant has.
const WHOLE: Bounds = Bounds { depth: u32::MAX, nodes: usize::MAX };

const SORT: &str = "level,id";

/// A page of everything that a lot or serial went into.
///
/// # Errors
/// 400 for a cursor of another list.
pub async fn page(tx: &mut Tx, start: Start, page: &Page, naming: Naming) -> Result<Recall> {
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
    Ok(Recall { totals: totals(&walked), items: recalled(tx, start.plant, part, naming).await?, next_cursor })
}

fn totals(walked: &Walk) -> RecallTotals {
    let lots = walked.nodes.iter().filter(|node| node.is_lot).count();
    let levels = walked.nodes.last().map_or(0, |node| node.level);
    RecallTotals { lots, serials: walked.nodes.len() - lots, levels }
}

/// Nodes with where they were made, where they are and what has gone of them. A few statements, however many nodes there are.
async fn recalled(tx: &mut Tx, plant: PlantId, nodes: &[Node], naming: Naming) -> Result<Vec<Recalled>> {
    let organization = tx.caller().organization;
    let described = describe(tx, nodes).await?;
    let ids: Vec<Uuid> = nodes.iter().map(|node| node.id).collect();
    // A piece is its own stock; a lot is what of it has no serials.
    let lies = "select coalesce(s.serial_id, s.lot_id), sum(s.quantity), array_agg(distinct p.code order by p.code)
        from stock s join locations p on p.organization_id = $1 and p.id = s.location_id
        where s.organization_id = $1 and s.quantity > 0 and (s.serial_id = any ($2) or (s.serial_id is null and s.lot_id = any ($2)))
        group by 1";
    let lies = tx.query(lies, &[&organization, &ids]).await?;
    let mut lies: BTreeMap<Uuid, (Decimal, Vec<String>)> = lies.iter().map(|row| (row.get(0), (row.get(1), row.get(2)))).collect();
    let gone = "select coalesce(m.serial_id, m.lot_id), coalesce(-sum(m.quantity) filter (where m.kind = 'issue'), 0),
            max(m.at) filter (where m.kind = 'issue'),
            (array_agg(m.reference order by m.at desc) filter (where m.kind = 'issue' and m.reference is not null))[1],
            coalesce(-sum(m.quantity) filter (where m.kind = 'scrap'), 0)
        from stock_movements m
        where m.organization_id = $1 and (m.kind = 'scrap' or (m.kind = 'issue' and m.manufacturing_order_id is null and m.job_id is null))
            and (m.serial_id = any ($2) or (m.serial_id is null and m.lot_id = any ($2)))
        group by 1";
    let gone = tx.query(gone, &[&organization, &ids]).await?;
    let mut gone: BTreeMap<Uuid, &Row> = gone.iter().map(|row| (row.get(0), row)).collect();
    let made = "select distinct on (g.child_id) g.child_id, g.manufacturing_order_id, g.at, n.name
        from genealogy g left join lines n on n.organization_id = $1 and n.id = g.line_id
        where g.organization_id = $1 and g.child_id = any ($2) and (g.quantity is null or g.quantity > 0) order by g.child_id, g.at desc";
    let made = tx.query(made, &[&organization, &ids]).await?;
    let mut made: BTreeMap<Uuid, &Row> = made.iter().map(|row| (row.get(0), row)).collect();
    let orders = made.values().filter_map(|row| row.get::<_, Option<Uuid>>(1)).collect();
    let names = naming.of(tx, plant, Unnamed { orders, ..Unnamed::default() }).await?;
    let customers = customers(tx, &described).await?;
    let placed = described.into_iter().map(|node| {
        let (in_stock, locations) = lies.remove(&node.id).unwrap_or_default();
        let (gone, made) = (gone.remove(&node.id), made.remove(&node.id));
        let quantity = |at: usize| gone.map(|row| row.get::<_, Decimal>(at)).unwrap_or_default().normalize();
        let order: Option<Uuid> = made.and_then(|row| row.get(1));
        let named = order.and_then(|order| names.orders.get(&order));
        Recalled {
            in_stock: in_stock.normalize(),
            locations,
            manufacturing_order_id: order,
            manufacturing_order: named.map(|order| order.code.clone()),
            customer: named.and_then(|order| order.customer.clone()).or_else(|| customers.get(&node.item.id).cloned()),
            made_at: made.and_then(|row| row.get(2)),
            line: made.and_then(|row| row.get(3)),
            gone_out: quantity(1),
            gone_out_at: gone.and_then(|row| row.get(2)),
            gone_out_reference: gone.and_then(|row| row.get(3)),
            scrapped: quantity(4),
            node,
        }
    });
    Ok(placed.collect())
}

/// For whom items are, as far as the caller may see customers.
async fn customers(tx: &mut Tx, nodes: &[TraceNode]) -> Result<BTreeMap<Uuid, String>> {
    if !tx.caller().may_somewhere(Customer::kind().verbs.read) {
        return Ok(BTreeMap::new());
    }
    let organization = tx.caller().organization;
    let mut items: Vec<Uuid> = nodes.iter().map(|node| node.item.id).collect();
    items.sort_unstable();
    items.dedup();
    let sql = "select i.id, c.name from items i join customers c on c.organization_id = $1 and c.id = i.customer_id
        where i.organization_id = $1 and i.id = any ($2)";
    Ok(tx.query(sql, &[&organization, &items]).await?.iter().map(|row| (row.get(0), row.get(1))).collect())
}

/// Columns of the list as a file.
const COLUMNS: [&str; 18] = [
    "level",
    "kind",
    "code",
    "item",
    "item name",
    "lot",
    "status",
    "in stock",
    "locations",
    "order",
    "customer",
    "made at",
    "line",
    "gone out",
    "gone out at",
    "reference",
    "scrapped",
    "supplier lot",
];

/// Rows of the list that are read and sent at a time.
const PART: usize = 2_000;

/// The most rows that a workbook has; Excel itself ends at a million.
const MOST_ROWS: usize = 200_000;

/// A form in which the whole list is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Comma-separated values.
    Csv,
    /// A workbook.
    Xlsx,
}

impl Form {
    /// The ending of its file.
    pub const fn text(self) -> &'static str {
        match self {
            Form::Csv => "csv",
            Form::Xlsx => "xlsx",
        }
    }
}

/// The whole list, taken.
pub enum File {
    /// To be read and sent part by part.
    Csv(List),
    /// A workbook.
    Xlsx(Vec<u8>),
}

/// Takes everything that a lot or serial went into as one file.
///
/// # Errors
/// 403; 409 `too_long` for a workbook of more rows than one has.
pub async fn take(tx: &mut Tx, start: Start, form: Form, naming: Naming) -> Result<File> {
    tx.require(GENEALOGY_READ, Scope::Plant(start.plant))?;
    let list = List::of(tx, start, naming).await?;
    let rows = list.rows();
    let file = match form {
        Form::Csv => File::Csv(list),
        Form::Xlsx => File::Xlsx(list.xlsx(tx).await?),
    };
    // Written last: whoever follows the trail does not wait for a workbook.
    let (action, kind) = if start.is_lot { ("lot.recalled", "lot") } else { ("serial.recalled", "serial") };
    let detail = json!({ "format": form.text(), "rows": rows });
    tx.query("select gemba.audit($1, $2, $3, $4, 'success', $5)", &[&action, &kind, &start.id, &start.plant, &detail]).await?;
    Ok(file)
}

/// The whole list, to be read part by part. Its nodes are those of one moment; where each is is read as its part is.
pub struct List {
    start: Start,
    nodes: Vec<Node>,
    naming: Naming,
}

impl List {
    async fn of(tx: &mut Tx, start: Start, naming: Naming) -> Result<List> {
        let walked = walk(tx, start, Direction::Forward, WHOLE).await?;
        Ok(List { start, nodes: walked.nodes, naming })
    }

    fn rows(&self) -> usize {
        self.nodes.len()
    }

    /// The rows from this one on, some of them: as cells in the order of the columns.
    async fn part(&self, tx: &mut Tx, from: usize) -> Result<Vec<Vec<String>>> {
        let end = self.nodes.len().min(from + PART);
        let part = recalled(tx, self.start.plant, self.nodes.get(from..end).unwrap_or_default(), self.naming).await?;
        Ok(part.iter().map(cells).collect())
    }

    /// As comma-separated values (RFC 4180), UTF-8 with its mark, so that Excel reads it rightly; made and sent part by part. Each part is read by a
    /// transaction of its own: whoever reads slowly keeps none open.
    pub fn csv(self, app: App, caller: Caller) -> impl Stream<Item = Result<String>> + Send + 'static {
        stream::try_unfold((self, app, caller, 0), |(list, app, caller, from)| async move {
            if from >= list.nodes.len() {
                return Ok(None);
            }
            let mut tx = app.read(&caller).await?;
            let rows = list.part(&mut tx, from).await?;
            tx.commit().await?;
            let mut text = if from == 0 { format!("\u{feff}{}\r\n", COLUMNS.join(",")) } else { String::new() };
            for row in rows {
                text.push_str(&row.iter().map(|text| cell(text)).collect::<Vec<_>>().join(","));
                text.push_str("\r\n");
            }
            Ok(Some((text, (list, app, caller, from + PART))))
        })
    }

    async fn xlsx(&self, tx: &mut Tx) -> Result<Vec<u8>> {
        if self.rows() > MOST_ROWS {
            let detail = format!("a workbook has at most {MOST_ROWS} rows, and these are {}: take csv", self.rows());
            return Err(Error::conflict("too_long", detail));
        }
        let mut rows = Vec::with_capacity(self.rows());
        for from in (0..self.rows()).step_by(PART) {
            rows.extend(self.part(tx, from).await?);
        }
        let sheet = Sheet { columns: COLUMNS.map(str::to_owned).to_vec(), rows };
        // Some seconds of work for the longest: not on a thread that others wait for.
        let written = tokio::task::spawn_blocking(move || sheet.to_xlsx()).await.map_err(Error::internal)?;
        written.map_err(Error::internal)
    }
}

/// A row of the list as a file.
fn cells(one: &Recalled) -> Vec<String> {
    let node = &one.node;
    let said = |text: &Option<String>| text.clone().unwrap_or_default();
    let at = |at: Option<Timestamp>| at.map(|at| at.to_string()).unwrap_or_default();
    vec![
        node.level.to_string(),
        node.kind.to_owned(),
        node.code.clone(),
        node.item.code.clone(),
        node.item_name.clone(),
        node.lot.as_ref().map(|lot| lot.code.clone()).unwrap_or_default(),
        node.status.clone(),
        one.in_stock.to_string(),
        one.locations.join(" "),
        said(&one.manufacturing_order),
        said(&one.customer),
        at(one.made_at),
        said(&one.line),
        one.gone_out.to_string(),
        at(one.gone_out_at),
        said(&one.gone_out_reference),
        one.scrapped.to_string(),
        said(&node.supplier_lot),
    ]
}

/// A cell: quoted where it has to be, and never a formula for whoever opens it.
fn cell(text: &str) -> String {
    let text = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() };
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
