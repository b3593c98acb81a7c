//! The traveller: what goes with a manufacturing order from line to line.

use inventory::documents::{Block, Cell, Column, Document, Table, scannable};
use platform::{Result, Tx};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::{Letterhead, amount, cell, job_code};
use crate::orders::actions;

/// The traveller of an order that the caller may see.
///
/// # Errors
/// 404.
pub(super) async fn document(tx: &mut Tx, id: Uuid) -> Result<Document> {
    let order = actions::find(tx, id, false).await?;
    let head = Letterhead::of(tx, order.plant).await?;
    let organization = tx.caller().organization;
    let sql = "select i.code, i.name, i.revision, u.symbol, o.due_at, o.priority, o.type, o.status, o.lot_code, o.note, b.revision, r.revision, p.code,
            c.name, o.released_at, o.quantity, o.issue_mode
        from manufacturing_orders o
        join items i on i.organization_id = $1 and i.id = o.item_id
        join units u on u.organization_id = $1 and u.id = i.unit_id
        left join boms b on b.organization_id = $1 and b.id = o.bom_id
        left join routings r on r.organization_id = $1 and r.id = o.routing_id
        left join production_orders p on p.organization_id = $1 and p.id = o.production_order_id
        left join customers c on c.organization_id = $1 and c.id = p.customer_id
        where o.organization_id = $1 and o.id = $2";
    let row = tx.query_one(sql, &[&organization, &id]).await?;
    let text = |index: usize| row.get::<_, Option<String>>(index).unwrap_or_default();
    let unit = text(3);
    let mut facts = vec![
        ("Item", format!("{} {}", text(0), text(2)).trim().to_owned()),
        ("Quantity", format!("{} {unit}", amount(row.get(15)))),
        ("Due", head.clock(row.get(4))),
        ("Priority", row.get::<_, i16>(5).to_string()),
        ("Type", text(6)),
        ("Status", text(7)),
        ("Lot", text(8)),
        ("Bill of material", text(10)),
        ("Routing", text(11)),
        ("Material", if text(16) == "backflush" { "taken as units are reported".into() } else { "issued by scan".to_owned() }),
        ("Production order", text(12)),
        ("Customer", text(13)),
        ("Released", head.maybe(row.get(14))),
    ];
    facts.retain(|(_, value)| !value.trim().is_empty());
    let mut blocks = vec![Block::Facts(facts.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())];
    if !text(9).trim().is_empty() {
        blocks.push(Block::Paragraph(text(9)));
    }
    blocks.push(Block::Heading("Operations".into()));
    blocks.push(Block::Table(operations(tx, &head, &order.code, id).await?));
    let components = components(tx, id).await?;
    if !components.rows.is_empty() {
        blocks.push(Block::Heading("Components".into()));
        blocks.push(Block::Table(components));
    }
    blocks.push(Block::Signatures(vec!["Released by, date".into(), "Completed by, date".into()]));
    let now = tx.now();
    Ok(Document {
        title: format!("Traveller {}", order.code),
        subtitle: format!("{} {} · {} {unit}", text(0), text(1), amount(row.get(15))),
        foot: head.foot(now),
        code: Some(scannable(order.code)),
        blocks,
    })
}

async fn operations(tx: &mut Tx, head: &Letterhead, order: &str, id: Uuid) -> Result<Table> {
    let organization = tx.caller().organization;
    let sql = "select j.number, j.part, j.name, a.name, l.name, j.quantity, j.planned_start, j.status
        from jobs j
        join areas a on a.organization_id = $1 and a.id = j.area_id
        left join lines l on l.organization_id = $1 and l.id = j.line_id
        where j.organization_id = $1 and j.manufacturing_order_id = $2 and j.status <> 'cancelled' order by j.number, j.part";
    let rows = tx.query(sql, &[&organization, &id]).await?;
    let columns = vec![
        Column::number("Step", 1.0),
        Column::text("Operation", 3.2),
        Column::text("Line", 2.2),
        Column::number("Quantity", 1.5),
        Column::text("Planned", 2.2),
        Column::text("Scan", 1.5),
        Column::text("Good", 1.2),
        Column::text("Scrap", 1.2),
        Column::text("Initials", 1.3),
    ];
    let rows = rows.iter().map(|row| {
        let (number, part): (i32, i32) = (row.get(0), row.get(1));
        let step = if part > 1 { format!("{number}.{part}") } else { number.to_string() };
        let place = row.get::<_, Option<String>>(4).unwrap_or_else(|| row.get(3));
        vec![
            cell(step),
            cell(row.get::<_, String>(2)),
            cell(place),
            cell(amount(row.get(5))),
            cell(head.maybe(row.get(6))),
            Cell::Code(scannable(job_code(order, number, part))),
            cell(""),
            cell(""),
            cell(""),
        ]
    });
    Ok(Table { columns, rows: rows.collect() })
}

async fn components(tx: &mut Tx, id: Uuid) -> Result<Table> {
    let organization = tx.caller().organization;
    let sql = "select c.position, i.code, i.name, c.quantity, u.symbol, c.reference_designators, c.number, c.kind
        from order_components c
        join items i on i.organization_id = $1 and i.id = c.item_id
        join units u on u.organization_id = $1 and u.id = i.unit_id
        where c.organization_id = $1 and c.manufacturing_order_id = $2 order by c.kind <> 'input', c.position";
    let rows = tx.query(sql, &[&organization, &id]).await?;
    let columns = vec![
        Column::number("Pos", 0.9),
        Column::text("Item", 2.6),
        Column::text("Name", 4.0),
        Column::number("Quantity", 1.8),
        Column::text("Unit", 0.9),
        Column::number("Step", 0.9),
        Column::text("Where", 2.4),
        Column::text("", 0.6),
    ];
    let rows = rows.iter().map(|row| {
        let is_input = row.get::<_, &str>(7) == "input";
        let name: String = row.get(2);
        vec![
            cell(row.get::<_, i32>(0).to_string()),
            cell(row.get::<_, String>(1)),
            cell(if is_input { name } else { format!("{name} (comes out)") }),
            cell(amount(row.get::<_, Decimal>(3).round_dp(6))),
            cell(row.get::<_, String>(4)),
            cell(row.get::<_, Option<i32>>(6).map(|number| number.to_string()).unwrap_or_default()),
            cell(row.get::<_, Option<String>>(5).unwrap_or_default()),
            Cell::Box,
        ]
    });
    Ok(Table { columns, rows: rows.collect() })
}
