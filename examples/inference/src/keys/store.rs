//! The database.

use palisade::keys::KeyStore;
use palisade_sql::{OpenError, SqlStore};
use std::{sync::Arc, time::Duration};

/// A connection over TLS to another machine takes several round trips; afterwards it stays.
const CONNECTING: Duration = Duration::from_secs(1);

/// Opens the database at this URL: `sqlite:…` or `postgres://…`.
pub(super) async fn open(url: &str) -> Result<Arc<dyn KeyStore>, OpenError> {
    Ok(Arc::new(SqlStore::builder(url).acquire_timeout(CONNECTING).open().await?))
}
