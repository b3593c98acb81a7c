//! What is known of files.
//!
//! **Invariant:** a file changes hands only here, in the transaction of the record that gets or loses it.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::json;
use tokio_postgres::Row;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::database::Tx;
use crate::error::{Error, FieldError, Kind as Family, Result};
use crate::files::receive::Received;
use crate::files::{Files, INSPECT, thumbnails};
use crate::http::{Cursor, Page, Paged};
use crate::ids::PlantId;
use crate::runs::{self, Order};

/// Attachments of one record at most.
const ATTACHMENTS: i64 = 1_000;

/// A file, as far as it is known without its bytes.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct File {
    /// The file.
    pub id: Uuid,
    /// The kind of record it belongs to; null while it belongs to nothing.
    #[schema(example = "line")]
    pub kind: Option<String>,
    /// The record it belongs to.
    pub record_id: Option<Uuid>,
    /// The plant of the record, if it belongs to one.
    pub plant_id: Option<Uuid>,
    /// The custom field of the record whose value it is; null for an attachment.
    pub field: Option<String>,
    /// What it is called.
    #[schema(example = "line-7-layout.pdf")]
    pub name: String,
    /// What it is.
    #[schema(example = "application/pdf")]
    pub media_type: String,
    /// What it holds (bytes).
    #[schema(example = 48213)]
    pub size_bytes: i64,
    /// SHA-256 of its content, in hexadecimal digits.
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    pub sha256: String,
    /// Whether it may be had.
    pub state: FileState,
    /// What was found in it.
    pub finding: Option<String>,
    /// Of an image: its width (pixels).
    pub width: Option<i32>,
    /// Of an image: its height (pixels).
    pub height: Option<i32>,
    /// Whether there is a small image of it.
    pub thumbnail: bool,
    /// Counts changes; the ETag.
    pub version: i64,
    /// When it was complete.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// Who sent it.
    pub created_by: String,
}

/// Whether a file may be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FileState {
    /// It was not looked at yet.
    Scanning,
    /// It may be had.
    Clean,
    /// Something was found in it: nobody gets it.
    Quarantined,
    /// Its content is not what was stored.
    Damaged,
}

/// To what a file belongs.
#[derive(Clone, Copy, Debug)]
pub struct Belongs {
    /// The kind of record.
    pub kind: &'static str,
    /// The record.
    pub record: Uuid,
    /// Its plant, if it has one.
    pub plant: Option<Uuid>,
}

macro_rules! columns {
    () => {
        "id, kind, record_id, plant_id, field, name, media_type, size_bytes, encode(sha256, 'hex'), state, finding, width, height, thumbnail, \
         version, created_at, created_by"
    };
}

fn of_row(row: &Row) -> File {
    File {
        id: row.get(0),
        kind: row.get(1),
        record_id: row.get(2),
        plant_id: row.get(3),
        field: row.get(4),
        name: row.get(5),
        media_type: row.get(6),
        size_bytes: row.get(7),
        sha256: row.get(8),
        state: match row.get(9) {
            "clean" => FileState::Clean,
            "quarantined" => FileState::Quarantined,
            "damaged" => FileState::Damaged,
            _ => FileState::Scanning,
        },
        finding: row.get(10),
        width: row.get(11),
        height: row.get(12),
        thumbnail: row.get(13),
        version: row.get(14),
        created_at: row.get(15),
        created_by: row.get(16),
    }
}

/// What an organization keeps, and how much it may.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FileLimits {
    /// What its files hold, those waiting for removal included (bytes).
    pub used_bytes: i64,
    /// What they may hold together (bytes).
    pub quota_bytes: i64,
    /// The largest file (bytes).
    pub largest_bytes: i64,
    /// The types of files that are taken; `image/*` for a family.
    #[schema(example = json!(["application/pdf", "image/png"]))]
    pub types: Vec<String>,
}

