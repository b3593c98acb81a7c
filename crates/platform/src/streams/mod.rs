//! Live streams: events as they happen, to whoever keeps a connection open (Server-Sent Events).
//!
//! One task in each process ([`Hub::keep`]) looks what was published and hands it to the streams of the organization it is about. A stream that begins
//! behind the present (`Last-Event-ID`) reads what it missed from the database first.
//!
//! **Invariant:** a stream gets what its caller may read at that moment: whoever loses session, key or account loses the stream within five seconds,
//! and a right that was taken away counts as soon.
//! **Invariant:** a stream costs a bounded amount of memory: one whose reader does not keep up is cut, and resumes where it broke off.
//! **Invariant:** between what a stream read from the database and what it is handed live there is no gap and nothing twice.

mod http;
mod hub;
mod progress;

pub use http::routes;
pub use hub::Hub;
