//! Exports: what they hold, that they prove themselves, and that they are events.

use platform::audit::chain::{self, Found, Ranges, Trust, Verifier};
use platform::audit::evidence::{self, Behind, Evidence};
use platform::audit::export::{self, Request as ExportRequest};
use platform::error::Kind;
use platform::{Caller, Result};

use super::*;

async fn trail() -> (TestDatabase, Tenant, ExportRequest) {
    let test = TestDatabase::new().await;
    let tenant = test.organization("One", 0).await;
    for name in ["North", "=1+1", "say \"hi\", twice"] {
        region(&test, &tenant, name).await;
        seal(&test).await;
    }
    let request = ExportRequest {
        organization: tenant.organization.0,
        from: None,
        to: None,
        by: "database:gemba_auditor".into(),
        at: instant("2026-11-21T09:00:00Z"),
    };
    (test, tenant, request)
}

#[tokio::test]
async fn a_bundle_is_verified_without_the_database() {
    let (test, tenant, request) = trail().await;
    let auditor = connect(&test.urls.auditor).await;
    let mut bundle = Vec::new();
    let exported = export::bundle(&auditor, &request, &signer(), &mut bundle).await.unwrap();
    assert_eq!((exported.seals, exported.entries), (3, 4));
    let checked = chain::check(&bundle[..], &[signer().public_key()], &[]).unwrap();
    assert!(checked.verified.sound(), "{:?}", checked.verified.findings);
    assert_eq!((checked.verified.entries, checked.header.organization), (4, tenant.organization.0));
    let forged = String::from_utf8(bundle).unwrap().replace("North", "South");
    assert!(!chain::check(forged.as_bytes(), &[signer().public_key()], &[]).unwrap().verified.sound());
    let events = "select actor from audit_events where action = 'audit.exported'";
    let events = test.admin().await.query(events, &[]).await.unwrap();
    assert_eq!(events.iter().map(|row| row.get::<_, String>(0)).collect::<Vec<_>>(), ["database:gemba_auditor"]);
}

#[tokio::test]
async fn a_bundle_of_a_period_holds_its_entries_only_and_still_proves_itself() {
    let (test, _, request) = trail().await;
    let bounds = "select min(occurred_at), max(occurred_at) from audit_events where kind = 'region'";
    let bounds = test.admin().await.query_one(bounds, &[]).await.unwrap();
    let request = ExportRequest { from: Some(bounds.get(0)), to: Some(bounds.get(1)), ..request };
    let auditor = connect(&test.urls.auditor).await;
    let mut bundle = Vec::new();
    let exported = export::bundle(&auditor, &request, &signer(), &mut bundle).await.unwrap();
    assert_eq!((exported.seals, exported.entries), (2, 2), "the organization's own entry shares a seal, and is left out");
    let checked = chain::check(&bundle[..], &[signer().public_key()], &[]).unwrap();
    assert!(checked.verified.sound(), "{:?}", checked.verified.findings);
}

#[tokio::test]
async fn tables_and_lines_hold_the_same_events_and_no_formula() {
    let (test, _, request) = trail().await;
    let auditor = connect(&test.urls.auditor).await;
    let (mut table, mut lines) = (Vec::new(), Vec::new());
    assert_eq!(export::csv(&auditor, &request, &mut table).await.unwrap().entries, 5, "with the event of this export");
    assert_eq!(export::json_lines(&auditor, &request, &mut lines).await.unwrap().entries, 6);
    let (table, lines) = (String::from_utf8(table).unwrap(), String::from_utf8(lines).unwrap());
    assert!(table.starts_with("occurred_at,actor,action,"), "{table}");
    assert_eq!(table.matches("\r\n").count(), 6);
    assert!(table.contains("\"\"name\"\": \"\"=1+1\"\""), "{table}");
    let names: Vec<serde_json::Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(names[2]["after"]["name"], "=1+1");
    assert_eq!(names[5]["action"], "audit.exported");
}

