//! Import sessions over HTTP.

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use http::header::LOCATION;
use http::{HeaderValue, StatusCode};
use platform::caller::Scope;
use platform::http::{App, Cursor, ETag, IfMatch, IfMatchHeader, OpenApiRouter, Page, PageQuery, Paged, Path, Query, Unread, routes};
use platform::ids::{PlantId, RunId};
use platform::places::seen;
use platform::resource::Kinds;
use platform::runs::{self, Prefer, WorkKind};
use platform::{Caller, Error, Permission, Result, Tx};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio_postgres::Row;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use workbook::RowOptions;

use super::session::{self, Mode, Said, Session};
use super::work::{COMMIT, READ, UNDO, ask};
use super::{IMPORT_CREATE, IMPORT_READ, commit, undo, upload};

/// The operations.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_plant_imports, create_plant_import))
        .routes(routes!(list_imports))
        .routes(routes!(read_import, change_import, delete_import))
        .routes(routes!(replace_import_file))
        .routes(routes!(list_import_issues))
        .routes(routes!(list_import_changes))
        .routes(routes!(read_import_cells))
        .routes(routes!(commit_import))
        .routes(routes!(undo_import))
        .routes(routes!(list_import_meanings))
}

/// What a file is brought in as.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct UploadQuery {
    /// What the file is called, where the body is the file itself.
    #[param(example = "plant.xlsx")]
    name: Option<String>,
    /// What of it is brought in: create, update or merge.
    #[serde(default)]
    #[param(inline)]
    mode: Mode,
}

/// Import sessions of a plant, the newest first.
#[utoipa::path(get, path = "/plants/{id}/imports", tag = "Imports", params(("id" = Uuid, Path, description = "The plant."), PageQuery),
    responses((status = 200, body = Paged<Session>)), extensions(("x-permission" = json!("planning.import.read"))))]
async fn list_plant_imports(State(app): State<App>, caller: Caller, Path(plant): Path<Uuid>, page: Page) -> Result<Json<Paged<Session>>> {
    seen(&app, &caller, plant).await?;
    caller.require(IMPORT_READ, Scope::Plant(PlantId(plant)))?;
    let mut tx = app.read(&caller).await?;
    let found = session::list(&mut tx, Some(plant), &page).await?;
    tx.commit().await?;
    Ok(Json(found))
}

/// Import sessions of all plants that the caller sees, the newest first.
#[utoipa::path(get, path = "/imports", tag = "Imports", params(PageQuery), responses((status = 200, body = Paged<Session>)),
    extensions(("x-permission" = json!("planning.import.read"))))]
async fn list_imports(State(app): State<App>, caller: Caller, page: Page) -> Result<Json<Paged<Session>>> {
    if !caller.may_somewhere(IMPORT_READ) {
        return Err(caller.refusal(IMPORT_READ, Scope::Organization));
    }
    let mut tx = app.read(&caller).await?;
    let found = session::list(&mut tx, None, &page).await?;
    tx.commit().await?;
    Ok(Json(found))
}

/// Bring a file into a plant: a workbook, a CSV file or the desktop tool's project, as the body itself or as the file of a form. The answer is an
/// import session, whose run reads the file; with `Prefer: wait=10` once it is read. Nothing of the plant is changed.
#[utoipa::path(post, path = "/plants/{id}/imports", tag = "Imports", params(("id" = Uuid, Path, description = "The plant."), UploadQuery),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 202, body = Session), (status = 201, body = Session)), extensions(("x-permission" = json!("planning.import.create"))))]
async fn create_plant_import(
    State(app): State<App>,
    caller: Caller,
    Path(plant): Path<Uuid>,
    Query(asked): Query<UploadQuery>,
    prefer: Prefer,
    request: Request,
) -> Result<Response> {
    seen(&app, &caller, plant).await?;
    caller.require(IMPORT_CREATE, Scope::Plant(PlantId(plant)))?;
    let file = upload::read(&app, asked.name, request).await?;
    let mut tx = app.begin(&caller).await?;
    let id = session::open(&mut tx, PlantId(plant), &file, asked.mode).await?;
    let session = session::lock(&mut tx, id).await?;
    let run = ask(&mut tx, &session, &READ).await?;
    tx.commit().await?;
    answer(&app, &caller, id, run, prefer, StatusCode::CREATED).await
}

