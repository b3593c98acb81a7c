//! The HTML report as it leaves the program.

use super::Desk;

#[test]
fn the_report_needs_nothing_but_itself() {
    let desk = Desk::with_plan();
    desk.run(&["optimize", "plan.xlsx", "--html", "report.html", "--compare", "baseline"]).succeeds();
    let page = desk.read("report.html");
    for fetched in ["http://", "https://", "src=", "href=", "url(", "@import", "fetch(", "XMLHttpRequest"] {
        assert!(!page.contains(fetched), "the report fetches something: {fetched}");
    }
    for part in [
        "% of demand finished",
        "What limits the plant",
        "Areas by period",
        "Lines by period",
        "Demand that is not met",
        "What would help",
        "Compared with",
        "recomputed independently: holds",
    ] {
        assert!(page.contains(part), "`{part}` is missing");
    }
    assert!(page.contains("<b>limit</b>"), "the constraint is marked by a word, too");
    assert!(page.len() < 1 << 20, "{} bytes for a small plant", page.len());
}

#[test]
fn every_element_is_closed() {
    let desk = Desk::with_plan();
    desk.run(&["optimize", "plan.xlsx", "--html", "report.html"]).succeeds();
    let page = desk.read("report.html");
    for element in ["table", "tr", "td", "th", "section", "details", "summary", "svg", "ol", "ul", "li", "dl", "p", "div", "h2"] {
        let open = page.matches(&format!("<{element} ")).count() + page.matches(&format!("<{element}>")).count();
        assert_eq!(open, page.matches(&format!("</{element}>")).count(), "{element}");
    }
}
