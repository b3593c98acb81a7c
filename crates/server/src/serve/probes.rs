//! For whoever watches the server: is it alive, and can it answer.
//!
//! **Invariant:** both answer however busy the server is; being busy is no reason to be restarted or taken out.

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use platform::Result;
use platform::http::App;
use serde_json::{Value, json};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/livez", get(livez)).route("/readyz", get(readyz))
}

/// The process runs and its event loop turns.
async fn livez() -> Json<Value> {
    Json(json!({ "status": "alive" }))
}

/// The database answers, or is merely busy.
async fn readyz(State(app): State<App>) -> Result<Json<Value>> {
    match app.database.ping().await {
        Ok(()) => Ok(Json(json!({ "status": "ready" }))),
        Err(error) if error.code == "busy" => Ok(Json(json!({ "status": "ready", "database": "busy" }))),
        Err(error) => Err(error),
    }
}
