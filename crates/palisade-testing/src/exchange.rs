use std::net::Ipv4Addr;

use crate::expect::Expect;
use crate::request::Request;

/// One connection: what is sent on it, and which answers must come back, in order.
#[derive(Clone, Debug)]
pub struct Exchange {
    pub(crate) request: Request,
    pub(crate) answers: Vec<Expect>,
    pub(crate) times: Times,
    pub(crate) from: Option<Ipv4Addr>,
    pub(crate) must_close: bool,
    pub(crate) optional: bool,
    pub(crate) likeness: Option<(Likeness, &'static str)>,
}

/// How often an exchange is repeated, each time on a new connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Times {
    Once,
    UntilLimited,
    StillLimited,
}

/// How an answer must relate to the first answer with the same label in its case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Likeness {
    /// The same status.
    Status,
    /// The same status and header lines, but for lengths and what changes by the request.
    Head,
    /// The same status, header lines and body, but for what changes by the request (date, request id, counters).
    Answer,
    /// Another body, unless both are empty.
    OtherBody,
}

impl Exchange {
    /// Sends a request once and expects one answer.
    #[must_use]
    pub fn new(request: Request, answer: Expect) -> Self {
        Self {
            request,
            answers: vec![answer],
            times: Times::Once,
            from: None,
            must_close: false,
            optional: false,
            likeness: None,
        }
    }

    /// Expects another answer on the same connection, to a pipelined request. An answer nobody expects is a failure.
    #[must_use]
    pub fn then(mut self, answer: Expect) -> Self {
        self.answers.push(answer);
        self
    }

    /// Repeats until the expected 429 comes: after the target's burst and before four times as many requests.
    #[must_use]
    pub fn until_limited(mut self) -> Self {
        self.times = Times::UntilLimited;
        self
    }

    /// Expects 429 within half a burst: proof that this request draws on a bucket that is already empty.
    #[must_use]
    pub fn still_limited(mut self) -> Self {
        self.times = Times::StillLimited;
        self
    }

    /// Connects from this address, one of the loopback network.
    #[must_use]
    pub fn from(mut self, address: Ipv4Addr) -> Self {
        self.from = Some(address);
        self
    }

    /// The server must close the connection after the last answer.
    #[must_use]
    pub fn must_close(mut self) -> Self {
        self.must_close = true;
        self
    }

    /// Leaves this exchange out, rather than the whole case, when the target does not state what it names.
    #[must_use]
    pub fn optional(mut self) -> Self {
        self.optional = true;
        self
    }

    /// Compares the first answer with that of the first exchange of this label in the case.
    #[must_use]
    pub fn alike(mut self, likeness: Likeness, label: &'static str) -> Self {
        self.likeness = Some((likeness, label));
        self
    }
}
