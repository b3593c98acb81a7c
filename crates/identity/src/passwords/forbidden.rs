//! Passwords that an installation forbids: its products, its places, what was found on yellow notes.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use platform::error::Kind;
use platform::{Error, Result};

use super::widespread;

/// An installation's own list. Cheap to clone.
#[derive(Clone, Default)]
pub struct Forbidden(Arc<BTreeSet<String>>);

impl Forbidden {
    /// Reads a list, one password a line; lines that begin with `#` are remarks.
    pub fn read(text: &str) -> Self {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        Forbidden(Arc::new(lines.map(widespread::core).filter(|core| !core.is_empty()).collect()))
    }

    /// The list in this file.
    ///
    /// # Errors
    /// `forbidden_passwords_unreadable`.
    pub fn of_file(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).map_err(|cause| {
            let detail = format!("the list of forbidden passwords, {}, cannot be read: {cause}", path.display());
            Error::new(Kind::Invalid, "forbidden_passwords_unreadable", detail)
        })?;
        Ok(Forbidden::read(&text))
    }

    /// Whether a password is on the list, however it is dressed up.
    pub fn holds(&self, password: &str) -> bool {
        self.0.contains(&widespread::core(password))
    }
}

impl std::fmt::Debug for Forbidden {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Forbidden({})", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::Forbidden;

    #[test]
    fn a_listed_password_is_forbidden_however_it_is_dressed() {
        let list = Forbidden::read("# ours\n\nTavira drives Kiel\nblue press seven\n");
        for (password, forbidden) in [
            ("Tavira drives Kiel", true),
            ("tavira-drives-kiel2026!", true),
            ("T4v1ra Dr1ves Kiel", true),
            ("Tavira drives Hamburg", false),
            ("", false),
        ] {
            assert_eq!(list.holds(password), forbidden, "{password}");
        }
        assert_eq!(format!("{list:?}"), "Forbidden(2)");
    }
}
