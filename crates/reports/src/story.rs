//! What a document says: words and numbers of one language, ranked and cut to what a reader needs; nothing of a form.

use std::collections::{BTreeMap, BTreeSet};

use line_plan::{Language, PlanDocument, Severity, say};
use serde::Serialize;

use crate::words::{Words, band, words};
use crate::{Brand, Kind};

/// What stands on the cover, beside what the plan says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cover {
    /// The plan's name.
    pub title: String,
    /// Plant, version, state: one line.
    pub subtitle: String,
}

/// The story of a plan.
#[derive(Clone, Debug, Serialize)]
pub struct Story {
    pub(crate) language: &'static str,
    pub(crate) paper: &'static str,
    pub(crate) kicker: &'static str,
    pub(crate) title: String,
    pub(crate) short_title: String,
    pub(crate) subtitle: String,
    pub(crate) footer: String,
    pub(crate) brand: Look,
    pub(crate) hero: Hero,
    pub(crate) headline: String,
    pub(crate) figures: Vec<Figure>,
    pub(crate) periods: Vec<String>,
    pub(crate) constraints: Vec<Constraint>,
    pub(crate) demand: Vec<Demand>,
    pub(crate) areas: Vec<Row>,
    pub(crate) lines: Vec<Row>,
    pub(crate) unmet: Vec<Unmet>,
    pub(crate) more_unmet: String,
    pub(crate) gains: Vec<Gain>,
    pub(crate) comparison: String,
    pub(crate) trust: Vec<String>,
    pub(crate) issues: Vec<Note>,
    pub(crate) words: Words,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Look {
    pub name: String,
    pub colour: String,
    pub logo: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Hero {
    pub value: String,
    pub caption: &'static str,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Figure {
    pub name: &'static str,
    pub value: String,
    pub unit: String,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Constraint {
    pub utilization: String,
    pub short: bool,
    pub text: String,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Demand {
    pub period: String,
    pub demand: f64,
    pub finished: f64,
    pub finished_text: String,
    pub lost: bool,
    pub lost_text: String,
}

/// A row of utilisation; `group` opens a group of rows.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Row {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    pub name: String,
    pub cells: Vec<Cell>,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Cell {
    pub text: String,
    pub band: &'static str,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Unmet {
    pub period: String,
    pub model: String,
    pub customer: String,
    pub units: String,
    /// Of the largest (%).
    pub share: f64,
    pub reason: String,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Gain {
    pub text: String,
    pub units: String,
    /// Of the largest (%).
    pub share: f64,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Note {
    pub severity: &'static str,
    pub place: String,
    pub message: String,
}

/// How much of each list a document shows.
struct Room {
    constraints: usize,
    unmet: usize,
    gains: usize,
    issues: usize,
}

impl Room {
    fn of(kind: Kind) -> Room {
        match kind {
            Kind::Executive => Room { constraints: 4, unmet: 8, gains: 6, issues: 0 },
            Kind::Plant => Room { constraints: 24, unmet: 300, gains: 60, issues: 100 },
        }
    }
}

impl Story {
    /// The story of `document`, as far as a document of this kind tells it.
    pub fn of(document: &PlanDocument, kind: Kind, cover: &Cover, brand: &Brand) -> Story {
        let (l, room, words) = (document.language, Room::of(kind), words(document.language));
        let summary = &document.summary;
        let share = if summary.demand_units > 0.0 { 100.0 * summary.finished_units / summary.demand_units } else { 100.0 };
        let (unmet, more_unmet) = unmet(document, room.unmet);
        Story {
            language: l.tag(),
            paper: "a4",
            kicker: if kind == Kind::Executive { words.executive } else { words.plant },
            title: cover.title.clone(),
            short_title: short(&cover.title),
            subtitle: cover.subtitle.clone(),
            footer: format!("{} · {}", brand.name, document.engine),
            brand: Look {
                name: brand.name.clone(),
                colour: brand.colour().to_owned(),
                logo: brand.logo.as_ref().map(|logo| format!("logo.{}", logo.format)),
            },
            hero: Hero { value: l.percent(share), caption: words.hero },
            headline: document.explanations.first().cloned().unwrap_or_default(),
            figures: figures(document),
            periods: document.periods.iter().map(|period| period.name.clone()).collect(),
            constraints: constraints(document, room.constraints),
            demand: demand(document, &words),
            areas: areas(document),
            lines: if kind == Kind::Plant { lines(document) } else { Vec::new() },
            unmet,
            more_unmet,
            gains: gains(document, room.gains),
            comparison: document.comparison.as_ref().map(|comparison| comparison.explanation.clone()).unwrap_or_default(),
            trust: trust(document),
            issues: issues(document, room.issues),
            words,
        }
    }
}

/// As much of a title as stands at the head of a page.
fn short(title: &str) -> String {
    match title.char_indices().nth(56) {
        Some((end, _)) => format!("{}…", title[..end].trim_end()),
        None => title.to_owned(),
    }
}

fn figures(document: &PlanDocument) -> Vec<Figure> {
    let (l, s) = (document.language, &document.summary);
    let unit = l.of(&["units", "unidades", "Stück"]).to_owned();
    let fullest = document.lines.iter().max_by(|a, b| a.utilization_pct.total_cmp(&b.utilization_pct).then_with(|| b.line.cmp(&a.line)));
    let load = if s.hours_available > 0.0 { 100.0 * s.hours_used / s.hours_available } else { 0.0 };
    let lost = (s.demand_units - s.finished_units).max(0.0);
    let used = say!(l, "{0} of {1} h", "{0} de {1} h", "{0} von {1} h", l.hours(s.hours_used), l.hours(s.hours_available));
    vec![
        Figure { name: l.of(&["Demand", "Demanda", "Bedarf"]), value: l.whole(s.demand_units), unit: unit.clone() },
        Figure { name: l.of(&["Finished", "Terminadas", "Fertig"]), value: l.whole(s.finished_units), unit: unit.clone() },
        Figure { name: l.of(&["Not finished", "Sin terminar", "Nicht fertig"]), value: l.units(lost), unit },
        Figure {
            name: l.of(&["Fullest line", "Línea más llena", "Vollste Linie"]),
            value: format!("{} %", l.percent(s.max_utilization_pct)),
            unit: fullest.map_or(String::new(), |line| format!("{}, {}", line.line, line.period)),
        },
        Figure { name: l.of(&["All lines", "Todas las líneas", "Alle Linien"]), value: format!("{} %", l.percent(load)), unit: used },
    ]
}

/// Groups of lines that are short of hours, worst first; where none is, the fullest one.
fn constraints(document: &PlanDocument, most: usize) -> Vec<Constraint> {
    let l = document.language;
    let short: Vec<_> = document.constraints.iter().filter(|constraint| constraint.short).collect();
    let shown = if short.is_empty() { document.constraints.iter().take(1).collect() } else { short };
    let shown = shown.into_iter().take(most).map(|constraint| Constraint {
        utilization: format!("{} %", l.whole(constraint.utilization_pct)),
        short: constraint.short,
        text: constraint.explanation.clone(),
    });
    shown.collect()
}

fn demand(document: &PlanDocument, words: &Words) -> Vec<Demand> {
    let l = document.language;
    let mut of: BTreeMap<&str, (f64, f64)> = BTreeMap::new();
    for entry in &document.finished {
        let sums = of.entry(entry.period.as_str()).or_default();
        *sums = (sums.0 + entry.demand_units, sums.1 + entry.delivered_units);
    }
    let one = |period: &str| {
        let (demand, finished) = of.get(period).copied().unwrap_or_default();
        let lost = demand - finished;
        let is_lost = lost > 0.5;
        let lost_text = if is_lost { format!("−{}", l.whole(lost)) } else { words.all.to_owned() };
        Demand { period: period.to_owned(), demand, finished, finished_text: l.whole(finished), lost: is_lost, lost_text }
    };
    document.periods.iter().map(|period| one(&period.name)).collect()
}

fn cell(l: Language, pct: Option<f64>) -> Cell {
    match pct {
        Some(pct) => Cell { text: l.whole(pct), band: band(pct) },
        None => Cell { text: "–".into(), band: "idle" },
    }
}

fn areas(document: &PlanDocument) -> Vec<Row> {
    let l = document.language;
    let has_many = document.plants.len() > 1;
    let of: BTreeMap<_, _> = document
        .area_loads
        .iter()
        .map(|load| ((load.plant.as_str(), load.area.as_str(), load.period.as_str()), load.utilization_pct))
        .collect();
    let mut rows = Vec::new();
    for plant in &document.plants {
        let mut group = has_many.then(|| plant.clone());
        for area in &document.areas {
            let pcts: Vec<_> =
                document.periods.iter().map(|period| of.get(&(plant.as_str(), area.as_str(), period.name.as_str())).copied()).collect();
            if pcts.iter().any(Option::is_some) {
                rows.push(Row { group: group.take(), name: area.clone(), cells: pcts.into_iter().map(|pct| cell(l, pct)).collect() });
            }
        }
    }
    rows
}

fn lines(document: &PlanDocument) -> Vec<Row> {
    let l = document.language;
    let has_many = document.plants.len() > 1;
    let of: BTreeMap<_, _> = document
        .lines
        .iter()
        .map(|line| ((line.plant.as_str(), line.area.as_str(), line.line.as_str(), line.period.as_str()), line.utilization_pct))
        .collect();
    let mut rows = Vec::new();
    for plant in &document.plants {
        for area in &document.areas {
            let is_here = |line: &&line_plan::LineEntry| line.plant == *plant && line.area == *area;
            let names: BTreeSet<&str> = document.lines.iter().filter(is_here).map(|line| line.line.as_str()).collect();
            let mut group = Some(if has_many { format!("{plant} · {area}") } else { area.clone() });
            for name in names {
                let pct = |period: &str| of.get(&(plant.as_str(), area.as_str(), name, period)).copied();
                let cells = document.periods.iter().map(|period| cell(l, pct(&period.name))).collect();
                rows.push(Row { group: group.take(), name: name.to_owned(), cells });
            }
        }
    }
    rows
}

fn unmet(document: &PlanDocument, most: usize) -> (Vec<Unmet>, String) {
    let l = document.language;
    let largest = document.unmet.iter().map(|entry| entry.units).fold(f64::MIN_POSITIVE, f64::max);
    let shown = document.unmet.iter().take(most).map(|entry| Unmet {
        period: entry.period.clone(),
        model: entry.model.clone(),
        customer: entry.customer.clone(),
        units: l.units(entry.units),
        share: 100.0 * entry.units / largest,
        reason: entry.explanation.clone(),
    });
    let rest = document.unmet.get(most..).unwrap_or_default();
    let more = match rest.len() {
        0 => String::new(),
        count => {
            let units = l.unit_count(rest.iter().map(|entry| entry.units).sum());
            say!(l, "and {count} more, {units} together", "y {count} más, {units} en total", "und {count} weitere, zusammen {units}")
        }
    };
    (shown.collect(), more)
}

fn gains(document: &PlanDocument, most: usize) -> Vec<Gain> {
    let largest = document.gains.iter().take(most).map(|gain| gain.units).fold(f64::MIN_POSITIVE, f64::max);
    let gain = |gain: &line_plan::GainEntry| Gain {
        text: gain.explanation.clone(),
        units: document.language.units(gain.units),
        share: 100.0 * gain.units / largest,
    };
    document.gains.iter().take(most).map(gain).collect()
}

fn trust(document: &PlanDocument) -> Vec<String> {
    let l = document.language;
    let unit = l.weight_unit(&document.weight_unit);
    let proof = match (document.status.as_str(), document.gap_in_words()) {
        ("optimal", _) => say!(
            l,
            "Proven optimal: no plan on this data finishes more, weighed in {unit}.",
            "Óptimo probado: ningún plan con estos datos termina más, pesado en {unit}.",
            "Bewiesen optimal: Kein Plan auf diesen Daten fertigt mehr, gewichtet in {unit}."
        ),
        ("limit_reached", Some(gap)) => say!(
            l,
            "Stopped at a limit of time: no plan is better by more than {gap}.",
            "Detenido por un límite de tiempo: ningún plan es mejor en más de {gap}.",
            "An einer Zeitgrenze angehalten: Kein Plan ist um mehr als {gap} besser."
        ),
        _ => l
            .of(&[
                "Filled by rule, as a spreadsheet would: nothing is claimed about it.",
                "Llenado por regla, como lo haría una hoja de cálculo: nada se afirma de él.",
                "Nach einer Regel gefüllt, wie in einer Tabelle: Über den Plan wird nichts behauptet.",
            ])
            .to_owned(),
    };
    let v = &document.verification;
    let check = if v.holds {
        l.of(&[
            "Demand, capacity, routes and objective were recomputed independently, and hold.",
            "Demanda, capacidad, rutas y objetivo se recalcularon de forma independiente, y se cumplen.",
            "Bedarf, Kapazität, Arbeitspläne und Ziel wurden unabhängig nachgerechnet und stimmen.",
        ])
    } else {
        l.of(&[
            "THE INDEPENDENT CHECK DOES NOT HOLD: do not decide on this plan, and report it.",
            "LA VERIFICACIÓN INDEPENDIENTE NO SE CUMPLE: no decida con este plan, e infórmelo.",
            "DIE UNABHÄNGIGE PRÜFUNG STIMMT NICHT: Entscheiden Sie nicht nach diesem Plan, und melden Sie es.",
        ])
    };
    vec![proof, check.to_owned()]
}

fn issues(document: &PlanDocument, most: usize) -> Vec<Note> {
    let l = document.language;
    let note = |issue: &line_plan::Issue| Note {
        severity: match issue.severity {
            Severity::Error => l.of(&["error", "error", "Fehler"]),
            Severity::Warning => l.of(&["warning", "advertencia", "Warnung"]),
            Severity::Note => l.of(&["note", "nota", "Hinweis"]),
        },
        place: [issue.sheet.clone(), issue.row.map(|row| row.to_string()).unwrap_or_default()]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(", "),
        message: issue.message.clone(),
    };
    document.issues.iter().take(most).map(note).collect()
}
