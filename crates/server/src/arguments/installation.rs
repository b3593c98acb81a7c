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
    #[arg(long, value_name = "FILE.toml", global = true)]
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

/// Help under `gemba work`.
pub const WORK_EXAMPLES: &str = "\
Examples:
  GEMBA_DATABASE_URL=… GEMBA_KEY=… gemba work                   carries out runs of every queue, beside the servers
  gemba work --queue optimizer --places 2                       only the optimizer's, two at a time
  GEMBA_WORK_PLACES=0 gemba serve                               a server that leaves runs to workers

Start as many as there is work for, on as many machines as there are: what a killed one had is carried out by another.";

/// What `gemba work` is asked.
#[derive(Debug, Args)]
pub struct WorkRequest {
    /// Where settings are read from.
    #[command(flatten)]
    pub from: FromFile,
    /// Queue to serve; several with commas between [default: all]
    #[arg(long, value_name = "QUEUE")]
    pub queue: Option<String>,
    /// Runs at the same time [default: 4]
    #[arg(long, value_name = "NUMBER")]
    pub places: Option<String>,
}

/// Help under `gemba import`.
pub const IMPORT_EXAMPLES: &str = "\
Examples:
  gemba import --plant HMO plan.xlsx --dry-run       what it would change, and everything that is wrong with it
  gemba import --plant HMO plan.xlsx                 the same, done: all of it or nothing
  gemba import --plant HMO volumes.csv --mode update only changes of what is there
  gemba import --plant HMO project.db --json | jq .counts
  gemba import --organization acme hmo.zip           an archive of `gemba export`, from another installation

Finds the database as `gemba serve` does, or the private one of `gemba up`. The change can be undone: POST /api/v1/imports/{id}/undo.
Exit codes: 0 done, 1 the file has errors and nothing was changed, 2 wrong usage.";

/// Help under `gemba export`.
pub const EXPORT_EXAMPLES: &str = "\
Examples:
  gemba export --plant HMO -o hmo.zip             a plant, with the items, units and calendars that it needs
  gemba export --organization acme -o acme.zip    everything but accounts, secrets, results and the trail

The archive is a zip of JSON lines with a manifest of checksums (docs/environments.md). `gemba import` brings it in elsewhere; twice changes
nothing the second time.";

/// What `gemba export` is asked.
#[derive(Debug, Args)]
pub struct ExportRequest {
    /// Where settings are read from.
    #[command(flatten)]
    pub from: FromFile,
    /// Folder of the private database [default: as for `gemba up`]
    #[arg(long, value_name = "FOLDER")]
    pub data_dir: Option<String>,
    /// Only what the plant of this code needs
    #[arg(long, value_name = "CODE")]
    pub plant: Option<String>,
    /// Short name of the organization, where there are several
    #[arg(long, value_name = "SLUG")]
    pub organization: Option<String>,
    /// File to write
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
}

/// What `gemba import` is asked.
#[derive(Debug, Args)]
pub struct ImportRequest {
    /// Where settings are read from.
    #[command(flatten)]
    pub from: FromFile,
    /// Folder of the private database [default: as for `gemba up`]
    #[arg(long, value_name = "FOLDER")]
    pub data_dir: Option<String>,
    /// The workbook, CSV file or project; or an archive that `gemba export` made
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Code of the plant that it is brought into; an archive has its own
    #[arg(long, value_name = "CODE")]
    pub plant: Option<String>,
    /// Short name of the organization, where there are several
    #[arg(long, value_name = "SLUG")]
    pub organization: Option<String>,
    /// What of it is brought in
    #[arg(long, default_value = "merge", value_parser = super::choice(super::IMPORT_MODES))]
    pub mode: planning::imports::session::Mode,
    /// Change nothing: only tell what would be
    #[arg(long)]
    pub dry_run: bool,
    /// Print the outcome as JSON
    #[arg(long)]
    pub json: bool,
}

/// Help under `gemba doctor`.
pub const DOCTOR_EXAMPLES: &str = "\
Examples:
  gemba doctor                                                 the private database of `gemba up`
  GEMBA_DATABASE_URL=… GEMBA_KEY=… gemba doctor                an installation, from one of its servers, with their settings
  gemba doctor --json | jq '.findings[] | select(.level == \"failure\")'

Exit code 0 when nothing is wrong (warnings may remain), 1 when something is. It changes nothing.";

