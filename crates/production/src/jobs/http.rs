//! Jobs over HTTP.

use axum::Json;
use axum::extract::State;
use platform::caller::Scope;
use platform::error::Kind;
use platform::http::{App, OpenApiRouter, Page, PageQuery, Paged, Path, Query, Unread, routes};
use platform::{Caller, Error, Permission, Result};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::actions::{self, Done, JOB_ASSIGN, JOB_REPORT, Said};
use super::batch;
use super::machines::{self, Chosen};
use super::material::{self, Issue, Issued};
use super::model::{Ruling, Status, Verb};
use super::report::{self, JobReport, Report};
use super::store::{self, Job, Wanted};

/// The operations.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_jobs))
        .routes(routes!(read_job))
        .routes(routes!(assign_job))
        .routes(routes!(choose_job_machine))
        .routes(routes!(start_job))
        .routes(routes!(pause_job))
        .routes(routes!(resume_job))
        .routes(routes!(finish_job))
        .routes(routes!(start_job_setup))
        .routes(routes!(end_job_setup))
        .routes(routes!(report_job, list_job_reports))
        .routes(routes!(issue_job_material))
        .routes(routes!(split_job))
        .routes(routes!(batch_jobs))
        .merge(super::photos::routes())
}

/// Which jobs are wanted.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct JobQuery {
    /// At this line.
    line_id: Option<Uuid>,
    /// Of this plant.
    plant_id: Option<Uuid>,
    /// Of this order.
    manufacturing_order_id: Option<Uuid>,
    /// That stand there; several with commas between.
    #[param(example = "ready,running")]
    status: Option<String>,
}

/// Jobs, in the order in which they were made.
#[utoipa::path(get, path = "/jobs", tag = "Jobs", params(JobQuery, PageQuery), responses((status = 200, body = Paged<Job>)),
    extensions(("x-permission" = json!("production.job.read"))))]
async fn list_jobs(State(app): State<App>, caller: Caller, Query(asked): Query<JobQuery>, page: Page) -> Result<Json<Paged<Job>>> {
    caller.require_somewhere(store::JOB_READ)?;
    let status = asked.status.as_deref().map(statuses).transpose()?.unwrap_or_default();
    let wanted = Wanted { plant: asked.plant_id, line: asked.line_id, order: asked.manufacturing_order_id, status };
    let mut tx = app.read(&caller).await?;
    let found = store::list(&mut tx, &wanted, &page).await?;
    tx.commit().await?;
    Ok(Json(found))
}

fn statuses(text: &str) -> Result<Vec<Status>> {
    let one = |name: &str| Status::ALL.into_iter().find(|status| status.text() == name.trim());
    let unknown = |name: &str| {
        let known: Vec<&str> = Status::ALL.iter().map(|status| status.text()).collect();
        Error::new(Kind::Malformed, "bad_parameter", format!("status: found {name}, expected {}", known.join(", ")))
    };
    text.split(',').map(|name| one(name).ok_or_else(|| unknown(name))).collect()
}

/// A job.
#[utoipa::path(get, path = "/jobs/{id}", tag = "Jobs", params(("id" = Uuid, Path, description = "The job.")), responses((status = 200, body = Job)),
    extensions(("x-permission" = json!("production.job.read"))))]
async fn read_job(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>) -> Result<Json<Job>> {
    let mut tx = app.read(&caller).await?;
    let job = store::find(&mut tx, id).await?;
    tx.commit().await?;
    Ok(Json(job))
}

/// Which line does a job.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = JobAssignment, example = json!({ "line_id": null }))]
struct Assignment {
    /// The line; null for none.
    line_id: Option<Uuid>,
    /// One of its machines; the only one, or its program's, unless said.
    #[serde(default)]
    equipment_id: Option<Uuid>,
}

/// Give a job to a line that can do it and to one of its machines, or to none.
#[utoipa::path(post, path = "/jobs/{id}/assign", tag = "Jobs", params(("id" = Uuid, Path, description = "The job.")), request_body = Assignment,
    responses((status = 200, body = Job)), extensions(("x-permission" = json!("production.job.assign"))))]
async fn assign_job(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>, body: Unread<Assignment>) -> Result<Json<Job>> {
    allowed(&app, &caller, id, JOB_ASSIGN).await?;
    let asked = body.read().await?;
    let mut tx = app.begin(&caller).await?;
    let job = actions::assign(&mut tx, id, asked.line_id, asked.equipment_id).await?;
    tx.commit().await?;
    Ok(Json(job))
}

/// Say on which machine of its line a job runs and with which program, also while it runs. Units that are reported from now on were made so.
#[utoipa::path(post, path = "/jobs/{id}/machine", tag = "Jobs", params(("id" = Uuid, Path, description = "The job.")), request_body = Chosen,
    responses((status = 200, body = Job)), extensions(("x-permission" = json!("production.job.report"))))]
