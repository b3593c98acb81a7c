//! `gemba doctor`: looks an installation over and says what is not right and what to do about it.
//!
//! **Invariant:** it changes nothing of the installation. A private database that does not run is started for the look and stopped again.
//! **Invariant:** it says all it can: what cannot be looked at (a database that is down) is a finding, never the end of it.
//! **Invariant:** no secret is in what it says.

mod database;
mod machine;
mod state;

use std::time::Duration;

use platform::Error;
use platform::settings::{Settings, Sources};
use platform::telemetry::masked;
use serde::Serialize;

use crate::arguments::installation::DoctorRequest;
use crate::commands::running;
use crate::outcome::{Failure, Outcome};
use crate::{files, terminal};

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// As it should be.
    Ok,
    /// Could not be looked at, or does not apply.
    Skipped,
    /// Works, and should be looked at.
    Warning,
    /// Something does not work, or is not safe.
    Failure,
}

/// One thing that was looked at.
#[derive(Clone, Debug, Serialize)]
pub struct Finding {
    /// What was looked at: `database.role`.
    pub check: &'static str,
    /// How bad it is.
    pub level: Level,
    /// What was found.
    pub found: String,
    /// What to do; nothing where it is as it should be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
}

/// Everything that was looked at, in order.
#[derive(Debug, Default)]
pub struct Findings(Vec<Finding>);

impl Findings {
    fn add(&mut self, check: &'static str, level: Level, found: impl Into<String>, advice: Option<String>) {
        self.0.push(Finding { check, level, found: found.into(), advice });
    }

    fn ok(&mut self, check: &'static str, found: impl Into<String>) {
        self.add(check, Level::Ok, found, None);
    }

    fn skip(&mut self, check: &'static str, found: impl Into<String>) {
        self.add(check, Level::Skipped, found, None);
    }

    fn warn(&mut self, check: &'static str, found: impl Into<String>, advice: impl Into<String>) {
        self.add(check, Level::Warning, found, Some(advice.into()));
    }

    fn fail(&mut self, check: &'static str, found: impl Into<String>, advice: impl Into<String>) {
        self.add(check, Level::Failure, found, Some(advice.into()));
    }

    /// As it should be below one bound, to be looked at from there, wrong from the other.
    fn measure(&mut self, check: &'static str, value: f64, bounds: [f64; 2], found: impl Into<String>, advice: &str) {
        match value {
            value if value >= bounds[1] => self.fail(check, found, advice),
            value if value >= bounds[0] => self.warn(check, found, advice),
            _ => self.ok(check, found),
        }
    }

    fn count(&self, level: Level) -> usize {
        self.0.iter().filter(|finding| finding.level == level).count()
    }
}

/// Nothing that is asked over the network is waited for longer.
const PATIENCE: Duration = Duration::from_secs(5);

/// Looks everything over.
///
/// # Errors
/// When the answer cannot be written.
pub fn run(request: &DoctorRequest) -> Result<Outcome, Failure> {
    let arguments = request.data_dir.iter().map(|folder| ("data_dir", "--data-dir", folder.clone())).collect();
    let sources = Sources { file: request.from.config.clone(), arguments, ..Sources::of_this_process() };
    let mut findings = Findings::default();
    match Settings::load(&sources) {
        Ok(settings) => {
            findings
                .ok("settings.read", format!("{} settings, {} of them not the default", settings.show().len(), machine::chosen(&settings)));
            let looked = running::block_on(async {
                look(&settings, &mut findings).await;
                Ok(Outcome::Done)
            });
            looked?;
        }
        Err(wrong) => {
            for line in wrong.detail.lines() {
                findings.fail(
                    "settings.read",
                    line,
                    "correct it; `gemba config show` lists every setting, docs/operations.md explains them",
                );
            }
            findings.skip("everything.else", "is looked at once the settings can be read");
        }
    }
    let text = if request.json { json(&findings) } else { terminal::checkup(&findings.0, terminal::Look::of_stdout()) };
    files::print(&text)?;
    let is_bad = findings.count(Level::Failure) > 0 || (request.strict && findings.count(Level::Warning) > 0);
    Ok(if is_bad { Outcome::Refused } else { Outcome::Done })
}

async fn look(settings: &Settings, findings: &mut Findings) {
    machine::settings(settings, findings);
    machine::files(settings, findings);
    machine::limits(findings);
    machine::ports(settings, findings).await;
    machine::neighbours(settings, findings).await;
    database::look(settings, findings).await;
}

fn json(findings: &Findings) -> String {
    #[derive(Serialize)]
    struct Checkup<'a> {
        version: &'static str,
        failures: usize,
        warnings: usize,
        findings: &'a [Finding],
    }
    let checkup = Checkup {
        version: env!("CARGO_PKG_VERSION"),
        failures: findings.count(Level::Failure),
        warnings: findings.count(Level::Warning),
        findings: &findings.0,
    };
    let mut text = serde_json::to_string_pretty(&checkup).unwrap_or_default();
    text.push('\n');
    text
}

/// What went wrong, with its cause, and nothing secret.
fn sentence(error: &Error) -> String {
    match std::error::Error::source(error) {
        Some(cause) => masked(&format!("{} ({cause})", error.detail)).into_owned(),
        None => error.detail.clone(),
    }
}

/// A time as people read it.
fn time(seconds: f64) -> String {
    match seconds {
        s if s < 1.0 => format!("{:.0} ms", s * 1e3),
        s if s < 120.0 => format!("{s:.1} s"),
        s if s < 7_200.0 => format!("{:.0} min", s / 60.0),
        s if s < 172_800.0 => format!("{:.0} h", s / 3_600.0),
        s => format!("{:.0} days", s / 86_400.0),
    }
}

/// A size as people read it.
fn size(bytes: f64) -> String {
    match bytes {
        b if b < 1e6 => format!("{:.0} kB", b / 1e3),
        b if b < 1e9 => format!("{:.0} MB", b / 1e6),
        b => format!("{:.1} GB", b / 1e9),
    }
}
