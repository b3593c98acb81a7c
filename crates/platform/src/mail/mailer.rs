//! What takes a mail away: a folder of files, or a mail server over SMTP.

use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use lettre::message::Mailbox;
use lettre::transport::smtp::PoolConfig;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};

use crate::error::{Error, Kind, Result};
use crate::mail::{display_name, plain};

/// How long one command may take to be answered.
const TIMEOUT: Duration = Duration::from_secs(20);
/// Connections kept to the mail server.
const CONNECTIONS: u32 = 4;

/// Sends mail in the name of one address. Cheap to clone; a part of the server's [`App`](crate::http::App).
#[derive(Clone)]
pub struct Mailer(Arc<Inner>);

struct Inner {
    way: Way,
    from: Mailbox,
    /// Where links lead: `https://gemba.example.com`.
    address: String,
}

enum Way {
    Folder(Folder),
    Smtp(AsyncSmtpTransport<Tokio1Executor>, String),
}

/// A folder that gets a file for each mail, readable by Gemba's account only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folder(pub PathBuf);

/// How a mail server is reached.
#[derive(Clone)]
pub struct SmtpSettings {
    /// Its name.
    pub host: String,
    /// Its port; the usual one for `security` unless given.
    pub port: Option<u16>,
    /// How the connection is protected.
    pub security: Security,
    /// With which account, if with one: name and password.
    pub account: Option<(String, String)>,
    /// A file with certificates of further authorities (PEM), for a mail server whose own is not among the machine's.
    pub authorities: Option<PathBuf>,
}

/// How the connection to a mail server is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// STARTTLS is demanded: where the server does not offer it, nothing is sent.
    StartTls,
    /// TLS from the first byte.
    Implicit,
    /// None: for a server on this machine.
    None,
}

/// Why a mail could not be handed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The mail server cannot be used at the moment, whatever the mail: it does not answer, or does not take our account.
    Server(String),
    /// This mail is not taken now; later it may be.
    Later(String),
    /// This mail is not taken, and will not be.
    Never(String),
}

impl Failure {
    /// What went wrong, for whoever looks after mail.
    pub fn text(&self) -> &str {
        match self {
            Failure::Server(why) | Failure::Later(why) | Failure::Never(why) => why,
        }
    }
}

impl Mailer {
    /// Into a folder, from `from`; links lead to `address`.
    ///
    /// # Errors
    /// When `from` is no address.
    pub fn folder(folder: PathBuf, from: &str, address: &str) -> Result<Mailer> {
        Self::of(Way::Folder(Folder(folder)), from, address)
    }

    /// To a mail server, from `from`; links lead to `address`. Nothing is connected yet.
    ///
    /// # Errors
    /// When `from` is no address, or the authorities cannot be read.
    pub fn smtp(settings: &SmtpSettings, from: &str, address: &str) -> Result<Mailer> {
        let wrong = |what: &str, cause: &dyn std::fmt::Display| Error::new(Kind::Invalid, "mail_settings", format!("{what}: {cause}"));
        let parameters = || -> Result<TlsParameters> {
            let mut parameters = TlsParameters::builder(settings.host.clone());
            if let Some(path) = &settings.authorities {
                let pem = std::fs::read(path).map_err(|cause| wrong(&format!("cannot read {}", path.display()), &cause))?;
                let authority =
                    Certificate::from_pem(&pem).map_err(|cause| wrong(&format!("{} holds no certificates", path.display()), &cause))?;
                parameters = parameters.add_root_certificate(authority);
            }
            parameters.build_rustls().map_err(|cause| wrong("TLS to the mail server cannot be set up", &cause))
        };
        let (tls, usual) = match settings.security {
            Security::StartTls => (Tls::Required(parameters()?), 587),
            Security::Implicit => (Tls::Wrapper(parameters()?), 465),
            Security::None => (Tls::None, 25),
        };
        let port = settings.port.unwrap_or(usual);
        let transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&settings.host).port(port).tls(tls).timeout(Some(TIMEOUT));
        let transport = match host_of(address) {
            Some(host) => transport.hello_name(ClientId::Domain(host.to_owned())),
            None => transport,
        };
        let transport = match &settings.account {
            Some((name, password)) => transport.credentials(Credentials::new(name.clone(), password.clone())),
            None => transport,
        };
        let transport = transport.pool_config(PoolConfig::new().max_size(CONNECTIONS).idle_timeout(Duration::from_secs(30))).build();
        Self::of(Way::Smtp(transport, format!("{}:{port}", settings.host)), from, address)
    }

    fn of(way: Way, from: &str, address: &str) -> Result<Mailer> {
        let from = from.parse::<Mailbox>().map_err(|cause| {
            Error::new(
                Kind::Invalid,
                "mail_settings",
                format!("mail.from: {from} is no address such as Gemba <gemba@example.com>: {cause}"),
            )
        })?;
        Ok(Mailer(Arc::new(Inner { way, from, address: address.trim_end_matches('/').to_owned() })))
    }

    /// Where links lead, without a slash at the end.
    pub fn address(&self) -> &str {
        &self.0.address
    }

    /// Where mail goes, for people.
    pub fn place(&self) -> String {
        match &self.0.way {
            Way::Folder(Folder(path)) => path.display().to_string(),
            Way::Smtp(_, server) => server.clone(),
        }
    }

    /// The sender under a name of its own, with the address of all mail.
    pub(super) fn from(&self, name: &str) -> Mailbox {
        Mailbox::new(display_name(name).or_else(|| self.0.from.name.clone()), self.0.from.email.clone())
    }

    /// What identifiers of messages end with.
    pub(super) fn domain(&self) -> &str {
        host_of(&self.0.address).filter(|host| host.contains('.')).unwrap_or_else(|| self.0.from.email.domain())
    }

    /// Hands a mail over.
    ///
    /// # Errors
    /// Why it could not be.
    pub(super) async fn send(&self, name: &str, message: Message) -> std::result::Result<(), Failure> {
        match &self.0.way {
            Way::Folder(Folder(path)) => {
                let (path, name, bytes) = (path.clone(), format!("{name}.eml"), message.formatted());
                let written = tokio::task::spawn_blocking(move || write(&path, &name, &bytes)).await;
                let cannot = |cause: &dyn std::fmt::Display| Failure::Server(format!("the folder of mail cannot be written: {cause}"));
                written.map_err(|cause| cannot(&cause))?.map_err(|cause| cannot(&cause))
            }
            Way::Smtp(transport, _) => transport.send(message).await.map(|_| ()).map_err(|error| failure(&error)),
        }
    }
}

