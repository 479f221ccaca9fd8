//! A limit for guesses at secrets, without knowing how it counts.

use crate::{denial::Denial, reply::Reply};
use std::{fmt, net::IpAddr};

/// Slows down guesses at the secrets of accounts, for logins that are no limiter themselves.
pub trait Guesses: fmt::Debug + Send + Sync + 'static {
    /// Charges an attempt, before the secret is looked at and before it is known whether there is such an account.
    ///
    /// `account` is the one spelling of a name that counts.
    ///
    /// # Errors
    ///
    /// 429 where there were too many, in the same words whether or not the account exists; 503 where it cannot be told: this
    /// never fails open.
    fn begin(&self, client: IpAddr, account: &str) -> Reply<Result<Guess, Denial>>;

    /// Whether other nodes see what is kept here, and a restart keeps it. A stack that runs on several nodes refuses one that does not
    /// say so.
    fn is_shared(&self) -> bool {
        false
    }
}

/// What came of a guess.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guessed {
    /// The secret was right: the charge is taken back, and earlier failures of this client at this account are forgotten.
    Right,
    /// It was wrong: the charge stands.
    Wrong,
    /// It was never compared, because something was out of order: the charge is taken back, and nothing else happens.
    Undecided,
}

/// A guess under way. Dropping it lets the charge stand, as if it were wrong.
#[must_use = "a guess that is dropped was wrong"]
pub struct Guess(Box<dyn FnOnce(Guessed) -> Reply<()> + Send>);

impl Guess {
    /// A guess with what settles it; what is dropped without being called must let the charge stand.
    pub fn new(settle: impl FnOnce(Guessed) -> Reply<()> + Send + 'static) -> Self {
        Self(Box::new(settle))
    }

    /// Says what came of it; done when the reply is there.
    pub fn settle(self, guessed: Guessed) -> Reply<()> {
        (self.0)(guessed)
    }
}

impl fmt::Debug for Guess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Guess")
    }
}
