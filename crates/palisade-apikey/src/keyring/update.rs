//! Changes to a key.

use super::{
    administrators,
    caller::Caller,
    draft::KeyPatch,
    error::KeyringError,
    rule::Rule,
    rules::{Rules, flawless},
    shared::{ATTEMPTS, Shared},
};
use crate::{id::KeyId, record::KeyRecord, store::Change};
use ipnet::IpNet;
use palisade_core::{KeyEvent, Scope, ScopeSet, UnixTime};
use std::sync::Arc;

pub(super) async fn update(
    shared: &Shared,
    caller: &Caller,
    which: &KeyId,
    patch: &KeyPatch,
    version: Option<u64>,
) -> Result<Arc<KeyRecord>, KeyringError> {
    shared.permit(caller, "update")?;
    for _ in 0..ATTEMPTS {
        let now = shared.clock.now().wall;
        let before = shared.read(caller, which).await?;
        if version.is_some_and(|version| version != before.version) {
            return Err(KeyringError::Stale);
        }
        let mut after = KeyRecord::clone(&before);
        let fields = apply(shared, caller, patch, &mut after, now)?;
        widening(shared, caller, &before, &after, now)
            .map_err(|error| shared.refuse(caller, "update", error))?;
        if fields.is_empty() {
            return Ok(before);
        }
        let mut changes = administrators::keep(shared, caller, &before, Some(&after), now)
            .await
            .map_err(|error| shared.refuse(caller, "update", error))?;
        changes.push(Change::Update(after.clone()));
        let (id, by) = (after.id.as_str().into(), caller.name.as_str().into());
        if shared.write(changes, KeyEvent::Changed { id, by, fields }).await? {
            after.version = after.version.saturating_add(1);
            return Ok(Arc::new(after));
        }
    }
    Err(KeyringError::Refused(Rule::ChangedMeanwhile))
}

/// Applies a patch, and tells which fields became others.
fn apply(
    shared: &Shared,
    caller: &Caller,
    patch: &KeyPatch,
    record: &mut KeyRecord,
    now: UnixTime,
) -> Result<Vec<&'static str>, KeyringError> {
    let (mut mistakes, mut fields) = (Vec::new(), Vec::new());
    let permissions = patch.permissions.clone().unwrap_or_default();
    shared.rules.words(&permissions, patch.roles.as_deref().unwrap_or_default(), &mut mistakes);
    Rules::networks(patch.networks.as_ref().map_or(0, Vec::len), &mut mistakes);
    shared.rules.plan(caller, patch.plan.as_ref().and_then(Option::as_ref), &mut mistakes);
    let expires = patch.life.map(|life| shared.rules.ends(life, now, &mut mistakes));
    if patch.not_before.is_some() || expires.is_some() {
        let (from, until) =
            (patch.not_before.unwrap_or(record.not_before), expires.unwrap_or(record.expires));
        Rules::window(from, until, &mut mistakes);
    }
    flawless(mistakes)?;
    set("name", &patch.name, &mut record.name, &mut fields);
    set("permissions", &patch.permissions, &mut record.permissions, &mut fields);
    set("roles", &patch.roles, &mut record.roles, &mut fields);
    set("plan", &patch.plan, &mut record.plan, &mut fields);
    set("networks", &patch.networks, &mut record.networks, &mut fields);
    set("not_before", &patch.not_before, &mut record.not_before, &mut fields);
    set("disabled", &patch.disabled, &mut record.disabled, &mut fields);
    set("expires", &expires, &mut record.expires, &mut fields);
    set("metadata", &patch.metadata, &mut record.metadata, &mut fields);
    Ok(fields)
}

fn set<T: Clone + PartialEq>(
    name: &'static str,
    wanted: &Option<T>,
    there: &mut T,
    fields: &mut Vec<&'static str>,
) {
    if let Some(wanted) = wanted
        && wanted != there
    {
        there.clone_from(wanted);
        fields.push(name);
    }
}

/// What the key gains, the caller must have, and its plan is for those who decide on plans.
fn widening(
    shared: &Shared,
    caller: &Caller,
    before: &KeyRecord,
    after: &KeyRecord,
    now: UnixTime,
) -> Result<(), KeyringError> {
    if opens(before, after, now) {
        shared.rules.grant(caller, &after.permissions, &after.roles)?;
    }
    let had = shared.rules.effective.of(before);
    let has = shared.rules.effective.of(after);
    let gained: Vec<Scope> = has.iter().filter(|scope| !had.contains(scope)).cloned().collect();
    shared.rules.grant(caller, &gained.into_iter().collect::<ScopeSet>(), &[])?;
    shared.rules.decide_plan(caller, before.plan.as_ref(), after.plan.as_ref())
}

/// Whether the key can be used when or where it could not be used before: all that it may do is gained then.
fn opens(before: &KeyRecord, after: &KeyRecord, now: UnixTime) -> bool {
    let starts = |record: &KeyRecord| record.not_before.filter(|at| *at > now);
    let is_admitted = |network: &IpNet| before.networks.iter().any(|there| there.contains(network));
    (before.disabled && !after.disabled)
        || starts(after) < starts(before)
        || before.expires.is_some_and(|end| after.expires.is_none_or(|at| at > end))
        || (!before.networks.is_empty()
            && (after.networks.is_empty() || !after.networks.iter().all(is_admitted)))
}
