//! The two secrets of the service, without which no key can be recognised.

use crate::data_dir::{DataDir, DataDirError};
use data_encoding::HEXLOWER;
use palisade::Secret;
use serde::{Deserialize, Serialize};
use std::{fmt, fs::File, io::Read as _, path::PathBuf};
use thiserror::Error;

/// Where they are kept.
pub const FILE: &str = "secrets.json";
const CHECK_KEY: &str = "INFERENCE_CHECK_KEY";
const PEPPER: &str = "INFERENCE_PEPPER";
const VERSION: u64 = 1;
/// The most that is read of a file that a variable names, in bytes.
const MAX_FILE: u64 = 4096;

/// The two secrets of the service.
#[derive(Clone)]
pub struct Secrets {
    /// By it junk is told from keys without asking the database.
    pub check_key: Secret,
    /// It goes into the digests that the database keeps.
    pub pepper: Secret,
}

impl Secrets {
    /// Those of the environment: `INFERENCE_CHECK_KEY` and `INFERENCE_PEPPER`, or files that `…_FILE` name.
    ///
    /// # Errors
    ///
    /// Where one is given without the other, in two ways, blank, or in a file that cannot be read.
    pub fn given(variable: &dyn Fn(&str) -> Option<String>) -> Result<Option<Self>, SecretsError> {
        match (one(CHECK_KEY, variable)?, one(PEPPER, variable)?) {
            (Some(check_key), Some(pepper)) => Ok(Some(Self { check_key, pepper })),
            (None, None) => Ok(None),
            (Some(_), None) => Err(SecretsError::Half { given: CHECK_KEY, missing: PEPPER }),
            (None, Some(_)) => Err(SecretsError::Half { given: PEPPER, missing: CHECK_KEY }),
        }
    }

    /// Those of the data directory; `None` where it has none.
    ///
    /// # Errors
    ///
    /// Where the file is refused, or does not parse.
    pub fn read(dir: &DataDir) -> Result<Option<Self>, SecretsError> {
        let Some(text) = dir.read(FILE)? else { return Ok(None) };
        // What a parser says can hold what it read.
        let kept: Option<Kept> = serde_json::from_slice(text.expose()).ok();
        match kept.filter(|kept| kept.version == VERSION) {
            Some(kept) => {
                Ok(Some(Self { check_key: Secret::new(kept.check_key), pepper: Secret::new(kept.pepper) }))
            }
            None => Err(SecretsError::Unreadable { path: dir.file(FILE) }),
        }
    }

    /// New ones of 256 bits each, kept in the data directory; or those that somebody else has just put there.
    ///
    /// # Errors
    ///
    /// Where there is no randomness, or the file cannot be written.
    pub fn create(dir: &DataDir) -> Result<Self, SecretsError> {
        let kept = Kept { version: VERSION, check_key: random()?, pepper: random()? };
        let text = serde_json::to_vec_pretty(&kept)
            .map_err(|_| SecretsError::Unreadable { path: dir.file(FILE) })?;
        dir.create(FILE, Secret::new(text).expose())?;
        Self::read(dir)?.ok_or(SecretsError::Unreadable { path: dir.file(FILE) })
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets([REDACTED])")
    }
}

/// What keeps the secrets from being used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SecretsError {
    /// The data directory refuses.
    #[error(transparent)]
    DataDir(#[from] DataDirError),
    /// One of the two.
    #[error("{given} is set and {missing} is not: set both, or none to keep both in {FILE}")]
    Half {
        /// The one that is there.
        given: &'static str,
        /// The one that is not.
        missing: &'static str,
    },
    /// As a value and as a file.
    #[error("{0} and {0}_FILE are both set: unset one of them")]
    Twice(&'static str),
    /// Nothing in it, or white space around it.
    #[error("{0} is blank or has white space around it: make one with `openssl rand -hex 32`, or unset it")]
    Blank(String),
    /// The file of a variable.
    #[error("the file that {name}_FILE names cannot be read: {source}")]
    File {
        /// The variable.
        name: &'static str,
        /// The answer.
        source: std::io::Error,
    },
    /// The kept ones do not parse.
    #[error("{} does not parse: restore it from a backup; without it no key is recognised", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
    },
    /// The operating system gave no random numbers.
    #[error("cannot make secrets: the operating system gave no random numbers")]
    NoRandomness,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    version: u64,
    check_key: String,
    pepper: String,
}

