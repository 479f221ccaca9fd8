//! A server on a real wire that says what it is told to, well-formed or not.

use rcgen::{BasicConstraints, Certificate, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::{
    ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};
use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use tokio_rustls::TlsAcceptor;

/// What is sent after a request's head.
#[derive(Clone, Debug)]
pub enum Sends {
    /// These bytes; then the connection is closed.
    Bytes(Vec<u8>),
    /// These bytes, one a second.
    Drop(Vec<u8>),
    /// The first bytes, then the others for ever.
    Endless(Vec<u8>, Vec<u8>),
    Nothing,
}

/// Before a request: what the server is on the wire.
#[derive(Clone)]
pub enum Wire {
    Plain,
    Tls(Arc<ServerConfig>),
    /// Answers a `ClientHello` with these bytes.
    Raw(Vec<u8>),
}

/// Ended with this value.
pub struct Server {
    pub port: u16,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

struct Shared {
    sends: Mutex<Vec<(String, Sends)>>,
    accepted: AtomicUsize,
    heads: Mutex<Vec<String>>,
}

impl Server {
    pub async fn start(wire: Wire) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared {
            sends: Mutex::default(),
            accepted: AtomicUsize::new(0),
            heads: Mutex::default(),
        });
        let task = tokio::spawn({
            let shared = Arc::clone(&shared);
            async move {
                while let Ok((stream, _)) = listener.accept().await {
                    shared.accepted.fetch_add(1, SeqCst);
                    tokio::spawn(greet(stream, wire.clone(), Arc::clone(&shared)));
                }
            }
        });
        Self { port, shared, task }
    }

    /// What requests for this path are answered with from now on.
    pub fn at(&self, path: &str, sends: Sends) {
        let mut all = self.shared.sends.lock().unwrap();
        all.retain(|(known, _)| known != path);
        all.push((path.to_owned(), sends));
    }

    pub fn json(&self, path: &str, json: &serde_json::Value) {
        self.at(path, answer("200 OK", "content-type: application/json\r\n", json.to_string().as_bytes()));
    }

    pub fn accepted(&self) -> usize {
        self.shared.accepted.load(SeqCst)
    }

    /// The heads of requests, as they came.
    pub fn heads(&self) -> Vec<String> {
        self.shared.heads.lock().unwrap().clone()
    }
}

/// A well-formed answer.
pub fn answer(status: &str, headers: &str, body: &[u8]) -> Sends {
    let head = format!("HTTP/1.1 {status}\r\n{headers}content-length: {}\r\n\r\n", body.len());
    Sends::Bytes([head.as_bytes(), body].concat())
}

async fn greet(mut stream: TcpStream, wire: Wire, shared: Arc<Shared>) {
    match wire {
        Wire::Plain => serve(stream, &shared).await,
        Wire::Tls(config) => {
            if let Ok(stream) = TlsAcceptor::from(config).accept(stream).await {
                serve(stream, &shared).await;
            }
        }
        Wire::Raw(hello) => {
            let mut read = vec![0; 4_096];
            let _ = stream.read(&mut read).await;
            let _ = stream.write_all(&hello).await;
            let _ = stream.read(&mut read).await;
        }
    }
}

async fn serve(mut stream: impl AsyncRead + AsyncWrite + Unpin, shared: &Shared) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        if !matches!(stream.read(&mut byte).await, Ok(1)) {
            return;
        }
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap();
    let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
    shared.heads.lock().unwrap().push(head);
    let sends = shared.sends.lock().unwrap().iter().find(|(known, _)| *known == path).cloned();
    match sends.map_or_else(|| answer("404 Not Found", "", b""), |(_, sends)| sends) {
        Sends::Bytes(bytes) => {
            let _ = stream.write_all(&bytes).await;
            let _ = stream.shutdown().await;
        }
        Sends::Drop(bytes) => {
            for byte in bytes {
                if stream.write_all(&[byte]).await.is_err() || stream.flush().await.is_err() {
                    return;
                }
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
        Sends::Endless(first, others) => {
            let _ = stream.write_all(&first).await;
            while stream.write_all(&others).await.is_ok() {}
        }
        Sends::Nothing => {
            let mut read = [0];
            let _ = stream.read(&mut read).await;
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// An authority that signs certificates of servers.
pub struct Authority {
    certificate: Certificate,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    pub fn new(name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        Self { certificate, issuer: Issuer::new(params, key) }
    }

    pub fn pem(&self) -> String {
        self.certificate.pem()
    }

    /// A server that calls itself so, until the beginning of this year.
    pub fn server(&self, name: &str, until: i32) -> Wire {
        let (certificate, key) = self.certify(name, until);
        let private = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], private)
            .unwrap();
        Wire::Tls(Arc::new(config))
    }

    /// Certificate and key of a server, for programs that read PEM.
    pub fn pem_of(&self, name: &str) -> (String, String) {
        let (certificate, key) = self.certify(name, 2_100);
        (certificate.pem(), key.serialize_pem())
    }

    fn certify(&self, name: &str, until: i32) -> (Certificate, KeyPair) {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        (params.not_before, params.not_after) = (date_time_ymd(2_000, 1, 1), date_time_ymd(until, 1, 1));
        let key = KeyPair::generate().unwrap();
        (params.signed_by(&key, &self.issuer).unwrap(), key)
    }
}
