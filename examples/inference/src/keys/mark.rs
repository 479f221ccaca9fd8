//! A record that is no key: it says with which secrets the keys beside it are made.
//!
//! Its id is always the same and a database admits it once, so of several programs that start at once on an empty database, on
//! whichever machines, one makes the first key.

use super::{Keys, KeysError};
use crate::secrets::Secrets;
use palisade::{
    Moment, Secret,
    keys::{
        Actor, Change, Comparison, Hint, KeyId, KeyName, KeyRecord, KeyStore as _, Owner, Peppers, Proof,
        Reason, Revocation, StoreErrorKind,
    },
};

/// What the mark of a database should be.
#[derive(Clone, Debug)]
pub(super) struct Mark {
    /// Goes through the pepper's digest, so that the record tells of neither secret.
    text: Secret,
}

impl Mark {
    pub(super) fn new(secrets: &Secrets) -> Self {
        Self { text: Secret::new([b"inference mark\0", secrets.check_key.expose()].concat()) }
    }

    pub(super) fn id(&self) -> KeyId {
        KeyId::of_foreign(b"inference mark")
    }

    /// Whether the record was made with these secrets.
    pub(super) fn fits(&self, kept: &KeyRecord, peppers: &Peppers) -> bool {
        match &kept.proof {
            Proof::Digest(digest) => peppers.compare(self.text.expose(), digest) == Comparison::Same,
            Proof::Foreign(_) => false,
        }
    }

    /// Revoked from the beginning: no list of keys shows it, and nobody can use it.
    fn record(&self, peppers: &Peppers, hint: Hint, now: Moment) -> KeyRecord {
        let actor = Actor::lossy("operator:inference");
        let mut record = KeyRecord::new(
            self.id(),
            peppers.digest(self.text.expose()).into(),
            hint,
            Owner::lossy("operator:inference"),
            KeyName::lossy("no key: which secrets are in use"),
            now.wall,
            actor.clone(),
        );
        let reason = Some(Reason::lossy("says with which secrets the keys are made"));
        record.revoked = Some(Revocation { at: now.wall, by: actor, reason });
        record
    }
}

/// Writes the mark, and with it the first key; `false` where somebody else was faster.
pub(super) async fn write(keys: &Keys, now: Moment, first: Option<KeyRecord>) -> Result<bool, KeysError> {
    // Like every key it shows where it belongs.
    let hint = keys.format.mint()?.hint().clone();
    let mark = keys.mark.record(&keys.peppers, hint, now);
    let changes = first.into_iter().chain([mark]).map(Change::Insert).collect();
    match keys.store.write(changes).await {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == StoreErrorKind::Conflict => Ok(false),
        Err(error) => Err(error.into()),
    }
}
