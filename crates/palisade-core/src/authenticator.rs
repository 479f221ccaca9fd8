//! One kind of credential.

use crate::{
    challenge::Challenge,
    credential::{Authorization, Credential},
    denial::Denial,
    facts::Facts,
    principal::Principal,
    reply::Reply,
};
use http::{HeaderName, header::AUTHORIZATION, request};
use std::fmt;

/// One kind of credential: finds it by place and shape, and verifies what it found.
///
/// Finding and verifying are two acts, so that absence, malformation and rejection stay three outcomes.
pub trait Authenticator: fmt::Debug + Send + Sync + 'static {
    /// Finds a credential of this kind, by place and shape alone; pure and cheap.
    ///
    /// # Errors
    ///
    /// Where one was clearly meant for this kind and cannot be read (401), or stands there twice (400).
    fn find<'h>(&self, head: &'h request::Parts) -> Result<Option<Credential<'h>>, Denial>;

    /// What [`find`](Self::find) says of a head whose one `Authorization` field reads so and that has none of the other
    /// [`places`](Self::places), where that follows from this field alone; `None`, which is the default, where it does not.
    ///
    /// Where every kind answers, the field is looked up once for all of them instead of once for each and once more to mark it.
    fn find_in<'h>(&self, field: &Authorization<'h>) -> Option<Result<Option<Credential<'h>>, Denial>> {
        let _ = field;
        None
    }

    /// [`find_in`](Self::find_in) and [`verify`](Self::verify) in one, where this kind stands alone and needs nothing but the
    /// field; `None`, which is the default, where it has to be asked as above.
    fn verify_in(&self, field: &Authorization<'_>, facts: &Facts) -> Option<Result<Principal, Denial>> {
        let _ = (field, facts);
        None
    }

    /// Says who presented it. Where it cannot be checked, the denial is 503, never 401.
    fn verify(
        &self,
        credential: Credential<'_>,
        head: &request::Parts,
        facts: &Facts,
    ) -> Reply<Result<Principal, Denial>>;

    /// What a caller without a credential is told to bring.
    fn challenge(&self) -> Option<Challenge> {
        None
    }

    /// Whether it claims every bearer token, whatever its shape, as kinds of opaque tokens must.
    ///
    /// Such kinds are asked after all others, whichever were added first, so that they leave tokens of a special shape alone.
    fn claims_any_bearer(&self) -> bool {
        false
    }

    /// The headers in which this kind looks; they are marked sensitive, and removed by [`Authenticate::strip`](crate::Authenticate::strip).
    fn places(&self) -> Vec<HeaderName> {
        vec![AUTHORIZATION]
    }

    /// What it keeps in the memory of this process although it has to be the same on every node, in words for whoever sets it up;
    /// nothing, which is the default.
    fn kept_here(&self) -> Vec<&'static str> {
        Vec::new()
    }
}
