//! From words to meaning, every mistake at once.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use figment::Figment;
use figment::value::Value;

use super::show::{Shown, masked};
use super::table::{SETTINGS, Setting, Shape};
use super::{
    AuditSettings, DatabaseSettings, FileSettings, HttpSettings, LogFormat, LogSettings, MailSettings, MetricsSettings, SecretsSettings,
    Settings, Sources, TracesSettings, WorkSettings,
};
use crate::error::{Error, FieldError, Kind, Result};
use crate::files::{Bucket, Place};
use crate::mail::{Security, SmtpSettings, is_mailbox};
use crate::postgres::{ManagedSettings, default_data_folder};

impl Settings {
    /// Reads all sources and understands them.
    ///
    /// # Errors
    /// `settings_wrong`, with a line for everything that is wrong: where it stands, what was found, what is expected.
    pub fn load(sources: &Sources) -> Result<Settings> {
        let mut wrong = Vec::new();
        let figment = sources.merge(&mut wrong);
        let mut words = Words { figment, wrong, shown: Vec::new() };
        for setting in SETTINGS {
            words.read(setting);
        }
        let Words { figment: _, mut wrong, shown } = words;
        wrong.extend(at_odds(&shown));
        if !wrong.is_empty() {
            let fields = wrong.iter().map(|line| FieldError::new("", "setting", line.clone())).collect();
            let mut error = Error::new(Kind::Invalid, "settings_wrong", wrong.join("\n"));
            error.fields = fields;
            return Err(error);
        }
        Ok(understood(shown))
    }
}

/// What is right by itself and wrong together.
fn at_odds(shown: &[Shown]) -> Option<String> {
    let text = |key: &str| shown.iter().find(|shown| shown.setting.key == key).map(|shown| shown.text.as_str()).unwrap_or_default();
    let open = text("metrics.address").parse::<std::net::SocketAddr>().is_ok_and(|address| !address.ip().is_loopback());
    (open && text("metrics.token").is_empty()).then(|| {
        "metrics.address: other machines can reach it, so metrics.token (GEMBA_METRICS_TOKEN) is needed; 127.0.0.1 needs none".to_owned()
    })
}

struct Words {
    figment: Figment,
    wrong: Vec<String>,
    shown: Vec<Shown>,
}

impl Words {
    fn read(&mut self, setting: &'static Setting) {
        let (text, source) = match self.figment.find_value(setting.key) {
            Ok(value) => {
                let source = self.figment.get_metadata(value.tag()).map_or_else(String::new, |metadata| metadata.name.to_string());
                match plain(&value) {
                    Some(text) => (text, source),
                    None => {
                        self.wrong.push(format!("{source}: '{}' must be {}", setting.key, setting.shape.words()));
                        return;
                    }
                }
            }
            Err(_) => (setting.default.to_owned(), "default".to_owned()),
        };
        if !text.is_empty()
            && let Err(expected) = setting.shape.check(&text)
        {
            let found = if setting.secret { String::new() } else { format!("found '{}', ", masked(setting, &text)) };
            // Variables and options name the setting themselves; a file needs its key.
            let place = if source.starts_with("GEMBA_") || source.starts_with("--") {
                source.clone()
            } else {
                format!("{source}: {}", setting.key)
            };
            self.wrong.push(format!("{place}: {found}expected {expected}"));
        }
        self.shown.push(Shown { setting, text, source });
    }
}

fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(_, text) => Some(text.trim().to_owned()),
        Value::Num(_, number) => {
            number.to_i128().map(|whole| whole.to_string()).or_else(|| number.to_u128().map(|whole| whole.to_string()))
        }
        Value::Array(_, items) => items.iter().map(plain).collect::<Option<Vec<_>>>().map(|items| items.join(",")),
        _ => None,
    }
}

