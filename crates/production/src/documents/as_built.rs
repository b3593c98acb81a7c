//! The as-built record of a piece: what it is, how and by whom it was made, what was measured, and everything that went into it.

use std::collections::BTreeMap;

use inventory::documents::{Block, Cell, Column, Document, Table, scannable};
use inventory::genealogy::names::Naming;
use inventory::genealogy::trace::{Trace, TraceLink, TraceQuery, trace};
use inventory::genealogy::{Start, from_serial};
use platform::caller::Scope;
use platform::language::Language;
use platform::{Error, Result, Tx};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::{Letterhead, cell, words};
use crate::jobs::store::JOB_READ;

/// Nodes of a record at most; whoever has more has a machine park in one piece, and is told that there is more.
const NODES: usize = 5_000;

/// The as-built record of a piece that the caller may trace.
///
/// # Errors
/// 404, 403.
pub(super) async fn document(tx: &mut Tx, id: Uuid, wanted: Option<Language>) -> Result<(String, Document)> {
    let start = from_serial(tx, id).await?;
    tx.require(JOB_READ, Scope::Plant(start.plant))?;
    let head = Letterhead::of(tx, start.plant, wanted).await?;
    let language = head.language;
    let organization = tx.caller().organization;
    let sql = "select n.code, i.code, i.name, i.revision, n.status, l.code, i.gtin, n.created_at, n.lot_id,
            (select string_agg(distinct p.code, ', ') from stock s join locations p on p.organization_id = $1 and p.id = s.location_id
                where s.organization_id = $1 and s.plant_id = n.plant_id and s.serial_id = n.id and s.quantity > 0)
        from serials n join items i on i.organization_id = $1 and i.id = n.item_id
        left join lots l on l.organization_id = $1 and l.id = n.lot_id
        where n.organization_id = $1 and n.id = $2";
    let row = tx.query_opt(sql, &[&organization, &id]).await?.ok_or_else(|| Error::not_found("serial"))?;
    let text = |index: usize| row.get::<_, Option<String>>(index).unwrap_or_default();
    let serial = text(0);
    let orders = orders(tx, start).await?;
    let mut facts = vec![
        (words::SERIAL, serial.clone()),
        (words::ITEM, format!("{} {}", text(1), text(3)).trim().to_owned()),
        (words::NAME, text(2)),
        (words::GTIN, text(6)),
        (words::LOT, text(5)),
        (words::STATUS, inventory::words::status(&text(4), language).to_owned()),
        (words::PLACE, text(9)),
        (words::ORDER, orders.iter().map(|(_, code)| code.as_str()).collect::<Vec<_>>().join(", ")),
        (words::RECORDED, head.clock(row.get(7))),
    ];
    facts.retain(|(_, value)| !value.trim().is_empty());
    let mut blocks = vec![Block::Facts(facts.into_iter().map(|(name, value)| (head.say(name).to_owned(), value)).collect())];
    let ids: Vec<Uuid> = orders.iter().map(|(id, _)| *id).collect();
    let made = operations(tx, &head, &ids).await?;
    if !made.rows.is_empty() {
        blocks.push(Block::Heading(head.say(words::MADE).into()));
        blocks.push(Block::Table(made));
    }
    let measured = measured(tx, &head, &ids).await?;
    if !measured.rows.is_empty() {
        blocks.push(Block::Heading(head.say(words::CHECKED).into()));
        blocks.push(Block::Table(measured));
    }
    let query = TraceQuery { depth: Some(100), limit: Some(NODES), ..TraceQuery::default() };
    let mut found = trace(tx, start, &query, Naming(Some(super::named::name))).await?;
    // The lot that the piece belongs to is among the facts: it did not go into it.
    let own: Option<Uuid> = row.get(8);
    found.nodes.retain(|node| own != Some(node.id));
    blocks.push(Block::Heading(head.say(words::MADE_OF).into()));
    if found.nodes.len() > 1 {
        blocks.push(Block::Table(made_of(&head, &found)));
    } else {
        blocks.push(Block::Paragraph(head.say(words::NOTHING_KNOWN).into()));
    }
    if found.is_cut {
        blocks.push(Block::Paragraph(words::MORE.fill(language, &[("count", &NODES.to_string())])));
    }
    let now = tx.now();
    let document = Document {
        title: format!("{} {serial}", head.say(words::AS_BUILT)),
        subtitle: format!("{} {}", text(1), text(2)),
        foot: head.foot(now),
        code: Some(scannable(serial.clone())),
        blocks,
    };
    Ok((serial, document))
}

