//! OpenID Connect Discovery 1.0 and RFC 8414: from an issuer to the place of its keys.

use super::{
    error::{RemoteError, RemoteErrorKind},
    location::Location,
};
use serde::Deserialize;

/// Where an issuer may describe itself, in the order in which the places are asked.
pub(crate) fn places(issuer: &Location, loopback_http: bool) -> Vec<Location> {
    let whole = issuer.to_string();
    let path = issuer.target().trim_end_matches('/');
    let root = whole.strip_suffix(issuer.target()).unwrap_or(&whole).trim_end_matches('/');
    let mut places = Vec::new();
    for place in [
        format!("{root}{path}/.well-known/openid-configuration"),
        format!("{root}/.well-known/oauth-authorization-server{path}"),
        format!("{root}/.well-known/openid-configuration{path}"),
    ] {
        if let Ok(place) = Location::parse(&place, loopback_http)
            && !places.contains(&place)
        {
            places.push(place);
        }
    }
    places
}

/// What of the description is read.
#[derive(Deserialize)]
struct Description {
    issuer: String,
    jwks_uri: String,
}

/// Where the keys are, according to a description that must be this issuer's own, byte for byte.
pub(crate) fn keys_of(issuer: &str, document: &[u8], loopback_http: bool) -> Result<Location, RemoteError> {
    let described: Description = serde_json::from_slice(document).map_err(|error| {
        RemoteError::new(RemoteErrorKind::Document, format!("the discovery document cannot be read: {error}"))
    })?;
    if described.issuer != issuer {
        return Err(RemoteError::new(
            RemoteErrorKind::Issuer,
            format!(
                "the provider calls itself `{}`; configure exactly that issuer, if it is the right one",
                described.issuer
            ),
        ));
    }
    Location::parse(&described.jwks_uri, loopback_http).map_err(|fault| {
        RemoteError::new(
            RemoteErrorKind::Document,
            format!("the discovery document's jwks_uri is of no use: {fault}"),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn issuers_are_looked_for_in_three_places() {
        let check = |issuer, expected: &[&str]| {
            let places = places(&Location::issuer(issuer, true).unwrap(), true);
            assert_eq!(places.iter().map(ToString::to_string).collect::<Vec<_>>(), expected, "{issuer}");
        };
        for issuer in ["https://id.example.com", "https://id.example.com/"] {
            check(
                issuer,
                &[
                    "https://id.example.com/.well-known/openid-configuration",
                    "https://id.example.com/.well-known/oauth-authorization-server",
                ],
            );
        }
        for issuer in ["http://127.0.0.1:9/realms/main", "http://127.0.0.1:9/realms/main/"] {
            check(
                issuer,
                &[
                    "http://127.0.0.1:9/realms/main/.well-known/openid-configuration",
                    "http://127.0.0.1:9/.well-known/oauth-authorization-server/realms/main",
                    "http://127.0.0.1:9/.well-known/openid-configuration/realms/main",
                ],
            );
        }
    }

    #[test]
    fn a150_a_description_speaks_for_its_own_issuer_alone() {
        const ISSUER: &str = "https://id.example.com/a";
        let check = |issuer: &str, jwks_uri: &str, expected: Result<&str, RemoteErrorKind>| {
            let document =
                serde_json::json!({"issuer": issuer, "jwks_uri": jwks_uri, "other": [1]}).to_string();
            let found = keys_of(ISSUER, document.as_bytes(), false);
            let found = found.map(|place| place.uri().to_string()).map_err(|error| error.kind());
            assert_eq!(found, expected.map(str::to_owned), "{issuer} {jwks_uri}");
        };
        let keys = "https://keys.example.com/jwks?x=1";
        check(ISSUER, keys, Ok(keys));
        for other in [
            "https://id.example.com/a/",
            "https://id.example.com/A",
            "https://ID.example.com/a",
            "https://id.example.com:443/a",
            "http://id.example.com/a",
            "https://id.example.com/a ",
            "",
        ] {
            check(other, keys, Err(RemoteErrorKind::Issuer));
        }
        for place in
            ["http://keys.example.com/", "https://a@b/", "https://b/#c", "/jwks", "", "file:///etc/passwd"]
        {
            check(ISSUER, place, Err(RemoteErrorKind::Document));
        }
        for broken in [
            "",
            "[]",
            "{}",
            "<html>",
            "{\"issuer\":\"https://id.example.com/a\"}",
            "{\"issuer\":1,\"jwks_uri\":2}",
        ] {
            let kind = keys_of(ISSUER, broken.as_bytes(), false).unwrap_err().kind();
            assert_eq!(kind, RemoteErrorKind::Document, "{broken}");
        }
    }
}
