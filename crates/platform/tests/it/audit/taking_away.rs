//! Exports: what they hold, that they prove themselves, and that they are events.

use platform::audit::chain;
use platform::audit::export::{self, Request as ExportRequest};

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
