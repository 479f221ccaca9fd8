//! Secrets: from the environment, and from nowhere else.

use super::{mistake::Mistake, sources::Sources};
use crate::access::ADMIN;
use palisade::{
    Secret,
    jwt::{
        SigningKeys,
        login::{Password, PasswordPolicy},
    },
    observe::audit::Chain,
};
use std::fmt;

const ADMIN_PASSWORD: &str = "HEARTMAP_ADMIN_PASSWORD";
const SECRET_KEY: &str = "HEARTMAP_SECRET_KEY";
const AUDIT_KEY: &str = "HEARTMAP_AUDIT_KEY";

/// What is kept secret.
#[derive(Clone)]
pub struct Secrets {
    /// The administrator's password, and what signs tokens; there is no login without the password.
    pub administrator: Option<(Secret, SigningKeys)>,
    /// What binds the records of the audit log to each other.
    pub chain: Chain,
}

impl Secrets {
    pub(super) fn find(sources: &mut Sources<'_>) -> Option<Self> {
        let chain = match (sources.env)(AUDIT_KEY) {
            Some(key) => Chain::keyed(&Secret::new(key)).map_err(|fault| (AUDIT_KEY, fault.to_string())),
            None => Ok(Chain::plain()),
        };
        let keys = match (sources.env)(SECRET_KEY) {
            Some(_) => SigningKeys::from_env(SECRET_KEY),
            None => SigningKeys::in_memory().open(),
        };
        let keys = keys.map_err(|fault| {
            let fault = fault.to_string();
            let what = fault.strip_prefix(SECRET_KEY).and_then(|it| it.strip_prefix(": ")).unwrap_or(&fault);
            (SECRET_KEY, what.to_owned())
        });
        let password =
            (sources.env)(ADMIN_PASSWORD).map(|text| chosen(text).map_err(|what| (ADMIN_PASSWORD, what)));
        let mut note = |(place, what): (&str, String)| sources.mistakes.push(Mistake::new(place, what));
        let chain = chain.map_err(&mut note).ok();
        let keys = keys.map_err(&mut note).ok();
        let password = password.transpose().map_err(&mut note).ok();
        let administrator = password?.zip(keys);
        Some(Self { administrator, chain: chain? })
    }
}

/// A password that the login will take.
fn chosen(text: String) -> Result<Secret, String> {
    if text.trim().is_empty() {
        return Err("it is blank".to_owned());
    }
    let password = Password::new(text.clone()).map_err(|fault| fault.to_string())?;
    let strong = PasswordPolicy::new().check(&password, &ADMIN.into());
    strong.map(|()| Secret::new(text)).map_err(|fault| fault.to_string())
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secrets").field("has_login", &self.administrator.is_some()).finish_non_exhaustive()
    }
}
