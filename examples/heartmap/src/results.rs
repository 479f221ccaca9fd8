//! Results, for as long as they are kept.

use crate::analysis::Analysis;
use data_encoding::BASE32_NOPAD;
use palisade::{Denial, DenialKind, Principal, Timestamp, UnixTime};
use serde::Serialize;
use std::{
    collections::HashMap,
    fmt,
    str::FromStr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// How many results there are at most.
pub const MOST: usize = 2_000;
/// How many of one caller; the oldest makes room.
pub const MOST_OF_ONE: usize = 50;

/// The name of a result: 160 random bits, which nobody guesses.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, utoipa::ToSchema)]
pub struct ResultId(String);

impl ResultId {
    const BYTES: usize = 20;

    /// # Errors
    ///
    /// 503 where the operating system gives no randomness.
    fn draw() -> Result<Self, Denial> {
        let mut bytes = [0; Self::BYTES];
        getrandom::fill(&mut bytes).map_err(|fault| {
            Denial::new(DenialKind::Unavailable).because("no_randomness").with_source(fault)
        })?;
        Ok(Self(BASE32_NOPAD.encode(&bytes).to_ascii_lowercase()))
    }
}

impl fmt::Display for ResultId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Not the name of a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the name of a result")]
pub struct NoResultId;

impl FromStr for ResultId {
    type Err = NoResultId;

    fn from_str(text: &str) -> Result<Self, NoResultId> {
        let is_drawn = text.len() == 32 && text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'2'..=b'7'));
        if is_drawn { Ok(Self(text.to_owned())) } else { Err(NoResultId) }
    }
}

/// Whose a result is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Owner {
    kind: &'static str,
    lineage: Box<str>,
    tenant: Option<Box<str>>,
}

impl Owner {
    /// Whoever calls; a key's successor is the same.
    #[must_use]
    pub fn of(caller: &Principal) -> Self {
        Self {
            kind: caller.kind(),
            lineage: caller.lineage().into(),
            tenant: caller.tenant().map(Into::into),
        }
    }

    /// Whether that one may see what is this one's: the same, or one of the same tenant.
    fn shows(&self, other: &Self) -> bool {
        self == other || (self.tenant.is_some() && self.tenant == other.tenant)
    }
}

/// A result that is kept.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Kept {
    /// Its name.
    pub id: ResultId,
    /// The file's name, made harmless.
    pub file: String,
    /// When it was made, in seconds since the epoch.
    pub created_at: u64,
    /// Until when it can be read, in seconds since the epoch.
    pub expires_at: u64,
    /// The revision of the parameters.
    pub revision: u64,
    /// What was found.
    #[serde(flatten)]
    pub analysis: Analysis,
}

#[derive(Debug)]
struct Entry {
    owner: Owner,
    number: u64,
    until: Timestamp,
    kept: Arc<Kept>,
}

/// Results, for as long as they are kept.
#[derive(Debug, Default)]
pub struct Results(Mutex<Shelf>);

#[derive(Debug, Default)]
struct Shelf {
    entries: HashMap<ResultId, Entry>,
    next: u64,
}

impl Results {
    /// Keeps a result for so long.
    ///
    /// # Errors
    ///
    /// 503 where too many are kept.
    pub fn keep(
        &self,
        owner: Owner,
        (file, revision, analysis): (String, u64, Analysis),
        now: palisade::Moment,
        life: Duration,
    ) -> Result<Arc<Kept>, Denial> {
        let nanos = u64::try_from(life.as_nanos()).unwrap_or(u64::MAX);
        let id = ResultId::draw()?;
        let until: UnixTime = now.wall.plus_nanos(nanos);
        let kept = Arc::new(Kept {
            id: id.clone(),
            file,
            created_at: now.wall.as_secs(),
            expires_at: until.as_secs(),
            revision,
            analysis,
        });
        let mut shelf = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        shelf.entries.retain(|_, entry| entry.until > now.mono);
        let own = shelf.entries.iter().filter(|(_, entry)| entry.owner == owner);
        let own: Vec<_> = own.map(|(id, entry)| (entry.number, id.clone())).collect();
        if own.len() >= MOST_OF_ONE
            && let Some((_, oldest)) = own.into_iter().min_by_key(|(number, _)| *number)
        {
            shelf.entries.remove(&oldest);
        }
        if shelf.entries.len() >= MOST {
            return Err(Denial::new(DenialKind::Overloaded).because("results_full").retry_after(60));
        }
        shelf.next += 1;
        let entry =
            Entry { owner, number: shelf.next, until: now.mono.plus_nanos(nanos), kept: kept.clone() };
        shelf.entries.insert(id, entry);
        Ok(kept)
    }

    /// A result that is still kept and that this caller may see; that of another tenant is not there.
    #[must_use]
    pub fn find(&self, id: &ResultId, caller: &Owner, now: Timestamp) -> Option<Arc<Kept>> {
        let shelf = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = shelf.entries.get(id)?;
        (entry.until > now && entry.owner.shows(caller)).then(|| entry.kept.clone())
    }
}
