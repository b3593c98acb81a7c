//! Files over HTTP, apart from their record: what is known of one, its content, links to it, and files that are sent to become a record's value.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use http::{HeaderMap, StatusCode};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::caller::Caller;
use crate::database::Tx;
use crate::error::{Error, FieldError, Kind as Family, Result};
use crate::files::links::{LONGEST_S, Link, USUAL_S};
use crate::files::receive::{Named, Upload};
use crate::files::rows::{self, File, FileLimits, Lock};
use crate::files::{Belongs, Files, give};
use crate::http::{App, Body, Client, ETag, IfMatch, IfMatchHeader, OpenApiRouter, Path, Query, created, routes};
use crate::resource::{self, Kind, Kinds};
use crate::standing::Standing;

/// The routes of files that are no single kind's.
pub fn routes(kinds: &Kinds) -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(upload_file))
        .routes(routes!(get_file_limits))
        .routes(routes!(get_file, delete_file))
        .routes(routes!(get_file_content))
        .routes(routes!(get_file_thumbnail))
        .routes(routes!(create_file_link))
        .routes(routes!(open_file_link))
        // A file has a limit of its own, which is its organization's.
        .layer(axum::extract::DefaultBodyLimit::disable())
        .layer(Extension(kinds.clone()))
}

/// Sends a file that a custom field of a record is to hold. It belongs to nothing yet, is its sender's alone, and is removed after a day unless a
/// record names it. Attachments are sent to their record instead: `POST /{records}/{id}/attachments`.
#[utoipa::path(post, path = "/files", tag = "Files", params(Named), request_body(content = FileContent, content_type = "application/octet-stream",
    description = "The file itself; `Content-Type` says what it is, `Repr-Digest` may announce its checksum."),
    responses((status = 201, body = File)), extensions(("x-permission" = json!("signed-in"))))]
async fn upload_file(
    State(app): State<App>,
    Extension(kinds): Extension<Kinds>,
    caller: Caller,
    Query(named): Query<Named>,
    upload: Upload,
) -> Result<Response> {
    let writes = |kind: &Kind| caller.may_somewhere(kind.verbs.create) || caller.may_somewhere(kind.verbs.update);
    if !kinds.iter().any(writes) {
        let detail = "a file is sent for a record, and there is no kind of record that you may make or change";
        return Err(Error::new(Family::Forbidden, "permission_missing", detail));
    }
    let files: Files = app.part()?;
    let received = files.receive(&app.database, &caller, named, upload).await?;
    let kept = async {
        let mut tx = app.begin(&caller).await?;
        let file = rows::keep(&mut tx, &files, &received, None).await?;
        tx.commit().await?;
        Ok::<_, Error>(file)
    };
    match kept.await {
        Ok(file) => Ok(created(&format!("/api/v1/files/{}", file.id), file.version, &file)),
        Err(refused) => {
            files.discard(&app.database, &received).await;
            Err(refused)
        }
    }
}

/// What the organization keeps in files, how much it may, and which types are taken.
#[utoipa::path(get, path = "/files/limits", tag = "Files", responses((status = 200, body = FileLimits)),
    extensions(("x-permission" = json!("signed-in"))))]
async fn get_file_limits(State(app): State<App>, caller: Caller) -> Result<Json<FileLimits>> {
    let mut tx = app.read(&caller).await?;
    let limits = rows::limits_of(&mut tx, &app.part()?).await?;
    tx.commit().await?;
    Ok(Json(limits))
}

/// What is known of a file. Whoever may read its record may.
#[utoipa::path(get, path = "/files/{id}", tag = "Files", params(("id" = Uuid, Path, description = "The file.")),
    responses((status = 200, body = File)), extensions(("x-permission" = json!("signed-in"))))]
async fn get_file(
    State(app): State<App>,
    Extension(kinds): Extension<Kinds>,
    caller: Caller,
    Path(id): Path<Uuid>,
) -> Result<(ETag, Json<File>)> {
    let mut tx = app.read(&caller).await?;
    let file = seen(&mut tx, &kinds, id, Lock::None).await?;
    tx.commit().await?;
    Ok((ETag(file.version), Json(file)))
}

