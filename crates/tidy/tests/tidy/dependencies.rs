//! Rules on what is linked into Gemba, read from `deny.toml` so that they also hold where cargo-deny is not installed:
//! licences, banned crates, sources.

use crate::repository::{Finding, file, report};

fn text(path: &str) -> &'static str {
    file(path).unwrap_or_else(|| panic!("{path} is missing")).text.as_str()
}

#[test]
fn dependencies_come_from_the_registry_and_none_is_banned() {
    let banned: Vec<Banned<'_>> = text("deny.toml").lines().filter_map(Banned::read).collect();
    assert!(!banned.is_empty(), "deny.toml bans nothing: has its form changed?");
    report(
        "what is linked must be kept, one of its kind, and the same for everybody",
        "use what deny.toml names instead; a crate from elsewhere is published or does not come in",
        lock_findings(text("Cargo.lock"), &banned),
    );
}

/// A crate that is banned, but for those that may bring it along.
struct Banned<'a> {
    name: &'a str,
    wrappers: Vec<&'a str>,
}

impl<'a> Banned<'a> {
    fn read(line: &'a str) -> Option<Self> {
        let rest = line.trim().strip_prefix("{ crate = ")?;
        let wrappers = rest.split_once("wrappers = [").map_or("", |(_, rest)| rest.split(']').next().unwrap_or_default());
        Some(Banned { name: quoted(rest)?, wrappers: wrappers.split(',').filter_map(quoted).collect() })
    }
}

