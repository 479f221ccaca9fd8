//! Why a key cannot be used.

use crate::algorithm::Algorithm;

/// Why a key cannot be used to verify tokens; never with a value of the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// RFC 7518 §3.2 asks for at least the length of the hash.
    #[error(
        "a secret for {algorithm} needs at least {needed} bytes and has {found}; make one with `openssl rand -base64 {needed}`"
    )]
    ShortSecret {
        /// For which algorithm.
        algorithm: Algorithm,
        /// Bytes needed.
        needed: usize,
        /// Bytes found.
        found: usize,
    },
    /// It stands in somebody's documents, or is one phrase over and over.
    #[error("the secret can be guessed: it is a known example or repeats itself; take random bytes")]
    GuessableSecret,
    /// RFC 7518 §3.3 asks for 2048 bits; above the bound, verifying costs an attacker little and us much.
    #[error("an RSA key of {bits} bits is outside of 2048 to {most}")]
    RsaSize {
        /// Bits of the modulus.
        bits: usize,
        /// The most that is allowed here: 4096, or 8192 where that was asked for.
        most: usize,
    },
    /// The modulus is even, or the public exponent is even, below 3 or above 33 bits.
    #[error(
        "the RSA key is not sound: modulus and exponent must be odd, the exponent 3 or more and at most 33 bits"
    )]
    UnsoundRsa,
    /// It does not parse as a key of its algorithm: another kind or curve, a point not on the curve, a wrong length.
    #[error("the key is not a valid public key for {0}")]
    Malformed(Algorithm),
    /// It is a PEM, and not one of a public key.
    #[error(
        "the PEM holds no `PUBLIC KEY`; extract it with `openssl pkey -pubout` or `openssl x509 -pubkey -noout`"
    )]
    NotPublicPem,
    /// The constructor is for another kind of key than the algorithm needs.
    #[error("{0} is no algorithm for this kind of key")]
    WrongFamily(Algorithm),
    /// The JWK is no JSON object, or a member is missing or of a wrong type or stands twice.
    #[error("the JWK is malformed: member {0:?}")]
    BadMember(&'static str),
    /// `kty` or `crv` name a kind that is not used for signatures here.
    #[error("the JWK is of a kind that is not supported")]
    UnsupportedKind,
    /// `use` or `key_ops` say that it is not for verifying.
    #[error("the JWK is not for verifying signatures")]
    NotForVerifying,
    /// It has members of a private key.
    #[error("the JWK holds a private key; whoever published it must replace it")]
    Private,
    /// A shared secret came from elsewhere.
    #[error("a shared secret does not belong into a published key set")]
    Symmetric,
    /// Its `alg` is unknown, or does not fit its kind.
    #[error("the JWK names an algorithm that does not fit it")]
    AlgorithmMismatch,
    /// The policy does not take its algorithm.
    #[error("{0} is not among the algorithms that are taken here; `JwksPolicy::allow` adds it")]
    NotAllowed(Algorithm),
    /// `kid` is empty, longer than 256 bytes, or holds control characters.
    #[error("the key id is empty, longer than 256 bytes, or holds control characters")]
    BadKeyId,
    /// Two keys have this key's id: neither can be told apart, so neither is used.
    #[error("another key of the set has the same id; neither is used")]
    DuplicateKeyId,
    /// The set has as many keys as it may have.
    #[error("the set has more keys than are used")]
    OverLimit,
}

impl KeyError {
    /// In one word for machines.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ShortSecret { .. } => "short_secret",
            Self::GuessableSecret => "guessable_secret",
            Self::RsaSize { .. } => "rsa_size",
            Self::UnsoundRsa => "unsound_rsa",
            Self::Malformed(_) => "malformed_key",
            Self::NotPublicPem => "not_public_pem",
            Self::WrongFamily(_) => "wrong_family",
            Self::BadMember(_) => "bad_member",
            Self::UnsupportedKind => "unsupported_kind",
            Self::NotForVerifying => "not_for_verifying",
            Self::Private => "private_key",
            Self::Symmetric => "symmetric_key",
            Self::AlgorithmMismatch => "algorithm_mismatch",
            Self::NotAllowed(_) => "algorithm_not_allowed",
            Self::BadKeyId => "bad_key_id",
            Self::DuplicateKeyId => "duplicate_key_id",
            Self::OverLimit => "over_limit",
        }
    }
}
