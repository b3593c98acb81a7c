//! The page of documents that mean harm.

use std::collections::BTreeSet;

use line_plan::{
    ChangeoverCharging, DocumentContext, Frozen, Integers, Issue, Language, NoClock, Options, PlanDocument, PlanModel, Problem, Reason,
    Released, Severity, Window, solve,
};

use super::render;

const HOSTILE: &str = "<script>alert('x')</script><img src=x onerror=\"y\">&\u{202e}";

#[test]
fn names_cannot_become_markup() {
    let mut problem = workbook::generate(workbook::Size::S, workbook::Shape::Plant, 1);
    problem.areas.iter_mut().enumerate().for_each(|(i, area)| area.name = format!("{HOSTILE}{i}"));
    problem.lines.iter_mut().enumerate().for_each(|(i, line)| line.name = format!("{HOSTILE}{i}"));
    problem.models.iter_mut().enumerate().for_each(|(i, model)| {
        model.name = format!("{HOSTILE}{i}");
        model.customer = HOSTILE.to_owned();
    });
    problem.periods.iter_mut().enumerate().for_each(|(i, period)| period.name = format!("{HOSTILE}{i}"));
    problem.demand.iter_mut().for_each(|demand| demand.units *= 3.0);
    let options = Options { model: PlanModel::Baseline, ..Options::default() };
    let plan = line_plan::solve(&problem, &options, &NoClock).expect("the baseline rule always answers");
    let context = DocumentContext { source: Some(HOSTILE.to_owned()), ..DocumentContext::default() };
    let page = render(&PlanDocument::new(&problem, &plan, &context));
    assert!(page.contains("&lt;script&gt;alert(&#39;x&#39;)"), "the names are shown as they are");
    assert_eq!(page.matches("<script>").count(), 1, "only our own script");
    assert!(!page.contains("<img") && !page.contains('\u{202e}'));
}

#[test]
fn a_plan_of_nothing_still_makes_a_page() {
    let problem = line_plan::Problem::default();
    let options = Options { model: PlanModel::Baseline, ..Options::default() };
    let plan = line_plan::solve(&problem, &options, &NoClock).expect("the baseline rule always answers");
    let page = render(&PlanDocument::new(&problem, &plan, &DocumentContext::default()));
    assert!(page.contains("there is nothing to plan") && page.ends_with("</html>\n"));
}

/// Everything that people read of a page or a terminal: text between tags, and attributes that are read aloud or shown.
fn texts(page: &str) -> BTreeSet<String> {
    let body = page.split("</style>").nth(1).unwrap_or(page).split("<script>").next().unwrap_or_default();
    let mut texts = BTreeSet::new();
    for part in body.split('<') {
        let (tag, text) = part.split_once('>').unwrap_or(("", part));
        texts.insert(text.trim().to_owned());
        for attribute in ["aria-label=\"", "placeholder=\""] {
            texts.extend(tag.split(attribute).skip(1).filter_map(|rest| rest.split('"').next()).map(str::to_owned));
        }
    }
    texts
}

