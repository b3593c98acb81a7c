//! What is read from files, environment and arguments, and what every wrong setting is told.

use std::path::Path;

use super::*;

fn sources(environment: &[(&str, &str)]) -> Sources {
    Sources { environment: environment.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect(), ..Sources::default() }
}

fn from_file(text: &str) -> (tempfile::TempDir, Sources) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("gemba.toml");
    std::fs::write(&file, text).expect("a file");
    (folder, Sources { file: Some(file), ..Sources::default() })
}

/// What is refused: every line.
fn refused(sources: &Sources) -> Vec<String> {
    let wrong = Settings::load(sources).expect_err("wrong settings");
    assert_eq!(wrong.code, "settings_wrong");
    wrong.detail.lines().map(str::to_owned).collect()
}

#[test]
fn nothing_set_is_a_working_installation() {
    let settings = Settings::load(&Sources::default()).expect("defaults");
    assert_eq!((settings.http.address.to_string().as_str(), settings.http.port), ("127.0.0.1", 8080));
    assert_eq!((settings.database.url.as_deref(), settings.database.connections), (None, 16));
    assert_eq!((settings.database.wait, settings.http.limits.time_limit), (Duration::from_secs(2), Duration::from_secs(30)));
    assert_eq!((settings.http.limits.body_limit, settings.http.limits.requests_per_hour), (1 << 20, 1000));
    assert_eq!((settings.log.format, settings.log.level.as_str()), (LogFormat::Text, "info"));
    assert!(settings.show().iter().all(|shown| shown.source == "default"));
}

#[test]
fn every_wrong_setting_names_its_place_and_what_is_expected() {
    for (variable, value, expected) in [
        ("GEMBA_PORT", "eighty", "GEMBA_PORT: found 'eighty', expected a whole number from 0 to 65535"),
        ("GEMBA_PORT", "65536", "GEMBA_PORT: found '65536', expected a whole number from 0 to 65535"),
        ("GEMBA_ADDRESS", "localhost", "GEMBA_ADDRESS: found 'localhost', expected an IP address, such as 127.0.0.1 or 0.0.0.0"),
        (
            "GEMBA_TIME_LIMIT",
            "30",
            "GEMBA_TIME_LIMIT: found '30', expected a time from 1000 ms to 600 s with its unit, such as 500ms, 2s or 1min",
        ),
        (
            "GEMBA_BODY_LIMIT",
            "1TB",
            "GEMBA_BODY_LIMIT: found '1TB', expected a size from 1 KiB to 1024 MiB with its unit, such as 512KiB or 8MiB",
        ),
        ("GEMBA_LOG_FORMAT", "xml", "GEMBA_LOG_FORMAT: found 'xml', expected one of text, json"),
        (
            "GEMBA_LOG",
            "loud",
            "GEMBA_LOG: found 'loud', expected error, warn, info, debug or trace, and exceptions such as info,platform=debug",
        ),
        (
            "GEMBA_PUBLIC_URL",
            "gemba.example",
            "GEMBA_PUBLIC_URL: found 'gemba.example', expected an address such as https://gemba.example.com, without a path",
        ),
        (
            "GEMBA_ORIGINS",
            "https://a.example, b",
            "GEMBA_ORIGINS: found 'https://a.example, b', expected addresses such as https://gemba.example.com, without a path, separated by commas",
        ),
        ("GEMBA_DEMO_PASSWORD", "short", "GEMBA_DEMO_PASSWORD: expected 12 to 200 characters"),
        ("GEMBA_DATABASE_CONECTIONS", "5", "GEMBA_DATABASE_CONECTIONS: there is no such setting; did you mean GEMBA_DATABASE_CONNECTIONS?"),
        ("GEMBA_DEMOPASSWORD", "long enough, this", "GEMBA_DEMOPASSWORD: there is no such setting; did you mean GEMBA_DEMO_PASSWORD?"),
        ("GEMBA_CONFIG", "/nowhere/gemba.toml", "GEMBA_CONFIG: there is no file /nowhere/gemba.toml"),
    ] {
        assert_eq!(refused(&sources(&[(variable, value)])), [expected]);
    }
}

