//! Whether somebody knows a password.

use super::{
    error::LoginError,
    parts::Parts,
    password::{Comparison, Password},
    user::User,
};
use palisade_core::{Guess, Guessed, UserEvent};
use std::{net::IpAddr, sync::Arc};

/// Who proved that they know their password.
pub(super) struct Proven {
    pub(super) user: Arc<User>,
    /// Not settled yet: what follows may still go wrong, and is then nobody's failed attempt.
    pub(super) guess: Guess,
    /// The stored hash is of another cost or kind than new ones.
    pub(super) outdated: bool,
}

/// Compares a password with what is stored for this user, or for nobody, with the same work for both; settles the guess unless it
/// was right.
pub(super) async fn prove(
    parts: &Parts,
    client: IpAddr,
    guess: Guess,
    user: Option<Arc<User>>,
    password: &Password,
) -> Result<Proven, LoginError> {
    let stored = user.as_ref().map(|user| &user.password);
    let compared = match parts.hashing.compare(password, stored).await {
        Ok(compared) => compared,
        Err(error) => {
            guess.settle(Guessed::Undecided).await;
            return Err(error.into());
        }
    };
    let reason = match (&user, compared) {
        (None, _) => "unknown_user",
        (Some(user), Comparison::Unusable(unusable)) => {
            let id = user.id.to_string().into();
            parts.tell(UserEvent::HashUnusable { user: id, reason: unusable.reason() });
            unusable.reason()
        }
        (Some(_), Comparison::Wrong) => "wrong_password",
        // Only who knows the password learns from the log that they are kept out; the answer is the same.
        (Some(user), _) if user.disabled => "user_disabled",
        (Some(user), compared) => {
            let outdated = compared == Comparison::Outdated;
            return Ok(Proven { user: user.clone(), guess, outdated });
        }
    };
    guess.settle(Guessed::Wrong).await;
    let user = user.map(|user| user.id.to_string().into());
    parts.tell(UserEvent::LoginRefused { user, client: Some(client), reason });
    Err(LoginError::Refused)
}
