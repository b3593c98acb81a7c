//! `gemba serve`, `migrate` and `config show` on a database that somebody else runs.

use testkit::TestDatabase;
use tokio::runtime::Runtime;

use crate::Desk;

fn test_database() -> (Runtime, TestDatabase) {
    let runtime = Runtime::new().expect("threads");
    let database = runtime.block_on(TestDatabase::new());
    (runtime, database)
}

fn change(runtime: &Runtime, database: &TestDatabase, sql: &str) {
    runtime.block_on(async { database.admin().await.batch_execute(sql).await.expect("arranged") });
}

#[test]
fn migrating_is_idempotent_and_leaves_newer_databases_alone() {
    let (runtime, database) = test_database();
    let desk = Desk::empty();
    let owner = [("GEMBA_DATABASE_OWNER_URL", database.urls.owner.as_str())];
    let version = platform::database::migrate::newest();
    let run = desk.run_with(&["migrate"], &owner).succeeds();
    assert_eq!(run.stdout(), format!("the database is at version {version}\n"));

    change(&runtime, &database, "insert into refinery_schema_history values (99999, 'from_tomorrow', '2030-01-01T00:00:00Z', '1')");
    desk.run_with(&["migrate"], &owner).fails(1, "migrated to version 99999 by a newer program");
    change(
        &runtime,
        &database,
        "delete from refinery_schema_history where version = 99999; update refinery_schema_history set checksum = '1' where version = 1",
    );
    desk.run_with(&["migrate"], &owner).fails(1, "made by another build of Gemba");
    desk.run(&["migrate"]).fails(1, "name the database as its owner in GEMBA_DATABASE_OWNER_URL");
}

#[test]
fn serving_refuses_what_is_not_safe_to_serve() {
    let (runtime, database) = test_database();
    let desk = Desk::empty();
    let serve = |url: &str| desk.run_with(&["serve", "--port", "0"], &[("GEMBA_DATABASE_URL", url), ("GEMBA_KEY", &"ab".repeat(32))]);
    desk.run(&["serve", "--port", "0"]).fails(1, "name the database in GEMBA_DATABASE_URL");
    serve(&database.urls.owner).fails(1, "the role 'gemba_owner' of GEMBA_DATABASE_URL could walk through the walls");
    serve(&database.urls.admin).fails(1, "could walk through the walls");
    serve("postgres://gemba_app@127.0.0.1:1/gemba").fails(1, "no connection to the database at 127.0.0.1:1");
    let nowhere = database.urls.app.replace("dbname=t_", "dbname=no_");
    serve(&nowhere).fails(1, "has no database 'no_");
    let encrypted = format!("{} sslmode=verify-full", database.urls.app);
    serve(&encrypted).fails(1, "no connection to the database");

    change(&runtime, &database, "delete from refinery_schema_history where version > 2");
    serve(&database.urls.app).fails(1, "the database is at version 2 and this program needs");
}

#[test]
fn the_roles_are_made_by_a_superuser_with_psql() {
    let sql = Desk::empty().run(&["migrate", "--print-roles"]).succeeds().stdout();
    for role in ["gemba_owner", "gemba_app", "gemba_auditor"] {
        assert!(
            sql.contains(&format!("create role {role} login nosuperuser nobypassrls")) && sql.contains(&format!("\\password {role}")),
            "{sql}"
        );
    }
}

