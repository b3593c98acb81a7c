//! What is begun in a browser, or by another server, and has to come back once: the numbers are kept by their hashes until they expire.

use jiff::Timestamp;
use platform::{Result, Tx};
use serde_json::Value;

/// Notes what was begun and has to come back once; false where the number was there already.
pub(crate) async fn begin(tx: &mut Tx, number: &[u8], kind: &str, detail: &Value, expires_at: Timestamp) -> Result<bool> {
    let row = tx.query_one("select gemba.begin_ceremony(sha256($1), $2, $3, $4)", &[&number, &kind, detail, &expires_at]).await?;
    Ok(row.get(0))
}

/// What was begun, once.
pub(crate) async fn take(tx: &mut Tx, number: &[u8], kind: &str) -> Result<Option<Value>> {
    let now = tx.now();
    Ok(tx.query_one("select gemba.take_ceremony(sha256($1), $2, $3)", &[&number, &kind, &now]).await?.get(0))
}