/// The manufacturing orders that made a piece, by the ledger and by its genealogy.
async fn orders(tx: &mut Tx, start: Start) -> Result<Vec<(Uuid, String)>> {
    let organization = tx.caller().organization;
    let sql = "select distinct o.id, o.code from manufacturing_orders o where o.organization_id = $1 and o.id in (
            select manufacturing_order_id from stock_movements where organization_id = $1 and serial_id = $2 and kind = 'production'
            union all
            select manufacturing_order_id from genealogy where organization_id = $1 and child_id = $2)
        order by o.code";
    let rows = tx.query(sql, &[&organization, &start.id]).await?;
    Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
}

async fn operations(tx: &mut Tx, head: &Letterhead, orders: &[Uuid]) -> Result<Table> {
    let organization = tx.caller().organization;
    let sql = "select o.code, j.number, j.name, coalesce(l.name, a.name), j.started_at, j.ended_at,
            (select string_agg(distinct p.name, ', ') from operators p where p.organization_id = $1 and p.id in (
                select b.operator_id from labour_bookings b where b.organization_id = $1 and b.plant_id = j.plant_id and b.job_id = j.id
                union all
                select r.operator_id from job_reports r where r.organization_id = $1 and r.plant_id = j.plant_id and r.job_id = j.id))
        from jobs j
        join manufacturing_orders o on o.organization_id = $1 and o.id = j.manufacturing_order_id
        join areas a on a.organization_id = $1 and a.id = j.area_id
        left join lines l on l.organization_id = $1 and l.id = j.line_id
        where j.organization_id = $1 and j.manufacturing_order_id = any ($2) and j.started_at is not null
        order by o.code, j.number, j.part";
    let rows = tx.query(sql, &[&organization, &orders]).await?;
    // One order stands in the facts already.
    let is_named = orders.len() > 1;
    let mut columns: Vec<Column> = is_named.then(|| Column::text(head.say(words::ORDER), 2.6)).into_iter().collect();
    columns.extend([
        Column::number(head.say(words::STEP), 1.0),
        Column::text(head.say(words::OPERATION), 2.6),
        Column::text(head.say(words::LINE), 2.0),
        Column::text(head.say(words::FROM), 2.0),
        Column::text(head.say(words::TO), 2.0),
        Column::text(head.say(words::BY), 3.0),
    ]);
    let rows = rows.iter().map(|row| {
        let mut cells: Vec<Cell> = is_named.then(|| cell(row.get::<_, String>(0))).into_iter().collect();
        cells.extend([
            cell(row.get::<_, i32>(1).to_string()),
            cell(row.get::<_, String>(2)),
            cell(row.get::<_, String>(3)),
            cell(head.maybe(row.get(4))),
            cell(head.maybe(row.get(5))),
            cell(row.get::<_, Option<String>>(6).unwrap_or_default()),
        ]);
        cells
    });
    Ok(Table { columns, rows: rows.collect() })
}

/// What was entered at the steps of instructions of these orders: values with their limits, photos, signatures.
async fn measured(tx: &mut Tx, head: &Letterhead, orders: &[Uuid]) -> Result<Table> {
    let organization = tx.caller().organization;
    let sql = "select s.text, r.value, s.unit, s.min, s.max, r.is_within, r.signed, r.file_id is not null, p.name, r.at
        from step_results r
        join jobs j on j.organization_id = $1 and j.plant_id = r.plant_id and j.id = r.job_id
        join instruction_steps s on s.organization_id = $1 and s.id = r.instruction_step_id
        left join operators p on p.organization_id = $1 and p.id = r.operator_id
        where r.organization_id = $1 and j.manufacturing_order_id = any ($2) order by r.at, r.id limit 2000";
    let rows = tx.query(sql, &[&organization, &orders]).await?;
    let columns = vec![
        Column::text(head.say(words::STEP), 4.0),
        Column::number(head.say(words::VALUE), 1.4),
        Column::text(head.say(words::LIMITS), 1.8),
        Column::text(head.say(words::RESULT), 1.6),
        Column::text(head.say(words::BY), 2.0),
        Column::text(head.say(words::WHEN), 2.0),
    ];
    let rows = rows.iter().map(|row| {
        let number = |index: usize| row.get::<_, Option<Decimal>>(index).map(|value| head.amount(value));
        let unit = row.get::<_, Option<String>>(2).unwrap_or_default();
        let limits = match (number(3), number(4)) {
            (None, None) => String::new(),
            (Some(least), Some(most)) => format!("{least} – {most}"),
            (Some(least), None) => words::LEAST.fill(head.language, &[("value", &least)]),
            (None, Some(most)) => words::MOST.fill(head.language, &[("value", &most)]),
        };
        let result = match (row.get::<_, Option<bool>>(5), row.get::<_, bool>(6), row.get::<_, bool>(7)) {
            (Some(false), ..) => words::OUTSIDE,
            (Some(true), ..) => words::WITHIN,
            (None, true, _) => words::SIGNED,
            (None, false, true) => words::PHOTO,
            (None, false, false) => words::DONE,
        };
        vec![
            cell(row.get::<_, String>(0)),
            cell(number(1).map(|value| format!("{value} {unit}")).unwrap_or_default()),
            cell(limits),
            cell(head.say(result)),
            cell(row.get::<_, Option<String>>(8).unwrap_or_default()),
            cell(head.clock(row.get(9))),
        ]
    });
    Ok(Table { columns, rows: rows.collect() })
}

