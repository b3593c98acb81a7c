//! A private PostgreSQL that needs no configuration: found on the machine, made, started, watched and stopped by Gemba itself.
//!
//! It listens on a Unix socket only, inside (or for) the data folder, and its roles have passwords that Gemba made and keeps in a file only
//! its own account can read. Not here: what is in the database; that is the migrations' business.
//!
//! **Invariant:** one process works with a data folder at a time: it holds the folder's lock for as long as it lives.
//! **Invariant:** an acknowledged commit survives: `fsync`, `full_page_writes` and `synchronous_commit` are on, data has checksums.
//! **Invariant:** PostgreSQL never runs as root, and never in the process group of the terminal, so that an interrupt reaches Gemba first.
//! **Invariant:** every failure is a sentence that says what to do.

mod account;
mod binaries;
mod folder;
mod process;
mod roles;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::{Error, Result};

pub use account::default_data_folder;
pub use folder::{DataFolder, password};

use folder::Passwords;
use process::Watched;

/// The oldest PostgreSQL that Gemba works with.
pub const OLDEST_MAJOR: u32 = 15;

/// What [`Managed::start`] needs to know; everything has a default.
#[derive(Clone, Debug, Default)]
pub struct ManagedSettings {
    /// Folder with `initdb`, `postgres` and `pg_ctl`; found on the machine unless given.
    pub binaries: Option<PathBuf>,
    /// Account that PostgreSQL runs as when Gemba is root; `postgres` unless given.
    pub account: Option<String>,
}

/// A running private PostgreSQL. Stop it with [`stop`](Managed::stop); a Gemba that is killed leaves it running, and the next one on the
/// same folder takes over.
pub struct Managed {
    watched: Arc<Watched>,
    urls: Urls,
    version: u32,
}

/// Addresses of the database `gemba`, by role. They carry passwords: never log them.
#[derive(Clone)]
pub struct Urls {
    /// The owner, who migrates.
    pub owner: String,
    /// The server's restricted role.
    pub app: String,
    /// The auditor, who reads.
    pub auditor: String,
}

impl Managed {
    /// Makes what is not there yet, recovers what was killed, and returns when the database answers.
    ///
    /// # Errors
    /// One sentence with what to do: PostgreSQL is missing or too old, the folder belongs to another version, cannot be written, the disk is
    /// full.
    pub async fn start(folder: &DataFolder, settings: &ManagedSettings) -> Result<Managed> {
        let account = account::for_postgres(settings.account.as_deref(), folder.cluster().as_path())?;
        let made_by = folder.cluster_major()?;
        let binaries = binaries::find(settings.binaries.as_deref(), made_by)?;
        let passwords = folder.passwords()?;
        folder.prepare_for(&account)?;
        if made_by.is_none() {
            process::make_cluster(folder, &binaries, &account, &passwords).await?;
        }
        let watched = Watched::start(folder, &binaries, account).await?;
        let socket = folder.socket_folder();
        if let Err(failed) = roles::ensure(&socket, &passwords).await {
            watched.stop().await;
            return Err(if watched.had_no_room() { process::disk_full(folder.path()).because(failed) } else { failed });
        }
        Ok(Managed { watched, urls: Urls::of(&socket, &passwords), version: binaries.major })
    }

    /// Addresses of the database, by role.
    pub fn urls(&self) -> &Urls {
        &self.urls
    }

    /// The major version of the PostgreSQL that runs.
    pub fn version(&self) -> u32 {
        self.version
    }

    /// What went wrong with the database of `folder`, for the person at the keyboard: where PostgreSQL had no room left, that it is so, for whoever was
    /// connected has only noticed that the connection broke.
    pub fn explained(&self, folder: &DataFolder, failed: Error) -> Error {
        if self.watched.had_no_room() { process::disk_full(folder.path()).because(failed) } else { failed }
    }

    /// Ends all connections and stops PostgreSQL; returns when it is gone.
    pub async fn stop(self) {
        self.watched.stop().await;
    }
}

/// The way into a private database for a command: through the Gemba that works with its data folder, or started for the while.
#[derive(Debug)]
pub struct Visit {
    folder: DataFolder,
    urls: Urls,
    started: Option<Managed>,
}

impl Visit {
    /// Opens the data folder at `path`.
    ///
    /// # Errors
    /// `data_folder_missing` where there is none; as [`Managed::start`].
    pub async fn open(path: &Path, settings: &ManagedSettings) -> Result<Visit> {
        let folder = DataFolder::visit(path)?;
        if folder.is_locked() {
            let managed = Managed::start(&folder, settings).await?;
            return Ok(Visit { urls: managed.urls.clone(), started: Some(managed), folder });
        }
        let urls = Urls::of(&folder.socket_folder(), &folder.passwords()?);
        Ok(Visit { urls, started: None, folder })
    }

    /// Addresses of the database, by role.
    pub fn urls(&self) -> &Urls {
        &self.urls
    }

    /// The data folder, with its secrets.
    pub fn folder(&self) -> &DataFolder {
        &self.folder
    }

    /// Stops what was started for the visit.
    pub async fn end(self) {
        if let Some(managed) = self.started {
            managed.stop().await;
        }
    }
}

impl Urls {
    fn of(socket: &Path, passwords: &Passwords) -> Urls {
        let url = |role: &str, password: &str| roles::url(socket, role, password, "gemba");
        Urls {
            owner: url("gemba_owner", &passwords.owner),
            app: url("gemba_app", &passwords.app),
            auditor: url("gemba_auditor", &passwords.auditor),
        }
    }
}

impl std::fmt::Debug for Managed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Managed(PostgreSQL {})", self.version)
    }
}

impl std::fmt::Debug for Urls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Urls(…)")
    }
}

/// As a person reads it.
fn shown(path: &Path) -> String {
    path.display().to_string()
}
