//! Why, and what to do: constraints, unmet demand with its reasons, gains, prices, the baseline rule, the workbook's issues.

use std::collections::BTreeMap;

use line_plan::{ConstraintEntry, Issue, Language, LineEntry, PlanDocument, Reason, Severity, Summary, UnmetEntry, say};

use super::heat::filter;
use super::markup::{Html, band, placed};

/// Constraints shown with their sentence.
const CONSTRAINTS: usize = 6;
/// Rows of a list that stand open, and those behind "more".
const OPEN_ROWS: usize = 15;
const MORE_ROWS: usize = 400;

/// The constraint, explained.
pub fn constraints(page: &mut Html, document: &PlanDocument) {
    let l = document.language;
    let short: Vec<&ConstraintEntry> = document.constraints.iter().filter(|constraint| constraint.short).collect();
    let shown: Vec<&ConstraintEntry> =
        if short.is_empty() { document.constraints.iter().take(3).collect() } else { short.iter().copied().take(CONSTRAINTS).collect() };
    let title = if short.is_empty() {
        &["What would limit the plant next", "Qué limitaría después a la planta", "Was das Werk als Nächstes begrenzen würde"]
    } else {
        &["What limits the plant", "Qué limita a la planta", "Was das Werk begrenzt"]
    };
    page.section("constraint", l.of(title));
    let other = other_reasons(document);
    if shown.is_empty() && other.is_empty() {
        let nothing = l.of(&[
            "Nothing: no set of lines is tight.",
            "Nada: ningún grupo de líneas está al límite.",
            "Nichts: Keine Gruppe von Linien ist am Anschlag.",
        ]);
        page.element("p", nothing).raw("\n");
    }
    let most = shown.iter().map(|constraint| constraint.hours_needed.max(constraint.hours_available)).fold(0.0, f64::max);
    page.raw("<ol class=\"limits\">\n");
    for constraint in shown {
        page.raw("<li>");
        page.element("p", &constraint.explanation);
        // Where what must run here would fit, the bar would show slack that others have taken.
        if !constraint.short || constraint.hours_needed > constraint.hours_available {
            load_bar(page, constraint, most, l);
        }
        if !constraint.models.is_empty() {
            let models = l.list(&constraint.models, 5);
            let only = say!(
                l,
                "Only these lines can make: {models}.",
                "Solo estas líneas pueden hacer: {models}.",
                "Nur diese Linien können fertigen: {models}."
            );
            page.element("p class=\"fine\"", &only);
        }
        page.raw("</li>\n");
    }
    page.raw("</ol>\n");
    if short.len() > CONSTRAINTS {
        let rest = &short[CONSTRAINTS..];
        let more = l.counted(
            rest.len(),
            ["more place where demand is lost", "lugar más donde se pierde demanda", "weitere Stelle, an der Bedarf verloren geht"],
            ["more places where demand is lost", "lugares más donde se pierde demanda", "weitere Stellen, an denen Bedarf verloren geht"],
        );
        page.raw("<details>").element("summary", &more).raw("\n<ul>\n");
        for constraint in rest.iter().take(MORE_ROWS) {
            page.element("li", &constraint.explanation).raw("\n");
        }
        page.raw("</ul></details>\n");
    }
    if !other.is_empty() {
        let title = l.of(&["Not a matter of capacity", "No es cuestión de capacidad", "Keine Frage der Kapazität"]);
        page.element("h3", title).raw("\n<ul>\n");
        other.iter().for_each(|sentence| {
            page.element("li", sentence).raw("\n");
        });
        page.raw("</ul>\n");
    }
    page.end_section();
}

/// Hours needed over hours available, as a bar.
fn load_bar(page: &mut Html, constraint: &ConstraintEntry, most: f64, l: Language) {
    let scale = |value: f64| if most > 0.0 { 100.0 * value / most } else { 0.0 };
    let (needed, available) = (scale(constraint.hours_needed), scale(constraint.hours_available));
    let label = say!(
        l,
        "{0} h needed, {1} h available",
        "{0} h necesarias, {1} h disponibles",
        "{0} h gebraucht, {1} h verfügbar",
        l.hours(constraint.hours_needed),
        l.hours(constraint.hours_available)
    );
    page.raw(&format!(
        "<svg class=\"load\" viewBox=\"0 0 100 8\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"{label}\"><rect class=\"have\" width=\"{available:.2}\" height=\"8\"/><rect class=\"need {}\" y=\"2\" width=\"{needed:.2}\" height=\"4\"/></svg>",
        band(constraint.utilization_pct)
    ));
}

