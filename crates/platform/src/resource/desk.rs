//! The operations that do not belong to one kind: descriptions of kinds, and saved views.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::files::File;
use crate::http::{App, Body, ETag, IfMatch, OpenApiRouter, Paged, Path, Query, created, routes};
use crate::notifications::Watch;
use crate::resource::bulk::{Bulk, Outcome};
use crate::resource::comments::{Comment, EditedComment, NewComment};
use crate::resource::describe::{Described, describe};
use crate::resource::history::Entry;
use crate::resource::kind::Kinds;
use crate::resource::views::{self, NewView, SavedView};

/// Schemas that the operations of every kind name.
#[derive(utoipa::OpenApi)]
#[openapi(components(schemas(Bulk, Outcome, Comment, NewComment, EditedComment, HistoryPage, CommentPage, File, FilePage, Watch)))]
struct OfEveryKind;

/// A part of what happened to a record.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "only its schema is used: the answer is a `Paged<Entry>`")]
struct HistoryPage {
    /// What happened, the newest first.
    items: Vec<Entry>,
    /// Give it as `cursor` to get the next page; null on the last.
    next_cursor: Option<String>,
}

/// A part of what is said about a record.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "only its schema is used: the answer is a `Paged<Comment>`")]
struct CommentPage {
    /// What is said, the oldest first.
    items: Vec<Comment>,
    /// Give it as `cursor` to get the next page; null on the last.
    next_cursor: Option<String>,
}

/// A part of the files of a record.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "only its schema is used: the answer is a `Paged<File>`")]
struct FilePage {
    /// What is known of them, the oldest first.
    items: Vec<File>,
    /// Give it as `cursor` to get the next page; null on the last.
    next_cursor: Option<String>,
}

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(<OfEveryKind as utoipa::OpenApi>::openapi())
        .routes(routes!(list_kinds))
        .routes(routes!(read_kind))
        .routes(routes!(list_saved_views, create_saved_view))
        .routes(routes!(replace_saved_view, delete_saved_view))
}

/// All kinds of record that the caller may see somewhere, with their fields and the organization's own.
#[utoipa::path(get, path = "/kinds", tag = "Kinds of record", responses((status = 200, body = Paged<Described>)),
    extensions(("x-permission" = json!("signed-in"))))]
async fn list_kinds(State(app): State<App>, Extension(kinds): Extension<Kinds>, caller: Caller) -> Result<Json<Paged<Described>>> {
    let mut tx = app.read(&caller).await?;
    let mut items = Vec::new();
    for kind in kinds.iter().filter(|kind| caller.may_somewhere(kind.verbs.read)) {
        items.push(describe(&mut tx, kind).await?);
    }
    tx.commit().await?;
    Ok(Json(Paged { items, next_cursor: None }))
}

/// One kind of record.
#[utoipa::path(get, path = "/kinds/{name}", tag = "Kinds of record", params(("name" = String, Path, description = "Its name.", example = "plant")),
    responses((status = 200, body = Described)), extensions(("x-permission" = json!("signed-in"))))]
async fn read_kind(
    State(app): State<App>,
    Extension(kinds): Extension<Kinds>,
    caller: Caller,
    Path(name): Path<String>,
) -> Result<Json<Described>> {
    let kind = kinds.find(&name).filter(|kind| caller.may_somewhere(kind.verbs.read)).ok_or_else(|| Error::not_found("kind of record"))?;
    let mut tx = app.read(&caller).await?;
    let described = describe(&mut tx, kind).await?;
    tx.commit().await?;
    Ok(Json(described))
}

/// Which views are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ViewsOf {
    /// Only those of this kind of record.
    #[param(example = "plant")]
    kind: Option<String>,
}

/// The caller's saved views and those that others share.
#[utoipa::path(get, path = "/saved-views", tag = "Saved views", params(ViewsOf), responses((status = 200, body = Paged<SavedView>)),
    extensions(("x-permission" = json!("signed-in"))))]
async fn list_saved_views(State(app): State<App>, caller: Caller, Query(of): Query<ViewsOf>) -> Result<Json<Paged<SavedView>>> {
    if of.kind.as_ref().is_some_and(|kind| kind.contains('\0')) {
        return Ok(Json(Paged { items: Vec::new(), next_cursor: None }));
    }
    let mut tx = app.read(&caller).await?;
    let items = views::list(&mut tx, of.kind.as_deref()).await?;
    tx.commit().await?;
    Ok(Json(Paged { items, next_cursor: None }))
}

/// Remembers a list.
#[utoipa::path(post, path = "/saved-views", tag = "Saved views", request_body = NewView, responses((status = 201, body = SavedView)),
    extensions(("x-permission" = json!("signed-in"))))]
async fn create_saved_view(
    State(app): State<App>,
    Extension(kinds): Extension<Kinds>,
    caller: Caller,
    Body(view): Body<NewView>,
) -> Result<Response> {
    let mut tx = app.begin(&caller).await?;
    let view = views::save(&mut tx, &kinds, view, None).await?;
    tx.commit().await?;
    Ok(created(&format!("/api/v1/saved-views/{}", view.id), view.version, &view))
}

/// Changes a list that is remembered; only its owner.
#[utoipa::path(put, path = "/saved-views/{id}", tag = "Saved views", request_body = NewView, responses((status = 200, body = SavedView)),
    params(("id" = Uuid, Path, description = "The view."), ("If-Match" = String, Header, description = "Its ETag, or `*`.")),
    extensions(("x-permission" = json!("signed-in"))))]
async fn replace_saved_view(
    State(app): State<App>,
    Extension(kinds): Extension<Kinds>,
    caller: Caller,
    Path(id): Path<Uuid>,
    meant: IfMatch,
    Body(view): Body<NewView>,
) -> Result<Response> {
    let mut tx = app.begin(&caller).await?;
    let view = views::save(&mut tx, &kinds, view, Some((id, meant))).await?;
    tx.commit().await?;
    Ok((ETag(view.version), Json(view)).into_response())
}

/// Forgets a list; only its owner.
#[utoipa::path(delete, path = "/saved-views/{id}", tag = "Saved views", responses((status = 204, description = "Forgotten.")),
    params(("id" = Uuid, Path, description = "The view."), ("If-Match" = String, Header, description = "Its ETag, or `*`.")),
    extensions(("x-permission" = json!("signed-in"))))]
async fn delete_saved_view(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>, meant: IfMatch) -> Result<Response> {
    let mut tx = app.begin(&caller).await?;
    views::remove(&mut tx, id, meant).await?;
    tx.commit().await?;
    Ok(http::StatusCode::NO_CONTENT.into_response())
}
