//! A transaction behind its caller's walls.

use std::sync::Arc;

use deadpool_postgres::Object;
use futures_util::future::{join, join3, join4};
use jiff::Timestamp;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Row, Statement};
use uuid::Uuid;

use crate::caller::{Caller, Scope};
use crate::context::Context;
use crate::database::once::{self, Once};
use crate::database::sql::Sql;
use crate::database::turns::Turn;
use crate::error::{Error, Kind, Result};
use crate::notifications::Whom;
use crate::permission::Permission;
use crate::policy::Refused;
use crate::telemetry;

/// Parameters of a statement, in order.
pub type Params<'a> = &'a [&'a (dyn ToSql + Sync)];

/// A transaction that sees and changes only what its caller's walls allow. Dropped without [`commit`](Tx::commit), it changed nothing.
pub struct Tx {
    connection: Option<Object>,
    // Behind the connection: given back after it.
    _turn: Turn,
    caller: Option<Arc<Caller>>,
    context: Context,
    access: Access,
    state: State,
    now: Timestamp,
    refused: Option<Refused>,
    people: Option<Whom>,
    /// Its part of a trace, which ends when it does.
    _span: tracing::Span,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    Read,
    Write,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nothing was sent yet.
    Fresh,
    /// Begun.
    Open,
    /// Ended by commit or rollback.
    Ended,
}

const SETTINGS: &str = "select set_config('gemba.organization', $1, true), set_config('gemba.plants', $2, true), \
     set_config('gemba.actor', $3, true), set_config('gemba.ip', $4, true), set_config('gemba.request', $5, true), \
     set_config('gemba.trace', $6, true)";

impl Tx {
    pub(super) fn new(
        connection: Object,
        turn: Turn,
        caller: Option<Arc<Caller>>,
        context: Context,
        access: Access,
        span: tracing::Span,
    ) -> Self {
        let now = context.now();
        Tx {
            connection: Some(connection),
            _turn: turn,
            caller,
            context,
            access,
            state: State::Fresh,
            now,
            refused: None,
            people: None,
            _span: span,
        }
    }

    /// For whom this runs.
    ///
    /// # Panics
    /// Before sign-in there is nobody; nothing that asks runs there.
    pub fn caller(&self) -> &Caller {
        self.caller.as_deref().expect("a transaction before sign-in has no caller")
    }

    /// The instant this transaction began; the same for everything it does.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// A new identifier.
    pub fn new_id<Id: From<Uuid>>(&self) -> Id {
        self.context.new_id()
    }

    /// Refuses unless the caller may do this there.
    ///
    /// # Errors
    /// 403 `permission_missing`.
    pub fn require(&self, permission: Permission, scope: Scope) -> Result<()> {
        self.caller().require(permission, scope)
    }

    /// The same, of a server that knows the people of its organizations.
    pub(crate) fn knowing(mut self, people: Option<Whom>) -> Self {
        self.people = people;
        self
    }

    /// The people of organizations, for rules that ask what others may see. Nothing where the server knows none, and in runs: what people may see is
    /// asked again when it matters.
    pub fn people(&self) -> Option<Whom> {
        self.people.clone()
    }

    /// Notes what a policy refused within work on several records, so that the refusal of the whole can name it.
    pub(crate) fn refuse(&mut self, refused: Option<Refused>) {
        self.refused = self.refused.take().or(refused);
    }

    /// What a policy refused first since this was asked last.
    pub(crate) fn refused(&mut self) -> Option<Refused> {
        self.refused.take()
    }

    /// Runs a statement and returns its rows.
    ///
    /// # Errors
    /// What the database refused.
    pub async fn query(&mut self, sql: impl Into<Sql>, params: Params<'_>) -> Result<Vec<Row>> {
        let sql = sql.into();
        let statement = self.prepare(&sql).await?;
        let connection = self.connection()?;
        if self.state == State::Open {
            return Ok(connection.query(&statement, params).await?);
        }
        let settings = connection.prepare_cached(SETTINGS).await?;
        let told = Told::of(self.caller.as_deref());
        let told = told.params();
        let (begun, set, rows) =
            join3(connection.batch_execute(self.begin_text()), connection.query(&settings, &told), connection.query(&statement, params))
                .await;
        self.state = State::Open;
        begun?;
        set?;
        Ok(rows?)
    }

    /// Runs a statement whose text is new each time, with the types of its parameters: it is planned for these values and not kept.
    ///
    /// # Errors
    /// What the database refused.
    pub(crate) async fn query_typed(&mut self, sql: Sql, params: &[(&(dyn ToSql + Sync), Type)]) -> Result<Vec<Row>> {
        let connection = self.connection()?;
        if self.state == State::Open {
            return Ok(connection.query_typed(sql.text(), params).await?);
        }
        let settings = connection.prepare_cached(SETTINGS).await?;
        let told = Told::of(self.caller.as_deref());
        let told = told.params();
        let (begun, set, rows) = join3(
            connection.batch_execute(self.begin_text()),
            connection.query(&settings, &told),
            connection.query_typed(sql.text(), params),
        )
        .await;
        self.state = State::Open;
        begun?;
        set?;
        Ok(rows?)
    }

    /// Runs the only statement of a reading transaction: opening, statement and end in one round trip.
    ///
    /// # Errors
    /// What the database refused.
    pub async fn query_once(mut self, sql: impl Into<Sql>, params: Params<'_>) -> Result<Vec<Row>> {
        let sql = sql.into();
        let statement = self.prepare(&sql).await?;
        if self.state != State::Fresh {
            let rows = self.query(sql, params).await?;
            self.commit().await?;
            return Ok(rows);
        }
        let connection = self.connection()?;
        let settings = connection.prepare_cached(SETTINGS).await?;
        let told = Told::of(self.caller.as_deref());
        let told = told.params();
        let (begun, set, rows, ended) = join4(
            connection.batch_execute(self.begin_text()),
            connection.query(&settings, &told),
            connection.query(&statement, params),
            connection.batch_execute("commit"),
        )
        .await;
        self.state = State::Open;
        begun?;
        set?;
        let rows = rows?;
        ended?;
        self.state = State::Ended;
        Ok(rows)
    }

    /// Asks a door before sign-in: one statement, a transaction by itself, without opening and end, which every request would pay for. The
    /// door is told of nobody, so it must be one that leaves no trail.
    ///
    /// # Errors
    /// What the database refused; `internal` for a transaction that has a caller or has begun.
    pub async fn ask_door(mut self, sql: impl Into<Sql>, params: Params<'_>) -> Result<Vec<Row>> {
        if self.caller.is_some() || self.state != State::Fresh {
            return Err(Error::internal("doors are asked before anybody is known"));
        }
        let statement = self.prepare(&sql.into()).await?;
        let rows = self.connection()?.query(&statement, params).await?;
        self.state = State::Ended;
        Ok(rows)
    }

    /// Runs a statement that returns one row or none.
    ///
    /// # Errors
    /// What the database refused; `internal` for more than one row.
    pub async fn query_opt(&mut self, sql: impl Into<Sql>, params: Params<'_>) -> Result<Option<Row>> {
        let mut rows = self.query(sql, params).await?;
        if rows.len() > 1 {
            return Err(Error::internal(format!("expected at most one row, found {}", rows.len())));
        }
        Ok(rows.pop())
    }

    /// Runs a statement that returns exactly one row.
    ///
    /// # Errors
    /// What the database refused; `internal` for another number of rows.
    pub async fn query_one(&mut self, sql: impl Into<Sql>, params: Params<'_>) -> Result<Row> {
        self.query_opt(sql, params).await?.ok_or_else(|| Error::internal("expected one row, found none"))
    }

    /// Runs a statement and returns how many rows it changed.
    ///
    /// # Errors
    /// What the database refused.
    pub async fn execute(&mut self, sql: impl Into<Sql>, params: Params<'_>) -> Result<u64> {
        let sql = sql.into();
        let statement = self.prepare(&sql).await?;
        let connection = self.connection()?;
        if self.state == State::Open {
            return Ok(connection.execute(&statement, params).await?);
        }
        let settings = connection.prepare_cached(SETTINGS).await?;
        let told = Told::of(self.caller.as_deref());
        let told = told.params();
        let (begun, set, changed) =
            join3(connection.batch_execute(self.begin_text()), connection.query(&settings, &told), connection.execute(&statement, params))
                .await;
        self.state = State::Open;
        begun?;
        set?;
        Ok(changed?)
    }

    /// Makes everything this transaction did last.
    ///
    /// # Errors
    /// What the database refused; nothing was changed then.
    pub async fn commit(mut self) -> Result<()> {
        if self.state == State::Open {
            let once = self.caller.as_deref().filter(|_| self.access == Access::Write).and_then(|caller| Once::due(caller.organization));
            match once {
                Some(once) => self.commit_once(&once).await?,
                None => self.connection()?.batch_execute("commit").await?,
            }
        }
        self.state = State::Ended;
        Ok(())
    }

    /// Commits with the note of the request's key. Where the note is refused, the commit behind it undoes everything.
    async fn commit_once(&self, once: &Once) -> Result<()> {
        let connection = self.connection()?;
        let note = connection.prepare_cached(once::NOTE).await?;
        let params: Params<'_> = &[&once.organization, &once.principal, &once.key, &once.request_hash, &once.expires_at];
        let (noted, committed) = join(connection.execute(&note, params), connection.batch_execute("commit")).await;
        noted.map_err(|refused| {
            Error::from(refused).on_constraint("idempotency_keys_pkey", || {
                let detail = "a request with this Idempotency-Key is being carried out at this moment; try again to get its answer";
                Error::conflict("idempotency_concurrent", detail).retry_after(1)
            })
        })?;
        committed?;
        once.noted();
        Ok(())
    }

    /// Undoes everything this transaction did.
    ///
    /// # Errors
    /// When the database is gone; nothing was changed then either.
    pub async fn rollback(mut self) -> Result<()> {
        if self.state == State::Open {
            self.connection()?.batch_execute("rollback").await?;
        }
        self.state = State::Ended;
        Ok(())
    }

    /// Marks a point to which [`back_to_savepoint`](Self::back_to_savepoint) returns, for rows that are tried one by one.
    ///
    /// # Errors
    /// What the database refused.
    pub async fn savepoint(&mut self) -> Result<()> {
        self.open().await?;
        Ok(self.connection()?.batch_execute("savepoint row").await?)
    }

    /// Undoes what was done since the last [`savepoint`](Self::savepoint).
    ///
    /// # Errors
    /// What the database refused.
    pub async fn back_to_savepoint(&mut self) -> Result<()> {
        Ok(self.connection()?.batch_execute("rollback to savepoint row").await?)
    }

    /// Forgets the last [`savepoint`](Self::savepoint) and keeps what was done since; the one before it is the last again.
    ///
    /// # Errors
    /// What the database refused.
    pub async fn release_savepoint(&mut self) -> Result<()> {
        Ok(self.connection()?.batch_execute("release savepoint row").await?)
    }

    /// Keeps what was done since the last [`savepoint`](Self::savepoint) and marks the point anew: for rows that are tried one after the other.
    ///
    /// # Errors
    /// What the database refused.
    pub async fn renew_savepoint(&mut self) -> Result<()> {
        Ok(self.connection()?.batch_execute("release savepoint row; savepoint row").await?)
    }

    async fn open(&mut self) -> Result<()> {
        if self.state == State::Fresh {
            let connection = self.connection()?;
            let settings = connection.prepare_cached(SETTINGS).await?;
            let told = Told::of(self.caller.as_deref());
            let told = told.params();
            let (begun, set) = join(connection.batch_execute(self.begin_text()), connection.query(&settings, &told)).await;
            self.state = State::Open;
            begun?;
            set?;
        }
        Ok(())
    }

    async fn prepare(&self, sql: &Sql) -> Result<Statement> {
        Ok(self.connection()?.prepare_cached(sql.text()).await?)
    }

    fn connection(&self) -> Result<&Object> {
        if self.state == State::Ended {
            return Err(Error::new(Kind::Internal, "transaction_ended", "the transaction has ended"));
        }
        self.connection.as_ref().ok_or_else(|| Error::internal("the transaction has no connection"))
    }

    fn begin_text(&self) -> &'static str {
        match self.access {
            Access::Read => "begin read only",
            Access::Write => "begin",
        }
    }
}