impl std::fmt::Debug for Mailer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Mailer({})", self.place())
    }
}

/// Whether a text is the address of one mailbox, with or without a name.
pub(crate) fn is_mailbox(text: &str) -> bool {
    text.parse::<Mailbox>().is_ok()
}

/// The host of an address: `gemba.example.com` of `https://gemba.example.com:8443`.
fn host_of(address: &str) -> Option<&str> {
    let host = address.split_once("://")?.1.split('/').next()?;
    let host = host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|digit| digit.is_ascii_digit())).map_or(host, |(host, _)| host);
    Some(host).filter(|host| !host.is_empty() && host.bytes().all(|letter| letter.is_ascii_alphanumeric() || b".-".contains(&letter)))
}

/// Whole or not at all: whoever watches the folder never sees half a mail.
fn write(folder: &std::path::Path, name: &str, bytes: &[u8]) -> std::io::Result<()> {
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let (unfinished, finished) = (folder.join(format!(".{name}.part")), folder.join(name));
    let mut file = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&unfinished)?;
    file.write_all(bytes)?;
    file.sync_data()?;
    std::fs::rename(unfinished, finished)
}

/// What an answer of the mail server means for the mail. Codes about our account (RFC 4954) and the service (421) are no mail's fault.
fn failure(error: &lettre::transport::smtp::Error) -> Failure {
    let why = plain(&match std::error::Error::source(error) {
        Some(cause) => format!("{error} ({cause})").replace(&format!(": {cause} ({cause})"), &format!(": {cause}")),
        None => error.to_string(),
    });
    match error.status().map(|code| code.to_string()).as_deref() {
        Some("421" | "432" | "454" | "530" | "534" | "535" | "538") => Failure::Server(why),
        _ if error.is_permanent() => Failure::Never(why),
        _ if error.is_transient() => Failure::Later(why),
        _ => Failure::Server(why),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_found_in_addresses() {
        assert_eq!(host_of("https://gemba.example.com"), Some("gemba.example.com"));
        assert_eq!(host_of("http://localhost:8080/"), Some("localhost"));
        assert_eq!(host_of("http://[::1]:8080"), None);
        assert_eq!(host_of("gemba"), None);
    }

    #[test]
    fn a_sender_that_is_no_address_is_refused() {
        for wrong in ["", "gemba", "Gemba <gemba>", "a@b.example\r\nBcc: c@d.example", "Gemba <a@b.example>, Other <c@d.example>"] {
            let refused = Mailer::folder("mail".into(), wrong, "http://localhost:8080").unwrap_err();
            assert_eq!(refused.code, "mail_settings", "{wrong}");
        }
        let mailer = Mailer::folder("mail".into(), "Gemba <gemba@plant.example>", "http://localhost:8080/").unwrap();
        assert_eq!((mailer.address(), mailer.domain()), ("http://localhost:8080", "plant.example"));
        assert_eq!(mailer.from("Acme\r\nBcc: x@y.example").name.as_deref(), Some("Acme Bcc: x@y.example"));
    }
}
