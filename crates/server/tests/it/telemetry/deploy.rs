//! The alerts, the board and the page that come with Gemba, held against the numbers there are.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use platform::telemetry::{METRICS, Measured, Shape};
use serde_json::Value;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|cause| panic!("{path}: {cause}"))
}

/// An alert, as far as its form matters here.
#[derive(Debug, Default)]
struct Alert {
    name: String,
    expr: String,
    keys: BTreeSet<String>,
}

/// Reads the alerts; the file keeps to plain keys, plain texts, texts in quotes, and folded ones (`>-`).
fn alerts(text: &str) -> Vec<Alert> {
    let mut alerts: Vec<Alert> = Vec::new();
    let mut folded = None;
    for (number, line) in text.lines().enumerate() {
        assert!(!line.contains('\t'), "line {}: a tab", number + 1);
        let indent = line.len() - line.trim_start().len();
        assert_eq!(indent % 2, 0, "line {}: an odd indent", number + 1);
        let content = line.trim_start();
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        if folded.is_some_and(|at| indent > at) {
            let alert = alerts.last_mut().expect("an alert");
            alert.expr.push(' ');
            alert.expr.push_str(content);
            continue;
        }
        folded = None;
        let content = content.strip_prefix("- ").unwrap_or(content);
        let (key, value) = content.split_once(':').unwrap_or_else(|| panic!("line {}: no key: {line}", number + 1));
        let value = value.trim();
        if value.starts_with('"') {
            assert!(value.len() > 1 && value.ends_with('"') && value.matches('"').count() == 2, "line {}: {line}", number + 1);
        } else {
            assert!(!value.contains(": ") && !value.contains(" #"), "line {}: needs quotes: {line}", number + 1);
        }
        if key == "alert" {
            alerts.push(Alert { name: value.to_owned(), ..Alert::default() });
        }
        if let Some(alert) = alerts.last_mut() {
            alert.keys.insert(key.to_owned());
            if key == "expr" {
                match value {
                    ">-" => folded = Some(indent),
                    value => value.clone_into(&mut alert.expr),
                }
            }
        }
    }
    alerts
}

/// The numbers that an expression names, each with the labels it is asked by.
fn named(expr: &str) -> Vec<(String, Vec<String>)> {
    let is_letter = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let mut found = Vec::new();
    let mut rest = expr;
    while let Some(start) = rest.find(|letter: char| letter.is_ascii_alphabetic()) {
        rest = &rest[start..];
        let end = rest.find(|letter: char| !is_letter(letter)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        rest = after;
        if word.starts_with("gemba_") || word.starts_with("process_") {
            let labels = match after.strip_prefix('{') {
                Some(inside) => inside.split('}').next().unwrap_or_default(),
                None => "",
            };
            let labels = labels.split("\",").filter_map(|one| one.split(['=', '!']).next()).map(|name| name.trim().to_owned());
            found.push((word.to_owned(), labels.filter(|name| !name.is_empty()).collect()));
        }
    }
    found
}

fn measured(name: &str) -> Option<&'static Measured> {
    let of_histogram = ["_bucket", "_sum", "_count"].into_iter().find_map(|ending| name.strip_suffix(ending));
    METRICS
        .iter()
        .find(|measured| measured.name == name && measured.shape != Shape::Histogram)
        .or_else(|| METRICS.iter().find(|measured| Some(measured.name) == of_histogram && measured.shape == Shape::Histogram))
}

fn holds_up(place: &str, expr: &str) {
    let mut depth = Vec::new();
    for letter in expr.chars() {
        match letter {
            '(' | '{' | '[' => depth.push(letter),
            ')' => assert_eq!(depth.pop(), Some('('), "{place}: {expr}"),
            '}' => assert_eq!(depth.pop(), Some('{'), "{place}: {expr}"),
            ']' => assert_eq!(depth.pop(), Some('['), "{place}: {expr}"),
            _ => {}
        }
    }
    assert!(depth.is_empty() && expr.matches('"').count().is_multiple_of(2), "{place}: {expr}");
    let mut known: BTreeSet<&str> = ["job", "instance", "le"].into();
    let numbers = named(expr);
    assert!(!numbers.is_empty() || expr.contains("up{"), "{place} asks for nothing of ours: {expr}");
    for (name, labels) in &numbers {
        let measured = measured(name).unwrap_or_else(|| panic!("{place}: there is no {name}"));
        known.extend(measured.labels);
        for label in labels {
            assert!(
                label == "job" || label == "instance" || measured.labels.contains(&label.as_str()),
                "{place}: {name} has no label {label}"
            );
        }
        if measured.shape == Shape::Counter {
            let calls = ["rate(", "increase("].iter().any(|call| expr.contains(&format!("{call}{name}")));
            assert!(calls, "{place}: of a counter only its growth says something: {expr}");
        }
    }
    for by in expr.split("by (").skip(1) {
        for label in by.split(')').next().unwrap_or_default().split(',').map(str::trim) {
            assert!(known.contains(label), "{place}: nothing has the label {label}: {expr}");
        }
    }
}

