//! The page of documents that mean harm.

use line_plan::{DocumentContext, NoClock, Options, PlanDocument, PlanModel};

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
