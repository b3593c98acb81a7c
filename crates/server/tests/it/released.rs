//! `gemba optimize --released`: the plan at work, given back.

use super::Desk;

/// A desk whose plant has a released plan in `last.json`.
fn released() -> Desk {
    let desk = Desk::with_plan();
    desk.run(&["optimize", "plan.xlsx", "--json", "last.json"]).succeeds();
    desk
}

/// Changes the document that was released.
fn edit(desk: &Desk, change: impl FnOnce(&mut Vec<serde_json::Value>)) {
    let mut document = desk.json("last.json");
    change(document["allocations"].as_array_mut().expect("a list"));
    std::fs::write(desk.path("last.json"), document.to_string()).expect("written");
}

fn number(value: &serde_json::Value) -> f64 {
    value.as_f64().expect("a number")
}

#[test]
fn a_plan_that_is_released_as_it_is_changes_nothing() {
    let desk = released();
    let text = desk.run(&["optimize", "plan.xlsx", "--released", "last.json", "--json", "next.json"]).succeeds().stdout();
    assert!(text.contains("Nothing changes against the released plan."), "{text}");
    let (last, next) = (desk.json("last.json"), desk.json("next.json"));
    assert_eq!(last["released"], serde_json::Value::Null);
    assert_eq!(next["released"]["moves"].as_array().map(Vec::len), Some(0));
    assert_eq!(number(&next["released"]["hours_changed"]), 0.0);
    let stage = next["stages"].as_array().and_then(|stages| stages.last()).expect("a stage");
    assert_eq!(stage["name"], "hours changed against the released plan");
    assert!(number(&stage["value"]) < 1e-6);
}

#[test]
fn what_changes_is_told_with_its_hours_on_every_report() {
    let desk = released();
    // Released is more of one model than is wanted, so that something has to change.
    edit(&desk, |allocations| allocations[0]["units"] = (2.0 * number(&allocations[0]["units"])).into());
    let outputs = ["--json", "next.json", "--html", "next.html", "--xlsx", "next.xlsx"];
    let run = desk.run(&[&["optimize", "plan.xlsx", "--released", "last.json"][..], &outputs].concat()).succeeds();
    let next = desk.json("next.json");
    let moves = next["released"]["moves"].as_array().expect("a list");
    assert!(!moves.is_empty());
    let hours: Vec<f64> = moves.iter().map(|entry| number(&entry["hours"]).abs()).collect();
    assert!(hours.is_sorted_by(|a, b| a >= b), "the largest comes first");
    let total: f64 = hours.iter().sum();
    assert!((total - number(&next["released"]["hours_changed"])).abs() < 1e-6 * total);
    let sentence = next["released"]["explanation"].as_str().expect("a sentence");
    assert!(sentence.starts_with("Against the released plan"), "{sentence}");
    let line = moves[0]["line"].as_str().expect("a line");
    assert!(run.stdout().contains("Against the released plan"), "{}", run.stdout());
    assert!(desk.read("next.html").contains("Changes against the released plan"));
    assert!(run.stdout().contains(line));
}

#[test]
fn frozen_periods_stay_although_the_workbook_wants_something_else() {
    let desk = released();
    let last = desk.json("last.json");
    let first = last["periods"][0]["name"].clone();
    // A tenth less of everything was released for the first period than could have been.
    edit(&desk, |allocations| {
        for entry in allocations.iter_mut().filter(|entry| entry["period"] == first) {
            entry["units"] = (0.9 * number(&entry["units"])).into();
        }
    });
    let last = desk.json("last.json");
    let units = |plan: &serde_json::Value| -> Vec<(String, f64)> {
        let of_first = plan["allocations"].as_array().expect("a list").iter().filter(|entry| entry["period"] == first);
        let mut units: Vec<(String, f64)> =
            of_first.map(|e| (format!("{} {} {} {}", e["plant"], e["line"], e["model"], e["step"]), number(&e["units"]))).collect();
        units.sort_by(|a, b| a.0.cmp(&b.0));
        units
    };
    for (frozen, most) in [("1", 1.0), ("1:5", 1.05)] {
        desk.run(&["optimize", "plan.xlsx", "--released", "last.json", "--frozen", frozen, "--json", "next.json"]).succeeds();
        let next = desk.json("next.json");
        assert_eq!(next["verification"]["holds"], true);
        assert_eq!(next["released"]["frozen"]["periods"].as_array().map(Vec::len), Some(1));
        let (was, is) = (units(&last), units(&next));
        assert_eq!(was.len(), is.len());
        for (was, is) in was.iter().zip(&is) {
            assert_eq!(was.0, is.0);
            assert!(is.1 >= was.1 * (1.0 - 1e-6) / most && is.1 <= was.1 * most * (1.0 + 1e-6), "{was:?} became {is:?}");
        }
    }
}

