//! The API's manners, the same for every context: who calls, what a body, a page, a version and an error look like, and what surrounds
//! every handler.
//!
//! A context exports `pub fn routes() -> OpenApiRouter<App>`; its handlers take [`Caller`], [`Body`], [`Page`], [`IfMatch`] from the request
//! and return [`crate::Result`]. What every operation has in common (problems, request ids, headers) is added once, around all of them.
//!
//! An operation is declared beside its handler. The name of the handler is the operation's id, unique in the whole API (`list_lines`, not
//! `list`). Only what is its own is said: success, and the permission it needs, or `signed-in`, or `public`:
//!
//! ```text
//! /// Lines of the plants within reach.
//! #[utoipa::path(get, path = "/lines", tag = "Lines", params(PageQuery, FieldsQuery),
//!     responses((status = 200, body = Paged<Line>)), extensions(("x-permission" = json!("factory.line.read"))))]
//! async fn list_lines(State(app): State<App>, caller: Caller, page: Page) -> Result<Json<Paged<Line>>> { … }
//!
//! pub fn routes() -> OpenApiRouter<App> { OpenApiRouter::new().routes(routes!(list_lines)) }
//! ```
//!
//! **Invariant:** a refusal is always a problem of RFC 9457 with a stable code and the request's id; nothing of SQL, paths or causes is in it.
//! **Invariant:** a client that hangs up does not stop a handler half-way.
//! **Invariant:** nothing here knows how a session or a key is checked: that is [`Authenticate`], which `identity` gives.

mod answers;
mod body;
mod caller;
mod conditional;
mod conversation;
mod handlers;
mod layers;
mod listen;
pub mod openapi;
mod page;
mod problem;
mod rates;
mod unfit;
mod upkeep;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use ::http::Extensions;
use ::http::request::Parts;
use futures_util::future::BoxFuture;

use crate::caller::Caller;
use crate::context::Context;
use crate::database::{Database, Tx};
use crate::error::Result;
use crate::ids::RequestId;
use crate::notifications::Whom;

pub use crate::routes;
pub use body::{Body, Path, Query, Unread};
pub use conditional::{ETag, IfMatch, IfMatchHeader, created, versioned};
#[doc(hidden)]
pub use handlers::Gathered;
pub use handlers::{Erased, erased};
pub(crate) use layers::Unhurried;
pub use layers::{AsItIs, surround};
pub use listen::listen;
pub use page::{Cursor, Fields, FieldsQuery, Page, PageQuery, Paged};
pub(crate) use problem::Restated;
pub use problem::{Problem, refusal};
pub use rates::{RateLimits, requests_per_hour};
#[doc(hidden)]
pub use utoipa_axum;
pub use utoipa_axum::router::OpenApiRouter;

/// The server, as handlers see it: the state of every router. Cheap to clone.
#[derive(Clone)]
pub struct App {
    /// The one way to the database.
    pub database: Database,
    /// Finds out who calls.
    pub authenticate: Arc<dyn Authenticate>,
    /// Limits and places.
    pub settings: Arc<Settings>,
    /// How much each client asked.
    pub limits: Arc<RateLimits>,
    places: Arc<layers::Places>,
    /// Shared, because every layer and handler of every request holds a copy of the whole.
    parts: Arc<Extensions>,
}

impl App {
    /// A server on `database` whose callers `authenticate` knows.
    pub fn new(database: Database, authenticate: Arc<dyn Authenticate>, settings: Settings) -> Self {
        let places = layers::Places::new(settings.in_flight);
        App { database, authenticate, settings: Arc::new(settings), limits: Arc::default(), places, parts: Arc::default() }
    }

    /// Waits until every request let in has been carried out, those whose clients have gone included; lets no new one in. For the end.
    pub async fn drain(&self) {
        self.places.close().await;
    }

    /// How many requests are being answered.
    pub fn in_flight(&self) -> usize {
        self.places.taken_inside()
    }

