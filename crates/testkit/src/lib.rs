//! For tests only: a migrated database for each test, and callers to use it as.
//!
//! Each test gets a clone of one template that is migrated once per set of migrations; the server's restricted role connects to it, because
//! an owner would walk through the walls unnoticed.
//!
//! **Invariant:** nothing here is linked into the program.

pub mod tokens;

use std::hash::{DefaultHasher, Hash, Hasher};

use platform::caller::Grants;
use platform::context::Context;
use platform::database::PoolSettings;
use platform::ids::{OrganizationId, PlantId, RequestId, SessionId, UserId};
use platform::{Caller, Database, Permissions, Principal};
use tokio_postgres::{Client, Config, NoTls};
use uuid::Uuid;

/// A database of the test's own.
pub struct TestDatabase {
    /// As the server's role sees it.
    pub database: Database,
    /// Where it is, for each role.
    pub urls: Urls,
}

/// Addresses of one database, by role.
#[derive(Clone, Debug)]
pub struct Urls {
    /// A superuser: only for arranging and for tampering.
    pub admin: String,
    /// The owner, who migrates.
    pub owner: String,
    /// The server.
    pub app: String,
    /// The auditor, who reads.
    pub auditor: String,
}

impl TestDatabase {
    /// A new database with the newest shape and no rows.
    pub async fn new() -> Self {
        Self::with_pool(4).await
    }

    /// As [`new`](Self::new), with `size` connections at most.
    pub async fn with_pool(size: usize) -> Self {
        let admin: Config = cluster().parse().expect("the address of the test cluster");
        let template = template(&admin).await;
        let name = format!("t_{}", new_id().simple());
        let maintenance = connect(&admin).await;
        // Two clones of a template at once are fine; a connection to it is not, and nobody keeps one.
        maintenance.batch_execute(&format!("create database {name} template {template}")).await.expect("a clone of the template");
        sweep(&maintenance, &name).await;
        let urls = Urls::of(&admin, &name);
        let settings = PoolSettings { size, ..PoolSettings::default() };
        let database = Database::new(&urls.app, None, settings, Context::system()).expect("a pool");
        TestDatabase { database, urls }
    }

    /// A connection that the walls do not hold: to arrange, to look, to tamper.
    pub async fn admin(&self) -> Client {
        connect(&self.urls.admin.parse().expect("an address")).await
    }

    /// A connection as `role`, which logs in by itself: nothing is set for it.
    ///
    /// # Errors
    /// What the server refused.
    pub async fn login(&self, role: &str) -> Result<Client, tokio_postgres::Error> {
        let mut config: Config = self.urls.app.parse().expect("an address");
        config.user(role);
        let (client, connection) = config.connect(NoTls).await?;
        tokio::spawn(connection);
        Ok(client)
    }

    /// Makes an organization with `plants` plants and returns callers in it.
    pub async fn organization(&self, name: &str, plants: usize) -> Tenant {
        let admin = self.admin().await;
        let organization = OrganizationId(new_id());
        let slug = name.to_lowercase().replace(|letter: char| !letter.is_ascii_alphanumeric(), "-");
        admin
            .execute("insert into organizations (organization_id, name, slug) values ($1, $2, $3)", &[&organization.0, &name, &slug])
            .await
            .expect("an organization");
        let mut made = Vec::new();
        for number in 1..=plants {
            let plant = PlantId(new_id());
            admin
                .execute(
                    "insert into plants (organization_id, id, code, name) values ($1, $2, $3, $4)",
                    &[&organization.0, &plant.0, &format!("P{number}"), &format!("{name} plant {number}")],
                )
                .await
                .expect("a plant");
            made.push(plant);
        }
        Tenant { organization, plants: made }
    }
}

/// An organization made for a test.
#[derive(Clone, Debug)]
pub struct Tenant {
    /// The organization.
    pub organization: OrganizationId,
    /// Its plants.
    pub plants: Vec<PlantId>,
}

impl Tenant {
    /// Gemba itself, with every right in this organization.
    pub fn system(&self) -> Caller {
        Caller::system("test", self.organization, RequestId(new_id()))
    }

    /// A person with these permissions over the whole organization.
    pub fn person(&self, permissions: &[&str]) -> Caller {
        let organization = permissions.iter().copied().collect::<Permissions>();
        self.with(Grants { organization, everywhere: true, ..Grants::default() })
    }

    /// A person with these permissions at one plant.
    pub fn person_at(&self, plant: PlantId, permissions: &[&str]) -> Caller {
        let granted = permissions.iter().copied().collect::<Permissions>();
        self.with(Grants { plants: [(plant, granted)].into(), ..Grants::default() })
    }

