//! The table of settings: one entry each, in the order they are shown.

/// One setting.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// Its name in the file: `database.url` is `url` under `[database]`.
    pub key: &'static str,
    /// Its variable in the environment.
    pub variable: &'static str,
    /// What it may be, for people: `a number from 1 to 1000`.
    pub shape: Shape,
    /// Its default, as it would be written; empty for none.
    pub default: &'static str,
    /// What it is for.
    pub meaning: &'static str,
    /// Whether it, or a part of it, must not be shown.
    pub secret: bool,
}

/// What a setting may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Any text.
    Text,
    /// A path.
    Path,
    /// The address of a PostgreSQL database.
    DatabaseUrl,
    /// `https://…` or `http://…`, without a path.
    Origin,
    /// Several of these, separated by commas (in the file a list).
    Origins,
    /// An IP address.
    Address,
    /// Several of these, separated by commas (in the file a list).
    Addresses,
    /// A whole number within these bounds.
    Number(u64, u64),
    /// A time with its unit, within these bounds (ms).
    Time(u64, u64),
    /// A size with its unit, within these bounds (bytes).
    Size(u64, u64),
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// A level of the log, and exceptions by part.
    Levels,
    /// 32 bytes in hexadecimal digits.
    Key,
    /// Named keys of 32 bytes, the first of which seals.
    Keys,
    /// Several networks such as 10.20.0.0/16, separated by commas (in the file a list).
    Networks,
    /// A password that accounts may have.
    Password,
    /// An address of this machine with a port: `127.0.0.1:9464`.
    Socket,
    /// What another program proves itself with; 16 characters or more.
    Token,
    /// What stands in a header, such as `Bearer …`.
    Credential,
    /// A folder, or `s3://bucket/prefix`.
    FileStore,
    /// `clamd://host:port`, `clamd:/path/of/socket` or `command:/path/of/program`.
    Scanner,
    /// A password of somebody else's.
    Secret,
    /// An address of mail, with or without a name: Gemba <gemba@example.com>.
    Mailbox,
}

const fn setting(key: &'static str, variable: &'static str, shape: Shape, default: &'static str, meaning: &'static str) -> Setting {
    Setting {
        key,
        variable,
        shape,
        default,
        meaning,
        secret: matches!(
            shape,
            Shape::DatabaseUrl | Shape::Password | Shape::Key | Shape::Keys | Shape::Token | Shape::Credential | Shape::Secret
        ),
    }
}

