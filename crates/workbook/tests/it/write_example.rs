//! The example plant: the committed files are what the code writes, and both shapes say the same.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::path::Path;

use calamine::{Data, Range, Reader, Xlsx, open_workbook_from_rs};
use line_plan::{Capability, DocumentContext, NoClock, Options, PlanDocument, Problem, solve};
use workbook::{ReadOptions, example_plant, example_workbooks, read};

fn sheet(bytes: &[u8], name: &str) -> Range<Data> {
    let mut book: Xlsx<_> = open_workbook_from_rs(Cursor::new(bytes)).expect("it opens");
    book.worksheet_range(name).expect("the sheet exists")
}

#[test]
fn the_committed_files_are_what_the_code_writes() {
    let folder = Path::new("../../examples");
    for (name, bytes) in example_workbooks().expect("both workbooks") {
        let committed = std::fs::read(folder.join(name)).expect("the example is committed");
        assert!(committed == bytes, "{name} is out of date: cargo run -p workbook --example write_examples -- examples");
    }
}

#[test]
fn the_plant_has_the_stated_size_and_is_well_formed() {
    let problem = example_plant();
    assert_eq!((problem.areas.len(), problem.lines.len(), problem.models.len(), problem.periods.len()), (6, 32, 36, 5));
    assert_eq!(problem.defects(), Vec::<String>::new());
}

/// Hours of an area that the coated models bound to the first two coating lines need, over what those have.
fn coating_load(period: usize) -> f64 {
    let problem = example_plant();
    let line = |name: &str| problem.lines.iter().position(|line| line.name == name).expect("the line");
    let (first, second, third) = (line("CC-01"), line("CC-02"), line("CC-03"));
    let mut units = BTreeMap::new();
    for demand in problem.demand.iter().filter(|demand| demand.period == period) {
        *units.entry(demand.model).or_insert(0.0) += demand.units;
    }
    let needed: f64 = (0..problem.capabilities.len())
        .filter(|index| problem.capabilities[*index].line == first)
        .map(|index| {
            let step = problem.capabilities[index].step;
            assert!(problem.capabilities.iter().all(|c| c.step != step || c.line != third), "bound to the first two lines");
            problem.hours_per_unit(index) * units.get(&problem.steps[step].model).unwrap_or(&0.0)
        })
        .sum();
    needed / (problem.lines[first].hours(period) + problem.lines[second].hours(period))
}

#[test]
fn coating_overflows_from_2028_on() {
    let loads: Vec<f64> = (0..5).map(coating_load).collect();
    assert!(loads[0] < 0.90 && loads[1] < 0.98, "{loads:?}");
    assert!(loads[2] > 1.02 && loads[3] > loads[2] && loads[4] > 1.15, "{loads:?}");
}

#[test]
fn the_spanish_workbook_asks_the_same_time_of_each_area() {
    let problem = example_plant();
    let [_, (_, spanish)] = example_workbooks().expect("both workbooks");
    let mut seconds: BTreeMap<(String, String), f64> = BTreeMap::new();
    for name in ["SMT Settings", "Modelos"] {
        for row in sheet(&spanish, name).rows().skip(3).filter(|row| row[0] != Data::Empty) {
            let number = |cell: &Data| cell.to_string().replace(',', ".").trim().parse::<f64>().expect("a number");
            let area = row[1].to_string().replace('\n', " ").to_lowercase();
            *seconds.entry((row[2].to_string().trim().to_owned(), area)).or_default() += number(&row[5]) * number(&row[6]);
        }
    }
    assert_eq!(seconds.len(), problem.steps.len());
    for capability in &problem.capabilities {
        let step = &problem.steps[capability.step];
        let key = (problem.models[step.model].name.clone(), problem.areas[step.area].name.to_lowercase());
        let expected = capability.cycle_time_s * step.passes;
        assert!((seconds[&key] - expected).abs() < 0.02, "{key:?}: {} and {expected}", seconds[&key]);
    }
}

