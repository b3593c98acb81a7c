//! Where the bytes of files lie: a folder, or a bucket of an S3 store.
//!
//! **Invariant:** a place is made of identifiers only, the organization's first; no name that anybody typed is part of it.
//! **Invariant:** what [`Writing::finish`] returned for is stored whole: in a folder it is on the disk, not only on its way there.

use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use object_store::aws::AmazonS3Builder;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{BackoffConfig, MultipartUpload, ObjectStore, ObjectStoreExt, PutPayload, RetryConfig};
use tokio::sync::OnceCell;
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::error::{Error, Kind, Result};
use crate::files::transport::Transport;
use crate::ids::OrganizationId;

/// Bytes of one piece of a file on its way into a bucket: the least that S3 takes.
const BUCKET_PIECE: usize = 5 << 20;
/// Bytes of one piece of a file on its way into a folder.
const FOLDER_PIECE: usize = 1 << 20;

/// Which store, from the settings.
#[derive(Clone)]
pub enum Place {
    /// A folder, made where it is missing.
    Folder(PathBuf),
    /// A bucket.
    Bucket(Bucket),
}

/// A bucket of an S3 store.
#[derive(Clone, Default)]
pub struct Bucket {
    /// Its name.
    pub name: String,
    /// What comes before every place in it: `gemba/`; may be empty.
    pub prefix: String,
    /// The store's address, `https://s3.example.com`; AWS's own where empty.
    pub endpoint: Option<String>,
    /// Its region.
    pub region: String,
    /// Who asks.
    pub access_key: String,
    /// The key that signs requests.
    pub secret_key: String,
}

impl std::fmt::Debug for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Place::Folder(path) => write!(f, "folder {}", path.display()),
            Place::Bucket(bucket) => write!(f, "bucket {} of {}", bucket.name, bucket.endpoint.as_deref().unwrap_or("AWS")),
        }
    }
}

/// Where the bytes of files lie. Cheap to clone.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    place: Place,
    // Opened when first needed, so that a server starts, and answers everything else, while its store is away.
    opened: OnceCell<Arc<dyn ObjectStore>>,
}

/// Where one file lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// Whose it is.
    pub organization: OrganizationId,
    /// The file.
    pub file: Uuid,
    /// The file itself, or something made of it.
    pub part: Part,
}

/// What of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Its content.
    Content,
    /// A small image of it.
    Thumbnail,
}

impl Key {
    /// Where the content of a file lies.
    pub fn content(organization: OrganizationId, file: Uuid) -> Key {
        Key { organization, file, part: Part::Content }
    }

    /// Where its small image lies.
    pub fn thumbnail(self) -> Key {
        Key { part: Part::Thumbnail, ..self }
    }

    fn path(&self, prefix: &str) -> Path {
        let file = self.file.simple().to_string();
        // The last digits of an identifier differ most: folders stay small.
        let folder = &file[file.len() - 2..];
        let ending = match self.part {
            Part::Content => "",
            Part::Thumbnail => ".thumbnail",
        };
        Path::from(format!("{prefix}/{}/{folder}/{file}{ending}", self.organization))
    }
}

impl Store {
    /// A store at `place`, which is not touched yet.
    pub fn new(place: Place) -> Store {
        Store(Arc::new(Inner { place, opened: OnceCell::new() }))
    }

    fn prefix(&self) -> &str {
        match &self.0.place {
            Place::Folder(_) => "",
            Place::Bucket(bucket) => bucket.prefix.trim_matches('/'),
        }
    }

    fn piece(&self) -> usize {
        match &self.0.place {
            Place::Folder(_) => FOLDER_PIECE,
            Place::Bucket(_) => BUCKET_PIECE,
        }
    }

    async fn opened(&self) -> Result<&Arc<dyn ObjectStore>> {
        self.0.opened.get_or_try_init(|| async { open(&self.0.place) }).await
    }

    /// Begins to store something. Nothing is there until [`Writing::finish`].
    ///
    /// # Errors
    /// As [`refused`].
    pub async fn write(&self, key: Key) -> Result<Writing> {
        let store = self.opened().await?.clone();
        let folder = matches!(self.0.place, Place::Folder(_));
        let path = key.path(self.prefix());
        Ok(Writing {
            settle: folder.then(|| self.file(&path)).flatten(),
            store,
            path,
            piece: self.piece(),
            held: BytesMut::new(),
            parts: None,
            under_way: None,
        })
    }

