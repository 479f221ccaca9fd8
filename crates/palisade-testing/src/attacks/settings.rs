//! What whoever attacks knows of the application.

use super::door::Door;
use http::{HeaderName, Method};
use palisade_core::UnixTime;
use serde_json::Value;
use std::net::IpAddr;

#[derive(Clone, Debug, Default)]
pub(crate) struct Settings {
    pub(crate) token: Option<String>,
    pub(crate) weak_token: Option<String>,
    pub(crate) key: Option<(HeaderName, String)>,
    /// Keys that must be refused, with the reason in a word.
    pub(crate) dead_keys: Vec<(String, String)>,
    #[cfg(feature = "jwt")]
    pub(crate) issuer: Option<crate::fake_issuer::FakeToken>,
    pub(crate) origin: Option<String>,
    pub(crate) proxy: Option<IpAddr>,
    pub(crate) paths: Vec<(String, String)>,
    /// Templates of routes that get no good credential.
    pub(crate) spared: Vec<String>,
    /// Bodies that are taken, by method and template.
    pub(crate) bodies: Vec<(Method, String, Value)>,
    /// Doors stated by hand.
    pub(crate) doors: Vec<Door>,
    /// The ids to try; all, where there are none.
    pub(crate) only: Vec<String>,
    pub(crate) own_errors: bool,
    pub(crate) without_wire: bool,
}

impl Settings {
    /// Every secret that must not come out anywhere.
    pub(crate) fn secrets(&self) -> Vec<String> {
        let mut secrets: Vec<String> =
            [&self.token, &self.weak_token].into_iter().flatten().cloned().collect();
        secrets.extend(self.key.iter().map(|(_, key)| key.clone()));
        secrets.extend(self.dead_keys.iter().map(|(_, key)| key.clone()));
        // What is short may stand in a text by chance.
        secrets.retain(|secret| secret.len() >= 8);
        secrets
    }

    /// A bearer token that opens every door, where there is one.
    pub(crate) fn bearer(&self, now: UnixTime) -> Option<String> {
        let _ = now;
        #[cfg(feature = "jwt")]
        if let (None, Some(token)) = (&self.token, &self.issuer) {
            return Some(token.clone().at(now).sign());
        }
        self.token.clone()
    }

    /// How somebody who may do everything presents themselves.
    pub(crate) fn credential(&self, now: UnixTime) -> Option<(String, String)> {
        let bearer = self.bearer(now).map(|token| ("authorization".to_owned(), format!("Bearer {token}")));
        bearer.or_else(|| self.key.as_ref().map(|(name, key)| (name.as_str().to_owned(), key.clone())))
    }
}
