//! Migrations: from nothing, twice, at once, and never backwards.

use platform::database::migrate::{migrate, newest, version};
use testkit::{TestDatabase, new_id};

/// An empty database beside a test's own.
async fn empty(test: &TestDatabase) -> String {
    let name = format!("t_{}", new_id().simple());
    test.admin().await.batch_execute(&format!("create database {name} owner gemba_owner")).await.unwrap();
    let (before, _) = test.urls.owner.rsplit_once("dbname=").unwrap();
    format!("{before}dbname={name}")
}

#[tokio::test]
async fn an_empty_database_becomes_the_newest_and_a_second_time_changes_nothing() {
    let test = TestDatabase::new().await;
    let url = empty(&test).await;
    let first = migrate(&url).await.unwrap();
    assert_eq!(first.version, newest());
    assert!(!first.applied.is_empty());
    let second = migrate(&url).await.unwrap();
    assert_eq!((second.version, second.applied.len()), (newest(), 0));
}

#[tokio::test]
async fn two_that_start_at_once_wait_for_each_other() {
    let test = TestDatabase::new().await;
    let url = empty(&test).await;
    let (one, other) = futures_util::future::join(migrate(&url), migrate(&url)).await;
    let (one, other) = (one.unwrap(), other.unwrap());
    assert!(one.applied.is_empty() != other.applied.is_empty(), "exactly one of them applied the migrations");
}

#[tokio::test]
async fn a_database_of_a_newer_program_is_left_alone() {
    let test = TestDatabase::new().await;
    let admin = test.admin().await;
    let row = "insert into refinery_schema_history (version, name, applied_on, checksum) values (9000, 'tomorrow', '', '1')";
    admin.execute(row, &[]).await.unwrap();
    let refused = migrate(&test.urls.owner).await.unwrap_err();
    assert_eq!(refused.code, "database_newer");
    assert_eq!(version(&admin).await.unwrap(), 9000);
}
