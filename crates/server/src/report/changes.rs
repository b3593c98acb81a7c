//! What the plan changes against the released one, the largest first.

use line_plan::{PlanDocument, say};

use super::markup::{Html, placed};

/// Rows shown.
const ROWS: usize = 15;

/// The section; nothing where no plan is released.
pub fn changes(page: &mut Html, document: &PlanDocument) {
    let Some(changes) = &document.released else { return };
    let l = document.language;
    let title =
        l.of(&["Changes against the released plan", "Cambios frente al plan liberado", "Änderungen gegenüber dem freigegebenen Plan"]);
    page.section("changes", title).element("p", &changes.explanation);
    if changes.moves.is_empty() {
        page.end_section();
        return;
    }
    let several = document.plants.len() > 1;
    let header = [
        l.of(&["Line", "Línea", "Linie"]),
        l.of(&["Area", "Área", "Bereich"]),
        l.of(&["Period", "Periodo", "Periode"]),
        l.of(&["Model", "Modelo", "Modell"]),
        l.of(&["#Released (units)", "#Liberado (unidades)", "#Freigegeben (Stück)"]),
        l.of(&["#Now (units)", "#Ahora (unidades)", "#Jetzt (Stück)"]),
        l.of(&["#Difference (h)", "#Diferencia (h)", "#Unterschied (h)"]),
    ];
    page.table("plain", l.of(&["Largest changes", "Mayores cambios", "Größte Änderungen"]), &header);
    for entry in changes.moves.iter().take(ROWS) {
        let model = if entry.step.is_empty() { entry.model.clone() } else { format!("{} ({})", entry.model, entry.step) };
        page.raw("<tr>").element("th scope=\"row\"", &placed(&entry.plant, &entry.line, several));
        page.cell(&entry.area).cell(&entry.period).cell(&model);
        page.number(&l.units(entry.released_units)).number(&l.units(entry.units));
        let sign = if entry.hours > 0.0 { "+" } else { "" };
        page.number(&format!("{sign}{}", l.hours(entry.hours))).raw("</tr>\n");
    }
    page.end_table();
    if changes.moves.len() > ROWS {
        let rest = say!(
            l,
            "The workbook and the JSON of this plan have the other {0}.",
            "El libro y el JSON de este plan tienen los otros {0}.",
            "Die Arbeitsmappe und das JSON dieses Plans haben die übrigen {0}.",
            l.whole((changes.moves.len() - ROWS) as f64)
        );
        page.element("p class=\"fine\"", &rest);
    }
    page.end_section();
}
