//! The header that this thread read last: tokens of one issuer have the same one.

use crate::{base64url, header::Header, rejection::Rejection};
use std::{cell::RefCell, sync::Arc};

/// A longer one is read each time, in characters.
const MAX_LEN: usize = 512;

thread_local! {
    /// One for each thread, so that nobody waits for anybody; the same characters mean the same header, whoever sent them.
    static LAST: RefCell<Option<Last>> = const { RefCell::new(None) };
}

struct Last {
    encoded: Box<[u8]>,
    header: Arc<Header>,
}

/// A header as it was sent.
pub(crate) enum SentHeader<'t> {
    /// It was read before.
    Known(Arc<Header>),
    New {
        encoded: &'t [u8],
        decoded: Vec<u8>,
    },
}

impl<'t> SentHeader<'t> {
    /// `None` where it is no base64url.
    pub(crate) fn decode(encoded: &'t [u8]) -> Option<Self> {
        if let Some(header) = last(encoded) {
            return Some(Self::Known(header));
        }
        base64url::decode(encoded).map(|decoded| Self::New { encoded, decoded })
    }

    pub(crate) fn parse(self) -> Result<Arc<Header>, Rejection> {
        let (encoded, decoded) = match self {
            Self::Known(header) => return Ok(header),
            Self::New { encoded, decoded } => (encoded, decoded),
        };
        let header = Arc::new(Header::parse(&decoded)?);
        if encoded.len() <= MAX_LEN {
            let last = Last { encoded: encoded.into(), header: header.clone() };
            // A thread that ends remembers nothing.
            let _ = LAST.try_with(|place| place.replace(Some(last)));
        }
        Ok(header)
    }
}

fn last(encoded: &[u8]) -> Option<Arc<Header>> {
    let found = LAST.try_with(|last| {
        let last = last.borrow();
        last.as_ref().filter(|last| *last.encoded == *encoded).map(|last| last.header.clone())
    });
    found.ok().flatten()
}
