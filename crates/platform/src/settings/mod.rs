//! What can be set, from where it comes, and what it means.
//!
//! A setting has one name in the file (`database.url`), one variable (`GEMBA_DATABASE_URL`), one default, and stands in one table
//! ([`table`]). The command line overrides the environment, the environment the file, the file the default.
//!
//! **Invariant:** every wrong setting is told at once, each with the file or variable it came from.
//! **Invariant:** a name nobody knows is refused with the name that was probably meant, never ignored.
//! **Invariant:** a secret is shown by [`Settings::show`] masked, and by nothing else.

mod read;
mod show;
mod sources;
pub mod table;

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

pub use read::key_bytes;
pub use show::Shown;
pub use sources::Sources;

/// Everything that can be set, understood.
#[derive(Clone)]
pub struct Settings {
    /// Which database, and how.
    pub database: DatabaseSettings,
    /// The private PostgreSQL, when no database is named.
    pub postgres: crate::postgres::ManagedSettings,
    /// Folder of the private PostgreSQL and of what must be kept beside it.
    pub data_folder: PathBuf,
    /// Where and how requests are taken.
    pub http: HttpSettings,
    /// How the audit trail is kept.
    pub audit: AuditSettings,
    /// How runs are carried out.
    pub work: WorkSettings,
    /// Where the keys come from that secrets in the database are sealed with.
    pub secrets: SecretsSettings,
    /// What other servers may be called.
    pub outbound: crate::outbound::Limits,
    /// Where files lie, and which are taken.
    pub files: FileSettings,
    /// How mail leaves.
    pub mail: MailSettings,
    /// What is logged.
    pub log: LogSettings,
    /// Where Prometheus asks.
    pub metrics: MetricsSettings,
    /// Where traces are sent.
    pub traces: TracesSettings,
    /// The installation's key, from which others are derived; made by `gemba up` unless given.
    pub key: Option<[u8; 32]>,
    /// File with passwords that this installation forbids.
    pub forbidden_passwords: Option<PathBuf>,
    /// Password of the demo accounts; made up unless given.
    pub demo_password: Option<String>,
    shown: Vec<Shown>,
}

/// Which database, and how.
#[derive(Clone)]
pub struct DatabaseSettings {
    /// As the server's restricted role; the private PostgreSQL unless given.
    pub url: Option<String>,
    /// A replica for reading.
    pub read_url: Option<String>,
    /// As the owner, who migrates.
    pub owner_url: Option<String>,
    /// Connections at most.
    pub connections: usize,
    /// How long a request waits for a connection.
    pub wait: Duration,
}

/// Where and how requests are taken.
#[derive(Clone, Debug)]
pub struct HttpSettings {
    /// Address to listen on.
    pub address: IpAddr,
    /// Port to listen on; 0 takes a free one.
    pub port: u16,
    /// The address that people use, where a proxy stands in front: `https://gemba.example.com`.
    pub public_url: Option<String>,
    /// Whether people on other machines sign in over plain http.
    pub plain: bool,
    /// What surrounds every handler.
    pub limits: crate::http::Settings,
}

/// How the audit trail is kept.
#[derive(Clone, Debug, Default)]
pub struct AuditSettings {
    /// File with the key that seals it; a server without one leaves sealing to others.
    pub key: Option<PathBuf>,
    /// File that heads are appended to.
    pub witness: Option<PathBuf>,
}

/// How runs are carried out.
#[derive(Clone, Debug, Default)]
pub struct WorkSettings {
    /// The queues served; none for all.
    pub queues: Vec<String>,
    /// Runs at the same time in one process; 0 leaves them to others.
    pub places: usize,
}

/// How mail leaves.
#[derive(Clone)]
pub struct MailSettings {
    /// The mail server; none for a folder of files.
    pub smtp: Option<crate::mail::SmtpSettings>,
    /// The folder that gets mail where no mail server is named.
    pub folder: PathBuf,
    /// The address that mail comes from.
    pub from: String,
}

