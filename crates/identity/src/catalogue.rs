//! Every permission there is, from all contexts, and the patterns by which roles and keys name many at once.
//!
//! **Invariant:** a role or a key never holds a name that is not in the catalogue; a permission that a newer program adds comes to built-in
//! roles by their patterns, and to own roles only when somebody grants it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use platform::{PermissionInfo, PermissionScope};

/// Every permission there is. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Catalogue(Arc<BTreeMap<&'static str, PermissionInfo>>);

impl FromIterator<PermissionInfo> for Catalogue {
    fn from_iter<I: IntoIterator<Item = PermissionInfo>>(permissions: I) -> Self {
        Catalogue(Arc::new(permissions.into_iter().map(|info| (info.permission.0, info)).collect()))
    }
}

impl Catalogue {
    /// The permission of this name.
    pub fn find(&self, name: &str) -> Option<&PermissionInfo> {
        self.0.get(name)
    }

    /// All of them in alphabetical order.
    pub fn all(&self) -> impl Iterator<Item = &PermissionInfo> {
        self.0.values()
    }

    /// The names that one of `allow` matches and none of `except`.
    pub fn select<S: AsRef<str>>(&self, allow: &[S], except: &[S]) -> BTreeSet<&'static str> {
        let hit = |patterns: &[S], name: &str| patterns.iter().any(|pattern| matches(pattern.as_ref(), name));
        self.0.keys().copied().filter(|name| hit(allow, name) && !hit(except, name)).collect()
    }

    /// Whether a role that is granted for one plant gives this permission for the whole organization: reading what all plants share, as items
    /// and units, without which nobody at a plant could work.
    pub fn is_shared(&self, name: &str) -> bool {
        self.find(name).is_some_and(|info| info.scope == PermissionScope::Organization && !info.sensitive && name.ends_with(".read"))
    }

    /// Whether rights over people and secrets hang on it.
    pub fn is_sensitive(&self, name: &str) -> bool {
        self.find(name).is_some_and(|info| info.sensitive)
    }
}

/// Whether `name` is of `pattern`, in which `*` stands for any run of characters: `factory.*`, `*.read`, `factory.*.read`.
pub fn matches(pattern: &str, name: &str) -> bool {
    let mut pieces = pattern.split('*');
    let Some(rest) = pieces.next().and_then(|first| name.strip_prefix(first)) else { return false };
    let mut pieces: Vec<&str> = pieces.collect();
    let Some(last) = pieces.pop() else { return rest.is_empty() };
    let Some(mut rest) = rest.strip_suffix(last) else { return false };
    for piece in pieces {
        match rest.find(piece) {
            Some(at) => rest = &rest[at + piece.len()..],
            None => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn a_star_stands_for_any_run() {
        for (pattern, name, expected) in [
            ("factory.line.read", "factory.line.read", true),
            ("factory.line.read", "factory.line.reads", false),
            ("factory.*", "factory.line.read", true),
            ("factory.*", "factory", false),
            ("*.read", "factory.line.read", true),
            ("*.read", "factory.line.update", false),
            ("factory.*.read", "factory.line.read", true),
            ("factory.*.read", "factory.read", false),
            ("*", "anything", true),
            ("*.line.*", "factory.line.read", true),
            ("*.line.*", "factory.lines.read", false),
            ("", "factory", false),
            ("ab*ba", "aba", false),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern} against {name}");
        }
    }
}
