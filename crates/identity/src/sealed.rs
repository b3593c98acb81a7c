//! The columns of this context that hold ciphertext.

use platform::secrets::SealedColumn;

/// Columns of secrets, for the rotation of their key.
pub const SEALED: &[SealedColumn] = &[];