    fn with(&self, grants: Grants) -> Caller {
        Caller {
            organization: self.organization,
            principal: Principal::User { id: UserId(new_id()), session: SessionId(new_id()) },
            grants: grants.into(),
            ip: Some(std::net::Ipv4Addr::new(192, 0, 2, 7).into()),
            request: RequestId(new_id()),
        }
    }
}

impl Urls {
    fn of(admin: &Config, database: &str) -> Urls {
        let url = |user: &str| {
            let host = match admin.get_hosts().first() {
                Some(tokio_postgres::config::Host::Tcp(host)) => host.clone(),
                Some(tokio_postgres::config::Host::Unix(path)) => path.display().to_string(),
                None => "127.0.0.1".into(),
            };
            let port = admin.get_ports().first().copied().unwrap_or(5432);
            format!("host={host} port={port} user={user} dbname={database}")
        };
        Urls {
            admin: url(admin.get_user().unwrap_or("postgres")),
            owner: url("gemba_owner"),
            app: url("gemba_app"),
            auditor: url("gemba_auditor"),
        }
    }
}

/// Now and then drops what tests before left behind: databases that were made minutes ago and that nobody is connected to. Their names begin with
/// the time they were made at (UUID version 7).
async fn sweep(maintenance: &Client, own: &str) {
    if !own.ends_with('7') {
        return;
    }
    let left = "select datname from pg_database d where datname like 't\\_%' and not exists (select from pg_stat_activity a where a.datname = d.datname)
            and datname < 't_' || lpad(to_hex(((extract(epoch from now()) - 180) * 1000)::bigint), 12, '0') limit 60";
    for row in maintenance.query(left, &[]).await.expect("the catalog") {
        // Another test may be sweeping it at this moment.
        let _ = maintenance.batch_execute(&format!("drop database if exists {}", row.get::<_, String>(0))).await;
    }
}

/// The address of the cluster for tests, as a superuser, from `GEMBA_TEST_POSTGRES`.
fn cluster() -> String {
    std::env::var("GEMBA_TEST_POSTGRES")
        .expect("GEMBA_TEST_POSTGRES is not set: run the tests with scripts/test, which starts a PostgreSQL for them")
}

/// The name of the migrated template; made by whoever comes first.
async fn template(admin: &Config) -> String {
    let mut hasher = DefaultHasher::new();
    platform::database::migrate::fingerprint().hash(&mut hasher);
    let name = format!("gemba_template_{:016x}", hasher.finish());
    let client = connect(admin).await;
    client.batch_execute("select pg_advisory_lock(7401385022)").await.expect("the lock of the template");
    let there = client.query_opt("select 1 from pg_database where datname = $1", &[&name]).await.expect("the catalog");
    if there.is_none() {
        let building = format!("{name}_building");
        client.batch_execute(&format!("drop database if exists {building} with (force)")).await.expect("no half-made template");
        platform::database::migrate::ensure_roles(&Urls::of(admin, "postgres").admin).await.expect("the roles");
        client.batch_execute(&format!("create database {building} owner gemba_owner")).await.expect("an empty database");
        let urls = Urls::of(admin, &building);
        platform::database::migrate::migrate(&urls.owner).await.expect("the migrations");
        // The migrating connection ends a moment after its client; nobody may be connected to a database that is renamed.
        client
            .batch_execute(&format!("select pg_terminate_backend(pid) from pg_stat_activity where datname = '{building}'"))
            .await
            .expect("no connections");
        for _ in 0..50 {
            if client.batch_execute(&format!("alter database {building} rename to {name}")).await.is_ok() {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    }
    client.batch_execute("select pg_advisory_unlock(7401385022)").await.expect("the lock given back");
    name
}

async fn connect(config: &Config) -> Client {
    let (client, connection) = config.connect(NoTls).await.expect("the test cluster answers");
    tokio::spawn(connection);
    client
}

/// A port for a program that cannot choose one itself: below those that the system gives away, so that nobody takes it meanwhile.
pub fn port() -> u16 {
    let any = || 20_000 + (new_id().as_u128() % 12_000) as u16;
    std::iter::repeat_with(any).find(|port| std::net::TcpListener::bind(("127.0.0.1", *port)).is_ok()).expect("endless")
}

/// A new identifier.
#[expect(clippy::disallowed_methods, reason = "a test arranges outside any transaction")]
pub fn new_id() -> Uuid {
    Uuid::now_v7()
}
