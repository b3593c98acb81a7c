//! Reading shape A: what is recognised, in which language and layout, and the problem that comes out.

use line_plan::{Problem, Severity, Window};
use workbook::{Language, Layout, ReadOptions, Shape, Size, generate, read, template, write_problem};

use crate::sheets::small_plant;

/// The issues as short lines.
fn lines_of(issues: &[line_plan::Issue]) -> Vec<String> {
    issues
        .iter()
        .map(|issue| format!("{:?} {} {} {:?} {:?}: {}", issue.severity, issue.code, issue.sheet, issue.row, issue.column, issue.message))
        .collect()
}

#[test]
fn a_small_plant_becomes_its_problem() {
    let problem = small_plant().problem();
    assert_eq!(problem.areas.iter().map(|area| area.name.as_str()).collect::<Vec<_>>(), ["SMT", "Final Assembly"]);
    assert_eq!(
        problem.lines.iter().map(|line| (line.name.as_str(), line.hours_per_day)).collect::<Vec<_>>(),
        [("SMT-L1", 20.0), ("SMT-L2", 10.0), ("FA-1", 15.0)]
    );
    assert_eq!(
        problem.periods.iter().map(|period| (period.name.as_str(), period.operating_days)).collect::<Vec<_>>(),
        [("2026", 240.0), ("2027", 240.0)]
    );
    assert_eq!(problem.lines[1].hours(0), 2400.0);
    assert_eq!((problem.steps.len(), problem.capabilities.len(), problem.demand.len()), (4, 5, 4));
    let first = &problem.capabilities[0];
    assert_eq!((first.cycle_time_s, first.efficiency, first.priority, first.approved), (30.0, 0.85, 1, Window::ALWAYS));
    assert_eq!(problem.demand.iter().map(|demand| demand.units).sum::<f64>(), 360_000.0);
}

#[test]
fn the_template_reads_without_errors_in_every_language() {
    for language in [Language::English, Language::Spanish, Language::German] {
        let reading = read(&template(language).unwrap(), &ReadOptions::default());
        let notable: Vec<_> = reading.issues.iter().filter(|issue| issue.severity != Severity::Note).cloned().collect();
        assert!(notable.is_empty(), "{language:?}: {:#?}", lines_of(&notable));
        assert_eq!(reading.layout, Some(Layout::A));
        let unknown: Vec<String> = reading
            .recognised
            .iter()
            .filter(|sheet| sheet.ignored.is_none())
            .flat_map(|sheet| sheet.columns.iter().filter(|c| c.meaning.is_none()).map(|c| format!("{}: {}", sheet.sheet, c.heading)))
            .collect();
        assert!(unknown.is_empty(), "{language:?}: {unknown:?}");
        assert!(reading.problem.is_some_and(|problem| !problem.capabilities.is_empty() && problem.defects().is_empty()));
    }
}

#[test]
fn a_written_problem_reads_back_the_same() {
    for shape in [Shape::Plant, Shape::Mixed] {
        let written = generate(Size::S, shape, 1);
        let reading = read(&write_problem(&written).unwrap(), &ReadOptions::default());
        let errors: Vec<_> = reading.errors().cloned().collect();
        assert!(errors.is_empty(), "{:#?}", lines_of(&errors));
        let mut problem = reading.problem.unwrap();
        // The order alone says what comes before what; the reader writes it out.
        problem.areas.iter_mut().zip(&written.areas).for_each(|(read, written)| read.predecessors = written.predecessors.clone());
        let (read, written) = (normal(problem), normal(written));
        assert_eq!(read.lines, written.lines);
        assert_eq!(read.models, written.models);
        assert_eq!(read.periods, written.periods);
        assert_eq!(read.steps, written.steps);
        for (read, written) in read.capabilities.iter().zip(&written.capabilities) {
            assert_eq!(read, written);
        }
        assert_eq!(read.demand, written.demand);
        assert_eq!(sorted(&read.changeovers), sorted(&written.changeovers));
        assert_eq!(read.capabilities.len(), written.capabilities.len());
    }
}

/// Changeovers come out in the order of their names.
fn sorted(changeovers: &[line_plan::Changeover]) -> Vec<String> {
    let mut sorted: Vec<String> = changeovers.iter().map(|changeover| format!("{changeover:?}")).collect();
    sorted.sort();
    sorted
}

/// The problem with its steps numbered by model and area.
fn normal(mut problem: Problem) -> Problem {
    let mut order: Vec<usize> = (0..problem.steps.len()).collect();
    order.sort_by_key(|step| (problem.steps[*step].model, problem.steps[*step].area, problem.steps[*step].name.clone()));
    let mut place = vec![0; order.len()];
    order.iter().enumerate().for_each(|(new, old)| place[*old] = new);
    problem.steps = order.iter().map(|step| problem.steps[*step].clone()).collect();
    problem.capabilities.iter_mut().for_each(|capability| capability.step = place[capability.step]);
    problem
}

#[test]
fn the_language_of_the_headings_is_told() {
    for language in line_plan::Language::ALL {
        let bytes = workbook::template(language).expect("a template");
        assert_eq!(workbook::read(&bytes, &workbook::ReadOptions::default()).language, language);
    }
    let [plant, families] = workbook::example_workbooks().expect("examples").map(|(_, bytes)| bytes);
    assert_eq!(workbook::read(&plant, &workbook::ReadOptions::default()).language, line_plan::Language::English);
    assert_eq!(workbook::read(&families, &workbook::ReadOptions::default()).language, line_plan::Language::Spanish);
}
