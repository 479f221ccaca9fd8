//! What changes while the service serves: keys, the keys that sign, the file of tokens, and whether Redis is there.

use super::{
    clients::{Shared, admitted, status},
    server::LIFE,
};
use crate::{
    load::{child::Child, now},
    redis::Redis,
};
use std::{
    collections::VecDeque,
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{sync::Mutex, time::sleep};

/// What happened, and what should not have.
#[derive(Debug, Default)]
pub(super) struct Changed {
    pub(super) keys: u32,
    pub(super) signing: u32,
    pub(super) files: u32,
    pub(super) flaps: u32,
    /// How often exactly the limit was admitted, with Redis there, and while it went.
    pub(super) exact: u32,
    pub(super) faults: Vec<String>,
    /// From when to when Redis was gone.
    pub(super) gone: Vec<(Instant, Instant)>,
}

/// The service, and all that it is changed by.
#[derive(Clone, Debug)]
pub(super) struct Service {
    pub(super) child: Arc<Mutex<Child>>,
    pub(super) redis: Arc<Mutex<Redis>>,
    pub(super) addr: SocketAddr,
    pub(super) file: PathBuf,
    pub(super) credentials: Shared,
}

/// A token file is looked at every second.
const FILE_READ: Duration = Duration::from_secs(5);
/// Of `/counted`.
const LIMIT: u32 = 20;
/// After so long the service counts in Redis again.
pub(super) const RECOVERY: Duration = Duration::from_secs(5);
const LEEWAY: Duration = Duration::from_secs(7);

impl Service {
    pub(super) async fn tell(&self, words: &str) -> String {
        self.child.lock().await.tell(words)
    }

    /// The id and the text of a key.
    pub(super) async fn key(&self, words: &str) -> (String, String) {
        let told = self.tell(words).await;
        let (id, key) = told.split_once(' ').unwrap();
        (id.to_owned(), key.to_owned())
    }

    /// Changes credentials until then.
    pub(super) async fn renew_until(self, end: Instant) -> Changed {
        let mut changed = Changed::default();
        let mut minted = VecDeque::new();
        while now() < end {
            self.rotate_key(&mut changed).await;
            self.rotate_signing(&mut changed, &mut minted).await;
            self.change_file(&mut changed).await;
            sleep(Duration::from_secs(1)).await;
        }
        changed
    }

    async fn rotate_key(&self, changed: &mut Changed) {
        let old = self.credentials.get();
        let (id, key) = self.key(&format!("rotate {}", old.id)).await;
        self.expect(changed, "a rotated key in its grace", &old.key, 200).await;
        self.expect(changed, "its successor", &key, 200).await;
        self.credentials.set(|credentials| (credentials.id, credentials.key) = (id, key));
        // Whoever still has the old one in hand is answered.
        sleep(Duration::from_secs(1)).await;
        self.tell(&format!("revoke {}", old.id)).await;
        self.expect(changed, "a revoked key", &old.key, 401).await;
        changed.keys += 1;
    }

    async fn rotate_signing(&self, changed: &mut Changed, minted: &mut VecDeque<(Instant, String)>) {
        let old = self.credentials.get().jwt;
        self.tell("turn").await;
        let new = self.tell("mint").await;
        self.expect(changed, "a token of the key before", &old, 200).await;
        self.expect(changed, "a token of the new key", &new, 200).await;
        minted.push_back((now(), new.clone()));
        self.credentials.set(|credentials| credentials.jwt = new);
        while minted.front().is_some_and(|(at, _)| at.elapsed() > LIFE + LEEWAY) {
            let (_, expired) = minted.pop_front().unwrap();
            self.expect(changed, "a token that ended", &expired, 401).await;
        }
        changed.signing += 1;
    }

    async fn change_file(&self, changed: &mut Changed) {
        let (old, new) = (self.credentials.get().token, fresh_token());
        write(&self.file, &[&new, &old]);
        self.becomes(changed, "a token that was added", &new, 200).await;
        self.credentials.set(|credentials| credentials.token = new.clone());
        sleep(Duration::from_millis(500)).await;
        write(&self.file, &[&new]);
        self.becomes(changed, "a token that was taken away", &old, 401).await;
        changed.files += 1;
    }

    /// Takes Redis away and brings it back, until then; a limit admits exactly what it must each time.
    pub(super) async fn flap_until(self, end: Instant) -> Changed {
        let mut changed = Changed::default();
        while now() + Duration::from_secs(20) < end {
            let (_, key) = self.key("create").await;
            let before = admitted(self.addr, &key, LIMIT / 2).await;
            let gone = now();
            self.redis.lock().await.kill();
            let amid = admitted(self.addr, &key, LIMIT).await;
            exactly(&mut changed, "while Redis went", before.and_then(|before| Ok(before + amid?)));
            sleep(Duration::from_secs(5)).await;
            self.redis.lock().await.start_again();
            changed.gone.push((gone, now()));
            sleep(RECOVERY).await;
            let (_, key) = self.key("create").await;
            exactly(&mut changed, "with Redis back", admitted(self.addr, &key, LIMIT + 5).await);
            changed.flaps += 1;
            sleep(Duration::from_secs(10)).await;
        }
        changed
    }

    async fn expect(&self, changed: &mut Changed, what: &str, bearer: &str, expected: u16) {
        let found = status(self.addr, "/models", bearer).await;
        if found != expected {
            changed.faults.push(format!("{what}: {found}"));
        }
    }

    async fn becomes(&self, changed: &mut Changed, what: &str, bearer: &str, expected: u16) {
        let since = now();
        while status(self.addr, "/models", bearer).await != expected {
            if since.elapsed() > FILE_READ {
                changed.faults.push(format!("{what} is not {expected} after {FILE_READ:?}"));
                return;
            }
            sleep(Duration::from_millis(100)).await;
        }
    }
}

fn exactly(changed: &mut Changed, when: &str, admitted: Result<u32, u16>) {
    if admitted == Ok(LIMIT) {
        changed.exact += 1;
    } else {
        changed.faults.push(format!("a limit of {LIMIT}, {when}: {admitted:?}"));
    }
}

/// Puts these lines into the file's place, in one step.
pub(super) fn write(file: &Path, lines: &[&str]) {
    let beside = file.with_extension("new");
    fs::write(&beside, lines.join("\n") + "\n").unwrap();
    fs::rename(beside, file).unwrap();
}

pub(super) fn fresh_token() -> String {
    crate::keys::format(crate::keys::CHECK).mint().unwrap().expose().chars().rev().collect()
}
