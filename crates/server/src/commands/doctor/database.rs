//! The database: whether it is there, what it is, who we are in it, and whether its walls stand.

use platform::database::migrate;
use platform::database::tls::{Protection, Target};
use platform::postgres::Visit;
use platform::settings::Settings;
use platform::{Context, Database, Error};
use tokio::time::timeout;

use super::{Findings, Level, PATIENCE, sentence, state, time};
use crate::commands::up;

/// Looks the database over, and what is in it.
pub async fn look(settings: &Settings, findings: &mut Findings) {
    let Some(url) = &settings.database.url else { return private(settings, findings).await };
    is_encrypted(url, findings);
    of_url(settings, url, settings.key, findings).await;
    if let Some(replica) = &settings.database.read_url {
        of_replica(replica, findings).await;
    }
    match &settings.database.owner_url {
        Some(owner) => match connect(owner).await {
            Ok(_) => findings.ok("database.owner", "the owner can sign in, to migrate"),
            Err(wrong) => findings.warn("database.owner", wrong, "correct GEMBA_DATABASE_OWNER_URL; only `gemba migrate` needs it"),
        },
        None => findings.skip("database.owner", "no owner is named here: `gemba migrate` is run elsewhere"),
    }
}

/// The private database of `gemba up`.
async fn private(settings: &Settings, findings: &mut Findings) {
    if !settings.data_folder.exists() {
        return findings.skip(
            "database.reached",
            format!("no database is named and {} is not there yet: `gemba up` makes a private one", settings.data_folder.display()),
        );
    }
    match Visit::open(&settings.data_folder, &settings.postgres).await {
        Ok(visit) => {
            let key = up::kept_key(visit.folder(), settings.key).ok();
            of_url(settings, &visit.urls().app, key, findings).await;
            visit.end().await;
        }
        Err(wrong) => findings.fail("database.reached", sentence(&wrong), "look at the log in the data folder; `gemba up` says more"),
    }
}

/// A connection of our own.
pub type Client = platform::audit::verification::Auditor;

async fn connect(url: &str) -> Result<Client, String> {
    let target = Target::parse(url).map_err(|wrong| wrong.detail)?;
    match timeout(PATIENCE, target.connect()).await {
        Ok(connected) => connected.map_err(|wrong| sentence(&wrong)),
        Err(_) => Err("the database does not answer".into()),
    }
}

async fn of_url(settings: &Settings, url: &str, key: Option<[u8; 32]>, findings: &mut Findings) {
    let client = match connect(url).await {
        Ok(client) => client,
        Err(wrong) => {
            findings.fail("database.reached", wrong, "start the database, or correct GEMBA_DATABASE_URL");
            return findings.skip("database.else", "what is in the database is looked at once it can be reached");
        }
    };
    findings.ok("database.reached", "the database answers");
    let looked = async {
        server(&client, settings, findings).await?;
        role(&client, findings).await?;
        if !shape(&client, findings).await? {
            return Ok(());
        }
        walls(&client, findings).await?;
        clock(&client, findings).await
    };
    let looked: Result<(), Error> = looked.await;
    if let Err(refused) = looked {
        return findings.fail(
            "database.looked",
            sentence(&refused),
            "the database refused a look; does the role have its rights? run `gemba migrate`",
        );
    }
    let is_migrated = findings.0.iter().any(|finding| finding.check == "database.schema" && finding.level != Level::Failure);
    if !is_migrated {
        return findings.skip("installation.else", "what waits, seals and secrets are looked at once the database is migrated");
    }
    let pool = platform::database::PoolSettings { size: 2, wait: PATIENCE };
    match Database::new(url, None, pool, Context::system()) {
        Ok(database) => {
            state::look(settings, &client, &database, key, findings).await;
            database.close();
        }
        Err(wrong) => findings.fail("database.pool", sentence(&wrong), "correct GEMBA_DATABASE_URL"),
    }
}

