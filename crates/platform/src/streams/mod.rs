//! Live streams: events as they happen, to whoever keeps a connection open (Server-Sent Events).
//!
//! One task in each process ([`Hub::keep`]) looks what was published and hands it to the streams of the organization it is about. A stream that begins
//! behind the present (`Last-Event-ID`) reads what it missed from the database first, and so does one for which there was no room meanwhile.
//!
//! **Invariant:** a stream gets what its caller may read at that moment: whoever loses session, key or account loses the stream within five seconds,
//! and a right that was taken away counts as soon.
//! **Invariant:** a stream costs a bounded amount of memory: what a reader that does not keep up has not taken waits in the database, not here.
//! **Invariant:** between what a stream read from the database and what it is handed live there is no gap and nothing twice.

mod http;
mod hub;
mod progress;

pub use http::routes;
pub use hub::Hub;
