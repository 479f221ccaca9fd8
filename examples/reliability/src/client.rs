//! The call to the dependency.

use crate::rates::{BadRates, Rates};
use http::{Request, StatusCode, Uri, header::HOST};
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper::{body::Bytes, client::conn::http1};
use hyper_util::rt::TokioIo;
use std::{error::Error, fmt, io, time::Duration};
use tokio::{net::TcpStream, task::JoinSet};

/// How long the dependency may take, connecting included. It stands inside the breaker: running out of it is a failure.
pub const DEADLINE: Duration = Duration::from_secs(1);
/// The longest answer that is read, in bytes.
pub const MAX_ANSWER: usize = 16 * 1024;

/// Where the dependency is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upstream {
    authority: String,
    host: String,
    port: u16,
}

impl Upstream {
    /// Reads `http://host[:port]`.
    ///
    /// # Errors
    ///
    /// Everything else: another scheme, a path, a user.
    pub fn parse(url: &str) -> Result<Self, NoUpstream> {
        let uri: Uri = url.parse().map_err(|_| NoUpstream)?;
        let authority = uri.authority().ok_or(NoUpstream)?;
        let plain = uri.path() == "/" && uri.query().is_none() && !authority.as_str().contains('@');
        if uri.scheme_str() != Some("http") || !plain || authority.host().is_empty() {
            return Err(NoUpstream);
        }
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        Ok(Self { authority: authority.to_string(), host, port: authority.port_u16().unwrap_or(80) })
    }

    /// Asks for the rates, within [`DEADLINE`].
    ///
    /// # Errors
    ///
    /// Whatever keeps the dependency from an answer that can be used.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future closes the connection.
    pub async fn rates(&self) -> Result<Rates, UpstreamError> {
        tokio::time::timeout(DEADLINE, self.ask()).await.map_err(|_| UpstreamError::Slow)?
    }

    async fn ask(&self) -> Result<Rates, UpstreamError> {
        let socket = TcpStream::connect((self.host.as_str(), self.port)).await?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(socket)).await?;
        // The connection ends with this set: it does not outlive the call.
        let mut driver = JoinSet::new();
        driver.spawn(connection);
        let request = Request::get("/rates").header(HOST, &self.authority).body(Empty::<Bytes>::new());
        let answer = sender.send_request(request.map_err(|_| UpstreamError::Unreadable)?).await?;
        if answer.status() != StatusCode::OK {
            return Err(UpstreamError::Status(answer.status()));
        }
        let body = Limited::new(answer.into_body(), MAX_ANSWER).collect().await;
        let body = body.map_err(|_| UpstreamError::Unreadable)?.to_bytes();
        Ok(Rates::from_json(&body)?)
    }
}

impl fmt::Display for Upstream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "http://{}", self.authority)
    }
}

/// Not the URL of a dependency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not of the form http://host[:port]")]
pub struct NoUpstream;

/// Why the dependency gave no rates; for the log, never for a client.
#[derive(Debug, thiserror::Error)]
pub enum UpstreamError {
    /// It cannot be reached.
    #[error("it cannot be reached")]
    Unreachable(#[from] io::Error),
    /// It does not speak HTTP, or went away.
    #[error("the exchange broke off")]
    Broken(#[from] hyper::Error),
    /// It did not answer in time.
    #[error("it did not answer in time")]
    Slow,
    /// It refused, or failed itself.
    #[error("it answered {0}")]
    Status(StatusCode),
    /// Its answer is too long or breaks off.
    #[error("its answer cannot be read")]
    Unreadable,
    /// Its answer is no list of rates.
    #[error(transparent)]
    Bad(#[from] BadRates),
}

impl UpstreamError {
    /// The innermost cause, which is what an operator looks for.
    #[must_use]
    pub fn root(&self) -> String {
        let mut cause: &dyn Error = self;
        while let Some(next) = cause.source() {
            cause = next;
        }
        cause.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_http_without_a_path() {
        let check = |url: &str, expected: Option<(&str, u16)>| {
            let found = Upstream::parse(url).ok();
            assert_eq!(found.as_ref().map(|it| (it.host.as_str(), it.port)), expected, "{url}");
        };
        check("http://127.0.0.1:9000", Some(("127.0.0.1", 9000)));
        check("http://rates.example/", Some(("rates.example", 80)));
        check("http://[::1]:9000", Some(("::1", 9000)));
        for bad in [
            "",
            "rates",
            "https://a",
            "http://",
            "http://a/b",
            "http://a?b",
            "http://u:p@a",
            "ftp://a",
            "/rates",
        ] {
            check(bad, None);
        }
    }
}
