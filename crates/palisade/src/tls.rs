//! TLS that this process ends itself.

use arc_swap::ArcSwap;
use palisade_core::{Tls, TlsVersion};
use std::{
    fmt, fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::SystemTime,
};
use tokio_rustls::rustls::{
    self, ProtocolVersion, ServerConfig,
    crypto::{CryptoProvider, aws_lc_rs},
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};

/// A certificate with its key, and the versions of TLS that are spoken with them: 1.3, and 1.2 for clients that have nothing better. Older
/// ones cannot be switched on.
///
/// Clones share the certificate. [`serve_tls`](crate::serve_tls) looks every minute whether files have changed; a certificate that
/// cannot be used leaves the one before in force, with a line at ERROR.
///
/// ```no_run
/// use palisade::ServerTls;
///
/// let tls = ServerTls::files("/etc/ssl/api.pem", "/etc/ssl/api.key")?.only_tls13();
/// # let _ = tls;
/// # Ok::<(), palisade::TlsError>(())
/// ```
#[derive(Clone)]
pub struct ServerTls {
    source: Source,
    current: Arc<Current>,
    only_tls13: bool,
}

#[derive(Clone)]
enum Source {
    Memory,
    Files { certificates: PathBuf, key: PathBuf, seen: Arc<Mutex<Option<[Stamp; 2]>>> },
}

/// By what a file is known to have changed.
type Stamp = (Option<SystemTime>, u64, u64);

#[derive(Debug)]
struct Current(ArcSwap<CertifiedKey>);

impl ResolvesServerCert for Current {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.load_full())
    }
}

/// What keeps a certificate from being served.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// A file cannot be read.
    #[error("{path}: {error}", path = path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// There is no certificate.
    #[error("no certificate: a chain in PEM is needed, the server's own first")]
    NoCertificate,
    /// There is no key that can be read.
    #[error("no private key: one in PEM is needed (PKCS #8, SEC 1 or PKCS #1), without a passphrase")]
    NoKey,
    /// Certificate and key do not belong together, or cannot be used.
    #[error("the certificate and the key cannot be used together: {0}")]
    Unusable(rustls::Error),
}

impl ServerTls {
    /// A chain of certificates, the server's own first, and its key, in PEM files.
    ///
    /// # Errors
    ///
    /// Where they cannot be read, or not used together.
    pub fn files(certificates: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Result<Self, TlsError> {
        let (certificates, key) = (certificates.into(), key.into());
        // Looked at before they are read: what changes in between is read again.
        let seen = Arc::new(Mutex::new(Some([stamp(&certificates), stamp(&key)])));
        let current = certified(&read(&certificates)?, &read(&key)?)?;
        Ok(Self::of(current, Source::Files { certificates, key, seen }))
    }

    /// A chain of certificates and a key in PEM, as they stand in memory.
    ///
    /// # Errors
    ///
    /// Where they cannot be used together.
    pub fn pem(certificates: &[u8], key: &[u8]) -> Result<Self, TlsError> {
        Ok(Self::of(certified(certificates, key)?, Source::Memory))
    }

    fn of(current: CertifiedKey, source: Source) -> Self {
        Self { source, current: Arc::new(Current(ArcSwap::from_pointee(current))), only_tls13: false }
    }

    /// Refuses TLS 1.2 too.
    #[must_use]
    pub const fn only_tls13(mut self) -> Self {
        self.only_tls13 = true;
        self
    }

    /// Reads files again that changed since; whether they did. Connections from then on get the new certificate. It blocks for as long
    /// as the files take.
    ///
    /// # Errors
    ///
    /// Where the new ones cannot be used. The certificate before stays; files that were read are not tried again until one changes
    /// once more, and files that could not be read are.
    pub fn reload(&self) -> Result<bool, TlsError> {
        let Source::Files { certificates, key, seen } = &self.source else { return Ok(false) };
        let now = [stamp(certificates), stamp(key)];
        {
            let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
            if *seen == Some(now) {
                return Ok(false);
            }
            *seen = Some(now);
        }
        let both = read(certificates).and_then(|certificates| Ok((certificates, read(key)?)));
        let (certificates, key) = both.inspect_err(|_| {
            // A moment without a free descriptor must not keep a certificate until it has expired.
            *seen.lock().unwrap_or_else(PoisonError::into_inner) = None;
        })?;
        let current = certified(&certificates, &key)?;
        self.current.0.store(Arc::new(current));
        Ok(true)
    }

    /// Reloads, and tells what came of it.
    pub(crate) fn renew(&self) {
        match self.reload() {
            Ok(false) => {}
            Ok(true) => tracing::info!(target: "palisade::serve", "the certificate was read again"),
            Err(error) => {
                tracing::error!(target: "palisade::serve", %error, "the certificate was not replaced");
            }
        }
    }

    /// What rustls asks of a server.
    pub(crate) fn config(&self) -> Result<ServerConfig, rustls::Error> {
        let both = [&rustls::version::TLS13, &rustls::version::TLS12];
        let versions = if self.only_tls13 { both.get(..1) } else { both.get(..) };
        let mut config = ServerConfig::builder_with_provider(provider())
            .with_protocol_versions(versions.unwrap_or_default())?
            .with_no_client_auth()
            .with_cert_resolver(self.current.clone());
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(config)
    }
}

/// Named here, because the process-wide one is whatever another library chose.
fn provider() -> Arc<CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}

/// What both ends agreed on; rustls knows no other versions.
pub(crate) const fn agreed(version: Option<ProtocolVersion>) -> Option<Tls> {
    match version {
        Some(ProtocolVersion::TLSv1_3) => Some(Tls(TlsVersion::V1_3)),
        Some(ProtocolVersion::TLSv1_2) => Some(Tls(TlsVersion::V1_2)),
        _ => None,
    }
}

fn certified(certificates: &[u8], key: &[u8]) -> Result<CertifiedKey, TlsError> {
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(certificates).collect();
    let chain = chain.ok().filter(|chain| !chain.is_empty()).ok_or(TlsError::NoCertificate)?;
    let key = PrivateKeyDer::from_pem_slice(key).map_err(|_| TlsError::NoKey)?;
    CertifiedKey::from_der(chain, key, &provider()).map_err(TlsError::Unusable)
}

fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    fs::read(path).map_err(|error| TlsError::Unreadable { path: path.to_owned(), error })
}

/// A file that is not there has no stamp, and one that comes back another; so has one that was moved into its place with its date.
fn stamp(path: &Path) -> Stamp {
    let found = fs::metadata(path).ok();
    let number = found.as_ref().map_or(0, number);
    (found.as_ref().and_then(|found| found.modified().ok()), found.map_or(0, |found| found.len()), number)
}

#[cfg(unix)]
fn number(found: &fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(found)
}

#[cfg(not(unix))]
const fn number(_: &fs::Metadata) -> u64 {
    0
}

impl fmt::Debug for ServerTls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut told = f.debug_struct("ServerTls");
        if let Source::Files { certificates, key, .. } = &self.source {
            told.field("certificates", certificates).field("key", key);
        }
        told.field("only_tls13", &self.only_tls13).finish_non_exhaustive()
    }
}
