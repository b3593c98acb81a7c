//! The plan on one screen: the headline, areas by period, the fullest lines, what limits, what is not met, what would help.

use std::collections::BTreeMap;
use std::path::Path;

use comfy_table::{Attribute, Cell};
use line_plan::{AreaLoad, Language, LineEntry, PlanDocument, PlanModel, Reason, say};

use super::{Look, band, heading, number, number_heading, tame};

/// Rows of a list on the screen; the files have all.
const ROWS: usize = 8;
/// Rows of the table of areas.
const AREA_ROWS: usize = 30;

/// The whole summary.
pub fn summary(document: &PlanDocument, written: &[&Path], warnings: usize, whole_s: f64, look: Look) -> String {
    let l = document.language;
    let mut text = format!("{}\n\n", look.dim(&subject(document)));
    text.push_str(&headline(document, look));
    text.push_str(&areas(document, look));
    text.push_str(&worst_lines(document, look));
    text.push_str(&constraints(document, look));
    text.push_str(&unmet(document, look));
    text.push_str(&gains(document, look));
    text.push_str(&changes(document, look));
    if let Some(comparison) = &document.comparison {
        text.push_str(&look.title(l.of(&[
            "Compared with the baseline rule",
            "Comparado con la regla base",
            "Verglichen mit der Grundregel",
        ])));
        text.push_str(&look.paragraph(&comparison.explanation, "  ", "  "));
    }
    text.push('\n');
    if warnings > 0 {
        let count = l.counted(warnings, ["warning", "advertencia", "Warnung"], ["warnings", "advertencias", "Warnungen"]);
        text.push_str(&say!(
            l,
            "{count} in the workbook: `gemba workbook check` lists them\n",
            "{count} en el libro: `gemba workbook check` las muestra\n",
            "{count} in der Arbeitsmappe: `gemba workbook check` nennt sie\n"
        ));
    }
    for path in written {
        text.push_str(&say!(l, "wrote {0}\n", "se escribió {0}\n", "geschrieben: {0}\n", path.display()));
    }
    text.push_str(&look.dim(&closing(document, whole_s)));
    text.push('\n');
    text
}

fn subject(document: &PlanDocument) -> String {
    let l = document.language;
    let reading = l.of(match document.model {
        PlanModel::Area => &["each area on its own", "cada área por separado", "jeder Bereich für sich"],
        PlanModel::Finished => &["finished units", "unidades terminadas", "fertige Stück"],
        PlanModel::Prebuild => &["finished units with stock", "unidades terminadas con inventario", "fertige Stück mit Bestand"],
        PlanModel::Baseline => {
            &["baseline rule, in sheet order", "regla base, en el orden de la hoja", "Grundregel, in der Reihenfolge des Blatts"]
        }
    });
    let source = document.source.as_deref().map(tame).unwrap_or_else(|| "plan".to_owned());
    let plants = match document.plants.len() {
        0 | 1 => String::new(),
        count => l.counted(count, ["plant", "planta", "Werk"], ["plants", "plantas", "Werke"]) + ", ",
    };
    let areas = l.counted(document.areas.len(), ["area", "área", "Bereich"], ["areas", "áreas", "Bereiche"]);
    let periods = l.counted(document.periods.len(), ["period", "periodo", "Periode"], ["periods", "periodos", "Perioden"]);
    say!(
        l,
        "{source}: {plants}{areas}, {periods}; {reading}, weighted by {0}",
        "{source}: {plants}{areas}, {periods}; {reading}, con peso en {0}",
        "{source}: {plants}{areas}, {periods}; {reading}, gewichtet nach {0}",
        l.weight_unit(&document.weight_unit)
    )
}

fn headline(document: &PlanDocument, look: Look) -> String {
    let sentence = document.explanations.first().cloned().unwrap_or_default();
    look.bold(&look.paragraph(&sentence, "", "")).replace("\n\u{1b}[0m", "\u{1b}[0m\n")
}

