//! Environments: moving configuration and data between installations and organizations, as one archive ([`archive`]), by runs.
//!
//! **Invariant:** an archive is kept for a week and forgotten; who may not export what is in it does not get it.

pub mod archive;
mod http;
mod store;
mod work;

use crate::events::EventKind;
use crate::permission::{Permission, PermissionInfo};

pub use http::routes;
pub use work::{EXPORT, IMPORT, works};

/// Make archives and take them away.
pub const EXPORT_ENVIRONMENT: Permission = Permission("records.environment.export");
/// Bring archives in.
pub const IMPORT_ENVIRONMENT: Permission = Permission("records.environment.import");

/// What roles can grant here.
pub const PERMISSIONS: &[PermissionInfo] = &[
    PermissionInfo::organization("records.environment.export", "Take the organization's data away as an archive").sensitive(),
    PermissionInfo::organization("records.environment.import", "Bring an archive of an organization or a plant in").sensitive(),
];

/// Events of archives.
pub const EVENTS: &[EventKind] = &[EventKind {
    kind: "environment",
    title: "Environments",
    read: EXPORT_ENVIRONMENT,
    verbs: &[("exported", "Data was taken away as an archive."), ("imported", "An archive was brought in.")],
}];
