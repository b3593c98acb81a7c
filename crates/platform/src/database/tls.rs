//! Where a database is, and how the way there is protected.
//!
//! `sslmode` in the address means what PostgreSQL's own clients mean by it: `disable`, `prefer` (the default: encrypted where the server can),
//! `require` (encrypted, whoever answers), `verify-ca` and `verify-full` (encrypted, and the certificate is checked, against `sslrootcert` or
//! the machine's own authorities). Both verifying modes check the name as well: checking less protects against nobody.
//!
//! **Invariant:** with `require` and more, nothing is ever sent in the clear.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use tokio_postgres::{Client, Config};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::error::{Error, Kind, Result};

/// A database's address, understood.
#[derive(Clone)]
pub struct Target {
    /// Host, user, database.
    pub config: Config,
    verify: Verify,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Verify {
    Nobody,
    System,
    File(String),
}

/// How far the way to a database is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protection {
    /// It leads nowhere else.
    SameMachine,
    /// Encrypted, and who answers proves who they are.
    Checked,
    /// Encrypted; who answers may be anybody.
    Encrypted,
    /// Perhaps not even encrypted.
    Open,
}

impl Target {
    /// Understands an address: `postgres://…`, or key words and values.
    ///
    /// # Errors
    /// `database_url`, without the address: it may hold a password.
    pub fn parse(url: &str) -> Result<Target> {
        let (rest, mode, root) = take_ours(url);
        let verifying = matches!(mode.as_deref(), Some("verify-ca" | "verify-full"));
        let mode = match mode.as_deref() {
            Some("verify-ca" | "verify-full") => Some("require"),
            other => other,
        };
        let verify = match root {
            Some(root) if root != "system" => Verify::File(root),
            Some(_) => Verify::System,
            None if verifying => Verify::System,
            None => Verify::Nobody,
        };
        let mut config: Config = rest.parse().map_err(|cause| not_understood().because(cause))?;
        match mode {
            None | Some("prefer" | "allow") => config.ssl_mode(tokio_postgres::config::SslMode::Prefer),
            Some("require") => config.ssl_mode(tokio_postgres::config::SslMode::Require),
            Some("disable") => config.ssl_mode(tokio_postgres::config::SslMode::Disable),
            Some(_) => return Err(not_understood()),
        };
        Ok(Target { config, verify })
    }

    /// What protects the way there.
    ///
    /// # Errors
    /// `database_tls` when the certificates to check against cannot be read.
    pub fn tls(&self) -> Result<MakeRustlsConnect> {
        let provider = Arc::new(ring::default_provider());
        let config =
            ClientConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions().map_err(Error::internal)?;
        let config = match &self.verify {
            Verify::Nobody => config.dangerous().with_custom_certificate_verifier(Arc::new(Encrypted { provider })).with_no_client_auth(),
            Verify::System => {
                let mut roots = RootCertStore::empty();
                roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
                if roots.is_empty() {
                    return Err(no_roots("this machine has no certificate authorities (package ca-certificates)".into()));
                }
                config.with_root_certificates(roots).with_no_client_auth()
            }
            Verify::File(path) => {
                let mut roots = RootCertStore::empty();
                let read = CertificateDer::pem_file_iter(path).and_then(Iterator::collect::<std::result::Result<Vec<_>, _>>);
                let read = read
                    .map_err(|cause| no_roots(format!("sslrootcert names {path}, which cannot be read as certificates")).because(cause))?;
                if roots.add_parsable_certificates(read).0 == 0 {
                    return Err(no_roots(format!("sslrootcert names {path}, which holds no certificate")));
                }
                config.with_root_certificates(roots).with_no_client_auth()
            }
        };
        Ok(MakeRustlsConnect::new(config))
    }

    /// How far the way there is protected.
    pub fn protection(&self) -> Protection {
        use tokio_postgres::config::{Host, SslMode};
        let is_here = |host: &Host| match host {
            Host::Unix(_) => true,
            Host::Tcp(name) => name == "localhost" || name.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback()),
        };
        match (&self.verify, self.config.get_ssl_mode()) {
            _ if self.config.get_hosts().iter().all(is_here) => Protection::SameMachine,
            (Verify::Nobody, SslMode::Require) => Protection::Encrypted,
            (Verify::Nobody, _) | (_, SslMode::Disable) => Protection::Open,
            _ => Protection::Checked,
        }
    }

    /// A connection outside every pool: for migrating and arranging, never for requests.
    ///
    /// # Errors
    /// `database_gone`, with a reason that a person can act on: nobody there, wrong password, no such database, no encryption.
    pub async fn connect(&self) -> Result<Client> {
        let (client, connection) = self.config.connect(self.tls()?).await.map_err(|cause| gone(&self.config, cause))?;
        tokio::spawn(connection);
        Ok(client)
    }
}

