//! Identity providers.

use super::{Parts, auth::scopes};
use crate::config::schema::IssuerSettings;
use palisade_core::Roles;
use palisade_jwt::{Jwt, Mapping, TrustedIssuer, Verifier, remote::RemoteKeys};
use std::fs;

impl Parts<'_> {
    /// Asks nobody: a provider that is down delays no start.
    pub(super) fn issuers(&mut self, all: &[IssuerSettings], roles: &Roles) -> Option<Jwt> {
        let mut trusted = Vec::new();
        for (at, settings) in all.iter().enumerate() {
            let made = settings.trusted();
            let path = format!("auth.issuers[{at}]");
            match made {
                Ok(issuer) => trusted.push(issuer),
                Err(errors) => {
                    for error in errors {
                        self.made::<(), _>(&path, Err(error));
                    }
                }
            }
        }
        if trusted.is_empty() || trusted.len() < all.len() {
            return None;
        }
        let jwt = self.made("auth.issuers", Jwt::several(trusted))?;
        Some(jwt.roles(roles.clone()).events(self.sink.clone()))
    }
}

impl IssuerSettings {
    /// The provider, for a [`Jwt`] that is made by hand; nothing is fetched yet.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with it.
    pub fn trusted(&self) -> Result<TrustedIssuer, Vec<String>> {
        let mut keys = RemoteKeys::issuer(self.issuer.as_str());
        for network in &self.networks {
            keys = keys.allow_network(network);
        }
        if let Some(path) = &self.certificate_authority {
            let pem = fs::read(path);
            let pem =
                pem.map_err(|fault| vec![format!("{} cannot be read: {}", path.display(), fault.kind())])?;
            keys = keys.certificate_authority(&pem);
        }
        if let Some(url) = &self.jwks_uri {
            keys = keys.jwks_uri(url.as_str());
        }
        if let Some(age) = self.keys_age {
            keys = keys.age(age.0);
        }
        if let Some(cooldown) = self.keys_cooldown {
            keys = keys.cooldown(cooldown.0);
        }
        if let Some(stale) = self.keys_stale {
            keys = keys.stale_for(stale.0);
        }
        if self.dangerous_loopback_http {
            keys = keys.dangerous_loopback_http();
        }
        let keys = keys.build().map_err(|errors| errors.iter().map(str::to_owned).collect::<Vec<_>>())?;
        let mut builder = Verifier::builder(self.issuer.as_str());
        if let Some(leeway) = self.leeway {
            builder = builder.leeway(leeway.0);
        }
        if let Some(lifetime) = self.max_lifetime {
            builder = builder.max_lifetime(lifetime.0);
        }
        if self.dangerous_unbound {
            builder = builder.dangerous_unbound();
        }
        let verifier = match self.audience.split_first() {
            Some((first, others)) => {
                let builder = builder.audience(first.as_str());
                others.iter().fold(builder, |builder, name| builder.audience(name.as_str())).keys(keys)
            }
            None if self.dangerous_any_audience || self.claims.starts_with("cognito:") => {
                builder.any_audience().keys(keys)
            }
            None => return Err(vec!["tokens for any service would be taken: set `audience`".to_owned()]),
        };
        let verifier = verifier.map_err(|error| vec![error.to_string()])?;
        let mapping = self.mapping().ok_or_else(|| vec!["`claims` is no layout".to_owned()])?;
        let issuer = TrustedIssuer::new(verifier).mapping(mapping);
        let issuer = match &self.tenant {
            Some(tenant) => issuer.tenant(tenant.as_str()),
            None => issuer,
        };
        Ok(if self.at_most.is_empty() { issuer } else { issuer.at_most(scopes(&self.at_most)) })
    }

    fn mapping(&self) -> Option<Mapping> {
        Some(match self.claims.split_once(':') {
            None => match self.claims.as_str() {
                "standard" => Mapping::new(),
                "auth0" => Mapping::auth0(),
                "entra" => Mapping::entra(),
                "okta" => Mapping::okta(),
                _ => return None,
            },
            Some(("keycloak", client)) if !client.trim().is_empty() => Mapping::keycloak(client),
            Some(("cognito", client)) if !client.trim().is_empty() => Mapping::cognito([client]),
            Some(_) => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn tokens_that_are_bound_are_taken_where_that_is_said() {
        for takes in [false, true] {
            let settings = IssuerSettings {
                issuer: "https://login.example.com/".to_owned(),
                audience: vec!["models".to_owned()],
                dangerous_unbound: takes,
                ..IssuerSettings::default()
            };
            let told = format!("{:?}", settings.trusted().unwrap());
            assert!(told.contains(&format!("takes_bound: {takes}")), "{told}");
        }
    }
}
