//! What a bearer reads whose token is not taken, and what is told of it beside the answer.

use crate::rejection::Rejection;
use palisade_core::{
    Challenge, Challenges, Denial, DenialKind, Event, EventSink, InvalidChallenge, TokenEvent,
};
use serde_json::json;
use std::{error::Error, sync::Arc};

/// The one sentence in every answer; why stands in the event, and in the denial for logs.
const BAD: &str = "Invalid or expired credential";

/// Refusals, ready to be sent.
#[derive(Clone, Debug)]
pub(super) struct Refusals {
    challenge: Option<Challenge>,
    invalid: Denial,
    expired: Denial,
    pub(super) events: Arc<dyn EventSink>,
}

impl Refusals {
    pub(super) fn new(events: Arc<dyn EventSink>) -> Self {
        let challenge = Challenge::new("Bearer", "api");
        let denial = |description| {
            let challenges = challenge.clone().and_then(|challenge| told(challenge, description));
            // Constants of the right alphabet; without them the gate would add the plain challenge.
            let challenges = challenges.map(Challenges::from).unwrap_or_default();
            Denial::new(DenialKind::Unauthenticated).with_message(BAD).with_challenges(challenges)
        };
        let invalid = denial("The access token is invalid");
        // No secret: whoever presents a token can read in it when it ends.
        let expired = denial("The access token expired");
        Self { challenge: challenge.ok(), invalid, expired, events }
    }

    pub(super) fn challenge(&self) -> Option<Challenge> {
        self.challenge.clone()
    }

    /// A token that does not hold, or whether it does cannot be told.
    #[cold]
    pub(super) fn rejected(&self, issuer: Option<&str>, rejection: Rejection) -> Denial {
        match rejection.kind() {
            DenialKind::Unavailable => self.undecided(issuer, rejection.as_str(), rejection),
            _ if rejection == Rejection::Expired => {
                self.tell(issuer, rejection.as_str());
                self.expired.clone().because(rejection.as_str())
            }
            _ => self.refused(issuer, rejection.as_str()),
        }
    }

    /// A token that is not taken.
    #[cold]
    pub(super) fn refused(&self, issuer: Option<&str>, reason: &'static str) -> Denial {
        self.tell(issuer, reason);
        self.invalid.clone().because(reason)
    }

    /// Nobody can tell now: 503, so that nobody throws a good token away.
    #[cold]
    pub(super) fn undecided(
        &self,
        issuer: Option<&str>,
        reason: &'static str,
        cause: impl Error + Send + Sync + 'static,
    ) -> Denial {
        self.events.emit(&Event::Token(TokenEvent::Undecided { issuer: issuer.map(Box::from), reason }));
        Denial::new(DenialKind::Unavailable)
            .because(reason)
            .with_details(json!({ "kind": "auth_unavailable" }))
            .with_source(cause)
    }

    fn tell(&self, issuer: Option<&str>, reason: &'static str) {
        self.events.emit(&Event::Token(TokenEvent::Rejected { issuer: issuer.map(Box::from), reason }));
    }
}

/// RFC 6750 §3.1.
fn told(challenge: Challenge, description: &str) -> Result<Challenge, InvalidChallenge> {
    challenge.with("error", "invalid_token")?.with("error_description", description)
}
