//! The one error: what went wrong for the caller, and, apart from that, why, for the log.
//!
//! **Invariant:** `detail` and `fields` are written for the person who called; SQL, paths and causes live in `source` only, which is logged
//! once at the boundary and never leaves the server.

use std::fmt;

/// What platform and contexts return.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a request could not be carried out.
#[derive(Debug)]
pub struct Error {
    /// The family, which decides the HTTP status.
    pub kind: Kind,
    /// Stable, for programs: `line_name_taken`. Snake case, never renamed.
    pub code: &'static str,
    /// A sentence a person can act on, lower-case, without full stop.
    pub detail: String,
    /// What is wrong in the body, field by field; all of it at once.
    pub fields: Vec<FieldError>,
    /// How long to wait before trying again (s), where waiting helps.
    pub retry_after_s: Option<u64>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// The families of errors and their HTTP status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// 400: cannot be understood.
    Malformed,
    /// 401: nobody is signed in, or the key is wrong, expired or revoked.
    Unauthenticated,
    /// 403: known, seen, and not allowed.
    Forbidden,
    /// 404: absent, or behind the caller's wall.
    NotFound,
    /// 405: the resource has no such method.
    MethodNotAllowed,
    /// 406: no acceptable representation.
    NotAcceptable,
    /// 408: the request took too long to arrive or to answer.
    Timeout,
    /// 409: contradicts what is stored.
    Conflict,
    /// 410: was here and is gone for good.
    Gone,
    /// 412: somebody else changed the record since it was read.
    Precondition,
    /// 413: larger than the limit.
    TooLarge,
    /// 415: the body's media type is not understood.
    UnsupportedMedia,
    /// 422: understood, and wrong.
    Invalid,
    /// 428: needs `If-Match`.
    PreconditionRequired,
    /// 429: too many requests.
    RateLimited,
    /// 500: our fault.
    Internal,
    /// 503: too busy or not ready.
    Unavailable,
    /// 507: there is no room to keep it.
    StorageFull,
}

impl Kind {
    /// The HTTP status code.
    pub const fn status(self) -> u16 {
        match self {
            Kind::Malformed => 400,
            Kind::Unauthenticated => 401,
            Kind::Forbidden => 403,
            Kind::NotFound => 404,
            Kind::MethodNotAllowed => 405,
            Kind::NotAcceptable => 406,
            Kind::Timeout => 408,
            Kind::Conflict => 409,
            Kind::Gone => 410,
            Kind::Precondition => 412,
            Kind::TooLarge => 413,
            Kind::UnsupportedMedia => 415,
            Kind::Invalid => 422,
            Kind::PreconditionRequired => 428,
            Kind::RateLimited => 429,
            Kind::Internal => 500,
            Kind::Unavailable => 503,
            Kind::StorageFull => 507,
        }
    }
}

/// One thing that is wrong in a body.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct FieldError {
    /// Where: a JSON pointer (RFC 6901) into the body, `""` for the whole.
    pub pointer: String,
    /// Stable, for programs: `required`, `too_large`, `unknown_reference`.
    #[schema(value_type = String)]
    pub code: &'static str,
    /// What was found and what is expected.
    pub detail: String,
}

impl FieldError {
    /// One thing that is wrong at `pointer`.
    pub fn new(pointer: impl Into<String>, code: &'static str, detail: impl Into<String>) -> Self {
        FieldError { pointer: pointer.into(), code, detail: detail.into() }
    }
}

impl Error {
    /// An error of `kind`.
    pub fn new(kind: Kind, code: &'static str, detail: impl Into<String>) -> Self {
        Error { kind, code, detail: detail.into(), fields: Vec::new(), retry_after_s: None, source: None }
    }

    /// Absent, or behind the caller's wall: both look the same. `what` names the kind of thing: `line`.
    pub fn not_found(what: &str) -> Self {
        Self::new(Kind::NotFound, "not_found", format!("there is no such {what}, or it is not visible to you"))
    }

    /// Contradicts what is stored.
    pub fn conflict(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(Kind::Conflict, code, detail)
    }

    /// Understood, and wrong: every field's error at once.
    pub fn invalid(fields: Vec<FieldError>) -> Self {
        let detail = match fields.as_slice() {
            [only] if only.pointer.is_empty() => only.detail.clone(),
            [only] => format!("{}: {}", only.pointer, only.detail),
            all => format!("{} values are not acceptable", all.len()),
        };
        Error { fields, ..Self::new(Kind::Invalid, "invalid", detail) }
    }