/// Takes a file away. Whoever may change its record may; a value of a custom field is taken away by changing the record. Its content is kept for a
/// while longer (30 days, unless the installation says otherwise), and as long as a legal hold covers it.
#[utoipa::path(delete, path = "/files/{id}", tag = "Files", params(("id" = Uuid, Path, description = "The file."), IfMatchHeader),
    responses((status = 204)), extensions(("x-permission" = json!("signed-in"))))]
async fn delete_file(
    State(app): State<App>,
    Extension(kinds): Extension<Kinds>,
    caller: Caller,
    Path(id): Path<Uuid>,
    meant: IfMatch,
) -> Result<StatusCode> {
    let mut tx = app.begin(&caller).await?;
    let file = seen(&mut tx, &kinds, id, Lock::Change).await?;
    if let Some(field) = &file.field {
        let detail = format!("the file is the value of the field {field}; change the record instead");
        return Err(Error::conflict("is_value", detail));
    }
    let owner = match owner(&kinds, &file) {
        Some((kind, record)) => {
            let plant = resource::changeable(&mut tx, kind, record).await?;
            Some(Belongs { kind: kind.name, record, plant })
        }
        None => None,
    };
    meant.check(file.version)?;
    rows::delete(&mut tx, id).await?;
    if let Some(to) = owner {
        rows::tell(&mut tx, to, "file_detached", &file).await?;
    }
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The content of a file: to be saved, never shown by a browser. `Repr-Digest` holds its checksum; a part of it can be asked for with `Range`.
#[utoipa::path(get, path = "/files/{id}/content", tag = "Files", params(("id" = Uuid, Path, description = "The file.")),
    responses((status = 200, description = "The file.", content_type = "application/octet-stream"), (status = 206, description = "The part asked for."),
        (status = 304, description = "As the client knows it.")),
    extensions(("x-permission" = json!("signed-in"))))]
async fn get_file_content(
    State(app): State<App>,
    Extension(kinds): Extension<Kinds>,
    caller: Caller,
    Path(id): Path<Uuid>,
    headers: HeaderMap,
) -> Result<Response> {
    hand_over(&app, &kinds, &caller, id, &headers, None).await
}

/// The small image of an image: at most 320 pixels to a side, without anything that the original says of places and people.
#[utoipa::path(get, path = "/files/{id}/thumbnail", tag = "Files", params(("id" = Uuid, Path, description = "The file.")),
    responses((status = 200, description = "The small image.", content_type = "image/jpeg")),
    extensions(("x-permission" = json!("signed-in"))))]
async fn get_file_thumbnail(
    State(app): State<App>,
    Extension(kinds): Extension<Kinds>,
    caller: Caller,
    Path(id): Path<Uuid>,
) -> Result<Response> {
    let mut tx = app.read(&caller).await?;
    let file = seen(&mut tx, &kinds, id, Lock::None).await?;
    tx.commit().await?;
    give::thumbnail(&app.part()?, caller.organization, &file).await
}

/// The bytes of a file.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
#[expect(dead_code, reason = "only its schema is used: the body is a stream")]
struct FileContent(Vec<u8>);

/// What a link is to be.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "expires_in_s": 300 }))]
pub struct NewLink {
    /// How long it works (s): 10 to 86,400, five minutes where nothing is said.
    #[schema(minimum = 10, maximum = 86400, default = 300)]
    pub expires_in_s: Option<i64>,
}

/// A link to a file.
#[derive(Debug, Serialize, ToSchema)]
pub struct FileLink {
    /// Its address; whoever has it gets the file.
    #[schema(example = "/api/v1/file-links/AQAAAAAAAAAAAAAAAAAAAAB")]
    pub url: String,
    /// When it ends.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
}

/// Makes a link that opens a file without signing in, for a while. It opens what whoever made it may open at that moment: it ends with their rights,
/// too.
#[utoipa::path(post, path = "/files/{id}/link", tag = "Files", params(("id" = Uuid, Path, description = "The file.")), request_body = NewLink,
    responses((status = 201, body = FileLink)), extensions(("x-permission" = json!("signed-in"))))]
