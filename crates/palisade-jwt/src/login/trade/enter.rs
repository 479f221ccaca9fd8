//! A password for a token.

use crate::{
    issuer::Minted,
    login::{
        detach::in_time,
        error::LoginError,
        id::FamilyId,
        mint::{access, mint},
        name::{CanonicalName, UserName},
        parts::Parts,
        password::Password,
        proof::{Proven, prove},
        refresh::{RefreshFamily, RefreshStore, RefreshToken},
        tokens::Tokens,
        user::User,
    },
};
use palisade_core::{Guessed, Secret, UnixTime, UserEvent};
use std::{net::IpAddr, sync::Arc};

pub(super) async fn enter(
    parts: &Arc<Parts>,
    client: IpAddr,
    name: &str,
    password: &Password,
) -> Result<Tokens, LoginError> {
    let name = CanonicalName::of(name);
    let guess = match parts.guesses.begin(client, name.as_str()).await {
        Ok(guess) => guess,
        Err(denial) => {
            parts.tell(UserEvent::LoginRefused { user: None, client: Some(client), reason: denial.reason() });
            return Err(LoginError::Throttled(denial));
        }
    };
    let user = match in_time(find(parts, &name)).await {
        Ok(user) => user,
        Err(error) => {
            guess.settle(Guessed::Undecided).await;
            return Err(error);
        }
    };
    let proven = prove(parts, client, guess, user, password).await?;
    let (all, password) = (parts.clone(), password.clone());
    parts.acts.insist(async move { admit(&all, client, proven, &password).await }).await
}

/// No store is asked for a name that nobody can have.
async fn find(parts: &Parts, name: &CanonicalName) -> Result<Option<Arc<User>>, LoginError> {
    if name.as_str().len() > UserName::MAX_LEN {
        return Ok(None);
    }
    Ok(parts.users.find(name).await?)
}

async fn admit(
    parts: &Parts,
    client: IpAddr,
    proven: Proven,
    password: &Password,
) -> Result<Tokens, LoginError> {
    let Proven { user, guess, outdated } = proven;
    let now = parts.now();
    let tokens = match in_time(issue(parts, &user, now)).await {
        Ok(Some(tokens)) => tokens,
        Ok(None) => {
            guess.settle(Guessed::Wrong).await;
            let user = Some(user.id.to_string().into());
            parts.tell(UserEvent::LoginRefused { user, client: Some(client), reason: "changed_meanwhile" });
            return Err(LoginError::Refused);
        }
        Err(error) => {
            guess.settle(Guessed::Undecided).await;
            return Err(error);
        }
    };
    guess.settle(Guessed::Right).await;
    if outdated {
        upgrade(parts, &user, password).await;
    }
    parts.tell(UserEvent::LoggedIn { user: user.id.to_string().into(), client: Some(client) });
    Ok(tokens)
}

/// Tokens, unless the user was shut out while their password was compared.
async fn issue(parts: &Parts, user: &User, now: UnixTime) -> Result<Option<Tokens>, LoginError> {
    let Some(store) = &parts.refresh else {
        let minted = mint(parts, user, None, now)?;
        return Ok(still(parts, user).await?.then(|| Tokens::of(minted, None)));
    };
    let id = FamilyId::random().map_err(|_| LoginError::NoRandomness)?;
    let minted = mint(parts, user, Some(&id), now)?;
    let text = begin(parts, &**store, id, user, &minted, now).await?;
    // Asked after the family is there: whoever shuts the user out from now on finds it.
    if still(parts, user).await? {
        return Ok(Some(Tokens::of(minted, Some(text))));
    }
    parts.end(&**store, &id).await?;
    Ok(None)
}

/// Whether the password that was compared is still good.
async fn still(parts: &Parts, user: &User) -> Result<bool, LoginError> {
    let now = parts.users.get(&user.id).await?;
    Ok(now.is_some_and(|now| user.is_uncut(&now)))
}

/// Begins a line, and says its first refresh token.
async fn begin(
    parts: &Parts,
    store: &dyn RefreshStore,
    id: FamilyId,
    user: &User,
    minted: &Minted,
    now: UnixTime,
) -> Result<Secret, LoginError> {
    let (token, text) = RefreshToken::draw(id).map_err(|_| LoginError::NoRandomness)?;
    let life = u64::try_from(parts.refresh_life.as_nanos()).unwrap_or(u64::MAX);
    let mut family = RefreshFamily::new(token.family, user.id, token.digest, now, now.plus_nanos(life));
    family.access = access(minted);
    // Not before what was cut off, which may lie a moment ahead.
    family.created = now.max(user.not_before.unwrap_or(now));
    store.insert(family, now).await?;
    Ok(text)
}

/// Makes the stored hash as new ones are. The login does not depend on it: the next one tries again.
async fn upgrade(parts: &Parts, user: &User, password: &Password) {
    let id = user.id.to_string().into_boxed_str();
    let written = in_time(async {
        let hash = parts.hashing.hash(password).await?;
        // Unless the password was changed meanwhile.
        let written = parts.change(&user.id, |now| {
            let same = now.password == user.password;
            if same {
                now.password.clone_from(&hash);
            }
            same
        });
        Ok(written.await?)
    });
    parts.tell(match written.await {
        Ok(Some(_)) => UserEvent::HashUpgraded { user: id },
        Ok(None) => return,
        Err(error) => UserEvent::NotWritten { act: "upgrade_hash", user: id, reason: error.to_string() },
    });
}