#[test]
fn the_spanish_workbook_has_the_quirks_of_the_field() {
    let [_, (_, spanish)] = example_workbooks().expect("both workbooks");
    let mut book: Xlsx<_> = open_workbook_from_rs(Cursor::new(&spanish)).expect("it opens");
    for name in ["Notas", "SMT Settings (2)", "Resultados_SMT", "Hoja1"] {
        assert!(book.sheet_names().iter().any(|sheet| sheet == name), "{name}");
    }
    let models = book.worksheet_range("Modelos").expect("Modelos");
    let column = |at: usize| models.rows().skip(3).map(move |row| row[at].to_string()).collect::<Vec<_>>();
    assert!(column(1).iter().any(|area| area == "CONFORMAL") && column(1).iter().any(|area| area == "conformal"));
    assert!(column(1).iter().any(|area| area.contains('\n')), "a line break in an area");
    assert!(column(7).iter().any(|list| list.contains(",\n")) && column(7).iter().any(|list| list.ends_with(',')), "lists of lines");
    let volumes = book.worksheet_range("Volumenes_Produccion").expect("Volumenes_Produccion");
    assert_eq!(volumes.get_value((1, 2)), Some(&Data::Float(2026.0)));
    assert_eq!(volumes.get_value((1, 5)), Some(&Data::String("2029".to_owned())));
    let formulas = book.worksheet_formula("Volumenes_Produccion").expect("formulas");
    assert!(formulas.rows().flatten().any(|formula| !formula.is_empty()), "volumes as formulas");
}

fn plan(problem: &Problem) -> PlanDocument {
    let options = Options { gains: 40, ..Options::default() };
    let plan = solve(problem, &options, &NoClock).expect("a plan");
    PlanDocument::new(problem, &plan, &DocumentContext::default())
}

#[test]
fn both_shapes_read_without_errors_and_leave_the_same_units_unmet() {
    let plans = example_workbooks().expect("both workbooks").map(|(name, bytes)| {
        let reading = read(&bytes, &ReadOptions::default());
        let errors: Vec<&str> = reading.errors().map(|issue| issue.message.as_str()).collect();
        assert!(errors.is_empty(), "{name}: {errors:?}");
        plan(&reading.problem.expect("a problem"))
    });
    let [a, b] = plans;
    assert!(a.summary.unmet_units > 100_000.0, "the plant has something to tell: {:?}", a.summary);
    assert!((a.summary.unmet_units - b.summary.unmet_units).abs() < 1.0, "{:?} {:?}", a.summary, b.summary);
    assert!((a.summary.demand_units - b.summary.demand_units).abs() < 1e-6);
    assert!((a.summary.unmet_weight / b.summary.unmet_weight - 1.0).abs() < 1e-3, "{:?} {:?}", a.summary, b.summary);
}

#[test]
fn the_plan_tells_the_story_of_the_readme() {
    let document = plan(&example_plant());
    assert!((document.summary.finished_units / document.summary.demand_units - 0.962).abs() < 0.0005, "{:?}", document.summary);
    let lost = |area: &str, period: &str| -> f64 {
        let entries = document.unmet.iter().filter(|entry| entry.area == area && entry.period == period);
        entries.map(|entry| entry.units).sum::<f64>().round()
    };
    assert_eq!(["2026", "2027", "2028", "2029", "2030"].map(|year| lost("Conformal", year)), [0.0, 0.0, 81_230.0, 307_066.0, 430_510.0]);
    assert_eq!(["2026", "2027", "2028", "2029", "2030"].map(|year| lost("ICT", year)), [0.0, 0.0, 2_760.0, 12_640.0, 21_160.0]);
    assert!(document.unmet.iter().all(|entry| entry.area == "Conformal" || entry.area == "ICT"));
    let worst = &document.constraints[0];
    assert_eq!((worst.area.as_str(), &worst.lines[..], worst.short), ("Conformal", &["CC-01".to_owned(), "CC-02".to_owned()][..], true));
}

#[test]
fn one_approval_and_one_shift_repair_most_of_it() {
    let mut problem = example_plant();
    let before = plan(&problem).summary.unmet_units;
    let line = |name: &str| problem.lines.iter().position(|line| line.name == name).expect("the line");
    let (coating, test) = (line("CC-03"), line("ICT-05"));
    let model = problem.models.iter().position(|model| model.name == "Battery Monitor Cell").expect("the model");
    let step = problem.steps.iter().position(|step| step.model == model && step.area == 2).expect("its coating");
    let like = problem.capabilities.iter().find(|capability| capability.step == step).expect("a line that coats it").clone();
    problem.capabilities.push(Capability { line: coating, ..like });
    let approved = plan(&problem);
    assert!(approved.unmet.iter().all(|entry| entry.area == "ICT" || entry.period == "2030"), "coating keeps up until 2029");
    assert!(approved.summary.unmet_units < 0.25 * before, "{} of {before}", approved.summary.unmet_units);
    problem.lines[test].hours_per_day += 8.0;
    assert!(plan(&problem).unmet.iter().all(|entry| entry.area == "Conformal"), "the second shift repairs the test cell");
}
