//! Who PostgreSQL runs as: whoever runs Gemba, or an unprivileged account when that is root, because PostgreSQL refuses root.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::{Error, Kind, Result};

/// The account of the database's processes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Account {
    /// The one that runs Gemba.
    Own,
    /// Another, because Gemba is root.
    Other { uid: u32, gid: u32, name: String },
}

impl Account {
    /// Makes `command` run as this account. Supplementary groups are dropped with root's.
    pub fn apply(&self, command: &mut Command) {
        use std::os::unix::process::CommandExt;
        if let Account::Other { uid, gid, .. } = self {
            command.uid(*uid).gid(*gid);
        }
    }

    /// Gives a file or folder to this account.
    pub fn own(&self, path: &Path) -> std::io::Result<()> {
        match self {
            Account::Own => Ok(()),
            Account::Other { uid, gid, .. } => std::os::unix::fs::chown(path, Some(*uid), Some(*gid)),
        }
    }

    pub fn uid(&self) -> u32 {
        match self {
            Account::Own => rustix::process::geteuid().as_raw(),
            Account::Other { uid, .. } => *uid,
        }
    }

    pub fn name(&self) -> &str {
        match self {
            Account::Own => "the account that runs gemba",
            Account::Other { name, .. } => name,
        }
    }
}

/// The account to run PostgreSQL as: when Gemba is root the owner of data that is there already, else `named`, else `postgres`.
pub(super) fn for_postgres(named: Option<&str>, cluster: &Path) -> Result<Account> {
    if !rustix::process::geteuid().is_root() {
        return match owner(cluster) {
            Some((uid, _)) if uid != rustix::process::geteuid().as_raw() => Err(refused(format!(
                "the data in {} belongs to another account (number {uid}): run gemba as that account, or as root",
                cluster.display()
            ))),
            _ => Ok(Account::Own),
        };
    }
    if let Some((uid, gid)) = owner(cluster).filter(|(uid, _)| *uid != 0) {
        return Ok(Account::Other { uid, gid, name: format!("account number {uid}") });
    }
    let name = named.unwrap_or("postgres");
    match (id("-u", name), id("-g", name)) {
        (Some(0), _) => Err(refused("PostgreSQL refuses to run as root: name an unprivileged account in GEMBA_PG_USER".into())),
        (Some(uid), Some(gid)) => Ok(Account::Other { uid, gid, name: name.to_owned() }),
        _ => Err(refused(format!(
            "gemba runs as root, PostgreSQL refuses to, and there is no account '{name}' to run it as: make one ('useradd --system {name}'), \
             name another in GEMBA_PG_USER, or run gemba as an ordinary account"
        ))),
    }
}

/// Where data lies unless somebody says otherwise: `/var/lib/gemba` for root, the account's own data folder for others.
pub fn default_data_folder() -> PathBuf {
    if rustix::process::geteuid().is_root() {
        return "/var/lib/gemba".into();
    }
    let home = || std::env::var_os("HOME").filter(|home| !home.is_empty()).map(PathBuf::from);
    std::env::var_os("XDG_DATA_HOME")
        .map(PathBuf::from)
        .filter(|folder| folder.is_absolute())
        .or_else(|| home().map(|home| home.join(".local/share")))
        .map_or_else(|| "gemba-data".into(), |folder| folder.join("gemba"))
}

fn owner(path: &Path) -> Option<(u32, u32)> {
    std::fs::metadata(path).ok().map(|metadata| (metadata.uid(), metadata.gid()))
}

/// Asks `id`, which knows accounts from everywhere the machine does, not from one file only.
fn id(what: &str, name: &str) -> Option<u32> {
    let output = Command::new("id").args([what, "--", name]).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().parse().ok())?
}

fn refused(detail: String) -> Error {
    Error::new(Kind::Unavailable, "postgresql_account", detail)
}
