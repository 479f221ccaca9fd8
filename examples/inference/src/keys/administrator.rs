//! The first key.

use super::{
    error::KeysError,
    kept::{Kept, is_used},
};
use crate::permissions;
use palisade::{
    Event, EventSink, KeyEvent, Moment, UnixTime,
    keys::{Actor, KeyName, KeyRecord, MintedKey, Owner},
};

/// How long it holds, in days: as long as a key may.
const DAYS: u64 = 365;
const NAME: &str = "administrator";

/// What a start did about the administrator's key.
#[derive(Debug)]
pub enum Administrator {
    /// There was never any key; this is the first one, with all permissions.
    Made {
        /// The key; nobody can be told it again.
        key: MintedKey,
        /// When it ends.
        expires: UnixTime,
    },
    /// Keys were made before.
    Before,
}

/// Makes the first key with all permissions, if there was never any key. Of many who do so at once, one does.
pub(super) async fn ensure(
    kept: &Kept,
    events: &dyn EventSink,
    now: Moment,
) -> Result<Administrator, KeysError> {
    if is_used(&*kept.store).await? {
        return Ok(Administrator::Before);
    }
    let key = kept.format.mint()?;
    let expires = now.wall.plus_nanos(DAYS * 86_400 * 1_000_000_000);
    let by = Actor::lossy("operator:inference");
    let mut record = KeyRecord::new(
        key.id(),
        kept.peppers.digest(key.expose().as_bytes()).into(),
        key.hint().clone(),
        Owner::lossy("operator:inference"),
        KeyName::lossy(NAME),
        now.wall,
        by.clone(),
    );
    record.permissions = permissions::ALL.into_iter().collect();
    record.expires = Some(expires);
    let created = KeyEvent::Created {
        id: key.id().as_str().into(),
        by: by.as_str().into(),
        permissions: record.permissions.clone(),
    };
    if !kept.begin(now, Some(record)).await? {
        return Ok(Administrator::Before);
    }
    events.emit(&Event::Key(created));
    Ok(Administrator::Made { key, expires })
}
