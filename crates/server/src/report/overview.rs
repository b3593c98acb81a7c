//! The first screen and the last line: the answer in one sentence and one number, key figures, and how much the answer can be trusted.

use line_plan::{Balance, ChangeoverCharging, Language, PlanDocument, PlanModel, PriorityReading, say};

use super::markup::{Html, band, escaped};

/// The headline.
pub fn header(page: &mut Html, document: &PlanDocument) {
    let (l, summary) = (document.language, &document.summary);
    let share = if summary.demand_units > 0.0 { 100.0 * summary.finished_units / summary.demand_units } else { 100.0 };
    page.raw("<header>\n<p class=\"kicker\">").text(l.of(&["Capacity plan", "Plan de capacidad", "Kapazitätsplan"]));
    if let Some(source) = &document.source {
        page.raw(" · ").text(source);
    }
    page.raw("</p>\n<div class=\"headline\">\n");
    let caption = l.of(&["% of demand finished", "% de la demanda terminada", "% des Bedarfs fertig"]);
    page.raw(&format!("<p class=\"hero\"><span>{}</span><small>{caption}</small></p>\n", l.percent(share)));
    // A month must not break at its hyphen in large type.
    page.element("h1", &document.explanations.first().map_or(String::new(), |sentence| sentence.replace('-', "\u{2011}")));
    page.raw("\n</div>\n");
    page.element("p class=\"scope\"", &scope(document)).raw("\n</header>\n");
}

fn scope(document: &PlanDocument) -> String {
    let l = document.language;
    let reading = l.of(match document.model {
        PlanModel::Area => &["Each area is planned on its own", "Cada área se planea por separado", "Jeder Bereich wird für sich geplant"],
        PlanModel::Finished => &[
            "A unit counts when its whole routing is made",
            "Una unidad cuenta cuando se hace toda su ruta",
            "Ein Stück zählt, wenn sein ganzer Arbeitsplan gefertigt ist",
        ],
        PlanModel::Prebuild => &[
            "Units may be made ahead and stocked",
            "Las unidades se pueden hacer antes y guardar",
            "Stücke dürfen vorgefertigt und gelagert werden",
        ],
        PlanModel::Baseline => &[
            "Lines are filled in sheet order, as by hand",
            "Las líneas se llenan en el orden de la hoja, como a mano",
            "Linien werden in der Reihenfolge des Blatts gefüllt, wie von Hand",
        ],
    });
    let (plants, areas) = (l.list(&document.plants, 4), l.list(&document.areas, 8));
    say!(
        l,
        "{plants}: {areas}. {reading}; unmet demand is weighed in {0}.",
        "{plants}: {areas}. {reading}; la demanda no atendida se pesa en {0}.",
        "{plants}: {areas}. {reading}; fehlender Bedarf wiegt in {0}.",
        l.weight_unit(&document.weight_unit)
    )
}

