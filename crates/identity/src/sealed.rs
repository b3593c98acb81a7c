//! The columns of this context that hold ciphertext.

use platform::secrets::SealedColumn;

/// What an authenticator app and Gemba share.
pub(crate) const TOTP_SEED: SealedColumn = SealedColumn { table: "second_factors", key: "id", column: "seed_sealed" };
/// What a provider of identities and Gemba share.
pub(crate) const CLIENT_SECRET: SealedColumn = SealedColumn { table: "oidc_providers", key: "id", column: "client_secret_sealed" };
/// The provider's statement about who signed in, which it wants back when they sign out.
pub(crate) const ID_TOKEN: SealedColumn = SealedColumn { table: "session_origins", key: "session_id", column: "id_token_sealed" };

/// Columns of secrets, for the rotation of their key.
pub const SEALED: &[SealedColumn] = &[TOTP_SEED, CLIENT_SECRET, ID_TOKEN];
