//! The fetcher that really asks: TLS 1.2 or later, HTTP/1.1, one exchange a connection, nothing left running.

use super::{
    address::Allowed,
    connect,
    error::{RemoteError, RemoteErrorKind},
    fetch::{Answer, Fetch, MAX_DOCUMENT, Question, too_large},
    location::Location,
};
use bytes::Bytes;
use http::{Request, header};
use http_body_util::{BodyExt as _, Empty, LengthLimitError, Limited};
use hyper::{body::Body as _, client::conn::http1};
use hyper_util::rt::TokioIo;
use palisade_core::Reply;
use rustls::{
    ClientConfig, RootCertStore,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, ServerName, pem::PemObject as _},
    version::{TLS12, TLS13},
};
use std::{fmt, sync::Arc};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsConnector;

/// Fetches over HTTPS, from vetted addresses.
pub(crate) struct Https {
    tls: TlsConnector,
    allowed: Arc<Allowed>,
}

/// The head of an answer is no larger than this.
const MAX_HEAD: usize = 64 * 1_024;

impl Https {
    /// Trusts Mozilla's authorities and those in `extra`.
    pub(crate) fn new(allowed: Allowed, extra: RootCertStore) -> Result<Self, rustls::Error> {
        let mut roots = extra;
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        // The process may have another provider of cryptography, or none.
        let mut config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_protocol_versions(&[&TLS13, &TLS12])?
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self { tls: Arc::new(config).into(), allowed: Arc::new(allowed) })
    }
}

/// Adds the certificates of a PEM file; what is wrong, in words.
pub(crate) fn add_authorities(roots: &mut RootCertStore, pem: &[u8]) -> Result<(), String> {
    let mut count = 0;
    for certificate in CertificateDer::pem_slice_iter(pem) {
        let certificate = certificate.map_err(|cause| format!("it is no PEM: {cause}"))?;
        roots.add(certificate).map_err(|cause| format!("a certificate cannot be used: {cause}"))?;
        count += 1;
    }
    if count == 0 { Err("there is no certificate in it".to_owned()) } else { Ok(()) }
}

impl Fetch for Https {
    fn get(&self, question: Question) -> Reply<Result<Answer, RemoteError>> {
        let (tls, allowed) = (self.tls.clone(), Arc::clone(&self.allowed));
        Reply::later(async move {
            let location = Location::parse(&question.url.to_string(), true)
                .map_err(|fault| RemoteError::new(RemoteErrorKind::Address, fault.to_string()))?;
            let stream = connect::connect(&location, &allowed, connect::system).await?;
            if !location.is_https() {
                return exchange(stream, &location, &question).await;
            }
            let name = ServerName::try_from(location.host().to_owned()).map_err(|cause| {
                RemoteError::new(
                    RemoteErrorKind::Tls,
                    format!("{} is no server name: {cause}", location.host()),
                )
            })?;
            let stream = tls.connect(name, stream).await.map_err(|cause| {
                RemoteError::new(RemoteErrorKind::Tls, format!("no TLS with {}: {cause}", location.host()))
            })?;
            exchange(stream, &location, &question).await
        })
    }
}

/// One request and its answer. The connection is driven here, not by a task: whoever drops this ends it.
async fn exchange(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send,
    location: &Location,
    question: &Question,
) -> Result<Answer, RemoteError> {
    let (mut requests, connection) =
        http1::Builder::new().max_buf_size(MAX_HEAD).handshake(TokioIo::new(stream)).await.map_err(broken)?;
    let answer = async {
        let response = requests.send_request(request(location, question)?).await.map_err(broken)?;
        let (head, body) = response.into_parts();
        if body.size_hint().lower() > MAX_DOCUMENT as u64 {
            return Err(too_large());
        }
        let body = Limited::new(body, MAX_DOCUMENT)
            .collect()
            .await
            .map_err(|cause| if cause.is::<LengthLimitError>() { too_large() } else { broken(cause) })?;
        Ok(Answer { status: head.status, headers: head.headers, body: body.to_bytes() })
    };
    tokio::pin!(answer, connection);
    let mut is_open = true;
    loop {
        tokio::select! {
            biased;
            answer = &mut answer => return answer,
            // It may end before the last of the body was taken; what went wrong is told there.
            _ = &mut connection, if is_open => is_open = false,
        }
    }
}

fn request(location: &Location, question: &Question) -> Result<Request<Empty<Bytes>>, RemoteError> {
    let host = location.uri().authority().map_or("", |authority| authority.as_str());
    let mut request = Request::get(location.target())
        .header(header::HOST, host)
        .header(header::ACCEPT, &question.accept)
        .header(header::ACCEPT_ENCODING, "identity")
        .header(header::USER_AGENT, concat!("palisade/", env!("CARGO_PKG_VERSION")))
        .header(header::CONNECTION, "close");
    if let Some(etag) = &question.etag {
        request = request.header(header::IF_NONE_MATCH, etag);
    }
    request.body(Empty::new()).map_err(broken)
}

fn broken(cause: impl fmt::Display + Into<Box<dyn std::error::Error + Send + Sync>>) -> RemoteError {
    let cause = cause.into();
    let under = cause.source().map(|source| format!(": {source}")).unwrap_or_default();
    RemoteError::new(RemoteErrorKind::Connect, format!("the exchange broke: {cause}{under}"))
}

impl fmt::Debug for Https {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Https").field("allowed", &self.allowed).finish_non_exhaustive()
    }
}
