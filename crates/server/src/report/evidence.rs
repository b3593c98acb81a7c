//! Why, and what to do: constraints, unmet demand with its reasons, gains, prices, the baseline rule, the workbook's issues.

use std::collections::BTreeMap;

use line_plan::figures::{counted, hours, list, percent, quantity, units, whole};
use line_plan::{ConstraintEntry, Issue, LineEntry, PlanDocument, Reason, Severity, Summary, UnmetEntry};

use super::heat::filter;
use super::markup::{Html, band, placed};

/// Constraints shown with their sentence.
const CONSTRAINTS: usize = 6;
/// Rows of a list that stand open, and those behind "more".
const OPEN_ROWS: usize = 15;
const MORE_ROWS: usize = 400;

/// The constraint, explained.
pub fn constraints(page: &mut Html, document: &PlanDocument) {
    let short: Vec<&ConstraintEntry> = document.constraints.iter().filter(|constraint| constraint.short).collect();
    let shown: Vec<&ConstraintEntry> =
        if short.is_empty() { document.constraints.iter().take(3).collect() } else { short.iter().copied().take(CONSTRAINTS).collect() };
    page.section("constraint", if short.is_empty() { "What would limit the plant next" } else { "What limits the plant" });
    let other = other_reasons(document);
    if shown.is_empty() && other.is_empty() {
        page.raw("<p>Nothing: no set of lines is tight.</p>\n");
    }
    let most = shown.iter().map(|constraint| constraint.hours_needed.max(constraint.hours_available)).fold(0.0, f64::max);
    page.raw("<ol class=\"limits\">\n");
    for constraint in shown {
        page.raw("<li>");
        page.element("p", &constraint.explanation);
        // Where what must run here would fit, the bar would show slack that others have taken.
        if !constraint.short || constraint.hours_needed > constraint.hours_available {
            load_bar(page, constraint, most);
        }
        if !constraint.models.is_empty() {
            page.element("p class=\"fine\"", &format!("Only these lines can make: {}.", list(&constraint.models, 5)));
        }
        page.raw("</li>\n");
    }
    page.raw("</ol>\n");
    if short.len() > CONSTRAINTS {
        let rest = &short[CONSTRAINTS..];
        page.raw(&format!("<details><summary>{} where demand is lost</summary>\n<ul>\n", counted(rest.len(), "more place")));
        for constraint in rest.iter().take(MORE_ROWS) {
            page.element("li", &constraint.explanation).raw("\n");
        }
        page.raw("</ul></details>\n");
    }
    if !other.is_empty() {
        page.raw("<h3>Not a matter of capacity</h3>\n<ul>\n");
        other.iter().for_each(|sentence| {
            page.element("li", sentence).raw("\n");
        });
        page.raw("</ul>\n");
    }
    page.end_section();
}

