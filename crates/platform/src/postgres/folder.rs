//! The data folder: what lies where in it, whose it is, and that only one Gemba works with it.
//!
//! ```text
//! gemba.json        says that this is a data folder, and of which format
//! lock              held by the Gemba at work; says which
//! secrets/          passwords of the database's roles, and what else must stay between Gemba and its account
//! postgres/         PostgreSQL's data
//! postgres.new/     the same while it is being made
//! socket/           PostgreSQL's socket
//! ```
//!
//! **Invariant:** a folder that Gemba did not make is never written to.

use std::fs::{DirBuilder, File, OpenOptions};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{ErrorKind, Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::account::Account;
use super::shown;
use crate::error::{Error, Kind, Result};

/// The newest format of the folder that this program knows.
const FORMAT: u32 = 1;

const IN_USE: &str = "data_folder_in_use";

/// The longest path of a Unix socket that every system takes (bytes), less the socket's own name.
const LONGEST_SOCKET_FOLDER: usize = 80;

/// A data folder, locked for this process or visited while another works with it.
#[derive(Debug)]
pub struct DataFolder {
    path: PathBuf,
    /// Unlocked by the system when this process ends, however it ends; none where another process holds it.
    lock: Option<File>,
}

#[derive(Serialize, Deserialize)]
struct Marker {
    gemba_data_folder: u32,
}

/// Passwords of the cluster's roles.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Passwords {
    pub admin: String,
    pub owner: String,
    pub app: String,
    pub auditor: String,
}

impl DataFolder {
    /// Opens the folder at `path`, making it if it is not there, and keeps others out.
    ///
    /// # Errors
    /// One sentence each: it holds something else, a newer Gemba made it, another Gemba works with it, it cannot be written, the disk is full.
    pub fn open(path: &Path) -> Result<DataFolder> {
        let path = std::path::absolute(path).map_err(|cause| unusable(path, &cause))?;
        DirBuilder::new().recursive(true).mode(0o755).create(&path).map_err(|cause| unusable(&path, &cause))?;
        recognise(&path)?;
        let lock = lock(&path)?;
        let marker = path.join("gemba.json");
        if !marker.exists() {
            let text = serde_json::to_vec(&Marker { gemba_data_folder: FORMAT }).map_err(Error::internal)?;
            write_whole(&marker, &text, 0o644).map_err(|cause| unusable(&path, &cause))?;
        }
        let folder = DataFolder { path, lock: Some(lock) };
        folder.make(&folder.secrets(), 0o700)?;
        Ok(folder)
    }

    /// The folder at `path`, made by a Gemba before, also while another one works with it.
    ///
    /// # Errors
    /// One sentence each: there is none, it holds something else, a newer Gemba made it, it cannot be read.
    pub(super) fn visit(path: &Path) -> Result<DataFolder> {
        let path = std::path::absolute(path).map_err(|cause| unusable(path, &cause))?;
        if !path.join("gemba.json").exists() {
            return Err(Error::new(
                Kind::NotFound,
                "data_folder_missing",
                format!("{} is not a data folder of Gemba: `gemba up` makes one; name another with --data-dir", shown(&path)),
            ));
        }
        recognise(&path)?;
        let lock = match lock(&path) {
            Ok(lock) => Some(lock),
            Err(refused) if refused.code == IN_USE => None,
            Err(refused) => return Err(refused),
        };
        Ok(DataFolder { path, lock })
    }

    /// Whether this process keeps others out.
    pub(super) fn is_locked(&self) -> bool {
        self.lock.is_some()
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Tells whoever finds the folder locked where this process answers.
    pub fn announce(&self, address: &str) {
        let Some(mut lock) = self.lock.as_ref() else { return };
        let text = format!("{}\n{address}\n", std::process::id());
        // Only a courtesy: nothing depends on it.
        let _ = lock.set_len(0).and_then(|()| lock.rewind()).and_then(|()| lock.write_all(text.as_bytes()));
    }

    /// A file for something secret, readable by Gemba's account only.
    pub fn secret_path(&self, name: &str) -> PathBuf {
        self.secrets().join(name)
    }

    /// The secret kept under `name`, if one is.
    ///
    /// # Errors
    /// When it is there and cannot be read.
    pub fn secret(&self, name: &str) -> Result<Option<String>> {
        match std::fs::read_to_string(self.secret_path(name)) {
            Ok(text) => Ok(Some(text.trim_end().to_owned())),
            Err(cause) if cause.kind() == ErrorKind::NotFound => Ok(None),
            Err(cause) => Err(unusable(&self.secret_path(name), &cause)),
        }
    }

    /// Keeps a secret under `name`.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn keep_secret(&self, name: &str, secret: &str) -> Result<()> {
        write_whole(&self.secret_path(name), format!("{secret}\n").as_bytes(), 0o600).map_err(|cause| unusable(&self.path, &cause))
    }

