//! What a file is: by its first bytes, by what its sender says, and whether the installation takes such files.
//!
//! **Invariant:** a file that claims to be something else than its bytes are is refused, and so is what no list names; nothing is guessed in
//! the sender's favour.

use crate::error::{Error, Kind, Result};

/// Bytes of a file that decide what it is.
pub const HEAD: usize = 8_192;

/// Where nobody says what a file is, and nothing can be told from it.
pub const UNKNOWN: &str = "application/octet-stream";

/// What an installation takes where its settings say nothing: documents, tables, images, drawings, models, recordings, archives, texts. No
/// programs, and nothing that a browser would carry out.
pub const ALLOWED: &str = "application/pdf, application/json, application/xml, application/zip, application/gzip, application/x-7z-compressed, \
    application/msword, application/vnd.ms-excel, application/vnd.ms-powerpoint, \
    application/vnd.openxmlformats-officedocument.wordprocessingml.document, \
    application/vnd.openxmlformats-officedocument.spreadsheetml.sheet, \
    application/vnd.openxmlformats-officedocument.presentationml.presentation, \
    application/vnd.oasis.opendocument.text, application/vnd.oasis.opendocument.spreadsheet, application/vnd.oasis.opendocument.presentation, \
    application/rtf, application/dxf, application/step, application/iges, application/sla, application/vnd.apache.parquet, \
    audio/mpeg, audio/wav, audio/ogg, audio/mp4, \
    image/png, image/jpeg, image/webp, image/gif, image/tiff, image/bmp, image/heic, image/avif, image/vnd.dwg, image/vnd.dxf, \
    message/rfc822, model/step, model/stl, model/iges, model/3mf, model/gltf-binary, \
    text/plain, text/csv, text/markdown, text/xml, text/yaml, text/tab-separated-values, \
    video/mp4, video/webm, video/quicktime, video/x-msvideo";

/// The media types that an installation takes.
#[derive(Clone, Debug)]
pub struct Allowed(Vec<String>);

impl Allowed {
    /// Those of a list with commas between; `image/*` for all of a family.
    pub fn of(list: &str) -> Allowed {
        Allowed(list.split(',').map(|one| one.trim().to_ascii_lowercase()).filter(|one| !one.is_empty()).collect())
    }

    /// Whether files of this type are taken.
    pub fn take(&self, media_type: &str) -> bool {
        self.0.iter().any(|allowed| match allowed.strip_suffix("/*") {
            Some(family) => media_type.split('/').next() == Some(family),
            None => allowed == media_type,
        })
    }

    /// Them, for people.
    pub fn list(&self) -> Vec<String> {
        self.0.clone()
    }
}

/// What a file is whose first bytes are `head`, where its sender says that it is `declared`.
///
/// # Errors
/// 415 `type_mismatch` where its bytes are something else; 415 `type_not_allowed`.
pub fn judge(head: &[u8], declared: Option<&str>, allowed: &Allowed) -> Result<String> {
    let declared = declared.map(essence).filter(|declared| declared != UNKNOWN && !declared.is_empty());
    let found = sniff(head);
    let is = match (declared, found) {
        (None, Found::Type(found)) => found.to_owned(),
        (None, Found::Text) => "text/plain".into(),
        (None, Found::Nothing) => UNKNOWN.into(),
        (Some(declared), Found::Type(found)) if fits(&declared, found) => declared,
        (Some(declared), Found::Text) if !has_signature(&declared) => declared,
        (Some(declared), Found::Nothing) if !has_signature(&declared) && !is_text(&declared) => declared,
        (Some(declared), found) => {
            let detail = format!("the file is said to be {declared}, but by its content it is {}", found.words());
            return Err(Error::new(Kind::UnsupportedMedia, "type_mismatch", detail));
        }
    };
    if !allowed.take(&is) {
        let detail = format!("files of the type {is} are not taken here; GET /api/v1/files/limits lists those that are");
        return Err(Error::new(Kind::UnsupportedMedia, "type_not_allowed", detail));
    }
    Ok(is)
}

