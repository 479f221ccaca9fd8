//! Who has a password, and who has a key.

use crate::{permission::Permission, settings::Settings};
use palisade::config::Assembly;
use palisade::jwt::login::{
    Caller, FirstPassword, HashCost, Hashing, Login, NewUser, Password, UserRule, Users, UsersError,
};
use palisade::jwt::{Issuer, Jwt, Mapping, Pointer, SigningKeys, TrustedIssuer};
use palisade::keys::Keyring;
use palisade::limit::GrowingBlock;
use palisade::routes::Routes;
use std::error::Error;

/// Logins, users and API keys, all in one database.
#[derive(Clone, Debug)]
pub struct Accounts {
    login: Login,
    users: Users,
    keyring: Keyring,
    signing: SigningKeys,
    jwt: Jwt,
}

impl Accounts {
    /// The accounts of this service.
    ///
    /// # Errors
    ///
    /// What cannot be opened, or is not as it must be.
    pub fn open(settings: &Settings, assembly: &Assembly) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let (Some(keys), Some(database)) = (&assembly.keys, &assembly.database) else {
            return Err("auth.keys.store: name a database, such as `sqlite:./data/palisade.db`".into());
        };
        let signing = SigningKeys::in_directory(&settings.signing_keys).open()?;
        let issuer = Issuer::builder(&settings.issuer).audience(&settings.issuer).keys(&signing)?;
        let ours =
            TrustedIssuer::new(issuer.verifier()?).mapping(Mapping::new().plan_at(Pointer::to(["plan"])?));
        let jwt = Jwt::new(ours).revocations(database.clone()).events(assembly.events.clone());
        let hashing = Hashing::new(HashCost::default())?;
        let login = Login::new(database.clone(), hashing, issuer, GrowingBlock::new("login")?)
            .refresh(database.clone())
            .revocations(database.clone())
            .roles(assembly.roles.clone())
            .events(assembly.events.clone());
        let users = Users::new(&login, Permission::ALL, Permission::ManageAccess);
        let plans = settings.plan_names().map(str::parse).collect::<Result<Vec<_>, _>>()?;
        let keyring = Keyring::new(keys, Permission::ALL, Permission::ManageAccess)
            .plans(plans, Permission::ManageAccess)
            .others_administer();
        Ok(Self { login, users, keyring, signing, jwt })
    }

    /// What knows callers by tokens of these logins.
    #[must_use]
    pub const fn jwt(&self) -> &Jwt {
        &self.jwt
    }

    /// The routes of logins, users, keys, and of what verifies tokens.
    #[must_use]
    pub fn routes(&self) -> Routes {
        Routes::new()
            .nest("/auth", self.login.routes())
            .nest("/users", self.users.routes())
            .nest("/api-keys", self.keyring.routes())
            .merge(self.signing.routes())
    }

    /// Makes the first user, unless there is one of this name.
    ///
    /// # Errors
    ///
    /// A password that may not be chosen, or trouble with the database.
    pub async fn first_user(&self, password: &str) -> Result<(), Box<dyn Error + Send + Sync>> {
        let chosen = FirstPassword::Chosen(Password::new(password)?);
        let mut admin = NewUser::new("admin".parse()?, chosen);
        admin.roles = vec!["admin".parse()?];
        match self.users.create(&Caller::operator("setup"), admin).await {
            Ok(_) | Err(UsersError::Refused(UserRule::NameTaken)) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}
