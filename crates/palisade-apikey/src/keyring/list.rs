//! Keys, page by page.

use super::{caller::Caller, error::KeyringError, shared::Shared};
use crate::store::{KeyPage, KeyQuery};

pub(super) async fn list(
    shared: &Shared,
    caller: &Caller,
    mut query: KeyQuery,
) -> Result<KeyPage, KeyringError> {
    if !shared.sees_all(caller) {
        // Whatever was asked for: other tenants' keys are not there.
        query.tenant = Some(caller.tenant.clone());
    }
    Ok(shared.parts.store.list(&query).await?)
}
