//! The command line of what runs: the server, its database, its settings.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Help under `gemba up`.
pub const UP_EXAMPLES: &str = "\
Examples:
  gemba up                             everything, with a demo organization, at http://localhost:8080
  gemba up --port 9000 --no-demo       empty, elsewhere
  GEMBA_DEMO_PASSWORD=… gemba up       with a password of your own for the demo accounts

Nothing needs to be configured: PostgreSQL is found on the machine and run privately in the data folder. Stop with Ctrl-C; the next
`gemba up` finds its data again. For a real installation see `gemba serve` and docs/operations.md.";

/// Help under `gemba serve`.
pub const SERVE_EXAMPLES: &str = "\
Examples:
  gemba migrate --print-roles | psql …       once, as a superuser of the database server
  GEMBA_DATABASE_OWNER_URL=… gemba migrate   before each new version
  GEMBA_DATABASE_URL=… gemba serve           the server: it never changes the database's shape

Behind a proxy that speaks TLS; see docs/operations.md.";

/// Help under `gemba migrate`.
pub const MIGRATE_EXAMPLES: &str = "\
Examples:
  gemba migrate --print-roles | psql -h db.example.com -U postgres
  GEMBA_DATABASE_OWNER_URL='postgres://gemba_owner:…@db.example.com/gemba?sslmode=verify-full' gemba migrate";

/// Where settings are read from.
#[derive(Debug, Args)]
pub struct FromFile {
    /// File with settings [default: GEMBA_CONFIG, or /etc/gemba/gemba.toml where it exists]
    #[arg(long, value_name = "FILE.toml")]
    pub config: Option<PathBuf>,
}

/// What `gemba up` is asked.
#[derive(Debug, Args)]
pub struct UpRequest {
    /// Where settings are read from.
    #[command(flatten)]
    pub from: FromFile,
    /// Folder for the private database [default: /var/lib/gemba for root, ~/.local/share/gemba for others]
    #[arg(long, value_name = "FOLDER")]
    pub data_dir: Option<String>,
    /// Port to listen on, 0 for any free one [default: 8080]
    #[arg(long, value_name = "PORT")]
    pub port: Option<String>,
    /// Load no demo organization
    #[arg(long)]
    pub no_demo: bool,
}

/// What `gemba serve` is asked.
#[derive(Debug, Args)]
pub struct ServeRequest {
    /// Where settings are read from.
    #[command(flatten)]
    pub from: FromFile,
    /// Port to listen on, 0 for any free one [default: 8080]
    #[arg(long, value_name = "PORT")]
    pub port: Option<String>,
}

/// What `gemba migrate` is asked.
#[derive(Debug, Args)]
pub struct MigrateRequest {
    /// Where settings are read from.
    #[command(flatten)]
    pub from: FromFile,
    /// Print the SQL that makes roles and database, for a superuser to run once, and do nothing else
    #[arg(long)]
    pub print_roles: bool,
}

/// The commands about settings.
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Show every setting, where it comes from and what it is for; secrets are masked
    Show(ShowRequest),
}

/// What `gemba config show` is asked.
#[derive(Debug, Args)]
pub struct ShowRequest {
    /// Where settings are read from.
    #[command(flatten)]
    pub from: FromFile,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}