#[test]
fn frozen_amounts_that_cannot_be_kept_are_named() {
    let desk = released();
    let first = desk.json("last.json")["periods"][0]["name"].clone();
    let mut line = String::new();
    edit(&desk, |allocations| {
        let entry = allocations.iter_mut().find(|entry| entry["period"] == first).expect("an entry");
        line = entry["line"].as_str().expect("a line").to_owned();
        entry["units"] = (1e6 * number(&entry["units"])).into();
    });
    let run =
        desk.run(&["optimize", "plan.xlsx", "--released", "last.json", "--frozen", "1"]).fails(1, "no plan keeps all of these wishes");
    assert!(run.stderr().contains(&line), "{}", run.stderr());
}

#[test]
fn names_that_are_gone_are_warnings_and_in_frozen_periods_errors() {
    let desk = released();
    edit(&desk, |allocations| {
        allocations[0]["line"] = "Line of old".into();
        allocations[1]["model"] = "Model of old".into();
        allocations[2]["period"] = "1999-01".into();
    });
    desk.run(&["optimize", "plan.xlsx", "--released", "last.json", "--json", "next.json"]).succeeds();
    let issues = desk.json("next.json")["issues"].as_array().expect("a list").clone();
    for name in ["Line of old", "Model of old", "1999-01"] {
        let issue = issues.iter().find(|issue| issue["message"].as_str().is_some_and(|text| text.contains(name))).expect("told");
        assert_eq!((issue["severity"].as_str(), issue["code"].as_str()), (Some("warning"), Some("released_unknown")));
    }
    let run = desk.run(&["optimize", "plan.xlsx", "--released", "last.json", "--frozen", "12"]).fails(1, "frozen periods cannot be kept");
    assert!(run.stderr().contains("Line of old") && run.stderr().contains("Model of old"), "{}", run.stderr());
}

#[test]
fn a_file_that_is_no_plan_is_refused() {
    let desk = released();
    std::fs::write(desk.path("notes.json"), "{\"schema\": \"notes\", \"allocations\": []}").expect("written");
    std::fs::write(desk.path("broken.json"), "{").expect("written");
    let with = |file: &str| desk.run(&["optimize", "plan.xlsx", "--released", file]);
    with("notes.json").fails(1, "expected \"gemba.plan-result/1\"");
    with("broken.json").fails(1, "is no released plan");
    with("missing.json").fails(1, "there is no such file");
    desk.run(&["optimize", "plan.xlsx", "--frozen", "1"]).fails(2, "--released");
    desk.run(&["optimize", "plan.xlsx", "--released", "last.json", "--json", "last.json"]).fails(2, "is the input");
}

#[test]
fn with_stock_or_whole_decisions_frozen_periods_stay_too() {
    let desk = Desk::with_plan();
    let (whole, open) = (["--max-lines", "2", "--time-limit", "2s"], ["--openings", "--openings-stay", "--time-limit", "2s"]);
    for asked in [&["--model", "prebuild"][..], &whole, &open] {
        let run = |more: &[&str]| desk.run(&[&["optimize", "plan.xlsx"], asked, more].concat());
        run(&["--json", "last.json"]);
        let last = desk.json("last.json");
        run(&["--released", "last.json", "--frozen", "1", "--json", "next.json"]);
        let next = desk.json("next.json");
        assert_eq!(next["verification"]["holds"], true, "{asked:?}");
        let first = &last["periods"][0]["name"];
        let units = |plan: &serde_json::Value| -> f64 {
            plan["allocations"].as_array().expect("a list").iter().filter(|e| e["period"] == *first).map(|e| number(&e["units"])).sum()
        };
        assert!((units(&last) - units(&next)).abs() < 1e-5 * units(&last), "{asked:?}");
        let stage = next["stages"].as_array().and_then(|stages| stages.last()).expect("a stage");
        assert_eq!(stage["name"], "hours changed against the released plan", "{asked:?}");
    }
}
