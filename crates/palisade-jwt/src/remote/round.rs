//! One round: where the keys are, and what they are.

use super::{
    discovery,
    error::{RemoteError, RemoteErrorKind},
    fetch::{Answer, Fetch, Judged, Question},
    freshness,
    location::Location,
    schedule::SECOND,
};
use crate::{
    jwks::{JwksError, Skipped},
    jwks_policy::JwksPolicy,
    key_set::KeySet,
};
use http::{HeaderValue, StatusCode, header};
use palisade_core::Timestamp;
use std::{sync::Arc, time::Duration};
use tokio::time::timeout;

/// For one exchange, from the look-up of the name to the last byte.
pub(crate) const DEADLINE: Duration = Duration::from_secs(5);
/// How long the place of the keys is believed, in nanoseconds: an hour, or until they cannot be fetched there.
const PLACE_AGE: u64 = 3_600 * SECOND;
/// A longer tag is not sent back.
const MAX_ETAG: usize = 256;

/// Who is asked, and how.
#[derive(Debug)]
pub(crate) struct Provider {
    pub(crate) issuer: Box<str>,
    /// What the issuer is, as a place; absent where the place of the keys was given.
    pub(crate) root: Option<Location>,
    pub(crate) keys: Option<Location>,
    pub(crate) loopback_http: bool,
    pub(crate) policy: JwksPolicy,
    pub(crate) fetch: Arc<dyn Fetch>,
}

/// What one round leaves to the next.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    place: Option<Location>,
    /// When the place was last confirmed; absent when it is in doubt.
    confirmed: Option<Timestamp>,
    /// Of the keys that were taken from there.
    etag: Option<HeaderValue>,
}

/// What a round brought.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) keys: FoundKeys,
    /// Seconds for which they are fresh, where the provider says.
    pub(crate) max_age: Option<u64>,
}

#[derive(Debug)]
pub(crate) enum FoundKeys {
    Same,
    New(KeySet, Vec<Skipped>),
}

impl Provider {
    /// Runs a round; at most three questions about the place, one for the keys.
    pub(crate) async fn round(
        self: Arc<Self>,
        mut memory: Memory,
        now: Timestamp,
    ) -> (Memory, Result<Found, RemoteError>) {
        let found = match self.place(&mut memory, now).await {
            Ok(place) => self.keys(&place, &mut memory).await,
            Err(error) => Err(error),
        };
        if found.is_err() {
            memory.confirmed = None;
        }
        (memory, found)
    }

    async fn place(&self, memory: &mut Memory, now: Timestamp) -> Result<Location, RemoteError> {
        let Some(root) = self.root.as_ref().filter(|_| self.keys.is_none()) else {
            return self
                .keys
                .clone()
                .ok_or_else(|| RemoteError::new(RemoteErrorKind::Internal, "no place is known"));
        };
        if let (Some(place), Some(confirmed)) = (&memory.place, memory.confirmed)
            && now.nanos_since(confirmed) < PLACE_AGE
        {
            return Ok(place.clone());
        }
        match (self.discover(root).await, &memory.place) {
            (Ok(place), before) => {
                if before.as_ref() != Some(&place) {
                    memory.etag = None;
                }
                memory.confirmed = Some(now);
                memory.place = Some(place.clone());
                Ok(place)
            }
            // Somebody else answers there; nobody knows whose keys those would be.
            (Err(error), _) if error.kind() == RemoteErrorKind::Issuer => Err(error),
            (Err(_), Some(place)) => Ok(place.clone()),
            (Err(error), None) => Err(error),
        }
    }

    async fn discover(&self, root: &Location) -> Result<Location, RemoteError> {
        let accept = HeaderValue::from_static("application/json");
        let mut first = None;
        for place in discovery::places(root, self.loopback_http) {
            let answer = self.ask(&place, accept.clone(), None).await?;
            let is_elsewhere =
                answer.status.is_client_error() && answer.status != StatusCode::TOO_MANY_REQUESTS;
            let found = answer.judge(false).and_then(|judged| match judged {
                Judged::Document(body) => discovery::keys_of(&self.issuer, &body, self.loopback_http),
                Judged::NotModified => Err(RemoteError::new(RemoteErrorKind::Status, "answered 304")),
            });
            match found {
                // Sites that answer everything with a page have a description elsewhere.
                Err(error) if is_elsewhere || error.kind() == RemoteErrorKind::Document => {
                    first.get_or_insert(error);
                }
                found => return found.map_err(|error| at(&place, &error)),
            }
        }
        let error = first.unwrap_or_else(|| RemoteError::new(RemoteErrorKind::Internal, "no place to ask"));
        Err(RemoteError::new(error.kind(), format!("no description of {} was found: {error}", self.issuer)))
    }

    async fn keys(&self, place: &Location, memory: &mut Memory) -> Result<Found, RemoteError> {
        let accept = HeaderValue::from_static("application/jwk-set+json, application/json");
        let answer = self.ask(place, accept, memory.etag.clone()).await?;
        let max_age = freshness::remaining(&answer.headers);
        let etag = answer.headers.get(header::ETAG).filter(|etag| etag.len() <= MAX_ETAG).cloned();
        match answer.judge(memory.etag.is_some()).map_err(|error| at(place, &error))? {
            Judged::NotModified => Ok(Found { keys: FoundKeys::Same, max_age }),
            Judged::Document(body) => {
                let (keys, skipped) = self.read(&body).map_err(|error| at(place, &error))?;
                memory.etag = etag;
                Ok(Found { keys: FoundKeys::New(keys, skipped), max_age })
            }
        }
    }

    fn read(&self, body: &[u8]) -> Result<(KeySet, Vec<Skipped>), RemoteError> {
        let (keys, skipped) = KeySet::from_jwks(body, &self.policy).map_err(|error| match error {
            JwksError::TooLong => super::fetch::too_large(),
            JwksError::NotJson | JwksError::NoKeys => {
                RemoteError::new(RemoteErrorKind::Document, format!("these are no keys: {error}"))
            }
        })?;
        if !keys.is_empty() {
            return Ok((keys, skipped));
        }
        let why =
            skipped.first().map_or_else(String::new, |skipped| format!("; the first: {}", skipped.reason));
        Err(RemoteError::new(
            RemoteErrorKind::NoKeys,
            format!("no key of {} can be used{why}", skipped.len()),
        ))
    }

    async fn ask(
        &self,
        place: &Location,
        accept: HeaderValue,
        etag: Option<HeaderValue>,
    ) -> Result<Answer, RemoteError> {
        let question = Question { url: place.uri().clone(), accept, etag };
        timeout(DEADLINE, self.fetch.get(question)).await.unwrap_or_else(|_| {
            Err(RemoteError::new(
                RemoteErrorKind::Timeout,
                format!("{place} did not answer in full within 5 seconds"),
            ))
        })
    }
}

fn at(place: &Location, error: &RemoteError) -> RemoteError {
    RemoteError::new(error.kind(), format!("{place}: {error}"))
}
