//! Revocations that all nodes share.

mod call;

pub(crate) use call::Voids;

use crate::{failure::Failure, kept::Kept, link::Link};
use call::{Call, Wants};
use palisade_core::{Moment, Reply, UnixTime};
use palisade_jwt::{Revocation, Revocations, StoreError, StoreErrorKind, TokenMarks};
use std::{fmt, sync::Arc};
use tokio::task::JoinHandle;

/// Revocations in Redis or Valkey, which all nodes share; clones share one connection.
///
/// Every question goes to the server, so that a token that was revoked on one node is void on the next request on any
/// other. A question has 50 milliseconds; no answer is an error, and the caller answers 503. All keys have an end, which is set in
/// the step that writes them. Claims are kept as digests.
///
/// What the server forgets is forgotten: let it persist (`appendonly yes`), and evict nothing (`maxmemory-policy
/// noeviction`). A primary that dies may take the last second of revocations with it where its replica has not heard of them.
///
/// ```
/// use palisade_redis::RedisStore;
///
/// # fn main() -> Result<(), palisade_redis::BuildError> {
/// let revocations = RedisStore::builder("redis://:secret@127.0.0.1:6379").build_revocations()?;
/// # let _ = revocations;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct RedisRevocations(Arc<Kept<Voids>>);

/// Clocks are adjusted; a key that is gone too early brings a token to life.
const MARGIN_MILLIS: u64 = 1_000;
/// A hundred years: a server counts no further than it can.
const LONGEST_MILLIS: u64 = 100 * 366 * 86_400 * 1_000;

impl RedisRevocations {
    pub(crate) fn over(link: Link<Voids>) -> Self {
        Self(Arc::new(Kept::new(link)))
    }

    /// Sends a call from a task of its own, which ends with its deadline: a client that goes away in the middle of an exchange
    /// must not cost all others their connection.
    fn send(&self, call: Call) -> JoinHandle<Result<Option<UnixTime>, Failure>> {
        let link = Arc::clone(&self.0.link);
        tokio::spawn(async move { link.exchange(&call).await })
    }
}

impl Revocations for RedisRevocations {
    /// # Cancel safety
    ///
    /// Dropping the reply does not stop the call.
    fn revoke(&self, revocation: &Revocation, now: Moment) -> Reply<Result<(), StoreError>> {
        let left = revocation.until().as_nanos().saturating_sub(now.wall.as_nanos());
        if left == 0 {
            return Reply::now(Ok(()));
        }
        if let Err(failure) = self.0.ready() {
            return Reply::now(Err(failure.into()));
        }
        let millis = left.div_ceil(1_000_000).saturating_add(MARGIN_MILLIS).min(LONGEST_MILLIS);
        let link = &self.0.link;
        let wants = Wants::Void(revocation.before(), millis);
        let sent = self.send(link.work.call(link.number(), revocation.key(), wants));
        Reply::later(async move { answer(sent).await.map(drop) })
    }

    fn revoked(&self, token: &TokenMarks) -> Reply<Result<bool, StoreError>> {
        let token = *token;
        if let Some(failure) = token.keys().next().and_then(|_| self.0.ready().err()) {
            return Reply::now(Err(failure.into()));
        }
        let link = &self.0.link;
        // Both go out at once; in a cluster they live on different nodes.
        let mut sent = token
            .keys()
            .map(|key| self.send(link.work.call(link.number(), key, Wants::Find)))
            .collect::<Vec<_>>()
            .into_iter();
        let (first, second) = (sent.next(), sent.next());
        Reply::later(async move {
            for sent in [first, second].into_iter().flatten() {
                if answer(sent).await?.is_some_and(|before| token.is_issued_before(before)) {
                    return Ok(true);
                }
            }
            Ok(false)
        })
    }

    fn is_shared(&self) -> bool {
        true
    }
}

async fn answer(sent: JoinHandle<Result<Option<UnixTime>, Failure>>) -> Result<Option<UnixTime>, StoreError> {
    let answer =
        sent.await.map_err(|error| StoreError::new(StoreErrorKind::Unavailable).with_source(error))?;
    answer.map_err(StoreError::from)
}

impl fmt::Debug for RedisRevocations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisRevocations").field("target", &self.0.link.target).finish_non_exhaustive()
    }
}
