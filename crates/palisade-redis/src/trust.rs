//! Which servers are spoken to, and how they are recognised.

use crate::error::BuildErrorKind;
use redis::{Client, ConnectionAddr, IntoConnectionInfo as _, cluster::ClusterClientBuilder};
use std::net::IpAddr;

/// Which servers are spoken to, and how they are recognised.
#[derive(Clone, Default)]
pub(crate) struct Trust {
    /// Authorities in PEM; else the roots of the web.
    pub(crate) roots: Option<Vec<u8>>,
    /// Also without TLS to other machines.
    pub(crate) plaintext: bool,
}

impl Trust {
    /// Whether this address may be connected to at all.
    pub(crate) fn admit(&self, url: &str) -> Result<(), BuildErrorKind> {
        let encrypted = url.starts_with("rediss://") || url.starts_with("valkeys://");
        // Its only meaning is that certificates are not checked.
        if encrypted && url.contains('#') {
            return Err(BuildErrorKind::Url);
        }
        if encrypted && !cfg!(feature = "tls") {
            return Err(BuildErrorKind::Tls);
        }
        let info = url.into_connection_info().map_err(|_| BuildErrorKind::Url)?;
        match info.addr() {
            ConnectionAddr::Tcp(host, _) if !self.plaintext && !is_here(host) => {
                Err(BuildErrorKind::Plaintext)
            }
            _ => Ok(()),
        }
    }

    #[cfg(not(feature = "tls"))]
    pub(crate) fn client(&self, url: &str) -> Result<Client, BuildErrorKind> {
        let Self { .. } = self;
        Client::open(url).map_err(|_| BuildErrorKind::Url)
    }

    #[cfg(not(feature = "tls"))]
    pub(crate) fn cluster(
        &self,
        builder: ClusterClientBuilder,
    ) -> Result<ClusterClientBuilder, BuildErrorKind> {
        let Self { .. } = self;
        Ok(builder)
    }

    #[cfg(feature = "tls")]
    pub(crate) fn client(&self, url: &str) -> Result<Client, BuildErrorKind> {
        use redis::TlsCertificates;

        provide();
        let Some(roots) = self.roots()? else { return Client::open(url).map_err(|_| BuildErrorKind::Url) };
        let encrypted = url.starts_with("rediss://") || url.starts_with("valkeys://");
        if !encrypted {
            return Client::open(url).map_err(|_| BuildErrorKind::Url);
        }
        let certificates = TlsCertificates { client_tls: None, root_cert: Some(roots) };
        Client::build_with_tls(url, certificates).map_err(|_| BuildErrorKind::Roots)
    }

    #[cfg(feature = "tls")]
    pub(crate) fn cluster(
        &self,
        builder: ClusterClientBuilder,
    ) -> Result<ClusterClientBuilder, BuildErrorKind> {
        provide();
        Ok(match self.roots()? {
            None => builder,
            Some(roots) => builder.certs(redis::TlsCertificates { client_tls: None, root_cert: Some(roots) }),
        })
    }

    /// The authorities, where they are given and are some.
    #[cfg(feature = "tls")]
    fn roots(&self) -> Result<Option<Vec<u8>>, BuildErrorKind> {
        use rustls::pki_types::{CertificateDer, pem::PemObject as _};

        let Some(roots) = &self.roots else { return Ok(None) };
        let read = CertificateDer::pem_slice_iter(roots).collect::<Result<Vec<_>, _>>();
        match read {
            Ok(read) if !read.is_empty() => Ok(Some(roots.clone())),
            _ => Err(BuildErrorKind::Roots),
        }
    }
}

/// The client asks rustls for the cryptography of the process, which panics where the features of other crates leave two to choose
/// from; what the application chose stays.
#[cfg(feature = "tls")]
fn provide() {
    use rustls::crypto::{CryptoProvider, aws_lc_rs};

    if CryptoProvider::get_default().is_none() {
        // Whoever is faster may choose.
        let _ = aws_lc_rs::default_provider().install_default();
    }
}

/// Whether the server is reached without a network.
fn is_here(host: &str) -> bool {
    let ip = host.trim_matches(['[', ']']).parse::<IpAddr>();
    host == "localhost" || ip.is_ok_and(|ip| ip.is_loopback())
}