/// One import session.
#[utoipa::path(get, path = "/imports/{id}", tag = "Imports", params(("id" = Uuid, Path, description = "The session.")),
    responses((status = 200, body = Session)), extensions(("x-permission" = json!("planning.import.read"))))]
async fn read_import(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>) -> Result<Response> {
    let mut tx = app.read(&caller).await?;
    let session = session::find(&mut tx, id).await?;
    tx.commit().await?;
    Ok((ETag(session.version), Json(session)).into_response())
}

/// Say what sheets and columns mean, correct cells, choose the mode; the file is read again then.
#[utoipa::path(patch, path = "/imports/{id}", tag = "Imports", params(("id" = Uuid, Path, description = "The session."), IfMatchHeader),
    request_body = Said, responses((status = 202, body = Session), (status = 200, body = Session)),
    extensions(("x-permission" = json!("planning.import.create"))))]
async fn change_import(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    meant: IfMatch,
    prefer: Prefer,
    body: Unread<Said>,
) -> Result<Response> {
    allowed(&app, &caller, id, IMPORT_CREATE).await?;
    let said = body.read().await?;
    let mut tx = app.begin(&caller).await?;
    let session = session::say(&mut tx, id, meant, said).await?;
    let run = ask(&mut tx, &session, &READ).await?;
    tx.commit().await?;
    answer(&app, &caller, id, run, prefer, StatusCode::OK).await
}

/// Another file in the place of the first. What was said about sheets stays, what was said about cells does not.
#[utoipa::path(put, path = "/imports/{id}/file", tag = "Imports",
    params(("id" = Uuid, Path, description = "The session."), UploadQuery, IfMatchHeader),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 202, body = Session), (status = 200, body = Session)), extensions(("x-permission" = json!("planning.import.create"))))]
async fn replace_import_file(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Query(asked): Query<UploadQuery>,
    meant: IfMatch,
    prefer: Prefer,
    request: Request,
) -> Result<Response> {
    allowed(&app, &caller, id, IMPORT_CREATE).await?;
    let file = upload::read(&app, asked.name, request).await?;
    let mut tx = app.begin(&caller).await?;
    let session = session::replace_file(&mut tx, id, meant, &file).await?;
    let run = ask(&mut tx, &session, &READ).await?;
    tx.commit().await?;
    answer(&app, &caller, id, run, prefer, StatusCode::OK).await
}

/// Forget a session whose changes were not made.
#[utoipa::path(delete, path = "/imports/{id}", tag = "Imports", params(("id" = Uuid, Path, description = "The session.")),
    responses((status = 204)), extensions(("x-permission" = json!("planning.import.create"))))]
async fn delete_import(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>) -> Result<StatusCode> {
    let mut tx = app.begin(&caller).await?;
    session::forget(&mut tx, id).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Which issues are wanted.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct IssuesQuery {
    /// error, warning or note.
    #[param(example = "error")]
    severity: Option<String>,
    /// A sheet.
    sheet: Option<String>,
    /// A code.
    #[param(example = "unknown_line")]
    code: Option<String>,
}

/// Something that was found in a file.
#[derive(Debug, Serialize, ToSchema)]
struct ImportIssue {
    /// Its number: errors first, then warnings, then notes, each by sheet, row and column.
    number: i32,
    /// error, warning or note.
    #[schema(example = "error")]
    severity: String,
    /// A stable code.
    #[schema(example = "unknown_line")]
    code: String,
    /// The sheet; empty when it concerns the file.
    #[schema(example = "Compatibilities")]
    sheet: String,
    /// The row as Excel counts.
    #[schema(example = 41)]
    row: Option<i32>,
    /// The column: its letter and heading.
    #[schema(example = "B (Line)")]
    column: Option<String>,
    /// What was found.
    #[schema(example = "SMT-O1")]
    found: String,
    /// What is expected instead.
    #[schema(example = "a line of the sheet of lines")]
    expected: String,
    /// A sentence to act on.
    #[schema(example = "unknown line 'SMT-O1'; did you mean 'SMT-01'?")]
    message: String,
}

/// Everything that was found in the file: errors, warnings, notes, by sheet, row and column.
#[utoipa::path(get, path = "/imports/{id}/issues", tag = "Imports",
    params(("id" = Uuid, Path, description = "The session."), IssuesQuery, PageQuery), responses((status = 200, body = Paged<ImportIssue>)),
    extensions(("x-permission" = json!("planning.import.read"))))]
