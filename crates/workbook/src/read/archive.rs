//! The gate: tells what the bytes are and refuses everything that is no xlsx or would unpack beyond the limits.
//!
//! The sizes in a zip's directory are claims of whoever made it, so every part that the reader may open is unpacked once
//! here into a small buffer and counted; nothing is kept.
//!
//! **Invariant:** what passes can be unpacked whole within [`Limits::unpacked_bytes`], part by part within the ratio, and
//! its table of texts announces no more texts than its bytes can hold (the xlsx library reserves what is announced).

use std::io::{Cursor, Read};

use zip::ZipArchive;

use super::Limits;
use super::findings::{Findings, Place};

const OLE_SIGNATURE: [u8; 8] = [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1];
const ZIP_SIGNATURE: [u8; 4] = *b"PK\x03\x04";
const MOST_PARTS: usize = 10_000;
const EXPECTED: &str = "an Excel workbook (.xlsx or .xlsm) without a password";

/// Lets the bytes pass, or says why not.
pub(super) fn admit(bytes: &[u8], limits: &Limits, findings: &mut Findings) -> Option<()> {
    match refusal(bytes, limits) {
        None => Some(()),
        Some(refusal) => {
            findings.error(refusal.code, Place::file(), refusal.found, refusal.expected, refusal.message);
            None
        }
    }
}

struct Refusal {
    code: &'static str,
    found: String,
    expected: String,
    message: String,
}

fn refuse(code: &'static str, found: impl Into<String>, expected: impl Into<String>, message: impl Into<String>) -> Refusal {
    Refusal { code, found: found.into(), expected: expected.into(), message: message.into() }
}

fn refusal(bytes: &[u8], limits: &Limits) -> Option<Refusal> {
    if bytes.is_empty() {
        return Some(refuse("empty_file", "0 bytes", EXPECTED, "the file is empty; save the workbook again in Excel"));
    }
    if bytes.len() as u64 > limits.file_bytes {
        return Some(too_large("the file", bytes.len() as u64, limits.file_bytes));
    }
    if bytes.starts_with(&OLE_SIGNATURE) {
        return Some(ole_refusal(bytes));
    }
    if !bytes.starts_with(&ZIP_SIGNATURE) {
        return Some(foreign_refusal(bytes));
    }
    match ZipArchive::new(Cursor::new(bytes)) {
        Ok(archive) => parts_refusal(archive, limits),
        Err(error) => Some(damaged(&error.to_string())),
    }
}

fn too_large(what: &str, found: u64, limit: u64) -> Refusal {
    refuse(
        "too_large",
        format!("{found} bytes"),
        format!("at most {limit} bytes"),
        format!("{what} holds {} MiB, more than the limit of {} MiB", found >> 20, limit >> 20),
    )
}

fn damaged(detail: &str) -> Refusal {
    refuse("damaged_file", detail, EXPECTED, "the file is damaged or cut off; open it in Excel, let Excel repair it, and save it again")
}

/// An OLE compound file is a password-protected xlsx or the binary format before 2007.
fn ole_refusal(bytes: &[u8]) -> Refusal {
    let marker: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
    if bytes.windows(marker.len()).any(|window| window == marker) {
        refuse(
            "encrypted_file",
            "a workbook with a password",
            EXPECTED,
            "the workbook is encrypted; remove its password in Excel and save it again",
        )
    } else {
        refuse("old_format", "an old binary Office file", EXPECTED, "this is the binary format before Excel 2007; save it as .xlsx")
    }
}

fn foreign_refusal(bytes: &[u8]) -> Refusal {
    let head = &bytes[..bytes.len().min(4096)];
    let is_text = head.iter().all(|byte| *byte >= 0x20 || matches!(byte, b'\t' | b'\r' | b'\n'));
    let is_separated = head.iter().any(|byte| matches!(byte, b',' | b';' | b'\t'));
    if is_text && is_separated {
        refuse(
            "text_file",
            "plain text with separators",
            EXPECTED,
            "this is a text file (perhaps a renamed .csv); open it in Excel and save it as .xlsx",
        )
    } else if is_text {
        refuse("text_file", "plain text", EXPECTED, "this is a text file, not a workbook")
    } else {
        refuse("not_a_workbook", "an unknown kind of file", EXPECTED, "this is not an Excel workbook")
    }
}

