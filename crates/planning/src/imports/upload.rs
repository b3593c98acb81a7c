//! A file as it comes in a request: raw, with its name in the address, or as the one file of a form.
//!
//! **Invariant:** a body is never held beyond the installation's limit for uploads.

use axum::extract::Request;
use http::header::CONTENT_TYPE;
use http_body_util::{BodyExt, Limited};
use platform::error::Kind;
use platform::http::App;
use platform::{Error, Result};
use std::time::Duration;

use super::session::Upload;

/// How long a file may take to arrive.
const ARRIVES: Duration = Duration::from_secs(25);
const MOST_PARTS: usize = 20;

/// Reads the file of a request. `name` is what the address calls it.
///
/// # Errors
/// 413 `body_too_large`; 408 `body_too_slow`; 400 `no_file`, `malformed_form`.
pub async fn read(app: &App, name: Option<String>, request: Request) -> Result<Upload> {
    let limit = app.settings.upload_limit;
    let form = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).and_then(boundary);
    let body = Limited::new(request.into_body(), limit);
    let arriving = tokio::time::timeout(ARRIVES, body.collect()).await;
    let arrived = arriving.map_err(|_| Error::new(Kind::Timeout, "body_too_slow", "the file took too long to arrive"))?;
    let bytes = arrived.map_err(|broken| refusal(broken, limit))?.to_bytes();
    let upload = match form {
        Some(boundary) => part(&bytes, &boundary)?,
        None => Upload { file_name: String::new(), content: bytes.to_vec() },
    };
    if upload.content.is_empty() {
        return Err(Error::new(Kind::Malformed, "no_file", "the body is empty: send the file as it is, or as the file of a form"));
    }
    let file_name = name.unwrap_or(upload.file_name);
    Ok(Upload { file_name, ..upload })
}

fn refusal(broken: Box<dyn std::error::Error + Send + Sync>, limit: usize) -> Error {
    if broken.is::<http_body_util::LengthLimitError>() {
        let detail = format!("the file is larger than {} MiB, which is as much as this installation takes", limit >> 20);
        return Error::new(Kind::TooLarge, "body_too_large", detail);
    }
    Error::new(Kind::Malformed, "body_unreadable", "the file did not arrive whole").because(broken)
}

/// `multipart/form-data; boundary=…`.
fn boundary(content_type: &str) -> Option<String> {
    let (media, parameters) = content_type.split_once(';')?;
    if !media.trim().eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    parameters.split(';').find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        let value = value.trim().trim_matches('"');
        (name.trim().eq_ignore_ascii_case("boundary") && (1..=70).contains(&value.len())).then(|| value.to_owned())
    })
}

/// The first part of a form that is a file (RFC 7578).
fn part(bytes: &[u8], boundary: &str) -> Result<Upload> {
    let malformed = |detail: &str| Error::new(Kind::Malformed, "malformed_form", format!("the form cannot be understood: {detail}"));
    let delimiter = format!("--{boundary}").into_bytes();
    let mut rest = bytes;
    // Whatever stands before the first delimiter is no part.
    let first = find(rest, &delimiter).ok_or_else(|| malformed("its boundary does not occur"))?;
    rest = &rest[first + delimiter.len()..];
    let next = [b"\r\n", delimiter.as_slice()].concat();
    for _ in 0..MOST_PARTS {
        let Some(after) = rest.strip_prefix(b"\r\n") else { break };
        let end = find(after, &next).ok_or_else(|| malformed("a part has no end"))?;
        let head = find(after, b"\r\n\r\n").filter(|head| *head + 4 <= end).ok_or_else(|| malformed("a part has no head"))?;
        if let Some(file_name) = file_name(&String::from_utf8_lossy(&after[..head])) {
            return Ok(Upload { file_name, content: after[head + 4..end].to_vec() });
        }
        rest = &after[end + next.len()..];
    }
    Err(Error::new(Kind::Malformed, "no_file", "the form has no file"))
}

fn file_name(head: &str) -> Option<String> {
    let line = head.lines().find(|line| line.to_ascii_lowercase().starts_with("content-disposition:"))?;
    let (_, name) = line.split_once("filename=")?;
    let name = match name.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next().unwrap_or_default(),
        None => name.split(';').next().unwrap_or_default().trim(),
    };
    Some(name.to_owned())
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    let first = *wanted.first()?;
    let mut from = 0;
    while let Some(at) = bytes[from..].iter().position(|byte| *byte == first) {
        if bytes[from + at..].starts_with(wanted) {
            return Some(from + at);
        }
        from += at + 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORM: &[u8] = b"--xyz\r\nContent-Disposition: form-data; name=\"mode\"\r\n\r\nmerge\r\n--xyz\r\n\
        content-disposition: form-data; name=\"file\"; filename=\"Plan 2027.xlsx\"\r\nContent-Type: application/octet-stream\r\n\r\n\
        PK--xy\r\n--xy\r\n--xyz--\r\n";

    #[test]
    fn the_file_of_a_form_is_found() {
        let upload = part(FORM, "xyz").unwrap();
        assert_eq!((upload.file_name.as_str(), upload.content.as_slice()), ("Plan 2027.xlsx", b"PK--xy\r\n--xy".as_slice()));
        assert_eq!(boundary("multipart/form-data; charset=utf-8; boundary=\"xyz\"").as_deref(), Some("xyz"));
        assert_eq!(boundary("application/octet-stream"), None);
    }

    #[test]
    fn a_broken_form_is_refused_wherever_it_breaks() {
        for end in 0..FORM.len() - 30 {
            assert!(part(&FORM[..end], "xyz").is_err(), "cut off after {end} bytes");
        }
    }
}
