//! `gemba optimize` with openings that may change only so often, and with shift patterns to choose from.

use super::Desk;

/// A desk whose lines offer two longer patterns each.
fn offering() -> Desk {
    let desk = Desk::empty();
    let mut problem = ::workbook::generate(::workbook::Size::S, ::workbook::Shape::Mixed, 1);
    problem.demand.iter_mut().for_each(|demand| demand.units = (1.4 * demand.units).round());
    for line in 0..problem.lines.len() {
        problem.lines[line].opening_cost = 10.0;
        let usual = problem.lines[line].hours_per_day;
        for (name, hours_per_day) in [("longer", (usual + 2.0).min(23.0)), ("longest", 24.0)] {
            problem.shift_patterns.push(line_plan::ShiftPattern { line, name: name.to_owned(), hours_per_day, cost: None });
        }
    }
    std::fs::write(desk.path("plan.xlsx"), ::workbook::write_problem(&problem).expect("a workbook")).expect("written");
    desk
}

#[test]
fn lines_run_longer_shifts_where_demand_would_be_lost() {
    let desk = offering();
    let period = "2026-02";
    let plan = |extra: &[&str], file: &str| {
        let run = desk.run(&[&["optimize", "plan.xlsx", "--model", "area", "--periods", period, "--json", file], extra].concat());
        assert!([0, 3].contains(&run.code()), "{}", run.stderr());
        (desk.json(file), run.stdout())
    };
    let (usual, _) = plan(&["--compare", "baseline"], "usual.json");
    let (longer, text) = plan(&["--shifts", "--time-limit", "20s"], "longer.json");
    let unmet = |plan: &serde_json::Value| plan["summary"]["unmet_weight"].as_f64().expect("a number");
    assert!(unmet(&longer) < unmet(&usual) - 1.0, "{} against {}", unmet(&longer), unmet(&usual));
    assert_eq!(longer["verification"]["holds"], true);
    let patterns: Vec<&str> = longer["lines"].as_array().expect("a list").iter().filter_map(|l| l["shift_pattern"].as_str()).collect();
    assert!(!patterns.is_empty() && patterns.iter().all(|p| ["longer", "longest"].contains(p)), "{patterns:?}");
    assert!(usual["lines"].as_array().expect("a list").iter().all(|l| l.get("shift_pattern").is_none()));
    assert!(longer["explanations"].to_string().contains("Longer shifts than usual"), "{text}");
}

#[test]
fn what_cannot_be_chosen_is_said() {
    let desk = Desk::with_plan();
    desk.run(&["optimize", "plan.xlsx", "--shifts"]).fails(1, "offers no shift pattern");
    desk.run(&["optimize", "plan.xlsx", "--opening-changes", "1"]).fails(2, "--openings");
    desk.run(&["optimize", "plan.xlsx", "--openings", "--openings-stay", "--opening-changes", "1"]).fails(2, "cannot be used with");
}

#[test]
fn stock_is_built_ahead_with_whole_decisions() {
    let desk = Desk::empty();
    let mut problem = ::workbook::generate(::workbook::Size::S, ::workbook::Shape::Mixed, 2);
    let kept: Vec<bool> = (0..problem.models.len()).map(|model| model % 6 == 0).collect();
    // A sixth of the models at six times the lots: few enough to be decided in seconds.
    problem.demand.retain(|demand| kept[demand.model]);
    problem.capabilities.iter_mut().for_each(|capability| capability.minimum_lot = 400.0);
    problem.lines.iter_mut().for_each(|line| line.opening_cost = 10.0);
    std::fs::write(desk.path("plan.xlsx"), ::workbook::write_problem(&problem).expect("a workbook")).expect("written");
    let plan = |model: &str, file: &str| {
        let wishes = ["--minimum-lots", "--max-lines", "1", "--openings", "--time-limit", "15s", "--periods", "2026-01..2026-02"];
        let run = desk.run(&[&["optimize", "plan.xlsx", "--model", model, "--json", file], &wishes[..]].concat());
        assert!([0, 3].contains(&run.code()), "{}", run.stderr());
        desk.json(file)
    };
    let (with, without) = (plan("prebuild", "with.json"), plan("finished", "without.json"));
    let unmet = |plan: &serde_json::Value| plan["summary"]["unmet_weight"].as_f64().expect("a number");
    assert!(unmet(&with) <= unmet(&without) * (1.0 + 1e-6) + 1e-6, "{} against {}", unmet(&with), unmet(&without));
    assert_eq!(with["verification"]["holds"], true, "{}", with["verification"]);
    let stages = with["stages"].as_array().expect("a list");
    assert!(stages.iter().any(|stage| stage["name"] == "stock at the ends of periods (h of work)"), "{stages:?}");
    assert!(stages.iter().all(|stage| stage["bound"].as_f64() <= stage["value"].as_f64().map(|value| value + 1e-9)), "{stages:?}");
}