    /// Our fault; `source` goes to the log, never to the caller.
    pub fn internal(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        let mut error =
            Self::new(Kind::Internal, "internal", "something failed on our side; the request id leads to the reason in the log");
        error.source = Some(source.into());
        error
    }

    /// Too busy; worth trying again after `retry_after_s`.
    pub fn unavailable(code: &'static str, detail: impl Into<String>, retry_after_s: u64) -> Self {
        Error { retry_after_s: Some(retry_after_s), ..Self::new(Kind::Unavailable, code, detail) }
    }

    /// Worth trying again after so many seconds.
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after_s = Some(seconds);
        self
    }

    /// Keeps the cause for the log.
    pub fn because(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Turns the violation of the named constraint into the caller's error; beside the query that can cause it.
    pub fn on_constraint(self, constraint: &str, instead: impl FnOnce() -> Error) -> Self {
        if self.constraint() == Some(constraint) { instead().because_of(self) } else { self }
    }

    /// The database constraint that was violated, if that is the cause.
    pub fn constraint(&self) -> Option<&str> {
        self.database_error().and_then(tokio_postgres::error::DbError::constraint)
    }

    /// The five-letter SQLSTATE, if the database refused.
    pub fn sql_state(&self) -> Option<&tokio_postgres::error::SqlState> {
        self.database_error().map(tokio_postgres::error::DbError::code)
    }

    fn database_error(&self) -> Option<&tokio_postgres::error::DbError> {
        self.source.as_deref()?.downcast_ref::<tokio_postgres::Error>()?.as_db_error()
    }

    fn because_of(mut self, cause: Error) -> Self {
        self.source = cause.source;
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.detail)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

/// What the database refuses without a mapping beside the query still gets an honest family: a client can tell a conflict from our fault.
impl From<tokio_postgres::Error> for Error {
    fn from(cause: tokio_postgres::Error) -> Self {
        use tokio_postgres::error::SqlState;
        let state = cause.as_db_error().map(|refused| refused.code().clone());
        let gone = || Error::unavailable("database_gone", "the database is not reachable at the moment", 2);
        let error = match state {
            Some(SqlState::UNIQUE_VIOLATION) => Error::conflict("already_exists", "there is already one like this"),
            Some(SqlState::FOREIGN_KEY_VIOLATION) => {
                Error::conflict("reference_violated", "it refers to something that is not there, or something still refers to it")
            }
            // The last two: moments that no calendar has, and values that are too long for an index.
            Some(
                SqlState::CHECK_VIOLATION
                | SqlState::NUMERIC_VALUE_OUT_OF_RANGE
                | SqlState::DATETIME_FIELD_OVERFLOW
                | SqlState::PROGRAM_LIMIT_EXCEEDED,
            ) => Error::new(Kind::Invalid, "out_of_bounds", "a value lies outside what can be stored"),
            Some(SqlState::T_R_SERIALIZATION_FAILURE | SqlState::T_R_DEADLOCK_DETECTED) => {
                Error::unavailable("collided", "somebody changed the same at the same moment; try again", 1)
            }
            Some(SqlState::QUERY_CANCELED | SqlState::LOCK_NOT_AVAILABLE) => {
                Error::unavailable("took_too_long", "the database took too long; try again, or ask for less", 2)
            }
            Some(SqlState::CHARACTER_NOT_IN_REPERTOIRE | SqlState::UNTRANSLATABLE_CHARACTER) => {
                Error::new(Kind::Invalid, "bad_characters", "a text holds a character that cannot be stored (U+0000)")
            }
            Some(SqlState::DISK_FULL) => Error::unavailable("disk_full", "the database's disk is full; nothing was changed", 60),
            // It stops, recovers from another's crash, or has not begun: whoever was connected is told so, and then hung up on.
            Some(SqlState::ADMIN_SHUTDOWN | SqlState::CRASH_SHUTDOWN | SqlState::CANNOT_CONNECT_NOW) => gone(),
            Some(SqlState::OUT_OF_MEMORY | SqlState::TOO_MANY_CONNECTIONS) => {
                Error::unavailable("busy", "the database has no room for this at the moment; try again", 2)
            }
            Some(_) => return Error::internal(cause),
            None if cause.is_closed() => gone(),
            None => return Error::internal(cause),
        };
        error.because(cause)
    }
}