/// One sentence for each reason other than full lines, taken from the document's explanations of single models.
fn other_reasons(document: &PlanDocument) -> Vec<String> {
    let mut by_reason: BTreeMap<Reason, (f64, Vec<&str>)> = BTreeMap::new();
    for entry in document.unmet.iter().filter(|entry| entry.reason != Reason::Capacity) {
        let place = by_reason.entry(entry.reason).or_default();
        place.0 += entry.units;
        if !place.1.contains(&entry.model.as_str()) {
            place.1.push(&entry.model);
        }
    }
    let l = document.language;
    let sentence = |(reason, (lost, models)): (Reason, (f64, Vec<&str>))| {
        let (why, units, models) = (capital(reason.words(l)), l.unit_count(lost), l.list(&models, 6));
        say!(l, "{why}: {units} of {models}.", "{why}: {units} de {models}.", "{why}: {units} von {models}.")
    };
    by_reason.into_iter().map(sentence).collect()
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

/// One model's loss in an area for one reason, over the periods.
struct Loss<'a> {
    first: &'a UnmetEntry,
    units: f64,
    weight: f64,
    periods: Vec<&'a str>,
}

/// Unmet demand, the most valuable first.
pub fn unmet(page: &mut Html, document: &PlanDocument) {
    let l = document.language;
    page.section("unmet", l.of(&["Demand that is not met", "Demanda que no se atiende", "Bedarf, der fehlt"]));
    let losses = losses(document);
    if losses.is_empty() {
        let none = l.of(&[
            "None: everything demanded can be made.",
            "Ninguna: todo lo pedido se puede hacer.",
            "Keiner: Alles Gebrauchte kann gefertigt werden.",
        ]);
        page.element("p", none).raw("\n");
        page.end_section();
        return;
    }
    let note = l.of(&[
        "The most valuable first; the sentence is about the largest loss of the row.",
        "Lo más valioso primero; la frase trata de la mayor pérdida de la fila.",
        "Das Wertvollste zuerst; der Satz gilt dem größten Verlust der Zeile.",
    ]);
    page.element("p class=\"note\"", note).raw("\n");
    filter(page, losses.len(), "unmet", l);
    let weight = weight_heading(document);
    let header = [
        "#",
        l.of(&["Model", "Modelo", "Modell"]),
        l.of(&["Customer", "Cliente", "Kunde"]),
        l.of(&["Area", "Área", "Bereich"]),
        l.of(&["Periods", "Periodos", "Perioden"]),
        l.of(&["#Units", "#Unidades", "#Stück"]),
        &weight,
        l.of(&["Why", "Por qué", "Warum"]),
    ];
    let rows = |page: &mut Html, losses: &[Loss], from: usize| {
        page.table(
            "plain ranked",
            l.of(&["Unmet demand by model and area", "Demanda no atendida por modelo y área", "Fehlender Bedarf nach Modell und Bereich"]),
            &header,
        );
        for (index, loss) in losses.iter().enumerate() {
            page.raw(&format!("<tr><td class=\"n\">{}</td>", from + index + 1)).element("th scope=\"row\"", &loss.first.model);
            page.cell(&loss.first.customer).cell(&loss.first.area).cell(&l.list(&loss.periods, 3));
            page.number(&l.units(loss.units)).number(&l.quantity(loss.weight));
            page.cell(&loss.first.explanation).raw("</tr>\n");
        }
        page.end_table();
    };
    let open = losses.len().min(OPEN_ROWS);
    rows(page, &losses[..open], 0);
    let more = losses.len().min(MORE_ROWS);
    if more > open {
        let rest = l.counted(more - open, ["more row", "fila más", "weitere Zeile"], ["more rows", "filas más", "weitere Zeilen"]);
        page.raw("<details>").element("summary", &rest).raw("\n");
        rows(page, &losses[open..more], open);
        page.raw("</details>\n");
    }
    if losses.len() > more {
        let rest: f64 = losses[more..].iter().map(|loss| loss.units).sum();
        let elsewhere = say!(
            l,
            "The workbook and the JSON of this plan have the other {0} rows, with {1} units.",
            "El libro y el JSON de este plan tienen las otras {0} filas, con {1} unidades.",
            "Die Arbeitsmappe und das JSON dieses Plans haben die übrigen {0} Zeilen mit {1} Stück.",
            l.whole((losses.len() - more) as f64),
            l.whole(rest)
        );
        page.element("p", &elsewhere);
    }
    page.end_section();
}

fn weight_heading(document: &PlanDocument) -> String {
    let l = document.language;
    say!(l, "#Weight ({0})", "#Peso ({0})", "#Gewicht ({0})", l.weight_unit(&document.weight_unit))
}

