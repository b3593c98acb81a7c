//! The sentences of the document: what an engineer says to a manager, with the numbers, in each language.
//!
//! **Invariant:** a sentence names at most a handful of lines or models and counts the rest; the lists of the document are complete.

use super::*;
use crate::plan::Reason;
use crate::say;

/// Lines or models named in one sentence.
const NAMED: usize = 4;
/// Sentences of one kind among the explanations.
const TOP: usize = 3;

impl PlanDocument {
    /// How far from the proven bound an answer may be that stopped at a limit: of what is lost, and of the goals after that where it is more there.
    /// One figure for both would say nothing: the number of assignments may be unproven while what is lost is known to a thousandth.
    pub fn gap_in_words(&self) -> Option<String> {
        let l = self.language;
        let widest = self.gap.filter(|_| self.status == "limit_reached")?;
        let unmet = self.stages.iter().filter(|stage| stage.name.starts_with("unmet weight"));
        let lost = unmet.map(|stage| crate::integer::gap(stage.value, stage.bound)).fold(0.0, f64::max);
        let percent = |gap: f64| l.percent(gap * 100.0);
        if percent(lost) == percent(widest) {
            return Some(format!("{} %", percent(widest)));
        }
        Some(say!(
            l,
            "{0} % of what is lost, {1} % of the goals after it",
            "{0} % de lo perdido, {1} % de los objetivos que siguen",
            "{0} % des Fehlenden, {1} % der Ziele danach",
            percent(lost),
            percent(widest)
        ))
    }
}

/// Why a model is not met.
pub(super) fn unmet(entry: &UnmetEntry, l: Language) -> String {
    let UnmetEntry { area, model, period, .. } = entry;
    let units = l.unit_count(entry.units);
    let lost = match entry.reason {
        Reason::OtherArea => say!(
            l,
            "{units} of {model} in {period} cannot be finished",
            "No se pueden terminar {units} de {model} en {period}",
            "{units} von {model} können in {period} nicht fertig werden"
        ),
        _ => say!(
            l,
            "{units} of {model} in {period} cannot be made",
            "No se pueden hacer {units} de {model} en {period}",
            "{units} von {model} können in {period} nicht gefertigt werden"
        ),
    };
    let lines = l.list(&entry.limiting_lines, NAMED);
    let why = match (entry.reason, entry.limiting_lines.len()) {
        (Reason::Capacity, 0) => say!(
            l,
            "every line of {area} that could is full",
            "toda línea de {area} que podría está llena",
            "jede Linie in {area}, die es könnte, ist voll"
        ),
        (Reason::Capacity, 1) => {
            say!(l, "in {area} line {lines} is full", "en {area} la línea {lines} está llena", "in {area} ist die Linie {lines} voll")
        }
        (Reason::Capacity, _) => say!(
            l,
            "in {area} lines {lines} are full",
            "en {area} las líneas {lines} están llenas",
            "in {area} sind die Linien {lines} voll"
        ),
        (Reason::NoCapability, _) => {
            say!(l, "no line of {area} can make it", "ninguna línea de {area} puede hacerlo", "keine Linie in {area} kann es fertigen")
        }
        (Reason::NotApproved, _) => say!(
            l,
            "lines of {area} could, but none is approved then",
            "hay líneas de {area} que podrían, pero ninguna está aprobada entonces",
            "Linien in {area} könnten es, aber keine ist dann freigegeben"
        ),
        (Reason::OutsideProgramLife, _) => {
            say!(l, "the program does not run then", "el programa no corre entonces", "das Programm läuft dann nicht")
        }
        (Reason::NoHours, _) => say!(
            l,
            "the lines of {area} that could have no hours then",
            "las líneas de {area} que podrían no tienen horas entonces",
            "die Linien in {area}, die es könnten, haben dann keine Stunden"
        ),
        (Reason::OtherArea, _) => {
            say!(
                l,
                "another area of its routing limits it",
                "otra área de su ruta lo limita",
                "ein anderer Bereich seines Arbeitsplans begrenzt es"
            )
        }
        (Reason::IntegerRules, _) => say!(
            l,
            "{area} has hours, but minimum lots, split limits or closed lines forbid their use",
            "{area} tiene horas, pero lotes mínimos, límites de reparto o líneas cerradas impiden usarlas",
            "{area} hat Stunden, aber Mindestlose, Grenzen der Aufteilung oder geschlossene Linien verbieten ihre Nutzung"
        ),
        (Reason::Frozen, _) => say!(
            l,
            "{area} has hours, but the period is frozen as released",
            "{area} tiene horas, pero el periodo está congelado como se liberó",
            "{area} hat Stunden, aber die Periode ist wie freigegeben eingefroren"
        ),
    };
    format!("{lost}: {why}.")
}