async fn list_import_issues(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    page: Page,
    Query(wanted): Query<IssuesQuery>,
) -> Result<Json<Paged<ImportIssue>>> {
    one_of("severity", wanted.severity.as_deref(), &["error", "warning", "note"])?;
    let mut tx = app.read(&caller).await?;
    session::find(&mut tx, id).await?;
    let (after, limit) = (after(&page)?, i64::from(page.limit) + 1);
    let sql = "select number, severity, code, sheet, row_number, column_name, found, expected, message from import_issues
        where organization_id = $1 and import_id = $2 and number > $3 and ($4::text is null or severity = $4)
            and ($5::text is null or sheet = $5) and ($6::text is null or code = $6)
        order by number limit $7";
    let params: platform::database::Params<'_> =
        &[&caller.organization, &id, &after, &wanted.severity, &wanted.sheet, &wanted.code, &limit];
    let rows = tx.query(sql, params).await?;
    tx.commit().await?;
    let issue = |row: &Row| ImportIssue {
        number: row.get(0),
        severity: row.get(1),
        code: row.get(2),
        sheet: row.get(3),
        row: row.get(4),
        column: row.get(5),
        found: row.get(6),
        expected: row.get(7),
        message: row.get(8),
    };
    Ok(Json(Paged::of(rows.iter().map(issue).collect(), &page, |last: &ImportIssue| by_number(last.number, id))))
}

/// A word that a list knows: another one would find nothing, as if nothing were wrong.
fn one_of(name: &str, said: Option<&str>, known: &[&str]) -> Result<()> {
    match said {
        Some(said) if !known.contains(&said) => {
            let detail = format!("{name}: found {said}, expected one of {}", known.join(", "));
            Err(Error::new(platform::error::Kind::Malformed, "bad_parameter", detail))
        }
        _ => Ok(()),
    }
}

fn after(page: &Page) -> Result<i32> {
    let Some(after) = &page.after else { return Ok(-1) };
    after.of_sort("number")?;
    Ok(after.values.first().and_then(Value::as_i64).and_then(|number| i32::try_from(number).ok()).unwrap_or(-1))
}

fn by_number(number: i32, id: Uuid) -> Cursor {
    Cursor { sort: "number".into(), values: vec![json!(number)], id }
}

/// Which changes are wanted.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ChangesQuery {
    /// A kind of record.
    #[param(example = "line")]
    kind: Option<String>,
    /// created, updated, restored, unchanged or left.
    #[param(example = "updated")]
    change: Option<String>,
}

/// What happens to a record.
#[derive(Debug, Serialize, ToSchema)]
struct ImportRecordChange {
    /// Its number.
    number: i32,
    /// The kind of record.
    #[schema(example = "line")]
    kind: String,
    /// The record, or what it will be.
    record_id: Uuid,
    /// created, updated, restored (it was archived), unchanged, or left.
    #[schema(example = "updated")]
    change: String,
    /// What people call it.
    #[schema(example = "SMT-01")]
    label: String,
    /// The sheet that speaks of it.
    #[schema(example = "Lines")]
    sheet: String,
    /// The row as Excel counts.
    #[schema(example = 7)]
    row: Option<i32>,
    /// Members that differ, each as it is and as it is to be.
    #[schema(value_type = Vec<Object>)]
    fields: Vec<FieldChange>,
    /// Why it is left.
    left_because: Option<String>,
}

#[derive(Debug, Serialize)]
struct FieldChange {
    field: String,
    before: Value,
    after: Value,
}

/// What the file changes, record by record: before it is committed what it would do, afterwards what it did.
#[utoipa::path(get, path = "/imports/{id}/changes", tag = "Imports",
    params(("id" = Uuid, Path, description = "The session."), ChangesQuery, PageQuery),
    responses((status = 200, body = Paged<ImportRecordChange>)), extensions(("x-permission" = json!("planning.import.read"))))]
