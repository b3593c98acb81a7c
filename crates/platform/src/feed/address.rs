//! Addresses of the feed: where it is, which set and row one names, where the next page is.

use http::request::Parts;
use http::uri::Authority;

use crate::http::{Client, Cursor};

/// Where the feed is, as links name it: as whoever asked reached it.
pub(super) fn root(parts: &Parts) -> String {
    let said =
        parts.headers.get(http::header::HOST).and_then(|host| host.to_str().ok()).or_else(|| parts.uri.authority().map(Authority::as_str));
    let host = said.filter(|host| host.parse::<Authority>().is_ok_and(|authority| !authority.as_str().contains('@')));
    let scheme = if Client::of(parts).https { "https" } else { "http" };
    // Without a host, links are relative to the server's root.
    host.map_or_else(|| PATH.to_owned(), |host| format!("{scheme}://{host}{PATH}"))
}

const PATH: &str = "/api/v1/odata";

/// A set, and the key of a row in parentheses where there is one: `lines(…)`.
pub(super) fn set_and_key(segment: &str) -> (&str, Option<&str>) {
    match segment.split_once('(') {
        Some((set, rest)) => match rest.strip_suffix(')') {
            Some(key) => (set, Some(key)),
            None => (segment, None),
        },
        None => (segment, None),
    }
}

/// The address of the next page: the same options, of which `$top` counts down and `$skip` has been heeded.
pub(super) fn next(root: &str, set: &str, said: &[(String, String)], top: Option<i64>, cursor: &Cursor) -> String {
    let mut link = format!("{root}/{set}?");
    for (name, value) in said {
        let plain = name.strip_prefix('$').unwrap_or(name).to_ascii_lowercase();
        if !["skip", "top", "skiptoken"].contains(&plain.as_str()) {
            link.push_str(&format!("${plain}={}&", encoded(value)));
        }
    }
    if let Some(top) = top {
        link.push_str(&format!("$top={top}&"));
    }
    link.push_str("$skiptoken=");
    link.push_str(&cursor.text());
    link
}

fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'(' | b')' | b',' | b'*' | b'$' | b':' => {
                encoded.push(byte.into())
            }
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}
