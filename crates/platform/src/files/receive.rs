//! A file arriving: counted, hashed and judged on its way, piece by piece into the store.
//!
//! **Invariant:** room is reserved before the first byte and given back with the row of the upload; what breaks off leaves nothing that is kept.
//! **Invariant:** a sender that dawdles costs one place among those for uploads, for a limited time, and none of the places that answer requests.

use std::time::Duration;

use axum::body::Body;
use axum::extract::{FromRequest, Request};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures_util::StreamExt;
use http::HeaderMap;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;
use utoipa::IntoParams;
use uuid::Uuid;

use crate::caller::Caller;
use crate::database::Database;
use crate::database::once::Once;
use crate::error::{Error, Kind, Result};
use crate::files::store::{Key, Writing};
use crate::files::{Files, media, names, rows};
use crate::http::Unhurried;
use crate::ids::OrganizationId;

/// How long the next piece of a file may take.
const PIECE_ARRIVES: Duration = Duration::from_secs(15);
/// What an upload may take beside the time for its size.
const PATIENCE: Duration = Duration::from_secs(60);
/// The slowest upload (bytes/s).
const SLOWEST: u64 = 16 << 10;

/// What a sender says of a file in the address.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Named {
    /// What the file is called; `file` where nothing is said. Folders, control characters and what turns the direction of writing are taken out.
    #[param(example = "line-7-layout.pdf", max_length = 1000)]
    pub name: Option<String>,
}

/// A file that somebody wants to send, of which nothing was read yet.
pub struct Upload {
    body: Body,
    declared: Option<String>,
    announced: Option<u64>,
    digest: Option<[u8; 32]>,
    unhurried: Unhurried,
}

impl<S: Send + Sync> FromRequest<S> for Upload {
    type Rejection = Error;

    async fn from_request(request: Request, _: &S) -> Result<Self> {
        let (parts, body) = request.into_parts();
        let text = |name| parts.headers.get(name).and_then(|value| value.to_str().ok());
        Ok(Upload {
            declared: text(CONTENT_TYPE).map(str::to_owned),
            announced: text(CONTENT_LENGTH).and_then(|length| length.parse().ok()).or(http_body::Body::size_hint(&body).exact()),
            digest: digest(&parts.headers)?,
            unhurried: Unhurried::of(&parts.extensions),
            body,
        })
    }
}

/// The SHA-256 that the sender announces (RFC 9530).
fn digest(headers: &HeaderMap) -> Result<Option<[u8; 32]>> {
    let Some(value) = headers.get("repr-digest").or_else(|| headers.get("content-digest")) else { return Ok(None) };
    let malformed = || Error::new(Kind::Malformed, "bad_digest", "Repr-Digest: expected sha-256=: and the checksum in base64, and a colon");
    let text = value.to_str().map_err(|_| malformed())?;
    for one in text.split(',') {
        if let Some(encoded) = one.trim().strip_prefix("sha-256=:").and_then(|rest| rest.strip_suffix(':')) {
            let bytes = STANDARD.decode(encoded).map_err(|_| malformed())?;
            return Ok(Some(bytes.try_into().map_err(|_| malformed())?));
        }
    }
    // Other algorithms are for others to check.
    Ok(None)
}

/// A file that lies in the store, and that nothing knows of yet but its upload.
#[derive(Clone, Debug)]
pub struct Received {
    /// What it will be.
    pub id: Uuid,
    /// Whose.
    pub organization: OrganizationId,
    /// What it is called.
    pub name: String,
    /// What it is.
    pub media_type: String,
    /// What it holds (bytes).
    pub size: u64,
    /// SHA-256 of its content.
    pub sha256: [u8; 32],
}

/// A place among uploads; given back when dropped.
struct Place {
    files: Files,
    organization: OrganizationId,
    _permit: OwnedSemaphorePermit,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.files.0.taken.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        match taken.get_mut(&self.organization) {
            Some(places) if *places > 1 => *places -= 1,
            _ => _ = taken.remove(&self.organization),
        }
    }
}

impl Files {
    /// Takes a file in. Whoever calls this keeps it with [`attach`](crate::files::attach) or its like, or gives it up with [`discard`](Self::discard).
    ///
    /// # Errors
    /// 503 `uploads_busy`, `file_store_down`; 507 `storage_full`; 413 `file_too_large`; 409 `quota_exceeded`; 415 for what is not taken; 422
    /// `checksum_mismatch`; 408 `body_too_slow`; 400 `body_unreadable`. Nothing is kept then.
    pub async fn receive(&self, database: &Database, caller: &Caller, named: Named, upload: Upload) -> Result<Received> {
        let place = self.place(caller.organization)?;
        upload.unhurried.begin();
        let mut tx = database.begin(caller).await?;
        let id: Uuid = tx.new_id();
        let room = rows::reserve(&mut tx, self, id, upload.announced).await?;
        // What is noted for repetitions of the request is noted with the file itself.
        Once::apart(tx.commit()).await?;
        let received = self.store_all(caller.organization, id, room, named, upload).await;
        drop(place);
        if received.is_err() {
            self.forget(database, caller.organization, id).await;
        }
        received
    }

