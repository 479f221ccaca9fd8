//! What a stack is made of, as types: the same whatever its settings.

use crate::{
    beside::Beside,
    cors_switch::CorsSwitch,
    head_limit::HeadLimit,
    metered::Metered,
    name_request::NameRequest,
    outer::{OnPreflight, Outer},
    panic::Panicked,
};
use axum::Router;
use palisade_core::{Authenticate, ClientIp, Envelope, Gate, Networks, SecurityHeaders, StrictPath, Then};
use palisade_limit::Overload;
use tower_http::catch_panic::CatchPanic;

/// The guards outside CORS.
pub(crate) type Outside = Then<Then<Then<Head, Option<StrictPath>>, Option<Networks>>, Option<OnPreflight>>;

/// Those of them that refuse nobody for what is asked.
type Head = Then<
    Then<Then<Then<Then<Option<Log>, Option<Audit>>, Option<SecurityHeaders>>, ClientIp>, NameRequest>,
    HeadLimit,
>;

/// What sees requests out.
#[cfg(feature = "observe")]
pub(crate) type Log = palisade_observe::AccessLog;
#[cfg(not(feature = "observe"))]
pub(crate) type Log = palisade_core::Open;

/// What records refusals.
#[cfg(feature = "observe")]
pub(crate) type Audit = palisade_observe::audit::Audit;
#[cfg(not(feature = "observe"))]
pub(crate) type Audit = palisade_core::Open;

/// The guards inside CORS.
pub(crate) type Inside =
    Then<Then<Then<Then<Option<Overload>, Option<Outer>>, Authenticate>, Beside>, Option<Outer>>;

/// A router behind both.
pub(crate) type Fenced =
    Gate<Metered<CorsSwitch<Gate<CatchPanic<Router, Panicked>, Inside>>>, Outside, Envelope>;
