//! A connection out of a pool.

use crate::failure::Failure;
use sqlx::{Database, Pool, pool::PoolConnection};
use std::time::Duration;

/// A connection that goes back only when it is given back; dropped, it is closed at once.
///
/// An exchange that broke off leaves an answer on its way, and a server that is gone would keep the place in the pool for minutes.
pub(crate) struct Lent<DB: Database>(Option<PoolConnection<DB>>);

/// On its way back a connection is asked for a sign of life.
const SIGN_OF_LIFE: Duration = Duration::from_secs(1);

impl<DB: Database> Lent<DB> {
    pub(crate) async fn from(pool: &Pool<DB>) -> Result<Self, Failure> {
        Ok(Self(Some(pool.acquire().await?)))
    }

    /// The connection; there is one until it is given back.
    pub(crate) fn get(&mut self) -> Result<&mut DB::Connection, Failure> {
        self.0.as_deref_mut().ok_or(Failure::NoConnection)
    }

    /// Goes back where all that was asked was answered, in whichever way, and no transaction is open.
    pub(crate) fn settle<T>(mut self, outcome: Result<T, Failure>) -> Result<T, Failure> {
        if matches!(outcome, Ok(_) | Err(Failure::Conflict))
            && let Some(mut connection) = self.0.take()
        {
            // Without an end to its waiting, a dead server would keep the place.
            tokio::spawn(tokio::time::timeout(SIGN_OF_LIFE, connection.return_to_pool()));
        }
        outcome
    }
}

impl<DB: Database> Drop for Lent<DB> {
    fn drop(&mut self) {
        if let Some(connection) = self.0.take() {
            drop(connection.detach());
        }
    }
}
