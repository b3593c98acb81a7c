//! The traveller: what goes with a manufacturing order from line to line.

use factory::partners::Customer;
use inventory::documents::{Block, Cell, Column, Document, Table, scannable};
use platform::language::Language;
use platform::resource::Record as _;
use platform::{Result, Tx};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::{Letterhead, cell, job_code, words};
use crate::orders::actions;

/// The traveller of an order that the caller may see. The customer stands on it where the caller may see customers.
///
/// # Errors
/// 404.
pub(super) async fn document(tx: &mut Tx, id: Uuid, wanted: Option<Language>) -> Result<Document> {
    let order = actions::find(tx, id, false).await?;
    let head = Letterhead::of(tx, order.plant, wanted).await?;
    let language = head.language;
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
    let may_see_customers = tx.caller().may_somewhere(Customer::kind().verbs.read);
    let material = if text(16) == "backflush" { words::TAKEN } else { words::BY_SCAN };
    let mut facts = vec![
        (words::ITEM, format!("{} {}", text(0), text(2)).trim().to_owned()),
        (words::QUANTITY, format!("{} {unit}", head.amount(row.get(15)))),
        (words::DUE, head.clock(row.get(4))),
        (words::PRIORITY, row.get::<_, i16>(5).to_string()),
        (words::TYPE, words::order_type(&text(6), language).to_owned()),
        (words::STATUS, words::order_status(&text(7), language).to_owned()),
        (words::LOT, text(8)),
        (words::BILL, text(10)),
        (words::ROUTING, text(11)),
        (words::MATERIAL, head.say(material).to_owned()),
        (words::PRODUCTION_ORDER, text(12)),
        (words::CUSTOMER, if may_see_customers { text(13) } else { String::new() }),
        (words::RELEASED, head.maybe(row.get(14))),
    ];
    facts.retain(|(_, value)| !value.trim().is_empty());
    let mut blocks = vec![Block::Facts(facts.into_iter().map(|(name, value)| (head.say(name).to_owned(), value)).collect())];
    if !text(9).trim().is_empty() {
        blocks.push(Block::Paragraph(text(9)));
    }
    blocks.push(Block::Heading(head.say(words::OPERATIONS).into()));
    blocks.push(Block::Table(operations(tx, &head, &order.code, id).await?));
    let components = components(tx, &head, id).await?;
    if !components.rows.is_empty() {
        blocks.push(Block::Heading(head.say(words::COMPONENTS).into()));
        blocks.push(Block::Table(components));
    }
    blocks.push(Block::Signatures(vec![head.say(words::RELEASED_BY).into(), head.say(words::COMPLETED_BY).into()]));
    let now = tx.now();
    Ok(Document {
        title: format!("{} {}", head.say(words::TRAVELLER), order.code),
        subtitle: format!("{} {} · {} {unit}", text(0), text(1), head.amount(row.get(15))),
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
        Column::number(head.say(words::STEP), 1.15),
        Column::text(head.say(words::OPERATION), 3.2),
        Column::text(head.say(words::LINE), 2.2),
        Column::number(head.say(words::QUANTITY), 1.5),
        Column::text(head.say(words::PLANNED), 2.2),
        Column::text(head.say(words::SCAN), 1.5),
        Column::text(head.say(words::GOOD), 1.2),
        Column::text(head.say(words::SCRAP), 1.7),
        Column::text(head.say(words::INITIALS), 1.3),
    ];
    let rows = rows.iter().map(|row| {
        let (number, part): (i32, i32) = (row.get(0), row.get(1));
        let step = if part > 1 { format!("{number}.{part}") } else { number.to_string() };
        let place = row.get::<_, Option<String>>(4).unwrap_or_else(|| row.get(3));
        vec![
            cell(step),
            cell(row.get::<_, String>(2)),
            cell(place),
            cell(head.amount(row.get(5))),
            cell(head.maybe(row.get(6))),
            Cell::Code(scannable(job_code(order, number, part))),
            cell(""),
            cell(""),
            cell(""),
        ]
    });
    Ok(Table { columns, rows: rows.collect() })
}

async fn components(tx: &mut Tx, head: &Letterhead, id: Uuid) -> Result<Table> {
    let organization = tx.caller().organization;
    let sql = "select c.position, i.code, i.name, c.quantity, u.symbol, c.reference_designators, c.number, c.kind
        from order_components c
        join items i on i.organization_id = $1 and i.id = c.item_id
        join units u on u.organization_id = $1 and u.id = i.unit_id
        where c.organization_id = $1 and c.manufacturing_order_id = $2 order by c.kind <> 'input', c.position";
    let rows = tx.query(sql, &[&organization, &id]).await?;
    let columns = vec![
        Column::number(head.say(words::POSITION), 0.9),
        Column::text(head.say(words::ITEM), 2.6),
        Column::text(head.say(words::NAME), 3.8),
        Column::number(head.say(words::QUANTITY), 1.6),
        Column::text(head.say(words::UNIT), 1.15),
        Column::number(head.say(words::STEP), 1.15),
        Column::text(head.say(words::WHERE), 2.2),
        Column::text(head.say(words::TICK), 0.7),
    ];
    let rows = rows.iter().map(|row| {
        let is_input = row.get::<_, &str>(7) == "input";
        let name: String = row.get(2);
        vec![
            cell(row.get::<_, i32>(0).to_string()),
            cell(row.get::<_, String>(1)),
            cell(if is_input { name } else { words::COMES_OUT.fill(head.language, &[("name", &name)]) }),
            cell(head.amount(row.get::<_, Decimal>(3).round_dp(6))),
            cell(row.get::<_, String>(4)),
            cell(row.get::<_, Option<i32>>(6).map(|number| number.to_string()).unwrap_or_default()),
            cell(row.get::<_, Option<String>>(5).unwrap_or_default()),
            Cell::Box,
        ]
    });
    Ok(Table { columns, rows: rows.collect() })
}
