//! What a limit may be called.

use crate::error::{LimitError, LimitErrorKind};

/// Bytes in a name at most.
const MAX_NAME: usize = 64;

/// Whether clients can be told this name in a quoted string of a header.
///
/// # Errors
///
/// [`LimitErrorKind::Name`] where they cannot.
pub(crate) fn check_name(name: &str) -> Result<(), LimitError> {
    let printable = |byte: u8| (b' '..=b'~').contains(&byte) && byte != b'"' && byte != b'\\';
    if (1..=MAX_NAME).contains(&name.len()) && name.bytes().all(printable) {
        Ok(())
    } else {
        Err(LimitErrorKind::Name.into())
    }
}
