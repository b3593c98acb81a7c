//! The first screen and the last line: the answer in one sentence and one number, key figures, and how much the answer can be trusted.

use line_plan::figures::{hours, percent, quantity, units, whole};
use line_plan::{Balance, ChangeoverCharging, PlanDocument, PlanModel, PriorityReading};

use super::markup::{Html, band, escaped};

/// The headline.
pub fn header(page: &mut Html, document: &PlanDocument) {
    let summary = &document.summary;
    let share = if summary.demand_units > 0.0 { 100.0 * summary.finished_units / summary.demand_units } else { 100.0 };
    page.raw("<header>\n<p class=\"kicker\">Capacity plan");
    if let Some(source) = &document.source {
        page.raw(" · ").text(source);
    }
    page.raw("</p>\n<div class=\"headline\">\n");
    page.raw(&format!("<p class=\"hero\"><span>{}</span><small>% of demand finished</small></p>\n", percent(share)));
    // A month must not break at its hyphen in large type.
    page.element("h1", &document.explanations.first().map_or(String::new(), |sentence| sentence.replace('-', "\u{2011}")));
    page.raw("\n</div>\n");
    page.element("p class=\"scope\"", &scope(document)).raw("\n</header>\n");
}

fn scope(document: &PlanDocument) -> String {
    let reading = match document.model {
        PlanModel::Area => "each area is planned on its own",
        PlanModel::Finished => "a unit counts when its whole routing is made",
        PlanModel::Prebuild => "units may be made ahead and stocked",
        PlanModel::Baseline => "lines are filled in sheet order, as by hand",
    };
    let plants = line_plan::figures::list(&document.plants, 4);
    let areas = line_plan::figures::list(&document.areas, 8);
    format!("{plants}: {areas}. {}; unmet demand is weighed in {}.", capital(reading), document.weight_unit)
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

/// Figures that everybody asks for.
pub fn key_figures(page: &mut Html, document: &PlanDocument) {
    let s = &document.summary;
    let fullest = document.lines.iter().max_by(|a, b| a.utilization_pct.total_cmp(&b.utilization_pct).then_with(|| b.line.cmp(&a.line)));
    let full_lines: std::collections::BTreeSet<(&str, &str)> =
        document.lines.iter().filter(|l| l.utilization_pct >= 100.0 - 1e-6).map(|l| (l.plant.as_str(), l.line.as_str())).collect();
    let all_lines: std::collections::BTreeSet<(&str, &str)> = document.lines.iter().map(|l| (l.plant.as_str(), l.line.as_str())).collect();
    let lost = (s.demand_units - s.finished_units).max(0.0);
    let load = if s.hours_available > 0.0 { 100.0 * s.hours_used / s.hours_available } else { 0.0 };
    let mut figures = vec![
        ("Demand", whole(s.demand_units), "units".to_owned()),
        ("Finished", whole(s.finished_units), "units".to_owned()),
        ("Not finished", units(lost), "units".to_owned()),
        ("Fullest line", percent(s.max_utilization_pct), fullest.map_or("%".to_owned(), |l| format!("% · {}, {}", l.line, l.period))),
        ("Lines that are full", whole(full_lines.len() as f64), format!("of {}, in some period", whole(all_lines.len() as f64))),
        ("All lines", percent(load), format!("% · {} of {} h", hours(s.hours_used), hours(s.hours_available))),
    ];
    if s.overtime_hours > 0.05 {
        figures.push(("Overtime", hours(s.overtime_hours), "h".to_owned()));
    }
    if document.changeovers != ChangeoverCharging::None {
        figures.push(("Changeovers", hours(s.changeover_hours), "h".to_owned()));
    }
    page.raw("<dl class=\"figures\" aria-label=\"Key figures\">\n");
    for (name, value, unit) in figures {
        page.raw("<div>").element("dt", name).raw("<dd><b>").text(&value).raw("</b> <small>").text(&unit).raw("</small></dd></div>\n");
    }
    page.raw("</dl>\n");
}

/// The colours of utilisation, by word and number.
pub fn legend(page: &mut Html) {
    page.raw("<p class=\"legend\" aria-label=\"Colours of utilisation\">");
    for (pct, text) in [(50.0, "under 70 %"), (80.0, "70–85"), (90.0, "85–95"), (99.0, "95–100"), (120.0, "over 100")] {
        page.raw(&format!("<span class=\"{}\">{}</span>", band(pct), escaped(text)));
    }
    page.raw("</p>\n");
}

/// How the answer was found and checked.
pub fn footer(page: &mut Html, document: &PlanDocument) {
    page.raw("<footer>\n<h2>How good this answer is</h2>\n");
    let proof = match (document.status.as_str(), document.gap) {
        ("optimal", _) => "Proven optimal in every stage: no plan on this data does better in their order.".to_owned(),
        ("limit_reached", Some(gap)) => {
            format!("Feasible, stopped at a limit: no plan is better by more than {} %.", quantity(gap * 100.0))
        }
        _ => "The baseline rule: what filling lines by hand in sheet order gives; nothing is claimed about it.".to_owned(),
    };
    page.element("p", &proof);
    if !document.stages.is_empty() {
        page.table("stages", "Stages of the objective in order", &["Stage", "#Value", "#Proven bound"]);
        for stage in document.stages.iter().take(30) {
            page.raw("<tr>")
                .element("th scope=\"row\"", &stage.name)
                .number(&quantity(stage.value))
                .number(&quantity(stage.bound))
                .raw("</tr>\n");
        }
        page.end_table();
    }
    let v = &document.verification;
    let largest = [v.demand_error, v.capacity_error, v.route_error, v.objective_error].into_iter().fold(0.0, f64::max);
    let verdict = if v.holds { "holds" } else { "DOES NOT HOLD" };
    page.element(
        "p",
        &format!("Demand, capacity, routes and objective, recomputed independently: {verdict} (largest relative error {largest:.1e})."),
    );
    let balance = match document.balance {
        Balance::Leximin => "lines evened out down to the last",
        Balance::Max => "fullest lines evened out",
        Balance::Off => "lines not evened out",
    };
    let changeovers = match document.changeovers {
        ChangeoverCharging::None => "changeovers not charged",
        ChangeoverCharging::Mix => "changeovers estimated from the mix",
        ChangeoverCharging::Campaign => "changeovers charged for every model on a line",
    };
    let priority = match document.priority_reading {
        PriorityReading::Preference => "priorities rank the lines for a model",
        PriorityReading::Rank => "priorities rank the models at a line",
    };
    page.element(
        "p class=\"fine\"",
        &format!("{}; {changeovers}; {priority}. {}, {}.", capital(balance), document.engine, document.schema),
    );
    page.raw("</footer>\n");
}