    pub(super) fn cluster(&self) -> PathBuf {
        self.path.join("postgres")
    }

    pub(super) fn cluster_in_the_making(&self) -> PathBuf {
        self.path.join("postgres.new")
    }

    fn secrets(&self) -> PathBuf {
        self.path.join("secrets")
    }

    /// Beside the data, unless that path is too long for a socket.
    pub(super) fn socket_folder(&self) -> PathBuf {
        let beside = self.path.join("socket");
        if beside.as_os_str().len() <= LONGEST_SOCKET_FOLDER {
            return beside;
        }
        let mut hasher = DefaultHasher::new();
        self.path.hash(&mut hasher);
        PathBuf::from(format!("/tmp/gemba-{:016x}", hasher.finish()))
    }

    /// The major version of PostgreSQL that made the data, if there is any.
    pub(super) fn cluster_major(&self) -> Result<Option<u32>> {
        let file = self.cluster().join("PG_VERSION");
        match std::fs::read_to_string(&file) {
            Ok(text) => text.trim().parse().map(Some).map_err(|_| damaged(&file)),
            Err(cause) if cause.kind() == ErrorKind::NotFound && !self.cluster().exists() => Ok(None),
            Err(cause) if cause.kind() == ErrorKind::NotFound => Err(damaged(&file)),
            Err(cause) => Err(unusable(&file, &cause)),
        }
    }

    /// The roles' passwords, made once.
    pub(super) fn passwords(&self) -> Result<Passwords> {
        if let Some(text) = self.secret("postgres.json")? {
            return serde_json::from_str(&text).map_err(|cause| damaged(&self.secret_path("postgres.json")).because(cause));
        }
        if self.cluster().exists() {
            return Err(Error::new(
                Kind::Unavailable,
                "secrets_missing",
                format!(
                    "{} is missing, and with it the way into the data beside it: put it back from a backup",
                    shown(&self.secret_path("postgres.json"))
                ),
            ));
        }
        let passwords = Passwords { admin: password(32), owner: password(32), app: password(32), auditor: password(32) };
        self.keep_secret("postgres.json", &serde_json::to_string_pretty(&passwords).map_err(Error::internal)?)?;
        Ok(passwords)
    }

    /// Makes the folders that PostgreSQL writes to, for `account`.
    pub(super) fn prepare_for(&self, account: &Account) -> Result<()> {
        if *account != Account::Own {
            // A folder that was made for root alone must let the other account pass through; what is inside has modes of its own.
            let found = std::fs::metadata(&self.path).map_err(|cause| unusable(&self.path, &cause))?;
            let open = std::fs::Permissions::from_mode(found.mode() | 0o011);
            std::fs::set_permissions(&self.path, open).map_err(|cause| unusable(&self.path, &cause))?;
        }
        let socket = self.socket_folder();
        self.make(&socket, 0o700)?;
        account.own(&socket).map_err(|cause| unusable(&socket, &cause))?;
        let found = std::fs::symlink_metadata(&socket).map_err(|cause| unusable(&socket, &cause))?;
        if !found.is_dir() || found.uid() != account.uid() {
            return Err(Error::new(
                Kind::Unavailable,
                "socket_folder_foreign",
                format!("{} is not a folder of {}: remove it, or choose a --data-dir with a shorter path", shown(&socket), account.name()),
            ));
        }
        Ok(())
    }

    fn make(&self, folder: &Path, mode: u32) -> Result<()> {
        match DirBuilder::new().mode(mode).create(folder) {
            Err(cause) if cause.kind() != ErrorKind::AlreadyExists => Err(unusable(&self.path, &cause)),
            _ => Ok(()),
        }
    }
}