/// Hours needed over hours available, as a bar.
fn load_bar(page: &mut Html, constraint: &ConstraintEntry, most: f64) {
    let scale = |value: f64| if most > 0.0 { 100.0 * value / most } else { 0.0 };
    let (needed, available) = (scale(constraint.hours_needed), scale(constraint.hours_available));
    page.raw(&format!(
        "<svg class=\"load\" viewBox=\"0 0 100 8\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"{} h needed, {} h available\"><rect class=\"have\" width=\"{available:.2}\" height=\"8\"/><rect class=\"need {}\" y=\"2\" width=\"{needed:.2}\" height=\"4\"/></svg>",
        hours(constraint.hours_needed),
        hours(constraint.hours_available),
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
    by_reason
        .into_iter()
        .map(|(reason, (lost, models))| format!("{}: {} units of {}.", capital(reason.words()), units(lost), list(&models, 6)))
        .collect()
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
    page.section("unmet", "Demand that is not met");
    let losses = losses(document);
    if losses.is_empty() {
        page.raw("<p>None: everything demanded can be made.</p>\n");
        page.end_section();
        return;
    }
    page.raw("<p class=\"note\">The most valuable first; the sentence is about the largest loss of the row.</p>\n");
    filter(page, losses.len(), "unmet");
    let weight = format!("#Weight ({})", document.weight_unit);
    let header = ["#", "Model", "Customer", "Area", "Periods", "#Units", &weight, "Why"];
    let rows = |page: &mut Html, losses: &[Loss], from: usize| {
        page.table("plain ranked", "Unmet demand by model and area", &header);
        for (index, loss) in losses.iter().enumerate() {
            page.raw(&format!("<tr><td class=\"n\">{}</td>", from + index + 1)).element("th scope=\"row\"", &loss.first.model);
            page.cell(&loss.first.customer).cell(&loss.first.area).cell(&list(&loss.periods, 3));
            page.number(&units(loss.units)).number(&quantity(loss.weight));
            page.cell(&loss.first.explanation).raw("</tr>\n");
        }
        page.end_table();
    };
    let open = losses.len().min(OPEN_ROWS);
    rows(page, &losses[..open], 0);
    let more = losses.len().min(MORE_ROWS);
    if more > open {
        page.raw(&format!("<details><summary>{}</summary>\n", counted(more - open, "more row")));
        rows(page, &losses[open..more], open);
        page.raw("</details>\n");
    }
    if losses.len() > more {
        let rest: f64 = losses[more..].iter().map(|loss| loss.units).sum();
        page.element(
            "p",
            &format!(
                "{} with {} units stand in the workbook and the JSON of this plan.",
                counted(losses.len() - more, "further row"),
                whole(rest)
            ),
        );
    }
    page.end_section();
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
    page.section("gains", "What would help");
    page.raw("<p class=\"note\">Each on its own, found by planning again; gains do not add up.</p>\n");
    let weight = format!("#Weight ({})", document.weight_unit);
    page.table("plain", "Gains of one more approval or shift", &["Measure", "#Units gained", &weight]);
    for gain in document.gains.iter().take(OPEN_ROWS) {
        page.raw("<tr>").element("th scope=\"row\" class=\"sentence\"", &gain.explanation);
        page.number(&units(gain.units)).number(&quantity(gain.weight)).raw("</tr>\n");
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
    page.section("prices", "Where one more hour is worth most");
    let price = format!("#One more hour saves ({})", document.weight_unit);
    page.table(
        "plain",
        "Price of one more hour by line and period",
        &["Line", "Area", "Period", "#Available (h)", "#Utilisation (%)", &price],
    );
    for line in lines.iter().take(OPEN_ROWS) {
        page.raw("<tr>").element("th scope=\"row\"", &placed(&line.plant, &line.line, several)).cell(&line.area).cell(&line.period);
        page.number(&hours(line.hours_available)).number(&percent(line.utilization_pct)).number(&quantity(line.hour_price)).raw("</tr>\n");
    }
    page.end_table();
    if lines.len() > OPEN_ROWS {
        page.element("p class=\"fine\"", &format!("One more hour is worth something at {} in all.", counted(lines.len(), "line-period")));
    }
    page.end_section();
}

/// The plan beside the baseline rule.
pub fn comparison(page: &mut Html, document: &PlanDocument) {
    let Some(comparison) = &document.comparison else { return };
    page.section("comparison", "Compared with filling lines by hand").element("p", &comparison.explanation);
    page.table("plain", "This plan beside the baseline rule", &["", "#Baseline rule", "#This plan", "#Difference"]);
    type Figure = (&'static str, fn(&Summary) -> f64, fn(f64) -> String);
    let figures: [Figure; 4] = [
        ("Finished (units)", |s| s.finished_units, whole),
        ("Not finished (units)", |s| s.demand_units - s.finished_units, whole),
        ("Hours used (h)", |s| s.hours_used, hours),
        ("Fullest line (%)", |s| s.max_utilization_pct, percent),
    ];
    for (name, value, show) in figures {
        let (rule, plan) = (value(&comparison.baseline), value(&document.summary));
        let sign = if plan - rule > 0.0 && show(plan - rule) != "0" { "+" } else { "" };
        page.raw("<tr>").element("th scope=\"row\"", name).number(&show(rule)).number(&show(plan));
        page.number(&format!("{sign}{}", show(plan - rule))).raw("</tr>\n");
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
    page.section("issues", "Notes on the workbook");
    let notes = issues.len() - warnings;
    page.raw(&format!(
        "<details{}><summary>{}, {}</summary>\n",
        if warnings > 0 && issues.len() <= 20 { " open" } else { "" },
        counted(warnings, "warning"),
        counted(notes, "note")
    ));
    page.table("plain", "Findings in the workbook", &["", "Sheet", "#Row", "Column", "Finding"]);
    for issue in issues.iter().take(MORE_ROWS) {
        let severity = match issue.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        };
        page.raw("<tr>").cell(severity).cell(&issue.sheet).number(&issue.row.map_or(String::new(), |row| row.to_string()));
        page.cell(issue.column.as_deref().unwrap_or("")).cell(&issue.message).raw("</tr>\n");
    }
    page.end_table();
    if issues.len() > MORE_ROWS {
        page.element("p class=\"fine\"", &format!("and {}", counted(issues.len() - MORE_ROWS, "more finding")));
    }
    page.raw("</details>\n");
    page.end_section();
}
