//! Permissions as an enum, so that one that does not exist does not compile.

use crate::{permissions::Permissions, scope::is_scope};

/// Makes an enum of permissions, and a type for each that [`Granted`](crate::Granted) takes.
///
/// ```
/// use palisade_core::{Granted, Require, Requirement, Scope, permissions};
///
/// permissions! {
///     /// What callers of this service may do.
///     pub enum Permission {
///         /// Look at models.
///         ReadModels = "read_models",
///         /// Use them.
///         RunInference = "run_inference",
///         /// Read results as they come.
///         UseStreaming = "use_streaming",
///     }
/// }
///
/// let require = Require::scopes(Permission::RunInference & Permission::UseStreaming);
/// assert_eq!(Permission::ALL.map(Permission::as_str), ["read_models", "run_inference", "use_streaming"]);
/// assert_eq!(Scope::from(Permission::ReadModels), Scope::from_static("read_models"));
/// assert_eq!("run_inference".parse(), Ok(Permission::RunInference));
/// let unknown = "run_inferense".parse::<Permission>().unwrap_err();
/// assert_eq!(
///     unknown.to_string(),
///     "unknown permission; there are: read_models, run_inference, use_streaming"
/// );
///
/// /// Whoever calls this has asked first.
/// fn infer(granted: &Granted<permission::RunInference>) -> String {
///     format!("done for {}", granted.principal().id())
/// }
/// # let _ = (require, infer);
/// ```
///
/// The words are the scopes that callers carry. A word that is no [`Scope`](crate::Scope), has a `*` in it or stands there twice
/// does not compile; at most 512 can be declared.
///
/// The types stand in a module `permission`; `pub enum Right in right { … }` calls it otherwise. The enum is `Copy` and ordered
/// as declared. Attributes are passed on. It is `TryFrom<String>` and `Into<&'static str>`, so that with serde
/// `#[derive(Deserialize, Serialize)] #[serde(try_from = "String", into = "&'static str")]` reads and writes the words.
#[macro_export]
macro_rules! permissions {
    ($(#[$meta:meta])* $vis:vis enum $name:ident { $($body:tt)* }) => {
        $crate::permissions! { $(#[$meta])* $vis enum $name in permission { $($body)* } }
    };
    ($(#[$meta:meta])* $vis:vis enum $name:ident in $module:ident {
        $($(#[$about:meta])* $variant:ident = $word:literal),+ $(,)?
    }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        $vis enum $name {
            $(
                $(#[$about])*
                #[doc = ""]
                #[doc = concat!("The word is `", $word, "`.")]
                $variant,
            )+
        }

        const _: () = $crate::assert_permissions(&[$($word),+]);

        #[allow(dead_code, reason = "not every service needs all of it")]
        impl $name {
            /// Every permission, in the order of declaration.
            $vis const ALL: [Self; [$($word),+].len()] = [$(Self::$variant),+];

            /// The word that callers carry.
            #[must_use]
            $vis const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }
        }

        #[doc = concat!("A type for each [`", stringify!($name), "`], for what asks for a proof.")]
        #[allow(dead_code, unreachable_pub, reason = "not every service needs all of it")]
        $vis mod $module {
            $(
                #[doc = concat!("The caller has `", $word, "`.")]
                #[derive(Clone, Copy, Debug)]
                pub enum $variant {}

                impl $crate::Demand for $variant {
                    fn requirement() -> $crate::Requirement {
                        const SCOPE: $crate::Scope = $crate::Scope::from_static($word);
                        $crate::Requirement::Scope(SCOPE)
                    }
                }
            )+
        }

        impl ::core::fmt::Display for $name {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl ::core::str::FromStr for $name {
            type Err = $crate::UnknownPermission;

            fn from_str(word: &str) -> ::core::result::Result<Self, $crate::UnknownPermission> {
                match word {
                    $($word => ::core::result::Result::Ok(Self::$variant),)+
                    _ => ::core::result::Result::Err($crate::UnknownPermission::new(&[$($word),+])),
                }
            }
        }

        impl ::core::convert::TryFrom<&str> for $name {
            type Error = $crate::UnknownPermission;

            fn try_from(word: &str) -> ::core::result::Result<Self, $crate::UnknownPermission> {
                word.parse()
            }
        }

        impl ::core::convert::TryFrom<::std::string::String> for $name {
            type Error = $crate::UnknownPermission;

            fn try_from(word: ::std::string::String) -> ::core::result::Result<Self, $crate::UnknownPermission> {
                word.parse()
            }
        }

        impl ::core::convert::From<$name> for &'static str {
            fn from(permission: $name) -> Self {
                permission.as_str()
            }
        }

        impl ::core::convert::From<$name> for $crate::Scope {
            fn from(permission: $name) -> Self {
                Self::from_static(permission.as_str())
            }
        }

        impl ::core::convert::From<$name> for $crate::Requirement {
            fn from(permission: $name) -> Self {
                Self::Scope(permission.into())
            }
        }

        impl<R: ::core::convert::Into<$crate::Requirement>> ::core::ops::BitAnd<R> for $name {
            type Output = $crate::Requirement;

            fn bitand(self, other: R) -> $crate::Requirement {
                $crate::Requirement::from(self) & other
            }
        }

        impl<R: ::core::convert::Into<$crate::Requirement>> ::core::ops::BitOr<R> for $name {
            type Output = $crate::Requirement;

            fn bitor(self, other: R) -> $crate::Requirement {
                $crate::Requirement::from(self) | other
            }
        }
    };
}

/// A word that is no permission of this service; says which there are, and not the word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown permission; there are: {}", .legal.join(", "))]
pub struct UnknownPermission {
    legal: &'static [&'static str],
}

impl UnknownPermission {
    #[doc(hidden)]
    #[must_use]
    pub const fn new(legal: &'static [&'static str]) -> Self {
        Self { legal }
    }

    /// The words that there are.
    #[must_use]
    pub const fn legal(&self) -> &'static [&'static str] {
        self.legal
    }
}

/// What the macro checks while it compiles.
#[doc(hidden)]
#[allow(clippy::missing_panics_doc, reason = "called while compiling")]
pub const fn assert_permissions(words: &[&str]) {
    assert!(words.len() <= Permissions::MAX_NAMES, "at most 512 permissions can be declared");
    let mut at = 0;
    while at < words.len() {
        let word = words[at].as_bytes();
        assert!(
            is_scope(word) && !has_star(word),
            "a permission is 1 to 128 bytes of %x21 / %x23-5B / %x5D-7E without `*`"
        );
        let mut before = 0;
        while before < at {
            assert!(!is_same(words[before].as_bytes(), word), "two permissions have the same word");
            before += 1;
        }
        at += 1;
    }
}

const fn has_star(word: &[u8]) -> bool {
    let mut at = 0;
    while at < word.len() {
        if word[at] == b'*' {
            return true;
        }
        at += 1;
    }
    false
}

const fn is_same(one: &[u8], other: &[u8]) -> bool {
    if one.len() != other.len() {
        return false;
    }
    // Names differ at their ends more often than at their beginnings.
    let mut at = one.len();
    while at > 0 {
        at -= 1;
        if one[at] != other[at] {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use crate::{Requirement, Scope};

    crate::permissions! {
        enum Right in right {
            Read = "models:read",
            Write = "models:write",
        }
    }

    #[test]
    fn words_and_variants_are_one() {
        for right in Right::ALL {
            assert_eq!(right.as_str().parse(), Ok(right));
            assert_eq!(Scope::from(right).as_str(), right.to_string());
            assert_eq!(Right::try_from(right.to_string()), Ok(right));
        }
        for word in ["", "models:reed", "Models:read", "models:read ", "models:*"] {
            assert_eq!(
                word.parse::<Right>().unwrap_err().legal(),
                ["models:read", "models:write"],
                "{word:?}"
            );
        }
    }

    #[test]
    fn they_join_with_each_other_and_with_free_scopes() {
        let free = Scope::from_static("free");
        let requirement = Right::Read & (Right::Write | free.clone()) & Right::Write;
        assert_eq!(requirement.to_string(), "models:read & (models:write | free) & models:write");
        assert_eq!((free | Right::Read).to_string(), "free | models:read");
        assert_eq!(Requirement::from(Right::Read), <right::Read as crate::Demand>::requirement());
    }

    #[test]
    fn five_hundred_and_twelve_are_too_few_for_the_next() {
        let words: Vec<String> = (0..513).map(|at| format!("p{at}")).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        super::assert_permissions(&words[..512]);
        assert!(std::panic::catch_unwind(|| super::assert_permissions(&words)).is_err());
    }
}