#[test]
fn settings_are_shown_with_their_source_and_without_secrets() {
    let desk = Desk::empty();
    std::fs::write(desk.path("gemba.toml"), "[http]\nport = 9000\n").expect("a file");
    let environment = [("GEMBA_DATABASE_URL", "postgres://gemba_app:s3cret@db.example/gemba"), ("GEMBA_KEY", &"0f".repeat(32))];
    let run = desk.run_with(&["config", "show", "--config", "gemba.toml"], &environment).succeeds();
    let shown = run.stdout();
    assert!(shown.contains("http.port") && shown.contains("9000  (gemba.toml)"), "{shown}");
    assert!(shown.contains("postgres://gemba_app:********@db.example:5432/gemba  (GEMBA_DATABASE_URL)"), "{shown}");
    assert!(!shown.contains("s3cret") && !shown.contains("0f0f"), "{shown}");
    let json = desk.run_with(&["config", "show", "--json"], &environment).succeeds().stdout();
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json[0]["key"], "database.url");

    let wrong = desk.run_with(&["config", "show"], &[("GEMBA_PORT", "x"), ("GEMBA_LOG", "loud"), ("GEMBA_PROT", "1")]);
    let all = wrong.stderr();
    assert_eq!(wrong.code(), 2);
    for words in ["GEMBA_PORT: found 'x'", "GEMBA_LOG: found 'loud'", "GEMBA_PROT: there is no such setting; did you mean GEMBA_PORT?"] {
        assert!(all.contains(words), "{all}");
    }
}

#[test]
fn the_key_of_secrets_is_rotated_and_a_mail_domain_confirmed_from_the_command_line() {
    use platform::ids::OrganizationId;
    use platform::secrets::{FromFile, Secrets};
    let (runtime, database) = test_database();
    let desk = Desk::empty();
    let key = "ab".repeat(32);
    std::fs::write(desk.path("secrets.keys"), format!("k1 {}\n", "01".repeat(32))).expect("a file");
    let environment =
        [("GEMBA_DATABASE_URL", database.urls.app.as_str()), ("GEMBA_KEY", key.as_str()), ("GEMBA_SECRETS_KEY_FILE", "secrets.keys")];
    let admin = |arguments: &[&str]| desk.run_with(&[&["admin"], arguments].concat(), &environment);
    admin(&["create-organization", "acme", "Acme Drives", "--admin", "ada@acme.example", "--admin-name", "Ada Brandt"]).succeeds();

    let id = testkit::new_id();
    let secrets = async || Secrets::new(FromFile::new(desk.path("secrets.keys"), None)).await.expect("keys");
    let column = server::serve::sealed().into_iter().find(|at| at.table == "oidc_providers").expect("a column");
    let place = runtime.block_on(async {
        let client = database.admin().await;
        let organization: OrganizationId = client.query_one("select organization_id from organizations", &[]).await.expect("one").get(0);
        let place = column.of(organization, id);
        let sealed = secrets().await.seal(&place, b"hunter2").expect("sealed");
        let sql = "insert into oidc_providers (organization_id, id, name, issuer, client_id, client_secret_sealed, scopes, groups_claim,
                       just_in_time, factor_methods)
                   values ($1, $2, 'Acme Login', 'https://login.acme.example', 'gemba', $3, '{}', 'groups', true, '{}')";
        client.execute(sql, &[&organization, &id, &sealed]).await.expect("a row");
        place
    });

    let said = admin(&["rotate-key"]).succeeds().stdout();
    assert!(said.starts_with("1 secrets are now sealed with the key 'k") && said.ends_with("these can go: k1\n"), "{said}");
    let file = std::fs::read_to_string(desk.path("secrets.keys")).expect("the file");
    assert_eq!(file.lines().count(), 2, "the new key before the old one");
    std::fs::write(desk.path("secrets.keys"), file.lines().next().expect("a line")).expect("the old key gone");
    let opened = runtime.block_on(async {
        let row = database.admin().await.query_one("select client_secret_sealed from oidc_providers", &[]).await.expect("the row");
        secrets().await.open(&place, &row.get::<_, Vec<u8>>(0)).await
    });
    assert_eq!(opened.expect("opened with the new key alone").expose(), b"hunter2");
    let said = admin(&["rotate-key", "--keep-keys"]).succeeds().stdout();
    assert!(said.starts_with("0 secrets"), "{said}");

    let said = admin(&["confirm-domain", "acme", "acme.example"]).succeeds().stdout();
    assert!(said.starts_with("acme.example is acme's"), "{said}");
    admin(&["create-organization", "apex", "Apex Drives", "--admin", "eva@apex.example", "--admin-name", "Eva"]).succeeds();
    admin(&["confirm-domain", "apex", "acme.example"]).fails(1, "was confirmed for another organization");
}
