//! A file given out: as something to save, with its checksum, which is checked on the way.
//!
//! **Invariant:** the last piece of a file leaves only after its checksum was found right, so that a damaged file never arrives as a whole one.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures_util::stream::{self, BoxStream};
use futures_util::{StreamExt, TryStreamExt};
use http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG,
};
use http::header::{IF_NONE_MATCH, IF_RANGE, RANGE, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use sha2::{Digest, Sha256};

use crate::caller::Caller;
use crate::database::Database;
use crate::error::{Error, Kind, Result};
use crate::files::rows::{self, File, FileState};
use crate::files::store::Key;
use crate::files::{Files, names, thumbnails};
use crate::ids::OrganizationId;

/// Files up to this size are checked before their first byte leaves (bytes).
const CHECKED_FIRST: i64 = 4 << 20;
/// The largest small image (bytes).
const SMALL: usize = 2 << 20;

/// Refuses what nobody gets.
///
/// # Errors
/// 409 `file_not_scanned`, `file_damaged`; 403 `file_quarantined`.
pub(super) fn may_be_had(file: &File) -> Result<()> {
    match file.state {
        FileState::Clean => Ok(()),
        FileState::Scanning => {
            Err(Error::conflict("file_not_scanned", "the file is still being looked at for viruses; try again in a moment").retry_after(5))
        }
        FileState::Quarantined => {
            let finding = file.finding.as_deref().unwrap_or("something");
            Err(Error::new(Kind::Forbidden, "file_quarantined", format!("nobody gets this file: {finding} was found in it")))
        }
        FileState::Damaged => {
            Err(Error::conflict("file_damaged", "the content of this file is not what was stored; it has to come from a backup"))
        }
    }
}

/// The content of a file, or the part of it that is asked for.
///
/// # Errors
/// As [`may_be_had`]; what the store refused.
pub(super) async fn content(
    files: &Files,
    database: &Database,
    organization: OrganizationId,
    file: &File,
    asked: &HeaderMap,
) -> Result<Response> {
    may_be_had(file)?;
    let etag = format!("\"{}\"", file.sha256);
    let said = |name: HeaderName| asked.get(name).and_then(|value| value.to_str().ok());
    if said(IF_NONE_MATCH).is_some_and(|known| known.split(',').any(|one| one.trim().trim_start_matches("W/") == etag || one.trim() == "*"))
    {
        let mut same = StatusCode::NOT_MODIFIED.into_response();
        put(same.headers_mut(), ETAG, &etag);
        return Ok(same);
    }
    let size = u64::try_from(file.size_bytes).unwrap_or(0);
    let still_same = said(IF_RANGE).is_none_or(|known| known == etag);
    let range = said(RANGE).filter(|_| still_same).and_then(|range| range_of(range, size));
    let key = Key::content(organization, file.id);
    let mut response = match &range {
        Some(range) => {
            (StatusCode::PARTIAL_CONTENT, Body::from_stream(files.store().read(key, Some(range.clone())).await?)).into_response()
        }
        None if file.size_bytes <= CHECKED_FIRST => Body::from(checked_first(files, database, key, file).await?).into_response(),
        None => Body::from_stream(checked(files.store().read(key, None).await?, database.clone(), key, file)).into_response(),
    };
    let headers = response.headers_mut();
    dress(headers, &file.name, &file.media_type);
    put(headers, ETAG, &etag);
    put(headers, ACCEPT_RANGES, "bytes");
    let digest = STANDARD.encode(hex(&file.sha256));
    put(headers, HeaderName::from_static("repr-digest"), &format!("sha-256=:{digest}:"));
    put(headers, HeaderName::from_static("digest"), &format!("sha-256={digest}"));
    let length = range.as_ref().map_or(size, |range| range.end - range.start);
    headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    if let Some(range) = range {
        put(headers, CONTENT_RANGE, &format!("bytes {}-{}/{size}", range.start, range.end - 1));
    }
    Ok(response)
}

/// The small image of a file.
///
/// # Errors
/// 404 where there is none; as [`may_be_had`].
pub(super) async fn thumbnail(files: &Files, organization: OrganizationId, file: &File) -> Result<Response> {
    may_be_had(file)?;
    if !file.thumbnail {
        return Err(Error::not_found("small image"));
    }
    let bytes = files.store().read_whole(Key::content(organization, file.id).thumbnail(), SMALL).await?;
    let media_type = thumbnails::type_of(&bytes);
    let ending = media_type.trim_start_matches("image/");
    let mut response = Body::from(bytes).into_response();
    dress(response.headers_mut(), &format!("{}.thumbnail.{ending}", file.name), media_type);
    put(response.headers_mut(), ETAG, &format!("\"{}-thumbnail\"", file.sha256));
    Ok(response)
}

/// Headers that keep a browser from doing anything with it but saving it.
fn dress(headers: &mut HeaderMap, name: &str, media_type: &str) {
    put(headers, CONTENT_TYPE, media_type);
    put(headers, CONTENT_DISPOSITION, &names::disposition(name));
    put(headers, X_CONTENT_TYPE_OPTIONS, "nosniff");
    put(headers, CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'");
    put(headers, CACHE_CONTROL, "private, no-cache, no-transform");
}

fn put(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

/// The one part that `bytes=…` asks for; everything where it asks for several, for none, or for what is not there, as the protocol allows.
fn range_of(asked: &str, size: u64) -> Option<std::ops::Range<u64>> {
    let (from, to) = asked.strip_prefix("bytes=")?.split_once('-')?;
    let (from, to) = (from.trim(), to.trim());
    let range = match (from.parse::<u64>(), to.parse::<u64>()) {
        (Ok(from), Ok(to)) if from <= to => from..(to.saturating_add(1)).min(size),
        (Ok(from), Err(_)) if to.is_empty() => from..size,
        (Err(_), Ok(last)) if from.is_empty() => size.saturating_sub(last)..size,
        _ => return None,
    };
    (range.start < range.end).then_some(range)
}

fn hex(text: &str) -> Vec<u8> {
    (0..text.len() / 2).filter_map(|at| u8::from_str_radix(text.get(at * 2..at * 2 + 2)?, 16).ok()).collect()
}

/// All of a small file, found right.
async fn checked_first(files: &Files, database: &Database, key: Key, file: &File) -> Result<Bytes> {
    let most = usize::try_from(file.size_bytes).unwrap_or(0) + 1;
    let bytes = files.store().read_whole(key, most).await?;
    if Sha256::digest(&bytes)[..] == hex(&file.sha256) {
        return Ok(bytes);
    }
    damaged(database, key).await;
    Err(may_be_had(&File { state: FileState::Damaged, ..file.clone() }).err().unwrap_or_else(|| Error::internal("a damaged file")))
}

/// The pieces of a large file, of which the last is held back until all are found right.
fn checked(
    pieces: BoxStream<'static, Result<Bytes>>,
    database: Database,
    key: Key,
    file: &File,
) -> BoxStream<'static, std::io::Result<Bytes>> {
    struct State {
        pieces: BoxStream<'static, Result<Bytes>>,
        hash: Sha256,
        held: Option<Bytes>,
        expected: Vec<u8>,
        database: Database,
        key: Key,
    }
    let state = State { pieces, hash: Sha256::new(), held: None, expected: hex(&file.sha256), database, key };
    let broken = |error: Error| std::io::Error::other(error);
    stream::try_unfold(Some(state), move |state| async move {
        let Some(mut state) = state else { return Ok(None) };
        while let Some(piece) = state.pieces.try_next().await.map_err(broken)? {
            state.hash.update(&piece);
            if let Some(ready) = state.held.replace(piece) {
                return Ok(Some((ready, Some(state))));
            }
        }
        if state.hash.finalize()[..] != state.expected {
            damaged(&state.database, state.key).await;
            return Err(std::io::Error::other("the content of a file is not what was stored"));
        }
        Ok(state.held.map(|last| (last, None)))
    })
    .boxed()
}

/// Notes that a file is not what was stored.
async fn damaged(database: &Database, key: Key) {
    tracing::error!(organization = %key.organization, file = %key.file, "the content of a file is not what was stored; restore it from a backup");
    let noting = async {
        let mut tx = database.begin(&Caller::system("files", key.organization, database.context().new_id())).await?;
        rows::judged(&mut tx, key.file, "damaged", None).await?;
        tx.commit().await
    };
    if let Err(error) = noting.await {
        tracing::warn!(%error, "that a file is damaged could not be noted");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_what_was_asked_for_or_everything() {
        let cases = [
            ("bytes=0-3", Some(0..4)),
            ("bytes=4-", Some(4..10)),
            ("bytes=-3", Some(7..10)),
            ("bytes=-30", Some(0..10)),
            ("bytes=8-900", Some(8..10)),
            ("bytes=10-", None),
            ("bytes=5-4", None),
            ("bytes=-0", None),
            ("bytes=0-1,4-5", None),
            ("bytes=-", None),
            ("bytes=18446744073709551615-18446744073709551615", None),
            ("lines=1-2", None),
            ("bytes=a-b", None),
        ];
        for (asked, expected) in cases {
            assert_eq!(range_of(asked, 10), expected, "{asked}");
        }
        assert_eq!(range_of("bytes=0-0", 0), None);
    }
}