/// What kind of server it is, and how it is set.
async fn server(client: &Client, settings: &Settings, findings: &mut Findings) -> Result<(), Error> {
    let row = client
        .query_one(
            "select current_setting('server_version_num')::int, current_setting('server_version'), current_setting('fsync') = 'on', \
             current_setting('full_page_writes') = 'on', current_setting('data_checksums') = 'on', \
             current_setting('max_connections')::int, pg_encoding_to_char(d.encoding)::text, age(d.datfrozenxid)::bigint, \
             current_setting('autovacuum') = 'on', \
             (select count(*) from pg_prepared_xacts where prepared < now() - interval '1 hour') \
             from pg_database d where d.datname = current_database()",
            &[],
        )
        .await?;
    let (number, version): (i32, String) = (row.get(0), row.get(1));
    let oldest = platform::postgres::OLDEST_MAJOR;
    if number / 10_000 < oldest as i32 {
        findings.fail("database.version", format!("PostgreSQL {version}"), format!("Gemba needs PostgreSQL {oldest} or newer: upgrade it"));
    } else {
        findings.ok("database.version", format!("PostgreSQL {version}"));
    }
    let (fsync, pages): (bool, bool) = (row.get(2), row.get(3));
    match fsync && pages {
        true => findings.ok("database.durable", "what is committed survives a loss of power"),
        false => findings.fail(
            "database.durable",
            "fsync or full_page_writes is off: a loss of power may destroy the database",
            "set both to on in postgresql.conf",
        ),
    }
    match row.get(4) {
        true => findings.ok("database.checksums", "pages carry checksums"),
        false => findings.warn(
            "database.checksums",
            "pages carry no checksums: a failing disk goes unnoticed",
            "stop PostgreSQL and run pg_checksums --enable",
        ),
    }
    let most: i32 = row.get(5);
    if settings.database.url.is_some() && settings.database.connections + 5 > most.max(0) as usize {
        findings.fail(
            "database.connections",
            format!("this process takes up to {} connections, and the database has {most} for all", settings.database.connections),
            "lower GEMBA_DATABASE_CONNECTIONS, or raise max_connections: all servers and workers together have to fit",
        );
    }
    let encoding: String = row.get(6);
    if encoding != "UTF8" {
        findings.fail(
            "database.encoding",
            format!("the database's encoding is {encoding}"),
            "make it anew with encoding UTF8 and restore into it",
        );
    }
    let age: i64 = row.get(7);
    findings.measure(
        "database.vacuum",
        age as f64,
        [500e6, 1.5e9],
        format!("the oldest rows are {:.0} million transactions old", age as f64 / 1e6),
        "let autovacuum finish (what holds it back: old transactions, replication slots, prepared transactions); at 2 billion the database stops",
    );
    if !row.get::<_, bool>(8) {
        findings.fail("database.autovacuum", "autovacuum is off: tables grow without end", "set autovacuum = on in postgresql.conf");
    }
    if row.get::<_, i64>(9) > 0 {
        findings.warn(
            "database.prepared",
            "prepared transactions are hours old and hold the database back",
            "end them: rollback prepared '…'",
        );
    }
    Ok(())
}

/// Who we are in the database: somebody whom the walls hold.
async fn role(client: &Client, findings: &mut Findings) -> Result<(), Error> {
    let row = client
        .query_one(
            "select current_user::text, (select rolsuper or rolbypassrls from pg_roles where rolname = current_user), \
             exists (select from pg_roles where rolname = 'gemba_owner' and pg_has_role(current_user, oid, 'member')), \
             (select count(*) from pg_class c join pg_namespace n on n.oid = c.relnamespace \
              where n.nspname in ('public', 'gemba') and c.relowner = (select oid from pg_roles where rolname = current_user)), \
             has_schema_privilege('public', 'create'), has_database_privilege(current_database(), 'create')",
            &[],
        )
        .await?;
    let role: String = row.get(0);
    if row.get(1) || row.get(2) || row.get::<_, i64>(3) > 0 {
        findings.fail(
            "database.role",
            format!("'{role}' can walk through the walls between organizations (superuser, owner, or bypassing row-level security)"),
            "name the role gemba_app in GEMBA_DATABASE_URL; `gemba migrate --print-roles` makes it",
        );
    } else {
        findings.ok("database.role", format!("'{role}' is held by the walls: no superuser, owns nothing, bypasses nothing"));
    }
    if row.get(4) || row.get(5) {
        findings.warn(
            "database.rights",
            format!("'{role}' may make tables or schemas"),
            "revoke create on schema public from public; revoke create on database … from the role: it needs neither",
        );
    } else {
        findings.ok("database.rights", "it may read and write rows, and make nothing");
    }
    Ok(())
}

/// Whether the database has the shape that this program expects; false where nothing more can be looked at.
async fn shape(client: &Client, findings: &mut Findings) -> Result<bool, Error> {
    let known: bool = client.query_one("select to_regproc('gemba.schema_version') is not null", &[]).await?.get(0);
    let version: i32 = if known { client.query_one("select gemba.schema_version()", &[]).await?.get(0) } else { 0 };
    let own = migrate::newest();
    match version.cmp(&own) {
        std::cmp::Ordering::Equal => findings.ok("database.schema", format!("migrated to version {version}, as this program needs")),
        std::cmp::Ordering::Less => findings.fail(
            "database.schema",
            if known { format!("migrated to version {version}, and this program needs {own}") } else { "not migrated yet".into() },
            "run `gemba migrate` with GEMBA_DATABASE_OWNER_URL set",
        ),
        std::cmp::Ordering::Greater => findings.warn(
            "database.schema",
            format!("migrated to version {version} by a newer program; this one knows {own}"),
            "replace this program by the newer one soon",
        ),
    }
    Ok(known)
}