/// What the caller's organization keeps, and how much it may.
///
/// # Errors
/// What the database refused.
pub async fn limits_of(tx: &mut Tx, files: &Files) -> Result<FileLimits> {
    let organization = tx.caller().organization;
    let found =
        tx.query_opt("select used_bytes, largest_bytes, quota_bytes from file_usage where organization_id = $1", &[&organization]).await?;
    let usual = |bytes: u64| i64::try_from(bytes).unwrap_or(i64::MAX);
    let own = |at: usize| found.as_ref().and_then(|row| row.get::<_, Option<i64>>(at));
    Ok(FileLimits {
        used_bytes: found.as_ref().map_or(0, |row| row.get(0)),
        largest_bytes: own(1).unwrap_or_else(|| usual(files.limits().largest)),
        quota_bytes: own(2).unwrap_or_else(|| usual(files.limits().quota)),
        types: files.limits().allowed.list(),
    })
}

/// Gives an organization limits of its own, or takes them back; who may is for the caller of this to know: the organization itself may not.
///
/// # Errors
/// What the database refused.
pub async fn set_limits(tx: &mut Tx, largest: Option<i64>, quota: Option<i64>) -> Result<()> {
    let organization = tx.caller().organization;
    tx.execute(
        "insert into file_usage (organization_id, largest_bytes, quota_bytes) values ($1, $2, $3)
         on conflict (organization_id) do update set largest_bytes = excluded.largest_bytes, quota_bytes = excluded.quota_bytes",
        &[&organization, &largest, &quota],
    )
    .await?;
    let detail = json!({ "largest_bytes": largest, "quota_bytes": quota });
    tx.query("select gemba.audit('file_limits.updated', 'file_limits', $1, null, 'success', $2)", &[&organization.0, &detail]).await?;
    Ok(())
}

/// Reserves room for a file before its first byte, and returns how much of it: what is announced, or all that it may hold.
///
/// # Errors
/// 413 `file_too_large`; 409 `quota_exceeded`.
pub(super) async fn reserve(tx: &mut Tx, files: &Files, id: Uuid, announced: Option<u64>) -> Result<u64> {
    let (organization, by, now) = (tx.caller().organization, tx.caller().principal.label(), tx.now());
    tx.execute("insert into file_usage (organization_id) values ($1) on conflict do nothing", &[&organization]).await?;
    let lock = "select from file_usage where organization_id = $1 for update";
    tx.query(lock, &[&organization]).await?;
    let limits = limits_of(tx, files).await?;
    let unsigned = |bytes: i64| u64::try_from(bytes).unwrap_or(0);
    let largest = unsigned(limits.largest_bytes);
    let room = unsigned(limits.quota_bytes).saturating_sub(unsigned(limits.used_bytes));
    if announced.is_some_and(|bytes| bytes > largest) {
        return Err(too_large(largest));
    }
    if announced.unwrap_or(1) > room {
        return Err(quota_exceeded(unsigned(limits.quota_bytes)));
    }
    let reserved = announced.unwrap_or(largest.min(room));
    let size = i64::try_from(reserved).unwrap_or(i64::MAX);
    let insert = "insert into file_uploads (organization_id, id, size_bytes, started_at, started_by) values ($1, $2, $3, $4, $5)";
    tx.execute(insert, &[&organization, &id, &size, &now, &by]).await?;
    Ok(reserved)
}

pub(super) fn too_large(largest: u64) -> Error {
    Error::new(
        Family::TooLarge,
        "file_too_large",
        format!("the file is larger than {} that this organization may send", megabytes(largest)),
    )
}

fn quota_exceeded(quota: u64) -> Error {
    let detail = format!("the files of this organization may hold {} together, and this one does not fit any more", megabytes(quota));
    Error::conflict("quota_exceeded", detail)
}

fn megabytes(bytes: u64) -> String {
    if bytes >= 1 << 20 { format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20)) } else { format!("{bytes} bytes") }
}

