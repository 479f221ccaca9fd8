//! Files that come in parts of a form.

mod file_name;
mod form;
mod rules;
mod signature;

pub use file_name::{FileName, FileNameError};
pub use form::{UploadFile, UploadForm, UploadPart};
pub use rules::UploadRules;
pub use signature::Signature;