/// Areas × periods, in as many blocks as the width asks for.
fn areas(document: &PlanDocument, look: Look) -> String {
    let l = document.language;
    let mut rows: BTreeMap<(&str, usize), BTreeMap<&str, &AreaLoad>> = BTreeMap::new();
    for load in &document.area_loads {
        let rank = document.areas.iter().position(|area| *area == load.area).unwrap_or(usize::MAX);
        rows.entry((&load.plant, rank)).or_default().insert(&load.period, load);
    }
    let several_plants = document.plants.len() > 1;
    let mut named: Vec<(String, BTreeMap<&str, &AreaLoad>)> = rows
        .into_iter()
        .filter_map(|((plant, _), loads)| {
            let area = &loads.values().next()?.area;
            let plant = if plant.is_empty() { l.of(&["no line", "sin línea", "keine Linie"]) } else { plant };
            Some((if several_plants { tame(&format!("{plant} / {area}")) } else { tame(area) }, loads))
        })
        .collect();
    let hidden = named.len().saturating_sub(AREA_ROWS);
    if hidden > 0 {
        let lost = |loads: &BTreeMap<&str, &AreaLoad>| loads.values().map(|load| load.unmet_units).sum::<f64>();
        named.sort_by(|a, b| lost(&b.1).total_cmp(&lost(&a.1)).then_with(|| a.0.cmp(&b.0)));
        named.truncate(AREA_ROWS);
    }
    let name_width = named.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(4).max(4) + 2;
    let cell_width = document
        .periods
        .iter()
        .map(|period| period.name.chars().count())
        .chain(named.iter().flat_map(|(_, loads)| loads.values().map(|load| lost_text(load, l).chars().count())))
        .max()
        .unwrap_or(6)
        .max(6)
        + 2;
    let per_block = ((usize::from(look.width).saturating_sub(name_width)) / cell_width).max(1);
    let mut text = look.title(l.of(&[
        "Utilisation of areas (%), and units not met",
        "Utilización de las áreas (%), y unidades no atendidas",
        "Auslastung der Bereiche (%), und fehlende Stück",
    ]));
    for periods in document.periods.chunks(per_block) {
        let mut header = vec![heading(l.of(&["Area", "Área", "Bereich"]))];
        header.extend(periods.iter().map(|period| number_heading(&tame(&period.name))));
        let mut table = look.table(header);
        for (name, loads) in &named {
            let mut row = vec![Cell::new(name)];
            row.extend(
                periods.iter().map(|period| loads.get(period.name.as_str()).map_or_else(|| Cell::new(""), |load| area_cell(load, l))),
            );
            table.add_row(row);
        }
        text.push_str(&table.trim_fmt());
        text.push('\n');
    }
    if hidden > 0 {
        text.push_str(&look.dim(&say!(
            l,
            " … and {0} more rows with fewer units not met\n",
            " … y {0} filas más con menos unidades no atendidas\n",
            " … und {0} weitere Zeilen mit weniger fehlenden Stück\n",
            l.whole(hidden as f64)
        )));
    }
    text
}

fn lost_text(load: &AreaLoad, l: Language) -> String {
    if load.unmet_units > 1e-6 { format!("-{}", l.units(load.unmet_units)) } else { String::new() }
}

fn area_cell(load: &AreaLoad, l: Language) -> Cell {
    let (share, lost) = (l.percent(load.utilization_pct), lost_text(load, l));
    let text = if lost.is_empty() { share } else { format!("{share}\n{lost}") };
    let cell = number(text).fg(band(load.utilization_pct));
    if lost.is_empty() { cell } else { cell.add_attribute(Attribute::Bold) }
}

