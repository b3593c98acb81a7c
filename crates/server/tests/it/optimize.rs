//! `gemba optimize`: exit codes, what goes to which stream, what the JSON says.

use super::{Desk, names};

#[test]
fn the_terminal_shows_the_plan_and_the_files_are_named() {
    let desk = Desk::with_plan();
    let run = desk.run(&["optimize", "plan.xlsx", "--json", "plan.json"]).succeeds();
    let text = run.stdout();
    for part in [
        "can be finished",
        "Utilisation of areas",
        "Fullest lines",
        "Constraint",
        "Unmet demand",
        "What would help",
        "wrote plan.json",
        "optimal, verified",
    ] {
        assert!(text.contains(part), "`{part}` is missing in:\n{text}");
    }
    assert_eq!(run.stderr(), "");
    assert!(text.lines().all(|line| line.chars().count() <= 100), "a line is wider than COLUMNS:\n{text}");
    assert_eq!(names(desk.folder.path()), ["plan.json", "plan.xlsx"], "nothing half-written stays behind");
}

#[test]
fn the_json_holds_together() {
    let desk = Desk::with_plan();
    desk.run(&["optimize", "plan.xlsx", "--json", "plan.json", "--compare", "baseline"]).succeeds();
    let plan = desk.json("plan.json");
    assert_eq!(
        (plan["schema"].as_str(), plan["status"].as_str(), plan["gap"].as_f64()),
        (Some("gemba.plan-result/1"), Some("optimal"), Some(0.0))
    );
    assert_eq!(
        (plan["model"].as_str(), plan["weight"].as_str(), plan["source"].as_str()),
        (Some("finished"), Some("hours"), Some("plan.xlsx"))
    );
    let sum = |list: &str, field: &str| {
        plan[list].as_array().expect("a list").iter().map(|entry| entry[field].as_f64().expect("a number")).sum::<f64>()
    };
    let summary = |field: &str| plan["summary"][field].as_f64().expect("a number");
    let close = |left: f64, right: f64| assert!((left - right).abs() <= 1e-6 * left.abs().max(1.0), "{left} is not {right}");
    close(sum("finished", "demand_units"), summary("demand_units"));
    close(sum("finished", "delivered_units") + sum("unmet", "units"), summary("demand_units"));
    close(sum("unmet", "weight"), summary("unmet_weight"));
    close(sum("lines", "hours_used"), summary("hours_used"));
    close(sum("allocations", "hours") + sum("lines", "changeover_hours"), summary("hours_used"));
    close(sum("area_loads", "hours_used"), summary("hours_used"));
    close(sum("area_loads", "unmet_units"), summary("unmet_units"));
    assert!(plan["comparison"]["finished_units_gained"].as_f64().expect("compared") > 0.0);
    assert_eq!(plan["verification"]["holds"], true);
    assert!(plan["unmet"].as_array().expect("a list").iter().all(|entry| !entry["explanation"].as_str().expect("text").is_empty()));
}

#[test]
fn json_on_standard_output_is_nothing_but_json() {
    let desk = Desk::with_plan();
    let run = desk.run(&["optimize", "plan.xlsx", "--json", "-"]).succeeds();
    assert!(serde_json::from_str::<serde_json::Value>(&run.stdout()).is_ok());
    assert_eq!(run.stderr(), "");
}

#[test]
fn the_same_input_gives_the_same_bytes_except_the_timing() {
    let desk = Desk::with_plan();
    for name in ["a", "b"] {
        let (json, html) = (format!("{name}.json"), format!("{name}.html"));
        desk.run(&["optimize", "plan.xlsx", "--json", &json, "--html", &html, "--threads", if name == "a" { "1" } else { "2" }]).succeeds();
    }
    assert_eq!(desk.read("a.html"), desk.read("b.html"));
    let without_timing = |name: &str| {
        let text = desk.read(name);
        text[..text.find("\"timing_ms\"").expect("it is the last field")].to_owned()
    };
    assert_eq!(without_timing("a.json"), without_timing("b.json"));
}

