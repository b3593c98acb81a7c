//! Traces and recalls of lots and serials.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use platform::http::{App, OpenApiRouter, Page, PageQuery, Path, Query, routes};
use platform::{Caller, Error, Result};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use super::recall::{self, Recall};
use super::trace::{self, Trace, TraceQuery};
use super::{from_lot, from_serial};

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(trace_lot)).routes(routes!(trace_serial)).routes(routes!(recall_lot)).routes(routes!(recall_serial))
}

/// What a lot was made of, or what was made of it: a graph.
#[utoipa::path(get, path = "/lots/{id}/trace", tag = "Genealogy", params(("id" = Uuid, Path, description = "The lot."), TraceQuery),
    responses((status = 200, body = Trace)), extensions(("x-permission" = json!("inventory.genealogy.read"))))]
async fn trace_lot(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>, Query(query): Query<TraceQuery>) -> Result<Json<Trace>> {
    let mut tx = app.read(&caller).await?;
    let start = from_lot(&mut tx, id).await?;
    let found = trace::trace(&mut tx, start, &query).await?;
    tx.commit().await?;
    Ok(Json(found))
}

/// What a piece was made of, or what was made of it: a graph.
#[utoipa::path(get, path = "/serials/{id}/trace", tag = "Genealogy", params(("id" = Uuid, Path, description = "The serial."), TraceQuery),
    responses((status = 200, body = Trace)), extensions(("x-permission" = json!("inventory.genealogy.read"))))]
async fn trace_serial(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Query(query): Query<TraceQuery>,
) -> Result<Json<Trace>> {
    let mut tx = app.read(&caller).await?;
    let start = from_serial(&mut tx, id).await?;
    let found = trace::trace(&mut tx, start, &query).await?;
    tx.commit().await?;
    Ok(Json(found))
}

/// How a recall list is wanted.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct RecallQuery {
    /// json in pages, or csv for the whole list in one file.
    #[param(default = "json", example = "csv")]
    format: Option<String>,
}

/// Everything that a lot went into, and where it is: in pages, or as one file with `format=csv`.
#[utoipa::path(get, path = "/lots/{id}/recall", tag = "Genealogy", params(("id" = Uuid, Path, description = "The lot."), RecallQuery, PageQuery),
    responses((status = 200, content((Recall = "application/json"), (String = "text/csv")))),
    extensions(("x-permission" = json!("inventory.genealogy.read"))))]
async fn recall_lot(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    page: Page,
    Query(query): Query<RecallQuery>,
) -> Result<Response> {
    let mut tx = app.read(&caller).await?;
    let start = from_lot(&mut tx, id).await?;
    let answer = answer(&mut tx, start, &page, query).await?;
    tx.commit().await?;
    Ok(answer)
}

/// Everything that a piece went into, and where it is: in pages, or as one file with `format=csv`.
#[utoipa::path(get, path = "/serials/{id}/recall", tag = "Genealogy",
    params(("id" = Uuid, Path, description = "The serial."), RecallQuery, PageQuery),
    responses((status = 200, content((Recall = "application/json"), (String = "text/csv")))),
    extensions(("x-permission" = json!("inventory.genealogy.read"))))]
async fn recall_serial(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    page: Page,
    Query(query): Query<RecallQuery>,
) -> Result<Response> {
    let mut tx = app.read(&caller).await?;
    let start = from_serial(&mut tx, id).await?;
    let answer = answer(&mut tx, start, &page, query).await?;
    tx.commit().await?;
    Ok(answer)
}

async fn answer(tx: &mut platform::Tx, start: super::Start, page: &Page, query: RecallQuery) -> Result<Response> {
    match query.format.as_deref() {
        None | Some("json") => Ok(Json(recall::page(tx, start, page).await?).into_response()),
        Some("csv") => {
            let text = recall::csv(tx, start).await?;
            let headers = [(CONTENT_TYPE, "text/csv; charset=utf-8"), (CONTENT_DISPOSITION, "attachment; filename=\"recall.csv\"")];
            Ok((headers, text).into_response())
        }
        Some(other) => {
            let shown: String = other.chars().take(20).collect();
            Err(Error::new(platform::error::Kind::Malformed, "bad_parameter", format!("format: found {shown}, expected json or csv")))
        }
    }
}
