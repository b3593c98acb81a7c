//! The text of a statement.

use std::sync::Arc;

/// The text of a statement: a constant of the program, or composed from declarations by this crate.
#[derive(Clone, Debug)]
pub enum Sql {
    /// Written in the source.
    Constant(&'static str),
    /// Composed once from declarations, and kept.
    Composed(Arc<str>),
}

impl Sql {
    /// Composes a statement. Only for this crate, and only from declarations: names of tables and columns that the program's source spells,
    /// and numbered parameters.
    #[allow(dead_code, reason = "the declared records compose theirs")]
    pub(crate) fn composed(text: impl Into<Arc<str>>) -> Self {
        Sql::Composed(text.into())
    }

    /// The text.
    pub fn text(&self) -> &str {
        match self {
            Sql::Constant(text) => text,
            Sql::Composed(text) => text,
        }
    }
}

impl From<&'static str> for Sql {
    fn from(text: &'static str) -> Self {
        Sql::Constant(text)
    }
}
