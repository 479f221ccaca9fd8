//! What a status says about whoever answered with it.

use super::transition::CallOutcome;
use http::StatusCode;
use std::{fmt, sync::Arc};

/// What each status says about the dependency.
#[derive(Clone, Default)]
pub(super) enum ByStatus {
    /// 5xx are failures, 4xx blame the client and say nothing, the rest are successes.
    #[default]
    ServerErrors,
    Given(Arc<dyn Fn(StatusCode) -> CallOutcome + Send + Sync>),
}

impl ByStatus {
    pub(super) fn judge(&self, status: StatusCode) -> CallOutcome {
        match self {
            Self::Given(opinion) => opinion(status),
            Self::ServerErrors if status.is_server_error() => CallOutcome::Failure,
            Self::ServerErrors if status.is_client_error() => CallOutcome::Neither,
            Self::ServerErrors => CallOutcome::Success,
        }
    }
}

impl fmt::Debug for ByStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ServerErrors => "ServerErrors",
            Self::Given(_) => "Given",
        })
    }
}