/// Makes a file of what was received; it belongs to nothing where `to` is nothing.
///
/// # Errors
/// 409 `upload_lost` where it took so long that it was given up.
pub(super) async fn keep(tx: &mut Tx, files: &Files, received: &Received, to: Option<Belongs>) -> Result<File> {
    let (organization, by, now) = (tx.caller().organization, tx.caller().principal.label(), tx.now());
    let removed = tx.execute("delete from file_uploads where organization_id = $1 and id = $2", &[&organization, &received.id]).await?;
    if removed == 0 {
        return Err(Error::conflict("upload_lost", "the upload took so long that it was given up; send the file again"));
    }
    let size = i64::try_from(received.size).map_err(Error::internal)?;
    let scans = files.0.scanner.is_some();
    let state = if scans { "scanning" } else { "clean" };
    let (kind, record, plant) = (to.map(|to| to.kind), to.map(|to| to.record), to.and_then(|to| to.plant));
    let row = tx
        .query_one(
            concat!(
                "insert into files (organization_id, id, plant_id, kind, record_id, name, media_type, size_bytes, sha256, state, created_at, created_by)
                 values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) returning ",
                columns!()
            ),
            &[&organization, &received.id, &plant, &kind, &record, &received.name, &received.media_type, &size, &&received.sha256[..], &state, &now, &by],
        )
        .await?;
    if scans || (thumbnails::are_made_of(&received.media_type) && received.size <= thumbnails::LARGEST_FILE as u64) {
        inspect(tx, received.id).await?;
    }
    let file = of_row(&row);
    if let Some(to) = to {
        tell(tx, to, "file_attached", &file).await?;
    }
    Ok(file)
}

/// Has a file looked at.
pub(super) async fn inspect(tx: &mut Tx, file: Uuid) -> Result<()> {
    let order = Order {
        title: "Look at a file".into(),
        payload: json!({ "file": file }),
        concurrency_key: Some(format!("file {file}")),
        ..Order::default()
    };
    runs::enqueue(tx, &INSPECT, order).await.map(|_| ())
}

/// Says in the trail, about the record that a file belongs to, what happened to the file: whoever may read the record may learn of it.
pub(super) async fn tell(tx: &mut Tx, to: Belongs, verb: &str, file: &File) -> Result<()> {
    let action = format!("{}.{verb}", to.kind);
    let detail = json!({ "file": file.id, "media_type": file.media_type, "size_bytes": file.size_bytes, "sha256": file.sha256, "field": file.field });
    tx.query("select gemba.audit($1, $2, $3, $4, 'success', $5)", &[&action, &to.kind, &to.record, &to.plant.map(PlantId), &detail])
        .await?;
    Ok(())
}

/// Makes what was received an attachment of a record; that the caller may do so is for the caller of this to have asked.
///
/// # Errors
/// As [`keep`]; 409 `too_many_attachments`.
pub async fn attach(tx: &mut Tx, files: &Files, received: &Received, to: Belongs) -> Result<File> {
    let organization = tx.caller().organization;
    let count =
        "select count(*) from files where organization_id = $1 and kind = $2 and record_id = $3 and field is null and deleted_at is null";
    if tx.query_one(count, &[&organization, &to.kind, &to.record]).await?.get::<_, i64>(0) >= ATTACHMENTS {
        return Err(Error::conflict(
            "too_many_attachments",
            format!("a record has {ATTACHMENTS} attachments at most; take some away first"),
        ));
    }
    keep(tx, files, received, Some(to)).await
}

/// A page of the attachments of a record, the oldest first. Whether the caller may see the record is for the caller of this to have checked.
///
/// # Errors
/// 400 for a cursor of another list.
pub(crate) async fn attachments(tx: &mut Tx, kind: &str, record: Uuid, page: &Page) -> Result<Paged<File>> {
    let (organization, limit) = (tx.caller().organization, i64::from(page.limit) + 1);
    let after = match &page.after {
        None => None,
        Some(cursor) => {
            cursor.of_sort("id")?;
            Some(cursor.id)
        }
    };
    let rows = tx
        .query(
            concat!(
                "select ",
                columns!(),
                " from files where organization_id = $1 and kind = $2 and record_id = $3 and field is null and deleted_at is null
                 and ($4::uuid is null or id > $4) order by id limit $5"
            ),
            &[&organization, &kind, &record, &after, &limit],
        )
        .await?;
    Ok(Paged::of(rows.iter().map(of_row).collect(), page, |last| Cursor { sort: "id".into(), values: Vec::new(), id: last.id }))
}

/// A file that was not taken away, whoever may see it.
pub(super) async fn find(tx: &mut Tx, id: Uuid, lock: Lock) -> Result<Option<File>> {
    let organization = tx.caller().organization;
    let query = match lock {
        Lock::None => concat!("select ", columns!(), " from files where organization_id = $1 and id = $2 and deleted_at is null"),
        Lock::Change => {
            concat!("select ", columns!(), " from files where organization_id = $1 and id = $2 and deleted_at is null for update")
        }
    };
    Ok(tx.query_opt(query, &[&organization, &id]).await?.as_ref().map(of_row))
}