/// Every setting there is.
pub const SETTINGS: &[Setting] = &[
    setting("database.url", "GEMBA_DATABASE_URL", Shape::DatabaseUrl, "", "database, as the role gemba_app; a private one unless given"),
    setting("database.read_url", "GEMBA_DATABASE_READ_URL", Shape::DatabaseUrl, "", "replica for reading, as the role gemba_app"),
    setting(
        "database.owner_url",
        "GEMBA_DATABASE_OWNER_URL",
        Shape::DatabaseUrl,
        "",
        "database, as the role gemba_owner; only `gemba migrate` and `gemba up` use it",
    ),
    setting("database.connections", "GEMBA_DATABASE_CONNECTIONS", Shape::Number(1, 1000), "16", "connections at most"),
    setting(
        "database.wait",
        "GEMBA_DATABASE_WAIT",
        Shape::Time(1, 60_000),
        "2s",
        "how long a request waits for a connection before it is told to come back",
    ),
    setting(
        "data_dir",
        "GEMBA_DATA_DIR",
        Shape::Path,
        "",
        "folder of the private database; /var/lib/gemba for root, ~/.local/share/gemba for others",
    ),
    setting("postgres.bin", "GEMBA_PG_BIN", Shape::Path, "", "folder with PostgreSQL's programs; found on the machine unless given"),
    setting("postgres.user", "GEMBA_PG_USER", Shape::Text, "postgres", "account that the private PostgreSQL runs as when gemba is root"),
    setting("http.address", "GEMBA_ADDRESS", Shape::Address, "127.0.0.1", "address to listen on; 0.0.0.0 for every one of the machine"),
    setting("http.port", "GEMBA_PORT", Shape::Number(0, 65_535), "8080", "port to listen on; 0 takes a free one"),
    setting("http.public_url", "GEMBA_PUBLIC_URL", Shape::Origin, "", "address that people use, where a proxy stands in front"),
    setting(
        "http.plain",
        "GEMBA_PLAIN_HTTP",
        Shape::OneOf(&["no", "yes"]),
        "no",
        "yes lets people on other machines sign in over plain http: whoever listens on the way can then act as them",
    ),
    setting("http.origins", "GEMBA_ORIGINS", Shape::Origins, "", "other web pages that may call the API (CORS)"),
    setting("http.trusted_proxies", "GEMBA_TRUSTED_PROXIES", Shape::Addresses, "", "proxies whose X-Forwarded-For is believed"),
    setting("http.body_limit", "GEMBA_BODY_LIMIT", Shape::Size(1 << 10, 1 << 30), "1MiB", "largest body of an ordinary request"),
    setting("http.upload_limit", "GEMBA_UPLOAD_LIMIT", Shape::Size(1 << 10, 1 << 30), "32MiB", "largest body of an upload"),
    setting(
        "http.in_flight",
        "GEMBA_IN_FLIGHT",
        Shape::Number(1, 100_000),
        "256",
        "requests answered at the same time; more are told to come back",
    ),
    setting("http.time_limit", "GEMBA_TIME_LIMIT", Shape::Time(1_000, 600_000), "30s", "longest a request may take"),
    setting(
        "http.requests_per_hour",
        "GEMBA_REQUESTS_PER_HOUR",
        Shape::Number(1, 100_000_000),
        "1000",
        "requests of one client in an hour, unless its organization decides otherwise",
    ),
    setting(
        "http.shutdown_limit",
        "GEMBA_SHUTDOWN_LIMIT",
        Shape::Time(0, 600_000),
        "20s",
        "how long requests in flight may take to finish when the server stops",
    ),
    setting(
        "security.key",
        "GEMBA_KEY",
        Shape::Key,
        "",
        "the installation's key, the same on all its servers: 64 hexadecimal digits; `gemba up` makes its own",
    ),
    setting(
        "security.forbidden_passwords",
        "GEMBA_FORBIDDEN_PASSWORDS",
        Shape::Path,
        "",
        "file with passwords that this installation forbids beside those that many people have, one a line",
    ),
    setting(
        "secrets.keys",
        "GEMBA_SECRETS_KEYS",
        Shape::Keys,
        "",
        "keys that secrets in the database are sealed with, the first for new ones; derived from the installation's key unless given",
    ),
    setting(
        "secrets.key_file",
        "GEMBA_SECRETS_KEY_FILE",
        Shape::Path,
        "",
        "file with such keys, one a line, read again when a key is missing; goes before secrets.keys",
    ),
    setting(
        "outbound.allow",
        "GEMBA_OUTBOUND_ALLOW",
        Shape::Networks,
        "",
        "private networks that identity providers and webhooks may lie in; elsewhere only public addresses are called",
    ),
    setting(
        "audit.key",
        "GEMBA_AUDIT_KEY",
        Shape::Path,
        "",
        "file with the key that seals the audit trail, made where there is none; `gemba up` keeps its own",
    ),
    setting(
        "audit.witness",
        "GEMBA_AUDIT_WITNESS",
        Shape::Path,
        "",
        "file that heads of the trail are appended to, best on another machine's disk",
    ),
    setting(
        "files.store",
        "GEMBA_FILES",
        Shape::FileStore,
        "",
        "where files lie: a folder that all servers share, or s3://bucket/prefix; files in data_dir unless given",
    ),
    setting("files.s3_endpoint", "GEMBA_FILES_S3_ENDPOINT", Shape::Origin, "", "address of the S3 store; AWS's own unless given"),
    setting("files.s3_region", "GEMBA_FILES_S3_REGION", Shape::Text, "us-east-1", "region of the bucket"),
    setting("files.s3_access_key", "GEMBA_FILES_S3_ACCESS_KEY", Shape::Text, "", "access key of the S3 store"),
    setting("files.s3_secret_key", "GEMBA_FILES_S3_SECRET_KEY", Shape::Secret, "", "secret key of the S3 store"),
    setting(
        "files.largest",
        "GEMBA_FILES_LARGEST",
        Shape::Size(1 << 10, 1 << 40),
        "100MiB",
        "largest file, unless an organization has a limit of its own (gemba admin file-limits)",
    ),
    setting(
        "files.quota",
        "GEMBA_FILES_QUOTA",
        Shape::Size(1 << 10, 1 << 50),
        "10GiB",
        "all files of an organization together, unless it has a limit of its own",
    ),
    setting(
        "files.types",
        "GEMBA_FILES_TYPES",
        Shape::Text,
        "",
        "media types that are taken, with commas between; usual documents unless given",
    ),
    setting(
        "files.scanner",
        "GEMBA_FILES_SCANNER",
        Shape::Scanner,
        "",
        "who looks for viruses in files before anybody gets them; nobody unless given",
    ),
    setting(
        "files.keep_deleted_days",
        "GEMBA_FILES_KEEP_DELETED_DAYS",
        Shape::Number(0, 36_525),
        "30",
        "days that the content of a file stays that was taken away",
    ),
    setting("files.at_once", "GEMBA_FILES_AT_ONCE", Shape::Number(1, 1_000), "16", "files on their way to this server at the same time"),
    setting(
        "work.places",
        "GEMBA_WORK_PLACES",
        Shape::Number(0, 1_000),
        "4",
        "runs carried out at the same time by this process; 0 leaves them to `gemba work`",
    ),
    setting("work.queues", "GEMBA_WORK_QUEUES", Shape::Text, "", "queues that this process serves, separated by commas; all unless given"),
    setting(
        "mail.host",
        "GEMBA_MAIL_HOST",
        Shape::Text,
        "",
        "mail server that mail is handed to; where none is named, mail is put into mail.folder",
    ),
    setting("mail.port", "GEMBA_MAIL_PORT", Shape::Number(1, 65_535), "", "its port; 587, 465 or 25 by mail.tls unless given"),
    setting(
        "mail.tls",
        "GEMBA_MAIL_TLS",
        Shape::OneOf(&["starttls", "implicit", "none"]),
        "starttls",
        "starttls demands it, implicit speaks TLS from the first byte, none is for a server on this machine",
    ),
    setting(
        "mail.authorities",
        "GEMBA_MAIL_AUTHORITIES",
        Shape::Path,
        "",
        "file with certificates of authorities (PEM) beside those of the machine",
    ),
    setting("mail.user", "GEMBA_MAIL_USER", Shape::Text, "", "account at the mail server, if it wants one"),
    setting("mail.password", "GEMBA_MAIL_PASSWORD", Shape::Secret, "", "password of that account"),
    setting("mail.from", "GEMBA_MAIL_FROM", Shape::Mailbox, "Gemba <gemba@localhost>", "address that mail comes from"),
    setting(
        "mail.folder",
        "GEMBA_MAIL_FOLDER",
        Shape::Path,
        "",
        "folder that gets mail as files where no mail server is named; mail in data_dir unless given",
    ),
    setting("log.format", "GEMBA_LOG_FORMAT", Shape::OneOf(&["text", "json"]), "text", "lines for people, or one JSON object a line"),
    setting(
        "log.level",
        "GEMBA_LOG",
        Shape::Levels,
        "info",
        "error, warn, info, debug or trace, and exceptions by part: info,platform=debug",
    ),
    setting(
        "metrics.address",
        "GEMBA_METRICS_ADDRESS",
        Shape::Socket,
        "",
        "address and port of /metrics for Prometheus, apart from the one that people use; none unless given",
    ),
    setting(
        "metrics.token",
        "GEMBA_METRICS_TOKEN",
        Shape::Token,
        "",
        "what Prometheus sends as `Authorization: Bearer …`; needed unless metrics.address is of this machine only",
    ),
    setting(
        "traces.collector",
        "GEMBA_TRACES_COLLECTOR",
        Shape::Origin,
        "",
        "OpenTelemetry collector that traces are sent to by OTLP over HTTP, such as http://localhost:4318; none are recorded unless given",
    ),
    setting(
        "traces.authorization",
        "GEMBA_TRACES_AUTHORIZATION",
        Shape::Credential,
        "",
        "what the collector wants to see in the header Authorization",
    ),
    setting("traces.share", "GEMBA_TRACES_SHARE", Shape::Number(0, 100), "100", "how many of 100 requests are traced"),
    setting("demo.password", "GEMBA_DEMO_PASSWORD", Shape::Password, "", "password of the demo accounts; made up unless given"),
];

/// Variables that belong to Gemba without being settings of the server.
pub const OTHER_VARIABLES: &[&str] = &["GEMBA_CONFIG", "GEMBA_TEST_POSTGRES"];