/// Fills in the sentence of every constraint; what is lost there comes from the unmet demand.
pub(super) fn explain_constraints(constraints: &mut [ConstraintEntry], unmet: &[UnmetEntry], l: Language) {
    let mut by_place: std::collections::BTreeMap<(&str, &str), Vec<&UnmetEntry>> = std::collections::BTreeMap::new();
    for entry in unmet.iter().filter(|entry| entry.reason == Reason::Capacity) {
        by_place.entry((&entry.area, &entry.period)).or_default().push(entry);
    }
    for constraint in constraints {
        let there = by_place.get(&(constraint.area.as_str(), constraint.period.as_str())).map_or(&[][..], Vec::as_slice);
        let lost: Vec<&&UnmetEntry> = there
            .iter()
            .filter(|entry| {
                entry.plant == constraint.plant && entry.limiting_lines.iter().any(|line| constraint.lines.contains(line))
                    || constraint.models.contains(&entry.model)
            })
            .collect();
        let models: std::collections::BTreeSet<&str> = lost.iter().map(|entry| entry.model.as_str()).collect();
        constraint.explanation = self::constraint(constraint, lost.iter().map(|entry| entry.units).sum(), models.len(), l);
    }
}

fn constraint(entry: &ConstraintEntry, lost_units: f64, lost_models: usize, l: Language) -> String {
    let several = entry.lines.len() > 1;
    let lines = l.list(&entry.lines, NAMED);
    let (area, period) = (&entry.area, &entry.period);
    let start = if several {
        say!(l, "{area} in {period}: lines {lines}", "{area} en {period}: las líneas {lines}", "{area} in {period}: Die Linien {lines}")
    } else {
        say!(l, "{area} in {period}: line {lines}", "{area} en {period}: la línea {lines}", "{area} in {period}: Die Linie {lines}")
    };
    let (needed, have) = (l.hours(entry.hours_needed), l.hours(entry.hours_available));
    let missing = entry.hours_needed - entry.hours_available;
    let too_few = l.hours(missing);
    let need = if several {
        say!(
            l,
            "{start} together need {needed} h and have {have} h",
            "{start} necesitan juntas {needed} h y tienen {have} h",
            "{start} brauchen zusammen {needed} h und haben {have} h"
        )
    } else {
        say!(
            l,
            "{start} needs {needed} h and has {have} h",
            "{start} necesita {needed} h y tiene {have} h",
            "{start} braucht {needed} h und hat {have} h"
        )
    };
    if entry.short && lost_units > 0.0 {
        let lost = lost(lost_units, lost_models, l);
        if missing > 0.05 {
            return say!(
                l,
                "{need}, {too_few} h too few; {lost}.",
                "{need}, faltan {too_few} h; {lost}.",
                "{need}, {too_few} h zu wenig; {lost}."
            );
        }
        // What must run here alone fits; what also could run elsewhere found no room there either.
        let full = if several {
            say!(l, "have {have} h and are full", "tienen {have} h y están llenas", "haben {have} h und sind voll")
        } else {
            say!(l, "has {have} h and is full", "tiene {have} h y está llena", "hat {have} h und ist voll")
        };
        return say!(
            l,
            "{start} {full}; models that no other line can make need at least {needed} h of them; {lost}.",
            "{start} {full}; los modelos que ninguna otra línea puede hacer necesitan al menos {needed} h de ellas; {lost}.",
            "{start} {full}; Modelle, die keine andere Linie fertigen kann, brauchen davon mindestens {needed} h; {lost}."
        );
    }
    if missing > 0.05 {
        return say!(
            l,
            "{need}; overtime covers the {too_few} h that are missing.",
            "{need}; las horas extra cubren las {too_few} h que faltan.",
            "{need}; Überstunden decken die fehlenden {too_few} h."
        );
    }
    let available = if several {
        say!(l, "{start} together have {have} h", "{start} tienen juntas {have} h", "{start} haben zusammen {have} h")
    } else {
        say!(l, "{start} has {have} h", "{start} tiene {have} h", "{start} hat {have} h")
    };
    format!("{available}; {}.", bound(entry, &needed, l))
}