fn parts_refusal(mut archive: ZipArchive<Cursor<&[u8]>>, limits: &Limits) -> Option<Refusal> {
    if archive.len() > MOST_PARTS {
        return Some(refuse(
            "too_large",
            format!("{} parts", archive.len()),
            format!("at most {MOST_PARTS} parts"),
            "the file is packed of more parts than any workbook has",
        ));
    }
    let mut unpacked_bytes = 0;
    let mut has_workbook = false;
    for index in 0..archive.len() {
        let mut part = match archive.by_index(index) {
            Ok(part) => part,
            Err(error) => return Some(damaged(&error.to_string())),
        };
        let name = match part.name() {
            Ok(name) => name.replace('\\', "/").to_ascii_lowercase(),
            Err(error) => return Some(damaged(&error.to_string())),
        };
        has_workbook |= name.ends_with("workbook.xml");
        // Pictures, printer settings and macros are never opened.
        if !(name.ends_with(".xml") || name.ends_with(".rels")) {
            continue;
        }
        let packed_bytes = part.compressed_size();
        let is_held = name.ends_with("sharedstrings.xml") || name.ends_with("styles.xml") || name.ends_with("workbook.xml");
        let mut meter = Meter { unpacked_bytes: 0, announced: AnnouncedTexts::default() };
        let most = limits.unpacked_bytes - unpacked_bytes;
        if let Err(refusal) = meter.run(&mut part, packed_bytes, most, is_held, limits) {
            return Some(refusal);
        }
        if meter.announced.count().is_some_and(|count| count > meter.unpacked_bytes) {
            return Some(damaged("its table of texts announces more texts than it holds"));
        }
        unpacked_bytes += meter.unpacked_bytes;
    }
    if has_workbook {
        None
    } else {
        Some(refuse(
            "not_a_workbook",
            "a zip file without a workbook in it",
            EXPECTED,
            "this is a zip file but not an Excel workbook; if it holds one, unpack it first",
        ))
    }
}

/// Unpacks one part, counting.
struct Meter {
    unpacked_bytes: u64,
    announced: AnnouncedTexts,
}

impl Meter {
    fn run(&mut self, part: &mut impl Read, packed_bytes: u64, most: u64, is_held: bool, limits: &Limits) -> Result<(), Refusal> {
        let mut buffer = vec![0; 1 << 16];
        loop {
            let read = part.read(&mut buffer).map_err(|error| damaged(&error.to_string()))?;
            if read == 0 {
                return Ok(());
            }
            self.unpacked_bytes += read as u64;
            self.announced.see(&buffer[..read]);
            if self.unpacked_bytes > most {
                return Err(too_large("the unpacked workbook", limits.unpacked_bytes - most + self.unpacked_bytes, limits.unpacked_bytes));
            }
            if is_held && self.unpacked_bytes > limits.held_bytes {
                return Err(too_large("its table of texts or styles", self.unpacked_bytes, limits.held_bytes));
            }
            if self.unpacked_bytes > limits.ratio_floor_bytes && self.unpacked_bytes > packed_bytes.saturating_mul(limits.ratio) {
                return Err(refuse(
                    "zip_bomb",
                    format!("{packed_bytes} bytes that unpack to over {} bytes", self.unpacked_bytes),
                    format!("at most {} times the packed size", limits.ratio),
                    "the file unpacks to far more than any workbook does; it looks made to exhaust memory",
                ));
            }
        }
    }
}

/// Finds `uniqueCount="…"` in the head of a part.
#[derive(Default)]
struct AnnouncedTexts {
    head: Vec<u8>,
}

impl AnnouncedTexts {
    const HEAD_BYTES: usize = 1 << 16;

    fn see(&mut self, bytes: &[u8]) {
        let room = Self::HEAD_BYTES.saturating_sub(self.head.len());
        self.head.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }

    /// The largest count announced anywhere in the head; digits beyond any real count saturate.
    fn count(&self) -> Option<u64> {
        const WORD: &[u8] = b"uniqueCount";
        let mut largest = None;
        for at in self.head.windows(WORD.len()).enumerate().filter(|(_, window)| *window == WORD).map(|(at, _)| at + WORD.len()) {
            let count = self.head[at..]
                .iter()
                .skip_while(|byte| !byte.is_ascii_digit())
                .take_while(|byte| byte.is_ascii_digit())
                .fold(0_u64, |count, digit| count.saturating_mul(10).saturating_add(u64::from(digit - b'0')));
            largest = largest.max(Some(count));
        }
        largest
    }
}
