#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod authenticate;
mod authenticator;
mod by;
mod caller;
mod chain;
mod challenge;
mod client;
mod client_ip;
mod clock;
mod correlation;
mod credential;
mod date;
mod decision;
mod denial;
mod details;
mod envelope;
mod event;
#[cfg(feature = "axum")]
mod extract;
mod facts;
mod fence;
mod finish;
mod gate;
mod granted;
mod grpc;
mod guard;
mod guesses;
mod hold;
mod identity;
mod in_flight;
mod intent;
mod key;
mod key_event;
mod ledger;
mod lines;
mod live;
mod mode;
mod networks;
mod notes;
mod permission;
mod permissions;
mod principal;
mod recogniser;
mod refusal;
mod reply;
mod request_id;
mod require;
mod require_https;
mod response_headers;
mod roles;
mod route;
mod scope;
mod secret;
mod security_headers;
mod shapes;
mod stage;
mod static_token;
mod strict_path;
mod subject;
mod suspicion;
mod text;
mod then;
mod throttle;
mod tls;
mod token_event;
mod trace_context;
mod trail;
mod understood;
mod unrecorded;
mod unwind;
mod user_event;
mod way;
mod widening;
mod witness;

pub use authenticate::Authenticate;
pub use authenticator::Authenticator;
pub use by::By;
pub use chain::Chain;
#[doc(hidden)]
pub use chain::{Asked, ThenWait};
pub use challenge::{Challenge, Challenges, InvalidChallenge};
pub use client_ip::{
    Anomaly, ClientIp, Peer, ProxyHeader, TrustedProxies, TrustedProxyError, TrustedProxyErrorKind,
};
pub use clock::{Clock, ManualClock, Moment, Timestamp, UnixTime};
pub use credential::{Authorization, Credential, MAX_CREDENTIAL_LEN, single_header};
pub use decision::{Decision, Policy};
pub use denial::{Denial, DenialKind};
#[doc(hidden)]
pub use envelope::EnvelopeMemo;
pub use envelope::{Envelope, EnvelopeLayer, Format, Open};
pub use event::{Event, EventSink, Tracing};
pub use facts::{Client, Facts, Vouched};
pub use finish::{Bare, Finish, Outlet};
pub use gate::{Gate, GateFuture, GateLayer, gate};
pub use granted::{Demand, Granted};
#[doc(hidden)]
pub use grpc::is_grpc;
pub use guard::{Guard, GuardFn, Pass, guard_fn};
pub use guesses::{Guess, Guessed, Guesses};
pub use hold::TailBody;
pub use identity::Identity;
pub use in_flight::InFlight;
pub use intent::Intent;
pub use key::{Key, KeyHasher};
pub use key_event::KeyEvent;
pub use lines::Lines;
pub use live::{Live, LivePass};
pub use mode::Mode;
pub use networks::{NetworkError, NetworkRules, Networks};
pub use permission::UnknownPermission;
#[doc(hidden)]
pub use permission::assert_permissions;
pub use permissions::{Permissions, PermissionsBuilder, PermissionsError, PermissionsErrors};
pub use principal::Principal;
pub use recogniser::Recogniser;
pub use reply::Reply;
pub use request_id::RequestId;
pub use require::{Require, unguarded};
pub use require_https::RequireHttps;
pub use response_headers::{ResponseHeaders, ResponseHeadersPass};
pub use roles::Roles;
pub use route::Route;
pub use scope::{InvalidScope, Requirement, Scope, ScopeSet};
pub use secret::{CredentialDigest, Secret};
pub use security_headers::{SecurityHeaders, SecurityHeadersPass};
pub use stage::Stage;
#[doc(hidden)]
pub use static_token::is_known_secret;
pub use static_token::{MAX_STATIC_TOKENS, StaticToken, StaticTokens, TokenError, TokenErrors};
pub use strict_path::StrictPath;
pub use subject::Subject;
pub use suspicion::{Sign, Suspicion};
pub use text::{InvalidText, Text};
pub use then::Then;
pub use throttle::{Charge, Throttle};
pub use tls::{Tls, TlsVersion};
pub use token_event::TokenEvent;
pub use trace_context::TraceContext;
pub use unrecorded::Unrecorded;
#[doc(hidden)]
pub use unwind::or_drop;
pub use user_event::UserEvent;
pub use witness::{Ending, Witness};
