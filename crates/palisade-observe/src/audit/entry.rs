//! What is to be recorded.

use super::{shown::Shown, time};
use palisade_core::UnixTime;
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, collections::BTreeMap, net::IpAddr};

/// What is to be recorded: an act, by whom, on what, and how it ended. It has no place in a log yet.
///
/// Every field but `act` and `outcome` may be absent. A [`Recorder`](super::Recorder) fills in `time`, `origin` and `number`,
/// masks texts of others, and tells e-mail addresses as pseudonyms.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Entry {
    /// When, in UTC to the millisecond.
    #[serde(with = "time")]
    pub time: UnixTime,
    /// What was done or tried: `key.created`, `authn.failure`.
    pub act: Cow<'static, str>,
    /// How it ended.
    pub outcome: Outcome,
    /// The true reason, in one word where the program knows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Box<str>>,
    /// Who: kind and id, `api_key:8hQ2…`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<Box<str>>,
    /// On what: kind and id, `key:8hQ2…`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<Box<str>>,
    /// From which address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<IpAddr>,
    /// Which request, as `X-Request-Id` told the client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<Box<str>>,
    /// The template of the route.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub route: Option<Box<str>>,
    /// What was there before.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub before: BTreeMap<Cow<'static, str>, Shown>,
    /// What is there now.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub after: BTreeMap<Cow<'static, str>, Shown>,
    /// Of how many it tells, where it is not one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// Which recorder wrote it, a name drawn at its start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Box<str>>,
    /// The how-manieth of that recorder, from 0 without gaps; twice the same number is the same entry, written twice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<u64>,
}

/// How an act ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Outcome {
    /// A change is about to be made; another record tells how it ended.
    Begun,
    /// It was done, or happened.
    Done,
    /// A change that had begun was not made.
    Abandoned,
    /// Nobody knows whether a change that had begun was made: the store did not answer, or the act was broken off.
    Unknown,
    /// It was refused.
    Refused,
    /// It would have been refused, and passed because refusals are only reported.
    WouldRefuse,
    /// It failed.
    Failed,
    /// So many records like this were left out, because there were too many of them.
    Suppressed,
    /// So many records are lost.
    Dropped,
}

impl Entry {
    /// Something that was done or happened.
    #[must_use]
    pub fn new(act: &'static str) -> Self {
        Self {
            time: UnixTime::from_secs(0),
            act: Cow::Borrowed(act),
            outcome: Outcome::Done,
            reason: None,
            actor: None,
            target: None,
            client: None,
            request_id: None,
            route: None,
            before: BTreeMap::new(),
            after: BTreeMap::new(),
            count: None,
            origin: None,
            number: None,
        }
    }

    /// How it ended.
    #[must_use]
    pub const fn outcome(mut self, outcome: Outcome) -> Self {
        self.outcome = outcome;
        self
    }

    /// Why.
    #[must_use]
    pub fn because(mut self, reason: impl Into<Box<str>>) -> Self {
        self.reason = Some(reason.into());
        self
    }

    /// By whom: kind and id, `user:17`.
    #[must_use]
    pub fn by(mut self, actor: impl Into<Box<str>>) -> Self {
        self.actor = Some(actor.into());
        self
    }

    /// On what: kind and id.
    #[must_use]
    pub fn on(mut self, kind: &'static str, id: &str) -> Self {
        self.target = Some(format!("{kind}:{id}").into());
        self
    }

    /// A field that became another: what is shown of it before and after.
    #[must_use]
    pub fn change(mut self, field: &'static str, before: impl Into<Shown>, after: impl Into<Shown>) -> Self {
        self.before.insert(Cow::Borrowed(field), before.into());
        self.after(field, after)
    }

    /// A field that is new.
    #[must_use]
    pub fn after(mut self, field: &'static str, after: impl Into<Shown>) -> Self {
        self.after.insert(Cow::Borrowed(field), after.into());
        self
    }

    /// It tells of so many.
    #[must_use]
    pub const fn count(mut self, count: u64) -> Self {
        self.count = Some(count);
        self
    }

    /// About how many bytes it takes in memory and on a disk.
    pub(crate) fn size(&self) -> usize {
        let text = |text: &Option<Box<str>>| text.as_ref().map_or(0, |text| text.len());
        let texts = [&self.reason, &self.actor, &self.target, &self.request_id, &self.route];
        512 + 64 * (self.before.len() + self.after.len()) + texts.into_iter().map(text).sum::<usize>()
    }
}
