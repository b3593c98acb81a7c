//! Utilisation in colour: areas by period, and every line by period.

use std::collections::BTreeMap;

use line_plan::{AreaLoad, Language, LineEntry, PlanDocument, say};

use super::markup::{Html, band, escaped, placed};
use super::overview;

/// Up to how many lines every area stands open.
const OPEN_LINES: usize = 60;

/// Areas × periods with the units that are not made there.
pub fn areas(page: &mut Html, document: &PlanDocument) {
    let (l, several) = (document.language, document.plants.len() > 1);
    let mut rows: Vec<(String, BTreeMap<&str, &AreaLoad>)> = Vec::new();
    for load in &document.area_loads {
        let name = if several && load.plant.is_empty() {
            say!(l, "{0} (no line can)", "{0} (ninguna línea puede)", "{0} (keine Linie kann es)", load.area)
        } else {
            placed(&load.plant, &load.area, several)
        };
        match rows.last_mut().filter(|row| row.0 == name) {
            Some(row) => row.1.insert(&load.period, load),
            None => {
                rows.push((name, BTreeMap::from([(load.period.as_str(), load)])));
                None
            }
        };
    }
    let note = l.of(&[
        "Utilisation of each area in %, and under it the units that cannot be made there.",
        "Utilización de cada área en %, y debajo las unidades que no se pueden hacer ahí.",
        "Auslastung jedes Bereichs in %, darunter die Stück, die dort nicht gefertigt werden können.",
    ]);
    page.section("areas", l.of(&["Areas by period", "Áreas por periodo", "Bereiche je Periode"]))
        .element("p class=\"note\"", note)
        .raw("\n");
    filter(page, rows.len(), "areas", l);
    let mut header = vec![l.of(&["Area", "Área", "Bereich"]).to_owned()];
    header.extend(document.periods.iter().map(|period| format!("#{}", period.name)));
    header.push(l.of(&["#Units not made", "#Unidades sin hacer", "#Nicht gefertigte Stück"]).to_owned());
    page.table(
        "heat",
        l.of(&[
            "Areas by period: utilisation in per cent and units not made",
            "Áreas por periodo: utilización en por ciento y unidades sin hacer",
            "Bereiche je Periode: Auslastung in Prozent und nicht gefertigte Stück",
        ]),
        &header.iter().map(String::as_str).collect::<Vec<_>>(),
    );
    for (name, loads) in &rows {
        page.raw("<tr>").element("th scope=\"row\"", name);
        for period in &document.periods {
            match loads.get(period.name.as_str()) {
                None => page.raw("<td></td>"),
                Some(load) => {
                    page.raw(&format!("<td class=\"{}\">{}", band(load.utilization_pct), l.percent(load.utilization_pct)));
                    if load.unmet_units > 1e-6 {
                        page.raw("<small>−").text(&l.units(load.unmet_units)).raw("</small>");
                    }
                    page.raw("</td>")
                }
            };
        }
        let lost: f64 = loads.values().map(|load| load.unmet_units).sum();
        page.number(&if lost > 1e-6 { l.units(lost) } else { "–".to_owned() }).raw("</tr>\n");
    }
    page.end_table();
    overview::legend(page, l);
    page.end_section();
}

