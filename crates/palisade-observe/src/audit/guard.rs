//! The guard that sees refused requests out.

use super::{
    entry::{Entry, Outcome},
    recorder::{Overflow, Recorder},
};
use http::{StatusCode, request, response};
use palisade_core::{Denial, DenialKind, Ending, Facts, Guard, Identity, Principal, Reply, Witness};

/// Records requests that are refused for who calls, with the true reason that the client does not learn.
///
/// | act | when |
/// | --- | --- |
/// | `authn.failure` | 401, and 400 for a credential that is ambiguous |
/// | `authn.undecided` | 503 because nobody can tell whether a credential holds |
/// | `authz.denied` | 403 |
/// | `limit.denied` | 429 |
///
/// Where refusals are only reported, the outcome is `would_refuse`. It belongs into the outermost gate, inside an
/// envelope; `Stack::audit` puts it there.
#[derive(Clone, Debug)]
pub struct Audit(Recorder);

impl Audit {
    /// Records with this recorder.
    #[must_use]
    pub fn new(recorder: Recorder) -> Self {
        recorder.guards();
        Self(recorder)
    }
}

impl Guard for Audit {
    type Pass = ();

    fn check(&self, _: &request::Parts, facts: &Facts) -> Reply<Result<(), Denial>> {
        let Self(recorder) = self;
        facts.witness(Box::new(Seen(recorder.clone())));
        if !recorder.is_full() {
            return Reply::now(Ok(()));
        }
        match recorder.overflow() {
            Overflow::Count => Reply::now(Ok(())),
            Overflow::Wait => {
                let recorder = recorder.clone();
                Reply::later(async move {
                    recorder.room().await;
                    Ok(())
                })
            }
            Overflow::Refuse => Reply::now(Err(Denial::new(DenialKind::Unavailable)
                .because("audit_unavailable")
                .retry_after(1))),
        }
    }
}

struct Seen(Recorder);

impl Witness for Seen {
    fn answered(&mut self, head: Option<&response::Parts>, facts: &Facts) {
        let Some(head) = head else { return };
        let refused = match facts.told(head) {
            Some(denial) => act(denial.kind(), facts).map(|act| (act, denial.reason())),
            // A handler's own answer.
            None => match head.status {
                StatusCode::UNAUTHORIZED => Some(("authn.failure", "handler")),
                StatusCode::FORBIDDEN => Some(("authz.denied", "handler")),
                _ => None,
            },
        };
        if let Some((act, reason)) = refused {
            self.note(Entry::new(act).outcome(Outcome::Refused).because(reason), facts);
        }
        for denial in facts.would_deny() {
            if let Some(act) = act(denial.kind(), facts) {
                let entry = Entry::new(act).outcome(Outcome::WouldRefuse).because(denial.reason());
                self.note(entry, facts);
            }
        }
    }

    fn ended(self: Box<Self>, _: Ending, _: u64) {}
}

/// What kind of refusal it is; `None` for those that are not about who calls.
fn act(kind: DenialKind, facts: &Facts) -> Option<&'static str> {
    let claimed = matches!(facts.identity(), Some(Identity::Refused(_)));
    match kind {
        DenialKind::Unauthenticated => Some("authn.failure"),
        DenialKind::Invalid if claimed => Some("authn.failure"),
        DenialKind::Unavailable if claimed => Some("authn.undecided"),
        DenialKind::Forbidden => Some("authz.denied"),
        DenialKind::RateLimited => Some("limit.denied"),
        _ => None,
    }
}

impl Seen {
    fn note(&self, mut entry: Entry, facts: &Facts) {
        let caller = facts.identity().and_then(Identity::principal);
        let name = |caller: &Principal| format!("{}:{}", caller.kind(), caller.id()).into();
        entry.time = facts.now().wall;
        entry.actor = caller.map(name);
        entry.client = facts.client().map(|client| client.ip);
        entry.request_id = Some(String::from_utf8_lossy(&facts.request_id().text()).into());
        entry.route = facts.route().map(|route| route.template().into());
        self.0.note(entry);
    }
}