/// Documents that say between them nearly all that can be said.
fn documents(language: Language) -> Vec<PlanDocument> {
    let mut problem = workbook::generate(workbook::Size::S, workbook::Shape::Plant, 1);
    problem.demand.iter_mut().for_each(|demand| demand.units *= 1.3);
    problem.models[0].life = Window::NEVER;
    problem.models[1].tier = 2;
    let line = problem.capabilities[0].line;
    problem.lines[line].operating_days.fill(0.0);
    problem.lines.iter_mut().for_each(|line| line.overtime_hours_per_day = 1.0);
    let baseline =
        solve(&problem, &Options { model: PlanModel::Baseline, ..Options::default() }, &NoClock).expect("the rule always answers");
    let issue = |severity| Issue {
        severity,
        code: "c".to_owned(),
        sheet: "s".to_owned(),
        row: Some(1),
        column: None,
        found: String::new(),
        expected: String::new(),
        message: "m".to_owned(),
    };
    let mut documents = Vec::new();
    for model in [PlanModel::Area, PlanModel::Finished, PlanModel::Prebuild, PlanModel::Baseline] {
        let options = Options { model, gains: 2, changeovers: ChangeoverCharging::Mix, ..Options::default() };
        let plan = solve(&problem, &options, &NoClock).expect("a plan");
        let issues = vec![issue(Severity::Warning), issue(Severity::Note)];
        documents.push(PlanDocument::new(
            &problem,
            &plan,
            &DocumentContext { issues, baseline: Some(&baseline), language, ..Default::default() },
        ));
    }
    let plan = solve(&problem, &Options::default(), &NoClock).expect("a plan");
    let mut released: Problem = problem.clone();
    let half = |a: &line_plan::Allocation| Released { capability: a.capability, period: a.period, units: (0.5 * a.units).floor() };
    released.released = plan.allocations.iter().map(half).collect();
    let frozen = Some(Frozen { periods: 1, tolerance: 0.1 });
    if let Ok(plan) = solve(&released, &Options { frozen, gains: 0, ..Options::default() }, &NoClock) {
        documents.push(PlanDocument::new(&released, &plan, &DocumentContext { language, ..Default::default() }));
    }
    let integers = Integers { minimum_lots: true, openings: true, max_lines_per_step: Some(1), ..Integers::default() };
    let small = problem.restrict_periods(&[0]);
    let options = Options { integers, time_limit_s: Some(0.0), gains: 0, ..Options::default() };
    if let Ok(plan) = solve(&small, &options, &NoClock) {
        documents.push(PlanDocument::new(&small, &plan, &DocumentContext { language, ..Default::default() }));
    }
    documents
}

/// Words that two languages share, and commands of ours.
const SHARED: [&str; 9] = ["Filter", "Name", "Total", "error", "Status", "optimal", "gemba", "workbook", "check"];

#[test]
fn no_text_of_the_page_or_the_terminal_is_left_in_english() {
    let look = crate::terminal::Look { colour: false, width: 4_000 };
    let shown = |document: &PlanDocument| {
        let mut found = texts(&render(document));
        let screen = crate::terminal::summary(document, &[], 2, 1.0, look);
        found.extend(screen.lines().flat_map(|line| line.split("  ")).map(|text| text.trim().to_owned()));
        found
    };
    let english: Vec<BTreeSet<String>> = documents(Language::English).iter().map(shown).collect();
    assert!(english.len() >= 5);
    for language in [Language::Spanish, Language::German] {
        for (document, english) in documents(language).iter().zip(&english) {
            let names = names(document);
            for text in shown(document).intersection(english) {
                let ours = names.iter().fold(text.clone(), |text, name| text.replace(name, " "));
                let word = ours.split(|c: char| !c.is_alphabetic()).find(|word| word.chars().count() > 2 && !SHARED.contains(word));
                assert_eq!(word, None, "{language:?}: {text:?}");
            }
        }
    }
}

/// Names that the document has from the problem, and our own that are no words; the longest first.
fn names(document: &PlanDocument) -> Vec<&str> {
    let mut names = BTreeSet::from([document.engine.as_str(), document.schema.as_str()]);
    names.extend(document.areas.iter().chain(&document.plants).map(String::as_str));
    names.extend(document.periods.iter().map(|period| period.name.as_str()));
    names.extend(document.lines.iter().map(|line| line.line.as_str()));
    names.extend(document.finished.iter().map(|entry| entry.model.as_str()));
    names.extend(document.unmet.iter().map(|entry| entry.customer.as_str()).filter(|name| !name.is_empty()));
    let mut names: Vec<&str> = names.into_iter().collect();
    names.sort_by_key(|name| std::cmp::Reverse(name.len()));
    names
}

#[test]
fn every_reason_reads_differently_in_each_language() {
    let reasons = [
        Reason::Capacity,
        Reason::NoCapability,
        Reason::NotApproved,
        Reason::OutsideProgramLife,
        Reason::NoHours,
        Reason::OtherArea,
        Reason::IntegerRules,
        Reason::Frozen,
    ];
    let words: BTreeSet<&str> = reasons.iter().flat_map(|reason| Language::ALL.map(|language| reason.words(language))).collect();
    assert_eq!(words.len(), reasons.len() * 3);
}
