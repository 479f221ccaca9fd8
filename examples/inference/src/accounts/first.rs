//! The first user.

use super::{error::AccountsError, password::drawn};
use palisade::{
    Secret,
    jwt::login::{Caller, FirstPassword, NewUser, UserQuery, UserRule, Users, UsersError},
};

/// The name of the first user.
const NAME: &str = "admin";

/// What a start did about the first user.
#[derive(Debug)]
pub enum FirstUser {
    /// There was none; this is `admin`, who may do everything.
    Made {
        /// The password; nobody can be told it again.
        password: Secret,
    },
    /// There were users before.
    Before,
}

pub(super) async fn ensure(users: &Users) -> Result<FirstUser, AccountsError> {
    let operator = Caller::operator("inference");
    if !users.list(&operator, &UserQuery::first(1)).await?.users.is_empty() {
        return Ok(FirstUser::Before);
    }
    let (chosen, password) = drawn()?;
    let mut admin = NewUser::new(NAME.parse()?, FirstPassword::Chosen(chosen));
    admin.roles = vec![NAME.parse()?];
    match users.create(&operator, admin).await {
        Ok(_) => Ok(FirstUser::Made { password }),
        // Another program was faster.
        Err(UsersError::Refused(UserRule::NameTaken)) => Ok(FirstUser::Before),
        Err(error) => Err(error.into()),
    }
}
