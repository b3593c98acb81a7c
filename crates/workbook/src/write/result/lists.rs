//! The sheets that are lists: every line and period, unmet demand, constraints, gains, explanations and the workbook's issues.

use line_plan::{Language, PlanDocument, Severity, say};
use rust_xlsxwriter::XlsxError;

use super::super::problem::Cell;
use super::page::{Page, Show};

/// Every line in every period.
pub(super) fn lines(page: &mut Page<'_>, document: &PlanDocument) -> Result<(), XlsxError> {
    let l = page.language;
    page.title(
        l.of(&["Lines", "Líneas", "Linien"]),
        l.of(&[
            "Hours of every line and period, and what one more hour would save in unmet weight.",
            "Horas de cada línea y periodo, y lo que una hora más salvaría en peso no atendido.",
            "Stunden jeder Linie und Periode, und was eine weitere Stunde an fehlendem Gewicht retten würde.",
        ]),
    )?;
    let with_shifts = document.lines.iter().any(|line| line.shift_pattern.is_some());
    let rows: Vec<Vec<Cell>> = document
        .lines
        .iter()
        .map(|line| {
            let mut row = vec![
                line.plant.as_str().into(),
                line.area.as_str().into(),
                line.line.as_str().into(),
                line.period.as_str().into(),
                line.hours_available.into(),
                line.hours_used.into(),
                line.changeover_hours.into(),
                line.overtime_hours.into(),
                (line.utilization_pct / 100.0).into(),
                line.hour_price.into(),
                if line.constraint { l.of(&["constraint", "restricción", "Engpass"]).into() } else { Cell::Blank },
            ];
            if with_shifts {
                row.push(line.shift_pattern.as_deref().map_or(Cell::Blank, Cell::from));
            }
            row
        })
        .collect();
    let mut columns = vec![
        (l.of(&["Plant", "Planta", "Werk"]), 14.0, Show::Text),
        (l.of(&["Area", "Área", "Bereich"]), 16.0, Show::Text),
        (l.of(&["Line", "Línea", "Linie"]), 18.0, Show::Text),
        (l.of(&["Period", "Periodo", "Periode"]), 11.0, Show::Text),
        (l.of(&["Available (h)", "Disponible (h)", "Verfügbar (h)"]), 13.0, Show::Hours),
        (l.of(&["Used (h)", "Usadas (h)", "Genutzt (h)"]), 13.0, Show::Hours),
        (l.of(&["Changeovers (h)", "Cambios (h)", "Rüsten (h)"]), 13.0, Show::Hours),
        (l.of(&["Overtime (h)", "Horas extra (h)", "Überstunden (h)"]), 13.0, Show::Hours),
        (l.of(&["Utilization (%)", "Utilización (%)", "Auslastung (%)"]), 13.0, Show::Percent),
        (
            l.of(&["Price of one more hour (weight/h)", "Precio de una hora más (peso/h)", "Preis einer weiteren Stunde (Gewicht/h)"]),
            18.0,
            Show::Decimal,
        ),
        (l.of(&["Constraint", "Restricción", "Engpass"]), 13.0, Show::Text),
    ];
    if with_shifts {
        columns.push((l.of(&["Shift pattern chosen", "Patrón de turnos elegido", "Gewähltes Schichtmodell"]), 20.0, Show::Text));
    }
    page.list(&columns, &rows, l.of(&["No line is in scope.", "Ninguna línea está incluida.", "Keine Linie ist im Umfang."]))
}