/// A media type without its parameters, in small letters; other names of the same are one.
fn essence(declared: &str) -> String {
    let essence = declared.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match essence.as_str() {
        "image/jpg" | "image/pjpeg" => "image/jpeg".into(),
        "image/x-png" => "image/png".into(),
        "application/x-pdf" => "application/pdf".into(),
        "application/x-zip-compressed" | "application/x-zip" => "application/zip".into(),
        "application/x-gzip" => "application/gzip".into(),
        "audio/x-wav" | "audio/wave" => "audio/wav".into(),
        "audio/mp3" => "audio/mpeg".into(),
        "text/rtf" => "application/rtf".into(),
        "text/json" => "application/json".into(),
        "application/yaml" | "application/x-yaml" | "text/x-yaml" => "text/yaml".into(),
        _ => essence,
    }
}

/// What bytes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Found {
    /// A type with a signature.
    Type(&'static str),
    /// Letters.
    Text,
    /// Bytes of no known form.
    Nothing,
}

impl Found {
    fn words(self) -> &'static str {
        match self {
            Found::Type(found) => found,
            Found::Text => "text",
            Found::Nothing => "something unknown",
        }
    }
}

fn sniff(head: &[u8]) -> Found {
    let head = &head[..head.len().min(HEAD)];
    match infer::get(head).map(|found| found.mime_type()) {
        // One name for each, the one of the list.
        Some("audio/x-wav") => Found::Type("audio/wav"),
        Some("audio/m4a") => Found::Type("audio/mp4"),
        Some("text/xml") => markup(head),
        Some("image/heif") => Found::Type("image/heic"),
        Some(found) => Found::Type(found),
        None if looks_like_markup(head) => Found::Type("text/html"),
        None if is_letters(head) => Found::Text,
        None => Found::Nothing,
    }
}

/// XML that is a drawing for browsers is told from other XML.
fn markup(head: &[u8]) -> Found {
    if contains(head, b"<svg") {
        Found::Type("image/svg+xml")
    } else if looks_like_markup(head) {
        Found::Type("text/html")
    } else {
        Found::Text
    }
}

/// Whether a browser that ignores what it is told would take it for a page: a tag that pages begin with, anywhere in the first bytes.
fn looks_like_markup(head: &[u8]) -> bool {
    const TAGS: [&[u8]; 9] =
        [b"<!doctype html", b"<html", b"<script", b"<iframe", b"<body", b"<svg", b"<object", b"<embed", b"<meta http-equiv"];
    let head = &head[..head.len().min(1_024)];
    TAGS.iter().any(|tag| contains(head, tag))
}

fn contains(head: &[u8], tag: &[u8]) -> bool {
    head.windows(tag.len()).any(|window| window.eq_ignore_ascii_case(tag))
}

/// Whether these are letters: UTF-8 without control characters other than those of texts, or UTF-16 with its mark.
fn is_letters(head: &[u8]) -> bool {
    if head.starts_with(&[0xff, 0xfe]) || head.starts_with(&[0xfe, 0xff]) {
        return true;
    }
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        // A letter may be cut at the end.
        Err(cut) if cut.error_len().is_none() => std::str::from_utf8(&head[..cut.valid_up_to()]).unwrap_or_default(),
        // Old texts of Western Europe: one byte a letter, and no control characters.
        Err(_) => return head.iter().all(|byte| matches!(byte, 9 | 10 | 12 | 13 | 26 | 27 | 32..=126 | 160..=255)),
    };
    !text.chars().any(|letter| letter.is_control() && !matches!(letter, '\t' | '\n' | '\r' | '\u{c}' | '\u{1a}' | '\u{1b}'))
}

/// Whether a file that is `declared` may have bytes of the type `found`: the same, or a form that is wrapped in it.
fn fits(declared: &str, found: &str) -> bool {
    if declared == found {
        return true;
    }
    match found {
        "application/zip" => {
            declared.starts_with("application/vnd.openxmlformats-officedocument.")
                || declared.starts_with("application/vnd.oasis.opendocument.")
                || declared == "model/3mf"
        }
        "application/x-ole-storage" | "application/msword" | "application/vnd.ms-excel" | "application/vnd.ms-powerpoint" => {
            matches!(declared, "application/msword" | "application/vnd.ms-excel" | "application/vnd.ms-powerpoint")
        }
        "video/mp4" | "audio/mp4" | "video/x-m4v" | "video/quicktime" => matches!(declared, "video/mp4" | "audio/mp4" | "video/quicktime"),
        "video/webm" | "video/x-matroska" => declared == "video/webm",
        "image/vnd.dwg" => matches!(declared, "application/acad" | "application/dwg" | "image/x-dwg"),
        _ => false,
    }
}