async fn create_file_link(
    State(app): State<App>,
    Extension(kinds): Extension<Kinds>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Body(wanted): Body<NewLink>,
) -> Result<Response> {
    let lasts_s = wanted.expires_in_s.unwrap_or(USUAL_S);
    let mut tx = app.begin(&caller).await?;
    let file = seen(&mut tx, &kinds, id, Lock::None).await?;
    if !(10..=LONGEST_S).contains(&lasts_s) {
        return Err(Error::invalid(vec![FieldError::new("/expires_in_s", "out_of_bounds", "expected 10 to 86,400 s (a day)")]));
    }
    give::may_be_had(&file)?;
    let expires_at = tx.now() + SignedDuration::from_secs(lasts_s);
    let link = Link { organization: caller.organization, file: id, made_by: caller.principal.clone(), expires_at };
    let files: Files = app.part()?;
    let url = format!("/api/v1/file-links/{}", files.links().sign(&link));
    note(&mut tx, &kinds, &file, "file_linked", json!({ "file": id, "expires_at": expires_at })).await?;
    tx.commit().await?;
    let mut response = (StatusCode::CREATED, Json(FileLink { url, expires_at })).into_response();
    response.extensions_mut().insert(crate::http::Secret);
    Ok(response)
}

/// The file behind a link.
#[utoipa::path(get, path = "/file-links/{link}", tag = "Files", params(("link" = String, Path, description = "The link.")),
    responses((status = 200, description = "The file.", content_type = "application/octet-stream"), (status = 206, description = "The part asked for."),
        (status = 304, description = "As the client knows it.")),
    extensions(("x-permission" = json!("public"))))]
async fn open_file_link(
    State(app): State<App>,
    Extension(kinds): Extension<Kinds>,
    client: Client,
    Path(link): Path<String>,
    headers: HeaderMap,
) -> Result<Response> {
    let files: Files = app.part()?;
    let link = files.links().open(&link, app.context().now())?;
    let standing: Arc<dyn Standing> = app.part()?;
    let gone = |_| Error::not_found("link");
    let mut maker = standing.caller(link.organization, &link.made_by, client.request).await.map_err(gone)?;
    maker.ip = client.ip;
    hand_over(&app, &kinds, &maker, link.file, &headers, Some(link.expires_at)).await
}

/// Hands a file over, and says so in the trail.
async fn hand_over(app: &App, kinds: &Kinds, caller: &Caller, id: Uuid, asked: &HeaderMap, by_link: Option<Timestamp>) -> Result<Response> {
    let files: Files = app.part()?;
    let mut tx = app.begin(caller).await?;
    let file = seen(&mut tx, kinds, id, Lock::None).await?;
    give::may_be_had(&file)?;
    note(&mut tx, kinds, &file, "file_downloaded", json!({ "file": id, "sha256": file.sha256, "link_until": by_link })).await?;
    tx.commit().await?;
    give::content(&files, &app.database, caller.organization, &file, asked).await
}

/// Writes into the trail what is no event: that somebody had a file, or made a link to it. It stands with the record, where there is one.
async fn note(tx: &mut Tx, kinds: &Kinds, file: &File, verb: &str, detail: serde_json::Value) -> Result<()> {
    let (kind, record) = owner(kinds, file).map_or(("file", file.id), |(kind, record)| (kind.name, record));
    let action = format!("{kind}.{}", if verb == "file_downloaded" { "file.downloaded" } else { verb });
    tx.query("select gemba.audit($1, $2, $3, $4, 'success', $5)", &[&action, &kind, &record, &file.plant_id, &detail]).await?;
    Ok(())
}

/// The record that a file belongs to, if to one.
fn owner(kinds: &Kinds, file: &File) -> Option<(&'static Kind, Uuid)> {
    Some((kinds.find(file.kind.as_deref()?)?, file.record_id?))
}

/// A file that the caller may see: of a record that they may see, in a field that they may see, or their own that belongs to nothing yet.
///
/// # Errors
/// 404.
async fn seen(tx: &mut Tx, kinds: &Kinds, id: Uuid, lock: Lock) -> Result<File> {
    let file = rows::find(tx, id, lock).await?.ok_or_else(|| Error::not_found("file"))?;
    let allowed = match (owner(kinds, &file), &file.kind) {
        (Some((kind, record)), _) => resource::sees(tx, kind, record, file.field.as_deref()).await,
        (None, None) if file.created_by == tx.caller().principal.label() => Ok(()),
        (None, _) => Err(Error::not_found("file")),
    };
    match allowed {
        Ok(()) => Ok(file),
        Err(hidden) if matches!(hidden.kind, Family::NotFound | Family::Forbidden) => Err(Error::not_found("file")),
        Err(broken) => Err(broken),
    }
}