    /// One of the places for uploads, of which an organization has half at most.
    fn place(&self, organization: OrganizationId) -> Result<Place> {
        let busy = || Error::unavailable("uploads_busy", "too many files are on their way at once; try again in a moment", 2);
        let permit = self.0.places.clone().try_acquire_owned().map_err(|_| busy())?;
        let mut taken = self.0.taken.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let own = taken.entry(organization).or_default();
        if *own >= self.0.limits.at_once.div_ceil(2) {
            return Err(busy());
        }
        *own += 1;
        drop(taken);
        Ok(Place { files: self.clone(), organization, _permit: permit })
    }

    async fn store_all(&self, organization: OrganizationId, id: Uuid, room: u64, named: Named, upload: Upload) -> Result<Received> {
        let mut arriving =
            Arriving { body: Some(upload.body.into_data_stream()), size: 0, room, hash: Sha256::new(), since: Instant::now() };
        let mut head = Vec::new();
        while head.len() < media::HEAD
            && let Some(bytes) = arriving.next().await?
        {
            head.extend_from_slice(&bytes);
        }
        let media_type = media::judge(&head, upload.declared.as_deref(), &self.0.limits.allowed)?;
        let mut writing = self.0.store.write(Key::content(organization, id)).await?;
        if let Err(broken) = pour(&mut arriving, &mut writing, head).await {
            writing.give_up().await;
            return Err(broken);
        }
        let (size, sha256) = (arriving.size, <[u8; 32]>::from(arriving.hash.finalize()));
        if upload.digest.is_some_and(|announced| announced != sha256) {
            writing.give_up().await;
            return Err(Error::new(
                Kind::Invalid,
                "checksum_mismatch",
                "the file that arrived is not the one whose checksum was announced; send it again",
            ));
        }
        writing.finish().await?;
        Ok(Received { id, organization, name: names::clean(named.name.as_deref().unwrap_or_default()), media_type, size, sha256 })
    }

    /// Gives up what was received and is not wanted.
    pub async fn discard(&self, database: &Database, received: &Received) {
        self.forget(database, received.organization, received.id).await;
    }

    /// Removes what is left of an upload; what cannot be removed now is later, by [`sweep`](crate::files::sweep).
    async fn forget(&self, database: &Database, organization: OrganizationId, id: Uuid) {
        let forgetting = async {
            self.0.store.remove(Key::content(organization, id)).await?;
            let mut tx = database.begin(&Caller::system("files", organization, database.context().new_id())).await?;
            tx.execute("delete from file_uploads where organization_id = $1 and id = $2", &[&organization, &id]).await?;
            Once::apart(tx.commit()).await
        };
        if let Err(error) = forgetting.await {
            tracing::debug!(%error, "what is left of an upload could not be removed; it is later");
        }
    }
}

/// The bytes of a file as they come.
struct Arriving {
    // Nothing once it has ended.
    body: Option<axum::body::BodyDataStream>,
    size: u64,
    room: u64,
    hash: Sha256,
    since: Instant,
}

impl Arriving {
    async fn next(&mut self) -> Result<Option<Bytes>> {
        let Some(body) = &mut self.body else { return Ok(None) };
        let too_slow = || Error::new(Kind::Timeout, "body_too_slow", "the file took too long to arrive");
        if self.since.elapsed() > PATIENCE + Duration::from_secs(self.size / SLOWEST) {
            return Err(too_slow());
        }
        let bytes = match tokio::time::timeout(PIECE_ARRIVES, body.next()).await.map_err(|_| too_slow())? {
            None => {
                self.body = None;
                return Ok(None);
            }
            Some(Ok(bytes)) => bytes,
            Some(Err(broken)) => {
                return Err(Error::new(Kind::Malformed, "body_unreadable", "the file did not arrive whole").because(broken));
            }
        };
        self.size += bytes.len() as u64;
        if self.size > self.room {
            return Err(rows::too_large(self.room));
        }
        self.hash.update(&bytes);
        Ok(Some(bytes))
    }
}

async fn pour(arriving: &mut Arriving, writing: &mut Writing, head: Vec<u8>) -> Result<()> {
    writing.add(&head).await?;
    drop(head);
    while let Some(bytes) = arriving.next().await? {
        writing.add(&bytes).await?;
    }
    Ok(())
}
