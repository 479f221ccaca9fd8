//! Why claims that hold cannot be turned into permissions.

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident = $word:literal, $text:literal;)*) => {
        /// Why a token that holds is refused all the same: what it says of its caller's rights cannot be read, or it is not for an API.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
        #[non_exhaustive]
        pub enum Unmapped { $($(#[$doc])* #[error($text)] $name,)* }

        impl Unmapped {
            /// Every reason, for tables and tests.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The reason in one word, for logs.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }
        }
    };
}

reasons! {
    /// `scope` is no string, or another claim of permissions is neither a string nor a list of strings.
    ScopeType = "scope_wrong_type", "the claim of scopes has another type than its name promises";
    /// A word is no scope (RFC 6749 §3.3), or longer than 128 bytes.
    ScopeMalformed = "scope_malformed", "a word among the scopes is no scope of RFC 6749 §3.3 of at most 128 bytes";
    /// `scope` and `scp` say different things.
    ScopeConflict = "scope_and_scp_differ", "the token has both `scope` and `scp`, and they differ";
    /// More than [`MAX_SCOPES`](crate::MAX_SCOPES).
    TooManyScopes = "too_many_scopes", "the token has more than 512 scopes";
    /// A claim of roles is neither a string nor a list of strings.
    RoleType = "role_wrong_type", "a claim of roles is neither a string nor a list of strings";
    /// More than [`MAX_ROLES`](crate::MAX_ROLES).
    TooManyRoles = "too_many_roles", "the token has more than 512 roles";
    /// The tenant is no text of 1 to 128 bytes without control characters.
    TenantMalformed = "tenant_malformed", "the claim of the tenant is no text of 1 to 128 bytes";
    /// The plan is no text of 1 to 128 bytes without control characters.
    PlanMalformed = "plan_malformed", "the claim of the plan is no text of 1 to 128 bytes";
    /// Keycloak made the token for its own account console: every client of the realm gets such tokens.
    KeycloakAccount = "keycloak_audience_account",
        "the token is for Keycloak's own `account` client, as all are until a client has an audience mapper: \
         add one that puts this API's name into `aud`, and verify that name";
    /// `token_use` is not `access`, or claims are missing that this provider puts into access tokens and not into ID tokens.
    NotAccessToken = "not_an_access_token", "the token is no access token; ID tokens are for clients and not for APIs";
    /// `client_id` is none of those that are let in.
    WrongClient = "wrong_client", "the token was made for a client that is not let in";
}