/// A password of `length` letters and digits, from the system's source of randomness.
pub fn password(length: usize) -> String {
    use rand::RngExt;
    let mut source = rand::rng();
    std::iter::repeat_with(|| char::from(source.sample(rand::distr::Alphanumeric))).take(length).collect()
}

/// What the system's refusal means for the person at the keyboard.
pub(super) fn unusable(path: &Path, cause: &std::io::Error) -> Error {
    let path = shown(path);
    let (code, detail) = match cause.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            ("disk_full", format!("the disk that holds {path} is full: free some space, or choose another --data-dir; nothing was lost"))
        }
        ErrorKind::PermissionDenied => {
            ("not_writable", format!("{path} cannot be written: give it to the account that runs gemba, or choose another --data-dir"))
        }
        ErrorKind::ReadOnlyFilesystem => {
            ("not_writable", format!("{path} lies on a disk that is mounted read-only: choose another --data-dir"))
        }
        ErrorKind::NotADirectory | ErrorKind::AlreadyExists => {
            ("not_a_folder", format!("{path} is not a folder: choose another --data-dir"))
        }
        _ => ("data_folder", format!("{path} cannot be used as a data folder ({cause}): choose another --data-dir")),
    };
    Error::new(Kind::Unavailable, code, detail)
}

/// Refuses a folder that holds something else, or that a newer program made.
fn recognise(path: &Path) -> Result<()> {
    let marker = path.join("gemba.json");
    match std::fs::read_to_string(&marker) {
        Ok(text) => {
            let Marker { gemba_data_folder: format } = serde_json::from_str(&text).map_err(|cause| damaged(&marker).because(cause))?;
            if format > FORMAT {
                return Err(Error::new(
                    Kind::Conflict,
                    "data_folder_newer",
                    format!(
                        "{} was made by a newer Gemba (format {format}; this one knows {FORMAT}): install the newer one, or choose another \
                         --data-dir",
                        shown(path)
                    ),
                ));
            }
            Ok(())
        }
        Err(cause) if cause.kind() == ErrorKind::NotFound => {
            let mut others: Vec<String> = std::fs::read_dir(path)
                .map_err(|cause| unusable(path, &cause))?
                .filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned()))
                .filter(|name| name != "lock" && name != "lost+found")
                .collect();
            others.sort();
            if others.is_empty() {
                return Ok(());
            }
            let more = if others.len() > 3 { ", …" } else { "" };
            others.truncate(3);
            Err(Error::new(
                Kind::Conflict,
                "data_folder_foreign",
                format!("{} holds something else ({}{more}): choose an empty or new folder as --data-dir", shown(path), others.join(", ")),
            ))
        }
        Err(cause) => Err(unusable(&marker, &cause)),
    }
}

fn lock(path: &Path) -> Result<File> {
    let name = path.join("lock");
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o644)
        .open(&name)
        .map_err(|cause| unusable(path, &cause))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => {
            let mut text = String::new();
            let _ = file.read_to_string(&mut text);
            let mut lines = text.lines();
            let process = lines.next().map(|process| format!(" (process {process})")).unwrap_or_default();
            let address = lines.next().map(|address| format!(" at {address}")).unwrap_or_default();
            Err(Error::new(
                Kind::Conflict,
                IN_USE,
                format!("another gemba{process} works with {}{address}: use that one, stop it, or choose another --data-dir", shown(path)),
            ))
        }
        Err(std::fs::TryLockError::Error(cause)) => Err(unusable(path, &cause)),
    }
}

/// Writes a file that is either whole or not there, also after a power failure.
fn write_whole(path: &Path, content: &[u8], mode: u32) -> std::io::Result<()> {
    let unfinished = path.with_extension("new");
    let _ = std::fs::remove_file(&unfinished);
    let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(&unfinished)?;
    file.write_all(content)?;
    file.sync_all()?;
    std::fs::rename(&unfinished, path)?;
    File::open(path.parent().unwrap_or(Path::new("/")))?.sync_all()
}

fn damaged(file: &Path) -> Error {
    Error::new(
        Kind::Conflict,
        "data_folder_damaged",
        format!(
            "{} is missing or unreadable, so the data folder is not whole: put it back from a backup, or choose another --data-dir",
            shown(file)
        ),
    )
}
