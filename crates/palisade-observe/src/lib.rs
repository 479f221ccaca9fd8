//! What happened, written down: one line a request, with nothing in it that must not be there.
//!
//! [`AccessLog`] is a guard that lets everything pass and sees each request out: its line is written when the response's *body*
//! ends, also where the client went away. Its fields are a closed list; no URI, header or body is ever a field. [`Redactor`] masks
//! free text of others, such as error texts and what libraries log. [`audit`] keeps who did what, in a chain that tells whether
//! anybody changed it afterwards.
//!
//! ```
//! use palisade_observe::{AccessLog, Redactor};
//!
//! let log = AccessLog::json(std::io::stdout()).sample_successes(10).query(["page"]).build()?;
//! let redactor = Redactor::new();
//! assert_eq!(redactor.redact("mail to ada@example.org failed"), "mail to a***@example.org failed");
//! # let _ = log;
//! # Ok::<(), palisade_observe::AccessLogError>(())
//! ```
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod access;
#[cfg(feature = "audit")]
#[cfg_attr(docsrs, doc(cfg(feature = "audit")))]
pub mod audit;
mod escape;
mod explain;
#[cfg(feature = "metrics")]
mod metrics;
mod network;
mod pseudonyms;
mod redact;
mod suspicion;

pub use access::{AccessLog, AccessLogBuilder, AccessLogError};
pub use explain::Explain;
#[cfg(feature = "metrics")]
#[cfg_attr(docsrs, doc(cfg(feature = "metrics")))]
pub use metrics::{CountedEvents, Metrics};
pub use redact::{InvalidPattern, Redacting, Redactor};
pub use suspicion::{NoRandomness, Suspicions, Threshold};