fn lost(units: f64, models: usize, l: Language) -> String {
    let models = l.counted(models, ["model", "modelo", "Modell"], ["models", "modelos", "Modellen"]);
    let count = l.unit_count(units);
    if units == 1.0 {
        say!(l, "{count} of {models} is lost", "se pierde {count} de {models}", "{count} von {models} geht verloren")
    } else {
        say!(l, "{count} of {models} are lost", "se pierden {count} de {models}", "{count} von {models} gehen verloren")
    }
}

/// What must run on a set of lines that is not short.
fn bound(entry: &ConstraintEntry, needed: &str, l: Language) -> String {
    let load = l.percent(entry.utilization_pct);
    match entry.models.len() {
        0 => say!(
            l,
            "at least {needed} h of them ({load} %) are needed",
            "se necesitan al menos {needed} h de ellas ({load} %)",
            "davon werden mindestens {needed} h ({load} %) gebraucht"
        ),
        1 => say!(
            l,
            "the model that no other line can make needs at least {needed} h of them ({load} %)",
            "el modelo que ninguna otra línea puede hacer necesita al menos {needed} h de ellas ({load} %)",
            "das Modell, das keine andere Linie fertigen kann, braucht davon mindestens {needed} h ({load} %)"
        ),
        count => say!(
            l,
            "{0} models that no other line can make need at least {needed} h of them ({load} %)",
            "{0} modelos que ninguna otra línea puede hacer necesitan al menos {needed} h de ellas ({load} %)",
            "{0} Modelle, die keine andere Linie fertigen kann, brauchen davon mindestens {needed} h ({load} %)",
            l.whole(count as f64)
        ),
    }
}

/// What one more approval or shift brings; `operating_days` of the line in the period.
pub(super) fn gain(entry: &GainEntry, operating_days: f64, l: Language) -> String {
    let GainEntry { area, line, period, .. } = entry;
    let units = l.unit_count(entry.units);
    match (&entry.model, entry.hours) {
        (Some(model), _) => say!(
            l,
            "Approving {model} on {line} ({area}) would deliver {units} more in {period}.",
            "Aprobar {model} en {line} ({area}) entregaría {units} más en {period}.",
            "{model} auf {line} ({area}) freizugeben, brächte in {period} {units} mehr."
        ),
        (None, Some(added)) if operating_days > 0.0 => say!(
            l,
            "{0} more hours a day on {line} ({area}), {1} h in {period}, would deliver {units} more.",
            "{0} horas más al día en {line} ({area}), {1} h en {period}, entregarían {units} más.",
            "{0} Stunden mehr am Tag auf {line} ({area}), {1} h in {period}, brächten {units} mehr.",
            l.hours(added / operating_days),
            l.hours(added)
        ),
        (None, added) => say!(
            l,
            "{0} more hours on {line} ({area}) in {period} would deliver {units} more.",
            "{0} horas más en {line} ({area}) en {period} entregarían {units} más.",
            "{0} Stunden mehr auf {line} ({area}) in {period} brächten {units} mehr.",
            l.hours(added.unwrap_or(0.0))
        ),
    }
}

/// This plan beside the baseline rule.
pub(super) fn comparison(plan: &Summary, rule: &Summary, l: Language) -> String {
    let difference = plan.finished_units - rule.finished_units;
    let (finished, of_demand) = (l.whole(rule.finished_units), l.percent(share(rule.finished_units, rule.demand_units)));
    let by = l.unit_count(difference.abs());
    if difference > 0.5 {
        return say!(
            l,
            "Filled line by line in sheet order, the same lines would finish {finished} units ({of_demand} %); this plan finishes {by} more with the same hours.",
            "Llenadas una por una en el orden de la hoja, las mismas líneas terminarían {finished} unidades ({of_demand} %); este plan termina {by} más con las mismas horas.",
            "Linie für Linie in der Reihenfolge des Blatts gefüllt, würden dieselben Linien {finished} Stück ({of_demand} %) fertigstellen; dieser Plan bringt in denselben Stunden {by} mehr."
        );
    }
    if difference < -0.5 {
        return say!(
            l,
            "Filled line by line in sheet order, the same lines would finish {finished} units ({of_demand} %), {by} more than this plan, which serves demand by weight.",
            "Llenadas una por una en el orden de la hoja, las mismas líneas terminarían {finished} unidades ({of_demand} %), {by} más que este plan, que atiende la demanda por peso.",
            "Linie für Linie in der Reihenfolge des Blatts gefüllt, würden dieselben Linien {finished} Stück ({of_demand} %) fertigstellen, {by} mehr als dieser Plan, der den Bedarf nach Gewicht bedient."
        );
    }
    say!(
        l,
        "Filled line by line in sheet order, the same lines would finish as many units; the fullest line is at {0} % instead of {1} %.",
        "Llenadas una por una en el orden de la hoja, las mismas líneas terminarían las mismas unidades; la línea más llena está al {0} % en lugar del {1} %.",
        "Linie für Linie in der Reihenfolge des Blatts gefüllt, würden dieselben Linien ebenso viel fertigstellen; die vollste Linie steht bei {0} % statt {1} %.",
        l.percent(plan.max_utilization_pct),
        l.percent(rule.max_utilization_pct)
    )
}

