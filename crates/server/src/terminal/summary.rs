//! The plan on one screen: the headline, areas by period, the fullest lines, what limits, what is not met, what would help.

use std::collections::BTreeMap;
use std::path::Path;

use comfy_table::{Attribute, Cell};
use line_plan::figures::{counted, hours, list, percent, quantity, units, whole};
use line_plan::{AreaLoad, LineEntry, PlanDocument, PlanModel, Reason};

use super::{Look, band, heading, number, number_heading, tame};

/// Rows of a list on the screen; the files have all.
const ROWS: usize = 8;
/// Rows of the table of areas.
const AREA_ROWS: usize = 30;

/// The whole summary.
pub fn summary(document: &PlanDocument, written: &[&Path], warnings: usize, whole_s: f64, look: Look) -> String {
    let mut text = format!("{}\n\n", look.dim(&subject(document)));
    text.push_str(&headline(document, look));
    text.push_str(&areas(document, look));
    text.push_str(&worst_lines(document, look));
    text.push_str(&constraints(document, look));
    text.push_str(&unmet(document, look));
    text.push_str(&gains(document, look));
    text.push_str(&changes(document, look));
    if let Some(comparison) = &document.comparison {
        text.push_str(&look.title("Compared with the baseline rule"));
        text.push_str(&look.paragraph(&comparison.explanation, "  ", "  "));
    }
    text.push('\n');
    if warnings > 0 {
        text.push_str(&format!("{} in the workbook: `gemba workbook check` lists them\n", counted(warnings, "warning")));
    }
    for path in written {
        text.push_str(&format!("wrote {}\n", path.display()));
    }
    text.push_str(&look.dim(&closing(document, whole_s)));
    text.push('\n');
    text
}

fn subject(document: &PlanDocument) -> String {
    let reading = match document.model {
        PlanModel::Area => "each area on its own",
        PlanModel::Finished => "finished units",
        PlanModel::Prebuild => "finished units with stock",
        PlanModel::Baseline => "baseline rule, in sheet order",
    };
    let source = document.source.as_deref().map(tame).unwrap_or_else(|| "plan".to_owned());
    let plants = if document.plants.len() > 1 { format!("{}, ", counted(document.plants.len(), "plant")) } else { String::new() };
    format!(
        "{source}: {plants}{}, {}; {reading}, weighted by {}",
        counted(document.areas.len(), "area"),
        counted(document.periods.len(), "period"),
        document.weight_unit
    )
}

fn headline(document: &PlanDocument, look: Look) -> String {
    let sentence = document.explanations.first().cloned().unwrap_or_default();
    look.bold(&look.paragraph(&sentence, "", "")).replace("\n\u{1b}[0m", "\u{1b}[0m\n")
}

/// Areas × periods, in as many blocks as the width asks for.
fn areas(document: &PlanDocument, look: Look) -> String {
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
            let plant = if plant.is_empty() { "no line" } else { plant };
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
        .chain(named.iter().flat_map(|(_, loads)| loads.values().map(|load| lost_text(load).chars().count())))
        .max()
        .unwrap_or(6)
        .max(6)
        + 2;
    let per_block = ((usize::from(look.width).saturating_sub(name_width)) / cell_width).max(1);
    let mut text = look.title("Utilisation of areas (%), and units not met");
    for periods in document.periods.chunks(per_block) {
        let mut header = vec![heading("Area")];
        header.extend(periods.iter().map(|period| number_heading(&tame(&period.name))));
        let mut table = look.table(header);
        for (name, loads) in &named {
            let mut row = vec![Cell::new(name)];
            row.extend(periods.iter().map(|period| loads.get(period.name.as_str()).map_or_else(|| Cell::new(""), |load| area_cell(load))));
            table.add_row(row);
        }
        text.push_str(&table.trim_fmt());
        text.push('\n');
    }
    if hidden > 0 {
        text.push_str(&look.dim(&format!(" … and {} with fewer units not met\n", counted(hidden, "more row"))));
    }
    text
}

fn lost_text(load: &AreaLoad) -> String {
    if load.unmet_units > 1e-6 { format!("-{}", units(load.unmet_units)) } else { String::new() }
}

fn area_cell(load: &AreaLoad) -> Cell {
    let lost = lost_text(load);
    let text = if lost.is_empty() { percent(load.utilization_pct) } else { format!("{}\n{lost}", percent(load.utilization_pct)) };
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
    let mut text = look.title("Fullest lines");
    let mut table = look.table(vec![
        heading("Line"),
        heading("Area"),
        heading("Period"),
        number_heading("Used h"),
        number_heading("Available h"),
        number_heading("%"),
        number_heading(&format!("One more hour saves ({})", document.weight_unit)),
        heading(""),
    ]);
    for line in lines.iter().take(ROWS) {
        let price = if line.hour_price > 1e-9 { quantity(line.hour_price) } else { "–".to_owned() };
        let name = if document.plants.len() > 1 { format!("{} / {}", line.plant, line.line) } else { line.line.clone() };
        table.add_row(vec![
            Cell::new(tame(&name)),
            Cell::new(tame(&line.area)),
            Cell::new(tame(&line.period)),
            number(hours(line.hours_used)),
            number(hours(line.hours_available)),
            number(percent(line.utilization_pct)).fg(band(line.utilization_pct)),
            number(price),
            Cell::new(if line.constraint { "constraint" } else { "" }),
        ]);
    }
    text.push_str(&table.trim_fmt());
    text.push('\n');
    let full = lines.iter().filter(|line| line.utilization_pct >= 100.0 - 1e-6).count();
    if full > ROWS {
        text.push_str(&look.dim(&format!(" … {} are full in some period\n", counted(full, "line-period"))));
    }
    text
}

