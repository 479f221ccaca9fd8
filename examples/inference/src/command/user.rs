//! Acts on users.

use super::Outcome;
use crate::{
    accounts::{Accounts, drawn},
    args::UserCommand,
    data_dir::DataDir,
    database::Database,
};
use palisade::{
    Tracing,
    jwt::login::{Caller, CanonicalName, UserPatch, UserStore as _},
};
use std::{sync::Arc, time::Duration};

/// Nothing is issued here.
const ANY_LIFETIME: Duration = Duration::from_secs(60);

pub(super) async fn run(
    dir: &DataDir,
    database: &Database,
    command: &UserCommand,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Outcome {
    let UserCommand::Password { name } = command;
    let found = database.store().find(&CanonicalName::of(name)).await?;
    let user = found.ok_or_else(|| format!("there is no user {name:?}: `POST /api/v1/users` makes one"))?;
    let accounts = Accounts::open(dir, database, ANY_LIFETIME, Arc::new(Tracing), variable)?;
    let (password, text) = drawn()?;
    let mut patch = UserPatch::default();
    patch.password = Some(password);
    patch.disabled = Some(false);
    accounts.users().update(&Caller::operator("command-line"), user.id, patch, None).await?;
    Ok(format!(
        "Password of the user `{}`, shown this once; all their tokens have ended:\n  {}\n",
        user.name,
        String::from_utf8_lossy(text.expose())
    ))
}