    /// The bytes of something from `from` to before `to`, all of them where nothing is said, and how many it holds.
    ///
    /// # Errors
    /// 404 `file_lost` where it is not there; as [`refused`].
    pub async fn read(&self, key: Key, range: Option<std::ops::Range<u64>>) -> Result<BoxStream<'static, Result<Bytes>>> {
        let store = self.opened().await?;
        let options = object_store::GetOptions { range: range.map(object_store::GetRange::Bounded), ..Default::default() };
        let found = store.get_opts(&key.path(self.prefix()), options).await.map_err(refused)?;
        Ok(found.into_stream().map(|piece| piece.map_err(refused)).boxed())
    }

    /// All bytes of something small.
    ///
    /// # Errors
    /// As [`read`](Self::read); `internal` where it holds more than `most`.
    pub async fn read_whole(&self, key: Key, most: usize) -> Result<Bytes> {
        let mut pieces = self.read(key, None).await?;
        let mut whole = BytesMut::new();
        while let Some(piece) = pieces.next().await {
            whole.extend_from_slice(&piece?);
            if whole.len() > most {
                return Err(Error::internal(format!("a stored file holds more than {most} bytes, which its record does not say")));
            }
        }
        Ok(whole.freeze())
    }

    /// Removes something; what is not there was removed already.
    ///
    /// # Errors
    /// As [`refused`].
    pub async fn remove(&self, key: Key) -> Result<()> {
        match self.opened().await?.delete(&key.path(self.prefix())).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(cause) => Err(refused(cause)),
        }
    }

    /// Where something lies on this machine, for tests that tamper with it.
    pub fn file(&self, path: &Path) -> Option<PathBuf> {
        match &self.0.place {
            Place::Folder(folder) => Some(path.parts().fold(folder.clone(), |at, part| at.join(part.as_ref()))),
            Place::Bucket(_) => None,
        }
    }

    /// The same by its key.
    pub fn file_of(&self, key: Key) -> Option<PathBuf> {
        self.file(&key.path(self.prefix()))
    }
}

fn open(place: &Place) -> Result<Arc<dyn ObjectStore>> {
    match place {
        Place::Folder(folder) => {
            make_folder(folder).map_err(|cause| down(format!("the folder of files cannot be used: {cause}")))?;
            Ok(Arc::new(LocalFileSystem::new_with_prefix(folder).map_err(refused)?))
        }
        Place::Bucket(bucket) => {
            // Soon enough that a person waiting learns of it; a store that hiccups is asked again.
            let backoff = BackoffConfig { init_backoff: Duration::from_millis(100), max_backoff: Duration::from_secs(2), base: 2.0 };
            let retry = RetryConfig { backoff, max_retries: 3, retry_timeout: Duration::from_secs(15) };
            let mut builder = AmazonS3Builder::new()
                .with_bucket_name(&bucket.name)
                .with_region(&bucket.region)
                .with_access_key_id(&bucket.access_key)
                .with_secret_access_key(&bucket.secret_key)
                .with_allow_http(true)
                .with_retry(retry)
                .with_http_connector(Transport::new()?);
            if let Some(endpoint) = &bucket.endpoint {
                builder = builder.with_endpoint(endpoint);
            }
            Ok(Arc::new(builder.build().map_err(Error::internal)?))
        }
    }
}

/// Only Gemba's account looks into it.
fn make_folder(folder: &FilePath) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// Something on its way into the store.
pub struct Writing {
    store: Arc<dyn ObjectStore>,
    path: Path,
    piece: usize,
    held: BytesMut,
    parts: Option<Box<dyn MultipartUpload>>,
    under_way: Option<JoinHandle<object_store::Result<()>>>,
    settle: Option<PathBuf>,
}

impl Writing {
    /// More of it. At most two pieces are held in memory.
    ///
    /// # Errors
    /// As [`refused`]; what was stored so far is for [`give_up`](Self::give_up).
    pub async fn add(&mut self, bytes: &[u8]) -> Result<()> {
        let mut bytes = bytes;
        while !bytes.is_empty() {
            let room = self.piece - self.held.len();
            let (now, later) = bytes.split_at(room.min(bytes.len()));
            self.held.extend_from_slice(now);
            bytes = later;
            if self.held.len() == self.piece {
                self.send().await?;
            }
        }
        Ok(())
    }

