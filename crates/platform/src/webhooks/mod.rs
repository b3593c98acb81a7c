//! Webhooks: addresses that are told of events, signed as Standard Webhooks say.
//!
//! A webhook learns what whoever made it may read. A run ([`DELIVER`]) per webhook tells what is new, tries again what failed, and rests; the
//! [`wake()`] of the publisher starts it when there is something to do.
//!
//! **Invariant:** an event is told at least once, and events of one subject in order: a later one waits while an earlier one is tried again.
//! **Invariant:** messages leave through [`Outbound`](crate::outbound::Outbound) only: no private network unless the installation names it, and no redirect.
//! **Invariant:** a secret is shown once, sealed in the database, and never in a log, the trail or an export.
//! **Invariant:** an address that does not answer is tried less and less, then given up with a notice; it never keeps others waiting.

mod deliver;
mod http;
mod sign;
mod store;
mod wake;

use crate::permission::{Permission, PermissionInfo};
use crate::runs::WorkKind;
use crate::secrets::SealedColumn;

pub use deliver::Deliverer;
pub use http::routes;
pub use sign::{Signature, Verification, new_secret, sign, verify};
pub use store::{Delivery, DeliveryState, NewWebhook, Webhook, WebhookChange};
pub use wake::{forget, wake};

/// See webhooks and what was told to them.
pub const WEBHOOK_READ: Permission = Permission("integration.webhook.read");
/// Make webhooks.
pub const WEBHOOK_CREATE: Permission = Permission("integration.webhook.create");
/// Change, pause, try and end webhooks, rotate their secrets, tell again.
pub const WEBHOOK_UPDATE: Permission = Permission("integration.webhook.update");

/// What roles can grant here.
pub const PERMISSIONS: &[PermissionInfo] = &[
    PermissionInfo::organization("integration.webhook.read", "See webhooks and what was told to them"),
    PermissionInfo::organization("integration.webhook.create", "Make webhooks").sensitive(),
    PermissionInfo::organization("integration.webhook.update", "Change and end webhooks, rotate their secrets, tell again").sensitive(),
];

/// The column of secrets, for the rotation of the key that seals it.
pub const SEALED: &[SealedColumn] = &[SECRET];

const SECRET: SealedColumn = SealedColumn { table: "webhook_secrets", key: "id", column: "secret_sealed" };

/// Tells a webhook what is new. Nobody's deed, so not in the trail: how it went is in the log of deliveries.
pub const DELIVER: WorkKind =
    WorkKind { attempts: 3, audited: false, limit: std::time::Duration::from_secs(600), ..WorkKind::new("webhook.deliver", "webhooks") };
