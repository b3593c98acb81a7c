//! Rules on crates: which way they may depend, and what their manifests say.

use crate::repository::{File, Finding, files, report};

/// Which of our crates each of our crates may name. Everything points downwards; an engine names none.
const DIRECTIONS: &[(&str, &[&str])] = &[
    ("line-plan", &[]),
    ("workbook", &["line-plan"]),
    ("record-derive", &[]),
    ("platform", &["record-derive", "testkit"]),
    ("identity", &["platform", "testkit"]),
    ("factory", &["platform", "identity", "testkit"]),
    ("kpi", &[]),
    ("gs1", &[]),
    ("inventory", &["platform", "factory", "gs1", "identity", "testkit"]),
    ("production", &["platform", "factory", "inventory", "kpi", "gs1", "identity", "testkit"]),
    ("planning", &["line-plan", "workbook", "platform", "factory", "testkit"]),
    ("reports", &["line-plan", "workbook"]),
    ("testkit", &["platform"]),
    ("server", &["line-plan", "workbook", "platform", "identity", "factory", "inventory", "production", "planning", "reports", "testkit"]),
    ("tidy", &[]),
];

fn manifests() -> impl Iterator<Item = (&'static str, &'static File)> {
    files().iter().filter_map(|f| {
        let name = f.path.strip_prefix("crates/")?.strip_suffix("/Cargo.toml")?;
        (!name.contains('/')).then_some((name, f))
    })
}

#[test]
fn crates_depend_in_one_direction() {
    let ours: Vec<&str> = manifests().map(|(name, _)| name).collect();
    assert!(ours.len() >= 3, "found only the crates {ours:?}: did they move?");
    let mut findings = Vec::new();
    for (name, manifest) in manifests() {
        let Some((_, allowed)) = DIRECTIONS.iter().find(|(n, _)| *n == name) else {
            findings.push(Finding::of(&manifest.path, format!("'{name}' has no entry in DIRECTIONS")));
            continue;
        };
        findings.extend(forbidden_dependencies(&manifest.path, &manifest.text, &ours, allowed));
    }
    report(
        "an engine that knows the workbook cannot serve the database, and a cycle of ideas is as bad as one of crates",
        "move the code to the crate that may know both; if the direction itself is wrong, change ARCHITECTURE.md and DIRECTIONS together",
        findings,
    );
}

fn forbidden_dependencies(path: &str, manifest: &str, ours: &[&str], allowed: &[&str]) -> Vec<Finding> {
    let named = dependencies(manifest);
    let wrong = named.into_iter().filter(|(_, name, _)| ours.contains(name) && !allowed.contains(name));
    wrong.map(|(line, name, _)| Finding::at(path, line, format!("depends on '{name}'"))).collect()
}

#[test]
fn manifests_are_whole() {
    let findings = manifests().flat_map(|(_, m)| manifest_findings(&m.path, &m.text)).collect();
    report(
        "versions, licence and lints are decided once, in the workspace's Cargo.toml",
        "write `x.workspace = true`, `[lints] workspace = true` and a description of one sentence",
        findings,
    );
}

fn manifest_findings(path: &str, manifest: &str) -> Vec<Finding> {
    const WANTED: &[&str] = &[
        "description = \"",
        "version.workspace = true",
        "edition.workspace = true",
        "license.workspace = true",
        "[lints]\nworkspace = true",
    ];
    let mut findings: Vec<Finding> =
        WANTED.iter().filter(|w| !manifest.contains(*w)).map(|w| Finding::of(path, format!("has no `{}`", w.replace('\n', " ")))).collect();
    for (line, name, rest) in dependencies(manifest) {
        if !rest.contains("workspace = true") {
            findings.push(Finding::at(path, line, format!("'{name}' names its own version")));
        }
    }
    findings
}

/// Line, name and the rest of each line in the dependency tables.
fn dependencies(manifest: &str) -> Vec<(usize, &str, &str)> {
    let mut inside = false;
    let mut found = Vec::new();
    for (number, line) in manifest.lines().enumerate() {
        if let Some(table) = line.strip_prefix('[') {
            inside = table.trim_end_matches(']').ends_with("dependencies");
        } else if let Some((name, rest)) = line.split_once(['.', ' ', '='])
            && inside
            && !line.starts_with('#')
        {
            found.push((number + 1, name, rest));
        }
    }
    found
}

#[test]
fn the_rules_on_crates_find_bad_samples() {
    let manifest = "[package]\nname = \"line-plan\"\n\n[dependencies]\n# a reason\nserde.workspace = true\nworkbook.workspace = true\nzip = \"1\"\n\n[lints]\nworkspace = true\n";
    assert_eq!(dependencies(manifest).iter().map(|d| d.1).collect::<Vec<_>>(), ["serde", "workbook", "zip"]);
    assert_eq!(forbidden_dependencies("x", manifest, &["workbook", "server"], &[]).len(), 1);
    // No description, version, edition, licence; one own version.
    assert_eq!(manifest_findings("x", manifest).len(), 5);
}
