//! Rules on files: their length, their first lines, their names, their permissions.

use crate::repository::{Finding, file, files, report, root, rust_files};

/// Longest a source file may be.
const MOST_LINES: usize = 700;

/// Files that are longer, with the length they may have. This list only shrinks: split a file, then lower or remove its entry.
const LONGER: &[(&str, usize)] = &[];

/// Names that say nothing about what is inside.
const EMPTY_NAMES: &[&str] =
    &["util", "utils", "helper", "helpers", "common", "types", "core", "manager", "managers", "service", "services", "misc", "shared"];

#[test]
fn files_stay_short() {
    let mut findings = Vec::new();
    for f in rust_files() {
        let lines = f.text.lines().count();
        match LONGER.iter().find(|(path, _)| *path == f.path) {
            None if lines > MOST_LINES => findings.push(Finding::of(&f.path, format!("{lines} lines, at most {MOST_LINES} are allowed"))),
            Some((_, allowed)) if lines > *allowed => {
                findings.push(Finding::of(&f.path, format!("{lines} lines, more than the {allowed} it was granted")));
            }
            Some(_) if lines <= MOST_LINES => findings.push(Finding::of(&f.path, "short enough now: remove it from LONGER")),
            Some((_, allowed)) if lines + 50 < *allowed => {
                findings.push(Finding::of(&f.path, format!("{lines} lines now: lower its entry in LONGER from {allowed}")));
            }
            _ => {}
        }
    }
    for (path, _) in LONGER {
        if file(path).is_none() {
            findings.push(Finding::of(path, "does not exist any more: remove it from LONGER"));
        }
    }
    report("a file is read as a whole; beyond a few screens nobody does", "split it by what its parts are about", findings);
}

#[test]
fn modules_open_with_a_paragraph() {
    let findings = rust_files()
        .filter(|f| !opens_with_a_paragraph(&f.text))
        .map(|f| Finding::at(&f.path, 1, "no `//!` paragraph at the top"))
        .collect();
    report(
        "the first lines are where a reader decides whether this is the file to read",
        "say in one plain paragraph what is here, then what always holds as `**Invariant:**` lines",
        findings,
    );
}

fn opens_with_a_paragraph(text: &str) -> bool {
    text.lines().find(|line| !line.trim().is_empty() && !line.starts_with("#!")).is_none_or(|line| line.starts_with("//! "))
}

#[test]
fn names_say_what_is_inside() {
    let mut findings = Vec::new();
    for f in rust_files() {
        for part in f.path.trim_end_matches(".rs").split('/') {
            if EMPTY_NAMES.contains(&part) {
                findings.push(Finding::of(&f.path, format!("'{part}' says nothing about what is inside")));
            }
        }
        for (number, line) in f.text.lines().enumerate() {
            if inline_module(line).is_some_and(|name| EMPTY_NAMES.contains(&name)) {
                findings.push(Finding::at(&f.path, number + 1, "a module name that says nothing about what is inside"));
            }
        }
    }
    report(
        "everything fits into 'helpers', so everything ends up there",
        "name it by what it is about, or put it where it is used",
        findings,
    );
}

fn inline_module(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let line = line.strip_prefix("pub(crate) ").or(line.strip_prefix("pub ")).unwrap_or(line);
    line.strip_prefix("mod ")?.split([' ', '{', ';']).next()
}

#[test]
#[cfg(unix)]
fn scripts_run_and_explain_themselves() {
    use std::os::unix::fs::PermissionsExt;
    let is_script =
        |path: &str| path.starts_with("scripts/") || path == ".ci/run" || (path.starts_with("bench/") && path.ends_with("/run"));
    let mut findings = Vec::new();
    let mut seen = 0;
    for f in files().iter().filter(|f| is_script(&f.path)) {
        seen += 1;
        let mode = std::fs::metadata(root().join(&f.path)).map(|m| m.permissions().mode()).unwrap_or(0);
        if mode & 0o111 == 0 {
            findings.push(Finding::of(&f.path, "is not executable"));
        }
        findings.extend(script_findings(&f.path, &f.text));
    }
    assert!(seen >= 5, "found only {seen} scripts: did they move?");
    report("a script that fails half-way or explains nothing costs a newcomer the first hour", "add what is missing; chmod +x", findings);
}

fn script_findings(path: &str, text: &str) -> Vec<Finding> {
    let mut lines = text.lines();
    let mut findings = Vec::new();
    let first = lines.next().unwrap_or_default();
    if !first.starts_with("#!/usr/bin/env ") {
        findings.push(Finding::at(path, 1, "does not start with `#!/usr/bin/env …`"));
    }
    if !lines.next().unwrap_or_default().starts_with(if first.ends_with("python3") { "\"\"\"" } else { "# " }) {
        findings.push(Finding::at(path, 2, "the second line does not say what the script does"));
    }
    if first.ends_with("bash") && !text.contains("\nset -euo pipefail\n") && !text.contains("\nset -uo pipefail\n") {
        findings.push(Finding::of(path, "does not `set -euo pipefail`"));
    }
    findings
}

#[test]
fn the_licence_is_there() {
    let licence = file("LICENSE").map(|f| f.text.as_str()).unwrap_or_default();
    assert!(licence.contains("Apache License") && licence.contains("Version 2.0"), "LICENSE must hold the text of Apache-2.0");
}

#[test]
fn the_rules_on_files_find_bad_samples() {
    assert!(!opens_with_a_paragraph("use std::fmt;\n"));
    assert!(!opens_with_a_paragraph("/// Not the module's.\nstruct A;\n"));
    assert!(opens_with_a_paragraph("#![deny(unsafe_code)]\n//! What it is.\n"));
    assert_eq!(inline_module("    pub(crate) mod helpers {"), Some("helpers"));
    assert_eq!(inline_module("    let modern = 1;"), None);
    assert_eq!(script_findings("x", "#!/bin/sh\necho\n").len(), 2);
    assert_eq!(script_findings("x", "#!/usr/bin/env bash\n# Says it.\nset -euo pipefail\n").len(), 0);
}
