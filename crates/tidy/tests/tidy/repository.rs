//! The repository as the rules see it: its text files, and how findings are told.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// Names of what was made or fetched, not written.
const GENERATED: &[&str] = &["target", ".git", "out", "node_modules", "corpus", "artifacts", "__pycache__"];

/// Endings of files that are read as text; a file without an ending is text too (scripts, LICENSE).
const TEXT: &[&str] = &[
    "rs", "toml", "md", "sh", "py", "c", "cpp", "h", "html", "css", "js", "ts", "tsx", "json", "yml", "yaml", "sql", "txt", "csv", "snap",
    "",
];

/// A file of the repository.
pub struct File {
    /// Path from the root, with `/`.
    pub path: String,
    /// The text; empty for what is not text.
    pub text: String,
}

/// Something that breaks a rule.
#[derive(Debug)]
pub struct Finding {
    /// Path from the root.
    pub path: String,
    /// Line, 1 is the first; 0 where the whole file is meant.
    pub line: usize,
    /// What was found.
    pub what: String,
}

impl Finding {
    /// A finding about a line of a file.
    pub fn at(path: &str, line: usize, what: impl Into<String>) -> Finding {
        Finding { path: path.to_owned(), line, what: what.into() }
    }

    /// A finding about a whole file.
    pub fn of(path: &str, what: impl Into<String>) -> Finding {
        Finding::at(path, 0, what)
    }
}

/// The root of the repository.
pub fn root() -> &'static Path {
    static ROOT: LazyLock<PathBuf> = LazyLock::new(|| {
        // Asked when the test runs: a target folder shared by two checkouts may hold a program that was compiled in the other.
        let here = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from).expect("cargo says where the crate lies");
        here.ancestors().nth(2).unwrap_or(&here).to_owned()
    });
    &ROOT
}

/// All files, in the order of their paths.
pub fn files() -> &'static [File] {
    static FILES: LazyLock<Vec<File>> = LazyLock::new(|| {
        let mut found = Vec::new();
        walk(root(), &mut found);
        found.sort_by(|a, b| a.path.cmp(&b.path));
        assert!(found.iter().any(|f| f.path == "Cargo.toml"), "no repository at {}", root().display());
        found
    });
    &FILES
}

/// The Rust sources.
pub fn rust_files() -> impl Iterator<Item = &'static File> {
    files().iter().filter(|f| f.path.ends_with(".rs"))
}

/// One file by its path.
pub fn file(path: &str) -> Option<&'static File> {
    files().iter().find(|f| f.path == path)
}

fn walk(folder: &Path, found: &mut Vec<File>) {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    for entry in entries {
        let path = entry.unwrap_or_else(|e| panic!("{}: {e}", folder.display())).path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_symlink() || GENERATED.contains(&name.as_str()) {
            continue;
        }
        if path.is_dir() {
            // Cargo marks a target folder of any name with this file.
            if !path.join("CACHEDIR.TAG").exists() {
                walk(&path, found);
            }
            continue;
        }
        let ending = path.extension().unwrap_or_default().to_string_lossy().into_owned();
        let is_text = TEXT.contains(&ending.as_str()) || name.starts_with('.');
        let text = if is_text { std::fs::read_to_string(&path).unwrap_or_default() } else { String::new() };
        let path = path.strip_prefix(root()).unwrap_or(&path).to_string_lossy().replace('\\', "/");
        found.push(File { path, text });
    }
}

/// Fails with all findings, or passes when there are none.
pub fn report(why: &str, what_to_do: &str, findings: Vec<Finding>) {
    if findings.is_empty() {
        return;
    }
    let mut message = format!("{} finding(s)\n", findings.len());
    for f in &findings {
        match f.line {
            0 => writeln!(message, "  {}: {}", f.path, f.what),
            line => writeln!(message, "  {}:{line}: {}", f.path, f.what),
        }
        .expect("writing to a string");
    }
    panic!("{message}why: {why}\nwhat to do: {what_to_do}");
}
