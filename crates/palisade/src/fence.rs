//! What a stack is made of, as types: the same whatever its settings.

use crate::{
    beside::Beside,
    catch_panic::CatchPanic,
    cors_outside::CorsOutside,
    cors_switch::CorsSwitch,
    follow_trace::FollowTrace,
    head_limit::HeadLimit,
    host::SaysHost,
    metered::Metered,
    outer::{OnPreflight, Outer},
};
use axum::Router;
use palisade_core::{
    Authenticate, Caught, ClientIp, Envelope, Gate, Maybe, Networks, RequireHttps, ResponseHeaders, Stage,
    StrictPath, Then,
};
use palisade_limit::Overload;

/// The guards outside CORS, and those inside where there is no CORS.
pub(crate) type Outside = Then<
    Then<
        Then<
            Then<Then<Then<Head, Option<StrictPath>>, Option<Networks>>, Option<RequireHttps>>,
            Option<Stage>,
        >,
        Option<OnPreflight>,
    >,
    Maybe<Inside>,
>;

/// Those of them that refuse nobody for what is asked.
type Head = Then<Then<Then<Then<Seen, ClientIp>, FollowTrace>, HeadLimit>, SaysHost>;

/// What writes into answers, whatever is decided.
type Seen = Then<Then<Then<Witnesses, Option<Audit>>, ResponseHeaders>, Option<CorsOutside>>;

/// What sees requests out, and decides nothing.
pub(crate) type Witnesses = Then<Then<Then<Option<Log>, Option<Meter>>, Option<Detector>>, Option<Accounts>>;

/// What writes them down.
#[cfg(feature = "observe")]
pub(crate) type Log = palisade_observe::AccessLog;
#[cfg(not(feature = "observe"))]
pub(crate) type Log = palisade_core::Open;

/// What records refusals.
#[cfg(feature = "observe")]
pub(crate) type Audit = palisade_observe::audit::Audit;
#[cfg(not(feature = "observe"))]
pub(crate) type Audit = palisade_core::Open;

/// What tells of those who try doors.
#[cfg(feature = "observe")]
pub(crate) type Detector = palisade_observe::Suspicions;
#[cfg(not(feature = "observe"))]
pub(crate) type Detector = palisade_core::Open;

/// What keeps how requests were decided.
#[cfg(feature = "observe")]
pub(crate) type Accounts = palisade_observe::Explain;
#[cfg(not(feature = "observe"))]
pub(crate) type Accounts = palisade_core::Open;

/// What tells readers of the routes.
#[cfg(feature = "openapi")]
pub(crate) type Document = crate::api_document::ApiDocument;
#[cfg(not(feature = "openapi"))]
pub(crate) type Document = palisade_core::Open;

/// What counts requests.
#[cfg(feature = "metrics")]
pub(crate) type Meter = palisade_observe::Metrics;
#[cfg(not(feature = "metrics"))]
pub(crate) type Meter = palisade_core::Open;

/// The guards inside CORS; a limit and its stage are one.
pub(crate) type Inside = Then<
    Then<Then<Then<Option<Overload>, Staged<Option<Outer>>>, Staged<Authenticate>>, Beside>,
    Staged<Option<Outer>>,
>;

/// A guard, and the note that it is done.
pub(crate) type Staged<G> = Then<G, Option<Stage>>;

/// A router behind both.
pub(crate) type Fenced =
    Gate<Metered<CorsSwitch<Gate<CatchPanic<Router>, Caught<Maybe<Inside>>>>>, Caught<Outside>, Envelope>;
