use crate::exchange::Exchange;
use crate::expect::Expect;
use crate::request::Request;

/// One attack: a stable id, a title, and the exchanges that must all go as stated.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Case {
    /// The stable id, such as `A029`.
    pub id: &'static str,
    /// What is tried, in a few words.
    pub title: &'static str,
    /// The server this case needs.
    pub profile: Profile,
    /// What is sent, in order, each on its own connection.
    pub exchanges: Vec<Exchange>,
}

/// Which server a case runs against. Cases of [`Profile::Plain`] share one server, every other case gets a fresh one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Profile {
    /// No proxy is trusted, and no limit is tight enough for a hundred quick requests to meet it.
    Plain,
    /// As `Plain`, with a tight limit by client address ([`Target::address_burst`](crate::Target::address_burst)).
    Limited,
    /// As `Limited`, and `127.0.0.1` is trusted to state the client in `X-Forwarded-For`.
    TrustedProxy,
}

impl Case {
    /// A case without exchanges.
    #[must_use]
    pub fn new(id: &'static str, title: &'static str) -> Self {
        Self { id, title, profile: Profile::Plain, exchanges: Vec::new() }
    }

    /// Sets the profile.
    #[must_use]
    pub fn profile(mut self, profile: Profile) -> Self {
        self.profile = profile;
        self
    }

    /// Adds an exchange of one request and one answer.
    #[must_use]
    pub fn send(self, request: Request, answer: Expect) -> Self {
        self.exchange(Exchange::new(request, answer))
    }

    /// Adds one such exchange for each request.
    #[must_use]
    pub fn send_all(self, requests: impl IntoIterator<Item = Request>, answer: &Expect) -> Self {
        requests.into_iter().fold(self, |case, request| case.send(request, answer.clone()))
    }

    /// Adds an exchange.
    #[must_use]
    pub fn exchange(mut self, exchange: Exchange) -> Self {
        self.exchanges.push(exchange);
        self
    }
}
