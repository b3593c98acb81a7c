//! Rules on documentation: what it names exists, and what exists is named.

use crate::repository::{Finding, file, files, report, root};

fn documents() -> impl Iterator<Item = &'static crate::repository::File> {
    files().iter().filter(|f| f.path.ends_with(".md"))
}

#[test]
fn links_lead_somewhere() {
    let exists = |path: &str| root().join(path).exists();
    let findings = documents().flat_map(|f| broken_links(&f.path, &f.text, &exists)).collect();
    report("a dead link tells the reader that the rest is old too", "correct the path, or remove the link", findings);
}

fn broken_links(path: &str, text: &str, exists: &dyn Fn(&str) -> bool) -> Vec<Finding> {
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut findings = Vec::new();
    for (number, line) in text.lines().enumerate() {
        for target in line.split("](").skip(1).filter_map(|rest| rest.split([')', '#', ' ']).next()) {
            let inside = !target.is_empty() && !target.contains("://") && !target.starts_with("mailto:");
            if inside && !exists(format!("{folder}/{target}").trim_start_matches('/')) {
                findings.push(Finding::at(path, number + 1, format!("links to '{target}', which does not exist")));
            }
        }
    }
    findings
}

#[test]
fn named_scripts_exist() {
    let exists = |name: &str| root().join("scripts").join(name).exists();
    let findings = documents().flat_map(|f| missing_scripts(&f.path, &f.text, &exists)).collect();
    report("the commands in the documentation are the first thing that a newcomer runs", "correct the name, or write the script", findings);
}

fn missing_scripts(path: &str, text: &str, exists: &dyn Fn(&str) -> bool) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (number, line) in text.lines().enumerate() {
        for rest in line.split("scripts/").skip(1) {
            let name: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '-' || *c == '_').collect();
            if !name.is_empty() && !exists(&name) {
                findings.push(Finding::at(path, number + 1, format!("names scripts/{name}, which does not exist")));
            }
        }
    }
    findings
}

#[test]
fn every_example_is_explained() {
    let readme = file("examples/README.md").map(|f| f.text.as_str()).unwrap_or_default();
    let examples = files().iter().filter_map(|f| f.path.strip_prefix("examples/")).filter(|name| *name != "README.md");
    let unexplained =
        examples.filter(|name| !readme.contains(name)).map(|name| Finding::of("examples/README.md", format!("does not name '{name}'")));
    report("an example that nobody explains is a riddle", "say in one sentence what it shows, or remove it", unexplained.collect());
}

#[test]
fn the_architecture_names_every_crate() {
    let Some(architecture) = file("ARCHITECTURE.md") else {
        panic!("ARCHITECTURE.md is missing");
    };
    let crates =
        files().iter().filter_map(|f| f.path.strip_prefix("crates/")?.strip_suffix("/Cargo.toml")).filter(|name| !name.contains('/'));
    let unnamed = crates.filter(|name| !architecture.text.contains(&format!("`{name}`")));
    let findings = unnamed.map(|name| Finding::of("ARCHITECTURE.md", format!("does not name the crate `{name}`"))).collect();
    report("a house plan that lacks a room describes last year's house", "say what the crate is for and what it may know", findings);
}

#[test]
fn the_changelog_has_a_place_for_what_is_next() {
    let changelog = file("CHANGELOG.md").map(|f| f.text.as_str()).unwrap_or_default();
    assert!(changelog.contains("## [Unreleased]"), "CHANGELOG.md needs the heading '## [Unreleased]': what users notice is written there");
}

#[test]
fn the_rules_on_documents_find_bad_samples() {
    let exists = |path: &str| path == "docs/json.md" || path == "up";
    assert_eq!(broken_links("docs/a.md", "[a](json.md) [b](gone.md) [c](https://example.org/x) [d](json.md#part)", &exists).len(), 1);
    assert_eq!(missing_scripts("a.md", "run `scripts/up`, then scripts/down", &exists).len(), 1);
}
