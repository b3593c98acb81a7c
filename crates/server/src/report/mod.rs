//! The report for management: one HTML file that opens from an e-mail, offline, with or without scripts.
//!
//! A headline and one number first, then the evidence: what limits the plant, areas and lines by period, what is not met and why,
//! what would help. Sections are one function each; `page.css` is the look, `page.js` only filters rows.
//!
//! **Invariant:** nothing is fetched: style, charts and script are in the file, and its own policy forbids the rest.
//! **Invariant:** text from a workbook is escaped wherever it appears; a model named `<script>` is a name.
//! **Invariant:** the same document gives the same bytes, whatever time it took: no timing is shown.

mod changes;
mod charts;
mod evidence;
mod heat;
mod markup;
mod overview;

use line_plan::PlanDocument;

use markup::{Html, escaped};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// The whole page.
pub fn render(document: &PlanDocument) -> String {
    let l = document.language;
    let plan = l.of(&["Capacity plan", "Plan de capacidad", "Kapazitätsplan"]);
    let title = document.source.as_deref().unwrap_or(plan);
    let mut page = Html::default();
    page.raw(&format!("<!doctype html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n", l.tag()));
    page.raw(
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n",
    );
    page.raw("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n");
    page.raw(&format!("<title>{} – {plan}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n", escaped(title)));
    overview::header(&mut page, document);
    page.raw("<main>\n");
    overview::key_figures(&mut page, document);
    evidence::constraints(&mut page, document);
    heat::areas(&mut page, document);
    charts::demand_and_finished(&mut page, document);
    heat::lines(&mut page, document);
    evidence::unmet(&mut page, document);
    evidence::gains(&mut page, document);
    evidence::prices(&mut page, document);
    changes::changes(&mut page, document);
    evidence::comparison(&mut page, document);
    evidence::issues(&mut page, document);
    page.raw("</main>\n");
    overview::footer(&mut page, document);
    page.raw(&format!("<script>\n{SCRIPT}</script>\n</body>\n</html>\n"));
    page.finish()
}

#[cfg(test)]
mod tests;
