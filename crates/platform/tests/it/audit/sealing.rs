//! What is committed gets sealed, all of it, once, in an order that everybody finds again.

use super::*;

#[tokio::test]
async fn a_late_commit_holds_the_seal_back_and_is_not_skipped() {
    let test = TestDatabase::new().await;
    let tenant = test.organization("One", 0).await;
    seal(&test).await;
    let mut late = test.database.begin(&tenant.system()).await.unwrap();
    insert_region(&mut late, &tenant, "Late").await;
    region(&test, &tenant, "Early").await;
    assert_eq!(seal(&test).await, [], "nothing behind an open transaction is sealed");
    let waiting = verify(&test, &tenant, &[]).await;
    assert_eq!((waiting.seals, waiting.unsealed, waiting.sound()), (1, 1, true));
    late.commit().await.unwrap();
    assert_eq!(seal(&test).await[0].entries, 3);
    let sealed = verify(&test, &tenant, &[]).await;
    assert_eq!((sealed.seals, sealed.entries, sealed.unsealed, sealed.sound()), (2, 3, 0, true));
}

#[tokio::test]
async fn what_was_written_before_the_open_transaction_is_sealed_meanwhile() {
    let test = TestDatabase::new().await;
    let tenant = test.organization("One", 0).await;
    region(&test, &tenant, "Early").await;
    let mut open = test.database.begin(&tenant.system()).await.unwrap();
    insert_region(&mut open, &tenant, "Open").await;
    assert_eq!(seal(&test).await[0].entries, 2);
    open.rollback().await.unwrap();
    assert_eq!(seal(&test).await, [], "what was rolled back never was");
    assert!(verify(&test, &tenant, &[]).await.sound());
}

#[tokio::test]
async fn a_transaction_of_more_entries_than_a_seal_takes_is_sealed_whole() {
    let test = TestDatabase::new().await;
    let tenant = test.organization("One", 0).await;
    let mut tx = test.database.begin(&tenant.system()).await.unwrap();
    let many =
        "insert into regions (organization_id, id, name) select $1, gen_random_uuid(), 'Region ' || n from generate_series(1, 10000) n";
    tx.execute(many, &[&tenant.organization]).await.unwrap();
    tx.commit().await.unwrap();
    region(&test, &tenant, "Behind").await;
    let heads = seal(&test).await;
    assert_eq!(heads.iter().map(|head| head.entries).collect::<Vec<_>>(), [10_001, 10_002]);
    let verified = verify(&test, &tenant, &heads).await;
    assert_eq!((verified.entries, verified.witnessed, verified.sound()), (10_002, 2, true));
}

#[tokio::test]
async fn a_look_for_what_waits_reads_nothing_of_what_is_sealed() {
    let test = TestDatabase::new().await;
    let tenant = test.organization("One", 0).await;
    let mut tx = test.database.begin(&tenant.system()).await.unwrap();
    let many =
        "insert into regions (organization_id, id, name) select $1, gen_random_uuid(), 'Region ' || n from generate_series(1, 20000) n";
    tx.execute(many, &[&tenant.organization]).await.unwrap();
    tx.commit().await.unwrap();
    seal(&test).await;
    let mut admin = test.admin().await;
    admin.batch_execute("analyze").await.unwrap();
    let look = admin.transaction().await.unwrap();
    look.query("select gemba.audit_waiting('-infinity')", &[]).await.unwrap();
    let read = "select sum(pg_stat_get_xact_tuples_returned(relid) + pg_stat_get_xact_tuples_fetched(relid))::bigint
        from pg_partition_tree('audit_events')";
    let read: i64 = look.query_one(read, &[]).await.unwrap().get(0);
    assert!(read < 100, "{read} entries of the trail were read to find that nothing waits");
}

#[tokio::test]
async fn each_organization_has_a_chain_of_its_own() {
    let test = TestDatabase::new().await;
    let (one, two) = (test.organization("One", 2).await, test.organization("Two", 1).await);
    let heads = seal(&test).await;
    assert_eq!(heads.iter().map(|head| (head.number, head.entries)).collect::<Vec<_>>().len(), 2);
    assert_eq!(verify(&test, &one, &heads).await.entries, 3);
    assert_eq!(verify(&test, &two, &heads).await.entries, 2);
    assert_eq!(seal(&test).await, [], "nothing new, nothing sealed");
}

#[tokio::test]
async fn two_sealers_at_once_make_one_chain() {
    let test = TestDatabase::new().await;
    let tenant = test.organization("One", 0).await;
    for round in 0..5 {
        region(&test, &tenant, &format!("Region {round}")).await;
        let key = signer();
        let (one, two) =
            tokio::join!(sealer::seal(&test.database, &key, Look::Recent), sealer::seal(&test.database, &key, Look::Everywhere));
        one.unwrap();
        two.unwrap();
    }
    seal(&test).await;
    let verified = verify(&test, &tenant, &[]).await;
    assert_eq!((verified.entries, verified.unsealed, verified.sound()), (6, 0, true));
}