/// What cannot be delivered, and why.
pub(super) fn unmet(page: &mut Page<'_>, document: &PlanDocument) -> Result<(), XlsxError> {
    let l = page.language;
    page.title(
        l.of(&["Unmet demand", "Demanda no atendida", "Fehlender Bedarf"]),
        l.of(&[
            "What cannot be delivered, largest weight first, with the reason.",
            "Lo que no se puede entregar, primero el mayor peso, con el motivo.",
            "Was nicht geliefert werden kann, das größte Gewicht zuerst, mit dem Grund.",
        ]),
    )?;
    let rows: Vec<Vec<Cell>> = document
        .unmet
        .iter()
        .map(|entry| {
            vec![
                entry.model.as_str().into(),
                entry.period.as_str().into(),
                entry.units.into(),
                entry.reason.words(l).into(),
                entry.area.as_str().into(),
                entry.plant.as_str().into(),
                entry.limiting_lines.join(", ").as_str().into(),
                entry.explanation.as_str().into(),
                entry.customer.as_str().into(),
                entry.family.as_str().into(),
                entry.weight.into(),
            ]
        })
        .collect();
    let columns = [
        (l.of(&["Model", "Modelo", "Modell"]), 26.0, Show::Text),
        (l.of(&["Period", "Periodo", "Periode"]), 11.0, Show::Text),
        (l.of(&["Unmet units", "Unidades no atendidas", "Fehlende Stück"]), 13.0, Show::Units),
        (l.of(&["Reason", "Motivo", "Grund"]), 24.0, Show::Text),
        (l.of(&["Area", "Área", "Bereich"]), 16.0, Show::Text),
        (l.of(&["Plant", "Planta", "Werk"]), 14.0, Show::Text),
        (l.of(&["Limiting lines", "Líneas que limitan", "Begrenzende Linien"]), 26.0, Show::Sentence),
        (l.of(&["Explanation", "Explicación", "Erklärung"]), 70.0, Show::Sentence),
        (l.of(&["Customer", "Cliente", "Kunde"]), 20.0, Show::Text),
        (l.of(&["Family", "Familia", "Familie"]), 16.0, Show::Text),
        (l.of(&["Unmet weight", "Peso no atendido", "Fehlendes Gewicht"]), 13.0, Show::Decimal),
    ];
    page.list(&columns, &rows, l.of(&["All demand is met.", "Toda la demanda se atiende.", "Aller Bedarf wird gedeckt."]))
}

/// The kind of a gain in words.
fn kind(kind: &str, l: Language) -> &str {
    match kind {
        "approval" => l.of(&["approval", "aprobación", "Freigabe"]),
        "shift" => l.of(&["shift", "turno", "Schicht"]),
        other => other,
    }
}

/// The tight sets of lines.
pub(super) fn constraints(page: &mut Page<'_>, document: &PlanDocument) -> Result<(), XlsxError> {
    let l = page.language;
    page.title(
        l.of(&["Constraint", "Restricción", "Engpass"]),
        l.of(&[
            "Lines that together limit the plan: what they are full with can be made nowhere else. Worst first.",
            "Líneas que juntas limitan el plan: lo que las llena no se puede hacer en otro lugar. Primero la peor.",
            "Linien, die zusammen den Plan begrenzen: Was sie füllt, kann nirgends sonst gefertigt werden. Die schlimmste zuerst.",
        ]),
    )?;
    let rows: Vec<Vec<Cell>> = document
        .constraints
        .iter()
        .map(|entry| {
            vec![
                entry.area.as_str().into(),
                entry.period.as_str().into(),
                entry.lines.join(", ").as_str().into(),
                entry.hours_needed.into(),
                entry.hours_available.into(),
                (entry.utilization_pct / 100.0).into(),
                if entry.short {
                    l.of(&["demand is lost", "se pierde demanda", "Bedarf geht verloren"])
                } else {
                    l.of(&["everything is made", "todo se hace", "alles wird gefertigt"])
                }
                .into(),
                entry.explanation.as_str().into(),
                entry.models.join(", ").as_str().into(),
                entry.plant.as_str().into(),
            ]
        })
        .collect();
    let columns = [
        (l.of(&["Area", "Área", "Bereich"]), 16.0, Show::Text),
        (l.of(&["Period", "Periodo", "Periode"]), 11.0, Show::Text),
        (l.of(&["Lines", "Líneas", "Linien"]), 28.0, Show::Sentence),
        (l.of(&["Needed (h)", "Necesarias (h)", "Gebraucht (h)"]), 13.0, Show::Hours),
        (l.of(&["Available (h)", "Disponible (h)", "Verfügbar (h)"]), 13.0, Show::Hours),
        (l.of(&["Needed of available (%)", "Necesario de lo disponible (%)", "Gebraucht vom Verfügbaren (%)"]), 13.0, Show::Percent),
        (l.of(&["Effect", "Efecto", "Wirkung"]), 18.0, Show::Text),
        (l.of(&["Explanation", "Explicación", "Erklärung"]), 70.0, Show::Sentence),
        (
            l.of(&["Models that only these lines make", "Modelos que solo hacen estas líneas", "Modelle, die nur diese Linien fertigen"]),
            50.0,
            Show::Sentence,
        ),
        (l.of(&["Plant", "Planta", "Werk"]), 14.0, Show::Text),
    ];
    page.list(
        &columns,
        &rows,
        l.of(&["No set of lines limits the plan.", "Ningún grupo de líneas limita el plan.", "Keine Gruppe von Linien begrenzt den Plan."]),
    )
}

