//! What judges a presented key.

#[cfg(feature = "tokio")]
use super::upkeep::{Upkeep, Use};
use super::{foreign::ForeignVerifier, grace::Grace};
use crate::{
    digest::{Comparison, KeyDigest, Peppers},
    effective::Effective,
    format::KeyFormat,
    id::KeyId,
    record::{Held, KeyRecord, Proof, Unusable},
    store::{KeyStore, StoreError},
};
#[cfg(feature = "tokio")]
use palisade_core::Moment;
use palisade_core::{CredentialDigest, Denial, DenialKind, EventSink, Facts, Principal, Reply};
use serde_json::json;
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering::Relaxed},
};

/// The kind of principal that keys make.
pub(super) const KIND: &str = "api_key";

#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) format: KeyFormat,
    pub(crate) peppers: Peppers,
    pub(crate) store: Arc<dyn KeyStore>,
    pub(crate) effective: Effective,
    pub(crate) events: Arc<dyn EventSink>,
    pub(super) foreign: Vec<Arc<dyn ForeignVerifier>>,
    #[cfg(feature = "tokio")]
    upkeep: Arc<Upkeep>,
    /// Compared with where there is no record, so that unknown ids cost what known ones do.
    nobody: KeyDigest,
    /// Which settings these are: what was found under others counts for nothing here.
    judge: u64,
}

static JUDGES: AtomicU64 = AtomicU64::new(0);

/// A record, and whether what was presented is its key.
pub(super) enum Compared {
    Unknown,
    Found(Arc<KeyRecord>, Comparison),
    CannotTell(StoreError),
    VerifierMissing(Arc<KeyRecord>),
}

/// The longest foreign key that is looked at.
const MAX_FOREIGN: usize = 256;

impl Shared {
    pub(super) fn new(
        format: KeyFormat,
        peppers: Peppers,
        store: Arc<dyn KeyStore>,
        events: Arc<dyn EventSink>,
    ) -> Self {
        let nobody = peppers.digest(b"nobody's key");
        Self {
            format,
            peppers,
            store,
            effective: Effective::default(),
            events,
            foreign: Vec::new(),
            #[cfg(feature = "tokio")]
            upkeep: Arc::default(),
            nobody,
            judge: JUDGES.fetch_add(1, Relaxed),
        }
    }

    /// The settings changed.
    pub(super) fn renew(&mut self) {
        self.judge = JUDGES.fetch_add(1, Relaxed);
    }

    /// Whoever presents a key that held before, with the record that is still believed; what can end meanwhile is judged anew.
    /// It only ever admits: every refusal is spoken where keys are judged in full.
    #[inline]
    pub(super) fn recognise(&self, presented: &[u8], facts: &Facts) -> Option<Principal> {
        let (id, rest) = self.format.outline(presented)?;
        // Made before anything is looked up: ids that are known cost no more than others.
        let print = CredentialDigest::of(rest);
        let record = self.store.recall(&id, facts)?;
        let held = record.shortcut.find(self.judge, record.version, &print)?;
        let now = facts.now();
        record.holds(now.wall).ok()?;
        record.admits(facts.client().map(|client| client.ip)).ok()?;
        Grace::note(&record, facts);
        #[cfg(feature = "tokio")]
        self.upkeep.used_again(&self.used(&record, Comparison::Same, presented, now), &held.written);
        Some(held.principal.clone())
    }

    /// Whether a bearer token was meant to be a key.
    pub(super) fn claims(&self, presented: &[u8]) -> bool {
        self.format.claims(presented) || self.locate_foreign(presented).is_some()
    }

    /// By what the record of a presented key is found; looks nothing up.
    pub(super) fn locate(&self, presented: &[u8]) -> Result<KeyId, Denial> {
        match self.format.parse(presented) {
            Ok(key) => Ok(key.id()),
            Err(no_key) => self.locate_foreign(presented).ok_or_else(|| refused(no_key.reason())),
        }
    }

    fn locate_foreign(&self, presented: &[u8]) -> Option<KeyId> {
        let readable = presented.len() <= MAX_FOREIGN && presented.iter().all(u8::is_ascii_graphic);
        self.foreign.iter().filter(|_| readable).find_map(|verifier| verifier.locate(presented))
    }

