//! The administrator's login.

use super::permission::Permission;
use palisade::{
    Clock, Permissions, Secret,
    jwt::{
        Issuer, Jwt, MemoryRevocations, SigningKeys,
        login::{Caller, FirstPassword, HashCost, Hashing, Login, MemoryUsers, NewUser, Password, Users},
    },
    limit::GrowingBlock,
    observe::audit::Recorder,
};
use std::{error::Error, sync::Arc, time::Duration};

/// The one who can log in.
pub const ADMIN: &str = "admin";
/// Who issues tokens, and for whom.
const ISSUER: &str = "heartmap";
/// How long a token holds.
const LIFETIME: Duration = Duration::from_secs(15 * 60);

/// A login whose one user is [`ADMIN`], with this password, and what recognises its tokens.
pub(super) async fn administrator(
    password: &Secret,
    keys: &SigningKeys,
    permissions: &Permissions,
    recorder: &Recorder,
    clock: &Clock,
) -> Result<(Login, Jwt), Box<dyn Error>> {
    let issuer = Issuer::builder(ISSUER).audience(ISSUER).lifetime(LIFETIME).keys(keys)?;
    let revocations = Arc::new(MemoryRevocations::new());
    let jwt = Jwt::new(issuer.verifier()?).revocations(revocations.clone());
    let guesses = GrowingBlock::new("login")?.clock(clock.clone());
    let login = Login::new(MemoryUsers::new(), Hashing::new(HashCost::default())?, issuer, guesses)
        .revocations(revocations)
        .roles(permissions.roles().clone())
        .events(recorder.clone())
        .clock(clock.clone());
    let users = Users::new(&login, permissions.words().iter().cloned(), Permission::ManageKeys);
    let text =
        String::from_utf8(password.expose().to_vec()).map_err(|_| "HEARTMAP_ADMIN_PASSWORD is not UTF-8")?;
    let text =
        Password::new(text).map_err(|fault| format!("HEARTMAP_ADMIN_PASSWORD cannot be used: {fault}"))?;
    let mut admin = NewUser::new(ADMIN.parse()?, FirstPassword::Chosen(text));
    admin.roles = vec!["admin".parse()?];
    let made = users.create(&Caller::operator("start"), admin).await;
    made.map_err(|fault| format!("HEARTMAP_ADMIN_PASSWORD cannot be used: {fault}"))?;
    Ok((login, jwt))
}
