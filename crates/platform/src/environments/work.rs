//! Making archives and bringing them in, as runs.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::caller::Scope;
use crate::environments::{EXPORT_ENVIRONMENT, IMPORT_ENVIRONMENT, archive, store};
use crate::error::{Error, Result};
use crate::ids::PlantId;
use crate::resource::Kinds;
use crate::runs::{Running, WorkKind, Works};

/// Making an archive.
pub const EXPORT: WorkKind =
    WorkKind { scheduled_by: Some(EXPORT_ENVIRONMENT), ..WorkKind::new("records.environment_export", "environments") };
/// Bringing one in.
pub const IMPORT: WorkKind = WorkKind::new("records.environment_import", "environments");

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    #[serde(default)]
    plant_id: Option<PlantId>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Brought {
    archive_id: Uuid,
}

/// With what carries out these runs; `kinds` are all kinds of the program.
pub fn works(works: Works, kinds: &Kinds) -> Works {
    let (of_export, of_import) = (kinds.clone(), kinds.clone());
    works.with(EXPORT, move |run: Running| export(run, of_export.clone())).with(IMPORT, move |run: Running| import(run, of_import.clone()))
}

async fn export(run: Running, kinds: Kinds) -> Result<Value> {
    let Wanted { plant_id } = run.payload()?;
    run.progress(0.05, "reading records");
    let mut tx = run.begin().await?;
    tx.require(EXPORT_ENVIRONMENT, Scope::Organization)?;
    let content = archive::export(&mut tx, &kinds, plant_id).await?;
    run.progress(0.9, "keeping the archive");
    let id = store::keep(&mut tx, "export", &content, Some(run.id())).await?;
    let done = json!({ "archive_id": id, "size_bytes": content.len(), "archive": format!("/api/v1/environments/archives/{id}") });
    run.finish(tx, done).await
}

async fn import(run: Running, kinds: Kinds) -> Result<Value> {
    let Brought { archive_id } = run.payload()?;
    let mut tx = run.begin().await?;
    tx.require(IMPORT_ENVIRONMENT, Scope::Organization)?;
    let content = store::get(&mut tx, "import", archive_id).await?;
    let progress = |share: f64, doing: &str| run.progress(share, doing);
    let outcome = archive::import(&mut tx, &kinds, &content, &progress).await?;
    if run.is_cancelled() {
        return Err(run.cancelled());
    }
    run.finish(tx, serde_json::to_value(outcome).map_err(Error::internal)?).await
}
