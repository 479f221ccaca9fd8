//! That nobody locks everybody out.

use super::{caller::Caller, error::KeyringError, rule::Rule, shared::Shared};
use crate::{
    record::KeyRecord,
    store::{Change, KeyQuery, MAX_PAGE},
};
use palisade_core::UnixTime;
use std::sync::Arc;

/// How many pages of keys are searched for another administrator.
const PAGES: usize = 100;

/// Whether a change leaves a key that may administer, and the condition under which it does: that the other key stays as it is
/// until the change is made. Two administrators who revoke each other at once cannot both succeed.
///
/// It binds every caller: a token may be gone from the configuration tomorrow, and a session is over in an hour. Not an
/// operator, who holds the store, and where it was said that there are administrators without keys, not those.
pub(super) async fn keep(
    shared: &Shared,
    caller: &Caller,
    before: &KeyRecord,
    after: Option<&KeyRecord>,
    now: UnixTime,
) -> Result<Vec<Change>, KeyringError> {
    let lost =
        administers(shared, before, now) && !after.is_some_and(|after| administers(shared, after, now));
    let stays = caller.is_operator() || (shared.others_administer && caller.key.is_none());
    if !lost || stays {
        return Ok(Vec::new());
    }
    match witness(shared, caller, before, now).await? {
        Some(witness) => Ok(vec![Change::Unchanged { id: witness.id, version: witness.version }]),
        None => Err(KeyringError::Refused(Rule::LastAdministrator)),
    }
}

/// A key on its way out is no administrator to rely on.
fn administers(shared: &Shared, record: &KeyRecord, now: UnixTime) -> bool {
    record.grace_ends.is_none()
        && record.holds(now).is_ok()
        && shared.administers.is_met_by(&shared.rules.effective.of(record))
}

async fn witness(
    shared: &Shared,
    caller: &Caller,
    target: &KeyRecord,
    now: UnixTime,
) -> Result<Option<Arc<KeyRecord>>, KeyringError> {
    // Whoever acts for all tenants may lose that right tomorrow.
    let serves = |record: &Arc<KeyRecord>| {
        record.id != target.id && record.tenant == target.tenant && administers(shared, record, now)
    };
    // Most often the caller's own key will do.
    if let Some(id) = caller.key.filter(|id| *id != target.id)
        && let Some(own) = shared.parts.store.get(&id).await?.filter(serves)
    {
        return Ok(Some(own));
    }
    let tenant = Some(target.tenant.clone());
    let mut query = KeyQuery { tenant, revoked: Some(false), limit: MAX_PAGE, ..KeyQuery::default() };
    for _ in 0..PAGES {
        let page = shared.parts.store.list(&query).await?;
        if let Some(found) = page.records.into_iter().find(serves) {
            return Ok(Some(found));
        }
        query.after = page.next;
        if query.after.is_none() {
            break;
        }
    }
    Ok(None)
}
