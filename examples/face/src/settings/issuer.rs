//! The identity provider whose tokens are taken.

use super::{claims::ClaimLayout, judge::Judge, written::Written};
use crate::permissions;
use palisade::jwt::{Jwt, TrustedIssuer, Verifier, remote::RemoteKeys};
use std::fs;

/// The identity provider whose tokens are taken.
#[derive(Debug, Clone)]
pub(super) struct Provider {
    /// As it stands in `iss` of its tokens.
    issuer: String,
    /// The name that this service has in their `aud`.
    audience: Option<String>,
    /// Where they say what callers may do.
    claims: ClaimLayout,
    /// Networks in which it may be.
    networks: Vec<String>,
    /// Certificate authorities of one's own, in PEM.
    authorities: Option<Vec<u8>>,
    /// Whether it may be on this machine, without TLS.
    loopback_http: bool,
}

impl Provider {
    /// What takes its tokens. Asks nobody: a provider that is down delays no start.
    fn jwt(&self) -> Result<Jwt, Vec<String>> {
        let mut keys = RemoteKeys::issuer(self.issuer.as_str());
        for network in &self.networks {
            keys = keys.allow_network(network);
        }
        if let Some(pem) = &self.authorities {
            keys = keys.certificate_authority(pem);
        }
        if self.loopback_http {
            keys = keys.dangerous_loopback_http();
        }
        let keys = keys.build().map_err(|errors| errors.iter().map(str::to_owned).collect::<Vec<_>>())?;
        let verifier = Verifier::builder(self.issuer.as_str());
        let verifier = match &self.audience {
            Some(audience) => verifier.audience(audience.as_str()).keys(keys),
            None => verifier.any_audience().keys(keys),
        };
        let verifier = verifier.map_err(|error| vec![error.to_string()])?;
        let issuer = TrustedIssuer::new(verifier).mapping(self.claims.mapping());
        Ok(Jwt::new(issuer).roles(permissions::roles()))
    }
}

impl Judge<'_> {
    /// What takes the tokens of a provider.
    pub(super) fn jwt(&mut self, provider: &Provider) -> Option<Jwt> {
        let wrong = |errors: Vec<String>| errors.iter().for_each(|error| self.wrong("issuer", error));
        provider.jwt().map_err(wrong).ok()
    }

    /// The provider that is declared, with everything about it.
    pub(super) fn provider(&mut self, written: &Written, loopback_http: bool) -> Option<Provider> {
        let claims = self.parsed("claims", written.claims.as_ref());
        let ca = self.file("issuer_ca", written.issuer_ca.as_ref());
        let authorities = ca.and_then(|path| {
            let wrong =
                |fault: std::io::Error| format!("{} cannot be read: {}", path.display(), fault.kind());
            fs::read(&path).map_err(|fault| self.wrong("issuer_ca", wrong(fault))).ok()
        });
        let Some(issuer) = written.issuer.clone() else {
            let alone = [
                ("audience", written.audience.is_some()),
                ("claims", claims.is_some()),
                ("issuer_networks", written.issuer_networks.is_some()),
                ("issuer_ca", authorities.is_some()),
                ("--dangerous-loopback-http", loopback_http),
            ];
            for (path, _) in alone.into_iter().filter(|(_, is_there)| *is_there) {
                self.wrong(path, "is about an identity provider; name one with --issuer");
            }
            return None;
        };
        let claims: ClaimLayout = claims.unwrap_or_default();
        match (&written.audience, claims.has_audience()) {
            (None, true) => self.wrong(
                "issuer",
                "tokens for any service would be taken; say with --audience what this one is called in their `aud`",
            ),
            (Some(_), false) => self.wrong("audience", "access tokens of Cognito name none; leave it out"),
            (Some(_), true) | (None, false) => {}
        }
        let networks = written.issuer_networks.clone().unwrap_or_default();
        let audience = written.audience.clone();
        Some(Provider { issuer, audience, claims, networks, authorities, loopback_http })
    }
}
