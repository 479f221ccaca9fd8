//! Attack cases as data, and a runner that plays them against *your* server.
//!
//! Each [`Case`] has a stable id and states what is sent, byte for byte, and what must come back. [`catalogue`] holds
//! the cases, [`run`] plays them over real sockets, and the [`Report`] tells what went wrong: a table for people and
//! [`Report::assert_clean`] for a test.
//!
//! ```no_run
//! use axum::{Router, routing::get};
//! use palisade_testing::{Profile, Target, catalogue, run};
//!
//! // Your own router, with your own guard around it.
//! fn app() -> Router {
//!     Router::new().route("/healthz", get(|| async { "ok" })).route("/v1/models", get(|| async { "models" }))
//! }
//!
//! async fn start(_profile: Profile) -> Target {
//!     let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
//!     let addr = listener.local_addr().expect("a bound socket");
//!     tokio::spawn(async { axum::serve(listener, app()).await });
//!     Target::new(addr, "/v1/models").public("/healthz").token("kept-for-tests-5Yw1uTq8Lz3R")
//! }
//!
//! #[tokio::main]
//! async fn main() {
//!     let report = run(&catalogue::all(), start).await;
//!     println!("{report}");
//!     report.assert_clean();
//! }
//! ```
//!
//! The more the [`Target`] states, the more cases apply: the report lists those that do not, with the reason. Cases that
//! spend a rate limit ask for a fresh server, by [`Profile`].
//!
//! A case of your own is one expression:
//!
//! ```
//! use palisade_testing::{Case, Expect, Request};
//!
//! let case = Case::new("X001", "debug switch in the query")
//!     .send(Request::get("{protected}?debug=1"), Expect::unauthenticated());
//! assert_eq!(case.exchanges.len(), 1);
//! ```

mod as_caller;
pub mod attacks;
mod case;
pub mod catalogue;
mod check;
mod exchange;
mod expect;
#[cfg(feature = "jwt")]
mod fake_issuer;
mod likeness;
mod preview;
#[cfg(feature = "servers")]
#[cfg_attr(docsrs, doc(cfg(feature = "servers")))]
pub mod programs;
mod report;
mod request;
mod response;
mod runner;
#[cfg(feature = "servers")]
#[cfg_attr(docsrs, doc(cfg(feature = "servers")))]
pub mod servers;
mod target;
mod template;
#[cfg(feature = "api-keys")]
mod test_keys;
mod wire;

pub use as_caller::AsCaller;
pub use case::{Case, Profile};
pub use exchange::{Exchange, Likeness};
pub use expect::Expect;
#[cfg(feature = "jwt")]
#[cfg_attr(docsrs, doc(cfg(feature = "jwt")))]
pub use fake_issuer::{FakeIssuer, FakeToken};
pub use report::{Failure, Outcome, Report, Verdict};
pub use request::Request;
pub use runner::run;
pub use target::Target;
#[cfg(feature = "api-keys")]
#[cfg_attr(docsrs, doc(cfg(feature = "api-keys")))]
pub use test_keys::TestKeys;
