//! What is in the installation: what waits, what was given up, whether secrets open and seals hold.

use platform::audit::{keys, sealer};
use platform::ids::{OrganizationId, RequestId};
use platform::secrets;
use platform::settings::Settings;
use platform::{Caller, Database, Error};

use super::database::Client;
use super::{Findings, sentence, time};

/// Secrets of one column that are tried in each organization.
const TRIED: i64 = 50;
/// Organizations looked at one by one.
const ORGANIZATIONS: usize = 500;

/// Looks at everything, one thing after the other; what cannot be looked at keeps nothing else from being.
pub async fn look(settings: &Settings, client: &Client, database: &Database, key: Option<[u8; 32]>, findings: &mut Findings) {
    let looked = [
        ("installation.queue", queue(client, findings).await),
        ("installation.trail", seals(settings, database, client, findings).await),
        ("installation.secrets", sealed(settings, database, key, findings).await),
        ("installation.time_zones", zones(client, findings).await),
    ];
    for (check, looked) in looked {
        if let Err(refused) = looked {
            findings.fail(check, sentence(&refused), "look at the database's log");
        }
    }
}

/// What waits, and since when: runs, events, seals, webhooks.
async fn queue(client: &Client, findings: &mut Findings) -> Result<(), Error> {
    let rows = client.query("select name, label, value from gemba.measure(clock_timestamp(), 100000)", &[]).await?;
    let of = |name: &str| rows.iter().filter(|row| row.get::<_, &str>(0) == name).map(|row| row.get::<_, f64>(2)).collect::<Vec<_>>();
    let (sum, most) = (|name: &str| of(name).iter().sum::<f64>(), |name: &str| of(name).into_iter().fold(0.0, f64::max));
    let labelled = |name: &str, label: &str| {
        let found = rows.iter().find(|row| row.get::<_, &str>(0) == name && row.get::<_, &str>(1) == label);
        found.map_or(0.0, |row| row.get::<_, f64>(2))
    };
    let (ready, age, workers) = (sum("runs_ready"), most("runs_age"), sum("workers"));
    if workers == 0.0 && ready > 0.0 {
        findings.fail(
            "queue.workers",
            format!("{ready} runs wait, and nobody carries any out"),
            "start `gemba serve` or `gemba work`; GEMBA_WORK_PLACES=0 leaves runs to `gemba work`",
        );
    } else {
        findings.ok("queue.workers", format!("{workers} processes carry out runs"));
    }
    findings.measure(
        "queue.age",
        age,
        [60.0, 900.0],
        format!("{ready} runs wait for a place, the first for {}", time(age)),
        "start more workers (`gemba work`), raise GEMBA_WORK_PLACES, or look for a run that never ends (GET /api/v1/runs?state=running)",
    );
    let dead = sum("runs_dead");
    match dead {
        0.0 => findings.ok("queue.dead_letters", "no run failed for good"),
        _ => findings.warn(
            "queue.dead_letters",
            format!("{dead} runs failed for good"),
            "read why (GET /api/v1/runs?state=failed), mend it, and drive them again (POST /api/v1/runs/{id}/redrive)",
        ),
    }
    let lag = most("outbox_age");
    let advice = "at least one server or worker has to run; does its log say that events cannot be published?";
    findings.measure("outbox.lag", lag, [10.0, 120.0], format!("events are told {} after they happened at most", time(lag)), advice);
    let (lag, resting, disabled) = (most("webhook_age"), labelled("webhooks", "resting"), labelled("webhooks", "disabled"));
    let advice = "look at their deliveries (GET /api/v1/webhooks/{id}/deliveries): whoever receives them answers slowly, or not at all";
    findings.measure("webhooks.lag", lag, [120.0, 3_600.0], format!("the slowest webhook is {} behind", time(lag)), advice);
    if resting + disabled > 0.0 {
        findings.warn("webhooks.failing", format!("{resting} webhooks rest after failures, {disabled} were given up"), advice);
    }
    let oldest = "select coalesce(max(extract(epoch from clock_timestamp() - xact_start)), 0)::double precision from pg_stat_activity \
        where datname = current_database() and xact_start is not null";
    let oldest: f64 = client.query_one(oldest, &[]).await?.get(0);
    findings.measure(
        "database.oldest_transaction",
        oldest,
        [600.0, 7_200.0],
        format!("the oldest transaction is {} old", time(oldest)),
        "find it in pg_stat_activity (xact_start) and end it: as long as it goes on, nothing that was deleted is tidied up",
    );
    Ok(())
}

