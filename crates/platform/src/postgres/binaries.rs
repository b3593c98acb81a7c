//! Where this machine keeps PostgreSQL's programs, which are seldom on the PATH.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::{OLDEST_MAJOR, shown};
use crate::error::{Error, Kind, Result};

/// A folder with PostgreSQL's programs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Binaries {
    pub folder: PathBuf,
    pub major: u32,
}

impl Binaries {
    pub fn program(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

/// Chooses the programs: those of `wanted` for data that a version made already, otherwise the newest.
pub(super) fn find(named: Option<&Path>, wanted: Option<u32>) -> Result<Binaries> {
    match named {
        Some(folder) => {
            let found = examine(folder).ok_or_else(|| {
                refused(format!(
                    "GEMBA_PG_BIN names {}, and there is no PostgreSQL there: it must be the folder that holds initdb, postgres and pg_ctl",
                    shown(folder)
                ))
            })?;
            choose(vec![found], wanted)
        }
        None => choose(candidates().iter().filter_map(|folder| examine(folder)).collect(), wanted),
    }
}

fn choose(mut found: Vec<Binaries>, wanted: Option<u32>) -> Result<Binaries> {
    found.sort_by_key(|binaries| std::cmp::Reverse(binaries.major));
    let versions = || found.iter().map(|binaries| binaries.major.to_string()).collect::<Vec<_>>().join(", ");
    if found.is_empty() {
        return Err(refused(format!(
            "PostgreSQL is not on this machine: install version {OLDEST_MAJOR} or newer ('apt install postgresql', 'dnf install postgresql-server', \
             'brew install postgresql@17'), name its folder in GEMBA_PG_BIN, or name a server in GEMBA_DATABASE_URL"
        )));
    }
    match wanted {
        Some(major) => found.iter().find(|binaries| binaries.major == major).cloned().ok_or_else(|| {
            refused(format!(
                "the data folder was made by PostgreSQL {major}, and this machine has {}: install postgresql-{major}, or move the data with \
                 pg_upgrade",
                versions()
            ))
        }),
        None => found.iter().find(|binaries| binaries.major >= OLDEST_MAJOR).cloned().ok_or_else(|| {
            refused(format!("this machine has PostgreSQL {}, and Gemba needs {OLDEST_MAJOR} or newer: install a newer one", versions()))
        }),
    }
}

/// PATH first, then where distributions put them.
fn candidates() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = std::env::var_os("PATH").map(|path| std::env::split_paths(&path).collect()).unwrap_or_default();
    let versioned = [
        ("/usr/lib/postgresql", "", "bin"),
        ("/usr", "pgsql-", "bin"),
        ("/opt/homebrew/opt", "postgresql@", "bin"),
        ("/usr/local/opt", "postgresql@", "bin"),
        ("/Applications/Postgres.app/Contents/Versions", "", "bin"),
    ];
    for (parent, prefix, inner) in versioned {
        let Ok(entries) = std::fs::read_dir(parent) else { continue };
        let names = entries.filter_map(|entry| entry.ok()).filter(|entry| entry.file_name().to_string_lossy().starts_with(prefix));
        folders.extend(names.map(|entry| entry.path().join(inner)));
    }
    folders.extend(["/usr/libexec/postgresql", "/usr/local/pgsql/bin", "/usr/bin"].map(PathBuf::from));
    folders
}

fn examine(folder: &Path) -> Option<Binaries> {
    if !["initdb", "postgres", "pg_ctl"].iter().all(|name| folder.join(name).is_file()) {
        return None;
    }
    let output = Command::new(folder.join("postgres")).arg("--version").output().ok()?;
    Some(Binaries { folder: folder.to_owned(), major: major(&String::from_utf8_lossy(&output.stdout))? })
}

/// The major version in `postgres (PostgreSQL) 15.13 (Debian 15.13-0+deb12u1)`.
fn major(text: &str) -> Option<u32> {
    let version = text.split_once(" (PostgreSQL) ")?.1;
    version.chars().take_while(char::is_ascii_digit).collect::<String>().parse().ok()
}

fn refused(detail: String) -> Error {
    Error::new(Kind::Unavailable, "postgresql_missing", detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on_machine(majors: &[u32]) -> Vec<Binaries> {
        majors.iter().map(|major| Binaries { folder: format!("/pg/{major}").into(), major: *major }).collect()
    }

    #[test]
    fn versions_are_read_as_distributions_write_them() {
        for (text, expected) in [
            ("postgres (PostgreSQL) 15.13 (Debian 15.13-0+deb12u1)\n", Some(15)),
            ("postgres (PostgreSQL) 18.4\n", Some(18)),
            ("postgres (PostgreSQL) 19beta2\n", Some(19)),
            ("bash: not found", None),
        ] {
            assert_eq!(major(text), expected, "{text}");
        }
    }

    #[test]
    fn the_programs_fit_the_data_and_a_refusal_says_what_to_install() {
        let check = |machine: &[u32], wanted, expected: Result<u32, &str>| match (choose(on_machine(machine), wanted), expected) {
            (Ok(chosen), Ok(major)) => assert_eq!(chosen.major, major),
            (Err(refused), Err(words)) => assert!(refused.detail.contains(words), "{refused}"),
            (got, wanted) => panic!("{got:?} instead of {wanted:?}"),
        };
        check(&[15, 17, 16], None, Ok(17));
        check(&[15, 17], Some(15), Ok(15));
        check(&[13, 14], None, Err("this machine has PostgreSQL 14, 13, and Gemba needs 15 or newer"));
        check(&[], None, Err("PostgreSQL is not on this machine: install"));
        check(&[17], Some(15), Err("made by PostgreSQL 15, and this machine has 17: install postgresql-15"));
        check(&[15], Some(18), Err("made by PostgreSQL 18, and this machine has 15: install postgresql-18"));
    }

    #[test]
    fn a_named_folder_without_programs_is_refused_by_its_variable() {
        let empty = tempfile::tempdir().expect("a folder");
        let refused = find(Some(empty.path()), None).expect_err("an empty folder");
        assert!(refused.detail.contains("GEMBA_PG_BIN") && refused.detail.contains("initdb"), "{refused}");
    }
}
