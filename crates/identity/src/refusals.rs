//! Refusals of what is sensitive leave a trail: somebody tried.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use platform::caller::MissingPermission;
use platform::http::{App, refusal};
use platform::{Caller, Result, Scope};
use serde_json::json;

use crate::Identity;

/// The layer: writes refusals for want of a sensitive permission into the trail. The server puts it around all routes.
pub async fn audit_refusals(State(app): State<App>, request: Request, next: Next) -> Response {
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let response = next.run(request).await;
    let missing = refusal(&response).and_then(|error| std::error::Error::source(&*error)?.downcast_ref::<MissingPermission>().cloned());
    if let Some(missing) = missing
        && let Err(error) = write(&app, &missing, &format!("{method} {path}")).await
    {
        // The answer stays a refusal; that the trail could not be written is for the log.
        tracing::error!(%error, "a refusal could not be written into the audit trail");
    }
    response
}

async fn write(app: &App, missing: &MissingPermission, operation: &str) -> Result<()> {
    let identity: Identity = app.part()?;
    if !identity.catalogue().is_sensitive(missing.permission.0) {
        return Ok(());
    }
    let caller: &Caller = &missing.caller;
    // A plant out of reach is named in the detail only: behind its wall nobody would see the event.
    let (plant, named) = match missing.scope {
        Scope::Plant(plant) if caller.reach().holds(plant) => (Some(plant), Some(plant)),
        Scope::Plant(plant) => (None, Some(plant)),
        Scope::Organization => (None, None),
    };
    let detail = json!({ "permission": missing.permission.0, "operation": operation, "plant_id": named });
    let mut tx = app.begin(caller).await?;
    tx.query("select gemba.audit('permission.refused', 'permission', null, $1, 'refused', $2)", &[&plant, &detail]).await?;
    tx.commit().await
}
