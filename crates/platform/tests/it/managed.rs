//! The private PostgreSQL, started for real on a folder of the test's own.

use std::path::Path;

use platform::error::Error;
use platform::postgres::{DataFolder, Managed, ManagedSettings};
use tokio_postgres::{Client, NoTls};

async fn start(folder: &DataFolder) -> Managed {
    Managed::start(folder, &ManagedSettings::default()).await.expect("a database")
}

async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.expect("the database answers");
    tokio::spawn(connection);
    client
}

fn postmaster(folder: &Path) -> rustix::process::Pid {
    let mark = std::fs::read_to_string(folder.join("postgres/postmaster.pid")).expect("it runs");
    rustix::process::Pid::from_raw(mark.lines().next().expect("a line").parse().expect("a number")).expect("a process")
}

fn refusal(opened: Result<DataFolder, Error>, code: &str, words: &str) {
    let refused = opened.map(|folder| folder.path().to_owned()).expect_err("a refusal");
    assert_eq!(refused.code, code, "{refused}");
    assert!(refused.detail.contains(words), "{refused}");
}

/// One cluster for the whole story: making one costs seconds.
#[tokio::test]
async fn a_private_database_is_made_found_again_and_survives_being_killed() {
    let temporary = tempfile::tempdir().expect("a folder");
    let path = temporary.path();
    let folder = DataFolder::open(path).expect("an empty folder will do");
    let managed = start(&folder).await;
    assert_eq!(managed.version().to_string(), std::fs::read_to_string(path.join("postgres/PG_VERSION")).expect("a version").trim());

    // Safe settings, checksums, no listening on the network, passwords wanted.
    let owner = connect(&managed.urls().owner).await;
    for (setting, expected) in
        [("fsync", "on"), ("full_page_writes", "on"), ("synchronous_commit", "on"), ("data_checksums", "on"), ("listen_addresses", "")]
    {
        let found: String = owner.query_one("select current_setting($1)", &[&setting]).await.expect("a setting").get(0);
        assert_eq!(found, expected, "{setting}");
    }
    let without = managed.urls().app.split_whitespace().filter(|part| !part.starts_with("password=")).collect::<Vec<_>>().join(" ");
    assert!(tokio_postgres::connect(&without, NoTls).await.is_err(), "a role without its password");
    let app = connect(&managed.urls().app).await;
    let powers =
        app.query_one("select rolsuper or rolbypassrls or rolcreaterole or rolcreatedb from pg_roles where rolname = current_user", &[]);
    assert!(!powers.await.expect("a role").get::<_, bool>(0));
    owner.batch_execute("create table kept (id int); insert into kept values (1)").await.expect("a row");

    // Somebody kills PostgreSQL: it comes back by itself, with the row.
    let before = postmaster(path);
    rustix::process::kill_process(before, rustix::process::Signal::KILL).expect("killed");
    let client = again(&managed.urls().owner).await;
    assert_eq!(client.query_one("select count(*) from kept", &[]).await.expect("the table").get::<_, i64>(0), 1);
    assert_ne!(postmaster(path), before);

    // A second one on the same folder is refused while the first works.
    folder.announce("http://localhost:1");
    refusal(DataFolder::open(path), "data_folder_in_use", "at http://localhost:1: use that one, stop it, or choose another --data-dir");

    managed.stop().await;
    assert!(!path.join("postgres/postmaster.pid").exists(), "stopped cleanly");
    drop(folder);
    let folder = DataFolder::open(path).expect("nobody holds it any more");

    // Marks of a process that has gone, whose number another one has now.
    std::fs::write(path.join("postgres/postmaster.pid"), format!("{}\n/elsewhere\n", std::process::id())).expect("a stale mark");
    let managed = start(&folder).await;
    managed.stop().await;

    // Data of a PostgreSQL that is not here.
    std::fs::write(path.join("postgres/PG_VERSION"), "99\n").expect("another version");
    let refused = Managed::start(&folder, &ManagedSettings::default()).await.expect_err("data of version 99");
    assert!(refused.detail.contains("made by PostgreSQL 99") && refused.detail.contains("install postgresql-99"), "{refused}");
}

async fn again(url: &str) -> Client {
    let connected = async {
        loop {
            if let Ok((client, connection)) = tokio_postgres::connect(url, NoTls).await {
                tokio::spawn(connection);
                if client.simple_query("select 1").await.is_ok() {
                    return client;
                }
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(30), connected).await.expect("it came back")
}

#[test]
fn folders_that_are_not_gembas_are_left_alone() {
    let temporary = tempfile::tempdir().expect("a folder");
    let foreign = temporary.path().join("photos");
    std::fs::create_dir(&foreign).expect("a folder");
    std::fs::write(foreign.join("beach.jpg"), "").expect("a file");
    refusal(DataFolder::open(&foreign), "data_folder_foreign", "holds something else (beach.jpg): choose an empty or new folder");
    assert_eq!(std::fs::read_dir(&foreign).expect("a folder").count(), 1, "nothing was written");

    let newer = temporary.path().join("newer");
    std::fs::create_dir(&newer).expect("a folder");
    std::fs::write(newer.join("gemba.json"), r#"{"gemba_data_folder":2}"#).expect("a mark");
    refusal(DataFolder::open(&newer), "data_folder_newer", "made by a newer Gemba (format 2; this one knows 1): install the newer one");

    std::fs::write(newer.join("gemba.json"), "?").expect("a mark");
    refusal(DataFolder::open(&newer), "data_folder_damaged", "put it back from a backup");
    refusal(DataFolder::open(&foreign.join("beach.jpg")), "not_a_folder", "is not a folder");
    refusal(DataFolder::open(Path::new("/proc/gemba")), "data_folder", "choose another --data-dir");
}

#[test]
fn secrets_are_for_gembas_account_only() {
    use std::os::unix::fs::PermissionsExt;
    let temporary = tempfile::tempdir().expect("a folder");
    let folder = DataFolder::open(temporary.path()).expect("a folder");
    assert_eq!(folder.secret("demo").expect("readable"), None);
    folder.keep_secret("demo", "hunter2").expect("kept");
    assert_eq!(folder.secret("demo").expect("readable").as_deref(), Some("hunter2"));
    let mode = |path: &Path| std::fs::metadata(path).expect("there").permissions().mode() & 0o777;
    assert_eq!((mode(&folder.secret_path("demo")), mode(folder.secret_path("demo").parent().expect("a parent"))), (0o600, 0o700));
}
