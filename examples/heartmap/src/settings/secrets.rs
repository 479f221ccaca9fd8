//! Secrets: from the environment, or from files of their own.

use super::{resolve::Judge, written::Written};
use crate::access::ADMIN;
use palisade::{
    Secret,
    config::Confidential,
    jwt::{
        SigningKeys,
        login::{Password, PasswordPolicy},
    },
};
use std::fmt;

/// What is kept secret.
#[derive(Clone)]
pub struct Secrets {
    /// The administrator's password, and what signs tokens; there is no login without the password.
    pub administrator: Option<(Secret, SigningKeys)>,
}

impl Secrets {
    pub(super) fn find(written: &Written, judge: &mut Judge<'_>) -> Self {
        let keys = match &written.secret_key {
            Some(key) => SigningKeys::from_secret("", key.secret()),
            None => SigningKeys::in_memory().open(),
        };
        // The mistake names the place by itself.
        let keys = keys.map_err(|fault| fault.to_string().trim_start_matches(": ").to_owned());
        let keys = judge.good("secret_key", keys);
        let password = written.admin_password.as_ref();
        let password = password.and_then(|password| judge.good("admin_password", chosen(password)));
        Self { administrator: password.zip(keys) }
    }
}

/// A password that the login will take.
fn chosen(text: &Confidential) -> Result<Secret, String> {
    let password = Password::new(text.expose().to_owned()).map_err(|fault| fault.to_string())?;
    let strong = PasswordPolicy::new().check(&password, &ADMIN.into());
    strong.map(|()| text.secret().clone()).map_err(|fault| fault.to_string())
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secrets").field("has_login", &self.administrator.is_some()).finish_non_exhaustive()
    }
}
