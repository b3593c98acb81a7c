//! The report of a shift as one page to read, to print, and to send: HTML without a file beside it or a script; and as tables for whoever sets it on paper.
//!
//! **Invariant:** whatever people wrote is escaped.

use inventory::words::word;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use platform::language::{Language, Words};

use super::report::ShiftReport;
use crate::kpis::shown::KpiRow;

const TITLE: Words = Words::new("Shift report", "Informe de turno", "Schichtbericht");
const GOES_ON: Words = Words::new("The shift goes on.", "El turno sigue en curso.", "Die Schicht läuft noch.");
const LINE: Words = Words::new("Line", "Línea", "Linie");
const AVAILABILITY: Words = Words::new("Availability", "Disponibilidad", "Verfügbarkeit");
const EFFECTIVENESS: Words = Words::new("Effectiveness", "Eficacia", "Leistung");
const QUALITY: Words = Words::new("Quality", "Calidad", "Qualität");
const GOOD: Words = Words::new("Good", "Buenas", "Gut");
const SCRAP: Words = Words::new("Scrap", "Desecho", "Ausschuss");
const REWORK: Words = Words::new("Rework", "Retrabajo", "Nacharbeit");
const STOPS: Words = Words::new("Stops", "Paros", "Stillstände");
const ALL: Words = Words::new("All lines", "Todas las líneas", "Alle Linien");
const LOSSES: Words = Words::new("Where time was lost", "Dónde se perdió tiempo", "Wo Zeit verloren ging");
const REASON: Words = Words::new("Reason", "Motivo", "Grund");
const MINUTES: Words = Words::new("Minutes", "Minutos", "Minuten");
const TIMES: Words = Words::new("Times", "Veces", "Mal");
const SHARE: Words = Words::new("Share", "Parte", "Anteil");
const NOT_GOOD: Words = Words::new("Why units were not good", "Por qué hubo piezas malas", "Warum Teile nicht gut waren");
const ITEM: Words = Words::new("Item", "Artículo", "Artikel");
const ORDERS: Words = Words::new("Orders", "Órdenes", "Aufträge");
const ORDER: Words = Words::new("Order", "Orden", "Auftrag");
const FINISHED: Words = Words::new("Finished", "Terminadas", "Fertig");
const DUE: Words = Words::new("Due", "Entrega", "Fällig");
const CALLS: Words = Words::new("Calls for help", "Llamadas de ayuda", "Rufe um Hilfe");
const AT: Words = Words::new("At", "Hora", "Um");
const KIND: Words = Words::new("Needed", "Se necesitaba", "Gebraucht");
const ANSWERED: Words = Words::new("Answered after", "Respuesta tras", "Beantwortet nach");
const NOTES: Words = Words::new("For the next shift", "Para el turno siguiente", "Für die nächste Schicht");
const UNEXPLAINED: Words = Words::new("Not explained", "Sin explicar", "Nicht erklärt");
const MICRO: Words = Words::new("Micro-stops", "Microparos", "Kurzstillstände");
const IDLE: Words = Words::new("Nothing to do", "Sin trabajo", "Nichts zu tun");
/// An order of five steps has each piece counted five times.
const GOOD_STEPS: Words = Words::new("Good, all steps", "Buenas, cada paso", "Gut, alle Schritte");
const OEE: Words = Words::new("OEE", "OEE", "OEE");
const NOTE: Words = Words::new("Note", "Nota", "Hinweis");
const ABOUT: Words = Words::new("About", "Sobre", "Thema");

/// What help is called for.
const CALL_KINDS: &[(&str, Words)] = &[
    ("supervisor", Words::new("Supervisor", "Supervisor", "Vorgesetzte")),
    ("material", Words::new("Material", "Material", "Material")),
    ("quality", Words::new("Quality", "Calidad", "Qualität")),
    ("maintenance", Words::new("Maintenance", "Mantenimiento", "Instandhaltung")),
    ("safety", Words::new("Safety", "Seguridad", "Sicherheit")),
];

/// What notes for the next shift are about.
const NOTE_KINDS: &[(&str, Words)] = &[
    ("note", Words::new("General", "General", "Allgemein")),
    ("safety", Words::new("Safety", "Seguridad", "Sicherheit")),
    ("quality", Words::new("Quality", "Calidad", "Qualität")),
    ("machine", Words::new("Machine", "Máquina", "Maschine")),
    ("material", Words::new("Material", "Material", "Material")),
];

