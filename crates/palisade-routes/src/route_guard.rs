//! Guards that stand at one route, behind its policy.

use http::{Response, request, response};
use palisade_core::{Denial, Facts, Guard, Mode, Pass, Reply};
use std::sync::Arc;

/// A guard whose kind of pass is forgotten, so that a route can hold any.
pub(crate) trait RouteGuard: Send + Sync {
    fn check(&self, head: &request::Parts, facts: &Facts) -> Reply<Result<Box<dyn RoutePass>, Denial>>;
    fn seal(&self, head: &mut request::Parts);
}

impl<G: Guard> RouteGuard for G {
    fn check(&self, head: &request::Parts, facts: &Facts) -> Reply<Result<Box<dyn RoutePass>, Denial>> {
        Guard::check(self, head, facts)
            .map(|verdict| verdict.map(|pass| Box::new(pass) as Box<dyn RoutePass>))
    }

    fn seal(&self, head: &mut request::Parts) {
        Guard::seal(self, head);
    }
}

/// A pass of any kind.
pub(crate) trait RoutePass: Send {
    fn inbound(&mut self, head: &mut request::Parts);
    fn outbound(self: Box<Self>, head: &mut response::Parts, facts: &Facts);
}

impl<P: Pass> RoutePass for P {
    fn inbound(&mut self, head: &mut request::Parts) {
        Pass::inbound(self, head);
    }

    fn outbound(self: Box<Self>, head: &mut response::Parts, facts: &Facts) {
        Pass::outbound(*self, head, facts);
    }
}

/// The passes granted so far, in order.
pub(crate) struct Passes(Vec<Box<dyn RoutePass>>);

impl Passes {
    /// Asks the guards in order, until one refuses.
    pub(crate) async fn collect(
        guards: &[Arc<dyn RouteGuard>],
        head: &mut request::Parts,
        facts: &Facts,
        mode: Mode,
    ) -> (Self, Result<(), Denial>) {
        let mut passes = Vec::with_capacity(guards.len());
        for guard in guards {
            let verdict = guard.check(head, facts).await;
            guard.seal(head);
            match (verdict, mode) {
                (Ok(mut pass), _) => {
                    pass.inbound(head);
                    passes.push(pass);
                }
                (Err(denial), Mode::Report) => facts.report(&denial),
                (Err(denial), Mode::Enforce) => return (Self(passes), Err(denial)),
            }
        }
        (Self(passes), Ok(()))
    }

    /// Shows the response to every pass, innermost first.
    pub(crate) fn leave<B>(self, response: Response<B>, facts: &Facts) -> Response<B> {
        let (mut head, body) = response.into_parts();
        for pass in self.0.into_iter().rev() {
            pass.outbound(&mut head, facts);
        }
        Response::from_parts(head, body)
    }
}
