//! The one way out over HTTP: identity providers, webhooks, whatever an organization names by an address.
//!
//! Whoever may name an address must not be able to make the server call its own neighbours (SSRF). So a name is resolved here, every address is
//! checked, and the connection goes to an address that was checked: what the name means a moment later does not matter. Private networks are
//! called only where the installation's `outbound.allow` names them.
//!
//! **Invariant:** no redirect is followed, no proxy of the environment is asked, no cookie is kept.
//! **Invariant:** plain http goes only to networks that the installation allows by name; everywhere else it is https with a checked certificate.
//! **Invariant:** an answer has a size and a time at most; a slow one ends.

mod address;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{HOST, USER_AGENT};
use http::{HeaderValue, Request, Response, Uri};
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tracing::Instrument;
use tracing::field::Empty;

use crate::error::{Error, Kind, Result};
use crate::telemetry::{self, TRACE, verb};

pub use address::Network;

/// What may be called, and how much of it is waited for.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Private networks that may be called all the same, also by plain http.
    pub allow: Vec<Network>,
    /// How long a call may take, from the name to the last byte.
    pub time: Duration,
    /// The largest answer (bytes).
    pub size: usize,
}

impl Default for Limits {
    /// No private network, 10 s, 1 MiB.
    fn default() -> Self {
        Limits { allow: Vec::new(), time: Duration::from_secs(10), size: 1 << 20 }
    }
}

/// Calls other servers. Cheap to clone; a part of the server's [`App`](crate::http::App).
#[derive(Clone)]
pub struct Outbound {
    limits: Arc<Limits>,
    tls: TlsConnector,
    has_roots: bool,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The address may not be called; says why.
    Refused(String),
    /// The name is unknown, nobody is there, or the certificate is not right.
    Unreachable(String),
    /// It took too long.
    TooSlow,
    /// The answer is larger than allowed.
    TooLarge,
    /// What came is no HTTP, or broke off.
    Broken(String),
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Failure::Refused(why) => write!(f, "may not be called: {why}"),
            Failure::Unreachable(why) => write!(f, "cannot be reached: {why}"),
            Failure::TooSlow => f.write_str("took too long to answer"),
            Failure::TooLarge => f.write_str("answered more than is taken"),
            Failure::Broken(why) => write!(f, "answered no proper HTTP: {why}"),
        }
    }
}

impl std::error::Error for Failure {}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refused(_) => Error::new(Kind::Invalid, "outbound_refused", format!("the address {failure}")),
            _ => Error::unavailable("outbound_failed", format!("the other server {failure}"), 30),
        }
    }
}

impl Outbound {
    /// A way out within `limits`, which trusts the certificate authorities of this machine.
    ///
    /// # Errors
    /// None with the versions of TLS that this is built with.
    pub fn new(limits: Limits) -> Result<Self> {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        Self::trusting(limits, roots)
    }

