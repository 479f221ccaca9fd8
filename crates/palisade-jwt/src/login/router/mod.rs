//! Logins and the management of users, as routes.

mod answer;
mod body;
mod describe;
mod query;
mod users;

use super::{error::LoginError, id::UserId, trade::Login};
use crate::extract::JwtClaims;
use answer::{empty, tokens};
use axum::{
    extract::{Request, State},
    response::Response,
};
use body::{Fields, read};
use palisade_core::{Client, Denial, DenialKind, Principal};
use palisade_routes::{Policy, Routes, authenticated, post, public};

/// How many bytes of a body are read: a name and a password need few.
const BODY_LIMIT: usize = 4 * 1024;

impl Login {
    /// The routes of a login; put them below a prefix: `routes.nest("/api/v1/auth", login.routes())`.
    ///
    /// | method, path | needs | body, JSON or a form | answer |
    /// | --- | --- | --- | --- |
    /// | `POST /login` | – | `username`, `password` | `token`, `expires_at`, `token_type`, `expires_in`, and `refresh_token` where on |
    /// | `POST /refresh` | – | `refresh_token` | as above |
    /// | `POST /logout` | – | `refresh_token` | 204 |
    /// | `POST /logout/everywhere` | a token of this login | – | 204 |
    /// | `POST /password` | a token of this login | `old_password`, `new_password` | 204 |
    ///
    /// `/refresh` is there where refresh tokens are on. Where they are off and [`revocations`](Self::revocations) on, `/logout` takes no body
    /// and makes the token void with which it is called. Bodies have at most 4 KiB and ten seconds; unknown fields and fields
    /// that stand twice are 400 before anything is computed. Every answer is `Cache-Control: no-store`.
    ///
    /// Guesses are charged to the client's address, so a [`ClientIp`](palisade_core::ClientIp) must stand outside.
    pub fn routes(&self) -> Routes {
        let mut routes = Routes::new()
            .route("/login", post(login).policy(policy(public())).describe(describe::login()))
            .route(
                "/logout/everywhere",
                post(logout_everywhere)
                    .policy(policy(authenticated()))
                    .describe(describe::logout_everywhere()),
            )
            .route(
                "/password",
                post(change_password).policy(policy(authenticated())).describe(describe::change_password()),
            );
        if self.parts().refresh.is_some() {
            routes = routes
                .route("/refresh", post(refresh).policy(policy(public())).describe(describe::refresh()))
                .route("/logout", post(logout).policy(policy(public())).describe(describe::logout()));
        } else if self.parts().revocations.is_some() {
            routes = routes.route(
                "/logout",
                post(logout_token).policy(policy(authenticated())).describe(describe::logout_token()),
            );
        }
        let parts = self.parts();
        if parts.revocations.is_none() {
            tracing::warn!(
                target: "palisade::setup",
                "logins without `revocations`: after a logout, a new password or a reused refresh token, access tokens hold until they expire"
            );
        }
        routes.with_state(self.clone()).keeps_here(parts.kept_here())
    }
}

const fn policy(policy: Policy) -> Policy {
    policy.body_limit(BODY_LIMIT).never_open()
}

async fn login(State(login): State<Login>, client: Client, request: Request) -> Result<Response, Denial> {
    let mut fields = Fields::json_or_form(request).await?;
    let name = fields.required("username", |fields, value| match value {
        serde_json::Value::String(name) if (1..=1_024).contains(&name.len()) => Some(name),
        _ => fields.mistake("username", "a text of 1 to 1024 bytes"),
    });
    let password = fields.password("password");
    fields.finish()?;
    let (name, password) = (read(name)?, read(password)?);
    tokens(&login.login(client.ip, &name, &password).await?)
}

async fn refresh(State(login): State<Login>, request: Request) -> Result<Response, Denial> {
    let token = refresh_token(request).await?;
    tokens(&login.renew(&token).await?)
}

async fn logout(State(login): State<Login>, request: Request) -> Result<Response, Denial> {
    let token = refresh_token(request).await?;
    login.logout(&token).await?;
    Ok(empty())
}

async fn logout_token(State(login): State<Login>, claims: JwtClaims) -> Result<Response, Denial> {
    login.logout_access(&claims).await?;
    Ok(empty())
}

async fn refresh_token(request: Request) -> Result<String, Denial> {
    let mut fields = Fields::json_or_form(request).await?;
    let token = fields.required("refresh_token", |fields, value| match value {
        serde_json::Value::String(token) => Some(token),
        _ => fields.mistake("refresh_token", "a text"),
    });
    fields.finish()?;
    read(token)
}

async fn logout_everywhere(State(login): State<Login>, principal: Principal) -> Result<Response, Denial> {
    let user = own(&login, &principal)?;
    login.logout_everywhere(&user).await?;
    Ok(empty())
}

async fn change_password(
    State(login): State<Login>,
    principal: Principal,
    client: Client,
    request: Request,
) -> Result<Response, Denial> {
    let user = own(&login, &principal)?;
    let mut fields = Fields::json_or_form(request).await?;
    let (old, new) = (fields.password("old_password"), fields.password("new_password"));
    fields.finish()?;
    match login.change_password(client.ip, &user, &read(old)?, &read(new)?).await {
        Ok(()) => Ok(empty()),
        // The caller's token holds; it is the old password that does not.
        Err(LoginError::Refused) => Err(Denial::new(DenialKind::Forbidden)
            .because("wrong_password")
            .with_message("Invalid credentials")),
        Err(error) => Err(error.into()),
    }
}

/// The user whom the caller's token names; callers of other kinds have no password here.
fn own(login: &Login, principal: &Principal) -> Result<UserId, Denial> {
    let user = login.parts().user_of(principal);
    user.map(|(user, _)| user).ok_or_else(|| Denial::new(DenialKind::Forbidden).because("caller_is_no_user"))
}
