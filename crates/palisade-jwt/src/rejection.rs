//! Why a token does not hold.

use palisade_core::DenialKind;
use std::fmt;

macro_rules! rejections {
    ($($(#[$doc:meta])* $variant:ident = $word:literal, $advice:literal;)*) => {
        /// Why a token does not hold: for logs, audit and metrics. The caller is told no more than that it does not.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Rejection { $($(#[$doc])* $variant,)* }

        impl Rejection {
            /// Every reason, for tables and tests.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// In one word for machines.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }

            /// One sentence for operators.
            #[must_use]
            pub const fn advice(self) -> &'static str {
                match self { $(Self::$variant => $advice,)* }
            }
        }
    };
}

rejections! {
    /// Longer than 8 KiB.
    TooLong = "token_too_long", "the token is longer than 8192 bytes";
    /// Not three parts of base64url: JSON serialisation, detached payload, padding, slack bits, stray characters.
    NotCompact = "not_compact", "the token is not a compact JWS of three parts in base64url";
    /// Five parts: an encrypted token.
    Encrypted = "encrypted_token", "the token is encrypted (JWE), which is not supported; have the issuer sign it only";
    /// The header is no JSON object, or has a member of a wrong type.
    BadHeader = "bad_header", "the token's header is not a strict JSON object with `alg`, `kid` and `typ` as strings";
    /// The header asks for what is not done here: `crit`, `b64`, `zip`, a nested token.
    Extension = "unsupported_extension", "the token's header has `crit`, `b64`, `zip`, `enc` or a nested `cty`";
    /// `alg` is missing, `none`, or unknown.
    UnknownAlgorithm = "unknown_algorithm", "the token's `alg` is no algorithm that is supported";
    /// `alg` is not the key's algorithm.
    AlgorithmMismatch = "algorithm_mismatch", "the token's `alg` is not the algorithm of the key it names";
    /// `kid` is empty, too long, or holds control characters.
    BadKeyId = "bad_key_id", "the token's `kid` is empty, longer than 256 bytes or holds control characters";
    /// No key has this `kid`.
    UnknownKey = "unknown_key", "no key of the issuer has the token's `kid`";
    /// There is no `kid` and more than one key.
    NoKeyId = "no_key_id", "the token names no key and the issuer has several; `try_keys_without_kid` tries up to four";
    /// The payload is no strict JSON object.
    BadPayload = "bad_payload", "the token's payload is not a strict JSON object";
    /// A member stands twice in its object.
    DuplicateMember = "duplicate_member", "the token has a JSON member twice in one object";
    /// The signature does not hold.
    BadSignature = "bad_signature", "the signature does not hold";
    /// A claim is of a wrong type or length.
    BadClaim = "bad_claim", "a registered claim is missing or has a wrong type, length or range";
    /// `iss` is missing or somebody else.
    WrongIssuer = "wrong_issuer", "the token's `iss` is not the configured issuer, byte for byte";
    /// `aud` is missing or names others.
    WrongAudience = "wrong_audience", "the token's `aud` does not name this service; check what the client asked for";
    /// `exp` has passed.
    Expired = "expired_token", "the token has expired";
    /// `nbf` or `iat` lie ahead.
    NotYetValid = "not_yet_valid", "the token's `nbf` or `iat` lies ahead; compare the clocks";
    /// It holds longer than is allowed.
    TooLongLived = "too_long_lived", "the token lives longer than is allowed; `max_lifetime` raises it up to seven days";
    /// `typ` is not what is asked for.
    WrongType = "wrong_type", "the token's `typ` is not one that is taken here";
    /// An ID token was sent in place of an access token.
    IdToken = "id_token", "this is an ID token, which is for the client; the client must send its access token";
    /// A refresh token was sent in place of an access token.
    RefreshToken = "refresh_token", "this is a refresh token, which is for the issuer; the client must send its access token";
    /// A logout token or another security event was sent in place of an access token.
    EventToken = "event_token", "this is a logout token or security event, not an access token";
    /// Only whoever holds a key or certificate may use it (`cnf`), which is not looked at here.
    Bound = "bound_token", "the token is bound to a key or certificate (`cnf`), and nothing here can tell who holds it; have the issuer make bearer tokens, or say `dangerous_unbound` where something in front has checked it";
    /// There are no keys to decide by: 503, not 401.
    Unavailable = "keys_unavailable", "the issuer's keys are not there at the moment";
}

impl Rejection {
    /// 503 where nobody can decide now, else 401.
    #[must_use]
    pub const fn kind(self) -> DenialKind {
        match self {
            Self::Unavailable => DenialKind::Unavailable,
            _ => DenialKind::Unauthenticated,
        }
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.advice())
    }
}

impl std::error::Error for Rejection {}
