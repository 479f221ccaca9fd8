//! What speaks gRPC.

use http::HeaderValue;

/// `application/grpc` and its kin, but not `application/grpc-web`, whose clients read trailers from the body, nor what merely begins alike.
#[must_use]
pub fn is_grpc(content_type: &HeaderValue) -> bool {
    let rest = content_type.as_bytes().strip_prefix(b"application/grpc");
    rest.is_some_and(|rest| matches!(rest.first(), None | Some(b'+' | b';')))
}
