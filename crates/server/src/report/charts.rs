//! Demand beside finished units, period by period, as one drawing and the same as a table for those who cannot see it.

use line_plan::{Language, PlanDocument};

use super::markup::{Html, escaped};

const HEIGHT: f64 = 180.0;
const BASE: f64 = 204.0;

/// The chart.
pub fn demand_and_finished(page: &mut Html, document: &PlanDocument) {
    let place: std::collections::BTreeMap<&str, usize> =
        document.periods.iter().enumerate().map(|(place, period)| (period.name.as_str(), place)).collect();
    let mut totals = vec![(0.0_f64, 0.0_f64); document.periods.len()];
    for entry in &document.finished {
        if let Some(place) = place.get(entry.period.as_str()) {
            totals[*place].0 += entry.demand_units;
            totals[*place].1 += entry.delivered_units;
        }
    }
    let top = totals.iter().map(|total| total.0.max(total.1)).fold(0.0, f64::max);
    if top <= 0.0 {
        return;
    }
    let l = document.language;
    let note = l.of(&[
        "Units per period: outlined what is demanded, filled what is finished; above, the share in %.",
        "Unidades por periodo: en contorno lo pedido, en color lo terminado; arriba, la parte en %.",
        "Stück je Periode: umrandet der Bedarf, gefüllt das Fertige; darüber der Anteil in %.",
    ]);
    page.section("demand", l.of(&["Demand and finished units", "Demanda y unidades terminadas", "Bedarf und fertige Stück"]))
        .element("p class=\"note\"", note)
        .raw("\n<div class=\"scroll\">");
    let label = l.of(&[
        "Demand and finished units by period, in the table below",
        "Demanda y unidades terminadas por periodo, en la tabla de abajo",
        "Bedarf und fertige Stück je Periode, in der Tabelle darunter",
    ]);
    let width = (totals.len() as f64 * 76.0).max(320.0);
    let slot = width / totals.len() as f64;
    page.raw(&format!(
        "<svg class=\"bars{}\" viewBox=\"0 0 {width:.0} 244\" width=\"{width:.0}\" height=\"244\" role=\"img\" aria-label=\"{label}\">\n",
        if totals.len() <= 14 { " fit" } else { "" }
    ));
    page.raw(&format!("<line class=\"axis\" x1=\"0\" x2=\"{width:.0}\" y1=\"{BASE}\" y2=\"{BASE}\"/>\n"));
    for (index, ((demand, finished), period)) in totals.iter().zip(&document.periods).enumerate() {
        let (middle, bar) = ((index as f64 + 0.5) * slot, (slot * 0.5).min(56.0));
        let left = middle - bar / 2.0;
        let height = |value: f64| (HEIGHT * value / top).max(if value > 0.0 { 1.0 } else { 0.0 });
        let rect = |class: &str, value: f64| {
            let height = height(value);
            format!("<rect class=\"{class}\" x=\"{left:.1}\" y=\"{:.1}\" width=\"{bar:.1}\" height=\"{height:.1}\"/>", BASE - height)
        };
        let share = if *demand > 0.0 { l.percent(100.0 * finished / demand) } else { "–".to_owned() };
        page.raw(&rect("finished", *finished)).raw(&rect("demand", *demand));
        page.raw(&format!("<text x=\"{middle:.1}\" y=\"{:.1}\" class=\"share\">{share}</text>", BASE - height(*demand) - 6.0));
        page.raw(&format!("<text x=\"{middle:.1}\" y=\"{}\">{}</text>", BASE + 16.0, escaped(&period.name)));
        page.raw(&format!("<text x=\"{middle:.1}\" y=\"{}\" class=\"value\">{}</text>\n", BASE + 32.0, short(*finished, l)));
    }
    let same = l.of(&["The same as a table", "Lo mismo como tabla", "Dasselbe als Tabelle"]);
    page.raw("</svg></div>\n<details>").element("summary", same).raw("\n");
    let header = [
        l.of(&["Period", "Periodo", "Periode"]),
        l.of(&["#Demand (units)", "#Demanda (unidades)", "#Bedarf (Stück)"]),
        l.of(&["#Finished (units)", "#Terminadas (unidades)", "#Fertig (Stück)"]),
        l.of(&["#Not finished (units)", "#Sin terminar (unidades)", "#Nicht fertig (Stück)"]),
        l.of(&["#Finished (%)", "#Terminado (%)", "#Fertig (%)"]),
    ];
    page.table(
        "plain",
        l.of(&["Demand and finished units by period", "Demanda y unidades terminadas por periodo", "Bedarf und fertige Stück je Periode"]),
        &header,
    );
    for ((demand, finished), period) in totals.iter().zip(&document.periods) {
        let share = if *demand > 0.0 { l.percent(100.0 * finished / demand) } else { "–".to_owned() };
        page.raw("<tr>").element("th scope=\"row\"", &period.name);
        page.number(&l.whole(*demand)).number(&l.whole(*finished)).number(&l.whole(demand - finished)).number(&share).raw("</tr>\n");
    }
    page.end_table();
    page.raw("</details>\n");
    page.end_section();
}

/// A number for a narrow place: `812 k`, `8.4 M`.
fn short(value: f64, l: Language) -> String {
    match value {
        v if v >= 9_999_500.0 => format!("{:.0} M", v / 1e6),
        v if v >= 999_500.0 => l.number(format!("{:.1} M", v / 1e6)),
        v if v >= 9_999.5 => format!("{:.0} k", v / 1e3),
        v => l.whole(v),
    }
}