/// The settings, from words that were checked.
fn understood(shown: Vec<Shown>) -> Settings {
    let text = |key: &str| shown.iter().find(|shown| shown.setting.key == key).map(|shown| shown.text.as_str()).unwrap_or_default();
    let given = |key: &str| Some(text(key)).filter(|text| !text.is_empty()).map(str::to_owned);
    let number = |key: &str| text(key).parse::<u64>().unwrap_or_default();
    let span = |key: &str| Duration::from_millis(time_ms(text(key)).unwrap_or_default());
    let data_folder = given("data_dir").map_or_else(default_data_folder, PathBuf::from);
    let smtp = given("mail.host").map(|host| SmtpSettings {
        host,
        port: given("mail.port").and_then(|port| port.parse().ok()),
        security: match text("mail.tls") {
            "implicit" => Security::Implicit,
            "none" => Security::None,
            _ => Security::StartTls,
        },
        account: given("mail.user").map(|user| (user, text("mail.password").to_owned())),
        authorities: given("mail.authorities").map(PathBuf::from),
    });
    let settings = Settings {
        database: DatabaseSettings {
            url: given("database.url"),
            read_url: given("database.read_url"),
            owner_url: given("database.owner_url"),
            connections: number("database.connections") as usize,
            wait: span("database.wait"),
        },
        postgres: ManagedSettings { binaries: given("postgres.bin").map(PathBuf::from), account: given("postgres.user") },
        mail: MailSettings {
            smtp,
            folder: given("mail.folder").map_or_else(|| data_folder.join("mail"), PathBuf::from),
            from: text("mail.from").to_owned(),
        },
        data_folder,
        http: HttpSettings {
            address: text("http.address").parse().unwrap_or(IpAddr::from([127, 0, 0, 1])),
            port: number("http.port") as u16,
            public_url: given("http.public_url"),
            plain: text("http.plain") == "yes",
            limits: crate::http::Settings {
                body_limit: size_bytes(text("http.body_limit")).unwrap_or_default() as usize,
                upload_limit: size_bytes(text("http.upload_limit")).unwrap_or_default() as usize,
                time_limit: span("http.time_limit"),
                in_flight: number("http.in_flight") as usize,
                shutdown_limit: span("http.shutdown_limit"),
                requests_per_hour: number("http.requests_per_hour") as u32,
                cors_origins: items(text("http.origins")).map(str::to_owned).collect(),
                https: text("http.public_url").starts_with("https://"),
                trusted_proxies: items(text("http.trusted_proxies")).filter_map(|item| item.parse().ok()).collect(),
            },
        },
        audit: AuditSettings { key: given("audit.key").map(PathBuf::from), witness: given("audit.witness").map(PathBuf::from) },
        work: WorkSettings { queues: items(text("work.queues")).map(str::to_owned).collect(), places: number("work.places") as usize },
        secrets: SecretsSettings { keys: given("secrets.keys"), key_file: given("secrets.key_file").map(PathBuf::from) },
        outbound: crate::outbound::Limits {
            allow: items(text("outbound.allow")).filter_map(|item| item.parse().ok()).collect(),
            ..crate::outbound::Limits::default()
        },
        files: FileSettings {
            place: place(&given, &text),
            scanner: text("files.scanner").parse().ok(),
            limits: crate::files::Limits {
                largest: size_bytes(text("files.largest")).unwrap_or_default(),
                quota: size_bytes(text("files.quota")).unwrap_or_default(),
                allowed: crate::files::Allowed::of(given("files.types").as_deref().unwrap_or(crate::files::ALLOWED)),
                keep_deleted: jiff::SignedDuration::from_hours(24 * number("files.keep_deleted_days") as i64),
                at_once: number("files.at_once") as usize,
                ..crate::files::Limits::default()
            },
        },
        log: LogSettings {
            format: if text("log.format") == "json" { LogFormat::Json } else { LogFormat::Text },
            level: text("log.level").to_owned(),
        },
        metrics: MetricsSettings { address: text("metrics.address").parse().ok(), token: given("metrics.token") },
        traces: TracesSettings {
            collector: given("traces.collector"),
            authorization: given("traces.authorization"),
            share: number("traces.share") as f64 / 100.0,
        },
        key: key_bytes(text("security.key")),
        forbidden_passwords: given("security.forbidden_passwords").map(PathBuf::from),
        demo_password: given("demo.password"),
        shown: Vec::new(),
    };
    Settings { shown, ..settings }
}

/// Where files lie.
fn place<'a>(given: &impl Fn(&str) -> Option<String>, text: &impl Fn(&str) -> &'a str) -> Place {
    let store = text("files.store");
    let Some(bucket) = store.strip_prefix("s3://") else {
        let folder = given("files.store").map(PathBuf::from);
        return Place::Folder(folder.unwrap_or_else(|| given("data_dir").map_or_else(default_data_folder, PathBuf::from).join("files")));
    };
    let (name, prefix) = bucket.split_once('/').unwrap_or((bucket, ""));
    Place::Bucket(Bucket {
        name: name.into(),
        prefix: prefix.into(),
        endpoint: given("files.s3_endpoint"),
        region: text("files.s3_region").into(),
        access_key: text("files.s3_access_key").into(),
        secret_key: text("files.s3_secret_key").into(),
    })
}