impl Drop for Tx {
    fn drop(&mut self) {
        let Some(connection) = self.connection.take() else { return };
        if self.state != State::Open {
            return;
        }
        // Never back to the pool with an open transaction: roll back first, and where that cannot be done, give the connection up.
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => {
                runtime.spawn(async move {
                    if connection.batch_execute("rollback").await.is_err() {
                        drop(Object::take(connection));
                    }
                });
            }
            Err(_) => drop(Object::take(connection)),
        }
    }
}

/// What the database is told of the caller before anything else.
struct Told {
    organization: String,
    plants: String,
    actor: String,
    ip: String,
    request: String,
    trace: String,
}

impl Told {
    fn of(caller: Option<&Caller>) -> Told {
        let trace = telemetry::current().unwrap_or_default();
        match caller {
            Some(caller) => Told {
                organization: caller.organization.to_string(),
                plants: caller.reach().setting(),
                actor: caller.principal.label(),
                ip: caller.ip.map(|ip| ip.to_string()).unwrap_or_default(),
                request: caller.request.to_string(),
                trace,
            },
            None => Told {
                organization: String::new(),
                plants: String::new(),
                actor: "nobody".into(),
                ip: String::new(),
                request: String::new(),
                trace,
            },
        }
    }

    fn params(&self) -> [&(dyn ToSql + Sync); 6] {
        [&self.organization, &self.plants, &self.actor, &self.ip, &self.request, &self.trace]
    }
}
