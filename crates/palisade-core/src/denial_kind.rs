use http::StatusCode;

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $status:ident, $code:literal, $reason:literal, $message:literal, $grpc:literal;)*) => {
        /// What was refused, in general: the status, the public code and the message follow from it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum DenialKind { $($(#[$doc])* $name,)* }

        impl DenialKind {
            /// Every kind, for tables and tests.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The HTTP status.
            #[must_use]
            #[inline]
            pub const fn status(self) -> StatusCode {
                match self { $(Self::$name => StatusCode::$status,)* }
            }

            /// The code in the envelope, in capitals.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// The public message, a constant.
            #[must_use]
            pub const fn message(self) -> &'static str {
                match self { $(Self::$name => $message,)* }
            }

            /// The gRPC status code.
            #[must_use]
            pub const fn grpc_status(self) -> u16 {
                match self { $(Self::$name => $grpc,)* }
            }

            pub(crate) const fn reason(self) -> &'static str {
                match self { $(Self::$name => $reason,)* }
            }
        }
    };
}

kinds! {
    /// The request is malformed or ambiguous.
    Invalid = BAD_REQUEST, "VALIDATION_ERROR", "invalid_request", "The request is invalid", 3;
    /// There is no credential, or it does not hold.
    Unauthenticated = UNAUTHORIZED, "AUTHENTICATION_FAILED", "unauthenticated", "Authentication required", 16;
    /// The caller is known and may not do this.
    Forbidden = FORBIDDEN, "PERMISSION_DENIED", "forbidden", "Permission denied", 7;
    /// Nothing is there.
    NotFound = NOT_FOUND, "NOT_FOUND", "not_found", "Not found", 5;
    /// The resource exists and does not know the method.
    MethodNotAllowed = METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", "method_not_allowed", "Method not allowed", 12;
    /// No representation that the client accepts.
    NotAcceptable = NOT_ACCEPTABLE, "NOT_ACCEPTABLE", "not_acceptable", "Not acceptable", 3;
    /// The client took too long to send its request.
    Timeout = REQUEST_TIMEOUT, "REQUEST_TIMEOUT", "request_timeout", "The request took too long", 4;
    /// The resource is in another state than the request assumes.
    Conflict = CONFLICT, "CONFLICT", "conflict", "The request conflicts with the current state", 10;
    /// `Content-Length` is needed.
    LengthRequired = LENGTH_REQUIRED, "LENGTH_REQUIRED", "length_required", "Content-Length is required", 3;
    /// `If-Match` and its kin do not hold.
    PreconditionFailed = PRECONDITION_FAILED, "PRECONDITION_FAILED", "precondition_failed", "A precondition failed", 9;
    /// The body is longer than allowed.
    PayloadTooLarge = PAYLOAD_TOO_LARGE, "PAYLOAD_TOO_LARGE", "payload_too_large", "The request body is too large", 8;
    /// The target is longer than allowed.
    UriTooLong = URI_TOO_LONG, "URI_TOO_LONG", "uri_too_long", "The request target is too long", 3;
    /// The body is of a type that is not read here.
    UnsupportedMediaType = UNSUPPORTED_MEDIA_TYPE, "UNSUPPORTED_MEDIA_TYPE", "unsupported_media_type",
        "The content type is not supported", 3;
    /// `Expect` asks for what is not done here.
    ExpectationFailed = EXPECTATION_FAILED, "EXPECTATION_FAILED", "expectation_failed", "The expectation cannot be met", 3;
    /// The connection is not for this authority.
    Misdirected = MISDIRECTED_REQUEST, "MISDIRECTED_REQUEST", "misdirected_request", "The request was misdirected", 3;
    /// This caller's quota is used up.
    RateLimited = TOO_MANY_REQUESTS, "RATE_LIMITED", "rate_limited", "Rate limit exceeded", 8;
    /// The header block is larger than allowed.
    HeadersTooLarge = REQUEST_HEADER_FIELDS_TOO_LARGE, "HEADERS_TOO_LARGE", "headers_too_large",
        "The request headers are too large", 8;
    /// A fault of ours; always a bug.
    Internal = INTERNAL_SERVER_ERROR, "INTERNAL_ERROR", "internal_error", "Internal error", 13;
    /// A service behind us answered badly.
    Upstream = BAD_GATEWAY, "UPSTREAM_ERROR", "upstream_error", "An upstream service failed", 14;
    /// We cannot decide at the moment.
    Unavailable = SERVICE_UNAVAILABLE, "SERVICE_UNAVAILABLE", "unavailable", "Service temporarily unavailable", 14;
    /// The whole service is busy, whoever calls.
    Overloaded = SERVICE_UNAVAILABLE, "SERVICE_UNAVAILABLE", "overloaded", "Service overloaded", 14;
    /// A service behind us took too long.
    UpstreamTimeout = GATEWAY_TIMEOUT, "UPSTREAM_TIMEOUT", "upstream_timeout", "An upstream service took too long", 4;
}

impl DenialKind {
    /// The kind that a bare status of somebody else stands for, where one does.
    #[must_use]
    pub fn from_status(status: StatusCode) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.status() == status)
    }

    /// Whether `details` may be anything but null.
    #[must_use]
    pub fn may_have_details(self) -> bool {
        matches!(
            self.status(),
            StatusCode::BAD_REQUEST | StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE
        )
    }
}
