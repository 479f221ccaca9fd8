//! Where things are written down, and how a secret may read there.

use data_encoding::{BASE64, BASE64URL_NOPAD, HEXLOWER};
use palisade::{
    Secret,
    observe::audit::{Chain, MemoryAudit},
};
use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
};

/// Keeps what is written to it; clones are the same.
#[derive(Clone, Debug, Default)]
pub struct Out(Arc<Mutex<Vec<u8>>>);

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Out {
    /// What was written.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

/// An audit log that is gone with the process.
#[must_use]
pub fn memory() -> MemoryAudit {
    MemoryAudit::new(Chain::keyed(&Secret::new("the key of the chain, in a test")).unwrap(), 10_000)
}

/// A text as it may be written: plain, backwards, and in the usual codes.
#[must_use]
pub fn forms(secret: &str) -> Vec<String> {
    let bytes = secret.as_bytes();
    let mut forms = vec![
        secret.to_owned(),
        secret.chars().rev().collect(),
        HEXLOWER.encode(bytes),
        bytes.iter().map(|byte| format!("%{byte:02x}")).collect(),
    ];
    // In Base64 a text reads in three ways, by what stands before it; the whole groups of each.
    for before in 0..3 {
        let padded = [&b"xx"[..before], bytes].concat();
        for code in [BASE64.encode(&padded), BASE64URL_NOPAD.encode(&padded)] {
            let from = if before == 0 { 0 } else { 4 };
            forms.push(code[from..padded.len() / 3 * 4].to_owned());
        }
    }
    forms
}