/// Figures that everybody asks for.
pub fn key_figures(page: &mut Html, document: &PlanDocument) {
    let (l, s) = (document.language, &document.summary);
    let unit = l.of(&["units", "unidades", "Stück"]);
    let fullest = document.lines.iter().max_by(|a, b| a.utilization_pct.total_cmp(&b.utilization_pct).then_with(|| b.line.cmp(&a.line)));
    let full_lines: std::collections::BTreeSet<(&str, &str)> =
        document.lines.iter().filter(|l| l.utilization_pct >= 100.0 - 1e-6).map(|l| (l.plant.as_str(), l.line.as_str())).collect();
    let all_lines: std::collections::BTreeSet<(&str, &str)> = document.lines.iter().map(|l| (l.plant.as_str(), l.line.as_str())).collect();
    let lost = (s.demand_units - s.finished_units).max(0.0);
    let load = if s.hours_available > 0.0 { 100.0 * s.hours_used / s.hours_available } else { 0.0 };
    let mut figures = vec![
        (l.of(&["Demand", "Demanda", "Bedarf"]), l.whole(s.demand_units), unit.to_owned()),
        (l.of(&["Finished", "Terminadas", "Fertig"]), l.whole(s.finished_units), unit.to_owned()),
        (l.of(&["Not finished", "Sin terminar", "Nicht fertig"]), l.units(lost), unit.to_owned()),
        (
            l.of(&["Fullest line", "Línea más llena", "Vollste Linie"]),
            l.percent(s.max_utilization_pct),
            fullest.map_or("%".to_owned(), |line| format!("% · {}, {}", line.line, line.period)),
        ),
        (
            l.of(&["Lines that are full", "Líneas llenas", "Volle Linien"]),
            l.whole(full_lines.len() as f64),
            say!(l, "of {0}, in some period", "de {0}, en algún periodo", "von {0}, in einer Periode", l.whole(all_lines.len() as f64)),
        ),
        (
            l.of(&["All lines", "Todas las líneas", "Alle Linien"]),
            l.percent(load),
            say!(l, "% · {0} of {1} h", "% · {0} de {1} h", "% · {0} von {1} h", l.hours(s.hours_used), l.hours(s.hours_available)),
        ),
    ];
    if s.overtime_hours > 0.05 {
        figures.push((l.of(&["Overtime", "Horas extra", "Überstunden"]), l.hours(s.overtime_hours), "h".to_owned()));
    }
    if document.changeovers != ChangeoverCharging::None {
        figures.push((l.of(&["Changeovers", "Cambios", "Rüsten"]), l.hours(s.changeover_hours), "h".to_owned()));
    }
    page.raw(&format!("<dl class=\"figures\" aria-label=\"{}\">\n", l.of(&["Key figures", "Cifras clave", "Kennzahlen"])));
    for (name, value, unit) in figures {
        page.raw("<div>").element("dt", name).raw("<dd><b>").text(&value).raw("</b> <small>").text(&unit).raw("</small></dd></div>\n");
    }
    page.raw("</dl>\n");
}

/// The colours of utilisation, by word and number.
pub fn legend(page: &mut Html, l: Language) {
    let label = l.of(&["Colours of utilisation", "Colores de la utilización", "Farben der Auslastung"]);
    page.raw(&format!("<p class=\"legend\" aria-label=\"{label}\">"));
    let (under, over) = (l.of(&["under 70 %", "menos de 70 %", "unter 70 %"]), l.of(&["over 100", "más de 100", "über 100"]));
    for (pct, text) in [(50.0, under), (80.0, "70–85"), (90.0, "85–95"), (99.0, "95–100"), (120.0, over)] {
        page.raw(&format!("<span class=\"{}\">{}</span>", band(pct), escaped(text)));
    }
    page.raw("</p>\n");
}

