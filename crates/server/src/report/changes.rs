//! What the plan changes against the released one, the largest first.

use line_plan::PlanDocument;
use line_plan::figures::{counted, hours, units};

use super::markup::{Html, placed};

/// Rows shown.
const ROWS: usize = 15;

/// The section; nothing where no plan is released.
pub fn changes(page: &mut Html, document: &PlanDocument) {
    let Some(changes) = &document.released else { return };
    page.section("changes", "Changes against the released plan").element("p", &changes.explanation);
    if changes.moves.is_empty() {
        page.end_section();
        return;
    }
    let several = document.plants.len() > 1;
    page.table("plain", "Largest changes", &["Line", "Area", "Period", "Model", "#Released (units)", "#Now (units)", "#Difference (h)"]);
    for entry in changes.moves.iter().take(ROWS) {
        let model = if entry.step.is_empty() { entry.model.clone() } else { format!("{} ({})", entry.model, entry.step) };
        page.raw("<tr>").element("th scope=\"row\"", &placed(&entry.plant, &entry.line, several));
        page.cell(&entry.area).cell(&entry.period).cell(&model);
        page.number(&units(entry.released_units)).number(&units(entry.units));
        let sign = if entry.hours > 0.0 { "+" } else { "" };
        page.number(&format!("{sign}{}", hours(entry.hours))).raw("</tr>\n");
    }
    page.end_table();
    if changes.moves.len() > ROWS {
        let rest = counted(changes.moves.len() - ROWS, "smaller change");
        page.element("p class=\"fine\"", &format!("{rest} stand in the workbook and the JSON of this plan."));
    }
    page.end_section();
}