/// The verifier that docs/audit-trail.md gives to auditors, written from that page alone.
#[tokio::test]
#[expect(clippy::print_stderr, reason = "what is skipped is said")]
async fn a_program_that_is_not_ours_verifies_a_bundle_from_the_documentation_alone() {
    let (test, tenant, request) = trail().await;
    let auditor = connect(&test.urls.auditor).await;
    let folder = tempfile::tempdir().unwrap();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/audit/verify-bundle.py");
    let judge = |name: &str, bundle: &[u8], key: String| {
        let path = folder.path().join(name);
        std::fs::write(&path, bundle).unwrap();
        let said = std::process::Command::new("python3").arg(script).arg(&path).arg(key).output().unwrap();
        (String::from_utf8(said.stdout).unwrap().trim().to_string(), said.status.code())
    };
    if std::process::Command::new("python3").arg("--version").output().is_err() {
        eprintln!("SKIPPED: python3 is not on this machine, so the independent verifier was not run");
        return;
    }
    let key = || signer().public_key().to_string();
    let mut whole = Vec::new();
    export::bundle(&auditor, &request, &signer(), &mut whole).await.unwrap();
    assert_eq!(judge("whole.jsonl", &whole, key()), ("sound".into(), Some(0)));
    let bounds = "select min(occurred_at), max(occurred_at) from audit_events where kind = 'region'";
    let bounds = test.admin().await.query_one(bounds, &[]).await.unwrap();
    let period = ExportRequest { from: Some(bounds.get(0)), to: Some(bounds.get(1)), ..request };
    let mut part = Vec::new();
    export::bundle(&auditor, &period, &signer(), &mut part).await.unwrap();
    assert_eq!(judge("part.jsonl", &part, key()), ("sound".into(), Some(0)));

    let text = String::from_utf8(whole).unwrap();
    let forged = judge("forged.jsonl", text.replace("North", "South").as_bytes(), key());
    assert_eq!(forged, ("lines are missing, or were changed\nseal 1: entries were changed, added, removed or moved".into(), Some(1)));
    let (said, code) = judge("stranger.jsonl", text.as_bytes(), Signer::new(&[1; 32]).public_key().to_string());
    assert!(said.contains("which is not trusted") && code == Some(1), "{said}");
    let signed =
        text.replace(&format!("\"organization\":\"{}\"", tenant.organization), &format!("\"organization\":\"{}\"", testkit::new_id()));
    let (said, code) = judge("swapped.jsonl", signed.as_bytes(), key());
    assert!(said.contains("the signature is forged") && code == Some(1), "{said}");
}

async fn evidence(test: &TestDatabase, caller: &Caller, after: u64) -> Result<Evidence> {
    let mut tx = test.database.begin(caller).await.unwrap();
    let page = evidence::page(&mut tx, Behind { after }).await?;
    tx.commit().await.unwrap();
    Ok(page)
}

#[tokio::test]
async fn evidence_proves_itself_elsewhere_and_goes_only_to_who_may_take_the_trail_away() {
    let (test, tenant, _) = trail().await;
    let other = test.organization("Two", 1).await;
    seal(&test).await;
    let auditor = tenant.person(&["audit.event.export"]);
    let page = evidence(&test, &auditor, 0).await.unwrap();
    assert_eq!((page.seals.len(), page.next, page.unsealed), (3, None, Some(1)), "that it is taken away is not sealed yet");
    let keys = [signer().public_key()];
    let trust = Trust::of(keys, &page.introductions);
    let mut verifier = Verifier::new(tenant.organization.0, &trust, &page.removals, &[]);
    for one in &page.seals {
        let found: Vec<Found> = one.entries.iter().map(Found::from).collect();
        verifier.seal(&one.seal, &found, &Ranges::default());
    }
    let verified = verifier.finish(0);
    assert!(verified.sound(), "{:?}", verified.findings);
    assert_eq!(verified.entries, 4);

    let behind = evidence(&test, &auditor, 2).await.unwrap();
    assert_eq!(behind.seals.iter().map(|one| one.seal.number).collect::<Vec<_>>(), [3]);
    assert_eq!(evidence(&test, &auditor, 3).await.unwrap().seals.len(), 0);
    let events = "select actor from audit_events where action = 'audit.exported'";
    let events = test.admin().await.query(events, &[]).await.unwrap();
    assert_eq!(
        events.iter().map(|row| row.get::<_, String>(0)).collect::<Vec<_>>(),
        [auditor.principal.label()],
        "the first page tells it"
    );

    let strangers = evidence(&test, &other.person(&["audit.event.export"]), 0).await.unwrap();
    assert!(strangers.seals.iter().all(|one| one.seal.organization == other.organization.0));
    for refused in [tenant.person(&["audit.event.read"]), other.person_at(other.plants[0], &["audit.event.export"])] {
        assert_eq!(evidence(&test, &refused, 0).await.unwrap_err().kind, Kind::Forbidden);
    }
}