/// Whether a file is looked at or changed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Lock {
    None,
    Change,
}

/// Takes a file away; its content goes later.
pub(super) async fn delete(tx: &mut Tx, id: Uuid) -> Result<()> {
    let (organization, by, now) = (tx.caller().organization, tx.caller().principal.label(), tx.now());
    let delete = "update files set deleted_at = $3, deleted_by = $4, version = version + 1 where organization_id = $1 and id = $2";
    tx.execute(delete, &[&organization, &id, &now, &by]).await?;
    Ok(())
}

/// What came of looking at a file.
pub(super) async fn judged(tx: &mut Tx, id: Uuid, state: &str, finding: Option<&str>) -> Result<Option<File>> {
    let organization = tx.caller().organization;
    let update = concat!(
        "update files set state = $3, finding = $4, version = version + 1 where organization_id = $1 and id = $2 and state <> 'quarantined' and state <> $3 returning ",
        columns!()
    );
    Ok(tx.query_opt(update, &[&organization, &id, &state, &finding]).await?.as_ref().map(of_row))
}

/// That there is a small image of a file, and how large the file's own is (pixels).
pub(super) async fn pictured(tx: &mut Tx, id: Uuid, width: i32, height: i32) -> Result<()> {
    let organization = tx.caller().organization;
    let update = "update files set thumbnail = true, width = $3, height = $4, version = version + 1 where organization_id = $1 and id = $2";
    tx.execute(update, &[&organization, &id, &width, &height]).await?;
    Ok(())
}

/// What a custom field of a record is to hold.
#[derive(Clone, Copy, Debug)]
pub struct Claim<'a> {
    /// The file.
    pub file: Uuid,
    /// The record and its kind.
    pub to: Belongs,
    /// The custom field.
    pub field: &'a str,
}

/// Whether a file may become the value of this field: the caller sent it and it belongs to nothing yet, or it is the value already. Locks it.
///
/// # Errors
/// When the database fails; what speaks against it is in the answer.
pub async fn claim(tx: &mut Tx, claim: Claim<'_>) -> Result<Result<(), FieldError>> {
    let wrong = |code, detail: &str| Ok(Err(FieldError::new("", code, detail)));
    let unknown = "there is no such file, or it is not yours, or it belongs to something else; send one with POST /api/v1/files";
    let Some(file) = find(tx, claim.file, Lock::Change).await? else { return wrong("unknown_reference", unknown) };
    let is_own = file.kind.as_deref() == Some(claim.to.kind)
        && file.record_id == Some(claim.to.record)
        && file.field.as_deref() == Some(claim.field);
    let is_free = file.kind.is_none() && file.created_by == tx.caller().principal.label();
    match file.state {
        _ if !is_own && !is_free => wrong("unknown_reference", unknown),
        FileState::Quarantined => wrong("file_quarantined", "something was found in the file; it cannot be used"),
        _ => Ok(Ok(())),
    }
}

/// Makes a file that [`claim`] allowed the value of a field.
pub(crate) async fn give(tx: &mut Tx, claim: Claim<'_>) -> Result<()> {
    let organization = tx.caller().organization;
    let update = concat!(
        "update files set kind = $3, record_id = $4, plant_id = $5, field = $6, version = version + 1
         where organization_id = $1 and id = $2 and kind is null returning ",
        columns!()
    );
    let row = tx.query_opt(update, &[&organization, &claim.file, &claim.to.kind, &claim.to.record, &claim.to.plant, &claim.field]).await?;
    match row {
        Some(row) => tell(tx, claim.to, "file_attached", &of_row(&row)).await,
        None => Ok(()),
    }
}

/// Takes away the file that was the value of a field and is no longer.
pub(crate) async fn release(tx: &mut Tx, claim: Claim<'_>) -> Result<()> {
    let Some(file) = find(tx, claim.file, Lock::Change).await? else { return Ok(()) };
    if file.record_id != Some(claim.to.record) || file.field.as_deref() != Some(claim.field) {
        return Ok(());
    }
    delete(tx, claim.file).await?;
    tell(tx, claim.to, "file_detached", &file).await
}