const STYLE: &str = "body{font:14px/1.4 system-ui,sans-serif;color:#1c2530;margin:24px;max-width:900px}h1{font-size:20px;margin:0}h2{font-size:15px;\
    margin:24px 0 6px}p{margin:4px 0;color:#4a5766}table{border-collapse:collapse;width:100%}th,td{padding:4px 8px;border-bottom:1px solid #d8dee6;\
    text-align:right;font-variant-numeric:tabular-nums}.w{text-align:left}tr.all td{font-weight:600}@media print{body{margin:0}}";

/// A table of the report, under its heading; the first has none.
pub(super) struct Part {
    /// What is in it.
    pub heading: Option<&'static str>,
    /// Its columns, and how many of them, from the left, hold words.
    pub heads: Vec<&'static str>,
    /// How many columns, from the left, hold words.
    pub words: usize,
    /// Its rows.
    pub rows: Vec<Vec<String>>,
}

/// What the report is called.
pub(super) fn title(report: &ShiftReport, language: Language) -> String {
    format!("{} · {} · {} {}", TITLE.text(language), report.plant, report.day, report.shift)
}

/// When the shift was, by the plant's clock.
pub(super) fn when(report: &ShiftReport, language: Language) -> String {
    let zone = TimeZone::get(&report.time_zone).unwrap_or(TimeZone::UTC);
    let span = format!("{} – {} ({})", moment(report.from, &zone), moment(report.to, &zone), report.time_zone);
    if report.ended { span } else { format!("{span}. {}", GOES_ON.text(language)) }
}

fn moment(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M").to_string()
}

/// The tables of the report; those with nothing in them are left out.
pub(super) fn parts(report: &ShiftReport, language: Language) -> Vec<Part> {
    let zone = TimeZone::get(&report.time_zone).unwrap_or(TimeZone::UTC);
    let say = |words: Words| words.text(language);
    let total = KpiRow { name: say(ALL).into(), ..report.total.clone() };
    let figures = |row: &KpiRow| {
        let (figures, made) = (&row.figures, &row.quantities);
        vec![
            row.name.clone(),
            percent(figures.oee_pct, language),
            percent(figures.availability_pct, language),
            percent(figures.effectiveness_pct, language),
            percent(figures.quality_pct, language),
            pieces(made.good, language),
            pieces(made.scrapped, language),
            pieces(made.reworked, language),
            row.times.stops.to_string(),
        ]
    };
    let losses = report.losses.iter().map(|loss| {
        let name = match (loss.id, loss.name.as_str()) {
            (None, "micro_stops") => say(MICRO).to_owned(),
            (None, "idle") => say(IDLE).to_owned(),
            (None, _) => say(UNEXPLAINED).to_owned(),
            (Some(_), name) => loss.path.iter().map(String::as_str).chain([name]).collect::<Vec<_>>().join(" › "),
        };
        vec![name, pieces((loss.duration_s / 60.0).round(), language), loss.stops.to_string(), percent(loss.share_pct, language)]
    });
    let scrap = report.scrap.iter().map(|row| {
        vec![
            row.reason.clone().unwrap_or_else(|| say(UNEXPLAINED).into()),
            row.item.clone(),
            pieces(row.scrapped, language),
            pieces(row.reworked, language),
        ]
    });
    let orders = report.orders.iter().map(|order| {
        let finished = format!("{} / {}", pieces(order.finished, language), pieces(order.quantity, language));
        vec![
            order.code.clone(),
            order.item.clone(),
            pieces(order.good, language),
            pieces(order.scrapped, language),
            finished,
            moment(order.due_at, &zone),
        ]
    });
    let calls = report.calls.iter().map(|call| {
        let after = call.answered_after_s.map_or_else(|| "—".into(), |s| format!("{:.0} min", s / 60.0));
        let at = call.called_at.to_zoned(zone.clone()).strftime("%H:%M").to_string();
        vec![call.line.clone(), word(CALL_KINDS, &call.kind, language).to_owned(), at, after]
    });
    let notes = report.notes.iter().map(|note| vec![word(NOTE_KINDS, &note.category, language).to_owned(), note.text.clone()]);
    let part = |heading: Option<Words>, heads: &[Words], words: usize, rows: Vec<Vec<String>>| Part {
        heading: heading.map(say),
        heads: heads.iter().copied().map(say).collect(),
        words,
        rows,
    };
    let all = std::iter::once(&total).chain(&report.lines).map(figures).collect();
    let mut parts = vec![
        part(None, &[LINE, OEE, AVAILABILITY, EFFECTIVENESS, QUALITY, GOOD, SCRAP, REWORK, STOPS], 1, all),
        part(Some(LOSSES), &[REASON, MINUTES, TIMES, SHARE], 1, losses.collect()),
        part(Some(NOT_GOOD), &[REASON, ITEM, SCRAP, REWORK], 2, scrap.collect()),
        part(Some(ORDERS), &[ORDER, ITEM, GOOD_STEPS, SCRAP, FINISHED, DUE], 2, orders.collect()),
        part(Some(CALLS), &[LINE, KIND, AT, ANSWERED], 2, calls.collect()),
        part(Some(NOTES), &[ABOUT, NOTE], 2, notes.collect()),
    ];
    parts.retain(|part| !part.rows.is_empty());
    parts
}