/// Where the keys come from that secrets in the database are sealed with.
#[derive(Clone, Default)]
pub struct SecretsSettings {
    /// The keys themselves, as [`crate::secrets::Keyring::read`] takes them.
    pub keys: Option<String>,
    /// A file of them.
    pub key_file: Option<PathBuf>,
}

/// Where files lie, and which are taken.
#[derive(Clone, Debug)]
pub struct FileSettings {
    /// Where their bytes lie.
    pub place: crate::files::Place,
    /// Who looks for viruses in them.
    pub scanner: Option<crate::files::Scanner>,
    /// How large they may be, of which types, and how long they stay.
    pub limits: crate::files::Limits,
}

impl FileSettings {
    /// The files of an installation with this key.
    ///
    /// # Errors
    /// None with a key of 32 bytes.
    pub fn open(&self, installation: &[u8; 32]) -> crate::Result<crate::files::Files> {
        use crate::files::{Files, LinkKey, Store};
        Ok(Files::new(Store::new(self.place.clone()), self.scanner.clone(), self.limits.clone(), LinkKey::derived(installation)?))
    }
}

/// What is logged.
#[derive(Clone, Debug)]
pub struct LogSettings {
    /// As people read it, or one JSON object a line.
    pub format: LogFormat,
    /// The least severe level, and exceptions by part: `info,platform=debug`.
    pub level: String,
}

/// How a line of the log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Where Prometheus asks.
#[derive(Clone, Default)]
pub struct MetricsSettings {
    /// Address and port; none where nobody is to ask.
    pub address: Option<std::net::SocketAddr>,
    /// What it proves itself with; none where only this machine can ask.
    pub token: Option<String>,
}

/// Where traces are sent.
#[derive(Clone, Default)]
pub struct TracesSettings {
    /// The collector's address, without a path; none where nothing is recorded.
    pub collector: Option<String>,
    /// What it wants to see in `Authorization`.
    pub authorization: Option<String>,
    /// How many of all requests are traced, 0 to 1.
    pub share: f64,
}

impl std::fmt::Debug for MetricsSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "MetricsSettings({:?})", self.address)
    }
}

impl std::fmt::Debug for TracesSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TracesSettings({:?}, {})", self.collector, self.share)
    }
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(&self.shown).finish()
    }
}

impl MailSettings {
    /// What takes mail away; links in it lead to `address`.
    ///
    /// # Errors
    /// When `from` is no address, or the authorities cannot be read.
    pub fn open(&self, address: &str) -> crate::Result<crate::mail::Mailer> {
        match &self.smtp {
            Some(smtp) => crate::mail::Mailer::smtp(smtp, &self.from, address),
            None => crate::mail::Mailer::folder(self.folder.clone(), &self.from, address),
        }
    }
}

impl SecretsSettings {
    /// Opens secrets: by the file of keys, else by the keys given, else by one derived from the installation's key, which stays readable in
    /// any case.
    ///
    /// # Errors
    /// When the keys cannot be read.
    pub async fn open(&self, installation: &[u8; 32]) -> crate::Result<crate::secrets::Secrets> {
        use crate::secrets::{Derived, FromFile, FromText, Secrets};
        let derived = Derived::from(installation)?;
        match (&self.key_file, &self.keys) {
            (Some(path), _) => Secrets::new(FromFile::new(path.clone(), Some(derived.key()))).await,
            (None, Some(keys)) => Secrets::new(FromText::new(keys.clone()).and(derived.key())).await,
            (None, None) => Secrets::new(derived).await,
        }
    }
}

impl std::fmt::Debug for SecretsSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SecretsSettings(file: {:?})", self.key_file)
    }
}

impl std::fmt::Debug for DatabaseSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "DatabaseSettings({} connections)", self.connections)
    }
}

#[cfg(test)]
mod tests;
