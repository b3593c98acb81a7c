//! Photos of a job: whoever reports on it may send them, without the right to change its order.
//!
//! **Invariant:** they belong to the order, as its other files do: who sees it sees them, and who may change it takes them away.

use axum::extract::{DefaultBodyLimit, State};
use axum::response::Response;
use platform::caller::Scope;
use platform::files::{self, Belongs, File, Files, Named, Upload};
use platform::http::{App, OpenApiRouter, Path, Query, created, routes};
use platform::resource::Record as _;
use platform::{Caller, Error, Result};
use uuid::Uuid;

use super::actions::JOB_REPORT;
use super::store::{self, Job};
use crate::orders::record::ManufacturingOrder;

/// The operations.
pub(super) fn routes() -> OpenApiRouter<App> {
    // A file has a limit of its own, which is its organization's.
    OpenApiRouter::new().routes(routes!(attach_job_photo)).layer(DefaultBodyLimit::disable())
}

/// Send a photo of a job; it becomes an attachment of its order.
#[utoipa::path(post, path = "/jobs/{id}/attachments", tag = "Jobs", params(("id" = Uuid, Path, description = "The job."), Named),
    request_body(content = String, content_type = "application/octet-stream", description = "The file itself; `Content-Type` says what it is."),
    responses((status = 201, body = ref("#/components/schemas/File"))), extensions(("x-permission" = json!("production.job.report"))))]
async fn attach_job_photo(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Query(named): Query<Named>,
    upload: Upload,
) -> Result<Response> {
    reported_on(&app, &caller, id).await?;
    let files: Files = app.part()?;
    let received = files.receive(&app.database, &caller, named, upload).await?;
    let attached = async {
        // The right may have been taken away while the photo was on its way.
        let job = reported_on(&app, &caller, id).await?;
        let mut tx = app.begin(&caller).await?;
        let to = Belongs { kind: ManufacturingOrder::kind().name, record: job.manufacturing_order_id, plant: Some(job.plant_id.0) };
        let file = files::attach(&mut tx, &files, &received, to).await?;
        tx.commit().await?;
        Ok::<File, Error>(file)
    };
    match attached.await {
        Ok(file) => Ok(created(&format!("/api/v1/files/{}", file.id), file.version, &file)),
        Err(refused) => {
            files.discard(&app.database, &received).await;
            Err(refused)
        }
    }
}

/// A job that the caller may report on. Also of a settled order: a terminal sends the photo before it says what it is of, and what is refused is kept whole.
async fn reported_on(app: &App, caller: &Caller, id: Uuid) -> Result<Job> {
    let mut tx = app.read(caller).await?;
    let job = store::find(&mut tx, id).await?;
    tx.require(JOB_REPORT, Scope::Plant(job.plant_id))?;
    tx.commit().await?;
    Ok(job)
}
