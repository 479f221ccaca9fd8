//! A job, as those see it who manage the queue.

use crate::request::InferenceResponse;
use palisade::UnixTime;
use serde::{Serialize, Serializer};

/// What has become of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It waits.
    Waiting,
    /// It is being answered.
    Running,
    /// There is an answer.
    Done,
    /// Somebody did not want it any more.
    Cancelled,
}

/// A job, as those see it who manage the queue; its prompt is not told.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Ticket {
    /// Its name, 16 hexadecimal digits.
    #[schema(value_type = String)]
    pub id: Box<str>,
    /// What has become of it.
    pub status: Status,
    /// The model that is asked.
    #[schema(value_type = String)]
    pub model: Box<str>,
    /// Who wants it: kind and id.
    #[schema(value_type = String)]
    pub by: Box<str>,
    /// Since when it is there.
    #[serde(serialize_with = "date")]
    #[schema(value_type = String, format = DateTime)]
    pub created_at: UnixTime,
    /// When it began to wait no more.
    #[serde(serialize_with = "perhaps", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub started_at: Option<UnixTime>,
    /// When it came to its end.
    #[serde(serialize_with = "perhaps", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub finished_at: Option<UnixTime>,
    /// How many tokens are written.
    pub tokens: usize,
    /// The answer, once it is done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<InferenceResponse>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "that is how serde calls it")]
fn date<S: Serializer>(at: &UnixTime, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&at.rfc3339())
}

#[expect(clippy::ref_option, reason = "that is how serde calls it")]
fn perhaps<S: Serializer>(at: &Option<UnixTime>, serializer: S) -> Result<S::Ok, S::Error> {
    at.map(UnixTime::rfc3339).serialize(serializer)
}