/// This plan beside the released one.
pub(super) fn changes(changes: &Changes, l: Language) -> String {
    let frozen = changes.frozen.as_ref().map_or(String::new(), |frozen| {
        let periods = l.list(&frozen.periods, NAMED);
        match frozen.tolerance_pct {
            0.0 => say!(l, " {periods} stays as released.", " {periods} queda como se liberó.", " {periods} bleibt wie freigegeben."),
            tolerance => say!(
                l,
                " In {periods} every amount stays within {0} % of it.",
                " En {periods} cada cantidad queda a no más de {0} % de él.",
                " In {periods} bleibt jede Menge innerhalb von {0} % davon.",
                l.percent(tolerance)
            ),
        }
    });
    let Some(largest) = changes.moves.first() else {
        let nothing = l.of(&[
            "Nothing changes against the released plan.",
            "Nada cambia frente al plan liberado.",
            "Gegenüber dem freigegebenen Plan ändert sich nichts.",
        ]);
        return format!("{nothing}{frozen}");
    };
    let how = if largest.hours > 0.0 { l.of(&["more", "más", "mehr"]) } else { l.of(&["fewer", "menos", "weniger"]) };
    let (changed, released, pct) = (l.hours(changes.hours_changed), l.hours(changes.hours_released), l.percent(changes.changed_pct));
    let places = l.counted(changes.moves.len(), ["place", "lugar", "Stelle"], ["places", "lugares", "Stellen"]);
    let MoveEntry { line, area, model, period, .. } = largest;
    let units = l.unit_count((largest.units - largest.released_units).abs());
    say!(
        l,
        "Against the released plan {changed} h of {released} h change ({pct} %), in {places}; the largest: {line} ({area}) makes {units} {how} of {model} in {period}.{frozen}",
        "Frente al plan liberado cambian {changed} h de {released} h ({pct} %), en {places}; el mayor cambio: {line} ({area}) hace {units} {how} de {model} en {period}.{frozen}",
        "Gegenüber dem freigegebenen Plan ändern sich {changed} h von {released} h ({pct} %), an {places}; am meisten: {line} ({area}) fertigt in {period} {units} {how} von {model}.{frozen}"
    )
}

/// The sentences of the whole plan, most important first.
pub(super) fn explanations(document: &PlanDocument) -> Vec<String> {
    let l = document.language;
    let mut sentences = vec![headline(document)];
    sentences.extend(limiting(document));
    sentences.extend(other_reasons(document));
    sentences.extend(best_hour(document));
    sentences.extend(document.gains.iter().take(TOP).map(|gain| gain.explanation.clone()));
    let Summary { overtime_hours, changeover_hours, hours_available, .. } = document.summary;
    if overtime_hours > 0.05 {
        let hours = l.hours(overtime_hours);
        sentences.push(say!(
            l,
            "The plan works {hours} h of overtime.",
            "El plan trabaja {hours} h extra.",
            "Der Plan arbeitet {hours} Überstunden."
        ));
    }
    sentences.extend(longer_shifts(document));
    if changeover_hours > 0.05 {
        sentences.push(say!(
            l,
            "Changeovers take {0} h, {1} % of the available hours.",
            "Los cambios toman {0} h, el {1} % de las horas disponibles.",
            "Das Rüsten braucht {0} h, {1} % der verfügbaren Stunden.",
            l.hours(changeover_hours),
            l.percent(share(changeover_hours, hours_available))
        ));
    }
    sentences.extend(document.released.as_ref().map(|changes| changes.explanation.clone()));
    sentences.extend(document.comparison.as_ref().map(|comparison| comparison.explanation.clone()));
    sentences.extend(document.gap_in_words().map(|gap| {
        say!(
            l,
            "The time limit was reached: a better plan may exist, but none better by more than {gap}.",
            "Se alcanzó el límite de tiempo: puede haber un plan mejor, pero ninguno mejor en más de {gap}.",
            "Die Zeitgrenze wurde erreicht: Einen besseren Plan kann es geben, aber keinen, der um mehr als {gap} besser ist."
        )
    }));
    sentences
}

