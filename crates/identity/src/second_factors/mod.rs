//! Second factors: what a person shows beside the password, when it is due, and how fresh it must be.
//!
//! A person sets up authenticator apps and passkeys, several of each, and gets recovery codes with the first. From then on a session opens nothing
//! but `/auth/second-factor` until one was shown. An organization demands a second factor, or a passkey, of whoever holds certain roles; who has none
//! yet can do nothing but set one up. What is sensitive wants it shown again, not long ago ([`StepUp`](platform::caller::StepUp)).
//!
//! **Invariant:** a session that owes a second factor reaches the operations for showing it, who it is, and the way out; nothing else.
//! **Invariant:** who has a second factor sets up, removes or renews none without having shown one a moment ago: a password alone gets nowhere.
//! **Invariant:** seeds are sealed, recovery codes are kept as keyed hashes; each code, step and challenge counts once.

mod actions;
mod cbor;
pub(crate) mod ceremonies;
mod http;
pub(crate) mod passkeys;
mod rules;
mod store;
mod totp;
mod webauthn;

use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

pub(crate) use http::routes;
pub(crate) use rules::{Due, FactorRules, Standing, fresh};
pub(crate) use webauthn::Party;

/// A second factor that somebody has set up.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SecondFactor {
    /// The factor.
    pub id: Uuid,
    /// `totp`: codes of an authenticator app; `passkey`: a key in a device.
    #[schema(example = "passkey")]
    pub kind: String,
    /// As the person calls it.
    #[schema(example = "Phone")]
    pub name: String,
    /// When it was set up.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it was used last.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_used_at: Option<Timestamp>,
}