async fn list_import_changes(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    page: Page,
    Query(wanted): Query<ChangesQuery>,
) -> Result<Json<Paged<ImportRecordChange>>> {
    one_of("change", wanted.change.as_deref(), &["created", "updated", "restored", "unchanged", "left"])?;
    let mut tx = app.read(&caller).await?;
    session::find(&mut tx, id).await?;
    let (after, limit) = (after(&page)?, i64::from(page.limit) + 1);
    let sql = "select number, kind, record_id, case when left_because is null then change else 'left' end, label, sheet, row_number, before, after,
            left_because
        from import_changes
        where organization_id = $1 and import_id = $2 and number > $3 and ($4::text is null or kind = $4)
            and ($5::text is null or case when left_because is null then change else 'left' end = $5)
        order by number limit $6";
    let rows = tx.query(sql, &[&caller.organization, &id, &after, &wanted.kind, &wanted.change, &limit]).await?;
    tx.commit().await?;
    Ok(Json(Paged::of(rows.iter().map(record_change).collect(), &page, |last: &ImportRecordChange| by_number(last.number, id))))
}

fn record_change(row: &Row) -> ImportRecordChange {
    let (before, after): (Option<Value>, Value) = (row.get(7), row.get(8));
    let field = |(name, value): (&String, &Value)| FieldChange {
        field: name.clone(),
        before: before.as_ref().and_then(|before| before.get(name)).cloned().unwrap_or(Value::Null),
        after: value.clone(),
    };
    ImportRecordChange {
        number: row.get(0),
        kind: row.get(1),
        record_id: row.get(2),
        change: row.get(3),
        label: row.get(4),
        sheet: row.get(5),
        row: row.get(6),
        fields: after.as_object().into_iter().flatten().map(field).collect(),
        left_because: row.get(9),
    }
}

/// Which cells are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct CellsQuery {
    /// The sheet.
    #[param(example = "Lines")]
    sheet: String,
    /// The first row wanted, as Excel counts.
    #[serde(default)]
    #[param(example = 1, minimum = 1)]
    from: u32,
    /// Rows at most, 1 to 500.
    #[param(example = 50, minimum = 1, maximum = 500)]
    rows: Option<usize>,
}

/// A row of a sheet.
#[derive(Debug, Serialize, ToSchema)]
struct ImportRow {
    /// The row as Excel counts.
    #[schema(example = 7)]
    row: u32,
    /// Its filled cells by letter, corrections included.
    #[schema(value_type = Object)]
    cells: std::collections::BTreeMap<String, String>,
}

/// Cells of a sheet of the file, corrections included.
#[utoipa::path(get, path = "/imports/{id}/cells", tag = "Imports", params(("id" = Uuid, Path, description = "The session."), CellsQuery),
    responses((status = 200, body = Vec<ImportRow>)), extensions(("x-permission" = json!("planning.import.read"))))]
async fn read_import_cells(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    wanted: Result<Query<CellsQuery>>,
) -> Result<Json<Vec<ImportRow>>> {
    let mut tx = app.read(&caller).await?;
    let session = session::find(&mut tx, id).await?;
    let Query(wanted) = wanted?;
    let content = session::file(&mut tx, id).await?;
    tx.commit().await?;
    let wishes = workbook::Wishes { corrections: session::corrections(&session.corrections), ..workbook::Wishes::default() };
    let options = RowOptions { file_name: session.file_name, wishes, ..RowOptions::default() };
    let rows = wanted.rows.unwrap_or(50).clamp(1, 500);
    let reading = tokio::task::spawn_blocking(move || workbook::cells_of(&content, &options, &wanted.sheet, wanted.from, rows));
    let found = reading.await.map_err(Error::internal)?.ok_or_else(|| Error::not_found("sheet of the file"))?;
    Ok(Json(found.into_iter().map(|(row, cells)| ImportRow { row, cells: cells.into_iter().collect() }).collect()))
}

