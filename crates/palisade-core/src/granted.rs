//! A proof that the caller was asked what they may.

use crate::{
    caller::caller, denial::Denial, facts::Facts, principal::Principal, require::Require, scope::Requirement,
};
use std::{fmt, marker::PhantomData};

/// What a type demands of a caller; [`permissions!`](crate::permissions) makes one type for each permission.
///
/// A tuple of up to four demands all of them. A type of your own can demand any expression:
///
/// ```
/// use palisade_core::{Demand, Requirement, Scope};
///
/// const WRITE: Scope = Scope::from_static("write");
/// const ADMIN: Scope = Scope::from_static("admin");
///
/// /// Whoever may change things.
/// enum Editing {}
///
/// impl Demand for Editing {
///     fn requirement() -> Requirement {
///         WRITE | ADMIN
///     }
/// }
/// ```
pub trait Demand: 'static {
    /// What it demands, the same at every call.
    fn requirement() -> Requirement;
}

/// A caller of whom this request's facts say that they meet the demand `D`.
///
/// There is no other way to one than [`of`](Self::of) and the extractor, which calls it. So a function that takes a
/// `&Granted<…>` cannot be reached by a handler that forgot to check, on whatever route it stands.
///
/// As an extractor it checks at the time of the request, whatever the route demands, and also where route or stack only
/// report: a proof is never handed out on credit. `Option<Granted<D>>` is `None` for who is nobody or may not.
///
/// ```
/// use palisade_core::{Facts, Granted, permissions};
///
/// permissions! {
///     pub enum Permission {
///         DeleteModels = "delete_models",
///     }
/// }
///
/// fn delete(model: &str, by: &Granted<permission::DeleteModels>) -> String {
///     format!("{} deleted {model}", by.principal().id())
/// }
///
/// // Nobody was let in here, so there is nothing to delete with.
/// let facts = Facts::new(palisade_core::Clock::system());
/// assert!(Granted::<permission::DeleteModels>::of(&facts).is_err());
/// # let _ = delete;
/// ```
pub struct Granted<D> {
    principal: Principal,
    demand: PhantomData<fn() -> D>,
}

impl<D: Demand> Granted<D> {
    /// The proof, where the facts give it; for services without axum.
    ///
    /// # Errors
    ///
    /// 403 naming the scopes, where the caller lacks one; 401 without a good credential; 500 where nobody looked for one, where
    /// authentication is disabled, and on public routes: the fix is logged.
    #[inline]
    pub fn of(facts: &Facts) -> Result<Self, Denial> {
        let principal = caller(facts)?;
        match Self::by(principal) {
            Some(granted) => Ok(granted),
            None => Err(Require::scopes(D::requirement()).lacking()),
        }
    }

    #[inline]
    pub(crate) fn by(principal: &Principal) -> Option<Self> {
        let met = D::requirement().is_met_by(principal.scopes());
        met.then(|| Self { principal: principal.clone(), demand: PhantomData })
    }
}

impl<D> Granted<D> {
    /// The caller.
    #[must_use]
    pub const fn principal(&self) -> &Principal {
        &self.principal
    }

    /// The caller, without the proof.
    #[must_use]
    pub fn into_principal(self) -> Principal {
        self.principal
    }

    const fn proves<E>(principal: Principal) -> Granted<E> {
        Granted { principal, demand: PhantomData }
    }
}

impl<D> fmt::Debug for Granted<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Granted").field("principal", &self.principal.id()).finish_non_exhaustive()
    }
}

macro_rules! all_of {
    ($($demand:ident)+) => {
        impl<$($demand: Demand),+> Demand for ($($demand,)+) {
            fn requirement() -> Requirement {
                Requirement::All(vec![$($demand::requirement()),+])
            }
        }

        impl<$($demand: Demand),+> Granted<($($demand,)+)> {
            /// A proof of each part, for functions that demand one.
            #[must_use]
            pub fn split(self) -> ($(Granted<$demand>,)+) {
                ($(Self::proves::<$demand>(self.principal.clone()),)+)
            }
        }
    };
}

all_of!(A B);
all_of!(A B C);
all_of!(A B C D);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{challenge::Challenges, clock::Clock, denial::DenialKind, identity::Identity, route::Route};

    crate::permissions! {
        enum Permission {
            Run = "run",
            Stream = "stream",
        }
    }

    use permission::{Run, Stream};

    fn facts(identity: Option<Identity>) -> Facts {
        let facts = Facts::new(Clock::system());
        if let Some(identity) = identity {
            facts.note_identity(identity);
        }
        facts
    }

    fn known(scopes: &str) -> Option<Identity> {
        Some(Identity::Known(Principal::new("static", "a").with_scopes(scopes.parse().unwrap())))
    }

    fn check<D: Demand>(identity: Option<Identity>, expected: Result<&str, u16>) {
        let granted = Granted::<D>::of(&facts(identity));
        let found = granted.as_ref().map(|granted| granted.principal().id());
        assert_eq!(found.map_err(|denial| denial.kind().status().as_u16()), expected);
    }

    #[test]
    fn a_proof_is_had_by_who_may_and_by_nobody_else() {
        check::<Run>(known("run"), Ok("a"));
        check::<Run>(known("run stream"), Ok("a"));
        check::<Run>(known(""), Err(403));
        check::<Run>(known("RUN run2"), Err(403));
        check::<(Run, Stream)>(known("run"), Err(403));
        check::<(Run, Stream)>(known("run stream"), Ok("a"));
        check::<Run>(Some(Identity::Nobody(Challenges::default())), Err(401));
        check::<Run>(Some(Identity::Refused(Denial::new(DenialKind::Unavailable))), Err(503));
        check::<Run>(Some(Identity::Unchecked), Err(500));
        check::<Run>(None, Err(500));
    }

    #[test]
    fn the_403_names_what_the_type_demands() {
        let denial = Granted::<(Run, Stream)>::of(&facts(known("run"))).unwrap_err();
        assert_eq!(denial.reason(), "insufficient_scope");
        let told: Vec<_> = denial.challenges().iter().collect();
        assert_eq!(told, ["Bearer realm=\"api\", error=\"insufficient_scope\", scope=\"run stream\""]);
    }

    #[test]
    fn public_routes_give_none() {
        let facts = facts(known("run"));
        facts.note_route(&Route::new("/", "public", true));
        assert_eq!(Granted::<Run>::of(&facts).unwrap_err().reason(), "caller_of_public_route");
    }

    #[test]
    fn a_proof_of_all_is_a_proof_of_each() {
        let both = Granted::<(Run, Stream)>::of(&facts(known("run stream"))).unwrap();
        let (run, stream): (Granted<Run>, Granted<Stream>) = both.split();
        assert_eq!(run.principal(), stream.principal());
        assert_eq!(run.into_principal().id(), "a");
    }
}
