//! Permissions, and the roles that have them.

use palisade::{Permissions, PermissionsErrors};

palisade::permissions! {
    /// What callers may do.
    pub enum Permission {
        /// Read results: their own, and those of their tenant.
        ReadResults = "results:read",
        /// Read the parameters of the analysis.
        ReadConfig = "config:read",
        /// Have files analysed.
        Analyze = "files:analyze",
        /// Change the parameters of the analysis.
        WriteConfig = "config:write",
        /// Make, change and revoke API keys of their tenant.
        ManageKeys = "keys:manage",
        /// Read the audit log.
        ViewAudit = "audit:view",
    }
}

/// The roles: `viewer`, `analyst` and `admin`.
///
/// # Errors
///
/// Never: the table is complete, which a test says.
pub fn permissions() -> Result<Permissions, PermissionsErrors> {
    use Permission::{Analyze, ManageKeys, ReadConfig, ReadResults, ViewAudit, WriteConfig};
    Permissions::declare(Permission::ALL)
        .role("viewer", [ReadResults, ReadConfig])
        .role("analyst", [ReadResults, ReadConfig, Analyze])
        .role("admin", [ReadResults, ReadConfig, Analyze, WriteConfig, ManageKeys, ViewAudit])
        .build()
}