/// Which lines run longer shifts than usual, and when.
fn longer_shifts(document: &PlanDocument) -> Option<String> {
    let l = document.language;
    let longer: Vec<String> = document
        .lines
        .iter()
        .filter_map(|line| line.shift_pattern.as_ref().map(|pattern| (line, pattern)))
        .map(|(line, pattern)| say!(l, "{0} {pattern} in {1}", "{0} {pattern} en {1}", "{0} {pattern} in {1}", line.line, line.period))
        .collect();
    let named = l.list(&longer, NAMED);
    let times = match longer.len() {
        0 => return None,
        1 => l.of(&["once", "una vez", "einmal"]).to_owned(),
        count => say!(l, "{0} times", "{0} veces", "{0}-mal", l.whole(count as f64)),
    };
    Some(say!(
        l,
        "Longer shifts than usual are run {times}: {named}.",
        "Se trabajan turnos más largos que los usuales {times}: {named}.",
        "Längere Schichten als üblich laufen {times}: {named}."
    ))
}

fn headline(document: &PlanDocument) -> String {
    let l = document.language;
    let Summary { demand_units, finished_units, .. } = document.summary;
    let span = span(document);
    if demand_units <= 0.0 {
        return say!(
            l,
            "No demand in {span}: there is nothing to plan.",
            "Sin demanda en {span}: no hay nada que planear.",
            "Kein Bedarf in {span}: Es gibt nichts zu planen."
        );
    }
    let lost = demand_units - finished_units;
    let demand = l.unit_count(demand_units);
    if lost <= 1e-6 * demand_units.max(1.0) {
        let fullest =
            document.lines.iter().max_by(|a, b| a.utilization_pct.total_cmp(&b.utilization_pct).then_with(|| b.line.cmp(&a.line)));
        let load = fullest.map_or(String::new(), |line| {
            say!(
                l,
                " The fullest line is {0} ({1}) in {2} at {3} %.",
                " La línea más llena es {0} ({1}) en {2}, al {3} %.",
                " Die vollste Linie ist {0} ({1}) in {2} mit {3} %.",
                line.line,
                line.area,
                line.period,
                l.percent(line.utilization_pct)
            )
        });
        return say!(
            l,
            "All {demand} demanded in {span} can be made.{load}",
            "Se pueden hacer todas las {demand} pedidas en {span}.{load}",
            "Alle {demand}, die in {span} gebraucht werden, können gefertigt werden.{load}"
        );
    }
    say!(
        l,
        "{0} of {demand} demanded in {span} can be finished ({1} %); {2} cannot.",
        "Se pueden terminar {0} de {demand} pedidas en {span} ({1} %); {2} no.",
        "{0} von {demand}, die in {span} gebraucht werden, können fertig werden ({1} %); {2} nicht.",
        l.whole(finished_units),
        l.percent(share(finished_units, demand_units)),
        l.unit_count(lost)
    )
}

fn limiting(document: &PlanDocument) -> Vec<String> {
    let l = document.language;
    let short: Vec<&ConstraintEntry> = document.constraints.iter().filter(|constraint| constraint.short).collect();
    if short.is_empty() {
        return document.constraints.first().map(|constraint| constraint.explanation.clone()).into_iter().collect();
    }
    let mut sentences: Vec<String> = short.iter().take(TOP).map(|constraint| constraint.explanation.clone()).collect();
    if short.len() > TOP {
        let rest = &short[TOP..];
        let areas: std::collections::BTreeSet<&str> = rest.iter().map(|constraint| constraint.area.as_str()).collect();
        let areas: Vec<&str> = areas.into_iter().collect();
        sentences.push(say!(
            l,
            "Demand is lost in {0}: {1}.",
            "Se pierde demanda en {0}: {1}.",
            "Bedarf geht an {0} verloren: {1}.",
            more_places(rest.len(), l),
            l.list(&areas, NAMED)
        ));
    }
    sentences
}

/// `one more place`, `3 more places`.
fn more_places(count: usize, l: Language) -> String {
    if count == 1 {
        return l.of(&["one more place", "un lugar más", "einer weiteren Stelle"]).to_owned();
    }
    say!(l, "{0} more places", "{0} lugares más", "{0} weiteren Stellen", l.whole(count as f64))
}

