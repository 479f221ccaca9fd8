//! The database.

use palisade::keys::KeyStore;
use palisade_sql::{OpenError, SqlStore};
use std::sync::Arc;

/// Opens the database at this URL: `sqlite:…` or `postgres://…`.
pub(super) async fn open(url: &str) -> Result<Arc<dyn KeyStore>, OpenError> {
    Ok(Arc::new(SqlStore::open(url).await?))
}
