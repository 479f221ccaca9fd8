//! The identity provider whose tokens are taken.

use super::{args::Args, claims::ClaimLayout, file::ConfigFile, mistake::Mistake, sources::Sources};
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

impl Sources<'_> {
    /// What takes the tokens of a provider.
    pub(super) fn jwt(&mut self, provider: &Provider) -> Option<Jwt> {
        let wrong = |errors: Vec<String>| {
            errors.iter().map(|error| Mistake::new("issuer", error)).collect::<Vec<_>>()
        };
        provider.jwt().map_err(|errors| self.mistakes.extend(wrong(errors))).ok()
    }
}

/// The provider that is declared, with everything about it.
pub(super) fn find(sources: &mut Sources<'_>, args: &Args, file: &ConfigFile) -> Option<Provider> {
    let (issuer, audience) = (args.issuer.as_ref(), args.audience.as_ref());
    let issuer = sources.text("--issuer", issuer, "FACE_ISSUER", file.issuer.as_ref());
    let audience = sources.text("--audience", audience, "FACE_AUDIENCE", file.audience.as_ref());
    let claims = sources.parsed("--claims", args.claims.as_ref(), "FACE_CLAIMS", file.claims.as_ref());
    let by_flag = &args.issuer_network;
    let networks =
        sources.list("--issuer-network", by_flag, "FACE_ISSUER_NETWORKS", file.issuer_networks.as_ref());
    let ca = sources.path("--issuer-ca", args.issuer_ca.as_ref(), "FACE_ISSUER_CA", file.issuer_ca.as_ref());
    let authorities = ca.and_then(|(place, path)| {
        let wrong = |fault: std::io::Error| format!("{} cannot be read: {}", path.display(), fault.kind());
        fs::read(&path).map_err(|fault| sources.mistakes.push(Mistake::new(place, wrong(fault)))).ok()
    });
    let Some((place, issuer)) = issuer else {
        let alone = [
            ("audience", audience.is_some()),
            ("claims", claims.is_some()),
            ("issuer_networks", networks.is_some()),
            ("issuer_ca", authorities.is_some()),
            ("--dangerous-loopback-http", args.dangerous_loopback_http),
        ];
        for (place, _) in alone.into_iter().filter(|(_, is_there)| *is_there) {
            sources
                .mistakes
                .push(Mistake::new(place, "is about an identity provider; name one with --issuer"));
        }
        return None;
    };
    let claims: ClaimLayout = claims.unwrap_or_default();
    match (&audience, claims.has_audience()) {
        (None, true) => sources.mistakes.push(Mistake::new(
            place,
            "tokens for any service would be taken; say with --audience what this one is called in their `aud`",
        )),
        (Some((place, _)), false) => sources
            .mistakes
            .push(Mistake::new(place.clone(), "access tokens of Cognito name none; leave it out")),
        (Some(_), true) | (None, false) => {}
    }
    let networks = networks.map(|(_, networks)| networks).unwrap_or_default();
    let audience = audience.map(|(_, audience)| audience);
    let loopback_http = args.dangerous_loopback_http;
    Some(Provider { issuer, audience, claims, networks, authorities, loopback_http })
}
