//! `gemba doctor`, on installations that are well and on ones that are not.

use serde_json::Value;
use testkit::TestDatabase;
use tokio::runtime::Runtime;

use crate::Desk;

struct Ward {
    runtime: Runtime,
    database: TestDatabase,
    desk: Desk,
    key: String,
}

impl Ward {
    fn new() -> Ward {
        let runtime = Runtime::new().expect("threads");
        let database = runtime.block_on(TestDatabase::new());
        Ward { runtime, database, desk: Desk::empty(), key: "ab".repeat(32) }
    }

    fn change(&self, sql: &str) {
        self.runtime.block_on(async { self.database.admin().await.batch_execute(sql).await.expect("arranged") });
    }

    /// What it finds: its exit code and its findings.
    fn looked(&self, environment: &[(&str, &str)]) -> (i32, Value) {
        let mut all = vec![("GEMBA_DATABASE_URL", self.database.urls.app.as_str()), ("GEMBA_KEY", self.key.as_str()), ("GEMBA_PORT", "0")];
        all.extend(environment);
        let run = self.desk.run_with(&["doctor", "--json"], &all);
        let text = run.stdout();
        for secret in [self.key.as_str(), "hunter2"] {
            assert!(!text.contains(secret), "{text}");
        }
        (run.code(), serde_json::from_str(&text).unwrap_or_else(|wrong| panic!("{wrong}: {text}{}", run.stderr())))
    }
}

fn level<'a>(findings: &'a Value, check: &str) -> &'a str {
    let found = findings["findings"].as_array().expect("findings").iter().find(|finding| finding["check"] == check);
    found.unwrap_or_else(|| panic!("{check} is not in {findings:#}"))["level"].as_str().expect("a level")
}

/// Everything that is wrong has something to do.
fn advises(findings: &Value) {
    for finding in findings["findings"].as_array().expect("findings") {
        let is_bad = ["warning", "failure"].contains(&finding["level"].as_str().expect("a level"));
        assert_eq!(finding["advice"].is_string(), is_bad, "{finding}");
        assert!(finding["found"].as_str().is_some_and(|found| found.len() > 8), "{finding}");
    }
}

#[test]
fn an_installation_that_is_well_is_told_so() {
    let ward = Ward::new();
    let (code, findings) = ward.looked(&[]);
    advises(&findings);
    // The cluster of the tests trades safety for speed; `gemba up`'s own, in another test, is well in everything. The machine may really be short of room.
    let traded = ["database.durable", "database.autovacuum", "disk.temporary"];
    let all = findings["findings"].as_array().expect("findings");
    let failures: Vec<&str> = all.iter().filter(|f| f["level"] == "failure").filter_map(|f| f["check"].as_str()).collect();
    assert!(failures.iter().all(|check| traded.contains(check)), "{findings:#}");
    assert_eq!(code, i32::from(!failures.is_empty()));
    for check in [
        "settings.read",
        "settings.key",
        "database.reached",
        "database.version",
        "database.role",
        "database.rights",
        "database.schema",
        "database.walls",
        "database.closed",
        "database.clock",
        "queue.workers",
        "queue.age",
        "outbox.lag",
        "trail.lag",
        "trail.heads",
        "secrets.open",
        "installation.time_zones",
        "machine.files",
        "machine.time_zones",
    ] {
        assert!(["ok", "warning"].contains(&level(&findings, check)), "{check}: {findings:#}");
    }
    assert_ne!(level(&findings, "disk.temporary"), "skipped", "{findings:#}");
    // For a person, and for whoever takes warnings seriously.
    let environment = [("GEMBA_DATABASE_URL", ward.database.urls.app.as_str()), ("GEMBA_KEY", ward.key.as_str()), ("GEMBA_PORT", "0")];
    let text = ward.desk.run_with(&["doctor"], &environment).stdout();
    assert!(text.contains("database.walls") && text.contains(" warnings, ") && text.contains("→ "), "{text}");
    ward.desk.run_with(&["doctor", "--strict"], &environment).fails(1, "");
}

#[test]
fn a_database_that_is_down_is_one_finding_among_others() {
    let ward = Ward::new();
    let (code, findings) = ward.looked(&[("GEMBA_DATABASE_URL", "postgres://gemba_app:hunter2@127.0.0.1:1/gemba")]);
    advises(&findings);
    assert_eq!((code, level(&findings, "database.reached")), (1, "failure"));
    for check in ["settings.read", "settings.key"] {
        assert_eq!(level(&findings, check), "ok", "{findings:#}");
    }
    // A machine may really be short of these; they are looked at all the same.
    for check in ["machine.files", "disk.temporary"] {
        assert_ne!(level(&findings, check), "skipped", "{findings:#}");
    }
    assert_eq!(level(&findings, "database.else"), "skipped");
}