/// What one more approval or shift would bring.
pub(super) fn gains(page: &mut Page<'_>, document: &PlanDocument) -> Result<(), XlsxError> {
    let l = page.language;
    page.title(
        l.of(&["Gains", "Ganancias", "Gewinne"]),
        l.of(&[
            "What one more approval or one more shift would deliver, each computed by planning again. Largest first.",
            "Lo que entregaría una aprobación o un turno más, cada uno calculado planeando de nuevo. Primero el mayor.",
            "Was eine weitere Freigabe oder Schicht brächte, jede durch erneutes Planen berechnet. Das Größte zuerst.",
        ]),
    )?;
    let rows: Vec<Vec<Cell>> = document
        .gains
        .iter()
        .map(|entry| {
            vec![
                kind(&entry.kind, l).into(),
                entry.area.as_str().into(),
                entry.line.as_str().into(),
                entry.model.as_deref().unwrap_or_default().into(),
                entry.period.as_str().into(),
                entry.hours.map_or(Cell::Blank, Cell::Number),
                entry.units.into(),
                entry.weight.into(),
                entry.explanation.as_str().into(),
                entry.plant.as_str().into(),
            ]
        })
        .collect();
    let columns = [
        (l.of(&["What", "Qué", "Was"]), 12.0, Show::Text),
        (l.of(&["Area", "Área", "Bereich"]), 16.0, Show::Text),
        (l.of(&["Line", "Línea", "Linie"]), 18.0, Show::Text),
        (l.of(&["Model to approve", "Modelo por aprobar", "Freizugebendes Modell"]), 26.0, Show::Text),
        (l.of(&["Period", "Periodo", "Periode"]), 11.0, Show::Text),
        (l.of(&["Hours added (h)", "Horas agregadas (h)", "Zusätzliche Stunden (h)"]), 13.0, Show::Hours),
        (l.of(&["Units gained", "Unidades ganadas", "Gewonnene Stück"]), 13.0, Show::Units),
        (l.of(&["Weight gained", "Peso ganado", "Gewonnenes Gewicht"]), 13.0, Show::Decimal),
        (l.of(&["Explanation", "Explicación", "Erklärung"]), 70.0, Show::Sentence),
        (l.of(&["Plant", "Planta", "Werk"]), 14.0, Show::Text),
    ];
    page.list(
        &columns,
        &rows,
        l.of(&[
            "No single approval or shift would deliver more.",
            "Ninguna aprobación o turno por sí solo entregaría más.",
            "Keine einzelne Freigabe oder Schicht brächte mehr.",
        ]),
    )
}

/// What the plan changes against the released one.
pub(super) fn changes(page: &mut Page<'_>, document: &PlanDocument) -> Result<(), XlsxError> {
    let Some(changes) = &document.released else { return Ok(()) };
    let l = page.language;
    page.title(
        l.of(&["Changes against the released plan", "Cambios frente al plan liberado", "Änderungen gegenüber dem freigegebenen Plan"]),
        &changes.explanation,
    )?;
    let rows: Vec<Vec<Cell>> = changes
        .moves
        .iter()
        .map(|entry| {
            vec![
                entry.period.as_str().into(),
                entry.area.as_str().into(),
                entry.line.as_str().into(),
                entry.model.as_str().into(),
                entry.step.as_str().into(),
                entry.released_units.into(),
                entry.units.into(),
                (entry.units - entry.released_units).into(),
                entry.hours.into(),
                entry.plant.as_str().into(),
            ]
        })
        .collect();
    let columns = [
        (l.of(&["Period", "Periodo", "Periode"]), 11.0, Show::Text),
        (l.of(&["Area", "Área", "Bereich"]), 16.0, Show::Text),
        (l.of(&["Line", "Línea", "Linie"]), 18.0, Show::Text),
        (l.of(&["Model", "Modelo", "Modell"]), 26.0, Show::Text),
        (l.of(&["Board or side", "Tarjeta o lado", "Platine oder Seite"]), 14.0, Show::Text),
        (l.of(&["Released (units)", "Liberado (unidades)", "Freigegeben (Stück)"]), 14.0, Show::Units),
        (l.of(&["Now (units)", "Ahora (unidades)", "Jetzt (Stück)"]), 14.0, Show::Units),
        (l.of(&["Difference (units)", "Diferencia (unidades)", "Unterschied (Stück)"]), 14.0, Show::Units),
        (l.of(&["Difference (h)", "Diferencia (h)", "Unterschied (h)"]), 13.0, Show::Hours),
        (l.of(&["Plant", "Planta", "Werk"]), 14.0, Show::Text),
    ];
    page.list(&columns, &rows, l.of(&["Nothing changes.", "Nada cambia.", "Nichts ändert sich."]))
}

