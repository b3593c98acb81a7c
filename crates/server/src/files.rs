//! Files in and out.
//!
//! **Invariant:** an output file is whole or untouched: it is written beside its place and renamed.
//! **Invariant:** the input is never overwritten.

use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use crate::outcome::{Failure, Outcome};

/// The bytes of an input file.
///
/// # Errors
/// When it cannot be read, or is larger than any workbook this program accepts: that is refused before it costs memory.
pub fn read_input(path: &Path, most_bytes: u64) -> Result<Vec<u8>, Failure> {
    let refuse = |reason: String| Failure::refused(format!("cannot read {}: {reason}", path.display()));
    let metadata = std::fs::metadata(path).map_err(|error| refuse(reason(&error)))?;
    if metadata.is_dir() {
        return Err(refuse("it is a folder".to_owned()));
    }
    if metadata.len() > most_bytes {
        return Err(refuse(format!("it has {} MB, at most {} MB are accepted", metadata.len() >> 20, most_bytes >> 20)));
    }
    std::fs::read(path).map_err(|error| refuse(reason(&error)))
}

/// Refuses output paths that cannot work before any time is spent: the input itself, a folder, a missing folder, one file twice.
///
/// # Errors
/// The first such path.
pub fn check_outputs(input: Option<&Path>, outputs: &[&Path]) -> Result<(), Failure> {
    for (index, output) in outputs.iter().enumerate() {
        if input.is_some_and(|input| same_file(input, output)) {
            return Err(Failure::usage(format!("{} is the input; choose another output file", output.display())));
        }
        if outputs[..index].iter().any(|other| other == output || same_file(other, output)) {
            return Err(Failure::usage(format!("{} is named for two outputs", output.display())));
        }
        if output.is_dir() {
            return Err(Failure::refused(format!("cannot write {}: it is a folder", output.display())));
        }
        if !folder_of(output).is_dir() {
            return Err(Failure::refused(format!("cannot write {}: there is no folder {}", output.display(), folder_of(output).display())));
        }
    }
    Ok(())
}

/// Writes a file at once: beside its place first, then renamed. What is no regular file (a device, a pipe) is written directly.
///
/// # Errors
/// When the file cannot be written; what stood there stays.
pub fn write_output(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let refuse = |error: std::io::Error| Failure::refused(format!("cannot write {}: {}", path.display(), reason(&error)));
    // A link keeps pointing where it does: its target is what gets replaced.
    let target = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    if std::fs::metadata(&target).is_ok_and(|metadata| !metadata.is_file()) {
        return std::fs::write(&target, bytes).map_err(refuse);
    }
    if std::fs::metadata(&target).is_ok_and(|metadata| metadata.permissions().readonly()) {
        return Err(refuse(ErrorKind::PermissionDenied.into()));
    }
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    let beside = folder_of(&target).join(format!(".{name}.{}.part", std::process::id()));
    let written = std::fs::File::create(&beside)
        .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
        .and_then(|()| std::fs::rename(&beside, &target));
    written.map_err(|error| {
        // The half-written file is worthless; that it is there at all was not known to anybody.
        let _ = std::fs::remove_file(&beside);
        refuse(error)
    })
}

/// Writes to standard output. A reader who has seen enough is no error.
///
/// # Errors
/// When standard output cannot be written for another reason.
pub fn print(text: &str) -> Result<Outcome, Failure> {
    let mut stdout = std::io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Failure::refused(format!("cannot write to standard output: {error}"))),
        _ => Ok(Outcome::Done),
    }
}

fn same_file(left: &Path, right: &Path) -> bool {
    match (std::fs::canonicalize(left), std::fs::canonicalize(right)) {
        (Ok(left), Ok(right)) => left == right || same_inode(&left, &right),
        _ => false,
    }
}

#[cfg(unix)]
fn same_inode(left: &Path, right: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    match (std::fs::metadata(left), std::fs::metadata(right)) {
        (Ok(left), Ok(right)) => (left.dev(), left.ino()) == (right.dev(), right.ino()),
        _ => false,
    }
}

#[cfg(not(unix))]
fn same_inode(_: &Path, _: &Path) -> bool {
    false
}

fn folder_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}

fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => "there is no such file".to_owned(),
        ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    }
}
