//! A new key.

use super::{
    caller::Caller,
    created::Created,
    draft::NewKey,
    error::KeyringError,
    rule::Rule,
    rules::{Rules, flawless},
    shared::Shared,
};
use crate::{record::KeyRecord, store::Change};
use palisade_core::{KeyEvent, UnixTime};
use std::sync::Arc;

/// How often an id is drawn anew because it is taken.
const DRAWS: usize = 4;

pub(super) async fn create(shared: &Shared, caller: &Caller, new: &NewKey) -> Result<Created, KeyringError> {
    shared.permit(caller, "create")?;
    let now = shared.clock.now().wall;
    let expires = check(shared, caller, new, now)?;
    shared
        .rules
        .grant(caller, &new.permissions, &new.roles)
        .and_then(|()| shared.rules.decide_plan(caller, None, new.plan.as_ref()))
        .and_then(|()| tenant(shared, caller, new))
        .map_err(|error| shared.refuse(caller, "create", error))?;
    for _ in 0..DRAWS {
        let key = shared.parts.format.mint_from(&*shared.random)?;
        let mut record = KeyRecord::new(
            key.id(),
            shared.parts.peppers.digest(key.expose().as_bytes()).into(),
            key.hint().clone(),
            new.owner.clone().unwrap_or_else(|| caller.owner.clone()),
            new.name.clone(),
            now,
            caller.name.clone(),
        );
        record.tenant = new.tenant.clone().or_else(|| caller.tenant.clone());
        record.permissions = new.permissions.clone();
        record.roles.clone_from(&new.roles);
        record.plan.clone_from(&new.plan);
        record.networks.clone_from(&new.networks);
        record.not_before = new.not_before;
        record.expires = expires;
        record.metadata = new.metadata.clone();
        let event = KeyEvent::Created {
            id: record.id.as_str().into(),
            by: caller.name.as_str().into(),
            permissions: record.permissions.clone(),
        };
        if shared.write(vec![Change::Insert(record.clone())], event).await? {
            return Ok(Created { key, record: Arc::new(record), replayed: false });
        }
    }
    Err(KeyringError::NoRandomness(crate::random::RandomError::stuck()))
}

fn check(
    shared: &Shared,
    caller: &Caller,
    new: &NewKey,
    now: UnixTime,
) -> Result<Option<UnixTime>, KeyringError> {
    let mut mistakes = Vec::new();
    shared.rules.words(&new.permissions, &new.roles, &mut mistakes);
    Rules::networks(new.networks.len(), &mut mistakes);
    let expires = shared.rules.ends(new.life, now, &mut mistakes);
    shared.rules.plan(caller, new.plan.as_ref(), &mut mistakes);
    Rules::window(new.not_before, expires, &mut mistakes);
    flawless(mistakes).map(|()| expires)
}

/// A key is made for the maker's tenant, or by somebody who acts for all.
fn tenant(shared: &Shared, caller: &Caller, new: &NewKey) -> Result<(), KeyringError> {
    if new.tenant.is_none() || new.tenant == caller.tenant || shared.sees_all(caller) {
        Ok(())
    } else {
        Err(KeyringError::Refused(Rule::OtherTenant))
    }
}
