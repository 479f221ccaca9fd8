//! Looks for secrets in everything that was written, also where they were encoded on the way.

#![allow(dead_code, reason = "every file of tests uses a part of it")]

use data_encoding::{BASE64_NOPAD, BASE64URL_NOPAD, HEXLOWER, HEXUPPER};
use std::{collections::HashMap, fmt::Write as _, fs, path::Path};

/// Shorter ones would be found by chance.
const SHORTEST: usize = 8;

/// What must not be found, in every form that it may have taken.
#[derive(Default)]
pub(crate) struct Scanner {
    /// By their first bytes.
    needles: HashMap<[u8; SHORTEST], Vec<Needle>>,
    begins: Vec<bool>,
}

struct Needle {
    bytes: Vec<u8>,
    name: String,
}

/// Where something may have been written.
pub(crate) struct Sink {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
}

impl Sink {
    pub(crate) fn new(name: &str, bytes: impl Into<Vec<u8>>) -> Self {
        Self { name: name.to_owned(), bytes: bytes.into() }
    }
}

/// The forms of a secret: as it is, reversed, in other letters, and in the encodings that logs, URLs and programs use.
pub(crate) fn forms(secret: &str) -> Vec<(&'static str, Vec<u8>)> {
    let bytes = secret.as_bytes();
    let percent = |all: bool, upper: bool| {
        let mut text = String::new();
        for byte in bytes {
            let plain = byte.is_ascii_alphanumeric() || b"-._~".contains(byte);
            match (plain && !all, upper) {
                (true, _) => text.push(char::from(*byte)),
                (false, true) => write!(text, "%{byte:02X}").unwrap(),
                (false, false) => write!(text, "%{byte:02x}").unwrap(),
            }
        }
        text.into_bytes()
    };
    let mut forms = vec![
        ("raw", bytes.to_vec()),
        ("reversed", bytes.iter().rev().copied().collect()),
        ("lower case", secret.to_lowercase().into_bytes()),
        ("upper case", secret.to_uppercase().into_bytes()),
        ("hex", HEXLOWER.encode(bytes).into_bytes()),
        ("HEX", HEXUPPER.encode(bytes).into_bytes()),
        ("percent-encoded", percent(false, true)),
        ("percent-encoded in lower case", percent(false, false)),
        ("all percent-encoded", percent(true, true)),
        ("all percent-encoded in lower case", percent(true, false)),
        ("JSON", serde_json::to_string(secret).unwrap().trim_matches('"').as_bytes().to_vec()),
    ];
    // Wherever it begins among others, one of three cuts falls on whole groups.
    for skipped in 0..3 {
        let rest = &bytes[skipped.min(bytes.len())..];
        let groups = &rest[..rest.len() / 3 * 3];
        forms.push(("base64", BASE64_NOPAD.encode(groups).into_bytes()));
        forms.push(("base64url", BASE64URL_NOPAD.encode(groups).into_bytes()));
    }
    forms
}

impl Scanner {
    /// Looks for this secret in all its forms.
    pub(crate) fn hide(&mut self, name: &str, secret: &str) {
        assert!(secret.len() >= SHORTEST + 4, "{name} is too short to be told from chance");
        self.begins.resize(1 << 16, false);
        for (form, bytes) in forms(secret) {
            let begin: [u8; SHORTEST] = bytes[..SHORTEST].try_into().unwrap();
            self.begins[usize::from(u16::from_be_bytes([bytes[0], bytes[1]]))] = true;
            self.needles.entry(begin).or_default().push(Needle { bytes, name: format!("{name}, {form}") });
        }
    }

    /// What is found there, without its text.
    pub(crate) fn find(&self, sink: &Sink) -> Vec<String> {
        let mut found = Vec::new();
        for (at, begin) in sink.bytes.windows(SHORTEST).enumerate() {
            if !self.begins[usize::from(u16::from_be_bytes([begin[0], begin[1]]))] {
                continue;
            }
            let needles = self.needles.get(begin).into_iter().flatten();
            for needle in needles.filter(|needle| sink.bytes[at..].starts_with(&needle.bytes)) {
                let around = &sink.bytes[at.saturating_sub(60)..at];
                found.push(format!(
                    "{}: {} after {:?}",
                    sink.name,
                    needle.name,
                    String::from_utf8_lossy(around)
                ));
            }
        }
        found
    }

    /// Nothing is found anywhere; and each sink would have told.
    pub(crate) fn nothing_in(&self, sinks: &[Sink]) {
        let mut found: Vec<String> = sinks.iter().flat_map(|sink| self.find(sink)).collect();
        let all = found.len();
        found.dedup_by_key(|found| found.split(" after ").next().map(str::to_owned));
        assert!(all == 0, "{all} leaks:\n{}", found[..found.len().min(40)].join("\n"));
    }
}

/// Every file below the data directory but those that are made for secrets.
pub(crate) fn files(data: &Path) -> Vec<Sink> {
    let entries = fs::read_dir(data).unwrap().map(|entry| entry.unwrap().path());
    let files = entries
        .filter(|path| path.is_file() && !path.ends_with("secrets.json") && !path.ends_with("audit.key"));
    files.map(|path| Sink::new(&path.display().to_string(), fs::read(&path).unwrap())).collect()
}