impl Shape {
    /// What it may be, for people.
    pub fn words(self) -> String {
        match self {
            Shape::Text => "a text".into(),
            Shape::Path => "an absolute or relative path".into(),
            Shape::DatabaseUrl => {
                "the address of a PostgreSQL database, as postgres://user:password@host:5432/database?sslmode=verify-full".into()
            }
            Shape::Origin => "an address such as https://gemba.example.com, without a path".into(),
            Shape::Origins => "addresses such as https://gemba.example.com, without a path, separated by commas".into(),
            Shape::Address => "an IP address, such as 127.0.0.1 or 0.0.0.0".into(),
            Shape::Addresses => "IP addresses, separated by commas".into(),
            Shape::Number(least, most) => format!("a whole number from {least} to {most}"),
            Shape::Time(least, most) => format!("a time from {least} ms to {} s with its unit, such as 500ms, 2s or 1min", most / 1000),
            Shape::Size(least, most) => {
                format!("a size from {} KiB to {} MiB with its unit, such as 512KiB or 8MiB", least >> 10, most >> 20)
            }
            Shape::OneOf(words) => format!("one of {}", words.join(", ")),
            Shape::Levels => "error, warn, info, debug or trace, and exceptions such as info,platform=debug".into(),
            Shape::Key => "64 hexadecimal digits, as `openssl rand -hex 32` prints them".into(),
            Shape::Keys => "keys as `name 64-hexadecimal-digits`, separated by commas; the first one seals".into(),
            Shape::Networks => "networks such as 10.20.0.0/16, separated by commas".into(),
            Shape::Password => "12 to 200 characters".into(),
            Shape::Socket => "an IP address of this machine and a port, such as 127.0.0.1:9464".into(),
            Shape::Token => "16 to 200 letters, digits and other visible characters".into(),
            Shape::Credential => "what stands in a header, such as Bearer …".into(),
            Shape::FileStore => "a folder, or a bucket as s3://bucket or s3://bucket/prefix".into(),
            Shape::Scanner => "clamd://host:port, clamd:/path/of/socket, or command:/path/of/program and its arguments".into(),
            Shape::Secret => "1 to 500 characters".into(),
            Shape::Mailbox => "an address such as Gemba <gemba@example.com>".into(),
        }
    }

    fn check(self, text: &str) -> std::result::Result<(), String> {
        let fits = match self {
            Shape::Text | Shape::Path => true,
            Shape::DatabaseUrl => crate::database::tls::Target::parse(text).is_ok_and(|target| !target.config.get_hosts().is_empty()),
            Shape::Origin => is_origin(text),
            Shape::Origins => items(text).all(is_origin),
            Shape::Address => text.parse::<IpAddr>().is_ok(),
            Shape::Addresses => items(text).all(|item| item.parse::<IpAddr>().is_ok()),
            Shape::Number(least, most) => text.parse::<u64>().is_ok_and(|number| (least..=most).contains(&number)),
            Shape::Time(least, most) => time_ms(text).is_some_and(|ms| (least..=most).contains(&ms)),
            Shape::Size(least, most) => size_bytes(text).is_some_and(|bytes| (least..=most).contains(&bytes)),
            Shape::OneOf(words) => words.contains(&text),
            Shape::Levels => text.split(',').all(is_level),
            Shape::Key => key_bytes(text).is_some(),
            Shape::Keys => crate::secrets::Keyring::read(text).is_ok(),
            Shape::Networks => items(text).all(|item| item.parse::<crate::outbound::Network>().is_ok()),
            Shape::Password => (12..=200).contains(&text.chars().count()),
            Shape::Socket => text.parse::<std::net::SocketAddr>().is_ok(),
            Shape::Token => (16..=200).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic()),
            Shape::Credential => text.len() <= 4_000 && text.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' '),
            Shape::FileStore => {
                !text.contains("://") || text.strip_prefix("s3://").is_some_and(|bucket| !bucket.is_empty() && !bucket.starts_with('/'))
            }
            Shape::Scanner => text.parse::<crate::files::Scanner>().is_ok(),
            Shape::Secret => text.chars().count() <= 500,
            Shape::Mailbox => is_mailbox(text),
        };
        if fits { Ok(()) } else { Err(self.words()) }
    }
}

/// The bytes of a key, from its 64 digits.
pub fn key_bytes(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    for (index, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * index..2 * index + 2)?, 16).ok()?;
    }
    Some(bytes)
}

fn items(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|item| !item.is_empty())
}

fn is_origin(text: &str) -> bool {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    host.is_some_and(|host| !host.is_empty() && host.chars().all(|letter| letter.is_ascii_alphanumeric() || ".-:[]".contains(letter)))
}

fn is_level(part: &str) -> bool {
    let (target, level) = part.split_once('=').unwrap_or(("all", part));
    !target.is_empty() && ["off", "error", "warn", "info", "debug", "trace"].contains(&level.trim())
}

fn time_ms(text: &str) -> Option<u64> {
    with_unit(text, &[("ms", 1), ("min", 60_000), ("s", 1000), ("m", 60_000), ("h", 3_600_000)])
}

fn size_bytes(text: &str) -> Option<u64> {
    with_unit(
        text,
        &[
            ("KiB", 1 << 10),
            ("MiB", 1 << 20),
            ("GiB", 1 << 30),
            ("TiB", 1 << 40),
            ("kB", 1000),
            ("MB", 1_000_000),
            ("GB", 1_000_000_000),
            ("B", 1),
        ],
    )
}

fn with_unit(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let (unit, factor) = units.iter().find(|(unit, _)| text.ends_with(unit))?;
    text.strip_suffix(unit)?.trim().parse::<u64>().ok()?.checked_mul(*factor)
}
