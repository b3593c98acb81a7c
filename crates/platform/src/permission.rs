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