/// The document's sentences, how good the answer is and what the verifier found.
pub(super) fn explanations(page: &mut Page<'_>, document: &PlanDocument) -> Result<(), XlsxError> {
    let l = page.language;
    page.title(
        l.of(&["Explanations", "Explicaciones", "Erklärungen"]),
        l.of(&[
            "Why the plan is as it is, and how far it is proven.",
            "Por qué el plan es como es, y hasta dónde está probado.",
            "Warum der Plan so ist und wie weit er bewiesen ist.",
        ]),
    )?;
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    let mut tell = |topic: &str, sentence: &str| rows.push(vec![topic.into(), sentence.into()]);
    for sentence in &document.explanations {
        tell("Plan", sentence);
    }
    if let Some(comparison) = &document.comparison {
        tell(l.of(&["Comparison", "Comparación", "Vergleich"]), &comparison.explanation);
    }
    for stage in &document.stages {
        let proof = if stage.value == stage.bound {
            l.of(&["proven optimal", "óptimo probado", "bewiesen optimal"]).to_owned()
        } else {
            say!(l, "proven bound {0}", "cota probada {0}", "bewiesene Schranke {0}", l.quantity(stage.bound))
        };
        tell(l.of(&["Objective", "Objetivo", "Ziel"]), &format!("{}: {} ({proof})", l.stage(&stage.name), l.quantity(stage.value)));
    }
    let check = &document.verification;
    let verdict =
        if check.holds { l.of(&["holds", "se cumple", "stimmt"]) } else { l.of(&["does not hold", "no se cumple", "stimmt nicht"]) };
    let worst = [check.demand_error, check.capacity_error, check.route_error, check.objective_error].into_iter().fold(0.0, f64::max);
    let worst = l.number(format!("{worst:.1e}"));
    tell(
        l.of(&["Verification", "Verificación", "Prüfung"]),
        &say!(
            l,
            "the balance of demand, capacity, routes and objective {verdict}; largest relative error {worst}",
            "el balance de demanda, capacidad, rutas y objetivo {verdict}; mayor error relativo {worst}",
            "die Bilanz von Bedarf, Kapazität, Arbeitsplänen und Ziel {verdict}; größter relativer Fehler {worst}"
        ),
    );
    let columns = [
        (l.of(&["About", "Sobre", "Über"]), 16.0, Show::Text),
        (l.of(&["Explanation", "Explicación", "Erklärung"]), 130.0, Show::Sentence),
    ];
    page.list(&columns, &rows, "")
}

/// What was found in the workbook.
pub(super) fn issues(page: &mut Page<'_>, document: &PlanDocument) -> Result<(), XlsxError> {
    let l = page.language;
    page.title(
        l.of(&["Issues", "Hallazgos", "Befunde"]),
        l.of(&[
            "What was found in the workbook that was planned: errors, warnings, and what was done with the rest.",
            "Lo que se halló en el libro que se planeó: errores, advertencias y qué se hizo con el resto.",
            "Was in der geplanten Arbeitsmappe gefunden wurde: Fehler, Warnungen und was mit dem Rest geschah.",
        ]),
    )?;
    let rows: Vec<Vec<Cell>> = document
        .issues
        .iter()
        .map(|issue| {
            vec![
                l.of(match issue.severity {
                    Severity::Error => &["error", "error", "Fehler"],
                    Severity::Warning => &["warning", "advertencia", "Warnung"],
                    Severity::Note => &["note", "nota", "Hinweis"],
                })
                .into(),
                issue.sheet.as_str().into(),
                issue.row.map_or(Cell::Blank, |row| f64::from(row).into()),
                issue.column.as_deref().unwrap_or_default().into(),
                issue.found.as_str().into(),
                issue.expected.as_str().into(),
                issue.message.as_str().into(),
                issue.code.as_str().into(),
            ]
        })
        .collect();
    let columns = [
        (l.of(&["Severity", "Gravedad", "Schwere"]), 10.0, Show::Text),
        (l.of(&["Sheet", "Hoja", "Blatt"]), 22.0, Show::Text),
        (l.of(&["Row", "Fila", "Zeile"]), 8.0, Show::Units),
        (l.of(&["Column", "Columna", "Spalte"]), 22.0, Show::Text),
        (l.of(&["Found", "Hallado", "Gefunden"]), 26.0, Show::Sentence),
        (l.of(&["Expected", "Esperado", "Erwartet"]), 30.0, Show::Sentence),
        (l.of(&["Message (in English)", "Mensaje (en inglés)", "Meldung (auf Englisch)"]), 70.0, Show::Sentence),
        (l.of(&["Code", "Código", "Code"]), 20.0, Show::Text),
    ];
    page.list(
        &columns,
        &rows,
        l.of(&["Nothing was found in the workbook.", "No se halló nada en el libro.", "In der Arbeitsmappe wurde nichts gefunden."]),
    )
}