/// The page.
pub(super) fn page(report: &ShiftReport, language: Language) -> String {
    let title = escaped(&title(report, language));
    let mut page = format!(
        "<!doctype html><html lang=\"{}\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title>\
         <style>{STYLE}</style></head><body><h1>{title}</h1><p>{}</p>",
        language.tag(),
        escaped(&when(report, language)),
    );
    parts(report, language).iter().for_each(|part| table(&mut page, part));
    page.push_str("</body></html>\n");
    page
}

fn table(page: &mut String, part: &Part) {
    let class = |column: usize| if column < part.words { " class=\"w\"" } else { "" };
    if let Some(heading) = part.heading {
        page.push_str(&format!("<h2>{}</h2>", escaped(heading)));
    }
    page.push_str("<table><thead><tr>");
    for (column, head) in part.heads.iter().enumerate() {
        page.push_str(&format!("<th scope=\"col\"{}>{}</th>", class(column), escaped(head)));
    }
    page.push_str("</tr></thead><tbody>");
    for (index, row) in part.rows.iter().enumerate() {
        page.push_str(if index == 0 && part.heading.is_none() { "<tr class=\"all\">" } else { "<tr>" });
        for (column, cell) in row.iter().enumerate() {
            page.push_str(&format!("<td{}>{}</td>", class(column), escaped(cell)));
        }
        page.push_str("</tr>");
    }
    page.push_str("</tbody></table>");
}

/// A share for people; a dash where it is not known.
pub(super) fn percent(pct: Option<f64>, language: Language) -> String {
    pct.map_or_else(|| "—".into(), |pct| language.number(&format!("{pct:.1} %")))
}

/// How many, for people.
pub(super) fn pieces(count: f64, language: Language) -> String {
    language.grouped(&if count.fract() == 0.0 { format!("{count:.0}") } else { format!("{count:.2}") })
}

fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_wrote_is_no_markup() {
        let mut page = String::new();
        let rows = vec![vec!["<script>alert('1 & 2')</script>".into()]];
        table(&mut page, &Part { heading: Some("Notes"), heads: vec!["Text"], words: 1, rows });
        assert!(page.contains("&lt;script&gt;alert(&#39;1 &amp; 2&#39;)&lt;/script&gt;") && !page.contains("<script>"), "{page}");
    }

    #[test]
    fn what_is_not_known_is_a_dash() {
        assert_eq!(
            (percent(None, Language::En), percent(Some(71.44), Language::En), pieces(12_345.0, Language::De), pieces(2.5, Language::De)),
            ("—".into(), "71.4 %".into(), "12.345".into(), "2,50".into())
        );
    }

    #[test]
    fn every_kind_of_call_and_note_has_its_word() {
        // As the database writes them.
        for code in ["supervisor", "material", "quality", "maintenance", "safety"] {
            assert!(CALL_KINDS.iter().any(|(known, _)| *known == code), "{code}");
        }
        for code in ["note", "safety", "quality", "machine", "material"] {
            assert!(NOTE_KINDS.iter().any(|(known, _)| *known == code), "{code}");
        }
    }
}
