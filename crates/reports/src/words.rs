//! What the documents say that the plan's own sentences do not, in the reader's language.

use line_plan::Language;
use serde::Serialize;

/// Headings and small words.
#[derive(Clone, Debug, Serialize)]
#[allow(missing_docs)] // the names say where each stands
pub struct Words {
    pub page: &'static str,
    pub of: &'static str,
    pub executive: &'static str,
    pub plant: &'static str,
    pub hero: &'static str,
    pub constraint: &'static str,
    pub no_constraint: &'static str,
    pub demand: &'static str,
    pub demanded: &'static str,
    pub finished: &'static str,
    pub all: &'static str,
    pub areas: &'static str,
    pub area: &'static str,
    pub lines: &'static str,
    pub line: &'static str,
    pub unmet: &'static str,
    pub all_met: &'static str,
    pub unmet_head: [&'static str; 5],
    pub gains: &'static str,
    pub no_gains: &'static str,
    pub gains_head: [&'static str; 3],
    pub gains_note: &'static str,
    pub comparison: &'static str,
    pub trust: &'static str,
    pub issues: &'static str,
    pub issues_head: [&'static str; 3],
    pub units: &'static str,
    pub bands: [(&'static str, &'static str); 5],
}

/// Bands of utilisation, by the names that the forms know.
const BANDS: [&str; 5] = ["idle", "easy", "busy", "tight", "over"];

/// The band of a utilisation (%).
pub fn band(pct: f64) -> &'static str {
    // A line that is full is at 100 % but for the last digit.
    match pct {
        pct if pct < 70.0 => BANDS[0],
        pct if pct < 85.0 => BANDS[1],
        pct if pct < 95.0 => BANDS[2],
        pct if pct <= 100.0 + 1e-6 => BANDS[3],
        _ => BANDS[4],
    }
}

/// The words of a language.
pub fn words(l: Language) -> Words {
    Words {
        page: l.of(&["Page", "Página", "Seite"]),
        of: l.of(&["of", "de", "von"]),
        executive: l.of(&["Executive report", "Informe ejecutivo", "Bericht für die Leitung"]),
        plant: l.of(&["Plant report", "Informe de planta", "Werksbericht"]),
        hero: l.of(&["of demand can be finished", "de la demanda se puede terminar", "des Bedarfs können gefertigt werden"]),
        constraint: l.of(&["What limits the plant", "Qué limita la planta", "Was das Werk begrenzt"]),
        no_constraint: l.of(&[
            "No group of lines is short of hours: everything that is demanded can be made.",
            "A ningún grupo de líneas le faltan horas: se puede hacer todo lo que se demanda.",
            "Keiner Gruppe von Linien fehlen Stunden: Alles, was verlangt wird, kann gefertigt werden.",
        ]),
        demand: l.of(&["Demand and what can be finished", "Demanda y lo que se puede terminar", "Bedarf, und was gefertigt werden kann"]),
        demanded: l.of(&["demanded (units)", "demandadas (unidades)", "verlangt (Stück)"]),
        finished: l.of(&["finished (units)", "terminadas (unidades)", "fertig (Stück)"]),
        all: l.of(&["all of it", "todo", "alles"]),
        areas: l.of(&["Utilisation of areas (%)", "Utilización de las áreas (%)", "Auslastung der Bereiche (%)"]),
        area: l.of(&["Area", "Área", "Bereich"]),
        lines: l.of(&["Utilisation of lines (%)", "Utilización de las líneas (%)", "Auslastung der Linien (%)"]),
        line: l.of(&["Line", "Línea", "Linie"]),
        unmet: l.of(&["What cannot be made, and why", "Qué no se puede hacer, y por qué", "Was nicht gefertigt werden kann, und warum"]),
        all_met: l.of(&[
            "Everything that is demanded can be made.",
            "Se puede hacer todo lo que se demanda.",
            "Alles, was verlangt wird, kann gefertigt werden.",
        ]),
        unmet_head: [
            l.of(&["Period", "Periodo", "Periode"]),
            l.of(&["Model", "Modelo", "Modell"]),
            l.of(&["Units", "Unidades", "Stück"]),
            "",
            l.of(&["Why", "Por qué", "Warum"]),
        ],
        gains: l.of(&["What would help", "Qué ayudaría", "Was helfen würde"]),
        no_gains: l.of(&[
            "No single approval or shift would bring more.",
            "Ninguna aprobación ni turno por sí solo daría más.",
            "Keine einzelne Freigabe oder Schicht brächte mehr.",
        ]),
        gains_head: [l.of(&["Change", "Cambio", "Änderung"]), l.of(&["Units more", "Unidades más", "Stück mehr"]), ""],
        gains_note: l.of(&[
            "Each is counted by itself; together they bring less than their sum.",
            "Cada uno se cuenta por sí solo; juntos dan menos que su suma.",
            "Jedes zählt für sich; zusammen bringen sie weniger als ihre Summe.",
        ]),
        comparison: l.of(&["Beside the spreadsheet's rule", "Frente a la regla de la hoja de cálculo", "Neben der Regel der Tabelle"]),
        trust: l.of(&["How good this answer is", "Qué tan buena es esta respuesta", "Wie gut diese Antwort ist"]),
        issues: l.of(&["What was found in the data", "Qué se encontró en los datos", "Was in den Daten gefunden wurde"]),
        issues_head: [l.of(&["Kind", "Tipo", "Art"]), l.of(&["Where", "Dónde", "Wo"]), l.of(&["What", "Qué", "Was"])],
        units: l.of(&["units", "unidades", "Stück"]),
        bands: [
            (BANDS[0], l.of(&["under 70 %", "menos de 70 %", "unter 70 %"])),
            (BANDS[1], "70–85"),
            (BANDS[2], "85–95"),
            (BANDS[3], "95–100"),
            (BANDS[4], l.of(&["over 100", "más de 100", "über 100"])),
        ],
    }
}