#[test]
fn periods_days_and_areas_change_the_question() {
    let desk = Desk::with_plan();
    desk.run(&["optimize", "plan.xlsx", "--json", "all.json"]).succeeds();
    let all = desk.json("all.json");
    let first = all["periods"][0]["name"].as_str().expect("a period").to_owned();
    desk.run(&["optimize", "plan.xlsx", "--periods", &first, "--days", "10", "--areas", "smt", "--json", "one.json"]).succeeds();
    let one = desk.json("one.json");
    assert_eq!(one["periods"].as_array().map(Vec::len), Some(1));
    let hours = |plan: &serde_json::Value, area: &str| {
        let load = plan["area_loads"]
            .as_array()
            .expect("a list")
            .iter()
            .find(|l| l["area"] == area && l["period"] == first.as_str())
            .expect("the area");
        load["hours_available"].as_f64().expect("hours")
    };
    assert!(hours(&one, "SMT") < hours(&all, "SMT"));
    assert_eq!(hours(&one, "ICT"), hours(&all, "ICT"));
}

#[test]
fn wrong_words_are_usage_errors_that_say_what_exists() {
    let desk = Desk::with_plan();
    desk.run(&["optimize"]).fails(2, "PLAN.xlsx");
    desk.run(&["optimize", "plan.xlsx", "--model", "best"]).fails(2, "possible values");
    desk.run(&["optimize", "plan.xlsx", "--areas", "SMT"]).fails(2, "--days");
    desk.run(&["optimize", "plan.xlsx", "--days", "20", "--areas", "SMTT"]).fails(2, "did you mean `SMT`?");
    desk.run(&["optimize", "plan.xlsx", "--days", "400"]).fails(2, "from 0 to 366");
    desk.run(&["optimize", "plan.xlsx", "--periods", "1999"]).fails(2, "it has: ");
    desk.run(&["optimize", "plan.xlsx", "--plant", "Atlantis"]).fails(2, "no plant `Atlantis`");
    desk.run(&["optimize", "plan.xlsx", "--time-limit", "soon"]).fails(2, "10s");
}

#[test]
fn files_that_cannot_be_read_or_written_are_refused() {
    let desk = Desk::with_plan();
    let before = std::fs::read(desk.path("plan.xlsx")).expect("it is there");
    desk.run(&["optimize", "missing.xlsx"]).fails(1, "there is no such file");
    desk.run(&["optimize", "."]).fails(1, "it is a folder");
    desk.run(&["optimize", "plan.xlsx", "--json", "plan.xlsx"]).fails(2, "is the input");
    desk.run(&["optimize", "plan.xlsx", "--html", "./plan.xlsx"]).fails(2, "is the input");
    desk.run(&["optimize", "plan.xlsx", "--html", "x", "--json", "x"]).fails(2, "two outputs");
    desk.run(&["optimize", "plan.xlsx", "--json", "nowhere/plan.json"]).fails(1, "there is no folder nowhere");
    assert_eq!(std::fs::read(desk.path("plan.xlsx")).expect("it is there"), before);
    std::fs::write(desk.path("empty.xlsx"), "").expect("written");
    let run = desk.run(&["optimize", "empty.xlsx"]).fails(1, "cannot be planned");
    assert_eq!(run.stdout(), "");
}

#[test]
fn colour_appears_only_where_it_is_wanted() {
    let desk = Desk::with_plan();
    let escapes =
        |environment: &[(&str, &str)]| desk.run_with(&["optimize", "plan.xlsx"], environment).succeeds().stdout().contains('\u{1b}');
    assert!(!escapes(&[]), "standard output is no terminal here");
    assert!(escapes(&[("CLICOLOR_FORCE", "1")]));
    assert!(!escapes(&[("NO_COLOR", "1")]));
}

#[test]
fn the_result_workbook_is_a_workbook() {
    let desk = Desk::with_plan();
    desk.run(&["optimize", "plan.xlsx", "--xlsx", "result.xlsx"]).succeeds();
    let bytes = std::fs::read(desk.path("result.xlsx")).expect("it was written");
    assert!(bytes.starts_with(b"PK\x03\x04"));
}

#[cfg(unix)]
#[test]
fn a_reader_who_leaves_early_is_no_error() {
    let desk = Desk::with_plan();
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_gemba"))
        .current_dir(desk.folder.path())
        .args(["optimize", "plan.xlsx", "--json", "-"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("the binary runs");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(0), ""));
}
