//! Lists of networks among settings.

use palisade_core::{TrustedProxies, TrustedProxyErrorKind};

/// One entry of a list of networks.
pub(super) fn network(entry: &str) -> Result<(), String> {
    match TrustedProxies::parse([entry]) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == TrustedProxyErrorKind::Everyone => {
            Err("is every address there is; a list of networks cannot say that".to_owned())
        }
        Err(error) => Err(error.kind().to_string()),
    }
}
