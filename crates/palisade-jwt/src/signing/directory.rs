//! Keys in a directory that several processes share.

use super::{
    error::{SigningKeyError, SigningKeysError},
    jwk::{self, PrivateJwk},
    private_file::{self, TEMPORARY},
    ring::{Dated, Ring},
};
use palisade_core::{Secret, UnixTime};
use serde::Deserialize;
use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, UNIX_EPOCH},
};
use zeroize::Zeroizing;

/// Each state is a file with a number that is one higher than the last. A file is made whole or not at all, under a
/// name that is not there yet: of two processes that go on from one state, one comes second and reads what the other wrote. The highest
/// number holds, and what is below it goes.
#[derive(Clone, Debug)]
pub(super) struct Directory(PathBuf);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written<'f> {
    #[serde(borrow)]
    keys: Vec<WrittenKey<'f>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenKey<'f> {
    signs_from: u64,
    #[serde(borrow)]
    key: PrivateJwk<'f>,
}

const MAX_FILE: u64 = 64 * 1024;
/// What a crash left half-written is taken away when it is so old.
const LEFT_OVER: Duration = Duration::from_secs(3_600);

impl Directory {
    pub(super) fn open(path: PathBuf) -> Result<Self, SigningKeyError> {
        private_file::directory(&path)?;
        Ok(Self(path))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    /// The highest number; 0 where nothing was written yet.
    pub(super) fn version(&self) -> Result<u64, SigningKeyError> {
        Ok(self.names()?.iter().filter_map(|name| version_of(name)).max().unwrap_or(0))
    }

    /// The state with this number; `None` where it has gone in between.
    pub(super) fn read(&self, version: u64) -> Result<Option<Ring>, SigningKeysError> {
        let path = self.0.join(name_of(version));
        let content = match private_file::read(&path, MAX_FILE) {
            Ok(content) => content,
            Err(SigningKeyError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                return Ok(None);
            }
            Err(error) => return Err(error.into()),
        };
        let ring =
            parse(&content).map_err(|source| SigningKeyError::Content { path, source: Box::new(source) })?;
        Ok(Some(ring))
    }

    /// Writes a state; `false` where there is one with this number already.
    pub(super) fn write(&self, version: u64, ring: &Ring) -> Result<bool, SigningKeyError> {
        let content = Secret::new(text(ring).as_bytes());
        private_file::create(&self.0.join(name_of(version)), &content)
    }

    /// Takes away what is below `version`, and what crashes left behind. What cannot go now goes another time.
    pub(super) fn tidy(&self, version: u64, now: UnixTime) {
        for name in self.names().unwrap_or_default() {
            let path = self.0.join(&name);
            let is_old = version_of(&name).is_some_and(|older| older < version);
            if is_old || (name.starts_with(TEMPORARY) && is_left_over(&path, now)) {
                let _ = fs::remove_file(path);
            }
        }
    }

    fn names(&self) -> Result<Vec<String>, SigningKeyError> {
        let failed = |source| SigningKeyError::Io { verb: "read", path: self.0.clone(), source };
        let entries = fs::read_dir(&self.0).map_err(failed)?;
        // Whatever else lies there is no concern of ours.
        let names = entries.map(|entry| Ok(entry?.file_name().into_string().unwrap_or_default()));
        names.collect::<io::Result<_>>().map_err(failed)
    }
}

fn name_of(version: u64) -> String {
    format!("keys-{version:020}.json")
}

fn version_of(name: &str) -> Option<u64> {
    let digits = name.strip_prefix("keys-")?.strip_suffix(".json")?;
    let is_ours = digits.len() == 20 && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_ours.then(|| digits.parse().ok()).flatten()
}

fn is_left_over(path: &Path, now: UnixTime) -> bool {
    let written = fs::metadata(path).and_then(|metadata| metadata.modified());
    let since = written.ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
    since.is_some_and(|at| at + LEFT_OVER < Duration::from_nanos(now.as_nanos()))
}

fn text(ring: &Ring) -> Zeroizing<String> {
    // With room for all of it, so that no grown buffer leaves a copy behind.
    let mut text = Zeroizing::new(String::with_capacity(64 + 1_152 * ring.0.len()));
    text.push_str("{\"keys\":[");
    for (nth, dated) in ring.0.iter().enumerate() {
        text.push_str(if nth == 0 { "\n" } else { ",\n" });
        text.push_str("{\"signs_from\":");
        text.push_str(&dated.signs_from.as_secs().to_string());
        text.push_str(",\"key\":");
        text.push_str(&jwk::private(&dated.key));
        text.push('}');
    }
    text.push_str("\n]}\n");
    text
}

fn parse(content: &Secret) -> Result<Ring, SigningKeyError> {
    // What serde says of a mistake may repeat what it read.
    let written: Written<'_> =
        serde_json::from_slice(content.expose()).map_err(|_| SigningKeyError::Malformed)?;
    let dated = |written: WrittenKey<'_>| {
        let signs_from = UnixTime::from_secs(written.signs_from);
        Ok::<_, SigningKeyError>(Dated { key: Arc::new(written.key.into_key()?), signs_from })
    };
    let mut keys = written.keys.into_iter().map(dated).collect::<Result<Vec<_>, SigningKeyError>>()?;
    keys.sort_by_key(|dated| dated.signs_from);
    if keys.is_empty() { Err(SigningKeyError::Malformed) } else { Ok(Ring(keys)) }
}
