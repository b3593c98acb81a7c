//! Starts the telling of webhooks that have something to tell.

use serde_json::json;
use uuid::Uuid;

use crate::caller::Caller;
use crate::database::Database;
use crate::error::Result;
use crate::ids::{OrganizationId, RequestId};
use crate::runs::{Order, enqueue};
use crate::webhooks::DELIVER;

/// How long is kept what was told (days).
const KEEP_DAYS: i32 = 30;

/// Asks for a run for each webhook that has something to tell, or to try again, and nobody at it.
///
/// # Errors
/// What the database refused.
pub async fn wake(database: &Database) -> Result<usize> {
    let tx = database.before_sign_in().await?;
    let now = tx.now();
    let waiting = tx.query_once("select organization_id, id from gemba.webhooks_waiting($1)", &[&now]).await?;
    for row in &waiting {
        let (organization, webhook): (OrganizationId, Uuid) = (row.get(0), row.get(1));
        let caller = Caller::system("webhooks", organization, database.context().new_id::<RequestId>());
        let mut tx = database.begin(&caller).await?;
        let order = Order {
            title: "Tell a webhook".into(),
            payload: json!({ "webhook": webhook }),
            concurrency_key: Some(format!("webhook:{webhook}")),
            ..Order::default()
        };
        enqueue(&mut tx, &DELIVER, order).await?;
        tx.commit().await?;
    }
    Ok(waiting.len())
}

/// Forgets what was told long ago.
///
/// # Errors
/// What the database refused.
pub async fn forget(database: &Database) -> Result<()> {
    let tx = database.before_sign_in().await?;
    let now = tx.now();
    tx.query_once("select gemba.forget_deliveries($1, $2, 20000)", &[&now, &KEEP_DAYS]).await?;
    Ok(())
}
