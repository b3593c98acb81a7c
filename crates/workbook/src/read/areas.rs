//! Rows of the sheets of areas and of routings: order, predecessors, passes.
//!
//! A row that names a model or family beside its area says how that model passes the area; other rows declare areas.
//! Columns headed by the name of a model or family hold passes too.
//!
//! **Invariant:** predecessors never lead in a circle.

use std::collections::HashMap;

use super::draft::{Draft, RouteDraft, RouteTarget};
use super::findings::Findings;
use super::fold::fold;
use super::table::{Noted, Rule, Table};
use super::vocabulary::Field;

/// Declares the areas.
pub(super) fn read_areas(table: &Table<'_>, draft: &mut Draft, findings: &mut Findings) {
    let mut first_rows: HashMap<(usize, Option<String>), u32> = HashMap::new();
    let rows = table.rows(Field::Name, findings);
    for row in &rows {
        let Ok(name) = table.required_text(*row, Field::Name, findings) else { continue };
        let area = draft.declare_area(&name);
        draft.areas[area].origin.get_or_insert_with(|| table.origin(*row));
        draft.note_spelling(&name, area, table, *row, Field::Name, findings);
        if names_product(table, *row) {
            continue;
        }
        let plant = table.has(Field::Plant).then(|| fold(&table.remark(*row, Field::Plant)));
        if let Some(first) = first_rows.insert((area, plant), table.number_of(*row)) {
            let message = format_args!("the area '{name}' stands already in row {first}");
            findings.error("duplicate", table.place(*row, Field::Name), &name, "each area once", message);
        }
        read_order(table, *row, area, draft, findings);
        if let Ok(Some(passes)) = table.number(*row, Field::Passes, Rule::MEASURE.not_zero("zero_number"), findings) {
            draft.areas[area].passes = Some(passes);
        }
    }
    // Codes come after all names: a code never hides another area's name.
    for row in &rows {
        if let (Ok(Some(name)), Ok(Some(code))) = (table.text(*row, Field::Name, findings), table.text(*row, Field::Code, findings))
            && let Some(area) = draft.area_names.find(&name)
        {
            draft.area_names.alias(&code, area);
            draft.areas[area].code.get_or_insert_with(|| code.into_owned());
        }
    }
    for row in &rows {
        read_predecessors(table, *row, draft, findings);
    }
    draft.areas_are_listed = draft.area_names.len() > 0;
    refuse_circles(table, draft, findings);
    derive_predecessors(draft);
}

fn names_product(table: &Table<'_>, row: usize) -> bool {
    !table.remark(row, Field::Model).is_empty() || !table.remark(row, Field::Family).is_empty()
}

fn read_order(table: &Table<'_>, row: usize, area: usize, draft: &mut Draft, findings: &mut Findings) {
    let rule = Rule { whole: true, ..Rule::COUNT };
    let Ok(Some(order)) = table.number(row, Field::Order, rule, findings) else { return };
    let order = order.min(f64::from(u32::MAX)) as u32;
    match draft.areas[area].order {
        Some(known) if known != order => {
            let message = format_args!("the area has the order {known} in an earlier row; that one is kept");
            findings.warning("conflicting_order", table.place(row, Field::Order), order, known, message);
        }
        _ => draft.areas[area].order = Some(order),
    }
}

fn read_predecessors(table: &Table<'_>, row: usize, draft: &mut Draft, findings: &mut Findings) {
    let (Ok(Some(name)), Ok(Some(list))) = (table.text(row, Field::Name, findings), table.text(row, Field::Predecessors, findings)) else {
        return;
    };
    let Some(area) = draft.area_names.find(&name) else { return };
    for part in list.split([',', ';', '|', '/']).map(str::trim).filter(|part| !part.is_empty()) {
        match draft.area_names.find(part) {
            Some(before) if draft.areas[area].predecessors.contains(&before) => {}
            Some(before) => draft.areas[area].predecessors.push(before),
            None => {
                let suggestion = draft.area_names.suggestion(part);
                let message = format_args!("unknown area '{part}' before '{name}'{suggestion}");
                findings.error("unknown_area", table.place(row, Field::Predecessors), part, "an area of this sheet", message);
            }
        }
    }
    draft.areas[area].predecessors.sort_unstable();
}

