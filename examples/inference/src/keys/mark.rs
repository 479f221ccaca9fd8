//! A record that is no key: it says with which secrets the keys beside it are made.
//!
//! Its id is always the same and a database admits it once, so of several programs that start at once on an empty database, on
//! whichever machines, one makes the first key.

use crate::secrets::Secrets;
use palisade::{
    Moment, Secret,
    keys::{Actor, Comparison, Hint, KeyId, KeyName, KeyRecord, Owner, Peppers, Proof, Reason, Revocation},
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
    pub(super) fn record(&self, peppers: &Peppers, hint: Hint, now: Moment) -> KeyRecord {
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
