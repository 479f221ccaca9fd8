//! Asking a provider for a document: what is asked, what comes back, and who asks.

use super::error::{RemoteError, RemoteErrorKind};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use palisade_core::Reply;
use std::{fmt, sync::Arc};

/// The largest document that is read, in bytes: 512 KiB.
pub const MAX_DOCUMENT: usize = 512 * 1_024;

/// Asks for documents. The built-in client does it for real; tests and unusual networks bring their own.
///
/// An implementation follows no redirect, asks for no compression, and gives up by itself; after five seconds it is given up
/// anyway. It decides nothing: status, headers and body are judged by the caller.
pub trait Fetch: fmt::Debug + Send + Sync + 'static {
    /// Sends one `GET`.
    ///
    /// # Errors
    ///
    /// [`RemoteError`] where there is no whole answer of at most [`MAX_DOCUMENT`] bytes.
    ///
    /// # Cancel safety
    ///
    /// Dropping the reply ends the exchange.
    fn get(&self, question: Question) -> Reply<Result<Answer, RemoteError>>;
}

impl<F: Fetch + ?Sized> Fetch for Arc<F> {
    fn get(&self, question: Question) -> Reply<Result<Answer, RemoteError>> {
        (**self).get(question)
    }
}

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Question {
    /// An absolute URL; `https`, or `http` to this machine.
    pub url: Uri,
    /// The value of `Accept`.
    pub accept: HeaderValue,
    /// The value of `If-None-Match`.
    pub etag: Option<HeaderValue>,
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status line's.
    pub status: StatusCode,
    /// All headers.
    pub headers: HeaderMap,
    /// The body, as it came over the wire.
    pub body: Bytes,
}

/// An answer that was judged.
#[derive(Debug)]
pub(crate) enum Judged {
    Document(Bytes),
    NotModified,
}

impl Answer {
    /// Whether it is a document, or word that the one we have still holds.
    pub(crate) fn judge(self, had_etag: bool) -> Result<Judged, RemoteError> {
        let refuse = |kind, detail: String| Err(RemoteError::new(kind, detail));
        match self.status {
            StatusCode::OK => {}
            StatusCode::NOT_MODIFIED if had_etag => return Ok(Judged::NotModified),
            status if status.is_redirection() => {
                return refuse(
                    RemoteErrorKind::Redirect,
                    format!("answered {status}, which is not followed; configure the URL it leads to"),
                );
            }
            status => return refuse(RemoteErrorKind::Status, format!("answered {status}")),
        }
        if self.body.len() > MAX_DOCUMENT {
            return Err(too_large());
        }
        let plain = |value: &HeaderValue| value.as_bytes().eq_ignore_ascii_case(b"identity");
        if !self.headers.get_all(header::CONTENT_ENCODING).iter().all(plain) {
            return refuse(RemoteErrorKind::Document, "the answer is compressed, unasked".to_owned());
        }
        match self.headers.get(header::CONTENT_TYPE) {
            Some(value) if !is_json(value) => {
                let value = String::from_utf8_lossy(value.as_bytes());
                refuse(RemoteErrorKind::Document, format!("the answer is of type {value}, not JSON"))
            }
            _ => Ok(Judged::Document(self.body)),
        }
    }
}

pub(crate) fn too_large() -> RemoteError {
    RemoteError::new(RemoteErrorKind::TooLarge, "the answer is larger than 512 KiB")
}

/// `application/json`, and `application/…+json` such as `application/jwk-set+json` (RFC 7517 §8.5).
fn is_json(value: &HeaderValue) -> bool {
    let Ok(value) = value.to_str() else { return false };
    let essence = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let Some(subtype) = essence.strip_prefix("application/") else { return false };
    subtype == "json" || (subtype.len() > 5 && subtype.ends_with("+json"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(
        status: u16,
        content_type: Option<&'static str>,
        encoding: Option<&'static str>,
        len: usize,
    ) -> Answer {
        let mut headers = HeaderMap::new();
        for (name, value) in [(header::CONTENT_TYPE, content_type), (header::CONTENT_ENCODING, encoding)] {
            if let Some(value) = value {
                headers.insert(name, HeaderValue::from_static(value));
            }
        }
        let status = StatusCode::from_u16(status).unwrap();
        Answer { status, headers, body: Bytes::from(vec![b' '; len]) }
    }

    fn check(answer: Answer, expected: Option<RemoteErrorKind>) {
        let shown = format!("{:?} {:?}", answer.status, answer.headers);
        assert_eq!(answer.judge(false).err().map(|error| error.kind()), expected, "{shown}");
    }

    #[test]
    fn a147_a_page_is_no_document() {
        for json in [
            "application/json",
            "application/json; charset=utf-8",
            "Application/JWK-Set+JSON",
            "application/jwk-set+json",
            "application/problem+json ;q=1",
        ] {
            check(answer(200, Some(json), None, 2), None);
        }
        check(answer(200, None, None, 2), None);
        for other in [
            "text/html",
            "text/plain",
            "application/octet-stream",
            "",
            "application/+json",
            "json",
            "text/json",
        ] {
            check(answer(200, Some(other), None, 2), Some(RemoteErrorKind::Document));
        }
    }

    #[test]
    fn a146_what_is_compressed_or_too_large_is_not_read() {
        check(answer(200, None, Some("identity"), MAX_DOCUMENT), None);
        check(answer(200, None, Some("gzip"), 2), Some(RemoteErrorKind::Document));
        check(answer(200, None, Some("br"), 2), Some(RemoteErrorKind::Document));
        check(answer(200, None, None, MAX_DOCUMENT + 1), Some(RemoteErrorKind::TooLarge));
    }

    #[test]
    fn a148_redirects_are_not_followed() {
        for status in [300, 301, 302, 303, 307, 308] {
            check(answer(status, None, None, 0), Some(RemoteErrorKind::Redirect));
        }
        for status in [201, 204, 206, 400, 401, 404, 429, 500, 503] {
            check(answer(status, Some("application/json"), None, 2), Some(RemoteErrorKind::Status));
        }
        // Nothing was asked that could be unchanged.
        check(answer(304, None, None, 0), Some(RemoteErrorKind::Redirect));
        assert!(matches!(answer(304, None, None, 0).judge(true), Ok(Judged::NotModified)));
    }
}