async fn choose_job_machine(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>, body: Unread<Chosen>) -> Result<Json<Job>> {
    allowed(&app, &caller, id, JOB_REPORT).await?;
    let asked = body.read().await?;
    let mut tx = app.begin(&caller).await?;
    let said = Said::now(&tx, asked.operator_id);
    let job = machines::choose(&mut tx, id, &asked, said).await?.or_conflict()?;
    tx.commit().await?;
    Ok(Json(job))
}

/// Who does something with a job, and why.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = JobDoing, example = json!({}))]
struct Doing {
    /// The operator.
    operator_id: Option<Uuid>,
    /// Why it is paused: a reason for a stop.
    reason_id: Option<Uuid>,
}

async fn verb(app: App, caller: Caller, id: Uuid, body: Unread<Doing>, verb: Verb) -> Result<Json<Job>> {
    allowed(&app, &caller, id, JOB_REPORT).await?;
    let doing = body.read().await?;
    let mut tx = app.begin(&caller).await?;
    let said = Said::now(&tx, doing.operator_id);
    let done: Done = actions::act(&mut tx, id, verb, said, doing.reason_id).await?;
    let job = done.or_conflict()?;
    tx.commit().await?;
    Ok(Json(job))
}

/// Begin a job, or go on with it. Who begins one that runs joins it.
#[utoipa::path(post, path = "/jobs/{id}/start", tag = "Jobs", params(("id" = Uuid, Path, description = "The job.")), request_body = Doing,
    responses((status = 200, body = Job)), extensions(("x-permission" = json!("production.job.report"))))]
async fn start_job(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>, body: Unread<Doing>) -> Result<Json<Job>> {
    verb(app, caller, id, body, Verb::Start).await
}

/// Interrupt a job.
#[utoipa::path(post, path = "/jobs/{id}/pause", tag = "Jobs", params(("id" = Uuid, Path, description = "The job.")), request_body = Doing,
    responses((status = 200, body = Job)), extensions(("x-permission" = json!("production.job.report"))))]
async fn pause_job(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>, body: Unread<Doing>) -> Result<Json<Job>> {
    verb(app, caller, id, body, Verb::Pause).await
}

/// Go on with a job.
#[utoipa::path(post, path = "/jobs/{id}/resume", tag = "Jobs", params(("id" = Uuid, Path, description = "The job.")), request_body = Doing,
    responses((status = 200, body = Job)), extensions(("x-permission" = json!("production.job.report"))))]
async fn resume_job(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>, body: Unread<Doing>) -> Result<Json<Job>> {
    verb(app, caller, id, body, Verb::Resume).await
}

/// End a job; steps that come after it may begin.
#[utoipa::path(post, path = "/jobs/{id}/finish", tag = "Jobs", params(("id" = Uuid, Path, description = "The job.")), request_body = Doing,
    responses((status = 200, body = Job)), extensions(("x-permission" = json!("production.job.report"))))]
async fn finish_job(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>, body: Unread<Doing>) -> Result<Json<Job>> {
    verb(app, caller, id, body, Verb::Finish).await
}

/// Begin to change the line over for a job.
#[utoipa::path(post, path = "/jobs/{id}/setup-start", tag = "Jobs", params(("id" = Uuid, Path, description = "The job.")), request_body = Doing,
    responses((status = 200, body = Job)), extensions(("x-permission" = json!("production.job.report"))))]
async fn start_job_setup(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>, body: Unread<Doing>) -> Result<Json<Job>> {
    verb(app, caller, id, body, Verb::SetupStart).await
}

/// The line is changed over.
#[utoipa::path(post, path = "/jobs/{id}/setup-end", tag = "Jobs", params(("id" = Uuid, Path, description = "The job.")), request_body = Doing,
    responses((status = 200, body = Job)), extensions(("x-permission" = json!("production.job.report"))))]
async fn end_job_setup(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>, body: Unread<Doing>) -> Result<Json<Job>> {
    verb(app, caller, id, body, Verb::SetupEnd).await
}

/// What became of a report.
#[derive(Debug, Serialize, ToSchema)]
struct ReportTaken {
    /// The entry of the ledger.
    id: Option<Uuid>,
    /// The job as it is now.
    job: Job,
    /// The rule that decided, where it did not count quite as said.
    #[schema(value_type = Option<String>, example = "late_report")]
    rule: Option<&'static str>,
    /// It in a sentence.
    says: Option<String>,
    /// Material of which there was too little: taken, of wanted.
    short: Vec<String>,
}

/// Report on a job: good, scrap, rework. Material is taken, finished units are put into stock.
#[utoipa::path(post, path = "/jobs/{id}/report", tag = "Jobs", params(("id" = Uuid, Path, description = "The job.")), request_body = Report,
    responses((status = 200, body = ReportTaken)), extensions(("x-permission" = json!("production.job.report"))))]
