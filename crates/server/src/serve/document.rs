//! The document of the API as it is served: without blanks, packed once for all, and with a mark by which a client knows that it has it.
//!
//! **Invariant:** however many ask for it, and however slowly they take it, it lies in memory once and is never packed again.

use std::io::Write;
use std::sync::LazyLock;

use axum::Extension;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use flate2::write::GzEncoder;
use flate2::{Compression, Crc};
use http::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY};
use http::{HeaderMap, HeaderName, StatusCode};
use platform::http::AsItIs;

struct Kept {
    plain: Bytes,
    packed: Bytes,
    mark: String,
}

static DOCUMENT: LazyLock<Kept> = LazyLock::new(|| {
    let plain = super::described().to_string();
    let mut packing = GzEncoder::new(Vec::new(), Compression::best());
    // Writing into memory does not fail; were it to, the plain form would still be there.
    let packed = packing.write_all(plain.as_bytes()).and_then(|()| packing.finish()).unwrap_or_default();
    let mut sum = Crc::new();
    sum.update(plain.as_bytes());
    let mark = format!("W/\"{:08x}-{}\"", sum.sum(), plain.len());
    Kept { plain: plain.into(), packed: packed.into(), mark }
});

pub(super) async fn document(headers: HeaderMap) -> Response {
    const VARIES: (HeaderName, &str) = (VARY, "Accept-Encoding");
    const ASKED_FOR: (HeaderName, &str) = (CACHE_CONTROL, "no-cache");
    let Kept { plain, packed, mark } = &*DOCUMENT;
    let known =
        headers.get_all(IF_NONE_MATCH).iter().any(|value| value.to_str().is_ok_and(|value| value == "*" || value.contains(mark.as_str())));
    if known {
        return (StatusCode::NOT_MODIFIED, [(ETAG, mark.as_str()), ASKED_FOR, VARIES]).into_response();
    }
    let head = [(CONTENT_TYPE, "application/json"), (ETAG, mark.as_str()), ASKED_FOR, VARIES];
    match takes_gzip(&headers) && !packed.is_empty() {
        true => (head, [(CONTENT_ENCODING, "gzip")], packed.clone()).into_response(),
        false => (head, Extension(AsItIs), plain.clone()).into_response(),
    }
}

/// Whether a client takes what is packed.
pub(super) fn takes_gzip(headers: &HeaderMap) -> bool {
    let offered = headers.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
    let mut gzip = offered.filter_map(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
        let weight = weight.trim().strip_prefix("q=").and_then(|weight| weight.trim().parse::<f32>().ok()).unwrap_or(1.0);
        name.trim().eq_ignore_ascii_case("gzip").then_some(weight > 0.0)
    });
    gzip.any(|takes| takes)
}
