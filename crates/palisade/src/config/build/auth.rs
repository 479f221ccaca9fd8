//! Who is calling.

use super::Parts;
use crate::{
    Auth,
    config::{
        mistake::Mistake,
        schema::{AuthKinds, AuthSettings, TokenSettings},
    },
};
#[cfg(feature = "api-keys")]
use palisade_apikey::ApiKeys;
use palisade_core::{Roles, Scope, ScopeSet, StaticTokens};
#[cfg(feature = "jwt")]
use palisade_jwt::Jwt;

/// How callers are known, with what knows them.
pub(super) struct Known {
    pub(super) auth: Auth,
    pub(super) tokens: Option<StaticTokens>,
    pub(super) roles: Roles,
    #[cfg(feature = "api-keys")]
    pub(super) keys: Option<ApiKeys>,
    #[cfg(feature = "jwt")]
    pub(super) jwt: Option<Jwt>,
}

impl Parts<'_> {
    pub(super) async fn auth(&mut self) -> Known {
        let kinds = match &self.config.auth {
            Some(AuthSettings::Kinds(kinds)) => (**kinds).clone(),
            Some(AuthSettings::Application) => AuthKinds { application: true, ..AuthKinds::default() },
            Some(AuthSettings::Disabled) | None => return Known::nobody(),
        };
        let roles = roles(&kinds.roles);
        #[cfg(feature = "api-keys")]
        let keys = match &kinds.keys {
            Some(settings) => self.keys(settings, &roles).await,
            None => None,
        };
        #[cfg(feature = "jwt-remote")]
        let jwt = self.issuers(&kinds.issuers, &roles);
        #[cfg(all(feature = "jwt", not(feature = "jwt-remote")))]
        let jwt: Option<Jwt> = None;
        let tokens = self.tokens(&kinds.tokens);
        let mut auth: Option<Auth> = None;
        // Kinds that are known by their shape come before those that take any bearer token.
        #[cfg(feature = "api-keys")]
        if let Some(keys) = &keys {
            auth = Some(Auth::keys(keys.clone()));
        }
        #[cfg(feature = "jwt")]
        if let Some(jwt) = &jwt {
            auth = Some(match auth {
                Some(auth) => auth.or(jwt.clone()),
                None => Auth::jwt(jwt.clone()),
            });
        }
        if let Some(tokens) = &tokens {
            auth = Some(match auth {
                Some(auth) => auth.or(tokens.clone()),
                None => Auth::with(tokens.clone()),
            });
        }
        if kinds.application {
            auth = Some(auth.map_or_else(Auth::of_program, Auth::and_of_program));
        }
        let Some(auth) = auth else {
            // Nothing came of what was declared; why is told where it was tried, and this in any case.
            self.mistakes.push(Mistake::new("auth", "declares no credential that can be used"));
            return Known::nobody();
        };
        let auth = if kinds.keep_credentials { auth } else { auth.strip() };
        Known {
            auth,
            tokens,
            roles,
            #[cfg(feature = "api-keys")]
            keys,
            #[cfg(feature = "jwt")]
            jwt,
        }
    }

    fn tokens(&mut self, settings: &[TokenSettings]) -> Option<StaticTokens> {
        if settings.is_empty() {
            return None;
        }
        let declared = settings.iter().filter_map(|token| token.declared().ok());
        let read = if self.rehearses {
            StaticTokens::unwatched(declared)
        } else {
            StaticTokens::with_events(declared, self.sink.clone())
        };
        match read {
            Ok(tokens) => Some(tokens),
            Err(errors) => {
                self.mistakes.extend(errors.iter().map(|error| Mistake::new("auth.tokens", error)));
                None
            }
        }
    }
}

impl Known {
    fn nobody() -> Self {
        Self {
            auth: Auth::disabled(),
            tokens: None,
            roles: Roles::default(),
            #[cfg(feature = "api-keys")]
            keys: None,
            #[cfg(feature = "jwt")]
            jwt: None,
        }
    }
}

/// Those that are scopes; the others were told before.
pub(super) fn scopes(words: &[String]) -> Vec<Scope> {
    words.iter().filter_map(|word| word.parse().ok()).collect()
}

fn roles(named: &std::collections::BTreeMap<String, Vec<String>>) -> Roles {
    let set = |words: &[String]| scopes(words).into_iter().collect::<ScopeSet>();
    Roles::new(named.iter().map(|(name, words)| (name.as_str(), set(words))))
}
