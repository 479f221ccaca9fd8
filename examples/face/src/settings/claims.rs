//! Where identity providers say what callers may do.

use palisade::jwt::Mapping;
use std::str::FromStr;

/// Where a provider says what callers may do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum ClaimLayout {
    /// In `scope` or `scp` (RFC 9068).
    #[default]
    Standard,
    /// Auth0.
    Auth0,
    /// Microsoft Entra ID.
    Entra,
    /// Okta.
    Okta,
    /// Keycloak, and the client whose roles count.
    Keycloak(String),
    /// Amazon Cognito, and the client whose tokens are taken.
    Cognito(String),
}

impl ClaimLayout {
    /// What reads the claims.
    pub(super) fn mapping(&self) -> Mapping {
        match self {
            Self::Standard => Mapping::new(),
            Self::Auth0 => Mapping::auth0(),
            Self::Entra => Mapping::entra(),
            Self::Okta => Mapping::okta(),
            Self::Keycloak(client) => Mapping::keycloak(client),
            Self::Cognito(client) => Mapping::cognito([client.as_str()]),
        }
    }

    /// Whether its access tokens say whom they are for; those of Cognito name a client instead.
    pub(super) const fn has_audience(&self) -> bool {
        !matches!(self, Self::Cognito(_))
    }
}

impl FromStr for ClaimLayout {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, client) = text.split_once(':').map_or((text, None), |(name, client)| (name, Some(client)));
        match (name, client.filter(|client| !client.trim().is_empty()).map(str::to_owned)) {
            ("standard", None) if client.is_none() => Ok(Self::Standard),
            ("auth0", None) if client.is_none() => Ok(Self::Auth0),
            ("entra", None) if client.is_none() => Ok(Self::Entra),
            ("okta", None) if client.is_none() => Ok(Self::Okta),
            ("keycloak", Some(client)) => Ok(Self::Keycloak(client)),
            ("cognito", Some(client)) => Ok(Self::Cognito(client)),
            _ => Err("not a layout; write standard, auth0, entra, okta, keycloak:CLIENT or cognito:CLIENT"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layouts_by_name() {
        let check = |text: &str, expected: Option<ClaimLayout>| {
            assert_eq!(text.parse::<ClaimLayout>().ok(), expected, "{text}");
        };
        check("standard", Some(ClaimLayout::Standard));
        check("auth0", Some(ClaimLayout::Auth0));
        check("keycloak:face", Some(ClaimLayout::Keycloak("face".to_owned())));
        check("cognito:a:b", Some(ClaimLayout::Cognito("a:b".to_owned())));
        for bad in ["", "Auth0", "keycloak", "keycloak:", "keycloak: ", "auth0:x", "auth0:", "google"] {
            check(bad, None);
        }
    }
}