fn losses(document: &PlanDocument) -> Vec<Loss<'_>> {
    let order: BTreeMap<&str, usize> = document.periods.iter().enumerate().map(|(place, period)| (period.name.as_str(), place)).collect();
    let mut by_place: BTreeMap<(&str, &str, Reason), Loss> = BTreeMap::new();
    for entry in &document.unmet {
        let loss = by_place.entry((&entry.model, &entry.area, entry.reason)).or_insert_with(|| Loss {
            first: entry,
            units: 0.0,
            weight: 0.0,
            periods: Vec::new(),
        });
        if entry.units > loss.first.units {
            loss.first = entry;
        }
        loss.units += entry.units;
        loss.weight += entry.weight;
        loss.periods.push(&entry.period);
    }
    let mut losses: Vec<Loss> = by_place.into_values().collect();
    for loss in &mut losses {
        loss.periods.sort_by_key(|period| order.get(period).copied());
    }
    losses.sort_by(|a, b| {
        b.weight
            .total_cmp(&a.weight)
            .then(b.units.total_cmp(&a.units))
            .then_with(|| (&a.first.model, &a.first.area).cmp(&(&b.first.model, &b.first.area)))
    });
    losses
}

/// What would help.
pub fn gains(page: &mut Html, document: &PlanDocument) {
    if document.gains.is_empty() {
        return;
    }
    let l = document.language;
    page.section("gains", l.of(&["What would help", "Qué ayudaría", "Was helfen würde"]));
    let note = l.of(&[
        "Each on its own, found by planning again; gains do not add up.",
        "Cada una por separado, hallada planeando de nuevo; las ganancias no se suman.",
        "Jede für sich, durch erneutes Planen gefunden; Gewinne addieren sich nicht.",
    ]);
    page.element("p class=\"note\"", note).raw("\n");
    let weight = weight_heading(document);
    let header = [l.of(&["Measure", "Medida", "Maßnahme"]), l.of(&["#Units gained", "#Unidades ganadas", "#Gewonnene Stück"]), &weight];
    let caption = l.of(&[
        "Gains of one more approval or shift",
        "Ganancias de una aprobación o un turno más",
        "Gewinne einer weiteren Freigabe oder Schicht",
    ]);
    page.table("plain", caption, &header);
    for gain in document.gains.iter().take(OPEN_ROWS) {
        page.raw("<tr>").element("th scope=\"row\" class=\"sentence\"", &gain.explanation);
        page.number(&l.units(gain.units)).number(&l.quantity(gain.weight)).raw("</tr>\n");
    }
    page.end_table();
    page.end_section();
}

/// What one more hour is worth.
pub fn prices(page: &mut Html, document: &PlanDocument) {
    let mut lines: Vec<&LineEntry> = document.lines.iter().filter(|line| line.hour_price > 1e-9).collect();
    if lines.is_empty() {
        return;
    }
    lines.sort_by(|a, b| {
        b.hour_price.total_cmp(&a.hour_price).then_with(|| (&a.area, &a.line, &a.period).cmp(&(&b.area, &b.line, &b.period)))
    });
    let several = document.plants.len() > 1;
    let l = document.language;
    page.section(
        "prices",
        l.of(&["Where one more hour is worth most", "Dónde vale más una hora adicional", "Wo eine weitere Stunde am meisten wert ist"]),
    );
    let unit = l.weight_unit(&document.weight_unit);
    let price = say!(l, "#One more hour saves ({unit})", "#Una hora más salva ({unit})", "#Eine weitere Stunde rettet ({unit})");
    let header = [
        l.of(&["Line", "Línea", "Linie"]),
        l.of(&["Area", "Área", "Bereich"]),
        l.of(&["Period", "Periodo", "Periode"]),
        l.of(&["#Available (h)", "#Disponible (h)", "#Verfügbar (h)"]),
        l.of(&["#Utilisation (%)", "#Utilización (%)", "#Auslastung (%)"]),
        &price,
    ];
    let caption = l.of(&[
        "Price of one more hour by line and period",
        "Precio de una hora más por línea y periodo",
        "Preis einer weiteren Stunde nach Linie und Periode",
    ]);
    page.table("plain", caption, &header);
    for line in lines.iter().take(OPEN_ROWS) {
        page.raw("<tr>").element("th scope=\"row\"", &placed(&line.plant, &line.line, several)).cell(&line.area).cell(&line.period);
        page.number(&l.hours(line.hours_available))
            .number(&l.percent(line.utilization_pct))
            .number(&l.quantity(line.hour_price))
            .raw("</tr>\n");
    }
    page.end_table();
    if lines.len() > OPEN_ROWS {
        let all = say!(
            l,
            "One more hour is worth something at {0} pairs of line and period in all.",
            "Una hora más vale algo en {0} pares de línea y periodo en total.",
            "Eine weitere Stunde ist an insgesamt {0} Paaren von Linie und Periode etwas wert.",
            l.whole(lines.len() as f64)
        );
        page.element("p class=\"fine\"", &all);
    }
    page.end_section();
}

