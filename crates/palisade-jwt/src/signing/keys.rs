//! The keys of an issuer.

use super::{
    directory::Directory,
    error::SigningKeysError,
    key::SigningKey,
    noting::Noting,
    ring::{Dated, Ring},
    rotation::Rotation,
    state::State,
};
use crate::{algorithm::Algorithm, key_set::KeySet, key_source::KeySource};
use arc_swap::ArcSwap;
use bytes::Bytes;
use palisade_core::{Clock, Event, EventSink, Reply, TokenEvent, Tracing, UnixTime};
use std::{
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

/// The keys that sign our own tokens, and as a [`KeySource`] what verifies them; clones share them.
///
/// Either fixed ([`fixed`](Self::fixed), [`from_env`](Self::from_env)), or rotating by themselves
/// ([`in_directory`](Self::in_directory), [`in_memory`](Self::in_memory)).
///
/// ```
/// use palisade_jwt::{KeySource as _, Rotation, SigningKeys};
/// use std::time::Duration;
///
/// # let directory = tempfile::tempdir()?;
/// # let directory = directory.path().join("keys");
/// let keys = SigningKeys::in_directory(&directory)
///     .rotation(Rotation::every(Duration::from_secs(30 * 86_400)))
///     .open()?;
/// assert_eq!(keys.current().unwrap().len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct SigningKeys(pub(super) Arc<Inner>);

pub(super) struct Inner {
    state: ArcSwap<State>,
    home: Home,
    clock: Clock,
    events: Arc<dyn EventSink>,
    /// Held by whoever changes what holds; the id of the key that signed when that was last looked at.
    turn: Mutex<Box<str>>,
    /// When what holds was last compared with the directory, by the clock that nobody sets.
    refreshed: AtomicU64,
    failing: AtomicBool,
}

/// Where keys come from.
pub(super) enum Home {
    Fixed,
    Rotating { algorithm: Algorithm, rotation: Rotation, directory: Option<Directory> },
}

/// How often others may come in between while one change is made.
const ATTEMPTS: usize = 16;
/// For keys that do not rotate.
const MAX_AGE: Duration = Duration::from_secs(600);

impl SigningKeys {
    /// These keys, of one algorithm or several: the first signs, all verify.
    ///
    /// # Errors
    ///
    /// Where there is none, two have the same id, or shared secrets stand beside others.
    pub fn fixed(keys: impl IntoIterator<Item = SigningKey>) -> Result<Self, SigningKeysError> {
        let dated = |key| Dated { key: Arc::new(key), signs_from: UnixTime::default() };
        let mut keys: Vec<_> = keys.into_iter().map(dated).collect();
        // The last whose time has come signs.
        keys.reverse();
        let state = State::new(Ring(keys), 0)?;
        Ok(Self(Arc::new(Inner::new(state, Home::Fixed, Clock::system(), Arc::new(Tracing)))))
    }

    /// Compares with the directory and rotates where it is time; a thread does that every five seconds.
    ///
    /// # Errors
    ///
    /// Where the directory cannot be read or written; what held goes on to hold.
    pub fn refresh(&self) -> Result<(), SigningKeysError> {
        self.0.refresh()
    }

    /// The public keys as a JWK set (RFC 7517 §5): those that sign, that are about to, and whose tokens may still live. Shared
    /// secrets are never in it.
    #[must_use]
    pub fn jwks(&self) -> Bytes {
        self.0.state.load().document.clone()
    }

    /// The document and its tag, of one moment.
    #[cfg(feature = "router")]
    pub(crate) fn published(&self) -> (Bytes, Arc<str>) {
        let state = self.0.state.load();
        (state.document.clone(), Arc::clone(&state.tag))
    }

    /// How long others may keep [`jwks`](Self::jwks).
    #[must_use]
    pub fn max_age(&self) -> Duration {
        self.0.rotation().map_or(MAX_AGE, Rotation::age)
    }

    /// The longest life of a token for which these keys are kept; `None` where they are kept for ever.
    #[must_use]
    pub fn longest_token(&self) -> Option<Duration> {
        self.0.rotation().map(Rotation::longest)
    }

    /// The key that signs at `now`; `None` while what holds could not be compared with the directory for so long that others may
    /// not know it any more.
    pub(crate) fn signing(&self, now: UnixTime) -> Option<Arc<SigningKey>> {
        if self.0.is_older_than(1) {
            return None;
        }
        self.0.state.load().ring.signing(now).cloned()
    }
}

impl Inner {
    pub(super) fn new(state: State, home: Home, clock: Clock, events: Arc<dyn EventSink>) -> Self {
        let refreshed = AtomicU64::new(clock.now().mono.as_nanos());
        let signing = state.ring.signing(clock.now().wall).map_or("", |key| key.id());
        let (turn, failing) = (Mutex::new(signing.into()), AtomicBool::new(false));
        Self { state: ArcSwap::from_pointee(state), home, clock, events, turn, refreshed, failing }
    }

    const fn rotation(&self) -> Option<&Rotation> {
        match &self.home {
            Home::Fixed => None,
            Home::Rotating { rotation, .. } => Some(rotation),
        }
    }

    /// Whether the last refresh is longer ago than a key is published before it signs, or that part of it.
    fn is_older_than(&self, part: u32) -> bool {
        let Some(rotation) = self.rotation() else { return false };
        let since = self.clock.now().mono.as_nanos().saturating_sub(self.refreshed.load(Relaxed));
        Duration::from_nanos(since) > rotation.lead() / part
    }

    pub(super) fn refresh(&self) -> Result<(), SigningKeysError> {
        let (event, result) = self.compare();
        if let Some(event) = event {
            self.events.emit(&Event::Token(event));
        }
        result
    }

    /// What is to be told is told when the lock is free again.
    fn compare(&self) -> (Option<TokenEvent>, Result<(), SigningKeysError>) {
        let Home::Rotating { algorithm, rotation, directory } = &self.home else { return (None, Ok(())) };
        // What is under the lock is replaced whole, so a panic elsewhere leaves nothing half done.
        let mut turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let (now, current) = (self.clock.now(), self.state.load_full());
        let (noting, directory) = (Noting::Before(&self.events), directory.as_ref());
        let next = next(&current.ring, current.version, *algorithm, rotation, directory, now.wall, noting);
        if let Err(error) = next {
            // What is there was compared all the same, and holds.
            if matches!(error, SigningKeysError::Unrecorded(_)) {
                self.refreshed.store(now.mono.as_nanos(), Relaxed);
            }
            let is_news = !self.failing.swap(true, Relaxed);
            let (issuer, reason) = ("our own".into(), error.to_string());
            return (is_news.then_some(TokenEvent::KeysNotRefreshed { issuer, reason }), Err(error));
        }
        self.refreshed.store(now.mono.as_nanos(), Relaxed);
        self.failing.store(false, Relaxed);
        if let Ok(Some(next)) = next {
            self.state.store(Arc::new(next));
        }
        let state = self.state.load();
        let signing = state.ring.signing(now.wall).filter(|key| key.id() != &**turn);
        let event = signing.map(|key| {
            *turn = key.id().into();
            TokenEvent::KeyRotated { id: key.id().into() }
        });
        (event, Ok(()))
    }
}

/// The state that follows on `ring`, where another one does.
pub(super) fn next(
    ring: &Ring,
    version: u64,
    algorithm: Algorithm,
    rotation: &Rotation,
    directory: Option<&Directory>,
    now: UnixTime,
    noting: Noting<'_>,
) -> Result<Option<State>, SigningKeysError> {
    let generate = || SigningKey::generate(algorithm);
    let Some(directory) = directory else {
        let Some(turned) = ring.turned(now, rotation, generate)? else { return Ok(None) };
        noting.write(turned.newest_beside(ring), || Ok(true))?;
        return State::new(turned, 0).map(Some);
    };
    let (mut ring, mut version, before) = (ring.clone(), version, version);
    for _ in 0..ATTEMPTS {
        let there = directory.version()?;
        if there != version {
            // Gone again already: somebody goes on faster than we read.
            let Some(read) = directory.read(there)? else { continue };
            check_algorithm(&read, algorithm, directory)?;
            (ring, version) = (read, there);
        }
        let Some(turned) = ring.turned(now, rotation, generate)? else {
            directory.tidy(version, now);
            return if version == before { Ok(None) } else { State::new(ring, version).map(Some) };
        };
        // Where somebody else was first, or went further in between, the next look finds it.
        let written = version.saturating_add(1);
        if noting.write(turned.newest_beside(&ring), || Ok(directory.write(written, &turned)?))? {
            (ring, version) = (turned, written);
        }
    }
    Err(SigningKeysError::Contended { path: directory.path().to_owned() })
}

fn check_algorithm(ring: &Ring, wanted: Algorithm, directory: &Directory) -> Result<(), SigningKeysError> {
    let other = ring.0.iter().map(|dated| dated.key.algorithm()).find(|found| *found != wanted);
    let path = || directory.path().to_owned();
    other.map_or(Ok(()), |found| Err(SigningKeysError::OtherAlgorithm { path: path(), found, wanted }))
}

impl KeySource for SigningKeys {
    fn current(&self) -> Option<Arc<KeySet>> {
        Some(Arc::clone(&self.0.state.load().set))
    }

    /// A key is published long before it signs, so there is nothing to look for; while the directory cannot be read, nobody
    /// can tell.
    fn missing(&self, _: &str) -> Reply<Option<Arc<KeySet>>> {
        Reply::now(if self.is_stale() { None } else { self.current() })
    }

    fn is_stale(&self) -> bool {
        self.0.is_older_than(2)
    }

    /// A directory counts as shared: whether all nodes have the same one, only its operator knows.
    fn is_shared(&self) -> bool {
        !matches!(self.0.home, Home::Rotating { directory: None, .. })
    }
}

impl fmt::Debug for SigningKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.0.state.load();
        let ids: Vec<&str> = state.ring.0.iter().map(|dated| dated.key.id()).collect();
        f.debug_struct("SigningKeys").field("ids", &ids).finish_non_exhaustive()
    }
}