/// What is told of a lot or piece that went into it: the first link that brought it in, and how much of it all links together say.
struct Brought<'a> {
    link: &'a TraceLink,
    quantity: Option<Decimal>,
}

/// Everything that went into it, the nearest first. Columns in which nothing would stand are left out.
fn made_of(head: &Letterhead, found: &Trace) -> Table {
    let mut brought: BTreeMap<Uuid, Brought<'_>> = BTreeMap::new();
    for link in &found.links {
        let known = brought.entry(link.parent_id).or_insert(Brought { link, quantity: None });
        known.quantity = match (known.quantity, link.quantity) {
            (Some(before), Some(more)) => before.checked_add(more).or(Some(before)),
            (before, more) => before.or(more),
        };
    }
    let codes: BTreeMap<Uuid, &str> = found.nodes.iter().map(|node| (node.id, node.code.as_str())).collect();
    let is_deep = found.nodes.iter().any(|node| node.level > 1);
    let machine = |link: &TraceLink| {
        let name = link.equipment.as_ref().map(|equipment| equipment.code.as_str());
        [name, link.program.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(", ")
    };
    let has_machines = found.links.iter().any(|link| !machine(link).is_empty());
    let at = if has_machines { words::MACHINE } else { words::LINE };
    let mut columns = vec![
        Column::number(head.say(words::LEVEL), 0.9),
        Column::text(head.say(words::ITEM), 3.4),
        Column::text(head.say(words::LOT_OR_SERIAL), 3.2),
    ];
    columns.extend(is_deep.then(|| Column::text(head.say(words::INTO), 2.4)));
    columns.push(Column::number(head.say(words::QUANTITY), 1.5));
    columns.push(Column::text(head.say(at), if has_machines { 2.8 } else { 2.0 }));
    columns.push(Column::text(head.say(words::WHEN), 2.2));
    let rows = found.nodes.iter().skip(1).map(|node| {
        let brought = brought.get(&node.id);
        let link = brought.map(|brought| brought.link);
        let supplier = [node.supplier.as_deref(), node.supplier_lot.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(" ");
        let code = if node.kind == "lot" { words::OF_LOT.fill(head.language, &[("code", &node.code)]) } else { node.code.clone() };
        let line = link.and_then(|link| link.line.as_ref()).map(|line| line.code.clone()).unwrap_or_default();
        let into = || link.and_then(|link| codes.get(&link.child_id)).map(|code| (*code).to_owned()).unwrap_or_default();
        // Two lines to a cell: side by side, numbers of parts and serials would be broken.
        let mut cells = vec![cell(node.level.to_string()), cell(above(&node.item.code, &node.item_name)), cell(above(&code, &supplier))];
        cells.extend(is_deep.then(|| cell(into())));
        cells.push(cell(brought.and_then(|brought| brought.quantity).map(|quantity| head.amount(quantity)).unwrap_or_default()));
        cells.push(cell(above(&line, &link.map(machine).unwrap_or_default())));
        cells.push(cell(head.maybe(link.and_then(|link| link.at))));
        cells
    });
    let rows: Vec<Vec<Cell>> = rows.collect();
    Table { columns, rows }
}

/// One above the other, where both are there.
fn above(one: &str, other: &str) -> String {
    [one, other].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n")
}
