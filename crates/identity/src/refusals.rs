//! Refusals of what is sensitive leave a trail: somebody tried.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use platform::caller::MissingPermission;
use platform::http::{App, refusal};
use platform::ids::PlantId;
use platform::policy::Refused;
use platform::{Caller, Result, Scope};
use serde_json::json;

use crate::Identity;

/// The layer: writes refusals for want of a sensitive permission into the trail. The server puts it around all routes.
pub async fn audit_refusals(State(app): State<App>, request: Request, next: Next) -> Response {
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let response = next.run(request).await;
    let cause = refusal(&response);
    let cause = cause.as_deref().and_then(std::error::Error::source);
    let missing = cause.and_then(|cause| cause.downcast_ref::<MissingPermission>().cloned());
    let refused = cause.and_then(|cause| cause.downcast_ref::<Refused>().cloned());
    if let Some(refused) = refused
        && let Err(error) = write_refused(&app, &refused, &format!("{method} {path}")).await
    {
        tracing::error!(%error, "a refusal by a policy could not be written into the audit trail");
    }
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
    let (plant, named) = place(caller, missing.scope);
    let detail = json!({ "permission": missing.permission.0, "operation": operation, "plant_id": named });
    let mut tx = app.begin(caller).await?;
    tx.query("select gemba.audit('permission.refused', 'permission', null, $1, 'refused', $2)", &[&plant, &detail]).await?;
    tx.commit().await
}

/// What a policy refused to be done is told whether it is sensitive or not: whoever wrote the policy wants to know what it does, and trials need it.
async fn write_refused(app: &App, refused: &Refused, operation: &str) -> Result<()> {
    let identity: Identity = app.part()?;
    // Looking is refused as often as somebody looks; what is sensitive to see is told all the same.
    if refused.permission.0.ends_with(".read") && !identity.catalogue().is_sensitive(refused.permission.0) {
        return Ok(());
    }
    let caller: &Caller = &refused.caller;
    let (plant, named) = place(caller, refused.scope);
    let policies: Vec<&str> = refused.policies.iter().map(|forbidden| forbidden.policy.as_str()).collect();
    let (kind, record) = refused.record.unzip();
    let amount = refused.amount.map(|amount| amount.to_string());
    let detail =
        json!({ "permission": refused.permission.0, "operation": operation, "plant_id": named, "policies": policies, "amount": amount });
    let mut tx = app.begin(caller).await?;
    let kind = kind.unwrap_or("permission");
    tx.query("select gemba.audit('policy.refused', $1, $2, $3, 'refused', $4)", &[&kind, &record, &plant, &detail]).await?;
    tx.commit().await
}

/// The plant of a refusal, as the event's and as its detail names it.
fn place(caller: &Caller, scope: Scope) -> (Option<PlantId>, Option<PlantId>) {
    // A plant out of reach is named in the detail only: behind its wall nobody would see the event.
    match scope {
        Scope::Plant(plant) if caller.reach().holds(plant) => (Some(plant), Some(plant)),
        Scope::Plant(plant) => (None, Some(plant)),
        Scope::Organization => (None, None),
    }
}
