//! Callers with plans and tenants.

use http::request;
use palisade::{Authenticator, Authorization, Credential, Denial, DenialKind, Facts, Principal, Reply};
use std::sync::Arc;

/// Knows these callers by bearer tokens that are their ids.
#[derive(Clone, Debug)]
pub struct Callers(Arc<[Principal]>);

impl Callers {
    /// These callers.
    #[must_use]
    pub fn new(callers: impl IntoIterator<Item = Principal>) -> Self {
        Self(callers.into_iter().collect())
    }
}

impl Authenticator for Callers {
    fn find<'h>(&self, head: &'h request::Parts) -> Result<Option<Credential<'h>>, Denial> {
        let found = Authorization::of(&head.headers)?.filter(|found| found.is("Bearer"));
        found.map(|found| found.opaque()).transpose()
    }

    fn verify(
        &self,
        credential: Credential<'_>,
        _: &request::Parts,
        _: &Facts,
    ) -> Reply<Result<Principal, Denial>> {
        let caller = self.0.iter().find(|caller| caller.id().as_bytes() == credential.expose());
        Reply::now(caller.cloned().ok_or_else(|| Denial::new(DenialKind::Unauthenticated)))
    }
}
