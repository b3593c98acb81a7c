//! Starts the telling of people, the writing of daily mail and the sending of mail, where there is something to do.

use serde_json::Value;

use crate::caller::Caller;
use crate::database::Database;
use crate::error::Result;
use crate::ids::{OrganizationId, RequestId};
use crate::mail::SEND;
use crate::notifications::{DIGEST, Declared, TELL};
use crate::runs::{Order, WorkKind, enqueue};

/// Rows forgotten at a time.
const FORGOTTEN_AT_ONCE: i32 = 20_000;

/// Asks for a run in each organization in which somebody is to be told something, a daily mail is due, or mail is to be sent, and nobody at it.
///
/// # Errors
/// What the database refused.
pub async fn wake(database: &Database, declared: &Declared) -> Result<usize> {
    let actions = declared.actions();
    let mut tx = database.before_sign_in().await?;
    let now = tx.now();
    let mut waiting: Vec<(OrganizationId, &'static WorkKind, &'static str, &'static str)> = Vec::new();
    for row in tx.query("select gemba.notices_waiting($1)", &[&actions]).await? {
        waiting.push((row.get(0), &TELL, "notifications", "Tell people what is new"));
    }
    for row in tx.query("select organization_id, work from gemba.mails_waiting($1)", &[&now]).await? {
        waiting.push(match row.get(1) {
            "digest" => (row.get(0), &DIGEST, "digest", "Write daily mail"),
            _ => (row.get(0), &SEND, "mail", "Send mail"),
        });
    }
    tx.commit().await?;
    for (organization, kind, key, title) in &waiting {
        let caller = Caller::system("notifications", *organization, database.context().new_id::<RequestId>());
        let mut tx = database.begin(&caller).await?;
        let order = Order { title: (*title).into(), payload: Value::Null, concurrency_key: Some((*key).into()), ..Order::default() };
        enqueue(&mut tx, kind, order).await?;
        tx.commit().await?;
    }
    Ok(waiting.len())
}

/// Forgets what was told and sent long ago.
///
/// # Errors
/// What the database refused.
pub async fn forget(database: &Database) -> Result<()> {
    let tx = database.before_sign_in().await?;
    let now = tx.now();
    tx.query_once("select gemba.forget_notifications($1, $2)", &[&now, &FORGOTTEN_AT_ONCE]).await?;
    Ok(())
}
