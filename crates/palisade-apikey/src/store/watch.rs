//! Who wants to know of changes.

use crate::id::KeyId;

/// Is told of changes to records, so that caches forget them at once; must not block.
pub trait KeyListener: Send + Sync + 'static {
    /// This record changed.
    fn changed(&self, id: &KeyId);

    /// Changes were missed: any record may have changed.
    fn missed(&self);
}