#[test]
fn every_alert_asks_for_numbers_that_exist_and_says_what_to_do() {
    let alerts = alerts(&read("deploy/prometheus/alerts.yml"));
    assert!(alerts.len() >= 20, "{}", alerts.len());
    let names: BTreeSet<&str> = alerts.iter().map(|alert| alert.name.as_str()).collect();
    assert_eq!(names.len(), alerts.len(), "a name comes twice");
    for alert in &alerts {
        for key in ["expr", "labels", "severity", "annotations", "summary", "description"] {
            assert!(alert.keys.contains(key), "{}: no {key}", alert.name);
        }
        holds_up(&alert.name, &alert.expr);
    }
    // What matters most is watched.
    let all: String = alerts.iter().map(|alert| alert.expr.as_str()).collect();
    for name in
        ["gemba_runs_dead", "gemba_audit_seal_lag_seconds", "gemba_outbox_lag_seconds", "gemba_webhook_lag_seconds", "gemba_database_up"]
    {
        assert!(all.contains(name), "no alert looks at {name}");
    }
}

#[test]
#[expect(clippy::print_stderr, reason = "a test that is left out says so")]
fn prometheus_itself_accepts_the_alerts() {
    let built = Path::new(env!("CARGO_BIN_EXE_gemba")).ancestors().nth(2).map(|target| target.join("promtool/promtool"));
    let program = built.filter(|program| program.exists()).unwrap_or_else(|| "promtool".into());
    let checked = Command::new(program).args(["check", "rules"]).arg(root().join("deploy/prometheus/alerts.yml")).output();
    let Ok(checked) = checked else {
        eprintln!("SKIPPED: promtool is not here (scripts/setup --full installs it): only our own checks of the alerts ran");
        return;
    };
    let said = String::from_utf8_lossy(&checked.stdout).into_owned() + &String::from_utf8_lossy(&checked.stderr);
    assert!(checked.status.success() && said.contains("SUCCESS"), "{said}");
}

#[test]
fn every_panel_of_the_board_draws_numbers_that_exist() {
    let board: Value = serde_json::from_str(&read("deploy/grafana/gemba.json")).expect("JSON");
    let panels = board["panels"].as_array().expect("panels");
    let mut drawn = BTreeSet::new();
    let mut ids = BTreeSet::new();
    let mut places: Vec<[i64; 4]> = Vec::new();
    for panel in panels {
        let title = panel["title"].as_str().expect("a title");
        assert!(ids.insert(panel["id"].as_i64().expect("an id")), "{title}: its id comes twice");
        let place = ["x", "y", "w", "h"].map(|name| panel["gridPos"][name].as_i64().expect("a place"));
        let [x, y, w, h] = place;
        assert!(x + w <= 24, "{title} is cut off");
        let overlaps = places.iter().any(|[a, b, c, d]| x < a + c && *a < x + w && y < b + d && *b < y + h);
        assert!(!overlaps, "{title} covers another panel");
        places.push(place);
        if panel["type"] == "row" {
            continue;
        }
        assert!(panel["fieldConfig"]["defaults"]["unit"].is_string(), "{title} has no unit");
        for target in panel["targets"].as_array().expect("targets") {
            let expr = target["expr"].as_str().expect("an expression").replace("$__rate_interval", "5m");
            holds_up(title, &expr);
            drawn.extend(named(&expr).into_iter().filter_map(|(name, _)| measured(&name)).map(|measured| measured.name));
        }
    }
    let missing: Vec<&str> = METRICS.iter().map(|measured| measured.name).filter(|name| !drawn.contains(name)).collect();
    let left_out = ["gemba_database_up", "process_virtual_memory_bytes", "process_threads", "process_start_time_seconds"];
    assert_eq!(missing, left_out, "drawn nowhere");
}

#[test]
fn the_page_about_numbers_names_them_all_as_they_are() {
    let page = read("docs/observability.md");
    let rows: Vec<&str> = page.lines().filter(|line| line.starts_with("| `gemba_") || line.starts_with("| `process_")).collect();
    let expected: Vec<String> = METRICS
        .iter()
        .map(|measured| {
            let labels: Vec<String> = measured.labels.iter().map(|label| format!("`{label}`")).collect();
            let shape = format!("{:?}", measured.shape).to_lowercase();
            format!("| `{}` | {shape} | {} | {} |", measured.name, labels.join(", "), measured.help)
        })
        .collect();
    assert_eq!(rows, expected, "docs/observability.md:\n{}", expected.join("\n"));
}
