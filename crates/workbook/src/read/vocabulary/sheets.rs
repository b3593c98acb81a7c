//! What sheets are called, and the words by which one says that it is no input or that a heading means nothing more.

use super::Kind;

/// What sheets of a kind are called.
pub(in crate::read) fn sheet_names(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Lines => {
            &["lines", "lineas", "linien", "production lines", "lineas produccion", "produktionslinien", "fertigungslinien", "work centers"]
        }
        Kind::Models => {
            &["models", "modelos", "modelle", "products", "productos", "produkte", "items", "artikel", "familias", "families", "familien"]
        }
        Kind::Capabilities => &[
            "compatibilities",
            "compatibility",
            "compatibilidades",
            "compatibilidad",
            "kompatibilitaten",
            "kompatibilitat",
            "capabilities",
            "capacidades",
            "fahigkeiten",
            "compat",
            "line model",
            "linea modelo",
            "freigaben",
            "zuordnung",
        ],
        Kind::Volumes => &[
            "volumes",
            "volume",
            "volumenes",
            "volumen",
            "volumenes produccion",
            "mengen",
            "bedarf",
            "bedarfe",
            "demand",
            "demanda",
            "demandas",
            "forecast",
            "pronostico",
            "stuckzahlen",
            "absatzplan",
        ],
        Kind::Areas => &["areas", "area", "bereiche", "stages", "etapas", "procesos", "abteilungen"],
        Kind::Routings => {
            &["routing", "routings", "rutas", "ruta", "arbeitsplan", "arbeitsplane", "routes", "passes", "pasadas", "durchlaufe"]
        }
        Kind::Changeovers => &[
            "changeover",
            "changeovers",
            "cambios",
            "cambio",
            "cambio modelo",
            "cambios modelo",
            "umrustung",
            "umrusten",
            "rusten",
            "umrustzeiten",
            "rustzeiten",
            "rustmatrix",
            "setup",
            "setups",
            "changeover matrix",
        ],
        Kind::Calendar => {
            &["calendar", "calendario", "kalender", "operating days", "dias operacion", "arbeitstage", "working days", "dias laborables"]
        }
        Kind::Families => {
            &["modelos", "models", "modelle", "settings", "ajustes", "einstellungen", "configuracion", "parametros", "steps", "pasos"]
        }
    }
}

/// Words by which a sheet says that it is an answer, not a question.
pub(in crate::read) const RESULT_WORDS: &[&str] = &[
    "resultado",
    "result",
    "ergebni",
    "ergebnisse",
    "summary",
    "resumen",
    "zusammenfassung",
    "utilisation",
    "utilization",
    "utilizacion",
    "auslastung",
    "unmet",
    "constraint",
    "restriccion",
    "restriccione",
    "engpass",
    "engpasse",
    "explanation",
    "explicacion",
    "explicacione",
    "erklarungen",
    "dashboard",
    "tablero",
    "report",
    "reporte",
    "bericht",
    "chart",
    "grafico",
    "grafica",
    "diagramm",
    "allocation",
    "verification",
];

/// Words by which a sheet says that it is a copy or a trial.
pub(in crate::read) const COPY_WORDS: &[&str] = &[
    "copy", "copia", "kopie", "old", "viejo", "vieja", "alt", "backup", "bak", "respaldo", "anterior", "previou", "prueba", "tmp", "temp",
    "draft", "borrador", "entwurf", "scratch", "trial", "obsolete", "obsoleto", "archiv", "archive", "antiguo",
];

/// Words that make a heading with a period in it one of operating days.
pub(in crate::read) const DAY_MARKS: &[&str] = &["day", "dia", "tag", "tage", "arbeitstage", "betriebstage", "produktionstage"];

/// Words that may stand in a heading without changing it.
pub(in crate::read) const FILLER_WORDS: &[&str] = &[
    "of", "the", "in", "per", "por", "pro", "je", "de", "del", "la", "el", "lo", "en", "y", "and", "und", "der", "die", "da", "des", "for",
    "para", "fur", "oder", "or", "o", "al",
];

/// Units, which may stand in a heading without brackets.
pub(in crate::read) const UNIT_WORDS: &[&str] = &[
    "s",
    "sec",
    "seg",
    "sek",
    "second",
    "segundo",
    "sekunde",
    "sekunden",
    "h",
    "hr",
    "hour",
    "hora",
    "stunde",
    "stunden",
    "std",
    "min",
    "minute",
    "minuto",
    "minuten",
    "%",
    "pct",
    "percent",
    "prozent",
    "porcentaje",
    "unit",
    "unidad",
    "unidade",
    "ud",
    "uds",
    "pza",
    "pc",
    "pcs",
    "stk",
    "stuck",
    "day",
    "dia",
    "tag",
    "d",
    "usd",
    "eur",
    "mxn",
];
