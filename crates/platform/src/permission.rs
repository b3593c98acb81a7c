//! Atomic permissions: one for each thing that can be done, named `context.record.verb`.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

/// The right to do one thing: `factory.line.update`.
///
/// The text is the permission's stable name, stored in roles and shown in refusals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Permission(pub &'static str);

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// A permission as the catalogue lists it: what a role may contain, and what a person who puts a role together reads.
///
/// Every context exports its own as `pub const PERMISSIONS: &[PermissionInfo]`; the server joins them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PermissionInfo {
    /// The permission.
    pub permission: Permission,
    /// What it allows, as a person would say it: "Change lines".
    pub title: &'static str,
    /// Where it is checked.
    pub scope: PermissionScope,
    /// Whether a refusal is written into the audit trail: rights, raw exports, secrets, releases.
    pub sensitive: bool,
}

impl PermissionInfo {
    /// A permission of the organization as a whole.
    pub const fn organization(name: &'static str, title: &'static str) -> Self {
        PermissionInfo { permission: Permission(name), title, scope: PermissionScope::Organization, sensitive: false }
    }

    /// A permission that can be granted plant by plant.
    pub const fn plant(name: &'static str, title: &'static str) -> Self {
        PermissionInfo { permission: Permission(name), title, scope: PermissionScope::Plant, sensitive: false }
    }

    /// The same, with refusals audited.
    pub const fn sensitive(self) -> Self {
        PermissionInfo { sensitive: true, ..self }
    }
}

/// Where a permission is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PermissionScope {
    /// Only against the organization as a whole; granted for a plant it allows nothing.
    Organization,
    /// Against the plant that the data belongs to.
    Plant,
}

/// The permissions that some roles together grant. Cheap to clone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Permissions(Arc<BTreeSet<String>>);

impl Permissions {
    /// Whether `permission` is among them.
    pub fn allow(&self, permission: Permission) -> bool {
        self.0.contains(permission.0)
    }

    /// Their names in alphabetical order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// These and `others`.
    pub fn and(&self, others: &Permissions) -> Permissions {
        if self.0.is_empty() {
            return others.clone();
        }
        Permissions(Arc::new(self.0.union(&others.0).cloned().collect()))
    }
}

impl<S: Into<String>> FromIterator<S> for Permissions {
    fn from_iter<I: IntoIterator<Item = S>>(names: I) -> Self {
        Permissions(Arc::new(names.into_iter().map(Into::into).collect()))
    }
}