fn lock_findings(lock: &str, banned: &[Banned<'_>]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut package = "";
    for (number, line) in lock.lines().enumerate() {
        if let Some(name) = line.strip_prefix("name = ").and_then(quoted) {
            package = name;
            if banned.iter().any(|banned| banned.name == name && banned.wrappers.is_empty()) {
                findings.push(Finding::at("Cargo.lock", number + 1, format!("'{name}' is banned")));
            }
        }
        // A dependency of the package: `"chrono",` or, where there are several of it, `"chrono 0.4.45",`.
        if let Some(name) = line.strip_prefix(" \"").and_then(|rest| rest.split(['"', ' ']).next())
            && banned.iter().any(|banned| banned.name == name && !banned.wrappers.is_empty() && !banned.wrappers.contains(&package))
        {
            findings.push(Finding::at("Cargo.lock", number + 1, format!("'{package}' brings '{name}', which is banned")));
        }
        if let Some(source) = line.strip_prefix("source = ").and_then(quoted)
            && source != "registry+https://github.com/rust-lang/crates.io-index"
        {
            findings.push(Finding::at("Cargo.lock", number + 1, format!("comes from {source}")));
        }
    }
    findings
}

fn quoted(text: &str) -> Option<&str> {
    text.trim_start().strip_prefix('"')?.split('"').next()
}

#[test]
fn licences_are_permissive() {
    let allowed = allowed_licences(text("deny.toml"));
    assert!(allowed.contains(&"Apache-2.0"), "deny.toml allows no Apache-2.0: has its form changed?");
    let packages = licences(&metadata());
    assert!(packages.len() > 50, "cargo metadata named only {} packages: has its form changed?", packages.len());
    let refused = packages.iter().filter(|(_, licence)| !is_allowed(licence, &allowed));
    report(
        "plants redistribute Gemba inside their own images, so every part must allow it",
        "use another crate; a further permissive licence is added to deny.toml",
        refused.map(|(name, licence)| Finding::of("Cargo.lock", format!("'{name}' is under '{licence}'"))).collect(),
    );
}

fn allowed_licences(deny: &str) -> Vec<&str> {
    let list = deny.split_once("\nallow = [").map_or("", |(_, rest)| rest);
    list.lines().take_while(|line| !line.starts_with(']')).filter_map(quoted).collect()
}

/// What cargo knows of the packages that are already here; nothing is fetched.
fn metadata() -> String {
    let arguments = ["metadata", "--format-version=1", "--locked", "--offline", "--filter-platform=x86_64-unknown-linux-gnu"];
    let output = std::process::Command::new(env!("CARGO")).args(arguments).current_dir(crate::repository::root()).output();
    let output = output.expect("cargo runs, it started this test");
    assert!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Name and licence of each package; `none` where it states none. Cargo writes name, version, id and licence side by side.
fn licences(metadata: &str) -> Vec<(String, String)> {
    let between = |text: &str, quote: &str| text.split(quote).next().unwrap_or_default().to_owned();
    let parts: Vec<&str> = metadata.split(r#","license":"#).collect();
    let pairs = parts.windows(2).map(|pair| {
        let name = pair[0].rsplit(r#""name":""#).next().map(|rest| between(rest, "\""));
        let licence = pair[1].strip_prefix('"').map(|rest| between(rest, "\""));
        (name.unwrap_or_default(), licence.unwrap_or_else(|| "none".to_owned()))
    });
    pairs.collect()
}

/// Whether an SPDX expression can be satisfied: one side of each OR (older crates write `/`), both of each AND.
fn is_allowed(expression: &str, allowed: &[&str]) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ").replace(" WITH ", "+WITH+");
    let mut words = spaced.split_whitespace().peekable();
    either(&mut words, allowed)
}

type Words<'a> = std::iter::Peekable<std::str::SplitWhitespace<'a>>;

fn either(words: &mut Words, allowed: &[&str]) -> bool {
    let mut holds = both(words, allowed);
    while words.next_if_eq(&"OR").is_some() {
        holds |= both(words, allowed);
    }
    holds
}

fn both(words: &mut Words, allowed: &[&str]) -> bool {
    let mut holds = one(words, allowed);
    while words.next_if_eq(&"AND").is_some() {
        holds &= one(words, allowed);
    }
    holds
}

fn one(words: &mut Words, allowed: &[&str]) -> bool {
    match words.next() {
        Some("(") => {
            let holds = either(words, allowed);
            words.next();
            holds
        }
        Some(licence) => allowed.contains(&licence.replace("+WITH+", " WITH ").as_str()),
        None => false,
    }
}

#[test]
fn the_rules_on_dependencies_find_bad_samples() {
    let lock = "[[package]]\nname = \"openssl\"\nsource = \"git+https://example.org/openssl\"\n";
    let openssl = Banned { name: "openssl", wrappers: Vec::new() };
    assert_eq!(lock_findings(lock, &[openssl]).len(), 2);
    let chrono = Banned::read("    { crate = \"chrono\", wrappers = [\"cedar\", \"b\"], reason = \"one\" },").expect("a ban");
    assert_eq!((chrono.name, chrono.wrappers.as_slice()), ("chrono", ["cedar", "b"].as_slice()));
    let brings =
        |package: &str| format!("[[package]]\nname = \"chrono\"\n\n[[package]]\nname = \"{package}\"\ndependencies = [\n \"chrono\",\n]\n");
    assert!(lock_findings(&brings("cedar"), &[chrono]).is_empty());
    let chrono = Banned { name: "chrono", wrappers: vec!["cedar"] };
    assert_eq!(lock_findings(&brings("other"), &[chrono]).len(), 1);
    let allowed = ["MIT", "Apache-2.0", "Apache-2.0 WITH LLVM-exception"];
    for (expression, expected) in [
        ("MIT", true),
        ("GPL-3.0", false),
        ("GPL-3.0/MIT", true),
        ("GPL-3.0 OR (MIT AND Apache-2.0)", true),
        ("MIT AND GPL-3.0", false),
        ("(MIT OR GPL-3.0) AND Apache-2.0 WITH LLVM-exception", true),
        ("none", false),
    ] {
        assert_eq!(is_allowed(expression, &allowed), expected, "{expression}");
    }
    let metadata = r#"[{"name":"a","id":"a#1","license":"MIT","dependencies":[{"name":"c"}]},{"name":"b","id":"b#2","license":null}]"#;
    assert_eq!(licences(metadata), [("a".to_owned(), "MIT".to_owned()), ("b".to_owned(), "none".to_owned())]);
}
