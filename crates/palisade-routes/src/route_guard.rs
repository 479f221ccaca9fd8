//! Guards that stand at one route, behind its policy.

use http::{Response, request, response};
use palisade_core::{Denial, Facts, Guard, Mode, Pass, Reply};
use std::sync::Arc;

pub(crate) type Verdict = Result<Box<dyn RoutePass>, Denial>;

/// A guard whose kind of pass is forgotten, so that a route can hold any.
pub(crate) trait RouteGuard: Send + Sync {
    fn check(&self, head: &request::Parts, facts: &Facts) -> Reply<Verdict>;
    fn seal(&self, head: &mut request::Parts);
}

impl<G: Guard> RouteGuard for G {
    fn check(&self, head: &request::Parts, facts: &Facts) -> Reply<Verdict> {
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

/// A request on its way past the guards of a route: who was asked, and the passes that were granted.
pub(crate) struct Passage {
    asked: usize,
    passes: Vec<Box<dyn RoutePass>>,
    facts: Facts,
    mode: Mode,
}

/// Why a request does not go on at once.
pub(crate) enum Stop {
    Refused(Denial),
    Waiting(Reply<Verdict>),
}

impl Passage {
    pub(crate) const fn new(facts: Facts, mode: Mode) -> Self {
        Self { asked: 0, passes: Vec::new(), facts, mode }
    }

    /// Asks the guards that were not asked yet, in order, until one refuses or must wait.
    pub(crate) fn ask(
        &mut self,
        guards: &[Arc<dyn RouteGuard>],
        head: &mut request::Parts,
    ) -> Result<(), Stop> {
        while let Some(guard) = guards.get(self.asked) {
            match guard.check(head, &self.facts).try_now() {
                Ok(verdict) => self.settle(guards, verdict, head).map_err(Stop::Refused)?,
                Err(later) => return Err(Stop::Waiting(later)),
            }
        }
        Ok(())
    }

    /// Takes the verdict of the guard that was asked last.
    pub(crate) fn settle(
        &mut self,
        guards: &[Arc<dyn RouteGuard>],
        verdict: Verdict,
        head: &mut request::Parts,
    ) -> Result<(), Denial> {
        if let Some(guard) = guards.get(self.asked) {
            guard.seal(head);
        }
        self.asked += 1;
        match (verdict, self.mode) {
            (Ok(mut pass), _) => {
                pass.inbound(head);
                self.passes.push(pass);
            }
            (Err(denial), Mode::Report) => self.facts.report(&denial),
            (Err(denial), Mode::Enforce) => return Err(denial),
        }
        Ok(())
    }

    /// Shows the response to every pass, innermost first.
    pub(crate) fn leave<B>(self, response: Response<B>) -> Response<B> {
        let (mut head, body) = response.into_parts();
        for pass in self.passes.into_iter().rev() {
            pass.outbound(&mut head, &self.facts);
        }
        Response::from_parts(head, body)
    }

    /// Refuses, and shows that to every pass.
    pub(crate) fn refuse<B: Default>(self, denial: Denial) -> Response<B> {
        let response = self.facts.refuse(denial);
        self.leave(response)
    }
}
