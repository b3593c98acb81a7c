//! What the database writes, what it leaves out, and that nobody takes it back.

use super::*;

#[tokio::test]
async fn neither_server_nor_owner_changes_removes_or_forges_an_entry() {
    let test = TestDatabase::new().await;
    let tenant = test.organization("One", 0).await;
    region(&test, &tenant, "North").await;
    seal(&test).await;
    for url in [&test.urls.app, &test.urls.owner, &test.urls.auditor] {
        let client = connect(url).await;
        client.batch_execute(&format!("set gemba.organization = '{}'; set gemba.plants = '*'", tenant.organization)).await.unwrap();
        for statement in [
            "update audit_events set actor = 'nobody'",
            "delete from audit_events",
            "truncate audit_events",
            "update audit_seals set sealed_at = now()",
            "delete from audit_seals",
            "truncate audit_seals",
            "update audit_removals set reason = ''",
        ] {
            // Refused, or without a single row to touch.
            let touched = client.execute(statement, &[]).await.unwrap_or(0);
            assert_eq!(touched, 0, "{url}: {statement}");
        }
        let forged = format!("insert into audit_events (organization_id, actor, action) values ('{}', 'x', 'y')", tenant.organization);
        assert!(url == &test.urls.owner || client.execute(&forged, &[]).await.is_err(), "{url} appends past the functions");
    }
    let admin = test.admin().await;
    for statement in
        ["update audit_events set actor = 'nobody'", "delete from audit_events", "truncate audit_events", "delete from audit_seals"]
    {
        let refused = admin.execute(statement, &[]).await.unwrap_err();
        assert!(refused.as_db_error().unwrap().message().ends_with("is append-only"), "{refused}");
    }
    assert!(verify(&test, &tenant, &[]).await.entries >= 2);
}

#[tokio::test]
async fn partitions_are_made_ahead_and_take_back_what_fell_beside() {
    let test = TestDatabase::new().await;
    let tenant = test.organization("One", 0).await;
    let admin = test.admin().await;
    let old = "insert into audit_events (organization_id, occurred_at, actor, action) values ($1, '2031-05-06T07:08:09Z', 'system:test', 'test.done')";
    admin.execute(old, &[&tenant.organization]).await.unwrap();
    seal(&test).await;
    let mut tx = test.database.begin(&tenant.system()).await.unwrap();
    let at = instant("2031-05-31T23:59:59Z");
    assert_eq!(tx.query_one("select gemba.audit_partitions($1, 2)", &[&at]).await.unwrap().get::<_, i32>(0), 3);
    assert_eq!(tx.query_one("select gemba.audit_partitions($1, 2)", &[&at]).await.unwrap().get::<_, i32>(0), 0);
    tx.commit().await.unwrap();
    let moved = admin.query_one("select tableoid::regclass::text from audit_events where action = 'test.done'", &[]).await.unwrap();
    assert_eq!(moved.get::<_, String>(0), "audit_events_2031_05");
    assert!(verify(&test, &tenant, &[]).await.sound());
}

#[tokio::test]
async fn a_change_that_changes_nothing_leaves_no_entry() {
    let test = TestDatabase::new().await;
    let tenant = test.organization("One", 0).await;
    let id = region(&test, &tenant, "North").await;
    let mut tx = test.database.begin(&tenant.system()).await.unwrap();
    tx.execute("update regions set name = name where id = $1", &[&id]).await.unwrap();
    for sql in ["update regions set archived_at = now() where id = $1", "update regions set archived_at = null where id = $1"] {
        tx.execute(sql, &[&id]).await.unwrap();
    }
    let rows = tx.query("select action from audit_events where record_id = $1 order by transaction, position", &[&id]).await.unwrap();
    assert_eq!(
        rows.iter().map(|row| row.get::<_, String>(0)).collect::<Vec<_>>(),
        ["region.created", "region.archived", "region.restored"]
    );
}