fn random() -> Result<String, SecretsError> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|_| SecretsError::NoRandomness)?;
    Ok(HEXLOWER.encode(&bytes))
}

fn one(
    name: &'static str,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<Option<Secret>, SecretsError> {
    let file = variable(&format!("{name}_FILE"));
    let (place, value) = match (variable(name), file) {
        (Some(_), Some(_)) => return Err(SecretsError::Twice(name)),
        (None, None) => return Ok(None),
        (Some(value), None) => (name.to_owned(), value),
        (None, Some(path)) => {
            let mut text = String::new();
            File::open(path)
                .and_then(|file| file.take(MAX_FILE).read_to_string(&mut text))
                .map_err(|source| SecretsError::File { name, source })?;
            // Editors end the last line.
            let text = text.strip_suffix('\n').map(str::to_owned).unwrap_or(text);
            (format!("{name}_FILE"), text)
        }
    };
    if value.is_empty() || value.trim().len() != value.len() {
        return Err(SecretsError::Blank(place));
    }
    Ok(Some(Secret::new(value)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn given(pairs: &[(&str, &str)]) -> Result<Option<Secrets>, SecretsError> {
        let variable =
            |name: &str| pairs.iter().find(|(there, _)| *there == name).map(|(_, value)| (*value).to_owned());
        Secrets::given(&variable)
    }

    #[test]
    fn both_are_given_or_none() {
        let check = |pairs: &[(&str, &str)], expected: &str| {
            let told = match given(pairs) {
                Ok(Some(_)) => "both".to_owned(),
                Ok(None) => "none".to_owned(),
                Err(error) => error.to_string(),
            };
            assert!(told.contains(expected), "{pairs:?}: {told}");
        };
        check(&[], "none");
        check(&[(CHECK_KEY, "a"), (PEPPER, "b")], "both");
        check(&[(CHECK_KEY, "a")], "INFERENCE_CHECK_KEY is set and INFERENCE_PEPPER is not: set both");
        check(&[(PEPPER, "a")], "INFERENCE_PEPPER is set and INFERENCE_CHECK_KEY is not: set both");
        check(&[(CHECK_KEY, "a"), (PEPPER, "")], "INFERENCE_PEPPER is blank");
        check(&[(CHECK_KEY, " a"), (PEPPER, "b")], "INFERENCE_CHECK_KEY is blank or has white space");
        check(&[(CHECK_KEY, "a"), ("INFERENCE_CHECK_KEY_FILE", "b")], "both set: unset one");
        check(&[("INFERENCE_PEPPER_FILE", "/nowhere")], "INFERENCE_PEPPER_FILE names cannot be read");
    }

    #[test]
    fn files_are_read_without_their_last_line_end() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("pepper");
        fs::write(&path, "pepper\n").unwrap();
        let found =
            given(&[(CHECK_KEY, "a"), ("INFERENCE_PEPPER_FILE", path.to_str().unwrap())]).unwrap().unwrap();
        assert!(found.pepper.matches(b"pepper"));
        fs::write(&path, "\n").unwrap();
        assert!(given(&[(CHECK_KEY, "a"), ("INFERENCE_PEPPER_FILE", path.to_str().unwrap())]).is_err());
    }

    #[test]
    fn they_are_made_once_and_never_shown() {
        let parent = tempfile::tempdir().unwrap();
        let dir = DataDir::open(&parent.path().join("data")).unwrap();
        assert!(Secrets::read(&dir).unwrap().is_none());
        let made = Secrets::create(&dir).unwrap();
        let again = Secrets::create(&dir).unwrap();
        assert!(
            made.pepper.matches(again.pepper.expose()) && made.check_key.matches(again.check_key.expose())
        );
        assert!(!made.pepper.matches(made.check_key.expose()));
        assert_eq!(format!("{made:?}"), "Secrets([REDACTED])");
    }

    #[test]
    fn a_broken_file_is_refused_and_not_repeated() {
        let parent = tempfile::tempdir().unwrap();
        let dir = DataDir::open(&parent.path().join("data")).unwrap();
        dir.create(FILE, br#"{"version":1,"check_key":"hidden"}"#).unwrap();
        let error = Secrets::read(&dir).unwrap_err();
        assert!(error.to_string().contains("restore it from a backup"), "{error}");
        assert!(!format!("{error} {error:?}").contains("hidden"));
        // Making new ones would lock out whoever has a key.
        assert!(Secrets::create(&dir).is_err());
    }
}