#[test]
fn a_files_mistakes_name_file_and_key_and_all_come_at_once() {
    let (folder, sources) = from_file(
        "data_dir = 7\nprot = 1\n[http]\nport = 70000\norigins = [\"https://a.example\", \"nothing\"]\n[database]\nconections = 3\n[pool]\nsize = 3\n",
    );
    let file = folder.path().join("gemba.toml").display().to_string();
    assert_eq!(
        refused(&sources),
        [
            format!("{file}: there is no setting 'database.conections'; did you mean 'database.connections'?"),
            format!("{file}: there is no setting 'pool'; `gemba config show` lists all"),
            format!("{file}: there is no setting 'prot'; `gemba config show` lists all"),
            format!("{file}: http.port: found '70000', expected a whole number from 0 to 65535"),
            format!(
                "{file}: http.origins: found 'https://a.example,nothing', expected addresses such as https://gemba.example.com, without a path, separated by commas"
            ),
        ]
    );
    let (_folder, sources) = from_file("http = 5\n");
    assert!(refused(&sources)[0].ends_with("'http' is a section: write [http] and its settings below"));
    let (_folder, sources) = from_file("[http\nport = 1");
    assert!(refused(&sources)[0].contains("is not TOML"));
}

#[test]
fn the_command_line_beats_the_environment_which_beats_the_file() {
    let (folder, mut sources) = from_file("[http]\nport = 1001\nin_flight = 10\n[database]\nwait = \"5s\"\n");
    sources.environment.insert("GEMBA_PORT".into(), "1002".into());
    sources.environment.insert("GEMBA_IN_FLIGHT".into(), "11".into());
    // Set to nothing is not set: compose files and unit files leave such lines behind.
    sources.environment.insert("GEMBA_DATABASE_WAIT".into(), String::new());
    sources.arguments.push(("http.port", "--port", "1003".into()));
    let settings = Settings::load(&sources).expect("settings");
    assert_eq!((settings.http.port, settings.http.limits.in_flight, settings.database.wait), (1003, 11, Duration::from_secs(5)));
    let source = |key: &str| settings.show().iter().find(|shown| shown.setting.key == key).expect(key).source.clone();
    let file = folder.path().join("gemba.toml").display().to_string();
    assert_eq!((source("http.port"), source("http.in_flight"), source("database.wait")), ("--port".into(), "GEMBA_IN_FLIGHT".into(), file));
}

#[test]
fn secrets_are_masked_wherever_they_stand() {
    let secret = "Tr0ub4dor&3-secret";
    let settings = Settings::load(&sources(&[
        ("GEMBA_DATABASE_URL", "postgres://gemba_app:s3cret@db.example:6432/gemba?sslmode=verify-full"),
        ("GEMBA_DATABASE_OWNER_URL", "host=/run/postgresql user=gemba_owner password=s3cret dbname=gemba"),
        ("GEMBA_DEMO_PASSWORD", secret),
    ]))
    .expect("settings");
    let shown = format!("{:?} {:?}", settings.show(), settings.database);
    assert!(!shown.contains("s3cret") && !shown.contains(secret), "{shown}");
    assert!(shown.contains("postgres://gemba_app:********@db.example:6432/gemba"), "{shown}");
    assert!(shown.contains("postgres://gemba_owner:********@/run/postgresql/gemba"), "{shown}");
    let wrong = refused(&sources(&[("GEMBA_DATABASE_URL", "postgres://gemba_app:s3cret@db:port/gemba")]));
    assert!(
        wrong[0].starts_with("GEMBA_DATABASE_URL: expected the address of a PostgreSQL database") && !wrong[0].contains("s3cret"),
        "{wrong:?}"
    );
}

#[test]
fn the_table_is_well_formed() {
    for (position, setting) in table::SETTINGS.iter().enumerate() {
        assert!(setting.variable.starts_with("GEMBA_"), "{setting:?}");
        let twin = table::SETTINGS[..position].iter().any(|other| other.key == setting.key || other.variable == setting.variable);
        assert!(!twin, "{} is there twice", setting.key);
    }
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/operations.md");
    let page = std::fs::read_to_string(page).expect("docs/operations.md");
    let missing: Vec<_> = table::SETTINGS.iter().filter(|setting| !page.contains(&format!("`{}`", setting.variable))).collect();
    assert!(missing.is_empty(), "docs/operations.md does not tell of {missing:?}");
}
