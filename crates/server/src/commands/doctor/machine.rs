//! What can be seen without the database: settings, files, limits of the machine, ports, other servers.

use std::fs;
use std::net::{IpAddr, SocketAddr};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use platform::audit::keys;
use platform::settings::{LogFormat, Settings};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use super::{Findings, PATIENCE, size};

/// How many settings somebody chose.
pub fn chosen(settings: &Settings) -> usize {
    settings.show().iter().filter(|shown| shown.source != "default").count()
}

/// Whether settings fit together and are fit for others than this machine.
pub fn settings(settings: &Settings, findings: &mut Findings) {
    let http = &settings.http;
    let is_private = settings.database.url.is_none();
    match (settings.key, is_private) {
        (Some(_), _) => findings.ok("settings.key", "the installation's key is set"),
        (None, true) => findings.ok("settings.key", "the installation's key is the one that the data folder keeps"),
        (None, false) => findings.fail(
            "settings.key",
            "a database is named, but the installation's key is not",
            "set GEMBA_KEY to the key that all servers of the installation have; `openssl rand -hex 32` makes the first",
        ),
    }
    match http.public_url.as_deref() {
        Some(url) if url.starts_with("https://") => findings.ok("settings.public_url", format!("people use {url}")),
        Some(url) if http.plain => findings.warn(
            "settings.public_url",
            format!("people use {url}, without encryption: whoever listens on the way can act as them"),
            "put a proxy that speaks TLS in front, and set GEMBA_PUBLIC_URL to its https address",
        ),
        Some(url) if url.contains("://localhost") || url.contains("://127.") => {
            findings.ok("settings.public_url", format!("people on this machine use {url}"));
        }
        Some(url) => findings.fail(
            "settings.public_url",
            format!("people use {url}, where browsers do not keep the cookie of signing in"),
            "put a proxy that speaks TLS in front, and set GEMBA_PUBLIC_URL to its https address",
        ),
        None if http.address.is_loopback() => findings.ok("settings.public_url", "only this machine can reach it"),
        None => findings.warn(
            "settings.public_url",
            format!("it listens at {} for others, and nobody said what they type", http.address),
            "set GEMBA_PUBLIC_URL to the address that people use: links in mails and signing in at identity providers need it",
        ),
    }
    let has_proxy = http.public_url.as_deref().is_some_and(|url| url.starts_with("https://"));
    if has_proxy && http.limits.trusted_proxies.is_empty() {
        findings.warn(
            "settings.trusted_proxies",
            "people come through a proxy, and no proxy is trusted: the trail and the limits see the proxy's address as everybody's",
            "set GEMBA_TRUSTED_PROXIES to the proxy's address",
        );
    }
    if settings.log.format == LogFormat::Text && has_proxy {
        findings.warn("settings.log", "lines of the log are for people", "set GEMBA_LOG_FORMAT=json where a program collects them");
    }
    match settings.metrics.address {
        Some(address) => findings.ok("settings.metrics", format!("Prometheus asks at {address}")),
        None => findings.warn(
            "settings.metrics",
            "nobody can ask for numbers",
            "set GEMBA_METRICS_ADDRESS=127.0.0.1:9464 and let Prometheus ask there; deploy/prometheus has the alerts",
        ),
    }
}

/// Files that settings name: there, readable by Gemba, and by nobody else where they hold secrets.
pub fn files(settings: &Settings, findings: &mut Findings) {
    if let Some(path) = std::env::var_os("GEMBA_CONFIG").map(std::path::PathBuf::from).filter(|path| path.exists()) {
        is_kept_secret(&path, "file.settings", findings);
    }
    if let Some(path) = &settings.secrets.key_file {
        is_kept_secret(path, "file.secrets_keys", findings);
    }
    if let Some(path) = &settings.audit.key {
        match keys::open(path) {
            Ok(_) => is_kept_secret(path, "file.audit_key", findings),
            Err(wrong) => {
                findings.fail("file.audit_key", wrong.detail, "put the file back from a backup, or name the one that other servers have")
            }
        }
    }
    if settings.audit.key.is_none() && settings.database.url.is_some() {
        findings.warn(
            "file.audit_key",
            "this server does not seal the audit trail",
            "set GEMBA_AUDIT_KEY on at least one server, and keep the file",
        );
    }
    if let Some(path) = &settings.audit.witness {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let place = if path.exists() { path } else { folder };
        match rustix::fs::access(place, rustix::fs::Access::WRITE_OK) {
            Ok(()) => findings.ok("file.audit_witness", format!("heads of the trail are kept in {}", path.display())),
            Err(cause) => findings.fail(
                "file.audit_witness",
                format!("heads of the trail cannot be kept in {}: {cause}", path.display()),
                "let Gemba's account write there",
            ),
        }
    }
    if settings.database.url.is_none() {
        let folder = existing(&settings.data_folder);
        room(&folder, "disk.data", "the private database", findings);
    }
    room(&std::env::temp_dir(), "disk.temporary", "temporary files", findings);
}

/// The folder, or the nearest one above it that is there.
fn existing(path: &Path) -> std::path::PathBuf {
    path.ancestors().find(|folder| folder.exists()).unwrap_or(Path::new("/")).to_owned()
}

