//! Inboxes on the live streams of those they belong to: how much is unread, and what is new. Told while it happens, never kept: whoever comes later reads
//! the inbox.

use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::caller::{Caller, Principal};
use crate::database::Database;
use crate::error::Result;
use crate::ids::{OrganizationId, UserId};

/// How often is looked at most.
const LOOK: Duration = Duration::from_millis(200);

/// The inboxes as they were looked at last.
#[derive(Default)]
pub(crate) struct Inboxes {
    /// The snapshot of the last look.
    seen: Option<String>,
    looked: Option<Instant>,
}

/// An inbox that has changed.
pub(crate) struct Changed {
    pub organization: OrganizationId,
    user: UserId,
    pub text: Bytes,
}

impl Changed {
    /// Whether it is the caller's own.
    pub(crate) fn is_of(&self, caller: &Caller) -> bool {
        matches!(caller.principal, Principal::User { id, .. } if id == self.user)
    }
}

impl Inboxes {
    /// The type of these events; not in the catalogue, because nobody can read them later.
    pub(crate) const TYPE: &str = "gemba.notification.changed";

    /// The inboxes that have changed since the last look; nothing where it is not yet time for another.
    pub(crate) async fn look(&mut self, database: &Database) -> Result<Vec<Changed>> {
        if self.looked.is_some_and(|last| last.elapsed() < LOOK) {
            return Ok(Vec::new());
        }
        let query = "select pg_current_snapshot()::text, c.organization_id, c.user_id, c.unread, c.notification from (select 1) one \
            left join gemba.inboxes_changed(coalesce($1::text::pg_snapshot, pg_current_snapshot())) c on $1::text is not null";
        let rows = database.before_sign_in().await?.query_once(query, &[&self.seen]).await?;
        (self.seen, self.looked) = (rows.first().map(|row| row.get(0)), Some(Instant::now()));
        let changed = rows.iter().filter_map(|row| {
            let (organization, user): (OrganizationId, UserId) = (row.get::<_, Option<OrganizationId>>(1)?, row.get(2));
            let (unread, newest): (i64, Option<Value>) = (row.get(3), row.get(4));
            let now = database.context().now();
            let event = json!({ "specversion": "1.0", "id": format!("{user}/{now}"), "source": format!("/organizations/{organization}"),
                "type": Self::TYPE, "subject": format!("user/{user}"), "time": now, "datacontenttype": "application/json",
                "data": { "unread": unread, "newest": newest } });
            Some(Changed { organization, user, text: Bytes::from(format!("data: {event}\n\n")) })
        });
        Ok(changed.collect())
    }

    /// Forgets where it looked: nobody listens.
    pub(crate) fn rest(&mut self) {
        *self = Inboxes::default();
    }
}
