//! Rules on what text may not say.

use crate::repository::{Finding, files, report, rust_files};

/// The rules' own sources name what they forbid.
const RULES: &str = "crates/tidy/tests/tidy/";

/// Traces of a particular machine or way of working, which mean nothing to who reads this elsewhere.
const PLACES: &[&str] = &["/work/", "/home/", "/Users/", "/root/", "handbook", "C:\\Users", "worktree", "localhost:80/"];

/// Words that promise work.
const PROMISES: &[&str] = &["TODO", "FIXME", "XXX", "HACK"];

#[test]
fn promises_name_their_issue() {
    let findings = files().iter().filter(|f| !f.path.starts_with(RULES)).flat_map(|f| promises(&f.path, &f.text)).collect();
    report(
        "a promise without an issue is forgotten",
        "open an issue and write its number beside the word, `(#12)`, or do it now",
        findings,
    );
}

fn promises(path: &str, text: &str) -> Vec<Finding> {
    let is_promise = |line: &str| line.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| PROMISES.contains(&word));
    // `XXXX` in a `mktemp` pattern is no word of its own; a number after `#` is an issue.
    let names_issue = |line: &str| line.match_indices('#').any(|(at, _)| line[at + 1..].starts_with(|c: char| c.is_ascii_digit()));
    let lines = text.lines().enumerate();
    lines.filter(|(_, line)| is_promise(line) && !names_issue(line)).map(|(n, line)| Finding::at(path, n + 1, line.trim())).collect()
}

#[test]
fn nothing_names_a_working_place() {
    let findings = files().iter().filter(|f| !f.path.starts_with(RULES)).flat_map(|f| places(&f.path, &f.text)).collect();
    report(
        "whoever reads this has another machine and another desk",
        "use paths relative to the checkout; say what was meant in words of the product",
        findings,
    );
}

fn places(path: &str, text: &str) -> Vec<Finding> {
    let lines = text.lines().enumerate();
    lines
        .flat_map(|(n, line)| PLACES.iter().filter(|p| line.contains(*p)).map(move |p| Finding::at(path, n + 1, format!("names '{p}'"))))
        .collect()
}

#[test]
fn schemas_of_the_api_have_names_of_their_own() {
    let named: Vec<_> = rust_files().filter(|f| f.path.contains("/src/")).flat_map(|f| schemas(&f.path, &f.text)).collect();
    report(
        "in the document of the API two schemas of one name are one, and one of them describes something else",
        "give one of the types a longer name",
        shared_names(&named),
    );
}

/// Types that the document describes: name, path and line.
fn schemas<'a>(path: &'a str, text: &'a str) -> Vec<(&'a str, &'a str, usize)> {
    let mut found = Vec::new();
    let (mut described, mut alias) = (false, None);
    for (n, line) in text.lines().enumerate() {
        let line = line.trim_start();
        if line.starts_with("#[derive(") {
            (described, alias) = (line.contains("ToSchema"), None);
        }
        let named =
            line.strip_prefix("#[schema(").and_then(|rest| rest.split("as = ").nth(1)).and_then(|rest| rest.split([',', ')']).next());
        alias = alias.or(named);
        let mut words = line
            .split(|c: char| !c.is_alphanumeric() && c != '_')
            .filter(|word| !word.is_empty())
            .skip_while(|w| *w != "struct" && *w != "enum");
        if let (true, Some(_), Some(name)) = (described && !line.starts_with(['#', '/']), words.next(), words.next()) {
            found.push((alias.take().unwrap_or(name), path, n + 1));
            described = false;
        }
    }
    found
}

fn shared_names(named: &[(&str, &str, usize)]) -> Vec<Finding> {
    let first = |name: &str| named.iter().position(|(other, ..)| *other == name);
    let second = named.iter().enumerate().filter_map(|(n, (name, path, line))| {
        let before = first(name).filter(|before| *before != n)?;
        Some(Finding::at(path, *line, format!("the schema {name} is described in {} too", named[before].1)))
    });
    second.collect()
}

#[test]
fn only_the_program_prints() {
    let libraries = rust_files().filter(|f| {
        f.path.starts_with("crates/") && f.path.contains("/src/") && !f.path.starts_with("crates/server/") && !f.path.ends_with("tests.rs")
    });
    let findings = libraries.flat_map(|f| prints(&f.path, &f.text)).collect();
    report(
        "a library that prints decides for its caller; an engine has no terminal",
        "return it; the command decides what is shown and where",
        findings,
    );
}

fn prints(path: &str, text: &str) -> Vec<Finding> {
    let is_print = |line: &str| ["println!(", "print!("].iter().any(|m| line.contains(m)) && !line.trim_start().starts_with("//");
    let lines = without_tests(text).enumerate();
    lines.filter(|(_, line)| is_print(line)).map(|(n, _)| Finding::at(path, n + 1, "prints")).collect()
}

#[test]
fn engines_are_pure() {
    let engines = ["crates/line-plan/src/", "crates/workbook/src/"];
    let sources = rust_files().filter(|f| engines.iter().any(|e| f.path.starts_with(e)) && !f.path.ends_with("tests.rs"));
    let findings: Vec<Finding> = sources.flat_map(|f| impurities(&f.path, &f.text)).collect();
    report(
        "engines run inside a request, a worker, a test or a browser alike, and must answer the same in all of them",
        "take bytes, time, seed and limits as arguments; the server does the reading and writing",
        findings,
    );
}

fn impurities(path: &str, text: &str) -> Vec<Finding> {
    const IMPURE: &[&str] =
        &["std::fs", "std::net", "std::env", "std::process", "Instant::now", "SystemTime", "async fn", "thread_rng", "rand::rng()"];
    let mut findings = Vec::new();
    for (n, line) in without_tests(text).enumerate() {
        if line.trim_start().starts_with("//") {
            continue;
        }
        findings.extend(IMPURE.iter().filter(|i| line.contains(*i)).map(|i| Finding::at(path, n + 1, format!("uses {i}"))));
    }
    findings
}

/// The lines before an inline `mod tests`, which closes a file where there is one.
fn without_tests(text: &str) -> impl Iterator<Item = &str> {
    text.lines().take_while(|line| line.trim_end() != "mod tests {")
}

#[test]
fn the_rules_on_text_find_bad_samples() {
    let twice = "#[derive(Debug, ToSchema)]\n#[serde(default)]\n/// A struct of two.\npub struct Kept {\n}\nstruct Kept2;\n#[derive(ToSchema)]\npub(super) enum Kept { A }\n";
    assert_eq!(shared_names(&schemas("x", twice)).len(), 1);
    assert_eq!(shared_names(&schemas("x", &twice.replace("enum Kept", "enum Left"))).len(), 0);
    assert_eq!(promises("x", "// TODO: later\n// TODO(#12): later\nlet total = 1;\nmktemp /tmp/aXXXXXX\n").len(), 1);
    assert_eq!(places("x", "see /home/me/plan.xlsx\nsee examples/plant.xlsx\n").len(), 1);
    assert_eq!(prints("x", "println!(\"a\");\n// println!(\"b\");\nwriteln!(out, \"c\");\nmod tests {\n println!(\"d\");\n").len(), 1);
    assert_eq!(impurities("x", "use std::fs::read;\n//! no `std::fs` here\nuse std::fmt;\nmod tests {\n use std::fs;\n").len(), 1);
}