/// How the answer was found and checked.
pub fn footer(page: &mut Html, document: &PlanDocument) {
    let l = document.language;
    let title = l.of(&["How good this answer is", "Qué tan buena es esta respuesta", "Wie gut diese Antwort ist"]);
    page.raw("<footer>\n").element("h2", title).raw("\n");
    let proof = match (document.status.as_str(), document.gap_in_words()) {
        ("optimal", _) => l
            .of(&[
                "Proven optimal in every stage: no plan on this data does better in their order.",
                "Óptimo probado en cada etapa: ningún plan con estos datos es mejor en su orden.",
                "In jeder Stufe bewiesen optimal: Kein Plan auf diesen Daten ist in ihrer Reihenfolge besser.",
            ])
            .to_owned(),
        ("limit_reached", Some(gap)) => say!(
            l,
            "Feasible, stopped at a limit: no plan is better by more than {gap}.",
            "Factible, detenido en un límite: ningún plan es mejor en más de {gap}.",
            "Zulässig, an einer Grenze angehalten: Kein Plan ist um mehr als {gap} besser."
        ),
        _ => l
            .of(&[
                "The baseline rule: what filling lines by hand in sheet order gives; nothing is claimed about it.",
                "La regla base: lo que da llenar las líneas a mano en el orden de la hoja; nada se afirma de ella.",
                "Die Grundregel: was sich ergibt, wenn Linien von Hand in der Reihenfolge des Blatts gefüllt werden; über sie wird nichts behauptet.",
            ])
            .to_owned(),
    };
    page.element("p", &proof);
    if !document.stages.is_empty() {
        page.table(
            "stages",
            l.of(&["Stages of the objective in order", "Etapas del objetivo en orden", "Stufen des Ziels in ihrer Reihenfolge"]),
            &[
                l.of(&["Stage", "Etapa", "Stufe"]),
                l.of(&["#Value", "#Valor", "#Wert"]),
                l.of(&["#Proven bound", "#Cota probada", "#Bewiesene Schranke"]),
            ],
        );
        for stage in document.stages.iter().take(30) {
            page.raw("<tr>")
                .element("th scope=\"row\"", &l.stage(&stage.name))
                .number(&l.quantity(stage.value))
                .number(&l.quantity(stage.bound))
                .raw("</tr>\n");
        }
        page.end_table();
    }
    let v = &document.verification;
    let largest = [v.demand_error, v.capacity_error, v.route_error, v.objective_error].into_iter().fold(0.0, f64::max);
    let verdict = if v.holds { l.of(&["holds", "se cumple", "stimmt"]) } else { l.of(&["DOES NOT HOLD", "NO SE CUMPLE", "STIMMT NICHT"]) };
    let largest = l.number(format!("{largest:.1e}"));
    let check = say!(
        l,
        "Demand, capacity, routes and objective, recomputed independently: {verdict} (largest relative error {largest}).",
        "Demanda, capacidad, rutas y objetivo, recalculados de forma independiente: {verdict} (mayor error relativo {largest}).",
        "Bedarf, Kapazität, Arbeitspläne und Ziel, unabhängig nachgerechnet: {verdict} (größter relativer Fehler {largest})."
    );
    page.element("p", &check);
    page.element("p class=\"fine\"", &format!("{}. {}, {}.", settings(document), document.engine, document.schema));
    page.raw("</footer>\n");
}

/// How lines were evened out, changeovers charged and priorities read.
fn settings(document: &PlanDocument) -> String {
    let l = document.language;
    let balance = l.of(match document.balance {
        Balance::Leximin => {
            &["Lines evened out down to the last", "Líneas equilibradas hasta la última", "Linien bis zur letzten ausgeglichen"]
        }
        Balance::Max => &["Fullest lines evened out", "Líneas más llenas equilibradas", "Vollste Linien ausgeglichen"],
        Balance::Off => &["Lines not evened out", "Líneas sin equilibrar", "Linien nicht ausgeglichen"],
    });
    let changeovers = l.of(match document.changeovers {
        ChangeoverCharging::None => &["changeovers not charged", "cambios sin cargar", "Rüsten nicht berechnet"],
        ChangeoverCharging::Mix => {
            &["changeovers estimated from the mix", "cambios estimados de la mezcla", "Rüsten aus dem Mix geschätzt"]
        }
        ChangeoverCharging::Campaign => &[
            "changeovers charged for every model on a line",
            "cambios cargados por cada modelo en una línea",
            "Rüsten für jedes Modell auf einer Linie berechnet",
        ],
    });
    let priority = l.of(match document.priority_reading {
        PriorityReading::Preference => &[
            "priorities rank the lines for a model",
            "las prioridades ordenan las líneas de un modelo",
            "Prioritäten ordnen die Linien eines Modells",
        ],
        PriorityReading::Rank => &[
            "priorities rank the models at a line",
            "las prioridades ordenan los modelos en una línea",
            "Prioritäten ordnen die Modelle an einer Linie",
        ],
    });
    format!("{balance}; {changeovers}; {priority}")
}