fn worst_lines(document: &PlanDocument, look: Look) -> String {
    let mut lines: Vec<&LineEntry> = document.lines.iter().filter(|line| line.hours_used > 0.0).collect();
    if lines.is_empty() {
        return String::new();
    }
    // Rounded, so that noise in the last digits does not choose among full lines: their price does.
    let load = |line: &LineEntry| (line.utilization_pct * 1e6).round();
    lines.sort_by(|a, b| {
        load(b)
            .total_cmp(&load(a))
            .then(b.hour_price.total_cmp(&a.hour_price))
            .then_with(|| (&a.area, &a.line, &a.period).cmp(&(&b.area, &b.line, &b.period)))
    });
    let l = document.language;
    let mut text = look.title(l.of(&["Fullest lines", "Líneas más llenas", "Vollste Linien"]));
    let unit = l.weight_unit(&document.weight_unit);
    let mut table = look.table(vec![
        heading(l.of(&["Line", "Línea", "Linie"])),
        heading(l.of(&["Area", "Área", "Bereich"])),
        heading(l.of(&["Period", "Periodo", "Periode"])),
        number_heading(l.of(&["Used h", "h usadas", "h genutzt"])),
        number_heading(l.of(&["Available h", "h disponibles", "h verfügbar"])),
        number_heading("%"),
        number_heading(&say!(l, "One more hour saves ({unit})", "Una hora más salva ({unit})", "Eine weitere Stunde rettet ({unit})")),
        heading(""),
    ]);
    for line in lines.iter().take(ROWS) {
        let price = if line.hour_price > 1e-9 { l.quantity(line.hour_price) } else { "–".to_owned() };
        let name = if document.plants.len() > 1 { format!("{} / {}", line.plant, line.line) } else { line.line.clone() };
        table.add_row(vec![
            Cell::new(tame(&name)),
            Cell::new(tame(&line.area)),
            Cell::new(tame(&line.period)),
            number(l.hours(line.hours_used)),
            number(l.hours(line.hours_available)),
            number(l.percent(line.utilization_pct)).fg(band(line.utilization_pct)),
            number(price),
            Cell::new(if line.constraint { l.of(&["constraint", "restricción", "Engpass"]) } else { "" }),
        ]);
    }
    text.push_str(&table.trim_fmt());
    text.push('\n');
    let full = lines.iter().filter(|line| line.utilization_pct >= 100.0 - 1e-6).count();
    if full > ROWS {
        text.push_str(&look.dim(&say!(
            l,
            " … {0} pairs of line and period are full\n",
            " … {0} pares de línea y periodo están llenos\n",
            " … {0} Paare von Linie und Periode sind voll\n",
            l.whole(full as f64)
        )));
    }
    text
}

fn constraints(document: &PlanDocument, look: Look) -> String {
    if document.constraints.is_empty() {
        return String::new();
    }
    let l = document.language;
    let short = document.constraints.iter().filter(|constraint| constraint.short).count();
    let shown = if short > 0 { short.min(3) } else { 1 };
    let mut text = look.title(l.of(&["Constraint", "Restricción", "Engpass"]));
    for constraint in &document.constraints[..shown] {
        text.push_str(&look.paragraph(&tame(&constraint.explanation), "  ", "    "));
    }
    if short > shown {
        text.push_str(&look.dim(&say!(
            l,
            "  … and {0} more where demand is lost\n",
            "  … y {0} más donde se pierde demanda\n",
            "  … und {0} weitere, an denen Bedarf verloren geht\n",
            l.whole((short - shown) as f64)
        )));
    }
    text
}

fn unmet(document: &PlanDocument, look: Look) -> String {
    let l = document.language;
    let mut ranked: BTreeMap<(&str, &str, Reason), (f64, f64, Vec<&str>)> = BTreeMap::new();
    for entry in &document.unmet {
        let place = ranked.entry((&entry.model, &entry.area, entry.reason)).or_default();
        place.0 += entry.weight;
        place.1 += entry.units;
        place.2.push(&entry.period);
    }
    if ranked.is_empty() {
        return String::new();
    }
    let mut ranked: Vec<_> = ranked.into_iter().collect();
    ranked.sort_by(|a, b| b.1.0.total_cmp(&a.1.0).then_with(|| a.0.cmp(&b.0)));
    let mut text = look.title(l.of(&["Unmet demand", "Demanda no atendida", "Fehlender Bedarf"]));
    let mut table = look.table(vec![
        heading(l.of(&["Model", "Modelo", "Modell"])),
        heading(l.of(&["Area", "Área", "Bereich"])),
        number_heading(l.of(&["Units", "Unidades", "Stück"])),
        heading(l.of(&["Periods", "Periodos", "Perioden"])),
        heading(l.of(&["Reason", "Motivo", "Grund"])),
    ]);
    for ((model, area, reason), (_, lost, periods)) in ranked.iter().take(ROWS) {
        let in_time: Vec<&str> = document.periods.iter().map(|period| period.name.as_str()).filter(|name| periods.contains(name)).collect();
        table.add_row(vec![
            Cell::new(tame(model)),
            Cell::new(tame(area)),
            number(l.units(*lost)),
            Cell::new(l.list(&in_time, 3)),
            Cell::new(reason.words(l)),
        ]);
    }
    text.push_str(&table.trim_fmt());
    text.push('\n');
    if ranked.len() > ROWS {
        let rest: f64 = ranked[ROWS..].iter().map(|row| row.1.1).sum();
        text.push_str(&look.dim(&say!(
            l,
            " … and {0} more rows with {1} units; the files list all\n",
            " … y {0} filas más con {1} unidades; los archivos las tienen todas\n",
            " … und {0} weitere Zeilen mit {1} Stück; die Dateien haben alle\n",
            l.whole((ranked.len() - ROWS) as f64),
            l.whole(rest)
        )));
    }
    text
}

