//! What happened to a user.

use crate::audit::{
    entry::{Entry, Outcome},
    shown::Shown,
};
use palisade_core::UserEvent;
use std::net::IpAddr;

pub(super) fn entry(event: &UserEvent) -> Entry {
    let of = |act, user: &str| Entry::new(act).on("user", user);
    match event {
        UserEvent::LoggedIn { user, client } => from(of("user.logged_in", user), *client),
        UserEvent::LoginRefused { user, client, reason } => {
            let entry = Entry::new("user.login_refused").outcome(Outcome::Refused).because(*reason);
            let entry = from(entry, *client);
            match user {
                Some(user) => entry.on("user", user),
                None => entry,
            }
        }
        UserEvent::HashUnusable { user, reason } => {
            of("user.hash_unusable", user).outcome(Outcome::Failed).because(*reason)
        }
        UserEvent::HashUpgraded { user } => of("user.hash_upgraded", user),
        UserEvent::Refreshed { user, family } => {
            of("user.refreshed", user).after("family", Shown::id(family))
        }
        UserEvent::TokenReused { user, family } => {
            of("token.reuse", user).outcome(Outcome::Refused).after("family", Shown::id(family))
        }
        UserEvent::LoggedOut { user, everywhere } => {
            of("user.logged_out", user).after("everywhere", *everywhere)
        }
        UserEvent::PasswordChanged { user, by } => of("user.password_changed", user).by(by.clone()),
        UserEvent::Created { user, by, permissions } => {
            of("user.created", user).by(by.clone()).after("permissions", permissions)
        }
        UserEvent::Changed { user, by, fields } => {
            of("user.changed", user).by(by.clone()).after("fields", Shown::words(fields))
        }
        UserEvent::Deleted { user, by } => of("user.deleted", user).by(by.clone()),
        UserEvent::Refused { act, by, reason } => Entry::new("user.refused")
            .outcome(Outcome::Refused)
            .by(by.clone())
            .because(*reason)
            .on("act", act),
        UserEvent::NotWritten { act, user, reason } => {
            of("user.not_written", user).outcome(Outcome::Failed).because(reason.as_str()).after("act", *act)
        }
        _ => Entry::new("user.unknown"),
    }
}

fn from(mut entry: Entry, client: Option<IpAddr>) -> Entry {
    entry.client = client;
    entry
}
