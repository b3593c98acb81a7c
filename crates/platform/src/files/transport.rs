//! How the object store's client speaks HTTP: the TLS and HTTP of the rest of the server, one connection a request.
//!
//! The address is the installation's own setting, not an organization's, so unlike [`Outbound`](crate::outbound::Outbound) this calls whatever
//! it is told to, also on private networks.
//!
//! **Invariant:** nothing waits for ever: connecting, the head of the answer, and each piece of its body have a time.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use http::header::HOST;
use http::{HeaderValue, Uri};
use http_body_util::{BodyExt, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use object_store::ClientOptions;
use object_store::client::{HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpResponseBody, HttpService};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::error::{Error, Result};

/// How long a connection may take to be there.
const CONNECTS: Duration = Duration::from_secs(5);
/// How long the store may take to begin its answer, once it has the request.
const ANSWERS: Duration = Duration::from_secs(60);
/// How long the next piece of an answer may take.
const PIECE: Duration = Duration::from_secs(30);

/// Speaks HTTP for the store's client. Cheap to clone.
#[derive(Clone)]
pub(super) struct Transport(TlsConnector);

impl Transport {
    /// One that trusts the certificate authorities of this machine.
    ///
    /// # Errors
    /// None with the versions of TLS that this is built with.
    pub fn new() -> Result<Transport> {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(Error::internal)?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Transport(TlsConnector::from(Arc::new(config))))
    }

    async fn converse(&self, mut request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let uri = request.uri().clone();
        let https = uri.scheme_str() == Some("https");
        let authority = uri.authority().ok_or_else(|| failed(HttpErrorKind::Unknown, "the store's address names no host"))?;
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        let port = authority.port_u16().unwrap_or(if https { 443 } else { 80 });
        if !request.headers().contains_key(HOST) {
            let named = HeaderValue::from_str(authority.as_str()).map_err(|wrong| HttpError::new(HttpErrorKind::Unknown, wrong))?;
            request.headers_mut().insert(HOST, named);
        }
        let path = uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
        *request.uri_mut() = path.parse::<Uri>().map_err(|wrong| HttpError::new(HttpErrorKind::Unknown, wrong))?;
        let connecting = async {
            let stream = TcpStream::connect((host.as_str(), port)).await?;
            stream.set_nodelay(true)?;
            if !https {
                return Ok(Connected::Plain(stream));
            }
            let name = ServerName::try_from(host.clone()).map_err(std::io::Error::other)?;
            self.0.connect(name, stream).await.map(|stream| Connected::Tls(Box::new(stream)))
        };
        let connected =
            tokio::time::timeout(CONNECTS, connecting).await.map_err(|_| failed(HttpErrorKind::Connect, "the store does not answer"))?;
        match connected.map_err(|cause: std::io::Error| HttpError::new(HttpErrorKind::Connect, cause))? {
            Connected::Plain(stream) => exchange(stream, request).await,
            Connected::Tls(stream) => exchange(*stream, request).await,
        }
    }
}

enum Connected {
    Plain(TcpStream),
    Tls(Box<tokio_rustls::client::TlsStream<TcpStream>>),
}

async fn exchange<S>(stream: S, request: HttpRequest) -> Result<HttpResponse, HttpError>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let broken = |cause: hyper::Error| HttpError::new(HttpErrorKind::Interrupted, cause);
    let (mut sender, connection) = http1::Builder::new().handshake(TokioIo::new(stream)).await.map_err(broken)?;
    // It ends with the answer: nobody keeps its sender.
    tokio::spawn(connection);
    let answering = sender.send_request(request);
    let answer =
        tokio::time::timeout(ANSWERS, answering).await.map_err(|_| failed(HttpErrorKind::Timeout, "the store took too long to answer"))?;
    let (parts, body) = answer.map_err(broken)?.into_parts();
    Ok(HttpResponse::from_parts(parts, HttpResponseBody::new(StreamBody::new(pieces(body)))))
}

/// The pieces of an answer, none of which takes for ever.
fn pieces(body: Incoming) -> impl Stream<Item = Result<Frame<Bytes>, HttpError>> + Send + Sync {
    stream::unfold(Some(body), |body| async move {
        let mut body = body?;
        match tokio::time::timeout(PIECE, body.frame()).await {
            Ok(None) => None,
            Ok(Some(Ok(frame))) => Some((Ok(frame), Some(body))),
            Ok(Some(Err(cause))) => Some((Err(HttpError::new(HttpErrorKind::Interrupted, cause)), None)),
            Err(_) => Some((Err(failed(HttpErrorKind::Timeout, "the store stopped answering")), None)),
        }
    })
    .fuse()
}

fn failed(kind: HttpErrorKind, why: &str) -> HttpError {
    HttpError::new(kind, std::io::Error::other(why.to_owned()))
}

type Answering<'a> = Pin<Box<dyn Future<Output = Result<HttpResponse, HttpError>> + Send + 'a>>;

impl HttpService for Transport {
    fn call<'own, 'call>(&'own self, request: HttpRequest) -> Answering<'call>
    where
        'own: 'call,
        Self: 'call,
    {
        Box::pin(self.converse(request))
    }
}

impl HttpConnector for Transport {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(self.clone()))
    }
}

impl std::fmt::Debug for Transport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Transport")
    }
}