/// The plan beside the baseline rule.
pub fn comparison(page: &mut Html, document: &PlanDocument) {
    let Some(comparison) = &document.comparison else { return };
    let l = document.language;
    let title = l.of(&[
        "Compared with filling lines by hand",
        "Comparado con llenar las líneas a mano",
        "Verglichen mit dem Füllen der Linien von Hand",
    ]);
    page.section("comparison", title).element("p", &comparison.explanation);
    let header = [
        "",
        l.of(&["#Baseline rule", "#Regla base", "#Grundregel"]),
        l.of(&["#This plan", "#Este plan", "#Dieser Plan"]),
        l.of(&["#Difference", "#Diferencia", "#Unterschied"]),
    ];
    let caption = l.of(&["This plan beside the baseline rule", "Este plan junto a la regla base", "Dieser Plan neben der Grundregel"]);
    page.table("plain", caption, &header);
    type Figure = (&'static str, fn(&Summary) -> f64, fn(Language, f64) -> String);
    let figures: [Figure; 4] = [
        (l.of(&["Finished (units)", "Terminadas (unidades)", "Fertig (Stück)"]), |s| s.finished_units, Language::whole),
        (
            l.of(&["Not finished (units)", "Sin terminar (unidades)", "Nicht fertig (Stück)"]),
            |s| s.demand_units - s.finished_units,
            Language::whole,
        ),
        (l.of(&["Hours used (h)", "Horas usadas (h)", "Genutzte Stunden (h)"]), |s| s.hours_used, Language::hours),
        (l.of(&["Fullest line (%)", "Línea más llena (%)", "Vollste Linie (%)"]), |s| s.max_utilization_pct, Language::percent),
    ];
    for (name, value, show) in figures {
        let (rule, plan) = (value(&comparison.baseline), value(&document.summary));
        let sign = if plan - rule > 0.0 && show(l, plan - rule) != "0" { "+" } else { "" };
        page.raw("<tr>").element("th scope=\"row\"", name).number(&show(l, rule)).number(&show(l, plan));
        page.number(&format!("{sign}{}", show(l, plan - rule))).raw("</tr>\n");
    }
    page.end_table();
    page.end_section();
}

/// What was found in the workbook.
pub fn issues(page: &mut Html, document: &PlanDocument) {
    let mut issues: Vec<&Issue> = document.issues.iter().collect();
    if issues.is_empty() {
        return;
    }
    issues.sort_by_key(|issue| issue.severity);
    let warnings = issues.iter().filter(|issue| issue.severity != Severity::Note).count();
    let l = document.language;
    page.section("issues", l.of(&["Notes on the workbook", "Notas sobre el libro", "Hinweise zur Arbeitsmappe"]));
    let notes = issues.len() - warnings;
    page.raw(&format!(
        "<details{}><summary>{}, {}</summary>\n",
        if warnings > 0 && issues.len() <= 20 { " open" } else { "" },
        l.counted(warnings, ["warning", "advertencia", "Warnung"], ["warnings", "advertencias", "Warnungen"]),
        l.counted(notes, ["note", "nota", "Hinweis"], ["notes", "notas", "Hinweise"])
    ));
    let header = [
        "",
        l.of(&["Sheet", "Hoja", "Blatt"]),
        l.of(&["#Row", "#Fila", "#Zeile"]),
        l.of(&["Column", "Columna", "Spalte"]),
        l.of(&["Finding (in English)", "Hallazgo (en inglés)", "Befund (auf Englisch)"]),
    ];
    page.table("plain", l.of(&["Findings in the workbook", "Hallazgos en el libro", "Befunde in der Arbeitsmappe"]), &header);
    for issue in issues.iter().take(MORE_ROWS) {
        let severity = l.of(match issue.severity {
            Severity::Error => &["error", "error", "Fehler"],
            Severity::Warning => &["warning", "advertencia", "Warnung"],
            Severity::Note => &["note", "nota", "Hinweis"],
        });
        page.raw("<tr>").cell(severity).cell(&issue.sheet).number(&issue.row.map_or(String::new(), |row| row.to_string()));
        page.cell(issue.column.as_deref().unwrap_or("")).cell(&issue.message).raw("</tr>\n");
    }
    page.end_table();
    if issues.len() > MORE_ROWS {
        page.element(
            "p class=\"fine\"",
            &say!(l, "and {0} more", "y {0} más", "und {0} weitere", l.whole((issues.len() - MORE_ROWS) as f64)),
        );
    }
    page.raw("</details>\n");
    page.end_section();
}