async fn report_job(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>, body: Unread<Report>) -> Result<Json<ReportTaken>> {
    allowed(&app, &caller, id, JOB_REPORT).await?;
    let asked = body.read().await?;
    let mut tx = app.begin(&caller).await?;
    let said = Said::now(&tx, asked.operator_id);
    let done = report::report(&mut tx, id, &asked, said).await?;
    let rule = match done.ruling {
        Ruling::Refused(rule) => return Err(Error::conflict(rule.code, rule.says)),
        Ruling::Adjusted(rule) => Some(rule),
        Ruling::Applied => None,
    };
    tx.commit().await?;
    let (code, says) = rule.map(|rule| (rule.code, rule.says)).unzip();
    Ok(Json(ReportTaken { id: done.id, job: done.job, rule: code, says, short: done.short }))
}

/// What was reported on a job, the newest first.
#[utoipa::path(get, path = "/jobs/{id}/report", tag = "Jobs", params(("id" = Uuid, Path, description = "The job.")),
    responses((status = 200, body = Vec<JobReport>)), extensions(("x-permission" = json!("production.job.read"))))]
async fn list_job_reports(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>) -> Result<Json<Vec<JobReport>>> {
    let mut tx = app.read(&caller).await?;
    let found = report::of_job(&mut tx, id).await?;
    tx.commit().await?;
    Ok(Json(found))
}

/// Take material for a job.
#[utoipa::path(post, path = "/jobs/{id}/issue", tag = "Jobs", params(("id" = Uuid, Path, description = "The job.")), request_body = Issue,
    responses((status = 200, body = Vec<Issued>)), extensions(("x-permission" = json!("production.job.report"))))]
async fn issue_job_material(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    body: Unread<Issue>,
) -> Result<Json<Vec<Issued>>> {
    allowed(&app, &caller, id, JOB_REPORT).await?;
    let asked = body.read().await?;
    let mut tx = app.begin(&caller).await?;
    let said = Said::now(&tx, asked.operator_id);
    let issued = material::issue(&mut tx, id, &asked, said).await?;
    tx.commit().await?;
    Ok(Json(issued))
}

/// How much becomes a job of its own.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "quantity": "120" }))]
struct JobSplit {
    /// How much.
    #[schema(value_type = String, example = "120")]
    quantity: Decimal,
    /// At this line; at the same unless said.
    line_id: Option<Uuid>,
}

/// What came of a split.
#[derive(Debug, Serialize, ToSchema)]
struct JobParts {
    /// What is left of the job.
    job: Job,
    /// The new one.
    new: Job,
}

/// Take units that nobody has reported yet out of a job into a new one of the same step.
#[utoipa::path(post, path = "/jobs/{id}/split", tag = "Jobs", params(("id" = Uuid, Path, description = "The job.")), request_body = JobSplit,
    responses((status = 200, body = JobParts)), extensions(("x-permission" = json!("production.job.assign"))))]
async fn split_job(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>, body: Unread<JobSplit>) -> Result<Json<JobParts>> {
    allowed(&app, &caller, id, JOB_ASSIGN).await?;
    let asked = body.read().await?;
    let mut tx = app.begin(&caller).await?;
    let (job, new) = batch::split(&mut tx, id, asked.quantity, asked.line_id).await?;
    tx.commit().await?;
    Ok(Json(JobParts { job, new }))
}

/// Jobs that run together.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = JobBatch, example = json!({ "job_ids": [] }))]
struct Batch {
    /// The others; none lets the job run by itself again.
    #[schema(max_items = 50)]
    job_ids: Vec<Uuid>,
}

/// Let jobs at one line run together: they begin, rest and end together from now on.
#[utoipa::path(post, path = "/jobs/{id}/batch", tag = "Jobs", params(("id" = Uuid, Path, description = "The job.")), request_body = Batch,
    responses((status = 200, body = Vec<Job>)), extensions(("x-permission" = json!("production.job.assign"))))]
async fn batch_jobs(State(app): State<App>, caller: Caller, Path(id): Path<Uuid>, body: Unread<Batch>) -> Result<Json<Vec<Job>>> {
    allowed(&app, &caller, id, JOB_ASSIGN).await?;
    let asked = body.read().await?;
    let mut tx = app.begin(&caller).await?;
    let jobs = batch::together(&mut tx, id, &asked.job_ids).await?;
    tx.commit().await?;
    Ok(Json(jobs))
}

/// Whether the caller may do this with a job: asked before anything that was sent is looked at.
async fn allowed(app: &App, caller: &Caller, id: Uuid, permission: Permission) -> Result<()> {
    let mut tx = app.read(caller).await?;
    let job = store::find(&mut tx, id).await?;
    tx.commit().await?;
    caller.require(permission, Scope::Plant(job.plant_id))
}
