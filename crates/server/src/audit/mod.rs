//! `gemba audit`: takes heads of the trail away, verifies it where it lies or from a bundle, exports it.
//!
//! **Invariant:** the database is reached as the auditor's role, which reads and can append the event of its own export, and nothing more.
//! **Invariant:** exit code 0 means sound; whatever does not fit is 1, with a line for each finding.

mod commands;

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use crate::outcome::{Failure, Outcome};

const HEAD_EXAMPLES: &str = "\
Examples:
  gemba audit head >> /mnt/elsewhere/heads.jsonl      an anchor: later, gemba audit verify --witness finds what was cut off or put back";

const VERIFY_EXAMPLES: &str = "\
Examples:
  gemba audit verify --key audit.pub --witness heads.jsonl
  gemba audit verify trail.jsonl --key audit.pub      a bundle, on any machine, without a database
  gemba audit verify --json | jq '.[].findings'

Exit code 0 when everything fits, 1 when something does not; docs/audit-trail.md says what is found and how.";

const EXPORT_EXAMPLES: &str = "\
Examples:
  gemba audit export --organization acme --key-file audit.key -o trail.jsonl
  gemba audit export --organization acme --from 2026-01-01T00:00:00Z --to 2026-04-01T00:00:00Z --format csv";

/// The commands about the audit trail.
#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// Print the signed end of each chain, to be kept outside
    #[command(after_help = HEAD_EXAMPLES)]
    Head(HeadRequest),
    /// Verify the trail where it lies, or a bundle of it without a database
    #[command(after_help = VERIFY_EXAMPLES)]
    Verify(VerifyRequest),
    /// Take an organization's trail away; the trail says so
    #[command(after_help = EXPORT_EXAMPLES)]
    Export(ExportRequest),
}

/// Where the trail lies.
#[derive(Debug, Args)]
pub struct Source {
    /// Address of the database, as the role gemba_auditor; the private database of `gemba up` unless given
    #[arg(long, value_name = "URL", env = "GEMBA_DATABASE_AUDITOR_URL", hide_env_values = true)]
    pub database: Option<String>,
    /// Folder of the private database, running or not [default: as for `gemba up`]
    #[arg(long, value_name = "FOLDER", conflicts_with = "database")]
    pub data_dir: Option<String>,
}

/// What `gemba audit head` is asked.
#[derive(Debug, Args)]
pub struct HeadRequest {
    /// Where the trail lies.
    #[command(flatten)]
    pub source: Source,
    /// Only this organization's
    #[arg(long, value_name = "NAME or ID")]
    pub organization: Option<String>,
}

/// What `gemba audit verify` is asked.
#[derive(Debug, Args)]
pub struct VerifyRequest {
    /// A bundle to verify instead of the database
    pub bundle: Option<PathBuf>,
    /// Where the trail lies.
    #[command(flatten)]
    pub source: Source,
    /// Only this organization's chain
    #[arg(long, value_name = "NAME or ID", conflicts_with = "bundle")]
    pub organization: Option<String>,
    /// Public key to trust, as 64 hexadecimal digits or a file of them; may be repeated
    #[arg(long, value_name = "KEY or FILE")]
    pub key: Vec<String>,
    /// File of heads that were kept outside
    #[arg(long, value_name = "FILE")]
    pub witness: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// What `gemba audit export` is asked.
#[derive(Debug, Args)]
pub struct ExportRequest {
    /// Where the trail lies.
    #[command(flatten)]
    pub source: Source,
    /// Whose trail: the organization's short name or identifier
    #[arg(long, value_name = "NAME or ID")]
    pub organization: String,
    /// From this instant: 2026-01-01T00:00:00Z
    #[arg(long, value_name = "INSTANT")]
    pub from: Option<jiff::Timestamp>,
    /// Before this instant
    #[arg(long, value_name = "INSTANT")]
    pub to: Option<jiff::Timestamp>,
    /// A table, lines of JSON, or a bundle that proves itself
    #[arg(long, value_enum, default_value = "bundle")]
    pub format: Format,
    /// File with the secret key that signs the bundle; the private database has its own
    #[arg(long, value_name = "FILE", env = "GEMBA_AUDIT_KEY")]
    pub key_file: Option<PathBuf>,
    /// File to write; standard output unless given
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// What an export looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A table for spreadsheets.
    Csv,
    /// A JSON object a line.
    Jsonl,
    /// Lines of JSON with seals and signatures.
    Bundle,
}

/// Runs one of them.
///
/// # Errors
/// What cannot be read, written or reached, in words.
pub fn run(command: &AuditCommand) -> Result<Outcome, Failure> {
    match command {
        AuditCommand::Head(request) => commands::head(request),
        AuditCommand::Verify(request) => commands::verify(request),
        AuditCommand::Export(request) => commands::export(request),
    }
}