    async fn send(&mut self) -> Result<()> {
        let piece = self.held.split().freeze();
        let parts = match &mut self.parts {
            Some(parts) => parts,
            None => self.parts.insert(self.store.put_multipart(&self.path).await.map_err(unwritten)?),
        };
        let sending = parts.put_part(PutPayload::from(piece));
        arrived(self.under_way.take()).await?;
        self.under_way = Some(tokio::spawn(sending));
        Ok(())
    }

    /// Makes it last.
    ///
    /// # Errors
    /// As [`refused`]; nothing is there then.
    pub async fn finish(mut self) -> Result<()> {
        let done = self.finish_up().await;
        if done.is_err() {
            self.give_up().await;
        }
        done
    }

    async fn finish_up(&mut self) -> Result<()> {
        if self.parts.is_none() {
            let whole = self.held.split().freeze();
            self.store.put(&self.path, PutPayload::from(whole)).await.map_err(unwritten)?;
        } else {
            if !self.held.is_empty() {
                self.send().await?;
            }
            arrived(self.under_way.take()).await?;
            if let Some(parts) = &mut self.parts {
                parts.complete().await.map_err(unwritten)?;
            }
        }
        match self.settle.take() {
            Some(path) => tokio::task::spawn_blocking(move || settle(&path)).await.map_err(Error::internal)?.map_err(io_refused),
            None => Ok(()),
        }
    }

    /// Forgets what was stored so far, as well as it can; what is left behind is removed later, with the upload.
    pub async fn give_up(mut self) {
        if let Some(sending) = self.under_way.take() {
            sending.abort();
            let _ = sending.await;
        }
        if let Some(mut parts) = self.parts.take()
            && let Err(cause) = parts.abort().await
        {
            tracing::debug!(%cause, "what was stored of a file that did not arrive could not be taken back yet");
        }
    }
}

async fn arrived(sending: Option<JoinHandle<object_store::Result<()>>>) -> Result<()> {
    match sending {
        Some(sending) => sending.await.map_err(Error::internal)?.map_err(unwritten),
        None => Ok(()),
    }
}

/// Has the disk keep a file and its name.
fn settle(path: &FilePath) -> std::io::Result<()> {
    std::fs::File::open(path)?.sync_all()?;
    match path.parent() {
        Some(folder) => std::fs::File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}

/// What the store refused, as the caller learns it: 507 `storage_full` where there is no room, 404 `file_lost` where something that should be
/// there is not, 503 `file_store_down` for everything else.
pub(super) fn refused(cause: object_store::Error) -> Error {
    let mut source: Option<&(dyn std::error::Error + 'static)> = Some(&cause);
    let mut full = false;
    while let Some(this) = source {
        let io = this.downcast_ref::<std::io::Error>().map(std::io::Error::kind);
        full |= matches!(io, Some(std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded));
        source = this.source();
    }
    let said = cause.to_string();
    // What S3 stores say when a bucket or a disk has no room.
    full |= ["XMinioStorageFull", "InsufficientStorage", "507 Insufficient", "QuotaExceeded", "No space left on device"]
        .iter()
        .any(|words| said.contains(words));
    match cause {
        _ if full => storage_full().because(cause),
        object_store::Error::NotFound { .. } => {
            Error::new(Kind::NotFound, "file_lost", "the content of the file is not in the store any more").because(cause)
        }
        cause => down("the store of files does not answer properly; nothing was changed, try again in a moment").because(cause),
    }
}

/// The same of something on its way there: a bucket that is not there is a store that is not.
fn unwritten(cause: object_store::Error) -> Error {
    match refused(cause) {
        lost if lost.kind == Kind::NotFound => {
            down("the store of files does not answer properly; nothing was changed, try again in a moment").because(lost)
        }
        error => error,
    }
}

fn io_refused(cause: std::io::Error) -> Error {
    match cause.kind() {
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => storage_full().because(cause),
        _ => down("the store of files does not work properly; nothing was changed, try again in a moment").because(cause),
    }
}

fn storage_full() -> Error {
    Error::new(Kind::StorageFull, "storage_full", "there is no room for more files on this installation; nothing was changed")
        .retry_after(60)
}

fn down(detail: impl Into<String>) -> Error {
    Error::unavailable("file_store_down", detail, 10)
}