#[test]
fn wrong_settings_are_all_told() {
    let ward = Ward::new();
    let (code, findings) = ward.looked(&[("GEMBA_WORK_PLACES", "many"), ("GEMBA_METRICS_ADDRESS", "0.0.0.0:9464")]);
    advises(&findings);
    let told = findings.to_string();
    assert_eq!((code, findings["failures"].as_u64()), (1, Some(2)), "{findings:#}");
    assert!(told.contains("GEMBA_WORK_PLACES: found 'many'") && told.contains("metrics.token"), "{told}");
}

#[test]
fn what_is_broken_is_found_and_told_what_to_do_about() {
    let ward = Ward::new();
    let witness = ward.desk.path("nowhere/heads.jsonl");
    std::fs::write(ward.desk.path("secrets.keys"), format!("k1 {}\n", "01".repeat(32))).expect("a file");
    let owner = ward.runtime.block_on(ward.database.organization("Acme", 1));
    // A wall taken down, a secret of another key, a queue that nobody looks at, a dead letter, a zone that does not exist, a disabled webhook.
    ward.change(&format!(
        "alter table regions no force row level security;
         update plants set time_zone = 'Mars/Olympus';
         insert into oidc_providers (organization_id, id, name, issuer, client_id, client_secret_sealed, scopes, groups_claim, just_in_time, factor_methods)
             values ('{0}', gen_random_uuid(), 'Login', 'https://login.acme.example', 'gemba', '\\x010203', '{{}}', 'groups', true, '{{}}');
         insert into runs (organization_id, id, kind, title, queue, state, position, due_at, attempts_max, acting, audited, created_at, created_by)
             select '{0}', gen_random_uuid(), 'x', 'x', 'default', s.state, s.position, now() - interval '1 hour', 5, '{{}}', true, now() - interval '1 hour', 'system:test'
             from (values ('queued', 1::bigint), ('failed', null)) as s (state, position);
         insert into webhooks (organization_id, id, name, url, acting, behind, disabled_at, disabled_why, created_at, created_by, updated_at, updated_by)
             values ('{0}', gen_random_uuid(), 'Board', 'https://x.example', '{{}}', 0, now(), 'gone', now(), 'system:test', now(), 'system:test')",
        owner.organization
    ));
    let (code, findings) = ward.looked(&[
        ("GEMBA_ADDRESS", "0.0.0.0"),
        ("GEMBA_PUBLIC_URL", "http://gemba.example.com"),
        ("GEMBA_SECRETS_KEY_FILE", "secrets.keys"),
        ("GEMBA_AUDIT_KEY", "audit.key"),
        ("GEMBA_AUDIT_WITNESS", witness.to_str().expect("text")),
        ("GEMBA_TRACES_COLLECTOR", "http://127.0.0.1:1"),
        ("GEMBA_DATABASE_CONNECTIONS", "1000"),
    ]);
    advises(&findings);
    assert_eq!(code, 1);
    for (check, expected) in [
        ("settings.public_url", "failure"),
        ("database.walls", "failure"),
        ("database.connections", "failure"),
        ("installation.time_zones", "failure"),
        ("secrets.open", "failure"),
        ("queue.workers", "failure"),
        ("queue.age", "failure"),
        ("queue.dead_letters", "warning"),
        ("webhooks.failing", "warning"),
        ("file.secrets_keys", "warning"),
        ("file.audit_key", "failure"),
        ("file.audit_witness", "failure"),
        ("traces.collector", "warning"),
    ] {
        assert_eq!(level(&findings, check), expected, "{check}: {findings:#}");
    }
    assert!(findings.to_string().contains("regions"), "{findings:#}");

    // As a role that walks through the walls, and before migrating.
    let (code, findings) = ward.looked(&[("GEMBA_DATABASE_URL", ward.database.urls.owner.as_str())]);
    assert_eq!((code, level(&findings, "database.role")), (1, "failure"));
    ward.change("delete from refinery_schema_history where version > 100");
    let (code, findings) = ward.looked(&[]);
    assert_eq!((code, level(&findings, "database.schema"), level(&findings, "installation.else")), (1, "failure", "skipped"));
}

#[test]
fn ports_are_told_free_taken_or_ours() {
    let ward = Ward::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("an address").port().to_string();
    std::thread::spawn(move || {
        use std::io::Write;
        for mut stream in taken.incoming().map_while(Result::ok) {
            let _ = stream.write_all(b"SSH-2.0-OpenSSH_9.2\r\n");
        }
    });
    let (code, findings) = ward.looked(&[("GEMBA_PORT", &port)]);
    assert_eq!((code, level(&findings, "port.http")), (1, "failure"), "{findings:#}");
    assert!(findings.to_string().contains("another program answers"), "{findings:#}");
}
