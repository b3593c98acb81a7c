//! Rows of the sheet of models, with the volumes and operating days that stand beside them.
//!
//! **Invariant:** every model that is named is declared, also when its row has mistakes.

use std::collections::HashMap;

use super::draft::{Draft, ModelDraft};
use super::findings::{Findings, clip};
use super::fold::fold;
use super::table::{Rule, Table};
use super::vocabulary::Field;

/// Declares the models, or in shape B tells more of the families.
pub(super) fn read_models(table: &Table<'_>, draft: &mut Draft, findings: &mut Findings) {
    let mut first_rows: HashMap<(usize, String), u32> = HashMap::new();
    let mut inactive = Vec::new();
    for row in table.rows(Field::Name, findings) {
        let name = table.required_text(row, Field::Name, findings);
        let model = read_model(table, row, findings);
        let Ok(name) = name else { continue };
        let index = draft.model_names.declare(&name);
        // One model may stand in several plants' rows; it is one model all the same.
        let plant = fold(&table.remark(row, Field::Plant));
        if let Some(first) = first_rows.get(&(index, plant.clone())) {
            let message = format_args!("the model '{name}' stands already in row {first}");
            findings.error("duplicate", table.place(row, Field::Name), &name, "each model once", message);
            continue;
        }
        first_rows.insert((index, plant), table.number_of(row));
        if !model.active {
            inactive.push(name.clone().into_owned());
        }
        if index == draft.models.len() {
            draft.models.push(ModelDraft { name: name.into_owned(), ..model });
        }
    }
    if !inactive.is_empty() {
        let message = format_args!("{} models are not active and are left out: {}", inactive.len(), clip(&inactive.join(", ")));
        findings.note("inactive", table.column_place(Field::Active), inactive.len(), "", message);
    }
}

/// A model of which only the name is known.
pub(super) fn bare_model(name: &str) -> ModelDraft {
    ModelDraft {
        name: name.to_owned(),
        customer: String::new(),
        program: String::new(),
        family: String::new(),
        weight: 1.0,
        tier: 1,
        unit_value: None,
        currency: String::new(),
        start: None,
        end: None,
        active: true,
        origin: None,
        annual_volume: None,
        operating_days: None,
    }
}

fn read_model(table: &Table<'_>, row: usize, findings: &mut Findings) -> ModelDraft {
    let start = table.moment(row, Field::ProgramStart, findings).ok().flatten();
    let end = table.moment(row, Field::ProgramEnd, findings).ok().flatten();
    if let (Some(start), Some(end)) = (start, end)
        && start.first() > end.last()
    {
        let message = "the program ends before it starts";
        findings.error(
            "window_reversed",
            table.place(row, Field::ProgramEnd),
            table.remark(row, Field::ProgramEnd),
            "an end after the start",
            message,
        );
    }
    ModelDraft {
        customer: table.remark(row, Field::Customer),
        program: table.remark(row, Field::Program),
        family: table.remark(row, Field::Family),
        weight: table.number(row, Field::Weight, Rule::MEASURE, findings).ok().flatten().unwrap_or(1.0),
        tier: table.number(row, Field::Tier, Rule::RANK, findings).ok().flatten().map_or(1, |tier| tier as u32),
        unit_value: table.number(row, Field::UnitValue, Rule::MEASURE, findings).ok().flatten(),
        currency: table.remark(row, Field::Currency),
        start,
        end,
        active: table.flag(row, Field::Active, findings).ok().flatten().unwrap_or(true),
        origin: Some(table.origin(row)),
        annual_volume: table.number(row, Field::AnnualVolume, Rule::COUNT, findings).ok().flatten(),
        operating_days: table.number(row, Field::OperatingDays, Rule::MEASURE, findings).ok().flatten(),
        ..bare_model("")
    }
}
