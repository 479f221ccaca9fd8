//! Passwords and refresh tokens are traded for access tokens.

mod change;
mod enter;
mod leave;
mod renew;

use super::{
    detach::Acts,
    error::LoginError,
    id::UserId,
    parts::Parts,
    password::{Hashing, HashingStatus, Password, PasswordPolicy},
    refresh::RefreshStore,
    tokens::Tokens,
    user::UserStore,
};
use crate::{claims::Claims, issuer::Issuer, revocation::Revocations};
use palisade_core::{Clock, EventSink, Guesses, Roles, Tracing};
use std::{fmt, net::IpAddr, sync::Arc, time::Duration};

/// Trades passwords and refresh tokens for access tokens; knows no HTTP. Cheap to clone.
///
/// | rule | |
/// | --- | --- |
/// | one refusal | unknown user, wrong password, disabled user, broken hash: the same words after the same work; the event tells which |
/// | guesses | charged before the password is looked at; what an outage cuts short is no failed attempt |
/// | work | so many hashes at once and no more ([`Hashing`]) |
/// | refresh tokens | off until [`refresh`](Self::refresh); each is good once, and who brings one twice ends its whole line |
/// | at once | what changes something is ended although its caller left |
#[derive(Clone)]
pub struct Login {
    parts: Arc<Parts>,
}

/// Refresh tokens hold so long at most, however often they are renewed.
const LONGEST: Duration = Duration::from_secs(30 * 86_400);

impl Login {
    /// Logins of these users, whose tokens this issuer makes. `guesses` slows down whoever tries passwords; in the `palisade` crate
    /// that is a `GrowingBlock`.
    #[must_use]
    pub fn new(users: impl UserStore, hashing: Hashing, issuer: Issuer, guesses: impl Guesses) -> Self {
        let parts = Parts {
            users: Arc::new(users),
            hashing,
            policy: PasswordPolicy::new(),
            issuer,
            guesses: Arc::new(guesses),
            refresh: None,
            refresh_life: LONGEST,
            revocations: None,
            roles: Roles::default(),
            events: Arc::new(Tracing),
            clock: Clock::system(),
            acts: Acts::new(),
        };
        Self { parts: Arc::new(parts) }
    }

    /// Issues refresh tokens, which are kept here.
    #[must_use]
    pub fn refresh(mut self, store: impl RefreshStore) -> Self {
        self.edit().refresh = Some(Arc::new(store));
        self
    }

    /// How long somebody stays logged in by refresh tokens alone: 30 days, and not more.
    #[must_use]
    pub fn refresh_life(mut self, life: Duration) -> Self {
        self.edit().refresh_life = life.min(LONGEST);
        self
    }

    /// Says here which access tokens are void after a logout or a change of password. Without it they hold until they expire.
    #[must_use]
    pub fn revocations(mut self, store: impl Revocations) -> Self {
        self.edit().revocations = Some(Arc::new(store));
        self
    }

    /// What roles of users mean.
    #[must_use]
    pub fn roles(mut self, roles: Roles) -> Self {
        self.edit().roles = roles;
        self
    }

    /// Which passwords may be chosen.
    #[must_use]
    pub fn policy(mut self, policy: PasswordPolicy) -> Self {
        self.edit().policy = policy;
        self
    }

    /// Tells events there.
    #[must_use]
    pub fn events(mut self, sink: impl EventSink) -> Self {
        self.edit().events = Arc::new(sink);
        self
    }

    /// Reads time from this clock.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.edit().clock = clock;
        self
    }

    /// How busy the hashing of passwords is.
    #[must_use]
    pub fn hashing(&self) -> HashingStatus {
        self.parts.hashing.status()
    }

    /// Trades a name and a password for tokens.
    ///
    /// # Errors
    ///
    /// `Refused` for every reason that lies in what was presented; `Throttled` after too many of those; the others where it could not be
    /// told, and then it was no failed attempt.
    ///
    /// # Cancel safety
    ///
    /// Dropped before the password was compared, it was a failed attempt; afterwards it is ended.
    pub async fn login(&self, client: IpAddr, name: &str, password: &Password) -> Result<Tokens, LoginError> {
        enter::enter(&self.parts, client, name, password).await
    }

    /// Trades a refresh token for tokens, the next refresh token among them.
    ///
    /// # Errors
    ///
    /// `Refused` where it does not hold, also because the user is disabled or logged out everywhere; the others where it cannot be
    /// told.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future drops only the answer: the token was used.
    pub async fn renew(&self, refresh_token: &str) -> Result<Tokens, LoginError> {
        let (parts, text) = (self.parts.clone(), refresh_token.to_owned());
        self.parts.acts.insist(async move { renew::renew(&parts, &text).await }).await
    }

    /// Ends the line of a refresh token. One that does not hold is no error.
    ///
    /// # Errors
    ///
    /// Trouble with the store.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future drops only the answer.
    pub async fn logout(&self, refresh_token: &str) -> Result<(), LoginError> {
        let (parts, text) = (self.parts.clone(), refresh_token.to_owned());
        self.parts.acts.insist(async move { leave::leave(&parts, &text).await }).await
    }

    /// Makes one access token of this login void, where there is a place to say so ([`revocations`](Self::revocations)).
    ///
    /// # Errors
    ///
    /// `Refused` for a token of another issuer, or without an id; trouble with the store.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future drops only the answer.
    pub async fn logout_access(&self, claims: &Claims) -> Result<(), LoginError> {
        let (parts, claims) = (self.parts.clone(), claims.clone());
        self.parts.acts.insist(async move { leave::access(&parts, &claims).await }).await
    }

    /// Ends all refresh tokens of a user, and makes void what access tokens were issued until now.
    ///
    /// # Errors
    ///
    /// `Refused` where there is no such user; trouble with a store, and then a part may be done: asking again goes on.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future drops only the answer.
    pub async fn logout_everywhere(&self, user: &UserId) -> Result<(), LoginError> {
        let (parts, user) = (self.parts.clone(), *user);
        self.parts.acts.insist(async move { leave::everywhere(&parts, &user).await }).await
    }

    /// Replaces a user's own password, and logs them out everywhere. The old one is a guess like at a login.
    ///
    /// # Errors
    ///
    /// `Weak` where the new one may not be chosen; otherwise as [`login`](Self::login).
    ///
    /// # Cancel safety
    ///
    /// As [`login`](Self::login).
    pub async fn change_password(
        &self,
        client: IpAddr,
        user: &UserId,
        old: &Password,
        new: &Password,
    ) -> Result<(), LoginError> {
        change::change(&self.parts, client, user, old, new).await
    }

    pub(super) fn parts(&self) -> Arc<Parts> {
        self.parts.clone()
    }

    fn edit(&mut self) -> &mut Parts {
        Arc::make_mut(&mut self.parts)
    }
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login")
            .field("users", &self.parts.users)
            .field("hashing", &self.parts.hashing)
            .field("refresh", &self.parts.refresh)
            .finish_non_exhaustive()
    }
}
