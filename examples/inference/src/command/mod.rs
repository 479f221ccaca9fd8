//! Acts from the command line, in the database that a server may be using.

mod key;
mod user;

use crate::{
    args::{Args, Command, KeyCommand},
    data_dir::DataDir,
    database::{self, Database},
    keys::Keys,
};
use palisade::Tracing;
use std::{error::Error, sync::Arc};

type Outcome = Result<String, Box<dyn Error>>;

/// Does what a command asks for; the text is for the standard output, and holds a key or a password if one was made.
///
/// # Errors
///
/// One line that names what to do instead.
pub async fn run(args: &Args, command: &Command, variable: &dyn Fn(&str) -> Option<String>) -> Outcome {
    let makes = matches!(command, Command::Key(KeyCommand::Create { .. }));
    let file = args.data_dir.join(database::FILE);
    // A misspelt directory would be made, and found to be empty.
    if !makes && args.database_url.is_none() && !file.exists() {
        return Err(format!(
            "there is no database {}: is --data-dir right? A server makes it, and so does `inference key create`",
            file.display()
        )
        .into());
    }
    let dir = DataDir::open(&args.data_dir)?;
    let database = Database::open(&dir, args.database_url.as_deref()).await?;
    match command {
        Command::Key(act) => {
            key::run(&Keys::open(&dir, &database, Arc::new(Tracing), variable).await?, act).await
        }
        Command::User(act) => user::run(&dir, &database, act, variable).await,
    }
}
