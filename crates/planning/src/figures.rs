//! The figures of an answer as columns, for programs that read in bulk (the schema `bi`).
//!
//! An answer is kept as one packed document, which the database cannot look into. Beside it stands one row of columns, each a list with an entry for
//! every line, item or period: as many figures as rows of their own would hold, at a fraction of their room and in one statement.
//!
//! **Invariant:** figures are those of the document, made from it before the transaction that keeps both.

use std::collections::BTreeMap;

use line_plan::PlanDocument;
use platform::ids::PlantId;
use platform::{Result, Tx};
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use crate::results::Records;

/// A column of the row.
#[derive(Clone, Debug)]
enum List {
    Texts(Vec<String>),
    Records(Vec<Option<Uuid>>),
    Numbers(Vec<f64>),
    Truths(Vec<bool>),
}

/// The row of an answer, without its keys.
#[derive(Clone, Debug)]
pub(crate) struct Figures(Vec<List>);

/// The columns of `entries`, of each the values that these functions take from an entry.
macro_rules! columns {
    ($all:ident, $entries:expr, $($kind:ident $value:expr),+ $(,)?) => {
        $all.extend([$(List::$kind($entries.iter().map($value).collect())),+]);
    };
}

impl Figures {
    /// The figures of a document; `records` says whose its names are.
    pub fn of(document: &PlanDocument, records: &Records) -> Figures {
        let of = |names: &BTreeMap<String, Uuid>, name: &str| names.get(name).copied();
        let (area, line, item) =
            (|name: &str| of(&records.areas, name), |name: &str| of(&records.lines, name), |name: &str| of(&records.models, name));
        let joined = |names: &[String]| names.join(", ");
        let mut all = Vec::with_capacity(53);
        columns!(all, document.periods, Texts | of | of.name.clone(), Numbers | of | of.operating_days);
        columns!(
            all,
            document.area_loads,
            Texts | of | of.area.clone(),
            Records | of | area(&of.area),
            Texts | of | of.period.clone(),
            Numbers | of | of.hours_available,
            Numbers | of | of.hours_used,
            Numbers | of | of.max_utilization_pct,
            Numbers | of | of.demand_units,
            Numbers | of | of.made_units,
            Numbers | of | of.unmet_units,
        );
        columns!(
            all,
            document.lines,
            Texts | of | of.area.clone(),
            Texts | of | of.line.clone(),
            Records | of | line(&of.line),
            Texts | of | of.period.clone(),
            Numbers | of | of.hours_available,
            Numbers | of | of.hours_used,
            Numbers | of | of.changeover_hours,
            Numbers | of | of.overtime_hours,
            Numbers | of | of.hour_price,
            Truths | of | of.constraint,
        );
        columns!(
            all,
            document.allocations,
            Texts | of | of.area.clone(),
            Texts | of | of.line.clone(),
            Records | of | line(&of.line),
            Texts | of | of.model.clone(),
            Records | of | item(&of.model),
            Texts | of | of.step.clone(),
            Texts | of | of.period.clone(),
            Numbers | of | of.units,
            Numbers | of | of.hours,
        );
        columns!(
            all,
            document.unmet,
            Texts | of | of.area.clone(),
            Records | of | area(&of.area),
            Texts | of | of.model.clone(),
            Records | of | item(&of.model),
            Texts | of | of.period.clone(),
            Numbers | of | of.units,
            Numbers | of | of.weight,
            Texts | of | written(&of.reason),
            Texts | of | joined(&of.limiting_lines),
        );
        columns!(
            all,
            document.constraints,
            Texts | of | of.area.clone(),
            Records | of | area(&of.area),
            Texts | of | of.period.clone(),
            Texts | of | joined(&of.lines),
            Numbers | of | of.hours_needed,
            Numbers | of | of.hours_available,
            Truths | of | of.short,
        );
        columns!(
            all,
            document.finished,
            Texts | of | of.model.clone(),
            Records | of | item(&of.model),
            Texts | of | of.period.clone(),
            Numbers | of | of.demand_units,
            Numbers | of | of.finished_units,
            Numbers | of | of.delivered_units,
            Numbers | of | of.stock_units,
        );
        Figures(all)
    }
}

/// A choice as JSON writes it.
fn written(choice: &impl serde::Serialize) -> String {
    serde_json::to_value(choice).ok().and_then(|text| text.as_str().map(String::from)).unwrap_or_default()
}

/// Keeps the figures of an answer, unless they are kept.
///
/// # Errors
/// What the database refused.
pub(crate) async fn keep(tx: &mut Tx, plant: PlantId, answer: Uuid, figures: &Figures) -> Result<()> {
    let organization = tx.caller().organization;
    let mut values: Vec<&(dyn ToSql + Sync)> = vec![&organization, &plant, &answer];
    values.extend(figures.0.iter().map(|list| match list {
        List::Texts(list) => list as &(dyn ToSql + Sync),
        List::Records(list) => list,
        List::Numbers(list) => list,
        List::Truths(list) => list,
    }));
    tx.execute(
        "insert into plan_figures (organization_id, plant_id, answer_id, period_name, period_operating_days,
            area_name, area_id, area_period, area_hours_available, area_hours_used, area_max_utilization_pct, area_demand_units, area_made_units,
            area_unmet_units,
            line_area, line_name, line_id, line_period, line_hours_available, line_hours_used, line_changeover_hours, line_overtime_hours,
            line_hour_price, line_constraint,
            made_area, made_line, made_line_id, made_item, made_item_id, made_step, made_period, made_units, made_hours,
            unmet_area, unmet_area_id, unmet_item, unmet_item_id, unmet_period, unmet_units, unmet_weight, unmet_reason, unmet_lines,
            limit_area, limit_area_id, limit_period, limit_lines, limit_hours_needed, limit_hours_available, limit_short,
            item_name, item_id, item_period, item_demand_units, item_finished_units, item_delivered_units, item_stock_units)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28,
            $29, $30, $31, $32, $33, $34, $35, $36, $37, $38, $39, $40, $41, $42, $43, $44, $45, $46, $47, $48, $49, $50, $51, $52, $53, $54, $55, $56)
        on conflict (organization_id, answer_id) do nothing",
        &values,
    )
    .await?;
    Ok(())
}

/// Whether the figures of an answer are kept: those of before there were figures have none.
///
/// # Errors
/// What the database refused.
pub(crate) async fn are_kept(tx: &mut Tx, answer: Uuid) -> Result<bool> {
    let organization = tx.caller().organization;
    let sql = "select 1 from plan_figures where organization_id = $1 and answer_id = $2";
    Ok(tx.query_opt(sql, &[&organization, &answer]).await?.is_some())
}