fn constraints(document: &PlanDocument, look: Look) -> String {
    if document.constraints.is_empty() {
        return String::new();
    }
    let short = document.constraints.iter().filter(|constraint| constraint.short).count();
    let shown = if short > 0 { short.min(3) } else { 1 };
    let mut text = look.title("Constraint");
    for constraint in &document.constraints[..shown] {
        text.push_str(&look.paragraph(&tame(&constraint.explanation), "  ", "    "));
    }
    if short > shown {
        text.push_str(&look.dim(&format!("  … and {} where demand is lost\n", counted(short - shown, "more place"))));
    }
    text
}

fn unmet(document: &PlanDocument, look: Look) -> String {
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
    let mut text = look.title("Unmet demand");
    let mut table = look.table(vec![heading("Model"), heading("Area"), number_heading("Units"), heading("Periods"), heading("Reason")]);
    for ((model, area, reason), (_, lost, periods)) in ranked.iter().take(ROWS) {
        let in_time: Vec<&str> = document.periods.iter().map(|period| period.name.as_str()).filter(|name| periods.contains(name)).collect();
        table.add_row(vec![
            Cell::new(tame(model)),
            Cell::new(tame(area)),
            number(units(*lost)),
            Cell::new(list(&in_time, 3)),
            Cell::new(reason.words()),
        ]);
    }
    text.push_str(&table.trim_fmt());
    text.push('\n');
    if ranked.len() > ROWS {
        let rest: f64 = ranked[ROWS..].iter().map(|row| row.1.1).sum();
        text.push_str(&look.dim(&format!(
            " … and {} with {} units; the files list all\n",
            counted(ranked.len() - ROWS, "more row"),
            whole(rest)
        )));
    }
    text
}

fn gains(document: &PlanDocument, look: Look) -> String {
    if document.gains.is_empty() {
        return String::new();
    }
    let mut text = look.title("What would help");
    document.gains.iter().take(4).for_each(|gain| text.push_str(&look.paragraph(&tame(&gain.explanation), "  ", "    ")));
    text
}

fn changes(document: &PlanDocument, look: Look) -> String {
    let Some(changes) = &document.released else { return String::new() };
    let mut text = look.title("Changes against the released plan");
    text.push_str(&look.paragraph(&tame(&changes.explanation), "  ", "  "));
    if changes.moves.is_empty() {
        return text;
    }
    let headings = ["Line", "Area", "Period", "Model"].map(heading).into_iter().chain(["Released", "Now", "Hours"].map(number_heading));
    let mut table = look.table(headings.collect());
    for entry in changes.moves.iter().take(ROWS) {
        let model = if entry.step.is_empty() { entry.model.clone() } else { format!("{} ({})", entry.model, entry.step) };
        let line = if document.plants.len() > 1 { format!("{} / {}", entry.plant, entry.line) } else { entry.line.clone() };
        let sign = if entry.hours > 0.0 { "+" } else { "" };
        table.add_row(vec![
            Cell::new(tame(&line)),
            Cell::new(tame(&entry.area)),
            Cell::new(tame(&entry.period)),
            Cell::new(tame(&model)),
            number(units(entry.released_units)),
            number(units(entry.units)),
            number(format!("{sign}{}", hours(entry.hours))),
        ]);
    }
    text.push_str(&table.trim_fmt());
    text.push('\n');
    if changes.moves.len() > ROWS {
        text.push_str(&look.dim(&format!(" … and {}; the files list all\n", counted(changes.moves.len() - ROWS, "more row"))));
    }
    text
}

fn closing(document: &PlanDocument, whole_s: f64) -> String {
    let timing = &document.timing_ms;
    let proof = match (document.status.as_str(), document.gap) {
        ("optimal", _) => "optimal".to_owned(),
        ("limit_reached", Some(gap)) => format!("limit reached, gap {} %", percent(gap * 100.0)),
        _ => "rule of thumb, nothing proven".to_owned(),
    };
    let check = if document.verification.holds { "verified" } else { "VERIFICATION FAILED" };
    let solve_ms = timing.build + timing.solve + timing.explain + timing.verify;
    format!(
        "{proof}, {check}; {} s: reading {} ms, planning {} ms, writing {} ms",
        quantity(whole_s),
        whole(timing.read),
        quantity(solve_ms),
        whole(timing.write)
    )
}
