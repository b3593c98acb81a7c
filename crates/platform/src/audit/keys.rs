//! The key that signs, in a file of its own.
//!
//! **Invariant:** the file is readable by its owner only, is made once, and is never written again.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use crate::audit::chain::{Hex, PublicKey, Signer};
use crate::error::{Error, Kind, Result};

/// The signer whose secret key (64 hexadecimal digits) is in the file at `path`, made up and written where there is none; the public key is
/// put beside it, `….pub`, for auditors to take away.
///
/// # Errors
/// `audit_key` when the file cannot be read, is damaged, or cannot be made.
pub fn open_or_create(path: &Path) -> Result<Signer> {
    match open(path) {
        Err(error) if error.kind == Kind::NotFound => create(path),
        opened => opened,
    }
}

/// The signer whose secret key is in the file at `path`.
///
/// # Errors
/// 404 when there is no such file; `audit_key` when it cannot be read or is damaged.
pub fn open(path: &Path) -> Result<Signer> {
    let text = fs::read_to_string(path).map_err(|cause| match cause.kind() {
        ErrorKind::NotFound => Error::new(Kind::NotFound, "audit_key", format!("there is no key of the audit trail at {}", path.display())),
        _ => refused(path, "cannot be read", cause),
    })?;
    signer(&text).ok_or_else(|| refused(path, "is damaged: expected 64 hexadecimal digits", "not a key"))
}

/// The signer with a secret key of 64 hexadecimal digits; nothing when it is none.
pub fn signer(secret: &str) -> Option<Signer> {
    secret.trim().parse::<Hex<32>>().ok().map(|secret| Signer::new(&secret.0))
}

/// Reads public keys, one a line; a file of the form that [`open_or_create`] writes, or several of them together.
///
/// # Errors
/// A sentence for a line that is no key.
pub fn public_keys(text: &str) -> Result<Vec<PublicKey>, String> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| line.parse().map_err(|wrong| format!("{line:?} is no public key: {wrong}"))).collect()
}

fn create(path: &Path) -> Result<Signer> {
    let secret = Hex(rand::random::<[u8; 32]>());
    let signer = Signer::new(&secret.0);
    // Written beside and linked into place, so that a crash leaves no half a key and of two that start at once one wins.
    let beside = path.with_extension(format!("{:08x}.new", rand::random::<u32>()));
    let written = write(&beside, &format!("{secret}\n"), 0o600).and_then(|()| fs::hard_link(&beside, path));
    fs::remove_file(&beside).unwrap_or(());
    match written {
        Ok(()) => {}
        Err(cause) if cause.kind() == ErrorKind::AlreadyExists => return open(path),
        Err(cause) => return Err(refused(path, "cannot be made", cause)),
    }
    let public = path.with_extension("pub");
    fs::remove_file(&public).unwrap_or(());
    write(&public, &format!("{}\n", signer.public_key()), 0o644).map_err(|cause| refused(&public, "cannot be written", cause))?;
    Ok(signer)
}

fn write(path: &Path, text: &str, mode: u32) -> std::io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

fn refused(path: &Path, what: &str, cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::new(Kind::Internal, "audit_key", format!("the key of the audit trail, {}, {what}", path.display())).because(cause)
}
