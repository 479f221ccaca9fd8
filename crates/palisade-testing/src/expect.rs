/// What one answer must look like.
#[derive(Clone, Debug)]
pub struct Expect {
    pub(crate) status: Status,
    pub(crate) checks: Vec<Check>,
    pub(crate) may_close: bool,
    pub(crate) handler: Option<bool>,
}

/// Which status codes are right.
#[derive(Clone, Debug)]
pub(crate) enum Status {
    Success,
    Below500,
    OneOf(&'static [u16]),
}

/// One property of head or body.
#[derive(Clone, Debug)]
pub(crate) enum Check {
    HeaderPresent(&'static str),
    HeaderAbsent(&'static str),
    /// Some line of this name begins so.
    HeaderStarts(&'static str, &'static str),
    /// No line of this name contains this.
    HeaderLacks(&'static str, &'static str),
    BodyEmpty,
    /// The error envelope of this status, with the header lines of every error.
    Envelope,
    /// The member at this JSON pointer is this string.
    JsonIs(&'static str, &'static str),
    /// Neither head nor body contains this; a template.
    Lacks(&'static str),
    /// No `100 Continue` went before.
    NoInterim,
}

impl Expect {
    fn new(status: Status) -> Self {
        Self { status, checks: Vec::new(), may_close: false, handler: None }
    }

    /// Any 2xx.
    #[must_use]
    pub fn success() -> Self {
        Self::new(Status::Success)
    }

    /// Any answer but a server error.
    #[must_use]
    pub fn below_500() -> Self {
        Self::new(Status::Below500)
    }

    /// One of these codes, whoever wrote the answer.
    #[must_use]
    pub fn one_of(codes: &'static [u16]) -> Self {
        Self::new(Status::OneOf(codes))
    }

    /// One of these codes, and no protected handler ran.
    #[must_use]
    pub fn refused(codes: &'static [u16]) -> Self {
        Self::one_of(codes).handler_ran(false)
    }

    /// One of these codes in the error envelope.
    #[must_use]
    pub fn error(codes: &'static [u16]) -> Self {
        Self::one_of(codes).check(Check::Envelope)
    }

    /// 401 in the error envelope, with a challenge (RFC 9110 §11.6.1), and no protected handler ran.
    #[must_use]
    pub fn unauthenticated() -> Self {
        Self::error(&[401]).handler_ran(false)
    }

    /// 400 in the error envelope for a credential that can be read in two ways (RFC 6750 §3.1).
    #[must_use]
    pub fn ambiguous() -> Self {
        Self::error(&[400]).handler_ran(false)
    }

    /// 429 in the error envelope with `Retry-After`.
    #[must_use]
    pub fn limited() -> Self {
        Self::error(&[429]).header("retry-after").handler_ran(false)
    }

    /// A line of this name is there.
    #[must_use]
    pub fn header(self, name: &'static str) -> Self {
        self.check(Check::HeaderPresent(name))
    }

    /// No line of this name is there.
    #[must_use]
    pub fn no_header(self, name: &'static str) -> Self {
        self.check(Check::HeaderAbsent(name))
    }

    /// Some line of this name begins with `prefix`.
    #[must_use]
    pub fn header_starts(self, name: &'static str, prefix: &'static str) -> Self {
        self.check(Check::HeaderStarts(name, prefix))
    }

    /// No line of this name contains `text`.
    #[must_use]
    pub fn header_lacks(self, name: &'static str, text: &'static str) -> Self {
        self.check(Check::HeaderLacks(name, text))
    }

    /// The body is empty.
    #[must_use]
    pub fn empty(self) -> Self {
        self.check(Check::BodyEmpty)
    }

    /// The body is JSON and the member at this pointer (RFC 6901) is this string.
    #[must_use]
    pub fn json(self, pointer: &'static str, value: &'static str) -> Self {
        self.check(Check::JsonIs(pointer, value))
    }

    /// Neither head nor body contains this text, a template.
    #[must_use]
    pub fn lacks(self, text: &'static str) -> Self {
        self.check(Check::Lacks(text))
    }

    /// No interim answer (1xx) went before.
    #[must_use]
    pub fn no_interim(self) -> Self {
        self.check(Check::NoInterim)
    }

    /// The server may also close the connection without this answer.
    #[must_use]
    pub fn may_close(mut self) -> Self {
        self.may_close = true;
        self
    }

    /// Whether a protected handler ran; looked at only where the target counts them.
    #[must_use]
    pub fn handler_ran(mut self, ran: bool) -> Self {
        self.handler = Some(ran);
        self
    }

    fn check(mut self, check: Check) -> Self {
        self.checks.push(check);
        self
    }
}
