//! The one way to the database.
//!
//! A [`Tx`] is a transaction that has told the database, before anything else, which organization and plants it may touch and who acts. The
//! opening statements travel with the first query in one round trip.
//!
//! **Invariant:** no statement runs outside a transaction whose settings are those of its [`Caller`](crate::caller::Caller); they are local to the transaction, so
//! a connection returns to the pool with none.
//! **Invariant:** a connection with an open transaction never returns to the pool: [`Tx`] rolls back first, also when it is dropped.
//! **Invariant:** no SQL text is built from input: contexts can pass constants only, and [`Sql`] is composed inside this crate from
//! declarations alone.

pub mod migrate;
pub(crate) mod once;
mod pool;
mod sql;
pub mod tls;
mod turns;
mod tx;

pub use pool::{Database, PoolSettings};
pub use sql::Sql;
pub use tx::{Params, Tx};
