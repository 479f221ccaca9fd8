//! What kinds of token are taken.

use crate::{claims::Claims, header::media_type, rejection::Rejection};

/// Which kinds of token are taken, by `typ` of the header and by claims that give a kind away (RFC 8725 §3.11, §3.12).
///
/// ```
/// use palisade_jwt::TokenTypes;
///
/// // An access token under any usual name; ID, refresh and logout tokens are refused. This is the default.
/// let usual = TokenTypes::access_tokens();
/// // RFC 9068 to the letter.
/// let strict = TokenTypes::rfc9068();
/// // An issuer that has a name of its own for them.
/// let okta = TokenTypes::named(["application/okta-internal-at+jwt"]);
/// # let _ = (usual, strict, okta);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenTypes(Kind);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    Access,
    Rfc9068,
    Named(Box<[Box<str>]>),
}

impl Default for TokenTypes {
    fn default() -> Self {
        Self::access_tokens()
    }
}

impl TokenTypes {
    /// `at+jwt`, `JWT`, or no `typ`; the latter two only without signs of an ID token, refresh token or security event.
    #[must_use]
    pub const fn access_tokens() -> Self {
        Self(Kind::Access)
    }

    /// `at+jwt` only, with `client_id`, `iat` and `jti` (RFC 9068 §2).
    #[must_use]
    pub const fn rfc9068() -> Self {
        Self(Kind::Rfc9068)
    }

    /// These only, with or without `application/`, in any case; a token without `typ` is refused.
    #[must_use]
    pub fn named<S: AsRef<str>>(names: impl IntoIterator<Item = S>) -> Self {
        let names = names.into_iter().map(|name| media_type(name.as_ref()).to_ascii_lowercase().into());
        Self(Kind::Named(names.collect()))
    }

    pub(crate) fn check(&self, claims: &Claims) -> Result<(), Rejection> {
        match (&self.0, claims.typ()) {
            (Kind::Access | Kind::Rfc9068, Some("logout+jwt" | "secevent+jwt")) => Err(Rejection::EventToken),
            (Kind::Access, Some("at+jwt")) => Ok(()),
            (Kind::Access, None | Some("jwt")) => given_away(claims),
            (Kind::Rfc9068, Some("at+jwt")) => complete(claims),
            // Which token it is instead tells the operator what the client does wrong.
            (Kind::Rfc9068, None | Some("jwt")) => given_away(claims).and(Err(Rejection::WrongType)),
            (Kind::Access | Kind::Rfc9068, Some(_)) | (Kind::Named(_), None) => Err(Rejection::WrongType),
            (Kind::Named(names), Some(typ)) => {
                if !names.iter().any(|name| **name == *typ) {
                    return Err(Rejection::WrongType);
                }
                if typ == "jwt" { given_away(claims) } else { Ok(()) }
            }
        }
    }
}

/// What RFC 9068 §2.2 requires beside the claims that are always required.
fn complete(claims: &Claims) -> Result<(), Rejection> {
    let client = claims.text("client_id").is_some_and(|client| !client.is_empty());
    if client && claims.issued_at().is_some() && claims.id().is_some() {
        Ok(())
    } else {
        Err(Rejection::BadClaim)
    }
}

/// Claims that access tokens do not have, where `typ` does not tell.
fn given_away(claims: &Claims) -> Result<(), Rejection> {
    if claims.has("events") {
        return Err(Rejection::EventToken);
    }
    for name in ["typ", "token_use", "token_type", "type"] {
        let Some(word) = claims.text(name) else { continue };
        match word.to_ascii_lowercase().as_str() {
            "id" | "id_token" => return Err(Rejection::IdToken),
            "refresh" | "refresh_token" | "offline" => return Err(Rejection::RefreshToken),
            "logout" => return Err(Rejection::EventToken),
            _ => {}
        }
    }
    let there = |names: &[&str]| names.iter().any(|name| claims.has(name));
    if there(&["nonce", "at_hash", "c_hash"]) && !there(&["scope", "scp"]) {
        return Err(Rejection::IdToken);
    }
    Ok(())
}