/// Whether files of this type begin with bytes that are known here, so that one without them is none.
fn has_signature(declared: &str) -> bool {
    const KNOWN: &[&str] = &[
        "application/pdf",
        "application/zip",
        "application/gzip",
        "application/x-7z-compressed",
        "application/msword",
        "application/vnd.ms-excel",
        "application/vnd.ms-powerpoint",
        "application/rtf",
        "model/3mf",
        "image/vnd.dwg",
        "audio/wav",
        "audio/ogg",
        "video/mp4",
        "audio/mp4",
        "video/webm",
        "video/quicktime",
        "video/x-msvideo",
        "application/x-executable",
        "text/html",
        "image/svg+xml",
    ];
    let image = declared.starts_with("image/") && declared != "image/vnd.dxf" && declared != "image/x-dwg";
    KNOWN.contains(&declared)
        || image
        || declared.starts_with("application/vnd.openxmlformats-officedocument.")
        || declared.starts_with("application/vnd.oasis.")
}

/// Whether files of this type are letters.
fn is_text(declared: &str) -> bool {
    declared.starts_with("text/")
        || matches!(declared, "application/json" | "application/xml" | "message/rfc822" | "application/step" | "model/step")
}

#[cfg(test)]
mod tests {
    use super::*;

    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0";
    const ELF: &[u8] =
        b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0\x3e\0\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
    const PE: &[u8] = b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff\0\0";

    fn check(head: &[u8], declared: Option<&str>) -> Result<String, &'static str> {
        judge(head, declared, &Allowed::of(ALLOWED)).map_err(|refused| refused.code)
    }

    #[test]
    fn what_a_file_is_follows_its_bytes() {
        let cases: [(&[u8], Option<&str>, Result<&str, &str>); 22] = [
            (PNG, Some("image/png"), Ok("image/png")),
            (PNG, None, Ok("image/png")),
            (PNG, Some("application/octet-stream"), Ok("image/png")),
            (PNG, Some("image/jpeg"), Err("type_mismatch")),
            (PNG, Some("text/plain"), Err("type_mismatch")),
            (b"%PDF-1.7\n", Some("application/pdf; x=1"), Ok("application/pdf")),
            (b"no pdf at all", Some("application/pdf"), Err("type_mismatch")),
            (ELF, Some("image/png"), Err("type_mismatch")),
            (ELF, None, Err("type_not_allowed")),
            (PE, Some("application/octet-stream"), Err("type_not_allowed")),
            (b"#!/bin/sh\nrm -rf /\n", Some("text/plain"), Err("type_mismatch")),
            (b"<html><body>hello", Some("text/html"), Err("type_not_allowed")),
            (b"<html><script>alert(1)</script>", Some("text/plain"), Err("type_mismatch")),
            (b"GIF89a<script>alert(1)</script>", Some("text/csv"), Err("type_mismatch")),
            (b"<?xml version=\"1.0\"?><svg xmlns=\"http://www.w3.org/2000/svg\">", Some("application/xml"), Err("type_mismatch")),
            (b"<?xml version=\"1.0\"?><order id=\"7\"/>", Some("application/xml"), Ok("application/xml")),
            (b"a;b;c\n1;2;3\n", Some("text/csv"), Ok("text/csv")),
            (b"{\"a\": 1}", Some("application/json"), Ok("application/json")),
            (b"{\"a\": 1}", None, Ok("text/plain")),
            (b"\x01\x02\x03\x04\0\0\0", Some("text/plain"), Err("type_mismatch")),
            (b"\x01\x02\x03\x04\0\0\0", None, Err("type_not_allowed")),
            (
                b"PK\x03\x04\x14\0\0\0\0\0",
                Some("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
                Ok("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
            ),
        ];
        for (head, declared, expected) in cases {
            assert_eq!(check(head, declared), expected.map(str::to_owned), "{:?} said to be {declared:?}", String::from_utf8_lossy(head));
        }
    }

    #[test]
    fn a_list_names_types_and_families() {
        let allowed = Allowed::of(" image/* , Application/PDF,");
        assert!(allowed.take("image/webp") && allowed.take("application/pdf"));
        assert!(!allowed.take("text/plain") && !allowed.take("imagery/png"));
    }
}
