//! `gemba audit`, as an operator and an auditor run it: from the database to a file, and from the file without the database.

use platform::audit::chain::Signer;
use platform::audit::sealer::{self, Look};
use testkit::TestDatabase;

use crate::Desk;

/// The secret key of the operator in this test, as its file has it.
const SECRET: &str = "0707070707070707070707070707070707070707070707070707070707070707";

#[tokio::test]
async fn a_trail_is_verified_where_it_lies_taken_away_and_verified_again() {
    let test = TestDatabase::new().await;
    let tenant = test.organization("One", 1).await;
    let signer = Signer::new(&[7; 32]);
    // What other tests have open in the cluster holds the seal back for a moment.
    let mut tries = 0;
    while sealer::seal(&test.database, &signer, Look::Everywhere).await.expect("a seal").is_empty() && tries < 12_000 {
        tries += 1;
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    let desk = Desk::empty();
    std::fs::write(desk.path("audit.key"), SECRET).expect("a key");
    std::fs::write(desk.path("audit.pub"), format!("{}\n", signer.public_key())).expect("a public key");
    let (url, organization) = (test.urls.auditor.as_str(), tenant.organization.to_string());
    let run = |arguments: &[&str]| desk.run_with(arguments, &[("GEMBA_DATABASE_AUDITOR_URL", url)]).output;
    let said = |output: &std::process::Output| String::from_utf8_lossy(&output.stdout).into_owned();

    let heads = run(&["audit", "head"]);
    std::fs::write(desk.path("heads.jsonl"), &heads.stdout).expect("an anchor");
    let verified = run(&["audit", "verify", "--key", "audit.pub", "--witness", "heads.jsonl"]);
    assert_eq!(said(&verified), format!("organization {organization}: 2 entries in 1 seals, 1 heads witnessed: sound\n"));
    assert_eq!(verified.status.code(), Some(0));

    let exported = run(&["audit", "export", "--organization", &organization, "--key-file", "audit.key", "-o", "trail.jsonl"]);
    assert_eq!(said(&exported), "trail.jsonl: 2 entries\n");
    let offline =
        desk.run(&["audit", "verify", "trail.jsonl", "--key", &signer.public_key().to_string(), "--witness", "heads.jsonl"]).output;
    assert_eq!((said(&offline).ends_with(": sound\n"), offline.status.code()), (true, Some(0)), "{}", said(&offline));
    let table = run(&["audit", "export", "--organization", &organization, "--format", "csv"]);
    assert_eq!(said(&table).lines().count(), 1 + 2 + 2, "the two exports are events themselves");

    let forged = desk.read("trail.jsonl").replace("One plant 1", "One plant 9");
    std::fs::write(desk.path("forged.jsonl"), forged).expect("a forgery");
    let offline = desk.run(&["audit", "verify", "forged.jsonl", "--key", "audit.pub", "--json"]).output;
    let found: serde_json::Value = serde_json::from_slice(&offline.stdout).expect("JSON");
    assert_eq!((&found[0]["findings"][0]["problem"], offline.status.code()), (&"entry_changed".into(), Some(1)));
    let stranger = Signer::new(&[8; 32]).public_key().to_string();
    let distrusted = run(&["audit", "verify", "--key", &stranger]);
    assert!(said(&distrusted).contains("which is not trusted") && distrusted.status.code() == Some(1), "{}", said(&distrusted));
}

#[test]
fn without_a_database_it_says_what_to_name() {
    let desk = Desk::empty();
    desk.run_with(&["audit", "verify", "--data-dir", "."], &[]).fails(1, "is not a data folder of Gemba: `gemba up` makes one");
    let served = [("GEMBA_DATABASE_URL", "postgres://gemba_app@127.0.0.1:1/gemba")];
    desk.run_with(&["audit", "verify"], &served).fails(2, "GEMBA_DATABASE_AUDITOR_URL");
}
