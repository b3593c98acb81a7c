//! Attribute policies: rules of an organization, written in Cedar, that narrow what roles grant by circumstances: plant, time of day, certification,
//! who made a record, amounts, network.
//!
//! ```text
//! @id("certified-approval")
//! @refusal("plans of more than 10,000 units are approved by people certified for capacity approval")
//! forbid (principal, action == Action::"planning.scenario.approve", resource)
//! when { context has amount && context.amount.greaterThan(decimal("10000.0")) }
//! unless { principal.certifications.contains("capacity approval") };
//! ```
//! Roles are asked first, then policies. [`Language`] is what policies can speak of, made from the kinds of record and the permissions;
//! [`Compiled`] is an organization's text, understood; [`Circumstances`] are who asks, from where and when. Lists are narrowed by SQL, which
//! `listing` makes of the policies; single records are decided by Cedar itself. Both give the same answer, which tests hold them to.
//!
//! **Invariant:** an organization's text holds `forbid` alone, and nothing else is asked before it has been granted by a role: a policy cannot widen.
//! **Invariant:** a policy that fails while it is asked counts as one that forbids, and is named.
//! **Invariant:** what keeps policies is not subject to them, so that nobody can be locked out of taking them back.
//! **Invariant:** a caller without policies pays for one comparison with nothing.

mod circumstances;
mod compile;
mod language;
mod listing;
mod text;
mod values;

pub use circumstances::{Asked, Circumstances, Facts, Forbidden, PlantFacts, Refused};
pub use compile::{Compiled, Rule};
pub use language::{Language, RecordVerb};
pub use listing::Parameter;
pub use text::{LONGEST, MOST};

use crate::permission::Permission;

/// Beginnings of permissions that policies cannot take: with them a policy is taken back.
const EXEMPT: [&str; 2] = ["identity.policy.", "identity.authorization."];

/// Whether policies have nothing to say about this.
pub fn is_exempt(permission: Permission) -> bool {
    EXEMPT.iter().any(|beginning| permission.0.starts_with(beginning))
}