    /// With something of a context that its handlers need beside the database: a semaphore, a key, a mailer. One of each type.
    pub fn with<T: Clone + Send + Sync + 'static>(mut self, part: T) -> Self {
        Arc::make_mut(&mut self.parts).insert(part);
        self
    }

    /// With another way to find out who calls.
    pub fn known_by(self, authenticate: Arc<dyn Authenticate>) -> Self {
        App { authenticate, ..self }
    }

    /// What [`with`](Self::with) was given.
    ///
    /// # Errors
    /// `internal` when the server was put together without it.
    pub fn part<T: Clone + Send + Sync + 'static>(&self) -> Result<T> {
        self.parts
            .get::<T>()
            .cloned()
            .ok_or_else(|| crate::Error::internal(format!("the server was put together without {}", std::any::type_name::<T>())))
    }

    /// Time and identifiers.
    pub fn context(&self) -> &Context {
        self.database.context()
    }

    /// Opens a transaction for `caller`; see [`Database::begin`].
    ///
    /// # Errors
    /// 503 when the database has no room or is gone.
    pub async fn begin(&self, caller: &Caller) -> Result<Tx> {
        Ok(self.database.begin(caller).await?.knowing(self.parts.get::<Whom>().cloned()))
    }

    /// Opens a reading transaction for `caller`; see [`Database::read`].
    ///
    /// # Errors
    /// As [`begin`](Self::begin).
    pub async fn read(&self, caller: &Caller) -> Result<Tx> {
        self.database.read(caller).await
    }
}

/// Limits and places of the HTTP server; every one has a working default.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The largest body of an ordinary request (bytes).
    pub body_limit: usize,
    /// The largest body of an upload (bytes).
    pub upload_limit: usize,
    /// How long a request may take to arrive and be answered.
    pub time_limit: Duration,
    /// How long answers under way may take once the server is told to stop.
    pub shutdown_limit: Duration,
    /// Requests answered at the same time; more are told to come back.
    pub in_flight: usize,
    /// What a client may ask in an hour where its organization says nothing else.
    pub requests_per_hour: u32,
    /// Origins of other web sites whose pages may call, `https://mes.example`; none by default.
    pub cors_origins: Vec<String>,
    /// Whether browsers reach the server by https, directly or through a proxy: turns on HSTS and `Secure` cookies.
    pub https: bool,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpAddr>,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            body_limit: 1 << 20,
            upload_limit: 32 << 20,
            time_limit: Duration::from_secs(30),
            shutdown_limit: Duration::from_secs(30),
            in_flight: 256,
            requests_per_hour: 1_000,
            cors_origins: Vec::new(),
            https: false,
            trusted_proxies: Vec::new(),
        }
    }
}

/// How long the body of a request may take to arrive.
const BODY_ARRIVES: Duration = Duration::from_secs(15);

/// Put into an answer's extensions: it holds something shown once, so no copy of it is kept for repetitions of the request.
#[derive(Clone, Copy, Debug)]
pub struct Secret;

/// Finds out who calls, from cookies and headers.
pub trait Authenticate: Send + Sync {
    /// The caller behind a request. [`Client::of`] tells address and request id.
    ///
    /// # Errors
    /// 401 for nobody, a wrong, an expired or a revoked proof; 403 `csrf` for a changing request of a browser without its token.
    fn caller<'a>(&'a self, parts: &'a Parts) -> BoxFuture<'a, Result<Caller>>;
}

/// What is known of a request before anybody is known.
#[derive(Clone, Copy, Debug)]
pub struct Client {
    /// The address it came from.
    pub ip: Option<IpAddr>,
    /// Its identifier: the client's own `X-Request-Id` where that is a UUID, else a new one.
    pub request: RequestId,
    /// Whether it came by https.
    pub https: bool,
}

impl Client {
    /// As the outermost layer noted it.
    pub fn of(parts: &Parts) -> Client {
        parts.extensions.get::<Client>().copied().unwrap_or(Client { ip: None, request: RequestId(uuid::Uuid::nil()), https: false })
    }
}
