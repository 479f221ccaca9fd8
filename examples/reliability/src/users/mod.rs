//! Who may log in.
//!
//! A file has a line `name:hash` for each user, as `htpasswd -nBC 12 ada` prints it. Hashes of other systems are read and replaced by
//! Argon2id when their users log in; the file is rewritten then. Without a file there is one user, `demo`, whose password is drawn at
//! the start.

mod file;
mod lines;

pub use file::{UserFile, UserFileError};
pub use lines::{Line, lines};

use data_encoding::BASE32_NOPAD;
use palisade::{
    Secret,
    jwt::login::{Caller, FirstPassword, NewUser, Password, Users},
};
use std::error::Error;

/// The user that there is without a file.
pub const DEMO: &str = "demo";

/// Makes the user [`DEMO`], who lives as long as the process.
///
/// # Errors
///
/// Where the operating system gives no randomness.
pub async fn demo(users: &Users) -> Result<Secret, Box<dyn Error>> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)?;
    let text = BASE32_NOPAD.encode(&bytes).to_ascii_lowercase();
    let password = FirstPassword::Chosen(Password::new(text.clone())?);
    users.create(&Caller::operator("start"), NewUser::new(DEMO.parse()?, password)).await?;
    Ok(Secret::new(text))
}
