//! The shop floor: what was planned is made, counted and explained.
//!
//! **Invariant:** what an operator reported is kept, whatever becomes of it.

use platform::events::EventKind;
use platform::feed::Set;
use platform::http::{App, OpenApiRouter};
use platform::permission::PermissionInfo;
use platform::resource::{Kind, Kinds};

/// What roles can grant here beside the rights of the declared kinds.
pub const PERMISSIONS: &[PermissionInfo] = &[];

/// Events of this context, beside those of its declared kinds.
pub const EVENTS: &[EventKind] = &[];

/// What programs read in bulk.
pub const SETS: &[Set] = &[];

/// The kinds of record, in an order in which each refers only to earlier ones.
pub fn kinds() -> Vec<&'static Kind> {
    vec![]
}

/// The operations; `kinds` are all kinds of the program.
pub fn routes(_kinds: &Kinds) -> OpenApiRouter<App> {
    OpenApiRouter::new()
}