    /// The same, which trusts these certificate authorities.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn trusting(limits: Limits, roots: RootCertStore) -> Result<Self> {
        let has_roots = !roots.is_empty();
        let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(Error::internal)?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Outbound { limits: Arc::new(limits), tls: TlsConnector::from(Arc::new(config)), has_roots })
    }

    /// Sends a request and returns the whole answer, whatever its status; a redirect is an answer like any other.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn send(&self, mut request: Request<Bytes>) -> Result<Response<Bytes>, Failure> {
        let span = tracing::info_span!(
            target: TRACE,
            "call",
            otel.kind = "client",
            http.request.method = verb(request.method()),
            server.address = request.uri().host(),
            http.response.status_code = Empty,
            otel.status_code = Empty,
        );
        if let Some(trace) = span.in_scope(telemetry::current).and_then(|trace| HeaderValue::from_str(&trace).ok()) {
            request.headers_mut().insert("traceparent", trace);
        }
        let answer = self.send_untraced(request).instrument(span.clone()).await;
        match &answer {
            Ok(answer) => span.record("http.response.status_code", answer.status().as_u16()),
            Err(_) => span.record("otel.status_code", "ERROR"),
        };
        answer
    }

    /// As [`send`](Self::send), and no trace knows of it: for what sends traces.
    pub(crate) async fn send_untraced(&self, request: Request<Bytes>) -> Result<Response<Bytes>, Failure> {
        tokio::time::timeout(self.limits.time, self.converse(request)).await.unwrap_or(Err(Failure::TooSlow))
    }

    async fn converse(&self, request: Request<Bytes>) -> Result<Response<Bytes>, Failure> {
        let target = Target::of(request.uri())?;
        let address = self.checked(&target).await?;
        let unreachable = |cause: std::io::Error| Failure::Unreachable(cause.to_string());
        let stream = TcpStream::connect(address).await.map_err(unreachable)?;
        let request = target.dress(request)?;
        if !target.https {
            return self.exchange(stream, request).await;
        }
        if !self.has_roots {
            return Err(Failure::Unreachable("this machine has no certificate authorities (package ca-certificates)".into()));
        }
        let name =
            ServerName::try_from(target.host.clone()).map_err(|_| Failure::Refused(format!("{} is no name of a host", target.host)))?;
        let stream = self.tls.connect(name, stream).await.map_err(unreachable)?;
        self.exchange(stream, request).await
    }

    /// The first address behind the name that may be called.
    async fn checked(&self, target: &Target) -> Result<SocketAddr, Failure> {
        let found: Vec<SocketAddr> = match target.host.parse::<IpAddr>() {
            Ok(ip) => vec![SocketAddr::new(ip, target.port)],
            Err(_) => tokio::net::lookup_host((target.host.as_str(), target.port))
                .await
                .map_err(|_| Failure::Unreachable(format!("the name {} is not known", target.host)))?
                .collect(),
        };
        let allowed = |ip: IpAddr| self.limits.allow.iter().any(|network| network.holds(ip));
        let fits = |ip: IpAddr| allowed(ip) || (target.https && address::is_public(ip));
        if let Some(address) = found.iter().find(|address| fits(address.ip())) {
            return Ok(*address);
        }
        Err(Failure::Refused(match found.first().map(SocketAddr::ip) {
            None => format!("the name {} has no address", target.host),
            Some(ip) if address::is_public(ip) => "it has to begin with https://".into(),
            Some(_) => format!("{} lies in a private network that outbound.allow does not name", target.host),
        }))
    }

    async fn exchange<S>(&self, stream: S, request: Request<Full<Bytes>>) -> Result<Response<Bytes>, Failure>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let broken = |cause: hyper::Error| Failure::Broken(cause.to_string());
        let (mut sender, connection) = http1::Builder::new().handshake(TokioIo::new(stream)).await.map_err(broken)?;
        let running = tokio::spawn(connection);
        let answer = sender.send_request(request).await.map_err(broken);
        let answer = match answer {
            Ok(answer) => {
                let (parts, body) = answer.into_parts();
                let body = Limited::new(body, self.limits.size).collect().await.map_err(|cause| {
                    if cause.is::<http_body_util::LengthLimitError>() { Failure::TooLarge } else { Failure::Broken(cause.to_string()) }
                });
                body.map(|body| Response::from_parts(parts, body.to_bytes()))
            }
            Err(failure) => Err(failure),
        };
        running.abort();
        answer
    }
}

impl std::fmt::Debug for Outbound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Outbound").field(&self.limits).finish()
    }
}

/// Where a request goes.
struct Target {
    https: bool,
    host: String,
    port: u16,
}

impl Target {
    fn of(uri: &Uri) -> Result<Target, Failure> {
        let https = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(Failure::Refused("it has to begin with https://".into())),
        };
        let authority = uri.authority().ok_or_else(|| Failure::Refused("it names no host".into()))?;
        if authority.as_str().contains('@') {
            return Err(Failure::Refused("it holds a user name".into()));
        }
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        Ok(Target { https, host, port: authority.port_u16().unwrap_or(if https { 443 } else { 80 }) })
    }

    /// The request as it is sent: the path alone in its first line, the host in a header.
    fn dress(&self, request: Request<Bytes>) -> Result<Request<Full<Bytes>>, Failure> {
        let (mut parts, body) = request.into_parts();
        let refused = |_| Failure::Refused("it cannot be written as an address".into());
        if let Some(authority) = parts.uri.authority() {
            let host = HeaderValue::from_str(authority.as_str()).map_err(|_| Failure::Refused("it names no proper host".into()))?;
            parts.headers.insert(HOST, host);
        }
        parts.headers.entry(USER_AGENT).or_insert(HeaderValue::from_static("gemba"));
        let path = parts.uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str).to_owned();
        parts.uri = path.parse().map_err(refused)?;
        Ok(Request::from_parts(parts, Full::new(body)))
    }
}
