//! Where identity providers put things.

use super::{Demand, Mapping, Pointer, Unmapped};

impl Mapping {
    /// Keycloak: `scope`; roles of the realm (`realm_access.roles`) and of this client (`resource_access.<client>.roles`),
    /// which become one set of names.
    ///
    /// A token whose only audience is `account` is refused with the reason `keycloak_audience_account`, even where a verifier lets it pass:
    /// Keycloak gives such tokens to every client of a realm. Give the client an audience mapper that puts the name of
    /// your API into `aud`.
    ///
    /// ```
    /// let mapping = palisade_jwt::Mapping::keycloak("orders");
    /// # let _ = mapping;
    /// ```
    #[must_use]
    pub fn keycloak(client: &str) -> Self {
        Self::new()
            .roles_at(Pointer::path(["realm_access", "roles"]))
            .roles_at(Pointer::path(["resource_access", client, "roles"]))
            .demanding(Demand::NotKeycloakAccount)
    }

    /// Auth0: `scope`, and `permissions`, which role-based access control adds to access tokens; the organization (`org_id`) is the tenant.
    ///
    /// A token without `scope`, `permissions`, `azp` and `client_id`, of which an access token has at least one, is refused as an ID
    /// token.
    #[must_use]
    pub fn auth0() -> Self {
        Self::new()
            .scopes_at(Pointer::path(["permissions"]))
            .tenant_at(Pointer::path(["org_id"]))
            .demanding(Demand::Access(&[&["scope"], &["permissions"], &["azp"], &["client_id"]]))
    }

    /// Microsoft Entra ID: `scp` for what a user delegated, `roles` for application roles, `tid` for the tenant.
    ///
    /// Where application roles are themselves your permissions, add `.scopes_at("/roles".parse()?)`.
    ///
    /// An ID token whose audience is the API is refused: an access token has `scp`, or `roles` together with the client it was made for
    /// (`azp`, in tokens of version 1.0 `appid`). `roles` alone stand in ID tokens too.
    #[must_use]
    pub fn entra() -> Self {
        Self::new()
            .roles_at(Pointer::path(["roles"]))
            .tenant_at(Pointer::path(["tid"]))
            .demanding(Demand::Access(&[&["scp"], &["roles", "azp"], &["roles", "appid"]]))
    }

    /// Okta: `scp`, and `groups` for roles, where the authorization server has a claim of that name.
    ///
    /// A token without `scp` is refused: ID tokens have none, and no access token lacks it.
    #[must_use]
    pub fn okta() -> Self {
        Self::new().roles_at(Pointer::path(["groups"])).demanding(Demand::Access(&[&["scp"]]))
    }

    /// Amazon Cognito user pools: `scope`, and `cognito:groups` for roles.
    ///
    /// Cognito's access tokens have no `aud`; what they are for stands in `client_id`, which must be one of these. So the
    /// verifier beside it accepts any audience. ID tokens, which do have an `aud`, are refused by `token_use`.
    #[must_use]
    pub fn cognito<S: Into<Box<str>>>(clients: impl IntoIterator<Item = S>) -> Self {
        let clients = clients.into_iter().map(Into::into).collect();
        let access = vec!["access".into()];
        Self::new()
            .roles_at(Pointer::path(["cognito:groups"]))
            .demanding(Demand::OneOf(Pointer::path(["token_use"]), access, Unmapped::NotAccessToken))
            .demanding(Demand::OneOf(Pointer::path(["client_id"]), clients, Unmapped::WrongClient))
    }
}