/// Lines × periods, one table for each area.
pub fn lines(page: &mut Html, document: &PlanDocument) {
    let (l, several) = (document.language, document.plants.len() > 1);
    let rank: BTreeMap<&str, usize> = document.areas.iter().enumerate().map(|(rank, area)| (area.as_str(), rank)).collect();
    let period: BTreeMap<&str, usize> = document.periods.iter().enumerate().map(|(place, period)| (period.name.as_str(), place)).collect();
    let mut areas: BTreeMap<(&str, usize), BTreeMap<&str, Vec<Option<&LineEntry>>>> = BTreeMap::new();
    for line in &document.lines {
        let lines = areas.entry((&line.plant, rank.get(line.area.as_str()).copied().unwrap_or(usize::MAX))).or_default();
        let row = lines.entry(&line.line).or_insert_with(|| vec![None; document.periods.len()]);
        if let Some(place) = period.get(line.period.as_str()) {
            row[*place] = Some(line);
        }
    }
    let short = short_lines(document);
    let count: usize = areas.values().map(BTreeMap::len).sum();
    page.section("lines", l.of(&["Lines by period", "Líneas por periodo", "Linien je Periode"]));
    page.raw("<p class=\"note\">").text(l.of(&[
        "Utilisation of each line in %.",
        "Utilización de cada línea en %.",
        "Auslastung jeder Linie in %.",
    ]));
    page.raw(" ").element("b class=\"limit\"", limit(l)).raw(" ");
    page.text(l.of(&[
        "marks the lines that are the constraint: demand is lost because they are full.",
        "marca las líneas que son la restricción: se pierde demanda porque están llenas.",
        "zeigt die Linien, die der Engpass sind: Bedarf geht verloren, weil sie voll sind.",
    ]));
    page.raw("</p>\n");
    filter(page, count, "lines", l);
    // Areas of few periods stand beside each other where there is room.
    page.raw("<div class=\"groups\">\n");
    for ((plant, _), lines) in &areas {
        let Some(first) = lines.values().flatten().flatten().next() else { continue };
        let title = placed(plant, &first.area, several);
        let limits = lines.values().flatten().flatten().filter(|line| short.contains(&key(line))).count();
        let open = if count <= OPEN_LINES || limits > 0 && count <= 6 * OPEN_LINES { " open" } else { "" };
        page.raw(&format!(
            "<details{open}><summary>{} <small>{}{}</small></summary>\n",
            escaped(&title),
            l.counted(lines.len(), ["line", "línea", "Linie"], ["lines", "líneas", "Linien"]),
            limit_count(limits, l)
        ));
        let mut header = vec![l.of(&["Line", "Línea", "Linie"]).to_owned()];
        header.extend(document.periods.iter().map(|period| format!("#{}", period.name)));
        page.table(
            "heat",
            &say!(
                l,
                "{title}: utilisation of lines by period in per cent",
                "{title}: utilización de las líneas por periodo en por ciento",
                "{title}: Auslastung der Linien je Periode in Prozent"
            ),
            &header.iter().map(String::as_str).collect::<Vec<_>>(),
        );
        for (name, row) in lines {
            page.raw("<tr>").element("th scope=\"row\"", name);
            row.iter().for_each(|line| line_cell(page, *line, &short, l));
            page.raw("</tr>\n");
        }
        page.end_table();
        page.raw("</details>\n");
    }
    page.raw("</div>\n");
    overview::legend(page, l);
    page.end_section();
}

type LineKey<'a> = (&'a str, &'a str, &'a str);

fn key(line: &LineEntry) -> LineKey<'_> {
    (&line.plant, &line.line, &line.period)
}

/// Lines of constraints where demand is lost.
fn short_lines(document: &PlanDocument) -> std::collections::BTreeSet<LineKey<'_>> {
    let limiting = document.constraints.iter().filter(|constraint| constraint.short);
    let lines = limiting.flat_map(|constraint| {
        constraint.lines.iter().map(|line| match line.split_once(" / ").filter(|(plant, _)| document.plants.iter().any(|p| p == plant)) {
            Some((plant, name)) => (plant, name, constraint.period.as_str()),
            None => (constraint.plant.as_str(), line.as_str(), constraint.period.as_str()),
        })
    });
    lines.collect()
}

fn line_cell(page: &mut Html, line: Option<&LineEntry>, short: &std::collections::BTreeSet<LineKey<'_>>, l: Language) {
    let Some(line) = line else {
        page.raw("<td></td>");
        return;
    };
    if line.hours_available <= 0.0 && line.hours_used <= 0.0 {
        page.raw("<td class=\"u0\">–</td>");
        return;
    }
    page.raw(&format!("<td class=\"{}\">{}", band(line.utilization_pct), l.percent(line.utilization_pct)));
    if short.contains(&key(line)) {
        page.element("b", limit(l));
    }
    page.raw("</td>");
}

/// The mark of a line that is the constraint.
fn limit(l: Language) -> &'static str {
    l.of(&["limit", "límite", "Grenze"])
}

fn limit_count(count: usize, l: Language) -> String {
    match count {
        0 => String::new(),
        1 => l.of(&[", at the limit once", ", al límite una vez", ", einmal an der Grenze"]).to_owned(),
        count => say!(l, ", at the limit {count} times", ", al límite {count} veces", ", {count}-mal an der Grenze"),
    }
}

/// A field that filters the rows of its section; shown by the script, so that without it nothing promises what it cannot do.
pub fn filter(page: &mut Html, rows: usize, section: &str, l: Language) {
    if rows > 15 {
        let (label, name) = (l.of(&["Filter", "Filtrar", "Filtern"]), l.of(&["name", "nombre", "Name"]));
        page.raw(&format!(
            "<p class=\"filter\" hidden><label>{label} <input type=\"search\" data-filter=\"{section}\" placeholder=\"{name}\"></label></p>\n"
        ));
    }
}