fn gains(document: &PlanDocument, look: Look) -> String {
    if document.gains.is_empty() {
        return String::new();
    }
    let mut text = look.title(document.language.of(&["What would help", "Qué ayudaría", "Was helfen würde"]));
    document.gains.iter().take(4).for_each(|gain| text.push_str(&look.paragraph(&tame(&gain.explanation), "  ", "    ")));
    text
}

fn changes(document: &PlanDocument, look: Look) -> String {
    let Some(changes) = &document.released else { return String::new() };
    let l = document.language;
    let title = ["Changes against the released plan", "Cambios frente al plan liberado", "Änderungen gegenüber dem freigegebenen Plan"];
    let mut text = look.title(l.of(&title));
    text.push_str(&look.paragraph(&tame(&changes.explanation), "  ", "  "));
    if changes.moves.is_empty() {
        return text;
    }
    let mut table = look.table(vec![
        heading(l.of(&["Line", "Línea", "Linie"])),
        heading(l.of(&["Area", "Área", "Bereich"])),
        heading(l.of(&["Period", "Periodo", "Periode"])),
        heading(l.of(&["Model", "Modelo", "Modell"])),
        number_heading(l.of(&["Released", "Liberado", "Freigegeben"])),
        number_heading(l.of(&["Now", "Ahora", "Jetzt"])),
        number_heading(l.of(&["Hours", "Horas", "Stunden"])),
    ]);
    for entry in changes.moves.iter().take(ROWS) {
        let model = if entry.step.is_empty() { entry.model.clone() } else { format!("{} ({})", entry.model, entry.step) };
        let line = if document.plants.len() > 1 { format!("{} / {}", entry.plant, entry.line) } else { entry.line.clone() };
        let sign = if entry.hours > 0.0 { "+" } else { "" };
        table.add_row(vec![
            Cell::new(tame(&line)),
            Cell::new(tame(&entry.area)),
            Cell::new(tame(&entry.period)),
            Cell::new(tame(&model)),
            number(l.units(entry.released_units)),
            number(l.units(entry.units)),
            number(format!("{sign}{}", l.hours(entry.hours))),
        ]);
    }
    text.push_str(&table.trim_fmt());
    text.push('\n');
    if changes.moves.len() > ROWS {
        text.push_str(&look.dim(&say!(
            l,
            " … and {0} more rows; the files list all\n",
            " … y {0} filas más; los archivos las tienen todas\n",
            " … und {0} weitere Zeilen; die Dateien haben alle\n",
            l.whole((changes.moves.len() - ROWS) as f64)
        )));
    }
    text
}

fn closing(document: &PlanDocument, whole_s: f64) -> String {
    let (l, timing) = (document.language, &document.timing_ms);
    let proof = match (document.status.as_str(), document.gap_in_words()) {
        ("optimal", _) => l.of(&["optimal", "óptimo", "optimal"]).to_owned(),
        ("limit_reached", Some(gap)) => {
            say!(l, "limit reached, gap {gap}", "límite alcanzado, brecha {gap}", "Grenze erreicht, Lücke {gap}")
        }
        _ => l.of(&["rule of thumb, nothing proven", "regla práctica, nada probado", "Faustregel, nichts bewiesen"]).to_owned(),
    };
    let check = if document.verification.holds {
        l.of(&["verified", "verificado", "nachgerechnet"])
    } else {
        l.of(&["VERIFICATION FAILED", "LA VERIFICACIÓN FALLÓ", "NACHRECHNUNG FEHLGESCHLAGEN"])
    };
    let plan_ms = timing.build + timing.solve + timing.explain + timing.verify;
    say!(
        l,
        "{proof}, {check}; {0} s: reading {1} ms, planning {2} ms, writing {3} ms",
        "{proof}, {check}; {0} s: lectura {1} ms, planeación {2} ms, escritura {3} ms",
        "{proof}, {check}; {0} s: Lesen {1} ms, Planen {2} ms, Schreiben {3} ms",
        l.quantity(whole_s),
        l.whole(timing.read),
        l.quantity(plan_ms),
        l.whole(timing.write)
    )
}
