//! Traces and recalls of lots and serials.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use platform::http::{App, OpenApiRouter, Page, PageQuery, Path, Query, routes};
use platform::{Caller, Error, Result, Tx};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use super::names::Naming;
use super::recall::{self, File, Form, Recall};
use super::trace::{self, Trace, TraceQuery};
use super::{Start, from_lot, from_serial};

/// The media type of a workbook.
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(trace_lot)).routes(routes!(trace_serial)).routes(routes!(recall_lot)).routes(routes!(recall_serial))
}

/// What a lot was made of, or what was made of it: a graph.
#[utoipa::path(get, path = "/lots/{id}/trace", tag = "Genealogy", params(("id" = Uuid, Path, description = "The lot."), TraceQuery),
    responses((status = 200, body = Trace)), extensions(("x-permission" = json!("inventory.genealogy.read"))))]
async fn trace_lot(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>, Query(query): Query<TraceQuery>) -> Result<Json<Trace>> {
    let mut tx = app.read(&caller).await?;
    let start = from_lot(&mut tx, id).await?;
    let found = trace::trace(&mut tx, start, &query, app.part().unwrap_or_default()).await?;
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
    let found = trace::trace(&mut tx, start, &query, app.part().unwrap_or_default()).await?;
    tx.commit().await?;
    Ok(Json(found))
}

/// How a recall list is wanted.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct RecallQuery {
    /// json in pages; csv or xlsx for the whole list in one file.
    #[param(default = "json", example = "csv")]
    format: Option<String>,
}

/// Everything that a lot went into, and where it is: in pages, or as one file with `format=csv` or `xlsx`, which the trail tells of.
#[utoipa::path(get, path = "/lots/{id}/recall", tag = "Genealogy", params(("id" = Uuid, Path, description = "The lot."), RecallQuery, PageQuery),
    responses((status = 200, content((Recall = "application/json"), (String = "text/csv"), (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")))),
    extensions(("x-permission" = json!("inventory.genealogy.read"))))]
async fn recall_lot(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    page: Page,
    Query(query): Query<RecallQuery>,
) -> Result<Response> {
    let mut tx = opened(&app, &caller, &query).await?;
    let start = from_lot(&mut tx, id).await?;
    answer(app, caller, tx, start, &page, query).await
}

/// Everything that a piece went into, and where it is: in pages, or as one file with `format=csv` or `xlsx`, which the trail tells of.
#[utoipa::path(get, path = "/serials/{id}/recall", tag = "Genealogy",
    params(("id" = Uuid, Path, description = "The serial."), RecallQuery, PageQuery),
    responses((status = 200, content((Recall = "application/json"), (String = "text/csv"), (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")))),
    extensions(("x-permission" = json!("inventory.genealogy.read"))))]
async fn recall_serial(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    page: Page,
    Query(query): Query<RecallQuery>,
) -> Result<Response> {
    let mut tx = opened(&app, &caller, &query).await?;
    let start = from_serial(&mut tx, id).await?;
    answer(app, caller, tx, start, &page, query).await
}

/// What is taken as a file is told in the trail, which a reading transaction cannot write.
async fn opened(app: &App, caller: &Caller, query: &RecallQuery) -> Result<Tx> {
    if query.format.as_deref().is_none_or(|format| format == "json") { app.read(caller).await } else { app.begin(caller).await }
}

async fn answer(app: App, caller: Caller, mut tx: Tx, start: Start, page: &Page, query: RecallQuery) -> Result<Response> {
    let naming: Naming = app.part().unwrap_or_default();
    let form = match query.format.as_deref().unwrap_or("json") {
        "csv" => Form::Csv,
        "xlsx" => Form::Xlsx,
        "json" => {
            let found = recall::page(&mut tx, start, page, naming).await?;
            tx.commit().await?;
            return Ok(Json(found).into_response());
        }
        other => {
            let shown: String = other.chars().take(20).collect();
            let detail = format!("format: found {shown}, expected json, csv or xlsx");
            return Err(Error::new(platform::error::Kind::Malformed, "bad_parameter", detail));
        }
    };
    let file = recall::take(&mut tx, start, form, naming).await?;
    tx.commit().await?;
    let named = (CONTENT_DISPOSITION, format!("attachment; filename=\"recall.{}\"", form.text()));
    let (media, body) = match file {
        File::Csv(list) => ("text/csv; charset=utf-8", Body::from_stream(list.csv(app, caller))),
        File::Xlsx(book) => (XLSX, Body::from(book)),
    };
    Ok(([(CONTENT_TYPE, media.to_owned()), named], body).into_response())
}
