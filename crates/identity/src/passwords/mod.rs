//! Passwords: what makes one acceptable, and the slow hash behind which they are kept.
//!
//! **Invariant:** a password is never logged, stored or compared in the clear; it is hashed with Argon2id, a fresh salt each.
//! **Invariant:** checking costs one hash computation whether or not the account exists, is locked out of signing in, or has a password.
//! **Invariant:** no more than a fixed number of hashes are computed at once and no more than a fixed number wait; beyond, 503.

mod forbidden;
mod hashing;
mod rules;
mod widespread;

pub use forbidden::Forbidden;
pub use hashing::{Hasher, Hashing};
pub use rules::{About, check};
