//! The real binary, run as a person would run it, on generated plants.
//!
//! **Invariant:** every test has a folder of its own; nothing outside it is read or written.

mod api;
mod audit;
mod bi;
mod choices;
mod environments;
mod feed;
mod full_disk;
mod imports;
mod installation;
mod network;
mod notifications;
mod optimize;
mod plan_runs;
mod planning;
mod policies;
mod released;
mod report;
mod reports;
mod risk;
mod telemetry;
mod up;
mod work;
mod workbook;

use std::path::Path;
use std::process::{Command, Output};

/// A folder with a generated plant in it.
struct Desk {
    folder: tempfile::TempDir,
}

impl Desk {
    fn empty() -> Desk {
        Desk { folder: tempfile::tempdir().expect("a folder for the test") }
    }

    /// With `plan.xlsx`: the small high-mix plant of seed 1, in which demand is lost.
    fn with_plan() -> Desk {
        let desk = Desk::empty();
        desk.run(&["workbook", "generate", "--size", "S", "--shape", "mixed", "--seed", "1", "-o", "plan.xlsx"]).succeeds();
        desk
    }

    fn run(&self, arguments: &[&str]) -> Run {
        self.run_with(arguments, &[])
    }

    fn run_with(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Run {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gemba"));
        command.current_dir(self.folder.path()).args(arguments).env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE").env("COLUMNS", "100");
        environment.iter().for_each(|(name, value)| {
            command.env(name, value);
        });
        Run { output: command.output().expect("the binary runs") }
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).expect("the file was written")
    }

    fn json(&self, name: &str) -> serde_json::Value {
        serde_json::from_str(&self.read(name)).expect("the file is JSON")
    }
}

/// What a run left behind.
struct Run {
    output: Output,
}

impl Run {
    fn code(&self) -> i32 {
        self.output.status.code().expect("it ended by itself")
    }

    fn stdout(&self) -> String {
        String::from_utf8(self.output.stdout.clone()).expect("text")
    }

    fn stderr(&self) -> String {
        String::from_utf8(self.output.stderr.clone()).expect("text")
    }

    fn succeeds(self) -> Run {
        assert_eq!(self.code(), 0, "{}", self.stderr());
        self
    }

    fn fails(self, code: i32, complaint: &str) -> Run {
        assert_eq!(self.code(), code, "{}", self.stderr());
        assert!(self.stderr().contains(complaint), "`{complaint}` is not in: {}", self.stderr());
        self
    }
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("the folder is there");
    let mut names: Vec<String> = entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}
