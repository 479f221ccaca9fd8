//! Keys that are taken back.

use super::{
    administrators,
    caller::Caller,
    error::{KeyringError, Mistake},
    list,
    rule::Rule,
    shared::{ATTEMPTS, Shared},
};
use crate::{
    id::KeyId,
    record::{KeyRecord, Revocation},
    store::{Change, KeyQuery, MAX_PAGE},
    text::Reason,
};
use palisade_core::KeyEvent;

/// What became of many keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Revoked {
    /// How many were taken back.
    pub revoked: usize,
    /// How many were kept, because their loss would lock everybody out.
    pub kept: usize,
    /// Whether there are more than were looked at.
    pub more: bool,
}

const PAGES: usize = 100;

pub(super) async fn revoke(
    shared: &Shared,
    caller: &Caller,
    id: &KeyId,
    reason: Option<&Reason>,
) -> Result<(), KeyringError> {
    shared.permit(caller, "revoke")?;
    for _ in 0..ATTEMPTS {
        let now = shared.clock.now().wall;
        let before = shared.read(caller, id).await?;
        let mut changes = administrators::keep(shared, caller, &before, None, now)
            .await
            .map_err(|error| shared.refuse(caller, "revoke", error))?;
        let mut after = KeyRecord::clone(&before);
        after.revoked = Some(Revocation { at: now, by: caller.name.clone(), reason: reason.cloned() });
        changes.push(Change::Update(after));
        let event = KeyEvent::Revoked {
            id: id.as_str().into(),
            by: caller.name.as_str().into(),
            reason: reason.map(|reason| reason.as_str().into()),
        };
        if shared.write(changes, event).await? {
            return Ok(());
        }
    }
    Err(KeyringError::Refused(Rule::ChangedMeanwhile))
}

pub(super) async fn revoke_all(
    shared: &Shared,
    caller: &Caller,
    mut query: KeyQuery,
    reason: Option<&Reason>,
) -> Result<Revoked, KeyringError> {
    shared.permit(caller, "revoke")?;
    let narrow = query.owner.is_some()
        || query.lineage.is_some()
        || query.created_before.is_some()
        || query.ends_before.is_some()
        || query.unused_since.is_some();
    if !narrow {
        let detail = "say which keys: `owner`, `lineage`, `created_before` or `unused_since`";
        return Err(KeyringError::Invalid(vec![Mistake::new("#", detail)]));
    }
    query.revoked = Some(false);
    query.limit = MAX_PAGE;
    query.after = None;
    let mut outcome = Revoked::default();
    for _ in 0..PAGES {
        let page = list::list(shared, caller, query.clone()).await?;
        for record in &page.records {
            match revoke(shared, caller, &record.id, reason).await {
                Ok(()) => outcome.revoked += 1,
                Err(KeyringError::Refused(Rule::LastAdministrator)) => outcome.kept += 1,
                // Somebody else was faster.
                Err(KeyringError::NotFound) => {}
                Err(error) => return Err(error),
            }
        }
        query.after = page.next;
        if query.after.is_none() {
            return Ok(outcome);
        }
    }
    outcome.more = true;
    Ok(outcome)
}