/// Make the changes that were shown: all of them, or none where a record is no longer as it was shown. 202 with the run, or with
/// `Prefer: wait=10` the run once it has ended.
#[utoipa::path(post, path = "/imports/{id}/commit", tag = "Imports", params(("id" = Uuid, Path, description = "The session."), IfMatchHeader),
    responses((status = 202, body = ref("#/components/schemas/Run")), (status = 200, body = ref("#/components/schemas/Run"))),
    extensions(("x-permission" = json!("planning.import.commit"))))]
async fn commit_import(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>, meant: IfMatch, prefer: Prefer) -> Result<Response> {
    let mut tx = app.begin(&caller).await?;
    let session = commit::committable(&mut tx, id, meant).await?;
    started(&app, &caller, tx, &session, &COMMIT, prefer).await
}

/// Take the changes back: all of them, or none where a record was changed or used since; the refusal lists what.
#[utoipa::path(post, path = "/imports/{id}/undo", tag = "Imports", params(("id" = Uuid, Path, description = "The session."), IfMatchHeader),
    responses((status = 202, body = ref("#/components/schemas/Run")), (status = 200, body = ref("#/components/schemas/Run"))),
    extensions(("x-permission" = json!("planning.import.commit"))))]
async fn undo_import(
    State(app): State<App>,
    Extension(kinds): Extension<Kinds>,
    caller: Caller,
    Path(id): Path<Uuid>,
    meant: IfMatch,
    prefer: Prefer,
) -> Result<Response> {
    let mut tx = app.begin(&caller).await?;
    let session = undo::undoable(&mut tx, &kinds, id, meant).await?;
    started(&app, &caller, tx, &session, &UNDO, prefer).await
}

async fn started(app: &App, caller: &Caller, mut tx: Tx, session: &Session, kind: &WorkKind, prefer: Prefer) -> Result<Response> {
    let run = ask(&mut tx, session, kind).await?;
    tx.commit().await?;
    runs::wait_for(app, caller, run, prefer).await
}

/// What a kind of sheet and its columns can be said to hold.
#[derive(Debug, Serialize, ToSchema)]
struct ImportMeaning {
    /// The kind of sheet.
    #[schema(example = "lines")]
    meaning: &'static str,
    /// What its columns can hold, and whether such a sheet cannot be read without; beside them `volume of 2027` and `operating days of 2027`.
    #[schema(value_type = Vec<Object>)]
    columns: Vec<workbook::ColumnMeaning>,
}

/// What sheets and columns can be said to hold.
#[utoipa::path(get, path = "/import-meanings", tag = "Imports", responses((status = 200, body = Vec<ImportMeaning>)),
    extensions(("x-permission" = json!("planning.import.read"))))]
async fn list_import_meanings(caller: Caller) -> Result<Json<Vec<ImportMeaning>>> {
    if !caller.may_somewhere(IMPORT_READ) {
        return Err(caller.refusal(IMPORT_READ, Scope::Organization));
    }
    let of = |of: workbook::Meaning| ImportMeaning { meaning: of.meaning, columns: of.columns };
    Ok(Json(workbook::meanings().into_iter().map(of).collect()))
}

/// The session once its run has ended, or 202 with where to look.
async fn answer(app: &App, caller: &Caller, id: Uuid, run: RunId, prefer: Prefer, status: StatusCode) -> Result<Response> {
    // The run's own answer says whether it ended within the time.
    let ended = runs::wait_for(app, caller, run, prefer).await?.status() == StatusCode::OK;
    let mut tx = app.read(caller).await?;
    let session = session::find(&mut tx, id).await?;
    tx.commit().await?;
    let location = HeaderValue::from_str(&format!("/api/v1/imports/{id}")).map_err(Error::internal)?;
    let status = if ended { status } else { StatusCode::ACCEPTED };
    Ok((status, [(LOCATION, location)], ETag(session.version), Json(session)).into_response())
}

/// Whether the caller may do this with a session: asked before anything else is looked at.
async fn allowed(app: &App, caller: &Caller, id: Uuid, permission: Permission) -> Result<()> {
    let mut tx = app.read(caller).await?;
    let session = session::find(&mut tx, id).await?;
    tx.commit().await?;
    caller.require(permission, Scope::Plant(PlantId(session.plant_id)))
}
