//! The port to whatever keeps revocations.

use super::{marks::TokenMarks, void::Revocation};
use crate::store_error::StoreError;
use palisade_core::{Moment, Reply};
use std::{fmt, sync::Arc};

/// Keeps what makes tokens void.
///
/// Every implementation runs the law, `revocations_suite!`, which the feature `suite` brings. What it holds is bounded by the
/// tokens that were issued within their lifetime: an entry goes when its token has expired.
pub trait Revocations: fmt::Debug + Send + Sync + 'static {
    /// Keeps a revocation until its end. Once this has answered, every later question on this node hears of it, and on
    /// other nodes too where the store is shared.
    ///
    /// Under a key that is there already both moments only rise. What is over at `now` need not be kept.
    ///
    /// # Errors
    ///
    /// `Full` where there is no room, and nothing is forgotten instead; `Unavailable` where it may or may not have been
    /// kept. The caller answers 503, and says to nobody that a token is void.
    fn revoke(&self, revocation: &Revocation, now: Moment) -> Reply<Result<(), StoreError>>;

    /// Whether a token with these marks is void.
    ///
    /// # Errors
    ///
    /// A [`StoreError`] where it cannot be told; it never guesses. The caller answers 503.
    fn revoked(&self, token: &TokenMarks) -> Reply<Result<bool, StoreError>>;

    /// Whether other nodes hear of it and a restart keeps it.
    fn is_shared(&self) -> bool {
        false
    }
}

impl<S: Revocations + ?Sized> Revocations for Arc<S> {
    fn revoke(&self, revocation: &Revocation, now: Moment) -> Reply<Result<(), StoreError>> {
        (**self).revoke(revocation, now)
    }

    fn revoked(&self, token: &TokenMarks) -> Reply<Result<bool, StoreError>> {
        (**self).revoked(token)
    }

    fn is_shared(&self) -> bool {
        (**self).is_shared()
    }
}