/// Takes away areas whose predecessors are all gone until nothing changes; what remains lies on a circle or behind one.
fn refuse_circles(table: &Table<'_>, draft: &mut Draft, findings: &mut Findings) {
    let mut remaining: Vec<usize> = (0..draft.areas.len()).collect();
    loop {
        let before = remaining.len();
        let kept = remaining.clone();
        remaining.retain(|area| draft.areas[*area].predecessors.iter().any(|predecessor| kept.contains(predecessor)));
        if remaining.len() == before {
            break;
        }
    }
    if !remaining.is_empty() {
        let names = remaining.iter().map(|area| draft.area_names.name(*area)).collect::<Vec<_>>().join(", ");
        let message = format_args!("the areas {names} come before themselves");
        findings.error("routing_circle", table.column_place(Field::Predecessors), &names, "an order without circles", message);
        draft.areas.iter_mut().for_each(|area| area.predecessors.clear());
    }
}

/// Where a row gives an order but no predecessors, the areas of the next smaller order come before. Derived edges lead from a
/// smaller order to a larger one; together with written ones against the order they may close a circle, so then the written ones
/// stand alone.
fn derive_predecessors(draft: &mut Draft) {
    let orders: Vec<Option<u32>> = draft.areas.iter().map(|area| area.order).collect();
    let is_against_order = |area: usize, before: usize| matches!((orders[area], orders[before]), (Some(own), Some(other)) if other >= own);
    let written_against = (0..orders.len()).any(|area| draft.areas[area].predecessors.iter().any(|before| is_against_order(area, *before)));
    if written_against {
        return;
    }
    for area in 0..orders.len() {
        let Some(order) = orders[area] else { continue };
        let before = orders.iter().flatten().filter(|other| **other < order).max().copied();
        if draft.areas[area].predecessors.is_empty() {
            draft.areas[area].predecessors = (0..orders.len()).filter(|other| before.is_some() && orders[*other] == before).collect();
        }
    }
}

/// Reads the rows of a sheet of areas that name a model or family, and its columns headed by one.
pub(super) fn read_area_routes(table: &Table<'_>, draft: &mut Draft, findings: &mut Findings) {
    let families = families(draft);
    for row in table.rows(Field::Name, findings) {
        let Ok(Some(name)) = table.text(row, Field::Name, findings) else { continue };
        let Some(area) = draft.area_names.find(&name) else { continue };
        if names_product(table, row) {
            read_route(table, row, area, false, &families, draft, findings);
        }
        for column in table.candidate.columns.iter().filter(|column| column.role.is_none()) {
            let target = target(&column.heading, &families, draft);
            let Some(target) = target else { continue };
            if let Ok(Some(passes)) = table.number_at(row, column.index, "number of passes", Rule::MEASURE, findings) {
                draft.routes.push(RouteDraft { target, area, passes: Some(passes), is_complete: false, origin: table.origin(row) });
            }
        }
    }
}

/// Reads a sheet of routings: each row an area that a model or family passes.
pub(super) fn read_routings(table: &Table<'_>, draft: &mut Draft, findings: &mut Findings) {
    let families = families(draft);
    for row in table.rows(Field::Area, findings) {
        let Ok(name) = table.required_text(row, Field::Area, findings) else { continue };
        if let Ok(area) = draft.area(&name, table, row, Field::Area, findings) {
            read_route(table, row, area, true, &families, draft, findings);
        }
    }
}

fn read_route(
    table: &Table<'_>,
    row: usize,
    area: usize,
    is_complete: bool,
    families: &HashMap<String, String>,
    draft: &mut Draft,
    findings: &mut Findings,
) {
    let passes = table.number(row, Field::Passes, Rule::MEASURE, findings);
    let field = if table.remark(row, Field::Model).is_empty() { Field::Family } else { Field::Model };
    let target: Result<RouteTarget, Noted> =
        table.required_text(row, field, findings).and_then(|name| match target(&name, families, draft) {
            Some(target) => Ok(target),
            None => draft.model(&name, table, row, field, findings).map(RouteTarget::Model),
        });
    let (Ok(passes), Ok(target)) = (passes, target) else { return };
    if let Some(first) = draft.route_rows.insert((target.clone(), area), table.number_of(row)) {
        let message = format_args!("row {first} routes the same through this area already");
        findings.error("duplicate", table.place(row, field), table.remark(row, field), "each model or family once per area", message);
        return;
    }
    draft.routes.push(RouteDraft { target, area, passes, is_complete, origin: table.origin(row) });
}

/// The families of the models, by folded name.
fn families(draft: &Draft) -> HashMap<String, String> {
    draft.models.iter().filter(|model| !model.family.is_empty()).map(|model| (fold(&model.family), model.family.clone())).collect()
}

fn target(name: &str, families: &HashMap<String, String>, draft: &Draft) -> Option<RouteTarget> {
    let model = draft.model_names.find(name).map(RouteTarget::Model);
    model.or_else(|| families.get(&fold(name)).map(|family| RouteTarget::Family(family.clone())))
}
