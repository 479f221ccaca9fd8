//! Who logs in with a name and a password, and the tokens that come of it.

mod error;
mod first;
mod password;

use crate::{data_dir::DataDir, database::Database, permissions};
use palisade::{
    EventSink,
    jwt::{
        Issuer, Jwt, Mapping, SigningKeys, TrustedIssuer,
        login::{HashCost, Hashing, Login, Users},
    },
    limit::GrowingBlock,
};
use std::{sync::Arc, time::Duration};

pub use error::AccountsError;
pub use first::FirstUser;
pub use password::drawn;

/// What signs tokens, in the data directory.
pub const SIGNING_KEYS: &str = "signing-keys";
/// One secret for servers on several machines, instead of keys in the data directory.
pub const JWT_SECRET: &str = "INFERENCE_JWT_SECRET";
/// Who issues tokens, and for whom.
pub const ISSUER: &str = "inference";

/// The users of the service, their logins, and what recognises their tokens.
#[derive(Clone, Debug)]
pub struct Accounts {
    signing: SigningKeys,
    login: Login,
    users: Users,
    jwt: Jwt,
}

impl Accounts {
    /// Users, refresh tokens and revocations in this database; access tokens hold for so long.
    ///
    /// They are signed with the secret of the environment (`INFERENCE_JWT_SECRET`, or a file that `INFERENCE_JWT_SECRET_FILE` names),
    /// or with keys in the data directory, which are made there and rotate. What happens is told to `events`.
    ///
    /// # Errors
    ///
    /// Where the keys cannot be used, the secret is weak, or there is no randomness.
    pub fn open(
        dir: &DataDir,
        database: &Database,
        lifetime: Duration,
        events: Arc<dyn EventSink>,
        variable: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, AccountsError> {
        let file = format!("{JWT_SECRET}_FILE");
        let signing = if variable(JWT_SECRET).is_some() || variable(&file).is_some() {
            SigningKeys::from_env(JWT_SECRET)?
        } else {
            SigningKeys::in_directory(dir.file(SIGNING_KEYS)).events(events.clone()).open()?
        };
        let issuer = Issuer::builder(ISSUER).audience(ISSUER).lifetime(lifetime).keys(&signing)?;
        let ours = TrustedIssuer::new(issuer.verifier()?).mapping(Mapping::new().plan_at("/plan".parse()?));
        let store = database.store();
        let jwt = Jwt::new(ours).revocations(store.clone()).events(events.clone());
        let hashing = Hashing::new(HashCost::default())?;
        let login = Login::new(store.clone(), hashing, issuer, GrowingBlock::new("login")?)
            .refresh(store.clone())
            .revocations(store.clone())
            .roles(permissions::roles())
            .events(events);
        let users = Users::new(&login, permissions::ALL, permissions::MANAGE_USERS);
        Ok(Self { signing, login, users, jwt })
    }

    /// The keys that sign.
    #[must_use]
    pub const fn signing(&self) -> &SigningKeys {
        &self.signing
    }

    /// Trades passwords for tokens.
    #[must_use]
    pub const fn login(&self) -> &Login {
        &self.login
    }

    /// Acts on users.
    #[must_use]
    pub const fn users(&self) -> &Users {
        &self.users
    }

    /// Who presents a token.
    #[must_use]
    pub fn jwt(&self) -> Jwt {
        self.jwt.clone()
    }

    /// Makes the user `admin` if there is no user. Of many programs that do so at once, one does.
    ///
    /// # Errors
    ///
    /// Where the database does not answer, or there is no randomness.
    pub async fn first_user(&self) -> Result<FirstUser, AccountsError> {
        first::ensure(&self.users).await
    }
}