fn other_reasons(document: &PlanDocument) -> Vec<String> {
    let l = document.language;
    let mut by_reason: std::collections::BTreeMap<Reason, Vec<&UnmetEntry>> = std::collections::BTreeMap::new();
    for entry in document.unmet.iter().filter(|entry| entry.reason != Reason::Capacity) {
        by_reason.entry(entry.reason).or_default().push(entry);
    }
    let sentence = |(reason, entries): (Reason, Vec<&UnmetEntry>)| {
        if let [only] = entries[..] {
            return only.explanation.clone();
        }
        let models: Vec<&str> =
            entries.iter().map(|entry| entry.model.as_str()).collect::<std::collections::BTreeSet<_>>().into_iter().collect();
        let areas: Vec<&str> =
            entries.iter().map(|entry| entry.area.as_str()).collect::<std::collections::BTreeSet<_>>().into_iter().collect();
        say!(
            l,
            "{0} of {1} cannot be made in {2} because {3}.",
            "No se pueden hacer {0} de {1} en {2} porque {3}.",
            "{0} von {1} können in {2} nicht gefertigt werden, weil {3}.",
            l.unit_count(entries.iter().map(|entry| entry.units).sum()),
            l.list(&models, NAMED),
            l.list(&areas, NAMED),
            because(reason, l)
        )
    };
    by_reason.into_iter().map(sentence).collect()
}

fn because(reason: Reason, l: Language) -> &'static str {
    l.of(match reason {
        Reason::Capacity => &["every line that could is full", "toda línea que podría está llena", "jede Linie, die es könnte, voll ist"],
        Reason::NoCapability => {
            &["no line there can make them", "ninguna línea de ahí puede hacerlos", "keine Linie dort sie fertigen kann"]
        }
        Reason::NotApproved => &[
            "no line that could is approved then",
            "ninguna línea que podría está aprobada entonces",
            "keine Linie, die es könnte, dann freigegeben ist",
        ],
        Reason::OutsideProgramLife => {
            &["their programs do not run then", "sus programas no corren entonces", "ihre Programme dann nicht laufen"]
        }
        Reason::NoHours => &[
            "the lines that could have no hours then",
            "las líneas que podrían no tienen horas entonces",
            "die Linien, die es könnten, dann keine Stunden haben",
        ],
        Reason::OtherArea => &[
            "another area of their routing limits them",
            "otra área de su ruta los limita",
            "ein anderer Bereich ihres Arbeitsplans sie begrenzt",
        ],
        Reason::IntegerRules => &[
            "minimum lots, split limits or closed lines forbid it",
            "lotes mínimos, límites de reparto o líneas cerradas lo impiden",
            "Mindestlose, Grenzen der Aufteilung oder geschlossene Linien es verbieten",
        ],
        Reason::Frozen => {
            &["the period is frozen as released", "el periodo está congelado como se liberó", "die Periode wie freigegeben eingefroren ist"]
        }
    })
}

fn best_hour(document: &PlanDocument) -> Option<String> {
    let l = document.language;
    let first = |a: &LineEntry, b: &LineEntry| (&b.area, &b.line, &b.period).cmp(&(&a.area, &a.line, &a.period));
    let line = document
        .lines
        .iter()
        .filter(|line| line.hour_price > 1e-9)
        .max_by(|a, b| a.hour_price.total_cmp(&b.hour_price).then_with(|| first(a, b)))?;
    Some(say!(
        l,
        "The most valuable hour is on {0} ({1}) in {2}: one more saves demand worth {3} {4}.",
        "La hora más valiosa está en {0} ({1}) en {2}: una más salva demanda por {3} {4}.",
        "Die wertvollste Stunde liegt auf {0} ({1}) in {2}: eine mehr rettet Bedarf im Wert von {3} {4}.",
        line.line,
        line.area,
        line.period,
        l.quantity(line.hour_price),
        l.weight_unit(&document.weight_unit)
    ))
}

/// `2026`, `2026 to 2030`.
fn span(document: &PlanDocument) -> String {
    let l = document.language;
    match document.periods.as_slice() {
        [] => l.of(&["no period", "ningún periodo", "keiner Periode"]).to_owned(),
        [only] => only.name.clone(),
        [first, .., last] => say!(l, "{0} to {1}", "{0} a {1}", "{0} bis {1}", first.name, last.name),
    }
}

fn share(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { 100.0 * part / whole } else { 100.0 }
}