/// Whether the trail is sealed, by a key that is known.
async fn seals(settings: &Settings, database: &Database, client: &Client, findings: &mut Findings) -> Result<(), Error> {
    let row = client
        .query_one("select coalesce(max(value), 0)::double precision from gemba.measure(clock_timestamp(), 1) where name = 'seal_age'", &[])
        .await?;
    let lag: f64 = row.get(0);
    findings.measure(
        "trail.lag",
        lag,
        [60.0, 3_600.0],
        format!("what happens is sealed {} later at most", time(lag)),
        "at least one server needs GEMBA_AUDIT_KEY and has to run; does its log say that the trail cannot be sealed? An old open transaction holds \
         seals back too",
    );
    let rows = client.query("select key from gemba.audit_keys", &[]).await?;
    let known: Vec<Vec<u8>> = rows.iter().map(|row| row.get(0)).collect();
    if let Some(signer) = settings.audit.key.as_deref().and_then(|path| keys::open(path).ok())
        && !known.is_empty()
        && !known.iter().any(|key| key[..] == signer.public_key().0[..])
    {
        findings.warn(
            "trail.key",
            "the key in GEMBA_AUDIT_KEY has sealed nothing here yet, others have",
            "where it was meant to take their place, that is well; otherwise put back the file that sealed before",
        );
    }
    let (mut sound, mut wrong) = (0, Vec::new());
    for organization in organizations(client).await? {
        let caller = Caller::system("doctor", organization, database.context().new_id::<RequestId>());
        let mut tx = database.read(&caller).await?;
        let head = sealer::head(&mut tx, organization).await?;
        tx.commit().await?;
        match head {
            Some(head) if !head.genuine() || !known.iter().any(|key| key[..] == head.key.0[..]) => wrong.push(organization.to_string()),
            Some(_) => sound += 1,
            None => {}
        }
    }
    match wrong.is_empty() {
        true => findings.ok("trail.heads", format!("the last seals of {sound} trails are signed by known keys")),
        false => findings.fail(
            "trail.heads",
            format!("the last seal is not signed by a known key in the trail of {}", wrong.join(", ")),
            "somebody changed the trail, or it was restored in parts: run `gemba audit verify` with the public key you keep outside",
        ),
    }
    Ok(())
}

/// Whether the keys that are here open the secrets that are there.
async fn sealed(settings: &Settings, database: &Database, key: Option<[u8; 32]>, findings: &mut Findings) -> Result<(), Error> {
    let Some(key) = key else {
        findings.skip("secrets.open", "without the installation's key no secret can be tried");
        return Ok(());
    };
    let keys = match settings.secrets.open(&key).await {
        Ok(keys) => keys,
        Err(wrong) => {
            findings.fail(
                "secrets.open",
                sentence(&wrong),
                "put back the file of keys, or GEMBA_SECRETS_KEYS, as the other servers have it",
            );
            return Ok(());
        }
    };
    let tried = secrets::attempt(database, &keys, &server::serve::sealed(), TRIED).await?;
    match tried {
        secrets::Tried { unreadable: 0, opened: 0 } => findings.ok("secrets.open", "there is no secret to open yet"),
        secrets::Tried { unreadable: 0, opened } => findings.ok("secrets.open", format!("{opened} secrets were tried, and open")),
        secrets::Tried { unreadable, opened } => findings.fail(
            "secrets.open",
            format!("{unreadable} of {} secrets do not open with the keys that are here", opened + unreadable),
            "put back the key they were sealed with (GEMBA_KEY, GEMBA_SECRETS_KEY_FILE): without it they are lost and have to be entered again",
        ),
    }
    Ok(())
}

/// Whether the zones that plants and schedules go by are known here.
async fn zones(client: &Client, findings: &mut Findings) -> Result<(), Error> {
    let rows = client.query("select zone from gemba.time_zones() as zone order by 1", &[]).await?;
    let all: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    let unknown: Vec<&str> = all.iter().map(String::as_str).filter(|zone| jiff::tz::TimeZone::get(zone).is_err()).collect();
    match unknown.is_empty() {
        true => findings.ok("installation.time_zones", format!("the {} zones of plants and schedules are known here", all.len())),
        false => findings.fail(
            "installation.time_zones",
            format!("{} is no zone that this machine knows", unknown.join(", ")),
            "update the package tzdata, or correct the plants' zones",
        ),
    }
    Ok(())
}

async fn organizations(client: &Client) -> Result<Vec<OrganizationId>, Error> {
    let rows = client.query("select gemba.sealed_organizations()", &[]).await?;
    Ok(rows.iter().take(ORGANIZATIONS).map(|row| OrganizationId(row.get(0))).collect())
}
