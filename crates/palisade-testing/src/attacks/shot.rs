//! One request of an attack.

use axum::body::Body;
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Request, Uri, Version};
use http_body::{Frame, SizeHint};
use std::{
    convert::Infallible,
    fmt,
    net::IpAddr,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::SeqCst},
    },
    task::{Context, Poll},
};

/// A request before it is sent.
#[derive(Clone, Debug)]
pub(crate) struct Shot {
    pub(crate) method: Method,
    pub(crate) target: String,
    pub(crate) lines: Vec<(HeaderName, HeaderValue)>,
    pub(crate) load: Load,
    pub(crate) from: Option<IpAddr>,
}

/// What follows the head.
#[derive(Clone, Debug, Default)]
pub(crate) enum Load {
    #[default]
    Nothing,
    /// With its length.
    Whole(Bytes),
    /// Without a length; counts what was read of it.
    Stream { bytes: usize, read: Arc<AtomicU64> },
}

impl Shot {
    pub(crate) fn new(method: Method, target: impl Into<String>) -> Self {
        Self { method, target: target.into(), lines: Vec::new(), load: Load::Nothing, from: None }
    }

    pub(crate) fn get(target: impl Into<String>) -> Self {
        Self::new(Method::GET, target)
    }

    /// Adds a line; what no header can hold is left out, and the shot says so when it is rendered.
    pub(crate) fn line(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        let parsed = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_bytes(value.as_ref()));
        if let (Ok(name), Ok(value)) = parsed {
            self.lines.push((name, value));
        }
        self
    }

    pub(crate) fn bearer(self, token: &str) -> Self {
        self.line("authorization", format!("Bearer {token}"))
    }

    pub(crate) fn body(self, kind: &str, bytes: impl Into<Bytes>) -> Self {
        let mut shot = if kind.is_empty() { self } else { self.line("content-type", kind) };
        shot.load = Load::Whole(bytes.into());
        shot
    }

    pub(crate) fn stream(mut self, bytes: usize) -> (Self, Arc<AtomicU64>) {
        let read = Arc::<AtomicU64>::default();
        self.load = Load::Stream { bytes, read: read.clone() };
        (self, read)
    }

    pub(crate) const fn from(mut self, address: IpAddr) -> Self {
        self.from = Some(address);
        self
    }

    /// The request; `None` where its target is none that can be written into a request line.
    pub(crate) fn request(&self) -> Option<Request<Body>> {
        let uri: Uri = self.target.parse().ok()?;
        let body = match &self.load {
            Load::Nothing => Body::empty(),
            Load::Whole(bytes) => Body::from(bytes.clone()),
            Load::Stream { bytes, read } => Body::new(Stream { left: *bytes, read: read.clone() }),
        };
        let mut request = Request::new(body);
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = uri;
        for (name, value) in &self.lines {
            request.headers_mut().append(name.clone(), value.clone());
        }
        if let Load::Stream { .. } = self.load {
            // Over HTTP/1.1 a server may read and throw away what is left, beside its answer, so that the client gets to read that.
            *request.version_mut() = Version::HTTP_2;
        }
        if let Load::Whole(bytes) = &self.load {
            let length = HeaderValue::from(bytes.len());
            request.headers_mut().entry(http::header::CONTENT_LENGTH).or_insert(length);
        }
        Some(request)
    }
}

/// The request line and what is telling of the head, one line each, with nothing blotted out.
impl fmt::Display for Shot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.target)?;
        for (name, value) in &self.lines {
            write!(f, "\n{name}: {}", String::from_utf8_lossy(value.as_bytes()))?;
        }
        match &self.load {
            Load::Nothing => Ok(()),
            Load::Whole(bytes) => write!(f, "\n\n{}", String::from_utf8_lossy(bytes)),
            Load::Stream { bytes, .. } => write!(f, "\n\n({bytes} bytes without a length)"),
        }
    }
}

/// So many spaces, in pieces.
struct Stream {
    left: usize,
    read: Arc<AtomicU64>,
}

impl http_body::Body for Stream {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        const PIECE: &[u8] = &[b' '; 16 * 1024];
        let size = self.left.min(PIECE.len());
        if size == 0 {
            return Poll::Ready(None);
        }
        self.left -= size;
        self.read.fetch_add(size as u64, SeqCst);
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(PIECE.get(..size).unwrap_or_default())))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::default()
    }
}