    pub(super) fn compare(
        &self,
        found: Result<Option<Arc<KeyRecord>>, StoreError>,
        presented: &[u8],
    ) -> Reply<Compared> {
        let record = match found {
            Ok(Some(record)) => record,
            Ok(None) => {
                let _ = std::hint::black_box(self.peppers.compare(presented, &self.nobody));
                return Reply::now(Compared::Unknown);
            }
            Err(error) => return Reply::now(Compared::CannotTell(error)),
        };
        let kept = match &record.proof {
            Proof::Digest(digest) => {
                let comparison = self.peppers.compare(presented, digest);
                return Reply::now(Compared::Found(record, comparison));
            }
            Proof::Foreign(kept) => kept,
        };
        let Some(verifier) = self.foreign.iter().find(|verifier| verifier.scheme() == kept.scheme()) else {
            return Reply::now(Compared::VerifierMissing(record));
        };
        verifier.verify(presented, kept.expose()).map(move |verdict| match verdict {
            Ok(true) => Compared::Found(record, Comparison::SameUnderOlderPepper),
            Ok(false) => Compared::Found(record, Comparison::Different),
            Err(error) => Compared::CannotTell(error),
        })
    }

    /// The verdict, and what follows from a use.
    pub(super) fn settle(
        &self,
        compared: Compared,
        presented: &[u8],
        facts: &Facts,
    ) -> Result<Principal, Denial> {
        let (record, comparison) = match compared {
            Compared::Found(record, comparison) => (record, comparison),
            Compared::Unknown => return Err(refused("unknown_key")),
            Compared::CannotTell(error) => {
                return Err(unavailable("key_store_unavailable").with_source(error));
            }
            Compared::VerifierMissing(record) => {
                tracing::error!(target: "palisade::setup", id = %record.id, proof = ?record.proof,
                    "a key of another system is used, and nothing here reads its digest: add its verifier with `.foreign(…)`");
                return Err(unavailable("foreign_verifier_missing"));
            }
        };
        match comparison {
            Comparison::Same | Comparison::SameUnderOlderPepper => {}
            Comparison::Different => return Err(refused("wrong_secret")),
            Comparison::PepperMissing => {
                tracing::error!(target: "palisade::setup", id = %record.id, proof = ?record.proof,
                    "the pepper of this key's digest is not there: add it to `Peppers` until all keys are used or rotated");
                return Err(unavailable("pepper_missing"));
            }
        }
        let now = facts.now();
        record
            .holds(now.wall)
            .and_then(|()| record.admits(facts.client().map(|client| client.ip)))
            .map_err(unusable)?;
        Grace::note(&record, facts);
        let principal = self.principal(&record);
        #[cfg(feature = "tokio")]
        let written = self.upkeep.used(&self.used(&record, comparison, presented, now));
        // A key whose digest is to be made anew is judged in full until it is.
        if comparison == Comparison::Same
            && record.shortcut.is_empty()
            && let Some((id, rest)) = self.format.outline(presented)
            && id == record.id
        {
            record.shortcut.keep(Held {
                judge: self.judge,
                version: record.version,
                print: CredentialDigest::of(rest),
                principal: principal.clone(),
                #[cfg(feature = "tokio")]
                written,
            });
        }
        Ok(principal)
    }

    #[cfg(feature = "tokio")]
    fn used<'u>(
        &'u self,
        record: &'u KeyRecord,
        comparison: Comparison,
        presented: &'u [u8],
        now: Moment,
    ) -> Use<'u> {
        let Self { store, peppers, events, .. } = self;
        Use { store, peppers, events, record, comparison, presented, now }
    }

    fn principal(&self, record: &KeyRecord) -> Principal {
        let principal = Principal::new(KIND, record.id.as_str())
            .with_scopes(self.effective.of(record))
            .with_lineage(record.lineage.as_str());
        let principal = match record.ends() {
            Some(at) => principal.with_expiry(at),
            None => principal,
        };
        let principal = match &record.tenant {
            Some(tenant) => principal.with_tenant(tenant.as_str()),
            None => principal,
        };
        match &record.plan {
            Some(plan) => principal.with_plan(plan.as_str()),
            None => principal,
        }
    }
}

/// The one answer to every key that does not hold; the reason is for logs.
pub(super) fn refused(reason: &'static str) -> Denial {
    Denial::new(DenialKind::Unauthenticated).because(reason).with_message("Invalid API key")
}

fn unavailable(reason: &'static str) -> Denial {
    Denial::new(DenialKind::Unavailable).because(reason).with_details(json!({ "kind": "auth_unavailable" }))
}

fn unusable(why: Unusable) -> Denial {
    if why == Unusable::NoAddress {
        tracing::error!(target: "palisade::setup",
            "a key is bound to networks and the client's address is not known: let `ClientIp` stand before `Authenticate`");
        return unavailable(why.reason());
    }
    refused(why.reason())
}
