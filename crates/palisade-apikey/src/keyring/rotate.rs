//! A successor, and time to move over to it.

use super::{
    caller::Caller,
    created::Created,
    error::{KeyringError, Mistake},
    rule::Rule,
    rules::DAY,
    shared::{ATTEMPTS, Shared},
};
use crate::{format::MintedKey, id::KeyId, record::KeyRecord, store::Change};
use palisade_core::{KeyEvent, UnixTime};
use std::{sync::Arc, time::Duration};

/// How long a key holds beside its successor where nobody says: a day.
pub const DEFAULT_GRACE: Duration = Duration::from_secs(86_400);
const MAX_GRACE: Duration = Duration::from_secs(30 * 86_400);

pub(super) async fn rotate(
    shared: &Shared,
    caller: &Caller,
    id: &KeyId,
    grace: Duration,
) -> Result<Created, KeyringError> {
    shared.permit(caller, "rotate")?;
    if grace > MAX_GRACE {
        let detail = format!("at most {} seconds", MAX_GRACE.as_secs());
        return Err(KeyringError::Invalid(vec![Mistake::new("#/grace_seconds", detail)]));
    }
    for _ in 0..ATTEMPTS {
        let now = shared.clock.now().wall;
        let old = shared.read(caller, id).await?;
        rules(shared, caller, &old, now).map_err(|error| shared.refuse(caller, "rotate", error))?;
        let key = shared.parts.format.mint_from(&*shared.random)?;
        let mut before = KeyRecord::clone(&old);
        before.successor = Some(key.id());
        before.rotated = Some(now);
        let grace = u64::try_from(grace.as_nanos()).unwrap_or(u64::MAX);
        before.grace_ends = Some(now.plus_nanos(grace));
        let after = successor(shared, caller, &old, &key, now);
        let event = KeyEvent::Rotated {
            id: old.id.as_str().into(),
            successor: after.id.as_str().into(),
            by: caller.name.as_str().into(),
        };
        if shared.write(vec![Change::Update(before), Change::Insert(after.clone())], event).await? {
            return Ok(Created { key, record: Arc::new(after), replayed: false });
        }
    }
    Err(KeyringError::Refused(Rule::ChangedMeanwhile))
}

fn rules(shared: &Shared, caller: &Caller, old: &KeyRecord, now: UnixTime) -> Result<(), KeyringError> {
    if old.successor.is_some() {
        return Err(KeyringError::Refused(Rule::AlreadyRotated));
    }
    if old.holds(now).is_err() {
        return Err(KeyringError::Refused(Rule::NotInForce));
    }
    // Whoever rotates a key holds it then.
    shared.rules.grant(caller, &old.permissions, &old.roles)
}

/// The same but for the key: its life is as long as the old one's was, and at most the longest.
fn successor(shared: &Shared, caller: &Caller, old: &KeyRecord, key: &MintedKey, now: UnixTime) -> KeyRecord {
    let mut new = KeyRecord::clone(old);
    new.id = key.id();
    new.proof = shared.parts.peppers.digest(key.expose().as_bytes()).into();
    new.hint = key.hint().clone();
    new.predecessor = Some(old.id);
    new.successor = None;
    new.rotated = None;
    new.grace_ends = None;
    new.not_before = None;
    new.created = now;
    new.created_by = caller.name.clone();
    new.last_used = None;
    new.version = 1;
    new.expires = old.expires.map(|at| {
        let life = at.as_nanos().saturating_sub(old.created.as_nanos());
        now.plus_nanos(life.clamp(DAY, 365 * DAY))
    });
    new
}
