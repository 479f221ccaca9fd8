//! Signature algorithms.

use std::fmt;

macro_rules! algorithms {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $family:ident;)*) => {
        /// A signature algorithm of JSON Web Signature (RFC 7518 §3, RFC 8037, RFC 9864). There is no `none`.
        ///
        /// It belongs to a key, never to a token: what a token's header says is only compared with it (RFC 8725 §3.1).
        ///
        /// ```
        /// use palisade_jwt::Algorithm;
        ///
        /// assert_eq!(Algorithm::from_name("EdDSA"), Some(Algorithm::EdDsa));
        /// assert_eq!(Algorithm::from_name("Ed25519"), Some(Algorithm::EdDsa));
        /// assert_eq!(Algorithm::from_name("none"), None);
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Algorithm { $($(#[$doc])* $variant,)* }

        impl Algorithm {
            /// Every algorithm, for tables and tests.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The name in a header's `alg`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// What kind of key it needs.
            #[must_use]
            pub const fn family(self) -> Family {
                match self { $(Self::$variant => Family::$family,)* }
            }

            /// Reads a header's `alg`; case counts, and `Ed25519` (RFC 9864) is another name of `EdDSA`.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                match name {
                    $($name => Some(Self::$variant),)*
                    "Ed25519" => Some(Self::EdDsa),
                    _ => None,
                }
            }
        }
    };
}

algorithms! {
    /// Ed25519.
    EdDsa = "EdDSA", Edwards;
    /// ECDSA on P-256 with SHA-256.
    Es256 = "ES256", Elliptic;
    /// ECDSA on P-384 with SHA-384.
    Es384 = "ES384", Elliptic;
    /// ECDSA on P-521 with SHA-512.
    Es512 = "ES512", Elliptic;
    /// RSASSA-PSS with SHA-256.
    Ps256 = "PS256", Rsa;
    /// RSASSA-PSS with SHA-384.
    Ps384 = "PS384", Rsa;
    /// RSASSA-PSS with SHA-512.
    Ps512 = "PS512", Rsa;
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256 = "RS256", Rsa;
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    Rs384 = "RS384", Rsa;
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    Rs512 = "RS512", Rsa;
    /// HMAC with SHA-256.
    Hs256 = "HS256", Hmac;
    /// HMAC with SHA-384.
    Hs384 = "HS384", Hmac;
    /// HMAC with SHA-512.
    Hs512 = "HS512", Hmac;
}

impl Algorithm {
    /// Whether whoever can verify can also sign.
    #[must_use]
    pub const fn is_symmetric(self) -> bool {
        matches!(self.family(), Family::Hmac)
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The kind of key that an [`Algorithm`] needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Family {
    /// A shared secret.
    Hmac,
    /// An RSA key.
    Rsa,
    /// A key on a NIST curve.
    Elliptic,
    /// A key on Curve25519.
    Edwards,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip_and_case_counts() {
        for algorithm in Algorithm::ALL.iter().copied() {
            assert_eq!(Algorithm::from_name(algorithm.name()), Some(algorithm));
            assert_eq!(Algorithm::from_name(&algorithm.name().to_ascii_lowercase()), None);
        }
        for name in ["", "none", "None", "nOnE", "HS1", "ES256K", "Ed448", "RS256 ", "PBES2-HS256+A128KW"] {
            assert_eq!(Algorithm::from_name(name), None, "{name}");
        }
    }
}
