//! Who did what: the trail that every change leaves, sealed so that nobody can rewrite it unnoticed.
//!
//! The database writes the entries (`gemba.audit_row`, `gemba.audit`), in the transaction they are about. A background task seals what has
//! been committed, organization by organization, into a chain of signed links ([`chain`]).
//!
//! **Invariant:** nothing in the request path waits for the chain, and nothing in the chain waits for a request.
//! **Invariant:** an entry is never changed; it is removed only by retention, which leaves a signed statement.

pub mod chain;
mod rows;
pub mod sealer;
pub mod verification;
