//! The end of a line of refresh tokens.

use super::{record::RefreshFamily, store::RefreshStore};
use crate::{
    login::id::FamilyId,
    store_error::{StoreError, StoreErrorKind},
};
use palisade_core::UnixTime;

/// How often it is begun anew because the token was used meanwhile.
const ATTEMPTS: usize = 8;

/// Ends a line, whatever it was changed to meanwhile, and says what it was; `None` for one that is gone.
pub(crate) async fn revoke(
    store: &dyn RefreshStore,
    id: &FamilyId,
    now: UnixTime,
) -> Result<Option<RefreshFamily>, StoreError> {
    for _ in 0..ATTEMPTS {
        let Some(mut family) = store.get(id).await? else { return Ok(None) };
        if family.revoked.is_some() {
            return Ok(Some(family));
        }
        family.revoked = Some(now);
        match store.update(family.clone()).await {
            Ok(()) => return Ok(Some(family)),
            Err(error) if error.kind() == StoreErrorKind::Conflict => {}
            Err(error) => return Err(error),
        }
    }
    Err(StoreErrorKind::Conflict.into())
}