/// Whether every table that holds rows of organizations is walled, also for its owner.
async fn walls(client: &Client, findings: &mut Findings) -> Result<(), Error> {
    let rows = client
        .query(
            "select c.relname::text, c.relrowsecurity and c.relforcerowsecurity, \
                exists (select from pg_policy p where p.polrelid = c.oid) or c.relispartition \
             from pg_class c join pg_namespace n on n.oid = c.relnamespace \
             where n.nspname = 'public' and c.relkind in ('r', 'p') and exists ( \
                select from pg_attribute a where a.attrelid = c.oid and a.attname = 'organization_id' and not a.attisdropped) order by 1",
            &[],
        )
        .await?;
    let open: Vec<String> = rows.iter().filter(|row| !row.get::<_, bool>(1) || !row.get::<_, bool>(2)).map(|row| row.get(0)).collect();
    if open.is_empty() {
        findings.ok("database.walls", format!("row-level security is enabled and forced on all {} tables of organizations", rows.len()));
    } else {
        findings.fail(
            "database.walls",
            format!("row-level security is not enabled and forced on {}", open.join(", ")),
            "somebody changed the tables: run alter table … enable row level security, force row level security as the owner, and find out who",
        );
    }
    // Nobody is signed in on this connection: whatever it sees, everybody could.
    let seen: i64 = client.query_one("select count(*) from (select from users limit 1) u", &[]).await?.get(0);
    match seen {
        0 => findings.ok("database.closed", "who is nobody sees no row"),
        _ => findings.fail(
            "database.closed",
            "who is nobody sees accounts of people",
            "stop the servers and restore the policies of the tables",
        ),
    }
    Ok(())
}

/// Whether the clocks agree: sessions, links and one-time codes expire by them.
async fn clock(client: &Client, findings: &mut Findings) -> Result<(), Error> {
    let before = Context::system().now();
    let there: jiff::Timestamp = client.query_one("select clock_timestamp()", &[]).await?.get(0);
    let after = Context::system().now();
    let middle = (before.as_millisecond() + after.as_millisecond()) as f64 / 2e3;
    let skew_s = (there.as_millisecond() as f64 / 1e3 - middle).abs();
    findings.measure(
        "database.clock",
        skew_s,
        [2.0, 30.0],
        format!("the clocks of this machine and of the database differ by {}", time(skew_s)),
        "let both machines ask a time server (chrony, systemd-timesyncd): sessions, links and one-time codes go by the time",
    );
    Ok(())
}

/// Whether the way to the database can be listened at.
fn is_encrypted(url: &str, findings: &mut Findings) {
    let Ok(target) = Target::parse(url) else { return };
    match target.protection() {
        Protection::SameMachine => findings.ok("database.encrypted", "the database is on this machine"),
        Protection::Checked => findings.ok("database.encrypted", "the way to the database is encrypted, and its certificate checked"),
        Protection::Encrypted => findings.warn(
            "database.encrypted",
            "the way to the database is encrypted, but who answers is not checked to be it",
            "use sslmode=verify-full in GEMBA_DATABASE_URL, with sslrootcert where its authority is your own",
        ),
        Protection::Open => findings.fail(
            "database.encrypted",
            "the way to the database may be unencrypted: whoever listens reads everything",
            "use sslmode=verify-full in GEMBA_DATABASE_URL",
        ),
    }
}

/// The replica for reading.
async fn of_replica(url: &str, findings: &mut Findings) {
    let looked = async {
        let client = connect(url).await?;
        let question =
            "select pg_is_in_recovery(), coalesce(extract(epoch from now() - pg_last_xact_replay_timestamp()), 0)::double precision";
        let row = client.query_one(question, &[]).await.map_err(|cause| cause.to_string())?;
        Ok::<(bool, f64), String>((row.get(0), row.get(1)))
    };
    match looked.await {
        Ok((false, _)) => findings.warn("database.replica", "the database for reading is no replica", "check GEMBA_DATABASE_READ_URL"),
        Ok((true, behind)) => findings.measure(
            "database.replica",
            behind,
            [30.0, 600.0],
            format!("the replica is {} behind, or nothing has changed for so long", time(behind)),
            "look at replication: people read what is old",
        ),
        Err(wrong) => findings.fail("database.replica", wrong, "start the replica, or unset GEMBA_DATABASE_READ_URL"),
    }
}