fn gone(config: &Config, cause: tokio_postgres::Error) -> Error {
    use tokio_postgres::config::Host;
    use tokio_postgres::error::SqlState;
    let host = match config.get_hosts().first() {
        Some(Host::Tcp(name)) => name.clone(),
        Some(Host::Unix(path)) => path.display().to_string(),
        None => "the database".into(),
    };
    let port = config.get_ports().first().copied().unwrap_or(5432);
    let user = config.get_user().unwrap_or_default();
    let database = config.get_dbname().unwrap_or(user);
    let detail = match cause.as_db_error().map(|refused| refused.code()) {
        Some(code) if *code == SqlState::INVALID_PASSWORD || *code == SqlState::INVALID_AUTHORIZATION_SPECIFICATION => {
            format!("the database at {host}:{port} does not let the role '{user}' in: check its password in the address")
        }
        Some(code) if *code == SqlState::INVALID_CATALOG_NAME => {
            format!("the server at {host}:{port} has no database '{database}': create it first")
        }
        Some(code) if *code == SqlState::TOO_MANY_CONNECTIONS => format!("the database at {host}:{port} has no connection left"),
        Some(code) if *code == SqlState::CANNOT_CONNECT_NOW => {
            format!("the database at {host}:{port} is just starting or stopping: try again in a moment")
        }
        Some(_) => format!("the database at {host}:{port} refuses the connection"),
        None => {
            let reason = std::error::Error::source(&cause).map_or_else(|| cause.to_string(), ToString::to_string);
            format!("no connection to the database at {host}:{port} ({reason}): check the address, and whether it runs")
        }
    };
    Error::new(Kind::Unavailable, "database_gone", detail).because(cause)
}

/// Takes `sslmode` and `sslrootcert` out of an address, as `tokio_postgres` knows not all of them.
fn take_ours(url: &str) -> (String, Option<String>, Option<String>) {
    let (mut mode, mut root) = (None, None);
    let mut is_ours = |name: &str, value: &str| {
        let place = match name {
            "sslmode" => &mut mode,
            "sslrootcert" => &mut root,
            _ => return false,
        };
        *place = Some(value.to_owned());
        true
    };
    let rest = if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        let Some((address, query)) = url.split_once('?') else { return (url.to_owned(), None, None) };
        let kept: Vec<&str> = query
            .split('&')
            .filter(|pair| pair.split_once('=').is_none_or(|(name, value)| !is_ours(name, &percent_decoded(value))))
            .collect();
        if kept.is_empty() { address.to_owned() } else { format!("{address}?{}", kept.join("&")) }
    } else {
        let kept: Vec<&str> = url
            .split(' ')
            .filter(|pair| pair.split_once('=').is_none_or(|(name, value)| !is_ours(name, value.trim_matches('\''))))
            .collect();
        kept.join(" ")
    };
    (rest, mode, root)
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let escaped = (*first == b'%').then(|| after.get(..2)).flatten();
        let value = escaped.and_then(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok());
        bytes.push(value.unwrap_or(*first));
        rest = if value.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn not_understood() -> Error {
    Error::new(
        Kind::Internal,
        "database_url",
        "the database's address cannot be understood: it looks like postgres://user:password@host:5432/database?sslmode=verify-full",
    )
}

fn no_roots(detail: String) -> Error {
    Error::new(Kind::Internal, "database_tls", detail)
}

/// Encrypts without asking who answers: what `prefer` and `require` promise, and no more.
#[derive(Debug)]
struct Encrypted {
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Encrypted {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use tokio_postgres::config::SslMode;

    use super::*;

    #[test]
    fn modes_mean_what_postgresqls_own_clients_mean() {
        let check = |url: &str, mode: SslMode, verify: Verify| {
            let target = Target::parse(url).expect(url);
            assert_eq!((target.config.get_ssl_mode(), &target.verify), (mode, &verify), "{url}");
            assert_eq!((target.config.get_user(), target.config.get_dbname()), (Some("u"), Some("d")), "{url}");
        };
        check("postgres://u:p@h/d", SslMode::Prefer, Verify::Nobody);
        check("postgres://u:p@h/d?sslmode=disable", SslMode::Disable, Verify::Nobody);
        check("postgres://u:p@h/d?sslmode=require&connect_timeout=5", SslMode::Require, Verify::Nobody);
        check("postgres://u:p@h/d?sslmode=verify-full", SslMode::Require, Verify::System);
        check("postgres://u:p@h/d?sslmode=verify-ca&sslrootcert=%2Fca.pem", SslMode::Require, Verify::File("/ca.pem".into()));
        check("host=h user=u dbname=d sslmode=verify-full sslrootcert=/ca.pem", SslMode::Require, Verify::File("/ca.pem".into()));
        check("host='/a folder' user=u dbname=d", SslMode::Prefer, Verify::Nobody);
        for wrong in ["postgres://u:p@h/d?sslmode=sometimes", "postgres://u:p@h:port/d", "mysql://h/d"] {
            let refused = Target::parse(wrong).map(|_| ()).expect_err(wrong);
            assert!(!refused.detail.contains("u:p"), "{refused}");
        }
    }
}
