//! The rules of this repository that neither the compiler nor clippy enforces: how long files are, which way crates may
//! depend, what text may not say, that documentation and examples match what is there.
//!
//! **Invariant:** a finding says where, what, why and what to do. Rules read files, and what cargo says of them offline; nothing is built or fetched.
//! **Invariant:** every rule on text proves on a bad sample that it finds something.

mod crates;
mod dependencies;
mod documents;
mod files;
mod repository;
mod text;