fn is_kept_secret(path: &Path, check: &'static str, findings: &mut Findings) {
    let shown = path.display();
    match fs::metadata(path) {
        Ok(metadata) if metadata.mode() & 0o077 == 0 => findings.ok(check, format!("{shown} is readable by its owner only")),
        Ok(metadata) => findings.warn(
            check,
            format!("{shown} is readable by others (mode {:o})", metadata.mode() & 0o777),
            format!("chmod 600 {shown}"),
        ),
        Err(cause) => findings.fail(check, format!("{shown} cannot be read: {cause}"), "put it back, or name another one"),
    }
}

/// How much room is left where something is written.
fn room(folder: &Path, check: &'static str, what: &str, findings: &mut Findings) {
    let Ok(stat) = rustix::fs::statvfs(folder) else {
        return findings.skip(check, format!("{} cannot be looked at", folder.display()));
    };
    let (free, all) = ((stat.f_bavail * stat.f_frsize) as f64, (stat.f_blocks * stat.f_frsize) as f64);
    let found = format!("{} of {} free for {what}, in {}", size(free), size(all), folder.display());
    // A disk is short by its share, and whatever its share where next to nothing is left; not where there is room for weeks.
    let short = match free {
        free if free < 1e9 => 0.96,
        free if free > 20e9 => 0.0,
        free => 1.0 - free / all.max(1.0),
    };
    findings.measure(check, short, [0.85, 0.95], found, "make room, or move it to a larger disk: a full one stops the database");
}

/// What the machine lets a process have.
pub fn limits(findings: &mut Findings) {
    let limits = fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let files = limits.lines().find_map(|line| line.strip_prefix("Max open files")?.split_whitespace().next()?.parse::<u64>().ok());
    match files {
        Some(most) if most < 4_096 => findings.warn(
            "machine.files",
            format!("a process may have {most} files and connections open"),
            "raise it (LimitNOFILE=65536 in the unit of systemd, ulimit -n 65536 in a shell): each live stream needs one",
        ),
        Some(most) => findings.ok("machine.files", format!("a process may have {most} files and connections open")),
        None => findings.skip("machine.files", "the limit of open files is not known here"),
    }
    let zone = jiff::tz::TimeZone::get("Europe/Lisbon");
    match zone {
        Ok(_) => findings.ok("machine.time_zones", "time zones are known"),
        Err(cause) => findings.fail("machine.time_zones", format!("time zones are not known: {cause}"), "install the package tzdata"),
    }
}

/// Whether the addresses that Gemba listens at are free, or Gemba's already.
pub async fn ports(settings: &Settings, findings: &mut Findings) {
    if settings.http.port != 0 {
        let address = SocketAddr::new(settings.http.address, settings.http.port);
        port(address, "port.http", "/livez", "alive", "GEMBA_PORT", findings).await;
    }
    if let Some(address) = settings.metrics.address.filter(|address| address.port() != 0) {
        port(address, "port.metrics", "/metrics", "gemba_build_info", "GEMBA_METRICS_ADDRESS", findings).await;
    }
}

async fn port(address: SocketAddr, check: &'static str, path: &str, mark: &str, setting: &str, findings: &mut Findings) {
    if TcpListener::bind(address).await.is_ok() {
        return findings.ok(check, format!("{address} is free: no Gemba answers there at the moment"));
    }
    let local = match address.ip() {
        ip if ip.is_unspecified() => SocketAddr::new(IpAddr::from([127, 0, 0, 1]), address.port()),
        ip => SocketAddr::new(ip, address.port()),
    };
    match timeout(PATIENCE, ask(local, path)).await {
        Ok(Ok(answer)) if answer.contains(mark) => findings.ok(check, format!("Gemba answers at {address}")),
        Ok(Ok(answer)) if answer.starts_with("HTTP/1.1 401") && path == "/metrics" => {
            findings.ok(check, format!("Gemba answers at {address} to whoever has the token"));
        }
        Ok(Err(cause)) if cause.kind() != std::io::ErrorKind::ConnectionReset => findings.fail(
            check,
            format!("{address} cannot be listened at, and nobody answers there: {cause}"),
            format!("choose another with {setting}; a port below 1024 needs root's rights"),
        ),
        // Whoever hangs up before it has heard us is somebody too.
        Ok(_) => {
            findings.fail(check, format!("another program answers at {address}"), format!("stop it, or choose another with {setting}"))
        }
        Err(_) => {
            findings.fail(check, format!("who listens at {address} does not answer"), "look at the log; restart Gemba if it is stuck")
        }
    }
}

/// Asks by HTTP and returns the beginning of the answer.
async fn ask(address: SocketAddr, path: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").as_bytes()).await?;
    let mut answer = Vec::new();
    stream.take(4 << 20).read_to_end(&mut answer).await?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

/// Other servers that settings name.
pub async fn neighbours(settings: &Settings, findings: &mut Findings) {
    if let Some(collector) = &settings.traces.collector {
        let rest = collector.split_once("://").map_or(collector.as_str(), |(_, rest)| rest);
        let default = if collector.starts_with("https") { 443 } else { 80 };
        let target = if rest.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok()) {
            rest.to_owned()
        } else {
            format!("{rest}:{default}")
        };
        match timeout(PATIENCE, TcpStream::connect(&target)).await {
            Ok(Ok(_)) => findings.ok("traces.collector", format!("{collector} can be reached")),
            Ok(Err(cause)) => findings.warn(
                "traces.collector",
                format!("{collector} cannot be reached: {cause}"),
                "start the collector, or unset GEMBA_TRACES_COLLECTOR; traces are lost meanwhile",
            ),
            Err(_) => {
                findings.warn("traces.collector", format!("{collector} does not answer"), "look at the network between here and there")
            }
        }
    }
}
