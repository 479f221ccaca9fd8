#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod answer;
mod assemble;
mod body_limit;
mod check;
#[cfg_attr(not(feature = "openapi"), allow(dead_code, reason = "only a document tells what stands in it"))]
mod description;
mod endpoint;
mod error;
mod exemptions;
mod form_text;
mod guarded;
mod limit;
mod lock;
mod mount;
#[cfg(feature = "openapi")]
pub mod openapi;
mod pace;
mod paced_body;
mod policy;
mod route_guard;
mod routes;
mod strict;
mod table;
mod terms;
mod undeclared;
#[cfg(feature = "multipart")]
mod upload;
mod verb;

#[doc(hidden)]
pub use answer::{no_content, no_store};
pub use description::Description;
pub use endpoint::{
    Endpoint, IntoEndpoint, WithoutPolicy, any, delete, get, head, options, patch, post, put,
};
pub use error::{RouteError, RouteErrorKind, RouteErrors};
pub use exemptions::Exemptions;
pub use form_text::form_text;
pub use limit::RouteLimit;
pub use lock::{Lock, LockDiff, LockError};
pub use pace::{DEFAULT_BODY_DEADLINE, DEFAULT_BODY_RATE};
pub use policy::{DEFAULT_BODY_LIMIT, Policy, authenticated, optional, public, requires};
pub use routes::Routes;
#[cfg(feature = "garde")]
pub use strict::Checked;
pub use strict::{MAX_DEPTH, MAX_NODES, MAX_VIOLATIONS, StrictJson, Violation, Violations};
pub use table::Row;
#[cfg(feature = "multipart")]
pub use upload::{FileName, FileNameError, Signature, UploadFile, UploadForm, UploadPart, UploadRules};
pub use verb::Verb;