/// What `gemba doctor` is asked.
#[derive(Debug, Args)]
pub struct DoctorRequest {
    /// Where settings are read from.
    #[command(flatten)]
    pub from: FromFile,
    /// Folder of the private database [default: as for `gemba up`]
    #[arg(long, value_name = "FOLDER")]
    pub data_dir: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    /// Take warnings as failures
    #[arg(long)]
    pub strict: bool,
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

/// Help under `gemba admin`.
pub const ADMIN_EXAMPLES: &str = "\
Examples:
  gemba admin create-organization acme 'Acme Drives' --admin ada@acme.example --admin-name 'Ada Brandt'
  gemba admin create-user acme bo@acme.example 'Bo Lind' --role planner
  gemba admin reset-password acme bo@acme.example
  gemba admin grant-role acme bo@acme.example engineer --plant HMO
  gemba admin revoke-sessions acme bo@acme.example
  gemba admin file-limits acme --largest-mib 500 --quota-gib 200
  gemba admin bi-account acme 'Power BI gateway' --plant HMO > account.sql
  gemba admin rotate-key

They need GEMBA_DATABASE_URL (the role gemba_app) and GEMBA_KEY, as the server does; without GEMBA_DATABASE_URL they work on the private database of
`gemba up`, running or not. Links that set a password are printed once: hand them over on a way that only that person reads. Everything is in the
organization's trail, as system:admin.";

/// What `gemba admin` is asked.
#[derive(Debug, Args)]
pub struct AdminRequest {
    /// Where settings are read from.
    #[command(flatten)]
    pub from: FromFile,
    /// Folder of the private database [default: as for `gemba up`]
    #[arg(long, value_name = "FOLDER", global = true)]
    pub data_dir: Option<String>,
    /// What to do.
    #[command(subcommand)]
    pub command: AdminCommand,
}

/// The commands of `gemba admin`.
#[derive(Debug, Subcommand)]
pub enum AdminCommand {
    /// Make an organization and invite its administrator
    CreateOrganization {
        /// Short name, for signing in: small letters, digits, hyphens
        slug: String,
        /// Name, as people call it
        name: String,
        /// E-mail address of its administrator
        #[arg(long, value_name = "ADDRESS")]
        admin: String,
        /// Name of its administrator
        #[arg(long, value_name = "NAME")]
        admin_name: String,
        /// It runs the installation: its administrator may make and close other organizations
        #[arg(long)]
        operates: bool,
    },
    /// Invite somebody
    CreateUser {
        /// Short name of the organization
        organization: String,
        /// E-mail address
        email: String,
        /// Name
        name: String,
        /// First role, for the whole organization
        #[arg(long, value_name = "ROLE")]
        role: Option<String>,
    },
    /// Print a link with which somebody sets a new password
    ResetPassword {
        /// Short name of the organization
        organization: String,
        /// E-mail address
        email: String,
    },
    /// Give somebody a role
    GrantRole {
        /// Short name of the organization
        organization: String,
        /// E-mail address
        email: String,
        /// Key of the role: planner, engineer, plant_admin, …
        role: String,
        /// Only for the plant of this code
        #[arg(long, value_name = "CODE")]
        plant: Option<String>,
    },
    /// Sign somebody out everywhere
    RevokeSessions {
        /// Short name of the organization
        organization: String,
        /// E-mail address
        email: String,
    },
    /// Confirm that a mail domain is an organization's: its people are sent to its identity provider, which may speak for their accounts
    ConfirmDomain {
        /// Short name of the organization
        organization: String,
        /// Domain, as behind the @ of its addresses
        domain: String,
    },
    /// Give an organization limits of its own for files; without options it has the installation's again
    FileLimits {
        /// Short name of the organization
        organization: String,
        /// Largest file (MiB)
        #[arg(long, value_name = "MIB", value_parser = clap::value_parser!(u32).range(1..=1_048_576))]
        largest_mib: Option<u32>,
        /// All files together (GiB)
        #[arg(long, value_name = "GIB", value_parser = clap::value_parser!(u32).range(0..=1_048_576))]
        quota_gib: Option<u32>,
    },
    /// Take an organization's policies back, where they locked everybody out: only roles count then
    RetirePolicies {
        /// Short name of the organization
        organization: String,
    },
    /// Make an account of the database that reads the schema bi of one organization, for tools that speak SQL
    ///
    /// Prints its name and password once, and the SQL that makes its role, for a superuser of the database server.
    BiAccount {
        /// Short name of the organization
        organization: String,
        /// What reads with it
        name: String,
        /// Only the plant of this code; may be said several times
        #[arg(long, value_name = "CODE")]
        plant: Vec<String>,
        /// Days until it ends by itself
        #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=3_650))]
        days: Option<u32>,
        /// Connections at the same time
        #[arg(long, value_name = "NUMBER", default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=100))]
        connections: u32,
    },
    /// List an organization's accounts of the database
    BiAccounts {
        /// Short name of the organization
        organization: String,
    },
    /// Close an account of the database: it sees nothing any more at once
    CloseBiAccount {
        /// Short name of the organization
        organization: String,
        /// What reads with it
        name: String,
    },
    /// Put every secret in the database under the newest key, while servers go on
    ///
    /// With a file of keys (GEMBA_SECRETS_KEY_FILE) a new key is made and put first. Where servers have copies of the file, or the keys come
    /// from GEMBA_SECRETS_KEYS, put the new key first there and run this with --keep-keys.
    RotateKey {
        /// Make no new key: the first one there is counts
        #[arg(long)]
        keep_keys: bool,
    },
}
