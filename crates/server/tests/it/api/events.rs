//! The catalogue of events, as docs/events.md has it, against the code and the database.

use std::collections::BTreeSet;

use testkit::TestDatabase;

/// Kinds that the trail knows and nobody is told of, each with its reason.
const UNTOLD: &[(&str, &str)] = &[
    ("api_key_secret", "a detail of API keys, and secret"),
    ("bi_account", "made and closed from the machine's command line; the trail has it"),
    ("comment", "read with the record it is about; told once comments have readers of their own"),
    ("credential", "secret"),
    ("federated_identity", "who somebody is at a provider; told as the account and its grants"),
    ("file", "told with the record it belongs to: file_attached, file_detached, file_quarantined"),
    ("operator_pin", "secret"),
    ("order_component", "told as the release of its order"),
    ("password_link", "secret"),
    ("recovery_code", "secret"),
    ("second_factor", "a detail of somebody's account, theirs alone"),
    ("session_origin", "secret"),
    ("terminal_resolution", "told as what was decided at the terminal"),
    ("terminal_session", "secret"),
    ("webhook_secret", "secret"),
    ("scenario_move", "told as the two scenarios that it makes"),
    ("saved_view", "somebody's own arrangement of a list"),
];

#[test]
fn the_page_of_events_is_that_of_the_code() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/events.md");
    let page = server::serve::events().page();
    if std::env::var_os("UPDATE_OPENAPI").is_some() {
        std::fs::write(file, &page).expect("docs/events.md");
    }
    let committed = std::fs::read_to_string(file).unwrap_or_default();
    assert!(committed == page, "docs/events.md is not that of the code; UPDATE_OPENAPI=1 writes it");
}

#[tokio::test]
async fn whatever_the_trail_records_is_told_or_said_why_not() {
    let test = TestDatabase::new().await;
    let recorded = "select distinct split_part(encode(tgargs, 'escape'), '\\000', 1) from pg_trigger where tgname = 'audited'";
    let rows = test.admin().await.query(recorded, &[]).await.expect("the catalog");
    let recorded: BTreeSet<String> = rows.iter().map(|row| row.get(0)).collect();
    let catalogue = server::serve::events();
    let told: BTreeSet<String> = catalogue.kinds().map(str::to_owned).collect();
    let untold: BTreeSet<String> = UNTOLD.iter().map(|(kind, _)| (*kind).to_owned()).collect();
    let forgotten: Vec<&String> = recorded.difference(&told).filter(|kind| !untold.contains(*kind)).collect();
    assert!(forgotten.is_empty(), "neither events nor said why not: {forgotten:?}");
    assert!(untold.is_disjoint(&told), "told, and listed as untold");
}
